"""The sharing matrix (信息共享): which event tells whom what, on which basis, with what duty to answer. Nowhere else.

A notice is rendered from the fields its row lists and from nothing more; the informant's identity is no field. Every
row of rules 6.2 that an act of these procedures can cause is here; `NOT_OURS` says of the others whose they are and
`ON_PAPER` which reach a party as a paper that is served.
"""

from __future__ import annotations

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
from workflows.casefile.receipt import short_message
from workflows.law.limits import display_name
from workflows.roles import Role

Recipients = Callable[[Step], Sequence[Post | Person]]


@dataclass(frozen=True)
class NoticeRow:
    """One row of the matrix.

    `answer_due` names the input that holds the day an answer is expected by; `answer_by` the limits, started by the
    same act, whose last day it is. `short` gives the words of the short message where they are not the usual ones.
    """

    id: str
    title: str
    to: Recipients
    to_label: str
    fields: tuple[str, ...]
    basis: str
    purpose: str
    answer_due: str = ""
    answer_by: tuple[str, ...] = ()
    short: Callable[[Step], str] = lambda step: ""

    @property
    def asks(self) -> bool:
        """Whether it expects an answer by a day."""
        return bool(self.answer_due or self.answer_by)


# --- recipients ------------------------------------------------------------------------------------------------------


def complainant(step: Step) -> Sequence[Person]:
    """The complainant of the complaint at hand, or each accepted complainant of the case."""
    if step.rule.procedure == "intake":
        complaints: list[Complaint] = [step.subject.complaint]
    else:
        complaints = [i.complaint for i in step.file.intakes if i.state in ("accepted", "concluded")]
    return [Person(f"complaint:{c.public_id}", c.called) for c in complaints]


#: the role that opens an agency's mail, where it is not a liaison
_OPENS_MAIL = {"police": Role.POLICE_OFFICER, "procuratorate": Role.PROSECUTOR, "leading_group": Role.LEADER}


def post_of(agency: str) -> Post:
    """The post of another agency that is told and answers for it."""
    return Post(agency, _OPENS_MAIL.get(agency, Role.LIAISON).value)


def police(step: Step) -> Sequence[Post]:
    return [post_of("police")]


def procuratorate(step: Step) -> Sequence[Post]:
    return [post_of("procuratorate")]


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
    """XFR 25: the leading group, the joint conference's office at the petition bureau, the police, our squad leader."""
    return [*leaders(step), post_of("petition"), *police(step), *squad_leader(step)]


def agency_named(step: Step) -> Sequence[Post]:
    """The agency an input names: referred to, asked for assistance, given a task, transferred out to."""
    return [post_of(step.inputs["agency"].code)]


def agencies_named(step: Step) -> Sequence[Post]:
    return [post_of(agency.code) for agency in step.inputs["agencies"]]


def agency_of_task(step: Step) -> Sequence[Post]:
    return [post_of(step.inputs["task"].agency.code)]


def provider(step: Step) -> Sequence[Post]:
    """The agency whose shared data were asked for."""
    return [post_of(step.inputs["data_request"].agency.code)]


def regulator(step: Step) -> Sequence[Post]:
    """The industry regulator named with the facts."""
    return [post_of(step.inputs["regulator"].code)]


def always(agency: str) -> Recipients:
    """One agency, whatever the case."""
    return lambda step: [post_of(agency)]


# --- words of short messages -----------------------------------------------------------------------------------------


def _receipt(step: Step) -> str:
    """The code goes to the mobile number alone, and stands in no row: a blank holds its place until it is sent."""
    return short_message(step.subject.complaint, step.facts["receipt_issue"])


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


def _method(step: Step) -> str:
    return step.inputs["data_request"].get_method_display()


def _answer_by(step: Step) -> str:
    """The last day of the limit that the act started for the answer."""
    days = [date.fromisoformat(last) for _, _, last in step.facts.get("started", ())]
    return _words(min(days)) if days else ""


def _about_limit(step: Step) -> str:
    """The limit an order of supervision names, else what has run out."""
    named = step.inputs.get("limit")
    return f"{display_name(named.rule)}（{named.rule}）" if named else _overdue(step)


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
    "overdue": ("所涉期限", _about_limit),
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
    "credit_code": ("统一社会信用代码", lambda s: case.employer.credit_code if (case := _case_of(s)) else ""),
    "contracting": ("违法发包、转包、分包或者拖欠工程款的事实", lambda s: _told(s, "contracting")),
    "notified": ("通报内容", lambda s: _told(s, "what")),
    "asked": ("原请求事项", lambda s: s.inputs["task"].question),
    "asked_by": ("原答复期限", lambda s: _words(s.inputs["task"].due_on)),
    "wanted": ("需要的数据项", lambda s: s.inputs["data_request"].wanted),
    "scenario": ("使用场景", lambda s: s.inputs["data_request"].scenario),
    "data_basis": ("申请依据", lambda s: s.inputs["data_request"].basis),
    "method": ("使用方式", _method),
    "use_until": ("使用至", lambda s: _words(s.inputs["data_request"].use_until)),
    "answer_by": ("依法应于此日前答复", _answer_by),
    "provider": ("数据提供单位", lambda s: s.inputs["data_request"].agency.name),
    "data_decision": ("答复", lambda s: s.inputs["data_request"].get_decision_display()),
    "correction": ("有疑义的数据", lambda s: s.inputs["data_request"].correction),
    "refusal": ("对方不同意的理由", lambda s: s.inputs["data_request"].decision_reason),
    "complainant": ("申请人", lambda s: s.subject.complaint.called),
    "complainant_phone": ("联系电话（申请人）", lambda s: s.subject.complaint.complainant_phone),
    "help": ("需要的法律援助", lambda s: _told(s, "help")),
    "decision": ("决定", lambda s: s.rule.label),
    "police_number": ("文号", lambda s: _told(s, "number")),
}

# --- the matrix ------------------------------------------------------------------------------------------------------

_TOLD = "告知投诉人"


def _rows(*rows: NoticeRow) -> dict[str, NoticeRow]:
    return {row.id: row for row in rows}


MATRIX: dict[str, NoticeRow] = _rows(
    # intake
    NoticeRow("RECEIPT", "您的投诉已登记", complainant, "留手机号的投诉人（身份单独保管的除外）",
              ("office", "office_phone"), "WPR 10", _TOLD, short=_receipt),
    NoticeRow("ACCEPTED", "您的投诉已受理并立案", complainant, "投诉人",
              ("case_number", "employer", "at", "office", "office_phone"), "HNR 15(1)", _TOLD),
    NoticeRow("UNLICENSED_EMPLOYER", "发现无照经营用人单位", always("market"), "市场监督管理局联络员",
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
    NoticeRow("LEGAL_AID", "法律援助转介", always("legal_aid"), "法律援助中心联络员",
              ("complainant", "complainant_phone", "employer", "project", "help", "office", "office_phone"),
              "WPR 45; LAL 42", "按劳动者申请提供法律援助"),
    NoticeRow("URGENT", "紧急情况报告", urgent_posts, "领导小组、信访局（信访联席办）、公安、监察大队长",
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
    NoticeRow("ILLEGAL_CONTRACTING", "违法发包、转包、分包或者拖欠工程款线索", regulator, "行业主管部门联络员",
              ("case_number", "employer", "project", "workers", "owed", "contracting", "office_phone"),
              "WPR 7, 43", "督办因违法发包、拖欠工程款导致的欠薪"),
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
    NoticeRow("ASSISTANCE_CHASED", "协助调查催办", agency_of_task, "被请求单位联络员",
              ("case_number", "employer", "asked", "asked_by", "reason", "office_phone"), "HNEX 17", "调查欠薪案件"),
    NoticeRow("ASSISTANCE_RETURNED", "协助调查答复退回补充", agency_of_task, "被请求单位联络员",
              ("case_number", "employer", "asked", "reason", "due_on"), "HNEX 17", "调查欠薪案件", "due_on"),
    NoticeRow("CASE_NOTIFIED", "欠薪案件通报", agencies_named, "所选单位联络员（公安、检察为其岗位）",
              ("case_number", "employer", "project", "workers", "owed", "notified", "at", "office", "office_phone"),
              "WPR 7, 43", "案件通报，协同处置"),
    NoticeRow("DATA_REQUESTED", "政务数据共享申请", agency_named, "数据提供单位联络员",
              ("case_number", "employer", "wanted", "scenario", "data_basis", "method", "use_until", "answer_by",
               "office", "office_phone"),
              "DSR 20, 21", "调查欠薪案件", answer_by=("DSR-21", "DSR-21u")),
    NoticeRow("DATA_DECIDED", "共享申请已答复", handlers, "承办监察员",
              ("case_number", "provider", "data_decision", "reason"), "DSR 21", "调查欠薪案件"),
    NoticeRow("DATA_REPLY_EXTENDED", "共享申请答复延期告知", handlers, "承办监察员",
              ("case_number", "provider", "reason"), "DSR 21", "告知申请方"),
    NoticeRow("DATA_PROVIDED", "共享数据已提供", handlers, "承办监察员",
              ("case_number", "provider"), "DSR 22, 25", "调查欠薪案件"),
    NoticeRow("CORRECTION_ASKED", "共享数据校核申请", provider, "数据提供单位联络员",
              ("case_number", "employer", "wanted", "correction", "answer_by", "office_phone"), "DSR 26", "核实共享数据",
              answer_by=("DSR-26",)),
    NoticeRow("CORRECTION_ANSWERED", "共享数据校核已答复", handlers, "承办监察员",
              ("case_number", "provider", "answer"), "DSR 26", "核实共享数据"),
    NoticeRow("DATA_DISPUTED", "政务数据共享争议提请协调", always("data"), "政务服务和大数据管理局联络员",
              ("case_number", "provider", "wanted", "scenario", "refusal", "reason", "office_phone"), "DSR 28",
              "协调共享争议"),
    NoticeRow("PENALTY_COPIED", "行政处罚决定报备", always("city_hrss"), "三门峡市人社局联络员",
              ("case_number", "employer", "paper", "at"), "O25 46", "处罚决定报上级备案"),
    NoticeRow("LISTED", "列入失信联合惩戒名单的决定", always("ndrc"), "发展和改革委员会联络员（信用平台）",
              ("case_number", "employer", "credit_code", "reason", "at"), "O45 9, 10", "归集信用信息"),
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


#: rows of rules 6.2 that no act of these procedures causes, and whose they are
NOT_OURS: tuple[tuple[str, str, str, str], ...] = (
    ("专用账户资金未按约定拨付", "施工总承包单位 → 人社局、行业主管部门", "WPR 27",
     "由开户银行和总承包单位报告，属任务二（工资专用账户）；报来后按投诉登记"),
    ("工地发生集体讨薪", "人社局、行业主管部门", "WPR 29",
     "由建设单位报告，属任务六（各方主体责任）；报来后按投诉登记并可“标为紧急”"),
    ("政府投资项目资金不落实", "本级政府、上级人社部门", "WPR 59",
     "属任务五措施5.3（发展改革委、财政局）；办案中发现拖欠工程款的，随“查清事实”通报行业主管部门"),
    ("移出失信联合惩戒名单", "信用平台、网站、当事人", "O45 17", "名单管理属任务九；本系统只记录列入决定"),
    ("重大违法行为社会公布", "社会公众、信用记录", "O29 5", "属任务九（按季度公布）"),
    ("案件统计报表", "上级人社部门", "O25 46", "按部颁报表定期上报，属任务七措施7.1的统计，不由某个案件的动作引起"),
    ("信访事项转送", "有权处理的单位、信访人", "XFR 22, 23", "由信访局办理；转到本局的按投诉登记"),
    ("欠薪预警信息", "各部门 → 人社局", "WPR 38", "属任务七措施7.2（监控预警平台）"),
)  # fmt: skip

#: what reaches a party as a paper served on it, with proof of service, and not as a notice
ON_PAPER: tuple[tuple[str, str, str, str], ...] = (
    ("责令、事先告知、决定、催告", "用人单位", "LSIR 26; HNEX 30", "文书送达，见“记录送达”"),
    ("使用工资保证金", "经办银行、施工总承包单位", "DEP 19", "《农民工工资保证金支付通知书》；账号只写在给银行的一份上"),
    ("查询账户、财产", "银行、登记机构", "WPR 40", "市级人社局负责人批准后凭其文书查询，见“申请市级批准查询”"),
)  # fmt: skip


def drafts_for(step: Step) -> list[NoticeDraft]:
    """The notices a step sends, rendered now: one for each row and recipient."""
    drafts = []
    for sends in step.rule.sends:
        if sends.when is None or sends.when(step):
            row = MATRIX[sends.notice]
            drafts += [_draft(row, to, step) for to in row.to(step)]
    return drafts


def _mobile(to: Person, step: Step) -> str:
    """Where a complainant gets a short message beside his progress page, if anywhere."""
    complaints = [i.complaint for i in step.file.intakes] or [step.file.complaint]
    for c in complaints:
        if c is not None and to.ref == f"complaint:{c.public_id}":
            return c.mobile
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
        answer_due_on=_answer_day(row, step),
        address=_mobile(to, step) if isinstance(to, Person) else "",
        short=row.short(step),
    )


def _answer_day(row: NoticeRow, step: Step) -> date | None:
    if row.answer_due:
        return step.inputs.get(row.answer_due)
    days = [date.fromisoformat(last) for name, _, last in step.facts.get("started", ()) if name in row.answer_by]
    return days[0] if days else None


def papers_of(step: Step, papers: Sequence[Paper]) -> None:
    """Note the papers a step made, so that its notices and its event can name them."""
    step.facts.setdefault("papers", {}).update({p.kind: p.number for p in papers})
