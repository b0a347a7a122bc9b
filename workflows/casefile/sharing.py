"""What passes between agencies on a case beside the questions of `tasks.py`: shared data asked for (政务数据共享条例),
supervision orders (督办), and the record of who used what was shared.

Rows only; the acts that write them stand in `procedures/sharing_acts.py`, what a recipient is told in `notices.py`.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import models
from django.db.models import Q

from notifications.notice import Notice
from workflows import clock
from workflows.casefile.case import Case
from workflows.casefile.complaint import Complaint
from workflows.casefile.officers import Agency, Officer
from workflows.casefile.personal import Identified

#: years a use record is kept at least (DSR 29)
KEPT_YEARS = 3


class DataRequest(Identified):
    """共享数据申请 (DSR 20–28): asked, decided by the agency that has the data, provided, corrected if it was wrong."""

    class Decision(models.TextChoices):
        AGREED = "agreed", "同意共享"
        REFUSED = "refused", "不同意共享"
        INCOMPLETE = "incomplete", "一次性告知须补充"

    class Method(models.TextChoices):
        PLATFORM = "platform", "通过政务数据平台"
        FILE = "file", "提供文件"
        CHECK = "check", "核验比对"

    case = models.ForeignKey(Case, models.PROTECT, related_name="data_requests")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="data_requests")
    wanted = models.TextField()
    scenario = models.TextField()
    basis = models.CharField(max_length=200)
    method = models.CharField(max_length=10, choices=Method.choices)
    use_until = models.DateField()
    conditional = models.BooleanField()
    asked_at = models.DateTimeField()
    decision = models.CharField(max_length=10, choices=Decision.choices, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.TextField(blank=True)
    provided_at = models.DateTimeField(null=True, blank=True)
    provided = models.TextField(blank=True)
    disputed_at = models.DateTimeField(null=True, blank=True)
    correction = models.TextField(blank=True)
    correction_asked_at = models.DateTimeField(null=True, blank=True)
    correction_answer = models.TextField(blank=True)
    corrected_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decision="", decided_at=None) | (~Q(decision="") & Q(decided_at__isnull=False)),
                name="data_request_decided",
            ),
            models.CheckConstraint(condition=Q(provided_at=None) | Q(decision="agreed"), name="data_request_provided"),
        ]

    @property
    def undecided(self) -> bool:
        """Whether the agency still owes its decision (DSR 21)."""
        return not self.decision

    @property
    def to_provide(self) -> bool:
        """Whether it agreed and still owes the data (DSR 22)."""
        return self.decision == self.Decision.AGREED and self.provided_at is None

    @property
    def to_correct(self) -> bool:
        """Whether it was asked to check what it provided and still owes the answer (DSR 26)."""
        return self.correction_asked_at is not None and self.corrected_at is None

    @property
    def waiting(self) -> bool:
        """Whether the agency owes something."""
        return self.undecided or self.to_provide or self.to_correct

    @property
    def stage(self) -> str:
        """Where it stands, in words."""
        if self.to_correct:
            return "待校核"
        if self.provided_at is not None:
            return "已提供"
        if self.to_provide:
            return "已同意，待提供"
        return self.Decision(self.decision).label if self.decision else "待答复"


class SupervisionOrder(Identified):
    """督办: a leader's question about a case or about what is overdue on it, and the answer that was owed to it."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="supervision_orders")
    question = models.TextField()
    about_rule = models.CharField(max_length=20, blank=True)
    due_on = models.DateField()
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["due_on"], condition=Q(answered_at__isnull=True), name="supervision_waiting")]

    @property
    def waiting(self) -> bool:
        """Whether the answer is still owed."""
        return self.answered_at is None


class UseRecord(models.Model):
    """使用记录 (DSR 29): who read, took away or used what was shared, for what. Append-only, kept three years and more.

    `what` is the heading of the notice, paper or data; no content and no complainant stands here.
    """

    class How(models.TextChoices):
        READ = "read", "查阅"
        DOWNLOADED = "downloaded", "下载"
        EXPORTED = "exported", "导出"
        USED = "used", "用于办案"
        STORED = "stored", "存储"
        DESTROYED = "destroyed", "销毁"

    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="uses")
    complaint = models.ForeignKey(Complaint, models.PROTECT, null=True, related_name="uses")
    notice = models.ForeignKey(Notice, models.PROTECT, null=True, related_name="+")
    data_request = models.ForeignKey(DataRequest, models.PROTECT, null=True, related_name="uses")
    what = models.CharField(max_length=200)
    how = models.CharField(max_length=10, choices=How.choices)
    purpose = models.CharField(max_length=300)
    note = models.TextField(blank=True)
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=60)
    agency = models.CharField(max_length=40)
    at = models.DateTimeField()
    keep_until = models.DateField()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["case", "id"], name="use_of_case"),
            models.Index(fields=["officer", "at"], name="use_by_officer"),
        ]


def kept_until(at: datetime) -> date:
    """The last day on which a use record may not be destroyed: three years after the use (DSR 29)."""
    day = clock.legal_day(at)
    try:
        return day.replace(year=day.year + KEPT_YEARS)
    except ValueError:  # 29 February
        return day.replace(year=day.year + KEPT_YEARS, day=28)
