"""What papers and files say of the money of a case, in words and in text amounts. No ID number, no whole account.

The column sums stated are exactly those of the rows beside them; the database refuses a paper where they are not.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from workflows import clock
from workflows.action import Step
from workflows.casefile.file import CaseFile
from workflows.casefile.fund import FundKind
from workflows.casefile.imports import ImportRow
from workflows.casefile.ledger import ZERO, LedgerLine
from workflows.casefile.papers import PaperKind
from workflows.procedures.liability_rows import liability_words

#: papers that say who must pay
ON_LIABILITY = frozenset(
    {
        PaperKind.ORDER,
        PaperKind.INTENT_NOTICE,
        PaperKind.DECISION,
        PaperKind.DEMAND_LETTER,
        PaperKind.INVESTIGATION_REPORT,
    }
)
_COLUMNS = ("claimed", "verified", "ordered", "paid", "settled_otherwise", "rest")


def money_content(step: Step, kind: PaperKind) -> dict[str, Any]:
    """The entries of a paper that concern money: ledger, sums, who must pay, where the money comes from."""
    file = step.file
    said: dict[str, Any] = {
        "workers": ledger_rows(file),
        "totals": totals_of(file),
        "total": totals_of(file)["rest"],
    }
    if kind in ON_LIABILITY and file.case is not None:
        said["liability"] = liability_words(file, step.inputs.get("addressee_reason") or "")
    if kind in (PaperKind.DEPOSIT_NOTICE, PaperKind.FUND_APPLICATION):
        said["money_source"] = _source(step)
    return said


def ledger_rows(file: CaseFile) -> list[dict[str, str]]:
    """One entry per standing line; counter-lines and what they took back are nought together and left out."""
    return [
        {
            "name": line.worker.name,
            "period": period_words(line),
            "months": str(line.months),
            "claimed": _text(line.claimed),
            "verified": _text(line.verified),
            "ordered": _text(line.ordered),
            "paid": _text(line.paid),
            "settled_otherwise": _text(line.settled_otherwise),
            "settled": line.get_settled_how_display(),
            "owed": _text(line.owed),
            "rest": _text(line.rest),
        }
        for line in file.standing_lines
    ]


def totals_of(file: CaseFile) -> dict[str, str]:
    """The sums of the columns of `ledger_rows`."""
    return {part: _text(sum((getattr(x, part) or ZERO for x in file.standing_lines), ZERO)) for part in _COLUMNS}


def period_words(line: LedgerLine) -> str:
    """What time a line is about, in words."""
    if line.period_from and line.period_to:
        return f"{line.period_from} 至 {line.period_to}"
    return f"{line.months.normalize():f} 个月" if line.months else ""


def payment_rows(file: CaseFile) -> list[dict[str, Any]]:
    """Every payment and counter-payment, in the order in which they were recorded."""
    named = {line.pk: line.worker.name for line in file.lines}
    numbers = {p.import_row_id for p in file.payments if p.import_row_id}
    sources = {r.pk: f"{r.of.file_name} 第 {r.number} 行" for r in _import_rows(numbers)}
    return [
        {
            "name": named[p.line_id],
            "amount": _text(p.amount),
            "at": str(clock.legal_day(p.at)),
            "payer": p.get_payer_display(),
            "moment": p.get_moment_display(),
            "proof": p.proof,
            "source": sources.get(p.import_row_id, "") if p.import_row_id else "",
            "corrects": p.corrects_id is not None,
        }
        for p in file.payments
    ]


def _import_rows(numbers: set[int]) -> Sequence[ImportRow]:
    return list(ImportRow.objects.filter(pk__in=numbers).select_related("of")) if numbers else []


def fund_rows(file: CaseFile) -> list[dict[str, str]]:
    """Each use of the deposit or the fund, with what came back."""
    return [
        {
            "kind": use.get_kind_display(),
            "state": use.get_state_display(),
            "amount": _text(use.amount),
            "paid": _text(use.paid),
            "recovered": _text(use.recovered),
            "rest": _text(use.rest),
            "from": use.recover_from,
            "paper": use.granted_paper or (use.paper.number if use.paper is not None else ""),
        }
        for use in file.fund_uses
    ]


def _source(step: Step) -> dict[str, Any]:
    use, decision = step.inputs["use"], step.file.latest(PaperKind.DECISION)
    term = step.file.inspection.decision_pay_by
    deposit = use.kind == FundKind.DEPOSIT
    return {
        "source": use.get_kind_display(),
        "bank": use.source if deposit else "",
        "depositor": use.recover_from,
        "decision": decision.number if deposit and decision is not None else "",
        "decision_term": str(term) if deposit and term is not None else "",
        "shares": [
            {
                "name": share["line"].worker.name,
                "amount": _text(share["amount"]),
                "account_tail": share["line"].worker.bank_account[-4:],
            }
            for share in step.inputs["shares"]
        ],
        "total": _text(use.amount),
    }


def _text(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:.2f}"
