"""Every page for every role: who may open what, how many queries it takes.

And that nothing personal stands in the open.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import walks
from tests.casedesk.web.county import NOW, WORK, County
from workflows import clock

LANDINGS = {
    "operator": "/intake/",
    "receptionist": "/coord/",
    "lead": WORK,
    "squad_leader": "/approvals/",
    "bureau_head": "/approvals/",
    "principal_head": "/approvals/",
    "legal_reviewer": "/cases/",
    "housing": "/inbox/",
    "police": "/police/",
    "prosecutor": "/police/",
    "leader": "/lead/",
    "auditor": "/audit/",
    "administrator": "/staff/",
}
BUREAU = ("lead", "squad_leader", "bureau_head", "principal_head")
OPEN_TO = {
    "/intake/": ("operator", "receptionist", "lead"),
    "/complaints/": ("operator", "receptionist", *BUREAU),
    "/complaints/{complaint}/": ("operator", *BUREAU),
    "/waiting/": ("lead", "squad_leader"),
    WORK: ("lead",),
    "/cases/": (*BUREAU, "legal_reviewer"),
    "/cases/{expired}/": BUREAU,
    "/cases/{expired}/sharing/": BUREAU,
    "/operations/": ("administrator", "squad_leader"),
    "/audit/uses/": ("auditor",),
    "/approvals/": BUREAU,
    "/police/": (*BUREAU, "police", "prosecutor"),
    "/transfers/{transfer}/": (*BUREAU, "police", "prosecutor"),
    "/transfers/{reported}/": BUREAU,
    "/coord/": ("receptionist", "lead", "squad_leader"),
    "/receptions/{visit}/": ("receptionist", *BUREAU),
    "/papers/{paper}/": BUREAU,
    "/papers/{paper}/pdf/": BUREAU,
    "/papers/{paper}/docx/": BUREAU,
    "/papers/{paper}/receipt/": BUREAU,
    "/cases/{expired}/file/": BUREAU,
    "/transfers/{transfer}/package/": (*BUREAU, "police"),
    "/transfers/{transfer}/copies/": (*BUREAU, "police", "prosecutor"),
    "/lead/": ("leader", "squad_leader", "bureau_head", "principal_head"),
    "/lead/cases/": ("leader", "squad_leader", "bureau_head", "principal_head"),
    "/audit/": ("auditor",),
    "/campaigns/": (*BUREAU, "leader", "auditor"),
    "/campaigns/{campaign}/": (*BUREAU, "leader", "auditor"),
    "/campaigns/{campaign}/change/": ("squad_leader", "bureau_head"),
    "/campaigns/entries/{entry}/": (*BUREAU, "leader", "auditor"),
    "/staff/": ("administrator",),
    "/inbox/": tuple(LANDINGS),
    "/": tuple(LANDINGS),
}
#: further pages, walked by the tests that look at every page
MORE = {
    "/complaints/{complaint}/": ("operator", "squad_leader"),
    "/inspection/{established_inspection}/actions/order_payment/": ("lead",),
    "/inspection/{established_inspection}/actions/record_interview/": ("lead",),
    "/joint/{visit}/actions/sign/": ("receptionist",),
    "/receptions/{visit}/print/": ("receptionist",),
    "/coord/{visit_day}/": ("receptionist",),
    "/cases/{expired}/related/": ("lead",),
    "/audit/readings/": ("auditor",),
    "/audit/changes/": ("auditor",),
    "/audit/chain/": ("auditor",),
    "/staff/new/": ("administrator",),
    "/staff/{person}/": ("administrator",),
    "/staff/appointments/": ("administrator",),
    "/staff/agencies/": ("administrator",),
    "/staff/routing/": ("administrator",),
    "/staff/templates/": ("administrator",),
    "/workdays/": ("administrator", "legal_reviewer"),
    "/me/password/": ("operator",),
}
PHONE = re.compile(r"1390000010\d")


@pytest.mark.parametrize("role", LANDINGS)
def test_everybody_lands_on_his_first_page(county: County, role: str) -> None:
    client = county.client(role)
    response = client.get("/")
    assert response.headers["Location"] == LANDINGS[role]
    landed = client.get(LANDINGS[role])
    assert landed.status_code == 200
    assert landed.headers["Cache-Control"].startswith("no-store")


def test_each_page_opens_for_those_it_is_for_and_for_nobody_else(county: County) -> None:
    for role in LANDINGS:
        client = county.client(role)
        for pattern, roles in OPEN_TO.items():
            response = client.get(pattern.format(**county.ids))
            wanted = (200, 302) if role in roles else (403, 404)
            assert response.status_code in wanted, (role, pattern, response.status_code)
            assert "no-store" in response.headers["Cache-Control"], (role, pattern)
            if response["Content-Type"].startswith("text/"):
                assert not PHONE.search(response.content.decode()), (role, pattern)
                assert "style=" not in response.content.decode()
            response.close()  # a package comes out of a file of its own


@pytest.mark.parametrize(
    ("role", "pattern"),
    [
        ("police", "/cases/{expired}/"),
        ("police", "/transfers/{reported}/"),
        ("prosecutor", "/cases/{expired}/"),
        ("housing", "/cases/{established}/"),
        ("housing", "/complaints/{complaint}/"),
        ("leader", "/cases/{expired}/"),
        ("auditor", "/cases/{expired}/"),
        ("administrator", "/complaints/{complaint}/"),
        ("operator", "/cases/{expired}/"),
        ("operator", "/papers/{paper}/"),
    ],
)
def test_what_somebody_may_not_see_is_not_found(county: County, role: str, pattern: str) -> None:
    assert county.client(role).get(pattern.format(**county.ids)).status_code == 404


def test_nobody_comes_in_unsigned(county: County) -> None:
    for pattern in OPEN_TO:
        response = Client().get(pattern.format(**county.ids))
        assert response.status_code == 302 and response.headers["Location"].startswith("/sign-in/")


def test_a_case_is_found_by_its_number_too(county: County) -> None:
    response = county.client("lead").get(f"/cases/{county['expired_number']}/")
    assert response.status_code == 200 and "远岗" in response.content.decode()


def test_the_informant_stands_on_no_page(county: County) -> None:
    html = county.client("squad_leader").get(f"/complaints/{county['informant']}/").content.decode()
    assert "不可见" not in html and "举报人" in html


def test_the_leader_sees_no_complainant(county: County) -> None:
    client = county.client("leader")
    html = client.get("/lead/").content.decode() + client.get("/lead/cases/").content.decode()
    for name in ("周大成", "吴小满", "郑有才", "林大河", "林小川"):
        assert name not in html
    assert "/cases/0" not in html, "no link to a page he may not open"


def test_every_number_of_the_board_equals_its_list(county: County) -> None:
    client = county.client("leader")
    html = client.get("/lead/").content.decode()
    for link, number in re.findall(r'<a href="(/lead/cases/\?[^"]+)">(\d+)</a>', html):
        listed = client.get(link.replace("&amp;", "&")).content.decode()
        assert max(0, listed.count("<tr>") - 1) == int(number), link


# --- queries ---------------------------------------------------------------------------------------------------------


def queries(client: Client, address: str) -> int:
    """How many statements a page takes, the middleware's among them."""
    client.get(address)
    with CaptureQueriesContext(connection) as caught:
        assert client.get(address).status_code == 200
    return len(statements(caught))


def statements(caught: CaptureQueriesContext) -> list[str]:
    """What was asked of the database: the transaction's own words apart, and the rules that a process reads again
    every few seconds.
    """
    said = [q["sql"] for q in caught.captured_queries]
    return [s for s in said if s not in ("BEGIN", "COMMIT", "ROLLBACK") and 'FROM "workflows_limitrule"' not in s]


@pytest.mark.parametrize(
    ("role", "pattern", "most"),
    [
        ("lead", WORK, 8),
        ("squad_leader", "/cases/", 8),
        ("squad_leader", "/waiting/", 10),
        ("operator", "/complaints/", 10),
        ("police", "/police/", 10),
        ("leader", "/lead/", 14),
        ("lead", "/cases/{expired}/", 17),
        ("squad_leader", "/complaints/{complaint}/", 23),
        ("police", "/transfers/{transfer}/", 22),
    ],
)
def test_a_page_takes_the_same_few_queries_however_many_cases_there_are(
    county: County, role: str, pattern: str, most: int
) -> None:
    client, address = county.client(role), pattern.format(**county.ids)
    before = queries(client, address)
    assert before <= most
    with clock.at(NOW - timedelta(hours=1)):
        for n in range(4):
            walks.investigating(county.people, complainant_phone=f"1391111{n:04}", employer_name=f"渑池县新增{n}厂")
            walks.registered(county.people, complainant_phone=f"1392222{n:04}", employer_name=f"渑池县新增{n}店")
    assert queries(client, address) == before


def test_the_queue_counts_what_it_lists(county: County) -> None:
    client = county.client("lead")
    for bucket in ("over", "today", "soon", "approval", "returned", "mine"):
        html = client.get(f"{WORK}?b={bucket}&all=1").content.decode()
        listed = len(re.findall(r'class="case-link" href="/cases/', html))
        shown = re.search(r'data-count="(\d+)"', html)
        assert shown and int(shown[1]) == listed, bucket


def test_pages_follow_by_keyset_without_gap_or_repetition(empty_county: County) -> None:
    with clock.at(NOW - timedelta(hours=1)):
        for n in range(28):
            walks.registered(empty_county.people, complainant_phone=f"1393333{n:04}", employer_name=f"渑池县第{n}店")
    client = empty_county.client("squad_leader")
    first = client.get("/waiting/").content.decode()
    following = re.search(r'href="(\?[^"]*after=[^"]+)"', first)
    assert following
    second = client.get("/waiting/" + following[1].replace("&amp;", "&")).content.decode()
    links: Any = [set(re.findall(r'href="(/complaints/[^"?]+)"', html)) for html in (first, second)]
    assert [len(found) for found in links] == [25, 3] and not links[0] & links[1]
