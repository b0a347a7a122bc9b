"""What the operator types into the intake page, turned into the inputs of `log`.

Months and rates become lines, ticks become words, blanks are filled from the lines. Refuses nothing that the engine
would take.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from workflows import clock
from workflows.casefile.complaint import PayBasis
from workflows.errors import InvalidInput
from workflows.inputs import FULL_WIDTH, Choice, CleanText, Inputs, Money, Rows
from workflows.procedures.intake_forms import LineForm

FEN = Decimal("0.01")
#: evidence a caller usually has, as words of `evidence_named`
EVIDENCE = (
    ("考勤/记工本", gettext_lazy("考勤/记工本")), ("劳动合同", gettext_lazy("劳动合同")),
    ("微信聊天", gettext_lazy("微信聊天")), ("欠条/结算单", gettext_lazy("欠条/结算单")),
    ("工友证言", gettext_lazy("工友证言")), ("银行流水", gettext_lazy("银行流水")),
)  # fmt: skip
#: names of the page around the inputs of the act
AROUND = frozenset(
    {
        "register", "new_anyway", "evidence_kinds", "topic", "complaint", "answer",
    }
)  # fmt: skip


class WageRow(Inputs):
    """One row of the grid as the page shows it; what the act asks for is `LineForm`."""

    worker_name = CleanText(label=gettext_lazy("姓名"), required=False, max_length=60)
    trade = CleanText(label=gettext_lazy("工种"), required=False, max_length=40)
    period_from = CleanText(label=gettext_lazy("起始月"), required=False, max_length=10)
    period_to = CleanText(label=gettext_lazy("截止月"), required=False, max_length=10)
    rate = Money(label=gettext_lazy("标准（元）"), required=False)
    pay_basis = Choice(
        label=gettext_lazy("计薪单位"),
        required=False,
        choices=[
            ("", "—"), (PayBasis.DAY, pgettext_lazy("计薪单位", "日")), (PayBasis.MONTH, pgettext_lazy("计薪单位", "月")),
            (PayBasis.PIECE, pgettext_lazy("计薪单位", "件")),
        ],
    )  # fmt: skip
    quantity = Money(label=gettext_lazy("数量"), required=False)
    due = Money(label=gettext_lazy("应发"), required=False)
    already_paid = Money(label=gettext_lazy("已发"), required=False)
    claimed = Money(label=gettext_lazy("欠付（元）"), required=False)


#: what workmates mostly share: carried down into a new row
REPEATED = frozenset({"trade", "period_from", "period_to", "rate", "pay_basis"})
for _name in REPEATED:
    WageRow.base_fields[_name].repeat = True  # type: ignore[attr-defined]
for _name in ("period_from", "period_to"):
    WageRow.base_fields[_name].widget.attrs |= {"data-month": "1", "placeholder": "2026-06", "inputmode": "numeric"}


def shown_lines() -> Rows:
    """The field of the grid."""
    return Rows(WageRow, label=gettext_lazy("欠薪明细"), required=False)


# --- lines -----------------------------------------------------------------------------------------------------------


def lines_of(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows as inputs of the act. Raises InvalidInput on `lines` with number and column of the row."""
    lines, wrong = [], []
    for number, row in enumerate(rows, start=1):
        line: dict[str, Any] = {name: str(value).strip() for name, value in row.items() if str(value).strip()}
        if REPEATED.issuperset(line):
            continue  # begun with F4 and left: only what was carried down from the row above
        try:
            lines.append(_line(line))
        except InvalidInput as refused:
            wrong += [f"第 {number} 行 {said}" for words in refused.errors.values() for said in words]
    if wrong:
        raise InvalidInput({"lines": wrong})
    return lines


def _line(line: dict[str, Any]) -> dict[str, Any]:
    for name, last in (("period_from", False), ("period_to", True)):
        if name in line:
            line[name] = _day(line[name], name, last=last)
    rate, quantity = _number(line, "rate"), _number(line, "quantity")
    due, paid = _number(line, "due"), _number(line, "already_paid") or Decimal(0)
    if rate is not None and quantity is not None:
        own = (rate * quantity).quantize(FEN, ROUND_HALF_UP)
        if due is not None and due != own:
            line.pop("quantity")  # overtyped: the caller's own sum stands, the quantity would contradict it
        due = own if due is None else due
    if due is not None:
        if due < paid:
            raise InvalidInput({"lines": _("已发 {paid} 多于应发 {due}").format(paid=paid, due=due)})
        line["due"] = str(due)
        line["claimed"] = str(due - paid)
        if not paid and "months" not in line and "period_from" in line and "period_to" in line:
            line["months"] = str(_months(line["period_from"], line["period_to"]))  # nothing was paid for any of them
    elif "already_paid" in line and "claimed" in line:
        line.pop("already_paid")  # only what is owed was told for sure
    return {name: value for name, value in line.items() if name in LineForm.base_fields}


def _number(line: Mapping[str, Any], name: str) -> Decimal | None:
    """The number in a cell; what is none is left for the act to refuse with its own words."""
    text = str(line.get(name, "")).translate(FULL_WIDTH).replace(",", "")
    return Decimal(text) if re.fullmatch(r"\d{1,12}(\.\d{1,4})?", text) else None


def _day(text: str, name: str, *, last: bool) -> str:
    """First or last day of a month as people write it; a whole date stays. A month that runs ends today."""
    plain = text.translate(FULL_WIDTH)
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", plain):
        return plain
    found = re.fullmatch(r"(\d{4})[-./年]?(\d{1,2})月?", plain)
    if found:
        year, month = int(found[1]), int(found[2])
    elif found := re.fullmatch(r"(\d{1,2})月?", plain):
        today = clock.today()
        month = int(found[1])
        year = today.year - (month > today.month)
    if not found or not 1 <= month <= 12 or not 1950 <= year <= 2099:
        label = WageRow.base_fields[name].label
        raise InvalidInput({"lines": _("{label}：请写成 2026-06").format(label=label)})
    if not last:
        return f"{year}-{month:02}-01"
    end = date(year, month, calendar.monthrange(year, month)[1])
    today = clock.today()
    return str(today if end > today >= end.replace(day=1) else end)


def _months(start: str, end: str) -> int:
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    return max(0, (last.year - first.year) * 12 + last.month - first.month + 1)


# --- the rest of the form --------------------------------------------------------------------------------------------


def completed(typed: dict[str, Any], post: Any) -> dict[str, Any]:
    """The inputs of `log` out of what was posted: lines reckoned, ticks in words, blanks filled from the lines."""
    inputs = dict(typed)
    inputs["lines"] = lines_of(typed.get("lines") or [])
    inputs["evidence_named"] = _evidence(typed, post)
    lines = inputs["lines"]
    ends = [x["period_to"] for x in lines if "period_to" in x]
    starts = [x["period_from"] for x in lines if "period_from" in x]
    amounts = [_number(x, "claimed") for x in lines]
    found = {
        "arrears_from": min(starts, default=""),
        "arrears_to": max(ends, default=""),
        "amount_claimed": str(sum((a for a in amounts if a), Decimal(0))) if amounts and all(amounts) else "",
        "pay_basis": next((x["pay_basis"] for x in typed.get("lines") or [] if x.get("pay_basis")), ""),
        "worker_count": str(len({x.get("worker_name") for x in lines})) if lines else "",
    }
    return inputs | {name: value for name, value in found.items() if value and not inputs.get(name)}


def _evidence(typed: Mapping[str, Any], post: Any) -> str:
    ticked = [word for word, _label in EVIDENCE if word in post.getlist("evidence_kinds")]
    rest = [part for part in str(typed.get("evidence_named", "")).split("、") if part and part not in ticked]
    return "、".join([*ticked, *rest])
