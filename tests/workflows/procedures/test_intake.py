"""1 Intake: every arrow and side act of a complaint, with limits, notices and papers, and what is refused."""

from datetime import timedelta

import pytest

from notifications.models import Notice
from tests import walks
from tests.effects import did, fresh, notice, recipients, refused, running
from tests.people import reception_day
from workflows import clock
from workflows.casefile import receipt
from workflows.errors import InvalidInput, NotPossibleNow, PermissionDenied
from workflows.models import Amendment, Case, Complaint, Event, FollowUp, Inspection, LedgerLine, Limit
from workflows.perform import perform

DAY = timedelta(days=1)


def act(at, name, by="squad_leader", **inputs):
    return perform(at.subject, name, by=getattr(at.people, by), inputs=inputs)


# --- logging ---------------------------------------------------------------------------------------------------------


def test_a_call_is_logged_and_registered_in_one_act(people):
    done = perform(None, "log", by=people.operator, inputs=walks.CALL)
    assert [(e.act, e.from_state, e.to_state) for e in done.events] == [
        ("log", "", "draft"), ("register", "draft", "registered"),
    ]  # fmt: skip
    did(done, "draft", starts={"ACC-01": "2026-03-09", "ACC-09": "2026-03-09"})
    assert done.subject.state == "registered"
    complaint = Complaint.objects.get()
    assert (complaint.version, complaint.limitation_interrupted_on.isoformat()) == (2, "2026-03-02")
    assert complaint.notice_shown_at == walks.MONDAY and complaint.workers.count() == complaint.lines.count() == 2
    assert len(done.told["receipt_code"]) == 11 and done.told["receipt_second"] == "0001"


def test_limits_of_a_draft_run_from_the_day_it_came_in(people):
    """A message of Friday 27 February, taken over on Monday: 28 February was a make-up working day."""
    inputs = {"channel": "web", "received_at": "2026-02-27T20:00:00", "violation_facts": "欠薪。"}
    done = perform(None, "log", by=people.operator, inputs=inputs)
    did(done, "draft", starts={"ACC-01": "2026-03-05", "ACC-09": "2026-03-06"})
    assert Complaint.objects.get().received_at.isoformat() == "2026-02-27T12:00:00+00:00"
    done = perform(done.subject, "register", by=people.operator, inputs={"anonymous": True, "no_contact": True})
    did(done, "registered")
    assert running(done.subject) == {"ACC-01": "2026-03-05", "ACC-09": "2026-03-06"}


def test_an_old_message_needs_a_reason_and_a_future_one_is_refused(people):
    old = {"channel": "web", "received_at": "2024-05-01T08:00:00", "violation_facts": "欠薪。"}
    refused(InvalidInput, lambda: perform(None, "log", by=people.operator, inputs=old), field="reason")
    did(
        perform(None, "log", by=people.operator, inputs=old, reason="补录"),
        "draft",
        starts={"ACC-01": None, "ACC-09": None},
    )
    ahead = {**old, "received_at": "2026-03-03T08:00:00"}
    refused(InvalidInput, lambda: perform(None, "log", by=people.operator, inputs=ahead), field="received_at")


def test_a_registered_complaint_has_somebody_to_answer_to(people):
    draft = walks.drafted(people, complainant_name="", complainant_phone="")
    refusal = refused(InvalidInput, lambda: perform(draft.intake, "register", by=people.operator))
    assert set(refusal.errors) == {"complainant_name", "complainant_phone"}
    did(perform(draft.intake, "register", by=people.operator, inputs={"complainant_name": "贾某", "no_contact": True}),
        "registered")  # fmt: skip


def test_the_same_message_is_taken_once(people):
    inputs = {"channel": "web", "source_id": "web-7", "violation_facts": "欠薪。"}
    perform(None, "log", by=people.operator, inputs=inputs)
    refused(InvalidInput, lambda: perform(None, "log", by=people.operator, inputs=inputs), field="source_id")


def test_a_petition_has_at_most_five_representatives(people):
    inputs = {**walks.CALL, "channel": "petition", "representatives": "甲、乙、丙、丁、戊、己"}
    refused(InvalidInput, lambda: perform(None, "log", by=people.receptionist, inputs=inputs), field="representatives")
    perform(None, "log", by=people.receptionist, inputs={**inputs, "representatives": "甲、乙、丙、丁、戊"})


def test_nobody_but_the_desk_logs(people):
    for who in (
        people.squad_leader,
        people.housing,
        people.police,
        people.leader,
        people.auditor,
        people.administrator,
    ):
        refused(PermissionDenied, lambda who=who: perform(None, "log", by=who, inputs=walks.CALL))


# --- the arrows out of registered ------------------------------------------------------------------------------------


def test_a_consultation_is_answered(registered):
    did(act(registered, "answer", "operator", answer="可以申请法律援助。"), "answered", stops=["ACC-01", "ACC-09"])
    assert running(registered.subject) == {}
    with clock.at(walks.MONDAY + DAY):
        done = act(registered, "reopen", reason="又问投诉的事。")
        did(done, "registered", starts={"ACC-01": "2026-03-10", "ACC-09": "2026-03-10"})


def test_accept_opens_the_case_and_files_it_the_same_day(registered):
    done = act(registered, "accept")
    event = did(done, "accepted", stops=["ACC-01", "ACC-09"], sends=["ACCEPTED"], papers=["filing_form"])
    case = Case.objects.get()
    assert (case.number, str(case.filed_on)) == ("渑人社监案〔2026〕1号", "2026-03-02")
    assert [(e.procedure, e.act, e.to_state) for e in done.events] == [
        ("intake", "accept", "accepted"), ("inspection", "file_case", "filed"),
    ]  # fmt: skip
    assert running(case.inspection) == {"INV-01": "2026-05-28", "INV-02": "2026-04-01"}
    told = notice(event, "ACCEPTED")
    assert told.recipient_ref == f"complaint:{done.subject.complaint.public_id}"
    assert set(told.fields) == {"case_number", "employer", "at", "office"}
    assert case.lines.count() == case.workers.count() == 2
    assert (case.version, Complaint.objects.get().version) == (1, 3)


def test_an_unlicensed_employer_is_told_to_the_market_regulator(registered):
    event = did(act(registered, "accept", employer_unlicensed=True), "accepted", stops=["ACC-01", "ACC-09"],
                sends=["ACCEPTED", "UNLICENSED_EMPLOYER"], papers=["filing_form"])  # fmt: skip
    assert recipients(event, "UNLICENSED_EMPLOYER") == ["market/liaison"]
    assert set(notice(event, "UNLICENSED_EMPLOYER").fields) == {"employer", "employer_place"}


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"employer_name": "", "employer_unknown": True}, "没有明确的用人单位"),
        ({"employed_in_county": None}, "没有确认用工所在地"),
        ({"employed_in_county": False}, "用工所在地不在本县"),
        ({"arrears_from": "2023-01-01", "arrears_to": "2024-03-01"}, "已逾二年"),
        ({"arrears_from": None, "arrears_to": None}, "无法判断是否在二年监察时效内"),
        ({"in_arbitration_or_court": True}, "已进入仲裁或诉讼"),
    ],
)
def test_accept_is_guarded(people, facts, reason):
    complaint = walks.registered(people, **facts)
    refused(NotPossibleNow, lambda: perform(complaint.intake, "accept", by=people.squad_leader), says=reason)


def test_two_years_are_counted_to_the_day(people):
    """The violation ended on 2 March 2024: 2 March 2026 is the last day."""
    complaint = walks.registered(people, arrears_from="2024-01-01", arrears_to="2024-03-02")
    did(perform(complaint.intake, "accept", by=people.squad_leader), "accepted",
        stops=["ACC-01", "ACC-09"], sends=["ACCEPTED"], papers=["filing_form"])  # fmt: skip
    late = walks.registered(people, arrears_from="2024-01-01", arrears_to="2024-03-01")
    refused(NotPossibleNow, lambda: perform(late.intake, "accept", by=people.squad_leader), says="已逾二年")


def test_only_an_inspector_judges_that_a_violation_continues_and_says_why(people):
    complaint = walks.registered(people, arrears_from="2022-01-01", arrears_to="2022-12-31")
    judged = {"violation_continues": True, "violation_continues_reason": "公司每年都承诺支付，欠付状态持续。"}
    refused(PermissionDenied, lambda: perform(complaint.intake, "amend", by=people.operator, inputs=judged))
    bare = {"violation_continues": True}
    refused(InvalidInput, lambda: perform(complaint.intake, "amend", by=people.lead, inputs=bare),
            field="violation_continues_reason")  # fmt: skip
    perform(complaint.intake, "amend", by=people.lead, inputs=judged)
    assert perform(complaint.intake, "accept", by=people.squad_leader).subject.state == "accepted"


def test_a_no_can_be_amended_to_and_nought_is_an_answer(registered):
    act(registered, "amend", "operator", employed_in_county=False, in_arbitration_or_court=True, amount_claimed="0")
    complaint = Complaint.objects.get()
    assert (complaint.employed_in_county, complaint.in_arbitration_or_court, complaint.amount_claimed) == (
        False,
        True,
        0,
    )
    act(registered, "amend", "operator", in_arbitration_or_court=False, employed_in_county=True)
    complaint.refresh_from_db()
    assert (complaint.employed_in_county, complaint.in_arbitration_or_court) == (True, False)


def test_accept_into_an_open_case_opens_no_second_one(registered):
    people = registered.people
    case = walks.filed(people, complainant_name="石某", complainant_phone="13900000002")
    done = act(registered, "accept", into=case.number)
    did(done, "accepted", stops=["ACC-01", "ACC-09"], sends=["ACCEPTED"])
    assert [(e.act, e.procedure) for e in done.events] == [("accept", "intake"), ("take_complaint", "inspection")]
    assert Case.objects.count() == 1 and case.complaints.count() == 2 and case.lines.count() == 4
    assert running(case.inspection) == {"INV-01": "2026-05-28", "INV-02": "2026-04-01"}


def test_accept_into_a_closed_case_reopens_it(registered):
    people = registered.people
    inspection = walks.closed(people, walks.investigating(people, complainant_phone="13900000002"))
    with clock.at(walks.MONDAY + DAY):
        done = act(registered, "accept", into=inspection.case.number)
    assert [(e.act, e.to_state) for e in done.events] == [("accept", "accepted"), ("reopen", "investigating")]
    assert running(inspection) == {"INV-01": "2026-05-29", "INV-02": "2026-04-02"}


def test_accept_does_not_go_into_a_case_that_is_not_there_or_was_joined(registered):
    people = registered.people
    first, second = (
        walks.filed(people, complainant_phone="1390000002"),
        walks.filed(people, complainant_phone="1390000003"),
    )
    perform(first.inspection, "join", by=people.squad_leader, inputs={"into": second.number, "reason": "同一工地。"})
    refused(InvalidInput, lambda: act(registered, "accept", into="渑人社监案〔2026〕99号"), field="into")
    refused(InvalidInput, lambda: act(registered, "accept", into=first.number), field="into", says="已并入")


def test_whether_a_case_number_exists_is_said_only_to_who_may_accept(registered):
    refused(PermissionDenied, lambda: act(registered, "accept", "operator", into="渑人社监案〔2026〕99号"))


def test_declining_gives_reason_route_and_paper(registered):
    event = did(act(registered, "decline", reason="已逾二年。", route="可向仲裁院申请仲裁。"), "declined",
                stops=["ACC-01", "ACC-09"], sends=["DECLINED"], papers=["decline_notice"])  # fmt: skip
    assert notice(event, "DECLINED").fields["route"] == "可向仲裁院申请仲裁。"
    assert set(notice(event, "DECLINED").fields) == {"reason", "route", "paper", "office"}
    done = act(registered, "reopen", reason="提交了新证据。")
    did(done, "registered", starts={"ACC-01": "2026-03-09", "ACC-09": "2026-03-09"})


def test_a_supplement_stops_one_clock_and_its_return_starts_it_anew(registered):
    event = did(act(registered, "request_supplement", missing="身份证号。", by_day="2026-03-05"), "supplement_requested",
                starts={"SUPPLEMENT_BY": "2026-03-05"}, stops=["ACC-01"], sends=["SUPPLEMENT_ASKED"],
                papers=["supplement_notice"])  # fmt: skip
    assert set(notice(event, "SUPPLEMENT_ASKED").fields) == {"missing", "by_day", "paper", "office"}
    assert running(registered.subject) == {"ACC-09": "2026-03-09", "SUPPLEMENT_BY": "2026-03-05"}
    with clock.at(walks.MONDAY + 2 * DAY):
        did(act(registered, "receive_supplement", "operator", brought="身份证复印件。", id_number="41122119900101123X"),
            "registered", starts={"ACC-01": "2026-03-11"}, stops=["SUPPLEMENT_BY"])  # fmt: skip
    assert running(registered.subject) == {"ACC-09": "2026-03-09", "ACC-01": "2026-03-11"}


def test_an_unanswered_supplement_is_declined_only_after_its_date(registered):
    act(registered, "request_supplement", missing="身份证号。", by_day="2026-03-05")
    declining = {"reason": "逾期未补正。", "route": "补齐后再来。"}
    with clock.at(walks.MONDAY + 3 * DAY):
        refused(NotPossibleNow, lambda: act(registered, "decline", **declining), says="尚未届满")
    with clock.at(walks.MONDAY + 4 * DAY):
        did(act(registered, "decline", **declining), "declined", stops=["ACC-09", "SUPPLEMENT_BY"],
            sends=["DECLINED"], papers=["decline_notice"])  # fmt: skip


def test_a_complainant_may_withdraw_instead_of_supplementing(registered):
    act(registered, "request_supplement", missing="身份证号。", by_day="2026-03-05")
    did(act(registered, "withdraw", "operator", reason="不告了。"), "withdrawn", stops=["ACC-09", "SUPPLEMENT_BY"])


def refer(at):
    return act(at, "refer", agency="housing", reason="市场违法行为归住建部门。", by_day="2026-03-20")


def test_a_referral_goes_out_and_its_result_comes_back_to_the_caller(registered):
    event = did(refer(registered), "referred", starts={"REFERRAL_ANSWER": "2026-03-20"}, stops=["ACC-01", "ACC-09"],
                sends=["REFERRED", "REFERRED_TOLD"], papers=["referral_letter"])  # fmt: skip
    assert recipients(event, "REFERRED") == ["housing/liaison"]
    assert set(notice(event, "REFERRED").fields) == {"employer", "project", "facts", "reason", "by_day", "paper"}
    people = registered.people
    result = {"result": "已责令总包支付。"}
    refused(PermissionDenied, lambda: act(registered, "report_result", "transport", **result))
    refused(PermissionDenied, lambda: act(registered, "report_result", "operator", **result))
    event = did(act(registered, "report_result", "housing", **result), "answered", stops=["REFERRAL_ANSWER"],
                sends=["REFERRAL_RESULT"])  # fmt: skip
    assert recipients(event, "REFERRAL_RESULT") == [f"complaint:{registered.subject.complaint.public_id}"]
    refused(PermissionDenied, lambda: perform(registered.subject, "reopen", by=people.operator, inputs={"reason": "x"}))


def test_an_agency_that_is_asked_something_else_does_not_answer_the_referral(registered):
    """The transport bureau has a question of the joint reception open on the same complaint."""
    people = registered.people
    day = visit(people, registered.subject.complaint)
    perform(day, "assign_task", by=people.receptionist,
            inputs={"agency": "transport", "question": "查道路工程款。", "due_on": "2026-03-20"})  # fmt: skip
    refer(registered)
    refused(PermissionDenied, lambda: act(registered, "report_result", "transport", result="不归我管。"))


def visit(people, root):
    from_day = reception_day(clock.today())
    inputs = {"day": str(from_day.public_id), "visitors": "林大河", "people": 1}
    return perform(root, "schedule", by=people.receptionist, inputs=inputs).subject


def test_an_agency_objects_and_the_clocks_start_anew(registered):
    refer(registered)
    with clock.at(walks.MONDAY + DAY):
        event = did(act(registered, "send_back", "housing", reason="不属于我局职责。"), "registered",
                    starts={"ACC-01": "2026-03-10", "ACC-09": "2026-03-10"}, stops=["REFERRAL_ANSWER"],
                    sends=["SENT_BACK"])  # fmt: skip
    assert recipients(event, "SENT_BACK") == ["hrss/squad_leader"]
    assert fresh(registered.subject).referred_to is None


def test_a_result_may_come_on_a_signed_paper_confirmed_by_a_second_officer(registered):
    refer(registered)
    people = registered.people
    done = walks.asked_from_paper(people, registered.subject, "report_result", result="已责令支付。", signer="住建乙")
    assert done.requested is not None and done.requested.needed == "second_officer"
    assert done.subject.state == "referred" and Event.objects.filter(act="report_result").count() == 0
    event = did(walks.approved(done, people.second), "answered", stops=["REFERRAL_ANSWER"], sends=["REFERRAL_RESULT"])
    assert event.by_name == "监察甲" and event.approved_by == "监察乙"
    assert event.facts["signed_paper"]["signer"] == "住建乙" and len(event.facts["signed_paper"]["sha256"]) == 64


def test_a_signed_paper_needs_its_scan_its_signer_and_its_date(registered):
    refer(registered)
    people = registered.people
    whole = {
        "result": "已办。",
        "signer": "住建乙",
        "scan": walks.scan(people, registered.subject),
        "at": "2026-03-02T08:59",
    }
    subject = registered.subject
    for missing in ("signer", "scan", "at"):
        told = {k: v for k, v in whole.items() if k != missing}
        refused(InvalidInput, lambda told=told: perform(subject, "report_result", by=people.lead, inputs=told),
                field=missing)  # fmt: skip
    perform(registered.subject, "add_evidence", by=people.lead, inputs={"title": "口头转述"})
    bare = registered.subject.complaint.evidence.get(title="口头转述")
    told = {**whole, "scan": str(bare.public_id)}
    refused(
        InvalidInput, lambda: perform(registered.subject, "report_result", by=people.lead, inputs=told), field="scan"
    )
    other = walks.registered(people).intake
    told = {**whole, "scan": walks.scan(people, other)}
    refused(
        InvalidInput, lambda: perform(registered.subject, "report_result", by=people.lead, inputs=told), field="scan"
    )


def test_a_complaint_is_marked_a_duplicate_of_another(registered):
    people = registered.people
    again = walks.registered(people).intake
    of = str(registered.subject.complaint.public_id)
    told = {"of": of, "reason": "同一人、同一事。"}
    itself = {**told, "of": str(again.complaint.public_id)}
    refused(InvalidInput, lambda: perform(again, "mark_duplicate", by=people.squad_leader, inputs=itself), field="of")
    did(perform(again, "mark_duplicate", by=people.squad_leader, inputs=told), "duplicate", stops=["ACC-01", "ACC-09"])
    back = {"of": str(again.complaint.public_id), "reason": "互指。"}
    refused(InvalidInput, lambda: act(registered, "mark_duplicate", **back), field="of", says="自己也是重复件")
    refused(NotPossibleNow, lambda: perform(again, "reopen", by=people.squad_leader, inputs={"reason": "x"}))


# --- withdrawing and reopening ---------------------------------------------------------------------------------------


def test_a_draft_and_a_registered_complaint_are_withdrawn(registered):
    people = registered.people
    draft = walks.drafted(people).intake
    did(
        perform(draft, "withdraw", by=people.operator, inputs={"reason": "发错了。"}),
        "withdrawn",
        stops=["ACC-01", "ACC-09"],
    )
    did(act(registered, "withdraw", "operator", reason="已私下解决。"), "withdrawn", stops=["ACC-01", "ACC-09"])
    assert set(LedgerLine.objects.values_list("settled_how", flat=True)) == {"withdrawn"}


def test_who_withdraws_after_filing_must_say_whether_the_case_goes_on(filed):
    intake = filed.subject.case.complaints.get().intake
    people = filed.people
    refused(InvalidInput, lambda: perform(intake, "withdraw", by=people.operator, inputs={"reason": "不告了。"}),
            field="case_goes_on")  # fmt: skip
    done = perform(intake, "withdraw", by=people.operator, inputs={"reason": "不告了。", "case_goes_on": False})
    event = did(done, "withdrawn")
    assert event.inputs["case_goes_on"] is False, "a no is kept in the record"
    assert Inspection.objects.get().state == "filed", "what becomes of the case the officer decides"


def test_reopening_a_withdrawn_complaint_revives_its_claims_and_keeps_its_case(filed):
    intake, people = filed.subject.case.complaints.get().intake, filed.people
    perform(intake, "withdraw", by=people.operator, inputs={"reason": "不告了。", "case_goes_on": True})
    with clock.at(walks.MONDAY + DAY):
        did(perform(intake, "reopen", by=people.squad_leader, inputs={"reason": "又来了。"}), "registered",
            starts={"ACC-01": "2026-03-10", "ACC-09": "2026-03-10"})  # fmt: skip
        assert set(LedgerLine.objects.values_list("settled_how", flat=True)) == {""}
        done = perform(intake, "accept", by=people.squad_leader)
    assert [(e.act, e.case_id) for e in done.events] == [
        ("accept", filed.subject.case_id),
        ("take_complaint", filed.subject.case_id),
    ]
    assert Case.objects.count() == 1 and Limit.objects.filter(procedure="intake", stopped_at=None).count() == 0


def test_a_reopened_complaint_of_a_closed_case_reopens_the_case_when_accepted(investigating):
    inspection = walks.closed(investigating.people, investigating.subject)
    intake = inspection.case.complaints.get().intake
    assert intake.state == "concluded"
    perform(intake, "reopen", by=investigating.people.squad_leader, inputs={"reason": "又欠了一个月。"})
    done = perform(intake, "accept", by=investigating.people.squad_leader)
    assert [e.act for e in done.events] == ["accept", "reopen"]
    assert fresh(inspection).state == "investigating"


def test_the_end_of_the_inspection_concludes_each_accepted_complaint_with_its_own_outcome(investigating):
    people, inspection = investigating.people, investigating.subject
    walks.accepted_into(people, inspection.case, complainant_name="石某", complainant_phone="13900000002",
                        lines=[{"worker_name": "石某", "claimed": "500.00"}])  # fmt: skip
    withdrawn = walks.accepted_into(people, inspection.case, complainant_phone="13900000003", lines=[])
    perform(withdrawn.intake, "withdraw", by=people.operator, inputs={"reason": "不告了。", "case_goes_on": True})
    walks.closed(people, inspection)
    concluded = Event.objects.filter(act="conclude").order_by("seq")
    assert [e.facts["outcome"]["paid"] for e in concluded] == ["22400.00", "500.00"]
    closing = Event.objects.get(act="close")
    told = [f"complaint:{c.public_id}" for c in inspection.case.complaints.exclude(pk=withdrawn.pk)]
    assert sorted(recipients(closing, "CLOSED")) == sorted(told), "who withdrew is told no result"


# --- side acts -------------------------------------------------------------------------------------------------------


def test_an_amended_fact_keeps_the_old_value(registered):
    did(act(registered, "amend", "operator", complainant_phone="13900000009", employer_domicile="城关镇"), "registered")
    kept = {a.field: (a.old, a.new) for a in Amendment.objects.all()}
    assert kept == {
        "complainant_phone": ("13900000001", "13900000009"),
        "employer_domicile": ("渑池县城关镇黄河路 18 号", "城关镇"),
    }
    event = Event.objects.get(act="amend")
    assert event.facts["amended"]["complainant_phone"] == ["139****0001", "139****0009"]
    refused(InvalidInput, lambda: act(registered, "amend", "operator"))


def test_chasing_reminds_the_officers_of_the_open_case(filed):
    intake, people = filed.subject.case.complaints.get().intake, filed.people
    event = did(
        perform(intake, "chase", by=people.operator, inputs={"reason": "问进展。"}), "accepted", sends=["CHASED"]
    )
    assert recipients(event, "CHASED") == ["hrss/inspector"] and Case.objects.count() == 1


def test_chasing_before_a_case_is_only_recorded(registered):
    did(act(registered, "chase", "operator", reason="问进展。"), "registered")


def test_an_emergency_is_told_to_leaders_police_and_the_squad_leader_at_once(registered):
    event = did(act(registered, "flag_urgent", "operator", what="二十余人围堵项目部"), "registered", sends=["URGENT"])
    assert sorted(recipients(event, "URGENT")) == [
        "hrss/squad_leader", "leading_group/leader", "petition/liaison", "police/police_officer",
    ]  # fmt: skip
    urgent = Notice.objects.filter(event_ref=str(event.public_id), kind="URGENT").first()
    assert set(urgent.fields) == {"employer", "project", "urgency", "at"}
    assert Complaint.objects.get().urgent == "二十余人围堵项目部"


def test_evidence_lines_and_suspicion_are_added(registered):
    did(act(registered, "add_evidence", "receptionist", title="工资欠条"), "registered")
    line = {"worker_name": "石某", "claimed": "300.00", "months": "0.5"}
    did(
        act(registered, "add_lines", "operator", lines=[line, {**line, "worker_name": "林大河", "phone": ""}]),
        "registered",
    )
    complaint = registered.subject.complaint
    assert complaint.lines.count() == 4 and complaint.workers.count() == 3, "the same worker is one worker"
    refused(InvalidInput, lambda: act(registered, "add_lines", "operator", lines=[line, line]), field="lines")
    refused(PermissionDenied, lambda: act(registered, "suspect_false_claim", "operator", reason="金额不实。"))
    did(act(registered, "suspect_false_claim", "lead", reason="工程款纠纷。"), "registered")
    assert Complaint.objects.get().suspected_false_claim == "工程款纠纷。"


def test_following_up_asks_why_somebody_was_not_satisfied(registered):
    act(registered, "answer", "operator", answer="已答。")
    refused(
        InvalidInput, lambda: act(registered, "follow_up", "operator", reached=True, satisfied=False), field="why_not"
    )
    did(act(registered, "follow_up", "operator", reached=False, why_not="停机"), "answered")
    did(act(registered, "follow_up", "operator", reached=True, satisfied=True), "answered")
    assert FollowUp.objects.count() == 2


def test_a_new_receipt_code_kills_the_old_one(people):
    first = perform(None, "log", by=people.operator, inputs=walks.CALL)
    assert receipt.find(first.told["receipt_code"], "0001").complaint_id == first.subject.complaint_id
    assert receipt.find(first.told["receipt_code"], "9999") is None
    second = perform(first.subject, "reissue_receipt", by=people.operator)
    did(second, "registered", sends=["RECEIPT"])
    assert receipt.find(first.told["receipt_code"], "0001") is None
    assert receipt.find(second.told["receipt_code"], "0001") is not None
    said = " ".join(str(e.inputs) + str(e.facts) for e in Event.objects.all())
    assert first.told["receipt_code"] not in said and second.told["receipt_token"] not in said


def test_the_desk_serves_its_own_papers_and_no_others(investigating):
    """Service of an inquiry starts the employer's seven days; recorded as the intake's it would start nothing."""
    people, inspection = investigating.people, investigating.subject
    perform(inspection, "issue_inquiry", by=people.lead, inputs={"materials": "工资表。"})
    intake = inspection.case.complaints.get().intake
    told = {"paper": walks.newest(inspection, "inquiry_notice"), "mode": "post", "place": "邮局", "proof": "EMS1"}
    refused(InvalidInput, lambda: perform(intake, "record_service", by=people.operator, inputs=told), field="paper")


def test_a_decline_notice_is_served_by_the_desk(registered):
    act(registered, "decline", reason="已逾二年。", route="可申请仲裁。")
    paper = registered.subject.complaint.papers.get()
    told = {"paper": str(paper.public_id), "mode": "post", "place": "邮局", "proof": "回执",
            "tracking": "EMS1"}  # fmt: skip
    did(act(registered, "record_service", "operator", **told), "declined")
    paper.refresh_from_db()
    assert paper.served_at == walks.MONDAY
    refused(InvalidInput, lambda: act(registered, "record_service", "operator", **told), field="paper", says="已经送达")
