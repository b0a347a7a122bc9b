"""The county's invented people for tests: one officer per role, by name of the role."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import date

from workflows import clock
from workflows.casefile.officers import ActingAppointment, Agency, Officer, actor_of
from workflows.casefile.tasks import ReceptionDay
from workflows.roles import Actor, Role

VALID = date(2030, 12, 31)


class Rows(dict[str, Officer]):
    """The officers as they were written. Each look gives a copy: the fixtures share these rows between tests, and what
    one test does to its own database must not come back with another test's `save()`.
    """

    def __getitem__(self, name: str) -> Officer:
        return copy.copy(super().__getitem__(name))


@dataclass
class People:
    """Actors of today, looked up afresh at each use so that appointments and roles count at once."""

    officers: Rows

    def __getattr__(self, name: str) -> Actor:
        try:
            officer = self.officers[name]
        except KeyError:
            raise AttributeError(name) from None
        officer = Officer.objects.select_related("agency").get(pk=officer.pk)
        return actor_of(officer, clock.today())

    def id(self, name: str) -> str:
        """The public id by which an input names an officer."""
        return str(self.officers[name].public_id)


def settle_county() -> People:
    """Write the officers of the county and return them."""
    rows = [
        ("operator", "热线甲", "hotline", [Role.OPERATOR], ""),
        ("receptionist", "接访甲", "petition", [Role.RECEPTIONIST], ""),
        ("lead", "监察甲", "hrss", [Role.INSPECTOR], "豫渑监001"),
        ("second", "监察乙", "hrss", [Role.INSPECTOR], "豫渑监002"),
        ("third", "监察丙", "hrss", [Role.INSPECTOR], "豫渑监003"),
        ("uncertified", "监察丁", "hrss", [Role.INSPECTOR], ""),
        ("squad_leader", "大队长甲", "hrss", [Role.SQUAD_LEADER], "豫渑监000"),
        ("bureau_head", "副局长甲", "hrss", [Role.BUREAU_HEAD], ""),
        ("principal_head", "局长甲", "hrss", [Role.PRINCIPAL_HEAD], ""),
        ("legal_reviewer", "法制甲", "hrss", [Role.LEGAL_REVIEWER], ""),
        ("housing", "住建甲", "housing", [Role.LIAISON], ""),
        ("transport", "交通甲", "transport", [Role.LIAISON], ""),
        ("police", "公安甲", "police", [Role.POLICE_OFFICER], ""),
        ("prosecutor", "检察甲", "procuratorate", [Role.PROSECUTOR], ""),
        ("leader", "领导甲", "leading_group", [Role.LEADER], ""),
        ("auditor", "审计甲", "hrss", [Role.AUDITOR], ""),
        ("administrator", "管理甲", "hrss", [Role.ADMINISTRATOR], ""),
    ]
    agencies = {a.code: a for a in Agency.objects.all()}
    officers = {}
    for key, name, agency, roles, certificate in rows:
        officers[key] = Officer.objects.create(
            name=name,
            agency=agencies[agency],
            roles=[r.value for r in roles],
            certificate=certificate,
            certificate_valid_to=VALID if certificate else None,
        )
    return People(Rows(officers))


def reception_day(day: date, *codes: str) -> ReceptionDay:
    """A reception day with the named agencies at the table."""
    row = ReceptionDay.objects.create(day=day, place="县联合接待大厅")
    row.agencies.set(Agency.objects.filter(code__in=codes or ("hrss", "housing")))
    return row


def appoint(officer: Officer, role: Role, first: date, last: date, paper: str) -> ActingAppointment:
    """主持工作 for some days."""
    return ActingAppointment.objects.create(officer=officer, role=role, from_day=first, to_day=last, paper=paper)
