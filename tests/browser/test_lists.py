"""The inspector's queue under a real browser's hands: keys, filters, addresses, several rows, nothing without need."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import Moment
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
        context = browser.new_context(**{"viewport": WIDE, "locale": "zh-CN", "timezone_id": "Asia/Shanghai", **more})
        opened.append(context)
        page = context.new_page()
        page.goto(f"{live_address}/sign-in/")
        page.fill("input[name=username]", account)
        page.fill("input[name=password]", PASSWORD)
        page.click("#sign-in button.primary")
        page.wait_for_url(lambda url: "sign-in" not in url)
        return page

    yield enter
    for context in opened:
        context.close()


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
    assert page.locator("tbody tr.cursor").count() == 1
    assert "cursor" in page.locator("tbody tr").nth(0).get_attribute("class")
    page.keyboard.press("x")
    assert page.locator("input[name=row]:checked").count() == 1
    assert page.locator(".bulk-bar").is_visible() and "已选 1 件" in page.locator(".bulk-bar").inner_text()
    number = page.locator("tbody tr.cursor a.case-link").inner_text()
    page.keyboard.press("a")
    page.wait_for_url("**/bulk/**")
    assert "转派：1 件" in page.locator("h1").inner_text() and number in page.locator("table").inner_text()

    page.goto(f"{live_address}/cases/")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.type("jkx")
    assert page.locator("tbody tr.cursor").count() == 0 and page.locator("input[name=row]:checked").count() == 0
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Shift+?")
    assert page.locator("#keys").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/*/?l=cases")
    assert "第 1 /" in page.locator(".stepping").inner_text()

    page.goto(f"{live_address}/me/")
    page.uncheck("input[name=single_keys]")
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
    assert page.locator("tbody tr").count() == over
    page.go_back()
    assert page.locator("tbody tr").count() == whole
    page.select_option("select[name=stage]", "调查核实")
    page.wait_for_url("**stage=**")
    page.wait_for_selector("#chosen .chosen")
    narrowed = page.locator("tbody tr").count()
    assert 0 < narrowed < whole and int(page.locator("#buckets a strong").nth(5).inner_text()) == narrowed
    page.fill(".filter-text", "南关")
    page.wait_for_url("**q=**")
    page.wait_for_selector("#chosen .chosen >> nth=1")
    assert page.evaluate("document.activeElement.className").startswith("input filter-text"), "typing goes on"
    page.reload()
    assert page.input_value(".filter-text") == "南关" and page.locator("#chosen .chosen").count() == 2
    page.fill(".filter-text", "查无此人")
    page.wait_for_selector(".empty")
    assert "当前条件" in page.locator(".empty").inner_text()
    page.click(".empty a")
    assert page.locator("tbody tr").count() == whole
    page.select_option("select[name=n]", "2")
    page.wait_for_selector("#chosen .chosen")
    page.click("#chosen summary")
    page.fill("#keep-name", "小班组")
    page.click("#chosen .menu-form button")
    page.wait_for_load_state()
    assert "n=2" in page.url
    page.click("#chosen summary")
    assert page.locator("#chosen .menu-item", has_text="小班组").count() == 1


def test_new_cases_are_announced_and_the_rows_stay(
    county: County, live_address: str, sign_in: Any, watched: Any, moment: Moment
) -> None:
    page = watched(sign_in("lead"), live_address)
    page.goto(live_address + WORK)
    before = page.locator("tbody").inner_text()
    address = page.get_attribute("#news", "hx-get")
    page.route("**/news/**", lambda route: route.fulfill(body='<a class="news-link" href="?">有 1 件新案件</a>'))
    assert address
    page.evaluate("address => htmx.ajax('GET', address, {target: '#news', swap: 'innerHTML'})", address)
    page.wait_for_selector(".news-link")
    assert page.locator("tbody").inner_text() == before


def test_lists_work_without_a_script(county: County, live_address: str, sign_in: Any) -> None:
    page = sign_in("squad_leader", java_script_enabled=False)
    page.goto(f"{live_address}/cases/")
    page.click("#buckets a >> nth=0")
    assert "b=over" in page.url
    page.goto(f"{live_address}/cases/")
    page.select_option("select[name=stage]", "责令支付")
    page.click(".filter-form noscript button, .filter-form button")
    assert "stage=" in page.url and page.locator("#chosen .chosen").count() == 1
    page.check("tbody input[name=row] >> nth=0")
    page.click(".bulk-bar button[value=assign]")
    assert "转派：1 件" in page.locator("h1").inner_text()


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
