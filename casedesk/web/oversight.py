"""What the auditor and the administrator see: who did what, not what cases are about; who is in office."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.db.models import F
from django.http import HttpRequest, HttpResponse

from casedesk.models import User
from casedesk.web.pages import allow, screen, show
from workflows import clock
from workflows.casefile.officers import ActingAppointment, Agency, Officer
from workflows.procedures.registry import PROCEDURES
from workflows.reading.access import visible_to
from workflows.reading.timeline import label_of
from workflows.record import Event
from workflows.roles import Actor, Role

PAGE = 50


def _audit(request: HttpRequest, actor: Actor) -> HttpResponse:
    allow(actor, Role.AUDITOR)
    rows = visible_to(actor, Event).select_related("case", "complaint").order_by("-id")
    procedure = request.GET.get("procedure", "")
    if procedure in PROCEDURES:
        rows = rows.filter(procedure=procedure)
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 18:
        rows = rows.filter(pk__lt=int(before))
    rows = rows.annotate(number=F("case__number"))
    events = list(rows[: PAGE + 1])
    agencies = dict(Agency.objects.values_list("code", "name"))
    context: dict[str, Any] = {
        "events": [_line(event, agencies) for event in events[:PAGE]],
        "procedures": [
            {"value": name, "label": kind.LABEL, "selected": name == procedure} for name, kind in PROCEDURES.items()
        ],
        "next_url": "?" + urlencode({"procedure": procedure, "before": events[PAGE - 1].pk})
        if len(events) > PAGE
        else "",
    }
    return show(request, actor, "casedesk/audit.html", context)


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
        "roles": "、".join(Role(r).label for r in event.by_roles),
        "approved_by": event.approved_by,
        "acting_paper": event.acting_paper,
        "law": event.law,
        "digest": bytes(event.hash).hex(),
    }


def _staff(request: HttpRequest, actor: Actor) -> HttpResponse:
    allow(actor, Role.ADMINISTRATOR)
    today = clock.today()
    users = {u.officer_id: u for u in User.objects.exclude(officer=None)}
    officers = Officer.objects.select_related("agency").order_by("agency_id", "id")
    appointments = ActingAppointment.objects.select_related("officer").order_by("-to_day", "id")
    context: dict[str, Any] = {
        "officers": [
            {
                "name": one.name,
                "agency": one.agency.name,
                "roles": "、".join(Role(r).label for r in one.roles),
                "certificate": one.certificate,
                "valid_to": one.certificate_valid_to,
                "expired": bool(one.certificate) and not one.certified_on(today),
                "active": one.active,
                "account": users[one.pk].get_username() if one.pk in users else "",
                "account_active": users[one.pk].is_active if one.pk in users else False,
            }
            for one in officers
        ],
        "appointments": [
            {
                "officer": one.officer.name,
                "role": Role(one.role).label,
                "from_day": one.from_day,
                "to_day": one.to_day,
                "paper": one.paper,
                "now": one.from_day <= today <= one.to_day,
            }
            for one in appointments
        ],
    }
    return show(request, actor, "casedesk/staff.html", context)


audit = screen(_audit)
staff = screen(_staff)
