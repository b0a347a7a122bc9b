"""The board: each number against its list, nobody who complained, empty and full counties, paper and sheet."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import openpyxl
import pypdf
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import walks
from tests.casedesk.web import county as building
from tests.casedesk.web.county import NOW, County
from workflows import clock
from workflows.models import Complaint, Inspection, Worker
from workflows.perform import perform
from workflows.reading.season import season, spring_festival

BOARD, REPORT = "/lead/", "/lead/report/"
NUMBER = re.compile(r'<a(?! class="figure-value)[^>]*href="(/lead/cases/[^"]*)"[^>]*>([^<]*?)([\d,]+)([^<\d]*)</a>')
#: the two amounts among the linked numbers; their lists are the cases that owe or paid
MONEY = ("万元",)
CREW = "工头老范"


def with_history() -> County:
    """The busy county, cases of last season that ended, a supervision order, crew leaders seen twice."""
    county = building.busy()
    people = county.people
    for n, back in enumerate((300, 290, 280, 250, 250, 245, 60, 20)):
        with clock.at(NOW - timedelta(days=back)):
            inspection = walks.ordered(
                people, days=9, complainant_phone=f"1397777{n:04}", complainant_name=f"往年来电人{n}",
                employer_name="渑池县槐树沟砖厂" if n % 2 else f"渑池县旧{n}厂", crew_leader_name=CREW if n % 3 else "往年来电人0",
                legal_rep_name="严某某", actual_controller="孟三省" if n in (2, 4) else "",
            )  # fmt: skip
        if n % 4 != 3:
            with clock.at(NOW - timedelta(days=back - 6)):
                walks.closed(people, Inspection.objects.get(pk=inspection.pk))
    with clock.at(NOW - timedelta(days=1)):
        walks.filed(
            people, complainant_phone="13977779999", complainant_name="谭没镇", township="", employer_name="无镇厂"
        )
        late = Inspection.objects.filter(state="expired").first()
        assert late is not None
        inputs = {"question": "为什么还没有移送？", "due_on": str((NOW + timedelta(days=5)).date())}
        perform(late, "supervise", by=people.leader, inputs=inputs)
    return county


@pytest.fixture
def past_county(database_like: Callable[..., Any]) -> Iterator[County]:
    with database_like("county with a past", build=with_history) as built, clock.at(NOW):
        yield built


def text_of(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return response.content.decode()


def length_of(client: Client, address: str) -> int:
    """How many cases a list shows, page after page; its own total must say the same."""
    found, total = 0, None
    while address:
        html = text_of(client, address)
        said = re.search(r"共 ([\d,]+) 件", html)
        assert said
        total = int(said[1])
        found += html.count("<tr>") - ("<thead>" in html)
        following = re.search(r'href="([^"]*after=[^"]+)" rel="next"', html)
        address = following[1].replace("&amp;", "&") if following else ""
    assert found == total
    return found


@pytest.mark.parametrize("scope", ["", "?town=411221100000", "?agency=housing", "?agency=hrss"])
def test_every_number_links_to_a_list_of_exactly_that_length(past_county: County, scope: str) -> None:
    client = past_county.client("leader")
    html = text_of(client, BOARD + scope)
    numbers = [
        (link.replace("&amp;", "&"), int(n.replace(",", "")), before, after)
        for link, before, n, after in NUMBER.findall(html)
    ]
    assert len(numbers) > 60
    for link, number, before, after in numbers:
        if after.strip() in MONEY or "追回" in before:
            continue
        assert length_of(client, link) == number, (link, number)
    figures = dict(re.findall(r'aria-label="([^"]+)">\s*<h2>[^<]*</h2>\s*<p><a[^>]*href="([^"]*)"', html))
    assert len(figures) == 6
    for label in ("在办案件", "已超期", "本月新收"):
        value = re.search(rf'aria-label="{label}">.*?figure-value[^>]*>([\d,]+)<', html, re.S)
        assert value and length_of(client, figures[label].replace("&amp;", "&")) == int(value[1])
    duration = re.search(r"近 90 天办结的 (\d+) 件", html)
    assert duration and length_of(client, figures["平均办理时长"].replace("&amp;", "&")) == int(duration[1])


def test_amounts_and_people_are_the_sums_of_the_lists_behind_them(past_county: County) -> None:
    client = past_county.client("leader")
    html = text_of(client, BOARD)
    listed = text_of(client, "/lead/cases/")
    people = sum(int(n) for n in re.findall(r'data-label="人数">(\d+)<', listed))
    owed = sum(float(n.replace(",", "")) for n in re.findall(r'data-label="金额（万元）">([\d,.]+)<', listed))
    shown = dict(re.findall(r'aria-label="([^"]+)">\s*<h2>[^<]*</h2>\s*<p><a[^>]*>([\d,.]+)<', html))
    assert int(shown["涉及人数"]) == people and abs(float(shown["欠薪余额"]) - owed) < 0.6


def test_nobody_who_complained_stands_on_the_board_its_lists_its_paper_or_its_sheet(past_county: County) -> None:
    client = past_county.client("leader")
    pages = [text_of(client, BOARD), text_of(client, "/lead/cases/"), text_of(client, "/lead/cases/?what=ended")]
    paper = pypdf.PdfReader(io.BytesIO(client.get(f"{REPORT}pdf/").content))
    pages.append("".join(page.extract_text() for page in paper.pages))
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{REPORT}xlsx/").content))
    pages.append(str([[cell.value for cell in row] for sheet in book for row in sheet.iter_rows()]))
    names = {
        *Worker.objects.values_list("name", flat=True),
        *Complaint.objects.values_list("complainant_name", flat=True),
    }
    phones = {
        *Worker.objects.values_list("phone", flat=True),
        *Complaint.objects.values_list("complainant_phone", flat=True),
    }
    assert "周大成" in names and CREW not in names
    for page in pages:
        for canary in (names | phones) - {""}:
            assert canary not in page, canary
    assert CREW in pages[0], "a crew leader who is nobody's worker or caller is named"
    assert ">孟三省<" in pages[0], "who stands behind two firms is one row, whoever signs for them"


def test_the_board_of_an_empty_county_is_zeros(empty_county: County) -> None:
    client = empty_county.client("leader")
    html = text_of(client, BOARD)
    assert set(re.findall(r'class="figure-value[^"]*"[^>]*>([^<]+)<', html)) == {"0", "0.0", "—"}
    assert "不作推算" in html and "没有超期和今日到期的案件" in html
    assert client.get(f"{REPORT}pdf/").status_code == client.get(f"{REPORT}xlsx/").status_code == 200
    for nonsense in (
        "?town=x",
        "?agency=%27",
        "?age=99",
        "?employer=1&officer=2&since=x&heads=-1",
        "?after=x",
    ):
        assert client.get(BOARD + nonsense).status_code == 200
        assert client.get("/lead/cases/" + nonsense).status_code == 200
    for address in (BOARD, "/lead/cases/"):  # nothing lies where no text can
        assert client.get(address + "?town=%00").status_code == 404


def test_the_board_is_kept_until_something_happens_or_ten_minutes_pass(past_county: County) -> None:
    client = past_county.client("leader")

    def moment() -> str:
        found = re.search(r"数据截至 ([\d: -]+)", text_of(client, BOARD))
        assert found
        return found[1].strip()

    first = moment()
    with clock.at(NOW + timedelta(minutes=9)):
        assert moment() == first
    with clock.at(NOW + timedelta(minutes=11)):
        assert moment() != first
        second = moment()
    with clock.at(NOW + timedelta(minutes=12)):
        walks.filed(past_county.people, complainant_phone="13900000999", employer_name="刚立案厂")
        assert moment() != second, "something was done: the kept numbers are no longer true"
        assert "刚立案厂" in text_of(client, f"/lead/cases/?what=filed&since={NOW:%Y-%m-%d}")


def test_the_weekly_report_is_one_landscape_page(past_county: County) -> None:
    response = past_county.client("leader").get(f"{REPORT}pdf/")
    paper = pypdf.PdfReader(io.BytesIO(response.content))
    box = paper.pages[0].mediabox
    assert len(paper.pages) == 1 and box.width > box.height and "周报" in paper.pages[0].extract_text()
    assert past_county.client("lead").get(f"{REPORT}pdf/").status_code == 403
    assert past_county.client("leader").get(f"{REPORT}doc/").status_code == 404


def test_a_supervision_order_and_its_answer_stand_beside_the_late_case(past_county: County) -> None:
    client = past_county.client("leader")
    html = text_of(client, "/lead/cases/")
    assert "督办待答复" in html and "/actions/supervise/" in html
    case = Inspection.objects.filter(state="expired").first()
    assert case is not None
    with clock.at(NOW + timedelta(hours=1)):
        perform(case, "answer_supervision", by=past_county.people.lead, inputs={"answer": "周大成一案正在报请移送。"})
        html = text_of(client, "/lead/cases/")
    assert "督办已答复" in html and "周大成" not in html
    assert "/actions/supervise/" not in text_of(past_county.client("squad_leader"), BOARD), "only a leader orders it"


def test_ten_thousand_cases_render_whole_with_the_same_queries(past_county: County) -> None:
    client = past_county.client("leader")

    def asked() -> tuple[int, str]:
        with CaptureQueriesContext(connection) as caught:
            html = text_of(client, BOARD)
        return len(caught.captured_queries), html

    asked()
    with clock.at(NOW + timedelta(minutes=20)):
        before, _html = asked()
    building.crowd(10_000)
    with clock.at(NOW + timedelta(minutes=40)):
        after, html = asked()
    assert after == before <= 32
    found = re.search(r'figure-value" href="/lead/cases/">([\d,]+)<', html)
    assert found and int(found[1].replace(",", "")) > 10_000
    assert "</html>" in html and html.count("<a ") < 400


def test_a_season_counts_its_weeks_back_from_the_festival() -> None:
    assert spring_festival(2026) == date(2026, 2, 17) and spring_festival(2027) == date(2027, 2, 6)
    days = {date(2026, 2, 17) - timedelta(days=n): 3 for n in range(1, 140)}
    days |= {date(2027, 2, 6) - timedelta(days=n): 6 for n in range(60, 130)}
    days[date(2026, 1, 20)] = 40
    found = season(days, date(2026, 11, 23))
    assert found.days_left == 75 and found.weeks[0].first <= date(2026, 10, 1) < found.weeks[0].last
    assert [w.before for w in found.compared] == [21] * 4 and [w.count for w in found.compared] == [42] * 4
    assert found.projected is not None
    week, count = found.projected
    assert week.first_before <= date(2026, 1, 20) <= week.last_before and count == 2 * (21 + 37)
    assert found.peak is not None and found.weeks[found.peak[0]].before == 58
    assert all(w.count is None for w in found.weeks if w.first > date(2026, 11, 23))
    quiet = season({}, date(2026, 6, 1))
    assert quiet.projected is None and quiet.peak is None and quiet.compared == ()
