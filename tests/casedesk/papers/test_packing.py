"""A package is written in a file and hashed as it is written: its size costs no memory."""

import copy
import hashlib
import os
import tracemalloc
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings

from casedesk.papers.package import closing_package
from casedesk.papers.packing import Packing
from casedesk.papers.verify import OK, verify
from tests import every_paper
from workflows import clock
from workflows.casefile import evidence
from workflows.casefile.file import CaseFile
from workflows.models import Evidence
from workflows.procedures.dossier import contents_of
from workflows.wording.amounts import in_words

MEGABYTE = 1 << 20


def photographs(case, number):
    """So many photographs of two megabytes each, as they lie in the store."""
    small = every_paper.picture()
    rows = []
    for n in range(number):
        data = small + os.urandom(2 * MEGABYTE)
        sha256 = hashlib.sha256(data).hexdigest()
        evidence._place(sha256).write_bytes(data)
        rows.append(Evidence(case=case, title=f"现场照片{n}", content_type="image/jpeg", size=len(data), sha256=sha256,
                             at=clock.now()))  # fmt: skip
    Evidence.objects.bulk_create(rows)


def with_workers(contents, number):
    """The contents of a dossier with more workers on its ledger."""
    made = copy.deepcopy(contents)
    line = dict(made["ledger"][0], name="工人", owed="9000.00", paid="0.00", rest="9000.00", settled="")
    made["ledger"] += [line | {"name": f"工人{n}"} for n in range(number - len(made["ledger"]))]
    for part in made["totals"]:
        made["totals"][part] = f"{sum(Decimal(x[part]) for x in made['ledger']):.2f}"
    made["total_in_words"] = in_words(Decimal(made["totals"]["rest"]))
    return made


def test_three_hundred_workers_and_forty_photographs_cost_no_memory(made, tmp_path):
    case = made.court.case
    photographs(case, 40)
    contents = with_workers(contents_of(CaseFile(case=case), made.court.since, everything=True), 300)
    with closing_package(case, contents, made.court.since).file:
        pass  # the papers are drawn and kept; what is weighed below is the packing
    tracemalloc.start()
    try:
        packed = closing_package(case, contents, made.court.since)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    path = tmp_path / "package.zip"
    digest = hashlib.sha256()
    with packed.file as file, path.open("wb") as copied:
        while piece := file.read(MEGABYTE):
            digest.update(piece)
            copied.write(piece)
    assert packed.size == path.stat().st_size > 80 * MEGABYTE
    assert peak < 24 * MEGABYTE, f"{peak / MEGABYTE:.0f} MB in memory"
    assert packed.sha256 == digest.hexdigest()
    told = verify(path)
    assert told.code == OK, told.lines


def test_a_package_that_fails_leaves_nothing_behind(shared_database):
    folder = Path(settings.VAR) / "packing"

    def pieces():
        yield b"x"
        raise FileNotFoundError

    with pytest.raises(FileNotFoundError), Packing() as packing:
        packing.add("a.json", b"{}")
        packing.add("b.jpg", pieces())
    assert list(folder.iterdir()) == [] and packing._kept.closed
