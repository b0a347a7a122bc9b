"""Rosters and attendance sheets (花名册、考勤表): columns by their Chinese headers, a verdict on every row.

Pure but for the clock: what stands in the ledger already is handed in. A row gives a line of the ledger or says, by
column, why it does not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from workflows.columns import (
    Column,
    Columns,
    Judged,
    Refused,
    account_of,
    day_of,
    id_of,
    money_of,
    name_of,
    number_of,
    phone_of,
    text_of,
)
from workflows.procedures.intake_forms import reckoned
from workflows.tables import Bad, Row, Unreadable, Value, header_words

#: what heads a column, without spaces, marks and brackets
SYNONYMS: dict[str, tuple[str, ...]] = {
    "worker_name": ("姓名", "工人姓名", "劳动者姓名", "农民工姓名", "民工姓名", "员工姓名", "职工姓名", "名字", "劳动者", "工人"),
    "id_number": ("身份证号", "身份证号码", "身份证", "证件号", "证件号码", "公民身份号码", "居民身份证号", "居民身份证号码"),
    "phone": ("电话", "手机", "手机号", "手机号码", "联系电话", "联系方式", "电话号码"),
    "trade": ("工种", "岗位", "职务", "班组"),
    "bank_account": ("银行卡号", "银行卡", "银行账号", "银行帐号", "工资卡号", "工资卡", "卡号", "账号", "帐号"),
    "day_rate": ("日工资", "日工价", "日薪", "日单价", "工日单价", "每日工资"),
    "month_rate": ("月工资", "月薪", "月工资标准", "每月工资"),
    "piece_rate": ("计件单价", "件单价", "平米单价", "每件单价"),
    "rate": ("单价", "工价", "工资标准", "标准"),
    "days": ("天数", "出勤天数", "出勤", "工日", "工日数", "出勤工日", "工数", "实际出勤", "出勤合计"),
    "quantity": ("数量", "件数", "工程量", "完成量", "计件数量"),
    "months": ("月数", "欠薪月数", "拖欠月数", "未发月数"),
    "due": ("应发", "应发工资", "应发金额", "应发合计", "应付工资", "应付", "应得工资", "工资总额", "工资合计"),
    "already_paid": ("已发", "已发工资", "已发金额", "已付", "已付工资", "已支付", "预支", "借支", "已领", "已领工资"),
    "claimed": ("欠发", "欠发工资", "欠发金额", "欠薪", "欠薪金额", "欠薪数额", "拖欠金额", "拖欠工资", "拖欠工资金额",
                "尚欠", "尚欠工资", "未发", "未发工资", "欠款", "欠款金额", "主张金额", "金额"),
    "period_from": ("起", "起始日期", "开始日期", "起始", "开始", "欠薪起", "欠薪开始", "起始时间", "开始时间"),
    "period_to": ("止", "截止日期", "结束日期", "截止", "结束", "欠薪止", "欠薪截止", "截止时间", "结束时间"),
    "period": ("期间", "欠薪期间", "欠薪时间", "拖欠期间", "所属期间", "工资月份", "月份", "所属月份", "欠薪月份", "拖欠月份"),
}  # fmt: skip
LABELS = {
    "worker_name": "姓名", "id_number": "身份证号", "phone": "手机号", "trade": "工种", "bank_account": "银行卡号",
    "day_rate": "日工资", "month_rate": "月工资", "piece_rate": "计件单价", "rate": "单价", "days": "天数",
    "quantity": "数量", "months": "欠薪月数", "due": "应发", "already_paid": "已发", "claimed": "欠发", "period_from": "起",
    "period_to": "止", "period": "期间",
}  # fmt: skip
_AMOUNTS = {"due", "claimed", "days", "quantity", "day_rate", "month_rate", "piece_rate", "rate"}
_KNOWN = {word: name for name, words in SYNONYMS.items() for word in words}
_SUMS = re.compile(r"^(合计|总计|小计|共计|累计|制表|审核|负责人|备注|填表|注)")
_MARKS = {"√": Decimal(1), "✓": Decimal(1), "✔": Decimal(1), "1": Decimal(1), "全": Decimal(1), "出": Decimal(1),
          "半": Decimal("0.5"), "×": Decimal(0), "x": Decimal(0), "X": Decimal(0), "休": Decimal(0), "0": Decimal(0),
          "/": Decimal(0), "-": Decimal(0), "假": Decimal(0), "缺": Decimal(0)}  # fmt: skip
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def recognise(words: Sequence[str]) -> int:
    """How many columns a header row names; none without a name column."""
    found = {_KNOWN[w] for w in map(header_words, words) if w in _KNOWN}
    days = len(_days(words))
    return len(found) + (days >= 28) if "worker_name" in found and (found & _AMOUNTS or days >= 28) else 0


def _days(header: Sequence[str]) -> dict[int, int]:
    """Columns of an attendance sheet headed by the day of the month."""
    found = {}
    for index, text in enumerate(header):
        match = re.fullmatch(r"(\d{1,2})[日号]?", header_words(text))
        if match is not None and 1 <= int(match[1]) <= 31:
            found[index] = int(match[1])
    return found if len(found) == len(set(found.values())) else {}


class Roster:
    """One table being judged, row by row: what went before counts, and what stands in the ledger."""

    def __init__(
        self, header: Sequence[str], header_row: int, *, rate: Decimal | None, standing: set[tuple[Any, ...]]
    ) -> None:
        """`rate` is the day's pay for all rows of an attendance sheet without one (yuan); `standing` the keys of
        lines that are in the ledger."""
        self.columns = Columns(header, SYNONYMS, header_row)
        self.rate, self.standing = rate, standing
        self.attendance = _days(header)
        if len(self.attendance) < 28:
            self.attendance = {}
        self.columns.unused = [
            u for u in self.columns.unused if not (self.attendance and re.search(r"“\d{1,2}[日号]?”$", u))
        ]
        found = set(self.columns.found)
        rates = sorted(found & {"day_rate", "month_rate", "piece_rate", "rate"})
        if len(rates) > 1:
            named = "、".join(self.columns.found[name].header for name in rates)
            raise Unreadable(f"第 {header_row} 行：有几列单价（{named}），请只留一列")
        if not (found & _AMOUNTS or self.attendance):
            raise Unreadable(f"第 {header_row} 行：没有金额列（应发、欠发，或单价和天数）")
        self.rate_column = rates[0] if rates else ""
        self._seen: dict[tuple[Any, ...], int] = {}
        self._names: dict[str, tuple[str, int]] = {}

    def listed(self) -> list[dict[str, str]]:
        """The columns found, for the preview."""
        return self.columns.listed(LABELS)

    def judge(self, row: Row) -> Judged:
        """One row: a line of the ledger, or why not."""
        judged = Judged(row.number)
        first = next((v for v in row.values if v is not None), None)
        name_at = self.columns.found["worker_name"].index
        name_cell = row.values[name_at] if name_at < len(row.values) else None
        for cell in (first, name_cell):
            if isinstance(cell, str) and _SUMS.match(re.sub(r"\s", "", cell)):
                judged.left_out = "合计或说明行"
                return judged
        if all(header_words(v) in _KNOWN or v is None for v in row.values):
            judged.left_out = "重复的表头"
            return judged
        self._who(row, judged)
        if not judged.bad:
            self._what(row, judged)
        if not judged.bad:
            self._once(judged)
        if row.hidden:
            judged.problem("这一行在文件中是隐藏的，请核对", bad=False)
        return judged

    # --- who -----------------------------------------------------------------------------------------------------

    def _who(self, row: Row, judged: Judged) -> None:
        read = self.columns.read
        said = judged.said
        said["worker_name"] = read("worker_name", row, judged, name_of)
        if said["worker_name"] is None and not judged.problems:
            judged.problem("缺少姓名", self.columns.found["worker_name"])
        said["id_number"] = read("id_number", row, judged, id_of) or ""
        said["phone"] = read("phone", row, judged, phone_of) or ""
        said["trade"] = read("trade", row, judged, text_of) or ""
        said["bank_account"] = read("bank_account", row, judged, account_of) or ""
        number = said["id_number"]
        if not number:
            return
        if len(number) == 18 and number[:17].isdigit() and not _sound(number):
            judged.problem("身份证号的校验位或出生日期不对，请核对", self.columns.found["id_number"], bad=False)
        elif len(number) not in (15, 18):
            judged.problem("不是 15 或 18 位的身份证号，请核对", self.columns.found["id_number"], bad=False)
        before = self._names.setdefault(number, (said["worker_name"], row.number))
        if before[0] != said["worker_name"]:
            judged.problem(f"与第 {before[1]} 行身份证号相同、姓名不同", self.columns.found["id_number"])

    # --- what ----------------------------------------------------------------------------------------------------

    def _what(self, row: Row, judged: Judged) -> None:
        read, said = self.columns.read, judged.said
        rate = read(self.rate_column, row, judged, number_of(4, "9999999999")) if self.rate_column else None
        days, pieces = (read(n, row, judged, number_of(3, "999999999")) for n in ("days", "quantity"))
        if self.attendance:
            days = self._attended(row, judged, days)
        months = read("months", row, judged, number_of(1, "600"))
        said["due"] = read("due", row, judged, money_of)
        said["already_paid"] = read("already_paid", row, judged, money_of) or Decimal(0)
        said["claimed"] = read("claimed", row, judged, money_of)
        self._period(row, judged)
        basis = {"day_rate": "day", "month_rate": "month", "piece_rate": "piece"}.get(self.rate_column, "")
        basis = basis or ("piece" if pieces is not None and days is None else "day" if days is not None else "")
        if rate is None and self.rate is not None and days is not None and said["due"] is None:
            rate, basis = self.rate, "day"
        quantity = {"day": days, "month": months if months is not None else days, "piece": pieces}.get(basis)
        if basis == "month" and days is not None and months is None:
            quantity = None  # a month's pay times days is nobody's due
        if rate is not None and quantity is not None:
            said |= {"rate": rate, "quantity": quantity, "pay_basis": basis}
        elif basis:
            said["pay_basis"] = basis
        if months is None and basis == "month" and quantity is not None and quantity <= 600:
            months = round(quantity, 1)
        said["months"] = months if months is not None else said.pop("_months", None) or Decimal(0)
        said.pop("_months", None)
        if judged.bad:
            return
        for name, says in reckoned(said).items():
            judged.problem(says, self._column_of(name))
        if not judged.bad and said["claimed"] == 0:
            judged.problem("欠发为 0", self._column_of("claimed"), bad=False)

    def _column_of(self, name: str) -> Column | None:
        found = self.columns.found
        return found.get(name) or found.get(self.rate_column) or found.get("days") or found.get("due")

    def _attended(self, row: Row, judged: Judged, stated: Decimal | None) -> Decimal | None:
        """The sum of the marks of the month; a stated sum that differs is refused."""
        total, any_mark = Decimal(0), False
        for index, day in self.attendance.items():
            value = row.values[index] if index < len(row.values) else None
            if value is None:
                continue
            at = Column(index, f"{day}日", "attendance")
            mark = _mark(value)
            if mark is None:
                judged.problem("不是出勤记号（√、1、半、×、休）", at)
            else:
                total, any_mark = total + mark, True
        if stated is not None and any_mark and stated != total:
            judged.problem(f"天数 {stated:f} 与各日出勤之和 {total:f} 不符", self.columns.found["days"])
        return stated if stated is not None else total if any_mark else None

    def _period(self, row: Row, judged: Judged) -> None:
        read, said = self.columns.read, judged.said
        start: date | None = read("period_from", row, judged, day_of)
        end: date | None = read("period_to", row, judged, lambda v: day_of(v, last=True))
        both = read("period", row, judged, _both_days)
        if both is not None and start is None and end is None:
            start, end = both
        if start is not None and end is not None:
            if end < start:
                judged.problem("止日早于起日", self.columns.found.get("period_to") or self.columns.found.get("period"))
            elif (end - start).days > 3660:
                judged.problem("期间超过十年", self.columns.found.get("period_to") or self.columns.found.get("period"))
            if (start.year, start.month) == (end.year, end.month) and both is not None:
                said["_months"] = Decimal(1)
        said["period_from"], said["period_to"] = start, end

    # --- once ----------------------------------------------------------------------------------------------------

    def _once(self, judged: Judged) -> None:
        said = judged.said
        person = ("id", said["id_number"]) if said["id_number"] else (said["worker_name"], said["phone"])
        key = (*person, said["period_from"], said["period_to"])
        before = self._seen.setdefault(key, judged.number)
        if before != judged.number:
            judged.problem(f"与第 {before} 行是同一人、同一期间")
        elif key in self.standing:
            judged.problem("这个人的这一期间已在工资台账中")
        elif not said["id_number"] and not said["phone"]:
            judged.problem("没有身份证号和电话，同名者会被当作一个人，请核对", bad=False)


def _mark(value: Value) -> Decimal | None:
    if isinstance(value, Decimal):
        return value if 0 <= value <= 3 else None
    if isinstance(value, Bad) or not isinstance(value, str):
        return None
    if re.fullmatch(r"[0-3](\.\d{1,2})?", value):
        return Decimal(value)
    return _MARKS.get(value.strip())


def _both_days(value: Value) -> tuple[date, date]:
    """2025-09 至 2025-11, 2025年9月—11月, or one month or day."""
    if not isinstance(value, str):
        return day_of(value), day_of(value, last=True)
    parts = [p for p in re.split(r"\s*(?:至|到|~|～|—+|–)\s*", value.strip()) if p]
    if len(parts) == 1:
        return day_of(parts[0]), day_of(parts[0], last=True)
    if len(parts) != 2:
        raise Refused("看不出起止，例如 2025-09 至 2025-11")
    year = re.match(r"\d{4}年", parts[0])
    if year is not None and re.fullmatch(r"\d{1,2}月(\d{1,2}日)?", parts[1]):
        parts[1] = year[0] + parts[1]
    return day_of(parts[0]), day_of(parts[1], last=True)


def _sound(number: str) -> bool:
    """Whether an 18-digit ID number has its check digit (GB 11643) and a birth date that was."""
    total = sum(int(c) * w for c, w in zip(number, _WEIGHTS, strict=False))
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return number[17] == "10X98765432"[total % 11]
