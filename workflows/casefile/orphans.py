"""Stored files that no row points to: uploads that became nothing, and what a killed process left half written.

An upload is a file before it is a row, and its token names it for a day. What is older than some days and still in no
row never will be. Ages are those of the files, by the machine's clock.
"""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from workflows.casefile.evidence import Evidence
from workflows.casefile.imports import Import

log = logging.getLogger(__name__)

_STORED = re.compile(r"[0-9a-f]{64}")
_GOING = ".going-"
_BATCH = 500
#: so many files without a row beside fewer with one: that is no rubbish but the wrong or an emptied database
_IMPLAUSIBLE = 100


def clear_orphans(days: int) -> int:
    """Remove files of evidence and tables that are older than so many days and in no row; how many.

    A file that a row names is never touched. Where the files without a row outnumber the others, none is removed and
    the log says so.
    """
    if days < 2:
        raise ValueError("the token of an upload holds for a day: what is younger than two may still become a row")
    return sum(_clear(Path(settings.VAR) / folder, rows, days) for folder, rows in _PLACES)


_PLACES = (("evidence", Evidence), ("imports", Import))


def _clear(folder: Path, rows: type[Evidence] | type[Import], days: int) -> int:
    before = time.time() - days * 86_400
    old = [path for path in _files(folder) if _changed(path) < before]
    stored = [path for path in old if _STORED.fullmatch(path.name)]
    named: set[str] = set()
    for at in range(0, len(stored), _BATCH):
        part = [path.name for path in stored[at : at + _BATCH]]
        named |= set(rows.objects.filter(sha256__in=part).values_list("sha256", flat=True))
    orphans = [path for path in stored if path.name not in named]
    if len(orphans) > max(_IMPLAUSIBLE, len(named)):
        log.error("%s: %s old files are in no row and %s are: none is removed", folder.name, len(orphans), len(named))
        return 0
    left = [path for path in old if not _STORED.fullmatch(path.name)]  # half written, or half removed
    removed = sum(_remove(path, before) for path in [*orphans, *left])
    if removed:
        log.info("%s: %s files in no row are removed", folder.name, removed)
    return removed


def _remove(path: Path, before: float) -> bool:
    """Take a file away, unless the same content was uploaded anew meanwhile: moved aside first, looked at, removed."""
    going = path.with_name(f"{_GOING}{path.name.removeprefix(_GOING)}")
    with suppress(FileNotFoundError):
        path.rename(going)
        fresh = _changed(going) >= before
        if fresh:
            with suppress(FileExistsError):  # a still newer one of the same content lies there
                os.link(going, path)
        going.unlink()
        return not fresh
    return False


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _changed(path: Path) -> float:
    """When the file was written; now, where somebody took it away."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return time.time()
