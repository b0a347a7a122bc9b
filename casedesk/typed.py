"""Text somebody types and has not filed: kept every few seconds, given back to him alone, gone when filed."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.db.models.functions import JSONObject

from casedesk.models import TypedText
from workflows import clock
from workflows.roles import Actor

LONGEST = 20_000


def keep(actor: Actor, subject: UUID, text: str) -> None:
    """Keep what the actor has typed on a subject so far; nothing typed, nothing kept."""
    with transaction.atomic():
        if not text.strip() or actor.officer_id is None:
            TypedText.objects.filter(officer=actor.officer_id, subject=subject).delete()
            return
        TypedText.objects.update_or_create(
            officer_id=actor.officer_id, subject=subject, defaults={"text": text[:LONGEST], "saved_at": clock.now()}
        )


def kept(actor: Actor, subject: UUID) -> TypedText | None:
    """What the actor typed there and has not filed."""
    return TypedText.objects.filter(officer=actor.officer_id, subject=subject).first()


def kept_on(actor: Actor, subject: OuterRef) -> Subquery:
    """The same as a column of another query, for `told`."""
    rows = TypedText.objects.filter(officer=actor.officer_id, subject=subject)
    return Subquery(rows.values(one=JSONObject(text="text", saved_at="saved_at"))[:1])


def told(column: dict[str, str] | None) -> dict[str, Any] | None:
    """What such a column says: `text` and `saved_at`, or None."""
    return column and {"text": column["text"], "saved_at": datetime.fromisoformat(column["saved_at"])}
