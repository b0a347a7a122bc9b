"""Another agency's own system speaks to us: what it may do, once each, and what is refused without a trace."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from notifications import signing
from notifications.addresses import PeerKey, new_key, retire_key
from notifications.models import Notice, Receipt
from notifications.receipts import broken_links
from tests import effects, walks
from tests.people import People, settle_county
from workflows import clock
from workflows.inbound import InboundMessage
from workflows.models import AgencyTask, Event, PoliceTransfer
from workflows.perform import perform

Body = dict[str, Any]


def build() -> People:
    """A transfer sent to the police, an assistance asked of housing, a referral to transport; each with a key."""
    with clock.at(walks.MONDAY):
        people = settle_county()
        inspection = walks.established(people)
        inputs = {"agency": "housing", "question": "请提供施工许可。", "due_on": "2026-03-20"}
        perform(inspection, "ask_agency", by=people.lead, inputs=inputs)
        walks.sent(people, inspection)
        referred = walks.registered(people)
        inputs = {"agency": "transport", "reason": "属交通部门职责", "by_day": "2026-03-20"}
        perform(referred.intake, "refer", by=people.squad_leader, inputs=inputs)
        for agency in ("police", "housing", "transport", "procuratorate"):
            new_key(agency, by="管理甲")
    return people


@pytest.fixture
def people(database_like: Callable[..., Any]) -> Iterator[People]:
    with database_like("peers", build=build) as people, clock.at(walks.MONDAY + timedelta(hours=3)):
        yield people


def send(agency: str, body: Any, *, key: PeerKey | None = None, at: int | None = None, raw: bytes | None = None,
         content_type: str = "application/json", **headers: str) -> Any:  # fmt: skip
    """POST a message, signed as the agency would."""
    raw = json.dumps(body, ensure_ascii=False).encode() if raw is None else raw
    key = key or PeerKey.objects.filter(agency=agency).earliest("id")
    signed = signing.headers(key.key_id, key.secret("from_peer"), raw, at) | headers
    return Client().post(f"/api/peers/{agency}/messages", raw, content_type=content_type, headers=signed)


def notice(kind: str) -> Notice:
    return Notice.objects.get(kind=kind)


def receipt_of(kind: str, **more: Any) -> Body:
    asked = notice(kind)
    return {
        "message_id": str(uuid4()), "kind": "receipt", "notice": str(asked.pk), "signer": "民警丙",
        "content_sha256": asked.content_sha256, **more,
    }  # fmt: skip


def answer_to(kind: str, text: str = "许可已核发。", **more: Any) -> Body:
    return {
        "message_id": str(uuid4()), "kind": "answer", "notice": str(notice(kind).pk), "signer": "科员丁", "text": text,
        **more,
    }  # fmt: skip


def decision(act: str, inputs: Body | None = None, kind: str = "TRANSFER_SENT", **more: Any) -> Body:
    return {
        "message_id": str(uuid4()), "kind": "decision", "notice": str(notice(kind).pk), "signer": "民警丙", "act": act,
        "inputs": inputs or {}, **more,
    }  # fmt: skip


# --- what a system may do ---------------------------------------------------------------------------------------------


def test_a_system_answers_what_it_was_asked_before_the_case_joined_another(people: People) -> None:
    asked, into = walks.investigating(people), walks.investigating(people)
    inputs = {"agency": "transport", "question": "请提供运输合同。", "due_on": "2026-03-20"}
    perform(asked, "ask_agency", by=people.lead, inputs=inputs)
    told = {"into": into.case.number, "reason": "同一工地。"}
    perform(asked, "join", by=people.squad_leader, inputs=told)
    question = Notice.objects.get(kind="ASSISTANCE_ASKED", recipient_agency="transport")
    body = {
        "message_id": str(uuid4()),
        "kind": "answer",
        "notice": str(question.pk),
        "signer": "科员丁",
        "text": "合同已附。",
    }
    answer = send("transport", body)
    assert answer.status_code == 200, answer.content
    assert AgencyTask.objects.get(agency__code="transport").answer == "合同已附。"
    assert Notice.objects.get(pk=question.pk).answer_text == "合同已附。"
    assert Event.objects.latest("id").case_id == into.case_id
    assert send("transport", body).json() == answer.json(), "the same message again gets the same answer"


def test_a_system_signs_for_a_notice_and_the_chain_holds(people: People) -> None:
    answer = send("police", receipt_of("TRANSFER_SENT"))
    assert answer.status_code == 200, answer.content
    signed = notice("TRANSFER_SENT")
    assert (signed.state, signed.receipt_signer, signed.receipt_actor_ref) == ("receipted", "民警丙", "peer:police")
    assert answer.json()["receipt_sha256"] == signed.receipt_sha256
    assert not broken_links(Receipt.objects.all())


def test_the_police_receive_ask_and_file_through_the_one_door(people: People) -> None:
    assert send("police", decision("receive", {"receiver": "法制大队"})).json()["state"] == "received"
    assert notice("TRANSFER_SENT").receipt_signer == "民警丙", "to receive the file is to sign for its letter"
    asked = send("police", decision("ask_supplement", {"missing": "工资表原件"}))
    assert asked.json()["state"] == "supplement_asked", asked.content
    assert send("police", decision("file", {"number": "渑公立字〔2026〕9号"})).json()["state"] == "police_filed"
    event = Event.objects.filter(act="file").latest("id")
    assert (event.by_agency, event.by_name, event.by_roles) == ("police", "民警丙", ["police_officer"])


def test_an_answer_of_a_system_is_the_act_and_closes_the_question(people: People) -> None:
    answer = send("housing", answer_to("ASSISTANCE_ASKED"))
    assert (answer.status_code, answer.json()["procedure"]) == (200, "inspection"), answer.content
    task = AgencyTask.objects.get()
    assert (task.answer, task.waiting) == ("许可已核发。", False)
    asked = notice("ASSISTANCE_ASKED")
    assert (asked.state, asked.answer_text, asked.answer_signer) == ("answered", "许可已核发。", "科员丁")
    assert asked.answer_ref == answer.json()["events"][0]
    answer = send("transport", answer_to("REFERRED", "已督促施工单位支付。"))
    assert answer.json()["state"] == "answered"
    assert notice("REFERRED").answer_text == "已督促施工单位支付。"


def test_words_answer_a_notice_that_asks_for_no_act(people: People) -> None:
    answer = send("procuratorate", answer_to("TRANSFER_COPIED", "已登记。"))
    assert (answer.status_code, answer.json()["state"]) == (200, "answered")
    with effects.nothing_written():
        other = send("procuratorate", answer_to("TRANSFER_COPIED", "另一种说法。"))
    assert other.status_code == 409


# --- repeated, out of order, at once ----------------------------------------------------------------------------------


def test_a_message_sent_again_gets_the_same_answer_and_changes_nothing(people: People) -> None:
    body = decision("receive", {"receiver": "法制大队"})
    first = send("police", body)
    send("police", decision("file", {"number": "9号"}))
    with effects.nothing_written():
        again = send("police", body, at=int(time.time()) - 200)
    assert (again.status_code, again.content) == (200, first.content)
    with effects.nothing_written():
        other = send("police", body | {"signer": "另一人"})
    assert (other.status_code, list(other.json()["errors"])) == (422, ["message_id"])


def test_twenty_at_once_are_one(people: People, race: Callable[..., list[Any]]) -> None:
    bodies = [receipt_of("TRANSFER_SENT"), decision("receive", {"receiver": "法制大队"})]
    for body in bodies:
        answers = race(*[lambda body=body: send("police", body)] * 8)
        assert {(a.status_code, a.content) for a in answers} == {(200, answers[0].content)}
    assert Receipt.objects.count() == 1
    assert Event.objects.filter(act="receive").count() == 1
    assert InboundMessage.objects.filter(sender="peer:police").count() == 2


def test_a_receipt_before_our_own_outcome_and_after_the_answer_is_kept(people: People) -> None:
    assert notice("ASSISTANCE_ASKED").deliveries.get().state == "pending", "the mailroom has not even sent it"
    assert send("housing", answer_to("ASSISTANCE_ASKED")).status_code == 200
    assert send("housing", receipt_of("ASSISTANCE_ASKED")).status_code == 200
    asked = notice("ASSISTANCE_ASKED")
    assert (asked.state, asked.receipt_signer) == ("answered", "民警丙")


# --- refused, and nothing written -------------------------------------------------------------------------------------


def other_key(agency: str) -> PeerKey:
    return PeerKey.objects.exclude(agency=agency).earliest("id")


SIGNATURES: dict[str, Callable[[Body], Any]] = {
    "no timestamp": lambda b: send("police", b, **{signing.MOMENT_HEADER: ""}),
    "a word as timestamp": lambda b: send("police", b, **{signing.MOMENT_HEADER: "now"}),
    "301 seconds old": lambda b: send("police", b, at=int(time.time()) - 301 - 2),
    "301 seconds ahead": lambda b: send("police", b, at=int(time.time()) + 301 + 2),
    "signature of another body": lambda b: send("police", b, **signing.headers("police-1", b"x", b"{}")),
    "another agency's key": lambda b: send("police", b, key=other_key("police")),
    "our own direction": lambda b: send("police", b, **signing.headers(
        "police-1", PeerKey.objects.get(key_id="police-1").secret("to_peer"), json.dumps(b).encode())),
    "upper case": lambda b: send("police", b, **{signing.SIGNATURE_HEADER: "V1=" + "A" * 64}),
    "hex in upper case": lambda b: send("police", b, **{signing.SIGNATURE_HEADER: "v1=" + "A" * 64}),
    "cut short": lambda b: send("police", b, **{signing.SIGNATURE_HEADER: "v1=abc"}),
    "empty": lambda b: send("police", b, **{signing.SIGNATURE_HEADER: ""}),
    "another algorithm": lambda b: send("police", b, **{signing.SIGNATURE_HEADER: "none=" + "a" * 64}),
    "an unknown key": lambda b: send("police", b, **{signing.KEY_HEADER: "police-7"}),
    "no key": lambda b: send("police", b, **{signing.KEY_HEADER: ""}),
    "an agency without a key": lambda b: send("tax", b, key=other_key("tax")),
    "an agency that is none": lambda b: send("nobody", b, key=other_key("nobody")),
}  # fmt: skip


@pytest.mark.parametrize("how", SIGNATURES)
def test_a_message_that_is_not_shown_to_be_theirs_is_refused(people: People, how: str) -> None:
    with effects.nothing_written():
        answer = SIGNATURES[how](receipt_of("TRANSFER_SENT"))
    assert answer.status_code == 401, answer.content
    assert answer.json()["type"] == "urn:casedesk:problem:bad_signature"
    assert notice("TRANSFER_SENT").receipted_at is None


def test_a_body_spelt_anew_is_another_body_and_no_oracle_tells_agencies_apart(people: People) -> None:
    body = receipt_of("TRANSFER_SENT")
    key = PeerKey.objects.get(key_id="police-1")
    signed = signing.headers(key.key_id, key.secret("from_peer"), json.dumps(body).encode())
    answer = send("police", None, raw=json.dumps(body, indent=1).encode(), **signed)
    stranger = send("nobody", None, key=key, raw=json.dumps(body, indent=1).encode(), **signed)
    assert answer.status_code == stranger.status_code == 401
    assert answer.content == stranger.content


def test_two_keys_hold_during_a_rotation_and_a_retired_one_does_not(people: People) -> None:
    fresh = new_key("police", by="管理甲")
    old = PeerKey.objects.get(key_id="police-1")
    assert send("police", receipt_of("TRANSFER_SENT"), key=old).status_code == 200
    assert send("police", decision("receive", {"receiver": "法制大队"}), key=fresh).status_code == 200
    retire_key(old.key_id)
    assert send("police", decision("file", {"number": "9号"}), key=old).status_code == 401


BODIES: dict[str, tuple[Callable[[], Body], int, str]] = {
    "an unknown notice": (lambda: receipt_of("TRANSFER_SENT", notice=str(uuid4())), 404, ""),
    "another agency's notice": (lambda: receipt_of("ASSISTANCE_ASKED"), 404, ""),
    "no id of a notice": (lambda: receipt_of("TRANSFER_SENT", notice="7"), 422, "notice"),
    "another content": (lambda: receipt_of("TRANSFER_SENT", content_sha256="0" * 64), 422, "content_sha256"),
    "a receipt without a hash": (lambda: receipt_of("TRANSFER_SENT", content_sha256=""), 422, "content_sha256"),
    "a receipt with words": (lambda: receipt_of("TRANSFER_SENT", text="好"), 422, "text"),
    "a receipt of tomorrow": (lambda: receipt_of("TRANSFER_SENT", at="2026-03-03T12:00:00+08:00"), 422, "at"),
    "a receipt of yesterday": (lambda: receipt_of("TRANSFER_SENT", at="2026-03-01T12:00:00+08:00"), 409, ""),
    "nobody signed": (lambda: receipt_of("TRANSFER_SENT", signer=" "), 422, "signer"),
    "no number": (lambda: receipt_of("TRANSFER_SENT", message_id=""), 422, "message_id"),
    "a control character": (lambda: receipt_of("TRANSFER_SENT", signer="民\u202e警"), 422, "signer"),
    "another kind": (lambda: receipt_of("TRANSFER_SENT") | {"kind": "order"}, 422, "kind"),
    "a field too many": (lambda: receipt_of("TRANSFER_SENT", state="closed"), 422, "state"),
    "a name of the page": (lambda: receipt_of("TRANSFER_SENT", seen_version=1), 422, "seen_version"),
    "inputs that are no object": (lambda: decision("receive") | {"inputs": [1]}, 422, "inputs"),
    "no act": (lambda: decision(""), 422, "act"),
    "an act there is not": (lambda: decision("abolish"), 404, ""),
    "an act of the bureau": (lambda: decision("send"), 409, ""),
    "an act that is not theirs": (lambda: decision("prosecute", {"number": "1"}), 409, ""),
    "not now": (lambda: decision("file", {"number": "9号"}), 409, ""),
    "a missing input": (lambda: decision("receive"), 422, "receiver"),
    "an unknown input": (lambda: decision("receive", {"receiver": "甲", "state": "closed"}), 422, "state"),
}


@pytest.mark.parametrize("what", BODIES)
def test_a_signed_message_that_cannot_stand_is_refused_with_its_reason(people: People, what: str) -> None:
    made, status, field = BODIES[what]
    body = made()
    with effects.nothing_written():
        answer = send("police", body)
        again = send("police", body)
    assert answer.status_code == status, answer.content
    assert again.content == answer.content, "refused twice alike"
    assert not field or field in answer.json()["errors"], answer.json()


def test_a_decision_of_somebody_else_about_the_same_transfer_is_refused(people: People) -> None:
    """Two peers claim one case (116), and what was returned twice is returned once (117)."""
    with effects.nothing_written():
        answers = [
            send("procuratorate", decision("receive", {"receiver": "检察"}, kind="TRANSFER_COPIED")),
            send("housing", decision("receive", {"receiver": "住建"})),
        ]
    assert [a.status_code for a in answers] == [403, 404]
    send("police", decision("receive", {"receiver": "法制大队"}))
    refused = {"number": "不立〔2026〕1号", "reason": "没有犯罪事实"}
    with clock.at(walks.MONDAY + timedelta(days=60)):
        assert send("police", decision("decline", refused)).json()["state"] == "not_filed", "late, and still a decision"
        with effects.nothing_written():
            assert send("police", decision("decline", refused)).status_code == 409
    assert PoliceTransfer.objects.get().police_number == "不立〔2026〕1号"


RAW: dict[str, tuple[bytes, str, int]] = {
    "no JSON": (b"{", "application/json", 400),
    "a list": (b"[]", "application/json", 400),
    "twice the same name": (b'{"kind": "receipt", "kind": "receipt"}', "application/json", 400),
    "NUL": (b'{"kind": "\\u0000"}', "application/json", 400),
    "half a surrogate": (b'{"kind": "\\ud800"}', "application/json", 400),
    "too deep": (b'{"inputs": ' + b"[" * 90_000 + b"]" * 90_000 + b"}", "application/json", 400),
    "GB18030": ('{"signer": "民警"}'.encode("gb18030"), "application/json", 400),
    "another encoding": (b"{}", "application/json; charset=utf-7", 415),
    "a form": (b"kind=receipt", "application/x-www-form-urlencoded", 415),
    "nothing": (b"", "application/json", 415),
    "too large": (b'{"text": "' + b"a" * 1_100_000 + b'"}', "application/json", 413),
    "numbers for words": (b'{"message_id": 7, "kind": "receipt", "notice": 1, "signer": 2}', "application/json", 422),
}


@pytest.mark.parametrize("what", RAW)
def test_a_body_that_cannot_be_read_is_refused(people: People, what: str) -> None:
    raw, content_type, status = RAW[what]
    with effects.nothing_written():
        answer = send("police", None, raw=raw, content_type=content_type)
    assert answer.status_code == status, answer.content
