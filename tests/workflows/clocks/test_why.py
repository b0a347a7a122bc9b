"""Why this date: day by day, with the calendar as it stood, on the page, in the API and by the function behind both."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from casedesk.models import User
from tests import walks
from tests.casedesk.api.clients import Caller
from tests.people import People, settle_county
from workflows import calendar_editing, clock
from workflows.models import Case, Limit
from workflows.perform import perform
from workflows.reading.why import limits_seen_by, why

START = walks.day(date(2026, 12, 14))


def build() -> People:
    people = settle_county()
    with clock.at(START):
        walks.investigating(people)
        walks.registered(people)
    return people


@pytest.fixture
def people(database_like: Any) -> Iterator[People]:
    with database_like("why", build=build) as found, clock.at(START + timedelta(days=1)):
        yield found


def the(name: str) -> Limit:
    return Limit.objects.filter(rule=name, stopped_at=None).order_by("id").select_related("case", "complaint")[0]


def signed_in(people: People, name: str) -> Client:
    user, _ = User.objects.get_or_create(username=name, officer=people.officers[name])
    client = Client()
    client.force_login(user)
    return client


def test_every_day_is_there_and_as_many_count_as_the_law_gives(people: People) -> None:
    said = why(the("INV-01"))
    assert said.agrees
    assert said.provisional
    assert said.counted == 60
    assert said.days[0].date == START.date()
    assert said.days[-1].date == said.due_on
    assert (said.article, said.confirmed, said.calendar_version) == (
        "《劳动保障监察条例》第十七条；《关于实施〈劳动保障监察条例〉若干规定》第三十条", True, 1
    )  # fmt: skip
    assert said.notices == ((2026, "国办发明电〔2025〕7号"),)
    assert any("未公布" in day.reason for day in said.days)


def test_the_limits_of_other_laws_stand_beside_it(people: People) -> None:
    said = why(the("INV-02"))
    assert [(b.rule, b.target, b.counts) for b in said.beside] == [("INV-02", True, False), ("INV-01", False, True)]
    assert not said.breach
    assert said.region == "henan"


def test_it_tells_of_extension_and_recomputation(people: People) -> None:
    limit = the("INV-01")
    done = perform(
        limit.case.inspection, "request_extension", by=people.lead, inputs={"rule": "INV-01", "reason": "复杂"}
    )  # type: ignore[union-attr]
    walks.approved(done, people.bureau_head)
    before = the("INV-01").due_on
    days = [{"name": "元旦", "date": "2027-01-01", "isOffDay": True}]
    read = calendar_editing.notice_of({"year": 2027, "papers": ["虚构"], "days": days})
    calendar_editing.load_notice(read, by="test")
    said = why(the("INV-01"))
    assert said.extensions == ((30, None, "副局长甲", "复杂"),)
    assert said.counted == 90
    assert said.agrees
    assert not said.provisional
    (change,) = said.changes
    assert (change.before, change.after) == (str(before), str(said.due_on))
    assert "虚构公布（日历第2版）" in change.because


def test_a_date_somebody_set_says_so(database: str) -> None:
    people = settle_county()
    with clock.at(walks.MONDAY):
        walks.ordered(people)
        said = why(Limit.objects.get(rule="PAY_BY", stopped_at=None))
    assert said.set_by_somebody
    assert said.days == ()
    assert said.agrees


def test_an_ended_limit_is_explained_by_the_calendar_of_its_time(people: People) -> None:
    limit = the("INV-01")
    inputs = {"findings": "欠付工资属实。", "able_to_pay": True}
    perform(limit.case.inspection, "establish_facts", by=people.lead, inputs=inputs)  # type: ignore[union-attr]
    days = [{"name": "元旦", "date": f"2027-01-0{n}", "isOffDay": True} for n in range(1, 9)]
    calendar_editing.load_notice(
        calendar_editing.notice_of({"year": 2027, "papers": ["虚构"], "days": days}), by="test"
    )
    limit.refresh_from_db()
    said = why(limit)
    assert said.agrees
    assert said.calendar_version == 1
    assert said.due_on == limit.due_on


def test_the_page_shows_the_days_to_who_sees_the_case_and_404_to_others(people: People) -> None:
    limit = the("INV-01")
    page = signed_in(people, "lead").get(f"/limits/{limit.public_id}/why/")
    assert page.status_code == 200
    text = page.content.decode()
    for word in (
        "计算过程",
        "调查",
        "暂定",
        "2026-12-15",
        "工作日",
        "劳动保障监察条例",
        "国办发明电〔2025〕7号",
        "同一事项的各个期限",
    ):
        assert word in text
    assert "no-store" in page["Cache-Control"]
    for name in ("operator", "housing", "police", "leader", "administrator"):
        assert signed_in(people, name).get(f"/limits/{limit.public_id}/why/").status_code == 404
    assert Client().get(f"/limits/{limit.public_id}/why/").status_code == 302


def test_the_case_page_links_to_it(people: People) -> None:
    case = Case.objects.get()
    page = signed_in(people, "lead").get(f"/cases/{case.public_id}/")
    assert page.status_code == 200
    for limit in Limit.objects.filter(case=case, stopped_at=None, procedure="inspection"):
        assert f"/limits/{limit.public_id}/why/" in page.content.decode()


def test_the_api_gives_the_days_when_asked(people: People) -> None:
    case, caller = Case.objects.get(), Caller(people, "lead")
    plain = caller.get(f"cases/{case.public_id}/limits").json()["results"]
    assert all(one["why"] is None for one in plain)
    answer = caller.get(f"cases/{case.public_id}/limits?why=true")
    assert answer.status_code == 200
    said = {one["rule"]: one["why"] for one in answer.json()["results"]}["INV-01"]
    assert sum(day["counted"] for day in said["days"]) == 60
    assert said["days"][0] == {"date": "2026-12-14", "counted": False, "reason": "起算当日不计入"}
    assert said["agrees"] is True
    assert said["notices"] == [{"year": 2026, "number": "国办发明电〔2025〕7号"}]
    assert [one["rule"] for one in said["beside"]] == ["INV-02", "INV-01"]


def test_who_sees_which_limit(people: People) -> None:
    every = Limit.objects.count()
    assert limits_seen_by(people.squad_leader).count() == every
    assert limits_seen_by(people.police).count() == 0
    assert limits_seen_by(people.housing).count() == 0
