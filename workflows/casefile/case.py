"""The case (案件): what is handled. It has no state of its own; its procedures have.

Also the series that numbers are taken from: a number is reserved in the transaction that uses it and never used twice.
"""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from workflows import clock
from workflows.casefile.complaint import Root
from workflows.casefile.officers import Agency, Officer, Township
from workflows.casefile.parties import Employer, Project, Sector

#: the nearest limit of a case on which none runs: after every day that a limit can end on
NEVER = datetime(9999, 1, 1, tzinfo=clock.SHANGHAI)


class Case(Root):
    """One case of one bureau against one employer; many complaints may belong to it.

    `nearest_at` is when the nearest of its running limits ends, other parties' windows and limits that stand still
    left out: what the queue is sorted by. `write` keeps it with the limits, `check_invariants` compares.
    """

    number = models.CharField(max_length=40, unique=True)
    bureau = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    employer = models.ForeignKey(Employer, models.PROTECT, related_name="cases")
    project = models.ForeignKey(Project, models.PROTECT, null=True, blank=True, related_name="cases")
    township = models.ForeignKey(Township, models.PROTECT, null=True, blank=True, related_name="+")
    industry_sector = models.CharField(max_length=20, choices=Sector.choices, blank=True)
    filed_on = models.DateField()
    joined_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="joined_cases")
    nearest_at = models.DateTimeField(default=NEVER, db_default=NEVER)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(joined_into__isnull=True) | ~Q(joined_into=models.F("id")), name="case_joins_another"
            )
        ]
        indexes = [models.Index(fields=["nearest_at", "id"], name="case_nearest")]

    def __str__(self) -> str:
        return self.number


class Assignment(models.Model):
    """An inspector on a case; one of them leads (主办监察员, FIL-04). Ended rows stay."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="assignments")
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="assignments")
    lead = models.BooleanField(default=False)
    from_at = models.DateTimeField()
    to_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "officer"], condition=Q(to_at__isnull=True), name="assigned_once_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["case"], condition=Q(to_at__isnull=True, lead=True), name="one_lead_at_a_time"
            ),
        ]
        indexes = [models.Index(fields=["officer"], condition=Q(to_at__isnull=True), name="assigned_now")]


class NumberSeries(models.Model):
    """文书编号: the last number given in a series of a year."""

    series = models.CharField(max_length=40)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["series", "year"], name="one_row_per_series_and_year")]
        verbose_name_plural = "number series"
