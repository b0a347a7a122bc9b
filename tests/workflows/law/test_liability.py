"""Each row of the decision table, and what stands behind the payer when several rows fit."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.law import instruments
from workflows.law.liability import TABLE, Closing, Facts, Party, payer

SHARED = Path(__file__).resolve().parents[4] / "shared" / "domain" / "legal_rules.md"


@pytest.mark.parametrize(
    ("facts", "who", "article", "behind"),
    [
        (Facts(), Party.EMPLOYER, "第十六条", ()),
        (Facts(supplied_without_licence=True), Party.USER_UNIT, "第十八条", (Party.EMPLOYER,)),
        (Facts(name_lent=True), Party.LENDING_UNIT, "第十九条、第三十六条", (Party.EMPLOYER,)),
        (Facts(personal_business=True), Party.EMPLOYER, "第二十条", (Party.INVESTOR,)),
        (Facts(merged_or_split=True), Party.EMPLOYER, "第二十一条", (Party.SUCCESSOR,)),
        (Facts(merged_or_split=True, successor_agreed=True), Party.SUCCESSOR, "第二十一条", ()),
        (Facts(closing=Closing.BEFORE_DEREGISTRATION), Party.EMPLOYER, "第二十二条", (Party.INVESTOR,)),
        (Facts(closing=Closing.NEW_REGISTRATION), Party.INVESTOR, "第二十二条", ()),
        (Facts(developer_did_not_pay=True), Party.DEVELOPER, "第二十九条", (Party.GENERAL_CONTRACTOR,)),
        (Facts(subcontractor_owes=True), Party.GENERAL_CONTRACTOR, "第三十条", (Party.SUBCONTRACTOR,)),
        (Facts(passed_on=True), Party.GENERAL_CONTRACTOR, "第三十条", (Party.EMPLOYER,)),
        (Facts(contracted_unqualified_by=Party.DEVELOPER), Party.DEVELOPER, "第三十六条", (Party.EMPLOYER,)),
        (
            Facts(contracted_unqualified_by=Party.GENERAL_CONTRACTOR),
            Party.GENERAL_CONTRACTOR,
            "第三十六条",
            (Party.EMPLOYER,),
        ),
        (Facts(project_illegal=True), Party.DEVELOPER, "第三十七条", ()),
    ],
)
def test_the_table_names_the_payer(facts: Facts, who: Party, article: str, behind: tuple[Party, ...]) -> None:
    found = payer(facts)
    assert found.payer is who
    assert found.article == f"《保障农民工工资支付条例》{article}"
    assert found.next_in_line == behind
    assert found.reasons


#: section 5.5 of the rules, row by row: article, the words of the situation, facts, payer, from whom he may recover
SECTION_5_5 = [
    ("16", "ordinary", Facts(), Party.EMPLOYER, None),
    ("18", "supplied", Facts(supplied_without_licence=True), Party.USER_UNIT, Party.EMPLOYER),
    ("19, 36", "name lent", Facts(name_lent=True), Party.LENDING_UNIT, None),
    ("20", "partnership", Facts(personal_business=True), Party.EMPLOYER, None),
    ("21", "merger", Facts(merged_or_split=True), Party.EMPLOYER, None),
    ("21", "merger", Facts(merged_or_split=True, successor_agreed=True), Party.SUCCESSOR, None),
    ("22", "revoked", Facts(closing=Closing.BEFORE_DEREGISTRATION), Party.EMPLOYER, None),
    ("22", "revoked", Facts(closing=Closing.NEW_REGISTRATION), Party.INVESTOR, None),
    ("29", "developer did not pay", Facts(developer_did_not_pay=True), Party.DEVELOPER, None),
    ("30", "subcontractor owes", Facts(subcontractor_owes=True), Party.GENERAL_CONTRACTOR, Party.SUBCONTRACTOR),
    ("30", "passed on", Facts(passed_on=True), Party.GENERAL_CONTRACTOR, Party.EMPLOYER),
    ("36", "unqualified", Facts(contracted_unqualified_by=Party.DEVELOPER), Party.DEVELOPER, None),
    ("37", "illegal", Facts(project_illegal=True), Party.DEVELOPER, None),
]


@pytest.mark.parametrize(("law", "situation", "facts", "who", "recourse"), SECTION_5_5)
def test_every_row_of_the_catalogue_has_its_payer_and_recourse(law, situation, facts, who, recourse) -> None:
    found = payer(facts)
    assert (found.payer, found.recourse) == (who, recourse), situation
    assert found.article == instruments.article(f"WPR {law}")


def test_each_row_is_one_case_of_the_law() -> None:
    """No two rows are about the same situation, and each fact moves exactly one row besides the ordinary one."""
    assert len({row.situation for row in TABLE}) == len(TABLE)
    alone = [
        Facts(contracted_unqualified_by=Party.DEVELOPER), Facts(contracted_unqualified_by=Party.GENERAL_CONTRACTOR),
        Facts(merged_or_split=True), Facts(merged_or_split=True, successor_agreed=True),
        *(Facts(closing=c) for c in Closing if c), *(Facts(**{name: True}) for name in sorted(SINGLE)),
    ]  # fmt: skip
    found = [[n for n, row in enumerate(TABLE[:-1]) if row.applies(facts)] for facts in alone]
    assert sorted(n for one in found for n in one) == list(range(len(TABLE) - 1)) and all(
        len(one) == 1 for one in found
    )


SINGLE = {
    "supplied_without_licence", "name_lent", "personal_business", "developer_did_not_pay", "subcontractor_owes",
    "passed_on", "project_illegal",
}  # fmt: skip


def test_the_table_knows_every_row_of_the_shared_catalogue() -> None:
    """Section 5.5 beside the repository: each article named there is one of ours, but for 35, which stops nothing."""
    if not SHARED.is_file():
        pytest.skip("the shared catalogue is not beside this repository")
    section = SHARED.read_text(encoding="utf-8").split("### 5.5")[1].split("\n---")[0]
    rows = [row.split("|") for row in section.splitlines() if row.startswith("| ") and "article" not in row]
    articles = {row[3].strip() for row in rows}
    assert len(rows) == 12 and articles - {"35"} == {law for law, *_ in SECTION_5_5}
    assert {law.removeprefix("WPR ") for law in (row.law for row in TABLE)} == articles - {"35"}


@given(st.builds(Facts, **{f.name: st.booleans() for f in fields(Facts) if f.type == "bool"}))
def test_whatever_the_facts_somebody_pays_and_nobody_stands_behind_himself(facts: Facts) -> None:
    found = payer(facts)
    assert found.payer not in found.next_in_line and found.reasons and found.article
    assert len(set(found.next_in_line)) == len(found.next_in_line)


def test_a_dispute_on_the_work_stops_no_payment() -> None:
    found = payer(Facts(subcontractor_owes=True, dispute_about_work=True))
    assert found.payer is Party.GENERAL_CONTRACTOR
    assert "第三十五条" in found.reasons[-1]


def test_the_developer_behind_the_general_contractor_advances_up_to_the_unsettled_price() -> None:
    facts = Facts(subcontractor_owes=True, developer_did_not_pay=True, unsettled_price=Decimal("120000.00"))
    found = payer(facts)
    assert found.payer is Party.GENERAL_CONTRACTOR
    assert found.next_in_line == (Party.SUBCONTRACTOR, Party.DEVELOPER)
    assert found.advance_cap == Decimal("120000.00")


def test_an_illegal_project_makes_the_developer_pay_without_a_cap() -> None:
    facts = Facts(project_illegal=True, developer_did_not_pay=True, unsettled_price=Decimal(1))
    found = payer(facts)
    assert found.payer is Party.DEVELOPER
    assert found.advance_cap is None
    assert found.next_in_line == (Party.GENERAL_CONTRACTOR,)
