"""The bound file, the transfer file, the closing file: complete, the same twice, checked offline, nobody's secret."""

import hashlib
import io
import json
import stat
import struct
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from casedesk.papers.binding import _shrunk, bound, evidence_piece, ledger_piece, paper_piece, receipt_pieces
from casedesk.papers.package import closing_package, transfer_package
from casedesk.papers.packing import Made
from casedesk.papers.verify import FAILED, OK, UNREADABLE, verify
from config import embedded
from tests import every_paper, walks
from tests.effects import refused
from workflows import clock
from workflows.casefile.file import CaseFile
from workflows.errors import NotPossibleNow
from workflows.law.retention import retention
from workflows.models import Evidence, Informant, Paper
from workflows.perform import perform
from workflows.procedures.dossier import contents_of


def opened(data: bytes) -> tuple[zipfile.ZipFile, dict]:
    archive = zipfile.ZipFile(io.BytesIO(data))
    return archive, json.loads(archive.read("manifest.json"))


def read(made: Made) -> bytes:
    with made.file as file:
        return file.read()


@pytest.fixture
def package(made, tmp_path) -> Path:
    path = tmp_path / "package.zip"
    path.write_bytes(read(transfer_package(made.filed)))
    return path


def test_the_package_holds_what_was_sent_and_is_the_same_twice(made, package):
    again = transfer_package(made.filed)
    data = read(again)
    assert data == package.read_bytes()
    assert (again.sha256, again.size) == (hashlib.sha256(data).hexdigest(), len(data))
    archive, manifest = opened(package.read_bytes())
    names = archive.namelist()
    assert {
        "index.pdf",
        "manifest.json",
        "ledger.csv",
        "ledger.json",
        "ledger.pdf",
        "ledger.xlsx",
        "copy-list.pdf",
    } <= set(names)
    kinds = [p["title"] for p in manifest["papers"]]
    assert kinds[0] == "涉嫌犯罪案件移送书" and "限期改正指令书" in kinds and "案件调查报告" in kinds
    assert "补充材料清单" not in kinds, "what came after the letter is not in it"
    assert "立案审批表" not in kinds, "the bureau's own forms stay with the bureau"
    assert any("receipt" in n for n in names) and any(n.startswith("evidence/") for n in names)
    assert all(entry.date_time == (1980, 1, 1, 0, 0, 0) for entry in archive.infolist())
    index = "".join(p.extract_text() for p in PdfReader(io.BytesIO(archive.read("index.pdf"))).pages)
    assert "卷内目录" in index and "工资台账" in index
    assert manifest["package_sha256"] == made.filed.package_sha256
    told = verify(package)
    assert told.code == OK, told.lines
    assert len(told.lines) == 11 and told.lines[-1] == "结论：全部相符"


def test_a_payment_after_the_letter_changes_nothing_in_it(made, package):
    before = package.read_bytes()
    with clock.at(every_paper._later(30)):
        walks.paid(made.people, made.filed.case.inspection)
    assert read(transfer_package(made.filed)) == before


def test_the_command_checks_it_without_a_database(package):
    def run(path: Path) -> subprocess.CompletedProcess:
        nowhere = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1/0",
                   "SECRET_KEY": "x" * 50, "PATH": "/usr/bin:/bin"}  # fmt: skip
        return subprocess.run(
            [sys.executable, "manage.py", "verify_package", str(path)], cwd=embedded.REPOSITORY, env=nowhere,
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    good = run(package)
    assert good.returncode == 0 and "结论：全部相符" in good.stdout, good.stdout + good.stderr
    package.write_bytes(b"PK\x03\x04nothing")
    assert run(package).returncode == UNREADABLE


def rebuilt(package: Path, change) -> Path:
    """The archive with its members changed by somebody."""
    with zipfile.ZipFile(package) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return package


def forged(path: str, old: bytes, new: bytes, *, listed: bool = True):
    """A member changed, and if `listed` its hash in the manifest brought in line, as a forger would."""

    def change(members: dict[str, bytes]) -> None:
        (name,) = [n for n in members if n.endswith(path)]
        assert old in members[name]
        members[name] = members[name].replace(old, new)
        if listed:
            manifest = json.loads(members["manifest.json"])
            for entry in manifest["files"]:
                if entry["path"] == name:
                    entry["sha256"], entry["size"] = hashlib.sha256(members[name]).hexdigest(), len(members[name])
            for paper in manifest["papers"]:
                if paper["path"] == name:
                    paper["content_sha256"] = hashlib.sha256(members[name]).hexdigest()
            members["manifest.json"] = json.dumps(manifest).encode()

    return change


def told(edit: Any):
    """The manifest told otherwise."""

    def change(members: dict[str, bytes]) -> None:
        manifest = json.loads(members["manifest.json"])
        edit(manifest)
        members["manifest.json"] = json.dumps(manifest).encode()

    return change


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda m: m.pop("ledger.csv"), "缺少 ledger.csv"),
        (lambda m: m.update({"extra.txt": b"x"}), "多出 extra.txt"),
        (forged("-order.json", b"12600.00", b"12601.00", listed=False), "校验值不一致"),
        (forged("-order.json", b"22,400.00", b"92,400.00"), "与签发时的校验值不一致"),
        (forged("-order.json", b"12600.00", b"12601.00"), "明细合计与金额不一致"),
        (forged("ledger.json", b"12600.00", b"12600.01"), "台账owed合计"),
        (forged("-order.json", "贰万贰仟肆佰元整".encode(), "贰万贰仟伍佰元整".encode()), "大写与小写不一致"),
        (lambda m: m.update({"papers/01-transfer_letter.pdf": b"no pdf"}), "不是 PDF"),
        (lambda m: m.update({next(n for n in m if n.startswith("evidence/")): b"other"}), "证据"),
        (lambda m: m.update({"manifest.json": m["manifest.json"].replace(b'"from": 1,', b'"from": 2,')}), "页号"),
        (lambda m: m.update({"manifest.json": m["manifest.json"].replace(b'"files"', b'"felis"')}), "不合格式"),
        (told(lambda m: m["package_list"].pop()), "与签收的校验值不一致"),
        (told(lambda m: m["evidence"].clear()), "没有列入证据清单"),
        (told(lambda m: m["payments"].append({"amount": "1.00"})), "支付记录合计"),
        (told(lambda m: m["files"].append({"path": "x\n结论：全部相符\x1b[2J"})), "x\\n结论：全部相符\\x1b[2J"),
        (told(lambda m: m["papers"][0].update({"number": "\ud800"})), "的文号不是 \\ud800"),
    ],
)
def test_what_was_changed_is_found(package, change, says):
    told = verify(rebuilt(package, change))
    assert told.code == FAILED and any(says in line and line.startswith("不符") for line in told.lines), told.lines
    assert told.lines[-1].startswith("结论：不相符")


@pytest.mark.parametrize("name", ["../outside", "/etc/x", "a\\b", "C:x", "证据.pdf", "folder/"])
def test_a_name_that_could_lead_elsewhere_is_no_package(package, name):
    assert verify(rebuilt(package, lambda m: m.update({name: b""}))).code == UNREADABLE


def test_links_doubles_locks_and_bombs_are_no_package(package, tmp_path):
    good = package.read_bytes()
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    for name, data in ((link, b"/etc/passwd"), ("index.pdf", b"double"), ("bomb", b"\0" * 50_000_000)):
        package.write_bytes(good)
        with pytest.warns(UserWarning) if name == "index.pdf" else _nothing():  # noqa: SIM117
            with zipfile.ZipFile(package, "a", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(name, data)
        assert verify(package).code == UNREADABLE, name
    (tmp_path / "empty.zip").write_bytes(b"")
    assert verify(tmp_path / "empty.zip").code == verify(tmp_path / "absent.zip").code == UNREADABLE


def test_an_archive_damaged_anywhere_gets_a_verdict(package):
    """Bytes over the directory, packed members and the whole: always lines and a code, never a fault of ours."""
    with zipfile.ZipFile(package) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    good = package.read_bytes()
    with zipfile.ZipFile(package, "w", zipfile.ZIP_LZMA) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    packed = package.read_bytes()
    assert verify(package).code == OK
    damages = [packed[:200] + b"\xff" * 60 + packed[260:], good[:-10], good[100:], good[: len(good) // 2]]
    # in the directory at the archive's end, where a byte may as well be one that says nothing
    damages += [good[: -at * 50] + b"\xff\x63" + good[-at * 50 + 2 :] for at in range(1, 40)]
    for number, damaged in enumerate(damages):
        package.write_bytes(damaged)
        verdict = verify(package)
        assert verdict.code in ((FAILED, UNREADABLE) if number < 4 else (OK, FAILED, UNREADABLE))
        assert all(line.startswith(("相符", "不符", "结论", "无法读取：")) for line in verdict.lines) and verdict.lines


class _nothing:
    def __enter__(self) -> None: ...

    def __exit__(self, *failure: object) -> None: ...


def test_the_informant_stands_nowhere_in_the_package(made):
    """Not in a title, a record, a name of a file, a property: not even where somebody wrote it down after all."""
    name, phone = "齐暗访", "13755556666"
    hidden = {"complainant_name": name, "complainant_phone": phone, "is_informant": True, "worker_count": 2}
    with clock.at(walks.MONDAY):
        inspection = walks.investigating(made.people, **hidden)
        told = {"person": f"举报人{name}", "place": "茶馆", "said": f"{name}（{phone}）说老板跑了。",
                "certificates_shown": True}  # fmt: skip
        perform(inspection, "record_interview", by=made.people.lead, inputs=told)
        every_paper.evidence(made.people, inspection, f"{name}的录音截图", f"{name}.jpg", every_paper.picture())
        found = {"findings": "欠付工资属实。", "able_to_pay": True}
        inspection = perform(inspection, "establish_facts", by=made.people.lead, inputs=found).subject
        transfer = walks.sent(made.people, inspection)
    assert Informant.objects.filter(name=name).exists()
    archive, manifest = opened(read(transfer_package(transfer)))
    for member in archive.namelist():
        data = archive.read(member)
        shown = member
        if member.endswith(".pdf"):
            reader = PdfReader(io.BytesIO(data))
            shown += "".join(p.extract_text() for p in reader.pages) + str(reader.metadata)
        elif member.endswith(".xlsx"):
            with zipfile.ZipFile(io.BytesIO(data)) as book:
                shown += "".join(book.read(part).decode() for part in book.namelist())
        elif not member.endswith(".jpg"):
            shown += data.decode()
        assert name not in shown and phone not in shown, member
    assert [p["title"] for p in manifest["papers"] if p["pseudonymised"]] == ["调查询问笔录", "案件调查报告"]
    assert not [item for item in transfer.package if name in item]


def test_a_missing_file_makes_no_half_package(made, settings, tmp_path):
    settings.VAR = tmp_path
    refused(NotPossibleNow, lambda: transfer_package(made.filed), says="不在库中")
    with clock.at(walks.MONDAY):
        proposed = walks.proposed(made.people, walks.established(made.people))
    refused(NotPossibleNow, lambda: transfer_package(proposed), says="移送后")


def test_the_closing_file_says_how_long_it_is_kept(made, tmp_path):
    case = made.court.case
    contents = contents_of(CaseFile(case=case), made.court.since, everything=True)
    data = read(closing_package(case, contents, made.court.since))
    assert data == read(closing_package(case, contents, made.court.since))
    path = tmp_path / "closed.zip"
    path.write_bytes(data)
    assert verify(path).code == OK, verify(path).lines
    _, manifest = opened(data)
    kept = manifest["retention"]
    assert (kept["years"], kept["until"], kept["confirmed"]) == (10, "2036-12-31", False)
    assert "立案审批表" in [p["title"] for p in manifest["papers"]] and retention().minimum == 3


def test_the_bound_file_numbers_every_page(made):
    case = made.court.case
    pieces = []
    for paper in Paper.objects.filter(case=case).order_by("id"):
        pieces += [paper_piece(paper), *receipt_pieces(paper)]
    pieces.append(ledger_piece(contents_of(CaseFile(case=case), made.court.since)))
    pieces += [evidence_piece(item, item.title) for item in Evidence.objects.filter(case=case)]
    pages = PdfReader(io.BytesIO(bound("劳动保障监察案卷", case.number, "局", [("案号", case.number)], pieces))).pages
    total = sum(piece.pages for piece in pieces)
    texts = [page.extract_text() for page in pages]
    first = next(n for n, t in enumerate(texts) if "卷 1" in t)
    assert len(pages) == first + total and f"卷 {total}" in texts[-1]
    assert f"{total}" in texts[first - 1]


def locked() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.encrypt("secret")
    kept = io.BytesIO()
    writer.write(kept)
    return kept.getvalue()


def sheet(pages: int = 2) -> bytes:
    kept = io.BytesIO()
    images = [Image.new("RGB", (100, 300), "white") for _ in range(pages)]
    images[0].save(kept, "PDF", save_all=True, append_images=images[1:])
    return kept.getvalue()


def crooked(rotate: int = 90) -> bytes:
    """Three pages of one drawing, turned, with a word in it and 400 000 orders that pack into 2 KB."""
    kept, writer, word = io.BytesIO(), PdfWriter(), DecodedStreamObject()
    word.set_data(b"BT /F 20 Tf 20 260 Td (upright) Tj ET " + b"0 0 m " * 400_000)
    orders = writer._add_object(word.flate_encode())
    font = DictionaryObject({NameObject("/Type"): NameObject("/Font"), NameObject("/Subtype"): NameObject("/Type1"),
                             NameObject("/BaseFont"): NameObject("/Helvetica")})  # fmt: skip
    fonts = DictionaryObject({NameObject("/F"): font})
    for _ in range(3):
        page = writer.add_blank_page(200, 300)
        page[NameObject("/Contents")] = orders
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        page.rotate(rotate)
    writer.write(kept)
    return kept.getvalue()


def odd_camera() -> bytes:
    """A photograph lying on its side, whose camera says the resolution in letters."""
    tags = struct.pack("<2sHIH", b"II", 42, 8, 2) + struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0)
    return every_paper.picture(exif=b"Exif\0\0" + tags + struct.pack("<HHI4sI", 0x011A, 2, 4, b"abc\0", 0))


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_a_strangers_page_is_placed_as_it_was_turned_and_its_orders_are_not_read(made, rotate):
    item = with_file(made, crooked(rotate), "application/pdf")
    pages = PdfReader(io.BytesIO(evidence_piece(item, "某证据").pdf)).pages
    assert len(pages) == 3
    for page in pages:
        assert "upright" in page.extract_text() and len(page.get_contents().get_data()) < 200
        (drawing,) = page["/Resources"]["/XObject"].values()
        assert len(drawing.get_data()) > 2_000_000
        a, b, c, d, e, f = (float(x) for x in page.get_contents().get_data().split()[1:7])
        corners = [(a * x + c * y + e, b * x + d * y + f) for x in (0, 200) for y in (0, 300)]
        assert all(-0.01 <= x <= 595.3 and -0.01 <= y <= 841.9 for x, y in corners)
        right = (a > 0, b < 0, a < 0, b > 0)[rotate // 90]  # where the line of writing runs: →, ↓, ←, ↑
        assert right and (abs(b) < 1e-4 if rotate % 180 == 0 else abs(a) < 1e-4)


def test_a_photograph_with_damaged_camera_data_is_printed_upright():
    small = _shrunk(odd_camera())
    with Image.open(io.BytesIO(odd_camera())) as lying, Image.open(io.BytesIO(small)) as turned:
        assert turned.size == lying.size[::-1] and lying.width != lying.height


def with_file(made, data: bytes, content_type: str) -> Evidence:
    from workflows.casefile import evidence  # noqa: PLC0415

    item = Evidence.objects.filter(case=made.court.case).exclude(sha256="").first()
    item.sha256, item.content_type = hashlib.sha256(data).hexdigest(), content_type
    evidence._place(item.sha256).write_bytes(data)
    return item


@pytest.mark.parametrize(
    ("name", "data", "pages", "says"),
    [
        ("a.pdf", sheet(3), 3, ""), ("locked.pdf", locked(), 1, "无法显示"), ("cut.pdf", sheet()[:200], 1, "无法显示"),
        ("a.jpg", every_paper.picture(), 1, "SHA-256"),
    ],
)  # fmt: skip
def test_evidence_of_others_is_bound_or_named(made, name, data, pages, says):
    item = with_file(made, data, "application/pdf" if name.endswith("pdf") else "image/jpeg")
    piece = evidence_piece(item, "某证据")
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(piece.pdf)).pages)
    assert piece.pages == pages and says in text
