"""A signed message to an agency's own system, and what its answer means.

The other side has taken it when it says so with 200 or 201 and a number of its own (`id`) in JSON, or with 409 and
the number under which it had it already. Everything else is a failure of one kind or another; see `read`.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

from notifications import signing
from notifications.addresses import AgencyChannel, signing_key
from notifications.channels import (
    AmbiguousOutcome,
    Channel,
    PermanentRefusal,
    Repeat,
    Sent,
    TemporaryFailure,
    To,
)
from notifications.channels.wire import Answer, exchange
from notifications.notice import sha256

_LONGEST_KEY = 200
#: what a peer may say of success in a body of its own
_FINE = frozenset({"0", "200", "ok", "success", "true"})


class Webhook(Channel):
    """POST of the frozen payload to the address in the agency's row, signed with its key."""

    name: ClassVar[str] = "webhook"
    repeat: ClassVar[Repeat] = Repeat.NEVER

    def send(self, payload: str, key: str, *, to: To, at: datetime) -> Sent:
        row, body = _row(to.agency), payload.encode()
        headers = {"Content-Type": "application/json", "Idempotency-Key": header_key(key), **_signed(to.agency, body)}
        return read(exchange("POST", row.address, body=body, headers=headers, networks=row.networks))

    def find(self, key: str, *, to: To) -> Sent | None:
        """Ask for the number under our key: 404 says that there is none."""
        row = _row(to.agency)
        url = f"{row.address}{'&' if '?' in row.address else '?'}{urlencode({'key': header_key(key)})}"
        answer = exchange("GET", url, body=None, headers=_signed(to.agency, b""), networks=row.networks)
        return None if answer.status == 404 else read(answer)


def header_key(key: str) -> str:
    """The key as a header may carry it: itself, or its hash where it is long or not plain ASCII."""
    return key if len(key) <= _LONGEST_KEY and key.isascii() and key.isprintable() else sha256(key)


def _row(agency: str) -> AgencyChannel:
    row = AgencyChannel.objects.filter(agency=agency, channel=Webhook.name, active=True).first()
    if row is None:
        raise PermanentRefusal("the agency has no such channel any more")
    return row


def _signed(agency: str, body: bytes) -> dict[str, str]:
    key = signing_key(agency)
    if key is None:
        raise PermanentRefusal("the agency has no valid key")
    return signing.headers(key.key_id, key.secret("to_peer"), body)


def read(answer: Answer) -> Sent:
    """What an answer means. Raises the failure it stands for."""
    status = str(answer.status)
    kept: dict[str, Any] = {"peer_status": status, "response": answer.body}
    if answer.status in (200, 201, 409):
        number, fault = _number(answer)
        if number:
            return Sent(receipt=answer.body, peer_status=status, response=answer.body)
        if answer.status == 409:
            raise PermanentRefusal("the peer has a conflict and names no number", **kept)
        raise AmbiguousOutcome(fault, **kept)
    if answer.status == 202:
        raise AmbiguousOutcome("taken for later, and nobody says that it was done", **kept)
    if 200 <= answer.status < 300:
        raise AmbiguousOutcome("answered without a number", **kept)
    if 300 <= answer.status < 400:
        raise TemporaryFailure("sent us elsewhere, where we do not go", **kept)
    if answer.status in (408, 425, 429, 503):
        raise TemporaryFailure("cannot take it now", wait=_wait(answer.headers.get("retry-after", "")), **kept)
    if 400 <= answer.status < 500:
        raise PermanentRefusal("refused", **kept)
    raise AmbiguousOutcome("the peer failed, before or after it took it", **kept)


def _number(answer: Answer) -> tuple[str, str]:
    """The peer's own number for the message, or what is wrong with its answer."""
    if "json" not in answer.headers.get("content-type", "").lower():
        return "", "answered with something that is no JSON: a sign-in page, perhaps"
    try:
        said = json.loads(answer.body.decode("utf-8"))
    except (ValueError, RecursionError):
        return "", "answered with JSON that cannot be read"
    if not isinstance(said, Mapping):
        return "", "answered without a number"
    if _speaks_of_error(said):
        return "", "said 200 and an error in one answer"
    number = said.get("id")
    fits = isinstance(number, str | int) and not isinstance(number, bool) and 0 < len(str(number).strip()) <= 200
    return (str(number), "") if fits else ("", "answered without a number")


def _speaks_of_error(said: Mapping[str, Any]) -> bool:
    if said.get("error") or said.get("errors"):
        return True
    return any(str(said[name]).strip().lower() not in _FINE for name in ("code", "success", "status") if name in said)


def _wait(said: str) -> timedelta | None:
    """Retry-After in seconds; a date, a word or a negative number is no wish we follow."""
    return timedelta(seconds=min(int(said), 86_400)) if said.isascii() and said.isdigit() and len(said) < 12 else None
