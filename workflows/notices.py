"""The sharing matrix (信息共享): which event tells whom what, on which basis, with what duty to answer. Nowhere else.

A notice is rendered from the fields its row lists and from nothing more; the informant's identity is no field. The
rows are those that the procedures of the spine send (rules 6.2); the mailroom completes them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from notifications.outbox import NoticeDraft
from notifications.posts import Person, Post
from workflows import clock
from workflows.action import Step
from workflows.casefile.complaint import Complaint
from workflows.casefile.ledger import head_count, total
from workflows.casefile.papers import Paper
from workflows.law.limits import display_name
from workflows.roles import Role

Recipients = Callable[[Step], Sequence[Post | Person]]


@dataclass(frozen=True)
class NoticeRow:
    """One row of the matrix. `answer_due` names the input that holds the day an answer is expected by, if one is."""

    id: str
    title: str
    to: Recipients
    to_label: str
    fields: tuple[str, ...]
    basis: str
    purpose: str
    answer_due: str = ""


# --- recipients ------------------------------------------------------------------------------------------------------


def complainant(step: Step) -> Sequence[Person]:
    """The complainant of the complaint at hand, or each accepted complainant of the case."""
    if step.rule.procedure == "intake":
        complaints: list[Complaint] = [step.subject.complaint]
    else:
        complaints = [i.complaint for i in step.file.intakes if i.state in ("accepted", "concluded")]
    return [Person(f"complaint:{c.public_id}", c.called) for c in complaints]


def police(step: Step) -> Sequence[Post]:
    return [Post("police", Role.POLICE_OFFICER.value)]


def procuratorate(step: Step) -> Sequence[Post]:
    return [Post("procuratorate", Role.PROSECUTOR.value)]


def squad_leader(step: Step) -> Sequence[Post]:
    return [Post(step.file.root.bureau.code, Role.SQUAD_LEADER.value)]


def handlers(step: Step) -> Sequence[Post]:
    """The bureau's inspectors: the desk shows it to those assigned."""
    return [Post(step.file.root.bureau.code, Role.INSPECTOR.value)]


def those_who_go_on(step: Step) -> Sequence[Post]:
    """A joint reception that came to nothing reports to the running inspection; without a case it goes to
    acceptance."""
    return handlers(step) if step.file.case is not None else squad_leader(step)


def principal_head(step: Step) -> Sequence[Post]:
    return [Post(step.file.root.bureau.code, Role.PRINCIPAL_HEAD.value)]


def leaders(step: Step) -> Sequence[Post]:
    return [Post("leading_group", Role.LEADER.value)]


def urgent_posts(step: Step) -> Sequence[Post]:
    return [*leaders(step), *police(step), *squad_leader(step)]


def agency_named(step: Step) -> Sequence[Post]:
    """The agency an input names: referred to, asked for assistance, given a task, transferred out to."""
    return [Post(step.inputs["agency"].code, Role.LIAISON.value)]


def agency_of_task(step: Step) -> Sequence[Post]:
    return [Post(step.inputs["task"].agency.code, Role.LIAISON.value)]


def market_regulator(step: Step) -> Sequence[Post]:
    return [Post("market", Role.LIAISON.value)]


# --- fields ----------------------------------------------------------------------------------------------------------


def _case_of(step: Step) -> Any:
    return step.file.case or (step.file.other.case if step.file.other else None)


def _told(step: Step, name: str) -> str:
    value = step.inputs.get(name)
    return _words(value)


def _words(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, date):
        return f"{value.year}年{value.month}月{value.day}日"
    return str(value)


def _employer(step: Step) -> str:
    case = _case_of(step)
    if case is not None:
        return case.employer.name
    return step.file.complaint.employer_name if step.file.complaint else ""


def _project(step: Step) -> str:
    case = _case_of(step)
    if case is not None:
        return case.project.name if case.project else ""
    return step.file.complaint.project_name if step.file.complaint else ""


def _overdue(step: Step) -> str:
    """What has run out on the case and is owed by the bureau itself."""
    late = [x.rule for x in step.file.running if x.stopped_at is None and x.due_at <= step.at]
    return "、".join(f"{display_name(rule)}（{rule}）" for rule in dict.fromkeys(late))


def _paper_number(step: Step) -> str:
    return "、".join(step.facts.get("papers", {}).values())


FIELDS: dict[str, tuple[str, Callable[[Step], str]]] = {
    "case_number": ("案号", lambda s: case.number if (case := _case_of(s)) else ""),
    "employer": ("用人单位", _employer),
    "employer_place": ("单位住所", lambda s: case.employer.domicile if (case := _case_of(s)) else ""),
    "project": ("项目", _project),
    "workers": ("涉及人数", lambda s: str(head_count(s.file.workers)) if s.file.workers else ""),
    "owed": ("欠付金额（元）", lambda s: f"{total(s.file.lines, 'rest'):,.2f}" if s.file.lines else ""),
    "facts": ("反映的情况", lambda s: s.file.complaint.violation_facts if s.file.complaint else ""),
    "office": ("办理单位", lambda s: s.file.root.bureau.name),
    "office_phone": ("联系电话", lambda s: s.file.root.bureau.phone),
    "at": ("时间", lambda s: f"{s.at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"),
    "reason": ("理由", lambda s: s.reason or _told(s, "reason")),
    "route": ("可走的途径", lambda s: _told(s, "route")),
    "missing": ("需要补正的内容", lambda s: _told(s, "missing")),
    "by_day": ("期限", lambda s: _told(s, "by_day")),
    "pay_by": ("责令支付期限", lambda s: _told(s, "pay_by")),
    "due_on": ("请于此日前答复", lambda s: _told(s, "due_on")),
    "overdue": ("已超过的期限", _overdue),
    "question": ("请求事项", lambda s: _told(s, "question")),
    "answer": ("答复", lambda s: _told(s, "answer")),
    "result": ("办理结果", lambda s: _told(s, "result")),
    "agency": ("单位", lambda s: str(s.inputs.get("agency") or "")),
    "urgency": ("紧急情况", lambda s: _told(s, "what")),
    "paper": ("文书编号", _paper_number),
    "kind": ("移送类型", lambda s: s.subject.get_kind_display()),
    "package": ("材料清单", lambda s: "；".join(s.subject.package)),
    "handler": ("承办人", lambda s: s.by.name),
    "amount_paid": ("支付金额（元）", lambda s: f"{s.facts['paid']:}" if "paid" in s.facts else ""),
    "paid_to": ("收款劳动者", lambda s: "、".join(s.facts.get("paid_to", ()))),
    "decision": ("决定", lambda s: s.rule.label),
    "police_number": ("文号", lambda s: _told(s, "number")),
}

# --- the matrix ------------------------------------------------------------------------------------------------------

_TOLD = "告知投诉人"


def _rows(*rows: NoticeRow) -> dict[str, NoticeRow]:
    return {row.id: row for row in rows}


MATRIX: dict[str, NoticeRow] = _rows(
    # intake
    NoticeRow("ACCEPTED", "您的投诉已受理并立案", complainant, "投诉人",
              ("case_number", "employer", "at", "office", "office_phone"), "HNR 15(1)", _TOLD),
    NoticeRow("UNLICENSED_EMPLOYER", "发现无照经营用人单位", market_regulator, "市场监督管理局联络员",
              ("employer", "employer_place"), "LSIR 33", "通报无照经营"),
    NoticeRow("DECLINED", "您的投诉未予受理", complainant, "投诉人",
              ("reason", "route", "paper", "office", "office_phone"), "O25 18; WPR 10", _TOLD),
    NoticeRow("SUPPLEMENT_ASKED", "请补充投诉材料", complainant, "投诉人",
              ("missing", "by_day", "paper", "office", "office_phone"), "O25 18", _TOLD),
    NoticeRow("REFERRED", "转办欠薪投诉", agency_named, "被转办单位联络员",
              ("employer", "project", "facts", "reason", "by_day", "paper"), "WPR 10", "首问负责转办", "by_day"),
    NoticeRow("REFERRED_TOLD", "您的投诉已转有权单位办理", complainant, "投诉人",
              ("agency", "reason", "office", "office_phone"), "WPR 10", _TOLD),
    NoticeRow("REFERRAL_RESULT", "转办事项的办理结果", complainant, "投诉人",
              ("result", "at"), "WPR 10", _TOLD),
    NoticeRow("SENT_BACK", "转办事项被退回", squad_leader, "监察大队长",
              ("employer", "reason"), "XFR 23", "重新确定办理单位"),
    NoticeRow("URGENT", "紧急情况报告", urgent_posts, "领导小组、公安、监察大队长",
              ("employer", "project", "urgency", "at", "office_phone"), "XFR 25; LSIR 14", "紧急处置"),
    NoticeRow("CHASED", "投诉人催办", handlers, "承办监察员",
              ("case_number", "employer", "reason"), "WPR 10", "督促办理"),
    # joint reception
    NoticeRow("TASK_ASSIGNED", "联合接待交办事项", agency_named, "被交办单位联络员",
              ("case_number", "employer", "project", "question", "due_on"), "HNEX 16-18; WPR 7", "联合接待分工办理", "due_on"),
    NoticeRow("TASK_ANSWERED", "联合接待交办事项已答复", handlers, "承办监察员",
              ("case_number", "employer", "answer"), "HNEX 16-18", "联合接待分工办理"),
    NoticeRow("TASK_RETURNED", "联合接待交办事项退回补充", agency_of_task, "被交办单位联络员",
              ("case_number", "employer", "reason", "due_on"), "HNEX 16-18", "联合接待分工办理", "due_on"),
    NoticeRow("NOT_AGREED", "联合接待未达成协议", those_who_go_on, "承办监察员；未立案的为监察大队长",
              ("case_number", "employer", "reason"), "XFR 24", "转入受理或继续查处"),
    NoticeRow("DEFAULTED", "联合接待协议到期未履行", those_who_go_on, "承办监察员；未立案的为监察大队长",
              ("case_number", "employer", "owed"), "LSIR 26", "转入受理或继续查处"),
    # inspection
    NoticeRow("ORDER_ISSUED", "已责令用人单位限期支付", complainant, "投诉人",
              ("case_number", "pay_by", "office", "office_phone"), "LSIR 26; HNEX 30", _TOLD),
    NoticeRow("INTENT_TOLD", "拟作出处理决定", complainant, "投诉人",
              ("case_number", "at", "office_phone"), "LSIR 19", _TOLD),
    NoticeRow("DECIDED", "已作出处理决定", complainant, "投诉人",
              ("case_number", "at", "office_phone"), "LSIR 26; HNEX 30", _TOLD),
    NoticeRow("DEMANDED", "已催告用人单位履行", complainant, "投诉人",
              ("case_number", "at", "office_phone"), "ACL 54", _TOLD),
    NoticeRow("ASSISTANCE_ASKED", "协助调查请求", agency_named, "被请求单位联络员",
              ("case_number", "employer", "project", "workers", "owed", "question", "due_on", "paper"),
              "HNEX 17; WPR 41", "调查欠薪案件", "due_on"),
    NoticeRow("ASSISTANCE_ANSWERED", "协助调查已答复", handlers, "承办监察员",
              ("case_number", "employer", "answer"), "HNEX 17", "调查欠薪案件"),
    NoticeRow("SUPERVISION_ORDERED", "督办通知", lambda s: [*squad_leader(s), *handlers(s)], "监察大队长、承办监察员",
              ("case_number", "employer", "overdue", "question", "due_on"), "WPR 4", "督促办理", "due_on"),
    NoticeRow("SUPERVISION_ANSWERED", "督办事项已答复", leaders, "领导",
              ("case_number", "employer", "answer"), "WPR 4", "督促办理"),
    NoticeRow("FILING_CANCELLED", "案件已撤销立案", complainant, "投诉人",
              ("case_number", "reason", "paper", "office_phone"), "HNR 15(2)", _TOLD),
    NoticeRow("CASE_TRANSFERRED", "移送案件", agency_named, "接收单位联络员",
              ("case_number", "employer", "project", "workers", "owed", "reason", "paper"),
              "LSIR 18; HNR 15(6)", "移送有权部门办理", ""),
    NoticeRow("CASE_TRANSFERRED_TOLD", "案件已移送有权单位", complainant, "投诉人",
              ("case_number", "agency", "reason", "office_phone"), "LSIR 18", _TOLD),
    NoticeRow("CLOSED", "案件办理结果", complainant, "投诉人",
              ("case_number", "result", "office", "office_phone"), "WPR 10", _TOLD),
    # police transfer
    NoticeRow("REPORTED", "移送公安待审批", principal_head, "正职（主持工作）负责人",
              ("case_number", "employer", "kind", "owed"), "TRD 5", "三日内决定是否移送"),
    NoticeRow("TRANSFER_SENT", "涉嫌犯罪案件移送书", police, "渑池县公安局",
              ("case_number", "employer", "kind", "workers", "owed", "package", "paper", "handler", "office_phone"),
              "TRD 5, 6; WPR 41", "移送涉嫌犯罪案件"),
    NoticeRow("TRANSFER_COPIED", "涉嫌犯罪案件移送书（抄送）", procuratorate, "渑池县人民检察院",
              ("case_number", "employer", "kind", "package", "paper"), "OP2006; N100", "立案监督"),
    NoticeRow("SUPPLEMENT_ASKED_BY_POLICE", "公安机关要求补充材料", handlers, "承办监察员",
              ("case_number", "missing"), "MPS159 180", "补充移送材料"),
    NoticeRow("SUPPLEMENT_SENT", "补充材料", police, "渑池县公安局",
              ("case_number", "package", "paper"), "MPS159 180", "补充移送材料"),
    NoticeRow("POLICE_DECIDED", "公安机关、检察机关的决定", handlers, "承办监察员",
              ("case_number", "decision", "police_number", "reason"), "TRD 8; MPS159 178", "衔接办理"),
    NoticeRow("RECONSIDERATION_ASKED", "提请复议", police, "渑池县公安局",
              ("case_number", "reason", "paper"), "TRD 9; MPS159 181", "提请复议"),
    NoticeRow("SUPERVISION_SUGGESTED", "立案监督建议", procuratorate, "渑池县人民检察院",
              ("case_number", "employer", "reason", "paper"), "TRD 9", "立案监督"),
    NoticeRow("HANDED_OVER", "移交涉案材料", police, "渑池县公安局",
              ("case_number", "package", "paper", "handler"), "TRD 12", "移交涉案材料"),
    NoticeRow("PAID_AFTER_SENDING", "移送后支付证明",
              lambda s: [*police(s), *procuratorate(s)], "渑池县公安局、渑池县人民检察院",
              ("case_number", "paid_to", "amount_paid", "at"), "SPC3 6; CL 276-1(3)", "支付时间影响定罪量刑"),
)  # fmt: skip


def drafts_for(step: Step) -> list[NoticeDraft]:
    """The notices a step sends, rendered now: one for each row and recipient."""
    drafts = []
    for sends in step.rule.sends:
        if sends.when is None or sends.when(step):
            row = MATRIX[sends.notice]
            drafts += [_draft(row, to, step) for to in row.to(step)]
    return drafts


#: numbers that take a short message
_MOBILE = re.compile(r"1[3-9][0-9]{9}")


def _mobile(to: Person, step: Step) -> str:
    """Where a complainant gets a short message beside his progress page; nobody whose identity is kept apart does."""
    complaints = [i.complaint for i in step.file.intakes] or [step.file.complaint]
    for c in complaints:
        if c is not None and to.ref == f"complaint:{c.public_id}" and not c.identity_kept_apart:
            return c.complainant_phone if _MOBILE.fullmatch(c.complainant_phone or "") else ""
    return ""


def _draft(row: NoticeRow, to: Post | Person, step: Step) -> NoticeDraft:
    root = step.file.root
    values = {name: value for name in row.fields if (value := FIELDS[name][1](step))}
    lines = [f"{FIELDS[name][0]}：{value}" for name, value in values.items()]
    case = _case_of(step)
    return NoticeDraft(
        kind=row.id,
        to=to,
        sender=Post(root.bureau.code, Role.SQUAD_LEADER.value),
        event_ref=str(step.event.public_id),
        subject_ref=f"case:{case.public_id}" if case else f"complaint:{root.public_id}",
        subject_label=case.number if case else "",
        title=row.title,
        text="\n".join([row.title, "", *lines]),
        basis=row.basis,
        purpose=row.purpose,
        posted_at=step.now,
        fields=values,
        answer_due_on=step.inputs.get(row.answer_due) if row.answer_due else None,
        address=_mobile(to, step) if isinstance(to, Person) else "",
    )


def papers_of(step: Step, papers: Sequence[Paper]) -> None:
    """Note the papers a step made, so that its notices and its event can name them."""
    step.facts.setdefault("papers", {}).update({p.kind: p.number for p in papers})
