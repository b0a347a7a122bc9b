"""What the fields take and refuse, where Django's own would have been lenient."""

import pytest

from workflows.inputs import CleanText, CreditCode, IdNumber, Inputs, Money, Months, Phone, Tick, YesNo


class Sample(Inputs):
    tick = Tick(label="勾选")
    yes = YesNo(label="是否", required=False)
    name = CleanText(label="姓名", required=False)
    amount = Money(label="金额", required=False)
    months = Months(label="月数", required=False)
    phone = Phone(label="电话", required=False)
    document = IdNumber(label="证件", required=False)
    code = CreditCode(label="代码", required=False)


def read(**raw):
    form = Sample.read(raw)
    return form.cleaned_data if form.is_valid() else dict(form.errors)


@pytest.mark.parametrize("word", ["perhaps", "2", ["true"], 1.5])
def test_a_word_that_is_no_tick_is_refused_by_name(word):
    assert "tick" in read(tick=word) and not isinstance(read(tick=word)["tick"], bool)


@pytest.mark.parametrize("word", ["perhaps", ["true"], {"a": 1}, 7])
def test_a_word_that_is_neither_yes_nor_no_is_refused_by_name(word):
    assert not isinstance(read(yes=word)["yes"], bool | None)


@pytest.mark.parametrize(("word", "meant"), [("on", True), ("true", True), (True, True), ("false", False), ("", False)])
def test_the_usual_words_are_read(word, meant):
    assert read(tick=word)["tick"] is meant


@pytest.mark.parametrize("name", ["阿卜杜拉·买买提", "王\U00020bb7", "\U00031350氏", "欧阳" * 30])
def test_rare_names_are_names(name):
    assert read(name=name)["name"] == name


@pytest.mark.parametrize("name", ["\u200b", "王\u202e五", "a\x00b", "\ud800", "x\r\ny"])
def test_characters_that_deceive_are_refused(name):
    assert read(name=name)["name"] != name


@pytest.mark.parametrize(("typed", "amount"), [("8,400.00", "8400.00"), ("１２３．５", "123.5"), (8400, "8400")])
def test_amounts_are_read_as_people_type_them(typed, amount):
    assert str(read(amount=typed)["amount"]) == amount


@pytest.mark.parametrize("typed", ["-0.00", "-1", "1e9", "NaN", "٣", 1.5, True, "9" * 40, "1.005", "1,23"])
def test_amounts_that_are_none_are_refused(typed):
    found = read(amount=typed)
    assert "amount" in found and isinstance(found["amount"], list)


def test_a_phone_is_kept_bare_and_a_landline_is_welcome():
    assert read(phone="+86 139-0000-0001")["phone"] == "13900000001"
    assert read(phone="0398-4812345")["phone"] == "03984812345"


def test_a_credit_code_is_checked_to_its_last_character():
    assert read(code="91350100M000100Y43")["code"] == "91350100M000100Y43"
    assert isinstance(read(code="91350100M000100Y44")["code"], list)
    assert isinstance(read(code="9135O100M000100Y43")["code"], list)


def test_an_unknown_field_is_refused_by_name():
    assert "is_staff" in read(is_staff="1")
