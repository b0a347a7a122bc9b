"""Evidence files (证据): kept under their SHA-256, so that what a court receives is what was handed in (AFT-09, CrPL
54)."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import models
from django.db.models import Q
from PIL import Image

from workflows.casefile.case import Case
from workflows.casefile.complaint import Complaint
from workflows.casefile.officers import Officer
from workflows.casefile.personal import Identified

#: bytes of one file; scans and phone photographs fit, recordings come with the desk's issue
LARGEST = 20 * 1024 * 1024
#: pixels of one picture; the largest phone cameras take fewer
MOST_PIXELS = 120_000_000
KINDS = {
    "application/pdf": (b"%PDF-", ".pdf"),
    "image/png": (b"\x89PNG\r\n\x1a\n", ".png"),
    "image/jpeg": (b"\xff\xd8\xff", ".jpg"),
}


class Evidence(Identified):
    """One item: what it is, where it came from, and the hash of the file if there is one."""

    complaint = models.ForeignKey(Complaint, models.PROTECT, null=True, blank=True, related_name="evidence")
    case = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, related_name="evidence")
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=40, blank=True)
    provided_by = models.CharField(max_length=60, blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    content_type = models.CharField(max_length=60, blank=True)
    size = models.PositiveIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()
    added_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(complaint__isnull=False) | Q(case__isnull=False), name="evidence_hangs_somewhere"
            )
        ]


class BadFile(ValueError):
    """A file that is not taken; the text says why, in words for the person who brought it."""


def keep_file(source: BinaryIO, chunk: int = 1 << 16) -> tuple[str, str, int]:
    """Store a file under its hash and return (sha256, content type, size in bytes).

    The kind is told by the first bytes, not by the name. Written to a temporary file, synced and renamed before any row
    points to it; the same content is stored once. Raises BadFile.
    """
    folder = Path(settings.VAR) / "evidence"
    folder.mkdir(parents=True, exist_ok=True)
    digest, size, head = hashlib.sha256(), 0, b""
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as kept:
        try:
            while piece := source.read(chunk):
                head = head or piece[:16]
                size += len(piece)
                if size > LARGEST:
                    raise BadFile(f"文件超过 {LARGEST // 1024 // 1024} MB")
                digest.update(piece)
                kept.write(piece)
            content_type = next((t for t, (magic, _) in KINDS.items() if head.startswith(magic)), None)
            if content_type is None:
                raise BadFile("只接收 PDF、PNG、JPEG 文件" if size else "文件是空的")
            kept.flush()
            if content_type.startswith("image/"):
                _look_at(kept.name)
            os.fsync(kept.fileno())
            os.replace(kept.name, _place(digest.hexdigest()))
        except BaseException:
            Path(kept.name).unlink(missing_ok=True)
            raise
    return digest.hexdigest(), content_type, size


def _look_at(path: str) -> None:
    """Refuse a picture that cannot be shown in court: cut off, or so many pixels that it would choke who opens it.

    The bytes stay as they were handed in, camera data included: what is hashed is evidence (CrPL 54). Raises BadFile.
    """
    try:
        with Image.open(path, formats=("PNG", "JPEG")) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise BadFile(f"图片超过 {MOST_PIXELS // 1_000_000} 百万像素")
            picture.load()
    except BadFile:
        raise
    except Image.DecompressionBombError as bomb:
        raise BadFile("图片的像素过多") from bomb
    except (OSError, ValueError, SyntaxError) as broken:
        raise BadFile("图片不完整或者已损坏，请重新拍摄或者扫描") from broken


def read_file(item: Evidence) -> Iterator[bytes]:
    """The stored bytes of an item, in pieces."""
    with _place(item.sha256).open("rb") as stored:
        while piece := stored.read(1 << 16):
            yield piece


def _place(sha256: str) -> Path:
    folder = Path(settings.VAR) / "evidence" / sha256[:2]
    folder.mkdir(parents=True, exist_ok=True)
    return folder / sha256
