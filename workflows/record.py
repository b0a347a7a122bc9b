"""The record: what happened to each root, append-only and chained by hash.

An event belongs to exactly one root's chain. Application role and owner alike are refused UPDATE and DELETE by the
database;
a superuser is found out by the chain, whose heads are published. Wording for screens is made by the readers.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from workflows.casefile.case import Case
from workflows.casefile.complaint import Complaint
from workflows.casefile.personal import Identified

#: the version of the arrows an event is made under; a new number when the arrows change (see rulebook.py)
RULES_VERSION = 2


class Edge(models.Model):
    """One arrow of the rulebook: the database refuses a state change or an event that is not among them."""

    rules_version = models.PositiveSmallIntegerField()
    procedure = models.CharField(max_length=20)
    from_state = models.CharField(max_length=30, blank=True)
    act = models.CharField(max_length=40)
    to_state = models.CharField(max_length=30)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rules_version", "procedure", "from_state", "act", "to_state"], name="edge_once"
            )
        ]


class Event(Identified):
    """One act as it was done: who, when, by which article, from which state to which, with what inputs.

    `at` is when it happened, `recorded_at` when it was written down; both are business time. `inputs` holds no
    personal text
    in clear. `facts` holds what the readers and invariants need: notices posted, limits started and stopped, papers
    made.
    """

    complaint = models.ForeignKey(Complaint, models.PROTECT, null=True, related_name="events")
    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="events")
    seq = models.PositiveIntegerField()
    rules_version = models.PositiveSmallIntegerField()
    procedure = models.CharField(max_length=20)
    subject = models.UUIDField()
    act = models.CharField(max_length=40)
    from_state = models.CharField(max_length=30, blank=True)
    to_state = models.CharField(max_length=30)
    officer = models.ForeignKey("workflows.Officer", models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(max_length=60)
    by_agency = models.CharField(max_length=40, blank=True)
    by_roles = ArrayField(models.CharField(max_length=20), default=list)
    certificate = models.CharField(max_length=40, blank=True)
    acting_paper = models.CharField(max_length=120, blank=True)
    approved_by = models.CharField(max_length=60, blank=True)
    approval = models.ForeignKey("workflows.Approval", models.PROTECT, null=True, related_name="+")
    law = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    reason = models.TextField(blank=True)
    inputs = models.JSONField(default=dict)
    facts = models.JSONField(default=dict)
    prev_hash = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["case", "seq"], condition=Q(case__isnull=False), name="event_case_seq"),
            models.UniqueConstraint(
                fields=["complaint", "seq"], condition=Q(complaint__isnull=False), name="event_complaint_seq"
            ),
            models.CheckConstraint(
                condition=Q(case__isnull=True) ^ Q(complaint__isnull=True), name="event_of_exactly_one_root"
            ),
            models.CheckConstraint(condition=Q(at__lte=models.F("recorded_at")), name="event_not_in_the_future"),
        ]
        indexes = [models.Index(fields=["subject", "id"], name="event_subject")]


def link(root: Complaint | Case, event: Event) -> None:
    """Put an event at the end of a root's chain, in memory: number, previous hash, own hash; the root moves on
    with it.
    """
    event.case = root if isinstance(root, Case) else None
    event.complaint = root if isinstance(root, Complaint) else None
    root.version += 1
    event.seq = root.version
    event.prev_hash = bytes(root.head_hash)
    event.hash = hash_of(event, root)
    root.head_hash = event.hash


def hash_of(event: Event, root: Complaint | Case) -> bytes:
    """SHA-256 over the event's content, its place in the chain and the hash before it."""
    content: dict[str, Any] = {
        "root": str(root.public_id),
        "event": str(event.public_id),
        "seq": event.seq,
        "rules": event.rules_version,
        "procedure": event.procedure,
        "subject": str(event.subject),
        "act": event.act,
        "from": event.from_state,
        "to": event.to_state,
        "by": [event.by_name, event.by_agency, sorted(event.by_roles), event.certificate, event.acting_paper],
        "approved_by": event.approved_by,
        "law": event.law,
        "at": int(event.at.timestamp() * 1_000_000),
        "recorded_at": int(event.recorded_at.timestamp() * 1_000_000),
        "reason": event.reason,
        "inputs": event.inputs,
        "facts": event.facts,
        "before": bytes(event.prev_hash).hex(),
    }
    return hashlib.sha256(canonical(content)).digest()


def canonical(content: Any) -> bytes:
    """One byte string per content: sorted keys, no spaces, UTF-8."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def first_broken(root: Complaint | Case) -> int | None:
    """The number of the first event at which a root's chain does not hold, or None when it holds to the head."""
    before, events = b"", list(root.events.order_by("seq"))
    for expected, event in enumerate(events, start=1):
        sound = event.seq == expected and bytes(event.prev_hash) == before and bytes(event.hash) == hash_of(event, root)
        if not sound:
            return expected
        before = bytes(event.hash)
    return None if (before, len(events)) == (bytes(root.head_hash), root.version) else len(events) + 1
