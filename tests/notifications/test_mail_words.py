"""Ids, posts, frozen words: what needs no database."""

import os
import threading
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.channels import Sent
from notifications.ids import milliseconds, uuid7
from notifications.notice import canonical, sha256
from notifications.outbox import Attachment, NoticeDraft, backoff, rows_for
from notifications.posts import Person, Post

Draft = Callable[..., NoticeDraft]


def test_ids_have_the_layout_of_version_seven_and_rise() -> None:
    ids = [uuid7() for _ in range(20_000)]
    assert all(one.version == 7 and one.variant == uuid.RFC_4122 for one in ids)
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)
    assert 0 <= milliseconds(ids[-1]) - milliseconds(ids[0]) < 60_000


def test_ids_do_not_go_back_when_the_clock_does(monkeypatch: pytest.MonkeyPatch) -> None:
    first = uuid7()
    monkeypatch.setattr("notifications.ids.time.time_ns", lambda: 1)
    assert uuid7() > first


def test_threads_never_draw_the_same_id() -> None:
    drawn: list[uuid.UUID] = []
    threads = [threading.Thread(target=lambda: drawn.extend([uuid7() for _ in range(2_000)])) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(drawn)) == 8_000


def test_a_forked_child_draws_its_own_ids() -> None:
    reading, writing = os.pipe()
    uuid7()
    child = os.fork()
    if child == 0:
        os.write(writing, uuid7().bytes)
        os._exit(0)
    mine = uuid7()
    os.waitpid(child, 0)
    assert os.read(reading, 16) != mine.bytes
    os.close(reading)
    os.close(writing)


def test_a_post_is_written_as_agency_and_role() -> None:
    post = Post("police", "police_officer")
    assert str(post) == "police/police_officer"
    assert Post.parse("police/police_officer") == post
    assert str(Person("complaint:7", "张三")) == "complaint:7"


@pytest.mark.parametrize("text", ["police", "/x", "police/", "a/b/c", " police/x", ""])
def test_a_crooked_post_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="agency code and a role"):
        Post.parse(text)


def test_the_same_content_has_one_spelling() -> None:
    here = datetime(2026, 11, 23, 9, 30, tzinfo=timezone(timedelta(hours=8)))
    there = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
    assert canonical({"b": here, "a": Decimal("10.00")}) == canonical({"a": "10.00", "b": there})
    assert canonical([date(2026, 1, 2), None, True]) == '["2026-01-02",null,true]'
    assert canonical(Decimal("1E+3")) == '"1000"'


@pytest.mark.parametrize("value", [1.5, float("nan"), b"x", {1, 2}, object(), datetime(2026, 1, 1)])
def test_what_has_no_certain_spelling_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="notice"):
        canonical({"field": value})


def test_rows_carry_hashes_and_keys_and_nothing_is_stored(draft: Draft) -> None:
    one = draft(
        attachments=[Attachment("移送书.pdf", "ab" * 32)], fields={"amount": Decimal("10.50"), "on": date(2026, 1, 2)}
    )
    notices, deliveries = rows_for([one, draft(to=Person("complaint:7", "张三"), slot="2")])
    assert [notice.key for notice in notices] == [
        "event:1|transfer_sent|police/police_officer",
        "event:1|transfer_sent|complaint:7|2",
    ]
    assert notices[0].fields == {"amount": "10.50", "on": "2026-01-02"}
    for notice, delivery in zip(notices, deliveries, strict=True):
        assert notice.content_sha256 == notice.fingerprint()
        assert delivery.key == f"{notice.key}|inbox"
        assert delivery.payload_sha256 == sha256(delivery.payload)
    assert one.text not in deliveries[0].payload
    assert notices[0].recipient == Post("police", "police_officer")
    assert notices[1].recipient == Person("complaint:7", "张三")
    assert rows_for([]) == ([], [])


@pytest.mark.parametrize(
    "name", ["title", "text", "basis", "purpose", "fields", "posted_at", "subject_label", "answer_due_on"]
)
def test_the_hash_answers_for_every_word(draft: Draft, name: str) -> None:
    (notice,), _ = rows_for([draft()])
    changed = {
        "fields": {"workers": 13},
        "posted_at": notice.posted_at + timedelta(microseconds=1),
        "answer_due_on": date(2026, 12, 1),
    }
    setattr(notice, name, changed.get(name, "改动"))
    assert notice.fingerprint() != notice.content_sha256


@pytest.mark.parametrize("name", ["kind", "event_ref", "subject_ref", "title", "text", "basis", "purpose"])
def test_a_notice_without_its_essentials_is_refused(draft: Draft, name: str) -> None:
    with pytest.raises(ValueError, match=name):
        draft(**{name: ""})


def test_a_receipt_of_the_other_side_is_never_empty() -> None:
    with pytest.raises(ValueError, match="receipt"):
        Sent(b"")


@given(st.integers(0, 10_000), st.floats(0.5, 1.5))
def test_the_wait_doubles_within_its_bounds(attempts: int, spread: float) -> None:
    wait = backoff(attempts, spread)
    assert timedelta(seconds=2.5) <= wait <= timedelta(minutes=90)
    assert backoff(attempts + 1, spread) >= wait
    assert backoff(1, 1.0) == timedelta(seconds=10)
    assert backoff(12, 1.0) == timedelta(hours=1)
