"""Forty marked personal values through a whole journey: the real broker, Celery worker and web server (F19).

None of them is ever in Redis, in what web and worker log, or in a notice, payload, SMS or e-mail to somebody whose row
of the sharing matrix does not list it. The receipt code that the caller gets by SMS is in that message and nowhere
else, in no row either. What is looked for is also found where it belongs: the test can fail.
"""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import redis
from django.conf import settings
from django.db import connection

from casedesk.models import User
from config import embedded
from config.logs import Discreet
from notifications.addresses import AgencyChannel, Gateway
from notifications.delivery import Delivery, DeliveryState
from notifications.models import Notice
from notifications.tasks import nudge
from tests import servers, walks
from tests.casedesk.api.clients import County
from tests.faults.fleet import environment_for
from tests.people import People, settle_county
from workflows import clock
from workflows.casefile.receipt import issue
from workflows.models import AgencyTask, Case, Complaint, DataRequest, UseRecord
from workflows.notices import MATRIX
from workflows.perform import perform
from workflows.roles import SYSTEM

#: kind of value → the fields of the matrix that may carry it; whatever is not here leaves in no field at all
MAY_LEAVE_IN = {
    "complainant_name": {"complainant"},
    "complainant_phone": {"complainant_phone"},
    "worker_name": {"paid_to"},
    "story": {"facts"},
}
WORKERS = 7
#: said to Redis last
ENOUGH = "enough"


def canaries() -> dict[str, str]:
    """Forty values, each told apart from every other text of the product; "kind" or "kind number" → value."""
    found = {
        "complainant_name": "鹮嵇一鸣", "complainant_phone": "13987654301", "complainant_id": "411221198001017301",
        "complainant_address": "韶山路鹮巷七十一号", "complainant_occupation": "鹮嵇木工", "crew_leader": "鹮嵇工头",
        "crew_phone": "13987654302", "story": "鹮嵇所述：老板说没有钱。", "request": "鹮嵇请求付清工资。",
        "informant_name": "鹮嵇举报", "informant_phone": "13987654303", "informant_id": "411221198001017303",
        "informant_address": "仰韶镇鹮村三组", "informant_work_unit": "鹮嵇建材店", "informant_occupation": "鹮嵇会计",
        "refused_name": "鹮嵇错填", "refused_phone": "13987654304", "interview": "鹮嵇笔录：他们换了老板。",
        "withheld": "鹮嵇疑似虚报工天",
    }  # fmt: skip
    for n in range(WORKERS):
        found |= {
            f"worker_name {n}": f"鹮嵇工{'甲乙丙丁戊己庚'[n]}", f"worker_phone {n}": f"1398765441{n}",
            f"worker_id {n}": f"41122119850101732{n}",
        }  # fmt: skip
    assert len(found) == len(set(found.values())) == 40
    return found


BIRDS = canaries()


# --- listening -------------------------------------------------------------------------------------------------------


class Heard(logging.Handler):
    """What the web process would write to its log."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(Discreet())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name != "django.db.backends":
            self.lines.append(self.format(record))


@contextmanager
def heard() -> Iterator[list[str]]:
    handler, root = Heard(), logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield handler.lines
    finally:
        root.removeHandler(handler)
        root.setLevel(before)


@contextmanager
def overheard(address: str) -> Iterator[list[str]]:
    """Everything that anybody says to Redis meanwhile."""
    said: list[str] = []
    listening = threading.Event()

    def listen() -> None:
        with redis.Redis.from_url(address, socket_timeout=None).monitor() as monitor:
            listening.set()
            while (command := str(monitor.next_command()["command"])) != f"ECHO {ENOUGH}":
                said.append(command)

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    assert listening.wait(60)
    try:
        yield said
    finally:
        redis.Redis.from_url(address).echo(ENOUGH)
        thread.join(10)


@contextmanager
def worker(folder: Path) -> Iterator[Path]:
    """The product's Celery worker on this test's database; its log. SMS and e-mail fall into a folder."""
    with running(folder, "worker", "celery", "-A", "config", "worker", "-P", "solo", "--loglevel=DEBUG") as log:
        yield log


@contextmanager
def web_server(folder: Path) -> Iterator[tuple[str, Path]]:
    """The product's own web server on this test's database: its address, and its log of accesses and errors."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    collected = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0"]
    subprocess.run(collected, env=product(folder), cwd=embedded.REPOSITORY, check=True)
    options = ["--config=config/gunicorn.py", f"--bind=127.0.0.1:{port}", "--workers=1", "--access-logfile=-"]
    with running(folder, "web", "gunicorn", *options) as log:
        until = time.monotonic() + 300
        while not _lives(f"http://127.0.0.1:{port}/healthz"):
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}", log


def _lives(address: str) -> bool:
    try:
        with urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def product(folder: Path) -> dict[str, str]:
    """The environment of the product's processes: this test's database, letters into a folder, the journey over."""
    (folder / "demo_clock").write_text(str((walks.MONDAY + timedelta(days=60) - clock.now()).total_seconds()))
    database = str(connection.settings_dict["NAME"])
    environment = environment_for(database, settings.REDIS_URL, settings.SECRET_KEY, servers.var())
    return environment | {"CASEDESK_VAR": str(folder), "CASEDESK_DEMO": "1"}


@contextmanager
def running(folder: Path, name: str, *command: str) -> Iterator[Path]:
    """A process of the product and the file that it writes its log to."""
    log, environment = folder / f"{name}.log", product(folder)
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            env=environment,
            cwd=embedded.REPOSITORY,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            yield log
        finally:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def all_sent(seconds: float = 300.0) -> None:
    """Wait until the worker has left nothing pending; no beat runs here, so what must be tried again is woken here."""
    until = time.monotonic() + seconds
    while left := list(
        Delivery.objects.filter(state=DeliveryState.PENDING).values_list("key", "attempts", "last_error")
    ):
        assert time.monotonic() < until, f"the worker delivered nothing: {left}"
        nudge()
        time.sleep(1)


def birds_in(text: str) -> list[str]:
    return [name for name, value in BIRDS.items() if value in text]


# --- the journey -----------------------------------------------------------------------------------------------------


def call() -> dict[str, Any]:
    lines = [
        {"worker_name": BIRDS[f"worker_name {n}"], "phone": BIRDS[f"worker_phone {n}"],
         "id_number": BIRDS[f"worker_id {n}"], "claimed": "9000.00", "months": "3"}
        for n in range(WORKERS)
    ]  # fmt: skip
    return walks.CALL | {
        "complainant_name": BIRDS["complainant_name"], "complainant_phone": BIRDS["complainant_phone"],
        "id_number": BIRDS["complainant_id"], "complainant_residence": BIRDS["complainant_address"],
        "complainant_occupation": BIRDS["complainant_occupation"], "crew_leader_name": BIRDS["crew_leader"],
        "crew_leader_phone": BIRDS["crew_phone"], "violation_facts": BIRDS["story"], "requests": BIRDS["request"],
        "worker_count": WORKERS, "lines": lines,
    }  # fmt: skip


def informant() -> dict[str, Any]:
    return walks.CALL | {
        "is_informant": True, "complainant_name": BIRDS["informant_name"],
        "complainant_phone": BIRDS["informant_phone"], "id_number": BIRDS["informant_id"],
        "complainant_residence": BIRDS["informant_address"], "complainant_work_unit": BIRDS["informant_work_unit"],
        "complainant_occupation": BIRDS["informant_occupation"], "lines": [], "worker_count": 1,
    }  # fmt: skip


def journey(people: People) -> Case:
    """Hotline → filing → assistance, broadcast, shared data, supervision → order → police → paid → closed."""
    api = County(people)
    wrong = {**call(), "complainant_name": BIRDS["refused_name"], "complainant_phone": f"{BIRDS['refused_phone']}x"}
    assert api.operator.log(wrong).status_code == 422
    answer = api.operator.log(call())
    assert answer.status_code == 201, answer.content
    complaint = Complaint.objects.latest("id")
    assert api.operator.log(informant()).status_code == 201
    hidden = Complaint.objects.latest("id")
    told = {"worker_asked": True, "help": "申请支付令。"}
    assert api.operator.act("intake", complaint.intake.public_id, "refer_legal_aid", told).status_code == 200
    perform(complaint.intake, "suspect_false_claim", by=people.squad_leader, inputs={"reason": BIRDS["withheld"]})
    perform(complaint.intake, "flag_urgent", by=people.operator, inputs={"what": "二十余人聚集。"})
    perform(complaint.intake, "accept", by=people.squad_leader)
    case = Complaint.objects.get(pk=complaint.pk).case
    perform(hidden.intake, "accept", by=people.squad_leader, inputs={"into": case.number})
    assigned = {"lead": people.id("lead"), "others": [people.id("second")]}
    inspection = perform(case.inspection, "assign", by=people.squad_leader, inputs=assigned).subject
    interview = {"person": "工友", "place": "工地", "record": BIRDS["interview"]}
    api.lead.act("inspection", inspection.public_id, "record_interview", interview)
    due = {"due_on": "2026-03-20"}
    lead, id = api.lead, inspection.public_id
    for agency in ("housing", "police"):
        ask = {"agency": agency, "question": "请协助核实该单位情况。", **due}
        assert lead.act("inspection", id, "ask_agency", ask).status_code == 200
    notify = {"agencies": ["housing", "transport", "finance"], "what": "该单位欠薪涉及多人。"}
    assert lead.act("inspection", id, "notify_case", notify).status_code == 200
    data = {"agency": "transport", "wanted": "车辆登记", "scenario": "核查支付能力", "basis": "《保障农民工工资支付条例》第四十条",
            "way": "file", "use_until": "2026-06-30", "conditional": False}  # fmt: skip
    walks.approved(perform(inspection, "request_data", by=people.lead, inputs=data), people.squad_leader)
    perform(inspection, "supervise", by=people.leader, inputs={"question": "进展如何？", **due})
    perform(inspection, "answer_supervision", by=people.squad_leader, inputs={"answer": "正在调查。"})
    facts = {"findings": "属实。", "able_to_pay": True, "contracting": "层层转包。", "regulator": "housing"}
    perform(inspection, "establish_facts", by=people.lead, inputs=facts)
    done = perform(inspection, "order_payment", by=people.lead, inputs={"pay_by": "2026-03-07"})
    inspection = walks.approved(done, people.squad_leader).subject
    walks.served(people, inspection, "order")
    with clock.at(walks.MONDAY + timedelta(days=6)):
        inspection = perform(inspection, "expire", by=SYSTEM).subject
        transfer = walks.received(people, inspection)
        assert api.police.get(f"transfers/{transfer.public_id}").status_code == 200
        perform(transfer, "file", by=people.police, inputs={"number": "渑公立〔2026〕1号"})
        walks.paid(people, inspection)
        for task in AgencyTask.objects.filter(case=case).select_related("agency"):
            told = {"task": str(task.public_id), "answer": "已核实。"}
            by = people.housing if task.agency.code == "housing" else people.police
            perform(inspection, "answer_agency", by=by, inputs=told)
        data = {"data_request": str(DataRequest.objects.get().public_id)}
        perform(inspection, "decide_data_request", by=people.transport, inputs={**data, "decision": "agreed"})
        perform(inspection, "provide_data", by=people.transport, inputs={**data, "provided": "名下货车一辆。"})
        perform(inspection, "record_compliance", by=people.lead, inputs={"how": "全部付清。"})
        closing = perform(inspection, "close", by=people.lead, inputs={"result": "已全部付清。"})
        walks.approved(closing, people.squad_leader)
    return case


def pages(people: People, case: Case) -> None:
    """Who sees personal values on a page, and who asks for what he may not see: both are requests that could log."""
    from django.test import Client  # noqa: PLC0415

    for person in ("lead", "squad_leader", "leader", "housing", "police", "auditor", "administrator"):
        client = Client()
        user, _ = User.objects.get_or_create(username=person, officer=people.officers[person])
        client.force_login(user)
        asked = {"/search/": {"q": BIRDS["worker_name 1"]}}
        for path in (f"/cases/{case.public_id}/", f"/cases/{case.public_id}/sharing/", "/inbox/", "/operations/",
                     "/lead/", "/audit/uses/", "/search/"):  # fmt: skip
            found = client.post(path, asked[path]) if path in asked else client.get(path)
            assert found.status_code < 500, (person, path)
            if person in ("housing", "leader", "auditor", "administrator"):
                assert birds_in(found.content.decode()) in ([], ["worker_name 1"][: "search" in path]), (person, path)


def live_pages(address: str, people: People, case: Case) -> None:
    """The same over the product's own web server, whose log is that of an installation: pages, refused and taken forms,
    a code that is wrong, an address that is not there."""
    from django.test import Client  # noqa: PLC0415

    def ask(person: str, path: str, form: dict[str, str] | None = None) -> int:
        headers = {"Cookie": f"{settings.CSRF_COOKIE_NAME}={'a' * 32}", "X-CSRFToken": "a" * 32}
        if person:
            client = Client()
            client.force_login(User.objects.get(officer=people.officers[person]))
            headers["Cookie"] += (
                f"; {settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
            )
        body = urlencode(form).encode() if form is not None else None
        try:
            with urlopen(Request(f"{address}{path}", body, headers), timeout=60) as answer:
                return int(answer.status)
        except HTTPError as refused:
            return refused.code

    call = {"channel": "hotline", "complainant_name": BIRDS["refused_name"], "violation_facts": BIRDS["story"],
            "employer_name": "渑池县仰韶砖厂", "register": "true"}  # fmt: skip
    page, complaint = f"/cases/{case.public_id}/", f"/complaints/{case.complaints.earliest('id').public_id}/"
    taken, wrong = {"no_contact": "on"}, {"complainant_phone": f"{BIRDS['refused_phone']}x"}
    looked_up = {"complainant_phone": BIRDS["complainant_phone"]}
    code = {"code": "7K4M-92QF-3", "second": BIRDS["complainant_phone"][-4:]}
    for person, path, form, status in (
        ("lead", page, None, 200), ("lead", complaint, None, 200), ("squad_leader", "/cases/", None, 200),
        ("leader", "/lead/", None, 200), ("housing", "/inbox/", None, 200), ("housing", complaint, None, 404),
        ("administrator", "/operations/", None, 200), ("lead", "/search/", {"q": BIRDS["worker_name 1"]}, 200),
        ("operator", "/intake/lookup/", call | looked_up, 200), ("operator", "/intake/", call | wrong, 422),
        ("operator", "/intake/", call | taken, 200), ("", "/p/", None, 200), ("", "/p/", code, 422),
    ):  # fmt: skip
        assert ask(person, path, form) == status, (person, path)


# --- the test --------------------------------------------------------------------------------------------------------


def test_forty_canaries_reach_nobody_whose_row_does_not_list_them(database, redis_url, tmp_path):
    with clock.at(walks.MONDAY):
        people = settle_county()
    for kind in ("sms", "email"):
        Gateway.objects.create(kind=kind, url="drop:", repeat="key")
    for agency, channel, address in (("housing", "email", "zj@example.invalid"), ("finance", "sms", "13700000000")):
        AgencyChannel.objects.create(agency=agency, channel=channel, priority=1, address=address, repeat="key")
    with (
        heard() as web_log,
        overheard(redis_url) as redis_said,
        worker(tmp_path) as worker_log,
        web_server(tmp_path) as (address, server_log),
    ):
        with clock.at(walks.MONDAY):
            case = journey(people)
            pages(people, case)
        live_pages(address, people, case)
        all_sent()
        stored = [repr(value) for value in _everything_in(redis_url)]
    assert redis_said and any("deliver" in said for said in redis_said), "nobody spoke to Redis: nothing was tested"
    assert birds_in("\n".join(redis_said)) == [] and birds_in("\n".join(stored)) == []
    worker_said, server_said = worker_log.read_text(), server_log.read_text()
    assert f"GET /cases/{case.public_id}/" in server_said and "Unprocessable Entity: /intake/" in server_said
    assert birds_in(server_said) == []
    assert "notifications.tasks.deliver" in worker_said and len(web_log) > 20, "there was nothing to look through"
    assert birds_in("\n".join(web_log)) == [] and birds_in(worker_said) == []
    _no_payload_says_more_than_its_row(case)
    _no_letter_says_more_than_its_title(tmp_path / "dropped")
    heard_of_codes = "\n".join([*redis_said, *stored, *web_log, worker_said, server_said, *_every_row()])
    _codes_stand_in_the_callers_letter_alone(case, heard_of_codes, tmp_path / "dropped")
    assert birds_in("\n".join(f"{u.what} {u.purpose} {u.note}" for u in UseRecord.objects.all())) == []


def _everything_in(address: str) -> Iterator[Any]:
    client = redis.Redis.from_url(address)
    for key in client.scan_iter():
        kind = client.type(key).decode()
        yield key
        whole = {"string": client.get, "list": lambda k: client.lrange(k, 0, -1), "hash": client.hgetall,
                 "set": client.smembers, "zset": lambda k: client.zrange(k, 0, -1)}  # fmt: skip
        yield whole[kind](key)


def _no_payload_says_more_than_its_row(case: Case) -> None:
    seen: dict[str, set[str]] = {}
    notices = list(Notice.objects.prefetch_related("deliveries"))
    for notice in notices:
        row = MATRIX.get(notice.kind)
        whole = "\n".join(
            [notice.title, notice.text, str(notice.fields), *(d.payload for d in notice.deliveries.all())]
        )
        for bird in birds_in(whole):
            kind = bird.split(" ")[0]
            listed = set(row.fields) & MAY_LEAVE_IN.get(kind, set()) if row is not None else set()
            in_fields = {name for name, value in notice.fields.items() if BIRDS[bird] in str(value)}
            himself = notice.recipient_kind == "person" and kind == "complainant_name"
            assert (in_fields and in_fields <= listed) or (himself and not in_fields), (
                f"{notice.kind} to {notice.recipient} carries {bird} in {sorted(in_fields) or 'its words'}"
            )
            seen.setdefault(notice.kind, set()).add(bird)
    assert len(notices) >= 30 and "complainant_phone" in seen["LEGAL_AID"], "what may leave was not found either"
    assert {f"worker_name {n}" for n in range(WORKERS)} <= seen["PAID_AFTER_SENDING"]


def _no_letter_says_more_than_its_title(folder: Path) -> None:
    letters = [path.read_text() for path in folder.rglob("*.txt")]
    mine = [letter for letter in letters if letter.startswith(BIRDS["complainant_phone"])]
    assert mine, "the complainant was sent no short message"
    assert {tuple(birds_in(letter)) for letter in letters} <= {(), ("complainant_phone",)}
    assert all(letter.count(BIRDS["complainant_phone"]) == 1 for letter in mine), "his number is only its address"


def _every_row() -> Iterator[str]:
    """The text of every row of every table; bytes as hexadecimal."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT x::text FROM "{table}" x')
            yield from (row[0] for row in cursor.fetchall())


def _codes_stand_in_the_callers_letter_alone(case: Case, everything: str, folder: Path) -> None:
    codes = {
        c.pk: issue(c, r.issue, "", r.issued_at)[1]["receipt_code"]
        for c in case.complaints.all()
        for r in c.receipts.all()
    }
    assert len(codes) == 2
    for code in codes.values():
        for written in (code, code.replace("-", ""), code.encode().hex()):
            assert written not in everything
    letters = "\n".join(path.read_text() for path in folder.rglob("*.txt"))
    caller = case.complaints.get(complainant_phone=BIRDS["complainant_phone"])
    assert [pk for pk, code in codes.items() if code in letters] == [caller.pk], "the informant's code is not sent"
