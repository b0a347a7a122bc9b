"""大写 and figures are the same amount, whatever the amount."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.wording.amounts import TOO_LARGE, figures, from_words, in_words
from workflows.wording.blocks import money

amounts = st.decimals(min_value=0, max_value=TOO_LARGE - 1, places=2)


@given(amounts)
def test_words_and_figures_read_back_to_the_same_amount(amount):
    assert from_words(in_words(amount)) == amount == Decimal(figures(amount).replace(",", ""))


@given(amounts, amounts)
def test_no_two_amounts_have_the_same_words(one, other):
    assert (in_words(one) == in_words(other)) == (one == other)


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "零元整"), ("0.05", "伍分"), ("0.50", "伍角整"), ("10", "壹拾元整"), ("100.05", "壹佰元零伍分"),
        ("1680.32", "壹仟陆佰捌拾元叁角贰分"), ("16409.02", "壹万陆仟肆佰零玖元零贰分"), ("20050", "贰万零伍拾元整"),
        ("107000.53", "壹拾万柒仟元伍角叁分"), ("100010000", "壹亿零壹万元整"), ("1000000001", "壹拾亿零壹元整"),
    ],
)  # fmt: skip
def test_amounts_as_the_rules_of_payment_write_them(amount, words):
    assert in_words(Decimal(amount)) == words


@pytest.mark.parametrize("amount", ["-0.01", "0.001", "1000000000000", "NaN", "Infinity"])
def test_what_no_paper_can_say_is_refused(amount):
    with pytest.raises(ValueError):
        in_words(Decimal(amount))


@pytest.mark.parametrize(
    "text", ["", "元", "壹", "壹元", "壹拾元", "壹元整整", "１元整", "壹万万元整", "零壹元整", "人民币壹元整"]
)
def test_only_the_one_way_of_writing_is_read(text):
    with pytest.raises(ValueError):
        from_words(text)


def test_a_paper_says_both():
    assert money("13600.00") == "人民币壹万叁仟陆佰元整（¥13,600.00）"
