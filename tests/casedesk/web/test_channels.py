"""The administrator sets how agencies are reached; an agency without a system answers and asks for corrections here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from casedesk.models import DeskChange
from notifications.addresses import AgencyChannel, PeerKey, valid_keys
from notifications.models import Notice
from notifications.outbox import deliver_due
from notifications.reading import inbox_of
from tests import effects, walks
from tests.casedesk.web.test_proof import client
from tests.people import People, settle_county
from workflows import clock, invariants
from workflows.perform import perform

CHANNEL = {"agency": "police", "channel": "webhook", "address": "https://10.12.0.9:9443/in", "priority": "1",
           "repeat": "key", "networks": "10.12.0.0/16", "active": "on"}  # fmt: skip


def build() -> People:
    """A transfer sent to the police, copied to the procuratorate; an assistance asked of housing."""
    with clock.at(walks.MONDAY):
        people = settle_county()
        inspection = walks.established(people)
        inputs = {"agency": "housing", "question": "请提供施工许可。", "due_on": "2026-03-20"}
        perform(inspection, "ask_agency", by=people.lead, inputs=inputs)
        walks.sent(people, inspection)
        deliver_due()
    return people


@pytest.fixture
def people(database_like: Callable[..., Any]) -> Iterator[People]:
    with database_like("channels", build=build) as people, clock.at(walks.MONDAY + timedelta(hours=3)):
        yield people


def notice(kind: str) -> Notice:
    return Notice.objects.get(kind=kind)


# --- the administrator ------------------------------------------------------------------------------------------------


def test_a_channel_is_set_and_the_auditor_can_read_by_whom(people: People) -> None:
    admin = client(people, "administrator")
    assert admin.post("/staff/channels/", CHANNEL).status_code == 302
    assert admin.post("/staff/channels/", CHANNEL | {"priority": "2"}).status_code == 302
    row = AgencyChannel.objects.get()
    assert (row.priority, row.networks, row.repeat, row.active) == (2, ["10.12.0.0/16"], "key", True)
    assert DeskChange.objects.latest("id").told == {"priority": [1, 2]}
    assert "https://10.12.0.9:9443/in" in admin.get("/staff/channels/").content.decode()
    for person in ("squad_leader", "police", "auditor"):
        assert client(people, person).post("/staff/channels/", CHANNEL).status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "http://10.12.0.9:9443/in"}, {"address": "https://user@10.12.0.9/in"}, {"address": "ftp://x/"},
        {"address": "https://10.12.0.9:22/in"}, {"address": ""}, {"networks": "everything"}, {"networks": "0.0.0.0/0"},
        {"networks": "127.0.0.0/8"}, {"networks": "", "address": "https://example.invalid:9443/"}, {"priority": "0"},
        {"agency": "nobody"}, {"channel": "pigeon"}, {"repeat": "always"}, {"channel": "sms", "address": "123"},
        {"channel": "email", "address": "a@b"}, {"channel": "email", "address": "民警@police.invalid"},
    ],
)  # fmt: skip
def test_an_address_that_nothing_may_be_sent_to_is_refused_on_its_field(people: People, wrong: dict[str, str]) -> None:
    with effects.nothing_written():
        answer = client(people, "administrator").post("/staff/channels/", CHANNEL | wrong)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()


def test_a_key_is_shown_once_and_never_again(people: People) -> None:
    admin = client(people, "administrator")
    made = admin.post("/staff/channels/keys/", {"agency": "police"})
    (key,) = valid_keys("police")
    secrets = [key.secret(way).decode() for way in ("to_peer", "from_peer")]
    assert all(secret in made.content.decode() for secret in secrets)
    assert "no-store" in made.headers["Cache-Control"]
    page = admin.get("/staff/channels/").content.decode()
    assert key.key_id in page and not any(secret in page for secret in secrets)
    assert admin.post("/staff/channels/keys/", {"agency": "police"}).status_code == 200
    assert admin.post("/staff/channels/keys/", {"agency": "police"}).status_code == 409
    assert admin.post("/staff/channels/keys/end/", {"key_id": key.key_id}).status_code == 302
    assert [one.key_id for one in valid_keys("police")] == ["police-2"]
    assert admin.post("/staff/channels/keys/end/", {"key_id": key.key_id}).status_code == 409
    assert admin.post("/staff/channels/keys/", {"agency": "nobody"}).status_code == 404
    assert client(people, "squad_leader").post("/staff/channels/keys/", {"agency": "police"}).status_code == 403
    assert PeerKey.objects.count() == 2
    told = DeskChange.objects.filter(what__contains="密钥")
    assert len(told) == 3 and not any(secret in str(row.told) + row.about for row in told for secret in secrets)


# --- the inbox of an agency without a system --------------------------------------------------------------------------


def test_words_answer_what_no_act_answers(people: People) -> None:
    copied = notice("TRANSFER_COPIED")
    prosecutor = client(people, "prosecutor")
    assert f"/inbox/{copied.pk}/answer/" in prosecutor.get("/inbox/").content.decode()
    assert prosecutor.post(f"/inbox/{copied.pk}/answer/", {"text": " "}).status_code == 422
    assert prosecutor.post(f"/inbox/{copied.pk}/answer/", {"text": "已登记备查。"}).status_code == 302
    copied.refresh_from_db()
    assert (copied.state, copied.answer_text, copied.answer_signer) == ("answered", "已登记备查。", "检察甲")
    assert prosecutor.post(f"/inbox/{copied.pk}/answer/", {"text": "另一句。"}).status_code == 409
    asked = notice("ASSISTANCE_ASKED")
    assert client(people, "housing").post(f"/inbox/{asked.pk}/answer/", {"text": "许可已核发。"}).status_code == 409
    assert client(people, "transport").post(f"/inbox/{asked.pk}/answer/", {"text": "我来答。"}).status_code == 404


def test_a_correction_is_asked_for_by_a_notice_that_goes_back(people: People) -> None:
    asked = notice("ASSISTANCE_ASKED")
    housing = client(people, "housing")
    for _ in range(2):  # a double click is one request
        assert housing.post(f"/inbox/{asked.pk}/correct/", {"text": "项目名称应为韶山花园二期。"}).status_code == 302
    back = notice("NOTICE_CORRECTION_ASKED")
    assert (back.sender_agency, back.recipient_agency, back.recipient_role) == ("housing", "hrss", "squad_leader")
    assert (back.subject_ref, back.fields["notice"]) == (asked.subject_ref, str(asked.pk))
    assert "项目名称应为韶山花园二期。" in back.text
    deliver_due()
    assert back in [item.notice for item in inbox_of("hrss", ["squad_leader"])]
    page = client(people, "squad_leader").get("/inbox/").content.decode()
    assert "项目名称应为韶山花园二期。" in page
    assert housing.post(f"/inbox/{asked.pk}/correct/", {"text": ""}).status_code == 422
    assert client(people, "transport").post(f"/inbox/{asked.pk}/correct/", {"text": "不对。"}).status_code == 404
    assert [finding for finding in invariants.check() if not finding.holds] == []
