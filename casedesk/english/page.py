"""A finished page said in English: what the rulebook put into it in Chinese is read through the catalogue.

The templates say their own words by `{% translate %}`; labels, reasons and lines of the record come to them in
Chinese. This is the one place where those are read (reader.py). What stays Chinese is marked `lang="zh-CN"` (WCAG
3.1.2); what a template has marked so (papers, what somebody wrote) is left as it is, word for word.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape, unescape

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from casedesk.english.reader import CHINESE, MARKS, Said, one, pieces, plain, speaking

TAG = re.compile(r"""<!--.*?-->|<!doctype[^>]*>|</?[a-z][a-z0-9]*(?:[^>"']|"[^"]*"|'[^']*')*>""", re.S | re.I)
NAME = re.compile(r"</?([a-z][a-z0-9]*)", re.I)
SPOKEN = re.compile(r'\b(aria-label|title|placeholder|alt|label)="([^"]*)"')
MARKED = re.compile(r'\blang="zh')
TYPED = re.compile(r'\bvalue="[^"]*[\u3400-\u9fff]')
UNTYPED = re.compile(r'\btype="(hidden|checkbox|radio)"')
OF_CHINA = ' lang="zh-CN"'
#: what holds no words, and what holds words as somebody typed them
KEPT = ("script", "style", "textarea")
#: what can hold no marked part: it is marked as a whole
WHOLE = ("option", "title")
FULL_WIDTH = re.compile(f"[{''.join(chr(c) for c in MARKS)}]")


class InEnglish:
    """Middleware: HTML that leaves for somebody who asked for English."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        html = response.headers.get("Content-Type", "").startswith("text/html")
        if html and isinstance(response, HttpResponse) and speaking():
            response.content = in_english(response.content.decode()).encode()
        return response


def in_english(html: str) -> str:
    """The page, its Chinese said in English or marked."""
    parts: list[str] = []
    kept, depth, end = "", 0, 0
    for match in TAG.finditer(html):
        tag, words = match.group(), html[end : match.start()]
        name = found[1].lower() if (found := NAME.match(tag)) else ""
        if words:
            if kept or not (CHINESE.search(words) or FULL_WIDTH.search(words)):
                parts.append(words if kept else one(words))
            else:
                _say(parts, unescape(words), tag)
        end = match.end()
        if kept:
            depth += (name == kept) * (-1 if tag[1] == "/" else 1)
            kept = kept if depth else ""
        elif tag[1] != "/" and (name in KEPT or MARKED.search(tag)) and name != "html":
            kept, depth = (name, 1) if not _void(name) else ("", 0)
        parts.append(tag if kept and tag[1] == "/" else _tag(tag, name))
    return "".join(parts) + html[end:]


def _void(name: str) -> bool:
    return name in ("input", "img", "br", "hr", "meta", "link")


def _say(parts: list[str], words: str, following: str) -> None:
    """Append the words in English; where all of them stay Chinese, mark the element that holds nothing else."""
    said = [piece for piece in pieces(words) if piece.text]
    before = parts[-1] if parts else ""
    name = found[1].lower() if (found := NAME.match(before)) and before[1] != "/" else ""
    alone = bool(name) and following.lower() == f"</{name}>" and not MARKED.search(before)
    chinese = [piece for piece in said if piece.chinese]
    whole = chinese and (name == "option" or all(piece.chinese or not piece.text.strip() for piece in said))
    if name in WHOLE or (alone and whole):
        if whole and name != "title":
            parts[-1] = f"{before[: 1 + len(name)]}{OF_CHINA}{before[1 + len(name) :]}"
        parts.append(escape(one("".join(piece.text for piece in said)), quote=False))
    else:
        parts.append(one("".join(_marked(piece) for piece in said)))


def _marked(piece: Said) -> str:
    words = escape(piece.text, quote=False)
    return f"<span{OF_CHINA}>{words}</span>" if piece.chinese else words


def _tag(tag: str, name: str) -> str:
    """A tag with its spoken attributes in English; a field is marked where Chinese was typed into it."""
    if not CHINESE.search(tag):
        return SPOKEN.sub(_spoken, tag) if "1 " in tag else tag
    tag = SPOKEN.sub(_spoken, tag)
    if name == "input" and TYPED.search(tag) and not MARKED.search(tag) and not UNTYPED.search(tag):
        tag = f"<input{OF_CHINA}{tag[6:]}"
    return tag


def _spoken(found: re.Match[str]) -> str:
    words = found[2]
    return f'{found[1]}="{escape(one(plain(unescape(words)))) if CHINESE.search(words) else one(words)}"'
