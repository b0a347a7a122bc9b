"""What can be read: complaints, cases, records, limits, transfers, the queue. Each GET is one read-only transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Model, Q
from rest_framework.request import Request
from rest_framework.response import Response

from casedesk.actor import reading_as
from casedesk.api import replies as r
from casedesk.api import serializers as s
from casedesk.api import shapes
from casedesk.api.parsing import Among, Flag, Malformed, PageQuery
from casedesk.api.schema import reads
from casedesk.api.view import PAGE, ApiView, one, page, paged
from casedesk.readings import What, has_read, write_readings
from casedesk.uses import How, Use, has_used
from workflows import clock
from workflows.casefile.case import Case
from workflows.casefile.complaint import Complaint
from workflows.clocks import Limit
from workflows.errors import NotVisible
from workflows.inputs import Choice, CleanText, Count, Inputs, read_moment
from workflows.law.limits import SET_DATES, UnknownRule, rule
from workflows.procedures.inspection_state import InspectionState
from workflows.procedures.intake import Intake
from workflows.procedures.police_transfer import PoliceTransfer
from workflows.reading import queue
from workflows.reading.access import Purpose, sees_identities, visible_to
from workflows.reading.queue import QueueRow, WaitingRow
from workflows.record import Event
from workflows.roles import Actor, Role


class ComplaintsQuery(PageQuery):
    state = Among(Intake.State.choices, label="受理状态，逗号分隔")


class CasesQuery(PageQuery):
    state = Among(InspectionState.choices, label="监察状态，逗号分隔")


class TransfersQuery(PageQuery):
    state = Among(PoliceTransfer.State.choices, label="移送状态，逗号分隔")


class LimitsQuery(Inputs):
    all = Flag(label="也列出已停止的期限")
    why = Flag(label="说明每个日期怎样算出")


class TimelineQuery(Inputs):
    size = Count(label="每页行数", min_value=1, max_value=100, required=False)
    before = Count(label="只要序号小于它的事件（next 的值）", min_value=1, max_value=2**31 - 1, required=False)


class QueueQuery(Inputs):
    BUCKETS = (
        ("over", "已逾期"), ("today", "今日到期"), ("soon", "三个工作日内"), ("approval", "待审批"), ("returned", "公安退回"),
        ("mine", "全部"),
    )  # fmt: skip
    bucket = Choice(label="分类", choices=BUCKETS, required=False)
    state = Among(InspectionState.choices, label="监察状态，逗号分隔")
    township = CleanText(label="乡镇代码", max_length=12, required=False)
    everybody = Flag(label="不限于我承办的案件")
    size = Count(label="每页行数", min_value=1, max_value=100, required=False)
    after = CleanText(label="上一页的 next", max_length=80, required=False)


class WaitingQuery(Inputs):
    size = Count(label="每页行数", min_value=1, max_value=100, required=False)
    after = CleanText(label="上一页的 next", max_length=80, required=False)


def logged(request: Request, actor: Actor, what: What, root: Case | Complaint, answer: Response) -> Response:
    """The answer, once the access log says who read it; without that it is not sent."""
    if sees_identities(actor):
        has_read(request._request, what, root)
        write_readings(request._request, actor)
    return answer


# --- complaints -------------------------------------------------------------------------------------------------------


def complaints_page(request: Request, asked: dict[str, Any]) -> Response:
    """GET /api/complaints: what the reader may see, newest first."""
    with reading_as(request.user) as actor:
        rows = visible_to(actor, Complaint, shapes.purpose_of(actor)).select_related("intake", "case", "township")
        if asked["state"]:
            rows = rows.filter(intake__state__in=asked["state"])
        found, after = page(rows, asked)
        identities = sees_identities(actor)
        return paged(s.ComplaintRow, [shapes.complaint_row(c, identities=identities) for c in found], after)


class ComplaintView(ApiView):
    """One complaint."""

    @reads("一件投诉", s.Complaint, tag="投诉", name="complaint")
    def get(self, request: Request, id: UUID) -> Response:
        with reading_as(request.user) as actor:
            rows = visible_to(actor, Complaint, shapes.purpose_of(actor))
            complaint = one(
                rows.select_related("intake", "case", "township", "bureau", "regulator", "destination", "join_case"), id
            )
            whole = shapes.complaint_whole(complaint, identities=sees_identities(actor))
            answer = Response(shapes.render(s.Complaint, whole))
        return logged(request, actor, What.COMPLAINT, complaint, answer)


# --- cases ------------------------------------------------------------------------------------------------------------


class CasesView(ApiView):
    """The cases one may see."""

    query = CasesQuery

    @reads("案件列表，新的在前", s.CasePage, query=CasesQuery, tag="案件", name="cases")
    def get(self, request: Request) -> Response:
        with reading_as(request.user) as actor:
            rows = visible_to(actor, Case, shapes.purpose_of(actor)).select_related(
                "inspection", "employer", "project", "township"
            )
            if self.asked["state"]:
                rows = rows.filter(inspection__state__in=self.asked["state"])
            found, after = page(rows, self.asked)
            return paged(s.CaseRow, [shapes.case_row(c) for c in found], after)


class CaseView(ApiView):
    """One case."""

    @reads("一件案件", s.Case, tag="案件", name="case")
    def get(self, request: Request, id: UUID) -> Response:
        with reading_as(request.user) as actor:
            rows = visible_to(actor, Case, shapes.purpose_of(actor))
            case = one(rows.select_related("bureau", "employer", "project", "township", "joined_into"), id)
            answer = Response(shapes.render(s.Case, shapes.case_whole(case, identities=sees_identities(actor))))
        return logged(request, actor, What.CASE, case, answer)


# --- records and limits -----------------------------------------------------------------------------------------------


class _Timeline(ApiView):
    """The chain of one root, newest event first. An auditor sees that acts were done, never what was written."""

    query = TimelineQuery
    root: type[Model]
    link = ""

    def events(self, request: Request, id: UUID) -> Response:
        with reading_as(request.user) as actor:
            rows = visible_to(actor, self.root, shapes.purpose_of(actor))
            if actor.has(Role.AUDITOR):
                rows = self.root._default_manager.all()
            root = one(rows, id)
            events = visible_to(actor, Event, shapes.purpose_of(actor)).filter(**{self.link: root})
            if self.asked["before"]:
                events = events.filter(seq__lt=self.asked["before"])
            size = self.asked["size"] or PAGE
            found = list(events.order_by("-seq")[: size + 1])
            after = found[size - 1].seq if len(found) > size else None
            content = sees_identities(actor)
            items = [shapes.event_item(event, content=content) for event in found[:size]]
            return paged(s.EventItem, items, str(after) if after else None)


class CaseTimeline(_Timeline):
    root, link = Case, "case"

    @reads("案件的办理记录，新的在前", s.EventPage, query=TimelineQuery, tag="案件", name="case_timeline")
    def get(self, request: Request, id: UUID) -> Response:
        return self.events(request, id)


class ComplaintTimeline(_Timeline):
    root, link = Complaint, "complaint"

    @reads("投诉立案前的办理记录，新的在前", s.EventPage, query=TimelineQuery, tag="投诉", name="complaint_timeline")
    def get(self, request: Request, id: UUID) -> Response:
        return self.events(request, id)


class _Limits(ApiView):
    """The limits of one root: those that run, or all."""

    query = LimitsQuery
    root: type[Model]
    link = ""

    def limits(self, request: Request, id: UUID) -> Response:
        with reading_as(request.user) as actor:
            root = one(visible_to(actor, self.root, shapes.purpose_of(actor)), id)
            running = Q() if self.asked["all"] else Q(stopped_at__isnull=True)
            found = Limit.objects.filter(running, **{self.link: root}).order_by("due_at", "id")
            items = [shapes.limit_item(limit, explained=self.asked["why"]) for limit in found]
            return Response({"results": shapes.render(s.LimitItem, items, many=True)})


class CaseLimits(_Limits):
    root, link = Case, "case"

    @reads("案件各程序的期限，近的在前", s.Limits, query=LimitsQuery, tag="案件", name="case_limits")
    def get(self, request: Request, id: UUID) -> Response:
        return self.limits(request, id)


class ComplaintLimits(_Limits):
    root, link = Complaint, "complaint"

    @reads("投诉的期限，近的在前", s.Limits, query=LimitsQuery, tag="投诉", name="complaint_limits")
    def get(self, request: Request, id: UUID) -> Response:
        return self.limits(request, id)


# --- transfers --------------------------------------------------------------------------------------------------------


class TransfersView(ApiView):
    """The transfers one may see: the bureau's own, or what the police and the procuratorate were sent."""

    query = TransfersQuery

    @reads("移送公安列表，新的在前", s.TransferPage, query=TransfersQuery, tag="移送公安", name="transfers")
    def get(self, request: Request) -> Response:
        with reading_as(request.user) as actor:
            rows = visible_to(actor, PoliceTransfer).select_related("case__employer")
            if self.asked["state"]:
                rows = rows.filter(state__in=self.asked["state"])
            found, after = page(rows, self.asked)
            return paged(s.TransferRow, [shapes.transfer_row(t) for t in found], after)


class TransferView(ApiView):
    """One transfer with its package."""

    @reads("一件移送及其材料清单", s.Transfer, tag="移送公安", name="transfer")
    def get(self, request: Request, id: UUID) -> Response:
        with reading_as(request.user) as actor:
            transfer = one(visible_to(actor, PoliceTransfer).select_related("case__employer"), id)
            running = Limit.objects.filter(subject=transfer.public_id, stopped_at__isnull=True).order_by("due_at", "id")
            answer = Response(shapes.render(s.Transfer, shapes.transfer_whole(transfer, running)))
        if actor.has(Role.POLICE_OFFICER, Role.PROSECUTOR):
            package = Use(f"移送材料 {transfer.case.number}", How.READ, "审查移送案件", transfer.case)
            has_used(request._request, package)
        return logged(request, actor, What.TRANSFER, transfer.case, answer)


# --- the queue --------------------------------------------------------------------------------------------------------


class QueueView(ApiView):
    """The queue of cases by the nearest limit, with the counts of all buckets."""

    query = QueueQuery

    @reads("待办案件，期限近的在前", r.Queue, query=QueueQuery, tag="待办", name="queue")
    def get(self, request: Request) -> Response:
        asked, now = self.asked, clock.now()
        with reading_as(request.user) as actor:
            wanted = queue.Filter(
                bucket=asked["bucket"] or "mine",
                state=tuple(asked["state"]),
                township=asked["township"],
                everybody=asked["everybody"],
                after=_place(asked["after"], actor, Case),
                size=asked["size"] or PAGE,
            )
            rows = queue.page(actor, wanted, now)
            counts = queue.counts(actor, wanted, now)
            return Response(
                {
                    "buckets": counts,
                    "results": [queue_item(row) for row in rows[: wanted.size]],
                    "next": _next(rows, wanted.size),
                }
            )


class WaitingView(ApiView):
    """Complaints without a case, by the nearest limit."""

    query = WaitingQuery

    @reads("尚未立案的投诉，期限近的在前", r.WaitingPage, query=WaitingQuery, tag="待办", name="queue_complaints")
    def get(self, request: Request) -> Response:
        size = self.asked["size"] or PAGE
        with reading_as(request.user) as actor:
            rows = queue.waiting(actor, after=_place(self.asked["after"], actor, Complaint), size=size)
            return Response({"results": [waiting_item(row) for row in rows[:size]], "next": _next(rows, size)})


def _next(rows: list[Any], size: int) -> str | None:
    """Where the next page starts: what the last row is sorted by, and its public id; no id of the database."""
    if len(rows) <= size:
        return None
    last = rows[size - 1]
    return f"{last.nearest_at.isoformat()}~{last.public_id}"


def _place(after: str, actor: Actor, model: type[Model]) -> tuple[datetime, int] | None:
    """The place a cursor stands for. A cursor made up, or of a row one may not see, is malformed."""
    if not after:
        return None
    due, _, public_id = after.partition("~")
    moment = read_moment(due)
    try:
        if moment is None:
            raise ValueError("no moment")
        row = one(visible_to(actor, model, Purpose.WORK), UUID(public_id))
    except (ValueError, ValidationError, NotVisible):
        raise Malformed({"after": "不是有效的游标"}) from None
    return moment, row.pk


def limit_name(rule_id: str | None) -> str | None:
    """The short name of a rule, None for none; a rule unknown to this process is shown by its id."""
    if rule_id is None:
        return None
    try:
        return (SET_DATES.get(rule_id) or rule(rule_id)).name
    except UnknownRule:
        return rule_id


def queue_item(row: QueueRow) -> dict[str, Any]:
    """A line of the queue, as JSON right away: the list is long and read all day."""
    return {
        "id": str(row.public_id),
        "number": row.number,
        "state": row.state,
        "employer": row.employer,
        "project": row.project,
        "township": row.township,
        "complainant": row.complainant,
        "workers": row.workers,
        "rest": f"{row.rest:.2f}",
        "limit": row.rule,
        "limit_name": limit_name(row.rule),
        "due_at": _moment(row.due_at),
        "due_on": row.due_on.isoformat() if row.due_on else None,
        "provisional": row.provisional,
        "last_act": row.last_act,
        "last_at": _moment(row.last_at),
        "waiting_since": _moment(row.waiting_since),
        "returned": row.returned,
    }


def waiting_item(row: WaitingRow) -> dict[str, Any]:
    """A complaint that waits, as JSON right away."""
    return {
        "id": str(row.public_id),
        "state": row.state,
        "channel": row.channel,
        "called": row.called,
        "employer": row.employer,
        "township": row.township,
        "title": row.title,
        "received_at": _moment(row.received_at),
        "limit": row.rule,
        "limit_name": limit_name(row.rule),
        "due_at": _moment(row.due_at),
        "due_on": row.due_on.isoformat() if row.due_on else None,
        "provisional": row.provisional,
    }


def _moment(value: Any) -> str | None:
    return value.astimezone(clock.SHANGHAI).isoformat() if value is not None else None
