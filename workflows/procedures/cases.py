"""Cases that come together, come apart or come to an end: join, split, and what the end means for each complainant."""

from __future__ import annotations

from collections.abc import Sequence

from workflows import clock
from workflows.action import Change, Step, insert, update
from workflows.casefile.case import Case
from workflows.casefile.file import CaseFile
from workflows.casefile.ledger import LedgerLine
from workflows.casefile.parties import Worker
from workflows.errors import InvalidInput
from workflows.procedures.inspection_state import OPEN_STATES


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


def case_joined(step: Step) -> Sequence[Change]:
    """Lines, complainants, evidence and papers move; the earliest filing date keeps running in the receiving case."""
    file, into = step.file, step.file.other.case
    moving = [*file.complaints, *file.workers, *file.lines, *file.evidence, *file.tasks]
    for row in moving:
        row.case = into
    file.case.joined_into = into
    before = bytes(into.head_hash).hex()
    step.facts["joined_into"] = {"case": into.number, "its_head": before, "complaints": len(file.complaints)}
    step.inputs["from_case"] = file.case
    return [*(update(row, "case") for row in moving), update(file.case, "joined_into")]


def taken_by_other(step: Step) -> Sequence[Step]:
    """The event on the receiving case, quoting the other chain's hash."""
    other = step.file.other
    other.other = step.file
    rule = other.inspection.rule_from("take_case", other.inspection.state)
    early = min(step.file.case.filed_on, other.case.filed_on)
    facts = {"from_case": {"case": step.file.case.number, "its_event": step.event.hash.hex()}, "filed_on": str(early)}
    return [Step(rule, other, other.inspection, step.by, step.at, step.now, reason=step.inputs["reason"], facts=facts)]


def split_checked(step: Step) -> None:
    """Some complaints of the case, not all."""
    there = {str(c.public_id): c for c in step.file.complaints}
    named = step.inputs["complaints"]
    if not named or any(n not in there for n in named):
        raise InvalidInput({"complaints": "请选择本案中的投诉"})
    if len(set(named)) >= len(there):
        raise InvalidInput({"complaints": "至少要留一件投诉在本案"})
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
    rows: list[Worker | LedgerLine] = [x for x in (*file.workers, *file.lines) if x.complaint_id in leaving]
    moving = [*step.inputs["complaints"], *rows, *(e for e in file.evidence if e.complaint_id in leaving)]
    for row in moving:
        row.case = case
    file.other = CaseFile(case=case)
    for name in ("complaints", "workers", "lines"):
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
            facts = {"inspection": step.rule.name}
            steps.append(Step(rule, step.file, intake, step.by, step.at, step.now, reason=step.reason, facts=facts))
    return steps


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
    complaint = step.file.complaints[0]
    for entry in told.get("lines") or []:
        worker = Worker(complaint=complaint, case=case, name=entry["worker_name"], trade=entry["trade"] or "",
                        phone=entry["phone"] or "", id_number=entry["id_number"] or "")  # fmt: skip
        line = LedgerLine(complaint=complaint, case=case, worker=worker, period_from=entry["period_from"],
                          period_to=entry["period_to"], months=entry["months"] or 0, claimed=entry["claimed"])  # fmt: skip
        changes += [insert(worker), insert(line)]
    if not changes:
        raise InvalidInput({"": "没有要修改的内容"})
    step.facts["amended"] = said
    return changes
