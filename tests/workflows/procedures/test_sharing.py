"""Between agencies: assistance asked, chased, answered with a file, returned; a case notified to several; shared data
within the days of the law; supervision orders; and what another agency may see of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import signing
from django.db import DatabaseError, transaction

from notifications.models import Notice
from tests import walks
from tests.effects import did, fresh, notice, recipients, refused, running
from workflows import clock
from workflows.errors import InvalidInput, NotPossibleNow, PermissionDenied
from workflows.models import AgencyTask, Case, DataRequest, Evidence, LimitExtension, SupervisionOrder, UseRecord
from workflows.perform import perform
from workflows.procedures.intake_rows import UPLOAD_SALT
from workflows.reading.access import Purpose, visible_to

DAY = timedelta(days=1)
ASKED = {"agency": "housing", "question": "请提供韶山花园三期工程款拨付情况。", "due_on": "2026-03-12"}
WANTED = {
    "agency": "natural_resources", "wanted": "用人单位名下不动产登记信息", "scenario": "核查用人单位支付能力",
    "basis": "《保障农民工工资支付条例》第四十条", "way": "file", "use_until": "2026-06-30", "conditional": True,
}  # fmt: skip


def act(at, name, by="lead", **inputs):
    return perform(at.subject, name, by=getattr(at.people, by), inputs=inputs)


def land_registry(at):
    """The liaison of the land registry: the transport liaison, moved there for this test's database."""
    officer = at.people.officers["transport"]
    officer.agency = type(officer.agency).objects.get(code="natural_resources")
    officer.save()
    return "transport"


def upload(name="工程款拨付表.pdf"):
    stored = {"sha256": "ab" * 32, "name": name, "type": "application/pdf", "size": 1}
    return signing.dumps(stored, salt=UPLOAD_SALT)


# --- assistance ------------------------------------------------------------------------------------------------------


def test_assistance_is_chased_answered_with_a_file_and_returned_until_it_is_whole(investigating):
    asking = did(act(investigating, "ask_agency", **ASKED), "investigating", starts={"ANSWER_DUE": "2026-03-12"},
                 sends=["ASSISTANCE_ASKED"], papers=["assistance_letter"])  # fmt: skip
    task = str(AgencyTask.objects.get().public_id)
    chased = did(act(investigating, "chase_agency", task=task, reason="请抓紧。"), "investigating",
                 sends=["ASSISTANCE_CHASED"])  # fmt: skip
    said = notice(chased, "ASSISTANCE_CHASED").fields
    assert (said["asked"], said["asked_by"]) == (ASKED["question"], "2026年3月12日")
    did(act(investigating, "answer_agency", "housing", task=task, answer="已拨付六成。", file=upload()), "investigating",
        stops=["ANSWER_DUE"], sends=["ASSISTANCE_ANSWERED"])  # fmt: skip
    kept = Evidence.objects.get()
    assert (kept.provided_by, kept.file_name) == ("渑池县住房和城乡建设局", "工程款拨付表.pdf")
    told = notice(asking, "ASSISTANCE_ASKED")
    assert (told.state, told.answer_text, told.answer_signer) == ("answered", "已拨付六成。", "住建甲")
    back = {"task": task, "reason": "请补充拨付日期。", "due_on": "2026-03-20"}
    returned = did(act(investigating, "return_answer", **back), "investigating", starts={"ANSWER_DUE": "2026-03-20"},
                   sends=["ASSISTANCE_RETURNED"])  # fmt: skip
    assert AgencyTask.objects.get().returned_reason == "请补充拨付日期。"
    refused(NotPossibleNow, lambda: act(investigating, "return_answer", **back), says="没有已经答复")
    act(investigating, "answer_agency", "housing", task=task, answer="三月一日拨付。")
    assert notice(returned, "ASSISTANCE_RETURNED").answer_text == "三月一日拨付。"
    assert "ANSWER_DUE" not in running(investigating.subject)


@pytest.mark.parametrize("number", ["411221199001011234", "41122119900101123X", "6222 0212 3456 7890 123"])
def test_no_question_leaves_with_an_id_or_account_number(investigating, number):
    words = f"请核实林大河（{number}）的社保。"
    refused(InvalidInput, lambda: act(investigating, "ask_agency", **{**ASKED, "question": words}), field="question")
    told = {"agencies": ["housing"], "what": words}
    refused(InvalidInput, lambda: act(investigating, "notify_case", **told), field="what")


def test_the_police_are_asked_at_their_own_post_and_see_only_the_question(investigating):
    asking = act(investigating, "ask_agency", **{**ASKED, "agency": "police"})
    event = did(asking, "investigating", starts={"ANSWER_DUE": "2026-03-12"}, sends=["ASSISTANCE_ASKED"],
                papers=["assistance_letter"])  # fmt: skip
    assert recipients(event, "ASSISTANCE_ASKED") == ["police/police_officer"]
    officer = investigating.people.police
    assert not visible_to(officer, Case, Purpose.WORK).exists()
    assert visible_to(officer, Case, Purpose.ACT).get() == investigating.subject.case
    answer = {"task": str(AgencyTask.objects.get().public_id), "answer": "已找到法定代表人。"}
    did(act(investigating, "answer_agency", "police", **answer), "investigating", stops=["ANSWER_DUE"],
        sends=["ASSISTANCE_ANSWERED"])  # fmt: skip


# --- notification, findings ------------------------------------------------------------------------------------------


def test_a_case_is_notified_to_several_each_with_a_notice_of_its_own(investigating):
    told = {"agencies": ["housing", "police", "finance"], "what": "该单位欠薪涉及两个项目，请留意。"}
    event = did(act(investigating, "notify_case", "squad_leader", **told), "investigating", sends=["CASE_NOTIFIED"])
    assert recipients(event, "CASE_NOTIFIED") == ["finance/liaison", "housing/liaison", "police/police_officer"]
    one = Notice.objects.filter(kind="CASE_NOTIFIED").first()
    assert (one.fields["workers"], one.fields["owed"], one.fields["notified"]) == ("2", "22,400.00", told["what"])
    refused(InvalidInput, lambda: act(investigating, "notify_case", **{**told, "agencies": ["hrss"]}), field="agencies")
    refused(InvalidInput, lambda: act(investigating, "notify_case", **{**told, "agencies": []}), field="agencies")
    refused(PermissionDenied, lambda: act(investigating, "notify_case", "third", **told))


def test_illegal_contracting_found_goes_to_the_regulator_of_the_industry(investigating):
    found = {"findings": "属实。", "contracting": "总包将主体工程分包给无资质个人。"}
    refused(InvalidInput, lambda: act(investigating, "establish_facts", **found), field="regulator")
    event = did(act(investigating, "establish_facts", **found, regulator="housing"), "facts_established",
                starts={"DEC-01": None}, stops=["INV-01"], sends=["ILLEGAL_CONTRACTING"])  # fmt: skip
    said = notice(event, "ILLEGAL_CONTRACTING")
    assert set(said.fields) <= {"case_number", "employer", "project", "workers", "owed", "contracting", "office_phone"}
    assert "林大河" not in said.text


def test_legal_aid_learns_name_and_number_only_when_the_worker_asks_and_is_known(registered):
    told = {"worker_asked": True, "help": "申请支付令。"}
    refused(InvalidInput, lambda: act(registered, "refer_legal_aid", "operator", help="x"), field="worker_asked")
    event = did(act(registered, "refer_legal_aid", "operator", **told), "registered", sends=["LEGAL_AID"])
    assert notice(event, "LEGAL_AID").fields["complainant_phone"] == "13900000001"
    hidden = walks.registered(registered.people, confidentiality_requested=True).intake
    refused(NotPossibleNow, lambda: perform(hidden, "refer_legal_aid", by=registered.people.operator, inputs=told),
            says="保密")  # fmt: skip


# --- shared data -----------------------------------------------------------------------------------------------------


def test_shared_data_are_asked_for_agreed_to_provided_corrected_and_their_use_recorded(investigating):
    registry = land_registry(investigating)
    asking = did(walks.approved(act(investigating, "request_data", **WANTED), investigating.people.squad_leader),
                 "investigating", starts={"DSR-21": "2026-03-16"}, sends=["DATA_REQUESTED"])  # fmt: skip
    assert str(notice(asking, "DATA_REQUESTED").answer_due_on) == "2026-03-16"
    name = str(DataRequest.objects.get().public_id)
    refused(PermissionDenied, lambda: act(investigating, "decide_data_request", "housing", data_request=name,
                                          decision="agreed"))  # fmt: skip
    did(act(investigating, "decide_data_request", registry, data_request=name, decision="agreed"), "investigating",
        starts={"DSR-22": "2026-03-30"}, stops=["DSR-21"], sends=["DATA_DECIDED"])  # fmt: skip
    assert notice(asking, "DATA_REQUESTED").state == "answered"
    did(act(investigating, "provide_data", registry, data_request=name, provided="名下房产一处。", file=upload("不动产.pdf")),
        "investigating", stops=["DSR-22"], sends=["DATA_PROVIDED"])  # fmt: skip
    assert "房产" not in Notice.objects.get(kind="DATA_PROVIDED").text, "what was provided stays in the file"
    did(act(investigating, "ask_correction", data_request=name, what="面积与实际不符。"), "investigating",
        starts={"DSR-26": "2026-03-16"}, sends=["CORRECTION_ASKED"])  # fmt: skip
    did(act(investigating, "answer_correction", registry, data_request=name, answer="已更正。"), "investigating",
        stops=["DSR-26"], sends=["CORRECTION_ANSWERED"])  # fmt: skip
    did(
        act(investigating, "record_data_use", data_request=name, how="used", note="用于认定支付能力。"), "investigating"
    )
    use = UseRecord.objects.get()
    assert (use.how, use.by_name, str(use.keep_until)) == ("used", "监察甲", "2029-03-02")
    for tamper in (lambda: UseRecord.objects.update(note="x"), lambda: UseRecord.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            tamper()


def test_the_reply_to_a_data_request_is_extended_once_and_never_for_unconditional_data(investigating):
    registry = land_registry(investigating)
    for conditional in (True, False):
        asked = act(investigating, "request_data", **{**WANTED, "conditional": conditional})
        walks.approved(asked, investigating.people.squad_leader)
    free, bound = DataRequest.objects.order_by("conditional")
    assert {k: v for k, v in running(investigating.subject).items() if "DSR" in k} == {
        "DSR-21": "2026-03-16", "DSR-21u": "2026-03-03",
    }  # fmt: skip
    more = {"consent": "渑政数〔2026〕5号", "reason": "需要调取纸质档案。"}
    refused(InvalidInput, lambda: act(investigating, "extend_data_reply", registry, **more,
                                      data_request=str(free.public_id)), says="不能延期")  # fmt: skip
    did(act(investigating, "extend_data_reply", registry, **more, data_request=str(bound.public_id)), "investigating",
        sends=["DATA_REPLY_EXTENDED"])  # fmt: skip
    assert running(investigating.subject)["DSR-21"] == "2026-03-30"
    assert LimitExtension.objects.get().approved_by == more["consent"]
    refused(InvalidInput, lambda: act(investigating, "extend_data_reply", registry, **more,
                                      data_request=str(bound.public_id)), says="只能延长一次")  # fmt: skip


def test_a_refusal_gives_reasons_and_may_go_to_the_data_authority(investigating):
    registry = land_registry(investigating)
    walks.approved(act(investigating, "request_data", **WANTED), investigating.people.squad_leader)
    name = str(DataRequest.objects.get().public_id)
    no = {"data_request": name, "decision": "refused"}
    refused(InvalidInput, lambda: act(investigating, "decide_data_request", registry, **no), field="reason")
    refused(NotPossibleNow, lambda: act(investigating, "raise_data_dispute", data_request=name, reason="x"))
    act(investigating, "decide_data_request", registry, **no, reason="不属于共享目录。")
    event = did(act(investigating, "raise_data_dispute", data_request=name, reason="已协商两次。"), "investigating",
                sends=["DATA_DISPUTED"])  # fmt: skip
    assert recipients(event, "DATA_DISPUTED") == ["data/liaison"]
    refused(NotPossibleNow, lambda: act(investigating, "provide_data", registry, data_request=name, provided="x"))


def test_an_undecided_data_request_keeps_the_case_open(established):
    people = established.people
    walks.approved(act(established, "request_data", **WANTED), people.squad_leader)
    walks.paid(people, established.subject)
    perform(established.subject, "record_compliance", by=people.lead, inputs={"how": "全部付清。"})
    refused(NotPossibleNow, lambda: act(established, "close", result="已付清。"), says="渑池县自然资源局")


# --- supervision -----------------------------------------------------------------------------------------------------


def test_supervision_orders_are_answered_one_by_one_before_the_leader_who_asked(investigating):
    late = investigating.subject
    with clock.at(walks.MONDAY + 40 * DAY):
        limit = next(x for x in late.case.limits.all() if x.rule == "INV-02")
        order = {"question": "为何超期？", "due_on": "2026-04-20", "limit": str(limit.public_id)}
        first = did(act(investigating, "supervise", "leader", **order), "investigating",
                    starts={"SUPERVISION_ANSWER": "2026-04-20"}, sends=["SUPERVISION_ORDERED"])  # fmt: skip
        assert "INV-02" in Notice.objects.filter(event_ref=str(first.public_id)).first().fields["overdue"]
        second = {"question": "何时能付？", "due_on": "2026-04-22"}
        act(investigating, "supervise", "leader", **second)
        refused(InvalidInput, lambda: act(investigating, "answer_supervision", answer="x"), field="order")
        one, two = SupervisionOrder.objects.order_by("id")
        event = did(act(investigating, "answer_supervision", order=str(two.public_id), answer="下周付清。"),
                    "investigating", stops=["SUPERVISION_ANSWER"], sends=["SUPERVISION_ANSWERED"])  # fmt: skip
        assert recipients(event, "SUPERVISION_ANSWERED") == ["leading_group/leader"]
        assert (fresh(one).waiting, fresh(two).answer) == (True, "下周付清。")
        did(act(investigating, "answer_supervision", "squad_leader", answer="已申请延期。"), "investigating",
            stops=["SUPERVISION_ANSWER"], sends=["SUPERVISION_ANSWERED"])  # fmt: skip
        assert {n.state for n in Notice.objects.filter(kind="SUPERVISION_ORDERED")} == {"answered"}
        refused(NotPossibleNow, lambda: act(investigating, "answer_supervision", answer="x"), says="没有待答复")


def test_what_was_asked_goes_along_when_cases_join(investigating):
    people = investigating.people
    registry = land_registry(investigating)
    walks.approved(act(investigating, "request_data", **WANTED), people.squad_leader)
    act(investigating, "supervise", "leader", question="为何？", due_on="2026-03-20")
    into = walks.filed(people, employer_name="渑池县另一家公司").inspection
    act(investigating, "join", "squad_leader", into=into.case.number, reason="同一工地")
    assert {"DSR-21", "SUPERVISION_ANSWER"} <= set(running(into))
    inputs = {"data_request": str(DataRequest.objects.get(case=into.case).public_id), "decision": "agreed"}
    perform(into, "decide_data_request", by=getattr(people, registry), inputs=inputs)
    assert "DSR-22" in running(into)
    assert SupervisionOrder.objects.get().case == into.case
