"""The acts of the inspection on the wage ledger: paid, countered, settled, withdrawn, paid from deposit or fund."""

from __future__ import annotations

from typing import Any

from workflows.action import Procedure, Sends, action
from workflows.casefile.papers import PaperKind
from workflows.procedures import inspection_forms as forms
from workflows.procedures import inspection_rows as rows
from workflows.procedures.guards import served
from workflows.procedures.inspection_state import AFTER_END, OPEN_STATES, InspectionState
from workflows.procedures.papers import paper
from workflows.roles import ASSIGNED, Role, Who

S = InspectionState
INSPECTOR: list[Role | Who] = [ASSIGNED]


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
        "使用工资保证金",
        source=[S.DECIDED, S.DEMANDED, S.ENFORCEMENT_APPLIED],
        target=None,
        by=INSPECTOR,
        law="DEP 14, 16, 19",
        asks=forms.MoneySourceForm,
        approval=Role.BUREAU_HEAD,
        requires=[rows.treatment_decided, served(PaperKind.DECISION)],
        checks=[rows.payment_checked],
        changes=[rows.paid_from_deposit, paper(PaperKind.DEPOSIT_NOTICE)],
        sends=[Sends("PAID_AFTER_SENDING", when=rows.transfer_was_sent)],
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
        sends=[Sends("PAID_AFTER_SENDING", when=rows.transfer_was_sent)],
    )
    def apply_relief_fund(self, **told: Any) -> None: ...
