"""The access log: what a request read about complainants, collected while it reads and written before it answers.

Owns the rows and the rule that no row means no answer. It decides nothing about who may read: that is `visible_to`.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import JSONObject

from casedesk.models import Reading
from casedesk.uses import write_uses
from workflows import clock
from workflows.casefile.case import Case
from workflows.casefile.complaint import Complaint
from workflows.roles import Actor

What = Reading.What


def has_read(
    request: Any,
    what: Reading.What,
    root: Case | Complaint | None,
    purpose: str = "",
    *,
    about: str = "",
    subject: UUID | None = None,
) -> None:
    """Note that this request shows something about a complainant.

    `about` names it where there is no one root (an export), `subject` points to a row other than the root.
    """
    found = request.__dict__.setdefault("readings", [])
    pointed = subject or (root.public_id if root is not None else None)
    found.append((what, (about or name_of(root))[:80], pointed, purpose[:200]))


def name_of(root: Case | Complaint | None) -> str:
    """How the log calls a root: a case by its number, a complaint by the end of its id. Never by a person."""
    if root is None:
        return ""
    return root.number if isinstance(root, Case) else f"投诉 {root.public_id.hex[-6:].upper()}"


def write_readings(request: Any, actor: Actor) -> None:
    """Write what the request noted, in one transaction of its own. Raises DatabaseError: then nothing may be sent."""
    found: list[tuple[Reading.What, str, UUID | None, str]] = request.__dict__.get("readings", [])
    if not found and not request.__dict__.get("uses"):
        return
    now = clock.now()
    with transaction.atomic():
        write_uses(request, actor)
        Reading.objects.bulk_create(
            Reading(
                at=now, officer_id=actor.officer_id, by_name=actor.name, agency=actor.agency,
                what=what, about=about, subject=subject, purpose=purpose,
            )
            for what, about, subject, purpose in found
        )  # fmt: skip
    found.clear()


def asked_today(actor: Actor) -> dict[UUID, str]:
    """The purposes the actor gave today for seeing numbers, by the complaint they are of: asked once a day."""
    rows = _asked_today(actor).values_list("subject", "purpose")
    return {subject: purpose for subject, purpose in rows if subject is not None}


def asked_by(actor: Actor) -> ArraySubquery:
    """The same as a column of another query: a list of {subject, purpose}."""
    return ArraySubquery(_asked_today(actor).values(one=JSONObject(subject="subject", purpose="purpose")))


def _asked_today(actor: Actor) -> QuerySet[Reading]:
    start = clock.start_of(clock.today())
    rows = Reading.objects.filter(officer=actor.officer_id, what=What.NUMBERS, at__gte=start, subject__isnull=False)
    return rows.order_by("id")
