"""积压看板: the backlog in numbers and the list behind each number, without anybody who complained."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from casedesk.web.charts import Chart
from casedesk.web.chips import Clocks, clock_name
from casedesk.web.lead_addresses import list_url, scope_of, which_of
from casedesk.web.pages import allow, screen, show
from casedesk.web.queue import after_of
from casedesk.web.sharing import orders_shown
from workflows import clock
from workflows.casefile.case import Case
from workflows.casefile.officers import Agency, Officer, Township
from workflows.casefile.parties import Employer
from workflows.casefile.sharing import SupervisionOrder
from workflows.casefile.tasks import AgencyTask
from workflows.models import Inspection
from workflows.procedures.inspection_state import END_STATES
from workflows.reading.access import Purpose, visible_to
from workflows.reading.board import (
    AGES,
    LATELY,
    MANY,
    NONE,
    PAGE,
    STAGES,
    Board,
    Group,
    Row,
    Which,
    board,
    counted,
    listed,
)
from workflows.reading.season import COMPARED, FEWEST, Season, Week, season, season_of, spring_festival
from workflows.roles import Actor, Role

WHO = (Role.LEADER, Role.SQUAD_LEADER, Role.BUREAU_HEAD, Role.PRINCIPAL_HEAD)
#: the first column of old work (more than 60 days)
FIRST_OLD = 3
SHOWN = 8
MONTHS = 12
#: supervision orders on the board
ORDERS = 20


# --- the board -------------------------------------------------------------------------------------------------------


def _read(request: HttpRequest, actor: Actor) -> HttpResponse:
    allow(actor, *WHO)
    return show(request, actor, "casedesk/lead.html", board_shown(actor, scope_of(request.GET)))


def board_shown(actor: Actor, scope: Which) -> dict[str, Any]:
    """Everything the page and the weekly report say."""
    clocks = Clocks.read()
    found = board(actor, scope, clocks.now, _history(clocks.today))
    year_ago = clocks.today - timedelta(days=365)
    recent = replace(scope, what="filed", since=year_ago, until=clocks.today)
    late = listed(actor, replace(scope, late=True, due=True), clocks.now, size=SHOWN)[:SHOWN]
    return {
        "calendar": clocks.calendar,
        "as_of": found.as_of,
        "scope": _scopes(scope),
        "figures": figures_shown(found, scope, clocks.today),
        "matrix": matrix_shown(found, scope),
        "season": season_shown(season(found.filed, clocks.today), scope),
        "trend": trend_shown(found, scope, clocks.today),
        "towns": bars_shown(found.towns, lambda g: replace(scope, town=g.key), _("未填乡镇")),
        "officers": bars_shown(found.officers, lambda g: replace(scope, officer=g.key), _("未指派")),
        "debtors": [
            {"title": _("用人单位"), "rows": bars_shown(found.employers, lambda g: replace(recent, employer=g.key))},
            {
                "title": _("实际控制人或法定代表人（两件以上）"),
                "rows": bars_shown(found.bosses, lambda g: replace(recent, boss=g.key)),
            },
            {"title": _("班组长（两件以上）"), "rows": bars_shown(found.crews, lambda g: replace(recent, crew=g.key))},
        ],
        "overdue": rows_shown(actor, late, clocks),
        "orders": _orders_listed(actor, clocks),
        "overdue_url": list_url(replace(scope, late=True, due=True)),
        "overdue_total": found.late + found.due,
    }


def _orders_listed(actor: Actor, clocks: Clocks) -> list[dict[str, Any]]:
    """Supervision orders, those that wait first, then the newest answers: whose, by when, answered when. Their
    words may name somebody, so they stand behind the link to the case, for whoever may open it.
    """
    rows = SupervisionOrder.objects.filter(case__in=visible_to(actor, Case, Purpose.OVERSIGHT))
    found = rows.order_by(F("answered_at").desc(nulls_first=True), "due_on", "id")[:ORDERS]
    open_to = set(visible_to(actor, Case).filter(supervision_orders__in=list(found)).values_list("number", flat=True))
    return [
        {name: said for name, said in one.items() if name not in ("question", "about", "answer")}
        | {"url": reverse("sharing", args=[one["number"]]) + "#orders" if one["number"] in open_to else ""}
        for one in orders_shown(found, clocks)
    ]


def _history(today: date) -> date:
    """The first day whose filings the board counts: the earlier of last season's beginning and eleven months back."""
    _opening, festival = season_of(today)
    return min(spring_festival(festival.year - 1) - timedelta(weeks=22), _months(today)[0])


def _scopes(scope: Which) -> dict[str, Any]:
    """The switch: the county, a township, an agency that handles or was asked."""
    towns = list(Township.objects.values_list("code", "name"))
    involved = Agency.objects.filter(pk__in=Case.objects.values("bureau")) | Agency.objects.filter(
        pk__in=AgencyTask.objects.values("agency")
    )
    agencies = list(involved.order_by("id").values_list("code", "name"))
    named = dict(towns).get(scope.town) or dict(agencies).get(scope.agency)
    return {
        "towns": [{"value": code, "label": name, "selected": code == scope.town} for code, name in towns],
        "agencies": [{"value": code, "label": name, "selected": code == scope.agency} for code, name in agencies],
        "name": named or _("全县"),
        "query": urlencode({k: v for k, v in (("town", scope.town), ("agency", scope.agency)) if v}),
        "whole": not named,
    }


def figures_shown(found: Board, scope: Which, today: date) -> list[dict[str, Any]]:
    """The six figures: value, comparison with the word of its direction, and the lists behind."""
    month = today.replace(day=1)
    filed, ended = (_between(days, month, today) for days in (found.filed, found.ended))
    this_month = {what: list_url(replace(scope, what=what, since=month, until=today)) for what in ("filed", "ended")}
    share = f"{100 * found.late / found.open:.1f}%" if found.open else "0%"
    last, before = found.duration, found.duration_before
    lately = replace(scope, what="ended", since=today - timedelta(days=LATELY), until=today)
    this_year = replace(scope, what="paid", since=date(today.year, 1, 1), until=today)

    def more(words: str, which: Which) -> dict[str, str]:
        return {"text": words, "url": list_url(which)}

    return [
        {
            "label": _("在办案件"), "value": f"{found.open:,}", "unit": _("件"), "url": list_url(scope),
            "note": _("比一周前{change}").format(change=_change(found.open - found.week_ago)),
        },
        {
            "label": _("已超期"), "value": f"{found.late:,}", "unit": _("件"), "over": found.late > 0,
            "url": list_url(replace(scope, late=True)), "note": _("占在办 {share}").format(share=share),
            "more": [
                more(_("认定逾期 {n} 件").format(n=found.breached), replace(scope, breach=True)),
                more(_("今日到期 {n} 件").format(n=found.due), replace(scope, due=True)),
            ],
        },
        {
            "label": _("本月新收"), "value": f"{filed:,}", "unit": _("件"), "url": this_month["filed"],
            "note": _("净{change}").format(change=_change(filed - ended)),
            "more": [{"text": _("办结 {n} 件").format(n=f"{ended:,}"), "url": this_month["ended"]}],
        },
        {
            "label": _("涉及人数"), "value": f"{found.heads:,}", "unit": _("人"), "url": list_url(scope),
            "more": [
                more(_("{many} 人以上 {n} 件").format(many=MANY, n=found.collective), replace(scope, heads=MANY))
            ],
        },
        {
            "label": _("欠薪余额"), "value": f"{found.rest / 10_000:,.1f}", "unit": _("万元"), "url": list_url(scope),
            "more": [more(_("今年已追回 {n} 万元").format(n=f"{found.paid / 10_000:,.1f}"), this_year)],
        },
        {
            "label": _("平均办理时长"), "value": f"{last[1]:.0f}" if last[0] else "—", "unit": _("天"),
            "url": list_url(lately), "note": _duration_note(last, before),
        },
    ]  # fmt: skip


def _duration_note(last: tuple[int, Decimal], before: tuple[int, Decimal]) -> str:
    said = _("近 {days} 天办结的 {n} 件").format(days=LATELY, n=last[0])
    if not last[0] or not before[0]:
        return said
    return said + _("，比去年同期{change}天").format(change=_change(round(last[1] - before[1])))


def _change(difference: int) -> str:
    """A difference with the word of its direction."""
    if difference == 0:
        return _("持平")
    return _("增加 {n}").format(n=difference) if difference > 0 else _("减少 {n}").format(n=-difference)


def _between(by_day: Mapping[date, int], first: date, last: date) -> int:
    return sum(n for day, n in by_day.items() if first <= day <= last)


def matrix_shown(found: Board, scope: Which) -> dict[str, Any]:
    """Stage × days since filing; the old columns have a ramp of their own, because small old numbers matter most."""
    ages = range(len(AGES) + 1)
    highest = [
        max((n for (_s, age), n in found.cells.items() if (age >= FIRST_OLD) == old), default=1)
        for old in (False, True)
    ]
    rows = []
    for stage in STAGES:
        numbers = [found.cells[stage, age] for age in ages]
        cells = [
            {
                "count": n,
                "url": list_url(replace(scope, stage=stage, age=age)),
                "heat": _heat(n, highest[age >= FIRST_OLD], age >= FIRST_OLD),
            }
            for age, n in enumerate(numbers)
        ]
        rows.append(
            {"label": stage, "cells": cells, "total": sum(numbers), "url": list_url(replace(scope, stage=stage))}
        )
    totals = [
        {"count": sum(found.cells[stage, age] for stage in STAGES), "url": list_url(replace(scope, age=age))}
        for age in ages
    ]
    columns = [{"label": label, "old": age >= FIRST_OLD} for age, label in enumerate(_age_words())]
    return {"columns": columns, "rows": rows, "totals": totals, "total": found.open, "url": list_url(scope)}


def _age_words() -> list[str]:
    edges = [0, *AGES]
    words = [f"≤{AGES[0]} 天"] + [f"{low + 1}–{high} 天" for low, high in zip(edges[1:], AGES[1:], strict=False)]
    return [*words, f">{AGES[-1]} 天"]


def _heat(n: int, highest: int, old: bool) -> str:
    level = 0 if not n else 1 + round(4 * (n - 1) / max(1, highest - 1)) if highest > 1 else 1
    return f"{'old' if old and level else 'heat'}-{level}"


def bars_shown(groups: list[Group], which: Callable[[Group], Which], nameless: str = "") -> list[dict[str, Any]]:
    """Groups as rows with a bar; each number opens the list of that length."""
    highest = max((g.cases for g in groups), default=1)
    return [
        {
            "name": nameless if g.key == NONE else g.name,
            "cases": g.cases,
            "heads": g.heads,
            "rest": g.rest,
            "late": g.late,
            "width": max(1, round(200 * g.cases / highest)),
            "url": list_url(which(g)),
            "late_url": list_url(replace(which(g), late=True)),
        }
        for g in groups
    ]


# --- charts ----------------------------------------------------------------------------------------------------------


def season_shown(found: Season, scope: Which) -> dict[str, Any]:
    """The chart of the season with its finding, its table and how the projection was made."""
    now = [w.count if w.complete else None for w in found.weeks]  # a week begun would look like a fall
    then = [w.before for w in found.weeks]
    chart = Chart.over(now, then)
    current = [n for n, value in enumerate(now) if value is not None]
    tip = None
    if current:
        tip = {"x": chart.x(current[-1]), "y": chart.y(now[current[-1]] or 0), "count": now[current[-1]]}
    return {
        "festival": found.festival,
        "days_left": found.days_left,
        "size": chart.size,
        "grid": chart.grid(),
        "now": chart.line(now),
        "then": chart.line(then),
        "tip": tip,
        "band": chart.band(*found.peak) if found.peak else None,
        "ticks": [
            {"x": chart.x(n), "label": f"{week.first:%m-%d}"}
            for n, week in enumerate(found.weeks)
            if week.back % 4 == 0
        ]
        + [{"x": chart.x(len(found.weeks) - 1), "label": _("春节"), "end": True}],
        "finding": _season_finding(found),
        "projection": _projection(found),
        "weeks": [_week_row(week, scope) for week in found.weeks],
    }


def _season_finding(found: Season) -> str:
    if not found.compared:
        return _("本季（10 月 1 日起）还没有完整的一周。")
    said = _("近 {weeks} 个整周新收 {now} 件，去年同期（距春节周数相同）{then} 件").format(
        weeks=len(found.compared), now=found.now, then=found.then
    )
    if not found.then:
        return said + "。"
    return said + _("，{change}%。").format(change=_change(round(100 * (found.now - found.then) / found.then)))


def _projection(found: Season) -> str:
    """The projection with its method in a sentence, or why there is none."""
    if found.projected is None:
        return _("去年同期不足 {n} 件或者整周不足 {weeks} 个，不作推算。").format(n=FEWEST, weeks=COMPARED)
    week, count = found.projected
    return _(
        "推算：{first} 至 {last} 一周约 {count} 件（去年同周 {before} 件 × 近 {weeks} 周与去年之比 {now}/{then}）；"
        "只按去年走势推，不是预测模型。"
    ).format(
        first=f"{week.first:%m-%d}", last=f"{week.last:%m-%d}", count=count, before=week.before, weeks=COMPARED,
        now=found.now, then=found.then,
    )  # fmt: skip


def _week_row(week: Week, scope: Which) -> dict[str, Any]:
    return {
        "label": f"{week.first:%m-%d} — {week.last:%m-%d}",
        "partial": week.count is not None and not week.complete,
        "now": week.count,
        "now_url": list_url(replace(scope, what="filed", since=week.first, until=week.last)),
        "then": week.before,
        "then_url": list_url(replace(scope, what="filed", since=week.first_before, until=week.last_before)),
    }


def _months(today: date) -> list[date]:
    """The first days of the last twelve months, this one last."""
    found, day = [], today.replace(day=1)
    for _n in range(MONTHS):
        found.append(day)
        day = (day - timedelta(days=1)).replace(day=1)
    return found[::-1]


def trend_shown(found: Board, scope: Which, today: date) -> dict[str, Any]:
    """Filed and ended by month, with the table behind the lines."""
    months = _months(today)
    ends = [first - timedelta(days=1) for first in months[1:]] + [today]
    filed = [_between(found.filed, a, b) for a, b in zip(months, ends, strict=True)]
    ended = [_between(found.ended, a, b) for a, b in zip(months, ends, strict=True)]
    chart = Chart.over(filed, ended)
    difference = sum(filed) - sum(ended)
    return {
        "size": chart.size,
        "grid": chart.grid(),
        "filed": chart.line(filed),
        "ended": chart.line(ended),
        "ticks": [
            {"x": chart.x(n), "label": f"{day:%y-%m}" if n == 0 or day.month == 1 else f"{day:%m}"}
            for n, day in enumerate(months)
        ],
        "finding": _("十二个月新收 {filed} 件，办结 {ended} 件，净{change}。").format(
            filed=sum(filed), ended=sum(ended), change=_change(difference)
        ),
        "months": [
            {
                "label": f"{first:%Y-%m}",
                "filed": a,
                "filed_url": list_url(replace(scope, what="filed", since=first, until=last)),
                "ended": b,
                "ended_url": list_url(replace(scope, what="ended", since=first, until=last)),
            }
            for first, last, a, b in zip(months, ends, filed, ended, strict=True)
        ],
    }


# --- lists -----------------------------------------------------------------------------------------------------------


def rows_shown(actor: Actor, rows: list[Row], clocks: Clocks) -> list[dict[str, Any]]:
    """Cases of a list, with a link where the reader may open them, and the latest supervision order of each."""
    ids = [row.id for row in rows]
    seen = set(visible_to(actor, Case).filter(pk__in=ids).values_list("pk", flat=True))
    orders: dict[int, SupervisionOrder] = {}
    for order in SupervisionOrder.objects.filter(case__in=ids).order_by("id"):
        orders[order.case_id] = order
    return [_row(row, clocks, row.id in seen, orders.get(row.id), actor) for row in rows]


def _row(row: Row, clocks: Clocks, may_open: bool, order: SupervisionOrder | None, actor: Actor) -> dict[str, Any]:
    ended = row.state in END_STATES
    return {
        "chip": clocks.chip(row.rule, row.due_at, row.due_on, paused=bool(row.paused)),
        "clock_name": clock_name(row.rule),
        "employer": row.employer,
        "town": row.township or "",
        "number": row.number,
        "url": reverse("case", args=[row.public_id]) if may_open else "",
        "worker_count": row.heads,
        "amount": row.rest,
        "breach": row.breached,
        "stage": Inspection.STAGES[row.state],
        "officer": row.officer or _("未指派"),
        "filed_on": row.filed_on,
        "order": order_words(order),
        "supervise_url": (
            reverse("act", args=["inspection", row.inspection, "supervise"])
            if actor.has(Role.LEADER) and not ended
            else ""
        ),
    }


def order_words(order: SupervisionOrder | None) -> dict[str, Any] | None:
    """What became of a supervision order; its words stay on its own page, since they may name people."""
    if order is None:
        return None
    if order.answered_at is not None:
        return {
            "text": _("督办已答复 {day}").format(day=f"{clock.legal_day(order.answered_at):%m-%d}"),
            "waiting": False,
        }
    return {"text": _("督办待答复，限 {day}").format(day=f"{order.due_on:%m-%d}"), "waiting": True}


def _list(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The cases behind a number of the board."""
    allow(actor, *WHO)
    clocks = Clocks.read()
    which = which_of(request.GET)
    rows = listed(actor, which, clocks.now, after=after_of(request.GET.get("after", "")))
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    after = f"{last.nearest_at.isoformat()}_{last.id}" if last is not None else ""
    base = list_url(which)
    context: dict[str, Any] = {
        "calendar": clocks.calendar,
        "title": title_of(which),
        "total": counted(actor, which, clocks.now),
        "rows": rows_shown(actor, rows[:PAGE], clocks),
        "back_url": reverse("lead"),
        "pager": {"next_url": f"{base}{'&' if '?' in base else '?'}{urlencode({'after': after})}" if after else ""},
    }
    return show(request, actor, "casedesk/lead_list.html", context)


def title_of(which: Which) -> str:
    """What a list holds, in words."""
    span = f"{which.since or '…'} 至 {which.until or '…'}" if which.since or which.until else ""
    kinds = {"open": _("在办案件"), "filed": _("新收案件"), "ended": _("办结案件"), "paid": _("有款项支付的案件")}
    employer = Employer.objects.filter(public_id=which.employer).first() if which.employer else None
    officer = Officer.objects.filter(public_id=which.officer).first() if which.officer not in ("", NONE) else None
    words = [
        kinds[which.what],
        span,
        which.stage,
        _age_words()[which.age] if which.age is not None else "",
        {(True, False): _("已超期"), (False, True): _("今日到期"), (True, True): _("超期与今日到期")}.get(
            (which.late, which.due), ""
        ),
        _("认定逾期") if which.breach else "",
        (_("未填乡镇") if which.town == NONE else str(Township.objects.filter(pk=which.town).first() or which.town))
        if which.town
        else "",
        str(Agency.objects.filter(code=which.agency).first() or which.agency) if which.agency else "",
        str(employer or ""),
        _("实际控制人或法定代表人 {name}").format(name=which.boss) if which.boss else "",
        _("班组长 {name}").format(name=which.crew) if which.crew else "",
        _("未指派") if which.officer == NONE else str(officer or ""),
        _("{n} 人以上").format(n=which.heads) if which.heads else "",
    ]
    return " · ".join(word for word in words if word)


page = screen(_read)
page_list = screen(_list)
