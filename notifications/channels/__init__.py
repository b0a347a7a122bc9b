"""What a channel is: it hands one frozen payload to the other side and says truthfully what came of it.

A channel sends outside every transaction, within ten seconds, and answers in one of four ways: it returns `Sent`, or
raises `TemporaryFailure` (certainly not taken, try later), `PermanentRefusal` (never will be) or `AmbiguousOutcome`
(nobody knows). The table of channels stands in `outbox.py`.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import ClassVar

from notifications.delivery import AttemptStatus
from notifications.notice import Notice, canonical


class Repeat(Enum):
    """What makes a second sending harmless; without it, one ambiguous outcome stops the delivery (held)."""

    KEY = "the other side recognises the key"
    QUERY = "the other side can be asked about the key"
    NEVER = "neither"


@dataclass(frozen=True, slots=True)
class Sent:
    """The other side has it. `receipt` is its own answer or number, kept as it came; never empty."""

    receipt: bytes
    peer_status: str = ""
    response: bytes = b""

    def __post_init__(self) -> None:
        if not self.receipt:
            raise ValueError("a delivery is proved by the other side's receipt, and it cannot be empty")


class Failure(Exception):
    """A try that did not succeed. The text is stored and shown to officers: no personal data in it."""

    status: ClassVar[AttemptStatus] = AttemptStatus.AMBIGUOUS

    def __init__(self, error: str, *, peer_status: str = "", response: bytes = b"") -> None:
        super().__init__(error)
        self.peer_status = peer_status
        self.response = response


class TemporaryFailure(Failure):
    """The other side certainly did not take it, and may later."""

    status = AttemptStatus.TEMPORARY


class PermanentRefusal(Failure):
    """The other side will never take this payload."""

    status = AttemptStatus.REFUSED


class AmbiguousOutcome(Failure):
    """It may have been taken and it may not: the answer was lost, late or unreadable."""


class Channel(ABC):
    """One way to reach an addressee."""

    name: ClassVar[str]
    repeat: ClassVar[Repeat]

    def render(self, notice: Notice) -> str:
        """The payload, frozen when the notice is posted; by default its whole content in canonical JSON."""
        return canonical(notice.content() | {"content_sha256": notice.content_sha256})

    @abstractmethod
    def send(self, payload: str, key: str, *, at: datetime) -> Sent:
        """Hand over the payload under this key; `at` is business time."""

    def find(self, key: str) -> Sent | None:
        """What the other side holds under this key. Only asked of channels with `Repeat.QUERY`."""
        raise NotImplementedError(f"{self.name} cannot be asked")
