"""Beside the record of a case: the box one writes into, the cases that belong near it, the files handed in.

The last two are pages of their own, and the case page fetches them: cases near it when it stands, files when asked.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from casedesk.web.matters import act_url, page_of, seen
from casedesk.web.pages import screen, show
from workflows.casefile.case import Case
from workflows.casefile.complaint import Complaint
from workflows.casefile.file import CaseFile
from workflows.casefile.imports import Import
from workflows.models import Inspection
from workflows.procedures.inspection_forms import NoteForm
from workflows.reading.access import Purpose, visible_to
from workflows.roles import Actor, Role

#: related cases that are named; a big employer has more, and they are found by his name
MOST = 30
#: files handed in that are named, the newest
MOST_FILES = 20


def composer_of(
    actor: Actor, inspection: Inspection | None, file: CaseFile, typed: dict[str, Any] | None
) -> dict[str, Any] | None:
    """What parts/_composer.html needs, or None for whoever may not write here. Append-only, so it carries no version:
    what somebody else did meanwhile is no reason to refuse a note. `typed`: what the actor wrote and has not filed.
    """
    if inspection is None:
        return None
    rule = inspection.rule_from("note", inspection.state)
    if rule is None or not rule.permits(file, inspection, actor):
        return None
    return {
        "url": act_url(inspection, "note"),
        "kinds": [
            {"value": value, "label": _(label), "first": n == 0} for n, (value, label) in enumerate(NoteForm.KINDS)
        ],
        "keep_url": reverse("keep-typed", args=[inspection.public_id]),
        "typed": typed,
        "key": uuid4().hex,
    }


# --- related cases ---------------------------------------------------------------------------------------------------


def _related(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    """Cases of the same employer, project, credit code or crew leader, and what was joined: with the reason."""
    case: Case = seen(actor, Case, public_id, Purpose.WORK)
    rows = _near(actor, case)
    context = {
        "case": {"employer": case.employer.name, "number": case.number, "url": page_of(case)},
        "related": [
            {
                "number": one.number,
                "url": page_of(one),
                "employer": one.employer.name,
                "state": one.inspection.get_state_display(),
                "stage": one.inspection.stage,
                "reasons": reasons,
            }
            for one, reasons in rows
        ],
    }
    return show(request, actor, "casedesk/related.html", context)


def _near(actor: Actor, case: Case) -> list[tuple[Case, str]]:
    told = Complaint.objects.filter(case=case).values_list(
        "crew_leader_phone", "unified_credit_code", "crew_leader_name"
    )
    phones = {phone for phone, _code, _name in told if len(phone) >= 5}
    codes = {code for _phone, code, _name in told if code}
    same_crew = Complaint.objects.filter(crew_leader_phone__in=phones).values("case")
    same_code = Complaint.objects.filter(unified_credit_code__in=codes).values("case")
    tests: list[tuple[str, Q]] = [
        (_("并入本案"), Q(joined_into=case)),
        (_("本案并入"), Q(pk=case.joined_into_id)),
        (_("同一用人单位"), Q(employer=case.employer_id)),
        (_("同一信用代码"), Q(pk__in=same_code)),
        (_("同一项目"), Q(project=case.project_id) if case.project_id else Q(pk__lt=0)),
        (_("同一班组长电话"), Q(pk__in=same_crew)),
    ]
    found: dict[int, tuple[Case, list[str]]] = {}
    seen_rows = visible_to(actor, Case).exclude(pk=case.pk).select_related("employer", "inspection")
    for reason, test in tests:
        for row in seen_rows.filter(test).order_by(F("id").desc())[:MOST]:
            found.setdefault(row.pk, (row, []))[1].append(reason)
    return [(row, "、".join(reasons)) for row, reasons in list(found.values())[:MOST]]


related = screen(_related)


# --- files handed in -------------------------------------------------------------------------------------------------


def _uploads(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    """The files handed in to the ledger of a case, newest first; who may take them in opens them."""
    case: Case = seen(actor, Case, public_id, Purpose.WORK)
    rows = Import.objects.filter(case=case).select_related("officer").order_by("-id")[:MOST_FILES]
    context = {
        "case": {"employer": case.employer.name, "number": case.number, "url": page_of(case)},
        "files": [
            {
                "name": one.file_name,
                "kind": one.get_kind_display(),
                "state": one.get_state_display(),
                "at": one.at,
                "by": one.taken_by_name or one.officer.name,
                "url": reverse("import", args=[one.public_id]) if actor.has(Role.INSPECTOR) else "",
            }
            for one in rows
        ],
    }
    return show(request, actor, "casedesk/uploads.html", context)


uploads = screen(_uploads)
