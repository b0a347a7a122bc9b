"""Every page at no case, one, sixty and ten thousand, and a case that holds three hundred workers and two hundred
entries: it opens, stays light, shows one page of rows and asks the database no more often.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from tests import walks
from tests.casedesk.web import county as building
from tests.casedesk.web.county import NOW, START, WORK, County
from tests.casedesk.web.test_pages import OPEN_TO, queries
from tests.casedesk.web.test_weight import STAFF_BYTES, STAFF_REQUESTS, weight
from workflows import clock
from workflows.casefile.case import Case
from workflows.casefile.parties import Employer
from workflows.perform import perform
from workflows.reading.queue import PAGE

#: files, not pages; and the way home
NO_PAGES = ("/", "/papers/{paper}/pdf/", "/papers/{paper}/docx/", "/papers/{paper}/receipt/", "/cases/{expired}/file/",
            "/transfers/{transfer}/package/", "/transfers/{transfer}/copies/")  # fmt: skip
PAGES = {pattern: roles[0] for pattern, roles in OPEN_TO.items() if pattern not in NO_PAGES} | {
    "/cases/{expired}/uploads/": "lead",
    "/cases/{expired}/related/": "lead",
    "/audit/readings/": "auditor",
    "/audit/changes/": "auditor",
    "/workdays/": "administrator",
    "/laws/": "administrator",
    "/staff/agencies/": "administrator",
    "/staff/appointments/": "administrator",
    "/staff/routing/": "administrator",
    "/staff/channels/": "administrator",
    "/lead/cases/?late=1": "leader",
    "/me/": "lead",
}
#: what grows with the county
LISTS = (
    ("lead", WORK),
    ("lead", f"{WORK}?all=1&b=over"),
    ("squad_leader", "/cases/"),
    ("squad_leader", "/cases/?q=第1&n=1"),
    ("leader", "/lead/cases/"),
)


def light(client: Client, address: str) -> None:
    requests, size = weight(client, address)
    assert requests <= STAFF_REQUESTS and size <= STAFF_BYTES, (address, requests, size)


def test_every_page_opens_in_a_county_that_has_not_begun(empty_county: County) -> None:
    clients = {role: empty_county.client(role) for role in set(PAGES.values())}
    for pattern, role in PAGES.items():
        if "{" not in pattern:
            light(clients[role], pattern)


def _one_case() -> County:
    """One complaint, one case, one order of which nobody knows yet whether it is obeyed."""
    county = building.settled()
    with clock.at(START):
        inspection = walks.ordered(county.people)
    case = inspection.case
    county.ids |= {"expired": str(case.public_id), "paper": str(case.papers.latest("id").public_id)}
    county.ids |= {"complaint": str(case.complaints.get().public_id)}
    return county


@pytest.fixture
def one_case(database_like: Callable[..., Any]) -> Iterator[County]:
    """The county with its very first case, as somebody sees it at NOW."""
    with database_like("one case", build=_one_case) as built, clock.at(NOW):
        yield built


def test_every_page_opens_with_exactly_one_case(one_case: County) -> None:
    clients = {role: one_case.client(role) for role in set(PAGES.values())}
    looked = 0
    for pattern, role in PAGES.items():
        if set(re.findall(r"{(\w+)}", pattern)) <= one_case.ids.keys():
            light(clients[role], pattern.format(**one_case.ids))
            looked += 1
    assert looked > 25
    for role, address in LISTS[:3]:
        html = clients[role].get(address).content.decode()
        assert 'data-count="1"' in html and 'rel="next"' not in html, address
        assert html.count(f'href="/cases/{one_case["expired"]}/') >= 1, address
    board = clients["leader"].get("/lead/cases/").content.decode()
    assert board.count("<tr>") == 2, "its head and the case"
    html = clients["lead"].get(f"/cases/{one_case['expired']}/?l=work&all=1").content.decode()
    assert "第 1 / 1 件" in html and 'rel="prev"' not in html and 'rel="next"' not in html


def test_every_page_opens_with_sixty_cases_and_stays_light(county: County) -> None:
    building.crowd(60)
    clients = {role: county.client(role) for role in set(PAGES.values())}
    for pattern, role in PAGES.items():
        light(clients[role], pattern.format(**county.ids))


def test_lists_of_ten_thousand_cases_show_one_page_and_ask_no_more(county: County) -> None:
    building.crowd(60)
    clients = {role: county.client(role) for role, _address in LISTS}
    before = [queries(clients[role], address) for role, address in LISTS]
    building.crowd(10_000)
    assert [queries(clients[role], address) for role, address in LISTS] == before
    for role, address in LISTS:
        html = clients[role].get(address).content.decode()
        rows = html.count("<tr") - html.count("<thead")
        assert 0 < rows <= PAGE and 'rel="next"' in html and "</html>" in html, (address, rows)
        light(clients[role], address)
    found = re.search(r'data-count="([\d,]+)"', clients["squad_leader"].get("/cases/").content.decode())
    assert found and int(found[1].replace(",", "")) > 10_000


def test_a_case_of_three_hundred_workers_and_two_hundred_entries_is_one_readable_page(county: County) -> None:
    case = Case.objects.get(public_id=county["established"])
    client, address = county.client("lead"), f"/cases/{case.public_id}/?l=work"
    inputs = {"kind": "internal", "text": "记录一次走访，老板不在。"}
    perform(case.inspection, "note", by=county.people.lead, inputs=inputs)
    before, heads = queries(client, address), case.workers.count()
    long = "中铁" * 28 + "渑池县分公司"
    Employer.objects.filter(pk=case.employer_id).update(name=long)
    building.heap_up(case, 300, 200)
    assert queries(client, address) == before <= 24
    html = client.get(address).content.decode()
    assert long in html and "1370000" not in html and f"合计 {heads + 300} 人" in html
    assert len(re.findall(r"<[a-z]", html)) <= 1500, "section 10: the page of a long case is no longer than another"
    light(client, address)
    left = re.findall(r'<a href="(\?[^"#]*all=1)#(?:timeline|ledger)">', html)
    assert len(left) == 2 and "l=work" in left[0], "what is left out is said, and one press away"
    html = client.get(f"/cases/{case.public_id}/{left[0].replace('&amp;', '&')}").content.decode()
    assert html.count("老板不在") == 201 and "𠮷300𬭚" in html and "没有显示" not in html


@pytest.mark.parametrize("role", ["lead", "squad_leader"])
def test_an_empty_list_says_what_was_looked_for_and_gives_the_way_out(empty_county: County, role: str) -> None:
    address = WORK if role == "lead" else "/cases/"
    client = empty_county.client(role)
    html = client.get(f"{address}?q=没有这家").content.decode()
    assert "没有这家" in html and "清除条件" in html
    assert "当前条件" not in client.get(address).content.decode()
