"""The page of the rules, and the same through the API: what each rests on, which limit counts as breach, rules from
memory and figures from excerpts confirmed by a document; proposed by one person, approved by another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from casedesk.models import User
from tests import walks
from tests.casedesk.api.clients import County, is_problem
from tests.people import People, settle_county
from workflows import clock
from workflows.law import limits
from workflows.law.limits import rule, rules
from workflows.law.thresholds import ThresholdFigure
from workflows.law_settings import TOGETHER, LawDecision, LawProposal, breach_choices

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


def answered(client: Client, **said: str) -> int:
    """The answer to the one proposal that waits."""
    proposal = LawProposal.objects.get(state="requested")
    return client.post(f"/laws/{proposal.public_id}/decide/", said).status_code


def waiting(client: Client) -> str:
    """The number beside 期限规则 on the person's first page."""
    page = client.get("/", follow=True).content.decode()
    found = re.search(r'href="/laws/"[^>]*>(.*?)</a>', page, re.DOTALL)
    assert found
    number = re.search(r"badge[^>]*>(?:<[^>]*>)*\s*(\d+)", found[1])
    return number[1] if number else ""


def test_a_rule_from_memory_is_confirmed_by_two_persons_and_says_which_document(people: People) -> None:
    reviewer, head = signed_in(people, "legal_reviewer"), signed_in(people, "bureau_head")
    assert "以文件确认" in row_of(reviewer.get("/laws/").content.decode(), "FIL-05")
    assert "以文件确认" not in row_of(reviewer.get("/laws/").content.decode(), "ACC-09")
    refused = reviewer.post("/laws/", {**CONFIRM, "document": " "})
    assert refused.status_code == 422
    assert "error" in row_of(refused.content.decode(), "FIL-05")
    assert reviewer.post("/laws/", CONFIRM).status_code == 302
    assert answered(reviewer, answer="yes") == 403, "never one's own"
    page = reviewer.get("/laws/").content.decode()
    assert "确认 FIL-05 回避决定期限的条文" in page and "撤回" in page and 'value="yes"' not in page
    assert "以文件确认" not in row_of(page, "FIL-05") and "待核实" in row_of(page, "FIL-05")
    assert 'value="yes"' not in signed_in(people, "administrator").get("/laws/").content.decode()
    assert reviewer.post("/laws/", CONFIRM).status_code == 409
    assert 'value="yes"' in head.get("/laws/").content.decode()
    assert (waiting(head), waiting(reviewer)) == ("1", ""), "who may answer is told on every page"
    assert answered(head, answer="no") == 422
    assert answered(head, answer="no", reason="文号不对") == 302
    assert "文号不对" in reviewer.get("/laws/").content.decode()
    assert reviewer.post("/laws/", CONFIRM).status_code == 302
    assert answered(reviewer, answer="withdraw") == 302
    assert not LawDecision.objects.exists() and not rule("FIL-05").confirmed_document
    assert reviewer.post("/laws/", CONFIRM).status_code == 302
    proposal = LawProposal.objects.get(state="requested")
    assert answered(head, answer="yes") == 302
    assert waiting(head) == ""
    assert head.post(f"/laws/{proposal.public_id}/decide/", {"answer": "yes"}).status_code == 409
    assert rule("FIL-05").confirmed_document == CONFIRM["document"]
    row = row_of(reviewer.get("/laws/").content.decode(), "FIL-05")
    assert "已确认" in row and "渑法制〔2026〕5号 · 法制甲提出，副局长甲批准" in row and "<form" not in row


def test_a_figure_from_an_excerpt_is_confirmed_the_same_way(people: People) -> None:
    figure = ThresholdFigure.objects.get(key="crime.one_worker.amount")
    reviewer, head = signed_in(people, "legal_reviewer"), signed_in(people, "bureau_head")
    row = row_of(reviewer.get("/laws/").content.decode(), figure.known_as)
    assert "8,000元" in row and "摘录" in row and "以文件确认" in row and "河南省" in row
    said = {"kind": "figure", "about": figure.known_as, "document": "豫高法〔2013〕100号"}
    assert reviewer.post("/laws/", said).status_code == 302
    assert "确认数额标准：单名劳动者数额 8,000元" in head.get("/laws/").content.decode()
    assert answered(head, answer="yes") == 302
    figure.refresh_from_db()
    assert figure.confirmed and figure.conf == "P", "what was confirmed still says how we know it"
    row = row_of(reviewer.get("/laws/").content.decode(), figure.known_as)
    assert "豫高法〔2013〕100号 · 法制甲提出，副局长甲批准" in row and "<form" not in row


def test_the_bureau_chooses_which_limit_counts_as_breach(people: People) -> None:
    reviewer, head = signed_in(people, "legal_reviewer"), signed_in(people, "bureau_head")
    assert "现以最后届满的一个认定逾期" in head.get("/laws/").content.decode()
    assert head.post("/laws/", CHOOSE).status_code == 302
    assert breach_choices() == dict.fromkeys(TOGETHER, "later")
    assert answered(reviewer, answer="yes") == 302
    assert breach_choices() == {"filing": "later", "closing": "INV-02"}
    page = head.get("/laws/").content.decode()
    assert "渑法制〔2026〕6号 · 副局长甲提出，法制甲批准" in page
    assert re.search(r"INV-02 [^<]*（30日）.*?以此认定逾期", page)
    walks.law_decided(people, "breach", "closing", "later")
    assert breach_choices() == dict.fromkeys(TOGETHER, "later")
    assert LawDecision.objects.count() == 2


def test_the_same_through_the_api(people: People) -> None:
    county = County(people)
    made = county.legal_reviewer.post("law-proposals", CHOOSE)
    assert made.status_code == 201
    one = made.json()
    assert (one["what"], one["state"]) == ("调查与办结：以 INV-02 办结期限（河南）认定逾期", "requested")
    assert county.bureau_head.post("law-proposals", CHOOSE).status_code == 409
    at = f"law-proposals/{one['id']}/decide"
    is_problem(county.legal_reviewer.post(at, {"yes": True}), 403)
    assert "reason" in is_problem(county.bureau_head.post(at, {"yes": False}), 422)["errors"]
    assert breach_choices()["closing"] == "later"
    assert county.bureau_head.post(at, {"yes": True}).json()["decided_by"] == "副局长甲"
    is_problem(county.principal_head.post(at, {"yes": True}), 409)
    assert breach_choices()["closing"] == "INV-02"
    taken_back = county.legal_reviewer.post("law-proposals", {**CHOOSE, "value": "later"}).json()
    assert county.legal_reviewer.post(f"law-proposals/{taken_back['id']}/withdraw").json()["state"] == "withdrawn"
    found = county.squad_leader.get("law-proposals?size=1").json()
    assert [row["state"] for row in found["results"]] == ["withdrawn"] and found["next"]
    rest = county.squad_leader.get(f"law-proposals?size=1&after={found['next']}").json()
    assert [row["id"] for row in rest["results"]] == [one["id"]] and rest["next"] is None
    for wrong in (
        {**CHOOSE, "about": "nothing"},
        {**CHOOSE, "kind": "x"},
        {**CHOOSE, "document": ""},
        {**CHOOSE, "x": 1},
    ):
        is_problem(county.legal_reviewer.post("law-proposals", wrong), 422)


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
        {**CONFIRM, "kind": "figure", "about": "crime.one_worker.months@@2013-01-23"},
        {},
    ],
)
def test_what_cannot_be_decided_is_refused_and_nothing_is_kept(people: People, wrong: dict[str, Any]) -> None:
    assert signed_in(people, "legal_reviewer").post("/laws/", wrong).status_code == 422
    assert not LawProposal.objects.exists()


def test_who_may_look_and_who_may_decide(people: People) -> None:
    for name in ("administrator", "squad_leader"):
        assert signed_in(people, name).get("/laws/").status_code == 200
        assert signed_in(people, name).post("/laws/", CONFIRM).status_code == 403
    for name in ("operator", "lead", "housing", "police", "prosecutor", "leader", "auditor"):
        assert signed_in(people, name).get("/laws/").status_code == 403
        assert signed_in(people, name).post("/laws/", CHOOSE).status_code == 403
    assert Client().get("/laws/").status_code == 302
    assert not LawProposal.objects.exists()
