"""The receipt code by short message: it reaches the caller's mobile number and opens the progress page, and stands in
no row, no log and no answer that is kept. Who must not or will not get one is told so on the operator's page."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from notifications.addresses import Gateway
from notifications.delivery import Delivery, DeliveryAttempt, MailTask
from notifications.models import Notice
from notifications.notice import sha256
from notifications.outbox import deliver_due
from notifications.reading import breaches
from tests import walks
from tests.casedesk.web.county import County, settled
from tests.notifications.wires import Request, http_peer, reply
from workflows import clock
from workflows.casefile.complaint import Complaint
from workflows.perform import perform

PHONE = "13900000201"


@pytest.fixture
def county(
    database_like: Callable[..., Any], settings: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> Iterator[County]:
    settings.NOTIFICATIONS_DROP, settings.SITE = tmp_path, "https://mianchi.example"
    settings.NOTIFICATIONS_LOOPBACK = True
    caplog.set_level("INFO")
    with database_like("people and accounts", build=settled) as built, clock.at(walks.MONDAY):
        yield built


def gateway(**more: Any) -> None:
    Gateway.objects.create(kind="sms", **({"url": "drop:", "repeat": "key"} | more))


def call(**more: str) -> dict[str, str]:
    return {
        "idempotency_key": str(uuid4()), "channel": "hotline", "complainant_phone": PHONE,
        "complainant_name": "田来福", "employer_name": "渑池县砥柱建材厂", "violation_facts": "五月进场，没有结清。",
        "register": "true", **more,
    }  # fmt: skip


def taken(county: County, form: dict[str, str]) -> tuple[str, str]:
    """The operator's page after registering: the code that stands on it, and all of it."""
    html = county.client("operator").post("/intake/", form).content.decode()
    found = re.search(r'class="receipt-code">([^<]+)<', html)
    assert found, html.partition("<main")[2][:2000]
    return found[1], html


def letters(folder: Path) -> list[str]:
    return sorted(path.read_text() for path in folder.rglob("*.txt"))


def kept_somewhere(code: str) -> list[str]:
    """The tables in which a code stands, with or without its dashes, in text or in bytes."""
    bare = code.replace("-", "")
    words = [code, bare, code.encode().hex(), bare.encode().hex()]
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            asked = " OR ".join(["x::text ILIKE %s"] * len(words))
            cursor.execute(f'SELECT count(*) FROM "{table}" x WHERE {asked}', [f"%{word}%" for word in words])
            if cursor.fetchone()[0]:
                found.append(table)
    return found


def test_the_code_reaches_the_caller_opens_the_page_and_stands_in_no_row_or_log(
    county: County, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    gateway()
    form = call()
    code, html = taken(county, form)
    assert "短信正在发往 139****0201" in html and PHONE not in html
    deliver_due()
    (letter,) = letters(tmp_path)
    number, words = letter.splitlines()
    assert number == PHONE and f"回执码 {code}" in words and "https://mianchi.example/p/" in words
    read = re.search(r"回执码 ([0-9A-Z-]+)", words)
    assert read
    progress = county.client("operator").post("/p/", {"code": read[1], "second": PHONE[-4:]})
    assert progress.status_code == 200 and "渑池县人力资源和社会保障局" in progress.content.decode()
    assert kept_somewhere(code) == [] and code not in caplog.text
    delivery = Delivery.objects.get(channel="sms", notice__kind="RECEIPT")
    assert (
        sha256(delivery.payload)
        == delivery.payload_sha256
        == DeliveryAttempt.objects.get(delivery=delivery).request_sha256
    )
    assert breaches() == []
    again, html = taken(county, form)
    assert again == code and "短信已发往 139****0201" in html, "the same form again: one complaint, one message"
    assert deliver_due().done == 0


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"no_sms": "on"}, "来电人不要短信回执"),
        ({"anonymous": "on"}, "号码单独保管"),
        ({"is_informant": "on"}, "号码单独保管"),
        ({"confidentiality_requested": "on"}, "号码单独保管"),
        ({"complainant_phone": "0398-4812345"}, "留的不是手机号"),
        ({"complainant_phone": "", "no_contact": "on"}, "没有留电话"),
    ],
)
def test_nobody_gets_one_against_his_will_or_out_of_the_row_kept_apart(
    county: County, tmp_path: Path, more: dict[str, str], says: str
) -> None:
    gateway()
    _code, html = taken(county, call(**more))
    assert says in html and "短信正在" not in html and "短信已发往" not in html
    deliver_due()
    assert letters(tmp_path) == [] and not Notice.objects.filter(kind="RECEIPT").exists()
    assert not Delivery.objects.exclude(address="").exists()


def test_without_a_gateway_the_page_says_so(county: County) -> None:
    _code, html = taken(county, call())
    assert "短信网关没有启用" in html
    assert list(Delivery.objects.filter(notice__kind="RECEIPT").values_list("channel", flat=True)) == ["inbox"]


def test_a_code_that_was_replaced_before_it_went_out_is_not_sent_and_the_new_one_is(
    county: County, tmp_path: Path
) -> None:
    gateway()
    old, _html = taken(county, call())
    complaint = Complaint.objects.get()
    new = perform(complaint.intake, "reissue_receipt", by=county.people.operator).told["receipt_code"]
    deliver_due()
    (letter,) = letters(tmp_path)
    assert new in letter and old not in letter
    states = (
        Delivery.objects.filter(channel="sms", notice__kind="RECEIPT").order_by("id").values_list("state", "last_error")
    )
    assert list(states) == [("dead", "what the message was to say holds no more"), ("done", "")]
    assert MailTask.objects.filter(closed_at=None).count() == 1


def test_a_gateway_that_repeats_the_words_in_its_answer_leaves_none_of_them_with_us(county: County) -> None:
    def echo(request: Request) -> bytes:
        said = {"id": "S-7", "content": json.loads(request.body)["content"]}
        return reply("200 OK", json.dumps(said, ensure_ascii=False).encode())

    with http_peer(echo) as peer:
        gateway(url=peer.url, options={"body": {"mobile": "{to}", "content": "【渑池人社】{text}"}})
        code, _html = taken(county, call())
        deliver_due()
        (request,) = peer.requests
    assert code in json.loads(request.body)["content"]
    delivery = Delivery.objects.get(channel="sms", notice__kind="RECEIPT")
    assert (delivery.state, json.loads(bytes(delivery.receipt or b""))) == ("done", {"id": "S-7"})
    assert kept_somewhere(code) == []
