"""A case that holds every rare kind of row at once, walked by real acts: its page asks the database no more than 24
times, whoever opens it and from whichever list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from casedesk.web.case import RARE
from tests import walks
from tests.casedesk.web import county as building
from tests.casedesk.web.county import NOW, START, County
from tests.casedesk.web.test_pages import queries, statements
from tests.every_paper import evidence, picture
from tests.people import People, reception_day
from workflows import clock
from workflows.casefile.chain import Chain
from workflows.models import Approval, Case, FundUse, Inspection, PoliceTransfer
from workflows.perform import perform
from workflows.roles import SYSTEM

MOST = 24
READERS = ("lead", "squad_leader", "principal_head")
#: the day the page is opened: limits have passed, a request waits
LATER = NOW + timedelta(days=20)


def full() -> County:
    """The county with its one case."""
    county = building.settled()
    who = county.people
    with clock.at(START):
        inspection = _ordered(who)
    with clock.at(START + timedelta(days=8)):
        inspection = perform(inspection, "expire", by=SYSTEM).subject
        walks.sent(who, inspection)
    with clock.at(NOW):
        _shared(who, inspection)
        _received(who, inspection)
        walks.law_decided(who, "breach", "closing", "later")
        inspection = walks.decided(who, inspection)
    with clock.at(LATER):
        _money(who, inspection)
    county.ids["case"] = str(inspection.case.public_id)
    return county


def _ordered(who: People) -> Inspection:
    """Three complaints, one of them kept apart; an extension granted; the order served with its proof scanned."""
    inspection = walks.investigating(who, complainant_phone="13900000101", complainant_name="周大成")
    case = inspection.case
    walks.accepted_into(who, case, complainant_phone="13900000111", complainant_name="吴小满", worker_count=1)
    walks.accepted_into(who, case, complainant_phone="13900000112", is_informant=True)
    told = {"rule": "INV-01", "reason": "涉及分包单位较多，案情复杂。"}
    walks.approved(perform(inspection, "request_extension", by=who.lead, inputs=told), who.bureau_head)
    evidence(who, inspection, "工地照片", "照片.jpg", picture())
    told = {"general_contractor": "豫西建工集团", "general_contractor_licensed": True, "basis": "总包合同"}
    perform(inspection, "establish_chain", by=who.lead, inputs=told)
    told = {"findings": "欠付工资属实。", "able_to_pay": True}
    inspection = perform(inspection, "establish_facts", by=who.lead, inputs=told).subject
    pay_by = str(clock.today() + timedelta(days=7))
    done = perform(inspection, "order_payment", by=who.lead, inputs={"pay_by": pay_by})
    inspection = walks.approved(done, who.squad_leader).subject
    proof = walks.scan(who, inspection, "送达回证扫描件")
    told = {"paper": walks.newest(inspection, "order"), "mode": "in_person", "place": "公司办公室",
            "recipient": "青石公司王某", "proof": "送达回证", "scan_of_proof": proof}  # fmt: skip
    perform(inspection, "record_service", by=who.lead, inputs=told)
    return inspection


def _shared(who: People, inspection: Inspection) -> None:
    """Assistance, shared data and supervision, each waiting for its answer."""
    told: dict[str, Any] = {"agency": "housing", "question": "请核实工资保证金。", "due_on": "2026-11-05"}
    perform(inspection, "ask_agency", by=who.lead, inputs=told)
    told = {"agency": "housing", "wanted": "工资专户流水", "scenario": "核查支付能力", "basis": "DSR 20", "way": "file",
            "use_until": "2026-12-01", "conditional": True}  # fmt: skip
    walks.approved(perform(inspection, "request_data", by=who.lead, inputs=told), who.squad_leader)
    told = {"question": "为何还未付清？", "due_on": "2026-11-09"}
    perform(inspection, "supervise", by=who.leader, inputs=told)


def _received(who: People, inspection: Inspection) -> None:
    """A joint reception with its lead, a task and an agreement in instalments."""
    told = {"day": str(reception_day(clock.today()).public_id), "visitors": "周大成", "people": 1}
    visit = perform(inspection.case, "schedule", by=who.receptionist, inputs=told).subject
    for act, inputs in (
        ("convene", {"present": "人社局、住建局"}),
        ("decide_lead", {"agency": "hrss", "reason": "欠薪", "handling": ["housing"]}),
        ("assign_task", {"agency": "housing", "question": "请到场。", "due_on": "2026-11-06"}),
        ("record_agreement", {"agreement": "分期付。", "instalments": [{"due_on": "2026-11-10", "amount": "1000.00"}]}),
    ):
        perform(visit, act, by=who.receptionist, inputs=inputs)


def _money(who: People, inspection: Inspection) -> None:
    """Paid in part, the deposit used, the fund asked for, and a request that nobody has decided."""
    first, second = (str(line.public_id) for line in walks.lines(inspection)[:2])
    share = [{"line": first, "amount": "600.00"}]
    told: dict[str, Any] = {"payer": "employer", "shares": share, "proof": "银行回单 1 号"}
    perform(inspection, "record_payment", by=who.lead, inputs=told)
    told = {"shares": share, "bank": "渑池县农村商业银行"}
    walks.approved(perform(inspection, "use_deposit", by=who.lead, inputs=told), who.bureau_head)
    told = {"use": str(FundUse.objects.get().public_id), "proof": "银行回单"}
    perform(inspection, "record_deposit_paid", by=who.lead, inputs=told)
    told = {"shares": share, "cause": "absconded", "reason": "负责人逃匿。"}
    walks.approved(perform(inspection, "apply_relief_fund", by=who.lead, inputs=told), who.bureau_head)
    told = {"shares": [{"line": second, "amount": "500.00"}], "bank": "渑池县农村商业银行"}
    perform(inspection, "use_deposit", by=who.lead, inputs=told)


@pytest.fixture
def full_county(database_like: Callable[..., Any]) -> Iterator[County]:
    with database_like("full county", build=full) as built, clock.at(LATER):
        yield built


def test_the_page_of_a_case_with_everything_in_it_keeps_to_its_queries(full_county: County) -> None:
    case = Case.objects.get(public_id=full_county["case"])
    held = {name: model.objects.filter(case=case).count() for name, model in RARE.items()}
    assert all(held.values()) and Chain.objects.filter(case=case).exists(), held
    assert PoliceTransfer.objects.get().state == "sent" and Approval.objects.filter(state="requested").count() == 1
    address = f"/cases/{case.public_id}/"
    taken = {
        (role, came_from): queries(full_county.client(role), address + came_from)
        for role, came_from in (*product(READERS, ("", "?l=cases")), ("lead", "?l=work"), ("lead", "?all=1"))
    }
    assert max(taken.values()) <= MOST, taken
    client = full_county.client("lead")
    with CaptureQueriesContext(connection) as caught:
        html = client.get(f"{address}?l=work").content.decode()
    said = statements(caught)
    assert len(said) == len(set(said)), "nothing is asked twice"
    for words in ("应急周转金", "移送条件核对", "为何还未付清？", "豫西建工集团", "第 1 / 1 件", "超期"):
        assert words in html, words
