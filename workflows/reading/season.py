"""The season before Spring Festival (10月—春节): this year against last, week by week, and what that lets expect.

Weeks are counted back from the festival, because arrears follow it and not the date: week −1 are the seven days
before it. Pure: takes counts by day, knows no rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import holidays

WEEK = timedelta(days=7)
#: complete weeks that are compared, and cases of last year below which nothing is projected
COMPARED, FEWEST = 4, 10
#: share of last year's strongest week from which a week belongs to its peak
NEAR_PEAK = 0.8


@dataclass(frozen=True)
class Week:
    """One week: `back` weeks before the festival, its days this season and last, the counts; None: not yet."""

    back: int
    first: date
    last: date
    count: int | None
    complete: bool
    first_before: date
    last_before: date
    before: int


@dataclass(frozen=True)
class Season:
    """The weeks in their order, days to the festival, the peak of last season, and the comparison."""

    festival: date
    days_left: int
    weeks: tuple[Week, ...]
    peak: tuple[int, int] | None
    compared: tuple[Week, ...]

    @property
    def now(self) -> int:
        """Cases of the compared weeks this season."""
        return sum(week.count or 0 for week in self.compared)

    @property
    def then(self) -> int:
        """Cases of the same weeks last season."""
        return sum(week.before for week in self.compared)

    @property
    def projected(self) -> tuple[Week, int] | None:
        """The strongest week still to come by last season's measure, and how many cases the ratio lets expect."""
        coming = [week for week in self.weeks if week.count is None]
        if len(self.compared) < COMPARED or self.then < FEWEST or not coming:
            return None
        strongest = max(coming, key=lambda week: week.before)
        return strongest, round(strongest.before * self.now / self.then)


@cache
def spring_festival(year: int) -> date:
    """正月初一 of a year, from the lunar tables of the `holidays` library. Raises ValueError where they end."""
    days = [
        day for day, name in holidays.country_holidays("CN", years=year, language="zh_CN").items() if "春节" in name
    ]
    if not days:
        raise ValueError(f"no lunar date for {year}")
    return min(days)


def season_of(today: date) -> tuple[date, date]:
    """The first day (1 October) and the festival of the season that runs or comes."""
    festival = spring_festival(today.year)
    if today >= festival:
        festival = spring_festival(today.year + 1)
    return date(festival.year - 1, 10, 1), festival


def season(by_day: Mapping[date, int], today: date) -> Season:
    """The season of a day, from the cases filed by day."""
    opening, festival = season_of(today)
    before = spring_festival(festival.year - 1)
    length = -(-(festival - opening).days // 7)
    weeks = []
    for back in range(length, 0, -1):
        first, first_before = festival - back * WEEK, before - back * WEEK
        last, last_before = first + timedelta(days=6), first_before + timedelta(days=6)
        weeks.append(
            Week(
                back,
                first,
                last,
                _sum(by_day, first, last) if first <= today else None,
                last < today,
                first_before,
                last_before,
                _sum(by_day, first_before, last_before),
            )
        )
    complete = [week for week in weeks if week.complete]
    return Season(festival, (festival - today).days, tuple(weeks), _peak(weeks), tuple(complete[-COMPARED:]))


def _sum(by_day: Mapping[date, int], first: date, last: date) -> int:
    return sum(by_day.get(first + timedelta(days=n), 0) for n in range((last - first).days + 1))


def _peak(weeks: list[Week]) -> tuple[int, int] | None:
    """The places of the first and last week around last season's strongest that come near it."""
    highest = max((week.before for week in weeks), default=0)
    if highest < 1:
        return None
    place = next(n for n, week in enumerate(weeks) if week.before == highest)
    first = last = place
    while first > 0 and weeks[first - 1].before >= NEAR_PEAK * highest:
        first -= 1
    while last < len(weeks) - 1 and weeks[last + 1].before >= NEAR_PEAK * highest:
        last += 1
    return first, last
