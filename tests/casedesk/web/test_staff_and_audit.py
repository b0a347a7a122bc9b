"""Who reads a complainant's data is written down or gets nothing; the administrator keeps people and sees no case."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from casedesk import readings
from casedesk.models import DeskChange, DeskWords, Reading, User
from casedesk.routing import office_for
from tests.casedesk.web.county import NOW, WORK, County
from workflows import clock
from workflows.casefile.officers import ActingAppointment, Agency, Officer

PHONE = "13900000102"


def changes() -> list[str]:
    return list(DeskChange.objects.order_by("id").values_list("what", flat=True))


def test_a_person_gets_an_account_chooses_his_password_and_loses_it_again(county: County) -> None:
    boss = county.client("administrator")
    told = {"name": "监察戊", "agency": "hrss", "roles": ["inspector"], "active": "on", "certificate": "豫渑监009"}
    answer = boss.post("/staff/new/", told)
    assert answer.status_code == 302
    person = Officer.objects.get(name="监察戊")
    page = boss.post(f"/staff/{person.public_id}/account/", {"username": "jiancha5"}).content.decode()
    temporary = re.findall(r"told-once\">([^<]+)<", page)[1]
    assert changes() == ["新增人员", "开通账号"]

    his = Client()
    assert his.post("/sign-in/", {"username": "jiancha5", "password": temporary}).status_code == 302
    assert his.get(WORK).headers["Location"] == "/me/password/"
    wrong = his.post("/me/password/", {"old": temporary, "new": "1234", "again": "1234"})
    assert wrong.status_code == 422
    chosen = {"old": temporary, "new": "long-enough-Word-7", "again": "long-enough-Word-7"}
    assert his.post("/me/password/", chosen).status_code == 302
    assert his.get(WORK).status_code == 200

    assert boss.post(f"/staff/{person.public_id}/account/", {"wish": "shut"}).status_code == 302
    assert "/sign-in/" in his.get(WORK).headers["Location"], "a shut account's session ends at once"
    assert changes()[-1] == "停用账号"


@pytest.mark.parametrize("roles", [["administrator", "auditor"], ["administrator", "inspector"], ["auditor", "leader"]])
def test_keeping_accounts_auditing_and_handling_do_not_meet_in_one_person(county: County, roles: list[str]) -> None:
    boss = county.client("administrator")
    answer = boss.post("/staff/new/", {"name": "兼任", "agency": "hrss", "roles": roles, "active": "on"})
    assert answer.status_code == 422 and "不能兼任" in answer.content.decode()
    assert not Officer.objects.filter(name="兼任").exists() and changes() == []


def test_nobody_changes_his_own_roles_nor_shuts_his_own_account(county: County) -> None:
    boss, own = county.client("administrator"), User.objects.get(username="administrator").officer
    told = {"name": own.name, "agency": "hrss", "roles": ["squad_leader"], "active": "on"}
    assert boss.post(f"/staff/{own.public_id}/", told).status_code == 422
    assert boss.post(f"/staff/{own.public_id}/account/", {"wish": "shut"}).status_code == 409
    own.refresh_from_db()
    assert own.roles == ["administrator"] and changes() == []


def test_an_appointment_gives_the_role_for_its_days_and_ends_early(county: County) -> None:
    boss, deputy = county.client("administrator"), county.people.officers["bureau_head"]
    told = {
        "officer": str(deputy.public_id), "role": "principal_head", "from_day": "2026-09-28", "to_day": "2026-10-30",
        "paper": "渑人社文〔2026〕11号",
    }  # fmt: skip
    assert boss.post("/staff/appointments/", told).status_code == 302
    assert county.people.bureau_head.acting == {"principal_head": "渑人社文〔2026〕11号"}
    assert boss.post("/staff/appointments/", told).status_code == 422, "the same days twice"
    row = ActingAppointment.objects.get(officer=deputy)
    assert boss.post(f"/staff/appointments/{row.pk}/end/").status_code == 302
    with clock.at(NOW + timedelta(days=1)):
        assert county.people.bureau_head.acting == {}
    assert changes() == ["登记任命", "提前结束任命"]


def test_agencies_and_routes_are_kept_and_read_back(county: County) -> None:
    boss = county.client("administrator")
    told = {"code": "housing", "name": "县住建局", "phone": "0398-4800000", "address": "会盟路 1 号"}
    assert boss.post("/staff/agencies/", told).status_code == 302
    assert Agency.objects.get(code="housing").phone == "0398-4800000"
    for row in ({"sector": "", "agency": "hrss"}, {"sector": "construction", "agency": "housing"}):
        assert boss.post("/staff/routing/", {**row, "township": "", "basis": "县政府分工"}).status_code == 302
    assert boss.post("/staff/routing/", {"sector": "", "agency": "hrss", "basis": "再来"}).status_code == 422
    usual = Agency.objects.get(code="brigade").name
    assert f"没有规则的由{usual}受理" in boss.get("/staff/routing/").content.decode()
    found = [office_for(sector, "")[0] for sector in ("construction", "mining")]
    assert [a.code for a in found if a] == ["housing", "hrss"]
    assert changes() == ["变更单位", "新增派单规则", "新增派单规则"]


def test_ready_words_are_kept_by_the_administrator_and_stand_at_the_intake_page(county: County) -> None:
    boss, desk = county.client("administrator"), county.client("operator")
    asked = {
        "kind": "topic",
        "place": "1",
        "name": "欠条时效",
        "text": "咨询欠条多久失效。",
        "answer": "见《民法典》。",
    }
    refused = (
        ({"kind": "phrase"}, "只有咨询答复有这一项"), ({"answer": ""}, "咨询答复需要填写这一项"),
        ({"name": "劳动仲裁"}, "已有同名的咨询答复"), ({"place": "0"}, "顺序"), ({"kind": "rule"}, "类别"),
    )  # fmt: skip
    for wrong, words in refused:
        response = boss.post("/staff/templates/", asked | wrong)
        assert response.status_code == 422 and words in response.content.decode(), wrong
    assert changes() == []
    assert boss.post("/staff/templates/", asked).status_code == 302
    row = DeskWords.objects.get(name="欠条时效")
    assert "欠条时效" in boss.get(f"/staff/templates/?change={row.pk}").content.decode()
    page = desk.get("/intake/").content.decode()
    assert "欠条时效" in page and "见《民法典》。" in page
    told = asked | {"number": str(row.pk), "answer": "三年（《民法典》第一百八十八条）。"}
    assert boss.post("/staff/templates/", told).status_code == 302
    assert "第一百八十八条" in desk.get("/intake/").content.decode()
    for place in range(2, 4):
        boss.post("/staff/templates/", asked | {"place": str(place), "name": f"新{place}", "text": f"咨询{place}。"})
    assert "最多 9 条" in boss.post("/staff/templates/", asked | {"name": "多", "text": "多。"}).content.decode()
    assert boss.post(f"/staff/templates/{row.pk}/drop/").status_code == 302
    assert boss.post(f"/staff/templates/{row.pk}/drop/").status_code == 404
    for number in ("9" * 5000, "９", "-1"):
        assert boss.post("/staff/templates/", asked | {"number": number}).status_code == 404
    assert "欠条时效" not in desk.get("/intake/").content.decode()
    assert changes() == ["新增模板文字", "变更模板文字", "新增模板文字", "新增模板文字", "删除模板文字"]
    assert "限期改正指令书" in boss.get("/staff/templates/").content.decode()


def test_only_the_administrator_keeps_people_and_the_auditor_sees_what_he_did(county: County) -> None:
    told = {"code": "housing", "name": "县住建局", "phone": "1", "address": ""}
    for role in ("lead", "squad_leader", "auditor", "leader", "police"):
        client = county.client(role)
        for page in (
            "/staff/",
            "/staff/new/",
            "/staff/appointments/",
            "/staff/agencies/",
            "/staff/routing/",
            "/staff/templates/",
        ):
            assert client.get(page).status_code == 403, (role, page)
        assert client.post("/staff/agencies/", told).status_code == 403
    assert changes() == []
    county.client("administrator").post("/staff/agencies/", told)
    page = county.client("auditor").get("/audit/changes/").content.decode()
    assert "变更单位" in page and "管理甲" in page and "县住建局" in page


# --- readings --------------------------------------------------------------------------------------------------------


def test_every_opened_case_is_written_down_and_the_auditor_finds_it(county: County) -> None:
    number = county["expired_number"]
    assert county.client("lead").get(f"/cases/{county['expired']}/").status_code == 200
    assert county.client("leader").get(f"/cases/{county['expired']}/").status_code in (403, 404)
    assert list(Reading.objects.values_list("what", "about", "by_name")) == [("case", number, "监察甲")]
    auditor = county.client("auditor")
    assert number in auditor.get(f"/audit/readings/?number={number}").content.decode()
    assert "没有符合条件" in auditor.get("/audit/readings/?first=2027-01-01").content.decode()
    mine, other = (county.people.officers[name].pk for name in ("lead", "second"))
    assert number in auditor.get(f"/audit/readings/?officer={mine}").content.decode()
    assert number not in auditor.get(f"/audit/readings/?officer={other}").content.decode()
    for nonsense in (f"{other:09}0", "²", "9" * 30):
        assert number in auditor.get(f"/audit/readings/?officer={nonsense}").content.decode(), "no number: not asked"
    assert "远岗" not in auditor.get("/audit/readings/").content.decode(), "no case content"


def test_a_number_is_shown_only_after_a_reason_and_leaves_a_row(county: County) -> None:
    inspector, case = county.client("lead"), f"/cases/{county['established']}/"
    before = inspector.get(case).content.decode()
    assert PHONE not in before and "139****0102" in before
    where = re.search(r'action="(/complaints/[^"]+/numbers/)"', before)[1]
    assert inspector.post(where, {"reason": " "}).status_code == 422
    assert not Reading.objects.filter(what="numbers").exists()
    shown = inspector.post(where, {"reason": "核对工资卡号"})
    assert PHONE in shown.content.decode() and "no-store" in shown.headers["Cache-Control"]
    row = Reading.objects.get(what="numbers")
    assert (row.purpose, row.by_name, row.at) == ("核对工资卡号", "监察甲", NOW)
    assert inspector.post(where).status_code == 200, "asked once a day and case"
    assert Reading.objects.filter(what="numbers", purpose="核对工资卡号").count() == 2
    with clock.at(NOW + timedelta(days=1)):
        assert inspector.post(where).status_code == 422, "and again the next day"
    for role in ("leader", "administrator", "police", "auditor", "legal_reviewer", "housing"):
        assert county.client(role).post(where, {"reason": "看看"}).status_code in (403, 404), role
    apart = f"/complaints/{county['informant']}/numbers/"
    assert inspector.post(apart, {"reason": "看看"}).status_code == 404, "kept apart from everybody"


def test_what_cannot_be_written_down_is_not_shown(county: County) -> None:
    inspector = county.client("lead")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(readings.Reading.objects, "bulk_create", refused_by_the_database)
        answer = inspector.get(f"/cases/{county['expired']}/")
    assert answer.status_code == 503 and "远岗" not in answer.content.decode()
    assert Reading.objects.count() == 0


def refused_by_the_database(rows: object) -> None:
    """A real refusal of the server, in the place of the write: the log has no such column."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO casedesk_reading (no_such_column) VALUES (1)")


def test_the_log_takes_no_change(county: County) -> None:
    county.client("lead").get(f"/cases/{county['expired']}/")
    for change in (Reading.objects.all().delete, lambda: Reading.objects.update(by_name="别人")):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert Reading.objects.get().by_name == "监察甲"


def test_the_auditor_checks_a_chain(county: County) -> None:
    auditor = county.client("auditor")
    assert "条记录完整" in auditor.get(f"/audit/chain/?number={county['expired_number']}").content.decode()
    assert "全部完整" in auditor.get("/audit/chain/?all=1").content.decode()
