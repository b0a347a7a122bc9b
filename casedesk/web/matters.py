"""From an address to the matter behind it: the procedure or root somebody wants to act on, with his offers.

What the actor may not see is not found; what is not his to do is denied; what the state does not allow is said with
what it does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from casedesk.web.chips import Clocks
from workflows import clock
from workflows.action import ActionRule, Procedure
from workflows.casefile.case import Case
from workflows.casefile.complaint import Complaint
from workflows.casefile.file import CaseFile
from workflows.errors import NotVisible, PermissionDenied, UnknownAction
from workflows.models import Approval
from workflows.perform import Offer, offers, procedure_named
from workflows.procedures.inspection import Inspection
from workflows.procedures.intake import Intake
from workflows.procedures.joint_reception import JointReception
from workflows.procedures.police_transfer import PoliceTransfer
from workflows.procedures.registry import OPENING
from workflows.reading.access import Purpose, visible_to
from workflows.roles import Actor

RELATED = {
    Intake: ("complaint__case__employer", "complaint__case__bureau", "complaint__bureau"),
    Inspection: ("case__employer", "case__bureau", "case__project"),
    JointReception: ("case__employer", "case__bureau", "complaint__bureau", "complaint__case", "reception_day"),
    PoliceTransfer: ("case__employer", "case__bureau"),
}
CHANGED_SINCE = "别人刚刚更新了本案，请先查看变化再提交"


@dataclass
class Matter:
    """One act on one subject by one actor, as it stands now. `offer` is None when the state does not allow the act."""

    actor: Actor
    subject: Procedure
    file: CaseFile
    act: str
    offer: Offer | None
    others: list[Offer]

    @property
    def root(self) -> Case | Complaint:
        return self.file.root

    @property
    def performed_on(self) -> Any:
        """What `perform` wants: an opening act takes the root."""
        return self.root if self.subject.pk is None else self.subject

    @property
    def rule(self) -> ActionRule:
        """The declaration, of this state where there is one."""
        if self.offer is not None:
            return self.offer.rule
        return type(self.subject).acts()[self.act][0]

    @property
    def requested(self) -> Approval | None:
        """A request for this very act that still waits."""
        return (
            Approval.objects.filter(
                procedure=self.subject.NAME,
                act=self.act,
                state=Approval.State.REQUESTED,
                subject=self.subject.public_id,
            )
            .select_related("requested_by")
            .first()
            if self.subject.pk is not None
            else None
        )


def matter_of(actor: Actor, procedure: str, public_id: UUID, act: str) -> Matter:
    """The matter of an action's address. Raises UnknownAction, NotVisible, PermissionDenied."""
    kind = procedure_named(procedure)
    rules = kind.acts().get(act)
    if not rules or all(r.step_only for r in rules) or act == "log":
        raise UnknownAction()
    if OPENING.get(act) is kind:
        file = file_of(seen_root(actor, public_id))
        subject = kind.open_on(file)
    else:
        subject = seen(actor, kind, public_id)
        file = file_of(subject.root)
        subject.hang_on(file)
    offered = offers(subject, file, actor, clock.now())
    mine = next((o for o in offered if o.rule.name == act), None)
    if mine is None and (here := kind.rule_from(act, subject.state)) is not None:
        raise PermissionDenied(f"“{here.label}”由{doers(here)}办理")
    if mine is None and not any(actor.has(*r.roles) for r in rules):
        raise PermissionDenied(f"“{rules[0].label}”由{doers(rules[0])}办理")
    return Matter(actor, subject, file, act, mine, offered)


def doers(rule: ActionRule) -> str:
    """Who does an act, in words."""
    return "、".join(dict.fromkeys(str(w.label) for w in rule.by))


def seen(actor: Actor, model: Any, public_id: UUID, purpose: Purpose = Purpose.ACT) -> Any:
    """The row of a model that the actor may see. Raises NotVisible."""
    row = visible_to(actor, model, purpose).filter(public_id=public_id).select_related(*RELATED.get(model, ())).first()
    if row is None:
        raise NotVisible()
    return row


def seen_root(actor: Actor, public_id: UUID) -> Case | Complaint:
    """The case or complaint of a public id that the actor may see. Raises NotVisible."""
    cases = visible_to(actor, Case).select_related("employer", "project", "bureau")
    complaints = visible_to(actor, Complaint).select_related("bureau", "case", "township")
    found = cases.filter(public_id=public_id).first() or complaints.filter(public_id=public_id).first()
    if found is None:
        raise NotVisible()
    return found


def file_of(root: Case | Complaint) -> CaseFile:
    """The file of a root as `available_actions` opens it."""
    return CaseFile(case=root) if isinstance(root, Case) else CaseFile(complaint=root, case=root.case)


# --- addresses -------------------------------------------------------------------------------------------------------


def root_of(row: Any) -> Case | Complaint:
    """The case or complaint that a request or a paper hangs on."""
    root = row.case or row.complaint
    assert isinstance(root, Case | Complaint)
    return root


def page_of(subject: Procedure | Case | Complaint) -> str:
    """The page that shows a procedure or root."""
    if isinstance(subject, Intake):
        return reverse("complaint", args=[subject.complaint.public_id])
    if isinstance(subject, Complaint):
        return reverse("complaint", args=[subject.public_id])
    if isinstance(subject, Inspection):
        return reverse("case", args=[subject.case.public_id])
    if isinstance(subject, Case):
        return reverse("case", args=[subject.public_id])
    if subject.pk is None:
        return page_of(subject.root)
    return reverse("reception" if isinstance(subject, JointReception) else "transfer", args=[subject.public_id])


def act_url(subject: Procedure, act: str) -> str:
    """The page of one act; an opening act is addressed by its root."""
    public_id = subject.root.public_id if subject.pk is None else subject.public_id
    return reverse("act", args=[subject.NAME, public_id, act])


def complaint_number(complaint: Complaint) -> str:
    """How a complaint is called aloud: the end of its public id; it carries no number of its own."""
    return f"投诉 {complaint.public_id.hex[-6:].upper()}"


def title_of(root: Case | Complaint) -> str:
    """What staff call a matter: the employer."""
    if isinstance(root, Case):
        return root.employer.name
    return root.employer_name or "单位不详"


def number_of(root: Case | Complaint) -> str:
    return root.number if isinstance(root, Case) else complaint_number(root)


def owed_by_others(file: CaseFile, clocks: Clocks) -> list[dict[str, Any]]:
    """What other agencies owe an answer to, and what we owe the leaders, nearest day first."""
    about = {x.about: x for x in file.running if x.about is not None}
    waiting = [(t.agency.name, t.question, about.get(t.public_id)) for t in file.tasks if t.waiting]
    waiting += [(r.agency.name, r.wanted, about.get(r.public_id)) for r in file.data_requests if r.waiting]
    waiting += [(_("督办"), o.question, about.get(o.public_id)) for o in file.supervision_orders if o.waiting]
    known = sorted(((w, q, x) for w, q, x in waiting if x is not None), key=lambda one: one[2].due_at)
    return [{"label": who, "note": question[:80], "chip": clocks.chip_of(limit)} for who, question, limit in known]


# --- offers as buttons -----------------------------------------------------------------------------------------------

#: by procedure and state: the acts to show as buttons, the first one as the next step
NEXT: dict[tuple[str, str], tuple[str, ...]] = {
    ("intake", "draft"): ("register", "add_lines", "withdraw"),
    ("intake", "registered"): ("accept", "request_supplement", "refer", "decline", "amend", "answer"),
    ("intake", "supplement_requested"): ("receive_supplement", "decline"),
    ("intake", "referred"): ("report_result", "send_back"),
    ("intake", "accepted"): ("chase", "add_lines", "add_evidence"),
    ("inspection", "filed"): ("assign",),
    ("inspection", "investigating"): ("establish_facts", "record_interview", "issue_inquiry", "ask_agency"),
    ("inspection", "facts_established"): ("order_payment", "inform_intent", "record_payment"),
    ("inspection", "ordered"): ("record_service", "record_payment", "expire"),
    ("inspection", "expired"): ("propose_transfer", "inform_intent", "record_payment"),
    ("inspection", "intent_informed"): ("decide", "hear_defence", "legal_review", "record_service"),
    ("inspection", "decided"): ("record_service", "demand", "record_payment"),
    ("inspection", "demanded"): ("apply_enforcement", "record_service", "record_payment"),
    ("inspection", "enforcement_applied"): ("close", "record_payment"),
    ("inspection", "complied"): ("close",),
    ("joint", "scheduled"): ("convene", "no_show", "cancel"),
    ("joint", "convened"): ("record_agreement", "no_agreement", "minutes", "assign_task"),
    ("joint", "agreed"): ("record_instalment", "confirm_performance", "declare_default"),
    ("joint", "not_agreed"): ("close",),
    ("joint", "defaulted"): ("close", "confirm_performance"),
    ("joint", "performed"): ("close",),
    ("police", "proposed"): ("report", "abandon"),
    ("police", "reported"): ("approve", "refuse"),
    ("police", "approved"): ("send", "abandon"),
    ("police", "sent"): ("receive", "forward"),
    ("police", "forwarded"): ("receive",),
    ("police", "received"): ("file", "ask_supplement", "decline", "forward"),
    ("police", "supplement_asked"): ("supplement", "file", "decline"),
    ("police", "police_filed"): ("hand_over", "drop"),
    ("police", "handed_over"): ("prosecute", "no_prosecution", "drop"),
    ("police", "prosecuted"): ("judge", "no_prosecution"),
    ("police", "not_filed"): ("request_reconsideration", "suggest_supervision", "accept_refusal"),
    ("police", "upheld"): ("suggest_supervision", "accept_refusal"),
    ("police", "upheld_finally"): ("accept_refusal",),
}
GRAVE = frozenset({"decline", "cancel_filing", "refuse", "abandon", "drop", "withdraw", "no_show", "cancel"})
SHOWN = 4
#: acts that are named like the state or the stage they lead to; English tells the two apart
TO_DO = {
    "登记": pgettext_lazy("办理", "登记"), "受理立案": pgettext_lazy("办理", "受理立案"),
    "不予受理": pgettext_lazy("办理", "不予受理"), "转办": pgettext_lazy("办理", "转办"),
    "撤诉": pgettext_lazy("办理", "撤诉"), "立案": pgettext_lazy("办理", "立案"), "结案": pgettext_lazy("办理", "结案"),
    "撤销立案": pgettext_lazy("办理", "撤销立案"), "并案": pgettext_lazy("办理", "并案"), "办结": pgettext_lazy("办理", "办结"),
    "移送": pgettext_lazy("办理", "移送"), "未到场": pgettext_lazy("办理", "未到场"),
    "未达成协议": pgettext_lazy("办理", "未达成协议"), "不起诉": pgettext_lazy("办理", "不起诉"),
    "复议维持": pgettext_lazy("办理", "复议维持"),
}  # fmt: skip


def to_do(label: str) -> str:
    """The label of an act, said as something to be done."""
    return str(TO_DO[label]) if label in TO_DO else _(label)


def next_step(procedure: type[Procedure], state: str) -> str:
    """The next step of a state, in words, for lists."""
    for name in NEXT.get((procedure.NAME, state), ()):
        opening = OPENING.get(name)
        rule = procedure.rule_from(name, state) or (opening.acts()[name][0] if opening is not None else None)
        if rule is not None:
            return to_do(rule.label)
    return ""


def buttons(groups: Iterable[tuple[str, Procedure, list[Offer]]], aside: Iterable[str] = ()) -> dict[str, Any]:
    """`acts` (at most four buttons) and `more` (everything, by procedure) for parts/_actions.html.

    `aside` names acts that are no next step here, for example a transfer where one is under way.
    """
    groups = [(label, subject, offered) for label, subject, offered in groups if offered]
    wanted = [
        name
        for _label, subject, _offered in groups
        for name in NEXT.get((subject.NAME, subject.state), ())
        if name not in aside
    ]
    loose = [(subject, offer) for _label, subject, offered in groups for offer in offered]
    shown = sorted((x for x in loose if x[1].rule.name in wanted), key=lambda x: wanted.index(x[1].rule.name))[:SHOWN]
    first = next((offer for _subject, offer in shown if offer.possible and offer.rule.name not in GRAVE), None)
    acts = [button(subject, offer) | {"primary": offer is first} for subject, offer in shown]
    chosen = {id(offer) for _subject, offer in shown}
    more = [
        {"label": label, "acts": [button(subject, offer) for offer in offered if id(offer) not in chosen]}
        for label, subject, offered in groups
    ]
    return {"acts": acts, "more": [group for group in more if group["acts"]]}


def button(subject: Procedure, offer: Offer) -> dict[str, Any]:
    """One act as parts/_actions.html shows it."""
    return {
        "label": to_do(offer.rule.label),
        "url": act_url(subject, offer.rule.name),
        "possible": offer.possible,
        "reason": "；".join(offer.reasons),
        "danger": offer.rule.name in GRAVE,
        "icon": "",
    }
