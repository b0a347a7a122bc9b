"""The queue: open cases by the nearest running limit, overdue first, those whose limits stand still last; and uncased
complaints in the same order.

SQL only: `visible_to` gives the rows, one statement makes the page, another the counts of all buckets over the same
rows, so that a count always equals the list behind it. Pages are by keyset (due, id), never by number: of cases along
the index `case_nearest`, so that the first page of twenty thousand is read like the first of twenty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from workflows import clock
from workflows.approvals import waiting_for
from workflows.casefile.case import NEVER, Case
from workflows.casefile.complaint import Complaint
from workflows.clocks import OTHERS_RIGHTS, STANDS_STILL
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
    #: the limit stands still; and what the list is sorted by, NEVER where nothing else runs
    paused: bool | None
    nearest_at: datetime


@dataclass(frozen=True)
class Filter:
    """What the list is narrowed to; every part comes from the URL and goes back into it."""

    bucket: str = "mine"
    text: str = ""
    state: tuple[str, ...] = ()
    township: str = ""
    everybody: bool = False
    #: yuan still owed, from (included) and to (not included); people, likewise
    amount: tuple[int, int | None] | None = None
    people: tuple[int, int | None] | None = None
    #: public ids of the cases asked for, all others left out
    only: tuple[str, ...] = ()
    after: tuple[datetime, int] | None = None
    size: int = PAGE


BUCKETS = ("over", "today", "soon", "approval", "returned", "mine")

_FAR = f"'{NEVER.isoformat()}'::timestamptz"

_FROM = """
FROM workflows_case c
JOIN workflows_inspection i ON i.case_id = c.id
JOIN workflows_employer e ON e.id = c.employer_id
LEFT JOIN workflows_project p ON p.id = c.project_id
"""

#: of the nearest limit of a case what a line shows; one that stands still only where no other runs
NEAREST_LIMIT = f"""
LEFT JOIN LATERAL (
    SELECT l.rule, l.due_at, l.due_on, l.provisional, {STANDS_STILL} AS paused FROM workflows_limit l
    WHERE l.case_id = c.id AND l.stopped_at IS NULL AND l.rule NOT IN {OTHERS_RIGHTS}
    ORDER BY paused, l.due_at, l.id LIMIT 1
) l ON true
"""

_REST = """(SELECT coalesce(sum(greatest(0, coalesce(g.ordered, g.verified, g.claimed) - g.paid
    - g.settled_otherwise)), 0) FROM workflows_ledgerline g WHERE g.case_id = c.id)"""
_HEADS = """(SELECT count(DISTINCT CASE WHEN k.id_number <> '' THEN 'id ' || k.id_number
    ELSE k.name || ' ' || k.phone END) FROM workflows_worker k WHERE k.case_id = c.id)"""

_PAGE = """
WITH picked AS MATERIALIZED (
    SELECT c.id, i.state
    {source}
    WHERE {where}
    ORDER BY c.nearest_at, c.id
    LIMIT %s
)
SELECT c.id, c.public_id, c.number, o.state, e.name, p.name, t.name,
       coalesce(w.first, ''), coalesce(w.n, 0), coalesce(s.rest, 0),
       l.rule, l.due_at, l.due_on, l.provisional, v.act, v.procedure, v.at,
       (SELECT min(q.requested_at) FROM workflows_approval q WHERE q.case_id = c.id AND q.state = 'requested'),
       EXISTS (SELECT FROM workflows_policetransfer x WHERE x.case_id = c.id AND x.state IN ({returned})),
       l.paused, c.nearest_at
FROM picked o
JOIN workflows_case c ON c.id = o.id
{limit}
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
ORDER BY c.nearest_at, c.id
"""

_COUNTS = """
SELECT count(*) FILTER (WHERE c.nearest_at <= %s),
       count(*) FILTER (WHERE c.nearest_at > %s AND c.nearest_at <= %s),
       count(*) FILTER (WHERE c.nearest_at > %s AND c.nearest_at <= %s),
       count(*) FILTER (WHERE c.id IN ({mine})),
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
    where, params = _narrowed(actor, wanted, now, calendar)
    if wanted.after is not None:
        where += " AND (c.nearest_at, c.id) > (%s, %s)"
        params += list(wanted.after)
    sql = _PAGE.format(source=_FROM, where=where, limit=NEAREST_LIMIT, returned=_places(_RETURNED))
    with connection.cursor() as cursor:
        cursor.execute(sql, [*params, wanted.size + 1, *_RETURNED])
        return [QueueRow(*row) for row in cursor.fetchall()]


def counts(actor: Actor, wanted: Filter, now: datetime, calendar: Calendar | None = None) -> dict[str, int]:
    """How many cases each bucket holds under the same filters."""
    where, params = _where(actor, wanted)
    tomorrow, soon = edges(now, calendar)
    moments = [now, now, tomorrow, tomorrow, soon]
    mine, to_decide = _to_decide(actor)
    sql = _COUNTS.format(source=_FROM, where=where, returned=_places(_RETURNED), mine=mine)
    with connection.cursor() as cursor:
        cursor.execute(sql, [*moments, *to_decide, *_RETURNED, *params])
        return dict(zip(BUCKETS, cursor.fetchone(), strict=True))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a case stands in a list, and its neighbours' public ids; `total` is counted up to LONGEST."""

    number: int
    total: int
    previous: Any
    next: Any


#: a list is counted and walked up to here; beyond it a page says "1000+"
LONGEST = 1000


def place_of(case: int, actor: Actor, wanted: Filter, now: datetime, calendar: Calendar | None = None) -> Place | None:
    """Where a case stands in the list; None where it is not (any more) among the first LONGEST."""
    where, params = _narrowed(actor, wanted, now, calendar)
    sql = f"""
    WITH list AS (
        SELECT c.id, c.public_id, c.nearest_at {_FROM} WHERE {where}
        ORDER BY c.nearest_at, c.id LIMIT {LONGEST + 1}
    ), placed AS (
        SELECT id, row_number() OVER w AS n, count(*) OVER () AS total,
               lag(public_id) OVER w AS previous, lead(public_id) OVER w AS next
        FROM list WINDOW w AS (ORDER BY nearest_at, id)
    )
    SELECT n, total, previous, next FROM placed WHERE id = %s
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, [*params, case])
        row = cursor.fetchone()
    return Place(*row) if row is not None and row[0] <= LONGEST else None


def arrived(actor: Actor, wanted: Filter, since: datetime) -> int:
    """How many cases of the list came to the actor (or, in everybody's list, were filed) after a moment."""
    where, params = _where(actor, wanted)
    if wanted.everybody:
        where += " AND (SELECT min(r.at) FROM workflows_event r WHERE r.case_id = c.id AND r.seq = 1) > %s"
        params = [*params, since]
    else:
        where += (
            " AND c.id IN (SELECT a.case_id FROM workflows_assignment a"
            " WHERE a.officer_id = %s AND a.to_at IS NULL AND a.from_at > %s)"
        )
        params = [*params, actor.officer_id, since]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) {_FROM} WHERE {where}", params)
        return int(cursor.fetchone()[0])


def _narrowed(actor: Actor, wanted: Filter, now: datetime, calendar: Calendar | None) -> tuple[str, list[Any]]:
    """The conditions of a list, its bucket among them."""
    where, params = _where(actor, wanted)
    narrow, more = _bucket(actor, wanted.bucket, now, calendar)
    return (f"{where} AND {narrow}", [*params, *more]) if narrow else (where, params)


def _to_decide(actor: Actor) -> tuple[str, list[Any]]:
    """The cases with a request that waits for this actor's decision."""
    rows = waiting_for(actor).filter(case__isnull=False).order_by().values("case")
    sql, params = rows.query.sql_with_params()
    return sql, list(params)


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
    if wanted.only:
        parts.append("c.public_id = ANY(%s::uuid[])")
        values.append(list(wanted.only))
    for expression, bounds in ((_REST, wanted.amount), (_HEADS, wanted.people)):
        if bounds is not None:
            parts.append(f"{expression} >= %s")
            values.append(bounds[0])
            if bounds[1] is not None:
                parts.append(f"{expression} < %s")
                values.append(bounds[1])
    if wanted.text:
        like = "%" + wanted.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        parts.append(
            "(e.name LIKE %s OR c.number LIKE %s OR p.name LIKE %s OR c.id IN "
            "(SELECT k.case_id FROM workflows_worker k WHERE k.name LIKE %s AND k.case_id IS NOT NULL))"
        )
        values += [like] * 4
    return " AND ".join(parts), values


def _bucket(actor: Actor, bucket: str, now: datetime, calendar: Calendar | None) -> tuple[str, list[Any]]:
    tomorrow, soon = edges(now, calendar)
    if bucket == "over":
        return "c.nearest_at <= %s", [now]
    if bucket == "today":
        return "c.nearest_at > %s AND c.nearest_at <= %s", [now, tomorrow]
    if bucket == "soon":
        return "c.nearest_at > %s AND c.nearest_at <= %s", [tomorrow, soon]
    if bucket == "approval":
        mine, params = _to_decide(actor)
        return f"c.id IN ({mine})", params
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

    @property
    def nearest_at(self) -> datetime:
        """What the list is sorted by."""
        return self.due_at or NEVER


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
