"""Invented drafts and a channel that can be told how to behave."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from notifications import outbox
from notifications.channels import Channel, Repeat, Sent, To
from notifications.outbox import NoticeDraft
from notifications.posts import Post

MORNING = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)


class Peer(Channel):
    """The other side, with a memory: it counts what it was sent and what took effect."""

    name = "peer"

    def __init__(self, repeat: Repeat = Repeat.KEY) -> None:
        self.repeat = repeat  # type: ignore[misc]
        self.sent: Counter[str] = Counter()
        self.effects: Counter[str] = Counter()
        self.asked = 0
        self.before: Callable[[str], None] = lambda key: None
        self.after: Callable[[str], None] = lambda key: None
        self._lock = threading.Lock()

    def send(self, payload: str, key: str, *, to: To, at: datetime) -> Sent:
        with self._lock:
            self.sent[key] += 1
        self.before(key)
        with self._lock:
            if self.repeat is Repeat.NEVER or key not in self.effects:
                self.effects[key] += 1
        self.after(key)
        return Sent(b"number 7", peer_status="200")

    def find(self, key: str, *, to: To) -> Sent | None:
        self.asked += 1
        return Sent(b"found") if key in self.effects else None


class Killed(BaseException):
    """The worker is gone, as by kill -9: nothing of ours runs after it."""


@pytest.fixture
def draft() -> Callable[..., NoticeDraft]:
    """A notice to the police, about an invented case; each argument may be replaced."""

    def make(**changes: Any) -> NoticeDraft:
        values: dict[str, Any] = {
            "kind": "transfer_sent",
            "to": Post("police", "police_officer"),
            "sender": Post("hrss", "squad_leader"),
            "event_ref": "event:1",
            "subject_ref": "case:1",
            "subject_label": "渑人社监案〔2026〕17号",
            "title": "涉嫌犯罪案件移送书",
            "text": "现将河岸家园项目拖欠工资一案移送你局。",
            "basis": "TRD 5",
            "purpose": "刑事立案审查",
            "fields": {"workers": 12, "amount": "186400.00"},
            "posted_at": MORNING,
        }
        return NoticeDraft(**(values | changes))

    return make


@pytest.fixture
def peer(monkeypatch: pytest.MonkeyPatch) -> Callable[[Repeat], Peer]:
    """Puts a peer of the given honesty into the table of channels."""

    def install(repeat: Repeat = Repeat.KEY) -> Peer:
        channel = Peer(repeat)
        monkeypatch.setitem(outbox.CHANNELS, channel.name, channel)
        return channel

    return install


@pytest.fixture
def lease_runs_out() -> Callable[[], None]:
    """A minute passes for the leases."""

    def run_out() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE notifications_delivery SET lease_until = now() - interval '1 second'"
                " WHERE lease_until IS NOT NULL"
            )

    return run_out


@pytest.fixture
def wait_is_over() -> Callable[[], None]:
    """The wait after a failure passes."""

    def pass_by() -> None:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE notifications_delivery SET next_at = now() WHERE state = 'pending'")

    return pass_by


@pytest.fixture
def killed() -> type[BaseException]:
    """What a channel raises to stop its worker dead."""
    return Killed
