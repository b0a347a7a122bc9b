"""The working calendar (工作日历): which years are announced, and a year's days typed in by one person, approved by
another.
"""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from casedesk.actor import reading_as
from casedesk.web.pages import add_refused, allow, screen, show
from workflows import calendar_editing, clock, second_person
from workflows.calendar_editing import CalendarChange
from workflows.clocks import Limit
from workflows.errors import InvalidInput, NotVisible
from workflows.law.calendar import CalendarNotice
from workflows.roles import Actor, Role

#: who may look: those who type in and those who approve
READERS = calendar_editing.APPROVERS
_LINE = re.compile(r"^(?P<date>\d{4}-\d{2}-\d{2})\s+(?P<name>\S+)\s+(?P<what>休|班)$")


class YearForm(forms.Form):
    """A year's notice, one day a line."""

    year = forms.IntegerField(label=gettext_lazy("年份"), min_value=2000, max_value=2199)
    number = forms.CharField(label=gettext_lazy("通知文号"), max_length=120)
    days = forms.CharField(
        label=gettext_lazy("日期"),
        widget=forms.Textarea,
        max_length=8000,
        help_text=gettext_lazy("每行一天：2026-10-01 国庆节 休；调休上班写“班”。含上年十二月的日期。"),
    )

    def clean_days(self) -> list[dict[str, Any]]:
        """The days as the notice's file would name them."""
        found = []
        for number, line in enumerate(self.cleaned_data["days"].splitlines(), 1):
            if not line.strip():
                continue
            match = _LINE.match(line.strip())
            if match is None:
                raise forms.ValidationError(_("第 {n} 行应为：日期 名称 休（或 班）").format(n=number))
            found.append({"date": match["date"], "name": match["name"], "isOffDay": match["what"] == "休"})
        return found


def _page(request: HttpRequest, actor: Actor, *, form: forms.Form | None = None, status: int = 200) -> HttpResponse:
    allow(actor, *READERS)
    notices = CalendarNotice.objects.annotate(count=Count("days")).order_by("-year", "-version")
    changes = CalendarChange.objects.filter(state=CalendarChange.State.REQUESTED).select_related("requested_by")
    context = {
        "missing": calendar_editing.missing_year(clock.now()),
        "provisional": Limit.objects.filter(stopped_at__isnull=True, provisional=True).count(),
        "notices": list(notices),
        "changes": [
            {
                "row": one,
                "days": [f"{d['date']} {d['name']} {'休' if d['isOffDay'] else '班'}" for d in one.days],
                "decides": calendar_editing.may_decide(one, actor),
                "own": one.requested_by_id == actor.officer_id,
            }
            for one in changes
        ],
        "form": (form or YearForm()) if actor.has(Role.ADMINISTRATOR) else None,
    }
    return show(request, actor, "casedesk/workdays.html", context, status=status)


def _request(request: HttpRequest, actor: Actor) -> HttpResponse:
    allow(actor, Role.ADMINISTRATOR)
    form = YearForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            calendar_editing.request_change(said["year"], said["number"], said["days"], by=actor)
        except InvalidInput as refused:
            add_refused(form, refused)
    if not form.is_valid():
        with reading_as(request.user) as reader:
            return _page(request, reader, form=form, status=422)
    return HttpResponseRedirect(reverse("workdays"))


def _decide(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    allow(actor, *READERS)
    change = CalendarChange.objects.filter(public_id=public_id).first()
    if change is None:
        raise NotVisible()
    if request.POST.get("answer") == "withdraw":
        second_person.withdraw(change, by=actor)
    else:
        yes = request.POST.get("answer") == "yes"
        calendar_editing.decide_change(change, by=actor, yes=yes, reason=request.POST.get("reason", "")[:2000])
    return HttpResponseRedirect(reverse("workdays"))


page = screen(_page, _request)
decide = screen(write=_decide)
