"""What a paper holds when it is signed: the facts of the case, its words, and what the law says must not be missing.

No ID number, phone or account of a person stands on a paper made here. The content is frozen with its hash; number, day
and approval are the only parts that a draft does not have yet (`UNSIGNED`).
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from workflows import clock
from workflows.casefile.ledger import head_count, total
from workflows.casefile.papers import RECORDS, PaperKind
from workflows.law.instruments import article
from workflows.procedures.money_content import money_content
from workflows.wording import intake, investigation, orders, police
from workflows.wording.amounts import in_words
from workflows.wording.blocks import Block

if TYPE_CHECKING:
    from workflows.action import Step

#: what a draft cannot know; everything else is signed as it was shown
UNSIGNED = ("number", "date", "approved_by", "approval")

Words = Callable[["Step", dict[str, Any]], list[Block]]
LETTER, FORM, RECORD = "letter", "form", "record"
K = PaperKind
#: each kind with its layout and its words
PAPERS: dict[PaperKind, tuple[str, Words]] = {
    K.DECLINE_NOTICE: (LETTER, intake.decline_notice),
    K.SUPPLEMENT_NOTICE: (LETTER, intake.supplement_notice),
    K.REFERRAL_LETTER: (LETTER, intake.referral_letter),
    K.FILING_FORM: (FORM, intake.filing_form),
    K.RECEPTION_RECORD: (RECORD, intake.reception_record),
    K.INQUIRY_NOTICE: (LETTER, investigation.inquiry_notice),
    K.INTERVIEW_RECORD: (RECORD, investigation.interview_record),
    K.SITE_CHECK_RECORD: (RECORD, investigation.site_check_record),
    K.PRESERVATION_NOTICE: (LETTER, investigation.preservation_notice),
    K.ASSISTANCE_LETTER: (LETTER, investigation.assistance_letter),
    K.SUMMONS: (LETTER, investigation.summons),
    K.EXTENSION_FORM: (FORM, investigation.extension_form),
    K.ORDER: (LETTER, orders.order),
    K.INTENT_NOTICE: (LETTER, orders.intent_notice),
    K.HANDLING_FORM: (FORM, orders.handling_form),
    K.DECISION: (LETTER, orders.decision),
    K.DEMAND_LETTER: (LETTER, orders.demand_letter),
    K.ENFORCEMENT_APPLICATION: (LETTER, orders.enforcement_application),
    K.DEPOSIT_NOTICE: (LETTER, orders.deposit_notice),
    K.FUND_APPLICATION: (FORM, orders.fund_application),
    K.CANCELLATION: (FORM, orders.cancellation),
    K.TRANSFER_OUT_LETTER: (LETTER, orders.transfer_out_letter),
    K.CLOSING_FORM: (FORM, orders.closing_form),
    K.INVESTIGATION_REPORT: (LETTER, police.investigation_report),
    K.TRANSFER_APPROVAL: (FORM, police.transfer_approval),
    K.TRANSFER_LETTER: (LETTER, police.transfer_letter),
    K.SUPPLEMENT_TO_POLICE: (LETTER, police.supplement_to_police),
    K.HAND_OVER_LIST: (LETTER, police.hand_over_list),
    K.RECONSIDERATION_REQUEST: (LETTER, police.reconsideration_request),
    K.SUPERVISION_SUGGESTION: (LETTER, police.supervision_suggestion),
}
#: papers that say how the party defended itself
_WITH_DEFENCE = frozenset({K.HANDLING_FORM, K.DECISION, K.ENFORCEMENT_APPLICATION})
#: papers that say what the facts stand on; on others new evidence changes nothing
_WITH_EVIDENCE = frozenset({K.HANDLING_FORM, K.DECISION, K.TRANSFER_OUT_LETTER, K.INVESTIGATION_REPORT})


def content_of(step: Step, kind: PaperKind, number: str, addressee: str) -> dict[str, Any]:
    """The whole content of a paper an act makes. Its words come last: they may quote every fact."""
    family, words = PAPERS[kind]
    file, case = step.file, step.file.case
    sum_owed = total(file.standing_lines, "rest")
    content: dict[str, Any] = {
        "kind": kind.value,
        "family": family,
        "title": kind.label,
        "number": number,
        "bureau": file.root.bureau.name,
        "bureau_phone": file.root.bureau.phone,
        "bureau_address": file.root.bureau.address,
        "addressee": addressee,
        "case_number": case.number if case else "",
        "employer": case.employer.name if case else (file.complaint.employer_name if file.complaint else ""),
        "party": _party(step),
        "project": _project(step),
        "law": step.rule.law,
        "articles": article(step.rule.law),
        "said": {
            field.label or name: str(step.record[name])
            for name, field in step.rule.asks.base_fields.items()
            if name in step.record
        },
        "findings": file.inspection.findings if file.inspection else "",
        "evidence": _evidence(step) if kind in _WITH_EVIDENCE else [],
        "defence": _defence(step) if kind in _WITH_DEFENCE else "",
        "head_count": head_count(file.workers),
        **money_content(step, kind),
        "total_in_words": in_words(sum_owed),
        "handler": step.by.name,
        "certificate": step.by.certificate,
        "inspectors": [{"name": a.officer.name, "certificate": a.officer.certificate} for a in file.assignments],
        **signed(step),
    }
    content["body"] = words(step, content)
    return content


def _party(step: Step) -> dict[str, str]:
    """The party (当事人): from the case's employer, else as the complaint says."""
    case, complaint = step.file.case, step.file.complaint
    if case is not None:
        e = case.employer
        return {"name": e.name, "credit_code": e.credit_code, "domicile": e.domicile, "legal_rep": e.legal_rep_name,
                "post": e.legal_rep_post}  # fmt: skip
    if complaint is None:
        return dict.fromkeys(("name", "credit_code", "domicile", "legal_rep", "post"), "")
    return {"name": complaint.employer_name, "credit_code": complaint.unified_credit_code,
            "domicile": complaint.employer_domicile, "legal_rep": complaint.legal_rep_name,
            "post": complaint.legal_rep_post}  # fmt: skip


def _project(step: Step) -> dict[str, str]:
    project = step.file.case.project if step.file.case else None
    return {"name": project.name if project else "", "place": project.place if project else ""}


def _evidence(step: Step) -> list[str]:
    """What the facts stand on: items handed in or found, and the records of interviews and checks."""
    return [
        *(e.title for e in step.file.evidence),
        *(f"{PaperKind(x.kind).label}（{x.number}）" for x in step.file.papers if x.kind in RECORDS),
    ]


def _defence(step: Step) -> str:
    heard = step.file.root.events.filter(act__in=("hear_defence", "hold_hearing")).order_by("-seq").first()
    if heard is None:
        return ""
    told = heard.inputs
    if heard.act == "hold_hearing":
        return f"经听证：{told.get('record', '')}"
    return f"{told.get('said', '')}　复核意见：{told.get('examined', '')}"


def signed(step: Step) -> dict[str, Any]:
    """The day and the yes that make a draft a paper."""
    return {
        "date": str(clock.legal_day(step.at)),
        "approved_by": step.approval.decided_by_name if step.approval else "",
        "approval": _approval(step),
    }


def _approval(step: Step) -> dict[str, str]:
    """The yes an act was done on: who, what he wrote, on which day, under which appointment."""
    yes = step.approval
    if yes is None:
        return {}
    return {
        "by": yes.decided_by_name,
        "role": yes.needed_label,
        "opinion": yes.decision_reason or "同意。",
        "on": str(clock.legal_day(yes.decided_at)),
        "acting": yes.acting_paper,
    }


def sum_of(content: dict[str, Any], column: str) -> Decimal:
    """The sum of one column of the workers' table, in yuan."""
    return sum((Decimal(w[column]) for w in content["workers"]), Decimal(0))
