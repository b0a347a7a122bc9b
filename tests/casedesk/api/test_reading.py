"""Lists, pages, records, limits: complete, in order, without gaps, at the same number of statements however long."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import walks
from tests.casedesk.api.clients import County, is_problem
from tests.people import People, settle_county
from workflows import clock
from workflows.models import Case, Complaint, Event
from workflows.perform import perform

FEW, MANY = 2, 9


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with clock.at(walks.MONDAY):
        yield


def grown(cases: int) -> People:
    with clock.at(walks.MONDAY):
        people = settle_county()
        for number in range(cases):
            walks.established(people, employer_name=f"渑池县第{number}建筑劳务有限公司")
            walks.registered(people, complainant_name=f"马{number}")
        return people


@pytest.fixture
def small(database_like: Callable[..., Any]) -> Iterator[County]:
    with database_like("api: few cases", build=lambda: grown(FEW)) as people:
        yield County(people)


@pytest.fixture
def large(database_like: Callable[..., Any]) -> Iterator[County]:
    with database_like("api: many cases", build=lambda: grown(MANY)) as people:
        yield County(people)


def walk(caller: Any, path: str, size: int) -> list[dict[str, Any]]:
    """All pages of a list, one after the other."""
    found: list[dict[str, Any]] = []
    after = ""
    for _ in range(50):
        answer = caller.get(f"{path}{'&' if '?' in path else '?'}size={size}{after}")
        assert answer.status_code == 200, answer.content.decode()
        page = answer.json()
        assert len(page["results"]) <= size
        found += page["results"]
        if page["next"] is None:
            return found
        word = "before" if "timeline" in path else "after"
        after = f"&{word}={page['next'].replace('+', '%2B')}"
    raise AssertionError("the pages never end")


LISTS = [
    "complaints",
    "complaints?state=registered,accepted",
    "cases",
    "queue?everybody=true",
    "queue",
    "queue/complaints",
]


@pytest.mark.parametrize("path", LISTS)
def test_pages_together_are_the_whole_list_in_order(large, path):
    caller = large.lead
    whole = walk(caller, path, 100)
    assert whole and walk(caller, path, 4) == whole
    assert len({row["id"] for row in whole}) == len(whole)


def test_lists_hold_what_they_say(large):
    assert len(walk(large.lead, "complaints", 100)) == 2 * MANY
    assert len(walk(large.lead, "complaints?state=registered", 100)) == MANY
    assert walk(large.lead, "complaints?state=declined", 100) == []
    assert len(walk(large.lead, "cases?state=facts_established", 100)) == MANY
    queue = large.lead.get("queue").json()
    assert queue["buckets"]["mine"] == MANY == len(queue["results"])
    assert large.third.get("queue").json()["results"] == []
    assert len(large.third.get("queue?everybody=true").json()["results"]) == MANY
    assert len(walk(large.lead, "queue/complaints", 100)) == MANY
    for bucket in ("over", "today", "soon", "approval", "returned"):
        answer = large.lead.get(f"queue?bucket={bucket}").json()
        assert len(answer["results"]) == answer["buckets"][bucket]


def test_the_record_is_read_newest_first_and_without_gaps(small):
    case = Case.objects.first()
    assert case is not None
    events = walk(small.lead, f"cases/{case.public_id}/timeline", 2)
    assert [e["seq"] for e in events] == list(range(case.version, 0, -1))
    assert len(events) == Event.objects.filter(case=case).count()
    complaint = case.complaints.get()
    acts = [e["act"] for e in walk(small.lead, f"complaints/{complaint.public_id}/timeline", 2)]
    assert acts == ["accept", "register", "log"]


def test_limits_carry_name_article_and_day(small):
    case = Case.objects.first()
    assert case is not None
    running = small.lead.get(f"cases/{case.public_id}/limits").json()["results"]
    assert {x["rule"] for x in running} == {"INV-02", "DEC-01"}
    assert all(x["name"] and x["article"] and x["due_on"] and not x["outcome"] for x in running)
    ended = small.lead.get(f"cases/{case.public_id}/limits?all=1").json()["results"]
    assert {x["rule"]: x["outcome"] for x in ended}["INV-01"] == "kept"
    complaint = Complaint.objects.filter(case__isnull=True).first()
    assert complaint is not None
    limits = small.operator.get(f"complaints/{complaint.public_id}/limits").json()["results"]
    assert {x["rule"] for x in limits} == {"ACC-01", "ACC-09"}


def test_a_case_shows_what_hangs_on_it_and_masks_people(small):
    case = Case.objects.first()
    assert case is not None
    shown = small.lead.get(f"cases/{case.public_id}").json()
    assert shown["totals"] == {
        "workers": 2, "claimed": "22400.00", "owed": "22400.00", "paid": "0.00", "rest": "22400.00",
    }  # fmt: skip
    assert [a["lead"] for a in shown["assignments"]] == [True, False]
    assert {p["procedure"] for p in shown["procedures"]} == {"inspection"}
    assert shown["version"] == case.version


#: statements of one answer: signing in, the actor, the context, the rows
BUDGET = {
    "complaints?size=100": 12, "cases?size=100": 12, "queue?everybody=true": 14, "queue/complaints": 14,
    "approvals": 14,
    "approvals?mine=true": 12, "transfers": 12,
}  # fmt: skip


@pytest.mark.parametrize("path", list(BUDGET))
def test_a_list_takes_as_many_statements_however_long_it_is(small, database_like, path):
    counted = []
    for key, cases in (("api: few cases", FEW), ("api: many cases", MANY)):
        with database_like(key, build=lambda n=cases: grown(n)) as people:
            county = County(people)
            for inspection in [c.inspection for c in Case.objects.all()]:
                perform(inspection, "order_payment", by=people.lead, inputs={"pay_by": "2026-03-20"})
            caller = county.squad_leader if path == "approvals" else county.lead
            caller.get(path)
            with CaptureQueriesContext(connection) as statements:
                answer = caller.get(path)
            assert answer.status_code == 200
            counted.append(len(statements))
    assert counted[0] == counted[1] <= BUDGET[path]


DETAILS = {"": 30, "/timeline": 12, "/limits": 12}


@pytest.mark.parametrize("part", list(DETAILS))
def test_a_case_takes_as_many_statements_however_much_hangs_on_it(small, part):
    first, second = Case.objects.order_by("id")[:2]
    joined = perform(
        first.inspection, "join", by=small.people.squad_leader, inputs={"into": second.number, "reason": "同一项目"}
    )
    assert joined.subject.state == "joined"
    counted = []
    for case in (first, second):
        small.lead.get(f"cases/{case.public_id}{part}")
        with CaptureQueriesContext(connection) as statements:
            assert small.lead.get(f"cases/{case.public_id}{part}").status_code == 200
        counted.append(len(statements))
    assert max(counted) <= DETAILS[part], counted


def test_offered_acts_take_a_bounded_number_of_statements(small):
    case = Case.objects.first()
    assert case is not None
    small.lead.get(f"inspection/{case.inspection.public_id}/actions")
    with CaptureQueriesContext(connection) as statements:
        offered = small.lead.get(f"inspection/{case.inspection.public_id}/actions").json()
    assert len(offered["actions"]) > 15 and len(statements) <= 35


def test_a_leader_reads_the_backlog_without_anybodys_identity(small):
    case = Case.objects.first()
    assert case is not None
    complaint = case.complaints.get()
    assert len(walk(small.leader, "cases", 100)) == FEW
    shown = small.leader.get(f"cases/{case.public_id}").json()
    assert shown["lines"] == [] and shown["complaints"][0]["called"] is None and shown["totals"]["workers"] == 2
    shown = small.leader.get(f"complaints/{complaint.public_id}").json()
    assert shown["person"] is None and shown["called"] is None and shown["violation_facts"] is None
    record = walk(small.leader, f"cases/{case.public_id}/timeline", 100)
    assert all(e["inputs"] is None and e["reason"] is None for e in record)
    assert small.leader.get("transfers").json()["results"] == []


def test_an_auditor_reads_that_acts_were_done_and_nothing_else(small):
    case = Case.objects.first()
    assert case is not None
    record = walk(small.auditor, f"cases/{case.public_id}/timeline", 100)
    assert len(record) == case.version and all(e["inputs"] is None and e["by"] for e in record)
    is_problem(small.auditor.get(f"cases/{case.public_id}"), 404)
    is_problem(small.auditor.get(f"cases/{case.public_id}/limits"), 404)
    assert small.auditor.get("cases").json()["results"] == []


def test_a_reading_cannot_write(small, monkeypatch):
    """GETs run in a read-only transaction: a slip in a view fails at the database."""
    monkeypatch.setattr("casedesk.api.shapes.case_row", lambda case: Complaint.objects.update(title="x"))
    with pytest.raises(Exception, match="read-only"):
        small.lead.get("cases")
