"""What follows from the acts of the intake: conditions, checks of inputs, and the rows that change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.db.models import Max

from workflows import clock
from workflows.action import Change, Step, insert, update
from workflows.casefile.case import Case
from workflows.casefile.complaint import Amendment, Channel, Complaint, FollowUp
from workflows.casefile.evidence import Evidence
from workflows.casefile.file import CaseFile, is_uuid
from workflows.casefile.ledger import ZERO, Settled
from workflows.casefile.officers import Agency, Township
from workflows.casefile.parties import Informant, Worker
from workflows.casefile.personal import PersonalText, masked
from workflows.casefile.receipt import ReceiptCode, issue
from workflows.errors import InvalidInput, PermissionDenied
from workflows.inputs import Tick
from workflows.procedures.acceptance_rows import (
    accept_checked,
    case_filed,
    case_opened,
    employed_here,
    employer_identified,
    not_elsewhere,
    within_two_years,
)
from workflows.procedures.intake_forms import FactsForm
from workflows.procedures.line_rows import line_rows, lines_added, lines_checked
from workflows.roles import Role

__all__ = [
    "accept_checked", "case_filed", "case_opened", "employed_here", "employer_identified", "lines_added",
    "lines_checked", "not_elsewhere", "within_two_years",
]  # fmt: skip

#: facts that an amendment may write: the fields of the form, which are columns of the complaint
FACTS = (*FactsForm.base_fields, "violation_continues", "violation_continues_reason")
#: identity that goes into `Informant` when it is kept apart
APART = {
    "complainant_name": "name", "complainant_phone": "phone", "id_number": "id_number",
    "complainant_residence": "residence", "complainant_sex": "sex",
    "complainant_birth_date": "birth_date", "complainant_occupation": "occupation",
    "complainant_work_unit": "work_unit",
}  # fmt: skip
#: facts whose giving decides that the identity is kept apart
KEPT_APART = ("is_informant", "anonymous", "confidentiality_requested")
#: columns beside the facts: written when a complaint is logged or registered, not amended later
AROUND_THE_FACTS = ("destination", "destination_reason", "destination_basis", "join_case", "visit_departments",
                    "visit_people", "visit_result")  # fmt: skip
#: kinds of agencies that may supervise a trade
REGULATORS = ("regulator", "department")
PETITION_REPRESENTATIVES = 5
UPLOAD_SALT = "casedesk.evidence"


# --- logging ---------------------------------------------------------------------------------------------------------


def blank_complaint() -> Complaint:
    """The complaint that `log` fills in."""
    return Complaint(bureau=Agency.objects.get(code="hrss"))


def facts_checked(step: Step) -> None:
    """Find the township an input names; judgements on the two years are an inspector's, not the desk's."""
    code = step.inputs.get("township")
    if code:
        step.inputs["township"] = Township.objects.filter(code=code).first()
        if step.inputs["township"] is None:
            raise InvalidInput({"township": "没有这个乡镇"})
    _named_rows(step)
    judged = step.inputs.get("violation_continues") is not None
    if judged and not step.by.has(Role.INSPECTOR, Role.SQUAD_LEADER):
        raise PermissionDenied("违法行为是否继续由监察员判断")
    if any(step.inputs.get(name) for name in KEPT_APART) or step.subject.complaint.identity_kept_apart:
        for name in APART:  # INT-05: the record says nothing of who it is
            step.record.pop(name, None)


def _named_rows(step: Step) -> None:
    """The agencies and the case that inputs name by code or number."""
    told = step.inputs
    for name in ("regulator", "destination"):
        if told.get(name):
            told[name] = step.file.agency(told[name], name)
    if told.get("regulator") and told["regulator"].kind not in REGULATORS:
        raise InvalidInput({"regulator": "不是行业主管部门"})
    if told.get("visit_departments"):
        told["visit_departments"] = [
            step.file.agency(one, "visit_departments").code for one in told["visit_departments"]
        ]
    if told.get("join_case"):
        bureau = step.subject.complaint.bureau
        found = Case.objects.filter(number=told["join_case"], bureau=bureau).first()
        if found is None:
            raise InvalidInput({"join_case": "没有这个案号的案件"})
        told["join_case"] = found


def log_checked(step: Step) -> None:
    """The moment it came in becomes the act's `at`: ACC-01 and ACC-09 run from it, for imported messages too."""
    received = step.inputs.get("received_at")
    if received is not None:
        if received > step.now:
            raise InvalidInput({"received_at": "不能晚于现在"})
        step.at = received
    source = step.inputs.get("source_id")
    if source and Complaint.objects.filter(channel=step.inputs["channel"], source_id=source).exists():
        raise InvalidInput({"source_id": "同一来源编号已经记录过"})
    representatives = step.inputs.get("representatives") or ""
    petition = step.inputs["channel"] in (Channel.PETITION, Channel.JOINT_RECEPTION)
    if petition and len(representatives.replace("，", "、").split("、")) > PETITION_REPRESENTATIVES:
        raise InvalidInput(
            {"representatives": f"走访形式的代表不超过 {PETITION_REPRESENTATIVES} 人（《信访工作条例》第二十条）"}
        )
    lines_checked(step)
    if step.inputs.get("register"):
        can_be_reached(step)
    if step.now - step.at > timedelta(days=3) and not (step.reason or step.inputs.get("reason")):
        raise InvalidInput({"reason": "补录三天以前收到的来件须写明理由"})


def complaint_logged(step: Step) -> Sequence[Change]:
    """The complaint, its identity apart where asked, its workers and lines."""
    told, complaint = step.inputs, step.file.complaint
    complaint.channel, complaint.source_id = told["channel"], told.get("source_id") or ""
    complaint.received_at, complaint.title = step.at, told.get("title") or ""
    complaint.operator_id = step.by.officer_id
    if step.by.agency:
        complaint.registered_at_desk = step.file.agency(step.by.agency, "agency")
    for name in _meant(step):
        setattr(complaint, name, step.inputs[name])
    changes = [insert(complaint), *_take(step, complaint, new=True)]
    return [*changes, *line_rows(step, complaint)]


def _meant(step: Step) -> list[str]:
    """What was said of where it goes and of the visit: names of inputs that are columns, of those given."""
    return [name for name in AROUND_THE_FACTS if step.inputs.get(name) not in (None, "", [])]


def register_at_once(step: Step) -> Sequence[Step]:
    """At the hotline one act logs and registers."""
    if not step.inputs.get("register"):
        return []
    intake = step.subject
    rule = intake.rule_from("register", intake.state)
    return [Step(rule, step.file, intake, step.by, step.at, step.now, inputs=dict(step.inputs), reason=step.reason)]


def can_be_reached(step: Step) -> None:
    """Phone and name, or an express word that there is none: a registered complaint must have somebody to answer to."""
    complaint = step.file.complaint

    def known(name: str) -> Any:
        return (
            step.inputs.get(name)
            or getattr(complaint, name, "")
            or (complaint.pk and complaint.identity_kept_apart and hasattr(complaint, "informant"))
        )

    nameless = step.inputs.get("anonymous") or complaint.anonymous or step.inputs.get("is_informant")
    missing = {}
    if not known("complainant_name") and not nameless:
        missing["complainant_name"] = "请填写姓名，或勾选匿名"
    if not known("complainant_phone") and not step.inputs.get("no_contact"):
        missing["complainant_phone"] = "请填写电话，或勾选无联系方式"
    if not (step.inputs.get("violation_facts") or complaint.violation_facts):
        missing["violation_facts"] = "请记录来电要点"
    if missing:
        raise InvalidInput(missing)


# --- facts -----------------------------------------------------------------------------------------------------------


def _take(step: Step, complaint: Complaint, *, new: bool) -> list[Change]:
    """Write the given facts into the complaint; identity of an informant goes into its own row."""
    changed, apart = [], {}
    given = _given(step)
    before = complaint.identity_kept_apart
    for name in given.keys() & set(KEPT_APART):
        setattr(complaint, name, True)
        changed.append(name)
    if complaint.identity_kept_apart and not before:
        # what was written in the open before he asked for it goes apart as well
        for name, column in APART.items():
            if value := getattr(complaint, name):
                apart[column] = str(value)
                setattr(complaint, name, None if name == "complainant_birth_date" else "")
                changed.append(name)
    for name, value in given.items():
        if name in APART and complaint.identity_kept_apart:
            apart[APART[name]] = str(value)
        elif getattr(complaint, name) != value:
            changed.append(name)
            setattr(complaint, name, value)
    if "employer_name" in given and complaint.employer_unknown:
        complaint.employer_unknown = False
        changed.append("employer_unknown")
    if step.inputs.get("notice_shown") and complaint.notice_shown_at is None:
        complaint.notice_shown_at = step.at
        changed.append("notice_shown_at")
    changes: list[Change] = [] if new or not changed else [update(complaint, *changed)]
    if apart or (new and complaint.identity_kept_apart):
        changes += _informant(complaint, apart)
    return changes


def _given(step: Step) -> dict[str, Any]:
    """The facts an act names: a box counts when it is ticked, a no is an answer, and so is nought."""
    fields = step.rule.asks.base_fields
    said = {name: value for name, value in step.inputs.items() if name in FACTS and value is not None and value != ""}
    return {n: value for n, value in said.items() if value is not False or not isinstance(fields.get(n), Tick)}


def _informant(complaint: Complaint, apart: dict[str, Any]) -> list[Change]:
    kept = getattr(complaint, "informant", None)
    if kept is None:
        return [insert(Informant(complaint=complaint, **apart))]
    for name, value in apart.items():
        setattr(kept, name, value)
    return [update(kept, *apart)] if apart and kept.pk else []  # not written yet: it is among the new rows already


def facts_taken(step: Step) -> Sequence[Change]:
    """登记: what was added now, and the day on which the complaint interrupts the arbitration limit (INT-17, LMA 27)."""
    complaint = step.subject.complaint
    changes = _take(step, complaint, new=False)
    complaint.limitation_interrupted_on = clock.legal_day(complaint.received_at)
    meant = _meant(step)
    for name in meant:
        setattr(complaint, name, step.inputs[name])
    return [*changes, update(complaint, "limitation_interrupted_on", *meant)] if complaint.pk else changes


def something_amended(step: Step) -> None:
    """An amendment names at least one fact."""
    if not _given(step):
        raise InvalidInput({"": "请至少填写一项要修改的事实"})


def facts_amended(step: Step) -> Sequence[Change]:
    """修改: the new value is written, the old one kept; the event names the fields and shows them masked where
    personal."""
    complaint = step.subject.complaint
    before = {name: getattr(complaint, name) for name in FACTS if hasattr(complaint, name)}
    changes = _take(step, complaint, new=False)
    said = {}
    for name, old in before.items():
        new = getattr(complaint, name)
        if old == new or (name in APART and complaint.identity_kept_apart):
            continue
        field = complaint._meta.get_field(name)
        show = masked if isinstance(field, PersonalText) else str
        said[field.name] = [show(str(old if old is not None else "")), show(str(new))] if _short(field) else ["…", "…"]
        kept = Amendment(complaint=complaint, field=name, old="" if old is None else str(old), new=str(new), at=step.at)
        kept.by_id = step.by.officer_id
        changes.append(insert(kept))
    step.facts["amended"] = said
    return changes


def _short(field: Any) -> bool:
    return field.name not in ("violation_facts", "requests")


def marked_urgent(step: Step) -> Sequence[Change]:
    step.subject.complaint.urgent = step.inputs["what"]
    return [update(step.subject.complaint, "urgent")]


def marked_suspected(step: Step) -> Sequence[Change]:
    step.subject.complaint.suspected_false_claim = step.inputs["reason"]
    return [update(step.subject.complaint, "suspected_false_claim")]


# --- workers, lines, evidence ----------------------------------------------------------------------------------------


def evidence_checked(step: Step) -> None:
    """The file is one that the desk has stored: its hash comes under our signature, so that no other can be claimed."""
    token = step.inputs.get("file")
    if token:
        try:
            step.inputs["file"] = signing.loads(token, salt=UPLOAD_SALT, max_age=86_400)
        except signing.BadSignature:
            raise InvalidInput({"file": "文件没有上传成功，请重新上传"}) from None


def evidence_added(step: Step) -> Sequence[Change]:
    told, stored = step.inputs, step.inputs.get("file") or {}
    row = Evidence(
        complaint=step.subject.complaint if step.rule.procedure == "intake" else None,
        case=step.file.case,
        title=told["title"],
        kind=told.get("kind") or "",
        provided_by=told.get("provided_by") or "",
        file_name=stored.get("name", "")[:200],
        content_type=stored.get("type", ""),
        size=stored.get("size", 0),
        sha256=stored.get("sha256", ""),
        at=step.at,
        added_by_id=step.by.officer_id,
    )
    step.facts["evidence"] = {"title": row.title, "sha256": row.sha256}
    return [insert(row)]


# --- receipts --------------------------------------------------------------------------------------------------------


def receipt_issued(step: Step) -> Sequence[Change]:
    """The receipt code, told once to whoever registers."""
    return _issue(step, 1)


def holder_checked(step: Step) -> None:
    """A code for a worker is for one of this complaint."""
    if named := step.inputs.get("worker"):
        own = [w for w in step.file.workers if w.complaint_id == step.subject.complaint.pk]
        step.inputs["worker"] = step.file.of_file(own, named, "worker")


def receipt_reissued(step: Step) -> Sequence[Change]:
    """A new code; the old ones of the same holder die with it."""
    worker = step.inputs.get("worker") or None
    issued = ReceiptCode.objects.filter(complaint=step.subject.complaint, worker=worker)
    last = issued.aggregate(n=Max("issue"))["n"] or 0
    old = list(issued.filter(live=True))
    for row in old:
        row.live = False
    return [*(update(row, "live") for row in old), *_issue(step, last + 1, worker)]


def _issue(step: Step, number: int, worker: Worker | None = None) -> list[Change]:
    complaint = step.subject.complaint
    if number == 1 and worker is None and complaint.pk and complaint.receipts.filter(worker=None).exists():
        return []  # a reopened complaint keeps the code its caller holds
    phone, document = complaint.complainant_phone, complaint.id_number
    if worker is not None:
        phone, document = worker.phone, worker.id_number
    elif complaint.identity_kept_apart:
        phone, document = step.inputs.get("complainant_phone") or "", step.inputs.get("id_number") or ""
    row, told = issue(complaint, number, (phone or document)[-4:], step.at, worker)
    step.told |= told
    if worker is None:
        step.facts["receipt_issue"] = number
    return [insert(row)]


def receipt_by_sms(step: Step) -> bool:
    """Whether the complainant's new code goes to his mobile number: one is in the open, and he did not say no."""
    return "receipt_issue" in step.facts and bool(step.subject.complaint.mobile) and not step.inputs.get("no_sms")


# --- the other decisions ---------------------------------------------------------------------------------------------


def complainant_name(step: Step) -> str:
    return step.subject.complaint.called


def supplement_is_overdue(file: CaseFile, subject: Any, at: datetime) -> str | None:
    """While a supplement is asked for, declining waits for the date to pass."""
    due = subject.supplement_by
    if subject.state != "supplement_requested" or due is None or clock.legal_day(at) > due:
        return None
    return f"补正期限 {due} 尚未届满"


def identity_is_known(file: CaseFile, subject: Any, at: datetime) -> str | None:
    """An identity kept apart leaves the bureau for nobody (INT-05)."""
    complaint = subject.complaint
    if complaint.identity_kept_apart:
        return "投诉人要求保密，不能把身份转给其他单位"
    return None if complaint.called and complaint.complainant_phone else "还没有登记投诉人的姓名和电话"


def agency_checked(step: Step) -> None:
    step.inputs["agency"] = step.file.agency(step.inputs["agency"], "agency")
    if step.inputs["agency"].code in step.file.bureau_codes:
        raise InvalidInput({"agency": "不能转给本单位"})


def duplicate_checked(step: Step) -> None:
    """Same person, same matter: the other complaint must be one of this bureau and another row."""
    named = step.inputs["of"]
    found = Complaint.objects.filter(public_id=named).first() if is_uuid(named) else None
    if found is None or found.bureau_id != step.subject.complaint.bureau_id:
        raise InvalidInput({"of": "没有这件投诉"})
    if found.pk == step.subject.complaint.pk:
        raise InvalidInput({"of": "不能与自己重复"})
    if found.intake.state == "duplicate":
        raise InvalidInput({"of": "那件投诉自己也是重复件，请指向原件"})
    step.inputs["of"] = found


def claims_withdrawn(step: Step) -> Sequence[Change]:
    """Lines of the complaint that still wait are settled as withdrawn; the case itself is the officer's to decide."""
    if step.from_state == "accepted" and step.inputs.get("case_goes_on") is None:
        raise InvalidInput({"case_goes_on": "已立案的投诉撤诉，须说明案件是否继续办理（PAY-22）"})
    changes: list[Change] = []
    for line in step.file.lines:
        if line.complaint_id == step.subject.complaint.pk and line.open:
            line.settled_otherwise += line.rest
            line.settled_how, line.settled_reason = Settled.WITHDRAWN, step.inputs["reason"][:300]
            line.settled_at = step.at
            changes.append(update(line, "settled_otherwise", "settled_how", "settled_reason", "settled_at"))
    return changes


def claims_revived(step: Step) -> Sequence[Change]:
    """What the withdrawal settled is claimed again; what a worker withdrew for himself stays so."""
    lines = [
        line
        for line in step.file.lines
        if line.complaint_id == step.subject.complaint.pk
        and line.settled_how == Settled.WITHDRAWN
        and line.settled_at == step.before["since"]
    ]
    for line in lines:
        line.settled_otherwise, line.settled_how, line.settled_reason, line.settled_at = ZERO, "", "", None
    return [update(line, "settled_otherwise", "settled_how", "settled_reason", "settled_at") for line in lines]


def followed_up(step: Step) -> Sequence[Change]:
    told = step.inputs
    if not (told["reached"] and told["satisfied"]) and not told["why_not"]:
        raise InvalidInput({"why_not": "未联系上或不满意，请写明原因"})
    row = FollowUp(
        complaint=step.subject.complaint, at=step.at, by_id=step.by.officer_id, reached=told["reached"],
        satisfied=told["satisfied"], why_not=told["why_not"],
    )  # fmt: skip
    return [insert(row)]
