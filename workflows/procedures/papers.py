"""Papers that acts make, and their service: change makers shared by the procedure files.

Content and number are frozen here, in the transaction of the act. The numbers run per kind and year and are never
reused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from workflows import clock
from workflows.action import Change, ChangeMaker, Step, insert, update
from workflows.casefile.ledger import head_count, total
from workflows.casefile.papers import Paper, PaperKind, Service, ServiceMode
from workflows.errors import InvalidInput
from workflows.inputs import Choice, CleanText, Inputs, Pointer
from workflows.move import law_limit
from workflows.notices import papers_of
from workflows.record import canonical

#: the word of a kind in its number: 渑人社监令〔2026〕7号
NUMBER_WORDS = {
    PaperKind.DECLINE_NOTICE: "不受",
    PaperKind.SUPPLEMENT_NOTICE: "补",
    PaperKind.REFERRAL_LETTER: "转",
    PaperKind.FILING_FORM: "立",
    PaperKind.RECEPTION_RECORD: "接",
    PaperKind.INQUIRY_NOTICE: "询",
    PaperKind.PRESERVATION_NOTICE: "存",
    PaperKind.ASSISTANCE_LETTER: "协",
    PaperKind.SUMMONS: "约",
    PaperKind.EXTENSION_FORM: "延",
    PaperKind.ORDER: "令",
    PaperKind.INTENT_NOTICE: "告",
    PaperKind.DECISION: "决",
    PaperKind.DEMAND_LETTER: "催",
    PaperKind.ENFORCEMENT_APPLICATION: "执",
    PaperKind.DEPOSIT_NOTICE: "保",
    PaperKind.CANCELLATION: "撤",
    PaperKind.TRANSFER_OUT_LETTER: "移",
    PaperKind.CLOSING_FORM: "结",
    PaperKind.INVESTIGATION_REPORT: "报",
    PaperKind.TRANSFER_APPROVAL: "审",
    PaperKind.TRANSFER_LETTER: "刑移",
    PaperKind.SUPPLEMENT_TO_POLICE: "刑补",
    PaperKind.HAND_OVER_LIST: "刑交",
    PaperKind.RECONSIDERATION_REQUEST: "刑复",
    PaperKind.SUPERVISION_SUGGESTION: "刑监",
}


def paper(
    kind: PaperKind,
    *,
    addressee: Callable[[Step], str] | str = "",
    when: Callable[[Step], bool] | None = None,
    replaces: bool = False,
) -> ChangeMaker:
    """A change maker that draws up one paper of a kind from the case and the act's inputs.

    `replaces` puts it in the place of the newest of its kind, which stays in the file as an older version.
    """  # fmt: skip

    def make(step: Step) -> Sequence[Change]:
        if when is not None and not when(step):
            return []
        to = addressee(step) if callable(addressee) else addressee
        made, rows = draw_up(step, kind, to)
        if replaces and (old := step.file.latest(kind)) is not None:
            old.replaced_by = made
            rows.append(update(old, "replaced_by"))
        step.file.all_papers.append(made)
        return rows

    return make


def draw_up(step: Step, kind: PaperKind, addressee: str) -> tuple[Paper, list[Change]]:
    """The paper and the rows to write: content frozen with its hash, number reserved."""
    day = clock.legal_day(step.at)
    number, series = step.file.next_number(kind.value, day)
    text = f"渑人社监{NUMBER_WORDS[kind]}〔{day.year}〕{number}号"
    content = _content(step, kind, text, addressee)
    made = Paper(
        case=step.file.case,
        complaint=step.file.complaint if step.file.case is None else None,
        procedure=step.rule.procedure,
        subject=step.subject.public_id,
        kind=kind,
        number=text,
        addressee=addressee,
        content=content,
        content_sha256=hashlib.sha256(canonical(content)).hexdigest(),
        made_at=step.at,
    )
    papers_of(step, [made])
    return made, [update(series, "last"), insert(made)]


def _content(step: Step, kind: PaperKind, number: str, addressee: str) -> dict[str, Any]:
    """What the paper says. Workers by name and amount only: no ID number, phone or account stands on a paper made
    here."""
    file, case = step.file, step.file.case
    said = {
        field.label or name: str(step.record[name])
        for name, field in step.rule.asks.base_fields.items()
        if name in step.record
    }
    workers = [
        {"name": line.worker.name, "months": str(line.months), "owed": str(line.owed), "rest": str(line.rest)}
        for line in file.lines
    ]
    return {
        "title": kind.label,
        "number": number,
        "date": str(clock.legal_day(step.at)),
        "bureau": file.root.bureau.name,
        "addressee": addressee,
        "case_number": case.number if case else "",
        "employer": case.employer.name if case else (file.complaint.employer_name if file.complaint else ""),
        "law": step.rule.law,
        "said": said,
        "workers": workers,
        "head_count": head_count(file.workers),
        "total": str(total(file.lines, "rest")),
        "handler": step.by.name,
        "certificate": step.by.certificate,
        "approved_by": step.approval.decided_by_name if step.approval else "",
    }


def employer_of(step: Step) -> str:
    """The employer as addressee."""
    return step.file.case.employer.name if step.file.case else ""


# --- service ---------------------------------------------------------------------------------------------------------


class ServiceForm(Inputs):
    """送达回证 (CPL 85–95, HNEX 31; SPC3 4 for posting)."""

    paper = Pointer("paper", label="文书")
    mode = Choice(label="送达方式", choices=ServiceMode.choices)
    place = CleanText(label="送达地点", max_length=200)
    recipient = CleanText(label="签收人", required=False, max_length=60)
    proof = CleanText(label="送达证明", max_length=200, help_text="送达回证、邮单号、张贴照片编号等")
    scan_of_proof = Pointer("evidence", label="证明扫描件", required=False)
    reason = CleanText(label="补录理由", lines=True, required=False)


def paper_served(step: Step) -> None:
    """Check what is served: a paper of the file, not yet served, after it was made; posted with media where the law
    asks."""
    papers = step.file.papers
    if (
        step.rule.procedure != "inspection"
    ):  # only the inspection's service starts the limits of other procedures' papers
        papers = [p for p in papers if p.subject == step.subject.public_id]
    found = step.file.of_file(papers, step.inputs["paper"], "paper")
    if found.served_at is not None:
        raise InvalidInput({"paper": "这份文书已经送达"})
    if step.at < found.made_at:
        raise InvalidInput({"at": "送达不能早于文书制作"})
    scan = step.inputs.get("scan_of_proof")
    if scan:
        step.inputs["scan_of_proof"] = step.file.of_file(step.file.evidence, scan, "scan_of_proof")
    if step.inputs["mode"] == ServiceMode.IN_PERSON and not step.inputs["recipient"]:
        raise InvalidInput({"recipient": "直接送达须有签收人"})
    step.inputs["paper"] = step.paper = found


def service_recorded(step: Step) -> Sequence[Change]:
    """The service row and the paper's date of service; an announcement takes effect at the end of DEC-17."""
    served: Paper = step.inputs["paper"]
    effective = effective_at(step.inputs["mode"], step.at)
    row = Service(
        paper=served,
        mode=step.inputs["mode"],
        at=step.at,
        effective_at=effective,
        place=step.inputs["place"],
        recipient=step.inputs["recipient"],
        proof=step.inputs["proof"],
        proof_file=step.inputs.get("scan_of_proof") or None,
    )
    served.served_at = effective
    step.facts["served"] = {"kind": served.kind, "number": served.number, "effective_at": effective.isoformat()}
    return [insert(row), update(served, "served_at")]


def effective_at(mode: str, at: datetime) -> datetime:
    """When service counts: at once, or for an announcement at the end of the announcement period (CPL 95)."""
    return law_limit("DEC-17", at).due_at if mode == ServiceMode.ANNOUNCEMENT else at


def effect(step: Step) -> datetime:
    """From when the limits of a served paper run."""
    return effective_at(step.inputs["mode"], step.at)
