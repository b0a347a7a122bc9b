"""The threshold sheet, by command and on a case: each element with its basis, and what is missing."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests import walks
from workflows import clock
from workflows.casefile.file import CaseFile
from workflows.invariants import money_adds_up
from workflows.models import PoliceTransfer
from workflows.procedures.threshold_sheet import threshold_sheet

ALL = {
    "region": "henan", "on": "2026-11-23", "workers": [{"months_owed": 3, "amount_owed": "8000.00"}], "ordered": True,
    "order_expired": True, "evasion": False, "able_to_pay": True,
}  # fmt: skip


def ask(tmp_path, facts):
    file = tmp_path / "facts.json"
    file.write_bytes(facts if isinstance(facts, bytes) else json.dumps(facts, ensure_ascii=False).encode())
    said = StringIO()
    call_command("assess_transfer", str(file), stdout=said)
    return json.loads(said.getvalue())


def group(number, amount):
    return [{"months_owed": "1", "amount_owed": amount}] * number


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({}, []),
        ({"workers": [{"months_owed": 3, "amount_owed": 8000}]}, []),
        ({"workers": [{"months_owed": 2.9, "amount_owed": "8000"}]}, ["amount"]),
        ({"workers": [{"months_owed": 3, "amount_owed": "7999.99"}]}, ["amount"]),
        ({"workers": group(10, "4000.00")}, []),
        ({"workers": group(10, 3999.99)}, ["amount"]),
        ({"workers": group(9, "7999.99")}, ["amount"]),
        ({"workers": [*group(10, "4000"), {"months_owed": "5", "amount_owed": "0"}]}, []),
        ({"able_to_pay": False}, ["conduct"]),
        ({"able_to_pay": None, "evasion": "转移设备"}, []),
        ({"able_to_pay": None, "evasion": True}, []),
        ({"order_expired": False}, ["order"]),
        ({"ordered": False, "order_expired": False, "able_to_pay": False}, ["conduct", "order"]),
        ({"workers": [], "able_to_pay": False}, ["conduct", "amount", "order"]),
    ],
)
def test_exactly_at_the_figure_counts_as_reached(shared_database, tmp_path, change, missing):
    answer = ask(tmp_path, ALL | change)
    assert answer["missing"] == missing
    for key in ("conduct", "amount", "order"):
        element = answer[key]
        assert element["shown"] == (key not in missing) == bool(element["basis"] and not element["missing"])
        assert element["article"].startswith("《") and (element["shown"] or element["missing"])
    assert {f["conf"] for f in answer["figures"]} == {"V", "P"} and all(f["valid_from"] for f in answer["figures"])


@pytest.mark.parametrize(
    ("facts", "names"),
    [
        (ALL | {"region": "atlantis"}, "region"),
        (ALL | {"region": 4}, "region"),
        (ALL | {"on": "2012-01-01"}, "on"),
        (ALL | {"on": "2026-02-30"}, "on"),
        (ALL | {"on": 20260223}, "on"),
        (ALL | {"on": "2026-W47-1"}, "on"),
        (ALL | {"region": "hen\x00an"}, "region"),
        (json.dumps(ALL | {"region": "\ud800"}).encode(), "region"),
        (json.dumps(ALL | {"evasion": ["逃匿", "\ud800"]}).encode(), "evasion"),
        (ALL | {"workers": [{"months_owed": 1, "amount_owed": "8_000"}]}, "workers[0].amount_owed"),
        (b'{"workers": 1e99999999999999999999}', "FILE"),
        (ALL | {"workers": {}}, "workers"),
        (ALL | {"workers": [5]}, "workers[0]"),
        (ALL | {"workers": [{"months_owed": 3}]}, "workers[0].amount_owed"),
        (ALL | {"workers": [{"months_owed": -1, "amount_owed": 1}]}, "workers[0].months_owed"),
        (ALL | {"workers": [{"months_owed": True, "amount_owed": 1}]}, "workers[0].months_owed"),
        (ALL | {"workers": [{"months_owed": 1, "amount_owed": "1e400"}]}, "workers[0].amount_owed"),
        (ALL | {"workers": [{"months_owed": 1, "amount_owed": "0.001"}]}, "workers[0].amount_owed"),
        (ALL | {"workers": [{"months_owed": 1, "amount_owed": "NaN"}]}, "workers[0].amount_owed"),
        (ALL | {"workers": [{"months_owed": 1, "amount_owed": 1, "name": "x"}]}, "workers[0].name"),
        (ALL | {"ordered": "yes"}, "ordered"),
        (ALL | {"able_to_pay": 1}, "able_to_pay"),
        (ALL | {"evasion": {"a": 1}}, "evasion"),
        (ALL | {"state": "x"}, "state"),
        ({k: v for k, v in ALL.items() if k != "ordered"}, "ordered"),
        ([ALL], "FILE"),
        (b"{", "FILE"),
        (b"\xff\xfe{}", "FILE"),
        (b'{"on": NaN}', "FILE"),
        (b'{"on": "2026-01-01", "on": "2026-01-02"}', "on"),
        (b"[" * 100_000, "FILE"),
        (b'{"workers": ' + b"9" * 5000 + b"}", "FILE"),
    ],
)
def test_bad_input_names_the_field_and_ends_with_two(shared_database, tmp_path, facts, names):
    with pytest.raises(CommandError) as refusal:
        ask(tmp_path, facts)
    assert refusal.value.returncode == 2
    assert str(refusal.value).startswith(f"{names}：")


def test_a_file_that_is_not_there_is_said(shared_database, tmp_path):
    with pytest.raises(CommandError, match="FILE") as refusal:
        call_command("assess_transfer", str(tmp_path / "none.json"))
    assert refusal.value.returncode == 2


# --- on a case -------------------------------------------------------------------------------------------------------


def test_the_sheet_of_a_case_says_on_what_each_element_stands(stage):
    def walk(people):
        inspection = walks.investigating(people)
        sheet = walks.scan(people, inspection, "工资结算单")
        told = {"findings": "属实。", "able_to_pay": True, "evidence": sheet}
        inspection = walks.perform(inspection, "establish_facts", by=people.lead, inputs=told).subject
        done = walks.perform(inspection, "order_payment", by=people.lead, inputs={"pay_by": "2026-03-07"})
        inspection = walks.approved(done, people.squad_leader).subject
        walks.served(people, inspection, "order")
        return inspection

    with stage("sheet", walk) as at:
        early = threshold_sheet(CaseFile(case=at.subject.case), walks.MONDAY.date())
        assert early["missing_elements"] == ["order"] and "2026年3月7日尚未届满" in early["missing"][0]
        with clock.at(walks.day(walks.MONDAY.date().replace(day=8))):
            inspection = walks.perform(at.subject, "expire", by=walks.SYSTEM).subject
            transfer = walks.proposed(at.people, inspection)
            walks.reported(at.people, transfer)
            sheet = PoliceTransfer.objects.get().sheet
    assert (sheet["missing"], sheet["missing_elements"]) == ([], [])
    titles = [[e["title"] for e in element["evidence"]] for element in sheet["elements"]]
    assert titles[0] == ["工资结算单"] and titles[1] == ["工资结算单"]
    assert titles[2][0].startswith("劳动保障监察限期改正指令书") or "令" in titles[2][0]
    assert titles[2][1] == "送达证明（直接送达）：送达回证"
    assert sheet["per_worker"] == [
        {"name": "林大河", "months": "3", "amount": "12600.00", "reaches": True},
        {"name": "林小川", "months": "3", "amount": "9800.00", "reaches": True},
    ]
    assert (sheet["total"], sheet["workers"]) == ("22400.00", 2)
    amount = next(f for f in sheet["figures"] if f["value"] == "8000")
    assert (amount["low"], amount["high"], amount["conf"], amount["region"]) == ("5000", "20000", "P", "henan")
    assert json.dumps(sheet)


def test_the_frozen_sheet_adds_up(received):
    assert PoliceTransfer.objects.get().sheet["per_worker"]
    assert money_adds_up().holds
