"""Files of a whole matter: the bound file of a case, receipts of service, the package for the police, the archive's."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse

from casedesk.papers.binding import (
    bound,
    copy_list,
    evidence_piece,
    ledger_piece,
    paper_piece,
    plain_piece,
    receipt_pieces,
)
from casedesk.papers.package import closing_package, transfer_package
from casedesk.papers.render import paper_pdf
from casedesk.readings import What, has_read
from casedesk.web.case import opened
from casedesk.web.matters import complaint_number, root_of, seen
from casedesk.web.pages import allow, screen
from casedesk.web.papers import download, found
from workflows import clock
from workflows.casefile.file import CaseFile
from workflows.casefile.papers import Service
from workflows.casefile.personal import masked
from workflows.errors import NotPossibleNow, NotVisible
from workflows.models import Case, PoliceTransfer
from workflows.procedures.dossier import contents_of
from workflows.procedures.inspection_state import InspectionState
from workflows.reading.access import Purpose
from workflows.roles import BUREAU_ROLES, Actor, Role
from workflows.wording.intake import complaint_form
from workflows.wording.serving import receipt_content


def _whole(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    """打印全卷: one paged PDF of everything that lies in the case."""
    allow(actor, *BUREAU_ROLES, Role.LEGAL_REVIEWER)
    case: Case = seen(actor, Case, public_id, Purpose.WORK)
    has_read(request, What.PRINT, case)
    file = opened(case)
    now = clock.now()
    contents = contents_of(file, now, everything=True)
    pieces = [
        plain_piece(f"投诉登记表（{complaint_number(c)}）", case.number, case.bureau.name, str(clock.legal_day(c.received_at)),
                    complaint_form(c, masked))
        for c in file.complaints
    ]  # fmt: skip
    for paper in file.all_papers:
        pieces += [paper_piece(paper), *receipt_pieces(paper)]
    pieces.append(ledger_piece(contents))
    pieces += [evidence_piece(item, item.title) for item in file.evidence]
    facts = [
        ("案号", case.number), ("当事人", case.employer.name), ("立案日期", str(case.filed_on)),
        ("承办人", "、".join(a.officer.name for a in file.assignments)),
        ("打印", f"{actor.name}　{now.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"),
    ]  # fmt: skip
    data = bound("劳动保障监察案卷", case.number, case.bureau.name, facts, pieces)
    return download(data, f"{case.number} 全卷.pdf", shown=True)


def _archive(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    """归档包 of a closed case."""
    allow(actor, *BUREAU_ROLES)
    case: Case = seen(actor, Case, public_id, Purpose.WORK)
    inspection = case.inspection
    if inspection.state != InspectionState.CLOSED or inspection.since is None:
        raise NotPossibleNow("结案后才能归档")
    has_read(request, What.EXPORT, case)
    contents = contents_of(CaseFile(case=case), inspection.since, everything=True)
    return download(closing_package(case, contents, inspection.since), f"{case.number} 归档.zip")


def _package(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    """移送包: for the police, and for the bureau that sent it."""
    allow(actor, *BUREAU_ROLES, Role.POLICE_OFFICER)
    transfer: PoliceTransfer = seen(actor, PoliceTransfer, public_id, Purpose.WORK)
    has_read(request, What.EXPORT, transfer.case)
    return download(transfer_package(transfer), f"{transfer.case.number} 移送.zip")


def _copies(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    """移送材料目录: what the procuratorate gets a copy of (TRF-07)."""
    allow(actor, *BUREAU_ROLES, Role.POLICE_OFFICER, Role.PROSECUTOR)
    transfer: PoliceTransfer = seen(actor, PoliceTransfer, public_id, Purpose.WORK)
    if not transfer.contents:
        raise NotPossibleNow("移送后才有材料目录")
    return download(
        copy_list(transfer.contents, transfer.package).pdf, f"{transfer.case.number} 移送材料目录.pdf", shown=True
    )


def _blank_receipt(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    """A 送达回证 to take along and have signed."""
    paper = found(actor, public_id)
    has_read(request, What.PAPER, root_of(paper))
    content = receipt_content(paper, None, paper.content["inspectors"])
    return download(paper_pdf(content), f"送达回证 {paper.number}.pdf", shown=True)


def _receipt(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    """The 送达回证 of one service."""
    service = Service.objects.filter(public_id=public_id).select_related("paper").first()
    if service is None:
        raise NotVisible()
    paper = found(actor, service.paper.public_id)
    has_read(request, What.PAPER, root_of(paper))
    content = receipt_content(paper, service, paper.content["inspectors"])
    return download(paper_pdf(content), f"送达回证 {paper.number}.pdf", shown=True)


whole = screen(_whole)
archive = screen(_archive)
package = screen(_package)
copies = screen(_copies)
blank_receipt = screen(_blank_receipt)
receipt = screen(_receipt)
