"""Reminders: the same set however the clockwork runs, none twice, in working hours, to the right posts."""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from multiprocessing import get_context
from typing import Any

import pytest
from django.db import connections

from notifications.models import Notice
from tests import walks
from tests.people import People, settle_county
from workflows import clock, reminders
from workflows.casefile.complaint import Complaint
from workflows.invariants import INVARIANTS
from workflows.law.limits import rules
from workflows.law.seeding import holiday_years
from workflows.models import Event, Intake, Limit, LimitPause, Reminder
from workflows.perform import perform
from workflows.roles import SYSTEM
from workflows.sweep import sweep

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
START = walks.MONDAY
END = START + 15 * DAY
Set = set[tuple[str, str, str]]


def build() -> People:
    """Matters in every situation the reminders know, all of them open on Monday 2 March 2026, nine o'clock."""
    people = settle_county()
    with clock.at(START - 14 * DAY):
        late = walks.ordered(people, days=5)
    with clock.at(START - 6 * DAY):
        perform(late, "expire", by=SYSTEM)
    with clock.at(START - 3 * HOUR):
        inputs = {"kind": "refusal_to_pay", "facts": "有能力支付而不支付，经责令仍不支付。"}
        transfer = perform(late.case, "propose_transfer", by=people.lead, inputs=inputs).subject
        inputs = {"second_inspector": people.id("second"), "opinion": "建议移送。"}
        perform(transfer, "report", by=people.lead, inputs=inputs)
        perform(transfer, "approve", by=people.principal_head)  # 24 hours run (TRD 5)
    with clock.at(START - 2 * HOUR):
        walks.registered(people)
        walks.registered(people, register=False)  # a draft
        urgent = walks.registered(people)
        perform(urgent.intake, "flag_urgent", by=people.operator, inputs={"what": "多人聚集"})
        walks.investigating(people)
        walks.ordered(people, days=5)
        unserved = walks.established(people)
        done = perform(unserved, "order_payment", by=people.lead, inputs={"pay_by": str(START.date() + 4 * DAY)})
        walks.approved(done, people.squad_leader)
    return people


@pytest.fixture
def county(database_like: Any) -> Iterator[People]:
    with database_like("reminders of a county", build=build) as people:
        yield people


def lived() -> People:
    """The same county after two weeks of a clockwork that ran every hour."""
    people = build()
    for moment in every(HOUR):
        tick(moment)
    return people


@pytest.fixture
def two_weeks(database_like: Any) -> Iterator[People]:
    with database_like("two weeks of reminders", build=lived) as people:
        yield people


# --- an independent model ---------------------------------------------------------------------------------------------

OFF = {date.fromisoformat(d["date"]): d["off"] for year in holiday_years() for d in year["days"]}
OURS = {"ACC-01", "ACC-09", "INV-01", "INV-02", "DEC-01", "BLK-06"}
THEIRS = {"PAY_BY", "INV-05"}


def works(day: date) -> bool:
    return not OFF.get(day, day.weekday() > 4)


def by_model(until: datetime) -> Set:
    """Hour by half hour from the first start to the end: who speaks up when?

    Written from the data file's words, not from the code.
    """
    drafts = set(Intake.objects.filter(state="draft").values_list("public_id", flat=True))
    urgent = set(Complaint.objects.exclude(urgent="").values_list("pk", flat=True))
    said: Set = set()
    for x in Limit.objects.filter(stopped_at=None):
        if x.subject in drafts:
            continue
        served = x.rule != "PAY_BY" or Event.objects.filter(case=x.case, act="record_service").exists()
        moment = clock.start_of(clock.legal_day(x.started_at))
        while moment <= until:
            ended = x.rule == "PAY_BY" and served and moment >= x.due_at  # by the sweep
            if moment > x.started_at and not ended:
                said |= {(str(x.subject), x.rule, one) for one in speaks(x, moment, urgent=x.complaint_id in urgent)}
            moment += HOUR / 2
    return said


def speaks(x: Limit, moment: datetime, *, urgent: bool) -> list[str]:
    day, found = moment.date(), []
    morning = (moment.hour, moment.minute) == (8, 30)
    if x.rule == "TRF-04":
        found += [f"before_{n}h" for n in (6, 1) if moment == x.due_at - n * HOUR]
        found += ["over"] if moment == x.due_at else []
    elif urgent and moment == x.due_at and x.rule in OURS | THEIRS:
        found += ["over"]
    if x.rule not in OURS | THEIRS | {"TRF-04"} or not morning or not (works(day) or urgent):
        return found
    if day <= x.due_on and x.rule != "TRF-04":
        left = sum(works(day + n * DAY) for n in range((x.due_on - day).days))
        if left == 1 and works(day):
            found.append("before_1")
        if x.rule in OURS and left == 5 and works(day):
            found.append("before_5")
        if x.rule in OURS and (day == x.due_on if urgent or works(x.due_on) else left == 1 and works(day)):
            found.append("on_day")
    if day > x.due_on and works(day):
        passed = sum(works(x.due_on + n * DAY) for n in range(1, (day - x.due_on).days + 1))
        if passed == 1 and not urgent and x.rule != "TRF-04":
            found.append("over")
        if passed == 5:
            found.append("over_5")
    return found


def written() -> Set:
    rows = Reminder.objects.values_list("limit__subject", "limit__rule", "level")
    assert len(rows) == len(set(rows))
    return {(str(subject), rule, level) for subject, rule, level in rows}


def tick(now: datetime) -> None:
    """What the timetable does: plan, sweep, plan and post."""
    with clock.at(now):
        reminders.plan(now)
        sweep(now)
        reminders.remind(now)


def every(step: timedelta, *gaps: tuple[datetime, datetime]) -> Iterator[datetime]:
    moment = START
    while moment <= END:
        if not any(first <= moment < last for first, last in gaps):
            yield moment
        moment += step


# --- the same set however it runs -------------------------------------------------------------------------------------

SCHEDULES: dict[str, Callable[[], Iterator[datetime]]] = {
    "every three hours": lambda: every(3 * HOUR),
    "24 hours away in the second week": lambda: every(
        5 * HOUR, (datetime(2026, 3, 9, 2, tzinfo=clock.SHANGHAI), datetime(2026, 3, 10, 2, tzinfo=clock.SHANGHAI))
    ),
    "away over the day the orders pass": lambda: every(
        5 * HOUR, (datetime(2026, 3, 5, 2, tzinfo=clock.SHANGHAI), datetime(2026, 3, 9, 14, tzinfo=clock.SHANGHAI))
    ),
    "every tick twice": lambda: (m for m in every(6 * HOUR) for _ in range(2)),
    "only at the end": lambda: iter([END - timedelta(minutes=5), END]),
}


@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=list(SCHEDULES))
def test_the_same_reminders_and_expiries_however_the_beat_runs(
    county: People, schedule: Callable[[], Iterator[datetime]]
) -> None:
    wanted = by_model(END)
    assert len(wanted) > 12
    assert {level for _, _, level in wanted} >= {
        "before_5",
        "before_1",
        "on_day",
        "over",
        "over_5",
        "before_6h",
        "before_1h",
    }
    for moment in schedule():
        tick(moment)
    assert written() == wanted
    assert expiries() == 2  # the one of the start, and the order that was served; the one never served stays
    assert_told_once()


def test_three_beats_at_once(county: People, race: Any) -> None:
    wanted = by_model(END)
    for moment in every(12 * HOUR):
        results = race(*[lambda moment=moment: tick(moment)] * 3)
        assert results == [None, None, None]
    assert written() == wanted
    assert expiries() == 2
    assert_told_once()


def test_a_worker_killed_in_the_middle_again_and_again(county: People, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = by_model(END)
    real_post, real_create, calls = reminders.post, Reminder.objects.bulk_create, itertools.count(1)

    class Killed(BaseException):
        pass

    def post_then_die(drafts: Any) -> Any:
        rows = real_post(drafts)
        if next(calls) % 3:
            raise Killed
        return rows

    def write_then_die(*args: Any, **kwargs: Any) -> Any:
        rows = real_create(*args, **kwargs)
        if next(calls) % 3 == 0:
            raise Killed
        return rows

    monkeypatch.setattr(reminders, "post", post_then_die)
    monkeypatch.setattr(Reminder.objects, "bulk_create", write_then_die)
    killed = 0
    for moment in every(4 * HOUR):
        try:
            tick(moment)
        except Killed:
            killed += 1
    monkeypatch.undo()
    tick(END)
    assert killed > 4
    assert written() == wanted
    assert_told_once()


def test_a_process_that_is_really_killed(county: People) -> None:
    """Every second tick runs in a process that kills itself with SIGKILL between posting and commit, or after the
    commit.
    """
    wanted = by_model(END)
    connections["default"].close()
    context = get_context("fork")
    killed = 0
    for number, moment in enumerate(every(8 * HOUR)):
        if number % 2:
            child = context.Process(target=tick_and_die, args=(moment, number % 4 == 1))
            child.start()
            child.join(60)
            killed += child.exitcode == -signal.SIGKILL
        else:
            tick(moment)
            connections["default"].close()
    tick(END)
    assert killed > 3
    assert written() == wanted
    assert_told_once()


def tick_and_die(moment: datetime, before_commit: bool) -> None:
    if before_commit:
        real = reminders.post

        def post(drafts: Any) -> None:
            real(drafts)
            os.kill(os.getpid(), signal.SIGKILL)

        reminders.post = post  # type: ignore[assignment]
    tick(moment)
    os.kill(os.getpid(), signal.SIGKILL)


def expiries() -> int:
    return Event.objects.filter(act="expire").count()


def assert_told_once() -> None:
    """Everything planned was posted or dropped; no limit's level stands in two notices to one addressee; the record is
    whole.
    """
    open_ = Reminder.objects.filter(posted_at=None, dropped_at=None)
    assert not open_.filter(moment__lt=END - DAY).exists()
    seen: set[Any] = set()
    for notice in Notice.objects.filter(kind__in=[reminders.DIGEST, reminders.AT_ONCE]):
        to = notice.key.split("|", 2)[2]
        for item in notice.fields["items"]:
            told = (to, item["limit"], item["level"])
            assert told not in seen
            seen.add(told)
    assert {(limit, level) for _, limit, level in seen} <= {
        (str(limit), level) for limit, level in Reminder.objects.values_list("limit__public_id", "level")
    }
    assert [f for check in INVARIANTS for f in [check()] if not f.holds] == []


# --- when and to whom -------------------------------------------------------------------------------------------------


def test_nothing_but_hours_and_urgent_matters_is_said_outside_working_hours(two_weeks: People) -> None:
    digests = Notice.objects.filter(kind=reminders.DIGEST)
    assert digests
    for notice in digests:
        local = notice.posted_at.astimezone(clock.SHANGHAI)
        assert works(local.date())
        assert 8 <= local.hour < 18
    at_once = Notice.objects.filter(kind=reminders.AT_ONCE)
    rules = {item["rule"] for notice in at_once for item in notice.fields["items"]}
    assert rules == {"TRF-04", "ACC-01", "ACC-09"}
    nights = [n for n in at_once if not 8 <= n.posted_at.astimezone(clock.SHANGHAI).hour < 18]
    assert nights


def test_one_digest_in_the_morning_instead_of_ten_messages(two_weeks: People) -> None:
    by_morning: dict[Any, int] = {}
    for notice in Notice.objects.filter(kind=reminders.DIGEST):
        key = (notice.recipient_agency, notice.recipient_role, notice.key.split("|")[-1], notice.posted_at.date())
        by_morning[key] = by_morning.get(key, 0) + 1
    assert set(by_morning.values()) == {1}


def test_it_rises_from_the_inspectors_to_the_leading_group(two_weeks: People) -> None:

    def told(level: str) -> set[str]:
        notices = Notice.objects.filter(kind=reminders.DIGEST)
        return {
            f"{n.recipient_agency}/{n.recipient_role}"
            for n in notices
            if any(i["level"] == level and i["rule"] in OURS for i in n.fields["items"])
        }

    assert told("before_5") == {
        "hrss/inspector",
        "hrss/squad_leader",
    }  # complaints without inspectors go to the squad leader
    assert told("over") >= {"hrss/squad_leader", "hrss/bureau_head"}
    assert "leading_group/leader" not in told("over")
    assert "leading_group/leader" in told("over_5")


def test_a_digest_says_what_and_why_and_names_the_officer(two_weeks: People) -> None:
    notice = next(
        n for n in Notice.objects.filter(kind=reminders.DIGEST, recipient_role="inspector").order_by("posted_at")
    )
    assert "期限提醒" in notice.title
    assert "监察" in notice.title
    assert "届满" in notice.text
    assert "青石建筑" in notice.text
    assert notice.fields["items"][0]["subject"].startswith("case:")


def test_a_draft_says_nothing_until_it_is_registered(county: People) -> None:
    draft = Intake.objects.get(state="draft")
    for moment in every(6 * HOUR):
        tick(moment)
    assert not Reminder.objects.filter(limit__subject=draft.public_id).exists()
    with clock.at(END):
        facts = {name: value for name, value in walks.CALL.items() if name not in ("channel", "register", "lines")}
        perform(draft, "register", by=county.operator, inputs=facts)
    tick(END + DAY)
    assert Reminder.objects.filter(limit__subject=draft.public_id).exists()


def test_a_limit_that_stopped_or_stands_still_says_nothing(county: People) -> None:
    limit = Limit.objects.filter(rule="INV-01", stopped_at=None).order_by("id").last()
    assert limit is not None
    with clock.at(START):
        LimitPause.objects.create(
            limit=limit, first=START.date(), reason="hearing", document="虚构", by_name="甲", approved_by="乙",
            at=START, event=limit.started_by,
        )  # fmt: skip
    later = clock.start_of(limit.due_on) + 10 * HOUR
    tick(later)
    assert not Reminder.objects.filter(limit=limit).exists()
    assert Reminder.objects.filter(limit__case=limit.case).exists()
    stopped = Limit.objects.exclude(stopped_at=None).filter(stopped_at__lte=START)
    assert stopped
    assert not Reminder.objects.filter(limit__in=stopped).exists()


def test_an_extension_speaks_before_the_new_end(county: People) -> None:
    limit = Limit.objects.filter(rule="INV-02", stopped_at=None).order_by("id").last()
    assert limit is not None
    inspection = limit.case.inspection  # type: ignore[union-attr]
    assert "before_5" in {d.level.id for d in moments(limit)}
    with clock.at(START):
        inputs = {"rule": "INV-02", "reason": "案情复杂"}
        done = perform(inspection, "request_extension", by=county.lead, inputs=inputs)
        walks.approved(done, county.bureau_head)
    old = clock.start_of(limit.due_on) + 9 * HOUR
    limit.refresh_from_db()
    tick(old)
    assert not Reminder.objects.filter(limit=limit).exists()
    tick(clock.start_of(limit.due_on) + 9 * HOUR)
    assert set(Reminder.objects.filter(limit=limit).values_list("level", flat=True)) == {
        "before_5",
        "before_1",
        "on_day",
    }


def moments(limit: Limit) -> list[reminders.Due]:
    return reminders.moments(limit, reminders.load_calendar(), urgent=False)


def test_the_missing_year_is_said_once_a_week_to_those_who_can_help(database: str) -> None:
    settle_county()
    moment = datetime(2026, 10, 26, 9, tzinfo=clock.SHANGHAI)
    while moment < datetime(2026, 11, 23, tzinfo=clock.SHANGHAI):
        tick(moment)
        moment += 5 * HOUR
    notices = Notice.objects.filter(kind=reminders.CALENDAR)
    assert len(notices) == 2 * 3  # the weeks of 2, 9 and 16 November: the 1st is a Sunday
    assert {f"{n.recipient_agency}/{n.recipient_role}" for n in notices} == {"hrss/administrator", "hrss/squad_leader"}
    assert "2027年" in notices[0].title


def test_every_rule_and_every_set_date_has_levels(shared_database: str) -> None:
    for rule_id in [*reminders.SET_DATES, *rules()]:
        levels = reminders.levels_of(rule_id)
        assert levels
        assert len({x.id for x in levels}) == len(levels)
    assert [x.id for x in reminders.levels_of("TRF-04")] == ["before_6h", "before_1h", "over", "over_5"]
