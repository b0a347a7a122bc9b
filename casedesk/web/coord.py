"""联合接待: the days, who comes on which, and one visit on its page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.db.models import Prefetch
from django.forms.utils import ErrorDict
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from casedesk import typed
from casedesk.actor import reading_as
from casedesk.readings import What, has_read
from casedesk.web.chips import Clocks
from casedesk.web.complaint import VISITS, visit_of
from casedesk.web.matters import act_url, buttons, file_of, next_step, number_of, page_of, seen, title_of
from casedesk.web.pages import allow, screen, show
from casedesk.web.record import entries_shown
from workflows import clock
from workflows.casefile.file import CaseFile
from workflows.casefile.officers import Agency
from workflows.casefile.tasks import ReceptionDay
from workflows.clocks import Limit
from workflows.errors import InvalidInput
from workflows.models import JointReception
from workflows.perform import Offer, offers
from workflows.reading.access import Purpose, visible_to
from workflows.reading.timeline import names_for, timeline
from workflows.reception import DayForm, set_reception_day
from workflows.record import Event
from workflows.roles import Actor, Role

WHO = (Role.RECEPTIONIST, Role.INSPECTOR, Role.SQUAD_LEADER)
DAYS = 20


def _dressed(form: DayForm) -> DayForm:
    form.fields["agencies"].widget = forms.CheckboxSelectMultiple(
        choices=list(Agency.objects.values_list("code", "name"))
    )
    return form


def _read(request: HttpRequest, actor: Actor) -> HttpResponse:
    allow(actor, *WHO)
    return _page(request, actor, _dressed(DayForm(initial={"agencies": ["hrss"]})))


def _page(request: HttpRequest, actor: Actor, form: DayForm, status: int = 200) -> HttpResponse:
    visits = (
        visible_to(actor, JointReception, Purpose.WORK)
        .select_related("case__employer", "complaint", "lead_agency")
        .order_by("queue_number", "id")
    )
    days = list(
        ReceptionDay.objects.order_by("-day", "id").prefetch_related(
            Prefetch("visits", visits, to_attr="seen"), "agencies"
        )[:DAYS]
    )
    today = clock.today()
    coming = sorted((d for d in days if d.day >= today), key=lambda d: d.day)
    context: dict[str, Any] = {
        "parts": _parts(actor),
        "title": _("联合接待"),
        "subtitle": _("接待日和来访"),
        "days": [_day(d) for d in [*coming, *(d for d in days if d.day < today)]],
        "form": form if actor.has(Role.RECEPTIONIST, Role.SQUAD_LEADER) else None,
    }
    return show(request, actor, "casedesk/coord.html", context, status=status)


def _parts(actor: Actor) -> list[dict[str, Any]]:
    """The links between the joint reception and the special inspections, for those who have both."""
    if not actor.has(Role.INSPECTOR, Role.SQUAD_LEADER):
        return []
    return [
        {"label": _("联合接待"), "url": reverse("coord"), "current": True},
        {"label": _("专项检查"), "url": reverse("campaigns"), "current": False},
    ]


def _day(day: Any) -> dict[str, Any]:
    return {
        "day": day.day,
        "url": reverse("coord-day", args=[day.public_id]),
        "place": day.place,
        "agencies": "、".join(a.name for a in day.agencies.all()),
        "past": day.day < clock.today(),
        "visits": [
            {
                "number": visit.queue_number,
                "url": page_of(visit),
                "employer": title_of(visit.root),
                "root": number_of(visit.root),
                "visitors": visit.visitors,
                "people": visit.people,
                "state_label": visit.get_state_display(),
                "lead": visit.lead_agency.name if visit.lead_agency else "",
                "next_step": next_step(JointReception, visit.state),
            }
            for visit in day.seen
        ],
    }


def _write(request: HttpRequest, actor: Actor) -> HttpResponse:
    """A new reception day."""
    allow(actor, Role.RECEPTIONIST, Role.SQUAD_LEADER)
    told = {
        "day": request.POST.get("day", ""),
        "place": request.POST.get("place", ""),
        "agencies": request.POST.getlist("agencies"),
    }
    try:
        day = set_reception_day(told, by=actor)
    except InvalidInput as wrong:
        form = _dressed(DayForm(data=request.POST))
        said = {name: form.error_class(words) for name, words in wrong.errors.items()}
        form._errors = ErrorDict(said)  # type: ignore[attr-defined]
        with reading_as(request.user) as reader:
            return _page(request, reader, form, status=422)
    messages.success(request, _("已新增接待日 {day}").format(day=day.day))
    return redirect("coord")


# --- one visit -------------------------------------------------------------------------------------------------------


def _visit(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    return _visit_page(request, actor, public_id, "reception", What.RECEPTION)


def _print(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    """The record of one visit on paper: minutes, agreement, tasks, signatures."""
    return _visit_page(request, actor, public_id, "reception_print", What.PRINT)


def _visit_page(request: HttpRequest, actor: Actor, public_id: UUID, template: str, what: What) -> HttpResponse:
    visit: JointReception = seen(actor, JointReception, public_id, Purpose.WORK)
    root = visit.root
    file = file_of(root)
    visit.hang_on(file)
    clocks = Clocks.read()
    limits = list(Limit.objects.filter(subject=visit.public_id).order_by("due_at", "id"))
    running = [x for x in limits if x.stopped_at is None]
    events = list(Event.objects.filter(subject=visit.public_id).select_related("approval").order_by("id"))
    entries = timeline(events, limits=limits, names=names_for(events, file), now=clocks.now)
    tasks = [t for t in file.tasks if t.joint_id == visit.pk]
    facts = [
        (_("接待日"), str(visit.reception_day)),
        (_("排号"), visit.queue_number),
        (_("来访人"), f"{visit.visitors}（{visit.people} 人）"),
        (_("在场"), "；".join(str(e.inputs.get("present", "")) for e in events if e.act == "convene")),
        (_("牵头单位"), visit.lead_agency.name if visit.lead_agency else _("未确定")),
        (_("配合单位"), "、".join(_agency_names(visit.handling_agencies))),
        (_("签字"), visit.signers),
        (_("形式"), _("走访形式信访") if visit.petition else ""),
        *((pair["label"], pair["value"]) for pair in _came(file)),
    ]
    offered = offers(visit, file, actor, clocks.now)
    draft = typed.kept(actor, visit.public_id)
    signed = [e for e in file.evidence if e.kind == "签字" and e.sha256]
    sees_root = visible_to(actor, type(root)).filter(pk=root.pk).exists()
    context: dict[str, Any] = {
        "visit": {
            "title": title_of(root),
            "number": number_of(root),
            "state_label": visit.get_state_display(),
            "chip": clocks.chip_of(clocks.nearest(running)),
            "agreement": visit.agreement,
            "minutes": visit.minutes_text,
            "visitors": visit.visitors,
            "signers": visit.signers,
            "day": visit.reception_day,
            "queue_number": visit.queue_number,
            "lead_reason": visit.lead_reason,
        },
        "print_url": reverse("reception-print", args=[visit.public_id]),
        "minutes_url": act_url(visit, "minutes") if _can(offered, "minutes") else "",
        "sign_url": act_url(visit, "sign") if _can(offered, "sign") else "",
        "keep_url": reverse("keep-typed", args=[visit.public_id]),
        "typed": draft,
        "seen_version": root.version,
        "idempotency_key": uuid4().hex,
        "signatures": [
            {"title": e.provided_by, "url": reverse("evidence", args=[e.public_id]), "digest": e.sha256, "at": e.at}
            for e in signed
        ],
        "root_url": page_of(root) if sees_root else "",
        "back_url": reverse("coord"),
        "facts": [{"label": label, "value": value} for label, value in facts if value],
        "instalments": (parts := list(visit.instalments.filter(replaced=False).order_by("number"))),
        "instalments_sum": sum(x.amount for x in parts),
        "instalments_paid": sum(x.amount for x in parts if x.paid_at is not None),
        "tasks": [
            {
                "agency": t.agency.name,
                "question": t.question,
                "lead": t.lead,
                "due_on": t.due_on,
                "answer": t.answer,
                "answered_at": t.answered_at,
                "returned": t.returned_reason,
            }
            for t in tasks
        ],
        "limits": clocks.panel(running, root.bureau.name),
        "entries": entries_shown(entries),
        **buttons([(visit.LABEL, visit, offered)]),
    }
    has_read(request, what, root)
    return show(request, actor, f"casedesk/{template}.html", context)


def _came(file: CaseFile) -> list[dict[str, str]]:
    """What was noted when the one complainant came to the desk; of several it stands on their own pages."""
    came = [one for one in file.complaints if one.channel in VISITS]
    return visit_of(came[0]) if len(came) == 1 else []


def _can(offered: Iterable[Offer], act: str) -> bool:
    return any(one.possible for one in offered if one.rule.name == act)


def _agency_names(codes: list[str]) -> list[str]:
    names = dict(Agency.objects.filter(code__in=codes).values_list("code", "name")) if codes else {}
    return [names.get(code, code) for code in codes]


page = screen(_read, _write)
visit = screen(_visit)
visit_print = screen(_print)
