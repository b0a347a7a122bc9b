"""The acts of the inspection that concern money: lines verified, paid, countered, settled, withdrawn; who must pay; the
wage deposit and the revolving fund."""

from __future__ import annotations

from typing import Any

from workflows.action import Procedure, Sends, SetsDate, Stops, action
from workflows.casefile.fund import FundKind, FundUse
from workflows.casefile.papers import PaperKind
from workflows.procedures import fund_rows as fund
from workflows.procedures import import_rows as imports
from workflows.procedures import inspection_forms as forms
from workflows.procedures import inspection_rows as rows
from workflows.procedures import liability_rows as liability
from workflows.procedures.guards import served, two_inspectors
from workflows.procedures.inspection_state import AFTER_END, OPEN_STATES, InspectionState
from workflows.procedures.papers import paper
from workflows.roles import ASSIGNED, Role, Who

S = InspectionState
INSPECTOR: list[Role | Who] = [ASSIGNED]
#: states in which the order carries what is verified, so that what comes late is verified by itself
AFTER_FACTS = [s for s in OPEN_STATES if s not in (S.FILED, S.INVESTIGATING, S.COMPLIED)]


class MoneyActs(Procedure):
    """What happens to the lines; after the end only while a transfer or the decision on listing is open."""

    class Meta:
        abstract = True

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
        stops=[Stops("TOP_UP_BY", when=fund.never_advanced, about=fund.use_of_payment)],
        sends=[Sends("PAID_AFTER_SENDING", when=rows.transfer_was_sent)],
    )
    def counter_payment(self, **told: Any) -> None: ...

    @action(
        "了结明细",
        source=AFTER_END,
        target=None,
        by=INSPECTOR,
        law="法无明文（结案前逐笔了结，写入结案审批表）",
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
        law="法无明文（劳动者自行撤回，承办人记录）",
        asks=forms.LineWithdrawForm,
        checks=[rows.line_checked],
        changes=[rows.line_withdrawn],
    )
    def withdraw_claim(self, **told: Any) -> None: ...

    @action(
        "冲销明细",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="WPR 15",
        asks=forms.CounterLineForm,
        approval=Role.SQUAD_LEADER,
        checks=[rows.line_counter_checked],
        changes=[rows.line_countered],
    )
    def counter_line(self, **told: Any) -> None: ...

    @action(
        "核实补充明细",
        source=AFTER_FACTS,
        target=None,
        by=INSPECTOR,
        law="LSIR 17; WPR 50",
        asks=forms.VerifyForm,
        requires=[two_inspectors, rows.something_to_verify],
        checks=[rows.added_checked],
        changes=[rows.added_verified],
    )
    def verify_lines(self, **told: Any) -> None: ...

    @action(
        "导入工资明细",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="WPR 15, 50",
        asks=imports.TakeRosterForm,
        checks=[imports.roster_checked],
        changes=[imports.roster_taken],
    )
    def import_roster(self, **told: Any) -> None: ...

    @action(
        "按发放明细记录支付",
        source=AFTER_END,
        target=None,
        by=INSPECTOR,
        law="WPR 11, 31; SPC3 6",
        asks=imports.TakePayOutForm,
        requires=[rows.after_end_allowed],
        checks=[imports.pay_out_checked],
        changes=[imports.pay_out_taken],
        sends=[Sends("PAID_AFTER_SENDING", when=rows.transfer_was_sent)],
    )
    def record_pay_out(self, **told: Any) -> None: ...

    # --- who must pay ------------------------------------------------------------------------------------------------

    @action(
        "认定清偿责任事实",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="WPR 16, 18-22, 29, 30, 35-37",
        asks=liability.ChainForm,
        checks=[liability.chain_checked],
        changes=[liability.chain_established],
    )
    def establish_chain(self, **told: Any) -> None: ...

    # --- deposit and fund --------------------------------------------------------------------------------------------

    @action(
        "使用工资保证金",
        source=[S.DECIDED, S.DEMANDED, S.ENFORCEMENT_APPLIED],
        target=None,
        by=INSPECTOR,
        law="DEP 14, 16, 19",
        asks=fund.DepositForm,
        approval=Role.BUREAU_HEAD,
        requires=[fund.treatment_decided, served(PaperKind.DECISION), fund.decision_term_passed],
        checks=[fund.shares_checked],
        changes=[
            fund.deposit_used,
            paper(PaperKind.DEPOSIT_NOTICE, addressee=lambda s: s.inputs["bank"]),
            fund.paper_noted(PaperKind.DEPOSIT_NOTICE),
        ],
        starts=[SetsDate("BANK_PAYS_BY", lambda s: [(fund.bank_day(s), s.inputs["use"].public_id)])],
    )
    def use_deposit(self, **told: Any) -> None: ...

    @action(
        "记录保证金支付",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="DEP 19; WPR 11, 31",
        asks=fund.DepositPaidForm,
        requires=[fund.deposit_granted],
        checks=[fund.use_checked(FundKind.DEPOSIT, FundUse.State.GRANTED), fund.unpaid_told],
        changes=[fund.fund_paid_out],
        starts=[SetsDate("TOP_UP_BY", fund.to_top_up)],
        stops=[Stops("BANK_PAYS_BY", about=lambda s: s.inputs["use"].public_id)],
        sends=[Sends("PAID_AFTER_SENDING", when=fund.paid_after_sending)],
    )
    def record_deposit_paid(self, **told: Any) -> None: ...

    @action(
        "申请应急周转金",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="WPR 63",
        asks=fund.FundForm,
        approval=Role.BUREAU_HEAD,
        checks=[fund.shares_checked],
        changes=[
            fund.fund_applied,
            paper(PaperKind.FUND_APPLICATION, addressee="县人民政府"),
            fund.paper_noted(PaperKind.FUND_APPLICATION),
        ],
    )
    def apply_relief_fund(self, **told: Any) -> None: ...

    @action(
        "记录周转金批复",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="WPR 63",
        asks=fund.FundGrantForm,
        requires=[fund.fund_asked],
        checks=[fund.use_checked(FundKind.RELIEF, FundUse.State.ASKED), fund.grant_told],
        changes=[fund.fund_granted_or_not],
    )
    def record_fund_grant(self, **told: Any) -> None: ...

    @action(
        "记录周转金发放",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="WPR 63, 11, 31",
        asks=fund.FundPaidForm,
        requires=[fund.fund_granted],
        checks=[fund.use_checked(FundKind.RELIEF, FundUse.State.GRANTED), fund.unpaid_told],
        changes=[fund.fund_paid_out],
        sends=[Sends("PAID_AFTER_SENDING", when=fund.paid_after_sending)],
    )
    def record_fund_paid(self, **told: Any) -> None: ...

    @action(
        "记录收回",
        source=AFTER_END,
        target=None,
        by=INSPECTOR,
        law="WPR 63; DEP",
        asks=fund.RecoveryForm,
        requires=[fund.something_to_recover],
        checks=[fund.recovery_checked],
        changes=[fund.recovered],
        stops=[Stops("TOP_UP_BY", when=fund.back_in_full, about=lambda s: s.inputs["use"].public_id)],
    )
    def record_recovery(self, **told: Any) -> None: ...

    @action(
        "冲正收回",
        source=AFTER_END,
        target=None,
        by=INSPECTOR,
        law="WPR 63; DEP",
        asks=fund.CounterRecoveryForm,
        approval=Role.SQUAD_LEADER,
        requires=[fund.something_recovered],
        checks=[fund.recovery_found],
        changes=[fund.recovery_countered],
        starts=[SetsDate("TOP_UP_BY", fund.top_up_again)],
    )
    def counter_recovery(self, **told: Any) -> None: ...
