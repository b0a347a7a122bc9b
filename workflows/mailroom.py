"""The mailroom as the bureau's people handle it: who may try again, confirm by hand, or look at the whole of it.

The mailroom itself knows no roles; here an actor becomes the hand that decides.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from notifications import by_hand
from notifications.delivery import Delivery, DeliveryState
from notifications.operations import Operations
from notifications.operations import operations as mailroom_now
from notifications.tasks import nudge
from workflows import clock
from workflows.errors import InvalidInput, NotPossibleNow, NotVisible, PermissionDenied
from workflows.roles import Actor, Role

_LONGEST = 500
_LOOK = (
    Role.SQUAD_LEADER,
    Role.BUREAU_HEAD,
    Role.PRINCIPAL_HEAD,
    Role.LEADER,
    Role.AUDITOR,
    Role.ADMINISTRATOR,
)


def hand_of(actor: Actor) -> by_hand.Hand:
    """The actor as the mailroom notes him."""
    return by_hand.Hand(actor.name, f"officer:{actor.public_id}", actor.agency)


def may_try_again(delivery: Delivery, actor: Actor) -> bool:
    """The administrator, who mends addresses, and the squad leader of the office that sent it."""
    own = actor.has(Role.SQUAD_LEADER) and actor.agency == delivery.notice.sender_agency
    return actor.has(Role.ADMINISTRATOR) or own


def may_confirm(delivery: Delivery, actor: Actor) -> bool:
    """Who serves papers: squad leader and inspectors of the office that sent it.

    No administrator: he knows the wires and may send again, but that a letter arrived is a fact of the case. Limits and
    rights hang on it, and who attests it must have served it and answers for it in the bureau's name.
    """
    return actor.has(Role.SQUAD_LEADER, Role.INSPECTOR) and actor.agency == delivery.notice.sender_agency


def try_again(notice: UUID, channel: str, *, by: Actor, reason: str) -> Delivery:
    """Send a dead or held delivery again. Raises NotVisible, PermissionDenied, InvalidInput, NotPossibleNow."""
    delivery = _delivery(notice, channel, by)
    if not may_try_again(delivery, by):
        raise PermissionDenied("由系统管理员或发出单位的监察大队长重新投递")
    words = _words({"reason": reason})
    try:
        sent = by_hand.try_again(delivery, by=hand_of(by), reason=words["reason"], at=clock.now())
    except by_hand.NotGivenUp:
        raise NotPossibleNow("这份投递没有停下，不需要处理") from None
    nudge()
    return sent


def confirm_by_hand(
    notice: UUID, channel: str, *, by: Actor, received_by: str, served_at: datetime, proof: str, reason: str
) -> Delivery:
    """Note that a dead or held delivery arrived: who took it, when, on what proof.

    `served_at` is aware, not before the posting and not in the future. Raises as `try_again`.
    """
    delivery = _delivery(notice, channel, by)
    if not may_confirm(delivery, by):
        raise PermissionDenied("由发出单位的监察员或监察大队长确认送达")
    words = _words({"reason": reason, "received_by": received_by, "proof": proof})
    now = clock.now()
    if served_at.tzinfo is None:
        raise InvalidInput({"served_at": "时间须带时区"})
    if not delivery.notice.posted_at <= served_at <= now:
        raise InvalidInput({"served_at": "须在发出之后、不晚于现在"})
    service = by_hand.Service(words["received_by"][:200], served_at, words["proof"])
    try:
        return by_hand.confirm(delivery, by=hand_of(by), service=service, reason=words["reason"], at=now)
    except by_hand.NotGivenUp:
        raise NotPossibleNow("这份投递没有停下，不需要处理") from None


def operations(by: Actor) -> Operations:
    """The mailroom at this moment. Raises PermissionDenied."""
    if not by.has(*_LOOK):
        raise PermissionDenied("由管理人员和领导查看")
    return mailroom_now(clock.today())


def print_queue(by: Actor) -> list[Delivery]:
    """The letters of the actor's office that wait to be printed and served, the oldest first."""
    if not by.has(Role.SQUAD_LEADER, Role.INSPECTOR):
        raise PermissionDenied("由监察员和监察大队长打印送达")
    waiting = Delivery.objects.filter(channel="paper", state=DeliveryState.HELD, notice__sender_agency=by.agency)
    return list(waiting.select_related("notice").order_by("id")[:200])


def _delivery(notice: UUID, channel: str, by: Actor) -> Delivery:
    if not by.has(Role.ADMINISTRATOR, Role.SQUAD_LEADER, Role.INSPECTOR):
        raise PermissionDenied("由系统管理员、监察大队长或监察员处理")
    found = Delivery.objects.select_related("notice").filter(notice=notice, channel=channel).first()
    if found is None:
        raise NotVisible()
    if not by.has(Role.ADMINISTRATOR) and by.agency != found.notice.sender_agency:
        raise NotVisible()
    return found


def _words(given: dict[str, str]) -> dict[str, str]:
    """Each of them said, in a line or two. Raises InvalidInput naming the field."""
    said = {name: " ".join((value or "").replace("\x00", "").split()) for name, value in given.items()}
    wrong = {name: "须填写" for name, value in said.items() if not value}
    wrong |= {name: f"不能超过 {_LONGEST} 字" for name, value in said.items() if len(value) > _LONGEST}
    if wrong:
        raise InvalidInput(wrong)
    return said
