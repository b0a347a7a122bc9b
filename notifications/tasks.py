"""How the mailroom is woken: a Celery task from the timetable every few seconds, and a nudge after a commit.

Redis carries wake-ups only. Losing every one of them costs a few seconds, never a notice: the task finds its work in
the database. Neither wake-up says what there is to send.
"""

import contextlib
import logging
import os
import threading
import time

from celery import current_app, shared_task
from django.db import connection
from kombu import Connection

from notifications.outbox import deliver_due

log = logging.getLogger(__name__)

DELIVER_HEARTBEAT = "deliver"
STALE_SECONDS = 30  # a wake-up that waited longer has been overtaken by the timetable

_SOCKET_SECONDS = 0.3  # the longest a nudge may wait for Redis
_NUDGE_GAP_SECONDS = 0.2  # wake-ups closer together would find the same worker awake
_REST_SECONDS = 5.0  # after a failure leave Redis alone: the timetable does the work meanwhile


@shared_task(ignore_result=True, acks_late=False, soft_time_limit=30, time_limit=45, max_retries=0)
def deliver() -> None:
    """Send what is due for at most twenty seconds; if more is left, ask to be woken again."""
    beat(DELIVER_HEARTBEAT)
    for _round in range(4):
        result = deliver_due(limit=200, seconds=5.0)
        beat(DELIVER_HEARTBEAT)
        if result.drained:
            return
    nudge()


def beat(name: str) -> None:
    """Note that this piece of clockwork is alive, on the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO notifications_heartbeat (name, beat_at) VALUES (%s, now())"
            " ON CONFLICT (name) DO UPDATE SET beat_at = excluded.beat_at",
            [name],
        )


def nudge() -> bool:
    """Wake a worker now rather than at the next tick. Best effort: never raises, never waits for Redis.

    Call it after the commit. True if a wake-up is on its way; false if Redis cannot be reached, and then it does not
    matter.
    """
    return _nudger.nudge()


class _Nudger:
    """One connection to Redis per process with short time limits, and a rest after each failure."""

    def __init__(self) -> None:
        self._start_afresh()

    def _start_afresh(self) -> None:
        self._pid = os.getpid()
        self._busy = threading.Lock()
        self._link: Connection | None = None
        self._last_sent = 0.0
        self._rest_until = 0.0

    def nudge(self) -> bool:
        if self._pid != os.getpid():
            # A forked child must not speak on its parent's socket, nor wait for a lock that a thread of the parent
            # held.
            self._start_afresh()
        now = time.monotonic()
        if now < self._rest_until:
            return False
        if now - self._last_sent < _NUDGE_GAP_SECONDS or not self._busy.acquire(blocking=False):
            return True
        try:
            deliver.apply_async(connection=self._connected(), retry=False, expires=STALE_SECONDS)
            self._last_sent = now
            return True
        except Exception as error:
            self._rest_until = time.monotonic() + _REST_SECONDS
            self._drop()
            log.warning("no wake-up for the mailroom (%s); the timetable will send", type(error).__name__)
            return False
        finally:
            self._busy.release()

    def _connected(self) -> Connection:
        if self._link is None:
            self._link = current_app.connection_for_write(
                transport_options={
                    **current_app.conf.broker_transport_options,
                    "socket_timeout": _SOCKET_SECONDS,
                    "socket_connect_timeout": _SOCKET_SECONDS,
                    "retry_on_timeout": False,
                    "max_retries": 0,
                }
            )
        return self._link

    def _drop(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            with contextlib.suppress(Exception):
                link.release()


_nudger = _Nudger()
