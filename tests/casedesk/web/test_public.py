"""The complainant's page: its limits, what it shows to whom, and what a phone can add."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client

from casedesk import attempts
from casedesk.attempts import Attempts
from tests import walks
from tests.casedesk.web.county import NOW, County
from tests.every_paper import picture
from workflows import clock
from workflows.casefile.complaint import Complaint
from workflows.casefile.evidence import Evidence
from workflows.casefile.ledger import LedgerLine, Payment
from workflows.errors import PermissionDenied
from workflows.models import Event
from workflows.perform import perform
from workflows.roles import holder_of_receipt

PERSONAL = re.compile(r"林大河|林小川|13900000001|青石|韶山|12600|9800")
PICTURE = picture("PNG")


@pytest.fixture
def receipt(county: County) -> tuple[Complaint, str]:
    """A registered complaint and its code; the second element is 0001."""
    with clock.at(NOW):
        done = perform(None, "log", by=county.people.operator, inputs=walks.CALL)
    return done.subject.complaint, done.told["receipt_code"]


def ask(code: str, second: str, client: Client | None = None, **headers: Any) -> Any:
    return (client or Client()).post("/p/", {"code": code, "second": second}, **headers)


def words(response: Any) -> str:
    """The page without what is different on every page."""
    html = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", response.content.decode())
    return re.sub(r'name="(code|second)" value="[^"]*"', "", html)


def test_five_wrong_tries_lock_a_code_and_unknown_wrong_and_locked_answer_alike(receipt: Any) -> None:
    _, code = receipt
    unknown = ask("7K4M-92QF-3", "0001")
    wrong = [ask(code, f"900{n}") for n in range(5)]
    locked = ask(code, "0001")
    assert {r.status_code for r in (unknown, *wrong, locked)} == {422}
    assert {words(r) for r in (unknown, *wrong, locked)} == {words(unknown)}
    assert "次数太多" in words(locked)


def test_the_work_for_unknown_wrong_and_locked_is_the_same(receipt: Any, django_assert_num_queries: Any) -> None:
    _, code = receipt
    for guess, second in ((code, "9999"), ("7K4M-92QF-3", "9999")):
        with django_assert_num_queries(2):
            ask(guess, second)
    for n in range(5):
        ask(code, f"90{n}0")
    with django_assert_num_queries(2):
        ask(code, "0001")


def test_a_right_answer_forgets_what_was_mistyped_before(receipt: Any) -> None:
    _, code = receipt
    for _ in range(3):
        assert [ask(code, "9999").status_code for _ in range(4)] == [422] * 4
        assert ask(code, "0001").status_code == 200
    assert Attempts.objects.get(what="network").tries == 12


def test_sixteen_at_once_get_five_tries_between_them(receipt: Any, race: Callable[..., list[Any]]) -> None:
    """Every counted try is seen by every other: of sixteen that arrive together five are judged, whoever they are."""
    _, code = receipt
    asked = {"code": "c" * 64, "network": "n" * 64}
    told = race(*[lambda: attempts.take(asked)] * 16)
    assert told.count(True) == 5
    assert {row.tries for row in Attempts.objects.filter(key=asked["network"])} == {16}

    answers = race(*[lambda n=n: ask(code, f"{n:04}").status_code for n in range(9000, 9016)])
    assert answers == [422] * 16
    assert ask(code, "0001").status_code == 422


def test_a_network_is_counted_by_the_address_our_proxies_saw(receipt: Any, settings: Any, monkeypatch: Any) -> None:
    _, code = receipt
    monkeypatch.setitem(attempts.ALLOWED, Attempts.What.NETWORK, (3, attempts.ALLOWED[Attempts.What.NETWORK][1]))
    for n in range(3):  # no proxy of ours: what the visitor says of himself is nothing
        ask(f"7K4M-92Q{n}-3", "0000", HTTP_X_FORWARDED_FOR=f"203.0.113.{n}, 198.51.100.{n}", REMOTE_ADDR="192.0.2.7")
    assert ask(code, "0001", HTTP_X_FORWARDED_FOR="8.8.8.8", REMOTE_ADDR="192.0.2.9").status_code == 422
    assert ask(code, "0001", REMOTE_ADDR="192.0.3.7").status_code == 200

    settings.PROXIES = 1
    for n in range(3):  # one proxy: the last entry is its own, what stands left of it was sent by the visitor
        ask(f"7K4M-92Q{n}-4", "0000", HTTP_X_FORWARDED_FOR=f"203.0.{n}.1, 198.51.100.7", REMOTE_ADDR="10.0.0.1")
    spoofed = ask(code, "0001", HTTP_X_FORWARDED_FOR="203.0.200.1, 198.51.100.8", REMOTE_ADDR="10.0.0.1")
    assert spoofed.status_code == 422
    other = ask(code, "0001", HTTP_X_FORWARDED_FOR="203.0.200.1, 198.51.77.8", REMOTE_ADDR="10.0.0.1")
    assert other.status_code == 200


def test_no_address_and_no_code_stands_in_the_counts_and_old_ones_go(receipt: Any) -> None:
    _, code = receipt
    ask(code, "9999", REMOTE_ADDR="192.0.2.7")
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(t::text, ' ') FROM casedesk_attempts t")
        told = cursor.fetchone()[0]
    assert "192.0.2" not in told and code not in told and code.replace("-", "") not in told
    Attempts.objects.update(since="2020-01-01T00:00Z")
    assert attempts.forget_old() == 2


def test_the_page_is_small_personal_to_nobody_and_needs_no_script(receipt: Any) -> None:
    _, code = receipt
    shown = ask(code, "0001")
    html = shown.content.decode()
    assert shown.status_code == 200 and not PERSONAL.search(html) and "<script" not in html
    assert code not in html and shown["Cache-Control"].startswith("no-store")
    sheets = sum(len(b"".join(Client().get(href))) for href in re.findall(r'rel="stylesheet" href="([^"]+)"', html))
    assert len(shown.content) + sheets < 15_000
    token = re.search(r'name="shown" value="([^"]+)"', html)
    assert token
    english = Client().post("/p/", {"shown": token[1], "language": "en", "big": "1"})
    assert b'lang="en" class="big"' in english.content and not PERSONAL.search(english.content.decode())
    assert Client().post("/p/", {"shown": token[1] + "x"}).status_code == 422


def photo(html: str, **other: Any) -> dict[str, Any]:
    kept = dict(re.findall(r'type="hidden" name="(shown|key)" value="([^"]+)"', html))
    return kept | {"title": "聊天记录", "file": SimpleUploadedFile("IMG_0001.png", PICTURE)} | other


def test_a_photo_from_the_phone_is_evidence_once_by_the_complainant_himself(receipt: Any) -> None:
    complaint, code = receipt
    html = ask(code, "0001").content.decode()
    sent = photo(html)
    assert "已收到您补交的材料" in Client().post("/p/evidence/", sent).content.decode()
    sent["file"].seek(0)
    assert Client().post("/p/evidence/", sent).status_code == 200
    item = Evidence.objects.get(complaint=complaint)
    assert (item.title, item.added_by, item.provided_by) == ("聊天记录", None, "投诉人（手机补交）")
    event = Event.objects.get(act="add_evidence")
    assert (event.by_name, event.by_roles, event.officer) == ("投诉人", ["complainant"], None)


def test_what_is_no_picture_or_too_large_or_too_much_is_refused_in_words(receipt: Any, monkeypatch: Any) -> None:
    complaint, code = receipt
    html = ask(code, "0001").content.decode()
    for file in (
        SimpleUploadedFile("x.png", b"<svg onload=alert(1)>"),
        SimpleUploadedFile("x.png", PICTURE + bytes(10 * 1024 * 1024)),
        SimpleUploadedFile("x.png", b""),
    ):
        refused = Client().post("/p/evidence/", photo(html, file=file))
        assert refused.status_code == 422 and b'class="error"' in refused.content
    assert Client().post("/p/evidence/", photo(html, shown="forged")).status_code == 422
    monkeypatch.setitem(attempts.ALLOWED, Attempts.What.FILES, (1, attempts.ALLOWED[Attempts.What.FILES][1]))
    Attempts.objects.all().delete()
    told = [Client().post("/p/evidence/", photo(html, key=f"00000000-0000-0000-0000-00000000000{n}")) for n in (1, 2)]
    assert [r.status_code for r in told] == [200, 422]
    assert Evidence.objects.filter(complaint=complaint).count() == 1


def test_the_complainant_may_do_nothing_else_and_nothing_to_another_complaint(county: County, receipt: Any) -> None:
    complaint, _ = receipt
    with clock.at(NOW):
        other = walks.registered(county.people, complainant_phone="13900000002")
        me = holder_of_receipt(complaint)
        for subject, act in (
            (other.intake, "add_evidence"),
            (complaint.intake, "chase"),
            (complaint.intake, "withdraw"),
        ):
            before = Event.objects.count()
            with pytest.raises(PermissionDenied):
                perform(subject, act, by=me, inputs={"title": "x", "reason": "y"})
            assert Event.objects.count() == before


def test_each_worker_of_a_group_sees_his_own_outcome(county: County, receipt: Any) -> None:
    complaint, _ = receipt
    paid, open_ = LedgerLine.objects.filter(complaint=complaint).order_by("id")
    with clock.at(NOW):
        codes = [
            perform(
                complaint.intake, "reissue_receipt", by=county.people.operator,
                inputs={"worker": str(line.worker.public_id)},
            ).told
            for line in (paid, open_)
        ]  # fmt: skip
        with transaction.atomic():  # a line's `paid` is the sum of its payments, and the database looks at commit
            Payment.objects.create(line=paid, amount=paid.claimed, at=NOW, payer="employer", moment="before_order")
            LedgerLine.objects.filter(pk=paid.pk).update(settled_how="paid", settled_at=NOW, paid=paid.claimed)
    pages = [ask(c["receipt_code"], c["receipt_second"]).content.decode() for c in codes]
    assert codes[0]["receipt_code"] != codes[1]["receipt_code"]
    assert "已记录为全部支付" in pages[0] and "已记录为全部支付" not in pages[1]
    assert not PERSONAL.search("".join(pages))


def test_declined_and_referred_say_why_where_to_and_until_when(county: County, receipt: Any) -> None:
    complaint, code = receipt
    with clock.at(NOW):
        inputs = {"reason": "用工所在地不在本县。", "route": "向用工所在地的人力资源社会保障局投诉"}
        perform(complaint.intake, "decline", by=county.people.squad_leader, inputs=inputs)
        html = ask(code, "0001").content.decode()
        assert "用工所在地不在本县。" in html and "向用工所在地的" in html and "行政复议" in html
        paper = complaint.papers.get()
        inputs = {
            "paper": str(paper.public_id),
            "mode": "in_person",
            "place": "大厅",
            "recipient": "林大河",
            "proof": "回证",
        }
        perform(complaint.intake, "record_service", by=county.people.operator, inputs=inputs)
        html = ask(code, "0001").content.decode()
        assert (
            "最晚" in html and re.search(r"行政复议：最晚 <strong>2026-11-\d\d<", html) and "/p/evidence/" not in html
        )
        done = perform(None, "log", by=county.people.operator, inputs=walks.CALL | {"complainant_phone": "13900000009"})
        county.people.officers["housing"].agency.__class__.objects.filter(code="housing").update(
            phone="0398-0000001", address="渑池县会盟路1号"
        )
        inputs = {"agency": "housing", "reason": "属住建部门职责", "by_day": "2026-10-20"}
        perform(done.subject, "refer", by=county.people.squad_leader, inputs=inputs)
        html = ask(done.told["receipt_code"], "0009").content.decode()
        assert all(x in html for x in ("渑池县住房和城乡建设局", "渑池县会盟路1号", "tel:0398-0000001", "2026-10-20"))
