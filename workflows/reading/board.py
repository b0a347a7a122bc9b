"""The leaders' board: what is open, what came and went, where, at whom; and the list behind every number.

`Which` says which cases: the same conditions make a number and its list, so the two are equal by construction. No
complainant stands in anything that comes out of here. Amounts are yuan, days are legal days.

What an uncached board costs is one reading of the open cases and a handful of groupings; it is kept for ten minutes
as long as nothing whatever has happened since (no event was recorded), the rules and the bureau's choice among them
are the same, and so is the day. A kept board is therefore never wrong about what was done, and about the clock by at
most those minutes, which its time tells.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from workflows import clock
from workflows.casefile.case import Case
from workflows.law_settings import running_breaches
from workflows.procedures.inspection import Inspection
from workflows.procedures.inspection_state import END_STATES, ENDED, OPEN_STATES
from workflows.reading.access import Purpose, visible_to
from workflows.reading.queue import NEAREST_LIMIT
from workflows.roles import Actor

PAGE = 25
TOP = 5
#: upper edges in days since filing; the last column is open
AGES = (15, 30, 60, 90)
STAGES = tuple(dict.fromkeys(Inspection.STAGES[s] for s in OPEN_STATES))
#: people of one case from which it counts as collective
MANY = 30
#: days over which the duration of ended cases is averaged
LATELY = 90
#: the value of an address that means: none is known
NONE = "-"
KEPT_FOR = timedelta(minutes=10)
KEPT_BOARDS = 64


@dataclass(frozen=True)
class Which:
    """Which cases. `what`: open now, or filed, ended, paid (got money) in the days `since`…`until`, both included.

    `late`: open and its nearest limit passed; `due`: ends today; both together: either. `breach`: one of its running
    limits has passed and counts as breach by the bureau's choice.
    """

    what: str = "open"
    since: date | None = None
    until: date | None = None
    stage: str = ""
    age: int | None = None
    late: bool = False
    due: bool = False
    breach: bool = False
    town: str = ""
    agency: str = ""
    employer: str = ""
    boss: str = ""
    crew: str = ""
    officer: str = ""
    heads: int = 0


@dataclass(frozen=True)
class Group:
    """One township, employer, crew leader or officer, with what hangs on it."""

    key: str
    name: str
    cases: int
    heads: int = 0
    rest: Decimal = Decimal(0)
    late: int = 0


@dataclass(frozen=True)
class Board:
    """The numbers, as of a moment."""

    as_of: datetime
    cells: Counter[tuple[str, int]]
    open: int
    late: int
    breached: int
    due: int
    heads: int
    collective: int
    rest: Decimal
    week_ago: int
    paid: Decimal
    duration: tuple[int, Decimal]
    duration_before: tuple[int, Decimal]
    filed: dict[date, int]
    ended: dict[date, int]
    towns: list[Group]
    officers: list[Group]
    employers: list[Group] = field(default_factory=list)
    bosses: list[Group] = field(default_factory=list)
    crews: list[Group] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Row:
    """One case of a list, without anybody who complained."""

    id: int
    public_id: Any
    inspection: Any
    number: str
    state: str
    employer: str
    township: str | None
    heads: int
    rest: Decimal
    officer: str | None
    filed_on: date
    since: datetime | None
    rule: str | None
    due_at: datetime | None
    due_on: date | None
    breached: bool
    paused: bool | None
    nearest_at: datetime


# --- conditions ------------------------------------------------------------------------------------------------------

_HEADS = """(SELECT count(DISTINCT CASE WHEN k.id_number <> '' THEN 'id ' || k.id_number ELSE k.name || ' ' || k.phone
    END) FROM workflows_worker k WHERE k.case_id = c.id)"""
_REST = """(SELECT coalesce(sum(greatest(0, coalesce(g.ordered, g.verified, g.claimed) - g.paid
    - g.settled_otherwise)), 0)
    FROM workflows_ledgerline g WHERE g.case_id = c.id)"""
_FROM = """
FROM workflows_case c
JOIN workflows_inspection i ON i.case_id = c.id
JOIN workflows_employer e ON e.id = c.employer_id
LEFT JOIN workflows_township t ON t.code = c.township_id
LEFT JOIN workflows_assignment a ON a.case_id = c.id AND a.to_at IS NULL AND a.lead
LEFT JOIN workflows_officer o ON o.id = a.officer_id
"""
#: crew leaders named in a case, but for those who are its complainants or workers themselves
_CREW = """SELECT k.crew_leader_name FROM workflows_complaint k WHERE k.case_id = c.id AND k.crew_leader_name <> ''
    AND NOT EXISTS (SELECT FROM workflows_complaint m WHERE m.complainant_name = k.crew_leader_name)
    AND NOT EXISTS (SELECT FROM workflows_worker m WHERE m.name = k.crew_leader_name)"""
#: who stands behind the debtor: the actual controllers named of the employer or in a complaint, else who signs for it
_BOSS = """SELECT DISTINCT n FROM (SELECT e.actual_controller UNION
    SELECT k.actual_controller FROM workflows_complaint k WHERE k.case_id = c.id UNION
    SELECT e.legal_rep_name WHERE e.actual_controller = '' AND NOT EXISTS
        (SELECT FROM workflows_complaint k WHERE k.case_id = c.id AND k.actual_controller <> '')
    ) AS named(n) WHERE n <> ''"""
_ORDER = "c.nearest_at, c.id"


def _where(actor: Actor, which: Which, now: datetime) -> tuple[str, list[Any]]:
    seen, params = visible_to(actor, Case, Purpose.OVERSIGHT).values("pk").query.sql_with_params()
    today = clock.legal_day(now)
    parts: list[str] = [f"c.id IN ({seen})"]
    values: list[Any] = list(params)

    def ask(sql: str, *more: Any) -> None:
        parts.append(sql)
        values.extend(more)

    first = which.since or date(1900, 1, 1)
    last = which.until or today
    start, end = clock.start_of(first), clock.start_of(last + timedelta(days=1))
    if which.what == "filed":
        ask("c.filed_on BETWEEN %s AND %s", first, last)
    elif which.what == "ended":
        ask("i.state = ANY(%s) AND i.since >= %s AND i.since < %s", [str(s) for s in ENDED], start, end)
    elif which.what == "paid":
        ask(
            "EXISTS (SELECT FROM workflows_payment p JOIN workflows_ledgerline g ON g.id = p.line_id"
            " WHERE g.case_id = c.id AND p.at >= %s AND p.at < %s)",
            start,
            end,
        )
    if which.what == "open" or which.late or which.due or which.breach:
        ask("NOT i.state = ANY(%s)", [str(s) for s in END_STATES])
    if which.late or which.due:
        tomorrow = clock.start_of(today + timedelta(days=1))
        from_, to = (None if which.late else now), (tomorrow if which.due else now)
        ask("c.nearest_at <= %s", to)
        if from_ is not None:
            ask("c.nearest_at > %s", from_)
    if which.breach:
        breached, more = _breached(now)
        ask(breached, *more)
    if which.stage:
        ask("i.state = ANY(%s)", [str(s) for s in OPEN_STATES if Inspection.STAGES[s] == which.stage])
    if which.age is not None:
        ask(f"width_bucket(%s::date - c.filed_on, ARRAY{[edge + 1 for edge in AGES]}) = %s", today, which.age)
    if which.town:
        ask("c.township_id IS NULL") if which.town == NONE else ask("c.township_id = %s", which.town)
    if which.agency:
        ask(
            "(EXISTS (SELECT FROM workflows_agency y WHERE y.id = c.bureau_id AND y.code = %s) OR EXISTS (SELECT FROM"
            " workflows_agencytask y JOIN workflows_agency z ON z.id = y.agency_id WHERE y.case_id = c.id"
            " AND z.code = %s))",
            which.agency,
            which.agency,
        )
    if which.employer:
        ask("e.public_id = %s::uuid", which.employer)
    if which.boss:
        ask(f"%s IN ({_BOSS})", which.boss)
    if which.crew:
        ask(f"%s IN ({_CREW})", which.crew)
    if which.officer:
        ask("o.id IS NULL") if which.officer == NONE else ask("o.public_id = %s::uuid", which.officer)
    if which.heads:
        ask(f"{_HEADS} >= %s", which.heads)
    return " AND ".join(parts), values


def _breached(now: datetime) -> tuple[str, list[Any]]:
    """Whether a case has a running limit that counts as breach, and the parameters of the question."""
    rows = running_breaches(now).filter(case__isnull=False).order_by().values("case_id")
    sql, params = rows.query.sql_with_params()
    return f"c.id IN ({sql})", list(params)


# --- lists -----------------------------------------------------------------------------------------------------------


def listed(
    actor: Actor, which: Which, now: datetime, *, after: tuple[datetime, int] | None = None, size: int = PAGE
) -> list[Row]:
    """The cases behind a number, nearest limit first; one more row than asked tells that there is a next page."""
    where, params = _where(actor, which, now)
    if after is not None:
        where += f" AND ({_ORDER}) > (%s, %s)"
        params += list(after)
    breached, of_breach = _breached(now)
    sql = f"""
    SELECT c.id, c.public_id, i.public_id, c.number, i.state, e.name, t.name, {_HEADS}, {_REST}, o.name, c.filed_on,
           i.since, l.rule, l.due_at, l.due_on, {breached}, l.paused, c.nearest_at
    {_FROM} {NEAREST_LIMIT} WHERE {where} ORDER BY {_ORDER} LIMIT %s
    """
    return [Row(*row) for row in _rows(sql, [*of_breach, *params, size + 1])]


def counted(actor: Actor, which: Which, now: datetime) -> int:
    """How many cases a list holds."""
    where, params = _where(actor, which, now)
    return int(_rows(f"SELECT count(*) {_FROM} WHERE {where}", params)[0][0])


def _rows(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


# --- the board -------------------------------------------------------------------------------------------------------

_kept: dict[tuple[Any, ...], Board] = {}
_lock = threading.Lock()


def board(actor: Actor, scope: Which, now: datetime, since: date) -> Board:
    """The numbers of a scope (a township, an agency or the county), with days of filing and ending from `since` on."""
    newest = _rows("SELECT public_id FROM workflows_event ORDER BY id DESC LIMIT 1", [])
    if not newest:
        return _board(actor, scope, now, since)
    seen, params = visible_to(actor, Case, Purpose.OVERSIGHT).values("pk").query.sql_with_params()
    counts_as_breach = str(_breached(clock.start_of(since)))  # rules, their versions and what the bureau chose
    key = (newest[0][0], clock.legal_day(now), since, scope, seen, params, counts_as_breach)
    found = _kept.get(key)
    if found is not None and found.as_of <= now < found.as_of + KEPT_FOR:
        return found
    made = _board(actor, scope, now, since)
    with _lock:
        if len(_kept) >= KEPT_BOARDS:
            _kept.clear()
        _kept[key] = made
    return made


def _board(actor: Actor, scope: Which, now: datetime, since: date) -> Board:
    today = clock.legal_day(now)
    year_ago = today - timedelta(days=365)
    where, params = _where(actor, scope, now)
    tomorrow = clock.start_of(today + timedelta(days=1))
    breached, of_breach = _breached(now)
    rows = _rows(
        f"SELECT i.state, c.filed_on, t.code, t.name, o.public_id, o.name, {_HEADS}, {_REST}, c.nearest_at, {breached}"
        f" {_FROM} WHERE {where}",
        [*of_breach, *params],
    )
    cells: Counter[tuple[str, int]] = Counter()
    towns: dict[str, list[Any]] = {}
    officers: dict[str, list[Any]] = {}
    late = breaches = due = heads = collective = 0
    rest = Decimal(0)
    for state, filed_on, town, town_name, officer, officer_name, n, left, due_at, missed in rows:
        over = due_at is not None and due_at <= now
        late += over
        breaches += missed
        due += due_at is not None and now < due_at <= tomorrow
        heads, collective, rest = heads + n, collective + (n >= MANY), rest + left
        cells[Inspection.STAGES[state], sum((today - filed_on).days > edge for edge in AGES)] += 1
        for groups, key, name in ((towns, town, town_name), (officers, officer, officer_name)):
            _add(groups, str(key or NONE), str(name or ""), n, left, over)
    recent = replace(scope, what="filed", since=year_ago)
    return Board(
        as_of=now,
        cells=cells,
        open=len(rows),
        late=late,
        breached=breaches,
        due=due,
        heads=heads,
        collective=collective,
        rest=rest,
        week_ago=_open_on(actor, scope, now, today - timedelta(days=7)),
        paid=_paid(actor, scope, now, date(today.year, 1, 1)),
        duration=_duration(actor, scope, now, today - timedelta(days=LATELY), today),
        duration_before=_duration(actor, scope, now, today - timedelta(days=365 + LATELY), today - timedelta(days=365)),
        filed=_by_day(actor, replace(scope, what="filed", since=since), now, "c.filed_on"),
        ended=_by_day(
            actor, replace(scope, what="ended", since=since), now, "(i.since AT TIME ZONE 'Asia/Shanghai')::date"
        ),
        towns=_sorted(towns),
        officers=_sorted(officers),
        employers=_grouped(actor, recent, now, "e.public_id::text", "e.name", least=1),
        bosses=_grouped(actor, recent, now, "boss.n", "boss.n", least=2, join=f"JOIN LATERAL ({_BOSS}) boss ON true"),
        crews=_grouped(
            actor,
            recent,
            now,
            "crew.name",
            "crew.name",
            least=2,
            join=f"JOIN LATERAL (SELECT DISTINCT name FROM ({_CREW}) AS named(name)) crew ON true",
        ),
    )


def _add(groups: dict[str, list[Any]], key: str, name: str, heads: int, rest: Decimal, over: bool) -> None:
    found = groups.setdefault(key, [name, 0, 0, Decimal(0), 0])
    found[1] += 1
    found[2] += heads
    found[3] += rest
    found[4] += over


def _sorted(groups: dict[str, list[Any]]) -> list[Group]:
    """Most cases first; those without a name last."""
    made = [Group(key, *values) for key, values in groups.items()]
    return sorted(made, key=lambda g: (g.key == NONE, -g.cases, -g.rest, g.key))


def _grouped(
    actor: Actor, which: Which, now: datetime, key: str, name: str, *, least: int, join: str = ""
) -> list[Group]:
    where, params = _where(actor, which, now)
    sql = f"""
    SELECT {key}, {name}, count(*), coalesce(sum({_HEADS}), 0), coalesce(sum({_REST}), 0),
           count(*) FILTER (WHERE c.nearest_at <= %s AND NOT i.state = ANY(%s))
    {_FROM} {join} WHERE {where}
    GROUP BY 1, 2 HAVING count(*) >= {least} ORDER BY 3 DESC, 5 DESC, 1 LIMIT {TOP}
    """
    return [Group(*row) for row in _rows(sql, [now, [str(s) for s in END_STATES], *params])]


def _by_day(actor: Actor, which: Which, now: datetime, day: str) -> dict[date, int]:
    where, params = _where(actor, which, now)
    return dict(_rows(f"SELECT {day}, count(*) {_FROM} WHERE {where} GROUP BY 1", params))  # type: ignore[arg-type]


def _open_on(actor: Actor, scope: Which, now: datetime, day: date) -> int:
    """How many were open at the end of a day, as far as today's rows tell: a reopened case counts as never ended."""
    where, params = _where(actor, replace(scope, what="filed", until=day), now)
    sql = f"SELECT count(*) {_FROM} WHERE {where} AND (NOT i.state = ANY(%s) OR i.since >= %s)"
    after = clock.start_of(day + timedelta(days=1))
    return int(_rows(sql, [*params, [str(s) for s in END_STATES], after])[0][0])


def _paid(actor: Actor, scope: Which, now: datetime, since: date) -> Decimal:
    where, params = _where(actor, replace(scope, what="paid", since=since), now)
    sql = f"""
    SELECT coalesce(sum(p.amount), 0) FROM workflows_payment p JOIN workflows_ledgerline g ON g.id = p.line_id
    WHERE p.at >= %s AND g.case_id IN (SELECT c.id {_FROM} WHERE {where})
    """
    return Decimal(_rows(sql, [clock.start_of(since), *params])[0][0])


def _duration(actor: Actor, scope: Which, now: datetime, since: date, until: date) -> tuple[int, Decimal]:
    """How many cases ended in those days, and the mean of their days from filing to end."""
    where, params = _where(actor, replace(scope, what="ended", since=since, until=until), now)
    sql = f"""
    SELECT count(*), coalesce(avg((i.since AT TIME ZONE 'Asia/Shanghai')::date - c.filed_on), 0) {_FROM} WHERE {where}
    """
    count, mean = _rows(sql, params)[0]
    return count, Decimal(mean)
