"""The date a case is sorted by is that of its nearest running limit, whatever happens to case and limits; and the queue
reads it along its index.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection

from tests import walks
from tests.people import People, settle_county
from workflows import clock
from workflows.casefile.case import NEVER
from workflows.law.limits import rules
from workflows.models import Case, Limit
from workflows.perform import perform
from workflows.reading.queue import Filter, counts, page
from workflows.recompute import recompute

START, DAY = walks.MONDAY, timedelta(days=1)


@pytest.fixture
def people(database: str) -> Iterator[People]:
    with clock.at(START):
        yield settle_county()


def by_rows() -> dict[str, datetime]:
    """For each case the earliest end among its running limits that are no window of another party."""
    windows = {law.id for law in rules().values() if law.kind == "window"}
    found = {case.number: NEVER for case in Case.objects.all()}
    for limit in Limit.objects.filter(stopped_at=None, case__isnull=False).select_related("case"):
        if limit.rule not in windows:
            number = limit.case.number  # type: ignore[union-attr]
            found[number] = min(found[number], limit.due_at)
    return found


def kept() -> dict[str, datetime]:
    return dict(Case.objects.values_list("number", "nearest_at"))


def test_it_follows_every_act_that_starts_stops_or_moves_a_limit(people: People) -> None:
    inspection = walks.investigating(people)
    assert kept() == by_rows()
    henan = Limit.objects.get(rule="INV-02")
    assert set(kept().values()) == {henan.due_at}
    inputs = {"rule": "INV-02", "reason": "案情复杂。"}
    walks.approved(perform(inspection, "request_extension", by=people.lead, inputs=inputs), people.bureau_head)
    assert kept() == by_rows() and set(kept().values()) == {henan.due_at + 35 * DAY}  # 1 May moves to the 6th
    asked = {"agency": "housing", "question": "请提供施工许可。", "due_on": "2026-03-05"}
    perform(inspection, "ask_agency", by=people.lead, inputs=asked)
    assert kept() == by_rows() and min(kept().values()) == clock.start_of(START.date() + 4 * DAY)
    task = str(Limit.objects.get(rule="ANSWER_DUE").about)
    perform(inspection, "answer_agency", by=people.housing, inputs={"task": task, "answer": "已办。"})
    other = walks.ordered(people, employer_name="渑池县白云市政有限公司")
    assert kept() == by_rows()
    third = walks.investigating(people, employer_name="渑池县黄河路桥有限公司")
    perform(third, "join", by=people.squad_leader, inputs={"into": other.case.number, "reason": "同一项目"})
    assert kept() == by_rows() and kept()[third.case.number] == NEVER
    more = walks.accepted_into(people, inspection.case, complainant_phone="13900000088")
    inputs = {"complaints": [str(more.public_id)], "reason": "另一项目"}
    perform(inspection, "split", by=people.squad_leader, inputs=inputs)
    assert kept() == by_rows() and Case.objects.count() == 4
    walks.closed(people, other)
    assert kept() == by_rows() and kept()[other.case.number] == NEVER


def test_counting_again_moves_it_and_a_window_is_nobodys_nearest_clock(people: People) -> None:
    inspection = walks.decided(people, walks.established(people))
    running = set(Limit.objects.filter(stopped_at=None).values_list("rule", flat=True))
    assert {"PAY-15a", "PAY-15b", "INV-02"} <= running
    assert kept() == by_rows()
    Limit.objects.filter(rule="INV-02").update(due_at=START + 400 * DAY)
    assert kept() != by_rows()
    recompute("再算一遍")
    assert kept() == by_rows()
    assert kept()[inspection.case.number] == Limit.objects.get(rule="INV-02").due_at


def test_pages_and_counts_go_by_it_also_where_nothing_runs(people: People) -> None:
    for n in range(7):
        with clock.at(START - n * DAY):
            walks.investigating(people, employer_name=f"渑池县第{n}厂")
    bare = Case.objects.order_by("id")[:3]
    Limit.objects.filter(case__in=[c.pk for c in bare]).update(stopped_at=START, outcome="kept")
    Case.objects.filter(pk__in=[c.pk for c in bare]).update(nearest_at=NEVER)
    wanted = sorted(((at, number) for number, at in by_rows().items()), key=lambda x: (x[0], x[1]))
    found: list[str] = []
    after = None
    for _ in range(9):
        rows = page(people.squad_leader, Filter(everybody=True, after=after, size=2), START)
        found += [row.number for row in rows[:2]]
        if len(rows) < 3:
            break
        after = (rows[1].nearest_at, rows[1].id)
    assert sorted(found[:4]) == sorted(number for _, number in wanted[:4])
    assert len(found) == len(set(found)) == 7, "who has no date stands at the end, once"
    moment = START + 27 * DAY
    shown = counts(people.squad_leader, Filter(everybody=True), moment)
    assert shown["mine"] == 7
    assert shown["over"] == sum(at <= moment for at, _ in wanted)


def test_the_first_page_can_be_read_along_the_index(people: People, owner_connection: psycopg.Connection[Any]) -> None:
    walks.investigating(people)
    owner_connection.execute("SET enable_seqscan = off")  # of one case the planner would read the table and sort
    owner_connection.execute("SET enable_sort = off")
    caught: list[tuple[str, Any]] = []
    with connection.execute_wrapper(
        lambda run, sql, p, many, ctx: (caught.append((sql, p)), run(sql, p, many, ctx))[1]
    ):
        page(people.squad_leader, Filter(everybody=True), START)
    plan = owner_connection.execute("EXPLAIN " + caught[-1][0], caught[-1][1]).fetchall()
    picked = "\n".join(row[0] for row in plan).split("CTE picked")[1].split("workflows_ledgerline")[0]
    assert "case_nearest" in picked
    assert "Sort" not in picked.split("Index Scan using case_nearest")[0], "nothing is sorted before the page is cut"
