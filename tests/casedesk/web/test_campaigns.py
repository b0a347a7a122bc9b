"""The pages of a special inspection: a list pasted, results recorded, a complaint opened, others see nothing."""

from __future__ import annotations

from tests.casedesk.web.county import County
from workflows.casefile.campaigns import SpecialInspection, SpecialInspectionFinding
from workflows.models import Complaint


def test_a_campaign_is_started_filled_and_worked_off(county: County) -> None:
    boss, desk = county.client("bureau_head"), county.client("lead")
    told = {"name": "工地专项检查", "order_number": "渑治欠办〔2026〕9号", "from_day": "2026-09-21",
            "to_day": "2026-10-08"}  # fmt: skip
    refused = boss.post("/campaigns/", {**told, "team": [county.people.id("lead"), county.people.id("uncertified")]})
    said = refused.content.decode()
    assert refused.status_code == 422 and "FIL-06" in said and 'value="工地专项检查"' in said
    team = [county.people.id("lead"), county.people.id("second")]
    started = boss.post("/campaigns/", {**told, "team": team})
    page = started.headers["Location"]
    campaign = SpecialInspection.objects.get(name="工地专项检查")
    assert page == f"/campaigns/{campaign.public_id}/"

    pasted = "渑池县远岗建筑劳务有限公司\t县道改造\n渑池县长河运输队"
    assert boss.post(f"{page}list/", {"lines": pasted, "employer_name": "渑池县南关饭店"}).status_code == 302
    shown = boss.get(page).content.decode()
    assert "已检查 0 / 3 户" in shown and "还剩 10 天" in shown and "县道改造" in shown
    empty = boss.post(f"{page}list/", {"lines": ""})
    assert empty.status_code == 422 and "没有列入" in empty.content.decode()
    found = boss.get(f"{page}?find=yg").content.decode()
    assert "渑池县远岗建筑劳务有限公司" in found

    first, second, _third = campaign.entries.all()
    entry = f"/campaigns/entries/{first.public_id}/"
    without = desk.post(entry, {"result": "corrected", "looked_on": "2026-09-28", "seen": "0"})
    assert without.status_code == 422 and "须写明情况" in without.content.decode()
    told = {"result": "corrected", "found": "维权告示牌缺失，当场补挂。", "looked_on": "2026-09-28", "seen": "0"}
    assert desk.post(entry, told).status_code == 302
    late = desk.post(entry, {**told, "found": "我写的另一种情况"})
    assert late.status_code == 409 and "我写的另一种情况" in late.content.decode()
    assert boss.post(entry, {**told, "seen": "1"}).status_code == 403

    told = {"result": "complaint", "found": "两名司机反映一个月未发工资。", "worker_count": "2", "seen": "0"}
    opened = desk.post(f"/campaigns/entries/{second.public_id}/", told)
    complaint = Complaint.objects.get(channel="inspection")
    assert opened.headers["Location"] == f"/complaints/{complaint.public_id}/"
    assert "渑池县长河运输队" in desk.get(opened.headers["Location"]).content.decode()
    assert "已检查 2 / 3 户" in county.client("leader").get("/campaigns/").content.decode()
    number = f"/complaints/{complaint.public_id}/"
    assert number in desk.get(f"/campaigns/entries/{second.public_id}/").content.decode()
    assert number not in county.client("leader").get(f"/campaigns/entries/{second.public_id}/").content.decode()
    assert SpecialInspectionFinding.objects.count() == 2


def test_a_worker_who_stands_there_gets_his_receipt(county: County) -> None:
    told = {"result": "complaint", "found": "拖欠工资。", "worker_name": "周大成", "worker_phone": "13900000188"}
    answer = county.client("lead").post(f"/campaigns/entries/{county['entry']}/", told)
    assert answer.status_code == 200 and "请读给来电人听" in answer.content.decode()
    assert Complaint.objects.get(channel="inspection").complainant_phone == "13900000188"


def test_a_change_is_shown_with_what_stood_before(county: County) -> None:
    boss, page = county.client("squad_leader"), f"/campaigns/{county['campaign']}/"
    team = [county.people.id("lead"), county.people.id("third")]
    told = {"name": "秋季专项检查", "order_number": "", "from_day": "2026-09-20", "to_day": "2026-10-25", "team": team}
    assert boss.post(f"{page}change/", told).status_code == 302
    shown = boss.get(page).content.decode()
    assert "2026-10-20 → 2026-10-25" in shown and "监察甲、监察丙" in shown
    assert county.client("second").get(page).status_code == 404
    assert county.client("third").get(page).status_code == 200


def test_a_squad_leader_of_the_team_records_and_is_told_who_opens_a_complaint(county: County) -> None:
    """Logging is not his (procedures.md, People): he sees why, instead of a refusal after typing it all."""
    boss, page = county.client("squad_leader"), f"/campaigns/{county['campaign']}/"
    team = [county.people.id("lead"), county.people.id("squad_leader")]
    told = {"name": "秋季专项检查", "order_number": "", "from_day": "2026-09-20", "to_day": "2026-10-25", "team": team}
    assert boss.post(f"{page}change/", told).status_code == 302
    entry = f"/campaigns/entries/{county['entry']}/"
    shown = boss.get(entry).content.decode()
    assert 'value="corrected"' in shown and 'value="complaint"' not in shown
    assert "由参加本次检查的监察员记录" in shown and 'name="worker_phone"' not in shown
    told = {"result": "complaint", "found": "拖欠工资。", "looked_on": "2026-09-28", "seen": "0"}
    assert boss.post(entry, told).status_code == 403
    assert not Complaint.objects.filter(channel="inspection").exists() and not SpecialInspectionFinding.objects.exists()
    assert 'value="complaint"' in county.client("lead").get(entry).content.decode()
    assert boss.post(entry, {**told, "result": "corrected"}).status_code == 302
