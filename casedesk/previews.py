"""What pages and API show of a file that was read: its rows with their verdicts, or a bank's file beside the ledger.

Personal numbers stand masked. Amounts are Decimal yuan. Nothing is judged here.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from workflows.casefile.imports import Import, ImportRow
from workflows.casefile.personal import masked
from workflows.pay_outs import Reconciled


def counts_of(one: Import) -> dict[str, int]:
    """How many rows have each verdict."""
    counts = dict.fromkeys(ImportRow.Verdict.values, 0)
    for verdict in one.rows.values_list("verdict", flat=True):
        counts[verdict] += 1
    return counts


def row_shown(row: ImportRow) -> dict[str, Any]:
    """One row of a roster with what was read of it and every problem by column."""
    said = row.values
    period = " 至 ".join(x for x in (said.get("period_from"), said.get("period_to")) if x)
    return {
        "number": row.number,
        "name": said.get("worker_name") or "—",
        "id_number": masked(said.get("id_number") or ""),
        "account": masked(said.get("bank_account") or ""),
        "trade": said.get("trade") or "",
        "period": period or (f"{Decimal(said['months']).normalize():f} 个月" if said.get("months", "0") != "0" else ""),
        "rate": said.get("rate") and f"{Decimal(said['rate']).normalize():f}",
        "quantity": said.get("quantity") and f"{Decimal(said['quantity']).normalize():f}",
        "due": _money(said.get("due")),
        "already_paid": _money(said.get("already_paid")),
        "claimed": _money(said.get("claimed")),
        "problems": row.problems,
    }


def beside(one: Import, found: Reconciled, most: int) -> dict[str, Any]:
    """A bank's file beside the ledger: matched, suggested, left over on both sides; at most so many of each."""

    def shown(matches: Any) -> list[dict[str, Any]]:
        return [
            {
                "number": m.row.number,
                "name": m.said["name"],
                "account": masked(m.said.get("account") or ""),
                "amount": Decimal(m.said["amount"]),
                "at": (m.said.get("at") or "")[:10],
                "lines": [{"worker": line.worker.name, "amount": amount} for line, amount in m.shares],
                "reason": m.reason,
            }
            for m in matches
        ]

    return {
        "exact": shown(found.exact[:most]),
        "exact_count": len(found.exact),
        "exact_total": sum((Decimal(m.said["amount"]) for m in found.exact), Decimal(0)),
        "suggested": shown(found.suggested[:most]),
        "suggested_count": len(found.suggested),
        "rows_left": [
            {"number": row.number, "name": said["name"], "amount": Decimal(said["amount"]), "reason": reason}
            for row, said, reason in found.rows_left[:most]
        ],
        "rows_left_count": len(found.rows_left),
        "lines_left": [{"worker": x.worker.name, "rest": x.rest} for x in found.lines_left[:most]],
        "lines_left_count": len(found.lines_left),
        "unusable": [
            {"number": row.number, "reason": "；".join(p["says"] for p in row.problems)}
            for row in one.rows.exclude(verdict__in=("good", "warned"))[:most]
        ],
    }


def _money(text: str | None) -> Decimal | None:
    return Decimal(text) if text else None
