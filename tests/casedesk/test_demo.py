"""The demo county: every state, by acts alone, whatever the day; built once; and its days pass for everybody."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from casedesk.actor import actor_for
from casedesk.demo import county as demo
from casedesk.demo import last_season
from casedesk.demo.people import ACCOUNTS, OFFICERS, PASSWORD
from casedesk.demo.places import EMPLOYERS, credit_code, id_number, person
from casedesk.demo.stories import STORIES
from casedesk.models import User
from notifications.reading import unsent_summary
from tests.casedesk.web.test_pages import statements
from workflows import clock
from workflows.campaigns import progress_of
from workflows.inputs import CreditCode
from workflows.invariants import check
from workflows.models import (
    Approval,
    Case,
    Complaint,
    Event,
    Evidence,
    Inspection,
    LedgerLine,
    Limit,
    Officer,
    ReceptionDay,
    SpecialInspection,
    SpecialInspectionFinding,
    Township,
    Worker,
)
from workflows.procedures.registry import PROCEDURES
from workflows.reading.season import FEWEST, season
from workflows.roles import NOBODYS_OFFICE, Role
from workflows.sweep import sweep

#: the Thursday after the long holiday of October 2026: stories went through it and end on a working day
NOW = datetime(2026, 10, 15, 10, 30, tzinfo=clock.SHANGHAI)


@pytest.fixture(autouse=True)
def is_a_demo(settings, tmp_path, monkeypatch) -> None:
    settings.DEMO = True
    monkeypatch.setattr(clock, "_offset_file", lambda: tmp_path / "demo_clock")


class Count:
    """Counts statements without keeping them, as their number would fill the memory."""

    def __init__(self) -> None:
        self.statements = 0

    def __call__(self, execute: Any, *statement: Any) -> Any:
        self.statements += 1
        return execute(*statement)


@pytest.fixture
def county(database_like, settings) -> Iterator[tuple[demo.Built, int]]:
    """The county as it was built, and how many statements that took."""

    def build() -> tuple[demo.Built, int]:
        count = Count()
        with connection.execute_wrapper(count):
            return demo.build(NOW), count.statements

    with database_like("demo county", build=build) as built, clock.at(NOW):
        yield built


def only(monkeypatch, stories) -> None:
    """Build these stories and no last season."""
    monkeypatch.setattr(demo, "STORIES", stories)
    monkeypatch.setattr(last_season, "days", lambda today: ())


@pytest.mark.slow
def test_every_state_of_every_procedure_is_there(county):
    for name, procedure in PROCEDURES.items():
        missing = set(procedure.State.values) - set(procedure.objects.values_list("state", flat=True))
        assert not missing, f"{name} has nobody in {missing}"


def test_it_is_built_whole_and_without_a_statement_too_many(county):
    built, statements = county
    assert (built.walked, built.standing, built.cut) == (len(STORIES), 0, ())
    assert 0 < statements < 50_000, "the first page of `make demo` waits for it"


def test_every_invariant_holds_and_all_the_mail_has_arrived(county):
    assert {f.id: f.breaches for f in check() if not f.holds} == {}
    left = unsent_summary()
    assert (left.pending, left.dead, left.held, left.open_tasks) == (0, 0, 0, 0)


def test_its_record_is_that_of_ninety_days_and_more(county):
    """Chronological for each root, ending today; what the clockwork did happened at night."""
    events = Event.objects.order_by("recorded_at")
    assert events.first().recorded_at < NOW - timedelta(days=90)
    assert events.last().recorded_at > NOW - timedelta(hours=26)
    assert not Event.objects.filter(recorded_at__gt=NOW).exists()
    nightly = Event.objects.filter(act__in=["expire", "declare_default"])
    assert nightly.count() > 20
    assert all(e.by_name == "系统" and e.recorded_at.astimezone(clock.SHANGHAI).hour == 0 for e in nightly)


def test_some_limits_are_over_some_end_today_and_some_soon(county):
    running = Limit.objects.filter(stopped_at=None)
    assert running.filter(due_at__lte=NOW).count() > 10
    assert running.filter(due_on=NOW.date()).count() >= 3
    assert running.filter(due_on__gt=NOW.date(), due_on__lte=NOW.date() + timedelta(days=3)).count() >= 5
    assert running.filter(due_on__gt=NOW.date() + timedelta(days=7)).count() > 10
    assert Limit.objects.filter(rule="PAY_BY", due_on=NOW.date(), stopped_at=None).exists(), "one to expire in the tour"


def test_last_season_is_there_to_be_compared_with(county):
    past = Case.objects.filter(filed_on__lt=date(2026, 3, 1), complaints__source_id__gte="DEMO-100")
    assert past.count() == len(list(last_season.days(NOW.date()))) > 10
    assert set(past.values_list("inspection__state", flat=True)) == {"closed"}
    assert not Limit.objects.filter(case__in=past, stopped_at=None).exists()
    for today in (date(2026, 11, 23), date(2026, 12, 20), date(2027, 1, 20)):
        found = season(Counter(last_season.days(today)), today)
        assert found.then >= FEWEST and found.projected is not None and found.peak is not None, today


def test_requests_wait_for_every_kind_of_approver(county):
    waiting = Approval.objects.filter(state="requested")
    assert {"squad_leader", "bureau_head", "second_officer"} <= set(waiting.values_list("needed", flat=True))
    assert set(waiting.values_list("act", flat=True)) >= {"order_payment", "close", "receive"}


def test_ledgers_are_paid_in_full_in_part_and_not_at_all(county):
    lines = LedgerLine.objects.all()
    assert lines.filter(settled_how="paid").exists()
    assert any(0 < line.paid < line.owed for line in lines)
    assert lines.filter(paid=0).count() > 50
    assert len({line.claimed for line in lines}) > 0.8 * len(lines), "amounts are not made all alike"
    assert {"unfounded", "to_arbitration_or_court", "in_criminal_recovery", "withdrawn"} <= set(
        lines.values_list("settled_how", flat=True)
    )


def test_the_page_of_a_case_takes_few_queries_whatever_hangs_on_it(county):
    """Transfers, visits, deposit, shared data, supervision, files handed in: all of it in the demo, on some case."""
    for role in (Role.SQUAD_LEADER, Role.INSPECTOR, Role.PRINCIPAL_HEAD):
        client = Client()
        client.force_login(User.objects.get(username=role))
        client.get("/inbox/")
        taken = {}
        for number, public_id in Case.objects.values_list("number", "public_id"):
            with CaptureQueriesContext(connection) as caught:
                assert client.get(f"/cases/{public_id}/?l=cases").status_code == 200
            taken[number] = len(statements(caught))
        assert max(taken.values()) <= 24, (role, max(taken.items(), key=lambda one: one[1]))


def test_a_group_and_an_informant_are_among_them(county):
    assert max(Worker.objects.filter(case=case).count() for case in Case.objects.all()) == 23
    informant = Complaint.objects.get(is_informant=True)
    assert informant.complainant_name == informant.complainant_phone == "" and informant.informant.name


def test_people_places_and_numbers_are_invented_and_different(county):
    townships = set(Case.objects.values_list("township__name", flat=True))
    assert len(townships) == Township.objects.count() == 12
    assert len(set(Complaint.objects.exclude(employer_name="").values_list("employer_name", flat=True))) > 20
    names = [person(n) for n in range(400)]
    assert len(set(names)) == len(names)
    assert all(CreditCode().clean(credit_code(n)) for n in range(len(EMPLOYERS)))
    assert id_number(7)[14:17] == "000", "a serial that is never issued"
    assert len(set(Complaint.objects.values_list("violation_facts", flat=True))) > 60
    phones = set(Complaint.objects.exclude(complainant_phone="").values_list("complainant_phone", flat=True))
    assert all(number.startswith("1390000") for number in phones)


def test_one_account_for_each_role_and_two_dozen_officers(county):
    assert Officer.objects.count() == len(OFFICERS) == 26
    certified = [o for o in Officer.objects.all() if "inspector" in o.roles and o.certified_on(NOW.date())]
    assert len(certified) == 6
    assert set(ACCOUNTS) == set(Role) - NOBODYS_OFFICE and all(role == ACCOUNTS[role] for role in ACCOUNTS)
    for role, username in ACCOUNTS.items():
        user = User.objects.get(username=username)
        assert user.check_password(PASSWORD) and user.is_active and not user.is_staff and not user.is_superuser
        assert actor_for(user).has(role)


def test_reception_days_and_a_special_inspection_stand_beside(county):
    assert ReceptionDay.objects.filter(day__lt=NOW.date()).exists()
    assert ReceptionDay.objects.filter(day__gt=NOW.date()).exists()
    assert all(day.agencies.count() >= 2 for day in ReceptionDay.objects.all())
    campaign = SpecialInspection.objects.get()
    assert campaign.team.count() == 7
    assert SpecialInspectionFinding.objects.get(result="complaint").complaint.channel == "inspection"
    done = progress_of([campaign])[campaign.pk]
    assert 0 < done.looked_at < done.total and all(done.results.values())


def test_evidence_has_files_that_say_what_they_should(county):
    item = Evidence.objects.exclude(sha256="").first()
    assert item.content_type == "image/png" and item.size < 5000 and item.file_name.endswith(".png")


def test_a_second_building_finds_everything_there(county):
    events = Event.objects.count()
    built = demo.build(NOW)
    assert (built.walked, built.standing) == (0, len(STORIES))
    assert Event.objects.count() == events
    assert Officer.objects.count() == len(OFFICERS) and SpecialInspection.objects.count() == 1


def test_an_interrupted_building_goes_on_with_what_had_not_begun(database, monkeypatch):
    """Stopped at the twentieth moment; the second run walks the stories that had not begun, and all is sound."""
    few = [story for story in STORIES if story[0] > -12]
    only(monkeypatch, tuple(few))
    steps = iter(range(20))
    real = demo._told

    def stopped(key, story, cut):
        for wish in real(key, story, cut):
            if next(steps, None) is None:
                raise KeyboardInterrupt
            yield wish

    monkeypatch.setattr(demo, "_told", stopped)
    with pytest.raises(KeyboardInterrupt):
        demo.build(NOW)
    begun = Complaint.objects.exclude(source_id__endswith="-2").count()
    assert 0 < begun < len(few)
    monkeypatch.setattr(demo, "_told", real)
    built = demo.build(NOW)
    assert (built.walked, built.standing) == (len(few) - begun, begun)
    with clock.at(NOW):
        assert [f for f in check() if not f.holds] == []


def test_a_story_that_is_refused_on_the_way_stops_no_other(database, monkeypatch):
    """An odd calendar may make an act impossible; the county comes up all the same, and the command says what is
    missing.
    """

    def declined_twice(m):
        m.call()
        yield 0
        for _ in range(2):
            m.take_in("decline", reason="不属于本局职责。", route="向有权单位反映")

    only(monkeypatch, ((-2, "柳笛", 1, 1, declined_twice), STORIES[4]))
    said = StringIO()
    call_command("demo_county", stdout=said)
    assert "建立 2 件" in said.getvalue() and "没有走完：DEMO-001" in said.getvalue()
    assert Complaint.objects.count() == 2


def test_outside_the_demo_nothing_is_built_and_no_day_passes(database, settings):
    settings.DEMO = False
    for command in (["demo_county"], ["demo_day", "+3d"]):
        with pytest.raises(CommandError) as refused:
            call_command(*command)
        assert refused.value.returncode == 2
    assert not User.objects.exists() and not Officer.objects.exists()


def test_the_command_builds_and_prints_the_accounts(database, monkeypatch):
    only(monkeypatch, STORIES[3:5])
    said = StringIO()
    call_command("demo_county", stdout=said)
    assert "建立 2 件" in said.getvalue() and PASSWORD in said.getvalue()
    assert all(username in said.getvalue() for username, *_ in OFFICERS)
    again = StringIO()
    call_command("demo_county", stdout=again)
    assert "已有 2 件" in again.getvalue() and "建立" not in again.getvalue()


# --- days that pass ----------------------------------------------------------------------------------------


def test_days_pass_for_all_processes_and_what_happened_is_told(county, database_like):
    """The order that ends today expires when the tour lets three days pass."""
    due = Limit.objects.filter(rule="PAY_BY", stopped_at=None, due_on__lte=NOW.date() + timedelta(days=2))
    waiting = {x.subject for x in due}
    served = Inspection.objects.filter(
        public_id__in=waiting, case__papers__kind="order", case__papers__served_at__isnull=False
    )
    expected = {i.case.number for i in served.select_related("case")}
    assert expected
    with clock.at(NOW + timedelta(days=3)):
        swept = sweep(clock.now())
    found = {Inspection.objects.get(public_id=subject).case.number for act, subject in swept.done if act == "expire"}
    assert found == expected


def test_the_command_moves_business_time_forward_only(database):
    before = clock.now()
    said = StringIO()
    call_command("demo_day", "+3d", stdout=said)
    call_command("demo_day", "12h", stdout=said)
    assert timedelta(days=3, hours=12) <= clock.now() - before < timedelta(days=3, hours=12, minutes=5)
    assert clock.demo_offset_days() == 3.5
    assert said.getvalue().count("到期办理 0 件") == 2
    for wrong in ("-1d", "0d", "3", "3w", "+d", "99999d"):
        with pytest.raises(CommandError):
            call_command("demo_day", wrong)
    assert clock.demo_offset_days() == 3.5


def test_the_command_tells_which_orders_expired(database, monkeypatch):
    """Built to the real clock, so that the offset of the demo's file carries it over the date."""
    today_ends = next(story for story in STORIES if getattr(story[4], "keywords", {}).get("pay_by") == 0)
    only(monkeypatch, (today_ends,))
    demo.build()
    said = StringIO()
    call_command("demo_day", "+1d", stdout=said)
    inspection = Inspection.objects.select_related("case").get()
    assert inspection.state == "expired"
    assert f"{inspection.case.number}  责令期满未付" in said.getvalue() and "到期办理 1 件" in said.getvalue()
