"""What Celery's timetable calls in the rulebook. A tick carries nothing: what is due stands in rows."""

import logging

from celery import shared_task
from django.conf import settings

from notifications.tasks import beat
from workflows import clock
from workflows.casefile.orphans import clear_orphans
from workflows.pauses import keep_paused
from workflows.published import publish_heads
from workflows.recompute import follow_notices
from workflows.reminders import plan
from workflows.reminders import remind as remind_due
from workflows.sweep import sweep as sweep_overdue
from workflows.taking_in import read_waiting

log = logging.getLogger(__name__)
SWEEP_HEARTBEAT, REMIND_HEARTBEAT = "sweep", "remind"


@shared_task(ignore_result=True, acks_late=False, soft_time_limit=30, time_limit=45, max_retries=0)
def sweep() -> None:
    """Perform what is overdue now, and note that the sweep is alive.

    What had to be said of a limit before it ends is planned first: after an outage the sweep may end it at once.
    """
    now = clock.now()
    plan(now)
    sweep_overdue(now)
    beat(SWEEP_HEARTBEAT)


@shared_task(ignore_result=True, acks_late=False, soft_time_limit=30, time_limit=45, max_retries=0)
def remind() -> None:
    """Plan and post the reminders that have fallen due; finish counting again under a notice that came in, or during a
    pause.
    """
    keep_paused()
    remind_due(clock.now())
    follow_notices()
    read_waiting()
    beat(REMIND_HEARTBEAT)


@shared_task(ignore_result=True, acks_late=False, soft_time_limit=30, time_limit=45, max_retries=0)
def daily() -> None:
    """Once a legal day, at the first tick that finds no line of the day: say where the chains of receipts end, and
    clear away stored files that became nothing. Ticks come each hour, so that no restart skips a day.
    """
    if publish_heads(clock.today(), clock.now()) is not None:
        clear_orphans(settings.ORPHAN_DAYS)


@shared_task(ignore_result=True, acks_late=False, soft_time_limit=30, time_limit=45, max_retries=0)
def read_tables() -> None:
    """Read the tables that were handed in and that nobody reads."""
    read_waiting()


def wake_readers() -> None:
    """Have waiting tables read now rather than at the next tick. Best effort: what waits stands in rows."""
    try:
        read_tables.apply_async(retry=False, expires=30)
    except Exception as error:
        log.warning("no wake-up for the readers (%s); the timetable will read", type(error).__name__)
