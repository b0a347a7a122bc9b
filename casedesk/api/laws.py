"""What the bureau decides about the law, proposed by one person and approved by another (期限规则)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from casedesk.actor import actor_for, reading_as
from casedesk.api import replies as r
from casedesk.api.acting import DecideForm
from casedesk.api.parsing import PageQuery, body_of, read_form
from casedesk.api.schema import reads, writes
from casedesk.api.shapes import render
from casedesk.api.view import ApiView, one, page, paged
from workflows import law_settings, second_person
from workflows.errors import NotVisible, PermissionDenied
from workflows.inputs import Choice, CleanText, Inputs, Nothing
from workflows.law_settings import DECIDERS, READERS, Kind, LawProposal
from workflows.roles import Actor

_TAG = "期限规则"


class LawProposalForm(Inputs):
    """What is proposed, and the document that says so."""

    kind = Choice(label="事项", choices=Kind.choices)
    about = CleanText(
        label="对象",
        help_text="breach 为期限组（filing、closing），confirmed 为规则编号，figure 为“数额代码@地区@施行日期”",
        max_length=80,
    )
    value = CleanText(
        label="以哪个期限认定逾期",
        help_text="仅用于 breach：该组规则之一的编号，或 later",
        max_length=20,
        required=False,
    )
    document = CleanText(label="文件编号", max_length=120)


_SHOWN = {"kind": "breach", "about": "closing", "value": "INV-02", "document": "渑法制〔2026〕6号"}


class LawProposalsView(ApiView):
    """Every proposal with its answer, and the door for new ones."""

    query = PageQuery

    @reads(
        "对期限规则、数额标准的决定及待审批的提议，新的在前", r.LawProposalPage, query=PageQuery, tag=_TAG,
        name="law_proposals",
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        with reading_as(request.user) as actor:
            _reads(actor)
            found, after = page(LawProposal.objects.select_related("requested_by", "decided_by"), self.asked)
            return paged(r.LawProposalItem, [_item(one) for one in found], after)

    @writes(
        "提议一项决定", {201: r.LawProposalItem}, form=LawProposalForm, tag=_TAG, name="propose_law_decision",
        shown=_SHOWN, description="由法制审核人员或局负责人提出，另一人批准后生效；同一对象同时只能有一份待审批。",
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        body = body_of(request)
        actor = _decider(request)
        told = read_form(LawProposalForm, body)
        return _answer(law_settings.propose(**told, by=actor), 201)


class LawDecide(ApiView):
    """The second person's yes or no."""

    @writes(
        "批准或不批准一项提议", {200: r.LawProposalItem}, form=DecideForm, tag=_TAG, name="decide_law_proposal",
        shown={"yes": True, "reason": "同意。"}, description="提出人不能批准自己的提议；批准后即时生效。",
    )  # fmt: skip
    def post(self, request: Request, id: UUID) -> Response:
        body = body_of(request)
        actor = _decider(request)
        proposal = one(LawProposal.objects.all(), id)
        if not law_settings.may_decide(proposal, actor):
            raise PermissionDenied("提出人不能批准自己的提议")
        told = read_form(DecideForm, body)
        return _answer(law_settings.decide(proposal, by=actor, yes=told["yes"], reason=told["reason"]))


class LawWithdraw(ApiView):
    """Who proposed takes it back."""

    @writes("撤回自己的提议", {200: r.LawProposalItem}, tag=_TAG, name="withdraw_law_proposal")
    def post(self, request: Request, id: UUID) -> Response:
        body = body_of(request)
        actor = _decider(request)
        proposal = one(LawProposal.objects.all(), id)
        if proposal.requested_by_id != actor.officer_id:
            raise PermissionDenied("只有提出人可以撤回")
        read_form(Nothing, body)
        second_person.withdraw(proposal, by=actor)
        return _answer(proposal)


def _reads(actor: Actor) -> None:
    if not actor.has(*READERS):
        raise NotVisible()


def _decider(request: Request) -> Actor:
    """Before the body is read: whose verb it is not learns nothing of it."""
    actor = actor_for(request.user)
    _reads(actor)
    if not actor.has(*DECIDERS):
        raise PermissionDenied("由法制审核人员或局负责人决定")
    return actor


def _answer(proposal: LawProposal, status: int = 200) -> Response:
    row = LawProposal.objects.select_related("requested_by", "decided_by").get(pk=proposal.pk)
    return Response(render(r.LawProposalItem, _item(row)), status=status)


def _item(row: LawProposal) -> dict[str, Any]:
    return {
        "id": row.public_id, "kind": row.kind, "kind_label": row.get_kind_display(), "about": row.about,
        "value": row.value, "what": law_settings.words_of(row), "document": row.document, "state": row.state,
        "state_label": row.get_state_display(), "requested_by": row.requested_by.name,
        "requested_at": row.requested_at, "decided_by": row.decided_by.name if row.decided_by else "",
        "decided_at": row.decided_at, "decision_reason": row.decision_reason,
    }  # fmt: skip
