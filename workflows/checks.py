"""System checks of the rulebook: a declaration that nobody enforces, or that the law contradicts, stops the start.

Reads declarations and our data files only, so that `manage.py check` needs no database. Fixes nothing.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.core.checks import Error
from django.db.models import CheckConstraint, Q

from workflows.action import ActionRule, Procedure, SetsDate, Starts
from workflows.law.instruments import article
from workflows.law.limits import SET_DATES
from workflows.law.rule import Rule
from workflows.notices import MATRIX
from workflows.procedures.registry import PROCEDURES
from workflows.roles import Role, Who
from workflows.rulebook import (
    all_rules,
    law_rules,
    owner_of,
    start_words,
    state_labels,
    stop_words,
    wired_limits,
    wired_starts,
    wired_stops,
)

FROM_PAPER = frozenset({"", "may", "only"})
_CHINESE = re.compile("[\u4e00-\u9fff]")


def findings(app_configs: Any = None, **kwargs: Any) -> list[Error]:
    """Everything that is wrong with the rulebook, procedure by procedure, then notices and limits."""
    laws = law_rules()
    found: list[Error] = []
    for procedure in PROCEDURES.values():
        found += states(procedure)
        found += acts(procedure)
        found += corrections(procedure)
    found += notices()
    for limit in sorted({*wired_limits(), *(rule.id for rule in laws.values() if rule.wired)}):
        found += wiring(limit, laws)
        found += runs_past_an_end(limit, laws)
    return found


def _error(number: int, message: str, obj: object) -> Error:
    return Error(message, obj=obj, id=f"workflows.E{number:03}")


def _called(rule: ActionRule) -> str:
    return f"{rule.procedure}.{rule.name}"


# --- states -----------------------------------------------------------------------------------------------------------


def states(procedure: type[Procedure]) -> Iterator[Error]:
    """Each state is reachable, leads to an end, has a public stage and is known to the database."""
    known = _states(procedure)
    for rule in procedure.rules():
        named = [str(s) for s in rule.sources] + ([] if rule.target is None else [str(rule.target)])
        for state in named:
            if state not in {"", *known}:
                # django-fsm's '*' and '+' would open arrows that no page and no guard of the database shows
                yield _error(1, f"{_called(rule)} names “{state}”, which is no state", procedure)
    forward: dict[str, set[str]] = {}
    back: dict[str, set[str]] = {}
    for rule in procedure.rules():
        for source in map(str, rule.sources):
            target = str(rule.target_from(source))
            forward.setdefault(source, set()).add(target)
            back.setdefault(target, set()).add(source)
    reached, ending = _closure({""}, forward), _closure(map(str, procedure.END_STATES), back)
    for state in known:
        if state not in reached:
            yield _error(2, f"no path leads to {procedure.NAME}.{state}", procedure)
        if state not in ending:
            yield _error(3, f"no path leads from {procedure.NAME}.{state} to an end", procedure)
        if not procedure.STAGES.get(state):
            yield _error(7, f"{procedure.NAME}.{state} has no public stage", procedure)
    for state in sorted({*map(str, procedure.STAGES), *map(str, procedure.END_STATES)} - set(known)):
        yield _error(7, f"{procedure.NAME} gives a stage or an end to “{state}”, which is no state", procedure)
    in_database = _states_of_the_constraint(procedure)
    if in_database != set(known):
        differing = "、".join(sorted(in_database ^ set(known)))
        yield _error(13, f"the CHECK constraint of {procedure.NAME} and its states differ: {differing}", procedure)


def _states(procedure: type[Procedure]) -> list[str]:
    return list(state_labels(procedure))


def _closure(start: Iterable[str], arrows: dict[str, set[str]]) -> set[str]:
    found = set(start)
    waiting = list(found)
    while waiting:
        fresh = arrows.get(waiting.pop(), set()) - found
        found |= fresh
        waiting += fresh
    return found


def _states_of_the_constraint(procedure: type[Procedure]) -> set[str]:
    for constraint in procedure._meta.constraints:
        if isinstance(constraint, CheckConstraint) and isinstance(constraint.condition, Q):
            for child in constraint.condition.children:
                if isinstance(child, tuple) and child[0] == "state__in":
                    return set(map(str, child[1]))
    return set()


# --- acts -------------------------------------------------------------------------------------------------------------


def acts(procedure: type[Procedure]) -> Iterator[Error]:
    """Each act has its article, people who exist, one rule per state, and notices and dates that can happen."""
    taken: set[tuple[str, str]] = set()
    for rule in procedure.rules():
        if not rule.law.strip() or any(not _CHINESE.search(article(part)) for part in rule.law.split(";")):
            yield _error(4, f"{_called(rule)} names no article that a lawyer could look up: “{rule.law}”", procedure)
        strangers = [w for w in rule.roles if w not in Role.values]
        if not rule.by or strangers:
            yield _error(11, f"{_called(rule)} is nobody's, or somebody's unknown: {strangers}", procedure)
        if rule.approval and rule.approval not in Role.values:
            yield _error(11, f"{_called(rule)} is approved by “{rule.approval}”, which is no role", procedure)
        if rule.from_paper not in FROM_PAPER:
            yield _error(
                11, f"{_called(rule)} may be recorded from a paper “{rule.from_paper}”: may or only", procedure
            )
        for source in map(str, rule.sources):
            if (rule.name, source) in taken:
                yield _error(
                    14, f"{_called(rule)} has two rules in “{source}”; only the first would ever run", procedure
                )
            taken.add((rule.name, source))
        for starts in rule.starts:
            if isinstance(starts, SetsDate) and starts.overdue:
                yield from _overdue(procedure, rule, starts)


def _overdue(procedure: type[Procedure], rule: ActionRule, starts: SetsDate) -> Iterator[Error]:
    found = procedure.acts().get(starts.overdue, [])
    if not any(_somebody(w) == Role.SYSTEM for other in found for w in other.by):
        yield _error(
            15, f"{_called(rule)}: once {starts.rule} has passed the system may not “{starts.overdue}”", procedure
        )


def _somebody(who: Role | Who) -> str:
    return who.role if isinstance(who, Who) else who


def corrections(procedure: type[Procedure]) -> Iterator[Error]:
    """Each correctable arrow has its reverse in `correct`, and `correct` reverses nothing else."""
    forward = {
        (str(source), str(rule.target_from(source))): rule
        for rule in procedure.rules()
        if rule.correctable
        for source in rule.sources
    }
    back = {
        (str(rule.target_from(source)), str(source))
        for rule in procedure.acts().get("correct", ())
        for source in rule.sources
    }  # fmt: skip
    for arrow, rule in forward.items():
        if arrow not in back:
            yield _error(
                12, f"{_called(rule)} is correctable, but nothing leads back from {arrow[1]} to {arrow[0]}", procedure
            )
    for arrow in sorted(back - set(forward)):
        yield _error(
            12,
            f"{procedure.NAME}.correct leads from {arrow[1]} to {arrow[0]}, which undoes no correctable act",
            procedure,
        )


# --- notices ----------------------------------------------------------------------------------------------------------


def notices() -> Iterator[Error]:
    """Every notice an act sends has its row in the matrix, and every row an act that sends it."""
    sent: dict[str, ActionRule] = {}
    for rule in all_rules():
        for sends in rule.sends:
            sent.setdefault(sends.notice, rule)
    for notice, rule in sent.items():
        if notice not in MATRIX:
            yield _error(5, f"{_called(rule)} sends {notice}, which has no row in the sharing matrix", rule)
    for notice in MATRIX:
        if notice not in sent:
            yield _error(6, f"the sharing matrix has a row {notice} that no act sends", MATRIX[notice])


# --- limits -----------------------------------------------------------------------------------------------------------


def wiring(limit: str, laws: Mapping[str, Rule]) -> Iterator[Error]:
    """The acts that start and stop a limit are, both ways, those of deadlines.yaml."""
    starts = [(rule, s) for rule, s in wired_starts(limit) if not (isinstance(s, Starts) and s.carried)]
    owed = laws.get(limit) or SET_DATES.get(limit)
    if not starts or (owed is not None and owed.ours and not wired_stops(limit)):
        yield _error(
            16, f"{limit} needs an act that starts it and, being ours, one that stops it before the end", limit
        )
    if limit in SET_DATES:
        for rule, s in starts:
            if isinstance(s, Starts):
                yield _error(8, f"{_called(rule)} starts {limit}, a date that only an officer or a paper sets", rule)
        return
    law = laws.get(limit)
    if law is None:
        rules = [rule for rule, _ in (*wired_starts(limit), *wired_stops(limit))]
        for rule in rules:
            yield _error(8, f"{_called(rule)} names {limit}, which is no limit of deadlines.yaml and no set date", rule)
        return
    for said, code, data in (
        ("started", start_words(limit), law.start if law.wired else ()),
        ("stopped", stop_words(limit), law.stopped_by if law.wired else ()),
    ):
        for word in sorted(code - set(data)):
            yield _error(9, f"{limit} is {said} by {word} in the code, not in deadlines.yaml", limit)
        for word in sorted(set(data) - code):
            yield _error(9, f"{limit} is {said} by {word} in deadlines.yaml, not in the code", limit)
    for rule, s in starts:
        if isinstance(s, SetsDate):
            yield _error(8, f"{_called(rule)} sets a day for {limit}, whose length is the law's", rule)
        else:
            yield from _terms(rule, s, law)


def _terms(rule: ActionRule, starts: Starts, law: Rule) -> Iterator[Error]:
    """Condition and starting point of one start, beside those of the data."""
    if bool(law.condition) != (starts.when is not None):
        yield _error(9, f"{_called(rule)} and deadlines.yaml differ about a condition (if) of {law.id}", rule)
    if law.counted_from and starts.counted_from is None:
        yield _error(9, f"{_called(rule)} counts {law.id} from the act, deadlines.yaml from {law.counted_from}", rule)
    earlier = [
        s.rule for s in rule.starts[: rule.starts.index(starts)] if isinstance(s, Starts) and s.served == starts.served
    ]
    for other in starts.after:
        if other not in earlier:
            yield _error(
                9, f"{_called(rule)}: {other} must be started beside and before {law.id}, which follows it", rule
            )


#: a place on a path: state, and whether the limit runs
_Place = tuple[str, bool]


def runs_past_an_end(limit: str, laws: Mapping[str, Rule]) -> Iterator[Error]:
    """Walk every path: no limit of ours may run where the procedure ends, unless it outlives it and can be stopped.

    Limits do not touch each other, so each is walked alone: a place is a state and whether it runs. What depends on the
    case (`when`, `about`, a served paper) is walked both ways. As in the engine an act first stops, then the end of the
    procedure stops what does not outlive it, and only then the act starts.
    """
    law = laws.get(limit) or SET_DATES.get(limit)
    procedure = PROCEDURES.get(owner_of(limit))
    if law is None or procedure is None or not law.ours:
        return
    outlives = law.outlives
    for state, path in _ends_where_it_runs(procedure, limit, outlives):
        if not outlives:
            yield _error(10, f"{limit} still runs at the end {procedure.NAME}.{state}, by {path}", procedure)
        elif not any(_stops(rule, limit) is True for rule in procedure.rules() if state in rule.sources):
            yield _error(
                10, f"{limit} outlives {procedure.NAME}.{state}, by {path}, and no act there stops it", procedure
            )


def _ends_where_it_runs(procedure: type[Procedure], limit: str, outlives: bool) -> Iterator[tuple[str, str]]:
    """The end states at which a limit may run, each with a shortest path to it."""
    ends = set(map(str, procedure.END_STATES))
    start: _Place = ("", False)
    path: dict[_Place, tuple[str, ...]] = {start: ()}
    waiting = deque([start])
    while waiting:
        place = waiting.popleft()
        for word, after in _next(procedure, limit, place, ends, outlives):
            if after not in path:
                path[after] = (*path[place], word)
                waiting.append(after)
    for state in sorted(ends):
        if (state, True) in path:
            yield state, " → ".join(path[state, True])


def _next(
    procedure: type[Procedure], limit: str, place: _Place, ends: set[str], outlives: bool
) -> Iterator[tuple[str, _Place]]:
    state, running = place
    for rule in procedure.rules():
        if state in rule.sources:
            target = str(rule.target_from(state))
            stopped, started = _stops(rule, limit), _starts(rule, limit)
            left = {False} if stopped is True else {running, False} if stopped is None else {running}
            if target in ends and not outlives:
                left = {False}
            left = {True} if started is True else left | {True} if started is None else left
            for runs in sorted(left):
                yield rule.name, (target, runs)
    if state and not running and _served_elsewhere(procedure, limit):
        # the service of a paper is recorded in another procedure, at any time
        yield "service", (state, True)


def _stops(rule: ActionRule, limit: str) -> bool | None:
    """Whether an act stops a limit: surely, never, or (None) depending on the case."""
    found = [s for s in rule.stops if s.rule == limit]
    if any(s.when is None and s.about is None and not s.served for s in found):
        return True
    return None if found else False


def _starts(rule: ActionRule, limit: str) -> bool | None:
    """Whether an act starts a limit of its own procedure: surely, never, or (None) depending on the case."""
    found = [s for s in rule.starts if s.rule == limit and rule.procedure == owner_of(limit)]
    if any(isinstance(s, Starts) and s.when is None and not s.served for s in found):
        return True
    return None if found else False


def _served_elsewhere(procedure: type[Procedure], limit: str) -> bool:
    return any(rule.procedure != procedure.NAME for rule, _ in wired_starts(limit))
