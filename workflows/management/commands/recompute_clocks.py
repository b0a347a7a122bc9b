"""`manage.py recompute_clocks`: every open limit counted again from its rows; a second run changes nothing."""

import sys
import time
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser

from workflows.recompute import recompute

#: changes that are listed one by one; the rest only as a number
SHOWN = 200


class Command(BaseCommand):
    help = "按规则、日历、延期和中止重新计算全部进行中的期限，列出改变。可以重复执行，第二次不改变任何内容。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--because", default="全部重新计算", help="记入每件改变的理由")

    def handle(self, *args: Any, because: str, **options: Any) -> None:
        began = time.monotonic()
        bar = Bar(sys.stderr)
        try:
            done = recompute(because, progress=bar.show)
        except KeyboardInterrupt:
            raise CommandError("已停止；再次运行会从头查，已改的不再改") from None
        finally:
            bar.close()
        for moved in done.moved[:SHOWN]:
            self.stdout.write(f"  {moved}")
        if len(done.moved) > SHOWN:
            self.stdout.write(f"  … 另有 {len(done.moved) - SHOWN} 个")
        for limit, why in done.refused[:SHOWN]:
            self.stdout.write(f"  不能计算 {limit}：{why}")
        self.stdout.write(f"{done}；用时 {time.monotonic() - began:.1f} 秒")
        if done.refused or done.left:
            raise CommandError("有期限没有重新计算，见上")


class Bar:
    """How far it is: one line that renews itself on a terminal, else a line every ten per cent."""

    STEP = 10

    def __init__(self, out: TextIO) -> None:
        self.out, self.live, self.said = out, out.isatty(), -1

    def show(self, seen: int, total: int) -> None:
        """Tell of so many out of so many."""
        percent = min(100, seen * 100 // total) if total else 100
        if percent == self.said or (not self.live and percent - max(self.said, 0) < self.STEP and percent < 100):
            return
        self.said = percent
        self.out.write(
            f"\r重新计算 {percent:3d}%  {seen}/{total}" if self.live else f"重新计算 {percent:3d}%  {seen}/{total}\n"
        )
        self.out.flush()

    def close(self) -> None:
        """End the line."""
        if self.live and self.said >= 0:
            self.out.write("\n")
            self.out.flush()
