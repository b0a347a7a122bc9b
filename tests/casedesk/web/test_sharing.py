"""What was shared, on its pages: the case's own, the inbox of the agency asked, the board, the auditor's list; the
mailroom's operations; and a reception day with its first visit."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from notifications.delivery import Delivery, DeliveryState, MailTask
from notifications.models import Notice
from notifications.notice import sha256
from notifications.outbox import deliver_due
from tests import walks
from tests.casedesk.web.county import NOW, County
from workflows import clock
from workflows.models import AgencyTask, Case, Inspection, JointReception, ReceptionDay, SupervisionOrder, UseRecord
from workflows.perform import perform


def text(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, (path, response.status_code)
    return response.content.decode()


def sharing(county: County, name: str = "established") -> str:
    return f"/cases/{county[name]}/sharing/"


def delivered() -> None:
    with clock.at(NOW):
        deliver_due()


def test_the_agency_asked_reads_signs_and_answers_and_the_case_shows_it(county):
    delivered()
    housing = county.client("housing")
    inbox = text(housing, "/inbox/")
    assert "请核实工资保证金存储情况。" in inbox and "吴小满" not in inbox
    text(housing, "/inbox/")
    uses = UseRecord.objects.filter(agency="housing")
    assert [(u.how, u.what) for u in uses.order_by("what")] == [("read", "协助调查请求"), ("read", "转办欠薪投诉")]
    notice = Notice.objects.get(kind="ASSISTANCE_ASKED")
    assert housing.post(f"/inbox/{notice.public_id}/sign/").status_code == 302
    act = f"/inspection/{county['established_inspection']}/actions/answer_agency/"
    page = text(housing, act)
    assert "渑池县槐树沟砖厂" in page and "吴小满" not in page and county["established"] not in page
    told = {"task": str(AgencyTask.objects.get().public_id), "answer": "保证金余额二十万元。"}
    assert housing.post(act, told)["Location"] == "/inbox/"
    lead = county.client("lead")
    shown = text(lead, sharing(county))
    for words in (
        "请核实工资保证金存储情况。",
        "保证金余额二十万元。",
        "住建甲",
        "协助调查请求",
        "调查欠薪案件",
        "查阅",
        "欠付金额（元）",
    ):
        assert words in shown, words
    assert sharing(county) in text(lead, f"/cases/{county['established']}/")
    assert "吴小满" not in shown, "the list says what was shared, not whose complaint it is"


def test_the_list_is_exported_without_words_and_the_export_is_recorded(county):
    response = county.client("lead").get(sharing(county) + "?format=csv")
    rows = response.content.decode().splitlines()
    assert response["Content-Type"].startswith("text/csv") and any("协助调查请求" in row for row in rows)
    assert not any("请核实工资保证金" in row for row in rows)
    use = UseRecord.objects.get(how="exported")
    auditor = text(county.client("auditor"), "/audit/uses/")
    assert use.by_name == "监察甲" and "导出 信息共享清单" in auditor and "监察甲" in auditor
    assert "渑池县槐树沟砖厂" not in auditor


def test_a_broadcast_shows_who_has_signed_and_who_has_not(county):
    inspection = Inspection.objects.get(public_id=county["established_inspection"])
    told = {"agencies": ["housing", "finance", "police"], "what": "多个项目欠薪。"}
    perform(inspection, "notify_case", by=county.people.squad_leader, inputs=told)
    delivered()
    notice = Notice.objects.get(kind="CASE_NOTIFIED", recipient_agency="housing")
    assert county.client("housing").post(f"/inbox/{notice.public_id}/sign/").status_code == 302
    shown = text(county.client("squad_leader"), sharing(county))
    assert "已签收 1 / 3" in shown
    unsigned = shown.split("未签收：")[1].split("</p>")[0]
    assert "渑池县财政局" in unsigned and "渑池县公安局" in unsigned and "住房" not in unsigned


def test_what_the_police_open_of_a_transfer_is_a_use_once_a_day(county):
    for _ in range(2):
        text(county.client("police"), f"/transfers/{county['transfer']}/")
    use = UseRecord.objects.get()
    assert (use.agency, use.how, use.case.number) == ("police", "read", county["expired_number"])
    assert "公安甲" in text(county.client("lead"), sharing(county, "expired"))


def test_a_use_that_cannot_be_recorded_is_not_shown(county, monkeypatch):
    from django.db import DatabaseError  # noqa: PLC0415

    def broken(*args, **kwargs):
        raise DatabaseError("full")

    monkeypatch.setattr(UseRecord.objects, "bulk_create", broken)
    response = county.client("police").get(f"/transfers/{county['transfer']}/")
    assert response.status_code == 503 and county["expired_number"] not in response.content.decode()


def test_a_leader_orders_supervision_from_the_board_and_reads_the_answer(county):
    leader = county.client("leader")
    board = text(leader, "/lead/")
    act = f"/inspection/{county['inspection']}/actions/supervise/"
    form = text(leader, act)
    assert "周大成" not in board + form
    told = {"question": "为何还未付清？", "due_on": "2026-10-09"}
    assert leader.post(act, told)["Location"] == "/lead/"
    board = text(leader, "/lead/")
    assert "为何还未付清？" not in board and "请于 10-09 前答复" in board, "the words may name somebody"
    answer = f"/inspection/{county['inspection']}/actions/answer_supervision/"
    assert county.client("squad_leader").post(answer, {"answer": "已移送公安。"}).status_code == 302
    assert not SupervisionOrder.objects.get().waiting
    board, squad = text(leader, "/lead/"), county.client("squad_leader")
    assert "已移送公安。" not in board and "09-28 10:30 答复" in board
    deliver_due(limit=50)
    assert "已移送公安。" in text(leader, "/inbox/"), "the answer reaches him who asked"
    found = re.search(r'href="(/cases/[^"]+/sharing/)#orders"', text(squad, "/lead/"))
    assert found and "已移送公安。" in text(squad, found[1])
    assert f"/inspection/{county['inspection']}/actions/supervise/" not in text(county.client("squad_leader"), "/lead/")


# --- operations ------------------------------------------------------------------------------------------------------


@pytest.fixture
def stopped(county) -> Delivery:
    """A delivery to the complainant of the transferred case that was given up."""
    notice = Notice.objects.filter(kind="ACCEPTED").order_by("posted_at").first()
    found = Delivery.objects.create(
        notice=notice, channel="sms", key=f"{notice.key}|sms", payload="{}", payload_sha256=sha256("{}"), attempts=12,
        state=DeliveryState.DEAD, last_error="refused: 550", rank=1,
    )  # fmt: skip
    MailTask.objects.create(
        delivery=found, agency="hrss", role="squad_leader", reason="refused", due_on=NOW.date(), opened_at=NOW
    )
    return found


def test_the_administrator_tries_again_with_a_reason_and_reads_no_complaint(county, stopped):
    administrator = county.client("administrator")
    page = text(administrator, "/operations/")
    assert stopped.notice.title in page and "refused: 550" in page
    secrets = ["周大成", "13900000101", "欠付", "木工"]
    assert [s for s in secrets if s in page] == [] and stopped.notice.text.split("\n")[-1] not in page
    address = f"/operations/{stopped.notice_id}/{stopped.channel}"
    without = administrator.post(f"{address}/try-again/", {"reason": " "})
    assert without.status_code == 422 and "理由：须填写" in without.content.decode()
    assert Delivery.objects.get(pk=stopped.pk).state == "dead"
    assert administrator.post(f"{address}/try-again/", {"reason": "地址已更正"}).status_code == 302
    assert Delivery.objects.get(pk=stopped.pk).state == "pending"
    assert county.client("lead").get("/operations/").status_code == 403


def test_the_squad_leader_confirms_by_hand_and_the_administrator_attests_no_service(county, stopped):
    address = f"/operations/{stopped.notice_id}/{stopped.channel}/confirm/"
    told = {"received_by": "周大成", "served_at": "2026-09-20T10:00", "proof": "送达回证 3 号", "reason": "当面送达"}
    assert county.client("administrator").post(address, told).status_code == 403
    page = county.client("administrator").get("/operations/").content.decode()
    assert "是否送达是办案事实" in page and address not in page, "why not stands where the form would be"
    page = county.client("squad_leader").get("/operations/").content.decode()
    assert "是否送达是办案事实" not in page and address in page
    bad = county.client("squad_leader").post(address, {**told, "served_at": "昨天"})
    assert bad.status_code == 422 and Delivery.objects.get(pk=stopped.pk).state == "dead"
    assert county.client("squad_leader").post(address, told).status_code == 302
    assert Delivery.objects.get(pk=stopped.pk).state == "done"


# --- reception days --------------------------------------------------------------------------------------------------


def test_a_receptionist_sets_a_day_and_schedules_the_first_visit_of_a_complaint_of_her_desk(county):
    receptionist = county.client("receptionist")
    day = {"day": "2026-10-12", "place": "信访局二楼", "agencies": ["hrss", "petition"]}
    for wrong in ({**day, "day": "2026-09-01"}, {**day, "agencies": ["hrss"]}, {**day, "agencies": ["hrss", "x"]}):
        assert receptionist.post("/coord/", wrong).status_code == 422
    assert not ReceptionDay.objects.filter(place=day["place"]).exists()
    assert receptionist.post("/coord/", day).status_code == 302
    assert receptionist.post("/coord/", day).status_code == 422, "one day at one place once"
    row = ReceptionDay.objects.get(place=day["place"])
    with clock.at(NOW):
        mine = perform(None, "log", by=county.people.receptionist, inputs={**walks.CALL, "channel": "window"})
    complaint = mine.subject.complaint
    page = text(receptionist, f"/complaints/{complaint.public_id}/")
    act = f"/joint/{complaint.public_id}/actions/schedule/"
    assert act in page, "a complaint without a visit offers its first one"
    told = {"day": str(row.public_id), "visitors": "林大河", "people": "2"}
    assert receptionist.post(act, told).status_code == 302
    assert JointReception.objects.get(complaint=complaint).reception_day == row
    with clock.at(NOW):
        perform(complaint.intake, "accept", by=county.people.squad_leader)
        again = perform(None, "log", by=county.people.receptionist, inputs={**walks.CALL, "channel": "window"})
        perform(again.subject, "accept", by=county.people.squad_leader)
    accepted = f"/joint/{again.subject.complaint.public_id}/actions/schedule/"
    assert receptionist.get(accepted).status_code == 200, "also once it is a case that nobody has visited"
    assert receptionist.post(accepted, told).status_code == 302
    stranger = Case.objects.get(public_id=county["expired"])
    assert receptionist.get(f"/joint/{stranger.public_id}/actions/schedule/").status_code == 404
