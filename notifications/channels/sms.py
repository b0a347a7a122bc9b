"""SMS through a gateway with an HTTP interface that takes and gives JSON; which JSON, its row says.

`options` of the row, all of it data:
  headers  {"Authorization": "Bearer {secret}"}              what goes beside the body
  body     {"mobile": "{to}", "content": "【签名】{text}"}       any JSON; {to} {text} {key} {secret} are filled in
  id       "data.msgId"                                      where the gateway's own number stands in its answer
  ok       {"code": "0"}                                     what else must stand there

The words of an SMS say that there is something to read and where, and nothing of what it says.

What must not stand in a row at all, like a receipt code, is a blank in the frozen words (`blank`) and filled in while
the message is sent, by the callable that the setting NOTIFICATIONS_BLANKS names. Hash, table, attempts and what we keep
of the gateway's answer hold the blank; the words that went out are nowhere but at the gateway.
"""

import json
import re
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.utils.module_loading import import_string

from notifications.addresses import AgencyChannel, Gateway
from notifications.channels import AmbiguousOutcome, Channel, PermanentRefusal, Repeat, Sent, To
from notifications.channels.drop import drop
from notifications.channels.webhook import header_key, read
from notifications.channels.wire import Answer, exchange
from notifications.notice import Notice, RecipientKind, canonical

_SHAPE = re.compile(r"\{(to|text|key|secret)\}")
_BLANK = re.compile(r"\{blank ([^{}]+)\}")


def blank(reference: str) -> str:
    """What stands in frozen words for what is only known while they are sent; `reference` says what, and is no
    secret."""
    if not _BLANK.fullmatch(found := f"{{blank {reference}}}"):
        raise ValueError("a blank is named without braces")
    return found


class Sms(Channel):
    """One short message to the number in the agency's row, or to the person's that the caller handed in."""

    name: ClassVar[str] = "sms"
    repeat: ClassVar[Repeat] = Repeat.NEVER

    def render(self, notice: Notice) -> str:
        """The title and where to read the rest."""
        if notice.recipient_kind == RecipientKind.PERSON:
            return f"{notice.title}。请凭回执码查询办理进度，或致电办理单位。"
        due = f"，请于{notice.answer_due_on:%Y-%m-%d}前答复" if notice.answer_due_on else ""
        return f"{notice.title}{due}。请登录办案平台收件箱签收。"

    def send(self, payload: str, key: str, *, to: To, at: datetime) -> Sent:
        gateway = Gateway.objects.filter(kind=self.name, active=True).first()
        number = to.address or _number_of(to.agency)
        if gateway is None or not number:
            raise PermanentRefusal("there is no gateway or no number any more")
        text = _BLANK.sub(_said, payload)
        if gateway.drops:
            return drop(self.name, key, f"{number}\n{text}\n".encode())
        words = {"to": number, "text": text, "key": header_key(key), "secret": gateway.secret}
        body = json.dumps(_filled(gateway.options.get("body", {}), words), ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", "Idempotency-Key": header_key(key)}
        headers |= {name: str(_filled(value, words)) for name, value in gateway.options.get("headers", {}).items()}
        answer = exchange("POST", gateway.url, body=body, headers=headers, networks=gateway.networks)
        sent = _read(answer, gateway.options)
        if text == payload:
            return sent
        # a gateway may repeat the words in its answer: of this one only its number is kept, and the answer's hash
        number = _at(json.loads(answer.body.decode("utf-8")), gateway.options.get("id", "id"))
        kept = canonical({"id": number if isinstance(number, int) else str(number)}).encode()
        return Sent(receipt=kept, peer_status=sent.peer_status, response=sent.response)


def _said(found: re.Match[str]) -> str:
    """The words for a blank. Raises PermanentRefusal where there are none any more."""
    words: str = import_string(settings.NOTIFICATIONS_BLANKS)(found[1])
    if not words:
        raise PermanentRefusal("what the message was to say holds no more")
    return words


def _number_of(agency: str) -> str:
    rows = AgencyChannel.objects.filter(agency=agency, channel=Sms.name, active=True)
    return rows.values_list("address", flat=True).first() or ""


def _filled(shape: Any, words: dict[str, str]) -> Any:
    """The shape with its blanks filled in, inside texts only: no word of ours can change the JSON around it."""
    if isinstance(shape, str):
        return _SHAPE.sub(lambda found: words[found[1]], shape)
    if isinstance(shape, dict):
        return {name: _filled(value, words) for name, value in shape.items()}
    if isinstance(shape, list):
        return [_filled(value, words) for value in shape]
    return shape


def _read(answer: Answer, options: dict[str, Any]) -> Sent:
    """As for a webhook, with the number and the signs of success where this gateway puts them."""
    if answer.status not in (200, 201):
        return read(answer)
    status = str(answer.status)
    kept: dict[str, Any] = {"peer_status": status, "response": answer.body}
    try:
        said = json.loads(answer.body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise AmbiguousOutcome("answered with something that is no JSON", **kept) from None
    for place, wanted in options.get("ok", {}).items():
        if str(_at(said, place)) != str(wanted):
            raise PermanentRefusal("the gateway says that it did not take it", **kept)
    if _at(said, options.get("id", "id")) in (None, "", False):
        raise AmbiguousOutcome("answered without a number", **kept)
    return Sent(receipt=answer.body, peer_status=status, response=answer.body)


def _at(said: Any, place: str) -> Any:
    for name in place.split("."):
        said = said.get(name) if isinstance(said, dict) else None
    return said
