"""The verbs on a request for approval: decide and withdraw. One table, one inbox.

The transfer to the police is no request: its approval is the arrow itself (TRF-03 runs on it).
"""

from __future__ import annotations

from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import Q, QuerySet

from workflows import clock
from workflows.casefile.file import CaseFile, bureau_of
from workflows.casefile.officers import actor_of
from workflows.errors import InvalidInput, NotPossibleNow, NotVisible, PermissionDenied, Refusal
from workflows.perform import Done, perform, procedure_named
from workflows.request import Approval
from workflows.roles import SECOND_OFFICER, Actor, Role


def decide(approval: Approval, *, by: Actor, yes: bool, reason: str = "") -> Done | Approval:
    """Approve or refuse a request. A yes re-checks everything and performs the act in the handler's name.

    A no needs a reason. When the case has moved on, so that a yes can no longer be carried out, the request is
    refused by itself and the reason is kept; NotPossibleNow is raised. Raises PermissionDenied when the request is
    not the actor's to decide, NotPossibleNow when it is decided already.
    """
    if not may_decide(approval, by):
        raise PermissionDenied(f"由{approval.needed_label}审批，且不能是经办人本人")
    if not yes:
        if not reason.strip():
            raise InvalidInput({"reason": "不批准须写明理由"})
        return _close(approval, by, Approval.State.REFUSED, reason)
    return _carry_out(approval, by, reason)


def withdraw(approval: Approval, *, by: Actor) -> Approval:
    """The handler takes his own request back."""
    if by.officer_id != approval.requested_by_id:
        raise PermissionDenied("只有经办人可以撤回自己的申请")
    return _close(approval, by, Approval.State.WITHDRAWN, "经办人撤回")


def may_decide(approval: Approval, by: Actor) -> bool:
    """Whether the request is this actor's to decide: the role it needs, of the same bureau, and never the handler."""
    roles = (Role.INSPECTOR, Role.SQUAD_LEADER) if approval.needed == SECOND_OFFICER else (approval.needed,)
    file = CaseFile(complaint=approval.complaint, case=approval.case)
    return by.has(*roles) and by.agency in file.bureau_codes and by.officer_id != approval.requested_by_id


def waiting_for(by: Actor) -> QuerySet[Approval]:
    """The requests this actor may decide now, oldest first."""
    wanted = Q(needed__in=list(by.roles))
    if by.has(Role.INSPECTOR, Role.SQUAD_LEADER):
        wanted |= Q(needed=SECOND_OFFICER)
    bureau = bureau_of(by.agency)
    of_bureau = Q(case__bureau__code=bureau) | Q(complaint__bureau__code=bureau)
    return (
        Approval.objects.filter(wanted, of_bureau, state=Approval.State.REQUESTED)
        .exclude(requested_by=by.officer_id)
        .select_related("case__employer", "complaint", "requested_by")
        .order_by("id")
    )


def subject_of(approval: Approval) -> Any:
    """The procedure the request is about."""
    found = procedure_named(approval.procedure).objects.filter(public_id=approval.subject).first()
    if found is None:
        raise NotVisible()
    return found


def _carry_out(approval: Approval, by: Actor, reason: str) -> Done:
    fresh = _undecided(approval)
    _signed(fresh, by, reason)
    handler = actor_of(fresh.requested_by, clock.today())
    try:
        done = perform(
            subject_of(fresh),
            fresh.act,
            by=handler,
            at=fresh.at,
            inputs=fresh.inputs,
            reason=fresh.reason,
            approval=fresh,
        )
    except Refusal as refused:
        if isinstance(refused.__cause__, DatabaseError):
            raise  # somebody held the case for a moment: the request stands
        if _undecided(approval):
            _close(approval, by, Approval.State.REFUSED, f"案件情况已变化，申请自动失效：{refused}", system=True)
        raise NotPossibleNow([f"案件情况已变化，申请自动失效：{refused}"]) from refused
    approval.__dict__.update(fresh.__dict__)
    return done


def _close(approval: Approval, by: Actor, state: str, reason: str, *, system: bool = False) -> Approval:
    with transaction.atomic(durable=True):
        fresh = _undecided(approval, lock=True)
        _signed(fresh, by, reason)
        if system:
            fresh.decided_by, fresh.decided_by_name, fresh.acting_paper = None, "系统", ""
        fresh.state = state
        fresh.save()
    approval.__dict__.update(fresh.__dict__)
    return approval


def _undecided(approval: Approval, *, lock: bool = False) -> Approval:
    rows = Approval.objects.select_for_update(of=("self",)) if lock else Approval.objects
    fresh = rows.select_related("requested_by__agency").get(pk=approval.pk)
    if fresh.state != Approval.State.REQUESTED:
        raise NotPossibleNow(f"这份申请已有结果：{fresh.get_state_display()}")
    return fresh


def _signed(approval: Approval, by: Actor, reason: str) -> None:
    approval.decided_by_id, approval.decided_by_name = by.officer_id, by.name
    approval.decided_at, approval.decision_reason = clock.now(), reason
    approval.acting_paper = by.acting.get(approval.needed, "")
