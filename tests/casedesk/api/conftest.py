"""Ready-made counties for tests of the API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection

from tests.casedesk.api.clients import County
from tests.people import settle_county


@pytest.fixture
def county(database_like: Callable[..., Any]) -> Iterator[County]:
    """The county's officers on a fresh database, with a client each."""
    with database_like("officers alone", build=settle_county) as people:
        yield County(people)


@pytest.fixture
def rows() -> Callable[[], dict[str, int]]:
    """How many rows each of our tables holds now."""

    def count() -> dict[str, int]:
        names = [n for n in connection.introspection.table_names() if n.startswith(("workflows_", "notifications_"))]
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in names))
            return dict(cursor.fetchall())

    return count
