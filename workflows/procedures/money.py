"""What acts do to the wage ledger: verified, ordered, paid, settled. Decimal yuan; totals are sums of lines and
nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from workflows.action import Change, Step, insert, update
from workflows.casefile.file import CaseFile
from workflows.casefile.ledger import ZERO, LedgerLine, Moment, Payer, Payment, Settled
from workflows.casefile.papers import PaperKind
from workflows.errors import InvalidInput
from workflows.inputs import Months

#: settled by handing the claim on: the money is still owed, and what comes in is recorded
STILL_OWED = frozenset(
    {Settled.IN_CRIMINAL_RECOVERY, Settled.IN_COURT_ENFORCEMENT, Settled.TO_ARBITRATION_OR_COURT, Settled.UNREACHABLE}
)


def verified_checked(step: Step) -> None:
    """Each named line is one of the case, once."""
    seen = set()
    for row in step.inputs.get("verified") or []:
        row["line"] = step.file.of_file(step.file.lines, row["line"], "verified")
        if row["line"].pk in seen:
            raise InvalidInput({"verified": "同一笔明细出现两次"})
        seen.add(row["line"].pk)
        row["months"] = Months(required=False).clean(row["months"]) if row["months"] else None


def lines_verified(step: Step) -> Sequence[Change]:
    """What is not named stands as claimed: INV-07, WPR 50 put the burden on the employer."""
    named = {row["line"].pk: row for row in step.inputs.get("verified") or []}
    changes, before = [], []
    for line in step.file.lines:
        row = named.get(line.pk)
        before.append([str(line.public_id), None if line.verified is None else str(line.verified), str(line.months)])
        line.verified = row["verified"] if row else line.claimed
        if row and row["months"] is not None:
            line.months = row["months"]
        changes.append(update(line, "verified", "months"))
    step.facts["lines_before"] = before
    return changes


def unverified(step: Step) -> Sequence[Change]:
    """What establishing the facts set is put back to what stood before, line by line, and the findings are unsaid."""
    last = step.file.root.events.order_by("-seq").first()
    before = {row[0]: row for row in last.facts["lines_before"]}
    lines = [line for line in step.file.lines if str(line.public_id) in before]
    for line in lines:
        _, verified, months = before[str(line.public_id)]
        line.verified, line.months = None if verified is None else Decimal(verified), Decimal(months)
    inspection = step.subject
    inspection.findings, inspection.able_to_pay, inspection.evasion = "", None, ""
    return [
        *(update(line, "verified", "months") for line in lines),
        update(inspection, "findings", "able_to_pay", "evasion"),
    ]


def lines_ordered(step: Step) -> Sequence[Change]:
    """The order carries what is verified and not settled otherwise."""
    open_lines = [x for x in step.file.lines if x.open]
    for line in open_lines:
        line.ordered = line.verified if line.verified is not None else line.claimed
    return [update(line, "ordered") for line in open_lines]


def payment_checked(step: Step) -> None:
    """Each share is on an open line of the case and no more than its rest (I20: paid ≤ owed)."""
    sums: dict[int, Decimal] = {}
    for number, share in enumerate(step.inputs["shares"], start=1):
        share["line"] = line = step.file.of_file(step.file.lines, share["line"], "shares")
        sums[line.pk] = sums.get(line.pk, Decimal(0)) + share["amount"]
        room = line.owed - line.paid
        if line.settled_how not in STILL_OWED:
            room -= line.settled_otherwise
        if sums[line.pk] > room:
            raise InvalidInput(
                {"shares": f"第 {number} 行：{line.worker.name}尚欠 {max(room, Decimal(0)):,.2f} 元，不能记录更多支付"}
            )


def paid(step: Step) -> Sequence[Change]:
    return _pay(step, step.inputs["payer"])


def paid_from_deposit(step: Step) -> Sequence[Change]:
    return _pay(step, Payer.WAGE_DEPOSIT)


def paid_from_fund(step: Step) -> Sequence[Change]:
    return _pay(step, Payer.RELIEF_FUND)


def _pay(step: Step, payer: str) -> list[Change]:
    changes: list[Change] = []
    total = Decimal(0)
    moment = moment_of(step)
    for share in step.inputs["shares"]:
        line: LedgerLine = share["line"]
        payment = Payment(
            line=line, amount=share["amount"], at=step.at, payer=payer, moment=moment, proof=step.inputs["proof"]
        )
        step.file.payments.append(payment)
        line.paid += share["amount"]
        total += share["amount"]
        if line.settled_how in STILL_OWED:
            line.settled_otherwise = max(Decimal(0), line.owed - line.paid)
        if line.owed == line.paid:
            line.settled_how, line.settled_at = Settled.PAID, step.at
        changes += [insert(payment), update(line, "paid", "settled_how", "settled_at", "settled_otherwise")]
    step.facts["paid"] = f"{total:.2f}"
    step.facts["paid_to"] = [share["line"].worker.name for share in step.inputs["shares"]]
    step.facts["moment"] = moment
    return changes


def moment_of(step: Step) -> Moment:
    """When the payment falls relative to the criminal case (AFT-08, SPC3 6)."""
    at: datetime = step.at
    transfers = [t for t in step.file.transfers if t.kind == "refusal_to_pay" and t.sent_at is not None]
    orders = [p.made_at for p in step.file.all_papers if p.kind == PaperKind.ORDER]
    if not orders or at < min(orders):
        return Moment.BEFORE_ORDER
    latest = transfers[-1] if transfers else None
    if latest is None or latest.police_filed_at is None or at < latest.police_filed_at:
        return Moment.BEFORE_FILING
    if latest.indicted_at is None or at < latest.indicted_at:
        return Moment.BEFORE_INDICTMENT
    if latest.judged_at is None or at < latest.judged_at:
        return Moment.BEFORE_JUDGMENT
    return Moment.AFTER_JUDGMENT


def treatment_decided(file: CaseFile, subject: Any, at: datetime) -> str | None:
    """PAY-04: the principal of the deposit is touched on a treatment decision and in no other case."""
    return None if subject.intended == "treatment" else "须有责令支付的行政处理决定，才能动用工资保证金（PAY-04）"


def transfer_was_sent(step: Step) -> bool:
    """A payment after `sent` sends the payment certificate to police and procuratorate (AFT-08)."""
    return any(
        t.kind == "refusal_to_pay" and t.sent_at is not None and t.sent_at <= step.at and not t.ended
        for t in step.file.transfers
    )


def counter_checked(step: Step) -> None:
    found = step.file.of_file(step.file.payments, step.inputs["payment"], "payment")
    if found.corrects_id is not None or any(p.corrects_id == found.pk for p in step.file.payments):
        raise InvalidInput({"payment": "这笔支付已经冲正"})
    step.inputs["payment"] = found


def payment_countered(step: Step) -> Sequence[Change]:
    """A correction is a counter-line: the payment stays, its opposite stands beside it."""
    wrong: Payment = step.inputs["payment"]
    line = next(x for x in step.file.lines if x.pk == wrong.line_id)
    line.paid -= wrong.amount
    if line.settled_how == Settled.PAID:
        line.settled_how, line.settled_at = "", None
    elif line.settled_how in STILL_OWED:
        line.settled_otherwise = line.owed - line.paid
    counter = Payment(line=line, amount=-wrong.amount, at=step.at, payer=wrong.payer, moment=wrong.moment,
                      proof=step.inputs["reason"][:200], corrects=wrong)  # fmt: skip
    step.facts["paid"] = f"{-wrong.amount:.2f}"
    step.facts["paid_to"] = [line.worker.name]
    step.file.payments.append(counter)
    return [insert(counter), update(line, "paid", "settled_how", "settled_at", "settled_otherwise")]


def recovery_ended(step: Step) -> Sequence[Change]:
    """The criminal case came to nothing (AFT-06, AFT-07): what was left to it is the inspection's again."""
    if step.subject.kind != "refusal_to_pay":
        return []
    lines = [x for x in step.file.lines if x.settled_how == Settled.IN_CRIMINAL_RECOVERY]
    for line in lines:
        line.settled_otherwise, line.settled_how, line.settled_reason, line.settled_at = ZERO, "", "", None
    return [update(line, "settled_otherwise", "settled_how", "settled_reason", "settled_at") for line in lines]


def line_checked(step: Step) -> None:
    found = step.file.of_file(step.file.lines, step.inputs["line"], "line")
    if not found.open:
        raise InvalidInput({"line": f"这笔明细已了结：{found.get_settled_how_display()}"})
    step.inputs["line"] = found


def settle_checked(step: Step) -> None:
    line_checked(step)
    how = step.inputs["how"]
    if how == Settled.UNREACHABLE and (step.inputs.get("tries") or 0) < 2:
        raise InvalidInput({"tries": "无法联系劳动者，须记录至少两次联系"})
    if how == Settled.IN_CRIMINAL_RECOVERY and not any(t.in_criminal_hands for t in step.file.transfers):
        raise InvalidInput({"how": "公安机关尚未立案，不能记为刑事追缴中"})
    if how == Settled.IN_COURT_ENFORCEMENT and step.subject.state not in ("enforcement_applied", "closed"):
        raise InvalidInput({"how": "尚未申请法院强制执行"})


def line_settled(step: Step) -> Sequence[Change]:
    return _settle(step, step.inputs["how"])


def line_withdrawn(step: Step) -> Sequence[Change]:
    return _settle(step, Settled.WITHDRAWN)


def _settle(step: Step, how: str) -> list[Change]:
    line: LedgerLine = step.inputs["line"]
    line.settled_otherwise += line.rest
    line.settled_how, line.settled_reason, line.settled_at = how, step.inputs["reason"][:300], step.at
    step.facts["settled"] = [line.worker.name, how, f"{line.settled_otherwise:.2f}"]
    return [update(line, "settled_otherwise", "settled_how", "settled_reason", "settled_at")]
