"""Rosters and bank files through the pages: hand in, look, confirm; who may not is refused; the workbook comes out."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from tests.casedesk.web.county import County
from tests.casedesk.web.test_acts import hidden
from workflows.casefile.imports import Import
from workflows.models import LedgerLine, Payment

ROSTER = "姓名,身份证号,天数,日工资,已发\n周一,411221198001010013,10,260,600\n周二,4.11221E+17,20,300,\n"
BANK = "户名,账号,金额,状态\n郑某,,1,成功\n林大河,,12600,成功\n"


def upload(client: Client, county: County, kind: str, text: str, name: str = "表.csv", **more: str) -> Any:
    address = reverse("import-new", args=[county["established"], kind])
    assert client.get(address).status_code == 200
    file = SimpleUploadedFile(name, text.encode())
    return client.post(address, {"file": file, "encoding": "utf-8", "sheet": "", **more})


def lines(county: County) -> int:
    return LedgerLine.objects.filter(case__public_id=county["established"]).count()


def test_a_roster_is_handed_in_looked_at_and_confirmed(county: County) -> None:
    client, before = county.client("lead"), lines(county)
    case = client.get(reverse("case", args=[county["established"]])).content.decode()
    assert "导入花名册、考勤" in case and "清偿责任" in case and "保证金和周转金" in case
    answer = upload(client, county, "roster", ROSTER)
    page = client.get(answer["Location"]).content.decode()
    assert "B 列“身份证号”：身份证号已变成 4.11221E+17" in page and "导入 1 行到工资台账" in page
    assert "411221198001010013" not in page and lines(county) == before
    one = Import.objects.get()
    take = reverse("import-take", args=[one.public_id])
    refused = client.post(take, hidden(page))
    assert refused.status_code == 422 and "有 1 行不能导入" in refused.content.decode() and lines(county) == before
    told = {**hidden(refused.content.decode()), "without_bad": "true"}
    done = client.post(take, told, follow=True)
    assert "已导入 1 笔明细，合计 2000.00 元" in done.content.decode() and lines(county) == before + 1
    again = client.post(take, told, follow=True)
    assert "没有重复办理" in again.content.decode() and lines(county) == before + 1
    assert client.post(take, {**told, "idempotency_key": "other", "seen_version": ""}).status_code == 409


def test_a_complaint_without_a_case_says_where_rosters_are_imported(county: County) -> None:
    page = county.client("squad_leader").get(f"/complaints/{county['complaint']}/").content.decode()
    assert "花名册、考勤表在受理立案后导入" in page
    assert "导入花名册" not in page


def test_a_bank_file_is_looked_at_accepted_and_exported(county: County) -> None:
    client = county.client("lead")
    answer = upload(client, county, "pay_out", BANK)
    page = client.get(answer["Location"]).content.decode()
    assert "姓名（只有一人）、金额一致" in page and "台账中没有这个人" in page
    book = client.get(re.search(r'href="([^"]+/export/)"', page)[1])  # type: ignore[index]
    assert load_workbook(io.BytesIO(book.content)).sheetnames[0] == "完全一致"
    take = reverse("import-take", args=[Import.objects.get().public_id])
    bad = client.post(take, {**hidden(page), "payer": "employer", "accepted": ["9"]})
    assert bad.status_code == 422 and not Payment.objects.filter(line__case__public_id=county["established"]).exists()
    done = client.post(take, {**hidden(bad.content.decode()), "payer": "employer"}, follow=True)
    assert "已记录 1 行支付，合计 12600.00 元" in done.content.decode()


def test_a_file_that_waits_shows_its_progress(county: County) -> None:
    client = county.client("lead")
    upload(client, county, "roster", ROSTER)
    one = Import.objects.get()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE workflows_import SET state = 'waiting', rows_seen = 500, rows_total = 2000,"
            " leased_until = now() + interval '1 minute'"
        )
    page = client.get(reverse("import", args=[one.public_id])).content.decode()
    assert "500 / 2000 行" in page and 'hx-trigger="load delay:1s"' in page
    progress = reverse("import-progress", args=[one.public_id])
    assert 'value="25"' in client.get(progress).content.decode()
    Import.objects.update(state="read")
    assert client.get(progress)["HX-Refresh"] == "true"


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({}, "必填"),
        ({"file": SimpleUploadedFile("空.csv", b"")}, "空"),
        ({"file": SimpleUploadedFile("表.csv", b"a,b\n1,2"), "encoding": "latin-1"}, "latin-1"),
        ({"file": SimpleUploadedFile("表.csv", b"a,b\n1,2"), "rate": "-1"}, "负数"),
    ],
)
def test_a_form_that_is_wrong_says_so(county: County, files: dict[str, Any], says: str) -> None:
    address = reverse("import-new", args=[county["established"], "roster"])
    answer = county.client("lead").post(address, {"encoding": "utf-8", "sheet": "", **files})
    assert answer.status_code == 422 and says in answer.content.decode()
    assert not Import.objects.exists()


def test_who_does_not_handle_the_case_takes_nothing_in(county: County) -> None:
    upload(county.client("lead"), county, "roster", ROSTER)
    one = Import.objects.get()
    for role, status in (("third", 403), ("squad_leader", 403), ("housing", 403), ("operator", 404)):
        client = county.client(role)
        assert client.get(reverse("import-new", args=[county["established"], "roster"])).status_code == status, role
        assert client.get(reverse("import", args=[one.public_id])).status_code == status, role
        assert client.post(reverse("import-take", args=[one.public_id])).status_code == status, role
    assert county.client("lead").get(reverse("import-new", args=[county["established"], "x"])).status_code == 404


def test_the_ledger_comes_out_as_a_workbook_for_the_bureau(county: County) -> None:
    address = reverse("ledger-export", args=[county["established"]])
    book = county.client("squad_leader").get(address)
    assert book["Content-Disposition"].startswith("attachment") and book["Cache-Control"].startswith("no-store")
    assert load_workbook(io.BytesIO(book.content)).sheetnames == ["工资明细", "支付"]
    assert county.client("leader").get(address).status_code == 403
    assert county.client("operator").get(address).status_code == 403
