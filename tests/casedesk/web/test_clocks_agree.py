"""One clock, one look: the chip of a case is the same in the queue, on its page and on the board; every state of a
chip is told by word, icon and border, not by colour alone; what stands still comes last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from casedesk.templatetags.cd import CHIP_ICONS, CHIP_WORDS, clock_chip
from tests import walks
from tests.casedesk.web.county import NOW, County
from workflows import clock, pauses
from workflows.casefile.case import NEVER
from workflows.law import limits
from workflows.law.limits import LimitRule
from workflows.models import Case, Limit

CHIP = re.compile(r'<span class="chip (\w+)[^"]*"[^>]*>(?:<svg.*?</svg>)?([^<]*)</span>', re.S)
ROW = re.compile(r'<tr[ >](?:(?!</tr>).)*class="case-link" href="(/cases/[^"?]+)(?:(?!</tr>).)*</tr>', re.S)


@pytest.fixture
def lively(county: County) -> Iterator[County]:
    """The busy county and two old cases, whose limits are over."""
    for days in (150, 180):
        with clock.at(NOW - timedelta(days=days)):
            facts = {"complainant_phone": f"13966660{days}", "employer_name": f"渑池县{days}日前厂"}
            walks.investigating(county.people, **facts)
    yield county


def chips(client: Client, address: str) -> dict[str, tuple[str, str]]:
    """The chip of each case of a list, by the case's address, in the order of the list."""
    html = client.get(address).content.decode()
    found = {}
    for row in ROW.finditer(html):
        chip = CHIP.search(row[0])
        assert chip, row[0]
        found[row[1]] = (chip[1], chip[2].strip())
    return found


def test_queue_page_and_board_show_the_same_clock_of_every_case(lively: County) -> None:
    squad = lively.client("squad_leader")
    queue = chips(squad, "/cases/")
    assert len({state for state, _words in queue.values()}) >= 3, queue
    for address, chip in queue.items():
        html = squad.get(address).content.decode()
        head = CHIP.search(html, html.index('class="identity-name"'))
        assert head and (head[1], head[2].strip()) == chip, address
    over = {address for address, (state, _words) in queue.items() if state == "over"}
    assert over and set(chips(squad, "/cases/?b=over")) == over
    today = {address for address, (state, _words) in queue.items() if state == "today"}
    assert set(chips(squad, "/cases/?b=today")) == today
    board = squad.get("/lead/").content.decode()
    figure = re.search(r'aria-label="已超期">.*?<a[^>]*href="([^"]*)">([\d,]+)<', board, re.S)
    assert figure and int(figure[2]) == len(over)
    listed = chips(squad, figure[1].replace("&amp;", "&"))
    assert listed == {address: queue[address] for address in listed} and set(listed) == over


def test_a_limit_that_stands_still_is_shown_so_and_comes_last(lively: County) -> None:
    squad = lively.client("squad_leader")
    before = list(chips(squad, "/cases/"))
    first = Case.objects.get(public_id=before[0].split("/")[2])
    LimitRule.objects.update(pause=["hearing"])  # no wired rule knows a pause: these rows say so for this test
    limits.forget()
    for limit in Limit.objects.filter(case=first, stopped_at=None):
        if limit.rule in limits.SET_DATES:
            limit.stopped_at, limit.outcome = NOW, "kept"
            limit.save()
            continue
        pauses.pause(
            limit, first=clock.today(), reason="hearing", document="听证通知书〔2026〕1号",
            by=lively.people.lead, approved_by=lively.people.bureau_head,
        )  # fmt: skip
    first.refresh_from_db()
    assert first.nearest_at == NEVER
    after = chips(squad, "/cases/")
    assert list(after) == [*before[1:], before[0]]
    assert after[before[0]] == ("hold", "已中止计时")
    html = squad.get(before[0]).content.decode()
    head = CHIP.search(html, html.index('class="identity-name"'))
    assert head and (head[1], head[2].strip()) == ("hold", "已中止计时")
    over = squad.get("/cases/?b=over").content.decode()
    assert before[0] not in chips(squad, "/cases/?b=over") and "已中止计时" not in over
    limits.forget()


def test_a_case_without_a_clock_is_not_lost_between_the_pages_of_the_api(lively: County) -> None:
    squad = lively.client("squad_leader")
    bare = Case.objects.order_by("-id")[:3]
    Limit.objects.filter(case__in=[c.pk for c in bare]).update(stopped_at=NOW, outcome="kept")
    Case.objects.filter(pk__in=[c.pk for c in bare]).update(nearest_at=NEVER)
    found: list[str] = []
    after = ""
    for _ in range(20):
        answer = squad.get("/api/queue", {"everybody": "true", "size": 2, "after": after}).json()
        found += [one["number"] for one in answer["results"]]
        after = answer["next"] or ""
        if not after:
            break
    assert len(found) == len(set(found)) == len(chips(squad, "/cases/"))


def test_without_colour_the_states_of_a_clock_still_differ() -> None:
    """WCAG 1.4.1: icon, words and border say it; on paper, where there is no colour, as on a grey screen."""
    states = [state for state in CHIP_ICONS if state != "none"]
    assert len({CHIP_ICONS[s] for s in states}) == len({str(CHIP_WORDS[s]) for s in states}) == len(states) == 5
    for state in states:
        said = clock_chip({"state": state})
        assert said["icon"] and said["text"]
    rules = Path(str(finders.find("cd/desk.css"))).read_text()
    assert re.search(r"\.chip\.hold \{[^}]*dashed", rules) and re.search(r"\.chip\.over \{[^}]*background", rules)
    printed = rules[rules.index("@media print") :]
    assert re.search(r"\.chip\.hold \{\s*border-style: dashed", printed)
