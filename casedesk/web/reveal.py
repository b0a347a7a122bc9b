"""A complainant's numbers in full, to whoever handles the complaint and says why: every look is written down first.

The page of a case or complaint shows them masked, and its markup does not contain them. Leaders and administrators
never come here; an identity kept apart (INT-05) is shown to nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from casedesk.actor import reading_as
from casedesk.readings import What, asked_today, has_read
from casedesk.web.matters import page_of, seen
from casedesk.web.pages import screen, show
from workflows.casefile.complaint import Complaint
from workflows.errors import InvalidInput, NotVisible
from workflows.inputs import CleanText
from workflows.reading.access import Purpose
from workflows.roles import BUREAU_ROLES, Actor, Role

MAY_SEE = (*BUREAU_ROLES, Role.OPERATOR, Role.RECEPTIONIST)
LONGEST = 200


def reveal_link(complaint: Complaint, actor: Actor, asked: Mapping[UUID, str]) -> dict[str, str]:
    """What parts/_parties.html needs to offer the numbers: where to ask, and what was said today."""
    if (
        complaint.identity_kept_apart
        or not actor.has(*MAY_SEE)
        or not (complaint.complainant_phone or complaint.id_number or complaint.crew_leader_phone)
    ):
        return {"reveal_url": "", "asked": ""}
    return {
        "reveal_url": reverse("reveal", args=[complaint.public_id]),
        "asked": asked.get(complaint.public_id, ""),
    }


def _reveal(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    """The numbers, once, on a page of their own; asked for the purpose once a day and complaint."""
    with reading_as(request.user):
        complaint: Complaint = seen(actor, Complaint, public_id, Purpose.WORK)
        if not actor.has(*MAY_SEE) or complaint.identity_kept_apart:
            raise NotVisible()
        try:
            purpose = CleanText(required=False, max_length=LONGEST).clean(request.POST.get("reason", ""))
        except ValidationError:
            raise InvalidInput({"reason": _("请写明查看号码的原因（不超过 200 字）")}) from None
        purpose = purpose or asked_today(actor).get(complaint.public_id, "")
        if not purpose:
            raise InvalidInput({"reason": _("请写明查看号码的原因（不超过 200 字）")})
        has_read(request, What.NUMBERS, complaint.case or complaint, purpose, subject=complaint.public_id)
        return show(request, actor, "casedesk/numbers.html", _told(complaint, purpose))


def _told(complaint: Complaint, purpose: str) -> dict[str, Any]:
    pairs = [
        (_("手机"), complaint.complainant_phone, True),
        (_("证件"), complaint.id_number, False),
        (_("住址"), complaint.complainant_residence, False),
        (_("带班人电话"), complaint.crew_leader_phone, True),
    ]
    return {
        "name": complaint.called,
        "crew": complaint.crew_leader_name,
        "pairs": [{"label": label, "value": value, "dial": dial} for label, value, dial in pairs if value],
        "purpose": purpose,
        "back_url": page_of(complaint.case or complaint),
    }


reveal = screen(write=_reveal)
