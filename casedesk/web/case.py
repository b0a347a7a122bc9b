"""The case page and what it is made of; the parts are used by the pages of complaints, transfers and receptions too."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from casedesk import typed
from casedesk.readings import What, asked_by, has_read
from casedesk.web.chips import Clocks
from casedesk.web.composer import composer_of
from casedesk.web.matters import buttons, complaint_number, owed_by_others, page_of, to_do
from casedesk.web.money import funds_shown, ledger_links, ledger_of, liability_shown
from casedesk.web.pages import screen, show
from casedesk.web.queue import position_of
from casedesk.web.record import timeline_of
from casedesk.web.reveal import reveal_link
from workflows import clock
from workflows.casefile.case import Case
from workflows.casefile.complaint import Complaint
from workflows.casefile.file import CITY_ACTS, CaseFile, is_uuid
from workflows.casefile.fund import FundUse
from workflows.casefile.ledger import heads_of, total
from workflows.casefile.papers import Paper, Service
from workflows.casefile.personal import masked
from workflows.casefile.sharing import DataRequest, SupervisionOrder
from workflows.casefile.tasks import AgencyTask
from workflows.clocks import Limit, with_pauses
from workflows.errors import NotVisible
from workflows.law.calendar import Calendar, calendar_seen, load_calendar
from workflows.law_settings import breach_choices, breach_decisions
from workflows.models import Inspection, Intake, JointReception, PoliceTransfer
from workflows.perform import offers
from workflows.procedures.inspection_state import InspectionState
from workflows.procedures.police_rows import threshold_sheet
from workflows.reading.access import visible_to
from workflows.reading.timeline import events_of, names_for, timeline
from workflows.record import Event
from workflows.request import Approval
from workflows.roles import BUREAU_ROLES, Actor

STAGES = (
    gettext_noop("登记"),
    gettext_noop("受理立案"),
    gettext_noop("调查核实"),
    gettext_noop("责令支付"),
    gettext_noop("处理决定"),
    gettext_noop("结案"),
)
# --- the page --------------------------------------------------------------------------------------------------------


def _read(request: HttpRequest, actor: Actor, *, name: str) -> HttpResponse:
    case, own = _read_for(actor, name)
    file = opened(case, own.nothing)
    if "fund_uses" not in own.nothing:  # the shares are not shown
        file.__dict__["fund_uses"] = list(FundUse.objects.filter(case=case).select_related("paper").order_by("id"))
    clocks = Clocks.read(own.calendar)
    limits = list(with_pauses(Limit.objects.filter(case=case)).order_by("due_at", "id"))
    file.__dict__["running"] = [x for x in limits if x.stopped_at is None]
    events = list(events_of(case))
    file.__dict__["newest_event"] = max((e for e in events if e.case_id == case.pk), key=lambda e: e.seq, default=None)
    file.__dict__["city_acts"] = [(e.subject, e.act) for e in events if e.act in CITY_ACTS]
    inspection = file.inspection
    now = clocks.now
    beginnings = [JointReception.open_on(file), PoliceTransfer.open_on(file)]
    mine = offers(inspection, file, actor, now) if inspection is not None else []
    groups = [(_("劳动保障监察"), inspection, mine)] if inspection is not None else []
    groups += [(start.LABEL, start, offers(start, file, actor, now)) for start in beginnings]
    requests = list(Approval.objects.filter(case=case).select_related("requested_by"))
    entries = timeline(
        events, approvals=requests, limits=limits, names=names_for(events, file), now=now, choices=own.choices
    )
    context: dict[str, Any] = {
        "case": {
            "employer": case.employer.name,
            "number": case.number,
            "chip": clocks.chip_of(clocks.nearest(limits)),
            "tags": tags_of(file),
        },
        "back_url": way_back(request, reverse("work") if actor.has("inspector") else reverse("cases")),
        "calendar": clocks.calendar,
        "position": position_of(case, request, actor, clocks),
        "facts": _facts(file, own.heads),
        "steps": steps_of(inspection, file, events, clocks),
        "procedures": beside(file, limits, clocks, actor),
        "approvals_waiting": approvals_shown(r for r in requests if r.state == Approval.State.REQUESTED),
        "approvals": approvals_shown(r for r in requests if r.state != Approval.State.REQUESTED),
        **timeline_of(request, entries),
        "composer": composer_of(actor, inspection, file, own.typed),
        "related_url": reverse("case-related", args=[case.public_id]),
        "ledger": ledger_of(request, file, own.heads) | ledger_links(file, mine, actor),
        "liability": liability_shown(file, mine),
        "funds": funds_shown(file, mine),
        "evidence": evidence_of(file),
        "papers": papers_of(file.all_papers),
        "sharing_url": reverse("sharing", args=[case.public_id]) if actor.has(*BUREAU_ROLES) else "",
        "owed": owed_by_others(file, clocks),
        "file_url": reverse("case-file", args=[case.public_id]) if actor.has(*BUREAU_ROLES) else "",
        "archive_url": reverse("case-archive", args=[case.public_id])
        if actor.has(*BUREAU_ROLES) and inspection is not None and inspection.state == InspectionState.CLOSED
        else "",
        "complaints": [
            {
                "number": complaint_number(i.complaint),
                "url": reverse("complaint", args=[i.complaint.public_id]),
                "complainant": i.complaint.called or "—",
                "worker_count": i.complaint.worker_count or 0,
                "channel": i.complaint.get_channel_display(),
                "received": i.complaint.received_at,
                "state_label": i.get_state_display(),
            }
            for i in file.intakes
        ],
        "limits": clocks.panel(file.running, case.bureau.name),
        "people": [person for i in file.intakes for person in people_of(i.complaint, actor, own.asked)],
        **buttons(groups, aside=("propose_transfer",) if file.open_transfers else ()),
    }
    if _near_transfer(inspection, file):
        checks = checks_of(threshold_sheet(file, clocks.today))
        context |= {"checks": checks, "checks_met": sum(1 for c in checks if c["met"])}
    has_read(request, What.CASE, case)
    return show(request, actor, "casedesk/case.html", context)


page = screen(_read)


def case_seen(actor: Actor, name: str) -> Case:
    """A case by number or public id. Raises NotVisible."""
    return _found(_cases(actor, name))


def _cases(actor: Actor, name: str) -> QuerySet[Case]:
    wanted = {"public_id": name} if len(name) == 36 and is_uuid(name) else {"number": name}
    related = ("employer", "project", "township", "bureau", "inspection", "chain")
    return visible_to(actor, Case).filter(**wanted).select_related(*related)


def _found(cases: QuerySet[Case]) -> Case:
    case = cases.first()
    if case is None:
        raise NotVisible()
    return case


#: what few cases have, by its name on the file
RARE: dict[str, Any] = {
    "receptions": JointReception,
    "transfers": PoliceTransfer,
    "tasks": AgencyTask,
    "data_requests": DataRequest,
    "supervision_orders": SupervisionOrder,
    "fund_uses": FundUse,
}


@dataclass(frozen=True)
class Own:
    """What the query of a case brings along for its page: the people counted, what need not be asked for because there
    is nothing, the calendar and what counts as breach; and of the reader what he typed and has not filed, and why he
    asked for numbers today.
    """

    heads: int
    nothing: frozenset[str]
    calendar: Calendar
    choices: dict[str, str]
    typed: dict[str, Any] | None
    asked: dict[UUID, str]


def _read_for(actor: Actor, name: str) -> tuple[Case, Own]:
    """The case of a page. Raises NotVisible."""
    case = _found(
        _cases(actor, name).annotate(
            heads=heads_of(OuterRef("pk")),
            calendar=calendar_seen(),
            decided=breach_decisions(),
            typed=typed.kept_on(actor, OuterRef("inspection__public_id")),
            asked=asked_by(actor),
            **{f"has_{name}": Exists(model.objects.filter(case=OuterRef("pk"))) for name, model in RARE.items()},
        )
    )
    told: Any = case
    nothing = frozenset(name for name in RARE if not getattr(told, f"has_{name}"))
    return case, Own(
        heads=told.heads,
        nothing=nothing,
        calendar=load_calendar(seen=told.calendar),
        choices=breach_choices(told.decided),
        typed=typed.told(told.typed),
        asked={UUID(x["subject"]): x["purpose"] for x in told.asked},
    )


def opened(case: Case, nothing: Collection[str] = ()) -> CaseFile:
    """The file of a case with the rows a page shows, each kind read once; not those of which there is nothing."""
    file = CaseFile(case=case)
    file.__dict__.update({name: [] for name in nothing})
    found = (
        Inspection.objects.filter(case=case).first()
        if "inspection" not in case._state.fields_cache
        else case.inspection
    )
    if found is not None:
        found.hang_on(file)
    file.__dict__["inspection"] = found
    if "chain" in case._state.fields_cache:
        file.__dict__["chain"] = getattr(case, "chain", None)
    file.__dict__["intakes"] = list(
        Intake.objects.filter(complaint__case=case).select_related("complaint").order_by("id")
    )
    file.__dict__["complaints"] = [i.complaint for i in file.intakes]
    file.__dict__["all_papers"] = list(
        Paper.objects.filter(case=case)
        .prefetch_related(Prefetch("services", Service.objects.select_related("proof_file").order_by("id")))
        .order_by("id")
    )
    if "receptions" not in nothing:
        file.__dict__["receptions"] = list(
            JointReception.objects.filter(case=case).select_related("reception_day").order_by("id")
        )
    return file


def way_back(request: HttpRequest, otherwise: str) -> str:
    """The list the reader came from, with its filters: only a list of ours, only its path and query."""
    if request.GET.get("l") in ("work", "cases"):
        said = urlencode({k: v for k, v in request.GET.items() if k in ("b", "q", "stage", "town", "amt", "n", "all")})
        return reverse(request.GET["l"]) + (f"?{said}" if said else "")
    came = urlsplit(request.META.get("HTTP_REFERER", ""))
    lists = (
        reverse("work"),
        reverse("cases"),
        reverse("waiting"),
        reverse("complaints"),
        reverse("police"),
        reverse("approvals"),
    )
    if came.netloc == request.get_host() and came.path in lists:
        return came.path + (f"?{came.query}" if came.query else "")
    return otherwise


# --- parts -----------------------------------------------------------------------------------------------------------


def _facts(file: CaseFile, workers: int) -> list[dict[str, Any]]:
    case = file.case
    assert case is not None
    rest, paid = total(file.lines, "rest"), total(file.lines, "paid")
    handlers = [a.officer.name for a in file.assignments]
    first = next((c.called for c in file.complaints if c.called), "—")
    facts = [
        (_("案号"), case.number),
        (_("投诉人"), f"{first} 等 {workers} 人" if workers > 1 else first),
        (_("欠薪余额"), f"{rest:,.2f} 元"),
        (_("已支付"), f"{paid:,.2f} 元"),
        (_("项目"), " · ".join(str(x) for x in (case.project, case.township) if x) or "—"),
        (_("总包"), case.project.general_contractor if case.project and case.project.general_contractor else "—"),
        (_("主办 / 协办"), " / ".join([handlers[0], "、".join(handlers[1:])]) if handlers else _("未指派")),
    ]
    if file.inspection is not None:
        facts.insert(1, (_("状态"), file.inspection.get_state_display()))
    return [{"label": label, "value": value} for label, value in facts]


def tags_of(file: CaseFile) -> list[dict[str, Any]]:
    """The marks beside a name: urgent, sector, transferred."""
    tags: list[dict[str, Any]] = [{"label": c.urgent, "urgent": True} for c in file.complaints if c.urgent]
    if file.case is not None and file.case.industry_sector:
        tags.append({"label": file.case.get_industry_sector_display()})
    if any(c.suspected_false_claim for c in file.complaints):
        tags.append({"label": _("疑似不实")})
    return tags


def steps_of(
    inspection: Inspection | None, file: CaseFile, events: Sequence[Event], clocks: Clocks
) -> list[dict[str, Any]]:
    """The public stages with who finished them and when; a side end takes the place of the steps that will not come."""
    if inspection is None:
        return []
    stage = inspection.stage
    done: dict[str, Event] = {}
    for event in events:
        if event.procedure == "intake" and event.act in ("log", "register"):
            done.setdefault("登记", event)
        if event.procedure == "inspection":
            reached = Inspection.STAGES.get(event.to_state)
            before = Inspection.STAGES.get(event.from_state)
            if before in STAGES and reached != before:
                done[before] = event
            if reached == "结案":
                done[reached] = event
            if event.act in ("file_case", "file_split"):
                done["受理立案"] = event
    late = any(x.due_at <= clocks.now and x.procedure == "inspection" for x in file.running)
    steps, passed = [], True
    for name in STAGES:
        here = name == stage
        if here:
            passed = False
        done_by = done.get(name)
        note = f"{clock.legal_day(done_by.at):%m-%d} {done_by.by_name}" if done_by is not None else ""
        if here and inspection.state not in Inspection.END_STATES:
            steps.append(
                {"label": _(name), "note": inspection.get_state_display(), "state": "over" if late else "current"}
            )
        elif here:
            steps.append({"label": _(name), "note": note, "state": "done"})
        elif passed and stage in STAGES:
            skipped = done_by is None
            steps.append(
                {
                    "label": name,
                    "note": _("未经此阶段") if skipped else note,
                    "state": "done" if not skipped else "todo",
                }
            )
        elif stage not in STAGES and done_by is not None:
            steps.append({"label": _(name), "note": note, "state": "done"})
        elif stage in STAGES:
            steps.append({"label": _(name), "note": "", "state": "todo"})
    if stage not in STAGES:
        steps.append({"label": _(stage), "note": inspection.get_state_display(), "state": "end"})
    return steps


def beside(file: CaseFile, limits: Iterable[Limit], clocks: Clocks, actor: Actor) -> list[dict[str, Any]]:
    """Joint receptions and transfers beside the inspection."""
    shown = []
    for one in (*file.receptions, *file.transfers):
        own = clocks.nearest(x for x in limits if x.subject == one.public_id)
        label = f"{one.LABEL}（{one.get_kind_display()}）" if isinstance(one, PoliceTransfer) else one.LABEL
        note = str(one.reception_day) if isinstance(one, JointReception) else (one.police_number or "")
        shown.append(
            {
                "label": label,
                "state": one.get_state_display(),
                "since": one.since,
                "chip": clocks.chip_of(own),
                "url": page_of(one),
                "note": note,
            }
        )
    return shown


def approvals_shown(rows: Iterable[Approval]) -> list[dict[str, Any]]:
    """Requests on a file, pending first."""
    return [
        {
            "act": to_do(one.label),
            "asked_by": one.requested_by.name,
            "asked_at": one.requested_at,
            "role": one.needed_label,
            "state": one.state,
            "state_label": one.get_state_display(),
            "decided_by": one.decided_by_name if one.state != Approval.State.WITHDRAWN else "",
            "reason": "；".join(filter(None, [one.decision_reason, _by_appointment(one)])),
            "url": "",
            "chip": {"state": "hold", "text": one.get_state_display(), "title": ""},
        }
        for one in sorted(rows, key=lambda r: (r.state != Approval.State.REQUESTED, -r.pk))
    ]


def _by_appointment(one: Approval) -> str:
    return _("主持工作依据：{paper}").format(paper=one.acting_paper) if one.acting_paper else ""


def evidence_of(file: CaseFile) -> list[dict[str, Any]]:
    """Evidence with its hash; a file is a link."""
    return [
        {
            "title": one.title,
            "kind": one.kind,
            "who": one.provided_by,
            "added": one.at,
            "digest": one.sha256,
            "url": reverse("evidence", args=[one.public_id]) if one.sha256 else "",
        }
        for one in file.evidence
    ]


def papers_of(papers: Iterable[Paper]) -> list[dict[str, Any]]:
    """Papers with how each was served; replaced ones say so."""
    return [
        {
            "title": one.get_kind_display() + (_("（已被替换）") if one.replaced_by_id else ""),
            "number": one.number,
            "made": one.made_at,
            "served": "；".join(f"{clock.legal_day(s.at):%m-%d} {s.get_mode_display()}" for s in one.services.all()),
            "url": reverse("paper", args=[one.public_id]),
            "pdf_url": reverse("paper-pdf", args=[one.public_id]),
            "docx_url": reverse("paper-docx", args=[one.public_id]),
        }
        for one in papers
    ]


def people_of(complaint: Complaint, actor: Actor, asked: Mapping[UUID, str]) -> list[dict[str, Any]]:
    """The complainant with every number masked; an identity kept apart shows nothing."""
    if complaint.identity_kept_apart:
        return [
            {
                "role": _("投诉人"),
                "name": complaint.called,
                "pairs": [{"label": _("身份"), "value": _("另存，任何岗位不可查看")}],
            }
        ]
    pairs = [
        (_("手机"), masked(complaint.complainant_phone)),
        (_("证件"), masked(complaint.id_number)),
        (_("来源"), complaint.get_channel_display()),
        (_("其他代表"), complaint.representatives),
    ]
    return [
        {
            "role": _("代表人") if complaint.representative_of else _("投诉人"),
            "name": complaint.called or "—",
            "pairs": [{"label": label, "value": value} for label, value in pairs if value],
            **reveal_link(complaint, actor, asked),
        }
    ]


def _near_transfer(inspection: Inspection | None, file: CaseFile) -> bool:
    return inspection is not None and (
        inspection.state in (InspectionState.ORDERED, InspectionState.EXPIRED) or bool(file.open_transfers)
    )


def checks_of(sheet: dict[str, Any]) -> list[dict[str, Any]]:
    """The elements of the threshold sheet: on what each stands, what is missing."""
    return [
        {
            "text": element["name"],
            "met": element["shown"],
            "note": "；".join([*element["basis"], *(_("欠缺：{what}").format(what=m) for m in element["missing"])]),
            "evidence": [],
        }
        for element in sheet.get("elements", ())
    ]
