"""The county with every paper, built once per process."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.every_paper import Made, every_paper


@pytest.fixture
def made(database_like: Any) -> Iterator[Made]:
    with database_like("every paper", build=every_paper) as built:
        yield built
