"""The signature between two systems: HMAC-SHA256 over the moment and the raw body, under a named key.

`v1 = HMAC(secret, timestamp + "." + body)`, the timestamp in whole seconds of UTC, the body as it went over the wire.
Nothing else chooses an algorithm: a message cannot ask for a weaker one.
"""

import hashlib
import hmac
import re
import time

from notifications.addresses import valid_keys

KEY_HEADER = "Casedesk-Key"
MOMENT_HEADER = "Casedesk-Timestamp"
SIGNATURE_HEADER = "Casedesk-Signature"
#: seconds by which the two clocks may differ; an older message is a replay
WINDOW = 300
_MOMENT = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"v1=[0-9a-f]{64}")


class BadSignature(Exception):
    """The message is not shown to come from the peer, now; the text says why and holds nothing of the message."""


def signature(secret: bytes, moment: int, body: bytes) -> str:
    """The value of the signature header."""
    return "v1=" + hmac.new(secret, str(moment).encode() + b"." + body, hashlib.sha256).hexdigest()


def headers(key_id: str, secret: bytes, body: bytes, moment: int | None = None) -> dict[str, str]:
    """What a signed message carries."""
    moment = int(time.time()) if moment is None else moment
    return {KEY_HEADER: key_id, MOMENT_HEADER: str(moment), SIGNATURE_HEADER: signature(secret, moment, body)}


def verify(agency: str, key_id: str, moment: str, signed: str, body: bytes) -> None:
    """Check a message of a peer. Raises BadSignature.

    An unknown agency, an unknown key and a wrong signature are one answer: nobody learns which peers there are.
    """
    if not _MOMENT.fullmatch(moment):
        raise BadSignature("the timestamp is missing or no number of seconds")
    if abs(time.time() - int(moment)) > WINDOW:
        raise BadSignature(f"the timestamp is more than {WINDOW} seconds off")
    if not _SIGNATURE.fullmatch(signed):
        raise BadSignature("the signature is missing or not of the form v1=<64 hex digits>")
    secrets = [key.secret("from_peer") for key in valid_keys(agency) if key.key_id == key_id]
    expected = signature(secrets[0] if secrets else b"nobody's", int(moment), body)
    if not hmac.compare_digest(expected, signed) or not secrets:
        raise BadSignature("the signature does not fit")
