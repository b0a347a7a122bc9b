"""3 Labour inspection 劳动保障监察: from filing to payment, decision, enforcement and closing (subject: a case).

INV-01 and INV-02 run from filing; the order's date is the officer's (PAY_BY). Open = not closed, cancelled,
transferred out or joined. The arrows stand here, the acts that move nothing in `inspection_acts.py`.
"""

from __future__ import annotations

from typing import Any

from django.db import models

from workflows.action import Sends, SetsDate, Starts, action, state_field
from workflows.casefile.case import Case
from workflows.casefile.file import CaseFile
from workflows.casefile.officers import Officer
from workflows.casefile.papers import PaperKind
from workflows.inputs import Because
from workflows.procedures import inspection_forms as forms
from workflows.procedures import inspection_rows as rows
from workflows.procedures.fund_rows import no_money_on_its_way
from workflows.procedures.guards import lines_stand, nothing_unpaid, served, someone_unpaid, two_inspectors, unanswered
from workflows.procedures.inspection_acts import SideActs
from workflows.procedures.inspection_state import END_STATES, OPEN_STATES, InspectionState
from workflows.procedures.papers import employer_of, paper
from workflows.procedures.sharing_rows import agency_checked, no_personal_numbers, regulator_checked
from workflows.roles import ASSIGNED, Role, Who

S = InspectionState
INSPECTOR: list[Role | Who] = [ASSIGNED]
SQUAD: list[Role | Who] = [Role.SQUAD_LEADER]


class Inspection(SideActs):
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
    decision_pay_by = models.DateField(null=True)
    hearing_right = models.BooleanField(default=False)
    legal_reviewer = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    legal_review_passed = models.BooleanField(null=True)
    defence_heard_at = models.DateTimeField(null=True)
    discussed_at = models.DateTimeField(null=True)
    hearing_chair = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
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

    # --- filing, assigning, establishing the facts -------------------------------------------------------------------

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
        changes=[rows.filing_carried],
        starts=[
            Starts("INV-01", counted_from=rows.earlier_start, carried=True),
            Starts("INV-02", counted_from=rows.earlier_start, carried=True),
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
        checks=[rows.verified_checked, regulator_checked, no_personal_numbers("contracting")],
        changes=[rows.lines_verified],
        starts=["DEC-01"],
        stops=["INV-01"],
        sends=[Sends("ILLEGAL_CONTRACTING", when=lambda s: bool(s.inputs["contracting"]))],
        correctable=True,
    )
    def establish_facts(self, *, findings: str, able_to_pay: bool | None, evasion: str, **told: Any) -> None:
        self.findings, self.able_to_pay, self.evasion = findings, able_to_pay, evasion

    # --- the order ---------------------------------------------------------------------------------------------------

    @action(
        "责令限期支付",
        source=S.FACTS_ESTABLISHED,
        target=S.ORDERED,
        by=INSPECTOR,
        law="LSIR 26, 18; WPR 42",
        asks=forms.OrderForm,
        approval=Role.SQUAD_LEADER,
        requires=[two_inspectors, lines_stand, someone_unpaid],
        checks=[rows.addressee_checked],
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
        requires=[two_inspectors, lines_stand, someone_unpaid],
        checks=[rows.addressee_checked],
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

    # --- intent, decision, enforcement -------------------------------------------------------------------------------

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
        self.legal_review_passed = self.defence_heard_at = self.discussed_at = self.hearing_chair = None

    @action(
        "作出决定",
        source=S.INTENT_INFORMED,
        target=S.DECIDED,
        by=INSPECTOR,
        law="LSIR 26; APL 57; HNEX 29",
        asks=forms.DecideForm,
        approval=Role.BUREAU_HEAD,
        requires=[served(PaperKind.INTENT_NOTICE), rows.defence_heard, rows.review_passed],
        checks=[rows.term_checked],
        changes=[paper(PaperKind.HANDLING_FORM), paper(PaperKind.DECISION, addressee=employer_of)],
        starts=[Starts("DEC-14", when=lambda s: s.inputs["party_absent"])],
        stops=["DEC-01", "DEC-02", "HEARING_ON"],
        sends=["DECIDED", Sends("PENALTY_COPIED", when=rows.penalty_intended)],
    )
    def decide(self, *, pay_by: Any, **told: Any) -> None:
        self.remedy, self.decision_pay_by = "", pay_by

    @action(
        "变更决定",
        source=S.DECIDED,
        target=S.DECIDED,
        by=INSPECTOR,
        law="HNEX 29",
        asks=forms.DecideForm,
        approval=Role.BUREAU_HEAD,
        checks=[rows.term_checked],
        changes=[paper(PaperKind.DECISION, addressee=employer_of, replaces=True)],
        sends=["DECIDED", Sends("PENALTY_COPIED", when=rows.penalty_intended)],
    )
    def revise_decision(self, *, pay_by: Any, **told: Any) -> None:
        self.remedy, self.decision_pay_by = "", pay_by

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

    # --- the ends ----------------------------------------------------------------------------------------------------

    @action(
        "确认已履行",
        source=[s for s in OPEN_STATES if s != S.COMPLIED],
        target=S.COMPLIED,
        by=INSPECTOR,
        law="LSIR 18; WPR 11",
        asks=forms.ComplianceForm,
        requires=[rows.has_lines, nothing_unpaid],
        stops=["INV-01", "DEC-01", "PAY-12", "PAY-13", "PAY_BY", "HEARING_ON"],
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
        requires=[
            rows.closable,
            rows.lines_settled,
            no_money_on_its_way,
            unanswered,
            rows.papers_served,
            rows.police_decided,
        ],
        changes=[rows.closed_as, paper(PaperKind.CLOSING_FORM)],
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
        requires=[unanswered, rows.no_open_transfer, no_money_on_its_way],
        changes=[paper(PaperKind.CANCELLATION)],
        also=rows.complaints_concluded,
        stops=["INV-01", "INV-02", "DEC-01", "DEC-02"],
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
        requires=[rows.no_open_transfer, no_money_on_its_way],
        checks=[agency_checked],
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
        changes=[rows.filing_carried],
        starts=[
            Starts("INV-01", when=rows.investigated_longer, counted_from=rows.earlier_start, carried=True),
            Starts("INV-02", when=rows.filed_earlier, counted_from=rows.earlier_start, carried=True),
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

    @action(
        "重新计算期限",
        source=list(InspectionState),
        target=None,
        by=[Role.SYSTEM],
        law="HOL 6",
        step_only=True,
        note="放假安排公布或更正、期限中止后由系统重新计算，记下原日期和新日期",
    )
    def recompute(self, **told: Any) -> None: ...
