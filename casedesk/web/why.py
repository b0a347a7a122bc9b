"""Why this date: the page behind “计算过程” of the panel of limits."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from casedesk.web.pages import screen, show
from workflows.errors import NotVisible
from workflows.reading.why import limits_seen_by, why
from workflows.roles import Actor


def _read(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    limit = limits_seen_by(actor).filter(public_id=public_id).select_related("case", "complaint").first()
    if limit is None:
        raise NotVisible()
    name = "transfer" if limit.procedure == "police" else "case" if limit.case is not None else "complaint"
    root: Any = limit.case or limit.complaint
    context = {
        "why": why(limit),
        "number": limit.case.number if limit.case is not None else "",
        "back_url": reverse(name, args=[limit.subject if name == "transfer" else root.public_id]),
    }
    return show(request, actor, "casedesk/why.html", context)


page = screen(_read)
