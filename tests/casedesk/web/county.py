"""A small county with one account per role and cases in several states, reached by walking; built once.

Copied per test.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.urls import reverse

from casedesk.models import User
from tests import people, walks
from tests.people import People
from workflows import campaigns, clock
from workflows.casefile.case import Case
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


def crowd(number: int) -> None:
    """So many open cases more, by rows: spread over townships, inspectors, days of filing and of their limit, each with
    a worker and a line, at employers with names as long as they come.
    """
    due = f"'{NOW.isoformat()}'::timestamptz + ((n * 7) % 90 - 20) * interval '1 day'"
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) FROM workflows_case")
        last = cursor.fetchone()[0]
        cases = f"(SELECT id, public_id, employer_id, id - {last} AS n FROM workflows_case WHERE id > {last}) f"
        _copy(cursor, "employer", f"generate_series(1, {min(number, 60)}) AS n", name="""
            '渑池县第' || n || repeat('工程', 4) || '劳务分包有限责任公司𠮷' || n || '项目部'""")  # fmt: skip
        town = "(SELECT code FROM workflows_township OFFSET n % 12 LIMIT 1)"
        one = "SELECT id FROM workflows_employer WHERE name LIKE '渑池县第%𠮷%' ORDER BY id OFFSET n % 60 LIMIT 1"
        _copy(
            cursor, "case", f"generate_series(1, {number}) AS n", number=f"'N{last}-' || n", version="0",
            filed_on=f"'{NOW:%Y-%m-%d}'::date - n % 200", head_hash="''", nearest_at=due, township_id=town,
            employer_id=f"({one})",
        )  # fmt: skip
        _copy(cursor, "inspection", cases, case_id="f.id", state="'filed'")
        _copy(
            cursor, "limit", f"{cases} JOIN workflows_inspection i ON i.case_id = f.id", case_id="f.id",
            complaint_id="NULL", subject="i.public_id", due_at=due, due_on=f"({due})::date", outcome="''",
            target_on=f"({due})::date", stopped_at="NULL", stopped_by="NULL", rule="'INV-02'", about="NULL",
            procedure="'inspection'", set_on="NULL", remind_at="NULL",
        )  # fmt: skip
        _copy(cursor, "worker", cases, case_id="f.id", name="'𬭚' || n", phone="'1381' || n", id_number="''")
        _copy(
            cursor,
            "ledgerline",
            f"{cases} JOIN workflows_worker k ON k.case_id = f.id",
            case_id="f.id",
            worker_id="k.id",
        )
        cursor.execute(
            "INSERT INTO workflows_assignment (case_id, officer_id, lead, from_at) SELECT f.id, (SELECT id FROM"
            " workflows_officer WHERE 'inspector' = ANY(roles) ORDER BY id OFFSET n % 3 LIMIT 1), true,"
            f" '{NOW.isoformat()}' FROM {cases}"
        )


def _copy(cursor: Any, table: str, per: str, where: str = "true", **changed: str) -> None:
    """For each row of `per` a copy of the first row of a table (that is so), with these columns said anew."""
    said = {"public_id": "gen_random_uuid()", **changed}
    columns = connection.introspection.get_table_description(cursor, f"workflows_{table}")
    names = [c.name for c in columns if c.name != "id"]
    values = ", ".join(said.get(name, f'"one"."{name}"') for name in names)
    quoted = ", ".join(f'"{name}"' for name in names)
    one = f"(SELECT * FROM workflows_{table} WHERE {where} ORDER BY id LIMIT 1) one"
    cursor.execute(f"INSERT INTO workflows_{table} ({quoted}) SELECT {values} FROM {one}, {per}")


def heap_up(case: Case, workers: int, entries: int) -> None:
    """So many workers with a line and so many notes more in one case, by rows; the names are of the rarest."""
    with connection.cursor() as cursor:
        per = f"generate_series(1, {workers}) AS n"
        mine = f"case_id = {case.pk}"
        _copy(
            cursor,
            "worker",
            per,
            mine,
            name="'𠮷' || n || '𬭚'",
            phone="'1370000' || lpad(n::text, 4, '0')",
            id_number="''",
        )
        fresh = f"(SELECT id FROM workflows_worker WHERE {mine} AND name LIKE '𠮷%𬭚') k"
        _copy(cursor, "ledgerline", fresh, mine, worker_id="k.id")
        _copy(cursor, "event", f"generate_series(1, {entries}) AS n", f"{mine} AND act = 'note'", seq="one.seq + n",
              recorded_at="one.recorded_at + n * interval '1 second'")  # fmt: skip
