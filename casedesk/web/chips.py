"""How a running limit looks today: the chip with its words, and the entry in the panel of limits.

One instance per page reads the calendar once. The edges of today and of three working days are those of the queue's
buckets.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from workflows import clock
from workflows.clocks import Limit
from workflows.law.calendar import load_calendar
from workflows.law.days import Calendar
from workflows.law.limits import SET_DATES, LimitRule, rule
from workflows.law.rule import Unit
from workflows.reading.queue import edges

DAY = timedelta(days=1)
#: who owes what is not the bureau's to keep
OWED_BY = {
    "": "承办单位",
    "agency_principal_head": "正职负责人",
    "police": "公安机关",
    "employer": "用人单位",
    "complainant": "投诉人",
    "worker": "劳动者",
    "party": "当事人",
    "agency": "被请求单位",
    "general_contractor": "施工总承包单位",
    "bank": "银行",
    "legal_aid": "法律援助机构",
    "reviewing_body": "复议机关",
    "data_provider": "数据提供单位",
}


@dataclass(frozen=True)
class Law:
    """What a chip needs of a limit's rule, for rules and set dates alike."""

    name: str
    article: str
    who: str
    unit: str
    period: str
    kind: str
    unconfirmed: bool = False


def law_of(name: str, version: int | None = None) -> Law:
    """The words of a limit. Dates set by somebody count in calendar days."""
    if name in SET_DATES:
        date_set = SET_DATES[name]
        return Law(date_set.name, date_set.article, date_set.who, Unit.CALENDAR_DAYS, "", "set_date")
    law = rule(name, version)
    return Law(law.name, law.article, law.who, law.unit, law.period, law.kind, not law.confirmed)


@dataclass(frozen=True)
class Clocks:
    """The present moment and the calendar, for every chip of one page."""

    now: datetime
    today: date
    calendar: Calendar
    tomorrow: datetime
    soon: datetime

    @classmethod
    def read(cls, calendar: Calendar | None = None) -> Clocks:
        """As of now; one query where the caller has not read the calendar."""
        now, calendar = clock.now(), calendar or load_calendar()
        tomorrow, soon = edges(now, calendar)
        return cls(now, clock.legal_day(now), calendar, tomorrow, soon)

    def chip(
        self, name: str | None, due_at: datetime | None, due_on: date | None, *, paused: bool = False
    ) -> dict[str, str] | None:
        """state, text and title of one clock; None where nothing runs."""
        if not name or due_at is None or due_on is None:
            return None
        law = law_of(name)
        if paused:
            title = _("{name}：中止期间不计，恢复后重新计算届满日").format(name=law.name)
            return {"state": "hold", "text": _("已中止计时"), "title": title}
        title = _("{name}：{day} 届满").format(name=law.name, day=f"{due_on:%Y-%m-%d}")
        if law.article:
            title += f"（{law.article}）"
        gone = law.kind == LimitRule.Kind.WINDOW and due_at <= self.now  # a right that ended is nobody's delay
        state = "none" if gone else self.state(due_at)
        return {"state": state, "text": self.words(law, due_at, due_on), "title": title}

    def state(self, due_at: datetime) -> str:
        """over, today, soon (three working days) or ok."""
        if due_at <= self.now:
            return "over"
        if due_at <= self.tomorrow:
            return "today"
        return "soon" if due_at <= self.soon else "ok"

    def words(self, law: Law, due_at: datetime, due_on: date) -> str:
        """超期 n 个工作日, 今日到期, 剩 n 个工作日: counted in the unit of the rule."""
        if due_at <= self.now:
            if law.kind == LimitRule.Kind.WINDOW:
                return _("已届满")
            late = self._between(due_on, self.today, law.unit)
            return _("超期 {n}").format(n=self._count(late, law.unit)) if late else _("已超期")
        if law.unit == Unit.HOURS:
            hours = int((due_at - self.now).total_seconds() // 3600)
            return _("剩 {n} 小时").format(n=hours) if hours else _("不足 1 小时")
        if due_on <= self.today:
            return _("今日到期")
        return _("剩 {n}").format(n=self._count(self._between(self.today, due_on, law.unit), law.unit))

    def _between(self, first: date, last: date, unit: str) -> int:
        """Days after `first` up to `last`, working days where the rule counts in them."""
        days = (last - first).days
        if unit != Unit.WORKING_DAYS:
            return days
        return sum(1 for n in range(1, days + 1) if self.calendar.works(first + n * DAY))

    def _count(self, n: int, unit: str) -> str:
        return _("{n} 个工作日").format(n=n) if unit == Unit.WORKING_DAYS else _("{n} 日").format(n=n)

    # --- the panel ---------------------------------------------------------------------------------------------------

    def panel(self, limits: Iterable[Limit], bureau: str) -> list[dict[str, Any]]:
        """The entries of the panel of limits, nearest first."""
        return [self._entry(limit, bureau) for limit in sorted(limits, key=lambda x: (x.due_at, x.pk))]

    def _entry(self, limit: Limit, bureau: str) -> dict[str, Any]:
        law = law_of(limit.rule, limit.rule_version)
        used = (self.now - limit.started_at).total_seconds() / max(
            1.0, (limit.due_at - limit.started_at).total_seconds()
        )
        target = law.period
        if law.kind == LimitRule.Kind.MINIMUM_GAP:
            target = _("至少间隔 {period}").format(period=law.period)
        notes = []
        if law.unconfirmed:
            notes.append(_("条文待核实"))
        if limit.target_on != limit.due_on:
            notes.append(_("目标日 {day}").format(day=f"{limit.target_on:%Y-%m-%d}"))
        return {
            "name": law.name,
            "chip": self.chip_of(limit),
            "start": limit.started_at,
            "due": limit.due_at if law.unit == Unit.HOURS else limit.due_on,
            "target": target,
            "article": law.article,
            "provisional": limit.provisional,
            "who": bureau if law.who == "" else OWED_BY.get(law.who, law.who),
            "percent": max(0, min(100, round(used * 100))),
            "note": "；".join(notes),
            "url": reverse("why", args=[limit.public_id]),
        }

    def nearest(self, limits: Iterable[Limit]) -> Limit | None:
        """The running limit that ends first; a window in which another party's right runs is nobody's clock, and one
        that stands still comes after all that run.
        """
        ours = (x for x in limits if x.stopped_at is None and not is_window(x.rule))
        return min(ours, key=lambda x: (_paused(x), x.due_at, x.pk), default=None)

    def chip_of(self, limit: Limit | None) -> dict[str, str] | None:
        """The chip of a limit's row."""
        if limit is None:
            return None
        return self.chip(limit.rule, limit.due_at, limit.due_on, paused=_paused(limit))


def _paused(limit: Limit) -> bool:
    """Whether a limit read `with_pauses` stands still."""
    return bool(getattr(limit, "paused", False))


def is_window(name: str) -> bool:
    """Whether a limit is a window in which another party's right runs (PAY-15, TRF-10a, TRF-11)."""
    return name not in SET_DATES and rule(name).kind == "window"


def clock_name(name: str | None) -> str:
    """The short name of a limit with its period, as lists show it under the chip."""
    if not name:
        return ""
    law = law_of(name)
    return f"{law.name} {law.period}".strip()
