"""Last season's cases, short ones: what the board compares this season with (春节前欠薪监测).

Each goes the shortest honest way, by acts alone: told, filed, handed to inspectors, paid in full, closed within the
week. They come before the stories, so that the year's case numbers follow its days.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from casedesk.demo.matter import Matter
from casedesk.demo.people import Staff
from casedesk.demo.places import EMPLOYERS, spread
from notifications.outbox import deliver_due
from workflows import clock
from workflows.casefile.complaint import Complaint
from workflows.errors import Refusal
from workflows.law.calendar import load_calendar
from workflows.reading.season import season_of, spring_festival

WEEK = timedelta(days=7)
#: cases in the weeks around the one that runs now, and around last season's peak; by how far back a week lies
BEFORE_NOW, AROUND_PEAK = (3, 4, 3, 3, 3), (3, 5, 3)
#: weeks before the festival at which wages were asked for most
PEAK = 5
#: numbers of their complaints, after those of the stories
FIRST = 100


def tell(staff: Staff, today: date) -> list[str]:
    """Last season's cases that are not there yet; those that an odd calendar stopped on the way, with the reason."""
    moment, cut = None, []
    for number, day in enumerate(days(today), start=FIRST):
        matter = Matter(staff, {}, today, number, sorted(EMPLOYERS)[number % len(EMPLOYERS)], 1 + number % 3, 2)
        if Complaint.objects.filter(source_id=matter.key).exists():
            continue
        moment = datetime.combine(day, time(9 + number % 8, number % 60), clock.SHANGHAI)
        try:
            with clock.at(moment):
                matter.call()
                matter.accept()
                matter.assign()
            moment += timedelta(days=spread(matter.key, 2, 6), minutes=1)
            with clock.at(moment):
                matter.pay()
                matter.close()
        except Refusal as refused:
            cut.append(f"{matter.key} {refused}")
    if moment is not None:
        with clock.at(moment):
            deliver_due(seconds=60.0)
    return cut


def days(today: date) -> Iterator[date]:
    """The days on which last season's cases were told: in the weeks that are compared with, and around the peak."""
    opening, festival = season_of(today)
    before, calendar = spring_festival(festival.year - 1), load_calendar()
    running = -(-(festival - today).days // 7)
    peak = max(2, min(PEAK, running - 2))
    weeks = {running + n: count for n, count in enumerate(BEFORE_NOW)}
    weeks |= {peak + 1 - n: count for n, count in enumerate(AROUND_PEAK) if peak + 1 - n not in weeks}
    longest = -(-(festival - opening).days // 7)
    for back in sorted((b for b in weeks if 1 <= b <= longest), reverse=True):
        for n in range(weeks[back]):
            yield calendar.next_working_day(before - back * WEEK + timedelta(days=n))
