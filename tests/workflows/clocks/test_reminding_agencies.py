"""An answer that another agency owes: its own post is reminded and chased, our side climbs, and the agency learns no
more than it was told when it was asked. In the inbox each line of a digest leads to its case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from casedesk.models import User
from notifications.models import Notice
from notifications.outbox import deliver_due
from tests import walks
from tests.people import People, reception_day, settle_county
from workflows import clock, reminders
from workflows.invariants import INVARIANTS
from workflows.models import Limit, PoliceTransfer, Reminder
from workflows.notices import FIELDS, MATRIX
from workflows.perform import perform
from workflows.roles import SYSTEM

DAY = timedelta(days=1)
START = walks.MONDAY
#: owed by whom, and the row of the matrix by which it was asked
OWED = {
    "ANSWER_DUE": ("housing/liaison", "ASSISTANCE_ASKED"),
    "TASK_DUE": ("transport/liaison", "TASK_ASSIGNED"),
    "REFERRAL_ANSWER": ("housing/liaison", "REFERRED"),
    "TRF-12": ("police/police_officer", "TRANSFER_SENT"),
}


def build() -> People:
    """One limit of each kind that an agency owes, of which the first three end on Monday 9 March 2026."""
    people = settle_county()
    with clock.at(START - 14 * DAY):
        late = walks.ordered(people, days=5)
    with clock.at(START - 8 * DAY):
        perform(late, "expire", by=SYSTEM)
    with clock.at(START):
        walks.received(people, late)
        asked = {"agency": "housing", "question": "请提供施工许可信息。", "due_on": "2026-03-09"}
        perform(walks.investigating(people), "ask_agency", by=people.lead, inputs=asked)
        referred = walks.registered(people, complainant_phone="13900000077", employer_name="渑池县白云市政有限公司")
        inputs = {"agency": "housing", "reason": "属住建部门职责", "by_day": "2026-03-09"}
        perform(referred.intake, "refer", by=people.squad_leader, inputs=inputs)
        day = reception_day(date(2026, 3, 2), "hrss", "transport")
        visited = walks.investigating(people, employer_name="渑池县黄河路桥有限公司")
        inputs = {"day": str(day.public_id), "visitors": "来访人三名", "people": 3}
        joint = perform(visited.case, "schedule", by=people.lead, inputs=inputs).subject
        perform(joint, "convene", by=people.lead, inputs={"present": "人社局、交通局、项目部"})
        asked = {"agency": "transport", "question": "请核对拨款。", "due_on": "2026-03-09"}
        perform(joint, "assign_task", by=people.lead, inputs=asked)
    return people


@pytest.fixture
def people(database_like: Any) -> Iterator[People]:
    with database_like("agencies owe answers", build=build) as found:
        yield found


def tick_until(last: datetime, first: datetime = START) -> None:
    moment = first
    while moment <= last:
        with clock.at(moment):
            reminders.remind(moment)
        moment += timedelta(hours=3)


def told(rule: str, kind: str = reminders.OWED) -> list[tuple[str, str, str]]:
    """Day, addressee and level of what was said of a rule, in order."""
    return sorted(
        {
            (str(clock.legal_day(n.posted_at)), f"{n.recipient_agency}/{n.recipient_role}", item["level"])
            for n in Notice.objects.filter(kind=kind)
            for item in n.fields["items"]
            if item["rule"] == rule
        }
    )


def test_the_post_that_owes_is_reminded_before_and_after_and_our_side_climbs(people: People) -> None:
    tick_until(START + 20 * DAY)
    for rule in ("ANSWER_DUE", "TASK_DUE", "REFERRAL_ANSWER"):
        to, _ = OWED[rule]
        # Friday before the Monday, the Tuesday after it, the fifth working day after it
        levels = [("2026-03-06", to, "before_1"), ("2026-03-10", to, "over"), ("2026-03-16", to, "over_5")]
        assert told(rule) == levels, rule
        ours = {(level, to) for _, to, level in told(rule, reminders.DIGEST)}
        first = "hrss/squad_leader" if rule == "REFERRAL_ANSWER" else "hrss/inspector"
        assert ours == {
            ("before_1", first), ("over", first), ("over_5", "hrss/squad_leader"), ("over_5", "hrss/bureau_head"),
        }, rule  # fmt: skip
    # three days from Monday 2 March (MPS159 178) end on Thursday
    assert [day for day, to, _ in told("TRF-12")] == ["2026-03-04", "2026-03-06", "2026-03-12"]
    assert {to for _, to, _ in told("TRF-12")} == {"police/police_officer"}
    assert Reminder.objects.filter(posted_at=None).count() == 0
    assert [f for check in INVARIANTS for f in [check()] if not f.holds] == []


def test_an_agency_hears_of_its_own_limits_and_nothing_its_row_of_the_matrix_does_not_list(people: People) -> None:
    tick_until(START + 20 * DAY)
    ours = re.compile(
        "|".join(("林大河", "林小川", "13900000", "12600", "9800", "木工", "调查期限", "办结期限", "监察甲"))
    )
    for rule, (to, row) in OWED.items():
        for notice in Notice.objects.filter(kind=reminders.OWED):
            rules = {item["rule"] for item in notice.fields["items"]}
            if rule not in rules:
                continue
            assert f"{notice.recipient_agency}/{notice.recipient_role}" == to
            assert {OWED[r][0] for r in rules} == {to}
            assert not ours.search(notice.title + notice.text), notice.text
            first = Notice.objects.filter(kind=row, recipient_agency=notice.recipient_agency).latest("posted_at")
            employer = f"{FIELDS['employer'][0]}：" if "employer" in MATRIX[row].fields else "?"
            assert employer in first.text
    for limit in Limit.objects.filter(rule__in=OWED).select_related("case__employer", "complaint"):
        row = MATRIX[OWED[limit.rule][1]]
        mine = [
            line
            for n in Notice.objects.filter(kind=reminders.OWED)
            for line, item in zip(n.text.split("\n")[2:], n.fields["items"], strict=True)
            if item["limit"] == str(limit.public_id)
        ]
        assert mine
        for line in mine:
            assert ("案" not in line and "〔" not in line) or "case_number" in row.fields
            name = limit.case.employer.name if limit.case else limit.complaint.employer_name  # type: ignore[union-attr]
            assert name in line and "employer" in row.fields


def test_who_has_answered_hears_no_more(people: People) -> None:
    tick_until(START + 6 * DAY)
    limit = Limit.objects.get(rule="ANSWER_DUE")
    with clock.at(START + 7 * DAY):
        inputs = {"task": str(limit.about), "answer": "已办施工许可。"}
        perform(limit.case.inspection, "answer_agency", by=people.housing, inputs=inputs)  # type: ignore[union-attr]
    tick_until(START + 20 * DAY, START + 7 * DAY)
    assert [level for *_, level in told("ANSWER_DUE")] == ["before_1"]
    assert len(told("REFERRAL_ANSWER")) == 3


def test_in_the_inbox_each_line_of_a_digest_leads_to_its_case(people: People) -> None:
    tick_until(START + 20 * DAY)
    with clock.at(START + 20 * DAY):
        deliver_due(limit=500)
        page = inbox(people, "lead")
        digest = next(n for n in Notice.objects.filter(kind=reminders.DIGEST, recipient_role="inspector")
                      if len({i["subject"] for i in n.fields["items"]}) > 1)  # fmt: skip
        for item, line in zip(digest.fields["items"], digest.text.split("\n")[2:], strict=True):
            number, _, words = line.partition("：")
            kind, _, public_id = item["subject"].partition(":")
            assert f'<a href="/{kind}s/{public_id}/">{words}</a>' in page, number
        assert page.count("期限提醒（") == page.count("：监察甲</h2>") > 0, "of the inspectors' digests his own"
        assert "：监察乙</h2>" in inbox(people, "second")
        assert "期限提醒（" not in inbox(people, "third")
        transfer = PoliceTransfer.objects.get()
        assert f'href="/transfers/{transfer.public_id}/"' in inbox(people, "police")
        # the liaison is asked, and sees no case of ours: his lines lead nowhere, his answer is asked for above them
        page = inbox(people, "housing")
        assert "答复期限提醒" in page
        assert "/cases/" not in page


def inbox(people: People, name: str) -> str:
    user, _ = User.objects.get_or_create(username=name, officer=people.officers[name])
    client = Client()
    client.force_login(user)
    return client.get("/inbox/").content.decode()
