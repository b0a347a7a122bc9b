"""A paper as it was frozen, and the bytes of an evidence file. PDF and DOCX are made from the same content later."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _

from casedesk.readings import What, has_read
from casedesk.web.matters import number_of, page_of, root_of, title_of
from casedesk.web.pages import screen, show
from workflows.casefile.case import Case
from workflows.casefile.complaint import Complaint
from workflows.casefile.evidence import Evidence, read_file
from workflows.casefile.papers import Paper, PaperKind
from workflows.errors import NotVisible
from workflows.law.instruments import article
from workflows.models import PoliceTransfer
from workflows.procedures.police_rows import PACKED
from workflows.reading.access import visible_to
from workflows.roles import Actor, Role

#: papers that go to the police with or after the letter
TO_POLICE = frozenset(
    {
        *PACKED,
        PaperKind.TRANSFER_LETTER,
        PaperKind.SUPPLEMENT_TO_POLICE,
        PaperKind.HAND_OVER_LIST,
        PaperKind.RECONSIDERATION_REQUEST,
        PaperKind.SUPERVISION_SUGGESTION,
    }
)


def _read(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    paper = (
        Paper.objects.filter(public_id=public_id)
        .filter(_reachable(actor, kinds=TO_POLICE))
        .select_related("case__employer", "complaint", "replaced_by")
        .first()
    )
    if paper is None:
        raise NotVisible()
    root = root_of(paper)
    content = paper.content
    context = {
        "paper": {
            "title": content.get("title", paper.get_kind_display()),
            "number": content.get("number", paper.number),
            "bureau": content.get("bureau", ""),
            "addressee": content.get("addressee", ""),
            "date": content.get("date", ""),
            "said": list((content.get("said") or {}).items()),
            "law": article(content.get("law", "")),
            "workers": content.get("workers") or [],
            "total": content.get("total"),
            "head_count": content.get("head_count"),
            "employer": content.get("employer", ""),
            "case_number": content.get("case_number", ""),
            "handler": content.get("handler", ""),
            "certificate": content.get("certificate", ""),
            "approved_by": content.get("approved_by", ""),
            "sha256": paper.content_sha256,
            "replaced_by": paper.replaced_by.number if paper.replaced_by else "",
            "served": [
                {
                    "mode": s.get_mode_display(),
                    "at": s.at,
                    "place": s.place,
                    "recipient": s.recipient,
                    "proof": s.proof,
                    "effective": s.effective_at,
                }
                for s in paper.services.order_by("id")
            ],
        },
        "back_url": page_of(root) if visible_to(actor, type(root)).filter(pk=root.pk).exists() else "",
        "subject": {"title": title_of(root), "number": number_of(root)},
    }
    has_read(request, What.PAPER, root)
    return show(request, actor, "casedesk/paper.html", context)


def _reachable(actor: Actor, *, kinds: frozenset[PaperKind] | None = None) -> Q:
    """Rows that hang on what the actor sees; for police and procuratorate, on a case that was transferred to them."""
    seen = Q(case__in=visible_to(actor, Case)) | Q(case=None, complaint__in=visible_to(actor, Complaint))
    if actor.has(Role.POLICE_OFFICER, Role.PROSECUTOR):
        transferred = Q(case__in=visible_to(actor, PoliceTransfer).values("case"))
        seen |= transferred & Q(kind__in=kinds) if kinds is not None else transferred
    return seen


def paper_words(content: dict[str, Any], *, draft: bool = False) -> str:
    """A paper's content as plain lines, for a draft beside its request."""
    lines = [content.get("title", ""), _("编号：办理时确定") if draft else content.get("number", "")]
    if content.get("addressee"):
        lines.append(f"{content['addressee']}：")
    lines += [f"{label}：{value}" for label, value in (content.get("said") or {}).items()]
    if content.get("workers"):
        lines.append(
            _("涉及 {n} 人，合计 {total} 元").format(n=content.get("head_count", ""), total=content.get("total", ""))
        )
        lines += [f"　{w['name']}　{w['rest']} 元" for w in content["workers"][:50]]
    if content.get("law"):
        lines.append(_("依据：{law}").format(law=article(content["law"])))
    lines.append(content.get("bureau", ""))
    return "\n".join(line for line in lines if line)


def _evidence(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    """The stored bytes, as a download: never shown inside our own pages."""
    item = Evidence.objects.filter(public_id=public_id).exclude(sha256="").filter(_reachable(actor)).first()
    if item is None:
        raise NotVisible()
    has_read(request, What.EVIDENCE, item.case or item.complaint)
    response = StreamingHttpResponse(read_file(item), content_type=item.content_type)
    name = quote(item.file_name or f"{item.title}")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    response["Content-Length"] = str(item.size)
    response["X-Content-Type-Options"] = "nosniff"
    return response  # type: ignore[return-value]


paper = screen(_read)
evidence = screen(_evidence)
