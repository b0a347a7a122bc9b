"""Receipts and answers: forward only, by the addressee, chained."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from notifications.notice import Notice
from notifications.outbox import NoticeDraft, deliver_due, post, rows_for
from notifications.posts import Person, Post
from notifications.reading import unanswered
from notifications.receipts import Receipt, ReceiptRefused, answer, broken_links, sign_receipt

pytestmark = pytest.mark.usefixtures("database")

Draft = Callable[..., NoticeDraft]


def posted(*drafts: NoticeDraft) -> list[Notice]:
    with transaction.atomic():
        return post(drafts)


def sign(notice: Notice, **changes: object) -> Receipt:
    values: dict[str, object] = {
        "signer_name": "李警官",
        "agency": "police",
        "actor_ref": "officer:12",
        "at": notice.posted_at + timedelta(hours=1),
    }
    return sign_receipt(notice, **(values | changes))  # type: ignore[arg-type]


def reply(notice: Notice, **changes: object) -> bool:
    values: dict[str, object] = {
        "text": "已受案",
        "agency": "police",
        "signer_name": "李警官",
        "actor_ref": "officer:12",
        "at": notice.posted_at + timedelta(hours=2),
        "ref": "渑公受案字〔2026〕3号",
    }
    return answer(notice, **(values | changes))  # type: ignore[arg-type]


def test_a_notice_goes_forward_from_posted_to_answered(draft: Draft) -> None:
    (notice,) = posted(draft(answer_due_on=draft().posted_at.date()))
    deliver_due()
    assert list(unanswered("case:1")) == [notice]
    receipt = sign(notice)
    assert (notice.state, notice.receipt_signer, notice.receipt_sha256) == ("receipted", "李警官", receipt.sha256)
    assert reply(notice)
    assert notice.state == Notice.objects.get().state == "answered"
    assert not unanswered("case:1")


def test_signing_before_it_is_marked_delivered_delivers_it(draft: Draft) -> None:
    (notice,) = posted(draft())
    sign(notice)
    deliver_due()
    notice.refresh_from_db()
    assert (notice.state, notice.delivered_at) == ("receipted", notice.receipted_at)


def test_a_receipt_after_the_answer_is_kept_and_moves_nothing_back(draft: Draft) -> None:
    (notice,) = posted(draft())
    reply(notice)
    sign(notice)
    assert (notice.state, notice.receipt_signer) == ("answered", "李警官")


def test_the_same_message_twice_is_one(draft: Draft) -> None:
    (notice,) = posted(draft())
    assert sign(notice) == sign(notice, at=notice.posted_at + timedelta(hours=5))
    assert reply(notice)
    assert not reply(notice)
    assert Receipt.objects.count() == 1


def test_another_hand_another_answer_and_another_agency_are_refused(draft: Draft) -> None:
    (notice,) = posted(draft())
    for change in ({"agency": "procuratorate"}, {"signer_name": ""}, {"at": notice.posted_at - timedelta(seconds=1)}):
        with pytest.raises(ReceiptRefused):
            sign(notice, **change)
        with pytest.raises(ReceiptRefused):
            reply(notice, **change)
    assert not Receipt.objects.exists()
    sign(notice)
    with pytest.raises(ReceiptRefused, match="another hand"):
        sign(notice, signer_name="王警官")
    reply(notice)
    with pytest.raises(ReceiptRefused, match="already"):
        reply(notice, text="未受案")
    assert Notice.objects.get().answer_text == "已受案"


def test_words_that_were_changed_cannot_be_signed_for(draft: Draft) -> None:
    (notice,), _ = rows_for([draft()])
    notice.text = "别的话"
    notice.save(force_insert=True)
    with pytest.raises(ReceiptRefused, match="words"):
        sign(notice)
    assert not Receipt.objects.exists()


def test_each_agency_has_its_own_chain_and_persons_have_one(draft: Draft) -> None:
    notices = posted(
        draft(slot="1"), draft(slot="2"), draft(to=Post("court", "liaison")), draft(to=Person("complaint:7", "张三"))
    )
    for notice in notices:
        sign(notice, agency=notice.recipient_agency)
    assert sorted(Receipt.objects.values_list("agency", "seq")) == [("", 1), ("court", 1), ("police", 1), ("police", 2)]
    assert not broken_links(Receipt.objects.all())


def test_a_chain_shows_what_was_altered_and_what_is_missing(draft: Draft) -> None:
    for notice in posted(*[draft(slot=str(number)) for number in range(4)]):
        sign(notice)
    chain = list(Receipt.objects.order_by("seq"))
    assert not broken_links(reversed(chain))
    chain[1].signer = "别人"
    assert broken_links(chain) == ["police#2: altered"]
    chain[1].sha256 = chain[1].fingerprint()
    assert broken_links(chain) == ["police#3: does not follow the one before it"]
    assert broken_links([chain[0], *chain[2:]]) == ["police#2: missing before #3"]


def test_simultaneous_signatures_do_not_fork_the_chain(draft: Draft, race: Callable[..., list[Any]]) -> None:
    notices = posted(*[draft(slot=str(number)) for number in range(24)])
    shares = [notices[start::4] for start in range(4)] + [notices[:6]]
    results = race(*[lambda share=share: [sign(notice) for notice in share] for share in shares])
    assert not [result for result in results if isinstance(result, BaseException)]
    assert list(Receipt.objects.order_by("seq").values_list("seq", flat=True)) == list(range(1, 25))
    assert not broken_links(Receipt.objects.all())


def test_a_chain_cannot_fork_even_by_hand(draft: Draft) -> None:
    one, two = posted(draft(slot="1"), draft(slot="2"))
    first = sign(one)
    twin = Receipt(
        notice=two, agency="police", seq=2, signer="李警官", actor_ref="officer:12", signed_at=first.signed_at,
        content_sha256=two.content_sha256, previous_sha256=first.sha256,
    )  # fmt: skip
    twin.sha256 = twin.fingerprint()
    twin.save()
    assert not broken_links(Receipt.objects.all())
    (third,) = posted(draft(slot="3"))
    with pytest.raises(IntegrityError):
        Receipt.objects.create(
            notice=third, agency="police", seq=3, signer="李警官", actor_ref="officer:12", signed_at=first.signed_at,
            content_sha256=third.content_sha256, previous_sha256=first.sha256, sha256="f" * 64,
        )  # fmt: skip
