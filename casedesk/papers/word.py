"""DOCX of a paper: the same document as the PDF, for an office that edits, stamps and prints in its own way.

The fonts are those of the office (仿宋, 黑体): Word has them, and every character people bear in their names.
"""

from __future__ import annotations

import io
from typing import Any

from docx import Document as new_document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from casedesk.papers.shape import document

SONG, FANG, HEI = "宋体", "仿宋", "黑体"


def paper_docx(content: dict[str, Any], *, draft: bool = False) -> bytes:
    """A paper as DOCX."""
    doc = document(content, draft=draft)
    made = new_document()
    _page(made, doc["family"])
    made.core_properties.title, made.core_properties.author = doc["title"], doc["bureau"]
    _footer(made)
    if draft:
        _line(made.sections[0].header.paragraphs[0], "草稿（未签发，不具有效力）", size=14, font=HEI, align="center")
    _line(made.add_paragraph(), doc["bureau"], size=17, font=SONG, align="center")
    _line(made.add_paragraph(), doc["title"], size=22, font=SONG, align="center", bold=True)
    _line(made.add_paragraph(), doc["number"], size=13, align="right")
    if doc["addressee"]:
        _line(made.add_paragraph(), f"{doc['addressee']}：")
    _blocks(made, doc["body"])
    _blocks(made, doc["last"], keep=True)
    if doc["family"] == "letter":
        for one in doc["contact"]:
            _line(made.add_paragraph(), one, size=13, indent=True, keep=True)
        for one in (doc["bureau"], doc["date"], "（印章）"):
            _line(made.add_paragraph(), one, align="right", keep=one != "（印章）")
    for n, annex in enumerate(doc["annexes"], start=1):
        made.add_page_break()
        _line(made.add_paragraph(), f"附件{n if len(doc['annexes']) > 1 else ''}", size=13, font=HEI)
        _line(made.add_paragraph(), annex["title"], size=17, font=SONG, align="center", bold=True)
        _line(made.add_paragraph(), doc["number"], size=11, align="right")
        _blocks(made, annex["body"])
    _blocks(made, doc["slips"])
    kept = io.BytesIO()
    made.save(kept)
    return kept.getvalue()


def _page(made: Any, family: str) -> None:
    section = made.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    wide = family == "letter"
    section.top_margin, section.bottom_margin = (Mm(37), Mm(35)) if wide else (Mm(28), Mm(25))
    section.left_margin, section.right_margin = Mm(28), Mm(26)


def _footer(made: Any) -> None:
    """第x页 共y页, counted by Word."""
    line = made.sections[0].footer.paragraphs[0]
    line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for text, field in (("第", "PAGE"), ("页　共", "NUMPAGES"), ("页", "")):
        _run(line, text, size=10.5)
        if field:
            counted = OxmlElement("w:fldSimple")
            counted.set(qn("w:instr"), field)
            line._p.append(counted)


def _blocks(made: Any, blocks: list[dict[str, Any]], *, keep: bool = False) -> None:
    for one in blocks:
        kind = one["t"]
        if kind == "p":
            _line(made.add_paragraph(), one["text"], indent=True, keep=keep)
        elif kind == "h":
            _line(made.add_paragraph(), one["text"], font=HEI, indent=True, keep=True)
        elif kind == "items":
            for n, item in enumerate(one["items"], start=1):
                _line(made.add_paragraph(), f"{n}. {item}", indent=True)
        elif kind == "form":
            _table(made, [], one["rows"], widths=(36, 120))
        elif kind == "table":
            _table(made, one["head"], [*one["rows"], *([one["foot"]] if one["foot"] else [])], right=one["right"])
        elif kind == "decided":
            _table(made, [], [[one["label"], f"{one['text']}\n\n{one['who']}　{one['date']}"]], widths=(36, 120))
        elif kind in ("sign", "slip"):
            if kind == "slip":
                _line(made.add_paragraph(), "- " * 40, size=10, align="center")
                _line(made.add_paragraph(), one["title"], font=HEI, align="center", keep=True)
                _line(made.add_paragraph(), one["text"], indent=True, keep=True)
            for label in one["labels"]:
                _line(made.add_paragraph(), f"{label}：＿＿＿＿＿＿＿＿　　　年　　月　　日", keep=keep)


def _table(made: Any, head: list[str], rows: list[list[str]], *, right: Any = (), widths: tuple[int, ...] = ()) -> None:
    """A ruled table; its head repeats on each page and no row is cut."""
    table = made.add_table(rows=0, cols=len(head or rows[0]))
    table.style = "Table Grid"
    size = 9.5 if len(head) > 6 else 11.5 if head else 12
    for n, row in enumerate([*([head] if head else []), *rows]):
        cells = table.add_row()
        marks = [OxmlElement("w:cantSplit")] if head else []
        if head and n == 0:
            marks.append(OxmlElement("w:tblHeader"))
        for mark in marks:
            cells._tr.get_or_add_trPr().append(mark)
        for r, (cell, value) in enumerate(zip(cells.cells, row, strict=True)):
            side = (
                "right" if r in right and not (head and n == 0) else "center" if r == 0 or (head and n == 0) else "left"
            )
            _line(cell.paragraphs[0], value, size=size, align=side, tight=True)
            if widths:
                cell.width = Mm(widths[r])
    made.add_paragraph().paragraph_format.space_after = Pt(0)


def _line(
    paragraph: Any, text: str, *, size: float = 15, font: str = FANG, align: str = "left", bold: bool = False,
    indent: bool = False, keep: bool = False, tight: bool = False,
) -> None:  # fmt: skip
    shape = paragraph.paragraph_format
    shape.space_before = shape.space_after = Pt(0)
    shape.line_spacing = 1.1 if tight else 1.5
    shape.keep_with_next = keep
    if indent:
        shape.first_line_indent = Pt(2 * size)
    paragraph.alignment = {
        "left": WD_ALIGN_PARAGRAPH.LEFT, "center": WD_ALIGN_PARAGRAPH.CENTER, "right": WD_ALIGN_PARAGRAPH.RIGHT,
    }[align]  # fmt: skip
    _run(paragraph, text, size=size, font=font, bold=bold)


def _run(paragraph: Any, text: str, *, size: float, font: str = FANG, bold: bool = False) -> None:
    run = paragraph.add_run(text)
    run.bold, run.font.size, run.font.name = bold, Pt(size), font
    run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
