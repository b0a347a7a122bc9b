"""The crime threshold: 以上 includes the number itself, workers are distinct, missing elements are shown."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from workflows.law.thresholds import Figures, OrderFacts, WorkerArrears, assess, reaches_amount

HENAN = Figures(one_months=3, one_amount=Decimal(8000), group_workers=10, group_amount=Decimal(40000))
CENT = Decimal("0.01")


def owed(*lines: tuple[str, int | str, int | str]) -> list[WorkerArrears]:
    return [WorkerArrears(worker, Decimal(months), Decimal(amount)) for worker, months, amount in lines]


def crew(size: int, total: str) -> list[WorkerArrears]:
    """So many workers who together are owed exactly the total."""
    share = (Decimal(total) / size).quantize(CENT)
    first = Decimal(total) - share * (size - 1)
    return [WorkerArrears(f"工人{n}", Decimal(1), share if n else first) for n in range(size)]


@pytest.mark.parametrize(
    ("arrears", "reached"),
    [
        (owed(("张一", 3, 8000)), True),
        (owed(("张一", 3, "7999.99")), False),
        (owed(("张一", "2.9", 8000)), False),
        (owed(("张一", 2, 100000)), False),
        (owed(("张一", 12, "7999.99"), ("李二", 2, 9000)), False),
        (crew(10, "40000"), True),
        (crew(10, "39999.99"), False),
        (crew(9, "400000"), False),
        (crew(11, "40000"), True),
        ([], False),
    ],
)
def test_the_amount_is_reached_exactly_at_the_figure(arrears: list[WorkerArrears], reached: bool) -> None:
    assert reaches_amount(arrears, HENAN) is reached


def test_lines_of_one_worker_are_one_worker() -> None:
    assert reaches_amount(owed(("张一", 1, 3000), ("张一", 2, 5000)), HENAN)
    ten_lines = [WorkerArrears(f"工人{n % 9}", Decimal(1), Decimal(4000)) for n in range(10)]
    assert not reaches_amount(ten_lines, HENAN), "nine workers on ten lines are nine"


def test_a_worker_who_is_owed_nothing_is_not_counted() -> None:
    assert not reaches_amount([*crew(9, "50000"), *owed(("赵十", 4, 0))], HENAN)


ORDER = OrderFacts("劳动保障监察限期改正指令书", date(2026, 3, 5), date(2026, 2, 26), "送达回证", Decimal(8000))


def test_the_sheet_says_on_what_each_element_stands() -> None:
    sheet = assess(owed(("张一", 3, 8000)), HENAN, on=date(2026, 3, 6), evasion=["更换电话，离开本地"], order=ORDER)
    assert sheet.reached
    assert sheet.missing == ()
    assert all(element.basis for element in sheet.elements)
    assert "《中华人民共和国刑法》第二百七十六条之一" in sheet.order.article


def test_what_is_missing_is_shown_and_nothing_else_changes() -> None:
    sheet = assess(owed(("张一", 2, 8000)), HENAN, on=date(2026, 3, 6))
    assert not sheet.reached
    assert [element.shown for element in sheet.elements] == [False, False, False]
    assert len(sheet.missing) == 3


@pytest.mark.parametrize(
    ("changed", "on", "missing"),
    [
        ({}, date(2026, 3, 5), "尚未届满"),
        ({"served_on": None}, date(2026, 3, 6), "尚未送达"),
        ({"proof": ""}, date(2026, 3, 6), "送达证明"),
        ({"rest": Decimal(0)}, date(2026, 3, 6), "已经付清"),
    ],
)
def test_an_order_counts_when_served_passed_and_unpaid(changed: dict, on: date, missing: str) -> None:
    facts = {name: getattr(ORDER, name) for name in ("paper", "pay_by", "served_on", "proof", "rest")} | changed
    sheet = assess(owed(("张一", 3, 8000)), HENAN, on=on, ability=["账户余额"], order=OrderFacts(**facts))
    assert not sheet.order.shown
    assert missing in "".join(sheet.order.missing)
    assert sheet.conduct.shown
