"""From rows of the case file to what one reader may see of them; the shapes themselves stand in `serializers.py`.

Owns the masking: personal numbers and addresses never leave whole, the identity of who asked not to be named never
leaves at all, and a reader without `identities` gets no complainant's name and none of the texts that may hold one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, cast

from casedesk.api import serializers as s
from workflows import clock
from workflows.action import Procedure
from workflows.casefile.case import Case
from workflows.casefile.complaint import Complaint
from workflows.casefile.file import CaseFile
from workflows.casefile.ledger import head_count, total
from workflows.casefile.officers import Agency
from workflows.casefile.personal import masked
from workflows.clocks import Limit
from workflows.law.limits import SET_DATES, rule
from workflows.perform import Done
from workflows.procedures.police_transfer import PoliceTransfer
from workflows.procedures.registry import PROCEDURES
from workflows.reading.access import Purpose, sees_identities
from workflows.reading.why import why
from workflows.record import Event
from workflows.request import Approval
from workflows.roles import Actor, Role

Plain = dict[str, Any]

#: inputs that say who the complainant is: they stand in the complaint, masked, and are not repeated from the record
_IDENTITY = frozenset(
    {
        "complainant_name", "complainant_phone", "complainant_residence", "complainant_sex", "complainant_birth_date",
        "complainant_occupation", "complainant_work_unit", "id_document_type", "id_number", "representatives",
    }
)  # fmt: skip
_LONG_NUMBER = re.compile(r"\d{11,18}[0-9Xx]?")


def render(shape: type[s.Shape], value: Any, *, many: bool = False) -> Any:
    """Plain values as JSON of a shape; what the shape doesn't name is left out, what it names must be there."""
    return shape(value, many=many).data


def purpose_of(actor: Actor) -> Purpose:
    """Why somebody reads: a leader oversees, everybody else works."""
    return Purpose.OVERSIGHT if actor.has(Role.LEADER) and not sees_identities(actor) else Purpose.WORK


# --- parts ------------------------------------------------------------------------------------------------------------


def _agency(agency: Agency) -> Plain:
    return {"code": agency.code, "name": agency.name}


def _case_link(case: Case | None) -> Plain | None:
    return {"id": case.public_id, "number": case.number} if case is not None else None


def _procedure(one: Procedure) -> Plain:
    return {
        "procedure": one.NAME,
        "id": one.public_id,
        "label": one.LABEL,
        "state": one.state,
        "state_label": one.get_state_display(),
        "stage": one.stage,
    }


def _totals(file: CaseFile) -> Plain:
    lines = file.lines
    sums = {part: total(lines, part) for part in ("claimed", "owed", "paid", "rest")}
    return {"workers": head_count(file.workers), **sums}


def _lines(file: CaseFile) -> list[Plain]:
    owners = {c.pk: c.public_id for c in file.complaints}
    return [
        {
            "id": x.public_id, "complaint": owners[x.complaint_id], "worker": x.worker.name, "trade": x.worker.trade,
            "phone": masked(x.worker.phone), "id_number": masked(x.worker.id_number), "period_from": x.period_from,
            "period_to": x.period_to, "months": f"{x.months.normalize():f}", "claimed": x.claimed,
            "verified": x.verified,
            "ordered": x.ordered, "paid": x.paid, "settled_otherwise": x.settled_otherwise, "rest": x.rest,
            "settled_how": x.settled_how,
        }
        for x in file.lines
    ]  # fmt: skip


def _called(complaint: Complaint, identities: bool) -> str | None:
    return complaint.called if identities else None


# --- complaints -------------------------------------------------------------------------------------------------------


def complaint_row(complaint: Complaint, *, identities: bool) -> Plain:
    """A complaint in a list; its intake, case and township are read already."""
    intake = getattr(complaint, "intake", None)
    return {
        "id": complaint.public_id,
        "intake": intake.public_id if intake else None,
        "state": intake.state if intake else "",
        "state_label": intake.get_state_display() if intake else "",
        "channel": complaint.channel,
        "channel_label": complaint.get_channel_display(),
        "received_at": complaint.received_at,
        "called": _called(complaint, identities),
        "employer_name": complaint.employer_name,
        "project_name": complaint.project_name,
        "township": complaint.township.name if complaint.township else None,
        "worker_count": complaint.worker_count,
        "amount_claimed": complaint.amount_claimed,
        "urgent": complaint.urgent if identities else "",
        "case": _case_link(complaint.case),
        "version": complaint.version,
    }


#: columns that a reader of the complaint sees as they are
_OPEN = (
    "source_id", "is_informant", "anonymous", "confidentiality_requested", "employer_unknown", "employer_domicile",
    "legal_rep_name", "unified_credit_code", "industry_sector", "project_place", "developer", "general_contractor",
    "subcontractor", "crew_leader_name", "actual_controller", "employed_in_county",
    "arrears_from", "arrears_to", "pay_basis",
    "employment_start", "employment_end", "last_work_day", "in_arbitration_or_court", "violation_continues",
)  # fmt: skip
#: free text, in which a name may stand
_STORIES = ("title", "violation_facts", "requests", "other_procedures", "evidence_named")


def complaint_whole(complaint: Complaint, *, identities: bool) -> Plain:
    """A complaint with its facts, lines and evidence."""
    file = CaseFile(complaint=complaint)
    file.__dict__["complaints"] = [complaint]
    months = complaint.months_owed
    return {
        **complaint_row(complaint, identities=identities),
        **{name: getattr(complaint, name) for name in _OPEN},
        **{name: getattr(complaint, name) if identities else None for name in _STORIES},
        "bureau": _agency(complaint.bureau),
        "regulator": _agency(complaint.regulator) if complaint.regulator is not None else None,
        "destination": _agency(complaint.destination) if complaint.destination is not None else None,
        "destination_basis": complaint.destination_basis,
        "destination_reason": complaint.destination_reason if identities else "",
        "join_case": _case_link(complaint.join_case),
        "visit_departments": complaint.visit_departments,
        "visit_people": complaint.visit_people,
        "visit_result": complaint.visit_result if identities else None,
        "person": _person(complaint) if identities and not complaint.identity_kept_apart else None,
        "crew_leader_phone": masked(complaint.crew_leader_phone),
        "months_owed": None if months is None else f"{months.normalize():f}",
        "totals": _totals(file),
        "lines": _lines(file) if identities else [],
        "evidence": [_evidence(e) for e in file.evidence] if identities else [],
        "procedures": [_procedure(one) for one in (complaint.intake, *file.receptions)],
    }


def _person(complaint: Complaint) -> Plain:
    return {
        "name": complaint.complainant_name,
        "sex": complaint.complainant_sex,
        "birth_date": complaint.complainant_birth_date,
        "occupation": complaint.complainant_occupation,
        "work_unit": complaint.complainant_work_unit,
        "residence": masked(complaint.complainant_residence),
        "phone": masked(complaint.complainant_phone),
        "id_document_type": complaint.id_document_type,
        "id_number": masked(complaint.id_number),
        "representatives": complaint.representatives,
    }


def _evidence(item: Any) -> Plain:
    return {name: getattr(item, name) for name in ("title", "kind", "file_name", "size", "sha256", "at")} | {
        "id": item.public_id
    }


# --- cases ------------------------------------------------------------------------------------------------------------


def case_row(case: Case) -> Plain:
    """A case in a list; its inspection, employer, project and township are read already."""
    inspection = getattr(case, "inspection", None)
    return {
        "id": case.public_id,
        "number": case.number,
        "filed_on": case.filed_on,
        "state": inspection.state if inspection else "",
        "state_label": inspection.get_state_display() if inspection else "",
        "stage": inspection.stage if inspection else "",
        "employer": case.employer.name,
        "project": case.project.name if case.project else None,
        "township": case.township.name if case.township else None,
        "industry_sector": case.industry_sector,
        "version": case.version,
    }


def case_whole(case: Case, *, identities: bool) -> Plain:
    """A case with everything that hangs on it."""
    file = CaseFile(case=case)
    states = {intake.complaint_id: intake.state for intake in file.intakes}
    running = [one for one in (file.inspection, *file.receptions, *file.transfers) if one is not None]
    return {
        "id": case.public_id,
        "number": case.number,
        "filed_on": case.filed_on,
        "version": case.version,
        "bureau": _agency(case.bureau),
        "employer": {
            name: getattr(case.employer, name) for name in ("name", "credit_code", "domicile", "legal_rep_name")
        },
        "project": {name: getattr(case.project, name) for name in _PROJECT} if case.project else None,
        "township": case.township.name if case.township else None,
        "industry_sector": case.industry_sector,
        "joined_into": _case_link(case.joined_into),
        "procedures": [_procedure(one) for one in running],
        "assignments": [{"id": a.officer.public_id, "name": a.officer.name, "lead": a.lead} for a in file.assignments],
        "complaints": [
            {
                "id": c.public_id,
                "called": _called(c, identities),
                "channel": c.channel,
                "received_at": c.received_at,
                "state": states.get(c.pk, ""),
            }
            for c in file.complaints
        ],
        "totals": _totals(file),
        "lines": _lines(file) if identities else [],
        "papers": [_paper(p, identities) for p in file.papers],
        "evidence": [_evidence(e) for e in file.evidence] if identities else [],
        "tasks": [_task(t, identities) for t in file.tasks],
    }


_PROJECT = ("name", "place", "developer", "general_contractor", "subcontractor", "crew_leader_name")


def _paper(paper: Any, identities: bool) -> Plain:
    return {
        "id": paper.public_id, "kind": paper.kind, "label": paper.get_kind_display(), "number": paper.number,
        "addressee": paper.addressee if identities else "", "made_at": paper.made_at, "served_at": paper.served_at,
    }  # fmt: skip


def _task(task: Any, identities: bool) -> Plain:
    return {
        "id": task.public_id, "agency": task.agency.name, "question": task.question if identities else "",
        "due_on": task.due_on, "answered_at": task.answered_at, "answer": task.answer if identities else "",
    }  # fmt: skip


# --- limits and events ------------------------------------------------------------------------------------------------


def limit_item(limit: Limit, *, explained: bool = False) -> Plain:
    """A limit with its name and article: of the rule's version it runs under, or of the kind of date somebody set."""
    law: Any = SET_DATES.get(limit.rule) or rule(limit.rule, limit.rule_version)
    return {
        "id": limit.public_id,
        "procedure": limit.procedure,
        "subject": limit.subject,
        "rule": limit.rule,
        "name": law.name,
        "law": law.law,
        "article": law.article,
        "who": law.who,
        "started_at": limit.started_at,
        "due_at": limit.due_at,
        "due_on": limit.due_on,
        "target_on": limit.target_on,
        "provisional": limit.provisional,
        "overdue": limit.stopped_at is None and limit.due_at <= clock.now(),
        "stopped_at": limit.stopped_at,
        "outcome": limit.outcome,
        "why": _why(limit) if explained else None,
    }


def _why(limit: Limit) -> Plain:
    said = why(limit)
    return {
        "version": said.version,
        "region": said.region,
        "period": said.period,
        "confidence": said.confidence,
        "confirmed": said.confirmed,
        "confirmed_document": said.confirmed_document,
        "verified": said.verified,
        "in_force": said.in_force,
        "earliest_on": said.earliest_on,
        "breach": said.breach,
        "agrees": said.agrees,
        "calendar_version": said.calendar_version,
        "notices": [{"year": year, "number": number} for year, number in said.notices],
        "days": [{"date": d.date, "counted": d.counted, "reason": d.reason} for d in said.days],
        "pauses": [{"first": a, "last": b, "reason": r, "document": d} for a, b, r, d in said.pauses],
        "extensions": [
            {"length": n, "until": day, "approved_by": by, "reason": r} for n, day, by, r in said.extensions
        ],
        "beside": [
            {
                "rule": b.rule,
                "name": b.name,
                "article": b.article,
                "due_on": b.due_on,
                "target": b.target,
                "counts": b.counts,
            }
            for b in said.beside
        ],
        "changes": [{"at": c.at, "before": c.before, "after": c.after, "because": c.because} for c in said.changes],
    }


def event_item(event: Event, *, content: bool) -> Plain:
    """One event; without `content` only that the act was done, by whom and when."""
    procedure, facts = PROCEDURES[event.procedure], event.facts
    declared = procedure.rule_from(event.act, event.from_state)
    inputs = {name: value for name, value in event.inputs.items() if name not in _IDENTITY}
    return {
        "id": event.public_id,
        "seq": event.seq,
        "procedure": event.procedure,
        "subject": event.subject,
        "act": event.act,
        "label": declared.label if declared else event.act,
        "law": event.law,
        "from_state": event.from_state,
        "to_state": event.to_state,
        "to_label": _state_label(procedure, event.to_state),
        "by": event.by_name,
        "by_agency": event.by_agency,
        "approved_by": event.approved_by,
        "acting_paper": event.acting_paper,
        "at": event.at,
        "recorded_at": event.recorded_at,
        "reason": event.reason if content else None,
        "inputs": inputs if content else None,
        "amended": sorted(facts.get("amended", {})),
        "notices": [notice[0] for notice in facts.get("notices", [])],
        "limits_started": [one[0] for one in facts.get("started", [])],
        "limits_stopped": [one[0] for one in facts.get("stopped", [])],
    }


def _state_label(procedure: type[Procedure], state: str) -> str:
    return str(dict(cast(Any, procedure).State.choices).get(state, state))


# --- transfers --------------------------------------------------------------------------------------------------------


def transfer_row(transfer: PoliceTransfer) -> Plain:
    """A transfer in a list; case and employer are read already."""
    return {
        "id": transfer.public_id,
        "kind": transfer.kind,
        "kind_label": transfer.get_kind_display(),
        "state": transfer.state,
        "state_label": transfer.get_state_display(),
        "case_number": transfer.case.number,
        "employer": transfer.case.employer.name,
        "sent_at": transfer.sent_at,
        "received_at": transfer.received_at,
        "police_number": transfer.police_number,
    }


def transfer_whole(transfer: PoliceTransfer, limits: Iterable[Limit]) -> Plain:
    """A transfer with its package."""
    names = ("facts", "persons", "package", "package_sha256", "receipt_sha256", "receiver", "police_reasons")
    return {
        **transfer_row(transfer),
        **{name: getattr(transfer, name) for name in names},
        "sheet": discreet(transfer.sheet),
        "limits": [limit_item(one) for one in limits],
    }


def discreet(value: Any) -> Any:
    """The same with numbers of people masked: the sheet tells workers of one name apart by phone or ID number."""
    if isinstance(value, str):
        return _LONG_NUMBER.sub(lambda found: masked(found.group()), value)
    if isinstance(value, Mapping):
        return {name: discreet(one) for name, one in value.items()}
    return [discreet(one) for one in value] if isinstance(value, list) else value


# --- acts and approvals -----------------------------------------------------------------------------------------------


def approval_item(approval: Approval) -> Plain:
    """A request; its case, complaint and handler are read already."""
    return {
        "id": approval.public_id,
        "state": approval.state,
        "state_label": approval.get_state_display(),
        "procedure": approval.procedure,
        "subject": approval.subject,
        "act": approval.act,
        "label": approval.label,
        "case": _case_link(approval.case),
        "complaint": approval.complaint.public_id if approval.complaint else None,
        "needed": approval.needed,
        "needed_label": approval.needed_label,
        "requested_by": approval.requested_by.name,
        "requested_at": approval.requested_at,
        "at": approval.at,
        "reason": approval.reason,
        "shown": {name: value for name, value in approval.shown.items() if name not in _IDENTITY},
        "draft": approval.draft,
        "decided_by": approval.decided_by_name,
        "decided_at": approval.decided_at,
        "decision_reason": approval.decision_reason,
    }


def done_item(done: Done) -> Plain:
    """An act that was done. What is told once is added by the caller: it is kept nowhere."""
    case = done.root if isinstance(done.root, Case) else done.root.case
    return {
        **_procedure(done.subject),
        "version": done.root.version,
        "case": case.public_id if case is not None else None,
        "events": [event.public_id for event in done.events],
        "told": {},
    }


def logged_item(done: Done) -> Plain:
    """A complaint that was just taken in."""
    intake = done.subject
    return {
        "id": intake.complaint.public_id,
        "intake": intake.public_id,
        "state": intake.state,
        "state_label": intake.get_state_display(),
        "received_at": intake.complaint.received_at,
        "version": done.root.version,
        "events": [event.public_id for event in done.events],
        "receipt": None,
    }
