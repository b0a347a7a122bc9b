"""One style sheet and one script a page: the small named parts under `static/cd` joined where static files are found.

A finder, so that collectstatic (which then hashes and compresses), the development server and the tests all get the
same file in the same way, and nobody keeps a joined copy in the repository.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.finders import BaseFinder
from django.contrib.staticfiles.utils import matches_patterns
from django.core.files.storage import FileSystemStorage, Storage

#: what a page asks for, and the parts it is made of, in their order
JOINED: dict[str, tuple[str, ...]] = {
    "cd/desk.css": (
        "cd/tokens.css",
        "cd/layout.css",
        "cd/components.css",
        "cd/lists.css",
        "cd/case.css",
        "cd/forms.css",
        "cd/reception.css",
        "cd/board.css",
        "cd/print.css",
    ),
    "cd/front.css": ("cd/tokens.css", "cd/public.css"),
    "cd/call.css": ("cd/intake.css",),
    "cd/call.js": ("cd/wages.js", "cd/names.js", "cd/drafts.js"),
    "cd/desk.js": ("django_htmx/htmx-2.min.js", "cd/cd.js", "cd/typing.js", "cd/acts.js"),
}


class JoinedFinder(BaseFinder):
    """Finds the joined files: made anew under var/ whenever a part is younger."""

    def __init__(self, app_names: Any = None, *args: Any, **kwargs: Any) -> None:
        self.folder = Path(settings.VAR) / "joined"
        super().__init__(*args, **kwargs)

    def check(self, **kwargs: Any) -> list[Any]:
        """Nothing that settings could get wrong."""
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """The file's place, or nothing (an empty list where all are asked for)."""
        wanted = find_all or kwargs.get("all")
        if path not in JOINED:
            return [] if wanted else None
        made = str(self._made(path))
        return [made] if wanted else made

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, Storage]]:
        """All joined files, for collectstatic."""
        storage = FileSystemStorage(location=str(self.folder))
        for path in JOINED:
            if not matches_patterns(path, ignore_patterns):
                self._made(path)
                yield path, storage

    def _made(self, path: str) -> Path:
        parts = [Path(str(finders.find(part))) for part in JOINED[path]]
        target = self.folder / path
        young = max(part.stat().st_mtime for part in (*parts, Path(__file__)))
        if not target.exists() or target.stat().st_mtime < young:
            target.parent.mkdir(parents=True, exist_ok=True)
            fresh = target.with_name(f"{target.name}.{os.getpid()}")
            fresh.write_text("\n".join(_part(part) for part in parts), encoding="utf-8")
            fresh.replace(target)  # at once: another worker may be reading
        return target


def _part(path: Path) -> str:
    words = path.read_text(encoding="utf-8")
    return f"@media print {{\n{words}\n}}" if path.name == "print.css" else words
