"""The page of a receipt code: answered to the very request that issued it, and found again at no address."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from casedesk.actor import reading_as
from casedesk.web.matters import complaint_number
from casedesk.web.pages import show
from workflows import clock
from workflows.casefile.complaint import Complaint
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
        complaint = Complaint.objects.select_related("bureau").get(pk=complaint.pk)
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
