"""Walks through the procedures by real acts: states are reached by walking, never by writing a column."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from tests.people import People
from workflows import approvals, clock
from workflows.casefile.case import Case
from workflows.casefile.complaint import Complaint
from workflows.casefile.papers import Paper
from workflows.models import Inspection, PoliceTransfer
from workflows.perform import Done, perform

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=clock.SHANGHAI)

CALL: dict[str, Any] = {
    "channel": "hotline",
    "complainant_name": "林大河",
    "complainant_phone": "13900000001",
    "employer_name": "渑池县青石建筑劳务有限公司",
    "project_name": "韶山花园三期",
    "employed_in_county": True,
    "industry_sector": "construction",
    "violation_facts": "去年九月进场做木工，十一月底完工，工资一直没有结清。",
    "arrears_from": "2025-09-01",
    "arrears_to": "2025-11-30",
    "worker_count": 2,
    "notice_shown": True,
    "register": True,
    "lines": [
        {"worker_name": "林大河", "claimed": "12600.00", "months": "3", "period_from": "2025-09-01", "period_to": "2025-11-30"},
        {"worker_name": "林小川", "claimed": "9800.00", "months": "3", "period_from": "2025-09-01", "period_to": "2025-11-30"},
    ],
}  # fmt: skip


def registered(people: People, **facts: Any) -> Complaint:
    """A registered complaint out of one call."""
    return perform(None, "log", by=people.operator, inputs={**CALL, **facts}).subject.complaint


def filed(people: People, **facts: Any) -> Case:
    """A case filed on the day of acceptance."""
    complaint = registered(people, **facts)
    perform(complaint.intake, "accept", by=people.squad_leader)
    return Complaint.objects.get(pk=complaint.pk).case


def investigating(people: People, **facts: Any) -> Inspection:
    """A case with two inspectors."""
    case = filed(people, **facts)
    inputs = {"lead": people.id("lead"), "others": [people.id("second")]}
    return perform(case.inspection, "assign", by=people.squad_leader, inputs=inputs).subject


def established(people: People, **facts: Any) -> Inspection:
    """A case whose facts stand as claimed."""
    inspection = investigating(people, **facts)
    inputs = {"findings": "欠付工资属实。", "able_to_pay": True}
    return perform(inspection, "establish_facts", by=people.lead, inputs=inputs).subject


def approved(done: Done, by: Any, reason: str = "同意") -> Done:
    """A request granted by the approver."""
    assert done.requested is not None, "this act needed no approval"
    return approvals.decide(done.requested, by=by, yes=True, reason=reason)


def ordered(people: People, days: int = 10, **facts: Any) -> Inspection:
    """A case with an order to pay, signed by the squad leader and served in person."""
    inspection = established(people, **facts)
    pay_by = clock.today() + timedelta(days=days)
    done = perform(inspection, "order_payment", by=people.lead, inputs={"pay_by": str(pay_by)})
    inspection = approved(done, people.squad_leader).subject
    served(people, inspection, "order")
    return inspection


def served(people: People, inspection: Inspection, kind: str, mode: str = "in_person") -> None:
    """The newest paper of a kind, served."""
    paper = Paper.objects.filter(case=inspection.case, kind=kind, replaced_by=None).latest("id")
    inputs = {
        "paper": str(paper.public_id), "mode": mode, "place": "公司办公室", "recipient": "青石公司王某", "proof": "送达回证",
    }  # fmt: skip
    perform(inspection, "record_service", by=people.lead, inputs=inputs)


def expired(people: People, **facts: Any) -> Inspection:
    """An order whose date passed unpaid; business time stands after it, inside the caller's clock."""
    inspection = ordered(people, days=5, **facts)
    return inspection


def sent(people: People, inspection: Inspection) -> PoliceTransfer:
    """A transfer approved by the principal head and sent, from an expired order."""
    inputs = {"kind": "refusal_to_pay", "facts": "有能力支付而不支付，经责令仍不支付。"}
    transfer = perform(inspection.case, "propose_transfer", by=people.lead, inputs=inputs).subject
    inputs = {"second_inspector": people.id("second"), "opinion": "建议移送。"}
    perform(transfer, "report", by=people.lead, inputs=inputs)
    perform(transfer, "approve", by=people.principal_head)
    return perform(transfer, "send", by=people.lead).subject


def day(moment: date) -> datetime:
    """Nine in the morning of a legal day."""
    return datetime(moment.year, moment.month, moment.day, 9, tzinfo=clock.SHANGHAI)
