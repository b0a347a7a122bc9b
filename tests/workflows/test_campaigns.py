"""Special inspections: the list, what the team finds, the complaint a finding opens, and what nobody can change."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from tests import walks
from tests.people import People
from workflows import campaigns, clock
from workflows.casefile.campaigns import SpecialInspection, SpecialInspectionChange, SpecialInspectionFinding
from workflows.errors import InvalidInput, NotPossibleNow, PermissionDenied
from workflows.models import Complaint, Employer, Event, Officer, Project, Township
from workflows.reading.access import visible_to


def told(people: People, *team: str, **more: Any) -> dict[str, Any]:
    named = {"name": "冬季专项检查", "order_number": "渑治欠办〔2026〕1号", "from_day": "2026-03-01"}
    return {**named, "to_day": "2026-04-01", "team": [people.id(one) for one in team or ("lead", "second")], **more}


@pytest.fixture
def campaign(people: People) -> SpecialInspection:
    row = campaigns.start(told(people), by=people.squad_leader)
    text = "渑池县槐树沟砖厂\n渑池县南关饭店，分店装修\n\n渑池县槐树沟砖厂\t\n河南远岗建筑有限公司\t县道改造\n"
    rows = campaigns.lines_pasted(text)
    assert campaigns.add_entries(campaign=row, told={"entries": rows}, by=people.bureau_head) == (3, 1)
    return row


def test_progress_counts_what_stands_and_leaves_out_what_was_taken_off(people: People, campaign: SpecialInspection):
    first, second, third = campaign.entries.all()
    assert (third.employer_name, third.project_name, third.number) == ("河南远岗建筑有限公司", "县道改造", 3)
    campaigns.record(first, {"result": "in_order"}, by=people.lead)
    campaigns.record(first, {"result": "corrected", "found": "补挂告示牌。"}, by=people.second)
    campaigns.record(second, {"result": "dropped", "found": "已停业。"}, by=people.squad_leader)
    done = campaigns.progress_of([campaign])[campaign.pk]
    assert (done.total, done.looked_at, done.dropped) == (2, 1, 1)
    assert done.results == {"in_order": 0, "corrected": 1, "complaint": 0}
    earlier, later = SpecialInspectionFinding.objects.filter(entry=first)
    assert later.replaces == earlier and later.by == Officer.objects.get(pk=people.second.officer_id)
    campaigns.record(second, {"result": "in_order"}, by=people.lead)
    assert campaigns.progress_of([campaign])[campaign.pk].total == 3


def test_a_finding_opens_one_complaint_with_what_the_dictionary_knows(people: People, campaign: SpecialInspection):
    employer = Employer.objects.create(name="渑池县麦垄农田建设有限公司", credit_code="91411221MA4000001M")
    project = Project.objects.create(
        name="果园乡高标准农田", place="果园乡", township=Township.objects.first(), general_contractor="总包甲"
    )
    rows = [{"employer": str(employer.public_id), "project": str(project.public_id)}]
    campaigns.add_entries(campaign, {"entries": rows}, by=people.squad_leader)
    entry = campaign.entries.last()
    found = {"result": "complaint", "found": "五名工人两个月未发工资。", "worker_count": "5", "amount_claimed": "41000"}
    finding, done = campaigns.record(entry, found, by=people.lead)
    assert done is not None and finding.complaint == done.subject.complaint
    complaint = Complaint.objects.get(pk=finding.complaint_id)
    assert (complaint.channel, complaint.intake.state, complaint.operator_id) == (
        "inspection", "registered", people.lead.officer_id,
    )  # fmt: skip
    assert (complaint.employer_name, complaint.general_contractor) == (employer.name, "总包甲")
    assert complaint.unified_credit_code == employer.credit_code and complaint.worker_count == 5
    with pytest.raises(NotPossibleNow, match="已经转为案源"):
        campaigns.record(entry, {"result": "in_order"}, by=people.lead)
    assert Complaint.objects.filter(channel="inspection").count() == 1


def test_a_line_that_broke_after_the_complaint_was_logged_finds_it_again(
    people: People, campaign: SpecialInspection, monkeypatch: pytest.MonkeyPatch
):
    entry = campaign.entries.first()
    found = {"result": "complaint", "found": "拖欠三名工人工资。"}

    def broken(*_args: Any, **_named: Any) -> Any:
        raise ConnectionError("the line broke")

    with monkeypatch.context() as patch, pytest.raises(ConnectionError):
        patch.setattr(SpecialInspectionFinding.objects, "create", broken)
        campaigns.record(entry, found, by=people.lead)
    assert not entry.findings.exists()
    finding, _done = campaigns.record(entry, {**found, "found": "拖欠三名工人工资，再补一句。"}, by=people.lead)
    assert finding.complaint == Complaint.objects.get(channel="inspection")


def test_only_the_team_says_what_it_found_and_only_those_who_lead_write_the_list(
    people: People, campaign: SpecialInspection
):
    entry = campaign.entries.first()
    for who in ("third", "squad_leader", "leader", "auditor", "operator"):
        with pytest.raises(PermissionDenied):
            campaigns.record(entry, {"result": "in_order"}, by=getattr(people, who))
    for who in ("lead", "principal_head", "leader", "administrator"):
        with pytest.raises(PermissionDenied):
            campaigns.start(told(people, name="另一次"), by=getattr(people, who))
        with pytest.raises(PermissionDenied):
            campaigns.add_entries(campaign, {"entries": [{"employer_name": "甲"}]}, by=getattr(people, who))
    readers = {w for w in ("lead", "second", "third", "squad_leader", "bureau_head", "leader", "auditor", "housing",
                           "police", "operator") if visible_to(getattr(people, w), SpecialInspection)}  # fmt: skip
    assert readers == {"lead", "second", "squad_leader", "bureau_head", "leader", "auditor"}
    assert not SpecialInspectionFinding.objects.exists() and SpecialInspection.objects.count() == 1


def test_a_campaign_that_is_wrong_is_refused_by_field_and_writes_nothing(people: People):
    wrong_ones: list[tuple[dict[str, Any], str]] = [
        ({"to_day": "2026-02-01"}, "to_day"), ({"name": ""}, "name"), ({"from_day": "三月"}, "from_day"),
        ({"team": []}, "team"), ({"team": ["nobody"]}, "team"), ({"stray": "x"}, "stray"),
    ]  # fmt: skip
    for more, field in wrong_ones:
        with pytest.raises(InvalidInput) as wrong:
            campaigns.start({**told(people), **more}, by=people.squad_leader)
        assert list(wrong.value.errors) == [field]
    assert not SpecialInspection.objects.exists() and not SpecialInspectionChange.objects.exists()


def test_nobody_joins_without_a_valid_certificate_nor_looks_alone(people: People):
    with pytest.raises(InvalidInput, match="FIL-06"):
        campaigns.start(told(people, "lead", "uncertified"), by=people.squad_leader)
    with pytest.raises(InvalidInput, match="不得少于两人"):
        campaigns.start(told(people, "lead", "lead"), by=people.squad_leader)


def test_a_change_keeps_what_stood_before(people: People, campaign: SpecialInspection):
    changed = told(people, "lead", "third", to_day="2026-05-01")
    campaigns.change(campaign, changed, by=people.bureau_head)
    campaigns.change(campaign, changed, by=people.bureau_head)  # nothing differs: nothing is written
    started, change = SpecialInspectionChange.objects.all()
    assert change.told["to_day"] == ["2026-04-01", "2026-05-01"] and set(change.told) == {"to_day", "team"}
    assert not visible_to(people.second, SpecialInspection).exists()
    assert visible_to(people.third, SpecialInspection).exists() and started.told["name"][0] == ""


def test_a_wrong_result_is_refused_by_field_and_leaves_nothing(people: People, campaign: SpecialInspection):
    before = Event.objects.count()
    wrong_ones: list[tuple[dict[str, Any], str]] = [
        ({"result": "corrected"}, "found"), ({"result": "fine"}, "result"), ({}, "result"),
        ({"result": "in_order", "looked_on": "2026-02-28"}, "looked_on"),
        ({"result": "in_order", "looked_on": "2026-12-01"}, "looked_on"),
        ({"result": "in_order", "amount_claimed": "5"}, "amount_claimed"),
        ({"result": "complaint", "found": "x", "worker_phone": "abc"}, "worker_phone"),
    ]  # fmt: skip
    for found, field in wrong_ones:
        with pytest.raises(InvalidInput) as wrong:
            campaigns.record(campaign.entries.first(), found, by=people.lead)
        assert list(wrong.value.errors) == [field]
    assert not SpecialInspectionFinding.objects.exists() and Event.objects.count() == before


def test_two_who_record_at_once_do_not_write_over_each_other(people: People, campaign: SpecialInspection):
    entry = campaign.entries.first()
    outcomes: list[str] = []
    together = threading.Barrier(2)

    def work(who: Any, found: str) -> None:
        try:
            with clock.at(walks.MONDAY):
                together.wait(60)
                campaigns.record(entry, {"result": "corrected", "found": found}, by=who, seen=0)
            outcomes.append("written")
        except NotPossibleNow:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(w, n)) for w, n in ((people.lead, "甲"), (people.second, "乙"))]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert sorted(outcomes) == ["refused", "written"]
    assert SpecialInspectionFinding.objects.filter(entry=entry).count() == 1


def test_the_database_takes_no_change_of_what_was_written(people: People, campaign: SpecialInspection):
    campaigns.record(campaign.entries.first(), {"result": "corrected", "found": "补挂。"}, by=people.lead)
    statements = [
        "UPDATE workflows_specialinspectionfinding SET found = '没有问题'",
        "DELETE FROM workflows_specialinspectionfinding",
        "UPDATE workflows_specialinspectionentry SET employer_name = '别家'",
        "DELETE FROM workflows_specialinspectionentry",
        "UPDATE workflows_specialinspectionchange SET told = '{}'",
        "DELETE FROM workflows_specialinspection",
        "TRUNCATE workflows_specialinspectionfinding CASCADE",
    ]
    for statement in statements:
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert SpecialInspectionFinding.objects.get().found == "补挂。"


def test_the_database_takes_no_finding_that_replaces_another_entrys(people: People, campaign: SpecialInspection):
    first, second, _third = campaign.entries.all()
    finding, _ = campaigns.record(first, {"result": "in_order"}, by=people.lead)
    stray = {"result": "in_order", "looked_on": "2026-03-02", "at": clock.now(), "by_id": people.lead.officer_id}
    with pytest.raises(DatabaseError), transaction.atomic():
        SpecialInspectionFinding.objects.create(entry=second, replaces=finding, **stray)
    with pytest.raises(DatabaseError), transaction.atomic():
        SpecialInspectionFinding.objects.create(entry=first, **stray)  # a second beginning
