"""The page of the working calendar: typed in by the administrator, approved by another, refused where it says
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from casedesk.models import User
from tests import walks
from tests.people import People, settle_county
from workflows import calendar_editing, clock
from workflows.models import CalendarChange, CalendarNotice, Limit

START = walks.day(date(2026, 12, 14))
TYPED = {
    "year": "2027",
    "number": "虚构通知〔2026〕1号",
    "days": "2026-12-31 元旦 休\n2027-01-01 元旦 休\n\n2027-01-09 元旦 班\n",
}


def build() -> People:
    people = settle_county()
    with clock.at(START):
        walks.investigating(people)
    return people


@pytest.fixture
def people(database_like: Any) -> Iterator[People]:
    with database_like("calendar page", build=build) as found, clock.at(START + timedelta(days=1)):
        yield found


def signed_in(people: People, name: str) -> Client:
    user, _ = User.objects.get_or_create(username=name, officer=people.officers[name])
    client = Client()
    client.force_login(user)
    return client


def test_one_types_in_and_another_approves(people: People) -> None:
    administrator, reviewer = signed_in(people, "administrator"), signed_in(people, "legal_reviewer")
    page = administrator.get("/workdays/").content.decode()
    assert "2027年放假安排尚未导入" in page
    assert "国办发明电〔2025〕7号" in page
    assert administrator.post("/workdays/", TYPED).status_code == 302
    change = CalendarChange.objects.get()
    assert administrator.post(f"/workdays/{change.public_id}/decide/", {"answer": "yes"}).status_code == 403
    page = reviewer.get("/workdays/").content.decode()
    assert "2026-12-31 元旦 休" in page
    assert "录入一年的放假安排" not in page
    assert reviewer.post(f"/workdays/{change.public_id}/decide/", {"answer": "yes"}).status_code == 302
    assert CalendarNotice.objects.get(year=2027).days.count() == 3
    assert not Limit.objects.filter(stopped_at=None, provisional=True).exists()
    assert reviewer.post(f"/workdays/{change.public_id}/decide/", {"answer": "yes"}).status_code == 409
    assert "尚未导入" not in administrator.get("/workdays/").content.decode()


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"days": ""}, "必"),
        ({"days": "2027-01-01 元旦"}, "第 1 行应为"),
        ({"days": "2025-01-01 元旦 休"}, "不在2027年"),
        ({"days": "2027-01-01 元旦 休\n2027-01-01 元旦 休"}, "出现两次"),
        ({"number": ""}, "必"),
    ],
)
def test_what_is_no_notice_is_shown_again_with_the_reason(people: People, changed: dict[str, str], why: str) -> None:
    answer = signed_in(people, "administrator").post("/workdays/", {**TYPED, **changed})
    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert not CalendarChange.objects.exists()


def test_withdrawing_and_refusing(people: People) -> None:
    administrator, head = signed_in(people, "administrator"), signed_in(people, "bureau_head")
    administrator.post("/workdays/", TYPED)
    first = CalendarChange.objects.get()
    assert head.post(f"/workdays/{first.public_id}/decide/", {"answer": "no"}).status_code == 422
    assert head.post(f"/workdays/{first.public_id}/decide/", {"answer": "no", "reason": "文号不对"}).status_code == 302
    administrator.post("/workdays/", TYPED)
    second = CalendarChange.objects.latest("id")
    assert administrator.post(f"/workdays/{second.public_id}/decide/", {"answer": "withdraw"}).status_code == 302
    assert not CalendarNotice.objects.filter(year=2027).exists()


def test_the_page_is_for_those_who_type_in_and_approve(people: People) -> None:
    for name in ("operator", "lead", "squad_leader", "housing", "police", "leader", "auditor"):
        assert signed_in(people, name).get("/workdays/").status_code == 403
        assert signed_in(people, name).post("/workdays/", TYPED).status_code == 403
    assert Client().get("/workdays/").status_code == 302
    assert not CalendarChange.objects.exists()


def test_administrator_and_leaders_see_on_their_pages_that_a_year_is_missing(people: People) -> None:
    homes = {
        "administrator": "/staff/", "squad_leader": "/approvals/", "bureau_head": "/lead/", "principal_head": "/lead/",
        "leader": "/lead/",
    }  # fmt: skip
    linked = set()
    for name, home in homes.items():
        page = signed_in(people, name).get(home).content.decode()
        assert "2027年放假安排尚未导入，算到2027年的期限均为暂定" in page, name
        linked |= {name} if 'href="/workdays/">工作日历</a></aside>' in page else set()
    assert linked == {"administrator", "bureau_head", "principal_head"}, "a link only for who may open the page"
    for name, home in (("lead", "/cases/"), ("operator", "/intake/"), ("police", "/police/"), ("housing", "/inbox/")):
        assert "尚未导入" not in signed_in(people, name).get(home).content.decode(), name
    with clock.at(walks.day(date(2026, 10, 31))):
        assert "尚未导入" not in signed_in(people, "leader").get("/lead/").content.decode()
    calendar_editing.load_notice(
        calendar_editing.NoticeDays(2027, "虚构通知〔2026〕1号", ((date(2027, 1, 1), True, "元旦"),)), by="管理甲"
    )
    assert "尚未导入" not in signed_in(people, "leader").get("/lead/").content.decode()
