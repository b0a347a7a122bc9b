"""The servers and databases of a test run: one migrated template, and copies of it that take milliseconds.

The first process that needs a database starts the servers and builds the template; the others wait for it and copy.
"""

import fcntl
import hashlib
import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from config import embedded

REPOSITORY = embedded.REPOSITORY
TEMPLATE = "casedesk_template"
MARK_STARTED = "started-by-this-run"
WHAT_A_TEMPLATE_IS_MADE_OF = [
    "config/database.sql",
    "requirements.txt",
    "*/migrations/*.py",
    "*/sql/*.sql",
    "workflows/law/data/*",
]


def var() -> Path:
    """The folder of this run's servers."""
    return Path(os.environ["CASEDESK_VAR"])


@contextmanager
def _alone(name: str) -> Iterator[None]:
    with (var() / name).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def start() -> None:
    """Start this run's servers, once for all its processes."""
    started = embedded.start(var(), durable=False, say=embedded.say_on_stderr)
    if started:
        (var() / MARK_STARTED).touch()


def stop() -> None:
    """Stop what this run started and remove its temporary folder; CASEDESK_KEEP=1 leaves both."""
    if os.environ.get("CASEDESK_KEEP"):
        return
    mark = var() / MARK_STARTED
    if mark.exists():
        embedded.stop(var())
        mark.unlink()
    if os.environ.get("CASEDESK_TEST_VAR_IS_TEMPORARY"):
        shutil.rmtree(var(), ignore_errors=True)


def template() -> str:
    """The name of the migrated template database, built if missing or made of other migrations than stand here now."""
    start()
    fingerprint = _fingerprint()
    with _alone("template.lock"), _superuser() as postgres:
        row = postgres.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [TEMPLATE]
        ).fetchone()
        if row == (fingerprint,):
            return TEMPLATE
        postgres.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(TEMPLATE)))
        embedded.create_database(var(), TEMPLATE)
        migrate(TEMPLATE)
        postgres.execute(
            sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(TEMPLATE), sql.Literal(fingerprint))
        )
    return TEMPLATE


def migrate(name: str, *arguments: str) -> None:
    """Run `manage.py migrate` on the named database as everybody runs it: in a process of its own, as the owner."""
    environment = os.environ | {
        "DATABASE_URL": embedded.urls(var(), name).application,
        "DATABASE_OWNER_URL": embedded.urls(var(), name).owner,
        "REDIS_URL": embedded.urls(var()).redis,
        "SECRET_KEY": "migrations need none",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    command = [sys.executable, "manage.py", "migrate", "--verbosity=0", *arguments]
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"migrate failed with {done.returncode}\n{done.stdout}\n{done.stderr}")


_numbers = itertools.count(1)


def copy(source: str) -> str:
    """Make a copy of a database nobody is connected to; return its name."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    with _superuser() as postgres:
        # FILE_COPY costs two checkpoints, which are nearly free without fsync, and no WAL for each block.
        statement = "CREATE DATABASE {} TEMPLATE {} OWNER casedesk_owner STRATEGY FILE_COPY"
        postgres.execute(sql.SQL(statement).format(sql.Identifier(name), sql.Identifier(source)))
        postgres.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
        postgres.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO casedesk_app").format(sql.Identifier(name)))
    return name


def drop(name: str) -> None:
    """Remove a copy, with whatever connections some thread left on it."""
    with _superuser() as postgres:
        postgres.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def stand_kills(name: str) -> None:
    """From now on an answered COMMIT to the database outlives a kill of the server; a power cut is another matter."""
    with _superuser() as postgres:
        postgres.execute(sql.SQL("ALTER DATABASE {} SET synchronous_commit = on").format(sql.Identifier(name)))


def make_read_only(name: str) -> None:
    """From now on new connections to the database write nothing."""
    with _superuser() as postgres:
        statement = "ALTER DATABASE {} SET default_transaction_read_only = on"
        postgres.execute(sql.SQL(statement).format(sql.Identifier(name)))


def _superuser() -> psycopg.Connection:
    return psycopg.connect(embedded.urls(var()).superuser, autocommit=True)


def _fingerprint() -> str:
    """A hash of everything migrations are made of."""
    digest = hashlib.sha256()
    for pattern in WHAT_A_TEMPLATE_IS_MADE_OF:
        for file in sorted(REPOSITORY.glob(pattern)):
            if file.is_file():
                digest.update(str(file.relative_to(REPOSITORY)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()
