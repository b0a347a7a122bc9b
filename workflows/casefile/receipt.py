"""Receipt codes (回执码): what a complainant holds to see how his complaint goes.

Spoken code XXXX-XXXX-C (8 Crockford characters and a check character) with a second element, and a link token of 80
bit. Both are derived from a key and the complaint, so that a repeated request can say the same code again while the
table keeps only hashes. A reissue counts up and kills the old ones. A short message says the code, too, and is a row
before it is sent: the row holds a blank that names the issue, and the code is derived once more while it is sent.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from notifications.channels.sms import blank
from workflows.casefile.complaint import Complaint
from workflows.casefile.parties import Worker

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
#: how people mishear or misread: O as 0, I and L as 1
_READ_ALIKE = str.maketrans("OIL", "011")


class ReceiptCode(models.Model):
    """One issue of a code: hashes only. `live` is false once a newer one was issued."""

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="receipts")
    worker = models.ForeignKey(Worker, models.PROTECT, null=True, blank=True, related_name="receipts")
    issue = models.PositiveSmallIntegerField()
    code_hash = models.CharField(max_length=64)
    token_hash = models.CharField(max_length=64, unique=True)
    second_hash = models.CharField(max_length=64)
    issued_at = models.DateTimeField()
    live = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code_hash"], condition=Q(live=True), name="live_code_once"),
            models.UniqueConstraint(fields=["complaint", "worker", "issue"], name="receipt_issue_once"),
        ]


def issue(
    complaint: Complaint, number: int, second: str, moment: datetime, worker: Worker | None = None
) -> tuple[ReceiptCode, dict[str, str]]:
    """The row of an issue and what is told once: code, link token, second element (unsaved).

    `second` is the last four of the phone, else of the ID number; empty, four digits are made up and told.
    """
    seed = _seed(worker or complaint, number)
    code, token = _code(seed), _letters(_mac("token", seed), 16)
    told_second = second or f"{int.from_bytes(_mac('second', seed)[:4]) % 10_000:04d}"
    row = ReceiptCode(
        complaint=complaint,
        worker=worker,
        issue=number,
        code_hash=hash_of_code(code),
        token_hash=hashlib.sha256(token.encode()).hexdigest(),
        second_hash=_mac("second-element", f"{seed}:{told_second}").hex(),
        issued_at=moment,
    )
    return row, {"receipt_code": code, "receipt_token": token, "receipt_second": told_second}


def find(code: str, second: str) -> ReceiptCode | None:
    """The live receipt of a spoken code with its second element, or None: unknown and wrong look the same."""
    live = ReceiptCode.objects.filter(code_hash=hash_of_code(code), live=True)
    row = live.select_related("complaint", "worker").first()
    seed = _seed(row.worker or row.complaint, row.issue) if row else "nobody"
    given = _mac("second-element", f"{seed}:{second.strip()[-4:]}").hex()
    return row if row and hmac.compare_digest(given, row.second_hash) else None


def short_message(complaint: Complaint, number: int) -> str:
    """What goes to the complainant's mobile number when a code is issued: a blank stands where the code will be."""
    return f"您的投诉已登记。{blank(f'{complaint.public_id}:{number}')}。请不要把回执码告诉别人。"


def fill_blank(issue_named: str) -> str:
    """The words for a blank of a short message: the code of this issue and where to use it; "" when it opens nothing
    any more, because a newer one was issued or the key is another one.

    Called while the message is sent (NOTIFICATIONS_BLANKS), and by nobody who keeps what it returns.
    """
    public_id, _colon, number = issue_named.rpartition(":")
    rows = ReceiptCode.objects.filter(complaint__public_id=public_id, worker=None, issue=int(number), live=True)
    row = rows.select_related("complaint").first()
    code = _code(_seed(row.complaint, row.issue)) if row is not None else ""
    if row is None or not hmac.compare_digest(hash_of_code(code), row.code_hash):
        return ""
    page = f"，网址 {settings.SITE}/p/" if settings.SITE else ""
    return f"回执码 {code}{page}，凭码和本手机号后四位查询进度、补交材料"


def _seed(holder: Complaint | Worker, number: int) -> str:
    """What the codes of a holder are derived from: the complainant's own from the complaint, a worker's from him."""
    return f"{holder.public_id}:{number}"


def hash_of_code(code: str) -> str:
    """The keyed hash under which a spoken code is found, however it was typed."""
    return _mac("code", normal(code)).hex()


def normal(code: str) -> str:
    """A spoken code as stored: no dashes or spaces, upper case, O read as 0, I and L as 1."""
    return "".join(c for c in code.upper().translate(_READ_ALIKE) if c in ALPHABET)[:20]


def well_formed(code: str) -> bool:
    """Whether the check character fits: a mistyped code is told apart from an unknown one without a look at the
    table."""
    plain = normal(code)
    return len(plain) == 9 and _check(plain[:8]) == plain[8]


def _code(seed: str) -> str:
    letters = _letters(_mac("spoken", seed), 8)
    return f"{letters[:4]}-{letters[4:]}-{_check(letters)}"


def _check(letters: str) -> str:
    """Luhn's sum to base 32: any one wrong character and almost every swap of neighbours shows."""
    total = 0
    for place, letter in enumerate(reversed(letters)):
        value = ALPHABET.index(letter) * (2 if place % 2 == 0 else 1)
        total += value // 32 + value % 32
    return ALPHABET[-total % 32]


def _letters(raw: bytes, length: int) -> str:
    number = int.from_bytes(raw)
    return "".join(ALPHABET[(number >> (5 * place)) & 31] for place in range(length))


def _mac(purpose: str, text: str) -> bytes:
    return hmac.new(settings.SECRET_KEY.encode(), f"receipt:{purpose}:{text}".encode(), hashlib.sha256).digest()
