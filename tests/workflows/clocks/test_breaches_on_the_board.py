"""The board counts as breach what the bureau chose, beside the target: in SQL the same as `breaches` in Python."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from casedesk.models import User
from tests import walks
from tests.people import People, settle_county
from workflows import clock, law_settings
from workflows.law import limits
from workflows.law.limits import LimitRule
from workflows.law_settings import breaches, running_breaches
from workflows.models import Case, Limit
from workflows.perform import perform
from workflows.reading.board import Board, Row, Which, board, listed
from workflows.reading.timeline import timeline
from workflows.roles import Actor

START, DAY = walks.MONDAY, timedelta(days=1)


def build() -> People:
    """Cases that stand at different points, and complaints nobody accepted, from the same Monday on."""
    people = settle_county()
    with clock.at(START):
        walks.registered(people)
        walks.filed(people)
        walks.investigating(people)
        walks.established(people)
        supervised = walks.established(people)
        inputs = {"question": "请说明进度。", "due_on": str(START.date() + 3 * DAY)}
        perform(supervised, "supervise", by=people.leader, inputs=inputs)
        walks.ordered(people, days=5)
        walks.closed(people, walks.ordered(people, days=5))
    return people


@pytest.fixture
def people(database_like: Any) -> Iterator[People]:
    limits.forget()
    with database_like("breaches on the board", build=build) as found:
        yield found
    limits.forget()


def by_python(moment: datetime) -> set[tuple[str, str]]:
    """Every procedure's limits handed to `breaches`; of what it finds, that which still runs."""
    found = set()
    for subject in set(Limit.objects.values_list("subject", flat=True)):
        rows = list(Limit.objects.filter(subject=subject))
        found |= {(str(subject), x.rule) for x in breaches(rows, moment) if x.stopped_at is None}
    return found


def by_sql(moment: datetime) -> set[tuple[str, str]]:
    return {(str(x.subject), x.rule) for x in running_breaches(moment)}


#: what the bureau chose, and what is found of the two groups in time
CHOICES: list[tuple[dict[str, str], set[str]]] = [
    ({}, {"ACC-01", "ACC-09", "INV-01", "INV-02"}),  # both of filing end on one day
    ({"filing": "ACC-09", "closing": "INV-02"}, {"ACC-09", "INV-02"}),
    ({"filing": "ACC-01", "closing": "INV-01"}, {"ACC-01", "INV-01"}),
]


@pytest.mark.parametrize(("chosen", "wanted"), CHOICES, ids=["later", "Henan", "national"])
def test_the_database_finds_the_breaches_that_python_finds(
    people: People, chosen: dict[str, str], wanted: set[str]
) -> None:
    for group, value in chosen.items():
        walks.law_decided(people, "breach", group, value)
    seen = set()
    for days in (0, 3, 4, 7, 8, 10, 22, 29, 30, 31, 60, 84, 85, 86, 120, 400):
        moment = START + days * DAY
        assert by_sql(moment) == by_python(moment), days
        seen |= {rule for _, rule in by_sql(moment)}
    assert seen == wanted | {"DEC-01", "SUPERVISION_ANSWER"}, "and nothing that is another's, as PAY_BY"


def test_by_the_later_a_case_not_closed_is_a_breach_when_the_last_limit_has_passed(people: People) -> None:
    """Facts established within 60 working days, the case still open after them: Henan's limit to close is missed."""
    case = Case.objects.get(pk=Limit.objects.get(rule="PAY_BY", stopped_at=None).case_id)
    investigate = Limit.objects.get(case=case, rule="INV-01")
    assert (investigate.outcome, str(investigate.due_on)) == ("kept", "2026-05-28")
    assert running_breaches(investigate.due_at - timedelta(seconds=1)).filter(case=case, rule="INV-02").count() == 0
    assert [x.rule for x in running_breaches(investigate.due_at).filter(case=case, procedure="inspection")] == [
        "INV-02"
    ]


def test_the_record_says_overdue_of_the_limit_that_counts_and_of_no_other(people: People) -> None:
    """Section 1.0: a passed target is said to be passed; 超期 stands beside the one the bureau is held to."""
    case = Case.objects.get(pk=Limit.objects.get(rule="PAY_BY", stopped_at=None).case_id)

    def said() -> dict[str, bool]:
        limits_of = list(Limit.objects.filter(case=case, rule__startswith="INV-"))
        shown = timeline([], limits=limits_of, names={}, now=START + 80 * DAY)
        return {one.title: one.over for one in shown}

    (henan,) = said()
    assert henan.endswith("目标日已过") and said() == {henan: False}
    walks.law_decided(people, "breach", "closing", "INV-02")
    (henan,) = said()
    assert henan.endswith("超期") and said() == {henan: True}


def test_a_version_that_was_not_verified_is_no_breach_and_another_of_the_same_rule_is(people: People) -> None:
    row = LimitRule.objects.get(rule_id="DEC-01")
    row.pk, row.version, row.validity = None, 2, "unverified"
    row.save(force_insert=True)
    limits.forget()
    late = START + 60 * DAY
    assert {rule for _, rule in by_sql(late)} >= {"DEC-01"}
    Limit.objects.filter(rule="DEC-01").update(rule_version=2)
    assert "DEC-01" not in {rule for _, rule in by_sql(late)}
    assert by_sql(late) == by_python(late)


def test_the_board_shows_target_and_breach_and_the_list_behind_each(people: People) -> None:
    moment = START + 50 * DAY  # Tuesday 21 April: 30 days (Henan) are over, 60 working days are not
    with clock.at(moment):
        leader = people.leader
        found = numbers(leader, moment)
        running = {str(c.public_id): c for c in Case.objects.filter(pk__in=running_breaches(moment).values("case"))}
        assert found.breached == len(running) > 0
        assert found.late > found.breached, "some have passed the target only"
        rows = of_breach(leader, moment)
        assert {str(row.public_id) for row in rows} == set(running)
        assert all(row.breached for row in rows)
        page = read(people, "/lead/")
        assert figure(page, "认定逾期") == found.breached
        assert figure(page, "已超期") == found.late
        assert read(people, "/lead/cases/?breach=1").count("<tr>") - 1 == found.breached
    walks.law_decided(people, "breach", "closing", "INV-02")
    with clock.at(moment):
        assert numbers(people.leader, moment).breached == found.late


def numbers(leader: Actor, moment: datetime) -> Board:
    return board(leader, Which(), moment, START.date())


def of_breach(leader: Actor, moment: datetime) -> list[Row]:
    return listed(leader, Which(breach=True), moment)


def read(people: People, address: str) -> str:
    user, _ = User.objects.get_or_create(username="leader", officer=people.officers["leader"])
    client = Client()
    client.force_login(user)
    return client.get(address).content.decode()


def figure(page: str, label: str) -> int:
    of_figure = rf'<h2>{label}</h2>\s*<p><a class="figure-value[^>]*>(\d+)<'
    found = re.search(of_figure, page) or re.search(rf">{label} (\d+) 件</a>", page)
    assert found, label
    return int(found[1])


def test_the_groups_are_those_of_the_rules_that_run_together(people: People) -> None:
    for group in law_settings.TOGETHER.values():
        starts = [set(limits.rule(name).start) for name in group.rules]
        assert set.intersection(*starts), group.id
