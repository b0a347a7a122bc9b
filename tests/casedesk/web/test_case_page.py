"""The case page: a box to write into, filters of the record, cases near by, acts that say what they will do."""

from __future__ import annotations

import re

from django.test import Client

from casedesk.models import Reading
from casedesk.web import files
from tests.casedesk.web.county import WORK, County
from workflows.casefile.case import Case
from workflows.casefile.evidence import Evidence
from workflows.casefile.ledger import LedgerLine
from workflows.casefile.parties import Employer, Worker
from workflows.models import Inspection, PoliceTransfer
from workflows.perform import perform
from workflows.record import Event

INTERNAL = "老板说年底前想办法，内部研判可能转移资产"


def note(county: County, **told: str) -> Event:
    inspection = Inspection.objects.get(public_id=county["established_inspection"])
    return perform(inspection, "note", by=county.people.lead, inputs=told).events[-1]


def test_a_note_is_written_from_the_page_and_stands_in_the_record(county: County) -> None:
    inspector, case = county.client("lead"), f"/cases/{county['established']}/"
    page = inspector.get(case).content.decode()
    where = re.search(r'class="composer[^"]*" method="post" action="([^"]+)"', page)[1]
    key = re.search(r'name="idempotency_key" value="(\w+)"', page)[1]
    told = {"kind": "phone", "text": "联系项目经理，承诺本周补交工资表", "idempotency_key": key}
    assert inspector.post(where, told).status_code == 302
    assert inspector.post(where, told).status_code == 302, "sent twice, written once"
    assert Event.objects.filter(act="note").count() == 1
    assert "承诺本周补交工资表" in inspector.get(case).content.decode()
    assert inspector.post(where, {"kind": "phone", "text": " "}).status_code == 422
    wrong = inspector.post(where, {"kind": "fax", "text": "传真件内容"})
    assert wrong.status_code == 422 and "传真件内容" in wrong.content.decode(), "typed text stays"


def test_an_internal_note_reaches_nobody_outside(county: County) -> None:
    before = Evidence.objects.count()
    event = note(county, kind="internal", text=INTERNAL)
    assert event.facts.get("notices") in (None, [], {}) and Evidence.objects.count() == before
    case = f"/cases/{county['established']}/"
    shown = county.client("squad_leader").get(case).content.decode()
    assert INTERNAL in shown and "内部" in shown
    for filtered in ("?show=outside", "?show=papers", "?show=states"):
        assert INTERNAL not in county.client("squad_leader").get(case + filtered).content.decode()
    for role in ("police", "housing", "leader", "auditor", "operator"):
        client = county.client(role)
        for address in ("/police/", "/inbox/", "/lead/", "/audit/", "/complaints/", case):
            assert INTERNAL not in client.get(address).content.decode(), (role, address)
    assert INTERNAL not in Client().get("/p/").content.decode()


def test_a_long_print_tells_how_far_it_is_and_opens_by_itself(county: County, monkeypatch) -> None:
    """Each answer draws a little and keeps it; only the finished file counts as read."""
    inspector, address = county.client("lead"), f"/cases/{county['expired']}/file/"
    monkeypatch.setattr(files, "PATIENCE", 0.0)
    page = inspector.get(address)
    assert page.status_code == 200 and '<meta http-equiv="refresh"' in page.content.decode()
    done, total = map(int, re.search(r"已制作 (\d+) / (\d+) 件", page.content.decode()).groups())
    assert done == 1 < total and not Reading.objects.filter(what="print").exists()
    monkeypatch.setattr(files, "PATIENCE", 60.0)
    ready = inspector.get(address)
    assert ready.content.startswith(b"%PDF-") and Reading.objects.filter(what="print").count() == 1


def test_the_record_is_filtered_in_the_address_and_has_no_way_to_delete(county: County) -> None:
    inspector, case = county.client("lead"), f"/cases/{county['expired']}/"
    page = inspector.get(case).content.decode()
    everything = len(re.findall(r'<li class="entry', page))
    papers = len(re.findall(r'<li class="entry', inspector.get(f"{case}?show=papers").content.decode()))
    assert 0 < papers < everything
    shown = dict(re.findall(r'href="\?(?:show=)?(\w*)"[^>]*>\S+ <span class="count">(\d+)<', page))
    assert int(shown[""]) == everything and int(shown["papers"]) == papers
    assert "删除" not in re.search(r'<ol class="timeline">.*?</ol>', page, re.S)[0]


def test_cases_near_by_say_why_and_hide_what_one_may_not_see(county: County) -> None:
    address = f"/cases/{county['established']}/related/"
    page = county.client("lead").get(address)
    assert page.status_code == 200 and 'id="related"' in page.content.decode()
    for role in ("police", "leader", "administrator", "housing"):
        assert county.client(role).get(address).status_code == 404


def test_an_impossible_act_is_shown_with_its_reason_and_refused_when_posted(county: County) -> None:
    inspector = county.client("lead")
    page = inspector.get(f"/cases/{county['established']}/").content.decode()
    blocked = re.findall(r'aria-disabled="true"[^>]*>([^<]+)<span class="under">([^<]+)<', page)
    assert blocked and all(reason.strip() for _, reason in blocked)
    closed = inspector.post(f"/inspection/{county['established_inspection']}/actions/close/", {"result": "x"})
    assert closed.status_code in (409, 422)


def test_what_the_police_do_not_take_lands_in_the_inspectors_bucket_with_the_reason(county: County) -> None:
    """Check 26; and a transfer that is not theirs is absent to the police (check 25)."""
    police, inspector, where = county.client("police"), county.client("lead"), f"/police/{county['transfer']}/actions"
    before = bucket(inspector)
    assert police.post(f"{where}/receive/", {"receiver": "李警官"}).status_code == 302
    assert bucket(inspector) == before
    rule = PoliceTransfer.rule_from("ask_supplement", "received")
    assert rule is not None
    told = {name: "补充工资流水" for name, field in rule.asks.base_fields.items() if field.required}
    assert police.post(f"{where}/ask_supplement/", told).status_code == 302
    assert bucket(inspector) == before + 1
    assert "补充工资流水" in inspector.get(f"/transfers/{county['transfer']}/").content.decode()
    assert police.get(f"/transfers/{county['reported']}/").status_code == 404
    assert police.get(f"/cases/{county['established']}/").status_code == 404


def bucket(inspector: Client) -> int:
    """The number in the bucket 公安退回, which is the length of the list behind it."""
    page = inspector.get(WORK).content.decode()
    count = int(re.search(r"公安退回</span>\s*<strong>(\d+)", page)[1])
    listed = inspector.get(f"{WORK}?b=returned").content.decode()
    assert int(re.search(r'data-count="(\d+)"', listed)[1]) == count
    return count


def test_a_case_read_by_the_api_is_written_down_too(county: County) -> None:
    assert county.client("lead").get(f"/api/cases/{county['expired']}").status_code == 200
    assert county.client("leader").get(f"/api/cases/{county['expired']}").status_code in (200, 404)
    assert [r.what for r in Reading.objects.all()] == ["case"]


def test_the_approval_of_a_transfer_shows_the_clock_of_that_decision(county: County) -> None:
    page = county.client("principal_head").get("/approvals/").content.decode()
    assert "移送审批期限" in re.search(r"<dt>时限</dt><dd>([^<]+)", page)[1]


def test_three_hundred_workers_and_the_rarest_names_are_one_readable_page(county: County) -> None:
    case = Case.objects.get(public_id=county["established"])
    line = LedgerLine.objects.filter(case=case).first()
    assert line is not None
    long = "中铁" * 28 + "渑池县分公司"
    for number in range(300):
        worker = Worker.objects.create(
            complaint=line.worker.complaint, case=case, name=f"𠮷{number}𪚥", phone=f"1370000{number:04d}"
        )
        LedgerLine.objects.create(
            complaint=line.complaint, case=case, worker=worker, claimed=line.claimed, months=line.months
        )
    Employer.objects.filter(pk=case.employer_id).update(name=long)
    page = county.client("lead").get(f"/cases/{case.public_id}/?all=1").content.decode()
    assert long in page and "𠮷299𪚥" in page and "1370000" not in page
