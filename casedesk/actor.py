"""From a request to an actor, and from an actor to the access context of a reading.

The desk's only place that turns a signed-in user into the person the rulebook knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction

from casedesk.models import User
from workflows import clock
from workflows.casefile.officers import Officer, actor_of
from workflows.errors import PermissionDenied
from workflows.roles import Actor


def actor_for(user: User | AnonymousUser) -> Actor:
    """The actor a user is today, roles and acting appointments read afresh at each request (ASVS 8.3.2).

    Raises PermissionDenied for an account that stands for no officer.
    """
    known = user.__dict__.get("actor_today")
    if known is not None and known[0] == clock.today():  # one request loads its user once, and asks for the actor twice
        return known[1]
    officer_id = getattr(user, "officer_id", None)
    if officer_id is None or not isinstance(user, User):
        raise PermissionDenied("这个账号没有对应的工作人员")
    officer = Officer.objects.select_related("agency").get(pk=officer_id)
    user.officer = officer  # with its agency: the frame of a page names both
    actor = actor_of(officer, clock.today())
    if not actor.roles:
        raise PermissionDenied("这个账号今天没有任何职责")
    user.__dict__["actor_today"] = (clock.today(), actor)
    return actor


@contextmanager
def reading_as(user: User | AnonymousUser) -> Iterator[Actor]:
    """A read-only transaction with the access context of the user, around a whole GET, rendering included."""
    with transaction.atomic():
        actor = actor_for(user)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('transaction_read_only', 'on', true), set_config('casedesk.officer', %s, true), "
                "set_config('casedesk.agency', %s, true), set_config('casedesk.roles', %s, true)",
                [str(actor.officer_id or ""), actor.agency, ",".join(sorted(actor.roles))],
            )
        yield actor
