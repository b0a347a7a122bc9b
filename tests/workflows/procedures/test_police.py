"""4 Police transfer: every arrow of both kinds, both sides' clocks, and what the other side may do from its signed
paper."""

from datetime import timedelta

import pytest

from tests import walks
from tests.effects import did, fresh, notice, recipients, refused, running
from tests.people import appoint
from workflows import clock
from workflows.errors import InvalidInput, NotPossibleNow, PermissionDenied
from workflows.models import Event, Limit, Paper, PoliceTransfer
from workflows.perform import perform
from workflows.roles import Role

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
NUMBER = {"number": "渑公立〔2026〕1号"}
NO = {"number": "渑公不立〔2026〕1号", "reason": "证据不足。"}
WHY = {"reason": "写明理由。"}


def act(at, name, by="police", **inputs):
    return perform(at.subject, name, by=getattr(at.people, by), inputs=inputs)


@pytest.fixture
def proposed(stage):
    def walk(people):
        inspection = walks.expired(people)
        with clock.at(walks.MONDAY + 6 * DAY):
            return walks.proposed(people, inspection)

    with stage("proposed", walk, walks.MONDAY + 6 * DAY) as at:
        yield at


@pytest.fixture
def not_filed(received):
    did(act(received, "decline", **NO), "not_filed", starts={"AFT-02": "2026-03-11"},
        stops=["TRF-10a", "TRF-11", "TRF-12"], sends=["POLICE_DECIDED"])  # fmt: skip
    return received


@pytest.fixture
def handed_over(police_filed):
    event = did(act(police_filed, "hand_over", "lead", to="公安乙", items="案卷一册"), "handed_over", stops=["AFT-01"],
                sends=["HANDED_OVER"], papers=["hand_over_list"])  # fmt: skip
    assert recipients(event, "HANDED_OVER") == ["police/police_officer"]
    return police_filed


# --- inside the bureau -----------------------------------------------------------------------------------------------


def test_an_assigned_inspector_proposes_and_one_of_a_kind_is_open_at_a_time(expired):
    people, case = expired.people, expired.subject.case
    told = {"kind": "refusal_to_pay", "facts": "有能力不付。"}
    refused(PermissionDenied, lambda: perform(case, "propose_transfer", by=people.third, inputs=told))
    did(perform(case, "propose_transfer", by=people.lead, inputs=told), "proposed")
    refused(InvalidInput, lambda: perform(case, "propose_transfer", by=people.lead, inputs=told), field="kind")
    other = {"kind": "unlawful_demand", "facts": "冒名索要工程款。"}
    refused(InvalidInput, lambda: perform(case, "propose_transfer", by=people.lead, inputs=other), field="persons")
    did(perform(case, "propose_transfer", by=people.lead, inputs={**other, "persons": "赵某等三人"}), "proposed")
    assert PoliceTransfer.objects.count() == 2


def test_the_report_freezes_sheet_and_package_and_names_two_certified_inspectors(proposed):
    people = proposed.people
    told = {"second_inspector": people.id("second"), "opinion": "建议移送。"}
    for wrong in (people.id("lead"), people.id("third"), "没有"):
        named = {**told, "second_inspector": wrong}
        refused(InvalidInput, lambda named=named: act(proposed, "report", "lead", **named), field="second_inspector")
    event = did(act(proposed, "report", "lead", **told), "reported", starts={"TRF-03": "2026-03-11"},
                sends=["REPORTED"], papers=["investigation_report"])  # fmt: skip
    assert recipients(event, "REPORTED") == ["hrss/principal_head"]
    transfer = fresh(proposed.subject)
    assert [o.name for o in transfer.team.order_by("id")] == ["监察甲", "监察乙"] == event.facts["team"]
    assert transfer.sheet["workers"] == 2 and transfer.sheet["total"] == "22400.00" and transfer.sheet["missing"] == []
    assert any(item.startswith("限期改正指令书") for item in transfer.package)
    assert any(item.startswith("送达证明（直接送达）：") for item in transfer.package)


def test_missing_elements_are_shown_and_block_nothing(stage):
    with stage("proposed early", lambda people: walks.proposed(people, walks.established(people))) as at:
        did(walks.reported(at.people, at.subject), "reported", starts={"TRF-03": "2026-03-05"}, sends=["REPORTED"],
            papers=["investigation_report"])  # fmt: skip
        assert fresh(at.subject).sheet["missing"], "no order, no date passed: it is said, and the officer decides"


def test_a_long_title_of_evidence_still_fits_the_package(proposed):
    perform(proposed.subject.case.inspection, "add_evidence", by=proposed.people.lead, inputs={"title": "证" * 200})
    walks.reported(proposed.people, proposed.subject)
    assert max(map(len, fresh(proposed.subject).package)) == 200


def test_only_the_principal_head_decides_and_a_refusal_gives_its_reasons(proposed):
    walks.reported(proposed.people, proposed.subject)
    for who in ("bureau_head", "squad_leader", "lead", "leader", "police"):
        refused(PermissionDenied, lambda who=who: act(proposed, "approve", who))
        refused(PermissionDenied, lambda who=who: act(proposed, "refuse", who, **WHY))
    refused(InvalidInput, lambda: act(proposed, "refuse", "principal_head"), field="reason")
    did(act(proposed, "refuse", "principal_head", **WHY), "refused", stops=["TRF-03"], papers=["transfer_approval"])
    assert fresh(proposed.subject).refusal_reasons == "写明理由。"
    did(act(proposed, "close", "bureau_head", **WHY), "closed")


def test_a_deputy_who_presides_approves_on_his_acting_appointment_and_the_record_quotes_it(proposed):
    walks.reported(proposed.people, proposed.subject)
    deputy = proposed.people.officers["bureau_head"]
    today = clock.today()
    appoint(deputy, Role.PRINCIPAL_HEAD, today - 9 * DAY, today - DAY, "渑组任〔2026〕1号")
    refused(PermissionDenied, lambda: act(proposed, "approve", "bureau_head"))
    appoint(deputy, Role.PRINCIPAL_HEAD, today, today, "渑组任〔2026〕2号")
    event = did(act(proposed, "approve", "bureau_head"), "approved", starts={"TRF-04": "2026-03-09"}, stops=["TRF-03"],
                papers=["transfer_approval"])  # fmt: skip
    assert event.acting_paper == "渑组任〔2026〕2号" and event.by_name == "副局长甲"


def test_who_handles_the_case_does_not_approve_its_transfer(proposed):
    walks.reported(proposed.people, proposed.subject)
    second = proposed.people.officers["second"]
    second.roles = ["inspector", "principal_head"]
    second.save()
    for name, inputs in (("approve", {}), ("refuse", WHY)):
        refused(
            PermissionDenied, lambda name=name, inputs=inputs: act(proposed, name, "second", **inputs), says="承办人"
        )


def test_from_approval_there_are_twenty_four_hours_through_night_and_holiday(proposed):
    walks.reported(proposed.people, proposed.subject)
    act(proposed, "approve", "principal_head")
    limit = Limit.objects.get(rule="TRF-04")
    assert limit.due_at == clock.now() + 24 * HOUR
    with clock.at(clock.now() + 25 * HOUR):
        event = did(act(proposed, "send", "lead"), "sent", stops=["TRF-04"], sends=["TRANSFER_SENT", "TRANSFER_COPIED"],
                    papers=["transfer_letter"])  # fmt: skip
    assert event.facts["stopped"][0][2] == "missed"


def test_sending_hands_over_the_package_and_copies_the_procuratorate(proposed):
    people = proposed.people
    walks.reported(people, proposed.subject)
    act(proposed, "approve", "principal_head")
    refused(NotPossibleNow, lambda: act(proposed, "receive", receiver="公安乙"))
    event = did(act(proposed, "send", "lead"), "sent", stops=["TRF-04"], sends=["TRANSFER_SENT", "TRANSFER_COPIED"],
                papers=["transfer_letter"])  # fmt: skip
    assert recipients(event, "TRANSFER_COPIED") == ["procuratorate/prosecutor"]
    assert set(notice(event, "TRANSFER_SENT").fields) == {
        "case_number", "employer", "kind", "workers", "owed", "package", "paper", "handler",
    }  # fmt: skip
    assert set(notice(event, "TRANSFER_COPIED").fields) == {"case_number", "employer", "kind", "package", "paper"}
    transfer = fresh(proposed.subject)
    assert transfer.sent_at == clock.now() and len(transfer.package_sha256) == 64 and transfer.shown_to_police


@pytest.mark.parametrize("steps", [[], ["report"], ["report", "approve"]])
def test_a_transfer_is_abandoned_before_it_is_sent(proposed, steps):
    if "report" in steps:
        walks.reported(proposed.people, proposed.subject)
    if "approve" in steps:
        act(proposed, "approve", "principal_head")
    stops = {0: [], 1: ["TRF-03"], 2: ["TRF-04"]}[len(steps)]
    did(act(proposed, "abandon", "lead", reason="已全部付清。"), "abandoned", stops=stops)
    did(act(proposed, "close", "bureau_head", **WHY), "closed")
    walks.proposed(proposed.people, proposed.subject.case.inspection)  # the kind is free again


# --- the police ------------------------------------------------------------------------------------------------------


def test_the_police_sign_for_what_they_received_and_their_clocks_start(stage):
    def walk(people):
        inspection = walks.expired(people)
        with clock.at(walks.MONDAY + 6 * DAY):
            return walks.sent(people, inspection)

    with stage("sent", walk, walks.MONDAY + 6 * DAY) as at:
        event = did(act(at, "receive", receiver="公安乙"), "received",
                    starts={"TRF-10a": "2026-03-09", "TRF-11": "2026-03-09", "TRF-12": "2026-03-11"})  # fmt: skip
        transfer = fresh(at.subject)
        assert event.facts["receipt"] == {"package": transfer.package_sha256, "receipt": transfer.receipt_sha256}
        assert transfer.received_at == clock.now() and transfer.receiver == "公安乙"


def test_the_wrong_organ_forwards_and_the_right_one_receives(received):
    did(act(received, "forward", to="义马市公安局", reason="管辖。"), "forwarded", stops=["TRF-10a", "TRF-11", "TRF-12"],
        sends=["POLICE_DECIDED"])  # fmt: skip
    with clock.at(clock.now() + DAY):
        did(act(received, "receive", receiver="义马公安"), "received",
            starts={"TRF-10a": "2026-03-10", "TRF-11": "2026-03-10", "TRF-12": "2026-03-12"})  # fmt: skip


def test_a_transfer_is_forwarded_before_it_was_received(stage):
    def walk(people):
        inspection = walks.expired(people)
        with clock.at(walks.MONDAY + 6 * DAY):
            return walks.sent(people, inspection)

    with stage("sent", walk, walks.MONDAY + 6 * DAY) as at:
        did(act(at, "forward", to="义马市公安局", reason="管辖。"), "forwarded", sends=["POLICE_DECIDED"])


def test_a_supplement_neither_stops_nor_restarts_the_three_days_of_the_police(received):
    event = did(act(received, "ask_supplement", missing="考勤原件。"), "supplement_asked", starts={"TRF-10b": "2026-03-11"},
                stops=["TRF-10a"], sends=["SUPPLEMENT_ASKED_BY_POLICE"])  # fmt: skip
    assert recipients(event, "SUPPLEMENT_ASKED_BY_POLICE") == ["hrss/inspector"]
    with clock.at(clock.now() + DAY):
        did(act(received, "supplement", "lead", added="考勤原件 3 份"), "received", stops=["TRF-10b"],
            sends=["SUPPLEMENT_SENT"], papers=["supplement_to_police"])  # fmt: skip
    assert running(received.subject) == {"TRF-11": "2026-03-09", "TRF-12": "2026-03-11"}
    assert fresh(received.subject).package[-1] == "考勤原件 3 份"


@pytest.mark.parametrize(("name", "inputs", "to"), [
    ("file", NUMBER, "police_filed"), ("decline", NO, "not_filed"), ("forward", {"to": "x", **WHY}, "forwarded"),
])  # fmt: skip
def test_the_police_decide_also_while_a_supplement_is_awaited(received, name, inputs, to):
    act(received, "ask_supplement", missing="x")
    starts = {"police_filed": {"AFT-01": "2026-03-11"}, "not_filed": {"AFT-02": "2026-03-11"}, "forwarded": {}}[to]
    did(
        act(received, name, **inputs),
        to,
        starts=starts,
        stops=["TRF-10b", "TRF-11", "TRF-12"],
        sends=["POLICE_DECIDED"],
    )


def test_filing_starts_the_three_days_to_hand_over(received):
    event = did(act(received, "file", **NUMBER), "police_filed", starts={"AFT-01": "2026-03-11"},
                stops=["TRF-10a", "TRF-11", "TRF-12"], sends=["POLICE_DECIDED"])  # fmt: skip
    assert notice(event, "POLICE_DECIDED").fields["decision"] == "公安立案"
    assert fresh(received.subject).police_filed_at == clock.now()


def test_filing_is_recorded_from_the_signed_paper_with_a_second_officers_yes(received):
    people = received.people
    said_at = clock.now() + 5 * HOUR
    with clock.at(clock.now() + 2 * DAY):
        done = walks.asked_from_paper(people, received.subject, "file", **NUMBER, at=said_at.isoformat())
        assert done.requested.needed == "second_officer" and fresh(received.subject).state == "received"
        refused(PermissionDenied, lambda: walks.approved(done, people.lead))
        event = did(walks.approved(done, people.second), "police_filed", starts={"AFT-01": "2026-03-11"},
                    stops=["TRF-10a", "TRF-11", "TRF-12"], sends=["POLICE_DECIDED"])  # fmt: skip
    assert event.at == said_at, "it happened when the paper says, not when it was entered"
    assert fresh(received.subject).police_filed_at == said_at
    assert event.inputs["signer"] == event.facts["signed_paper"]["signer"] == "公安丙"


def test_only_the_assigned_inspector_enters_the_papers_of_others(received):
    told = {
        **NUMBER,
        "signer": "公安丙",
        "at": clock.now().isoformat(),
        "scan": walks.scan(received.people, received.subject),
    }
    for who in ("third", "squad_leader", "bureau_head", "prosecutor", "housing"):
        by = getattr(received.people, who)
        refused(PermissionDenied, lambda by=by: perform(received.subject, "file", by=by, inputs=told))


# --- after filing ----------------------------------------------------------------------------------------------------


def test_the_prosecutor_prosecutes_and_the_judgment_comes_on_paper_only(handed_over):
    people = handed_over.people
    refused(PermissionDenied, lambda: act(handed_over, "prosecute", "police", **NUMBER))
    did(act(handed_over, "prosecute", "prosecutor", **NUMBER), "prosecuted", sends=["POLICE_DECIDED"])
    for who in ("prosecutor", "police", "bureau_head"):
        refused(PermissionDenied, lambda who=who: act(handed_over, "judge", who, **NUMBER))
    refused(InvalidInput, lambda: act(handed_over, "judge", "lead", **NUMBER), field="scan")
    did(walks.from_paper(people, handed_over.subject, "judge", **NUMBER, signer="法官甲"), "judged")
    did(act(handed_over, "close", "bureau_head", **WHY), "closed")


@pytest.mark.parametrize("prosecuted", [False, True])
def test_no_prosecution_brings_the_case_back(handed_over, prosecuted):
    if prosecuted:
        act(handed_over, "prosecute", "prosecutor", **NUMBER)
    did(act(handed_over, "no_prosecution", "prosecutor", **NO), "not_prosecuted", sends=["POLICE_DECIDED"])
    did(act(handed_over, "take_back", "lead", **WHY), "returned")
    assert handed_over.subject.case.inspection.state == "expired", "an open inspection goes on"


def close_as_transferred(at):
    inspection = at.subject.case.inspection
    walks.settled(at.people, inspection, "in_criminal_recovery")
    done = perform(inspection, "close", by=at.people.lead, inputs={"result": "公安已立案。"})
    return walks.approved(done, at.people.squad_leader).subject


def test_a_dropped_case_reopens_the_closed_inspection_and_its_lines(handed_over):
    inspection = close_as_transferred(handed_over)
    did(act(handed_over, "drop", **NO), "dropped", sends=["POLICE_DECIDED"])
    with clock.at(clock.now() + DAY):
        done = act(handed_over, "take_back", "lead", **WHY)
        did(done, "returned")
    assert [(e.procedure, e.act) for e in done.events] == [("police", "take_back"), ("inspection", "reopen")]
    assert fresh(inspection).state == "investigating"
    assert {k: v for k, v in running(inspection).items() if k != "BLK-06"} == {
        "INV-01": "2026-06-04",
        "INV-02": "2026-04-08",
    }
    assert [(x.settled_how, x.rest) for x in walks.lines(inspection)] == [("", 12600), ("", 9800)]


def test_dropped_before_hand_over_stops_that_duty(police_filed):
    did(act(police_filed, "drop", **NO), "dropped", stops=["AFT-01"], sends=["POLICE_DECIDED"])


def test_what_the_police_dropped_closes_nothing(handed_over):
    act(handed_over, "drop", **NO)
    inspection = handed_over.subject.case.inspection
    told = {"line": str(walks.lines(inspection)[0].public_id), "how": "in_criminal_recovery", "reason": "x"}
    refused(
        InvalidInput, lambda: perform(inspection, "settle_line", by=handed_over.people.lead, inputs=told), field="how"
    )
    refused(NotPossibleNow, lambda: perform(inspection, "close", by=handed_over.people.lead, inputs={"result": "x"}))


# --- after a refusal -------------------------------------------------------------------------------------------------


def test_reconsideration_is_asked_for_and_its_three_days_run_from_service(not_filed):
    people = not_filed.people
    refused(PermissionDenied, lambda: act(not_filed, "request_reconsideration", "lead", **WHY))
    did(act(not_filed, "request_reconsideration", "bureau_head", **WHY), "reconsidering", stops=["AFT-02"],
        sends=["RECONSIDERATION_ASKED"], papers=["reconsideration_request"])  # fmt: skip
    inspection = not_filed.subject.case.inspection
    did(walks.served(people, inspection, "reconsideration_request"), "expired", starts={"AFT-03": "2026-03-11"})
    assert running(not_filed.subject) == {"AFT-03": "2026-03-11"}, "the limit runs on the transfer"
    did(act(not_filed, "file", **NUMBER), "police_filed", starts={"AFT-01": "2026-03-11"}, stops=["AFT-03"],
        sends=["POLICE_DECIDED"])  # fmt: skip


def test_upheld_twice_the_refusal_is_final_and_the_inspection_goes_on(not_filed):
    people = not_filed.people
    act(not_filed, "request_reconsideration", "bureau_head", **WHY)
    walks.served(people, not_filed.subject.case.inspection, "reconsideration_request")
    refused(PermissionDenied, lambda: act(not_filed, "uphold", "prosecutor", **NO))
    with clock.at(clock.now() + DAY):
        did(act(not_filed, "uphold", "police", **NO), "upheld", starts={"AFT-04": "2026-03-12"}, stops=["AFT-03"],
            sends=["POLICE_DECIDED"])  # fmt: skip
        event = did(act(not_filed, "suggest_supervision", "bureau_head", **WHY), "supervision_suggested",
                    stops=["AFT-04"], sends=["SUPERVISION_SUGGESTED"], papers=["supervision_suggestion"])  # fmt: skip
        assert recipients(event, "SUPERVISION_SUGGESTED") == ["procuratorate/prosecutor"]
        refused(PermissionDenied, lambda: act(not_filed, "uphold", "police", **NO))
        did(walks.from_paper(people, not_filed.subject, "uphold", **NO, signer="检察乙"), "upheld_finally",
            sends=["POLICE_DECIDED"])  # fmt: skip
        did(act(not_filed, "accept_refusal", "bureau_head", **WHY), "returned")
        did(act(not_filed, "close", "bureau_head", **WHY), "closed")
    assert Event.objects.filter(act="reopen").count() == 0


def test_supervision_may_be_suggested_at_once_and_may_lead_to_filing(not_filed):
    did(act(not_filed, "suggest_supervision", "bureau_head", **WHY), "supervision_suggested", stops=["AFT-02"],
        sends=["SUPERVISION_SUGGESTED"], papers=["supervision_suggestion"])  # fmt: skip
    did(act(not_filed, "file", **NUMBER), "police_filed", starts={"AFT-01": "2026-03-11"}, sends=["POLICE_DECIDED"])


@pytest.mark.parametrize("after", ["not_filed", "upheld"])
def test_a_refusal_is_accepted(not_filed, after):
    if after == "upheld":
        act(not_filed, "request_reconsideration", "bureau_head", **WHY)
        act(not_filed, "uphold", "police", **NO)
    stops = {"not_filed": ["AFT-02"], "upheld": ["AFT-04"]}[after]
    did(act(not_filed, "accept_refusal", "bureau_head", **WHY), "returned", stops=stops)


# --- unlawful demands ------------------------------------------------------------------------------------------------


def test_an_unlawful_demand_needs_no_order_and_leaves_the_wage_claim_alone(stage):
    """Closed for its own reasons, the wage case stays closed when the police drop the other matter."""

    def walk(people):
        return walks.received(people, walks.investigating(people), "unlawful_demand")

    with stage("unlawful demand", walk) as at:
        people, inspection = at.people, at.subject.case.inspection
        transfer = fresh(at.subject)
        assert transfer.sheet == {} and not Paper.objects.filter(kind="order").exists()
        act(at, "file", **NUMBER)
        refused(
            NotPossibleNow,
            lambda: perform(inspection, "close", by=people.lead, inputs={"result": "x"}),
            says="须已履行",
        )
        told = {"line": str(walks.lines(inspection)[0].public_id), "how": "in_criminal_recovery", "reason": "x"}
        refused(InvalidInput, lambda: perform(inspection, "settle_line", by=people.lead, inputs=told), field="how")
        done = walks.paid(people, inspection)
        did(done, "investigating")  # the wages are nothing to the police's case: no certificate goes out
        perform(inspection, "record_compliance", by=people.lead, inputs={"how": "付清。"})
        walks.approved(perform(inspection, "close", by=people.lead, inputs={"result": "付清。"}), people.squad_leader)
        act(at, "drop", **NO)
        assert [e.act for e in act(at, "take_back", "lead", **WHY).events] == ["take_back"]
        assert fresh(inspection).state == "closed"
