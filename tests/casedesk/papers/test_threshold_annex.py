"""移送标准核对表: an annex of the report, with the same numbers as `assess_transfer`, found in index, package and print."""

import io
import json
import re
import zipfile
from decimal import Decimal

import pytest
from django.core.management import call_command
from docx import Document
from pypdf import PdfReader

from casedesk.papers.binding import bound, numbered, paper_piece
from casedesk.papers.package import transfer_package
from casedesk.papers.render import paper_pdf
from casedesk.papers.word import paper_docx
from tests import walks
from workflows import clock
from workflows.models import Paper, PoliceTransfer
from workflows.wording.blocks import annexes_of
from workflows.wording.threshold import TITLE, threshold_annex


def report_of(transfer):
    return Paper.objects.get(subject=transfer.public_id, kind="investigation_report")


def said_in(pdf):
    return re.sub(r"\s", "", "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages))


def test_the_annex_says_what_assess_transfer_says(made, tmp_path):
    sheet = made.filed.sheet
    facts = {
        "region": sheet["region"], "on": sheet["on"], "ordered": True, "order_expired": True, "evasion": False,
        "able_to_pay": True,
        "workers": [{"months_owed": w["months"], "amount_owed": w["amount"]} for w in sheet["per_worker"]],
    }  # fmt: skip
    asked, answer = tmp_path / "facts.json", io.StringIO()
    asked.write_text(json.dumps(facts))
    call_command("assess_transfer", str(asked), stdout=answer)
    told = json.loads(answer.getvalue())
    assert (told["total"], told["workers"], told["figures"]) == (sheet["total"], sheet["workers"], sheet["figures"])
    assert {e["key"]: e["shown"] for e in sheet["elements"]} == {
        key: told[key]["shown"] for key in ("conduct", "amount", "order")
    }
    assert told["missing"] == sheet["missing_elements"] == []
    assert sum(Decimal(w["amount"]) for w in sheet["per_worker"]) == Decimal(sheet["total"])
    (annex,) = [b for b in report_of(made.filed).content["body"] if b["t"] == "annex"]
    assert annex == threshold_annex(sheet), "frozen with the report, from the frozen sheet"


def test_the_annex_is_printed_with_workers_evidence_and_the_figures_validity(made):
    content = report_of(made.filed).content
    cells = [c.text for t in Document(io.BytesIO(paper_docx(content))).tables for row in t.rows for c in row.cells]
    docx = "".join([*cells, *(p.text for p in Document(io.BytesIO(paper_docx(content))).paragraphs)])
    for said in (said_in(paper_pdf(content)), re.sub(r"\s", "", docx)):
        for words in (
            "移送标准核对表", "一、逃避支付或者有能力支付而不支付", "限期改正指令书", "送达证明（直接送达）：送达回证", "林大河", "12,600.00",
            "22,400.00", "达到", "8,000元以上（全国幅度5,000—20,000元），适用于河南省", "有效期：2013年5月1日起施行，未定失效日期",
            "来源：河南省高级人民法院2013年5月规定", "核实情况：摘录，尚未经确认", "已核对原文，已经确认", "没有欠缺事项",
        ):  # fmt: skip
            assert words in said, words
        assert "送达送达" not in said and "None" not in said


def test_what_is_missing_stands_on_the_annex_and_in_the_report(made):
    with clock.at(walks.MONDAY):
        transfer = walks.proposed(made.people, walks.established(made.people))
        transfer = walks.reported(made.people, transfer).subject
    said = said_in(paper_pdf(report_of(transfer).content))
    assert "尚缺：经责令支付仍不支付" in said and "缺少责令支付文书" in said and "没有欠缺事项" not in said


def test_a_confirmed_figure_stands_on_the_next_sheet_with_its_document_and_a_frozen_one_stays(made):
    frozen = report_of(made.filed).content
    for key in ("crime.one_worker.amount", "crime.group.amount"):
        walks.law_decided(made.people, "figure", f"{key}@henan@2013-05-01", document="豫高法〔2013〕100号")
    with clock.at(walks.MONDAY):
        transfer = walks.proposed(made.people, walks.established(made.people))
        transfer = walks.reported(made.people, transfer).subject
    said = said_in(paper_pdf(report_of(transfer).content))
    assert said.count("核实情况：摘录，已经确认（豫高法〔2013〕100号）") == 2 and "尚未经确认" not in said
    sheet = PoliceTransfer.objects.get(pk=made.filed.pk).sheet
    assert report_of(made.filed).content == frozen and "尚未经确认" in said_in(paper_pdf(frozen))
    assert threshold_annex(sheet) in frozen["body"]
    for figure in sheet["figures"]:
        figure.pop("confirmed_document")  # as a report of an earlier release froze it
    assert threshold_annex(sheet) in frozen["body"]


def test_index_bookmarks_package_and_print_name_the_annex_with_its_pages(made):
    piece = paper_piece(report_of(made.filed))
    ((title, first),) = piece.entry.annexes
    assert title == TITLE and 1 < first <= piece.pages
    pages = PdfReader(io.BytesIO(piece.pdf)).pages
    assert "附件" in pages[first - 1].extract_text() and TITLE in pages[first - 1].extract_text()
    assert [row[2:] for row in numbered([piece.entry])] == [
        ("案件调查报告", 1, piece.pages),
        (TITLE, first, piece.pages),
    ]
    whole = PdfReader(io.BytesIO(bound("案卷", "1号", "局", [("案号", "1号")], [piece, piece])))
    cover = len(whole.pages) - 2 * piece.pages
    above, below, *_ = whole.outline
    assert whole.get_destination_page_number(above) == cover
    assert [whole.get_destination_page_number(mark) for mark in below] == [cover + first - 1]
    with transfer_package(made.filed).file as file, zipfile.ZipFile(file) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        index = "".join(p.extract_text() for p in PdfReader(io.BytesIO(archive.read("index.pdf"))).pages)
    (entry,) = [e for e in manifest["index"] if e["title"] == "案件调查报告"]
    assert entry["annexes"] == [{"title": TITLE, "from": entry["from"] + first - 1, "to": entry["to"]}]
    assert f"附件：{TITLE}" in index
    assert any(item.startswith(f"{TITLE}（") for item in manifest["package_list"])
    assert manifest["sheet"] == made.filed.sheet


@pytest.mark.parametrize("workers", [1, 300])
def test_many_workers_stand_one_in_a_row_and_not_in_one_cell(workers):
    sheet = {
        "on": "2026-03-08", "region": "henan", "workers": workers, "total": f"{9000 * workers}.00", "missing": [],
        "elements": [
            {"key": "amount", "name": "数额较大", "article": "《甲》第一条", "shown": True, "missing": [], "evidence": [],
             "basis": [*(f"工人{n}：3个月，9,000.00元" for n in range(workers)), "全部累计"]},
        ],
        "per_worker": [{"name": f"工人{n}", "months": "3", "amount": "9000.00", "reaches": True} for n in range(workers)],
        "figures": [],
    }  # fmt: skip
    body = threshold_annex(sheet)["body"]
    elements, people = (b for b in body if b["t"] == "table")
    assert elements["rows"][0][2].split("\n")[:2] == [f"{workers}名劳动者单独达到数额标准（见第三部分）", "全部累计"]
    assert len(people["rows"]) == workers and people["foot"][3] == f"{9000 * workers:,.2f}"
    assert annexes_of({"body": [threshold_annex(sheet)]}) == [TITLE]
