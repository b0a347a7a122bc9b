"""catalogue: write locale/en anew from the sources and what is translated already, and compile it.

`--check` writes nothing and fails where the files are not of today or a sentence has no English; `--add FILE.json`
takes {"中文": "English"} into it first. Needs no gettext programs.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from casedesk.english.catalogue import CATALOGUE, merged, sought
from casedesk.english.po import Entry, read_po, write_mo, write_po


class Command(BaseCommand):
    help = "按源码重建英文词条 locale/en 并编译；--check 只核对，缺译或不一致时返回 1"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="只核对，不写文件")
        parser.add_argument("--add", type=Path, action="append", default=[], help='JSON：{"中文": "English"}')

    def handle(self, *args: Any, check: bool, add: list[Path], **options: Any) -> None:
        known, sentences = read_po(CATALOGUE), sought()
        for path in add:
            for chinese, english in json.loads(path.read_text()).items():
                known[chinese] = Entry((english, english) if sentences.get(chinese) else (english,))
        entries = merged(sentences, known)
        missing = [chinese for chinese, entry in entries.items() if not all(entry.english)]
        for chinese in missing:
            self.stdout.write(f"缺英文：{chinese}")
        if not check:
            write_po(CATALOGUE, entries)
            write_mo(CATALOGUE.with_suffix(".mo"), entries)
        stale = check and list(entries) != list(known)
        self.stdout.write(
            f"{len(entries)} 条，缺 {len(missing)} 条" + ("；请运行 manage.py catalogue" if stale else "")
        )
        if check and (missing or stale):
            sys.exit(1)
