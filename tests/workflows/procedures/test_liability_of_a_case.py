"""Who must pay on a case: facts of the contract chain, through the table, into the order and its paper."""

from decimal import Decimal

from tests import walks
from tests.effects import did, refused
from workflows.casefile.file import CaseFile
from workflows.errors import InvalidInput
from workflows.law.liability import Party
from workflows.models import Chain, Paper
from workflows.perform import perform
from workflows.procedures.liability_rows import liability_of

CHAIN = {
    "developer": "渑池县城建投资有限公司", "general_contractor": "豫西建工集团有限公司",
    "general_contractor_licensed": True, "subcontractor": "渑池县青石建筑劳务有限公司", "subcontractor_licensed": False,
    "crew_leader": "马工头", "subcontractor_owes": True, "basis": "分包合同、付款凭证。",
}  # fmt: skip


def act(at, name, by="lead", **inputs):
    return perform(at.subject, name, by=getattr(at.people, by), inputs=inputs)


def file_of(at):
    return CaseFile(case=at.subject.case)


def test_without_established_facts_the_employer_pays(established):
    found = liability_of(file_of(established))
    assert (found.law.payer, found.name, found.established) == (Party.EMPLOYER, "渑池县青石建筑劳务有限公司", False)


def test_the_established_chain_names_the_payer_and_the_order_goes_to_him(established):
    event = did(act(established, "establish_chain", **CHAIN), "facts_established")
    assert event.facts["liability"][:2] == ["general_contractor", "豫西建工集团有限公司"]
    done = act(established, "order_payment", pay_by="2026-03-12")
    walks.approved(done, established.people.squad_leader)
    order = Paper.objects.get(kind="order")
    assert order.addressee == "豫西建工集团有限公司"
    said = order.content["liability"]
    assert (said["payer"], said["payer_name"], said["recourse"]) == (
        "施工总承包单位", "豫西建工集团有限公司", "分包单位 渑池县青石建筑劳务有限公司")  # fmt: skip
    assert said["article"].endswith("第三十条") and "先行清偿" in said["reasons"][0]
    assert said["next"] == [{"role": "分包单位", "name": "渑池县青石建筑劳务有限公司"}] and said["chosen"] == ""
    assert [link["role"] for link in said["chain"]] == ["建设单位", "施工总承包单位", "分包单位", "班组长"]


def test_an_order_to_somebody_else_says_why(established):
    act(established, "establish_chain", **CHAIN)
    told = {"pay_by": "2026-03-12", "addressee": "渑池县青石建筑劳务有限公司"}
    refused(InvalidInput, lambda: act(established, "order_payment", **told), field="addressee_reason", says="豫西建工")
    done = act(established, "order_payment", **told, addressee_reason="分包单位有能力支付，先行责令。")
    walks.approved(done, established.people.squad_leader)
    order = Paper.objects.get(kind="order")
    assert (order.addressee, order.content["liability"]["chosen"]) == (
        told["addressee"],
        "分包单位有能力支付，先行责令。",
    )


def test_facts_are_amended_and_the_event_keeps_old_and_new(established):
    act(established, "establish_chain", **CHAIN)
    more = {**CHAIN, "subcontractor_owes": False, "developer_did_not_pay": True, "unsettled_price": "120000.00"}
    event = did(act(established, "establish_chain", **more), "facts_established")
    assert event.facts["amended"] == {
        "developer_did_not_pay": ["否", "是"], "subcontractor_owes": ["是", "否"],
        "unsettled_price": ["", "120000.00"],
    }  # fmt: skip
    found = liability_of(file_of(established))
    assert (found.law.payer, found.law.advance_cap) == (Party.DEVELOPER, Decimal("120000.00"))
    assert Chain.objects.count() == 1


def test_who_would_pay_is_known_by_name(established):
    nameless = {"subcontractor_owes": True, "basis": "x"}
    refused(InvalidInput, lambda: act(established, "establish_chain", **nameless), field="general_contractor")
    lent = {**CHAIN, "subcontractor_owes": False, "name_lent": True}
    refused(InvalidInput, lambda: act(established, "establish_chain", **lent), field="lending_unit")
    price = {**CHAIN, "unsettled_price": "1.00"}
    refused(InvalidInput, lambda: act(established, "establish_chain", **price), field="unsettled_price")
    assert not Chain.objects.exists()
