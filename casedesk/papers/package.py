"""The transfer file for the police and the closing file for the archives: one ZIP that anybody can check offline.

Made out of what `dossier.contents_of` froze, of papers and evidence by their hashes; the same contents give the same
bytes (fixed times and order). `manifest.json` names every other file with its SHA-256. Member names are plain
ASCII: no name of a person stands in one.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from casedesk.papers.binding import (
    Entry,
    copy_list,
    evidence_entry,
    index_pdf,
    ledger_piece,
    numbered,
    paper_piece,
    receipt_pieces,
)
from casedesk.papers.packing import Made, Packing
from workflows import clock
from workflows.casefile.evidence import Evidence, read_file
from workflows.casefile.papers import Paper
from workflows.casefile.secrets import secrets_of, unnamed
from workflows.errors import NotPossibleNow
from workflows.law.retention import retention
from workflows.ledger_export import dossier_book
from workflows.models import Case, PoliceTransfer
from workflows.record import canonical

FORMAT = "casedesk-package/1"
ENDINGS = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg"}
#: cells of a table that begin so would be formulas in a spreadsheet
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def transfer_package(transfer: PoliceTransfer) -> Made:
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


def closing_package(case: Case, contents: dict[str, Any], closed_at: datetime) -> Made:
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


def _made(title: str, case: Case, contents: dict[str, Any], told: dict[str, Any], *, first: Sequence[Paper]) -> Made:
    """The archive, member by member into a file; the index and the manifest come last, when everything is known."""
    secrets = secrets_of(case)
    rows = {str(p.public_id): p for p in Paper.objects.filter(public_id__in=[p["id"] for p in contents["papers"]])}
    items = {
        str(e.public_id): e for e in Evidence.objects.filter(public_id__in=[e["id"] for e in contents["evidence"]])
    }
    entries: list[tuple[str, Entry]] = []
    named: list[dict[str, Any]] = []
    evidence: list[dict[str, Any]] = []
    with Packing() as packing:
        for n, paper in enumerate([*first, *(rows[p["id"]] for p in contents["papers"])], start=1):
            named.append(_paper(packing, f"papers/{n:02}-{paper.kind}", paper, secrets, entries))
        ledger = ledger_piece(contents)
        packing.add("ledger.pdf", ledger.pdf)
        packing.add("ledger.csv", _csv(contents))
        packing.add("ledger.xlsx", dossier_book(contents))
        packing.add("ledger.json", canonical(contents["ledger"]))
        entries.append(("ledger.pdf", ledger.entry))
        for n, entry in enumerate(contents["evidence"], start=1):
            said = {key: entry[key] for key in ("title", "kind", "provided_by", "sha256", "size", "type")} | {
                "path": ""
            }
            if entry["sha256"]:
                said["path"] = f"evidence/{n:02}-{entry['sha256'][:12]}.{ENDINGS.get(entry['type'], 'bin')}"
                _evidence(packing, said["path"], items[entry["id"]], entry["sha256"])
            evidence.append(said)
            entries.append((said["path"], evidence_entry(items[entry["id"]], entry["title"])))
        facts = [
            ("案号", contents["case"]), ("当事人", contents["employer"]), ("接收单位", told["for"]),
            ("制作时间", f"{datetime.fromisoformat(contents['at']).astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"),
            ("记录链", f"第 {contents['chain']['version']} 条 {contents['chain']['head'][:16]}"),
        ]  # fmt: skip
        if "retention" in told:
            facts.append(("保管期限", f"{told['retention']['years']}年，至{told['retention']['until']}"))
        packing.add("index.pdf", index_pdf(title, contents["case"], contents["bureau"], facts, [e for _, e in entries]))
        if "copy_to" in told:
            packing.add("copy-list.pdf", copy_list(contents, told["package_list"]).pdf)
        manifest = {
            "format": FORMAT, **told, "case": contents["case"], "employer": contents["employer"],
            "bureau": contents["bureau"], "at": contents["at"], "chain": contents["chain"], "order": contents["order"],
            "totals": contents["totals"], "total_in_words": contents["total_in_words"], "papers": named,
            "payments": contents["payments"], "evidence": evidence, "index": _page_numbers(entries),
            "files": sorted(packing.files, key=lambda one: str(one["path"])),
        }  # fmt: skip
        told_all = json.dumps(unnamed(manifest, secrets), ensure_ascii=False, sort_keys=True, indent=1)
        packing.add("manifest.json", told_all.encode())
        return packing.made()


def _paper(
    packing: Packing, path: str, paper: Paper, secrets: list[str], entries: list[tuple[str, Entry]]
) -> dict[str, Any]:
    """A paper with its receipts; what the manifest says of it."""
    content = unnamed(paper.content, secrets)
    data, piece = canonical(content), paper_piece(paper, content)
    packing.add(f"{path}.json", data)
    packing.add(f"{path}.pdf", piece.pdf)
    entries.append((f"{path}.pdf", piece.entry))
    for k, receipt in enumerate(receipt_pieces(paper), start=1):
        packing.add(f"{path}-receipt-{k}.pdf", receipt.pdf)
        entries.append((f"{path}-receipt-{k}.pdf", receipt.entry))
    return {
        "path": f"{path}.json", "number": paper.number, "title": piece.title,
        "content_sha256": hashlib.sha256(data).hexdigest(), "signed_sha256": paper.content_sha256,
        "pseudonymised": content != paper.content,
    }  # fmt: skip


def _evidence(packing: Packing, path: str, item: Evidence, sha256: str) -> None:
    """The file of an item, proved while it is copied to be what was handed in."""
    try:
        found = packing.add(path, read_file(item), size=item.size)
    except FileNotFoundError as gone:
        raise NotPossibleNow(f"证据“{item.title}”的文件不在库中，不能制作案卷包") from gone
    if found != sha256:
        raise NotPossibleNow(f"证据“{item.title}”的文件与登记的校验值不符，不能制作案卷包")


def _page_numbers(entries: Sequence[tuple[str, Entry]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    paths = iter([path for path, _ in entries])
    for _, entry, title, first, last in numbered(one for _, one in entries):
        if entry is not None:
            found.append({"title": title, "path": next(paths), "from": first, "to": last})
        else:
            found[-1].setdefault("annexes", []).append({"title": title, "from": first, "to": last})
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
