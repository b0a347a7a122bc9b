"""What acts do to the wage ledger: verified, ordered, paid, settled. Decimal yuan; totals are sums of lines and
nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from workflows.action import Change, Step, insert, update
from workflows.casefile.file import CaseFile
from workflows.casefile.ledger import ZERO, LedgerLine, Moment, Payment, Settled
from workflows.casefile.papers import PaperKind
from workflows.errors import InvalidInput
from workflows.inputs import Months

#: settled by handing the claim on: the money is still owed, and what comes in is recorded
STILL_OWED = frozenset(
    {Settled.IN_CRIMINAL_RECOVERY, Settled.IN_COURT_ENFORCEMENT, Settled.TO_ARBITRATION_OR_COURT, Settled.UNREACHABLE}
)


#: on what a line stands that the inspector did not touch: WPR 50 puts the burden of proof on the employer (INV-07)
BURDEN = "用人单位未能举证反驳，按主张认定（《保障农民工工资支付条例》第五十条）"
_VERIFIED = ("verified", "months", "verified_on", "verified_by")


def verified_checked(step: Step) -> None:
    """Each named line is one of the case, once; the evidence it stands on lies in the file."""
    seen = set()
    lines = {str(line.public_id): line for line in step.file.standing_lines}
    told = step.inputs
    told["evidence"] = _evidence(step, told.get("evidence"), "evidence")
    for number, row in enumerate(told.get("verified") or [], start=1):
        line = lines.get(row["line"])
        if line is None:
            raise InvalidInput({"verified": f"第 {number} 行：本案中没有这一项"})
        if line.pk in seen:
            raise InvalidInput({"verified": "同一笔明细出现两次"})
        seen.add(line.pk)
        row["line"] = line
        row["months"] = Months(required=False).clean(row["months"]) if row["months"] else None
        row["evidence"] = _evidence(step, row.get("evidence"), "verified")


def _evidence(step: Step, name: str | None, field: str) -> Any:
    return step.file.of_file(step.file.evidence, name, field) if name else None


def lines_verified(step: Step) -> Sequence[Change]:
    """What is not named stands as claimed: INV-07, WPR 50 put the burden on the employer."""
    named = {row["line"].pk: row for row in step.inputs.get("verified") or []}
    changes, before = [], []
    for line in step.file.standing_lines:
        before.append([str(line.public_id), None if line.verified is None else str(line.verified), str(line.months)])
        _verify(step, line, named.get(line.pk))
        changes.append(update(line, *_VERIFIED))
    step.facts["lines_before"] = before
    return changes


def _verify(step: Step, line: LedgerLine, row: dict[str, Any] | None) -> None:
    """The amount the evidence bears out, and which evidence: the line's own, else what the act names for all."""
    line.verified = row["verified"] if row else line.claimed
    if row and row["months"] is not None:
        line.months = row["months"]
    line.verified_by = (row or {}).get("evidence") or step.inputs.get("evidence")
    said = (row or {}).get("basis") or step.inputs.get("basis") or ""
    line.verified_on = said or ("" if line.verified_by else BURDEN)


def something_to_verify(file: CaseFile, subject: Any, at: datetime) -> str | None:
    """Lines that came after the facts were established are verified by themselves before they can be ordered."""
    waiting = any(x.open and x.ordered is None for x in file.standing_lines)
    return None if waiting else "没有待核实的明细"


def added_checked(step: Step) -> None:
    """Only what is not ordered yet can be verified; every line that waits is looked at, by name."""
    verified_checked(step)
    for number, row in enumerate(step.inputs["verified"], start=1):
        line: LedgerLine = row["line"]
        if line.ordered is not None or not line.open:
            raise InvalidInput({"verified": f"第 {number} 行：{line.worker.name}的这笔明细已责令或已了结，不能再核实"})


def added_verified(step: Step) -> Sequence[Change]:
    """核实补充明细: the named lines, each with its evidence."""
    rows = step.inputs["verified"]
    for row in rows:
        _verify(step, row["line"], row)
    step.facts["verified"] = [f"{len(rows)}", f"{sum((r['line'].verified for r in rows), ZERO):.2f}"]
    return [update(row["line"], *_VERIFIED) for row in rows]


def unverified(step: Step) -> Sequence[Change]:
    """What establishing the facts set is put back to what stood before, line by line, and the findings are unsaid."""
    last = step.file.newest_event
    before = {row[0]: row for row in last.facts["lines_before"]}
    lines = [line for line in step.file.lines if str(line.public_id) in before]
    for line in lines:
        _, verified, months = before[str(line.public_id)]
        line.verified, line.months = None if verified is None else Decimal(verified), Decimal(months)
        line.verified_on, line.verified_by = "", None
    inspection = step.subject
    inspection.findings, inspection.able_to_pay, inspection.evasion = "", None, ""
    return [
        *(update(line, *_VERIFIED) for line in lines),
        update(inspection, "findings", "able_to_pay", "evasion"),
    ]


def lines_ordered(step: Step) -> Sequence[Change]:
    """The order carries what is verified and not settled otherwise; `lines_stand` saw to it that all is verified."""
    open_lines = [x for x in step.file.standing_lines if x.open]
    for line in open_lines:
        line.ordered = line.verified
    return [update(line, "ordered") for line in open_lines]


def payment_checked(step: Step) -> None:
    """Each share is on an open line of the case and no more than its rest (I20: paid ≤ owed)."""
    sums: dict[int, Decimal] = {}
    lines = {str(line.public_id): line for line in step.file.standing_lines}
    for number, share in enumerate(step.inputs["shares"], start=1):
        line = lines.get(share["line"])
        if line is None:
            raise InvalidInput({"shares": f"第 {number} 行：本案中没有这一项"})
        share["line"] = line
        sums[line.pk] = sums.get(line.pk, Decimal(0)) + share["amount"]
        room = room_on(line)
        if sums[line.pk] > room:
            raise InvalidInput(
                {"shares": f"第 {number} 行：{line.worker.name}尚欠 {max(room, Decimal(0)):,.2f} 元，不能记录更多支付"}
            )


def room_on(line: LedgerLine) -> Decimal:
    """How much may still be paid on a line (yuan): what was handed on elsewhere is still owed."""
    room = line.owed - line.paid
    return room if line.settled_how in STILL_OWED else room - line.settled_otherwise


def paid(step: Step) -> Sequence[Change]:
    return pay(step, step.inputs["payer"], step.inputs["shares"])


def pay(step: Step, payer: str, shares: Sequence[dict[str, Any]], **source: Any) -> list[Change]:
    """Payments on lines: `shares` of line and amount, each with its own moment, voucher and row of a bank's file if it
    has them; `source` names the use of deposit or fund the money comes from."""
    changes: list[Change] = []
    total = Decimal(0)
    for share in shares:
        line: LedgerLine = share["line"]
        at = share.get("at") or step.at
        payment = Payment(
            line=line, amount=share["amount"], at=at, payer=payer, moment=moment_of(step, at),
            proof=(share.get("proof") or step.inputs["proof"])[:200], import_row=share.get("import_row"), **source,
        )  # fmt: skip
        if "payments" in step.file.__dict__:
            step.file.payments.append(payment)
        line.paid += share["amount"]
        total += share["amount"]
        if line.settled_how in STILL_OWED:
            line.settled_otherwise = max(Decimal(0), line.owed - line.paid)
        if line.owed == line.paid:
            line.settled_how, line.settled_at = Settled.PAID, step.at
        changes += [insert(payment), update(line, "paid", "settled_how", "settled_at", "settled_otherwise")]
    step.facts["paid"] = f"{total:.2f}"
    step.facts["paid_to"] = list(dict.fromkeys(share["line"].worker.name for share in shares))
    step.facts["moment"] = moment_of(step, step.at)
    return changes


def moment_of(step: Step, at: datetime) -> Moment:
    """When a payment falls relative to the criminal case (AFT-08, SPC3 6)."""
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
    use = next((u for u in step.file.fund_uses if u.pk == found.fund_use_id), None)
    if use is not None and found.amount > use.rest:
        raise InvalidInput({"payment": "这笔保证金、周转金的支付已收回，请先冲正收回"})
    step.inputs["payment"] = found


def payment_countered(step: Step) -> Sequence[Change]:
    """A correction is a counter-line: the payment stays, its opposite stands beside it.

    A line settled otherwise on the strength of that payment is open again, wholly: what was agreed of the rest was
    agreed of another rest, and no case may close over it.
    """
    wrong: Payment = step.inputs["payment"]
    line = next(x for x in step.file.lines if x.pk == wrong.line_id)
    line.paid -= wrong.amount
    if line.settled_how == Settled.PAID:
        line.settled_how, line.settled_at = "", None
    elif line.settled_how in STILL_OWED:
        line.settled_otherwise = line.owed - line.paid
    elif line.settled_how:
        step.facts["reopened"] = [line.worker.name, line.settled_how, f"{line.settled_otherwise:.2f}"]
        line.settled_how, line.settled_reason, line.settled_at, line.settled_otherwise = "", "", None, ZERO
    counter = Payment(line=line, amount=-wrong.amount, at=step.at, payer=wrong.payer, moment=wrong.moment,
                      proof=step.inputs["reason"][:200], corrects=wrong, import_row_id=wrong.import_row_id,
                      fund_use_id=wrong.fund_use_id)  # fmt: skip
    step.facts["paid"] = f"{-wrong.amount:.2f}"
    step.facts["paid_to"] = [line.worker.name]
    step.file.payments.append(counter)
    settled = ("settled_how", "settled_reason", "settled_at", "settled_otherwise")
    changes = [insert(counter), update(line, "paid", *settled)]
    use = next((u for u in step.file.fund_uses if u.pk == wrong.fund_use_id), None)
    if use is not None:  # the bank sent it back: it was never advanced
        use.paid -= wrong.amount
        changes.append(update(use, "paid"))
    return changes


def recovery_ended(step: Step) -> Sequence[Change]:
    """The criminal case came to nothing (AFT-06, AFT-07): what was left to it is the inspection's again."""
    if step.subject.kind != "refusal_to_pay":
        return []
    lines = [x for x in step.file.lines if x.settled_how == Settled.IN_CRIMINAL_RECOVERY]
    for line in lines:
        line.settled_otherwise, line.settled_how, line.settled_reason, line.settled_at = ZERO, "", "", None
    return [update(line, "settled_otherwise", "settled_how", "settled_reason", "settled_at") for line in lines]


def line_checked(step: Step) -> None:
    found = step.file.of_file(step.file.standing_lines, step.inputs["line"], "line")
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


def line_counter_checked(step: Step) -> None:
    """A line entered wrongly is taken back whole; what was paid on it is corrected first, payment by payment."""
    found = step.file.of_file(step.file.lines, step.inputs["line"], "line")
    if not found.stands:
        raise InvalidInput({"line": "这笔明细已经冲销"})
    if found.paid:
        raise InvalidInput({"line": f"这笔明细已记支付 {found.paid:,.2f} 元，请先冲正支付"})
    if any(share.line_id == found.pk for use in step.file.fund_uses if use.waiting for share in use.shares.all()):
        raise InvalidInput({"line": "这笔明细已列入保证金或周转金的申请，不能冲销"})
    step.inputs["line"] = found


def line_countered(step: Step) -> Sequence[Change]:
    """The counter-line: every amount of the wrong line once more with the other sign, so that each column sums to
    nought."""
    wrong: LedgerLine = step.inputs["line"]
    wrong.settled_otherwise += wrong.rest
    wrong.countered, wrong.settled_how, wrong.settled_at = True, Settled.UNFOUNDED, step.at
    wrong.settled_reason = step.inputs["reason"][:300]
    counter = LedgerLine(
        complaint_id=wrong.complaint_id, case=step.file.case, worker=wrong.worker, period_from=wrong.period_from,
        period_to=wrong.period_to, pay_basis=wrong.pay_basis, claimed=-wrong.claimed,
        verified=None if wrong.verified is None else -wrong.verified,
        ordered=None if wrong.ordered is None else -wrong.ordered, settled_otherwise=-wrong.settled_otherwise,
        settled_how=wrong.settled_how, settled_reason=wrong.settled_reason, settled_at=step.at, corrects=wrong,
    )  # fmt: skip
    step.file.lines.append(counter)
    step.facts["countered"] = [wrong.worker.name, f"{wrong.claimed:.2f}"]
    settled = ("settled_otherwise", "settled_how", "settled_reason", "settled_at")
    return [insert(counter), update(wrong, "countered", *settled)]
