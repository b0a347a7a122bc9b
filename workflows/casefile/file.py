"""The file on the desk: one locked root and the rows that hang on it, read when a guard or a change first asks for
them.

Guards and changes get the file and nothing else, so what a decision may depend on is what is listed here. Reading
only: no method writes. `locked` is the only place where roots are locked, in ascending id, complaint before case.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID

from django.apps import apps

from workflows.casefile import statements
from workflows.casefile.case import Assignment, Case, NumberSeries
from workflows.casefile.chain import Chain
from workflows.casefile.complaint import Complaint
from workflows.casefile.evidence import Evidence
from workflows.casefile.fund import FundUse
from workflows.casefile.ledger import LedgerLine, Payment
from workflows.casefile.officers import Agency, Officer
from workflows.casefile.papers import Paper, PaperKind
from workflows.casefile.parties import Worker
from workflows.casefile.sharing import DataRequest, SupervisionOrder
from workflows.casefile.tasks import AgencyTask
from workflows.clocks import Limit
from workflows.errors import InvalidInput

#: asking the city bureau's head for a query, and his answer
CITY_ACTS = ("request_city_query", "record_city_reply")


class CaseFile:
    """A complaint without case, or a case with its complaints; `other` is the second file of accept, join or split."""

    def __init__(self, *, complaint: Complaint | None = None, case: Case | None = None) -> None:
        self.complaint: Complaint | None = complaint
        self.case: Case | None = case
        self.other: CaseFile | None = None
        self._series: dict[tuple[str, int], NumberSeries] = {}
        self._known: dict[tuple[str, Any], Any] = {}

    # --- roots -----------------------------------------------------------------------------------------------------

    @property
    def root(self) -> Complaint | Case:
        """The row whose chain an event of this file joins: the case, or the complaint while it has none."""
        root = self.case or self.complaint
        assert root is not None, "a file without a root is only open while the opening act `log` decides"
        return root

    @property
    def has_root(self) -> bool:
        """False only while `log` decides."""
        return self.case is not None or self.complaint is not None

    @cached_property
    def bureau_codes(self) -> frozenset[str]:
        """Codes under which the bureau's people work: the bureau and its inspection body (监察机构)."""
        return bureau_codes(self.root.bureau)

    # --- rows of the case ------------------------------------------------------------------------------------------

    @cached_property
    def complaints(self) -> list[Complaint]:
        if self.case is None:
            return [self.complaint] if self.complaint else []
        return [] if self._unsaved else list(self.case.complaints.order_by("id"))

    @cached_property
    def intakes(self) -> list[Any]:
        """The intake of each complaint, in the order of the complaints."""
        model = apps.get_model("workflows", "Intake")
        return list(
            model.objects.filter(complaint__in=[c.pk for c in self.complaints])
            .select_related("complaint")
            .order_by("id")
        )

    @cached_property
    def inspection(self) -> Any:
        if self.case is None or self.case.pk is None:
            return None
        return apps.get_model("workflows", "Inspection").objects.filter(case=self.case).first()

    @cached_property
    def transfers(self) -> list[Any]:
        if self.case is None or self.case.pk is None:
            return []
        return list(apps.get_model("workflows", "PoliceTransfer").objects.filter(case=self.case).order_by("id"))

    @cached_property
    def receptions(self) -> list[Any]:
        if self._unsaved:
            return []
        return list(apps.get_model("workflows", "JointReception").objects.filter(**self._hangs_here).order_by("id"))

    @cached_property
    def assignments(self) -> list[Assignment]:
        """Inspectors on the case now, the lead first."""
        if self.case is None or self.case.pk is None:
            return []
        now = 'WHERE "workflows_assignment"."case_id" = %s AND "workflows_assignment"."to_at" IS NULL '
        order = 'ORDER BY "workflows_assignment"."lead" DESC, "workflows_assignment"."id"'
        return statements.joined(Assignment, ["officer"], now + order, [self.case.pk])

    @cached_property
    def workers(self) -> list[Worker]:
        return [] if self._unsaved else list(Worker.objects.filter(**self._hangs_here).order_by("id"))

    @cached_property
    def lines(self) -> list[LedgerLine]:
        return (
            []
            if self._unsaved
            else list(LedgerLine.objects.filter(**self._hangs_here).select_related("worker").order_by("id"))
        )

    @cached_property
    def payments(self) -> list[Payment]:
        return list(Payment.objects.filter(line__in=[x.pk for x in self.lines]).order_by("id"))

    @property
    def standing_lines(self) -> list[LedgerLine]:
        """The ledger without counter-lines and what they took back: both together are nought."""
        return [line for line in self.lines if line.stands]

    @cached_property
    def chain(self) -> Chain | None:
        """What is established about the chain of contracts, if anything is."""
        return None if self.case is None or self.case.pk is None else Chain.objects.filter(case=self.case).first()

    @cached_property
    def fund_uses(self) -> list[FundUse]:
        if self.case is None or self.case.pk is None:
            return []
        return list(
            FundUse.objects.filter(case=self.case).select_related("paper").prefetch_related("shares").order_by("id")
        )

    @property
    def papers(self) -> list[Paper]:
        """Papers that stand, what the act on its way has drawn up among them; replaced versions are left out."""
        return [p for p in self.all_papers if p.replaced_by_id is None]

    @cached_property
    def all_papers(self) -> list[Paper]:
        return [] if self._unsaved else list(Paper.objects.filter(**self._hangs_here).order_by("id"))

    @cached_property
    def evidence(self) -> list[Evidence]:
        return [] if self._unsaved else list(Evidence.objects.filter(**self._hangs_here).order_by("id"))

    @cached_property
    def newest_event(self) -> Any:
        """The newest event of the root's chain."""
        return self.root.events.order_by("-seq").first()

    @cached_property
    def city_acts(self) -> list[tuple[UUID, str]]:
        """What was asked of the city's head and answered, by subject (INV-08)."""
        acts = self.root.events.filter(act__in=CITY_ACTS).order_by("seq")
        return list(acts.values_list("subject", "act"))

    @cached_property
    def tasks(self) -> list[AgencyTask]:
        return (
            []
            if self._unsaved
            else list(AgencyTask.objects.filter(**self._hangs_here).select_related("agency").order_by("id"))
        )

    @cached_property
    def data_requests(self) -> list[DataRequest]:
        """Shared data asked for on this case."""
        if self.case is None or self._unsaved:
            return []
        return list(DataRequest.objects.filter(case=self.case).select_related("agency").order_by("id"))

    @cached_property
    def supervision_orders(self) -> list[SupervisionOrder]:
        if self.case is None or self._unsaved:
            return []
        return list(SupervisionOrder.objects.filter(case=self.case).order_by("id"))

    @cached_property
    def running(self) -> list[Limit]:
        """Limits that run on this root now, of every procedure."""
        if self._unsaved:
            return []
        column = "case_id" if self.case is not None else "complaint_id"
        running = f'WHERE "{column}" = %s AND "stopped_at" IS NULL ORDER BY "id"'
        return statements.rows(Limit, running, [self.root.pk])

    def take_over(self, other: CaseFile) -> list[Any]:
        """Let everything that hangs on a complaint's file hang here from now on; the rows that moved, not written
        yet."""
        moved: list[Any] = []
        for name in ("workers", "lines", "all_papers", "evidence", "tasks", "receptions", "running"):
            rows = getattr(other, name)
            for row in rows:
                row.case = self.case
            self.__dict__[name] = [*getattr(self, name), *rows]
            moved += rows
        if other.complaint is not None:
            other.complaint.case = self.case
            self.__dict__["complaints"] = [*self.complaints, other.complaint]
            moved.append(other.complaint)
        return moved

    @property
    def _unsaved(self) -> bool:
        return not self.has_root or self.root.pk is None

    @property
    def _hangs_here(self) -> dict[str, Any]:
        return {"case": self.case} if self.case is not None else {"complaint": self.complaint}

    # --- questions guards ask --------------------------------------------------------------------------------------

    @property
    def lead(self) -> Officer | None:
        return next((a.officer for a in self.assignments if a.lead), None)

    @property
    def open_transfers(self) -> list[Any]:
        return [t for t in self.transfers if not t.ended]

    def latest(self, kind: PaperKind) -> Paper | None:
        """The newest paper of a kind that stands."""
        return next((p for p in reversed(self.papers) if p.kind == kind), None)

    def waiting_tasks(self, subject: Any) -> list[AgencyTask]:
        """What agencies were asked by this procedure and have not answered: by one joint reception, or by the
        inspection."""
        joint = subject.pk if subject.NAME == "joint" else None
        return [t for t in self.tasks if t.waiting and t.joint_id == joint]

    def agencies_asked(self, subject: Any) -> set[str]:
        """Codes of the agencies that owe this procedure an answer: those with a waiting task, or the one referred
        to."""
        if subject.NAME == "intake":
            return {subject.referred_to.code} if subject.referred_to is not None else set()
        return {t.agency.code for t in self.waiting_tasks(subject)}

    @property
    def agencies_asked_for_data(self) -> set[str]:
        """Codes of the agencies that owe a decision, data or a correction."""
        return {r.agency.code for r in self.data_requests if r.waiting}

    def runs(self, rule: str, subject: Any = None) -> Limit | None:
        """The running limit of a rule, of one procedure if given."""
        return next((x for x in self.running if x.rule == rule and subject in (None, x.subject)), None)

    # --- rows an input names ---------------------------------------------------------------------------------------

    def officer(self, public_id: str, field: str) -> Officer:
        """The active officer an input names. Raises InvalidInput on that field."""
        return self._one(Officer, field, "没有这位人员", public_id=public_id, active=True)

    def agency(self, code: str, field: str) -> Agency:
        """The agency an input names by code. Raises InvalidInput on that field."""
        return self._one(Agency, field, "没有这个单位", code=code)

    def of_file(self, rows: Iterable[Any], public_id: str, field: str) -> Any:
        """The row of this file an input names. Raises InvalidInput: what lies in another file cannot be named."""
        row = next((r for r in rows if str(r.public_id) == public_id), None)
        if row is None:
            raise InvalidInput({field: "本案中没有这一项"})
        return row

    def _one(self, model: Any, field: str, missing: str, **wanted: Any) -> Any:
        key = (model.__name__, tuple(sorted(wanted.items())))
        if key not in self._known:
            if "public_id" in wanted and not is_uuid(wanted["public_id"]):
                raise InvalidInput({field: missing})
            rows = model.objects.select_related("agency") if model is Officer else model.objects
            self._known[key] = rows.filter(**wanted).first()
        if self._known[key] is None:
            raise InvalidInput({field: missing})
        return self._known[key]

    # --- numbers ---------------------------------------------------------------------------------------------------

    def next_number(self, series: str, day: date) -> tuple[int, NumberSeries]:
        """The next number of a series and the row to write; the row stays locked until the transaction ends."""
        key = (series, day.year)
        if key not in self._series:
            NumberSeries.objects.bulk_create([NumberSeries(series=series, year=day.year)], ignore_conflicts=True)
            self._series[key] = NumberSeries.objects.select_for_update().get(series=series, year=day.year)
        row = self._series[key]
        row.last += 1
        return row.last, row


def bureau_codes(bureau: Agency) -> frozenset[str]:
    """The codes of a bureau and of the bodies that work in its name: the inspection brigade stands beside the
    bureau."""
    return frozenset({bureau.code, *(("brigade",) if bureau.code == "hrss" else ())})


def bureau_of(agency: str) -> str:
    """The code of the bureau in whose name an agency's people work: the other way round."""
    return "hrss" if agency == "brigade" else agency


def locked(
    *, complaints: Iterable[int] = (), cases: Iterable[int] = ()
) -> tuple[dict[int, Complaint], dict[int, Case]]:
    """Lock roots in the one order everybody keeps: complaints before cases, each in ascending id."""
    by_complaint = (
        statements.joined(Complaint, ["bureau"], _LOCK.format("workflows_complaint"), [sorted(complaints)])
        if complaints
        else []
    )
    by_case = (
        statements.joined(Case, ["bureau", "employer"], _LOCK.format("workflows_case"), [sorted(cases)])
        if cases
        else []
    )
    return {c.pk: c for c in by_complaint}, {c.pk: c for c in by_case}


_LOCK = 'WHERE "{0}"."id" = ANY(%s) ORDER BY "{0}"."id" FOR UPDATE OF "{0}"'


def uuid_of(text: str) -> UUID | None:
    """The public id that a text from outside holds, if it can be one at all: what cannot is asked of no table."""
    try:
        return UUID(text)
    except ValueError:
        return None


def is_uuid(text: str) -> bool:
    """Whether a text from outside can be a public id."""
    return uuid_of(text) is not None
