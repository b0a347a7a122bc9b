"""The timeline (办理记录): the events of a root in words, with the requests for approval among them.

Wording is made here from the declarations: the act's label, the labels of its inputs, what followed. Events keep no
personal text in clear, so neither does the timeline. Reads only; it knows no colour, no icon and no address.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat, Trim

from workflows import clock
from workflows.action import ActionRule
from workflows.casefile.case import Case
from workflows.casefile.complaint import CALLED, Complaint
from workflows.casefile.file import CaseFile
from workflows.casefile.imports import Import
from workflows.casefile.officers import Agency, Officer, Township
from workflows.casefile.papers import PaperKind
from workflows.casefile.tasks import ReceptionDay
from workflows.clocks import Limit
from workflows.inputs import Choice, Moment, Pointer, Rows, Tick
from workflows.law.limits import UnknownRule, display_name
from workflows.law_settings import breach_choices, breaches, is_one_of_several
from workflows.notices import MATRIX
from workflows.procedures.intake_forms import AmendForm
from workflows.procedures.liability_rows import ChainForm
from workflows.procedures.registry import PROCEDURES
from workflows.record import Event
from workflows.request import Approval, FromPaper


@dataclass(frozen=True)
class Entry:
    """One line of the record. `lines` is what was said, `effects` what followed from it, both in words.

    `kinds` says under which filters it stands: papers, states (it moved something), outside (somebody was told).
    """

    at: datetime
    title: str
    act: str = ""
    procedure: str = ""
    who: str = ""
    lines: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()
    quiet: bool = False
    over: bool = False
    correction: bool = False
    internal: bool = False
    kinds: frozenset[str] = frozenset()
    order: tuple[Any, ...] = ()


def events_of(root: Case | Complaint) -> QuerySet[Event]:
    """The events of a root, those of its complaints from before the case among them.

    In the order they were recorded.
    """
    if isinstance(root, Case):
        found = Event.objects.filter(Q(case=root) | Q(complaint__case=root))
    elif root.case_id is not None:
        found = Event.objects.filter(Q(complaint=root) | Q(case=root.case_id))
    else:
        found = Event.objects.filter(complaint=root)
    return found.select_related("approval").order_by("recorded_at", "id")


def timeline(
    events: Iterable[Event],
    *,
    approvals: Sequence[Approval] = (),
    limits: Sequence[Limit] = (),
    names: Mapping[str, str],
    now: datetime,
    choices: Mapping[str, str] | None = None,
) -> list[Entry]:
    """The record newest first: events, requests that were not granted, and limits that passed.

    `choices`: what `breach_choices` says, where the caller has read it.
    """
    entries = [_event(event, names) for event in events]
    entries += [_request(one) for one in approvals if one.state != Approval.State.APPROVED]
    entries += _limits_passed(limits, now, choices)
    return sorted(entries, key=lambda e: (e.at, e.order), reverse=True)


def label_of(event: Event) -> str:
    """What the act was called in the state it was done in."""
    found = _rule_of(event)
    return found.label if found is not None else event.act


def _rule_of(event: Event) -> ActionRule | None:
    procedure = PROCEDURES.get(event.procedure)
    if procedure is None:
        return None
    rules = procedure.acts().get(event.act, [])
    return procedure.rule_from(event.act, event.from_state) or (rules[0] if rules else None)


# --- names behind pointers -------------------------------------------------------------------------------------------


def names_for(
    events: Sequence[Event], file: CaseFile | None = None, agencies: Mapping[str, str] | None = None
) -> dict[str, str]:
    """What the public ids and codes in the events' inputs are called."""
    said = [pair for event in events if (found := _rule_of(event)) is not None for pair in said_in(found, event.inputs)]
    return names_in(said, file)


def names_in(said: Iterable[tuple[Any, Any]], file: CaseFile | None = None) -> dict[str, str]:
    """What the rows that pointers name are called, for pairs of field and value: of the file what it holds already,
    of the county in one query, whatever kinds are named.
    """
    wanted: dict[str, set[str]] = {}
    for field, value in said:
        if isinstance(field, Pointer):
            wanted.setdefault(field.of, set()).update(value if isinstance(value, list) else [str(value)])
    names: dict[str, str] = {}
    if file is not None:
        names |= {str(a.officer.public_id): a.officer.name for a in file.assignments}
        names |= {str(x.public_id): x.worker.name for x in file.lines}
        names |= {str(p.public_id): str(p) for p in file.all_papers}
        names |= {str(e.public_id): e.title for e in file.evidence}
        names |= {str(t.public_id): f"{t.agency.name}：{t.question[:40]}" for t in file.tasks}
        if wanted.get("fund_use"):
            names |= {str(u.public_id): f"{u.get_kind_display()} {u.amount:,.2f} 元" for u in file.fund_uses}
        if wanted.get("data_request"):
            names |= {str(r.public_id): f"{r.agency.name}：{r.wanted[:40]}" for r in file.data_requests}
        if wanted.get("order"):
            names |= {str(o.public_id): o.question[:40] for o in file.supervision_orders}
    return names | _county_names({of: keys - names.keys() for of, keys in wanted.items()})


#: what else a pointer may name: the model, the column of its key, what it is called
_NAMED: dict[str, tuple[Any, str, Any]] = {
    **dict.fromkeys(("officer", "inspector", "reviewer"), (Officer, "public_id", "name")),
    "agency": (Agency, "code", "name"),
    "complaint": (Complaint, "public_id", Trim(Concat(CALLED, Value(" "), "employer_name"))),
    "township": (Township, "code", "name"),
    "reception_day": (ReceptionDay, "public_id", Concat(Cast("day", TextField()), Value(" "), "place")),
    **dict.fromkeys(("roster", "pay_out"), (Import, "public_id", "file_name")),
    "limit": (Limit, "public_id", "rule"),
}


def _county_names(wanted: Mapping[str, set[str]]) -> dict[str, str]:
    """The names of rows that lie outside the file, by key."""
    parts = [
        model.objects.filter(**{f"{key}__in": wanted[of]})
        .order_by()
        .values_list(Value(of), Cast(key, TextField()), Cast(called, TextField()))
        for of, (model, key, called) in _NAMED.items()
        if wanted.get(of)
    ]
    if not parts:
        return {}
    rows = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    return {key: _limit_name(called) if of == "limit" else called for of, key, called in rows}


def said_in(rule: ActionRule, inputs: Mapping[str, Any]) -> list[tuple[Any, Any]]:
    """The fields of an act that were filled in, each with its value."""
    fields = {**rule.asks.base_fields, **FromPaper.base_fields}
    return [(fields[name], value) for name, value in inputs.items() if name in fields and name != "register"]


# --- events ----------------------------------------------------------------------------------------------------------


def _event(event: Event, names: Mapping[str, str]) -> Entry:
    found = _rule_of(event)
    said = [_line(field, value, names) for field, value in said_in(found, event.inputs)] if found is not None else []
    if event.reason and "reason" not in event.inputs:
        said.append(f"理由：{event.reason}")
    facts = event.facts
    said += _facts_told(facts)
    if event.approved_by:
        acting = event.approval.acting_paper if event.approval is not None else ""
        said.append(f"批准：{event.approved_by}" + (f"（主持工作依据：{acting}）" if acting else ""))
    if event.acting_paper:
        said.append(f"主持工作依据：{event.acting_paper}")
    if event.recorded_at - event.at >= LATE:
        said.append(f"补录于 {event.recorded_at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}")
    by_system = "system" in event.by_roles
    return Entry(
        at=event.at,
        title=found.label if found is not None else event.act,
        act=event.act,
        procedure=event.procedure,
        who="系统" if by_system else event.by_name,
        lines=tuple(line for line in said if line),
        effects=tuple(_effects(facts)),
        quiet=by_system or (found is not None and found.step_only),
        correction=event.act in ("correct", "amend", "counter_payment"),
        internal=event.act == "note" and event.inputs.get("kind") == "internal",
        kinds=_kinds(event),
        order=(event.recorded_at, event.pk),
    )


def _kinds(event: Event) -> frozenset[str]:
    facts = event.facts
    told = {
        "papers": bool(facts.get("papers") or facts.get("served")),
        "states": event.from_state != event.to_state,
        "outside": bool(facts.get("notices") or facts.get("served")),
    }
    return frozenset(name for name, holds in told.items() if holds)


#: an act recorded this much later than it happened says so
LATE = timedelta(hours=1)


def _line(field: Any, value: Any, names: Mapping[str, str]) -> str:
    if isinstance(field, Tick):
        return str(field.label)
    return f"{str(field.label).split('（')[0]}：{words_of(field, value, names)}"


def words_of(field: Any, value: Any, names: Mapping[str, str]) -> str:
    """What was put into a field, in words; a pointer by the name of the row it names."""
    if isinstance(field, Rows):
        return f"{value} 行"
    if isinstance(field, Pointer):
        many = value if isinstance(value, list) else [value]
        return "、".join(names.get(str(one), "") or "…" for one in many)
    if isinstance(field, Choice):
        return str(dict(field.choices).get(value, value))  # type: ignore[arg-type]
    if isinstance(field, Moment):
        return f"{datetime.fromisoformat(str(value)).astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(value)


def _facts_told(facts: Mapping[str, Any]) -> list[str]:
    """What happened to the file, in words; only what the inputs do not say already."""
    lines = []
    for name, (old, new) in (facts.get("amended") or {}).items():
        field = AmendForm.base_fields.get(name) or ChainForm.base_fields.get(name)
        if not old and name in ChainForm.base_fields and "liability" in facts:
            continue  # said by the inputs
        label = field.label if field is not None else AMENDED_ELSEWHERE.get(name, name)
        lines.append(f"{label}：{old or '（空）'} → {new}")
    if "paid" in facts and "paid_to" in facts:
        lines.append(f"支付 {facts['paid']} 元：{'、'.join(facts['paid_to'])}")
    if "settled" in facts:
        lines.append(f"{facts['settled'][0]}：了结 {facts['settled'][2]} 元")
    if "extended" in facts:
        name, old, new = facts["extended"]
        lines.append(f"{_limit_name(name)}：{old} → {new}")
    for name, _, old, new, provisional in facts.get("recomputed", ()):
        lines.append(f"{_limit_name(name)}：{old} → {new}{'（暂定）' if provisional else ''}")
    for key, words in (("joined_into", "并入"), ("from_case", "来自"), ("split_off", "分出"), ("split_from", "由")):
        if isinstance(facts.get(key), Mapping):
            lines.append(f"{words} {facts[key].get('case', '')}{'分出' if key == 'split_from' else ''}")
    missing = (facts.get("sheet") or {}).get("missing") or []
    lines += [f"报请时欠缺：{what}" for what in missing]
    if "package" in facts:
        lines.append(f"材料 {facts['package']['items']} 项，校验 {facts['package']['sha256'][:12]}")
    return lines


AMENDED_ELSEWHERE = {"general_contractor": "施工总承包单位", "subcontractor": "分包单位", "developer": "建设单位"}


def _effects(facts: Mapping[str, Any]) -> list[str]:
    effects = [f"生成 {PaperKind(kind).label} {number}" for kind, number in (facts.get("papers") or {}).items()]
    served = facts.get("served")
    if served:
        day = clock.legal_day(datetime.fromisoformat(served["effective_at"]))
        effects.append(f"{PaperKind(served['kind']).label}自 {day} 起视为送达")
    effects += [f"启动 {_limit_name(name)}（至 {due}）" for name, _, due in facts.get("started", ())]
    effects += [
        f"停止 {_limit_name(name)}（{OUTCOMES.get(outcome, outcome)}）" for name, _, outcome in facts.get("stopped", ())
    ]
    told = {MATRIX[kind].to_label for kind, _ in facts.get("notices", ()) if kind in MATRIX}
    if told:
        effects.append(f"通知 {'、'.join(sorted(told))}")
    return effects


OUTCOMES = dict(Limit.Outcome.choices)


def _limit_name(name: str) -> str:
    try:
        return display_name(name)
    except UnknownRule:
        return name


# --- requests and limits ---------------------------------------------------------------------------------------------


def _request(one: Approval) -> Entry:
    lines = [f"由{one.needed_label}审批"]
    if one.state != Approval.State.REQUESTED:
        lines.append(f"{one.get_state_display()}：{one.decided_by_name} {one.decision_reason}".rstrip())
    return Entry(
        at=one.requested_at,
        title=f"提交审批：{one.label}",
        act="request",
        procedure=one.procedure,
        who=one.requested_by.name,
        lines=tuple(lines),
        order=(one.requested_at, one.pk),
    )


def _limits_passed(limits: Sequence[Limit], now: datetime, choices: Mapping[str, str] | None) -> list[Entry]:
    """The limits that ran out. 超期 is said of those alone that count as breach by the bureau's choice; of several laws'
    limits for one duty the others are targets, and theirs passed."""
    passed = [x for x in limits if x.due_at <= (x.stopped_at or now) and x.outcome != Limit.Outcome.TAKEN_BACK]
    if not passed:
        return []
    if choices is None:
        choices = breach_choices() if any(is_one_of_several(x.rule) for x in passed) else {}
    matters: dict[UUID, list[Limit]] = {}
    for one in limits:
        matters.setdefault(one.subject, []).append(one)
    broken = {x.pk for together in matters.values() for x in breaches(together, now, choices)}
    return [_passed(one, over=one.pk in broken) for one in passed]


def _passed(limit: Limit, *, over: bool) -> Entry:
    name = _limit_name(limit.rule)
    if over:
        title = f"{name}超期"
    else:
        title = f"{name}目标日已过" if is_one_of_several(limit.rule) else f"{name}届满"
    return Entry(
        at=limit.due_at,
        title=title,
        act="limit",
        procedure=limit.procedure,
        who="系统",
        lines=(f"届满日 {limit.due_on}",),
        kinds=frozenset({"states"}),
        quiet=True,
        over=over,
        order=(limit.due_at, 0),
    )
