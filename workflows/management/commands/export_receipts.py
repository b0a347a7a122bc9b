"""`manage.py export_receipts FILE`: every receipt with its place in its chain, for whoever checks or keeps them."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from workflows import clock
from workflows.published import every_receipt, heads, write_lines


class Command(BaseCommand):
    help = "Write all receipts as JSON lines; --heads writes the first line alone, to be published or given away daily."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--heads", action="store_true", help="only what the chains end in")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        now = clock.now()
        lines = [heads(now)] if options["heads"] else list(every_receipt(now))
        try:
            write_lines(file, lines)
        except OSError as trouble:
            raise CommandError(f"{file}: {trouble.strerror}") from trouble
        self.stdout.write(f"{file}: " + ("where the chains end" if options["heads"] else f"{len(lines) - 1} receipts"))
