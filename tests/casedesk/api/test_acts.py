"""Acts and approvals: what is refused leaves no trace, what is repeated is answered alike, what needs a yes waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests import walks
from tests.casedesk.api.clients import Caller, County, is_problem
from tests.people import People, settle_county
from workflows import approvals, clock
from workflows.inbound import InboundMessage
from workflows.models import Case, Complaint, Event, Inspection, Limit, Paper, ReceiptCode
from workflows.perform import perform


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with clock.at(walks.MONDAY):
        yield


def an_established_case() -> tuple[People, Inspection]:
    with clock.at(walks.MONDAY):
        people = settle_county()
        return people, walks.established(people)


@pytest.fixture
def case(database_like: Callable[..., Any]) -> Iterator[tuple[County, Inspection]]:
    """A case whose facts stand, and everybody's client."""
    with database_like("api: established", build=an_established_case) as (people, inspection):
        yield County(people), inspection


def pay_by(days: int = 10) -> dict[str, str]:
    return {"pay_by": str(clock.today() + timedelta(days=days))}


# --- refusals ---------------------------------------------------------------------------------------------------------


def test_an_unknown_act_is_404(case, rows):
    county, inspection = case
    before = rows()
    for act in ("fly", "file_case", "take_case", "log", "refresh_from_db", "__class__", "ORDER_PAYMENT"):
        is_problem(county.lead.act("inspection", inspection.public_id, act), 404)
    is_problem(county.lead.act("inspections", inspection.public_id, "order_payment"), 404)
    is_problem(county.lead.act("intake", inspection.public_id, "amend"), 404)
    assert rows() == before


def test_an_act_of_another_state_is_409_with_what_is_possible(case, rows):
    county, inspection = case
    before = rows()
    problem = is_problem(county.squad_leader.act("inspection", inspection.public_id, "assign", {}), 409)
    assert "order_payment" in problem["possible"] and problem["reasons"]
    assert rows() == before


def test_an_act_that_the_file_forbids_is_409_with_the_reason(case, rows):
    county, inspection = case
    before = rows()
    problem = is_problem(county.lead.act("inspection", inspection.public_id, "record_compliance", {"how": "已付"}), 409)
    assert any("尚欠" in reason for reason in problem["reasons"])
    assert rows() == before


def test_somebody_elses_act_is_403(case, rows):
    county, inspection = case
    before = rows()
    is_problem(county.squad_leader.act("inspection", inspection.public_id, "order_payment", pay_by()), 403)
    is_problem(county.third.act("inspection", inspection.public_id, "order_payment", pay_by()), 403)
    is_problem(county.lead.log({**walks.CALL, "register": False, "violation_continues": True}), 422)
    is_problem(county.police.log(walks.CALL), 403)
    assert rows() == before


def test_what_one_may_not_see_answers_like_what_is_not_there(case, rows):
    county, inspection = case
    before = rows()
    for person in ("operator", "housing", "police", "prosecutor", "auditor", "administrator"):
        caller: Caller = getattr(county, person)
        for body in (pay_by(), {}, {"nonsense": [1]}):
            hidden = caller.act("inspection", inspection.public_id, "order_payment", body)
            absent = caller.act("inspection", uuid4(), "order_payment", body)
            assert is_problem(hidden, 404) and hidden.content == absent.content
        hidden, absent = (caller.get(f"inspection/{one}/actions") for one in (inspection.public_id, uuid4()))
        assert is_problem(hidden, 404) and hidden.content == absent.content
    assert rows() == before


def test_a_stale_page_is_refused_and_not_overwritten(case, rows):
    county, inspection = case
    seen = county.lead.get(f"inspection/{inspection.public_id}/actions").json()["version"]
    amend = {"legal_rep_name": "王某", "reason": "核对执照", "seen_version": seen}
    assert county.lead.act("inspection", inspection.public_id, "amend", amend).status_code == 200
    before = rows()
    problem = is_problem(county.second.act("inspection", inspection.public_id, "amend", amend), 409)
    assert "更新" in problem["detail"]
    assert rows() == before


def test_signing_in_is_asked_for_first(case):
    county, inspection = case
    for answer in (
        county.nobody.get("cases"),
        county.nobody.get("nothing"),
        county.nobody.act("inspection", inspection.public_id, "order_payment", pay_by()),
        county.nobody.raw("POST", "complaints", b"not json"),
        county.nobody.raw("OPTIONS", "cases", b""),
    ):
        is_problem(answer, 401)
        assert answer["WWW-Authenticate"] == "Token"


# --- idempotency ------------------------------------------------------------------------------------------------------


def test_61_twenty_equal_requests_at_once_are_one_complaint_and_twenty_equal_answers(county, race):
    county.operator  # noqa: B018 - signed in before the race
    key = str(uuid4())

    def log() -> Any:
        with clock.at(walks.MONDAY):
            return Caller.log(county.operator, walks.CALL, key)

    answers = race(*[log] * 20)
    assert [getattr(a, "status_code", a) for a in answers] == [201] * 20
    assert len({a.content for a in answers}) == 1
    assert answers[0].json()["receipt"]["receipt_code"]
    assert Complaint.objects.count() == 1 and ReceiptCode.objects.count() == 1
    assert InboundMessage.objects.count() == 1


def test_62_the_same_key_with_another_body_is_refused(county, rows):
    key = str(uuid4())
    first = county.operator.log(walks.CALL, key)
    before = rows()
    problem = is_problem(county.operator.log({**walks.CALL, "worker_count": 3}, key), 422)
    assert list(problem["errors"]) == ["Idempotency-Key"]
    assert county.operator.log(walks.CALL, key).content == first.content
    assert rows() == before


def test_a_key_belongs_to_its_sender_and_to_its_address(county, rows):
    first = county.operator.log(walks.CALL, "one")
    other = county.receptionist.log(walks.CALL, "one")
    assert other.status_code == 201 and other.json()["id"] != first.json()["id"]
    intake = first.json()["intake"]
    is_problem(county.operator.act("intake", intake, "chase", {"reason": "催"}, Idempotency_Key="one"), 422)


def test_a_refused_request_does_not_use_up_its_key(county):
    is_problem(county.operator.log({**walks.CALL, "channel": "fax"}, "one"), 422)
    assert county.operator.log(walks.CALL, "one").status_code == 201


def test_no_receipt_code_is_kept_with_the_answer(county):
    facts = {**walks.CALL, "is_informant": True, "complainant_phone": "+86 139-0000-0001"}
    first = county.operator.log(facts, "one")
    told = first.json()["receipt"]
    kept = str(InboundMessage.objects.get().answer)
    assert told["receipt_second"] == "0001"
    assert told["receipt_code"] not in kept and told["receipt_token"] not in kept
    assert county.operator.log(facts, "one").content == first.content


def test_a_repeated_act_is_answered_again_and_done_once(case):
    county, inspection = case
    ids = (inspection.public_id, "record_answer", {"answer": "正在筹款。"})
    first = county.lead.act("inspection", *ids, Idempotency_Key="one")
    assert first.status_code == 200
    again = county.lead.act("inspection", *ids, Idempotency_Key="one")
    assert again.status_code == 200 and again.content == first.content
    assert Event.objects.filter(act="record_answer").count() == 1


def test_a_reissued_receipt_is_told_again_to_who_repeats(county):
    intake = county.operator.log(walks.CALL).json()["intake"]
    first = county.operator.act("intake", intake, "reissue_receipt", {}, Idempotency_Key="again")
    assert first.status_code == 200 and first.json()["told"]["receipt_second"] == "0001"
    assert (
        county.operator.act("intake", intake, "reissue_receipt", {}, Idempotency_Key="again").content == first.content
    )
    assert ReceiptCode.objects.count() == 2


def test_a_repeated_answer_outlives_the_sight_of_its_subject(county):
    intake = county.operator.log(walks.CALL).json()["intake"]
    refer = {"agency": "housing", "reason": "属住建部门职责", "by_day": "2026-03-20"}
    assert county.squad_leader.act("intake", intake, "refer", refer).status_code == 200
    body = {"reason": "不属于本单位"}
    first = county.housing.act("intake", intake, "send_back", body, Idempotency_Key="back")
    assert first.status_code == 200
    assert county.housing.act("intake", intake, "send_back", body, Idempotency_Key="back").content == first.content
    is_problem(county.housing.act("intake", intake, "send_back", body), 404)


def test_two_identical_acts_at_once_are_one_act_and_one_refusal(case, race):
    county, inspection = case
    county.lead, county.second  # noqa: B018 - signed in before the race

    def compute(caller: Caller) -> Callable[[], Any]:
        def post() -> Any:
            with clock.at(walks.MONDAY):
                return caller.act("inspection", inspection.public_id, "correct", {"reason": "误点"})

        return post

    answers = race(compute(county.lead), compute(county.second))
    assert sorted(a.status_code for a in answers) == [200, 409]
    assert Event.objects.filter(act="correct").count() == 1


# --- approvals --------------------------------------------------------------------------------------------------------


def request_of(county: County, inspection: Inspection) -> str:
    asked = county.lead.act("inspection", inspection.public_id, "order_payment", pay_by())
    assert asked.status_code == 202
    return str(asked.json()["approval"]["id"])


def test_an_act_that_needs_a_yes_waits_and_changes_nothing(case):
    county, inspection = case
    events = Event.objects.count()
    papers, limits = Paper.objects.count(), Limit.objects.count()
    asked = county.lead.act("inspection", inspection.public_id, "order_payment", pay_by(), Idempotency_Key="one")
    assert asked.status_code == 202
    again = county.lead.act("inspection", inspection.public_id, "order_payment", pay_by(), Idempotency_Key="one")
    assert again.status_code == 202 and again.content == asked.content
    assert (Event.objects.count(), Paper.objects.count(), Limit.objects.count()) == (events, papers, limits)
    assert county.lead.get(f"inspection/{inspection.public_id}/actions").json()["state"] == "facts_established"
    is_problem(county.lead.act("inspection", inspection.public_id, "order_payment", pay_by()), 409)


def test_a_no_needs_a_reason_and_ends_the_request(case):
    county, inspection = case
    id = request_of(county, inspection)
    problem = is_problem(county.squad_leader.post(f"approvals/{id}/decide", {"yes": False}), 422)
    assert list(problem["errors"]) == ["reason"]
    refused = county.squad_leader.post(f"approvals/{id}/decide", {"yes": False, "reason": "期限太短"}).json()
    assert refused["approval"]["state"] == "refused" and refused["done"] is None
    is_problem(county.squad_leader.post(f"approvals/{id}/decide", {"yes": True}), 409)
    assert county.squad_leader.get("approvals").json()["results"] == []


def test_the_handler_alone_takes_his_request_back(case):
    county, inspection = case
    id = request_of(county, inspection)
    is_problem(county.second.post(f"approvals/{id}/withdraw"), 403)
    assert county.lead.post(f"approvals/{id}/withdraw").json()["approval"]["state"] == "withdrawn"
    is_problem(county.lead.post(f"approvals/{id}/withdraw"), 409)


def test_a_request_is_nobodys_business_elsewhere(case):
    county, inspection = case
    id = request_of(county, inspection)
    for person in ("operator", "housing", "police", "auditor", "administrator", "leader"):
        caller: Caller = getattr(county, person)
        hidden = caller.post(f"approvals/{id}/decide", {"yes": True})
        absent = caller.post(f"approvals/{uuid4()}/decide", {"yes": True})
        assert is_problem(hidden, 404) and hidden.content == absent.content
        assert caller.get("approvals").json()["results"] == []
    is_problem(county.second.post(f"approvals/{id}/decide", {"yes": True}), 403)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "yes"),
        ({"yes": None}, "yes"),
        ({"yes": "maybe"}, "yes"),
        ({"yes": 1}, "yes"),
        ({"yes": True, "by": "me"}, "by"),
    ],
)
def test_an_unclear_decision_is_refused(case, body, field):
    county, inspection = case
    id = request_of(county, inspection)
    problem = is_problem(county.squad_leader.post(f"approvals/{id}/decide", body), 422)
    assert field in problem["errors"]


def test_two_decisions_at_once_are_one(case, race):
    county, inspection = case
    id = request_of(county, inspection)
    caller = county.squad_leader

    def decide(yes: bool) -> Callable[[], Any]:
        def post() -> Any:
            with clock.at(walks.MONDAY):
                return caller.post(f"approvals/{id}/decide", {"yes": yes, "reason": "如所请"})

        return post

    answers = race(*[decide(True), decide(False)] * 3)
    assert sorted(a.status_code for a in answers) == [200, 409, 409, 409, 409, 409]


# --- opening acts, papers, other agencies -----------------------------------------------------------------------------


def test_opening_acts_are_offered_and_done_on_the_root(case):
    county, inspection = case
    root = inspection.case.public_id
    offered = county.lead.get(f"police/{root}/actions").json()
    assert [a["name"] for a in offered["actions"]] == ["propose_transfer"] and offered["state"] == ""
    assert [a["name"] for a in county.lead.get(f"joint/{root}/actions").json()["actions"]] == ["schedule"]
    is_problem(county.lead.get(f"inspection/{root}/actions"), 404)
    is_problem(county.lead.act("joint", root, "propose_transfer", {}), 404)
    body = {"kind": "refusal_to_pay", "facts": "有能力支付而不支付。"}
    opened = county.lead.act("police", root, "propose_transfer", body).json()
    assert opened["state"] == "proposed" and opened["case"] == str(root)
    assert county.lead.get(f"police/{opened['id']}/actions").json()["state"] == "proposed"


def test_a_liaison_answers_what_he_was_asked_and_reads_no_case(case):
    county, inspection = case
    ask = {"agency": "housing", "question": "请提供施工许可。", "due_on": "2026-03-20"}
    assert county.lead.act("inspection", inspection.public_id, "ask_agency", ask).status_code == 200
    offered = county.housing.get(f"inspection/{inspection.public_id}/actions").json()["actions"]
    assert [a["name"] for a in offered] == ["answer_agency"]
    (task,) = offered[0]["inputs"][0]["choices"]
    is_problem(county.housing.get(f"cases/{inspection.case.public_id}"), 404)
    is_problem(county.transport.get(f"inspection/{inspection.public_id}/actions"), 404)
    answer = {"task": task["value"], "answer": "许可证附后。"}
    assert county.housing.act("inspection", inspection.public_id, "answer_agency", answer).status_code == 200


def test_an_act_of_another_agency_is_recorded_from_its_paper_with_a_second_yes(case):
    county, inspection = case
    transfer = walks.sent(county.people, inspection)
    scan = {"title": "公安接收回执"}
    assert county.lead.act("inspection", inspection.public_id, "add_evidence", scan).status_code == 200
    offered = county.lead.get(f"police/{transfer.public_id}/actions").json()["actions"]
    receive = next(a for a in offered if a["name"] == "receive")
    assert receive["approval"] == "second_officer" and {"signer", "scan", "at"} <= {
        i["name"] for i in receive["inputs"]
    }


def test_every_refusal_of_the_engine_says_which_act_is_meant(case):
    """No act of any procedure answers 5xx to an empty body, whoever asks and whatever the state."""
    county, inspection = case
    transfer = walks.sent(county.people, inspection)
    complaint = Complaint.objects.get()
    subjects = {"inspection": inspection, "police": transfer, "intake": complaint.intake}
    for name, subject in subjects.items():
        for act in subject.acts():
            for person in ("lead", "squad_leader", "bureau_head", "police"):
                answer = getattr(county, person).act(name, subject.public_id, act, {"at": "2026-03-02T08:00:00+08:00"})
                assert answer.status_code < 500, (name, act, person, answer.content.decode())


def test_a_request_that_the_engine_performs_is_seen_in_the_list(case):
    county, inspection = case
    done = perform(inspection, "order_payment", by=county.people.lead, inputs=pay_by())
    assert done.requested is not None
    (row,) = county.squad_leader.get("approvals").json()["results"]
    assert row["id"] == str(done.requested.public_id) and row["case"]["number"] == inspection.case.number
    approvals.decide(done.requested, by=county.people.squad_leader, yes=True)
    mine = county.lead.get("approvals?mine=true&size=1").json()
    assert mine["results"][0]["state"] == "approved" and mine["next"] is None
    assert Case.objects.get().inspection.state == "ordered"
