"""The backlog (积压) in numbers: stage × days since filing, what is overdue, and what of it counts as breach by the
bureau's choice. Shows no complainant, only work.

SQL over the cases the actor may see; the lists behind the numbers use the same conditions, so that a number always
equals its list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from workflows import clock
from workflows.casefile.case import Case
from workflows.law_settings import running_breaches
from workflows.procedures.inspection import Inspection
from workflows.procedures.inspection_state import END_STATES, OPEN_STATES
from workflows.reading.access import Purpose, visible_to
from workflows.reading.queue import NEAREST_LIMIT
from workflows.roles import Actor

#: upper edges in days since filing; the last column is open
AGES = (15, 60, 90)
STAGES = tuple(dict.fromkeys(Inspection.STAGES[s] for s in OPEN_STATES))
PAGE = 25


@dataclass(frozen=True)
class Backlog:
    """Open cases: counts by stage and age, workers and yuan still owed.

    `overdue`: the nearest limit, the target, has passed; `breached`: one that counts as breach has.
    """

    cells: dict[tuple[str, int], int]
    cases: int
    overdue: int
    breached: int
    today: int
    workers: int
    rest: Decimal


@dataclass(frozen=True, slots=True)
class BacklogRow:
    """One case of the backlog, without anybody who complained."""

    id: int
    public_id: Any
    number: str
    state: str
    employer: str
    workers: int
    rest: Decimal
    officer: str | None
    filed_on: Any
    rule: str | None
    due_at: datetime | None
    due_on: Any
    breached: bool


_FROM = """
FROM workflows_case c
JOIN workflows_inspection i ON i.case_id = c.id
LEFT JOIN ({breached}) b ON b.case_id = c.id
"""
_AGE = "width_bucket(%s::date - c.filed_on, ARRAY[{edges}])"
_MONEY = """
LEFT JOIN LATERAL (
    SELECT sum(greatest(0, coalesce(g.ordered, g.verified, g.claimed) - g.paid - g.settled_otherwise)) AS rest
    FROM workflows_ledgerline g WHERE g.case_id = c.id
) s ON true
LEFT JOIN LATERAL (
    SELECT count(DISTINCT CASE WHEN k.id_number <> '' THEN 'id ' || k.id_number ELSE k.name || ' ' || k.phone END) AS n
    FROM workflows_worker k WHERE k.case_id = c.id
) w ON true
"""


def backlog(actor: Actor, now: datetime) -> Backlog:
    """The counts, in one statement."""
    where, params = _seen(actor)
    joined, of_breach = _from(now)
    tomorrow = clock.start_of(clock.legal_day(now) + timedelta(days=1))
    sql = f"""
    SELECT i.state, {_age()}, count(*), count(*) FILTER (WHERE c.nearest_at <= %s),
           count(b.case_id), count(*) FILTER (WHERE c.nearest_at > %s AND c.nearest_at <= %s),
           coalesce(sum(w.n), 0), coalesce(sum(s.rest), 0)
    {joined} {_MONEY} WHERE {where} GROUP BY 1, 2
    """
    cells: dict[tuple[str, int], int] = {}
    sums: list[Any] = [0, 0, 0, 0, 0, Decimal(0)]
    with connection.cursor() as cursor:
        cursor.execute(sql, [clock.legal_day(now), now, now, tomorrow, *of_breach, *params])
        for state, age, *counted in cursor.fetchall():
            key = (Inspection.STAGES[state], age)
            cells[key] = cells.get(key, 0) + counted[0]
            sums = [a + b for a, b in zip(sums, counted, strict=True)]
    cases, overdue, breached, today, workers, rest = sums
    return Backlog(cells, cases, overdue, breached, today, int(workers), rest)


def backlog_list(
    actor: Actor,
    now: datetime,
    *,
    stage: str = "",
    age: int | None = None,
    late: bool = False,
    breached: bool = False,
    after: tuple[datetime, int] | None = None,
    size: int = PAGE,
) -> list[BacklogRow]:
    """The cases behind a number, nearest limit first; `late` are those overdue or due today, `breached` those with a
    breach.

    One more row than asked.
    """
    where, params = _seen(actor)
    joined, of_breach = _from(now)
    if breached:
        where += " AND b.case_id IS NOT NULL"
    if stage:
        states = [s for s in OPEN_STATES if Inspection.STAGES[s] == stage]
        where += f" AND i.state IN ({_places(states)})" if states else " AND false"
        params += states
    if age is not None:
        where += f" AND {_age()} = %s"
        params += [clock.legal_day(now), age]
    if late:
        where += " AND c.nearest_at <= %s"
        params.append(clock.start_of(clock.legal_day(now) + timedelta(days=1)))
    if after is not None:
        where += " AND (c.nearest_at, c.id) > (%s, %s)"
        params += list(after)
    sql = f"""
    SELECT c.id, c.public_id, c.number, i.state, e.name, coalesce(w.n, 0), coalesce(s.rest, 0), o.name, c.filed_on,
           l.rule, l.due_at, l.due_on, b.case_id IS NOT NULL
    {joined} {NEAREST_LIMIT} {_MONEY}
    JOIN workflows_employer e ON e.id = c.employer_id
    LEFT JOIN workflows_assignment a ON a.case_id = c.id AND a.to_at IS NULL AND a.lead
    LEFT JOIN workflows_officer o ON o.id = a.officer_id
    WHERE {where} ORDER BY c.nearest_at, c.id LIMIT %s
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, [*of_breach, *params, size + 1])
        return [BacklogRow(*row) for row in cursor.fetchall()]


def _seen(actor: Actor) -> tuple[str, list[Any]]:
    seen, params = visible_to(actor, Case, Purpose.OVERSIGHT).values("pk").query.sql_with_params()
    return f"c.id IN ({seen}) AND i.state NOT IN ({_places(END_STATES)})", [*params, *sorted(END_STATES)]


def _from(now: datetime) -> tuple[str, list[Any]]:
    """The tables, with the cases that have a breach beside them, and the parameters of that part."""
    rows = running_breaches(now).filter(case__isnull=False).order_by().values("case_id").distinct()
    breached, params = rows.query.sql_with_params()
    return _FROM.format(breached=breached), list(params)


def _age() -> str:
    return _AGE.format(edges=", ".join(str(edge + 1) for edge in AGES))


def _places(values: Sequence[Any] | frozenset[Any]) -> str:
    return ", ".join(["%s"] * len(values))
