"""专项检查 (measure 8.3): a campaign over a list of employers and projects, and what was found at each.

No case moves here, so there is no chain of events; the history is kept by rows that nobody changes: a change of the
campaign is a `SpecialInspectionChange`, a later result is a further `SpecialInspectionFinding` that names the one it
replaces. The database takes neither change nor deletion of them. The verbs are `workflows/campaigns.py`.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from workflows.casefile.complaint import Complaint
from workflows.casefile.officers import Officer
from workflows.casefile.parties import Employer, Project
from workflows.casefile.personal import Identified


class SpecialInspection(Identified):
    """A campaign with its period, order number and team."""

    name = models.CharField(max_length=120)
    order_number = models.CharField(max_length=60, blank=True)
    from_day = models.DateField()
    to_day = models.DateField()
    team = models.ManyToManyField(Officer, related_name="special_inspections", blank=True)

    class Meta:
        ordering = ["-from_day", "-id"]

    def __str__(self) -> str:
        return self.name


class SpecialInspectionChange(models.Model):
    """Who set or changed what of a campaign: {field: [before, after]}, in words."""

    inspection = models.ForeignKey(SpecialInspection, models.PROTECT, related_name="changes")
    at = models.DateTimeField()
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    told = models.JSONField(default=dict)

    class Meta:
        ordering = ["id"]


class SpecialInspectionEntry(Identified):
    """One employer, or one project of an employer, on the list. Never changed: what is known of it are its findings."""

    inspection = models.ForeignKey(SpecialInspection, models.PROTECT, related_name="entries")
    number = models.PositiveIntegerField()
    employer_name = models.CharField(max_length=120)
    project_name = models.CharField(max_length=120, blank=True)
    employer = models.ForeignKey(Employer, models.PROTECT, null=True, blank=True, related_name="+")
    project = models.ForeignKey(Project, models.PROTECT, null=True, blank=True, related_name="+")
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(Officer, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["inspection", "number"], name="special_entry_number_once")]

    def __str__(self) -> str:
        return " ".join(part for part in (self.employer_name, self.project_name) if part)


class SpecialInspectionFinding(models.Model):
    """What was found at one entry on a day. The newest of an entry is the one that no other replaces."""

    class Result(models.TextChoices):
        IN_ORDER = "in_order", "未发现问题"
        CORRECTED = "corrected", "当场整改"
        COMPLAINT = "complaint", "转为案源"
        DROPPED = "dropped", "移出名单"

    entry = models.ForeignKey(SpecialInspectionEntry, models.PROTECT, related_name="findings")
    result = models.CharField(max_length=20, choices=Result.choices)
    found = models.TextField(blank=True)
    looked_on = models.DateField()
    complaint = models.ForeignKey(Complaint, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(Officer, models.PROTECT, null=True, blank=True, related_name="+")
    replaces = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="replaced_by")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["entry"], condition=Q(replaces=None), name="special_finding_begins_once"),
            models.CheckConstraint(
                condition=Q(result="complaint", complaint__isnull=False) | ~Q(result="complaint") & Q(complaint=None),
                name="special_finding_complaint",
            ),
            models.CheckConstraint(
                condition=Q(result="in_order") | ~Q(found=""), name="special_finding_says_what_was_found"
            ),
            models.CheckConstraint(condition=~Q(replaces=F("id")), name="special_finding_replaces_another"),
        ]


def newest_findings() -> QuerySet[SpecialInspectionFinding]:
    """The findings that stand: one for each entry that has been looked at."""
    return SpecialInspectionFinding.objects.filter(replaced_by=None)


def with_result(entries: QuerySet[SpecialInspectionEntry]) -> QuerySet[Any]:
    """Entries with `.result`, the result that stands, "" for one not yet looked at."""
    standing = newest_findings().filter(entry=OuterRef("pk")).values("result")[:1]
    return entries.annotate(result=Coalesce(Subquery(standing), Value("")))
