"""The queue: open cases by the nearest running limit, overdue first; and uncased complaints in the same order.

SQL only: `visible_to` gives the rows, one statement makes the page, another the counts of all buckets over the same
rows, so
that a count always equals the list behind it. Pages are by keyset (due, id), never by number.
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
from workflows.casefile.complaint import Complaint
from workflows.law.calendar import load_calendar
from workflows.law.days import Calendar
from workflows.procedures.inspection_state import END_STATES
from workflows.reading.access import Purpose, visible_to
from workflows.roles import Actor

PAGE = 25


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of the queue; amounts in yuan, `due_at` None where nothing runs."""

    id: int
    public_id: Any
    number: str
    state: str
    employer: str
    project: str | None
    township: str | None
    complainant: str
    workers: int
    rest: Decimal
    rule: str | None
    due_at: datetime | None
    due_on: Any
    provisional: bool | None
    last_act: str | None
    last_procedure: str | None
    last_at: datetime | None
    waiting_since: datetime | None
    returned: bool


@dataclass(frozen=True)
class Filter:
    """What the list is narrowed to; every part comes from the URL and goes back into it."""

    bucket: str = "mine"
    text: str = ""
    state: tuple[str, ...] = ()
    township: str = ""
    everybody: bool = False
    after: tuple[datetime, int] | None = None
    size: int = PAGE


BUCKETS = ("over", "today", "soon", "approval", "returned", "mine")

_FAR = "'infinity'::timestamptz"

#: windows in which another party's right runs (PAY-15, TRF-10a): shown on the case, nobody's nearest clock
OTHERS_RIGHTS = "(SELECT k.rule_id FROM workflows_limitrule k WHERE k.kind = 'window')"

_FROM = (
    """
FROM workflows_case c
JOIN workflows_inspection i ON i.case_id = c.id
JOIN workflows_employer e ON e.id = c.employer_id
LEFT JOIN workflows_project p ON p.id = c.project_id
LEFT JOIN workflows_township t ON t.code = c.township_id
LEFT JOIN LATERAL (
    SELECT l.rule, l.due_at, l.due_on, l.provisional FROM workflows_limit l
    WHERE l.case_id = c.id AND l.stopped_at IS NULL AND l.rule NOT IN """
    + OTHERS_RIGHTS
    + """
    ORDER BY l.due_at, l.id LIMIT 1
) l ON true
"""
)

_PAGE = """
WITH picked AS MATERIALIZED (
    SELECT c.id, i.state, l.rule, l.due_at, l.due_on, l.provisional
    {source}
    WHERE {where}
    ORDER BY coalesce(l.due_at, {far}), c.id
    LIMIT %s
)
SELECT c.id, c.public_id, c.number, l.state, e.name, p.name, t.name,
       coalesce(w.first, ''), coalesce(w.n, 0), coalesce(s.rest, 0),
       l.rule, l.due_at, l.due_on, l.provisional, v.act, v.procedure, v.at,
       (SELECT min(q.requested_at) FROM workflows_approval q WHERE q.case_id = c.id AND q.state = 'requested'),
       EXISTS (SELECT FROM workflows_policetransfer x WHERE x.case_id = c.id AND x.state IN ({returned}))
FROM picked l
JOIN workflows_case c ON c.id = l.id
JOIN workflows_employer e ON e.id = c.employer_id
LEFT JOIN workflows_project p ON p.id = c.project_id
LEFT JOIN workflows_township t ON t.code = c.township_id
LEFT JOIN LATERAL (
    SELECT count(DISTINCT CASE WHEN k.id_number <> '' THEN 'id ' || k.id_number ELSE k.name || ' ' || k.phone END) AS n,
           min(k.name) FILTER (WHERE k.id = (SELECT min(f.id) FROM workflows_worker f WHERE f.case_id = c.id)) AS first
    FROM workflows_worker k WHERE k.case_id = c.id
) w ON true
LEFT JOIN LATERAL (
    SELECT sum(greatest(0, coalesce(g.ordered, g.verified, g.claimed) - g.paid - g.settled_otherwise)) AS rest
    FROM workflows_ledgerline g WHERE g.case_id = c.id
) s ON true
LEFT JOIN LATERAL (
    SELECT r.act, r.procedure, r.at FROM workflows_event r WHERE r.case_id = c.id ORDER BY r.seq DESC LIMIT 1
) v ON true
ORDER BY coalesce(l.due_at, {far}), c.id
"""

_COUNTS = """
SELECT count(*) FILTER (WHERE l.due_at <= %s),
       count(*) FILTER (WHERE l.due_at > %s AND l.due_at <= %s),
       count(*) FILTER (WHERE l.due_at > %s AND l.due_at <= %s),
       count(*) FILTER (WHERE EXISTS (
           SELECT FROM workflows_approval q WHERE q.case_id = c.id AND q.state = 'requested')),
       count(*) FILTER (WHERE EXISTS (
           SELECT FROM workflows_policetransfer x WHERE x.case_id = c.id AND x.state IN ({returned}))),
       count(*)
{source}
WHERE {where}
"""

#: states of a transfer in which the police wait for the bureau: supplement asked, not filed, returned
_RETURNED = ("supplement_asked", "not_filed", "upheld", "returned", "dropped", "not_prosecuted")


def page(actor: Actor, wanted: Filter, now: datetime, calendar: Calendar | None = None) -> list[QueueRow]:
    """One page of the queue, nearest limit first; one more row than asked tells that there is a next page."""
    where, params = _where(actor, wanted)
    narrow, more = _bucket(wanted.bucket, now, calendar)
    if narrow:
        where, params = f"{where} AND {narrow}", [*params, *more]
    if wanted.after is not None:
        where += f" AND (coalesce(l.due_at, {_FAR}), c.id) > (%s, %s)"
        params += list(wanted.after)
    sql = _PAGE.format(source=_FROM, where=where, far=_FAR, returned=_places(_RETURNED))
    with connection.cursor() as cursor:
        cursor.execute(sql, [*params, wanted.size + 1, *_RETURNED])
        return [QueueRow(*row) for row in cursor.fetchall()]


def counts(actor: Actor, wanted: Filter, now: datetime, calendar: Calendar | None = None) -> dict[str, int]:
    """How many cases each bucket holds under the same filters."""
    where, params = _where(actor, wanted)
    tomorrow, soon = edges(now, calendar)
    moments = [now, now, tomorrow, tomorrow, soon]
    sql = _COUNTS.format(source=_FROM, where=where, returned=_places(_RETURNED))
    with connection.cursor() as cursor:
        cursor.execute(sql, [*moments, *_RETURNED, *params])
        return dict(zip(BUCKETS, cursor.fetchone(), strict=True))


def _where(actor: Actor, wanted: Filter) -> tuple[str, list[Any]]:
    seen, params = visible_to(actor, Case, Purpose.WORK).values("pk").query.sql_with_params()
    parts: list[str] = [f"c.id IN ({seen})", f"i.state NOT IN ({_places(END_STATES)})"]
    values: list[Any] = [*params, *sorted(END_STATES)]
    if not wanted.everybody:
        parts.append(
            "c.id IN (SELECT a.case_id FROM workflows_assignment a WHERE a.officer_id = %s AND a.to_at IS NULL)"
        )
        values.append(actor.officer_id)
    if wanted.state:
        parts.append(f"i.state IN ({_places(wanted.state)})")
        values += wanted.state
    if wanted.township:
        parts.append("c.township_id = %s")
        values.append(wanted.township)
    if wanted.text:
        like = "%" + wanted.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        parts.append(
            "(e.name LIKE %s OR c.number LIKE %s OR p.name LIKE %s OR c.id IN "
            "(SELECT k.case_id FROM workflows_worker k WHERE k.name LIKE %s AND k.case_id IS NOT NULL))"
        )
        values += [like] * 4
    return " AND ".join(parts), values


def _bucket(bucket: str, now: datetime, calendar: Calendar | None) -> tuple[str, list[Any]]:
    tomorrow, soon = edges(now, calendar)
    if bucket == "over":
        return "l.due_at <= %s", [now]
    if bucket == "today":
        return "l.due_at > %s AND l.due_at <= %s", [now, tomorrow]
    if bucket == "soon":
        return "l.due_at > %s AND l.due_at <= %s", [tomorrow, soon]
    if bucket == "approval":
        return "EXISTS (SELECT FROM workflows_approval q WHERE q.case_id = c.id AND q.state = 'requested')", []
    if bucket == "returned":
        states = _places(_RETURNED)
        exists = f"EXISTS (SELECT FROM workflows_policetransfer x WHERE x.case_id = c.id AND x.state IN ({states}))"
        return exists, list(_RETURNED)
    return "", []


def edges(now: datetime, calendar: Calendar | None = None) -> tuple[datetime, datetime]:
    """00:00 after today, and 00:00 after the third working day from today."""
    calendar = calendar or load_calendar()
    day = clock.legal_day(now)
    last = day
    for _ in range(3):
        last = calendar.next_working_day(last + timedelta(days=1))
    return clock.start_of(day + timedelta(days=1)), clock.start_of(last + timedelta(days=1))


def _places(values: Sequence[Any] | frozenset[Any]) -> str:
    return ", ".join(["%s"] * len(values))


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """One complaint that has no case yet and waits for somebody."""

    id: int
    public_id: Any
    state: str
    channel: str
    called: str
    employer: str
    township: str | None
    title: str
    received_at: datetime
    rule: str | None
    due_at: datetime | None
    due_on: Any
    provisional: bool | None
    workers: int
    amount: Decimal | None
    words: str
    place: str


_WAITING = """
SELECT c.id, c.public_id, n.state, c.channel,
       CASE WHEN c.is_informant THEN '举报人' WHEN c.anonymous THEN '匿名'
            WHEN c.confidentiality_requested THEN '要求保密的投诉人' ELSE c.complainant_name END,
       c.employer_name, t.name, c.title, c.received_at, l.rule, l.due_at, l.due_on, l.provisional,
       greatest(coalesce(c.worker_count, 1), (SELECT count(*) FROM workflows_worker k WHERE k.complaint_id = c.id)),
       coalesce(c.amount_claimed, (SELECT sum(g.claimed) FROM workflows_ledgerline g WHERE g.complaint_id = c.id)),
       left(c.violation_facts, 60), coalesce(nullif(c.project_name, ''), c.project_place)
FROM workflows_complaint c
JOIN workflows_intake n ON n.complaint_id = c.id
LEFT JOIN workflows_township t ON t.code = c.township_id
LEFT JOIN LATERAL (
    SELECT l.rule, l.due_at, l.due_on, l.provisional FROM workflows_limit l
    WHERE l.complaint_id = c.id AND l.stopped_at IS NULL ORDER BY l.due_at, l.id LIMIT 1
) l ON true
WHERE c.id IN ({seen}) AND n.state IN ({states}) {narrow}
ORDER BY coalesce(l.due_at, {far}), c.id
LIMIT %s
"""

#: complaints that wait for an act of the desk or the squad leader
WAITING_STATES = ("draft", "registered", "supplement_requested", "referred")


def waiting(
    actor: Actor, *, states: Sequence[str] = WAITING_STATES, after: tuple[datetime, int] | None = None, size: int = PAGE
) -> list[WaitingRow]:
    """Complaints without a decision, nearest limit first; one more row than asked tells that there is a next page."""
    seen, params = visible_to(actor, Complaint, Purpose.WORK).values("pk").query.sql_with_params()
    narrow = f"AND (coalesce(l.due_at, {_FAR}), c.id) > (%s, %s)" if after else ""
    sql = _WAITING.format(seen=seen, states=_places(states), narrow=narrow, far=_FAR)
    with connection.cursor() as cursor:
        cursor.execute(sql, [*params, *states, *(after or ()), size + 1])
        return [WaitingRow(*row) for row in cursor.fetchall()]


def waiting_counts(actor: Actor, states: Sequence[str] = WAITING_STATES) -> dict[str, int]:
    """How many complaints stand in each of the states."""
    seen, params = visible_to(actor, Complaint, Purpose.WORK).values("pk").query.sql_with_params()
    sql = f"""
    SELECT n.state, count(*) FROM workflows_intake n
    WHERE n.complaint_id IN ({seen}) AND n.state IN ({_places(states)}) GROUP BY 1
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, [*params, *states])
        found = dict(cursor.fetchall())
    return {state: found.get(state, 0) for state in states}
