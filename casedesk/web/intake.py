"""登记投诉: one form for a call, a visit, a letter; the receipt is the answer to the form and stands at no address."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.forms.utils import ErrorDict
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from casedesk.actor import reading_as
from casedesk.web.act_forms import NONE_CHOSEN, inputs_posted, township_choices
from casedesk.web.complaint import hits_shown
from casedesk.web.matters import page_of
from casedesk.web.pages import allow, screen, show
from casedesk.web.receipts import receipt_page, told_again, told_page
from workflows.casefile.complaint import Channel, Complaint
from workflows.errors import InvalidInput, NotPossibleNow, Repeated
from workflows.inbound import Inbound
from workflows.perform import Done, perform
from workflows.procedures.intake_forms import LogForm
from workflows.reading.search import Hit, similar
from workflows.roles import Actor, Role

WHO = (Role.OPERATOR, Role.RECEPTIONIST, Role.INSPECTOR)
#: beside the inputs of the act: which of the two buttons was pressed
BUTTON = frozenset({"register"})


def _read(request: HttpRequest, actor: Actor) -> HttpResponse:
    allow(actor, *WHO)
    return _page(request, actor, _form(initial={"channel": _usual_channel(actor)}))


def _usual_channel(actor: Actor) -> str:
    return Channel.HOTLINE if actor.has(Role.OPERATOR) else Channel.WINDOW


def _form(
    *, data: Any = None, initial: dict[str, Any] | None = None, errors: Mapping[str, list[str]] | None = None
) -> LogForm:
    form = LogForm(data=data, initial=initial)
    form.fields["township"].widget = forms.Select(choices=[NONE_CHOSEN, *township_choices()])
    form.fields["violation_facts"].help_text = _("照来电人的话记，不用归纳。")
    del form.fields["register"]  # the two buttons say it
    if data is not None:
        listed = ErrorDict()
        for name, said in (errors or {}).items():
            listed.setdefault(name if name in form.fields else "__all__", form.error_class()).extend(
                said if name in form.fields or not name else [_repeated_key(name, text) for text in said]
            )
        form._errors = listed  # type: ignore[attr-defined]
    return form


def _repeated_key(name: str, text: str) -> str:
    if name == "Idempotency-Key":
        return _("这份表单刚才已经提交过一次，内容与现在不同。确实要再登记一件的，请再次提交。")
    return f"{name}：{text}"


def _page(
    request: HttpRequest, actor: Actor, form: LogForm, *, hits: list[Hit] | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "idempotency_key": uuid.uuid4().hex,
        "lookup_url": reverse("lookup"),
        "goes_to": {"office": "渑池县劳动保障监察大队", "why": _("登记后由大队长在五个工作日内审查")},
        "draft_button": True,
        "hits": hits_shown(hits or []),
        "same_caller": same_caller(hits or []),
    }
    return show(request, actor, "casedesk/intake.html", context, status=status)


def _write(request: HttpRequest, actor: Actor) -> HttpResponse:
    allow(actor, *WHO)
    typed = inputs_posted(LogForm, request, besides=BUTTON)
    typed["register"] = request.POST.get("register") == "true"
    key = request.POST.get("idempotency_key", "")
    once = Inbound(f"user:{request.user.pk}", key[:120], typed, answer=_answer) if key else None
    try:
        done = perform(None, "log", by=actor, inputs=typed, inbox=once)
    except Repeated as before:
        return _repeated(request, before.answer)
    except (InvalidInput, NotPossibleNow) as wrong:
        errors = wrong.errors if isinstance(wrong, InvalidInput) else {"": wrong.reasons}
        with reading_as(request.user) as reader:
            form = _form(data=request.POST, errors=errors)
            return _page(request, reader, form, hits=_similar(request, reader), status=wrong.status)
    if "receipt_code" in done.told:
        return receipt_page(request, actor, done)
    messages.success(request, _("已存为草稿，时限从收到之时起算；补全后请登记。"))
    return redirect(page_of(done.subject))


def _answer(done: Done) -> dict[str, Any]:
    return {"complaint": str(done.subject.complaint.public_id), "registered": done.subject.state != "draft"}


def _repeated(request: HttpRequest, answer: dict[str, Any]) -> HttpResponse:
    """The same form twice is one complaint: the same receipt, or the draft that stands."""
    complaint = Complaint.objects.get(public_id=answer["complaint"])
    if answer["registered"]:
        told = told_again(complaint, _bare(request, "complainant_phone"), _bare(request, "id_number"))
        if told:
            return told_page(request, complaint, told)
    messages.info(request, _("这份表单刚才已经提交成功，没有重复登记。"))
    return redirect(page_of(complaint))


def _bare(request: HttpRequest, name: str) -> str:
    return "".join(c for c in request.POST.get(name, "") if c.isalnum())


# --- look-up while typing --------------------------------------------------------------------------------------------


def _lookup(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The hits for what stands in the form now; a fragment for htmx, the whole form again without script."""
    allow(actor, *WHO)
    with reading_as(request.user) as reader:
        hits = _similar(request, reader)
        if request.headers.get("HX-Request"):
            context = {"hits": hits_shown(hits), "same_caller": same_caller(hits)}
            return show(request, reader, "casedesk/parts/_lookup.html", context)
        return _page(request, reader, _form(data=request.POST), hits=hits)


def _similar(request: HttpRequest, actor: Actor) -> list[Hit]:
    return similar(
        actor,
        phone=_bare(request, "complainant_phone"),
        employer=request.POST.get("employer_name", "").strip(),
        crew_phone=_bare(request, "crew_leader_phone"),
    )


def same_caller(hits: list[Hit]) -> str:
    """The warning that this caller's matter is open already."""
    mine = [h for h in hits if h.reason.startswith("同一来电号码") and h.open]
    return _("这个号码已有 {n} 件未办结的投诉，请先核对是否同一件事").format(n=len(mine)) if mine else ""


page = screen(_read, _write)
lookup = screen(write=_lookup)
