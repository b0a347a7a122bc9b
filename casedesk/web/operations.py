"""运行: what has not arrived, what has stopped, how long each agency's post takes; try again and confirm by hand.

Titles and agencies only: whoever keeps the machine running works no case and reads no complaint.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from casedesk.actor import reading_as
from casedesk.web.failures import why_failed
from casedesk.web.pages import allow, screen, show
from casedesk.web.sharing import channel_words
from notifications.delivery import Delivery
from notifications.operations import Stuck, decisions_of, tries_of
from workflows import clock, mailroom
from workflows.casefile.officers import Agency
from workflows.errors import InvalidInput
from workflows.inputs import Moment
from workflows.roles import Actor, Role

WHO = (Role.ADMINISTRATOR, Role.SQUAD_LEADER)


def _read(request: HttpRequest, actor: Actor) -> HttpResponse:
    allow(actor, *WHO)
    return _page(request, actor)


def _page(
    request: HttpRequest, actor: Actor, *, refused: str = "", errors: list[str] | None = None, status: int = 200
) -> HttpResponse:
    now = mailroom.operations(actor)
    agencies = dict(Agency.objects.values_list("code", "name"))
    stuck = [one for one in now.stuck if actor.has(Role.ADMINISTRATOR) or one.sender_agency == actor.agency]
    found = {
        (d.notice_id, d.channel): d
        for d in Delivery.objects.filter(notice__in=[s.notice for s in stuck]).select_related("notice")
    }
    context: dict[str, Any] = {
        "as_of": clock.now(),
        "figures": [
            {"label": _("最早未送出"), "value": _ago(now.oldest_unsent_at)},
            {"label": _("待送"), "value": now.pending},
            {"label": _("重试中"), "value": now.retrying},
            {"label": _("备用渠道"), "value": now.standby},
            {"label": _("送不到"), "value": now.dead, "over": now.dead > 0},
            {"label": _("送达待核"), "value": now.held, "over": now.held > 0},
            {"label": _("投递程序"), "value": _beat(now.beat_age), "over": now.beat_age is None},
        ],
        "stuck": [_stuck(one, found.get((one.notice, one.channel)), agencies, actor) for one in stuck],
        "agencies": [
            {
                "agency": agencies.get(one.agency, one.agency),
                "sent": one.sent,
                "pending": one.pending,
                "dead": one.dead,
                "held": one.held,
                "mean": _seconds(one.mean_seconds),
                "slowest": _seconds(one.slowest_seconds),
                "oldest": one.oldest_pending_at,
                "unreceipted": one.unreceipted,
                "overdue": one.unanswered_overdue,
            }
            for one in now.agencies
        ],
        "refused": refused,
        "errors": errors or [],
    }
    return show(request, actor, "casedesk/operations.html", context, status=status)


def _ago(moment: Any) -> str:
    if moment is None:
        return _("无")
    return f"{moment.astimezone(clock.SHANGHAI):%m-%d %H:%M}"


def _beat(age: Any) -> str:
    if age is None:
        return _("未运行")
    return _("{n} 秒前").format(n=int(age.total_seconds()))


def _seconds(value: Any) -> str:
    if value is None:
        return "—"
    return _("{n} 秒").format(n=f"{value:.1f}") if value < 600 else _("{n} 分钟").format(n=int(value // 60))


def _stuck(one: Stuck, delivery: Delivery | None, agencies: dict[str, str], actor: Actor) -> dict[str, Any]:
    tries = [t for t in tries_of(one.notice) if t.channel == one.channel]
    return {
        "id": one.notice,
        "key": f"{one.notice}/{one.channel}",
        "title": one.title,
        "to": agencies.get(one.agency, one.agency) or _("投诉人"),
        "channel": channel_words(one.channel),
        "channel_name": one.channel,
        "state": one.state,
        "state_label": one.state_label,
        "attempts": one.attempts,
        "why": why_failed(one.last_error, tries[-1].peer_status if tries else "") if one.last_error else "",
        "error": one.last_error,
        "since": one.since,
        "due_on": one.task_due_on,
        "number": one.subject_label,
        "tries": [
            {
                "number": t.number,
                "at": t.started_at,
                "status": t.status_label,
                "peer": t.peer_status,
                "why": why_failed(t.error) if t.error else "",
            }
            for t in tries
        ],
        "decisions": [{"who": d.by_name, "at": d.decided_at, "reason": d.reason} for d in decisions_of(one.notice)],
        "may_try": delivery is not None and mailroom.may_try_again(delivery, actor),
        "may_confirm": delivery is not None and mailroom.may_confirm(delivery, actor),
    }


def _try_again(request: HttpRequest, actor: Actor, *, public_id: UUID, channel: str) -> HttpResponse:
    allow(actor, *WHO)
    try:
        mailroom.try_again(public_id, channel, by=actor, reason=request.POST.get("reason", ""))
    except InvalidInput as wrong:
        return _again(request, f"{public_id}/{channel}", wrong)
    messages.success(request, _("已重新投递"))
    return redirect("operations")


def _confirm(request: HttpRequest, actor: Actor, *, public_id: UUID, channel: str) -> HttpResponse:
    allow(actor, *WHO)
    told = request.POST
    try:
        served_at = Moment().clean(told.get("served_at", ""))
    except forms.ValidationError as wrong:
        return _again(request, f"{public_id}/{channel}", InvalidInput({"served_at": list(wrong.messages)}))
    try:
        mailroom.confirm_by_hand(
            public_id,
            channel,
            by=actor,
            received_by=told.get("received_by", ""),
            served_at=served_at,  # type: ignore[arg-type]  # required: never None here
            proof=told.get("proof", ""),
            reason=told.get("reason", ""),
        )
    except InvalidInput as refused:
        return _again(request, f"{public_id}/{channel}", refused)
    messages.success(request, _("已人工确认送达"))
    return redirect("operations")


FIELDS = {"reason": "理由", "received_by": "签收人", "served_at": "送达时间", "proof": "凭证"}


def _again(request: HttpRequest, key: str, wrong: InvalidInput) -> HttpResponse:
    """The page once more, with what was wrong beside the delivery."""
    said = [f"{FIELDS.get(name, name)}：{'；'.join(map(str, words))}" for name, words in wrong.errors.items()]
    with reading_as(request.user) as actor:
        return _page(request, actor, refused=key, errors=said, status=422)


page = screen(_read)
try_again = screen(write=_try_again)
confirm = screen(write=_confirm)
