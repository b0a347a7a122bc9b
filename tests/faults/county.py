"""The county of a fault test: its officers, the two accounts that work under fire, and their tokens."""

from __future__ import annotations

from rest_framework.authtoken.models import Token

from casedesk.models import User
from tests.people import settle_county

DESKS = ("operator", "squad_leader")


def settle() -> dict[str, str]:
    """Write officers and accounts into the current database; return the token of each desk."""
    people = settle_county()
    tokens = {}
    for desk in DESKS:
        user = User(username=desk, officer=people.officers[desk])
        user.set_unusable_password()
        user.save()
        tokens[desk] = Token.objects.create(user=user).key
    return tokens
