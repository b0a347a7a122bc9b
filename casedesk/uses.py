"""The use record of what was shared (政务数据共享条例 29): collected while a request reads, written before it answers.

Beside `readings.py`, which logs who looked at a complainant; this says what became of what one agency gave another.
A notice opened again by the same hand on the same day is one use.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from notifications.notice import Notice
from workflows import clock
from workflows.casefile.case import Case
from workflows.casefile.complaint import Complaint
from workflows.casefile.sharing import DataRequest, UseRecord, kept_until
from workflows.roles import Actor

How = UseRecord.How


@dataclass(frozen=True)
class Use:
    """One thing shared that a request shows: a notice, shared data, or something named by its title."""

    what: str
    how: UseRecord.How
    purpose: str
    case: Case | None = None
    complaint: Complaint | None = None
    notice: Notice | None = None
    data_request: DataRequest | None = None

    @property
    def key(self) -> tuple[Any, ...]:
        """What makes two uses of one day the same."""
        return (
            self.how,
            self.what,
            self.notice.pk if self.notice else None,
            self.data_request.pk if self.data_request else None,
            self.case.pk if self.case else None,
        )


def has_used(request: Any, use: Use) -> None:
    """Note that this request shows, hands out or exports something shared."""
    request.__dict__.setdefault("uses", []).append(use)


def opened_notices(request: Any, actor: Actor, notices: Iterable[Notice]) -> None:
    """Note the notices that another agency's people open: those of our own agency are no sharing."""
    shared = [n for n in notices if n.sender_agency != actor.agency and n.recipient_agency == actor.agency]
    ids: dict[str, set[str]] = {}
    for notice in shared:
        kind, _, public_id = notice.subject_ref.partition(":")
        ids.setdefault(kind, set()).add(public_id)
    cases = {f"case:{c.public_id}": c for c in Case.objects.filter(public_id__in=ids.get("case", ()))}
    rows = Complaint.objects.filter(public_id__in=ids.get("complaint", ()))
    complaints = {f"complaint:{c.public_id}": c for c in rows}
    for notice in shared:
        case, complaint = cases.get(notice.subject_ref), complaints.get(notice.subject_ref)
        if case is not None or complaint is not None:
            has_used(request, Use(notice.title, How.READ, notice.purpose, case, complaint, notice))


def write_uses(request: Any, actor: Actor) -> None:
    """Write what the request noted, inside the caller's transaction; a use of today that stands is not doubled."""
    found: list[Use] = request.__dict__.get("uses", [])
    if not found:
        return
    now = clock.now()
    today = UseRecord.objects.filter(officer=actor.officer_id, at__gte=clock.start_of(clock.legal_day(now)))
    told = set(today.values_list("how", "what", "notice", "data_request", "case"))
    fresh = {use.key: use for use in found if use.how == How.EXPORTED or use.key not in told}
    UseRecord.objects.bulk_create(
        UseRecord(
            case=use.case, complaint=use.complaint if use.case is None else None, notice=use.notice,
            data_request=use.data_request, what=use.what[:200], how=use.how, purpose=use.purpose[:300],
            officer_id=actor.officer_id or 0, by_name=actor.name, agency=actor.agency, at=now,
            keep_until=kept_until(now),
        )
        for use in fresh.values()
    )  # fmt: skip
    found.clear()
