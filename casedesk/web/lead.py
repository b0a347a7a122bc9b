"""积压看板: the backlog in numbers and the list behind each number, without anybody who complained."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from casedesk.web.chips import Clocks, clock_name
from casedesk.web.pages import allow, screen, show
from casedesk.web.queue import FAR, after_of
from casedesk.web.sharing import orders_shown
from workflows.casefile.case import Case
from workflows.casefile.sharing import SupervisionOrder
from workflows.models import Inspection
from workflows.reading.access import Purpose, visible_to
from workflows.reading.summaries import AGES, PAGE, STAGES, BacklogRow, backlog, backlog_list
from workflows.roles import Actor, Role

WHO = (Role.LEADER, Role.SQUAD_LEADER, Role.BUREAU_HEAD, Role.PRINCIPAL_HEAD)
FIRST_OLD = 2
SHOWN = 10
#: supervision orders on the board
ORDERS = 20


def _read(request: HttpRequest, actor: Actor) -> HttpResponse:
    allow(actor, *WHO)
    clocks = Clocks.read()
    found = backlog(actor, clocks.now)
    late = backlog_list(actor, clocks.now, late=True, size=SHOWN)
    highest = [
        max((n for (_s, age), n in found.cells.items() if (age >= FIRST_OLD) == old), default=1)
        for old in (False, True)
    ]
    ages = range(len(AGES) + 1)
    rows = []
    for stage in STAGES:
        numbers = [found.cells.get((stage, age), 0) for age in ages]
        cells = [
            {
                "count": n,
                "url": _list_url(stage=stage, age=age),
                "heat": _heat(n, highest[age >= FIRST_OLD], age >= FIRST_OLD),
            }
            for age, n in enumerate(numbers)
        ]
        rows.append({"label": stage, "cells": cells, "total": sum(numbers), "url": _list_url(stage=stage)})
    orders_to = _supervise_urls([row.id for row in late[:SHOWN]]) if actor.has(Role.LEADER) else {}
    totals = [sum(found.cells.get((stage, age), 0) for stage in STAGES) for age in ages]
    context: dict[str, Any] = {
        "as_of": clocks.now,
        "counted": _("在办案件（未结案、未撤销、未移送、未并案）"),
        "figures": [
            {"label": _("在办案件"), "value": f"{found.cases:,}", "unit": _("件"), "url": _list_url()},
            {
                "label": _("已超期"),
                "value": f"{found.overdue:,}",
                "unit": _("件"),
                "over": found.overdue > 0,
                "url": _list_url(late="1"),
                "note": _("另有今日到期 {n} 件").format(n=found.today),
            },
            {
                "label": _("认定逾期"),
                "value": f"{found.breached:,}",
                "unit": _("件"),
                "over": found.breached > 0,
                "url": _list_url(breach="1"),
                "note": _("按本局确定的期限"),
            },
            {"label": _("涉及人数"), "value": f"{found.workers:,}", "unit": _("人"), "url": _list_url()},
            {"label": _("欠薪余额"), "value": f"{found.rest / 10_000:,.1f}", "unit": _("万元"), "url": _list_url()},
        ],
        "matrix": {
            "columns": [{"label": label, "old": age >= FIRST_OLD} for age, label in enumerate(_age_words())],
            "rows": rows,
            "totals": totals,
            "total": found.cases,
        },
        "overdue": [_row(row, clocks, set()) | {"supervise_url": orders_to.get(row.id, "")} for row in late[:SHOWN]],
        "orders": orders_shown(_orders(actor), clocks),
        "overdue_url": _list_url(late="1"),
        "overdue_total": found.overdue + found.today,
    }
    return show(request, actor, "casedesk/lead.html", context)


def _orders(actor: Actor) -> Any:
    """Supervision orders, those that wait first, then the newest answers."""
    rows = SupervisionOrder.objects.filter(case__in=visible_to(actor, Case, Purpose.OVERSIGHT))
    return rows.order_by(F("answered_at").desc(nulls_first=True), "due_on")[:ORDERS]


def _supervise_urls(cases: list[int]) -> dict[int, str]:
    """Where a leader asks about a case: the act's own page."""
    rows = Inspection.objects.filter(case__in=cases).values_list("case_id", "public_id")
    return {case: reverse("act", args=["inspection", public_id, "supervise"]) for case, public_id in rows}


def _age_words() -> list[str]:
    edges = [0, *AGES]
    words = [f"≤{AGES[0]} 天"] + [f"{low + 1}–{high} 天" for low, high in zip(edges[1:], AGES[1:], strict=False)]
    return [*words, f">{AGES[-1]} 天"]


def _heat(n: int, highest: int, old: bool) -> str:
    level = 0 if not n else 1 + round(4 * (n - 1) / max(1, highest - 1)) if highest > 1 else 1
    return f"{'old' if old and level else 'heat'}-{level}"


def _list_url(**parts: Any) -> str:
    asked = urlencode({name: value for name, value in parts.items() if value != ""})
    return reverse("lead-list") + (f"?{asked}" if asked else "")


def _row(row: BacklogRow, clocks: Clocks, open_to_reader: set[Any]) -> dict[str, Any]:
    return {
        "chip": clocks.chip(row.rule, row.due_at, row.due_on),
        "clock_name": clock_name(row.rule),
        "employer": row.employer,
        "number": row.number,
        "url": reverse("case", args=[row.public_id]) if row.public_id in open_to_reader else "",
        "worker_count": row.workers,
        "amount": row.rest,
        "stage": Inspection.STAGES[row.state],
        "officer": row.officer or _("未指派"),
        "filed_on": row.filed_on,
        "breach": row.breached,
    }


def _list(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The cases behind a number of the board."""
    allow(actor, *WHO)
    clocks = Clocks.read()
    stage = request.GET.get("stage", "")
    asked_age = request.GET.get("age", "")
    age = int(asked_age) if asked_age in {str(n) for n in range(len(AGES) + 1)} else None
    late, breach = request.GET.get("late") == "1", request.GET.get("breach") == "1"
    rows = backlog_list(
        actor,
        clocks.now,
        stage=stage if stage in STAGES else "",
        age=age,
        late=late,
        breached=breach,
        after=after_of(request.GET.get("after", "")),
    )
    seen = set(visible_to(actor, Case).filter(pk__in=[r.id for r in rows]).values_list("public_id", flat=True))
    words = [
        stage,
        _age_words()[age] if age is not None else "",
        _("超期与今日到期") if late else "",
        _("认定逾期") if breach else "",
    ]
    orders_to = _supervise_urls([row.id for row in rows[:PAGE]]) if actor.has(Role.LEADER) else {}
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    after = f"{(last.due_at or FAR).isoformat()}_{last.id}" if last is not None else ""
    context: dict[str, Any] = {
        "title": " · ".join(w for w in words if w) or _("在办案件"),
        "rows": [_row(row, clocks, seen) | {"supervise_url": orders_to.get(row.id, "")} for row in rows[:PAGE]],
        "back_url": reverse("lead"),
        "pager": {
            "next_url": _list_url(
                stage=stage, age=asked_age, late="1" if late else "", breach="1" if breach else "", after=after
            )
            if after
            else ""
        },
    }
    return show(request, actor, "casedesk/lead_list.html", context)


page = screen(_read)
page_list = screen(_list)
