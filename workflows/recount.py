"""Counting a limit from its row: the one place where a row, its extensions and its pauses become a date again.

Knows no procedure and writes nothing, so that acts, recomputation, invariants and the explanation all ask here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from workflows import clock
from workflows.clocks import Limit, LimitExtension, LimitPause
from workflows.law.counting import Due, Extension, Pause, legal_day
from workflows.law.counting import limit as count
from workflows.law.days import Calendar
from workflows.law.limits import rule as rule_of
from workflows.law.rule import Unit

#: the columns of a limit that counting again sets
FIELDS = ("due_at", "due_on", "target_on", "provisional", "calendar_version", "remind_at")


class Recount:
    """Counts limits from their rows under one calendar; what starts alike is counted once."""

    def __init__(self, calendar: Calendar, today: date) -> None:
        self.calendar = calendar
        self._known: dict[Any, Due] = {}
        self._today = today

    def due(self, limit: Limit, extensions: Sequence[Extension] = (), pauses: Sequence[Pause] = ()) -> Due:
        """When the limit ends. Raises UnknownRule and CannotCount."""
        law = rule_of(limit.rule, limit.rule_version)
        start = limit.started_at if law.unit is Unit.HOURS else legal_day(limit.started_at)
        key = (limit.rule, limit.rule_version, start, tuple(extensions), tuple(pauses))
        if key not in self._known:
            now = clock.start_of(self._today)
            self._known[key] = count(law, limit.started_at, self.calendar, pauses, extensions, now=now)
        return self._known[key]

    def differs(self, limit: Limit, extensions: Sequence[Extension], pauses: Sequence[Pause]) -> Due | None:
        """The date as it should be, or None when it stands as it should."""
        due = self.due(limit, extensions, pauses)
        should = (due.due_at, due.due_on, due.target_on or due.due_on, due.provisional)
        return None if should == (limit.due_at, limit.due_on, limit.target_on, limit.provisional) else due


def set_due(limit: Limit, due: Due, calendar_version: int) -> None:
    """Put a date into the row (`FIELDS`); the reminders look at it afresh."""
    limit.due_at, limit.due_on, limit.target_on = due.due_at, due.due_on, due.target_on or due.due_on
    limit.provisional, limit.calendar_version, limit.remind_at = due.provisional, calendar_version, clock.now()


def extensions_of(limits: Iterable[Limit]) -> dict[int, list[Extension]]:
    """The granted extensions of these limits."""
    found: dict[int, list[Extension]] = {}
    rows = LimitExtension.objects.filter(limit__in=[x.pk for x in limits]).order_by("id")
    for limit_id, length, until in rows.values_list("limit_id", "length", "until"):
        found.setdefault(limit_id, []).append(Extension(length, until))
    return found


def pauses_of(limits: Iterable[Limit]) -> dict[int, list[Pause]]:
    """The pauses of these limits."""
    found: dict[int, list[Pause]] = {}
    rows = LimitPause.objects.filter(limit__in=[x.pk for x in limits]).order_by("first")
    for limit_id, first, last, reason in rows.values_list("limit_id", "first", "last", "reason"):
        found.setdefault(limit_id, []).append(Pause(first, last, reason))
    return found
