"""Files of rosters and bank pay-outs: hand one in, look at every row's verdict, confirm. Nothing is written before.

A large file is read by a worker while the page asks for progress; a small one at once. Confirming is one act.
"""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from casedesk.actor import reading_as
from casedesk.files import plain_name
from casedesk.previews import beside, counts_of, row_shown
from casedesk.web.case import opened
from casedesk.web.matters import Matter, matter_of, page_of, seen
from casedesk.web.pages import add_refused, allow, asked_number, screen, show
from workflows.casefile.case import Case
from workflows.casefile.imports import LARGEST, Encoding, Import, ImportKind, ImportRow
from workflows.errors import InvalidInput, NotPossibleNow, NotVisible, PermissionDenied, Repeated
from workflows.inbound import Inbound
from workflows.inputs import Money
from workflows.ledger_export import ledger_book, reconciliation_book
from workflows.perform import perform
from workflows.procedures.import_rows import reconciled
from workflows.procedures.inspection_forms import PaymentForm
from workflows.roles import BUREAU_ROLES, Actor
from workflows.taking_in import AT_ONCE, hand_in, read_import
from workflows.tasks import wake_readers

#: rows of a preview on one page
SHOWN = 100
ACTS = {ImportKind.ROSTER: "import_roster", ImportKind.PAY_OUT: "record_pay_out"}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class UploadForm(forms.Form):
    """A table and how it is to be read."""

    file = forms.FileField(
        label=gettext_lazy("文件"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.txt"}),
        help_text=gettext_lazy("Excel（.xlsx）或 csv，不超过 20 MB、两万行"),
    )
    encoding = forms.ChoiceField(
        label=gettext_lazy("csv 的文字编码"),
        choices=Encoding.choices,
        help_text=gettext_lazy("Excel 文件不用选；从 Excel 另存的 csv 通常是 GB18030"),
    )
    sheet = forms.CharField(
        label=gettext_lazy("工作表"), required=False, max_length=40, help_text=gettext_lazy("空白为第一张可见的工作表")
    )
    rate = Money(
        label=gettext_lazy("统一日工资（元）"),
        required=False,
        help_text=gettext_lazy("考勤表没有单价列时，按此计算应发"),
    )


# --- handing in ------------------------------------------------------------------------------------------------------


def _new(request: HttpRequest, actor: Actor, *, public_id: UUID, kind: str) -> HttpResponse:
    return _upload_page(request, actor, _matter(actor, _case(actor, public_id), kind), kind, _form(kind))


def _form(kind: str, *given: Any) -> UploadForm:
    form = UploadForm(*given)
    if kind == ImportKind.PAY_OUT:
        del form.fields["rate"]
    return form


def _case(actor: Actor, public_id: UUID) -> Case:
    case: Case = seen(actor, Case, public_id)
    return case


def _matter(actor: Actor, case: Case, kind: str) -> Matter:
    """The import as the actor's act on this case. Raises PermissionDenied, NotVisible, NotPossibleNow."""
    if kind not in ImportKind.values or not hasattr(case, "inspection"):
        raise NotVisible()
    matter = matter_of(actor, "inspection", case.inspection.public_id, ACTS[ImportKind(kind)])
    if matter.offer is None:
        raise NotPossibleNow(_("案件已结束，不能导入"))
    return matter


def _upload_page(
    request: HttpRequest, actor: Actor, matter: Matter, kind: str, form: forms.Form, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "title": ImportKind(kind).label,
        "kind": kind,
        "back_url": page_of(matter.root) + "#ledger",
        "subject": {"title": matter.root.employer.name, "number": matter.root.number},  # type: ignore[union-attr]
        "earlier": _earlier(matter.root, kind),
    }
    return show(request, actor, "casedesk/import_new.html", context, status=status)


def _earlier(case: Any, kind: str) -> list[dict[str, Any]]:
    return [
        {"name": x.file_name, "state": x.get_state_display(), "at": x.at, "url": reverse("import", args=[x.public_id])}
        for x in Import.objects.filter(case=case, kind=kind)[:20]
    ]


def _hand_in(request: HttpRequest, actor: Actor, *, public_id: UUID, kind: str) -> HttpResponse:
    with reading_as(request.user):
        case = _case(actor, public_id)
        _matter(actor, case, kind)
    form = _form(kind, request.POST, request.FILES)
    upload = request.FILES.get("file")
    if upload is not None and (upload.size or 0) > LARGEST:
        form.add_error("file", _("文件超过 20 MB"))
    if form.is_valid() and upload is not None:
        told = form.cleaned_data
        rate: Decimal | None = told.get("rate")
        try:
            one = hand_in(
                case, actor.officer_id or 0, kind, upload, plain_name(upload.name or ""),  # type: ignore[arg-type]
                encoding=told["encoding"], sheet=told["sheet"].strip(), rate=rate,
            )  # fmt: skip
        except InvalidInput as wrong:
            add_refused(form, wrong)
        else:
            if one.size <= AT_ONCE:
                read_import(one.pk)
            else:
                wake_readers()
            return redirect("import", public_id=one.public_id)
    with reading_as(request.user) as reader:
        return _upload_page(request, reader, _matter(reader, _case(reader, public_id), kind), kind, form, 422)


# --- looking ---------------------------------------------------------------------------------------------------------


def _found(actor: Actor, public_id: UUID) -> tuple[Import, Matter]:
    one = Import.objects.filter(public_id=public_id).select_related("case", "officer").first()
    if one is None:
        raise NotVisible()
    try:
        return one, _matter(actor, _case(actor, one.case.public_id), one.kind)
    except PermissionDenied:
        raise
    except NotPossibleNow:
        raise


def _look(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    one, matter = _found(actor, public_id)
    return _look_page(request, actor, one, matter)


def _look_page(
    request: HttpRequest, actor: Actor, one: Import, matter: Matter, *,
    errors: list[str] | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    context: dict[str, Any] = {
        "one": one,
        "progress": _progress_words(one),
        "back_url": page_of(matter.root) + "#ledger",
        "subject": {"title": matter.root.employer.name, "number": matter.root.number},  # type: ignore[union-attr]
        "again_url": reverse("import-new", args=[one.case.public_id, one.kind]),
        "take_url": reverse("import-take", args=[one.public_id]),
        "seen_version": matter.root.version,
        "idempotency_key": uuid.uuid4().hex,
        "errors": errors or [],
    }
    if one.state in (Import.State.READ, Import.State.TAKEN):
        counts = counts_of(one)
        context |= {"counts": counts, "usable": counts["good"] + counts["warned"]}
        context |= _preview(request, one, counts) if one.kind == ImportKind.ROSTER else _beside(one, matter)
    return show(request, actor, "casedesk/import.html", context, status=status)


def _progress_words(one: Import) -> dict[str, Any]:
    share = min(100, one.rows_seen * 100 // one.rows_total) if one.rows_total else 0
    return {
        "waiting": one.state == Import.State.WAITING,
        "seen": one.rows_seen,
        "total": one.rows_total,
        "share": share,
        "url": reverse("import-progress", args=[one.public_id]),
    }


def _preview(request: HttpRequest, one: Import, counts: dict[str, int]) -> dict[str, Any]:
    """The rows of a roster, those that cannot be taken first; personal numbers masked."""
    wanted = request.GET.get("v", "")
    if wanted not in counts:
        wanted = "bad" if counts["bad"] else "warned" if counts["warned"] else "good"
    start = asked_number(request.GET.get("from", ""), 7) or 0
    rows = list(one.rows.filter(verdict=wanted, number__gte=start)[: SHOWN + 1])
    here = reverse("import", args=[one.public_id])
    labels = dict(ImportRow.Verdict.choices)
    icons = {"good": "circle-check", "warned": "triangle-alert", "bad": "x", "left_out": "circle-dot"}
    return {
        "buckets": [
            {"label": labels[v], "count": counts[v], "url": f"{here}?v={v}", "icon": icons[v], "time": _time(v),
             "current": v == wanted}
            for v in ImportRow.Verdict.values
        ],
        "rows": [row_shown(row) for row in rows[:SHOWN]],
        "pager": {
            "total": counts[wanted],
            "next_url": f"{here}?v={wanted}&from={rows[SHOWN].number}" if len(rows) > SHOWN else "",
            "previous_url": f"{here}?v={wanted}" if start else "",
        },
    }  # fmt: skip


def _time(verdict: str) -> str:
    return {"bad": "over", "warned": "soon"}.get(verdict, "")


def _beside(one: Import, matter: Matter) -> dict[str, Any]:
    """A bank's file beside the ledger."""
    return beside(one, reconciled(matter.file, one), SHOWN) | {
        "payers": PaymentForm.PAYERS,
        "export_url": reverse("import-export", args=[one.public_id]),
    }


def _progress(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    """The fragment the page asks for while the file is read; when it is read the page comes anew."""
    one, _matter_here = _found(actor, public_id)
    if one.state != Import.State.WAITING:
        response = HttpResponse(status=200)
        response["HX-Refresh"] = "true"
        return response
    wake_readers()  # a reader that died is followed by another once its lease has run out
    return render(request, "casedesk/parts/_import_progress.html", {"progress": _progress_words(one)})


# --- confirming ------------------------------------------------------------------------------------------------------


def _take(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    with reading_as(request.user):
        one, matter = _found(actor, public_id)
    seen_version = asked_number(request.POST.get("seen_version", ""), 9)
    if one.kind == ImportKind.ROSTER:
        inputs: dict[str, Any] = {
            "roster": str(one.public_id),
            "without_bad": request.POST.get("without_bad") == "true",
        }
    else:
        accepted = [{"row": n} for n in request.POST.getlist("accepted") if n]
        inputs = {
            "pay_out": str(one.public_id), "payer": request.POST.get("payer", ""), "accepted": accepted,
        }  # fmt: skip
    key = request.POST.get("idempotency_key", "")[:120]
    answer = {"url": page_of(matter.subject)}
    once = Inbound(f"user:{request.user.pk}", key, inputs, answer=lambda done: answer) if key else None
    try:
        done = perform(
            matter.subject, matter.act, by=actor, inputs=inputs, inbox=once,
            seen_version=seen_version,
        )  # fmt: skip
    except Repeated:
        messages.info(request, _("这一项刚才已经提交成功，没有重复办理。"))
        return redirect(answer["url"] + "#ledger")
    except (InvalidInput, NotPossibleNow) as refused:
        said = (
            [t for texts in refused.errors.values() for t in ([texts] if isinstance(texts, str) else texts)]
            if isinstance(refused, InvalidInput)
            else list(refused.reasons)
        )
        with reading_as(request.user) as reader:
            one, matter = _found(reader, public_id)
            return _look_page(request, reader, one, matter, errors=said, status=refused.status)
    facts = done.events[-1].facts
    if one.kind == ImportKind.ROSTER:
        words = _("已导入 {n} 笔明细，合计 {total} 元").format(
            n=facts["import"]["lines"], total=facts["import"]["claimed"]
        )
    else:
        words = _("已记录 {n} 行支付，合计 {total} 元").format(n=facts["import"]["rows"], total=facts["paid"])
    messages.success(request, words)
    return redirect(answer["url"] + "#ledger")


# --- workbooks -------------------------------------------------------------------------------------------------------


def _export(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    """The whole ledger of a case, for the bureau's own people."""
    allow(actor, *BUREAU_ROLES)
    case: Case = seen(actor, Case, public_id)
    return _book(ledger_book(opened(case)), _("工资台账 {number}.xlsx").format(number=case.number))


def _export_reconciled(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    one, matter = _found(actor, public_id)
    if one.kind != ImportKind.PAY_OUT or one.state == Import.State.WAITING:
        raise NotVisible()
    content = reconciliation_book(one, reconciled(matter.file, one))
    return _book(content, _("发放核对 {number}.xlsx").format(number=one.case.number))


def _book(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response["X-Content-Type-Options"] = "nosniff"
    return response


new = screen(_new, _hand_in)
look = screen(_look)
progress = screen(_progress)
take = screen(write=_take)
export = screen(_export)
export_reconciled = screen(_export_reconciled)
