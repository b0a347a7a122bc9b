"""Why this date: a running or ended limit taken apart, day by day, from its row and under the calendar as it stood.

Counts again and shows what came of it; what the row says and what counting says are the same, or `agrees` is false.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from workflows import clock
from workflows.casefile.case import Case
from workflows.casefile.complaint import Complaint
from workflows.clocks import Limit
from workflows.law.calendar import calendar_at
from workflows.law.counting import CannotCount, Day
from workflows.law.limits import SET_DATES
from workflows.law.limits import rule as rule_of
from workflows.law_settings import LATER, TOGETHER, breach_choices, breaches
from workflows.procedures.police_transfer import PoliceTransfer
from workflows.reading.access import Purpose, visible_to
from workflows.recompute import ACT
from workflows.record import Event
from workflows.recount import Recount, extensions_of, pauses_of
from workflows.roles import Actor


@dataclass(frozen=True, slots=True)
class Beside:
    """A limit of another law for the same duty."""

    rule: str
    name: str
    article: str
    due_on: date
    target: bool
    counts: bool


@dataclass(frozen=True, slots=True)
class Change:
    """One time the date moved without anybody's act on the case: old, new, because."""

    at: datetime
    before: str
    after: str
    because: str


@dataclass(frozen=True, slots=True)
class Why:
    """What a page and the API say of one date. `days` is empty for a date somebody set."""

    limit: UUID
    rule: str
    version: int
    name: str
    law: str
    article: str
    region: str
    period: str
    confidence: str
    confirmed: bool
    confirmed_document: str
    verified: bool
    started_at: datetime
    due_at: datetime
    due_on: date
    target_on: date | None
    earliest_on: date | None
    provisional: bool
    in_force: bool
    calendar_version: int
    notices: tuple[tuple[int, str], ...]
    days: tuple[Day, ...]
    pauses: tuple[tuple[date, date | None, str, str], ...]
    extensions: tuple[tuple[int | None, date | None, str, str], ...]
    beside: tuple[Beside, ...]
    breach: bool
    changes: tuple[Change, ...]
    agrees: bool

    @property
    def counted(self) -> int:
        """How many days count."""
        return sum(day.counted for day in self.days)

    @property
    def set_by_somebody(self) -> bool:
        """Whether an officer or a paper set the date."""
        return self.rule in SET_DATES


def limits_seen_by(actor: Actor, purpose: Purpose = Purpose.WORK) -> QuerySet[Limit]:
    """The limits of the roots an actor may see; of a transfer also for those it was sent to."""
    transfers = visible_to(actor, PoliceTransfer, purpose).values("public_id")
    return Limit.objects.filter(
        Q(case__in=visible_to(actor, Case, purpose))
        | Q(complaint__in=visible_to(actor, Complaint, purpose))
        | Q(procedure=PoliceTransfer.NAME, subject__in=transfers)
    )


def why(limit: Limit) -> Why:
    """Everything there is to say about one date. Six small queries at most."""
    choices = breach_choices()
    group = next((g for g in TOGETHER.values() if limit.rule in g.rules), None)
    together = _together(limit, group.rules) if group is not None else [limit]
    missed = {x.pk for x in breaches(together, clock.now(), choices)}
    extensions = tuple((x.length, x.until, x.approved_by, x.reason) for x in limit.extensions.order_by("id"))
    pauses = tuple((x.first, x.last, x.get_reason_display(), x.document) for x in limit.pauses.order_by("first"))
    common: dict[str, Any] = {
        "limit": limit.public_id, "rule": limit.rule, "version": limit.rule_version, "started_at": limit.started_at,
        "due_at": limit.due_at, "due_on": limit.due_on, "provisional": limit.provisional, "extensions": extensions,
        "pauses": pauses, "calendar_version": limit.calendar_version, "breach": limit.pk in missed,
        "changes": _changes(limit),
        "beside": _beside(limit, together, choices.get(group.id, LATER) if group is not None else LATER),
    }  # fmt: skip
    if limit.rule in SET_DATES:
        said = SET_DATES[limit.rule]
        return Why(
            **common, name=said.name, law=said.law, article=said.article, region="", period="", confidence="",
            confirmed=True, confirmed_document="", verified=True, target_on=None, earliest_on=None, in_force=True,
            notices=(), days=(), agrees=limit.due_on == limit.set_on,
        )  # fmt: skip
    law = rule_of(limit.rule, limit.rule_version)
    calendar = calendar_at(limit.calendar_version)
    recount = Recount(calendar, clock.today())
    try:
        due = recount.due(limit, extensions_of([limit]).get(limit.pk, ()), pauses_of([limit]).get(limit.pk, ()))
    except CannotCount:
        due = None
    days = due.days if due is not None else ()
    years = {day.date.year for day in days}
    return Why(
        **common,
        name=law.name,
        law=law.law,
        article=law.article,
        region=law.region,
        period=law.period,
        confidence=law.conf.label,
        confirmed=law.confirmed,
        confirmed_document=law.confirmed_document,
        verified=law.validity != "unverified",
        target_on=due.target_on if due is not None else None,
        earliest_on=due.earliest_on if due is not None else None,
        in_force=due.in_force if due is not None else True,
        notices=tuple((y, calendar.notices[y]) for y in sorted(years) if y in calendar.notices),
        days=days,
        agrees=due is not None and (due.due_at, due.due_on) == (limit.due_at, limit.due_on),
    )


def _together(limit: Limit, rules: Sequence[str]) -> list[Limit]:
    """The limits of other laws that started with this one for the same duty."""
    rows = Limit.objects.filter(rule__in=rules, started_at=limit.started_at, case=limit.case)
    return list(rows.filter(complaint=limit.complaint) if limit.case_id is None else rows)


def _beside(limit: Limit, together: Sequence[Limit], chosen: str) -> tuple[Beside, ...]:
    last, first = max(x.due_at for x in together), min(x.due_at for x in together)
    if len(together) < 2:
        return ()
    found = []
    for one in sorted(together, key=lambda x: (x.due_at, x.pk)):
        law = rule_of(one.rule, one.rule_version)
        counts = one.due_at == last if chosen == LATER else one.rule == chosen
        found.append(Beside(one.rule, law.name, law.article, one.due_on, one.due_at == first, counts))
    return tuple(found)


def _changes(limit: Limit) -> tuple[Change, ...]:
    found = []
    for event in Event.objects.filter(subject=limit.subject, act=ACT).order_by("id"):
        for _, public_id, before, after, _ in event.facts.get("recomputed", ()):
            if public_id == str(limit.public_id):
                found.append(Change(event.at, before, after, event.reason))
    return tuple(found)
