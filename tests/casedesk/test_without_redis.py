"""Redis away or emptied: complaints and acts are taken by page and API all the same, and every notice arrives later.

The server is real and this test's own: emptied with FLUSHALL, killed with SIGKILL, or put in place of by a socket that
accepts and never answers. Wake-ups are all that is lost; the timetable's task finds its work in the rows.
"""

from __future__ import annotations

import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import redis
from celery import Celery
from django.test import Client

from config import embedded
from notifications import tasks
from notifications.delivery import Delivery, DeliveryAttempt, InboxItem
from notifications.models import Notice
from notifications.reading import breaches
from tests import walks
from tests.casedesk.api.clients import County as Callers
from tests.casedesk.web.county import County, settled
from tests.casedesk.web.test_acts import hidden
from workflows import clock, invariants
from workflows.casefile.complaint import Complaint
from workflows.models import Inspection


@pytest.fixture
def county(database_like: Callable[..., Any]) -> Iterator[County]:
    with database_like("people and accounts", build=settled) as built, clock.at(walks.MONDAY):
        yield built


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short enough for the name of a socket."""
    with tempfile.TemporaryDirectory(prefix="cd-") as made:
        yield Path(made)


@pytest.fixture
def wakes_through(monkeypatch: pytest.MonkeyPatch, folder: Path) -> str:
    """The socket that this process's wake-ups go to from now on, whoever listens there."""
    place = str(folder / "redis.sock")
    monkeypatch.setattr(tasks, "_nudger", tasks._Nudger())
    elsewhere = Celery("elsewhere", broker=f"redis+socket://{place}?virtual_host=0", set_as_current=False)
    monkeypatch.setattr(tasks, "current_app", elsewhere)
    return place


@contextmanager
def valkey(place: str) -> Iterator[tuple[subprocess.Popen[bytes], redis.Redis]]:
    program = [str(embedded._valkey_program()), "--port", "0", "--unixsocket", place, "--save", ""]
    process = subprocess.Popen(program, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=Path(place).parent)
    client = redis.Redis(unix_socket_path=place)
    try:
        for _ in range(300):
            try:
                client.ping()
                break
            except redis.ConnectionError:
                time.sleep(0.05)
        yield process, client
    finally:
        client.close()
        process.kill()
        process.wait()


def by_page(county: County, name: str) -> Complaint:
    """A complaint taken on the intake page, accepted by the squad leader on the act's page."""
    form = {
        "idempotency_key": str(uuid4()), "channel": "hotline", "complainant_phone": f"139000002{ord(name) % 100:02}",
        "complainant_name": name, "employer_name": f"渑池县{name}水建材厂", "violation_facts": "五月进场，没有结清。",
        "register": "true", "employed_in_county": "true", "notice_shown": "true",
        "lines-0-worker_name": name, "lines-0-rate": "320", "lines-0-pay_basis": "day",
        "lines-0-quantity": "52", "lines-0-period_from": "202506", "lines-0-period_to": "202507",
    }  # fmt: skip
    answer = county.client("operator").post("/intake/", form)
    assert 'class="receipt-code"' in answer.content.decode(), answer.content.decode()[:2000]
    taken = Complaint.objects.get(complainant_name=name)
    _press(county.client("squad_leader"), f"/intake/{taken.intake.public_id}/actions/accept/")
    return Complaint.objects.get(pk=taken.pk)


def _press(client: Client, address: str) -> None:
    answer = client.post(address, hidden(client.get(address).content.decode()))
    assert answer.status_code == 302, answer.content.decode().partition("<main")[2][:2000]


def by_api(county: County, name: str) -> Complaint:
    """The same by two programs."""
    callers = Callers(county.people)
    assert (
        callers.operator.log(
            {**walks.CALL, "complainant_name": name, "employer_name": f"渑池县{name}石劳务公司"}
        ).status_code
        == 201
    )
    taken = Complaint.objects.get(complainant_name=name)
    assert callers.squad_leader.act("intake", taken.intake.public_id, "accept").status_code == 200
    return Complaint.objects.get(pk=taken.pk)


def everything_arrives(complaints: list[Complaint]) -> None:
    """What the timetable's task does when it runs next, wake-up or not."""
    assert Inspection.objects.filter(case__in=[c.case_id for c in complaints], state="filed").count() == len(complaints)
    posted = Notice.objects.filter(kind="ACCEPTED", recipient_ref__in=[f"complaint:{c.public_id}" for c in complaints])
    assert posted.count() == len(complaints) and not InboxItem.objects.filter(notice__in=posted).exists()
    tasks.deliver.run()
    assert set(Delivery.objects.values_list("state", flat=True)) == {"done"}
    assert InboxItem.objects.filter(notice__in=posted).count() == len(complaints)
    assert DeliveryAttempt.objects.count() == Delivery.objects.count(), "each was sent once"
    assert breaches() == []
    assert [one for finding in invariants.check() for one in finding.breaches] == []


def test_emptied_and_killed_between_acts_it_loses_nothing(county: County, wakes_through: str) -> None:
    with valkey(wakes_through) as (process, client):
        first = [by_page(county, "甲"), by_api(county, "乙")]
        assert client.llen("celery") > 0, "a wake-up was on its way"
        client.flushall()
        assert client.dbsize() == 0
        process.kill()
        process.wait()
        second = [by_page(county, "丙"), by_api(county, "丁")]
    assert not tasks.nudge(), "nobody is there to be woken"
    everything_arrives(first + second)


def test_a_server_that_takes_the_line_and_says_nothing_holds_up_no_act(county: County, wakes_through: str) -> None:
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(wakes_through)
        deaf.listen(64)
        complaints = [by_page(county, "甲"), by_api(county, "乙")]
        assert not tasks.nudge()
    everything_arrives(complaints)
