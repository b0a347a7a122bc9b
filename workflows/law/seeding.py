"""Reference data into rows, for data migrations: calendar, limits, thresholds, divisions and agencies of the county.

The facts stand as our own files under `data/`. Every function works on historical models (`apps` of a migration),
adds what is missing and changes nothing that is there, so it may run twice. They can be handed to RunPython as they
are.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from django.db import DEFAULT_DB_ALIAS

from workflows import clock
from workflows.law.rule import rule_from

DATA = Path(__file__).parent / "data"


def limit_entries() -> list[dict[str, Any]]:
    """The entries of deadlines.yaml."""
    return yaml.safe_load((DATA / "deadlines.yaml").read_text(encoding="utf-8"))


def threshold_entries() -> list[dict[str, Any]]:
    """The entries of thresholds.yaml."""
    return yaml.safe_load((DATA / "thresholds.yaml").read_text(encoding="utf-8"))


def holiday_years() -> list[dict[str, Any]]:
    """The years of our holiday files, in order: {year, notice, days: [{date, name, off}]}."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted((DATA / "holidays").glob("*.json"))]


def calendar_rows() -> Iterator[tuple[date, bool, str, int]]:
    """The days of our holiday files as rows (day, off, name, year of the notice)."""
    for year in holiday_years():
        for day in year["days"]:
            yield date.fromisoformat(day["date"]), day["off"], day["name"], year["year"]


def seed_calendar(apps: Any, schema_editor: Any = None) -> None:
    """The notices of 2019 to 2026 as version 1, with their days. A file without notice or days is not announced."""
    using = _alias(schema_editor)
    notices = apps.get_model("workflows", "CalendarNotice").objects.using(using)
    days = apps.get_model("workflows", "CalendarDay")
    rows: list[Any] = []
    for year in holiday_years():
        if not (year["notice"] and year["days"]):
            continue
        if notices.filter(year=year["year"]).exists():
            continue
        notice = notices.create(year=year["year"], number=year["notice"], version=1, loaded_at=clock.now())
        rows += [days(day=d["date"], off=d["off"], name=d["name"], notice_id=notice.pk) for d in year["days"]]
    days.objects.using(using).bulk_create(rows, ignore_conflicts=True)


def seed_limit_rules(apps: Any, schema_editor: Any = None) -> None:
    """Every entry of deadlines.yaml as version 1 of its rule."""
    model = apps.get_model("workflows", "LimitRule")
    rows = []
    for entry in limit_entries():
        one = rule_from(entry)
        rows.append(
            model(
                rule_id=one.id,
                version=1,
                name=one.name,
                law=one.law,
                article=one.article,
                region=one.region,
                who=one.who,
                length=one.length,
                unit=one.unit.value,
                kind=one.kind,
                roll=one.roll,
                ext=entry.get("ext"),
                pause=list(one.pause),
                start=list(one.start),
                stopped_by=list(one.stopped_by),
                counted_from=one.counted_from,
                condition=one.condition,
                outlives=one.outlives,
                duty=one.duty,
                conf=one.conf.value,
                validity=one.validity,
                valid_from=one.valid_from,
            )
        )
    model.objects.using(_alias(schema_editor)).bulk_create(rows, ignore_conflicts=True)


def wire_limit_rules(apps: Any, schema_editor: Any = None) -> None:
    """What starts and ends each rule, and whose duty it is, as deadlines.yaml says now: the wiring is ours, not the
    bureau's to correct, and belongs to the procedures of this release. The law's own columns stay as they are.
    """
    model = apps.get_model("workflows", "LimitRule")
    for entry in limit_entries():
        one = rule_from(entry)
        model.objects.using(_alias(schema_editor)).filter(rule_id=one.id).update(
            who=one.who, start=list(one.start), stopped_by=list(one.stopped_by), condition=one.condition
        )


def seed_thresholds(apps: Any, schema_editor: Any = None) -> None:
    """The figures of thresholds.yaml."""
    model = apps.get_model("workflows", "ThresholdFigure")
    rows = [model(**{"region": "", **entry}) for entry in threshold_entries()]
    model.objects.using(_alias(schema_editor)).bulk_create(rows, ignore_conflicts=True)


def seed_divisions_and_agencies(apps: Any, schema_editor: Any = None) -> None:
    """渑池县: townships, villages, and the agencies that take part (each township's government among them)."""
    using = _alias(schema_editor)
    township, village, agency = (apps.get_model("workflows", name) for name in ("Township", "Village", "Agency"))
    township.objects.using(using).bulk_create(
        [township(code=row["code"], name=row["name"]) for row in _csv("townships.csv")], ignore_conflicts=True
    )
    village.objects.using(using).bulk_create(
        [village(code=row["code"], name=row["name"], township_id=row["township"]) for row in _csv("villages.csv")],
        ignore_conflicts=True,
    )
    agency.objects.using(using).bulk_create([agency(**row) for row in _csv("agencies.csv")], ignore_conflicts=True)


def _csv(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _alias(schema_editor: Any) -> str:
    return schema_editor.connection.alias if schema_editor is not None else DEFAULT_DB_ALIAS
