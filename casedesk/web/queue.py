"""The lists of work: my cases, all cases, complaints that wait. Filters stand in the URL, pages go by keyset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from casedesk.web.chips import Clocks, clock_name
from casedesk.web.matters import next_step
from casedesk.web.pages import allow, asked_number, screen, show
from workflows.casefile.case import Case
from workflows.casefile.complaint import Channel
from workflows.casefile.officers import Township
from workflows.errors import PermissionDenied
from workflows.inputs import read_moment
from workflows.models import Inspection, Intake
from workflows.procedures.inspection_state import OPEN_STATES
from workflows.reading.queue import (
    BUCKETS,
    LONGEST,
    PAGE,
    WAITING_STATES,
    Filter,
    QueueRow,
    arrived,
    counts,
    page,
    place_of,
    waiting,
    waiting_counts,
)
from workflows.roles import BUREAU_ROLES, Actor, Role

BUCKET_LOOKS: dict[str, tuple[Any, str, str]] = {
    "over": (gettext_lazy("已超期"), "triangle-alert", "over"),
    "today": (gettext_lazy("今日到期"), "bell", "today"),
    "soon": (gettext_lazy("3 个工作日内"), "clock", "soon"),
    "approval": (gettext_lazy("待我签批"), "pen-line", ""),
    "returned": (gettext_lazy("公安退回"), "undo-2", ""),
    "mine": (gettext_lazy("我的在办"), "inbox", ""),
}
#: what is still owed (yuan) and how many people, by the value in the address: words, from, up to (not included)
AMOUNTS: dict[str, tuple[Any, tuple[int, int | None]]] = {
    "1": (gettext_lazy("不足 1 万元"), (0, 10_000)),
    "2": (gettext_lazy("1–5 万元"), (10_000, 50_000)),
    "3": (gettext_lazy("5–20 万元"), (50_000, 200_000)),
    "4": (gettext_lazy("20 万元以上"), (200_000, None)),
}
PEOPLE: dict[str, tuple[Any, tuple[int, int | None]]] = {
    "1": (gettext_lazy("1 人"), (0, 2)),
    "2": (gettext_lazy("2–9 人"), (2, 10)),
    "3": (gettext_lazy("10–29 人"), (10, 30)),
    "4": (gettext_lazy("30 人以上"), (30, None)),
}
DESKS = (Role.OPERATOR, Role.RECEPTIONIST, *BUREAU_ROLES)


# --- cases -----------------------------------------------------------------------------------------------------------


def _work(request: HttpRequest, actor: Actor) -> HttpResponse:
    allow(actor, Role.INSPECTOR)
    return _cases_page(request, actor, title=_("我的案件"), everybody=False, choose=True)


def _cases(request: HttpRequest, actor: Actor) -> HttpResponse:
    allow(actor, *BUREAU_ROLES, Role.LEGAL_REVIEWER)
    title = _("待审核") if actor.has(Role.LEGAL_REVIEWER) and not actor.has(*BUREAU_ROLES) else _("全部案件")
    return _cases_page(request, actor, title=title, everybody=True, choose=False)


def _cases_page(request: HttpRequest, actor: Actor, *, title: str, everybody: bool, choose: bool) -> HttpResponse:
    kept, wanted = asked_for(request.GET, everybody=everybody, choose=choose)
    wanted = replace(wanted, after=after_of(request.GET.get("after", "")))
    clocks = Clocks.read()
    counted = counts(actor, wanted, clocks.now, clocks.calendar)
    rows = page(actor, wanted, clocks.now, clocks.calendar)
    towns = dict(Township.objects.values_list("code", "name"))
    here = str(request.resolver_match.url_name if request.resolver_match else "work")
    address = request.path + _address(**kept)
    context: dict[str, Any] = {
        "calendar": clocks.calendar,
        "title": title,
        "subtitle": _("按最近法定时限排序 · {day}").format(
            day=f"{clocks.today.year}年{clocks.today.month}月{clocks.today.day}日"
        ),
        "buckets": [
            {
                "label": label,
                "count": counted[name],
                "url": _address(**(kept | {"b": name if name != "mine" else ""})),
                "icon": icon,
                "time": time,
                "current": name == wanted.bucket,
            }
            for name, (label, icon, time) in _bucket_looks(everybody).items()
        ],
        "filters": _filters(kept, wanted, towns, choose),
        "saved": _saved(request),
        "save_address": address,
        "news_url": reverse("news", args=[here]) + _address(**kept, since=clocks.now.isoformat()),
        "rows": [_case_row(row, clocks, here, kept) for row in rows[:PAGE]],
        "pager": _pager(request, kept, rows, counted[wanted.bucket]),
        "new_url": reverse("intake") if actor.has(Role.INSPECTOR) else "",
        "with_checks": bool(rows),
        "bulk_url": reverse("bulk", args=[here]) + _address(**kept),
        "may_assign": actor.has(Role.SQUAD_LEADER),
        "may_chase": "chase_agency" in Inspection.acts() and actor.has(Role.INSPECTOR),
        "clear_url": request.path,
        "looked_for": _looked_for(kept, wanted, towns),
    }
    return show(request, actor, "casedesk/queue.html", context)


def asked_for(asked: Mapping[str, str], *, everybody: bool, choose: bool) -> tuple[dict[str, str], Filter]:
    """What a list is asked for: as it stands in its address, and as the reading side takes it.

    Nonsense counts as not asked. `choose`: whether the reader may look at everybody's cases instead of his own.
    """
    kept = {name: asked.get(name, "").strip()[:60] for name in ("b", "q", "stage", "town", "amt", "n")}
    if kept["b"] not in BUCKETS or kept["b"] == "mine":
        kept["b"] = ""
    if not kept["q"].isprintable():
        kept["q"] = ""
    stages = dict.fromkeys(Inspection.STAGES[s] for s in OPEN_STATES)
    for name, known in (("stage", stages), ("amt", AMOUNTS), ("n", PEOPLE)):
        if kept[name] not in known:
            kept[name] = ""
    if not (kept["town"].isascii() and kept["town"].isdigit()):
        kept["town"] = ""
    kept["all"] = "1" if choose and asked.get("all") == "1" else ""
    wanted = Filter(
        bucket=kept["b"] or "mine",
        text=kept["q"],
        state=tuple(s for s in OPEN_STATES if kept["stage"] and Inspection.STAGES[s] == kept["stage"]),
        township=kept["town"],
        amount=AMOUNTS[kept["amt"]][1] if kept["amt"] else None,
        people=PEOPLE[kept["n"]][1] if kept["n"] else None,
        everybody=everybody or bool(kept["all"]),
    )
    return kept, wanted


def list_of(request: HttpRequest, actor: Actor, name: str) -> tuple[dict[str, str], Filter]:
    """The list of that name ("work" or "cases") under the filters of the address. Raises what its page raises."""
    if name == "work":
        allow(actor, Role.INSPECTOR)
        return asked_for(request.GET, everybody=False, choose=True)
    allow(actor, *BUREAU_ROLES, Role.LEGAL_REVIEWER)
    return asked_for(request.GET, everybody=True, choose=False)


def _bucket_looks(everybody: bool) -> dict[str, tuple[Any, str, str]]:
    return BUCKET_LOOKS | ({"mine": (gettext_lazy("在办"), "inbox", "")} if everybody else {})


def _filters(kept: dict[str, str], wanted: Filter, towns: dict[str, str], choose: bool) -> dict[str, Any]:
    stages = dict.fromkeys(Inspection.STAGES[s] for s in OPEN_STATES)
    selects = [
        _select("stage", _("阶段"), [("", _("全部阶段")), *((s, s) for s in stages)], kept["stage"]),
        _select("town", _("乡镇"), [("", _("全部乡镇")), *towns.items()], kept["town"]),
        _select("amt", _("金额"), [("", _("金额不限")), *((k, str(v[0])) for k, v in AMOUNTS.items())], kept["amt"]),
        _select("n", _("人数"), [("", _("人数不限")), *((k, str(v[0])) for k, v in PEOPLE.items())], kept["n"]),
    ]
    if choose:
        selects.append(_select("all", _("承办"), [("", _("我承办的")), ("1", _("全部人员"))], kept["all"]))
    return {
        "q": wanted.text,
        "placeholder": _("案号、单位或项目"),
        "selects": selects,
        "hidden": [{"name": "b", "value": kept["b"]}] if kept["b"] else [],
        "chosen": [
            {"label": label, "url": _address(**(kept | {name: ""})) or "?"}
            for name, label in chosen_words(kept, towns).items()
        ],
    }


def chosen_words(kept: dict[str, str], towns: Mapping[str, str]) -> dict[str, str]:
    """The conditions of a list in words, by the name each has in the address."""
    words = {
        "b": str(BUCKET_LOOKS[kept["b"]][0]) if kept["b"] else "",
        "q": kept["q"],
        "stage": kept["stage"],
        "town": towns.get(kept["town"], kept["town"]),
        "amt": str(AMOUNTS[kept["amt"]][0]) if kept["amt"] else "",
        "n": str(PEOPLE[kept["n"]][0]) if kept["n"] else "",
        "all": _("全部人员") if kept.get("all") else "",
    }
    return {name: word for name, word in words.items() if word}


def _saved(request: HttpRequest) -> list[dict[str, str]]:
    found = getattr(request.user, "saved_lists", [])
    return [{"name": str(one["name"]), "url": str(one["address"])} for one in found]


def _select(name: str, label: str, options: Sequence[tuple[str, str]], chosen: str) -> dict[str, Any]:
    return {
        "name": name,
        "label": label,
        "options": [{"value": value, "label": words, "selected": value == chosen} for value, words in options],
    }


def _case_row(row: QueueRow, clocks: Clocks, here: str = "", kept: Mapping[str, str] | None = None) -> dict[str, Any]:
    tags = [{"label": _("公安退回"), "urgent": True}] if row.returned else []
    if row.waiting_since is not None:
        tags.append({"label": _("待签批")})
    last = Inspection.acts().get(row.last_act or "") if row.last_procedure == "inspection" else None
    return {
        "id": row.public_id,
        "chip": clocks.chip(row.rule, row.due_at, row.due_on, paused=bool(row.paused)),
        "clock_name": clock_name(row.rule),
        "number": row.number,
        "url": reverse("case", args=[row.public_id]) + (_address(**({"l": here} | dict(kept or {}))) if here else ""),
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


def _looked_for(kept: dict[str, str], wanted: Filter, towns: dict[str, str]) -> str:
    said = "、".join(chosen_words(kept, towns).values())
    return _("当前条件：{parts}").format(parts=said) if said else ""


def position_of(case: Case, request: HttpRequest, actor: Actor, clocks: Clocks) -> dict[str, str] | None:
    """Where the case stands in the list the reader came from (its name and filters are in the address)."""
    name = request.GET.get("l", "")
    if name not in ("work", "cases"):
        return None
    try:
        kept, wanted = list_of(request, actor, name)
    except PermissionDenied:
        return None
    place = place_of(case.pk, actor, wanted, clocks.now, clocks.calendar)
    if place is None:
        return {"text": _("本案已不在刚才的列表中")}
    said = _address(l=name, **kept)
    total = f"{LONGEST}+" if place.total > LONGEST else str(place.total)
    return {
        "text": _("第 {n} / {total} 件").format(n=place.number, total=total),
        "previous_url": reverse("case", args=[place.previous]) + said if place.previous else "",
        "next_url": reverse("case", args=[place.next]) + said if place.next else "",
    }


# --- keyset ----------------------------------------------------------------------------------------------------------


def after_of(text: str) -> tuple[datetime, int] | None:
    """The place after which a page begins, from the URL; nonsense is the first page."""
    moment, dash, number = text.partition("_")
    place = asked_number(number, 18)
    if not dash or place is None:
        return None
    found = read_moment(moment)
    return (found, place) if found is not None else None


def _news(request: HttpRequest, actor: Actor, *, name: str) -> HttpResponse:
    """How many cases came since the list was drawn: a sentence with the way to them, or nothing (204)."""
    kept, wanted = list_of(request, actor, name)
    moment = read_moment(request.GET.get("since", ""))
    count = arrived(actor, wanted, moment) if moment is not None and wanted.bucket == "mine" else 0
    if not count:
        return HttpResponse(status=204)
    context = {"count": count, "url": reverse(name) + _address(**kept)}
    return show(request, actor, "casedesk/parts/_news.html", context)


def _pager(request: HttpRequest, kept: dict[str, str], rows: Sequence[Any], total: int) -> dict[str, Any]:
    pager: dict[str, Any] = {"total": total}
    if len(rows) > PAGE:
        last = rows[PAGE - 1]
        pager["next_url"] = _address(**kept, after=f"{last.nearest_at.isoformat()}_{last.id}")
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
news = screen(_news)
waiting_list = screen(_waiting)
complaints = screen(_complaints)
