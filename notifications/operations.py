"""What the operations page shows: what has not arrived, what waits for a person, how long each agency's post takes.

Reads only; titles and agencies, never the words of a notice.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import OuterRef, Subquery

from notifications.delivery import AttemptStatus, Delivery, DeliveryAttempt, DeliveryDecision, DeliveryState, MailTask
from notifications.reading import beat_age, unsent_summary
from notifications.tasks import DELIVER_HEARTBEAT

#: how far back the delays of agencies look, and how many stuck deliveries are named
DAYS = 30
MOST_STUCK = 200


@dataclass(frozen=True, slots=True)
class AgencyDelay:
    """One agency's post of the last thirty days, by the database's clock; seconds from posting to arrival."""

    agency: str
    sent: int
    pending: int
    dead: int
    held: int
    mean_seconds: Decimal | None
    slowest_seconds: Decimal | None
    oldest_pending_at: datetime | None
    unreceipted: int
    unanswered_overdue: int


@dataclass(frozen=True, slots=True)
class Stuck:
    """A dead or held delivery, and since when the task of its post is due."""

    notice: UUID
    title: str
    kind: str
    agency: str
    channel: str
    state: str
    state_label: str
    attempts: int
    last_error: str
    since: datetime
    task_due_on: date | None
    sender_agency: str
    subject_ref: str
    subject_label: str


@dataclass(frozen=True, slots=True)
class Operations:
    """The mailroom at this moment."""

    oldest_unsent_at: datetime | None
    pending: int
    retrying: int
    standby: int
    dead: int
    held: int
    open_tasks: int
    beat_age: timedelta | None
    agencies: list[AgencyDelay]
    stuck: list[Stuck]


@dataclass(frozen=True, slots=True)
class Try:
    """One try of one channel, as the proof of delivery names it."""

    channel: str
    number: int
    started_at: datetime
    ended_at: datetime
    status: str
    status_label: str
    peer_status: str
    request_sha256: str
    response_sha256: str
    error: str


def operations(today: date) -> Operations:
    """Everything of the page; `today` is the legal day by which an answer may be overdue."""
    unsent = unsent_summary()
    return Operations(
        oldest_unsent_at=unsent.oldest_pending_at,
        pending=unsent.pending,
        retrying=unsent.retrying,
        standby=_standby(),
        dead=unsent.dead,
        held=unsent.held,
        open_tasks=unsent.open_tasks,
        beat_age=beat_age(DELIVER_HEARTBEAT),
        agencies=_agencies(today),
        stuck=stuck(),
    )


def stuck(limit: int = MOST_STUCK) -> list[Stuck]:
    """The dead and the held, the oldest first; those that another channel overtook are left out."""
    due = MailTask.objects.filter(delivery=OuterRef("pk"), closed_at=None).values("due_on")[:1]
    rows = (
        Delivery.objects.filter(state__in=[DeliveryState.DEAD, DeliveryState.HELD])
        .annotate(task_due_on=Subquery(due))
        .exclude(task_due_on=None)
        .select_related("notice")
        .order_by("id")[:limit]
    )
    return [
        Stuck(
            notice=row.notice_id,
            title=row.notice.title,
            kind=row.notice.kind,
            agency=row.notice.recipient_agency,
            channel=row.channel,
            state=row.state,
            state_label=row.get_state_display(),
            attempts=row.attempts,
            last_error=row.last_error,
            since=row.created_at,
            task_due_on=row.task_due_on,
            sender_agency=row.notice.sender_agency,
            subject_ref=row.notice.subject_ref,
            subject_label=row.notice.subject_label,
        )
        for row in rows
    ]


def tries_of(notice: UUID) -> list[Try]:
    """Every try of a notice on every channel, in order of time."""
    rows = DeliveryAttempt.objects.filter(delivery__notice=notice).select_related("delivery").order_by("ended_at", "id")
    return [
        Try(
            channel=row.delivery.channel,
            number=row.number,
            started_at=row.started_at,
            ended_at=row.ended_at,
            status=row.status,
            status_label=str(AttemptStatus(row.status).label),
            peer_status=row.peer_status,
            request_sha256=row.request_sha256,
            response_sha256=row.response_sha256,
            error=row.error,
        )
        for row in rows
    ]


def decisions_of(notice: UUID) -> list[DeliveryDecision]:
    """What persons decided about a notice's deliveries, in order of time."""
    rows = DeliveryDecision.objects.filter(delivery__notice=notice)
    return list(rows.select_related("delivery").order_by("decided_at", "id"))


def _standby() -> int:
    return Delivery.objects.filter(state=DeliveryState.STANDBY).count()


_AGENCIES = """
SELECT n.recipient_agency,
       count(*) FILTER (WHERE d.state = 'done'),
       count(*) FILTER (WHERE d.state = 'pending'),
       count(*) FILTER (WHERE d.state = 'dead'),
       count(*) FILTER (WHERE d.state = 'held'),
       avg(extract(epoch FROM d.done_at - d.created_at)) FILTER (WHERE d.state = 'done'),
       max(extract(epoch FROM d.done_at - d.created_at)) FILTER (WHERE d.state = 'done'),
       min(d.created_at) FILTER (WHERE d.state = 'pending'),
       count(DISTINCT n.public_id) FILTER (WHERE n.receipted_at IS NULL),
       count(DISTINCT n.public_id) FILTER (WHERE n.answered_at IS NULL AND n.answer_due_on < %(today)s)
  FROM notifications_delivery d JOIN notifications_notice n ON n.public_id = d.notice_id
 WHERE d.created_at > now() - %(days)s * interval '1 day' AND n.recipient_agency <> ''
 GROUP BY 1 ORDER BY 1
"""


def _agencies(today: date) -> list[AgencyDelay]:
    with connection.cursor() as cursor:
        cursor.execute(_AGENCIES, {"days": DAYS, "today": today})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return [
        AgencyDelay(
            agency=agency,
            sent=sent,
            pending=pending,
            dead=dead,
            held=held,
            mean_seconds=_tenths(mean),
            slowest_seconds=_tenths(slowest),
            oldest_pending_at=oldest,
            unreceipted=unsigned,
            unanswered_overdue=late,
        )
        for agency, sent, pending, dead, held, mean, slowest, oldest, unsigned, late in rows
    ]


def _tenths(seconds: Decimal | None) -> Decimal | None:
    return None if seconds is None else seconds.quantize(Decimal("0.1"))
