"""verify_package FILE.zip: check a transfer or closing file offline.

Exit code 0: all holds; 1: something does not; 2: no package.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from casedesk.papers.verify import verify


class Command(BaseCommand):
    help = "检查移送包或者归档包：不用数据库，逐项给出结论；0 相符，1 不符，2 无法读取"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="ZIP")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        verdict = verify(file)
        for line in verdict.lines:
            self.stdout.write(line)
        if verdict.code:
            sys.exit(verdict.code)
