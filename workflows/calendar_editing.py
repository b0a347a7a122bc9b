"""Notices of the State Council into the calendar: read from a file, or typed in by one person and approved by another.

A notice is papers and days: a file without either announces nothing and is refused. What stands is never changed: an
amended year is the whole year again under a new version. After the commit everything open is counted again
(`recompute.follow`); who is killed between the two is followed by the clockwork.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import models, transaction
from django.db.models import Max, Q

from workflows import clock
from workflows.casefile import statements
from workflows.errors import InvalidInput, NotPossibleNow, PermissionDenied
from workflows.law.calendar import CalendarDay, CalendarNotice, load_calendar
from workflows.law.days import Calendar
from workflows.recompute import Progress, Recomputed, follow
from workflows.roles import Actor, Role
from workflows.second_person import Requested, answered, walls

#: who may approve what an administrator typed in: another administrator, or who answers for the bureau's law
APPROVERS = (Role.ADMINISTRATOR, Role.LEGAL_REVIEWER, Role.BUREAU_HEAD, Role.PRINCIPAL_HEAD)
MOST_DAYS = 80
_LOCK = 731_022_027  # one writer of the calendar at a time: versions grow without a gap


class NotANotice(ValueError):
    """What was handed in announces nothing, or cannot be read; says why."""


@dataclass(frozen=True, slots=True)
class NoticeDays:
    """A notice as read: its year, its number or address, and its days (day, off, name) in order."""

    year: int
    number: str
    days: tuple[tuple[date, bool, str], ...]


@dataclass(slots=True)
class Loaded:
    """What came of a notice: the row (None: it stands already, word for word) and what moved."""

    notice: CalendarNotice | None
    days: int = 0
    recomputed: Recomputed = field(default_factory=Recomputed)


class CalendarChange(Requested):
    """A year's notice typed in by one person, waiting for another's yes."""

    year = models.PositiveSmallIntegerField()
    number = models.CharField(max_length=120)
    days = models.JSONField()
    reason = models.TextField(blank=True)
    notice = models.OneToOneField(CalendarNotice, models.PROTECT, null=True, related_name="change")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["year"], condition=Q(state="requested"), name="one_open_change_a_year"),
            models.CheckConstraint(condition=~Q(number=""), name="calendar_change_has_number"),
            *walls("calendar_change"),
        ]

    def __str__(self) -> str:
        return f"{self.year}年 {self.number} {self.get_state_display()}"


# --- reading ----------------------------------------------------------------------------------------------------------


def read_file(path: Path, number: str = "") -> NoticeDays:
    """A file of the yearly format {year, papers, days: [{name, date, isOffDay}]}. Raises NotANotice and OSError."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as trouble:
        raise NotANotice(f"{path.name}：不是 UTF-8 文本") from trouble
    except json.JSONDecodeError as trouble:
        raise NotANotice(f"{path.name}：不是 JSON（第 {trouble.lineno} 行）") from trouble
    if not isinstance(content, dict):
        raise NotANotice(f"{path.name}：应是一个对象，有 year、papers、days")
    try:
        return notice_of(content, number)
    except NotANotice as refused:
        raise NotANotice(f"{path.name}：{refused}") from None


def notice_of(content: Mapping[str, Any], number: str = "") -> NoticeDays:
    """The same from an object. Raises NotANotice."""
    year, papers, days = content.get("year"), content.get("papers") or [], content.get("days") or []
    if type(year) is not int or not 1949 < year < 2200:
        raise NotANotice("没有年份（year）")
    if not isinstance(papers, list) or not isinstance(days, list):
        raise NotANotice("papers 和 days 应是列表")
    missing = [
        said
        for said, there in (("没有文件依据（papers 为空）", papers or number), ("没有日期（days 为空）", days))
        if not there
    ]
    if missing:
        raise NotANotice(f"{'，'.join(missing)}：等于{year}年放假安排尚未公布，没有导入")
    joined = "；".join(str(paper) for paper in papers)
    number = number.strip() or (joined if len(joined) <= 120 else str(papers[-1]))
    read: dict[date, tuple[date, bool, str]] = {}
    for place, entry in enumerate(days, 1):
        day, off, name = _day(place, entry)
        if not date(year - 1, 12, 1) <= day <= date(year, 12, 31):
            raise NotANotice(f"{day} 不在{year}年（含上年十二月）")
        if day in read:
            raise NotANotice(f"{day} 出现两次")
        read[day] = (day, off, name)
    if len(read) > MOST_DAYS:
        raise NotANotice(f"{len(read)} 天，超过一年可能的 {MOST_DAYS} 天")
    if len(number) > 120:
        raise NotANotice("文号过长，请用 --number 指定")
    return NoticeDays(year, number, tuple(read[day] for day in sorted(read)))


def _day(place: int, entry: Any) -> tuple[date, bool, str]:
    try:
        day, off, name = date.fromisoformat(entry["date"]), entry["isOffDay"], entry["name"]
    except (KeyError, TypeError, ValueError) as trouble:
        raise NotANotice(f"第 {place} 个日期不完整：应有 name、date（YYYY-MM-DD）、isOffDay") from trouble
    if not isinstance(off, bool) or not isinstance(name, str) or not name.strip() or len(name) > 40:
        raise NotANotice(f"第 {place} 个日期不完整：name 是文字，isOffDay 是 true 或 false")
    return day, off, name.strip()


# --- loading ----------------------------------------------------------------------------------------------------------


def load_notice(read: NoticeDays, *, by: str, progress: Progress | None = None) -> Loaded:
    """Take a notice into the calendar and count again what it touches. The same notice once more changes nothing."""
    with transaction.atomic(durable=True):
        notice = _add(read, by)
    return _followed(read, notice, progress)


def _followed(read: NoticeDays, notice: CalendarNotice | None, progress: Progress | None = None) -> Loaded:
    return Loaded(notice, len(read.days), follow(notice, progress) if notice is not None else Recomputed())


def _add(read: NoticeDays, by: str) -> CalendarNotice | None:
    statements.run("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    newest = CalendarNotice.objects.filter(year=read.year, days__isnull=False).order_by("-version").first()
    if newest is not None and tuple(newest.days.order_by("day").values_list("day", "off", "name")) == read.days:
        return None
    version = (CalendarNotice.objects.aggregate(newest=Max("version"))["newest"] or 0) + 1
    notice = CalendarNotice.objects.create(
        year=read.year, number=read.number, version=version, loaded_at=clock.now(), loaded_by=by
    )
    CalendarDay.objects.bulk_create([CalendarDay(day=d, off=off, name=n, notice=notice) for d, off, n in read.days])
    return notice


# --- by two persons ---------------------------------------------------------------------------------------------------


def request_change(
    year: int, number: str, days: Sequence[Mapping[str, Any]], *, by: Actor, reason: str = ""
) -> CalendarChange:
    """Ask for a year's days to be taken in. Raises PermissionDenied, InvalidInput, NotPossibleNow."""
    if not by.has(Role.ADMINISTRATOR) or by.officer_id is None:
        raise PermissionDenied("节假日安排由系统管理员录入")
    if not number.strip():
        raise InvalidInput({"number": "须写明通知的文号"})
    try:
        read = notice_of({"year": year, "papers": [number], "days": list(days)}, number)
    except NotANotice as refused:
        raise InvalidInput({"days": str(refused)}) from refused
    with transaction.atomic(durable=True):
        statements.run("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        if CalendarChange.objects.filter(year=year, state=CalendarChange.State.REQUESTED).exists():
            raise NotPossibleNow(f"{year}年已有一份录入待审批")
        return CalendarChange.objects.create(
            year=year, number=read.number, reason=reason.strip(), requested_by_id=by.officer_id,
            requested_at=clock.now(), days=[{"date": str(d), "isOffDay": off, "name": n} for d, off, n in read.days],
        )  # fmt: skip


def may_decide(change: CalendarChange, by: Actor) -> bool:
    """Whether the actor may say yes or no: another person than the one who typed it in."""
    return by.officer_id is not None and by.has(*APPROVERS) and by.officer_id != change.requested_by_id


def decide_change(change: CalendarChange, *, by: Actor, yes: bool, reason: str = "") -> Loaded:
    """Approve or refuse. A yes takes the days in and counts again.

    Raises PermissionDenied, InvalidInput, NotPossibleNow.
    """
    if not may_decide(change, by):
        raise PermissionDenied("由另一名管理员、法制审核人员或局负责人审批，且不能是录入人本人")
    read = notice_of({"year": change.year, "papers": [change.number], "days": change.days}, change.number)
    with transaction.atomic(durable=True):
        fresh = answered(change, by=by, yes=yes, reason=reason)
        if yes:
            fresh.notice = _add(read, f"{fresh.requested_by.name}录入，{by.name}批准")
        fresh.save()
    change.__dict__.update(fresh.__dict__)
    return _followed(read, fresh.notice if yes else None)


# --- the year that is not there ---------------------------------------------------------------------------------------

ALARM_MONTH = 11


def missing_year(now: datetime, calendar: Calendar | None = None) -> int | None:
    """The year that should be announced by now and is not: this one, or from 1 November the next."""
    today = clock.legal_day(now)
    wanted = [today.year, *([today.year + 1] if today.month >= ALARM_MONTH else ())]
    announced = (calendar or load_calendar()).announced_years
    return next((year for year in wanted if year not in announced), None)
