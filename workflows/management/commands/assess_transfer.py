"""Whether facts reach the crime threshold: the three elements, each with its basis, from a file of facts."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from unicodedata import category

from django.core.management.base import BaseCommand, CommandError, CommandParser

from workflows.errors import InvalidInput
from workflows.inputs import EARLIEST, LARGEST_AMOUNT, LATEST
from workflows.law.instruments import article
from workflows.law.thresholds import (
    CRIME_KEYS,
    Element,
    NoFigure,
    ThresholdFigure,
    WorkerArrears,
    assess_amount,
    assess_conduct,
    by_worker,
    crime_figures_of,
    figures,
)
from workflows.procedures.threshold_sheet import element_words, figure_words

REFUSED = 2  # the exit code for what cannot be read
FIELDS = ("region", "on", "workers", "ordered", "order_expired", "evasion", "able_to_pay")
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LONGEST_FILE = 16 * 1024 * 1024


class Command(BaseCommand):
    help = "按移送标准核对一组事实：三个要件各自的依据和欠缺，输出一个 JSON 对象。输入有误以退出码 2 拒绝并指明字段。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE.json", help="one object: " + ", ".join(FIELDS))

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            answer = assessed(_read(options["file"]))
        except InvalidInput as wrong:
            said = "\n".join(f"{name}：{text}" for name, texts in wrong.errors.items() for text in texts)
            raise CommandError(said, returncode=REFUSED) from wrong
        self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=1))


def assessed(facts: dict[str, Any]) -> dict[str, Any]:
    """The answer to facts as they were read. Raises InvalidInput, naming the field."""
    unknown = sorted(set(facts) - set(FIELDS))
    missing = [name for name in FIELDS if name not in facts]
    if unknown or missing:
        raise InvalidInput({name[:60]: "没有这个字段" for name in unknown} | dict.fromkeys(missing, "缺少这个字段"))
    region, on, workers = _region(facts["region"]), _day(facts["on"]), _workers(facts["workers"])
    ordered, expired = _flag(facts, "ordered"), _flag(facts, "order_expired")
    try:
        rows = figures(CRIME_KEYS, on, region)
    except NoFigure as none:
        known = ThresholdFigure.objects.filter(key__in=CRIME_KEYS, region=region).exists()
        raise InvalidInput({"on" if known else "region": str(none)}) from none
    evasion, able = _evasion(facts["evasion"]), _flag(facts, "able_to_pay")
    elements = {
        "conduct": assess_conduct(evasion, ("认定有能力支付",) if able else ()),
        "amount": assess_amount(workers, crime_figures_of(rows)),
        "order": _order(ordered, expired, by_worker(workers)),
    }
    return {
        "region": region,
        "on": str(on),
        **{key: element_words(key, element) for key, element in elements.items()},
        "workers": len(by_worker(workers)),
        "total": f"{sum((w.amount_owed for w in by_worker(workers)), Decimal()):.2f}",
        "figures": figure_words(rows),
        "missing": [key for key, element in elements.items() if not element.shown],
    }


def _order(ordered: bool, expired: bool, owed: tuple[WorkerArrears, ...]) -> Element:
    """Ordered, the date passed, and something still unpaid (SPC3 4)."""
    missing = []
    if not ordered:
        missing.append("缺少责令支付文书")
    elif not expired:
        missing.append("责令支付期限尚未届满")
    if ordered and not owed:
        missing.append("责令支付的数额已经付清")
    basis = ("已责令支付", "期限已届满仍未支付") if not missing else ("已责令支付",) if ordered else ()
    return Element("经责令支付仍不支付", article("CL 276-1; SPC3 4"), not missing, basis, tuple(missing))


# --- reading -----------------------------------------------------------------------------------------------


def _read(name: str) -> dict[str, Any]:
    try:
        raw = Path(name).read_bytes() if name != "-" else b""
    except OSError as trouble:
        raise InvalidInput({"FILE": f"读不到这个文件（{trouble.strerror}）"}) from trouble
    if len(raw) > _LONGEST_FILE:
        raise InvalidInput({"FILE": "文件过大"})
    try:
        found = json.loads(
            raw.decode("utf-8-sig"), object_pairs_hook=_once, parse_float=Decimal, parse_constant=_no_number
        )
    except UnicodeDecodeError as wrong:
        raise InvalidInput({"FILE": "不是 UTF-8 文字"}) from wrong
    except RecursionError as wrong:
        raise InvalidInput({"FILE": "嵌套过深"}) from wrong
    except json.JSONDecodeError as wrong:
        raise InvalidInput({"FILE": f"不是完整的 JSON（第 {wrong.lineno} 行第 {wrong.colno} 个字符）"}) from wrong
    except (ValueError, InvalidOperation) as wrong:
        raise InvalidInput({"FILE": "JSON 中的数字过长"}) from wrong
    if not isinstance(found, dict):
        raise InvalidInput({"FILE": "应为一个 JSON 对象"})
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    twice = next((name for name in names if names.count(name) > 1), None) if len(set(names)) < len(names) else None
    if twice is not None:
        raise InvalidInput({twice[:60]: "这个字段出现两次"})
    return dict(pairs)


def _no_number(word: str) -> Any:
    raise InvalidInput({"FILE": f"{word} 不是数字"})


def _region(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise InvalidInput({"region": "应为地区代码，例如 henan"})
    return value.strip().lower()


def _day(value: Any) -> date:
    try:
        day = date.fromisoformat(value) if isinstance(value, str) and _DAY.fullmatch(value) else None
    except ValueError:
        day = None
    if day is None or not EARLIEST <= day < LATEST:
        raise InvalidInput({"on": "应为日期，例如 2026-11-23"})
    return day


def _flag(facts: dict[str, Any], name: str) -> bool:
    """A yes or no; null is not known and shows nothing."""
    value = facts[name]
    if value is not None and not isinstance(value, bool):
        raise InvalidInput({name: "应为 true 或 false"})
    return bool(value)


def _evasion(value: Any) -> tuple[str, ...]:
    """true, or the conduct in words, one text or several."""
    if value is None or isinstance(value, bool):
        return ("认定有转移财产、逃匿等行为",) if value else ()
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise InvalidInput({"evasion": "应为 true、false，或写明行为的文字"})
    if any(category(character) in ("Cs", "Cc") and character not in "\n\t" for text in texts for character in text):
        raise InvalidInput({"evasion": "含有不能使用的控制字符"})
    return tuple(text.strip() for text in texts if text.strip())


def _workers(value: Any) -> list[WorkerArrears]:
    if not isinstance(value, list):
        raise InvalidInput({"workers": "应为列表，每名劳动者一个对象"})
    found, wrong = [], {}
    for number, row in enumerate(value):
        place = f"workers[{number}]"
        if not isinstance(row, dict):
            wrong[place] = "应为一个对象"
            continue
        for name in sorted(set(row) - {"months_owed", "amount_owed"}):
            wrong[f"{place}.{name[:40]}"] = "没有这个字段"
        months = _number(row, place, "months_owed", Decimal(600), wrong)
        amount = _number(row, place, "amount_owed", LARGEST_AMOUNT, wrong)
        if months is not None and amount is not None:
            found.append(WorkerArrears(f"第{number + 1}名劳动者", months, amount))
    if wrong:
        raise InvalidInput(dict(list(wrong.items())[:20]))
    return found


def _number(row: dict[str, Any], place: str, name: str, most: Decimal, wrong: dict[str, str]) -> Decimal | None:
    """An exact number: text, integer or a decimal of JSON, never through a float."""
    value = row.get(name)
    try:
        number = None if isinstance(value, bool) or not isinstance(value, str | int | Decimal) else Decimal(value)
        if isinstance(value, str) and "_" in value:  # Python's way of writing numbers, nobody else's
            number = None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite():
        wrong[f"{place}.{name}"] = "缺少" if name not in row else "应为数字"
    elif not 0 <= number <= most:
        wrong[f"{place}.{name}"] = f"应在 0 与 {most} 之间"
    elif name == "amount_owed" and number != number.quantize(Decimal("0.01")):
        wrong[f"{place}.{name}"] = "金额最多到分"
    else:
        return number
    return None
