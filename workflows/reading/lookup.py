"""The look-up during a call (查重): what may be the same matter, while the form is being typed, always with the reason.

Everybody at a desk learns of a matching open case its number, public stage, handling office and phone (procedures.md,
1); its content only who sees it by `visible_to`. One statement, through indexes, whatever the number of cases.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, JSONObject

from workflows.casefile.complaint import Complaint
from workflows.casefile.ledger import LedgerLine
from workflows.casefile.names import NameKey, normal
from workflows.casefile.parties import Worker
from workflows.clocks import Limit
from workflows.procedures.inspection_state import OPEN_STATES
from workflows.procedures.intake import Intake
from workflows.reading.access import visible_to
from workflows.record import Event
from workflows.roles import BUREAU_ROLES, Actor

MOST = 8
#: rows looked at for one reason; more of the same employer tell an operator nothing new
OF_EACH = 12
#: what nearly every employer's name begins or ends with: no likeness
COMMON = ("渑池县", "三门峡市", "三门峡", "河南省", "河南", "有限责任公司", "有限公司", "劳务", "建筑", "工程", "建设")


@dataclass(frozen=True)
class Typed:
    """What stands in the form, bare."""

    phone: str = ""
    document: str = ""
    employer: str = ""
    project: str = ""
    crew_phone: str = ""


@dataclass(frozen=True)
class Match:
    """One matter that may be the same. Beyond reason, stage and office only what the actor may see."""

    reasons: tuple[str, ...]
    likeness: str
    complaint: Complaint
    same_caller: bool
    seen: bool
    people: int = 0
    amount: Decimal | None = None
    limit: dict[str, Any] | None = None
    last: dict[str, Any] | None = None

    @property
    def case(self) -> Any:
        return self.complaint.case

    @property
    def stage(self) -> str:
        return str(self.case.inspection.stage if self.case is not None else self.complaint.intake.stage)

    @property
    def open(self) -> bool:
        """Whether somebody still works on it."""
        if self.case is not None:
            return self.case.inspection.state in OPEN_STATES
        return self.complaint.intake.state in Intake.OPEN


#: reason, how alike, in the order of the panel
CALLER, DOCUMENT, WORKER = "同一来电号码", "同一身份证号", "来电号码是其中一名劳动者的"
PLACE, CREW, EMPLOYER, ALIKE = "同单位、同项目", "同一带班人电话", "同一用人单位", "单位名称相近"
LIKENESS = {CALLER: "相同", DOCUMENT: "相同", WORKER: "高", PLACE: "高", CREW: "中", EMPLOYER: "中", ALIKE: "低"}
SAME_CALLER = (CALLER, DOCUMENT)


def lookup(actor: Actor, typed: Typed) -> list[Match]:
    """What may be the same matter, the same caller first; one query."""
    tests = _tests(typed)
    if not tests:
        return []
    parts = [Complaint.objects.filter(q).order_by("-received_at").values("pk")[:OF_EACH] for q in tests]
    found = parts[0].union(*parts[1:]) if len(parts) > 1 else parts[0]
    rows: QuerySet[Any] = (
        Complaint.objects.filter(pk__in=found)
        .annotate(
            seen=Exists(visible_to(actor, Complaint).filter(pk=OuterRef("pk"))),
            of_worker=Exists(Worker.objects.filter(complaint=OuterRef("pk"), phone=typed.phone or None)),
        )
        .select_related("intake", "case__inspection", "case__employer", "case__project", "bureau", "case__bureau")
        .order_by("-received_at")
    )
    if actor.has(*BUREAU_ROLES):
        rows = _with_particulars(rows)
    return _best(rows, typed)


def _tests(typed: Typed) -> list[Q]:
    tests = []
    if len(typed.phone) >= 7:
        tests += [
            Q(complainant_phone=typed.phone),
            Q(pk__in=Worker.objects.filter(phone=typed.phone).values("complaint")),
        ]
    if len(typed.document) >= 15:
        tests.append(Q(id_number=typed.document))
    if len(typed.crew_phone) >= 7:
        tests.append(Q(crew_leader_phone=typed.crew_phone))
    if len(typed.employer) >= 2:
        tests.append(Q(employer_name=typed.employer))
        if typed.project:
            tests.append(Q(employer_name=typed.employer, project_name=typed.project))
        if len(own := own_part(typed.employer)) >= 2:
            alike = NameKey.objects.filter(kind=NameKey.Kind.EMPLOYER, key__startswith=own)
            tests.append(Q(case__employer__in=alike.values("employer")))
    return tests


def own_part(name: str) -> str:
    """What tells an employer from others: 渑池县青石建筑劳务有限公司 → 青石."""
    own = normal(name)
    for word in COMMON:
        own = own.replace(word, "")
    return own


def _with_particulars(rows: QuerySet[Any]) -> QuerySet[Any]:
    """People, amount, nearest limit and last event of the case, or of the complaint that has none."""

    def of(kind: Any, *order: str) -> QuerySet[Any]:
        return kind.objects.filter(case=OuterRef("case")).order_by(*order)

    def alone(kind: Any, *order: str) -> QuerySet[Any]:
        return kind.objects.filter(complaint=OuterRef("pk")).order_by(*order)

    def first(found: QuerySet[Any], **parts: str) -> Subquery:
        return Subquery(found.values(told=JSONObject(**{name: F(path) for name, path in parts.items()}))[:1])

    def summed(found: QuerySet[Any], by: str, what: Any) -> Subquery:
        return Subquery(found.values(by).annotate(told=what).values("told"))

    limit = {"rule": "rule", "due_at": "due_at", "due_on": "due_on"}
    event = {"procedure": "procedure", "act": "act", "at": "at", "from_state": "from_state"}
    running = Q(stopped_at=None)
    return rows.annotate(
        people=Coalesce(
            summed(of(Worker), "case", Count("id")), summed(alone(Worker), "complaint", Count("id")), 0
        ),
        amount=Coalesce(
            summed(of(LedgerLine), "case", Sum("claimed")), summed(alone(LedgerLine), "complaint", Sum("claimed"))
        ),
        limit=Coalesce(
            first(of(Limit, "due_at").filter(running), **limit), first(alone(Limit, "due_at").filter(running), **limit)
        ),
        last=Coalesce(first(of(Event, "-seq"), **event), first(alone(Event, "-seq"), **event)),
    )  # fmt: skip


def _best(rows: QuerySet[Any], typed: Typed) -> list[Match]:
    """One match for each case, by its nearest complaint; what is neither open nor the actor's to see stays away."""
    best: dict[Any, Match] = {}
    order = list(LIKENESS)
    for row in rows:
        reasons = _reasons(row, typed)
        seen = bool(row.seen)
        match = Match(
            reasons, LIKENESS[reasons[0]], row, any(r in SAME_CALLER for r in reasons), seen,
            *([row.people, row.amount, _moments(row.limit), _moments(row.last)]
              if seen and hasattr(row, "people") else []),
        )  # fmt: skip
        if not (match.open or seen):
            continue
        key = row.case_id or f"complaint {row.pk}"
        if key not in best or order.index(reasons[0]) < order.index(best[key].reasons[0]):
            best[key] = match
    return sorted(best.values(), key=lambda m: (order.index(m.reasons[0]), not m.open))[:MOST]


def _reasons(row: Any, typed: Typed) -> tuple[str, ...]:
    same_employer = bool(typed.employer) and row.employer_name == typed.employer
    same_place = same_employer and bool(typed.project) and row.project_name == typed.project
    told = {
        CALLER: typed.phone and row.complainant_phone == typed.phone,
        DOCUMENT: typed.document and row.id_number == typed.document,
        WORKER: row.of_worker and row.complainant_phone != typed.phone,
        PLACE: same_place,
        CREW: typed.crew_phone and row.crew_leader_phone == typed.crew_phone,
        EMPLOYER: same_employer and not same_place,
    }
    return tuple(reason for reason, same in told.items() if same) or (ALIKE,)


def _moments(told: dict[str, Any] | None) -> dict[str, Any] | None:
    """What came as JSON, with days and moments read."""
    if not told:
        return None
    read = dict(told)
    for name in ("due_at", "at"):
        if name in read:
            read[name] = datetime.fromisoformat(read[name])
    if "due_on" in read:
        read["due_on"] = date.fromisoformat(read["due_on"])
    return read


# --- what is known of an employer ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Profile:
    """单位画像: an employer's last twelve months, in numbers."""

    name: str
    complaints: int
    open_cases: int
    people: int
    amount: Decimal
    ordered: int


def profile_of(name: str, since: datetime) -> Profile | None:
    """What the county knows of an employer since a moment; None when nothing. For the bureau's own people."""
    if len(name) < 2:
        return None
    mine = Complaint.objects.filter(employer_name=name, received_at__gte=since)
    told = mine.aggregate(
        complaints=Count("id", distinct=True),
        open_cases=Count("case", distinct=True, filter=Q(case__inspection__state__in=OPEN_STATES)),
        ordered=Count("case", distinct=True, filter=Q(case__papers__kind="order")),
    )
    if not told["complaints"]:
        return None
    people = Worker.objects.filter(complaint__in=mine).aggregate(n=Count("id"))["n"]
    amount = LedgerLine.objects.filter(complaint__in=mine).aggregate(n=Sum("claimed"))["n"] or Decimal(0)
    return Profile(name, told["complaints"], told["open_cases"], people, amount, told["ordered"])
