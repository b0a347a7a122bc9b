"""The threshold sheet (移送标准核对表): the three elements of the offence on the facts of a case (rules 3.1).

Each element with the evidence it stands on and what is missing, by worker and in sum, and the figures with their
validity and how sure we are of them. For the page at any time; frozen with the report. It decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from workflows import clock
from workflows.casefile.file import CaseFile
from workflows.casefile.ledger import ZERO, LedgerLine
from workflows.casefile.papers import Paper, PaperKind, Service
from workflows.law.instruments import article
from workflows.law.rule import Confidence
from workflows.law.thresholds import (
    CRIME_KEYS,
    Element,
    OrderFacts,
    ThresholdFigure,
    WorkerArrears,
    assess,
    by_worker,
    crime_figures_of,
    figures,
    reaches_alone,
)

REGION = "henan"
KEYS = ("conduct", "amount", "order")


def threshold_sheet(file: CaseFile, day: date) -> dict[str, Any]:
    """The sheet as it stands on a day; amounts are texts of yuan, exactly the sums of what stands beside them."""
    named = _told_apart(file)
    owed = [line for line in file.standing_lines if line.rest > 0]
    arrears = by_worker(WorkerArrears(named[x.worker.same_person], x.months, x.rest) for x in owed)
    rows = figures(CRIME_KEYS, day, REGION)
    limits = crime_figures_of(rows)
    order, inspection = file.latest(PaperKind.ORDER), file.inspection
    facts = _order(order, file) if order is not None and inspection.pay_by is not None else None
    found = assess(
        arrears, limits, on=day,
        evasion=(inspection.evasion,) if inspection.evasion else (),
        ability=("认定有能力支付",) if inspection.able_to_pay else (), order=facts,
    )  # fmt: skip
    stands_on = {
        "conduct": _conduct_evidence(file),
        "amount": _amount_evidence(file, owed),
        "order": _order_evidence(order),
    }
    return {
        "on": str(day),
        "region": REGION,
        "elements": [
            element_words(key, one) | {"evidence": stands_on[key] if one.shown else []}
            for key, one in zip(KEYS, found.elements, strict=True)
        ],
        "missing": list(found.missing),
        "missing_elements": [key for key, one in zip(KEYS, found.elements, strict=True) if not one.shown],
        "workers": len(arrears),
        "total": f"{sum((a.amount_owed for a in arrears), start=ZERO):.2f}",
        "per_worker": [
            {
                "name": a.worker,
                "months": f"{a.months_owed.normalize():f}",
                "amount": f"{a.amount_owed:.2f}",
                "reaches": reaches_alone(a, limits),
            }
            for a in arrears
        ],
        "figures": figure_words(rows),
    }


def element_words(key: str, element: Element) -> dict[str, Any]:
    """One element as plain data."""
    return {
        "key": key,
        "name": element.name,
        "article": element.article,
        "shown": element.shown,
        "basis": list(element.basis),
        "missing": list(element.missing),
    }


def figure_words(found: Mapping[str, ThresholdFigure]) -> list[dict[str, Any]]:
    """The figures in force with source, validity, confidence and the national range they lie in.

    `confirmed` is what was read in the law itself: an excerpt is unconfirmed until the bureau confirms it, by the
    document named beside it.
    """
    return [
        {
            "name": row.name,
            "value": f"{row.value.normalize():f}",
            "unit": row.unit,
            "low": "" if row.low is None else f"{row.low.normalize():f}",
            "high": "" if row.high is None else f"{row.high.normalize():f}",
            "law": article(row.law),
            "source": row.source,
            "conf": row.conf,
            "confidence": Confidence(row.conf).label,
            "confirmed": row.confirmed,
            "confirmed_document": row.confirmed_document,
            "region": row.region,
            "valid_from": str(row.valid_from),
            "valid_to": str(row.valid_to or ""),
        }
        for row in (found[key] for key in CRIME_KEYS)
    ]


def _told_apart(file: CaseFile) -> dict[tuple[str, str], str]:
    """Each worker by his name alone: namesakes are counted, no ID number or phone stands on the sheet."""
    named: dict[tuple[str, str], str] = {}
    namesakes: dict[str, int] = {}
    for line in file.lines:
        worker = line.worker
        if worker.same_person not in named:
            namesakes[worker.name] = nth = namesakes.get(worker.name, 0) + 1
            named[worker.same_person] = f"{worker.name}（{nth}）" if nth > 1 else worker.name
    return named


def _order(order: Paper, file: CaseFile) -> OrderFacts:
    proof = next((f"{s.proof}（{s.get_mode_display()}）" for s in _services(order)), "")
    return OrderFacts(
        paper=order.number,
        pay_by=file.inspection.pay_by,
        served_on=clock.legal_day(order.served_at) if order.served_at else None,
        proof=proof,
        rest=sum((x.rest for x in file.standing_lines), start=ZERO),
    )


# --- the evidence ----------------------------------------------------------------------------------------------------


def _conduct_evidence(file: CaseFile) -> list[dict[str, str]]:
    """The file of evidence and the interviews: on them the finding of the inspection rests."""
    items = [_item(e.title, e.sha256) for e in file.evidence]
    records = [x for x in file.papers if x.kind == PaperKind.INTERVIEW_RECORD]
    return [*items, *(_item(str(x), x.content_sha256) for x in records)]


def _amount_evidence(file: CaseFile, lines: list[LedgerLine]) -> list[dict[str, str]]:
    """What the lines were verified on, each once."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    items = {one.pk: one for one in file.evidence}
    for line in lines:
        if (on := items.get(line.verified_by_id or 0)) is not None:
            found.setdefault((on.title, on.sha256), _item(on.title, on.sha256))
        if line.verified_on:
            found.setdefault((line.verified_on, "on"), _item(line.verified_on))
        if line.verified is None:
            found.setdefault(("", ""), _item("尚未核实，按主张金额"))
    return list(found.values())


def _order_evidence(order: Paper | None) -> list[dict[str, str]]:
    if order is None:
        return []
    proofs = [_item(proof_words(s), s.proof_file.sha256 if s.proof_file else "") for s in _services(order)]
    return [_item(str(order), order.content_sha256), *proofs]


def proof_words(service: Service) -> str:
    """How a list of materials names the proof of a service."""
    return f"送达证明（{service.get_mode_display()}）：{service.proof}"


def _services(order: Paper) -> list[Service]:
    """The services of a paper in their order; a page has read them with the paper."""
    return sorted(order.services.all(), key=lambda s: s.pk)


def _item(title: str, sha256: str = "") -> dict[str, str]:
    return {"title": title, "sha256": sha256}
