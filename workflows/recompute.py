"""Counting again what is open: when a year's notice arrives or is amended, when a limit is paused, or on demand.

A date is a function of rows, so counting again is safe at any time, in part, twice or by two at once; what does not
differ is not touched. What differs is written root by root under its lock, each with an event "old date → new date,
because". No case moves by it, so it is no request through `perform`, but the act `recompute` is declared by every
procedure and the database knows its arrows.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db import DatabaseError, transaction
from django.db.models import Q, QuerySet

from workflows import clock
from workflows.action import update
from workflows.casefile import statements
from workflows.casefile.file import locked
from workflows.clocks import Limit
from workflows.law.calendar import CalendarNotice, load_calendar
from workflows.law.counting import CannotCount, Due
from workflows.law.limits import SET_DATES, UnknownRule
from workflows.move import Move, root_update, write
from workflows.procedures.registry import PROCEDURES
from workflows.record import RULES_VERSION, Event, link
from workflows.recount import FIELDS, Recount, extensions_of, pauses_of, set_due
from workflows.roles import SYSTEM, Actor

log = logging.getLogger(__name__)

ACT = "recompute"
#: limits looked at in one go, and roots changed in one transaction
PAGE, ROOTS = 2000, 100
#: how long a root that somebody holds is waited for; a root held longer is left for the next run
PATIENCE = "2s"

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Moved:
    """One limit whose date differs from what it was."""

    limit: UUID
    rule: str
    root: str
    before: date
    after: date
    provisional: bool

    def __str__(self) -> str:
        same = self.before == self.after
        words = f"{self.before} 不再暂定" if same and not self.provisional else f"{self.before} → {self.after}"
        return f"{self.rule} {self.root} {words}{'（暂定）' if self.provisional else ''}"


@dataclass(slots=True)
class Recomputed:
    """What one run found. `refused` cannot be counted; `left` belongs to roots somebody held too long."""

    looked_at: int = 0
    moved: list[Moved] = field(default_factory=list)
    refused: list[tuple[UUID, str]] = field(default_factory=list)
    left: int = 0

    def __str__(self) -> str:
        return (
            f"查 {self.looked_at} 个期限：改 {len(self.moved)}，不能计算 {len(self.refused)}，办理中待下次 {self.left}"
        )


def recompute(
    because: str, *, first: date | None = None, last: date | None = None, progress: Progress | None = None
) -> Recomputed:
    """Count again everything open whose days touch first to last; all of it when no days are named.

    `because` is kept with each change: the notice's number, or why somebody asked. `progress` is told how many limits
    of how many have been looked at.
    """
    done = Recomputed()
    rows = _open(first, last)
    total, seen = (rows.count(), 0) if progress is not None else (0, 0)
    recount = Recount(load_calendar(), clock.today())
    for page in _pages(rows):
        roots = {_root_of(x) for x in _differing(page, recount, done)}
        for some in _in_parts(sorted(roots, key=lambda r: (r[0] is None, r)), ROOTS):
            _change(some, because, recount, done)
        done.looked_at += len(page)
        seen += len(page)
        if progress is not None:
            progress(seen, total)
    if done.moved or done.refused or done.left:
        log.info("recompute: %d looked at, %d moved, %d refused, %d left", done.looked_at, len(done.moved),
                 len(done.refused), done.left)  # fmt: skip
    return done


def follow_notices() -> list[tuple[CalendarNotice, Recomputed]]:
    """Count again under every notice whose recomputation has not come to its end; the clockwork asks this."""
    found = []
    for notice in CalendarNotice.objects.filter(recomputed_at=None, version__gt=1).order_by("version"):
        found.append((notice, follow(notice)))
    return found


def follow(notice: CalendarNotice, progress: Progress | None = None) -> Recomputed:
    """Count again what the days of a notice touch, from its first day on, be it in the December before."""
    days = list(notice.days.order_by("day").values_list("day", flat=True))
    if not days:
        return Recomputed()
    first = min(days[0], date(notice.year, 1, 1))
    last = max(days[-1], date(notice.year, 12, 31))
    done = recompute(f"{notice.number}公布（日历第{notice.version}版）", first=first, last=last, progress=progress)
    if not done.left:
        CalendarNotice.objects.filter(pk=notice.pk).update(recomputed_at=clock.now())
    return done


# --- looking ----------------------------------------------------------------------------------------------------------


def _open(first: date | None, last: date | None) -> QuerySet[Limit]:
    rows = Limit.objects.filter(stopped_at__isnull=True).exclude(rule__in=list(SET_DATES))
    if first is not None and last is not None:
        # a day that is neither after the start nor before the end was never looked at; a limit may end in a day that
        # rolls
        rows = rows.filter(due_on__gte=first, started_at__lt=clock.start_of(last + timedelta(days=1)))
    return rows


def _pages(rows: QuerySet[Limit]) -> Iterator[list[Limit]]:
    after = 0
    while page := list(rows.filter(pk__gt=after).order_by("pk")[:PAGE]):
        yield page
        after = page[-1].pk


def _differing(limits: Sequence[Limit], recount: Recount, done: Recomputed) -> list[Limit]:
    """The limits whose rows do not say what counting says."""
    extensions, pauses = extensions_of(limits), pauses_of(limits)
    found = []
    for one in limits:
        try:
            if recount.differs(one, extensions.get(one.pk, ()), pauses.get(one.pk, ())) is not None:
                found.append(one)
        except (UnknownRule, CannotCount) as trouble:
            done.refused.append((one.public_id, str(trouble)))
    return found


# --- changing ---------------------------------------------------------------------------------------------------------

#: case id, complaint id: exactly the one whose chain an event of the limit joins
_Root = tuple[int | None, int | None]


def _root_of(limit: Limit) -> _Root:
    return (limit.case_id, None) if limit.case_id is not None else (None, limit.complaint_id)


def _in_parts(rows: Sequence[_Root], size: int) -> Iterator[Sequence[_Root]]:
    for n in range(0, len(rows), size):
        yield rows[n : n + size]


def _change(roots: Sequence[_Root], because: str, recount: Recount, done: Recomputed) -> None:
    """Change the limits of some roots in one transaction; when somebody holds one of them, each for itself."""
    try:
        moved = _changed(roots, because, recount)
    except DatabaseError as trouble:
        if getattr(trouble.__cause__, "sqlstate", None) not in ("55P03", "40001", "40P01"):
            raise
        if len(roots) == 1:
            done.left += 1
            return
        for one in roots:
            _change([one], because, recount, done)
    else:
        done.moved += moved


def _changed(roots: Sequence[_Root], because: str, recount: Recount) -> list[Moved]:
    with transaction.atomic(durable=True):
        statements.run("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
        complaints, cases = locked(
            complaints={c for _, c in roots if c is not None}, cases={c for c, _ in roots if c is not None}
        )
        # read again under the lock: an act may have ended or moved them meanwhile; a complaint may hang on a case by
        # now
        rows = Limit.objects.filter(
            Q(case__in=list(cases)) | Q(case=None, complaint__in=list(complaints)), stopped_at__isnull=True
        ).exclude(rule__in=list(SET_DATES))
        limits = list(rows.order_by("procedure", "subject", "pk"))
        move, moved = Move(), []
        extensions, pauses = extensions_of(limits), pauses_of(limits)
        states = _states(limits)
        for (procedure, subject), some in groupby(limits, key=lambda x: (x.procedure, x.subject)):
            of_subject = list(some)
            root: Any = cases.get(of_subject[0].case_id or 0) or complaints[of_subject[0].complaint_id or 0]
            facts = []
            for one in of_subject:
                try:
                    due = recount.differs(one, extensions.get(one.pk, ()), pauses.get(one.pk, ()))
                except (UnknownRule, CannotCount):
                    continue
                if due is not None:
                    moved.append(_moved(one, due, root))
                    facts.append(_set(one, due, recount.calendar.version, move))
            if facts:
                event = event_of(procedure, subject, states[subject], because, {"recomputed": facts})
                link(root, event)
                move.events.append(event)
                if not any(change.row is root for change in move.changes):
                    move.changes.append(root_update(root))
        write(move)
    return moved


def _states(limits: Iterable[Limit]) -> dict[UUID, str]:
    wanted: dict[str, set[UUID]] = {}
    for one in limits:
        wanted.setdefault(one.procedure, set()).add(one.subject)
    return {
        public_id: state
        for name, ids in wanted.items()
        for public_id, state in PROCEDURES[name]
        ._default_manager.filter(public_id__in=ids)
        .values_list("public_id", "state")  # type: ignore[misc]
    }


def _moved(limit: Limit, due: Due, root: Any) -> Moved:
    return Moved(limit.public_id, limit.rule, str(root), limit.due_on, due.due_on, due.provisional)


def _set(limit: Limit, due: Due, calendar_version: int, move: Move) -> list[Any]:
    """Put the new date into the limit's row and the move; what the event says of it."""
    said = [limit.rule, str(limit.public_id), str(limit.due_on), str(due.due_on), due.provisional]
    set_due(limit, due, calendar_version)
    move.changes.append(update(limit, *FIELDS))
    return said


def event_of(
    procedure: str,
    subject: UUID,
    state: str,
    because: str,
    facts: dict[str, Any],
    by: Actor = SYSTEM,
    approved_by: str = "",
) -> Event:
    """The event of a recomputation: it stays in the state it finds."""
    law = next(iter(PROCEDURES[procedure].acts()[ACT])).law
    now = clock.now()
    return Event(
        rules_version=RULES_VERSION,
        procedure=procedure,
        subject=subject,
        act=ACT,
        from_state=state,
        to_state=state,
        officer_id=by.officer_id,
        by_name=by.name,
        by_agency=by.agency,
        by_roles=sorted(by.roles),
        certificate=by.certificate,
        approved_by=approved_by,
        law=law,
        at=now,
        recorded_at=now,
        reason=because,
        inputs={},
        facts=facts,
    )
