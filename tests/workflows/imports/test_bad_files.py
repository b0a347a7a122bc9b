"""Tables as people send them: what is read, and what is refused with sheet, row and column (items 77–93)."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from tests import walks
from workflows import clock
from workflows.columns import Refused, day_of, money_of
from workflows.rosters import Roster, recognise
from workflows.tables import EMPTY_RUN, Unreadable, read_table

HEAD = ["姓名", "身份证号", "天数", "单价", "应发", "已发", "欠发"]
GOOD = ["林大河", "411221198001010013", "10", "260", "2600", "600", "2000"]
LOOSE_HEAD = ["　姓 名", "身份证号码", "出勤天数", "日工资（元）", "应发工资", "已发", "欠薪金额(元)"]


@pytest.fixture(autouse=True)
def monday():
    with clock.at(walks.MONDAY):
        yield


def csv_of(*rows: list[str], sep: str = ",", encoding: str = "utf-8", end: str = "\n") -> bytes:
    return end.join(sep.join(row) for row in rows).encode(encoding)


def book_of(*rows: list[Any], change: Any = None, title: str = "花名册", **more: Any) -> bytes:
    book = Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    if change is not None:
        change(book, sheet)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def judged(content: bytes, *, encoding: str = "utf-8", sheet: str = "", rate: Decimal | None = None) -> Any:
    table = read_table(content, encoding=encoding, sheet=sheet, recognise=recognise)
    roster = Roster(table.header, table.header_row, rate=rate, standing=set())
    return [roster.judge(row) for row in table.rows], table, roster


def said(row: Any) -> str:
    return "；".join(f"{p['column']}{p['says']}" for p in row.problems)


# --- text ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (csv_of(HEAD, GOOD), "utf-8"),
        (b"\xef\xbb\xbf" + csv_of(HEAD, GOOD), "utf-8"),
        (csv_of(HEAD, GOOD, encoding="gb18030"), "gb18030"),
        (csv_of(HEAD, GOOD, sep=";"), "utf-8"),
        (csv_of(HEAD, GOOD, sep="\t", end="\r\n"), "utf-8"),
        (
            csv_of(
                ["某项目工资表"],
                [],
                ["　姓 名", "身份证号码", "出勤天数", "日工资（元）", "应发工资", "已发", "欠薪金额(元)"],
                GOOD,
            ),
            "utf-8",
        ),
        (csv_of(HEAD, [*GOOD[:2], "１０", "２６０", "2,600.00".replace(",", ""), "600元", "￥2000"]), "utf-8"),
        (csv_of(HEAD, ['"林大河"', *GOOD[1:]]), "utf-8"),
    ],
)
def test_a_text_table_is_read_in_the_declared_encoding(content, encoding):
    rows, _, _ = judged(content, encoding=encoding)
    assert [r.said["claimed"] for r in rows] == [Decimal(2000)] and not rows[0].bad, said(rows[0])
    assert rows[0].said["worker_name"] == "林大河" and rows[0].said["quantity"] == 10


@pytest.mark.parametrize(
    ("content", "encoding", "says"),
    [
        (csv_of(HEAD, GOOD, encoding="gb18030"), "utf-8", "第 1 行不是所选的 UTF-8 编码，像是 GB18030"),
        (csv_of(HEAD, GOOD), "gb18030", "像是 UTF-8"),
        (csv_of(HEAD, GOOD, encoding="utf-16"), "utf-8", "UTF-16"),
        (csv_of(HEAD, ['"林大河', *GOOD[1:]]), "utf-8", "引号没有闭合"),
        (csv_of(HEAD, ["长" * 200_000, *GOOD[1:]]), "utf-8", "过长"),
        (csv_of([*HEAD, "应发工资"], [*GOOD, "1"]), "utf-8", "意思相同"),
        (csv_of(["甲", "乙"], ["1", "2"]), "utf-8", "没有找到表头"),
        (csv_of(["姓名", "电话"], ["林大河", "1"]), "utf-8", "没有找到表头"),
        (b"a\x00b", "utf-8", "二进制"),
        (b"", "utf-8", "空的"),
        (b"%PDF-1.7", "utf-8", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 600, "utf-8", "旧版 Excel"),
        (b"PK\x03\x04 no zip at all", "utf-8", "不是完整的 Excel"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(content, encoding, says):
    with pytest.raises(Unreadable, match=says):
        judged(content, encoding=encoding)


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        (1, "4.11221E+17", "B身份证号已变成 4.11221E+17"),
        (1, "41122-X", "B证件号码只能是"),
        (0, "", "A缺少姓名"),
        (0, "=HYPERLINK(1)", "A是公式"),
        (0, "=cmd|' /C calc'!A0", "A是公式"),
        (0, "+林大河", "A以“+”开头"),
        (0, "@SUM(1)", "A以“@”开头"),
        (0, "林\x07大河", "A含有不能使用的控制字符"),
        (0, "林\u202e大河", "A含有不能使用的控制字符"),
        (0, "12345", "A是数字，不是姓名"),
        (2, "十天", "C应为数字"),
        (3, "-260", "D应为数字"),
        (4, "2600.005", "E"),
        (4, "2500", "E应发 2500.00 与单价 × 数量 = 2600.00 不符"),
        (5, "2600.01", "F已发 2600.01 多于应发"),
        (6, "1999.99", "G金额 1999.99 与应发 − 已发 = 2000.00 不符"),
        (6, "1e3", "G请输入金额"),
        (6, "١٢", "G只接受阿拉伯数字"),
    ],
)
def test_a_bad_cell_is_named_by_row_and_column(column, value, says):
    row = [*GOOD]
    row[column] = value
    rows, _, _ = judged(csv_of(HEAD, GOOD, row))
    assert not rows[0].bad and rows[1].bad and rows[1].number == 3
    assert said(rows[1]).startswith(says), said(rows[1])


def test_rows_of_sums_repeated_heads_and_empty_ones_are_left_out():
    rows, _, _ = judged(csv_of(HEAD, GOOD, [""] * 7, HEAD, ["合 计", "", "", "", "2600", "600", "2000"]))
    assert [r.left_out for r in rows] == ["", "重复的表头", "合计或说明行"]


def test_the_same_person_and_period_twice_and_one_number_for_two_names():
    other = ["林小川", *GOOD[1:]]
    rows, _, _ = judged(csv_of(HEAD, GOOD, GOOD, other))
    assert [r.bad for r in rows] == [False, True, True]
    assert "与第 2 行是同一人、同一期间" in said(rows[1]) and "身份证号相同、姓名不同" in said(rows[2])


def test_what_stands_in_the_ledger_is_not_entered_again():
    table = read_table(csv_of(HEAD, GOOD), encoding="utf-8", sheet="", recognise=recognise)
    standing = {("id", GOOD[1], None, None)}
    roster = Roster(table.header, table.header_row, rate=None, standing=standing)
    assert "已在工资台账中" in said(roster.judge(next(table.rows)))


def test_rare_names_are_names():
    for name in ("阿卜杜拉·买买提", "𠮷田", "欧阳娜娜"):
        rows, _, _ = judged(csv_of(HEAD, [name, *GOOD[1:]]))
        assert not rows[0].bad and rows[0].said["worker_name"] == name


# --- days ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "first", "last"),
    [
        ("2026-01-05", "2026-01-05", "2026-01-05"), ("2026/1/5", "2026-01-05", "2026-01-05"),
        ("2026年1月5日", "2026-01-05", "2026-01-05"), ("20260105", "2026-01-05", "2026-01-05"),
        ("2026.1.5", "2026-01-05", "2026-01-05"), ("2026-01", "2026-01-01", "2026-01-31"),
        ("2026年2月", "2026-02-01", "2026-02-28"), (date(2026, 1, 5), "2026-01-05", "2026-01-05"),
        (datetime(2026, 1, 5, 8), "2026-01-05", "2026-01-05"),
    ],
)  # fmt: skip
def test_days_as_people_write_them(value, first, last):
    assert (str(day_of(value)), str(day_of(value, last=True))) == (first, last)


@pytest.mark.parametrize(
    "value",
    [
        "2026-02-30",
        "农历正月初五",
        "1900-02-29",
        date(1900, 2, 28),
        "2027-01-01",
        Decimal(45901),
        "26-1-5",
        "2026-13-01",
    ],
)
def test_a_day_that_is_none_is_refused(value):
    with pytest.raises(Refused):
        day_of(value)


def test_a_period_in_one_column():
    head = ["姓名", "欠薪期间", "欠薪金额"]
    rows, _, _ = judged(
        csv_of(head, ["甲某", "2025-09至2025-11", "100"], ["乙某", "2025年9月—11月", "100"], ["丙某", "2025-09", "100"])
    )
    assert [(str(r.said["period_from"]), str(r.said["period_to"])) for r in rows] == [
        ("2025-09-01", "2025-11-30"), ("2025-09-01", "2025-11-30"), ("2025-09-01", "2025-09-30")]  # fmt: skip
    assert rows[2].said["months"] == 1


# --- attendance ------------------------------------------------------------------------------------------------------


def test_an_attendance_sheet_is_summed_and_paid_by_one_rate():
    head = ["姓名", "月份", *[str(n) for n in range(1, 32)], "出勤天数"]
    marks = ["√"] * 20 + ["半"] + ["×"] * 9 + [""]
    content = csv_of(head, ["林大河", "2026-01", *marks, "20.5"], ["林小川", "2026-01", *marks, "21"],
                     ["周新", "2026-01", "迟到", *marks[1:], ""])  # fmt: skip
    rows, _, _ = judged(content, rate=Decimal(260))
    assert (rows[0].said["quantity"], rows[0].said["due"]) == (Decimal("20.5"), Decimal("5330.00"))
    assert "天数 21 与各日出勤之和 20.5 不符" in said(rows[1]) and "不是出勤记号" in said(rows[2])
    assert "请填写金额" in said(judged(content)[0][0]), "no rate, no amount: nothing is made up"


# --- workbooks -------------------------------------------------------------------------------------------------------


def test_a_workbook_with_a_title_numbers_and_dates():
    row = ["林大河", "411221198001010013", 10.5, 260, 2730, 0, 2730, date(2026, 1, 1), "2026-01-31"]
    rows, table, _ = judged(book_of(["某项目欠薪表"], [*HEAD, "起", "止"], row))
    assert not rows[0].bad, said(rows[0])
    assert (rows[0].said["claimed"], rows[0].said["period_from"]) == (Decimal(2730), date(2026, 1, 1))
    assert table.header_row == 2 and rows[0].number == 3


def test_amounts_that_a_double_holds_badly_are_those_that_were_meant():
    assert money_of(Decimal(repr(0.1 + 0.2))) == Decimal("0.30")
    with pytest.raises(Refused, match="两位小数"):
        money_of(Decimal("0.305"))


@given(st.decimals("0", "9999999.99", places=2))
def test_a_cell_of_a_workbook_keeps_its_fen(amount):
    assert money_of(Decimal(repr(float(amount)))) == amount


def merged(book, sheet):
    sheet.merge_cells("A2:A3")


def hidden_row(book, sheet):
    sheet.row_dimensions[2].hidden = True


def hidden_sheet(book, sheet):
    book.create_sheet("秘密").sheet_state = "hidden"
    book.create_sheet("二月")


def empty_to_the_bottom(book, sheet):
    for row in (1500, 60_000):
        sheet.cell(row=row, column=1).number_format = "0.00"
    sheet.cell(row=60_001, column=1, value="林末")


@pytest.mark.parametrize(
    ("row", "change", "says"),
    [
        (["林大河", 411221198001010011, 10, 260, 2600, 600, 2000], None, "B身份证号是数字格式，已丢失位数"),
        (["林大河", GOOD[1], 10, 260, "=C2*D2", 600, 2000], None, "E是公式"),
        (["林大河", GOOD[1], 10, 260, 2600, 600, True], None, "G是“真/假”值"),
        (["林大河", GOOD[1], 10, 260, 2600, 600, "#N/A"], None, "G"),
        (["林大河", GOOD[1], 10, 260, -5, 600, 2000], None, "E金额不能是负数"),
        ([None, *GOOD[1:]], merged, "A在合并单元格 A2:A3 中"),
    ],
)
def test_a_bad_cell_of_a_workbook(row, change, says):
    rows, _, _ = judged(book_of(HEAD, ["林小川", "411221198001010021", *GOOD[2:]], row, change=change))
    assert rows[1].bad and said(rows[1]).startswith(says), said(rows[1])


def test_what_is_hidden_or_left_out_is_said():
    rows, _, _ = judged(book_of(HEAD, GOOD, change=hidden_row))
    assert not rows[0].bad and "隐藏" in said(rows[0])
    _, table, _ = judged(book_of(HEAD, GOOD, change=hidden_sheet))
    assert "工作表“秘密”是隐藏的，没有读取" in table.notes and "还有工作表“二月”没有读取" in table.notes
    with pytest.raises(Unreadable, match="没有名为“三月”的工作表，可选：花名册、二月"):
        judged(book_of(HEAD, GOOD, change=hidden_sheet), sheet="三月")
    rows, table, _ = judged(book_of(HEAD, GOOD, change=empty_to_the_bottom))
    assert len(rows) == 1 and f"连续 {EMPTY_RUN} 行为空，以下没有再读" in table.notes[-1]


def repacked(content: bytes, **parts: bytes) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, parts.pop(name, None) or old.read(name))
        for name, value in parts.items():
            new.writestr(name, value)
    return kept.getvalue()


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;">]>'
    b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    b"<si><t>&lol2;</t></si></sst>"
)


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ({"xl/vbaProject.bin": b"x"}, "含有宏"),
        ({"xl/externalLinks/externalLink1.xml": b"<x/>"}, "外部链接"),
        ({"xl/media/bomb": b"\0" * (130 * 1024 * 1024)}, "解压后过大"),
        ({"xl/sharedStrings.xml": LAUGHS}, "不该有的声明"),
        ({"xl/worksheets/sheet1.xml": b"<worksheet"}, "不完整|不是完整"),
        ({"xl/workbook.xml": b"<x/>"}, "不完整|不是完整|没有可见"),
    ],
)
def test_a_workbook_that_would_do_harm_is_refused(parts, says):
    with pytest.raises(Unreadable, match=says):
        judged(repacked(book_of(HEAD, GOOD), **parts))


def test_a_zip_that_is_no_workbook():
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("readme.txt", "x")
    with pytest.raises(Unreadable, match="不是 Excel"):
        judged(kept.getvalue())


# --- damaged inside ---------------------------------------------------------------------------------------------------

NUMBERS = book_of(HEAD, ["林大河", GOOD[1], 10, 260, 2600, 600, 2000])
SHEET = "xl/worksheets/sheet1.xml"


def parts_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", how) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return kept.getvalue()


def cell(old: bytes, new: bytes) -> bytes:
    parts = parts_of(NUMBERS)
    assert old in parts[SHEET]
    return packed(parts | {SHEET: parts[SHEET].replace(old, new)})


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (cell(b"<v>2600</v>", b"<v>abc</v>"), "工作表“花名册”第 2 行起"),
        (cell(b"<v>2600</v>", b"<v>NaN</v>"), "工作表“花名册”第 2 行起"),
        (cell(b"<v>2600</v>", b"<v>" + b"9" * 5000 + b"</v>"), "工作表“花名册”第 2 行起"),
        (cell(b't="n"><v>2600', b't="d"><v>2026-13-45'), "工作表“花名册”第 2 行起"),
        (cell(b't="n"><v>2600', b't="s"><v>99999'), "工作表“花名册”第 2 行起"),
        (cell(b'r="E2"', b'r="ZZZZZ2"'), "工作表“花名册”第 2 行起"),
        (cell(b'<row r="2"', b'<row r="abc"'), "工作表“花名册”第 2 行起"),
        (cell(b"</sheetData>", b'</sheetData><mergeCells><mergeCell ref="Z9:A1"/></mergeCells>'), "内容不完整或已损坏"),
        (cell(b"</sheetData>", b"</sheetData><mergeCells>" + b'<mergeCell ref="A1:CV900"/>' * 9 + b"</mergeCells>"),
         "合并单元格 A1:CV900 过大"),
        (packed(parts_of(NUMBERS) | {f"x/{n}.xml": b"" for n in range(2100)}), "文件内部有"),
    ],
    ids=lambda value: value if isinstance(value, str) else "file",
)  # fmt: skip
def test_what_is_damaged_is_named(content, says):
    with pytest.raises(Unreadable, match=says):
        judged(content)


@pytest.mark.parametrize("part", sorted(parts_of(NUMBERS)))
def test_a_part_that_is_empty_cut_or_something_else_is_never_our_fault(part):
    """Whatever the library makes of it: a table, or a refusal in words."""
    parts = parts_of(NUMBERS)
    for data in (b"", parts[part][: len(parts[part]) // 2], b"<a xmlns='x'><b/></a>", b"\xff\x00" * 50):
        try:
            judged(packed(parts | {part: data}))
        except Unreadable as refused:
            assert str(refused).strip()


def test_a_packing_that_cannot_be_undone_is_a_refusal():
    content = bytearray(packed(parts_of(NUMBERS), zipfile.ZIP_LZMA))
    at = content.find(SHEET.encode()) + 60
    content[at : at + 10] = b"\xff" * 10
    with pytest.raises(Unreadable, match="不是完整的"):
        judged(bytes(content))
