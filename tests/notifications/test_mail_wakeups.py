"""Wake-ups are worth nothing: a nudge never raises, never waits, and what it does not do the timetable does."""

import base64
import json
import logging
import socket
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import redis
from celery import Celery
from django.conf import settings
from django.db import transaction

from notifications import tasks
from notifications.delivery import Delivery
from notifications.outbox import NoticeDraft, post
from notifications.reading import beat_age

Draft = Callable[..., NoticeDraft]
Nowhere = Callable[[str], tasks._Nudger]


@pytest.fixture
def nudger_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], tasks._Nudger]:
    """A nudger without a past, whose Redis is at this address."""

    def place(url: str) -> tasks._Nudger:
        fresh = tasks._Nudger()
        monkeypatch.setattr(tasks, "_nudger", fresh)
        monkeypatch.setattr(tasks, "current_app", Celery("elsewhere", broker=url, set_as_current=False))
        return fresh

    return place


@pytest.fixture
def deaf_port() -> Iterator[int]:
    """A server that accepts and never answers, like a stopped Redis."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(8)
        yield listening.getsockname()[1]


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_nudge_without_redis_says_so_once_and_returns_at_once(
    nudger_at: Nowhere, caplog: pytest.LogCaptureFixture
) -> None:
    nudger_at(f"redis://127.0.0.1:{closed_port()}/0")
    with caplog.at_level(logging.WARNING, logger="notifications.tasks"):
        assert [tasks.nudge() for _ in range(50)] == [False] * 50
    assert [record.levelname for record in caplog.records if record.name == "notifications.tasks"] == ["WARNING"]


def test_a_nudge_does_not_wait_for_a_redis_that_does_not_answer(nudger_at: Nowhere, deaf_port: int) -> None:
    nudger_at(f"redis://127.0.0.1:{deaf_port}/0")
    started = time.monotonic()
    assert not tasks.nudge()
    assert time.monotonic() - started < 15, "it would wait for ever"
    assert tasks._nudger._rest_until > started, "after a failure it rests"


def test_a_nudge_is_tried_again_after_a_rest(nudger_at: Nowhere, monkeypatch: pytest.MonkeyPatch) -> None:
    nudger = nudger_at(f"redis://127.0.0.1:{closed_port()}/0")
    assert not tasks.nudge()
    monkeypatch.setattr(tasks, "current_app", Celery("here", broker="memory://", set_as_current=False))
    assert not tasks.nudge(), "it rests"
    nudger._rest_until = 0.0
    assert tasks.nudge()


def test_a_wake_up_carries_no_word_and_many_are_one(redis_url: str, nudger_at: Nowhere) -> None:
    nudger_at(settings.CELERY_BROKER_URL)
    assert all(tasks.nudge() for _ in range(100))
    with redis.Redis.from_url(redis_url) as client:
        (message,) = client.lrange("celery", 0, -1)
    message = json.loads(message)
    assert message["headers"]["task"] == "notifications.tasks.deliver"
    assert json.loads(base64.b64decode(message["body"]))[:2] == [[], {}]
    tasks._nudger._drop()


@pytest.mark.usefixtures("database")
def test_the_task_delivers_and_beats(draft: Draft) -> None:
    assert beat_age(tasks.DELIVER_HEARTBEAT) is None
    with transaction.atomic():
        post([draft(slot=str(number)) for number in range(5)])
    tasks.deliver.run()
    tasks.deliver.run()
    assert set(Delivery.objects.values_list("state", flat=True)) == {"done"}
    age = beat_age(tasks.DELIVER_HEARTBEAT)
    assert age is not None
    assert age < timedelta(minutes=1)
