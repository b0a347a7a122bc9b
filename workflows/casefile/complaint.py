"""The complaint (投诉) or report (举报): one contact by one complainant, with every field of section 5.1 of the rules.

Most fields are optional at the hotline; the acts say where each becomes required. A complaint is a root of the record
until it has a case.
"""

from __future__ import annotations

import re

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from workflows.casefile.officers import Agency, Officer, Township
from workflows.casefile.parties import Sector
from workflows.casefile.personal import Identified, PersonalText

#: numbers that take a short message
_MOBILE = re.compile(r"1[3-9][0-9]{9}")


class Channel(models.TextChoices):
    """How the complaint came in."""

    HOTLINE = "hotline", "热线"
    WINDOW = "window", "窗口来访"
    LETTER = "letter", "来信"
    WEB = "web", "网络"
    CLUE_PLATFORM = "clue_platform", "全国欠薪线索平台"
    PETITION = "petition", "信访转来"
    JOINT_RECEPTION = "joint_reception", "联合接待"
    INSPECTION = "inspection", "检查发现"


class Sex(models.TextChoices):
    MALE = "male", "男"
    FEMALE = "female", "女"


class PayBasis(models.TextChoices):
    MONTH = "month", "按月"
    DAY = "day", "按日"
    PIECE = "piece", "计件"


class Root(Identified):
    """A row that carries a chain of events: its version is their number, its head the hash of the newest."""

    version = models.PositiveIntegerField(default=0)
    head_hash = models.BinaryField(default=b"")

    class Meta:
        abstract = True


class Complaint(Root):
    """One contact. Field names follow section 5.1 of the rules; the source of each duty stands there."""

    case = models.ForeignKey("workflows.Case", models.PROTECT, null=True, blank=True, related_name="complaints")
    bureau = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    registered_at_desk = models.ForeignKey(Agency, models.PROTECT, null=True, blank=True, related_name="+")
    operator = models.ForeignKey(Officer, models.PROTECT, null=True, blank=True, related_name="+")

    channel = models.CharField(max_length=20, choices=Channel.choices)
    source_id = models.CharField(max_length=80, blank=True)
    received_at = models.DateTimeField()
    title = models.CharField(max_length=200, blank=True)
    notice_shown_at = models.DateTimeField(null=True, blank=True)

    is_informant = models.BooleanField(default=False)
    anonymous = models.BooleanField(default=False)
    confidentiality_requested = models.BooleanField(default=False)
    complainant_name = models.CharField(max_length=60, blank=True)
    complainant_sex = models.CharField(max_length=10, choices=Sex.choices, blank=True)
    complainant_birth_date = models.DateField(null=True, blank=True)
    complainant_occupation = models.CharField(max_length=60, blank=True)
    complainant_work_unit = models.CharField(max_length=120, blank=True)
    complainant_residence = PersonalText(blank=True)
    complainant_phone = PersonalText(blank=True)
    id_document_type = models.CharField(max_length=20, blank=True)
    id_number = PersonalText(blank=True)
    representative_of = models.PositiveIntegerField(null=True, blank=True)
    representatives = models.CharField(max_length=300, blank=True)

    employer_name = models.CharField(max_length=120, blank=True)
    employer_unknown = models.BooleanField(default=False)
    employer_domicile = models.CharField(max_length=200, blank=True)
    legal_rep_name = models.CharField(max_length=60, blank=True)
    legal_rep_post = models.CharField(max_length=60, blank=True)
    unified_credit_code = models.CharField(max_length=18, blank=True)
    industry_sector = models.CharField(max_length=20, choices=Sector.choices, blank=True)
    project_name = models.CharField(max_length=120, blank=True)
    project_place = models.CharField(max_length=200, blank=True)
    developer = models.CharField(max_length=120, blank=True)
    general_contractor = models.CharField(max_length=120, blank=True)
    subcontractor = models.CharField(max_length=120, blank=True)
    crew_leader_name = models.CharField(max_length=60, blank=True)
    crew_leader_phone = PersonalText(blank=True)
    #: 实际控制人: who stands behind the employer, whatever its papers say
    actual_controller = models.CharField(max_length=60, blank=True)
    #: 行业主管部门 of the project
    regulator = models.ForeignKey(Agency, models.PROTECT, null=True, blank=True, related_name="+")

    employed_in_county = models.BooleanField(null=True, blank=True)
    township = models.ForeignKey(Township, models.PROTECT, null=True, blank=True, related_name="+")
    violation_facts = models.TextField(blank=True)
    requests = models.TextField(blank=True)
    arrears_from = models.DateField(null=True, blank=True)
    arrears_to = models.DateField(null=True, blank=True)
    amount_claimed = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    pay_basis = models.CharField(max_length=10, choices=PayBasis.choices, blank=True)
    months_owed = models.DecimalField(max_digits=5, decimal_places=1, null=True, blank=True)
    worker_count = models.PositiveIntegerField(null=True, blank=True)
    employment_start = models.DateField(null=True, blank=True)
    employment_end = models.DateField(null=True, blank=True)
    last_work_day = models.DateField(null=True, blank=True)
    limitation_interrupted_on = models.DateField(null=True, blank=True)
    in_arbitration_or_court = models.BooleanField(default=False)
    other_procedures = models.CharField(max_length=300, blank=True)
    evidence_named = models.CharField(max_length=300, blank=True)

    #: 去向: by a rule (`destination_basis`) or chosen by hand (`destination_reason`); a proposal, the leader decides
    destination = models.ForeignKey(Agency, models.PROTECT, null=True, blank=True, related_name="+")
    destination_basis = models.CharField(max_length=160, blank=True)
    destination_reason = models.CharField(max_length=300, blank=True)
    #: the case the desk proposes to join it to
    join_case = models.ForeignKey("workflows.Case", models.PROTECT, null=True, blank=True, related_name="+")
    #: 来访: codes of the agencies that received, how many came, what was settled on the spot
    visit_departments = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    visit_people = models.PositiveIntegerField(null=True, blank=True)
    visit_result = models.TextField(blank=True)

    violation_continues = models.BooleanField(null=True, blank=True)
    violation_continues_reason = models.TextField(blank=True)
    urgent = models.CharField(max_length=200, blank=True)
    suspected_false_claim = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "source_id"], condition=~Q(source_id=""), name="complaint_source_once"
            ),
            models.CheckConstraint(
                condition=Q(amount_claimed__isnull=True) | Q(amount_claimed__gte=0), name="complaint_amount_sane"
            ),
            models.CheckConstraint(
                condition=Q(destination=None) | ~Q(destination_basis="") | ~Q(destination_reason=""),
                name="complaint_destination_has_its_why",
            ),
        ]
        indexes = [
            models.Index(fields=["case"], name="complaint_case"),
            # the look-up during a call: each reason of a match has its index
            models.Index(fields=["complainant_phone"], condition=~Q(complainant_phone=""), name="complaint_phone"),
            models.Index(fields=["id_number"], condition=~Q(id_number=""), name="complaint_document"),
            models.Index(fields=["crew_leader_phone"], condition=~Q(crew_leader_phone=""), name="complaint_crew"),
            models.Index(fields=["employer_name", "-received_at"], name="complaint_employer"),
            models.Index(fields=["received_at"], condition=Q(case__isnull=True), name="complaint_uncased"),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.public_id}"

    @property
    def identity_kept_apart(self) -> bool:
        """Whether the caller's identity belongs in `Informant`, not on the complaint (INT-05)."""
        return self.is_informant or self.anonymous or self.confidentiality_requested

    @property
    def mobile(self) -> str:
        """Where a short message may go: nowhere for whose identity is kept apart, his number does not leave its row."""
        number = "" if self.identity_kept_apart else self.complainant_phone or ""
        return number if _MOBILE.fullmatch(number) else ""

    @property
    def called(self) -> str:
        """How the complainant is named to people who may see the complaint."""
        if self.is_informant:
            return "举报人"
        if self.anonymous:
            return "匿名"
        return "要求保密的投诉人" if self.confidentiality_requested else self.complainant_name


#: `Complaint.called` as the database says it
CALLED = models.Case(
    models.When(is_informant=True, then=models.Value("举报人")),
    models.When(anonymous=True, then=models.Value("匿名")),
    models.When(confidentiality_requested=True, then=models.Value("要求保密的投诉人")),
    default=models.F("complainant_name"),
    output_field=models.TextField(),
)


class Amendment(models.Model):
    """A fact of a complaint that was corrected: the old value is kept, in a field fit for personal text."""

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="amendments")
    field = models.CharField(max_length=40)
    old = PersonalText(blank=True)
    new = PersonalText(blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["id"]


class FollowUp(models.Model):
    """回访: whether the complainant was reached and satisfied, and why not."""

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="follow_ups")
    at = models.DateTimeField()
    by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    reached = models.BooleanField()
    satisfied = models.BooleanField(null=True)
    why_not = models.TextField(blank=True)
