"""The record as pages show it: entries of the timeline with their icons, under the filter of the address."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from workflows.reading.timeline import Entry

#: entries of a record, and lines of a ledger, that stand on a page at first (section 10: a page has 1,500 nodes)
FIRST = 30
#: characters of a saying that may share its line with others
SHORT = 28
ICONS = {
    "log": "phone-incoming",
    "register": "clipboard-check",
    "accept": "circle-check",
    "file_case": "folder-plus",
    "assign": "user-check",
    "reassign": "user-check",
    "assign_more": "user-plus",
    "establish_facts": "search-check",
    "order_payment": "file-pen-line",
    "replace_order": "file-pen-line",
    "record_service": "send",
    "expire": "alarm-clock-off",
    "record_payment": "banknote",
    "record_interview": "message-square-text",
    "record_site_check": "map-pin",
    "add_evidence": "paperclip",
    "ask_agency": "reply",
    "answer_agency": "reply",
    "assign_task": "reply",
    "answer_task": "reply",
    "schedule": "handshake",
    "convene": "handshake",
    "record_agreement": "handshake",
    "close": "archive",
    "conclude": "archive",
    "propose_transfer": "shield-alert",
    "report": "shield-alert",
    "approve": "pen-line",
    "refuse": "x",
    "send": "send",
    "receive": "inbox",
    "file": "shield-check",
    "decline": "x",
    "hand_over": "package-check",
    "amend": "pencil",
    "correct": "undo-2",
    "limit": "triangle-alert",
    "note": "message-square-text",
    "request": "pen-line",
    "reopen": "rotate-ccw",
    "flag_urgent": "siren",
    "chase": "bell-ring",
    "follow_up": "phone-outgoing",
    "withdraw": "undo-2",
}


def entries_shown(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """The timeline as parts/_timeline.html shows it."""
    return [
        {
            "icon": ICONS.get(entry.act, "circle-dot"),
            "title": entry.title,
            "who": entry.who,
            "text": told(entry.lines),
            "effects": "；".join(entry.effects),
            "when": entry.at,
            "quiet": entry.quiet,
            "over": entry.over,
            "correction": entry.correction,
            "internal": entry.internal,
        }
        for entry in entries
    ]


#: the filters of the timeline, by the word in the address
SHOWN = (
    ("", gettext_lazy("全部")),
    ("papers", gettext_lazy("文书")),
    ("states", gettext_lazy("状态变更")),
    ("outside", gettext_lazy("外部可见")),
)


def whole(request: HttpRequest) -> bool:
    """Whether the whole of a long record or ledger was asked for."""
    return request.GET.get("all") == "1"


def whole_url(request: HttpRequest) -> str:
    """This page with nothing left out; the rest of its address stays."""
    asked = request.GET.copy()
    asked["all"] = "1"
    return f"?{asked.urlencode()}"


def timeline_of(request: HttpRequest, entries: Sequence[Entry]) -> dict[str, Any]:
    """The timeline under the filter of the address, newest first, and the filters with their counts."""
    wanted = request.GET.get("show", "")
    chosen = wanted if wanted in dict(SHOWN) else ""
    counts = {name: sum(1 for e in entries if not name or name in e.kinds) for name, _label in SHOWN}
    found = [e for e in entries if not chosen or chosen in e.kinds]
    shown = found if whole(request) else found[:FIRST]
    return {
        "entries": entries_shown(shown),
        "entries_left": len(found) - len(shown),
        "whole_url": whole_url(request),
        "entry_filters": [
            {"label": label, "count": counts[name], "url": f"?show={name}" if name else "?", "current": name == chosen}
            for name, label in SHOWN
        ],
        "entries_count": len(entries),
    }


def told(lines: Sequence[str]) -> str:
    """Short sayings side by side, long ones each on a line of their own."""
    text, row = [], []
    for line in lines:
        if len(line) <= SHORT and "\n" not in line:
            row.append(line)
            continue
        text += [" · ".join(row)] if row else []
        text.append(line)
        row = []
    return "\n".join([*text, *([" · ".join(row)] if row else [])])
