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

from notifications.addresses import ways_of
from notifications.channels import AmbiguousOutcome, Channel, Failure, PermanentRefusal, Repeat, Sent, To
from notifications.channels.email import Email
from notifications.channels.inbox import Inbox, mark_delivered
from notifications.channels.paper import Paper
from notifications.channels.sms import Sms
from notifications.channels.webhook import Webhook
from notifications.delivery import AttemptStatus, Delivery, DeliveryAttempt, DeliveryState, MailTask
from notifications.ids import uuid7
from notifications.notice import Notice, RecipientKind, plain, sha256
from notifications.posts import Person, Post

log = logging.getLogger(__name__)

CHANNELS: dict[str, Channel] = {channel.name: channel for channel in (Inbox(), Webhook(), Email(), Sms(), Paper())}

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
    float. `address` is a person's mobile number, if a short message shall go there as well. `channels` are used at
    once; those that an agency lists for itself come on top, in its order. `short` are the words of a person's short
    message where they are not the usual ones; they may hold blanks (`channels/sms.py`).
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
    address: str = field(default="", repr=False)
    short: str = ""

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


def rows_for(
    drafts: Sequence[NoticeDraft], ways: Mapping[str, Sequence[tuple[str, str]]] | None = None
) -> tuple[list[Notice], list[Delivery]]:
    """The rows that post these drafts: words frozen, hashes taken, keys made. Pure; nothing is read or written.

    `ways` are the channels that agencies list (`addresses.ways_of`): the first of them goes out at once, each other
    waits until the one before it is dead. Both lists may be inserted as they are: a notice has its id already, a
    delivery takes the database's defaults.
    """
    notices, deliveries = [], []
    for draft in drafts:
        notice = _notice(draft)
        notices.append(notice)
        for name in draft.channels:
            deliveries.append(_delivery(notice, name, str(CHANNELS[name].repeat), rank=0))
        listed = (ways or {}).get(notice.recipient_agency, ()) if isinstance(draft.to, Post) or draft.address else ()
        own = [way for way in listed if way[0] not in draft.channels and way[0] in CHANNELS]
        for rank, (name, repeat) in enumerate(own, start=1):
            words = draft.short if name == Sms.name else ""
            deliveries.append(_delivery(notice, name, repeat, rank=rank, address=draft.address, words=words))
    return notices, deliveries


def _delivery(notice: Notice, channel: str, repeat: str, *, rank: int, address: str = "", words: str = "") -> Delivery:
    payload = words or CHANNELS[channel].render(notice)
    return Delivery(
        key=f"{notice.key}|{channel}",
        notice=notice,
        channel=channel,
        rank=rank,
        repeat=repeat,
        address=address,
        payload=payload,
        payload_sha256=sha256(payload),
        state=DeliveryState.STANDBY if rank > 1 else DeliveryState.PENDING,
    )


def post(drafts: Sequence[NoticeDraft], *, using: str = "default") -> list[Notice]:
    """Post these notices in the transaction of the act that causes them: both happen or neither. Three statements.

    Raises IntegrityError if one of them was posted before.
    """
    if not connections[using].in_atomic_block:
        raise transaction.TransactionManagementError("a notice is posted inside the transaction of its act")
    agencies = sorted({draft.to.agency for draft in drafts if isinstance(draft.to, Post)})
    notices, deliveries = rows_for(drafts, ways_of(agencies, persons=any(d.address for d in drafts), using=using))
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
    rank: int
    repeat: str
    agency: str
    role: str
    address: str = field(repr=False)
    payload: str = field(repr=False)
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
       AND (lease_until IS NULL OR (lease_until < now() AND repeat <> 'never'))
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
  FROM due, notifications_notice n
 WHERE d.id = due.id AND n.public_id = d.notice_id
RETURNING d.id, d.notice_id, d.key, d.channel, d.rank, d.repeat, n.recipient_agency, n.recipient_role, d.address,
          d.payload, d.payload_sha256, d.attempts, d.attempts_allowed, now()
"""


def _claim(worker: str) -> _Claim | None:
    """The delivery that has been due longest, counted and leased; one statement, committed before anything is sent."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"lease": LEASE_SECONDS, "worker": worker})
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
    to = To(claim.agency, claim.role, claim.address)
    if claim.repeat == Repeat.QUERY and claim.number > 1:
        found = channel.find(claim.key, to=to)
        if found is not None:
            return found
    return channel.send(claim.payload, claim.key, to=to, at=at)


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
            _close_tasks(at, "the answer came late: it was delivered", delivery=claim.delivery_id)
        if claim.rank > 1:  # the agency's channels before this one were dead; nobody need see to them any more
            before = Delivery.objects.filter(notice=claim.notice_id, state=DeliveryState.DEAD, rank__lt=claim.rank)
            _close_tasks(at, f"delivered on the channel {claim.channel}", delivery__in=before.filter(rank__gte=1))
        mark_delivered(claim.notice_id, at=at)


def _close_tasks(at: datetime, note: str, **which: object) -> None:
    MailTask.objects.filter(closed_at=None, **which).update(closed_at=at, closed_note=note)


def _fail(claim: _Claim, failure: Failure, result: Round, clock: Callable[[], datetime]) -> None:
    """Write the failure: try again later, give up, or stop and let a person find out. Only the leaseholder may."""
    state = DeliveryState.PENDING
    if failure.status == AttemptStatus.BY_HAND or (
        failure.status == AttemptStatus.AMBIGUOUS and claim.repeat == Repeat.NEVER
    ):
        state = DeliveryState.HELD
    elif failure.status == AttemptStatus.REFUSED or claim.number >= claim.allowed:
        state = DeliveryState.DEAD
    error = str(failure)[:500]
    spread = random.uniform(0.5, 1.5)  # noqa: S311 - spreads a storm, keeps no secret
    delay = backoff(claim.number, spread)
    if failure.wait is not None:  # the other side's wish, within our own bounds
        delay = max(delay, min(failure.wait, LONGEST_DELAY) * max(1.0, spread))
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
    """Set aside what a stopped worker left and nobody may try again: the last allowed try (dead), or any try where a
    repetition could be a second delivery (held)."""
    at = clock()
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(_LOST, {"lease": LEASE_SECONDS})
        for delivery_id, key, state in cursor.fetchall():
            _hand_to_a_person(delivery_id, key, state, "the worker stopped during the try", result, at)


_LOST = """
WITH stuck AS (
    SELECT id, attempts, lease_by, lease_until
      FROM notifications_delivery
     WHERE state = 'pending' AND lease_until < now()
       AND (attempts >= attempts_allowed OR repeat = 'never')
     LIMIT 100
       FOR UPDATE SKIP LOCKED
), lost AS (
    INSERT INTO notifications_deliveryattempt
           (delivery_id, number, worker, started_at, status, peer_status, request_sha256, response_sha256, error)
    SELECT id, attempts, lease_by, lease_until - %(lease)s * interval '1 second', 'lost', '', '', '', 'lease ran out'
      FROM stuck
)
UPDATE notifications_delivery d
   SET state = CASE WHEN d.repeat = 'never' THEN 'held' ELSE 'dead' END,
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
    """The task of the sender's post, in the transaction that gives the delivery up: none is given up silently.

    A dead delivery wakes the next channel that the agency lists; a held one does not, for it may have arrived.
    """
    if state == DeliveryState.DEAD:
        _wake_the_next(delivery_id)
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


def _wake_the_next(dead: int) -> None:
    one = Delivery.objects.only("notice_id", "rank").get(pk=dead)
    others = Delivery.objects.filter(notice=one.notice_id, state=DeliveryState.STANDBY, rank__gt=one.rank)
    following = others.order_by("rank").values_list("pk", flat=True).first()
    if one.rank and following is not None:
        others.filter(pk=following).update(state=DeliveryState.PENDING, next_at=Now())
