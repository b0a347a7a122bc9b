"""How long a closed file is kept (归档保管期限): data of the county's schedule, not a constant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import yaml

from workflows.law.instruments import article

DATA = Path(__file__).parent / "data" / "retention.yaml"


@dataclass(frozen=True)
class Retention:
    """One kind of file: years it is kept, the least the law allows, and how sure we are of it."""

    id: str
    item: str
    years: int
    minimum: int
    law: str
    conf: str

    @property
    def article(self) -> str:
        return article(self.law)

    def until(self, closed: date) -> date:
        """The last day it is kept: so many full years after the year of closing (档案 count by year)."""
        return date(closed.year + self.years, 12, 31)


@cache
def retention(item: str = "ARC-01") -> Retention:
    """The row of a kind of file. Raises LookupError where the schedule has none or keeps it for less than the law."""
    for row in yaml.safe_load(DATA.read_text(encoding="utf-8")):
        if row["id"] == item:
            if row["years"] < row["minimum"]:
                raise LookupError(f"{item}: {row['years']} years are less than the {row['minimum']} of the law")
            return Retention(**row)
    raise LookupError(item)
