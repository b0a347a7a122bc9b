"""Cases that come together, come apart or come to an end: join, split, and what the end means for each complainant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from workflows import clock
from workflows.action import Change, Step, insert, update
from workflows.casefile.case import Case
from workflows.casefile.complaint import Complaint
from workflows.casefile.file import CaseFile
from workflows.casefile.ledger import ZERO, total
from workflows.clocks import Limit
from workflows.errors import InvalidInput
from workflows.procedures.inspection_state import OPEN_STATES, InspectionState
from workflows.procedures.line_rows import line_rows


def join_checked(step: Step) -> None:
    """Into another open case of the same bureau."""
    other = step.file.other
    if other is None:
        raise InvalidInput({"into": "请填写并入的案号"})
    if other is step.file:
        raise InvalidInput({"into": "不能并入本案自己"})
    if other.case.bureau_id != step.file.case.bureau_id:
        raise InvalidInput({"into": "没有这个案件"})
    if other.inspection is None or other.inspection.state not in OPEN_STATES:
        raise InvalidInput({"into": f"{other.case.number} 不在办理中，不能并入"})


#: limits of the inspection that are duties of whoever goes on with the matter
_GO_ALONG = (
    "ANSWER_DUE", "SUPERVISION_ANSWER", "BLK-06", "DSR-21", "DSR-21u", "DSR-22", "DSR-26", "BANK_PAYS_BY", "TOP_UP_BY",
)  # fmt: skip


def case_joined(step: Step) -> Sequence[Change]:
    """Lines, complainants, evidence, visits, questions asked and advances of deposit and fund move; papers stay in the
    file they were made in."""
    file, into = step.file, step.file.other.case
    moving = [
        *file.complaints, *file.workers, *file.lines, *file.evidence, *file.receptions, *file.tasks,
        *file.data_requests, *file.supervision_orders, *file.fund_uses,
    ]  # fmt: skip
    for row in moving:
        row.case = into
    file.case.joined_into = into
    step.facts["joined_into"] = {
        "case": into.number, "its_head": bytes(into.head_hash).hex(), "complaints": len(file.complaints),
    }  # fmt: skip
    return [*(update(row, "case") for row in moving), *_limits_go_along(step), update(file.case, "joined_into")]


def _limits_go_along(step: Step) -> list[Change]:
    """What runs on the complaints, visits and questions that moved runs on where they are now; of two duties to
    decide on listing (BLK-06) the earlier stands."""
    file, other = step.file, step.file.other
    changes: list[Change] = []
    for limit in list(file.running):
        ours = limit.procedure == "inspection"
        if ours and limit.rule not in _GO_ALONG:
            continue
        twin = other.runs(limit.rule, other.inspection.public_id) if ours and limit.about is None else None
        if twin is not None:
            later, _ = sorted((limit, twin), key=lambda x: x.due_at, reverse=True)
            later.stopped_at, later.stopped_by, later.outcome = step.at, step.event.public_id, Limit.Outcome.KEPT
            changes.append(update(later, "stopped_at", "stopped_by", "outcome"))
            if later is limit:
                continue
            other.running.remove(twin)
        limit.case = other.case
        if ours:
            limit.subject = other.inspection.public_id
        changes.append(update(limit, "case", "subject"))
        file.running.remove(limit)
        other.running.append(limit)
    return changes


def taken_by_other(step: Step) -> Sequence[Step]:
    """The event on the receiving case, quoting the other chain's hash."""
    other = step.file.other
    other.other = step.file
    rule = other.inspection.rule_from("take_case", other.inspection.state)
    facts = {"from_case": {"case": step.file.case.number, "its_event": step.event.hash.hex()}}
    return [Step(rule, other, other.inspection, step.by, step.at, step.now, reason=step.inputs["reason"], facts=facts)]


def _runs_since(file: CaseFile) -> datetime:
    """From when the limit to finish runs (it runs in every open state), also if this very act has just stopped it."""
    found = [x.started_at for x in file.running if x.rule == "INV-02"]
    return max(found) if found else clock.start_of(file.case.filed_on)


def earlier_start(step: Step) -> datetime:
    """The earlier of the two starts, among cases that come together; for a split the start of the case it comes
    from."""
    if step.subject.pk is None:
        return _runs_since(step.file.other)
    return min(_runs_since(step.file), _runs_since(step.file.other))


def filed_earlier(step: Step) -> bool:
    return _runs_since(step.file.other) < _runs_since(step.file)


def investigated_longer(step: Step) -> bool:
    """The receiving case is still investigated, and the other one was filed before it."""
    return step.subject.state in (InspectionState.FILED, InspectionState.INVESTIGATING) and filed_earlier(step)


def filing_carried(step: Step) -> Sequence[Change]:
    """The earliest filing is kept for DEC-02, which counts from it."""
    first = min(
        f.inspection.first_filed_at or clock.start_of(f.case.filed_on)
        for f in (step.file, step.file.other)
        if f.inspection is not None
    )
    step.subject.first_filed_at = first
    step.facts["filed_on"] = str(clock.legal_day(first))
    return [update(step.subject, "first_filed_at")]


def split_checked(step: Step) -> None:
    """Some complaints of the case, not all."""
    there = {str(c.public_id): c for c in step.file.complaints}
    named = step.inputs["complaints"]
    if not named or any(n not in there for n in named):
        raise InvalidInput({"complaints": "请选择本案中的投诉"})
    if len(set(named)) >= len(there):
        raise InvalidInput({"complaints": "至少要留一件投诉在本案"})
    leaving = {there[n].pk for n in named}
    advanced = {share.line_id for use in step.file.fund_uses for share in use.shares.all()}
    if any(line.pk in advanced and line.complaint_id in leaving for line in step.file.lines):
        raise InvalidInput({"complaints": "所选投诉的工资明细已经动用或者申请保证金、周转金，须在本案办理，不能分出"})
    step.inputs["complaints"] = [there[n] for n in dict.fromkeys(named)]


def case_split(step: Step) -> Sequence[Change]:
    """A new case with the named complaints, their workers and lines; the old one keeps the rest."""
    file, old = step.file, step.file.case
    day = clock.legal_day(step.at)
    number, series = file.next_number("case", day)
    case = Case(
        number=f"渑人社监案〔{day.year}〕{number}号", bureau=old.bureau, employer=old.employer, project=old.project,
        township=old.township, industry_sector=old.industry_sector, filed_on=old.filed_on,
    )  # fmt: skip
    leaving = {c.pk for c in step.inputs["complaints"]}
    hanging = (*file.workers, *file.lines, *file.evidence, *file.receptions, *file.tasks)
    moving: list[Any] = [*step.inputs["complaints"], *(x for x in hanging if x.complaint_id in leaving)]
    visits = {r.public_id for r in file.receptions if r.complaint_id in leaving}
    limits = [x for x in file.running if x.complaint_id in leaving or x.subject in visits]
    moving += limits
    for row in moving:
        row.case = case
    file.other = CaseFile(case=case)
    for name in ("complaints", "workers", "lines", "running"):
        file.other.__dict__[name] = [x for x in getattr(file, name) if x in moving]
        file.__dict__[name] = [x for x in getattr(file, name) if x not in moving]
    step.facts["split_off"] = {"case": case.number, "complaints": len(leaving)}
    step.inputs["complaints"] = [str(c.public_id) for c in step.inputs["complaints"]]
    return [update(series, "last"), insert(case), *(update(row, "case") for row in moving)]


def split_filed(step: Step) -> Sequence[Step]:
    """The new case's inspection begins in `filed`; its limits go on from the old filing date."""
    other = step.file.other
    other.other = step.file
    inspection = type(step.subject).open_on(other)
    rule = inspection.rule_from("file_split", inspection.state)
    facts = {"split_from": {"case": step.file.case.number, "its_event": step.event.hash.hex()}}
    return [Step(rule, other, inspection, step.by, step.at, step.now, reason=step.inputs["reason"], facts=facts)]


def complaints_concluded(step: Step) -> Sequence[Step]:
    """Each accepted complaint of the case ends with it, with its own event (PAY-21)."""
    steps = []
    for intake in step.file.intakes:
        rule = intake.rule_from("conclude", intake.state)
        if rule is not None:
            facts = {"inspection": step.rule.name, "outcome": outcome_of(step.file, intake.complaint)}
            steps.append(Step(rule, step.file, intake, step.by, step.at, step.now, reason=step.reason, facts=facts))
    return steps


def outcome_of(file: CaseFile, complaint: Complaint) -> dict[str, Any]:
    """This complainant's outcome (yuan as text): claimed, paid, what was settled how, and what is left."""
    lines = [x for x in file.lines if x.complaint_id == complaint.pk]
    settled: dict[str, Decimal] = {}
    for line in lines:
        if line.settled_how and line.settled_otherwise:
            settled[line.settled_how] = settled.get(line.settled_how, ZERO) + line.settled_otherwise
    return {
        "owed": str(total(lines, "owed")), "paid": str(total(lines, "paid")), "rest": str(total(lines, "rest")),
        "settled": {how: str(amount) for how, amount in settled.items()},
    }  # fmt: skip


def case_amended(step: Step) -> Sequence[Change]:
    """The employer's and the project's entries, and lines that were missing; the event keeps old and new."""
    told, case = step.inputs, step.file.case
    changes: list[Change] = []
    said: dict[str, list[str]] = {}
    targets = {
        "employer_name": (case.employer, "name"), "employer_domicile": (case.employer, "domicile"),
        "legal_rep_name": (case.employer, "legal_rep_name"), "general_contractor": (case.project, "general_contractor"),
        "subcontractor": (case.project, "subcontractor"), "developer": (case.project, "developer"),
    }  # fmt: skip
    for name, (row, column) in targets.items():
        if told.get(name) and row is None:
            raise InvalidInput({name: "本案没有登记工程项目"})
        if told.get(name) and getattr(row, column) != told[name]:
            said[name] = [getattr(row, column), told[name]]
            setattr(row, column, told[name])
            changes.append(update(row, column))
    changes += line_rows(step, step.file.complaints[0])
    if not changes:
        raise InvalidInput({"": "没有要修改的内容"})
    step.facts["amended"] = said
    return changes
