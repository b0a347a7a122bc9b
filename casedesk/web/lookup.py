"""查重 beside the form being typed: the panel, what is known of an employer, names offered."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from casedesk.actor import reading_as
from casedesk.web.chips import Clocks
from casedesk.web.matters import complaint_number, page_of
from casedesk.web.pages import allow, screen
from workflows import clock
from workflows.casefile.names import names_like
from workflows.errors import InvalidInput
from workflows.perform import procedure_named
from workflows.reading.lookup import Match, Typed, lookup, profile_of
from workflows.roles import BUREAU_ROLES, Actor, Role

WHO = (Role.OPERATOR, Role.RECEPTIONIST, Role.INSPECTOR)
YEAR = timedelta(days=365)
#: which fields an option of each kind fills beside its own
FILLS = {
    "employer": (("unified_credit_code", "credit_code"), ("employer_domicile", "domicile"),
                 ("legal_rep_name", "legal_rep_name"), ("actual_controller", "actual_controller")),
    "project": (("project_place", "place"), ("township", "township_id"), ("general_contractor", "general_contractor"),
                ("subcontractor", "subcontractor"), ("developer", "developer"),
                ("crew_leader_name", "crew_leader_name"), ("crew_leader_phone", "crew_leader_phone"),
                ("industry_sector", "industry_sector"), ("regulator", "regulator_code")),
    "crew": (("crew_leader_phone", "crew_leader_phone"), ("project_name", "name"), ("township", "township_id"),
             ("general_contractor", "general_contractor"), ("industry_sector", "industry_sector"),
             ("regulator", "regulator_code")),
}  # fmt: skip


def typed_now(request: HttpRequest) -> Typed:
    """What stands in the form, bare."""

    def bare(name: str) -> str:
        return "".join(c for c in request.POST.get(name, "") if c.isalnum())[:30].upper()

    def text(name: str) -> str:
        return request.POST.get(name, "").strip()[:120]

    return Typed(
        bare("complainant_phone"), bare("id_number"), text("employer_name"), text("project_name"),
        bare("crew_leader_phone"),
    )  # fmt: skip


# --- the panel -------------------------------------------------------------------------------------------------------


def panel(actor: Actor, typed: Typed) -> dict[str, Any]:
    """Context of parts/_hits.html."""
    found = lookup(actor, typed)
    callers = [m for m in found if m.same_caller and m.open]
    clocks = Clocks.read() if any(m.limit for m in found) else None
    return {
        "matches": [_shown(m, actor, clocks) for m in found],
        "same_caller": same_caller(callers),
    }


def same_caller(callers: list[Match]) -> str:
    """The warning that this caller's matter is open already."""
    if not callers:
        return ""
    if len(callers) > 1:
        return _("这个来电人已有 {n} 件未办结，请先核对是催办还是新的欠薪").format(n=len(callers))
    day = clock.legal_day(callers[0].complaint.received_at)
    return _("同一来电人 {month} 月 {day} 日已登记，请先核对是催办还是新的欠薪").format(month=day.month, day=day.day)


def _shown(match: Match, actor: Actor, clocks: Clocks | None) -> dict[str, Any]:
    complaint, case = match.complaint, match.case
    office = (case or complaint).bureau
    shown: dict[str, Any] = {
        "id": complaint.public_id,
        "reason": "、".join(match.reasons),
        "likeness": match.likeness,
        "number": case.number if case is not None else complaint_number(complaint),
        "case_number": case.number if case is not None else "",
        "stage": match.stage,
        "office": office.name,
        "phone": office.phone or "12345",
        "open": match.open,
        "same_caller": match.same_caller,
        "may_chase": match.open and match.same_caller,
        "may_join": match.open and not match.same_caller and case is not None,
    }
    if not match.seen:
        return shown
    when = f"{clock.legal_day(complaint.received_at):%Y-%m-%d}"
    told = [when, complaint.called, complaint.employer_name, complaint.project_name]
    shown |= {"url": page_of(complaint), "text": " · ".join(part for part in told if part)}
    if match.limit and clocks is not None:
        limit = match.limit
        shown["chip"] = clocks.chip(limit["rule"], limit["due_at"], limit["due_on"])
    if match.amount is not None:
        shown["sum"] = _("{n} 人 · {amount} 元").format(n=match.people, amount=f"{match.amount:,.0f}")
    if match.last:
        day = clock.legal_day(match.last["at"])
        shown["last"] = f"{day:%m-%d} {_label(match.last)}"
    return shown


def _label(event: dict[str, Any]) -> str:
    rules = procedure_named(event["procedure"]).acts().get(event["act"], [])
    return str(rules[0].label) if rules else ""


def _profile(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What the last twelve months say of the employer; an operator learns that from the bureau, not from the screen."""
    allow(actor, *WHO)
    name = request.POST.get("employer_name", "").strip()[:120]
    with reading_as(request.user) as reader:
        mine = reader.has(*BUREAU_ROLES)
        context = {"profile": profile_of(name, clock.now() - YEAR) if mine else None, "name": name, "mine": mine}
        return render(request, "casedesk/parts/_profile.html", context)


def _names(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Options of a combobox: employers, projects or crew leaders whose name, alias, initials or code fits."""
    allow(actor, *WHO)
    kind = request.POST.get("kind", "")
    if kind not in FILLS:
        raise InvalidInput({"kind": "应为 employer、project 或 crew"})
    options = []
    with reading_as(request.user):
        for key in names_like(kind, request.POST.get("text", "")[:60]):
            row: Any = key.employer if kind == "employer" else key.project
            label = row.crew_leader_name if kind == "crew" else row.name
            fills = [(field, getattr(row, column) or "") for field, column in FILLS[kind]]
            beside = row.credit_code if kind == "employer" else row.name if kind == "crew" else row.general_contractor
            options.append({"label": label, "beside": beside, "how": key.get_how_display(), "fills": fills})
    return render(request, "casedesk/parts/_names.html", {"options": options})


profile = screen(write=_profile)
names = screen(write=_names)
