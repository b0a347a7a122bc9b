"""What the timetable does once a day: the ends of the chains go out of the house, and files that became nothing go."""

from __future__ import annotations

import hashlib
import io
import json
import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from notifications.chains import faults
from notifications.models import Notice
from notifications.outbox import deliver_due
from notifications.receipts import sign_receipt
from tests import walks
from tests.people import People
from workflows import clock
from workflows.casefile import orphans
from workflows.casefile.evidence import Evidence, keep_file, read_file
from workflows.casefile.imports import keep_table
from workflows.casefile.orphans import clear_orphans
from workflows.models import Import
from workflows.perform import perform
from workflows.tasks import daily

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> Path:
    settings.VAR = tmp_path
    return tmp_path


def pdf(words: str) -> bytes:
    return b"%PDF-1.7\n" + words.encode()


def kept(words: str, *, days: float, folder: Path) -> Path:
    """A stored file, as old as said."""
    sha256, _type, _size = keep_file(io.BytesIO(pdf(words)))
    return aged(folder / "evidence" / sha256[:2] / sha256, days)


def aged(path: Path, days: float) -> Path:
    at = time.time() - days * 86_400
    os.utime(path, (at, at))
    return path


def evidence(inspection: Any, path: Path) -> Evidence:
    return Evidence.objects.create(case=inspection.case, title="欠条", sha256=path.name, size=1, at=clock.now())


# --- files that became nothing ---------------------------------------------------------------------------------------


def test_what_no_row_names_goes_after_its_days_and_what_one_names_stays(investigating: Any, own_folder: Path) -> None:
    inspection = investigating.subject
    named, fresh = kept("一", days=400, folder=own_folder), kept("二", days=6.9, folder=own_folder)
    nobody, half = kept("三", days=7.1, folder=own_folder), aged(_half_written(own_folder), 8)
    row = evidence(inspection, named)
    sha256, size = keep_table(io.BytesIO(b"name,amount"))
    table = aged(own_folder / "imports" / sha256, 30)
    officer = investigating.people.officers["lead"]
    Import.objects.create(kind="roster", case=inspection.case, officer=officer, at=clock.now(), file_name="a.csv",
                          sha256=sha256, size=size)  # fmt: skip
    lost = aged(own_folder / "imports" / keep_table(io.BytesIO(b"x"))[0], 30)
    assert clear_orphans(7) == 3
    assert [path.exists() for path in (named, fresh, table)] == [True, True, True]
    assert [path.exists() for path in (nobody, half, lost)] == [False, False, False]
    assert b"".join(read_file(row)) == pdf("一")
    assert clear_orphans(7) == 0
    with pytest.raises(ValueError, match="two"):
        clear_orphans(1)


def _half_written(folder: Path) -> Path:
    path = folder / "evidence" / "tmpabc123"
    path.write_bytes(b"%PDF")
    return path


def test_the_same_content_uploaded_anew_while_it_is_cleared_away_is_there(
    investigating: Any, own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at the rows and the removal; and once more between the removal's two steps."""
    path, real = kept("四", days=30, folder=own_folder), Path.rename

    def upload_first(source: Path, target: Path) -> None:
        keep_file(io.BytesIO(pdf("四")))
        real(source, target)

    def upload_after(source: Path, target: Path) -> None:
        real(source, target)
        keep_file(io.BytesIO(pdf("四")))

    monkeypatch.setattr(Path, "rename", upload_first)
    assert clear_orphans(7) == 0
    assert path.read_bytes() == pdf("四")
    aged(path, 30)
    monkeypatch.setattr(Path, "rename", upload_after)
    clear_orphans(7)
    assert path.read_bytes() == pdf("四")
    assert [p.name for p in path.parent.iterdir()] == [path.name], "nothing is left aside"
    assert b"".join(read_file(evidence(investigating.subject, path))) == pdf("四")


def test_an_upload_under_way_in_another_thread_always_finds_its_file(
    investigating: Any, own_folder: Path, race: Callable[..., list[Any]]
) -> None:
    """Thirty times the same content, old each time, is uploaded by one and cleared away by the other."""
    place = kept("五", days=30, folder=own_folder)
    for _ in range(30):
        if place.exists():
            aged(place, 30)
        results = race(lambda: keep_file(io.BytesIO(pdf("五"))), lambda: clear_orphans(7))
        assert not [one for one in results if isinstance(one, BaseException)], results
        assert hashlib.sha256(place.read_bytes()).hexdigest() == place.name


def test_an_empty_database_beside_a_full_folder_removes_nothing(
    investigating: Any, own_folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(orphans, "_IMPLAUSIBLE", 3)
    paths = [kept(str(n), days=30, folder=own_folder) for n in range(5)]
    evidence(investigating.subject, paths[0])
    assert clear_orphans(7) == 0 and all(path.exists() for path in paths)
    assert "none is removed" in caplog.text


# --- where the chains end --------------------------------------------------------------------------------------------


def signed(people: People, inspection: Any, at: Any) -> None:
    inputs = {"agency": "housing", "question": "请核实。", "due_on": "2026-03-30"}
    done = perform(inspection, "ask_agency", by=people.lead, inputs=inputs)
    deliver_due()
    notice = Notice.objects.get(event_ref=str(done.events[0].public_id))
    sign_receipt(notice, signer_name="住建甲", agency="housing", actor_ref="officer:1", at=at)


def test_each_day_has_one_line_that_a_later_export_stands_on(
    investigating: Any, own_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    people, inspection = investigating.people, investigating.subject
    signed(people, inspection, clock.now())
    stray = kept("六", days=30, folder=own_folder)
    daily.run()
    daily.run()
    first = own_folder / "heads" / "receipts-2026-03-02.jsonl"
    (line,) = first.read_text().splitlines()
    assert json.loads(line)["count"] == 1 and not stray.exists()
    assert caplog.text.count("receipts end in") == 1 and line in caplog.text
    with clock.at(walks.MONDAY + DAY):
        signed(people, inspection, clock.now())
        daily.run()
        call_command("export_receipts", str(own_folder / "all.jsonl"))
    everything = (own_folder / "all.jsonl").read_text().splitlines()
    second = (own_folder / "heads" / "receipts-2026-03-03.jsonl").read_text().splitlines()
    assert faults(everything, [line]) == [] == faults(everything, second)
    assert json.loads(second[0])["heads"] == json.loads(everything[0])["heads"]
    forged = [everything[0].replace(json.loads(line)["heads"]["housing"]["sha256"], "0" * 64), *everything[1:]]
    forged[1] = forged[1].replace("住建甲", "住建乙")
    assert faults(forged, [line]) != []
