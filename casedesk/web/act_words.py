"""What an act will do, said before it is done: limits, papers, notices and approval, read off its declaration."""

from __future__ import annotations

import inspect
from typing import Any

from django.utils.translation import gettext as _

from casedesk.web.chips import law_of
from workflows.action import ActionRule, Sends, SetsDate, Starts
from workflows.casefile.file import CaseFile
from workflows.casefile.papers import PaperKind
from workflows.notices import MATRIX
from workflows.perform import Offer
from workflows.request import Approval
from workflows.roles import SECOND_OFFICER, Role

#: accept files the case and starts what filing starts
FILES_A_CASE = "accept"


def effects_of(rule: ActionRule, file: CaseFile, subject: Any, approval: str = "") -> list[dict[str, Any]]:
    """The entries of parts/_effects.html; what depends on what will be written down says so."""
    target = rule.target_from(subject.state)
    groups = [
        ("arrow-right", _("状态变为"), [_item(type(subject).State(target).label)] if target != subject.state else []),
        ("clock", _("将启动"), [_started(wired) for wired in rule.starts]),
        ("square", _("将停止"), [_item(law_of(s.rule).name) for s in rule.stops if _runs(file, subject, s.rule)]),
        ("file-text", _("将生成"), [_item(f"《{kind.label}》", _("编号在办理时确定")) for kind in papers_of(rule)]),
        ("bell", _("将通知"), [_told(s) for s in rule.sends]),
        ("pen-line", _("需要审批"), [_item(approver(approval), _("批准时才生效"))] if approval else []),
    ]
    if rule.name == FILES_A_CASE:
        groups[1][2].extend([_item(law_of(name).name, law_of(name).period) for name in ("INV-01", "INV-02")])
        groups[3][2].append(_item(f"《{PaperKind.FILING_FORM.label}》"))
    return [{"icon": icon, "label": label, "items": items} for icon, label, items in groups if items]


def _item(text: str, note: str = "") -> dict[str, str]:
    return {"text": str(text), "note": str(note)}


def _started(wired: Starts | SetsDate) -> dict[str, str]:
    law = law_of(wired.rule)
    if isinstance(wired, SetsDate):
        return _item(law.name, _("到您填写的日期"))
    if wired.served:
        return _item(
            f"{law.name}{f' {law.period}' if law.period else ''}",
            _("送达《{paper}》时").format(paper=PaperKind(wired.served).label),
        )
    return _item(f"{law.name} {law.period}", _("视填写内容") if wired.when is not None else "")


def _told(sends: Sends) -> dict[str, str]:
    row = MATRIX[sends.notice]
    return _item(row.to_label, f"{row.title}{_('（符合条件时）') if sends.when is not None else ''}")


def _runs(file: CaseFile, subject: Any, rule: str) -> bool:
    return subject.pk is not None and file.runs(rule, subject.public_id) is not None


def papers_of(rule: ActionRule) -> list[PaperKind]:
    """The papers an act draws up: the kinds its change makers were made for."""
    kinds = []
    for maker in rule.changes:
        kind = inspect.getclosurevars(maker).nonlocals.get("kind") if inspect.isfunction(maker) else None
        if isinstance(kind, PaperKind):
            kinds.append(kind)
    return kinds


def approver(needed: str) -> str:
    """Who approves, in words."""
    return str(Approval(needed=needed).needed_label) if needed == SECOND_OFFICER else str(Role(needed).label)


def approval_note(offer: Offer) -> dict[str, str] | None:
    """What the action page says beside its button."""
    if not offer.approval:
        return None
    note = _("依据纸质文书补录，须另一人核对。") if offer.approval == SECOND_OFFICER else ""
    return {"role": approver(offer.approval), "note": note}
