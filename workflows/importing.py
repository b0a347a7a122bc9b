"""Import: messages out of another system, one JSON object a line, into drafts. Nothing is guessed and nothing is lost.

Owns the reading of a line and what becomes of it: imported, there already, the same line twice, or refused for a
reason that never quotes the message. Each line is one `perform` under a key of its own: a run that was killed is
simply run again.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, BinaryIO

from django.db import IntegrityError

from workflows import clock
from workflows.casefile.complaint import Complaint
from workflows.errors import InvalidInput, Refusal, Repeated
from workflows.inbound import Inbound, InboundMessage
from workflows.inputs import EARLIEST, LATEST
from workflows.perform import perform
from workflows.roles import SYSTEM, Actor

#: what a draft can hold, in characters (intake_forms.py), and what no line of messages is, in bytes
LONGEST_ID, LONGEST_TITLE, LONGEST_TEXT = 80, 200, 20_000
LONGEST_LINE = 16 * 1024 * 1024
TAKEN = ("id", "title", "body", "time")
_CHUNK = 200
#: characters that the case file refuses: control, format (zero width, direction), surrogate, private, unassigned
_MARKED = {"Cc", "Cf", "Cs", "Co", "Cn"}
_LINE_ENDS = re.compile("\r\n|[\r\x85\u2028\u2029]")


class NotMessages(ValueError):
    """The file as a whole is not one JSON object a line; nothing more of it is read."""


class Unusable(ValueError):
    """One line that cannot be taken; the text is the reason, in words for the person who runs the import."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it goes into a draft. `marked`: invisible characters were replaced by a visible mark."""

    source_id: str
    title: str
    text: str
    received_at: datetime
    marked: bool
    normalised: bool

    @property
    def content(self) -> dict[str, str]:
        """What makes two messages under one id the same."""
        return {"title": self.title, "text": self.text, "received_at": self.received_at.isoformat()}


@dataclass
class Result:
    """What became of the lines; every line of the file is in exactly one of the counts."""

    lines: int = 0
    imported: int = 0
    there: int = 0
    twice: int = 0
    blank: int = 0
    refused: int = 0
    marked: int = 0
    normalised: int = 0
    left_out: Counter[str] = field(default_factory=Counter)


#: told of each refused line: its number, its bytes as they came, the reason
Refused = Callable[[int, bytes, str], None]


def import_messages(
    source: BinaryIO,
    *,
    channel: str,
    reason: str,
    refused: Refused,
    progress: Callable[[int, Result], None] = lambda position, result: None,
    by: Actor = SYSTEM,
) -> Result:
    """Import what can be imported and tell `refused` of the rest; `progress` gets the bytes read so far.

    Idempotent by channel and id: what is there already is counted, not touched; the same id with other content is
    refused. Raises NotMessages for a file of another kind. May be stopped at any moment and run again.
    """
    result = Result()
    seen: dict[str, tuple[int, dict[str, str]]] = {}
    position = 0
    lines = _lines(source)
    while chunk := list(islice(lines, _CHUNK)):
        read = [(number, raw, _read(raw, result)) for number, raw in chunk]
        standing = _standing(channel, [m.source_id for _, _, m in read if isinstance(m, Message)])
        for number, raw, message in read:
            result.lines += 1
            position += len(raw)
            if isinstance(message, Message):
                message = _take(message, number, channel, reason, by, seen, standing, result)
            if message is not None:
                result.refused += 1
                refused(number, raw, message)
            progress(position, result)
    return result


def _take(
    message: Message,
    number: int,
    channel: str,
    reason: str,
    by: Actor,
    seen: dict[str, tuple[int, dict[str, str]]],
    standing: dict[str, str | dict[str, str]],
    result: Result,
) -> str | None:
    """Import one message unless it is there; the reason if it cannot be."""
    before = seen.setdefault(message.source_id, (number, message.content))
    if before[0] != number:
        if before[1] != message.content:
            return f"与第 {before[0]} 行编号相同、内容不同"
        result.twice += 1
        return None
    inbound = _inbound(channel, message)
    known = standing.get(message.source_id)
    if known is not None:
        if known not in (inbound.fingerprint, message.content):
            return "这个编号已有投诉，内容不同"
        result.there += 1
        return None
    inputs = {
        "channel": channel,
        "source_id": message.source_id,
        "received_at": message.received_at,
        "title": message.title,
        "violation_facts": message.text,
    }
    try:
        perform(None, "log", by=by, inputs=inputs, reason=reason, inbox=inbound)
    except Repeated:  # another run of the same file was faster
        result.there += 1
        return None
    except InvalidInput as wrong:
        if "Idempotency-Key" in wrong.errors:
            return "这个编号已有投诉，内容不同"
        return "；".join(text for texts in wrong.errors.values() for text in texts)
    except Refusal as refusal:
        return str(refusal)
    except IntegrityError:
        return "这个编号已被另一件投诉使用"
    result.imported += 1
    result.marked += message.marked
    result.normalised += message.normalised
    return None


def _standing(channel: str, ids: list[str]) -> dict[str, str | dict[str, str]]:
    """What stands under these ids: the fingerprint of what was imported, or the content of what came in otherwise."""
    rows = Complaint.objects.filter(channel=channel, source_id__in=ids)
    found: dict[str, str | dict[str, str]] = {
        source_id: {"title": title, "text": text, "received_at": received_at.astimezone(clock.SHANGHAI).isoformat()}
        for source_id, title, text, received_at in rows.values_list(
            "source_id", "title", "violation_facts", "received_at"
        )
    }
    keys = InboundMessage.objects.filter(sender=_sender(channel), key__in=ids)
    return found | dict(keys.values_list("key", "fingerprint"))


def _inbound(channel: str, message: Message) -> Inbound:
    def answer(done: Any) -> dict[str, str]:
        return {"complaint": str(done.subject.complaint.public_id)}

    return Inbound(_sender(channel), message.source_id, message.content, answer)


def _sender(channel: str) -> str:
    return f"import:{channel}"


# --- reading -----------------------------------------------------------------------------------------------


def _lines(source: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The lines as bytes with their numbers, the mark at the head of a UTF-8 file taken off."""
    number = 0
    while raw := source.readline(LONGEST_LINE + 1):
        number += 1
        if len(raw) > LONGEST_LINE:
            raise NotMessages(f"第 {number} 行超过 {LONGEST_LINE // 1024 // 1024} MB：这不是每行一条 JSON 的文件")
        if number == 1:
            if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise NotMessages("文件是 UTF-16 编码，请另存为 UTF-8 后再导入")
            if raw.startswith((b"\x1f\x8b", b"PK\x03\x04")):
                raise NotMessages("文件是压缩包，请解压后再导入")
            raw = raw.removeprefix(b"\xef\xbb\xbf")
        yield number, raw


def _read(raw: bytes, result: Result) -> Message | str | None:
    """The message of a line, the reason why it is none, or None for an empty line."""
    if not raw.strip():
        result.blank += 1
        return None
    try:
        entry = _object(raw)
        for name in entry.keys() - TAKEN:
            result.left_out[name if re.fullmatch(r"[a-z_]{1,30}", name) else "（其他名称）"] += 1
        return _message(entry)
    except Unusable as reason:
        return str(reason)


def _object(raw: bytes) -> dict[str, Any]:
    try:
        text = raw.decode()
    except UnicodeDecodeError as wrong:
        raise Unusable(f"不是 UTF-8 文字（第 {wrong.start + 1} 个字节）{_other_encoding(raw)}") from None
    try:
        # strict=False: a bare tab or line feed inside a string is sloppy, but it says what it says
        entry = json.loads(text, object_pairs_hook=_once, strict=False)
    except Unusable:
        raise
    except RecursionError:
        raise Unusable("JSON 嵌套过深") from None
    except json.JSONDecodeError as wrong:
        raise Unusable(f"不是完整的 JSON（第 {wrong.pos + 1} 个字符）") from None
    except ValueError:
        raise Unusable("JSON 中的数字过长") from None
    if not isinstance(entry, dict):
        raise Unusable("应为一个 JSON 对象")
    return entry


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names are all different: of two values under one name one would be lost."""
    entry = dict(pairs)
    if len(entry) < len(pairs):
        raise Unusable("JSON 对象中有重复的字段名")
    return entry


def _other_encoding(raw: bytes) -> str:
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError:
        return ""
    return "，像是 GBK 编码，请另存为 UTF-8 后再导入" if re.search("[一-鿿]", text) else ""


def _message(entry: dict[str, Any]) -> Message:
    source_id = _source_id(entry.get("id"))
    title, text = _text(entry, "title", "标题"), _text(entry, "body", "正文")
    if not _visible(text):
        raise Unusable("没有正文（body）")
    title = re.sub(r"[\n\t]+", " ", title)
    shown_title, shown_text = _marked(title), _marked(text, allowed="\n\t")
    if len(shown_title) > LONGEST_TITLE:
        raise Unusable(f"标题超过 {LONGEST_TITLE} 字")
    if len(shown_text) > LONGEST_TEXT:
        raise Unusable(f"正文超过 {LONGEST_TEXT} 字")
    normal = unicodedata.normalize("NFC", shown_title), unicodedata.normalize("NFC", shown_text)
    return Message(
        source_id=source_id,
        title=normal[0].strip(),
        text=normal[1].strip(),
        received_at=_moment(entry.get("time")),
        marked=(shown_title, shown_text) != (title, text),
        normalised=normal != (shown_title, shown_text),
    )


def _source_id(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        raise Unusable("没有编号（id）")
    value = unicodedata.normalize("NFC", value.strip())
    if any(unicodedata.category(c) in _MARKED for c in value):
        raise Unusable("编号（id）含有控制字符")
    if len(value) > LONGEST_ID:
        raise Unusable(f"编号（id）超过 {LONGEST_ID} 字")
    return value


def _text(entry: dict[str, Any], name: str, label: str) -> str:
    value = entry.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Unusable(f"{label}（{name}）应为文字")
    return _LINE_ENDS.sub("\n", value)


def _visible(text: str) -> bool:
    return any(not c.isspace() and unicodedata.category(c) not in _MARKED for c in text)


def _marked(text: str, allowed: str = "") -> str:
    """The text with each invisible or unreadable character shown as ⟦U+200B⟧: nothing disappears unseen."""
    if all(unicodedata.category(c) not in _MARKED or c in allowed for c in text):
        return text
    return "".join(c if unicodedata.category(c) not in _MARKED or c in allowed else f"⟦U+{ord(c):04X}⟧" for c in text)


def _moment(value: Any) -> datetime:
    """When it came in; without a zone it is Asia/Shanghai. Never in the future."""
    if value is None or value == "":
        raise Unusable("没有时间（time）")
    if not isinstance(value, str):
        raise Unusable("时间（time）应为文字，例如 2026-11-23T10:00:00")
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        raise Unusable("时间（time）应为 ISO 8601 格式，例如 2026-11-23T10:00:00") from None
    if not EARLIEST.year < moment.year < LATEST.year:
        raise Unusable(f"时间（time）须在 {EARLIEST.year} 至 {LATEST.year} 年之间")
    moment = moment.replace(tzinfo=clock.SHANGHAI) if moment.tzinfo is None else moment.astimezone(clock.SHANGHAI)
    if moment > clock.now():
        raise Unusable("时间（time）晚于现在")
    return moment
