"""One reception day on its page: who is there, which number is called, how each visit went, and the day's minutes.

A reception day is a plain record: nothing here moves a case. What moves one is on the visit's own page.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from casedesk import typed
from casedesk.actor import reading_as
from casedesk.web.matters import next_step, number_of, page_of, title_of
from casedesk.web.pages import allow, asked_number, screen, show
from workflows import clock
from workflows.casefile.officers import Officer
from workflows.casefile.tasks import ReceptionDay
from workflows.errors import InvalidInput, NotPossibleNow, NotVisible
from workflows.models import Inspection, JointReception
from workflows.reading.access import Purpose, visible_to
from workflows.roles import Actor, Role

WHO = (Role.RECEPTIONIST, Role.INSPECTOR, Role.SQUAD_LEADER)
#: the longest minutes of one day, characters
LONGEST = 20_000


def _day(public_id: UUID) -> ReceptionDay:
    found = ReceptionDay.objects.filter(public_id=public_id).prefetch_related("agencies", "officers").first()
    if found is None:
        raise NotVisible()
    return found


def _read(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    allow(actor, *WHO)
    return _page(request, actor, _day(public_id))


def _page(
    request: HttpRequest,
    actor: Actor,
    day: ReceptionDay,
    *,
    minutes: str = "",
    conflict: bool = False,
    status: int = 200,
) -> HttpResponse:
    visits = list(
        visible_to(actor, JointReception, Purpose.WORK)
        .filter(reception_day=day)
        .select_related("case__employer", "complaint", "lead_agency")
        .order_by("queue_number", "id")
    )
    agencies = list(day.agencies.all())
    there = {o.pk for o in day.officers.all()}
    people = Officer.objects.filter(agency__in=agencies, active=True).order_by("agency_id", "id")
    draft = typed.kept(actor, day.public_id)
    waiting = [v.queue_number for v in visits if v.state == "scheduled" and v.queue_number > day.calling]
    context: dict[str, Any] = {
        "day": day,
        "roster": [
            {
                "agency": a.name,
                "officers": [
                    {"value": o.pk, "name": o.name, "there": o.pk in there} for o in people if o.agency_id == a.pk
                ],
            }
            for a in agencies
        ],
        "may_keep": actor.has(Role.RECEPTIONIST, Role.SQUAD_LEADER),
        "begun": day.day <= clock.today(),
        "visits": [_visit(v, day) for v in visits],
        "next_number": waiting[0] if waiting else None,
        "minutes": minutes or (draft.text if draft is not None else day.minutes),
        "seen_minutes": day.minutes,
        "unsaved": draft.saved_at if draft is not None and not minutes else None,
        "conflict": day.minutes if conflict else "",
        "people": sum(v.people for v in visits),
    }
    return show(request, actor, "casedesk/coord_day.html", context, status=status)


def _visit(visit: Any, day: ReceptionDay) -> dict[str, Any]:
    ready = visit.state == "scheduled" and day.day <= clock.today()
    result = {"agreed": visit.agreement, "performed": visit.agreement, "defaulted": visit.agreement}.get(
        visit.state, ""
    )
    return {
        "number": visit.queue_number,
        "url": page_of(visit),
        "called": visit.queue_number == day.calling,
        "waiting": visit.state == "scheduled",
        "employer": title_of(visit.root),
        "root": number_of(visit.root),
        "visitors": visit.visitors,
        "people": visit.people,
        "petition": visit.petition,
        "state_label": visit.get_state_display(),
        "lead": visit.lead_agency.name if visit.lead_agency else "",
        "result": result.split("\n")[0][:60],
        "next_step": next_step(JointReception, visit.state),
        "convene_url": reverse("act", args=["joint", visit.public_id, "convene"]) if ready else "",
    }


# --- keeping the day -------------------------------------------------------------------------------------------------


def _call(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    """Call the next number, or one by name: the board in the hall and everybody's page show it."""
    allow(actor, Role.RECEPTIONIST, Role.SQUAD_LEADER)
    number = asked_number(request.POST.get("number", ""), 5)
    if number is None:
        raise InvalidInput({"number": _("请写排号")})
    with transaction.atomic():
        day = ReceptionDay.objects.select_for_update().filter(public_id=public_id).first()
        if day is None:
            raise NotVisible()
        if not day.visits.filter(queue_number=number).exists():
            raise NotPossibleNow(_("没有 {n} 号来访").format(n=number))
        day.calling = number
        day.save(update_fields=["calling"])
    messages.success(request, _("请 {n} 号").format(n=number))
    return redirect("coord-day", public_id)


def _present(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    """Which officers of the agencies at the table are there."""
    allow(actor, Role.RECEPTIONIST, Role.SQUAD_LEADER)
    day = _day(public_id)
    field = forms.TypedMultipleChoiceField(
        coerce=int, required=False,
        choices=[(o.pk, o.name) for o in Officer.objects.filter(agency__in=day.agencies.all(), active=True)],
    )  # fmt: skip
    try:
        chosen = field.clean(request.POST.getlist("officers"))
    except forms.ValidationError as wrong:
        raise InvalidInput({"officers": list(wrong.messages)}) from wrong
    with transaction.atomic():
        day.officers.set(chosen)
    messages.success(request, _("已记下到场 {n} 人").format(n=len(chosen)))
    return redirect("coord-day", public_id)


def _minutes(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    """The day's minutes as they now stand; what somebody else wrote meanwhile is shown, nobody's words are lost."""
    allow(actor, Role.RECEPTIONIST, Role.SQUAD_LEADER)
    text = request.POST.get("minutes", "").replace("\r\n", "\n").strip()
    seen_before = request.POST.get("seen_minutes", "").replace("\r\n", "\n").strip()
    if len(text) > LONGEST:
        raise InvalidInput({"minutes": _("最多 {n} 字").format(n=LONGEST)})
    with transaction.atomic():
        day = ReceptionDay.objects.select_for_update().filter(public_id=public_id).first()
        if day is None:
            raise NotVisible()
        stands = day.minutes.strip() == seen_before
        if stands:
            day.minutes = text
            day.save(update_fields=["minutes"])
    if not stands:
        with reading_as(request.user) as reader:
            return _page(request, reader, _day(public_id), minutes=text, conflict=True, status=409)
    typed.keep(actor, public_id, "")
    messages.success(request, _("当日记录已保存"))
    return redirect("coord-day", public_id)


def _keep(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    """Autosave of what is being typed on a day, a visit or a case; answers with nothing."""
    with reading_as(request.user):
        if not ReceptionDay.objects.filter(public_id=public_id).exists():
            _typed_on(actor, public_id)
    text = request.POST.get("text", "")
    if len(text) > typed.LONGEST:
        raise InvalidInput({"text": _("最多 {n} 字").format(n=typed.LONGEST)})
    typed.keep(actor, public_id, text)
    return HttpResponse(status=204)


def _typed_on(actor: Actor, public_id: UUID) -> None:
    """Raise NotVisible unless the id is that of a visit or inspection the actor may see."""
    for model in (JointReception, Inspection):
        if visible_to(actor, model, Purpose.WORK).filter(public_id=public_id).exists():
            return
    raise NotVisible()


day = screen(_read)
call = screen(write=_call)
present = screen(write=_present)
minutes = screen(write=_minutes)
keep = screen(write=_keep)
