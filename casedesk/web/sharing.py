"""信息共享 of one case: what was told to whom on which basis with which fields, what was answered, who used it."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from casedesk.readings import What, has_read
from casedesk.uses import How, Use, has_used
from casedesk.web.case import case_seen
from casedesk.web.chips import DAY, Clocks, clock_name
from casedesk.web.pages import allow, screen, show
from notifications.addresses import Way
from notifications.delivery import DeliveryState
from notifications.notice import Notice
from workflows import clock
from workflows.casefile.case import Case
from workflows.casefile.officers import Agency
from workflows.casefile.sharing import DataRequest, SupervisionOrder, UseRecord
from workflows.casefile.tasks import AgencyTask
from workflows.clocks import Limit
from workflows.law.instruments import article
from workflows.notices import FIELDS
from workflows.roles import BUREAU_ROLES, Actor, Role

#: notices of one kind to several, whose receipts are looked at together
BROADCAST = "CASE_NOTIFIED"
COLUMNS = ("时间", "接收人", "事项", "依据", "目的", "字段", "渠道", "签收", "答复")


def _read(request: HttpRequest, actor: Actor, *, name: str) -> HttpResponse:
    allow(actor, *BUREAU_ROLES)
    case = case_seen(actor, name)
    told = [_told(n, _names()) for n in notices_of(case)]
    if request.GET.get("format") == "csv":
        has_used(request, Use(_("信息共享清单"), How.EXPORTED, _("留存备查"), case))
        return _exported(case, told)
    clocks = Clocks.read()
    has_read(request, What.CASE, case)
    requests = list(DataRequest.objects.filter(case=case).select_related("agency"))
    for row in requests:
        if row.provided_at is not None:
            has_used(request, Use(f"{row.agency.name}提供的共享数据", How.READ, row.scenario, case, data_request=row))
    running = {x.about: x for x in Limit.objects.filter(case=case, stopped_at=None).exclude(about=None)}
    context: dict[str, Any] = {
        "case": {"employer": case.employer.name, "number": case.number, "url": reverse("case", args=[case.public_id])},
        "export_url": "?format=csv",
        "broadcasts": _broadcasts(told),
        "agencies": [one for one in told if one["outside"]],
        "inside": [one for one in told if not one["outside"]],
        "tasks": [_task(t, clocks) for t in AgencyTask.objects.filter(case=case).select_related("agency", "joint")],
        "requests": [_request(r, running.get(r.public_id), clocks) for r in requests],
        "orders": orders_shown(SupervisionOrder.objects.filter(case=case).select_related("asked_by"), clocks),
        "uses": [_use(u, _names()) for u in UseRecord.objects.filter(case=case).order_by("-id")[:200]],
    }
    return show(request, actor, "casedesk/sharing.html", context)


def notices_of(case: Case) -> list[Notice]:
    """Everything said about a case and its complaints, in the order it was posted, with its deliveries."""
    refs = [f"case:{case.public_id}", *(f"complaint:{c}" for c in case.complaints.values_list("public_id", flat=True))]
    rows = Notice.objects.filter(subject_ref__in=refs).prefetch_related("deliveries")
    return list(rows.order_by("posted_at", "pk"))


def _names() -> dict[str, str]:
    return dict(Agency.objects.values_list("code", "name"))


def _told(notice: Notice, agencies: dict[str, str]) -> dict[str, Any]:
    """One notice without its words: to whom, on which basis, which fields, how it went."""
    ours = notice.recipient_agency in (notice.sender_agency, "")
    if notice.recipient_agency:
        role = str(Role(notice.recipient_role).label) if notice.recipient_role in Role.values else ""
        to = f"{agencies.get(notice.recipient_agency, notice.recipient_agency)} {role}".strip()
    else:
        to = _("投诉人")  # who it is stands on the case page, for those who may read it
    deliveries = sorted(notice.deliveries.all(), key=lambda d: d.pk)
    return {
        "at": notice.posted_at,
        "to": to,
        "kind": notice.kind,
        "event": notice.event_ref,
        "title": notice.title,
        "basis": article(notice.basis),
        "purpose": notice.purpose,
        "fields": "、".join(FIELDS[name][0] for name in notice.fields if name in FIELDS),
        "channels": "；".join(f"{channel_words(d.channel)} {d.get_state_display()}" for d in deliveries),
        "stuck": any(d.state in (DeliveryState.DEAD, DeliveryState.HELD) for d in deliveries),
        "receipt": _signed(notice),
        "receipted": notice.receipted_at is not None,
        "answer": _answered(notice),
        "asks": notice.answer_due_on is not None,
        "outside": not ours,
    }


def channel_words(name: str) -> str:
    """A channel as people call it."""
    return str(Way(name).label) if name in Way.values else _("系统收件箱")


def _signed(notice: Notice) -> str:
    if notice.receipted_at is None:
        return ""
    return f"{notice.receipt_signer} {notice.receipted_at.astimezone(clock.SHANGHAI):%m-%d %H:%M}"


def _answered(notice: Notice) -> str:
    if notice.answered_at is not None:
        return f"{notice.answer_signer} {notice.answered_at.astimezone(clock.SHANGHAI):%m-%d %H:%M}"
    return _("{day} 前").format(day=notice.answer_due_on) if notice.answer_due_on is not None else ""


def _broadcasts(told: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each 案件通报 with who has signed and who has not."""
    found: dict[str, list[dict[str, Any]]] = {}
    for one in told:
        if one["kind"] == BROADCAST:
            found.setdefault(one["event"], []).append(one)
    return [
        {
            "at": some[0]["at"],
            "signed": [f"{o['to']}（{o['receipt']}）" for o in some if o["receipted"]],
            "unsigned": [o["to"] for o in some if not o["receipted"]],
            "count": len(some),
        }
        for some in found.values()
    ]


def _task(task: AgencyTask, clocks: Clocks) -> dict[str, Any]:
    rule = "TASK_DUE" if task.joint_id is not None else "ANSWER_DUE"
    return {
        "agency": task.agency.name,
        "question": task.question,
        "asked_at": task.asked_at,
        "due_on": task.due_on,
        "chip": clocks.chip(rule, clock.start_of(task.due_on + DAY), task.due_on) if task.waiting else None,
        "answer": task.answer,
        "answered_at": task.answered_at,
        "returned": task.returned_reason,
    }


def _request(row: DataRequest, limit: Limit | None, clocks: Clocks) -> dict[str, Any]:
    return {
        "agency": row.agency.name,
        "wanted": row.wanted,
        "basis": row.basis,
        "scenario": row.scenario,
        "use_until": row.use_until,
        "stage": row.stage,
        "chip": clocks.chip_of(limit),
        "clock_name": clock_name(limit.rule if limit is not None else None),
        "reason": row.decision_reason,
        "provided": row.provided,
        "correction": row.correction_answer,
    }


def orders_shown(orders: Any, clocks: Clocks) -> list[dict[str, Any]]:
    """Supervision orders with their state; the case's page and the leader's show them alike."""
    return [
        {
            "number": o.case.number,
            "employer": o.case.employer.name,
            "question": o.question,
            "about": clock_name(o.about_rule),
            "asked_by": o.asked_by.name,
            "asked_at": o.asked_at,
            "due_on": o.due_on,
            "chip": clocks.chip("SUPERVISION_ANSWER", clock.start_of(o.due_on + DAY), o.due_on) if o.waiting else None,
            "answer": o.answer,
            "answered_at": o.answered_at,
        }
        for o in orders.select_related("case__employer", "asked_by")
    ]


def _use(use: UseRecord, agencies: dict[str, str]) -> dict[str, Any]:
    return {
        "at": use.at,
        "who": use.by_name,
        "agency": agencies.get(use.agency, use.agency),
        "how": use.get_how_display(),
        "what": use.what,
        "purpose": use.purpose,
        "note": use.note,
        "keep_until": use.keep_until,
    }


def _exported(case: Case, told: Sequence[dict[str, Any]]) -> HttpResponse:
    """The list as a sheet: what was shared, never the words themselves."""
    text = io.StringIO()
    sheet = csv.writer(text)
    sheet.writerow(COLUMNS)
    for one in told:
        at = one["at"].astimezone(clock.SHANGHAI)
        row = [f"{at:%Y-%m-%d %H:%M}", one["to"], one["title"], one["basis"], one["purpose"], one["fields"],
               one["channels"], one["receipt"], one["answer"]]  # fmt: skip
        sheet.writerow([f"'{cell}" if cell[:1] in ("=", "+", "-", "@") else cell for cell in row])
    response = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="sharing-{case.public_id.hex[-6:]}.csv"'
    return response


page = screen(_read)
