"""What must hold for every start: order, addition, pauses; and an independent count over our holiday files."""

from __future__ import annotations

import contextlib
import random
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.law.counting import SHANGHAI, CannotCount, Due, Extension, Pause, add_months, limit, set_date
from workflows.law.days import Calendar
from workflows.law.rule import Rule, Unit, rule_from
from workflows.law.seeding import calendar_rows, holiday_years, limit_entries

RULES = {entry["id"]: rule_from(entry) for entry in limit_entries()}
CALENDAR = Calendar.from_rows(calendar_rows())
DAY = timedelta(days=1)

moments = st.datetimes(datetime(2017, 1, 1), datetime(2028, 12, 31), timezones=st.just(SHANGHAI))
any_rule = st.sampled_from(list(RULES.values()))
in_days = st.sampled_from([rule for rule in RULES.values() if rule.unit in (Unit.WORKING_DAYS, Unit.CALENDAR_DAYS)])


def count(rule: Rule, start: datetime, pauses: tuple[Pause, ...] = ()) -> Due:
    return limit(rule, start, CALENDAR, pauses)


@given(any_rule, moments, moments)
def test_a_later_start_never_ends_earlier(rule: Rule, one: datetime, other: datetime) -> None:
    first, second = sorted([one, other])
    assert count(rule, first).due_at <= count(rule, second).due_at


@given(in_days, moments, st.integers(1, 40), st.integers(1, 40))
def test_counting_on_from_the_end_is_counting_the_sum(rule: Rule, start: datetime, some: int, more: int) -> None:
    rule = replace(rule, roll="none")
    halfway = count(replace(rule, length=some), start).due_on
    on = count(replace(rule, length=more), datetime.combine(halfway, time(12), SHANGHAI)).due_on
    assert on == count(replace(rule, length=some + more), start).due_on


@given(any_rule, moments)
def test_no_limit_ends_on_a_day_that_does_not_count(rule: Rule, start: datetime) -> None:
    due = count(rule, start)
    if rule.unit is Unit.WORKING_DAYS or rule.roll != "none":
        assert CALENDAR.works(due.due_on)
    if rule.unit is not Unit.HOURS:
        assert due.due_at == datetime.combine(due.due_on + DAY, time.min, SHANGHAI)


@given(in_days, moments)
def test_as_many_days_count_as_the_law_gives(rule: Rule, start: datetime) -> None:
    assert sum(day.counted for day in count(rule, start).days) == rule.length


@given(in_days, moments, st.integers(1, 30), st.integers(0, 20))
def test_a_pause_of_n_counted_days_moves_the_end_by_n(rule: Rule, start: datetime, after: int, length: int) -> None:
    rule = replace(rule, length=60, roll="none", pause=("hearing",))
    first = start.date() + after * DAY
    last = first + length * DAY
    paused = [first + n * DAY for n in range(length + 1)]
    working = rule.unit is Unit.WORKING_DAYS
    lost = sum(1 for day in paused if CALENDAR.works(day) or not working)
    moved = count(rule, start, (Pause(first, last, "hearing"),))
    assert moved.due_on == count(replace(rule, length=60 + lost), start).due_on
    assert sum(day.counted for day in moved.days) == 60


@given(moments, st.integers(1, 30))
def test_an_extension_is_so_many_days_more(start: datetime, more: int) -> None:
    rule = RULES["INV-01"]
    extended = limit(rule, start, CALENDAR, extensions=[Extension(more)])
    assert extended.due_on == count(replace(rule, length=60 + more), start).due_on
    assert extended.due_on > count(rule, start).due_on


@given(moments, st.integers(-36, 36))
def test_months_end_on_the_corresponding_day_or_the_last_of_the_month(start: datetime, months: int) -> None:
    day = start.date()
    end = add_months(day, months)
    assert (end.year * 12 + end.month) - (day.year * 12 + day.month) == months
    assert end.day == day.day or (end.day < day.day and (end + DAY).day == 1)


@given(any_rule, moments)
def test_counting_twice_gives_the_same(rule: Rule, start: datetime) -> None:
    assert count(rule, start) == count(rule, start)
    assert count(rule, start).days == count(rule, start).days


@given(any_rule, st.datetimes(timezones=st.just(UTC)))
def test_any_moment_of_the_calendar_is_counted_or_clearly_refused(rule: Rule, start: datetime) -> None:
    try:
        due = count(rule, start)
    except CannotCount:
        assert start.year < 3 or start.year > 9995
    else:
        assert due.due_on <= due.due_at.date()


@pytest.mark.parametrize("zone", [UTC, SHANGHAI])
@pytest.mark.parametrize("edge", [datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59)])
def test_at_the_edges_of_the_calendar_nothing_but_the_clear_refusal_is_raised(edge: datetime, zone: tzinfo) -> None:
    for rule in RULES.values():
        with contextlib.suppress(CannotCount):
            count(rule, edge.replace(tzinfo=zone))


def test_a_date_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(CannotCount):
        count(RULES["ACC-01"], datetime(9999, 12, 31, 12, tzinfo=SHANGHAI))
    with pytest.raises(CannotCount):
        count(RULES["PAY-23"], datetime(1, 1, 5, 12, tzinfo=SHANGHAI))
    with pytest.raises(CannotCount):
        set_date(date.max)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(CannotCount):
        count(RULES["ACC-01"], datetime(2026, 3, 2, 9))


def test_every_minute_around_midnight_belongs_to_its_day_in_shanghai() -> None:
    """Three days around National Day's eve, minute by minute, handed in as UTC."""
    first = datetime(2026, 9, 29, 0, 0, tzinfo=SHANGHAI).astimezone(UTC)
    by_day = {
        rule_id: {day: count(RULES[rule_id], datetime(2026, 9, day, 12, tzinfo=SHANGHAI)).due_at for day in (29, 30)}
        | {1: count(RULES[rule_id], datetime(2026, 10, 1, 12, tzinfo=SHANGHAI)).due_at}
        for rule_id in ("ACC-01", "ACC-09")
    }
    for minute in range(3 * 24 * 60):
        moment = first + timedelta(minutes=minute)
        local = (29, 30, 1)[minute // (24 * 60)]
        for rule_id, due_at in by_day.items():
            assert count(RULES[rule_id], moment).due_at == due_at[local]
        assert count(RULES["TRF-04"], moment).due_at == moment + timedelta(hours=24)


def test_an_independent_count_agrees_on_5000_starts_for_every_rule() -> None:
    """Rules that count alike (same length, unit, roll) are counted once per start."""
    off = {date.fromisoformat(d["date"]): d["off"] for year in holiday_years() for d in year["days"]}
    draw = random.Random(20260301)
    alike = {(rule.length, rule.unit, rule.roll): rule for rule in RULES.values() if rule.unit is not Unit.HOURS}
    hours = {rule.length: rule for rule in RULES.values() if rule.unit is Unit.HOURS}
    assert len(alike) > 20 and hours
    for _ in range(5000):
        start = datetime(2019, 1, 1, tzinfo=SHANGHAI) + timedelta(minutes=draw.randrange(6 * 365 * 24 * 60))
        due = {key: limit(rule, start, CALENDAR) for key, rule in alike.items()}
        ends = {key: by_loop(start.date(), *key, off) for key in alike}
        assert {key: one.due_on for key, one in due.items()} == ends, start
        assert all(due[key].due_at == datetime.combine(end + DAY, time.min, SHANGHAI) for key, end in ends.items())
        for length, rule in hours.items():
            assert limit(rule, start, CALENDAR).due_at == start + timedelta(hours=length)


def by_loop(day: date, length: int, unit: str, roll: str, off: dict[date, bool]) -> date:
    def works(day: date) -> bool:
        return not off.get(day, day.weekday() > 4)

    months = length * {"MO": 1, "Y": 12}.get(unit, 0)
    month, wanted, left = day.year * 12 + day.month + months, day.day, 0 if months else length
    day = day.replace(year=(month - 1) // 12, month=(month - 1) % 12 + 1, day=1) if months else day
    while months and day.day < wanted and (day + DAY).day != 1:
        day += DAY
    while left:
        day += DAY
        left -= 1 if unit == "CD" or works(day) else 0
    while roll != "none" and not works(day):
        day += DAY
    return day


def test_the_calendar_runs_without_a_gap_over_each_announced_year() -> None:
    """Every year has between 245 and 254 working days, as notices have always given."""
    for year in range(2019, 2027):
        days = [date(year, 1, 1) + n * DAY for n in range(366) if (date(year, 1, 1) + n * DAY).year == year]
        assert 245 <= sum(map(CALENDAR.works, days)) <= 254
        assert all(b - a == DAY for a, b in pairwise(days))
