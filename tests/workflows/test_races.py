"""Two people at the same moment: one of them does it, the other is told; nothing is ever done twice."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from notifications.models import Delivery, Notice
from tests import walks
from tests.effects import fresh
from tests.people import settle_county
from workflows import approvals, clock
from workflows.errors import NotPossibleNow, Refusal, Repeated
from workflows.inbound import Inbound
from workflows.models import (
    Approval,
    Case,
    Complaint,
    Event,
    Inspection,
    LedgerLine,
    Limit,
    LimitExtension,
    Paper,
    Payment,
)
from workflows.perform import perform
from workflows.record import first_broken

PAIRS = 300
SHORT_CALL = {**walks.CALL, "lines": []}


def at_once(*rounds: list[Callable[[], Any]]) -> list[list[Any]]:
    """Run each round's functions at the same moment, one thread for each place; what each returned or raised."""
    width = len(rounds[0])
    barrier, results = threading.Barrier(width), [[None] * width for _ in rounds]

    def run(place: int) -> None:
        try:
            for number, functions in enumerate(rounds):
                barrier.wait(60)
                try:
                    with clock.at(walks.MONDAY):
                        results[number][place] = functions[place]()
                except (Refusal, Repeated) as refusal:
                    results[number][place] = refusal
        except BaseException:
            barrier.abort()
            raise
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(width)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not any(thread.is_alive() for thread in threads) and not barrier.broken, "a racer failed or hangs"
    return results


def outcomes(results: list[list[Any]]) -> Counter[str]:
    return Counter(type(r).__name__ for one in results for r in one)


def chains_hold() -> bool:
    return all(first_broken(root) is None for root in [*Case.objects.all(), *Complaint.objects.all()])


@pytest.mark.slow
def test_three_hundred_times_two_squad_leaders_accept_the_same_complaint(database_like):
    def build():
        with clock.at(walks.MONDAY):
            people = settle_county()
            by = people.operator
            return people, [perform(None, "log", by=by, inputs=SHORT_CALL).subject.pk for _ in range(PAIRS)]

    with database_like("three hundred", build=build) as (people, _):
        with clock.at(walks.MONDAY):
            by = people.squad_leader
        intakes = [c.intake for c in Complaint.objects.select_related("intake").order_by("id")]
        results = at_once(*([lambda i=i: perform(i, "accept", by=by)] * 2 for i in intakes))
        assert outcomes(results) == {"Done": PAIRS, "NotPossibleNow": PAIRS}
        assert Case.objects.count() == Inspection.objects.count() == PAIRS
        acts = Counter(Event.objects.values_list("act", flat=True))
        assert acts == dict.fromkeys(("log", "register", "accept", "file_case"), PAIRS)
        running = Counter(Limit.objects.filter(stopped_at=None).values_list("rule", flat=True))
        assert running == {"INV-01": PAIRS, "INV-02": PAIRS}
        assert Limit.objects.count() == 4 * PAIRS
        told = Counter(Notice.objects.values_list("kind", flat=True))
        assert sorted(told.values()) == [PAIRS, PAIRS] and "RECEIPT" in told, told  # and that the case was taken on
        assert Delivery.objects.count() == 2 * PAIRS
        assert len(set(Paper.objects.values_list("number", flat=True))) == Paper.objects.count() == PAIRS
        assert sorted(int(n.split("〕")[1][:-1]) for n in Case.objects.values_list("number", flat=True)) == [
            *range(1, PAIRS + 1)
        ]
        assert chains_hold()


@pytest.mark.slow
def test_three_hundred_times_the_same_click_on_the_version_that_both_saw(investigating):
    """An act that stays in its state: only the version seen tells the second click from a second interview."""
    by, told = (
        investigating.people.lead,
        {"person": "王某", "place": "工地", "said": "属实。", "certificates_shown": True},
    )
    seen = fresh(investigating.subject).case.version
    rounds = [
        [lambda v=seen + number: perform(investigating.subject, "record_interview", by=by, inputs=told, seen_version=v)]
        * 2
        for number in range(100)
    ]
    assert outcomes(at_once(*rounds)) == {"Done": 100, "NotPossibleNow": 100}
    assert Event.objects.filter(act="record_interview").count() == 100 and chains_hold()


def test_two_complaints_are_accepted_into_one_case_at_once(filed):
    people, number = filed.people, filed.subject.case.number
    by = people.squad_leader
    pairs = [[walks.registered(people).intake, walks.registered(people).intake] for _ in range(8)]
    rounds = [[lambda i=i: perform(i, "accept", by=by, inputs={"into": number}) for i in pair] for pair in pairs]
    assert outcomes(at_once(*rounds)) == {"Done": 16}
    case = fresh(filed.subject).case
    assert case.complaints.count() == 17 and case.events.filter(act="take_complaint").count() == 16
    assert Case.objects.count() == 1 and chains_hold()


def test_crossing_joins_do_not_lock_each_other_out(filed):
    people, by = filed.people, filed.people.squad_leader
    pairs = [[walks.filed(people).inspection, walks.filed(people).inspection] for _ in range(8)]

    def join(one, other):
        return perform(one, "join", by=by, inputs={"into": other.case.number, "reason": "同一工地。"})

    rounds = [[lambda a=a, b=b: join(a, b), lambda a=a, b=b: join(b, a)] for a, b in pairs]
    results = at_once(*rounds)
    assert all(sorted(outcomes([one])) in (["Done", "InvalidInput"], ["Done", "NotPossibleNow"]) for one in results)
    states = [tuple(sorted((fresh(a).state, fresh(b).state))) for a, b in pairs]
    assert states == [("filed", "joined")] * 8 and chains_hold()


def test_a_complaint_accepted_while_its_case_joins_another_ends_up_where_the_case_went(filed):
    people, by = filed.people, filed.people.squad_leader
    for _ in range(6):
        from_case, into = walks.filed(people), walks.filed(people)
        intake = walks.registered(people).intake
        told = {"into": into.number, "reason": "同一工地。"}
        (result,) = at_once([
            lambda i=intake, c=from_case: perform(i, "accept", by=by, inputs={"into": c.number}),
            lambda c=from_case, told=told: perform(c.inspection, "join", by=by, inputs=told),
        ])  # fmt: skip
        accepted, joined = result
        assert type(joined).__name__ == "Done"
        expected = into.pk if type(accepted).__name__ == "Done" else None
        assert Complaint.objects.get(pk=intake.complaint_id).case_id == expected
    assert chains_hold()


@pytest.mark.parametrize("answers", [(True, True), (True, False)])
def test_two_decide_the_same_request_at_once(established, answers):
    people = established.people
    for name in ("third", "uncertified"):
        officer = people.officers[name]
        officer.roles = ["squad_leader"]
        officer.save()
    inputs = {"pay_by": str(clock.today() + timedelta(days=5))}
    request = perform(established.subject, "order_payment", by=people.lead, inputs=inputs).requested
    deciders = [people.third, people.uncertified]

    def decide(place):
        mine = Approval.objects.get(pk=request.pk)
        return approvals.decide(mine, by=deciders[place], yes=answers[place], reason="理由")

    (result,) = at_once([lambda: decide(0), lambda: decide(1)])
    assert sum(isinstance(r, NotPossibleNow) for r in result) == 1, result
    approved = fresh(request).state == "approved"
    assert approved == (fresh(established.subject).state == "ordered")
    assert (
        Event.objects.filter(act="order_payment").count() == Paper.objects.filter(kind="order").count() == int(approved)
    )
    assert chains_hold()


def test_a_side_act_approved_twice_at_once_happens_once(investigating):
    people = investigating.people
    deputy = people.officers["third"]
    deputy.roles = ["bureau_head"]
    deputy.save()
    told = {"rule": "INV-01", "reason": "复杂。"}
    request = perform(investigating.subject, "request_extension", by=people.lead, inputs=told).requested
    deciders = [people.bureau_head, people.third]
    (result,) = at_once([
        lambda: approvals.decide(Approval.objects.get(pk=request.pk), by=deciders[0], yes=True),
        lambda: approvals.decide(Approval.objects.get(pk=request.pk), by=deciders[1], yes=True),
    ])  # fmt: skip
    assert outcomes([result]) == {"Done": 1, "NotPossibleNow": 1}, [str(one) for one in result]
    assert LimitExtension.objects.count() == 1


def test_the_same_request_made_twice_at_once_is_one_request(established):
    by, inputs = established.people.lead, {"pay_by": "2026-03-09"}
    (result,) = at_once([lambda: perform(established.subject, "order_payment", by=by, inputs=inputs)] * 2)
    assert outcomes([result]) == {"Done": 1, "NotPossibleNow": 1} and Approval.objects.count() == 1


def test_numbers_of_a_series_are_never_equal_and_leave_no_gap(investigating):
    people = investigating.people
    other, by = walks.investigating(people), people.lead
    told = {"materials": "工资表。"}
    rounds = [
        [lambda s=s: perform(s, "issue_inquiry", by=by, inputs=told) for s in (investigating.subject, other)]
    ] * 15
    assert outcomes(at_once(*rounds)) == {"Done": 30}
    numbers = sorted(
        int(n.split("〕")[1][:-1]) for n in Paper.objects.filter(kind="inquiry_notice").values_list("number", flat=True)
    )
    assert numbers == [*range(1, 31)]


def test_two_reports_of_one_series_never_get_one_number(investigating):
    people = investigating.people
    other, by = walks.investigating(people), people.lead
    transfers = [walks.proposed(people, investigating.subject), walks.proposed(people, other)]
    told = {"second_inspector": people.id("second"), "opinion": "建议移送。"}
    (result,) = at_once([lambda t=t: perform(t, "report", by=by, inputs=told) for t in transfers])
    assert outcomes([result]) == {"Done": 2}
    assert len(set(Paper.objects.filter(kind="investigation_report").values_list("number", flat=True))) == 2


def test_the_last_of_a_wage_is_not_paid_twice(established):
    by = established.people.lead
    line = walks.lines(established.subject)[0]
    told = {"payer": "employer", "proof": "回单", "shares": [{"line": str(line.public_id), "amount": "12600.00"}]}
    (result,) = at_once([lambda: perform(established.subject, "record_payment", by=by, inputs=told)] * 2)
    assert outcomes([result]) == {"Done": 1, "InvalidInput": 1}
    assert Payment.objects.count() == 1 and LedgerLine.objects.get(pk=line.pk).paid == 12600


def test_twenty_equal_requests_under_one_key_are_one_complaint_with_twenty_equal_answers(people):
    by = people.operator

    def call():
        inbox = Inbound("token:7", "key-1", SHORT_CALL, lambda done: {"id": str(done.subject.public_id)})
        return inbox.answer(perform(None, "log", by=by, inputs=SHORT_CALL, inbox=inbox))

    results = at_once(*([[call] * 5] * 4))
    answers = [r.answer["id"] if isinstance(r, Repeated) else r["id"] for one in results for r in one]
    assert len(answers) == 20 and len(set(answers)) == 1 and Complaint.objects.count() == 1


def test_two_cases_against_one_new_employer_filed_at_once_share_it(people):
    code = "91350100M000100Y43"
    by = people.squad_leader
    intakes = [walks.registered(people, unified_credit_code=code).intake for _ in range(2)]
    (result,) = at_once([lambda i=i: perform(i, "accept", by=by) for i in intakes])
    assert outcomes([result]) == {"Done": 2}
    assert len(set(Case.objects.values_list("employer", flat=True))) == 1


def test_one_message_imported_twice_at_once_is_taken_once(people):
    by = people.operator
    told = {"channel": "web", "source_id": "web-9", "violation_facts": "欠薪。"}
    (result,) = at_once([lambda: perform(None, "log", by=by, inputs=told)] * 2)
    assert outcomes([result]) == {"Done": 1, "InvalidInput": 1} and Complaint.objects.count() == 1
