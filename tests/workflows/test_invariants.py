"""Every invariant holds on a walked county, and each is seen to break when somebody with all power over the database
breaks it.
"""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connections, transaction

from config import embedded
from notifications.outbox import deliver_due
from tests import servers, walks
from tests.people import People, settle_county
from workflows import clock
from workflows.inbound import Inbound
from workflows.invariants import check
from workflows.models import Case, Complaint, FundUse, Inspection, LedgerLine
from workflows.perform import perform
from workflows.sweep import sweep

#: every line of the check, in order
LINES = ["I2", "I3", "I4", "I4", "I5", "I6-8", "I9", "I9", "I9", "I12", "I12", "I20", "I20", "I20", "I21", "I21"]


def walk_a_county() -> None:
    """A case with the police, one closed as paid and reopened, one extended, two drafts, one of them under a key."""
    people = settle_county()
    with clock.at(walks.MONDAY):
        at_police = walks.ordered(people, days=5)
        paid = walks.established(people, complainant_phone="13900000002")
        extended = walks.investigating(people, complainant_phone="13900000003")
        walks.registered(people, source_id="s-1", complainant_phone="13900000004")
        inbound = Inbound("test", "k-1", {"a": 1}, lambda done: {"id": str(done.subject.public_id)})
        perform(None, "log", by=people.operator, inputs=walks.CALL, inbox=inbound)
    with clock.at(walks.MONDAY + timedelta(days=3)):
        inputs = {"rule": "INV-02", "reason": "工人分散"}
        walks.approved(perform(extended, "request_extension", by=people.lead, inputs=inputs), people.bureau_head)
        shares = [
            {"line": str(line.public_id), "amount": str(line.claimed)}
            for line in LedgerLine.objects.filter(case=paid.case).order_by("id")
        ]
        inputs = {"payer": "employer", "shares": shares, "proof": "银行回单"}
        paid = perform(paid, "record_payment", by=people.lead, inputs=inputs).subject
        paid = perform(paid, "record_compliance", by=people.lead, inputs={"how": "付清"}).subject
        paid = walks.approved(
            perform(paid, "close", by=people.lead, inputs={"result": "付清"}), people.squad_leader
        ).subject
    with clock.at(walks.MONDAY + timedelta(days=6)):
        sweep(clock.now())
        transfer = walks.sent(people, Inspection.objects.select_related("case").get(pk=at_police.pk))
        perform(transfer, "receive", by=people.police, inputs={"receiver": "公安乙"})
        perform(paid, "reopen", by=people.squad_leader, inputs={"reason": "支票退票"})
        again = walks.established(people, complainant_phone="13900000005")
        inputs = {"reason": "双方系承揽关系。"}
        walks.approved(perform(again, "cancel_filing", by=people.lead, inputs=inputs), people.squad_leader)
        advanced(people, extended)
        deliver_due(seconds=20)


def advanced(people: People, inspection: Inspection) -> None:
    """An advance of the county's fund, paid and in part recovered; and a line taken back by its counter-line."""

    def act(name: str, **inputs: Any) -> Any:
        return perform(inspection, name, by=people.lead, inputs=inputs)

    first, second = walks.lines(inspection)
    shares = [{"line": str(first.public_id), "amount": "500.00"}]
    walks.approved(act("apply_relief_fund", shares=shares, cause="absconded", reason="逃匿。"), people.bureau_head)
    use = {"use": str(FundUse.objects.get().public_id)}
    act("record_fund_grant", **use, granted=True, paper="渑政周1号")
    act("record_fund_paid", **use, proof="发放表")
    act("record_recovery", **use, amount="200.00", from_whom="青石公司", proof="缴款书")
    walks.approved(act("counter_line", line=str(second.public_id), reason="登记两次。"), people.squad_leader)


@pytest.fixture
def county(database_like) -> Iterator[None]:
    with database_like("county for the invariants", build=walk_a_county):
        yield


@pytest.fixture
def almighty(county) -> Callable[..., None]:
    """SQL as superuser with triggers and foreign keys out of the way."""

    def run(*statements: str) -> None:
        name = connections["default"].settings_dict["NAME"]
        with psycopg.connect(embedded.urls(servers.var()).superuser, dbname=name) as database:
            database.execute("SET session_replication_role = replica")
            for statement in statements:
                assert database.execute(statement).rowcount != 0, "nothing was broken"

    return run


def broken() -> dict[str, str]:
    """The breaches by invariant, as one text each."""
    found: dict[str, str] = {}
    with clock.at(walks.MONDAY + timedelta(days=6)):
        for finding in check():
            if not finding.holds:
                found[finding.id] = found.get(finding.id, "") + "\n".join(finding.breaches)
    return found


def test_everything_holds_on_a_walked_county_and_everything_was_looked_at(county):
    with clock.at(walks.MONDAY + timedelta(days=6)):
        findings = check()
    assert [f.id for f in findings] == LINES
    assert {f.says: f.breaches for f in findings if not f.holds} == {}
    assert all(f.checked > 0 for f in findings)


def test_the_command_prints_one_line_each(county):
    said, as_json = StringIO(), StringIO()
    call_command("check_invariants", stdout=said)
    lines = said.getvalue().splitlines()
    assert [line.split()[0] for line in lines[:-1]] == LINES
    call_command("check_invariants", "--json", stdout=as_json)
    assert [row["id"] for row in json.loads(as_json.getvalue())["invariants"]] == LINES


def test_the_command_ends_with_an_error_and_the_rows(county, almighty):
    case = Case.objects.earliest("id")
    almighty(f"UPDATE workflows_case SET version = version + 1 WHERE id = {case.pk}")
    said = StringIO()
    with pytest.raises(CommandError) as ended:
        call_command("check_invariants", stdout=said)
    assert ended.value.returncode == 1 and "I4" in str(ended.value)
    assert str(case.public_id) in said.getvalue()


def test_the_check_only_reads_and_needs_a_transaction_of_its_own(county):
    with transaction.atomic(), pytest.raises(RuntimeError):
        check()


INSPECTION = "(SELECT public_id FROM workflows_inspection ORDER BY id LIMIT 1)"

#: what is done → which invariants say so, and a word of what they say
BREAKINGS: dict[str, tuple[list[str], dict[str, str]]] = {
    "a source id twice": (
        [
            "DROP INDEX complaint_source_once",
            "UPDATE workflows_complaint SET channel = 'web', source_id = 's-1'",
        ],
        {"I2": "shares its source"},
    ),
    "a key without an answer": (
        ["UPDATE workflows_inboundmessage SET answer = '{}'"],
        {"I2": "has no answer"},
    ),
    "a key twice": (
        [
            "ALTER TABLE workflows_inboundmessage DROP CONSTRAINT inbound_once",
            "INSERT INTO workflows_inboundmessage (sender, key, fingerprint, answer, received_at)"
            " SELECT sender, key, fingerprint, answer, received_at FROM workflows_inboundmessage",
        ],
        {"I2": "stands 2 times"},
    ),
    "a state by hand": (
        ["UPDATE workflows_inspection SET state = 'investigating'"
         " WHERE id = (SELECT min(id) FROM workflows_inspection)"],
        {"I3": "its record says expired"},
    ),
    "a procedure without a record": (
        ["UPDATE workflows_policetransfer SET public_id = gen_random_uuid()"],
        {"I3": "its record says nothing"},
    ),
    "an event that goes on from nowhere": (
        ["UPDATE workflows_event SET from_state = 'filed' WHERE act = 'expire'"],
        {"I3": "goes on from filed after ordered", "I4": "breaks at"},
    ),
    "an event off the arrows": (
        ["UPDATE workflows_event SET act = 'close' WHERE act = 'expire'"],
        {"I3": "is on no arrow", "I4": "breaks at", "I5": ""},
    ),
    "the newest event removed": (
        ["DELETE FROM workflows_event"
         " WHERE id IN (SELECT max(id) FROM workflows_event GROUP BY case_id, complaint_id)"],
        {"I3": "its record says", "I4": "and 1 events", "I5": "belongs to no event"},
    ),
    "an event in the middle removed": (
        ["DELETE FROM workflows_event WHERE act = 'assign'"],
        {"I3": "goes on from investigating after filed", "I4": "breaks at"},
    ),
    "a reason rewritten": (
        ["UPDATE workflows_event SET reason = '另一个理由' WHERE act = 'reopen'"],
        {"I4": "breaks at"},
    ),
    "inputs rewritten": (
        ["UPDATE workflows_event SET inputs = inputs || '{\"pay_by\": \"2026-03-09\"}' WHERE act = 'order_payment'"],
        {"I4": "breaks at"},
    ),
    "another head": (
        ["UPDATE workflows_case SET head_hash = '\\x00'"],
        {"I4": "has another head"},
    ),
    "a notice withdrawn": (
        ["DELETE FROM notifications_notice WHERE kind = 'ORDER_ISSUED'"],
        {"I5": "misses its notice ORDER_ISSUED"},
    ),
    "a notice of nobody": (
        ["UPDATE notifications_notice SET key = 'x' || key WHERE kind = 'ACCEPTED'"],
        {"I5": "belongs to no event"},
    ),
    "an act that told nobody": (
        [
            "UPDATE workflows_event SET facts = facts - 'notices' WHERE act = 'accept'",
            "DELETE FROM notifications_notice WHERE kind = 'ACCEPTED'",
        ],
        {"I5": "did not send ACCEPTED", "I4": "breaks at"},
    ),
    "an act that told more than it may": (
        ["UPDATE workflows_event SET act = 'reassign' WHERE act = 'order_payment'"],
        {"I5": "which its act does not", "I3": "", "I4": ""},
    ),
    "a proof of delivery removed": (
        ["DELETE FROM notifications_deliveryattempt"],
        {"I6-8": "I6 done without receipt or proof"},
    ),
    "an open case without a limit": (
        [
            "UPDATE workflows_limit SET stopped_at = now(), outcome = 'kept' WHERE stopped_at IS NULL AND case_id ="
            " (SELECT max(case_id) FROM workflows_inspection WHERE state = 'investigating')"
        ],
        {"I9": "is open without a limit"},
    ),
    "a case that the queue sorts by another date": (
        ["UPDATE workflows_case SET nearest_at = nearest_at + interval '1 hour'"],
        {"I9": "is sorted by"},
    ),
    "a draft without a limit": (
        ["UPDATE workflows_limit SET stopped_at = now(), outcome = 'kept'"
         " WHERE case_id IS NULL AND stopped_at IS NULL"],
        {"I9": "complaint "},
    ),
    "a date moved": (
        ["UPDATE workflows_limit SET due_on = due_on + 1 WHERE rule = 'INV-01'"],
        {"I9": "counted again"},
    ),
    "a start moved": (
        ["UPDATE workflows_limit SET started_at = started_at - interval '1 day' WHERE rule = 'TRF-12'"],
        {"I9": "(TRF-12) is due"},
    ),
    "an order's date moved by an hour": (
        ["UPDATE workflows_limit SET due_at = due_at + interval '1 hour' WHERE rule = 'PAY_BY'"],
        {"I9": "(PAY_BY)"},
    ),
    "a provisional date shown as certain": (
        ["UPDATE workflows_limit SET provisional = NOT provisional WHERE rule = 'ACC-01'"],
        {"I9": "(ACC-01)"},
    ),
    "an extension that nobody granted": (
        [
            "INSERT INTO workflows_limitextension (limit_id, length, reason, approved_by, at, event)"
            " SELECT id, 30, '', '', now(), gen_random_uuid() FROM workflows_limit WHERE rule = 'INV-01'"
        ],
        {"I9": "(INV-01)"},
    ),
    "a rule version that never was": (
        ["UPDATE workflows_limit SET rule_version = 9 WHERE rule = 'INV-01'"],
        {"I9": "cannot be counted again"},
    ),
    "a closed case without its paper": (
        ["DELETE FROM workflows_paper WHERE kind = 'cancellation'"],
        {"I12": "is cancelled without cancellation"},
    ),
    "a paper rewritten": (
        ["UPDATE workflows_paper SET content = content || '{\"addressee\": \"别人\"}' WHERE kind = 'order'"],
        {"I12": "is not what was made"},
    ),
    "reopened without a reason": (
        ["UPDATE workflows_event SET reason = '' WHERE act = 'reopen'"],
        {"I12": "leaves closed by reopen", "I4": "breaks at"},
    ),
    "money that nobody paid": (
        ["UPDATE workflows_ledgerline SET paid = paid - 1 WHERE paid > 0"],
        {"I20": "its payments say"},
    ),
    "paid more than owed": (
        [
            "UPDATE workflows_payment SET amount = amount + 100000",
            "UPDATE workflows_ledgerline SET paid = paid + 100000 WHERE paid > 0",
        ],
        {"I20": "beyond what was ever owed"},
    ),
    "an amount below zero": (
        [
            "ALTER TABLE workflows_ledgerline DROP CONSTRAINT line_settled_sane",
            "UPDATE workflows_ledgerline SET settled_otherwise = -1",
        ],
        {"I20": "below zero"},
    ),
    "a line in another case": (
        ["UPDATE workflows_ledgerline SET case_id = (SELECT max(id) FROM workflows_case)"],
        {"I20": "another case than its complaint"},
    ),
    "a paper's total": (
        ["UPDATE workflows_paper SET content = jsonb_set(content, '{total}', '\"1.00\"') WHERE kind = 'order'"],
        {"I20": "another total", "I12": "is not what was made"},
    ),
    "an advance that came back by itself": (
        ["UPDATE workflows_funduse SET recovered = recovered + 1"],
        {"I20": "its entries say"},
    ),
    "a counter-line that counters something else": (
        ["UPDATE workflows_ledgerline SET claimed = claimed + 1 WHERE corrects_id IS NOT NULL"],
        {"I20": "not nought together"},
    ),
    "a float": (
        ["ALTER TABLE workflows_payment ADD COLUMN rate double precision"],
        {"I20": "workflows_payment.rate"},
    ),
    "a record that runs back": (
        ["UPDATE workflows_event SET recorded_at = recorded_at - interval '9 day', at = at - interval '9 day'"
         " WHERE act = 'expire'"],
        {"I21": "before the one before it", "I4": "breaks at"},
    ),
    "happened after it was recorded": (
        [
            "ALTER TABLE workflows_event DROP CONSTRAINT event_not_in_the_future",
            "UPDATE workflows_event SET at = recorded_at + interval '1 second' WHERE act = 'expire'",
        ],
        {"I21": "happened after", "I4": "breaks at"},
    ),
    "a moment without a zone": (
        ["ALTER TABLE casedesk_user ADD COLUMN seen timestamp"],
        {"I21": "casedesk_user.seen has no zone"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BREAKINGS)
def test_a_breach_is_found(what, almighty):
    statements, expected = BREAKINGS[what]
    almighty(*statements)
    found = broken()
    assert set(found) == set(expected), found
    for invariant, words in expected.items():
        assert words in found[invariant], found[invariant]


def test_breaches_name_no_person(almighty):
    """With everything broken at once the report still holds public ids and keys only."""
    for statements, _ in BREAKINGS.values():
        almighty(*(s for s in statements if s.startswith("UPDATE workflows_event SET from_state") or "reason" in s))
    almighty("UPDATE workflows_ledgerline SET paid = paid + 1", "UPDATE workflows_complaint SET version = 9")
    said = "\n".join(broken().values())
    assert str(Complaint.objects.earliest("id").public_id) in said
    for word in ("林大河", "林小川", "139000", "青石"):
        assert word not in said
