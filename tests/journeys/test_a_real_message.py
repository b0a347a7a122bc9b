"""One citizen's message, read from beside the repository when the test runs, on its way from a draft to the police.

The text is nobody's to print: it is not asserted on, not shown in a failure, and must turn up in no event and no
notice.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from config import embedded
from notifications.models import Notice
from tests import walks
from tests.effects import did, fingerprint, fresh, recipients, refused, running
from tests.people import reception_day, settle_county
from workflows import clock
from workflows.errors import NotPossibleNow
from workflows.models import Complaint, Event, Limit, Payment
from workflows.perform import perform
from workflows.procedures.intake_forms import LogForm
from workflows.record import first_broken
from workflows.roles import SYSTEM

MESSAGES = embedded.REPOSITORY.parent / "shared" / "data" / "complaints" / "wage_messages.jsonl"
DAY = timedelta(days=1)
EMPLOYER = {
    "employer_name": "渑池县青石建筑劳务有限公司", "employed_in_county": True, "project_name": "韶山花园三期",
    "industry_sector": "construction", "reason": "电话核实。",
}  # fmt: skip
LINES = [
    {"worker_name": name, "claimed": amount, "months": "4"}
    for name, amount in (("蒋某", "16000.00"), ("戚某", "9000.00"))
]


class Unprinted(dict[str, Any]):
    """A message that a failing test does not print."""

    def __repr__(self) -> str:
        return "<a citizen's message>"


@pytest.fixture
def message() -> Unprinted:
    if not MESSAGES.exists():
        pytest.skip("the citizens' messages are not beside this repository (../shared/data/complaints)")
    with MESSAGES.open(encoding="utf-8") as lines:
        for line in lines:
            read = json.loads(line)
            told = Unprinted(
                channel="web",
                source_id=read["id"],
                title=read["title"],
                violation_facts=read["body"],
                received_at=read["time"],
            )
            if LogForm.read(told).is_valid():
                return told
    pytest.skip("no message of the file fits the form")


def test_a_real_message_travels_to_the_police(database, message):
    people = settle_county()
    with clock.at(walks.MONDAY):
        intake, complaint = logged(message)
        registered(people, intake)
        accepted_at_last(people, intake)
        case = fresh(complaint).case
        inspection = case.inspection
        inputs = {"lead": people.id("lead"), "others": [people.id("second")]}
        did(perform(inspection, "assign", by=people.squad_leader, inputs=inputs), "investigating")
        visit = agreed(people, case)
        inputs = {"findings": "欠付属实。", "able_to_pay": True, "evasion": "转移工程款。"}
        did(perform(inspection, "establish_facts", by=people.lead, inputs=inputs), "facts_established",
            starts={"DEC-01": "2026-03-23"}, stops=["INV-01"])  # fmt: skip
    with clock.at(walks.MONDAY + 3 * DAY):
        did(
            perform(visit, "declare_default", by=SYSTEM),
            "defaulted",
            stops=["INSTALMENT", "INSTALMENT"],
            sends=["DEFAULTED"],
        )
        done = perform(inspection, "order_payment", by=people.lead, inputs={"pay_by": "2026-03-10"})
        did(walks.approved(done, people.squad_leader), "ordered", starts={"PAY_BY": "2026-03-10"}, stops=["DEC-01"],
            sends=["ORDER_ISSUED"], papers=["order"])  # fmt: skip
        walks.served(people, inspection, "order", "posted")
    with clock.at(walks.MONDAY + 9 * DAY):
        did(perform(inspection, "expire", by=SYSTEM), "expired", starts={"BLK-06": "2026-04-08"}, stops=["PAY_BY"])
        transfer = walks.sent(people, inspection)
        sheet = fresh(transfer).sheet
        assert sheet["missing"] == [] and sheet["total"] == "25000.00"
        perform(transfer, "receive", by=people.police, inputs={"receiver": "公安乙"})
    with clock.at(walks.MONDAY + 11 * DAY):
        filed_at = walks.MONDAY + 10 * DAY
        done = walks.asked_from_paper(people, transfer, "file", number="渑公立〔2026〕5号", at=filed_at.isoformat())
        did(walks.approved(done, people.squad_leader), "police_filed", starts={"AFT-01": "2026-03-16"},
            stops=["TRF-10a", "TRF-11", "TRF-12"], sends=["POLICE_DECIDED"])  # fmt: skip
        inputs = {"to": "公安乙", "items": "案卷一册、账册三本"}
        did(perform(transfer, "hand_over", by=people.lead, inputs=inputs), "handed_over", stops=["AFT-01"],
            sends=["HANDED_OVER"], papers=["hand_over_list"])  # fmt: skip
    with clock.at(walks.MONDAY + 20 * DAY):
        event = did(walks.paid(people, inspection), "expired", sends=["PAID_AFTER_SENDING"])
        assert sorted(recipients(event, "PAID_AFTER_SENDING")) == ["police/police_officer", "procuratorate/prosecutor"]
        assert set(Payment.objects.values_list("moment", flat=True)) == {"before_indictment"}
    assert first_broken(fresh(case)) is None and first_broken(fresh(complaint)) is None
    assert fresh(case).version == Event.objects.filter(case=case).count()
    assert not told_anywhere_else(message)


def logged(message):
    """Taken over as a draft: nothing is guessed, the limits run from the day it came in, and show that they have run
    out."""
    try:
        done = perform(None, "log", by=SYSTEM, inputs=message, reason="导入旧留言")
    except Exception as trouble:
        raise AssertionError(f"the message was not taken: {type(trouble).__name__}") from None
    complaint = Complaint.objects.get()
    assert done.subject.state == "draft" and not complaint.employer_name and complaint.employed_in_county is None
    said = datetime.fromisoformat(message["received_at"])
    assert complaint.received_at == (said if said.tzinfo else said.replace(tzinfo=clock.SHANGHAI))
    assert all(x.started_at == complaint.received_at and x.due_at < clock.now() for x in Limit.objects.all())
    return done.subject, complaint


def registered(people, intake):
    person = {"complainant_name": "蒋某", "complainant_phone": "13900000077", "notice_shown": True}
    did(perform(intake, "register", by=people.operator, inputs=person), "registered", sends=["RECEIPT"])


def accepted_at_last(people, intake):
    """No employer, no county, no date; then a date more than two years before the message; then a reasoned
    judgement."""

    def accept():
        return perform(intake, "accept", by=people.squad_leader)

    refusal = refused(NotPossibleNow, accept)
    assert [r[:8] for r in refusal.reasons] == ["没有明确的用人单", "没有确认用工所在", "没有欠薪截止日或"]
    end = (fresh(intake).complaint.received_at - 800 * DAY).date()
    perform(intake, "amend", by=people.operator,
            inputs={**EMPLOYER, "arrears_from": str(end - 120 * DAY), "arrears_to": str(end)})  # fmt: skip
    refusal = refused(NotPossibleNow, accept, says="已逾二年")
    assert len(refusal.reasons) == 1
    judged = {"violation_continues": True, "violation_continues_reason": "每年结算时均承诺支付，欠付状态持续至今。"}
    perform(intake, "amend", by=people.lead, inputs=judged)
    perform(intake, "add_lines", by=people.operator, inputs={"lines": LINES})
    did(accept(), "accepted", stops=["ACC-01", "ACC-09"], sends=["ACCEPTED"], papers=["filing_form"])
    case = Complaint.objects.get().case
    assert case.filed_on == clock.today(), "filed the same day"
    assert running(case.inspection) == {"INV-01": "2026-05-28", "INV-02": "2026-04-01"}


def agreed(people, case):
    """A joint reception beside the running inspection; the first instalment is due tomorrow and never comes."""
    day = reception_day(clock.today())
    inputs = {"day": str(day.public_id), "visitors": "蒋某等二人", "people": 2}
    visit = perform(case, "schedule", by=people.receptionist, inputs=inputs).subject
    perform(visit, "convene", by=people.receptionist, inputs={"present": "人社局、住建局、项目部"})
    parts = [{"due_on": "2026-03-03", "amount": "12500.00"}, {"due_on": "2026-03-20", "amount": "12500.00"}]
    done = perform(
        visit, "record_agreement", by=people.receptionist, inputs={"agreement": "两期付清。", "instalments": parts}
    )
    did(done, "agreed", starts={"INSTALMENT": None})
    assert fresh(case.inspection).state == "investigating", "the inspection runs beside it"
    return visit


def told_anywhere_else(message) -> bool:
    """Whether a piece of the text stands in any table but the complaint's own."""
    body = message["violation_facts"].strip()
    pieces = [body[at : at + 16] for at in range(0, max(1, len(body) - 16), 40)]
    tables = [t for t in fingerprint() if t != "workflows_complaint"]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f'SELECT x::text FROM "{t}" x' for t in tables))
        written = "\n".join(row[0] for row in cursor.fetchall())
    assert Notice.objects.count() > 5
    return any(piece in written for piece in pieces if len(piece) == 16)
