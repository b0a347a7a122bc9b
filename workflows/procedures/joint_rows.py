"""What follows from the acts of a joint reception: forms, conditions, the agreement's instalments and the tasks
given."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Max, Q

from workflows import clock
from workflows.action import Change, Step, insert, update
from workflows.casefile.evidence import Evidence
from workflows.casefile.file import CaseFile, is_uuid
from workflows.casefile.personal import Identified
from workflows.casefile.tasks import AgencyTask, ReceptionDay
from workflows.errors import InvalidInput
from workflows.inputs import CleanText, Count, Inputs, LegalDay, Money, Pointer, Rows, Tick
from workflows.procedures.inspection_rows import nothing_after, taken_back
from workflows.procedures.intake_rows import evidence_checked
from workflows.procedures.sharing_rows import agency_checked, no_personal_numbers, waiting_task_checked

__all__ = [
    "agency_checked", "evidence_checked", "no_personal_numbers", "nothing_after", "taken_back", "waiting_task_checked",
]  # fmt: skip

PETITION_REPRESENTATIVES = 5


class Instalment(Identified):
    """One part of an agreement: how much, by when, paid when."""

    joint = models.ForeignKey("workflows.JointReception", models.PROTECT, related_name="instalments")
    number = models.PositiveSmallIntegerField()
    due_on = models.DateField()
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    paid_at = models.DateTimeField(null=True, blank=True)
    proof = models.CharField(max_length=200, blank=True)
    replaced = models.BooleanField(default=False)

    class Meta:
        ordering = ["number"]
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="instalment_sane")]


class ScheduleForm(Inputs):
    day = Pointer("reception_day", label="接待日")
    visitors = CleanText(label="来访人", max_length=200)
    people = Count(label="到访人数", min_value=1, max_value=5000)
    petition = Tick(label="走访形式信访")


class AdjournForm(Inputs):
    day = Pointer("reception_day", label="改到接待日")
    reason = CleanText(label="延期理由", lines=True)


class ConveneForm(Inputs):
    present = CleanText(label="在场单位和人员", max_length=300)


class InstalmentForm(Inputs):
    due_on = LegalDay(label="付款日", future=True)
    amount = Money(label="金额（元）", min_value="0.01")


class AgreementForm(Inputs):
    agreement = CleanText(label="协议内容", lines=True)
    total = Money(
        label="协议总额（元）", min_value="0.01", required=False, help_text="填写后，各期金额之和须与总额一致"
    )
    instalments = Rows(InstalmentForm, label="分期", most=60)


class InstalmentPaidForm(Inputs):
    instalment = Pointer("instalment", label="哪一期")
    proof = CleanText(label="付款凭证", max_length=200)


class CloseForm(Inputs):
    result = CleanText(label="接待结果", lines=True)


class LeadForm(Inputs):
    agency = Pointer("agency", label="牵头单位")
    handling = Pointer("agency", label="配合办理单位", many=True, required=False)
    reason = CleanText(label="理由", lines=True)


class TaskForm(Inputs):
    agency = Pointer("agency", label="交办单位")
    question = CleanText(label="交办事项", lines=True)
    due_on = LegalDay(label="答复期限", future=True)


class TaskAnswerForm(Inputs):
    task = Pointer("task", label="交办事项")
    answer = CleanText(label="答复", lines=True)


class TaskReturnForm(Inputs):
    task = Pointer("task", label="交办事项")
    reason = CleanText(label="退回理由", lines=True)
    due_on = LegalDay(label="新的答复期限", future=True)


class MinutesForm(Inputs):
    text = CleanText(label="笔录", lines=True)


class SignForm(Inputs):
    signers = CleanText(label="签字人", max_length=200)
    file = CleanText(label="签名或者签字页照片", max_length=600, story=True, required=False)


# --- the visit -------------------------------------------------------------------------------------------------------


def day_checked(step: Step) -> None:
    """A reception day of today or later with at least two agencies; a petition-type visit has at most five
    representatives."""
    name = step.inputs["day"]
    found = ReceptionDay.objects.filter(public_id=name).first() if is_uuid(name) else None
    if found is None:
        raise InvalidInput({"day": "没有这个接待日"})
    if found.day < clock.legal_day(step.at):
        raise InvalidInput({"day": "接待日已过"})
    if step.inputs.get("petition") and step.inputs["people"] > PETITION_REPRESENTATIVES:
        raise InvalidInput(
            {"people": f"走访形式的代表不超过 {PETITION_REPRESENTATIVES} 人（《信访工作条例》第二十条）"}
        )
    step.inputs["day"] = found


def scheduled(step: Step) -> Sequence[Change]:
    day: ReceptionDay = step.inputs["day"]
    step.subject.reception_day = day
    step.subject.queue_number = (day.visits.aggregate(n=Max("queue_number"))["n"] or 0) + 1
    return []


def moved_to_day(step: Step) -> Sequence[Change]:
    step.subject.reception_day = step.inputs["day"]
    return [update(step.subject, "reception_day")]


def day_of_visit(step: Step) -> Sequence[tuple[Any, Any]]:
    return [(step.inputs["day"].day, None)]


def something_to_receive(file: CaseFile, subject: Any, at: datetime) -> str | None:
    """A case that was not joined into another, or a complaint that is registered and not ended."""
    if file.case is not None:
        into = file.case.joined_into
        return f"案件已并入 {into.number}，请在该案安排" if into is not None else None
    intake = file.intakes[0]
    return (
        None if intake.state != "draft" and not intake.ended else f"投诉{intake.get_state_display()}，不能安排联合接待"
    )


def day_has_come(file: CaseFile, subject: Any, at: datetime) -> str | None:
    day = subject.reception_day.day
    return None if clock.legal_day(at) >= day else f"接待日 {day} 还没有到"


def two_agencies(file: CaseFile, subject: Any, at: datetime) -> str | None:
    there = subject.reception_day.agencies.count()
    return None if there >= 2 else "联合接待至少要有两个单位在场"


# --- agreement -------------------------------------------------------------------------------------------------------


def instalments_checked(step: Step) -> None:
    days = [row["due_on"] for row in step.inputs["instalments"]]
    if days != sorted(days) or len(set(days)) < len(days):
        raise InvalidInput({"instalments": "各期付款日须依次递增"})
    total, parts = step.inputs.get("total"), sum(row["amount"] for row in step.inputs["instalments"])
    if total is not None and total != parts:
        raise InvalidInput({"instalments": f"各期合计 {parts:,.2f} 元，与协议总额 {total:,.2f} 元不一致"})


def agreed(step: Step) -> Sequence[Change]:
    rows = [
        Instalment(joint=step.subject, number=number, due_on=row["due_on"], amount=row["amount"])
        for number, row in enumerate(step.inputs["instalments"], start=1)
    ]
    step.facts["instalments"] = [[str(r.public_id), str(r.due_on), str(r.amount)] for r in rows]
    return [insert(row) for row in rows]


def agreed_anew(step: Step) -> Sequence[Change]:
    old = [x for x in step.subject.instalments.all() if x.paid_at is None and not x.replaced]
    for row in old:
        row.replaced = True
    return [*(update(row, "replaced") for row in old), *agreed(step)]


def instalment_days(step: Step) -> Sequence[tuple[Any, Any]]:
    return [
        (row["due_on"], fact[0])
        for row, fact in zip(step.inputs["instalments"], step.facts["instalments"], strict=True)
    ]


def instalment_checked(step: Step) -> None:
    waiting = [x for x in step.subject.instalments.all() if x.paid_at is None and not x.replaced]
    step.inputs["instalment"] = step.file.of_file(waiting, step.inputs["instalment"], "instalment")


def instalment_paid(step: Step) -> Sequence[Change]:
    row: Instalment = step.inputs["instalment"]
    row.paid_at, row.proof = step.at, step.inputs["proof"]
    step.facts["paid"] = [row.number, str(row.amount)]
    return [update(row, "paid_at", "proof")]


def instalments_done(file: CaseFile, subject: Any, at: datetime) -> str | None:
    waiting = [x for x in subject.instalments.all() if x.paid_at is None and not x.replaced]
    return f"还有 {len(waiting)} 期未付" if waiting else None


def instalment_overdue(file: CaseFile, subject: Any, at: datetime) -> str | None:
    day = clock.legal_day(at)
    late = [x for x in subject.instalments.all() if x.paid_at is None and not x.replaced and x.due_on < day]
    return None if late else "没有到期未付的分期"


# --- tasks -----------------------------------------------------------------------------------------------------------


def lead_checked(step: Step) -> None:
    """One lead of those who sit there (JNT-05)."""
    found = step.file.agency(step.inputs["agency"], "agency")
    if not step.subject.reception_day.agencies.filter(pk=found.pk).exists():
        raise InvalidInput({"agency": "该单位没有参加这次接待"})
    step.inputs["agency"] = found
    handling = [step.file.agency(code, "handling") for code in step.inputs.get("handling") or ()]
    if found in handling:
        raise InvalidInput({"handling": "牵头单位不同时列为配合单位"})
    step.inputs["handling"] = handling


def signature_kept(step: Step) -> Sequence[Change]:
    """What was written on the tablet, or the photograph of the signed page: evidence with its hash."""
    stored = step.inputs.get("file")
    if not stored:
        return []
    row = Evidence(
        case=step.file.case, complaint=None if step.file.case is not None else step.file.complaint,
        title=f"接待笔录签字：{step.inputs['signers']}"[:200], kind="签字", provided_by=step.inputs["signers"][:60],
        file_name=stored["name"][:200], content_type=stored["type"], size=stored["size"], sha256=stored["sha256"],
        at=step.at, added_by_id=step.by.officer_id,
    )  # fmt: skip
    step.facts["evidence"] = {"title": row.title, "sha256": row.sha256}
    return [insert(row)]


def task_assigned(step: Step) -> Sequence[Change]:
    row = AgencyTask(
        case=step.file.case, complaint=step.file.complaint, joint=step.subject, agency=step.inputs["agency"],
        question=step.inputs["question"], basis="HNEX 16-18", due_on=step.inputs["due_on"], asked_at=step.at,
        lead=step.subject.lead_agency_id == step.inputs["agency"].pk,
    )  # fmt: skip
    step.file.tasks.append(row)
    step.facts["task"] = str(row.public_id)
    return [insert(row)]


def task_waits(file: CaseFile, subject: Any, at: datetime) -> str | None:
    return None if file.waiting_tasks(subject) else "没有待答复的交办事项"


def task_answered(step: Step) -> Sequence[Change]:
    task: AgencyTask = step.inputs["task"]
    task.answer, task.answered_at, task.returned_reason = step.inputs["answer"], step.at, ""
    step.facts["task"] = str(task.public_id)
    return [update(task, "answer", "answered_at", "returned_reason")]


def answered_task_checked(step: Step) -> None:
    done = [t for t in step.file.tasks if not t.waiting and t.joint_id == step.subject.pk]
    step.inputs["task"] = step.file.of_file(done, step.inputs["task"], "task")


def task_returned(step: Step) -> Sequence[Change]:
    task: AgencyTask = step.inputs["task"]
    task.answered_at, task.returned_reason, task.due_on = None, step.inputs["reason"], step.inputs["due_on"]
    step.facts["task"] = str(task.public_id)
    return [update(task, "answered_at", "returned_reason", "due_on")]


def tasks_answered(file: CaseFile, subject: Any, at: datetime) -> str | None:
    waiting = [t.agency.name for t in file.waiting_tasks(subject)]
    return f"还没有答复：{'、'.join(waiting)}" if waiting else None
