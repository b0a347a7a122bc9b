"""The complaint page: what was told, what acceptance still needs, what may be the same matter."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from casedesk.readings import What, asked_today, has_read
from casedesk.routing import NO_RULE
from casedesk.web.case import approvals_shown, beside, evidence_of, papers_of, people_of, way_back
from casedesk.web.chips import Clocks
from casedesk.web.matters import buttons, complaint_number, page_of, title_of
from casedesk.web.money import ledger_of
from casedesk.web.pages import screen, show
from casedesk.web.record import entries_shown
from workflows import clock
from workflows.action import Guard
from workflows.casefile.complaint import Complaint
from workflows.casefile.file import CaseFile
from workflows.casefile.officers import Agency
from workflows.casefile.papers import Paper
from workflows.casefile.personal import PersonalText, masked
from workflows.clocks import Limit
from workflows.errors import NotVisible
from workflows.models import Intake, JointReception
from workflows.perform import offers
from workflows.procedures import intake_rows
from workflows.reading.access import visible_to
from workflows.reading.search import Hit, Visit, similar
from workflows.reading.timeline import events_of, names_for, timeline
from workflows.request import Approval
from workflows.roles import Actor, Role

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "投诉人",
        (
            "complainant_name",
            "complainant_sex",
            "complainant_phone",
            "id_document_type",
            "id_number",
            "complainant_residence",
            "complainant_occupation",
            "complainant_work_unit",
            "representative_of",
            "representatives",
        ),
    ),
    (
        "用人单位与项目",
        (
            "employer_name",
            "unified_credit_code",
            "legal_rep_name",
            "employer_domicile",
            "industry_sector",
            "project_name",
            "project_place",
            "township",
            "developer",
            "general_contractor",
            "subcontractor",
            "crew_leader_name",
            "crew_leader_phone",
            "actual_controller",
            "regulator",
            "employed_in_county",
        ),
    ),
    (
        "欠薪",
        (
            "arrears_from",
            "arrears_to",
            "amount_claimed",
            "months_owed",
            "pay_basis",
            "worker_count",
            "employment_start",
            "employment_end",
            "last_work_day",
            "in_arbitration_or_court",
            "other_procedures",
            "evidence_named",
        ),
    ),
)
#: what each condition of acceptance is called, and the facts it asks for
ACCEPTANCE: dict[Guard, tuple[str, tuple[str, ...]]] = {
    intake_rows.employer_identified: ("有明确的用人单位", ("employer_name",)),
    intake_rows.employed_here: ("用工所在地在本县", ("employed_in_county",)),
    intake_rows.within_two_years: ("在二年监察时效内", ("arrears_to",)),
    intake_rows.not_elsewhere: ("未进入仲裁或诉讼", ()),
}
#: ways in which people come themselves
VISITS = ("window", "petition", "joint_reception")
IDENTITY = frozenset(intake_rows.APART)
BEFORE_DECISION = ("draft", "registered", "supplement_requested", "referred")


def _read(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    complaint = (
        visible_to(actor, Complaint)
        .filter(public_id=public_id)
        .select_related(
            "bureau",
            "township",
            "regulator",
            "destination",
            "join_case",
            "case__employer",
            "case__bureau",
            "intake__referred_to",
        )
        .first()
    )
    if complaint is None:
        raise NotVisible()
    intake: Intake = complaint.intake
    intake.complaint = complaint
    file = CaseFile(complaint=complaint, case=complaint.case)
    alone = CaseFile(complaint=complaint)
    for shared in ("lines", "workers"):
        rows = getattr(file, shared)
        alone.__dict__[shared] = [x for x in rows if x.complaint_id == complaint.pk]
    clocks = Clocks.read()
    limits = list(Limit.objects.filter(complaint=complaint).order_by("due_at", "id"))
    running = [x for x in limits if x.stopped_at is None]
    if complaint.case is None:
        file.__dict__["running"] = running
    groups: list[Any] = [(intake.LABEL, intake, offers(intake, file, actor, clocks.now))]
    if complaint.case is None:
        start = JointReception.open_on(file)
        groups.append((start.LABEL, start, offers(start, file, actor, clocks.now)))
    requests = list(Approval.objects.filter(complaint=complaint).select_related("requested_by"))
    events = [e for e in events_of(complaint) if e.complaint_id == complaint.pk or e.subject == intake.public_id]
    entries = timeline(events, approvals=requests, limits=limits, names=names_for(events, file), now=clocks.now)
    checks = acceptance_of(intake, file) if intake.state in BEFORE_DECISION else []
    missing = {name for check in checks if not check["met"] for name in check["fields"]}
    hits = similar(
        actor,
        phone=complaint.complainant_phone,
        employer=complaint.employer_name,
        crew_phone=complaint.crew_leader_phone,
        besides=complaint.pk,
    )
    context: dict[str, Any] = {
        "complaint": {
            "title": title_of(complaint),
            "number": complaint_number(complaint),
            "chip": clocks.chip_of(clocks.nearest(running)),
            "state_label": intake.get_state_display(),
            "text": told_by(complaint),
            "tags": _tags(complaint),
            "case_number": complaint.case.number if complaint.case else "",
            "case_url": page_of(complaint.case) if complaint.case and not actor.has(Role.OPERATOR) else "",
        },
        "back_url": way_back(request, reverse("waiting") if actor.has(Role.SQUAD_LEADER) else reverse("complaints")),
        "facts": _facts(complaint),
        "steps": _steps(intake),
        "groups": [*groups_of(complaint, missing), *_visit_group(complaint)],
        "ledger": ledger_of(request, alone),
        "no_case": complaint.case is None,
        "evidence": evidence_of(file) if complaint.case is None else [],
        "papers": papers_of(Paper.objects.filter(complaint=complaint).prefetch_related("services").order_by("id")),
        "entries": entries_shown(entries),
        "limits": clocks.panel(running, complaint.bureau.name),
        "people": people_of(complaint, actor, asked_today(actor)),
        "checks": checks,
        "checks_met": sum(1 for c in checks if c["met"]),
        "hits": hits_shown(hits),
        "procedures": beside(file, limits, clocks, actor) if complaint.case is None else [],
        "approvals": approvals_shown(requests),
        **buttons(groups),
    }
    has_read(request, What.COMPLAINT, complaint)
    return show(request, actor, "casedesk/complaint.html", context)


page = screen(_read)


def told_by(complaint: Complaint) -> str:
    """The message or the story, and what is asked for."""
    parts = [complaint.title, complaint.violation_facts]
    if complaint.requests:
        parts.append(_("诉求：{text}").format(text=complaint.requests))
    return "\n\n".join(part for part in parts if part)


def _tags(complaint: Complaint) -> list[dict[str, Any]]:
    tags: list[dict[str, Any]] = [{"label": complaint.urgent, "urgent": True}] if complaint.urgent else []
    if complaint.confidentiality_requested:
        tags.append({"label": _("要求保密")})
    if complaint.suspected_false_claim:
        tags.append({"label": _("疑似不实")})
    return tags


def _visit_group(complaint: Complaint) -> list[dict[str, Any]]:
    pairs = visit_of(complaint)
    label = _("来访") if complaint.channel in VISITS else _("来源")
    return [{"label": label, "pairs": pairs}] if pairs else []


def _facts(complaint: Complaint) -> list[dict[str, Any]]:
    facts = [
        (_("编号"), complaint_number(complaint)),
        (_("来源"), complaint.get_channel_display()),
        (_("收到"), f"{complaint.received_at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"),
        (_("投诉人"), complaint.called or "—"),
        (_("办理单位"), complaint.bureau.name),
        (_("去向"), _destination(complaint)),
        (_("建议并入"), complaint.join_case.number if complaint.join_case else ""),
        (_("转往"), complaint.intake.referred_to.name if complaint.intake.referred_to else ""),
        (_("补正期限"), f"{complaint.intake.supplement_by:%Y-%m-%d}" if complaint.intake.supplement_by else ""),
    ]
    return [{"label": label, "value": value} for label, value in facts if value]


def _destination(complaint: Complaint) -> str:
    """Where the desk sent it, and whether by rule or by hand with its reason."""
    if complaint.destination is None or complaint.destination_basis == NO_RULE:
        return complaint.destination.name if complaint.destination is not None else ""
    words = _("按规则：{why}") if complaint.destination_basis else _("登记人改变：{why}")
    why = words.format(why=complaint.destination_basis or complaint.destination_reason)
    return f"{complaint.destination.name}（{why}）"


def visit_of(complaint: Complaint) -> list[dict[str, str]]:
    """来访 as label and value: the register's number, who received, how many came, what was settled on the spot."""
    names = dict(Agency.objects.filter(code__in=complaint.visit_departments).values_list("code", "name"))
    pairs = [
        (_("来访登记号") if complaint.channel in VISITS else _("来源编号"), complaint.source_id),
        (_("接访部门"), "、".join(names.get(code, code) for code in complaint.visit_departments)),
        (_("到访人数"), str(complaint.visit_people or "")),
        (_("现场处理结果"), complaint.visit_result),
    ]
    return [{"label": label, "value": value} for label, value in pairs if value]


def _steps(intake: Intake) -> list[dict[str, Any]]:
    """登记, 受理 and the side ends; a complaint has no later stage of its own."""
    if intake.state in ("draft", "registered", "supplement_requested", "answered"):
        done = intake.state == "answered"
        steps = [{"label": _("登记"), "note": intake.get_state_display(), "state": "done" if done else "current"}]
        return steps if done else [*steps, {"label": _("受理立案"), "note": "", "state": "todo"}]
    first = {"label": _("登记"), "note": "", "state": "done"}
    if intake.state in ("accepted", "concluded"):
        return [first, {"label": _("受理立案"), "note": intake.get_state_display(), "state": "done"}]
    return [first, {"label": intake.stage, "note": intake.get_state_display(), "state": "end"}]


def acceptance_of(intake: Intake, file: CaseFile) -> list[dict[str, Any]]:
    """The conditions of acceptance as they stand, each with the sentence of its guard and the facts it asks for."""
    rule = type(intake).acts()["accept"][0]
    checks = []
    for guard in rule.requires:
        label, fields = ACCEPTANCE.get(guard, (rule.label, ()))
        reason = guard(file, intake, clock.now())
        checks.append({"text": label, "met": reason is None, "note": reason or "", "evidence": [], "fields": fields})
    return checks


def groups_of(complaint: Complaint, missing: set[str]) -> list[dict[str, Any]]:
    """The facts by group: what was said, masked where personal, and what acceptance still asks for.

    The rest is left out.
    """
    shown = []
    for label, names in GROUPS:
        pairs = []
        for name in names:
            field = complaint._meta.get_field(name)
            value = getattr(complaint, name)
            lacking = name in missing and value in (None, "")
            if complaint.identity_kept_apart and name in IDENTITY:
                continue
            if value in (None, "", False) and not lacking and name != "employer_name":
                continue
            pairs.append({"label": _label(name), "value": _said(complaint, name, field, value), "missing": lacking})
        if pairs:
            shown.append({"label": label, "pairs": pairs})
    return shown


def _label(name: str) -> str:
    form = intake_rows.FactsForm.base_fields.get(name)
    return str(form.label).split("（")[0] if form is not None else name


def _said(complaint: Complaint, name: str, field: Any, value: Any) -> str:
    if isinstance(field, PersonalText):
        return masked(value)
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if field.choices:
        return str(getattr(complaint, f"get_{name}_display")())
    if name == "amount_claimed" and value is not None:
        return f"{value:,.2f}"
    return "" if value is None else str(value)


def hits_shown(hits: list[Hit]) -> list[dict[str, Any]]:
    """What may be the same matter, as parts/_lookup.html shows it: always with the reason."""
    shown = []
    for hit in hits:
        row = hit.case or hit.complaint
        assert row is not None
        bureau = row.bureau
        complaint = hit.complaint
        text = ""
        if complaint is not None:
            when = f"{clock.legal_day(complaint.received_at):%Y-%m-%d}"
            text = " · ".join(filter(None, [when, complaint.called, complaint.employer_name, complaint.project_name]))
        shown.append(
            {
                "reason": hit.reason,
                "number": hit.case.number if hit.case is not None else complaint_number(complaint) if complaint else "",
                "url": page_of(complaint or row),
                "stage": hit.stage,
                "text": text or (hit.case.employer.name if hit.case is not None else ""),
                "office": bureau.name,
                "phone": bureau.phone,
                "visit": _visit_line(hit.visit),
                "visit_url": reverse("reception", args=[hit.visit.public_id]) if hit.visit is not None else "",
            }
        )
    return shown


def _visit_line(visit: Visit | None) -> str:
    if visit is None:
        return ""
    return _("联合接待 {day} · {who}（{n} 人）").format(day=visit.day, who=visit.visitors, n=visit.people)
