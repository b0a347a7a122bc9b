"""Storing what somebody uploads: the bytes go under their hash, the caller gets a token that an act can name.

The token is signed, so that only what was really stored can be claimed as evidence, and holds for a day.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from django.core import signing
from django.core.files.uploadedfile import UploadedFile

from workflows.casefile.evidence import BadFile, keep_file
from workflows.procedures.intake_rows import UPLOAD_SALT

__all__ = ["BadFile", "Stored", "store"]

#: characters of a file's name that are kept; with them the token stays within the field that takes it
LONGEST_NAME = 60


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
    told = {"name": name, "type": content_type, "size": size, "sha256": sha256}
    return Stored(signing.dumps(told, salt=UPLOAD_SALT, compress=True), sha256, content_type, size, name)


def plain_name(name: str) -> str:
    """The last part of a name without what could mislead a reader or a system; the ending survives a cut."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c)[0] != "C").strip(" .")
    stem, dot, ending = kept.rpartition(".")
    if len(kept) > LONGEST_NAME and dot and len(ending) <= 8:
        return f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}"
    return kept[:LONGEST_NAME]
