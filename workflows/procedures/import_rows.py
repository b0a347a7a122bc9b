"""What taking an import does: rows of a roster become lines, rows of a bank's file become payments. One act, wholly.

Judged again under the lock: what another officer entered in the meantime is not entered twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from workflows.action import Change, Step, update
from workflows.casefile.file import CaseFile
from workflows.casefile.imports import Import, ImportKind, ImportRow
from workflows.casefile.ledger import Payment
from workflows.errors import InvalidInput, NotPossibleNow
from workflows.inputs import Choice, Count, Inputs, Pointer, Rows, Tick
from workflows.pay_outs import Match, Reconciled, reconcile
from workflows.procedures.inspection_forms import PaymentForm
from workflows.procedures.intake_forms import OPTIONAL
from workflows.procedures.line_rows import line_rows
from workflows.procedures.money import pay


class TakeRosterForm(Inputs):
    """导入工资明细: the rows of a roster that was read and looked at."""

    roster = Pointer("roster", label="花名册、考勤表")
    without_bad = Tick(label="只导入合格的行")


class AcceptedForm(Inputs):
    row = Count(label="文件行号", min_value=1)


class TakePayOutForm(Inputs):
    """按发放明细记录支付: every row that matches exactly, and the suggestions the officer accepts."""

    pay_out = Pointer("pay_out", label="银行发放明细")
    payer = Choice(label="支付方", choices=PaymentForm.PAYERS)
    accepted = Rows(AcceptedForm, label="采纳的建议（文件行号）", most=20_000, **OPTIONAL)


def _named(step: Step, field: str, kind: ImportKind) -> Import:
    rows = Import.objects.filter(case=step.file.case, kind=kind).select_for_update()
    one: Import = step.file.of_file(rows, step.inputs[field], field)
    if one.state == Import.State.WAITING:
        raise NotPossibleNow("文件还在读取，请稍候")
    if one.state == Import.State.REFUSED:
        raise InvalidInput({field: f"这份文件不能使用：{one.problem}"})
    return one


def roster_checked(step: Step) -> None:
    """Read, not taken before; every row is good, or the officer says that the bad ones stay out."""
    one = _named(step, "roster", ImportKind.ROSTER)
    if one.state == Import.State.TAKEN:
        raise NotPossibleNow(f"这份文件已由{one.taken_by_name}导入，没有重复导入")
    rows = list(one.rows.all())
    good = [row for row in rows if row.usable]
    bad = [row.number for row in rows if row.verdict == ImportRow.Verdict.BAD]
    if bad and not step.inputs["without_bad"]:
        which = "、".join(str(number) for number in bad[:5]) + ("…" if len(bad) > 5 else "")
        raise InvalidInput(
            {"without_bad": f"有 {len(bad)} 行不能导入（第 {which} 行）：请改正文件后重新上传，或勾选只导入合格的行"}
        )
    if not good:
        raise InvalidInput({"roster": "没有可以导入的行"})
    entries = [_entry(row) for row in good]
    standing = {(*x.worker.same_person, x.period_from, x.period_to): x.worker.name for x in step.file.standing_lines}
    for row, entry in zip(good, entries, strict=True):
        person = ("id", entry["id_number"]) if entry["id_number"] else (entry["worker_name"], entry["phone"])
        if (*person, entry["period_from"], entry["period_to"]) in standing:
            raise InvalidInput({"roster": f"第 {row.number} 行：这个人的这一期间刚刚已登记，请重新上传文件核对"})
    step.inputs["roster"], step.inputs["entries"] = one, entries


def _entry(row: ImportRow) -> dict[str, Any]:
    """A row as `line_rows` takes it: amounts exact, days as days."""
    said: dict[str, Any] = row.values
    for name in ("rate", "quantity", "due", "already_paid", "claimed", "months"):
        said[name] = Decimal(said[name]) if said.get(name) else None
    for name in ("period_from", "period_to"):
        said[name] = date.fromisoformat(said[name]) if said.get(name) else None
    said["import_row"] = row
    return said


def roster_taken(step: Step) -> Sequence[Change]:
    one: Import = step.inputs["roster"]
    entries = step.inputs["entries"]
    changes = line_rows(step, step.file.complaints[0], entries)
    total = sum((e["claimed"] for e in entries), Decimal())
    step.facts["import"] = {
        "file": one.file_name, "sha256": one.sha256, "lines": len(entries), "claimed": f"{total:.2f}",
    }  # fmt: skip
    return [*changes, *_taken(step, one)]


def _taken(step: Step, one: Import) -> list[Change]:
    one.state, one.taken_at, one.taken_by_name = Import.State.TAKEN, step.now, step.by.name
    return [update(one, "state", "taken_at", "taken_by_name")]


# --- pay-outs --------------------------------------------------------------------------------------------------------


def reconciled(file: CaseFile, one: Import) -> Reconciled:
    """A bank's file beside the ledger as it stands: rows that paid already are left out."""
    paid = set(Payment.objects.filter(import_row__of=one).values_list("import_row_id", flat=True))
    rows = [row for row in one.rows.all() if row.usable and row.pk not in paid]
    return reconcile(rows, file.standing_lines)


def pay_out_checked(step: Step) -> None:
    """Exact matches and the accepted suggestions, worked out again on the ledger under lock."""
    one = _named(step, "pay_out", ImportKind.PAY_OUT)
    found = reconciled(step.file, one)
    wanted = [row["row"] for row in step.inputs["accepted"] or []]
    suggested = {match.row.number: match for match in found.suggested}
    for number in wanted:
        if number not in suggested:
            raise InvalidInput({"accepted": f"第 {number} 行现在没有可以采纳的建议，请重新核对"})
    matches = [*found.exact, *(suggested[n] for n in dict.fromkeys(wanted))]
    if not matches and not found.suggested and one.state == Import.State.TAKEN:
        raise NotPossibleNow(f"这份文件已由{one.taken_by_name}记录支付，其余的行与台账没有完全一致的，没有重复记录")
    if not matches:
        raise InvalidInput({"accepted": "没有完全一致的行，也没有采纳建议"})
    step.inputs["pay_out"], step.inputs["matches"] = one, matches


def pay_out_taken(step: Step) -> Sequence[Change]:
    """One payment per row and line, with the bank's day and the row of the file as its voucher."""
    one: Import = step.inputs["pay_out"]
    matches: list[Match] = step.inputs["matches"]
    shares = []
    for match in matches:
        at = datetime.fromisoformat(match.said["at"]) if match.said.get("at") else None
        serial = f"，流水号 {match.said['serial']}" if match.said.get("serial") else ""
        for line, amount in match.shares:
            shares.append(
                {
                    "line": line,
                    "amount": amount,
                    "at": at,
                    "proof": f"{one.file_name[:120]} 第 {match.row.number} 行{serial}",
                    "import_row": match.row,
                }
            )
    changes = pay(step, step.inputs["payer"], shares)
    step.facts["import"] = {"file": one.file_name, "sha256": one.sha256, "rows": len(matches)}
    return [*changes, *_taken(step, one)]
