"""用户与单位: what the administrator keeps — people, accounts, appointments, agencies, where complaints go. No case."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from casedesk import administration
from casedesk.actor import reading_as
from casedesk.models import RoutingRule, User
from casedesk.routing import USUAL
from casedesk.web.act_forms import NONE_CHOSEN, township_choices
from casedesk.web.pages import add_refused, allow, screen, show
from workflows import clock
from workflows.casefile.case import Assignment
from workflows.casefile.officers import ActingAppointment, Agency, Officer, Township
from workflows.casefile.parties import Sector
from workflows.errors import InvalidInput, NotVisible
from workflows.inputs import Choice, CleanText, Inputs, LegalDay, Phone, Tick
from workflows.procedures.inspection_state import OPEN_STATES
from workflows.roles import NOBODYS_OFFICE, Actor, Role

GIVEN = [(r.value, r.label) for r in Role if r not in NOBODYS_OFFICE]
#: roles a dated appointment may give: those who preside over somebody else's desk
PRESIDED = [(r.value, r.label) for r in (Role.PRINCIPAL_HEAD, Role.BUREAU_HEAD, Role.SQUAD_LEADER)]


class PersonForm(Inputs):
    """A person in office."""

    name = CleanText(label=gettext_lazy("姓名"), max_length=60)
    agency = Choice(label=gettext_lazy("单位"))
    roles = forms.MultipleChoiceField(
        label=gettext_lazy("职责"), choices=GIVEN, widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("系统管理员、审计各由专人担任，不能兼任其他职责"),
    )  # fmt: skip
    phone = Phone(label=gettext_lazy("电话"), required=False)
    certificate = CleanText(label=gettext_lazy("执法证件号"), max_length=40, required=False)
    certificate_valid_to = LegalDay(label=gettext_lazy("证件有效期至"), required=False)
    active = Tick(label=gettext_lazy("在岗"))

    def __init__(self, *values: Any, **named: Any) -> None:
        super().__init__(*values, **named)
        self.fields["agency"].choices = [NONE_CHOSEN, *_agencies()]  # type: ignore[attr-defined]

    def clean_agency(self) -> Agency:
        return Agency.objects.get(code=self.cleaned_data["agency"])


class AccountForm(Inputs):
    username = CleanText(
        label=gettext_lazy("账号名"), max_length=60, help_text=gettext_lazy("小写字母、数字、点和横线")
    )

    def clean_username(self) -> str:
        name: str = self.cleaned_data["username"]
        if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{2,59}", name):
            raise forms.ValidationError(_("账号名由三位以上小写字母、数字、点、横线组成"))
        return name


class AppointmentForm(Inputs):
    """主持工作: who, which role, from when to when, on which paper."""

    officer = Choice(label=gettext_lazy("人员"))
    role = Choice(label=gettext_lazy("职责"), choices=[NONE_CHOSEN, *PRESIDED])
    from_day = LegalDay(label=gettext_lazy("起日"))
    to_day = LegalDay(label=gettext_lazy("止日"))
    paper = CleanText(label=gettext_lazy("任命文号"), max_length=120)

    def __init__(self, *values: Any, **named: Any) -> None:
        super().__init__(*values, **named)
        people = Officer.objects.filter(active=True).select_related("agency").order_by("agency_id", "id")
        self.fields["officer"].choices = [  # type: ignore[attr-defined]
            NONE_CHOSEN, *((str(o.public_id), f"{o.name}（{o.agency}）") for o in people)
        ]  # fmt: skip

    def clean_officer(self) -> Officer:
        return Officer.objects.get(public_id=self.cleaned_data["officer"])


class AgencyForm(Inputs):
    """How people reach an agency; shown on the complainant's page and in papers."""

    name = CleanText(label=gettext_lazy("名称"), max_length=80)
    phone = CleanText(label=gettext_lazy("电话"), max_length=40, required=False)
    address = CleanText(label=gettext_lazy("地址"), max_length=120, required=False)


class RouteForm(Inputs):
    """Where complaints of a sector and township go."""

    sector = Choice(
        label=gettext_lazy("行业"), choices=[("", gettext_lazy("全部行业")), *Sector.choices], required=False
    )
    township = Choice(label=gettext_lazy("乡镇"), required=False)
    agency = Choice(label=gettext_lazy("去向单位"))
    basis = CleanText(label=gettext_lazy("依据"), max_length=120)

    def __init__(self, *values: Any, **named: Any) -> None:
        super().__init__(*values, **named)
        self.fields["township"].choices = [("", _("全县")), *township_choices()]  # type: ignore[attr-defined]
        self.fields["agency"].choices = [NONE_CHOSEN, *_agencies()]  # type: ignore[attr-defined]

    def clean_township(self) -> Township | None:
        code = self.cleaned_data["township"]
        return Township.objects.get(code=code) if code else None

    def clean_agency(self) -> Agency:
        return Agency.objects.get(code=self.cleaned_data["agency"])


def _agencies() -> list[tuple[str, str]]:
    return list(Agency.objects.values_list("code", "name"))


def admin_parts(here: str) -> list[dict[str, Any]]:
    """The links between the administrator's pages."""
    places = (
        ("staff", _("人员与账号")),
        ("appointments", _("主持工作任命")),
        ("agencies", _("单位")),
        ("routing", _("派单规则")),
        ("channels", _("送达渠道")),
        ("templates", _("模板")),
    )
    return [{"label": label, "url": reverse(name), "current": name == here} for name, label in places]


def _show(request: HttpRequest, actor: Actor, template: str, here: str, status: int = 200, **more: Any) -> HttpResponse:
    allow(actor, Role.ADMINISTRATOR)
    return show(request, actor, f"casedesk/{template}.html", {"parts": admin_parts(here), **more}, status=status)


# --- people ----------------------------------------------------------------------------------------------------------


def _people(request: HttpRequest, actor: Actor) -> HttpResponse:
    allow(actor, Role.ADMINISTRATOR)
    today = clock.today()
    users = {u.officer_id: u for u in User.objects.exclude(officer=None)}
    officers = Officer.objects.select_related("agency").order_by("agency_id", "id")
    rows = [
        {
            "url": reverse("person", args=[one.public_id]),
            "name": one.name,
            "agency": one.agency.name,
            "roles": "、".join(str(Role(r).label) for r in one.roles),
            "certificate": one.certificate,
            "valid_to": one.certificate_valid_to,
            "expired": bool(one.certificate) and not one.certified_on(today),
            "active": one.active,
            "account": users[one.pk].get_username() if one.pk in users else "",
            "account_active": users[one.pk].is_active if one.pk in users else False,
            "last_sign_in": users[one.pk].last_login if one.pk in users else None,
        }
        for one in officers
    ]
    return _show(request, actor, "staff", "staff", officers=rows)


def _person(request: HttpRequest, actor: Actor, *, public_id: UUID | None = None) -> HttpResponse:
    allow(actor, Role.ADMINISTRATOR)
    return _person_page(request, actor, _officer(public_id))


def _officer(public_id: UUID | None) -> Officer | None:
    if public_id is None:
        return None
    found = Officer.objects.select_related("agency").filter(public_id=public_id).first()
    if found is None:
        raise NotVisible()
    return found


def _person_page(
    request: HttpRequest, actor: Actor, one: Officer | None, form: Inputs | None = None,
    account: Inputs | None = None, told: str = "", status: int = 200,
) -> HttpResponse:  # fmt: skip
    """The page of one person; `told` is a password just made: shown once, kept nowhere."""
    user = User.objects.filter(officer=one).first() if one is not None else None
    names = ("name", "roles", "phone", "certificate", "certificate_valid_to", "active")
    first = {n: getattr(one, n) for n in names} | {"agency": one.agency.code} if one else {"active": True}
    return _show(
        request, actor, "person", "staff", status=status,
        person=one,
        form=form or PersonForm(initial=first),
        account=user,
        account_form=account or AccountForm(),
        account_url=reverse("person-account", args=[one.public_id]) if one else "",
        told=told,
        own=one is not None and one.pk == actor.officer_id,
        cases=Assignment.objects.filter(officer=one, to_at=None, case__inspection__state__in=OPEN_STATES).count()
        if one and not one.active
        else 0,
    )  # fmt: skip


def _save_person(request: HttpRequest, actor: Actor, *, public_id: UUID | None = None) -> HttpResponse:
    allow(actor, Role.ADMINISTRATOR)
    form = PersonForm(data=request.POST)
    if form.is_valid():
        try:
            kept = administration.save_officer(_officer(public_id), form.cleaned_data, by=actor)
        except InvalidInput as wrong:
            add_refused(form, wrong)
        else:
            messages.success(request, _("已保存：{name}").format(name=kept.name))
            return redirect("person", kept.public_id)
    with reading_as(request.user) as reader:
        return _person_page(request, reader, _officer(public_id), form, status=422)


def _account(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    """Open an account, reset its password, shut it or open it again."""
    allow(actor, Role.ADMINISTRATOR)
    one, told, form = _officer(public_id), "", AccountForm(data=request.POST)
    assert one is not None
    user, wish = User.objects.filter(officer=one).first(), request.POST.get("wish", "")
    if user is None:
        form = AccountForm(data={"username": request.POST.get("username", "")})
        try:
            if form.is_valid():
                told = administration.open_account(one, form.cleaned_data["username"], by=actor)[1]
        except InvalidInput as wrong:
            add_refused(form, wrong)
        with reading_as(request.user) as reader:
            return _person_page(request, reader, one, account=form, told=told, status=200 if told else 422)
    if wish == "reset":
        told = administration.reset_password(user, by=actor)
        with reading_as(request.user) as reader:
            return _person_page(request, reader, one, told=told)
    if wish not in ("open", "shut"):
        raise InvalidInput({"wish": _("请选择要做的事")})
    administration.set_account(user, active=wish == "open", by=actor)
    messages.success(request, _("账号已启用") if wish == "open" else _("账号已停用，登录已失效"))
    return redirect("person", public_id)


# --- appointments ----------------------------------------------------------------------------------------------------


def _appointments(request: HttpRequest, actor: Actor, form: Inputs | None = None, status: int = 200) -> HttpResponse:
    allow(actor, Role.ADMINISTRATOR)
    today = clock.today()
    rows = ActingAppointment.objects.select_related("officer__agency").order_by("-to_day", "id")
    told = [
        {
            "id": one.pk,
            "officer": f"{one.officer.name}（{one.officer.agency}）",
            "role": Role(one.role).label,
            "from_day": one.from_day,
            "to_day": one.to_day,
            "paper": one.paper,
            "now": one.from_day <= today <= one.to_day,
            "end_url": reverse("appointment-end", args=[one.pk]) if one.to_day >= today else "",
        }
        for one in rows
    ]
    form = form or AppointmentForm(initial={"from_day": today})
    return _show(request, actor, "appointments", "appointments", status, form=form, appointments=told)


def _appoint(request: HttpRequest, actor: Actor) -> HttpResponse:
    allow(actor, Role.ADMINISTRATOR)
    form = AppointmentForm(data=request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            administration.appoint(
                said["officer"], said["role"], said["from_day"], said["to_day"], said["paper"], by=actor
            )
        except InvalidInput as wrong:
            add_refused(form, wrong)
        else:
            messages.success(request, _("已登记任命：{name}").format(name=said["officer"].name))
            return redirect("appointments")
    with reading_as(request.user) as reader:
        return _appointments(request, reader, form, 422)


def _end(request: HttpRequest, actor: Actor, *, number: int) -> HttpResponse:
    allow(actor, Role.ADMINISTRATOR)
    row = ActingAppointment.objects.filter(pk=number).select_related("officer").first()
    if row is None:
        raise NotVisible()
    administration.end_appointment(row, clock.today(), by=actor)
    messages.success(request, _("任命到今天为止"))
    return redirect("appointments")


# --- agencies, routing -----------------------------------------------------------------------------------------------


def _agency_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    return _agency_page(request, actor)


def _agency_page(request: HttpRequest, actor: Actor, form: Inputs | None = None, status: int = 200) -> HttpResponse:
    allow(actor, Role.ADMINISTRATOR)
    rows = list(Agency.objects.order_by("id"))
    code = request.GET.get("code", "") or request.POST.get("code", "")
    chosen = next((a for a in rows if a.code == code), None)
    if chosen is not None and form is None:
        form = AgencyForm(initial={"name": chosen.name, "phone": chosen.phone, "address": chosen.address})
    return _show(request, actor, "agencies", "agencies", status, agencies=rows, chosen=chosen, form=form)


def _save_agency(request: HttpRequest, actor: Actor) -> HttpResponse:
    allow(actor, Role.ADMINISTRATOR)
    one = Agency.objects.filter(code=request.POST.get("code", "")[:40]).first()
    if one is None:
        raise NotVisible()
    form = AgencyForm(data={name: request.POST.get(name, "") for name in AgencyForm.base_fields})
    if form.is_valid():
        administration.save_agency(one, form.cleaned_data, by=actor)
        messages.success(request, _("已保存：{name}").format(name=form.cleaned_data["name"]))
        return redirect("agencies")
    with reading_as(request.user) as reader:
        return _agency_page(request, reader, form, 422)


def _routing(request: HttpRequest, actor: Actor, form: Inputs | None = None, status: int = 200) -> HttpResponse:
    allow(actor, Role.ADMINISTRATOR)
    rules = RoutingRule.objects.select_related("township", "agency")
    rows = [
        {
            "sector": Sector(r.sector).label if r.sector else _("全部行业"),
            "township": str(r.township or _("全县")),
            "agency": r.agency.name,
            "basis": r.basis,
            "drop_url": reverse("route-drop", args=[r.pk]),
        }
        for r in rules
    ]
    usual = Agency.objects.get(code=USUAL).name
    return _show(request, actor, "routing", "routing", status, rules=rows, usual=usual, form=form or RouteForm())


def _add_route(request: HttpRequest, actor: Actor) -> HttpResponse:
    allow(actor, Role.ADMINISTRATOR)
    form = RouteForm(data=request.POST)
    if form.is_valid():
        try:
            administration.add_route(form.cleaned_data, by=actor)
        except InvalidInput as wrong:
            add_refused(form, wrong)
        else:
            messages.success(request, _("已新增派单规则"))
            return redirect("routing")
    with reading_as(request.user) as reader:
        return _routing(request, reader, form, 422)


def _drop_route(request: HttpRequest, actor: Actor, *, number: int) -> HttpResponse:
    allow(actor, Role.ADMINISTRATOR)
    row = RoutingRule.objects.filter(pk=number).select_related("township", "agency").first()
    if row is None:
        raise NotVisible()
    administration.drop_route(row, by=actor)
    messages.success(request, _("已删除派单规则"))
    return redirect("routing")


people = screen(_people)
person = screen(_person, _save_person)
account = screen(write=_account)
appointments = screen(_appointments, _appoint)
appointment_end = screen(write=_end)
agencies = screen(_agency_list, _save_agency)
routing = screen(_routing, _add_route)
route_drop = screen(write=_drop_route)
