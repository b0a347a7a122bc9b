"""Reading tables that somebody else made (xlsx, csv): cells with their place, and a reason for every file or cell that
cannot be taken at its word.

Nothing is guessed: the encoding is declared, a formula is not computed, a number that lost digits is refused. What
the columns mean is the business of `rosters.py` and `pay_outs.py`. Raises Unreadable with sheet and place.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter, range_boundaries

#: rows of data in one file, columns that are looked at, characters of one cell
MOST_ROWS, MOST_COLUMNS, LONGEST_CELL = 20_000, 100, 4000
#: after so many empty rows nothing more is read, and a note says so
EMPTY_RUN = 1000
#: what an xlsx may become when it is unpacked
MOST_UNPACKED, MOST_RATIO, MOST_PARTS = 120 * 1024 * 1024, 200, 2000
#: cells that all merged ones of a sheet may cover
MOST_MERGED = 200_000
#: rows from the top among which the header is looked for
HEADER_WITHIN = 15


class Unreadable(ValueError):
    """The file as a whole cannot be used; the text says why and where."""


@dataclass(frozen=True, slots=True)
class Bad:
    """A cell that is not taken: a formula, an error, a merged or overlong cell."""

    says: str


#: what a cell holds: text, an exact number, a day or moment, nothing, or why it is not taken
Value = str | Decimal | date | datetime | Bad | None


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number in the file, its values by column, and whether the file hides it."""

    number: int
    values: list[Value]
    hidden: bool = False


@dataclass
class Table:
    """The header and the rows under it, with what there is to say about the file."""

    sheet: str
    header_row: int
    header: list[str]
    rows: Iterator[Row]
    rows_total: int
    notes: list[str] = field(default_factory=list)


#: how many columns of a row are known by their header
Recognise = Callable[[Sequence[str]], int]


def read_table(content: bytes, *, encoding: str, sheet: str, recognise: Recognise) -> Table:
    """The table of a file: an xlsx by its first bytes, else text in the declared encoding."""
    if content.startswith(b"PK\x03\x04"):
        return _workbook(content, sheet, recognise)
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise Unreadable("这是旧版 Excel（.xls）文件，或是加了密码的文件：请去掉密码，另存为 .xlsx 后再上传")
    if content.startswith(b"%PDF-"):
        raise Unreadable("这是 PDF 文件，不是表格")
    return _text(content, encoding, recognise)


def column(index: int) -> str:
    """The letter of a column as the spreadsheet shows it: 0 → A."""
    return str(get_column_letter(index + 1))


def header_words(value: Value) -> str:
    """A header as it is compared: full width read as half, without spaces, brackets' contents and marks."""
    if not isinstance(value, str):
        # attendance sheets head their columns with the days 1 … 31 as numbers
        return f"{value.normalize():f}" if isinstance(value, Decimal) else ""
    text = unicodedata.normalize("NFKC", value)
    text = re.sub(r"\([^)]*\)|\[[^\]]*\]", "", text)
    return "".join(c for c in text if c.isalnum() or "\u4e00" <= c <= "\u9fff").lower()


# --- text -----------------------------------------------------------------------------------------------------------


def _text(content: bytes, encoding: str, recognise: Recognise) -> Table:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable("文件是 UTF-16 编码，请另存为 UTF-8 或 GB18030 的 csv 再上传")
    if b"\x00" in content[:4096]:
        raise Unreadable("这不是文本表格（含有二进制内容）")
    content = content.removeprefix(b"\xef\xbb\xbf")
    text = _decoded(content, encoding)
    best = max((",", ";", "\t"), key=lambda d: max((recognise(r) for r in _first_rows(text, d)), default=0))
    found = list(_csv(text, best))
    return _table("", [(number, values, False) for number, values in found], len(found), recognise, [])


def _decoded(content: bytes, encoding: str) -> str:
    if encoding == "gb18030" and not content.isascii() and _decodes(content, "utf-8"):
        raise Unreadable("文件像是 UTF-8 编码，请改选编码后再上传")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as wrong:
        line = content[: wrong.start].count(b"\n") + 1
        other = "GB18030（GBK）" if encoding == "utf-8" and _decodes(content, "gb18030") else ""
        hint = f"，像是 {other} 编码，请改选编码后再上传" if other else ""
        raise Unreadable(f"第 {line} 行不是所选的 {encoding.upper()} 编码{hint}") from None


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _first_rows(text: str, delimiter: str) -> list[list[str]]:
    rows = []
    try:
        for number, values in _csv(text[:20_000], delimiter):
            rows.append([v if isinstance(v, str) else "" for v in values])
            if number >= HEADER_WITHIN:
                break
    except Unreadable:
        pass
    return rows


def _csv(text: str, delimiter: str) -> Iterator[tuple[int, list[Value]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for values in reader:
            if len(values) > MOST_COLUMNS:
                raise Unreadable(f"第 {line} 行有 {len(values)} 列，最多 {MOST_COLUMNS} 列")
            yield line, [_typed(value) for value in values]
            line = reader.line_num + 1
            if line > MOST_ROWS * 4:
                raise Unreadable(f"文件超过 {MOST_ROWS * 4} 行")
    except csv.Error as wrong:
        said = "有引号没有闭合，或引号后有多余的字" if "field larger" not in str(wrong) else "有过长的单元格"
        raise Unreadable(f"第 {line} 行起{said}") from None


def _typed(text: str) -> Value:
    if len(text) > LONGEST_CELL:
        return Bad(f"内容超过 {LONGEST_CELL} 字")
    bare = text.strip(" \u3000")
    if bare.startswith("="):
        return Bad("是公式，请改为数值")
    return bare or None


# --- xlsx -----------------------------------------------------------------------------------------------------------


def _workbook(content: bytes, wanted: str, recognise: Recognise) -> Table:
    parts = _unpacked_safely(content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
    except Exception as wrong:  # a library over a stranger's bytes: whatever it raises means the same
        raise Unreadable("不是完整的 Excel（.xlsx）文件") from wrong
    try:
        notes: list[str] = []
        sheets = [s for s in book.worksheets if s.sheet_state == "visible"]
        notes += [f"工作表“{s.title}”是隐藏的，没有读取" for s in book.worksheets if s.sheet_state != "visible"]
        if not sheets:
            raise Unreadable("文件中没有可见的工作表")
        chosen = next((s for s in sheets if s.title == wanted), None) if wanted else sheets[0]
        if chosen is None:
            raise Unreadable(f"没有名为“{wanted}”的工作表，可选：{'、'.join(s.title for s in sheets)}")
        notes += [f"还有工作表“{s.title}”没有读取" for s in sheets if s is not chosen]
        hidden, merged = _marks(content, parts, chosen)
        rows = list(_sheet_rows(chosen, hidden, merged, notes))
        return _table(chosen.title, rows, len(rows), recognise, notes)
    finally:
        book.close()


def _unpacked_safely(content: bytes) -> list[str]:
    """The names of the parts, after a look at what unpacking them would do."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS:  # before any of them is opened
                raise Unreadable(f"文件内部有 {len(parts)} 个部分，不是通常的 Excel（.xlsx）文件")
            heads = [archive.open(part).read(4096) for part in parts if _is_xml(part)]
    except Unreadable:
        raise
    except Exception as wrong:  # as above
        raise Unreadable("不是完整的 Excel（.xlsx）文件，或加了密码") from wrong
    # entities are declared before the root; a workbook never has any
    if any(b"<!DOCTYPE" in head or head.startswith((b"\xff\xfe", b"\xfe\xff")) for head in heads):
        raise Unreadable("文件内部含有不该有的声明，不能使用")
    names = [part.filename for part in parts]
    if any(part.flag_bits & 1 for part in parts):
        raise Unreadable("文件加了密码，请去掉密码后再上传")
    total = sum(part.file_size for part in parts)
    if total > MOST_UNPACKED or total > MOST_RATIO * max(len(content), 10_000):
        raise Unreadable("文件解压后过大（可能含有大量空行或格式），请只保留有内容的行另存后再上传")
    if len(set(names)) < len(names):
        raise Unreadable("文件内部有重名的部分，不能使用")
    if "xl/workbook.xml" not in names:
        raise Unreadable("这是压缩包，不是 Excel（.xlsx）文件")
    if any(name.lower().endswith("vbaproject.bin") or "/macrosheets/" in name.lower() for name in names):
        raise Unreadable("文件含有宏，请另存为不含宏的 .xlsx 后再上传")
    if any(name.startswith("xl/externalLinks/") for name in names):
        raise Unreadable("文件引用了其他工作簿（外部链接），请断开链接、粘贴为数值后再上传")
    return names


def _is_xml(part: zipfile.ZipInfo) -> bool:
    return part.filename.endswith((".xml", ".rels", ".vml")) and not part.flag_bits & 1


_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*ref="([A-Z]+\d+:[A-Z]+\d+)"')
_HIDDEN = re.compile(rb'<(?:\w+:)?row\s([^>]*hidden="(?:1|true)"[^>]*)>')
_NUMBER = re.compile(rb'\br="(\d+)"')


def _marks(content: bytes, parts: list[str], sheet: Any) -> tuple[set[int], dict[tuple[int, int], str]]:
    """Hidden rows and the cells that a merged one covers, which the streaming reader does not tell."""
    path = str(sheet._worksheet_path).lstrip("/")
    if path not in parts:
        return set(), {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            raw = archive.read(path)
    except Exception as wrong:  # as above
        raise Unreadable(f"工作表“{sheet.title}”的内容不完整或已损坏") from wrong
    hidden = {int(n[1]) for found in _HIDDEN.finditer(raw) if (n := _NUMBER.search(found[1]))}
    merged: dict[tuple[int, int], str] = {}
    covered = 0
    for found in _MERGED.finditer(raw):
        ref = found[1].decode()
        try:
            left, top, right, bottom = range_boundaries(ref)
        except ValueError as wrong:
            raise Unreadable(f"工作表“{sheet.title}”的合并单元格 {ref[:40]} 写错了") from wrong
        covered += (right - left + 1) * (bottom - top + 1)
        if covered > MOST_MERGED:
            raise Unreadable(f"工作表“{sheet.title}”的合并单元格 {ref} 过大")
        for row in range(top, bottom + 1):
            for col in range(left, right + 1):
                if (row, col) != (top, left):
                    merged[row, col] = ref
    return hidden, merged


def _sheet_rows(
    sheet: Any, hidden: set[int], merged: dict[tuple[int, int], str], notes: list[str]
) -> Iterator[tuple[int, list[Value], bool]]:
    sheet.reset_dimensions()  # what the file says of its size need not be so
    empty = last = 0
    for number, cells in _read_rows(sheet):
        values = [_cell(cell) for cell in cells[:MOST_COLUMNS]]
        if all(value is None for value in values):
            empty += 1
            if empty >= EMPTY_RUN:
                notes.append(f"工作表“{sheet.title}”第 {last} 行之后连续 {EMPTY_RUN} 行为空，以下没有再读")
                return
            continue
        if empty >= EMPTY_RUN // 10:
            notes.append(f"工作表“{sheet.title}”第 {last + 1} 至 {number - 1} 行为空")
        empty, last = 0, number
        if merged:
            for place in range(len(values)):
                ref = merged.get((number, place + 1))
                if ref is not None and values[place] is None:
                    values[place] = Bad(f"在合并单元格 {ref} 中，请取消合并并逐行填写")
        yield number, values, number in hidden


def _read_rows(sheet: Any) -> Iterator[tuple[int, Any]]:
    """The rows as the library reads them, numbered; where it cannot, the row is named."""
    rows, number = iter(sheet.iter_rows()), 1
    while True:
        try:
            cells = next(rows)
        except StopIteration:
            return
        except Exception as wrong:  # as above
            raise Unreadable(f"工作表“{sheet.title}”第 {number} 行起的内容不完整或已损坏") from wrong
        yield number, cells
        number += 1


def _cell(cell: Any) -> Value:
    value, kind = cell.value, getattr(cell, "data_type", "n")
    if value is None:
        return None
    if kind == "f" or not isinstance(value, str | int | float | date | time | bool):
        return Bad("是公式，请粘贴为数值")
    if kind == "e":
        return Bad(f"是错误值 {str(value)[:10]}")
    if isinstance(value, bool):
        return Bad("是“真/假”值")
    if isinstance(value, str):
        return _typed(value)
    if isinstance(value, datetime):
        return value.date() if value.time() == time() else value
    if isinstance(value, time):
        return Bad("是时间，不是日期")
    if isinstance(value, int | float):
        return Decimal(repr(value)) if value == value and abs(value) != float("inf") else Bad("不是数字")
    return value


# --- the table in it --------------------------------------------------------------------------------------------------


def _table(
    sheet: str, rows: list[tuple[int, list[Value], bool]], total: int, recognise: Recognise, notes: list[str]
) -> Table:
    """Find the header: of the first rows the one that names most columns we know."""
    place = f"工作表“{sheet}”" if sheet else "文件"
    if not rows:
        raise Unreadable(f"{place}是空的")
    heads = [
        (recognise([header_words(v) for v in values]), -at) for at, (_, values, _) in enumerate(rows[:HEADER_WITHIN])
    ]
    known, at = max(heads)
    if known < 2:
        raise Unreadable(f"{place}的前 {HEADER_WITHIN} 行中没有找到表头（至少要有“姓名”和一列金额）")
    number, values, _ = rows[-at]
    data = rows[-at + 1 :]
    if len(data) > MOST_ROWS:
        raise Unreadable(f"{place}有 {len(data)} 行，最多 {MOST_ROWS} 行，请分成几个文件")
    header = [v if isinstance(v, str) else f"{v.normalize():f}" if isinstance(v, Decimal) else "" for v in values]
    listed = (Row(n, v, h) for n, v, h in data if any(x is not None for x in v))
    return Table(sheet, number, header, listed, len(data), notes)
