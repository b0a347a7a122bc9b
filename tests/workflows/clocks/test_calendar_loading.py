"""A year's notice comes in: what is refused, what is counted again, and that a second time changes nothing."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError

from tests import walks
from tests.people import People, settle_county
from workflows import calendar_editing, clock, second_person
from workflows.calendar_editing import CalendarChange, missing_year
from workflows.errors import InvalidInput, NotPossibleNow, PermissionDenied
from workflows.invariants import INVARIANTS
from workflows.law.calendar import CalendarDay, CalendarNotice, calendar_at, load_calendar
from workflows.models import Event, Limit
from workflows.recompute import follow_notices, recompute
from workflows.record import first_broken

LATE_2026 = walks.day(date(2026, 12, 14))
#: invented days of 2027, with one day off in the December before
DAYS_2027 = [
    {"name": "元旦", "date": "2026-12-31", "isOffDay": True},
    {"name": "元旦", "date": "2027-01-01", "isOffDay": True},
    {"name": "元旦", "date": "2027-01-04", "isOffDay": True},
    {"name": "元旦", "date": "2027-01-09", "isOffDay": False},
]


def a_file(folder: Path, **content: Any) -> Path:
    path = folder / "2027.json"
    path.write_text(json.dumps({"year": 2027, "papers": ["虚构通知〔2026〕1号"], "days": DAYS_2027, **content}))
    return path


@pytest.fixture
def open_case(database: str) -> People:
    people = settle_county()
    with clock.at(LATE_2026):
        walks.investigating(people)
    return people


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ({"papers": [], "days": []}, "尚未公布"),
        ({"papers": []}, "没有文件依据"),
        ({"days": []}, "没有日期"),
        ({"year": None}, "没有年份"),
        ({"days": [{"name": "元旦", "date": "2027-13-01", "isOffDay": True}]}, "第 1 个日期不完整"),
        ({"days": [{"name": "元旦", "date": "2026-11-30", "isOffDay": True}]}, "不在2027年"),
        ({"days": [DAYS_2027[1], DAYS_2027[1]]}, "出现两次"),
        ({"days": [{"name": "元旦", "date": "2027-01-05", "isOffDay": "no"}]}, "第 1 个日期不完整"),
    ],
)
def test_what_announces_nothing_is_refused(database: str, tmp_path: Path, content: dict[str, Any], why: str) -> None:
    before = CalendarNotice.objects.count(), CalendarDay.objects.count()
    with pytest.raises(CommandError, match=why) as refused:
        call_command("load_calendar", a_file(tmp_path, **content))
    assert refused.value.returncode == 2
    assert (CalendarNotice.objects.count(), CalendarDay.objects.count()) == before


def test_the_empty_file_of_2027_is_refused(database: str) -> None:
    file = Path(__file__).parents[4] / "shared" / "data" / "holidays" / "2027.json"
    if not file.exists():
        pytest.skip("../shared/data/holidays is not there")
    with pytest.raises(CommandError, match="2027年放假安排尚未公布"):
        call_command("load_calendar", file)


def test_the_files_of_the_format_are_the_calendar_that_stands(
    database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(__file__).parents[4] / "shared" / "data" / "holidays"
    if not folder.is_dir():
        pytest.skip("../shared/data/holidays is not there")
    for year in range(2019, 2027):
        call_command("load_calendar", folder / f"{year}.json")
    assert capsys.readouterr().out.count("没有改变") == 8
    assert load_calendar().version == 1


def test_a_notice_moves_what_is_open_with_an_event_that_says_why(
    open_case: People, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {x.rule: x for x in Limit.objects.filter(stopped_at=None)}
    assert before["INV-01"].provisional
    with clock.at(LATE_2026 + timedelta(days=1)):
        call_command("load_calendar", a_file(tmp_path))
    said = capsys.readouterr().out
    moved = Limit.objects.get(pk=before["INV-01"].pk)
    # 31 December and 4 January off, Saturday the 9th worked, and no word of the two working days of the computed Spring
    # Festival
    assert (before["INV-01"].due_on, moved.due_on) == (date(2027, 3, 11), date(2027, 3, 10))
    assert not moved.provisional
    assert moved.calendar_version == 2
    assert f"{before['INV-01'].due_on} → {moved.due_on}" in said
    event = Event.objects.get(act="recompute", subject=moved.subject)
    entry = next(e for e in event.facts["recomputed"] if e[0] == "INV-01")
    assert entry == ["INV-01", str(moved.public_id), str(before["INV-01"].due_on), str(moved.due_on), False]
    assert "虚构通知〔2026〕1号" in event.reason
    assert event.from_state == event.to_state == "investigating"
    assert event.by_roles == ["system"]
    assert first_broken(moved.case) is None
    assert CalendarNotice.objects.get(version=2).recomputed_at is not None
    assert_invariants()


def test_the_same_notice_once_more_changes_nothing(
    open_case: People, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with clock.at(LATE_2026 + timedelta(days=1)):
        call_command("load_calendar", a_file(tmp_path))
        rows = snapshot()
        capsys.readouterr()
        call_command("load_calendar", a_file(tmp_path))
        assert "没有改变" in capsys.readouterr().out
        call_command("recompute_clocks")
        assert "改 0" in capsys.readouterr().out
    assert snapshot() == rows


def test_a_day_of_the_december_before_moves_a_limit_that_ends_in_it(database: str, tmp_path: Path) -> None:
    people = settle_county()
    with clock.at(walks.day(date(2026, 12, 24))):  # ACC-01: five working days, to 31 December
        complaint = walks.registered(people)
    limit = Limit.objects.get(complaint=complaint, rule="ACC-01", stopped_at=None)
    assert limit.due_on == date(2026, 12, 31)
    with clock.at(walks.day(date(2026, 12, 25))):
        call_command("load_calendar", a_file(tmp_path))
    limit.refresh_from_db()
    # 31 December and 1 January are off, the 2nd and 3rd a weekend, the 4th off
    assert limit.due_on == date(2027, 1, 5)
    assert not limit.provisional
    assert Event.objects.filter(complaint=complaint, act="recompute").count() == 1


def test_an_amended_year_is_a_new_version_and_the_old_one_stays_readable(open_case: People, tmp_path: Path) -> None:
    with clock.at(LATE_2026 + timedelta(days=1)):
        call_command("load_calendar", a_file(tmp_path))
        first = Limit.objects.get(rule="INV-01", stopped_at=None)
        less = [d for d in DAYS_2027 if d["date"] != "2027-01-04"]
        call_command("load_calendar", a_file(tmp_path, papers=["虚构更正〔2026〕2号"], days=less))
    second = Limit.objects.get(rule="INV-01", stopped_at=None)
    assert second.calendar_version == 3
    assert second.due_on < first.due_on
    assert not calendar_at(2).works(date(2027, 1, 4))
    assert calendar_at(3).works(date(2027, 1, 4))
    assert 2027 not in calendar_at(1).announced_years
    assert CalendarDay.objects.filter(day=date(2027, 1, 1)).count() == 2
    assert_invariants()


def test_who_is_killed_after_the_notice_is_followed_by_the_clockwork(
    open_case: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt), clock.at(LATE_2026):
        patched.setattr(calendar_editing, "follow", killed)
        call_command("load_calendar", a_file(tmp_path))
    assert CalendarNotice.objects.get(version=2).recomputed_at is None
    with clock.at(LATE_2026 + timedelta(minutes=1)):
        ((notice, done),) = follow_notices()
        assert notice.version == 2
        assert done.moved
        assert follow_notices() == []
    assert_invariants()


def test_an_ended_limit_keeps_the_date_it_ended_with(database: str, tmp_path: Path) -> None:
    people = settle_county()
    with clock.at(LATE_2026):
        inspection = walks.established(people)
    ended = Limit.objects.get(subject=inspection.public_id, rule="INV-01")
    with clock.at(LATE_2026 + timedelta(days=1)):
        call_command("load_calendar", a_file(tmp_path))
    after = Limit.objects.get(pk=ended.pk)
    assert (after.due_on, after.provisional, after.calendar_version) == (ended.due_on, ended.provisional, 1)
    assert_invariants()


def test_a_case_somebody_holds_is_left_and_said(open_case: People, tmp_path: Path, owner_connection: Any) -> None:
    limit = Limit.objects.get(rule="INV-01", stopped_at=None)
    with owner_connection.transaction(), clock.at(LATE_2026 + timedelta(days=1)):
        owner_connection.execute("SELECT 1 FROM workflows_case WHERE id = %s FOR UPDATE", [limit.case_id])
        loaded = calendar_editing.load_notice(calendar_editing.read_file(a_file(tmp_path)), by="test")
        assert loaded.recomputed.left == 1
        assert loaded.notice is not None
        assert CalendarNotice.objects.get(pk=loaded.notice.pk).recomputed_at is None
    with clock.at(LATE_2026 + timedelta(days=1)):
        follow_notices()
    limit.refresh_from_db()
    assert not limit.provisional


def test_two_who_count_again_at_once_write_each_change_once(open_case: People, tmp_path: Path, race: Any) -> None:
    with clock.at(LATE_2026 + timedelta(days=1)):
        read = calendar_editing.read_file(a_file(tmp_path))
        CalendarNotice.objects.create(year=2027, number="x", version=2, loaded_at=clock.now())
        notice = CalendarNotice.objects.get(version=2)
        CalendarDay.objects.bulk_create([CalendarDay(day=d, off=o, name=n, notice=notice) for d, o, n in read.days])

    def once() -> int:
        with clock.at(LATE_2026 + timedelta(days=1)):
            return len(recompute("同时").moved)

    results = race(once, once)
    assert sorted(bool(r) for r in results) == [False, True]
    assert Event.objects.filter(act="recompute").count() == Limit.objects.filter(
        calendar_version=2).values("subject").distinct().count()  # fmt: skip


# --- two persons ------------------------------------------------------------------------------------------------------


def test_an_administrator_types_it_in_and_another_person_approves(open_case: People) -> None:
    people = open_case
    with clock.at(LATE_2026 + timedelta(days=1)):
        change = calendar_editing.request_change(2027, "虚构通知〔2026〕1号", DAYS_2027, by=people.administrator)
        assert 2027 not in load_calendar().announced_years
        with pytest.raises(PermissionDenied):
            calendar_editing.decide_change(change, by=people.administrator, yes=True)
        with pytest.raises(PermissionDenied):
            calendar_editing.decide_change(change, by=people.lead, yes=True)
        loaded = calendar_editing.decide_change(change, by=people.legal_reviewer, yes=True)
    assert loaded.recomputed.moved
    assert loaded.notice is not None
    assert loaded.notice.loaded_by == "管理甲录入，法制甲批准"
    assert change.state == "approved"
    with pytest.raises(NotPossibleNow, match="已批准"):
        calendar_editing.decide_change(change, by=people.legal_reviewer, yes=True)
    assert CalendarNotice.objects.filter(year=2027).count() == 1
    assert_invariants()


def test_a_refused_or_withdrawn_change_changes_nothing(open_case: People) -> None:
    people = open_case
    with clock.at(LATE_2026):
        rows = snapshot()
        change = calendar_editing.request_change(2027, "虚构通知", DAYS_2027, by=people.administrator)
        with pytest.raises(NotPossibleNow, match="待审批"):
            calendar_editing.request_change(2027, "又一份", DAYS_2027, by=people.administrator)
        with pytest.raises(InvalidInput):
            calendar_editing.decide_change(change, by=people.bureau_head, yes=False)
        calendar_editing.decide_change(change, by=people.bureau_head, yes=False, reason="文号不对")
        again = calendar_editing.request_change(2027, "虚构通知", DAYS_2027, by=people.administrator)
        with pytest.raises(PermissionDenied):
            second_person.withdraw(again, by=people.bureau_head)
        second_person.withdraw(again, by=people.administrator)
    assert {c.state for c in CalendarChange.objects.all()} == {"refused", "withdrawn"}
    assert snapshot() == rows
    assert load_calendar().version == 1


def test_only_an_administrator_types_in_and_only_what_is_a_notice(open_case: People) -> None:
    with pytest.raises(PermissionDenied):
        calendar_editing.request_change(2027, "虚构通知", DAYS_2027, by=open_case.lead)
    with pytest.raises(InvalidInput):
        calendar_editing.request_change(2027, " ", DAYS_2027, by=open_case.administrator)
    with pytest.raises(InvalidInput, match="尚未公布"):
        calendar_editing.request_change(2027, "虚构通知", [], by=open_case.administrator)
    assert not CalendarChange.objects.exists()


def test_the_database_keeps_notices_and_decided_changes(open_case: People, application_connection: Any) -> None:
    for statement in (
        "DELETE FROM workflows_calendarday",
        "DELETE FROM workflows_calendarnotice",
        "UPDATE workflows_calendarnotice SET number = 'x'",
    ):
        with pytest.raises(Exception, match=r"permission denied|a notice stands"):
            application_connection.execute(statement)
    change = calendar_editing.request_change(2027, "虚构通知", DAYS_2027, by=open_case.administrator)
    with pytest.raises(DatabaseError):
        CalendarChange.objects.filter(pk=change.pk).update(
            state="approved", decided_by=change.requested_by, decided_at=clock.now()
        )


# --- the alarm --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "year"),
    [(date(2026, 10, 31), None), (date(2026, 11, 1), 2027), (date(2026, 12, 31), 2027), (date(2027, 1, 4), 2027)],
)
def test_a_missing_year_is_an_alarm_from_november(shared_database: str, day: date, year: int | None) -> None:
    assert missing_year(walks.day(day)) == year


# --- what is compared -------------------------------------------------------------------------------------------------


def snapshot() -> list[Any]:
    columns = ("id", "due_at", "due_on", "target_on", "provisional", "calendar_version", "stopped_at")
    return [list(Limit.objects.order_by("id").values_list(*columns)), Event.objects.count()]


def assert_invariants() -> None:
    assert [f for check in INVARIANTS for f in [check()] if not f.holds] == []
