"""Bank pay-out files (银行发放明细): what each row says, and which lines of the ledger it pays.

Exact matches first, then suggestions with their reason for an officer to accept, then what is left on both sides.
Pure: it proposes, an act records. A row pays once; a worker's lines are paid oldest first.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from workflows.casefile.imports import ImportRow
from workflows.casefile.ledger import ZERO, LedgerLine
from workflows.columns import Columns, Judged, account_of, id_of, moment_of, money_of, name_of, text_of
from workflows.procedures.money import room_on
from workflows.tables import Row, header_words

SYNONYMS: dict[str, tuple[str, ...]] = {
    "name": ("户名", "姓名", "收款人", "收款人姓名", "收款户名", "收款人户名", "收款方户名", "收款人名称", "客户姓名", "员工姓名",
             "工人姓名", "对方户名"),
    "account": ("账号", "帐号", "卡号", "银行卡号", "收款账号", "收款帐号", "收款卡号", "收款人账号", "收款人帐号", "收款方账号",
                "银行账号", "对方账号"),
    "id_number": ("身份证号", "身份证号码", "证件号码", "证件号", "身份证"),
    "amount": ("金额", "实发", "实发金额", "实发工资", "发放金额", "交易金额", "转账金额", "代发金额", "付款金额", "支付金额", "发生额"),
    "status": ("状态", "交易状态", "处理结果", "处理状态", "发放状态", "交易结果", "结果", "返回信息"),
    "at": ("日期", "交易日期", "交易时间", "发放日期", "发放时间", "支付日期", "支付时间", "转账日期", "记账日期", "入账日期"),
    "serial": ("流水号", "交易流水号", "凭证号", "回单编号", "交易序号", "业务编号"),
}  # fmt: skip
LABELS = {
    "name": "户名", "account": "账号", "id_number": "身份证号", "amount": "金额", "status": "状态", "at": "日期", "serial": "流水号",
}  # fmt: skip
_KNOWN = {word: name for name, words in SYNONYMS.items() for word in words}
_DONE = re.compile(r"成功|已发|已入账|已到账|已支付|完成|正常")
_NOT_DONE = re.compile(r"失败|不成功|未成功|退|撤|拒|异常|待|处理中|未")
_SUMS = re.compile(r"^(合计|总计|小计|共计|笔数|制表)")


def recognise(words: Sequence[str]) -> int:
    """How many columns a header row names; none without name and amount."""
    found = {_KNOWN[w] for w in map(header_words, words) if w in _KNOWN}
    return len(found) if {"name", "amount"} <= found else 0


class PayOut:
    """One bank file being judged, row by row."""

    def __init__(self, header: Sequence[str], header_row: int) -> None:
        self.columns = Columns(header, SYNONYMS, header_row)
        self._serials: dict[str, int] = {}

    def listed(self) -> list[dict[str, str]]:
        """The columns found, for the preview."""
        return self.columns.listed(LABELS)

    def judge(self, row: Row) -> Judged:
        """One row: a payment the bank made, or why it is none."""
        judged = Judged(row.number)
        first = next((v for v in row.values if v is not None), None)
        if isinstance(first, str) and _SUMS.match(re.sub(r"\s", "", first)):
            judged.left_out = "合计或说明行"
            return judged
        if all(header_words(v) in _KNOWN or v is None for v in row.values):
            judged.left_out = "重复的表头"
            return judged
        read, said, found = self.columns.read, judged.said, self.columns.found
        status = read("status", row, judged, text_of) or ""
        if status and (_NOT_DONE.search(status) or not _DONE.search(status)):
            judged.left_out = f"银行未支付：{status[:20]}"
        said["name"] = read("name", row, judged, name_of)
        said["amount"] = read("amount", row, judged, money_of)
        said["account"] = read("account", row, judged, account_of) or ""
        said["id_number"] = read("id_number", row, judged, id_of) or ""
        said["at"] = read("at", row, judged, moment_of)
        said["serial"] = read("serial", row, judged, text_of) or ""
        if judged.left_out:
            judged.problems.clear()
            return judged
        for name in ("name", "amount"):
            if said[name] is None and not judged.bad:
                judged.problem(f"缺少{LABELS[name]}", found[name])
        if said["amount"] is not None and said["amount"] == 0:
            judged.problem("金额为 0", found["amount"])
        serial = said["serial"]
        if serial and self._serials.setdefault(serial, row.number) != row.number:
            judged.problem(f"与第 {self._serials[serial]} 行流水号相同", found["serial"])
        if row.hidden:
            judged.problem("这一行在文件中是隐藏的，请核对", bad=False)
        return judged


# --- reconciliation --------------------------------------------------------------------------------------------------


@dataclass
class Person:
    """One worker with what may still be paid to him, line by line, oldest first."""

    name: str
    id_number: str
    account: str
    lines: list[LedgerLine] = field(default_factory=list)
    rooms: dict[int, Decimal] = field(default_factory=dict)

    @property
    def rest(self) -> Decimal:
        return sum(self.rooms.values(), ZERO)

    def take(self, amount: Decimal) -> list[tuple[LedgerLine, Decimal]]:
        """The shares an amount falls into: on the one line it is exactly, else from the oldest on."""
        one = next((x for x in self.lines if self.rooms[x.pk] == amount), None)
        shares = []
        for line in [one] if one is not None else self.lines:
            share = min(amount, self.rooms[line.pk])
            if share > 0:
                shares.append((line, share))
                self.rooms[line.pk] -= share
                amount -= share
        return shares


@dataclass(frozen=True)
class Match:
    """A row and the shares it pays; `reason` says on what the match stands."""

    row: ImportRow
    said: dict[str, Any]
    shares: list[tuple[LedgerLine, Decimal]]
    reason: str


@dataclass
class Reconciled:
    """A bank file beside the ledger: matched exactly, suggested, and what is left on either side."""

    exact: list[Match] = field(default_factory=list)
    suggested: list[Match] = field(default_factory=list)
    rows_left: list[tuple[ImportRow, dict[str, Any], str]] = field(default_factory=list)
    lines_left: list[LedgerLine] = field(default_factory=list)


def reconcile(rows: Iterable[ImportRow], lines: Iterable[LedgerLine]) -> Reconciled:
    """Match rows that have paid nothing yet to lines with something left (yuan). Exact rows take first."""
    people = _people(lines)
    by_name: dict[str, list[Person]] = defaultdict(list)
    for one in people:
        by_name[one.name].append(one)
    by_id = {p.id_number: p for p in people if p.id_number}
    found, later = Reconciled(), []
    waiting = [(row, row.values) for row in rows]
    times: dict[str, int] = defaultdict(int)
    for _, said in waiting:
        times[said["name"]] += 1
    for row, said in waiting:
        who, how = _surely(said, by_name, by_id, times)
        amount = Decimal(said["amount"])
        if who is not None and (amount == who.rest or amount in who.rooms.values()):
            found.exact.append(Match(row, said, who.take(amount), f"{how}、金额一致"))
        else:
            later.append((row, said, who, how))
    for row, said, who, how in later:
        match, reason = _suggest(row, said, who, how, by_name, people)
        if match is not None:
            found.suggested.append(match)
        else:
            found.rows_left.append((row, said, reason))
    taken = {line.pk for m in (*found.exact, *found.suggested) for line, _ in m.shares}
    found.lines_left = [x for p in people for x in p.lines if x.pk not in taken]
    return found


def _people(lines: Iterable[LedgerLine]) -> list[Person]:
    found: dict[tuple[str, str], Person] = {}
    for line in sorted(lines, key=lambda x: (x.period_from or date.max, x.pk or 0)):
        room = room_on(line)
        if room <= 0 or not line.stands:
            continue
        worker = line.worker
        one = found.setdefault(worker.same_person, Person(worker.name, worker.id_number, worker.bank_account))
        one.account = one.account or worker.bank_account
        one.lines.append(line)
        one.rooms[line.pk] = room
    return list(found.values())


def _surely(
    said: dict[str, Any], by_name: dict[str, list[Person]], by_id: dict[str, Person], times: dict[str, int]
) -> tuple[Person | None, str]:
    """The worker a row is about beyond doubt: by ID number, by name and account tail, by a name borne once."""
    name, number = said["name"], said["id_number"]
    if number and number in by_id and by_id[number].name == name:
        return by_id[number], "姓名、身份证号"
    same = by_name.get(name, [])
    if number and any(p.id_number and p.id_number != number for p in same):
        return None, ""
    tailed = [p for p in same if _tail(p.account) and _tail(p.account) == _tail(said["account"])]
    if len(tailed) == 1:
        return tailed[0], "姓名、账号尾号"
    doubt = said["account"] and any(_tail(p.account) for p in same)
    if len(same) == 1 and times[name] == 1 and not doubt:
        return same[0], "姓名（只有一人）"
    return None, ""


def _suggest(
    row: ImportRow, said: dict[str, Any], who: Person | None, how: str, by_name: dict[str, list[Person]],
    people: list[Person],
) -> tuple[Match | None, str]:  # fmt: skip
    """What an officer may accept, with the reason; or why there is nothing to suggest."""
    amount = Decimal(said["amount"])

    def match(person: Person, reason: str) -> tuple[Match | None, str]:
        if amount > person.rest:
            return None, f"{reason}；金额多于尚欠的 {person.rest:,.2f} 元"
        part = "" if amount == person.rest else f"；部分支付，尚欠 {person.rest:,.2f} 元"
        return Match(row, said, person.take(amount), reason + part), ""

    if who is not None:
        return match(who, how)
    same = by_name.get(said["name"], [])
    fitting = [p for p in same if p.rest == amount]
    if len(same) > 1:
        return match(fitting[0], f"同名 {len(same)} 人，只有一人金额一致") if len(fitting) == 1 else (
            None, f"同名 {len(same)} 人，无法区分")  # fmt: skip
    if same:
        differs = "身份证号不同" if said["id_number"] and same[0].id_number else (
            "账号尾号不同" if said["account"] else "文件中有多笔")  # fmt: skip
        return match(same[0], f"姓名相同、{differs}")
    tail = _tail(said["account"])
    others = [p for p in people if p.rest == amount and p.rest > 0]
    tailed = [p for p in others if tail and _tail(p.account) == tail]
    if len(tailed) == 1:
        return match(tailed[0], f"账号尾号和金额一致，姓名不同（台账为{tailed[0].name}）")
    near = [p for p in others if _near(p.name, said["name"])]
    if len(near) == 1:
        return match(near[0], f"金额一致，姓名相近（台账为{near[0].name}）")
    return None, "台账中没有这个人，或已付清"


def _tail(account: str) -> str:
    """The last four digits; what is shorter or masked there tells nobody apart."""
    tail = account[-4:]
    return tail if len(account) >= 4 and tail.isalnum() else ""


def _near(one: str, other: str) -> bool:
    """Names of one length that differ in one character."""
    return len(one) == len(other) > 1 and sum(a != b for a, b in zip(one, other, strict=True)) == 1
