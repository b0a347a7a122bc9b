"""What came in under a key and was answered: repeated, it gets the same answer and changes nothing.

Serves the Idempotency-Key of our own clients and the messages of other agencies' systems. The answer is kept in the
transaction of the act it belongs to.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models

from workflows import clock
from workflows.errors import InvalidInput, Repeated
from workflows.record import canonical


class InboundMessage(models.Model):
    """One key of one sender, the fingerprint of what was asked, and what was answered."""

    sender = models.CharField(max_length=80)
    key = models.CharField(max_length=120)
    fingerprint = models.CharField(max_length=64)
    answer = models.JSONField(default=dict)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sender", "key"], name="inbound_once")]


@dataclass
class Inbound:
    """A request under a key: `claim` takes the key (or raises Repeated), `keep` stores the answer."""

    sender: str
    key: str
    body: Mapping[str, Any]
    answer: Callable[[Any], dict[str, Any]]
    #: what the sender calls the key
    field: str = "Idempotency-Key"
    _row: InboundMessage | None = None

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(canonical(self.body)).hexdigest()

    def claim(self) -> None:
        """Take the key in this transaction; a twin that runs at the same moment waits here for our end.

        Raises Repeated with the stored answer, or InvalidInput when the same key came with another body.
        """
        row = InboundMessage(sender=self.sender, key=self.key, fingerprint=self.fingerprint, received_at=clock.now())
        InboundMessage.objects.bulk_create([row], ignore_conflicts=True)
        stored = InboundMessage.objects.get(sender=self.sender, key=self.key)
        if stored.answer:
            self.same_body(stored)
            raise Repeated(stored.answer)
        self._row = stored

    def keep(self, done: Any) -> None:
        """Store the answer with the act."""
        assert self._row is not None, "claim comes first"
        self._row.answer = self.answer(done)
        self._row.save(update_fields=["answer"])

    def same_body(self, stored: InboundMessage) -> None:
        """Raise InvalidInput when the key came with another body before."""
        if stored.fingerprint != self.fingerprint:
            raise InvalidInput({self.field: "这个键已用于另一份内容"})
