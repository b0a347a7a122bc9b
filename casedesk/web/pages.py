"""The frame of every staff page: in which transaction it reads, what stands around it, how a refusal is shown.

A GET reads inside `reading_as`, rendering included; a POST opens no transaction, because `perform` opens the one
there is. Nothing of a staff page is kept by a browser or a proxy.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.db import DatabaseError
from django.db.models import QuerySet, TextField, Value
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from casedesk.actor import actor_for, reading_as
from casedesk.drafts import drafts_of
from casedesk.readings import write_readings
from workflows import approvals, clock, law_settings
from workflows.calendar_editing import APPROVERS, missing_year
from workflows.errors import InvalidInput, NotPossibleNow, NotVisible, PermissionDenied, Refusal
from workflows.inputs import LegalDay
from workflows.law.days import Calendar
from workflows.models import PoliceTransfer
from workflows.roles import BUREAU_ROLES, Actor, Role

Reads = Callable[..., HttpResponse]
#: where somebody with a password from the administrator may go: to choose his own
CHOOSING_HIS_OWN = "casedesk.web.me"
TEMPLATES = {403: "403.html", 404: "404.html", 409: "409.html", 422: "422.html"}


def screen(read: Reads | None = None, write: Reads | None = None) -> Callable[..., HttpResponse]:
    """A view: `read(request, actor, …)` answers a GET inside the reading transaction, `write(request, actor.

    …)` a POST outside any.
    """
    named = read or write
    assert named is not None

    @wraps(named)
    def view(request: HttpRequest, **address: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return unstored(redirect_to_login(request.get_full_path() if request.method == "GET" else "/"))
        act = write if request.method == "POST" else read if request.method in ("GET", "HEAD") else None
        if act is None:
            return HttpResponseNotAllowed([m for m, v in (("GET", read), ("POST", write)) if v is not None])
        if (unstorable := _unstorable(request, address)) is not None:
            return unstored(refused(request, unstorable))
        if getattr(request.user, "temporary_password", False) and named.__module__ != CHOOSING_HIS_OWN:
            return unstored(redirect("password"))
        try:
            if act is write:
                actor = actor_for(request.user)
                response = act(request, actor, **address)
            else:
                with reading_as(request.user) as actor:
                    response = act(request, actor, **address)
            write_readings(request, actor)
        except Refusal as refusal:
            response = refused(request, refusal)
        except DatabaseError:
            if not getattr(request, "readings", None) and not getattr(request, "uses", None):
                raise
            logging.getLogger(__name__).exception("the access log could not be written; the answer was not sent")
            response = render(request, "503.html", status=503)
        return unstored(response)

    return view


def _unstorable(request: HttpRequest, address: dict[str, Any]) -> Refusal | None:
    """The refusal of a NUL, which no table can hold: nothing lies at such an address, and a form names its field."""
    asked = (word for name, values in request.GET.lists() for word in (name, *values))
    if any("\0" in word for word in (*map(str, address.values()), *asked)):
        return NotVisible()
    said = [name.replace("\0", "") for name, values in request.POST.lists() if "\0" in "".join((name, *values))]
    return InvalidInput(dict.fromkeys(said, _("含有不能使用的控制字符"))) if said else None


def unstored(response: HttpResponse) -> HttpResponse:
    """Say that nobody may keep a copy."""
    add_never_cache_headers(response)
    response["Cache-Control"] = "no-store, private, max-age=0"
    return response


def show(
    request: HttpRequest, actor: Actor, template: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """Render a staff page now, inside whatever transaction the caller reads in.

    A page that read the calendar hands it on as `calendar`, so that nobody asks for it again.
    """
    said = context or {}
    return render(request, template, frame(request, actor, calendar=said.get("calendar")) | said, status=status)


def refused(request: HttpRequest, refusal: Refusal, *, back_url: str = "") -> HttpResponse:
    """The page of a refusal: what happened and what to do. 404 never says whether the thing exists."""
    context: dict[str, Any] = {"back_url": back_url, "today": clock.today()}
    if refusal.status != 404:
        context["reason"] = refusal.reason
    if isinstance(refusal, NotPossibleNow):
        context["reasons"] = refusal.reasons
    try:
        with reading_as(request.user) as actor:
            return render(
                request, TEMPLATES[refusal.status], frame(request, actor, badges=False) | context, status=refusal.status
            )
    except PermissionDenied:  # an account without an officer: the bare frame, so that he can at least sign out
        me = {"name": request.user.get_username(), "agency": "", "role": ""}
        return render(request, TEMPLATES[refusal.status], context | {"me": me, "nav": []}, status=refusal.status)


# --- what stands around a page ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """One entry of the navigation: URL name, words, icon."""

    name: str
    label: Any
    icon: str


WORK = Place("work", gettext_lazy("我的案件"), "list-checks")
INTAKE = Place("intake", pgettext_lazy("办理", "登记"), "phone-call")
COMPLAINTS = Place("complaints", gettext_lazy("投诉登记簿"), "notebook-text")
WAITING = Place("waiting", gettext_lazy("待受理"), "inbox")
CASES = Place("cases", gettext_lazy("全部案件"), "folder-open")
APPROVALS = Place("approvals", gettext_lazy("待我签批"), "pen-line")
COORD = Place("coord", gettext_lazy("联合接待"), "handshake")
CAMPAIGNS = Place("campaigns", gettext_lazy("专项检查"), "clipboard-check")
INBOX = Place("inbox", gettext_lazy("收件"), "mail")
ASKED = Place("inbox", gettext_lazy("待回复协查"), "mail")
TRANSFERS = Place("police", gettext_lazy("移送公安"), "shield")
POLICE = Place("police", gettext_lazy("移送接收"), "shield")
COPIES = Place("police", gettext_lazy("抄送与监督"), "shield")
REVIEWS = Place("cases", gettext_lazy("待审核"), "scale")
OPERATIONS = Place("operations", gettext_lazy("运行"), "activity")
LEAD = Place("lead", gettext_lazy("积压看板"), "chart-column")
AUDIT = Place("audit", gettext_lazy("审计视图"), "scroll-text")
WORKDAYS = Place("workdays", gettext_lazy("工作日历"), "calendar-days")
LAWS = Place("laws", gettext_lazy("期限规则"), "scale")
STAFF = Place("staff", gettext_lazy("用户与单位"), "users")

#: who lands where (first) and what else he goes to; the first role of the list that a person holds decides where he
#: lands
NAVIGATION: dict[str, tuple[Place, ...]] = {
    Role.OPERATOR: (INTAKE, COMPLAINTS),
    Role.RECEPTIONIST: (COORD, INTAKE, COMPLAINTS),
    Role.SQUAD_LEADER: (APPROVALS, WAITING, CASES, TRANSFERS, COORD, LEAD, INBOX, OPERATIONS),
    Role.PRINCIPAL_HEAD: (APPROVALS, CASES, TRANSFERS, LEAD, CAMPAIGNS, LAWS, INBOX),
    Role.BUREAU_HEAD: (APPROVALS, CASES, TRANSFERS, LEAD, CAMPAIGNS, LAWS),
    Role.INSPECTOR: (WORK, INTAKE, WAITING, CASES, COORD, APPROVALS, INBOX),
    Role.LEGAL_REVIEWER: (REVIEWS, LAWS, WORKDAYS),
    Role.LIAISON: (ASKED,),
    Role.POLICE_OFFICER: (POLICE, INBOX),
    Role.PROSECUTOR: (COPIES, INBOX),
    Role.LEADER: (LEAD, CAMPAIGNS, INBOX),
    Role.AUDITOR: (AUDIT, CAMPAIGNS),
    Role.ADMINISTRATOR: (STAFF, OPERATIONS, LAWS, WORKDAYS, INBOX),
}
#: who sees on every page that the calendar is not complete
ALARMED = (Role.ADMINISTRATOR, Role.SQUAD_LEADER, Role.BUREAU_HEAD, Role.PRINCIPAL_HEAD, Role.LEADER)
DESK_ROLES = (Role.OPERATOR, Role.RECEPTIONIST)
SEARCHERS = (*BUREAU_ROLES, Role.OPERATOR, Role.RECEPTIONIST)


def places(actor: Actor) -> list[Place]:
    """Where the actor may go, his landing page first; no address twice."""
    found: dict[str, Place] = {}
    for role, entries in NAVIGATION.items():
        if actor.has(role):
            for place in entries:
                found.setdefault(place.name, place)
    return list(found.values())


def landing(actor: Actor) -> str:
    """The address of the actor's first page."""
    return reverse(places(actor)[0].name)


def asked_day(text: str) -> date | None:
    """A day of an address; nonsense counts as not asked."""
    try:
        return LegalDay(required=False).clean(text)
    except ValidationError:
        return None


def asked_number(text: str, digits: int) -> int | None:
    """A whole number of an address or a hidden field, of at most so many digits; nonsense counts as not asked."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def allow(actor: Actor, *roles: str) -> None:
    """Raise PermissionDenied unless the actor holds one of the roles: the page is not for him."""
    if not actor.has(*roles):
        raise PermissionDenied(_("这个页面由{who}使用").format(who="、".join(Role(r).label for r in roles)))


def frame(
    request: HttpRequest, actor: Actor, *, badges: bool = True, calendar: Calendar | None = None
) -> dict[str, Any]:
    """Navigation with what waits, who is signed in, today, the search box."""
    here = request.resolver_match.url_name if request.resolver_match else ""
    waits = waiting(request, actor) if badges else Counter()
    officer = getattr(request.user, "officer", None)  # read by actor_for in this very request
    agency = officer.agency.name if officer is not None else ""
    return {
        "nav": [
            {
                "label": place.label,
                "url": reverse(place.name),
                "icon": place.icon,
                "current": place.name == here,
                "badge": waits.get(place.name),
            }
            for place in places(actor)
        ],
        "me": {"name": actor.name, "agency": agency, "role": "、".join(role_words(actor))},
        "today": clock.today(),
        "alarm": _calendar_alarm(actor, calendar),
        "search_url": reverse("search") if actor.has(*SEARCHERS) else "",
        "single_keys_off": not getattr(request.user, "single_keys", True),
        "dense": getattr(request.user, "dense", False),
    }


def _calendar_alarm(actor: Actor, calendar: Calendar | None) -> dict[str, Any] | None:
    """The year whose notice should be there and is not, for those who look after it or answer for the dates."""
    year = missing_year(clock.now(), calendar) if actor.has(*ALARMED) else None
    if year is None:
        return None
    return {"year": year, "url": reverse(WORKDAYS.name) if actor.has(*APPROVERS) else ""}


def role_words(actor: Actor) -> list[str]:
    """The actor's roles of today, those by a dated appointment marked."""
    marked = _("（主持工作）")
    return [
        f"{r.label}{marked if r in actor.acting and r != Role.PRINCIPAL_HEAD else ''}" for r in Role if actor.has(r)
    ]


def waiting(request: HttpRequest, actor: Actor) -> Counter[str]:
    """What waits for the actor, counted by the place that shows it: requests, for the principal head reported transfers
    among them; calls half typed; proposals about the law. One query for all of it.
    """
    sets: list[tuple[Place, QuerySet[Any]]] = []
    if actor.has(*BUREAU_ROLES):
        sets.append((APPROVALS, approvals.waiting_for(actor)))
    if actor.has(Role.PRINCIPAL_HEAD):
        sets.append((APPROVALS, PoliceTransfer.objects.filter(state=PoliceTransfer.State.REPORTED)))
    if actor.has(*DESK_ROLES):
        sets.append((INTAKE, drafts_of(request.user)))
    if actor.has(*law_settings.DECIDERS):
        sets.append((LAWS, law_settings.waiting_for(actor)))
    parts = [
        rows.order_by().values_list(Value(place.name, output_field=TextField()), flat=True) for place, rows in sets
    ]
    if not parts:
        return Counter()
    return Counter(parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0])


def add_refused(form: BaseForm, wrong: InvalidInput) -> None:
    """What the rulebook refused, at the fields of the form; what belongs to none of them stands above it."""
    for name, words in wrong.errors.items():
        for word in words:
            form.add_error(name if name in form.fields else None, word)
