"""How articles are written on a paper."""

from __future__ import annotations

import pytest

from workflows.law.instruments import article, chinese_number
from workflows.law.rule import rule_from
from workflows.law.seeding import limit_entries, threshold_entries


@pytest.mark.parametrize(
    ("law", "written"),
    [
        ("LSIR 17", "《劳动保障监察条例》第十七条"),
        (
            "TRD 8; MPS159 180",
            "《行政执法机关移送涉嫌犯罪案件的规定》第八条；《公安机关办理刑事案件程序规定》第一百八十条",
        ),
        ("HNR 15(1)", "《河南省劳动保障监察条例》第十五条第（一）项"),
        ("O25 23-25", "《关于实施〈劳动保障监察条例〉若干规定》第二十三条至第二十五条"),
        ("CL 276-1", "《中华人民共和国刑法》第二百七十六条之一"),
        ("APL 61, 85", "《中华人民共和国行政处罚法》第六十一条、第八十五条"),
        ("DEP", "《工程建设领域农民工工资保证金规定》"),
        ("本县办法 3", "本县办法 3"),
        ("", ""),
    ],
)
def test_a_code_becomes_the_words_of_a_paper(law: str, written: str) -> None:
    assert article(law) == written


@pytest.mark.parametrize(
    ("number", "words"), [(1, "一"), (10, "十"), (20, "二十"), (105, "一百零五"), (110, "一百一十")]
)
def test_articles_are_counted_in_chinese(number: int, words: str) -> None:
    assert chinese_number(number) == words


def test_every_rule_and_figure_of_ours_has_a_name_and_an_article() -> None:
    for entry in limit_entries():
        rule = rule_from(entry)
        assert rule.name != rule.id
        assert rule.article.startswith("《"), rule.id
    for figure in threshold_entries():
        assert article(figure["law"]).startswith("《")
