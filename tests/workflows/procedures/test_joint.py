"""2 Joint reception: every arrow and side act, on a case and on a complaint not accepted yet."""

from datetime import timedelta

import pytest

from tests import walks
from tests.effects import did, fresh, notice, recipients, refused, running
from tests.people import reception_day
from workflows import clock
from workflows.errors import InvalidInput, NotPossibleNow, PermissionDenied
from workflows.models import AgencyTask, Complaint, Instalment, JointReception, Limit
from workflows.perform import perform
from workflows.roles import SYSTEM

DAY = timedelta(days=1)
PARTS = [{"due_on": "2026-03-10", "amount": "12000.00"}, {"due_on": "2026-03-20", "amount": "10400.00"}]


def schedule(people, root, by="receptionist", ahead=0, **more):
    day = reception_day(clock.today() + ahead * DAY)
    inputs = {"day": str(day.public_id), "visitors": "林大河等二人", "people": 2, **more}
    return perform(root, "schedule", by=getattr(people, by), inputs=inputs)


@pytest.fixture
def convened(investigating):
    visit = schedule(investigating.people, investigating.subject.case).subject
    investigating.inspection = investigating.subject
    investigating.subject = perform(visit, "convene", by=investigating.people.receptionist,
                                    inputs={"present": "人社局、住建局"}).subject  # fmt: skip
    return investigating


@pytest.fixture
def agreed(convened):
    did(act(convened, "record_agreement", agreement="分两期付清。", instalments=PARTS), "agreed",
        starts={"INSTALMENT": None})  # fmt: skip
    return convened


def act(at, name, by="receptionist", **inputs):
    return perform(at.subject, name, by=getattr(at.people, by), inputs=inputs)


def pay(at, number):
    row = Instalment.objects.get(number=number, replaced=False)
    return act(at, "record_instalment", instalment=str(row.public_id), proof=f"回单{number}")


# --- the visit -------------------------------------------------------------------------------------------------------


def test_a_visit_is_scheduled_beside_the_inspection_and_convened(investigating):
    people = investigating.people
    done = schedule(people, investigating.subject.case, ahead=2)
    did(done, "scheduled", starts={"RECEPTION_ON": "2026-03-04"})
    assert done.subject.queue_number == 1
    present = {"present": "人社局、住建局"}
    refused(
        NotPossibleNow,
        lambda: perform(done.subject, "convene", by=people.receptionist, inputs=present),
        says="还没有到",
    )
    with clock.at(walks.MONDAY + 2 * DAY):
        did(perform(done.subject, "convene", by=people.lead, inputs=present), "convened", stops=["RECEPTION_ON"])
    assert fresh(investigating.subject).state == "investigating", "the inspection runs beside it"


def test_a_visit_is_scheduled_on_a_complaint_and_follows_it_into_its_case(registered):
    people, complaint = registered.people, registered.subject.complaint
    visit = schedule(people, complaint, ahead=1).subject
    assert visit.root == complaint and running(visit) == {"RECEPTION_ON": "2026-03-03"}
    perform(registered.subject, "accept", by=people.squad_leader)
    case = Complaint.objects.get().case
    visit = JointReception.objects.get()
    assert visit.root == case and Limit.objects.get(rule="RECEPTION_ON").case == case
    with clock.at(walks.MONDAY + DAY):
        done = perform(visit, "convene", by=people.receptionist, inputs={"present": "各单位"})
    assert did(done, "convened", stops=["RECEPTION_ON"]).case == case


def test_nothing_is_scheduled_on_what_is_not_registered_or_ended_or_joined(registered):
    people = registered.people
    draft = walks.drafted(people)
    refused(NotPossibleNow, lambda: schedule_quietly(people, draft), says="不能安排")
    perform(registered.subject, "answer", by=people.operator, inputs={"answer": "已答。"})
    refused(NotPossibleNow, lambda: schedule_quietly(people, registered.subject.complaint), says="不能安排")


def schedule_quietly(people, root):
    """On a reception day that stands already, so that a refusal leaves no row at all behind."""
    return perform(root, "schedule", by=people.receptionist, inputs={"day": "x" * 36, "visitors": "某人", "people": 1})


def test_only_the_desk_or_the_assigned_inspector_schedules(investigating):
    people, case = investigating.people, investigating.subject.case
    day = reception_day(clock.today())
    inputs = {"day": str(day.public_id), "visitors": "某人", "people": 1}
    for who in (people.third, people.operator, people.squad_leader, people.housing):
        refused(PermissionDenied, lambda who=who: perform(case, "schedule", by=who, inputs=inputs))
    perform(case, "schedule", by=people.lead, inputs=inputs)


def test_a_day_must_be_there_and_not_past_and_petitioners_are_at_most_five(investigating):
    people, case = investigating.people, investigating.subject.case
    day = reception_day(clock.today())
    gone = reception_day(clock.today() - DAY)
    told = {"day": str(day.public_id), "visitors": "某人", "people": 6, "petition": True}
    refused(InvalidInput, lambda: perform(case, "schedule", by=people.receptionist, inputs=told), field="people")
    for other in (str(gone.public_id), "0" * 36, "没有"):
        told = {"day": other, "visitors": "某人", "people": 1}
        refused(
            InvalidInput, lambda told=told: perform(case, "schedule", by=people.receptionist, inputs=told), field="day"
        )


def test_a_reception_needs_two_agencies_at_the_table(investigating):
    people = investigating.people
    alone = reception_day(clock.today(), "hrss")
    inputs = {"day": str(alone.public_id), "visitors": "某人", "people": 1}
    visit = perform(investigating.subject.case, "schedule", by=people.receptionist, inputs=inputs).subject
    present = {"present": "人社局"}
    refused(NotPossibleNow, lambda: perform(visit, "convene", by=people.receptionist, inputs=present), says="两个单位")


def test_a_reception_is_adjourned_to_another_day(convened):
    later = reception_day(clock.today() + 5 * DAY)
    did(act(convened, "adjourn", day=str(later.public_id), reason="项目经理未到。"), "scheduled",
        starts={"RECEPTION_ON": "2026-03-07"})  # fmt: skip
    assert fresh(convened.subject).reception_day == later


def test_a_visit_is_cancelled_or_nobody_came(investigating):
    people, case = investigating.people, investigating.subject.case
    first, second = schedule(people, case).subject, schedule(people, case, ahead=3).subject
    because = {"reason": "对方已付款。"}
    did(perform(first, "no_show", by=people.receptionist, inputs=because), "cancelled", stops=["RECEPTION_ON"])
    refused(NotPossibleNow, lambda: perform(second, "no_show", by=people.receptionist, inputs=because), says="还没有到")
    did(perform(second, "cancel", by=people.receptionist, inputs=because), "cancelled", stops=["RECEPTION_ON"])


def test_a_wrong_click_is_taken_back_and_the_date_runs_on(investigating):
    people = investigating.people
    visit = schedule(people, investigating.subject.case).subject
    perform(visit, "no_show", by=people.receptionist, inputs={"reason": "没来。"})
    did(perform(visit, "correct", by=people.receptionist, inputs={"reason": "认错人了。"}), "scheduled")
    assert running(visit) == {"RECEPTION_ON": "2026-03-02"}
    perform(visit, "convene", by=people.receptionist, inputs={"present": "各单位"})
    did(perform(visit, "correct", by=people.receptionist, inputs={"reason": "还没开始。"}), "scheduled")
    assert running(visit) == {"RECEPTION_ON": "2026-03-02"}


# --- agreement -------------------------------------------------------------------------------------------------------


def test_an_agreement_runs_by_its_instalments_to_performance_and_close(agreed):
    rows = Limit.objects.filter(rule="INSTALMENT", stopped_at=None).order_by("due_on")
    assert [str(x.due_on) for x in rows] == ["2026-03-10", "2026-03-20"]
    did(pay(agreed, 1), "agreed", stops=["INSTALMENT"])
    refused(NotPossibleNow, lambda: act(agreed, "confirm_performance"), says="还有 1 期未付")
    refused(InvalidInput, lambda: pay(agreed, 1), field="instalment")
    did(pay(agreed, 2), "agreed", stops=["INSTALMENT"])
    did(act(agreed, "confirm_performance"), "performed")
    did(act(agreed, "close", result="已履行。"), "closed", papers=["reception_record"])


def test_instalments_follow_one_another(convened):
    for wrong in (PARTS[::-1], [PARTS[0], PARTS[0]], []):
        refused(InvalidInput, lambda wrong=wrong: act(convened, "record_agreement", agreement="分期。", instalments=wrong),
                field="instalments")  # fmt: skip


def test_an_agreement_is_amended_and_its_dates_start_anew(agreed):
    pay(agreed, 1)
    did(act(agreed, "amend_agreement", agreement="余款顺延。", instalments=[{"due_on": "2026-04-10", "amount": "10400.00"}]),
        "agreed", starts={"INSTALMENT": "2026-04-10"}, stops=["INSTALMENT"])  # fmt: skip
    assert Instalment.objects.filter(replaced=False, paid_at=None).count() == 1


def test_a_default_is_declared_by_the_clockwork_and_reported_to_the_inspection(agreed):
    refused(NotPossibleNow, lambda: perform(agreed.subject, "declare_default", by=SYSTEM), says="没有到期未付")
    with clock.at(walks.MONDAY + 8 * DAY):
        refused(NotPossibleNow, lambda: perform(agreed.subject, "declare_default", by=SYSTEM))
    with clock.at(walks.MONDAY + 9 * DAY):
        event = did(perform(agreed.subject, "declare_default", by=SYSTEM), "defaulted",
                    stops=["INSTALMENT", "INSTALMENT"], sends=["DEFAULTED"])  # fmt: skip
        assert recipients(event, "DEFAULTED") == ["hrss/inspector"] and event.by_name == "系统"
        assert set(notice(event, "DEFAULTED").fields) == {"case_number", "employer", "owed"}
        # late money still counts: each instalment is entered, then performance is confirmed
        refused(NotPossibleNow, lambda: act(agreed, "confirm_performance"))
        pay(agreed, 1)
        pay(agreed, 2)
        did(act(agreed, "confirm_performance"), "performed")


def test_a_defaulted_reception_is_closed(agreed):
    with clock.at(walks.MONDAY + 9 * DAY):
        act(agreed, "declare_default")
        did(act(agreed, "close", result="未履行，转监察。"), "closed", papers=["reception_record"])


def test_no_agreement_goes_to_the_inspection_and_without_a_case_to_acceptance(convened):
    event = did(act(convened, "no_agreement", reason="对工程量有争议。"), "not_agreed", sends=["NOT_AGREED"])
    assert recipients(event, "NOT_AGREED") == ["hrss/inspector"]
    did(act(convened, "close", result="未达成。"), "closed", papers=["reception_record"])
    people = convened.people
    visit = schedule(people, walks.registered(people)).subject
    perform(visit, "convene", by=people.receptionist, inputs={"present": "各单位"})
    event = did(perform(visit, "no_agreement", by=people.receptionist, inputs={"reason": "谈不成。"}), "not_agreed",
                sends=["NOT_AGREED"])  # fmt: skip
    assert recipients(event, "NOT_AGREED") == ["hrss/squad_leader"]


# --- tasks and the rest ----------------------------------------------------------------------------------------------


def test_a_lead_agency_is_one_of_those_at_the_table(convened):
    did(act(convened, "decide_lead", agency="housing", reason="违法分包引起。"), "convened")
    assert fresh(convened.subject).lead_agency.code == "housing"
    refused(InvalidInput, lambda: act(convened, "decide_lead", agency="water", reason="x"), field="agency")


def test_a_task_is_assigned_answered_returned_and_blocks_the_close(convened):
    asked = {"agency": "housing", "question": "查分包合同。", "due_on": "2026-03-06"}
    event = did(
        act(convened, "assign_task", **asked), "convened", starts={"TASK_DUE": "2026-03-06"}, sends=["TASK_ASSIGNED"]
    )
    assert recipients(event, "TASK_ASSIGNED") == ["housing/liaison"]
    assert set(notice(event, "TASK_ASSIGNED").fields) == {"case_number", "employer", "project", "question", "due_on"}
    assert str(notice(event, "TASK_ASSIGNED").answer_due_on) == "2026-03-06"
    act(convened, "no_agreement", reason="谈不成。")
    refused(NotPossibleNow, lambda: act(convened, "close", result="x"), says="住房和城乡建设局")
    task = AgencyTask.objects.get()
    answer = {"task": str(task.public_id), "answer": "总包已违法分包。"}
    refused(PermissionDenied, lambda: act(convened, "answer_task", "transport", **answer))
    refused(PermissionDenied, lambda: act(convened, "answer_task", "third", **answer))
    event = did(
        act(convened, "answer_task", "housing", **answer), "not_agreed", stops=["TASK_DUE"], sends=["TASK_ANSWERED"]
    )
    assert recipients(event, "TASK_ANSWERED") == ["hrss/inspector"]
    returned = {"task": str(task.public_id), "reason": "没有附合同。", "due_on": "2026-03-09"}
    event = did(act(convened, "return_task", **returned), "not_agreed", starts={"TASK_DUE": "2026-03-09"},
                sends=["TASK_RETURNED"])  # fmt: skip
    assert recipients(event, "TASK_RETURNED") == ["housing/liaison"]
    with clock.at(walks.MONDAY + 8 * DAY):
        event = did(act(convened, "answer_task", "housing", **answer), "not_agreed", stops=["TASK_DUE"],
                    sends=["TASK_ANSWERED"])  # fmt: skip
        assert event.facts["stopped"][0][2] == "missed"
        act(convened, "close", result="未达成。")


def test_a_task_may_be_answered_on_a_signed_paper(convened):
    act(convened, "assign_task", agency="housing", question="查合同。", due_on="2026-03-06")
    task = AgencyTask.objects.get()
    done = walks.from_paper(convened.people, convened.subject, "answer_task", task=str(task.public_id), answer="无合同。",
                            signer="住建乙")  # fmt: skip
    did(done, "convened", stops=["TASK_DUE"], sends=["TASK_ANSWERED"])


def test_a_task_of_the_reception_is_not_answered_through_the_inspection(convened):
    act(convened, "assign_task", agency="housing", question="查合同。", due_on="2026-03-06")
    told = {"task": str(AgencyTask.objects.get().public_id), "answer": "x"}
    people = convened.people
    refused(NotPossibleNow, lambda: perform(convened.inspection, "answer_agency", by=people.housing, inputs=told))


def test_our_own_bureau_is_given_no_task(convened):
    for own in ("hrss", "brigade"):
        told = {"agency": own, "question": "x", "due_on": "2026-03-06"}
        refused(InvalidInput, lambda told=told: act(convened, "assign_task", **told), field="agency")


def test_minutes_and_signatures_are_kept(convened):
    did(act(convened, "minutes", text="项目部称甲方未拨款。"), "convened")
    did(act(convened, "minutes", text="住建局当场核实。"), "convened")
    did(act(convened, "sign", signers="林大河、王某"), "convened")
    visit = fresh(convened.subject)
    assert visit.minutes_text == "项目部称甲方未拨款。\n住建局当场核实。" and visit.signers == "林大河、王某"
