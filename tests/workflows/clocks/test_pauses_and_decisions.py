"""Pauses only where an article knows them, extensions once, which limit counts as breach, rules from memory
confirmed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from tests import walks
from tests.people import People, settle_county
from workflows import clock, law_settings, pauses
from workflows.errors import InvalidInput, NotPossibleNow, PermissionDenied
from workflows.invariants import INVARIANTS
from workflows.law import limits
from workflows.law.calendar import load_calendar
from workflows.law.limits import LimitRule, rule
from workflows.law_settings import LawDecision, LawProposal, breaches, decide, propose, target
from workflows.models import Case, Event, Limit, LimitExtension, LimitPause
from workflows.perform import perform
from workflows.record import first_broken

START = walks.MONDAY


@pytest.fixture
def people(database: str) -> Iterator[People]:
    found = settle_county()
    with clock.at(START):
        walks.investigating(found)
        yield found
    limits.forget()


def the(name: str) -> Limit:
    return Limit.objects.select_related("case").get(rule=name, stopped_at=None)


def with_hearing(rule_id: str) -> None:
    """A rule whose article knows a pause for a hearing: none of the wired ones does, so the row says it for this
    test.
    """
    LimitRule.objects.filter(rule_id=rule_id).update(pause=["hearing"])
    limits.forget()


def pause(people: People, limit: Limit, **more: Any) -> LimitPause:
    said = {
        "first": clock.today(), "reason": "hearing", "document": "听证通知书〔2026〕1号", "by": people.lead,
        "approved_by": people.bureau_head,
    }  # fmt: skip
    return pauses.pause(limit, **{**said, **more})


# --- pauses -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "article"), [("INV-01", "第十七条"), ("INV-02", "第十六条")])
def test_a_pause_the_law_does_not_know_is_refused_with_the_article(people: People, name: str, article: str) -> None:
    before = Event.objects.count(), the(name).due_at
    with pytest.raises(InvalidInput, match=article):
        pause(people, the(name))
    assert (Event.objects.count(), the(name).due_at) == before
    assert not LimitPause.objects.exists()


def test_a_pause_moves_the_end_by_its_counted_days_and_leaves_an_event(people: People) -> None:
    with_hearing("INV-01")
    limit = the("INV-01")
    with clock.at(START + timedelta(days=11)):  # Friday 13 March
        row = pause(people, limit, first=date(2026, 3, 9), last=date(2026, 3, 12))
    after = the("INV-01")
    assert len(working_days(limit.due_on, after.due_on)) == 4
    event = Event.objects.get(public_id=row.event)
    assert event.facts["paused"] == ["INV-01", "hearing", "2026-03-09", "2026-03-12", "听证通知书〔2026〕1号"]
    assert event.facts["recomputed"] == [["INV-01", str(limit.public_id), str(limit.due_on), str(after.due_on), False]]
    assert "第十七条" in event.reason
    assert (event.by_name, event.approved_by) == ("监察甲", "副局长甲")
    assert first_broken(Case.objects.get()) is None
    with clock.at(START + timedelta(days=11)):
        assert_invariants()


def test_a_pause_lasts_until_it_is_ended(people: People) -> None:
    with_hearing("INV-01")
    limit = the("INV-01")
    with clock.at(START + timedelta(days=7)):
        row = pause(people, limit)
        with pytest.raises(InvalidInput, match="重叠"):
            pause(people, limit)
    with clock.at(START + timedelta(days=14)):
        pauses.resume(row, last=date(2026, 3, 13), by=people.lead, approved_by=people.bureau_head)
        with pytest.raises(NotPossibleNow):
            pauses.resume(row, last=date(2026, 3, 13), by=people.lead, approved_by=people.bureau_head)
    assert len(working_days(limit.due_on, the("INV-01").due_on)) == 5  # Monday 9 to Friday 13 March
    with clock.at(START + timedelta(days=14)):
        assert_invariants()


def test_the_end_moves_on_with_every_day_that_a_pause_lasts(people: People) -> None:
    with_hearing("INV-01")
    limit = the("INV-01")
    with clock.at(START + timedelta(days=7)):
        pause(people, limit)
    with clock.at(
        START + timedelta(days=200)
    ):  # longer than the limit itself: it does not run out while it stands still
        pauses.keep_paused()
        events = Event.objects.count()
        pauses.keep_paused()
        assert the("INV-01").due_at > clock.now()
        assert Event.objects.count() == events
        assert_invariants()


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"first": date(2026, 2, 27), "last": date(2026, 2, 27)}, "不得早于"),
        ({"last": date(2026, 3, 20)}, "将来"),
        ({"first": date(2026, 3, 10)}, "将来"),
        ({"first": date(2026, 3, 9), "last": date(2026, 3, 6)}, "止日早于起日"),
        ({"document": " "}, "文书"),
    ],
)
def test_a_pause_before_the_start_or_in_the_future_is_refused(people: People, more: dict[str, Any], why: str) -> None:
    with_hearing("INV-01")
    with clock.at(START + timedelta(days=7)), pytest.raises(InvalidInput, match=why):
        pause(people, the("INV-01"), **more)
    assert not LimitPause.objects.exists()


def test_a_date_somebody_set_does_not_stand_still(database: str) -> None:
    people = settle_county()
    with clock.at(START):
        walks.ordered(people)
        with pytest.raises(InvalidInput, match="指定的日期"):
            pause(people, the("PAY_BY"))


def test_a_pause_needs_two_persons_of_the_bureau(people: People) -> None:
    with_hearing("INV-01")
    for by, approved_by in (
        (people.operator, people.bureau_head),
        (people.lead, people.squad_leader),
        (people.lead, people.police),
    ):
        with pytest.raises(PermissionDenied):
            pause(people, the("INV-01"), by=by, approved_by=approved_by)
    both = replace(people.lead, roles=frozenset({"inspector", "bureau_head"}))
    with pytest.raises(PermissionDenied):
        pause(people, the("INV-01"), by=both, approved_by=both)
    assert not LimitPause.objects.exists()


def test_the_database_keeps_pauses_as_they_were_made(people: People) -> None:
    with_hearing("INV-01")
    with clock.at(START + timedelta(days=7)):
        row = pause(people, the("INV-01"))
    for change in ({"first": date(2026, 3, 2)}, {"document": "x"}, {"approved_by": "x"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            LimitPause.objects.filter(pk=row.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        LimitPause.objects.create(
            limit=row.limit, first=row.first, reason="hearing", document="x", by_name="甲", approved_by="乙",
            at=clock.now(), event=row.event,
        )  # fmt: skip
    with pytest.raises(DatabaseError), transaction.atomic():
        LimitPause.objects.filter(pk=row.pk).delete()


# --- extensions -------------------------------------------------------------------------------------------------------


def test_an_extension_is_granted_once_by_the_article_and_no_more(people: People) -> None:
    inspection = the("INV-01").case.inspection  # type: ignore[union-attr]
    inputs = {"rule": "INV-01", "reason": "案情复杂"}
    before = the("INV-01")
    done = perform(inspection, "request_extension", by=people.lead, inputs=inputs)
    assert the("INV-01").due_on == before.due_on
    walks.approved(done, people.bureau_head)
    after = the("INV-01")
    assert len(working_days(before.due_on, after.due_on)) == 30
    assert LimitExtension.objects.get().length == 30
    with pytest.raises(InvalidInput, match="第十七条"):
        perform(inspection, "request_extension", by=people.lead, inputs=inputs)
    assert_invariants()


# --- which one counts -------------------------------------------------------------------------------------------------


@pytest.fixture
def waiting(database: str) -> People:
    people = settle_county()
    with clock.at(START):
        walks.registered(people)
    return people


def test_the_earlier_is_the_target_and_the_later_the_breach(waiting: People) -> None:
    rows = list(Limit.objects.filter(rule__in=["ACC-01", "ACC-09"], stopped_at=None))
    assert {x.rule: x.due_on for x in rows} == {"ACC-01": date(2026, 3, 9), "ACC-09": date(2026, 3, 9)}
    with clock.at(START - timedelta(days=10)):  # Friday 20 February, inside the Spring Festival: they fall apart
        walks.registered(waiting)
    rows = list(Limit.objects.filter(rule__in=["ACC-01", "ACC-09"], stopped_at=None, started_at__lt=START))
    by_rule = {x.rule: x for x in rows}
    assert by_rule["ACC-01"].due_on > by_rule["ACC-09"].due_on
    assert target(rows) == by_rule["ACC-09"]
    between = by_rule["ACC-09"].due_at + timedelta(hours=1)
    assert breaches(rows, between) == []
    assert breaches(rows, by_rule["ACC-01"].due_at) == [by_rule["ACC-01"]]
    walks.law_decided(waiting, "breach", "filing", "ACC-09")
    assert breaches(rows, between) == [by_rule["ACC-09"]]
    assert breaches(rows, by_rule["ACC-01"].due_at) == [by_rule["ACC-09"]]
    walks.law_decided(waiting, "breach", "filing", "later")
    assert breaches(rows, between) == []
    assert LawDecision.objects.count() == 2


def test_what_is_not_ours_or_not_verified_is_never_a_breach(waiting: People) -> None:
    moment = START + timedelta(days=4000)
    unverified = [r for r in limits.rules().values() if r.validity == "unverified"]
    assert unverified
    rows = [
        Limit(rule=r.id, rule_version=1, started_at=START, due_at=START, due_on=START.date())
        for r in limits.rules().values()
        if r.validity == "unverified" or not r.ours or r.kind != "limit"
    ]
    assert breaches(rows, moment) == []


def test_a_decision_is_proposed_by_the_law_office_with_a_document(waiting: People) -> None:
    with pytest.raises(PermissionDenied):
        propose("breach", "filing", "ACC-01", document="x", by=waiting.lead)
    with pytest.raises(PermissionDenied):
        propose("confirmed", "FIL-05", document="x", by=waiting.administrator)
    for kind, about, value, document in (
        ("breach", "filing", "INV-01", "x"), ("breach", "nothing", "later", "x"), ("breach", "filing", "ACC-01", " "),
        ("confirmed", "FIL-05", "", " "), ("confirmed", "ACC-09", "", "x"), ("confirmed", "NO-99", "", "x"),
        ("figure", "crime.one_worker.months@@2013-01-23", "", "x"), ("figure", "no@henan@2013-05-01", "", "x"),
        ("figure", "crime.one_worker.amount@henan@soon", "", "x"), ("other", "filing", "later", "x"),
    ):  # fmt: skip
        with pytest.raises(InvalidInput):
            propose(kind, about, value, document=document, by=waiting.legal_reviewer)
    assert not LawProposal.objects.exists()


def test_it_is_in_force_once_a_second_person_has_approved_it_and_not_before(waiting: People) -> None:
    assert rule("FIL-05").conf == "M"
    proposal = propose("confirmed", "FIL-05", document="劳动保障部令25号原件", by=waiting.legal_reviewer)
    assert law_settings.unconfirmed(rule("FIL-05"))
    with pytest.raises(NotPossibleNow, match="待审批"):
        propose("confirmed", "FIL-05", document="另一份", by=waiting.bureau_head)
    for person in (waiting.legal_reviewer, waiting.squad_leader, waiting.administrator):
        with pytest.raises(PermissionDenied):
            decide(proposal, by=person, yes=True)
    with pytest.raises(InvalidInput):
        decide(proposal, by=waiting.bureau_head, yes=False, reason=" ")
    assert not LawDecision.objects.exists() and law_settings.unconfirmed(rule("FIL-05"))
    decide(proposal, by=waiting.bureau_head, yes=True)
    assert not law_settings.unconfirmed(rule("FIL-05"))
    assert rule("FIL-05").confirmed_document == "劳动保障部令25号原件"
    assert LawDecision.objects.get().decided_by_name == "法制甲提出，副局长甲批准"


def test_of_two_approvals_at_once_one_counts(waiting: People, race: Callable[..., list[Any]]) -> None:
    proposal = propose("breach", "filing", "ACC-09", document="渑法制〔2026〕1号", by=waiting.legal_reviewer)

    def yes(person: str) -> Any:
        with clock.at(START):
            return decide(proposal, by=getattr(waiting, person), yes=True)

    results = race(lambda: yes("bureau_head"), lambda: yes("principal_head"))
    assert sorted(type(one).__name__ for one in results) == ["LawProposal", "NotPossibleNow"]
    decision = LawDecision.objects.get()
    assert decision.decided_by_id == LawProposal.objects.get().decided_by_id


def test_what_says_something_else_by_now_is_proposed_anew(waiting: People) -> None:
    proposal = propose("confirmed", "FIL-05", document="x", by=waiting.legal_reviewer)
    row = LimitRule.objects.get(rule_id="FIL-05")
    row.pk, row.version = None, 2
    row.save(force_insert=True)
    limits.forget()
    with pytest.raises(NotPossibleNow, match="重新提出"):
        decide(proposal, by=waiting.bureau_head, yes=True)
    assert LawProposal.objects.get().state == "requested" and not LawDecision.objects.exists()


def test_the_database_keeps_decisions_and_takes_none_of_one_person(waiting: People) -> None:
    walks.law_decided(waiting, "breach", "filing", "ACC-09")
    proposal, decision = LawProposal.objects.get(), LawDecision.objects.get()
    open_one = propose("breach", "closing", "INV-02", document="x", by=waiting.legal_reviewer)
    alone = {"state": "approved", "decided_by_id": open_one.requested_by_id, "decided_at": START}
    for rows, change in (
        (LawProposal.objects.filter(pk=proposal.pk), {"state": "refused"}),
        (LawProposal.objects.filter(pk=open_one.pk), {"value": "later"}),
        (LawProposal.objects.filter(pk=open_one.pk), alone),
        (LawDecision.objects.all(), {"value": "later"}),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**change)
    for rows in (LawProposal.objects.all(), LawDecision.objects.all()):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.delete()
    decision.pk, decision.public_id, decision.proposal = None, uuid4(), open_one
    for taken in (open_one, None):
        decision.proposal = taken
        with pytest.raises(DatabaseError, match="second person"), transaction.atomic():
            decision.save(force_insert=True)


def working_days(after: date, until: date) -> list[date]:
    calendar = load_calendar()
    days = [after + timedelta(days=n) for n in range(1, (until - after).days + 1)]
    return [day for day in days if calendar.works(day)]


def assert_invariants() -> None:
    assert [f for check in INVARIANTS for f in [check()] if not f.holds] == []
