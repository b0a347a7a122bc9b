"""专项检查: the campaigns with their progress, one campaign with its list, one entry with what was found there.

Who may not read a campaign learns of none: the pages answer 404. Nothing here moves a case; a result that opens a
complaint goes through `workflows.campaigns.record`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from casedesk.actor import reading_as
from casedesk.web.matters import complaint_number, page_of
from casedesk.web.pages import add_refused, asked_number, screen, show
from casedesk.web.receipts import receipt_page
from workflows import campaigns, clock
from workflows.campaigns import CampaignForm, FindingForm, Progress, leads, may_open, may_record, progress_of
from workflows.casefile.campaigns import (
    SpecialInspection,
    SpecialInspectionEntry,
    SpecialInspectionFinding,
    newest_findings,
    with_result,
)
from workflows.casefile.complaint import Complaint
from workflows.casefile.names import names_like
from workflows.casefile.parties import Employer
from workflows.errors import InvalidInput, NotPossibleNow, NotVisible
from workflows.reading.access import CAMPAIGN_READERS, visible_to
from workflows.roles import Actor, Role

Result = SpecialInspectionFinding.Result
#: campaigns of the list, rows of a page, employers offered
LISTED, ROWS, OFFERED = 100, 50, 20
#: what stands in a finding's place in the list of an entry not yet looked at
WAITING = "waiting"
YEAR = timedelta(days=365)


# --- all of them -----------------------------------------------------------------------------------------------------


def _list(request: HttpRequest, actor: Actor) -> HttpResponse:
    return _list_page(request, actor, _form(actor, CampaignForm()))


def _list_page(request: HttpRequest, actor: Actor, form: CampaignForm, status: int = 200) -> HttpResponse:
    rows = list(visible_to(actor, SpecialInspection).prefetch_related("team")[:LISTED])
    if not rows and not actor.has(*CAMPAIGN_READERS, Role.INSPECTOR):
        raise NotVisible()
    found = progress_of(rows)
    context = {
        "parts": _parts(actor),
        "campaigns": [
            {
                "name": one.name,
                "url": reverse("campaign", args=[one.public_id]),
                "order_number": one.order_number,
                "from_day": one.from_day,
                "to_day": one.to_day,
                "team": "、".join(o.name for o in one.team.all()),
                **_progress(found[one.pk], one),
            }
            for one in rows
        ],
        "form": form if leads(actor) else None,
    }
    return show(request, actor, "casedesk/campaigns.html", context, status=status)


def _parts(actor: Actor) -> list[dict[str, Any]]:
    """The links between the two ways of looking together, for those who have both."""
    if not actor.has(Role.INSPECTOR, Role.SQUAD_LEADER):
        return []
    return [
        {"label": _("联合接待"), "url": reverse("coord"), "current": False},
        {"label": _("专项检查"), "url": reverse("campaigns"), "current": True},
    ]


def _progress(done: Progress, campaign: SpecialInspection) -> dict[str, Any]:
    today = clock.today()
    if campaign.from_day > today:
        left = _("{n} 天后开始").format(n=(campaign.from_day - today).days)
    elif done.days_left < 0:
        left = _("已于 {n} 天前结束").format(n=-done.days_left)
    else:
        left = _("还剩 {n} 天").format(n=done.days_left) if done.days_left else _("今天截止")
    return {
        "done": done,
        "left": left,
        "late": done.days_left < 0 and done.looked_at < done.total,
        "width": round(200 * done.looked_at / done.total) if done.total else 0,
        "results": [(Result(r).label, n) for r, n in done.results.items()],
    }


def _form(actor: Actor, form: CampaignForm, standing: SpecialInspection | None = None) -> CampaignForm:
    """The form with the inspectors of the bureau to choose from."""
    today = clock.today()
    people = campaigns.candidates(actor)
    known = {o.pk for o in people}
    people += [o for o in standing.team.all() if o.pk not in known] if standing else []
    said = {True: _("证 {number}，有效期至 {day}"), False: _("无有效执法证件")}
    form.fields["team"].widget = forms.CheckboxSelectMultiple(
        choices=[
            (
                str(o.public_id),
                f"{o.name}（{_certificate(o, said[o.certified_on(today)])}）",
            )
            for o in people
        ]
    )
    return form


def _certificate(officer: Any, said: str) -> str:
    until = officer.certificate_valid_to or _("长期")
    return said.format(number=officer.certificate, day=until)


def _told(request: HttpRequest) -> dict[str, Any]:
    return {
        **{name: request.POST.get(name, "") for name in ("name", "order_number", "from_day", "to_day")},
        "team": request.POST.getlist("team"),
    }


def _start(request: HttpRequest, actor: Actor) -> HttpResponse:
    try:
        campaign = campaigns.start(_told(request), by=actor)
    except InvalidInput as wrong:
        with reading_as(request.user) as reader:
            return _list_page(request, reader, _refused(_form(reader, CampaignForm(request.POST)), wrong), 422)
    messages.success(request, _("已开始专项检查，请列入检查对象"))
    return redirect("campaign", campaign.public_id)


def _refused(form: Any, wrong: InvalidInput) -> Any:
    """The form with what the rulebook said, and nothing beside it."""
    form.errors.clear()
    form.cleaned_data = {}
    add_refused(form, wrong)
    return form


# --- one of them -----------------------------------------------------------------------------------------------------


def _campaign(actor: Actor, public_id: UUID) -> SpecialInspection:
    found = visible_to(actor, SpecialInspection).filter(public_id=public_id).first()
    if found is None:
        raise NotVisible()
    return found


def _read(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    return _page(request, actor, _campaign(actor, public_id))


def _page(
    request: HttpRequest, actor: Actor, campaign: SpecialInspection, status: int = 200, **refused: Any
) -> HttpResponse:
    which = request.GET.get("which", "")
    text = request.GET.get("q", "").strip()[:60]
    after = asked_number(request.GET.get("after", ""), 5)
    done = progress_of([campaign])[campaign.pk]
    rows = with_result(campaign.entries.all())
    if which in Result.values or which == WAITING:
        rows = rows.filter(result="" if which == WAITING else which)
    if text:
        rows = rows.filter(Q(employer_name__icontains=text) | Q(project_name__icontains=text))
    if after is not None:
        rows = rows.filter(number__gt=after)
    shown = list(rows[: ROWS + 1])
    more = shown[ROWS - 1].number if len(shown) > ROWS else None
    standing = {
        f.entry_id: f for f in newest_findings().filter(entry__in=shown[:ROWS]).select_related("by", "complaint")
    }
    team = list(campaign.team.select_related("agency").order_by("id"))
    today = clock.today()
    context = {
        "campaign": campaign,
        "parts": _parts(actor),
        "team": [
            {"name": o.name, "certificate": o.certificate, "valid_to": o.certificate_valid_to,
             "lapsed": not o.certified_on(today)}
            for o in team
        ],
        **_progress(done, campaign),
        "filters": _filters(campaign, done, which, text),
        "which": which,
        "q": text,
        "entries": [_row(one, standing.get(one.pk)) for one in shown[:ROWS]],
        "next_url": _address(campaign, which, text, after=str(more)) if more is not None else "",
        "first_url": _address(campaign, which, text) if after is not None else "",
        "may_lead": leads(actor),
        "may_record": may_record(campaign, actor),
        "offered": _offered(request.GET.get("find", "")) if leads(actor) else [],
        "find": request.GET.get("find", ""),
        "pasted": request.POST.get("lines", ""),
        "changes": [
            {"at": c.at, "by": c.by.name, "told": _changes_told(c.told)}
            for c in campaign.changes.select_related("by").order_by("-id")[:20]
        ],
        **refused,
    }  # fmt: skip
    return show(request, actor, "casedesk/campaign.html", context, status=status)


def _address(campaign: SpecialInspection, which: str, text: str, **more: str) -> str:
    asked = {"which": which, "q": text, **more}
    query = urlencode({name: value for name, value in asked.items() if value})
    return reverse("campaign", args=[campaign.public_id]) + (f"?{query}" if query else "")


def _filters(campaign: SpecialInspection, done: Progress, which: str, text: str) -> list[dict[str, Any]]:
    """Numbers that are lists: everything, what still waits, each result."""
    counted = [("", _("全部"), done.total + done.dropped), (WAITING, _("尚未检查"), done.total - done.looked_at)]
    counted += [(r, Result(r).label, n) for r, n in done.results.items()]
    if done.dropped:
        counted.append((Result.DROPPED, Result.DROPPED.label, done.dropped))
    return [
        {"label": label, "count": n, "url": _address(campaign, name, text), "current": name == which}
        for name, label, n in counted
    ]


def _row(one: Any, finding: SpecialInspectionFinding | None) -> dict[str, Any]:
    return {
        "number": one.number,
        "url": reverse("campaign-entry", args=[one.public_id]),
        "employer": one.employer_name,
        "project": one.project_name,
        "label": Result(finding.result).label if finding else "",
        "urgent": finding is not None and finding.result == Result.COMPLAINT,
        "found": finding.found if finding else "",
        "looked_on": finding.looked_on if finding else None,
        "by": finding.by.name if finding and finding.by else "",
    }


def _offered(text: str) -> list[dict[str, str]]:
    """Employers of the dictionary: those that fit what was typed, else those with the most cases of the last year."""
    if text.strip():
        found = [key.employer for key in names_like("employer", text[:60], OFFERED) if key.employer is not None]
        return [{"id": str(one.public_id), "name": one.name, "beside": one.credit_code} for one in found]
    counted = Count("cases", filter=Q(cases__filed_on__gte=clock.today() - YEAR))
    rows = Employer.objects.annotate(n=counted).filter(n__gt=0).order_by("-n", "id")[:OFFERED]
    return [{"id": str(one.public_id), "name": one.name, "beside": _("一年内 {n} 件").format(n=one.n)} for one in rows]


NAMES = {"name": "名称", "order_number": "文号", "from_day": "起日", "to_day": "止日", "team": "检查人员"}


def _changes_told(told: dict[str, list[str]]) -> list[dict[str, str]]:
    return [{"label": NAMES.get(n, n), "before": before, "after": after} for n, (before, after) in told.items()]


def _change_read(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    campaign = _campaign(actor, public_id)
    if not leads(actor):
        raise NotVisible()
    fields = {name: getattr(campaign, name) for name in ("name", "order_number", "from_day", "to_day")}
    initial = {**fields, "team": [str(o.public_id) for o in campaign.team.all()]}
    return _change_page(request, actor, campaign, CampaignForm(initial=initial))


def _change_page(
    request: HttpRequest, actor: Actor, campaign: SpecialInspection, form: CampaignForm, status: int = 200
) -> HttpResponse:
    context = {"campaign": campaign, "form": _form(actor, form, campaign)}
    return show(request, actor, "casedesk/campaign_change.html", context, status=status)


def _change(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    with reading_as(request.user) as reader:
        campaign = _campaign(reader, public_id)
    try:
        campaigns.change(campaign, _told(request), by=actor)
    except InvalidInput as wrong:
        with reading_as(request.user) as reader:
            form = _refused(CampaignForm(request.POST), wrong)
            return _change_page(request, reader, campaign, form, 422)
    messages.success(request, _("已变更"))
    return redirect("campaign", public_id)


def _add(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    """Lines typed, pasted or ticked in the list of employers."""
    with reading_as(request.user) as reader:
        campaign = _campaign(reader, public_id)
    rows: list[dict[str, str]] = campaigns.lines_pasted(request.POST.get("lines", "")[:100_000])
    one = {"employer_name": request.POST.get("employer_name", ""), "project_name": request.POST.get("project_name", "")}
    rows += [one] if any(value.strip() for value in one.values()) else []
    rows += [{"employer": picked} for picked in request.POST.getlist("employers")]
    try:
        fresh, there = campaigns.add_entries(campaign, {"entries": rows}, by=actor)
    except InvalidInput as wrong:
        said = [text for words in wrong.errors.values() for text in words]
        with reading_as(request.user) as reader:
            return _page(request, reader, campaign, 422, add_errors=said, typed=one)
    told = _("已列入 {n} 个检查对象").format(n=fresh)
    messages.success(request, told + (_("，{n} 个已在名单上").format(n=there) if there else ""))
    return redirect("campaign", public_id)


# --- one entry -------------------------------------------------------------------------------------------------------


def _entry(actor: Actor, public_id: UUID) -> SpecialInspectionEntry:
    found = visible_to(actor, SpecialInspectionEntry).select_related("inspection", "employer", "project", "added_by")
    one = found.filter(public_id=public_id).first()
    if one is None:
        raise NotVisible()
    return one


def _entry_read(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    form = FindingForm(initial={"looked_on": clock.today()})
    return _entry_page(request, actor, _entry(actor, public_id), form)


def _entry_page(
    request: HttpRequest,
    actor: Actor,
    one: SpecialInspectionEntry,
    form: FindingForm,
    status: int = 200,
    conflict: str = "",
) -> HttpResponse:
    campaign = one.inspection
    findings = list(one.findings.select_related("by", "complaint").order_by("-id"))
    seen = visible_to(actor, Complaint).filter(pk__in=[f.complaint_id for f in findings if f.complaint_id])
    numbers = {c.pk: {"number": complaint_number(c), "url": page_of(c)} for c in seen.select_related("intake", "case")}
    opened = any(f.result == Result.COMPLAINT for f in findings)
    waiting = with_result(campaign.entries.filter(number__gt=one.number)).filter(result="").first()
    choices = list(Result.choices)
    if not may_record(campaign, actor):
        choices = [(Result.DROPPED, Result.DROPPED.label)] if leads(actor) else []
    elif not may_open(campaign, actor):
        choices = [(value, label) for value, label in choices if value != Result.COMPLAINT]
    form.fields["result"].widget = forms.RadioSelect(choices=choices)
    context = {
        "campaign": campaign,
        "entry": one,
        "findings": [
            {"label": f.get_result_display(), "found": f.found, "looked_on": f.looked_on, "at": f.at,
             "by": f.by.name if f.by else "", "urgent": f.result == Result.COMPLAINT, "stands": n == 0,
             "complaint": numbers.get(f.complaint_id) if f.complaint_id else None,
             "hidden_complaint": bool(f.complaint_id) and f.complaint_id not in numbers}
            for n, f in enumerate(findings)
        ],
        "form": form if choices and not opened else None,
        "about_complaint": FindingForm.ABOUT_A_COMPLAINT,
        "opens": any(value == Result.COMPLAINT for value, _label in choices),
        "others_open": may_record(campaign, actor) and not may_open(campaign, actor),
        "seen": len(findings),
        "conflict": conflict,
        "next_url": reverse("campaign-entry", args=[waiting.public_id]) if waiting else "",
    }  # fmt: skip
    return show(request, actor, "casedesk/campaign_entry.html", context, status=status)


def _record(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    with reading_as(request.user) as reader:
        one = _entry(reader, public_id)
    told = {name: request.POST.get(name, "") for name in FindingForm.base_fields}
    seen = asked_number(request.POST.get("seen", ""), 8)
    try:
        finding, done = campaigns.record(one, told, by=actor, seen=seen)
    except (InvalidInput, NotPossibleNow) as wrong:
        form = FindingForm(request.POST)
        form.errors.clear()
        form.cleaned_data = {}
        if isinstance(wrong, InvalidInput):
            add_refused(form, wrong)
        with reading_as(request.user) as reader:
            said = wrong.reason if isinstance(wrong, NotPossibleNow) else ""
            return _entry_page(request, reader, _entry(reader, public_id), form, wrong.status, said)
    if done is not None and "receipt_code" in done.told and told["worker_phone"]:
        return receipt_page(request, actor, done)  # for the worker who stands there
    if finding.complaint is not None:
        messages.success(request, _("已转为案源，请补全工资明细和证据"))
        return redirect(page_of(finding.complaint))
    messages.success(request, _("已记录：{result}").format(result=finding.get_result_display()))
    return redirect("campaign-entry", public_id)


page_list = screen(_list, _start)
page = screen(_read)
change = screen(_change_read, _change)
add = screen(write=_add)
entry = screen(_entry_read, _record)
