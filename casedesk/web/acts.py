"""One act on one page: first what will happen, then the form; the POST performs it or asks for its approval.

Typed text survives every refusal: 422 shows each field's error, 409 says who changed what in between. The hidden key
makes a double submission one act.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from casedesk import typed as typed_texts
from casedesk.actor import reading_as
from casedesk.web.act_forms import file_posted, form_shown, inputs_posted, moment_posted
from casedesk.web.act_words import approval_note, effects_of
from casedesk.web.chips import Clocks
from casedesk.web.matters import GRAVE, Matter, act_url, button, matter_of, number_of, page_of, title_of, to_do
from casedesk.web.pages import asked_number, screen, show
from casedesk.web.receipts import receipt_page
from casedesk.web.service_form import mode_of, one_way, ways
from workflows import clock
from workflows.action import Procedure
from workflows.casefile.evidence import Evidence
from workflows.errors import InvalidInput, NotPossibleNow, Repeated
from workflows.inbound import Inbound
from workflows.inputs import Inputs
from workflows.law.instruments import article
from workflows.perform import Done, perform
from workflows.procedures.intake_rows import UPLOAD_SALT
from workflows.procedures.papers import ServiceForm
from workflows.reading.timeline import events_of, label_of
from workflows.request import FromPaper
from workflows.roles import BUREAU_ROLES, OUTSIDE_ROLES, Actor, Role

Typed = dict[str, Any]
#: acts that file what was being typed on the page of their subject
FILED = frozenset({"minutes", "note"})


# --- looking ---------------------------------------------------------------------------------------------------------


def _read(request: HttpRequest, actor: Actor, *, procedure: str, public_id: UUID, act: str) -> HttpResponse:
    return _page(request, matter_of(actor, procedure, public_id, act))


def _page(
    request: HttpRequest,
    matter: Matter,
    *,
    errors: Mapping[str, list[str]] | None = None,
    reasons: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of an act, fresh (GET) or with what was typed."""
    offer, rule = matter.offer, matter.rule
    blocked = list(reasons or _why_not(matter))
    typed = request.POST if request.method == "POST" else None
    clocks = Clocks.read()
    context: dict[str, Any] = {
        "act": {
            "label": to_do(rule.label),
            "procedure": _(matter.subject.LABEL),
            "law": article(rule.law),
            "danger": rule.name in GRAVE,
            "help": _from_paper_help(matter),
        },
        "subject": {
            "title": title_of(matter.root),
            "number": number_of(matter.root),
            "url": _home(matter.actor, matter.subject),
            # whose case it is not sees no clock of it
            "chip": clocks.chip_of(clocks.nearest(matter.file.running))
            if not _from_outside(matter.actor, matter.subject)
            else None,
        },
        "seen_version": matter.root.version,
        "idempotency_key": uuid.uuid4().hex,
        "conflict": _conflict(request, matter) if typed is not None and status == 409 else None,
        "blocked": [] if offer is not None and typed is not None and not reasons else blocked,
        "acts": [button(matter.subject, one) for one in matter.others if one.possible and one.rule.name != matter.act][
            :6
        ],
    }
    if offer is None and typed is not None:
        context["typed"] = _typed(matter, typed)
    if offer is not None and (not blocked or typed is not None):
        form = form_shown(matter, offer.form, typed, errors, named=request.GET)
        context |= {
            "form": form,
            "later": [form[name] for name in form.later],  # type: ignore[attr-defined]
            "later_names": form.later,  # type: ignore[attr-defined]
            "effects": effects_of(rule, matter.file, matter.subject, offer.approval),
            "approval": approval_note(offer),
            "signature": matter.act == "sign",
            "uploads": "file" in form.fields or "scan" in form.fields,
        }
        if issubclass(offer.form, ServiceForm):
            context["ways"] = _ways(request, matter, form)
        if context["conflict"]:
            context["blocked"] = []
    return show(request, matter.actor, "casedesk/action.html", context, status=status)


def _ways(request: HttpRequest, matter: Matter, form: Inputs) -> dict[str, Any]:
    """The form cut down to the chosen way of serving, and the ways to choose from."""
    told = request.POST if request.method == "POST" else request.GET
    mode = mode_of(told)
    one_way(form, mode)
    holder = next((o for o in matter.others if o.rule.name == "add_evidence" and o.possible), None)
    url = act_url(matter.subject, "add_evidence") if holder is not None else ""
    return ways(form, mode, paper=str(told.get("paper", "")), evidence_url=url)


def _typed(matter: Matter, posted: Any) -> list[dict[str, str]]:
    """What was written for an act that is gone: to be copied, not lost."""
    fields = matter.rule.asks.base_fields
    return [
        {"label": str(fields[name].label), "value": posted[name]} for name in fields if posted.get(name, "").strip()
    ]


def _why_not(matter: Matter) -> list[str]:
    if matter.offer is None:
        state = matter.subject.get_state_display()  # type: ignore[attr-defined]
        return [_("当前状态“{state}”下不能“{act}”").format(state=state, act=to_do(matter.rule.label))]
    waiting = matter.requested
    if waiting is not None:
        said = _("{who}已于 {when} 提交过申请，正在等待{role}审批")
        when = f"{clock.legal_day(waiting.requested_at)}"
        return [said.format(who=waiting.requested_by.name, when=when, role=waiting.needed_label)]
    return list(matter.offer.reasons)


def _from_paper_help(matter: Matter) -> str:
    if matter.offer is None or not issubclass(matter.offer.form, FromPaper):
        return ""
    return _("这个动作由其他单位作出：请依据其签发的纸质文书补录，并附扫描件。")


def _from_outside(actor: Actor, subject: Procedure) -> bool:
    """Whether the actor answers for another agency and sees nothing of the case around the act."""
    if actor.has(*BUREAU_ROLES, Role.RECEPTIONIST):
        return False
    return actor.has(Role.LIAISON) or (actor.has(*OUTSIDE_ROLES) and subject.NAME != "police")


def _home(actor: Actor, subject: Procedure) -> str:
    """Where the actor came from and goes back to: the page of the matter, where he may see it."""
    if _from_outside(actor, subject):
        return reverse("inbox")
    if actor.has(Role.LEADER) and not actor.has(*BUREAU_ROLES):
        return reverse("lead")
    return page_of(subject)


def _conflict(request: HttpRequest, matter: Matter) -> dict[str, Any] | None:
    """Who did what on the root since the form was opened; another agency learns only that something changed."""
    if _from_outside(matter.actor, matter.subject):
        return None
    seen = asked_number(request.POST.get("seen_version", ""), 9)
    if seen is None or seen >= matter.root.version:
        return None
    since = [e for e in events_of(matter.root) if e.seq > seen and (e.case or e.complaint) == matter.root]
    if not since:
        return None
    last = since[-1]
    return {"who": last.by_name, "when": last.recorded_at, "changes": [f"{label_of(e)}（{e.by_name}）" for e in since]}


# --- doing -----------------------------------------------------------------------------------------------------------


def _write(request: HttpRequest, actor: Actor, *, procedure: str, public_id: UUID, act: str) -> HttpResponse:
    with reading_as(request.user):
        matter = matter_of(actor, procedure, public_id, act)
        if matter.offer is None:
            return _page(request, matter, status=409)
    form_class = matter.offer.form
    typed = inputs_posted(form_class, request)
    seen = asked_number(request.POST.get("seen_version", ""), 9)
    try:
        at = moment_posted(request)
        seen = _take_files(request, matter, typed, seen)
        done = perform(
            matter.performed_on,
            act,
            by=actor,
            at=at,
            inputs=typed,
            reason="" if "reason" in form_class.base_fields else request.POST.get("reason", "").strip(),
            seen_version=seen,
            inbox=_once(request, matter, typed),
        )
    except Repeated as before:
        messages.info(request, _("这一项刚才已经提交成功，没有重复办理。"))
        return redirect(before.answer["url"])
    except InvalidInput as wrong:
        return _again(request, (procedure, public_id, act), errors=wrong.errors, status=422)
    except NotPossibleNow as not_now:
        return _again(request, (procedure, public_id, act), reasons=not_now.reasons, status=409)
    if act in FILED:
        typed_texts.keep(actor, public_id, "")
    if done.requested is not None:
        messages.success(
            request,
            _("已提交审批：{act}，由{role}审批").format(act=to_do(matter.rule.label), role=done.requested.needed_label),
        )
    elif "receipt_code" in done.told:
        return receipt_page(request, actor, done)
    else:
        messages.success(request, _("已办理：{act}").format(act=to_do(matter.rule.label)))
    return redirect(_after(actor, done))


def _again(request: HttpRequest, address: tuple[str, UUID, str], **why: Any) -> HttpResponse:
    """The page once more, with what was typed, as the matter stands now."""
    with reading_as(request.user) as actor:
        return _page(request, matter_of(actor, *address), **why)


def _once(request: HttpRequest, matter: Matter, typed: Typed) -> Inbound | None:
    key = request.POST.get("idempotency_key", "")
    if not key:
        return None
    body = {
        "act": matter.act,
        "subject": str(matter.performed_on.public_id),
        "inputs": {k: _same_file(v) if k == "file" else v for k, v in typed.items()},
        "at": request.POST.get("at", ""),
        "reason": request.POST.get("reason", ""),
    }
    actor = matter.actor
    return Inbound(f"user:{request.user.pk}", key[:120], body, answer=lambda done: {"url": _after(actor, done)})


def _same_file(token: str) -> str:
    """The hash behind a token: uploaded twice, a file has two tokens."""
    try:
        return str(signing.loads(token, salt=UPLOAD_SALT)["sha256"])
    except signing.BadSignature:
        return token


def _after(actor: Actor, done: Done) -> str:
    """Where to go after an act: the case where there is one."""
    subject = done.subject
    if subject.NAME == "intake" and subject.state == "accepted" and subject.complaint.case is not None:
        return page_of(subject.complaint.case)
    return _home(actor, subject)


def _take_files(request: HttpRequest, matter: Matter, typed: Typed, seen: int | None) -> int | None:
    """Store what was uploaded; the scan of a signed paper joins the evidence first.

    The version to expect afterwards.
    """
    form_class = matter.offer.form  # type: ignore[union-attr]
    if "file" in form_class.base_fields and (token := file_posted(request, "file")):
        typed["file"] = token
    if not issubclass(form_class, FromPaper) or typed.get("scan"):
        return seen
    token = file_posted(request, "scan")
    if not token:
        return seen
    holder = matter.file.inspection
    title = _("{act}：签发文书扫描件").format(act=to_do(matter.rule.label))
    done = perform(holder, "add_evidence", by=matter.actor, inputs={"title": title, "file": token}, seen_version=seen)
    kept = Evidence.objects.filter(case=holder.case, sha256=done.events[-1].facts["evidence"]["sha256"]).latest("id")
    typed["scan"] = str(kept.public_id)
    posted: Any = request.POST.copy()  # what a refused form shows again: the scan chosen, the version after it joined
    posted["scan"], posted["seen_version"] = typed["scan"], str(done.root.version)
    request.POST = posted
    return done.root.version if seen is not None else None


act = screen(_read, _write)
