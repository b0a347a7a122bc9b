"""Reminders and escalation: when a running limit speaks up, each level once, and never in the night.

A level falls due at a moment that follows from the limit's row alone, so it does not matter who looks, how often or
how late: `plan` writes one row per limit and level (the table allows no second), `post_planned` hands what is planned
to the mailroom, one digest per addressee in working hours, hour limits and urgent matters at once. Which levels a rule
has stands in `law/data/reminders.yaml`, who hears of them and in which words in `reminder_notices`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from datetime import time as time_of_day
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from notifications.outbox import post
from workflows import clock
from workflows.calendar_alarm import KIND as CALENDAR
from workflows.calendar_alarm import alarm_of_the_calendar
from workflows.casefile import statements
from workflows.casefile.complaint import Complaint
from workflows.clocks import Limit, LimitPause, Reminder
from workflows.law.calendar import load_calendar
from workflows.law.days import ONE_DAY, Calendar
from workflows.law.levels import Level, levels_of
from workflows.law.limits import SET_DATES
from workflows.law.limits import rule as rule_of
from workflows.law.rule import Unit
from workflows.procedures.intake import Intake
from workflows.reminder_notices import AT_ONCE, DIGEST, OWED, drafts_of
from workflows.sweep import wiring

log = logging.getLogger(__name__)

OPENS, CLOSES = time_of_day(8, 30), time_of_day(18, 0)
PAGE, POSTED_AT_ONCE = 500, 2000
SECONDS = 15.0
#: longer than the sweep takes to come round
A_MOMENT = timedelta(minutes=1)
_DIGEST_LOCK = 731_022_028

#: what the clockwork posts; these notices belong to no event
KINDS = (DIGEST, AT_ONCE, OWED, CALENDAR)


@dataclass(frozen=True, slots=True)
class Due:
    """A level of a limit with the moment it falls due."""

    level: Level
    moment: datetime
    at_once: bool


# --- moments ----------------------------------------------------------------------------------------------------------


def moments(limit: Limit, calendar: Calendar, *, urgent: bool) -> list[Due]:
    """When each level of a limit falls due; none that would have been due when the limit started.

    In the morning of a working day; hour limits and urgent matters at the hour itself, whatever day it is.
    """
    law = None if limit.rule in SET_DATES else rule_of(limit.rule, limit.rule_version)
    at_once = urgent or (law is not None and law.unit is Unit.HOURS)
    found = []
    for level in levels_of(limit.rule, limit.rule_version):
        moment = _moment(level, limit, calendar, at_once=at_once)
        if moment > limit.started_at:
            found.append(Due(level, moment, at_once))
    return found


def _moment(level: Level, limit: Limit, calendar: Calendar, *, at_once: bool) -> datetime:
    if level.hours:
        return limit.due_at - timedelta(hours=level.count)
    day = limit.due_on
    if level.after:
        if at_once and level.count == 1:
            return limit.due_at
        for _ in range(level.count):
            day = calendar.next_working_day(day + ONE_DAY)
        # the clock of an hour limit may stop during the day: what comes after it comes the next morning
        return _morning(day)
    for _ in range(level.count):
        day = _working_day_before(day, calendar)
    return _morning(day if calendar.works(day) or at_once else _working_day_before(day, calendar))


def _working_day_before(day: Any, calendar: Calendar) -> Any:
    day -= ONE_DAY
    while not calendar.works(day):
        day -= ONE_DAY
    return day


def _morning(day: Any) -> datetime:
    return datetime.combine(day, OPENS, clock.SHANGHAI)


# --- planning ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Planned:
    """What one run wrote: limits looked at, reminders that are new."""

    looked_at: int = 0
    fresh: int = 0
    drained: bool = False


#: what planning needs of a limit; a claim of five hundred reads no more
LOOKED_AT = (
    "procedure", "subject", "rule", "rule_version", "started_at", "due_at", "due_on", "remind_at", "case", "complaint"
)  # fmt: skip


def to_look_at(now: datetime) -> QuerySet[Limit]:
    """The running limits whose next moment has come, the oldest first: on the index `limit_to_remind`."""
    rows = Limit.objects.filter(stopped_at__isnull=True, remind_at__isnull=False, remind_at__lte=now)
    return rows.only(*LOOKED_AT).order_by("remind_at", "id")


def plan(now: datetime, *, seconds: float = SECONDS) -> Planned:
    """Write the reminders that have fallen due and when each limit is looked at next. Any number may run at once."""
    planned, until = Planned(), time.monotonic() + seconds
    calendar = load_calendar()
    while time.monotonic() < until:
        with transaction.atomic(durable=True):
            page = list(to_look_at(now).select_for_update(skip_locked=True, of=("self",))[:PAGE])
            if page:
                planned.fresh += _plan_page(page, calendar, now)
        planned.looked_at += len(page)
        if len(page) < PAGE:
            planned.drained = True
            break
    return planned


def _plan_page(page: Sequence[Limit], calendar: Calendar, now: datetime) -> int:
    urgent, silent = _urgent(page), _silent(page)
    rows: list[Reminder] = []
    ids: list[int] = []
    nexts: list[datetime | None] = []
    for one in page:
        ids.append(one.pk)
        if one.pk in silent:  # it says nothing now, and is asked again in the morning
            nexts.append(_morning(clock.legal_day(now) + ONE_DAY))
            continue
        due = moments(one, calendar, urgent=one.pk in urgent)
        if _may_end_by_itself(one, now):
            due = [Due(d.level, max(d.moment, now + A_MOMENT) if d.level.after else d.moment, d.at_once) for d in due]
        rows += [
            Reminder(limit=one, level=d.level.id, moment=d.moment, at_once=d.at_once, planned_at=now)
            for d in due
            if d.moment <= now
        ]
        nexts.append(min((d.moment for d in due if d.moment > now), default=None))
    before = _reminders(ids)
    Reminder.objects.bulk_create(rows, ignore_conflicts=True)
    statements.run(
        "UPDATE workflows_limit l SET remind_at = v.at FROM unnest(%s::bigint[], %s::timestamptz[]) AS v (id, at)"
        " WHERE l.id = v.id",
        [ids, nexts],
    )
    return _reminders(ids) - before


def _may_end_by_itself(limit: Limit, now: datetime) -> bool:
    """Whether the sweep may be about to end it: it passed since the last look, and its passing calls for an act.

    What comes after the end is then said at the next look only, so that an outage says no more than a clock that never
    stood.
    """
    looked_at = limit.remind_at or now
    return (limit.procedure, limit.rule) in wiring() and looked_at < limit.due_at <= now


def _reminders(limits: Sequence[int]) -> int:
    return Reminder.objects.filter(limit__in=limits).count()


def _urgent(page: Iterable[Limit]) -> set[int]:
    """The limits of urgent matters: of an urgent complaint, or of a case with one."""
    complaints = {x.complaint_id for x in page if x.complaint_id is not None}
    cases = {x.case_id for x in page if x.case_id is not None}
    rows = Complaint.objects.exclude(urgent="")
    of_complaint = set(rows.filter(pk__in=complaints).values_list("pk", flat=True))
    of_case = set(rows.filter(case__in=cases).values_list("case_id", flat=True))
    return {x.pk for x in page if x.complaint_id in of_complaint or x.case_id in of_case}


def _silent(page: Iterable[Limit]) -> set[int]:
    """The limits that say nothing now: of a complaint not registered yet (imported drafts), and those that stand
    still.
    """
    subjects = {x.subject for x in page if x.procedure == "intake"}
    drafts = set(
        Intake.objects.filter(public_id__in=subjects, state=Intake.State.DRAFT).values_list("public_id", flat=True)
    )
    paused = set(
        LimitPause.objects.filter(limit__in=[x.pk for x in page], last=None).values_list("limit_id", flat=True)
    )
    return {x.pk for x in page if x.pk in paused or x.subject in drafts}


# --- posting ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Posted:
    """What one run handed to the mailroom; `dropped` were for limits that ended before anybody was told."""

    notices: int = 0
    reminders: int = 0
    dropped: int = 0


def working_hours(now: datetime, calendar: Calendar) -> bool:
    """Whether people are at work: a working day from half past eight to six."""
    local = now.astimezone(clock.SHANGHAI)
    return calendar.works(local.date()) and OPENS <= local.time() < CLOSES


def post_planned(now: datetime) -> Posted:
    """Post what is planned and not posted yet, in one transaction: a digest per addressee, what cannot wait by itself.

    Only one posts at a time; who comes second finds nothing left.
    """
    posted = Posted()
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_DIGEST_LOCK])
            if not cursor.fetchone()[0]:
                return posted
        waiting = Reminder.objects.filter(posted_at__isnull=True, dropped_at__isnull=True)
        if not working_hours(now, load_calendar()):
            waiting = waiting.filter(at_once=True)
        rows = list(
            waiting.select_related("limit__case__bureau", "limit__case__employer", "limit__complaint__bureau").order_by(
                "id"
            )[:POSTED_AT_ONCE]
        )
        told = [r for r in rows if r.limit.stopped_at is None]
        dropped = [r.pk for r in rows if r.limit.stopped_at is not None]
        drafts = drafts_of(told, now)
        if drafts:
            post(drafts)
        Reminder.objects.filter(pk__in=[r.pk for r in told]).update(posted_at=now)
        Reminder.objects.filter(pk__in=dropped).update(dropped_at=now)
        posted.notices, posted.reminders, posted.dropped = len(drafts), len(told), len(dropped)
    return posted


# --- one tick ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Ticked:
    """What one tick of the reminders did."""

    planned: Planned = field(default_factory=Planned)
    posted: Posted = field(default_factory=Posted)
    alarmed: bool = False


def remind(now: datetime) -> Ticked:
    """One tick: plan what has fallen due, post it, and look whether the calendar is there.

    Late, twice or at once: the same.
    """
    ticked = Ticked(plan(now))
    for _ in range(10):
        one = post_planned(now)
        ticked.posted.notices += one.notices
        ticked.posted.reminders += one.reminders
        ticked.posted.dropped += one.dropped
        if one.reminders + one.dropped < POSTED_AT_ONCE:
            break
    if working_hours(now, load_calendar()):
        ticked.alarmed = alarm_of_the_calendar(now)
    if ticked.posted.notices:
        log.info("reminders: %d planned, %d posted in %d notices", ticked.planned.fresh, ticked.posted.reminders,
                 ticked.posted.notices)  # fmt: skip
    return ticked
