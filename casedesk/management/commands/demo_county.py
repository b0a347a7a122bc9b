"""`manage.py demo_county`: the made-up county of the demo, built once; prints the accounts."""

import logging
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from casedesk.demo.county import NotADemo, build
from casedesk.demo.people import ACCOUNTS, OFFICERS, PASSWORD

OUTSIDE = "只能在演示环境中使用（CASEDESK_DEMO=1）"


class Command(BaseCommand):
    help = "建立演示县：人员、账号、接待日、专项检查和约一百件处在各种状态的投诉。可以重复执行。只在演示环境中可用。"
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        for told in ("workflows.sweep", "workflows.reminders"):  # ninety nights of it tell nobody anything
            logging.getLogger(told).setLevel(logging.WARNING)
        try:
            built = build()
        except NotADemo as refused:
            raise CommandError(OUTSIDE, returncode=2) from refused
        if built.walked:
            self.stdout.write(f"建立 {built.walked} 件，{built.moments} 步办理，用时 {time.monotonic() - began:.1f} 秒")
        for story in built.cut:
            self.stdout.write(f"  没有走完：{story}")
        if built.standing:
            self.stdout.write(f"已有 {built.standing} 件，未改动")
        people = {row[0]: row for row in OFFICERS}
        self.stdout.write(f"账号（密码都是 {PASSWORD}）：")
        for role, username in ACCOUNTS.items():
            self.stdout.write(f"  {username:<16} {people[username][1]}  {role.label}")
        others = [username for username in people if username not in ACCOUNTS.values()]
        self.stdout.write(f"  另有 {' '.join(others)}")
