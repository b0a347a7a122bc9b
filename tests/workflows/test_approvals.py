"""Approvals: one table, one inbox; a request freezes act, inputs and draft, a yes re-checks everything and performs
it."""

from datetime import timedelta

import pytest

from tests import walks
from tests.effects import did, fresh, nothing_written, refused
from tests.people import appoint
from workflows import approvals, clock
from workflows.errors import InvalidInput, NotPossibleNow, PermissionDenied
from workflows.models import Approval, Assignment, Event, LimitExtension, Paper
from workflows.perform import perform
from workflows.roles import Role

DAY = timedelta(days=1)


def order(at, **inputs):
    inputs = {"pay_by": "2026-03-09", **inputs}
    return perform(at.subject, "order_payment", by=at.people.lead, inputs=inputs)


@pytest.fixture
def asked(established):
    established.done = order(established)
    established.request = established.done.requested
    return established


def test_a_request_changes_nothing_but_its_own_row(established):
    root = fresh(established.subject).case
    done = order(established)
    case = fresh(root)
    assert (case.version, bytes(case.head_hash)) == (root.version, bytes(root.head_hash))
    assert done.subject.state == fresh(established.subject).state == "facts_established"
    assert (done.root.version, done.events) == (root.version, [])
    assert not Paper.objects.filter(kind="order").exists() and Approval.objects.count() == 1


def test_a_request_shows_act_inputs_and_draft_paper_to_whom_it_waits_for(asked):
    request = asked.request
    assert (request.label, request.needed, request.needed_label) == ("责令限期支付", "squad_leader", "监察大队长")
    assert request.shown == {"pay_by": "2026-03-09"} and request.draft[0]["kind"] == "限期改正指令书"
    people = asked.people
    assert list(approvals.waiting_for(people.squad_leader)) == [request]
    for who in (people.lead, people.second, people.bureau_head, people.principal_head, people.leader, people.police):
        assert list(approvals.waiting_for(who)) == []


def test_a_request_is_checked_in_full_before_it_is_made(established):
    refused(InvalidInput, lambda: order(established, pay_by="2026-02-01"), field="pay_by")
    refused(PermissionDenied, lambda: perform(established.subject, "order_payment", by=established.people.third,
                                              inputs={"pay_by": "2026-03-09"}))  # fmt: skip


def test_a_second_request_of_the_same_kind_is_refused_while_one_waits(asked):
    refused(NotPossibleNow, lambda: order(asked), says="已有一份申请")


def test_a_yes_performs_the_act_in_the_handlers_name_and_says_whose_yes(asked):
    with clock.at(walks.MONDAY + DAY):
        done = approvals.decide(asked.request, by=asked.people.squad_leader, yes=True, reason="同意")
    event = did(
        done, "ordered", starts={"PAY_BY": "2026-03-09"}, stops=["DEC-01"], sends=["ORDER_ISSUED"], papers=["order"]
    )
    assert (event.by_name, event.approved_by, event.approval_id) == ("监察甲", "大队长甲", asked.request.pk)
    assert event.at == walks.MONDAY + DAY, "it happens when it is approved"
    request = fresh(asked.request)
    assert (request.state, request.decided_by_name, request.decision_reason) == ("approved", "大队长甲", "同意")


def test_an_act_with_its_own_moment_keeps_it(established):
    with clock.at(walks.MONDAY + DAY):
        done = perform(established.subject, "preserve_evidence", by=established.people.lead, inputs={"items": "账册"},
                       at=walks.MONDAY + timedelta(hours=3))  # fmt: skip
        event = walks.approved(done, established.people.bureau_head).events[0]
    assert event.at == walks.MONDAY + timedelta(hours=3)


def test_a_no_needs_a_reason_and_does_nothing(asked):
    leader = asked.people.squad_leader
    refused(InvalidInput, lambda: approvals.decide(asked.request, by=leader, yes=False, reason=" "), field="reason")
    decided = approvals.decide(asked.request, by=leader, yes=False, reason="金额须复核。")
    assert (decided.state, fresh(asked.subject).state) == ("refused", "facts_established")
    assert not Event.objects.filter(act="order_payment").exists()
    order(asked)  # and may be asked for anew


def test_nobody_but_the_named_role_of_the_bureau_decides_and_never_the_handler(asked):
    people = asked.people
    lead = people.officers["lead"]
    lead.roles = ["inspector", "squad_leader"]
    lead.save()
    elsewhere = people.officers["housing"]
    elsewhere.roles = ["squad_leader"]
    elsewhere.save()
    for who in (people.lead, people.housing, people.second, people.bureau_head, people.leader):
        for yes in (True, False):
            refused(
                PermissionDenied, lambda who=who, yes=yes: approvals.decide(asked.request, by=who, yes=yes, reason="x")
            )


def test_the_handler_takes_his_request_back(asked):
    refused(PermissionDenied, lambda: approvals.withdraw(asked.request, by=asked.people.second))
    assert approvals.withdraw(asked.request, by=asked.people.lead).state == "withdrawn"
    refused(
        NotPossibleNow, lambda: approvals.decide(asked.request, by=asked.people.squad_leader, yes=True), says="已撤回"
    )


def test_an_acting_appointment_counts_on_its_days_and_is_quoted(asked):
    deputy = asked.people.officers["third"]
    appoint(deputy, Role.SQUAD_LEADER, clock.today() + DAY, clock.today() + 9 * DAY, "渑人社任〔2026〕3号")
    refused(PermissionDenied, lambda: approvals.decide(asked.request, by=asked.people.third, yes=True))
    with clock.at(walks.MONDAY + DAY):
        approvals.decide(asked.request, by=asked.people.third, yes=True)
    assert fresh(asked.request).acting_paper == "渑人社任〔2026〕3号"


def test_a_request_lapses_by_itself_when_the_case_moves_on(asked):
    walks.paid(asked.people, asked.subject)
    assert fresh(asked.request).state == "requested", "a payment moves nothing yet"
    perform(asked.subject, "record_compliance", by=asked.people.lead, inputs={"how": "付清。"})
    request = fresh(asked.request)
    assert (request.state, request.decided_by, request.decided_by_name) == ("refused", None, "系统")
    assert "已履行" in request.decision_reason
    refused(NotPossibleNow, lambda: approvals.decide(request, by=asked.people.squad_leader, yes=True), says="未批准")


def test_a_yes_to_what_the_guards_now_forbid_refuses_the_request_with_the_reason(asked):
    walks.paid(asked.people, asked.subject)
    with pytest.raises(NotPossibleNow, match="没有尚欠的金额"):
        approvals.decide(asked.request, by=asked.people.squad_leader, yes=True)
    request = fresh(asked.request)
    assert (
        request.state == "refused" and request.decided_by_name == "系统" and "没有尚欠的金额" in request.decision_reason
    )
    assert fresh(asked.subject).state == "facts_established"


def test_what_is_signed_is_what_was_shown(asked):
    """Half of one wage came in meanwhile: the order would say another sum than the draft that the squad leader read."""
    line = walks.lines(asked.subject)[0]
    told = {"payer": "employer", "proof": "x", "shares": [{"line": str(line.public_id), "amount": "600.00"}]}
    perform(asked.subject, "record_payment", by=asked.people.lead, inputs=told)
    with pytest.raises(NotPossibleNow, match="与送审稿不一致"):
        approvals.decide(asked.request, by=asked.people.squad_leader, yes=True)
    assert fresh(asked.request).state == "refused" and not Paper.objects.filter(kind="order").exists()


def test_a_date_that_has_passed_meanwhile_refuses_the_request(asked):
    with clock.at(walks.MONDAY + 8 * DAY), pytest.raises(NotPossibleNow, match="须晚于今天"):
        approvals.decide(asked.request, by=asked.people.squad_leader, yes=True)
    assert fresh(asked.request).state == "refused"


def test_a_handler_who_was_replaced_handles_no_more(asked):
    told = {"lead": asked.people.id("second"), "others": [asked.people.id("third")]}
    perform(asked.subject, "reassign", by=asked.people.squad_leader, inputs=told)
    with pytest.raises(NotPossibleNow):
        approvals.decide(asked.request, by=asked.people.squad_leader, yes=True)
    assert fresh(asked.request).state == "refused" and Assignment.objects.filter(to_at=None).count() == 2


def test_a_case_held_by_somebody_for_a_moment_does_not_cost_the_request(asked, monkeypatch):
    def busy(*args, **kwargs):
        raise NotPossibleNow("另一个人正在办理") from approvals.DatabaseError()

    monkeypatch.setattr(approvals, "perform", busy)
    with nothing_written(), pytest.raises(NotPossibleNow):
        approvals.decide(asked.request, by=asked.people.squad_leader, yes=True)


def test_a_decided_request_is_decided_once(asked):
    approvals.decide(asked.request, by=asked.people.squad_leader, yes=True)
    for yes in (True, False):
        refused(NotPossibleNow, lambda yes=yes: approvals.decide(asked.request, by=asked.people.squad_leader, yes=yes,
                                                                 reason="x"), says="已有结果")  # fmt: skip


def test_a_side_act_is_approved_once_though_its_state_does_not_move(investigating):
    told = {"rule": "INV-01", "reason": "复杂。"}
    request = perform(investigating.subject, "request_extension", by=investigating.people.lead, inputs=told).requested
    approvals.decide(request, by=investigating.people.bureau_head, yes=True)
    refused(NotPossibleNow, lambda: approvals.decide(request, by=investigating.people.bureau_head, yes=True))
    assert LimitExtension.objects.count() == 1


def test_a_second_officer_is_any_other_inspector_or_the_squad_leader(received):
    people = received.people
    told = {"number": "1号", "signer": "公安丙"}
    request = walks.asked_from_paper(people, received.subject, "file", **told).requested
    assert request.needed_label == "另一名监察员或监察大队长"
    waiting = [who for who in people.officers if request in approvals.waiting_for(getattr(people, who))]
    assert waiting == ["second", "third", "uncertified", "squad_leader"]
    approvals.decide(request, by=people.squad_leader, yes=True)
    assert fresh(received.subject).state == "police_filed"
