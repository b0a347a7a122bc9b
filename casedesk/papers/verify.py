"""Checks a package offline: no database, no network, nothing but the archive itself.

Says one line for each check. What it proves: the files are those the manifest names, the papers are those that were
signed, and the sums agree. Who made the package is proved by the letter's seal and the receipt, not here.
"""

from __future__ import annotations

import hashlib
import json
import stat
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import Any

from casedesk.papers.package import FORMAT
from workflows.record import canonical
from workflows.wording.amounts import from_words

OK, FAILED, UNREADABLE = 0, 1, 2
#: bytes of all members together that are unpacked, and how much a member may grow: beyond it is a bomb, no case file
LARGEST, GROWTH = 2 * 1024**3, 200
#: bytes of a member that is kept in memory to be read
LARGEST_JSON = 256 * 1024**2
MANIFEST = "manifest.json"


@dataclass
class Verdict:
    """What came of it: lines for people, and the exit code."""

    lines: list[str]
    code: int


@dataclass
class Member:
    """What was read of a member: its hash, how it begins, and the whole of it only where it is JSON."""

    sha256: str
    head: bytes
    text: bytes


class Unreadable(Exception):
    """No package at all: the rest cannot be judged."""


def verify(path: Path) -> Verdict:
    """Check a package. The code is 0 when all holds, 1 when something does not, 2 when it is no package."""
    try:
        archive = zipfile.ZipFile(path)
        names = _names(archive)
        manifest = _manifest(archive, names)
    except (Unreadable, OSError) as unreadable:
        return Verdict([_shown(f"无法读取：{unreadable}")], UNREADABLE)
    except Exception as wrong:  # the library over a stranger's bytes: whatever it raises means the same
        return Verdict([_shown(f"无法读取：不是完整的 ZIP 文件（{type(wrong).__name__}）")], UNREADABLE)
    with archive:
        lines, code = [], OK
        members: dict[str, Member] = {}
        for label, check in CHECKS:
            try:
                trouble = check(archive, names, manifest, members)
            except Exception as wrong:  # a stranger's manifest: whatever is not as it should be breaks the check
                trouble = [f"清单的内容不合格式（{type(wrong).__name__}）"]
            lines += [_shown(f"不符　{label}：{one}") for one in trouble] or [f"相符　{label}"]
            code = FAILED if trouble else code
    lines.append("结论：" + ("全部相符" if code == OK else "不相符，不能作为完整的案卷使用"))
    return Verdict(lines, code)


def _shown(line: str) -> str:
    """A line that stays one line, whatever the archive calls its files: no breaks, no marks that move the cursor."""
    return "".join(c if c.isprintable() or c == "\u3000" else c.encode("unicode_escape").decode() for c in line)


def _names(archive: zipfile.ZipFile) -> list[str]:
    """The members' names; what could escape, collide, hide or burst makes it no package."""
    found: dict[str, None] = {}
    for entry in archive.infolist():
        name = entry.filename
        parts = PurePosixPath(name).parts
        if not name.isascii() or "\\" in name or name.startswith("/") or ".." in parts or ":" in name or "\0" in name:
            raise Unreadable(f"路径不允许：{name!r}")
        if name.endswith("/") or stat.S_ISLNK(entry.external_attr >> 16):
            raise Unreadable(f"不允许目录或者链接：{name}")
        if entry.flag_bits & 0x1:
            raise Unreadable(f"已加密：{name}")
        if name in found:
            raise Unreadable(f"文件名重复：{name}")
        if entry.file_size > GROWTH * max(entry.compress_size, 1024):
            raise Unreadable(f"压缩比异常：{name}")
        if name.endswith(".json") and entry.file_size > LARGEST_JSON:
            raise Unreadable(f"过大：{name}")
        found[name] = None
    if sum(entry.file_size for entry in archive.infolist()) > LARGEST:
        raise Unreadable("总大小超过上限")
    return list(found)


def _manifest(archive: zipfile.ZipFile, names: list[str]) -> dict[str, Any]:
    if MANIFEST not in names:
        raise Unreadable(f"没有 {MANIFEST}")
    try:
        manifest = json.loads(archive.read(MANIFEST))
    except Exception as wrong:  # as above
        raise Unreadable(f"{MANIFEST} 不是有效的 JSON") from wrong
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise Unreadable(f"格式不是 {FORMAT}")
    return manifest


Check = Callable[[zipfile.ZipFile, list[str], dict[str, Any], dict[str, Member]], list[str]]


def _files(
    archive: zipfile.ZipFile, names: list[str], manifest: dict[str, Any], members: dict[str, Member]
) -> list[str]:
    trouble = []
    for entry in manifest["files"]:
        path = entry["path"]
        if path not in names:
            trouble.append(f"缺少 {path}")
            continue
        try:
            member, size = _read(archive, path)
        except Exception as wrong:  # as above
            trouble.append(f"{path} 已损坏（{type(wrong).__name__}）")
            continue
        if size != entry["size"] or member.sha256 != entry["sha256"]:
            trouble.append(f"{path} 的内容与清单的校验值不一致")
        members[path] = member
    return trouble


def _read(archive: zipfile.ZipFile, path: str) -> tuple[Member, int]:
    """A member and its size, piece by piece: photographs are hashed, not kept."""
    digest, size, head, kept = hashlib.sha256(), 0, b"", []
    with archive.open(path) as opened:
        while piece := opened.read(1 << 16):
            digest.update(piece)
            size += len(piece)
            head = head or piece[:16]
            if path.endswith(".json"):
                kept.append(piece)
    return Member(digest.hexdigest(), head, b"".join(kept)), size


def _nothing_else(archive: zipfile.ZipFile, names: list[str], manifest: dict[str, Any], members: Any) -> list[str]:
    listed = {entry["path"] for entry in manifest["files"]}
    doubled = len(manifest["files"]) - len(listed)
    return [f"多出 {n}" for n in names if n != MANIFEST and n not in listed] + (["清单有重复项"] if doubled else [])


def _papers(archive: Any, names: Any, manifest: dict[str, Any], members: dict[str, Member]) -> list[str]:
    trouble = [] if manifest["papers"] else ["没有文书"]
    for paper in manifest["papers"]:
        data = members.get(paper["path"])
        if data is None:
            trouble.append(f"{paper['number']} 没有内容文件")
            continue
        content = json.loads(data.text)
        found = hashlib.sha256(canonical(content)).hexdigest()
        if found != paper["content_sha256"]:
            trouble.append(f"{paper['number']} 的内容与清单不一致")
        if not paper["pseudonymised"] and found != paper["signed_sha256"]:
            trouble.append(f"{paper['number']} 的内容与签发时的校验值不一致")
        if content["number"] != paper["number"]:
            trouble.append(f"{paper['path']} 的文号不是 {paper['number']}")
        if paper["path"].replace(".json", ".pdf") not in members:
            trouble.append(f"{paper['number']} 没有 PDF")
    return trouble


def _sums(archive: Any, names: Any, manifest: dict[str, Any], members: dict[str, Member]) -> list[str]:
    lines = json.loads(members["ledger.json"].text)
    trouble = []
    for part, told in manifest["totals"].items():
        found = sum((Decimal(line[part]) for line in lines), Decimal(0))
        if found != Decimal(told):
            trouble.append(f"台账{part}合计 {found}，清单为 {told}")
    paid = sum((Decimal(payment["amount"]) for payment in manifest["payments"]), Decimal(0))
    if paid != Decimal(manifest["totals"]["paid"]):
        trouble.append(f"支付记录合计 {paid}，清单为 {manifest['totals']['paid']}")
    if from_words(manifest["total_in_words"]) != Decimal(manifest["totals"]["rest"]):
        trouble.append("尚欠金额的大写与小写不一致")
    return trouble


def _order(archive: Any, names: Any, manifest: dict[str, Any], members: dict[str, Member]) -> list[str]:
    """The order's amount: its workers' sum, its figures, its words, and what its text says."""
    told = manifest["order"]
    if told is None:
        return []
    paper = next((p for p in manifest["papers"] if p["number"] == told["number"]), None)
    if paper is None or paper["path"] not in members:
        return [f"没有指令书 {told['number']}"]
    content = json.loads(members[paper["path"]].text)
    total = Decimal(content["total"])
    text = json.dumps(content["body"], ensure_ascii=False)
    checks = {
        "明细合计与金额不一致": sum((Decimal(w["rest"]) for w in content["workers"]), Decimal(0)) == total,
        "清单金额与指令书不一致": Decimal(told["total"]) == total,
        "大写与小写不一致": from_words(content["total_in_words"]) == total == from_words(told["total_in_words"]),
        "正文没有写明该金额": content["total_in_words"] in text and f"¥{total:,.2f}" in text,
    }
    return [f"{told['number']} {words}" for words, holds in checks.items() if not holds]


def _threshold(archive: Any, names: Any, manifest: dict[str, Any], members: Any) -> list[str]:
    """The threshold sheet: its workers give its sum, an element is shown exactly where nothing of it is missing."""
    sheet = manifest.get("sheet")
    if not sheet:
        return []
    found = sum((Decimal(worker["amount"]) for worker in sheet["per_worker"]), Decimal(0))
    lacking = [what for element in sheet["elements"] for what in element["missing"]]
    checks = {
        f"逐人合计 {found} 与总额 {sheet['total']} 不一致": found == Decimal(sheet["total"]),
        "人数与名单不一致": sheet["workers"] == len(sheet["per_worker"]),
        "欠缺事项与各要件不一致": lacking == sheet["missing"],
    }
    return [words for words, holds in checks.items() if not holds]


def _list(archive: Any, names: Any, manifest: dict[str, Any], members: Any) -> list[str]:
    """The list of what goes with the letter is the one whose hash the police signed for."""
    if manifest["purpose"] != "police_transfer":
        return []
    found = hashlib.sha256(canonical(manifest["package_list"])).hexdigest()
    return [] if found == manifest["package_sha256"] else ["移送材料清单与签收的校验值不一致"]


def _evidence(archive: Any, names: Any, manifest: dict[str, Any], members: dict[str, Member]) -> list[str]:
    listed = {item["path"] for item in manifest["evidence"]}
    unlisted = [path for path in members if path.startswith("evidence/") and path not in listed]
    return [f"{path} 没有列入证据清单" for path in unlisted] + [
        f"证据“{item['title']}”与登记的校验值不一致"
        for item in manifest["evidence"]
        if item["path"] and (item["path"] not in members or members[item["path"]].sha256 != item["sha256"])
    ]


def _chain(archive: Any, names: Any, manifest: dict[str, Any], members: Any) -> list[str]:
    head = manifest["chain"]["head"]
    return [] if len(bytes.fromhex(head)) == 32 and manifest["chain"]["version"] > 0 else ["记录链的校验值不合格式"]


def _pages(archive: Any, names: Any, manifest: dict[str, Any], members: dict[str, Member]) -> list[str]:
    """Page numbers run on without a gap, and each PDF is a PDF."""
    at, trouble = 1, []
    for entry in manifest["index"]:
        if entry["from"] != at or entry["to"] < at:
            trouble.append(f"“{entry['title']}”的页号不连续")
        for annex in entry.get("annexes", []):
            if not entry["from"] <= annex["from"] <= annex["to"] <= entry["to"]:
                trouble.append(f"“{annex['title']}”的页号不在“{entry['title']}”之内")
        at = entry["to"] + 1
    bad = [p for p, d in members.items() if p.endswith(".pdf") and not d.head.startswith(b"%PDF-")]
    return trouble + [f"{path} 不是 PDF" for path in bad if not path.startswith("evidence/")]


CHECKS: tuple[tuple[str, Check], ...] = (
    ("清单所列文件齐全、未改动", _files),
    ("没有清单以外的文件", _nothing_else),
    ("文书内容与签发时一致", _papers),
    ("移送材料清单与签收的一致", _list),
    ("证据与登记的校验值一致", _evidence),
    ("台账合计与清单一致", _sums),
    ("责令金额：明细、小写、大写、正文一致", _order),
    ("移送标准核对表：逐人合计、人数、欠缺事项一致", _threshold),
    ("目录页号连续", _pages),
    ("记录链的校验值", _chain),
)
