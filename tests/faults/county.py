"""The county of a fault test: its officers, the two accounts that work under fire, and their tokens."""

from __future__ import annotations

from rest_framework.authtoken.models import Token

from casedesk.models import User
from notifications.addresses import AgencyChannel, Gateway, new_key
from notifications.delivery import Repeat
from tests.people import settle_county

DESKS = ("operator", "squad_leader")
#: agencies with a system of their own, and what makes a second message to each of them harmless
PEERS = {"police": Repeat.KEY, "leading_group": Repeat.QUERY, "hrss": Repeat.KEY}


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


def connect(port: int) -> dict[str, str]:
    """Write the channels to the peer on that port and the SMS gateway; return the secret under each key's name."""
    secrets = {}
    for agency, repeat in PEERS.items():
        address = f"http://127.0.0.1:{port}/in/{agency}"
        AgencyChannel.objects.create(agency=agency, channel="webhook", address=address, repeat=repeat)
        key = new_key(agency, by="faults")
        secrets[key.key_id] = key.secret("to_peer").decode()
    options = {"body": {"to": "{to}", "text": "{text}"}, "id": "id"}
    Gateway.objects.create(kind="sms", url=f"http://127.0.0.1:{port}/sms", repeat=Repeat.KEY, options=options)
    return secrets
