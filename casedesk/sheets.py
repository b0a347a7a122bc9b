"""Tables as xlsx: what is text stays text, so that no name or remark that begins with "=" is ever calculated."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WIDEST = 40


def workbook(sheets: Iterable[tuple[str, Sequence[str], Iterable[Sequence[Any]]]]) -> bytes:
    """A workbook of (title, headings, rows); cells are str, int, Decimal, date or None."""
    book = Workbook(write_only=True)
    for title, headings, rows in sheets:
        sheet = book.create_sheet(title[:31])
        held = [list(row) for row in rows]
        for number, heading in enumerate(headings):
            longest = max([len(heading), *(len(str(row[number])) for row in held if row[number] is not None)])
            sheet.column_dimensions[get_column_letter(number + 1)].width = min(WIDEST, 2 * longest + 2)
        sheet.freeze_panes = "A2"
        sheet.append([_cell(sheet, heading, bold=True) for heading in headings])
        for row in held:
            sheet.append([_cell(sheet, value) for value in row])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _cell(sheet: Any, value: Any, *, bold: bool = False) -> Any:
    if isinstance(value, datetime):
        value = f"{value:%Y-%m-%d %H:%M}"
    cell = WriteOnlyCell(sheet)
    if isinstance(value, int | Decimal | date) or value is None:
        cell.value = value
        if isinstance(value, Decimal):
            cell.number_format = "#,##0.00"
        elif isinstance(value, date):
            cell.number_format = "yyyy-mm-dd"
    else:
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", str(value))
        cell.data_type = "s"  # openpyxl takes a leading "=" for a formula; here nothing is one
    if bold:
        cell.font = Font(bold=True)
    return cell


def download(content: bytes, name: str, kind: str = XLSX) -> HttpResponse:
    """The answer that hands a file over under a name."""
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response
