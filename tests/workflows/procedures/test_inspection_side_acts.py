"""3 Inspection, the side acts: people, evidence, agencies, service, limits, supervision, and wrong clicks taken
back."""

from datetime import date, timedelta
from decimal import Decimal

from tests import walks
from tests.effects import did, fresh, notice, recipients, refused, running
from workflows import clock
from workflows.errors import InvalidInput, NotPossibleNow, PermissionDenied
from workflows.invariants import INVARIANTS
from workflows.law.limits import rules
from workflows.models import AgencyTask, Assignment, Event, Evidence, Inspection, Limit, LimitExtension, Service
from workflows.perform import perform
from workflows.procedures.inspection_forms import ExtensionForm
from workflows.reading.why import why
from workflows.recompute import recompute

DAY = timedelta(days=1)


def act(at, name, by="lead", **inputs):
    return perform(at.subject, name, by=getattr(at.people, by), inputs=inputs)


def with_yes(at, name, approver="bureau_head", **inputs):
    return walks.approved(act(at, name, **inputs), getattr(at.people, approver))


def handlers():
    return [(a.officer.name, a.lead) for a in Assignment.objects.filter(to_at=None).order_by("-lead", "id")]


# --- people ----------------------------------------------------------------------------------------------------------


def test_inspectors_are_added_and_changed(investigating):
    people = investigating.people
    did(act(investigating, "assign_more", "squad_leader", others=[people.id("third")]), "investigating")
    assert handlers() == [("监察甲", True), ("监察乙", False), ("监察丙", False)]
    refused(InvalidInput, lambda: act(investigating, "assign_more", "squad_leader", others=[people.id("third")]),
            field="others")  # fmt: skip
    with clock.at(walks.MONDAY + DAY):
        did(act(investigating, "reassign", "squad_leader", lead=people.id("second"), others=[people.id("third")]),
            "investigating")  # fmt: skip
        assert handlers() == [("监察乙", True), ("监察丙", False)] and Assignment.objects.count() == 5
        refused(PermissionDenied, lambda: act(investigating, "record_answer", answer="x"))


def test_a_recusal_is_asked_for_and_decided_by_the_head_within_three_working_days(investigating):
    people = investigating.people
    asked = {"officer": people.id("lead"), "reason": "与法定代表人是亲戚。"}
    refused(InvalidInput, lambda: act(investigating, "request_recusal", officer=people.id("third"), reason="x"),
            field="officer")  # fmt: skip
    did(act(investigating, "request_recusal", "second", **asked), "investigating", starts={"FIL-05": "2026-03-05"})
    refused(NotPossibleNow, lambda: act(investigating, "request_recusal", "second", **asked), says="待决定")
    refused(InvalidInput, lambda: act(investigating, "decide_recusal", "second", recused=True, reason="x"),
            field="replacement")  # fmt: skip
    done = perform(investigating.subject, "decide_recusal", by=people.second,
                   inputs={"recused": True, "replacement": people.id("third"), "reason": "应当回避。"})  # fmt: skip
    did(walks.approved(done, people.bureau_head), "investigating", stops=["FIL-05"])
    assert handlers() == [("监察丙", True), ("监察乙", False)], "the replacement leads in his place"
    assert fresh(investigating.subject).recusal_of is None


def test_a_recusal_may_be_refused(investigating):
    act(investigating, "request_recusal", officer=investigating.people.id("second"), reason="说话态度。")
    event = did(with_yes(investigating, "decide_recusal", recused=False, reason="不属于回避事由。"), "investigating",
                stops=["FIL-05"])  # fmt: skip
    assert handlers() == [("监察甲", True), ("监察乙", False)] and event.inputs["recused"] is False
    refused(NotPossibleNow, lambda: act(investigating, "decide_recusal", recused=False, reason="x"), says="没有待决定")


# --- evidence and agencies -------------------------------------------------------------------------------------------


def test_an_inquiry_served_gives_the_employer_seven_days_to_answer(investigating):
    did(act(investigating, "issue_inquiry", materials="工资表、考勤。"), "investigating", papers=["inquiry_notice"])
    did(walks.served(investigating.people, investigating.subject, "inquiry_notice"), "investigating",
        starts={"INV-05": "2026-03-09"})  # fmt: skip
    assert Service.objects.get().effective_at == walks.MONDAY
    did(act(investigating, "record_answer", answer="无工资表。", refused=True), "investigating", stops=["INV-05"])


def test_interviews_and_site_checks_need_two_certificates(investigating):
    interview = {"person": "王某", "place": "项目部", "said": "甲方没拨款。", "certificates_shown": True}
    check = {"place": "工地", "found": "无告示牌。", "rights_board": False, "special_account": True}
    did(act(investigating, "record_interview", **interview), "investigating", papers=["interview_record"])
    event = did(act(investigating, "record_site_check", **check), "investigating", papers=["site_check_record"])
    assert event.inputs["rights_board"] is False
    officer = investigating.people.officers["second"]
    officer.certificate = ""
    officer.save()
    for name, inputs in (
        ("record_interview", interview),
        ("record_site_check", check),
        ("issue_inquiry", {"materials": "x"}),
    ):
        refused(NotPossibleNow, lambda name=name, inputs=inputs: act(investigating, name, **inputs), says="两名")


def test_evidence_is_preserved_with_the_heads_yes_and_decided_in_seven_working_days(investigating):
    did(with_yes(investigating, "preserve_evidence", items="账册三本"), "investigating", starts={"INV-06": "2026-03-11"},
        papers=["preservation_notice"])  # fmt: skip
    did(with_yes(investigating, "decide_preservation", decision="退还。"), "investigating", stops=["INV-06"])
    refused(NotPossibleNow, lambda: act(investigating, "decide_preservation", decision="x"), says="没有待处理")


def test_another_agency_is_asked_and_answers_for_itself_alone(investigating):
    asked = {"agency": "housing", "question": "查专户流水。", "due_on": "2026-03-12"}
    event = did(act(investigating, "ask_agency", **asked), "investigating", starts={"ANSWER_DUE": "2026-03-12"},
                sends=["ASSISTANCE_ASKED"], papers=["assistance_letter"])  # fmt: skip
    sent = notice(event, "ASSISTANCE_ASKED")
    assert recipients(event, "ASSISTANCE_ASKED") == ["housing/liaison"] and str(sent.answer_due_on) == "2026-03-12"
    assert set(sent.fields) == {"case_number", "employer", "project", "workers", "owed", "question", "due_on", "paper"}
    act(investigating, "ask_agency", agency="transport", question="查工程款。", due_on="2026-03-20")
    first, second = AgencyTask.objects.order_by("id")
    stolen = {"task": str(second.public_id), "answer": "x"}
    refused(InvalidInput, lambda: act(investigating, "answer_agency", "housing", **stolen), field="task")
    refused(PermissionDenied, lambda: act(investigating, "answer_agency", "police", **stolen))
    event = did(act(investigating, "answer_agency", "housing", task=str(first.public_id), answer="余额为零。"),
                "investigating", stops=["ANSWER_DUE"], sends=["ASSISTANCE_ANSWERED"])  # fmt: skip
    assert sorted(running(investigating.subject)) == ["ANSWER_DUE", "INV-01", "INV-02"]
    refused(
        PermissionDenied, lambda: act(investigating, "answer_agency", "housing", task=str(first.public_id), answer="x")
    )
    refused(InvalidInput, lambda: act(investigating, "ask_agency", **{**asked, "agency": "hrss"}), field="agency")


def test_an_answer_comes_on_a_signed_paper(investigating):
    act(investigating, "ask_agency", agency="housing", question="查流水。", due_on="2026-03-12")
    task = str(AgencyTask.objects.get().public_id)
    done = walks.from_paper(
        investigating.people, investigating.subject, "answer_agency", task=task, answer="余额为零。"
    )
    did(done, "investigating", stops=["ANSWER_DUE"], sends=["ASSISTANCE_ANSWERED"])


def test_somebody_is_summoned_to_a_day(investigating):
    did(act(investigating, "appoint", person="王某", on_day="2026-03-05", place="监察大队", how_told="短信，有回执"),
        "investigating", starts={"APPEARANCE": "2026-03-05"}, papers=["summons"])  # fmt: skip


def test_an_appointment_ends_when_somebody_came_or_did_not(investigating):
    """Two are summoned to different days: who came is recorded for each, and that nobody came not before its day."""
    where = {"place": "监察大队", "how_told": "短信，有回执"}
    refused(NotPossibleNow, lambda: act(investigating, "record_appearance", appointment="x", came=True, said="x"),
            says="没有待记录的约谈")  # fmt: skip
    for person, day in (("王某", "2026-03-05"), ("赵某", "2026-03-09")):
        act(investigating, "appoint", person=person, on_day=day, **where)
    first, second = (str(x.public_id) for x in Limit.objects.filter(rule="APPEARANCE").order_by("due_on"))
    came = {"came": True, "said": "承认欠付，称月底前支付。"}
    refused(InvalidInput, lambda: act(investigating, "record_appearance", appointment="x", **came), field="appointment")
    refused(InvalidInput, lambda: act(investigating, "record_appearance", appointment=second, said="未到。", came=False),
            field="came", says="未到")  # fmt: skip
    done = did(act(investigating, "record_appearance", appointment=first, **came), "investigating",
               stops=["APPEARANCE"])  # fmt: skip
    assert done.facts["appearance"] == {"on": "2026-03-05", "came": True}
    assert running(investigating.subject)["APPEARANCE"] == "2026-03-09"
    refused(InvalidInput, lambda: act(investigating, "record_appearance", appointment=first, **came),
            field="appointment")  # fmt: skip
    with clock.at(walks.MONDAY + 7 * DAY):
        done = did(act(investigating, "record_appearance", appointment=second, came=False, said="两次致电未接。"),
                   "investigating", stops=["APPEARANCE"])  # fmt: skip
    assert done.facts["appearance"]["came"] is False
    assert "APPEARANCE" not in running(investigating.subject)


def test_only_the_city_approves_a_look_at_accounts(investigating):
    reply = {"granted": True, "city_paper": "三人社查〔2026〕3号", "result": "余额 120 元。"}
    refused(NotPossibleNow, lambda: act(investigating, "record_city_reply", **reply), says="没有报请")
    did(with_yes(investigating, "request_city_query", what="基本户流水。"), "investigating")
    did(act(investigating, "record_city_reply", **reply), "investigating")
    refused(NotPossibleNow, lambda: act(investigating, "record_city_reply", **reply))


def test_facts_of_the_case_are_amended_with_old_and_new_in_the_record(investigating):
    event = did(act(investigating, "amend", employer_domicile="仰韶大街 1 号", general_contractor="某建工", reason="查明。",
                    lines=[{"worker_name": "石某", "claimed": "100.00"}]), "investigating")  # fmt: skip
    assert event.facts["amended"] == {
        "employer_domicile": ["渑池县城关镇黄河路 18 号", "仰韶大街 1 号"],
        "general_contractor": ["", "某建工"],
    }
    assert len(walks.lines(investigating.subject)) == 3
    refused(InvalidInput, lambda: act(investigating, "amend", reason="没有内容"))


def test_evidence_is_added_under_its_hash(investigating):
    walks.scan(investigating.people, investigating.subject, "考勤表")
    item = Evidence.objects.get()
    assert len(item.sha256) == 64 and item.case == investigating.subject.case
    refused(InvalidInput, lambda: act(investigating, "add_evidence", title="x", file="forged:token"), field="file")


# --- service ---------------------------------------------------------------------------------------------------------


def test_a_paper_is_served_once_after_it_was_made_with_a_signer_if_in_person(stage):
    with stage("unserved", lambda people: walks.ordered(people, serve=""), walks.MONDAY + DAY) as at:
        told = {"paper": walks.newest(at.subject, "order"), "mode": "in_person", "place": "项目部", "proof": "回证"}
        refused(InvalidInput, lambda: act(at, "record_service", **told), field="recipient")
        early = walks.MONDAY - timedelta(hours=1)
        refused(InvalidInput, lambda: perform(at.subject, "record_service", by=at.people.lead, at=early,
                                              inputs={**told, "recipient": "王某"}), field="at")  # fmt: skip
        act(at, "record_service", **told, recipient="王某")
        refused(InvalidInput, lambda: act(at, "record_service", **told, recipient="王某"), field="paper")


# --- limits ----------------------------------------------------------------------------------------------------------


def test_each_limit_is_extended_once_with_the_heads_yes(investigating):
    """INV-01 +30 working days: ninety from 2 March end on 10 July. INV-02 +30 days: sixty end on 1 May, shown as 6
    May."""
    did(with_yes(investigating, "request_extension", rule="INV-01", reason="案情复杂。"), "investigating",
        papers=["extension_form"])  # fmt: skip
    with_yes(investigating, "request_extension", rule="INV-02", reason="案情复杂。")
    assert running(investigating.subject) == {"INV-01": "2026-07-10", "INV-02": "2026-05-06"}
    assert str(Limit.objects.get(rule="INV-02").target_on) == "2026-05-01"
    assert [(x.limit.rule, x.length, x.approved_by) for x in LimitExtension.objects.order_by("id")] == [
        ("INV-01", 30, "副局长甲"), ("INV-02", 30, "副局长甲"),
    ]  # fmt: skip
    for rule, says in (("INV-01", "只能延长一次"), ("INV-02", "延长不得超过30日")):
        refused(InvalidInput, lambda rule=rule: act(investigating, "request_extension", rule=rule, reason="再延。"),
                field="rule", says=says)  # fmt: skip


def test_a_limit_is_extended_by_less_than_the_article_allows_and_never_by_more(investigating):
    """LSIR 17 once, HNR 16 in parts whose sum is at most 30 days; 2 March + 40, + 45, + 60 days."""

    def asked(rule, length=None, **more):
        said = {"length": length} if length else {}
        return lambda: act(investigating, "request_extension", rule=rule, reason="案情复杂。", **said, **more)

    refused(InvalidInput, asked("INV-02", 31), field="length", says="第十六条")
    refused(InvalidInput, asked("INV-01", 31), field="length", says="第十七条")
    refused(InvalidInput, asked("INV-02", 0.5), field="length")
    refused(InvalidInput, asked("INV-02", until="2026-05-01"), field="until", says="不以日期计")
    for length, ends in ((10, "2026-04-11"), (5, "2026-04-16"), (None, "2026-05-01")):
        done = asked("INV-02", length)()
        assert done.requested.shown["length"] == (length or 15), "who approves reads how much"
        walks.approved(done, investigating.people.bureau_head)
        assert str(Limit.objects.get(rule="INV-02").target_on) == ends
    refused(InvalidInput, asked("INV-02", 1), field="length", says="延长不得超过30日")
    walks.approved(asked("INV-01", 10)(), investigating.people.bureau_head)
    refused(InvalidInput, asked("INV-01", 1), field="length", says="只能延长一次")
    assert list(LimitExtension.objects.order_by("id").values_list("length", flat=True)) == [10, 5, 15, 10]


def test_the_decision_is_extended_once_to_the_day_the_head_approves(established):
    """O25 37: 15 working days from 2 March end on Monday 23 March; the length is the approver's."""
    asked = {"rule": "DEC-01", "reason": "须等待鉴定结论。"}
    assert running(established.subject)["DEC-01"] == "2026-03-23"
    refused(InvalidInput, lambda: act(established, "request_extension", **asked), field="until", says="第三十七条")
    refused(InvalidInput, lambda: act(established, "request_extension", until="2026-03-23", **asked), field="until",
            says="未晚于原届满日")  # fmt: skip
    refused(InvalidInput, lambda: act(established, "request_extension", until="2026-04-10", length=5, **asked),
            field="until")  # fmt: skip
    done = act(established, "request_extension", until="2026-04-10", **asked)
    assert running(established.subject)["DEC-01"] == "2026-03-23"
    event = did(walks.approved(done, established.people.bureau_head), "facts_established", papers=["extension_form"])
    assert event.facts["extended"] == ["DEC-01", "2026-03-23", "2026-04-10"]
    assert event.approved_by == "副局长甲"
    assert running(established.subject)["DEC-01"] == "2026-04-10"
    row = LimitExtension.objects.get()
    assert (row.length, str(row.until), row.approved_by) == (None, "2026-04-10", "副局长甲")
    refused(InvalidInput, lambda: act(established, "request_extension", until="2026-05-08", **asked), field="until",
            says="只能延长一次")  # fmt: skip
    assert not recompute("再算一遍").moved
    said = why(Limit.objects.get(rule="DEC-01"))
    assert said.agrees
    assert said.days[-1].date == date(2026, 4, 10)
    assert [f for check in INVARIANTS for f in [check()] if not f.holds] == []


def test_every_rule_of_ours_that_may_be_extended_or_paused_has_its_act(shared_database):
    """deadlines.yaml beside the acts: what a wired rule of ours allows can be asked for, from whom the rule names."""
    wired = [law for law in rules().values() if law.wired and law.ours]
    (extend,) = Inspection.acts()["request_extension"]
    assert {law.id for law in wired if law.ext} == {name for name, _ in ExtensionForm.RULES}
    assert {law.ext.by for law in wired if law.ext} == {extend.approval}
    assert not [law.id for law in wired if law.pause], "a pause needs an act: today no wired rule knows one"


def test_a_limit_that_is_over_or_does_not_run_is_not_extended(investigating):
    refused(InvalidInput, lambda: act(investigating, "request_extension", rule="BLK-06", reason="x"), says="没有在计时")
    with clock.at(walks.MONDAY + 31 * DAY):
        refused(
            InvalidInput, lambda: act(investigating, "request_extension", rule="INV-02", reason="x"), says="已经届满"
        )


def test_listing_is_decided_even_after_the_end_and_needs_the_credit_code(expired):
    walks.paid(expired.people, expired.subject)
    act(expired, "record_compliance", how="付清。")
    with_yes(expired, "close", "squad_leader", result="付清。")
    assert running(expired.subject) == {"BLK-06": "2026-04-03"}, "the duty to decide on listing outlives the inspection"
    listing = {"listed": True, "reason": "达到标准。"}
    refused(InvalidInput, lambda: act(expired, "record_listing_decision", **listing), field="unified_credit_code")
    wrong = {**listing, "unified_credit_code": "91411221MA0000000X"}
    refused(InvalidInput, lambda: act(expired, "record_listing_decision", **wrong), says="校验位")
    did(with_yes(expired, "record_listing_decision", **listing, unified_credit_code="91350100M000100Y43"), "closed",
        stops=["BLK-06"], sends=["LISTED"])  # fmt: skip
    assert fresh(expired.subject).case.employer.credit_code == "91350100M000100Y43"
    refused(NotPossibleNow, lambda: act(expired, "record_listing_decision", **listing), says="没有待作出")


# --- supervision -----------------------------------------------------------------------------------------------------


def test_a_leaders_supervision_order_must_be_answered_before_the_case_closes(investigating):
    with clock.at(walks.MONDAY + 40 * DAY):
        order = {"question": "为何超期？", "due_on": "2026-04-15"}
        refused(PermissionDenied, lambda: act(investigating, "supervise", "squad_leader", **order))
        event = did(act(investigating, "supervise", "leader", **order), "investigating",
                    starts={"SUPERVISION_ANSWER": "2026-04-15"}, sends=["SUPERVISION_ORDERED"])  # fmt: skip
        assert sorted(recipients(event, "SUPERVISION_ORDERED")) == ["hrss/inspector", "hrss/squad_leader"]
        event = Event.objects.get(act="supervise")
        walks.settled(investigating.people, investigating.subject, "reduced")
        refused(NotPossibleNow, lambda: act(investigating, "close", result="x"), says="督办事项")
        event = did(act(investigating, "answer_supervision", "squad_leader", answer="等待专户流水。"), "investigating",
                    stops=["SUPERVISION_ANSWER"], sends=["SUPERVISION_ANSWERED"])  # fmt: skip
        assert recipients(event, "SUPERVISION_ANSWERED") == ["leading_group/leader"]
        refused(NotPossibleNow, lambda: act(investigating, "answer_supervision", answer="x"), says="没有待答复")


# --- wrong clicks ----------------------------------------------------------------------------------------------------


def test_a_wrong_assignment_is_taken_back(filed):
    people = filed.people
    act(filed, "assign", "squad_leader", lead=people.id("lead"), others=[people.id("third")])
    did(act(filed, "correct", "squad_leader", reason="点错了。"), "filed")
    assert handlers() == [] and running(filed.subject) == {"INV-01": "2026-05-28", "INV-02": "2026-04-01"}
    act(filed, "assign", "squad_leader", lead=people.id("lead"), others=[people.id("second")])
    act(filed, "record_answer", answer="已收材料。")
    refused(NotPossibleNow, lambda: act(filed, "correct", "squad_leader", reason="x"), says="之后又有其他办理记录")


def test_facts_established_by_mistake_are_unsaid_and_the_limits_run_on_as_if_untouched(investigating):
    line = walks.lines(investigating.subject)[0]
    with clock.at(walks.MONDAY + DAY):
        act(investigating, "establish_facts", findings="属实。", evasion="逃匿。", able_to_pay=True,
            verified=[{"line": str(line.public_id), "verified": "1.00", "months": "1"}])  # fmt: skip
        did(act(investigating, "correct", reason="点错了。"), "investigating")
    assert running(investigating.subject) == {"INV-01": "2026-05-28", "INV-02": "2026-04-01"}
    assert Limit.objects.get(rule="DEC-01").outcome == "taken_back"
    assert Limit.objects.get(rule="INV-01").started_at == walks.MONDAY
    line = walks.lines(investigating.subject)[0]
    inspection = fresh(investigating.subject)
    assert (line.verified, line.months) == (None, Decimal(3))
    assert (inspection.findings, inspection.evasion, inspection.able_to_pay) == ("", "", None)


def test_an_act_that_is_not_declared_correctable_is_not_taken_back(ordered):
    refused(NotPossibleNow, lambda: act(ordered, "correct", reason="x"))
