"""Cases at the points where tests of the procedures begin: each built once per process by walking, then copied per
test.

Business time stands at the moment named while the test runs; a test that needs a later one opens `clock.at` inside.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tests import walks
from tests.people import People, settle_county
from workflows import clock

#: the order of the walks has expired by then: Sunday 8 March 2026
SUNDAY = walks.MONDAY + timedelta(days=6)


@pytest.fixture
def people(database: str) -> Iterator[People]:
    """The county's people on an empty database; Monday 2 March 2026, nine o'clock."""
    with clock.at(walks.MONDAY):
        yield settle_county()


Stage = Callable[[str, Callable[[People], Any]], Any]


@pytest.fixture
def stage(database_like: Any) -> Any:
    """A point of a walk: `with stage("ordered", walks.ordered) as at: at.people, at.subject`."""

    @contextmanager
    def opened(key: str, walk: Callable[[People], Any], moment: Any = walks.MONDAY) -> Iterator[SimpleNamespace]:
        def build() -> SimpleNamespace:
            with clock.at(walks.MONDAY):
                people = settle_county()
                return SimpleNamespace(people=people, subject=walk(people))

        with database_like(f"stage {key}", build=build) as built, clock.at(moment):
            yield SimpleNamespace(people=built.people, subject=type(built.subject).objects.get(pk=built.subject.pk))

    return opened


@pytest.fixture
def registered(stage: Any) -> Iterator[SimpleNamespace]:
    with stage("registered", lambda people: walks.registered(people).intake) as at:
        yield at


@pytest.fixture
def filed(stage: Any) -> Iterator[SimpleNamespace]:
    with stage("filed", lambda people: walks.filed(people).inspection) as at:
        yield at


@pytest.fixture
def investigating(stage: Any) -> Iterator[SimpleNamespace]:
    with stage("investigating", walks.investigating) as at:
        yield at


@pytest.fixture
def established(stage: Any) -> Iterator[SimpleNamespace]:
    with stage("established", walks.established) as at:
        yield at


@pytest.fixture
def ordered(stage: Any) -> Iterator[SimpleNamespace]:
    with stage("ordered", lambda people: walks.ordered(people, days=5)) as at:
        yield at


@pytest.fixture
def expired(stage: Any) -> Iterator[SimpleNamespace]:
    with stage("expired", walks.expired, SUNDAY) as at:
        yield at


@pytest.fixture
def decided(stage: Any) -> Iterator[SimpleNamespace]:
    """A treatment decision served on Monday 2 March."""
    with stage("decided", lambda people: walks.decided(people, walks.established(people))) as at:
        yield at


@pytest.fixture
def received(stage: Any) -> Iterator[SimpleNamespace]:
    """A transfer in the hands of the police since Sunday 8 March."""

    def walk(people: People) -> Any:
        inspection = walks.expired(people)
        with clock.at(SUNDAY):
            return walks.received(people, inspection)

    with stage("received", walk, SUNDAY) as at:
        yield at


@pytest.fixture
def police_filed(stage: Any) -> Iterator[SimpleNamespace]:
    """A transfer that the police filed on Sunday 8 March."""

    def walk(people: People) -> Any:
        inspection = walks.expired(people)
        with clock.at(SUNDAY):
            transfer = walks.received(people, inspection)
            inputs = {"number": "渑公立〔2026〕1号"}
            return walks.perform(transfer, "file", by=people.police, inputs=inputs).subject

    with stage("police filed", walk, SUNDAY) as at:
        yield at
