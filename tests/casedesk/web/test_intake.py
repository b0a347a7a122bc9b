"""The intake page behind its form: what becomes of what is typed, drafts, the look-up, and what is done with a hit."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from casedesk import drafts
from casedesk.drafts import FormDraft, Handover
from casedesk.models import RoutingRule, User
from tests import walks
from tests.casedesk.web.county import NOW, County
from tests.casedesk.web.test_pages import statements
from workflows import clock
from workflows.casefile.complaint import Complaint
from workflows.casefile.names import NameKey, initials, names_like
from workflows.models import Case, Event, LedgerLine, Officer
from workflows.perform import perform
from workflows.reading import lookup as reading
from workflows.reading.lookup import Typed, lookup

STORY = "五月进场，口头约定日薪三百二十元，七月底完工，一直没有结清。"


def call(**more: str) -> dict[str, str]:
    return {
        "idempotency_key": str(uuid4()), "channel": "hotline", "complainant_phone": "139 0000 0201",
        "complainant_name": "田来福", "employer_name": "渑池县砥柱建材厂", "violation_facts": STORY, "register": "true",
        "lines-0-worker_name": "田来福", "lines-0-trade": "瓦工", "lines-0-period_from": "6", "lines-0-period_to": "202607",
        "lines-0-rate": "320", "lines-0-pay_basis": "day", "lines-0-quantity": "52", "lines-0-already_paid": "4,000",
        **more,
    }  # fmt: skip


def told(response: Any) -> str:
    found = re.search(r'class="receipt-code">([^<]+)<', response.content.decode())
    assert found, response.content.decode()[:2000]
    return found[1]


def count() -> tuple[int, int]:
    return Complaint.objects.count(), Event.objects.count()


# --- what is typed ---------------------------------------------------------------------------------------------------


def test_months_rates_and_ticks_become_lines_and_facts(county: County) -> None:
    client = county.client("operator")
    told(client.post("/intake/", {**call(), "evidence_kinds": ["考勤/记工本", "微信聊天"]}))
    complaint = Complaint.objects.get(complainant_name="田来福")
    line = LedgerLine.objects.get(complaint=complaint)
    assert (str(line.claimed), str(line.period_from), str(line.period_to)) == ("12640.00", "2026-06-01", "2026-07-31")
    assert (complaint.complainant_phone, str(complaint.amount_claimed), complaint.worker_count) == (
        "13900000201", "12640.00", 1,
    )  # fmt: skip
    assert complaint.evidence_named == "考勤/记工本、微信聊天" and complaint.pay_basis == "day"


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"lines-0-already_paid": "17000"}, "第 1 行 已发 17000 多于应发 16640.00"),
        ({"lines-0-period_from": "13"}, "起始月：请写成 2026-06"),
        ({"lines-0-worker_name": ""}, "第 1 行"),
        ({"complainant_phone": "", "complainant_name": ""}, "请填写电话，或勾选无联系方式"),
    ],
)
def test_what_cannot_be_is_refused_at_its_place_and_writes_nothing(county: County, cells: Any, words: str) -> None:
    before = count()
    response = county.client("operator").post("/intake/", call(**cells))
    html = response.content.decode()
    assert response.status_code == 422 and words in html and STORY in html and "砥柱" in html
    assert count() == before


def test_where_it_goes_follows_the_routing_rules_and_a_change_needs_its_reason(county: County) -> None:
    officer = Officer.objects.get(pk=county.people.officers["housing"].pk)
    RoutingRule.objects.create(sector="construction", agency=officer.agency, basis="行业主管部门先行协调")
    client = county.client("operator")
    shown = client.post("/intake/goes-to/", {"industry_sector": "construction"}).content.decode()
    assert "住房和城乡建设局" in shown and "行业主管部门先行协调" in shown
    by_rule = call(complainant_name="按规则", industry_sector="construction", complainant_phone="13900000202")
    told(client.post("/intake/", by_rule))
    complaint = Complaint.objects.get(complainant_name="按规则")
    assert (complaint.destination.code, complaint.destination_basis) == ("housing", "行业主管部门先行协调")
    refused = client.post("/intake/", call(destination="water"))
    assert refused.status_code == 422 and "改变去向须写明理由" in refused.content.decode()
    refused = client.post("/intake/", call(destination_reason="水库工地"))
    assert refused.status_code == 422 and "请选择去向" in refused.content.decode()
    refused = client.post("/intake/", call(join_case="渑人社监案〔2026〕999号"))
    assert refused.status_code == 422 and "没有这个案号的案件" in refused.content.decode()
    assert not Complaint.objects.filter(complainant_name="田来福").exists()
    number = county["expired_number"]
    form = call(destination="water", destination_reason="水库工地", join_case=number, employed_in_county="true")
    told(client.post("/intake/", form))
    complaint = Complaint.objects.get(complainant_name="田来福")
    assert (complaint.destination.code, complaint.destination_reason) == ("water", "水库工地")
    assert complaint.destination_basis == "" and complaint.title == "" and complaint.join_case.number == number

    boss = county.client("squad_leader")
    page = boss.get(f"/complaints/{complaint.public_id}/").content.decode()
    assert "渑池县水利局（登记人改变：水库工地）" in page and number in page
    refer = boss.get(f"/intake/{complaint.intake.public_id}/actions/refer/").content.decode()
    assert '<option value="water" selected>' in refer
    assert f'value="{number}"' in boss.get(f"/intake/{complaint.intake.public_id}/actions/accept/").content.decode()


# --- drafts ----------------------------------------------------------------------------------------------------------


def save(client: Client, form: dict[str, str]) -> Any:
    return client.post("/intake/draft/", form, headers={"X-Draft": "1"})


def test_a_draft_is_kept_per_form_comes_back_whole_and_is_no_complaint(county: County) -> None:
    client, first, second = county.client("operator"), call(), call(complainant_name="另一通电话", employer_name="")
    before = count()
    address = save(client, first).json()["address"]
    save(client, second)
    assert FormDraft.objects.count() == 2 and count() == before
    again = county.client("operator")  # signed in anew
    html = again.get(address).content.decode()
    assert 'value="渑池县砥柱建材厂"' in html and 'value="4,000"' in html and first["idempotency_key"] in html
    assert "另一通电话" in html and "13900000201" not in html.replace("139 0000 0201", "")
    assert "13900000201" not in FormDraft.objects.get(public_id=first["idempotency_key"]).label
    assert county.client("lead").get(address).content.decode().count("田来福") == 0


def test_one_form_is_one_complaint_however_often_and_by_whomever_it_is_sent(county: County) -> None:
    client, form = county.client("operator"), call()
    save(client, form)
    code = told(client.post("/intake/", form))
    assert not FormDraft.objects.exists()
    # the answer was lost: what the page still holds is sent again, also with words added since
    assert told(client.post("/intake/", form)) == code
    later = client.post("/intake/", form | {"violation_facts": STORY + "又来电。"})
    assert told(later) == code and "没有记入" in later.content.decode()
    # an autosave that was under way does not bring the draft back
    refused = save(client, form)
    assert refused.status_code == 409 and "已经提交" in refused.json()["reason"] and not FormDraft.objects.exists()
    assert Complaint.objects.filter(complainant_name="田来福").count() == 1


def test_two_that_send_one_form_at_once_make_one_complaint(county: County, race: Callable[..., list[Any]]) -> None:
    clients, form = [county.client("operator") for _ in range(3)], call()

    def send(client: Client) -> Any:
        with clock.at(NOW):
            return told(client.post("/intake/", form))

    codes = race(*[lambda c=c: send(c) for c in clients])
    assert len(set(codes)) == 1 and Complaint.objects.filter(complainant_name="田来福").count() == 1


def colleague(county: County) -> Client:
    """A second operator of the same hotline."""
    officer = Officer.objects.get(pk=county.people.officers["operator"].pk)
    other = Officer.objects.create(name="热线乙", agency=officer.agency, roles=["operator"])
    client = Client()
    client.force_login(User.objects.create(username="operator2", officer=other))
    return client


def test_a_half_filled_draft_is_handed_over_taken_and_recorded(county: County) -> None:
    client, form = county.client("operator"), call()
    other = colleague(county)
    save(client, form)
    key, to = form["idempotency_key"], str(Officer.objects.get(name="热线乙").public_id)
    receptionist = str(county.people.officers["receptionist"].public_id)
    assert client.post(f"/intake/drafts/{key}/offer/", {"to": receptionist}).status_code == 404
    assert other.post(f"/intake/drafts/{key}/take/").status_code == 404
    client.post(f"/intake/drafts/{key}/offer/", {"to": to})
    page = other.get("/intake/").content.decode()
    assert "交给您" in page and 'class="badge">1' in page
    taken = other.post(f"/intake/drafts/{key}/take/")
    assert STORY in other.get(taken["Location"]).content.decode()
    refused = save(client, form)
    assert refused.status_code == 409 and "同事接手" in refused.json()["reason"]
    row = Handover.objects.get()
    assert (row.giver.username, row.taker.username, row.taken_at) == ("operator", "operator2", NOW)
    told(other.post("/intake/", form))
    assert Complaint.objects.get(complainant_name="田来福").operator.name == "热线乙"


def test_untouched_drafts_go_after_the_days_of_the_setting(county: County, settings: Any) -> None:
    settings.DRAFT_DAYS = 3
    client = county.client("operator")
    with clock.at(NOW - timedelta(days=4)):
        save(client, call())
    kept = call()
    save(client, kept)
    assert drafts.clear_old() == 1 and str(FormDraft.objects.get().public_id) == kept["idempotency_key"]


# --- the look-up -----------------------------------------------------------------------------------------------------


def look(client: Client, **typed: str) -> str:
    return client.post("/intake/lookup/", typed, headers={"HX-Request": "true"}).content.decode()


def test_an_operator_learns_number_stage_and_office_and_no_more_of_what_his_desk_did_not_take(county: County) -> None:
    with clock.at(NOW - timedelta(hours=2)):
        case = walks.filed(
            county.people, complainant_phone="13911110001", complainant_name="郎永丰", employer_name="渑池县响泉砖瓦厂"
        )
        Complaint.objects.filter(case=case).update(registered_at_desk=county.people.officers["lead"].agency)
    html = look(county.client("operator"), complainant_phone="139 1111 0001")
    assert "同一来电号码" in html and case.number in html and "人力资源和社会保障局" in html and "tel:" in html
    assert "郎永丰" not in html and "响泉" not in html and "22,400" not in html and "/complaints/" not in html
    bureau = look(county.client("lead"), complainant_phone="139 1111 0001")
    assert "郎永丰" in bureau and "2 人 · 22,400 元" in bureau and 'class="chip' in bureau and "受理" in bureau


def test_every_reason_is_said_the_same_caller_first(county: County) -> None:
    with clock.at(NOW - timedelta(hours=2)):
        shared = {"employer_name": "渑池县响泉砖瓦厂", "crew_leader_phone": "13922220002"}
        walks.filed(county.people, complainant_phone="13911110001", complainant_name="甲", **shared)
        walks.registered(county.people, complainant_phone="13911110002", complainant_name="乙", **shared)
        walks.registered(
            county.people, complainant_phone="13911110003", complainant_name="丙", employer_name="渑池县别家",
            id_number="411221198801017654",
        )  # fmt: skip
    typed = Typed("13911110002", "411221198801017654", "渑池县响泉砖瓦厂", "韶山花园三期", "13922220002")
    found = lookup(county.people.lead, typed)
    assert [m.reasons[0] for m in found[:3]] == ["同一来电号码", "同一身份证号", "同单位、同项目"]
    assert "同一带班人电话" in found[2].reasons
    alike = lookup(county.people.lead, Typed(employer="河南响泉有限公司"))
    assert [m.reasons for m in alike] == [("单位名称相近",)]


def test_the_look_up_takes_few_queries_and_every_reason_has_its_index(county: County) -> None:
    client = county.client("lead")
    typed = {
        "complainant_phone": "13900000101", "id_number": "411221198801017654", "crew_leader_phone": "13922220002",
        "employer_name": "渑池县远岗建筑劳务有限公司", "project_name": "韶山花园三期",
    }  # fmt: skip
    look(client, **typed)
    with CaptureQueriesContext(connection) as caught:
        assert "渑人社监案" in look(client, **typed)
    said = statements(caught)
    assert len(said) <= 6, "\n".join(said)

    parts = reading._tests(Typed("13900000101", "411221198801017654", "渑池县远岗建筑", "三期", "13922220002"))
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        for q in parts:
            rows = Complaint.objects.filter(q).order_by("-received_at").values("pk")[: reading.OF_EACH]
            plan = rows.explain()
            assert "Seq Scan" not in plan, f"{q}\n{plan}"
        plan = NameKey.objects.filter(kind="employer", key__startswith="砥柱").explain()
        assert "name_key" in plan and "Index Cond" in plan
        cursor.execute("RESET enable_seqscan")


def test_names_are_found_by_part_initials_code_and_alias(county: County) -> None:
    with clock.at(NOW - timedelta(hours=2)):
        code = "91411221MA00000016"
        case = walks.filed(
            county.people, employer_name="渑池县青梧建筑劳务有限公司", project_name="滨河花园二期", crew_leader_name="冯大勇",
            crew_leader_phone="13922220002", general_contractor="河南川岳建设集团",
        )  # fmt: skip
        NameKey.objects.create(kind="employer", how="code", key=code.lower(), employer=case.employer)
        other = walks.registered(county.people, employer_name="青梧劳务队", complainant_phone="13911110009")
        perform(other.intake, "accept", by=county.people.squad_leader, inputs={"into": case.number})
    assert initials("青梧建筑") == "qwjz"
    for text in ("青梧", "梧建筑", "qwjz", "QWJZ", code, "劳务队"):
        found = names_like("employer", text)
        assert found and found[0].employer == case.employer, text
    client = county.client("operator")
    html = client.post("/intake/names/", {"kind": "project", "text": "bhhy"}).content.decode()
    assert "滨河花园二期" in html and "河南川岳建设集团" in html and 'data-fill="general_contractor"' in html
    assert "冯大勇" in client.post("/intake/names/", {"kind": "crew", "text": "冯"}).content.decode()
    assert client.post("/intake/names/", {"kind": "%", "text": "_"}).status_code == 422
    assert client.post("/intake/names/", {"kind": "crew", "text": "%"}).content.decode().strip() == ""


# --- what is done with a hit -----------------------------------------------------------------------------------------


def test_the_same_caller_is_asked_before_a_second_complaint(county: County) -> None:
    client, form = county.client("operator"), call(complainant_phone="13900000106")
    before = count()
    asked = client.post("/intake/", form)
    assert asked.status_code == 409 and "再按一次 F9" in asked.content.decode() and count() == before
    told(client.post("/intake/", form | {"new_anyway": "true"}))


def test_a_chase_is_an_act_on_the_open_matter_and_no_complaint(county: County) -> None:
    client, complaint = county.client("operator"), Complaint.objects.get(complainant_phone="13900000101")
    form = call(complainant_phone="13900000101", complaint=str(complaint.public_id))
    save(client, form)
    before = Complaint.objects.count()
    for _ in range(2):  # pressed twice
        assert client.post("/intake/chase/", form).status_code == 302
    event = Event.objects.get(act="chase")
    assert Complaint.objects.count() == before and not FormDraft.objects.exists()
    assert STORY in event.inputs["reason"] and "13900000101" not in str(event.inputs)
    added = client.post("/intake/add-lines/", form | {"idempotency_key": str(uuid4())})
    assert added.status_code == 302 and LedgerLine.objects.filter(complaint=complaint, claimed="12640.00").exists()


def test_a_matter_the_callers_number_does_not_lead_to_cannot_be_chased_by_guessing(county: County) -> None:
    Complaint.objects.filter(complainant_phone="13900000101").update(
        registered_at_desk=county.people.officers["lead"].agency
    )
    complaint = Complaint.objects.get(complainant_phone="13900000101")
    before = count()
    for named in (str(complaint.public_id), str(uuid4()), "x"):
        assert county.client("operator").post("/intake/chase/", call(complaint=named)).status_code == 404
    assert count() == before


def test_a_consultation_is_logged_and_answered_in_one_go_without_a_name(county: County) -> None:
    client, before = county.client("operator"), Case.objects.count()
    form = {"idempotency_key": str(uuid4()), "channel": "hotline", "topic": "办理时限"}
    for _ in range(2):
        said = client.post("/intake/consult/", form, follow=True).content.decode()
        assert "五个工作日内决定是否受理" in said
    complaint = Complaint.objects.get(violation_facts="咨询投诉后多久有结果。")
    assert complaint.anonymous and complaint.intake.state == "answered" and Case.objects.count() == before


def test_the_reception_desk_has_its_own_fields(county: County) -> None:
    client = county.client("receptionist")
    assert "到访人数" in client.get("/intake/").content.decode()
    form = call(
        channel="joint_reception", visit_people="5", visit_result="单位当场承诺周五付清", source_id="LF-2026-017"
    )
    refused = client.post("/intake/", {**form, "visit_departments": ["police", "nobody"]})
    assert refused.status_code == 422 and "没有这个单位" in refused.content.decode()
    receipt = client.post("/intake/", {**form, "visit_departments": ["police", "petition"]})
    told(receipt)
    complaint = Complaint.objects.get(complainant_name="田来福")
    assert (complaint.source_id, complaint.visit_departments, complaint.visit_people, complaint.visit_result) == (
        "LF-2026-017", ["police", "petition"], 5, "单位当场承诺周五付清",
    )  # fmt: skip
    assert complaint.violation_facts == STORY
    boss = county.client("squad_leader")
    for page in (receipt, boss.get(f"/complaints/{complaint.public_id}/")):
        said = page.content.decode()
        assert "来访登记号" in said and "LF-2026-017" in said and "渑池县公安局、渑池县信访局" in said
    for text, reason in (
        ("LF-2026-017", "来访登记号"),
        ("周五付清", "接访结果"),
        ("信访局", "接访单位"),
        (form["lines-0-worker_name"], "投诉人"),
    ):
        found = boss.post("/search/", {"q": text}).content.decode()
        assert str(complaint.public_id) in found and f"<mark>{reason}" in found, text


def test_a_project_of_the_dictionary_fills_its_trade_and_its_department(county: County) -> None:
    """And an employer the man behind it: told once with a complaint, offered with the next."""
    client = county.client("operator")
    form = call(
        project_name="石门水库加固", industry_sector="construction", regulator="water", actual_controller="孟三省",
        employed_in_county="true", unified_credit_code="",
    )  # fmt: skip
    told(client.post("/intake/", form))
    complaint = Complaint.objects.get(complainant_name="田来福")
    assert (complaint.regulator.code, complaint.actual_controller) == ("water", "孟三省")
    perform(complaint.intake, "accept", by=county.people.squad_leader)
    offered = client.post("/intake/names/", {"kind": "project", "text": "石门水库"}).content.decode()
    assert 'hidden data-fill="industry_sector">construction<' in offered
    assert 'hidden data-fill="regulator">water<' in offered
    offered = client.post("/intake/names/", {"kind": "employer", "text": complaint.employer_name}).content.decode()
    assert 'hidden data-fill="actual_controller">孟三省<' in offered
    refused = client.post("/intake/", call(regulator="police", new_anyway="true"))
    assert refused.status_code == 422 and "不是行业主管部门" in refused.content.decode()
