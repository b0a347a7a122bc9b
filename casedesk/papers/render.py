"""PDF and PNG of a paper by typst, out of its frozen content; kept under the hash of content and layout.

The layouts stand in `layout/`, the fonts come with a wheel; nothing is read from the machine. The same content gives
the same bytes: no date of making, no chance.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn as fonts
import typst
from django.conf import settings

from casedesk.papers.shape import Document, document, drawable
from workflows.record import canonical

LAYOUT = Path(__file__).parent / "layout"
#: dots per inch of a page shown as a picture
SCREEN = 110.0


def paper_pdf(content: dict[str, Any], *, draft: bool = False) -> bytes:
    """A paper as PDF, kept for the next reader."""
    doc = document(content, draft=draft)
    return kept(f"{content['family']}.typ", doc)


def paper_png(content: dict[str, Any], *, draft: bool = False) -> list[bytes]:
    """The pages of a paper as pictures, for a screen."""
    doc = drawable(document(content, draft=draft))
    made = _compiler().compile(
        input=str(LAYOUT / f"{content['family']}.typ"), format="png", ppi=SCREEN, sys_inputs=inputs_of(doc)
    )
    return [page for page in (made if isinstance(made, list) else [made]) if page is not None]


def kept(layout: str, doc: Document) -> bytes:
    """The PDF of a document, from the cupboard or made and put there. Losing it costs time, nothing else."""
    return kept_under(f"{layout}\n".encode() + canonical(doc), lambda: pdf(layout, doc))


def kept_under(told: bytes, make: Callable[[], bytes]) -> bytes:
    """What the cupboard holds for what a file is made of, under the layouts of now; else made and put there."""
    name = hashlib.sha256(f"{_version()}\n".encode() + told).hexdigest()
    place = Path(settings.VAR) / "papers" / name[:2] / f"{name}.pdf"
    try:
        return place.read_bytes()
    except FileNotFoundError:
        made = make()
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=place.parent, delete=False) as half:
        half.write(made)
    os.replace(half.name, place)
    return made


def pdf(layout: str, doc: Document) -> bytes:
    """A document set by one of the layouts."""
    made = _compiler().compile(input=str(LAYOUT / layout), format="pdf", sys_inputs=inputs_of(drawable(doc)))
    assert isinstance(made, bytes)
    return made


def inputs_of(doc: Document) -> dict[str, str]:
    return {"doc": json.dumps(doc, ensure_ascii=False)}


@cache
def fonts_read() -> typst.Fonts:
    """Read once in a process: the two fonts are 20 MB."""
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(fonts.serif_path().parent)],
    )


def _compiler() -> typst.Compiler:
    return typst.Compiler(root=str(LAYOUT), font_paths=fonts_read())


@cache
def _version() -> str:
    """What all layouts are together: a changed layout makes new files."""
    told = hashlib.sha256(typst.__name__.encode())
    for one in sorted(LAYOUT.glob("*.typ")):
        told.update(one.read_bytes())
    return told.hexdigest()
