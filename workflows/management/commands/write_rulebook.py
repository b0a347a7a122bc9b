"""Write the rulebook: pages for people under docs/rulebook, arrows for the database under workflows/sql."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from workflows.rulebook import AlreadyReleased, edges_differ, edges_file, write_edges
from workflows.rulebook_pages import pages


class Command(BaseCommand):
    help = "由代码生成规则手册（docs/rulebook）和箭头文件（workflows/sql/edges_*.sql）。--check 只比较，不一致时以退出码 1 结束。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="比较手册、箭头文件、数据库与代码，不写任何文件")
        parser.add_argument(
            "--docs", type=Path, default=settings.REPOSITORY / "docs" / "rulebook", help="手册所在的目录"
        )

    def handle(self, *args: Any, check: bool, docs: Path, **options: Any) -> None:
        if check:
            differing = pages_differ(docs) + edges_differ()
            for sentence in differing:
                self.stdout.write(sentence)
            if differing:
                behind = all(sentence.startswith("数据库") for sentence in differing)
                # before the first release the file of arrows is rewritten in place: only a new database has read it
                cure = "运行 manage.py migrate；发布前的数据库请重建" if behind else "运行 manage.py write_rulebook"
                self.stdout.write(f"规则手册与代码不一致：请{cure}")
                raise SystemExit(1)
            return
        docs.mkdir(parents=True, exist_ok=True)
        for name, text in pages().items():
            (docs / name).write_text(text, encoding="utf-8")
        try:
            write_edges()
        except AlreadyReleased as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"已写入 {docs.name}/：{'、'.join(sorted(pages()))}；{edges_file().name}")


def pages_differ(docs: Path) -> list[str]:
    """What differs between the pages as they stand and as the code makes them, one sentence a page."""
    made = pages()
    found = {file.name for file in docs.glob("*.md")}
    said = [f"{docs.name}/{name}：没有这一页" for name in sorted(set(made) - found)]
    said += [f"{docs.name}/{name}：代码不再生成这一页" for name in sorted(found - set(made))]
    for name in sorted(found & set(made)):
        stands, should = (docs / name).read_text(encoding="utf-8").split("\n"), made[name].split("\n")
        line = next((n for n, (a, b) in enumerate(zip(stands, should, strict=False), 1) if a != b), None)
        if line is None and len(stands) != len(should):
            line = min(len(stands), len(should)) + 1
        if line is not None:
            said.append(f"{docs.name}/{name} 第 {line} 行与代码不一致")
    return said
