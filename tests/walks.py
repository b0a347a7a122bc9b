"""Walks through the procedures by real acts: states are reached by walking, never by writing a column."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from typing import Any

from django.core import signing

from tests.people import People
from workflows import approvals, clock, law_settings
from workflows.action import Procedure
from workflows.casefile.case import Case
from workflows.casefile.complaint import Complaint
from workflows.casefile.evidence import Evidence
from workflows.casefile.papers import Paper
from workflows.models import Approval, Inspection, LedgerLine, PoliceTransfer
from workflows.perform import Done, perform
from workflows.procedures.intake_rows import UPLOAD_SALT
from workflows.roles import SYSTEM, Actor

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=clock.SHANGHAI)

CALL: dict[str, Any] = {
    "channel": "hotline",
    "complainant_name": "林大河",
    "complainant_phone": "13900000001",
    "employer_name": "渑池县青石建筑劳务有限公司",
    "employer_domicile": "渑池县城关镇黄河路 18 号",
    "legal_rep_name": "石某",
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
        {"worker_name": name, "claimed": amount, "months": "3", "period_from": "2025-09-01", "period_to": "2025-11-30"}
        for name, amount in (("林大河", "12600.00"), ("林小川", "9800.00"))
    ],
}


# --- the law ---------------------------------------------------------------------------------------------------------


def law_decided(people: People, kind: str, about: str, value: str = "", document: str = "渑法制〔2026〕1号") -> None:
    """What the bureau decides about the law, proposed by the reviewer and approved by the head."""
    proposal = law_settings.propose(kind, about, value, document=document, by=people.legal_reviewer)
    law_settings.decide(proposal, by=people.bureau_head, yes=True)


# --- intake ----------------------------------------------------------------------------------------------------------


def drafted(people: People, **facts: Any) -> Complaint:
    """A message that is not registered yet."""
    inputs = {**CALL, "channel": "web", "register": False, "lines": [], **facts}
    return perform(None, "log", by=people.operator, inputs=inputs).subject.complaint


def registered(people: People, **facts: Any) -> Complaint:
    """A registered complaint out of one call."""
    return perform(None, "log", by=people.operator, inputs={**CALL, **facts}).subject.complaint


def filed(people: People, **facts: Any) -> Case:
    """A case filed on the day of acceptance."""
    complaint = registered(people, **facts)
    perform(complaint.intake, "accept", by=people.squad_leader)
    return Complaint.objects.get(pk=complaint.pk).case


def accepted_into(people: People, case: Case, **facts: Any) -> Complaint:
    """One more complaint, accepted into a case that stands."""
    complaint = registered(people, **facts)
    perform(complaint.intake, "accept", by=people.squad_leader, inputs={"into": case.number})
    return Complaint.objects.get(pk=complaint.pk)


# --- inspection ------------------------------------------------------------------------------------------------------


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


def approved_request(by: Any, reason: str = "同意") -> Done:
    """The newest request granted."""
    request = Approval.objects.filter(state="requested").latest("id")
    return approvals.decide(request, by=by, yes=True, reason=reason)


def ordered(people: People, days: int = 10, *, serve: str = "in_person", **facts: Any) -> Inspection:
    """A case with an order to pay, signed by the squad leader and served; `serve=""` leaves it unserved."""
    inspection = established(people, **facts)
    pay_by = clock.today() + timedelta(days=days)
    done = perform(inspection, "order_payment", by=people.lead, inputs={"pay_by": str(pay_by)})
    inspection = approved(done, people.squad_leader).subject
    if serve:
        served(people, inspection, "order", serve)
    return inspection


def served(people: People, inspection: Inspection, kind: str, mode: str = "in_person") -> Done:
    """The newest paper of a kind, served."""
    needs: dict[str, dict[str, Any]] = {
        "left": {"refusal": "拒绝签收。", "witness": "社区干部孙某"},
        "post": {"tracking": "EMS100200300CN"},
        "posted": {"cannot": "负责人逃匿，电话停机。"},
        "announcement": {"cannot": "下落不明，直接送达、邮寄送达均被退回。"},
    }
    if mode == "posted":
        needs[mode]["photographs"] = [scan(people, inspection, f"张贴照片：{kind}")]
    inputs = {
        "paper": newest(inspection, kind), "mode": mode, "place": "公司办公室", "recipient": "青石公司王某", "proof": "送达回证",
    } | needs.get(mode, {})  # fmt: skip
    return perform(inspection, "record_service", by=people.lead, inputs=inputs)


def expired(people: People, **facts: Any) -> Inspection:
    """An order whose date passed unpaid: expired by the clockwork six days from the caller's now."""
    inspection = ordered(people, days=5, **facts)
    with clock.at(clock.now() + timedelta(days=6)):
        return perform(inspection, "expire", by=SYSTEM).subject


def intended(people: People, inspection: Inspection, **inputs: Any) -> Inspection:
    """The employer told beforehand, the notice served."""
    proof(people, inspection)
    inputs = {"kind": "treatment", "content": "拟责令支付全部欠薪。", **inputs}
    done = approved(perform(inspection, "inform_intent", by=people.lead, inputs=inputs), people.bureau_head)
    served(people, done.subject, "intent_notice")
    return done.subject


def proof(people: People, inspection: Inspection) -> None:
    """What the facts stand on: without evidence there is no decision."""
    inputs = {"title": "考勤表", "kind": "书证", "provided_by": "劳动者"}
    perform(inspection, "add_evidence", by=people.lead, inputs=inputs)


def decided(people: People, inspection: Inspection) -> Inspection:
    """A treatment decision after the defence was heard, served."""
    inspection = intended(people, inspection)
    perform(inspection, "hear_defence", by=people.lead, inputs={"said": "公司称无钱。", "examined": "不成立。"})
    told = {"content": "责令支付全部欠薪。", "pay_by": str(clock.today() + timedelta(days=7))}
    done = perform(inspection, "decide", by=people.lead, inputs=told)
    inspection = approved(done, people.bureau_head).subject
    served(people, inspection, "decision")
    return inspection


def paid(people: People, inspection: Inspection, *, by: Actor | None = None, **more: Any) -> Done:
    """Everything that is left, paid by the employer."""
    shares = [{"line": str(x.public_id), "amount": str(x.rest)} for x in lines(inspection) if x.rest > 0]
    inputs = {"payer": "employer", "shares": shares, "proof": "银行回单 1 号"}
    return perform(inspection, "record_payment", by=by or people.lead, inputs=inputs, **more)


def settled(people: People, inspection: Inspection, how: str) -> None:
    """Every open rest settled in one way."""
    for line in lines(inspection):
        if line.rest > 0:
            inputs = {"line": str(line.public_id), "how": how, "reason": "写入结案审批表。", "tries": 2}
            perform(inspection, "settle_line", by=people.lead, inputs=inputs)


def closed(people: People, inspection: Inspection) -> Inspection:
    """Paid in full, complied, closed."""
    paid(people, inspection)
    perform(inspection, "record_compliance", by=people.lead, inputs={"how": "全部付清。"})
    done = perform(inspection, "close", by=people.lead, inputs={"result": "工资已全部付清。"})
    return approved(done, people.squad_leader).subject


def lines(inspection: Inspection) -> list[LedgerLine]:
    """The ledger of the case."""
    return list(LedgerLine.objects.filter(case=inspection.case_id).select_related("worker").order_by("id"))


def newest(inspection: Inspection, kind: str) -> str:
    """The public id of the newest standing paper of a kind."""
    return str(Paper.objects.filter(case=inspection.case_id, kind=kind, replaced_by=None).latest("id").public_id)


# --- papers of other agencies ----------------------------------------------------------------------------------------


def scan(people: People, subject: Procedure, title: str = "盖章文书扫描件") -> str:
    """A scanned paper among the evidence of the file; its public id."""
    stored = {
        "sha256": hashlib.sha256(title.encode()).hexdigest(), "name": "scan.pdf", "type": "application/pdf", "size": 1,
    }  # fmt: skip
    target = subject if subject.NAME in ("intake", "inspection") else subject.case.inspection
    inputs = {"title": title, "file": signing.dumps(stored, salt=UPLOAD_SALT)}
    perform(target, "add_evidence", by=people.lead, inputs=inputs)
    return str(Evidence.objects.latest("id").public_id)


def asked_from_paper(people: People, subject: Procedure, act: str, *, signer: str = "公安丙", **inputs: Any) -> Done:
    """An act of another agency, entered by the assigned inspector out of its signed paper: a request to a second
    officer."""
    inputs = {"at": clock.now().isoformat(), **inputs, "signer": signer, "scan": scan(people, subject)}
    return perform(subject, act, by=people.lead, inputs=inputs)


def from_paper(people: People, subject: Procedure, act: str, **inputs: Any) -> Done:
    """The same, confirmed by the other inspector."""
    return approved(asked_from_paper(people, subject, act, **inputs), people.second)


# --- police ----------------------------------------------------------------------------------------------------------


def proposed(people: People, inspection: Inspection, kind: str = "refusal_to_pay", **inputs: Any) -> PoliceTransfer:
    """A transfer proposed by the lead inspector."""
    inputs = {"kind": kind, "facts": "有能力支付而不支付，经责令仍不支付。", **inputs}
    if kind == "unlawful_demand":
        inputs.setdefault("persons", "包工头赵某等三人")
    return perform(inspection.case, "propose_transfer", by=people.lead, inputs=inputs).subject


def reported(people: People, transfer: PoliceTransfer) -> Done:
    """The report of the two, with the threshold sheet frozen."""
    inputs = {"second_inspector": people.id("second"), "opinion": "建议移送。"}
    return perform(transfer, "report", by=people.lead, inputs=inputs)


def sent(people: People, inspection: Inspection, kind: str = "refusal_to_pay") -> PoliceTransfer:
    """A transfer approved by the principal head and sent, from an expired order."""
    transfer = proposed(people, inspection, kind)
    reported(people, transfer)
    perform(transfer, "approve", by=people.principal_head)
    return perform(transfer, "send", by=people.lead).subject


def received(people: People, inspection: Inspection, kind: str = "refusal_to_pay") -> PoliceTransfer:
    """A transfer that the police signed for."""
    transfer = sent(people, inspection, kind)
    return perform(transfer, "receive", by=people.police, inputs={"receiver": "公安乙"}).subject


def day(moment: date) -> datetime:
    """Nine in the morning of a legal day."""
    return datetime(moment.year, moment.month, moment.day, 9, tzinfo=clock.SHANGHAI)
