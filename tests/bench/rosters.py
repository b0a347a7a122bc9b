"""A roster of 10,000 lines: read and judged (aim ≤ 5 s), taken into the ledger by one act (aim ≤ 10 s)."""

from __future__ import annotations

import io
import statistics
import sys
import time
from datetime import date

from openpyxl import Workbook

from tests import people, walks
from workflows import clock
from workflows.casefile.imports import Import
from workflows.models import LedgerLine
from workflows.perform import perform
from workflows.taking_in import hand_in, read_import

ROWS = 10_000
ROUNDS = 3
HEAD = ("序号", "姓名", "身份证号", "工种", "出勤天数", "日工资", "应发工资", "已发", "欠发", "银行卡号", "起", "止")


def figures() -> dict[str, float]:
    """Seconds, medians over rounds; each round another case and another file."""
    who = people.settle_county()
    read, taken = [], []
    with clock.at(walks.MONDAY):
        for round_ in range(ROUNDS):
            print(f"\rroster_10000: round {round_ + 1}/{ROUNDS}   ", end="", file=sys.stderr, flush=True)
            inspection = walks.investigating(who, complainant_phone=f"1390000{round_:04d}")
            officer = who.lead.officer_id
            assert officer is not None
            content = io.BytesIO(workbook(round_))
            started = time.perf_counter()
            one = hand_in(inspection.case, officer, "roster", content, "花名册.xlsx")
            read_import(one.pk)
            read.append(time.perf_counter() - started)
            assert Import.objects.get(pk=one.pk).state == "read", Import.objects.get(pk=one.pk).problem
            started = time.perf_counter()
            perform(inspection, "import_roster", by=who.lead, inputs={"roster": str(one.public_id)})
            taken.append(time.perf_counter() - started)
            assert LedgerLine.objects.filter(case=inspection.case_id).count() == ROWS + 2
    return {
        "roster_preview_s_10000": round(statistics.median(read), 2),
        "roster_import_s_10000": round(statistics.median(taken), 2),
    }


def workbook(round_: int) -> bytes:
    """A sheet as a site office writes it: a title, twelve columns."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("花名册")
    sheet.append([f"某项目工资表 {round_}"])
    sheet.append(HEAD)
    first, last = date(2026, 1, 1), date(2026, 1, 31)
    for n in range(ROWS):
        name = f"工人{chr(0x4E00 + n // 100)}{chr(0x4E00 + n % 100)}"
        number = f"411221198{round_}{n:05d}01X"
        sheet.append((n + 1, name, number, "木工", 25.5, 260, 6630, 1000, 5630, f"62284801{n:011d}", first, last))
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()
