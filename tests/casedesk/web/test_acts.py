"""Acts by page: performed once, refused with the typed text kept, and told to whoever must decide."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO
from typing import Any

from django.test import Client

from casedesk.models import User
from tests import every_paper, walks
from tests.casedesk.web.county import NOW, PASSWORD, WORK, County
from workflows import clock
from workflows.casefile.complaint import Complaint
from workflows.models import AgencyTask, Approval, Case, Event, Evidence, Inspection, PoliceTransfer
from workflows.perform import perform

PNG = every_paper.picture("PNG")
STORY = "干了三个月没有拿到工资，老板电话打不通。"


def hidden(html: str) -> dict[str, str]:
    """The hidden fields a form carries."""
    names = ("seen_version", "idempotency_key")
    found = {name: re.search(rf'name="{name}" value="([^"]+)"', html) for name in names}
    return {name: match[1] for name, match in found.items() if match}


def opened(client: Client, address: str) -> dict[str, str]:
    response = client.get(address)
    assert response.status_code == 200
    return hidden(response.content.decode())


def act(procedure: str, public_id: Any, name: str) -> str:
    return f"/{procedure}/{public_id}/actions/{name}/"


def interview(**more: str) -> dict[str, str]:
    return {
        "person": "工地负责人韩某",
        "place": "项目部",
        "said": "承认工资没有结清。",
        "certificates_shown": "on",
        **more,
    }


# --- doing -----------------------------------------------------------------------------------------------------------


def test_an_act_says_what_it_will_do_and_does_it(county: County) -> None:
    client = county.client("lead")
    address = act("inspection", county["established_inspection"], "order_payment")
    html = client.get(address).content.decode()
    for said in ("责令支付期限", "处理决定期限", "限期改正指令书", "投诉人", "监察大队长", "已责令支付"):
        assert said in html, said
    response = client.post(address, {**hidden(html), "pay_by": "2026-10-20"})
    assert response.status_code == 302 and response.headers["Location"] == f"/cases/{county['established']}/"
    request = Approval.objects.get(subject=county["established_inspection"], state="requested")
    assert "已提交审批" in client.get(f"/cases/{county['established']}/").content.decode()
    assert "正在等待监察大队长审批" in client.get(address).content.decode()

    leader = county.client("squad_leader")
    assert "责令限期支付" in leader.get("/approvals/").content.decode()
    decided = leader.post(f"/approvals/{request.public_id}/decide/", {"answer": "yes", "reason": "同意"})
    assert decided.headers["Location"] == "/approvals/"
    assert Inspection.objects.get(public_id=county["established_inspection"]).state == "ordered"
    again = leader.post(f"/approvals/{request.public_id}/decide/", {"answer": "yes"})
    assert again.status_code == 409 and "已有结果" in again.content.decode()


def test_a_no_needs_its_reason_and_keeps_what_was_typed(county: County) -> None:
    request = Approval.objects.get(subject=county["requested_inspection"])
    leader = county.client("squad_leader")
    refused = leader.post(f"/approvals/{request.public_id}/decide/", {"answer": "no", "reason": "  "})
    assert refused.status_code == 422 and "不同意须写明理由" in refused.content.decode()
    leader.post(f"/approvals/{request.public_id}/decide/", {"answer": "no", "reason": "金额还要核实"})
    request.refresh_from_db()
    assert (request.state, request.decision_reason) == ("refused", "金额还要核实")
    assert "金额还要核实" in county.client("lead").get("/approvals/").content.decode()


def test_the_handler_withdraws_his_own_request_and_nobody_elses(county: County) -> None:
    request = Approval.objects.get(subject=county["requested_inspection"])
    address = f"/approvals/{request.public_id}/withdraw/"
    assert county.client("second").post(address).status_code == 403
    assert county.client("police").post(address).status_code == 404
    assert county.client("lead").post(address).status_code == 302
    request.refresh_from_db()
    assert request.state == "withdrawn"


def test_the_principal_head_decides_a_transfer_and_may_not_be_replaced(county: County) -> None:
    address = f"/transfers/{county['reported']}/decide/"
    assert county.client("bureau_head").post(address, {"answer": "yes"}).status_code == 403
    head = county.client("principal_head")
    html = head.get("/approvals/").content.decode()
    assert "经责令支付仍不支付" in html and "移送材料" in html
    refused = head.post(address, {"answer": "no", "reason": ""})
    assert refused.status_code == 422
    assert head.post(address, {"answer": "yes", "reason": ""}).status_code == 302
    assert PoliceTransfer.objects.get(public_id=county["reported"]).state == "approved"


def test_a_double_submission_is_one_act(county: County) -> None:
    client = county.client("lead")
    address = act("inspection", county["established_inspection"], "record_interview")
    form = {**opened(client, address), **interview()}
    first, second = client.post(address, form), client.post(address, form)
    assert first.headers["Location"] == second.headers["Location"]
    assert Event.objects.filter(act="record_interview").count() == 1


def test_the_same_key_with_other_words_is_told_and_loses_nothing(county: County) -> None:
    client = county.client("lead")
    address = act("inspection", county["established_inspection"], "record_interview")
    form = {**opened(client, address), **interview()}
    client.post(address, form)
    form["seen_version"] = opened(client, address)["seen_version"]
    other = client.post(address, {**form, **interview(said="改口否认。")})
    html = other.content.decode()
    assert other.status_code == 422 and "已经提交过一次" in html and "改口否认。" in html
    assert Event.objects.filter(act="record_interview").count() == 1


# --- refusing --------------------------------------------------------------------------------------------------------


def test_a_refused_form_keeps_what_was_typed_and_names_the_field(county: County) -> None:
    client = county.client("lead")
    address = act("inspection", county["established_inspection"], "record_payment")
    form = opened(client, address) | {
        "payer": "employer",
        "shares-0-line": "x",
        "shares-0-amount": "一百",
        "proof": "银行回单 88 号",
    }
    response = client.post(address, form)
    html = response.content.decode()
    assert response.status_code == 422
    assert "一百" in html and "银行回单 88 号" in html and 'href="#id_shares-rows"' in html
    assert not Event.objects.filter(act="record_payment").exists()


def test_a_field_nobody_asked_for_is_refused(county: County) -> None:
    client = county.client("lead")
    address = act("inspection", county["established_inspection"], "record_interview")
    response = client.post(address, opened(client, address) | interview(officer_id="7"))
    assert response.status_code == 422 and "没有这个字段" in response.content.decode()


def test_a_conflict_shows_who_did_what_and_keeps_the_text(county: County) -> None:
    client = county.client("lead")
    address = act("inspection", county["established_inspection"], "record_interview")
    form = opened(client, address)
    inspection = Inspection.objects.get(public_id=county["established_inspection"])
    perform(inspection, "record_site_check", by=county.people.second, inputs={"place": "砖厂", "found": "已停工"})
    response = client.post(address, form | interview())
    html = response.content.decode()
    assert response.status_code == 409
    assert "监察乙" in html and "记录现场检查" in html and "承认工资没有结清。" in html
    assert client.post(address, {**form, **hidden(html), **interview()}).status_code == 302, (
        "the fresh version is on the page"
    )


def test_an_act_that_is_gone_gives_the_text_back(county: County) -> None:
    client = county.client("lead")
    address = act("inspection", county["established_inspection"], "inform_intent")
    form = opened(client, address) | {"kind": "treatment", "content": "拟责令支付全部工资。"}
    inspection = Inspection.objects.get(public_id=county["established_inspection"])
    done = perform(inspection, "order_payment", by=county.people.lead, inputs={"pay_by": "2026-10-20"})
    walks.approved(done, county.people.squad_leader)
    response = client.post(address, form)
    html = response.content.decode()
    assert response.status_code == 409 and "拟责令支付全部工资。" in html and "现在不能办理" in html


def test_what_cannot_be_done_now_says_why_and_what_can(county: County) -> None:
    client = county.client("lead")
    address = act("inspection", county["established_inspection"], "close")
    html = client.get(address).content.decode()
    assert "还有 2 笔明细未了结" in html and "<textarea" not in html and "现在可以办理" in html
    refused = client.post(address, {"result": "没有结果"})
    assert refused.status_code == 409 and "还有 2 笔明细未了结" in refused.content.decode()


def test_what_is_not_yours_is_forbidden_and_what_does_not_exist_is_not_found(county: County) -> None:
    inspection = county["established_inspection"]
    assert county.client("squad_leader").get(act("inspection", inspection, "record_interview")).status_code == 403
    assert county.client("lead").get(act("inspection", inspection, "fly")).status_code == 404
    assert county.client("lead").get(act("nothing", inspection, "assign")).status_code == 404
    assert county.client("lead").get(act("inspection", inspection, "conclude")).status_code == 404
    assert county.client("operator").get(act("inspection", inspection, "close")).status_code == 404
    assert county.client("transport").get(act("inspection", inspection, "answer_agency")).status_code == 404


def test_a_late_record_needs_its_moment_and_reason(county: County) -> None:
    client = county.client("lead")
    address = act("inspection", county["established_inspection"], "record_interview")
    form = opened(client, address) | interview(at="2026-09-20T10:00")
    assert "补录三天以前的事须写明理由" in client.post(address, form).content.decode()
    assert client.post(address, form | {"reason": "出差在外"}).status_code == 302
    event = Event.objects.get(act="record_interview")
    assert (event.at.astimezone(clock.SHANGHAI).day, event.recorded_at) == (20, NOW)


# --- files -----------------------------------------------------------------------------------------------------------


def picture(name: str = "记工本.png", content: bytes = PNG) -> BytesIO:
    file = BytesIO(content)
    file.name = name
    return file


def test_evidence_is_uploaded_shown_with_its_hash_and_handed_out_as_a_download(county: County) -> None:
    client = county.client("lead")
    address = act("inspection", county["established_inspection"], "add_evidence")
    form = opened(client, address) | {"title": "记工本照片"}
    assert client.post(address, {**form, "file": picture()}).status_code == 302
    kept = Evidence.objects.get(title="记工本照片")
    assert kept.sha256[:12] in client.get(f"/cases/{county['established']}/").content.decode()
    download = client.get(f"/evidence/{kept.public_id}/")
    assert b"".join(download.streaming_content) == PNG
    assert download.headers["Content-Disposition"].startswith("attachment")
    assert county.client("police").get(f"/evidence/{kept.public_id}/").status_code == 404


def test_a_file_of_another_kind_is_refused_at_its_field(county: County) -> None:
    client = county.client("lead")
    address = act("inspection", county["established_inspection"], "add_evidence")
    form = opened(client, address) | {"title": "表格"}
    response = client.post(address, {**form, "file": picture("x.html", b"<html>")})
    assert response.status_code == 422 and "只接收 PDF、PNG、JPEG" in response.content.decode()


def test_another_agencys_act_is_recorded_from_its_signed_paper_and_checked_by_a_second_officer(county: County) -> None:
    client = county.client("lead")
    address = act("police", county["transfer"], "receive")
    html = client.get(address).content.decode()
    assert "依据其签发的纸质文书补录" in html
    form = hidden(html) | {"receiver": "公安乙", "signer": "公安丙", "at": "2026-09-28T09:00"}
    response = client.post(address, {**form, "scan_upload": picture("回执.png")})
    assert response.status_code == 302, re.findall(r'class="error"[^>]*>(.*?)</', response.content.decode(), re.S)
    request = Approval.objects.get(subject=county["transfer"])
    assert request.needed == "second_officer"
    assert Evidence.objects.filter(title__contains="扫描件").count() == 1
    assert county.client("second").post(f"/approvals/{request.public_id}/decide/", {"answer": "yes"}).status_code == 302
    assert PoliceTransfer.objects.get(public_id=county["transfer"]).state == "received"


# --- the desk --------------------------------------------------------------------------------------------------------


def call(**more: str) -> dict[str, str]:
    return {
        "channel": "hotline",
        "complainant_phone": "139 0000 0201",
        "complainant_name": "田来福",
        "employer_name": "渑池县砥柱建材厂",
        "employed_in_county": "true",
        "arrears_from": "2026-03-01",
        "arrears_to": "2026-06-30",
        "violation_facts": STORY,
        "notice_shown": "on",
        "register": "true",
        "lines-0-worker_name": "田来福",
        "lines-0-claimed": "8,400",
        "lines-1-worker_name": "",
        "lines-1-claimed": "",
        **more,
    }


def test_a_call_is_logged_and_its_code_is_told_once(county: County) -> None:
    client = county.client("operator")
    form = hidden(client.get("/intake/").content.decode()) | call()
    answer = client.post("/intake/", form)
    html = answer.content.decode()
    code = re.search(r'class="receipt-code">([^<]+)<', html)
    assert answer.status_code == 200 and code
    complaint = Complaint.objects.get(complainant_name="田来福")
    assert str(complaint.lines.get().claimed) == "8400.00"
    assert "13900000201" not in html and "手机号后四位" in html

    again = client.post("/intake/", form)
    assert code[1] in again.content.decode()
    assert Complaint.objects.filter(complainant_name="田来福").count() == 1

    public = Client()
    shown = public.post("/p/", {"code": code[1].lower().replace("-", " "), "second": "0201"})
    assert shown.status_code == 200 and "正在审查是否受理" in shown.content.decode()
    assert "田来福" not in shown.content.decode() and "砥柱" not in shown.content.decode()
    unknown = public.post("/p/", {"code": "7K4M-92QF-3", "second": "0201"})
    wrong = public.post("/p/", {"code": code[1], "second": "9999"})
    words = [re.findall(r'role="alert">(.*?)</div>', r.content.decode(), re.S) for r in (unknown, wrong)]
    assert words[0] == words[1] != []


def test_a_refused_call_keeps_every_word(county: County) -> None:
    client = county.client("operator")
    response = client.post("/intake/", call(complainant_phone="", complainant_name="", amount_claimed="八千"))
    html = response.content.decode()
    assert response.status_code == 422
    for kept in (STORY, "八千", "8,400", "渑池县砥柱建材厂", 'value="hotline" selected'):
        assert kept in html, kept
    assert not Complaint.objects.filter(employer_name="渑池县砥柱建材厂").exists()


def test_a_broken_call_is_a_draft(county: County) -> None:
    client = county.client("operator")
    response = client.post(
        "/intake/", call(register="false", complainant_phone="", complainant_name="") | {"violation_facts": "断线"}
    )
    assert response.status_code == 302
    assert "未登记" in client.get(response.headers["Location"]).content.decode()


def test_the_look_up_warns_of_the_same_caller(county: County) -> None:
    client = county.client("lead")
    fragment = client.post("/intake/lookup/", {"complainant_phone": "13900000106"}, headers={"HX-Request": "true"})
    html = fragment.content.decode()
    assert "同一来电号码" in html and "同一来电人 9 月 27 日已登记" in html and "<html" not in html
    whole = client.post("/intake/lookup/", {"complainant_phone": "13900000106"}).content.decode()
    assert "同一来电号码" in whole and "<html" in whole, "without script it is the form again"


def test_search_goes_by_post_and_leads_to_the_case(county: County) -> None:
    client = county.client("lead")
    found = client.post("/search/", {"q": "吴小满"})
    assert "渑池县槐树沟砖厂" in found.content.decode()
    assert (
        client.post("/search/", {"q": county["expired_number"]}).headers["Location"] == f"/cases/{county['expired']}/"
    )
    assert client.get("/search/").status_code == 405
    assert county.client("police").post("/search/", {"q": "吴小满"}).status_code == 403


def test_acceptance_files_the_case(county: County) -> None:
    client = county.client("squad_leader")
    intake = Complaint.objects.get(public_id=county["complaint"]).intake
    address = act("intake", intake.public_id, "accept")
    html = client.get(address).content.decode()
    assert "立案审批表" in html and "调查期限" in html and "渑人社监案〔2026〕2号" in html
    response = client.post(address, hidden(html))
    case = Case.objects.get(complaints__public_id=county["complaint"])
    assert response.headers["Location"] == f"/cases/{case.public_id}/"


# --- other agencies --------------------------------------------------------------------------------------------------


def test_a_liaison_answers_and_signs_without_seeing_the_case(county: County) -> None:
    client = county.client("housing")
    html = client.get("/inbox/").content.decode()
    assert "请核实工资保证金存储情况" in html
    sign = re.search(r'action="(/inbox/[^"]+/sign/)"', html)
    assert sign and client.post(sign[1]).status_code == 302
    assert "已签收" in client.get("/inbox/").content.decode()
    assert county.client("transport").post(sign[1]).status_code == 404
    address = act("inspection", county["established_inspection"], "answer_agency")
    page = client.get(address).content.decode()
    task = AgencyTask.objects.get(case__public_id=county["established"])
    response = client.post(address, hidden(page) | {"task": str(task.public_id), "answer": "保证金账户余额六十万元。"})
    assert response.headers["Location"] == "/inbox/"
    task.refresh_from_db()
    assert task.answer == "保证金账户余额六十万元。"
    referral = act("intake", county["referred"], "report_result")
    assert client.post(referral, opened(client, referral) | {"result": "已督促支付。"}).status_code == 302


def test_the_police_receive_and_file(county: County) -> None:
    client = county.client("police")
    for name, form in (("receive", {"receiver": "公安乙"}), ("file", {"number": "渑公立〔2026〕9号"})):
        address = act("police", county["transfer"], name)
        assert client.post(address, opened(client, address) | form).status_code == 302
    assert "渑公立〔2026〕9号" in client.get(f"/transfers/{county['transfer']}/").content.decode()
    assert county.client("prosecutor").get(act("police", county["transfer"], "file")).status_code == 403


def test_the_receptionist_opens_a_day_and_puts_a_visit_on_it(county: County) -> None:
    client = county.client("receptionist")
    past = client.post("/coord/", {"day": "2026-09-01", "place": "大厅", "agencies": ["hrss", "housing"]})
    assert past.status_code == 422 and "接待日已过" in past.content.decode()
    alone = client.post("/coord/", {"day": "2026-10-20", "place": "大厅", "agencies": ["hrss"]})
    assert alone.status_code == 422 and "至少要有两个单位" in alone.content.decode()
    assert (
        client.post("/coord/", {"day": "2026-10-20", "place": "大厅", "agencies": ["hrss", "housing"]}).status_code
        == 302
    )
    assert "2026-10-20 大厅" in client.get("/coord/").content.decode()
    desk = county.client("lead")
    address = act("joint", county["requested"], "schedule")
    html = desk.get(address).content.decode()
    day = re.search(r'<option value="([^"]+)">2026-10-20', html)
    assert day
    response = desk.post(address, hidden(html) | {"day": day[1], "visitors": "郑有才", "people": "1"})
    assert response.headers["Location"].startswith("/receptions/")


# --- coming in -------------------------------------------------------------------------------------------------------


def test_signing_in_leads_to_where_one_wanted_to_go_and_never_away(county: County) -> None:
    client = Client()
    form = {"username": "lead", "password": PASSWORD}
    inside = client.post("/sign-in/", form | {"next": "/cases/"})
    assert inside.headers["Location"] == "/cases/"
    assert client.post("/sign-out/").headers["Location"] == "/sign-in/"
    assert client.get(WORK).status_code == 302
    assert Client().post("/sign-in/", form | {"next": "https://elsewhere.example/"}).headers["Location"] == "/"
    assert Client().get("/sign-out/").status_code == 405


def test_wrong_passwords_lock_the_account_and_say_so(county: County) -> None:
    client = Client()
    for _ in range(5):
        last = client.post("/sign-in/", {"username": "lead", "password": "wrong"})
    assert last.status_code == 429 and "已锁定" in last.content.decode() and "15 分钟" in last.content.decode()
    assert client.post("/sign-in/", {"username": "lead", "password": PASSWORD}).status_code == 429


def test_an_account_without_an_officer_may_only_leave(county: County) -> None:
    client = county.client("lead")
    User.objects.filter(username="lead").update(officer=None)
    refused = client.get(WORK)
    assert refused.status_code == 403 and "退出登录" in refused.content.decode()


def test_the_language_can_be_changed(county: County) -> None:
    client = county.client("lead")
    client.post("/language/", {"language": "en", "next": WORK})
    assert '<html lang="en"' in client.get(WORK).content.decode()


def test_a_deadline_of_an_hour_counts_in_hours(county: County) -> None:
    client = county.client("police")
    with clock.at(NOW + timedelta(minutes=5)):
        address = act("police", county["transfer"], "receive")
        client.post(address, opened(client, address) | {"receiver": "公安乙"})
        page = client.get(f"/transfers/{county['transfer']}/").content.decode()
        assert "剩 23 小时" in page or "剩 24 小时" in page
        # in the list stands what the police owe, not the day on which they may still ask for papers
        assert re.search(r"剩 \d+ 日", client.get("/police/").content.decode())
