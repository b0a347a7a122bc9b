"""What the environment may say: each reading either returns a usable value or stops the start with a sentence."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str | None = None) -> str:
    """The variable's text; without a default an unset or empty variable stops the start."""
    value = os.environ.get(name, "").strip()
    if value:
        return value
    if default is None:
        raise ImproperlyConfigured(f"{name} must be set")
    return default


def flag(name: str, default: bool) -> bool:
    """1 or 0; anything else is a mistake, not a no."""
    value = text(name, "1" if default else "0")
    if value not in ("0", "1"):
        raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}")
    return value == "1"


def whole(name: str, default: int) -> int:
    """A whole number from 0 up."""
    value = text(name, str(default))
    if not (value.isascii() and value.isdigit()):
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}")
    return int(value)


def names(name: str) -> list[str]:
    """Names divided by commas; none when unset."""
    return [part.strip() for part in text(name, "").split(",") if part.strip()]


def secret(name: str, file: Path | None) -> str:
    """The variable's text; else the text of `file`, made once and readable by its owner only; else the start stops."""
    if file is None or os.environ.get(name, "").strip():
        return text(name)
    file.parent.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
    made = file.with_name(f"{file.name}.{os.getpid()}")
    if not file.exists():
        made.touch(mode=0o600)
        made.write_text(os.urandom(48).hex())
        try:
            os.link(made, file)  # of two starting processes one wins and both read the winner's
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return file.read_text()


def database(name: str, url: str) -> dict[str, Any]:
    """Django's description of the database at a postgresql:// address; a path in the host's place is a Unix socket."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/") or parts.query:
        raise ImproperlyConfigured(f"{name} must look like postgresql://role:password@host:port/database")
    place = parts.netloc.rpartition("@")[2]
    try:
        port = parts.port
    except ValueError as failure:
        raise ImproperlyConfigured(f"{name} names no usable port") from failure
    host = place if port is None else place.rpartition(":")[0]
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(host.strip("[]")),
        "PORT": str(port or ""),
    }


def broker(name: str, url: str) -> str:
    """Celery's address for a Redis: the Redis client says unix://, Celery says redis+socket:// and names the base."""
    parts = urlsplit(url)
    if parts.scheme in ("redis", "rediss"):
        return url
    if parts.scheme == "unix":
        return f"redis+socket://{parts.path}?virtual_host={parts.query.removeprefix('db=') or '0'}"
    raise ImproperlyConfigured(f"{name} must begin with redis://, rediss:// or unix://")
