"""Tables somebody hands in (花名册、考勤、银行发放明细): the file by its hash, its rows, and a verdict on each.

An import is read once and shown; nothing of it is in the ledger until an act takes its rows. The same bytes on the
same file of a case are one import, so that a second upload, or a second officer, finds the first.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.db import models
from django.db.models import Q

from workflows.casefile.case import Case
from workflows.casefile.evidence import BadFile
from workflows.casefile.officers import Officer
from workflows.casefile.personal import Identified, PersonalText

#: bytes of one table as it is handed in
LARGEST = 20 * 1024 * 1024


class ImportKind(models.TextChoices):
    ROSTER = "roster", "花名册、考勤表"
    PAY_OUT = "pay_out", "银行发放明细"


class Encoding(models.TextChoices):
    """Of a text table, by declared choice: nothing is guessed."""

    UTF_8 = "utf-8", "UTF-8"
    GB18030 = "gb18030", "GB18030（GBK）"


class Import(Identified):
    """One file: waiting to be read, read with a verdict on each row, refused as a whole, or taken into the ledger."""

    class State(models.TextChoices):
        WAITING = "waiting", "正在读取"
        READ = "read", "已读取，待确认"
        REFUSED = "refused", "不能使用"
        TAKEN = "taken", "已导入"

    kind = models.CharField(max_length=10, choices=ImportKind.choices)
    case = models.ForeignKey(Case, models.PROTECT, related_name="imports")
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    encoding = models.CharField(max_length=10, choices=Encoding.choices, default=Encoding.UTF_8)
    sheet = models.CharField(max_length=40, blank=True)
    rate = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    problem = models.TextField(blank=True)
    notes = models.JSONField(default=list)
    columns = models.JSONField(default=list)
    rows_seen = models.PositiveIntegerField(default=0)
    rows_total = models.PositiveIntegerField(default=0)
    #: on the database's clock: until when one reader has it
    leased_until = models.DateTimeField(null=True, blank=True)
    taken_at = models.DateTimeField(null=True, blank=True)
    taken_by_name = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["case", "kind", "sha256"], name="import_once_a_case"),
            models.CheckConstraint(
                condition=~Q(state="taken") | Q(taken_at__isnull=False), name="import_taken_has_moment"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.file_name}"


class ImportRow(models.Model):
    """One row of the file: its number there, what was read (personal), the verdict, and every problem by column."""

    class Verdict(models.TextChoices):
        GOOD = "good", "可以导入"
        WARNED = "warned", "请核对"
        BAD = "bad", "不能导入"
        LEFT_OUT = "left_out", "不导入"

    of = models.ForeignKey(Import, models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    said = PersonalText(blank=True)
    problems = models.JSONField(default=list)

    class Meta:
        ordering = ["of", "number"]
        constraints = [models.UniqueConstraint(fields=["of", "number"], name="import_row_once")]

    @property
    def values(self) -> dict[str, Any]:
        """What was read of the row, by field, as text."""
        return dict(json.loads(self.said or "{}"))

    @property
    def usable(self) -> bool:
        return self.verdict in (self.Verdict.GOOD, self.Verdict.WARNED)


def keep_table(source: BinaryIO, chunk: int = 1 << 16) -> tuple[str, int]:
    """Store a file under its hash; (sha256, size in bytes). Raises BadFile."""
    digest, size = hashlib.sha256(), 0
    folder = _folder()
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as kept:
        try:
            while piece := source.read(chunk):
                size += len(piece)
                if size > LARGEST:
                    raise BadFile(f"文件超过 {LARGEST // 1024 // 1024} MB")
                digest.update(piece)
                kept.write(piece)
            if not size:
                raise BadFile("文件是空的")
            kept.flush()
            os.fsync(kept.fileno())
            os.replace(kept.name, folder / digest.hexdigest())
        except BaseException:
            Path(kept.name).unlink(missing_ok=True)
            raise
    return digest.hexdigest(), size


def table_bytes(one: Import) -> bytes:
    """The file as it was handed in. Raises BadFile when the store has lost it or holds something else."""
    place = _folder() / one.sha256
    if not place.is_file():
        raise BadFile("文件已不在服务器上，请重新上传")
    content = place.read_bytes()
    if hashlib.sha256(content).hexdigest() != one.sha256:
        raise BadFile("服务器上的文件已损坏，请重新上传")
    return content


def _folder() -> Path:
    folder = Path(settings.VAR) / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
