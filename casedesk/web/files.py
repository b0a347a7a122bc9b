"""Files of a whole matter: the bound file of a case, receipts of service, the package for the police, the archive's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from time import monotonic
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from casedesk.papers.binding import (
    Piece,
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
from casedesk.web.matters import complaint_number, page_of, root_of, seen, title_of
from casedesk.web.pages import allow, screen, show
from casedesk.web.papers import archive as archive_of
from casedesk.web.papers import download, found
from workflows import clock
from workflows.casefile.complaint import Complaint
from workflows.casefile.evidence import Evidence
from workflows.casefile.file import CaseFile
from workflows.casefile.papers import Paper, Service
from workflows.casefile.personal import masked
from workflows.errors import NotPossibleNow, NotVisible
from workflows.models import Case, PoliceTransfer
from workflows.procedures.dossier import contents_of
from workflows.procedures.inspection_state import InspectionState
from workflows.reading.access import Purpose
from workflows.roles import BUREAU_ROLES, Actor, Role
from workflows.wording.intake import complaint_form
from workflows.wording.serving import receipt_content

#: seconds of drawing in one answer; what is left is drawn by the next
PATIENCE = 3.0


def _whole(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    """打印全卷: one paged PDF of everything that lies in the case.

    What was drawn once is kept. Where much is new, a page tells how far it is and asks again by itself; each of these
    answers draws for `PATIENCE` seconds and no request outlasts the web server's patience.
    """
    allow(actor, *BUREAU_ROLES, Role.LEGAL_REVIEWER)
    case: Case = seen(actor, Case, public_id, Purpose.WORK)
    file = opened(case)
    now = clock.now()
    makers = _makers(file, now)
    pieces: list[Piece] = []
    until = monotonic() + PATIENCE
    for n, maker in enumerate(makers, start=1):
        pieces += maker()
        if monotonic() > until and n < len(makers):
            return _not_yet(request, actor, case, n, len(makers))
    has_read(request, What.PRINT, case)
    facts = [
        ("案号", case.number), ("当事人", case.employer.name), ("立案日期", str(case.filed_on)),
        ("承办人", "、".join(a.officer.name for a in file.assignments)),
        ("打印", f"{actor.name}　{now.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"),
    ]  # fmt: skip
    data = bound("劳动保障监察案卷", case.number, case.bureau.name, facts, pieces)
    return download(data, f"{case.number} 全卷.pdf", shown=True)


def _not_yet(request: HttpRequest, actor: Actor, case: Case, done: int, total: int) -> HttpResponse:
    context = {
        "progress": {"done": done, "total": total, "share": 100 * done // total},
        "subject": {"title": title_of(case), "number": case.number},
        "back_url": page_of(case),
    }
    return show(request, actor, "casedesk/making.html", context)


def _makers(file: CaseFile, now: datetime) -> list[Callable[[], Sequence[Piece]]]:
    """What lies in the case, in the order of the file, each as what draws it."""
    return [
        *(partial(_complaint, file, complaint) for complaint in file.complaints),
        *(partial(_with_receipts, paper) for paper in file.all_papers),
        partial(_ledger, file, now),
        *(partial(_evidence, item) for item in file.evidence),
    ]


def _complaint(file: CaseFile, complaint: Complaint) -> list[Piece]:
    assert file.case is not None
    title, on = f"投诉登记表（{complaint_number(complaint)}）", str(clock.legal_day(complaint.received_at))
    return [plain_piece(title, file.case.number, file.case.bureau.name, on, complaint_form(complaint, masked))]


def _with_receipts(paper: Paper) -> list[Piece]:
    return [paper_piece(paper), *receipt_pieces(paper)]


def _ledger(file: CaseFile, now: datetime) -> list[Piece]:
    return [ledger_piece(contents_of(file, now, everything=True))]


def _evidence(item: Evidence) -> list[Piece]:
    return [evidence_piece(item, item.title)]


def _archive(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    """归档包 of a closed case."""
    allow(actor, *BUREAU_ROLES)
    case: Case = seen(actor, Case, public_id, Purpose.WORK)
    inspection = case.inspection
    if inspection.state != InspectionState.CLOSED or inspection.since is None:
        raise NotPossibleNow("结案后才能归档")
    has_read(request, What.EXPORT, case)
    contents = contents_of(CaseFile(case=case), inspection.since, everything=True)
    return archive_of(closing_package(case, contents, inspection.since), f"{case.number} 归档.zip")


def _package(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    """移送包: for the police, and for the bureau that sent it."""
    allow(actor, *BUREAU_ROLES, Role.POLICE_OFFICER)
    transfer: PoliceTransfer = seen(actor, PoliceTransfer, public_id, Purpose.WORK)
    has_read(request, What.EXPORT, transfer.case)
    return archive_of(transfer_package(transfer), f"{transfer.case.number} 移送.zip")


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
