"""Each row of the decision table, and what stands behind the payer when several rows fit."""

from __future__ import annotations

from decimal import Decimal

import pytest

from workflows.law.liability import Closing, Facts, Party, payer


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
