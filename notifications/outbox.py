"""The outbox: notices are posted inside the caller's transaction and sent later, each once in effect, with proof.

`post` writes; `deliver_due` sends. One try is: claim (a transaction of its own that counts the attempt and takes a
lease) → send, outside any transaction → write the outcome (another one). A worker may be killed between any two of
them: the row stays pending, its lease runs out on the database's clock, and the next worker finds it. Deliveries are
claimed one at a time, so that a payload that kills its worker uses up no attempt but its own, and no lease has to
outlast more than one send.
"""

import logging
import os
import random
import socket
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, connections, transaction
from django.db.models.functions import Now
from django.utils.module_loading import import_string

from notifications.channels import AmbiguousOutcome, Channel, Failure, PermanentRefusal, Repeat, Sent
from notifications.channels.inbox import Inbox, mark_delivered
from notifications.delivery import AttemptStatus, Delivery, DeliveryAttempt, DeliveryState, MailTask
from notifications.ids import uuid7
from notifications.notice import Notice, RecipientKind, plain, sha256
from notifications.posts import Person, Post

log = logging.getLogger(__name__)

CHANNELS: dict[str, Channel] = {channel.name: channel for channel in (Inbox(),)}

LEASE_SECONDS = 60  # connect 3 s + read 10 s < task 30/45 s < lease
FIRST_DELAY = timedelta(seconds=5)
LONGEST_DELAY = timedelta(hours=1)
TASK_DAYS = 1
_LEGAL_ZONE = ZoneInfo("Asia/Shanghai")


# --- posting


@dataclass(frozen=True, slots=True)
class Attachment:
    """A paper that goes with a notice, by name and hash; the bytes stay with their owner."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeDraft:
    """A notice as decided, before it is frozen.

    `to` is whom it is for, `sender` the post that gets the task if it cannot be delivered. `slot` tells apart two
    notices of one kind to one addressee on one event. `fields` holds text, whole numbers, money, dates; never a
    float.
    """

    kind: str
    to: Post | Person
    sender: Post
    event_ref: str
    subject_ref: str
    title: str
    text: str
    basis: str
    purpose: str
    posted_at: datetime
    subject_label: str = ""
    fields: Mapping[str, object] = field(default_factory=dict)
    attachments: Sequence[Attachment] = ()
    answer_due_on: date | None = None
    slot: str = ""
    channels: tuple[str, ...] = (Inbox.name,)

    def __post_init__(self) -> None:
        for name in ("kind", "event_ref", "subject_ref", "title", "text", "basis", "purpose"):
            if not getattr(self, name):
                raise ValueError(f"a notice needs {name}")
        if not self.channels:
            raise ValueError("a notice needs a channel")
        if self.posted_at.tzinfo is None:
            raise ValueError("posted_at needs its time zone")

    @property
    def key(self) -> str:
        """What makes it this notice and no other."""
        return "|".join(part for part in (self.event_ref, self.kind, str(self.to), self.slot) if part)


def rows_for(drafts: Sequence[NoticeDraft]) -> tuple[list[Notice], list[Delivery]]:
    """The rows that post these drafts: words frozen, hashes taken, keys made. Pure; nothing is read or written.

    Both lists may be inserted as they are: a notice has its id already, a delivery takes the database's defaults.
    """
    notices, deliveries = [], []
    for draft in drafts:
        notice = _notice(draft)
        notices.append(notice)
        for name in draft.channels:
            payload = CHANNELS[name].render(notice)
            deliveries.append(
                Delivery(
                    key=f"{notice.key}|{name}",
                    notice=notice,
                    channel=name,
                    payload=payload,
                    payload_sha256=sha256(payload),
                )
            )
    return notices, deliveries


def post(drafts: Sequence[NoticeDraft], *, using: str = "default") -> list[Notice]:
    """Post these notices in the transaction of the act that causes them: both happen or neither. Two statements.

    Raises IntegrityError if one of them was posted before.
    """
    if not connections[using].in_atomic_block:
        raise transaction.TransactionManagementError("a notice is posted inside the transaction of its act")
    notices, deliveries = rows_for(drafts)
    Notice.objects.using(using).bulk_create(notices)
    Delivery.objects.using(using).bulk_create(deliveries)
    return notices


def _notice(draft: NoticeDraft) -> Notice:
    to = draft.to
    match to:
        case Post():
            recipient = {
                "recipient_kind": RecipientKind.POST,
                "recipient_agency": to.agency,
                "recipient_role": to.role,
            }
        case Person():
            recipient = {
                "recipient_kind": RecipientKind.PERSON,
                "recipient_ref": to.ref,
                "recipient_name": to.name,
                "recipient_address_kind": to.address_kind,
            }
    notice = Notice(
        public_id=uuid7(),
        key=draft.key,
        kind=draft.kind,
        event_ref=draft.event_ref,
        subject_ref=draft.subject_ref,
        subject_label=draft.subject_label,
        sender_agency=draft.sender.agency,
        sender_role=draft.sender.role,
        basis=draft.basis,
        purpose=draft.purpose,
        title=draft.title,
        fields=plain(draft.fields),
        text=draft.text,
        attachments=[{"name": item.name, "sha256": item.sha256} for item in draft.attachments],
        posted_at=draft.posted_at,
        answer_due_on=draft.answer_due_on,
        **recipient,
    )
    notice.content_sha256 = notice.fingerprint()
    return notice


# --- delivering


@dataclass(slots=True)
class Round:
    """What one call of `deliver_due` did. `dead` and `held` name the deliveries that now wait for a person."""

    done: int = 0
    retried: int = 0
    dead: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    drained: bool = False  # nothing was left that is due


@dataclass(frozen=True, slots=True)
class _Claim:
    """One try in the hands of one worker."""

    worker: str
    delivery_id: int
    notice_id: UUID
    key: str
    channel: str
    payload: str
    payload_sha256: str
    number: int
    allowed: int
    started_at: datetime


def deliver_due(
    *, limit: int = 200, seconds: float = 20.0, worker: str = "", clock: Callable[[], datetime] | None = None
) -> Round:
    """Send what is due, one after the other, until nothing is due, `limit` tries are made or `seconds` are over.

    Any number of workers may run at once. Must not be called inside a transaction. `clock` gives business time
    (arrivals, tasks); by default the one named in the setting NOTIFICATIONS_CLOCK.
    """
    if connection.in_atomic_block:
        raise RuntimeError("deliveries are sent outside every transaction")
    worker = worker or f"{socket.gethostname()}:{os.getpid()}:{random.getrandbits(32):08x}"
    clock = clock or business_now
    result = Round()
    _give_up_lost_tries(result, clock)
    until = time.monotonic() + seconds
    for _count in range(limit):
        if time.monotonic() >= until:
            return result
        claim = _claim(worker)
        if claim is None:
            result.drained = True
            return result
        _try(claim, result, clock)
    return result


def backoff(attempts: int, spread: float) -> timedelta:
    """How long to wait after so many tries: 5 s doubled with each, at most an hour, times a spread of 0.5 to 1.5."""
    return min(LONGEST_DELAY, FIRST_DELAY * 2 ** min(attempts, 20)) * spread


def business_now() -> datetime:
    """Business time, told by the callable that the setting NOTIFICATIONS_CLOCK names; without one, the database's time.

    The clock belongs to the rulebook, which the mailroom may not import.
    """
    named = getattr(settings, "NOTIFICATIONS_CLOCK", "")
    if named:
        return import_string(named)()
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        return cursor.fetchone()[0]


_CLAIM = """
WITH due AS (
    SELECT id, attempts, lease_by, lease_until
      FROM notifications_delivery
     WHERE state = 'pending' AND next_at <= now() AND attempts < attempts_allowed
       AND (lease_until IS NULL OR (lease_until < now() AND channel <> ALL(%(unrepeatable)s)))
     ORDER BY next_at, id
     LIMIT 1
       FOR UPDATE SKIP LOCKED
), lost AS (
    INSERT INTO notifications_deliveryattempt
           (delivery_id, number, worker, started_at, status, peer_status, request_sha256, response_sha256, error)
    SELECT id, attempts, lease_by, lease_until - %(lease)s * interval '1 second', 'lost', '', '', '', 'lease ran out'
      FROM due WHERE lease_until IS NOT NULL
)
UPDATE notifications_delivery d
   SET attempts = d.attempts + 1, lease_by = %(worker)s, lease_until = now() + %(lease)s * interval '1 second'
  FROM due
 WHERE d.id = due.id
RETURNING d.id, d.notice_id, d.key, d.channel, d.payload, d.payload_sha256, d.attempts, d.attempts_allowed, now()
"""


def _unrepeatable() -> list[str]:
    return [name for name, channel in CHANNELS.items() if channel.repeat is Repeat.NEVER]


def _claim(worker: str) -> _Claim | None:
    """The delivery that has been due longest, counted and leased; one statement, committed before anything is sent."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"unrepeatable": _unrepeatable(), "lease": LEASE_SECONDS, "worker": worker})
        row = cursor.fetchone()
    return _Claim(worker, *row) if row else None


def _try(claim: _Claim, result: Round, clock: Callable[[], datetime]) -> None:
    try:
        sent = _send(claim, clock())
    except Failure as failure:
        _fail(claim, failure, result, clock)
    except Exception as error:
        # A fault of ours may have struck after the other side took it, so it counts as ambiguous. Only the type is
        # kept: the text of an unknown error can quote the payload.
        kind, place = type(error).__name__, traceback.extract_tb(error.__traceback__)[-1]
        log.error("delivery %s: %s at %s:%s", claim.delivery_id, kind, place.filename, place.lineno)
        _fail(claim, AmbiguousOutcome(kind), result, clock)
    else:
        _finish(claim, sent, result, clock)


def _send(claim: _Claim, at: datetime) -> Sent:
    channel = CHANNELS.get(claim.channel)
    if channel is None:
        raise PermanentRefusal(f"there is no channel {claim.channel}")
    if sha256(claim.payload) != claim.payload_sha256:
        raise PermanentRefusal("the payload is no longer what was posted")
    if channel.repeat is Repeat.QUERY and claim.number > 1:
        found = channel.find(claim.key)
        if found is not None:
            return found
    return channel.send(claim.payload, claim.key, at=at)


def _finish(claim: _Claim, sent: Sent, result: Round, clock: Callable[[], datetime]) -> None:
    """Write the success; whoever got it may, even after his lease ran out or the delivery was given up meanwhile."""
    at = clock()
    outcome = {"state": DeliveryState.DONE, "done_at": Now(), "receipt": sent.receipt, "last_error": "", **_NO_LEASE}
    with transaction.atomic(durable=True):
        _record(claim, AttemptStatus.DELIVERED, sent.peer_status, sent.response or sent.receipt)
        deliveries = Delivery.objects.filter(pk=claim.delivery_id)
        if deliveries.filter(state=DeliveryState.PENDING).update(**outcome):
            result.done += 1
        elif deliveries.filter(state__in=[DeliveryState.DEAD, DeliveryState.HELD]).update(**outcome):
            result.done += 1
            MailTask.objects.filter(delivery=claim.delivery_id, closed_at=None).update(
                closed_at=at, closed_note="the answer came late: it was delivered"
            )
        mark_delivered(claim.notice_id, at=at)


def _fail(claim: _Claim, failure: Failure, result: Round, clock: Callable[[], datetime]) -> None:
    """Write the failure: try again later, give up, or stop and let a person find out. Only the leaseholder may."""
    channel = CHANNELS.get(claim.channel)
    state = DeliveryState.PENDING
    if failure.status == AttemptStatus.AMBIGUOUS and channel is not None and channel.repeat is Repeat.NEVER:
        state = DeliveryState.HELD
    elif failure.status == AttemptStatus.REFUSED or claim.number >= claim.allowed:
        state = DeliveryState.DEAD
    error = str(failure)[:500]
    delay = backoff(claim.number, random.uniform(0.5, 1.5))  # noqa: S311 - spreads a storm, keeps no secret
    at = clock()
    with transaction.atomic(durable=True):
        _record(claim, failure.status, failure.peer_status, failure.response, error)
        mine = Delivery.objects.filter(
            pk=claim.delivery_id, state=DeliveryState.PENDING, lease_by=claim.worker, attempts=claim.number
        )
        if not mine.update(state=state, next_at=Now() + delay, last_error=error, **_NO_LEASE):
            return
        if state == DeliveryState.PENDING:
            result.retried += 1
        else:
            _hand_to_a_person(claim.delivery_id, claim.key, state, error, result, at)


def _give_up_lost_tries(result: Round, clock: Callable[[], datetime]) -> None:
    """Set aside what a stopped worker left and nobody may try again: the last allowed try (dead), or any try on a
    channel
    where a repetition could be a second delivery (held)."""
    unrepeatable = _unrepeatable()
    at = clock()
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(_LOST, {"unrepeatable": unrepeatable, "lease": LEASE_SECONDS})
        for delivery_id, key, state in cursor.fetchall():
            _hand_to_a_person(delivery_id, key, state, "the worker stopped during the try", result, at)


_LOST = """
WITH stuck AS (
    SELECT id, attempts, lease_by, lease_until
      FROM notifications_delivery
     WHERE state = 'pending' AND lease_until < now()
       AND (attempts >= attempts_allowed OR channel = ANY(%(unrepeatable)s))
     LIMIT 100
       FOR UPDATE SKIP LOCKED
), lost AS (
    INSERT INTO notifications_deliveryattempt
           (delivery_id, number, worker, started_at, status, peer_status, request_sha256, response_sha256, error)
    SELECT id, attempts, lease_by, lease_until - %(lease)s * interval '1 second', 'lost', '', '', '', 'lease ran out'
      FROM stuck
)
UPDATE notifications_delivery d
   SET state = CASE WHEN d.channel = ANY(%(unrepeatable)s) THEN 'held' ELSE 'dead' END,
       lease_by = '', lease_until = NULL, last_error = 'the worker stopped during the try'
  FROM stuck
 WHERE d.id = stuck.id
RETURNING d.id, d.key, d.state
"""

_NO_LEASE: dict[str, object] = {"lease_by": "", "lease_until": None}


def _record(claim: _Claim, status: AttemptStatus, peer_status: str, response: bytes, error: str = "") -> None:
    DeliveryAttempt(
        delivery_id=claim.delivery_id,
        number=claim.number,
        worker=claim.worker,
        started_at=claim.started_at,
        status=status,
        peer_status=peer_status[:40],
        request_sha256=claim.payload_sha256,
        response_sha256=sha256(response) if response else "",
        error=error,
    ).save(force_insert=True)


def _hand_to_a_person(delivery_id: int, key: str, state: str, error: str, result: Round, at: datetime) -> None:
    """The task of the sender's post, in the transaction that gives the delivery up: none is given up silently."""
    notice = Notice.objects.only("sender_agency", "sender_role").get(deliveries=delivery_id)
    MailTask.objects.create(
        delivery_id=delivery_id,
        agency=notice.sender_agency,
        role=notice.sender_role,
        reason=error,
        due_on=at.astimezone(_LEGAL_ZONE).date() + timedelta(days=TASK_DAYS),
        opened_at=at,
    )
    (result.dead if state == DeliveryState.DEAD else result.held).append(key)
    log.warning("delivery %s is %s after its last try: a task is open", delivery_id, state)
