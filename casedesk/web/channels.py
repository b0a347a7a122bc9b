"""送达渠道: how each agency is reached besides its inbox, in which order, and the keys of those with a system."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from casedesk.actor import reading_as
from casedesk.models import DeskChange
from casedesk.web.act_forms import NONE_CHOSEN
from casedesk.web.pages import allow, screen, show
from casedesk.web.staff import admin_parts
from notifications.addresses import AgencyChannel, Gateway, KeyRefused, PeerKey, Way, new_key, retire_key, valid_keys
from notifications.channels.wire import BadAddress, split
from notifications.delivery import Repeat
from workflows import clock
from workflows.casefile.officers import Agency
from workflows.errors import NotPossibleNow, NotVisible
from workflows.inputs import Choice, CleanText, Count, Inputs, Tick
from workflows.roles import Actor, Role


class ChannelForm(Inputs):
    """One channel of one agency."""

    agency = Choice(label=gettext_lazy("单位"))
    channel = Choice(label=gettext_lazy("渠道"), choices=[NONE_CHOSEN, *Way.choices])
    address = CleanText(
        label=gettext_lazy("地址"), max_length=300,
        help_text=gettext_lazy("接口填 https 地址，短信填手机号码，纸质填收件地址"),
    )  # fmt: skip
    priority = Count(label=gettext_lazy("次序"), min_value=1, max_value=99, initial=1)
    repeat = Choice(label=gettext_lazy("对方怎样认出重复的消息"), choices=Repeat.choices, initial=Repeat.NEVER)
    networks = CleanText(
        label=gettext_lazy("允许的内网网段（接口）"), max_length=200, required=False,
        help_text=gettext_lazy("例如 10.12.0.0/16，多个用逗号隔开"),
    )  # fmt: skip
    active = Tick(label=gettext_lazy("启用"), initial=True)

    def __init__(self, *values: Any, **named: Any) -> None:
        super().__init__(*values, **named)
        choices = [NONE_CHOSEN, *Agency.objects.values_list("code", "name")]
        self.fields["agency"].choices = choices  # type: ignore[attr-defined]

    def clean_networks(self) -> list[str]:
        """Private networks only: a row cannot open this machine, or everything, to its webhook."""
        listed = [one for one in re.split(r"[,，\s]+", self.cleaned_data["networks"]) if one]
        for one in listed:
            try:
                network = ipaddress.ip_network(one)
            except ValueError:
                raise ValidationError(_("请按 10.12.0.0/16 的格式填写网段"), code="invalid") from None
            if not network.is_private or network.is_loopback or network.is_link_local or network.prefixlen < 8:
                raise ValidationError(_("只能是内网网段，不能是本机或整个网络"), code="range")
        return listed

    def clean(self) -> dict[str, Any]:
        told = super().clean()
        channel, address = told.get("channel"), told.get("address", "")
        if channel and address and "networks" in told and (said := _wrong(channel, address, told["networks"])):
            self.add_error("address", said)
        return told


def _wrong(channel: str, address: str, networks: list[str]) -> str:
    """What is wrong with an address of a channel, or nothing."""
    if channel == Way.WEBHOOK:
        try:
            split(address, networks)
        except BadAddress:
            return _("须为 https:// 开头的地址，不含用户名、口令和 #，端口为 443 或 8443（内网可用 1024 以上）")
    if channel == Way.SMS and not re.fullmatch(r"1[3-9][0-9]{9}", address):
        return _("须为 11 位手机号码")
    if channel == Way.EMAIL:
        try:
            validate_email(address)
        except ValidationError:
            return _("不是有效的电子邮件地址")
        if not address.isascii():
            return _("不是有效的电子邮件地址")
    return ""


def save_channel(told: dict[str, Any], *, by: Actor) -> AgencyChannel:
    """Write a channel, and who changed it to what."""
    fields = {name: told[name] for name in ("address", "priority", "repeat", "networks", "active")}
    with transaction.atomic():
        before = AgencyChannel.objects.filter(agency=told["agency"], channel=told["channel"]).first()
        row, _new = AgencyChannel.objects.update_or_create(
            agency=told["agency"],
            channel=told["channel"],
            defaults=fields | {"changed_by": f"officer:{by.public_id}", "changed_at": Now()},
        )
        differs = {
            name: [getattr(before, name, None), after]
            for name, after in fields.items()
            if getattr(before, name, None) != after
        }
        _record(by, "变更送达渠道", f"{_name(row.agency)} {row.get_channel_display()}", differs)
    return row


def _record(by: Actor, what: str, about: str, told: dict[str, list[Any]]) -> None:
    assert by.officer_id is not None
    DeskChange.objects.create(
        at=clock.now(), officer_id=by.officer_id, by_name=by.name, what=what, about=about[:160], told=told
    )


def _name(agency: str) -> str:
    return Agency.objects.filter(code=agency).values_list("name", flat=True).first() or agency


# --- the page --------------------------------------------------------------------------------------------------------


def _read(
    request: HttpRequest, actor: Actor, form: Inputs | None = None, status: int = 200, **more: Any
) -> HttpResponse:
    allow(actor, Role.ADMINISTRATOR)
    context = _shown() | {"form": form or ChannelForm(), "parts": admin_parts("channels")} | more
    return show(request, actor, "casedesk/channels.html", context, status=status)


def _shown() -> dict[str, Any]:
    names = dict(Agency.objects.values_list("code", "name"))
    valid = {key.pk for agency in names for key in valid_keys(agency)} if PeerKey.objects.exists() else set()
    return {
        "rows": [
            {
                "agency": names.get(row.agency, row.agency),
                "way_label": row.get_channel_display(),
                "priority": row.priority,
                "address": row.address,
                "repeat_label": row.get_repeat_display(),
                "networks": ", ".join(row.networks),
                "active": row.active,
            }
            for row in AgencyChannel.objects.order_by("agency", "priority", "id")
        ],
        "keys": [
            {
                "agency": names.get(key.agency, key.agency),
                "key_id": key.key_id,
                "valid_from": key.valid_from,
                "valid_to": key.valid_to,
                "valid": key.pk in valid,
            }
            for key in PeerKey.objects.order_by("agency", "id")
        ],
        "gateways": [
            {"label": one.get_kind_display(), "url": one.url, "active": one.active, "drops": one.drops}
            for one in Gateway.objects.order_by("kind")
        ],
        "agencies": list(names.items()),
        "secret": None,
    }


def _save(request: HttpRequest, actor: Actor) -> HttpResponse:
    allow(actor, Role.ADMINISTRATOR)
    form = ChannelForm(data=request.POST)
    if form.is_valid():
        save_channel(form.cleaned_data, by=actor)
        messages.success(request, _("送达渠道已保存"))
        return redirect("channels")
    with reading_as(request.user) as reader:
        return _read(request, reader, form, 422)


def _new_key(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The secrets stand on this one answer and are kept nowhere."""
    allow(actor, Role.ADMINISTRATOR)
    agency = request.POST.get("agency", "")[:60]
    if not Agency.objects.filter(code=agency).exists():
        raise NotVisible()
    try:
        with transaction.atomic():
            key = new_key(agency, by=f"officer:{actor.public_id}")
            _record(actor, "生成对端密钥", f"{_name(agency)} {key.key_id}", {})
    except KeyRefused as no:
        raise NotPossibleNow(_("已有两个有效的密钥，请先停用一个")) from no
    secret = {"key_id": key.key_id} | {way: key.secret(way).decode() for way in ("to_peer", "from_peer")}
    with reading_as(request.user) as reader:
        return _read(request, reader, secret=secret)


def _end_key(request: HttpRequest, actor: Actor) -> HttpResponse:
    allow(actor, Role.ADMINISTRATOR)
    try:
        with transaction.atomic():
            key = retire_key(request.POST.get("key_id", "")[:40])
            _record(actor, "停用对端密钥", f"{_name(key.agency)} {key.key_id}", {})
    except KeyRefused as no:
        raise NotPossibleNow(_("没有这个有效的密钥")) from no
    messages.success(request, _("密钥已停用"))
    return redirect("channels")


page = screen(_read, _save)
key_new = screen(write=_new_key)
key_end = screen(write=_end_key)
