"""1 Intake 受理: from the first contact to a case, an answer, another agency or a refusal (subject: a complaint).

ACC-01 and ACC-09 run from `received_at`, for drafts and imported messages too. Accept files the case the same day
(FIL-01).
"""

from __future__ import annotations

from typing import Any

from django.db import models

from workflows.action import Procedure, Sends, SetsDate, action, state_field
from workflows.casefile.complaint import Complaint
from workflows.casefile.file import CaseFile
from workflows.casefile.officers import Agency
from workflows.casefile.papers import PaperKind
from workflows.inputs import Because
from workflows.procedures import intake_forms as forms
from workflows.procedures import intake_rows as rows
from workflows.procedures.papers import ServiceForm, paper, paper_served, service_recorded
from workflows.roles import ASKED, ASSIGNED, RECEIPT_HOLDER, Role, Who

DESK: tuple[Role | Who, ...] = (Role.OPERATOR, Role.RECEPTIONIST, Role.INSPECTOR)
LEAD: tuple[Role | Who, ...] = (Role.SQUAD_LEADER,)


class Intake(Procedure):
    """The intake of one complaint."""

    class State(models.TextChoices):
        DRAFT = "draft", "未登记"
        REGISTERED = "registered", "已登记"
        SUPPLEMENT_REQUESTED = "supplement_requested", "待补正"
        ACCEPTED = "accepted", "已受理"
        ANSWERED = "answered", "已答复"
        DECLINED = "declined", "不予受理"
        REFERRED = "referred", "已转办"
        DUPLICATE = "duplicate", "重复"
        WITHDRAWN = "withdrawn", "已撤诉"
        CONCLUDED = "concluded", "已办结"

    NAME, LABEL = "intake", "受理"
    END_STATES = frozenset({State.ANSWERED, State.DECLINED, State.DUPLICATE, State.WITHDRAWN, State.CONCLUDED})
    STAGES = {
        State.DRAFT: "登记", State.REGISTERED: "登记", State.SUPPLEMENT_REQUESTED: "登记", State.ANSWERED: "登记",
        State.ACCEPTED: "受理立案", State.CONCLUDED: "结案", State.DECLINED: "不予受理", State.REFERRED: "转办",
        State.WITHDRAWN: "撤诉", State.DUPLICATE: "重复",
    }  # fmt: skip

    complaint = models.OneToOneField(Complaint, models.PROTECT, related_name="intake")
    state = state_field(State)
    referred_to = models.ForeignKey(Agency, models.PROTECT, null=True, blank=True, related_name="+")
    supplement_by = models.DateField(null=True, blank=True)
    duplicate_of = models.ForeignKey(Complaint, models.PROTECT, null=True, blank=True, related_name="+")
    decline_route = models.CharField(max_length=200, blank=True)
    answer_text = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=[
                    "draft", "registered", "supplement_requested", "accepted", "answered", "declined", "referred",
                    "duplicate", "withdrawn", "concluded",
                ]),
                name="intake_state_known",
            )
        ]  # fmt: skip

    S = State
    OPEN = (State.DRAFT, State.REGISTERED, State.SUPPLEMENT_REQUESTED, State.REFERRED, State.ACCEPTED)

    @classmethod
    def open_on(cls, file: CaseFile) -> Intake:
        file.complaint = rows.blank_complaint()
        return cls(complaint=file.complaint)

    def hang_on(self, file: CaseFile) -> None:
        assert file.complaint is not None
        self.complaint = file.complaint

    @property
    def root(self) -> Any:
        return self.complaint

    # --- logging and registering -------------------------------------------------------------------------------------

    @action(
        "记录来件",
        source="",
        target=S.DRAFT,
        by=[*DESK, Role.SYSTEM],
        law="WPR 10; O25 9",
        asks=forms.LogForm,
        checks=[rows.facts_checked, rows.log_checked],
        changes=[rows.complaint_logged],
        starts=["ACC-01", "ACC-09"],
        also=rows.register_at_once,
    )
    def log(self, **told: Any) -> None: ...

    @action(
        "登记",
        source=S.DRAFT,
        target=S.REGISTERED,
        by=DESK,
        law="LSIR 9, 14; HNEX 22",
        asks=forms.RegisterForm,
        checks=[rows.facts_checked, rows.can_be_reached],
        changes=[rows.facts_taken, rows.receipt_issued],
        sends=[Sends("RECEIPT", when=rows.receipt_by_sms)],
    )
    def register(self, **told: Any) -> None: ...

    # --- the squad leader's decision ---------------------------------------------------------------------------------

    @action(
        "答复咨询",
        source=S.REGISTERED,
        target=S.ANSWERED,
        by=DESK,
        law="WPR 10; H53",
        asks=forms.AnswerForm,
        stops=["ACC-01", "ACC-09"],
    )
    def answer(self, *, answer: str, **told: Any) -> None:
        self.answer_text = answer

    @action(
        "受理立案",
        source=S.REGISTERED,
        target=S.ACCEPTED,
        by=LEAD,
        law="O25 18; HNR 15(1)",
        asks=forms.AcceptForm,
        requires=[rows.employer_identified, rows.employed_here, rows.within_two_years, rows.not_elsewhere],
        second_root=True,
        checks=[rows.accept_checked],
        changes=[rows.case_opened],
        also=rows.case_filed,
        stops=["ACC-01", "ACC-09"],
        sends=["ACCEPTED", Sends("UNLICENSED_EMPLOYER", when=lambda s: s.inputs["employer_unlicensed"])],
    )
    def accept(self, **told: Any) -> None: ...

    @action(
        "不予受理",
        source=[S.REGISTERED, S.SUPPLEMENT_REQUESTED],
        target=S.DECLINED,
        by=LEAD,
        law="O25 18; LSIR 21",
        asks=forms.DeclineForm,
        requires=[rows.supplement_is_overdue],
        changes=[paper(PaperKind.DECLINE_NOTICE, addressee=rows.complainant_name)],
        stops=["ACC-01", "ACC-09", "SUPPLEMENT_BY"],
        sends=["DECLINED"],
    )
    def decline(self, *, route: str, **told: Any) -> None:
        self.decline_route = route

    @action(
        "要求补正",
        source=S.REGISTERED,
        target=S.SUPPLEMENT_REQUESTED,
        by=LEAD,
        law="O25 18",
        asks=forms.SupplementForm,
        changes=[paper(PaperKind.SUPPLEMENT_NOTICE, addressee=rows.complainant_name)],
        starts=[SetsDate("SUPPLEMENT_BY", lambda s: [(s.inputs["by_day"], None)])],
        stops=["ACC-01"],
        sends=["SUPPLEMENT_ASKED"],
    )
    def request_supplement(self, *, by_day: Any, **told: Any) -> None:
        self.supplement_by = by_day

    @action(
        "收到补正",
        source=S.SUPPLEMENT_REQUESTED,
        target=S.REGISTERED,
        by=DESK,
        law="O25 18",
        asks=forms.SupplementedForm,
        checks=[rows.facts_checked],
        changes=[rows.facts_amended],
        starts=["ACC-01"],
        stops=["SUPPLEMENT_BY"],
    )
    def receive_supplement(self, **told: Any) -> None:
        self.supplement_by = None

    @action(
        "转办",
        source=S.REGISTERED,
        target=S.REFERRED,
        by=LEAD,
        law="WPR 10; LSIR 18",
        asks=forms.ReferForm,
        checks=[rows.agency_checked],
        changes=[paper(PaperKind.REFERRAL_LETTER, addressee=lambda s: s.inputs["agency"].name)],
        starts=[SetsDate("REFERRAL_ANSWER", lambda s: [(s.inputs["by_day"], None)])],
        stops=["ACC-01", "ACC-09"],
        sends=["REFERRED", "REFERRED_TOLD"],
    )
    def refer(self, *, agency: Agency, **told: Any) -> None:
        self.referred_to = agency

    @action(
        "反馈转办结果",
        source=S.REFERRED,
        target=S.ANSWERED,
        by=ASKED,
        law="WPR 10",
        asks=forms.ResultForm,
        from_paper="may",
        stops=["REFERRAL_ANSWER"],
        sends=["REFERRAL_RESULT"],
        answers=("REFERRED",),
    )
    def report_result(self, *, result: str, **told: Any) -> None:
        self.answer_text = result

    @action(
        "退回转办",
        source=S.REFERRED,
        target=S.REGISTERED,
        by=ASKED,
        law="XFR 23",
        asks=Because,
        from_paper="may",
        starts=["ACC-01", "ACC-09"],
        stops=["REFERRAL_ANSWER"],
        sends=["SENT_BACK"],
        answers=("REFERRED",),
    )
    def send_back(self, **told: Any) -> None:
        self.referred_to = None

    @action(
        "标为重复",
        source=S.REGISTERED,
        target=S.DUPLICATE,
        by=LEAD,
        law="XFR 22",
        asks=forms.DuplicateForm,
        checks=[rows.duplicate_checked],
        stops=["ACC-01", "ACC-09"],
    )
    def mark_duplicate(self, *, of: Complaint, **told: Any) -> None:
        self.duplicate_of = of

    @action(
        "撤诉",
        source=[S.DRAFT, S.REGISTERED, S.SUPPLEMENT_REQUESTED, S.ACCEPTED],
        target=S.WITHDRAWN,
        by=DESK,
        law="法无明文（由承办人决定案件是否继续）",
        asks=forms.WithdrawForm,
        changes=[rows.claims_withdrawn],
        stops=["ACC-01", "ACC-09"],
    )
    def withdraw(self, **told: Any) -> None: ...

    @action("办结", source=S.ACCEPTED, target=S.CONCLUDED, by=[Role.SYSTEM], law="WPR 10", step_only=True)
    def conclude(self, **told: Any) -> None: ...

    @action(
        "重新启动",
        source=[S.DECLINED, S.ANSWERED, S.WITHDRAWN, S.CONCLUDED],
        target=S.REGISTERED,
        by=LEAD,
        law="O25 18",
        asks=Because,
        changes=[rows.claims_revived],
        starts=["ACC-01", "ACC-09"],
    )
    def reopen(self, **told: Any) -> None: ...

    # --- side acts ---------------------------------------------------------------------------------------------------

    @action(
        "修改事实",
        source=OPEN,
        target=None,
        by=[*DESK, ASSIGNED],
        law="HNEX 22",
        asks=forms.AmendForm,
        checks=[rows.facts_checked, rows.something_amended],
        changes=[rows.facts_amended],
    )
    def amend(self, **told: Any) -> None: ...

    @action(
        "催办",
        source=OPEN,
        target=None,
        by=DESK,
        law="WPR 10; H53",
        asks=Because,
        sends=[Sends("CHASED", when=lambda s: s.file.case is not None)],
    )
    def chase(self, **told: Any) -> None: ...

    @action(
        "标为紧急",
        source=OPEN,
        target=None,
        by=DESK,
        law="XFR 25; LSIR 14",
        asks=forms.UrgentForm,
        changes=[rows.marked_urgent],
        sends=["URGENT"],
    )
    def flag_urgent(self, **told: Any) -> None: ...

    @action(
        "转介法律援助",
        source=[S.REGISTERED, S.SUPPLEMENT_REQUESTED, S.REFERRED, S.ACCEPTED],
        target=None,
        by=[*DESK, Role.SQUAD_LEADER],
        law="WPR 45; LAL 42",
        asks=forms.LegalAidForm,
        requires=[rows.identity_is_known],
        sends=["LEGAL_AID"],
    )
    def refer_legal_aid(self, **told: Any) -> None: ...

    @action(
        "标注疑似不实",
        source=OPEN,
        target=None,
        by=[Role.INSPECTOR, Role.SQUAD_LEADER],
        law="WPR 52; XFR 26, 47",
        asks=Because,
        changes=[rows.marked_suspected],
    )
    def suspect_false_claim(self, **told: Any) -> None: ...

    @action(
        "添加证据",
        source=OPEN,
        target=None,
        by=[*DESK, RECEIPT_HOLDER],
        law="LMA 39; WPR 50",
        asks=forms.EvidenceForm,
        checks=[rows.evidence_checked],
        changes=[rows.evidence_added],
    )
    def add_evidence(self, **told: Any) -> None: ...

    @action(
        "添加工资明细",
        source=OPEN,
        target=None,
        by=DESK,
        law="WPR 15",
        asks=forms.LinesForm,
        checks=[rows.lines_checked],
        changes=[rows.lines_added],
    )
    def add_lines(self, **told: Any) -> None: ...

    @action(
        "回访",
        source=[*OPEN, *END_STATES],
        target=None,
        by=DESK,
        law="H53; KH33",
        asks=forms.FollowUpForm,
        changes=[rows.followed_up],
    )
    def follow_up(self, **told: Any) -> None: ...

    @action(
        "补发回执码",
        source=[*OPEN, *END_STATES],
        target=None,
        by=DESK,
        law="WPR 10",
        asks=forms.ReissueForm,
        checks=[rows.holder_checked],
        changes=[rows.receipt_reissued],
        sends=[Sends("RECEIPT", when=rows.receipt_by_sms)],
    )
    def reissue_receipt(self, **told: Any) -> None: ...

    @action(
        "记录送达",
        source=[*OPEN, *END_STATES],
        target=None,
        by=DESK,
        law="HNEX 31; O25 38",
        asks=ServiceForm,
        checks=[paper_served],
        changes=[service_recorded],
    )
    def record_service(self, **told: Any) -> None: ...

    @action(
        "重新计算期限",
        source=[*OPEN, *END_STATES],
        target=None,
        by=[Role.SYSTEM],
        law="HOL 6",
        step_only=True,
        note="放假安排公布或更正、期限中止后由系统重新计算，记下原日期和新日期",
    )
    def recompute(self, **told: Any) -> None: ...
