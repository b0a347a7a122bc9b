"""Finding a complaint or a case again: what may be the same matter, and what somebody types into the search box.

Every hit says why it is one. Only what the actor may see is searched; the words come in and go nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from workflows.casefile.case import Case
from workflows.casefile.complaint import Complaint
from workflows.procedures.inspection_state import OPEN_STATES
from workflows.procedures.intake import Intake
from workflows.reading.access import visible_to
from workflows.roles import Actor

MOST = 8


@dataclass(frozen=True)
class Hit:
    """One complaint or case with the reason of the match."""

    reason: str
    complaint: Complaint | None = None
    case: Case | None = None

    @property
    def stage(self) -> str:
        """The public stage: that of the case where there is one."""
        if self.case is not None:
            return str(self.case.inspection.stage)
        assert self.complaint is not None
        return str(self.complaint.intake.stage)

    @property
    def open(self) -> bool:
        """Whether somebody still works on it."""
        if self.case is not None:
            return self.case.inspection.state in OPEN_STATES
        assert self.complaint is not None
        return self.complaint.intake.state in Intake.OPEN


def similar(
    actor: Actor, *, phone: str = "", employer: str = "", crew_phone: str = "", besides: int | None = None
) -> list[Hit]:
    """Complaints that may be the same matter: same caller first, then same employer, then same crew leader's phone."""
    tests: list[tuple[str, Q]] = []
    if len(phone) >= 5:
        tests.append(("同一来电号码", Q(complainant_phone=phone)))
    if len(employer) >= 2:
        tests.append(("同一用人单位", Q(employer_name=employer)))
    if len(crew_phone) >= 5:
        tests.append(("同一班组长电话", Q(crew_leader_phone=crew_phone)))
    if not tests:
        return []
    wanted = Q()
    for _, test in tests:
        wanted |= test
    rows = (
        visible_to(actor, Complaint)
        .filter(wanted)
        .exclude(pk__in=[] if besides is None else [besides])
        .select_related("intake", "case__inspection", "case__employer", "case__bureau", "bureau")
        .order_by("-received_at")[: 3 * MOST]
    )
    hits = [Hit(_reason(row, phone, employer, crew_phone), row, row.case) for row in rows]
    order = [reason for reason, _ in tests]
    return sorted(hits, key=lambda hit: order.index(hit.reason.split("、")[0]))[:MOST]


def _reason(row: Complaint, phone: str, employer: str, crew_phone: str) -> str:
    reasons = [
        reason
        for reason, same in (
            ("同一来电号码", phone and row.complainant_phone == phone),
            ("同一用人单位", employer and row.employer_name == employer),
            ("同一班组长电话", crew_phone and row.crew_leader_phone == crew_phone),
        )
        if same
    ]
    return "、".join(reasons)


def find(actor: Actor, text: str, most: int = 20) -> list[Hit]:
    """What a person typed: a case number or a part of it, a name, a phone number, an employer."""
    text = text.strip()
    if len(text) < 2:
        return []
    digits = "".join(c for c in text if c.isdigit())
    phone = digits if len(digits) >= 7 and len(digits) >= len(text) - 4 else ""
    cases = (
        visible_to(actor, Case)
        .filter(Q(number__contains=text) | Q(employer__name__contains=text) | Q(pk__in=_cases_of_workers(text, phone)))
        .select_related("inspection", "employer", "bureau")
        .order_by("-id")[:most]
    )
    hits = [Hit(_case_reason(case, text), case=case) for case in cases]
    told = Q(complainant_name__contains=text, is_informant=False, anonymous=False) | Q(employer_name__contains=text)
    told |= Q(source_id=text) | Q(actual_controller=text)
    if phone:
        told |= Q(complainant_phone=phone)
    complaints = (
        visible_to(actor, Complaint)
        .filter(told)
        .select_related("intake", "case__inspection", "case__employer", "case__bureau", "bureau")
        .order_by("-received_at")[:most]
    )
    return hits + [Hit(_complaint_reason(row, text, phone), row) for row in complaints]


def _cases_of_workers(text: str, phone: str) -> Any:
    wanted = Q(workers__name__contains=text)
    if phone:
        wanted |= Q(workers__phone=phone)
    return Case.objects.filter(wanted).values("pk")


def _case_reason(case: Case, text: str) -> str:
    if text in case.number:
        return "案号"
    return "用人单位" if text in case.employer.name else "劳动者"


def _complaint_reason(row: Complaint, text: str, phone: str) -> str:
    if phone and row.complainant_phone == phone:
        return "来电号码"
    if text in row.complainant_name:
        return "投诉人"
    if row.source_id == text:
        return "来访登记号、来源编号"
    return "用人单位" if text in row.employer_name else "实际控制人"
