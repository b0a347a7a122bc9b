"""The addresses of the board's lists: which cases a number is about, written into an address and read from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from casedesk.web.pages import asked_day, asked_number
from workflows.casefile.file import uuid_of
from workflows.reading.board import AGES, NONE, STAGES, Which

KINDS = ("open", "filed", "ended", "paid")


def list_url(which: Which) -> str:
    """The address of the list of these cases: what is not asked does not stand in it."""
    asked: dict[str, Any] = {}
    for one in fields(Which):
        value = getattr(which, one.name)
        if value != one.default:
            asked[one.name] = {True: "1"}.get(value, value) if isinstance(value, bool) else value
    return reverse("lead-list") + (f"?{urlencode(asked)}" if asked else "")


def which_of(asked: Mapping[str, str]) -> Which:
    """What an address asks for; nonsense counts as not asked."""
    read: dict[str, Callable[[str], Any]] = {
        "what": lambda text: text if text in KINDS else "open",
        "since": asked_day,
        "until": asked_day,
        "stage": lambda text: text if text in STAGES else "",
        "age": lambda text: int(text) if text in {str(n) for n in range(len(AGES) + 1)} else None,
        "late": lambda text: text == "1",
        "due": lambda text: text == "1",
        "breach": lambda text: text == "1",
        "town": lambda text: text if text == NONE or (text.isascii() and text.isdigit()) else "",
        "agency": lambda text: text[:40] if text.isprintable() else "",
        "employer": lambda text: str(uuid_of(text) or ""),
        "boss": lambda text: text[:60] if text.isprintable() else "",
        "crew": lambda text: text[:60] if text.isprintable() else "",
        "officer": lambda text: text if text == NONE else str(uuid_of(text) or ""),
        "heads": lambda text: asked_number(text, 5) or 0,
    }
    return Which(**{name: take(asked[name]) for name, take in read.items() if asked.get(name)})


def scope_of(asked: Mapping[str, str]) -> Which:
    """The county, one township or one agency."""
    found = which_of({name: asked[name] for name in ("town", "agency") if name in asked})
    return replace(found, agency="" if found.town else found.agency)
