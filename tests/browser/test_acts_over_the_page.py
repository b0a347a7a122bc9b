"""An act opens over its case, and nobody's change costs anybody his words (section 11, checks 20 and 21)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Moment
from tests.casedesk.web import county as building
from tests.casedesk.web.county import NOW, County
from workflows import clock
from workflows.models import Inspection
from workflows.perform import perform

pytestmark = pytest.mark.browser


@pytest.fixture
def county(database_like: Callable[..., Any], moment: Moment) -> Iterator[County]:
    """The busy county, at its moment."""
    moment.now = NOW
    with database_like("busy county in a browser", build=building.busy) as built:
        yield built


def test_an_act_opens_over_the_page_and_keeps_what_was_typed_when_somebody_else_acts(
    county: County, browser: Browser, live_address: str, watched: Callable[[Any, str], Page]
) -> None:
    context = browser.new_context(locale="zh-CN", base_url=live_address, viewport={"width": 1440, "height": 900})
    session = county.client("lead").cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_address}])
    page = watched(context.new_page(), live_address)
    page.goto(f"/cases/{county['established']}/")
    case, dialog = page.url, page.locator("dialog.act-dialog")

    link = page.get_by_role("link", name="责令限期支付", exact=True).first
    link.click()
    expect(dialog).to_be_visible()
    expect(dialog.get_by_text("将启动")).to_be_visible()
    page.wait_for_url("**/actions/order_payment/")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page).to_have_url(case)

    link.click()
    dialog.locator("[name=addressee_reason]").fill("总包未按月足额支付，理由写了很久")
    dialog.locator("[name=pay_by]").fill("2026-10-20")
    inspection = Inspection.objects.get(public_id=county["established_inspection"])
    with clock.at(NOW):  # a colleague notes something on the same case meanwhile
        perform(inspection, "note", by=county.people.lead, inputs={"kind": "phone", "text": "已电话联系"})
    dialog.locator("button[data-key=F9]").click()
    expect(page.get_by_text("您填写的内容都还在")).to_be_visible()
    expect(page.locator("[name=addressee_reason]")).to_have_value("总包未按月足额支付，理由写了很久")
    page.locator("button[data-key=F9]").click()
    expect(page.locator(".callout.success")).to_contain_text("已提交审批")
    context.close()


def test_what_is_typed_into_the_box_is_there_again_on_another_machine(
    county: County, browser: Browser, live_address: str, watched: Callable[[Any, str], Page]
) -> None:
    for typed in ("", "对方承诺周五前"):
        context = browser.new_context(locale="zh-CN", base_url=live_address, viewport={"width": 390, "height": 844})
        session = county.client("lead").cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_address}])
        page = watched(context.new_page(), live_address)
        page.goto(f"/cases/{county['established']}/")
        box = page.locator("#note-text")
        expect(box).to_have_value(typed)
        if not typed:
            with page.expect_response("**/typed/**"):
                box.fill("对方承诺周五前")
                box.blur()
        context.close()
