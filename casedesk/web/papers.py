"""A paper as it was frozen, and the bytes of an evidence file. PDF and DOCX are made from the same content when
somebody asks for them."""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from django.db.models import Q
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from casedesk.papers.packing import Made
from casedesk.papers.render import paper_pdf
from casedesk.papers.shape import document
from casedesk.papers.word import paper_docx
from casedesk.readings import What, has_read
from casedesk.uses import How, Use, has_used
from casedesk.web.matters import RELATED, act_url, file_of, number_of, page_of, root_of, title_of
from casedesk.web.pages import screen, show
from workflows import clock
from workflows.action import Procedure
from workflows.casefile.case import Case
from workflows.casefile.complaint import Complaint
from workflows.casefile.evidence import KINDS as STORED
from workflows.casefile.evidence import Evidence, read_file
from workflows.casefile.file import bureau_codes
from workflows.casefile.papers import Paper, PaperKind
from workflows.errors import NotVisible
from workflows.models import Inspection, Intake, PoliceTransfer
from workflows.perform import offers
from workflows.procedures.paper_acts import BINDING
from workflows.procedures.police_rows import PACKED
from workflows.reading.access import Purpose, visible_to
from workflows.roles import BUREAU_ROLES, Actor, Role
from workflows.wording.content import LETTER

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


def found(actor: Actor, public_id: UUID) -> Paper:
    """The paper, if the actor may read it. Raises NotVisible."""
    paper = (
        Paper.objects.filter(public_id=public_id)
        .filter(_reachable(actor, kinds=TO_POLICE))
        .select_related("case__employer", "complaint", "replaced_by")
        .first()
    )
    if paper is None:
        raise NotVisible()
    return paper


def _read(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    paper = found(actor, public_id)
    root = root_of(paper)
    newer = paper.replaced_by
    context = {
        "doc": document(paper.content),
        "paper": {
            "title": paper.get_kind_display(),
            "number": paper.number,
            "sha256": paper.content_sha256,
            "pdf_url": reverse("paper-pdf", args=[public_id]),
            "docx_url": reverse("paper-docx", args=[public_id]),
            "receipt_url": reverse("paper-receipt", args=[public_id]) if paper.served_at is None else "",
            "acts": _acts(actor, paper),
            "replaced_by": _link(newer) if newer is not None else None,
            "replaces": [_link(old) for old in paper.replaces.order_by("id")],
            "served": [
                {
                    "mode": s.get_mode_display(),
                    "at": s.at,
                    "place": s.place,
                    "recipient": s.recipient,
                    "proof": s.proof,
                    "effective": s.effective_at,
                    "witness": s.witness,
                    "receipt_url": reverse("service-receipt", args=[s.public_id]),
                }
                for s in paper.services.order_by("id")
            ],
        },
        "back_url": page_of(root) if visible_to(actor, type(root)).filter(pk=root.pk).exists() else "",
        "subject": {"title": title_of(root), "number": number_of(root)},
    }
    has_read(request, What.PAPER, root)
    _used(request, actor, How.READ, str(paper), root)
    return show(request, actor, "casedesk/paper.html", context)


#: what may be done with a paper, each with the sentence for a paper with which it cannot be done
SERVE, REISSUE = "record_service", "reissue_paper"


def _acts(actor: Actor, paper: Paper) -> list[dict[str, Any]]:
    """Serving and reissuing, for whom they are his to do: the address, or why not now. Nothing for everybody else."""
    subject = _subject(actor, paper)
    if subject is None:
        return []
    file = file_of(subject.root)
    subject.hang_on(file)
    found = []
    for offer in offers(subject, file, actor, clock.now()):
        if offer.rule.name == SERVE and paper.content["family"] != LETTER:
            continue  # a form or record of the bureau's own goes to nobody
        if offer.rule.name in (SERVE, REISSUE):
            reason = _against(offer.rule.name, paper) or "；".join(offer.reasons)
            url = f"{act_url(subject, offer.rule.name)}?{urlencode({'paper': str(paper.public_id)})}"
            found.append({"act": offer.rule.name, "url": "" if reason else url, "reason": reason})
    return found


def _subject(actor: Actor, paper: Paper) -> Procedure | None:
    """The procedure that serves and reissues a paper: the case's inspection, else the complaint's intake."""
    if paper.case_id is not None:
        rows: Any = visible_to(actor, Inspection, Purpose.ACT).filter(case=paper.case_id)
    else:
        rows = visible_to(actor, Intake, Purpose.ACT).filter(complaint=paper.complaint_id)
    found: Procedure | None = rows.select_related(*RELATED[rows.model]).first()
    return found


def _against(act: str, paper: Paper) -> str:
    """Why this paper cannot be served or reissued, whatever the state of its matter."""
    if paper.replaced_by_id is not None:
        return _("本文书已由新的版本替换")
    if act == SERVE:
        return _("本文书已经送达") if paper.served_at is not None else ""
    if paper.procedure != "inspection":
        return _("只能更正监察程序制作的文书")
    if paper.kind in BINDING and paper.served_at is not None:
        return _("本文书已经送达，影响当事人权利义务，不能更正")
    return ""


def _link(paper: Paper) -> dict[str, str]:
    return {"number": paper.number, "url": reverse("paper", args=[paper.public_id])}


def _pdf(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    paper = found(actor, public_id)
    has_read(request, What.PAPER, root_of(paper))
    _used(request, actor, How.DOWNLOADED, str(paper), root_of(paper))
    return download(paper_pdf(paper.content), f"{paper}.pdf", shown=True)


def _docx(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    paper = found(actor, public_id)
    has_read(request, What.PAPER, root_of(paper))
    _used(request, actor, How.DOWNLOADED, str(paper), root_of(paper))
    return download(paper_docx(paper.content), f"{paper}.docx")


KINDS = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "zip": "application/zip",
}


def archive(made: Made, name: str) -> HttpResponse:
    """An archive from its file, with its hash: what arrives can be held against it."""
    response = FileResponse(made.file, as_attachment=True, filename=name, content_type=KINDS["zip"])
    response["Content-Length"] = str(made.size)
    response["Repr-Digest"] = f"sha-256=:{b64encode(bytes.fromhex(made.sha256)).decode()}:"
    response["X-Content-Type-Options"] = "nosniff"
    return response  # type: ignore[return-value]


def download(data: bytes, name: str, *, shown: bool = False) -> HttpResponse:
    """A file of ours under a name people can read; `shown` opens it in the browser, which our own PDF may."""
    response = HttpResponse(data, content_type=KINDS[name.rpartition(".")[2]])
    how = "inline" if shown else "attachment"
    response["Content-Disposition"] = f"{how}; filename*=UTF-8''{quote(name)}"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _reachable(actor: Actor, *, kinds: frozenset[PaperKind] | None = None) -> Q:
    """Rows that hang on what the actor sees; for police and procuratorate, on a case that was transferred to them."""
    seen = Q(case__in=visible_to(actor, Case)) | Q(case=None, complaint__in=visible_to(actor, Complaint))
    if actor.has(Role.POLICE_OFFICER, Role.PROSECUTOR):
        transferred = Q(case__in=visible_to(actor, PoliceTransfer).values("case"))
        seen |= transferred & Q(kind__in=kinds) if kinds is not None else transferred
    return seen


def _used(
    request: HttpRequest, actor: Actor, how: How, what: str, root: Case | Complaint, *, always: bool = False
) -> None:
    """The use record, where the police or the procuratorate open a paper or file of the package."""
    if always or actor.has(Role.POLICE_OFFICER, Role.PROSECUTOR):
        case = root if isinstance(root, Case) else None
        complaint = root if isinstance(root, Complaint) else None
        has_used(request, Use(what, how, _("办理本案"), case, complaint))


def _evidence(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    """The stored bytes, as a download: never shown inside our own pages."""
    rows = Evidence.objects.filter(public_id=public_id).exclude(sha256="").filter(_reachable(actor))
    item = rows.select_related("added_by__agency", "case__bureau", "complaint__bureau").first()
    if item is None:
        raise NotVisible()
    has_read(request, What.EVIDENCE, item.case or item.complaint)
    theirs = item.added_by is not None and item.added_by.agency.code not in bureau_codes(root_of(item).bureau)
    if theirs or not actor.has(*BUREAU_ROLES):  # what another agency gave us, or what it takes of ours
        _used(request, actor, How.DOWNLOADED, item.title, root_of(item), always=True)
    response = StreamingHttpResponse(read_file(item), content_type=item.content_type)
    name = quote(item.file_name or f"{item.title}")
    if item.case_id is not None and not visible_to(actor, Case).filter(pk=item.case_id).exists():
        name = f"{item.sha256[:12]}{STORED[item.content_type][1]}"  # a name may tell who handed it in
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    response["Content-Length"] = str(item.size)
    response["X-Content-Type-Options"] = "nosniff"
    return response  # type: ignore[return-value]


paper = screen(_read)
pdf = screen(_pdf)
docx = screen(_docx)
evidence = screen(_evidence)
