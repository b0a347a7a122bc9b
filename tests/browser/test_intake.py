"""The call and the complainant's phone in a real browser: section 11 of the screens, checks 1–10, 31–35, 47."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.sessions.models import Session
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect

from casedesk.drafts import FormDraft
from tests import walks
from tests.browser.conftest import Moment, entered
from tests.casedesk.web import county as building
from tests.casedesk.web.county import PASSWORD, County
from workflows.casefile.complaint import Complaint
from workflows.models import Event

pytestmark = pytest.mark.browser
STORY = "五月进场，七月底完工，工资没有结清。"


class Wire:
    """The line between one page and the server; it can be cut.

    Laid before the page loads: Chromium tells an open page of an interception by another road than its keys, and a
    key pressed meanwhile would send its request past it.
    """

    def __init__(self) -> None:
        self.lose_next_answer = self.keep_no_draft = False

    def lay(self, page: Page) -> None:
        page.route(re.compile(r"/intake/(\?.*)?$"), self._register)
        page.route("**/intake/draft/", self._draft)

    def _register(self, route: Route) -> None:
        if self.lose_next_answer:
            self.lose_next_answer = False
            route.fetch()  # the server has it
            route.abort()
        else:
            route.continue_()

    def _draft(self, route: Route) -> None:
        if self.keep_no_draft:
            route.abort()
        else:
            route.continue_()


@pytest.fixture
def county(database_like: Callable[..., Any], moment: Moment) -> Iterator[County]:
    """People and accounts; nothing has happened yet."""
    with database_like("empty county in a browser", build=building.settled) as built:
        yield built


@pytest.fixture
def desk(
    county: County, browser: Browser, live_address: str, watched: Callable[[Any, str], Page]
) -> Iterator[Callable[..., Page]]:
    """`desk()`: a tab of the operator's browser at the intake page; all tabs share the session."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, locale="zh-CN", timezone_id="Asia/Shanghai", base_url=live_address
    )
    session = county.client("operator").cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_address}])

    def tab(*, quiet: bool = True, wire: Wire | None = None) -> Page:
        page = watched(context.new_page(), live_address) if quiet else context.new_page()
        if wire:
            wire.lay(page)
        page.goto("/intake/")
        return page

    yield tab
    context.close()


def accessible(page: Page) -> list[str]:
    """What axe finds at 1440 and at 390 px, and what does not fit."""
    wrong = []
    for width, height in ((1440, 900), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        wrong += [
            f"{width}: {found['id']} {[node['target'] for node in found['nodes']][:4]}"
            for found in Axe().run(page).response["violations"]
        ]
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            wrong.append(f"too wide at {width}")
    page.set_viewport_size({"width": 1440, "height": 900})
    return wrong


def kept(page: Page) -> None:
    """The draft stands on the server."""
    expect(page.locator("[data-draft-state]")).to_contain_text("草稿已自动保存", timeout=15_000)


def test_a_visit_stands_on_one_screen_too(county: County, browser: Browser, live_address: str, watched: Any) -> None:
    """The reception desk's variant: nothing of it under the bar, and the departments open without breaking the line."""
    page = watched(entered(browser, live_address, "receptionist", PASSWORD), live_address)
    page.goto(f"{live_address}/intake/")
    expect(page.get_by_role("heading", name="登记来访")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollHeight <= 900"), "a whole visit on one screen"
    line, bar = page.locator(".visit-line").bounding_box(), page.locator(".sticky-bar").bounding_box()
    assert line["y"] + line["height"] <= bar["y"]
    assert accessible(page) == []
    page.get_by_text("选择接访部门").click()
    expect(page.get_by_label("渑池县公安局", exact=True)).to_be_visible()
    assert accessible(page) == []
    page.context.close()


def test_a_call_of_three_workers_is_logged_by_keyboard_alone(
    county: County, desk: Callable[..., Page], browser: Browser, live_address: str, watched: Any
) -> None:
    walks.filed(county.people, complainant_phone="13911110001", employer_name="渑池县响泉砖瓦厂")
    page = desk()
    assert page.evaluate("document.documentElement.scrollHeight <= 900"), "a whole call on one screen"
    presses = 0

    def press(*keys: str) -> None:
        nonlocal presses
        for key in keys:
            page.keyboard.press(key)
            presses += 1

    def cell(column: str, row: int) -> Any:
        return page.locator(f"[name='lines-{row}-{column}']")

    press("F2")
    page.keyboard.type("13808264417")
    expect(page.locator("[name=complainant_phone]")).to_have_value("138 0826 4417")
    press("Tab")
    page.keyboard.type("周成林")
    press("Tab")
    page.keyboard.type("411221198306052210")
    expect(page.locator("#id-warning")).to_be_visible()
    press("Tab", "Tab", "Tab")
    # an employer by its initials: the panel answers, the focus stays where it is
    page.keyboard.type("xqzw")
    expect(page.locator("#id_employer_name-names [role=option]").first).to_contain_text("响泉砖瓦厂")
    press("ArrowDown", "Enter")
    expect(page.locator("#lookup")).to_contain_text("同一用人单位")
    expect(page.locator("[name=employer_name]")).to_be_focused()
    page.locator("[name='lines-0-worker_name']").focus()
    # rows out of a sheet
    sheet = "周成林\t钢筋工\t6\t202607\t320\t日\t52\t\t4000\n周成山\t钢筋工\t2026-06\t2026/7\t320\t天\t50\t\t4,000"
    page.evaluate(
        """text => { const data = new DataTransfer(); data.setData('text/plain', text);
        document.activeElement.dispatchEvent(
          new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true})); }""",
        sheet,
    )
    expect(cell("period_from", 0)).to_have_value("2026-06")
    expect(cell("claimed", 1)).to_have_value("12000")
    expect(page.locator("[data-sum-of=claimed]")).to_have_text("24,640")
    expect(page.locator("[data-total-words]")).to_have_text("贰万肆仟陆佰肆拾元整")
    # the third by hand; a candidate chosen with Enter adds and sends nothing
    rows = page.locator("[data-wages] tbody tr")
    cell("claimed", 1).focus()
    press("Enter")
    page.keyboard.type("冯二毛")
    expect(cell("rate", 2)).to_have_value("320")
    before = rows.count()
    for composing in ("{key:'Enter', isComposing:true}", "{key:'Enter', keyCode:229}"):
        page.evaluate(
            f"""document.activeElement.dispatchEvent(
            new KeyboardEvent('keydown', Object.assign({composing}, {{bubbles: true, cancelable: true}})))"""
        )
    page.locator("[name=complainant_name]").press("Enter")
    assert rows.count() == before and "/intake/" in page.url and Complaint.objects.count() == 1
    cell("quantity", 2).focus()
    page.keyboard.type("55")
    press("Tab", "Tab")
    page.keyboard.type("99999")
    expect(page.locator("#wages-wrong")).to_contain_text("第 3 行")
    press("Control+A")
    page.keyboard.type("5500")
    expect(page.locator("[data-sum-of=claimed]")).to_have_text("36,740")
    # a row deleted comes back
    page.locator("[data-wages] .row-remove").nth(2).click()
    expect(page.locator("[data-sum-of=claimed]")).to_have_text("24,640")
    page.get_by_role("button", name="撤销").click()
    expect(page.locator("[data-sum-of=claimed]")).to_have_text("36,740")
    press("F4")
    expect(rows).to_have_count(before + 1)
    press("F8")
    expect(page.locator("aside:focus")).to_have_count(1)
    page.locator("[name=violation_facts]").focus()
    page.keyboard.type("/")
    press("Enter")
    expect(page.locator("[name=violation_facts]")).to_have_value(re.compile("口头约定日薪"))
    assert accessible(page) == []
    press("F9")
    code = page.locator(".receipt-code")
    expect(code).to_have_text(re.compile(r"^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]$"))
    assert presses <= 90 and not FormDraft.objects.exists()
    complaint = Complaint.objects.get(complainant_name="周成林")
    assert complaint.complainant_phone == "13808264417" and str(complaint.amount_claimed) == "36740.00"
    assert accessible(page) == []
    spoken = code.inner_text()
    page.keyboard.press("F2")
    page.wait_for_url("**/intake/")

    # and on the complainant's phone, without script, at 320 px
    context = browser.new_context(
        java_script_enabled=False, base_url=live_address, locale="zh-CN", viewport={"width": 320, "height": 640}
    )
    phone = watched(context.new_page(), live_address)
    phone.goto("/p/")
    wrong = []
    for second in ("0000", "0001"):
        phone.get_by_label("回执码").fill(spoken.lower())
        phone.get_by_label("手机号后四位").fill(second)
        with phone.expect_navigation():
            phone.get_by_role("button", name="查询").click()
        wrong.append(phone.get_by_role("alert").inner_text())
    phone.get_by_label("回执码").fill("7K4M-92QF-3")
    with phone.expect_navigation():
        phone.get_by_role("button", name="查询").click()
    assert {phone.get_by_role("alert").inner_text()} == set(wrong)
    phone.get_by_label("回执码").fill(spoken.replace("-", " "))
    phone.get_by_label("手机号后四位").fill("4417")
    phone.get_by_role("button", name="查询").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("已登记，正在审查是否受理")
    html = phone.content()
    assert not any(said in html for said in ("周成林", "13808264417", "4417", "响泉", "36740", "36,740", spoken))
    for button in phone.locator("button, a.button").all():
        box = button.bounding_box()
        assert box is not None and box["height"] >= 44, button.inner_text()
    photo = io.BytesIO()
    Image.new("RGB", (64, 48), "white").save(photo, "PNG")
    phone.locator("input[type=file]").set_input_files(
        {"name": "IMG_1.png", "mimeType": "image/png", "buffer": photo.getvalue()}
    )
    phone.get_by_role("button", name="上传").click()
    expect(phone.get_by_text("已收到您补交的材料")).to_be_visible()
    phone.get_by_role("button", name="大字版").click()
    expect(phone.locator("html")).to_have_class("big")
    phone.get_by_role("button", name="English").click()
    expect(phone.locator("html[lang=en].big")).to_have_count(1)
    for width in (320, 390):
        phone.set_viewport_size({"width": width, "height": 640})
        assert phone.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
    context = browser.new_context(base_url=live_address, locale="zh-CN")
    phone = watched(context.new_page(), live_address)
    phone.goto("/p/")
    assert accessible(phone) == []
    phone.get_by_label("回执码").fill(spoken)
    phone.get_by_label("手机号后四位").fill("4417")
    with phone.expect_navigation():
        phone.get_by_role("button", name="查询").click()
    assert accessible(phone) == []
    context.close()


def test_the_same_caller_gets_a_chase_and_no_second_case(county: County, desk: Callable[..., Page]) -> None:
    walks.filed(county.people, complainant_phone="13911110001")
    page = desk()
    page.locator("[name=complainant_phone]").press_sequentially("13911110001")
    expect(page.locator("#lookup .callout.stop")).to_contain_text("同一来电人")
    page.locator("[name=complainant_name]").fill("林大河")
    page.locator("[name=violation_facts]").fill("问什么时候发钱。")
    page.keyboard.press("F9")
    dialog = page.get_by_role("dialog", name="仍要新建？")
    expect(dialog).to_be_visible()
    assert accessible(page) == []
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("F9")
    dialog.get_by_role("button", name="登记为催办").click()
    expect(page.locator(".messages")).to_contain_text("没有新建投诉")
    assert Complaint.objects.count() == 1 and Event.objects.filter(act="chase").count() == 1
    # a consultation in two keys
    page.keyboard.press("Control+Enter")
    page.keyboard.press("2")
    expect(page.locator(".messages")).to_contain_text("五个工作日内决定是否受理")
    assert Complaint.objects.get(anonymous=True).intake.state == "answered"


def test_nothing_typed_is_lost_to_a_dead_server_a_reload_or_an_ended_session(
    county: County, desk: Callable[..., Page], live_address: str
) -> None:
    wire, other_wire = Wire(), Wire()
    first, second = desk(quiet=False, wire=wire), desk(quiet=False, wire=other_wire)
    for page, name in ((first, "第一通"), (second, "第二通")):
        page.locator("[name=complainant_phone]").press_sequentially("13922220001" if page is first else "13922220002")
        page.locator("[name=complainant_name]").fill(name)
        page.locator("[name='lines-0-worker_name']").fill("工友甲")
        page.locator("[name='lines-0-claimed']").fill("3000")
        page.locator("[name=complainant_name]").focus()
        kept(page)
    for page, name in ((first, "第一通"), (second, "第二通")):
        page.reload()
        expect(page.locator("[name=complainant_name]")).to_have_value(name)
        expect(page.locator("[name='lines-0-claimed']")).to_have_value("3000")
    assert FormDraft.objects.count() == 2 and Complaint.objects.count() == 0
    # as final it lacks the story: the summary has the focus and leads to the field
    first.keyboard.press("F9")
    expect(first.locator(".error-summary")).to_be_focused()
    first.locator(".error-summary a").first.click()
    expect(first.locator("[name=violation_facts]")).to_be_focused()
    first.keyboard.type(STORY)

    # the server is there, its answer is not: one complaint, the text stands, the retry shows the receipt
    wire.lose_next_answer = True
    first.keyboard.press("F9")
    expect(first.locator("#draft-trouble")).to_contain_text(re.compile("没有保存成功，内容还在本页|已经提交"))
    expect(first.locator("[name=violation_facts]")).to_have_value(STORY)
    first.locator("[data-key=F9]").click()
    expect(first.locator(".receipt-code")).to_be_visible()
    assert Complaint.objects.count() == 1

    # nothing gets through for a while: the text stands, the retry keeps it
    other_wire.keep_no_draft = True
    second.locator("[name=violation_facts]").fill(STORY)
    second.locator("[name=complainant_name]").focus()
    expect(second.locator("#draft-trouble")).to_be_visible(timeout=15_000)
    other_wire.keep_no_draft = False
    second.locator("[data-retry]").dispatch_event("click")  # the page tries by itself too and may hide the button
    expect(second.locator("#draft-trouble")).to_be_hidden()

    # the session ends while he types; he signs in in another tab and goes on
    Session.objects.all().delete()
    second.locator("[name=violation_facts]").press_sequentially("又说了一句。")
    second.locator("[name=complainant_name]").focus()
    expect(second.locator("#draft-trouble")).to_contain_text("登录已过期", timeout=15_000)
    expect(second.locator("[name=violation_facts]")).to_have_value(re.compile("又说了一句"))
    with second.context.expect_page() as opened:
        second.get_by_role("link", name="重新登录").click()
    login = opened.value
    login.get_by_label("账号").fill("operator")
    login.get_by_label("密码").fill(PASSWORD)
    login.get_by_role("button", name="登录").click()
    login.wait_for_url("**/intake/")
    second.bring_to_front()
    second.locator("[data-retry]").dispatch_event("click")  # the page tries by itself too and may hide the button
    expect(second.locator("#draft-trouble")).to_be_hidden()
    second.keyboard.press("F9")
    expect(second.locator(".receipt-code")).to_be_visible()
    assert Complaint.objects.filter(complainant_name="第二通").count() == 1 and not FormDraft.objects.exists()
