"""An act that answers closes the question that was asked, and no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from notifications.models import Notice, Receipt
from notifications.reading import unanswered
from tests import walks
from tests.people import People, reception_day, settle_county
from workflows import clock
from workflows.models import AgencyTask, DataRequest, SupervisionOrder
from workflows.notices import MATRIX
from workflows.perform import perform
from workflows.procedures.registry import PROCEDURES


@pytest.fixture
def people(database_like: Callable[..., Any]) -> Iterator[People]:
    with database_like("officers alone", build=settle_county) as people, clock.at(walks.MONDAY):
        yield people


def states(kind: str) -> list[str]:
    return [n.state for n in Notice.objects.filter(kind=kind).order_by("posted_at", "pk")]


def test_every_kind_that_an_act_answers_or_signs_is_sent_by_one_of_its_procedure() -> None:
    for procedure in PROCEDURES.values():
        sent = {sends.notice for rule in procedure.rules() for sends in rule.sends}
        for rule in procedure.rules():
            assert set(rule.answers) | set(rule.signs) <= sent, rule.name
            assert all(MATRIX[kind].answer_due or MATRIX[kind] for kind in rule.answers)


def test_of_two_questions_the_answered_one_is_closed_and_a_returned_one_is_asked_again(people: People) -> None:
    inspection = walks.investigating(people)
    day = reception_day(clock.today() + timedelta(days=1), "hrss", "housing", "transport")
    visit = perform(inspection.case, "schedule", by=people.lead,
                    inputs={"day": str(day.public_id), "visitors": "来访人三名", "people": 3}).subject  # fmt: skip
    with clock.at(walks.MONDAY + timedelta(days=1, hours=1)):
        for agency in ("housing", "transport"):
            inputs = {"agency": agency, "question": "核实承包关系。", "due_on": "2026-03-12"}
            perform(visit, "assign_task", by=people.lead, inputs=inputs)
        task = AgencyTask.objects.get(agency__code="housing")
        inputs = {"task": str(task.public_id), "answer": "总包为甲公司。"}
        done = perform(visit, "answer_task", by=people.housing, inputs=inputs)
        assert sorted(states("TASK_ASSIGNED")) == ["answered", "posted"]
        asked = Notice.objects.get(kind="TASK_ASSIGNED", recipient_agency="housing")
        assert (asked.answer_text, asked.answer_signer) == ("总包为甲公司。", "住建甲")
        assert asked.answer_ref == str(done.events[0].public_id)
        inputs = {"task": str(task.public_id), "reason": "请附合同。", "due_on": "2026-03-13"}
        perform(visit, "return_task", by=people.lead, inputs=inputs)
        assert {n.kind for n in unanswered(asked.subject_ref)} == {"TASK_ASSIGNED", "TASK_RETURNED"}
        perform(visit, "answer_task", by=people.housing,
                inputs={"task": str(task.public_id), "answer": "合同已附。"})  # fmt: skip
        assert states("TASK_RETURNED") == ["answered"]
        asked.refresh_from_db()
        assert asked.answer_text == "总包为甲公司。", "the first answer stands"


def test_the_paper_of_the_police_signs_for_the_letter_in_the_name_on_it(people: People) -> None:
    inspection = walks.expired(people)
    with clock.at(walks.MONDAY + timedelta(days=8)):
        transfer = walks.sent(people, inspection)
        walks.from_paper(people, transfer, "receive", receiver="公安乙")
        letter = Notice.objects.get(kind="TRANSFER_SENT")
        assert (letter.receipt_signer, letter.receipt_agency) == ("公安丙", "police")
        assert Receipt.objects.get(notice=letter).agency == "police"


def test_what_was_asked_before_two_joins_is_closed_by_its_answer_in_the_case_that_went_on(people: People) -> None:
    """A question of each kind that goes along, and one of the same kind and agency that nobody has answered yet."""
    asked = walks.investigating(people)
    due = {"due_on": "2026-03-20"}
    for question in ("核实承包关系。", "核实拨付情况。"):
        perform(asked, "ask_agency", by=people.lead, inputs={"agency": "housing", "question": question, **due})
    wanted = {"agency": "transport", "wanted": "车辆登记", "scenario": "核查支付能力", "basis": "WPR 40", "way": "file",
              "use_until": "2026-06-30", "conditional": True}  # fmt: skip
    walks.approved(perform(asked, "request_data", by=people.lead, inputs=wanted), people.squad_leader)
    perform(asked, "supervise", by=people.leader, inputs={"question": "为何未结？", **due})
    cases = [asked]
    for _ in range(2):
        cases.append(walks.investigating(people))
        told = {"into": cases[-1].case.number, "reason": "同一工地。"}
        perform(cases[-2], "join", by=people.squad_leader, inputs=told)
    into = cases[-1]
    task = AgencyTask.objects.order_by("id").first()
    inputs = {"task": str(task.public_id), "answer": "总包为甲公司。"}
    done = perform(into, "answer_agency", by=people.housing, inputs=inputs)
    assert sorted(states("ASSISTANCE_ASKED")) == ["answered", "posted"], "the other question still waits"
    notice = Notice.objects.get(kind="ASSISTANCE_ASKED", state="answered")
    assert task.question in notice.text
    assert (notice.answer_text, notice.answer_ref) == ("总包为甲公司。", str(done.events[0].public_id))
    inputs = {"data_request": str(DataRequest.objects.get().public_id), "decision": "agreed"}
    perform(into, "decide_data_request", by=people.transport, inputs=inputs)
    inputs = {"order": str(SupervisionOrder.objects.get().public_id), "answer": "已责令支付。"}
    perform(into, "answer_supervision", by=people.squad_leader, inputs=inputs)
    assert states("DATA_REQUESTED") == ["answered"] and set(states("SUPERVISION_ORDERED")) == {"answered"}
