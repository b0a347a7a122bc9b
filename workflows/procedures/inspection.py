"""3 Labour inspection 劳动保障监察: from filing to payment, decision, enforcement and closing (subject: a case).

INV-01 and INV-02 run from filing; the order's date is the officer's (PAY_BY). Open = not closed, cancelled, transferred out
or joined.
"""

from __future__ import annotations

from typing import Any

from django.db import models

from workflows.action import Procedure, Sends, SetsDate, Starts, Stops, action, state_field
from workflows.casefile.case import Case
from workflows.casefile.file import CaseFile
from workflows.casefile.officers import Officer
from workflows.casefile.papers import PaperKind
from workflows.inputs import Because
from workflows.procedures import inspection_forms as forms
from workflows.procedures import inspection_rows as rows
from workflows.procedures.guards import lines_stand, nothing_unpaid, served, someone_unpaid, two_inspectors, unanswered
from workflows.procedures.inspection_state import END_STATES, OPEN_STATES, InspectionState
from workflows.procedures.papers import ServiceForm, effect, employer_of, paper, paper_served, service_recorded
from workflows.roles import ASKED_LIAISON, ASSIGNED, Role

S = InspectionState
INSPECTOR = [ASSIGNED]
SQUAD = [Role.SQUAD_LEADER]
AFTER_END = (*OPEN_STATES, S.CLOSED, S.CANCELLED, S.TRANSFERRED_OUT)


class Inspection(Procedure):
    """The inspection of one case."""

    NAME, LABEL = "inspection", "监察"
    END_STATES = END_STATES
    STAGES = {
        S.FILED: "受理立案", S.INVESTIGATING: "调查核实", S.FACTS_ESTABLISHED: "调查核实", S.ORDERED: "责令支付", S.EXPIRED: "责令支付",
        S.INTENT_INFORMED: "处理决定", S.DECIDED: "处理决定", S.DEMANDED: "处理决定", S.ENFORCEMENT_APPLIED: "处理决定",
        S.COMPLIED: "结案", S.CLOSED: "结案", S.CANCELLED: "撤销立案", S.TRANSFERRED_OUT: "转办", S.JOINED: "并案",
    }  # fmt: skip
    State = InspectionState

    case = models.OneToOneField(Case, models.PROTECT, related_name="inspection")
    state = state_field(InspectionState)
    first_filed_at = models.DateTimeField(null=True)
    findings = models.TextField(blank=True)
    able_to_pay = models.BooleanField(null=True)
    evasion = models.TextField(blank=True)
    pay_by = models.DateField(null=True)
    intended = models.CharField(max_length=20, blank=True)
    hearing_right = models.BooleanField(default=False)
    legal_reviewer = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    legal_review_passed = models.BooleanField(null=True)
    defence_heard_at = models.DateTimeField(null=True)
    discussed_at = models.DateTimeField(null=True)
    remedy = models.CharField(max_length=20, blank=True)
    recusal_of = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    result = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=[
                    "filed", "investigating", "facts_established", "ordered", "expired", "intent_informed", "decided",
                    "demanded", "enforcement_applied", "complied", "closed", "cancelled", "transferred_out", "joined",
                ]),
                name="inspection_state_known",
            )
        ]  # fmt: skip

    @classmethod
    def open_on(cls, file: CaseFile) -> Inspection:
        return cls(case=file.case)

    # --- filing, assigning, establishing the facts ---------------------------------------------------------------------

    @action(
        "立案",
        source="",
        target=S.FILED,
        by=SQUAD,
        law="O25 18, 19; LSIR 14",
        step_only=True,
        alias="intake.accept",
        changes=[paper(PaperKind.FILING_FORM)],
        starts=["INV-01", "INV-02"],
    )
    def file_case(self, **told: Any) -> None: ...

    @action(
        "分案立案",
        source="",
        target=S.FILED,
        by=SQUAD,
        law="O25 18",
        step_only=True,
        starts=[
            Starts("INV-01", counted_from=rows.first_filed, carried=True),
            Starts("INV-02", counted_from=rows.first_filed, carried=True),
        ],
    )
    def file_split(self, **told: Any) -> None: ...

    @action(
        "指派",
        source=S.FILED,
        target=S.INVESTIGATING,
        by=SQUAD,
        law="LSIR 16; APL 42; HNEX 20",
        asks=forms.AssignForm,
        checks=[rows.inspectors_checked],
        changes=[rows.assigned],
        correctable=True,
    )
    def assign(self, **told: Any) -> None: ...

    @action(
        "查清事实",
        source=S.INVESTIGATING,
        target=S.FACTS_ESTABLISHED,
        by=INSPECTOR,
        law="LSIR 17; WPR 50",
        asks=forms.FactsForm,
        requires=[two_inspectors, rows.has_lines],
        checks=[rows.verified_checked],
        changes=[rows.lines_verified],
        starts=["DEC-01"],
        stops=["INV-01"],
        correctable=True,
    )
    def establish_facts(self, *, findings: str, able_to_pay: bool | None, evasion: str, **told: Any) -> None:
        self.findings, self.able_to_pay, self.evasion = findings, able_to_pay, evasion

    # --- the order -----------------------------------------------------------------------------------------------------

    @action(
        "责令限期支付",
        source=S.FACTS_ESTABLISHED,
        target=S.ORDERED,
        by=INSPECTOR,
        law="LSIR 26, 18; WPR 42",
        asks=forms.OrderForm,
        approval=Role.SQUAD_LEADER,
        requires=[two_inspectors, lines_stand, someone_unpaid],
        changes=[rows.lines_ordered, paper(PaperKind.ORDER, addressee=rows.order_addressee)],
        starts=[SetsDate("PAY_BY", lambda s: [(s.inputs["pay_by"], None)], overdue="expire")],
        stops=["DEC-01"],
        sends=["ORDER_ISSUED"],
    )
    def order_payment(self, *, pay_by: Any, **told: Any) -> None:
        self.pay_by = pay_by

    @action(
        "重新责令",
        source=S.ORDERED,
        target=S.ORDERED,
        by=INSPECTOR,
        law="LSIR 26",
        asks=forms.OrderForm,
        approval=Role.SQUAD_LEADER,
        requires=[two_inspectors, someone_unpaid],
        changes=[rows.lines_ordered, paper(PaperKind.ORDER, addressee=rows.order_addressee, replaces=True)],
        starts=[SetsDate("PAY_BY", lambda s: [(s.inputs["pay_by"], None)], overdue="expire")],
        sends=["ORDER_ISSUED"],
    )
    def replace_order(self, *, pay_by: Any, **told: Any) -> None:
        self.pay_by = pay_by

    @action(
        "责令期满未付",
        source=S.ORDERED,
        target=S.EXPIRED,
        by=[Role.SYSTEM, ASSIGNED],
        law="LSIR 26; SPC3 4",
        requires=[rows.pay_by_passed, served(PaperKind.ORDER), someone_unpaid],
        starts=[Starts("BLK-06", counted_from=rows.pay_by_moment)],
        stops=["PAY_BY"],
    )
    def expire(self, **told: Any) -> None: ...

    # --- intent, decision, enforcement ---------------------------------------------------------------------------------

    @action(
        "事先告知",
        source=[S.FACTS_ESTABLISHED, S.EXPIRED],
        target=S.INTENT_INFORMED,
        by=INSPECTOR,
        law="LSIR 19; APL 44; HNEX 26",
        asks=forms.IntentForm,
        approval=Role.BUREAU_HEAD,
        requires=[two_inspectors],
        checks=[rows.reviewer_checked],
        changes=[paper(PaperKind.INTENT_NOTICE, addressee=employer_of)],
        starts=[Starts("DEC-02", when=lambda s: s.inputs["kind"] == "penalty", counted_from=rows.filed_moment)],
        sends=["INTENT_TOLD"],
    )
    def inform_intent(self, *, kind: str, hearing_right: bool, legal_reviewer: Any = None, **told: Any) -> None:
        self.intended, self.hearing_right, self.legal_reviewer = kind, hearing_right, legal_reviewer or None
        self.legal_review_passed = self.defence_heard_at = self.discussed_at = None

    @action(
        "作出决定",
        source=S.INTENT_INFORMED,
        target=S.DECIDED,
        by=INSPECTOR,
        law="LSIR 26; APL 57; HNEX 29",
        asks=forms.DecideForm,
        approval=Role.BUREAU_HEAD,
        requires=[served(PaperKind.INTENT_NOTICE), rows.defence_heard, rows.review_passed],
        changes=[paper(PaperKind.DECISION, addressee=employer_of)],
        starts=[Starts("DEC-14", when=lambda s: s.inputs["party_absent"])],
        stops=["DEC-01", "DEC-02"],
        sends=["DECIDED"],
    )
    def decide(self, **told: Any) -> None: ...

    @action(
        "变更决定",
        source=S.DECIDED,
        target=S.DECIDED,
        by=INSPECTOR,
        law="HNEX 29",
        asks=forms.DecideForm,
        approval=Role.BUREAU_HEAD,
        changes=[paper(PaperKind.DECISION, addressee=employer_of, replaces=True)],
        sends=["DECIDED"],
    )
    def revise_decision(self, **told: Any) -> None: ...

    @action(
        "催告",
        source=S.DECIDED,
        target=S.DEMANDED,
        by=INSPECTOR,
        law="ACL 35, 54",
        asks=forms.DemandForm,
        approval=Role.BUREAU_HEAD,
        requires=[served(PaperKind.DECISION), rows.remedies_over, someone_unpaid],
        changes=[paper(PaperKind.DEMAND_LETTER, addressee=employer_of)],
        sends=["DEMANDED"],
    )
    def demand(self, **told: Any) -> None: ...

    @action(
        "申请强制执行",
        source=S.DEMANDED,
        target=S.ENFORCEMENT_APPLIED,
        by=INSPECTOR,
        law="ACL 53, 55; WPR 42",
        asks=forms.EnforcementForm,
        approval=Role.BUREAU_HEAD,
        requires=[served(PaperKind.DEMAND_LETTER), rows.demand_waited, someone_unpaid],
        changes=[paper(PaperKind.ENFORCEMENT_APPLICATION)],
        stops=["PAY-12", "PAY-13"],
    )
    def apply_enforcement(self, **told: Any) -> None: ...

    # --- the ends ------------------------------------------------------------------------------------------------------

    @action(
        "确认已履行",
        source=[s for s in OPEN_STATES if s != S.COMPLIED],
        target=S.COMPLIED,
        by=INSPECTOR,
        law="LSIR 18; PAY-01",
        asks=forms.ComplianceForm,
        requires=[rows.has_lines, nothing_unpaid],
        stops=["INV-01", "DEC-01", "PAY-12", "PAY-13", "PAY_BY"],
    )
    def record_compliance(self, **told: Any) -> None: ...

    @action(
        "结案",
        source=OPEN_STATES,
        target=S.CLOSED,
        by=INSPECTOR,
        law="WPR 10; HNR 16",
        asks=forms.CloseForm,
        approval=Role.SQUAD_LEADER,
        requires=[rows.closable, rows.lines_settled, unanswered, rows.papers_served, rows.police_decided],
        changes=[paper(PaperKind.CLOSING_FORM)],
        also=rows.complaints_concluded,
        stops=["INV-01", "INV-02"],
        sends=["CLOSED"],
    )
    def close(self, *, result: str, **told: Any) -> None:
        self.result = result

    @action(
        "撤销立案",
        source=[S.INVESTIGATING, S.FACTS_ESTABLISHED],
        target=S.CANCELLED,
        by=INSPECTOR,
        law="LSIR 18; O25 35; HNR 15(2)",
        asks=Because,
        approval=Role.SQUAD_LEADER,
        requires=[unanswered, rows.no_open_transfer],
        changes=[paper(PaperKind.CANCELLATION)],
        also=rows.complaints_concluded,
        stops=["FIL-05", "INV-01", "INV-02", "DEC-01", "DEC-02"],
        sends=["FILING_CANCELLED"],
    )
    def cancel_filing(self, *, reason: str, **told: Any) -> None:
        self.result = reason

    @action(
        "移送有权单位",
        source=OPEN_STATES,
        target=S.TRANSFERRED_OUT,
        by=INSPECTOR,
        law="LSIR 18; HNR 15(6)",
        asks=forms.TransferOutForm,
        approval=Role.SQUAD_LEADER,
        requires=[rows.no_open_transfer],
        checks=[rows.agency_checked],
        changes=[paper(PaperKind.TRANSFER_OUT_LETTER, addressee=lambda s: s.inputs["agency"].name)],
        also=rows.complaints_concluded,
        stops=["INV-01", "INV-02"],
        sends=["CASE_TRANSFERRED", "CASE_TRANSFERRED_TOLD"],
    )
    def transfer_out(self, *, reason: str, **told: Any) -> None:
        self.result = reason

    @action(
        "并案",
        source=OPEN_STATES,
        target=S.JOINED,
        by=SQUAD,
        law="HNEX 18",
        asks=forms.JoinForm,
        second_root=True,
        requires=[rows.no_open_transfer],
        checks=[rows.join_checked],
        changes=[rows.case_joined],
        also=rows.taken_by_other,
        stops=["INV-01", "INV-02"],
    )
    def join(self, **told: Any) -> None: ...

    @action(
        "收入并案",
        source=OPEN_STATES,
        target=None,
        by=SQUAD,
        law="HNEX 18",
        step_only=True,
        starts=[
            Starts("INV-01", when=rows.still_investigating, counted_from=rows.first_filed, carried=True),
            Starts("INV-02", counted_from=rows.first_filed, carried=True),
        ],
    )
    def take_case(self, **told: Any) -> None: ...

    @action("收入投诉", source=OPEN_STATES, target=None, by=SQUAD, law="O25 18", step_only=True)
    def take_complaint(self, **told: Any) -> None: ...

    @action(
        "分案",
        source=OPEN_STATES,
        target=None,
        by=SQUAD,
        law="HNEX 18",
        asks=forms.SplitForm,
        checks=[rows.split_checked],
        changes=[rows.case_split],
        also=rows.split_filed,
    )
    def split(self, **told: Any) -> None: ...

    @action(
        "重新办理",
        source=[S.CLOSED, S.CANCELLED, S.TRANSFERRED_OUT],
        target=S.INVESTIGATING,
        by=SQUAD,
        law="TRD 10, 13; WPR 42",
        asks=Because,
        starts=["INV-01", "INV-02"],
    )
    def reopen(self, **told: Any) -> None:
        self.result = ""

    # --- side acts: people ---------------------------------------------------------------------------------------------

    @action(
        "增派",
        source=OPEN_STATES,
        target=None,
        by=SQUAD,
        law="LSIR 16",
        asks=forms.AssignMoreForm,
        checks=[rows.inspectors_checked],
        changes=[rows.assigned_more],
    )
    def assign_more(self, **told: Any) -> None: ...

    @action(
        "改派",
        source=OPEN_STATES,
        target=None,
        by=SQUAD,
        law="LSIR 16",
        asks=forms.AssignForm,
        checks=[rows.inspectors_checked],
        changes=[rows.reassigned],
    )
    def reassign(self, **told: Any) -> None: ...

    @action(
        "申请回避",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="APL 43; HNEX 23; O25 23-25",
        asks=forms.RecusalForm,
        checks=[rows.recusal_checked],
        starts=["FIL-05"],
    )
    def request_recusal(self, *, officer: Any, **told: Any) -> None:
        self.recusal_of = officer

    @action(
        "决定回避",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="APL 43; HNEX 23",
        asks=forms.DecideRecusalForm,
        approval=Role.BUREAU_HEAD,
        requires=[rows.recusal_asked],
        checks=[rows.replacement_checked],
        changes=[rows.recused],
        stops=["FIL-05"],
    )
    def decide_recusal(self, **told: Any) -> None:
        self.recusal_of = None

    # --- side acts: investigation --------------------------------------------------------------------------------------

    @action(
        "发调查询问通知书",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="LSIR 15(3); HNR 13",
        asks=forms.InquiryForm,
        requires=[two_inspectors],
        changes=[paper(PaperKind.INQUIRY_NOTICE, addressee=employer_of)],
    )
    def issue_inquiry(self, **told: Any) -> None: ...

    @action(
        "记录单位答复",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="HNR 13",
        asks=forms.AnswerForm,
        stops=["INV-05"],
    )
    def record_answer(self, **told: Any) -> None: ...

    @action(
        "记录询问笔录",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="HNR 13; APL 55",
        asks=forms.InterviewForm,
        requires=[two_inspectors],
    )
    def record_interview(self, **told: Any) -> None: ...

    @action(
        "记录现场检查",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="HNR 13; WPR 34, 26-32",
        asks=forms.SiteCheckForm,
        requires=[two_inspectors],
    )
    def record_site_check(self, **told: Any) -> None: ...

    @action(
        "先行登记保存",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="APL 56; HNR 14",
        asks=forms.PreserveForm,
        approval=Role.BUREAU_HEAD,
        changes=[paper(PaperKind.PRESERVATION_NOTICE, addressee=employer_of)],
        starts=["INV-06"],
    )
    def preserve_evidence(self, **told: Any) -> None: ...

    @action(
        "处理登记保存物品",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="APL 56, 85",
        asks=forms.PreservationForm,
        approval=Role.BUREAU_HEAD,
        requires=[rows.preserved],
        stops=["INV-06"],
    )
    def decide_preservation(self, **told: Any) -> None: ...

    @action(
        "申请延长期限",
        source=AFTER_END,
        target=None,
        by=INSPECTOR,
        law="LSIR 17; HNR 16; O45 8",
        asks=forms.ExtensionForm,
        approval=Role.BUREAU_HEAD,
        checks=[rows.extension_checked],
        changes=[rows.limit_extended, paper(PaperKind.EXTENSION_FORM)],
    )
    def request_extension(self, **told: Any) -> None: ...

    @action(
        "请求协助调查",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="HNEX 17; APL 26; WPR 41",
        asks=forms.AskAgencyForm,
        checks=[rows.agency_checked],
        changes=[rows.agency_asked, paper(PaperKind.ASSISTANCE_LETTER, addressee=lambda s: s.inputs["agency"].name)],
        starts=[SetsDate("ANSWER_DUE", lambda s: [(s.inputs["due_on"], s.facts["task"])])],
        sends=["ASSISTANCE_ASKED"],
    )
    def ask_agency(self, **told: Any) -> None: ...

    @action(
        "答复协助请求",
        source=OPEN_STATES,
        target=None,
        by=[ASKED_LIAISON],
        law="HNEX 17",
        asks=forms.AgencyAnswerForm,
        from_paper="may",
        requires=[rows.asked_and_waiting],
        checks=[rows.task_checked],
        changes=[rows.task_answered],
        stops=[Stops("ANSWER_DUE", about=lambda s: s.inputs["task"].public_id)],
        sends=["ASSISTANCE_ANSWERED"],
    )
    def answer_agency(self, **told: Any) -> None: ...

    @action(
        "约谈",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="N100 一(二); WPR 60",
        asks=forms.AppointForm,
        changes=[paper(PaperKind.SUMMONS, addressee=lambda s: s.inputs["person"])],
        starts=[SetsDate("APPEARANCE", lambda s: [(s.inputs["on_day"], s.event.public_id)])],
    )
    def appoint(self, **told: Any) -> None: ...

    @action(
        "申请市级批准查询",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="WPR 40, 58",
        asks=forms.CityQueryForm,
        approval=Role.BUREAU_HEAD,
    )
    def request_city_query(self, **told: Any) -> None: ...

    @action(
        "修改案件事实",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="HNEX 33",
        asks=forms.AmendForm,
        changes=[rows.case_amended],
    )
    def amend(self, **told: Any) -> None: ...

    @action(
        "添加证据",
        source=AFTER_END,
        target=None,
        by=INSPECTOR,
        law="APL 46",
        asks=rows.EvidenceForm,
        checks=[rows.evidence_checked],
        changes=[rows.evidence_added],
    )
    def add_evidence(self, **told: Any) -> None: ...

    # --- side acts: papers, decision -----------------------------------------------------------------------------------

    @action(
        "记录送达",
        source=AFTER_END,
        target=None,
        by=INSPECTOR,
        law="HNEX 31; CPL 85-95; SPC3 4",
        asks=ServiceForm,
        requires=[rows.after_end_allowed],
        checks=[paper_served],
        changes=[service_recorded],
        starts=[
            Starts("INV-05", served="inquiry_notice", counted_from=effect),
            Starts("PAY-13", served="demand_letter", counted_from=effect),
            Starts("PAY-15a", served="decision", counted_from=effect),
            Starts("PAY-15b", served="decision", counted_from=effect),
            Starts("PAY-12", served="decision", after=("PAY-15a", "PAY-15b")),
            Starts("AFT-03", served="reconsideration_request", counted_from=effect),
        ],
        stops=[Stops("DEC-14", served="decision")],
    )
    def record_service(self, **told: Any) -> None: ...

    @action(
        "听取陈述申辩",
        source=S.INTENT_INFORMED,
        target=None,
        by=INSPECTOR,
        law="LSIR 19; APL 45; HNEX 26",
        asks=forms.DefenceForm,
    )
    def hear_defence(self, **told: Any) -> None:
        self.defence_heard_at = self.since

    @action(
        "举行听证",
        source=S.INTENT_INFORMED,
        target=None,
        by=INSPECTOR,
        law="APL 63, 64; HNHEAR 3-5",
        asks=forms.HearingForm,
        checks=[rows.chair_checked],
    )
    def hold_hearing(self, **told: Any) -> None:
        self.defence_heard_at = self.since

    @action(
        "法制审核",
        source=S.INTENT_INFORMED,
        target=None,
        by=[Role.LEGAL_REVIEWER],
        law="APL 58; HNEX 28",
        asks=forms.ReviewForm,
        requires=[rows.review_asked],
    )
    def legal_review(self, *, passed: bool, **told: Any) -> None:
        self.legal_review_passed = passed

    @action(
        "记录集体讨论",
        source=S.INTENT_INFORMED,
        target=None,
        by=INSPECTOR,
        law="APL 57; HNEX 28",
        asks=forms.DiscussionForm,
    )
    def record_discussion(self, **told: Any) -> None:
        self.discussed_at = self.since

    @action(
        "记录复议诉讼",
        source=AFTER_END,
        target=None,
        by=INSPECTOR,
        law="ARL 20; ALL 46",
        asks=forms.RemedyForm,
        requires=[rows.after_end_allowed],
        stops=["PAY-12", "PAY-15a", "PAY-15b"],
    )
    def record_remedy(self, *, kind: str, **told: Any) -> None:
        self.remedy = kind

    @action(
        "记录列入决定",
        source=AFTER_END,
        target=None,
        by=INSPECTOR,
        law="O45 5-8",
        asks=forms.ListingForm,
        approval=Role.BUREAU_HEAD,
        requires=[rows.listing_due],
        checks=[rows.listing_checked],
        stops=["BLK-06"],
    )
    def record_listing_decision(self, **told: Any) -> None: ...

    # --- side acts: money ----------------------------------------------------------------------------------------------

    @action(
        "记录支付",
        source=AFTER_END,
        target=None,
        by=INSPECTOR,
        law="WPR 11, 31; SPC3 6",
        asks=forms.PaymentForm,
        requires=[rows.after_end_allowed],
        checks=[rows.payment_checked],
        changes=[rows.paid],
        sends=[Sends("PAID_AFTER_SENDING", when=rows.transfer_was_sent)],
    )
    def record_payment(self, **told: Any) -> None: ...

    @action(
        "冲正支付",
        source=AFTER_END,
        target=None,
        by=INSPECTOR,
        law="WPR 15",
        asks=forms.CounterPaymentForm,
        approval=Role.SQUAD_LEADER,
        requires=[rows.after_end_allowed],
        checks=[rows.counter_checked],
        changes=[rows.payment_countered],
    )
    def counter_payment(self, **told: Any) -> None: ...

    @action(
        "了结明细",
        source=AFTER_END,
        target=None,
        by=INSPECTOR,
        law="procedures 3",
        asks=forms.SettleForm,
        requires=[rows.after_end_allowed],
        checks=[rows.settle_checked],
        changes=[rows.line_settled],
    )
    def settle_line(self, **told: Any) -> None: ...

    @action(
        "劳动者撤回",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="PAY-22",
        asks=forms.LineWithdrawForm,
        checks=[rows.line_checked],
        changes=[rows.line_withdrawn],
    )
    def withdraw_claim(self, **told: Any) -> None: ...

    @action(
        "使用工资保证金",
        source=[S.DECIDED, S.DEMANDED, S.ENFORCEMENT_APPLIED],
        target=None,
        by=INSPECTOR,
        law="DEP 14, 16, 19",
        asks=forms.MoneySourceForm,
        approval=Role.BUREAU_HEAD,
        checks=[rows.payment_checked],
        changes=[rows.paid_from_deposit, paper(PaperKind.DEPOSIT_NOTICE)],
    )
    def use_deposit(self, **told: Any) -> None: ...

    @action(
        "使用应急周转金",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="WPR 63",
        asks=forms.MoneySourceForm,
        approval=Role.BUREAU_HEAD,
        checks=[rows.payment_checked],
        changes=[rows.paid_from_fund],
    )
    def apply_relief_fund(self, **told: Any) -> None: ...

    # --- taking a wrong click back -------------------------------------------------------------------------------------

    @action(
        "更正指派",
        source=S.INVESTIGATING,
        target=S.FILED,
        by=[Role.SQUAD_LEADER, ASSIGNED],
        law="procedures 3",
        asks=forms.CorrectForm,
        requires=[rows.nothing_after("assign")],
        changes=[rows.taken_back("assign"), rows.unassigned],
    )
    @action(
        "更正查清事实",
        source=S.FACTS_ESTABLISHED,
        target=S.INVESTIGATING,
        by=INSPECTOR,
        law="procedures 3",
        asks=forms.CorrectForm,
        requires=[rows.nothing_after("establish_facts")],
        changes=[rows.taken_back("establish_facts"), rows.unverified],
    )
    def correct(self, **told: Any) -> None: ...
