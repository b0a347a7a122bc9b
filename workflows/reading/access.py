"""Who sees what: one function behind lists, details, counts, search and the API. What it leaves out answers 404.

The rules are those of `procedures.md` (Sees). Acts have their own permission on top; a person may act only on what
he sees.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

from workflows.casefile.campaigns import SpecialInspection, SpecialInspectionEntry
from workflows.casefile.case import Case
from workflows.casefile.complaint import Complaint
from workflows.casefile.file import bureau_of
from workflows.casefile.sharing import DataRequest
from workflows.casefile.tasks import AgencyTask
from workflows.procedures.inspection import Inspection
from workflows.procedures.intake import Intake
from workflows.procedures.joint_reception import JointReception
from workflows.procedures.police_transfer import PoliceTransfer
from workflows.record import Event
from workflows.roles import BUREAU_ROLES, OUTSIDE_ROLES, Actor, Role

M = TypeVar("M", bound=Model)


class Purpose(StrEnum):
    """Why somebody looks. WORK: to handle. ACT: to do the one act he is asked for. OVERSIGHT: the backlog, without
    identities.
    """

    WORK = "work"
    ACT = "act"
    OVERSIGHT = "oversight"


#: who reads every special inspection; beside them its own team
CAMPAIGN_READERS = (Role.SQUAD_LEADER, Role.BUREAU_HEAD, Role.PRINCIPAL_HEAD, Role.LEADER, Role.AUDITOR)

#: no row; not an empty IN (), which Django refuses to turn into SQL, and the queue is SQL
NOTHING = Q(pk__lt=0)


def visible_to(actor: Actor, model: type[M], purpose: Purpose = Purpose.WORK) -> QuerySet[M]:
    """The rows of a model the actor may see for a purpose: complaints, cases, procedures, events."""
    rule = _RULES[model]
    return model._default_manager.filter(rule(actor, purpose))


def sees_identities(actor: Actor) -> bool:
    """Whether complainants are shown by name at all: leaders see the backlog without them."""
    return actor.has(
        *BUREAU_ROLES, Role.OPERATOR, Role.RECEPTIONIST, Role.LEGAL_REVIEWER, Role.POLICE_OFFICER, Role.PROSECUTOR
    )


def bureaus_of(actor: Actor) -> list[str]:
    """Codes of the bureaus whose files the actor works on: his own agency's, or that of the brigade he serves in."""
    if not actor.has(*BUREAU_ROLES):
        return []
    return [bureau_of(actor.agency)]


def _complaints(actor: Actor, purpose: Purpose) -> Q:
    q = Q(bureau__code__in=bureaus_of(actor)) if bureaus_of(actor) else NOTHING
    if actor.has(Role.OPERATOR, Role.RECEPTIONIST):
        q |= Q(registered_at_desk__code=actor.agency)
    if actor.has(Role.RECEPTIONIST):
        q |= Q(pk__in=JointReception.objects.filter(complaint__isnull=False).values("complaint"))
    if actor.has(Role.LEGAL_REVIEWER):
        q |= Q(case__in=_reviewed(actor))
    if actor.has(Role.LEADER) and purpose == Purpose.OVERSIGHT:
        q |= Q(pk__isnull=False)
    if actor.has(*OUTSIDE_ROLES) and purpose == Purpose.ACT:
        q |= Q(intake__referred_to__code=actor.agency) | Q(pk__in=_asked(actor).values("complaint"))
    return q


def _cases(actor: Actor, purpose: Purpose) -> Q:
    q = Q(bureau__code__in=bureaus_of(actor)) if bureaus_of(actor) else NOTHING
    if actor.has(Role.RECEPTIONIST):
        q |= Q(pk__in=JointReception.objects.filter(case__isnull=False).values("case"))
    if actor.has(Role.LEGAL_REVIEWER):
        q |= Q(pk__in=_reviewed(actor))
    if actor.has(Role.LEADER) and purpose == Purpose.OVERSIGHT:
        q |= Q(pk__isnull=False)
    if actor.has(*OUTSIDE_ROLES) and purpose == Purpose.ACT:
        asked_for_data = DataRequest.objects.filter(agency__code=actor.agency)
        q |= Q(pk__in=_asked(actor).values("case")) | Q(pk__in=asked_for_data.values("case"))
    return q


def _transfers(actor: Actor, purpose: Purpose) -> Q:
    q = Q(case__in=Case.objects.filter(_bureau_cases(actor)))
    if actor.has(Role.POLICE_OFFICER, Role.PROSECUTOR):
        q |= Q(sent_at__isnull=False, state__in=list(PoliceTransfer.SHOWN))
    if actor.has(Role.LEADER) and purpose == Purpose.OVERSIGHT:
        q |= Q(pk__isnull=False)
    return q


def _bureau_cases(actor: Actor) -> Q:
    return Q(bureau__code__in=bureaus_of(actor)) if bureaus_of(actor) else NOTHING


def _intakes(actor: Actor, purpose: Purpose) -> Q:
    return Q(complaint__in=visible_to(actor, Complaint, purpose))


def _inspections(actor: Actor, purpose: Purpose) -> Q:
    if actor.has(Role.LEADER) and purpose == Purpose.ACT:  # a supervision order needs the act, not the case
        return Q(pk__isnull=False)
    return Q(case__in=visible_to(actor, Case, purpose))


def _receptions(actor: Actor, purpose: Purpose) -> Q:
    return (
        Q(case__in=visible_to(actor, Case, purpose))
        | Q(complaint__in=visible_to(actor, Complaint, purpose))
        | (Q(pk__isnull=False) if actor.has(Role.RECEPTIONIST) else NOTHING)
    )


def _events(actor: Actor, purpose: Purpose) -> Q:
    if actor.has(Role.AUDITOR):
        return Q(pk__isnull=False)
    return Q(case__in=visible_to(actor, Case, purpose)) | Q(complaint__in=visible_to(actor, Complaint, purpose))


def _campaigns(actor: Actor, purpose: Purpose) -> Q:
    if actor.has(*CAMPAIGN_READERS):
        return Q(pk__isnull=False)
    return Q(pk__in=SpecialInspection.team.through.objects.filter(officer=actor.officer_id).values("specialinspection"))


def _campaign_entries(actor: Actor, purpose: Purpose) -> Q:
    return Q(inspection__in=visible_to(actor, SpecialInspection, purpose))


def _reviewed(actor: Actor) -> QuerySet[Any]:
    return Inspection.objects.filter(legal_reviewer=actor.officer_id).values("case")


def _asked(actor: Actor) -> QuerySet[AgencyTask]:
    return AgencyTask.objects.filter(agency__code=actor.agency)


_RULES: dict[type[Model], Any] = {
    Complaint: _complaints,
    Case: _cases,
    Intake: _intakes,
    Inspection: _inspections,
    JointReception: _receptions,
    PoliceTransfer: _transfers,
    Event: _events,
    SpecialInspection: _campaigns,
    SpecialInspectionEntry: _campaign_entries,
}
