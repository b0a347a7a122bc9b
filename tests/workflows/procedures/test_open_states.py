"""3 Inspection, "any open state": from each of the ten a case complies, closes, goes elsewhere or joins another."""

from datetime import timedelta

import pytest

from tests import walks
from tests.effects import did, fresh, refused, running
from workflows import clock
from workflows.errors import NotPossibleNow
from workflows.perform import perform
from workflows.procedures.inspection_state import OPEN_STATES

SUNDAY = walks.MONDAY + timedelta(days=6)
DEMANDING = walks.day(walks.MONDAY.replace(month=9, day=3))
ENFORCING = walks.day(walks.MONDAY.replace(month=9, day=18))
OTHER = {"complainant_name": "石某", "complainant_phone": "13900000002"}


def staffed(people):
    """Filed, and two inspectors told to look at it before the assignment is formal."""
    inspection = walks.filed(people).inspection
    inputs = {"others": [people.id("lead"), people.id("second")]}
    return perform(inspection, "assign_more", by=people.squad_leader, inputs=inputs).subject


def demanded(people):
    inspection = walks.decided(people, walks.established(people))
    with clock.at(DEMANDING):
        inputs = {"amount": "22400.00", "pay_by": "2026-09-30"}
        walks.approved(perform(inspection, "demand", by=people.lead, inputs=inputs), people.bureau_head)
        return walks.served(people, inspection, "demand_letter").subject


def enforced(people):
    inspection = demanded(people)
    with clock.at(ENFORCING):
        inputs = {"court": "渑池县人民法院", "content": "强制支付。"}
        done = perform(inspection, "apply_enforcement", by=people.lead, inputs=inputs)
        return walks.approved(done, people.bureau_head).subject


def complied(people):
    inspection = walks.investigating(people)
    walks.paid(people, inspection)
    return perform(inspection, "record_compliance", by=people.lead, inputs={"how": "付清。"}).subject


#: how each open state is reached, and the moment at which the test goes on
WAYS = {
    "filed": (staffed, walks.MONDAY),
    "investigating": (walks.investigating, walks.MONDAY),
    "facts_established": (walks.established, walks.MONDAY),
    "ordered": (lambda people: walks.ordered(people, days=5), walks.MONDAY),
    "expired": (walks.expired, SUNDAY),
    "intent_informed": (lambda people: walks.intended(people, walks.established(people)), walks.MONDAY),
    "decided": (lambda people: walks.decided(people, walks.established(people)), walks.MONDAY),
    "demanded": (demanded, ENFORCING),
    "enforcement_applied": (enforced, ENFORCING),
    "complied": (complied, walks.MONDAY),
}


def test_there_is_a_way_to_each_open_state():
    assert list(WAYS) == [str(s) for s in OPEN_STATES]


@pytest.fixture(params=WAYS)
def at(request, stage):
    walk, moment = WAYS[request.param]
    with stage(f"open state {request.param}", walk, moment) as opened:
        assert opened.subject.state == request.param
        yield opened


def own(at):
    """What runs on the inspection and must not run past its end; the duty to decide on listing goes on."""
    return sorted(rule for rule in running(at.subject) if rule != "BLK-06")


def test_whoever_has_paid_has_complied(at):
    people = at.people
    how = {"how": "全部付清。"}
    if at.subject.state == "complied":
        refused(NotPossibleNow, lambda: perform(at.subject, "record_compliance", by=people.lead, inputs=how))
        return
    refused(NotPossibleNow, lambda: perform(at.subject, "record_compliance", by=people.lead, inputs=how), says="尚欠")
    walks.paid(people, at.subject)
    stops = sorted({"INV-01", "DEC-01", "PAY-12", "PAY-13", "PAY_BY"} & set(own(at)))
    did(perform(at.subject, "record_compliance", by=people.lead, inputs=how), "complied", stops=stops)


def test_a_case_closes_once_every_line_is_settled(at):
    people = at.people
    if at.subject.state != "complied":
        refused(
            NotPossibleNow, lambda: perform(at.subject, "close", by=people.lead, inputs={"result": "x"}), says="未了结"
        )
    walks.settled(people, at.subject, "reduced")
    stops = own(at)
    done = walks.approved(
        perform(at.subject, "close", by=people.lead, inputs={"result": "书面减免。"}), people.squad_leader
    )
    did(done, "closed", stops=stops, sends=["CLOSED"], papers=["closing_form"])
    assert own(at) == [] and at.subject.case.complaints.get().intake.state == "concluded"


def test_a_case_goes_to_whom_it_belongs(at):
    people, stops = at.people, own(at)
    inputs = {"agency": "city_hrss", "reason": "市局管辖。"}
    done = walks.approved(perform(at.subject, "transfer_out", by=people.lead, inputs=inputs), people.squad_leader)
    did(done, "transferred_out", stops=stops, sends=["CASE_TRANSFERRED", "CASE_TRANSFERRED_TOLD"],
        papers=["transfer_out_letter"])  # fmt: skip
    assert own(at) == [] and at.subject.case.complaints.get().intake.state == "concluded"


def test_a_case_joins_another(at):
    people, stops = at.people, own(at)
    into = walks.filed(people, **OTHER)
    inputs = {"into": into.number, "reason": "同一工地。"}
    did(perform(at.subject, "join", by=people.squad_leader, inputs=inputs), "joined", stops=stops)
    assert running(at.subject) == {} and fresh(into).complaints.count() == 2
