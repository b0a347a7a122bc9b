"""Amounts as papers write them: figures and 大写, one function for each way, so that the two can be held together.

The rules are those of 支付结算办法, annex 1: 零 for a gap, 整 where no 分 follows. Yuan as Decimal, never float.
"""

from __future__ import annotations

from decimal import Decimal

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿")
#: the first amount that has no name here: the ledger holds no such sum either
TOO_LARGE = Decimal(10) ** 12


def figures(amount: Decimal) -> str:
    """13,600.00 for thirteen thousand six hundred yuan."""
    return f"{amount:,.2f}"


def in_words(amount: Decimal) -> str:
    """大写: 13600 → 壹万叁仟陆佰元整, 16409.02 → 壹万陆仟肆佰零玖元零贰分.

    Raises ValueError for what no paper can say: less than nought, more than two decimals, a million million and more.
    """
    if not amount.is_finite() or amount < 0 or amount >= TOO_LARGE or amount != amount.quantize(Decimal("0.01")):
        raise ValueError(f"{amount} yuan cannot be written in words")
    cents = int(amount * 100)
    yuan, tenths, hundredths = cents // 100, cents // 10 % 10, cents % 10
    words = _whole(yuan) + "元" if yuan else ""
    if not tenths and not hundredths:
        return (words or "零元") + "整"
    if tenths:
        words += f"{_DIGITS[tenths]}角"
    elif words:
        words += "零"
    return words + (f"{_DIGITS[hundredths]}分" if hundredths else "整")


def from_words(text: str) -> Decimal:
    """The amount that 大写 means. Raises ValueError unless it is written exactly as `in_words` writes it."""
    yuan, mark, rest = text.partition("元")
    if not mark:
        yuan, rest = "", text
    amount = Decimal(_read_whole(yuan))
    for unit, worth in (("角", Decimal("0.1")), ("分", Decimal("0.01"))):
        at = rest.find(unit)
        if at > 0 and rest[at - 1] in _DIGITS:
            amount += _DIGITS.index(rest[at - 1]) * worth
    if in_words(amount) != text:
        raise ValueError(f"{text!r} is no amount in words")
    return amount


def _whole(number: int) -> str:
    """The yuan in groups of four digits; a gap between two that speak is one 零."""
    groups = [number // 10 ** (4 * n) % 10_000 for n in range(len(_GROUPS))]
    words, gap = "", False
    for place in reversed(range(len(_GROUPS))):
        group = groups[place]
        if not group:
            gap = gap or bool(words)
            continue
        if words and (gap or group < 1000):
            words += "零"
        words, gap = words + _group(group) + _GROUPS[place], False
    return words


def _group(number: int) -> str:
    """1 … 9999."""
    words, gap = "", False
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        if not digit:
            gap = bool(words)
            continue
        words, gap = words + ("零" if gap else "") + _DIGITS[digit] + _PLACES[place], False
    return words


def _read_whole(text: str) -> int:
    """The yuan before 元; nonsense gives some number, which `from_words` then finds does not read back."""
    total = group = digit = 0
    for character in text:
        if character in _DIGITS:
            digit = _DIGITS.index(character)
        elif character in _PLACES[1:]:
            group, digit = group + digit * 10 ** _PLACES.index(character), 0
        elif character in _GROUPS[1:]:
            total, group, digit = total + (group + digit) * 10 ** (4 * _GROUPS.index(character)), 0, 0
        else:
            raise ValueError(f"{character!r} stands in no amount")
    return total + group + digit
