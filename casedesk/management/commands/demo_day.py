"""`manage.py demo_day +3d`: let days pass in the demo, for all processes, and show what happened in them."""

import re
from argparse import ArgumentTypeError
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from casedesk.management.commands.demo_county import OUTSIDE
from notifications.outbox import deliver_due
from workflows import clock
from workflows.procedures.registry import PROCEDURES
from workflows.record import Event
from workflows.sweep import sweep, wiring

MOST_DAYS = 3660


class Command(BaseCommand):
    help = "让演示环境的业务时间前进（例如 +3d、+12h），所有进程同时生效，然后执行一次到期检查并列出发生了什么。"
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("by", type=_span, metavar="+3d", help="+N days (d) or hours (h)")

    def handle(self, *args: Any, by: timedelta, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(OUTSIDE, returncode=2)
        before = clock.now()
        ahead = clock.demo_offset_days() + by / timedelta(days=1)
        if ahead > MOST_DAYS:
            raise CommandError(f"业务时间最多前进 {MOST_DAYS} 天", returncode=2)
        clock.set_demo_offset(ahead)
        now = clock.now()
        self.stdout.write(f"业务时间 {before:%Y-%m-%d %H:%M} → {now:%Y-%m-%d %H:%M}")
        swept = sweep(now)
        deliver_due(seconds=10.0)
        happened = self._happened_since(before)
        for line in happened:
            self.stdout.write(f"  {line}")
        self.stdout.write(
            f"到期办理 {len(happened)} 件" + (f"，条件不具备 {len(swept.refused)} 件" if swept.refused else "")
        )

    def _happened_since(self, before: datetime) -> list[str]:
        """What the clockwork did since, be it by this sweep or by the worker's that was faster."""
        acts = set(wiring().values())
        events = Event.objects.filter(recorded_at__gte=before, officer=None, act__in=acts).order_by("id")
        lines = []
        for event in events.select_related("case", "complaint"):
            rule = PROCEDURES[event.procedure].rule_from(event.act, event.from_state)
            lines.append(f"{event.case or event.complaint}  {rule.label if rule else event.act}")
        return lines


def _span(text: str) -> timedelta:
    """A span forward: time of a record never runs back."""
    match = re.fullmatch(r"\+?(\d{1,5})([dh])", text)
    if not match or int(match[1]) == 0:
        raise ArgumentTypeError("写作 +3d 或 +12h，只能向前")
    return timedelta(days=int(match[1])) if match[2] == "d" else timedelta(hours=int(match[1]))
