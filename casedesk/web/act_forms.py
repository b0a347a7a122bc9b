"""The form of an act as a page offers it: pointers as choices of the right rows, when it happened, and files.

The engine reads the same inputs strictly; nothing is decided here. What was typed is handed on as typed and shown
again when it is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.forms.utils import ErrorDict
from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from casedesk.files import BadFile, store
from casedesk.routing import office_for
from casedesk.web.matters import Matter, complaint_number
from workflows import clock
from workflows.casefile.complaint import Complaint
from workflows.casefile.file import bureau_codes
from workflows.casefile.fund import FundUse, Recovery
from workflows.casefile.imports import Import
from workflows.casefile.officers import Agency, Officer, Township
from workflows.casefile.tasks import ReceptionDay
from workflows.errors import InvalidInput
from workflows.inputs import CleanText, Inputs, Moment, Pointer, Rows, RowsWidget
from workflows.law.limits import display_name
from workflows.models import JointReception
from workflows.reading.search import similar
from workflows.record import Event
from workflows.roles import Role

Choices = list[tuple[str, str]]
NONE_CHOSEN = ("", "—")
#: fields of the page around the inputs of an act
LATER = ("at", "reason")
#: what a file field takes; named by kind, so that a phone offers its camera
UPLOADED = "image/jpeg,image/png,application/pdf"
#: what the forms call a reason that is asked for only when an act is recorded late
LATE_REASON = "补录理由"
UPLOADS = {"file": "file", "scan": "scan_upload"}
#: inspectors already on the case, where an act means one of them
ON_CASE = {("report", "second_inspector"), ("request_recusal", "officer")}


# --- the form shown --------------------------------------------------------------------------------------------------


def form_shown(
    matter: Matter,
    form_class: type[Inputs],
    posted: Any = None,
    errors: Mapping[str, list[str]] | None = None,
    *,
    named: Mapping[str, str] | None = None,
) -> Inputs:
    """The form of an act, fresh or with what was typed and why it was refused; `named` rows are chosen beforehand."""
    first = _first_values(matter, form_class, named or {})
    form = form_class(data=posted) if posted is not None else form_class(initial=first)
    for name, field in list(form.fields.items()):
        _dress(matter, form, name, field)
    own = form.fields.get("reason")
    form.later = [  # type: ignore[attr-defined]
        name
        for name in LATER
        if name not in form.fields or (name == "reason" and form.fields[name].label == LATE_REASON)
    ]
    if "at" not in form.fields:
        form.fields["at"] = Moment(
            label=_("办理时间"), required=False, help_text=_("空白为现在；补录以前办理的事才填写")
        )
    if own is None:
        form.fields["reason"] = CleanText(
            label=LATE_REASON, lines=True, required=False, help_text=_("三天以前的事须写明")
        )
        form.fields["reason"].widget.attrs["rows"] = 2
    if "scan" in form.fields:
        form.order_fields(["signer", "at", "scan", "scan_upload"])
    if posted is not None:
        form._errors = _listed(form, errors or {})  # type: ignore[attr-defined]
    return form


def _listed(form: Inputs, errors: Mapping[str, list[str]]) -> ErrorDict:
    listed = ErrorDict()
    for name, said in errors.items():
        key = name if name in form.fields else "__all__"
        words = said if name in form.fields or not name else [_error_elsewhere(name, text) for text in said]
        listed.setdefault(key, form.error_class()).extend(words)
    return listed


def _error_elsewhere(name: str, text: str) -> str:
    if name == "Idempotency-Key":
        return _("这份表单刚才已经提交过一次，内容与现在不同。确实要再办一次的，请再次提交。")
    return text if name == "__all__" else f"{name}：{text}"


def _dress(matter: Matter, form: Inputs, name: str, field: forms.Field) -> None:
    if isinstance(field, Pointer):
        choices = choices_for(matter, field.of, name)
        if field.many:
            field.widget = forms.CheckboxSelectMultiple(choices=choices)
        else:
            field.widget = forms.Select(choices=[NONE_CHOSEN, *choices])
        if not choices and not field.required:
            field.widget = forms.HiddenInput()
    elif isinstance(field, Rows):
        pointed = {n: f for n, f in field.form.base_fields.items() if isinstance(f, Pointer)}
        if pointed:
            told: dict[str, forms.Field] = {}
            for column, pointer in pointed.items():
                choices = choices_for(matter, pointer.of, column)
                told[column] = Pointer(
                    pointer.of, label=pointer.label, widget=forms.Select(choices=[NONE_CHOSEN, *choices])
                )
            field.form = type(f"{field.form.__name__}Shown", (field.form,), {**told})
    elif name == "file":
        field.widget = forms.FileInput(attrs={"accept": UPLOADED})
        field.help_text = _("PDF、PNG 或 JPEG，不超过 20 MB")
    elif name == "into":
        field.help_text = _same_employer(matter)
    if name == "scan":
        field.required = False
        form.fields["scan_upload"] = forms.FileField(
            label=_("或上传扫描件"),
            required=False,
            help_text=_("PDF、PNG 或 JPEG；上传后同时列入证据材料"),
            widget=forms.FileInput(attrs={"accept": UPLOADED}),
        )


def _first_values(matter: Matter, form_class: type[Inputs], named: Mapping[str, str]) -> dict[str, Any]:
    """What is known already: the open lines of the ledger, the only row there is, the row the address names."""
    first: dict[str, Any] = _as_proposed(matter)
    for name, field in form_class.base_fields.items():
        columns = dict(field.columns) if isinstance(field, Rows) else {}
        if "line" in columns:
            lines = [x for x in matter.file.lines if x.open]
            if "verified" in columns:
                if matter.act == "verify_lines":
                    lines = [x for x in lines if x.ordered is None]
                first[name] = [
                    {"line": str(x.public_id), "verified": x.claimed, "months": x.months.normalize()} for x in lines
                ]
            else:
                first[name] = [{"line": str(x.public_id), "amount": ""} for x in lines]
        if isinstance(field, Pointer) and not field.many and field.required and name not in first:
            known = [value for value, _words in choices_for(matter, field.of, name)]
            if len(known) == 1 or named.get(name) in known:
                first[name] = known[0] if len(known) == 1 else named[name]
    return first


def _as_proposed(matter: Matter) -> dict[str, Any]:
    """What is on paper already: the case to join and the agency to refer to as the desk proposed, the day's roster."""
    root = matter.root
    if matter.act == "convene" and isinstance(matter.subject, JointReception):
        return {"present": _roster(matter.subject.reception_day)}
    if not isinstance(root, Complaint):
        return {}
    if matter.act == "accept" and root.join_case is not None:
        return {"into": root.join_case.number}
    if matter.act == "refer":
        office = root.destination or office_for(root.industry_sector, root.township_id or "")[0]
        if office is not None and office.code not in bureau_codes(root.bureau):
            return {"agency": office.code}
    return {}


def _roster(day: ReceptionDay) -> str:
    """Who was ticked as present on the day, by agency; before anybody was, the agencies."""
    there: dict[str, list[str]] = {}
    for officer in day.officers.select_related("agency").order_by("agency_id", "id"):
        there.setdefault(officer.agency.name, []).append(officer.name)
    words = [f"{agency}（{'、'.join(names)}）" for agency, names in there.items()]
    return "、".join(words or [agency.name for agency in day.agencies.all()])[:300]


def _same_employer(matter: Matter) -> str:
    root = matter.root
    name = root.employer_name if isinstance(root, Complaint) else root.employer.name
    cases = dict.fromkeys(h.case.number for h in similar(matter.actor, employer=name) if h.case and h.open)
    cases.pop(getattr(root, "number", ""), None)
    if isinstance(root, Complaint):
        return _("空白为新立案件。") + (
            _("同一单位的在办案件：{cases}").format(cases="、".join(cases)) if cases else ""
        )
    return _("同一单位的在办案件：{cases}").format(cases="、".join(cases)) if cases else _("填写完整案号")


# --- rows to choose from ---------------------------------------------------------------------------------------------


def choices_for(matter: Matter, of: str, field: str) -> Choices:
    """The rows a pointer may name in this matter, each with its words."""
    return _LISTS[of](matter, field)


def _officers(matter: Matter, field: str) -> Choices:
    return [
        (str(o.public_id), o.name)
        for o in _active(matter)
        if o.pk not in {a.officer_id for a in matter.file.assignments}
    ]


def _active(matter: Matter, role: str = "") -> list[Officer]:
    rows = Officer.objects.filter(active=True, agency__code__in=bureau_codes(matter.root.bureau)).order_by("id")
    return list(rows.filter(roles__contains=[role]) if role else rows)


def _inspectors(matter: Matter, field: str) -> Choices:
    if (matter.act, field) in ON_CASE:
        there = [a.officer for a in matter.file.assignments]
        return [(str(o.public_id), o.name) for o in there if matter.act != "report" or o.pk != matter.actor.officer_id]
    day = clock.today()
    return [
        (str(o.public_id), f"{o.name}（{o.certificate if o.certified_on(day) else '无有效执法证件'}）")
        for o in _active(matter, Role.INSPECTOR)
    ]


def _reviewers(matter: Matter, field: str) -> Choices:
    return [(str(o.public_id), o.name) for o in _active(matter, Role.LEGAL_REVIEWER)]


def _agencies(matter: Matter, field: str) -> Choices:
    if matter.act == "decide_lead":
        return [(a.code, a.name) for a in matter.subject.reception_day.agencies.all()]  # type: ignore[attr-defined]
    ours = bureau_codes(matter.root.bureau)
    return [(a.code, a.name) for a in Agency.objects.all() if a.code not in ours]


def _townships(matter: Matter, field: str) -> Choices:
    return township_choices()


def township_choices() -> Choices:
    """Every township of the county."""
    return [(t.code, t.name) for t in Township.objects.all()]


def _evidence(matter: Matter, field: str) -> Choices:
    return [(str(e.public_id), e.title) for e in matter.file.evidence]


def _papers(matter: Matter, field: str) -> Choices:
    if matter.act == "reissue_paper":
        return [(str(p.public_id), str(p)) for p in matter.file.papers if p.procedure == "inspection"]
    return [(str(p.public_id), str(p)) for p in matter.file.papers if p.served_at is None]


def _lines(matter: Matter, field: str) -> Choices:
    return [(str(x.public_id), line_words(x)) for x in matter.file.lines if x.open or matter.act == "record_payment"]


def line_words(line: Any) -> str:
    """A ledger line as an officer tells it apart: worker, period, what is left."""
    period = f" {line.period_from:%Y-%m}—{line.period_to:%Y-%m}" if line.period_from and line.period_to else ""
    return f"{line.worker.name}{period}（尚欠 {line.rest:,.2f} 元）"


def _payments(matter: Matter, field: str) -> Choices:
    named = {x.pk: x.worker.name for x in matter.file.lines}
    undone = {p.corrects_id for p in matter.file.payments}
    return [
        (str(p.public_id), f"{named[p.line_id]} {p.amount:,.2f} 元 {clock.legal_day(p.at)}")
        for p in matter.file.payments
        if p.corrects_id is None and p.pk not in undone
    ]


def _tasks(matter: Matter, field: str) -> Choices:
    joint = matter.subject.pk if matter.subject.NAME == "joint" else None
    back = matter.act in ("return_task", "return_answer")
    rows = [t for t in matter.file.tasks if t.joint_id == joint and t.waiting != back and _sees(matter, t.agency.code)]
    return [(str(t.public_id), f"{t.agency.name}：{t.question[:40]}（{t.due_on} 前）") for t in rows]


def _data_requests(matter: Matter, field: str) -> Choices:
    mine = [r for r in matter.file.data_requests if _sees(matter, r.agency.code)]
    return [(str(r.public_id), f"{r.agency.name}：{r.wanted[:40]}（{r.stage}）") for r in mine]


def _sees(matter: Matter, agency: str) -> bool:
    """The bureau's people choose among all, another agency's among its own."""
    return matter.actor.agency in matter.file.bureau_codes or matter.actor.agency == agency


def _orders(matter: Matter, field: str) -> Choices:
    return [
        (str(o.public_id), f"{o.question[:40]}（{o.due_on} 前）") for o in matter.file.supervision_orders if o.waiting
    ]


def _limits(matter: Matter, field: str) -> Choices:
    running = sorted(matter.file.running, key=lambda x: x.due_at)
    return [(str(x.public_id), f"{display_name(x.rule)}（{x.due_on} 届满）") for x in running]


def _instalments(matter: Matter, field: str) -> Choices:
    visit: Any = matter.subject
    rows = [x for x in visit.instalments.all() if x.paid_at is None and not x.replaced]
    return [(str(x.public_id), f"第 {x.number} 期 {x.amount:,.2f} 元（{x.due_on}）") for x in rows]


def _appointments(matter: Matter, field: str) -> Choices:
    subject: Any = matter.subject
    rows = [x for x in matter.file.running if x.rule == "APPEARANCE" and x.subject == subject.public_id]
    told = Event.objects.filter(public_id__in=[x.started_by for x in rows]).values_list("public_id", "inputs")
    whom = {public_id: inputs.get("person", "") for public_id, inputs in told}
    return [(str(x.public_id), f"{x.due_on} {whom.get(x.started_by, '')}".strip()) for x in rows]


def _complaints(matter: Matter, field: str) -> Choices:
    if matter.act == "split":
        return [(str(c.public_id), f"{c.called} · {complaint_number(c)}") for c in matter.file.complaints]
    mine = matter.file.complaint
    assert mine is not None
    same = similar(
        matter.actor,
        phone=mine.complainant_phone,
        employer=mine.employer_name,
        crew_phone=mine.crew_leader_phone,
        besides=mine.pk,
    )
    return [
        (str(h.complaint.public_id), f"{h.complaint.called} · {h.complaint.employer_name or '单位不详'} · {h.reason}")
        for h in same
        if h.complaint is not None
    ]


def _reception_days(matter: Matter, field: str) -> Choices:
    days = (
        ReceptionDay.objects.filter(Q(day__gte=clock.today())).prefetch_related("agencies").order_by("day", "id")[:30]
    )
    return [(str(d.public_id), f"{d.day} {d.place}（{d.agencies.count()} 个单位）") for d in days]


def _workers(matter: Matter, field: str) -> Choices:
    """The workers of the complaint an act is about."""
    own = matter.file.complaint.pk if matter.file.complaint is not None else None
    return [(str(w.public_id), w.name) for w in matter.file.workers if w.complaint_id == own]


def _fund_uses(matter: Matter, field: str) -> Choices:
    return [
        (str(u.public_id), f"{u.get_kind_display()} {u.amount:,.2f} 元（{u.get_state_display()}，{u.source}）")
        for u in matter.file.fund_uses
        if _USES.get(matter.act, lambda use: True)(u)
    ]


#: the uses of deposit and fund that an act can mean
_USES: dict[str, Callable[[FundUse], bool]] = {
    "record_deposit_paid": lambda u: u.kind == "deposit" and u.state == "granted",
    "record_fund_grant": lambda u: u.kind == "relief" and u.state == "asked",
    "record_fund_paid": lambda u: u.kind == "relief" and u.state == "granted",
    "record_recovery": lambda u: u.rest > 0,
}


def _recoveries(matter: Matter, field: str) -> Choices:
    rows = list(Recovery.objects.filter(use__case=matter.file.case).select_related("use").order_by("id"))
    undone = {r.corrects_id for r in rows}
    return [
        (str(r.public_id), f"{r.use.get_kind_display()} {r.amount:,.2f} 元 {clock.legal_day(r.at)} {r.from_whom}")
        for r in rows
        if r.corrects_id is None and r.pk not in undone
    ]


def _files(kind: str) -> Callable[[Matter, str], Choices]:
    def files(matter: Matter, field: str) -> Choices:
        rows = Import.objects.filter(case=matter.file.case, kind=kind, state=Import.State.READ)
        return [(str(x.public_id), f"{x.file_name}（{clock.legal_day(x.at)}）") for x in rows]

    return files


_LISTS: dict[str, Callable[[Matter, str], Choices]] = {
    "officer": _officers,
    "inspector": _inspectors,
    "reviewer": _reviewers,
    "agency": _agencies,
    "township": _townships,
    "evidence": _evidence,
    "paper": _papers,
    "line": _lines,
    "payment": _payments,
    "task": _tasks,
    "instalment": _instalments,
    "appointment": _appointments,
    "data_request": _data_requests,
    "order": _orders,
    "limit": _limits,
    "complaint": _complaints,
    "worker": _workers,
    "reception_day": _reception_days,
    "fund_use": _fund_uses,
    "recovery": _recoveries,
    "roster": _files("roster"),
    "pay_out": _files("pay_out"),
}


# --- what was posted -------------------------------------------------------------------------------------------------


def inputs_posted(
    form_class: type[Inputs], request: HttpRequest, *, besides: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """The inputs as the engine reads them: lists as lists, rows as rows, everything else as typed.

    Unknown names go on, to be refused.
    """
    posted = request.POST
    inputs: dict[str, Any] = {}
    for name, field in form_class.base_fields.items():
        if isinstance(field, Rows):
            inputs[name] = _rows_posted(field, posted, name)
        elif isinstance(field, Pointer) and field.many:
            inputs[name] = [value for value in posted.getlist(name) if value]
        elif name in posted:
            inputs[name] = posted[name]
    around = {*Inputs.AROUND, *LATER, *UPLOADS.values(), *besides}
    rows = tuple(f"{name}-" for name, field in form_class.base_fields.items() if isinstance(field, Rows))
    for key in posted:
        if key not in inputs and key not in around and not key.startswith(rows):
            inputs[key] = posted[key]
    return inputs


def _rows_posted(field: Rows, posted: Any, name: str) -> list[dict[str, Any]]:
    """Rows with something in them; a line of the ledger with nothing beside it was only offered."""
    offered = {column for column, one in field.columns if isinstance(one, Pointer)}
    widget: forms.Widget = RowsWidget()
    rows = widget.value_from_datadict(posted, MultiValueDict(), name)
    return [row for row in rows if any(str(v).strip() for k, v in row.items() if k not in offered)]


def moment_posted(request: HttpRequest) -> datetime | None:
    """When it happened; None for now. A minute that has just begun is now. Raises InvalidInput on `at`."""
    try:
        at = Moment(required=False).clean(request.POST.get("at", ""))
    except ValidationError as wrong:
        raise InvalidInput({"at": list(wrong.messages)}) from wrong
    if at is not None and timedelta(0) <= clock.now() - at < timedelta(minutes=1):
        return None
    return at


def file_posted(request: HttpRequest, name: str) -> str:
    """The signed token of a file that came with the form, or "". Raises InvalidInput on its field."""
    upload = request.FILES.get(UPLOADS[name])
    if upload is None:
        return ""
    try:
        return store(upload).token
    except BadFile as bad:
        raise InvalidInput({UPLOADS[name]: str(bad)}) from bad
