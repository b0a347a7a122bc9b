"""What other agencies are asked to do on a case, and the plain record of a reception day.

A task is the question to one agency, out of a joint reception (assign_task) or an inspection (ask_agency 协查, appoint
约谈); the notice that carries it is the mailroom's.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from workflows.casefile.case import Case
from workflows.casefile.complaint import Complaint
from workflows.casefile.officers import Agency, Officer
from workflows.casefile.personal import Identified


class AgencyTask(Identified):
    """One question to one agency: asked, answered or given back, with the day the answer is due."""

    case = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, related_name="tasks")
    complaint = models.ForeignKey(Complaint, models.PROTECT, null=True, blank=True, related_name="tasks")
    joint = models.ForeignKey("workflows.JointReception", models.PROTECT, null=True, blank=True, related_name="tasks")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="tasks")
    lead = models.BooleanField(default=False)
    question = models.TextField()
    basis = models.CharField(max_length=80, blank=True)
    due_on = models.DateField()
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True)
    returned_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["agency"], condition=Q(answered_at__isnull=True), name="task_waiting")]

    @property
    def waiting(self) -> bool:
        """Whether an answer is still owed."""
        return self.answered_at is None


class ReceptionDay(Identified):
    """联合接待日: date, place, who is there, the number now called. Which visitor came is a joint reception of its own."""

    day = models.DateField()
    place = models.CharField(max_length=120)
    agencies = models.ManyToManyField(Agency, related_name="reception_days")
    officers = models.ManyToManyField(Officer, related_name="reception_days", blank=True)
    minutes = models.TextField(blank=True)
    calling = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["-day", "id"]

    def __str__(self) -> str:
        return f"{self.day} {self.place}"
