"""Who acts: the roles of the county's people, and the actor that a request is resolved to.

Owns the list of roles and what a declaration may say of the person who performs an act. It knows no user and no HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    from workflows.casefile.file import CaseFile


class Role(models.TextChoices):
    """The roles of `procedures.md`; the value is the id used in data, the label what people say."""

    OPERATOR = "operator", "热线坐席"
    RECEPTIONIST = "receptionist", "接访人员"
    INSPECTOR = "inspector", "监察员"
    SQUAD_LEADER = "squad_leader", "监察大队长"
    BUREAU_HEAD = "bureau_head", "局负责人"
    PRINCIPAL_HEAD = "principal_head", "正职（主持工作）"
    LEGAL_REVIEWER = "legal_reviewer", "法制审核"
    LIAISON = "liaison", "协查联络员"
    POLICE_OFFICER = "police_officer", "公安"
    PROSECUTOR = "prosecutor", "检察院"
    LEADER = "leader", "领导"
    AUDITOR = "auditor", "审计"
    ADMINISTRATOR = "administrator", "系统管理员"
    COMPLAINANT = "complainant", "投诉人（凭回执码）"
    SYSTEM = "system", "系统"


#: the people of the bureau who work cases: they see all cases of the bureau
BUREAU_ROLES = frozenset({Role.INSPECTOR, Role.SQUAD_LEADER, Role.BUREAU_HEAD, Role.PRINCIPAL_HEAD})


@dataclass(frozen=True)
class Actor:
    """Who performs an act, as of today: handed to the engine, which reads no user table.

    `acting` maps a role held by a dated acting appointment (主持工作) to its paper, which each approval quotes.
    """

    officer_id: int | None
    name: str
    agency: str
    roles: frozenset[str]
    certificate: str = ""
    certificate_valid_to: date | None = None
    acting: Mapping[str, str] = field(default_factory=dict)
    public_id: str = ""

    def has(self, *roles: str) -> bool:
        """Whether the actor holds one of the roles today."""
        return not self.roles.isdisjoint(roles)


SYSTEM = Actor(None, "系统", "", frozenset({Role.SYSTEM}))
#: who may never be an officer's role
NOBODYS_OFFICE = frozenset({Role.SYSTEM, Role.COMPLAINANT})


def holder_of_receipt(complaint: Any) -> Actor:
    """Whoever showed the receipt code of a complaint and its second element: he may act on this one complaint only."""
    return Actor(None, "投诉人", "", frozenset({Role.COMPLAINANT}), public_id=str(complaint.public_id))


@dataclass(frozen=True)
class Who:
    """A role bound to the file: "the assigned inspector", "the liaison of the agency asked"."""

    role: Role
    label: str
    holds: Callable[[CaseFile, Any, Actor], bool]


def _assigned(file: CaseFile, subject: Any, actor: Actor) -> bool:
    return any(a.officer_id == actor.officer_id for a in file.assignments)


def _asked(file: CaseFile, subject: Any, actor: Actor) -> bool:
    return actor.agency in file.agencies_asked(subject)


def _asked_for_data(file: CaseFile, subject: Any, actor: Actor) -> bool:
    return actor.agency in file.agencies_asked_for_data


def _at_police(file: CaseFile, subject: Any, actor: Actor) -> bool:
    return subject.shown_to_police


def _own_complaint(file: CaseFile, subject: Any, actor: Actor) -> bool:
    """The complaint his receipt code belongs to, and no other of the same case."""
    return str(subject.complaint.public_id) == actor.public_id


def _sent_to_prosecutor(file: CaseFile, subject: Any, actor: Actor) -> bool:
    return subject.shown_to_police


RECEIPT_HOLDER = Who(Role.COMPLAINANT, "凭回执码的投诉人", _own_complaint)
ASSIGNED = Who(Role.INSPECTOR, "承办监察员", _assigned)
ASKED_LIAISON = Who(Role.LIAISON, "被请求单位联络员", _asked)
#: whoever answers for the agency asked: its liaison, or the police's and the procuratorate's own people
ASKED: tuple[Who, ...] = (
    ASKED_LIAISON,
    Who(Role.POLICE_OFFICER, "被请求的公安机关", _asked),
    Who(Role.PROSECUTOR, "被请求的检察机关", _asked),
)
#: the same for shared data
ASKED_FOR_DATA: tuple[Who, ...] = tuple(
    Who(role, "数据提供单位联络员" if role == Role.LIAISON else f"数据提供单位（{role.label}）", _asked_for_data)
    for role in (Role.LIAISON, Role.POLICE_OFFICER, Role.PROSECUTOR)
)
#: roles of other agencies: they see what their agency was asked and nothing of the case around it
OUTSIDE_ROLES = frozenset({Role.LIAISON, Role.POLICE_OFFICER, Role.PROSECUTOR})
POLICE = Who(Role.POLICE_OFFICER, "公安机关", _at_police)
PROSECUTOR = Who(Role.PROSECUTOR, "检察机关", _sent_to_prosecutor)

#: an approval that any other inspector of the case's bureau or the squad leader may give: the act came in on a
#: signed paper
SECOND_OFFICER = "second_officer"
