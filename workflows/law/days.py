"""The calendar as a value: which day counts as a working day, and why.

Pure: knows no database and no Django, so that the counting of limits can be read and tested alone. The rows it is
made from are in `workflows.law.calendar`. Working day (工作日): Monday to Friday, overridden by the State Council's
yearly notice (放假、调休上班). A year without a notice is computed from weekends and the statutory holidays (HOL
2024) and everything that rests on it is provisional: nobody knows its make-up days yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

import holidays

WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
ONE_DAY = timedelta(days=1)

#: holidays on fixed days of the solar calendar, for years whose lunar dates nobody computed (HOL 2024)
_FIXED = {(1, 1): "元旦", (5, 1): "劳动节", (5, 2): "劳动节", (10, 1): "国庆节", (10, 2): "国庆节", (10, 3): "国庆节"}


class NoticeDay(NamedTuple):
    """One day a notice speaks of: off (放假) or a make-up working day (调休上班)."""

    off: bool
    name: str


class Counts(NamedTuple):
    """Whether a day counts as a working day, and the reason in words."""

    counted: bool
    reason: str


@dataclass(frozen=True)
class Calendar:
    """One version of the whole calendar; immutable. `days` holds the days that the notices name."""

    days: Mapping[date, NoticeDay]
    announced_years: frozenset[int]
    version: int = 0
    notices: Mapping[int, str] = field(default_factory=dict)

    @classmethod
    def from_rows(
        cls, rows: Iterable[tuple[date, bool, str, int]], *, version: int = 0, notices: Mapping[int, str] | None = None
    ) -> Calendar:
        """A calendar from rows (day, off, name, year of the notice). A year is announced when its notice has days."""
        days: dict[date, NoticeDay] = {}
        years: set[int] = set()
        for day, off, name, year in rows:
            days[day] = NoticeDay(off, name)
            years.add(year)
        return cls(MappingProxyType(days), frozenset(years), version, MappingProxyType(dict(notices or {})))

    def announced(self, day: date) -> bool:
        """Whether the State Council has spoken for this day; a notice can hold days of the December before its year."""
        return day.year in self.announced_years or day in self.days

    def works(self, day: date) -> bool:
        """Whether the day is a working day. The fast half of `counts`."""
        known = self.days.get(day)
        if known is not None:
            return not known.off
        if day.weekday() >= 5:
            return False
        return day.year in self.announced_years or day not in statutory_holidays(day.year)

    def counts(self, day: date) -> Counts:
        """Whether the day counts as a working day, with the reason in Chinese."""
        known = self.days.get(day)
        if known is not None:
            return Counts(False, f"{known.name}放假") if known.off else Counts(True, f"{known.name}调休上班")
        unknown = "" if day.year in self.announced_years else "（当年放假安排未公布，按法定节假日推算）"
        if unknown and day in statutory_holidays(day.year):
            return Counts(False, f"{statutory_holidays(day.year)[day]}法定假日{unknown}")
        if day.weekday() >= 5:
            return Counts(False, f"{WEEKDAYS[day.weekday()]}休息{unknown}")
        return Counts(True, f"工作日（{WEEKDAYS[day.weekday()]}）{unknown}")

    def covers(self, first: date, last: date) -> bool:
        """Whether every day from first to last is announced."""
        for year in range(first.year, last.year + 1):
            if year in self.announced_years:
                continue
            day = max(first, date(year, 1, 1))
            end = min(last, date(year, 12, 31))
            while day <= end:
                if day not in self.days:
                    return False
                day += ONE_DAY
        return True

    def next_working_day(self, day: date) -> date:
        """The day itself if it is a working day, else the first one after it."""
        while not self.works(day):
            day += ONE_DAY
        return day


@lru_cache(maxsize=512)
def statutory_holidays(year: int) -> Mapping[date, str]:
    """The days off by the holiday regulation itself (HOL), as it stood in that year.

    The swapped days (休息日由…调休) the package knows for past years are left out: only our own loaded notices make
    them.
    """
    computed = holidays.CN(years=year, observed=False, language="zh_CN")
    found = {day: name for day, name in computed.items() if day.year == year and not name.startswith("休息日")}
    return MappingProxyType(found or {date(year, month, day): name for (month, day), name in _FIXED.items()})
