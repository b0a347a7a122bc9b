"""What the law allows to stop or lengthen a limit, and that the refusal names the article."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from workflows.law.counting import SHANGHAI, Extension, LawRefuses, Pause, limit
from workflows.law.days import Calendar
from workflows.law.rule import rule_from
from workflows.law.seeding import calendar_rows, limit_entries

RULES = {entry["id"]: rule_from(entry) for entry in limit_entries()}
CALENDAR = Calendar.from_rows(calendar_rows())
START = datetime(2025, 6, 10, 9, tzinfo=SHANGHAI)
NOW = datetime(2025, 6, 25, 9, tzinfo=SHANGHAI)


def hearing(first: str, last: str | None) -> Pause:
    return Pause(date.fromisoformat(first), date.fromisoformat(last) if last else None, "hearing")


@pytest.mark.parametrize(
    ("rule", "pauses", "why"),
    [
        ("INV-01", [hearing("2025-06-12", "2025-06-13")], "法律未规定中止"),
        ("ACC-13b", [Pause(date(2025, 6, 12), date(2025, 6, 13), "appraisal")], "仅限：听证"),
        ("ACC-13b", [hearing("2025-06-09", "2025-06-11")], "不得早于"),
        ("ACC-13b", [hearing("2025-06-24", "2025-06-26")], "将来"),
        ("ACC-13b", [hearing("2025-06-26", None)], "将来"),
        ("ACC-13b", [hearing("2025-06-13", "2025-06-12")], "早于起日"),
        ("ACC-13b", [hearing("2025-06-16", "2025-06-18"), hearing("2025-06-12", "2025-06-16")], "重叠"),
    ],
)
def test_a_pause_the_law_does_not_know_is_refused_with_the_article(rule: str, pauses: list[Pause], why: str) -> None:
    with pytest.raises(LawRefuses, match=why) as refused:
        limit(RULES[rule], START, CALENDAR, pauses, now=NOW)
    assert refused.value.article == RULES[rule].article
    assert RULES[rule].article in str(refused.value)


def test_a_pause_that_still_lasts_counts_up_to_today() -> None:
    running = limit(RULES["ACC-13b"], START, CALENDAR, [hearing("2025-06-23", None)], now=NOW)
    closed = limit(RULES["ACC-13b"], START, CALENDAR, [hearing("2025-06-23", "2025-06-25")], now=NOW)
    assert running == closed
    with pytest.raises(LawRefuses):
        limit(RULES["ACC-13b"], START, CALENDAR, [hearing("2025-06-23", None)])


def test_a_pause_on_the_day_of_the_start_moves_nothing() -> None:
    rule = RULES["ACC-13b"]
    paused = limit(rule, START, CALENDAR, [hearing("2025-06-10", "2025-06-10")], now=NOW)
    assert paused == limit(rule, START, CALENDAR)


def test_a_pause_after_the_end_moves_nothing() -> None:
    rule = RULES["ACC-13b"]
    assert limit(rule, START, CALENDAR, [hearing("2025-08-01", "2025-08-05")]) == limit(rule, START, CALENDAR)


@pytest.mark.parametrize(
    ("rule", "lengths", "why"),
    [
        ("ACC-01", [5], "未规定延长"),
        ("INV-01", [31], "不得超过30个工作日"),
        ("INV-01", [10, 10], "只能延长一次"),
        ("INV-02", [20, 11], "不得超过30日"),
        ("ACC-14", [61], "总共不得超过90日"),
        ("INV-02", [0], "大于零"),
        ("INV-02", [-3], "大于零"),
        ("DEC-01", [10], "批准人确定的日期"),
        ("DEC-01", [None], "批准人确定的日期"),
    ],
)
def test_an_extension_beyond_the_article_is_refused(rule: str, lengths: list[int], why: str) -> None:
    with pytest.raises(LawRefuses, match=why):
        limit(RULES[rule], START, CALENDAR, extensions=[Extension(length) for length in lengths])


def test_an_extension_up_to_the_cap_may_come_in_parts() -> None:
    rule = RULES["INV-02"]
    parts = limit(rule, START, CALENDAR, extensions=[Extension(10), Extension(20)])
    assert parts == limit(rule, START, CALENDAR, extensions=[Extension(30)])


def test_where_the_law_gives_no_length_the_approver_sets_a_date() -> None:
    due = limit(RULES["DEC-01"], START, CALENDAR, extensions=[Extension(until=date(2025, 8, 1))])
    assert due.due_on == date(2025, 8, 1)
    with pytest.raises(LawRefuses, match="未晚于"):
        limit(RULES["DEC-01"], START, CALENDAR, extensions=[Extension(until=date(2025, 6, 20))])
    with pytest.raises(LawRefuses, match="不以日期计"):
        limit(RULES["INV-01"], START, CALENDAR, extensions=[Extension(until=date(2025, 12, 1))])


def test_the_explanation_says_why_each_day_did_not_count() -> None:
    due = limit(RULES["ACC-01"], datetime(2025, 9, 26, 9, tzinfo=SHANGHAI), CALENDAR)
    reasons = {day.date: day.reason for day in due.days}
    assert "起算当日" in reasons[date(2025, 9, 26)]
    assert "周六" in reasons[date(2025, 9, 27)]
    assert "调休上班" in reasons[date(2025, 9, 28)]
    assert "放假" in reasons[date(2025, 10, 1)]
    paused = limit(RULES["ACC-13b"], START, CALENDAR, [hearing("2025-06-12", "2025-06-12")])
    assert [day.reason for day in paused.days if day.date == date(2025, 6, 12)] == ["听证期间扣除"]
