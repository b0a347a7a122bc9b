"""What every test may ask for. No test touches a database without one of these; `django_db` and TestCase are not used.

database         a fresh, migrated copy for this test alone, as the application role; dropped after. Writes welcome:
                     def test_filing_is_recorded(database, client): ...
shared_database  a copy shared by all tests of this process that only read; a write fails there.
owner_connection a psycopg connection to the same copy as the owner role (what a migration could do):
                     def test_not_even_the_owner(database, owner_connection): owner_connection.execute("UPDATE ...")
application_connection  the same as the application role: raw SQL beside Django's connection.
database_like    a factory for modules that need a costly start: build it once, copy it per test. See its docstring.
race             run functions at the same moment, each in a thread with a connection of its own:
                     results = race(lambda: perform(...), lambda: perform(...))   # values or exceptions, in order
live_address     this process serving the same copy over HTTP: "http://127.0.0.1:40123" (browser tests).
redis_url        a Redis base of this process alone, empty at the start of the test.
client           pytest-django's test client works with `database` as it is.

Servers start when the first test asks and stop at the end. CASEDESK_TEST_VAR=DIR keeps the migrated template between
runs (rebuilt when migrations change); CASEDESK_KEEP=1 leaves the servers running. Works alike with and without `-n 2`.
"""

import os
import threading
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
import redis
from django.conf import settings
from django.db import connections
from django.test.testcases import LiveServerThread, _StaticFilesHandler
from hypothesis import HealthCheck
from hypothesis import settings as examples

from config import embedded
from tests import servers

# a busy machine is slow, not wrong: no example is judged by its time
examples.register_profile("unhurried", examples(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
examples.load_profile("unhurried")

NO_DATABASE = "no_database_fixture_asked_for"


def pytest_unconfigure(config: pytest.Config) -> None:
    """The controller, last of all processes, stops the servers."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        servers.stop()


@pytest.fixture(scope="session")
def template_database() -> str:
    """The name of the migrated template; tests want a copy of it, not itself."""
    return servers.template()


@pytest.fixture
def database(template_database: str, django_db_blocker: Any) -> Iterator[str]:
    """A fresh copy for this test alone, behind Django's default connection; the value is its name."""
    name = servers.copy(template_database)
    try:
        with django_db_blocker.unblock(), _behind_django(name):
            yield name
    finally:
        servers.drop(name)


@pytest.fixture(scope="session")
def _shared_copy(template_database: str) -> Iterator[str]:
    name = servers.copy(template_database)
    servers.make_read_only(name)
    yield name
    servers.drop(name)


@pytest.fixture
def shared_database(_shared_copy: str, django_db_blocker: Any) -> Iterator[str]:
    """A copy shared by this process's tests; the server refuses writes to it."""
    with django_db_blocker.unblock(), _behind_django(_shared_copy):
        yield _shared_copy


@pytest.fixture(scope="session")
def database_like(template_database: str, django_db_blocker: Any) -> Iterator[Callable[..., Any]]:
    """Build a costly start once per process, then copy it per test. In a test module:

    @pytest.fixture
    def ordered_case(database_like):
        with database_like("ordered case", build=walk_a_case_to_ordered) as built:
            yield built  # what the one build() returned; the default connection is on a fresh copy of its result
    """
    kept: dict[str, tuple[str, Any]] = {}

    class Like:
        def __init__(self, key: str, build: Callable[[], Any]) -> None:
            self.key, self.build = key, build

        def __enter__(self) -> Any:
            self.unblocked = django_db_blocker.unblock()
            self.unblocked.__enter__()
            if self.key not in kept:
                source = servers.copy(template_database)
                with _behind_django(source):
                    value = self.build()
                kept[self.key] = (source, value)
            source, value = kept[self.key]
            self.name = servers.copy(source)
            self.behind = _behind_django(self.name)
            self.behind.__enter__()
            return value

        def __exit__(self, *failure: Any) -> None:
            self.behind.__exit__(None, None, None)
            self.unblocked.__exit__(None, None, None)
            servers.drop(self.name)

    yield Like
    for source, _ in kept.values():
        servers.drop(source)


class _behind_django:
    """Point Django's default connection, of every thread, at the named database; this thread connects anew."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        connections["default"].close()
        # One dictionary for all threads: the connection of a thread yet to come reads the same name.
        connections.settings["default"]["NAME"] = self.name

    def __exit__(self, *failure: Any) -> None:
        connections["default"].close()
        connections.settings["default"]["NAME"] = NO_DATABASE


def _current() -> str:
    name = connections.settings["default"]["NAME"]
    assert name != NO_DATABASE, "ask for `database` or `shared_database` before this fixture"
    return str(name)


@pytest.fixture
def owner_connection(request: pytest.FixtureRequest) -> Iterator[psycopg.Connection]:
    """A connection as the owner role, autocommit, to the database of this test (`database` if none was asked for)."""
    if connections.settings["default"]["NAME"] == NO_DATABASE:
        request.getfixturevalue("database")
    with psycopg.connect(embedded.urls(servers.var(), _current()).owner, autocommit=True) as connection:
        yield connection


@pytest.fixture
def application_connection(request: pytest.FixtureRequest) -> Iterator[psycopg.Connection]:
    """A plain psycopg connection as the application role, autocommit, beside Django's, to the database of this test."""
    if connections.settings["default"]["NAME"] == NO_DATABASE:
        request.getfixturevalue("database")
    with psycopg.connect(embedded.urls(servers.var(), _current()).application, autocommit=True) as connection:
        yield connection


@pytest.fixture
def race() -> Callable[..., list[Any]]:
    """Run functions at the same moment in threads; return in order what each returned or raised."""

    def run(*functions: Callable[[], Any], seconds: float = 60) -> list[Any]:
        results: list[Any] = [None] * len(functions)
        barrier = threading.Barrier(len(functions))

        def one(place: int) -> None:
            try:
                try:
                    connections["default"].ensure_connection()  # connect first: the race is for rows, not for a socket
                    barrier.wait(seconds)
                except BaseException:
                    barrier.abort()
                    raise
                results[place] = functions[place]()
            except BaseException as failure:
                results[place] = failure
            finally:
                connections.close_all()

        threads = [threading.Thread(target=one, args=(place,)) for place in range(len(functions))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(seconds)
        assert not any(thread.is_alive() for thread in threads), f"a racer did not end within {seconds} s"
        return results

    return run


@pytest.fixture
def live_address(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of this process's own web server on the database of this test."""
    if connections.settings["default"]["NAME"] == NO_DATABASE:
        request.getfixturevalue("database")
    thread = LiveServerThread("127.0.0.1", _StaticFilesHandler, connections_override={}, port=0)
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    if thread.error:
        raise thread.error
    yield f"http://127.0.0.1:{thread.port}"
    thread.terminate()


@pytest.fixture
def redis_url() -> str:
    """The address of an empty Redis base that no other process of this run uses."""
    servers.start()
    client = redis.Redis.from_url(settings.REDIS_URL)
    client.flushdb()
    client.close()
    return str(settings.REDIS_URL)
