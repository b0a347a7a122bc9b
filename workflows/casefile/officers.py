"""The county's map and its people in office: townships, agencies, officers, acting appointments.

Officers are rows of the rulebook, not users: a user of the desk points to one. An officer's roles of a day are his
own plus those a dated acting appointment (主持工作) gives him.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, QuerySet

from workflows.casefile.personal import Identified, PersonalText
from workflows.roles import Actor, Role


class Township(models.Model):
    """A township or subdistrict of the county (乡镇), by its statistical code."""

    code = models.CharField(max_length=12, primary_key=True)
    name = models.CharField(max_length=40)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Village(models.Model):
    """A village or neighbourhood (村、社区)."""

    code = models.CharField(max_length=12, primary_key=True)
    name = models.CharField(max_length=60)
    township = models.ForeignKey(Township, models.PROTECT, related_name="villages")

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Agency(models.Model):
    """A public body that takes part: the bureau, the hotline, the police, regulators, townships."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=20)
    phone = models.CharField(max_length=40, blank=True)
    address = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "agencies"

    def __str__(self) -> str:
        return self.name


class Officer(Identified):
    """A person in office. Without a valid enforcement certificate he is not assigned to an inspection (FIL-06, HNEX
    20)."""

    name = models.CharField(max_length=60)
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="officers")
    roles = ArrayField(models.CharField(max_length=20, choices=Role.choices))
    phone = PersonalText(blank=True)
    certificate = models.CharField(max_length=40, blank=True)
    certificate_valid_to = models.DateField(null=True, blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name

    def certified_on(self, day: date) -> bool:
        """Whether his enforcement certificate is valid on that legal day."""
        return bool(self.certificate) and (self.certificate_valid_to is None or self.certificate_valid_to >= day)


class ActingAppointment(models.Model):
    """主持工作: a role held for some days on the strength of a paper, which every approval under it quotes."""

    officer = models.ForeignKey(Officer, models.PROTECT, related_name="appointments")
    role = models.CharField(max_length=20, choices=Role.choices)
    from_day = models.DateField()
    to_day = models.DateField()
    paper = models.CharField(max_length=120)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(to_day__gte=models.F("from_day")), name="acting_in_order")]


def covering(day: date) -> QuerySet[ActingAppointment]:
    """The appointments that cover a legal day."""
    return ActingAppointment.objects.filter(from_day__lte=day, to_day__gte=day)


def actor_of(officer: Officer, day: date, appointed: Mapping[str, str] | None = None) -> Actor:
    """The actor an officer is on a legal day: own roles plus those of acting appointments that cover the day.

    `appointed` are those appointments, role to paper, where the caller has read them with the officer.
    """
    if appointed is None:
        appointed = dict(covering(day).filter(officer=officer).values_list("role", "paper"))
    acting = dict(appointed) if officer.active else {}
    own = officer.roles if officer.active else []
    return Actor(
        officer_id=officer.pk,
        name=officer.name,
        agency=officer.agency.code,
        roles=frozenset(own) | frozenset(acting),
        certificate=officer.certificate,
        certificate_valid_to=officer.certificate_valid_to,
        acting=acting,
        public_id=str(officer.public_id),
    )
