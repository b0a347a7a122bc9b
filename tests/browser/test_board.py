"""The leaders' board in a real browser: on screen, by keyboard and on one sheet of paper."""

from __future__ import annotations

import io
from typing import Any

import pypdf
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.test_lists import PHONE, WIDE, county, sign_in
from tests.casedesk.web import county as building
from tests.casedesk.web.county import County

__all__ = ["county", "sign_in"]


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["1440", "390"])
def test_the_board_has_no_fault_axe_can_see_and_no_sideways_scroll(
    county: County, live_address: str, sign_in: Any, watched: Any, size: dict[str, int]
) -> None:
    page = watched(sign_in("leader", viewport=size), live_address)
    for address in ("/lead/", "/lead/?agency=hrss", "/lead/cases/?late=1&due=1"):
        page.goto(live_address + address)
        found = Axe().run(page).response["violations"]
        assert found == [], (address, [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found])
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, address


def test_the_scope_changes_the_whole_board_and_a_number_opens_its_list(
    county: County, live_address: str, sign_in: Any, watched: Any
) -> None:
    page = watched(sign_in("leader"), live_address)
    page.goto(f"{live_address}/lead/")
    whole = int(page.locator(".figure-value").first.inner_text())
    page.select_option("select[name=agency]", "housing")
    page.wait_for_url("**agency=housing**")
    page.wait_for_selector("h1:has-text('住房')")
    part = int(page.locator(".figure-value").first.inner_text())
    assert 0 < part < whole
    page.locator(".figure-value").first.click()
    page.wait_for_url("**/lead/cases/**")
    expect(page.locator("tbody tr")).to_have_count(part)


def test_the_board_of_a_busy_county_prints_on_one_landscape_sheet_and_nothing_is_cut(
    county: County, live_address: str, sign_in: Any
) -> None:
    building.crowd(400)
    page = sign_in("leader")
    page.goto(f"{live_address}/lead/")
    paper = pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    box = paper.pages[0].mediabox
    assert len(paper.pages) == 1 and (round(box.width), round(box.height)) == (842, 595)
    page.set_viewport_size({"width": 1047, "height": 718})  # 277 by 190 mm: the sheet within its margins
    page.emulate_media(media="print")
    cut = page.locator(".board-grid > .card").evaluate_all(
        "cards => cards.flatMap(card => [...card.querySelectorAll('td, th')].filter(cell => cell.offsetWidth &&"
        " cell.getBoundingClientRect().right > card.getBoundingClientRect().right + 1).map(cell => cell.textContent))"
    )
    assert cut == []
