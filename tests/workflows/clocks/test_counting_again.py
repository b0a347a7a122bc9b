"""Counting again: what was just counted never differs, and once put right it stays, whatever days a calendar takes
away.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from types import MappingProxyType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workflows.law.calendar import load_calendar
from workflows.law.counting import SHANGHAI
from workflows.law.counting import limit as count
from workflows.law.days import Calendar, NoticeDay
from workflows.law.limits import rule
from workflows.law.seeding import limit_entries
from workflows.move import law_limit
from workflows.recount import Recount

DAY = timedelta(days=1)
any_rule = st.sampled_from([entry["id"] for entry in limit_entries()])
starts = st.datetimes(datetime(2019, 1, 2), datetime(2027, 12, 31), timezones=st.just(SHANGHAI))
on_one_database = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=200
)


@on_one_database
@given(any_rule, starts)
def test_what_was_just_counted_does_not_differ(shared_database: str, name: str, start: datetime) -> None:
    limit = law_limit(name, start)
    assert Recount(load_calendar(), date(2030, 1, 1)).differs(limit, (), ()) is None


@on_one_database
@given(any_rule, starts, st.lists(st.integers(0, 90), min_size=1, max_size=9))
def test_put_right_once_it_stays(shared_database: str, name: str, start: datetime, off: Sequence[int]) -> None:
    limit, before = law_limit(name, start), load_calendar()
    days = {start.date() + n * DAY: NoticeDay(True, "虚构假日") for n in off}
    amended = Calendar(MappingProxyType({**before.days, **days}), before.announced_years, 2, before.notices)
    recount = Recount(amended, date(2030, 1, 1))
    due = recount.differs(limit, (), ())
    if due is not None:
        law = rule(name)
        if law.length > 0:  # more days off never make a limit shorter
            assert due.due_at >= limit.due_at
        limit.due_at, limit.due_on, limit.provisional = due.due_at, due.due_on, due.provisional
        limit.target_on = due.target_on or due.due_on
    assert recount.differs(limit, (), ()) is None


@pytest.mark.parametrize("first", [date(2026, 9, 29), date(2026, 12, 30), date(2027, 12, 30)])
def test_every_minute_around_a_midnight_belongs_to_its_day(shared_database: str, first: date) -> None:
    """Three days minute by minute: a limit in days is the same all day long, and steps at 00:00 Asia/Shanghai, never at
    08:00.
    """
    recount = Recount(load_calendar(), date(2030, 1, 1))
    moment = datetime.combine(first, datetime.min.time(), SHANGHAI)
    by_day: dict[date, set[datetime]] = {}
    for _ in range(3 * 24 * 60):
        by_day.setdefault(moment.date(), set()).add(count(rule("ACC-09"), moment, recount.calendar).due_at)
        moment += timedelta(minutes=1)
    assert [len(found) for found in by_day.values()] == [1, 1, 1]
    assert recount.differs(law_limit("ACC-09", moment), (), ()) is None
