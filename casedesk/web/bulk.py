"""One act on several cases of a list: first the exact set is named, then each is done for itself with its own answer.

Two steps, both by POST: the chosen rows (or, for paper and sheet, the whole list under its filters) come in and are
shown with count and numbers; the confirmation carries exactly these rows, and for a chase exactly these questions, and
nothing the list or a case may have become since.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from casedesk.actor import reading_as
from casedesk.models import Reading
from casedesk.readings import has_read
from casedesk.sheets import download, workbook
from casedesk.web.chips import Clocks, clock_name
from casedesk.web.matters import next_step
from casedesk.web.pages import allow, screen, show
from casedesk.web.queue import asked_for, list_of
from workflows import clock
from workflows.casefile.case import Case
from workflows.casefile.file import bureau_codes, uuid_of
from workflows.casefile.officers import Officer
from workflows.casefile.tasks import AgencyTask
from workflows.errors import InvalidInput, Refusal, Repeated
from workflows.inbound import Inbound
from workflows.models import Inspection
from workflows.perform import perform
from workflows.reading.access import visible_to
from workflows.reading.queue import LONGEST, Filter, QueueRow, page
from workflows.roles import Actor, Role

#: what can be done with several cases: words, and who may
KINDS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "assign": (gettext_lazy("转派"), (Role.SQUAD_LEADER,)),
    "chase": (gettext_lazy("催办协查"), (Role.INSPECTOR,)),
    "print": (gettext_lazy("打印清单"), ()),
    "export": (gettext_lazy("导出"), ()),
}


@dataclass(frozen=True)
class Answer:
    """What became of one case: done or not, in a sentence."""

    row: QueueRow
    done: bool
    words: str


def _write(request: HttpRequest, actor: Actor, *, name: str) -> HttpResponse:
    kind = request.POST.get("do", "")
    if kind not in KINDS:
        raise InvalidInput({"do": [_("不知道要做什么")]})
    if KINDS[kind][1]:
        allow(actor, *KINDS[kind][1])
    with reading_as(request.user) as reader:
        rows, whole = _chosen(request, reader, name, kind)
        if request.POST.get("confirm") != "1" or not rows:
            return _confirm(request, reader, name, kind, rows, whole=whole)
        if kind in ("print", "export"):
            return _handed_out(request, reader, kind, rows)
        inputs, errors = _inputs(request, kind, rows)
        if errors:
            return _confirm(request, reader, name, kind, rows, whole=whole, errors=errors, status=422)
    answers = [_one(request, actor, kind, row, inputs) for row in rows]
    with reading_as(request.user) as reader:
        context = {
            "label": KINDS[kind][0],
            "answers": answers,
            "done": sum(a.done for a in answers),
            "back_url": _back(request, name),
        }
        return show(request, reader, "casedesk/bulk_done.html", context)


page_of_set = screen(write=_write)


def _chosen(request: HttpRequest, actor: Actor, name: str, kind: str) -> tuple[list[QueueRow], bool]:
    """The rows ticked, as far as the actor may see them; with none ticked the whole list, for what changes nothing."""
    if len(request.POST.getlist("row")) > LONGEST:
        raise InvalidInput({"row": [_("一次最多 {n} 件").format(n=LONGEST)]})
    _kept, wanted = list_of(request, actor, name)
    clocks = Clocks.read()
    asked = tuple(dict.fromkeys(str(one) for text in request.POST.getlist("row") if (one := uuid_of(text))))
    if asked:
        wanted = Filter(everybody=True, only=asked, size=len(asked))
    elif kind in ("assign", "chase"):
        return [], False
    else:
        wanted = replace(wanted, size=LONGEST)
    return page(actor, wanted, clocks.now, clocks.calendar)[: wanted.size], not asked


def _back(request: HttpRequest, name: str) -> str:
    kept, _wanted = asked_for(request.GET, everybody=name == "cases", choose=name == "work")
    said = urlencode({k: v for k, v in kept.items() if v})
    return reverse(name) + (f"?{said}" if said else "")


# --- before ----------------------------------------------------------------------------------------------------------


def _confirm(
    request: HttpRequest,
    actor: Actor,
    name: str,
    kind: str,
    rows: list[QueueRow],
    *,
    whole: bool,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    waiting = _waiting(rows) if kind == "chase" else {}
    context: dict[str, Any] = {
        "kind": kind,
        "label": KINDS[kind][0],
        "rows": [
            {
                "id": row.public_id,
                "number": row.number,
                "employer": row.employer,
                "note": _note(kind, row, waiting),
                "tasks": [task.public_id for task in waiting.get(row.id, [])],
            }
            for row in rows
        ],
        "whole": whole,
        "capped": whole and len(rows) >= LONGEST,
        "key": request.POST.get("key", "")[:40] or uuid.uuid4().hex,
        "inspectors": _inspectors(rows) if kind == "assign" else [],
        "lead": request.POST.get("lead", ""),
        "others": request.POST.getlist("others"),
        "reason": request.POST.get("reason", ""),
        "errors": errors or {},
        "address": reverse("bulk", args=[name]) + (f"?{request.GET.urlencode()}" if request.GET else ""),
        "back_url": _back(request, name),
    }
    return show(request, actor, "casedesk/bulk.html", context, status=status)


def _note(kind: str, row: QueueRow, waiting: dict[int, list[AgencyTask]]) -> str:
    if kind == "chase":
        agencies = "、".join(task.agency.name for task in waiting.get(row.id, []))
        return _("待{agencies}答复").format(agencies=agencies) if agencies else _("没有待答复的协查")
    return str(Inspection.State(row.state).label)


def _waiting(rows: list[QueueRow]) -> dict[int, list[AgencyTask]]:
    """The questions to other agencies that nobody has answered, by case."""
    found: dict[int, list[AgencyTask]] = {}
    tasks = AgencyTask.objects.filter(case__in=[r.id for r in rows], answered_at=None, joint=None)
    for task in tasks.select_related("agency").order_by("id"):
        found.setdefault(task.case_id or 0, []).append(task)
    return found


def _inspectors(rows: list[QueueRow]) -> list[Officer]:
    """Who may be named: inspectors of the cases' bureaus with a certificate valid today."""
    today = clock.today()
    bureaus = {case.bureau for case in Case.objects.filter(pk__in=[r.id for r in rows]).select_related("bureau")}
    codes = {code for bureau in bureaus for code in bureau_codes(bureau)}
    officers = Officer.objects.filter(active=True, roles__contains=[Role.INSPECTOR], agency__code__in=codes)
    return [one for one in officers if one.certified_on(today)]


# --- doing -----------------------------------------------------------------------------------------------------------


def _inputs(request: HttpRequest, kind: str, rows: list[QueueRow]) -> tuple[dict[str, Any], dict[str, str]]:
    if kind == "chase":
        reason = request.POST.get("reason", "").strip()
        return {"reason": reason}, {} if reason else {"reason": _("请写明催办说明")}
    known = {str(one.public_id) for one in _inspectors(rows)}
    lead, others = request.POST.get("lead", ""), [o for o in request.POST.getlist("others") if o in known]
    errors = {}
    if lead not in known:
        errors["lead"] = _("请选择主办监察员")
    if not [o for o in others if o != lead]:
        errors["others"] = _("请另选至少一名协办监察员")
    return {"lead": lead, "others": [o for o in others if o != lead]}, errors


def _one(request: HttpRequest, actor: Actor, kind: str, row: QueueRow, inputs: dict[str, Any]) -> Answer:
    """One case: its own transaction, its own key, its own answer."""
    try:
        with reading_as(request.user):
            inspection = visible_to(actor, Inspection).filter(case=row.id).first()
            named = request.POST.getlist("task")
            waiting = _waiting([row]).get(row.id, []) if kind == "chase" else []
            tasks = [task for task in waiting if str(task.public_id) in named]
        if inspection is None:
            return Answer(row, False, _("没有找到"))
        if kind == "assign":
            first = Inspection.rule_from("assign", inspection.state) is not None
            _act(request, actor, inspection, "assign" if first else "reassign", inputs)
            return Answer(row, True, _("已指派") if first else _("已改派"))
        return _chased(request, actor, row, inspection, tasks, inputs)
    except Repeated:
        return Answer(row, True, _("刚才已经办理，没有重复"))
    except Refusal as refused:
        return Answer(row, False, refused.reason)
    except OperationalError:
        return Answer(row, False, _("系统正忙，这一件没有办理，请稍后再试"))


def _chased(
    request: HttpRequest, actor: Actor, row: QueueRow, subject: Any, tasks: list[AgencyTask], inputs: dict[str, Any]
) -> Answer:
    """Each question of a case for itself: one that is refused, or was chased by the same press, holds up no other."""
    if not tasks:
        return Answer(row, False, _("没有待答复的协查"))
    chased: list[str] = []
    refused: list[str] = []
    new = False
    for task in tasks:
        try:
            _act(request, actor, subject, "chase_agency", inputs | {"task": str(task.public_id)})
            new = True
            chased.append(task.agency.name)
        except Repeated:
            chased.append(task.agency.name)
        except Refusal as refusal:
            refused.append(_("{who}：{why}").format(who=task.agency.name, why=refusal.reason))
    if not new and not refused:
        return Answer(row, True, _("刚才已经办理，没有重复"))
    said = [_("已催办：{who}").format(who="、".join(chased))] if chased else []
    return Answer(row, not refused, "；".join([*said, *refused]))


def _act(request: HttpRequest, actor: Actor, subject: Any, act: str, inputs: dict[str, Any]) -> None:
    key = f"bulk:{request.POST.get('key', '')[:40]}:{subject.public_id}:{inputs.get('task', '')}"
    body = {"act": act, "inputs": inputs}
    once = Inbound(f"user:{request.user.pk}", key, body, answer=lambda done: {"done": True})
    perform(subject, act, by=actor, inputs=inputs, inbox=once)


# --- paper and sheet -------------------------------------------------------------------------------------------------


def _handed_out(request: HttpRequest, actor: Actor, kind: str, rows: list[QueueRow]) -> HttpResponse:
    clocks = Clocks.read()
    what = Reading.What.PRINT if kind == "print" else Reading.What.EXPORT
    for row in rows:
        has_read(request, what, None, about=row.number, subject=row.public_id)
    headings = [
        _("时限"), _("届满日"), _("案号"), _("投诉人"), _("人数"), _("用人单位"), _("项目"), _("乡镇"),
        _("欠薪余额（元）"), _("阶段"), _("下一步"),
    ]  # fmt: skip
    table = [_line(row, clocks) for row in rows]
    title = _("案件清单")
    if kind == "export":
        name = f"{title}_{clocks.today:%Y%m%d}_{len(rows)}.xlsx"
        return download(workbook([(title, headings, table)]), name)
    context = {"title": title, "headings": headings, "table": table, "count": len(rows), "as_of": clocks.now}
    return show(request, actor, "casedesk/bulk_print.html", context)


def _line(row: QueueRow, clocks: Clocks) -> list[Any]:
    chip = clocks.chip(row.rule, row.due_at, row.due_on, paused=bool(row.paused))
    return [
        f"{chip['text']} {clock_name(row.rule)}".strip() if chip else _("无时限"),
        row.due_on,
        row.number,
        row.complainant or "—",
        row.workers,
        row.employer,
        row.project or "",
        row.township or "",
        row.rest,
        Inspection.STAGES[row.state],
        next_step(Inspection, row.state),
    ]
