"""What an operator does with the open form besides registering it: a chase or more lines on an open matter, a
consultation answered, and the draft itself: kept, handed over, taken, thrown away.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from casedesk import drafts
from casedesk.routing import routed
from casedesk.web.act_forms import inputs_posted
from casedesk.web.intake import complaint_of, once, refused_page, typed_inputs
from casedesk.web.intake_typed import AROUND, lines_of
from casedesk.web.lookup import WHO, typed_now
from casedesk.web.matters import complaint_number
from casedesk.web.pages import allow, screen
from casedesk.web.phrases import topic_named
from workflows import clock
from workflows.casefile.complaint import Complaint
from workflows.casefile.file import uuid_of
from workflows.casefile.personal import masked
from workflows.errors import InvalidInput, NotPossibleNow, NotVisible, Repeated
from workflows.inbound import Inbound
from workflows.perform import perform
from workflows.procedures.intake_forms import LogForm
from workflows.reading.access import visible_to
from workflows.reading.lookup import lookup
from workflows.roles import Actor

# --- on an open matter -----------------------------------------------------------------------------------------------


def _target(request: HttpRequest, actor: Actor) -> Complaint:
    """The complaint a button names: one the caller's own number led to, or one the actor may see. Raises NotVisible."""
    named = uuid_of(request.POST.get("complaint", ""))
    if named is None:
        raise NotVisible()
    for match in lookup(actor, typed_now(request)):
        if match.complaint.public_id == named and (match.same_caller or match.seen):
            return match.complaint
    found = visible_to(actor, Complaint).select_related("intake", "case").filter(public_id=named).first()
    if found is None:
        raise NotVisible()
    return found


def _on_open_matter(request: HttpRequest, actor: Actor, act: str, said: str) -> HttpResponse:
    allow(actor, *WHO)
    key = uuid_of(request.POST.get("idempotency_key", ""))
    complaint = _target(request, actor)
    try:
        inputs = _reason(request) if act == "chase" else _lines(request)
        body = {"complaint": str(complaint.public_id), **inputs}
        inbox = Inbound(f"intake {act}", str(key), body, answer=lambda done: {"done": True}) if key else None
        perform(complaint.intake, act, by=actor, inputs=inputs, inbox=inbox)
    except Repeated:
        pass  # pressed twice: it is there once
    except (InvalidInput, NotPossibleNow) as wrong:
        return refused_page(request, wrong, key)
    number = complaint.case.number if complaint.case is not None else complaint_number(complaint)
    return _next_call(request, key, said.format(number=number))


def _reason(request: HttpRequest) -> dict[str, Any]:
    """What was typed, in the words of a chase; the number masked, because events hold no personal text."""
    name = request.POST.get("complainant_name", "").strip()[:60] or "来电人"
    phone = masked(typed_now(request).phone) or "未留号码"
    story = request.POST.get("violation_facts", "").strip()[:3500]
    return {"reason": f"{name}（{phone}）来电催办。{story}"}


def _lines(request: HttpRequest) -> dict[str, Any]:
    lines = lines_of(inputs_posted(LogForm, request, besides=AROUND)["lines"])
    if not lines:
        raise InvalidInput({"lines": [_("还没有录入工资明细")]})
    return {"lines": lines}


def _next_call(request: HttpRequest, key: UUID | None, words: str) -> HttpResponse:
    if key is not None:
        drafts.drop(request.user, key)
    messages.success(request, words)
    return redirect(reverse("intake"))


def _chase(request: HttpRequest, actor: Actor) -> HttpResponse:
    """登记为催办: an act on the open matter with what was typed, never a second case."""
    return _on_open_matter(request, actor, "chase", _("已在 {number} 上登记催办，没有新建投诉。"))


def _add_lines(request: HttpRequest, actor: Actor) -> HttpResponse:
    """追加工资明细: the lines typed go to the open complaint of the same caller."""
    return _on_open_matter(request, actor, "add_lines", _("工资明细已追加到 {number}，没有新建投诉。"))


# --- a consultation --------------------------------------------------------------------------------------------------


def _consult(request: HttpRequest, actor: Actor) -> HttpResponse:
    """咨询: logged and answered in one go; who gives neither name nor number is not asked for them."""
    allow(actor, *WHO)
    key = uuid_of(request.POST.get("idempotency_key", ""))
    topic = topic_named(request.POST.get("topic", ""))
    answer = topic.answer if topic else request.POST.get("answer", "").strip()
    try:
        inputs = typed_inputs(request) | {"register": True}
        story = [topic.text if topic else "", inputs.get("violation_facts", "")]
        inputs["violation_facts"] = "\n".join(part for part in story if part) or "咨询"
        inputs |= {} if inputs.get("complainant_name") else {"anonymous": "true"}
        inputs |= {} if inputs.get("complainant_phone") else {"no_contact": "true"}
        if not answer:
            raise InvalidInput({"": [_("请写明答复内容")]})
        try:
            subject = perform(None, "log", by=actor, inputs=routed(inputs), inbox=once(key, inputs)).subject
        except Repeated as before:
            subject = complaint_of(actor, before.answer).intake
        if subject.state == "registered":
            perform(subject, "answer", by=actor, inputs={"answer": answer})
    except (InvalidInput, NotPossibleNow) as wrong:
        return refused_page(request, wrong, key)
    return _next_call(request, key, _("咨询已登记并答复。请读给来电人：{answer}").format(answer=answer))


# --- the draft -------------------------------------------------------------------------------------------------------


def _save(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Keep what is being typed. JSON for the page's script; without script the button leads to the draft's address."""
    allow(actor, *WHO)
    key = uuid_of(request.POST.get("idempotency_key", ""))
    by_script = request.headers.get("X-Draft") == "1"
    try:
        if key is None:
            raise InvalidInput({"": [_("这个页面太旧了，请刷新后再存")]})
        draft = drafts.keep(request.user, key, _typed(request))
    except (InvalidInput, NotPossibleNow) as wrong:
        if not by_script:
            raise
        return JsonResponse({"reason": wrong.reason}, status=wrong.status)
    address = f"{reverse('intake')}?draft={draft.public_id}"
    if by_script:
        return JsonResponse({"saved": f"{clock.now().astimezone(clock.SHANGHAI):%H:%M:%S}", "address": address})
    messages.success(request, _("草稿已保存，还没有登记。"))
    return redirect(address)


def _typed(request: HttpRequest) -> dict[str, Any]:
    """What stands in the fields of this form, and nothing a page did not offer."""
    known = {*LogForm.base_fields, *AROUND} - {"complaint", "topic", "register"}
    names = [n for n in request.POST if n in known or n.startswith("lines-")]
    found = {name: request.POST.getlist(name) for name in names}
    return {name: values if len(values) > 1 else values[0] for name, values in found.items() if any(values)}


def _offer(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    allow(actor, *WHO)
    to = drafts.colleagues_of(request.user, WHO).filter(officer__public_id=uuid_of(request.POST.get("to", ""))).first()
    if to is None:
        raise NotVisible()
    drafts.offer(request.user, public_id, to)
    messages.success(request, _("已交给{name}，他接手以前仍在您的草稿里。").format(name=to.officer.name))
    return redirect(reverse("intake"))


def _take(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    allow(actor, *WHO)
    draft = drafts.take_over(request.user, public_id)
    return redirect(f"{reverse('intake')}?draft={draft.public_id}")


def _drop(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    allow(actor, *WHO)
    drafts.drop(request.user, public_id)
    messages.success(request, _("草稿已删除。"))
    return redirect(reverse("intake"))


chase = screen(write=_chase)
add_lines = screen(write=_add_lines)
consult = screen(write=_consult)
save = screen(write=_save)
offer = screen(write=_offer)
take = screen(write=_take)
drop = screen(write=_drop)
