"""The channels of agencies against real sockets: what each answer means, whom we speak to, what falls to the next."""

from __future__ import annotations

import email
import email.policy
import hashlib
import hmac
import json
import socket
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from notifications import by_hand
from notifications.addresses import AgencyChannel, Gateway, KeyRefused, PeerKey, new_key, retire_key, signing_key
from notifications.channels import To, wire
from notifications.channels.sms import Sms
from notifications.delivery import Delivery, DeliveryAttempt, DeliveryDecision, MailTask
from notifications.operations import operations, tries_of
from notifications.outbox import NoticeDraft, deliver_due, post
from notifications.posts import Person, Post
from notifications.reading import breaches
from tests.notifications.wires import Letters, Peer, Request, http_peer, mail_server, reply

pytestmark = pytest.mark.usefixtures("database")

Draft = Callable[..., NoticeDraft]
Passing = Callable[[], None]
PHONE = "13912345678"
HAND = by_hand.Hand("大队长甲", "officer:1", "hrss")


@pytest.fixture(autouse=True)
def on_loopback(settings: Any, tmp_path: Path) -> None:
    settings.NOTIFICATIONS_LOOPBACK = True
    settings.NOTIFICATIONS_DROP = tmp_path


@pytest.fixture
def peer() -> Iterator[Peer]:
    with http_peer() as other_side:
        yield other_side


def lists(agency: str, *rows: tuple[str, str, str]) -> None:
    """The agency's channels in order: channel, address, what makes a repetition harmless."""
    for priority, (channel, address, repeat) in enumerate(rows, start=1):
        AgencyChannel.objects.create(agency=agency, channel=channel, priority=priority, address=address, repeat=repeat)


def drop(kind: str, **more: Any) -> None:
    Gateway.objects.create(kind=kind, **({"url": "drop:", "repeat": "key"} | more))


def posted(draft: NoticeDraft) -> None:
    with transaction.atomic():
        post([draft])


def on(channel: str) -> Delivery:
    return Delivery.objects.get(channel=channel)


def last_try(channel: str) -> DeliveryAttempt:
    return DeliveryAttempt.objects.filter(delivery__channel=channel).latest("id")


# --- the signed webhook


def test_a_message_is_signed_over_moment_and_raw_body_and_carries_its_key(draft: Draft, peer: Peer) -> None:
    key = new_key("police", by="管理甲")
    lists("police", ("webhook", peer.url, "key"))
    posted(draft())
    assert deliver_due().done == 2
    (request,) = peer.requests
    delivery = on("webhook")
    assert request.body.decode() == delivery.payload
    assert hashlib.sha256(request.body).hexdigest() == delivery.payload_sha256 == last_try("webhook").request_sha256
    assert request.headers["idempotency-key"] == delivery.key
    assert (request.method, request.headers["casedesk-key"]) == ("POST", key.key_id)
    moment = request.headers["casedesk-timestamp"]
    assert abs(int(moment) - time.time()) < 60
    expected = hmac.new(key.secret("to_peer"), moment.encode() + b"." + request.body, hashlib.sha256).hexdigest()
    assert request.headers["casedesk-signature"] == f"v1={expected}"
    assert json.loads(bytes(delivery.receipt or b""))["id"] == "P-1"
    assert not breaches()


def test_keys_overlap_and_the_old_one_signs_until_it_is_retired() -> None:
    first, second = new_key("police", by="管理甲"), new_key("police", by="管理甲", overlap=timedelta(days=3))
    assert signing_key("police") == first
    with pytest.raises(KeyRefused):
        new_key("police", by="管理甲")
    retire_key(first.key_id)
    assert signing_key("police") == second
    with pytest.raises(KeyRefused):
        retire_key(first.key_id)
    assert len({first.secret("to_peer"), first.secret("from_peer"), second.secret("to_peer")}) == 3
    assert not PeerKey.objects.filter(salt=first.secret("to_peer").decode()).exists()
    with pytest.raises(DatabaseError, match="its end only comes nearer"), transaction.atomic():
        PeerKey.objects.filter(pk=first.pk).update(valid_to=None)


def dripping(request: Request) -> None:
    request.line.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
    for _ in range(50):
        try:
            request.line.sendall(b"X-A: b\r\n")
        except OSError:
            return
        time.sleep(0.1)


ANSWERS: list[tuple[str, Callable[[Request], bytes | None], str, str]] = [
    ("an error under 200", lambda r: reply("200 OK", b'{"id": "1", "error": "busy"}'), "pending", "ambiguous"),
    ("a code of failure", lambda r: reply("200 OK", b'{"id": "1", "code": 5}'), "pending", "ambiguous"),
    ("201 without a number", lambda r: reply("201 Created", b"{}"), "pending", "ambiguous"),
    ("202", lambda r: reply("202 Accepted"), "pending", "ambiguous"),
    ("204", lambda r: reply("204 No Content", b""), "pending", "ambiguous"),
    ("a sign-in page", lambda r: reply("200 OK", b"<html>id=1", "text/html"), "pending", "ambiguous"),
    ("broken JSON", lambda r: reply("200 OK", b'{"id": "1"'), "pending", "ambiguous"),
    ("wrong charset", lambda r: reply("200 OK", '{"id": "号"}'.encode("gb18030")), "pending", "ambiguous"),
    ("a list", lambda r: reply("200 OK", b"[1]"), "pending", "ambiguous"),
    ("packed", lambda r: reply("200 OK", b"\x1f\x8b", Content_Encoding="gzip"), "pending", "ambiguous"),
    ("far too much", lambda r: reply("200 OK", b'{"id": "' + b"1" * 100_000 + b'"}'), "pending", "ambiguous"),
    ("cut off", lambda r: reply("200 OK")[:-4], "pending", "ambiguous"),
    ("no answer", lambda r: None, "pending", "ambiguous"),
    ("one byte now and then", dripping, "pending", "ambiguous"),
    ("500 after the work", lambda r: reply("500 Oops"), "pending", "ambiguous"),
    ("503", lambda r: reply("503 Busy"), "pending", "temporary"),
    ("302 inside", lambda r: reply("302 Found", Location="http://127.0.0.1:1/"), "pending", "temporary"),
    ("429", lambda r: reply("429 Slow", Retry_After="30"), "pending", "temporary"),
    ("400", lambda r: reply("400 No"), "dead", "refused"),
    ("409 without a number", lambda r: reply("409 Conflict", b"{}"), "dead", "refused"),
    ("409 with its number", lambda r: reply("409 Conflict", b'{"id": "P-1"}'), "done", "delivered"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "state", "status"), [row[1:] for row in ANSWERS], ids=[row[0] for row in ANSWERS])
def test_every_answer_of_a_peer_is_taken_for_what_it_is(
    draft: Draft, peer: Peer, monkeypatch: pytest.MonkeyPatch, answer: Any, state: str, status: str
) -> None:
    monkeypatch.setattr(wire, "ANSWER_SECONDS", 0.5)
    new_key("police", by="管理甲")
    lists("police", ("webhook", peer.url, "key"))
    peer.answer = answer
    posted(draft())
    deliver_due()
    assert (on("webhook").state, last_try("webhook").status) == (state, status)
    assert len(peer.requests) == 1
    assert on("inbox").state == "done", "the inbox is always there"
    assert not breaches()


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [("30", 30, 46), ("0", 4, 16), ("-1", 4, 16), ("1000000000", 3600, 5400), ("Mon, 23 Nov 2026 00:00:00 GMT", 4, 16)],
)
def test_a_wish_to_wait_is_followed_within_our_own_bounds(
    draft: Draft, peer: Peer, said: str, least: int, most: int, application_connection: Any
) -> None:
    new_key("police", by="管理甲")
    lists("police", ("webhook", peer.url, "key"))
    peer.answer = lambda request: reply("429 Slow", Retry_After=said)
    posted(draft())
    deliver_due()
    query = "SELECT extract(epoch FROM next_at - now()) FROM notifications_delivery WHERE channel = 'webhook'"
    (wait,) = application_connection.execute(query).fetchone()
    assert least - 2 <= wait <= most


def test_nobody_listens_is_no_secret_and_no_delivery(draft: Draft) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    new_key("police", by="管理甲")
    lists("police", ("webhook", f"http://127.0.0.1:{port}/", "never"))
    posted(draft())
    deliver_due()
    assert (on("webhook").state, last_try("webhook").status) == ("pending", "temporary")


def test_without_key_and_query_an_unknown_outcome_waits_for_a_person(draft: Draft, peer: Peer) -> None:
    new_key("police", by="管理甲")
    lists("police", ("webhook", peer.url, "never"), ("paper", "渑池县公安局", "never"))
    peer.answer = lambda request: None
    posted(draft())
    deliver_due()
    assert (on("webhook").state, on("paper").state) == ("held", "standby"), "it may have arrived: no second channel"
    at = draft().posted_at + timedelta(hours=2)
    peer.answer = lambda request: reply("200 OK")
    again = by_hand.try_again(on("webhook"), by=HAND, reason="对方确认没有收到", at=at)
    assert (again.state, again.attempts_allowed) == ("pending", 1 + by_hand.MORE_TRIES)
    assert deliver_due().done == 1
    assert len(peer.requests) == 2
    row = DeliveryDecision.objects.get()
    assert (row.what, row.by_name, row.reason) == ("try_again", "大队长甲", "对方确认没有收到")
    assert not MailTask.objects.filter(closed_at=None).exists()
    with pytest.raises(by_hand.NotGivenUp):
        by_hand.try_again(on("webhook"), by=HAND, reason="再来", at=at)
    assert not breaches()


def test_where_one_can_ask_the_peer_is_asked_before_a_second_sending(
    draft: Draft, peer: Peer, wait_is_over: Passing
) -> None:
    new_key("police", by="管理甲")
    lists("police", ("webhook", peer.url, "query"))
    peer.answer = lambda request: None if request.method == "POST" else reply("200 OK", b'{"id": "P-9"}')
    posted(draft())
    deliver_due()
    wait_is_over()
    assert deliver_due().done == 1
    assert [request.method for request in peer.requests] == ["POST", "GET"]
    assert "key=" in peer.requests[1].path
    assert json.loads(bytes(on("webhook").receipt or b""))["id"] == "P-9"


# --- whom we speak to


BAD = [
    "file:///etc/passwd", "gopher://x/", "ftp://x/", "https://user@example.invalid/", "https://example.invalid/#x",
    "https://example.invalid:22/", "https://ехample.invalid/", "https:///x", "https://a b/", "http://example.invalid/",
    "https://127.1/", "https://0x7f000001/", "https://2130706433/", "https://[::1]/", "https://[::ffff:10.0.0.1]/",
    "https://[64:ff9b::a00:1]/", "https://[2002:0a00:0001::]/", "https://10.0.0.1/", "https://169.254.169.254/",
    "https://100.64.0.1/", "https://0.0.0.0/", "https://224.0.0.1/", "https://[fe80::1]/", "https://[fc00::1]/",
]  # fmt: skip


@pytest.mark.parametrize("url", BAD)
def test_no_letter_goes_to_an_address_like_this(url: str, settings: Any) -> None:
    settings.NOTIFICATIONS_LOOPBACK = False
    with pytest.raises(wire.BadAddress):
        wire.resolve(url)


def test_a_listed_network_and_the_open_net_are_spoken_to(settings: Any) -> None:
    settings.NOTIFICATIONS_LOOPBACK = False
    assert wire.resolve("https://10.12.0.9:9443/in?x=1", ["10.12.0.0/16"]).path == "/in?x=1"
    assert wire.resolve("https://1.1.1.1/").port == 443
    with pytest.raises(wire.BadAddress):
        wire.resolve("https://10.13.0.9:9443/in", ["10.12.0.0/16"])


def test_a_name_that_points_elsewhere_a_moment_later_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def rebinding(host: str, port: int, **more: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("1.1.1.1" if len(asked) == 1 else "10.0.0.1", port))]

    reached: list[Any] = []

    def connected(address: Any, *more: Any) -> None:
        reached.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(wire.socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(wire.socket, "create_connection", connected)
    with pytest.raises(wire.TemporaryFailure):
        wire.exchange("POST", "https://peer.invalid/in", body=b"{}", headers={})
    assert (asked, reached) == (["peer.invalid"], [("1.1.1.1", 443)])
    monkeypatch.setattr(wire.socket, "getaddrinfo", lambda *a, **m: [(2, 1, 6, "", ("1.1.1.1", 443)),
                                                                      (2, 1, 6, "", ("10.0.0.1", 443))])  # fmt: skip
    with pytest.raises(wire.PermanentRefusal):
        wire.exchange("POST", "https://peer.invalid/in", body=b"{}", headers={})


# --- falling to the next channel


def test_a_dead_channel_wakes_the_next_and_its_task_ends_with_the_arrival(
    draft: Draft, peer: Peer, tmp_path: Path
) -> None:
    drop("email")
    drop("sms")
    new_key("police", by="管理甲")
    lists("police", ("webhook", peer.url, "key"), ("email", "jz@police.invalid", "key"), ("sms", PHONE, "key"))
    peer.answer = lambda request: reply("400 No")
    posted(draft())
    assert [on(c).state for c in ("inbox", "webhook", "email", "sms")] == ["pending", "pending", "standby", "standby"]
    result = deliver_due()
    assert (result.done, len(result.dead)) == (2, 1)
    assert [on(c).state for c in ("inbox", "webhook", "email", "sms")] == ["done", "dead", "done", "standby"]
    assert not MailTask.objects.filter(closed_at=None).exists()
    (letter,) = (tmp_path / "email").iterdir()
    assert b"To: jz@police.invalid" in letter.read_bytes()
    assert not (tmp_path / "sms").exists()
    assert not breaches()
    now = operations(draft().posted_at.date())
    assert (now.dead, now.standby, now.stuck) == (1, 1, [])
    (delay,) = now.agencies
    assert (delay.agency, delay.sent, delay.dead, delay.unreceipted) == ("police", 2, 1, 1)


def test_the_last_channel_that_fails_leaves_a_task_and_a_person_confirms(draft: Draft) -> None:
    lists("police", ("webhook", "https://10.0.0.1/", "key"), ("paper", "渑池县公安局收发室", "never"))
    new_key("police", by="管理甲")
    posted(draft())
    result = deliver_due()
    assert (len(result.dead), len(result.held)) == (1, 1)
    tasks = MailTask.objects.filter(closed_at=None).order_by("id")
    assert [task.reason for task in tasks][1] == "to be printed, served and confirmed"
    assert "not listed" in tasks[0].reason
    at = draft().posted_at + timedelta(days=1)
    service = by_hand.Service("李科长", at, "送达回证第 7 号")
    done = by_hand.confirm(on("paper"), by=HAND, service=service, reason="专人送达", at=at + timedelta(hours=1))
    assert done.state == "done"
    assert json.loads(bytes(done.receipt or b""))["received_by"] == "李科长"
    assert [t.status for t in tries_of(done.notice_id) if t.channel == "paper"] == ["by_hand", "delivered"]
    assert MailTask.objects.get(delivery=done).closed_at is not None
    assert [row.state for row in operations(at.date()).stuck] == ["dead"]
    assert not breaches()


def test_an_agency_without_rows_has_its_inbox_and_a_gateway_switched_off_takes_nothing(draft: Draft) -> None:
    drop("email", active=False)
    lists("police", ("email", "jz@police.invalid", "key"))
    posted(draft())
    assert list(Delivery.objects.values_list("channel", flat=True)) == ["inbox"]


# --- e-mail


@pytest.fixture
def letters() -> Iterator[Letters]:
    with mail_server() as server:
        yield server


def by_mail(letters: Letters, draft: NoticeDraft) -> Delivery:
    drop("email", url=f"smtp://127.0.0.1:{letters.port}", repeat="never",
         options={"starttls": False, "from": "收发室 <mail@hrss.invalid>"})  # fmt: skip
    lists("police", ("email", "jz@police.invalid", "never"))
    posted(draft)
    deliver_due()
    return on("email")


def test_a_letter_carries_its_key_and_the_frozen_payload_and_one_subject(draft: Draft, letters: Letters) -> None:
    delivery = by_mail(letters, draft(title="移送书\r\nBcc: all@everybody.invalid\r\n\r\n正文"))
    assert delivery.state == "done"
    assert b"Q-7" in bytes(delivery.receipt or b"")
    (raw,) = letters.taken
    letter = email.message_from_bytes(raw, policy=email.policy.default)
    assert letter["Bcc"] is None
    assert letter["Subject"] == "移送书 Bcc: all@everybody.invalid 正文"
    assert letter["Message-ID"] == f"<{hashlib.sha256(delivery.key.encode()).hexdigest()}@hrss.invalid>"
    body, attached = letter.iter_parts()
    assert body.get_content().strip() == draft().text
    content = json.loads(attached.get_content())
    assert content["content_sha256"] == delivery.notice.content_sha256
    assert content["fields"] == draft().fields


@pytest.mark.parametrize(
    ("says", "state", "status"),
    [
        ({"RCPT": "550 nobody"}, "dead", "refused"),
        ({"RCPT": "451 later"}, "pending", "temporary"),
        ({"END": "552 too large"}, "dead", "refused"),
        ({"END": "451 later"}, "pending", "temporary"),
        ({"END": "cut"}, "held", "ambiguous"),
        ({"DATA": "554 no"}, "dead", "refused"),
        ({"QUIT": "500 rude"}, "done", "delivered"),
    ],
)
def test_what_a_mail_server_says(draft: Draft, letters: Letters, says: dict[str, str], state: str, status: str) -> None:
    letters.says = says
    assert by_mail(letters, draft()).state == state
    assert last_try("email").status == status


# --- SMS, and persons


def test_a_person_gets_a_short_message_that_says_nothing_and_his_number_is_nowhere_else(
    draft: Draft, peer: Peer, caplog: pytest.LogCaptureFixture
) -> None:
    options = {
        "headers": {"Authorization": "Bearer {secret}"},
        "body": {"mobile": "{to}", "content": "【渑池人社】{text}", "list": [{"seq": "{key}"}]},
        "id": "data.msgId",
        "ok": {"code": "0"},
    }
    drop("sms", url=peer.url, options=options)
    peer.answer = lambda request: reply("200 OK", b'{"code": 0, "data": {"msgId": "S-1"}}')
    to = Person("complaint:7", "林大河")
    posted(draft(to=to, title="您的投诉已受理并立案", address=PHONE))
    assert PHONE not in repr(draft(to=to, address=PHONE))
    assert deliver_due().done == 2
    (request,) = peer.requests
    sent = json.loads(request.body)
    assert sent["mobile"] == PHONE
    assert sent["content"] == "【渑池人社】您的投诉已受理并立案。请凭回执码查询办理进度，或致电办理单位。"
    delivery = on("sms")
    assert sent["list"] == [{"seq": delivery.key}]
    assert PHONE not in delivery.payload + delivery.key + json.dumps(delivery.notice.fields) + caplog.text
    assert (delivery.address, delivery.notice.recipient_address_kind) == (PHONE, "progress")


@pytest.mark.parametrize(
    ("body", "state"),
    [(b'{"code": 0, "data": {}}', "held"), (b'{"code": 7, "data": {"msgId": "1"}}', "dead"), (b"ok", "held")],
)
def test_what_a_gateway_says(draft: Draft, peer: Peer, body: bytes, state: str) -> None:
    drop("sms", url=peer.url, repeat="never", options={"id": "data.msgId", "ok": {"code": "0"}})
    peer.answer = lambda request: reply("200 OK", body)
    posted(draft(to=Person("complaint:7", "林大河"), address=PHONE))
    deliver_due()
    assert on("sms").state == state


def test_what_is_dropped_twice_lies_there_once_and_nowhere_without_a_folder(
    draft: Draft, tmp_path: Path, settings: Any, lease_runs_out: Passing
) -> None:
    drop("sms")
    lists("housing", ("sms", PHONE, "key"))
    posted(draft(to=Post("housing", "liaison")))
    deliver_due()
    assert Sms().send(on("sms").payload, on("sms").key, to=To("housing"), at=draft().posted_at).receipt == bytes(
        on("sms").receipt or b""
    )
    (message,) = (tmp_path / "sms").iterdir()
    assert message.read_text().startswith(PHONE)
    settings.NOTIFICATIONS_DROP = None
    posted(draft(to=Post("housing", "liaison"), event_ref="event:2"))
    deliver_due()
    assert Delivery.objects.get(channel="sms", notice__event_ref="event:2").state == "dead"
