"""Finding a complaint or a case again: what may be the same matter, and what somebody types into the search box.

Every hit says why it is one. Only what the actor may see is searched; the words come in and go nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject

from workflows.casefile.case import Case
from workflows.casefile.complaint import Complaint
from workflows.casefile.officers import Agency
from workflows.casefile.parties import Worker
from workflows.casefile.tasks import ReceptionDay
from workflows.procedures.inspection_state import OPEN_STATES
from workflows.procedures.intake import Intake
from workflows.procedures.joint_reception import JointReception
from workflows.reading.access import visible_to
from workflows.roles import Actor

MOST = 8
#: so many digits alone may be the end of a phone number
TAIL = (4, 6)


@dataclass(frozen=True)
class Visit:
    """A visit to a reception day, as far as a hit tells of it."""

    public_id: str
    day: str
    visitors: str
    people: int
    agreement: str


@dataclass(frozen=True)
class Hit:
    """One complaint or case with the reason of the match, and the visit where that is what was looked for."""

    reason: str
    complaint: Complaint | None = None
    case: Case | None = None
    visit: Visit | None = None

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
    """What a person typed: a case number or a part of it, a name, a phone number or the end of one, an employer; of a
    visit also its visitors, an agency that received or leads, what was agreed. Two queries.
    """
    text = text.strip()
    if len(text) < 2:
        return []
    wanted = _Wanted.of(text)
    visits = visible_to(actor, JointReception).filter(wanted.visits())
    workers = Worker.objects.filter(Q(name__contains=text) | wanted.number("phone"))
    named = Q(number__contains=text) | Q(employer__name__contains=text) | Q(pk__in=workers.values("case"))
    cases: QuerySet[Any] = (
        visible_to(actor, Case)
        .filter(named | Q(pk__in=visits.values("case")))
        .annotate(visit=_newest(visits.filter(case=OuterRef("pk"))))
        .select_related("inspection", "employer", "bureau")
        .order_by("-id")[:most]
    )
    told = Q(complainant_name__contains=text, is_informant=False, anonymous=False) | Q(employer_name__contains=text)
    told |= Q(source_id=text) | Q(actual_controller=text) | wanted.caller()
    told |= Q(case=None, pk__in=workers.values("complaint"))
    told |= Q(visit_result__contains=text) | Q(visit_departments__overlap=wanted.agencies())
    complaints: QuerySet[Any] = (
        visible_to(actor, Complaint)
        .filter(told | Q(pk__in=visits.values("complaint")))
        .annotate(
            visit=_newest(visits.filter(Q(complaint=OuterRef("pk")) | Q(case=OuterRef("case")))),
            of_worker=Exists(workers.filter(complaint=OuterRef("pk"))),
        )
        .select_related("intake", "case__inspection", "case__employer", "case__bureau", "bureau")
        .order_by("-received_at")[:most]
    )
    hits = [Hit(_case_reason(row, wanted), case=row, visit=_visit(row)) for row in cases]
    return hits + [Hit(_complaint_reason(row, wanted), row, visit=_visit(row)) for row in complaints]


@dataclass(frozen=True)
class _Wanted:
    """What was typed, and what of it can be a phone number or the end of one."""

    text: str
    phone: str
    tail: str

    @classmethod
    def of(cls, text: str) -> _Wanted:
        digits = "".join(c for c in text if c.isdigit())
        phone = digits if len(digits) >= 7 and len(digits) >= len(text) - 4 else ""
        return cls(text, phone, text if digits == text and TAIL[0] <= len(text) <= TAIL[1] else "")

    def number(self, column: str) -> Q:
        """A phone number, whole or by its end; nothing where none was typed."""
        if self.phone:
            return Q(**{column: self.phone})
        return Q(**{f"{column}__endswith": self.tail}) if self.tail else Q(pk__lt=0)

    def caller(self) -> Q:
        """Complaints by the caller's number; its end alone finds nobody whose identity is kept apart."""
        kept_apart = Q(is_informant=True) | Q(anonymous=True) | Q(confidentiality_requested=True)
        return self.number("complainant_phone") & ~kept_apart if self.tail else self.number("complainant_phone")

    def agencies(self) -> QuerySet[Agency, str]:
        """Codes of the agencies whose name holds the text."""
        return Agency.objects.filter(name__contains=self.text).values_list("code", flat=True)

    def visits(self) -> Q:
        """Visits by who came, who received or leads, what was agreed, and by the caller's number."""
        callers = Complaint.objects.filter(self.caller())
        return (
            Q(visitors__contains=self.text)
            | Q(agreement__contains=self.text)
            | Q(lead_agency__name__contains=self.text)
            | Q(handling_agencies__overlap=self.agencies())
            | Q(reception_day__in=ReceptionDay.objects.filter(agencies__name__contains=self.text))
            | Q(complaint__in=callers)
            | Q(case__in=callers.values("case"))
        )


def _newest(visits: QuerySet[JointReception]) -> Subquery:
    """The newest of the visits as a column, for `_visit`."""
    named = {name: name for name in ("public_id", "visitors", "people", "agreement")}
    return Subquery(visits.order_by("-id").values(told=JSONObject(day="reception_day__day", **named))[:1])


def _visit(row: Any) -> Visit | None:
    return Visit(**row.visit) if row.visit else None


def _case_reason(case: Any, wanted: _Wanted) -> str:
    if wanted.text in case.number:
        return "案号"
    if wanted.text in case.employer.name:
        return "用人单位"
    return _visit_reason(case, wanted) or _number_reason(wanted) or "劳动者"


def _complaint_reason(row: Any, wanted: _Wanted) -> str:
    text = wanted.text
    for reason, holds in (
        ("来电号码", wanted.phone and row.complainant_phone == wanted.phone),
        ("手机尾号", wanted.tail and row.complainant_phone.endswith(wanted.tail)),
        ("投诉人", text in row.complainant_name),
        ("来访登记号、来源编号", row.source_id == text),
        ("用人单位", text in row.employer_name),
        ("实际控制人", text == row.actual_controller),
        ("接访结果", text in row.visit_result),
        ("劳动者", row.of_worker),
    ):
        if holds:
            return reason
    return _visit_reason(row, wanted) or "接访单位"


def _visit_reason(row: Any, wanted: _Wanted) -> str:
    """Why its visit was found; nothing where it was not."""
    if not row.visit:
        return ""
    if wanted.text in row.visit["visitors"]:
        return "来访人"
    return "接访结果" if wanted.text in row.visit["agreement"] else _number_reason(wanted) or "接访单位"


def _number_reason(wanted: _Wanted) -> str:
    return "电话号码" if wanted.phone else "手机尾号" if wanted.tail else ""
