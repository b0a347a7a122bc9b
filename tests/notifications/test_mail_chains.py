"""Exported receipts: they hold without a database and without our code, and every change to the file shows."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import transaction

from config import embedded
from notifications.outbox import NoticeDraft, post
from notifications.posts import Post
from notifications.receipts import sign_receipt

pytestmark = pytest.mark.usefixtures("database")

Draft = Callable[..., NoticeDraft]
VERIFY = [sys.executable, str(embedded.REPOSITORY / "notifications" / "chains.py")]


def signed(draft: Draft, agency: str, number: int) -> None:
    with transaction.atomic():
        (notice,) = post([draft(to=Post(agency, "liaison"), event_ref=f"event:{agency}:{number}")])
    at = draft().posted_at + timedelta(hours=number)
    sign_receipt(notice, signer_name="科员丁", agency=agency, actor_ref="officer:12", at=at)


@pytest.fixture
def file(draft: Draft, tmp_path: Path) -> Path:
    """Three receipts of one agency, two of another, exported."""
    for agency, count in (("police", 3), ("housing", 2)):
        for number in range(1, count + 1):
            signed(draft, agency, number)
    call_command("export_receipts", str(tmp_path / "receipts.jsonl"))
    return tmp_path / "receipts.jsonl"


def verdict(file: Path, *earlier: Path) -> tuple[int, str]:
    """What the one file of standard Python says, run apart from everything of ours."""
    command = [*VERIFY, str(file), *map(str, earlier)]
    done = subprocess.run(command, cwd=file.parent, env={}, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def changed(file: Path, change: Callable[[list[str]], list[str]]) -> Path:
    made = file.with_suffix(".changed")
    made.write_text("\n".join(change(file.read_text().splitlines())) + "\n")
    return made


def test_what_was_exported_holds(file: Path) -> None:
    assert verdict(file) == (0, "HOLDS   5 receipts, every chain from its first to its head\n")
    with pytest.raises(SystemExit) as left:
        call_command("verify_receipts", str(file))
    assert left.value.code == 0


def again(line: str, **told: object) -> str:
    return json.dumps(json.loads(line) | told)


CHANGES: dict[str, tuple[Callable[[list[str]], list[str]], str]] = {
    "another signer": (lambda x: [x[0], x[1].replace("科员丁", "科员戊"), *x[2:]], "housing: receipt 1 was altered"),
    "one less": (lambda x: [*x[:3], *x[4:]], "police: receipt 1 is missing before 2"),
    "the last one less": (lambda x: x[:-1], "the file says it holds 5 receipts and holds 4"),
    "a word for a number": (lambda x: [*x[:2], x[2].replace('"seq":2', '"seq":"2"')], "line 3 is not of the form"),
    "a field more": (lambda x: [x[0], json.dumps(json.loads(x[1]) | {"note": 1})], "line 2 is not of the form"),
    "cut": (lambda x: [*x[:2], x[2][:40]], "line 3 is not of the form"),
    "an agency that is no word": (lambda x: [x[0], again(x[1], agency={})], "line 2 is not of the form"),
    "a signer that is no text": (lambda x: [x[0], x[1].replace("科员丁", "\\ud800")], "line 2 is not of the form"),
    "a yes for a number": (lambda x: [x[0], again(x[1], seq=True)], "line 2 is not of the form"),
    "nested without end": (lambda x: [x[0], "[" * 100_000], "line 2 is not of the form"),
    "another count": (lambda x: [again(x[0], count="5"), *x[1:]], "the file says it holds '5' receipts"),
    "empty": (lambda x: [], "line 1 is not of the form"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_every_change_to_the_file_shows(file: Path, what: str) -> None:
    change, said = CHANGES[what]
    code, words = verdict(changed(file, change))
    assert (code, said in words) == (1, True), words


def test_a_chain_made_anew_does_not_fit_the_heads_given_away_before(file: Path, draft: Draft) -> None:
    heads = file.with_suffix(".heads")
    call_command("export_receipts", str(heads), "--heads")
    assert len(heads.read_text().splitlines()) == 1
    signed(draft, "police", 4)
    call_command("export_receipts", str(file))
    assert verdict(file, heads)[0] == 0, "what grew still stands on what was given away"
    forged = changed(file, lambda x: [x[0].replace('"seq":4', '"seq":2'), *x[1:-2]])
    code, words = verdict(forged, heads)
    assert (code, "police: receipt 3 of the earlier file is gone or another one" in words) == (1, True), words


@pytest.mark.parametrize("heads", ["{}", "[]", "7", '{"heads": []}', '{"heads": {"police": 4}}', "[" * 100_000, "\x00"])
def test_heads_that_are_none_are_no_verdict(file: Path, heads: str) -> None:
    earlier = file.with_suffix(".heads")
    earlier.write_text(heads)
    code, words = verdict(file, earlier)
    assert (code, words.startswith("cannot be read: "), words.count("\n")) == (2, True, 1), words


def test_a_line_is_what_ends_with_a_line_feed(draft: Draft, tmp_path: Path) -> None:
    """Marks that Python's splitlines takes for the end of a line may stand in a signer's name."""
    with transaction.atomic():
        (notice,) = post([draft(to=Post("police", "liaison"), event_ref="event:police:1")])
    sign_receipt(notice, signer_name="民警\u2028丙", agency="police", actor_ref="peer:police", at=notice.posted_at)
    call_command("export_receipts", str(tmp_path / "receipts.jsonl"))
    assert verdict(tmp_path / "receipts.jsonl")[0] == 0


def test_a_file_that_is_not_there_is_no_verdict(tmp_path: Path) -> None:
    assert verdict(tmp_path / "none")[0] == 2
