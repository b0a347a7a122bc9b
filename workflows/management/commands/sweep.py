"""`manage.py sweep`: one run of the sweep by hand, with what came of it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from notifications.tasks import beat
from workflows import clock
from workflows.sweep import sweep
from workflows.tasks import SWEEP_HEARTBEAT


class Command(BaseCommand):
    help = "执行一次到期检查：责令期满未付、协议到期未履行。可以重复执行，也可以与定时任务同时执行。"
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        swept = sweep(clock.now())
        beat(SWEEP_HEARTBEAT)
        self.stdout.write(
            f"到期 {swept.looked_at}：已办理 {len(swept.done)}，条件不具备 {len(swept.refused)}，"
            f"他人已办 {swept.overtaken}，出错 {len(swept.failed)}"
        )
        for act, subject in swept.done:
            self.stdout.write(f"  {act} {subject}")
        if swept.failed:
            raise CommandError(f"{len(swept.failed)} 件出错，见日志")
