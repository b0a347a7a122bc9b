"""The limits that run: rows that say from when, by which version of which rule, until when, and how they ended.

A limit is recomputable from its row; nothing counts down. What is computed comes from `workflows.law`, which knows no
rows.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet

from workflows import clock
from workflows.casefile.case import NEVER, Case
from workflows.casefile.complaint import Complaint
from workflows.casefile.personal import Identified
from workflows.law.counting import PauseReason

#: windows in which another party's right runs (PAY-15, TRF-10a): shown on the case, nobody's nearest clock
OTHERS_RIGHTS = "(SELECT k.rule_id FROM workflows_limitrule k WHERE k.kind = 'window')"
#: whether the limit `l` stands still now (中止)
STANDS_STILL = "EXISTS (SELECT FROM workflows_limitpause s WHERE s.limit_id = l.id AND s.last IS NULL)"
#: when the nearest running limit of the case `c` ends, those left out that stand still; SQL, because many rows of
#: limits are asked at once
NEAREST = (
    "coalesce((SELECT min(l.due_at) FROM workflows_limit l WHERE l.case_id = c.id AND l.stopped_at IS NULL"
    f" AND l.rule NOT IN {OTHERS_RIGHTS} AND NOT {STANDS_STILL}), '{NEVER.isoformat()}')"
)
#: put it right for some cases
SET_NEAREST = f"UPDATE workflows_case c SET nearest_at = {NEAREST} WHERE c.id = ANY(%s) AND c.nearest_at <> {NEAREST}"


class Limit(Identified):
    """One running or ended limit of one procedure of one root.

    `due_at` is 00:00 after the last day `due_on` (or the instant of an hour limit); `target_on` is the un-rolled day
    where the roll is by analogy. A limit with `set_on` was fixed by an officer or a paper (PAY_BY and its like).
    `remind_at` is when the reminders look at it next: at once when it is new or its date moved, never again when
    nothing is left to say.
    """

    class Outcome(models.TextChoices):
        KEPT = "kept", "按期"
        MISSED = "missed", "超期"
        TAKEN_BACK = "taken_back", "更正撤回"

    complaint = models.ForeignKey(Complaint, models.PROTECT, null=True, related_name="limits")
    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="limits")
    procedure = models.CharField(max_length=20)
    subject = models.UUIDField()
    rule = models.CharField(max_length=20)
    rule_version = models.PositiveSmallIntegerField(default=1)
    calendar_version = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    set_on = models.DateField(null=True, blank=True)
    about = models.UUIDField(null=True, blank=True)
    due_at = models.DateTimeField()
    due_on = models.DateField()
    target_on = models.DateField()
    provisional = models.BooleanField(default=False)
    started_by = models.UUIDField()
    stopped_by = models.UUIDField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    remind_at = models.DateTimeField(null=True, blank=True, default=clock.now)

    class Meta:
        ordering = ["due_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(case__isnull=False) | Q(complaint__isnull=False), name="limit_of_a_root"
            ),
            models.CheckConstraint(
                condition=Q(stopped_at__isnull=True, outcome="") | (Q(stopped_at__isnull=False) & ~Q(outcome="")),
                name="limit_ended_with_outcome",
            ),
            models.UniqueConstraint(
                fields=["subject", "rule"],
                condition=Q(stopped_at__isnull=True, about__isnull=True),
                name="limit_runs_once",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(stopped_at__isnull=True), name="limit_due"),
            models.Index(fields=["case", "due_at"], condition=Q(stopped_at__isnull=True), name="limit_of_case"),
            models.Index(
                fields=["complaint", "due_at"], condition=Q(stopped_at__isnull=True), name="limit_of_complaint"
            ),
            models.Index(fields=["subject"], name="limit_subject"),
            models.Index(
                fields=["remind_at", "id"],
                condition=Q(stopped_at__isnull=True, remind_at__isnull=False),
                name="limit_to_remind",
            ),
        ]


class LimitExtension(models.Model):
    """延期: a limit made longer, with who approved it and why: by so many units of its rule (LSIR 17, HNR 16, O45 8),
    or, where the law leaves the length to the approver, until a day (O25 37).
    """

    limit = models.ForeignKey(Limit, models.PROTECT, related_name="extensions")
    length = models.PositiveSmallIntegerField(null=True)
    until = models.DateField(null=True)
    reason = models.TextField()
    approved_by = models.CharField(max_length=60)
    at = models.DateTimeField()
    event = models.UUIDField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(length__gt=0, until__isnull=True) | Q(length__isnull=True, until__isnull=False),
                name="extension_by_length_or_day",
            )
        ]


class LimitPause(Identified):
    """中止: days on which a limit stands still, first and last included; `last` is empty while the pause lasts.

    Only for a reason the rule lists (`PauseReason`), never overlapping, before the start or in the future:
    `workflows.pauses` refuses with the article, the database refuses what it can see in one row.
    """

    limit = models.ForeignKey(Limit, models.PROTECT, related_name="pauses")
    first = models.DateField()
    last = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=20, choices=[(one.value, one.label) for one in PauseReason])
    document = models.CharField(max_length=120)
    by_name = models.CharField(max_length=60)
    approved_by = models.CharField(max_length=60)
    at = models.DateTimeField()
    event = models.UUIDField()
    ended_event = models.UUIDField(null=True, blank=True)

    class Meta:
        ordering = ["first", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last__isnull=True) | Q(last__gte=models.F("first")), name="pause_in_order"
            ),
            models.CheckConstraint(condition=~Q(document=""), name="pause_has_document"),
            models.CheckConstraint(condition=~Q(by_name=models.F("approved_by")), name="pause_handler_is_not_approver"),
            models.CheckConstraint(
                condition=Q(reason__in=[one.value for one in PauseReason]), name="pause_reason_known"
            ),
            models.UniqueConstraint(fields=["limit"], condition=Q(last__isnull=True), name="pause_open_once"),
        ]


def with_pauses(limits: QuerySet[Limit]) -> QuerySet[Limit]:
    """The limits, each with `paused`: whether it stands still now."""
    return limits.annotate(paused=Exists(LimitPause.objects.filter(limit=OuterRef("pk"), last=None)))


class Reminder(models.Model):
    """提醒: one level of one limit, once.

    `moment` is when it fell due; it was posted, or dropped because the limit ended first.
    """

    limit = models.ForeignKey(Limit, models.PROTECT, related_name="reminders")
    level = models.CharField(max_length=20)
    moment = models.DateTimeField()
    at_once = models.BooleanField(default=False)
    planned_at = models.DateTimeField()
    posted_at = models.DateTimeField(null=True, blank=True)
    dropped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["limit", "level"], name="reminder_once_a_level")]
        indexes = [
            models.Index(
                fields=["at_once", "id"],
                condition=Q(posted_at__isnull=True, dropped_at__isnull=True),
                name="reminder_to_post",
            )
        ]
