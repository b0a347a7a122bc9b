"""`manage.py check_invariants`: the invariants over everything stored, one line each; exit 1 when one is broken."""

import json
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from workflows.invariants import check, lines


class Command(BaseCommand):
    help = "检查全部数据的不变式（I2–I9、I12、I20、I21），每条一行；有不符的列出行的公开编号并以 1 退出。只读。"
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one object, nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        findings = check()
        seconds = time.monotonic() - began
        if options["json"]:
            rows = [
                {"id": f.id, "says": f.says, "checked": f.checked, "holds": f.holds, "breaches": f.breaches}
                for f in findings
            ]
            self.stdout.write(json.dumps({"seconds": round(seconds, 2), "invariants": rows}, ensure_ascii=False))
        else:
            for line in lines(findings):
                self.stdout.write(line)
            self.stdout.write(f"用时 {seconds:.1f} 秒")
        broken = [f for f in findings if not f.holds]
        if broken:
            raise CommandError(f"{len(broken)} 条不变式不符：{'、'.join(sorted({f.id for f in broken}))}")
