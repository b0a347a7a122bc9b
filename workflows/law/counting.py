"""Counting time (期间计算): `limit(rule, start, calendar, pauses, extensions)` → the date, and how it came about.

Pure: no database, no clock, no Django. The day of the start never counts (CC 201); months and years end on the
corresponding day, else on the last of the month (CC 202); hours run on through nights and holidays; a limit in days
ends at 24:00 Asia/Shanghai. Legal days are days in Asia/Shanghai whatever the zone of the moment handed in.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple
from zoneinfo import ZoneInfo

from workflows.law.days import ONE_DAY, Calendar
from workflows.law.rule import Rule, Unit

SHANGHAI = ZoneInfo("Asia/Shanghai")


class PauseReason(StrEnum):
    """The reasons for which the law lets a limit stand still; each rule lists its own, and few do."""

    HEARING = "hearing"

    @property
    def label(self) -> str:
        return {"hearing": "听证"}[self.value]


class CannotCount(ValueError):
    """The limit cannot be computed: the date leaves the calendar (years 1 to 9999) or the moment has no zone."""


class LawRefuses(CannotCount):
    """A pause or extension the article does not allow; `article` as a paper quotes it, `why` for a person."""

    def __init__(self, rule: Rule, why: str) -> None:
        super().__init__(f"{rule.article}（{rule.law}）：{why}")
        self.rule_id = rule.id
        self.article = rule.article
        self.why = why


class Day(NamedTuple):
    """One day of the explanation."""

    date: date
    counted: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Days on which a limit stands still, first and last included; `last` None while the pause lasts."""

    first: date
    last: date | None
    reason: str


@dataclass(frozen=True, slots=True)
class Extension:
    """One granted extension: so many units of the rule, or, where the law leaves it to the approver, a date."""

    length: int | None = None
    until: date | None = None


@dataclass(frozen=True)
class Due:
    """When a limit ends, and how it was counted.

    `due_at` is 00:00 of the day after `due_on`, for hours the instant. `target_on` only where the roll is by
    analogy: the un-rolled day to aim at. `earliest_on` only for a minimum gap: the first day after it.
    `provisional`: rests on a year whose notice is not out. `in_force`: the rule was in force on the day of the
    start.
    """

    due_at: datetime
    due_on: date
    target_on: date | None = None
    earliest_on: date | None = None
    provisional: bool = False
    in_force: bool = True
    _count: _Count | None = field(default=None, repr=False, compare=False)

    @cached_property
    def days(self) -> tuple[Day, ...]:
        """Every day from the start to the end: did it count, and why. Computed only when asked for."""
        return tuple(self._count.explain(self.due_on)) if self._count else ()


def limit(
    rule: Rule,
    start: datetime,
    calendar: Calendar,
    pauses: Iterable[Pause] = (),
    extensions: Iterable[Extension] = (),
    *,
    now: datetime | None = None,
) -> Due:
    """The end of a limit that starts at an aware moment.

    `now` closes a pause that still lasts and refuses one in the future. Raises LawRefuses with the article for what
    the law does not allow, CannotCount for a naive moment or a date beyond the years 1 to 9999.
    """
    try:
        start_on = legal_day(start)
        stood_still = _checked_pauses(rule, start_on, pauses, now)
        more, until = _checked_extensions(rule, extensions)
        count = _Count(rule, start, start_on, calendar, stood_still, more, until)
        return _hours(count) if rule.unit is Unit.HOURS else _days(count)
    except OverflowError as error:
        raise CannotCount(f"{rule.id}：日期超出可计算的范围") from error


def set_date(due_on: date) -> Due:
    """A date set by an officer or a paper (责令支付期限 and its like): nothing is counted, it ends with that day."""
    return Due(due_at=end_of(due_on), due_on=due_on)


def legal_day(moment: datetime) -> date:
    """The legal day (Asia/Shanghai) of an aware moment."""
    if moment.tzinfo is None:
        raise CannotCount("起算时间必须带时区")
    return moment.astimezone(SHANGHAI).date()


def end_of(day: date) -> datetime:
    """24:00 of a legal day: 00:00 Asia/Shanghai of the next."""
    try:
        return datetime.combine(day + ONE_DAY, time.min, SHANGHAI)
    except OverflowError as error:
        raise CannotCount(f"{day}：日期超出可计算的范围") from error


def add_months(day: date, months: int) -> date:
    """The corresponding day so many months on (or back), else the last day of that month (CC 202)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise OverflowError("year out of range")
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@dataclass(frozen=True, slots=True)
class _Count:
    """What one computation rests on; enough to repeat it day by day."""

    rule: Rule
    start: datetime
    start_on: date
    calendar: Calendar
    pauses: tuple[tuple[date, date, str], ...]
    more: int
    until: date | None

    def end(self, length: int) -> date:
        """The last day of so many units after the start day, pauses skipped, not yet rolled."""
        match self.rule.unit:
            case Unit.WORKING_DAYS:
                return self._working(length)
            case Unit.CALENDAR_DAYS:
                return self._skipping(self.start_on + timedelta(days=length))
            case Unit.MONTHS:
                return self._skipping(add_months(self.start_on, length))
            case Unit.YEARS:
                return self._skipping(add_months(self.start_on, 12 * length))
            case _:
                raise AssertionError("hours have no last day of their own")

    def _working(self, length: int) -> date:
        day, left, step = self.start_on, abs(length), ONE_DAY if length >= 0 else -ONE_DAY
        works = self.calendar.works
        if not self.pauses:
            while left:
                day += step
                left -= works(day)
            return day
        while left:
            day += step
            left -= works(day) and not self.paused(day)
        return day

    def _skipping(self, day: date) -> date:
        for first, last, _ in self.pauses:
            # the start day does not count anyway, so a pause on it moves nothing
            first = max(first, self.start_on + ONE_DAY)
            if first <= day and first <= last:
                day += last - first + ONE_DAY
        return day

    def paused(self, day: date) -> str:
        """Why the limit stands still on this day; empty if it does not."""
        for first, last, reason in self.pauses:
            if first <= day <= last:
                return reason
        return ""

    def explain(self, due_on: date) -> Iterator[Day]:
        """Day by day from the start to `due_on`."""
        if self.rule.unit is Unit.HOURS:
            yield from self._explain_hours(due_on)
        elif due_on < self.start_on:
            yield from self._explain_backwards(due_on)
        else:
            yield from self._explain_days(due_on)

    def _explain_days(self, due_on: date) -> Iterator[Day]:
        ordinary_end = self.end(self.rule.length)
        last = self.until or self.end(self.rule.length + self.more)
        yield Day(self.start_on, False, "起算当日不计入")
        day = self.start_on
        while day < due_on:
            day += ONE_DAY
            if day > last:
                yield Day(day, False, self._rolled(day, due_on))
                continue
            extended = "，延长期内" if day > ordinary_end else ""
            works, reason = self.calendar.counts(day)
            if stopped := self.paused(day):
                yield Day(day, False, f"{stopped}期间扣除")
            elif self.rule.unit is Unit.WORKING_DAYS:
                yield Day(day, works, reason + extended)
            else:
                moved = f"；届满日{reason}，顺延" if day == last and last != due_on else ""
                yield Day(day, True, f"自然日连续计算{extended}{moved}")

    def _rolled(self, day: date, due_on: date) -> str:
        reason = self.calendar.counts(day).reason
        return f"顺延后的届满日，{reason}" if day == due_on else f"届满日顺延，{reason}"

    def _explain_backwards(self, due_on: date) -> Iterator[Day]:
        day = due_on
        while day < self.start_on:
            works, reason = self.calendar.counts(day)
            if self.rule.unit is Unit.WORKING_DAYS:
                yield Day(day, works, reason)
            else:
                yield Day(day, True, "自到期日倒推，自然日连续计算")
            day += ONE_DAY
        yield Day(self.start_on, False, "到期当日不计入")

    def _explain_hours(self, due_on: date) -> Iterator[Day]:
        day = self.start_on
        while day <= due_on:
            stopped = self.paused(day)
            yield Day(day, not stopped, f"{stopped}期间扣除" if stopped else "按小时连续计算，夜间和节假日不扣除")
            day += ONE_DAY


def _days(count: _Count) -> Due:
    rule, calendar = count.rule, count.calendar
    last = count.until or count.end(rule.length + count.more)
    if count.until is not None and count.until <= count.end(rule.length):
        raise LawRefuses(rule, "批准的日期未晚于原届满日")
    rolls = rule.roll != "none" and count.until is None
    due_on = calendar.next_working_day(last) if rolls else last
    first, end = min(count.start_on, due_on), max(count.start_on, due_on)
    if rule.unit is Unit.WORKING_DAYS:
        provisional = not calendar.covers(min(first + ONE_DAY, end), end)
    else:
        provisional = rolls and not calendar.covers(last, due_on)
    due_at = end_of(due_on)
    return Due(
        due_at=due_at,
        due_on=due_on,
        target_on=last if rule.roll == "analogy" else None,
        earliest_on=due_on + ONE_DAY if rule.kind == "minimum_gap" else None,
        provisional=provisional,
        in_force=rule.valid_from <= count.start_on,
        _count=count,
    )


def _hours(count: _Count) -> Due:
    # in UTC: Asia/Shanghai had summer time until 1991 and an odd offset before 1901
    begin = count.start.astimezone(UTC)
    end = begin + timedelta(hours=count.rule.length + count.more)
    for first, last, _ in count.pauses:
        stop = max(datetime.combine(first, time.min, SHANGHAI).astimezone(UTC), begin)
        resume = end_of(last).astimezone(UTC)
        if stop < end and stop < resume:
            end += resume - stop
    due_at = end.astimezone(SHANGHAI)
    return Due(
        due_at=due_at,
        due_on=due_at.date(),
        earliest_on=due_at.date() + ONE_DAY if count.rule.kind == "minimum_gap" else None,
        in_force=count.rule.valid_from <= count.start_on,
        _count=count,
    )


def _checked_pauses(
    rule: Rule, start_on: date, pauses: Iterable[Pause], now: datetime | None
) -> tuple[tuple[date, date, str], ...]:
    """The pauses in order, each closed; refuses what the rule does not list, what overlaps, precedes or lies ahead."""
    today = legal_day(now) if now is not None else None
    checked: list[tuple[date, date, str]] = []
    for pause in sorted(pauses, key=lambda one: one.first):
        if pause.reason not in rule.pause:
            listed = "、".join(PauseReason(reason).label for reason in rule.pause)
            known = f"仅限：{listed}" if listed else "法律未规定中止"
            raise LawRefuses(rule, f"不得因“{pause.reason}”中止计算，{known}")
        last = pause.last or today
        if last is None:
            raise LawRefuses(rule, "尚未结束的中止需要当前时间才能计算")
        if today is not None and max(pause.first, last) > today:
            raise LawRefuses(rule, "中止不得及于将来")
        if last < pause.first:
            raise LawRefuses(rule, "中止的止日早于起日")
        if pause.first < start_on:
            raise LawRefuses(rule, "中止不得早于期限起算之日")
        if checked and pause.first <= checked[-1][1]:
            raise LawRefuses(rule, "两次中止相互重叠")
        checked.append((pause.first, last, PauseReason(pause.reason).label))
    return tuple(checked)


def _checked_extensions(rule: Rule, extensions: Iterable[Extension]) -> tuple[int, date | None]:
    """How many units are added, or the date the approver set; refuses what goes beyond the article."""
    granted: Sequence[Extension] = tuple(extensions)
    if not granted:
        return 0, None
    terms = rule.ext
    if terms is None:
        raise LawRefuses(rule, "法律未规定延长")
    if len(granted) > 1 and not terms.cap:
        raise LawRefuses(rule, "只能延长一次")
    until = [one.until for one in granted if one.until is not None]
    if terms.by_day:
        if len(until) != len(granted) or any(one.length is not None for one in granted):
            raise LawRefuses(rule, "条文没有规定延长的期间，只能延长至批准人确定的日期，不以期间计")
        return 0, until[0]
    if until:
        raise LawRefuses(rule, f"延长以{rule.unit.label}计，不以日期计")
    lengths = [one.length or 0 for one in granted]
    if min(lengths) <= 0:
        raise LawRefuses(rule, "延长的期间必须大于零")
    more = sum(lengths)
    if terms.length is not None and more > terms.length:
        raise LawRefuses(rule, f"延长不得超过{terms.length}{rule.unit.label}")
    if terms.total is not None and rule.length + more > terms.total:
        raise LawRefuses(rule, f"连同延长总共不得超过{terms.total}{rule.unit.label}")
    return more, None
