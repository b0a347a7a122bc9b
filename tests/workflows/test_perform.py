"""`perform` itself: names, moments, versions, repeated requests, and that it does an act wholly or not at all."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from tests import walks
from tests.effects import did, fresh, nothing_written, refused
from workflows import clock, move
from workflows.errors import InvalidInput, NotPossibleNow, NotVisible, PermissionDenied, Repeated, UnknownAction
from workflows.inbound import Inbound
from workflows.models import Case, Complaint, Event, InboundMessage, Limit
from workflows.perform import available_actions, perform
from workflows.record import first_broken

DAY = timedelta(days=1)
INTERVIEW = {"person": "王某", "place": "项目部", "said": "属实。", "certificates_shown": True}


def interview(on, **more):
    return perform(on.subject, "record_interview", by=on.people.lead, inputs=more.pop("inputs", INTERVIEW), **more)


# --- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "act", ["fly", "", "state", "save", "delete", "__init__", "file_case", "take_case", "conclude"]
)
def test_an_act_that_nobody_declared_is_unknown(investigating, act):
    refused(UnknownAction, lambda: perform(investigating.subject, act, by=investigating.people.squad_leader))


def test_opening_acts_open_on_a_root_and_on_nothing_else(investigating):
    people, case = investigating.people, investigating.subject.case
    for subject, act in ((None, "schedule"), (None, "accept"), (case, "log"), (case, "accept"), (case, "file_case"),
                         (investigating.subject, "propose_transfer"), (investigating.subject, "log")):  # fmt: skip
        refused(UnknownAction, lambda s=subject, a=act: perform(s, a, by=people.lead))


def test_a_row_that_is_gone_is_not_visible(investigating):
    ghost = type(investigating.subject)(pk=987654, case=investigating.subject.case)
    refused(NotVisible, lambda: perform(ghost, "record_interview", by=investigating.people.lead, inputs=INTERVIEW))


def test_what_the_state_does_not_allow_names_what_it_does(filed):
    refusal = refused(
        NotPossibleNow, lambda: perform(filed.subject, "order_payment", by=filed.people.lead), says="已立案"
    )
    assert "assign" in refusal.possible and "order_payment" not in refusal.possible


def test_another_bureaus_people_do_nothing_here(investigating):
    stranger = investigating.people.officers["third"]
    stranger.agency = type(stranger.agency).objects.get(code="city_hrss")
    stranger.roles = ["inspector", "squad_leader", "bureau_head", "principal_head"]
    stranger.save()
    told = {"lead": investigating.people.id("lead"), "others": [investigating.people.id("second")]}
    refused(
        PermissionDenied, lambda: perform(investigating.subject, "reassign", by=investigating.people.third, inputs=told)
    )
    assert available_actions(investigating.subject, investigating.people.third) == []


def test_an_officer_who_left_does_nothing(investigating):
    officer = investigating.people.officers["lead"]
    officer.active = False
    officer.save()
    refused(PermissionDenied, lambda: interview(investigating))


@pytest.mark.parametrize("inputs", [{"state": "closed"}, {"version": 7}, {"said-0": "x"}, {"into": "x"}])
def test_a_field_that_nobody_asked_for_is_refused_by_name(investigating, inputs):
    refused(InvalidInput, lambda: interview(investigating, inputs={**INTERVIEW, **inputs}), field=next(iter(inputs)))


# --- moments ---------------------------------------------------------------------------------------------------------


def test_at_is_the_moment_it_happened_and_recorded_at_when_it_was_entered(investigating):
    with clock.at(walks.MONDAY + 2 * DAY):
        event = did(interview(investigating, at=walks.MONDAY + DAY), "investigating", papers=["interview_record"])
    assert (event.at, event.recorded_at) == (walks.MONDAY + DAY, walks.MONDAY + 2 * DAY)


def test_an_act_is_not_in_the_future_nor_without_a_zone_nor_before_what_it_depends_on(investigating):
    refused(InvalidInput, lambda: interview(investigating, at=walks.MONDAY + timedelta(seconds=1)), field="at")
    refused(InvalidInput, lambda: interview(investigating, at=datetime(2026, 3, 2, 9)), field="at", says="时区")
    refused(InvalidInput, lambda: interview(investigating, at=walks.MONDAY - DAY), field="at", says="不能早于")


def test_back_dating_beyond_three_days_needs_a_reason(investigating):
    with clock.at(walks.MONDAY + 3 * DAY):
        did(interview(investigating, at=walks.MONDAY), "investigating", papers=["interview_record"])
    with clock.at(walks.MONDAY + 3 * DAY + timedelta(seconds=1)):
        refused(InvalidInput, lambda: interview(investigating, at=walks.MONDAY), field="reason")
        did(interview(investigating, at=walks.MONDAY, reason="出差补录"), "investigating", papers=["interview_record"])
        did(
            interview(investigating, at=walks.MONDAY, inputs={**INTERVIEW, "reason": "出差补录"}),
            "investigating",
            papers=["interview_record"],
        )


def test_limits_run_from_when_it_happened(filed):
    people = filed.people
    with clock.at(walks.MONDAY + 3 * DAY):
        complaint = walks.registered(people)
    with clock.at(walks.MONDAY + 6 * DAY):
        perform(complaint.intake, "accept", by=people.squad_leader, at=walks.MONDAY + 4 * DAY)
    case = fresh(complaint).case
    assert str(case.filed_on) == "2026-03-06"
    assert Limit.objects.get(case=case, rule="INV-02").started_at == walks.MONDAY + 4 * DAY


def test_a_move_of_state_is_never_before_the_last_one(established):
    with clock.at(walks.MONDAY + 3 * DAY):
        refused(InvalidInput, lambda: perform(established.subject, "inform_intent", by=established.people.lead,
                                              at=walks.MONDAY - timedelta(hours=1), reason="补录",
                                              inputs={"kind": "treatment", "content": "x"}), field="at")  # fmt: skip


def test_nothing_of_a_case_happened_before_it_was_filed(investigating):
    told = {"kind": "refusal_to_pay", "facts": "x"}
    refused(InvalidInput, lambda: perform(investigating.subject.case, "propose_transfer", by=investigating.people.lead,
                                          inputs=told, at=walks.MONDAY - DAY), field="at")  # fmt: skip


# --- versions and repeated requests ----------------------------------------------------------------------------------


def test_who_looked_at_an_older_version_is_refused(investigating):
    seen = Case.objects.get().version
    interview(investigating, seen_version=seen)
    refused(NotPossibleNow, lambda: interview(investigating, seen_version=seen), says="别人刚刚更新了")
    interview(investigating, seen_version=seen + 1)


def inbox(key="k1", body=None):
    return Inbound("token:7", key, body or INTERVIEW, lambda done: {"event": str(done.events[0].public_id)})


def test_the_same_key_with_the_same_body_gets_the_same_answer_and_changes_nothing(investigating):
    done = interview(investigating, inbox=inbox())
    with nothing_written(), pytest.raises(Repeated) as repeated:
        interview(investigating, inbox=inbox())
    assert repeated.value.answer == {"event": str(done.events[0].public_id)}
    assert InboundMessage.objects.count() == 1 and Event.objects.filter(act="record_interview").count() == 1


def test_the_same_key_with_another_body_is_refused(investigating):
    interview(investigating, inbox=inbox())
    other = inbox(body={**INTERVIEW, "said": "另一份"})
    refused(InvalidInput, lambda: interview(investigating, inbox=other), field="Idempotency-Key")


def test_a_refused_request_leaves_its_key_free(investigating):
    refused(InvalidInput, lambda: interview(investigating, inputs={}, inbox=inbox()), field="said")
    interview(investigating, inbox=inbox())


def test_a_key_belongs_to_its_sender(investigating):
    interview(investigating, inbox=inbox())
    interview(investigating, inbox=Inbound("token:8", "k1", INTERVIEW, lambda done: {"ok": True}))
    assert Event.objects.filter(act="record_interview").count() == 2


def test_a_key_keeps_the_answer_of_a_request_for_approval(established):
    inputs = {"pay_by": "2026-03-09"}
    asked = Inbound("token:7", "k9", inputs, lambda done: {"approval": str(done.requested.public_id)})
    done = perform(established.subject, "order_payment", by=established.people.lead, inputs=inputs, inbox=asked)
    with pytest.raises(Repeated) as repeated:
        perform(established.subject, "order_payment", by=established.people.lead, inputs=inputs, inbox=asked)
    assert repeated.value.answer == {"approval": str(done.requested.public_id)}


# --- wholly or not at all --------------------------------------------------------------------------------------------


def test_a_write_that_breaks_in_the_middle_leaves_nothing(registered, monkeypatch):
    def broken(drafts):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(move, "post", broken)
    with nothing_written(), pytest.raises(RuntimeError):
        perform(registered.subject, "accept", by=registered.people.squad_leader)


def test_a_refused_step_refuses_the_whole(established, monkeypatch):
    """Closing concludes each complaint; if one cannot be concluded, the case is not closed."""
    walks.settled(established.people, established.subject, "reduced")
    request = perform(established.subject, "close", by=established.people.lead, inputs={"result": "x"}).requested

    def never(file, subject, at):
        return "不能办结"

    rule = type(Complaint.objects.get().intake).acts()["conclude"][0]
    monkeypatch.setattr(
        type(rule), "requires", property(lambda self: (never,) if self is rule else self.__dict__["requires"])
    )
    with pytest.raises(NotPossibleNow):
        walks.approvals.decide(request, by=established.people.squad_leader, yes=True)
    assert fresh(established.subject).state == "facts_established" and not Event.objects.filter(act="close").exists()


def test_nothing_opens_a_transaction_around_perform(investigating):
    with pytest.raises(RuntimeError), transaction.atomic():
        interview(investigating)


def test_a_unique_row_written_by_somebody_else_first_is_looked_at_afresh(registered, monkeypatch):
    real, calls = move.statements.append, []

    def first_time_late(model, fresh_rows):
        calls.append(model)
        if len(calls) == 1:
            with connection.cursor() as cursor:
                cursor.execute("INSERT INTO workflows_township SELECT * FROM workflows_township LIMIT 1")
        return real(model, fresh_rows)

    monkeypatch.setattr(move.statements, "append", first_time_late)
    try:
        assert perform(registered.subject, "answer", by=registered.people.operator, inputs={"answer": "已答。"})
    except IntegrityError:
        pytest.fail("a unique violation was not retried")
    assert Event.objects.filter(act="answer").count() == 1


def test_chains_hold_after_a_walk_through_everything(police_filed):
    for root in [*Case.objects.all(), *Complaint.objects.all()]:
        assert first_broken(root) is None and root.version == root.events.count()


# --- what is offered -------------------------------------------------------------------------------------------------


def test_what_is_offered_is_what_the_state_and_the_role_allow_with_reasons(established):
    offered = {o.rule.name: o for o in available_actions(established.subject, established.people.lead)}
    assert offered["order_payment"].possible and offered["order_payment"].approval == "squad_leader"
    assert not offered["close"].possible and "须已履行" in offered["close"].reasons[0]
    assert "reassign" not in offered and "expire" not in offered
    theirs = {o.rule.name for o in available_actions(established.subject, established.people.squad_leader)}
    assert theirs == {"assign_more", "reassign", "join", "split", "answer_supervision", "notify_case", "note"}
    assert available_actions(established.subject, established.people.auditor) == []
