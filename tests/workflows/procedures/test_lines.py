"""Lines of the ledger: reckoned to the fen, verified by evidence before ordered, corrected by counter-lines."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import walks
from tests.effects import did, refused
from workflows import clock
from workflows.casefile.case import Case
from workflows.casefile.file import CaseFile
from workflows.casefile.ledger import due_for
from workflows.casefile.parties import Worker
from workflows.errors import InvalidInput, NotPossibleNow
from workflows.invariants import advances_add_up, money_adds_up
from workflows.models import LedgerLine, Paper
from workflows.perform import perform
from workflows.procedures.intake_forms import LineForm
from workflows.procedures.money_content import ledger_rows, totals_of

DAY = timedelta(days=1)


def act(at, name, by="lead", **inputs):
    return perform(at.subject, name, by=getattr(at.people, by), inputs=inputs)


def yes(at, name, approver="squad_leader", **inputs):
    return walks.approved(act(at, name, **inputs), getattr(at.people, approver))


def one(**told):
    return LineForm.read({"worker_name": "林大河", **told})


# --- reckoning -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "due", "claimed"),
    [
        ({"claimed": "12600.00"}, None, "12600.00"),
        ({"pay_basis": "day", "rate": "260", "quantity": "45.5", "already_paid": "3000"}, "11830.00", "8830.00"),
        ({"rate": "0.125", "quantity": "3", "pay_basis": "piece"}, "0.38", "0.38"),  # 0.375: half up
        ({"rate": "0.005", "quantity": "1"}, "0.01", "0.01"),
        ({"due": "5000", "already_paid": "5000"}, "5000", "0"),
        ({"rate": "260", "quantity": "10", "claimed": "2600"}, "2600.00", "2600.00"),
    ],
)
def test_what_is_claimed_follows_from_rate_quantity_and_what_was_paid(told, due, claimed):
    form = one(**told)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["claimed"] == Decimal(claimed)
    assert form.cleaned_data["due"] == (None if due is None else Decimal(due))


@pytest.mark.parametrize(
    ("told", "field", "says"),
    [
        ({}, "claimed", "请填写金额"),
        ({"rate": "260"}, "quantity", "须填写数量"),
        ({"rate": "260", "quantity": "10", "claimed": "2600.01"}, "claimed", "应发 − 已发 = 2600.00 不符"),
        ({"rate": "260", "quantity": "10", "due": "2500"}, "due", "2600.00"),
        ({"due": "100", "already_paid": "100.01"}, "already_paid", "多于应发"),
        ({"rate": "-1", "quantity": "10"}, "rate", "负数"),
        ({"rate": "9999999999", "quantity": "999999999"}, "quantity", "超出"),
        ({"rate": "1.00001", "quantity": "1"}, "rate", "4"),
        ({"rate": 260.5, "quantity": "1"}, "rate", "数字"),
    ],
)
def test_what_contradicts_is_refused_by_field(told, field, says):
    form = one(**told)
    assert not form.is_valid() and says in "".join(form.errors[field]), form.errors


@given(st.decimals("0", "99999", places=4), st.decimals("0", "9999", places=3), st.decimals("0", "50000", places=2))
def test_reckoning_is_exact_and_off_by_no_more_than_half_a_fen(rate, quantity, paid):
    due = due_for(rate, quantity)
    assert abs(due - rate * quantity) <= Decimal("0.005") and due == due.quantize(Decimal("0.01"))
    form = one(rate=str(rate), quantity=str(quantity), already_paid=str(paid))
    assert form.is_valid() == (paid <= due)
    if form.is_valid():
        assert form.cleaned_data["claimed"] + paid == due


def test_the_database_refuses_a_line_that_does_not_add_up(investigating, owner_connection):
    line = walks.lines(investigating.subject)[0]
    for change in ("due = 5, already_paid = 1", "rate = 2, quantity = 3, due = 5", "already_paid = -1", "paid = 7"):
        with pytest.raises(psycopg.errors.CheckViolation):
            owner_connection.execute(f"UPDATE workflows_ledgerline SET {change} WHERE id = {line.pk}")


# --- verified by evidence --------------------------------------------------------------------------------------------


def test_each_line_says_on_what_it_was_verified(investigating):
    sheet = walks.scan(investigating.people, investigating.subject, "考勤表")
    first, second = walks.lines(investigating.subject)
    rows = [{"line": str(first.public_id), "verified": "12000", "evidence": sheet, "basis": "考勤缺两日"}]
    did(act(investigating, "establish_facts", findings="属实。", verified=rows), "facts_established",
        starts={"DEC-01": "2026-03-23"}, stops=["INV-01"])  # fmt: skip
    first, second = walks.lines(investigating.subject)
    assert (first.verified, first.verified_by.title, first.verified_on) == (12000, "考勤表", "考勤缺两日")
    assert second.verified == second.claimed and "第五十条" in second.verified_on, "the burden is the employer's"
    did(act(investigating, "correct", reason="点错。"), "investigating")
    first = walks.lines(investigating.subject)[0]
    assert (first.verified, first.verified_by, first.verified_on) == (None, None, "")
    rows[0]["evidence"] = "00000000-0000-0000-0000-000000000000"
    refused(
        InvalidInput, lambda: act(investigating, "establish_facts", findings="属实。", verified=rows), field="verified"
    )


def test_a_line_added_after_the_facts_is_verified_before_it_is_ordered(ordered):
    late = [{"worker_name": "周新", "claimed": "5000.00", "months": "1"}]
    act(ordered, "amend", lines=late, reason="漏登。")
    line = walks.lines(ordered.subject)[-1]
    assert (line.verified, line.ordered) == (None, None)
    refused(NotPossibleNow, lambda: act(ordered, "replace_order", pay_by="2026-03-20"), says="1 笔工资未核实")
    sheet = walks.scan(ordered.people, ordered.subject, "周新的欠条")
    rows = [{"line": str(line.public_id), "verified": "4800.00", "evidence": sheet}]
    did(act(ordered, "verify_lines", verified=rows), "ordered")
    first = str(walks.lines(ordered.subject)[0].public_id)
    refused(
        InvalidInput,
        lambda: act(ordered, "verify_lines", verified=[{"line": first, "verified": "1"}]),
        field="verified",
        says="已责令",
    )
    did(yes(ordered, "replace_order", pay_by="2026-03-20"), "ordered", papers=["order"], sends=["ORDER_ISSUED"],
        starts={"PAY_BY": "2026-03-20"}, stops=["PAY_BY"])  # fmt: skip
    assert [x.ordered for x in walks.lines(ordered.subject)] == [12600, 9800, 4800]
    assert Paper.objects.filter(kind="order").latest("id").content["total"] == "27200.00"


# --- counter-lines ---------------------------------------------------------------------------------------------------


def test_a_wrong_line_is_taken_back_by_a_counter_line(established):
    wrong = walks.lines(established.subject)[1]
    told = {"line": str(wrong.public_id), "reason": "登记了两次。"}
    assert act(established, "counter_line", **told).requested.needed == "squad_leader"
    did(walks.approved_request(established.people.squad_leader), "facts_established")
    _, wrong, counter = walks.lines(established.subject)
    assert (counter.claimed, counter.verified, counter.corrects_id) == (-9800, -9800, wrong.pk)
    for column in ("claimed", "verified", "paid", "settled_otherwise", "rest"):
        assert getattr(wrong, column) + getattr(counter, column) == 0, column
    for line in (wrong, counter):
        told = {"line": str(line.public_id), "reason": "x"}
        refused(InvalidInput, partial(act, established, "counter_line", **told), field="line")
        refused(InvalidInput, partial(act, established, "settle_line", **told, how="reduced"), field="line")
    yes(established, "order_payment", pay_by="2026-03-12")
    order = Paper.objects.get(kind="order").content
    assert [w["name"] for w in order["workers"]] == ["林大河"] and order["total"] == "12600.00"
    assert order["totals"]["claimed"] == "12600.00" and order["totals"]["rest"] == "12600.00"
    assert money_adds_up().holds and advances_add_up().holds


def test_a_line_with_payments_is_not_taken_back_before_they_are(established):
    line = walks.lines(established.subject)[0]
    shares = [{"line": str(line.public_id), "amount": "100.00"}]
    act(established, "record_payment", payer="employer", shares=shares, proof="回单")
    told = {"line": str(line.public_id), "reason": "登记错。"}
    refused(InvalidInput, lambda: act(established, "counter_line", **told), field="line", says="请先冲正支付")


def test_the_database_keeps_counter_lines_opposite(established, owner_connection):
    wrong = walks.lines(established.subject)[0]
    yes(established, "counter_line", line=str(wrong.public_id), reason="登记错。")
    counter = LedgerLine.objects.get(corrects=wrong)
    with pytest.raises(psycopg.errors.CheckViolation):
        owner_connection.execute(f"UPDATE workflows_ledgerline SET claimed = -1 WHERE id = {counter.pk}")


def test_a_paper_with_a_total_of_its_own_is_refused_by_the_database(ordered, owner_connection):
    with pytest.raises(psycopg.errors.CheckViolation, match="total"):
        owner_connection.execute(
            "INSERT INTO workflows_paper (public_id, case_id, procedure, subject, kind, number, addressee, content,"
            " content_sha256, made_at) SELECT gen_random_uuid(), case_id, procedure, subject, kind, number || 'x',"
            ' addressee, content || \'{"total": "1.00"}\', content_sha256, made_at FROM workflows_paper'
            " WHERE kind = 'order'"
        )


def test_yesterday_is_not_too_early_to_see_that_all_adds_up(ordered):
    with clock.at(walks.MONDAY + DAY):
        walks.paid(ordered.people, ordered.subject)
    assert money_adds_up().holds


AMOUNT = st.decimals("0", "99999", places=2)


@given(st.lists(st.tuples(AMOUNT, st.none() | AMOUNT, st.none() | AMOUNT, AMOUNT, AMOUNT, st.booleans()), max_size=12))
def test_papers_say_exactly_the_sums_of_the_lines(rows):
    """Σ lines = totals = what a paper says, whatever the lines are; a line and its counter-line are nought."""
    lines = []
    for number, (claimed, verified, ordered, paid, settled, wrong) in enumerate(rows, start=1):
        line = LedgerLine(
            pk=number, worker=Worker(name=f"工人{number}"), claimed=claimed, verified=verified,
            ordered=ordered if verified is not None else None, paid=paid, settled_otherwise=settled, countered=wrong,
        )  # fmt: skip
        lines.append(line)
        if wrong:
            lines.append(LedgerLine(pk=-number, worker=line.worker, claimed=-claimed, corrects=line))
    file = CaseFile(case=Case(pk=1))
    file.__dict__["lines"] = lines
    said, totals = ledger_rows(file), totals_of(file)
    assert len(said) == sum(1 for row in rows if not row[-1])
    for column, stated in totals.items():
        assert sum((Decimal(row[column] or 0) for row in said), Decimal(0)) == Decimal(stated), column
    assert Decimal(totals["rest"]) == sum((x.rest for x in lines if x.stands), Decimal(0))
