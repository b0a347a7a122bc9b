"""What a package of a case holds, as data: frozen with the letter to the police, or taken when a case is archived.

The package itself (PDF, ZIP) is made by the desk out of this and of rows and files that do not change: papers by hash,
services, evidence by hash. Amounts are text of Decimal yuan. The informant stands nowhere in it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from workflows.casefile.evidence import Evidence
from workflows.casefile.file import CaseFile
from workflows.casefile.papers import Paper, PaperKind
from workflows.casefile.secrets import secrets_of, unnamed
from workflows.procedures.money_content import ledger_rows, payment_rows
from workflows.wording.amounts import in_words
from workflows.wording.content import sum_of

#: columns of the ledger that are summed
SUMMED = ("owed", "paid", "rest")
#: what the bureau keeps to itself: no paper of the joint reception or of filing goes to the police
INSIDE = frozenset({PaperKind.FILING_FORM, PaperKind.RECEPTION_RECORD, PaperKind.HANDLING_FORM})


def contents_of(file: CaseFile, at: datetime, *, everything: bool = False) -> dict[str, Any]:
    """The contents of a package of this case; `everything` keeps the bureau's own papers in, for the archives."""
    case = file.case
    assert case is not None
    workers = ledger_rows(file)
    order = file.latest(PaperKind.ORDER)
    papers = file.all_papers if everything else [p for p in file.papers if p.kind not in INSIDE]
    content = {
        "case": case.number,
        "employer": case.employer.name,
        "bureau": case.bureau.name,
        "at": at.isoformat(),
        "chain": {"version": case.version, "head": bytes(case.head_hash).hex()},
        "papers": [_paper(p) for p in papers],
        "order": _order(order) if order is not None else None,
        "ledger": workers,
        "totals": {part: str(sum_of({"workers": workers}, part)) for part in SUMMED},
        "total_in_words": in_words(sum_of({"workers": workers}, "rest")),
        "payments": payment_rows(file),
        "evidence": [_evidence(e) for e in file.evidence],
    }
    found: dict[str, Any] = unnamed(content, secrets_of(case))
    return found


def _paper(paper: Paper) -> dict[str, str]:
    return {
        "id": str(paper.public_id), "kind": paper.kind, "title": paper.get_kind_display(), "number": paper.number,
        "sha256": paper.content_sha256,
    }  # fmt: skip


def _order(paper: Paper) -> dict[str, str]:
    return {"number": paper.number, "total": paper.content["total"], "total_in_words": paper.content["total_in_words"]}


def _evidence(item: Evidence) -> dict[str, Any]:
    return {
        "id": str(item.public_id), "title": item.title, "kind": item.kind, "provided_by": item.provided_by,
        "sha256": item.sha256, "size": item.size, "type": item.content_type,
    }  # fmt: skip
