"""What the database itself refuses, whoever asks."""

from collections.abc import Callable

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models.functions import Now

from notifications.delivery import Delivery, DeliveryAttempt, MailTask
from notifications.notice import Notice
from notifications.outbox import NoticeDraft, deliver_due, post
from notifications.receipts import Receipt, sign_receipt

pytestmark = pytest.mark.usefixtures("database")

Draft = Callable[..., NoticeDraft]


@pytest.fixture
def notice(draft: Draft) -> Notice:
    """A notice that was delivered and signed for."""
    with transaction.atomic():
        (posted,) = post([draft()])
    deliver_due()
    sign_receipt(posted, signer_name="李警官", agency="police", actor_ref="officer:12", at=posted.posted_at)
    return posted


@pytest.mark.parametrize(
    "change",
    [
        {"text": "别的话"},
        {"recipient_agency": "court"},
        {"content_sha256": "0" * 64},
        {"fields": {}},
        {"state": "delivered"},
        {"delivered_at": Now()},
        {"receipt_signer": "别人"},
        {"state": "burnt"},
        {"state": "answered"},
    ],
)
def test_a_posted_notice_only_moves_forward(notice: Notice, change: dict[str, object]) -> None:
    with pytest.raises(DatabaseError):
        Notice.objects.update(**change)
    assert Notice.objects.get().fingerprint() == notice.content_sha256


@pytest.mark.parametrize("model", [DeliveryAttempt, Receipt])
def test_proofs_are_only_added(notice: Notice, model: type[DeliveryAttempt] | type[Receipt]) -> None:
    with pytest.raises(DatabaseError):
        model.objects.all()._raw_delete("default")
    with pytest.raises(DatabaseError):
        model.objects.update(id=99)
    assert model.objects.count() == 1


@pytest.mark.parametrize("change", [{"state": "pending"}, {"receipt": None}, {"payload": "{}"}, {"key": "another"}])
def test_a_done_delivery_stays_as_it_is(notice: Notice, change: dict[str, object]) -> None:
    with pytest.raises(DatabaseError):
        Delivery.objects.update(**change)


@pytest.mark.parametrize(
    "change",
    [
        {"state": "done"},
        {"state": "lost"},
        {"attempts": -1},
        {"attempts": 13},
        {"lease_until": Now()},
        {"payload": "x"},
    ],
)
def test_an_open_delivery_is_never_half_done(draft: Draft, change: dict[str, object]) -> None:
    with transaction.atomic():
        post([draft()])
    with pytest.raises((IntegrityError, DatabaseError)):
        Delivery.objects.update(**change)


def test_a_delivery_has_one_open_task_at_most(notice: Notice) -> None:
    task = {"delivery": Delivery.objects.get(), "agency": "hrss", "role": "squad_leader", "reason": "送不到"}
    MailTask.objects.create(**task, due_on="2026-12-01", opened_at=notice.posted_at)
    with pytest.raises(IntegrityError):
        MailTask.objects.create(**task, due_on="2026-12-01", opened_at=notice.posted_at)


def test_the_claim_reads_the_partial_index(draft: Draft) -> None:
    with transaction.atomic():
        post([draft(slot=str(number)) for number in range(2_000)])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE notifications_delivery")
        cursor.execute(
            "EXPLAIN SELECT id FROM notifications_delivery WHERE state = 'pending' AND next_at <= now()"
            " AND attempts < attempts_allowed AND (lease_until IS NULL OR lease_until < now())"
            " ORDER BY next_at, id LIMIT 1 FOR UPDATE SKIP LOCKED"
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "delivery_pending" in plan
