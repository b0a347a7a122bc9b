"""What screens, the API and the nightly check ask the mailroom. Reads only; who may ask is the caller's matter."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, Min, Q, QuerySet

from notifications.delivery import Delivery, DeliveryState, InboxItem, MailTask
from notifications.notice import Notice


def inbox_of(agency: str, roles: Iterable[str]) -> QuerySet[InboxItem]:
    """What lies in the inbox of these posts, newest first, each with its notice."""
    return (
        InboxItem.objects.filter(agency=agency, role__in=_words(roles))
        .exclude(agency="")
        .select_related("notice")
        .order_by("-arrived_at", "-id")
    )


def progress_of(person_ref: str) -> QuerySet[InboxItem]:
    """What a person finds on the progress page, newest first, each with its notice."""
    return (
        InboxItem.objects.filter(person_ref=person_ref)
        .exclude(person_ref="")
        .select_related("notice")
        .order_by("-arrived_at", "-id")
    )


def notices_about(subject_ref: str) -> QuerySet[Notice]:
    """Everything that was said about a subject, in the order it was posted, with its deliveries."""
    return Notice.objects.filter(subject_ref=subject_ref).prefetch_related("deliveries").order_by("posted_at", "pk")


def unanswered(subject_ref: str) -> QuerySet[Notice]:
    """The notices about a subject that still wait for the answer they asked for; these block a closing."""
    return Notice.objects.filter(subject_ref=subject_ref, answer_due_on__isnull=False, answered_at=None)


def open_tasks(agency: str, roles: Iterable[str]) -> QuerySet[MailTask]:
    """The deliveries these posts must see to by hand, nearest day first."""
    return (
        MailTask.objects.filter(agency=agency, role__in=_words(roles), closed_at=None)
        .select_related("delivery__notice")
        .order_by("due_on", "id")
    )


@dataclass(frozen=True, slots=True)
class Unsent:
    """What has not arrived, and why, at this moment."""

    pending: int
    retrying: int
    dead: int
    held: int
    open_tasks: int
    oldest_pending_at: datetime | None


def unsent_summary() -> Unsent:
    """How much of the post is still on its way, or has stopped."""
    # Two queries, each on its own partial index: the table is mostly done rows.
    waiting = Delivery.objects.filter(state=DeliveryState.PENDING).aggregate(
        pending=Count("id"), retrying=Count("id", filter=Q(attempts__gte=1)), oldest_pending_at=Min("created_at")
    )
    stuck = Delivery.objects.filter(state__in=[DeliveryState.DEAD, DeliveryState.HELD]).aggregate(
        dead=Count("id", filter=Q(state=DeliveryState.DEAD)), held=Count("id", filter=Q(state=DeliveryState.HELD))
    )
    return Unsent(open_tasks=MailTask.objects.filter(closed_at=None).count(), **waiting, **stuck)


def beat_age(name: str) -> timedelta | None:
    """How long ago this piece of clockwork last ran, by the database's clock; None if never."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT now() - beat_at FROM notifications_heartbeat WHERE name = %s", [name])
        row = cursor.fetchone()
    return row[0] if row else None


def breaches() -> list[str]:
    """The breaches of the invariants of delivery (I6, I7, and I8 for the in-app inbox), one line each."""
    found = []
    with connection.cursor() as cursor:
        for invariant, query in _INVARIANTS:
            cursor.execute(query)
            found += [f"{invariant}: {key}" for (key,) in cursor.fetchall()]
    return found


_INVARIANTS = (
    (
        "I6 done without receipt or proof",
        "SELECT key FROM notifications_delivery d WHERE state = 'done' AND (receipt IS NULL OR done_at IS NULL"
        " OR NOT EXISTS (SELECT 1 FROM notifications_deliveryattempt a"
        " WHERE a.delivery_id = d.id AND a.status = 'delivered')) LIMIT 100",
    ),
    (
        "I6 given up without an open task",
        "SELECT key FROM notifications_delivery d WHERE state IN ('dead', 'held') AND NOT EXISTS"
        " (SELECT 1 FROM notifications_mailtask t WHERE t.delivery_id = d.id AND t.closed_at IS NULL) AND NOT EXISTS"
        " (SELECT 1 FROM notifications_delivery n WHERE n.notice_id = d.notice_id AND d.rank BETWEEN 1 AND n.rank - 1"
        " AND n.state = 'done') LIMIT 100",
    ),
    (
        "I6 posted without a delivery",
        "SELECT key FROM notifications_notice n WHERE NOT EXISTS"
        " (SELECT 1 FROM notifications_delivery d WHERE d.notice_id = n.public_id) LIMIT 100",
    ),
    (
        "I7 due for fifteen minutes and not tried",
        "SELECT key FROM notifications_delivery WHERE state = 'pending' AND attempts = 0"
        " AND next_at < now() - interval '15 minutes' LIMIT 100",
    ),
    (
        "I7 lease older than ten minutes",
        "SELECT key FROM notifications_delivery WHERE state = 'pending' AND lease_until < now() - interval '10 minutes'"
        " LIMIT 100",
    ),
    (
        "I8 done but not in the inbox",
        "SELECT key FROM notifications_delivery d WHERE channel = 'inbox' AND state = 'done' AND NOT EXISTS"
        " (SELECT 1 FROM notifications_inboxitem i WHERE i.key = d.key) LIMIT 100",
    ),
    (
        "I8 in the inbox but never sent",
        "SELECT key FROM notifications_inboxitem i WHERE NOT EXISTS"
        " (SELECT 1 FROM notifications_delivery d WHERE d.key = i.key) LIMIT 100",
    ),
)


def _words(roles: Iterable[str]) -> list[str]:
    return sorted({getattr(role, "value", role) for role in roles})
