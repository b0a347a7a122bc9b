"""Taking a table in: keep the file, read it once, put a verdict on each row. Nothing here touches the ledger.

Reading is a job with a lease on a row: a reader that dies is followed by the next one, two readers at once are one,
and progress is a column that a page looks at. What is read is written in one transaction.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO

from django.db import connection, transaction

from workflows import clock
from workflows.casefile.case import Case
from workflows.casefile.evidence import BadFile
from workflows.casefile.imports import Encoding, Import, ImportKind, ImportRow, keep_table, table_bytes
from workflows.casefile.ledger import LedgerLine
from workflows.columns import Judged
from workflows.errors import InvalidInput
from workflows.pay_outs import PayOut
from workflows.pay_outs import recognise as pay_out_header
from workflows.rosters import Roster
from workflows.rosters import recognise as roster_header
from workflows.tables import Table, Unreadable, read_table

#: seconds a reader has a file before another may take over; told anew with each progress
LEASE = 30
#: rows between two words of progress
_STEP = 500
#: files up to this size (bytes) are read at once, larger ones by a worker
AT_ONCE = 200_000


def hand_in(
    case: Case, officer: int, kind: str, source: BinaryIO, name: str, *, encoding: str = Encoding.UTF_8,
    sheet: str = "", rate: Decimal | None = None,
) -> Import:  # fmt: skip
    """Keep a file for a case; the same bytes are the same import, read anew unless they were taken already.

    Raises InvalidInput on the field that is wrong.
    """
    if kind not in ImportKind.values:
        raise InvalidInput({"kind": "应为列出的选项之一"})
    if encoding not in Encoding.values:
        raise InvalidInput({"encoding": "应为列出的选项之一"})
    try:
        sha256, size = keep_table(source)
    except BadFile as bad:
        raise InvalidInput({"file": str(bad)}) from bad
    fresh = {
        "officer_id": officer, "at": clock.now(), "file_name": name[:200], "size": size, "encoding": encoding,
        "sheet": sheet[:40], "rate": rate, "state": Import.State.WAITING, "problem": "", "notes": [], "columns": [],
        "rows_seen": 0, "rows_total": 0, "leased_until": None,
    }  # fmt: skip
    with transaction.atomic():
        one, new = Import.objects.select_for_update().get_or_create(case=case, kind=kind, sha256=sha256, defaults=fresh)
        if not new and one.state in (Import.State.READ, Import.State.REFUSED):
            Import.objects.filter(pk=one.pk).update(**fresh)
            one.refresh_from_db()
    return one


def read_import(pk: int) -> bool:
    """Read one waiting file; False when there is nothing to do or another reader has it."""
    if not _lease(pk):
        return False
    one = Import.objects.get(pk=pk)
    try:
        table = _opened(one)
        judge, listed, notes = _judge_of(one, table)
        rows = list(_judged(one, table, judge))
        if not any(row.verdict != ImportRow.Verdict.LEFT_OUT for row in rows):
            raise Unreadable("表头下面没有可以读取的行")
    except (Unreadable, BadFile) as refused:
        return _finish(pk, [], state=Import.State.REFUSED, problem=str(refused), notes=[], columns=[])
    return _finish(pk, rows, state=Import.State.READ, problem="", notes=notes, columns=listed)


def read_waiting() -> int:
    """Read every file that waits and that no reader has; how many were read."""
    waiting = Import.objects.filter(state=Import.State.WAITING).order_by("id").values_list("pk", flat=True)
    return sum(read_import(pk) for pk in list(waiting[:20]))


def _lease(pk: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE workflows_import SET leased_until = now() + make_interval(secs => %s), rows_seen = 0"
            " WHERE id = %s AND state = 'waiting' AND (leased_until IS NULL OR leased_until < now())",
            [LEASE, pk],
        )
        return bool(cursor.rowcount == 1)


def _progress(pk: int, seen: int, total: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE workflows_import SET rows_seen = %s, rows_total = %s,"
            " leased_until = now() + make_interval(secs => %s) WHERE id = %s AND state = 'waiting'",
            [seen, total, LEASE, pk],
        )


def _finish(pk: int, rows: list[ImportRow], **told: Any) -> bool:
    with transaction.atomic():
        one = Import.objects.select_for_update().get(pk=pk)
        if one.state != Import.State.WAITING:  # another reader was faster
            return False
        ImportRow.objects.filter(of=one).delete()
        ImportRow.objects.bulk_create(rows, batch_size=2000)
        for name, value in told.items():
            setattr(one, name, value)
        one.rows_seen = one.rows_total = len(rows)
        one.leased_until = None
        one.save(update_fields=[*told, "rows_seen", "rows_total", "leased_until"])
    return True


def _opened(one: Import) -> Table:
    recognise = roster_header if one.kind == ImportKind.ROSTER else pay_out_header
    return read_table(table_bytes(one), encoding=one.encoding, sheet=one.sheet, recognise=recognise)


def _judge_of(one: Import, table: Table) -> tuple[Callable[[Any], Judged], list[dict[str, str]], list[str]]:
    reader: Roster | PayOut
    if one.kind == ImportKind.ROSTER:
        standing = standing_keys(LedgerLine.objects.filter(case=one.case_id).select_related("worker"))
        reader = Roster(table.header, table.header_row, rate=one.rate, standing=standing)
    else:
        reader = PayOut(table.header, table.header_row)
    notes = list(table.notes)
    if table.sheet:
        notes.insert(0, f"读取工作表“{table.sheet}”，表头在第 {table.header_row} 行")
    if reader.columns.unused:
        notes.append(f"没有用到的列：{'、'.join(reader.columns.unused[:20])}")
    return reader.judge, reader.listed(), notes


def standing_keys(lines: Iterable[LedgerLine]) -> set[tuple[Any, ...]]:
    """What tells lines of the ledger apart: the worker and the period."""
    return {(*x.worker.same_person, x.period_from, x.period_to) for x in lines if x.stands}


def _judged(one: Import, table: Table, judge: Callable[[Any], Judged]) -> Iterable[ImportRow]:
    for seen, row in enumerate(table.rows, start=1):
        found = judge(row)
        yield ImportRow(
            of=one,
            number=found.number,
            verdict=_verdict(found),
            said=json.dumps(_plain(found.said), ensure_ascii=False) if not found.left_out else "",
            problems=[{"column": "", "header": "", "says": found.left_out, "bad": False}]
            if found.left_out
            else found.problems,
        )
        if seen % _STEP == 0:
            _progress(one.pk, seen, table.rows_total)


def _verdict(found: Judged) -> str:
    if found.left_out:
        return ImportRow.Verdict.LEFT_OUT
    if found.bad:
        return ImportRow.Verdict.BAD
    return ImportRow.Verdict.WARNED if found.problems else ImportRow.Verdict.GOOD


def _plain(said: dict[str, Any]) -> dict[str, str | None]:
    """Exact texts: amounts and days as they will be written."""
    return {
        name: value.isoformat() if isinstance(value, date | datetime) else None if value is None else str(value)
        for name, value in said.items()
    }
