"""A case bound as one paged PDF: cover, index with page numbers, papers, ledger, evidence.

Pieces are PDFs of ours, photographs and PDFs of the evidence. What cannot be shown (a broken picture, a locked PDF)
gets a page that says so and names its hash; nothing is left out in silence.
"""

from __future__ import annotations

import io
import shutil
import struct
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import typst
from PIL import Image, ImageOps
from pypdf import PageObject, PdfReader, PdfWriter, Transformation
from pypdf.generic import ArrayObject, DecodedStreamObject, Destination, DictionaryObject, FloatObject, NameObject

from casedesk.papers.render import LAYOUT, fonts_read, inputs_of, kept, kept_under, paper_pdf
from casedesk.papers.shape import Document, drawable
from workflows.casefile.evidence import Evidence, read_file
from workflows.casefile.papers import Paper
from workflows.record import canonical
from workflows.wording.amounts import figures
from workflows.wording.blocks import day, table
from workflows.wording.serving import receipt_content

#: A4 in points
WIDTH, HEIGHT = 595.28, 841.89
#: pages of one item of evidence that are bound: one upload cannot make a print of a thousand pages
MOST_PAGES = 300
#: pixels of the longer side of a photograph in print: about 250 dots per inch on A4
SHARPEST = 2400


@dataclass(frozen=True)
class Entry:
    """A line of the index: how it calls what lies there, its number or hash, its day, its pages, its annexes.

    An annex is its title and the page of the entry on which it begins, from 1.
    """

    title: str
    mark: str
    on: str
    pages: int
    annexes: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Piece:
    """What is bound: an entry with its pages as PDF."""

    title: str
    mark: str
    on: str
    pdf: bytes

    @property
    def pages(self) -> int:
        return self.entry.pages

    @cached_property
    def entry(self) -> Entry:
        reader = PdfReader(io.BytesIO(self.pdf))
        return Entry(self.title, self.mark, self.on, len(reader.pages), tuple(_annexes(reader)))


def numbered(entries: Iterable[Entry]) -> Iterator[tuple[str, Entry | None, str, int, int]]:
    """Each line of the index with its first and last page in the file: the entries and, below each, its annexes."""
    at = 1
    for entry in entries:
        last = at + entry.pages - 1
        yield "", entry, entry.title, at, last
        for n, (title, first) in enumerate(entry.annexes):
            ends = entry.annexes[n + 1][1] - 1 if n + 1 < len(entry.annexes) else entry.pages
            yield "附件", None, title, at + first - 1, at + ends - 1
        at = last + 1


def paper_piece(paper: Paper, content: dict[str, Any] | None = None) -> Piece:
    """A paper as it was signed, or with the given content in its place."""
    said = content or paper.content
    return Piece(paper.get_kind_display(), paper.number, str(said["date"]), paper_pdf(said))


def receipt_pieces(paper: Paper) -> list[Piece]:
    """The receipts (送达回证) of a paper."""
    made = []
    for service in paper.services.order_by("id"):
        said = receipt_content(paper, service, paper.content["inspectors"])
        made.append(Piece(f"送达回证（{paper.get_kind_display()}）", paper.number, said["date"], paper_pdf(said)))
    return made


def plain_piece(title: str, number: str, bureau: str, on: str, body: list[dict[str, Any]]) -> Piece:
    """Blocks of ours that are no paper, as an entry."""
    return Piece(title, number, on, kept("form.typ", plain(title, number, bureau, body)))


def ledger_piece(contents: dict[str, Any]) -> Piece:
    """The wage ledger of a dossier, with its sums."""
    rows = [
        [str(n), w["name"], w["period"], *(_figures(w[part]) for part in ("owed", "paid", "rest")), w["settled"]]
        for n, w in enumerate(contents["ledger"], start=1)
    ]
    totals = contents["totals"]
    body = table(
        ["序号", "姓名", "期间", "应付（元）", "已付（元）", "尚欠（元）", "了结方式"], rows, right=[3, 4, 5],
        foot=["合计", "", "", *(_figures(totals[part]) for part in ("owed", "paid", "rest")), ""],
    )  # fmt: skip
    return plain_piece("工资台账", contents["case"], contents["bureau"], contents["at"][:10], [body])


def copy_list(contents: dict[str, Any], listed: Sequence[str]) -> Piece:
    """The list of materials that the procuratorate gets a copy of (TRF-07)."""
    body = table(["序号", "材料名称"], [[str(n), title] for n, title in enumerate(listed, start=1)])
    title = "移送材料目录（抄送人民检察院）"
    return plain_piece(title, contents["case"], contents["bureau"], contents["at"][:10], [body])


def _figures(amount: str) -> str:
    return figures(Decimal(amount))


def plain(title: str, number: str, bureau: str, body: list[dict[str, Any]]) -> Document:
    """A document that is no paper: nobody signs it."""
    return {
        "family": "form", "bureau": bureau, "title": title, "number": number, "addressee": "", "body": body, "last": [],
        "annexes": [], "slips": [], "contact": [], "date": "", "draft": False, "rare": [],
    }  # fmt: skip


def evidence_piece(item: Evidence, title: str) -> Piece:
    """An item of the evidence, as picture or pages; where there is none to show, a page that says so."""
    on, mark = str(item.at.date()), _mark(item)
    if not item.sha256:
        return Piece(title, mark, on, _page(title, "", "本项没有电子文件。"))

    def pages() -> bytes:
        data = b"".join(read_file(item))
        made = _from_pdf(data) if item.content_type == "application/pdf" else _picture(title, item.sha256, data)
        return made or _page(title, item.sha256, "文件无法显示（已加密或者损坏），原件见证据目录。")

    try:
        shown = kept_under(canonical([title, item.content_type, item.sha256]), pages)
    except FileNotFoundError:
        shown = _page(title, item.sha256, "文件不在库中，请联系管理员。")
    return Piece(title, mark, on, shown)


def _mark(item: Evidence) -> str:
    return f"SHA-256 {item.sha256[:12]}" if item.sha256 else "无文件"


def evidence_entry(item: Evidence, title: str) -> Entry:
    """An item of the evidence as the index counts it. A photograph is one page, drawn or not: it is not drawn here."""
    if item.content_type == "application/pdf" and item.sha256:
        return evidence_piece(item, title).entry
    return Entry(title, _mark(item), str(item.at.date()), 1)


def bound(title: str, number: str, bureau: str, facts: Iterable[tuple[str, str]], pieces: Sequence[Piece]) -> bytes:
    """The pieces as one PDF, with cover and index; each page carries its number in the file."""
    index = index_pdf(title, number, bureau, facts, [piece.entry for piece in pieces])
    writer = PdfWriter()
    for data in (index, *(piece.pdf for piece in pieces)):
        for page in PdfReader(io.BytesIO(data)).pages:
            writer.add_page(page)
    first = len(PdfReader(io.BytesIO(index)).pages)
    if len(writer.pages) > first:
        numbers = _folios(1, len(writer.pages) - first)
        for n, mark in enumerate(PdfReader(io.BytesIO(numbers)).pages):
            writer.pages[first + n].merge_page(mark)
    above = None
    for _, entry, name, at, _ in numbered(piece.entry for piece in pieces):
        made = writer.add_outline_item(title=name, page_number=first + at - 1, parent=None if entry else above)
        above = made if entry is not None else above
    writer.metadata = {"/Title": title, "/Author": bureau}
    kept_in = io.BytesIO()
    writer.write(kept_in)
    return kept_in.getvalue()


def index_pdf(
    title: str, number: str, bureau: str, facts: Iterable[tuple[str, str]], entries: Sequence[Entry]
) -> bytes:
    """Cover and index; page numbers count from the first page after the index."""
    rows, n = [], 0
    for label, entry, name, first, last in numbered(entries):
        pages = f"{first}" if last == first else f"{first}—{last}"
        if entry is None:
            rows.append(["", f"{label}：{name}", "", "", pages])
        else:
            n += 1
            rows.append([str(n), name, entry.mark, day(entry.on), pages])
    doc = plain(title, number, bureau, []) | {"rows": rows, "facts": [[k, v or "—"] for k, v in facts]}
    return kept("cover.typ", doc)


def _annexes(reader: PdfReader) -> Iterator[tuple[str, int]]:
    """The annexes of a paper: the layouts set each one's title as a bookmark."""
    for mark in reader.outline:
        page = reader.get_destination_page_number(mark) if isinstance(mark, Destination) else None
        if isinstance(mark, Destination) and page is not None:
            yield str(mark.title), page + 1


# --- pages of evidence -----------------------------------------------------------------------------------------------


def _picture(title: str, sha256: str, data: bytes) -> bytes | None:
    """A photograph on a page; None where it cannot be read. The file lies beside a copy of the layout for a moment."""
    small = _shrunk(data)
    if small is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        for name in ("page.typ", "picture.typ"):
            shutil.copy(LAYOUT / name, folder)
        (Path(folder) / "shown").write_bytes(small)
        doc = drawable(plain(title, f"SHA-256 {sha256}", "", []))
        try:
            made = typst.Compiler(root=folder, font_paths=fonts_read()).compile(
                input=str(Path(folder) / "picture.typ"), format="pdf", sys_inputs=inputs_of(doc) | {"file": "shown"}
            )
        except (typst.TypstError, RuntimeError):
            return None
    return made if isinstance(made, bytes) else None


def _shrunk(data: bytes) -> bytes | None:
    """The photograph as large as paper can show it: a camera's 20 MB would make a print nobody can open."""
    made = io.BytesIO()
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as picture:
            picture.draft("RGB", (SHARPEST, SHARPEST))
            turned = _upright(picture)
            turned.thumbnail((SHARPEST, SHARPEST))
            turned.convert("RGB").save(made, "JPEG", quality=85)
    except Exception:  # as with a PDF: the print of the case goes on
        return None
    return made.getvalue()


def _upright(picture: Image.Image) -> Image.Image:
    """The photograph turned as its camera data say; damaged ones are read as far as they go, and not written again."""
    try:
        picture.load()
        picture.getexif()
        picture.info.clear()
        return ImageOps.exif_transpose(picture)
    except (OSError, ValueError, TypeError, SyntaxError, LookupError, struct.error):
        return picture


def _page(title: str, sha256: str, words: str) -> bytes:
    mark = f"SHA-256 {sha256}" if sha256 else ""
    return kept("picture.typ", plain(title, mark, "", [{"t": "p", "text": words}]))


def _from_pdf(data: bytes) -> bytes | None:
    """The pages of somebody's PDF on A4, their content alone: no script, form or link comes along."""
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            return None
        writer = PdfWriter()
        for found in reader.pages[:MOST_PAGES]:
            _frame(writer, found)
        if not writer.pages:
            return None
        made = io.BytesIO()
        writer.write(made)
    except Exception:  # whatever is wrong with a stranger's file, the print of the case goes on
        return None
    return made.getvalue()


def _frame(writer: PdfWriter, found: PageObject) -> None:
    """A stranger's page as a drawing within a page of A4.

    Its orders are copied, not read: a few kilobytes may unpack to orders that take minutes to read.
    """
    contents, box = found.get_contents(), found.mediabox
    told = DecodedStreamObject()
    told.set_data(contents.get_data() if contents is not None else b"")
    drawing = told.flate_encode()
    drawing[NameObject("/Type")], drawing[NameObject("/Subtype")] = NameObject("/XObject"), NameObject("/Form")
    drawing[NameObject("/BBox")] = ArrayObject(FloatObject(float(edge)) for edge in box)
    resources = found.get("/Resources", DictionaryObject()).get_object()
    drawing[NameObject("/Resources")] = resources.clone(writer)
    turned = round(float(found.rotation) / 90) % 4
    wide, high = float(box.width), float(box.height)
    across, up = ((0.0, 0.0), (0.0, wide), (wide, high), (high, 0.0))[turned]
    if turned % 2:
        wide, high = high, wide
    scale = min(WIDTH / wide, HEIGHT / high, 1.5)
    fitted = Transformation().translate(-float(box.left), -float(box.bottom)).rotate(-90 * turned)
    fitted = fitted.translate(across, up).scale(scale)
    fitted = fitted.translate((WIDTH - wide * scale) / 2, (HEIGHT - high * scale) / 2)
    page, orders = writer.add_blank_page(WIDTH, HEIGHT), DecodedStreamObject()
    orders.set_data(f"q {' '.join(f'{x:.6f}' for x in fitted.ctm)} cm /Shown Do Q".encode())
    shown = DictionaryObject({NameObject("/Shown"): writer._add_object(drawing)})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/XObject"): shown})
    page[NameObject("/Contents")] = writer._add_object(orders)


def _folios(first: int, last: int) -> bytes:
    made = typst.Compiler(root=str(LAYOUT), font_paths=fonts_read()).compile(
        input=str(LAYOUT / "folio.typ"), format="pdf", sys_inputs={"first": str(first), "last": str(last)}
    )
    assert isinstance(made, bytes)
    return made
