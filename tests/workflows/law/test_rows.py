"""Rules, calendar and figures as rows: seeded by the migrations, read into the values that counting works with."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from workflows import clock
from workflows.casefile.officers import Agency, Township, Village
from workflows.law import seeding
from workflows.law.calendar import CalendarDay, CalendarNotice, load_calendar
from workflows.law.days import Calendar
from workflows.law.limits import SET_DATES, LimitRule, UnknownRule, display_name, forget, rule, rules
from workflows.law.rule import rule_from
from workflows.law.thresholds import NoFigure, crime_figures, figure


def test_the_rows_are_the_rules_of_the_file(shared_database: str) -> None:
    assert dict(rules()) == {entry["id"]: rule_from(entry) for entry in seeding.limit_entries()}
    assert rule("INV-01").article.startswith("《劳动保障监察条例》第十七条")
    assert rule("INV-01", 1) is rule("INV-01")
    with pytest.raises(UnknownRule):
        rule("INV-99")


def test_rules_are_read_once_and_not_for_every_question(shared_database: str) -> None:
    forget()
    with CaptureQueriesContext(connection) as queries:
        for _ in range(50):
            rule("ACC-01")
    assert len(queries) == 1


def test_a_correction_is_a_new_version_and_the_old_one_stays_known(database: str) -> None:
    row = LimitRule.objects.get(rule_id="DEC-19")
    row.pk, row.version, row.length = None, 2, 15
    row.save()
    forget()
    assert rule("DEC-19").length == 15
    assert rule("DEC-19", 1).length == 10
    assert rule("DEC-19").version == 2


def test_another_database_behind_the_same_name_is_read_anew(database: str) -> None:
    """The test before changed DEC-19 in a copy of its own."""
    assert rule("DEC-19").version == 1


def test_the_calendar_of_the_rows_is_that_of_the_files(shared_database: str) -> None:
    loaded = load_calendar()
    wanted = Calendar.from_rows(seeding.calendar_rows())
    assert dict(loaded.days) == dict(wanted.days)
    assert loaded.announced_years == frozenset(range(2019, 2027))
    assert loaded.version == 1
    assert loaded.notices[2026] == "国办发明电〔2025〕7号"
    with CaptureQueriesContext(connection) as queries:
        assert load_calendar() is loaded
    assert len(queries) == 1


def test_an_amended_year_is_read_at_once(database: str) -> None:
    before = load_calendar()
    day = date(2026, 9, 20)
    notice = CalendarNotice.objects.create(year=2026, number="更正通知", version=2, loaded_at=clock.now())
    CalendarDay.objects.filter(day=day).update(off=True, notice=notice)
    assert load_calendar().version == 2
    assert before.works(day)
    assert not load_calendar().works(day)


def test_a_notice_without_days_announces_nothing(database: str) -> None:
    CalendarNotice.objects.create(year=2027, number="尚无内容", version=2, loaded_at=clock.now())
    assert 2027 not in load_calendar().announced_years


def test_seeding_twice_adds_nothing(database: str) -> None:
    def counts() -> list[int]:
        models = (CalendarNotice, CalendarDay, LimitRule, Township, Village, Agency)
        return [model.objects.count() for model in models]

    before = counts()
    for seed in (
        seeding.seed_calendar,
        seeding.seed_limit_rules,
        seeding.seed_thresholds,
        seeding.seed_divisions_and_agencies,
    ):
        seed(apps)
    assert counts() == before
    assert before[:1] == [8]
    assert before[3:5] == [12, 249]
    assert Agency.objects.filter(code="hrss", name="渑池县人力资源和社会保障局").exists()
    assert Agency.objects.filter(kind="township").count() == 12


def test_the_figures_of_henan_hold_from_their_day(shared_database: str) -> None:
    figures = crime_figures(date(2026, 3, 1))
    assert (figures.one_months, figures.one_amount, figures.group_workers, figures.group_amount) == (
        3,
        Decimal(8000),
        10,
        Decimal(40000),
    )
    assert figure("hearing.fine.unit", date(2026, 3, 1)).value == 50000
    assert (figure("crime.group.amount", date(2026, 3, 1)).low, figures.conf) == (Decimal(30000), "P")
    with pytest.raises(NoFigure):
        crime_figures(date(2012, 1, 1))


def test_every_date_an_officer_sets_has_a_name(shared_database: str) -> None:
    for kind in SET_DATES:
        assert display_name(kind)
    assert display_name("PAY_BY") == "责令支付期限"
    assert display_name("INV-02") == "办结期限（河南）"
    assert not set(SET_DATES) & set(rules())


def explained(*arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command("explain_deadline", *arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_explain_deadline_prints_one_object(shared_database: str) -> None:
    answer = explained("ACC-01", "--from", "2025-09-25T10:00+08:00")
    assert answer["rule"] == "ACC-01"
    assert answer["due_at"] == "2025-10-10T00:00:00+08:00"
    assert answer["due_on"] == "2025-10-09"
    assert answer["target_on"] is None
    assert answer["provisional"] is False
    assert answer["in_force"] is True
    assert answer.keys() >= {"rule", "article", "earliest_on", "days"}
    assert all(day.keys() == {"date", "counted", "reason"} for day in answer["days"])
    counted = [day["date"] for day in answer["days"] if day["counted"]]
    assert counted == ["2025-09-26", "2025-09-28", "2025-09-29", "2025-09-30", "2025-10-09"]


def test_explain_deadline_takes_pauses_and_an_extension(shared_database: str) -> None:
    with clock.at(datetime(2025, 9, 1, 9, tzinfo=clock.SHANGHAI)):
        plain = explained("ACC-13b", "--from", "2025-06-10")
        paused = explained(
            *("ACC-13b", "--from", "2025-06-10", "--pause", "2025-06-16", "2025-06-17", "hearing"),
            *("--pause", "2025-06-20", "2025-06-20", "听证"),
        )
    moved = date.fromisoformat(paused["target_on"]) - date.fromisoformat(plain["target_on"])
    assert moved == timedelta(days=3)
    assert explained("INV-02", "--from", "2025-09-05T09:00+08:00", "--extend", "30")["due_on"] == "2025-11-04"
    assert explained("PAY-13", "--from", "2025-09-24T09:00+08:00")["earliest_on"] == "2025-10-15"


#: rule, start, more, due_at, earliest_on, target_on, provisional, in_force: each found with a pencil on a calendar
BY_PENCIL = [
    # 24 hours run through the eve of National Day into it
    ("TRF-04", "2025-09-30T17:30+08:00", "", "2025-10-01T17:30", None, None, False, True),
    # one minute to midnight is still the 30th: 9, 10, the make-up Saturday 11, 13, 14 October
    ("ACC-01", "2025-09-30T23:59+08:00", "", "2025-10-15T00:00", None, None, False, True),
    # half past eleven at night in London is the 14th here; the 17th lies in Spring Festival, moved by law
    ("TRF-12", "2026-02-13T23:30+00:00", "", "2026-02-25T00:00", None, None, False, True),
    # a moment without a zone is Shanghai's
    ("INV-01", "2025-09-15T10:00", "", "2025-12-13T00:00", None, None, False, True),
    # six months after the 31st: the last of February, a make-up Saturday, so nothing moves
    ("PAY-15b", "2025-08-31T10:00+08:00", "", "2026-03-01T00:00", None, None, False, True),
    # two years after 29 February
    ("ACC-07", "2024-02-29T10:00+08:00", "", "2026-03-01T00:00", None, None, False, True),
    # ten working days between, National Day and two make-up days among them; on the 17th the act may follow
    ("PAY-13", "2025-09-26T10:00+08:00", "", "2025-10-17T00:00", "2025-10-17", None, False, True),
    # in 2027 the eve and the first three days of Spring Festival are known (5 to 8 February), nothing else is
    ("INV-01", "2027-01-04T10:00+08:00", "", "2027-04-01T00:00", None, None, True, True),
    ("INV-01", "2026-11-23T10:00+08:00", "--extend 30", "2027-04-02T00:00", None, None, True, True),
    ("INV-02", "2030-01-20T10:00+08:00", "", "2030-02-20T00:00", None, "2030-02-19", True, True),
    # in parts up to the cap, and ninety days in all that end on a Sunday
    ("INV-02", "2025-09-15T10:00+08:00", "--extend 10 --extend 20", "2025-11-15T00:00", None, "2025-11-14", False,
     True),
    ("ACC-14", "2025-09-15T10:00+08:00", "--extend 60", "2025-12-16T00:00", None, "2025-12-14", False, True),
    ("DEC-01", "2025-09-15T10:00+08:00", "--extend-to 2025-10-31", "2025-11-01T00:00", None, None, False, True),
    # five days of a hearing
    ("ACC-13b", "2025-09-15T10:00+08:00", "--pause 2025-09-16 2025-09-20 hearing", "2025-10-21T00:00", None,
     "2025-10-20", False, True),
    # counted all the same before the law was in force, and before any calendar was kept
    ("PAY-15a", "1999-09-15T10:00+08:00", "", "1999-11-16T00:00", None, None, True, False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule_id", "start", "more", "due_at", "earliest", "target", "provisional", "in_force"), BY_PENCIL
)
def test_explain_deadline_at_the_traps(
    shared_database: str, rule_id: str, start: str, more: str, due_at: str, earliest: str | None, target: str | None,
    provisional: bool, in_force: bool,
) -> None:  # fmt: skip
    with clock.at(datetime(2026, 11, 23, 9, tzinfo=clock.SHANGHAI)):
        answer = explained(rule_id, "--from", start, *more.split())
    assert answer["due_at"] == f"{due_at}:00+08:00"
    assert (answer["earliest_on"], answer["target_on"]) == (earliest, target)
    assert (answer["provisional"], answer["in_force"]) == (provisional, in_force)


def test_explain_deadline_says_which_argument_cannot_be_read(shared_database: str) -> None:
    for arguments in (("--extend", "x"), ("--pause", "a", "b", "hearing")):
        with pytest.raises(CommandError, match="不是日期"):
            explained("INV-02", "--from", "2025-06-10", *arguments)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("TRF-04", "--from", "2025-09-15T10:00", "--pause", "2025-09-15", "2025-09-16", "hearing"), "第五条"),
        (("ACC-13b", "--from", "2025-09-15", "--pause", "2025-09-14", "2025-09-20", "hearing"), "第三十六条.*早于"),
        (("ACC-13b", "--from", "2025-09-15", "--pause", "2025-09-16", "2199-09-20", "hearing"), "第三十六条.*将来"),
        (("ACC-13b", "--from", "2025-09-15", "--pause", "2025-09-16", "2025-09-18", "hearing",
          "--pause", "2025-09-18", "2025-09-19", "hearing"), "第三十六条.*重叠"),
        (("ACC-13b", "--from", "2025-09-15", "--pause", "2025-09-16", "2025-09-18", "appraisal"), "第三十六条.*听证"),
        (("ACC-14", "--from", "2025-09-15", "--extend", "61"), "第二十六条"),
        (("INV-01", "--from", "2025-09-15", "--extend", "2025-12-31"), "第十七条"),
        (("INV-01", "--from", "2025-09-15", "--extend-to", "2025-12-31"), "第十七条.*以个工作日计"),
        (("DEC-01", "--from", "2025-09-15", "--extend", "10"), "第三十七条.*批准人确定的日期"),
        (("DEC-01", "--from", "2025-09-15", "--extend-to", "2025-10-10"), "第三十七条.*未晚于"),
        (("DEC-01", "--from", "2025-09-15", "--extend-to", "2025-10-31", "--extend", "5"), "第三十七条.*一次"),
        (("INV-01", "--from", "2025-06-10", "--extend", "31"), "《劳动保障监察条例》第十七条"),
        (("INV-01", "--from", "2025-06-10", "--pause", "2025-06-11", "2025-06-12", "hearing"), "第十七条"),
        (("ACC-01", "--from", "2025-06-10", "--extend", "1"), "第十八条"),
        (("NO-01", "--from", "2025-06-10"), "NO-01"),
        (("ACC-01", "--from", "9999-12-31T23:00+08:00"), "ACC-01"),
    ],
)  # fmt: skip
def test_explain_deadline_exits_with_2_and_the_article(
    shared_database: str, arguments: tuple[str, ...], named: str
) -> None:
    with pytest.raises(CommandError, match=named) as refused:
        explained(*arguments)
    assert refused.value.returncode == 2


def test_explain_deadline_reads_well_without_json(shared_database: str) -> None:
    out = StringIO()
    call_command("explain_deadline", "INV-02", "--from", "2025-09-05T09:00+08:00", stdout=out)
    page = out.getvalue()
    assert "目标日 2025-10-05" in page
    assert "届满日 2025-10-09" in page
    assert "国庆节" in page
