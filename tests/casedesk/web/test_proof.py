"""The proof of delivery and the letters on paper: complete, for those concerned, and for nobody else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from casedesk.models import User
from notifications.addresses import AgencyChannel
from notifications.models import Delivery, Notice
from notifications.outbox import deliver_due
from notifications.receipts import sign_receipt
from tests import effects, walks
from tests.people import People, settle_county
from workflows import clock, mailroom
from workflows.errors import InvalidInput, NotPossibleNow, NotVisible, PermissionDenied
from workflows.perform import perform


def build() -> People:
    """An assistance asked of housing, which has its letters on paper; and one of transport."""
    with clock.at(walks.MONDAY):
        people = settle_county()
        AgencyChannel.objects.create(agency="housing", channel="paper", address="渑池县黄河路 1 号住建局收发室")
        inspection = walks.established(people)
        for agency in ("housing", "transport"):
            inputs = {"agency": agency, "question": "请提供施工许可。", "due_on": "2026-03-20"}
            perform(inspection, "ask_agency", by=people.lead, inputs=inputs)
        deliver_due()
    return people


@pytest.fixture
def people(database_like: Callable[..., Any]) -> Iterator[People]:
    with database_like("proof", build=build) as people, clock.at(walks.MONDAY + timedelta(hours=3)):
        yield people


def client(people: People, person: str) -> Client:
    user, _ = User.objects.get_or_create(username=person, officer=people.officers[person])
    signed_in = Client()
    signed_in.force_login(user)
    return signed_in


def asked(agency: str) -> Notice:
    return Notice.objects.get(kind="ASSISTANCE_ASKED", recipient_agency=agency)


def test_the_proof_says_content_tries_receipt_and_signer(people: People) -> None:
    notice = asked("housing")
    receipt = sign_receipt(
        notice, signer_name="住建甲", agency="housing", actor_ref="officer:1", at=walks.MONDAY + timedelta(hours=1)
    )
    page = client(people, "lead").get(f"/notices/{notice.pk}/proof/").content.decode()
    wanted = [notice.title, notice.content_sha256, "请提供施工许可。", "渑池县住房和城乡建设局", "平台收件箱", "纸质送达",
              "转人工", "住建甲", receipt.sha256, str(notice.pk)]  # fmt: skip
    assert [word for word in wanted if word not in page] == []


def test_the_proof_is_for_those_concerned_only(people: People) -> None:
    address = f"/notices/{asked('housing').pk}/proof/"
    seen = {person: client(people, person).get(address).status_code for person in
            ("lead", "squad_leader", "housing", "auditor", "transport", "police", "leader", "operator")}  # fmt: skip
    assert seen == {"lead": 200, "squad_leader": 200, "housing": 200, "auditor": 200, "transport": 404, "police": 404,
                    "leader": 404, "operator": 404}  # fmt: skip


def test_letters_on_paper_wait_with_their_address_until_somebody_confirms(people: People) -> None:
    page = client(people, "lead").get("/print-queue/").content.decode()
    assert "渑池县黄河路 1 号住建局收发室" in page and "请提供施工许可。" in page
    assert client(people, "housing").get("/print-queue/").status_code == 403
    notice, served_at = asked("housing").pk, walks.MONDAY + timedelta(hours=2)
    told: dict[str, Any] = {"received_by": "住建甲", "served_at": served_at, "proof": "送达回证", "reason": "专人送达"}
    done = mailroom.confirm_by_hand(notice, "paper", by=people.lead, **told)
    assert done.state == "done"
    assert "请提供施工许可。" not in client(people, "lead").get("/print-queue/").content.decode()
    assert "送达回证" in client(people, "lead").get(f"/notices/{notice}/proof/").content.decode()


def test_who_may_decide_about_a_letter_and_what_must_be_said(people: People) -> None:
    notice, now = asked("housing").pk, clock.now()
    told: dict[str, Any] = {"received_by": "甲", "served_at": now, "proof": "回证", "reason": "专人送达"}
    with effects.nothing_written():
        for person in (people.administrator, people.bureau_head, people.leader, people.housing, people.operator):
            with pytest.raises(PermissionDenied):
                mailroom.confirm_by_hand(notice, "paper", by=person, **told)
        for person in (people.lead, people.leader, people.police):
            with pytest.raises(PermissionDenied):
                mailroom.try_again(notice, "paper", by=person, reason="再送一次")
        with pytest.raises(NotVisible):
            mailroom.try_again(notice, "email", by=people.administrator, reason="再送一次")
        with pytest.raises(NotPossibleNow):
            mailroom.try_again(notice, "inbox", by=people.administrator, reason="再送一次")
        with pytest.raises(InvalidInput) as wrong:
            mailroom.try_again(notice, "paper", by=people.squad_leader, reason=" ")
        assert list(wrong.value.errors) == ["reason"]
        for name, value in (("proof", ""), ("received_by", ""), ("served_at", now + timedelta(minutes=1))):
            with pytest.raises(InvalidInput) as wrong:
                mailroom.confirm_by_hand(notice, "paper", by=people.lead, **(told | {name: value}))
            assert list(wrong.value.errors) == [name]
    mailroom.try_again(notice, "paper", by=people.administrator, reason="地址已更正")
    assert Delivery.objects.get(notice=notice, channel="paper").state == "pending"


def test_who_sees_the_mailroom(people: People) -> None:
    now = mailroom.operations(people.administrator)
    assert (now.held, len(now.stuck), now.stuck[0].channel) == (1, 1, "paper")
    for person in (people.lead, people.housing, people.operator, people.police):
        with pytest.raises(PermissionDenied):
            mailroom.operations(person)
