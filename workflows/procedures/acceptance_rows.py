"""Acceptance: what a complaint needs to be accepted (5.1 of the rules), and the case it opens, joins or opens again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from workflows import clock
from workflows.action import Change, Step, insert, update
from workflows.casefile.case import Case
from workflows.casefile.complaint import Complaint
from workflows.casefile.file import CaseFile, bureau_codes
from workflows.casefile.names import keys_of_alias, keys_of_employer, keys_of_project
from workflows.casefile.parties import Employer, Project
from workflows.errors import InvalidInput
from workflows.move import law_limit
from workflows.procedures.inspection_state import OPEN_STATES


def employer_identified(file: CaseFile, subject: Any, at: datetime) -> str | None:
    """ACC-03: an identified employer."""
    complaint = subject.complaint
    ok = complaint.employer_name and not complaint.employer_unknown
    return None if ok else "没有明确的用人单位（ACC-03），请补正后再受理"


def employed_here(file: CaseFile, subject: Any, at: datetime) -> str | None:
    """ACC-08: the bureau of the place of employment."""
    said = subject.complaint.employed_in_county
    if said is None:
        return "没有确认用工所在地是否在本县（ACC-08）"
    return None if said else "用工所在地不在本县，应告知向用工所在地投诉（ACC-05、ACC-08）"


def within_two_years(file: CaseFile, subject: Any, at: datetime) -> str | None:
    """ACC-07, LSIR 20: two years from the end of the violation, or a reasoned judgement that it continues."""
    complaint = subject.complaint
    if complaint.violation_continues and complaint.violation_continues_reason:
        return None
    ends = [d for d in (complaint.arrears_to, complaint.last_work_day, complaint.employment_end) if d]
    if not ends:
        return "没有欠薪截止日或最后工作日，无法判断是否在二年监察时效内（ACC-07）"
    limit = law_limit("ACC-07", clock.start_of(max(ends)))
    if complaint.received_at < limit.due_at:
        return None
    return f"违法行为终了已逾二年（{max(ends)}，ACC-07）：须由监察员书面判断违法行为仍在继续，或者不予受理"


def not_elsewhere(file: CaseFile, subject: Any, at: datetime) -> str | None:
    """ACC-06, LSIR 21: what is in arbitration or court stays there."""
    return "已进入仲裁或诉讼，应告知走该程序（ACC-06）" if subject.complaint.in_arbitration_or_court else None


def accept_checked(step: Step) -> None:
    """Into a new case, the complaint's own closed or open one, or another one named that was not joined into a
    third."""
    own, other = step.file.case, step.file.other
    if step.inputs["into"] and other is None:
        raise InvalidInput({"into": "没有这个案件"})
    if own is not None and other is not None and other is not step.file:
        raise InvalidInput({"into": f"这件投诉已属于 {own.number}，不能并入另一案"})
    target = other or (step.file if own is not None else None)
    if other is not None and step.by.agency not in bureau_codes(other.case.bureau):
        raise InvalidInput({"into": "没有这个案件"})
    if target is not None and target.inspection is None:
        raise InvalidInput({"into": "这个案件没有监察程序"})
    if target is not None and target.case.joined_into_id is not None:
        raise InvalidInput({"into": f"{target.case.number} 已并入 {target.case.joined_into.number}"})


def case_opened(step: Step) -> Sequence[Change]:
    """The case the complaint belongs to from now on, and everything that hung on the complaint with it."""
    file, complaint = step.file, step.subject.complaint
    changes: list[Change] = []
    if file.case is not None:
        return changes
    if file.other is None:
        case, changes = _new_case(step, complaint)
        file.other = CaseFile(case=case)
    else:
        changes = [insert(key) for key in keys_of_alias(file.other.case.employer, complaint.employer_name)]
    moved = file.other.take_over(file)
    step.facts["case"] = file.other.case.number
    return [*changes, *(update(row, "case") for row in moved)]


def _new_case(step: Step, complaint: Complaint) -> tuple[Case, list[Change]]:
    day = clock.legal_day(step.at)
    number, series = step.file.next_number("case", day)
    changes: list[Change] = [update(series, "last")]
    employer = find_employer(complaint.employer_name, complaint.unified_credit_code)
    if employer is None:
        employer = Employer(
            name=complaint.employer_name, credit_code=complaint.unified_credit_code,
            domicile=complaint.employer_domicile, legal_rep_name=complaint.legal_rep_name,
            legal_rep_post=complaint.legal_rep_post, actual_controller=complaint.actual_controller,
        )  # fmt: skip
        changes += [insert(employer), *map(insert, keys_of_employer(employer))]
    else:
        changes += _learnt(employer, complaint, "actual_controller")
    project = None
    if complaint.project_name:
        project = Project.objects.filter(name=complaint.project_name, township=complaint.township).first()
        if project is None:
            project = Project(
                name=complaint.project_name, place=complaint.project_place, township=complaint.township,
                developer=complaint.developer, general_contractor=complaint.general_contractor,
                subcontractor=complaint.subcontractor, crew_leader_name=complaint.crew_leader_name,
                crew_leader_phone=complaint.crew_leader_phone, industry_sector=complaint.industry_sector,
                regulator=complaint.regulator,
            )  # fmt: skip
            changes += [insert(project), *map(insert, keys_of_project(project))]
        else:
            changes += _learnt(project, complaint, "industry_sector", "regulator")
    case = Case(
        number=f"渑人社监案〔{day.year}〕{number}号", bureau=complaint.bureau, employer=employer, project=project,
        township=complaint.township, industry_sector=complaint.industry_sector, filed_on=day,
    )  # fmt: skip
    return case, [*changes, insert(case)]


def _learnt(row: Employer | Project, complaint: Complaint, *names: str) -> list[Change]:
    """What the dictionary did not know yet and the complaint tells; what it knows stays."""
    fresh = [name for name in names if not getattr(row, name) and getattr(complaint, name)]
    for name in fresh:
        setattr(row, name, getattr(complaint, name))
    return [update(row, *fresh)] if fresh else []


def find_employer(name: str, credit_code: str) -> Employer | None:
    """The employer of the dictionary: by credit code, else by exact name among those without a different code."""
    if credit_code:
        found = Employer.objects.filter(credit_code=credit_code).first()
        if found is not None:
            return found
    named = Employer.objects.filter(name=name)
    return (named.filter(credit_code="") if credit_code else named).order_by("id").first()


def case_filed(step: Step) -> Sequence[Step]:
    """What accept does to the inspection: file a new case, take the complaint into an open one, reopen a closed one."""
    file = step.file if step.file.case is not None else step.file.other
    inspection = file.inspection
    if inspection is None:
        inspection = step.subject._meta.apps.get_model("workflows", "Inspection").open_on(file)
        file.__dict__["inspection"] = inspection
        act = "file_case"
    else:
        act = "take_complaint" if inspection.state in OPEN_STATES else "reopen"
    rule = inspection.rule_from(act, inspection.state)
    reason = step.inputs.get("reason") or "受理投诉"
    return [Step(rule, file, inspection, step.by, step.at, step.now, inputs={"reason": reason}, reason=reason,
                 facts={"complaint": str(step.subject.complaint.public_id)})]  # fmt: skip
