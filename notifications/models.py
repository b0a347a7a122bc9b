"""The index of the mailroom's models; each stands in the module that owns it."""

from notifications.addresses import AgencyChannel, Gateway, PeerKey
from notifications.delivery import Delivery, DeliveryAttempt, DeliveryDecision, Heartbeat, InboxItem, MailTask
from notifications.notice import Notice
from notifications.receipts import Receipt

__all__ = [
    "AgencyChannel",
    "Delivery",
    "DeliveryAttempt",
    "DeliveryDecision",
    "Gateway",
    "Heartbeat",
    "InboxItem",
    "MailTask",
    "Notice",
    "PeerKey",
    "Receipt",
]
