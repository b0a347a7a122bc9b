"""What the database refuses by itself, as application role and as owner; and how a superuser's hand is found out."""

import uuid

import psycopg
import pytest

from config import embedded
from tests import servers
from tests.conftest import _current
from workflows.models import Case, Event, Paper
from workflows.record import first_broken

#: owner and application role stand before the same wall
ROLES = ("owner", "application")


@pytest.fixture
def sql(request):
    """One statement of its own as a role; what the database said against it, or nothing."""

    def run(role, statement, parameters=()):
        url = getattr(embedded.urls(servers.var(), _current()), role)
        with psycopg.connect(url, autocommit=True) as connection:
            try:
                connection.execute(statement, parameters)
            except psycopg.Error as refusal:
                return type(refusal).__name__ + ": " + str(refusal)
        return ""

    return run


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("table", ["intake", "inspection", "jointreception", "policetransfer"])
def test_an_undeclared_state_is_refused(police_filed, sql, role, table):
    """No rows of a table make no difference to an UPDATE: the guard is shown by a row that is there."""
    said = sql(role, f"UPDATE workflows_{table} SET state = 'flying'")
    if table != "jointreception":
        assert "has no arrow" in said or "state_known" in said
    insert = f"INSERT INTO workflows_{table} (public_id, state) VALUES (%s, 'flying')"
    assert sql(role, insert, [uuid.uuid4()])


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("table", "to"), [
    ("intake", "draft"), ("inspection", "closed"), ("inspection", "filed"), ("policetransfer", "proposed"),
    ("policetransfer", "closed"),
])  # fmt: skip
def test_an_undeclared_arrow_is_refused(police_filed, sql, role, table, to):
    """accepted → draft, expired → filed, police_filed → closed: known states, no arrow between them."""
    if (table, to) == ("inspection", "closed"):
        to = "decided"  # closing an expired case is an arrow; deciding it is not
    assert "has no arrow" in sql(role, f"UPDATE workflows_{table} SET state = %s", [to])


@pytest.mark.parametrize("role", ROLES)
def test_a_procedure_begins_only_where_an_arrow_begins(filed, sql, role):
    case = filed.subject.case_id
    new = ("INSERT INTO workflows_policetransfer (public_id, state, case_id, kind, facts, persons, sheet, package,"
           " contents, package_sha256, refusal_reasons, receiver, police_number, police_reasons, receipt_sha256)"
           " VALUES (%s, %s, %s, 'refusal_to_pay', '', '', '{}', '{}', '{}', '', '', '', '', '', '')")  # fmt: skip
    assert "has no arrow" in sql(role, new, [uuid.uuid4(), "police_filed", case])
    assert sql(role, new, [uuid.uuid4(), "proposed", case]) == ""


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("table", ["event", "payment", "service", "amendment", "edge"])
def test_what_happened_is_not_changed_deleted_or_emptied(police_filed, sql, role, table):
    column = {"event": "reason", "payment": "proof", "service": "place", "amendment": "old", "edge": "act"}[table]
    change, delete = f"UPDATE workflows_{table} SET {column} = 'x'", f"DELETE FROM workflows_{table}"
    if table in ("event", "service", "edge"):  # tables with rows
        for statement in (change, delete):
            assert sql(role, statement).startswith(("RestrictViolation", "InsufficientPrivilege"))
    elif role == "application":
        for statement in (change, delete):
            assert sql(role, statement).startswith("InsufficientPrivilege")
    if table in ("event", "edge") or role == "application":
        assert sql(role, f"TRUNCATE workflows_{table} CASCADE").startswith(
            ("RestrictViolation", "InsufficientPrivilege")
        )


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("column", "value"), [
    ("content", '{"total": "1.00"}'), ("number", "渑人社监令〔2026〕99号"), ("content_sha256", "0" * 64), ("kind", "decision"),
    ("made_at", "2020-01-01"), ("served_at", "2020-01-01"),
])  # fmt: skip
def test_a_paper_stands_as_it_was_made_and_served(ordered, sql, role, column, value):
    said = sql(role, f"UPDATE workflows_paper SET {column} = %s WHERE kind = 'order'", [value])
    assert said.startswith("RestrictViolation"), said
    assert sql(role, "DELETE FROM workflows_paper").startswith(("RestrictViolation", "InsufficientPrivilege"))


def copied(event, **changes):
    """An INSERT of an event like this one, at the end of its chain, with some columns changed."""
    fields = [f for f in Event._meta.concrete_fields if not f.primary_key]
    values = {f.attname: getattr(event, f.attname) for f in fields}
    values |= {"public_id": uuid.uuid4(), "seq": event.seq + 1000, **changes}
    columns = ", ".join(f.column for f in fields)
    places = ", ".join(["%s"] * len(fields))
    adapted = [
        psycopg.types.json.Json(values[f.attname]) if f.get_internal_type() == "JSONField" else values[f.attname]
        for f in fields
    ]
    return f"INSERT INTO workflows_event ({columns}) VALUES ({places})", adapted


@pytest.mark.parametrize("role", ROLES)
def test_an_event_is_on_a_declared_arrow_not_in_the_future_and_of_one_root(ordered, sql, role):
    event = Event.objects.filter(act="order_payment").get()
    assert sql(role, *copied(event)) == "", "the copy itself is one that the database takes"
    for changes, wall in (
        ({"to_state": "closed"}, "event_on_a_declared_arrow"),
        ({"act": "fly"}, "event_on_a_declared_arrow"),
        ({"rules_version": 7}, "event_on_a_declared_arrow"),
        ({"at": event.recorded_at.replace(year=2099)}, "event_not_in_the_future"),
        ({"complaint_id": event.case.complaints.get().pk}, "event_of_exactly_one_root"),
        ({"case_id": None}, "event_of_exactly_one_root"),
        ({"seq": event.seq}, "event_case_seq"),
    ):
        assert wall in sql(role, *copied(event, **{"seq": event.seq + 2000, **changes})), changes


@pytest.mark.parametrize("role", ROLES)
def test_what_was_asked_for_approval_and_decided_does_not_change(ordered, sql, role):
    for statement in (
        "UPDATE workflows_approval SET state = 'requested', decided_at = NULL",
        "UPDATE workflows_approval SET inputs = '{}'",
        "UPDATE workflows_approval SET decided_by_name = '别人'",
        "DELETE FROM workflows_approval",
    ):
        assert sql(role, statement).startswith(("RestrictViolation", "InsufficientPrivilege")), statement


def test_the_application_deletes_nothing_of_a_case(ordered, sql):
    for table in (
        "case",
        "complaint",
        "intake",
        "inspection",
        "limit",
        "ledgerline",
        "worker",
        "evidence",
        "numberseries",
    ):
        assert sql("application", f"DELETE FROM workflows_{table}").startswith("InsufficientPrivilege")
    assert sql("application", "INSERT INTO workflows_edge VALUES (DEFAULT)").startswith("InsufficientPrivilege")
    assert sql("application", "ALTER TABLE workflows_event DISABLE TRIGGER ALL").startswith("InsufficientPrivilege")


@pytest.mark.parametrize("tampering", [
    "UPDATE workflows_event SET reason = '改过' WHERE act = 'assign'",
    "UPDATE workflows_event SET at = at - interval '1 day' WHERE act = 'assign'",
    "UPDATE workflows_event SET by_name = '别人' WHERE act = 'assign'",
    "UPDATE workflows_event SET inputs = '{}' WHERE act = 'assign'",
    "DELETE FROM workflows_event WHERE act = 'assign'",
])  # fmt: skip
def test_a_superuser_who_changes_the_record_is_found_out(ordered, tampering):
    case = Case.objects.get()
    assert first_broken(case) is None
    place = Event.objects.get(act="assign").seq
    with psycopg.connect(embedded.urls(servers.var()).superuser, dbname=_current(), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        assert connection.execute(tampering).rowcount == 1
    assert first_broken(Case.objects.get()) == place


def test_an_event_cut_off_the_end_is_found_out_too(ordered):
    last = Event.objects.filter(case__isnull=False).latest("seq")
    with psycopg.connect(embedded.urls(servers.var()).superuser, dbname=_current(), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("DELETE FROM workflows_event WHERE id = %s", [last.pk])
    assert first_broken(Case.objects.get()) == last.seq
    assert Paper.objects.filter(kind="order").exists()
