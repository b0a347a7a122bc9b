"""The identity of informants, anonymous and confidential callers stands apart (INT-05) and nowhere else."""

import json
import re

import pytest
from django.db import connection

from notifications.models import Notice
from tests import walks
from tests.effects import did, fingerprint, fresh
from workflows.models import Amendment, Complaint, Event, Informant, Paper
from workflows.perform import perform

WHO = {
    "complainant_name": "暗访的祁某人", "complainant_phone": "13711112222", "id_number": "411221199001011234",
    "complainant_residence": "张村镇祁家沟三组", "complainant_sex": "female", "complainant_birth_date": "1990-01-01",
    "complainant_occupation": "资料员祁", "complainant_work_unit": "青石公司资料室",
}  # fmt: skip
TELLING = ("祁某人", "13711112222", "2222", "411221199001011234", "祁家沟", "1990-01-01", "资料员祁", "资料室")


def everything_but_the_informant() -> str:
    """The text of every row of every table, the informant's own apart."""
    with connection.cursor() as cursor:
        tables = [t for t in fingerprint() if t != "workflows_informant"]
        cursor.execute(" UNION ALL ".join(f'SELECT x::text FROM "{t}" x' for t in tables))
        return "\n".join(row[0] for row in cursor.fetchall())


def told_in(text: str) -> list[str]:
    """Which of the telling words stand in a text. Digits count only alone: ids and hashes are full of digits."""
    return [word for word in TELLING if re.search(rf"(?<![0-9a-f]){word}(?![0-9a-f])", text)]


@pytest.mark.parametrize("kept_apart", ["is_informant", "anonymous", "confidentiality_requested"])
def test_who_asks_for_secrecy_is_named_in_no_row_but_one(people, kept_apart):
    complaint = walks.registered(people, **WHO, **{kept_apart: True})
    perform(complaint.intake, "accept", by=people.squad_leader)
    inspection = Complaint.objects.get().case.inspection
    inputs = {"lead": people.id("lead"), "others": [people.id("second")]}
    perform(inspection, "assign", by=people.squad_leader, inputs=inputs)
    perform(inspection, "establish_facts", by=people.lead, inputs={"findings": "属实。", "able_to_pay": True})
    order = perform(inspection, "order_payment", by=people.lead, inputs={"pay_by": "2026-03-07"})
    walks.approved(order, people.squad_leader)
    written = everything_but_the_informant()
    assert told_in(written) == []
    kept = Informant.objects.get()
    assert (kept.name, kept.phone, kept.birth_date) == ("暗访的祁某人", "13711112222", "1990-01-01")
    assert Event.objects.count() > 4 and Notice.objects.count() and Paper.objects.count()


def test_who_asks_later_takes_along_what_was_said_in_the_open(people):
    """He called openly, then asked for confidentiality: what was recorded before cannot be unsaid, but nothing new
    says it."""
    complaint = walks.registered(people, **WHO)
    seen = Event.objects.count()
    did(
        perform(complaint.intake, "amend", by=people.operator, inputs={"confidentiality_requested": True}), "registered"
    )
    told = fresh(complaint)
    assert (told.complainant_name, told.complainant_phone, told.complainant_birth_date) == ("", "", None)
    assert told.called == "要求保密的投诉人" and Informant.objects.get().name == "暗访的祁某人"
    new = json.dumps([[e.inputs, e.facts] for e in Event.objects.order_by("id")[seen:]], ensure_ascii=False)
    assert told_in(new) == []
    assert not Amendment.objects.filter(field="complainant_name").exists()
    perform(complaint.intake, "amend", by=people.operator, inputs={"complainant_phone": "13733334444"})
    assert Informant.objects.get().phone == "13733334444" and fresh(complaint).complainant_phone == ""


def test_an_anonymous_caller_gives_no_name_and_gets_a_code_with_made_up_digits(people):
    calling = {**walks.CALL, "anonymous": True, "complainant_name": "", "complainant_phone": "", "no_contact": True}
    done = perform(None, "log", by=people.operator, inputs=calling)
    assert len(done.told["receipt_second"]) == 4 and done.subject.complaint.called == "匿名"
    assert Informant.objects.count() == 1
