"""The chain of contracts of a case and what is established about it: the facts on which it rests who must pay.

One row a case, amended by the act `establish_chain`, whose event keeps old and new. Names not established here are
those of the project.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from workflows.casefile.case import Case
from workflows.casefile.evidence import Evidence
from workflows.law.liability import Closing, Facts, Party

#: columns that hold the name of a party, in the order of the chain
NAMES = {
    Party.DEVELOPER: "developer",
    Party.GENERAL_CONTRACTOR: "general_contractor",
    Party.SUBCONTRACTOR: "subcontractor",
    Party.USER_UNIT: "user_unit",
    Party.LENDING_UNIT: "lending_unit",
    Party.INVESTOR: "investor",
    Party.SUCCESSOR: "successor",
}
#: columns that are facts of the decision table, by the same names
FACTS = (
    "supplied_without_licence", "name_lent", "personal_business", "merged_or_split", "successor_agreed", "closing",
    "developer_did_not_pay", "unsettled_price", "subcontractor_owes", "passed_on", "contracted_unqualified_by",
    "project_illegal", "dispute_about_work",
)  # fmt: skip


class Chain(models.Model):
    """Developer → general contractor → subcontractor → crew leader, the others who may answer, and the facts."""

    case = models.OneToOneField(Case, models.PROTECT, related_name="chain")
    developer = models.CharField(max_length=120, blank=True)
    general_contractor = models.CharField(max_length=120, blank=True)
    subcontractor = models.CharField(max_length=120, blank=True)
    crew_leader = models.CharField(max_length=60, blank=True)
    user_unit = models.CharField(max_length=120, blank=True)
    lending_unit = models.CharField(max_length=120, blank=True)
    investor = models.CharField(max_length=120, blank=True)
    successor = models.CharField(max_length=120, blank=True)
    general_contractor_licensed = models.BooleanField(null=True)
    subcontractor_licensed = models.BooleanField(null=True)

    supplied_without_licence = models.BooleanField(default=False)
    name_lent = models.BooleanField(default=False)
    personal_business = models.BooleanField(default=False)
    merged_or_split = models.BooleanField(default=False)
    successor_agreed = models.BooleanField(default=False)
    closing = models.CharField(max_length=24, blank=True, choices=[(c.value, c.label) for c in Closing if c.value])
    developer_did_not_pay = models.BooleanField(default=False)
    unsettled_price = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    subcontractor_owes = models.BooleanField(default=False)
    passed_on = models.BooleanField(default=False)
    contracted_unqualified_by = models.CharField(max_length=24, blank=True)
    project_illegal = models.BooleanField(default=False)
    dispute_about_work = models.BooleanField(default=False)

    evidence = models.ForeignKey(Evidence, models.PROTECT, null=True, blank=True, related_name="+")
    basis = models.TextField(blank=True)
    established_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(contracted_unqualified_by__in=["", Party.DEVELOPER.value, Party.GENERAL_CONTRACTOR.value]),
                name="chain_contracted_by_known",
            ),
            models.CheckConstraint(
                condition=Q(unsettled_price__isnull=True) | Q(unsettled_price__gte=0), name="chain_price_sane"
            ),
        ]

    @property
    def facts(self) -> Facts:
        """The facts as the decision table reads them."""
        said = {name: getattr(self, name) for name in FACTS}
        said["closing"] = Closing(self.closing)
        said["contracted_unqualified_by"] = (
            Party(self.contracted_unqualified_by) if self.contracted_unqualified_by else None
        )
        return Facts(**said)
