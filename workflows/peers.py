"""Messages of another agency's own system: a receipt, an answer or a decision on a notice that was sent to it.

The signature was checked before; here it is the agency that acts, through the same door as everybody. A message is
under its peer and number once: repeated it gets the same answer, refused it leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from notifications.notice import Notice
from notifications.receipts import ReceiptRefused, answer, sign_receipt
from workflows import clock
from workflows.action import ActionRule, Procedure
from workflows.answers import goes_on
from workflows.casefile.officers import Agency
from workflows.errors import InvalidInput, NotPossibleNow, NotVisible, Repeated, UnknownAction
from workflows.inbound import Inbound, InboundMessage
from workflows.inputs import Choice, CleanText, Inputs, Moment
from workflows.perform import Done, perform
from workflows.procedures.registry import PROCEDURES
from workflows.reading.access import Purpose, visible_to
from workflows.record import Event
from workflows.roles import Actor, Role

#: a peer's clock may be ahead of ours by as much as its signature may
AHEAD = timedelta(seconds=300)
KINDS = (("receipt", "签收"), ("answer", "答复"), ("decision", "决定"))
_ROLES = {"police": Role.POLICE_OFFICER, "procuratorate": Role.PROSECUTOR}


class MessageForm(Inputs):
    """What every message says; `text` belongs to an answer, `content_sha256` to a receipt, `act` to a decision."""

    message_id = CleanText(label="消息编号，同一单位内唯一", max_length=100)
    kind = Choice(label="类型", choices=KINDS)
    notice = CleanText(label="所回应的通知标识", max_length=36)
    signer = CleanText(label="签发人", max_length=60)
    at = Moment(label="签收、答复或决定的时间", required=False)
    content_sha256 = CleanText(label="签收时：通知内容的 SHA-256", max_length=64, required=False)
    text = CleanText(label="答复时：答复内容", lines=True, required=False)
    act = CleanText(label="决定时：办理动作", max_length=40, required=False)


#: what must be there for a kind, and what only another kind may bring
NEEDS = {"receipt": "content_sha256", "answer": "text", "decision": "act"}


@dataclass(frozen=True)
class Message:
    """A message that can be read: the form's values and, for a decision, the inputs of its act."""

    agency: Agency
    told: Mapping[str, Any]
    inputs: Mapping[str, Any]
    body: Mapping[str, Any]

    @property
    def actor(self) -> Actor:
        """The agency as an actor: the role its posts hold, in the name of whoever signed there."""
        role = _ROLES.get(self.agency.kind, Role.LIAISON)
        return Actor(None, self.told["signer"], self.agency.code, frozenset({role}))

    @property
    def at(self) -> datetime:
        """When it happened there: now unless said; a clock a little ahead of ours is no future."""
        now, said = clock.now(), self.told["at"]
        return now if said is None or now < said <= now + AHEAD else said


def read(agency: str, body: Mapping[str, Any]) -> Message:
    """A message out of a body. Raises InvalidInput with the field's name, NotVisible for an agency we do not know."""
    known = Agency.objects.filter(code=agency).first()
    if known is None:
        raise NotVisible()
    inputs = body.get("inputs", {})
    if not isinstance(inputs, Mapping):
        raise InvalidInput({"inputs": "应为一个 JSON 对象"})
    form = MessageForm.read({name: value for name, value in body.items() if name != "inputs"})
    if not form.is_valid():
        raise InvalidInput({name: [str(one) for one in said] for name, said in form.errors.items()})
    told = form.cleaned_data
    wrong = {}
    for kind, name in NEEDS.items():
        if kind == told["kind"] and not told[name]:
            wrong[name] = "须填写"
        elif kind != told["kind"] and told[name]:
            wrong[name] = "这类消息没有这一项"
    if inputs and told["kind"] != "decision":
        wrong["inputs"] = "这类消息没有这一项"
    if wrong:
        raise InvalidInput(wrong)
    return Message(known, told, inputs, body)


def receive(message: Message) -> dict[str, Any]:
    """Do what a message says and return the answer, or the answer it got before. Raises the engine's refusals."""
    sender, number = f"peer:{message.agency.code}", message.told["message_id"]
    inbox = Inbound(sender, number, message.body, lambda done: done, field="message_id")
    stored = InboundMessage.objects.filter(sender=inbox.sender, key=inbox.key).first()
    try:
        if stored is not None and stored.answer:
            inbox.same_body(stored)
            return stored.answer
        notice = _notice(message)
        if message.told["kind"] == "receipt":
            return _signed(message, notice, inbox)
        if message.told["kind"] == "decision":
            return _decided(message, notice, message.told["act"], dict(message.inputs), inbox)
        return _answered(message, notice, inbox)
    except Repeated as repeated:
        return repeated.answer
    except ReceiptRefused as refused:
        raise NotPossibleNow(_REFUSED.get(str(refused), "这份通知现在不能这样签收或答复")) from refused


_REFUSED = {
    "another hand has signed for it already": "这份通知已由他人签收",
    "a receipt cannot be older than its notice": "签收时间早于通知发出的时间",
    "an answer cannot be older than its notice": "答复时间早于通知发出的时间",
    "it has been answered already": "这份通知已经答复过，内容与这次不同",
    "the words of the notice are not those that were posted": "通知内容与发出时不一致",
}


def _notice(message: Message) -> Notice:
    """The notice that a message is about: one that was sent to this agency, whatever else there is."""
    try:
        named = UUID(message.told["notice"])
    except ValueError:
        raise InvalidInput({"notice": "不是有效的标识"}) from None
    found = Notice.objects.filter(pk=named, recipient_agency=message.agency.code).first()
    if found is None:
        raise NotVisible()
    if message.at > clock.now():
        raise InvalidInput({"at": "不能晚于现在"})
    return found


def _signed(message: Message, notice: Notice, inbox: Inbound) -> dict[str, Any]:
    if message.told["content_sha256"] != notice.content_sha256:
        raise InvalidInput({"content_sha256": "与发出的通知内容不符"})
    with transaction.atomic(durable=True):
        inbox.claim()
        receipt = sign_receipt(
            notice,
            signer_name=message.actor.name,
            agency=message.agency.code,
            actor_ref=f"peer:{message.agency.code}",
            at=message.at,
        )
        return _kept(inbox, message, notice, receipt_sha256=receipt.sha256)


def _answered(message: Message, notice: Notice, inbox: Inbound) -> dict[str, Any]:
    """An answer is the act that the question asks for, if there is one; else its words stand on the notice."""
    event = _event(notice)
    subject = _subject(event)
    rule = _act_that_answers(notice.kind, subject) if subject is not None else None
    if rule is not None and event is not None:
        asked = rule.asks.base_fields
        inputs = {"answer" if "answer" in asked else "result": message.told["text"]}
        if "task" in asked:
            inputs["task"] = event.facts.get("task", "")
        return _decided(message, notice, rule.name, inputs, inbox, subject)
    with transaction.atomic(durable=True):
        inbox.claim()
        answer(
            notice,
            text=message.told["text"],
            agency=message.agency.code,
            signer_name=message.actor.name,
            actor_ref=f"peer:{message.agency.code}",
            at=message.at,
            ref=message.told["message_id"],
        )
        return _kept(inbox, message, notice)


def _decided(
    message: Message,
    notice: Notice,
    act: str,
    inputs: dict[str, Any],
    inbox: Inbound,
    subject: Procedure | None = None,
) -> dict[str, Any]:
    """An act of the agency on the procedure that sent it the notice, through the one door."""
    subject = subject or _subject(_event(notice))
    if subject is None:
        raise UnknownAction("这份通知不是由办案程序发出的，没有可办理的动作")
    seen = visible_to(message.actor, type(subject), Purpose.ACT).filter(pk=subject.pk).first()
    if seen is None:
        raise NotVisible()

    def told(done: Done) -> dict[str, Any]:
        return {
            "message_id": message.told["message_id"],
            "kind": message.told["kind"],
            "notice": str(notice.pk),
            "procedure": done.subject.NAME,
            "state": done.subject.state,
            "state_label": str(done.subject.get_state_display()),
            "events": [str(event.public_id) for event in done.events],
        }

    inbox.answer = told
    done = perform(seen, act, by=message.actor, at=message.at, inputs=inputs, inbox=inbox)
    return told(done)


def _act_that_answers(kind: str, subject: Procedure) -> ActionRule | None:
    """The act by which a notice of this kind is answered in words now, or None where words alone answer it.

    Raises NotPossibleNow where an act answers it that needs more than words, or is past.
    """
    rules = [rule for rule in subject.rules() if kind in rule.answers]
    now = (rule for rule in rules if subject.state in rule.sources)
    found = next((rule for rule in now if {"answer", "result"} & rule.asks.base_fields.keys()), None)
    if found is None and rules:
        raise NotPossibleNow(
            f"请办理：{'、'.join(dict.fromkeys(rule.label for rule in rules))}", [r.name for r in rules]
        )
    return found


def _kept(inbox: Inbound, message: Message, notice: Notice, **more: str) -> dict[str, Any]:
    told = {
        "message_id": message.told["message_id"],
        "kind": message.told["kind"],
        "notice": str(notice.pk),
        "state": str(notice.state),
        "state_label": str(notice.get_state_display()),
        **more,
    }
    inbox.keep(told)
    return told


def _subject(event: Event | None) -> Any:
    """The procedure that sent a notice, or the one that goes on with its questions since their cases were joined."""
    if event is None or event.procedure not in PROCEDURES:
        return None
    return goes_on(PROCEDURES[event.procedure].objects.filter(public_id=event.subject).first())


def _event(notice: Notice) -> Event | None:
    """The act that sent a notice; reminders and the like come from none."""
    try:
        return Event.objects.filter(public_id=UUID(notice.event_ref)).first()
    except ValueError:
        return None
