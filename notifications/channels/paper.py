"""Paper: the letter waits in the print queue, somebody serves it, and confirms with whom, when and on what proof."""

from datetime import datetime
from typing import ClassVar

from notifications.channels import ByHand, Channel, Repeat, Sent, To


class Paper(Channel):
    """Never sent by a machine: the first try puts it in the print queue, that is, in a person's hands (held)."""

    name: ClassVar[str] = "paper"
    repeat: ClassVar[Repeat] = Repeat.NEVER

    def send(self, payload: str, key: str, *, to: To, at: datetime) -> Sent:
        raise ByHand("to be printed, served and confirmed")
