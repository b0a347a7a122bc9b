"""Items 94–106 of the catalogue of bad input: what is taken, under which name, and what is refused with a reason."""

import io
import struct
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from casedesk.files import LONGEST_NAME, BadFile, store
from tests.every_paper import picture
from workflows.casefile.evidence import LARGEST, MOST_PIXELS

PDF = b"%PDF-1.4\n%%EOF\n"


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.VAR = tmp_path
    return tmp_path


def flood(width: int, height: int) -> bytes:
    """A PNG of few bytes that says it has very many pixels."""
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(100))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in chunks
    )


def taken(name: str, data: bytes, content_type: str = "application/octet-stream") -> str:
    return store(SimpleUploadedFile(name, data, content_type)).name


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "空"),
        (b"<html><script>alert(1)</script>", "只接收"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "只接收"),
        (b"GIF89a/*", "只接收"),
        (b"MZ\x90\x00", "只接收"),
        (b"PK\x03\x04", "只接收"),
        (b"\xd0\xcf\x11\xe0", "只接收"),
        (b"{\\rtf1", "只接收"),
        (b"junk%PDF-1.4", "只接收"),
        (PDF + bytes(LARGEST + 1 - len(PDF)), "超过 20 MB"),
        (flood(65_535, 65_535), "像素"),
        (picture()[:-200], "不完整"),
        (picture("PNG")[:60], "不完整"),
        (b"\xff\xd8\xff" + b"<script>" * 10, "不完整"),
    ],
    ids=["empty", "html", "svg", "gif", "exe", "zip", "ole", "rtf", "junk", "large", "flood", "cut", "cut png", "fake"],
)
def test_what_is_no_scan_and_no_photograph_is_refused_and_leaves_nothing(own_folder, data, says):
    with pytest.raises(BadFile, match=says):
        taken("a.jpg", data, "image/jpeg")
    assert [f for f in own_folder.rglob("*") if f.is_file()] == []


@pytest.mark.parametrize(
    ("data", "ending"),
    [
        (PDF, ".pdf"), (PDF + bytes(LARGEST - len(PDF)), ".pdf"), (picture(), ".jpg"), (picture("PNG"), ".png"),
    ],
)  # fmt: skip
def test_the_content_decides_the_kind_whatever_name_and_type_say(data, ending):
    assert taken("scan.html", data, "text/html") == f"scan.html{ending}"
    assert store(SimpleUploadedFile("x", data)).content_type in ("application/pdf", "image/jpeg", "image/png")


def test_a_print_shops_picture_and_a_phones_are_taken_as_they_are(own_folder):
    """CMYK, and camera data with the place: evidence keeps every byte (CrPL 54)."""
    kept = io.BytesIO()
    Image.new("CMYK", (50, 50)).save(kept, "JPEG")
    assert taken("cmyk.jpg", kept.getvalue()) == "cmyk.jpg"
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (34.0, 46.0, 0.0)}
    data = picture(exif=exif)
    stored = store(SimpleUploadedFile("gps.jpg", data))
    (file,) = list(own_folder.rglob(stored.sha256))
    assert file.read_bytes() == data and MOST_PIXELS > 108_000_000


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd.pdf"), ("C:\\x\\账.pdf", "账.pdf"), ("/etc/x", "x.pdf"), ("CON.txt", "_CON.txt.pdf"),
        ("lpt1.pdf", "_lpt1.pdf"), ("a.pdf.exe", "a.pdf.exe.pdf"), (".htaccess", "htaccess.pdf"), ("", "未命名.pdf"),
        ("\u202efdp.exe", "fdp.exe.pdf"), ("a\x00b.pdf", "ab.pdf"), ('a<b>:"|?*.pdf', "a_b______.pdf"),
        ("图😀.PDF", "图😀.PDF"),
    ],
)  # fmt: skip
def test_a_name_leads_nowhere_and_ends_as_its_content_is(name, kept):
    assert taken(name or "\u202e", PDF) == kept


def test_a_long_name_keeps_its_ending_and_a_file_is_kept_once(own_folder):
    for n in range(100):
        name = taken(f"{n}{'长' * 300}.exe", PDF)
        assert len(name) <= LONGEST_NAME and name.endswith(".pdf")
    assert len([f for f in own_folder.rglob("*") if f.is_file()]) == 1
