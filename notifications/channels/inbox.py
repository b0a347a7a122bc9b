"""The in-app inbox: every agency has one, and a person's is the progress page. Arrival is a row, once per key."""

import json
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from django.db import transaction

from notifications.channels import Channel, PermanentRefusal, Repeat, Sent, To
from notifications.delivery import InboxItem
from notifications.notice import Notice, NoticeState, canonical


class Inbox(Channel):
    """Puts the notice in front of whoever holds the post; the words stay in the notice, the payload only names it."""

    name: ClassVar[str] = "inbox"
    repeat: ClassVar[Repeat] = Repeat.KEY

    def render(self, notice: Notice) -> str:
        """A pointer with the hash of what it points to: no second copy of personal text."""
        return canonical({"notice": notice.public_id, "content_sha256": notice.content_sha256})

    def send(self, payload: str, key: str, *, to: To, at: datetime) -> Sent:
        """File the notice in the inbox and mark it delivered, both or neither, however often it is called."""
        try:
            letter = json.loads(payload)
            notice_id, content_sha256 = UUID(letter["notice"]), letter["content_sha256"]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise PermanentRefusal("the payload is not one of the inbox") from error
        with transaction.atomic():
            notice = Notice.objects.filter(pk=notice_id).first()
            if notice is None:
                raise PermanentRefusal("there is no such notice")
            if not content_sha256 == notice.content_sha256 == notice.fingerprint():
                raise PermanentRefusal("the notice is no longer what was posted")
            InboxItem.objects.bulk_create(
                [
                    InboxItem(
                        key=key,
                        notice_id=notice_id,
                        agency=notice.recipient_agency,
                        role=notice.recipient_role,
                        person_ref=notice.recipient_ref,
                        arrived_at=at,
                    )
                ],
                ignore_conflicts=True,
            )
            mark_delivered(notice_id, at=at)
        return Sent(receipt=f"inbox:{key}".encode())


def mark_delivered(notice_id: UUID, *, at: datetime) -> None:
    """The first arrival on any channel delivers the notice; a later one, or one after the receipt, changes nothing."""
    Notice.objects.filter(pk=notice_id, state=NoticeState.POSTED).update(state=NoticeState.DELIVERED, delivered_at=at)


def mark_read(item_id: int, *, at: datetime) -> bool:
    """Note that the post opened it; true the first time. Reading is no receipt."""
    return InboxItem.objects.filter(pk=item_id, read_at=None).update(read_at=at) == 1
