"""A paper's frozen content as a document to lay out: one shape for PDF, DOCX and page.

Nothing is worded here but what a draft leaves open. Typst cannot set a character that the fonts lack; the shape for it
names such a character by its code point and says so at the end, so that a rare name is never a silent blank.
"""

from __future__ import annotations

import struct
from functools import cache
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn as fonts

from workflows.wording.blocks import day, named

Document = dict[str, Any]
#: the last paragraph goes with the signature up to this length (characters); a longer one may break over pages
KEPT = 400
#: marks that a text may hold and no font draws
_UNDRAWN = frozenset("\n\t ")


def document(content: dict[str, Any], *, draft: bool = False) -> Document:
    """The document of a paper's content. A draft has neither number nor day nor approval yet."""
    body = [_filled(block, content, draft) for block in content["body"]]
    main = [b for b in body if b["t"] not in ("annex", "slip")]
    keep = _kept(main, content["family"])
    return {
        "family": content["family"],
        "bureau": content["bureau"],
        "title": content["title"],
        "number": "编号签发时确定" if draft else content["number"],
        "addressee": content["addressee"],
        "body": main[: len(main) - keep],
        "last": main[len(main) - keep :],
        "annexes": [{"title": b["title"], "body": b["body"]} for b in body if b["t"] == "annex"],
        "slips": [b for b in body if b["t"] == "slip"],
        "contact": _contact(content),
        "date": "　　　　年　　月　　日" if draft else day(content["date"]),
        "draft": draft,
        "rare": [],
    }


def _filled(block: dict[str, Any], content: dict[str, Any], draft: bool) -> dict[str, Any]:
    """Opinions with who gave them and when; the approver's only once there is one."""
    on = "　　年　月　日" if draft else day(content["date"])
    if block["t"] == "opinion":
        return {"t": "decided", "label": block["label"], "text": block["text"], "who": block["who"], "date": on}
    if block["t"] == "approved":
        who = "" if draft else block["who"]
        return {"t": "decided", "label": block["label"], "text": block["text"], "who": who, "date": on}
    if block["t"] == "approval":
        yes = content["approval"] if not draft else {}
        acting = f"（主持工作依据：{yes['acting']}）" if yes.get("acting") else ""
        return {
            "t": "decided", "label": block["label"], "text": yes.get("opinion", ""),
            "who": f"审批人：{yes['by']}{acting}" if yes else "审批人：", "date": day(yes["on"]) if yes else on,
        }  # fmt: skip
    return block


def _kept(main: list[dict[str, Any]], family: str) -> int:
    """How many last blocks stay with the signature."""
    if family == "form" or not main:
        return 0
    if family == "record":
        return 2 if len(main) > 1 and main[-2]["t"] == "p" and len(main[-2]["text"]) <= KEPT else 1
    last = main[-1]
    return 1 if last["t"] == "sign" or (last["t"] == "p" and len(last["text"]) <= KEPT) else 0


def _contact(content: dict[str, Any]) -> list[str]:
    """Who handles it, with certificate numbers, and where to call."""
    people = content["inspectors"] or [{"name": content["handler"], "certificate": content["certificate"]}]
    lines = [f"承办人：{named(people)}"]
    if content.get("bureau_phone"):
        lines.append(f"联系电话：{content['bureau_phone']}")
    if content.get("bureau_address"):
        lines.append(f"地址：{content['bureau_address']}")
    return lines


# --- characters the fonts lack ---------------------------------------------------------------------------------------


def drawable(doc: Document) -> Document:
    """The document with each character that no font has written as its code point, and a note of them."""
    rare: dict[str, None] = {}

    def read(value: Any) -> Any:
        if isinstance(value, str):
            return "".join(c if _has(c) else _noted(c, rare) for c in value)
        if isinstance(value, list):
            return [read(v) for v in value]
        return {k: read(v) for k, v in value.items()} if isinstance(value, dict) else value

    made: Document = read(doc)
    made["rare"] = list(rare)
    return made


def _noted(character: str, rare: dict[str, None]) -> str:
    code = f"〔U+{ord(character):04X}〕"
    rare[code] = None
    return code


def _has(character: str) -> bool:
    return character in _UNDRAWN or any(
        first <= ord(character) <= last for first, last in _ranges(ord(character) >> 12)
    )


@cache
def _ranges(page: int) -> tuple[tuple[int, int], ...]:
    """What the serif font covers among the 4,096 characters of a page."""
    low, high = page << 12, (page << 12) + 0xFFF
    return tuple((max(a, low), min(b, high)) for a, b in _coverage() if a <= high and b >= low)


@cache
def _coverage() -> tuple[tuple[int, int], ...]:
    """Ranges of characters in the font's own table (OpenType `cmap`, format 12)."""
    data = Path(fonts.serif_path()).read_bytes()
    count = struct.unpack_from(">H", data, 4)[0]
    tables = {data[12 + 16 * n : 16 + 16 * n]: struct.unpack_from(">I", data, 20 + 16 * n)[0] for n in range(count)}
    cmap = tables[b"cmap"]
    for n in range(struct.unpack_from(">H", data, cmap + 2)[0]):
        at = cmap + struct.unpack_from(">I", data, cmap + 8 + 8 * n)[0]
        if struct.unpack_from(">H", data, at)[0] == 12:
            groups = struct.unpack_from(">I", data, at + 12)[0]
            return tuple(struct.unpack_from(">II", data, at + 16 + 12 * g) for g in range(groups))
    raise LookupError("the font has no table of characters beyond the first plane")
