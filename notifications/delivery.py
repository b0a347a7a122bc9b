"""Delivery: how a notice travels. One row per notice and channel, claimed with a lease, tried, proved.

The lease, the attempts and the retry times use the database's clock and nothing else; moments an officer reads (a
task's opening, an arrival) are business time and handed in. `outbox.py` is the only writer of these rows.
"""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from notifications.notice import Notice

ATTEMPTS_ALLOWED = 12


class Repeat(models.TextChoices):
    """What makes a second sending harmless; without it, one ambiguous outcome stops the delivery (held)."""

    KEY = "key", _("对方按键去重")
    QUERY = "query", _("可向对方按键查询")
    NEVER = "never", _("不能重复")


class DeliveryState(models.TextChoices):
    STANDBY = "standby", _("备用")  # a further channel of the agency: sent only when the one before it is dead
    PENDING = "pending", _("待送")
    DONE = "done", _("已送到")
    DEAD = "dead", _("送不到")
    HELD = "held", _("送达待核")


class Delivery(models.Model):
    """One notice on one channel, with the exact payload that is sent every time."""

    key = models.TextField(unique=True)  # what the receiving side recognises a repetition by
    notice = models.ForeignKey(Notice, models.PROTECT, related_name="deliveries")
    channel = models.CharField(max_length=30)
    rank = models.PositiveSmallIntegerField(default=0)  # 0: sent at once whatever else; 1, 2…: the agency's own order
    repeat = models.CharField(max_length=10, choices=Repeat, default=Repeat.KEY)
    address = models.TextField(blank=True)  # a person's, as the caller handed it in: never in a log, a key or Redis
    payload = models.TextField()
    payload_sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now())

    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    attempts_allowed = models.PositiveSmallIntegerField(default=ATTEMPTS_ALLOWED)  # "try again" allows more
    next_at = models.DateTimeField(db_default=Now())
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_by = models.CharField(max_length=120, blank=True)
    last_error = models.CharField(max_length=500, blank=True)
    receipt = models.BinaryField(null=True, blank=True)  # what the receiving side gave back, as it came
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("送达")
        verbose_name_plural = _("送达")
        indexes = [
            models.Index(fields=["next_at", "id"], name="delivery_pending", condition=Q(state="pending")),
            models.Index(fields=["state", "id"], name="delivery_stuck", condition=Q(state__in=["dead", "held"])),
        ]
        constraints = [
            models.UniqueConstraint(fields=["notice", "channel"], name="delivery_once_per_channel"),
            models.CheckConstraint(name="delivery_state", condition=Q(state__in=DeliveryState.values)),
            models.CheckConstraint(name="delivery_repeat", condition=Q(repeat__in=Repeat.values)),
            models.CheckConstraint(name="delivery_attempts", condition=Q(attempts__lte=F("attempts_allowed"))),
            models.CheckConstraint(
                name="delivery_done",
                condition=~Q(state="done") | Q(done_at__isnull=False, receipt__isnull=False, attempts__gte=1),
            ),
            models.CheckConstraint(name="delivery_lease", condition=Q(lease_until=None) | ~Q(lease_by="")),
        ]

    def __str__(self) -> str:
        return self.key


class AttemptStatus(models.TextChoices):
    DELIVERED = "delivered", _("送到")
    TEMPORARY = "temporary", _("暂时失败")
    REFUSED = "refused", _("被拒绝")
    AMBIGUOUS = "ambiguous", _("结果不明")
    BY_HAND = "by_hand", _("转人工")  # the letter needs a person: printed paper, or a person confirmed its arrival
    LOST = "lost", _("中断")  # the worker stopped between claim and outcome; written by whoever found the lease expired


class DeliveryAttempt(models.Model):
    """One try and what came of it: the proof of delivery. Append-only."""

    delivery = models.ForeignKey(Delivery, models.PROTECT, related_name="tries", db_index=False)
    number = models.PositiveSmallIntegerField()
    worker = models.CharField(max_length=120, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(db_default=Now())
    status = models.CharField(max_length=10, choices=AttemptStatus)
    peer_status = models.CharField(max_length=40, blank=True)  # the other side's own word, for example an HTTP status
    request_sha256 = models.CharField(max_length=64, blank=True)
    response_sha256 = models.CharField(max_length=64, blank=True)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = _("送达尝试")
        verbose_name_plural = _("送达尝试")
        constraints = [
            # A try found lost may still report its success later: two rows, two statuses, both true.
            models.UniqueConstraint(fields=["delivery", "number", "status"], name="attempt_once"),
            models.CheckConstraint(name="attempt_status", condition=Q(status__in=AttemptStatus.values)),
            models.CheckConstraint(name="attempt_number", condition=Q(number__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.delivery_id}#{self.number} {self.status}"


class InboxItem(models.Model):
    """A notice that lies in an agency's inbox, or on a person's progress page."""

    key = models.TextField(unique=True)
    notice = models.OneToOneField(Notice, models.PROTECT, related_name="inbox_item")
    agency = models.CharField(max_length=60, blank=True)
    role = models.CharField(max_length=60, blank=True)
    person_ref = models.CharField(max_length=120, blank=True)
    arrived_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("收件")
        verbose_name_plural = _("收件")
        indexes = [
            models.Index(fields=["agency", "role", "-arrived_at", "-id"], name="inbox_post", condition=~Q(agency="")),
            models.Index(fields=["person_ref", "-arrived_at"], name="inbox_person", condition=~Q(person_ref="")),
        ]
        constraints = [
            models.CheckConstraint(
                name="inbox_owner",
                condition=(~Q(agency="") & ~Q(role="") & Q(person_ref=""))
                | (Q(agency="", role="") & ~Q(person_ref="")),
            ),
        ]

    def __str__(self) -> str:
        return self.key


class MailTask(models.Model):
    """Work for a named post: a delivery that the machine gave up (dead) or must not repeat (held)."""

    delivery = models.ForeignKey(Delivery, models.PROTECT, related_name="tasks")
    agency = models.CharField(max_length=60)
    role = models.CharField(max_length=60)
    reason = models.CharField(max_length=500)
    due_on = models.DateField()
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by_ref = models.CharField(max_length=120, blank=True)
    closed_note = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = _("送达待办")
        verbose_name_plural = _("送达待办")
        indexes = [
            models.Index(fields=["agency", "role", "due_on"], name="mailtask_open", condition=Q(closed_at=None)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["delivery"], name="mailtask_one_open", condition=Q(closed_at=None)),
            models.CheckConstraint(name="mailtask_post", condition=~Q(agency="") & ~Q(role="")),
            models.CheckConstraint(name="mailtask_closed", condition=Q(closed_at=None) | ~Q(closed_note="")),
        ]

    def __str__(self) -> str:
        return f"{self.agency}/{self.role}: {self.reason}"


class DeliveryDecision(models.Model):
    """What a person decided about a dead or held delivery, with the reason. Append-only."""

    class What(models.TextChoices):
        TRY_AGAIN = "try_again", _("重新投递")
        CONFIRM = "confirm", _("人工确认送达")

    delivery = models.ForeignKey(Delivery, models.PROTECT, related_name="decisions")
    what = models.CharField(max_length=10, choices=What)
    by_name = models.CharField(max_length=200)
    by_ref = models.CharField(max_length=120)
    by_agency = models.CharField(max_length=60)
    reason = models.CharField(max_length=500)
    received_by = models.CharField(max_length=200, blank=True)  # who took it, when and on what proof: only to confirm
    served_at = models.DateTimeField(null=True, blank=True)
    proof = models.CharField(max_length=500, blank=True)
    decided_at = models.DateTimeField()

    class Meta:
        verbose_name = _("送达处理")
        verbose_name_plural = _("送达处理")
        constraints = [
            models.CheckConstraint(name="decision_reasoned", condition=~Q(reason="") & ~Q(by_name="") & ~Q(by_ref="")),
            models.CheckConstraint(
                name="decision_proved",
                condition=~Q(what="confirm") | (Q(served_at__isnull=False) & ~Q(proof="") & ~Q(received_by="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.delivery_id} {self.what}"


class Heartbeat(models.Model):
    """When a piece of clockwork last ran, on the database's clock. A process that is up but deaf does not beat."""

    name = models.CharField(max_length=60, primary_key=True)
    beat_at = models.DateTimeField()

    class Meta:
        verbose_name = _("心跳")
        verbose_name_plural = _("心跳")

    def __str__(self) -> str:
        return self.name
