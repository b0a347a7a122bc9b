"""登记投诉: one form for a call, a visit, a letter; the receipt is the answer to the form and stands at no address.

The id of the open form is its draft's and its Idempotency-Key: sent again after a broken line or by a colleague who
took the draft over, it is one complaint and the same receipt.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.forms.utils import ErrorDict
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from casedesk import drafts
from casedesk.actor import reading_as
from casedesk.routing import proposed, routed
from casedesk.web.act_forms import NONE_CHOSEN, inputs_posted, township_choices
from casedesk.web.intake_typed import AROUND, EVIDENCE, completed, shown_lines
from casedesk.web.lookup import WHO, panel, typed_now
from casedesk.web.matters import page_of
from casedesk.web.pages import allow, screen, show
from casedesk.web.phrases import words_at_hand
from casedesk.web.receipts import receipt_page, told_again, told_page
from workflows.casefile.complaint import Channel, Complaint
from workflows.casefile.file import uuid_of
from workflows.casefile.officers import Agency
from workflows.casefile.parties import Sector
from workflows.errors import InvalidInput, NotPossibleNow, NotVisible, Repeated
from workflows.inbound import Inbound, InboundMessage
from workflows.perform import Done, perform
from workflows.procedures.intake_forms import LogForm
from workflows.procedures.intake_rows import REGULATORS
from workflows.reading.access import visible_to
from workflows.roles import Actor, Role

#: agencies a receptionist's visitors are received by, and a complaint may be meant for
OFFICES = ("bureau", "regulator", "department", "township", "police", "court", "petition")


# --- the form --------------------------------------------------------------------------------------------------------


def _read(request: HttpRequest, actor: Actor) -> HttpResponse:
    allow(actor, *WHO)
    asked = uuid_of(request.GET.get("draft", ""))
    if asked is not None:
        if drafts.registered_as(asked):
            messages.info(request, _("这份登记已经提交。"))
        elif draft := drafts.own(request.user, asked):
            return intake_page(request, actor, typed=restored(draft), key=asked)
        else:
            messages.info(request, _("没有这份草稿：已经提交、删除，或者由同事接手。"))
    initial = {"channel": _usual_channel(actor), "complainant_phone": request.GET.get("tel", "")[:20]}
    return intake_page(request, actor, initial=initial)


def restored(draft: drafts.FormDraft) -> QueryDict:
    """What stood in the fields of a draft, as if posted."""
    typed = QueryDict(mutable=True)
    for name, value in draft.fields.items():
        typed.setlist(name, value if isinstance(value, list) else [value])
    return typed


def _usual_channel(actor: Actor) -> str:
    if actor.has(Role.OPERATOR):
        return Channel.HOTLINE
    return Channel.JOINT_RECEPTION if actor.has(Role.RECEPTIONIST) else Channel.WINDOW


def intake_page(
    request: HttpRequest,
    actor: Actor,
    *,
    typed: Any = None,
    initial: dict[str, Any] | None = None,
    errors: Mapping[str, list[str]] | None = None,
    key: UUID | None = None,
    ask_again: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page: fresh, with a draft, or with what was typed and why it was refused."""
    values = typed if typed is not None else QueryDict()
    key = key or uuid4()
    office, why = goes_to(values.get("industry_sector", ""), values.get("township", ""))
    found = panel(actor, typed_now(request)) if request.method == "POST" else {"matches": [], "same_caller": ""}
    context = {
        "form": _form(typed, initial or {}, errors or {}),
        "idempotency_key": key,
        "typed": values,
        "ask_again": ask_again,
        "goes_to": {"office": office, "why": why},
        "evidence_choices": [(word, label, word in values.getlist("evidence_kinds")) for word, label in EVIDENCE],
        "reception": actor.has(Role.RECEPTIONIST) and not actor.has(Role.OPERATOR),
        "drafts": [d for d in drafts.drafts_of(request.user) if d.public_id != key],
        "colleagues": drafts.colleagues_of(request.user, WHO),
        **words_at_hand(),
        **found,
    }
    return show(request, actor, "casedesk/intake.html", context, status=status)


def goes_to(sector: str, township: str) -> tuple[str, str]:
    """去向: the office a complaint of this sector and township goes to, and why, by the bureau's routing rules."""
    office, basis = proposed(sector, township)
    if basis:
        return office.name, _("按派单规则：{basis}").format(basis=basis)
    return office.name, _("登记后由大队长在五个工作日内审查")


def _form(typed: Any, initial: dict[str, Any], errors: Mapping[str, list[str]]) -> LogForm:
    form = LogForm(data=typed, initial=initial)
    form.fields["lines"] = shown_lines()
    form.fields["township"].widget = forms.Select(choices=[NONE_CHOSEN, *township_choices()])
    form.fields["industry_sector"].widget = forms.RadioSelect(choices=Sector.choices)
    offices = list(Agency.objects.filter(kind__in=OFFICES).values_list("code", "name", "kind"))
    form.fields["destination"].widget = forms.Select(choices=[("", _("按规则")), *((c, n) for c, n, _kind in offices)])
    form.fields["destination_reason"].label = _("改变去向的理由（大队长看得到）")
    form.fields["regulator"].widget = forms.Select(
        choices=[NONE_CHOSEN, *((c, n) for c, n, kind in offices if kind in REGULATORS)]
    )
    form.fields["visit_departments"].widget = forms.CheckboxSelectMultiple(
        choices=[(c, n) for c, n, kind in offices if kind != "township"]
    )
    del form.fields["destination_basis"]  # the rule's own words
    for name in ("complainant_phone", "crew_leader_phone"):
        form.fields[name].widget.attrs["data-phone"] = "1"
    del form.fields["register"]  # the two buttons say it
    for name in ("complainant_phone", "complainant_name", "violation_facts"):
        form.fields[name].required = True  # the mark beside the words; what is required is judged by the act
    form.fields["channel"].required = False  # always chosen
    form.fields["violation_facts"].label = _("通话记录要点")
    form.fields["source_id"].label = _("来访登记号/来源编号")
    if typed is not None:
        listed = ErrorDict()
        for name, said in errors.items():
            listed.setdefault(name if name in form.fields else "__all__", form.error_class()).extend(
                said if name in form.fields or not name else [f"{name}：{text}" for text in said]
            )
        form._errors = listed  # type: ignore[attr-defined]
    return form


def _goes_to(request: HttpRequest, actor: Actor) -> HttpResponse:
    """去向 for what is chosen now; a fragment."""
    allow(actor, *WHO)
    office, why = goes_to(request.POST.get("industry_sector", "")[:20], request.POST.get("township", "")[:12])
    return render(request, "casedesk/parts/_goes_to.html", {"goes_to": {"office": office, "why": why}})


def _lookup(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The hits for what stands in the form now: a fragment for the script, the whole form again without one."""
    allow(actor, *WHO)
    with reading_as(request.user) as reader:
        if request.headers.get("HX-Request"):
            return render(request, "casedesk/parts/_hits.html", panel(reader, typed_now(request)))
        return intake_page(request, reader, typed=request.POST, key=uuid_of(request.POST.get("idempotency_key", "")))


# --- sending it ------------------------------------------------------------------------------------------------------


def _write(request: HttpRequest, actor: Actor) -> HttpResponse:
    allow(actor, *WHO)
    key = uuid_of(request.POST.get("idempotency_key", ""))
    if key is not None and (answer := drafts.registered_as(key)):
        return _repeated(request, actor, answer)
    registering = request.POST.get("register") == "true"
    try:
        inputs = typed_inputs(request) | {"register": registering}
        if registering and request.POST.get("new_anyway") != "true":
            with reading_as(request.user) as reader:
                warned = panel(reader, typed_now(request))["same_caller"]
                if warned and not _just_answered(key):
                    return intake_page(request, reader, typed=request.POST, key=key, ask_again=warned, status=409)
        done = perform(None, "log", by=actor, inputs=routed(inputs), inbox=once(key, inputs))
    except Repeated as before:
        return _repeated(request, actor, before.answer)
    except (InvalidInput, NotPossibleNow) as wrong:
        return refused_page(request, wrong, key)
    if key is not None:
        drafts.drop(request.user, key)
    if "receipt_code" in done.told:
        return receipt_page(request, actor, done)
    messages.success(request, _("来件已记录，时限从收到之时起算；补全后请登记。"))
    return redirect(page_of(done.subject))


def _just_answered(key: UUID | None) -> bool:
    """Whether the case that looks like a second one is this very form, sent twice at once."""
    return key is not None and bool(drafts.registered_as(key))


def typed_inputs(request: HttpRequest) -> dict[str, Any]:
    """The inputs of `log` as typed. Raises InvalidInput."""
    return completed(inputs_posted(LogForm, request, besides=AROUND), request.POST)


def refused_page(request: HttpRequest, wrong: InvalidInput | NotPossibleNow, key: UUID | None) -> HttpResponse:
    """The form again with every word and the reasons."""
    errors = wrong.errors if isinstance(wrong, InvalidInput) else {"": wrong.reasons}
    with reading_as(request.user) as reader:
        return intake_page(request, reader, typed=request.POST, errors=errors, key=key, status=wrong.status)


def once(key: UUID | None, inputs: dict[str, Any]) -> Inbound | None:
    """The registration of a form under its id; None for a form that carries none."""
    return Inbound(drafts.SENDER, str(key), inputs, answer=_answer) if key is not None else None


def _answer(done: Done) -> dict[str, Any]:
    return {"complaint": str(done.subject.complaint.public_id), "registered": done.subject.state != "draft"}


def complaint_of(actor: Actor, answer: dict[str, Any]) -> Complaint:
    """The complaint an answered form became. Raises NotVisible for whom it is not."""
    found = visible_to(actor, Complaint).select_related("intake").filter(public_id=answer["complaint"]).first()
    if found is None:
        raise NotVisible()
    return found


def _repeated(request: HttpRequest, actor: Actor, answer: dict[str, Any]) -> HttpResponse:
    """The same form twice is one complaint: the same receipt, or what stands; later changes are said not to be in."""
    complaint = complaint_of(actor, answer)
    drafts.drop(request.user, UUID(request.POST["idempotency_key"]))
    if _changed_since(request):
        messages.warning(request, _("这份登记先前已经提交成功。之后改动的内容没有记入，请在投诉页修改事实。"))
    else:
        messages.info(request, _("这份登记先前已经提交成功，没有重复登记。"))
    if answer["registered"]:
        told = told_again(complaint, _bare(request, "complainant_phone"), _bare(request, "id_number"))
        if told:
            return told_page(request, complaint, told)
    return redirect(page_of(complaint))


def _changed_since(request: HttpRequest) -> bool:
    """Whether the form now says something else than when it was answered."""
    try:
        inputs = typed_inputs(request) | {"register": request.POST.get("register") == "true"}
    except InvalidInput:
        return True
    key = uuid_of(request.POST.get("idempotency_key", ""))
    stored = InboundMessage.objects.filter(sender=drafts.SENDER, key=str(key)).values_list("fingerprint", flat=True)
    again = once(key, inputs)
    return again is None or list(stored) != [again.fingerprint]


def _bare(request: HttpRequest, name: str) -> str:
    return "".join(c for c in request.POST.get(name, "") if c.isalnum())


page = screen(_read, _write)
where = screen(write=_goes_to)
lookup = screen(write=_lookup)
