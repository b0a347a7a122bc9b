"""The main line in a browser: a call becomes a case, an order, a transfer, and the police take it over."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Browser, Page, expect

from notifications.outbox import deliver_due
from tests.browser.conftest import Moment
from tests.casedesk.web import county as building
from tests.casedesk.web.county import PASSWORD, WORK, County
from workflows.models import Inspection
from workflows.perform import perform
from workflows.roles import SYSTEM

pytestmark = pytest.mark.browser


@pytest.fixture
def county(database_like: Callable[..., Any], moment: Moment) -> Iterator[County]:
    """People and accounts; nothing has happened yet."""
    with database_like("empty county in a browser", build=building.settled) as built:
        yield built


@pytest.fixture
def enter(
    county: County, browser: Browser, live_address: str, watched: Callable[[Any, str], Page]
) -> Iterator[Callable[[str, str], Page]]:
    """`enter(role, address)`: a page of the person who holds a role, already signed in."""
    pages: dict[str, Page] = {}

    def go(role: str, address: str) -> Page:
        if role not in pages:
            context = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", base_url=live_address)
            session = county.client(role).cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_address}])
            pages[role] = watched(context.new_page(), live_address)
        pages[role].goto(address)
        return pages[role]

    yield go
    for page in pages.values():
        page.context.close()


def do(page: Page, act: str, verb: str = "", **fields: str) -> None:
    """Open an act by its button or menu entry, fill in its form, press its verb."""
    link = page.locator("a", has_text=re.compile(rf"^\s*{act}\s*$")).first
    expect(link).to_be_attached()  # the page before may still stand
    if not link.is_visible():
        page.locator("summary", has_text="更多").click()
    link.click()
    page.wait_for_url("**/actions/**")
    form = page.locator("form", has=page.locator(f"button[data-key='F9']:has-text('{verb or act}')"))
    for name, value in fields.items():
        control = form.locator(f"[name='{name}']").first
        kind = control.evaluate("e => e.tagName + (e.type || '')")
        if kind.startswith("SELECT"):
            control.select_option(label=value) if not value.isascii() else control.select_option(value)
        else:
            control.fill(value)
    page.locator(f"button[data-key='F9']:has-text('{verb or act}')").click()
    page.wait_for_url(re.compile(r"^(?!.*/actions/)"))


def test_a_call_travels_from_the_hotline_to_the_police(
    county: County, moment: Moment, enter: Callable[[str, str], Page], browser: Browser, live_address: str, watched: Any
) -> None:
    # the operator signs in and logs the call by keyboard
    context = browser.new_context(locale="zh-CN", base_url=live_address)
    desk = watched(context.new_page(), live_address)
    desk.goto("/")
    desk.get_by_label("账号").fill("operator")
    desk.get_by_label("密码").fill(PASSWORD)
    desk.get_by_role("button", name="登录").click()
    desk.wait_for_url("**/intake/")
    desk.keyboard.press("F2")
    desk.keyboard.type("139 0000 0301")
    desk.locator("[name=complainant_name]").fill("田来福")
    desk.locator("[name=employer_name]").fill("渑池县砥柱建材厂")
    desk.locator("[name=employed_in_county]").select_option("true")
    desk.locator("[name='lines-0-worker_name']").fill("田来福")
    desk.locator("[name='lines-0-claimed']").fill("26,000")
    desk.keyboard.press("Enter")  # the last cell of the table: a second worker
    desk.keyboard.type("田来喜")
    desk.locator("[name='lines-1-claimed']").fill("21000")
    expect(desk.locator("[data-sum-of='claimed']")).to_have_text("47,000")
    desk.get_by_text("更多信息").click()
    desk.locator("[name='arrears_from']").fill("2026-03-01")
    desk.locator("[name='arrears_to']").fill("2026-06-30")
    desk.locator("[name='violation_facts']").fill("四个月没有发工资。")
    desk.locator("[name=notice_shown]").check()
    desk.keyboard.press("F9")
    expect(desk.locator(".receipt-code")).to_have_text(re.compile(r"^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]$"))
    context.close()

    # the squad leader accepts and assigns
    leader = enter("squad_leader", "/waiting/")
    leader.get_by_role("link", name=re.compile("^投诉 ")).click()
    do(leader, "受理立案")
    expect(leader.get_by_role("heading", name="渑池县砥柱建材厂")).to_be_visible()
    case_page = leader.url
    leader.get_by_role("link", name="指派").click()
    leader.get_by_label("主办监察员").select_option(label="监察甲（豫渑监001）")
    leader.get_by_label("监察乙（豫渑监002）").check()
    leader.keyboard.press("F9")
    leader.wait_for_url(case_page)

    # the inspector establishes the facts and asks for the order; the squad leader approves it
    inspector = enter("lead", WORK)
    inspector.get_by_role("link", name=re.compile("渑人社监案")).click()
    do(inspector, "查清事实", findings="欠付工资属实。", able_to_pay="true")
    do(inspector, "责令限期支付", pay_by="2026-10-12")
    expect(inspector.get_by_text("已提交审批")).to_be_visible()
    leader = enter("squad_leader", "/approvals/")
    expect(leader.locator(".badge")).to_contain_text("1")
    leader.get_by_text("《限期改正指令书》草稿", exact=True).click()
    leader.get_by_role("button", name="同意", exact=True).click()
    expect(leader.get_by_text("没有待签批的事项")).to_be_visible()

    # served, and not paid by the day
    inspector = enter("lead", case_page)
    order = inspector.locator("#papers tr", has_text="限期改正指令书").locator("td").nth(1).inner_text()
    do(
        inspector,
        "记录送达",
        paper=f"限期改正指令书 {order}",
        place="厂办公室",
        recipient="厂长",
        proof="送达回证",
    )
    moment.pass_days(15)
    perform(Inspection.objects.get(), "expire", by=SYSTEM)

    # the transfer: proposed, reported, approved by the principal head alone, sent
    inspector = enter("lead", case_page)
    expect(inspector.get_by_text("责令期满未付").first).to_be_visible()
    do(inspector, "拟移送公安", kind="refusal_to_pay", facts="有能力支付，经责令仍不支付。")
    do(inspector, "报请移送", second_inspector="监察乙", opinion="建议移送。")
    head = enter("principal_head", "/")
    expect(head.get_by_text("经责令支付仍不支付")).to_be_visible()
    head.get_by_role("button", name="同意", exact=True).click()
    inspector.reload()
    do(inspector, "移送")
    deliver_due(limit=100)

    # the police receive and file, the bureau hands over
    police = enter("police", "/police/")
    police.get_by_role("link", name=re.compile("渑人社监刑移")).click()
    do(police, "接收", receiver="公安乙")
    expect(police.get_by_text("剩 24 小时").or_(police.get_by_text("剩 23 小时")).first).to_be_visible()
    do(police, "公安立案", number="渑公立〔2026〕1号")
    inspector.reload()
    do(inspector, "移交材料", to="公安乙", items="案卷一册")
    expect(inspector.get_by_text("材料已移交").first).to_be_visible()
    hidden = police.goto(case_page)
    assert hidden is not None and hidden.status == 404


# --- every page in a browser -----------------------------------------------------------------------------------------

PAGES = [
    ("operator", "/intake/"), ("operator", "/complaints/"), ("lead", f"{WORK}?all=1"), ("lead", "/cases/{expired}/"),
    ("squad_leader", "/complaints/{complaint}/"), ("squad_leader", "/waiting/"), ("squad_leader", "/approvals/"),
    ("principal_head", "/approvals/"), ("lead", "/inspection/{established_inspection}/actions/order_payment/"),
    ("lead", "/inspection/{established_inspection}/actions/record_payment/"), ("police", "/police/"),
    ("lead", "/inspection/{established_inspection}/actions/close/"), ("police", "/transfers/{transfer}/"),
    ("housing", "/inbox/"), ("receptionist", "/coord/"), ("receptionist", "/receptions/{visit}/"), ("leader", "/lead/"),
    ("leader", "/lead/cases/"), ("auditor", "/audit/"), ("administrator", "/staff/"), ("lead", "/papers/{paper}/"),
    ("", "/sign-in/"), ("", "/p/"),
]  # fmt: skip


def test_every_page_is_accessible_quiet_and_fits_a_phone(
    database_like: Callable[..., Any], moment: Moment, browser: Browser, request: pytest.FixtureRequest, watched: Any
) -> None:
    def busy() -> County:
        built = building.busy()
        deliver_due(limit=500)
        return built

    moment.now = building.NOW
    with database_like("busy county in a browser", build=busy) as county:
        address = request.getfixturevalue("live_address")
        wrong: list[str] = []
        sessions = {role: county.client(role).cookies[settings.SESSION_COOKIE_NAME].value for role, _ in PAGES if role}
        for role, pattern in PAGES:
            context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN", base_url=address)
            if role:
                context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": sessions[role], "url": address}])
            page = watched(context.new_page(), address)
            answer = page.goto(pattern.format(**county.ids))
            assert answer is not None and answer.status == 200, pattern
            for found in Axe().run(page).response["violations"]:
                if found["impact"] in ("serious", "critical"):
                    wrong.append(f"{pattern}: {found['id']} {[n['target'] for n in found['nodes']][:3]}")
            page.set_viewport_size({"width": 390, "height": 844})
            wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            if wide > 0:
                wrong.append(f"{pattern}: {wide} px too wide at 390")
            context.close()
        assert wrong == []


def test_without_script_lists_filter_and_acts_are_done(
    database_like: Callable[..., Any], moment: Moment, browser: Browser, request: pytest.FixtureRequest
) -> None:
    moment.now = building.NOW
    with database_like("busy county without script", build=building.busy) as county:
        address = request.getfixturevalue("live_address")
        session = county.client("lead").cookies[settings.SESSION_COOKIE_NAME].value
        context = browser.new_context(java_script_enabled=False, base_url=address, locale="zh-CN")
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": address}])
        page = context.new_page()
        page.goto(f"{WORK}?all=1&stage=调查核实")
        expect(page.locator("tbody tr")).to_have_count(2)
        page.goto(f"/inspection/{county['established_inspection']}/actions/record_interview/")
        page.locator("[name=person]").fill("韩某")
        page.locator("[name=place]").fill("项目部")
        page.locator("[name=certificates_shown]").check()
        page.get_by_role("button", name="记录询问笔录").click()
        expect(page.get_by_text("有 1 处需要改正")).to_be_visible()
        expect(page.locator("[name=person]")).to_have_value("韩某")
        page.locator("[name=said]").fill("承认欠薪。")
        page.get_by_role("button", name="记录询问笔录").click()
        expect(page.get_by_text("已办理：记录询问笔录")).to_be_visible()
        context.close()
