"""The verdict: what the database holds against what was promised. Counts rows; trusts no counter of the running system.

lost               notices that an act announced and that do not exist, were not delivered on each of their channels, do
                   not lie in an inbox, or of which the peer's own store knows nothing
doubled            a notice in two inboxes, told twice, taken twice by the peer; an act that happened twice and may not
illegal_states     breaches of I3: a state that is not its last event's, a step on no arrow, a record with a seam
acknowledged_lost  answers the clients hold whose complaint, receipt code or act is not there
stored_twice       complaints beyond one per key, and keys that were answered with two complaints
broken             breaches of every other invariant the product itself checks; what the peer has and we did not send
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection

from workflows import invariants
from workflows.casefile import receipt

_UNDELIVERED = """
SELECT n.key FROM notifications_notice n
 WHERE n.state = 'posted'
    OR NOT EXISTS (SELECT FROM notifications_delivery d WHERE d.notice_id = n.public_id)
    OR EXISTS (SELECT FROM notifications_delivery d WHERE d.notice_id = n.public_id AND d.state <> 'done')
    OR NOT EXISTS (SELECT FROM notifications_inboxitem i WHERE i.notice_id = n.public_id)
"""
_UNPOSTED = """
SELECT s.key FROM (SELECT n ->> 1 AS key FROM workflows_event e, jsonb_array_elements(e.facts -> 'notices') n
                    WHERE e.facts ? 'notices') s
 WHERE NOT EXISTS (SELECT FROM notifications_notice n WHERE n.key = s.key)
"""
_IN_TWO_INBOXES = """
SELECT n.key FROM notifications_inboxitem i JOIN notifications_notice n ON n.public_id = i.notice_id
 GROUP BY n.key HAVING count(*) > 1
"""
_TOLD_TWICE = """
SELECT min(n.key) FROM notifications_notice n JOIN workflows_event e ON e.public_id::text = n.event_ref
 GROUP BY e.subject, e.act, n.kind, n.recipient_agency, n.recipient_role, n.recipient_ref HAVING count(*) > 1
"""
_DONE_TWICE = """
SELECT act || ' of ' || subject FROM workflows_event
 WHERE procedure = 'intake' AND act IN ('log', 'register', 'accept', 'decline', 'request_supplement', 'flag_urgent')
 GROUP BY act, subject HAVING count(*) > 1
"""
_STORED_TWICE = "SELECT title FROM workflows_complaint GROUP BY title HAVING count(*) > 1"


@dataclass
class Verdict:
    """The counts, and for each a few of the rows behind it."""

    counts: dict[str, int] = field(default_factory=dict)
    named: dict[str, list[str]] = field(default_factory=dict)

    def found(self, what: str, rows: Iterable[str]) -> None:
        """Add rows that break a promise."""
        breaches = list(rows)
        self.counts[what] = self.counts.get(what, 0) + len(breaches)
        self.named.setdefault(what, []).extend(breaches[: 5 - min(5, len(self.named.get(what, [])))])

    @property
    def bad(self) -> bool:
        return any(self.counts.values())


def judge(acknowledged: list[dict[str, Any]], keys: set[str], store: Path) -> Verdict:
    """Count the broken promises in the current database and the peer's; nothing may run on them any more."""
    verdict = Verdict()
    verdict.found("lost", [*_rows(_UNDELIVERED), *_rows(_UNPOSTED)])
    verdict.found("doubled", [*_rows(_IN_TWO_INBOXES), *_rows(_TOLD_TWICE), *_rows(_DONE_TWICE)])
    _at_the_peer(verdict, store)
    _invariants(verdict)
    _promises(verdict, acknowledged)
    _twice(verdict, acknowledged, keys)
    return verdict


_SENT = """
SELECT key, payload_sha256, convert_from(receipt, 'UTF8') FROM notifications_delivery
 WHERE channel = 'webhook' OR channel = 'sms'
"""


def _at_the_peer(verdict: Verdict, store: Path) -> None:
    """What the peer has in its own books against what we say we sent (I8)."""
    with sqlite3.connect(store) as books:
        effects = books.execute("SELECT key, number, channel, sha256 FROM effect").fetchall()
    taken = Counter(key for key, *_ in effects)
    numbers = {key: number for key, number, *_ in effects}
    bodies = {key: sha256 for key, _, channel, sha256 in effects if channel == "in"}
    with connection.cursor() as cursor:
        cursor.execute(_SENT)
        sent = {key: (sha256, receipt) for key, sha256, receipt in cursor.fetchall()}
    verdict.found("lost", [f"{key} is not at the peer" for key in sent if key not in taken])
    verdict.found("doubled", [f"{key} was taken {n} times" for key, n in taken.items() if n > 1])
    verdict.found("broken", [f"{key} is at the peer and was never sent" for key in taken if key not in sent])
    verdict.found(
        "broken", [f"{key} has another receipt" for key, (_, r) in sent.items()
                   if key in numbers and (not r or json.loads(r).get("id") != numbers[key])]
    )  # fmt: skip
    verdict.found(
        "broken", [f"{key} has other words" for key, body in bodies.items() if sent.get(key, ("",))[0] != body]
    )


def _invariants(verdict: Verdict) -> None:
    verdict.found("illegal_states", [])
    verdict.found("broken", [])
    for finding in invariants.check():
        what = "illegal_states" if finding.id == "I3" else "broken"
        verdict.found(what, (f"{finding.id} {breach}" for breach in finding.breaches))


def _promises(verdict: Verdict, acknowledged: list[dict[str, Any]]) -> None:
    """Each acknowledged complaint is there and its spoken code leads to it; each acknowledged act has its event."""
    complaints = set(_rows("SELECT public_id::text FROM workflows_complaint"))
    acts = set(_rows("SELECT subject || ' ' || act FROM workflows_event"))
    missing = []
    for line in acknowledged:
        if line["what"] == "act":
            if f"{line['subject']} {line['act']}" not in acts:
                missing.append(f"{line['act']} of {line['subject']}")
        elif line["id"] not in complaints:
            missing.append(f"complaint {line['id']}")
        else:
            row = receipt.find(line["code"], line["second"]) if line["code"] else None
            if row is None or str(row.complaint.public_id) != line["id"]:
                missing.append(f"receipt of complaint {line['id']}")
    verdict.found("acknowledged_lost", missing)


def _twice(verdict: Verdict, acknowledged: list[dict[str, Any]], keys: set[str]) -> None:
    verdict.found("stored_twice", _rows(_STORED_TWICE))
    stored = len(_rows("SELECT public_id::text FROM workflows_complaint"))
    verdict.found("stored_twice", [f"complaint {n + 1} beyond {len(keys)} keys" for n in range(stored - len(keys))])
    answered: dict[str, set[str]] = {}
    for line in acknowledged:
        if line["what"] == "complaint":
            answered.setdefault(line["key"], set()).add(f"{line['id']} {line['code']}")
    verdict.found(
        "stored_twice", [f"key {key} has {len(ids)} answers" for key, ids in answered.items() if len(ids) > 1]
    )


def _rows(query: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [str(row[0]) for row in cursor.fetchall()]
