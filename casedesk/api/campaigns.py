"""专项检查: the campaigns, their lists, what was found. Who may not read one is answered as if there were none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from casedesk.actor import actor_for, reading_as
from casedesk.api import replies as r
from casedesk.api.forms import check_types
from casedesk.api.parsing import PageQuery, body_of, no_strangers
from casedesk.api.schema import reads, writes
from casedesk.api.shapes import render
from casedesk.api.view import ApiView, one, page, paged
from workflows import campaigns
from workflows.campaigns import CampaignForm, EntriesForm, FindingForm
from workflows.casefile.campaigns import SpecialInspection, SpecialInspectionEntry, SpecialInspectionFinding
from workflows.casefile.complaint import Complaint
from workflows.errors import NotVisible, PermissionDenied
from workflows.inputs import Inputs
from workflows.reading.access import CAMPAIGN_READERS, visible_to
from workflows.roles import Actor, Role

_TAG = "专项检查"
_CAMPAIGN = {
    "name": "冬季治理欠薪专项检查", "order_number": "渑治欠办〔2026〕12号", "from_day": "2026-11-01",
    "to_day": "2027-01-31", "team": ["0193a7c2-0000-7000-8000-000000000001", "0193a7c2-0000-7000-8000-000000000002"],
}  # fmt: skip


def _told(form: type[Inputs], body: dict[str, Any]) -> dict[str, Any]:
    """A body whose values are of the document's types; what they mean is judged by the verb."""
    no_strangers(body)
    check_types(form.base_fields, body)
    return body


def _readers(actor: Actor) -> None:
    if not actor.has(*CAMPAIGN_READERS, Role.INSPECTOR):
        raise NotVisible()


class CampaignsView(ApiView):
    """The campaigns one may see, and the door for new ones."""

    query = PageQuery

    @reads("专项检查，新的在前", r.SpecialInspectionPage, query=PageQuery, tag=_TAG, name="special_inspections")
    def get(self, request: Request) -> Response:
        with reading_as(request.user) as actor:
            _readers(actor)
            rows = visible_to(actor, SpecialInspection).prefetch_related("team")
            found, after = page(rows, self.asked)
            return paged(r.SpecialInspectionItem, campaign_items(found), after)

    @writes(
        "开始一次专项检查", {201: r.SpecialInspectionItem}, form=CampaignForm, tag=_TAG,
        name="start_special_inspection", shown=_CAMPAIGN,
        description="由监察大队长、局负责人办理；检查人员不少于两人，须持有效执法证件（FIL-06）。",
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        body = body_of(request)
        actor = actor_for(request.user)
        _readers(actor)
        _must_lead(actor)
        row = campaigns.start(_told(CampaignForm, body), by=actor)
        return Response(render(r.SpecialInspectionItem, campaign_items([row])[0]), status=201)


class CampaignView(ApiView):
    """One campaign with its progress."""

    @reads("专项检查及其进度", r.SpecialInspectionItem, tag=_TAG, name="special_inspection")
    def get(self, request: Request, id: UUID) -> Response:
        with reading_as(request.user) as actor:
            row = one(visible_to(actor, SpecialInspection), id)
            return Response(render(r.SpecialInspectionItem, campaign_items([row])[0]))


class CampaignChange(ApiView):
    """Name, order number, period and team."""

    @writes(
        "变更专项检查", {200: r.SpecialInspectionItem}, form=CampaignForm, tag=_TAG,
        name="change_special_inspection", shown=_CAMPAIGN, description="各项都要写；变更前的内容留有记录。",
    )  # fmt: skip
    def post(self, request: Request, id: UUID) -> Response:
        body = body_of(request)
        actor, row = _seen(request, SpecialInspection, id)
        _must_lead(actor)
        row = campaigns.change(row, _told(CampaignForm, body), by=actor)
        return Response(render(r.SpecialInspectionItem, campaign_items([row])[0]))


class EntriesView(ApiView):
    """The list of one campaign."""

    query = PageQuery

    @reads("检查对象，按列入先后", r.SpecialEntryPage, query=PageQuery, tag=_TAG, name="special_inspection_entries")
    def get(self, request: Request, id: UUID) -> Response:
        with reading_as(request.user) as actor:
            row = one(visible_to(actor, SpecialInspection), id)
            found, after = page(row.entries.all(), self.asked, newest_first=False)
            return paged(r.SpecialEntryItem, entry_items(found, actor), after)

    @writes(
        "列入检查对象", {200: r.SpecialAdded}, form=EntriesForm, tag=_TAG, name="add_special_inspection_entries",
        shown={"entries": [{"employer_name": "渑池县某某建筑劳务有限公司", "project_name": "某某花园二期"}]},
        description="已在名单上的不重复列入，所以可以重复提交。",
    )  # fmt: skip
    def post(self, request: Request, id: UUID) -> Response:
        body = body_of(request)
        actor, row = _seen(request, SpecialInspection, id)
        _must_lead(actor)
        added, there = campaigns.add_entries(row, _told(EntriesForm, body), by=actor)
        return Response(render(r.SpecialAdded, {"added": added, "there": there}))


class EntryView(ApiView):
    """One entry with everything that was found there."""

    @reads("一个检查对象及其结果", r.SpecialEntryItem, tag=_TAG, name="special_inspection_entry")
    def get(self, request: Request, id: UUID) -> Response:
        with reading_as(request.user) as actor:
            row = one(visible_to(actor, SpecialInspectionEntry), id)
            return Response(render(r.SpecialEntryItem, entry_items([row], actor)[0]))


class FindingsView(ApiView):
    """A result for one entry."""

    @writes(
        "记录检查结果", {200: r.SpecialEntryItem}, form=FindingForm, tag=_TAG, name="record_special_inspection_finding",
        shown={"result": "corrected", "found": "维权告示牌缺失，当场补挂。"},
        description="由检查人员记录。转为案源（complaint）的，同时登记一件来源为检查发现的投诉，只登记一次；"
        "后来的结果另记一条，以前的都留着。",
    )  # fmt: skip
    def post(self, request: Request, id: UUID) -> Response:
        body = body_of(request)
        actor, row = _seen(request, SpecialInspectionEntry, id)
        if not (campaigns.may_record(row.inspection, actor) or campaigns.leads(actor)):
            raise PermissionDenied("检查结果由参加本次检查的人员记录")
        campaigns.record(row, _told(FindingForm, body), by=actor)
        with reading_as(request.user) as reader:
            return Response(render(r.SpecialEntryItem, entry_items([row], reader)[0]))


def _seen(request: Request, model: Any, id: UUID) -> tuple[Actor, Any]:
    actor = actor_for(request.user)
    return actor, one(visible_to(actor, model), id)


def _must_lead(actor: Actor) -> None:
    """Before the body is read: whose verb it is not learns nothing of it."""
    if not campaigns.leads(actor):
        raise PermissionDenied("专项检查由监察大队长、局负责人安排")


def campaign_items(rows: Sequence[SpecialInspection]) -> list[dict[str, Any]]:
    """Plain values for SpecialInspectionItem."""
    found = campaigns.progress_of(rows)
    return [
        {
            "id": row.public_id, "name": row.name, "order_number": row.order_number, "from_day": row.from_day,
            "to_day": row.to_day, "days_left": found[row.pk].days_left, "total": found[row.pk].total,
            "looked_at": found[row.pk].looked_at, "results": _results(found[row.pk]), "dropped": found[row.pk].dropped,
            "team": [
                {"id": o.public_id, "name": o.name, "certificate": o.certificate,
                 "certificate_valid_to": o.certificate_valid_to}
                for o in row.team.all()
            ],
        }
        for row in rows
    ]  # fmt: skip


def _results(done: campaigns.Progress) -> dict[str, int]:
    counted = done.results
    return {"in_order": counted["in_order"], "corrected": counted["corrected"], "complaints": counted["complaint"]}


def entry_items(rows: Sequence[SpecialInspectionEntry], actor: Actor) -> list[dict[str, Any]]:
    """Plain values for SpecialEntryItem; a complaint the reader may not see is not named."""
    findings: dict[int, list[Any]] = {row.pk: [] for row in rows}
    known = SpecialInspectionFinding.objects.filter(entry__in=findings).select_related("by", "complaint")
    for found in known.order_by("-id"):
        findings[found.entry_id].append(found)
    opened = [f.complaint_id for several in findings.values() for f in several if f.complaint_id]
    seen = set(visible_to(actor, Complaint).filter(pk__in=opened).values_list("pk", flat=True))
    return [
        {
            "id": row.public_id, "number": row.number, "employer_name": row.employer_name,
            "project_name": row.project_name,
            "findings": [
                {
                    "result": f.result, "result_label": f.get_result_display(), "found": f.found,
                    "looked_on": f.looked_on, "complaint": f.complaint.public_id if f.complaint_id in seen else None,
                    "by": f.by.name if f.by else "", "at": f.at,
                }
                for f in findings[row.pk]
            ],
        }
        for row in rows
    ]  # fmt: skip
