"""The wage deposit and the county's revolving fund on a case: asked → granted → paid → brought in again.

Each yuan is a payment on a line that names its use (PAY-01: to the worker in person), and each yuan that comes back a
recovery. The deposit is touched on a treatment decision whose term has passed and in no other case (PAY-04: DEP 19).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from workflows import clock
from workflows.action import Change, Step, insert, update
from workflows.casefile.file import CaseFile
from workflows.casefile.fund import FundKind, FundShare, FundUse, Recovery
from workflows.casefile.ledger import ZERO, Payer
from workflows.casefile.papers import PaperKind
from workflows.errors import InvalidInput
from workflows.inputs import Choice, CleanText, Inputs, Money, Pointer, Rows, Tick, YesNo
from workflows.move import law_limit
from workflows.procedures.inspection_forms import PaidForm
from workflows.procedures.intake_forms import OPTIONAL
from workflows.procedures.liability_rows import chain_of, liability_of
from workflows.procedures.money import pay, payment_checked, room_on, transfer_was_sent

PAYERS = {FundKind.DEPOSIT: Payer.WAGE_DEPOSIT, FundKind.RELIEF: Payer.RELIEF_FUND}
State = FundUse.State


class DepositForm(Inputs):
    """使用工资保证金: which bank or guarantor, whose deposit, how much on which line."""

    shares = Rows(PaidForm, label="逐人金额")
    bank = CleanText(label="经办银行（保函出具机构）", max_length=120)
    depositor = CleanText(label="缴存单位", max_length=120, help_text="空白为施工总承包单位", **OPTIONAL)


class DepositPaidForm(Inputs):
    """What the bank did. What came back unpaid, or was called back because the employer paid, ends here too."""

    use = Pointer("fund_use", label="保证金使用")
    unpaid = Tick(label="银行未支付（退回，或者通知已撤回）")
    proof = CleanText(label="银行转账凭证（未支付的，退回凭证或者撤回文号）", max_length=200)
    reason = CleanText(label="未支付的理由、补录理由", lines=True, **OPTIONAL)


class FundForm(Inputs):
    """申请应急周转金 (WPR 63): the employer is for the time unable to pay, or has absconded."""

    CAUSES = (("unable", "用人单位一时难以支付"), ("absconded", "用人单位负责人逃匿"))
    shares = Rows(PaidForm, label="逐人金额")
    cause = Choice(label="申请理由", choices=CAUSES)
    recover_from = CleanText(label="追偿对象", max_length=120, help_text="空白为清偿责任人", **OPTIONAL)
    reason = CleanText(label="说明", lines=True)


class FundGrantForm(Inputs):
    """县政府的批准 (section 2 of the rules: the county government, no delegate)."""

    use = Pointer("fund_use", label="周转金申请")
    granted = YesNo(label="县政府是否批准")
    paper = CleanText(label="批准文号", max_length=120)
    reason = CleanText(label="不批准的理由", lines=True, **OPTIONAL)


class FundPaidForm(Inputs):
    use = Pointer("fund_use", label="周转金申请")
    unpaid = Tick(label="未发放（退回，或者申请已撤回）")
    proof = CleanText(label="发放凭证（未发放的，退回凭证或者撤回文号）", max_length=200)
    reason = CleanText(label="未发放的理由、补录理由", lines=True, **OPTIONAL)


class RecoveryForm(Inputs):
    """What came back: the contractor topped up the deposit, or the employer repaid the fund."""

    use = Pointer("fund_use", label="保证金、周转金使用")
    amount = Money(label="金额（元）", min_value="0.01")
    from_whom = CleanText(label="缴款单位", max_length=120)
    proof = CleanText(label="缴款凭证", max_length=200)
    reason = CleanText(label="补录理由", lines=True, **OPTIONAL)


class CounterRecoveryForm(Inputs):
    recovery = Pointer("recovery", label="要冲正的收回")
    reason = CleanText(label="冲正理由", lines=True)


# --- conditions ------------------------------------------------------------------------------------------------------


def treatment_decided(file: CaseFile, subject: Any, at: datetime) -> str | None:
    """PAY-04: the principal of the deposit is touched on a treatment decision and in no other case."""
    return None if subject.intended == "treatment" else "须有责令支付的行政处理决定，才能动用工资保证金（PAY-04）"


def decision_term_passed(file: CaseFile, subject: Any, at: datetime) -> str | None:
    """PAY-04: and only once the term of that decision has passed unpaid (24:00 of its last day)."""
    term = subject.decision_pay_by
    if term is None:
        return "行政处理决定没有写明履行期限，不能动用工资保证金（PAY-04）；请变更决定写明"
    return None if clock.legal_day(at) > term else f"处理决定的履行期限 {term} 尚未届满（PAY-04）"


def _waiting(kind: FundKind, state: str, none: str) -> Any:
    def guard(file: CaseFile, subject: Any, at: datetime) -> str | None:
        return None if any(u.kind == kind and u.state == state for u in file.fund_uses) else none

    return guard


deposit_granted = _waiting(FundKind.DEPOSIT, State.GRANTED, "没有待银行支付的保证金使用")
fund_asked = _waiting(FundKind.RELIEF, State.ASKED, "没有待批准的周转金申请")
fund_granted = _waiting(FundKind.RELIEF, State.GRANTED, "没有已批准待发放的周转金")


#: what a use that waits needs, by kind and state: the act that says what came of it
_WAITS = {
    (FundKind.DEPOSIT, State.GRANTED): "还没有银行支付的结果，请先“记录保证金支付”（未支付的，勾选银行未支付）",
    (FundKind.RELIEF, State.ASKED): "还没有县政府的批复，请先“记录周转金批复”",
    (FundKind.RELIEF, State.GRANTED): "还没有发放的结果，请先“记录周转金发放”（未发放的，勾选未发放）",
}


def no_money_on_its_way(file: CaseFile, subject: Any, at: datetime) -> str | None:
    """The bank, or the county, may still pay on our paper: the case that would book the money does not end before."""
    waiting = [
        f"{use.paper or use.get_kind_display()}（{use.amount:,.2f} 元，{use.source}）"
        f"{_WAITS[FundKind(use.kind), State(use.state)]}"
        for use in file.fund_uses
        if use.waiting
    ]
    return f"保证金、周转金尚未办完：{'；'.join(waiting)}" if waiting else None


def something_to_recover(file: CaseFile, subject: Any, at: datetime) -> str | None:
    return None if any(u.rest > 0 for u in file.fund_uses) else "没有待收回的保证金或周转金"


def something_recovered(file: CaseFile, subject: Any, at: datetime) -> str | None:
    return None if any(u.recovered > 0 for u in file.fund_uses) else "没有可以冲正的收回"


# --- asking ----------------------------------------------------------------------------------------------------------


def shares_checked(step: Step) -> None:
    """As for a payment; what is asked for and not paid yet counts as well, so that no yuan is asked for twice."""
    payment_checked(step)
    waiting: dict[int, Any] = {}
    for use in step.file.fund_uses:
        if use.waiting:
            for share in use.shares.all():
                waiting[share.line_id] = waiting.get(share.line_id, ZERO) + share.amount
    asked: dict[int, Any] = {}
    for number, share in enumerate(step.inputs["shares"], start=1):
        line = share["line"]
        if line.pk in asked:
            raise InvalidInput({"shares": f"第 {number} 行：同一笔明细出现两次"})
        asked[line.pk] = share["amount"]
        room = room_on(line) - waiting.get(line.pk, ZERO)
        if share["amount"] > room:
            raise InvalidInput(
                {
                    "shares": f"第 {number} 行：{line.worker.name}已有申请中的金额，最多还可申请 {max(room, ZERO):,.2f} 元"
                }
            )


def deposit_used(step: Step) -> Sequence[Change]:
    """The use, its shares; the notice to the bank is its paper."""
    chain = chain_of(step.file)
    contractor = chain.general_contractor if chain is not None else ""
    depositor = step.inputs["depositor"] or contractor or step.file.case.employer.name
    use = _use(step, FundKind.DEPOSIT, State.GRANTED, source=step.inputs["bank"], recover_from=depositor)
    use.granted_at = step.at
    return [insert(use), *(insert(s) for s in _shares(step, use))]


def fund_applied(step: Step) -> Sequence[Change]:
    recover_from = step.inputs["recover_from"] or liability_of(step.file).name or step.file.case.employer.name
    use = _use(step, FundKind.RELIEF, State.ASKED, source="县应急周转金", recover_from=recover_from)
    return [insert(use), *(insert(s) for s in _shares(step, use))]


def _use(step: Step, kind: FundKind, state: str, *, source: str, recover_from: str) -> FundUse:
    amount = sum((share["amount"] for share in step.inputs["shares"]), ZERO)
    use = FundUse(case=step.file.case, kind=kind, state=state, amount=amount, source=source,
                  recover_from=recover_from, asked_at=step.at)  # fmt: skip
    step.facts["fund"] = {"use": str(use.public_id), "kind": kind.value, "amount": f"{amount:.2f}"}
    step.inputs["use"] = use
    return use


def _shares(step: Step, use: FundUse) -> list[FundShare]:
    return [FundShare(use=use, line=share["line"], amount=share["amount"]) for share in step.inputs["shares"]]


def paper_noted(kind: PaperKind) -> Any:
    """The use points to the paper that asks for it."""

    def note(step: Step) -> Sequence[Change]:
        use: FundUse = step.inputs["use"]
        use.paper = step.file.latest(kind)
        return [] if use.pk is None else [update(use, "paper")]

    return note


# --- granting, paying ------------------------------------------------------------------------------------------------


def use_checked(kind: FundKind, state: str) -> Any:
    """The use an input names: of this kind, in this state."""

    def check(step: Step) -> None:
        rows = [u for u in step.file.fund_uses if u.kind == kind and u.state == state]
        step.inputs["use"] = step.file.of_file(rows, step.inputs["use"], "use")

    return check


def grant_told(step: Step) -> None:
    if not step.inputs["granted"] and not step.inputs["reason"]:
        raise InvalidInput({"reason": "未批准的，请写明理由"})


def fund_granted_or_not(step: Step) -> Sequence[Change]:
    use: FundUse = step.inputs["use"]
    use.state = State.GRANTED if step.inputs["granted"] else State.REFUSED
    use.granted_paper, use.granted_at = step.inputs["paper"], step.at
    step.facts["fund"] = {"use": str(use.public_id), "granted": step.inputs["granted"]}
    return [update(use, "state", "granted_paper", "granted_at")]


def unpaid_told(step: Step) -> None:
    if step.inputs["unpaid"] and not step.inputs["reason"]:
        raise InvalidInput({"reason": "未支付的，请写明理由"})


def fund_paid_out(step: Step) -> Sequence[Change]:
    """Payments on the lines, line by line as asked for; what the employer paid in the meantime is not paid again.
    Where no money went out, the use ends without a payment and its lines are free."""
    use: FundUse = step.inputs["use"]
    if step.inputs["unpaid"]:
        use.state = State.UNPAID
        step.facts["fund"] = {"use": str(use.public_id), "paid": f"{ZERO:.2f}"}
        return [update(use, "state")]
    lines = {line.pk: line for line in step.file.lines}
    shares: list[dict[str, Any]] = []
    for share in use.shares.all():
        line = lines[share.line_id]
        amount = min(share.amount, room_on(line))
        if amount > 0:
            shares.append({"line": line, "amount": amount})
    if not shares:
        raise InvalidInput({"use": "所列明细都已付清，不用再支付；请撤回通知，勾选未支付"})
    changes = pay(step, PAYERS[FundKind(use.kind)], shares, fund_use=use)
    use.state, use.paid_at = State.PAID, step.at
    use.paid = sum((share["amount"] for share in shares), ZERO)
    fields = ["state", "paid_at", "paid"]
    if use.kind == FundKind.DEPOSIT:
        use.top_up_by = top_up_day(step)
        fields.append("top_up_by")
    step.facts["fund"] = {"use": str(use.public_id), "paid": f"{use.paid:.2f}"}
    return [*changes, update(use, *fields)]


def top_up_day(step: Step) -> date:
    """By when the contractor tops the deposit up: PAY-05 of the rule table, from memory and correctable there."""
    return law_limit("PAY-05", step.at).due_on


def to_top_up(step: Step) -> list[tuple[date, Any]]:
    """The duty begins with the money that went out: none went out, none begins."""
    use = step.inputs["use"]
    return [(use.top_up_by, use.public_id)] if use.top_up_by is not None else []


def paid_after_sending(step: Step) -> bool:
    return not step.inputs["unpaid"] and transfer_was_sent(step)


def top_up_again(step: Step) -> list[tuple[date, Any]]:
    """What was taken back as brought in is owed again, by the day it was owed by before."""
    use = next(u for u in step.file.fund_uses if u.pk == step.inputs["recovery"].use_id)
    return [(use.top_up_by, use.public_id)] if use.top_up_by is not None and use.rest > 0 else []


def bank_day(step: Step) -> date:
    """By when the bank pays from the notice: PAY-04 of the rule table."""
    return law_limit("PAY-04", step.at).due_on


# --- bringing in -----------------------------------------------------------------------------------------------------


def recovery_checked(step: Step) -> None:
    use = step.file.of_file([u for u in step.file.fund_uses if u.paid > 0], step.inputs["use"], "use")
    if step.inputs["amount"] > use.rest:
        raise InvalidInput({"amount": f"待收回只有 {use.rest:,.2f} 元"})
    step.inputs["use"] = use


def recovered(step: Step) -> Sequence[Change]:
    use: FundUse = step.inputs["use"]
    row = Recovery(use=use, amount=step.inputs["amount"], at=step.at, from_whom=step.inputs["from_whom"],
                   proof=step.inputs["proof"])  # fmt: skip
    use.recovered += row.amount
    step.facts["fund"] = {"use": str(use.public_id), "recovered": f"{row.amount:.2f}", "rest": f"{use.rest:.2f}"}
    return [insert(row), update(use, "recovered")]


def back_in_full(step: Step) -> bool:
    """The deposit is as it was: the duty to top it up ends."""
    return bool(step.inputs["use"].rest == 0)


def never_advanced(step: Step) -> bool:
    """The bank sent the money back: nothing of this use is out any more, and nothing is to be topped up."""
    use = _use_of_payment(step)
    return use is not None and use.rest == 0


def use_of_payment(step: Step) -> Any:
    use = _use_of_payment(step)
    return None if use is None else use.public_id


def _use_of_payment(step: Step) -> FundUse | None:
    return next((u for u in step.file.fund_uses if u.pk == step.inputs["payment"].fund_use_id), None)


def recovery_found(step: Step) -> None:
    rows = list(Recovery.objects.filter(use__case=step.file.case).select_related("use").order_by("id"))
    found = step.file.of_file(rows, step.inputs["recovery"], "recovery")
    if found.corrects_id is not None or any(r.corrects_id == found.pk for r in rows):
        raise InvalidInput({"recovery": "这笔收回已经冲正"})
    step.inputs["recovery"] = found


def recovery_countered(step: Step) -> Sequence[Change]:
    """The counter-entry beside the wrong one."""
    wrong: Recovery = step.inputs["recovery"]
    use = next(u for u in step.file.fund_uses if u.pk == wrong.use_id)
    row = Recovery(use=use, amount=-wrong.amount, at=step.at, from_whom=wrong.from_whom,
                   proof=step.inputs["reason"][:200], corrects=wrong)  # fmt: skip
    use.recovered -= wrong.amount
    step.facts["fund"] = {"use": str(use.public_id), "recovered": f"{row.amount:.2f}", "rest": f"{use.rest:.2f}"}
    return [insert(row), update(use, "recovered")]
