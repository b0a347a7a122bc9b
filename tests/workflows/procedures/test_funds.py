"""The wage deposit and the county's revolving fund: each yuan in the ledger, each yuan that came back beside it."""

from datetime import date, timedelta
from decimal import Decimal

import psycopg
import pytest

from notifications.models import Notice
from tests import walks
from tests.effects import did, refused, running
from workflows import clock, reminders
from workflows.errors import InvalidInput, NotPossibleNow, PermissionDenied
from workflows.invariants import advances_add_up, due_dates_recompute, money_adds_up
from workflows.models import Complaint, FundUse, Limit, Paper, Payment, Recovery, Reminder
from workflows.perform import perform

DAY = timedelta(days=1)
#: the decision of the walk names 9 March as the day to pay by
PASSED = walks.MONDAY + 8 * DAY


def act(at, name, by="lead", **inputs):
    return perform(at.subject, name, by=getattr(at.people, by), inputs=inputs)


def yes(at, name, approver="bureau_head", **inputs):
    return walks.approved(act(at, name, **inputs), getattr(at.people, approver))


def shares(at, *amounts):
    lines = walks.lines(at.subject)
    return [{"line": str(line.public_id), "amount": a} for line, a in zip(lines, amounts, strict=False)]


def newest():
    return str(FundUse.objects.latest("id").public_id)


def deposit(at, *amounts):
    return yes(at, "use_deposit", shares=shares(at, *amounts), bank="渑池县农村商业银行", depositor="豫西建工集团")


def test_the_deposit_waits_for_the_term_of_the_decision(decided):
    told = {"shares": shares(decided, "600.00"), "bank": "渑池农商行"}
    refused(NotPossibleNow, lambda: act(decided, "use_deposit", **told), says="2026-03-09 尚未届满")
    with clock.at(walks.MONDAY.replace(day=9, hour=23, minute=59)):
        refused(NotPossibleNow, lambda: act(decided, "use_deposit", **told), says="尚未届满")
    with clock.at(walks.MONDAY.replace(day=10, hour=0)):
        assert act(decided, "use_deposit", **told).requested.needed == "bureau_head"


def test_a_deposit_is_used_paid_by_the_bank_and_topped_up(decided):
    with clock.at(PASSED):
        event = did(deposit(decided, "600.00", "400.00"), "decided", papers=["deposit_notice"],
                    starts={"BANK_PAYS_BY": "2026-03-17"})  # fmt: skip
        assert event.facts["fund"]["amount"] == "1000.00"
        notice = Paper.objects.get(kind="deposit_notice")
        assert notice.addressee == "渑池县农村商业银行"
        source = notice.content["money_source"]
        assert (source["total"], source["decision_term"], source["depositor"]) == (
            "1000.00", "2026-03-09", "豫西建工集团")  # fmt: skip
        assert Payment.objects.count() == 0, "the notice pays nobody: the bank does"
        refused(InvalidInput, lambda: act(decided, "use_deposit", shares=shares(decided, "12000.01"), bank="x"),
                field="shares", says="最多还可申请 12,000.00")  # fmt: skip
        assert FundUse.objects.get().paper == notice
        use = newest()
        did(act(decided, "record_deposit_paid", use=use, proof="转账凭证"), "decided", stops=["BANK_PAYS_BY"],
            starts={"TOP_UP_BY": "2026-03-24"})  # fmt: skip
    paid = Payment.objects.order_by("id")
    assert [(p.amount, p.payer, str(p.fund_use.public_id)) for p in paid] == [
        (600, "wage_deposit", use), (400, "wage_deposit", use)]  # fmt: skip
    one = FundUse.objects.get()
    assert (one.state, one.paid, one.rest, one.top_up_by) == ("paid", 1000, 1000, date(2026, 3, 24))
    with clock.at(PASSED + 3 * DAY):
        back = {"use": use, "from_whom": "豫西建工集团", "proof": "缴款书"}
        refused(InvalidInput, lambda: act(decided, "record_recovery", amount="1000.01", **back), field="amount")
        did(act(decided, "record_recovery", amount="300.00", **back), "decided")
        assert "TOP_UP_BY" in running(decided.subject)
        did(act(decided, "record_recovery", amount="700.00", **back), "decided", stops=["TOP_UP_BY"])
        refused(NotPossibleNow, lambda: act(decided, "record_recovery", amount="1", **back), says="没有待收回")
    assert money_adds_up().holds and advances_add_up().holds


def test_deposit_and_fund_pay_through_their_own_acts_alone(decided):
    told = {"payer": "wage_deposit", "shares": shares(decided, "1.00"), "proof": "x"}
    refused(InvalidInput, lambda: act(decided, "record_payment", **told), field="payer")


def test_the_fund_is_applied_for_granted_by_the_county_paid_and_recovered(investigating):
    told = {"shares": shares(investigating, "800.00"), "cause": "absconded", "reason": "负责人逃匿。"}
    refused(PermissionDenied, lambda: act(investigating, "apply_relief_fund", "bureau_head", **told))
    did(yes(investigating, "apply_relief_fund", **told), "investigating", papers=["fund_application"])
    use = newest()
    refused(NotPossibleNow, lambda: act(investigating, "record_fund_paid", use=use, proof="x"), says="没有已批准")
    refused(InvalidInput, lambda: act(investigating, "record_fund_grant", use=use, granted=False, paper="渑政周1号"),
            field="reason")  # fmt: skip
    did(act(investigating, "record_fund_grant", use=use, granted=True, paper="渑政周〔2026〕1号"), "investigating")
    did(act(investigating, "record_fund_paid", use=use, proof="发放表"), "investigating")
    assert Payment.objects.get().payer == "relief_fund" and walks.lines(investigating.subject)[0].paid == 800
    one = FundUse.objects.get()
    assert (one.granted_paper, one.recover_from, one.rest) == ("渑政周〔2026〕1号", "渑池县青石建筑劳务有限公司", 800)
    back = {"use": use, "from_whom": one.recover_from, "proof": "缴款书"}
    act(investigating, "record_recovery", amount="500.00", **back)
    wrong = Recovery.objects.get()
    told = {"recovery": str(wrong.public_id), "reason": "记错。"}
    did(yes(investigating, "counter_recovery", "squad_leader", **told), "investigating")
    refused(NotPossibleNow, lambda: act(investigating, "counter_recovery", **told), says="没有可以冲正")
    assert FundUse.objects.get().rest == Decimal(800)
    assert money_adds_up().holds and advances_add_up().holds


def test_a_refused_application_gives_the_lines_free_again(investigating):
    told = {"shares": shares(investigating, "12600.00"), "cause": "unable", "reason": "资金周转困难。"}
    yes(investigating, "apply_relief_fund", **told)
    refused(InvalidInput, lambda: act(investigating, "apply_relief_fund", **told), field="shares", says="0.00")
    act(investigating, "record_fund_grant", use=newest(), granted=False, paper="渑政周2号", reason="不符合条件。")
    assert act(investigating, "apply_relief_fund", **told).requested is not None


def test_what_the_employer_paid_in_the_meantime_is_not_advanced(investigating):
    yes(investigating, "apply_relief_fund", shares=shares(investigating, "12600.00"), cause="unable", reason="困难。")
    act(investigating, "record_fund_grant", use=newest(), granted=True, paper="渑政周3号")
    act(investigating, "record_payment", payer="employer", shares=shares(investigating, "12000.00"), proof="回单")
    act(investigating, "record_fund_paid", use=newest(), proof="发放表")
    one = FundUse.objects.get()
    assert (one.amount, one.paid) == (12600, 600) and advances_add_up().holds


def test_a_payment_that_came_back_from_the_bank_was_never_advanced(decided):
    with clock.at(PASSED):
        deposit(decided, "600.00")
        act(decided, "record_deposit_paid", use=newest(), proof="转账凭证")
        wrong = Payment.objects.get()
        told = {"payment": str(wrong.public_id), "reason": "银行退票。"}
        did(yes(decided, "counter_payment", "squad_leader", **told), "decided", stops=["TOP_UP_BY"])
    assert FundUse.objects.get().paid == 0 and walks.lines(decided.subject)[0].paid == 0
    assert money_adds_up().holds and advances_add_up().holds


def test_a_case_does_not_end_while_the_bank_may_still_pay(decided):
    """The bank holds our notice: the case stays open until somebody says what the bank did."""
    with clock.at(PASSED):
        deposit(decided, "12600.00", "400.00")
        notice = Paper.objects.get(kind="deposit_notice")
        for line in walks.lines(decided.subject):
            act(decided, "settle_line", line=str(line.public_id), how="reduced", reason="书面协议。")
        here = ("保证金支付通知书", notice.number, "13,000.00 元，渑池县农村商业银行", "请先“记录保证金支付”")
        out = {"agency": "transport", "reason": "属该局管辖。"}
        for end, told in (("close", {"result": "全部了结。"}), ("transfer_out", out)):
            for said in here:
                refused(NotPossibleNow, lambda end=end, told=told: act(decided, end, **told), says=said)
        told = {"use": newest(), "proof": "撤回函"}
        refused(InvalidInput, lambda: act(decided, "record_deposit_paid", **told), field="use", says="勾选未支付")
        refused(InvalidInput, lambda: act(decided, "record_deposit_paid", unpaid=True, **told), field="reason")
        told = {"unpaid": True, "reason": "用人单位已付清，通知撤回。", **told}
        did(act(decided, "record_deposit_paid", **told), "decided", stops=["BANK_PAYS_BY"])
        use = FundUse.objects.get()
        assert (use.get_state_display(), use.paid, use.top_up_by) == ("未支付（退回、撤回）", 0, None)
        assert not Payment.objects.exists()
        refused(NotPossibleNow, lambda: act(decided, "record_deposit_paid", **told), says="没有待银行支付")
        done = act(decided, "close", result="全部了结。")
        assert walks.approved(done, decided.people.squad_leader).subject.state == "closed"
    assert running(decided.subject) == {} and money_adds_up().holds and advances_add_up().holds


def test_a_use_approved_after_the_end_was_asked_for_stops_the_end(decided):
    """The approver of the end reads the file as it is now, not as it was when the end was asked for."""
    with clock.at(PASSED):
        share = [{"line": str(walks.lines(decided.subject)[0].public_id), "amount": "1.00"}]
        asked = act(decided, "use_deposit", shares=share, bank="渑池农商行")
        out = act(decided, "transfer_out", agency="transport", reason="属该局管辖。")
        walks.approved(asked, decided.people.bureau_head)
        with pytest.raises(NotPossibleNow, match="保证金支付通知书"):
            walks.approved(out, decided.people.squad_leader)
    assert decided.subject.__class__.objects.get().state == "decided"
    assert FundUse.objects.get().waiting


def test_neither_is_a_filing_cancelled_over_an_advance_of_the_fund(investigating):
    told = {"shares": shares(investigating, "800.00"), "cause": "unable", "reason": "资金周转困难。"}
    end = {"reason": "撤诉后无违法事实。"}
    yes(investigating, "apply_relief_fund", **told)
    refused(NotPossibleNow, lambda: act(investigating, "cancel_filing", **end), says="请先“记录周转金批复”")
    use = newest()
    act(investigating, "record_fund_grant", use=use, granted=True, paper="渑政周1号")
    refused(NotPossibleNow, lambda: act(investigating, "cancel_filing", **end), says="请先“记录周转金发放”")
    told = {"use": use, "proof": "撤回函", "unpaid": True, "reason": "用人单位已自行支付。"}
    did(act(investigating, "record_fund_paid", **told), "investigating")
    assert act(investigating, "cancel_filing", **end).requested is not None
    # what was not paid is free again
    told = {"shares": shares(investigating, "12600.00"), "cause": "unable", "reason": "资金周转困难。"}
    assert act(investigating, "apply_relief_fund", **told).requested is not None


def test_the_database_keeps_advances_true(decided, owner_connection):
    with clock.at(PASSED):
        deposit(decided, "600.00")
        act(decided, "record_deposit_paid", use=newest(), proof="转账凭证")
    for change in ("paid = 1", "amount = 601", "recovered = 1"):
        with pytest.raises(psycopg.errors.CheckViolation):
            owner_connection.execute(f"UPDATE workflows_funduse SET {change}")
    act_back = {"use": newest(), "amount": "1.00", "from_whom": "甲", "proof": "乙"}
    with clock.at(PASSED + DAY):
        act(decided, "record_recovery", **act_back)
    with pytest.raises(psycopg.errors.RestrictViolation):
        owner_connection.execute("UPDATE workflows_recovery SET amount = 2")
    assert Limit.objects.filter(rule="TOP_UP_BY", stopped_at=None).count() == 1


# --- the duty to top up, after the case -------------------------------------------------------------------------------


def remind(moment):
    with clock.at(moment):
        reminders.plan(moment)
        reminders.remind(moment)


def reminded():
    return [
        x.level
        for x in Reminder.objects.filter(limit__rule="TOP_UP_BY", posted_at__isnull=False).order_by("moment", "id")
    ]


def test_the_duty_to_top_up_outlives_the_case_and_reminds_until_it_is_done(decided):
    """PAY-05 is the contractor's duty: that the workers are paid and the case closed does not end it."""
    with clock.at(PASSED):
        deposit(decided, "600.00")
        act(decided, "record_deposit_paid", use=newest(), proof="转账凭证")
        closed = walks.closed(decided.people, decided.subject)
        assert running(closed) == {"TOP_UP_BY": "2026-03-24"}
    for days in range(5, 25):
        remind(PASSED + days * DAY)
    assert reminded() == ["before_1", "over", "over_5"], "the inspector of the closed case, then his squad leader"
    with clock.at(PASSED + 25 * DAY):
        at = Notice.objects.filter(kind="LIMIT_DIGEST").order_by("posted_at", "key").last()
        assert at is not None and "保证金补足日" in at.text
        back = {"use": newest(), "amount": "600.00", "from_whom": "豫西建工集团", "proof": "缴款书"}
        did(act(decided, "record_recovery", **back), "closed", stops=["TOP_UP_BY"])
        assert running(closed) == {}
        told = {"recovery": str(Recovery.objects.get().public_id), "reason": "记错案件。"}
        did(yes(decided, "counter_recovery", "squad_leader", **told), "closed", starts={"TOP_UP_BY": "2026-03-24"})
        assert FundUse.objects.get().rest == 600
    assert money_adds_up().holds and advances_add_up().holds and due_dates_recompute().holds


def test_advances_go_along_when_the_case_joins_another_and_are_not_split_apart(decided):
    people = decided.people
    with clock.at(PASSED):
        deposit(decided, "600.00")
        act(decided, "record_deposit_paid", use=newest(), proof="转账凭证")
        other = {"complainant_name": "石某", "complainant_phone": "13900000002",
                 "lines": [{"worker_name": "石某", "claimed": "500.00"}]}  # fmt: skip
        into = walks.investigating(people, **other)
        told = {"into": into.case.number, "reason": "同一工地。"}
        perform(decided.subject, "join", by=people.squad_leader, inputs=told)
        use = FundUse.objects.get()
        assert use.case_id == into.case_id and running(into)["TOP_UP_BY"] == "2026-03-24"
        first = Complaint.objects.filter(case=into.case).order_by("id").first()
        told = {"complaints": [str(first.public_id)], "reason": "不同单位。"}
        refused(InvalidInput, lambda: perform(into, "split", by=people.squad_leader, inputs=told), field="complaints",
                says="保证金")  # fmt: skip
        back = {"use": newest(), "amount": "600.00", "from_whom": "豫西建工集团", "proof": "缴款书"}
        did(perform(into, "record_recovery", by=people.lead, inputs=back), "investigating", stops=["TOP_UP_BY"])
    assert money_adds_up().holds and advances_add_up().holds
