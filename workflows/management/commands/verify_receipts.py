"""`manage.py verify_receipts FILE`: whether exported receipts hold. Asks no database; `chains.py` does the same."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from notifications import chains


class Command(BaseCommand):
    help = (
        "Check the chains of an exported file, against an earlier one if given. Exit 0: they hold, 1: not, 2: unread."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file")
        parser.add_argument("--earlier", help="a file exported before, or its first line: its heads must still stand")

    def handle(self, *args: Any, file: str, earlier: str | None, **options: Any) -> None:
        sys.exit(chains.main([file, *([earlier] if earlier else [])]))
