"""The parties: employer, project with its contract chain, worker, informant.

Employers and projects are small dictionary tables shared by many cases; workers belong to one complaint and follow it
into its case. The informant's identity stands apart in a table of its own (INT-05: LSIR 9, HNR 8).
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from workflows.casefile.officers import Agency, Township
from workflows.casefile.personal import Identified, PersonalText


class Sector(models.TextChoices):
    """行业: decides which regulator is told and which liability rules are looked at first."""

    CONSTRUCTION = "construction", "工程建设"
    MANUFACTURING = "manufacturing", "制造"
    CATERING = "catering", "餐饮"
    SERVICES = "services", "服务"
    PLATFORM = "platform", "平台用工"
    OTHER = "other", "其他"


class Employer(Identified):
    """用人单位. The unified credit code is optional at intake and mandatory before listing or publication (O29, HCR 16)."""

    name = models.CharField(max_length=120)
    credit_code = models.CharField(max_length=18, blank=True)
    domicile = models.CharField(max_length=200, blank=True)
    legal_rep_name = models.CharField(max_length=60, blank=True)
    legal_rep_post = models.CharField(max_length=60, blank=True)
    phone = PersonalText(blank=True)
    #: 实际控制人, who need not stand in its papers
    actual_controller = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["credit_code"], condition=~Q(credit_code=""), name="employer_code_once"),
        ]
        indexes = [models.Index(fields=["name"], name="employer_name")]

    def __str__(self) -> str:
        return self.name


class Project(Identified):
    """工程项目 with its chain: developer → general contractor → subcontractor → crew leader (WPR 28–36)."""

    name = models.CharField(max_length=120)
    place = models.CharField(max_length=200, blank=True)
    township = models.ForeignKey(Township, models.PROTECT, null=True, blank=True)
    developer = models.CharField(max_length=120, blank=True)
    general_contractor = models.CharField(max_length=120, blank=True)
    subcontractor = models.CharField(max_length=120, blank=True)
    crew_leader_name = models.CharField(max_length=60, blank=True)
    crew_leader_phone = PersonalText(blank=True)
    industry_sector = models.CharField(max_length=20, choices=Sector.choices, blank=True)
    #: 行业主管部门: 住建, 交通 or 水利, who supervises the project (WPR 7)
    regulator = models.ForeignKey(Agency, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["name"], name="project_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def regulator_code(self) -> str:
        """The code by which forms name the agency that supervises it, "" where none is known."""
        return self.regulator.code if self.regulator is not None else ""


class Worker(Identified):
    """农民工: one person of one complaint; the same person may stand in several complaints of one case (`same_person`)."""

    complaint = models.ForeignKey("workflows.Complaint", models.PROTECT, related_name="workers")
    case = models.ForeignKey("workflows.Case", models.PROTECT, null=True, blank=True, related_name="workers")
    name = models.CharField(max_length=60)
    trade = models.CharField(max_length=40, blank=True)
    id_document_type = models.CharField(max_length=20, blank=True)
    id_number = PersonalText(blank=True)
    phone = PersonalText(blank=True)
    bank_account = PersonalText(blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["case"], name="worker_case"),
            models.Index(fields=["phone"], condition=~Q(phone=""), name="worker_phone"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def same_person(self) -> tuple[str, str]:
        """What tells one worker from another when 人数 is counted: the ID number, else name and phone."""
        return ("id", self.id_number) if self.id_number else (self.name, self.phone)


class Informant(models.Model):
    """举报人 or a complainant who asked for confidentiality: readable by nobody by role, on no paper that leaves the
    bureau."""

    complaint = models.OneToOneField("workflows.Complaint", models.PROTECT, related_name="informant")
    name = PersonalText(blank=True)
    phone = PersonalText(blank=True)
    id_number = PersonalText(blank=True)
    residence = PersonalText(blank=True)
    sex = PersonalText(blank=True)
    birth_date = PersonalText(blank=True)
    occupation = PersonalText(blank=True)
    work_unit = PersonalText(blank=True)
