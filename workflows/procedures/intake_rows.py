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
from workflows.casefile.file import CaseFile, bureau_codes
from workflows.casefile.ledger import LedgerLine, Settled
from workflows.casefile.officers import Agency, Township
from workflows.casefile.parties import Employer, Informant, Project, Worker
from workflows.casefile.personal import PersonalText, masked
from workflows.casefile.receipt import ReceiptCode, issue
from workflows.errors import InvalidInput, PermissionDenied
from workflows.move import law_limit
from workflows.procedures.inspection_state import OPEN_STATES
from workflows.procedures.intake_forms import FactsForm
from workflows.roles import Role

#: facts that an amendment may write: the fields of the form, which are columns of the complaint
FACTS = (*FactsForm.base_fields, "violation_continues", "violation_continues_reason")
#: identity that goes into `Informant` when it is kept apart
APART = {
    "complainant_name": "name",
    "complainant_phone": "phone",
    "id_number": "id_number",
    "complainant_residence": "residence",
}
PETITION_REPRESENTATIVES = 5
UPLOAD_SALT = "casedesk.evidence"


# --- logging -----------------------------------------------------------------------------------------------------------


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
    judged = step.inputs.get("violation_continues") is not None
    if judged and not step.by.has(Role.INSPECTOR, Role.SQUAD_LEADER):
        raise PermissionDenied("违法行为是否继续由监察员判断")


def log_checked(step: Step) -> None:
    """The moment it came in becomes the act's `at`: ACC-01 and ACC-09 run from it, for imported messages too."""
    received = step.inputs.get("received_at")
    if received is not None:
        if received > step.now:
            raise InvalidInput({"received_at": "不能晚于现在"})
        step.at = received
    representatives = step.inputs.get("representatives") or ""
    petition = step.inputs["channel"] in (Channel.PETITION, Channel.JOINT_RECEPTION)
    if petition and len(representatives.replace("，", "、").split("、")) > PETITION_REPRESENTATIVES:
        raise InvalidInput(
            {"representatives": f"走访形式的代表不超过 {PETITION_REPRESENTATIVES} 人（《信访工作条例》第二十条）"}
        )
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
    changes = [insert(complaint), *_take(step, complaint, new=True)]
    return [*changes, *_line_rows(step, complaint)]


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


# --- facts -------------------------------------------------------------------------------------------------------------


def _take(step: Step, complaint: Complaint, *, new: bool) -> list[Change]:
    """Write the given facts into the complaint; identity of an informant goes into its own row."""
    changed, apart = [], {}
    given = {k: v for k, v in step.inputs.items() if k in FACTS and v not in (None, "", False)}
    if new or given.keys() & {"is_informant", "anonymous"}:
        complaint.is_informant = bool(given.get("is_informant", complaint.is_informant))
        complaint.anonymous = bool(given.get("anonymous", complaint.anonymous))
    for name, value in given.items():
        if name in APART and complaint.identity_kept_apart:
            apart[APART[name]] = value
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
        changes.append(_informant(complaint, apart))
    return changes


def _informant(complaint: Complaint, apart: dict[str, Any]) -> Change:
    kept = Informant.objects.filter(complaint=complaint).first() if complaint.pk else None
    if kept is None:
        return insert(Informant(complaint=complaint, **apart))
    for name, value in apart.items():
        setattr(kept, name, value)
    return update(kept, *(apart or {"name": ""}))


def facts_taken(step: Step) -> Sequence[Change]:
    """登记: what was added now, and the day on which the complaint interrupts the arbitration limit (INT-17, LMA 27)."""
    complaint = step.subject.complaint
    changes = _take(step, complaint, new=False)
    complaint.limitation_interrupted_on = clock.legal_day(complaint.received_at)
    return [*changes, update(complaint, "limitation_interrupted_on")] if complaint.pk else changes


def something_amended(step: Step) -> None:
    """An amendment names at least one fact."""
    if not any(step.inputs.get(name) not in (None, "", False) for name in FACTS):
        raise InvalidInput({"": "请至少填写一项要修改的事实"})


def facts_amended(step: Step) -> Sequence[Change]:
    """修改: the new value is written, the old one kept; the event names the fields and shows them masked where personal."""
    complaint = step.subject.complaint
    before = {name: getattr(complaint, name) for name in FACTS if hasattr(complaint, name)}
    changes = _take(step, complaint, new=False)
    said = {}
    for name, old in before.items():
        new = getattr(complaint, name)
        if old == new:
            continue
        field = complaint._meta.get_field(name)
        show = masked if isinstance(field, PersonalText) else str
        said[field.name] = [show(str(old if old is not None else "")), show(str(new))] if _short(field) else ["…", "…"]
        changes.append(insert(Amendment(complaint=complaint, field=name, old=str(old or ""), new=str(new),
                                        at=step.at, by_id=step.by.officer_id)))  # fmt: skip
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


# --- workers, lines, evidence ------------------------------------------------------------------------------------------


def lines_checked(step: Step) -> None:
    """The same worker with the same period is entered once (item 57 of the catalogue)."""
    seen = set()
    for number, line in enumerate(step.inputs["lines"], start=1):
        key = (line["worker_name"], line["id_number"], line["period_from"], line["period_to"])
        if key in seen:
            raise InvalidInput({"lines": f"第 {number} 行与前面重复"})
        seen.add(key)


def lines_added(step: Step) -> Sequence[Change]:
    return _line_rows(step, step.subject.complaint)


def _line_rows(step: Step, complaint: Complaint) -> list[Change]:
    changes: list[Change] = []
    case = step.file.case
    known = (
        {} if complaint.pk is None else {w.same_person: w for w in step.file.workers if w.complaint_id == complaint.pk}
    )
    for entry in step.inputs.get("lines") or []:
        worker = Worker(
            complaint=complaint, case=case, name=entry["worker_name"], trade=entry["trade"] or "",
            phone=entry["phone"] or "", id_number=entry["id_number"] or "",
        )  # fmt: skip
        if worker.same_person in known:
            worker = known[worker.same_person]
        else:
            known[worker.same_person] = worker
            changes.append(insert(worker))
        line = LedgerLine(
            complaint=complaint, case=case, worker=worker, period_from=entry["period_from"], period_to=entry["period_to"],
            months=entry["months"] or 0, claimed=entry["claimed"],
        )  # fmt: skip
        changes.append(insert(line))
    return changes


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


# --- receipts ----------------------------------------------------------------------------------------------------------


def receipt_issued(step: Step) -> Sequence[Change]:
    """The receipt code, told once to whoever registers."""
    return _issue(step, 1)


def receipt_reissued(step: Step) -> Sequence[Change]:
    """A new code; the old ones die with it."""
    complaint = step.subject.complaint
    last = ReceiptCode.objects.filter(complaint=complaint).aggregate(n=Max("issue"))["n"] or 0
    old = list(ReceiptCode.objects.filter(complaint=complaint, live=True))
    for row in old:
        row.live = False
    return [*(update(row, "live") for row in old), *_issue(step, last + 1)]


def _issue(step: Step, number: int) -> list[Change]:
    complaint = step.subject.complaint
    if number == 1 and complaint.pk and complaint.receipts.exists():
        return []  # a reopened complaint keeps the code its caller holds
    phone, document = complaint.complainant_phone, complaint.id_number
    if complaint.identity_kept_apart:
        phone, document = step.inputs.get("complainant_phone") or "", step.inputs.get("id_number") or ""
    row, told = issue(complaint, number, (phone or document)[-4:], step.at)
    step.told |= told
    return [insert(row)]


# --- acceptance --------------------------------------------------------------------------------------------------------


def employer_identified(file: CaseFile, subject: Any, at: datetime) -> str | None:
    """ACC-03: an identified employer."""
    complaint = subject.complaint
    ok = complaint.employer_name and not complaint.employer_unknown
    return None if ok else "没有明确的用人单位（ACC-03），请补正后再受理"


def employed_here(file: CaseFile, subject: Any, at: datetime) -> str | None:
    """ACC-08: the bureau of the place of employment."""
    said = subject.complaint.employed_in_county
    if said is None:
        return "没有确认用工所在地是否在本县（ACC-08）"
    return None if said else "用工所在地不在本县，应告知向用工所在地投诉（ACC-05、ACC-08）"


def within_two_years(file: CaseFile, subject: Any, at: datetime) -> str | None:
    """ACC-07, LSIR 20: two years from the end of the violation, or a reasoned judgement that it continues."""
    complaint = subject.complaint
    if complaint.violation_continues and complaint.violation_continues_reason:
        return None
    ends = [d for d in (complaint.arrears_to, complaint.last_work_day, complaint.employment_end) if d]
    if not ends:
        return "没有欠薪截止日或最后工作日，无法判断是否在二年监察时效内（ACC-07）"
    limit = law_limit("ACC-07", clock.start_of(max(ends)))
    if complaint.received_at < limit.due_at:
        return None
    return f"违法行为终了已逾二年（{max(ends)}，ACC-07）：须由监察员书面判断违法行为仍在继续，或者不予受理"


def not_elsewhere(file: CaseFile, subject: Any, at: datetime) -> str | None:
    """ACC-06, LSIR 21: what is in arbitration or court stays there."""
    return "已进入仲裁或诉讼，应告知走该程序（ACC-06）" if subject.complaint.in_arbitration_or_court else None


def accept_checked(step: Step) -> None:
    """Into a new case, the complaint's own closed or open one, or an open one named."""
    own, other = step.file.case, step.file.other
    if own is not None and other is not None and other is not step.file:
        raise InvalidInput({"into": f"这件投诉已属于 {own.number}，不能并入另一案"})
    target = other or (step.file if own is not None else None)
    if target is not None and target.inspection is None:
        raise InvalidInput({"into": "这个案件没有监察程序"})
    if other is not None and step.by.agency not in bureau_codes(other.case.bureau):
        raise InvalidInput({"into": "没有这个案件"})


def case_opened(step: Step) -> Sequence[Change]:
    """The case the complaint belongs to from now on, and everything that hung on the complaint with it."""
    file, complaint = step.file, step.subject.complaint
    changes: list[Change] = []
    if file.case is not None:
        return changes
    if file.other is None:
        case, changes = _new_case(step, complaint)
        file.other = CaseFile(case=case)
    moved = file.other.take_over(file)
    step.facts["case"] = file.other.case.number
    return [*changes, *(update(row, "case") for row in moved)]


def _new_case(step: Step, complaint: Complaint) -> tuple[Case, list[Change]]:
    day = clock.legal_day(step.at)
    number, series = step.file.next_number("case", day)
    changes: list[Change] = [update(series, "last")]
    employer = find_employer(complaint.employer_name, complaint.unified_credit_code)
    if employer is None:
        employer = Employer(
            name=complaint.employer_name, credit_code=complaint.unified_credit_code, domicile=complaint.employer_domicile,
            legal_rep_name=complaint.legal_rep_name, legal_rep_post=complaint.legal_rep_post,
        )  # fmt: skip
        changes.append(insert(employer))
    project = None
    if complaint.project_name:
        project = Project.objects.filter(name=complaint.project_name, township=complaint.township).first()
        if project is None:
            project = Project(
                name=complaint.project_name, place=complaint.project_place, township=complaint.township,
                developer=complaint.developer, general_contractor=complaint.general_contractor,
                subcontractor=complaint.subcontractor, crew_leader_name=complaint.crew_leader_name,
                crew_leader_phone=complaint.crew_leader_phone,
            )  # fmt: skip
            changes.append(insert(project))
    case = Case(
        number=f"渑人社监案〔{day.year}〕{number}号", bureau=complaint.bureau, employer=employer, project=project,
        township=complaint.township, industry_sector=complaint.industry_sector, filed_on=day,
    )  # fmt: skip
    return case, [*changes, insert(case)]


def find_employer(name: str, credit_code: str) -> Employer | None:
    """The employer of the dictionary: by credit code, else by exact name among those without a different code."""
    if credit_code:
        found = Employer.objects.filter(credit_code=credit_code).first()
        if found is not None:
            return found
    named = Employer.objects.filter(name=name)
    return (named.filter(credit_code="") if credit_code else named).order_by("id").first()


def case_filed(step: Step) -> Sequence[Step]:
    """What accept does to the inspection: file a new case, take the complaint into an open one, reopen a closed one."""
    file = step.file if step.file.case is not None else step.file.other
    inspection = file.inspection
    if inspection is None:
        inspection = step.subject._meta.apps.get_model("workflows", "Inspection").open_on(file)
        file.__dict__["inspection"] = inspection
        act = "file_case"
    else:
        act = "take_complaint" if inspection.state in OPEN_STATES else "reopen"
    rule = inspection.rule_from(act, inspection.state)
    reason = step.inputs.get("reason") or "受理投诉"
    return [Step(rule, file, inspection, step.by, step.at, step.now, inputs={"reason": reason}, reason=reason,
                 facts={"complaint": str(step.subject.complaint.public_id)})]  # fmt: skip


# --- the other decisions -----------------------------------------------------------------------------------------------


def complainant_name(step: Step) -> str:
    return step.subject.complaint.called


def supplement_is_overdue(file: CaseFile, subject: Any, at: datetime) -> str | None:
    """While a supplement is asked for, declining waits for the date to pass."""
    due = subject.supplement_by
    if subject.state != "supplement_requested" or due is None or clock.legal_day(at) > due:
        return None
    return f"补正期限 {due} 尚未届满"


def agency_checked(step: Step) -> None:
    step.inputs["agency"] = step.file.agency(step.inputs["agency"], "agency")
    if step.inputs["agency"].code == step.file.root.bureau.code:
        raise InvalidInput({"agency": "不能转给本单位"})


def duplicate_checked(step: Step) -> None:
    """Same person, same matter: the other complaint must be one of this bureau and another row."""
    named = step.inputs["of"]
    found = Complaint.objects.filter(public_id=named).first() if _uuid_like(named) else None
    if found is None or found.bureau_id != step.subject.complaint.bureau_id:
        raise InvalidInput({"of": "没有这件投诉"})
    if found.pk == step.subject.complaint.pk:
        raise InvalidInput({"of": "不能与自己重复"})
    step.inputs["of"] = found


def _uuid_like(text: str) -> bool:
    return len(text) == 36 and text.count("-") == 4 and all(c in "0123456789abcdef-" for c in text.lower())


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


def followed_up(step: Step) -> Sequence[Change]:
    told = step.inputs
    if not (told["reached"] and told["satisfied"]) and not told["why_not"]:
        raise InvalidInput({"why_not": "未联系上或不满意，请写明原因"})
    row = FollowUp(
        complaint=step.subject.complaint, at=step.at, by_id=step.by.officer_id, reached=told["reached"],
        satisfied=told["satisfied"], why_not=told["why_not"],
    )  # fmt: skip
    return [insert(row)]
