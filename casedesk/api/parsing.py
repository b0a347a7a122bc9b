"""What a request is allowed to look like before anybody thinks about its meaning: JSON bodies, query strings, keys.

Everything here answers 4xx by itself and names the field where there is one; what a field means is said by the forms
of the acts (`workflows.inputs`).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_to_bytes
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, UnreadablePostError
from rest_framework import status
from rest_framework.exceptions import APIException, UnsupportedMediaType
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from casedesk.api.forms import check_types
from workflows.errors import InvalidInput
from workflows.inputs import CleanText, Count, Inputs, Tick

#: bytes of one JSON body, levels of nesting in it, parameters of one query string
LARGEST_BODY = 1024 * 1024
DEEPEST = 20
MOST_PARAMETERS = 30
#: more digits than Python turns into a number; such a number is no number of ours
_READABLE_DIGITS = 4000
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_KEY = re.compile(r"[\x21-\x7e]{1,120}")
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[{\]}]')

Errors = Mapping[str, list[str]]


class Malformed(APIException):
    """A request that cannot be read; `errors` names the field, header or parameter, "" none of them."""

    status_code: int = status.HTTP_400_BAD_REQUEST
    default_detail = "请求的格式有误"
    default_code = "malformed"

    def __init__(self, errors: Mapping[str, str | list[str]]) -> None:
        self.errors: Errors = {name: [said] if isinstance(said, str) else said for name, said in errors.items()}
        super().__init__("；".join(one for said in self.errors.values() for one in said))


class BodyTooLarge(Malformed):
    """More bytes than one request may bring."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"


# --- bodies -----------------------------------------------------------------------------------------------------------


class StrictJSONParser(BaseParser):
    """One JSON object in UTF-8, each name once, everything in it storable.

    Numbers are left to the fields, which know whether 1e3 or 25 digits make sense; what is no number is refused here.
    """

    media_type = "application/json"

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        utf8_only(media_type or "")
        request = (parser_context or {}).get("request")
        if request is not None:
            plain_and_small(request, LARGEST_BODY)
        try:
            raw = stream.read(LARGEST_BODY + 1)
        except UnreadablePostError:
            raise Malformed({"": "请求没有传完"}) from None
        if len(raw) > LARGEST_BODY:
            raise BodyTooLarge({"": "请求超过 1 MiB"})
        return read_object(raw)


def read_object(raw: bytes) -> dict[str, Any]:
    """The object that a JSON body holds. Raises Malformed."""
    if raw.startswith(b"\xef\xbb\xbf"):
        raise Malformed({"": "请求开头不能有 BOM"})
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed({"": "请求须以 UTF-8 编码（不是 GBK、GB18030 或 UTF-16）"}) from None
    if (
        _brackets(text) > 5 * DEEPEST
    ):  # far beyond what a walk through the values could name, and Python's stack could hold
        raise Malformed({"": f"嵌套超过 {DEEPEST} 层"})
    try:
        body = json.loads(text, object_pairs_hook=_each_once, parse_int=_whole)
    except ValueError as wrong:
        place = f"（第 {wrong.lineno} 行第 {wrong.colno} 列）" if isinstance(wrong, json.JSONDecodeError) else ""
        raise Malformed({"": f"不是有效的 JSON{place}"}) from None
    if not isinstance(body, dict):
        raise Malformed({"": "请求须为一个 JSON 对象"})
    for name, value in body.items():
        _storable(name, name)
        _storable(value, name)
    return body


def _brackets(text: str) -> int:
    """How deep the brackets of a text stand in each other, strings left out."""
    depth = deepest = 0
    if text.count("[") + text.count("{") <= DEEPEST:
        return 0
    for found in _BRACKETS.finditer(text):
        if found.group() in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif found.group() in "]}":
            depth -= 1
    return deepest


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise Malformed({shown(twice): "同一字段出现两次"})
    return found


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= _READABLE_DIGITS else math.inf


def _storable(value: Any, field: str) -> None:
    """Refuse what no table or no other system can hold, level by level; the body itself was the first."""
    level, depth = [value], 1
    while level:
        depth += 1
        below: list[Any] = []
        for one in level:
            if isinstance(one, str):
                if _UNSTORABLE.search(one):
                    raise Malformed({shown(field): "含有不能保存的字符（NUL 或半个代理对）"})
            elif isinstance(one, float):
                if not math.isfinite(one):
                    raise Malformed({shown(field): "不是可用的数字"})
            elif isinstance(one, dict | list):
                if depth > DEEPEST:
                    raise Malformed({shown(field): f"嵌套超过 {DEEPEST} 层"})
                below += [*one, *one.values()] if isinstance(one, dict) else one
        level = below


def shown(name: str) -> str:
    """A name out of a request, fit to be quoted in an answer."""
    return _UNSTORABLE.sub("\ufffd", name)[:60]


def plain_and_small(request: Any, most: int) -> None:
    """No compressed bodies (a small one may hide a large one), and none announced larger than `most` bytes."""
    encoding = request.META.get("HTTP_CONTENT_ENCODING", "").strip().lower()
    if encoding not in ("", "identity"):
        raise UnsupportedMediaType(encoding[:40], detail="不接受压缩的请求")
    if int(request.META.get("CONTENT_LENGTH") or 0) > most:
        raise BodyTooLarge({"": f"请求超过 {most // 1024 // 1024} MiB"})


def utf8_only(media_type: str) -> None:
    """Raises UnsupportedMediaType for a body that says it is in another encoding."""
    for part in media_type.split(";")[1:]:
        name, _, value = part.partition("=")
        charset = value.strip().strip("\"'").lower()
        if name.strip().lower() == "charset" and charset not in ("utf-8", "utf8"):
            raise UnsupportedMediaType(media_type[:60], detail="字符编码只接受 UTF-8")


# --- query strings ----------------------------------------------------------------------------------------------------


class Cursor(CleanText):
    """Where the last page ended: the public id of its last row."""

    def __init__(self) -> None:
        super().__init__(label="上一页最后一行（next 的值）", required=False, max_length=36)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        try:
            return UUID(text) if text else None
        except ValueError:
            raise ValidationError("不是有效的游标", code="invalid") from None

    def run_validators(self, value: Any) -> None:
        """Its length was checked by being read."""


class Among(CleanText):
    """Some words of a list, divided by commas."""

    def __init__(self, choices: Any, *, label: str) -> None:
        self.words = {str(value): str(said) for value, said in choices}
        super().__init__(label=label, required=False, max_length=400)

    def to_python(self, value: Any) -> Any:
        words = [word for word in super().to_python(value).split(",") if word]
        if any(word not in self.words for word in words):
            raise ValidationError("应为列出的选项之一", code="invalid")
        return words

    def run_validators(self, value: Any) -> None:
        """The words were checked one by one."""


class Flag(Tick):
    """Yes or no in an address; a page's box would take any word for a yes."""

    widget = forms.TextInput


class NoQuery(Inputs):
    """An address that takes no parameters."""


class PageQuery(Inputs):
    """A page by keyset: `after` is the `next` of the page before."""

    size = Count(label="每页行数", min_value=1, max_value=100, required=False)
    after = Cursor()


def read_query(request: HttpRequest, form: type[Inputs]) -> dict[str, Any]:
    """The parameters of an address, read as strictly as a body. Raises Malformed with the parameter's name."""
    found: dict[str, str] = {}
    # WSGI hands over the bytes of the address as latin-1; Django would replace what is no UTF-8 instead of refusing it
    pairs = [pair for pair in request.META.get("QUERY_STRING", "").encode("latin-1", "replace").split(b"&") if pair]
    if len(pairs) > MOST_PARAMETERS:
        raise Malformed({"": "查询参数过多"})
    for pair in pairs:
        name, _, value = (_decoded(part) for part in pair.partition(b"="))
        if name in found:
            raise Malformed({shown(name): "同一参数出现两次"})
        found[name] = value
    read = form.read(found)
    if not read.is_valid():
        raise Malformed({shown(name): [str(one) for one in said] for name, said in read.errors.items()})
    around = form.AROUND & found.keys()
    if around:
        raise Malformed(dict.fromkeys(sorted(around), "没有这个参数"))
    return read.cleaned_data


def _decoded(part: bytes) -> str:
    try:
        text = unquote_to_bytes(part.replace(b"+", b" ")).decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed({"": "查询参数须为 UTF-8"}) from None
    if _UNSTORABLE.search(text):
        raise Malformed({"": "查询参数含有不能使用的字符"})
    return text


# --- headers and bodies around an act ---------------------------------------------------------------------------------


def idempotency_key(request: HttpRequest, *, needed: bool) -> str:
    """The key under which a request may be repeated: 1 to 120 visible ASCII characters. Raises Malformed."""
    key = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if key is None:
        if needed:
            raise Malformed({"Idempotency-Key": "缺少 Idempotency-Key 请求头"})
        return ""
    if not _KEY.fullmatch(key):
        raise Malformed({"Idempotency-Key": "须为 1 至 120 个可见 ASCII 字符"})
    return str(key)


def body_of(request: Request) -> dict[str, Any]:
    """The body of a request: an object, empty where nothing was sent."""
    body = request.data
    if not isinstance(body, dict):
        raise Malformed({"": "请求须为一个 JSON 对象"})
    return body


def no_strangers(body: Mapping[str, Any]) -> None:
    """Refuse names that pages add around an act's inputs: in a body they would be dropped in silence."""
    strangers = Inputs.AROUND & body.keys()
    if strangers:
        raise InvalidInput(dict.fromkeys(sorted(strangers), "没有这个字段"))


def read_form(form: type[Inputs], body: Mapping[str, Any]) -> dict[str, Any]:
    """A body read by a form of our own. Raises InvalidInput."""
    no_strangers(body)
    check_types(form.base_fields, body)
    read = form.read(body)
    if not read.is_valid():
        raise InvalidInput({name: [str(one) for one in said] for name, said in read.errors.items()})
    return read.cleaned_data
