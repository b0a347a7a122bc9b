"""The look: pages render from plain values, keep to the content policy and the oldest browser, and write money."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory

import casedesk
from casedesk.templatetags import cd
from tests.casedesk.sample_pages import pages
from tests.casedesk.sample_parts import FRAME, HITS, OVER, IntakeInputs, refused_intake
from workflows.casefile.personal import masked

CASEDESK = Path(casedesk.__file__).parent
STYLE_SHEETS = sorted((CASEDESK / "static" / "cd").glob("*.css"))
TEMPLATES = sorted((CASEDESK / "templates").rglob("*.html"))

#: newer than Chromium 86, which the county's oldest machines run
TOO_NEW_CSS = (
    r":has\(|:is\(|:where\(|color-mix\(|oklch\(|@layer|@container|\binset\s*:|aspect-ratio|accent-color"
    r"|\d(dvh|svh|lvh)|text-wrap|&[:. ]"
)
TOO_NEW_JS = r"\.at\(|structuredClone|Object\.hasOwn|replaceChildren|\?\?=|\|\|=|&&=|popover|\.findLast|#\w+\s*="


@pytest.fixture(autouse=True)
def plain_static_names(settings) -> None:
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


def render(name: str) -> str:
    template, context = pages()[name]
    request = RequestFactory().get("/queue/")
    request.user = AnonymousUser()
    return render_to_string(template, FRAME | context, request=request)


def render_part(source: str, **context: object) -> str:
    return Template("{% load cd %}" + source).render(Context(context))


@pytest.mark.parametrize("name", sorted(pages()))
def test_every_page_renders_and_needs_no_inline_style_or_script(name: str) -> None:
    html = render(name)
    assert "<!doctype html>" in html
    assert not re.search(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:", html)
    assert "None" not in re.sub(r"<[^>]+>", "", html)
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", html), "a page asks nothing of another host"


@pytest.mark.parametrize("name", sorted(pages()))
def test_ids_on_a_page_are_unique_and_every_label_has_its_control(name: str) -> None:
    html = re.sub(r"<template>.*?</template>", "", render(name), flags=re.S)
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids)), sorted({one for one in ids if ids.count(one) > 1})
    wanted = set(re.findall(r'<label[^>]*\sfor="([^"]+)"', html))
    wanted |= {one for found in re.findall(r'aria-(?:describedby|labelledby)="([^"]+)"', html) for one in found.split()}
    assert wanted <= set(ids)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_say_what_they_need_and_mark_their_chinese_for_translation(path: Path) -> None:
    source = path.read_text()
    if path.parent.name != "templates" or path.name == "500.html":
        assert "{% comment %}" in source, "the expected context stands at the top"
    bare = re.sub(
        r"{% comment %}.*?{% endcomment %}|{% blocktranslate.*?{% endblocktranslate %}|{[%{].*?[%}]}",
        "",
        source,
        flags=re.S,
    )
    allowed = r"薪|简体中文|中文|[，。：；（）·—“”…✓]"
    assert not re.findall(r"[\u4e00-\u9fff]+", re.sub(allowed, "", bare))


@pytest.mark.parametrize("path", STYLE_SHEETS, ids=lambda path: path.name)
def test_style_sheets_keep_to_the_browser_baseline(path: Path) -> None:
    assert not re.search(TOO_NEW_CSS, re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S))


def test_the_script_keeps_to_the_browser_baseline() -> None:
    assert not re.search(TOO_NEW_JS, (CASEDESK / "static" / "cd" / "cd.js").read_text())


def test_every_colour_is_named_in_the_tokens_and_every_name_used_exists() -> None:
    tokens = set(re.findall(r"(--[\w-]+):", (CASEDESK / "static" / "cd" / "tokens.css").read_text()))
    used = {name for path in STYLE_SHEETS for name in re.findall(r"var\((--[\w-]+)\)", path.read_text())}
    assert used <= tokens
    assert tokens <= used, "a token nobody uses"


def test_htmx_is_configured_without_eval_styles_or_stored_history() -> None:
    found = re.search(r"name=\"htmx-config\" content='([^']+)'", render("queue"))
    assert found
    config = json.loads(found[1])
    assert (config["allowEval"], config["includeIndicatorStyles"], config["historyCacheSize"]) == (False, False, 0)
    assert {"code": "422", "swap": True} in config["responseHandling"]


def test_a_public_page_has_no_script() -> None:
    assert "<script" not in render("progress")
    assert "<script" not in render("progress_form")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (1234567, "1,234,567"),
        (Decimal("1234567.50"), "1,234,567.50"),
        (Decimal("0"), "0"),
        (Decimal("-12.3"), "-12.30"),
        ("8400.00", "8,400"),
        (None, "—"),
        ("", "—"),
        ("x", "—"),
    ],
)
def test_money_has_thousands_separators_and_decimals_only_where_there_are_fen(value: object, written: str) -> None:
    assert cd.money(value) == written


def test_money_can_be_asked_for_two_decimals_and_for_ten_thousands() -> None:
    assert cd.money(8400, 2) == "8,400.00"
    assert cd.ten_thousand(Decimal("1126000")) == "112.6"
    assert cd.ten_thousand(None) == "—"


def test_a_moment_is_shown_on_its_legal_day_in_shanghai() -> None:
    late_utc = datetime(2026, 11, 22, 18, 30, tzinfo=timezone(timedelta(0)))
    assert cd.legal_date(late_utc) == "2026-11-23"
    assert cd.legal_time(late_utc, date(2026, 11, 30)) == "11-23 02:30"


def test_the_year_is_left_out_only_in_the_year_of_today() -> None:
    assert cd.legal_date(date(2026, 1, 2), date(2026, 12, 31)) == "01-02"
    assert cd.legal_date(date(2025, 12, 31), date(2026, 1, 1)) == "2025-12-31"
    assert cd.legal_date("昨天", date(2026, 1, 1)) == "昨天"
    assert cd.legal_date(None) == ""


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("13800004417", "138****4417"),
        ("411221198306052216", "4112************16"),
        ("0398", "****"),
        ("", ""),
    ],
)
def test_numbers_are_masked_in_the_middle(number: str, shown: str) -> None:
    assert masked(number) == shown


def test_the_chip_takes_objects_mappings_and_nothing_and_always_has_a_word() -> None:
    assert "超期 4 个工作日" in render_part("{% clock_chip chip %}", chip=OVER)
    assert 'class="chip soon"' in render_part("{% clock_chip chip %}", chip={"state": "soon"})
    assert "无时限" in render_part("{% clock_chip chip %}", chip=None)
    assert 'class="chip none"' in render_part("{% clock_chip chip %}", chip={"state": "unheard of"})
    assert "&lt;b&gt;" in render_part("{% clock_chip chip %}", chip={"state": "ok", "text": "<b>"})


def test_a_stage_is_a_word_beside_its_square() -> None:
    assert render_part("{% stage word %}", word="责令支付") == '<span class="stage stage-ordered">责令支付</span>'
    assert "stage-ended" in render_part("{% stage word %}", word="不予受理")


def test_a_refused_form_shows_what_was_typed_and_leads_to_each_error() -> None:
    html = render("intake_refused")
    assert 'value="138 0000 44"' in html and 'value="一万二"' in html
    assert 'aria-invalid="true"' in html and 'aria-describedby="id_complainant_name-error"' in html
    assert 'href="#id_complainant_name"' in html and 'href="#id_lines-rows"' in html


def test_rows_are_posted_under_names_the_row_field_reads() -> None:
    field = refused_intake()["lines"]
    table = cd.rows_of(field)
    names = re.findall(r'name="(lines-[^"]+)"', str(table["rows"]))
    assert "lines-0-worker_name" in names and "lines-1-claimed" in names
    assert "lines-__n__-claimed" in str(table["blank"])
    assert table["next"] == 2


def test_an_empty_row_field_offers_blank_rows_and_initial_rows_are_shown() -> None:
    assert cd.rows_of(IntakeInputs()["lines"], 2)["next"] == 2
    filled = IntakeInputs(initial={"lines": [{"worker_name": "周成林", "claimed": Decimal("12.50")}]})["lines"]
    assert 'value="12.50"' in str(cd.rows_of(filled)["rows"])


def test_a_field_the_intake_page_does_not_know_is_still_on_it() -> None:
    assert 'name="other_procedures"' in render("intake")


def test_impossible_acts_stay_visible_with_their_reason() -> None:
    html = render("case")
    assert 'aria-disabled="true"' in html and "还有 12 条明细未了结" in html


def test_an_impossible_act_offers_no_form() -> None:
    html = render("action_blocked")
    assert "责令支付文书未送达" in html and "<textarea" not in html


def test_an_act_that_needs_approval_says_so_on_its_button() -> None:
    assert "责令限期支付（提交审批）" in render("action")


def test_the_search_box_posts_so_that_no_name_stands_in_an_address() -> None:
    assert re.search(r'<form class="search"[^>]*method="post"', render("queue"))


def test_similar_cases_always_carry_the_reason_of_the_match() -> None:
    html = render_to_string("casedesk/parts/_lookup.html", {"hits": HITS})
    assert all(hit["reason"] in html for hit in HITS)


def test_a_limit_of_an_unannounced_year_is_marked() -> None:
    limit = SimpleNamespace(name="调查期限", chip=OVER, due=date(2027, 1, 5), provisional=True, percent=40)
    assert "暂定" in render_to_string("casedesk/parts/_limits.html", {"limits": [limit], "today": date(2026, 11, 23)})
