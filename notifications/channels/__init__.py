"""What a channel is: it hands one frozen payload to the other side and says truthfully what came of it.

A channel sends outside every transaction, within fifteen seconds, and answers in one of five ways: it returns `Sent`,
or raises `TemporaryFailure` (certainly not taken, try later), `PermanentRefusal` (never will be), `AmbiguousOutcome`
(nobody knows) or `ByHand` (a person must carry it). The table of channels stands in `outbox.py`.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar

from notifications.delivery import AttemptStatus, Repeat
from notifications.notice import Notice, canonical

__all__ = [
    "AmbiguousOutcome",
    "ByHand",
    "Channel",
    "Failure",
    "PermanentRefusal",
    "Repeat",
    "Sent",
    "TemporaryFailure",
    "To",
]


@dataclass(frozen=True, slots=True)
class To:
    """Whom a letter is for: an agency, whose addresses the channel looks up, or a person at the address handed in."""

    agency: str = ""
    role: str = ""
    address: str = field(default="", repr=False)


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

    def __init__(
        self, error: str, *, peer_status: str = "", response: bytes = b"", wait: timedelta | None = None
    ) -> None:
        super().__init__(error)
        self.peer_status = peer_status
        self.response = response
        self.wait = wait  # how long the other side asked us to wait; the outbox keeps it within its own bounds


class TemporaryFailure(Failure):
    """The other side certainly did not take it, and may later."""

    status = AttemptStatus.TEMPORARY


class PermanentRefusal(Failure):
    """The other side will never take this payload."""

    status = AttemptStatus.REFUSED


class AmbiguousOutcome(Failure):
    """It may have been taken and it may not: the answer was lost, late or unreadable."""


class ByHand(Failure):
    """The machine has done its part; a person serves it and confirms."""

    status = AttemptStatus.BY_HAND


class Channel(ABC):
    """One way to reach an addressee. `repeat` is what it promises where no row of the addressee says otherwise."""

    name: ClassVar[str]
    repeat: ClassVar[Repeat]

    def render(self, notice: Notice) -> str:
        """The payload, frozen when the notice is posted; by default its whole content in canonical JSON."""
        return canonical(notice.content() | {"content_sha256": notice.content_sha256})

    @abstractmethod
    def send(self, payload: str, key: str, *, to: To, at: datetime) -> Sent:
        """Hand over the payload under this key; `at` is business time."""

    def find(self, key: str, *, to: To) -> Sent | None:
        """What the other side holds under this key. Only asked where a delivery says `Repeat.QUERY`."""
        raise NotImplementedError(f"{self.name} cannot be asked")
