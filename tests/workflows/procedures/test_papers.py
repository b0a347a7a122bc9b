"""Serving a paper in each way, and making one anew: what each needs, what each writes, and what it leaves alone."""

from datetime import timedelta

import pytest

from tests import walks
from tests.effects import did, refused
from workflows import clock
from workflows.casefile.papers import ServiceMode
from workflows.errors import InvalidInput, NotPossibleNow
from workflows.models import Paper, Service
from workflows.perform import perform
from workflows.wording.serving import CALLED, WAYS, receipt_content

HOUR = timedelta(hours=1)
#: everything that any way of serving may ask for, files apart
ALL = {
    "recipient": "王某", "witness": "社区孙某", "refusal": "拒绝签收。", "tracking": "EMS1", "cannot": "下落不明。",
}  # fmt: skip


def act(at, name, **inputs):
    return perform(at.subject, name, by=at.people.lead, inputs=inputs)


@pytest.fixture
def unserved(stage):
    with stage("unserved", lambda people: walks.ordered(people, serve="")) as at:
        yield at


def told(at, mode):
    shot = walks.scan(at.people, at.subject, "现场照片")
    files = {"photographs": [shot], "consent": walks.scan(at.people, at.subject, "同意书")}
    paper = walks.newest(at.subject, "order")
    return {"paper": paper, "mode": mode, "place": "公司", "proof": "回证", **ALL, **files}


@pytest.mark.parametrize("mode", list(ServiceMode))
def test_each_way_needs_what_its_article_says(unserved, mode):
    full = told(unserved, mode)
    for group in WAYS[mode].needs:
        lacking = {name: value for name, value in full.items() if name not in group}
        refused(InvalidInput, lambda lacking=lacking: act(unserved, "record_service", **lacking), field=group[0],
                says=CALLED[group[0]])  # fmt: skip
    assert not Service.objects.exists()
    did(act(unserved, "record_service", **full), "ordered")
    row = Service.objects.get()
    assert row.witness == "社区孙某" and row.tracking == "EMS1" and len(row.media) == 1
    assert (row.effective_at > row.at) == (mode == "announcement")
    receipt = receipt_content(row.paper, row, row.paper.content["inspectors"])
    rows = dict(pair for block in receipt["body"] if block["t"] == "form" for pair in block["rows"])
    assert rows["送达方式"] == ServiceMode(mode).label and rows["见证人"] == "社区孙某"
    assert row.paper.number in rows["送达文书名称、文号"] and rows["受送达人"] == "渑池县青石建筑劳务有限公司"


def test_a_witness_or_photographs_do_for_leaving_a_paper(unserved):
    full = told(unserved, "left")
    without = {k: v for k, v in full.items() if k != "witness"}
    did(act(unserved, "record_service", **without), "ordered")


def test_photographs_lie_in_the_file_with_their_bytes(unserved):
    perform(unserved.subject, "add_evidence", by=unserved.people.lead, inputs={"title": "口头说明"})
    bare = str(unserved.subject.case.evidence.get().public_id)
    full = {**told(unserved, "posted"), "photographs": [bare]}
    refused(InvalidInput, lambda: act(unserved, "record_service", **full), field="photographs", says="上传")
    full["photographs"] = ["00000000-0000-0000-0000-000000000000"]
    refused(InvalidInput, lambda: act(unserved, "record_service", **full), field="photographs", says="本案中没有")


# --- a slip of the pen -----------------------------------------------------------------------------------------------


def reissue(at, **more):
    slip = {"wrong": "青石建筑劳务", "right": "青石建筑工程劳务"}
    inputs = {"paper": walks.newest(at.subject, "order"), "slips": [slip], "reason": "营业执照登记名称有误。", **more}
    return act(at, "reissue_paper", **inputs)


def test_a_slip_is_put_right_under_a_new_number_and_the_old_paper_points_to_the_new(unserved):
    old = Paper.objects.get(kind="order")
    done = reissue(unserved)
    assert done.requested.needed == "bureau_head"
    with clock.at(walks.MONDAY + HOUR):
        did(walks.approved(done, unserved.people.bureau_head), "ordered", papers=["order"])
    old.refresh_from_db()
    new = old.replaced_by
    assert (old.number, new.number) == ("渑人社监令〔2026〕1号", "渑人社监令〔2026〕2号")
    assert new.addressee == "渑池县青石建筑工程劳务有限公司" and "青石建筑劳务" not in str(new.content)
    assert "青石建筑劳务" in str(old.content), "what was signed stands"
    assert new.content["approval"]["by"] == "副局长甲" and new.content["total"] == old.content["total"]
    assert any(f"更正并替换{old.number}" in block.get("text", "") for block in new.content["body"])
    with clock.at(walks.MONDAY + 2 * HOUR):
        walks.served(unserved.people, unserved.subject, "order")
    assert Paper.objects.get(pk=new.pk).served_at and not Paper.objects.get(pk=old.pk).served_at


def test_what_binds_the_party_is_not_corrected_but_ordered_anew(ordered):
    refused(NotPossibleNow, lambda: reissue(ordered), says="重新责令")


@pytest.mark.parametrize(
    ("slip", "says"),
    [
        ({"wrong": "没有这几个字", "right": "x"}, "文书中没有"),
        ({"wrong": "（¥22,400.00）", "right": "（¥2,400.00）"}, "金额不能"),
    ],
)
def test_only_words_that_stand_there_and_no_amounts(unserved, slip, says):
    refused(InvalidInput, lambda: reissue(unserved, slips=[slip]), field="slips", says=says)


def test_a_paper_of_the_transfer_is_not_touched_by_the_inspection(stage):
    with stage("sent", lambda people: walks.sent(people, walks.established(people))) as at:
        inspection = at.subject.case.inspection
        letter = str(Paper.objects.get(kind="transfer_letter").public_id)
        inputs = {"paper": letter, "slips": [{"wrong": "贵局", "right": "你局"}], "reason": "笔误"}
        refused(InvalidInput, lambda: perform(inspection, "reissue_paper", by=at.people.lead, inputs=inputs),
                field="paper")  # fmt: skip
