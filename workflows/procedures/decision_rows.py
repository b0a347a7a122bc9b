"""What stands before a decision: the defence, the hearing and its chair, the legal review, the remedies. Used by the
inspection."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from workflows import clock
from workflows.action import Change, ChangeMaker, Step, update
from workflows.casefile.file import CaseFile, bureau_codes
from workflows.errors import InvalidInput
from workflows.move import law_limit
from workflows.roles import Actor, Role, Who


def _handles(file: CaseFile, actor: Actor) -> bool:
    return any(a.officer_id == actor.officer_id for a in file.assignments)


def _is_chair(file: CaseFile, subject: Any, actor: Actor) -> bool:
    return subject.hearing_chair_id == actor.officer_id and not _handles(file, actor)


def _is_reviewer(file: CaseFile, subject: Any, actor: Actor) -> bool:
    return subject.legal_reviewer_id == actor.officer_id and not _handles(file, actor)


#: whoever of the bureau was named; never the handler
CHAIRS = (Role.INSPECTOR, Role.SQUAD_LEADER, Role.BUREAU_HEAD, Role.LEGAL_REVIEWER)
NAMED_CHAIR = [Who(role, "指定的听证主持人", _is_chair) for role in CHAIRS]
NAMED_REVIEWER = Who(Role.LEGAL_REVIEWER, "送审的法制审核人员", _is_reviewer)


def noted(field: str) -> ChangeMaker:
    """The moment of the act, kept in a column of the inspection."""

    def make(step: Step) -> Sequence[Change]:
        setattr(step.subject, field, step.at)
        return [update(step.subject, field)]

    return make


def reviewer_checked(step: Step) -> None:
    """APPL 58: a qualified reviewer who is not a handler."""
    name = step.inputs.get("legal_reviewer")
    if not name:
        if step.inputs["hearing_right"]:
            raise InvalidInput({"legal_reviewer": "告知听证的，决定前须经法制审核，请选择审核人员（DEC-05）"})
        return
    found = step.file.officer(name, "legal_reviewer")
    if Role.LEGAL_REVIEWER not in found.roles:
        raise InvalidInput({"legal_reviewer": "此人不是法制审核人员"})
    if any(a.officer_id == found.pk for a in step.file.assignments):
        raise InvalidInput({"legal_reviewer": "承办人不能审核自己的案件"})
    step.inputs["legal_reviewer"] = found


def hearing_right_told(file: CaseFile, subject: Any, at: datetime) -> str | None:
    return None if subject.hearing_right else "没有告知听证权利"


def penalty_intended(step: Step) -> bool:
    """Whether the decision is a penalty: a copy goes to the superior bureau (O25 46)."""
    return step.subject.intended == "penalty"


def chair_checked(step: Step) -> None:
    """APL 64: who investigated does not chair; the party is told of the day seven working days ahead (DEC-04b)."""
    chair = step.file.officer(step.inputs["chair"], "chair")
    if not set(chair.roles) & set(CHAIRS) or chair.agency.code not in bureau_codes(step.file.root.bureau):
        raise InvalidInput({"chair": f"{chair.name}不是本局人员"})
    if any(a.officer_id == chair.pk for a in step.file.assignments):
        raise InvalidInput({"chair": "本案调查人员不能主持听证"})
    gap = law_limit("DEC-04b", step.at)
    if step.inputs["on_day"] <= gap.due_on:
        raise InvalidInput({"on_day": f"听证七个工作日前须通知当事人，最早 {gap.due_on + timedelta(days=1)}"})
    step.inputs["chair"] = chair


def chair_named(file: CaseFile, subject: Any, at: datetime) -> str | None:
    return None if subject.hearing_chair_id else "尚未指定听证主持人"


def defence_heard(file: CaseFile, subject: Any, at: datetime) -> str | None:
    return None if subject.defence_heard_at else "尚未听取陈述申辩或举行听证（DEC-03）"


def review_asked(file: CaseFile, subject: Any, at: datetime) -> str | None:
    return None if subject.legal_reviewer_id else "本案没有送法制审核"


def reviewed_first(file: CaseFile, subject: Any, at: datetime) -> str | None:
    """DEC-06: the leaders discuss after the legal review, where one is due."""
    due = subject.legal_reviewer_id is not None or subject.hearing_right
    return "法制审核尚未通过，不能集体讨论（DEC-06）" if due and not subject.legal_review_passed else None


def review_passed(file: CaseFile, subject: Any, at: datetime) -> str | None:
    """DEC-05, DEC-06: where a review was asked or a hearing is due, review first, then the leaders' discussion."""
    if subject.legal_reviewer_id is None and not subject.hearing_right:
        return None
    if not subject.legal_review_passed:
        return "法制审核尚未通过（DEC-05）"
    return None if subject.discussed_at else "尚未集体讨论（DEC-06）"


def remedies_over(file: CaseFile, subject: Any, at: datetime) -> str | None:
    """PAY-12, PAY-16: the demand waits for the end of both remedy periods without action."""
    if subject.remedy:
        return "当事人已申请复议或起诉，暂不能催告（PAY-12）"
    ends = [x for rule in ("PAY-15a", "PAY-15b") if (x := file.runs(rule, subject.public_id))]
    late = max((x.due_at for x in ends), default=None)
    return (
        f"复议、诉讼期限到 {clock.legal_day(late) - timedelta(days=1)} 才届满（PAY-16）" if late and at < late else None
    )


def demand_waited(file: CaseFile, subject: Any, at: datetime) -> str | None:
    """PAY-13: ten working days after service of the demand."""
    gap = file.runs("PAY-13", subject.public_id)
    return f"催告送达后须满十个工作日（{gap.due_on} 之后）" if gap and at < gap.due_at else None
