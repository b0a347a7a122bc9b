"""待我签批: requests and reported transfers side by side, my own requests, and the decisions on both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from casedesk.actor import reading_as
from casedesk.papers.render import paper_pdf
from casedesk.papers.shape import document
from casedesk.web.act_words import effects_of
from casedesk.web.case import checks_of
from casedesk.web.chips import Clocks, clock_name
from casedesk.web.matters import file_of, number_of, page_of, root_of, seen, title_of, to_do
from casedesk.web.pages import allow, screen, show
from casedesk.web.papers import download
from workflows import approvals
from workflows.action import ActionRule
from workflows.casefile.file import CaseFile
from workflows.casefile.ledger import head_count, total
from workflows.clocks import Limit
from workflows.errors import InvalidInput, NotVisible
from workflows.law.instruments import article
from workflows.models import PoliceTransfer
from workflows.perform import perform
from workflows.reading.access import Purpose, visible_to
from workflows.reading.timeline import names_in, said_in, words_of
from workflows.request import Approval
from workflows.roles import BUREAU_ROLES, Actor, Role

RECENT = 10
#: shown at once; who has more to decide sees the oldest first
MOST = 25


def _read(request: HttpRequest, actor: Actor) -> HttpResponse:
    allow(actor, *BUREAU_ROLES)
    return _page(request, actor)


def _page(
    request: HttpRequest, actor: Actor, *, wrong: str = "", errors: str = "", typed: str = "", status: int = 200
) -> HttpResponse:
    """The page; `wrong` is the item whose decision was refused, with the words of the refusal and of the officer."""
    clocks = Clocks.read()
    asked = list(
        approvals.waiting_for(actor).select_related(
            "case__bureau", "complaint__bureau", "case__employer", "requested_by"
        )[:MOST]
    )
    items = [_request(one, actor, clocks) for one in asked]
    items += [_transfer(one, actor, clocks) for one in reported(actor)]
    for item in items:
        if str(item["id"]) == wrong:
            item |= {"errors": errors, "typed": typed}
    items.sort(key=lambda item: item["due"])
    mine = (
        Approval.objects.filter(requested_by=actor.officer_id)
        .select_related("case__employer", "complaint")
        .order_by("-id")
    )
    decided = (
        Approval.objects.filter(decided_by=actor.officer_id)
        .select_related("case__employer", "complaint")
        .order_by("-decided_at")
    )
    context: dict[str, Any] = {
        "title": _("待我签批"),
        "subtitle": _("{n} 件 · 按最近法定时限排序").format(n=len(items)),
        "requests": items,
        "mine": [_mine(one) for one in mine[:RECENT]],
        "decided": [
            {
                "act": to_do(one.label),
                "number": number_of(root_of(one)),
                "url": page_of(root_of(one)),
                "employer": title_of(root_of(one)),
                "answer": one.get_state_display(),
                "by": one.decided_by_name,
                "at": one.decided_at,
                "reason": one.decision_reason,
            }
            for one in decided.exclude(state=Approval.State.WITHDRAWN)[:RECENT]
        ],
    }
    return show(request, actor, "casedesk/approvals.html", context, status=status)


def reported(actor: Actor) -> list[PoliceTransfer]:
    """Transfers that wait for the principal head."""
    if not actor.has(Role.PRINCIPAL_HEAD):
        return []
    rows = visible_to(actor, PoliceTransfer, Purpose.WORK).filter(state=PoliceTransfer.State.REPORTED)
    return list(rows.select_related("case__employer", "case__bureau").order_by("id"))


def _request(one: Approval, actor: Actor, clocks: Clocks) -> dict[str, Any]:
    subject = approvals.subject_of(one)
    file = file_of(root_of(one))
    subject.hang_on(file)
    rule = subject.rule_from(one.act, subject.state)
    blocked = "" if rule is not None else _("案件已由他人办理，同意时将自动失效")
    reasons = (
        [said for guard in rule.requires if (said := guard(file, subject, clocks.now))] if rule is not None else []
    )
    return _item(file, clocks) | {
        "id": one.public_id,
        "kind": "request",
        "act": to_do(one.label),
        "asked_by": one.requested_by.name,
        "asked_at": one.requested_at,
        "why": one.reason or str(one.shown.get("reason", "")),
        "law": article(rule.law) if rule is not None else "",
        "inputs": shown_inputs(rule, one.shown, file) if rule is not None else [],
        "papers": [
            {
                "title": _("《{kind}》草稿").format(kind=draft["kind"]),
                "doc": document(draft["content"], draft=True),
                "url": reverse("approval-draft", args=[one.public_id, n]),
                "link": _("《{kind}》草稿 PDF").format(kind=draft["kind"]),
            }
            for n, draft in enumerate(one.draft)
        ],
        "effects": effects_of(rule, file, subject) if rule is not None else [],
        "decide_url": reverse("approval-decide", args=[one.public_id]),
        "blocked": blocked,
        "warning": "；".join(reasons),
        "acting": actor.acting.get(one.needed, ""),
    }


def _transfer(one: PoliceTransfer, actor: Actor, clocks: Clocks) -> dict[str, Any]:
    file = file_of(one.case)
    one.hang_on(file)
    last = one.case.events.filter(subject=one.public_id, act="report").order_by("-seq").first()
    checks = checks_of(one.sheet)
    inputs = [
        {"label": _("移送类型"), "value": one.get_kind_display()},
        {"label": _("涉嫌犯罪的事实"), "value": one.facts},
    ]
    inputs += [{"label": ("✓ " if c["met"] else "□ ") + c["text"], "value": c["note"]} for c in checks]
    if last is not None:
        inputs.append({"label": _("移送意见"), "value": str(last.inputs.get("opinion", ""))})
        inputs.append({"label": _("专案组"), "value": "、".join(last.facts.get("team", ()))})
    return _item(file, clocks, own=[x for x in file.running if x.subject == one.public_id]) | {
        "id": one.public_id,
        "kind": "transfer",
        "act": _("移送公安审批"),
        "asked_by": last.by_name if last is not None else "",
        "asked_at": one.since,
        "why": "",
        "law": article("TRD 5"),
        "inputs": inputs,
        "papers": [
            {
                "title": _("移送材料（{n} 项）").format(n=len(one.package)),
                "text": "\n".join(one.package),
                "url": page_of(one),
                "link": _("打开全文"),
            }
        ],
        "effects": effects_of(PoliceTransfer.acts()["approve"][0], file, one),
        "decide_url": reverse("transfer-decide", args=[one.public_id]),
        "acting": actor.acting.get(Role.PRINCIPAL_HEAD, ""),
    }


def _item(file: CaseFile, clocks: Clocks, own: Sequence[Limit] = ()) -> dict[str, Any]:
    """What every item says of its case; `own` are the limits of the decision itself, which come before the case's."""
    root = file.root
    near = clocks.nearest(own) or clocks.nearest(file.running)
    return {
        "number": number_of(root),
        "url": page_of(root),
        "employer": title_of(root),
        "worker_count": head_count(file.workers),
        "amount": total(file.lines, "rest"),
        "chip": clocks.chip_of(near),
        "clock_name": clock_name(near.rule) if near is not None else "",
        "due_on": near.due_on if near is not None else None,
        "due": near.due_at.timestamp() if near is not None else float("inf"),
    }


def shown_inputs(rule: ActionRule, shown: dict[str, Any], file: CaseFile) -> list[dict[str, str]]:
    """What the handler filled in, in words."""
    said = said_in(rule, {name: value for name, value in shown.items() if name != "reason"})
    names = names_in(said, file)
    return [{"label": str(field.label).split("（")[0], "value": words_of(field, value, names)} for field, value in said]


def _mine(one: Approval) -> dict[str, Any]:
    root = root_of(one)
    return {
        "act": to_do(one.label),
        "number": number_of(root),
        "url": page_of(root),
        "employer": title_of(root),
        "asked_at": one.requested_at,
        "role": one.needed_label,
        "state": one.state,
        "state_label": one.get_state_display(),
        "reason": one.decision_reason,
        "withdraw_url": reverse("approval-withdraw", args=[one.public_id])
        if one.state == Approval.State.REQUESTED
        else "",
    }


def _draft(request: HttpRequest, actor: Actor, *, public_id: UUID, n: int) -> HttpResponse:
    """One draft paper of a request, as it will look, marked as a draft."""
    allow(actor, *BUREAU_ROLES)
    one = _found(actor, public_id)
    if n >= len(one.draft):
        raise NotVisible()
    draft = one.draft[n]
    return download(paper_pdf(draft["content"], draft=True), f"{draft['kind']}（草稿）.pdf", shown=True)


# --- deciding --------------------------------------------------------------------------------------------------------


def _decide(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    approval = _visible(request, public_id)
    reason, yes = request.POST.get("reason", "").strip()[:2000], _yes(request)
    try:
        approvals.decide(approval, by=actor, yes=yes, reason=reason)
    except InvalidInput as wrong:
        return _refused(request, public_id, wrong, reason)
    messages.success(
        request, _("{answer}：{act}").format(answer=_("已同意") if yes else _("已不同意"), act=to_do(approval.label))
    )
    return redirect("approvals")


def _withdraw(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    approval = _visible(request, public_id)
    approvals.withdraw(approval, by=actor)
    messages.success(request, _("已撤回：{act}").format(act=to_do(approval.label)))
    return redirect("approvals")


def _visible(request: HttpRequest, public_id: UUID) -> Approval:
    """The request, if its case or complaint is one the reader may see."""
    with reading_as(request.user) as actor:
        return _found(actor, public_id)


def _found(actor: Actor, public_id: UUID) -> Approval:
    found = Approval.objects.filter(public_id=public_id).select_related("case__bureau", "complaint__bureau").first()
    if found is None:
        raise NotVisible()
    root = root_of(found)
    if not visible_to(actor, type(root), Purpose.ACT).filter(pk=root.pk).exists():
        raise NotVisible()
    return found


def _decide_transfer(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    """The yes or no of the principal head is the arrow itself."""
    with reading_as(request.user):
        transfer = seen(actor, PoliceTransfer, public_id)
    reason, yes = request.POST.get("reason", "").strip()[:2000], _yes(request)
    try:
        if yes:
            perform(transfer, "approve", by=actor, inputs={"opinion": reason})
        else:
            perform(transfer, "refuse", by=actor, inputs={"reason": reason})
    except InvalidInput as wrong:
        return _refused(request, public_id, wrong, reason)
    messages.success(request, _("已批准移送") if yes else _("已不批准移送"))
    return redirect("approvals")


def _yes(request: HttpRequest) -> bool:
    answer = request.POST.get("answer", "")
    if answer not in ("yes", "no"):
        raise InvalidInput({"answer": _("请选择同意或者不同意")})
    return answer == "yes"


def _refused(request: HttpRequest, public_id: UUID, wrong: InvalidInput, typed: str) -> HttpResponse:
    words = "；".join(text for said in wrong.errors.values() for text in said)
    if wrong.errors.get("reason"):
        words = _("不同意须写明理由")
    with reading_as(request.user) as actor:
        return _page(request, actor, wrong=str(public_id), errors=words, typed=typed, status=422)


page = screen(_read)
draft = screen(_draft)
decide = screen(write=_decide)
withdraw = screen(write=_withdraw)
decide_transfer = screen(write=_decide_transfer)
