"""The index of the mailroom's models; each stands in the module that owns it."""

from notifications.delivery import Delivery, DeliveryAttempt, Heartbeat, InboxItem, MailTask
from notifications.notice import Notice
from notifications.receipts import Receipt

__all__ = ["Delivery", "DeliveryAttempt", "Heartbeat", "InboxItem", "MailTask", "Notice", "Receipt"]
