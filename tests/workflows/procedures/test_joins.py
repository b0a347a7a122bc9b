"""Cases that come together and apart: what moves, which limits run on, and that each root's chain says so."""

from datetime import timedelta

from tests import walks
from tests.effects import did, fresh, refused, running
from tests.people import reception_day
from workflows import clock
from workflows.errors import InvalidInput, NotPossibleNow, PermissionDenied
from workflows.models import AgencyTask, Case, Complaint, Event, Inspection, JointReception, Limit
from workflows.perform import perform
from workflows.record import first_broken
from workflows.roles import SYSTEM

DAY = timedelta(days=1)
OTHER = {"complainant_name": "石某", "complainant_phone": "13900000002",
         "lines": [{"worker_name": "石某", "claimed": "500.00"}]}  # fmt: skip


def act(at, name, by="squad_leader", **inputs):
    return perform(at.subject, name, by=getattr(at.people, by), inputs=inputs)


def join(people, inspection, into):
    told = {"into": into.case.number, "reason": "同一工地。"}
    return perform(inspection, "join", by=people.squad_leader, inputs=told)


def test_the_later_case_joins_the_earlier_and_nothing_of_its_limits_changes(investigating):
    people = investigating.people
    with clock.at(walks.MONDAY + 3 * DAY):
        later = walks.filed(people, **OTHER).inspection
        done = join(people, later, investigating.subject)
        event = did(done, "joined", stops=["INV-01", "INV-02"])
    assert [(e.act, e.case_id) for e in done.events] == [
        ("join", later.case_id),
        ("take_case", investigating.subject.case_id),
    ]
    assert event.facts["joined_into"]["case"] == investigating.subject.case.number
    assert done.events[1].facts["from_case"]["its_event"] == bytes(event.hash).hex(), "one chain quotes the other"
    assert running(later) == {} and running(investigating.subject) == {"INV-01": "2026-05-28", "INV-02": "2026-04-01"}
    case = fresh(investigating.subject).case
    assert case.complaints.count() == 2 and case.lines.count() == 3 and case.workers.count() == 3
    assert later.case.complaints.count() == 0 and Case.objects.get(pk=later.case_id).joined_into == case
    for row in Case.objects.all():
        assert first_broken(row) is None


def test_the_earliest_filing_keeps_running_in_the_receiving_case(investigating):
    """The receiving case was filed on 5 March, the joining one on 2 March: the limits run from 2 March."""
    people = investigating.people
    with clock.at(walks.MONDAY + 3 * DAY):
        later = walks.filed(people, **OTHER).inspection
        assert running(later) == {"INV-01": "2026-06-02", "INV-02": "2026-04-07"}
        join(people, investigating.subject, later)
    assert running(later) == {"INV-01": "2026-05-28", "INV-02": "2026-04-01"}
    assert fresh(later).first_filed_at == clock.start_of(walks.MONDAY.date()), "DEC-02 counts from it, too"
    assert Complaint.objects.filter(case=later.case_id).count() == 2


def test_a_receiving_case_past_its_investigation_takes_only_the_limit_to_finish(established):
    people = established.people
    with clock.at(walks.MONDAY + 3 * DAY):
        later = walks.established(people, **OTHER)
        join(people, established.subject, later)
    assert running(later) == {"INV-02": "2026-04-01", "DEC-01": "2026-03-26"}


def test_visits_questions_and_running_dates_go_along(investigating):
    people, into = investigating.people, walks.filed(investigating.people, **OTHER).inspection
    inspection = investigating.subject
    day = reception_day(clock.today())
    inputs = {"day": str(day.public_id), "visitors": "林大河", "people": 1}
    visit = perform(inspection.case, "schedule", by=people.receptionist, inputs=inputs).subject
    task = {"agency": "housing", "question": "查合同", "due_on": "2026-03-09"}
    perform(visit, "assign_task", by=people.receptionist, inputs=task)
    perform(inspection, "ask_agency", by=people.lead, inputs={**task, "agency": "transport"})
    perform(inspection, "supervise", by=people.leader, inputs={"question": "为何？", "due_on": "2026-03-20"})
    join(people, inspection, into)
    assert running(inspection) == {}
    assert sorted(running(into)) == ["ANSWER_DUE", "INV-01", "INV-02", "SUPERVISION_ANSWER"]
    assert sorted(running(visit)) == ["RECEPTION_ON", "TASK_DUE"]
    assert JointReception.objects.get().root == into.case
    asked = AgencyTask.objects.get(agency__code="transport")
    answer = {"task": str(asked.public_id), "answer": "已付。"}
    did(perform(into, "answer_agency", by=people.transport, inputs=answer), "filed", stops=["ANSWER_DUE"],
        sends=["ASSISTANCE_ANSWERED"])  # fmt: skip
    perform(JointReception.objects.get(), "convene", by=people.receptionist, inputs={"present": "各单位"})
    stale = visit  # read before the join, its root the joined case
    refused(
        NotPossibleNow, lambda: perform(stale, "minutes", by=people.receptionist, inputs={"text": "x"}), says="更新"
    )


def test_the_duty_to_decide_on_listing_goes_along(expired):
    people = expired.people
    into = walks.filed(people, **OTHER).inspection
    assert running(expired.subject)["BLK-06"] == "2026-04-03"
    join(people, expired.subject, into)
    assert running(into)["BLK-06"] == "2026-04-03" and running(expired.subject) == {}


def test_of_two_duties_to_list_the_earlier_stands(expired):
    people = expired.people
    other = walks.expired(people, **OTHER)
    with clock.at(clock.now() + 6 * DAY):
        late = running(other)["BLK-06"]
        join(people, expired.subject, other)
        assert late > "2026-04-03" and running(other)["BLK-06"] == "2026-04-03"
        assert Limit.objects.filter(rule="BLK-06", stopped_at=None).count() == 1


def test_a_case_is_not_joined_into_itself_an_ended_one_or_one_that_is_not_there(investigating):
    people = investigating.people
    closed = walks.closed(people, walks.investigating(people, **OTHER))
    for into in (investigating.subject.case.number, closed.case.number, "渑人社监案〔2026〕99号"):
        refused(InvalidInput, lambda into=into: act(investigating, "join", into=into, reason="x"), field="into")
    refused(PermissionDenied, lambda: act(investigating, "join", "lead", into=closed.case.number, reason="x"))


def test_a_joined_case_moves_no_more(investigating):
    people = investigating.people
    into = walks.filed(people, **OTHER).inspection
    join(people, investigating.subject, into)
    refused(NotPossibleNow, lambda: act(investigating, "reopen", reason="x"))
    refused(NotPossibleNow, lambda: act(investigating, "record_answer", "lead", answer="x"))
    told = {"kind": "refusal_to_pay", "facts": "x"}
    case = fresh(investigating.subject).case
    refused(NotPossibleNow, lambda: perform(case, "propose_transfer", by=people.lead, inputs=told), says="已并案")
    inputs = {"day": "x" * 36, "visitors": "某人", "people": 1}
    refused(NotPossibleNow, lambda: perform(case, "schedule", by=people.receptionist, inputs=inputs), says="已并入")


def test_a_request_on_a_joined_case_lapses(established):
    people = established.people
    request = perform(established.subject, "order_payment", by=people.lead, inputs={"pay_by": "2026-03-09"}).requested
    join(people, established.subject, walks.filed(people, **OTHER).inspection)
    request.refresh_from_db()
    assert request.state == "refused" and "已并案" in request.decision_reason


def test_a_complaint_is_split_off_into_a_case_of_its_own(investigating):
    """Split on 5 March: the new case is filed, its limits run on from 2 March."""
    people = investigating.people
    second = walks.accepted_into(people, investigating.subject.case, **OTHER)
    with clock.at(walks.MONDAY + 3 * DAY):
        done = act(investigating, "split", complaints=[str(second.public_id)], reason="另一用人单位。")
        did(done, "investigating")
    assert [(e.act, e.to_state) for e in done.events] == [("split", "investigating"), ("file_split", "filed")]
    fresh_case = Case.objects.latest("id")
    assert running(fresh_case.inspection) == {"INV-01": "2026-05-28", "INV-02": "2026-04-01"}
    assert running(investigating.subject) == {"INV-01": "2026-05-28", "INV-02": "2026-04-01"}
    assert (
        fresh_case.lines.count() == fresh_case.complaints.count() == 1 and investigating.subject.case.lines.count() == 2
    )
    assert done.events[1].facts["split_from"]["its_event"] == bytes(done.events[0].hash).hex()
    assert [first_broken(c) for c in Case.objects.all()] == [None, None]
    inputs = {"lead": people.id("lead"), "others": [people.id("third")]}
    with clock.at(walks.MONDAY + 3 * DAY):
        did(perform(fresh_case.inspection, "assign", by=people.squad_leader, inputs=inputs), "investigating")


def test_a_split_takes_some_complaints_of_this_case_and_never_all(investigating):
    first = investigating.subject.case.complaints.get()
    other = walks.registered(investigating.people, **OTHER)
    for wrong in ([], [str(first.public_id)], [str(other.public_id)], ["没有"]):
        refused(
            InvalidInput,
            lambda wrong=wrong: act(investigating, "split", complaints=wrong, reason="x"),
            field="complaints",
        )


def test_what_was_reopened_and_joined_or_split_takes_its_own_clocks_along(filed):
    """A complaint reopened on a case waits for acceptance there; the case joins another: the wait goes along."""
    people, inspection = filed.people, filed.subject
    intake = inspection.case.complaints.get().intake
    perform(intake, "withdraw", by=people.operator, inputs={"reason": "x", "case_goes_on": True})
    perform(intake, "reopen", by=people.squad_leader, inputs={"reason": "又来。"})
    into = walks.filed(people, **OTHER).inspection
    join(people, inspection, into)
    assert set(running(intake)) == {"ACC-01", "ACC-09"}
    assert set(Limit.objects.filter(procedure="intake", stopped_at=None).values_list("case", flat=True)) == {
        into.case_id
    }
    perform(into, "split", by=people.squad_leader,
            inputs={"complaints": [str(intake.complaint.public_id)], "reason": "分开。"})  # fmt: skip
    apart = Complaint.objects.get(pk=intake.complaint_id).case
    assert apart != into.case
    done = perform(fresh(intake), "accept", by=people.squad_leader)
    did(done, "accepted", stops=["ACC-01", "ACC-09"], sends=["ACCEPTED"])
    assert (
        Inspection.objects.get(case=apart).state == "filed" and Event.objects.filter(act="take_complaint").count() == 1
    )


def test_the_clockwork_expires_the_order_of_a_receiving_case_as_before(ordered):
    join(ordered.people, walks.filed(ordered.people, **OTHER).inspection, ordered.subject)
    with clock.at(walks.MONDAY + 6 * DAY):
        assert perform(ordered.subject, "expire", by=SYSTEM).subject.state == "expired"
