"""The ledger as a workbook: lines, payments, advances; and a bank's file beside it. Every cell is text or a number.

Safe to open: no cell is a formula, and text that a spreadsheet could take for one is led by an apostrophe's meaning
(a text cell with quotePrefix). ID and account numbers stand masked.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from workflows.casefile.file import CaseFile
from workflows.casefile.imports import Import
from workflows.casefile.personal import masked
from workflows.pay_outs import Reconciled
from workflows.procedures.money_content import fund_rows, payment_rows, period_words

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
#: where a workbook says when it was made
_ABOUT, _MOMENT = "docProps/core.xml", re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*<")


def ledger_book(file: CaseFile) -> bytes:
    """The ledger of a case: lines with counter-lines marked, sums, payments, deposit and fund."""
    book = Workbook(write_only=True)
    lines = _sheet(book, "工资明细", ("姓名", "身份证号", "工种", "期间", "计薪方式", "单价", "数量", "应发", "已发", "主张", "核实",
                                  "核实依据", "责令", "已付", "余额", "了结", "说明"))  # fmt: skip
    evidence = {one.pk: one.title for one in file.evidence}
    for x in file.lines:
        lines.append(_row(lines, (
            x.worker.name, masked(x.worker.id_number), x.worker.trade, period_words(x), x.get_pay_basis_display(),
            x.rate, x.quantity, x.due, x.already_paid, x.claimed, x.verified,
            evidence.get(x.verified_by_id or 0, "") or x.verified_on, x.ordered, x.paid, x.rest,
            x.get_settled_how_display(),
            "冲销行" if x.corrects_id else "已冲销" if x.countered else x.settled_reason,
        )))  # fmt: skip
    standing = file.standing_lines
    sums: dict[str, Decimal] = {
        part: sum((getattr(x, part) or Decimal(0) for x in standing), Decimal(0))
        for part in ("claimed", "verified", "ordered", "paid", "rest")
    }
    lines.append(_row(lines, ("合计（不含冲销）", *[""] * 8, sums["claimed"], sums["verified"], "", sums["ordered"],
                              sums["paid"], sums["rest"])))  # fmt: skip
    payments = _sheet(book, "支付", ("姓名", "金额", "日期", "支付方", "时点", "凭证", "来源文件", "冲正"))
    for p in payment_rows(file):
        payments.append(_row(payments, (p["name"], Decimal(p["amount"]), p["at"], p["payer"], p["moment"], p["proof"],
                                        p["source"], "是" if p["corrects"] else "")))  # fmt: skip
    if file.fund_uses:
        funds = _sheet(
            book, "保证金和周转金", ("来源", "状态", "申请", "已支付", "已收回", "待收回", "追偿对象", "文号")
        )
        for f in fund_rows(file):
            amounts = [Decimal(f[name]) for name in ("amount", "paid", "recovered", "rest")]
            funds.append(_row(funds, (f["kind"], f["state"], *amounts, f["from"], f["paper"])))
    return _bytes(book)


def dossier_book(contents: dict[str, Any]) -> bytes:
    """The ledger of a frozen dossier, the same bytes each time: what the police get beside the PDF."""
    book = Workbook(write_only=True)
    lines = _sheet(book, "工资台账", ("姓名", "期间", "月数", "应付", "已付", "尚欠", "了结方式"))
    for w in contents["ledger"]:
        amounts = [Decimal(w[part]) for part in ("owed", "paid", "rest")]
        lines.append(_row(lines, (w["name"], w["period"], Decimal(w["months"]), *amounts, w["settled"])))
    totals = [Decimal(contents["totals"][part]) for part in ("owed", "paid", "rest")]
    lines.append(_row(lines, ("合计", "", "", *totals)))
    payments = _sheet(book, "支付", ("姓名", "金额", "日期", "支付方", "时点", "凭证", "冲正"))
    for p in contents["payments"]:
        payments.append(_row(payments, (p["name"], Decimal(p["amount"]), p["at"], p["payer"], p["moment"], p["proof"],
                                        "是" if p["corrects"] else "")))  # fmt: skip
    return _timeless(_bytes(book))


def _timeless(book: bytes) -> bytes:
    """A workbook without the moment it was made: nothing in it tells two makings apart."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as theirs, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as ours:
        for name in theirs.namelist():
            data = (
                _MOMENT.sub(rb"\g<1>1980-01-01T00:00:00Z<", theirs.read(name)) if name == _ABOUT else theirs.read(name)
            )
            ours.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def reconciliation_book(one: Import, found: Reconciled) -> bytes:
    """A bank's file beside the ledger: matched, suggested, left over on both sides."""
    book = Workbook(write_only=True)
    head = ("文件行", "户名", "账号", "金额", "对应明细", "理由")
    for title, matches in (("完全一致", found.exact), ("建议", found.suggested)):
        sheet = _sheet(book, title, head)
        for m in matches:
            lines = "；".join(f"{line.worker.name} {period_words(line)} {amount:.2f}" for line, amount in m.shares)
            sheet.append(_row(sheet, (m.row.number, m.said["name"], masked(m.said["account"]),
                                      Decimal(m.said["amount"]), lines, m.reason)))  # fmt: skip
    sheet = _sheet(book, "文件中剩余", ("文件行", "户名", "账号", "金额", "原因"))
    for row, said, reason in found.rows_left:
        sheet.append(_row(sheet, (row.number, said["name"], masked(said["account"]), Decimal(said["amount"]), reason)))
    sheet = _sheet(book, "台账中剩余", ("姓名", "期间", "尚欠"))
    for line in found.lines_left:
        sheet.append(_row(sheet, (line.worker.name, period_words(line), line.rest)))
    sheet = _sheet(book, "不能使用的行", ("文件行", "原因"))
    for bad in one.rows.exclude(verdict__in=("good", "warned")):
        sheet.append(_row(sheet, (bad.number, "；".join(p["says"] for p in bad.problems))))
    return _bytes(book)


def _sheet(book: Workbook, title: str, head: Sequence[str]) -> Any:
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for index, name in enumerate(head):
        sheet.column_dimensions[chr(65 + index)].width = 26 if len(name) > 3 or name in ("期间", "凭证", "理由") else 13
    cells = []
    for name in head:
        cell = WriteOnlyCell(sheet, value=name)
        cell.font = Font(bold=True)
        cells.append(cell)
    sheet.append(cells)
    return sheet


def _row(sheet: Any, values: Iterable[Any]) -> list[Any]:
    return [_cell(sheet, value) for value in values]


def _cell(sheet: Any, value: Any) -> Any:
    """A number as a number; everything else as text, whatever it begins with."""
    if value is None or value == "":
        return None
    if isinstance(value, Decimal):
        cell = WriteOnlyCell(sheet, value=value)
        cell.number_format = "#,##0.00##"
        return cell
    if isinstance(value, int):
        return WriteOnlyCell(sheet, value=value)
    text = ILLEGAL_CHARACTERS_RE.sub("", str(value))
    # a leading mark of a formula gets the mark of text in front: also where the file is saved as csv again
    cell = WriteOnlyCell(sheet, value=f"'{text}" if text.startswith(_DANGEROUS) else text)
    cell.data_type = "s"
    return cell


def _bytes(book: Workbook) -> bytes:
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()
