"""Receipts as they leave the house: the whole of them on demand, and each day where their chains end.

What ends a chain today is on that chain tomorrow, or the chain was made anew: so the day's line is kept in a file of
its own and said in the log, which go where nobody who can write the database can write (docs/operations.md).
"""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from notifications import chains
from notifications.notice import plain
from notifications.receipts import Receipt

log = logging.getLogger(__name__)

_HEADS = """
SELECT DISTINCT ON (agency) agency, seq, sha256, count(*) OVER () FROM notifications_receipt
 ORDER BY agency, seq DESC
"""


def every_receipt(at: datetime) -> Iterator[str]:
    """The lines of a whole export: what it holds, then each receipt with its place in its chain."""
    rows: list[dict[str, Any]] = [
        {
            "notice": str(row.notice_id),
            "content_sha256": row.content_sha256,
            "agency": row.agency,
            "seq": row.seq,
            "signer": row.signer,
            "actor": row.actor_ref,
            "signed_at": plain(row.signed_at),
            "previous": row.previous_sha256,
            "sha256": row.sha256,
        }
        for row in Receipt.objects.order_by("agency", "seq").iterator()
    ]
    return chains.lines(rows, str(plain(at)))


def heads(at: datetime) -> str:
    """The first line of such an export alone, without a look at every receipt."""
    with connection.cursor() as cursor:
        cursor.execute(_HEADS)
        rows = cursor.fetchall()
    ends = {agency: {"seq": seq, "sha256": sha256} for agency, seq, sha256, _count in rows}
    return chains.heads_line(rows[0][3] if rows else 0, ends, str(plain(at)))


def publish_heads(day: date, at: datetime) -> Path | None:
    """Write the day's line under `heads/` and say it in the log; None where the day has its line already."""
    file = Path(settings.VAR) / "heads" / f"receipts-{day}.jsonl"
    if file.exists():
        return None
    file.parent.mkdir(parents=True, exist_ok=True)
    line = heads(at)
    write_lines(file, [line])
    log.info("receipts end in %s", line)
    return file


def write_lines(file: Path, lines: Iterable[str]) -> None:
    """Write a file of lines; whoever reads it reads all of it. Raises OSError."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=file.parent, delete=False) as kept:
        kept.write("".join(line + "\n" for line in lines))
    os.replace(kept.name, file)
