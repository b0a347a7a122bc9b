"""`manage.py export_receipts FILE`: every receipt with its place in its chain, for whoever checks or keeps them."""

import os
import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from notifications.chains import lines
from notifications.notice import plain
from notifications.receipts import Receipt
from workflows import clock


class Command(BaseCommand):
    help = "Write all receipts as JSON lines; --heads writes the first line alone, to be published or given away daily."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--heads", action="store_true", help="only what the chains end in")

    def handle(self, *args: Any, file: Path, heads: bool, **options: Any) -> None:
        rows = [
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
        text = list(lines(rows, str(plain(clock.now()))))[: 1 if heads else None]
        try:
            with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=file.parent, delete=False) as kept:
                kept.write("".join(line + "\n" for line in text))
            os.replace(kept.name, file)  # whoever reads it reads all of it
        except OSError as trouble:
            raise CommandError(f"{file}: {trouble.strerror}") from trouble
        self.stdout.write(f"{file}: {len(rows)} receipts")
