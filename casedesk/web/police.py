"""移送接收: what was transferred, by the police's own clocks, and one transfer on one page for both sides."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import DecimalField, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Greatest
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from casedesk.readings import What, has_read
from casedesk.uses import How, Use, has_used
from casedesk.web.case import checks_of, opened, way_back
from casedesk.web.chips import Clocks, clock_name, is_window
from casedesk.web.matters import buttons, next_step, page_of, seen
from casedesk.web.money import ledger_of
from casedesk.web.pages import allow, screen, show
from casedesk.web.record import entries_shown
from workflows.casefile.case import Case
from workflows.casefile.ledger import ZERO, LedgerLine, head_count, heads_of, total
from workflows.casefile.papers import Paper, PaperKind
from workflows.clocks import Limit
from workflows.law.limits import rules
from workflows.models import PoliceTransfer
from workflows.perform import offers
from workflows.procedures.police_rows import threshold_sheet
from workflows.reading.access import Purpose, visible_to
from workflows.reading.timeline import names_for, timeline
from workflows.record import Event
from workflows.roles import BUREAU_ROLES, Actor, Role
from workflows.wording.blocks import annexes_of

S = PoliceTransfer.State
WHO = (Role.POLICE_OFFICER, Role.PROSECUTOR, *BUREAU_ROLES)
#: groups of the list, by the value in the URL; the first one that is not empty is shown first
GROUPS: dict[str, tuple[Any, str, tuple[str, ...]]] = {
    "inside": (gettext_lazy("局内审批中"), "pen-line", (S.PROPOSED, S.REPORTED, S.APPROVED)),
    "new": (gettext_lazy("待接收"), "inbox", (S.SENT, S.FORWARDED)),
    "review": (gettext_lazy("审查中"), "search", (S.RECEIVED, S.RECONSIDERING, S.SUPERVISION_SUGGESTED)),
    "supplement": (gettext_lazy("待补充材料"), "file-question-mark", (S.SUPPLEMENT_ASKED,)),
    "filed": (gettext_lazy("已立案"), "shield-check", (S.POLICE_FILED, S.HANDED_OVER, S.PROSECUTED)),
    "other": (
        gettext_lazy("其他结果"),
        "archive",
        (
            S.NOT_FILED,
            S.UPHELD,
            S.UPHELD_FINALLY,
            S.RETURNED,
            S.DROPPED,
            S.NOT_PROSECUTED,
            S.JUDGED,
            S.CLOSED,
            S.REFUSED,
            S.ABANDONED,
        ),
    ),
}
MOST = 100


def _list(request: HttpRequest, actor: Actor) -> HttpResponse:
    allow(actor, *WHO)
    clocks = Clocks.read()
    rows = visible_to(actor, PoliceTransfer, Purpose.WORK)
    chosen = request.GET.get("b", "")
    wanted = rows.filter(state__in=GROUPS[chosen][2]) if chosen in GROUPS else rows
    by_state: dict[str, int] = {}
    for state in rows.values_list("state", flat=True):
        by_state[state] = by_state.get(state, 0) + 1
    shown = [name for name in GROUPS if name != "inside" or actor.has(*BUREAU_ROLES)]
    context: dict[str, Any] = {
        "title": _("移送公安")
        if actor.has(*BUREAU_ROLES)
        else _("抄送与监督")
        if actor.has(Role.PROSECUTOR)
        else _("移送接收"),
        "subtitle": _("按最近法定时限排序"),
        "buckets": [
            {
                "label": GROUPS[name][0],
                "count": sum(by_state.get(s, 0) for s in GROUPS[name][2]),
                "url": "?" + urlencode({"b": name}),
                "icon": GROUPS[name][1],
                "time": "",
                "current": name == chosen,
            }
            for name in shown
        ],
        "rows": [_row(one, actor, clocks) for one in _with_sums(wanted, actor)[:MOST]],
        "pager": {"total": wanted.count()},
    }
    return show(request, actor, "casedesk/police.html", context)


def _with_sums(rows: QuerySet[PoliceTransfer], actor: Actor) -> QuerySet[PoliceTransfer]:
    """Each transfer with its nearest clock, its letter, the number of workers and what is owed: one statement."""
    running = Limit.objects.filter(subject=OuterRef("public_id"), stopped_at=None)
    running = running.exclude(rule__in=[name for name in rules() if is_window(name)])  # a right's end is no clock
    if actor.has(Role.POLICE_OFFICER):
        running = running.filter(rule__in=[name for name, one in rules().items() if one.who == "police"])
    near = running.order_by("due_at", "id")
    letter = Paper.objects.filter(subject=OuterRef("public_id"), kind=PaperKind.TRANSFER_LETTER).order_by("-id")
    rest = (
        LedgerLine.objects.filter(case=OuterRef("case"))
        .values("case")
        .annotate(
            unpaid=Sum(
                Greatest(
                    ZERO,
                    Coalesce("ordered", "verified", "claimed") - F("paid") - F("settled_otherwise"),
                    output_field=DecimalField(),
                )
            )
        )
    )
    return (
        rows.annotate(
            near_rule=Subquery(near.values("rule")[:1]),
            near_at=Subquery(near.values("due_at")[:1]),
            near_on=Subquery(near.values("due_on")[:1]),
            letter=Subquery(letter.values("number")[:1]),
            unpaid=Subquery(rest.values("unpaid")[:1]),
            people=heads_of(OuterRef("case")),
        )
        .select_related("case__employer", "case__township", "case__project")
        .order_by(F("near_at").asc(nulls_last=True), "id")
    )


def _row(one: Any, actor: Actor, clocks: Clocks) -> dict[str, Any]:
    place = " · ".join(str(x) for x in (one.case.township, one.case.project) if x)
    return {
        "chip": clocks.chip(one.near_rule, one.near_at, one.near_on),
        "clock_name": clock_name(one.near_rule),
        "number": one.letter or one.case.number,
        "url": page_of(one),
        "kind_label": one.get_kind_display(),
        "employer": one.case.employer.name,
        "place": place,
        "worker_count": one.people,
        "amount": one.unpaid,
        "state_label": one.get_state_display(),
        "received": one.received_at or one.sent_at or one.since,
        "next_step": next_step(PoliceTransfer, one.state),
    }


# --- one transfer ----------------------------------------------------------------------------------------------------


def _page(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    allow(actor, *WHO)
    transfer: PoliceTransfer = seen(actor, PoliceTransfer, public_id, Purpose.WORK)
    case = Case.objects.select_related("employer", "project", "township", "bureau", "inspection").get(
        pk=transfer.case_id
    )
    file = opened(case)
    transfer.hang_on(file)
    clocks = Clocks.read()
    limits = list(Limit.objects.filter(subject=transfer.public_id).order_by("due_at", "id"))
    running = [x for x in limits if x.stopped_at is None]
    events = list(Event.objects.filter(subject=transfer.public_id).select_related("approval").order_by("id"))
    inside = actor.has(*BUREAU_ROLES)
    sent = next((n for n, e in enumerate(events) if e.act == "send"), len(events))
    shown_events = events if inside else events[sent:]  # what came before the letter is the bureau's own
    entries = timeline(
        shown_events, limits=limits if inside else running, names=names_for(shown_events, file), now=clocks.now
    )
    # the sheet that was frozen with the report; before it, as things stand
    sheet = transfer.sheet or (threshold_sheet(file, clocks.today) if transfer.kind == "refusal_to_pay" else {})
    checks = checks_of(sheet)
    letter = next(
        (p for p in reversed(file.papers) if p.kind == PaperKind.TRANSFER_LETTER and p.subject == transfer.public_id),
        None,
    )
    received = next((e for e in reversed(events) if e.act == "receive"), None)
    facts = [
        (_("案号"), case.number),
        (_("项目"), str(case.project or "—")),
        (_("劳动者"), _("{n} 人").format(n=head_count(file.workers))),
        (_("尚欠"), f"{total(file.lines, 'rest'):,.2f} 元"),
        (_("移送单位"), case.bureau.name),
        (_("承办人"), "、".join(a.officer.name for a in file.assignments)),
        (_("涉案人员"), transfer.persons),
        (_("公安文号"), transfer.police_number),
        (_("公安理由"), transfer.police_reasons),
        (_("不批准理由"), transfer.refusal_reasons),
    ]
    context: dict[str, Any] = {
        "transfer": {
            "number": letter.number if letter is not None else case.number,
            "employer": case.employer.name,
            "kind_label": transfer.get_kind_display(),
            "state_label": transfer.get_state_display(),
            "chip": clocks.chip_of(clocks.nearest(running)),
            "summary": transfer.facts,
            "receipt": {
                "signer": f"{received.inputs.get('receiver', received.by_name)}（{received.by_name}）",
                "at": transfer.received_at,
                "digest": transfer.receipt_sha256,
            }
            if received is not None and transfer.receipt_sha256
            else None,
        },
        "back_url": way_back(request, reverse("police")),
        "facts": [{"label": label, "value": value} for label, value in facts if value],
        "package": _package(transfer, file),
        "package_url": reverse("transfer-package", args=[transfer.public_id])
        if transfer.contents and actor.has(*BUREAU_ROLES, Role.POLICE_OFFICER)
        else "",
        "copies_url": reverse("transfer-copies", args=[transfer.public_id]) if transfer.contents else "",
        "checks": checks,
        "checks_met": sum(1 for c in checks if c["met"]),
        "ledger": ledger_of(request, file),
        "limits": clocks.panel(running, case.bureau.name),
        "entries": entries_shown(entries),
        "case_url": page_of(case) if visible_to(actor, Case).filter(pk=case.pk).exists() else "",
        **buttons([(transfer.LABEL, transfer, offers(transfer, file, actor, clocks.now))]),
    }
    has_read(request, What.TRANSFER, case)
    if not inside:  # the receiving side opens what it was given
        has_used(request, Use(_("移送材料 {number}").format(number=case.number), How.READ, _("审查移送案件"), case))
    return show(request, actor, "casedesk/transfer.html", context)


def _package(transfer: PoliceTransfer, file: Any) -> list[dict[str, Any]]:
    """The list of the package; papers and evidence among them are links."""
    links = {str(p): (reverse("paper", args=[p.public_id]), p.content_sha256) for p in file.all_papers}
    links |= {
        f"{title}（{p.number}的附件）": (reverse("paper", args=[p.public_id]), p.content_sha256)
        for p in file.all_papers
        for title in annexes_of(p.content)
    }
    links |= {
        f"证据：{e.title} {e.sha256[:12]}".strip(): (reverse("evidence", args=[e.public_id]), e.sha256)
        for e in file.evidence
        if e.sha256
    }
    letters = [p for p in file.papers if p.subject == transfer.public_id and p.kind == PaperKind.TRANSFER_LETTER]
    titles = [*(str(p) for p in letters), *transfer.package]
    return [
        {"title": title, "url": links.get(title, ("", ""))[0], "digest": links.get(title, ("", ""))[1]}
        for title in titles
    ]


page_list = screen(_list)
page = screen(_page)
