"""The lists of work: my cases, all cases, complaints that wait. Filters stand in the URL, pages go by keyset."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from casedesk.web.chips import Clocks, clock_name
from casedesk.web.matters import next_step
from casedesk.web.pages import allow, screen, show
from workflows import clock
from workflows.casefile.complaint import Channel
from workflows.casefile.officers import Township
from workflows.models import Inspection, Intake
from workflows.procedures.inspection_state import OPEN_STATES
from workflows.reading.queue import (
    BUCKETS,
    PAGE,
    WAITING_STATES,
    Filter,
    QueueRow,
    counts,
    page,
    waiting,
    waiting_counts,
)
from workflows.roles import BUREAU_ROLES, Actor, Role

FAR = datetime(9999, 1, 1, tzinfo=clock.SHANGHAI)
BUCKET_LOOKS: dict[str, tuple[Any, str, str]] = {
    "over": (gettext_lazy("已超期"), "triangle-alert", "over"),
    "today": (gettext_lazy("今日到期"), "bell", "today"),
    "soon": (gettext_lazy("3 个工作日内"), "clock", "soon"),
    "approval": (gettext_lazy("待签批"), "pen-line", ""),
    "returned": (gettext_lazy("公安退回"), "undo-2", ""),
    "mine": (gettext_lazy("在办"), "inbox", ""),
}
DESKS = (Role.OPERATOR, Role.RECEPTIONIST, *BUREAU_ROLES)


# --- cases -----------------------------------------------------------------------------------------------------------


def _work(request: HttpRequest, actor: Actor) -> HttpResponse:
    allow(actor, Role.INSPECTOR)
    return _cases_page(request, actor, title=_("我的案件"), everybody=request.GET.get("all") == "1", choose=True)


def _cases(request: HttpRequest, actor: Actor) -> HttpResponse:
    allow(actor, *BUREAU_ROLES, Role.LEGAL_REVIEWER)
    title = _("待审核") if actor.has(Role.LEGAL_REVIEWER) and not actor.has(*BUREAU_ROLES) else _("全部案件")
    return _cases_page(request, actor, title=title, everybody=True, choose=False)


def _cases_page(request: HttpRequest, actor: Actor, *, title: str, everybody: bool, choose: bool) -> HttpResponse:
    asked = request.GET
    stage, town, text = asked.get("stage", ""), asked.get("town", ""), asked.get("q", "").strip()[:60]
    bucket = asked.get("b", "mine")
    wanted = Filter(
        bucket=bucket if bucket in BUCKETS else "mine",
        text=text,
        state=tuple(s for s in OPEN_STATES if Inspection.STAGES[s] == stage),
        township=town,
        everybody=everybody,
        after=after_of(asked.get("after", "")),
    )
    clocks = Clocks.read()
    counted = counts(actor, wanted, clocks.now, clocks.calendar)
    rows = page(actor, wanted, clocks.now, clocks.calendar)
    kept = {"q": text, "stage": stage, "town": town, "all": "1" if everybody and choose else ""}
    towns = dict(Township.objects.values_list("code", "name"))
    context: dict[str, Any] = {
        "title": title,
        "subtitle": _("按最近法定时限排序 · {day}").format(
            day=f"{clocks.today.year}年{clocks.today.month}月{clocks.today.day}日"
        ),
        "buckets": [
            {
                "label": label,
                "count": counted[name],
                "url": _address(**kept, b=name if name != "mine" else ""),
                "icon": icon,
                "time": time,
                "current": name == wanted.bucket,
            }
            for name, (label, icon, time) in BUCKET_LOOKS.items()
        ],
        "filters": _filters(kept, wanted, towns, choose, everybody),
        "rows": [_case_row(row, clocks) for row in rows[:PAGE]],
        "pager": _pager(request, kept | {"b": asked.get("b", "")}, rows, counted[wanted.bucket]),
        "new_url": reverse("intake") if actor.has(Role.INSPECTOR) else "",
        "clear_url": request.path,
        "looked_for": _looked_for(wanted, stage, towns),
    }
    return show(request, actor, "casedesk/queue.html", context)


def _filters(
    kept: dict[str, str], wanted: Filter, towns: dict[str, str], choose: bool, everybody: bool
) -> dict[str, Any]:
    stages = dict.fromkeys(Inspection.STAGES[s] for s in OPEN_STATES)
    selects = [
        _select("stage", _("阶段"), [("", _("全部阶段")), *((s, s) for s in stages)], kept["stage"]),
        _select("town", _("乡镇"), [("", _("全部乡镇")), *towns.items()], kept["town"]),
    ]
    if choose:
        selects.append(_select("all", _("承办"), [("", _("我承办的")), ("1", _("全部人员"))], "1" if everybody else ""))
    return {
        "q": wanted.text,
        "placeholder": _("案号、单位或项目"),
        "selects": selects,
        "hidden": [{"name": "b", "value": wanted.bucket}] if wanted.bucket != "mine" else [],
        "chosen": [
            {"label": label, "url": _address(**{k: v for k, v in kept.items() if k != name}, b=wanted.bucket)}
            for name, label in (("q", wanted.text), ("stage", kept["stage"]), ("town", towns.get(kept["town"], "")))
            if label
        ],
    }


def _select(name: str, label: str, options: Sequence[tuple[str, str]], chosen: str) -> dict[str, Any]:
    return {
        "name": name,
        "label": label,
        "options": [{"value": value, "label": words, "selected": value == chosen} for value, words in options],
    }


def _case_row(row: QueueRow, clocks: Clocks) -> dict[str, Any]:
    tags = [{"label": _("公安退回"), "urgent": True}] if row.returned else []
    if row.waiting_since is not None:
        tags.append({"label": _("待签批")})
    last = Inspection.acts().get(row.last_act or "") if row.last_procedure == "inspection" else None
    return {
        "id": row.id,
        "chip": clocks.chip(row.rule, row.due_at, row.due_on),
        "clock_name": clock_name(row.rule),
        "number": row.number,
        "url": reverse("case", args=[row.public_id]),
        "complainant": row.complainant or "—",
        "worker_count": row.workers,
        "employer": row.employer,
        "place": " · ".join(filter(None, [row.township, row.project])),
        "tags": tags,
        "amount": row.rest,
        "stage": Inspection.STAGES[row.state],
        "next_step": next_step(Inspection, row.state),
        "last": row.last_at,
        "last_words": last[0].label if last else "",
    }


def _looked_for(wanted: Filter, stage: str, towns: dict[str, str]) -> str:
    parts = [wanted.text, stage, towns.get(wanted.township, "")]
    if wanted.bucket != "mine":
        parts.append(str(BUCKET_LOOKS[wanted.bucket][0]))
    said = "、".join(part for part in parts if part)
    return _("当前条件：{parts}").format(parts=said) if said else ""


# --- keyset ----------------------------------------------------------------------------------------------------------


def after_of(text: str) -> tuple[datetime, int] | None:
    """The place after which a page begins, from the URL; nonsense is the first page."""
    moment, dash, number = text.partition("_")
    if not dash or not number.isascii() or not number.isdigit() or len(number) > 18:
        return None
    try:
        found = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return (found, int(number)) if found.tzinfo is not None else None


def _pager(request: HttpRequest, kept: dict[str, str], rows: Sequence[Any], total: int) -> dict[str, Any]:
    pager: dict[str, Any] = {"total": total}
    if len(rows) > PAGE:
        last = rows[PAGE - 1]
        pager["next_url"] = _address(**kept, after=f"{(last.due_at or FAR).isoformat()}_{last.id}")
    if request.GET.get("after"):
        pager["previous_url"] = _address(**kept)
        pager["first"] = True
    return pager


def _address(**parts: str) -> str:
    return "?" + urlencode({name: value for name, value in parts.items() if value})


# --- complaints ------------------------------------------------------------------------------------------------------

#: the groups of the desk's book of complaints, by the value in the URL
BOOK: dict[str, tuple[Any, tuple[str, ...]]] = {
    "waiting": (gettext_lazy("待处理"), WAITING_STATES),
    "draft": (gettext_lazy("未登记"), ("draft",)),
    "registered": (gettext_lazy("已登记"), ("registered",)),
    "supplement": (gettext_lazy("待补正"), ("supplement_requested",)),
    "referred": (gettext_lazy("已转办"), ("referred",)),
    "done": (gettext_lazy("已有结果"), ("accepted", "concluded", "answered", "declined", "duplicate", "withdrawn")),
}


def _waiting(request: HttpRequest, actor: Actor) -> HttpResponse:
    allow(actor, Role.SQUAD_LEADER, Role.INSPECTOR)
    return _book_page(request, actor, title=_("待受理"), first="waiting")


def _complaints(request: HttpRequest, actor: Actor) -> HttpResponse:
    allow(actor, *DESKS)
    return _book_page(request, actor, title=_("投诉登记簿"), first="waiting")


def _book_page(request: HttpRequest, actor: Actor, *, title: str, first: str) -> HttpResponse:
    chosen = request.GET.get("state", first)
    chosen = chosen if chosen in BOOK else first
    states = BOOK[chosen][1]
    clocks = Clocks.read()
    every = tuple(dict.fromkeys(s for _label, group in BOOK.values() for s in group))
    counted = waiting_counts(actor, every)
    rows = waiting(actor, states=states, after=after_of(request.GET.get("after", "")))
    total = sum(counted[s] for s in states)
    icons = {
        "waiting": "inbox",
        "draft": "file",
        "registered": "clipboard-check",
        "supplement": "file-question-mark",
        "referred": "reply",
        "done": "archive",
    }
    context: dict[str, Any] = {
        "title": title,
        "subtitle": _("按最近法定时限排序"),
        "buckets": [
            {
                "label": label,
                "count": sum(counted[s] for s in group),
                "url": _address(state=name),
                "icon": icons[name],
                "time": "",
                "current": name == chosen,
            }
            for name, (label, group) in BOOK.items()
        ],
        "rows": [
            {
                "chip": clocks.chip(row.rule, row.due_at, row.due_on),
                "clock_name": clock_name(row.rule),
                "number": f"投诉 {row.public_id.hex[-6:].upper()}",
                "url": reverse("complaint", args=[row.public_id]),
                "received": row.received_at,
                "channel": Channel(row.channel).label,
                "complainant": row.called,
                "worker_count": row.workers,
                "employer": row.employer,
                "place": " · ".join(filter(None, [row.township, row.place])),
                "text": row.title or row.words,
                "amount": row.amount,
                "state_label": Intake.State(row.state).label,
                "next_step": next_step(Intake, row.state),
                "tags": [],
            }
            for row in rows[:PAGE]
        ],
        "pager": _pager(request, {"state": request.GET.get("state", "")}, rows, total),
        "new_url": reverse("intake") if actor.has(Role.OPERATOR, Role.RECEPTIONIST, Role.INSPECTOR) else "",
        "clear_url": request.path,
        "looked_for": _("当前条件：{parts}").format(parts=BOOK[chosen][0]),
    }
    return show(request, actor, "casedesk/complaints.html", context)


work = screen(_work)
cases = screen(_cases)
waiting_list = screen(_waiting)
complaints = screen(_complaints)
