"""Storing what somebody uploads: the bytes go under their hash, the caller gets a token that an act can name.

The token is signed, so that only what was really stored can be claimed as evidence, and holds for a day.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from django.core import signing
from django.core.files.uploadedfile import UploadedFile

from workflows.casefile.evidence import KINDS, BadFile, keep_file
from workflows.procedures.intake_rows import UPLOAD_SALT

__all__ = ["BadFile", "Stored", "store"]

#: characters of a file's name that are kept; with them the token stays within the field that takes it
LONGEST_NAME = 60
#: what Windows takes for a device, and characters that no file name of it may hold
_DEVICES = frozenset({"CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(1, 10))})
_RESERVED = frozenset('<>:"|?*')


@dataclass(frozen=True)
class Stored:
    """A stored file: the token to name it by, its hash, kind and size in bytes."""

    token: str
    sha256: str
    content_type: str
    size: int
    name: str


def store(upload: UploadedFile) -> Stored:
    """Keep an uploaded file. Raises BadFile with words for the person who brought it."""
    sha256, content_type, size = keep_file(upload)  # type: ignore[arg-type]
    name = plain_name(upload.name or "")
    name = _with_ending(name, content_type)
    told = {"name": name, "type": content_type, "size": size, "sha256": sha256}
    return Stored(signing.dumps(told, salt=UPLOAD_SALT, compress=True), sha256, content_type, size, name)


def _with_ending(name: str, content_type: str) -> str:
    """The name with the ending its content has: what calls itself a.pdf.exe or photo.html is stored as what it is."""
    ending = KINDS[content_type][1]
    good = (ending, ".jpeg") if ending == ".jpg" else (ending,)
    stem = name or "未命名"
    if stem.split(".")[0].upper() in _DEVICES:
        stem = f"_{stem}"
    return stem if stem.lower().endswith(good) else f"{stem[: LONGEST_NAME - len(ending)]}{ending}"


def plain_name(name: str) -> str:
    """The last part of a name without what could mislead a reader or a system; the ending survives a cut."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c)[0] != "C")
    kept = "".join("_" if c in _RESERVED else c for c in kept).strip(" .")
    stem, dot, ending = kept.rpartition(".")
    if len(kept) > LONGEST_NAME and dot and len(ending) <= 8:
        return f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}"
    return kept[:LONGEST_NAME]
