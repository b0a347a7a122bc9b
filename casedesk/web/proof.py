"""送达凭证: one page that proves the delivery of a notice; and the print queue of letters that go on paper."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from casedesk.web.inbox import told_pairs
from casedesk.web.pages import screen, show
from notifications.addresses import AgencyChannel, Way
from notifications.notice import Notice, RecipientKind
from notifications.operations import decisions_of, tries_of
from notifications.receipts import Receipt
from workflows import mailroom
from workflows.casefile.case import Case
from workflows.casefile.complaint import Complaint
from workflows.casefile.officers import Agency
from workflows.errors import NotVisible
from workflows.law.instruments import article
from workflows.reading.access import visible_to
from workflows.roles import Actor, Role


def _proof(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    notice = Notice.objects.filter(pk=public_id).first()
    if notice is None or not may_read(notice, actor):
        raise NotVisible()
    return show(request, actor, "casedesk/proof.html", shown(notice))


def may_read(notice: Notice, actor: Actor) -> bool:
    """Its addressee, who works on what it is about, and the auditor."""
    if notice.recipient_agency == actor.agency and actor.has(notice.recipient_role or "nobody"):
        return True
    if actor.has(Role.AUDITOR):
        return True
    kind, _colon, public_id = notice.subject_ref.partition(":")
    model: Any = {"case": Case, "complaint": Complaint}.get(kind)
    return model is not None and visible_to(actor, model).filter(public_id=public_id).exists()


def shown(notice: Notice) -> dict[str, Any]:
    """Everything on the page: content and hash, each try on each channel, the receipt and its place in the chain."""
    names = _names({notice.sender_agency, notice.recipient_agency})
    receipt = Receipt.objects.filter(notice=notice).first()
    whole = notice.fingerprint() == notice.content_sha256
    channels = {"inbox": _("平台收件箱"), **{str(way): str(way.label) for way in Way}}
    return {
        "notice": {
            "id": notice.public_id,
            "title": notice.title,
            "from": names.get(notice.sender_agency, notice.sender_agency),
            "to": notice.recipient_name
            if notice.recipient_kind == RecipientKind.PERSON
            else names.get(notice.recipient_agency, notice.recipient_agency),
            "role": Role(notice.recipient_role).label if notice.recipient_role in Role.values else "",
            "basis": article(notice.basis),
            "purpose": notice.purpose,
            "about": notice.subject_label,
            "posted_at": notice.posted_at,
            "delivered_at": notice.delivered_at,
            "state_label": notice.get_state_display(),
            "answer_due_on": notice.answer_due_on,
            "sha256": notice.content_sha256,
            "whole": whole,
        },
        "fields": _fields(notice),
        "tries": [
            {
                "channel": channels.get(one.channel, one.channel),
                "number": one.number,
                "started_at": one.started_at,
                "ended_at": one.ended_at,
                "status": one.status,
                "status_label": one.status_label,
                "peer_status": one.peer_status,
                "sent": one.request_sha256,
                "answered": one.response_sha256,
            }
            for one in tries_of(notice.pk)
        ],
        "decisions": [
            {
                "what": row.get_what_display(),
                "who": row.by_name,
                "at": row.decided_at,
                "reason": row.reason,
                "received_by": row.received_by,
                "served_at": row.served_at,
                "proof": row.proof,
            }
            for row in decisions_of(notice.pk)
        ],
        "receipt": {
            "signer": receipt.signer,
            "agency": names.get(receipt.agency, receipt.agency),
            "at": receipt.signed_at,
            "number": receipt.seq,
            "sha256": receipt.sha256,
            "previous": receipt.previous_sha256,
            "whole": receipt.fingerprint() == receipt.sha256,
        }
        if receipt is not None
        else None,
        "answer": {"who": notice.answer_signer, "at": notice.answered_at, "text": notice.answer_text}
        if notice.answered_at is not None
        else None,
    }


def _fields(notice: Notice) -> list[dict[str, str]]:
    """The frozen words, without the case number that stands above them."""
    pairs = told_pairs(notice.text)
    return [{"label": label, "value": value} for label, value in pairs if value != notice.subject_label]


def _names(codes: set[str]) -> dict[str, str]:
    return dict(Agency.objects.filter(code__in=codes).values_list("code", "name"))


# --- letters on paper -------------------------------------------------------------------------------------------------


def _print_queue(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The letters that wait to be printed, each with its address sheet, one to a page."""
    waiting = mailroom.print_queue(actor)
    agencies = {row.notice.recipient_agency for row in waiting} | {row.notice.sender_agency for row in waiting}
    names = _names(agencies)
    addresses = dict(
        AgencyChannel.objects.filter(channel=Way.PAPER, agency__in=agencies).values_list("agency", "address")
    )
    letters = [
        {
            "id": row.notice_id,
            "title": row.notice.title,
            "to": names.get(row.notice.recipient_agency, row.notice.recipient_agency),
            "address": row.address or addresses.get(row.notice.recipient_agency, ""),
            "from": names.get(row.notice.sender_agency, row.notice.sender_agency),
            "about": row.notice.subject_label,
            "basis": article(row.notice.basis),
            "posted_at": row.notice.posted_at,
            "answer_due_on": row.notice.answer_due_on,
            "sha256": row.notice.content_sha256,
            "fields": _fields(row.notice),
        }
        for row in waiting
    ]
    return show(request, actor, "casedesk/print_queue.html", {"letters": letters})


page = screen(_proof)
print_queue = screen(_print_queue)
