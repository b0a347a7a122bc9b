"""A reception day as it goes: who is there, who is called, minutes that survive, sums that add up, signatures."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from casedesk.models import Reading, TypedText
from tests import people
from tests.casedesk.web.county import NOW, County
from tests.casedesk.web.test_pages import statements
from workflows.casefile.evidence import Evidence
from workflows.casefile.officers import Officer
from workflows.models import JointReception
from workflows.perform import perform


@pytest.fixture
def today(county: County) -> JointReception:
    """Two visits to a day of today; the first is returned."""
    day = people.reception_day(NOW.date(), "hrss", "housing")
    lead = county.people.receptionist
    cases = [JointReception.objects.get(public_id=county["visit"]).case]
    inputs = {"day": str(day.public_id), "visitors": "吴小满等", "people": 4, "petition": True}
    first = perform(cases[0], "schedule", by=lead, inputs=inputs).subject
    perform(cases[0], "schedule", by=lead, inputs={**inputs, "visitors": "另一人", "people": 1})
    return first


def page_of(visit: JointReception) -> str:
    return f"/coord/{visit.reception_day.public_id}/"


def test_numbers_are_called_in_turn_and_by_name(county: County, today: JointReception) -> None:
    desk, day = county.client("receptionist"), page_of(today)
    assert "叫 1 号" in desk.get(day).content.decode()
    assert desk.post(f"{day}call/", {"number": "1"}).status_code == 302
    shown = desk.get(day).content.decode()
    assert "叫 2 号" in shown and 'class="called"' in shown
    assert desk.post(f"{day}call/", {"number": "9"}).status_code == 409
    assert desk.post(f"{day}call/", {"number": "九"}).status_code == 422
    today.reception_day.refresh_from_db()
    assert today.reception_day.calling == 1
    for role in ("housing", "police", "leader", "administrator"):
        assert county.client(role).post(f"{day}call/", {"number": "2"}).status_code == 403


def test_officers_present_are_those_of_the_agencies_at_the_table(county: County, today: JointReception) -> None:
    desk, day = county.client("receptionist"), page_of(today)
    of_housing = county.people.officers["housing"].pk
    assert desk.post(f"{day}present/", {"officers": [of_housing]}).status_code == 302
    stranger = county.people.officers["police"].pk
    assert desk.post(f"{day}present/", {"officers": [stranger]}).status_code == 422
    assert list(today.reception_day.officers.all()) == [Officer.objects.get(pk=of_housing)]


def test_the_days_minutes_lose_nobodys_words(county: County, today: JointReception) -> None:
    one, other, day = county.client("receptionist"), county.client("squad_leader"), page_of(today)
    assert one.post(f"{day}minutes/", {"minutes": "九点开始", "seen_minutes": ""}).status_code == 302
    late = other.post(f"{day}minutes/", {"minutes": "我也在写", "seen_minutes": ""})
    said = late.content.decode()
    assert late.status_code == 409 and "我也在写" in said and "九点开始" in said
    today.reception_day.refresh_from_db()
    assert today.reception_day.minutes == "九点开始"
    again = {"minutes": "九点开始\n我也在写", "seen_minutes": "九点开始"}
    assert other.post(f"{day}minutes/", again).status_code == 302


def test_what_is_typed_is_kept_for_its_writer_alone_until_it_is_filed(county: County, today: JointReception) -> None:
    desk, visit = county.client("receptionist"), f"/receptions/{today.public_id}/"
    assert desk.post(f"/typed/{today.public_id}/", {"text": "工人说"}).status_code == 204
    assert "工人说" in desk.get(visit).content.decode()
    assert "工人说" not in county.client("lead").get(visit).content.decode()
    assert county.client("police").post(f"/typed/{today.public_id}/", {"text": "x"}).status_code == 404
    assert desk.post(f"/joint/{today.public_id}/actions/minutes/", {"text": "工人说没有工资条"}).status_code == 302
    assert not TypedText.objects.exists()
    today = JointReception.objects.get(pk=today.pk)
    assert today.minutes_text == "工人说没有工资条"


def test_an_agreement_must_add_up_and_a_visit_has_one_lead_and_its_helpers(
    county: County, today: JointReception
) -> None:
    by = county.people.receptionist
    perform(today, "convene", by=by, inputs={"present": "县人社局、县住建局"})
    desk, acts = county.client("receptionist"), f"/joint/{today.public_id}/actions"
    told = {
        "agreement": "分两期付清", "total": "9000",
        "instalments-0-due_on": "2026-10-10", "instalments-0-amount": "5000",
        "instalments-1-due_on": "2026-11-10", "instalments-1-amount": "3000",
    }  # fmt: skip
    wrong = desk.post(f"{acts}/record_agreement/", told)
    assert wrong.status_code == 422 and "8,000.00 元，与协议总额 9,000.00 元不一致" in wrong.content.decode()
    assert desk.post(f"{acts}/record_agreement/", {**told, "instalments-1-amount": "4000"}).status_code == 302
    lead = {"agency": "hrss", "handling": ["hrss"], "reason": "欠薪"}
    assert desk.post(f"{acts}/decide_lead/", lead).status_code == 422
    assert desk.post(f"{acts}/decide_lead/", {**lead, "handling": ["housing"]}).status_code == 302
    today = JointReception.objects.get(pk=today.pk)
    assert today.lead_agency.code == "hrss" and today.handling_agencies == ["housing"]


def test_a_signature_is_evidence_with_its_hash_and_stands_on_the_printed_record(
    county: County, today: JointReception
) -> None:
    desk = county.client("receptionist")
    picture = io.BytesIO()
    Image.new("RGB", (40, 20), "white").save(picture, "PNG")
    told = {"signers": "吴小满", "file": SimpleUploadedFile("signature.png", picture.getvalue(), "image/png")}
    assert desk.post(f"/joint/{today.public_id}/actions/sign/", told).status_code == 302
    row = Evidence.objects.get(kind="签字")
    assert len(row.sha256) == 64 and row.case_id == today.case_id
    printed = desk.get(f"/receptions/{today.public_id}/print/").content.decode()
    assert f"/evidence/{row.public_id}/" in printed and row.sha256[:16] in printed
    assert Reading.objects.filter(what="print").exists()
    assert desk.post(f"/joint/{today.public_id}/actions/sign/", {"signers": "按手印"}).status_code == 302, (
        "by name alone"
    )


def test_a_petition_has_at_most_five_representatives(county: County, today: JointReception) -> None:
    day = people.reception_day((NOW + timedelta(days=7)).date())
    told = {"day": str(day.public_id), "visitors": "六人", "people": 6, "petition": "on"}
    answer = county.client("receptionist").post(f"/joint/{today.case.public_id}/actions/schedule/", told)
    assert answer.status_code == 422 and "不超过 5 人" in answer.content.decode()


def test_a_visit_is_found_by_who_came_by_the_end_of_a_number_and_by_agency(
    county: County, today: JointReception
) -> None:
    """From the search box, in the rights of who looks, in no more queries than the look-up may take (and the calendar's
    alarm for who answers for the dates).
    """
    visit = f"/receptions/{today.public_id}/"
    other = f"/receptions/{JointReception.objects.get(visitors='另一人').public_id}/"
    for role, most in (("receptionist", 6), ("lead", 6), ("squad_leader", 7)):
        client = county.client(role)
        client.get("/inbox/")
        for text, reason, found in (
            ("另一人", "来访人", other),
            ("吴小满等", "来访人", visit),
            ("0102", "手机尾号", other),
            ("13900000102", "电话号码", other),
            ("住房和", "接访单位", other),
        ):
            with CaptureQueriesContext(connection) as caught:
                html = client.post("/search/", {"q": text}).content.decode()
            assert found in html and reason in re.findall("<mark>([^<]+)<", html), text
            assert "13900000102" not in html.replace(text, "") and len(statements(caught)) <= most, (role, text)
    operator = county.client("operator")
    for text in ("另一人", "0102", "住房和"):
        assert "/receptions/" not in operator.post("/search/", {"q": text}).content.decode()
    assert "没有找到" in county.client("lead").post("/search/", {"q": "0107"}).content.decode(), "an informant's number"
    for role in ("police", "leader", "housing"):
        assert county.client(role).post("/search/", {"q": "另一人"}).status_code == 403
