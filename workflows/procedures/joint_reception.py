"""2 Joint reception 联合接待: one visit to a day on which several agencies sit together (subject: a case, or a complaint
without one).

Each agency decides within its own powers (JNT-09); default and no agreement report to the running inspection.
"""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from workflows.action import Procedure, SetsDate, Stops, action, state_field
from workflows.casefile.case import Case
from workflows.casefile.complaint import Complaint
from workflows.casefile.file import CaseFile
from workflows.casefile.officers import Agency
from workflows.casefile.papers import PaperKind
from workflows.casefile.tasks import ReceptionDay
from workflows.inputs import Because
from workflows.procedures import joint_rows as rows
from workflows.procedures.papers import paper
from workflows.roles import ASKED, ASSIGNED, Role, Who

DESK: list[Role | Who] = [Role.RECEPTIONIST, ASSIGNED]


class JointReception(Procedure):
    """One visit: queue number, visitors, what was agreed and whether it was kept."""

    class State(models.TextChoices):
        SCHEDULED = "scheduled", "已排期"
        CONVENED = "convened", "接待中"
        AGREED = "agreed", "已达成协议"
        NOT_AGREED = "not_agreed", "未达成协议"
        DEFAULTED = "defaulted", "协议到期未履行"
        PERFORMED = "performed", "协议已履行"
        CANCELLED = "cancelled", "已取消"
        CLOSED = "closed", "已办结"

    NAME, LABEL = "joint", "联合接待"
    END_STATES = frozenset({State.CANCELLED, State.CLOSED})
    STAGES = dict.fromkeys(State, "联合接待")
    S = State
    OPEN = (S.SCHEDULED, S.CONVENED, S.AGREED, S.NOT_AGREED, S.DEFAULTED, S.PERFORMED)

    case = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, related_name="receptions")
    complaint = models.ForeignKey(Complaint, models.PROTECT, null=True, blank=True, related_name="receptions")
    state = state_field(State)
    reception_day = models.ForeignKey(ReceptionDay, models.PROTECT, related_name="visits")
    queue_number = models.PositiveSmallIntegerField(default=0)
    visitors = models.CharField(max_length=200, blank=True)
    people = models.PositiveIntegerField(default=1)
    petition = models.BooleanField(default=False)
    lead_agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+")
    lead_reason = models.TextField(blank=True)
    handling_agencies = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    agreement = models.TextField(blank=True)
    minutes_text = models.TextField(blank=True)
    signers = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[
                    "scheduled", "convened", "agreed", "not_agreed", "defaulted", "performed", "cancelled", "closed",
                ]),
                name="joint_state_known",
            ),
            models.CheckConstraint(
                condition=Q(case__isnull=False) | Q(complaint__isnull=False), name="joint_of_a_root"
            ),
        ]  # fmt: skip

    @classmethod
    def open_on(cls, file: CaseFile) -> JointReception:
        return cls(case=file.case, complaint=file.complaint)

    def hang_on(self, file: CaseFile) -> None:
        if self.case_id is not None:
            self.case = file.case
        else:
            self.complaint = file.complaint

    @property
    def root(self) -> Any:
        return self.case if self.case_id is not None else self.complaint

    # --- the visit ---------------------------------------------------------------------------------------------------

    @action(
        "安排联合接待",
        source="",
        target=S.SCHEDULED,
        by=DESK,
        law="XFR 18",
        asks=rows.ScheduleForm,
        requires=[rows.something_to_receive],
        checks=[rows.day_checked],
        changes=[rows.scheduled],
        starts=[SetsDate("RECEPTION_ON", rows.day_of_visit)],
    )
    def schedule(self, *, visitors: str, people: int, petition: bool, **told: Any) -> None:
        self.visitors, self.people, self.petition = visitors, people, petition

    @action(
        "开始接待",
        source=S.SCHEDULED,
        target=S.CONVENED,
        by=DESK,
        law="XFR 18, 20",
        asks=rows.ConveneForm,
        requires=[rows.day_has_come, rows.two_agencies],
        stops=["RECEPTION_ON"],
        correctable=True,
    )
    def convene(self, **told: Any) -> None: ...

    @action(
        "延期接待",
        source=S.CONVENED,
        target=S.SCHEDULED,
        by=DESK,
        law="XFR 18",
        asks=rows.AdjournForm,
        checks=[rows.day_checked],
        changes=[rows.moved_to_day],
        starts=[SetsDate("RECEPTION_ON", rows.day_of_visit)],
    )
    def adjourn(self, **told: Any) -> None: ...

    @action("取消", source=S.SCHEDULED, target=S.CANCELLED, by=DESK, law="XFR 18", asks=Because, stops=["RECEPTION_ON"])
    def cancel(self, **told: Any) -> None: ...

    @action(
        "未到场",
        source=S.SCHEDULED,
        target=S.CANCELLED,
        by=DESK,
        law="XFR 18",
        asks=Because,
        requires=[rows.day_has_come],
        stops=["RECEPTION_ON"],
        correctable=True,
    )
    def no_show(self, **told: Any) -> None: ...

    # --- agreement ---------------------------------------------------------------------------------------------------

    @action(
        "记录协议",
        source=S.CONVENED,
        target=S.AGREED,
        by=DESK,
        law="WPR 4; XFR 31",
        asks=rows.AgreementForm,
        checks=[rows.instalments_checked],
        changes=[rows.agreed],
        starts=[SetsDate("INSTALMENT", rows.instalment_days, overdue="declare_default")],
    )
    def record_agreement(self, *, agreement: str, **told: Any) -> None:
        self.agreement = agreement

    @action(
        "变更协议",
        source=S.AGREED,
        target=S.AGREED,
        by=DESK,
        law="WPR 4; XFR 31",
        asks=rows.AgreementForm,
        checks=[rows.instalments_checked],
        changes=[rows.agreed_anew],
        starts=[SetsDate("INSTALMENT", rows.instalment_days, overdue="declare_default")],
        stops=["INSTALMENT"],
    )
    def amend_agreement(self, *, agreement: str, **told: Any) -> None:
        self.agreement = agreement

    @action(
        "未达成协议", source=S.CONVENED, target=S.NOT_AGREED, by=DESK, law="XFR 24", asks=Because, sends=["NOT_AGREED"]
    )
    def no_agreement(self, **told: Any) -> None: ...

    @action(
        "记录分期付款",
        source=[S.AGREED, S.DEFAULTED],
        target=None,
        by=DESK,
        law="WPR 11",
        asks=rows.InstalmentPaidForm,
        checks=[rows.instalment_checked],
        changes=[rows.instalment_paid],
        stops=[Stops("INSTALMENT", about=lambda s: s.inputs["instalment"].public_id)],
    )
    def record_instalment(self, **told: Any) -> None: ...

    @action(
        "确认履行",
        source=[S.AGREED, S.DEFAULTED],
        target=S.PERFORMED,
        by=DESK,
        law="WPR 11",
        requires=[rows.instalments_done],
        stops=["INSTALMENT"],
    )
    def confirm_performance(self, **told: Any) -> None: ...

    @action(
        "协议到期未履行",
        source=S.AGREED,
        target=S.DEFAULTED,
        by=[Role.SYSTEM, Role.RECEPTIONIST, ASSIGNED],
        law="LSIR 26",
        requires=[rows.instalment_overdue],
        stops=["INSTALMENT"],
        sends=["DEFAULTED"],
    )
    def declare_default(self, **told: Any) -> None: ...

    @action(
        "办结",
        source=[S.PERFORMED, S.NOT_AGREED, S.DEFAULTED],
        target=S.CLOSED,
        by=DESK,
        law="XFR 18",
        asks=rows.CloseForm,
        requires=[rows.tasks_answered],
        changes=[paper(PaperKind.RECEPTION_RECORD)],
        stops=["TASK_DUE"],
    )
    def close(self, **told: Any) -> None: ...

    # --- side acts ---------------------------------------------------------------------------------------------------

    @action(
        "确定牵头单位",
        source=OPEN,
        target=None,
        by=DESK,
        law="XFR 24; HNEX 18, 19",
        asks=rows.LeadForm,
        checks=[rows.lead_checked],
    )
    def decide_lead(self, *, agency: Agency, reason: str, handling: list[Agency], **told: Any) -> None:
        self.lead_agency, self.lead_reason = agency, reason
        self.handling_agencies = [one.code for one in handling]

    @action(
        "交办",
        source=OPEN,
        target=None,
        by=DESK,
        law="HNEX 16-18; WPR 7, 43",
        asks=rows.TaskForm,
        checks=[rows.agency_checked, rows.no_personal_numbers("question")],
        changes=[rows.task_assigned],
        starts=[SetsDate("TASK_DUE", lambda s: [(s.inputs["due_on"], s.facts["task"])])],
        sends=["TASK_ASSIGNED"],
    )
    def assign_task(self, **told: Any) -> None: ...

    @action(
        "答复交办",
        source=OPEN,
        target=None,
        by=ASKED,
        law="HNEX 16-18",
        asks=rows.TaskAnswerForm,
        from_paper="may",
        requires=[rows.task_waits],
        checks=[rows.waiting_task_checked],
        changes=[rows.task_answered],
        stops=[Stops("TASK_DUE", about=lambda s: s.inputs["task"].public_id)],
        sends=["TASK_ANSWERED"],
        answers=("TASK_ASSIGNED", "TASK_RETURNED"),
    )
    def answer_task(self, **told: Any) -> None: ...

    @action(
        "退回补充答复",
        source=OPEN,
        target=None,
        by=DESK,
        law="HNEX 17",
        asks=rows.TaskReturnForm,
        checks=[rows.answered_task_checked],
        changes=[rows.task_returned],
        starts=[SetsDate("TASK_DUE", lambda s: [(s.inputs["due_on"], s.inputs["task"].public_id)])],
        sends=["TASK_RETURNED"],
    )
    def return_task(self, **told: Any) -> None: ...

    @action("记录接待笔录", source=OPEN, target=None, by=DESK, law="APL 47", asks=rows.MinutesForm)
    def minutes(self, *, text: str, **told: Any) -> None:
        self.minutes_text = f"{self.minutes_text}\n{text}".strip()

    @action(
        "各方签字",
        source=OPEN,
        target=None,
        by=DESK,
        law="XFR 18; APL 47",
        asks=rows.SignForm,
        checks=[rows.evidence_checked],
        changes=[rows.signature_kept],
    )
    def sign(self, *, signers: str, **told: Any) -> None:
        self.signers = "、".join(filter(None, [self.signers, signers]))[:300]

    @action(
        "更正开始接待",
        source=S.CONVENED,
        target=S.SCHEDULED,
        by=DESK,
        law="法无明文（更正误点，须写明理由）",
        asks=Because,
        requires=[rows.nothing_after("convene")],
        changes=[rows.taken_back("convene")],
    )
    @action(
        "更正未到场",
        source=S.CANCELLED,
        target=S.SCHEDULED,
        by=DESK,
        law="法无明文（更正误点，须写明理由）",
        asks=Because,
        requires=[rows.nothing_after("no_show")],
        changes=[rows.taken_back("no_show")],
    )
    def correct(self, **told: Any) -> None: ...

    @action(
        "重新计算期限",
        source=list(S),
        target=None,
        by=[Role.SYSTEM],
        law="HOL 6",
        step_only=True,
        note="放假安排公布或更正、期限中止后由系统重新计算，记下原日期和新日期",
    )
    def recompute(self, **told: Any) -> None: ...
