"""Users, and what the desk itself keeps on record: who read what, and what an administrator changed.

What somebody may do follows from the officer a user points to, never from here.
"""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from casedesk.attempts import Attempts
from casedesk.drafts import FormDraft, Handover

__all__ = ["Attempts", "DeskChange", "DeskWords", "FormDraft", "Handover", "Reading", "RoutingRule", "User"]


class User(AbstractUser):
    """An account of one person; ours from the first migration, because a user model can't be swapped later."""

    officer = models.OneToOneField("workflows.Officer", models.PROTECT, null=True, blank=True, related_name="+")
    #: chosen with the switch, "" while nobody chose
    language = models.CharField(max_length=10, blank=True)
    #: handed out by the administrator: the next page its holder sees asks for one of his own, and no program may use it
    temporary_password = models.BooleanField(default=False)
    #: single letters act on lists (WCAG 2.1.4: whoever speaks to his machine or types blindly switches them off)
    single_keys = models.BooleanField(default=True)
    #: rows of one line
    dense = models.BooleanField(default=False)
    #: lists kept under a name: [{"name", "address"}], an address being path and query of one of our lists
    saved_lists = models.JSONField(default=list, blank=True)


class Reading(models.Model):
    """Somebody read what is about a complainant: who, when, what, for what purpose. Append-only.

    Written in a transaction of its own before the answer leaves; where it can't be written, the answer is not sent.
    """

    class What(models.TextChoices):
        CASE = "case", _("打开案件")
        COMPLAINT = "complaint", _("打开投诉")
        RECEPTION = "reception", _("打开接待")
        TRANSFER = "transfer", _("打开移送")
        NUMBERS = "numbers", _("查看完整号码")
        PAPER = "paper", _("打开文书")
        EVIDENCE = "evidence", _("下载证据")
        PRINT = "print", _("打印")
        EXPORT = "export", _("导出")

    at = models.DateTimeField()
    officer = models.ForeignKey("workflows.Officer", models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(max_length=60)
    agency = models.CharField(max_length=40)
    what = models.CharField(max_length=20, choices=What.choices)
    about = models.CharField(max_length=80)
    subject = models.UUIDField(null=True)
    purpose = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["officer", "-id"], name="reading_by_officer"),
            models.Index(fields=["about", "-id"], name="reading_of_a_case"),
        ]


class DeskChange(models.Model):
    """What an administrator changed: `told` maps each field to [before, after]. Append-only."""

    at = models.DateTimeField()
    officer = models.ForeignKey("workflows.Officer", models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=60)
    what = models.CharField(max_length=40)
    about = models.CharField(max_length=160)
    told = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]


class RoutingRule(models.Model):
    """Which office a complaint goes to by sector and township; an empty column holds for all. The closer rule wins."""

    sector = models.CharField(max_length=20, blank=True)
    township = models.ForeignKey("workflows.Township", models.PROTECT, null=True, blank=True, related_name="+")
    agency = models.ForeignKey("workflows.Agency", models.PROTECT, related_name="+")
    basis = models.CharField(max_length=120)

    class Meta:
        ordering = ["sector", "township_id", "id"]
        constraints = [
            models.UniqueConstraint(fields=["sector", "township"], nulls_distinct=False, name="routing_rule_once")
        ]


class DeskWords(models.Model):
    """Words the desk has ready (常用语、问话提示、咨询答复): data the administrator keeps, never a rule.

    `text` is what is inserted, asked of the caller, or written down as his question; a consultation (咨询) has a `name`
    to choose it by and the `answer`, whose facts of law stand with their source.
    """

    class Kind(models.TextChoices):
        PHRASE = "phrase", _("常用语")
        QUESTION = "question", _("问话提示")
        TOPIC = "topic", _("咨询答复")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    place = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=20, blank=True)
    text = models.CharField(max_length=200)
    answer = models.TextField(blank=True)

    class Meta:
        ordering = ["kind", "place", "id"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "text"], name="desk_words_once"),
            models.UniqueConstraint(fields=["name"], condition=models.Q(kind="topic"), name="topic_name_once"),
            models.CheckConstraint(
                name="topic_has_name_and_answer",
                condition=~models.Q(kind="topic") | ~models.Q(name="") & ~models.Q(answer=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}：{self.name or self.text}"


class TypedText(models.Model):
    """What somebody types and has not filed yet: minutes while they talk, a note on a case. One row per person and
    place; gone when it is filed. Nobody else reads it, no clock runs on it.
    """

    officer = models.ForeignKey("workflows.Officer", models.CASCADE, related_name="+")
    subject = models.UUIDField()
    text = models.TextField()
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["officer", "subject"], name="typed_once")]
