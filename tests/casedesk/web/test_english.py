"""The desk in English: nothing of it in Chinese but data, and data marked as Chinese (check 44; WCAG 3.1.2)."""

from __future__ import annotations

import ast
import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext

from casedesk.english.catalogue import CATALOGUE, CHINESE, REPOSITORY, merged, sought
from casedesk.english.page import in_english
from casedesk.english.po import read_po
from casedesk.english.reader import plain
from casedesk.models import User
from casedesk.web.matters import to_do
from tests import walks
from tests.casedesk.web.county import PASSWORD, WORK, County
from tests.casedesk.web.spoken import heard, left_in_chinese
from tests.casedesk.web.test_pages import LANDINGS, MORE, OPEN_TO
from workflows.models import JointReception
from workflows.perform import perform

NAMED = re.compile(r'href="(/[^"?#]+/(?:actions/[a-z_]+|why|proof|related|receipt|imports/[a-z_]+)/)[?"]')
#: words of the sources that somebody of the county typed too
DATA = {"有能力支付而不支付"}


def english(county: County, role: str) -> Client:
    client = county.client(role)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


def words_of_the_sources() -> set[str]:
    """Every Chinese literal there is in our sources, translated or not, without its punctuation."""
    found: set[str] = set()
    for package in ("casedesk", "workflows", "notifications"):
        for path in (REPOSITORY / package).rglob("*.py"):
            if not {"demo", "migrations", "api"} & set(path.parts):
                tree = ast.walk(ast.parse(path.read_text()))
                found |= {
                    n.value.strip("，；：（） ")
                    for n in tree
                    if isinstance(n, ast.Constant) and isinstance(n.value, str)
                }
    return {words for words in found if CHINESE.search(words) and len(words) > 1 and "《" not in words} - DATA


def wrong_on(html: str, ours: set[str]) -> list[tuple[str, str]]:
    """Chinese that is not marked, and what is marked as data but is a word of ours that nobody translated."""
    return left_in_chinese(html) + [("marked as data", words) for words in heard(html).marked if words in ours]


@pytest.mark.parametrize("role", [role for role in LANDINGS if role != "bureau_head"])  # sees what principal_head sees
def test_no_page_of_a_role_says_anything_in_chinese_but_data(county: County, role: str) -> None:
    visit = JointReception.objects.get(public_id=county["visit"])
    ids = county.ids | {
        "visit_day": str(visit.reception_day.public_id), "person": str(county.people.officers["lead"].public_id),
    }  # fmt: skip
    client, ours, seen, wrong = english(county, role), words_of_the_sources(), set(), []
    waiting = [a.format(**ids) for a, roles in {**OPEN_TO, **MORE}.items() if role in roles and a != "/"]
    while waiting:
        address = waiting.pop()
        if address in seen:
            continue
        seen.add(address)
        answer = client.get(address)
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            html = answer.content.decode()
            assert '<html lang="en"' in html
            wrong += [(address, *one) for one in wrong_on(html, ours)]
            waiting += NAMED.findall(html)
        answer.close()  # a file that nobody reads
    assert wrong == [], "\n".join(map(str, wrong))


def test_refusals_are_said_in_english_too(county: County) -> None:
    """An empty form at every act the handler is offered, and what he may not see or do."""
    client, ours, wrong, refused = english(county, "lead"), words_of_the_sources(), [], set()
    acts = NAMED.findall(client.get(f"/cases/{county['established']}/").content.decode())
    acts += NAMED.findall(client.get(f"/cases/{county['expired']}/").content.decode())
    for address in [a for a in dict.fromkeys(acts) if "/actions/" in a] + ["/cases/none/", "/staff/", "/audit/"]:
        answer = client.post(address, {}) if "/actions/" in address else client.get(address)
        refused.add(answer.status_code)
        if answer["Content-Type"].startswith("text/html") and answer.status_code != 302:
            wrong += [(address, *one) for one in wrong_on(answer.content.decode(), ours)]
    assert wrong == [], "\n".join(map(str, wrong))
    assert refused >= {422, 403, 404}


def test_the_complainants_page_is_english_whole(county: County) -> None:
    done = perform(None, "log", by=county.people.operator, inputs=walks.CALL)
    client, ours = Client(), words_of_the_sources()
    client.post("/p/", {"language": "en"})
    pages = [client.get("/p/"), client.post("/p/", {"code": "7K4M-92QF-3", "second": "0000"})]
    pages.append(client.post("/p/", {"code": done.told["receipt_code"], "second": "0001"}))
    assert [page.status_code for page in pages] == [200, 422, 200]
    wrong = [one for page in pages for one in wrong_on(page.content.decode(), ours)]
    assert wrong == []
    assert b"Mianchi County" in pages[-1].content


def test_the_language_goes_with_the_account_to_another_machine(county: County) -> None:
    first, second = county.client("lead"), Client()
    first.post("/language/", {"language": "en", "next": WORK})
    second.post("/sign-in/", {"username": "lead", "password": PASSWORD})
    assert '<html lang="en"' in second.get(WORK).content.decode()
    second.post("/language/", {"language": "zh-hans", "next": WORK})
    first.post("/sign-out/")
    first.post("/sign-in/", {"username": "lead", "password": PASSWORD})
    assert '<html lang="zh-CN"' in first.get(WORK).content.decode()
    assert User.objects.get(username="lead").language == "zh-hans"


# --- how it is read --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chinese", "said"),
    [
        ("受理审查期限", "Acceptance review"),
        ("受理审查期限 5个工作日", "Acceptance review 5 working days"),
        ("办结期限（河南） 30日", "Closing of the case (Henan) 30 days"),
        ("停止 立案告知期限（河南）（按期）", "Stopped Notice of filing (Henan) (On time)"),
        (
            "还有 2 笔尚欠 8,400.00 元；尚未集体讨论（DEC-06）",
            "2 lines with 8,400.00 yuan still owed; Not discussed collectively yet (DEC-06)",
        ),
        ("自然日连续计算；届满日国庆节放假，顺延", "calendar days in a row; last day: National Day holiday, moves on"),
        ("《限期改正指令书》", '"Rectification order"'),
        ("姓名：周大成", "Name: 周大成"),
        ("单位住所：黄河路 18 号", "Employer's address: 黄河路 18 号"),
        ("周大成", "周大成"),
        ("张三超期", "张三超期"),  # a name before a word of ours is no sentence of ours
        ("对方称工资表在总包处", "对方称工资表在总包处"),
        ("案件调查报告 渑人社监报〔2026〕10号", "Investigation report 渑人社监报〔2026〕10号"),
        ("2026年9月4日", "2026-09-04"),
        ("欠薪金额：36590", "Amount owed: 36590"),  # a label that is shown without its remark
        ("2年", "2 years"),
        ("2026年", "2026年"),
    ],
)  # fmt: skip
def test_a_text_is_read_whole_by_blanks_or_by_its_parts(chinese: str, said: str) -> None:
    assert plain(chinese) == said


def test_what_an_officer_wrote_is_not_said_half_in_english() -> None:
    assert plain("决定内容：支付工资，并加付赔偿金。") == "Decision: 支付工资，并加付赔偿金。"
    assert plain("要求提供的材料：劳动合同、考勤表。") == "Papers required: 劳动合同、考勤表。"
    assert plain("热线、来信") == "Hotline, Letter"


def test_a_sentence_is_not_cut_at_a_seam_of_its_own() -> None:
    above, now = (
        "未达数额标准：单名劳动者3个月以上且8,000.00元以上，或者10名以上劳动者累计40,000.00元以上",
        "现有2名劳动者，累计11,656.50元",
    )
    assert plain(f"Missing: {above}；{now}") == (
        "Missing: Below the threshold: one worker 3 months or more and 8,000.00 yuan or more, or 10 workers or more and"
        " 40,000.00 yuan or more in all; here 2 workers, 11,656.50 yuan in all"
    )


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("<p>1 people</p>", "<p>1 person</p>"),
        ("<p>1 working days overdue</p>", "<p>1 working day overdue</p>"),
        ("<p>(1 entries)</p>", "<p>(1 entry)</p>"),
        ("<p>21 people, 0.1 days, 1,001 rows</p>", "<p>21 people, 0.1 days, 1,001 rows</p>"),
        ("<p>超期 1个工作日</p>", "<p>Overdue 1 working day</p>"),
        ("<p>at least 10个工作日</p>", "<p>at least 10 working days</p>"),
        ('<a aria-label="Late: 1 cases" title="1 人">x</a>', '<a aria-label="Late: 1 case" title="1 person">x</a>'),
        ("<textarea>1 people</textarea>", "<textarea>1 people</textarea>"),
    ],
)  # fmt: skip
def test_words_stand_apart_and_one_is_one(page: str, said: str) -> None:
    with translation.override("en"):
        assert in_english(page) == said


def test_an_act_is_told_from_the_state_it_is_named_like() -> None:
    with translation.override("en"):
        assert (to_do("结案"), plain("结案")) == ("Close the case", "Closed")
        assert to_do("查清事实") == "Establish facts"
    with translation.override("zh-hans"):
        assert to_do("结案") == "结案"


def test_what_is_to_be_typed_in_chinese_is_shown_in_chinese() -> None:
    with translation.override("en"):
        help_text = gettext("每行一天：2026-10-01 国庆节 休；调休上班写“班”。含上年十二月的日期。")
        wrong = gettext("第 {n} 行应为：日期 名称 休（或 班）").format(n=3)
        assert "国庆节 休" in help_text
        assert (plain(help_text), plain(wrong)) == (help_text, wrong)


def test_what_stays_chinese_is_marked_and_what_is_marked_stays() -> None:
    page = '<p>姓名：<b>周大成</b></p><p lang="zh-CN">已受理 <i>热线</i></p><option value="x">按月</option><td>&lt;周&gt;</td>'
    with translation.override("en"):
        assert in_english(page) == (
            '<p>Name: <b lang="zh-CN">周大成</b></p><p lang="zh-CN">已受理 <i>热线</i></p>'
            '<option value="x">By the month</option><td lang="zh-CN">&lt;周&gt;</td>'
        )


def test_what_was_typed_is_not_touched() -> None:
    typed = '<textarea name="a" title="热线">已受理</textarea><input type="hidden" value="热线"><script>"热线"</script>'
    assert in_english(typed) == typed.replace('title="热线"', 'title="Hotline"')
    assert in_english('<input value="热线">') == '<input lang="zh-CN" value="热线">'


# --- the catalogue ---------------------------------------------------------------------------------------------------


def test_the_catalogue_is_that_of_the_sources_and_complete() -> None:
    """`manage.py catalogue` writes it; what it lists as missing wants its English by --add or in the file."""
    known = read_po(CATALOGUE)
    entries: dict[str, Any] = merged(sought(), known)
    assert [chinese for chinese, entry in entries.items() if not all(entry.english)] == []
    assert list(entries) == list(known), "run manage.py catalogue"
