"""Text somebody types and has not filed: kept every few seconds, given back to him alone, gone when filed."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

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
