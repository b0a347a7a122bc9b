"""What the case page shows of money: the ledger, who must pay and why, deposit and fund, files handed in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from casedesk.web.matters import act_url, to_do
from casedesk.web.record import FIRST, whole, whole_url
from workflows.casefile.file import CaseFile
from workflows.casefile.fund import FundUse
from workflows.casefile.ledger import LedgerLine, head_count, total
from workflows.inputs import EARLIEST
from workflows.law.liability import Party
from workflows.perform import Offer
from workflows.procedures.liability_rows import chain_of, liability_of
from workflows.roles import BUREAU_ROLES, Actor

#: acts that a panel offers in its foot; everything else stands under 更多
ON_LIABILITY = ("establish_chain",)
ON_FUNDS = (
    "use_deposit", "record_deposit_paid", "apply_relief_fund", "record_fund_grant", "record_fund_paid",
    "record_recovery",
)  # fmt: skip


def ledger_of(request: HttpRequest, file: CaseFile, heads: int | None = None) -> dict[str, Any]:
    """The wage ledger, lines of one worker together; of a long one the first, the whole of it when asked.

    `heads` is how many people it is about, where somebody counted them already.
    """
    evidence = {one.pk: one.title for one in file.evidence}
    lines = sorted(file.lines, key=lambda x: (x.worker_id, x.period_from or EARLIEST, x.pk))
    shown = lines if whole(request) else lines[:FIRST]
    return {
        "left_out": len(lines) - len(shown),
        "whole_url": whole_url(request),
        "lines": [
            {
                "worker": line.worker.name,
                "note": line.worker.trade,
                "period": period_of(line),
                "claimed": line.claimed,
                "verified": line.verified,
                "ordered": line.ordered,
                "paid": line.paid,
                "rest": line.rest,
                "settled": _settled(line),
                "on": evidence.get(line.verified_by_id or 0, "") or line.verified_on,
            }
            for line in shown
        ],
        "totals": {
            "workers": head_count(file.workers) if heads is None else heads,
            **{part: _sum(file.lines, part) for part in ("claimed", "verified", "ordered", "paid", "rest")},
        },
    }


def _settled(line: LedgerLine) -> str:
    """How a line came to its end; a counter-line and what it took back say so."""
    if line.corrects_id is not None:
        return _("冲销")
    return _("已冲销") if line.countered else str(line.get_settled_how_display())


def _sum(lines: Sequence[LedgerLine], part: str) -> Any:
    """The sum of a column; a column nobody has filled in yet is not zero."""
    return total(lines, part) if any(getattr(line, part) is not None for line in lines) else None


def period_of(line: LedgerLine) -> str:
    """The months a line is about."""
    if line.period_from and line.period_to:
        return f"{line.period_from:%Y-%m-%d} 至 {line.period_to:%Y-%m-%d}"
    return f"{line.months.normalize():f} 个月" if line.months else "—"


def liability_shown(file: CaseFile, offered: list[Offer]) -> dict[str, Any]:
    """The panel 清偿责任: payer, article, reasons, next in line, the chain."""
    found, chain = liability_of(file), chain_of(file)
    links = [{"role": role, "name": name, "licence": ""} for role, name in found.chain]
    if chain is not None:
        licences = {
            Party.GENERAL_CONTRACTOR.label: chain.general_contractor_licensed,
            Party.SUBCONTRACTOR.label: chain.subcontractor_licensed,
        }
        for link in links:
            known = licences.get(link["role"])
            link["licence"] = "" if known is None else _("有资质") if known else _("无资质")
    return {
        "payer": found.law.payer.label,
        "name": found.name or _("名称未登记"),
        "article": found.law.article,
        "reasons": found.law.reasons,
        "next": [{"role": party.label, "name": name or _("名称未登记")} for party, name in found.next],
        "recourse": found.recourse,
        "cap": found.law.advance_cap,
        "chain": links,
        "established": found.established,
        "basis": file.chain.basis if file.chain is not None else "",
        "acts": _acts(file, offered, ON_LIABILITY),
    }


def funds_shown(file: CaseFile, offered: list[Offer]) -> dict[str, Any]:
    """The panel 保证金和周转金: each use with what was paid, what came back and what is to come back."""
    return {
        "uses": [
            {
                "kind": use.get_kind_display(),
                "state": use.get_state_display(),
                "asked": use.asked_at,
                "amount": use.amount,
                "paid": use.paid,
                "recovered": use.recovered,
                "rest": use.rest,
                "from": use.recover_from,
                "source": use.source,
                "paper": use.granted_paper,
                "top_up_by": use.top_up_by if use.rest > 0 else None,
                "went_out": use.state == FundUse.State.PAID,
            }
            for use in file.fund_uses
        ],
        "acts": _acts(file, offered, ON_FUNDS),
    }


def _acts(file: CaseFile, offered: list[Offer], names: tuple[str, ...]) -> list[dict[str, str]]:
    return [
        {"label": to_do(o.rule.label), "url": act_url(file.inspection, o.rule.name)}
        for name in names
        for o in offered
        if o.rule.name == name and o.possible
    ]


def ledger_links(file: CaseFile, offered: list[Offer], actor: Actor) -> dict[str, Any]:
    """What can be done with the whole ledger: take files in, look at those handed in, export."""
    assert file.case is not None
    possible = {o.rule.name for o in offered if o.possible}
    case = file.case.public_id
    kinds = {
        "import_roster": ("roster", _("导入花名册、考勤")),
        "record_pay_out": ("pay_out", _("导入银行发放明细")),
    }
    return {
        "acts": [
            {"label": label, "url": reverse("import-new", args=[case, kind])}
            for name, (kind, label) in kinds.items()
            if name in possible
        ],
        "export_url": reverse("ledger-export", args=[case]) if actor.has(*BUREAU_ROLES) and file.lines else "",
        "uploads_url": reverse("uploads", args=[case]),
    }
