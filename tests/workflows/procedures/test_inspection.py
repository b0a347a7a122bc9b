"""3 Inspection, the arrows: from filing to payment, decision, enforcement and the ends."""

from datetime import timedelta

from tests import walks
from tests.effects import did, fresh, notice, recipients, refused, running
from workflows import clock
from workflows.errors import InvalidInput, NotPossibleNow, PermissionDenied
from workflows.models import Assignment, Event, Limit, Paper
from workflows.perform import perform
from workflows.roles import SYSTEM

DAY = timedelta(days=1)

TERM = {"pay_by": "2026-03-20"}


def act(at, name, by="lead", **inputs):
    return perform(at.subject, name, by=getattr(at.people, by), inputs=inputs)


def with_yes(at, name, approver="bureau_head", **inputs):
    """An act and its approval."""
    return walks.approved(act(at, name, **inputs), getattr(at.people, approver))


# --- filing, assigning, facts ----------------------------------------------------------------------------------------


def test_a_case_is_assigned_to_two_inspectors_with_valid_certificates(filed):
    people = filed.people
    lead, second = people.id("lead"), people.id("second")
    for wrong, field in (
        ({"lead": lead, "others": []}, "others"),
        ({"lead": lead, "others": [lead]}, "others"),
        ({"lead": lead, "others": [people.id("uncertified")]}, "others"),
        ({"lead": people.id("operator"), "others": [second]}, "lead"),
        ({"lead": "没有", "others": [second]}, "lead"),
    ):
        refused(InvalidInput, lambda wrong=wrong: act(filed, "assign", "squad_leader", **wrong), field=field)
    refused(PermissionDenied, lambda: act(filed, "assign", "lead", lead=lead, others=[second]))
    did(act(filed, "assign", "squad_leader", lead=lead, others=[second]), "investigating")
    assert [(a.officer.name, a.lead) for a in Assignment.objects.order_by("id")] == [
        ("监察甲", True),
        ("监察乙", False),
    ]


def test_a_certificate_that_has_run_out_does_not_count(filed):
    officer = filed.people.officers["second"]
    officer.certificate_valid_to = clock.today() - DAY
    officer.save()
    told = {"lead": filed.people.id("lead"), "others": [filed.people.id("second")]}
    refused(InvalidInput, lambda: act(filed, "assign", "squad_leader", **told), says="没有有效的执法证件")


def test_facts_are_established_line_by_line(investigating):
    first, second = walks.lines(investigating.subject)
    told = {"findings": "部分属实。", "able_to_pay": False, "evasion": "转移设备。",
            "verified": [{"line": str(second.public_id), "verified": "9000.00", "months": "2.5"}]}  # fmt: skip
    refused(PermissionDenied, lambda: act(investigating, "establish_facts", "third", **told))
    did(act(investigating, "establish_facts", **told), "facts_established",
        starts={"DEC-01": "2026-03-23"}, stops=["INV-01"])  # fmt: skip
    first, second = walks.lines(investigating.subject)
    assert (first.verified, second.verified, second.months) == (first.claimed, 9000, 2.5)
    inspection = fresh(investigating.subject)
    assert (inspection.able_to_pay, inspection.evasion) == (False, "转移设备。")


def test_facts_need_two_certified_inspectors_and_lines(investigating, stage):
    officer = investigating.people.officers["second"]
    officer.certificate_valid_to = clock.today() - DAY
    officer.save()
    refused(NotPossibleNow, lambda: act(investigating, "establish_facts", findings="属实。"), says="两名持有效执法证件")
    with stage("no lines", lambda people: walks.investigating(people, lines=[])) as at:
        refused(NotPossibleNow, lambda: act(at, "establish_facts", findings="属实。"), says="工资台账还没有明细")


def test_a_line_of_another_case_cannot_be_named(investigating):
    other = walks.investigating(investigating.people, complainant_phone="13900000002")
    told = {"findings": "属实。", "verified": [{"line": str(walks.lines(other)[0].public_id), "verified": "1.00"}]}
    refused(InvalidInput, lambda: act(investigating, "establish_facts", **told), field="verified")


# --- the order -------------------------------------------------------------------------------------------------------


def test_an_order_is_signed_by_the_squad_leader_and_carries_the_verified_amounts(established):
    done = act(established, "order_payment", pay_by="2026-03-07")
    assert done.requested.needed == "squad_leader" and done.subject.state == "facts_established"
    assert done.requested.draft[0]["content"]["total"] == "22400.00"
    event = did(walks.approved(done, established.people.squad_leader), "ordered", starts={"PAY_BY": "2026-03-07"},
                stops=["DEC-01"], sends=["ORDER_ISSUED"], papers=["order"])  # fmt: skip
    order = Paper.objects.get(kind="order")
    assert order.number == "渑人社监令〔2026〕1号" and order.addressee == "渑池县青石建筑劳务有限公司"
    assert order.content["approved_by"] == event.approved_by == "大队长甲" and order.content["head_count"] == 2
    assert [line.ordered for line in walks.lines(established.subject)] == [12600, 9800]
    assert set(notice(event, "ORDER_ISSUED").fields) == {"case_number", "pay_by", "office"}


def test_an_order_is_refused_with_a_date_not_ahead_and_with_nothing_owed(established):
    refused(InvalidInput, lambda: act(established, "order_payment", pay_by="2026-03-02"), field="pay_by")
    walks.paid(established.people, established.subject)
    refused(NotPossibleNow, lambda: act(established, "order_payment", pay_by="2026-03-07"), says="没有尚欠的金额")


def test_an_order_is_replaced_and_the_new_one_must_be_served_again(ordered):
    event = did(with_yes(ordered, "replace_order", "squad_leader", pay_by="2026-03-12", addressee="某总包公司",
                         addressee_reason="分包欠薪，总包先行清偿。"), "ordered",
                starts={"PAY_BY": "2026-03-12"}, stops=["PAY_BY"], sends=["ORDER_ISSUED"],
                papers=["order"])  # fmt: skip
    old, new = Paper.objects.filter(kind="order").order_by("id")
    assert old.replaced_by == new and new.addressee == "某总包公司" and new.served_at is None
    assert event.from_state == event.to_state == "ordered"
    with clock.at(walks.MONDAY + 11 * DAY):
        refused(NotPossibleNow, lambda: perform(ordered.subject, "expire", by=SYSTEM), says="尚未送达")


def test_an_order_expires_served_unpaid_and_after_its_date_only(ordered):
    with clock.at(walks.MONDAY + 5 * DAY):
        refused(NotPossibleNow, lambda: perform(ordered.subject, "expire", by=SYSTEM), says="尚未届满")
    with clock.at(walks.day(clock.start_of(walks.MONDAY.date()) + 6 * DAY) - 9 * timedelta(hours=1)):
        did(perform(ordered.subject, "expire", by=SYSTEM), "expired", starts={"BLK-06": "2026-04-03"}, stops=["PAY_BY"])


def test_an_unserved_order_does_not_expire(stage):
    later = walks.MONDAY + 6 * DAY
    with stage("unserved order", lambda people: walks.ordered(people, days=5, serve=""), later) as at:
        refused(NotPossibleNow, lambda: perform(at.subject, "expire", by=SYSTEM), says="尚未送达")
        walks.served(at.people, at.subject, "order", "posted")
        did(act(at, "expire"), "expired", starts={"BLK-06": "2026-04-03"}, stops=["PAY_BY"])


def test_a_paid_order_does_not_expire(ordered):
    walks.paid(ordered.people, ordered.subject)
    with clock.at(walks.MONDAY + 6 * DAY):
        refused(NotPossibleNow, lambda: perform(ordered.subject, "expire", by=SYSTEM), says="没有尚欠的金额")


# --- intent, decision, enforcement -----------------------------------------------------------------------------------


def test_a_decision_waits_for_the_served_intent_and_the_defence(established):
    done = with_yes(established, "inform_intent", kind="treatment", content="拟责令支付。")
    did(done, "intent_informed", sends=["INTENT_TOLD"], papers=["intent_notice"])
    decision = {"content": "责令支付。", "pay_by": "2026-03-20"}
    refusal = refused(NotPossibleNow, lambda: act(established, "decide", **decision))
    assert len(refusal.reasons) == 2 and "尚未送达" in refusal.reasons[0] and "陈述申辩" in refusal.reasons[1]
    walks.served(established.people, established.subject, "intent_notice")
    with clock.at(walks.MONDAY + timedelta(hours=2)):
        did(act(established, "hear_defence", said="无钱。", examined="不成立。"), "intent_informed")
        refused(NotPossibleNow, lambda: act(established, "decide", **decision), says="缺少“证据”")
        walks.proof(established.people, established.subject)
        assert fresh(established.subject).defence_heard_at == clock.now(), "the moment of the act, not of the state"
        event = did(with_yes(established, "decide", **decision, party_absent=True), "decided",
                    starts={"DEC-14": "2026-03-11"}, stops=["DEC-01"], sends=["DECIDED"],
                    papers=["handling_form", "decision"])  # fmt: skip
        assert set(notice(event, "DECIDED").fields) == {"case_number", "at"}


def test_a_penalty_counts_its_ninety_days_from_filing(expired):
    """Filed on 2 March; the intent is told on 8 March: the ninety days end on 31 May, a Sunday, shown as 1 June."""
    done = with_yes(expired, "inform_intent", kind="penalty", content="拟罚款二万元。")
    did(done, "intent_informed", starts={"DEC-02": "2026-06-01"}, sends=["INTENT_TOLD"], papers=["intent_notice"])
    assert str(Limit.objects.get(rule="DEC-02").target_on) == "2026-05-31"


def test_a_hearing_needs_a_reviewer_a_named_chair_and_seven_working_days(expired):
    told = {"kind": "penalty", "content": "拟罚款六万元。", "hearing_right": True}
    people = expired.people
    refused(InvalidInput, lambda: act(expired, "inform_intent", **told), field="legal_reviewer")
    refused(InvalidInput, lambda: act(expired, "inform_intent", **told, legal_reviewer=people.id("second")),
            field="legal_reviewer")  # fmt: skip
    with_yes(expired, "inform_intent", **told, legal_reviewer=people.id("legal_reviewer"))
    walks.served(people, expired.subject, "intent_notice")
    chair = {"chair": people.id("third"), "on_day": "2026-03-18", "place": "三楼会议室"}
    refused(InvalidInput, lambda: act(expired, "name_chair", **{**chair, "chair": people.id("second")}), field="chair")
    refused(InvalidInput, lambda: act(expired, "name_chair", **{**chair, "on_day": "2026-03-17"}), field="on_day")
    record = {"record": "双方陈述。"}
    refused(NotPossibleNow, lambda: act(expired, "hold_hearing", "third", **record), says="尚未指定")
    did(with_yes(expired, "name_chair", **chair), "intent_informed", starts={"HEARING_ON": "2026-03-18"})
    for who in ("lead", "second", "squad_leader", "legal_reviewer"):
        refused(PermissionDenied, lambda who=who: act(expired, "hold_hearing", who, **record))
    did(act(expired, "hold_hearing", "third", **record), "intent_informed", stops=["HEARING_ON"])
    # then the review by whom the case was sent to, then the leaders together, then the decision
    decision = {"content": "罚款六万元。"}
    refused(NotPossibleNow, lambda: act(expired, "decide", **decision), says="法制审核尚未通过")
    discussion = {"leaders": "局长甲、副局长甲", "decision": "同意。"}
    refused(NotPossibleNow, lambda: act(expired, "record_discussion", **discussion), says="法制审核尚未通过")
    refused(PermissionDenied, lambda: act(expired, "legal_review", "lead", opinion="合法。", passed=True))
    did(act(expired, "legal_review", "legal_reviewer", opinion="合法。", passed=True), "intent_informed")
    refused(NotPossibleNow, lambda: act(expired, "decide", **decision), says="尚未集体讨论")
    did(act(expired, "record_discussion", **discussion), "intent_informed")
    walks.proof(people, expired.subject)
    did(with_yes(expired, "decide", **decision), "decided", stops=["DEC-02"], sends=["DECIDED", "PENALTY_COPIED"],
        papers=["handling_form", "decision"])  # fmt: skip


def test_another_legal_reviewer_may_not_review(expired):
    other = expired.people.officers["transport"]
    other.roles = ["legal_reviewer"]
    other.save()
    with_yes(
        expired,
        "inform_intent",
        kind="treatment",
        content="拟责令。",
        legal_reviewer=expired.people.id("legal_reviewer"),
    )
    refused(PermissionDenied, lambda: act(expired, "legal_review", "transport", opinion="合法。", passed=True))


def test_service_of_the_decision_starts_the_remedy_periods_and_what_follows_them(stage):
    """2 March: sixty days end on 1 May, moved by law to 6 May; six months on 2 September; three more on 2 December."""

    def walk(people):
        inspection = walks.intended(people, walks.established(people))
        perform(inspection, "hear_defence", by=people.lead, inputs={"said": "x", "examined": "y"})
        done = perform(
            inspection, "decide", by=people.lead, inputs={**TERM, "content": "责令支付。", "party_absent": True}
        )
        return walks.approved(done, people.bureau_head).subject

    with stage("decision unserved", walk) as at:
        did(walks.served(at.people, at.subject, "decision"), "decided", stops=["DEC-14"],
            starts={"PAY-15a": "2026-05-06", "PAY-15b": "2026-09-02", "PAY-12": "2026-12-02"})  # fmt: skip


def test_service_by_announcement_takes_effect_when_its_thirty_days_end(stage):
    """Published on 2 March: DEC-17 ends with 1 April; from then the remedy periods run."""

    def walk(people):
        inspection = walks.intended(people, walks.established(people))
        perform(inspection, "hear_defence", by=people.lead, inputs={"said": "x", "examined": "y"})
        done = perform(inspection, "decide", by=people.lead, inputs={**TERM, "content": "责令支付。"})
        return walks.approved(done, people.bureau_head).subject

    with stage("decision unserved 2", walk) as at:
        done = walks.served(at.people, at.subject, "decision", "announcement")
        did(done, "decided", starts={"PAY-15a": "2026-06-01", "PAY-15b": "2026-10-08", "PAY-12": None})
        served_at = Paper.objects.get(kind="decision").served_at
        assert served_at == clock.start_of(walks.MONDAY.date() + 31 * DAY)
        with clock.at(served_at - timedelta(seconds=1)):
            refused(NotPossibleNow, lambda: act(at, "demand", amount="1.00", pay_by="2026-06-01"), says="才生效")
            walks.settled(at.people, at.subject, "reduced")
            refused(NotPossibleNow, lambda: act(at, "close", result="减免。"), says="尚未送达")
        with clock.at(served_at):
            assert act(at, "close", result="减免。").requested is not None


def test_an_order_served_by_announcement_expires_only_after_that(stage):
    with stage("announced", lambda people: walks.ordered(people, days=5, serve="announcement")) as at:
        with clock.at(walks.MONDAY + 20 * DAY):
            refused(NotPossibleNow, lambda: perform(at.subject, "expire", by=SYSTEM), says="才生效")
        with clock.at(walks.MONDAY + 31 * DAY):
            perform(at.subject, "expire", by=SYSTEM)


def test_a_decision_is_revised_and_served_anew(decided):
    did(
        with_yes(decided, "revise_decision", **TERM, content="更正金额。"),
        "decided",
        sends=["DECIDED"],
        papers=["decision"],
    )
    old, new = Paper.objects.filter(kind="decision").order_by("id")
    assert old.replaced_by == new
    with clock.at(walks.MONDAY + DAY):
        did(walks.served(decided.people, decided.subject, "decision"), "decided",
            stops=["PAY-15a", "PAY-15b", "PAY-12"],
            starts={"PAY-15a": "2026-05-06", "PAY-15b": "2026-09-03", "PAY-12": "2026-12-03"})  # fmt: skip


def test_the_demand_waits_for_the_end_of_both_remedy_periods(decided):
    told = {"amount": "22400.00", "pay_by": "2026-09-20"}
    with clock.at(walks.day(walks.MONDAY.replace(month=9, day=2))):
        refused(NotPossibleNow, lambda: act(decided, "demand", **told), says="PAY-16")
    with clock.at(walks.day(walks.MONDAY.replace(month=9, day=3))):
        did(with_yes(decided, "demand", **told), "demanded", sends=["DEMANDED"], papers=["demand_letter"])


def test_enforcement_waits_ten_working_days_after_the_served_demand(decided):
    people = decided.people
    with clock.at(walks.day(walks.MONDAY.replace(month=9, day=3))):  # a Thursday
        with_yes(decided, "demand", amount="22400.00", pay_by="2026-09-20")
        told = {"court": "渑池县人民法院", "content": "强制支付 22400 元。"}
        refused(NotPossibleNow, lambda: act(decided, "apply_enforcement", **told), says="尚未送达")
        did(walks.served(people, decided.subject, "demand_letter"), "demanded", starts={"PAY-13": "2026-09-17"})
    with clock.at(walks.day(walks.MONDAY.replace(month=9, day=17))):
        refused(NotPossibleNow, lambda: act(decided, "apply_enforcement", **told), says="十个工作日")
    with clock.at(walks.day(walks.MONDAY.replace(month=9, day=18))):
        did(with_yes(decided, "apply_enforcement", **told), "enforcement_applied", stops=["PAY-12", "PAY-13"],
            papers=["enforcement_application"])  # fmt: skip
        refused(NotPossibleNow, lambda: act(decided, "close", result="x"), says="2 笔明细未了结")
        walks.settled(people, decided.subject, "in_court_enforcement")
        event = did(with_yes(decided, "close", "squad_leader", result="已移交法院执行。"), "closed", sends=["CLOSED"],
                    stops=["INV-02", "PAY-15a", "PAY-15b"], papers=["closing_form"])  # fmt: skip
        assert event.facts["closed_as"] == "enforcement_applied"


def test_a_remedy_blocks_the_demand_until_the_decision_was_upheld(decided):
    did(act(decided, "record_remedy", kind="lawsuit"), "decided", stops=["PAY-12", "PAY-15a", "PAY-15b"])
    told = {"amount": "22400.00", "pay_by": "2026-12-20"}
    with clock.at(walks.day(walks.MONDAY.replace(month=11, day=3))):
        refused(NotPossibleNow, lambda: act(decided, "demand", **told), says="已申请复议或起诉")
        did(act(decided, "record_remedy", kind="lawsuit", outcome="upheld", result="驳回诉讼请求。"), "decided")
        assert act(decided, "demand", **told).requested is not None


# --- the ends --------------------------------------------------------------------------------------------------------


def test_compliance_needs_every_rest_to_be_nought(investigating):
    refused(
        NotPossibleNow, lambda: act(investigating, "record_compliance", how="已付。"), says="还有 2 笔尚欠 22,400.00 元"
    )
    walks.paid(investigating.people, investigating.subject)
    did(act(investigating, "record_compliance", how="全部付清。"), "complied", stops=["INV-01"])


def test_closing_lists_every_blocker_at_once(ordered):
    people = ordered.people
    perform(ordered.subject, "issue_inquiry", by=people.lead, inputs={"materials": "工资表"})
    perform(ordered.subject, "ask_agency", by=people.lead,
            inputs={"agency": "housing", "question": "查合同", "due_on": "2026-03-09"})  # fmt: skip
    walks.proposed(people, ordered.subject)
    refusal = refused(NotPossibleNow, lambda: act(ordered, "close", result="x"))
    said = "；".join(refusal.reasons)
    assert len(refusal.reasons) == 5
    for part in (
        "须已履行",
        "2 笔明细未了结：林大河、林小川",
        "住房和城乡建设局",
        "调查询问通知书",
        "移送案件尚待公安机关决定",
    ):
        assert part in said


def test_a_complied_case_closes_with_its_result_told(investigating):
    people = investigating.people
    walks.paid(people, investigating.subject)
    act(investigating, "record_compliance", how="全部付清。")
    event = did(with_yes(investigating, "close", "squad_leader", result="已付清。"), "closed", stops=["INV-02"],
                sends=["CLOSED"], papers=["closing_form"])  # fmt: skip
    assert event.facts["closed_as"] == "complied" and running(investigating.subject) == {}
    assert notice(event, "CLOSED").fields["result"] == "已付清。"
    assert [e.act for e in Event.objects.order_by("-id")[:2]] == ["conclude", "close"]


def test_a_case_whose_lines_are_all_settled_closes_from_any_open_state(investigating):
    walks.settled(investigating.people, investigating.subject, "to_arbitration_or_court")
    event = did(with_yes(investigating, "close", "squad_leader", result="转仲裁。"), "closed", stops=["INV-01", "INV-02"],
                sends=["CLOSED"], papers=["closing_form"])  # fmt: skip
    assert event.facts["closed_as"] == "settled"


def test_a_filing_is_cancelled_and_the_complainants_told(established):
    because = {"reason": "查无欠薪。"}
    event = did(with_yes(established, "cancel_filing", "squad_leader", **because), "cancelled",
                stops=["INV-02", "DEC-01"], sends=["FILING_CANCELLED"], papers=["cancellation"])  # fmt: skip
    assert set(notice(event, "FILING_CANCELLED").fields) == {"case_number", "reason", "paper"}
    with clock.at(walks.MONDAY + DAY):
        refused(PermissionDenied, lambda: act(established, "reopen", "lead", reason="新证据。"))
        did(act(established, "reopen", "squad_leader", reason="新证据。"), "investigating",
            starts={"INV-01": "2026-05-29", "INV-02": "2026-04-02"})  # fmt: skip


def test_a_filing_is_cancelled_while_it_is_investigated(investigating):
    done = with_yes(investigating, "cancel_filing", "squad_leader", reason="查无欠薪。")
    did(done, "cancelled", stops=["INV-01", "INV-02"], sends=["FILING_CANCELLED"], papers=["cancellation"])


def test_a_case_goes_to_whom_it_belongs(ordered):
    told = {"agency": "city_hrss", "reason": "市局管辖。"}
    refused(InvalidInput, lambda: act(ordered, "transfer_out", agency="brigade", reason="x"), field="agency")
    event = did(with_yes(ordered, "transfer_out", "squad_leader", **told), "transferred_out",
                stops=["INV-02", "PAY_BY"], sends=["CASE_TRANSFERRED", "CASE_TRANSFERRED_TOLD"],
                papers=["transfer_out_letter"])  # fmt: skip
    assert recipients(event, "CASE_TRANSFERRED") == ["city_hrss/liaison"]
    did(
        act(ordered, "reopen", "squad_leader", reason="退回。"),
        "investigating",
        starts={"INV-01": None, "INV-02": None},
    )


def test_an_open_transfer_keeps_the_case_where_it_is(established):
    people = established.people
    walks.proposed(people, established.subject, "unlawful_demand")
    other = walks.filed(people, complainant_phone="13900000003")
    for name, by, inputs in (
        ("cancel_filing", "lead", {"reason": "x"}),
        ("transfer_out", "lead", {"agency": "city_hrss", "reason": "x"}),
        ("join", "squad_leader", {"into": other.number, "reason": "x"}),
    ):
        refused(NotPossibleNow, lambda name=name, by=by, inputs=inputs: act(established, name, by, **inputs),
                says="未办结的移送")  # fmt: skip
