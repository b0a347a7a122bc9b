"""What one person asks for and another answers: a year of the calendar, a decision about the law.

Owns the states of such a request and who can no longer answer it; who may ask and who may answer, and what a yes
brings about, belongs to the kinds of requests.
"""

from __future__ import annotations

from typing import TypeVar

from django.db import models, transaction
from django.db.models import F, Q

from workflows import clock
from workflows.casefile.officers import Officer
from workflows.casefile.personal import Identified
from workflows.errors import InvalidInput, NotPossibleNow, PermissionDenied
from workflows.roles import Actor

P = TypeVar("P", bound="Requested")


class Requested(Identified):
    """Asked for by one person, waiting for another's yes: requested → approved | refused | withdrawn."""

    class State(models.TextChoices):
        REQUESTED = "requested", "待审批"
        APPROVED = "approved", "已批准"
        REFUSED = "refused", "未批准"
        WITHDRAWN = "withdrawn", "已撤回"

    requested_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.REQUESTED)
    decided_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.TextField(blank=True)

    class Meta:
        abstract = True


def walls(name: str) -> list[models.CheckConstraint]:
    """What the database refuses of a table of requests: one's own yes, and a yes of nobody."""
    return [
        models.CheckConstraint(
            condition=Q(decided_by__isnull=True) | Q(state="withdrawn") | ~Q(decided_by=F("requested_by")),
            name=f"{name}_second_person",
        ),
        models.CheckConstraint(
            condition=~Q(state="approved") | Q(decided_by__isnull=False, decided_at__isnull=False),
            name=f"{name}_approved_by",
        ),
    ]


def answered(row: P, *, by: Actor, yes: bool, reason: str) -> P:
    """The request under its lock with the answer set, for the caller to save in the same transaction.

    Of two who answer at once the second finds it answered. Raises InvalidInput, NotPossibleNow.
    """
    if not yes and not reason.strip():
        raise InvalidInput({"reason": "不批准须写明理由"})
    fresh = _open(row)
    fresh.state = row.State.APPROVED if yes else row.State.REFUSED
    fresh.decided_by_id, fresh.decided_at, fresh.decision_reason = by.officer_id, clock.now(), reason.strip()
    return fresh


def withdraw(row: Requested, *, by: Actor) -> None:
    """Who asked for it takes it back. Raises PermissionDenied, NotPossibleNow."""
    if by.officer_id != row.requested_by_id:
        raise PermissionDenied("只有提出人可以撤回")
    with transaction.atomic(durable=True):
        fresh = _open(row)
        fresh.state, fresh.decided_at = row.State.WITHDRAWN, clock.now()
        fresh.save()
    row.__dict__.update(fresh.__dict__)


def _open(row: P) -> P:
    rows = type(row)._default_manager.select_for_update(of=("self",)).select_related("requested_by")
    fresh = rows.get(pk=row.pk)
    if fresh.state != row.State.REQUESTED:
        raise NotPossibleNow(f"已有结果：{fresh.get_state_display()}")
    return fresh
