"""The sweep: what the clockwork does because a date has passed (责令期满未付, 协议到期未履行).

Asks the rows `due_at <= now`, never a timer: it may run twice, late, or in two processes at once, and the same acts
come out. Which limit leads to which act is declared where the limit is wired (`SetsDate.overdue`); the act itself
goes through `perform`, so its guards decide and an order that was never served does not expire.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from types import MappingProxyType
from uuid import UUID

from celery.exceptions import SoftTimeLimitExceeded
from django.db.models import QuerySet

from workflows.action import Procedure, SetsDate
from workflows.clocks import Limit
from workflows.errors import Refusal
from workflows.perform import perform
from workflows.procedures.registry import PROCEDURES
from workflows.roles import SYSTEM

log = logging.getLogger(__name__)

#: rows of one look at the table, and for how long one run goes on looking: less than the task's soft limit
PAGE = 200
SECONDS = 20.0


@dataclass(slots=True)
class Swept:
    """What one run did. `done` and `refused` name act and procedure's public id; `failed` ended in an error of ours.

    `overtaken`: somebody else ended the limit between our look and our lock. `drained` is false when time ran out.
    """

    done: list[tuple[str, UUID]] = field(default_factory=list)
    refused: list[tuple[str, UUID]] = field(default_factory=list)
    failed: list[tuple[str, UUID]] = field(default_factory=list)
    overtaken: int = 0
    drained: bool = False

    @property
    def looked_at(self) -> int:
        """How many procedures were overdue at the time of the look."""
        return len(self.done) + len(self.refused) + len(self.failed) + self.overtaken

    def __str__(self) -> str:
        acts = ", ".join(f"{count} {act}" for act, count in sorted(Counter(act for act, _ in self.done).items()))
        return (
            f"{self.looked_at} overdue: {acts or 'nothing'} performed, {len(self.refused)} refused, "
            f"{self.overtaken} overtaken, {len(self.failed)} failed{'' if self.drained else ', more is left'}"
        )


def sweep(now: datetime, *, seconds: float = SECONDS) -> Swept:
    """Perform what is overdue at `now`, newest first, each procedure at most once a run.

    Newest first, because what cannot happen yet (an order that is not served) stays overdue for good and must never
    stand in the way of what can. A refusal or an error of one case stops no other; the next run asks again.
    """
    swept = Swept()
    until = time.monotonic() + seconds
    seen: set[UUID] = set()
    after: Limit | None = None
    while page := list(overdue(now, after)[:PAGE]):
        subjects = _subjects(page)
        for limit in page:
            if time.monotonic() >= until:
                return _told(swept)
            if limit.subject not in seen:
                seen.add(limit.subject)
                _perform(limit, subjects.get(limit.subject), swept)
        after = page[-1]
    swept.drained = True
    return _told(swept)


def overdue(now: datetime, after: Limit | None = None) -> QuerySet[Limit]:
    """The running limits whose passing calls for an act, newest first, from below `after` on: on the index
    `limit_due`.
    """
    rows = Limit.objects.filter(stopped_at__isnull=True, due_at__lte=now, rule__in={rule for _, rule in wiring()})
    if after is not None:
        rows = rows.filter(due_at__lte=after.due_at).exclude(due_at=after.due_at, pk__gte=after.pk)
    return rows.order_by("-due_at", "-id")


@cache
def wiring() -> Mapping[tuple[str, str], str]:
    """Procedure and kind of limit → the act that follows when it has passed, as the procedures declare it."""
    return MappingProxyType(
        {
            (rule.procedure, wired.rule): wired.overdue
            for procedure in PROCEDURES.values()
            for rule in procedure.rules()
            for wired in rule.starts
            if isinstance(wired, SetsDate) and wired.overdue
        }
    )


def _subjects(limits: Sequence[Limit]) -> dict[UUID, Procedure]:
    """The procedures of these limits, by public id."""
    wanted: dict[str, set[UUID]] = {}
    for limit in limits:
        wanted.setdefault(limit.procedure, set()).add(limit.subject)
    return {
        row.public_id: row
        for name, ids in wanted.items()
        for row in PROCEDURES[name]._default_manager.filter(public_id__in=ids)
    }


def _perform(limit: Limit, subject: Procedure | None, swept: Swept) -> None:
    act = wiring().get((limit.procedure, limit.rule))
    if act is None or subject is None:  # the same kind of date of another procedure calls for nothing
        return
    entry = (act, limit.subject)
    try:
        perform(subject, act, by=SYSTEM)
    except Refusal as refused:
        if Limit.objects.filter(pk=limit.pk, stopped_at__isnull=True).exists():
            swept.refused.append(entry)
            log.debug("%s of %s refused: %s", act, limit.subject, type(refused).__name__)
        else:
            swept.overtaken += 1
    except SoftTimeLimitExceeded:
        raise
    except Exception as trouble:  # one broken case must not keep every other order from expiring
        swept.failed.append(entry)
        log.error("%s of %s failed: %s", act, limit.subject, type(trouble).__name__)
    else:
        swept.done.append(entry)


def _told(swept: Swept) -> Swept:
    # what is only refused will be refused every twenty seconds until somebody serves the order: no news
    log.log(logging.INFO if swept.done or swept.failed else logging.DEBUG, "sweep: %s", swept)
    return swept
