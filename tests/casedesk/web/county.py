"""A small county with one account per role and cases in several states, reached by walking; built once.

Copied per test.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.test import Client
from django.urls import reverse

from casedesk.models import User
from tests import people, walks
from tests.people import People
from workflows import campaigns, clock
from workflows.casefile.complaint import Complaint
from workflows.models import Inspection
from workflows.perform import perform
from workflows.roles import SYSTEM

#: a Monday; the county's story runs from here, the reader looks at it from NOW
START = datetime(2026, 9, 7, 9, 0, tzinfo=clock.SHANGHAI)
NOW = datetime(2026, 9, 28, 10, 30, tzinfo=clock.SHANGHAI)
WORK = reverse("work")
PASSWORD = "correct-horse-7K4M"


@dataclass
class County:
    """The people, and the matters by name."""

    people: People
    ids: dict[str, Any] = field(default_factory=dict)

    def client(self, role: str, **options: Any) -> Client:
        """A signed-in client of the person who holds a role."""
        found = Client(**options)
        found.force_login(User.objects.get(username=role))
        return found

    def __getitem__(self, name: str) -> Any:
        return self.ids[name]


def account(role: str, officer: Any) -> User:
    """The account of an officer."""
    user = User(username=role, officer=officer)
    user.set_password(PASSWORD)
    user.save()
    return user


def settled() -> County:
    """Officers and accounts, no cases."""
    county = people.settle_county()
    for role, officer in county.officers.items():
        account(role, officer)
    return County(county)


def busy() -> County:
    """One matter of every kind that a page shows."""
    county = settled()
    who = county.people
    with clock.at(START):
        inspection = walks.ordered(
            who,
            days=7,
            complainant_phone="13900000101",
            complainant_name="周大成",
            employer_name="渑池县远岗建筑劳务有限公司",
        )
        county.ids |= {"expired": str(inspection.case.public_id), "expired_number": inspection.case.number}
    with clock.at(START + timedelta(days=8)):
        perform(inspection, "expire", by=SYSTEM)
        transfer = walks.sent(who, inspection)
        county.ids |= {"transfer": str(transfer.public_id), "inspection": str(inspection.public_id)}
    with clock.at(START + timedelta(days=9)):
        other = walks.established(
            who, complainant_phone="13900000102", complainant_name="吴小满", employer_name="渑池县槐树沟砖厂"
        )
        county.ids |= {"established": str(other.case.public_id), "established_inspection": str(other.public_id)}
        inputs = {"agency": "housing", "question": "请核实工资保证金存储情况。", "due_on": "2026-10-15"}
        perform(other, "ask_agency", by=who.lead, inputs=inputs)
        day = people.reception_day((START + timedelta(days=30)).date())
        inputs = {"day": str(day.public_id), "visitors": "吴小满", "people": 1}
        visit = perform(other.case, "schedule", by=who.receptionist, inputs=inputs).subject
        county.ids["visit"] = str(visit.public_id)
    with clock.at(START + timedelta(days=10)):
        third = walks.established(
            who, complainant_phone="13900000103", complainant_name="郑有才", employer_name="渑池县南关饭店"
        )
        perform(third, "order_payment", by=who.lead, inputs={"pay_by": "2026-10-12"})
        county.ids |= {"requested": str(third.case.public_id), "requested_inspection": str(third.public_id)}
        walks.filed(who, complainant_phone="13900000104", complainant_name="马长河", employer_name="渑池县长河运输队")
        fourth = walks.ordered(
            who, days=5, complainant_phone="13900000105", complainant_name="孙二山", employer_name="渑池县北岭石料厂"
        )
    with clock.at(START + timedelta(days=16)):
        perform(fourth, "expire", by=SYSTEM)
        inputs = {"kind": "refusal_to_pay", "facts": "有能力支付而不支付。"}
        reported = perform(fourth.case, "propose_transfer", by=who.lead, inputs=inputs).subject
        inputs = {"second_inspector": who.id("second"), "opinion": "建议移送。"}
        perform(reported, "report", by=who.lead, inputs=inputs)
        county.ids["reported"] = str(reported.public_id)
    with clock.at(NOW - timedelta(days=1)):
        waiting = walks.registered(
            who, complainant_phone="13900000106", complainant_name="钱来顺", employer_name="渑池县槐树沟砖厂"
        )
        county.ids["complaint"] = str(waiting.public_id)
        informant = walks.registered(who, complainant_phone="13900000107", complainant_name="不可见", is_informant=True)
        county.ids["informant"] = str(informant.public_id)
        draft = perform(None, "log", by=who.operator, inputs={"channel": "hotline", "violation_facts": "电话中断。"})
        county.ids["draft"] = str(draft.subject.complaint.public_id)
        referred = walks.registered(who, complainant_phone="13900000108", complainant_name="何远", employer_name="")
        inputs = {"agency": "housing", "reason": "属建设领域争议", "by_day": "2026-10-20"}
        perform(referred.intake, "refer", by=who.squad_leader, inputs=inputs)
        county.ids["referred"] = str(Complaint.objects.get(pk=referred.pk).intake.public_id)
        told = {"name": "秋季专项检查", "from_day": "2026-09-20", "to_day": "2026-10-20",
                "team": [who.id("lead"), who.id("second")]}  # fmt: skip
        campaign = campaigns.start(told, by=who.squad_leader)
        rows = [{"employer_name": "渑池县槐树沟砖厂"}, {"employer_name": "渑池县南关饭店", "project_name": "分店装修"}]
        campaigns.add_entries(campaign, {"entries": rows}, by=who.squad_leader)
        county.ids |= {"campaign": str(campaign.public_id), "entry": str(campaign.entries.first().public_id)}
    county.ids["paper"] = str(Inspection.objects.get(public_id=county["inspection"]).case.papers.first().public_id)
    return county
