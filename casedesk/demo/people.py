"""The demo's people in office, all invented, and their accounts: the username is the role's id, one password for all.

Fit for a demo only: `county.build` refuses to run anywhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib.auth.hashers import make_password

from casedesk.models import User
from workflows import clock
from workflows.casefile.officers import ActingAppointment, Agency, Officer, actor_of
from workflows.roles import NOBODYS_OFFICE, Actor, Role

PASSWORD = "mianchi-demo"  # noqa: S105 - printed on the screen of the demo, exists nowhere else

R = Role
#: username, name, agency, role, enforcement certificate, days it is still valid
OFFICERS: tuple[tuple[str, str, str, Role, str, int], ...] = (
    ("operator", "周小满", "hotline", R.OPERATOR, "", 0),
    ("operator2", "许知夏", "hotline_12333", R.OPERATOR, "", 0),
    ("receptionist", "韩素梅", "petition", R.RECEPTIONIST, "", 0),
    ("receptionist2", "崔立春", "hrss", R.RECEPTIONIST, "", 0),
    ("inspector", "郭志远", "hrss", R.INSPECTOR, "豫渑监字第0117号", 900),
    ("inspector2", "宋雅琴", "hrss", R.INSPECTOR, "豫渑监字第0121号", 700),
    ("inspector3", "马立业", "hrss", R.INSPECTOR, "豫渑监字第0132号", 420),
    ("inspector4", "贾丽平", "hrss", R.INSPECTOR, "豫渑监字第0135号", 1100),
    ("inspector5", "杜若飞", "hrss", R.INSPECTOR, "豫渑监字第0140号", 260),
    ("inspector6", "李向阳", "hrss", R.INSPECTOR, "豫渑监字第0142号", 24),
    ("inspector7", "吴新苗", "hrss", R.INSPECTOR, "", 0),
    ("squad_leader", "赵卫国", "hrss", R.SQUAD_LEADER, "豫渑监字第0101号", 800),
    ("bureau_head", "孙丽君", "hrss", R.BUREAU_HEAD, "", 0),
    ("principal_head", "陈守诚", "hrss", R.PRINCIPAL_HEAD, "", 0),
    ("legal_reviewer", "何静怡", "hrss", R.LEGAL_REVIEWER, "", 0),
    ("liaison", "高树林", "housing", R.LIAISON, "", 0),
    ("liaison_transport", "秦远山", "transport", R.LIAISON, "", 0),
    ("liaison_water", "沈一鸣", "water", R.LIAISON, "", 0),
    ("liaison_market", "邹子安", "market", R.LIAISON, "", 0),
    ("liaison_township", "梁守田", "township_411221100", R.LIAISON, "", 0),
    ("liaison_union", "彭晓燕", "union", R.LIAISON, "", 0),
    ("police_officer", "丁一鸣", "police", R.POLICE_OFFICER, "", 0),
    ("prosecutor", "袁清和", "procuratorate", R.PROSECUTOR, "", 0),
    ("leader", "郑怀远", "leading_group", R.LEADER, "", 0),
    ("auditor", "冯素芬", "audit", R.AUDITOR, "", 0),
    ("administrator", "石砚之", "data", R.ADMINISTRATOR, "", 0),
)
#: the accounts that are printed first: one for each role
ACCOUNTS = {role: next(row[0] for row in OFFICERS if row[3] == role) for role in Role if role not in NOBODYS_OFFICE}
#: who handles cases, two by two, the lead first
TEAMS = (("inspector", "inspector2"), ("inspector3", "inspector4"), ("inspector5", "inspector6"),
         ("inspector2", "inspector5"), ("inspector", "inspector3"))  # fmt: skip
ACTING_PAPER = "渑人社文〔主持工作〕3号"


@dataclass
class Staff:
    """The officers by username, and the actors they are on a day of business time."""

    officers: dict[str, Officer]

    def __post_init__(self) -> None:
        self._actors: dict[tuple[str, date], Actor] = {}

    def __getitem__(self, username: str) -> Actor:
        key = (username, clock.today())
        if key not in self._actors:
            self._actors[key] = actor_of(self.officers[username], key[1])
        return self._actors[key]

    def id(self, username: str) -> str:
        """The public id by which an input names an officer."""
        return str(self.officers[username].public_id)


def settle(today: date) -> Staff:
    """The officers and their accounts; those that are there already stay as they are."""
    agencies = {agency.code: agency for agency in Agency.objects.all()}
    password = make_password(PASSWORD)
    officers = {}
    for username, name, agency, role, certificate, days in OFFICERS:
        officer = Officer.objects.filter(pk__in=User.objects.filter(username=username).values("officer")).first()
        if officer is None:
            officer = Officer.objects.create(
                name=name,
                agency=agencies[agency],
                roles=[role.value],
                certificate=certificate,
                certificate_valid_to=today + timedelta(days=days) if certificate else None,
            )
            User.objects.create(username=username, password=password, first_name=name, officer=officer)
        officers[username] = officer
    deputy = officers["bureau_head"]
    if not deputy.appointments.exists():
        # while the principal was at a course the deputy presided: approvals of those days quote the paper
        ActingAppointment.objects.create(
            officer=deputy, role=Role.PRINCIPAL_HEAD, paper=ACTING_PAPER,
            from_day=today - timedelta(days=34), to_day=today - timedelta(days=27),
        )  # fmt: skip
    return Staff(officers)
