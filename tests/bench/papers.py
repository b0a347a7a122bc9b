"""An order for 300 workers: set as PDF and as DOCX, nothing kept from before (aim ≤ 2 s)."""

from __future__ import annotations

import statistics
import sys
import time

from casedesk.papers.render import pdf
from casedesk.papers.shape import document
from casedesk.papers.word import paper_docx
from tests import people, walks
from workflows import clock
from workflows.models import Paper

WORKERS, ROUNDS = 300, 5


def figures() -> dict[str, float]:
    """Seconds; the first includes reading the fonts, as after a restart; then medians."""
    who = people.settle_county()
    lines = [
        {"worker_name": f"工人{n}", "claimed": f"{9000 + n * 37}.{n % 100:02}", "months": "3"} for n in range(WORKERS)
    ]
    with clock.at(walks.MONDAY):
        inspection = walks.ordered(who, serve="", lines=lines, worker_count=WORKERS)
    content = Paper.objects.get(case=inspection.case_id, kind="order").content
    print("\rorder_300: rounds …            ", end="", file=sys.stderr, flush=True)
    first = _seconds(lambda: pdf("letter.typ", document(content)))
    again = [_seconds(lambda: pdf("letter.typ", document(content))) for _ in range(ROUNDS)]
    word = [_seconds(lambda: paper_docx(content)) for _ in range(ROUNDS)]
    return {
        "order_300_first_pdf_s": round(first, 2),
        "order_300_pdf_s": round(statistics.median(again), 2),
        "order_300_docx_s": round(statistics.median(word), 2),
    }


def _seconds(work) -> float:  # type: ignore[no-untyped-def]
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
