"""A form being typed (登记草稿): the desk's own row, with neither clock nor event.

Keyed by the id that the open form carries, so that two tabs are two drafts; the same id is the Idempotency-Key of the
registration, so that a draft becomes one complaint however often it is sent. Holds personal data: what nobody touched
for some days is deleted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import IntegrityError, models, transaction
from django.db.models import Q, QuerySet

from workflows import clock
from workflows.casefile.personal import Identified, PersonalText, masked
from workflows.errors import InvalidInput, NotPossibleNow, NotVisible
from workflows.inbound import InboundMessage

#: who the keys of registrations belong to in the table of answered requests: the draft, whoever sends it in the end
SENDER = "intake"
#: characters of a stored form: three hundred rows and a long story fit
LONGEST = 300_000


class FormDraft(Identified):
    """One half-filled form of one person. `content` is what stood in the fields, as JSON."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="drafts")
    content = PersonalText()
    label = models.CharField(max_length=80, blank=True)
    started_at = models.DateTimeField()
    saved_at = models.DateTimeField()
    offered_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="offered_drafts"
    )

    class Meta:
        ordering = ["-saved_at"]
        indexes = [
            models.Index(fields=["owner", "-saved_at"], name="draft_of_owner"),
            models.Index(fields=["offered_to"], condition=Q(offered_to__isnull=False), name="draft_offered"),
            models.Index(fields=["saved_at"], name="draft_age"),
        ]

    @property
    def fields(self) -> dict[str, Any]:
        """What stood in the fields."""
        return dict(json.loads(self.content))


class Handover(models.Model):
    """A draft that went from one person to another: who, to whom, when; kept when the draft is long gone."""

    draft = models.UUIDField()
    label = models.CharField(max_length=80, blank=True)
    giver = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    taker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    offered_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["draft"], name="handover_of_draft")]


def keep(user: Any, public_id: UUID, typed: Mapping[str, Any]) -> FormDraft:
    """Write what stands in the form now; the newest of two writers of one tab stays.

    Raises NotPossibleNow when the form has become a complaint or a colleague took it over, InvalidInput when too long.
    """
    content = json.dumps(typed, ensure_ascii=False)
    if len(content) > LONGEST:
        raise InvalidInput({"": "内容太长，草稿存不下"})
    if registered_as(public_id):
        raise NotPossibleNow("这份登记已经提交")
    now = clock.now()
    said = {"content": content, "label": _label(typed), "saved_at": now}
    if not FormDraft.objects.filter(public_id=public_id, owner=user).update(**said):
        try:
            with transaction.atomic():
                draft = FormDraft.objects.create(public_id=public_id, owner=user, started_at=now, **said)
        except IntegrityError:
            if not FormDraft.objects.filter(public_id=public_id, owner=user).update(**said):
                raise NotPossibleNow("这份草稿已由同事接手") from None
        else:
            if registered_as(public_id):  # it became a complaint between the question above and this row
                draft.delete()
                raise NotPossibleNow("这份登记已经提交")
            return draft
    return FormDraft.objects.get(public_id=public_id)


def registered_as(public_id: UUID) -> dict[str, Any]:
    """What the registration of this form was answered with; {} while it was not."""
    return (
        InboundMessage.objects.filter(sender=SENDER, key=str(public_id)).values_list("answer", flat=True).first() or {}
    )


def _label(typed: Mapping[str, Any]) -> str:
    """How a list calls it: name, employer and a masked number; never a whole number."""
    phone = "".join(c for c in str(typed.get("complainant_phone", "")) if c.isdigit())
    parts = [str(typed.get("complainant_name", "")).strip(), masked(phone), str(typed.get("employer_name", "")).strip()]
    return " · ".join(part for part in parts if part)[:80]


def drafts_of(user: Any) -> QuerySet[FormDraft]:
    """The drafts somebody can go on with: his own, and those offered to him."""
    return FormDraft.objects.filter(Q(owner=user) | Q(offered_to=user)).select_related(
        "owner__officer", "offered_to__officer"
    )


def own(user: Any, public_id: UUID) -> FormDraft | None:
    """A draft of his, or None."""
    return FormDraft.objects.filter(public_id=public_id, owner=user).first()


def drop(user: Any, public_id: UUID) -> None:
    """The draft became a complaint, or is not wanted."""
    FormDraft.objects.filter(public_id=public_id, owner=user).delete()


def colleagues_of(user: Any, roles: tuple[str, ...]) -> QuerySet[Any]:
    """Who may take a draft over: active people of the same agency with a role at the desk. Callers' data stay there."""
    return (
        get_user_model()
        .objects.filter(
            is_active=True, officer__active=True, officer__agency=user.officer.agency_id,
            officer__roles__overlap=[str(r) for r in roles],
        )
        .exclude(pk=user.pk)
        .select_related("officer")
        .order_by("officer__name")
    )  # fmt: skip


def offer(user: Any, public_id: UUID, to: Any) -> None:
    """Hand a draft to a colleague, who sees it in his list and takes it over. Raises NotVisible."""
    with transaction.atomic():
        draft = FormDraft.objects.select_for_update().filter(public_id=public_id, owner=user).first()
        if draft is None:
            raise NotVisible()
        draft.offered_to = to
        draft.save(update_fields=["offered_to"])
        Handover.objects.create(draft=draft.public_id, label=draft.label, giver=user, taker=to, offered_at=clock.now())


def take_over(user: Any, public_id: UUID) -> FormDraft:
    """Make an offered draft one's own; of two who press at once the first has it. Raises NotVisible."""
    with transaction.atomic():
        draft = FormDraft.objects.select_for_update().filter(public_id=public_id, offered_to=user).first()
        if draft is None:
            raise NotVisible()
        Handover.objects.filter(draft=draft.public_id, taker=user, taken_at=None).update(taken_at=clock.now())
        draft.owner, draft.offered_to, draft.saved_at = user, None, clock.now()
        draft.save(update_fields=["owner", "offered_to", "saved_at"])
    return draft


def clear_old() -> int:
    """Delete drafts nobody has touched for CASEDESK_DRAFT_DAYS; how many."""
    return FormDraft.objects.filter(saved_at__lt=clock.now() - timedelta(days=settings.DRAFT_DAYS)).delete()[0]
