"""What the tests of the pages stand on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import translation

from notifications.outbox import deliver_due
from tests.casedesk.web import county as building
from tests.casedesk.web.county import County
from workflows import clock


def _busy_and_delivered() -> County:
    county = building.busy()
    deliver_due(limit=500)
    return county


@pytest.fixture(autouse=True)
def in_chinese() -> Iterator[None]:
    """A request in English leaves its language to the thread; the next test shall not speak it."""
    yield
    translation.deactivate()


@pytest.fixture
def county(database_like: Callable[..., Any]) -> Iterator[County]:
    """The busy county, as somebody sees it at NOW."""
    with database_like("busy county", build=_busy_and_delivered) as built, clock.at(building.NOW):
        yield built


@pytest.fixture
def empty_county(database_like: Callable[..., Any]) -> Iterator[County]:
    """People and accounts, nothing to do."""
    with database_like("empty county", build=building.settled) as built, clock.at(building.NOW):
        yield built
