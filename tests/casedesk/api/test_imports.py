"""Rosters and bank files over the API: handed in, looked at, confirmed by their act; bad files name their field."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from tests import walks
from tests.casedesk.api.clients import is_problem
from workflows import clock
from workflows.casefile.imports import Import
from workflows.models import LedgerLine, Payment
from workflows.taking_in import read_waiting

ROSTER = "姓名,身份证号,天数,日工资,已发\n周一,411221198001010013,10,260,600\n周二,4.11221E+17,20,300,\n"
BANK = "户名,账号,金额,状态\n郑某,,1,成功\n林大河,,12600,成功\n"


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.VAR = tmp_path


@pytest.fixture
def case(county):
    with clock.at(walks.MONDAY):
        yield walks.established(county.people).case


def hand_in(caller: Any, case: Any, content: bytes | str, name: str = "表.csv", **fields: str) -> Any:
    data = content.encode() if isinstance(content, str) else content
    told = {"kind": "roster", **fields, "file": SimpleUploadedFile(name, data)}
    return caller.client.post(f"/api/cases/{case.public_id}/imports", told, headers=caller.headers)


def lines(case: Any) -> int:
    return LedgerLine.objects.filter(case=case).count()


def test_a_roster_is_handed_in_looked_at_and_confirmed(county, case):
    answer = hand_in(county.lead, case, ROSTER)
    told = answer.json()
    assert answer.status_code == 201, answer.content.decode()
    assert (told["state"], told["counts"]) == ("read", {"good": 1, "warned": 0, "bad": 1, "left_out": 0})
    assert hand_in(county.lead, case, ROSTER).json()["id"] == told["id"], "the same bytes are the same import"
    whole = county.lead.get(f"imports/{told['id']}").json()
    good, bad = whole["rows"]
    assert (good["name"], good["claimed"], good["verdict"]) == ("周一", "2000.00", "good")
    assert "身份证号已变成 4.11221E+17" in bad["problems"][0]["says"] and bad["verdict"] == "bad"
    assert "411221198001010013" not in str(whole) and whole["next"] is None and whole["beside"] is None
    page = county.lead.get(f"imports/{told['id']}?size=1").json()
    assert page["next"] == good["number"]
    rest = county.lead.get(f"imports/{told['id']}?size=1&after={page['next']}").json()
    assert [row["name"] for row in rest["rows"]] == [bad["name"]]
    only = county.lead.get(f"imports/{told['id']}?verdict=bad").json()["rows"]
    assert [row["number"] for row in only] == [bad["number"]]
    before, inspection = lines(case), str(case.inspection.public_id)
    refused = county.lead.act("inspection", inspection, "import_roster", {"roster": told["id"]})
    assert list(is_problem(refused, 422)["errors"]) == ["without_bad"] and lines(case) == before
    body = {"roster": told["id"], "without_bad": True}
    assert county.lead.act("inspection", inspection, "import_roster", body).status_code == 200
    assert lines(case) == before + 1
    taken = county.lead.get(f"cases/{case.public_id}/imports").json()["results"]
    assert [(x["id"], x["state"], bool(x["taken_at"])) for x in taken] == [(told["id"], "taken", True)]


def test_a_bank_file_is_shown_beside_the_ledger_and_confirmed(county, case):
    told = hand_in(county.lead, case, BANK, kind="pay_out").json()
    beside = county.lead.get(f"imports/{told['id']}").json()["beside"]
    assert (beside["exact_count"], beside["exact_total"], beside["suggested_count"]) == (1, "12600.00", 0)
    (match,) = beside["exact"]
    assert (match["name"], match["amount"], match["lines"][0]["worker"]) == ("林大河", "12600.00", "林大河")
    assert [row["name"] for row in beside["rows_left"]] == ["郑某"] and beside["lines_left_count"] == 1
    body = {"pay_out": told["id"], "payer": "employer"}
    assert county.lead.act("inspection", str(case.inspection.public_id), "record_pay_out", body).status_code == 200
    assert str(Payment.objects.get().amount) == "12600.00"


def book(**cells: Any) -> bytes:
    made, kept = Workbook(), io.BytesIO()
    for n, row in enumerate([["姓名", "天数", "日工资"], ["周一", 10, 260]], start=1):
        for r, value in enumerate(row):
            made.active.cell(n, r + 1, value)
    for place, value in cells.items():
        made.active[place] = value
    made.save(kept)
    return kept.getvalue()


@pytest.mark.parametrize(
    ("content", "fields", "field", "says"),
    [
        (b"", {}, "file", "空"),
        (b"PK\x03\x04broken", {"name": "表.xlsx"}, "file", ""),
        ("姓名,金额\n周一,1".encode("gb18030"), {}, "file", "GB18030"),
        (ROSTER, {"kind": "wages"}, "kind", ""),
        (ROSTER, {"encoding": "latin-1"}, "encoding", ""),
        (ROSTER, {"rate": "abc"}, "rate", ""),
        (ROSTER, {"nonsense": "1"}, "nonsense", ""),
        ("一,二\n1,2\n", {}, "file", "表头"),
        (book(), {"name": "表.xlsx", "sheet": "没有这张"}, "file", "没有这张"),
    ],
)
def test_a_bad_file_is_refused_by_field_and_nothing_is_written(county, case, rows, content, fields, field, says):
    before = lines(case)
    fields = dict(fields)
    answer = hand_in(county.lead, case, content, fields.pop("name", "表.csv"), **fields)
    problem = is_problem(answer, 422)
    assert list(problem["errors"]) == [field] and says in str(problem["errors"]) and lines(case) == before
    assert not Import.objects.filter(state="read").exists()


def test_a_formula_is_refused_with_its_row_and_column(county, case):
    told = hand_in(county.lead, case, book(C2="=SUM(1,2)"), "表.xlsx").json()
    (row,) = county.lead.get(f"imports/{told['id']}").json()["rows"]
    assert row["verdict"] == "bad" and "公式" in row["problems"][0]["says"] and row["problems"][0]["column"] == "C"


def test_a_large_file_is_read_by_a_worker_and_asked_for_again(county, case):
    many = "姓名,月份,天数,日工资\n" + "".join(f"工人{n:05},2025-10,10,260\n" for n in range(9_000))
    told = hand_in(county.lead, case, many).json()
    assert (told["state"], told["rows_total"]) == ("waiting", 0)
    assert county.lead.get(f"imports/{told['id']}").json()["rows"] == []
    assert read_waiting() == 1
    whole = county.lead.get(f"imports/{told['id']}").json()
    counts = whole["counts"]
    assert (whole["state"], counts["good"] + counts["warned"], len(whole["rows"])) == ("read", 9_000, 100)


def test_who_may_not_import_reads_none(county, case):
    told = hand_in(county.lead, case, ROSTER).json()
    for caller, status in (
        (county.squad_leader, 403),
        (county.third, 403),
        (county.police, 404),
        (county.housing, 404),
    ):
        is_problem(hand_in(caller, case, ROSTER), status)
        is_problem(caller.get(f"imports/{told['id']}"), status)
        is_problem(caller.get(f"cases/{case.public_id}/imports"), status)
