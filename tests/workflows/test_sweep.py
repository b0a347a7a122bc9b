"""The sweep performs what is overdue, once, however often, late or often at once it runs."""

from datetime import timedelta
from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection

from config import celery
from notifications.models import Notice
from notifications.reading import beat_age
from tests import walks
from tests.people import reception_day
from workflows import clock, tasks
from workflows import sweep as sweeping
from workflows.models import Event, Inspection, Limit
from workflows.perform import perform
from workflows.sweep import Swept, overdue, sweep, wiring

#: the order of five days made on Monday has expired
SUNDAY = walks.MONDAY + timedelta(days=6)


def swept_at(moment) -> Swept:
    with clock.at(moment):
        return sweep(moment)


def agreed(people, *days: int):
    """A joint reception with an agreement whose parts are due in so many days."""
    case = walks.filed(people)
    row = reception_day(clock.today())
    inputs = {"day": str(row.public_id), "visitors": "林大河", "people": 2}
    visit = perform(case, "schedule", by=people.receptionist, inputs=inputs).subject
    perform(visit, "convene", by=people.receptionist, inputs={"present": "人社局、住建局"})
    parts = [{"due_on": str(clock.today() + timedelta(days=n)), "amount": "3000.00"} for n in days]
    inputs = {"agreement": "分期支付。", "instalments": parts}
    return perform(visit, "record_agreement", by=people.receptionist, inputs=inputs).subject


def test_the_procedures_declare_what_follows_from_which_date():
    assert dict(wiring()) == {("inspection", "PAY_BY"): "expire", ("joint", "INSTALMENT"): "declare_default"}


def test_an_order_expires_when_its_last_day_is_over(people):
    inspection = walks.ordered(people, days=5)
    last_moment = clock.start_of(clock.today() + timedelta(days=6)) - timedelta(microseconds=1)
    assert swept_at(last_moment).looked_at == 0
    swept = swept_at(last_moment + timedelta(microseconds=1))
    assert swept.done == [("expire", inspection.public_id)] and swept.drained
    assert Inspection.objects.get(pk=inspection.pk).state == "expired"
    event = Event.objects.latest("id")
    assert (event.by_name, event.officer_id, event.act) == ("系统", None, "expire")


def test_a_second_run_changes_nothing(people):
    walks.ordered(people, days=5)
    swept_at(SUNDAY)
    events = Event.objects.count()
    assert swept_at(SUNDAY).looked_at == 0
    assert Event.objects.count() == events


def test_a_run_that_comes_a_month_late_does_the_same(people):
    walks.ordered(people, days=5)
    assert len(swept_at(SUNDAY + timedelta(days=30)).done) == 1
    assert Limit.objects.get(rule="PAY_BY").outcome == "missed"


def test_an_order_that_was_not_served_waits_and_stops_no_other(people):
    unserved = walks.ordered(people, days=5, serve="")
    served = walks.ordered(people, days=4, complainant_phone="13900000002")
    swept = swept_at(SUNDAY)
    assert swept.done == [("expire", served.public_id)]
    assert swept.refused == [("expire", unserved.public_id)], "asked once in a run"
    assert Inspection.objects.get(pk=unserved.pk).state == "ordered"
    assert swept_at(SUNDAY).refused == [("expire", unserved.public_id)], "and again in the next"


def test_what_cannot_happen_never_stands_in_the_way(people, monkeypatch):
    """More refusals than a page holds; what is due last is looked at first, and every page is turned."""
    monkeypatch.setattr(sweeping, "PAGE", 2)
    for n in range(5):
        walks.ordered(people, days=2, serve="", complainant_phone=f"1390000001{n}")
    fresh = walks.ordered(people, days=5, complainant_phone="13900000002")
    old = walks.ordered(people, days=1, complainant_phone="13900000003")
    swept = swept_at(SUNDAY)
    assert [subject for _, subject in swept.done] == [fresh.public_id, old.public_id]
    assert len(swept.refused) == 5 and swept.drained


def test_two_parts_overdue_are_one_default(people):
    visit = agreed(people, 1, 2, 30)
    notices = Notice.objects.count()
    swept = swept_at(walks.MONDAY + timedelta(days=4))
    assert swept.done == [("declare_default", visit.public_id)]
    assert type(visit).objects.get(pk=visit.pk).state == "defaulted"
    assert not Limit.objects.filter(rule="INSTALMENT", stopped_at=None).exists()
    assert Notice.objects.filter(kind="DEFAULTED").count() == Notice.objects.count() - notices == 1


def test_two_sweeps_at_once_are_one(people, race):
    cases = [walks.ordered(people, days=5, complainant_phone=f"1390000002{n}") for n in range(4)]
    events = Event.objects.count()

    def run() -> Swept:
        with clock.at(SUNDAY):
            return sweep(SUNDAY)

    one, other = race(run, run)
    assert sorted(one.done + other.done) == sorted(("expire", x.public_id) for x in cases)
    assert one.failed == other.failed == one.refused == other.refused == []
    assert Event.objects.count() == events + len(cases)


def test_an_error_of_ours_on_one_case_stops_no_other(people, monkeypatch, caplog):
    first = walks.ordered(people, days=5)
    second = walks.ordered(people, days=4, complainant_phone="13900000002")

    def broken(subject, act, **more):
        if subject.public_id == first.public_id:
            raise DatabaseError("林大河 13900000001")
        return perform(subject, act, **more)

    monkeypatch.setattr(sweeping, "perform", broken)
    swept = swept_at(SUNDAY)
    assert swept.failed == [("expire", first.public_id)]
    assert swept.done == [("expire", second.public_id)]
    assert str(first.public_id) in caplog.text and "林大河" not in caplog.text and "1390000" not in caplog.text


def test_a_run_ends_when_its_time_is_over(people):
    walks.ordered(people, days=5)
    with clock.at(SUNDAY):
        swept = sweep(SUNDAY, seconds=0)
    assert (swept.looked_at, swept.drained) == (0, False)


def test_the_sweep_is_in_the_timetable_and_gives_a_sign_of_life(people, redis_url):
    assert celery.app.conf.beat_schedule["sweep"]["task"] == tasks.sweep.name
    walks.ordered(people, days=5)
    assert beat_age(tasks.SWEEP_HEARTBEAT) is None
    with clock.at(SUNDAY):
        tasks.sweep()
    assert beat_age(tasks.SWEEP_HEARTBEAT) < timedelta(seconds=30)
    assert Inspection.objects.get().state == "expired"


def test_a_failing_sweep_gives_no_sign_of_life(people, monkeypatch):
    def broken(now):
        raise DatabaseError()

    monkeypatch.setattr(tasks, "sweep_overdue", broken)
    with pytest.raises(DatabaseError):
        tasks.sweep()
    assert beat_age(tasks.SWEEP_HEARTBEAT) is None


def test_the_command_runs_once_and_says_what_it_did(people, monkeypatch):
    inspection = walks.ordered(people, days=5)
    said = StringIO()
    with clock.at(SUNDAY):
        call_command("sweep", stdout=said)
    assert "已办理 1" in said.getvalue() and f"expire {inspection.public_id}" in said.getvalue()
    monkeypatch.setattr("workflows.management.commands.sweep.sweep", lambda now: Swept(failed=[("expire", 1)]))
    with pytest.raises(CommandError):
        call_command("sweep", stdout=said)


def test_the_look_goes_by_the_index_of_running_limits(people, owner_connection: psycopg.Connection):
    """Twenty thousand ended limits and a few running ones: the plan reads the partial index and sorts nothing."""
    walks.ordered(people, days=5)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO workflows_limit (public_id, case_id, procedure, subject, rule, rule_version, calendar_version,"
            " started_at, due_at, due_on, target_on, provisional, started_by, stopped_at, outcome)"
            " SELECT gen_random_uuid(), case_id, procedure, gen_random_uuid(), rule, 1, 1, started_at,"
            " due_at - n * interval '1 minute', due_on, due_on, false, started_by,"
            " CASE WHEN n %% 40 > 0 THEN due_at END, CASE WHEN n %% 40 > 0 THEN 'kept' ELSE '' END"
            " FROM workflows_limit, generate_series(1, 20000) n WHERE rule = 'PAY_BY'",
            [],
        )
    owner_connection.execute("ANALYZE workflows_limit")
    rows = overdue(SUNDAY)[: sweeping.PAGE]
    for page in (rows, overdue(SUNDAY, list(rows)[-1])[: sweeping.PAGE]):
        plan = page.explain()
        assert "limit_due" in plan and "Sort" not in plan and "Seq Scan" not in plan, plan
