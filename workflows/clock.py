"""Business time: the one place that says what moment it is for a case.

Tests move it with `at(moment)`; the demo moves it for every process by a file (`set_demo_offset`), because web
server, worker
and beat must agree. Leases of the mailroom do not use it: they keep the database's time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

SHANGHAI = ZoneInfo("Asia/Shanghai")

_frozen: ContextVar[datetime | None] = ContextVar("business_moment", default=None)


def now() -> datetime:
    """The present moment of business time, aware, in Asia/Shanghai."""
    frozen = _frozen.get()
    if frozen is not None:
        return frozen
    real = timezone.now().astimezone(SHANGHAI)
    return real + _demo_offset() if settings.DEMO else real


def today() -> date:
    """The present legal day (Asia/Shanghai)."""
    return now().date()


def legal_day(moment: datetime) -> date:
    """The legal day on which an aware moment falls (Asia/Shanghai)."""
    return moment.astimezone(SHANGHAI).date()


def start_of(day: date) -> datetime:
    """00:00 Asia/Shanghai of a legal day."""
    return datetime.combine(day, time.min, SHANGHAI)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Within the block business time stands at `moment` (aware) for this thread or task."""
    if moment.tzinfo is None:
        raise ValueError("business time needs an aware moment")
    token = _frozen.set(moment.astimezone(SHANGHAI))
    try:
        yield
    finally:
        _frozen.reset(token)


def set_demo_offset(days: float) -> None:
    """Demo only: business time of all processes runs `days` ahead of the real clock."""
    if not settings.DEMO:
        raise RuntimeError("business time moves only in the demo")
    path = _offset_file()
    fresh = path.with_suffix(".new")
    fresh.write_text(str(days * 86400))
    os.replace(fresh, path)


def demo_offset_days() -> float:
    """How many days the demo's business time runs ahead; 0 outside the demo."""
    return _demo_offset().total_seconds() / 86400 if settings.DEMO else 0.0


def _offset_file() -> Path:
    return Path(settings.VAR) / "demo_clock"


def _demo_offset() -> timedelta:
    try:
        return timedelta(seconds=float(_offset_file().read_text()))
    except (FileNotFoundError, ValueError):
        return timedelta()
