"""The queue: counts equal lists under any filter, stepping, lists kept, several cases at once, each with its answer."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import openpyxl
import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casedesk.models import Reading, User
from casedesk.web import bulk
from notifications.models import Notice
from tests import walks
from tests.casedesk.web import county as building
from tests.casedesk.web.county import NOW, WORK, County
from tests.casedesk.web.test_pages import queries
from workflows import clock
from workflows.casefile.case import Assignment
from workflows.models import AgencyTask, Case, Event
from workflows.perform import perform
from workflows.procedures.inspection import Inspection

LIST = "/cases/"
HOSTILE = '=HYPERLINK("//x","a")厂'


def many() -> County:
    """The busy county and twenty-eight more cases: sizes, people, days of filing."""
    county = building.busy()
    for n in range(28):
        with clock.at(NOW - timedelta(days=60 - n, hours=n)):
            lines = [
                {"worker_name": f"工人{n}之{i}", "claimed": str(900 * (n + 1)), "months": "2"}
                for i in range(n % 12 + 1)
            ]
            employer = HOSTILE if n == 3 else f"渑池县第{n}建材厂"
            name = {"complainant_name": f"来电人{n}", "employer_name": employer, "complainant_phone": f"1394444{n:04}"}
            if n % 3:
                walks.investigating(county.people, lines=lines, **name)
            else:
                walks.filed(county.people, lines=lines, **name)
    return county


@pytest.fixture
def full_county(database_like: Callable[..., Any]) -> Iterator[County]:
    with database_like("county of a full list", build=many) as built, clock.at(NOW):
        yield built


def shown(html: str) -> list[str]:
    """The case numbers a list shows, in their order."""
    return re.findall(r'class="case-link" href="/cases/[^"]+">([^<]+)<', html)


def pages(client: Client, address: str) -> list[str]:
    """The case numbers of a whole list, page after page."""
    found: list[str] = []
    while address:
        html = client.get(address).content.decode()
        found += shown(html)
        following = re.search(r'href="(\?[^"]*after=[^"]+)" rel="next"', html)
        address = LIST + following[1].replace("&amp;", "&") if following else ""
    return found


def test_under_any_filter_the_buckets_count_what_their_lists_show(full_county: County) -> None:
    client = full_county.client("squad_leader")

    @settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
    @given(
        st.fixed_dictionaries(
            {
                "q": st.sampled_from(["", "第1", "建材", "%", "_", "查无"]),
                "stage": st.sampled_from(["", "调查核实", "受理立案", "责令支付", "胡说"]),
                "amt": st.sampled_from(["", "1", "2", "3", "4", "9"]),
                "n": st.sampled_from(["", "1", "2", "3", "4"]),
            }
        ),
        st.sampled_from(["over", "today", "soon", "approval", "returned", ""]),
    )
    def agree(asked: dict[str, str], bucket: str) -> None:
        html = client.get(LIST, asked).content.decode()
        nav = html[html.index('id="buckets"') : html.index("</nav>", html.index('id="buckets"'))]
        counts = [int(n) for n in re.findall(r"<strong>(\d+)</strong>", nav)]
        links = [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]*)"', nav)]
        place = ("over", "today", "soon", "approval", "returned", "").index(bucket)
        listed = pages(client, LIST + links[place])
        assert len(listed) == counts[place] and len(set(listed)) == len(listed)

    agree()


def test_a_case_page_steps_through_the_list_it_was_opened_from(full_county: County) -> None:
    client = full_county.client("squad_leader")
    asked = "?" + urlencode({"stage": "调查核实"})
    numbers = pages(client, LIST + asked)
    first = client.get(LIST + asked).content.decode()
    link = re.search(r'class="case-link" href="([^"]+)"', first)
    assert link
    address, walked = link[1].replace("&amp;", "&"), []
    while address:
        html = client.get(address).content.decode()
        walked += re.findall(r"<title>[^<]*?(渑\S+号) ", html)
        assert f"第 {len(walked)} / {len(numbers)} 件" in html
        following = re.search(r'href="([^"]+)" rel="next"', html)
        address = following[1].replace("&amp;", "&") if following else ""
    assert walked == numbers and len(walked) > 15
    assert f'href="{LIST}{asked}"' in html.replace("&amp;", "&"), "the way back keeps the filters"


def test_a_case_that_left_the_list_says_so_and_the_way_back_stays(full_county: County) -> None:
    html = (
        full_county.client("squad_leader").get(f"/cases/{full_county['expired']}/?l=cases&q=查无此案").content.decode()
    )
    assert "本案已不在刚才的列表中" in html


def test_one_case_and_sixty_cases_take_the_same_queries(full_county: County) -> None:
    squad, lead = full_county.client("squad_leader"), full_county.client("lead")
    case = Case.objects.get(public_id=full_county["expired"])
    addresses = [(lead, WORK), (lead, WORK + "?all=1"), (squad, LIST), (squad, f"/cases/{case.public_id}/?l=cases")]
    before = [queries(client, address) for client, address in addresses]
    with clock.at(NOW - timedelta(hours=2)):
        for n in range(30):
            walks.investigating(full_county.people, complainant_phone=f"1395555{n:04}", employer_name=f"又一厂{n}")
    after = [queries(client, address) for client, address in addresses]
    assert before == after and max(after[:3]) <= 10 and after[3] <= 19, after


# --- lists kept, preferences -----------------------------------------------------------------------------------------


def test_a_list_is_kept_under_a_name_for_its_owner_and_only_if_it_is_a_list_of_ours(full_county: County) -> None:
    lead, second = full_county.client("lead"), full_county.client("second")
    address = f"{WORK}?b=over&amt=4"
    assert lead.post("/me/lists/", {"name": "大额超期", "address": address}).headers["Location"] == address
    assert "大额超期" in lead.get(WORK).content.decode() and "大额超期" not in second.get(WORK).content.decode()
    for wrong in ("https://elsewhere.example/work/", "//elsewhere.example/work/", "/audit/", ""):
        assert lead.post("/me/lists/", {"name": "坏", "address": wrong}).status_code == 422
    assert lead.post("/me/lists/", {"name": " ", "address": WORK}).status_code == 422
    for n in range(11):
        lead.post("/me/lists/", {"name": f"第{n}个", "address": WORK})
    assert lead.post("/me/lists/", {"name": "太多", "address": WORK}).status_code == 422
    lead.post("/me/lists/", {"name": "大额超期", "address": address, "forget": "1"})
    assert len(User.objects.get(username="lead").saved_lists) == 11


def test_keys_density_and_language_are_the_users_own(full_county: County) -> None:
    lead = full_county.client("lead")
    assert 'data-single-keys="off"' not in lead.get(WORK).content.decode()
    assert lead.post("/me/", {"language": "zh-hans", "dense": "on"}).status_code == 302
    html = lead.get(WORK).content.decode()
    assert 'data-single-keys="off"' in html and '<body class="dense"' in html
    assert lead.post("/me/", {"language": "tlh"}).status_code == 422
    assert 'data-single-keys="off"' not in full_county.client("second").get(WORK).content.decode()


def test_new_cases_are_announced_and_the_list_does_not_move(full_county: County) -> None:
    lead = full_county.client("lead")
    html = lead.get(WORK).content.decode()
    news = re.search(r'hx-get="(/lists/work/news/[^"]+)"', html)
    assert news
    address = news[1].replace("&amp;", "&")
    assert lead.get(address).status_code == 204
    with clock.at(NOW + timedelta(minutes=5)):
        for n in range(2):
            walks.investigating(full_county.people, complainant_phone=f"1396666{n:04}", employer_name=f"新到厂{n}")
        assert "有 2 件新案件，点此刷新" in lead.get(address).content.decode()
    assert lead.get("/lists/work/news/?since=nonsense").status_code == 204


# --- several at once -------------------------------------------------------------------------------------------------


def chosen(county: County, *states: str) -> list[Inspection]:
    return [Inspection.objects.filter(state=state).select_related("case").order_by("-id")[0] for state in states]


def test_reassigning_several_names_the_set_first_and_answers_for_each(full_county: County) -> None:
    squad, people = full_county.client("squad_leader"), full_county.people
    waiting, working = chosen(full_county, "filed", "investigating")
    gone = Inspection.objects.get(case__public_id=full_county["requested"])
    rows = [str(i.case.public_id) for i in (waiting, working, gone)]
    before = squad.post("/lists/cases/bulk/", {"do": "assign", "row": rows}).content.decode()
    assert "转派：3 件" in before and all(i.case.number in before for i in (waiting, working, gone))
    key = re.search(r'name="key" value="([^"]+)"', before)
    assert key
    sent = {
        "do": "assign", "row": rows, "confirm": "1", "key": key[1],
        "lead": people.id("third"), "others": [people.id("second")],
    }  # fmt: skip
    assert squad.post("/lists/cases/bulk/", sent | {"others": [people.id("third")]}).status_code == 422
    walks.closed(people, walks.ordered(people, days=9, complainant_phone="13977770000", employer_name="旁案厂"))
    with clock.at(NOW + timedelta(minutes=1)):
        perform(gone, "request_recusal", by=people.lead, inputs={"officer": people.id("lead"), "reason": "亲属"})
        after = squad.post("/lists/cases/bulk/", sent).content.decode()
        again = squad.post("/lists/cases/bulk/", sent).content.decode()
    assert "已指派" in after and "已改派" in after and f"{waiting.case.number}" in after
    assert again.count("刚才已经办理，没有重复") >= 2
    leads = Assignment.objects.filter(case__in=[waiting.case, working.case], lead=True, to_at=None)
    assert {a.officer.name for a in leads} == {"监察丙"}


def named(html: str) -> dict[str, Any]:
    """What the page that names the set carries: its rows, its questions, its key."""
    values = {name: re.findall(rf'name="{name}" value="([^"]+)"', html) for name in ("row", "task", "key")}
    return {"do": "chase", "confirm": "1", **values, "key": values["key"][0]}


def chases(case: Case) -> list[str]:
    """The agencies that were chased on a case, in the order of the record."""
    acts = Event.objects.filter(case=case, act="chase_agency").order_by("seq")
    return [Notice.objects.get(event_ref=str(e.public_id)).recipient_agency for e in acts]


def test_chasing_several_chases_what_was_named_and_says_of_each_row_why_not(full_county: County) -> None:
    """One case whose question is chased; one where of two questions one is answered after the naming, and a third is
    asked; one without a question; one of other inspectors; one that nobody may see."""
    people, lead = full_county.people, full_county.client("lead")

    def ask(inspection: Inspection, agency: str, by: str = "lead") -> None:
        inputs = {"agency": agency, "question": f"请{agency}核实。", "due_on": "2026-10-15"}
        perform(inspection, "ask_agency", by=getattr(people, by), inputs=inputs)

    mine = [
        walks.investigating(people, complainant_phone=f"1397777{n:04}", employer_name=f"催办厂{n}") for n in range(4)
    ]
    one, two, without, others = mine
    ask(one, "housing")
    ask(two, "housing")
    ask(two, "transport")
    inputs = {"lead": people.id("third"), "others": [people.id("second")]}
    perform(others, "reassign", by=people.squad_leader, inputs=inputs)
    ask(others, "housing", by="third")
    rows = [str(i.case.public_id) for i in mine] + [str(uuid4())]
    before = lead.post("/lists/cases/bulk/", {"do": "chase", "row": rows}).content.decode()
    assert "催办协查：4 件" in before, "what is not there is not named"
    sent = named(before)
    assert sorted(sent["row"]) == sorted(rows[:4]) and len(sent["task"]) == 4
    assert "没有待答复的协查" in before and before.count("待渑池县住房和城乡建设局") == 3

    refused = lead.post("/lists/cases/bulk/", sent | {"reason": "  "})
    assert refused.status_code == 422 and "请写明催办说明" in refused.content.decode()
    assert named(refused.content.decode())["task"] == sent["task"], "the set outlives a refusal"
    assert not Event.objects.filter(act="chase_agency").exists()

    answered = AgencyTask.objects.get(case=two.case, agency__code="transport")
    inputs = {"task": str(answered.public_id), "answer": "已核实。"}
    perform(two, "answer_agency", by=people.transport, inputs=inputs)
    ask(two, "police")
    sent["reason"] = "已过约定日期，请尽快答复。"
    after = re.sub(r"\s+", " ", lead.post("/lists/cases/bulk/", sent).content.decode())
    assert "4 件中办成 2 件" in after
    assert chases(one.case) == ["housing"] == chases(two.case), (
        "neither the answered nor the new one, which nobody named"
    )
    assert chases(without.case) == [] == chases(others.case)
    told = {i.case.number: words for i in mine for words in re.findall(rf"{i.case.number}</a>(.*?)</tr>", after)}
    assert "已催办：渑池县住房和城乡建设局" in told[one.case.number] and "没有待答复的协查" in told[without.case.number]
    assert "承办" in told[others.case.number], "why not: it is the assigned inspectors' act"
    again = lead.post("/lists/cases/bulk/", sent).content.decode()
    assert again.count("刚才已经办理，没有重复") == 2 and chases(one.case) == ["housing"]
    assert Notice.objects.filter(kind="ASSISTANCE_CHASED").count() == 2


def test_one_refused_question_of_a_case_holds_up_no_other_and_a_second_press_does_the_rest(full_county: County) -> None:
    people, lead = full_county.people, full_county.client("lead")
    inspection = walks.investigating(people, complainant_phone="13978880001", employer_name="催办二厂")
    for agency in ("housing", "transport"):
        inputs = {"agency": agency, "question": "请核实。", "due_on": "2026-10-15"}
        perform(inspection, "ask_agency", by=people.lead, inputs=inputs)
    sent = named(
        lead.post("/lists/cases/bulk/", {"do": "chase", "row": str(inspection.case.public_id)}).content.decode()
    )
    sent["reason"] = "请尽快答复。"
    half = sent | {"task": sent["task"][:1]}
    lead.post("/lists/cases/bulk/", half)
    assert chases(inspection.case) == ["housing"]
    after = lead.post("/lists/cases/bulk/", sent).content.decode()
    assert chases(inspection.case) == ["housing", "transport"], "the first is not chased twice, the second is"
    assert "1 件中办成 1 件" in after


def test_a_set_has_its_limit_and_who_may_not_chase_chases_nothing(
    full_county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [str(i.case.public_id) for i in Inspection.objects.select_related("case").order_by("id")[:4]]
    monkeypatch.setattr(bulk, "LONGEST", 3)
    lead = full_county.client("lead")
    refused = lead.post("/lists/cases/bulk/", {"do": "chase", "row": rows})
    assert refused.status_code == 422 and "一次最多 3 件" in refused.content.decode()
    assert "催办协查：3 件" in lead.post("/lists/cases/bulk/", {"do": "chase", "row": rows[:3]}).content.decode()
    assert "没有选中案件" in lead.post("/lists/cases/bulk/", {"do": "chase"}).content.decode(), "never the whole list"
    for role, address in (("squad_leader", "cases"), ("leader", "cases"), ("housing", "work")):
        sent = {"do": "chase", "row": rows[:1], "confirm": "1", "reason": "请答复。"}
        assert full_county.client(role).post(f"/lists/{address}/bulk/", sent).status_code == 403, role


def test_who_may_not_assign_one_case_may_not_assign_several(full_county: County) -> None:
    row = str(chosen(full_county, "investigating")[0].case.public_id)
    sent = {"do": "assign", "row": row, "confirm": "1", "lead": full_county.people.id("third")}
    assert full_county.client("lead").post("/lists/work/bulk/", sent).status_code == 403
    assert full_county.client("police").post("/lists/cases/bulk/", {"do": "export", "row": row}).status_code == 403


def test_an_export_holds_exactly_the_list_and_no_formula(full_county: County) -> None:
    squad = full_county.client("squad_leader")
    address = "/lists/cases/bulk/?" + urlencode({"stage": "受理立案"})
    before = squad.post(address, {"do": "export"}).content.decode()
    rows = re.findall(r'name="row" value="([^"]+)"', before)
    assert f"导出 {len(rows)} 件" in before and "全部案件" in before
    answer = squad.post(address, {"do": "export", "confirm": "1", "row": rows})
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    table = list(sheet.iter_rows(min_row=2))
    assert [row[2].value for row in table] == pages(squad, LIST + "?" + urlencode({"stage": "受理立案"}))
    assert all(cell.data_type != "f" for row in table for cell in row)
    assert any(row[5].value == HOSTILE for row in table)
    assert not re.search(r"139\d{8}", str([[cell.value for cell in row] for row in table]))
    assert Reading.objects.filter(what="export").count() == len(rows), "each case taken away is on the access log"


def test_a_printed_list_names_what_was_ticked(full_county: County) -> None:
    squad = full_county.client("squad_leader")
    ticked = [i.case for i in chosen(full_county, "investigating", "filed")]
    sent = {"do": "print", "confirm": "1", "row": [str(c.public_id) for c in ticked]}
    html = squad.post("/lists/cases/bulk/", sent).content.decode()
    assert "案件清单：2 件" in html and all(c.number in html for c in ticked)


def test_nothing_ticked_and_nonsense_ticked_do_nothing(full_county: County) -> None:
    squad = full_county.client("squad_leader")
    for rows in ([], ["nonsense"]):
        html = squad.post("/lists/cases/bulk/", {"do": "assign", "row": rows, "confirm": "1"}).content.decode()
        assert "没有选中案件" in html
    assert squad.post("/lists/cases/bulk/", {"do": "delete"}).status_code == 422
    assert squad.get("/lists/cases/bulk/").status_code == 405
