"""查询进度: a code and its second element show the public stage and nothing about anybody. No sign-in, no script.

The answer to an unknown code and to a wrong one is the same; the code comes by POST, so that it stands at no address.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from casedesk.web.pages import unstored
from workflows import clock
from workflows.casefile.complaint import Complaint
from workflows.casefile.receipt import find
from workflows.clocks import Limit
from workflows.models import Event, Inspection, Intake

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


class CodeForm(forms.Form):
    """What the caller holds."""

    label_suffix = ""
    code = forms.CharField(label=gettext_lazy("回执码"), max_length=40, help_text=gettext_lazy("例如 7K4M-92QF-3"))
    second = forms.CharField(
        label=gettext_lazy("手机号后四位"),
        max_length=12,
        help_text=gettext_lazy("登记时没有留手机号的，填登记时告诉您的四位数字"),
    )

    def __init__(self, *values: Any, **named: Any) -> None:
        super().__init__(*values, **named)
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "off"
        self.fields["second"].widget.attrs["inputmode"] = "numeric"


def page(request: HttpRequest) -> HttpResponse:
    """The form, or what stands behind a code."""
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponseNotAllowed(["GET", "POST"])
    context: dict[str, Any] = {"big": request.GET.get("big") == "1", "today": clock.today()}
    if request.method != "POST":
        return unstored(render(request, "casedesk/progress.html", context | {"form": CodeForm()}))
    form = CodeForm(request.POST)
    receipt = find(form.cleaned_data["code"], form.cleaned_data["second"]) if form.is_valid() else None
    if receipt is None:
        if form.is_valid():
            form.add_error(None, _("没有找到，或者手机号后四位不对。请核对后再试。"))
        return unstored(render(request, "casedesk/progress.html", context | {"form": form}, status=422))
    progress = _progress(receipt.complaint, form.cleaned_data["code"].strip().upper())
    return unstored(render(request, "casedesk/progress.html", context | {"progress": progress}))


def _progress(complaint: Complaint, code: str) -> dict[str, Any]:
    """The public stage with the day of each step; no name, no number, no amount."""
    intake = Intake.objects.select_related("complaint__bureau", "complaint__case").get(complaint=complaint)
    case = intake.complaint.case
    inspection = Inspection.objects.filter(case=case).first() if case is not None else None
    stage = inspection.stage if inspection is not None and intake.state in ("accepted", "concluded") else intake.stage
    root = {"case": case} if inspection is not None else {"complaint": complaint}
    late = Limit.objects.filter(
        **root, stopped_at=None, due_at__lte=clock.now(), procedure__in=("intake", "inspection")
    ).exists()
    days = _days(complaint, case)
    last = max(days.values(), default=clock.legal_day(complaint.received_at))
    steps = []
    reached = STEPS.index(stage) if stage in STEPS else 0
    for n, name in enumerate(STEPS, start=1):
        place = n - 1
        ended = stage == "结案" or intake.state in ("answered",)
        state = "done" if place < reached or (place == reached and ended) else "current" if place == reached else "todo"
        if state == "current" and late:
            state = "over"
        if stage not in STEPS and place > 0:
            break
        steps.append(
            {
                "label": _(name),
                "when": days.get(name, ""),
                "text": "",
                "state": "done" if stage not in STEPS else state,
                "n": n,
            }
        )
    if stage not in STEPS:
        steps.append({"label": stage, "when": last, "text": str(HEADLINES.get(stage, "")), "state": "current", "n": 2})
    elif intake.state == "answered":
        steps = steps[:1]
    bureau = intake.complaint.bureau
    return {
        "code": code,
        "headline": _("已答复") if intake.state == "answered" else HEADLINES.get(stage, stage),
        "updated": last,
        "steps": steps,
        "delay": _("办理时间已超过法定期限，您可以打电话询问，或者向 12345 反映。") if late else "",
        "remedy": {"text": intake.decline_route} if intake.state == "declined" and intake.decline_route else None,
        "office": bureau.name,
        "phone": bureau.phone or "12345",
        "supervisor_phone": "12345" if bureau.phone else "",
    }


def _days(complaint: Complaint, case: Any) -> dict[str, Any]:
    """On which legal day each public stage was first reached."""
    days: dict[str, Any] = {"登记": clock.legal_day(complaint.received_at)}
    if case is not None:
        for event in Event.objects.filter(case=case, procedure="inspection").order_by("id").only("to_state", "at"):
            stage = Inspection.STAGES.get(event.to_state)
            if stage:
                days.setdefault(stage, clock.legal_day(event.at))
    return days
