"""Certificates for tests of TLS, made here and now: X.509 on the curve P-256, written in DER by hand.

No library of the product makes certificates and not every machine has a program that does. Nothing here keeps a secret:
the keys live as long as a test, and the arithmetic takes no care to hide them.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
Point = tuple[int, int] | None


def _add(a: Point, b: Point) -> Point:
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % _P == 0:
        return None
    if a == b:
        slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, _P) % _P
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, _P) % _P
    x = (slope * slope - a[0] - b[0]) % _P
    return x, (slope * (a[0] - x) - a[1]) % _P


def _times(number: int, point: Point = _G) -> tuple[int, int]:
    found: Point = None
    while number:
        found = _add(found, point) if number & 1 else found
        point, number = _add(point, point), number >> 1
    assert found is not None
    return found


# --- DER


def _der(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = len(body)
    long = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag]) + (bytes([size]) if size < 128 else bytes([0x80 | len(long)]) + long) + body


def _sequence(*parts: bytes) -> bytes:
    return _der(0x30, *parts)


def _number(value: int) -> bytes:
    return _der(0x02, value.to_bytes(value.bit_length() // 8 + 1))


def _oid(dotted: str) -> bytes:
    first, second, *rest = map(int, dotted.split("."))
    body = bytes([40 * first + second])
    for value in rest:
        digits = [value & 127]
        while value := value >> 7:
            digits.append(value & 127 | 128)
        body += bytes(reversed(digits))
    return _der(0x06, body)


def _bits(body: bytes, unused: int = 0) -> bytes:
    return _der(0x03, bytes([unused]), body)


def _moment(value: datetime) -> bytes:
    return _der(0x17, value.astimezone(UTC).strftime("%y%m%d%H%M%SZ").encode())


def _extension(oid: str, value: bytes, *, critical: bool = False) -> bytes:
    return _sequence(_oid(oid), _der(0x01, b"\xff") if critical else b"", _der(0x04, value))


_SIGNED_WITH = _sequence(_oid("1.2.840.10045.4.3.2"))  # ECDSA with SHA-256
_CURVE = _oid("1.2.840.10045.3.1.7")


def _named(name: str) -> bytes:
    return _sequence(_der(0x31, _sequence(_oid("2.5.4.3"), _der(0x0C, name.encode()))))


def _pem(kind: str, body: bytes) -> str:
    return f"-----BEGIN {kind}-----\n{base64.encodebytes(body).decode()}-----END {kind}-----\n"


# --- who certifies whom


@dataclass
class Authority:
    """A maker of certificates: its own stands in `pem`; whoever trusts that trusts what it issues."""

    name: str
    _key: int = field(default_factory=lambda: secrets.randbelow(_N - 1) + 1, repr=False)

    @property
    def pem(self) -> str:
        return _pem("CERTIFICATE", self._certificate(self.name, self._key, _days(-400), _days(400), ca=True))

    def issue(self, folder: Path, address: str, *, begins: int = -10, ends: int = 10) -> Path:
        """A file with key and certificate of the machine at an IP address; valid between these days from now."""
        key = secrets.randbelow(_N - 1) + 1
        subject = f"the peer at {address}"
        return _file(folder, key, self._certificate(subject, key, _days(begins), _days(ends), address=address))

    def issue_to_itself(self, folder: Path, address: str) -> Path:
        """The same for a machine that vouches for itself."""
        return _file(folder, self._key, self._certificate(self.name, self._key, _days(-10), _days(10), address=address))

    def _certificate(
        self, subject: str, key: int, begins: datetime, ends: datetime, *, ca: bool = False, address: str = ""
    ) -> bytes:
        extensions = [
            _extension("2.5.29.19", _sequence(_der(0x01, b"\xff") if ca else b""), critical=True),
            _extension("2.5.29.15", _bits(b"\x06", 1) if ca else _bits(b"\x80", 7), critical=True),
            _extension("2.5.29.14", _der(0x04, _key_id(key))),
            _extension("2.5.29.35", _sequence(_der(0x80, _key_id(self._key)))),
        ]
        if address:
            extensions.append(_extension("2.5.29.17", _sequence(_der(0x87, ipaddress.ip_address(address).packed))))
        said = _sequence(
            _der(0xA0, _number(2)),
            _number(secrets.randbits(100) + 1),
            _SIGNED_WITH,
            _named(self.name),
            _sequence(_moment(begins), _moment(ends)),
            _named(subject),
            _sequence(_sequence(_oid("1.2.840.10045.2.1"), _CURVE), _public(key)),
            _der(0xA3, _sequence(*extensions)),
        )
        return _sequence(said, _SIGNED_WITH, _bits(_signature(self._key, said)))


def _file(folder: Path, key: int, certificate: bytes) -> Path:
    private = _sequence(_number(1), _der(0x04, key.to_bytes(32)), _der(0xA0, _CURVE), _der(0xA1, _public(key)))
    path = folder / f"{secrets.token_hex(8)}.pem"
    path.write_text(_pem("EC PRIVATE KEY", private) + _pem("CERTIFICATE", certificate))
    return path


def _days(number: int) -> datetime:
    return datetime.now(UTC) + timedelta(days=number)


def _public(key: int) -> bytes:
    x, y = _times(key)
    return _bits(b"\x04" + x.to_bytes(32) + y.to_bytes(32))


def _key_id(key: int) -> bytes:
    return hashlib.sha256(_public(key)).digest()[:20]


def _signature(key: int, said: bytes) -> bytes:
    digest = int.from_bytes(hashlib.sha256(said).digest())
    once = secrets.randbelow(_N - 1) + 1
    r = _times(once)[0] % _N
    return _sequence(_number(r), _number(pow(once, -1, _N) * (digest + r * key) % _N))
