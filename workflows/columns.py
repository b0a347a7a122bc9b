"""What columns of a table mean, by the words that head them, and how one cell of each is read.

Shared by rosters and bank files. A reader gives a value or says why not; it never corrects what was written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError

from workflows import clock
from workflows.inputs import EARLIEST, LARGEST_AMOUNT, LATEST, CleanText, IdNumber, Money, Phone
from workflows.tables import Bad, Row, Unreadable, Value, column, header_words

#: 4.11221E+17: what a spreadsheet makes of eighteen digits
_DAMAGED = re.compile(r"^\d(\.\d+)?[eE]\+?\d+$")
_LEADS = ("=", "+", "-", "@", "\t", "\r")
#: a double of the spreadsheet is this far from the amount that was meant, at most
_NOISE = Decimal("0.000001")


class Refused(ValueError):
    """A cell that cannot be taken; the text says why."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column found: where, headed by what, meaning which field."""

    index: int
    header: str
    field: str


@dataclass
class Judged:
    """What was read of one row, and each problem with the column it is in. `bad` rows are not taken."""

    number: int
    said: dict[str, Any] = field(default_factory=dict)
    problems: list[dict[str, Any]] = field(default_factory=list)
    left_out: str = ""

    def problem(self, says: str, at: Column | None = None, *, bad: bool = True) -> None:
        where = {"column": column(at.index), "header": at.header} if at is not None else {"column": "", "header": ""}
        self.problems.append({**where, "says": says, "bad": bad})

    @property
    def bad(self) -> bool:
        return any(p["bad"] for p in self.problems)


class Columns:
    """The columns of one table by field; raises Unreadable where two columns claim one field."""

    def __init__(self, header: Sequence[str], synonyms: Mapping[str, Sequence[str]], header_row: int) -> None:
        known = {word: name for name, words in synonyms.items() for word in words}
        self.found: dict[str, Column] = {}
        self.unused: list[str] = []
        for index, text in enumerate(header):
            name = known.get(header_words(text))
            if name is None:
                if text.strip():
                    self.unused.append(f"{column(index)} 列“{text.strip()[:20]}”")
                continue
            if name in self.found:
                first = self.found[name]
                raise Unreadable(
                    f"第 {header_row} 行：{column(first.index)} 列“{first.header}”和 {column(index)} 列“{text.strip()}”"
                    "意思相同，请只留一列"
                )
            self.found[name] = Column(index, text.strip()[:40], name)

    def listed(self, labels: Mapping[str, str]) -> list[dict[str, str]]:
        """The columns found, from left to right, with what each is taken for."""
        shown = sorted(self.found.values(), key=lambda c: c.index)
        return [{"header": c.header, "label": labels[c.field]} for c in shown]

    def read(self, name: str, row: Row, judged: Judged, reader: Callable[[Value], Any]) -> Any:
        """The value of a field in a row, or None; a problem is noted with its column."""
        at = self.found.get(name)
        if at is None or at.index >= len(row.values):
            return None
        value = row.values[at.index]
        if value is None:
            return None
        try:
            if isinstance(value, Bad):
                raise Refused(value.says)
            return reader(value)
        except Refused as wrong:
            judged.problem(str(wrong), at)
        except ValidationError as wrong:
            judged.problem("；".join(wrong.messages), at)
        return None


# --- readers ---------------------------------------------------------------------------------------------------------

_NAME, _SHORT, _LONG = CleanText(max_length=60), CleanText(max_length=40), CleanText(max_length=120)
_ID, _PHONE, _MONEY = IdNumber(), Phone(), Money()


def _plain(value: Value) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return f"{value:f}".split(".")[0]
    raise Refused("应为文字")


def text_of(value: Value, longest: CleanText = _SHORT) -> str:
    """A word or two; what a spreadsheet would take for a formula is not one."""
    text = _plain(value)
    if text.startswith(_LEADS):
        raise Refused(f"以“{text[0].strip() or '控制字符'}”开头，像是公式")
    return str(longest.clean(text))


def name_of(value: Value) -> str:
    """A person's name: rare characters and the dot of other peoples' names are welcome, digits are not."""
    text = text_of(value, _NAME)
    if re.fullmatch(r"[\d\s.,]+", text):
        raise Refused("是数字，不是姓名")
    return text


def id_of(value: Value) -> str:
    """An ID number with every digit: a number cell beyond fifteen digits has lost some."""
    return str(_ID.clean(_whole(value, "身份证号")))


def account_of(value: Value) -> str:
    """A bank account: digits, spaces dropped; masked ones keep their stars and serve by their tail."""
    text = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", _whole(value, "账号")))
    if not re.fullmatch(r"[0-9A-Za-z*]{4,40}", text):
        raise Refused("账号只能是数字")
    return text


def phone_of(value: Value) -> str:
    return str(_PHONE.clean(_plain(value)))


def _whole(value: Value, what: str) -> str:
    if isinstance(value, Decimal):
        if abs(value) >= 10**15 or value != value.to_integral_value():
            raise Refused(f"{what}是数字格式，已丢失位数，请把单元格设为文本后重新填写")
        return f"{value:f}".split(".")[0]
    text = _plain(value).strip().lstrip("'")
    if _DAMAGED.match(text):
        raise Refused(f"{what}已变成 {text[:12]}，丢失了位数，请把单元格设为文本后重新填写")
    return text


def money_of(value: Value) -> Decimal:
    """Yuan to the fen. A cell of a spreadsheet is a double: what lies within a millionth of a fen's multiple is it."""
    if isinstance(value, Decimal):
        if value < 0:
            raise Refused("金额不能是负数")
        if value > LARGEST_AMOUNT:
            raise Refused("金额过大")
        fen = round(value, 2)
        if abs(fen - value) > _NOISE:
            raise Refused(f"金额 {value:f} 多于两位小数")
        return fen
    text = re.sub(r"[元¥\s]", "", unicodedata.normalize("NFKC", _plain(value)))
    found = _MONEY.clean(text)
    if found is None:
        raise Refused("没有金额")
    return found


def number_of(places: int, most: str) -> Callable[[Value], Decimal]:
    """A quantity or rate with so many decimals."""

    def read(value: Value) -> Decimal:
        if isinstance(value, Decimal):
            number = round(value, places)
            if abs(number - value) > _NOISE:
                raise Refused(f"{value:f} 多于 {places} 位小数")
        else:
            text = re.sub(r"[元天日个月工¥/\s]", "", unicodedata.normalize("NFKC", _plain(value)))
            if not re.fullmatch(r"\d{1,12}(\.\d+)?", text):
                raise Refused("应为数字")
            number = Decimal(text)
            if number != round(number, places):
                raise Refused(f"最多 {places} 位小数")
        if not 0 <= number <= Decimal(most):
            raise Refused("超出可以记录的范围")
        return number

    return read


_DAY = re.compile(r"^(\d{4})[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?)?月?$|^(\d{4})(\d{2})(\d{2})$")


def day_of(value: Value, *, last: bool = False) -> date:
    """A day of the past: a date cell, 2026-01-05, 2026/1/5, 2026年1月5日, 20260105; a month is its first or last day."""
    if isinstance(value, datetime):
        return _within(value.date())
    if isinstance(value, date):
        return _within(value)
    text = unicodedata.normalize("NFKC", _plain(value)).replace(" ", "")
    found = _DAY.match(text)
    if found is None:
        raise Refused("不是日期，例如 2026-01-05 或 2026年1月5日（农历请换算成公历）")
    year, month, day = (found[4], found[5], found[6]) if found[4] else (found[1], found[2], found[3])
    try:
        if day is None:
            first = date(int(year), int(month), 1)
            return _within((first + timedelta(days=31)).replace(day=1) - timedelta(days=1) if last else first, last)
        return _within(date(int(year), int(month), int(day)))
    except ValueError:
        raise Refused(f"没有 {text} 这一天") from None


def _within(day: date, month: bool = False) -> date:
    if not EARLIEST <= day < LATEST:
        raise Refused(f"日期须在 {EARLIEST.year} 至 {LATEST.year} 年之间")
    today = clock.today()
    if day > today and not (month and (day.year, day.month) == (today.year, today.month)):
        raise Refused("不能晚于今天")
    return min(day, today)


def moment_of(value: Value) -> datetime:
    """When a bank paid: a day counts as its noon, so that no zone moves it into another."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=clock.SHANGHAI)
    if isinstance(value, str):
        found = re.match(r"^(\S+)\s+(\d{1,2}):(\d{2})(?::(\d{2}))?$", value.strip())
        if found is not None:
            day = day_of(found[1])
            try:
                return datetime(day.year, day.month, day.day, int(found[2]), int(found[3]), tzinfo=clock.SHANGHAI)
            except ValueError:
                raise Refused("不是时间") from None
    day = day_of(value)
    return min(datetime(day.year, day.month, day.day, 12, tzinfo=clock.SHANGHAI), clock.now())
