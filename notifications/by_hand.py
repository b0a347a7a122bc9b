"""What a person does about a delivery that the machine gave up: try again, or confirm that it arrived another way.

Both leave a row with the reason. Who may is the caller's matter; paper is always confirmed here.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from notifications.channels.inbox import mark_delivered
from notifications.delivery import (
    AttemptStatus,
    Delivery,
    DeliveryAttempt,
    DeliveryDecision,
    DeliveryState,
    MailTask,
)
from notifications.notice import canonical, sha256

#: how many further tries "try again" allows
MORE_TRIES = 6
_GIVEN_UP = (DeliveryState.DEAD, DeliveryState.HELD)


class NotGivenUp(Exception):
    """The delivery does not wait for a person: it is on its way, or done."""


@dataclass(frozen=True, slots=True)
class Hand:
    """Who decides: name, opaque reference, agency."""

    name: str
    ref: str
    agency: str


@dataclass(frozen=True, slots=True)
class Service:
    """How a letter arrived without us: who took it, when, on what proof (送达回证, a photograph, a call noted)."""

    received_by: str
    served_at: datetime
    proof: str


def try_again(delivery: Delivery, *, by: Hand, reason: str, at: datetime) -> Delivery:
    """Send it again, with more tries. A held one may arrive twice: that is what the person decides.

    Raises NotGivenUp. Wake the mailroom after the commit (`tasks.nudge`).
    """
    with transaction.atomic():
        held = _given_up(delivery)
        _decided(held, DeliveryDecision.What.TRY_AGAIN, by, reason, at, None)
        Delivery.objects.filter(pk=held.pk).update(
            state=DeliveryState.PENDING, next_at=Now(), attempts_allowed=F("attempts") + MORE_TRIES
        )
    return Delivery.objects.get(pk=held.pk)


def confirm(delivery: Delivery, *, by: Hand, service: Service, reason: str, at: datetime) -> Delivery:
    """Note that it arrived; the person's word, with the proof, is the receipt. Raises NotGivenUp."""
    with transaction.atomic():
        held = _given_up(delivery)
        _decided(held, DeliveryDecision.What.CONFIRM, by, reason, at, service)
        told = {"confirmed_by": by.name, "agency": by.agency, "at": at, "received_by": service.received_by,
                "served_at": service.served_at, "proof": service.proof}  # fmt: skip
        receipt = canonical(told).encode()
        for status in (AttemptStatus.BY_HAND, AttemptStatus.DELIVERED):
            DeliveryAttempt.objects.bulk_create(
                [
                    DeliveryAttempt(
                        delivery=held,
                        number=max(held.attempts, 1),
                        worker=by.ref,
                        started_at=at,
                        status=status,
                        request_sha256=held.payload_sha256,
                        response_sha256=sha256(receipt),
                    )
                ],
                ignore_conflicts=True,  # paper was handed to a person once already
            )
        Delivery.objects.filter(pk=held.pk).update(
            state=DeliveryState.DONE, done_at=Now(), receipt=receipt, last_error=""
        )
        mark_delivered(held.notice_id, at=service.served_at)
    return Delivery.objects.get(pk=held.pk)


def _given_up(delivery: Delivery) -> Delivery:
    held = Delivery.objects.select_for_update().get(pk=delivery.pk)
    if held.state not in _GIVEN_UP:
        raise NotGivenUp(held.state)
    return held


def _decided(
    delivery: Delivery,
    what: DeliveryDecision.What,
    by: Hand,
    reason: str,
    at: datetime,
    service: Service | None,
) -> None:
    row = DeliveryDecision(
        delivery=delivery,
        what=what,
        by_name=by.name,
        by_ref=by.ref,
        by_agency=by.agency,
        reason=reason,
        decided_at=at,
    )
    if service is not None:
        row.received_by, row.served_at, row.proof = service.received_by, service.served_at, service.proof
    row.save(force_insert=True)
    MailTask.objects.filter(delivery=delivery, closed_at=None).update(
        closed_at=at, closed_by_ref=by.ref, closed_note=f"{what}: {reason}"[:500]
    )
