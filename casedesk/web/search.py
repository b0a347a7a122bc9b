"""The search box: names and phone numbers come by POST and stand in no address."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from casedesk.actor import reading_as
from casedesk.web.complaint import hits_shown
from casedesk.web.matters import page_of
from casedesk.web.pages import SEARCHERS, allow, screen, show
from workflows.reading.search import find
from workflows.roles import Actor

SHORTEST = 2


def _write(request: HttpRequest, actor: Actor) -> HttpResponse:
    allow(actor, *SEARCHERS)
    text = request.POST.get("q", "").strip()[:60]
    with reading_as(request.user) as reader:
        hits = find(reader, text)
        if len(hits) == 1 and hits[0].case is not None and hits[0].case.number == text:
            return redirect(page_of(hits[0].case))
        looked_for = _("没有找到与“{text}”有关的投诉或案件。").format(text=text)
        if len(text) < SHORTEST:
            looked_for = _("请至少输入两个字。")
        context = {"hits": hits_shown(hits), "looked_for": looked_for, "text": text}
        return show(request, reader, "casedesk/found.html", context)


page = screen(write=_write)
