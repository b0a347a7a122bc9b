"""What an act says to the notices that asked for it: the one who was asked has answered, or has signed.

A declaration names the kinds (`answers`, `signs`); which notices these are, the record knows: the events that sent
them, of the same procedure and, where the question was a row of its own (a task, a data request, an order of
supervision), about the same one. A question that went along when its case joined another (并案) was asked by the
inspection of the case that is no more: it is looked for there, too, and answered where it lies now. Marked in the
transaction of the act, so that no question stays open that the file shows as answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from notifications.notice import Notice
from notifications.receipts import answer, sign_receipt
from workflows.action import Procedure, Step
from workflows.casefile.case import Case
from workflows.record import Event

#: inputs that hold the row a question was, by the names under which the asking event noted it
_ROWS = ("task", "data_request", "order")
#: inputs that hold the words of an answer, in the order in which they are looked for
_WORDS = ("answer", "result", "reason")


@dataclass(frozen=True)
class Reply:
    """What a step says to the notices of some kinds that its procedure sent; `about` is (name, id) of the row asked."""

    subject: UUID
    case: int | None
    answers: tuple[str, ...]
    signs: tuple[str, ...]
    about: tuple[str, str] | None
    text: str
    signer: str
    actor_ref: str
    ref: str
    at: datetime


def replies_of(step: Step) -> list[Reply]:
    """What a step says to earlier notices; nothing for most acts."""
    rule = step.rule
    if not (rule.answers or rule.signs):
        return []
    about = next(((name, str(row.public_id)) for name in _ROWS if (row := step.inputs.get(name))), None)
    said = next((str(step.inputs[name]) for name in _WORDS if step.inputs.get(name)), rule.label)
    return [
        Reply(
            subject=step.subject.public_id,
            case=step.file.case.pk if step.file.case is not None else None,
            answers=rule.answers,
            signs=rule.signs,
            about=about,
            text=said,
            signer=str(step.inputs.get("signer") or step.by.name),
            actor_ref=actor_ref(step.by.public_id, step.by.agency),
            ref=str(step.event.public_id),
            at=step.at,
        )
    ]


def actor_ref(public_id: str, agency: str) -> str:
    """How the mailroom notes who acted: an officer of ours, or an agency's own system."""
    return f"officer:{public_id}" if public_id else f"peer:{agency}"


def mark(replies: Sequence[Reply]) -> None:
    """Mark the notices inside the caller's transaction, under the lock of the file's root."""
    for reply in replies:
        for notice in _asked(reply, reply.answers).filter(answered_at=None):
            answer(
                notice,
                text=reply.text,
                agency=notice.recipient_agency,
                signer_name=reply.signer,
                actor_ref=reply.actor_ref,
                at=max(reply.at, notice.posted_at),
                ref=reply.ref,
            )
        for notice in _asked(reply, reply.signs).filter(receipted_at=None):
            sign_receipt(
                notice,
                signer_name=reply.signer,
                agency=notice.recipient_agency,
                actor_ref=reply.actor_ref,
                at=max(reply.at, notice.posted_at),
            )


def _asked(reply: Reply, kinds: tuple[str, ...]) -> QuerySet[Notice]:
    events = Event.objects.filter(subject=reply.subject)
    if reply.about is not None:
        name, row = reply.about
        events = Event.objects.filter(subject__in=[reply.subject, *_joined(reply.case)], **{f"facts__{name}": row})
    refs = [str(public_id) for public_id in events.values_list("public_id", flat=True)]
    asked = Notice.objects.select_for_update().filter(kind__in=kinds, event_ref__in=refs)
    return asked.exclude(recipient_agency="").order_by("pk")


def _joined(case: int | None) -> list[UUID]:
    """The inspections of the cases that were joined into this one, and into those before."""
    found: list[UUID] = []
    level = {case} - {None}
    while level:
        joined = Case.objects.filter(joined_into__in=level).values_list("pk", "inspection__public_id")
        level = {pk for pk, _ in joined}
        found += [public_id for _, public_id in joined]
    return found


def goes_on(asked: Procedure | None) -> Procedure | None:
    """Where the questions of a procedure are answered now: itself, or the inspection of the case that its case joined.

    Only what went along with the join can be answered there; the act itself says what did not.
    """
    while asked is not None and asked.NAME == "inspection" and asked.root.joined_into is not None:
        asked = asked.root.joined_into.inspection
    return asked
