"""The Move: everything one request changes, worked out in memory, and `write`, the only function that touches the
tables.

Decide in Python, write once. Nothing here asks whether something is allowed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import models

from notifications.outbox import NoticeDraft, post
from workflows.action import Change, SetsDate, Starts, Step
from workflows.answers import Reply, mark
from workflows.casefile import statements
from workflows.casefile.case import Case
from workflows.clock import start_of
from workflows.clocks import SET_NEAREST, Limit
from workflows.law.calendar import load_calendar
from workflows.law.counting import Extension
from workflows.law.counting import limit as count
from workflows.law.limits import SET_DATES
from workflows.law.limits import rule as rule_of
from workflows.record import Event

#: parents before children: models not named here follow in the order in which they were added
_FIRST = ("Employer", "Project", "NumberSeries", "Complaint", "Case", "Intake", "Inspection", "JointReception",
          "PoliceTransfer", "Assignment", "Worker", "LedgerLine", "Evidence", "Paper", "FundUse")  # fmt: skip
_RANK = {name: rank for rank, name in enumerate(_FIRST)}
#: rows whose end makes room for a new one under a unique index: they are updated before anything is inserted
_MAKES_ROOM = ("Assignment",)


@dataclass
class Move:
    """Rows to insert and to update, events, limits and notices of one request; nothing is written yet."""

    changes: list[Change] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    started: list[Limit] = field(default_factory=list)
    stopped: list[Limit] = field(default_factory=list)
    notices: list[NoticeDraft] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    told: dict[str, Any] = field(default_factory=dict)
    opened: list[tuple[Any, str]] = field(default_factory=list)

    def rows(self, model: type[models.Model]) -> list[Any]:
        """The rows of a model that the move touches."""
        return [c.row for c in self.changes if isinstance(c.row, model)]


def write(move: Move) -> None:
    """Write a move inside the caller's transaction: rows, then events, limits, notices, replies to earlier ones."""
    fresh: dict[type[models.Model], list[models.Model]] = {}
    changed: dict[int, tuple[models.Model, set[str]]] = {}
    new: set[int] = set()
    for change in move.changes:
        model = type(change.row)
        if change.new:
            if id(change.row) not in new:
                new.add(id(change.row))
                fresh.setdefault(model, []).append(change.row)
        elif change.row.pk is not None:
            changed.setdefault(id(change.row), (change.row, set()))[1].update(change.fields)
    went_on = [(row, state, row.state) for row, state in move.opened if row.state != state]
    for (
        row,
        opened_in,
        _,
    ) in went_on:  # the database knows no arrow from nothing to a later state: open first, then go on
        row.__dict__["state"] = opened_in
    _update(entry for entry in changed.values() if type(entry[0]).__name__ in _MAKES_ROOM)
    for model in sorted(fresh, key=lambda m: _RANK.get(m.__name__, len(_RANK))):
        model._default_manager.bulk_create(fresh[model])
    for row, _, state in went_on:
        row.__dict__["state"] = state
        changed.setdefault(id(row), (row, set()))[1].add("state")
    _update(entry for entry in changed.values() if type(entry[0]).__name__ not in _MAKES_ROOM)
    statements.append(Event, move.events)
    # a limit that starts anew takes the place of the one it ends: first the end, then the start
    _update((x, {"stopped_at", "stopped_by", "outcome"}) for x in move.stopped if x not in move.started)
    statements.append(Limit, move.started)
    _keep_nearest(move)
    if move.notices:
        post(move.notices)
    mark(move.replies)


def _keep_nearest(move: Move) -> None:
    """Let the cases whose limits started, stopped or moved know which ends first; a limit that went from one case to
    another moves both, and both are roots of the move.
    """
    touched = [*move.started, *move.stopped, *move.rows(Limit)]
    if touched:
        cases = {x.case_id for x in touched} | {case.pk for case in move.rows(Case)}
        statements.run(SET_NEAREST, [sorted(pk for pk in cases if pk is not None)])


def _update(rows: Iterable[tuple[models.Model, Iterable[str]]]) -> None:
    """Save the named fields, rows of one shape together."""
    shapes: dict[tuple[type[models.Model], tuple[str, ...]], list[models.Model]] = {}
    for row, fields in rows:
        shapes.setdefault((type(row), tuple(sorted(fields))), []).append(row)
    for (_, fields), same in shapes.items():
        if len(same) == 1:
            statements.change(same[0], fields)
        else:
            statements.change_all(same, fields)


# --- limits ---------------------------------------------------------------------------------------------------------


def stop_limits(step: Step, move: Move, *, ended: bool) -> None:
    """Stop what the act's declaration stops and, at the end of the procedure, whatever of its own still runs."""
    _, subject = step.matter
    for stops in step.rule.stops:
        if (stops.served and stops.served != step.served) or (stops.when is not None and not stops.when(step)):
            continue
        about = stops.about(step) if stops.about is not None else None
        for x in _running(step, move):
            if x.rule == stops.rule and x.subject == subject and about in (None, x.about):
                _stop(x, step, move)
    if ended:
        for x in _running(step, move):
            if x.subject == step.subject.public_id and not outlives(x.rule):
                _stop(x, step, move)


def _running(step: Step, move: Move) -> list[Limit]:
    return [x for x in (*step.file.running, *move.started) if x.stopped_at is None]


def _stop(limit: Limit, step: Step, move: Move) -> None:
    limit.stopped_at, limit.stopped_by = step.at, step.event.public_id
    limit.outcome = Limit.Outcome.KEPT if step.at < limit.due_at else Limit.Outcome.MISSED
    move.stopped.append(limit)
    step.facts.setdefault("stopped", []).append([limit.rule, str(limit.public_id), limit.outcome])


def start_limits(step: Step, move: Move) -> None:
    """Start what the act's declaration starts."""
    for wired in step.rule.starts:
        if isinstance(wired, SetsDate):
            for day, about in wired.days(step):
                _start(step, move, set_limit(wired.rule, step.at, day), about)
        elif (not wired.served or wired.served == step.served) and (wired.when is None or wired.when(step)):
            moment = _moment(wired, step, move)
            if moment is not None:
                _start(step, move, law_limit(wired.rule, moment), wired.about(step) if wired.about else None)


def _moment(wired: Starts, step: Step, move: Move) -> datetime | None:
    if wired.after:
        ends = [x.due_on for x in move.started if x.rule in wired.after and x.subject == step.matter[1]]
        return start_of(max(ends)) if ends else None
    return step.at if wired.counted_from is None else wired.counted_from(step)


def law_limit(rule: str, moment: datetime, extensions: Sequence[Extension] = ()) -> Limit:
    """A limit of the rules counted from a moment: an unsaved row without a place in any file yet."""
    law = rule_of(rule)
    calendar = load_calendar()
    due = count(law, moment, calendar, (), extensions)
    return Limit(
        rule=rule,
        rule_version=law.version,
        calendar_version=calendar.version,
        started_at=moment,
        due_at=due.due_at,
        due_on=due.due_on,
        target_on=due.target_on or due.due_on,
        provisional=due.provisional,
    )


def set_limit(rule: str, moment: datetime, day: date) -> Limit:
    """A limit whose last day an officer or a paper set: an unsaved row."""
    if rule not in SET_DATES:
        raise KeyError(f"{rule} is no date that an officer or a paper sets")
    return Limit(
        rule=rule, started_at=moment, set_on=day, due_at=start_of(day + timedelta(days=1)), due_on=day, target_on=day
    )


def _start(step: Step, move: Move, limit: Limit, about: UUID | None) -> None:
    """Give a limit its place in the file; one of the same kind about the same thing that still runs ends with it."""
    limit.procedure, limit.subject = step.matter
    limit.case = step.file.case
    limit.complaint = step.file.complaint if limit.procedure == "intake" or limit.case is None else None
    limit.about, limit.started_by = about, step.event.public_id
    for x in _running(step, move):
        if x.rule == limit.rule and x.subject == limit.subject and about in (None, x.about):
            _stop(x, step, move)
    move.started.append(limit)
    step.facts.setdefault("started", []).append([limit.rule, str(limit.public_id), str(limit.due_on)])


def outlives(rule: str) -> bool:
    """Whether a limit goes on after the end of its procedure (BLK-06; the contractor's duty to top up, PAY-05)."""
    return SET_DATES[rule].outlives if rule in SET_DATES else rule_of(rule).outlives


def root_update(case_or_complaint: Any) -> Change:
    """The chain columns of a root that stands."""
    return Change(case_or_complaint, ("version", "head_hash"))
