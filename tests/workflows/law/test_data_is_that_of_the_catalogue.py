"""Our data files say what the project's shared catalogue says. Runs where the catalogue lies beside the repository."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from workflows.law.seeding import DATA, holiday_years, limit_entries

SHARED = Path(__file__).resolve().parents[4] / "shared"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared catalogue is not beside this repository")


def test_the_limits_are_the_same_key_by_key() -> None:
    theirs = yaml.safe_load((SHARED / "domain" / "deadlines.yaml").read_text(encoding="utf-8"))
    ours = [{k: v for k, v in entry.items() if k not in ("name", "article")} for entry in limit_entries()]
    # the catalogue leaves bare words where nothing was wired yet: here the words are acts, everything else is the same
    wired = {"DSR-21", "DSR-21u", "DSR-22", "DSR-26"}
    words = ("start", "stopped_by", "if", "who")
    assert [_without(words, one) if one["id"] in wired else one for one in ours] == [
        _without(words, one) if one["id"] in wired else one for one in theirs
    ]


def _without(names: tuple[str, ...], entry: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key not in names}


def test_the_holidays_are_the_same_day_by_day() -> None:
    for year in holiday_years():
        theirs = json.loads((SHARED / "data" / "holidays" / f"{year['year']}.json").read_text(encoding="utf-8"))
        wanted = {(day["date"], day["name"], day["isOffDay"]) for day in theirs["days"]}
        assert {(day["date"], day["name"], day["off"]) for day in year["days"]} == wanted
        assert all(date.fromisoformat(day["date"]) for day in year["days"])


def test_the_divisions_are_the_same() -> None:
    for ours, theirs in (("townships.csv", "mianchi_streets.csv"), ("villages.csv", "mianchi_villages.csv")):
        with (DATA / ours).open(encoding="utf-8", newline="") as file:
            mine = [tuple(row) for row in csv.reader(file)][1:]
        with (SHARED / "data" / "divisions" / theirs).open(encoding="utf-8", newline="") as file:
            assert mine == [tuple(row[: len(mine[0])]) for row in csv.reader(file) if row]
