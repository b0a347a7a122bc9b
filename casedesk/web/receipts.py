"""The page of a receipt code: answered to the very request that issued it, and found again at no address."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from casedesk.actor import reading_as
from casedesk.web.complaint import visit_of
from casedesk.web.matters import complaint_number
from casedesk.web.pages import show
from notifications.addresses import Gateway, Way
from notifications.delivery import Delivery, DeliveryState
from workflows import clock
from workflows.casefile.complaint import Complaint
from workflows.casefile.personal import masked
from workflows.casefile.receipt import find, issue
from workflows.clocks import Limit
from workflows.law.limits import rule
from workflows.perform import Done
from workflows.roles import Actor


def receipt_page(request: HttpRequest, actor: Actor, done: Done) -> HttpResponse:
    """What is told once, from what `perform` told."""
    return _page(request, done.subject.complaint, done.told)


def told_again(complaint: Complaint, phone: str, document: str) -> dict[str, str]:
    """The code of a complaint's live receipt, derived anew for who sent the same form twice.

    {} if it no longer holds.
    """
    receipt = complaint.receipts.filter(live=True, worker=None).first()
    if receipt is None:
        return {}
    second = (phone or complaint.complainant_phone or document or complaint.id_number)[-4:]
    _row, told = issue(complaint, receipt.issue, second, clock.now())
    return told if find(told["receipt_code"], told["receipt_second"]) == receipt else {}


def told_page(request: HttpRequest, complaint: Complaint, told: dict[str, str]) -> HttpResponse:
    """The same page for a repeated request."""
    return _page(request, complaint, told)


def _page(request: HttpRequest, complaint: Complaint, told: dict[str, str]) -> HttpResponse:
    code, second = told["receipt_code"], told["receipt_second"]
    with reading_as(request.user) as actor:
        complaint = Complaint.objects.select_related("bureau", "case").get(pk=complaint.pk)
        known = complaint.complainant_phone.endswith(second) and complaint.complainant_phone != ""
        due = Limit.objects.filter(complaint=complaint, rule="ACC-01", stopped_at=None).first()
        period = rule("ACC-01").period
        context: dict[str, Any] = {
            "receipt": {
                "code": code,
                "spoken": "，".join("、".join(part) for part in code.split("-")),
                "second": _("来电手机号后四位") if known else _("四位数字 {second}").format(second=second),
                "number": complaint_number(complaint),
                "registered_at": complaint.received_at,
                "office": complaint.bureau.name,
                "phone": complaint.bureau.phone or "12345",
                "visit": visit_of(complaint),
                "sms": _short_message(complaint),
                "web": request.build_absolute_uri(reverse("public")).split("://", 1)[-1],
                "next": _("我们会在 {period}内（{day} 前）告诉您是否受理。").format(
                    period=period, day=f"{due.due_on.month}月{due.due_on.day}日"
                )
                if due is not None
                else "",
            },
            "complaint_url": reverse("complaint", args=[complaint.public_id]),
            "new_url": reverse("intake"),
        }
        return show(request, actor, "casedesk/receipt.html", context)


def _short_message(complaint: Complaint) -> str:
    """Whether the code goes to the caller's mobile number as well, masked, or why it does not."""
    if complaint.identity_kept_apart:
        return _("没有发短信：举报、匿名和要求保密的，号码单独保管，不交给短信网关。请读给来电人记下")
    if not complaint.complainant_phone:
        return _("没有发短信：没有留电话。请读给来电人记下")
    if not complaint.mobile:
        return _("没有发短信：留的不是手机号。请读给来电人记下")
    about = [f"complaint:{complaint.public_id}", *([f"case:{complaint.case.public_id}"] if complaint.case else [])]
    letters = Delivery.objects.filter(notice__subject_ref__in=about, notice__kind="RECEIPT", channel=Way.SMS)
    letter = letters.filter(notice__recipient_ref=about[0]).order_by("-id").first()
    number = {"number": masked(complaint.mobile)}
    if letter is not None and letter.state == DeliveryState.DONE:
        return _("短信已发往 {number}").format(**number)
    if letter is not None:
        return _("短信正在发往 {number}").format(**number)
    if not Gateway.objects.filter(kind=Way.SMS, active=True).exists():
        return _("没有发短信：短信网关没有启用。请读给来电人记下")
    return _("没有发短信：来电人不要短信回执")
