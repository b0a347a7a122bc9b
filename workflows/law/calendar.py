"""The calendar as rows: the State Council's yearly notices and the days they name.

Rows are only ever added: an amended year is a new notice with a higher version and all its days, so that the calendar
can be read as it stood at any version. "Loaded" means that a notice has days, not that a file exists. The value that
counting uses is `workflows.law.days.Calendar`.
"""

from __future__ import annotations

from threading import Lock
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models import Count, Max, QuerySet, Subquery, Value
from django.db.models.functions import JSONObject

from workflows.law.days import Calendar

__all__ = [
    "Calendar",
    "CalendarDay",
    "CalendarNotice",
    "calendar_at",
    "calendar_version",
    "forget_calendar",
    "load_calendar",
]


class CalendarNotice(models.Model):
    """国务院办公厅关于部分节假日安排的通知, one per year and amendment. `version` grows over all years.

    `recomputed_at` stays empty until everything open has been counted again under it: who was killed on the way is
    followed by the clockwork.
    """

    year = models.PositiveSmallIntegerField()
    number = models.CharField(max_length=120)
    version = models.PositiveIntegerField()
    loaded_at = models.DateTimeField()
    loaded_by = models.CharField(max_length=120, blank=True)
    recomputed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["year", "version"]
        constraints = [
            models.UniqueConstraint(fields=["year", "version"], name="calendar_notice_once"),
            models.CheckConstraint(condition=~models.Q(number=""), name="calendar_notice_has_number"),
        ]

    def __str__(self) -> str:
        return f"{self.year}年 {self.number}"


class CalendarDay(models.Model):
    """One day a notice names: off (放假) or a make-up working day (调休上班); it may lie in the December before."""

    day = models.DateField()
    off = models.BooleanField()
    name = models.CharField(max_length=40)
    notice = models.ForeignKey(CalendarNotice, models.PROTECT, related_name="days")

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["notice", "day"], name="calendar_day_once_a_notice")]

    def __str__(self) -> str:
        return f"{self.day} {self.name}{'放假' if self.off else '上班'}"


_Fingerprint = tuple[str, str, int, int, str | None]
_lock = Lock()
_loaded: dict[str, tuple[_Fingerprint, Calendar]] = {}


def load_calendar(using: str = DEFAULT_DB_ALIAS, *, seen: dict[str, Any] | None = None) -> Calendar:
    """The calendar of the rows, of today's highest version.

    One small query says whether what this process holds still stands (notices are few), one more reads the days when
    not. Copies of a database differ in name or in the moment of loading, so none sees another's days. `seen`: the
    answer of that small query, where another query brought it as its column.
    """
    found = _fingerprint(using, seen)
    held = _loaded.get(using)
    if held is not None and held[0] == found:
        return held[1]
    calendar = _read(using, found[2])
    with _lock:
        _loaded[using] = (found, calendar)
    return calendar


def calendar_at(version: int, using: str = DEFAULT_DB_ALIAS) -> Calendar:
    """The calendar as it stood at a version: what a limit counted then rests on."""
    held = load_calendar(using)
    return held if version == held.version else _read(using, version)


def calendar_seen() -> Subquery:
    """What `load_calendar` asks, as a column of another query."""
    return Subquery(_notices(DEFAULT_DB_ALIAS))


def calendar_version(using: str = DEFAULT_DB_ALIAS) -> int:
    """The version a limit counted now rests on; 0 while no notice is loaded."""
    return _fingerprint(using)[2]


def forget_calendar() -> None:
    """Drop what this process holds: only for tests that change days in place."""
    with _lock:
        _loaded.clear()


def _read(using: str, version: int) -> Calendar:
    """Of each year the newest notice that has days, none newer than `version`; of two years' notices the newer wins."""
    rows = (
        CalendarDay.objects.using(using)
        .filter(notice__version__lte=version)
        .order_by("notice__version")
        .values_list("day", "off", "name", "notice__year", "notice__number", "notice__version")
    )
    newest: dict[int, int] = {}
    notices: dict[int, str] = {}
    found = list(rows)
    for _, _, _, year, number, of in found:
        newest[year], notices[year] = of, number
    days = [(day, off, name, year) for day, off, name, year, _, of in found if newest[year] == of]
    return Calendar.from_rows(days, version=version, notices=notices)


def _fingerprint(using: str, seen: dict[str, Any] | None = None) -> _Fingerprint:
    seen = seen or _notices(using).get()
    name = str(connections[using].settings_dict["NAME"])
    return (using, name, seen["version"] or 0, seen["count"], seen["loaded_at"])


def _notices(using: str) -> QuerySet[CalendarNotice, dict[str, Any]]:
    """One row about all notices together."""
    told = JSONObject(version=Max("version"), count=Count("pk"), loaded_at=Max("loaded_at"))
    every = CalendarNotice.objects.using(using).order_by().annotate(every=Value(1)).values("every")
    return every.annotate(told=told).values_list("told", flat=True)
