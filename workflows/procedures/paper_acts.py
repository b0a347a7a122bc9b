"""The acts of the inspection on its papers: serving them, and making one anew where a slip of the pen stands on it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from workflows.action import Change, Procedure, Starts, Step, Stops, action, update
from workflows.casefile.papers import MUST_BE_SERVED, Paper, PaperKind
from workflows.errors import InvalidInput, NotPossibleNow
from workflows.inputs import CleanText, Inputs, Pointer, Rows
from workflows.procedures import inspection_rows as rows
from workflows.procedures.inspection_state import ENDED, OPEN_STATES
from workflows.procedures.papers import ServiceForm, effect, paper_served, reissued, service_recorded
from workflows.roles import ASSIGNED, Role, Who

INSPECTOR: list[Role | Who] = [ASSIGNED]
#: served, these changed what the party must do: another order or decision takes their place, not a correction
BINDING = MUST_BE_SERVED | {PaperKind.PRESERVATION_NOTICE, PaperKind.DEPOSIT_NOTICE, PaperKind.SUMMONS}
#: what stands in their place is another act
INSTEAD = {PaperKind.ORDER: "重新责令", PaperKind.DECISION: "变更决定"}
_AMOUNT = re.compile(r"[\d,]+\.\d\d")


class SlipForm(Inputs):
    """One slip: what stands there, and what should."""

    wrong = CleanText(label="原文", max_length=200)
    right = CleanText(label="更正为", max_length=200)


class ReissueForm(Inputs):
    """更正笔误: names, addresses, words; amounts and days to pay by are not slips but other decisions."""

    paper = Pointer("paper", label="文书")
    slips = Rows(SlipForm, label="更正的文字")
    reason = CleanText(label="更正理由", lines=True, max_length=500)


def reissue_checked(step: Step) -> None:
    """The paper stands, binds nobody yet, and has not left with a transfer; each slip is found; no amount changes."""
    old: Paper = step.file.of_file(step.file.papers, step.inputs["paper"], "paper")
    if old.procedure != "inspection":
        raise InvalidInput({"paper": "只能更正监察程序制作的文书"})
    if old.kind in BINDING and old.served_at is not None:
        instead = INSTEAD.get(PaperKind(old.kind))
        raise NotPossibleNow(f"{old}已经送达，影响当事人权利义务" + (f"，请用“{instead}”" if instead else "，不能更正"))
    text = str(old.content["body"]) + str(old.content["addressee"]) + str(old.content["party"])
    slips = step.inputs["slips"]
    for slip in slips:
        if slip["wrong"] not in text:
            raise InvalidInput({"slips": f"文书中没有“{slip['wrong']}”"})
        if _AMOUNT.findall(slip["wrong"]) != _AMOUNT.findall(slip["right"]):
            raise InvalidInput({"slips": "金额不能用更正笔误的办法改动，请重新责令或者变更决定"})
    step.inputs["paper"] = old


def paper_reissued(step: Step) -> Sequence[Change]:
    """The new version under a new number; the old one stays and points to it."""
    old: Paper = step.inputs["paper"]
    made, changes = reissued(step, old, [(s["wrong"], s["right"]) for s in step.inputs["slips"]])
    old.replaced_by = made
    step.file.all_papers.append(made)
    return [*changes, update(old, "replaced_by")]


class PaperActs(Procedure):
    """Service and reissue."""

    class Meta:
        abstract = True

    @action(
        "记录送达",
        source=ENDED,
        target=None,
        by=INSPECTOR,
        law="HNEX 31; CPL 85-95; SPC3 4",
        asks=ServiceForm,
        requires=[rows.after_end_allowed],
        checks=[paper_served],
        changes=[service_recorded],
        starts=[Starts("AFT-03", served="reconsideration_request", counted_from=effect)],
    )
    @action(
        "记录送达",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="HNEX 31; CPL 85-95; SPC3 4",
        asks=ServiceForm,
        checks=[paper_served],
        changes=[service_recorded],
        starts=[
            Starts("INV-05", served="inquiry_notice", counted_from=effect),
            Starts("PAY-13", served="demand_letter", counted_from=effect),
            Starts("PAY-15a", served="decision", counted_from=effect),
            Starts("PAY-15b", served="decision", counted_from=effect),
            Starts("PAY-12", served="decision", after=("PAY-15a", "PAY-15b")),
            Starts("AFT-03", served="reconsideration_request", counted_from=effect),
        ],
        stops=[Stops("DEC-14", served="decision")],
    )
    def record_service(self, **told: Any) -> None: ...

    @action(
        "更正文书笔误",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="法无明文（更正笔误，须写明理由）",
        asks=ReissueForm,
        approval=Role.BUREAU_HEAD,
        checks=[reissue_checked],
        changes=[paper_reissued],
    )
    def reissue_paper(self, **told: Any) -> None: ...
