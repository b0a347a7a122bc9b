"""The calendar as a value: announced and computed years, and the words for each day."""

from __future__ import annotations

from datetime import date, timedelta

from workflows.law.days import Calendar, statutory_holidays
from workflows.law.seeding import calendar_rows

CALENDAR = Calendar.from_rows(calendar_rows(), version=1)


def test_2026_is_as_the_notice_says() -> None:
    def days(*spans: str) -> set[date]:
        found = set()
        for span in spans:
            first, _, last = span.partition("..")
            day = date.fromisoformat(f"2026-{first}")
            while day <= date.fromisoformat(f"2026-{last or first}"):
                found.add(day)
                day += timedelta(days=1)
        return found

    off = days("01-01..01-03", "02-15..02-23", "04-04..04-06", "05-01..05-05", "06-19..06-21", "09-25..09-27")
    off |= days("10-01..10-07")
    make_up = days("01-04", "02-14", "02-28", "05-09", "09-20", "10-10")
    year = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    assert {d for d in year if CALENDAR.works(d)} == {d for d in year if d.weekday() < 5} - off | make_up


def test_a_year_is_announced_when_its_notice_has_days() -> None:
    assert CALENDAR.announced_years == frozenset(range(2019, 2027))
    assert not CALENDAR.announced(date(2027, 1, 1))
    assert not CALENDAR.announced(date(2018, 12, 28))
    assert CALENDAR.announced(date(2018, 12, 29)), "the notice of 2019 holds it"


def test_a_year_without_a_notice_is_computed_from_the_statutory_holidays() -> None:
    off = set(statutory_holidays(2027))
    spring = {date(2027, 2, 5), date(2027, 2, 6), date(2027, 2, 7), date(2027, 2, 8)}
    fixed = {date(2027, 1, 1), date(2027, 5, 1), date(2027, 5, 2), *(date(2027, 10, n) for n in (1, 2, 3))}
    assert off == spring | fixed | {date(2027, 4, 5), date(2027, 6, 9), date(2027, 9, 15)}
    assert CALENDAR.counts(date(2027, 2, 5)).reason.startswith("农历除夕法定假日")
    assert "推算" in CALENDAR.counts(date(2027, 2, 5)).reason
    assert "推算" in CALENDAR.counts(date(2027, 2, 13)).reason
    assert CALENDAR.works(date(2027, 2, 9)), "make-up days are not guessed"


def test_swaps_of_past_years_are_not_taken_from_anywhere_but_a_notice() -> None:
    assert date(2018, 2, 15) not in statutory_holidays(2018)
    assert date(2018, 2, 16) in statutory_holidays(2018)


def test_the_first_and_last_year_have_at_least_the_fixed_holidays() -> None:
    for year in (1, 9999):
        assert date(year, 10, 1) in statutory_holidays(year)


def test_each_day_says_why() -> None:
    assert CALENDAR.counts(date(2025, 10, 2)) == (False, "国庆节、中秋节放假")
    assert CALENDAR.counts(date(2025, 9, 28)) == (True, "国庆节、中秋节调休上班")
    assert CALENDAR.counts(date(2025, 9, 20)) == (False, "周六休息")
    assert CALENDAR.counts(date(2025, 9, 22)) == (True, "工作日（周一）")


def test_counts_and_works_agree() -> None:
    day = date(2017, 1, 1)
    while day < date(2029, 1, 1):
        assert CALENDAR.counts(day).counted is CALENDAR.works(day)
        day += timedelta(days=1)


def test_an_amended_year_is_another_calendar_and_the_old_one_stands() -> None:
    rows = [row for row in calendar_rows() if row[0] != date(2026, 9, 20)]
    amended = Calendar.from_rows(rows, version=2)
    assert not amended.works(date(2026, 9, 20))
    assert CALENDAR.works(date(2026, 9, 20))
