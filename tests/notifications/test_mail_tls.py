"""TLS of a peer: who cannot show who he is gets not one byte of a notice, and the attempt says why."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from notifications.addresses import AgencyChannel, new_key
from notifications.delivery import Delivery, DeliveryAttempt, MailTask
from notifications.outbox import NoticeDraft, deliver_due
from notifications.reading import breaches
from tests.notifications.certificates import Authority
from tests.notifications.test_mail_channels import posted
from tests.notifications.wires import http_peer

pytestmark = pytest.mark.usefixtures("database")

HERE = "127.0.0.1"


@pytest.fixture(scope="module")
def trusted() -> Authority:
    return Authority("an issuer that this machine trusts")


@pytest.fixture(autouse=True)
def trust(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trusted: Authority) -> None:
    """The machine trusts this one issuer, as an administrator would say it."""
    settings.NOTIFICATIONS_LOOPBACK = True
    (tmp_path / "trusted.pem").write_text(trusted.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "nothing"))


def register(url: str) -> None:
    new_key("police", by="管理甲")
    AgencyChannel.objects.create(agency="police", channel="webhook", priority=1, address=url, repeat="key")
    AgencyChannel.objects.create(agency="police", channel="paper", priority=2, address="渑池县公安局", repeat="never")


def tried(number: int, wait_is_over: Callable[[], None]) -> Delivery:
    for _ in range(number):
        deliver_due()
        wait_is_over()
    return Delivery.objects.get(channel="webhook")


def test_a_peer_with_a_certificate_of_its_own_address_and_a_known_issuer_is_spoken_to(
    draft: Callable[..., NoticeDraft], tmp_path: Path, trusted: Authority
) -> None:
    with http_peer(certificate=trusted.issue(tmp_path, HERE)) as peer:
        register(peer.url)
        posted(draft())
        assert deliver_due().done == 2
        assert [request.body.decode() for request in peer.requests] == [Delivery.objects.get(channel="webhook").payload]


@pytest.mark.parametrize(
    ("certificate", "says"),
    [
        (lambda trusted, folder: trusted.issue(folder, HERE, begins=-20, ends=-1), "certificate has expired"),
        (lambda trusted, folder: trusted.issue(folder, HERE, begins=2, ends=20), "certificate is not yet valid"),
        (lambda trusted, folder: trusted.issue(folder, "127.0.0.2"), "certificate is not valid for '127.0.0.1'"),
        (lambda trusted, folder: Authority("nobody knows me").issue(folder, HERE), "unable to get local issuer"),
        (lambda trusted, folder: Authority("myself").issue_to_itself(folder, HERE), "self-signed certificate"),
    ],
    ids=["expired", "not yet valid", "of another machine", "unknown issuer", "self-signed"],
)
def test_who_cannot_show_who_he_is_gets_nothing_and_the_next_channel_is_woken_after_the_last_try(
    draft: Callable[..., NoticeDraft],
    tmp_path: Path,
    trusted: Authority,
    wait_is_over: Callable[[], None],
    certificate: Callable[[Authority, Path], Path],
    says: str,
) -> None:
    with http_peer(certificate=certificate(trusted, tmp_path)) as peer:
        register(peer.url)
        posted(draft())
        Delivery.objects.filter(channel="webhook").update(attempts_allowed=2)
        assert tried(1, wait_is_over).state == "pending", "a certificate may be renewed: it is tried again"
        assert Delivery.objects.get(channel="paper").state == "standby"
        assert tried(1, wait_is_over).state == "dead"
        deliver_due()
        assert peer.requests == [], "nothing was said, neither head nor body"
    tries = DeliveryAttempt.objects.filter(delivery__channel="webhook").order_by("number")
    assert [one.status for one in tries] == ["temporary", "temporary"]
    assert all(one.error.startswith("no TLS connection: ") and says in one.error for one in tries)
    assert Delivery.objects.get(channel="paper").state == "held", "printed and waiting for whoever serves it"
    assert MailTask.objects.filter(delivery__channel="webhook", closed_at=None).count() == 1
    assert not breaches()
