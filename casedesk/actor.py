"""From a request to an actor, and from an actor to the access context of a reading.

The desk's only place that turns a signed-in user into the person the rulebook knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection, transaction
from django.db.models import OuterRef
from django.db.models.functions import JSONObject

from casedesk.models import User
from workflows import clock
from workflows.casefile.officers import Officer, actor_of, covering
from workflows.errors import PermissionDenied
from workflows.roles import Actor


class Accounts(ModelBackend):
    """Reads the account of a session together with its officer, his agency and today's appointments: one query."""

    def get_user(self, user_id: Any) -> User | None:
        """The account of a session, None where it is gone or switched off."""
        today = clock.today()
        appointed = (
            covering(today).filter(officer=OuterRef("officer")).values(one=JSONObject(role="role", paper="paper"))
        )
        users = User.objects.select_related("officer__agency").annotate(appointed=ArraySubquery(appointed))
        user = users.filter(pk=user_id).first()
        if user is None or not self.user_can_authenticate(user):
            return None
        user.__dict__["appointed_on"] = (today, {one["role"]: one["paper"] for one in user.appointed})
        return user


def actor_for(user: User | AnonymousUser) -> Actor:
    """The actor a user is today, roles and acting appointments read afresh at each request (ASVS 8.3.2).

    Raises PermissionDenied for an account that stands for no officer.
    """
    known = user.__dict__.get("actor_today")
    if known is not None and known[0] == clock.today():  # one request loads its user once, and asks for the actor twice
        return known[1]
    officer = user.officer if isinstance(user, User) else None
    if officer is None:
        raise PermissionDenied("这个账号没有对应的工作人员")
    day, appointed = getattr(user, "appointed_on", (None, None))
    if day != clock.today():  # not from a session, or midnight passed: afresh, with the agency that pages name
        officer = Officer.objects.select_related("agency").get(pk=officer.pk)
        user.officer, appointed = officer, None  # type: ignore[union-attr]
    actor = actor_of(officer, clock.today(), appointed)
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
