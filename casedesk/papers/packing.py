"""An archive written member by member into a temporary file, each member and the whole hashed as they are written.

What is in memory is one member's piece at a time: forty photographs of 20 MB cost no more than one.
"""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from django.conf import settings

#: the day every member of the archive carries: the time of making is in the manifest, where it is a fact of the case
NO_TIME = (1980, 1, 1, 0, 0, 0)
#: bytes of these are packed already
_PACKED = (".jpg", ".png", ".pdf", ".xlsx")


@dataclass(frozen=True)
class Made:
    """A finished archive: an open file at its beginning that nobody else can reach, its hash and its size in bytes."""

    file: IO[bytes]
    sha256: str
    size: int


class _Hashed:
    """A file that can only be written on and on, so that its hash is that of what was written."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.digest, self.size = file, hashlib.sha256(), 0

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        self.size += len(data)
        return self.file.write(data)

    def flush(self) -> None:
        self.file.flush()


class Packing:
    """An archive in the making. Left with an exception, or not asked for with `made`, it leaves nothing behind."""

    def __enter__(self) -> Packing:
        folder = Path(settings.VAR) / "packing"
        folder.mkdir(parents=True, exist_ok=True)
        self._kept = tempfile.TemporaryFile(dir=folder)
        self._through = _Hashed(self._kept)
        self._archive = zipfile.ZipFile(self._through, "w", zipfile.ZIP_DEFLATED)  # type: ignore[call-overload]
        #: path, sha256 and size of each member
        self.files: list[dict[str, Any]] = []
        self._handed_over = False
        return self

    def add(self, path: str, data: bytes | Iterable[bytes], *, size: int = 0) -> str:
        """Write a member and return its SHA-256; `size` in bytes, where it is known and large."""
        entry = zipfile.ZipInfo(path, NO_TIME)
        entry.compress_type = zipfile.ZIP_STORED if path.endswith(_PACKED) else zipfile.ZIP_DEFLATED
        entry.external_attr, entry.create_system = 0o644 << 16, 3
        entry.file_size = len(data) if isinstance(data, bytes) else size
        digest, written = hashlib.sha256(), 0
        with self._archive.open(entry, "w") as member:
            for piece in (data,) if isinstance(data, bytes) else data:
                digest.update(piece)
                written += member.write(piece)
        self.files.append({"path": path, "sha256": digest.hexdigest(), "size": written})
        return digest.hexdigest()

    def made(self) -> Made:
        """The finished archive; nothing can be added any more."""
        self._archive.close()
        self._kept.seek(0)
        self._handed_over = True
        return Made(self._kept, self._through.digest.hexdigest(), self._through.size)

    def __exit__(
        self, kind: type[BaseException] | None, trouble: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._handed_over:
            self._archive.close()
            self._kept.close()
