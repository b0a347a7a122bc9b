"""Pauses of limits (中止): only where an article knows them, with a document and a second person, never into the future.

The law knows few: of our rules only the re-review of a petition stands still, for its hearing (XFR 36). Everything
else is refused with the article; what needs more time is an extension, never a pause (rules 7).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction

from workflows import clock
from workflows.action import insert, update
from workflows.casefile.file import bureau_codes, locked
from workflows.clocks import Limit, LimitPause
from workflows.errors import InvalidInput, NotPossibleNow, PermissionDenied
from workflows.law.calendar import load_calendar
from workflows.law.counting import CannotCount, Pause
from workflows.law.limits import SET_DATES
from workflows.law.limits import rule as rule_of
from workflows.move import Move, root_update, write
from workflows.procedures.registry import PROCEDURES
from workflows.recompute import event_of
from workflows.record import link
from workflows.recount import FIELDS, Recount, extensions_of, pauses_of, set_due
from workflows.roles import Actor, Role

HANDLERS = (Role.INSPECTOR, Role.SQUAD_LEADER)


def pause(
    limit: Limit, *, first: date, reason: str, document: str, by: Actor, approved_by: Actor, last: date | None = None
) -> LimitPause:
    """Let a limit stand still from `first` on, until `last` or until `resume`.

    Raises PermissionDenied, NotPossibleNow, and InvalidInput that names the article for what the law does not allow.
    """
    _two_persons(limit, by, approved_by)
    if not document.strip():
        raise InvalidInput({"document": "须写明中止依据的文书"})
    with transaction.atomic(durable=True):
        fresh, root = _under_lock(limit)
        row = LimitPause(
            limit=fresh, first=first, last=last, reason=reason, document=document.strip(), by_name=by.name,
            approved_by=approved_by.name, at=clock.now(),
        )  # fmt: skip
        standing = pauses_of([fresh]).get(fresh.pk, [])
        _record(fresh, root, [*standing, Pause(first, last, reason)], row, by, approved_by, "中止", ended=False)
    return row


def resume(paused: LimitPause, *, last: date, by: Actor, approved_by: Actor) -> LimitPause:
    """End a pause with its last day. Raises as `pause`."""
    _two_persons(paused.limit, by, approved_by)
    with transaction.atomic(durable=True):
        fresh, root = _under_lock(paused.limit)
        row = LimitPause.objects.select_for_update().get(pk=paused.pk)
        if row.last is not None:
            raise NotPossibleNow("这次中止已经结束")
        row.last = last
        others = [p for p in pauses_of([fresh]).get(fresh.pk, []) if p.last is not None]
        _record(
            fresh, root, [*others, Pause(row.first, last, row.reason)], row, by, approved_by, "恢复计算", ended=True
        )
    paused.__dict__.update(row.__dict__)
    return row


def keep_paused() -> int:
    """Move the ends of the limits that stand still on to today, so that none runs out in its pause; how many moved.

    No event: the pause has one, its end will have one with the date that comes of it.
    """
    moved = 0
    for row in LimitPause.objects.filter(last=None, limit__stopped_at=None).select_related("limit"):
        with transaction.atomic(durable=True):
            try:
                fresh, _ = _under_lock(row.limit)
            except NotPossibleNow:
                continue
            counting = Recount(load_calendar(), clock.today())
            due = counting.differs(
                fresh, extensions_of([fresh]).get(fresh.pk, ()), pauses_of([fresh]).get(fresh.pk, ())
            )
            if due is not None:
                fresh.due_at, fresh.due_on, fresh.target_on = due.due_at, due.due_on, due.target_on or due.due_on
                fresh.provisional, fresh.calendar_version = due.provisional, load_calendar().version
                write(Move(changes=[update(fresh, *FIELDS)]))
                moved += 1
    return moved


def _two_persons(limit: Limit, by: Actor, approved_by: Actor) -> None:
    codes = bureau_codes((limit.case or limit.complaint).bureau)  # type: ignore[union-attr]
    if not (by.has(*HANDLERS) and by.agency in codes):
        raise PermissionDenied("由承办单位的监察员提出")
    if not (approved_by.has(Role.BUREAU_HEAD) and approved_by.agency in codes):
        raise PermissionDenied("由局负责人批准")
    if by.officer_id == approved_by.officer_id:
        raise PermissionDenied("经办人不能批准自己的申请")


def _under_lock(limit: Limit) -> tuple[Limit, Any]:
    complaints, cases = locked(
        complaints=[limit.complaint_id] if limit.case_id is None and limit.complaint_id else [],
        cases=[limit.case_id] if limit.case_id else [],
    )
    fresh = Limit.objects.get(pk=limit.pk)
    if fresh.stopped_at is not None:
        raise NotPossibleNow("这个期限已经停止")
    if fresh.case_id != limit.case_id:
        raise NotPossibleNow("别人刚刚更新了本案，请先查看变化再提交")
    return fresh, next(iter((*cases.values(), *complaints.values())))


def _record(
    limit: Limit,
    root: Any,
    pauses: list[Pause],
    row: LimitPause,
    by: Actor,
    approved_by: Actor,
    what: str,
    *,
    ended: bool,
) -> None:
    """Count with the pauses as they now are, and write row, limit and event in one move."""
    if limit.rule in SET_DATES:
        raise InvalidInput({"limit": f"{SET_DATES[limit.rule].name}是指定的日期，不能中止"})
    try:
        due = Recount(load_calendar(), clock.today()).due(limit, extensions_of([limit]).get(limit.pk, ()), pauses)
    except CannotCount as refused:
        raise InvalidInput({"reason": str(refused)}) from refused
    procedure = PROCEDURES[limit.procedure]
    state: str = procedure.objects.get(public_id=limit.subject).state
    until = f"{row.first} 至 {row.last}" if row.last is not None else f"自 {row.first} 起"
    facts = {
        "paused": [limit.rule, row.reason, str(row.first), str(row.last or ""), row.document],
        "recomputed": [[limit.rule, str(limit.public_id), str(limit.due_on), str(due.due_on), due.provisional]],
    }
    article = rule_of(limit.rule, limit.rule_version).article
    because = f"{article}：{row.get_reason_display()}{what}，{until}，依据 {row.document}"
    event = event_of(limit.procedure, limit.subject, state, because, facts, by, approved_by.name)
    set_due(limit, due, load_calendar().version)
    if ended:
        row.ended_event = event.public_id
    else:
        row.event = event.public_id
    link(root, event)
    move = Move(events=[event])
    move.changes += [root_update(root), update(limit, *FIELDS)]
    move.changes.append(update(row, "last", "ended_event") if ended else insert(row))
    write(move)
