"""Who gets which answer from which address: every address × role × kind of object, against a reviewed table.

The addresses come from the URL resolver, so that a new one without rows fails here. `access.csv` holds the expected
statuses: one row per address, method and role, one column per kind of object, "-" where the kind has no such thing. An
address that names no object has its status in every column. A deviation is printed as the row it would be.

Beside the statuses: what is hidden answers byte for byte like what is not there, no answer and no log line holds a
personal number, and who asked not to be named is nowhere. Every question is asked once per role and all of it is
looked at afterwards.
"""

from __future__ import annotations

import csv
import io
import json
import logging
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from casedesk.api.acting import ActionsView, ActView
from casedesk.api.view import NotHere
from config.logs import Discreet
from tests import walks
from tests.casedesk.api.clients import County
from tests.people import People, settle_county
from workflows import campaigns, clock, law_settings
from workflows.models import Case, Complaint, JointReception, ReceptionDay
from workflows.perform import perform
from workflows.taking_in import hand_in, read_import

TABLE = Path(__file__).with_name("access.csv")

#: personal texts of the walk; none of them may leave whole, whoever asks
PHONE, ID_NUMBER, ADDRESS, CREW_PHONE = "13977712345", "411221198801017654", "果园乡李家村三组七号", "13844456789"
#: what somebody said who asked not to be named: nobody by role reads it
HIDDEN_NAME, HIDDEN_PHONE, HIDDEN_ADDRESS = "隐名周某某", "13766698765", "仰韶镇无名街九号"
#: the complainant, whom leaders, liaisons, the police and the auditor do not learn
NAME = "秦大山"
#: roles that handle cases and so read the complainant's name
KNOW_NAMES = {
    "operator", "receptionist", "lead", "second", "third", "uncertified", "squad_leader", "bureau_head",
    "principal_head", "legal_reviewer",
}  # fmt: skip

#: the kinds of object: what each is, by procedure
CLASSES = ("own", "referred", "asked", "proposed", "sent", "informant")

PEOPLE = [
    "operator", "receptionist", "lead", "second", "third", "uncertified", "squad_leader", "bureau_head",
    "principal_head", "legal_reviewer", "housing", "transport", "police", "prosecutor", "leader", "auditor",
    "administrator", "nobody",
]  # fmt: skip

#: the act that stands for the others of its procedure, with a body that is refused as wrong where the act is possible
STAND_INS = {"intake": "chase", "joint": "cancel", "inspection": "answer_agency", "police": "receive"}


def facts(**more: Any) -> dict[str, Any]:
    identity = {
        "complainant_name": NAME, "complainant_phone": PHONE, "id_number": ID_NUMBER, "complainant_residence": ADDRESS,
        "crew_leader_name": "马工头", "crew_leader_phone": CREW_PHONE,
    }  # fmt: skip
    line = {"worker_name": NAME, "claimed": "23000.00", "months": "4", "phone": PHONE, "id_number": ID_NUMBER}
    return {**identity, "lines": [line], **more}


def all_kinds() -> tuple[People, dict[str, dict[str, str]]]:
    """One object of each class, and for each the id that each address would name it by."""
    people = settle_county()
    found: dict[str, dict[str, str]] = {}

    inspection = walks.established(people, **facts())
    joint = visit(people, inspection.case)
    found["own"] = ids(inspection.case, joint=joint) | campaign(people)
    asked = perform(inspection, "order_payment", by=people.lead, inputs={"pay_by": "2026-03-20"}).requested
    assert asked is not None
    found["own"]["approvals"] = str(asked.public_id)
    found["own"]["imports"] = roster(people, inspection.case)
    law = law_settings.propose("breach", "filing", "ACC-09", document="渑法制〔2026〕1号", by=people.legal_reviewer)
    found["own"]["law-proposals"] = str(law.public_id)

    referred = walks.registered(people, **facts())
    inputs = {"agency": "housing", "reason": "属住建部门职责", "by_day": "2026-03-20"}
    perform(referred.intake, "refer", by=people.squad_leader, inputs=inputs)
    found["referred"] = {"complaints": str(referred.public_id), "intake": str(referred.intake.public_id)}

    inspection = walks.established(people, **facts())
    inputs = {"agency": "housing", "question": "请提供施工许可。", "due_on": "2026-03-20"}
    perform(inspection, "ask_agency", by=people.lead, inputs=inputs)
    found["asked"] = ids(inspection.case)

    inspection = walks.established(people, **facts())
    inputs = {"kind": "refusal_to_pay", "facts": "有能力支付而不支付。"}
    transfer = perform(inspection.case, "propose_transfer", by=people.lead, inputs=inputs).subject
    found["proposed"] = ids(inspection.case, police=transfer)

    inspection = walks.established(people, **facts())
    found["sent"] = ids(inspection.case, police=walks.sent(people, inspection))

    hidden = {
        "complainant_name": HIDDEN_NAME, "complainant_phone": HIDDEN_PHONE, "complainant_residence": HIDDEN_ADDRESS,
        "id_number": "", "is_informant": True,
    }  # fmt: skip
    inspection = walks.established(people, **facts(**hidden))
    found["informant"] = ids(inspection.case)
    return people, found


def roster(people: People, case: Case) -> str:
    """A roster of the case that was read and waits to be confirmed."""
    file = io.BytesIO(f"姓名,身份证号,天数,日工资\n{NAME},{ID_NUMBER},10,260\n".encode())
    one = hand_in(case, people.officers["lead"].pk, "roster", file, "花名册.csv")
    assert read_import(one.pk)
    return str(one.public_id)


def visit(people: People, case: Case) -> JointReception:
    day = ReceptionDay.objects.create(day="2026-03-09", place="县联合接待大厅")
    inputs = {"day": str(day.public_id), "visitors": "来访人三名", "people": 3}
    return perform(case, "schedule", by=people.lead, inputs=inputs).subject


def campaign(people: People) -> dict[str, str]:
    """A special inspection whose team is the two who lead cases, with one entry looked at."""
    told = {"name": "冬季专项检查", "from_day": "2026-03-01", "to_day": "2026-04-01",
            "team": [people.id("lead"), people.id("second")]}  # fmt: skip
    row = campaigns.start(told, by=people.squad_leader)
    campaigns.add_entries(row, {"entries": [{"employer_name": "渑池县槐树沟砖厂"}]}, by=people.squad_leader)
    entry = row.entries.get()
    campaigns.record(entry, {"result": "in_order"}, by=people.lead)
    return {"special-inspections": str(row.public_id), "special-inspection-entries": str(entry.public_id)}


def ids(case: Case, **more: Any) -> dict[str, str]:
    complaint = Complaint.objects.get(case=case)
    named = {
        "cases": case.public_id, "complaints": complaint.public_id, "intake": complaint.intake.public_id,
        "inspection": case.inspection.public_id,
    }  # fmt: skip
    procedures = {"joint": more.get("joint"), "police": more.get("police")}
    named |= {name: one.public_id for name, one in procedures.items() if one is not None}
    if "police" in named:
        named["transfers"] = named["police"]
    return {name: str(one) for name, one in named.items()}


@pytest.fixture(scope="module")
def county(database_like: Callable[..., Any]) -> Iterator[tuple[County, dict[str, dict[str, str]]]]:
    def build() -> tuple[People, dict[str, dict[str, str]]]:
        with clock.at(walks.MONDAY):
            return all_kinds()

    with database_like("access: every kind of object", build=build) as (people, objects):
        yield County(people), objects


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with clock.at(walks.MONDAY):
        yield


# --- addresses --------------------------------------------------------------------------------------------------------


def addresses(patterns: list[Any] | None = None, before: str = "") -> Iterator[tuple[str, type]]:
    """Every address under /api/ and the view behind it, read from the resolver."""
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern) and route.startswith("api/"):
            view = getattr(pattern.callback, "view_class", None)
            if view is not NotHere:
                yield route.removeprefix("api/"), view


def endpoints() -> list[tuple[str, str]]:
    """Address and method, the acts of one procedure under one name."""
    found: dict[tuple[str, str], None] = {}
    for route, view in addresses():
        for method in ("get", "post", "put", "patch", "delete"):
            if hasattr(view, method):
                name = route
                if issubclass(view, ActView):
                    name = f"{view.procedure.NAME}/<uuid:id>/actions/*"
                found[name, method.upper()] = None
    return list(found)


def expected() -> dict[tuple[str, str, str], dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {(row["endpoint"], row["method"], row["role"]): row for row in csv.DictReader(file)}


def test_every_address_and_role_has_its_row():
    wanted = {(endpoint, method, role) for endpoint, method in endpoints() for role in PEOPLE}
    have = set(expected())
    assert sorted(wanted - have) == [], "addresses without a row in access.csv"
    assert sorted(have - wanted) == [], "rows of access.csv without an address"


def test_every_act_has_an_address_of_the_one_kind():
    acts = [route for route, view in addresses() if issubclass(view, ActView)]
    lists = [route for route, view in addresses() if issubclass(view, ActionsView)]
    assert len(acts) > 90 and len(lists) == 4


# --- statuses ---------------------------------------------------------------------------------------------------------


def call(county: County, role: str, method: str, endpoint: str, id: str | None) -> Any:
    caller = county.nobody if role == "nobody" else getattr(county, role)
    path = endpoint.replace("<uuid:id>", id or "").replace("<slug:agency>", "police")
    if path.endswith("/*"):
        path = path[:-1] + STAND_INS[endpoint.split("/")[0]]
    if method == "GET":
        return caller.get(path)
    if path == "token" and method == "DELETE":
        return caller.raw("DELETE", "token?keep=1", b"")  # a parameter too many: refused before the token goes
    # a body that is wrong in every act: what is allowed ends at 422 and writes nothing
    return caller.raw(method, path, json.dumps({"nonsense": True}).encode(), Idempotency_Key=str(uuid4()))


def named(endpoint: str, objects: dict[str, str]) -> str | None:
    """The id by which an address names an object of a class, None where the class has no such thing."""
    return objects.get(endpoint.split("/")[0])


class Asked:
    """Every answer that one role gets: to each address and method for each kind of object, and for an object absent."""

    def __init__(self, clients: County, objects: dict[str, dict[str, str]], role: str) -> None:
        self.answers: dict[tuple[str, str, str], Any] = {}
        self.absent: dict[tuple[str, str], Any] = {}
        kept = Kept()
        logging.getLogger().addHandler(kept)
        try:
            for endpoint, method in endpoints():
                if "<uuid:id>" not in endpoint:
                    answer = call(clients, role, method, endpoint, None)
                    self.answers |= {(endpoint, method, kind): answer for kind in CLASSES}
                    continue
                self.absent[endpoint, method] = call(clients, role, method, endpoint, str(uuid4()))
                for kind in CLASSES:
                    if id := named(endpoint, objects[kind]):
                        self.answers[endpoint, method, kind] = call(clients, role, method, endpoint, id)
            if role != "nobody":
                self.more = [
                    getattr(clients, role).get(path)
                    for path in (
                        "queue?everybody=true&size=100",
                        "approvals?mine=true",
                        *(
                            f"cases/{objects[kind]['cases']}/limits?all=1"
                            for kind in CLASSES
                            if "cases" in objects[kind]
                        ),
                    )
                ]
        finally:
            logging.getLogger().removeHandler(kept)
        self.log = "\n".join(kept.lines)

    def texts(self) -> Iterator[tuple[str, str]]:
        """Every answer with where it came from."""
        for where, answer in self.answers.items():
            yield " ".join(where), answer.content.decode()
        for answer in self.more:
            yield answer.request["PATH_INFO"], answer.content.decode()


class Kept(logging.Handler):
    """What the log would say, statements of the database apart."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(Discreet())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name != "django.db.backends":
            self.lines.append(self.format(record))


@pytest.fixture(scope="module")
def asked(county: tuple[County, dict[str, dict[str, str]]]) -> Callable[[str], Asked]:
    """All answers of a role, asked for once in a process."""
    clients, objects = county
    found: dict[str, Asked] = {}

    def of(role: str) -> Asked:
        if role not in found:
            with clock.at(walks.MONDAY):
                found[role] = Asked(clients, objects, role)
        return found[role]

    return of


@pytest.mark.parametrize("role", PEOPLE)
def test_each_role_gets_the_answers_of_the_table(asked, role, rows_written):
    table, answers, wrong = expected(), asked(role).answers, []
    for endpoint, method in endpoints():
        found = {
            kind: str(answers[endpoint, method, kind].status_code) if (endpoint, method, kind) in answers else "-"
            for kind in CLASSES
        }
        row = table.get((endpoint, method, role), {})
        if any(row.get(kind) != found[kind] for kind in CLASSES):
            wrong.append(",".join([endpoint, method, role, *(found[kind] for kind in CLASSES)]))
    assert wrong == [], "\n".join(["answers that differ from access.csv:", *wrong])


@pytest.fixture
def rows_written() -> Iterator[None]:
    """Nothing that the matrix asks may change a case."""

    def versions() -> list[Any]:
        return [
            *Case.objects.order_by("id").values_list("id", "version"),
            *Complaint.objects.values_list("id", "version"),
        ]

    before = versions()
    yield
    assert versions() == before


# --- hidden is absent -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [p for p in PEOPLE if p != "nobody"])
def test_what_is_hidden_answers_byte_for_byte_like_what_is_not_there(asked, role):
    found = asked(role)
    hidden = [
        (answer, found.absent[endpoint, method])
        for (endpoint, method, _), answer in found.answers.items()
        if answer.status_code == 404 and (endpoint, method) in found.absent  # a list names nothing that could be there
    ]
    assert all(one.content == other.content and one.headers == other.headers for one, other in hidden)
    assert hidden or role in KNOW_NAMES


@pytest.mark.parametrize("role", [p for p in PEOPLE if p != "nobody"])
def test_lists_show_nothing_that_the_details_hide(county, role):
    clients, objects = county
    caller = getattr(clients, role)
    for name in ("complaints", "cases", "transfers"):
        listed = {row["id"] for row in caller.get(f"{name}?size=100").json()["results"]}
        everything = {kinds[name] for kinds in objects.values() if name in kinds}
        readable = {id for id in everything if caller.get(f"{name}/{id}").status_code == 200}
        assert listed == readable, name
    queued = {row["id"] for row in caller.get("queue?everybody=true&size=100").json()["results"]}
    assert all(caller.get(f"cases/{id}").status_code == 200 for id in queued)


# --- canaries ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [p for p in PEOPLE if p != "nobody"])
def test_no_answer_and_no_log_line_holds_what_is_personal(asked, role):
    found = asked(role)
    nowhere = [PHONE, ID_NUMBER, ADDRESS, CREW_PHONE, HIDDEN_NAME, HIDDEN_PHONE, HIDDEN_ADDRESS]
    known = role in KNOW_NAMES | {"police", "prosecutor"}
    leaks = [
        (where, canary)
        for where, said in found.texts()
        for canary in [*nowhere, *([] if known else [NAME])]
        if canary in said
    ]
    assert leaks == []
    assert found.log and [canary for canary in [*nowhere, NAME] if canary in found.log] == []


def test_what_is_written_is_not_quoted_back_nor_logged(county, caplog):
    """Refusals name the field, never the value."""
    clients, _ = county
    caplog.set_level(logging.DEBUG)
    secret = {"complainant_phone": "1377-WRONG-0001", "id_number": "41122-WRONG-0001", "role": "WRONG-0001"}
    answers = [
        clients.operator.log({**walks.CALL, **secret}),
        clients.operator.log({**walks.CALL, **secret, "complainant_name": "WRONG-0001\x00"}),
        clients.nobody.post("token", {"username": "operator", "password": "WRONG-0001"}),
    ]
    assert [a.status_code for a in answers] == [422, 400, 401]
    assert all("WRONG-0001" not in a.content.decode() for a in answers)
    log = "\n".join(Discreet().format(record) for record in caplog.records if record.name != "django.db.backends")
    assert "WRONG-0001" not in log


def test_ids_of_the_database_are_nowhere(asked):
    """Rows are named by public id alone: a number that counts up would tell how many there are."""
    names: dict[str, set[str]] = defaultdict(set)

    def look(value: Any, name: str = "") -> None:
        if isinstance(value, dict):
            for key, one in value.items():
                look(one, key)
        elif isinstance(value, list):
            for one in value:
                look(one, name)
        elif name in ("id", "pk", "subject", "complaint", "intake") and value is not None:
            names[name].add(str(value))

    for (_, method, _), answer in asked("squad_leader").answers.items():
        if method == "GET":
            look(answer.json())
    assert names and all(str(UUID(value)) == value for values in names.values() for value in values)
