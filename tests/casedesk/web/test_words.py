"""The English catalogue: complete, with the same blanks in every sentence, and compiled from what stands beside it."""

from __future__ import annotations

import gettext
import re

import pytest

from casedesk.english.po import read_po
from config.embedded import REPOSITORY
from tests.casedesk.web.county import WORK, County

CATALOGUE = REPOSITORY / "locale" / "en" / "LC_MESSAGES"


def pairs() -> list[tuple[str, str]]:
    return [(chinese, entry.english[0]) for chinese, entry in read_po(CATALOGUE / "django.po").items()]


def test_every_sentence_is_translated() -> None:
    assert len(pairs()) > 500
    assert [chinese for chinese, english in pairs() if not english] == []
    assert "fuzzy" not in (CATALOGUE / "django.po").read_text()


def test_the_blanks_of_a_sentence_are_the_same_in_both_languages() -> None:
    blank = re.compile(r"%\(\w+\)s|\{\w+\}")
    wrong = [zh for zh, en in pairs() if sorted(blank.findall(zh)) != sorted(blank.findall(en))]
    assert wrong == []


def test_the_compiled_catalogue_is_that_of_the_sentences() -> None:
    with (CATALOGUE / "django.mo").open("rb") as compiled:
        words = gettext.GNUTranslations(compiled)
    assert [zh for zh, en in pairs() if en not in (words.gettext(zh), words.ngettext(zh, zh, 1))] == []
    assert words.gettext("我的案件") == "My cases"


@pytest.mark.parametrize(("role", "address"), [("lead", WORK), ("leader", "/lead/"), ("operator", "/intake/")])
def test_the_frame_of_a_page_is_english_when_asked(county: County, role: str, address: str) -> None:
    client = county.client(role)
    client.post("/language/", {"language": "en", "next": address})
    html = client.get(address).content.decode()
    nav = re.search(r'<nav class="nav.*?</nav>', html, re.S)
    assert nav and not re.search("[\u4e00-\u9fff]", nav[0])
