"""Approvals as one thing (审批): a request freezes the act, its inputs and its draft papers; a yes performs it.

Owns the row, who must approve what, and which form an actor fills in. The verbs that decide a request stand in
`approvals.py`, because they go through `perform`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q

from workflows.action import Step
from workflows.casefile.case import Case
from workflows.casefile.complaint import Complaint
from workflows.casefile.officers import Officer
from workflows.casefile.papers import Paper
from workflows.casefile.personal import Identified
from workflows.errors import NotPossibleNow
from workflows.inputs import CleanText, Inputs, Moment, Pointer
from workflows.move import Move
from workflows.procedures.registry import PROCEDURES
from workflows.record import Event
from workflows.roles import ASSIGNED, SECOND_OFFICER, Role
from workflows.wording.content import UNSIGNED


class Approval(Identified):
    """One request: requested → approved | refused | withdrawn; a request whose case moved on is refused by itself."""

    class State(models.TextChoices):
        REQUESTED = "requested", "待审批"
        APPROVED = "approved", "已批准"
        REFUSED = "refused", "未批准"
        WITHDRAWN = "withdrawn", "已撤回"

    complaint = models.ForeignKey(Complaint, models.PROTECT, null=True, related_name="approvals")
    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="approvals")
    procedure = models.CharField(max_length=20)
    subject = models.UUIDField()
    act = models.CharField(max_length=40)
    label = models.CharField(max_length=80)
    inputs = models.JSONField(default=dict)
    shown = models.JSONField(default=dict)
    draft = models.JSONField(default=list)
    at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    needed = models.CharField(max_length=20)
    requested_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.REQUESTED)
    decided_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    decided_by_name = models.CharField(max_length=60, blank=True)
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.TextField(blank=True)
    acting_paper = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "act"], condition=Q(state="requested"), name="one_open_request_per_act"
            ),
            models.CheckConstraint(
                condition=Q(state="requested", decided_at__isnull=True)
                | (~Q(state="requested") & Q(decided_at__isnull=False)),
                name="approval_decided_has_moment",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | Q(state="withdrawn") | ~Q(decided_by=models.F("requested_by")),
                name="handler_is_not_approver",
            ),
        ]
        indexes = [models.Index(fields=["needed"], condition=Q(state="requested"), name="approval_waiting")]

    @property
    def needed_label(self) -> str:
        return "另一名监察员或监察大队长" if self.needed == SECOND_OFFICER else Role(self.needed).label


class FromPaper(Inputs):
    """What is asked beside an act's own inputs when another agency's act is recorded from its signed paper."""

    signer = CleanText(label="纸质文书签发人", max_length=60)
    scan = Pointer("evidence", label="文书扫描件")
    at = Moment(label="文书载明的时间")

    @classmethod
    def combined_with(cls, asks: type[Inputs]) -> type[Inputs]:
        """One form of both; made once per act."""
        if asks not in _COMBINED:
            metaclass: Any = type(asks)
            _COMBINED[asks] = metaclass(f"{asks.__name__}FromPaper", (asks, cls), {})
        return _COMBINED[asks]


_COMBINED: dict[type[Inputs], type[Inputs]] = {}


def records_from_paper(step: Step) -> bool:
    """Whether this actor can do the act only by recording the other agency's signed paper."""
    rule = step.rule
    if not rule.from_paper or (rule.from_paper != "only" and rule.permits(step.file, step.subject, step.by)):
        return False
    if not step.by.has(Role.INSPECTOR):
        return False
    if step.file.case is None:  # nobody is assigned to a complaint yet: any inspector of the bureau opens its mail
        return step.by.agency in step.file.bureau_codes
    return ASSIGNED.holds(step.file, step.subject, step.by)


def form_for(step: Step) -> type[Inputs] | None:
    """The form this actor fills in for the act, or None when the act is not his to do."""
    if records_from_paper(step):
        return FromPaper.combined_with(step.rule.asks)
    if step.rule.from_paper != "only" and step.rule.permits(step.file, step.subject, step.by):
        return step.rule.asks
    return None


def approval_needed(step: Step) -> str:
    """The role whose yes the act needs before it happens: "" for none, SECOND_OFFICER for acts out of a signed
    paper."""
    if step.by.has(Role.SYSTEM):
        return ""
    return SECOND_OFFICER if records_from_paper(step) else step.rule.approval


def request_of(step: Step, move: Move, needed: str, raw: dict[str, Any]) -> Approval:
    """The request that stands for a fully checked act; unsaved. Its draft papers are those the act would make."""
    return Approval(
        case=step.file.case,
        complaint=step.file.complaint if step.file.case is None else None,
        procedure=step.rule.procedure,
        subject=step.subject.public_id,
        act=step.rule.name,
        label=step.rule.label,
        inputs={name: value for name, value in raw.items() if name not in Inputs.AROUND},
        shown=step.record,
        draft=[{"kind": p.get_kind_display(), "content": p.content} for p in move.rows(Paper)],
        at=step.at if step.at != step.now else None,
        reason=step.reason,
        needed=needed,
        requested_by_id=step.by.officer_id or 0,
        requested_at=step.now,
    )


def not_asked_yet(step: Step) -> None:
    """One open request per act: the root is locked, so that no second one slips in. Raises NotPossibleNow."""
    if Approval.objects.filter(
        subject=step.subject.public_id, act=step.rule.name, state=Approval.State.REQUESTED
    ).exists():
        raise NotPossibleNow(f"“{step.rule.label}”已有一份申请待审批")


def claim(approval: Approval) -> None:
    """Lock a request for its decision: of two who decide at once the second finds it decided. Raises NotPossibleNow."""
    fresh = Approval.objects.select_for_update().get(pk=approval.pk)
    if fresh.state != Approval.State.REQUESTED:
        raise NotPossibleNow(f"这份申请已有结果：{fresh.get_state_display()}")


def as_drafted(approval: Approval, move: Move) -> None:
    """What is signed is what was shown: the papers of the act say what the request's drafts said. Raises
    NotPossibleNow."""

    def words(content: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in content.items() if name not in UNSIGNED}

    if [words(d["content"]) for d in approval.draft] != [words(p.content) for p in move.rows(Paper)]:
        raise NotPossibleNow("提出申请后案件内容有变化，文书与送审稿不一致，请重新报批")


def lapse(events: Sequence[Event], now: datetime) -> None:
    """Requests whose case has moved on to where the act is impossible are refused by themselves, with the reason."""
    moved = {e.subject: e for e in events if e.from_state and e.from_state != e.to_state}
    if not moved:
        return
    waiting = Approval.objects.select_for_update().filter(subject__in=list(moved), state=Approval.State.REQUESTED)
    for request in waiting:
        event = moved[request.subject]
        procedure = PROCEDURES[request.procedure]
        if procedure.rule_from(request.act, event.to_state) is None:
            state = dict(procedure.State.choices)[event.to_state]  # type: ignore[attr-defined]
            request.state, request.decided_by_name, request.decided_at = Approval.State.REFUSED, "系统", now
            request.decision_reason = f"案件已变为“{state}”，申请自动失效"
            request.save(update_fields=["state", "decided_by_name", "decided_at", "decision_reason"])


def grant(approval: Approval) -> None:
    """Mark a request approved, in the transaction of the act it allowed."""
    approval.state = Approval.State.APPROVED
    approval.save(
        update_fields=["state", "decided_by", "decided_by_name", "decided_at", "decision_reason", "acting_paper"]
    )
