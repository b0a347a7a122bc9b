"""Other ways through the county, by the engine: paid after a call, declined, a question answered, cases joined, a
false claim."""

from datetime import timedelta

from tests import walks
from tests.effects import did, fresh, running
from tests.people import settle_county
from workflows import clock
from workflows.models import Case, Complaint, Event, LedgerLine, Limit, Paper
from workflows.perform import perform
from workflows.record import first_broken

DAY = timedelta(days=1)


def chains_hold():
    return all(first_broken(root) is None for root in [*Case.objects.all(), *Complaint.objects.all()])


def nothing_of_ours_runs():
    return not Limit.objects.filter(stopped_at=None).exists()


def test_everyone_is_paid_after_the_inspectors_call(database):
    people = settle_county()
    with clock.at(walks.MONDAY):
        inspection = walks.investigating(people)
        inputs = {"person": "王某", "place": "电话", "said": "三日内付清。", "certificates_shown": True}
        perform(inspection, "record_interview", by=people.lead, inputs=inputs)
    with clock.at(walks.MONDAY + 2 * DAY):
        did(walks.paid(people, inspection), "investigating")
        did(perform(inspection, "record_compliance", by=people.lead, inputs={"how": "全部付清，二人到账。"}), "complied",
            stops=["INV-01"])  # fmt: skip
        done = perform(inspection, "close", by=people.lead, inputs={"result": "工资 22400 元已全部付清。"})
        event = did(walks.approved(done, people.squad_leader), "closed", stops=["INV-02"], sends=["CLOSED"],
                    papers=["closing_form"])  # fmt: skip
        assert event.facts["closed_as"] == "complied"
        intake = Complaint.objects.get().intake
        assert intake.state == "concluded" and Event.objects.get(act="conclude").facts["outcome"]["paid"] == "22400.00"
        told = {"reached": True, "satisfied": True}
        did(perform(intake, "follow_up", by=people.operator, inputs=told), "concluded")
    assert not Paper.objects.filter(kind="order").exists() and nothing_of_ours_runs() and chains_hold()
    assert set(LedgerLine.objects.values_list("settled_how", flat=True)) == {"paid"}


def test_a_complaint_is_declined_with_its_route_and_the_notice_is_served(database):
    people = settle_county()
    with clock.at(walks.MONDAY):
        complaint = walks.registered(people, in_arbitration_or_court=True)
        inputs = {"reason": "已向仲裁院申请仲裁。", "route": "请继续在县仲裁院办理。"}
        did(perform(complaint.intake, "decline", by=people.squad_leader, inputs=inputs), "declined",
            stops=["ACC-01", "ACC-09"], sends=["DECLINED"], papers=["decline_notice"])  # fmt: skip
        told = {"paper": str(Paper.objects.get().public_id), "mode": "in_person", "place": "大厅", "recipient": "林大河",
                "proof": "签收单"}  # fmt: skip
        did(perform(complaint.intake, "record_service", by=people.operator, inputs=told), "declined")
    assert Case.objects.count() == 0 and nothing_of_ours_runs() and chains_hold()


def test_a_question_is_answered_on_the_phone(database):
    people = settle_county()
    with clock.at(walks.MONDAY):
        call = {
            "channel": "hotline",
            "anonymous": True,
            "no_contact": True,
            "violation_facts": "问最低工资标准。",
            "register": True,
        }
        intake = perform(None, "log", by=people.operator, inputs=call).subject
        did(perform(intake, "answer", by=people.operator, inputs={"answer": "已告知现行标准。"}), "answered",
            stops=["ACC-01", "ACC-09"])  # fmt: skip
    assert Case.objects.count() == 0 and nothing_of_ours_runs() and chains_hold()


def test_two_gangs_of_one_site_are_one_case_in_the_end(database):
    """Two callers, two squads of inspectors by accident; joined, ordered once, paid by the general contractor."""
    people = settle_county()
    with clock.at(walks.MONDAY):
        first = walks.investigating(people)
    with clock.at(walks.MONDAY + DAY):
        lines = [{"worker_name": f"工友{n}", "claimed": "5000.00", "months": "2"} for n in range(1, 11)]
        second = walks.filed(people, complainant_name="工友1", complainant_phone="13900000031", lines=lines).inspection
        inputs = {"into": first.case.number, "reason": "同一工地、同一总包。"}
        did(perform(second, "join", by=people.squad_leader, inputs=inputs), "joined", stops=["INV-01", "INV-02"])
        assert running(first) == {"INV-01": "2026-05-28", "INV-02": "2026-04-01"} and running(second) == {}
        perform(first, "establish_facts", by=people.lead, inputs={"findings": "属实。", "able_to_pay": True})
        inputs = {
            "pay_by": "2026-03-10",
            "addressee": "某建筑总承包公司",
            "addressee_reason": "分包单位拖欠，总包先行清偿。",
        }
        walks.approved(perform(first, "order_payment", by=people.lead, inputs=inputs), people.squad_leader)
        order = Paper.objects.get(kind="order")
        assert (order.content["head_count"], order.content["total"]) == (12, "72400.00")
        walks.served(people, first, "order")
    with clock.at(walks.MONDAY + 5 * DAY):
        shares = [{"line": str(x.public_id), "amount": str(x.rest)} for x in walks.lines(first)]
        inputs = {"payer": "general_contractor", "shares": shares, "proof": "代发清单 3 号"}
        perform(first, "record_payment", by=people.lead, inputs=inputs)
        perform(first, "record_compliance", by=people.lead, inputs={"how": "总包全部清偿。"})
        closing = perform(first, "close", by=people.lead, inputs={"result": "全部付清。"})
        walks.approved(closing, people.squad_leader)
    assert [c.intake.state for c in Complaint.objects.order_by("id")] == ["concluded", "concluded"]
    assert fresh(second).state == "joined" and nothing_of_ours_runs() and chains_hold()


def test_a_demand_that_was_none_goes_to_the_police_and_the_wages_are_paid_all_the_same(database):
    """Twenty strangers with invented wages among two real workers: no order, no ledger sheet, the wage claim stays
    open."""
    people = settle_county()
    with clock.at(walks.MONDAY):
        inspection = walks.investigating(people)
        intake = Complaint.objects.get().intake
        perform(intake, "flag_urgent", by=people.operator, inputs={"what": "二十余人封堵工地大门"})
        perform(intake, "suspect_false_claim", by=people.lead, inputs={"reason": "名册与考勤、门禁记录不符。"})
        transfer = walks.sent(people, inspection, "unlawful_demand")
        assert fresh(transfer).sheet == {} and not Paper.objects.filter(kind="order").exists()
        perform(transfer, "receive", by=people.police, inputs={"receiver": "公安乙"})
    with clock.at(walks.MONDAY + DAY):
        perform(transfer, "file", by=people.police, inputs={"number": "渑公立〔2026〕9号"})
        perform(transfer, "hand_over", by=people.lead, inputs={"to": "公安乙", "items": "名册、录像"})
        done = walks.paid(people, inspection)
        assert "notices" not in done.events[0].facts, "paying wages says nothing about a false claim"
        perform(inspection, "record_compliance", by=people.lead, inputs={"how": "真实欠薪已付清。"})
        walks.approved(perform(inspection, "close", by=people.lead, inputs={"result": "已付清。"}), people.squad_leader)
    with clock.at(walks.MONDAY + 90 * DAY):
        perform(transfer, "prosecute", by=people.prosecutor, inputs={"number": "渑检诉〔2026〕2号"})
        walks.from_paper(people, transfer, "judge", number="（2026）豫1221刑初9号", signer="法官甲")
        did(perform(transfer, "close", by=people.bureau_head, inputs={"reason": "判决生效。"}), "closed")
    assert fresh(inspection).state == "closed" and nothing_of_ours_runs() and chains_hold()
