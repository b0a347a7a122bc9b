"""What follows from the acts of the police transfer: forms, conditions, the threshold sheet and the package."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from workflows import clock
from workflows.action import Change, Step, insert
from workflows.casefile.file import CaseFile
from workflows.casefile.officers import Officer
from workflows.casefile.papers import PaperKind
from workflows.casefile.secrets import secrets_of, unnamed
from workflows.errors import InvalidInput, PermissionDenied
from workflows.inputs import Choice, CleanText, Inputs, Pointer
from workflows.procedures.dossier import contents_of
from workflows.procedures.inspection_state import OPEN_STATES, InspectionState
from workflows.procedures.intake_forms import OPTIONAL
from workflows.procedures.money import recovery_ended
from workflows.procedures.threshold_sheet import proof_words, threshold_sheet
from workflows.record import canonical
from workflows.wording.blocks import annexes_of

__all__ = ["recovery_ended", "threshold_sheet"]

#: papers of the case that go to the police with the letter (TRD 6, N100 二)
PACKED = (
    PaperKind.INVESTIGATION_REPORT, PaperKind.TRANSFER_APPROVAL, PaperKind.ORDER, PaperKind.DECISION,
    PaperKind.INQUIRY_NOTICE, PaperKind.SUMMONS, PaperKind.INTERVIEW_RECORD, PaperKind.SITE_CHECK_RECORD,
)  # fmt: skip


#: what the column of the package holds
LONGEST_ITEM = 200


class ProposeForm(Inputs):
    KINDS = (("refusal_to_pay", "拒不支付劳动报酬"), ("unlawful_demand", "非法讨薪或假借欠薪"))
    kind = Choice(label="移送类型", choices=KINDS)
    facts = CleanText(label="涉嫌犯罪的事实", lines=True)
    persons = CleanText(label="涉案人员、单位", lines=True, **OPTIONAL)


class ReportForm(Inputs):
    """The report names the team: two assigned inspectors with valid certificates, the reporter being one (TRD 5)."""

    second_inspector = Pointer("inspector", label="专案组另一名监察员")
    opinion = CleanText(label="移送意见", lines=True)


class ApproveForm(Inputs):
    opinion = CleanText(label="审批意见", lines=True, **OPTIONAL)


class ReceiveForm(Inputs):
    receiver = CleanText(label="接收人", max_length=60)


class ForwardForm(Inputs):
    to = CleanText(label="转送机关", max_length=120)
    reason = CleanText(label="理由", lines=True)


class AskSupplementForm(Inputs):
    missing = CleanText(label="需要补充的材料", lines=True)


class SupplementForm(Inputs):
    added = CleanText(label="补充的材料", max_length=200)


class DecisionForm(Inputs):
    number = CleanText(label="决定文号", max_length=80)
    reason = CleanText(label="说明", lines=True, **OPTIONAL)


class ReasonedDecisionForm(Inputs):
    number = CleanText(label="决定文号", max_length=80)
    reason = CleanText(label="理由", lines=True)


class HandOverForm(Inputs):
    to = CleanText(label="公安接交人", max_length=60)
    items = CleanText(label="移交的物品和材料", lines=True)


def case_stands(file: CaseFile, subject: Any, at: datetime) -> str | None:
    if file.inspection is None:
        return "案件没有监察程序"
    gone = file.inspection.state in (InspectionState.JOINED, InspectionState.CANCELLED)
    return f"案件{file.inspection.get_state_display()}" if gone else None


def one_open_per_kind(step: Step) -> None:
    kind = step.inputs["kind"]
    if any(t.kind == kind for t in step.file.open_transfers):
        raise InvalidInput({"kind": "本案已有一件未办结的同类移送"})


def order_for_refusal(step: Step) -> None:
    """An unlawful demand needs persons; a refusal to pay shows what is missing later, on the sheet."""
    if step.inputs["kind"] == "unlawful_demand" and not step.inputs["persons"]:
        raise InvalidInput({"persons": "非法讨薪须写明涉案人员"})


def team_checked(step: Step) -> None:
    day = clock.legal_day(step.at)
    second = step.file.officer(step.inputs["second_inspector"], "second_inspector")
    on_case: dict[int, Officer] = {a.officer_id: a.officer for a in step.file.assignments}
    if second.pk not in on_case or second.pk == step.by.officer_id:
        raise InvalidInput({"second_inspector": "须为另一名承办本案的监察员"})
    for officer in (second, on_case[step.by.officer_id or 0]):
        if not officer.certified_on(day):
            raise InvalidInput({"second_inspector": f"{officer.name}没有有效的执法证件"})
    step.inputs["second_inspector"] = second


def sheet_frozen(step: Step) -> Sequence[Change]:
    """The threshold sheet as it stands at the report: which element rests on what, and what is missing (rules 3.1)."""
    transfer = step.subject
    transfer.sheet = threshold_sheet(step.file, clock.legal_day(step.at)) if transfer.kind == "refusal_to_pay" else {}
    transfer.package = package_list(step.file)
    step.facts["team"] = [step.by.name, step.inputs["second_inspector"].name]
    step.facts["sheet"] = {"missing": transfer.sheet.get("missing", []), "sha256": _sha(transfer.sheet)}
    return _columns(step, "sheet", "package")


def team_named(step: Step) -> Sequence[Change]:
    """The two of the special team (专案组, TRF-02)."""
    row = step.subject.team.through
    ids = (step.by.officer_id, step.inputs["second_inspector"].pk)
    return [insert(row(policetransfer=step.subject, officer_id=officer)) for officer in ids]


def package_list(file: CaseFile) -> list[str]:
    """What goes with the letter, by name and number; the informant stands on none of it."""
    secrets = secrets_of(file.case) if file.case is not None else []
    items: list[str] = []
    for paper in file.papers:
        if paper.kind in PACKED:
            items += [str(paper), *(f"{title}（{paper.number}的附件）" for title in annexes_of(paper.content))]
    order = file.latest(PaperKind.ORDER)
    if order is not None:
        items += [proof_words(s) for s in sorted(order.services.all(), key=lambda s: s.pk)]
    items.append(f"工资台账（{len(file.standing_lines)} 笔）")
    items += [f"证据：{e.title} {e.sha256[:12]}".strip() for e in file.evidence]
    return [unnamed(item, secrets)[:LONGEST_ITEM] for item in items]


def package_listed(step: Step) -> Sequence[Change]:
    step.subject.package = package_list(step.file)
    step.subject.package_sha256 = _sha(step.subject.package)
    step.subject.contents = contents_of(step.file, step.at)
    step.subject.sent_at = step.at
    step.facts["package"] = {"items": len(step.subject.package), "sha256": step.subject.package_sha256}
    return _columns(step, "package", "package_sha256", "contents", "sent_at")


def package_extended(step: Step) -> Sequence[Change]:
    step.subject.package = [*step.subject.package, step.inputs["added"]]
    step.subject.package_sha256 = _sha(step.subject.package)
    return _columns(step, "package", "package_sha256")


def receipt_signed(step: Step) -> Sequence[Change]:
    """TRF-09: the signed receipt: hash of what was received, who signed, when."""
    step.subject.received_at = step.at
    step.subject.receipt_sha256 = _sha(
        [
            step.subject.package_sha256,
            step.inputs["receiver"],
            step.inputs.get("signer") or step.by.name,
            step.at.isoformat(),
        ]
    )
    step.facts["receipt"] = {"package": step.subject.package_sha256, "receipt": step.subject.receipt_sha256}
    return _columns(step, "received_at", "receipt_sha256")


def filing_noted(step: Step) -> Sequence[Change]:
    step.subject.police_filed_at = step.at
    return _columns(step, "police_filed_at")


def indictment_noted(step: Step) -> Sequence[Change]:
    step.subject.indicted_at = step.at
    return _columns(step, "indicted_at")


def judgment_noted(step: Step) -> Sequence[Change]:
    step.subject.judged_at = step.at
    return _columns(step, "judged_at")


def reported_in_full(file: CaseFile, subject: Any, at: datetime) -> str | None:
    return None if subject.package else "还没有报请移送的报告"


def not_the_handlers(step: Step) -> None:
    """Handler ≠ approver, also where the approval is the arrow itself."""
    if any(a.officer_id == step.by.officer_id for a in step.file.assignments):
        raise PermissionDenied("承办人不能审批自己的案件")


def inspection_goes_on(step: Step) -> Sequence[Step]:
    """AFT-06, AFT-07: the inspection goes on, or reopens if it had closed."""
    inspection = step.file.inspection
    if inspection is None or inspection.state in OPEN_STATES or step.subject.kind != "refusal_to_pay":
        return []  # an unlawful demand has nothing to do with what the employer owes
    rule = inspection.rule_from("reopen", inspection.state)
    if rule is None:
        return []
    return [Step(rule, step.file, inspection, step.by, step.at, step.now, inputs={"reason": step.inputs["reason"]},
                 reason=step.inputs["reason"], facts={"returned_from": "police"})]  # fmt: skip


def _columns(step: Step, *names: str) -> list[Change]:
    return [Change(step.subject, names)] if step.subject.pk else []


def _sha(content: Any) -> str:
    return hashlib.sha256(canonical(content)).hexdigest()
