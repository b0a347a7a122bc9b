"""The transfer file for the police and the closing file for the archives: one ZIP that anybody can check offline.

Made out of what `dossier.contents_of` froze, of papers and evidence by their hashes; the same contents give the same
bytes (fixed times, sorted names). `manifest.json` names every other file with its SHA-256. Member names are plain
ASCII: no name of a person stands in one.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from casedesk.papers.binding import (
    Piece,
    copy_list,
    evidence_piece,
    index_pdf,
    ledger_piece,
    paper_piece,
    receipt_pieces,
)
from workflows import clock
from workflows.casefile.evidence import Evidence, read_file
from workflows.casefile.papers import Paper
from workflows.casefile.secrets import secrets_of, unnamed
from workflows.errors import NotPossibleNow
from workflows.law.retention import retention
from workflows.models import Case, PoliceTransfer
from workflows.record import canonical

FORMAT = "casedesk-package/1"
#: the day every member of the archive carries: the time of making is in the manifest, where it is a fact of the case
NO_TIME = (1980, 1, 1, 0, 0, 0)
ENDINGS = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg"}
#: cells of a table that begin so would be formulas in a spreadsheet
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def transfer_package(transfer: PoliceTransfer) -> bytes:
    """What the police get with the letter. Raises NotPossibleNow before it was sent, or where a file is missing."""
    if not transfer.contents:
        raise NotPossibleNow("移送后才有移送包")
    letter = Paper.objects.filter(subject=transfer.public_id, kind="transfer_letter").order_by("id").first()
    told = {
        "purpose": "police_transfer",
        "for": "渑池县公安局",
        "copy_to": "渑池县人民检察院",
        "kind": transfer.kind,
        "sheet": transfer.sheet,
        "package_list": transfer.package,
        "package_sha256": transfer.package_sha256,
    }
    return _made("涉嫌犯罪案件移送卷", transfer.case, transfer.contents, told, first=[letter] if letter else [])


def closing_package(case: Case, contents: dict[str, Any], closed_at: datetime) -> bytes:
    """A closed case for the archives, with how long it is kept."""
    rule, closed = retention(), clock.legal_day(closed_at)
    told = {
        "purpose": "archive",
        "for": "单位档案室",
        "closed_on": str(closed),
        "retention": {
            "item": rule.item, "years": rule.years, "until": str(rule.until(closed)), "law": rule.article,
            "confirmed": rule.conf != "M",
        },
    }  # fmt: skip
    return _made("劳动保障监察案卷", case, contents, told, first=[])


def _made(title: str, case: Case, contents: dict[str, Any], told: dict[str, Any], *, first: Sequence[Paper]) -> bytes:
    secrets = secrets_of(case)
    members: dict[str, bytes] = {}
    pieces: list[tuple[str, Piece]] = []
    named: list[dict[str, Any]] = []
    rows = {str(p.public_id): p for p in Paper.objects.filter(public_id__in=[p["id"] for p in contents["papers"]])}
    papers = [*first, *(rows[p["id"]] for p in contents["papers"])]
    for n, paper in enumerate(papers, start=1):
        path = f"papers/{n:02}-{paper.kind}"
        content = unnamed(paper.content, secrets)
        piece = paper_piece(paper, content)
        members[f"{path}.json"], members[f"{path}.pdf"] = canonical(content), piece.pdf
        pieces.append((f"{path}.pdf", piece))
        named.append({
            "path": f"{path}.json", "number": paper.number, "title": piece.title,
            "content_sha256": hashlib.sha256(members[f"{path}.json"]).hexdigest(),
            "signed_sha256": paper.content_sha256, "pseudonymised": content != paper.content,
        })  # fmt: skip
        for k, receipt in enumerate(receipt_pieces(paper), start=1):
            members[f"{path}-receipt-{k}.pdf"] = receipt.pdf
            pieces.append((f"{path}-receipt-{k}.pdf", receipt))
    ledger = ledger_piece(contents)
    members |= {"ledger.pdf": ledger.pdf, "ledger.csv": _csv(contents), "ledger.json": canonical(contents["ledger"])}
    pieces.append(("ledger.pdf", ledger))
    evidence = []
    items = {
        str(e.public_id): e for e in Evidence.objects.filter(public_id__in=[e["id"] for e in contents["evidence"]])
    }
    for n, entry in enumerate(contents["evidence"], start=1):
        said = {key: entry[key] for key in ("title", "kind", "provided_by", "sha256", "size", "type")} | {"path": ""}
        if entry["sha256"]:
            said["path"] = f"evidence/{n:02}-{entry['sha256'][:12]}.{ENDINGS.get(entry['type'], 'bin')}"
            members[said["path"]] = _bytes_of(items[entry["id"]], entry["sha256"])
        evidence.append(said)
        pieces.append((said["path"], evidence_piece(items[entry["id"]], entry["title"])))
    facts = [
        ("案号", contents["case"]), ("当事人", contents["employer"]), ("接收单位", told["for"]),
        ("制作时间", f"{datetime.fromisoformat(contents['at']).astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"),
        ("记录链", f"第 {contents['chain']['version']} 条 {contents['chain']['head'][:16]}"),
    ]  # fmt: skip
    if "retention" in told:
        facts.append(("保管期限", f"{told['retention']['years']}年，至{told['retention']['until']}"))
    members["index.pdf"] = index_pdf(title, contents["case"], contents["bureau"], facts, [x for _, x in pieces])
    if "copy_to" in told:
        members["copy-list.pdf"] = copy_list(contents, told["package_list"]).pdf
    manifest = {
        "format": FORMAT, **told, "case": contents["case"], "employer": contents["employer"],
        "bureau": contents["bureau"], "at": contents["at"], "chain": contents["chain"], "order": contents["order"],
        "totals": contents["totals"], "total_in_words": contents["total_in_words"], "papers": named,
        "payments": contents["payments"], "evidence": evidence, "index": _page_numbers(pieces),
        "files": [
            {"path": path, "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
            for path, data in sorted(members.items())
        ],
    }  # fmt: skip
    members["manifest.json"] = json.dumps(
        unnamed(manifest, secrets), ensure_ascii=False, sort_keys=True, indent=1
    ).encode()
    return _zipped(members)


def _zipped(members: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path in sorted(members):
            entry = zipfile.ZipInfo(path, NO_TIME)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, 0o644 << 16, 3
            archive.writestr(entry, members[path])
    return made.getvalue()


def _bytes_of(item: Evidence, sha256: str) -> bytes:
    """The file of an item, proved to be what was handed in."""
    try:
        data = b"".join(read_file(item))
    except FileNotFoundError as gone:
        raise NotPossibleNow(f"证据“{item.title}”的文件不在库中，不能制作案卷包") from gone
    if hashlib.sha256(data).hexdigest() != sha256:
        raise NotPossibleNow(f"证据“{item.title}”的文件与登记的校验值不符，不能制作案卷包")
    return data


def _page_numbers(pieces: Sequence[tuple[str, Piece]]) -> list[dict[str, Any]]:
    found, at = [], 1
    for path, piece in pieces:
        found.append({"title": piece.title, "path": path, "from": at, "to": at + piece.pages - 1})
        at += piece.pages
    return found


def _csv(contents: dict[str, Any]) -> bytes:
    """The ledger for a spreadsheet: UTF-8 with mark, nothing in it is a formula."""
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\r\n")
    writer.writerow(["姓名", "期间", "月数", "应付", "已付", "尚欠", "了结方式"])
    for w in contents["ledger"]:
        row = [w["name"], w["period"], w["months"], w["owed"], w["paid"], w["rest"], w["settled"]]
        writer.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in row])
    return b"\xef\xbb\xbf" + made.getvalue().encode()
