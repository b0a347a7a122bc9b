"""收件: what was sent to my post: sign for it, answer it by the act that it asks for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from casedesk.actor import reading_as
from casedesk.uses import opened_notices
from casedesk.web.chips import Clocks
from casedesk.web.pages import asked_number, screen, show
from notifications.corrections import KIND as CORRECTION
from notifications.corrections import ask_correction
from notifications.delivery import InboxItem
from notifications.notice import Notice
from notifications.reading import inbox_of
from notifications.receipts import ReceiptRefused, answer, sign_receipt
from notifications.tasks import nudge
from workflows import clock
from workflows.casefile.case import Case
from workflows.casefile.complaint import Complaint
from workflows.casefile.officers import Agency
from workflows.casefile.sharing import DataRequest
from workflows.casefile.tasks import AgencyTask
from workflows.clocks import Limit
from workflows.errors import InvalidInput, NotPossibleNow, NotVisible
from workflows.inputs import CleanText, Inputs
from workflows.law.instruments import article
from workflows.models import Inspection, Intake, PoliceTransfer
from workflows.notices import MATRIX
from workflows.procedures.registry import PROCEDURES
from workflows.reading.access import visible_to
from workflows.reminder_notices import AT_ONCE, DIGEST
from workflows.roles import OUTSIDE_ROLES, Actor, Role

PAGE = 25
DAY = timedelta(days=1)


def _read(request: HttpRequest, actor: Actor) -> HttpResponse:
    clocks = Clocks.read()
    items = _mine(actor)
    chosen = request.GET.get("b", "")
    unsigned = items.filter(notice__receipted_at=None)
    tasks = _waiting(actor)
    narrowed = unsigned if chosen == "new" else items
    before = asked_number(request.GET.get("before", ""), 17)
    if before is not None:
        narrowed = narrowed.filter(pk__lt=before)
    rows = list(narrowed.order_by("-pk")[: PAGE + 1])
    agencies = dict(Agency.objects.filter(code__in={r.notice.sender_agency for r in rows}).values_list("code", "name"))
    pages = _pages(actor, rows[:PAGE])
    total = items.count()
    opened_notices(request, actor, [row.notice for row in rows[:PAGE]])
    context: dict[str, Any] = {
        "title": _("待回复协查") if actor.has("liaison") else _("收件"),
        "subtitle": _("发给本单位的通知"),
        "buckets": [
            {
                "label": _("待签收"),
                "count": unsigned.count(),
                "url": "?b=new",
                "icon": "mail",
                "time": "",
                "current": chosen == "new",
            },
            {"label": _("全部"), "count": total, "url": "?", "icon": "inbox", "time": "", "current": chosen != "new"},
        ],
        "tasks": [
            task | {"chip": clocks.chip(task["rule"], clock.start_of(task["due_on"] + DAY), task["due_on"])}
            for task in tasks
        ],
        "notices": [_notice(row, agencies, pages) for row in rows[:PAGE]],
        "pager": {
            "total": total,
            "next_url": "?" + urlencode({"b": chosen, "before": rows[PAGE - 1].pk}) if len(rows) > PAGE else "",
        },
    }
    return show(request, actor, "casedesk/inbox.html", context)


def _mine(actor: Actor) -> QuerySet[InboxItem]:
    """What lies at the actor's posts; of the inspectors' reminders, each made for one officer, his own."""
    others = Q(notice__kind__in=(AT_ONCE, DIGEST), role=Role.INSPECTOR) & ~Q(
        notice__key__endswith=f"|{actor.public_id}"
    )
    return inbox_of(actor.agency, actor.roles).exclude(others)


def _notice(item: InboxItem, agencies: dict[str, str], pages: dict[str, str]) -> dict[str, Any]:
    notice = item.notice
    row = MATRIX.get(notice.kind)
    lines = {str(n): pages.get(about, "") for n, about in enumerate(_refs(notice)[1:], 1)}
    return {
        "id": notice.public_id,
        "kind": row.purpose if row is not None else notice.purpose,
        "title": notice.title,
        "from": agencies.get(notice.sender_agency, notice.sender_agency),
        "basis": article(notice.basis),
        "posted_at": notice.posted_at,
        "chip": None,
        "state": notice.state,
        "state_label": notice.get_state_display(),
        "text": "",
        "fields": [
            {"label": label, "value": value, "url": lines.get(label, "")} for label, value in told_pairs(notice.text)
        ],
        "attachments": [],
        "url": pages.get(notice.subject_ref, ""),
        "receipt_url": reverse("receipt-sign", args=[notice.public_id]) if notice.receipted_at is None else "",
        "answer_url": reverse("notice-answer", args=[notice.public_id]) if in_words(notice) else "",
        "answer_due": notice.answer_due_on is not None,
        "correct_url": reverse("notice-correct", args=[notice.public_id]) if from_another(notice) else "",
        "proof_url": reverse("proof", args=[notice.public_id]),
        "answered": {"who": notice.answer_signer, "at": notice.answered_at, "text": notice.answer_text}
        if notice.answered_at
        else None,
        "signed": {"who": notice.receipt_signer, "at": notice.receipted_at, "digest": notice.receipt_sha256}
        if notice.receipted_at
        else None,
    }


def _refs(notice: Notice) -> list[str]:
    """What a notice is about, and after it what each line of a digest is about."""
    return [notice.subject_ref, *(item.get("subject", "") for item in notice.fields.get("items", ()))]


def told_pairs(text: str) -> list[tuple[str, str]]:
    """The frozen words as pairs: the matrix writes one field a line, a story may run over several."""
    pairs: list[tuple[str, str]] = []
    for line in text.split("\n")[2:]:
        label, colon, value = line.partition("：")
        if colon and len(label) <= 12:
            pairs.append((label, value))
        elif pairs and line:
            pairs[-1] = (pairs[-1][0], f"{pairs[-1][1]}\n{line}")
    return pairs


def _pages(actor: Actor, rows: list[InboxItem]) -> dict[str, str]:
    """Addresses of what the notices and the lines of a digest are about, where the reader may see it."""
    wanted: dict[str, set[str]] = {}
    for about in {ref for row in rows for ref in _refs(row.notice)}:
        kind, _colon, public_id = about.partition(":")
        wanted.setdefault(kind, set()).add(public_id)
    found = {}
    for kind, model in (("case", Case), ("complaint", Complaint), ("transfer", PoliceTransfer)):
        if kind in wanted:
            rows_seen = visible_to(actor, model).filter(public_id__in=wanted[kind])
            for seen in rows_seen.values_list("public_id", flat=True):
                found[f"{kind}:{seen}"] = reverse(kind, args=[seen])
    return found


# --- what my agency owes an answer to --------------------------------------------------------------------------------


def _waiting(actor: Actor) -> list[dict[str, Any]]:
    """Referrals, requests for assistance and tasks of joint receptions that wait for my agency, nearest day first."""
    if not actor.has(*OUTSIDE_ROLES):
        return []
    shown: list[dict[str, Any]] = []
    rows = AgencyTask.objects.filter(agency__code=actor.agency, answered_at=None).select_related(
        "case__employer", "complaint", "joint"
    )
    inspections = dict(
        Inspection.objects.filter(case__in=[t.case_id for t in rows]).values_list("case_id", "public_id")
    )
    for task in rows:
        if task.joint is not None:
            links = [_link(_("答复"), "joint", task.joint.public_id, "answer_task", primary=True)]
        elif task.case_id in inspections:
            links = [_link(_("答复"), "inspection", inspections[task.case_id], "answer_agency", primary=True)]
        else:
            links = []
        employer = (
            task.case.employer.name if task.case is not None else task.complaint.employer_name if task.complaint else ""
        )
        shown.append(
            {
                "rule": "TASK_DUE" if task.joint is not None else "ANSWER_DUE",
                "title": _("联合接待交办") if task.joint is not None else _("协助调查"),
                "employer": employer,
                "number": task.case.number if task.case is not None else "",
                "question": task.question,
                "returned": task.returned_reason,
                "due_on": task.due_on,
                "acts": links,
            }
        )
    shown += _data_owed(actor)
    referred = Intake.objects.filter(Q(state=Intake.State.REFERRED), referred_to__code=actor.agency).select_related(
        "complaint"
    )
    days = _answer_days([i.public_id for i in referred])
    for intake in referred:
        shown.append(
            {
                "rule": "REFERRAL_ANSWER",
                "title": _("转办投诉"),
                "employer": intake.complaint.employer_name,
                "number": "",
                "question": intake.complaint.violation_facts,
                "returned": "",
                "due_on": days.get(intake.public_id) or clock.today(),
                "acts": [
                    _link(_("反馈办理结果"), "intake", intake.public_id, "report_result", primary=True),
                    _link(_("退回"), "intake", intake.public_id, "send_back"),
                ],
            }
        )
    return sorted(shown, key=lambda one: one["due_on"])


def _data_owed(actor: Actor) -> list[dict[str, Any]]:
    """Shared data my agency was asked for: to decide on, to provide, to check."""
    rows = [
        r
        for r in DataRequest.objects.filter(agency__code=actor.agency).select_related(
            "case__employer", "case__inspection"
        )
        if r.waiting
    ]
    limits = dict(
        Limit.objects.filter(about__in=[r.public_id for r in rows], stopped_at=None).values_list("about", "rule")
    )
    days = dict(
        Limit.objects.filter(about__in=[r.public_id for r in rows], stopped_at=None).values_list("about", "due_on")
    )
    shown = []
    for row in rows:
        if row.undecided:
            words = [(_("答复"), "decide_data_request"), (_("延期"), "extend_data_reply")]
        else:
            words = [(_("答复校核"), "answer_correction")] if row.to_correct else [(_("提供"), "provide_data")]
        subject = row.case.inspection.public_id
        shown.append(
            {
                "rule": limits.get(row.public_id, "DSR-21"),
                "title": _("共享数据申请（{stage}）").format(stage=row.stage),
                "employer": row.case.employer.name,
                "number": row.case.number,
                "question": row.correction if row.to_correct else row.wanted,
                "returned": "",
                "due_on": days.get(row.public_id) or clock.today(),
                "acts": [
                    _link(label, "inspection", subject, act, primary=not n) for n, (label, act) in enumerate(words)
                ],
            }
        )
    return shown


def _answer_days(subjects: list[UUID]) -> dict[UUID, Any]:
    rows = Limit.objects.filter(subject__in=subjects, rule="REFERRAL_ANSWER", stopped_at=None)
    return dict(rows.values_list("subject", "due_on"))


def _link(label: str, procedure: str, public_id: UUID, act: str, *, primary: bool = False) -> dict[str, Any]:
    return {
        "label": label,
        "url": reverse("act", args=[procedure, public_id, act]),
        "possible": True,
        "primary": primary,
        "icon": "",
    }


# --- signing ---------------------------------------------------------------------------------------------------------


def _sign(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    with reading_as(request.user):
        item = _mine(actor).filter(notice=public_id).first()
        if item is None:
            raise NotVisible()
    try:
        with transaction.atomic():
            sign_receipt(
                item.notice,
                signer_name=actor.name,
                agency=actor.agency,
                actor_ref=f"officer:{actor.public_id}",
                at=clock.now(),
            )
    except ReceiptRefused as refused:
        raise NotPossibleNow(_("这份通知已由他人签收，或者内容与发出时不一致")) from refused
    messages.success(request, _("已签收：{title}").format(title=item.notice.title))
    return redirect("inbox")


# --- answering in words, asking for a correction ----------------------------------------------------------------------

#: notices that an act answers: the question is closed by it, never by words alone
ANSWERED_BY_ACTS = frozenset(
    kind for procedure in PROCEDURES.values() for rule in procedure.rules() for kind in rule.answers
)


def from_another(notice: Notice) -> bool:
    """Whether another agency sent it; to one's own office one simply speaks."""
    return notice.sender_agency != notice.recipient_agency


def in_words(notice: Notice) -> bool:
    """Whether words are an answer to it: another agency's notice, unanswered, that no act answers."""
    return from_another(notice) and notice.answered_at is None and notice.kind not in {*ANSWERED_BY_ACTS, CORRECTION}


class WordsForm(Inputs):
    """An answer in words, or what should be corrected and why."""

    text = CleanText(label=gettext_lazy("内容"), lines=True, max_length=1000)


def _sent_to_me(request: HttpRequest, actor: Actor, public_id: UUID) -> Notice:
    with reading_as(request.user):
        item = _mine(actor).filter(notice=public_id).first()
    if item is None:
        raise NotVisible()
    return item.notice


def _words(request: HttpRequest) -> str:
    form = WordsForm.read({"text": request.POST.get("text", "")})
    if not form.is_valid():
        raise InvalidInput({name: [str(one) for one in said] for name, said in form.errors.items()})
    return str(form.cleaned_data["text"])


def _answer(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    notice = _sent_to_me(request, actor, public_id)
    text = _words(request)
    if not in_words(notice):
        raise NotPossibleNow(_("这份通知已经答复，或者须办理相应的动作来答复"))
    try:
        answer(
            notice,
            text=text,
            agency=actor.agency,
            signer_name=actor.name,
            actor_ref=f"officer:{actor.public_id}",
            at=clock.now(),
        )
    except ReceiptRefused as refused:
        raise NotPossibleNow(_("这份通知已经答复")) from refused
    messages.success(request, _("已答复：{title}").format(title=notice.title))
    return redirect("inbox")


def _correct(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    notice = _sent_to_me(request, actor, public_id)
    reason = _words(request)
    if not from_another(notice):
        raise NotPossibleNow(_("这是本单位发出的通知"))
    ask_correction(notice, reason=reason, signer_name=actor.name, at=clock.now())
    nudge()
    messages.success(request, _("已请发出单位更正：{title}").format(title=notice.title))
    return redirect("inbox")


page = screen(_read)
sign = screen(write=_sign)
answer_in_words = screen(write=_answer)
correct = screen(write=_correct)
