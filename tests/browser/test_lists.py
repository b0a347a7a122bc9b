"""The inspector's queue under a real browser's hands: keys, filters, addresses, several rows, nothing without need."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests import walks
from tests.browser.conftest import Moment, entered
from tests.casedesk.web import county as building
from tests.casedesk.web.county import PASSWORD, WORK, County

WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture
def county(database_like: Callable[..., Any], moment: Moment) -> Iterator[County]:
    moment.now = building.NOW
    with database_like("busy county", build=building.busy) as built:
        yield built


@pytest.fixture
def sign_in(browser: Any, county: County, live_address: str) -> Iterator[Callable[..., Any]]:
    """A page of somebody signed in; `more` are the options of its context."""
    opened = []

    def enter(account: str, **more: Any) -> Any:
        opened.append(entered(browser, live_address, account, PASSWORD, **more))
        return opened[-1]

    yield enter
    for page in opened:
        page.context.close()


def test_keys_walk_tick_open_and_can_be_switched_off(
    county: County, live_address: str, sign_in: Any, watched: Any
) -> None:
    page = watched(sign_in("squad_leader"), live_address)
    page.goto(f"{live_address}/cases/")
    due = page.locator("tbody tr .chip").evaluate_all("chips => chips.map(c => c.className)")
    ranks = [next(n for n, k in enumerate(("over", "today", "soon", "ok", "hold", "none")) if k in c) for c in due]
    assert ranks == sorted(ranks), "the nearest legal date first, what has none last"

    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.locator("tbody tr.cursor")).to_have_count(1)
    expect(page.locator("tbody tr").nth(0)).to_have_class(re.compile("cursor"))
    page.keyboard.press("x")
    expect(page.locator("input[name=row]:checked")).to_have_count(1)
    expect(page.locator(".bulk-bar")).to_be_visible()
    expect(page.locator(".bulk-bar")).to_contain_text("已选 1 件")
    number = page.locator("tbody tr.cursor a.case-link").inner_text()
    page.keyboard.press("a")
    page.wait_for_url("**/bulk/**")
    expect(page.locator("h1")).to_contain_text("转派：1 件")
    expect(page.locator("table")).to_contain_text(number)

    page.goto(f"{live_address}/cases/")
    page.keyboard.press("/")
    expect(page.locator("[name=q]:focus")).to_have_count(1)
    page.keyboard.type("jkx")
    expect(page.locator("[name=q]:focus")).to_have_value("jkx")
    assert page.locator("tbody tr.cursor").count() == 0 and page.locator("input[name=row]:checked").count() == 0
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Shift+?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("j")
    expect(page.locator("tbody tr.cursor")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/*/?l=cases")
    expect(page.locator(".stepping")).to_contain_text("第 1 /")

    page.goto(f"{live_address}/me/")
    page.uncheck("input[name=single_keys]")
    with page.expect_navigation():
        page.click("button.primary")
    page.goto(f"{live_address}/cases/")
    for key in ("j", "x", "a", "/", "?"):
        page.keyboard.press(key)
    assert page.locator("tbody tr.cursor").count() == 0 and not page.locator("#keys").is_visible()
    assert page.url.endswith("/cases/") and page.evaluate("document.activeElement.tagName") == "BODY"


def test_filters_change_list_counts_and_address_together_and_back_brings_them_back(
    county: County, live_address: str, sign_in: Any, watched: Any
) -> None:
    page = watched(sign_in("squad_leader"), live_address)
    page.goto(f"{live_address}/cases/")
    whole = page.locator("tbody tr").count()
    page.click("#buckets a >> nth=0")
    page.wait_for_url("**b=over**")
    over = int(page.locator("#buckets a strong").nth(0).inner_text())
    expect(page.locator("tbody tr")).to_have_count(over)
    page.go_back()
    expect(page.locator("tbody tr")).to_have_count(whole)
    page.select_option("select[name=stage]", "调查核实")
    page.wait_for_url("**stage=**")
    page.wait_for_selector("#chosen .chosen")
    narrowed = page.locator("tbody tr").count()
    assert 0 < narrowed < whole
    expect(page.locator("#buckets a strong").nth(5)).to_have_text(str(narrowed))
    page.fill(".filter-text", "南关")
    page.wait_for_url("**q=**")
    page.wait_for_selector("#chosen .chosen >> nth=1")
    assert page.evaluate("document.activeElement.className").startswith("input filter-text"), "typing goes on"
    page.reload()
    expect(page.locator(".filter-text")).to_have_value("南关")
    expect(page.locator("#chosen .chosen")).to_have_count(2)
    page.fill(".filter-text", "查无此人")
    page.wait_for_selector(".empty")
    expect(page.locator(".empty")).to_contain_text("当前条件")
    page.click(".empty a")
    expect(page.locator("tbody tr")).to_have_count(whole)
    page.select_option("select[name=n]", "2")
    page.wait_for_selector("#chosen .chosen")
    page.click("#chosen summary")
    page.fill("#keep-name", "小班组")
    with page.expect_navigation():
        page.click("#chosen .menu-form button")
    assert "n=2" in page.url
    page.click("#chosen summary")
    expect(page.locator("#chosen .menu-item", has_text="小班组")).to_have_count(1)


def test_new_cases_are_announced_and_the_rows_stay(
    county: County, live_address: str, sign_in: Any, watched: Any, moment: Moment
) -> None:
    page = watched(sign_in("lead"), live_address)
    page.goto(live_address + WORK)
    before = page.locator("tbody").inner_text()
    address = page.get_attribute("#news", "hx-get")
    assert address
    moment.pass_days(1)
    walks.investigating(county.people, complainant_phone="13911110077")
    page.evaluate("address => htmx.ajax('GET', address, {target: '#news', swap: 'innerHTML'})", address)
    expect(page.locator(".news-link")).to_contain_text("有 1 件新案件")
    assert page.locator("tbody").inner_text() == before


def test_lists_work_without_a_script(county: County, live_address: str, sign_in: Any) -> None:
    page = sign_in("squad_leader", java_script_enabled=False)
    page.goto(f"{live_address}/cases/")
    page.click("#buckets a >> nth=0")
    page.wait_for_url("**b=over**")
    page.goto(f"{live_address}/cases/")
    page.select_option("select[name=stage]", "责令支付")
    page.click(".filter-form noscript button, .filter-form button")
    page.wait_for_url("**stage=**")
    expect(page.locator("#chosen .chosen")).to_have_count(1)
    page.check("tbody input[name=row] >> nth=0")
    page.click(".bulk-bar button[value=assign]")
    expect(page.locator("h1")).to_contain_text("转派：1 件")


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["1440", "390"])
def test_lists_and_their_pages_have_no_fault_axe_can_see_and_no_sideways_scroll(
    county: County, live_address: str, sign_in: Any, watched: Any, size: dict[str, int]
) -> None:
    page = watched(sign_in("squad_leader", viewport=size), live_address)
    for address in ("/cases/", "/cases/?q=查无", "/me/", f"/cases/{county['expired']}/?l=cases"):
        page.goto(live_address + address)
        found = Axe().run(page).response["violations"]
        assert found == [], (address, [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found])
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, address


def test_a_staff_page_makes_few_requests(county: County, live_address: str, sign_in: Any) -> None:
    page = sign_in("squad_leader")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if not request.url.startswith("data:") else None)
    page.goto(f"{live_address}/cases/", wait_until="networkidle")
    assert len(asked) <= 6, asked
