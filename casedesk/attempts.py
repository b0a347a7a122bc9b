"""How often something was tried from outside: wrong receipt codes by code and by network, files by receipt.

Counted in PostgreSQL by one statement, so that sixteen processes at once share one count; on the database's clock,
because a limit is about the world's time. Keys are keyed hashes: no address and no code stands in the table.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Mapping
from datetime import timedelta

from django.conf import settings
from django.db import connection, models
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils.module_loading import import_string


class Attempts(models.Model):
    """The tries of one key in one window of time."""

    class What(models.TextChoices):
        CODE = "code", "回执码"
        NETWORK = "network", "网络"
        FILES = "files", "补交文件"
        FILES_NETWORK = "files_network", "补交文件（网络）"

    what = models.CharField(max_length=20, choices=What.choices)
    key = models.CharField(max_length=64)
    since = models.DateTimeField()
    tries = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["what", "key", "since"], name="attempts_once")]
        indexes = [models.Index(fields=["since"], name="attempts_since")]


#: what is allowed in which window. Five wrong tries against 10 000 second elements: a code that is locked is reissued
#: by telephone. A network is generous: a whole village stands behind one address of its carrier.
ALLOWED: dict[str, tuple[int, timedelta]] = {
    Attempts.What.CODE: (5, timedelta(hours=24)),
    Attempts.What.NETWORK: (60, timedelta(hours=1)),
    Attempts.What.FILES: (20, timedelta(hours=24)),
    Attempts.What.FILES_NETWORK: (120, timedelta(hours=24)),
}

_TAKE = """
INSERT INTO casedesk_attempts (what, key, since, tries)
SELECT what, key, date_bin(make_interval(secs => seconds), now(), 'epoch'), 1
FROM unnest(%s::text[], %s::text[], %s::float8[]) AS asked (what, key, seconds) ORDER BY what, key
ON CONFLICT (what, key, since) DO UPDATE SET tries = casedesk_attempts.tries + 1
RETURNING what, tries
"""
_GIVE_BACK = """
UPDATE casedesk_attempts SET tries = CASE WHEN what = 'code' THEN 0 ELSE greatest(tries - 1, 0) END
WHERE what = %s AND key = %s AND since = date_bin(make_interval(secs => %s), now(), 'epoch')
"""


def take(asked: Mapping[str, str]) -> bool:
    """Count one try for each key before it is judged, and say whether all are within what is allowed.

    One statement, rows in one order: no two callers wait for each other crosswise, and none reads a stale count.
    """
    whats = sorted(asked)
    seconds = [ALLOWED[what][1].total_seconds() for what in whats]
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [whats, [asked[w] for w in whats], seconds])
        return all(tries <= ALLOWED[what][0] for what, tries in cursor.fetchall())


def give_back(asked: Mapping[str, str]) -> None:
    """The try was right: it does not count, and what the holder mistyped before is forgotten."""
    with connection.cursor() as cursor:
        for what in sorted(asked):
            cursor.execute(_GIVE_BACK, [what, asked[what], ALLOWED[what][1].total_seconds()])


def forget_old() -> int:
    """Delete windows that are over; how many."""
    longest = max(window for _, window in ALLOWED.values())
    return Attempts.objects.filter(since__lt=Now() - 2 * longest).delete()[0]


def network_of(request: HttpRequest) -> str:
    """The keyed hash of the network a request came from: a /24, or a /64 of IPv6, as our own proxies saw it."""
    said = import_string(settings.AXES_CLIENT_IP_CALLABLE)(request) or ""
    try:
        address = ipaddress.ip_address(said.split("%")[0])
        wide = 24 if address.version == 4 else 64
        said = str(ipaddress.ip_network(f"{address}/{wide}", strict=False))
    except ValueError:
        said = "unknown"
    return hmac.new(settings.SECRET_KEY.encode(), f"network:{said}".encode(), hashlib.sha256).hexdigest()
