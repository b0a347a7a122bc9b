"""What can be done: logging a complaint, the acts of the procedures, approvals. Nothing here opens a transaction."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Max, Q
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder
from rest_framework.views import APIView

from casedesk.actor import actor_for, reading_as
from casedesk.api import replies as r
from casedesk.api import schema, shapes
from casedesk.api import serializers as s
from casedesk.api.forms import Choices, action_item, check_types, fields_of
from casedesk.api.parsing import Flag, PageQuery, body_of, idempotency_key, no_strangers, read_form
from casedesk.api.reading import ComplaintsQuery, complaints_page
from casedesk.api.schema import reads, writes
from casedesk.api.view import ApiView, one, page, paged
from casedesk.routing import routed
from workflows import approvals, clock
from workflows.action import ActionRule, Procedure
from workflows.casefile.case import Case
from workflows.casefile.complaint import Complaint
from workflows.casefile.file import CaseFile
from workflows.casefile.receipt import ReceiptCode, issue
from workflows.errors import InvalidInput, NotVisible, PermissionDenied, Repeated
from workflows.inbound import Inbound, InboundMessage
from workflows.inputs import CleanText, Count, Inputs, Moment, Nothing, Phone, YesNo
from workflows.perform import Done, offers, perform
from workflows.procedures.intake_forms import LogForm
from workflows.procedures.registry import OPENING, PROCEDURES
from workflows.reading.access import Purpose, visible_to
from workflows.request import Approval
from workflows.roles import Actor

#: what an act may be told around its inputs
_AT = Moment(label="时间", required=False)
_SEEN = Count(label="版本", max_value=2**31 - 1, required=False)
_REASON = CleanText(label="理由", lines=True, required=False)


# --- answers that can be given again ----------------------------------------------------------------------------------


class Answered:
    """An act under an Idempotency-Key, or without one: performed once, answered alike however often it is asked for.

    Receipt codes are kept nowhere, so they are no part of the kept answer: they are derived again, as the first time.
    """

    def __init__(
        self, actor: Actor, request: Request, body: Mapping[str, Any], shape: Callable[[Done], tuple[int, Any]]
    ):
        self.body, self.shape = body, shape
        key = idempotency_key(request, needed=False)
        asked = {"to": f"{request.method} {request.path}", "body": body}
        self.inbox = Inbound(f"officer:{actor.public_id}", key, asked, self._kept) if key else None

    def before(self) -> Response | None:
        """The answer of a request that was answered before; its subject may be out of the caller's sight by now."""
        if self.inbox is None:
            return None
        stored = InboundMessage.objects.filter(sender=self.inbox.sender, key=self.inbox.key).first()
        if stored is None or not stored.answer:
            return None
        if stored.fingerprint != self.inbox.fingerprint:
            raise InvalidInput({"Idempotency-Key": "这个键已用于另一份内容"})
        return self._again(stored.answer)

    def by(self, act: Callable[[Inbound | None], Done]) -> Response:
        """Perform and answer, or answer as before."""
        try:
            done = act(self.inbox)
        except Repeated as repeated:
            return self._again(repeated.answer)
        status, answer = self.shape(done)
        return Response(with_receipt(answer, done.told), status=status)

    def _kept(self, done: Done) -> dict[str, Any]:
        status, answer = self.shape(done)
        # as text: the table's own JSON would forget the order of the fields, and equal answers are equal to the byte
        kept: dict[str, Any] = {"status": status, "answer": json.dumps(answer, cls=JSONEncoder)}
        if "receipt_code" in done.told:
            complaint = done.subject.complaint
            last = ReceiptCode.objects.filter(complaint=complaint).aggregate(n=Max("issue"))["n"]
            kept["receipt"] = {"complaint": str(complaint.public_id), "issue": last}
        return kept

    def _again(self, kept: Mapping[str, Any]) -> Response:
        told = _receipt_again(kept["receipt"], self.body) if "receipt" in kept else {}
        return Response(with_receipt(json.loads(kept["answer"]), told), status=kept["status"])


def with_receipt(answer: dict[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """An answer with what is told once."""
    place = "receipt" if "receipt" in answer else "told" if "told" in answer else ""
    if place and told:
        answer[place] = shapes.render(r.Told, told)
    return answer


def _receipt_again(kept: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, str]:
    """The receipt of a repeated request: the one second element that fits the kept hash was told the first time."""
    rows = ReceiptCode.objects.select_related("complaint")
    row = rows.get(complaint__public_id=kept["complaint"], issue=kept["issue"])
    given = body.get("complainant_phone")
    phone = Phone(required=False).to_python(given) if isinstance(given, str) else ""
    document = body.get("id_number")
    known = (row.complaint.complainant_phone, row.complaint.id_number, phone, document, "")
    for second in (str(number or "").strip().upper()[-4:] for number in known):
        made, told = issue(row.complaint, row.issue, second, row.issued_at)
        if made.second_hash == row.second_hash:
            return told
    return {}


# --- complaints -------------------------------------------------------------------------------------------------------

_CALL = {
    "channel": "hotline", "register": True, "complainant_name": "阿卜杜拉·买买提", "complainant_phone": "13900000000",
    "employer_name": "渑池县某某建筑劳务有限公司", "project_name": "某某花园二期", "employed_in_county": True,
    "violation_facts": "去年九月进场做木工，十一月底完工，工资一直没有结清。", "arrears_from": "2026-09-01",
    "arrears_to": "2026-10-31", "notice_shown": True,
    "lines": [{"worker_name": "阿卜杜拉·买买提", "claimed": "8400.00", "months": "2"}],
}  # fmt: skip


class ComplaintsView(ApiView):
    """The complaints one may see, and the door for new ones."""

    query = ComplaintsQuery

    @reads("投诉列表，新的在前", s.ComplaintPage, query=ComplaintsQuery, tag="投诉", name="complaints")
    def get(self, request: Request) -> Response:
        return complaints_page(request, self.asked)

    @writes(
        "记录一件来件", {201: r.Logged}, form=LogForm, parameters=[schema.KEY_NEEDED], tag="投诉", name="log_complaint",
        shown=_CALL, description="register 为 true 时同时登记，并告知回执码。受理和办结期限自收到时间起算。"
        "不写去向（destination）的按派单规则；写了别的单位的，须在 destination_reason 写明理由。",
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        idempotency_key(request, needed=True)
        body = body_of(request)
        no_strangers(body)
        check_types(LogForm.base_fields, body)
        if body.get("destination_basis"):
            raise InvalidInput({"destination_basis": "由系统按派单规则填写"})
        actor = actor_for(request.user)
        answered = Answered(actor, request, body, lambda done: (201, shapes.render(r.Logged, shapes.logged_item(done))))
        response = answered.before() or answered.by(
            lambda inbox: perform(None, "log", by=actor, inputs=routed(body), inbox=inbox)
        )
        response["Location"] = f"{request.path}/{response.data['id']}"
        return response


# --- acts -------------------------------------------------------------------------------------------------------------


class ActionsView(ApiView):
    """The acts of a procedure that are the caller's now."""

    procedure: type[Procedure]

    def get(self, request: Request, id: UUID) -> Response:
        with reading_as(request.user) as actor:
            subject, file = _opened(self.procedure, actor, id)
            choices = Choices(file, subject, actor)
            item = {
                "procedure": subject.NAME,
                "id": id,
                "state": subject.state,
                "state_label": subject.get_state_display() if subject.state else "",
                "version": file.root.version,
                "actions": [action_item(offer, choices) for offer in offers(subject, file, actor, clock.now())],
            }
            return Response(shapes.render(r.Actions, item))


class ActView(ApiView):
    """One act of one procedure."""

    procedure: type[Procedure]
    act = ""

    def post(self, request: Request, id: UUID) -> Response:
        body = body_of(request)
        actor = actor_for(request.user)
        answered = Answered(actor, request, body, _done)
        before = answered.before()
        if before is not None:
            return before
        subject = _subject(self.procedure, self.act, actor, id)
        around, inputs = split(self.procedure.acts()[self.act], body)
        return answered.by(lambda inbox: perform(subject, self.act, by=actor, inputs=inputs, inbox=inbox, **around))


def _done(done: Done) -> tuple[int, Any]:
    if done.requested is not None:
        return 202, shapes.render(r.Asked, {"approval": shapes.approval_item(done.requested)})
    return 200, shapes.render(r.Done, shapes.done_item(done))


def split(rules: list[ActionRule], body: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is said around an act's inputs (`at`, `seen_version`, `reason` where it has none), and the inputs."""
    inputs = dict(body)
    errors: dict[str, list[str]] = {}
    around: dict[str, Any] = {}
    fields: dict[str, Any] = {"at": _AT, "seen_version": _SEEN}
    if not any("reason" in rule.asks.base_fields for rule in rules):
        fields["reason"] = _REASON
    check_types({**fields_of(rules), **fields}, inputs)
    for name, field in fields.items():
        if name in inputs:
            try:
                around[name] = field.clean(inputs.pop(name))
            except ValidationError as wrong:
                errors[name] = [str(said) for said in wrong.messages]
    if errors:
        raise InvalidInput(errors)
    no_strangers(inputs)
    return {name: value for name, value in around.items() if value not in (None, "")}, inputs


def _subject(procedure: type[Procedure], act: str, actor: Actor, id: UUID) -> Any:
    """What an act is done to: the procedure of that id, or the root on which the act opens one. Raises NotVisible."""
    found = visible_to(actor, procedure, Purpose.ACT).filter(public_id=id).first()
    if found is not None:
        return found
    if OPENING.get(act) is procedure and act != "log":
        return _root(actor, id)
    raise NotVisible()


def _root(actor: Actor, id: UUID) -> Any:
    for model in (Case, Complaint):
        found = visible_to(actor, model, Purpose.WORK).filter(public_id=id).first()
        if found is not None:
            return found
    raise NotVisible()


def _opened(procedure: type[Procedure], actor: Actor, id: UUID) -> tuple[Procedure, CaseFile]:
    """The procedure of an id with its file, or one that would be opened on the root of that id."""
    subject = visible_to(actor, procedure, Purpose.ACT).filter(public_id=id).first()
    root = subject.root if subject is not None else None
    if root is None:
        if procedure not in OPENING.values() or procedure is OPENING["log"]:
            raise NotVisible()
        root = _root(actor, id)
    file = CaseFile(case=root) if isinstance(root, Case) else CaseFile(complaint=root, case=root.case)
    if subject is None:
        return procedure.open_on(file), file
    return subject, file


def act_views() -> list[tuple[str, APIView]]:
    """An address for each act that somebody may do by hand, each described by its declaration."""
    found = []
    for procedure in PROCEDURES.values():
        for name, rules in procedure.acts().items():
            if name == "log" or all(rule.step_only for rule in rules):
                continue
            by_hand = [rule for rule in rules if not rule.step_only]
            view = _described(procedure, name, by_hand)
            found.append((f"{procedure.NAME}/<uuid:id>/actions/{name}", view))
        found.append((f"{procedure.NAME}/<uuid:id>/actions", _actions(procedure)))
    return found


def _described(procedure: type[Procedure], name: str, rules: list[ActionRule]) -> Any:
    def post(self: ActView, request: Request, id: UUID) -> Response:
        return ActView.post(self, request, id)

    members = {"procedure": procedure, "act": name, "post": schema.act(procedure, name, rules)(post), "__doc__": None}
    return type(f"{procedure.__name__}{name.title().replace('_', '')}", (ActView,), members)


def _actions(procedure: type[Procedure]) -> Any:
    def get(self: ActionsView, request: Request, id: UUID) -> Response:
        return ActionsView.get(self, request, id)

    described = reads(
        f"{procedure.LABEL}：现在轮到我办理的动作", r.Actions, tag=procedure.LABEL, name=f"{procedure.NAME}_actions"
    )
    return type(
        f"{procedure.__name__}Actions", (ActionsView,), {"procedure": procedure, "get": described(get), "__doc__": None}
    )


# --- approvals --------------------------------------------------------------------------------------------------------


class ApprovalsQuery(PageQuery):
    mine = Flag(label="我提出的申请，而不是等我审批的")


class DecideForm(Inputs):
    """A yes or a no to a request."""

    yes = YesNo(label="是否批准")
    reason = CleanText(label="审批意见（不批准时必填）", lines=True, required=False)


_WITH = ("case", "complaint", "requested_by")


class ApprovalsView(ApiView):
    """The requests that wait for the caller, or those he made."""

    query = ApprovalsQuery

    @reads(
        "等我审批的申请，早的在前；mine=true 为我提出的，新的在前",
        r.ApprovalPage,
        query=ApprovalsQuery,
        tag="审批",
        name="approvals",
    )
    def get(self, request: Request) -> Response:
        mine = self.asked["mine"]
        with reading_as(request.user) as actor:
            rows = (
                Approval.objects.filter(requested_by=actor.officer_id).select_related(*_WITH)
                if mine
                else approvals.waiting_for(actor)
            )
            found, after = page(rows, self.asked, newest_first=mine)
            return paged(r.ApprovalItem, [shapes.approval_item(a) for a in found], after)


class DecideView(ApiView):
    """A yes or a no."""

    @writes(
        "批准或不批准", {200: r.Decided}, form=DecideForm, tag="审批", name="decide_approval",
        shown={"yes": True, "reason": "同意。"},
        description="批准时重新核对全部条件并办理该动作；案情已变化而不能办理时，申请自动失效并回答 409。经办人不能审批自己的申请。",
    )  # fmt: skip
    def post(self, request: Request, id: UUID) -> Response:
        body = body_of(request)
        actor = actor_for(request.user)
        approval = _approval(actor, id)
        if not approvals.may_decide(approval, actor):
            raise PermissionDenied(f"由{approval.needed_label}审批，且不能是经办人本人")
        told = read_form(DecideForm, body)
        decided = approvals.decide(approval, by=actor, yes=told["yes"], reason=told["reason"])
        done = decided if isinstance(decided, Done) else None
        return _decided(id, done)


class WithdrawView(ApiView):
    """The handler takes his request back."""

    @writes("撤回自己的申请", {200: r.Decided}, tag="审批", name="withdraw_approval")
    def post(self, request: Request, id: UUID) -> Response:
        body = body_of(request)
        actor = actor_for(request.user)
        approval = _approval(actor, id)
        if approval.requested_by_id != actor.officer_id:
            raise PermissionDenied("只有经办人可以撤回自己的申请")
        read_form(Nothing, body)
        approvals.withdraw(approval, by=actor)
        return _decided(id, None)


def _approval(actor: Actor, id: UUID) -> Approval:
    """A request about a file one works on, or one's own."""
    seen = Q(case__in=visible_to(actor, Case)) | Q(complaint__in=visible_to(actor, Complaint))
    own = Q(requested_by=actor.officer_id)
    return one(Approval.objects.filter(seen | own).select_related(*_WITH), id)


def _decided(id: UUID, done: Done | None) -> Response:
    approval = Approval.objects.select_related(*_WITH).get(public_id=id)
    item = {"approval": shapes.approval_item(approval), "done": shapes.done_item(done) if done else None}
    answer = shapes.render(r.Decided, item)
    if done is not None:
        with_receipt(answer["done"], done.told)
    return Response(answer)
