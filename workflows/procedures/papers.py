"""Papers that acts make, and their service: change makers shared by the procedure files.

Content and number are frozen here, in the transaction of the act. The numbers run per kind and year and are never
reused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NoReturn

from workflows import clock
from workflows.action import Change, ChangeMaker, Step, insert, update
from workflows.casefile.case import NumberSeries
from workflows.casefile.papers import Paper, PaperKind, Service, ServiceMode
from workflows.errors import InvalidInput, NotPossibleNow
from workflows.inputs import Choice, CleanText, Inputs, Pointer
from workflows.move import law_limit
from workflows.notices import papers_of
from workflows.record import canonical
from workflows.wording.blocks import p
from workflows.wording.content import content_of, signed
from workflows.wording.required import Needs, missing
from workflows.wording.serving import lacking

#: the word of a kind in its number: 渑人社监令〔2026〕7号
NUMBER_WORDS = {
    PaperKind.DECLINE_NOTICE: "不受",
    PaperKind.SUPPLEMENT_NOTICE: "补",
    PaperKind.REFERRAL_LETTER: "转",
    PaperKind.FILING_FORM: "立",
    PaperKind.RECEPTION_RECORD: "接",
    PaperKind.INQUIRY_NOTICE: "询",
    PaperKind.INTERVIEW_RECORD: "笔",
    PaperKind.SITE_CHECK_RECORD: "检",
    PaperKind.PRESERVATION_NOTICE: "存",
    PaperKind.ASSISTANCE_LETTER: "协",
    PaperKind.SUMMONS: "约",
    PaperKind.EXTENSION_FORM: "延",
    PaperKind.ORDER: "令",
    PaperKind.INTENT_NOTICE: "告",
    PaperKind.HANDLING_FORM: "批",
    PaperKind.DECISION: "决",
    PaperKind.DEMAND_LETTER: "催",
    PaperKind.ENFORCEMENT_APPLICATION: "执",
    PaperKind.DEPOSIT_NOTICE: "保",
    PaperKind.FUND_APPLICATION: "周",
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
    number, series = _numbered(step, kind)
    content = content_of(step, kind, number, addressee)
    if lacks := missing(kind, content):
        _refuse(step, kind, lacks)
    made = _frozen(step, kind, content)
    return made, [update(series, "last"), insert(made)]


def reissued(step: Step, old: Paper, slips: Sequence[tuple[str, str]]) -> tuple[Paper, list[Change]]:
    """The same paper with slips of the pen put right, under a new number; it says which one it replaces and why."""
    kind = PaperKind(old.kind)
    number, series = _numbered(step, kind)
    content: dict[str, Any] = _put_right(old.content, slips) | {"number": number} | signed(step)
    note = p(f"本文书更正并替换{old.number}。更正理由：{step.inputs['reason']}")
    body = content["body"]
    last = max((n for n, block in enumerate(body) if block["t"] == "p"), default=len(body))
    content["body"] = [*body[:last], *note, *body[last:]]
    made = _frozen(step, kind, content)
    return made, [update(series, "last"), insert(made)]


def _put_right(value: Any, slips: Sequence[tuple[str, str]]) -> Any:
    if isinstance(value, str):
        for wrong, right in slips:
            value = value.replace(wrong, right)
        return value
    if isinstance(value, list):
        return [_put_right(one, slips) for one in value]
    return {k: _put_right(one, slips) for k, one in value.items()} if isinstance(value, dict) else value


def _numbered(step: Step, kind: PaperKind) -> tuple[str, NumberSeries]:
    """The next number of the kind in its year, and the series' row to write."""
    day = clock.legal_day(step.at)
    number, series = step.file.next_number(kind.value, day)
    return f"渑人社监{NUMBER_WORDS[kind]}〔{day.year}〕{number}号", series


def _frozen(step: Step, kind: PaperKind, content: dict[str, Any]) -> Paper:
    made = Paper(
        case=step.file.case,
        complaint=step.file.complaint if step.file.case is None else None,
        procedure=step.rule.procedure,
        subject=step.subject.public_id,
        kind=kind,
        number=content["number"],
        addressee=content["addressee"],
        content=content,
        content_sha256=hashlib.sha256(canonical(content)).hexdigest(),
        made_at=step.at,
    )
    papers_of(step, [made])
    return made


def _refuse(step: Step, kind: PaperKind, lacking: Sequence[Needs]) -> NoReturn:
    """A paper that lacks what the law asks for is not signed: on the act's own field where it has one."""
    own = [n for n in lacking if n.field in step.rule.asks.base_fields]
    if own:
        raise InvalidInput({n.field: n.sentence(kind) for n in own})
    raise NotPossibleNow([n.sentence(kind) for n in lacking])


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
    witness = CleanText(label="见证人", required=False, max_length=60)
    refusal = CleanText(label="拒收情况", lines=True, required=False, max_length=500)
    tracking = CleanText(label="邮件号码", required=False, max_length=60)
    cannot = CleanText(label="无法以其他方式送达的情况", lines=True, required=False, max_length=500)
    photographs = Pointer("evidence", label="现场照片或者录像", many=True, required=False)
    consent = Pointer("evidence", label="受送达人的书面同意", required=False)
    proof = CleanText(label="送达证明", max_length=200, help_text="送达回证编号、公告载体等")
    scan_of_proof = Pointer("evidence", label="证明扫描件", required=False)
    reason = CleanText(label="补录理由", lines=True, required=False)


def paper_served(step: Step) -> None:
    """Check what is served: a paper of the file, not yet served, after it was made; with what its way of serving
    needs."""
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
    for name in ("scan_of_proof", "consent"):
        if step.inputs.get(name):
            step.inputs[name] = step.file.of_file(step.file.evidence, step.inputs[name], name)
    shots = [step.file.of_file(step.file.evidence, one, "photographs") for one in step.inputs.get("photographs") or []]
    if any(not shot.sha256 for shot in shots):
        raise InvalidInput({"photographs": "请先上传照片或者录像文件"})
    step.inputs["photographs"] = shots
    if lacks := lacking(step.inputs["mode"], step.inputs):
        raise InvalidInput(lacks)
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
        witness=step.inputs.get("witness") or "",
        tracking=step.inputs.get("tracking") or "",
        note="；".join(filter(None, [step.inputs.get("refusal"), step.inputs.get("cannot"), _agreed(step)])),
        media=[shot.public_id for shot in step.inputs["photographs"]],
        proof=step.inputs["proof"],
        proof_file=step.inputs.get("scan_of_proof") or step.inputs.get("consent") or None,
    )
    served.served_at = effective
    step.facts["served"] = {"kind": served.kind, "number": served.number, "effective_at": effective.isoformat()}
    return [insert(row), update(served, "served_at")]


def _agreed(step: Step) -> str:
    """On what consent it was served electronically; the item may stand beside a scan of the proof."""
    consent = step.inputs.get("consent")
    return f"受送达人已书面同意电子送达（{consent.title}）" if consent else ""


def effective_at(mode: str, at: datetime) -> datetime:
    """When service counts: at once, or for an announcement at the end of the announcement period (CPL 95)."""
    return law_limit("DEC-17", at).due_at if mode == ServiceMode.ANNOUNCEMENT else at


def effect(step: Step) -> datetime:
    """From when the limits of a served paper run."""
    return effective_at(step.inputs["mode"], step.at)
