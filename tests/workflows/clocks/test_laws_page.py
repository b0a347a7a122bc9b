"""The page of the rules: what each rests on, which limit counts as breach, and rules from memory confirmed by a
document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from casedesk.models import User
from tests import walks
from tests.people import People, settle_county
from workflows import clock
from workflows.law import limits
from workflows.law.limits import rule, rules
from workflows.law_settings import TOGETHER, LawDecision, breach_choices

CONFIRM = {"kind": "confirmed", "about": "FIL-05", "document": "渑法制〔2026〕5号"}
CHOOSE = {"kind": "breach", "about": "closing", "value": "INV-02", "document": "渑法制〔2026〕6号"}


@pytest.fixture
def people(database: str) -> Iterator[People]:
    limits.forget()
    with clock.at(walks.MONDAY):
        yield settle_county()
    limits.forget()


def signed_in(people: People, name: str) -> Client:
    user, _ = User.objects.get_or_create(username=name, officer=people.officers[name])
    client = Client()
    client.force_login(user)
    return client


def row_of(page: str, rule_id: str) -> str:
    found = re.search(rf'<tr id="{rule_id}">.*?</tr>', page, re.DOTALL)
    assert found, rule_id
    return found[0]


def test_every_rule_stands_there_with_what_it_rests_on(people: People) -> None:
    page = signed_in(people, "administrator").get("/laws/").content.decode()
    for law in rules().values():
        row = row_of(page, law.id)
        assert law.name in row and law.article in row and str(law.valid_from) in row
        assert ("河南省" if law.region else "全国") in row
        assert ("待核实" in row) == (law.conf == "M"), law.id
        assert ("效力未核实" in row) == (law.validity == "unverified")
    assert "累计不超过30日" in row_of(page, "INV-02")
    assert "由批准人确定日期" in row_of(page, "DEC-01")
    assert "仅因听证中止" in row_of(page, "ACC-13b")
    assert "<form" not in row_of(page, "FIL-05"), "the administrator looks; the law office decides"


def test_a_rule_from_memory_is_confirmed_and_says_by_whom_and_which_document(people: People) -> None:
    reviewer = signed_in(people, "legal_reviewer")
    assert "以文件确认" in row_of(reviewer.get("/laws/").content.decode(), "FIL-05")
    assert "以文件确认" not in row_of(reviewer.get("/laws/").content.decode(), "ACC-09")
    refused = reviewer.post("/laws/", {**CONFIRM, "document": " "})
    assert refused.status_code == 422
    assert "error" in row_of(refused.content.decode(), "FIL-05")
    assert not LawDecision.objects.exists()
    assert reviewer.post("/laws/", CONFIRM).status_code == 302
    assert rule("FIL-05").confirmed_document == CONFIRM["document"]
    row = row_of(reviewer.get("/laws/").content.decode(), "FIL-05")
    assert "已确认" in row and "渑法制〔2026〕5号 · 法制甲" in row and "<form" not in row


def test_the_bureau_chooses_which_limit_counts_as_breach(people: People) -> None:
    head = signed_in(people, "bureau_head")
    assert "现以最后届满的一个认定逾期" in head.get("/laws/").content.decode()
    assert head.post("/laws/", CHOOSE).status_code == 302
    assert breach_choices() == {"filing": "later", "closing": "INV-02"}
    page = head.get("/laws/").content.decode()
    assert "渑法制〔2026〕6号 · 副局长甲" in page
    assert re.search(r"INV-02 [^<]*（30日）.*?以此认定逾期", page)
    assert head.post("/laws/", {**CHOOSE, "value": "later", "document": "渑法制〔2026〕7号"}).status_code == 302
    assert breach_choices() == dict.fromkeys(TOGETHER, "later")
    assert LawDecision.objects.count() == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {**CHOOSE, "value": "ACC-01"},
        {**CHOOSE, "value": ""},
        {**CHOOSE, "about": "nothing"},
        {**CHOOSE, "document": "长" * 121},
        {**CONFIRM, "about": "ACC-09"},
        {**CONFIRM, "about": "NO-99"},
        {**CONFIRM, "kind": "other"},
        {},
    ],
)
def test_what_cannot_be_decided_is_refused_and_nothing_is_kept(people: People, wrong: dict[str, Any]) -> None:
    assert signed_in(people, "legal_reviewer").post("/laws/", wrong).status_code == 422
    assert not LawDecision.objects.exists()


def test_who_may_look_and_who_may_decide(people: People) -> None:
    for name in ("administrator", "squad_leader"):
        assert signed_in(people, name).get("/laws/").status_code == 200
        assert signed_in(people, name).post("/laws/", CONFIRM).status_code == 403
    for name in ("operator", "lead", "housing", "police", "prosecutor", "leader", "auditor"):
        assert signed_in(people, name).get("/laws/").status_code == 403
        assert signed_in(people, name).post("/laws/", CHOOSE).status_code == 403
    assert Client().get("/laws/").status_code == 302
    assert not LawDecision.objects.exists()
