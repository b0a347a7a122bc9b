"""What stands behind a receipt code: the public stage with its days, the holder's own outcome, what he may do next.

No name, no number, no amount: a code may be read over somebody's shoulder.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workflows import clock
from workflows.casefile.complaint import Complaint
from workflows.casefile.ledger import LedgerLine, Settled
from workflows.casefile.papers import Paper, PaperKind
from workflows.casefile.receipt import ReceiptCode
from workflows.clocks import Limit
from workflows.law.limits import rule
from workflows.models import Event, Inspection, Intake
from workflows.move import law_limit

STEPS = ("登记", "受理立案", "调查核实", "责令支付", "处理决定", "结案")
HEADLINES = {
    "登记": gettext_lazy("已登记，正在审查是否受理"),
    "受理立案": gettext_lazy("已受理立案"),
    "调查核实": gettext_lazy("正在调查核实"),
    "责令支付": gettext_lazy("已责令用人单位支付"),
    "处理决定": gettext_lazy("正在作出处理决定"),
    "结案": gettext_lazy("已办结"),
    "不予受理": gettext_lazy("不予受理"),
    "转办": gettext_lazy("已转有权单位办理"),
    "撤诉": gettext_lazy("已撤诉"),
    "重复": gettext_lazy("与已登记的投诉合并办理"),
    "并案": gettext_lazy("已并案办理"),
    "撤销立案": gettext_lazy("已撤销立案"),
}
#: what each step means to somebody who has never seen one
MEANS = {
    "登记": gettext_lazy("您的投诉已经登记，正在审查是否受理。"),
    "受理立案": gettext_lazy("监察机构决定立案调查。"),
    "调查核实": gettext_lazy("监察员向用人单位核实工资账目。"),
    "责令支付": gettext_lazy("核实后责令单位限期支付。"),
    "处理决定": gettext_lazy("单位逾期不付的，作出处理决定。"),
    "结案": gettext_lazy("结果会告知您。"),
}
NAMES = {
    "登记": gettext_lazy("登记"), "受理立案": gettext_lazy("受理立案"), "调查核实": gettext_lazy("调查核实"),
    "责令支付": gettext_lazy("责令支付"), "处理决定": gettext_lazy("处理决定"), "结案": gettext_lazy("结案"),
}  # fmt: skip
SETTLED = {
    Settled.PAID: gettext_lazy("您的工资已记录为全部支付。如果您没有收到，请马上打电话告诉我们。"),
    Settled.REDUCED: gettext_lazy("按您签字的书面协议了结。"),
    Settled.UNFOUNDED: gettext_lazy("经调查，您的这项请求没有得到证实。您可以申请劳动仲裁或者向法院起诉。"),
    Settled.WITHDRAWN: gettext_lazy("记录为您已撤回。"),
    Settled.TO_ARBITRATION_OR_COURT: gettext_lazy("您的请求转由劳动仲裁或者法院处理。"),
    Settled.IN_COURT_ENFORCEMENT: gettext_lazy("正在由法院强制执行。"),
    Settled.IN_CRIMINAL_RECOVERY: gettext_lazy("正在刑事案件中追缴。"),
    Settled.UNREACHABLE: gettext_lazy("我们没有联系上您，请打电话给承办单位。"),
}


def progress_of(receipt: ReceiptCode) -> dict[str, Any]:
    """The public stage with the day of each step, for parts of progress.html."""
    complaint = Complaint.objects.select_related("bureau", "case").get(pk=receipt.complaint_id)
    intake = Intake.objects.select_related("referred_to").get(complaint=complaint)
    intake.complaint = complaint
    case = complaint.case
    inspection = Inspection.objects.filter(case=case).first() if case is not None else None
    stage = inspection.stage if inspection is not None and intake.state in ("accepted", "concluded") else intake.stage
    root = {"case": case} if inspection is not None else {"complaint": complaint}
    late = (
        Limit.objects.filter(
            **root, stopped_at=None, due_at__lte=clock.now(), procedure__in=("intake", "inspection")
        )
        .order_by("due_at")
        .first()
    )  # fmt: skip
    days = _days(complaint, case)
    asked = _last(intake, "request_supplement") if intake.state == "supplement_requested" else None
    return {
        "headline": _("已答复") if intake.state == "answered" else HEADLINES.get(stage, stage),
        "updated": max(days.values()),
        "elapsed": _("登记以来 {n} 天").format(n=(clock.today() - days["登记"]).days),
        "steps": _steps(stage, intake, days, over=late is not None),
        "outcome": _outcome(receipt, complaint),
        "answer": intake.answer_text if intake.state == "answered" else "",
        "delay": _late(late) if late is not None else "",
        "remedy": _declined(intake) or _referred(intake),
        "wanted": [str(asked.inputs.get("missing", ""))] if asked is not None else [],
        "wanted_until": intake.supplement_by if asked is not None else None,
        "takes_files": intake.state in Intake.OPEN,
        "office": complaint.bureau.name,
        "address": complaint.bureau.address,
        "phone": complaint.bureau.phone or "12345",
        "supervisor_phone": "12345" if complaint.bureau.phone else "",
    }


def _late(limit: Limit) -> str:
    day = limit.due_on
    return _(
        "这一步的期限到 {month} 月 {day} 日为止，已经超过。您可以打电话询问，也可以拨打 12345 反映。"
    ).format(month=day.month, day=day.day)  # fmt: skip


def _steps(stage: str, intake: Intake, days: dict[str, Any], *, over: bool) -> list[dict[str, Any]]:
    ended = stage == "结案" or intake.state == "answered"
    if stage not in STEPS:
        first = {"label": NAMES["登记"], "when": days["登记"], "text": "", "state": "done", "n": 1}
        end = {
            "label": HEADLINES.get(stage, stage), "when": max(days.values()), "text": "", "state": "current", "n": 2,
        }  # fmt: skip
        return [first, end]
    reached, steps = STEPS.index(stage), []
    for place, name in enumerate(STEPS):
        state = "todo" if place > reached else "done" if place < reached or ended else "over" if over else "current"
        text = MEANS[name] if state != "done" else ""
        steps.append({"label": NAMES[name], "when": days.get(name, ""), "text": text, "state": state, "n": place + 1})
    return steps[:1] if intake.state == "answered" else steps


def _days(complaint: Complaint, case: Any) -> dict[str, Any]:
    """On which legal day each public stage was first reached."""
    days: dict[str, Any] = {"登记": clock.legal_day(complaint.received_at)}
    roots = {"case": case} if case is not None else {"complaint": complaint}
    for event in Event.objects.filter(**roots).order_by("id").only("procedure", "to_state", "at"):
        stages = {"inspection": Inspection.STAGES, "intake": Intake.STAGES}.get(event.procedure, {})
        if case is None or event.procedure == "inspection":
            days.setdefault(str(stages.get(event.to_state) or "登记"), clock.legal_day(event.at))
    return days


def _outcome(receipt: ReceiptCode, complaint: Complaint) -> list[str]:
    """The holder's own result: of the worker a code was issued to, else of the complainant, else of all he named."""
    lines = list(LedgerLine.objects.filter(complaint=complaint).select_related("worker"))
    if receipt.worker_id is not None:
        mine = [x for x in lines if x.worker_id == receipt.worker_id]
    else:
        mine = [x for x in lines if x.worker.name == complaint.complainant_name and complaint.complainant_name] or lines
    return list(dict.fromkeys(_words(mine)))


def _words(lines: Iterable[LedgerLine]) -> Iterable[str]:
    for line in lines:
        if line.settled_how:
            yield str(SETTLED.get(Settled(line.settled_how), Settled(line.settled_how).label))
        elif line.paid > 0:
            yield _("已记录支付了一部分，其余仍在办理。")


def _last(intake: Intake, act: str) -> Event | None:
    return Event.objects.filter(subject=intake.public_id, act=act).order_by("-id").first()


def _declined(intake: Intake) -> dict[str, Any] | None:
    """Why it was not accepted, where to turn, and until when the refusal can be challenged (PAY-15)."""
    if intake.state != "declined":
        return None
    event = _last(intake, "decline")
    reason = (event.reason or str(event.inputs.get("reason", ""))) if event is not None else ""
    notice = Paper.objects.filter(subject=intake.public_id, kind=PaperKind.DECLINE_NOTICE).order_by("-id").first()
    ways = []
    for name, words in (("PAY-15a", _("申请行政复议")), ("PAY-15b", _("提起行政诉讼"))):
        if notice is not None and notice.served_at is not None:
            ways.append({"text": words, "until": law_limit(name, notice.served_at).due_on})
        else:
            within = _("自收到书面通知之日起 {period}内").format(period=rule(name).period)
            ways.append({"text": words, "within": within})
    return {"title": _("为什么没有受理"), "reason": reason, "text": intake.decline_route, "ways": ways}


def _referred(intake: Intake) -> dict[str, Any] | None:
    """Whose matter it is: the office it went to, with address and phone."""
    office = intake.referred_to
    if intake.state != "referred" or office is None:
        return None
    event = _last(intake, "refer")
    reason = (event.reason or str(event.inputs.get("reason", ""))) if event is not None else ""
    answer_by = str(event.inputs.get("by_day", "")) if event is not None else ""
    return {
        "title": _("转到了哪里"), "reason": reason, "text": "", "ways": [], "office": office.name,
        "address": office.address, "phone": office.phone, "answer_by": answer_by,
    }  # fmt: skip
