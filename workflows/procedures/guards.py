"""Conditions that several procedures share: each is None, or the sentence that tells a person why not."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from workflows import clock
from workflows.action import Guard
from workflows.casefile.file import CaseFile
from workflows.casefile.papers import PaperKind


def two_inspectors(file: CaseFile, subject: Any, at: datetime) -> str | None:
    """LSIR 16, APL 42, HNEX 20: at least two inspectors with valid certificates are on the case."""
    day = clock.legal_day(at)
    valid = [a for a in file.assignments if a.officer.certified_on(day)]
    return None if len(valid) >= 2 else "须有两名持有效执法证件的监察员承办"


def someone_unpaid(file: CaseFile, subject: Any, at: datetime) -> str | None:
    """A rest is left on some line."""
    return None if any(line.rest > 0 for line in file.lines) else "工资台账上没有尚欠的金额"


def nothing_unpaid(file: CaseFile, subject: Any, at: datetime) -> str | None:
    """No rest is left on any line."""
    unpaid = [line for line in file.lines if line.rest > 0]
    if not file.lines:
        return "工资台账还没有明细"
    return None if not unpaid else f"还有 {len(unpaid)} 笔尚欠 {sum(x.rest for x in unpaid):,.2f} 元"


def lines_stand(file: CaseFile, subject: Any, at: datetime) -> str | None:
    """The ledger has lines, and each was verified or otherwise settled."""
    if not file.lines:
        return "工资台账还没有明细"
    open_lines = [x for x in file.lines if x.open and x.verified is None]
    return f"还有 {len(open_lines)} 笔工资未核实，请先“核实补充明细”" if open_lines else None


def served(kind: PaperKind) -> Guard:
    """A paper of a kind stands and its service has taken effect."""

    def guard(file: CaseFile, subject: Any, at: datetime) -> str | None:
        found = file.latest(kind)
        if found is None:
            return f"还没有{kind.label}"
        if found.served_at is None:
            return f"{found}尚未送达"
        return None if found.served_at <= at else f"{found}的送达要到 {clock.legal_day(found.served_at)} 才生效"

    return guard


def unanswered(file: CaseFile, subject: Any, at: datetime) -> str | None:
    """No agency still owes an answer, and we owe none to a supervision order."""
    waiting = [t.agency.name for t in file.tasks if t.waiting]
    waiting += [r.agency.name for r in file.data_requests if r.waiting]
    if file.runs("SUPERVISION_ANSWER"):
        waiting.append("督办事项")
    return f"还没有答复：{'、'.join(waiting)}" if waiting else None
