"""Dated examples at the traps. Every counted day stands here by hand, never computed by the code under test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest

from workflows.law.counting import Extension, Pause, limit
from workflows.law.days import Calendar
from workflows.law.rule import rule_from
from workflows.law.seeding import calendar_rows, limit_entries

RULES = {entry["id"]: rule_from(entry) for entry in limit_entries()}
CALENDAR = Calendar.from_rows(calendar_rows())


@dataclass(frozen=True)
class Example:
    trap: str
    rule: str
    start: str
    counted: str
    due_on: str
    due_at: str = ""
    target_on: str = ""
    earliest_on: str = ""
    provisional: bool = False
    in_force: bool = True
    pauses: tuple[tuple[str, str], ...] = ()
    extend: int = 0


EXAMPLES = [
    Example("an ordinary week", "ACC-01", "2025-09-15T10:00+08:00", "2025-09-16..2025-09-19 2025-09-22", "2025-09-22"),
    Example(
        "a make-up Sunday before National Day counts",
        "ACC-01",
        "2025-09-25T09:00+08:00",
        "2025-09-26 2025-09-28..2025-09-30 2025-10-09",
        "2025-10-09",
    ),
    Example(
        "the last second before National Day, a make-up Saturday after it",
        "ACC-01",
        "2025-09-30T23:59:59+08:00",
        "2025-10-09..2025-10-11 2025-10-13 2025-10-14",
        "2025-10-14",
    ),
    Example(
        "the first second of National Day gives the same",
        "ACC-01",
        "2025-10-01T00:00+08:00",
        "2025-10-09..2025-10-11 2025-10-13 2025-10-14",
        "2025-10-14",
    ),
    Example(
        "a start on a day off",
        "ACC-01",
        "2025-10-04T12:00+08:00",
        "2025-10-09..2025-10-11 2025-10-13 2025-10-14",
        "2025-10-14",
    ),
    Example(
        "a start on a make-up Sunday: the start day does not count",
        "ACC-01",
        "2025-09-28T08:00+08:00",
        "2025-09-29 2025-09-30 2025-10-09..2025-10-11",
        "2025-10-11",
    ),
    Example(
        "half past midnight in Shanghai is still the day before in UTC",
        "ACC-01",
        "2025-09-15T16:30+00:00",
        "2025-09-17..2025-09-19 2025-09-22 2025-09-23",
        "2025-09-23",
    ),
    Example(
        "Spring Festival of nine days with a make-up Saturday before it",
        "ACC-01",
        "2026-02-12T09:00+08:00",
        "2026-02-13 2026-02-14 2026-02-24..2026-02-26",
        "2026-02-26",
    ),
    Example(
        "the last day of February is a make-up Saturday",
        "ACC-01",
        "2026-02-25T09:00+08:00",
        "2026-02-26..2026-02-28 2026-03-02 2026-03-03",
        "2026-03-03",
    ),
    Example(
        "New Year's Eve was a working day in 2024",
        "ACC-01",
        "2024-02-07T09:00+08:00",
        "2024-02-08 2024-02-09 2024-02-18..2024-02-20",
        "2024-02-20",
    ),
    Example(
        "the prolonged Spring Festival of 2020, by a second notice",
        "ACC-01",
        "2020-01-22T09:00+08:00",
        "2020-01-23 2020-02-03..2020-02-06",
        "2020-02-06",
    ),
    Example(
        "the notice of 2019 makes a Saturday of December 2018 a working day",
        "ACC-01",
        "2018-12-27T09:00+08:00",
        "2018-12-28 2018-12-29 2019-01-02..2019-01-04",
        "2019-01-04",
        provisional=True,
    ),
    Example(
        "the notice of 2023 holds the last day of 2022",
        "ACC-01",
        "2022-12-29T09:00+08:00",
        "2022-12-30 2023-01-03..2023-01-06",
        "2023-01-06",
    ),
    Example(
        "into a year without a notice",
        "ACC-01",
        "2026-12-28T09:00+08:00",
        "2026-12-29..2026-12-31 2027-01-04 2027-01-05",
        "2027-01-05",
        provisional=True,
    ),
    Example(
        "sixty working days into a year without a notice, over its Spring Festival",
        "INV-01",
        "2026-11-23T15:00+08:00",
        "2026-11-24..2026-11-27 2026-11-30..2026-12-04 2026-12-07..2026-12-11 2026-12-14..2026-12-18 "
        "2026-12-21..2026-12-25 2026-12-28..2026-12-31 2027-01-04..2027-01-08 2027-01-11..2027-01-15 "
        "2027-01-18..2027-01-22 2027-01-25..2027-01-29 2027-02-01..2027-02-04 2027-02-09..2027-02-12 "
        "2027-02-15..2027-02-18",
        "2027-02-18",
        provisional=True,
    ),
    Example(
        "by analogy: the target stays in National Day, the limit moves on",
        "INV-02",
        "2025-09-05T09:00+08:00",
        "2025-09-06..2025-10-05",
        "2025-10-09",
        target_on="2025-10-05",
    ),
    Example(
        "by analogy, and the last day works",
        "ACC-09",
        "2025-09-15T09:00+08:00",
        "2025-09-16..2025-09-22",
        "2025-09-22",
        target_on="2025-09-22",
    ),
    Example(
        "a last day on a make-up Sunday does not move",
        "ACC-09",
        "2025-09-21T09:00+08:00",
        "2025-09-22..2025-09-28",
        "2025-09-28",
        target_on="2025-09-28",
    ),
    Example(
        "by law: the police's third day falls into National Day",
        "TRF-12",
        "2026-09-30T16:00+08:00",
        "2026-10-01..2026-10-03",
        "2026-10-08",
    ),
    Example(
        "by law: the third day is a make-up Saturday",
        "TRF-12",
        "2026-02-11T16:00+08:00",
        "2026-02-12..2026-02-14",
        "2026-02-14",
    ),
    Example(
        "hours run into a holiday",
        "TRF-04",
        "2026-09-30T17:00+08:00",
        "2026-09-30 2026-10-01",
        "2026-10-01",
        due_at="2026-10-01T17:00+08:00",
    ),
    Example(
        "hours run over the year's end",
        "TRF-10a",
        "2025-12-31T23:30+08:00",
        "2025-12-31 2026-01-01",
        "2026-01-01",
        due_at="2026-01-01T23:30+08:00",
    ),
    Example(
        "the 31st and six months: no such day in February, and its last is a make-up Saturday",
        "PAY-15b",
        "2025-08-31T10:00+08:00",
        "2025-09-01..2026-02-28",
        "2026-02-28",
    ),
    Example(
        "the 31st and six months in a leap year",
        "PAY-15b",
        "2023-08-31T10:00+08:00",
        "2023-09-01..2024-02-29",
        "2024-02-29",
    ),
    Example(
        "three months end on National Day and move by law",
        "PAY-12",
        "2025-07-01T10:00+08:00",
        "2025-07-02..2025-10-01",
        "2025-10-09",
    ),
    Example(
        "two years from a leap day",
        "ACC-07",
        "2024-02-29T10:00+08:00",
        "2024-03-01..2026-02-28",
        "2026-02-28",
    ),
    Example(
        "a term far beyond the calendar rests on no calendar",
        "BLK-10",
        "2026-11-30T10:00+08:00",
        "2026-12-01..2029-11-30",
        "2029-11-30",
    ),
    Example(
        "a minimum gap over National Day",
        "PAY-13",
        "2025-09-24T10:00+08:00",
        "2025-09-25 2025-09-26 2025-09-28..2025-09-30 2025-10-09..2025-10-11 2025-10-13 2025-10-14",
        "2025-10-14",
        earliest_on="2025-10-15",
    ),
    Example(
        "a minimum gap over Labour Day",
        "DEC-04b",
        "2025-04-24T10:00+08:00",
        "2025-04-25 2025-04-27..2025-04-30 2025-05-06 2025-05-07",
        "2025-05-07",
        earliest_on="2025-05-08",
    ),
    Example(
        "a minimum gap in months that moves by analogy",
        "BLK-11",
        "2025-04-01T10:00+08:00",
        "2025-04-02..2025-10-01",
        "2025-10-09",
        target_on="2025-10-01",
        earliest_on="2025-10-10",
    ),
    Example(
        "an extension is counted on from the un-moved end, not from after the holiday",
        "INV-02",
        "2025-09-05T09:00+08:00",
        "2025-09-06..2025-11-04",
        "2025-11-04",
        target_on="2025-11-04",
        extend=30,
    ),
    Example(
        "ninety working days over two festivals and three make-up Saturdays",
        "INV-01",
        "2026-01-05T09:00+08:00",
        "2026-01-06..2026-01-09 2026-01-12..2026-01-16 2026-01-19..2026-01-23 2026-01-26..2026-01-30 "
        "2026-02-02..2026-02-06 2026-02-09..2026-02-14 2026-02-24..2026-02-28 2026-03-02..2026-03-06 "
        "2026-03-09..2026-03-13 2026-03-16..2026-03-20 2026-03-23..2026-03-27 2026-03-30..2026-04-03 "
        "2026-04-07..2026-04-10 2026-04-13..2026-04-17 2026-04-20..2026-04-24 2026-04-27..2026-04-30 "
        "2026-05-06..2026-05-09 2026-05-11..2026-05-15 2026-05-18..2026-05-20",
        "2026-05-20",
        extend=30,
    ),
    Example(
        "a hearing stops the review",
        "ACC-13b",
        "2025-06-10T09:00+08:00",
        "2025-06-11..2025-06-15 2025-06-21..2025-07-15",
        "2025-07-15",
        target_on="2025-07-15",
        pauses=(("2025-06-16", "2025-06-20"),),
    ),
    Example(
        "one month before the 31st of March",
        "PAY-23",
        "2026-03-31T00:00+08:00",
        "2026-02-28..2026-03-30",
        "2026-02-28",
    ),
    Example(
        "sixty days end in Spring Festival and move by law",
        "PAY-15a",
        "2025-12-18T10:00+08:00",
        "2025-12-19..2026-02-16",
        "2026-02-24",
    ),
    Example(
        "a rule not yet in force is computed all the same",
        "BLK-06",
        "2021-12-30T10:00+08:00",
        "2021-12-31 2022-01-04..2022-01-07 2022-01-10..2022-01-14 2022-01-17..2022-01-21 2022-01-24..2022-01-28",
        "2022-01-28",
        in_force=False,
    ),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.rule}: {example.trap}")
def test_the_days_counted_by_hand_are_the_days_counted(example: Example) -> None:
    due = limit(
        RULES[example.rule],
        datetime.fromisoformat(example.start),
        CALENDAR,
        [Pause(date.fromisoformat(a), date.fromisoformat(b), "hearing") for a, b in example.pauses],
        [Extension(example.extend)] if example.extend else [],
    )
    due_on = date.fromisoformat(example.due_on)
    midnight = f"{due_on + timedelta(days=1)}T00:00+08:00"
    assert [day.date for day in due.days if day.counted] == list(written(example.counted))
    assert due.due_on == due_on
    assert due.due_at == datetime.fromisoformat(example.due_at or midnight)
    assert due.target_on == (date.fromisoformat(example.target_on) if example.target_on else None)
    assert due.earliest_on == (date.fromisoformat(example.earliest_on) if example.earliest_on else None)
    assert due.provisional is example.provisional
    assert due.in_force is example.in_force


def test_every_day_between_start_and_end_is_explained() -> None:
    for example in EXAMPLES:
        due = limit(RULES[example.rule], datetime.fromisoformat(example.start), CALENDAR)
        days = [day.date for day in due.days]
        assert all(day.reason for day in due.days)
        assert days == [days[0] + timedelta(days=n) for n in range(len(days))]
        assert due.due_on in days


def written(text: str) -> Iterator[date]:
    """`2025-09-16..2025-09-19 2025-09-22` as days."""
    for part in text.split():
        first, _, last = part.partition("..")
        day = date.fromisoformat(first)
        while day <= date.fromisoformat(last or first):
            yield day
            day += timedelta(days=1)
