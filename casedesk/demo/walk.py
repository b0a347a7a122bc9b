"""Walking through business time: many stories side by side, each act at its own moment, in the order of the calendar.

A story is a generator: it acts, then yields how many days pass (or the day on which it goes on). Between two acts the
clockwork does its part, every day: the sweep performs what is overdue, reminders speak up, the mailroom delivers. So
the record of the demo is what the county's record would be, and no row is written but by the acts themselves.
"""

from __future__ import annotations

import heapq
from collections.abc import Generator, Iterable
from datetime import date, datetime, time, timedelta

from casedesk.demo.places import spread
from notifications.delivery import Delivery, DeliveryState
from notifications.outbox import deliver_due
from workflows import clock
from workflows.law.calendar import load_calendar
from workflows.reminders import plan, remind
from workflows.sweep import sweep

#: days that pass before the story goes on; a date: it goes on that day at the earliest
Story = Generator[int | date, None, None]

NIGHT, MORNING = time(0, 10), time(8, 30)
_OPENS, _CLOSES = 8 * 60 + 30, 17 * 60 + 30


def walk(stories: Iterable[tuple[str, date, Story]], end: datetime) -> int:
    """Run the stories, each from its first day on, until all have come to their end or to `end`; how many acts'
    moments.
    """
    waiting: list[tuple[datetime, int, str, Story]] = []
    for number, (key, first, story) in enumerate(stories):
        heapq.heappush(waiting, (_moment(key, 0, first, None, end), number, key, story))
    steps, today = 0, waiting[0][0].date() if waiting else end.date()
    while waiting:
        moment, number, key, story = heapq.heappop(waiting)
        while today < moment.date():
            today += timedelta(days=1)
            _clockwork(today, end)
        with clock.at(moment):
            wish = next(story, None)
            _deliver()
        steps += 1
        if wish is not None:
            day = moment.date() + timedelta(days=wish) if isinstance(wish, int) else wish
            heapq.heappush(waiting, (_moment(key, steps, day, moment, end), number, key, story))
    while today < end.date():
        today += timedelta(days=1)
        _clockwork(today, end)
    return steps


def _clockwork(day: date, end: datetime) -> None:
    """What beat and worker do on a day of their own: at night what is overdue, in the morning the reminders."""
    for hour, work in ((NIGHT, _overdue), (MORNING, remind)):
        moment = datetime.combine(day, hour, clock.SHANGHAI)
        if moment <= end:
            with clock.at(moment):
                work(moment)
                _deliver()


def _overdue(now: datetime) -> None:
    plan(now)
    sweep(now)


def _deliver() -> None:
    """Let what was posted arrive at this moment."""
    if Delivery.objects.filter(state=DeliveryState.PENDING).exists():
        deliver_due(seconds=5.0)


def _moment(key: str, step: int, day: date, last: datetime | None, end: datetime) -> datetime:
    """A moment in office hours of that day or the next working day, after the story's last one, never after `end`."""
    if day != end.date():
        day = load_calendar().next_working_day(day)
    minute = spread(f"{key}:{step}", _OPENS, _CLOSES)
    moment = datetime.combine(day, time(minute // 60, minute % 60), clock.SHANGHAI)
    if last is not None and moment <= last:
        moment = last + timedelta(minutes=spread(f"{key}:{step}:again", 9, 44))
    return min(moment, end)
