"""The ledger: claimed → verified → ordered → paid → rest, or settled otherwise; each payment with its moment."""

from datetime import timedelta
from decimal import Decimal

import pytest

from notifications.models import Notice
from tests import walks
from tests.effects import did, fresh, recipients, refused
from workflows import clock
from workflows.errors import InvalidInput, NotPossibleNow
from workflows.models import LedgerLine, Payment
from workflows.perform import perform

DAY = timedelta(days=1)


def act(at, name, by="lead", **inputs):
    return perform(at.subject, name, by=getattr(at.people, by), inputs=inputs)


def pay(at, amount, number=0, *, moment=None, reason="", **more):
    line = walks.lines(at.subject)[number]
    told = {"payer": "employer", "proof": "回单", "shares": [{"line": str(line.public_id), "amount": amount}], **more}
    return perform(at.subject, "record_payment", by=at.people.lead, inputs=told, at=moment, reason=reason)


def settle(at, how, number=0, **more):
    line = walks.lines(at.subject)[number]
    return act(at, "settle_line", line=str(line.public_id), how=how, reason="写明。", **more)


def test_part_payments_and_instalments_lead_to_nought(established):
    event = did(pay(established, "5000.00"), "facts_established")
    assert (event.facts["paid"], event.facts["moment"]) == ("5000.00", "before_order")
    assert walks.lines(established.subject)[0].rest == 7600
    refused(InvalidInput, lambda: pay(established, "7600.01"), field="shares", says="尚欠 7,600.00 元")
    refused(InvalidInput, lambda: pay(established, "0.00"), field="shares")
    pay(established, "7600.00", payer="general_contractor")
    line = walks.lines(established.subject)[0]
    assert (line.rest, line.settled_how, line.paid) == (0, "paid", 12600)
    refused(InvalidInput, lambda: pay(established, "0.01"), field="shares")


def test_shares_of_one_payment_are_added_up_per_line(established):
    line = str(walks.lines(established.subject)[0].public_id)
    twice = {"payer": "employer", "proof": "回单", "shares": [{"line": line, "amount": "7000.00"}] * 2}
    refused(InvalidInput, lambda: act(established, "record_payment", **twice), field="shares")


def test_a_payment_is_corrected_by_a_counter_line(established):
    pay(established, "12600.00")
    wrong = Payment.objects.get()
    told = {"payment": str(wrong.public_id), "reason": "记错人。"}
    done = act(established, "counter_payment", **told)
    assert done.requested.needed == "squad_leader"
    did(walks.approved(done, established.people.squad_leader), "facts_established")
    assert [p.amount for p in Payment.objects.order_by("id")] == [Decimal("12600.00"), Decimal("-12600.00")]
    line = walks.lines(established.subject)[0]
    assert (line.paid, line.settled_how, line.rest) == (0, "", 12600)
    refused(InvalidInput, lambda: act(established, "counter_payment", **told), field="payment", says="已经冲正")


def test_a_payment_of_the_last_day_entered_the_next_morning_keeps_its_moment(ordered):
    """The order expired at midnight; the slip says five in the afternoon of the day before."""
    with clock.at(walks.MONDAY + 6 * DAY):
        walks.perform(ordered.subject, "expire", by=ordered.people.lead)
        true_moment = walks.MONDAY + 5 * DAY + timedelta(hours=8)
        done = pay(ordered, "100.00", moment=true_moment)
        assert done.events[0].at == true_moment and Payment.objects.get().at == true_moment
        before_the_case = walks.MONDAY - DAY
        refused(InvalidInput, lambda: pay(ordered, "100.00", moment=before_the_case, reason="补录"), field="at")


def test_the_moment_of_a_payment_is_that_of_the_criminal_law(police_filed):
    people, transfer = police_filed.people, police_filed.subject
    police_filed.subject = inspection = transfer.case.inspection
    early = pay(police_filed, "1.00", moment=walks.MONDAY + timedelta(hours=1), reason="补录")
    assert early.events[0].facts["moment"] == "before_filing"
    perform(transfer, "hand_over", by=people.lead, inputs={"to": "公安乙", "items": "案卷"})
    assert pay(police_filed, "1.00").events[0].facts["moment"] == "before_indictment"
    with clock.at(clock.now() + DAY):
        perform(transfer, "prosecute", by=people.prosecutor, inputs={"number": "渑检诉1号"})
        assert pay(police_filed, "1.00").events[0].facts["moment"] == "before_judgment"
    with clock.at(clock.now() + 2 * DAY):
        walks.from_paper(people, transfer, "judge", number="（2026）豫1221刑初1号", signer="法官甲")
        event = did(pay(police_filed, "1.00"), "expired", sends=["PAID_AFTER_SENDING"])
        assert event.facts["moment"] == "after_judgment"
    assert fresh(inspection).state == "expired"


def test_a_payment_after_sending_is_certified_to_police_and_procuratorate(received):
    received.subject = received.subject.case.inspection
    event = did(pay(received, "600.00"), "expired", sends=["PAID_AFTER_SENDING"])
    assert sorted(recipients(event, "PAID_AFTER_SENDING")) == ["police/police_officer", "procuratorate/prosecutor"]
    told = event_notice(event)
    assert told.fields == {"case_number": told.fields["case_number"], "paid_to": "林大河", "amount_paid": "600.00",
                           "at": "2026-03-08 09:00"}  # fmt: skip
    done = act(received, "counter_payment", payment=str(Payment.objects.get().public_id), reason="退票。")
    event = did(walks.approved(done, received.people.squad_leader), "expired", sends=["PAID_AFTER_SENDING"])
    assert event_notice(event).fields["amount_paid"] == "-600.00", "who was told of it is told that it did not stand"


def event_notice(event):
    """One of the two certificates: they say the same."""
    return Notice.objects.filter(event_ref=str(event.public_id), kind="PAID_AFTER_SENDING").first()


def test_money_that_comes_in_after_the_end_is_recorded_while_the_transfer_is_open(police_filed):
    people, transfer = police_filed.people, police_filed.subject
    police_filed.subject = inspection = transfer.case.inspection
    walks.settled(people, inspection, "in_criminal_recovery")
    event = walks.approved(act(police_filed, "close", result="公安已立案。"), people.squad_leader).events[0]
    assert event.facts["closed_as"] == "transferred_to_police"
    did(pay(police_filed, "2600.00"), "closed", sends=["PAID_AFTER_SENDING"])
    line = walks.lines(inspection)[0]
    assert (line.paid, line.settled_otherwise, line.settled_how, line.rest) == (2600, 10000, "in_criminal_recovery", 0)
    pay(police_filed, "10000.00")
    assert walks.lines(inspection)[0].settled_how == "paid"


def test_after_the_end_with_nothing_open_no_money_is_recorded(investigating):
    walks.settled(investigating.people, investigating.subject, "unreachable")
    walks.approved(act(investigating, "close", result="无法联系。"), investigating.people.squad_leader)
    refused(NotPossibleNow, lambda: pay(investigating, "1.00"), says="案件已结束")
    refused(NotPossibleNow, lambda: settle(investigating, "reduced"), says="案件已结束")


def test_lines_are_settled_each_in_its_way(established):
    refused(InvalidInput, lambda: settle(established, "unreachable", tries=1), field="tries")
    refused(InvalidInput, lambda: settle(established, "in_criminal_recovery"), field="how", says="公安机关尚未立案")
    refused(InvalidInput, lambda: settle(established, "in_court_enforcement"), field="how", says="尚未申请法院强制执行")
    refused(InvalidInput, lambda: settle(established, "paid"), field="how")
    did(settle(established, "unreachable", tries=2), "facts_established")
    refused(InvalidInput, lambda: settle(established, "reduced"), field="line", says="已了结")
    did(settle(established, "unfounded", number=1), "facts_established")
    assert [x.settled_how for x in walks.lines(established.subject)] == ["unreachable", "unfounded"]
    # the worker who could not be found turns up and is paid; what was unfounded stays so
    pay(established, "12600.00")
    refused(InvalidInput, lambda: pay(established, "1.00", number=1), field="shares")


def test_a_worker_withdraws_his_own_claim(established):
    line = walks.lines(established.subject)[1]
    did(act(established, "withdraw_claim", line=str(line.public_id), reason="已另行解决。"), "facts_established")
    assert walks.lines(established.subject)[1].settled_how == "withdrawn"


def test_a_penalty_decision_does_not_open_the_deposit(established):
    inspection = walks.intended(established.people, established.subject, kind="penalty")
    people = established.people
    perform(inspection, "hear_defence", by=people.lead, inputs={"said": "x", "examined": "y"})
    walks.approved(perform(inspection, "decide", by=people.lead, inputs={"content": "罚款。"}), people.bureau_head)
    walks.served(people, inspection, "decision")
    line = walks.lines(inspection)[0]
    use = {"shares": [{"line": str(line.public_id), "amount": "600.00"}], "bank": "渑池农商行"}
    refused(NotPossibleNow, lambda: act(established, "use_deposit", **use), says="PAY-04")


@pytest.mark.parametrize("wrong", ["12,60.00", "1e3", "-5", "١٢", "12.345", "1000000000000.00", "NaN"])
def test_an_amount_that_is_none_is_refused(established, wrong):
    refused(InvalidInput, lambda: pay(established, wrong), field="shares")


def test_a_line_found_to_be_nought_does_not_keep_the_case_open(investigating):
    first, second = walks.lines(investigating.subject)
    act(
        investigating,
        "establish_facts",
        findings="一人不实。",
        verified=[{"line": str(first.public_id), "verified": "0"}],
    )
    pay(investigating, "9800.00", number=1)
    assert [x.rest for x in walks.lines(investigating.subject)] == [0, 0]
    assert act(investigating, "close", result="办结。").requested is not None
    assert LedgerLine.objects.get(pk=second.pk).settled_how == "paid"
