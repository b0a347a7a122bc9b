"""Where agencies and persons are reached besides the in-app inbox, and the keys of those with a system of their own.

An agency lists its channels in order: the first is tried, the next when the one before is dead. No secret stands in a
row. A peer's secrets are derived from SECRET_KEY and the salt of its key, and shown once, to whoever makes the key; a
gateway's secret stands in the environment and the row names it.
"""

import hashlib
import hmac
import os
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import connection, connections, models, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from notifications.delivery import Repeat

#: how long the old key of a peer stays valid beside the new one, unless said otherwise
OVERLAP = timedelta(days=7)
_SECRETS_IN_THE_ENVIRONMENT = "CASEDESK_SECRET_"


class Way(models.TextChoices):
    """The channels an agency may list; the inbox is always there and needs no row."""

    WEBHOOK = "webhook", _("业务系统接口")
    EMAIL = "email", _("电子邮件")
    SMS = "sms", _("短信")
    PAPER = "paper", _("纸质送达")


class AgencyChannel(models.Model):
    """One way to reach an agency. `address` is a URL, an e-mail address, a mobile number or a postal address.

    `networks` are the private networks a webhook of this agency may lie in (none: only public addresses).
    """

    agency = models.CharField(max_length=60)
    channel = models.CharField(max_length=30, choices=Way)
    priority = models.PositiveSmallIntegerField(default=1)
    address = models.CharField(max_length=300)
    repeat = models.CharField(max_length=10, choices=Repeat, default=Repeat.NEVER)
    networks = models.JSONField(default=list, blank=True)
    active = models.BooleanField(default=True)
    changed_by = models.CharField(max_length=120, blank=True)
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("送达渠道")
        verbose_name_plural = _("送达渠道")
        constraints = [
            models.UniqueConstraint(fields=["agency", "channel"], name="agencychannel_once"),
            models.CheckConstraint(name="agencychannel_way", condition=Q(channel__in=Way.values)),
            models.CheckConstraint(name="agencychannel_named", condition=~Q(agency="") & ~Q(address="")),
            models.CheckConstraint(name="agencychannel_repeat", condition=Q(repeat__in=Repeat.values)),
        ]

    def __str__(self) -> str:
        return f"{self.agency} {self.channel}"


class PeerKey(models.Model):
    """A key by which an agency's system and ours know each other, for a time; at most two are valid at once."""

    agency = models.CharField(max_length=60)
    key_id = models.CharField(max_length=40, unique=True)
    salt = models.CharField(max_length=64)
    valid_from = models.DateTimeField(db_default=Now())
    valid_to = models.DateTimeField(null=True, blank=True)
    made_by = models.CharField(max_length=120, blank=True)

    class Meta:
        verbose_name = _("对端密钥")
        verbose_name_plural = _("对端密钥")
        constraints = [models.CheckConstraint(name="peerkey_named", condition=~Q(agency="") & ~Q(key_id=""))]

    def __str__(self) -> str:
        return self.key_id

    def secret(self, direction: str) -> bytes:
        """The secret for messages `to_peer` or `from_peer`: two, so that ours sent back to us is none of theirs."""
        said = f"casedesk peer {direction}|{self.agency}|{self.key_id}|{self.salt}"
        return hmac.new(settings.SECRET_KEY.encode(), said.encode(), hashlib.sha256).hexdigest().encode()


class Gateway(models.Model):
    """How letters of a kind leave the house: an SMS gateway with an HTTP interface, an SMTP server, or a folder.

    `url`: https://… (sms), smtp://host:port or smtps://host:port (email), `drop:` (either; a file per letter, only in
    demos). `options` describe the gateway's JSON (see `channels/sms.py`) or the sender of mails.
    """

    kind = models.CharField(
        max_length=10, primary_key=True, choices=[(Way.EMAIL, Way.EMAIL.label), (Way.SMS, Way.SMS.label)]
    )
    url = models.CharField(max_length=300)
    repeat = models.CharField(max_length=10, choices=Repeat, default=Repeat.NEVER)
    networks = models.JSONField(default=list, blank=True)
    options = models.JSONField(default=dict, blank=True)
    secret_name = models.CharField(max_length=40, blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("网关")
        verbose_name_plural = _("网关")

    def __str__(self) -> str:
        return self.kind

    @property
    def secret(self) -> str:
        """The gateway's password or token: the environment variable CASEDESK_SECRET_<name>, and no other variable."""
        return os.environ.get(f"{_SECRETS_IN_THE_ENVIRONMENT}{self.secret_name}", "") if self.secret_name else ""

    @property
    def drops(self) -> bool:
        """Whether letters go into a folder instead of out."""
        return self.url == "drop:"


# --- keys of peers


class KeyRefused(Exception):
    """This key cannot be made or retired; the text says why."""


def valid_keys(agency: str) -> list[PeerKey]:
    """The keys of a peer that are valid now, by the database's clock, the oldest first."""
    now = Q(valid_from__lte=Now()) & (Q(valid_to=None) | Q(valid_to__gt=Now()))
    return list(PeerKey.objects.filter(now, agency=agency).order_by("valid_from", "id"))


def signing_key(agency: str) -> PeerKey | None:
    """The key we sign with: the oldest valid one, until it is retired; by then the peer has the new one."""
    keys = valid_keys(agency)
    return keys[0] if keys else None


def new_key(agency: str, *, by: str, overlap: timedelta = OVERLAP) -> PeerKey:
    """Make a key for a peer; one that is valid already ends after `overlap`. Raises KeyRefused for a third one."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"notifications.key:{agency}"])
        standing = valid_keys(agency)
        if len(standing) > 1:
            raise KeyRefused("two keys are valid already: retire one of them first")
        PeerKey.objects.filter(pk__in=[key.pk for key in standing], valid_to=None).update(valid_to=Now() + overlap)
        number = PeerKey.objects.filter(agency=agency).count() + 1
        return PeerKey.objects.create(
            agency=agency, key_id=f"{agency}-{number}", salt=secrets.token_hex(32), made_by=by
        )


def retire_key(key_id: str) -> PeerKey:
    """End a key now. Raises KeyRefused if there is none of that name that is valid."""
    ended = PeerKey.objects.filter(Q(valid_to=None) | Q(valid_to__gt=Now()), key_id=key_id).update(valid_to=Now())
    if not ended:
        raise KeyRefused("there is no valid key of that name")
    return PeerKey.objects.get(key_id=key_id)


# --- looking up


def ways_of(agencies: list[str], *, persons: bool, using: str = "default") -> dict[str, list[tuple[str, str]]]:
    """For each agency its channels in order, each with what makes a repetition harmless; "" stands for persons.

    One statement. A letter that no gateway would take is not posted on that channel.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    with connections[using].cursor() as cursor:
        cursor.execute(_WAYS, {"agencies": agencies, "persons": persons})
        for agency, channel, repeat, _priority in cursor.fetchall():
            found.setdefault(agency, []).append((channel, repeat))
    return found


_WAYS = """
SELECT c.agency, c.channel, coalesce(g.repeat, c.repeat), c.priority
  FROM notifications_agencychannel c LEFT JOIN notifications_gateway g ON g.kind = c.channel AND g.active
 WHERE c.active AND c.agency = ANY(%(agencies)s) AND (c.channel NOT IN ('sms', 'email') OR g.kind IS NOT NULL)
UNION ALL
SELECT '', kind, repeat, 1 FROM notifications_gateway WHERE active AND kind = 'sms' AND %(persons)s
 ORDER BY 1, 4, 2
"""
