"""What follows from the acts of the inspection that concern people, facts, papers and limits. Money stands in
`money.py`, joining and splitting in `cases.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from workflows import clock
from workflows.action import Change, ChangeMaker, Guard, Step, insert, update
from workflows.casefile.case import Assignment
from workflows.casefile.file import CaseFile, bureau_codes
from workflows.casefile.officers import Officer
from workflows.casefile.papers import MUST_BE_SERVED
from workflows.casefile.parties import Employer
from workflows.clocks import Limit, LimitExtension
from workflows.errors import InvalidInput
from workflows.law.calendar import load_calendar
from workflows.law.counting import CannotCount, Extension
from workflows.law.limits import rule as rule_of
from workflows.law.rule import Rule
from workflows.procedures.cases import (
    case_amended,
    case_joined,
    case_split,
    complaints_concluded,
    earlier_start,
    filed_earlier,
    filing_carried,
    investigated_longer,
    join_checked,
    split_checked,
    split_filed,
    taken_by_other,
)
from workflows.procedures.decision_rows import (
    NAMED_CHAIR,
    NAMED_REVIEWER,
    chair_checked,
    chair_named,
    defence_heard,
    demand_waited,
    hearing_right_told,
    noted,
    penalty_intended,
    remedies_over,
    review_asked,
    review_passed,
    reviewed_first,
    reviewer_checked,
)
from workflows.procedures.inspection_forms import NoteForm
from workflows.procedures.inspection_state import END_STATES, InspectionState
from workflows.procedures.intake_forms import EvidenceForm
from workflows.procedures.intake_rows import evidence_added, evidence_checked
from workflows.procedures.liability_rows import addressee_checked, order_addressee
from workflows.procedures.money import (
    added_checked,
    added_verified,
    counter_checked,
    line_checked,
    line_counter_checked,
    line_countered,
    line_settled,
    line_withdrawn,
    lines_ordered,
    lines_verified,
    paid,
    payment_checked,
    payment_countered,
    settle_checked,
    something_to_verify,
    transfer_was_sent,
    unverified,
    verified_checked,
)
from workflows.recount import FIELDS, Recount, extensions_of, pauses_of, set_due
from workflows.roles import Role

__all__ = [
    "NAMED_CHAIR", "NAMED_REVIEWER", "EvidenceForm", "added_checked", "added_verified", "addressee_checked",
    "case_amended", "case_joined", "case_split", "chair_checked", "chair_named", "complaints_concluded",
    "counter_checked", "defence_heard", "demand_waited", "earlier_start", "evidence_added", "evidence_checked",
    "filed_earlier", "filing_carried", "hearing_right_told", "investigated_longer", "join_checked", "line_checked",
    "line_counter_checked", "line_countered", "line_settled", "line_withdrawn", "lines_ordered", "lines_verified",
    "noted", "order_addressee", "paid", "payment_checked", "payment_countered", "penalty_intended", "remedies_over",
    "review_asked", "review_passed", "reviewed_first", "reviewer_checked", "settle_checked", "something_to_verify",
    "split_checked", "split_filed", "taken_by_other", "transfer_was_sent", "unverified", "verified_checked",
]  # fmt: skip


# --- people ----------------------------------------------------------------------------------------------------------


def inspectors_checked(step: Step) -> None:
    """FIL-04, FIL-06: at least two different inspectors of the bureau, each with a certificate valid that day."""
    told = step.inputs
    if told.get("lead"):
        told["lead"] = _inspector(step, told["lead"], "lead")
    told["others"] = [_inspector(step, one, "others") for one in told.get("others") or []]
    named = [o for o in (told.get("lead"), *told["others"]) if o]
    if len({o.pk for o in named}) < len(named):
        raise InvalidInput({"others": "同一人不能重复指派"})
    if step.rule.name != "assign_more" and len(named) < 2:
        raise InvalidInput({"others": "须指派两名以上监察员（《劳动保障监察条例》第十六条）"})


def _inspector(step: Step, public_id: str, field: str) -> Officer:
    found = step.file.officer(public_id, field)
    if Role.INSPECTOR not in found.roles or found.agency.code not in bureau_codes(step.file.root.bureau):
        raise InvalidInput({field: f"{found.name}不是本局监察员"})
    if not found.certified_on(clock.legal_day(step.at)):
        raise InvalidInput({field: f"{found.name}没有有效的执法证件，不能承办（FIL-06）"})
    return found


def assigned(step: Step) -> Sequence[Change]:
    rows = [Assignment(case=step.file.case, officer=step.inputs["lead"], lead=True, from_at=step.at)]
    rows += [Assignment(case=step.file.case, officer=o, from_at=step.at) for o in step.inputs["others"]]
    step.facts["assigned"] = [row.officer.name for row in rows]
    return [insert(row) for row in rows]


def assigned_more(step: Step) -> Sequence[Change]:
    there = {a.officer_id for a in step.file.assignments}
    fresh = [o for o in step.inputs["others"] if o.pk not in there]
    if not fresh:
        raise InvalidInput({"others": "这些人员已在承办"})
    step.facts["assigned"] = [o.name for o in fresh]
    return [insert(Assignment(case=step.file.case, officer=o, from_at=step.at)) for o in fresh]


def reassigned(step: Step) -> Sequence[Change]:
    """Everybody's assignment ends and the named ones begin; the record keeps who handled the case before."""
    return [*_ended(step, step.file.assignments), *assigned(step)]


def unassigned(step: Step) -> Sequence[Change]:
    return _ended(step, step.file.assignments)


def _ended(step: Step, rows: Sequence[Assignment]) -> list[Change]:
    for row in rows:
        if step.at < row.from_at:
            raise InvalidInput({"at": f"{row.officer.name} {clock.legal_day(row.from_at)} 才开始承办"})
        row.to_at = step.at
    return [update(row, "to_at") for row in rows]


def no_recusal_waits(file: CaseFile, subject: Any, at: datetime) -> str | None:
    return "已有一项回避申请待决定" if subject.recusal_of_id else None


def recusal_checked(step: Step) -> None:
    found = step.file.officer(step.inputs["officer"], "officer")
    if all(a.officer_id != found.pk for a in step.file.assignments):
        raise InvalidInput({"officer": "此人没有承办本案"})
    step.inputs["officer"] = found


def recusal_asked(file: CaseFile, subject: Any, at: datetime) -> str | None:
    return None if subject.recusal_of_id else "没有待决定的回避申请"


def replacement_checked(step: Step) -> None:
    if step.inputs["recused"]:
        if not step.inputs.get("replacement"):
            raise InvalidInput({"replacement": "决定回避的，须指定接替人员"})
        step.inputs["replacement"] = _inspector(step, step.inputs["replacement"], "replacement")
        if any(a.officer_id == step.inputs["replacement"].pk for a in step.file.assignments):
            raise InvalidInput({"replacement": "此人已在承办"})


def recused(step: Step) -> Sequence[Change]:
    """The recused officer leaves; who replaces him takes his place, the lead included."""
    if not step.inputs["recused"]:
        return []
    leaving = [a for a in step.file.assignments if a.officer_id == step.before["recusal_of_id"]]
    row = Assignment(
        case=step.file.case, officer=step.inputs["replacement"], lead=any(a.lead for a in leaving), from_at=step.at
    )
    return [*_ended(step, leaving), insert(row)]


# --- facts, order ----------------------------------------------------------------------------------------------------


def has_lines(file: CaseFile, subject: Any, at: datetime) -> str | None:
    return None if file.lines else "工资台账还没有明细"


def term_checked(step: Step) -> None:
    """A treatment decision names the day by which to pay: without it the deposit could never be touched (DEP 19)."""
    if step.subject.intended == "treatment" and not step.inputs.get("pay_by"):
        raise InvalidInput({"pay_by": "行政处理决定须写明履行期限（HNEX 29；DEP 19）"})


def pay_by_passed(file: CaseFile, subject: Any, at: datetime) -> str | None:
    """The date of the order has passed (24:00 of the last day)."""
    if subject.pay_by is None:
        return "责令没有支付期限"
    return None if clock.legal_day(at) > subject.pay_by else f"支付期限 {subject.pay_by} 尚未届满"


def pay_by_moment(step: Step) -> datetime:
    """BLK-06 runs from the expiry date stated in the order (O45 8)."""
    return clock.start_of(step.subject.pay_by)


def filed_moment(step: Step) -> datetime:
    """DEC-02 counts from filing (APL 60), from the earliest one where cases came together."""
    return step.subject.first_filed_at or clock.start_of(step.file.case.filed_on)


def preserved(file: CaseFile, subject: Any, at: datetime) -> str | None:
    return None if file.runs("INV-06", subject.public_id) else "没有待处理的登记保存物品"


def listing_due(file: CaseFile, subject: Any, at: datetime) -> str | None:
    return None if file.runs("BLK-06", subject.public_id) else "没有待作出的列入决定"


def listing_checked(step: Step) -> None:
    """BLK-21: the credit code is mandatory before listing."""
    if step.inputs["listed"] and not step.file.case.employer.credit_code:
        code = step.inputs["unified_credit_code"]
        if not code:
            raise InvalidInput({"unified_credit_code": "列入前须有统一社会信用代码（HCR 16）"})
        if Employer.objects.filter(credit_code=code).exists():
            raise InvalidInput({"unified_credit_code": "这个代码属于另一家已登记的单位"})


def code_noted(step: Step) -> Sequence[Change]:
    """The code that the listing needed is the employer's from now on."""
    employer, code = step.file.case.employer, step.inputs.get("unified_credit_code")
    if not step.inputs["listed"] or employer.credit_code or not code:
        return []
    employer.credit_code = code
    return [update(employer, "credit_code")]


# --- limits ----------------------------------------------------------------------------------------------------------


def extension_checked(step: Step) -> None:
    """LSIR 17, HNR 16, O25 37, O45 8: what is asked is counted now, so that what the law does not allow is refused
    with the article before anybody is asked to approve it.
    """
    name = step.inputs["rule"]
    running = step.file.runs(name, step.subject.public_id)
    if running is None:
        raise InvalidInput({"rule": f"{name} 没有在计时"})
    if step.at >= running.due_at:
        raise InvalidInput({"rule": f"{name} 已经届满，不能再延长"})
    extension_counted(step, running)


def extension_counted(step: Step, running: Limit) -> None:
    """What a running limit would become: `limit`, `extension` and `due` for `limit_extended`. Raises InvalidInput."""
    until = step.inputs.get("until")
    law = rule_of(running.rule, running.rule_version)
    by_day = law.ext is not None and law.ext.by_day
    if by_day and until is None:
        raise InvalidInput({"until": f"{law.article}：由负责人批准延长至的日期"})
    granted = extensions_of([running]).get(running.pk, [])
    fresh = Extension(step.inputs.get("length"), until)
    if not by_day and until is None and fresh.length is None:
        fresh = Extension(_left(law, granted))
    try:
        due = Recount(load_calendar(), clock.today()).due(
            running, [*granted, fresh], pauses_of([running]).get(running.pk, ())
        )
    except CannotCount as refused:
        field = "until" if until is not None else "length" if step.inputs.get("length") else "rule"
        raise InvalidInput({field: str(refused)}) from refused
    step.inputs |= {"limit": running, "extension": fresh, "due": due}
    if fresh.length is not None:
        step.record["length"] = fresh.length  # who approves reads how much, also where nothing was typed in


def _left(law: Rule, granted: Sequence[Extension]) -> int:
    """What the article leaves to grant; its whole length again where nothing is left, so that counting refuses it."""
    terms, so_far = law.ext, sum(one.length or 0 for one in granted)
    most = 0 if terms is None else terms.length or (terms.total or law.length) - law.length
    return most - so_far if most > so_far else most or law.length


def limit_extended(step: Step) -> Sequence[Change]:
    running, fresh, due = step.inputs["limit"], step.inputs["extension"], step.inputs["due"]
    step.facts["extended"] = [running.rule, str(running.due_on), str(due.due_on)]
    set_due(running, due, load_calendar().version)
    row = LimitExtension(
        limit=running, length=fresh.length, until=fresh.until, reason=step.inputs["reason"], at=step.at,
        event=step.event.public_id,
        approved_by=step.approval.decided_by_name if step.approval else step.inputs.get("consent", "")[:60],
    )  # fmt: skip
    return [update(running, *FIELDS), insert(row)]


# --- other agencies --------------------------------------------------------------------------------------------------


def appointed(file: CaseFile, subject: Any, at: datetime) -> str | None:
    return None if file.runs("APPEARANCE", subject.public_id) else "没有待记录的约谈"


def appearance_checked(step: Step) -> None:
    """The appointment is one of this inspection that waits; that nobody came is known only on its day."""
    waiting = [x for x in step.file.running if x.rule == "APPEARANCE" and x.subject == step.subject.public_id]
    found = step.file.of_file(waiting, step.inputs["appointment"], "appointment")
    if not step.inputs["came"] and clock.legal_day(step.at) < found.due_on:
        raise InvalidInput({"came": f"约谈日期 {found.due_on} 未到，不能记录未到场"})
    step.inputs["appointment"] = found
    step.facts["appearance"] = {"on": str(found.due_on), "came": step.inputs["came"]}


def note_kept(step: Step) -> Sequence[Change]:
    """What came with a note joins the evidence under its hash; of an internal opinion only the file's own name."""
    if not step.inputs.get("file"):
        return []
    kind = dict(NoteForm.KINDS)[step.inputs["kind"]]
    step.inputs |= {"title": f"{kind}：{step.inputs['file']['name']}"[:200], "kind": kind, "provided_by": step.by.name}
    return evidence_added(step)


def city_was_asked(file: CaseFile, subject: Any, at: datetime) -> str | None:
    acts = [act for of, act in file.city_acts if of == subject.public_id]
    waiting = sum(1 if act == "request_city_query" else -1 for act in acts)
    return None if waiting > 0 else "没有报请市级批准的查询"


# --- the ends --------------------------------------------------------------------------------------------------------


def closable(file: CaseFile, subject: Any, at: datetime) -> str | None:
    """complied / enforcement_applied / every line settled / a transfer filed by the police."""
    return (
        None
        if _reason_to_close(file, subject.state)
        else "须已履行、已申请强制执行、明细全部了结，或移送案件公安机关已立案"
    )


def _reason_to_close(file: CaseFile, state: str) -> str:
    if state in (InspectionState.COMPLIED, InspectionState.ENFORCEMENT_APPLIED):
        return str(state)
    if any(t.in_criminal_hands for t in file.transfers):
        return "transferred_to_police"
    return "settled" if file.lines and all(x.rest == 0 for x in file.lines) else ""


def closed_as(step: Step) -> Sequence[Change]:
    """How the case closed: complied, enforcement_applied, settled or transferred_to_police."""
    step.facts["closed_as"] = _reason_to_close(step.file, step.from_state)
    return []


def lines_settled(file: CaseFile, subject: Any, at: datetime) -> str | None:
    """Every rest is carried somewhere before the file closes."""
    open_lines = [x for x in file.lines if x.open and x.rest > 0]
    return (
        f"还有 {len(open_lines)} 笔明细未了结：{'、'.join(x.worker.name for x in open_lines[:5])}"
        if open_lines
        else None
    )


def papers_served(file: CaseFile, subject: Any, at: datetime) -> str | None:
    must = [p for p in file.papers if p.kind in MUST_BE_SERVED]
    unserved = [str(p) for p in must if p.served_at is None or p.served_at > at]
    return f"尚未送达：{'、'.join(unserved)}" if unserved else None


def police_decided(file: CaseFile, subject: Any, at: datetime) -> str | None:
    waiting = [t for t in file.open_transfers if t.before_police_decision]
    return "移送案件尚待公安机关决定" if waiting else None


def no_open_transfer(file: CaseFile, subject: Any, at: datetime) -> str | None:
    return "有未办结的移送公安程序" if file.open_transfers else None


def after_end_allowed(file: CaseFile, subject: Any, at: datetime) -> str | None:
    """After the end these acts go on only while a transfer or BLK-06 is open."""
    if subject.state not in END_STATES or file.open_transfers or file.runs("BLK-06", subject.public_id):
        return None
    return "案件已结束，且没有未办结的移送或列入决定"


# --- correcting a wrong click ----------------------------------------------------------------------------------------


def nothing_after(act: str) -> Guard:
    """The newest event of the root is that act, and it sent nothing."""

    def guard(file: CaseFile, subject: Any, at: datetime) -> str | None:
        last = file.newest_event
        if last is None or last.act != act or last.subject != subject.public_id:
            return "之后又有其他办理记录，不能更正，请用相应动作处理"
        return "已经发出通知，不能更正" if last.facts.get("notices") else None

    return guard


def taken_back(act: str) -> ChangeMaker:
    """The limits of the corrected act: what it started is taken back, what it stopped runs on as if untouched."""

    def make(step: Step) -> Sequence[Change]:
        last = step.file.newest_event
        step.facts["corrects"] = {"act": act, "event": str(last.public_id)}
        changes: list[Change] = []
        started = {entry[1] for entry in last.facts.get("started", ())}
        for limit in step.file.running:
            if str(limit.public_id) in started:
                limit.stopped_at, limit.stopped_by = step.at, step.event.public_id
                limit.outcome = Limit.Outcome.TAKEN_BACK
                changes.append(update(limit, "stopped_at", "stopped_by", "outcome"))
        stopped = [entry[1] for entry in last.facts.get("stopped", ())]
        for limit in Limit.objects.filter(public_id__in=stopped):
            limit.stopped_at, limit.stopped_by, limit.outcome = None, None, ""
            changes.append(update(limit, "stopped_at", "stopped_by", "outcome"))
        return changes

    return make
