"""Rosters and bank files through the engine: nothing before the confirmation, one act, never twice; reconciliation."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from tests import walks
from tests.effects import did, refused
from workflows.casefile.file import CaseFile
from workflows.casefile.imports import Import, ImportRow
from workflows.casefile.ledger import LedgerLine
from workflows.casefile.parties import Worker
from workflows.errors import InvalidInput, NotPossibleNow
from workflows.invariants import money_adds_up
from workflows.ledger_export import ledger_book, reconciliation_book
from workflows.models import Payment
from workflows.pay_outs import reconcile
from workflows.perform import perform
from workflows.procedures.import_rows import reconciled
from workflows.taking_in import hand_in, read_import, read_waiting

ROSTER = "姓名,身份证号,天数,日工资,已发,银行卡号\n{}\n"
ROWS = ["周一,411221198001010011,10,260,600,6228480012345670001", "周二,411221198001010020,20,300,,6228480012345670002"]
BANK = "户名,账号,金额,状态,交易日期,流水号\n{}\n"


def act(at: Any, name: str, by: str = "lead", **inputs: Any) -> Any:
    return perform(at.subject, name, by=getattr(at.people, by), inputs=inputs)


def handed(at: Any, text: str, kind: str = "roster", name: str = "表.csv", **how: Any) -> Import:
    by = at.people.lead.officer_id
    one = hand_in(at.subject.case, by, kind, io.BytesIO(text.encode()), name, **how)
    read_import(one.pk)
    one.refresh_from_db()
    return one


def roster(*rows: str) -> str:
    return ROSTER.format("\n".join(rows or ROWS))


def bank(*rows: str) -> str:
    return BANK.format("\n".join(rows))


def take(at: Any, one: Import, **more: Any) -> Any:
    return act(at, "import_roster", roster=str(one.public_id), **more)


def test_a_roster_is_looked_at_and_then_taken_in_one_act(investigating):
    before = len(walks.lines(investigating.subject))
    one = handed(investigating, roster())
    assert (one.state, one.rows_total) == ("read", 2)
    assert len(walks.lines(investigating.subject)) == before, "nothing is written before it is confirmed"
    event = did(take(investigating, one), "investigating")
    assert event.facts["import"] | {"sha256": ""} == {
        "file": "表.csv", "sha256": "", "lines": 2, "claimed": "8000.00"}  # fmt: skip
    lines = walks.lines(investigating.subject)[before:]
    assert [(x.claimed, x.due, x.rate, x.quantity, x.already_paid, x.pay_basis) for x in lines] == [
        (2000, 2600, 260, 10, 600, "day"), (6000, 6000, 300, 20, 0, "day")]  # fmt: skip
    assert lines[0].worker.bank_account == "6228480012345670001" and lines[0].import_row.number == 2
    assert money_adds_up().holds


def test_the_same_file_is_the_same_import_and_is_not_taken_twice(investigating):
    one = handed(investigating, roster())
    again = handed(investigating, roster(), name="又一次.csv")
    assert again.pk == one.pk
    take(investigating, again)
    after = handed(investigating, roster())
    assert (after.pk, after.state) == (one.pk, "taken")
    refused(NotPossibleNow, lambda: take(investigating, after), says="没有重复导入")
    changed = handed(investigating, roster(*ROWS, "周三,411221198001010038,1,100,,"))
    assert [r.verdict for r in changed.rows.all()] == ["bad", "bad", "warned"], "what stands is said row by row"
    refused(InvalidInput, lambda: take(investigating, changed), field="without_bad", says="有 2 行不能导入（第 ")
    did(take(investigating, changed, without_bad=True), "investigating")
    assert len(walks.lines(investigating.subject)) == 5


def test_two_officers_confirm_at_once_and_one_import_stands(investigating, race):
    one = handed(investigating, roster())
    people = investigating.people
    results = race(
        lambda: perform(investigating.subject, "import_roster", by=people.lead, inputs={"roster": str(one.public_id)}),
        lambda: perform(
            investigating.subject, "import_roster", by=people.second, inputs={"roster": str(one.public_id)}
        ),
    )
    assert sorted(type(r).__name__ for r in results) == ["Done", "NotPossibleNow"]
    assert len(walks.lines(investigating.subject)) == 4


def test_two_files_with_one_row_in_common_judged_before_either_was_taken(investigating):
    one = handed(investigating, roster())
    other = handed(investigating, roster(ROWS[1], "周三,411221198001010038,1,100,,"))
    take(investigating, one)
    refused(InvalidInput, lambda: take(investigating, other), field="roster", says="第 2 行")
    assert len(walks.lines(investigating.subject)) == 4


def test_a_reader_that_died_is_followed_by_another(investigating):
    case, by = investigating.subject.case, investigating.people.lead.officer_id
    one = hand_in(case, by, "roster", io.BytesIO(roster().encode()), "表.csv")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE workflows_import SET leased_until = now() + interval '1 minute', rows_seen = 1")
    assert not read_import(one.pk), "another reader has it"
    refused(NotPossibleNow, lambda: take(investigating, one), says="还在读取")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE workflows_import SET leased_until = now() - interval '1 second'")
    assert read_waiting() == 1 and not read_import(one.pk)
    assert Import.objects.get().state == "read" and ImportRow.objects.count() == 2


def test_a_file_of_another_case_cannot_be_named(investigating):
    other = walks.investigating(investigating.people, complainant_phone="13900000009")
    one = hand_in(other.case, investigating.people.lead.officer_id, "roster", io.BytesIO(roster().encode()), "表.csv")
    read_import(one.pk)
    refused(InvalidInput, lambda: take(investigating, one), field="roster", says="没有这一项")


def test_a_refused_file_is_read_again_with_another_encoding(investigating):
    content = roster().encode("gb18030")
    by, case = investigating.people.lead.officer_id, investigating.subject.case
    one = hand_in(case, by, "roster", io.BytesIO(content), "表.csv")
    read_import(one.pk)
    one.refresh_from_db()
    assert one.state == "refused" and "GB18030" in one.problem
    refused(InvalidInput, lambda: take(investigating, one), field="roster", says="不能使用")
    again = hand_in(case, by, "roster", io.BytesIO(content), "表.csv", encoding="gb18030")
    read_import(again.pk)
    assert (again.pk, Import.objects.get().state) == (one.pk, "read")


# --- bank files ------------------------------------------------------------------------------------------------------


def with_workers(at: Any) -> None:
    take(at, handed(at, roster()))


def test_a_bank_file_is_reconciled_and_recorded_once(investigating):
    with_workers(investigating)
    text = bank("周一,6228480012345670001,2000.00,成功,2026-03-01,A1", "周二,***0002,1000,交易成功,2026-03-01,A2",
                "林大河,,12600,成功,,", "王五,1234,50,成功,,", "周二,6228480012345670002,5000,失败,,A3",
                "合计,,20650,,,")  # fmt: skip
    one = handed(investigating, text, "pay_out", "发放.csv")
    found = reconciled(CaseFile(case=investigating.subject.case), one)
    assert [(m.row.number, m.reason) for m in found.exact] == [
        (2, "姓名、账号尾号、金额一致"), (4, "姓名（只有一人）、金额一致")]  # fmt: skip
    assert [(m.row.number, m.reason) for m in found.suggested] == [(3, "姓名、账号尾号；部分支付，尚欠 6,000.00 元")]
    assert [(row.number, reason) for row, _, reason in found.rows_left] == [(5, "台账中没有这个人，或已付清")]
    assert [x.worker.name for x in found.lines_left] == ["林小川"]
    told = {"pay_out": str(one.public_id), "payer": "employer"}
    refused(InvalidInput, lambda: act(investigating, "record_pay_out", **told, accepted=[{"row": 5}]), field="accepted")
    assert not Payment.objects.exists()
    event = did(act(investigating, "record_pay_out", **told), "investigating")
    assert event.facts["paid"] == "14600.00"
    assert [(p.amount, p.import_row.number) for p in Payment.objects.order_by("id")] == [(2000, 2), (12600, 4)]
    assert (
        str(Payment.objects.order_by("id")[0].at.date()) == "2026-03-01"
        and "流水号 A1" in Payment.objects.first().proof
    )
    refused(
        InvalidInput, lambda: act(investigating, "record_pay_out", **told), field="accepted", says="没有完全一致的行"
    )
    did(act(investigating, "record_pay_out", **told, accepted=[{"row": 3}]), "investigating")
    assert walks.lines(investigating.subject)[3].paid == 1000
    refused(InvalidInput, lambda: act(investigating, "record_pay_out", **told, accepted=[{"row": 3}]), field="accepted")
    refused(NotPossibleNow, lambda: act(investigating, "record_pay_out", **told), says="没有重复记录")
    assert money_adds_up().holds


def line(number: int, name: str, claimed: str, **who: str) -> LedgerLine:
    return LedgerLine(pk=number, worker=Worker(pk=number, name=name, **who), claimed=Decimal(claimed))


def row(number: int, name: str, amount: str, account: str = "", id_number: str = "") -> ImportRow:

    said = {"name": name, "amount": amount, "account": account, "id_number": id_number}
    return ImportRow(pk=number, number=number, verdict="good", said=json.dumps(said))


@pytest.mark.parametrize(
    ("lines", "rows", "exact", "suggested", "reason"),
    [
        ([line(1, "甲", "5"), line(2, "甲", "7", phone="1")], [row(1, "甲", "7")], 0, 1, "同名 2 人，只有一人金额一致"),
        ([line(1, "甲", "5"), line(2, "甲", "5", phone="1")], [row(1, "甲", "5")], 0, 0, "无法区分"),
        ([line(1, "甲", "5", bank_account="62001111")], [row(1, "甲", "5", "62002222")], 0, 1, "账号尾号不同"),
        ([line(1, "甲", "5", bank_account="62001111")], [row(1, "乙", "5", "99991111")], 0, 1, "姓名不同（台账为甲）"),
        ([line(1, "王建国", "5")], [row(1, "王建囯", "5")], 0, 1, "姓名相近"),
        ([line(1, "甲", "5", id_number="X1")], [row(1, "甲", "5", id_number="X1")], 1, 0, "姓名、身份证号、金额一致"),
        ([line(1, "甲", "5", id_number="X1")], [row(1, "甲", "5", id_number="X2")], 0, 1, "身份证号不同"),
        ([line(1, "甲", "5")], [row(1, "甲", "6")], 0, 0, "金额多于尚欠"),
        ([line(1, "甲", "5")], [row(1, "甲", "5"), row(2, "甲", "5")], 0, 1, "文件中有多笔"),
    ],
)
def test_what_is_not_beyond_doubt_is_a_suggestion_with_its_reason(lines, rows, exact, suggested, reason):
    found = reconcile(rows, lines)
    assert (len(found.exact), len(found.suggested)) == (exact, suggested)
    words = [m.reason for m in (*found.exact, *found.suggested)] or [r for _, _, r in found.rows_left]
    assert reason in words[0]


@given(
    st.lists(st.tuples(st.sampled_from("甲乙丙"), st.decimals("0.01", "900", places=2)), max_size=6),
    st.lists(st.tuples(st.sampled_from("甲乙丙丁"), st.decimals("0.01", "1200", places=2)), max_size=6),
)
def test_reconciliation_never_pays_a_line_beyond_its_rest_nor_a_row_otherwise_than_it_says(owed, paid):
    lines = [line(n, name, str(amount)) for n, (name, amount) in enumerate(owed, start=1)]
    rows = [row(n, name, str(amount)) for n, (name, amount) in enumerate(paid, start=1)]
    found = reconcile(rows, lines)
    matches = [*found.exact, *found.suggested]
    for match in matches:
        assert sum(amount for _, amount in match.shares) == Decimal(match.said["amount"])
    for one in lines:
        assert sum(a for m in matches for x, a in m.shares if x is one) <= one.rest
    assert len(matches) + len(found.rows_left) == len(rows)
    assert {m.row.number for m in matches} & {r.number for r, _, _ in found.rows_left} == set()


# --- workbooks -------------------------------------------------------------------------------------------------------


def test_the_export_is_text_and_sums_and_never_a_formula(investigating):
    take(investigating, handed(investigating, roster(*ROWS, "周=三,411221198001010038,1,100,,")))
    worker = walks.lines(investigating.subject)[-1].worker
    Worker.objects.filter(pk=worker.pk).update(name="=HYPERLINK(1)", trade="@x", id_number="411221198001010038")
    book = load_workbook(io.BytesIO(ledger_book(CaseFile(case=investigating.subject.case))))
    cells = [c for sheet in book for line in sheet.iter_rows() for c in line]
    assert all(c.data_type != "f" for c in cells)
    values = [c.value for c in cells]
    assert "'=HYPERLINK(1)" in values and "411221198001010038" not in values
    sheet = book["工资明细"]
    claimed = [sheet.cell(row=n, column=10).value for n in range(2, sheet.max_row + 1)]
    assert round(sum(claimed[:-1]), 2) == claimed[-1] == 12600 + 9800 + 2000 + 6000 + 100
    one = handed(investigating, bank("-1+1,1234,5,成功,,", "周一,1234,5,成功,,"), "pay_out")
    kept = load_workbook(
        io.BytesIO(reconciliation_book(one, reconciled(CaseFile(case=investigating.subject.case), one)))
    )
    assert all(c.data_type != "f" for sheet in kept for line in sheet.iter_rows() for c in line)
