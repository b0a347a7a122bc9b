"""审计视图: who did what, who read what, what an administrator changed, whether the chains hold. Never what cases are
about: an auditor sees numbers, people in office, moments and articles.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from casedesk.models import DeskChange, Reading
from casedesk.web.pages import allow, asked_day, asked_number, screen, show
from workflows import clock
from workflows.casefile.case import Case
from workflows.casefile.officers import Agency, Officer
from workflows.casefile.sharing import UseRecord
from workflows.invariants import chains_hold
from workflows.law.instruments import article
from workflows.procedures.registry import PROCEDURES
from workflows.reading.access import visible_to
from workflows.reading.timeline import label_of
from workflows.record import Event, first_broken
from workflows.roles import Actor, Role

PAGE = 50
DAY = timedelta(days=1)


# --- what one asks for -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """The filters of the address: officer, case number, days, procedure; what is not readable is not asked."""

    officer: int | None
    number: str
    first: date | None
    last: date | None
    procedure: str
    before: int | None

    @classmethod
    def of(cls, request: HttpRequest) -> Asked:
        told = request.GET
        return cls(
            officer=asked_number(told.get("officer", ""), 9),
            number=told.get("number", "").strip()[:40],
            first=asked_day(told.get("first", "")),
            last=asked_day(told.get("last", "")),
            procedure=told.get("procedure", "") if told.get("procedure", "") in PROCEDURES else "",
            before=asked_number(told.get("before", ""), 17),
        )

    def narrow(self, rows: QuerySet[Any], at: str) -> QuerySet[Any]:
        """The rows of the days and officer asked for, newest first; `at` names the column of the moment."""
        if self.first:
            rows = rows.filter(**{f"{at}__gte": clock.start_of(self.first)})
        if self.last:
            rows = rows.filter(**{f"{at}__lt": clock.start_of(self.last + DAY)})
        if self.officer is not None:
            rows = rows.filter(officer_id=self.officer)
        if self.before:
            rows = rows.filter(pk__lt=self.before)
        return rows.order_by("-pk")

    def next_url(self, last: int) -> str:
        """The address of the rows before these."""
        return "?" + urlencode({**self._given(), "before": last})

    def _given(self) -> dict[str, Any]:
        told = {"officer": self.officer, "number": self.number, "first": self.first, "last": self.last}
        return {k: v for k, v in (told | {"procedure": self.procedure}).items() if v}

    def shown(self, *, procedures: bool = False, numbers: bool = True) -> dict[str, Any]:
        """The filter row as the template shows it."""
        people = Officer.objects.select_related("agency").order_by("agency_id", "id")
        return {
            "officers": [
                {"value": o.pk, "label": f"{o.name}（{o.agency.name}）", "selected": o.pk == self.officer}
                for o in people
            ],
            "number": self.number,
            "numbers": numbers,
            "first": self.first,
            "last": self.last,
            "procedures": [
                {"value": name, "label": kind.LABEL, "selected": name == self.procedure}
                for name, kind in PROCEDURES.items()
            ]
            if procedures
            else [],
        }


def _parts(here: str) -> list[dict[str, Any]]:
    places = (
        ("audit", _("办理动作")),
        ("audit-readings", _("阅览记录")),
        ("audit-uses", _("共享使用")),
        ("audit-changes", _("管理变更")),
        ("audit-chain", _("完整性核对")),
    )
    return [{"label": label, "url": reverse(name), "current": name == here} for name, label in places]


def _show(request: HttpRequest, actor: Actor, here: str, **more: Any) -> HttpResponse:
    return show(request, actor, f"casedesk/{here.replace('-', '_')}.html", {"parts": _parts(here), **more})


# --- what was done ---------------------------------------------------------------------------------------------------


def _audit(request: HttpRequest, actor: Actor) -> HttpResponse:
    allow(actor, Role.AUDITOR)
    asked = Asked.of(request)
    rows = visible_to(actor, Event).select_related("case", "complaint").annotate(number=F("case__number"))
    if asked.procedure:
        rows = rows.filter(procedure=asked.procedure)
    if asked.number:
        rows = rows.filter(case__number=asked.number)
    events = list(asked.narrow(rows, "recorded_at")[: PAGE + 1])
    agencies = dict(Agency.objects.values_list("code", "name"))
    return _show(
        request, actor, "audit",
        filters=asked.shown(procedures=True),
        rows=[_line(event, agencies) for event in events[:PAGE]],
        next_url=asked.next_url(events[PAGE - 1].pk) if len(events) > PAGE else "",
    )  # fmt: skip


def _line(event: Any, agencies: dict[str, str]) -> dict[str, Any]:
    """Who, when, which act, from where to where, under which approval and article.

    Nothing of what the case is about.
    """
    kind = PROCEDURES[event.procedure]
    states = dict(kind.State.choices)  # type: ignore[attr-defined]
    return {
        "recorded_at": event.recorded_at,
        "at": event.at,
        "root": event.number or f"投诉 {event.complaint.public_id.hex[-6:].upper()}",
        "seq": event.seq,
        "procedure": kind.LABEL,
        "act": label_of(event),
        "from": states.get(event.from_state, "—"),
        "to": states.get(event.to_state, ""),
        "who": event.by_name,
        "agency": agencies.get(event.by_agency, event.by_agency),
        "roles": "、".join(str(Role(r).label) for r in event.by_roles),
        "approved_by": event.approved_by,
        "acting_paper": event.acting_paper,
        "law": article(event.law),
        "digest": bytes(event.hash).hex(),
    }


# --- what was read, what was changed ---------------------------------------------------------------------------------


def _readings(request: HttpRequest, actor: Actor) -> HttpResponse:
    allow(actor, Role.AUDITOR)
    asked = Asked.of(request)
    rows = Reading.objects.all()
    if asked.number:
        rows = rows.filter(about=asked.number)
    found = list(asked.narrow(rows, "at")[: PAGE + 1])
    agencies = dict(Agency.objects.values_list("code", "name"))
    return _show(
        request, actor, "audit-readings",
        filters=asked.shown(),
        rows=[
            {
                "at": r.at, "who": r.by_name, "agency": agencies.get(r.agency, r.agency),
                "what": r.get_what_display(), "about": r.about, "purpose": r.purpose,
            }
            for r in found[:PAGE]
        ],
        next_url=asked.next_url(found[PAGE - 1].pk) if len(found) > PAGE else "",
    )  # fmt: skip


def _uses(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Who opened, took away or used what was shared (DSR 29): headings, never the words."""
    allow(actor, Role.AUDITOR)
    asked = Asked.of(request)
    rows = UseRecord.objects.select_related("case")
    if asked.number:
        rows = rows.filter(case__number=asked.number)
    found = list(asked.narrow(rows, "at")[: PAGE + 1])
    agencies = dict(Agency.objects.values_list("code", "name"))
    context = {
        "parts": _parts("audit-uses"),
        "filters": asked.shown(),
        "rows": [
            {
                "at": u.at,
                "who": u.by_name,
                "agency": agencies.get(u.agency, u.agency),
                "what": f"{u.get_how_display()} {u.what}",
                "about": u.case.number if u.case is not None else "",
                "purpose": u.purpose,
            }
            for u in found[:PAGE]
        ],
        "next_url": asked.next_url(found[PAGE - 1].pk) if len(found) > PAGE else "",
    }
    return show(request, actor, "casedesk/audit_readings.html", context)


def _changes(request: HttpRequest, actor: Actor) -> HttpResponse:
    allow(actor, Role.AUDITOR)
    asked = Asked.of(request)
    found = list(asked.narrow(DeskChange.objects.all(), "at")[: PAGE + 1])
    return _show(
        request, actor, "audit-changes",
        filters=asked.shown(numbers=False),
        rows=[
            {
                "at": r.at, "who": r.by_name, "what": r.what, "about": r.about,
                "told": [
                    {"field": FIELDS.get(name, name), "before": _said(pair[0]), "after": _said(pair[1])}
                    for name, pair in r.told.items()
                ],
            }
            for r in found[:PAGE]
        ],
        next_url=asked.next_url(found[PAGE - 1].pk) if len(found) > PAGE else "",
    )  # fmt: skip


FIELDS = {
    "name": "姓名、名称", "agency": "单位", "roles": "职责", "phone": "电话", "certificate": "执法证件号",
    "certificate_valid_to": "证件有效期", "active": "在岗", "is_active": "账号启用", "role": "职责", "from_day": "起日",
    "to_day": "止日", "paper": "文号", "address": "地址", "basis": "依据",
}  # fmt: skip


def _said(value: Any) -> str:
    if isinstance(value, list):
        return "、".join(str(Role(r).label) if r in Role.values else str(r) for r in value) or "—"
    if isinstance(value, bool):
        return _("是") if value else _("否")
    return str(value) if value not in (None, "") else "—"


# --- whether it still stands as it was written -----------------------------------------------------------------------


def _chain(request: HttpRequest, actor: Actor) -> HttpResponse:
    """One case by its number, or all of them on the button: recomputed from the first event to the head."""
    allow(actor, Role.AUDITOR)
    number = request.GET.get("number", "").strip()[:40]
    context: dict[str, Any] = {"number": number}
    if number:
        case = Case.objects.filter(number=number).first()
        broken = first_broken(case) if case is not None else None
        context |= {"found": case is not None, "broken": broken, "events": case.version if case is not None else 0}
        if case is not None:
            context["head"] = bytes(case.head_hash).hex()
    elif request.GET.get("all"):
        context["finding"] = chains_hold()
    return _show(request, actor, "audit-chain", **context)


audit = screen(_audit)
readings = screen(_readings)
uses = screen(_uses)
changes = screen(_changes)
chain = screen(_chain)
