"""`perform`: the one door through which a case moves.

Decides under lock on rows just read, builds one Move, writes it in one transaction. It knows no HTTP, no user and no
wording.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import F
from django_fsm import TransitionNotAllowed

from notifications.tasks import nudge
from workflows import clock
from workflows.action import ActionRule, Procedure, Step, insert, update
from workflows.answers import replies_of
from workflows.casefile import statements
from workflows.casefile.case import Case
from workflows.casefile.complaint import Complaint
from workflows.casefile.file import CaseFile, locked
from workflows.errors import InvalidInput, NotPossibleNow, NotVisible, PermissionDenied, UnknownAction
from workflows.inbound import Inbound
from workflows.move import Move, root_update, start_limits, stop_limits, write
from workflows.notices import drafts_for
from workflows.procedures.registry import OPENING, PROCEDURES
from workflows.record import RULES_VERSION, Event, link
from workflows.request import (
    Approval,
    approval_needed,
    as_drafted,
    claim,
    form_for,
    grant,
    lapse,
    not_asked_yet,
    records_from_paper,
    request_of,
)
from workflows.roles import Actor

#: an act back-dated by more needs a reason (procedures.md, Words)
FREE_BACK_DATING = timedelta(days=3)
#: serialization failure, deadlock, and a row that somebody else wrote first: looked at afresh, there is an answer
_RETRIED = frozenset({"40001", "40P01", "23505"})


@dataclass
class Done:
    """What came of a request: the subject as it stands, the events, what to tell the caller once, or the approval
    asked for."""

    subject: Any
    root: Complaint | Case
    events: list[Event] = field(default_factory=list)
    told: dict[str, Any] = field(default_factory=dict)
    requested: Approval | None = None
    posted: int = 0


def perform(
    subject: Procedure | Complaint | Case | None,
    act: str,
    *,
    by: Actor,
    at: datetime | None = None,
    inputs: Mapping[str, Any] | None = None,
    reason: str = "",
    seen_version: int | None = None,
    inbox: Inbound | None = None,
    approval: Approval | None = None,
) -> Done:
    """Do one act, wholly or not at all.

    `subject` is a procedure; for an opening act its root, or None for `log`. `at` is when the act happened (aware;
    default now). `seen_version` is the version of the root that the caller looked at: another one is refused, not
    overwritten. An act that needs an approval and comes without one is checked in full and becomes a request. Raises
    UnknownAction, NotVisible, NotPossibleNow, PermissionDenied, InvalidInput; Repeated when `inbox` was answered
    before.
    """
    for attempt in range(4):
        try:
            with transaction.atomic(durable=True):
                _set_access_context(by)
                if inbox is not None:
                    inbox.claim()
                step = _open(subject, act, by, at, dict(inputs or {}), reason, approval)
                if approval is not None:
                    claim(approval)
                if seen_version is not None and seen_version != step.file.root.version:
                    raise NotPossibleNow("别人刚刚更新了本案，请先查看变化再提交")
                needed = approval_needed(step) if approval is None else ""
                move = _decide(step)
                if needed:
                    not_asked_yet(step)
                    requested = request_of(step, move, needed, dict(inputs or {}))
                    requested.save(force_insert=True)
                    done = Done(_as_it_stands(step.subject), _as_it_stands(step.file.root), requested=requested)
                else:
                    if approval is not None:
                        as_drafted(approval, move)
                    write(move)
                    if approval is not None:
                        grant(approval)
                    lapse(move.events, step.now)
                    done = Done(step.subject, step.file.root, move.events, move.told, posted=len(move.notices))
                if inbox is not None:
                    inbox.keep(done)
            break
        except (OperationalError, IntegrityError) as trouble:
            code = getattr(trouble.__cause__, "sqlstate", None)
            if code == "55P03":
                raise NotPossibleNow("另一个人正在办理同一案件，请稍后再试") from trouble
            if code not in _RETRIED or attempt == 3:
                raise
            time.sleep(0.02 * 2**attempt)
    if done.posted:
        nudge()
    return done


def _as_it_stands(row: Any) -> Any:
    """The row as the tables have it: a request changes nothing, though it was worked out to the end."""
    return type(row)._default_manager.get(pk=row.pk)


def _set_access_context(by: Actor) -> None:
    """Tell the database who acts, for this transaction only."""
    statements.run(
        "SELECT set_config('casedesk.officer', %s, true), set_config('casedesk.agency', %s, true), "
        "set_config('casedesk.roles', %s, true)",
        [str(by.officer_id or ""), by.agency, ",".join(sorted(by.roles))],
    )


# --- opening the file ----------------------------------------------------------------------------------------------


def _open(
    subject: Any, act: str, by: Actor, at: datetime | None, raw: dict[str, Any], reason: str, approval: Approval | None
) -> Step:
    """Lock the roots, read the procedure afresh and find the rule; nothing is judged but the act's name."""
    if subject is None or isinstance(subject, Complaint | Case):
        procedure = OPENING.get(act)
        if procedure is None or (subject is None) != (act == "log"):
            raise UnknownAction(f"没有“{act}”这个动作")
        file = _lock(subject, raw.get("into"))
        fresh = procedure.open_on(file)
    else:
        if act not in subject.acts() or all(r.opens or r.step_only for r in subject.acts()[act]):
            raise UnknownAction(f"{subject.LABEL}没有“{act}”这个动作")
        file = _lock(subject.root, raw.get("into"))
        found = statements.rows(type(subject), "WHERE id = %s", [subject.pk])
        if not found:
            raise NotVisible()
        fresh = found[0]
        if file.case is not None and getattr(fresh, "case_id", None) not in (None, file.case.pk):
            # it went to another case with a join, between the look and the lock
            raise NotPossibleNow("别人刚刚更新了本案，请先查看变化再提交")
        fresh.hang_on(file)
    rule = fresh.rule_from(act, fresh.state)
    if rule is None or rule.step_only:
        label = type(fresh).acts()[act][0].label
        raise NotPossibleNow(f"当前状态“{fresh.get_state_display()}”下不能“{label}”", possible_acts(fresh))
    now = clock.now()  # only under the lock: of two who waited the later one also records later (I21)
    return Step(rule, file, fresh, by, at or now, now, inputs=raw, reason=reason, approval=approval)


def _lock(root: Complaint | Case | None, into: Any) -> CaseFile:
    """The file of a root under lock, with a second case if an input names one."""
    second = _named_case(into)
    if root is None:
        return CaseFile()
    complaint_ids, case_ids = set(), {second.pk} if second else set()
    if isinstance(root, Case):
        case_ids.add(root.pk)
    else:
        case_id = Complaint.objects.filter(pk=root.pk).values_list("case_id", flat=True).first()
        if case_id is None:
            complaint_ids.add(root.pk)
        else:
            case_ids.add(case_id)
    complaints, cases = locked(complaints=complaint_ids, cases=case_ids)
    if isinstance(root, Case):
        file = CaseFile(case=cases[root.pk])
    else:
        complaint = complaints.get(root.pk) or Complaint.objects.get(pk=root.pk)
        if complaint.case_id is not None and complaint.case_id not in cases:
            # it was accepted between the look and the lock: the case is locked last, as everywhere
            cases |= locked(cases={complaint.case_id})[1]
        file = CaseFile(complaint=complaint, case=cases.get(complaint.case_id) if complaint.case_id else None)
    if second is not None:
        file.other = file if file.case is not None and file.case.pk == second.pk else CaseFile(case=cases[second.pk])
    return file


def _named_case(into: Any) -> Case | None:
    """The case an input names; that there is none is said by the act's own checks, after permission."""
    return Case.objects.filter(number=into).first() if into and isinstance(into, str) else None


# --- deciding ------------------------------------------------------------------------------------------------------


def _decide(first: Step) -> Move:
    """Judge the act and what belongs to it, and build the one Move. Touches no table."""
    move = Move()
    waiting, roots = [first], []
    while waiting:
        step = waiting.pop(0)
        _judge(step, main=step is first)
        _transition(step, move)
        root = step.root or step.file.root
        if root not in roots:
            roots.append(root)
        _record(step, move, root)
        move.told |= step.told
        if step.rule.also is not None:
            waiting += step.rule.also(step)
    move.changes += [root_update(root) for root in roots if root.pk is not None]
    return move


def _judge(step: Step, *, main: bool) -> None:
    """Possible now, permitted, inputs valid: in this order, each with its own refusal."""
    rule, file, subject = step.rule, step.file, step.subject
    if subject.state not in rule.sources and not rule.opens:
        raise NotPossibleNow(f"{subject.LABEL}当前为“{subject.get_state_display()}”，不能“{rule.label}”")
    reasons = [said for guard in rule.requires if (said := guard(file, subject, step.at))]
    if reasons:
        raise NotPossibleNow(reasons, possible_acts(subject))
    if not main:
        return
    form_class = form_for(step)
    if form_class is None:
        raise PermissionDenied(f"“{rule.label}”由{'、'.join(dict.fromkeys(str(w.label) for w in rule.by))}办理")
    if records_from_paper(step) and step.at != step.now:
        step.inputs.setdefault(
            "at", step.at
        )  # said beside the inputs, as for every act, or among them: the same moment
    form = form_class.read(step.inputs)
    if not form.is_valid():
        raise InvalidInput({name: list(map(str, said)) for name, said in form.errors.items()})
    step.inputs, step.record = form.cleaned_data, form.for_record()
    if records_from_paper(step):
        _read_paper(step)
    _check_moment(step)
    for check in rule.checks:
        check(step)


def _read_paper(step: Step) -> None:
    """The signed paper of another agency: its scan lies in this file, and it says when the act happened."""
    scan = step.file.of_file(step.file.evidence, step.inputs["scan"], "scan")
    if not scan.sha256:
        raise InvalidInput({"scan": "请先上传文书的扫描件"})
    step.inputs["scan"] = scan
    step.facts["signed_paper"] = {"signer": step.inputs["signer"], "title": scan.title, "sha256": scan.sha256}
    step.at = step.inputs["at"] or step.at


def _check_moment(step: Step) -> None:
    """`at` is aware, not in the future, not before the state it depends on, and back-dated only with a reason."""
    if step.at.tzinfo is None:
        raise InvalidInput({"at": "时间须带时区"})
    if step.at > step.now:
        raise InvalidInput({"at": "不能晚于现在"})
    since = step.subject.since or _opened(step.file)
    if since is not None and step.at < since and not _was_possible_then(step):
        raise InvalidInput({"at": f"不能早于进入当前状态的时间 {since.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"})
    stated = step.reason or step.inputs.get("reason") or step.inputs.get("scan") or step.approval
    if step.now - step.at > FREE_BACK_DATING and not stated:
        raise InvalidInput({"reason": "补录三天以前的事须写明理由"})


def _opened(file: CaseFile) -> datetime | None:
    """When the root came to be: nothing of it can have happened before."""
    if file.case is not None:
        return clock.start_of(file.case.filed_on)
    return file.complaint.received_at if file.complaint is not None else None


def _was_possible_then(step: Step) -> bool:
    """A side act recorded late: a payment made on the last day, before the order expired, keeps its true moment.

    It depends on no state but one that allows it; the subject was in such a state at that moment.
    """
    if step.rule.target is not None or step.subject.pk is None:
        return False
    changes = Event.objects.filter(subject=step.subject.public_id, at__lte=step.at).exclude(from_state=F("to_state"))
    then = changes.order_by("-seq").values_list("to_state", flat=True).first()
    return then in step.rule.sources


def _transition(step: Step, move: Move) -> None:
    """Move the procedure in memory and work out the rows that follow."""
    subject, rule = step.subject, step.rule
    step.event = Event()
    step.before = before = dict(subject.__dict__)
    step.from_state = subject.state
    arguments = {name: value for name, value in step.inputs.items() if name not in _ENGINE_INPUTS}
    try:
        getattr(subject, rule.name)(**arguments)
    except TransitionNotAllowed as trouble:  # the rulebook and the machine read the same declaration; this is the belt
        raise NotPossibleNow(f"当前状态下不能“{rule.label}”") from trouble
    if subject.state != step.from_state:
        subject.since = step.at
    if subject.pk is None:
        if rule.opens:
            move.changes.append(insert(subject))
            move.opened.append((subject, subject.state))
    else:
        columns = [
            f.attname for f in subject._meta.concrete_fields if subject.__dict__.get(f.attname) != before.get(f.attname)
        ]
        if columns:
            move.changes.append(update(subject, *columns))
    for maker in rule.changes:
        move.changes += maker(step)


_ENGINE_INPUTS = frozenset({"signer", "scan", "at"})


def _record(step: Step, move: Move, root: Complaint | Case) -> None:
    """The event of a step, its limits and its notices, in this order: a notice may quote a limit, the event keeps
    both."""
    rule, subject, by = step.rule, step.subject, step.by
    step.event = Event(
        public_id=step.event.public_id,
        rules_version=RULES_VERSION,
        procedure=rule.procedure,
        subject=subject.public_id,
        act=rule.name,
        from_state=step.from_state,
        to_state=subject.state,
        officer_id=by.officer_id,
        by_name=by.name,
        by_agency=by.agency,
        by_roles=sorted(by.roles),
        certificate=by.certificate,
        acting_paper="；".join(paper for role, paper in by.acting.items() if role in rule.roles),
        approval=step.approval,
        approved_by=step.approval.decided_by_name if step.approval else "",
        law=rule.law,
        at=step.at,
        recorded_at=step.now,
        reason=step.reason or str(step.inputs.get("reason") or ""),
        inputs=step.record,
    )
    stop_limits(step, move, ended=subject.ended)
    start_limits(step, move)
    move.replies += replies_of(step)
    drafts = drafts_for(step)
    if drafts:
        move.notices += drafts
        step.facts["notices"] = [[draft.kind, draft.key] for draft in drafts]
    step.event.facts = step.facts
    link(root, step.event)
    move.events.append(step.event)


def possible_acts(subject: Procedure) -> list[str]:
    """Names of the acts that the state of a subject allows, whoever asks."""
    return [
        name for name, rules in type(subject).acts().items()
        if any(subject.state in r.sources and not r.step_only for r in rules)
    ]  # fmt: skip


@dataclass(frozen=True)
class Offer:
    """An act as it stands for one actor now: possible or not, and why not."""

    rule: ActionRule
    form: type[Any]
    reasons: tuple[str, ...]
    approval: str

    @property
    def possible(self) -> bool:
        return not self.reasons


def available_actions(subject: Procedure, by: Actor, *, at: datetime | None = None) -> list[Offer]:
    """The acts that are the actor's in this state, each with the reasons that forbid it now. Reads, never locks."""
    root = subject.root
    file = CaseFile(case=root) if isinstance(root, Case) else CaseFile(complaint=root, case=root.case)
    return offers(subject, file, by, at or clock.now())


def offers(subject: Procedure, file: CaseFile, by: Actor, now: datetime) -> list[Offer]:
    """As `available_actions`, over a file that the caller has opened."""
    found = []
    for rule in type(subject).rules():
        if subject.state not in rule.sources or rule.step_only:
            continue
        step = Step(rule, file, subject, by, now, now)
        form = form_for(step)
        if form is not None:
            reasons = tuple(said for guard in rule.requires if (said := guard(file, subject, now)))
            found.append(Offer(rule, form, reasons, approval_needed(step)))
    return found


def procedure_named(name: str) -> type[Procedure]:
    """The procedure class of a name in a URL. Raises UnknownAction."""
    if name not in PROCEDURES:
        raise UnknownAction(f"没有“{name}”这个程序")
    return PROCEDURES[name]
