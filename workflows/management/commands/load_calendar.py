"""`manage.py load_calendar FILE`: a year's holiday notice into the calendar, and everything open counted again."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from workflows.calendar_editing import NotANotice, load_notice, read_file
from workflows.management.commands.recompute_clocks import SHOWN, Bar

REFUSED = 2


class Command(BaseCommand):
    help = (
        "导入国务院办公厅的年度放假安排（JSON：year、papers、days[{name, date, isOffDay}]），可含上年十二月的日期。"
        "没有文件或没有日期的年份不导入。更正后的通知是新版本；随后重新计算涉及的期限。重复导入不改变任何内容。"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--number", default="", help="文号，例如 国办发明电〔2025〕7号；默认用文件中的 papers")

    def handle(self, *args: Any, file: Path, number: str, **options: Any) -> None:
        bar = Bar(sys.stderr)
        try:
            loaded = load_notice(read_file(file, number), by="load_calendar", progress=bar.show)
        except NotANotice as refused:
            raise CommandError(str(refused), returncode=REFUSED) from refused
        except OSError as failure:
            raise CommandError(f"不能打开 {file.name}：{failure.strerror}", returncode=REFUSED) from failure
        finally:
            bar.close()
        if loaded.notice is None:
            self.stdout.write(f"{file.name}：{loaded.days} 天，与已导入的相同，没有改变")
            return
        self.stdout.write(f"{loaded.notice}：{loaded.days} 天，日历第 {loaded.notice.version} 版")
        for moved in loaded.recomputed.moved[:SHOWN]:
            self.stdout.write(f"  {moved}")
        self.stdout.write(str(loaded.recomputed))
        if loaded.recomputed.left:
            self.stdout.write("其余由定时任务继续")
