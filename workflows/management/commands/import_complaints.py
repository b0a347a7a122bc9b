"""`manage.py import_complaints FILE.jsonl`: messages of another system into drafts."""

import os
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser

from workflows.casefile.complaint import Channel
from workflows.importing import TAKEN, NotMessages, Result, import_messages


class Command(BaseCommand):
    help = (
        "把每行一条的 JSON 消息（id、title、body、time）导入为未登记的投诉。时间不带时区的按北京时间；受理期限从该时间起算。"
        "按来源和编号去重，可以中断后重新运行。控制字符和不可见字符以 ⟦U+200B⟧ 形式标出，其余文字原样保留（换行统一，首尾空白去掉）。"
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.jsonl")
        parser.add_argument("--channel", choices=Channel.values, default=Channel.WEB.value, help="default: web")
        parser.add_argument("--rejected", type=Path, metavar="FILE", help="write the lines that were not taken there")

    def handle(self, *args: Any, file: Path, channel: str, rejected: Path | None, **options: Any) -> None:
        began = time.monotonic()
        with ExitStack() as open_files:
            try:
                source = open_files.enter_context(file.open("rb"))
                if rejected is not None and rejected.exists() and rejected.samefile(file):
                    raise CommandError("--rejected 不能是要导入的文件本身", returncode=2)
                keep = open_files.enter_context(_private(rejected)) if rejected is not None else None
            except OSError as failure:
                raise CommandError(f"不能打开 {failure.filename}：{failure.strerror}", returncode=2) from failure
            bar = Bar(sys.stderr, file.stat().st_size)

            def refused(number: int, raw: bytes, reason: str) -> None:
                bar.clear()
                self.stdout.write(f"第 {number} 行：{reason}")
                if keep is not None:
                    keep.write(raw.rstrip(b"\r\n") + b"\n")

            try:
                result = import_messages(
                    source, channel=channel, reason=f"导入 {_printable(file.name)}", refused=refused, progress=bar.show
                )
            except NotMessages as failure:
                raise CommandError(str(failure), returncode=2) from failure
            except KeyboardInterrupt:
                raise CommandError("已停止；再次运行同一命令会从这里继续") from None
            finally:
                bar.close()
        self._report(result, time.monotonic() - began)
        if result.refused:
            raise CommandError(f"{result.refused} 行没有导入")

    def _report(self, result: Result, seconds: float) -> None:
        self.stdout.write(
            f"共 {result.lines} 行：导入 {result.imported}，已有 {result.there}，文件内重复 {result.twice}，"
            f"空行 {result.blank}，没有导入 {result.refused}；用时 {seconds:.1f} 秒"
        )
        if result.marked:
            self.stdout.write(f"{result.marked} 行含有控制字符或不可见字符，已以 ⟦U+…⟧ 标出")
        if result.normalised:
            self.stdout.write(f"{result.normalised} 行含有异体编码的字符，已按 NFC 统一")
        if result.left_out:
            names = "、".join(f"{name} {count}" for name, count in sorted(result.left_out.items()))
            self.stdout.write(f"只取用 {'、'.join(TAKEN)}；未取用的字段：{names}")


class Bar:
    """How far the import is: a bar on a terminal, else a line every five per cent."""

    WIDTH, STEP = 30, 5

    def __init__(self, out: TextIO, size: int) -> None:
        self.out, self.size, self.live = out, size, out.isatty()
        self.said = -1

    def show(self, position: int, result: Result) -> None:
        """Tell of this position in the file, if there is something new to tell."""
        percent = min(100, position * 100 // self.size) if self.size else 100
        if percent == self.said or (not self.live and percent - max(self.said, 0) < self.STEP and percent < 100):
            return
        self.said = percent
        if self.live:
            full = percent * self.WIDTH // 100
            self.out.write(f"\r[{'#' * full}{'.' * (self.WIDTH - full)}] {percent:3d}%  {result.lines} 行")
        else:
            self.out.write(f"导入 {percent:3d}%  {result.lines} 行\n")
        self.out.flush()

    def clear(self) -> None:
        """Make room for a line of text."""
        if self.live and self.said >= 0:
            self.out.write("\r\x1b[K")
            self.out.flush()
            self.said = -1

    def close(self) -> None:
        """End the bar's line."""
        if self.live and self.said >= 0:
            self.out.write("\n")


def _private(path: Path) -> Any:
    """A file that only its owner reads: these are people's messages."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def _printable(name: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in name)[:120]
