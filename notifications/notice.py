"""Notice: the business of telling somebody something, with its words frozen and hashed when they were decided.

posted → delivered → receipted → answered, forward only. The content never changes after posting; how it travels is
`delivery.py`, who signed for it is `receipts.py`.
"""

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from notifications.ids import uuid7
from notifications.posts import Person, Post


def canonical(value: object) -> str:
    """One spelling for one meaning: sorted keys, no blanks, money and dates as text. Floats are refused."""
    return json.dumps(plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def sha256(text: str | bytes) -> str:
    """The SHA-256 of a text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


def plain(value: object) -> Any:
    """The value as JSON keeps it, so that what is stored and what is hashed are the same."""
    match value:
        case None | bool() | int():
            return value
        case str():
            return str(value)  # a TextChoices member becomes its own text
        case Decimal():
            return format(value, "f")
        case datetime():
            if value.tzinfo is None:
                raise ValueError("a moment in a notice needs its time zone")
            return value.astimezone(UTC).isoformat(timespec="microseconds")
        case date():
            return value.isoformat()
        case uuid.UUID():
            return str(value)
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case Sequence() if not isinstance(value, bytes | bytearray | memoryview):
            return [plain(item) for item in value]
    # A float would be spelt differently after a round trip through the database, and the hash would no longer hold.
    raise ValueError(f"a notice cannot carry a {type(value).__name__}")


class NoticeState(models.TextChoices):
    POSTED = "posted", _("已发出")
    DELIVERED = "delivered", _("已送达")
    RECEIPTED = "receipted", _("已签收")
    ANSWERED = "answered", _("已回复")


class RecipientKind(models.TextChoices):
    POST = "post", _("单位岗位")
    PERSON = "person", _("个人")


class Notice(models.Model):
    """One message to one addressee, with its legal basis and purpose."""

    public_id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.TextField(unique=True)  # what, to whom, on which event: the same notice cannot be posted twice
    kind = models.CharField(max_length=80)  # the row of the sharing matrix
    event_ref = models.CharField(max_length=120)
    subject_ref = models.CharField(max_length=120)
    subject_label = models.CharField(max_length=120, blank=True)

    sender_agency = models.CharField(max_length=60)
    sender_role = models.CharField(max_length=60)
    recipient_kind = models.CharField(max_length=10, choices=RecipientKind)
    recipient_agency = models.CharField(max_length=60, blank=True)
    recipient_role = models.CharField(max_length=60, blank=True)
    recipient_ref = models.CharField(max_length=120, blank=True)
    recipient_name = models.CharField(max_length=200, blank=True)
    recipient_address_kind = models.CharField(max_length=30, blank=True)

    basis = models.CharField(max_length=300)
    purpose = models.CharField(max_length=300)
    title = models.CharField(max_length=300)
    fields = models.JSONField(default=dict)
    text = models.TextField()
    attachments = models.JSONField(default=list, blank=True)  # [{"name": …, "sha256": …}]
    content_sha256 = models.CharField(max_length=64)
    posted_at = models.DateTimeField()
    answer_due_on = models.DateField(null=True, blank=True)

    state = models.CharField(max_length=10, choices=NoticeState, default=NoticeState.POSTED)
    delivered_at = models.DateTimeField(null=True, blank=True)
    receipted_at = models.DateTimeField(null=True, blank=True)
    receipt_signer = models.CharField(max_length=200, blank=True)
    receipt_agency = models.CharField(max_length=60, blank=True)
    receipt_actor_ref = models.CharField(max_length=120, blank=True)
    receipt_sha256 = models.CharField(max_length=64, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answer_text = models.TextField(blank=True)
    answer_ref = models.CharField(max_length=120, blank=True)
    answer_signer = models.CharField(max_length=200, blank=True)
    answer_actor_ref = models.CharField(max_length=120, blank=True)

    class Meta:
        verbose_name = _("通知")
        verbose_name_plural = _("通知")
        indexes = [
            models.Index(fields=["subject_ref", "posted_at"], name="notice_subject"),
            models.Index(
                fields=["answer_due_on"],
                name="notice_unanswered",
                condition=Q(answered_at=None, answer_due_on__isnull=False),
            ),
        ]
        constraints = [
            models.CheckConstraint(name="notice_state", condition=Q(state__in=NoticeState.values)),
            models.CheckConstraint(
                name="notice_recipient",
                condition=(Q(recipient_kind="post", recipient_ref="") & ~Q(recipient_agency="") & ~Q(recipient_role=""))
                | (Q(recipient_kind="person", recipient_agency="", recipient_role="") & ~Q(recipient_ref="")),
            ),
            models.CheckConstraint(name="notice_sender", condition=~Q(sender_agency="") & ~Q(sender_role="")),
            models.CheckConstraint(
                name="notice_delivered", condition=Q(state="posted") | Q(delivered_at__isnull=False)
            ),
            models.CheckConstraint(
                name="notice_receipted",
                condition=~Q(state="receipted") | Q(receipted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="notice_receipt_signed",
                condition=Q(receipted_at=None, receipt_sha256="")
                | (Q(receipted_at__isnull=False) & ~Q(receipt_sha256="") & ~Q(receipt_signer="")),
            ),
            models.CheckConstraint(
                name="notice_answered",
                condition=Q(state="answered", answered_at__isnull=False) | (~Q(state="answered") & Q(answered_at=None)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} → {self.recipient}"

    @property
    def recipient(self) -> Post | Person:
        """Whom it is for."""
        if self.recipient_kind == RecipientKind.POST:
            return Post(self.recipient_agency, self.recipient_role)
        return Person(self.recipient_ref, self.recipient_name, self.recipient_address_kind)

    @property
    def sender(self) -> Post:
        """The post that answers for its arriving."""
        return Post(self.sender_agency, self.sender_role)

    def content(self) -> dict[str, Any]:
        """Everything that was decided when it was posted; what the hash and every receipt vouch for."""
        return {
            "notice": self.public_id,
            "kind": self.kind,
            "event": self.event_ref,
            "subject": {"ref": self.subject_ref, "label": self.subject_label},
            "from": str(self.sender),
            "to": {
                "kind": str(self.recipient_kind),
                "agency": self.recipient_agency,
                "role": self.recipient_role,
                "ref": self.recipient_ref,
                "name": self.recipient_name,
            },
            "basis": self.basis,
            "purpose": self.purpose,
            "title": self.title,
            "fields": self.fields,
            "text": self.text,
            "attachments": self.attachments,
            "posted_at": self.posted_at,
            "answer_due_on": self.answer_due_on,
        }

    def fingerprint(self) -> str:
        """The SHA-256 of the content as it stands now; equal to `content_sha256` while nobody changed a word."""
        return sha256(canonical(self.content()))
