"""One HTTP request to a machine we were told to trust, and to no other: checked address, no redirects, bounded answer.

The name is resolved once, every address it has is judged, and the connection goes to the judged address itself, so
that a name cannot point elsewhere a moment later. Whatever happens before the request is out is a temporary failure;
whatever happens after it leaves the outcome unknown.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from notifications.channels import AmbiguousOutcome, PermanentRefusal, TemporaryFailure

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 10.0
LARGEST_ANSWER = 64 * 1024
#: ports of a webhook in the open; a row's own private networks may use any port from 1024 on
_PORTS = (443, 8443)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class BadAddress(ValueError):
    """An address that nothing is sent to; the text says why."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request goes: the judged address, the name for TLS and Host, and the path."""

    name: str
    address: str
    port: int
    path: str
    tls: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whole and within bounds."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def loopback_allowed() -> bool:
    """Whether this installation may talk http to itself: demos and developers' machines."""
    return bool(getattr(settings, "NOTIFICATIONS_LOOPBACK", False))


def split(url: str, networks: Iterable[str] = ()) -> tuple[str, int, str, bool]:
    """Host, port, path and whether TLS, of a URL that may be stored at all. Raises BadAddress; resolves nothing."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadAddress("this is no address") from None
    host = parts.hostname or ""
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise BadAddress("an address holds visible ASCII only; an international name is written in its xn-- form")
    if parts.scheme not in ("https", "http") or not host:
        raise BadAddress("the address begins with https:// and a name")
    if parts.username is not None or parts.password is not None or parts.fragment or "#" in url:
        raise BadAddress("the address holds no user, password or fragment")
    tls = parts.scheme == "https"
    if not tls and not loopback_allowed():
        raise BadAddress("the address begins with https://")
    port = port if port is not None else 443 if tls else 80
    if port not in _PORTS and not (port >= 1024 and (list(networks) or loopback_allowed())):
        raise BadAddress("the port is 443 or 8443, or one from 1024 on inside a listed network")
    return host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), tls


def resolve(url: str, networks: Iterable[str] = ()) -> Place:
    """The place a URL stands for, every address of its name judged. Raises BadAddress, or OSError when it has none."""
    allowed = [ipaddress.ip_network(network) for network in networks]
    host, port, path, tls = split(url, networks)
    found = [row[4][0] for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for text in found:
        _judge(ipaddress.ip_address(str(text).partition("%")[0]), allowed, tls=tls)
    return Place(host, str(found[0]), port, path, tls)


def _judge(address: Address, allowed: list[ipaddress.IPv4Network | ipaddress.IPv6Network], *, tls: bool) -> None:
    real = _real(address)
    if real.is_loopback and loopback_allowed():
        return
    if not tls:
        raise BadAddress("only this machine itself is spoken to without TLS")
    if any(real in network for network in allowed if network.version == real.version):
        return
    if not real.is_global or real.is_multicast:
        raise BadAddress("the name points into a network that is not listed for this agency")


def _real(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for (mapped, 6to4, Teredo, NAT64), else itself."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is not None:
            return inner
    return address


class _Line(http.client.HTTPConnection):
    """A connection to a judged address, under the name it was asked for."""

    def __init__(self, place: Place) -> None:
        super().__init__(place.name, place.port, timeout=CONNECT_SECONDS)
        self._place = place

    def connect(self) -> None:
        self.sock = socket.create_connection((self._place.address, self._place.port), CONNECT_SECONDS)
        if self._place.tls:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self._place.name)


def exchange(
    method: str, url: str, *, body: bytes | None, headers: Mapping[str, str], networks: Iterable[str] = ()
) -> Answer:
    """Send one request and return the whole answer, whatever its status.

    Raises PermanentRefusal for an address we do not speak to, TemporaryFailure before the request is out, and
    AmbiguousOutcome after it: no answer in time, an answer too large, cut off or packed.
    """
    try:
        line = _Line(resolve(url, networks))
    except BadAddress as bad:
        raise PermanentRefusal(f"the address is not allowed: {bad}") from None
    except OSError as trouble:
        raise TemporaryFailure(f"the name is not resolved ({type(trouble).__name__})") from None
    try:
        try:
            line.connect()
        except ssl.SSLError as trouble:
            raise TemporaryFailure(
                f"no TLS connection: {getattr(trouble, 'verify_message', '') or trouble.reason}"
            ) from None
        except OSError as trouble:
            raise TemporaryFailure(f"no connection ({type(trouble).__name__})") from None
        return _ask(line, method, body, headers)
    finally:
        line.close()


def _ask(line: _Line, method: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
    # A peer that sends one byte a second would outlast every time limit of a single read: the clock cuts the line.
    assert line.sock is not None
    clock = threading.Timer(ANSWER_SECONDS, _cut, [line.sock])
    clock.daemon = True
    clock.start()
    until = time.monotonic() + ANSWER_SECONDS
    try:
        line.sock.settimeout(ANSWER_SECONDS)
        line.request(method, line._place.path, body, {"Accept-Encoding": "identity", "Connection": "close", **headers})
        response = line.getresponse()
        answer = response.read(LARGEST_ANSWER + 1)
    except (OSError, http.client.HTTPException, ValueError) as trouble:
        raise AmbiguousOutcome(f"no answer ({type(trouble).__name__})") from None
    finally:
        clock.cancel()
    status = str(response.status)
    if time.monotonic() >= until:
        raise AmbiguousOutcome("the answer did not end in time", peer_status=status)
    if len(answer) > LARGEST_ANSWER:
        raise AmbiguousOutcome(f"the answer is larger than {LARGEST_ANSWER // 1024} KiB", peer_status=status)
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise AmbiguousOutcome("the answer is packed, which nobody asked for", peer_status=status, response=answer)
    if response.length not in (None, 0):
        raise AmbiguousOutcome("the answer was cut off", peer_status=status, response=answer)
    return Answer(response.status, {name.lower(): value for name, value in response.headers.items()}, answer)


def _cut(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
