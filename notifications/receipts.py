"""Receipts nobody can deny, and answers.

A receipt is a link in the chain of its agency: it names the content by hash, the signer, the moment, and the receipt
before it. Changing one word or leaving one out breaks every later link (`broken_links`). Persons' receipts form the
chain "". Repeated and disordered messages do no harm: the same receipt twice is one, a receipt after the answer is
still kept.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection, models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from notifications.notice import Notice, NoticeState, canonical, sha256


class ReceiptRefused(Exception):
    """This receipt or answer cannot stand; the text says why."""


class Receipt(models.Model):
    """One signed receipt, one link of its agency's chain. Append-only."""

    notice = models.OneToOneField(Notice, models.PROTECT, related_name="receipt")
    agency = models.CharField(max_length=60, blank=True)
    seq = models.PositiveIntegerField()
    signer = models.CharField(max_length=200)
    actor_ref = models.CharField(max_length=120)
    signed_at = models.DateTimeField()
    content_sha256 = models.CharField(max_length=64)
    previous_sha256 = models.CharField(max_length=64, blank=True)  # empty on the first of an agency
    sha256 = models.CharField(max_length=64, unique=True)

    class Meta:
        verbose_name = _("回执")
        verbose_name_plural = _("回执")
        constraints = [
            models.UniqueConstraint(fields=["agency", "seq"], name="receipt_seq"),
            models.UniqueConstraint(fields=["agency", "previous_sha256"], name="receipt_no_fork"),
            models.CheckConstraint(
                name="receipt_first", condition=Q(seq=1, previous_sha256="") | (Q(seq__gt=1) & ~Q(previous_sha256=""))
            ),
            models.CheckConstraint(name="receipt_signed", condition=~Q(signer="") & ~Q(actor_ref="")),
        ]

    def __str__(self) -> str:
        return f"{self.agency}#{self.seq}"

    def fingerprint(self) -> str:
        """The SHA-256 over everything the receipt says, the one before it included."""
        return sha256(
            canonical(
                {
                    "notice": self.notice_id,
                    "content_sha256": self.content_sha256,
                    "agency": self.agency,
                    "seq": self.seq,
                    "signer": self.signer,
                    "actor": self.actor_ref,
                    "signed_at": self.signed_at,
                    "previous": self.previous_sha256,
                }
            )
        )


def sign_receipt(notice: Notice, *, signer_name: str, agency: str, actor_ref: str, at: datetime) -> Receipt:
    """The addressee signs for the notice. Joins the caller's transaction; `notice` is brought up to date.

    Signing again with the same hand returns the first receipt. Raises ReceiptRefused for another agency, another
    signer, a notice whose words are not those that were posted, a nameless signer, or a moment before the posting.
    """
    if not signer_name or not actor_ref:
        raise ReceiptRefused("a receipt names its signer")
    with transaction.atomic():
        held = _locked(notice)
        if agency != held.recipient_agency:
            raise ReceiptRefused("only the addressee signs a receipt")
        if held.receipted_at is not None:
            if (held.receipt_signer, held.receipt_actor_ref) != (signer_name, actor_ref):
                raise ReceiptRefused("another hand has signed for it already")
            _take_over(notice, held)
            return Receipt.objects.get(notice=held)
        if at < held.posted_at:
            raise ReceiptRefused("a receipt cannot be older than its notice")
        if held.fingerprint() != held.content_sha256:
            raise ReceiptRefused("the words of the notice are not those that were posted")
        receipt = _next_link(held, signer_name, agency, actor_ref, at)
        if held.state in (NoticeState.POSTED, NoticeState.DELIVERED):
            held.state = NoticeState.RECEIPTED
        held.delivered_at = held.delivered_at or at
        held.receipted_at = at
        held.receipt_signer = signer_name
        held.receipt_agency = agency
        held.receipt_actor_ref = actor_ref
        held.receipt_sha256 = receipt.sha256
        held.save(update_fields=["state", "delivered_at", *_RECEIPT_FIELDS])
    _take_over(notice, held)
    return receipt


def answer(
    notice: Notice, *, text: str, agency: str, signer_name: str, actor_ref: str, at: datetime, ref: str = ""
) -> bool:
    """The addressee answers; `ref` names the answer's paper or message. Joins the caller's transaction.

    True if the answer is new; false if the very same one is there already. Raises ReceiptRefused for another agency,
    a second, different answer, an empty or nameless one, or a moment before the posting.
    """
    if not text or not signer_name or not actor_ref:
        raise ReceiptRefused("an answer has words and somebody who gives it")
    with transaction.atomic():
        held = _locked(notice)
        if agency != held.recipient_agency:
            raise ReceiptRefused("only the addressee answers")
        if held.answered_at is not None:
            if (held.answer_text, held.answer_ref) != (text, ref):
                raise ReceiptRefused("it has been answered already")
            _take_over(notice, held)
            return False
        if at < held.posted_at:
            raise ReceiptRefused("an answer cannot be older than its notice")
        held.state = NoticeState.ANSWERED
        held.delivered_at = held.delivered_at or at
        held.answered_at = at
        held.answer_text = text
        held.answer_ref = ref
        held.answer_signer = signer_name
        held.answer_actor_ref = actor_ref
        held.save(update_fields=["state", "delivered_at", *_ANSWER_FIELDS])
    _take_over(notice, held)
    return True


def broken_links(receipts: Iterable[Receipt]) -> list[str]:
    """What is wrong with these receipts: altered, missing, or out of their chain. Pure; empty if all hold.

    Expects whole chains, each from its first receipt on, in any order.
    """
    chains: dict[str, list[Receipt]] = {}
    for receipt in receipts:
        chains.setdefault(receipt.agency, []).append(receipt)
    faults = []
    for agency, chain in sorted(chains.items()):
        previous, expected = "", 1
        for receipt in sorted(chain, key=lambda link: link.seq):
            if receipt.seq != expected:
                faults.append(f"{agency}#{expected}: missing before #{receipt.seq}")
            elif receipt.previous_sha256 != previous:
                faults.append(f"{receipt}: does not follow the one before it")
            if receipt.sha256 != receipt.fingerprint():
                faults.append(f"{receipt}: altered")
            previous, expected = receipt.sha256, receipt.seq + 1
    return faults


_RECEIPT_FIELDS = ("receipted_at", "receipt_signer", "receipt_agency", "receipt_actor_ref", "receipt_sha256")
_ANSWER_FIELDS = ("answered_at", "answer_text", "answer_ref", "answer_signer", "answer_actor_ref")


def _locked(notice: Notice) -> Notice:
    return Notice.objects.select_for_update().get(pk=notice.pk)


def _take_over(notice: Notice, held: Notice) -> None:
    for name in ("state", "delivered_at", *_RECEIPT_FIELDS, *_ANSWER_FIELDS):
        setattr(notice, name, getattr(held, name))


def _next_link(notice: Notice, signer: str, agency: str, actor_ref: str, at: datetime) -> Receipt:
    # One writer per agency until the commit; the two unique constraints forbid a fork even without this lock.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"notifications.receipt:{agency}"])
    last = Receipt.objects.filter(agency=agency).order_by("-seq").first()
    receipt = Receipt(
        notice=notice,
        agency=agency,
        seq=last.seq + 1 if last else 1,
        signer=signer,
        actor_ref=actor_ref,
        signed_at=at,
        content_sha256=notice.content_sha256,
        previous_sha256=last.sha256 if last else "",
    )
    receipt.sha256 = receipt.fingerprint()
    receipt.save(force_insert=True)
    return receipt
