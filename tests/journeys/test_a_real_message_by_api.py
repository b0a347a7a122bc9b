"""One citizen's message from a line of a file to the police: imported as a draft, then by the API alone, each step by
the person whose step it is.

The text is nobody's to print: it is not asserted on, not shown in a failure, and turns up in no event and no notice.
"""

from __future__ import annotations

import json
from contextlib import redirect_stderr
from datetime import date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection

from config import embedded
from notifications.models import Notice
from tests import walks
from tests.casedesk.api.clients import Caller, County, is_problem
from tests.effects import fingerprint, nothing_written, recipients
from tests.people import reception_day, settle_county
from workflows import clock
from workflows.models import Case, Complaint, Event, Payment
from workflows.record import first_broken
from workflows.sweep import sweep

MESSAGES = embedded.REPOSITORY.parent / "shared" / "data" / "complaints" / "wage_messages.jsonl"
DAY = timedelta(days=1)
PERSON = {"complainant_name": "蒋某", "complainant_phone": "13900000077", "notice_shown": True}
EMPLOYER = {
    "employer_name": "渑池县青石建筑劳务有限公司", "employed_in_county": True, "project_name": "韶山花园三期",
    "industry_sector": "construction", "reason": "电话核实。",
}  # fmt: skip
LINES = [
    {"worker_name": name, "claimed": amount, "months": "4"}
    for name, amount in (("蒋某", "16000.00"), ("戚某", "9000.00"))
]
PARTS = [{"due_on": "2026-03-03", "amount": "12500.00"}, {"due_on": "2026-03-20", "amount": "12500.00"}]
DECISION = b"%PDF-1.7\n" + b"decision to file, signed and sealed\n" * 20


class Unprinted(str):
    """A citizen's text that a failing test does not print."""

    def __repr__(self) -> str:
        return "<a citizen's text>"

    __str__ = __repr__


@pytest.fixture
def own_folder(settings, tmp_path):
    settings.VAR = tmp_path


def test_a_real_message_travels_to_the_police_by_http(database, own_folder, tmp_path):
    if not MESSAGES.exists():
        pytest.skip("the citizens' messages are not beside this repository (../shared/data/complaints)")
    county = County(settle_county())
    with clock.at(walks.MONDAY):
        text = imported(tmp_path / "one.jsonl")
        intake = drafted(county)
        done(county.lead.act("intake", intake, "register", PERSON), "registered")
        case = accepted_at_last(county, intake)
        inspection = assigned(county, case)
        visit = agreed(county, case)
    with clock.at(walks.MONDAY + 3 * DAY):
        swept("declare_default", visit)
        assert state_of(county.receptionist, case, "joint") == "defaulted"
        ordered(county, case, inspection)
    with clock.at(walks.MONDAY + 9 * DAY):
        swept("expire", inspection)
        assert state_of(county.lead, case, "inspection") == "expired"
        transfer = sent(county, case)
        done(county.police.act("police", transfer, "receive", {"receiver": "公安乙"}), "received")
    with clock.at(walks.MONDAY + 11 * DAY):
        filed_from_paper(county, inspection, transfer)
        done(county.lead.act("police", transfer, "hand_over", {"to": "公安乙", "items": "案卷一册"}), "handed_over")
    with clock.at(walks.MONDAY + 20 * DAY):
        paid_after_sending(county, case, inspection)
        told(county, case)
    assert Notice.objects.count() > 5
    assert tables_that_tell(text) == {"workflows_complaint"}


# --- from a line to a case --------------------------------------------------------------------------------------------


def imported(file: Path) -> Unprinted:
    """The first message of the real file, through the import; its text. The copy does not outlive the import."""
    with MESSAGES.open("rb") as lines:
        line = lines.readline()
    file.write_bytes(line)
    said = StringIO()
    try:
        with redirect_stderr(StringIO()):
            call_command("import_complaints", str(file), channel="web", stdout=said)
    except Exception as trouble:  # its words and its trace may hold the text
        raise AssertionError(f"the message was not taken: {type(trouble).__name__}") from None
    finally:
        file.unlink()
    assert "导入 1，" in said.getvalue()
    return Unprinted(json.loads(line)["body"])


def drafted(county: County) -> str:
    """What the bureau sees of it: a draft in which nothing is guessed and whose limits ran out long ago; its intake."""
    (row,) = county.lead.get("complaints?state=draft").json()["results"]
    assert row["channel"] == "web" and row["case"] is None and not row["employer_name"]
    whole = county.lead.get(f"complaints/{row['id']}").json()
    assert whole["employed_in_county"] is None and whole["arrears_to"] is None and whole["lines"] == []
    assert whole["source_id"] and datetime.fromisoformat(whole["received_at"]) < clock.now()
    limits = county.lead.get(f"complaints/{row['id']}/limits").json()["results"]
    assert {x["rule"] for x in limits} == {"ACC-01", "ACC-09"} and all(x["overdue"] for x in limits)
    assert not Notice.objects.exists(), "a draft out of an import tells nobody"
    return row["intake"]


def accepted_at_last(county: County, intake: str) -> str:
    """No employer, no county, no date; then a date more than two years before the message; then a reasoned judgement.
    The case of the same day."""
    reasons = not_accepted(county, intake)
    assert [said[:8] for said in reasons] == ["没有明确的用人单", "没有确认用工所在", "没有欠薪截止日或"]
    (row,) = county.lead.get("complaints").json()["results"]
    end = datetime.fromisoformat(row["received_at"]).date() - 800 * DAY
    facts = {**EMPLOYER, "arrears_from": str(end - 120 * DAY), "arrears_to": str(end)}
    done(county.lead.act("intake", intake, "amend", facts), "registered")
    (reason,) = not_accepted(county, intake)
    assert "已逾二年" in reason and str(end) in reason
    judged = {"violation_continues": True}
    assert "violation_continues_reason" in is_problem(county.lead.act("intake", intake, "amend", judged), 422)["errors"]
    judged["violation_continues_reason"] = "每年结算时均承诺支付，欠付状态持续至今。"
    done(county.lead.act("intake", intake, "amend", judged), "registered")
    done(county.lead.act("intake", intake, "add_lines", {"lines": LINES}), "registered")

    case = done(county.squad_leader.act("intake", intake, "accept"), "accepted")["case"]
    filed = county.squad_leader.get(f"cases/{case}").json()
    assert filed["filed_on"] == str(clock.today()), "filed the same day"
    assert (filed["totals"]["workers"], filed["totals"]["claimed"]) == (2, "25000.00")
    assert running(county.squad_leader, case) == {"INV-01": "2026-05-28", "INV-02": "2026-04-01"}
    return case


def not_accepted(county: County, intake: str) -> list[str]:
    """Why the guard refuses, by the answer and by what was offered; nothing is written."""
    offered = county.squad_leader.get(f"intake/{intake}/actions").json()["actions"]
    accept = next(one for one in offered if one["name"] == "accept")
    with nothing_written():
        refusal = is_problem(county.squad_leader.act("intake", intake, "accept"), 409)
    assert not accept["possible"] and accept["reasons"] == refusal["reasons"]
    return refusal["reasons"]


# --- inspection and joint reception -----------------------------------------------------------------------------------


def assigned(county: County, case: str) -> str:
    """Two inspectors; the inspection."""
    inspection = procedure(county.squad_leader, case, "inspection")["id"]
    body = {"lead": county.people.id("lead"), "others": [county.people.id("second")]}
    done(county.squad_leader.act("inspection", inspection, "assign", body), "investigating")
    return inspection


def agreed(county: County, case: str) -> str:
    """A visit beside the running inspection, put on a day by the inspector; the first instalment is due tomorrow and
    never comes."""
    day = reception_day(clock.today())
    body = {"day": str(day.public_id), "visitors": "蒋某等二人", "people": 2}
    visit = done(county.lead.act("joint", case, "schedule", body), "scheduled")["id"]
    body = {"present": "人社局、住建局、项目部"}
    done(county.receptionist.act("joint", visit, "convene", body), "convened")
    body = {"agreement": "两期付清。", "instalments": PARTS}
    done(county.receptionist.act("joint", visit, "record_agreement", body), "agreed")
    assert state_of(county.lead, case, "inspection") == "investigating", "the inspection runs beside it"
    limits = county.lead.get(f"cases/{case}/limits").json()["results"]
    assert [x["due_on"] for x in limits if x["rule"] == "INSTALMENT"] == [part["due_on"] for part in PARTS]
    return visit


def ordered(county: County, case: str, inspection: str) -> None:
    """Facts, then the order that the squad leader signs, served in person."""
    body = {"findings": "欠付属实。", "able_to_pay": True, "evasion": "转移工程款。"}
    done(county.lead.act("inspection", inspection, "establish_facts", body), "facts_established")
    asked = county.lead.act("inspection", inspection, "order_payment", {"pay_by": "2026-03-10"})
    granted(county.squad_leader, asked, "ordered", needed="squad_leader")
    papers = county.lead.get(f"cases/{case}").json()["papers"]
    order = next(paper["id"] for paper in papers if paper["kind"] == "order")
    body = {"paper": order, "mode": "in_person", "place": "公司办公室", "recipient": "王某", "proof": "送达回证"}
    done(county.lead.act("inspection", inspection, "record_service", body), "ordered")
    assert running(county.lead, case)["PAY_BY"] == "2026-03-10"


def swept(act: str, subject: str) -> None:
    """The clockwork does this one act and nothing else."""
    run = sweep(clock.now())
    assert run.done == [(act, UUID(subject))] and run.drained
    assert not run.refused and not run.failed


# --- police -----------------------------------------------------------------------------------------------------------


def sent(county: County, case: str) -> str:
    """Proposed, reported by two, approved by the principal head, sent; the police see it from then on."""
    body = {"kind": "refusal_to_pay", "facts": "有能力支付而不支付，经责令仍不支付。"}
    transfer = done(county.lead.act("police", case, "propose_transfer", body), "proposed")["id"]
    report = {"second_inspector": county.people.id("second"), "opinion": "建议移送。"}
    done(county.lead.act("police", transfer, "report", report), "reported")
    is_problem(county.squad_leader.act("police", transfer, "approve"), 403)
    done(county.principal_head.act("police", transfer, "approve"), "approved")
    is_problem(county.police.get(f"transfers/{transfer}"), 404)
    done(county.lead.act("police", transfer, "send"), "sent")
    shown = county.police.get(f"transfers/{transfer}").json()
    assert shown["package"] and shown["sheet"]["missing"] == [] and shown["sheet"]["total"] == "25000.00"
    return transfer


def filed_from_paper(county: County, inspection: str, transfer: str) -> None:
    """The police's decision came on paper: scanned, recorded by the assigned inspector, confirmed by a second one."""
    upload = SimpleUploadedFile("立案决定书.pdf", DECISION, "application/pdf")
    stored = county.lead.client.post("/api/files", {"file": upload}, headers=county.lead.headers)
    assert stored.status_code == 201, stored.content.decode()
    body = {"title": "立案决定书扫描件", "file": stored.json()["file"]}
    case = done(county.lead.act("inspection", inspection, "add_evidence", body), "expired")["case"]
    (scan,) = county.lead.get(f"cases/{case}").json()["evidence"]
    assert scan["sha256"] == stored.json()["sha256"]

    signed_at = (walks.MONDAY + 10 * DAY).isoformat()
    body = {"number": "渑公立〔2026〕5号", "signer": "公安丙", "scan": scan["id"], "at": signed_at}
    asked = county.lead.act("police", transfer, "file", body)
    is_problem(county.lead.post(f"approvals/{approval_of(asked)['id']}/decide", {"yes": True}), 403)
    granted(county.second, asked, "police_filed", needed="second_officer")
    shown = county.police.get(f"transfers/{transfer}").json()
    assert (shown["state"], shown["police_number"]) == ("police_filed", "渑公立〔2026〕5号")
    event = Event.objects.get(subject=transfer, act="file")
    assert event.at.isoformat() == datetime.fromisoformat(signed_at).astimezone(event.at.tzinfo).isoformat()
    assert event.facts["signed_paper"]["sha256"] == scan["sha256"]


def paid_after_sending(county: County, case: str, inspection: str) -> None:
    """Everything is paid after all: police and procuratorate are told."""
    rests = {line["id"]: line["rest"] for line in county.lead.get(f"cases/{case}").json()["lines"]}
    assert sorted(rests.values()) == ["16000.00", "9000.00"]
    shares = [{"line": line, "amount": rest} for line, rest in rests.items()]
    body = {"payer": "employer", "shares": shares, "proof": "银行回单 1 号"}
    paid = done(county.lead.act("inspection", inspection, "record_payment", body), "expired")
    event = Event.objects.get(public_id=paid["events"][0])
    assert sorted(recipients(event, "PAID_AFTER_SENDING")) == ["police/police_officer", "procuratorate/prosecutor"]
    assert set(Payment.objects.values_list("moment", flat=True)) == {"before_indictment"}
    totals = county.lead.get(f"cases/{case}").json()["totals"]
    assert (totals["paid"], totals["rest"]) == ("25000.00", "0.00")


# --- what is left -----------------------------------------------------------------------------------------------------


def told(county: County, case: str) -> None:
    """The record of the case as the inspector reads it: whole, unbroken, with who approved what."""
    timeline = county.lead.get(f"cases/{case}/timeline?size=100").json()
    events = timeline["results"]
    assert timeline["next"] is None and [one["seq"] for one in events] == list(range(len(events), 0, -1))
    acts = [one["act"] for one in reversed(events)]
    milestones = [
        "assign", "schedule", "convene", "record_agreement", "declare_default", "establish_facts", "order_payment",
        "record_service", "expire", "propose_transfer", "report", "approve", "send", "receive", "add_evidence", "file",
        "hand_over", "record_payment",
    ]  # fmt: skip
    assert [act for act in acts if act in milestones] == milestones
    approved = {one["act"]: one["approved_by"] for one in events if one["approved_by"]}
    assert approved == {"order_payment": "大队长甲", "file": "监察乙"}
    row = Case.objects.get(public_id=case)
    assert row.version == len(events) and first_broken(row) is None
    assert first_broken(Complaint.objects.get()) is None
    assert row.filed_on == date(2026, 3, 2)


def tables_that_tell(text: Unprinted) -> set[str]:
    """The tables in which a piece of the text stands."""
    body = str.strip(text)
    pieces = [body[at : at + 16] for at in range(0, max(1, len(body) - 16), 40)]
    telling = set()
    with connection.cursor() as cursor:
        for table in fingerprint():
            cursor.execute(f'SELECT x::text FROM "{table}" x')
            written = "\n".join(row[0] for row in cursor.fetchall())
            if any(piece in written for piece in pieces):
                telling.add(table)
    return telling


# --- answers ----------------------------------------------------------------------------------------------------------


def done(response: Any, state: str) -> dict[str, Any]:
    """The answer of an act that was done."""
    assert response.status_code == 200, response.content.decode()[:500]
    body: dict[str, Any] = response.json()
    assert body["state"] == state and body["events"]
    return body


def approval_of(response: Any) -> dict[str, Any]:
    """The request that an act became."""
    assert response.status_code == 202, response.content.decode()[:500]
    request: dict[str, Any] = response.json()["approval"]
    assert request["state"] == "requested"
    return request


def granted(approver: Caller, asked: Any, state: str, *, needed: str) -> None:
    """The request waits for its approver, who finds it and says yes."""
    request = approval_of(asked)
    assert request["needed"] == needed
    assert request["id"] in [one["id"] for one in approver.get("approvals").json()["results"]]
    decided = approver.post(f"approvals/{request['id']}/decide", {"yes": True, "reason": "同意"})
    assert decided.status_code == 200, decided.content.decode()[:500]
    answer = decided.json()
    assert answer["approval"]["state"] == "approved" and answer["done"]["state"] == state


def procedure(reader: Caller, case: str, name: str) -> dict[str, Any]:
    """The one procedure of this name in a case."""
    (found,) = (p for p in reader.get(f"cases/{case}").json()["procedures"] if p["procedure"] == name)
    return found


def state_of(reader: Caller, case: str, name: str) -> str:
    return procedure(reader, case, name)["state"]


def running(reader: Caller, case: str) -> dict[str, str]:
    """The limits that run on a case, with their last days."""
    return {x["rule"]: x["due_on"] for x in reader.get(f"cases/{case}/limits").json()["results"]}
