"""New lines of the ledger out of what was told: the worker found again where he is known, the same line never twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workflows.action import Change, Step, insert
from workflows.casefile.complaint import Complaint
from workflows.casefile.ledger import ZERO, LedgerLine
from workflows.casefile.parties import Worker
from workflows.errors import InvalidInput

#: columns of a line that an entry may fill beside the claim
_OPTIONAL = ("period_from", "period_to", "rate", "quantity", "due")


def lines_checked(step: Step) -> None:
    """The same worker with the same period is entered once, here and on the complaint (item 57 of the catalogue)."""
    complaint = step.file.complaint
    seen = {
        (line.worker.name, line.worker.id_number, line.period_from, line.period_to)
        for line in (step.file.standing_lines if complaint is not None and complaint.pk else ())
        if line.complaint_id == complaint.pk and line.period_from  # type: ignore[union-attr]
    }
    for number, line in enumerate(step.inputs.get("lines") or [], start=1):
        key = (line["worker_name"], line["id_number"], line["period_from"], line["period_to"])
        if key in seen:
            raise InvalidInput({"lines": f"第 {number} 行与前面重复"})
        seen.add(key)


def lines_added(step: Step) -> Sequence[Change]:
    return line_rows(step, step.subject.complaint)


def line_rows(step: Step, complaint: Complaint, entries: Sequence[dict[str, Any]] | None = None) -> list[Change]:
    """The workers and lines of the entries told, hung on a complaint and its case; they join the open file."""
    changes: list[Change] = []
    case = step.file.case
    there = [] if complaint.pk is None else step.file.workers
    known = {w.same_person: w for w in there if w.complaint_id == complaint.pk}
    for entry in (step.inputs.get("lines") or []) if entries is None else entries:
        worker = worker_of(entry, complaint, case)
        if worker.same_person in known:
            worker = known[worker.same_person]
        else:
            known[worker.same_person] = worker
            changes.append(insert(worker))
        changes.append(insert(line_of(entry, complaint, case, worker)))
    return changes


def worker_of(entry: dict[str, Any], complaint: Complaint, case: Any) -> Worker:
    """The worker an entry names, not yet compared with those known."""
    return Worker(
        complaint=complaint, case=case, name=entry["worker_name"], trade=entry.get("trade") or "",
        phone=entry.get("phone") or "", id_number=entry.get("id_number") or "",
        bank_account=entry.get("bank_account") or "",
    )  # fmt: skip


def line_of(entry: dict[str, Any], complaint: Complaint, case: Any, worker: Worker) -> LedgerLine:
    """The line an entry says."""
    return LedgerLine(
        complaint=complaint, case=case, worker=worker, months=entry.get("months") or 0, claimed=entry["claimed"],
        already_paid=entry.get("already_paid") or ZERO, pay_basis=entry.get("pay_basis") or "",
        import_row=entry.get("import_row"), **{name: entry.get(name) for name in _OPTIONAL},
    )  # fmt: skip
