"""Each kind of paper, made by walking, as PDF, picture and DOCX: what it must say stands on it, and nothing is cut."""

import io
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from docx import Document
from PIL import Image
from pypdf import PdfReader

from casedesk.papers.render import kept, paper_pdf, paper_png
from casedesk.papers.shape import document
from casedesk.papers.word import paper_docx
from tests import walks
from tests.effects import refused
from tests.every_paper import LONG, RARE
from workflows import clock
from workflows.errors import InvalidInput, NotPossibleNow
from workflows.models import Approval, Employer, Paper
from workflows.perform import perform
from workflows.wording.amounts import from_words
from workflows.wording.content import PAPERS
from workflows.wording.required import REQUIRED, missing

#: what must stand on a paper beside its number, title and bureau (section 5.3 of the rules)
SAYS = {
    "decline_notice": ["不予受理", "超过二年", "第十八条", "人民法院"],
    "supplement_notice": ["欠条或者考勤记录", "2026年3月12日"],
    "filing_form": ["案件来源", "热线", "当事人", "地址", "涉嫌违法事实", "承办意见", "监察员（签名）", "审批意见", "登记"],
    "inquiry_notice": ["营业执照", "七日内", "第三十条", "豫渑监001", "豫渑监002"],
    "interview_record": ["被询问人", "出示执法证件", "核对", "签名"],
    "site_check_record": ["检查地点", "维权信息告示牌", "签名"],
    "preservation_notice": ["考勤机一台", "七日内", "第五十六条"],
    "extension_form": ["原期限届满日", "延长后届满日", "副局长甲"],
    "order": ["人民币贰万贰仟肆佰元整", "¥22,400.00", "2026年3月7日前", "第二十六条", "六十日内", "六个月内", "林小川", "印章"],
    "intent_notice": ["认定的事实", "拟作出", "陈述和申辩"],
    "decision": ["黄河路", "石某", "证据", "考勤表", "履行的方式和期限", "六十日内", "六个月内", "印章"],
    "demand_letter": ["¥21,800.00", "人民币贰万壹仟捌佰元整", "转账", "陈述和申辩"],
    "enforcement_application": ["渑池县人民法院", "催告书", "当事人的意见", "强制执行标的"],
    "transfer_letter": ["渑池县公安局", "涉嫌拒不支付劳动报酬罪", "移送材料清单", "回执", "人民检察院"],
    "investigation_report": ["案件来源", "涉案单位", "证据", "法律依据", "处理意见", "数额较大"],
    "transfer_approval": ["报告日期", "批准移送", "局长甲", "正职"],
    "reconsideration_request": ["渑公不立字", "收到通知", "复议"],
    "supervision_suggestion": ["立案监督"],
    "hand_over_list": ["工资表原件三册", "公安乙", "签名"],
    "closing_form": ["法院强制执行中", "大队长甲", "结案"],
}  # fmt: skip


def text_of(pdf: bytes) -> str:
    return re.sub(r"\s", "", "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages))


def test_every_kind_is_made_and_says_what_it_must(made):
    papers = {p.kind: p for p in Paper.objects.order_by("id")}
    assert set(papers) == set(PAPERS)
    for kind, paper in papers.items():
        said = text_of(paper_pdf(paper.content))
        wanted = [paper.number, paper.get_kind_display(), paper.content["bureau"], *SAYS.get(kind, [])]
        lacking = [words for words in wanted if re.sub(r"\s", "", words) not in said]
        assert not lacking, (kind, lacking)
        assert "None" not in said and "False" not in said and "{" not in said, kind
        assert re.search(r"第1页共\d+页", said), kind
        for words, figures in re.findall(r"人民币([零壹贰叁肆伍陆柒捌玖拾佰仟万亿元角分整]+)（¥([\d,.]+)）", said):
            assert from_words(words) == Decimal(figures.replace(",", "")), kind
        assert missing(PAPERS_BY[kind], paper.content) == []


PAPERS_BY = {kind.value: kind for kind in PAPERS}


def test_every_required_content_is_asked_for(made):
    """Emptied of one content, a paper cannot be signed: the refusal names the content and the article."""
    papers = {p.kind: p for p in Paper.objects.order_by("id")}
    for kind, needs in REQUIRED.items():
        for one in needs:
            content = dict(papers[kind].content)
            first, _, rest = one.at.partition(".")
            content[first] = {**content[first], rest: ""} if isinstance(content[first], dict) else []
            assert one in missing(kind, content), (kind, one.at)
            assert one.label in one.sentence(kind) and "《" in one.sentence(kind) and one.field in one.sentence(kind)


def test_fonts_are_drawn_and_embedded_and_the_bytes_are_the_same_twice(made, settings, tmp_path):
    settings.VAR = tmp_path
    content = Paper.objects.filter(kind="order").first().content
    first = paper_pdf(content)
    (kept_file,) = (tmp_path / "papers").rglob("*.pdf")
    kept_file.unlink()
    assert paper_pdf(content) == first and kept("letter.typ", document(content)) == first
    fonts = {
        str(f.get_object()["/BaseFont"]) for f in PdfReader(io.BytesIO(first)).pages[0]["/Resources"]["/Font"].values()
    }
    assert any("NotoSerif" in name for name in fonts)
    dark = Image.open(io.BytesIO(paper_png(content)[0])).convert("L").histogram()[:100]
    assert sum(dark) > 10_000, "no glyphs on the page"


def test_a_draft_says_so_and_has_no_number(made):
    """The request's draft, before anybody signed: no number is taken, the watermark is there."""
    with clock.at(walks.MONDAY):
        inspection = walks.established(made.people)
        perform(inspection, "order_payment", by=made.people.lead, inputs={"pay_by": "2026-03-20"})
    (draft,) = Approval.objects.latest("id").draft
    said = text_of(paper_pdf(draft["content"], draft=True))
    assert "草稿" in said and draft["content"]["number"] not in said and "编号签发时确定" in said
    assert "草稿" not in text_of(paper_pdf(Paper.objects.first().content))


def test_a_short_list_is_not_cut_in_two_wherever_it_stands_on_the_page(made):
    content = Paper.objects.filter(kind="order").order_by("id")[0].content
    (table,) = [block for block in content["body"] if block["t"] == "table"]
    rows = [
        ["1", "戌", "2026-01-01 至 2026-02-01", "1.00", "1.00"],
        ["2", "亥", "2026-01-01 至 2026-02-01", "1.00", "1.00"],
    ]
    places = set()
    for lines in range(17, 23):  # the page's end passes over the list
        filler = [{"t": "p", "text": "满行"}] * lines
        body = [*filler, {**table, "rows": rows}, *[{"t": "p", "text": "满行"}] * 3]
        pages = PdfReader(io.BytesIO(paper_pdf({**content, "body": body}))).pages
        where = [n for n, page in enumerate(pages) if {"戌", "亥"} & set(page.extract_text())]
        assert len(where) == 1, f"cut after {lines} lines"
        places.update(where)
    assert places == {0, 1}


@pytest.mark.parametrize("workers", [1, 9, 300])
def test_a_long_list_of_workers_is_an_annex_whose_head_repeats(made, workers):
    lines = [
        {"worker_name": f"工人{n}", "claimed": f"{1000 + n}.{n % 100:02}", "months": "3"} for n in range(1, workers + 1)
    ]
    with clock.at(walks.MONDAY):
        inspection = walks.ordered(made.people, lines=lines, worker_count=workers, employer_name=LONG)
    content = Paper.objects.filter(case=inspection.case, kind="order").get().content
    pages = PdfReader(io.BytesIO(paper_pdf(content))).pages
    texts = [re.sub(r"\s", "", page.extract_text()) for page in pages]
    assert sum(Decimal(line["claimed"]) for line in lines) == Decimal(content["total"])
    tables = [t for t in texts if "序号" in t]
    assert len(tables) == {1: 1, 9: 1, 300: 11}[workers]
    assert all(f"工人{n}" in "".join(texts) for n in range(1, workers + 1))
    signed = next(t for t in texts if "印章" in t)
    assert "如不服本指令书" in signed, "the signature stands with words of the paper"
    assert ("附件" in "".join(texts)) == (workers > 8)


def test_a_rare_character_is_named_and_markup_is_only_text(made):
    nasty = f"{RARE}#let x = sys $1$ *b* @a <b> \\u{{41}}"[:60]
    with clock.at(walks.MONDAY):
        line = {"worker_name": nasty, "claimed": "9000.00", "months": "3"}
        inspection = walks.ordered(made.people, lines=[line], worker_count=1)
    content = Paper.objects.filter(case=inspection.case, kind="order").get().content
    said = text_of(paper_pdf(content))
    assert "〔U+20BB7〕〔U+31350〕明#letx=sys$1$*b*@a<b>" in said and "须用笔补写" in said
    assert RARE in "".join(c.text for t in Document(io.BytesIO(paper_docx(content))).tables for c in t._cells)


def test_the_docx_says_the_same(made):
    for paper in {p.kind: p for p in Paper.objects.order_by("id")}.values():
        made_docx = Document(io.BytesIO(paper_docx(paper.content)))
        cells = [c.text for t in made_docx.tables for row in t.rows for c in row.cells]
        said = re.sub(r"\s", "", "".join([*(p.text for p in made_docx.paragraphs), *cells]))
        for words in (paper.number, paper.get_kind_display(), *SAYS.get(paper.kind, [])):
            if words not in ("第1页",):
                assert re.sub(r"\s", "", words) in said, (paper.kind, words)
        assert "None" not in said


def test_a_decision_against_a_party_without_an_address_is_not_signed(made):
    with clock.at(walks.MONDAY):
        inspection = walks.established(made.people, employer_name="渑池县无址商贸行", employer_domicile="")
        inspection = walks.intended(made.people, inspection)
        told = {"said": "无。", "examined": "无。"}
        perform(inspection, "hear_defence", by=made.people.lead, inputs=told)
        decide = {"content": "责令支付。", "pay_by": str(clock.today() + timedelta(days=30))}
        known = {k: v for k, v in decide.items() if k in type(inspection).acts()["decide"][0].asks.base_fields}
        refusal = refused(
            NotPossibleNow, lambda: perform(inspection, "decide", by=made.people.lead, inputs=known), says="当事人住所"
        )
        assert (
            "employer_domicile" in refusal.reasons[0] and "《中华人民共和国行政处罚法》第五十九条" in refusal.reasons[0]
        )
        interview = {"person": "王某", "place": "工地", "said": "属实。"}
        refused(InvalidInput, lambda: perform(inspection, "record_interview", by=made.people.lead, inputs=interview),
                field="certificates_shown")  # fmt: skip
        assert Employer.objects.filter(name="渑池县无址商贸行").count() == 1
