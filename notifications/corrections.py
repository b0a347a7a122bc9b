"""Asking for a correction: the addressee sends a notice back to the post that sent it, with the reason.

The request is itself a notice: frozen, delivered, receipted. What was sent stays as it was; a correction is a new
notice of the sender's.
"""

from datetime import datetime

from django.db import transaction

from notifications.notice import Notice, sha256
from notifications.outbox import NoticeDraft, post
from notifications.posts import Post

KIND = "NOTICE_CORRECTION_ASKED"


def ask_correction(notice: Notice, *, reason: str, signer_name: str, at: datetime) -> bool:
    """Ask the sender to correct a notice. True if the request is new; the same one twice is one.

    Raises ValueError for a notice that no post received, or an empty reason.
    """
    if not isinstance(notice.recipient, Post):
        raise ValueError("a correction is asked for by a post")
    draft = NoticeDraft(
        kind=KIND,
        to=notice.sender,
        sender=notice.recipient,
        event_ref=f"notice:{notice.pk}",
        subject_ref=notice.subject_ref,
        subject_label=notice.subject_label,
        title=f"请求更正：{notice.title}",
        text="\n".join(
            [f"请求更正：{notice.title}", "", f"原通知：{notice.pk}", f"理由：{reason}", f"提出人：{signer_name}"]
        ),
        basis=notice.basis,
        purpose="更正通知内容",
        posted_at=at,
        fields={"notice": notice.pk, "reason": reason},
        slot=sha256(reason)[:16],
    )
    with transaction.atomic():
        Notice.objects.select_for_update().get(pk=notice.pk)  # two who ask at once: the second one sees the first
        if Notice.objects.filter(key=draft.key).exists():
            return False
        post([draft])
    return True
