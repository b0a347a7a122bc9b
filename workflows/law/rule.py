"""A statutory limit as a value: what a row of the rule table, or an entry of deadlines.yaml, says.

Pure. Owns the words of a rule (unit, kind, who owes it) and how they are read from data; counting is in `counting`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from workflows.law.instruments import article

#: owed by persons of the bureau itself; every other `who` is another's limit, shown but not ours to break
_OUR_PEOPLE = frozenset({"", "agency_principal_head"})
_PROCEDURES = frozenset({"intake", "joint", "inspection", "police"})


class Unit(StrEnum):
    """In what a limit is counted."""

    WORKING_DAYS = "WD"
    CALENDAR_DAYS = "CD"
    HOURS = "H"
    MONTHS = "MO"
    YEARS = "Y"

    @property
    def label(self) -> str:
        return {"WD": "个工作日", "CD": "日", "H": "小时", "MO": "个月", "Y": "年"}[self.value]


class Confidence(StrEnum):
    """How sure we are of the words: read in the law, an excerpt, from memory, derived."""

    READ = "V"
    EXCERPT = "P"
    FROM_MEMORY = "M"
    DERIVED = "D"

    @property
    def label(self) -> str:
        return {"V": "已核对原文", "P": "摘录", "M": "待核实", "D": "推定"}[self.value]


@dataclass(frozen=True, slots=True)
class Extendable:
    """How far a rule may be extended, and by whom; neither length nor total: the approver sets a date."""

    length: int | None = None
    total: int | None = None
    by: str = ""
    cap: bool = False

    @property
    def by_day(self) -> bool:
        """Whether the approver sets a date, because the law says no length."""
        return self.length is None and self.total is None


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of one statutory limit. `id` is that of the rule catalogue (ACC-01 …)."""

    id: str
    name: str
    law: str
    article: str
    length: int
    unit: Unit
    valid_from: date
    version: int = 1
    kind: str = "limit"
    roll: str = "none"
    region: str = ""
    who: str = ""
    ext: Extendable | None = None
    pause: tuple[str, ...] = ()
    start: tuple[str, ...] = ()
    stopped_by: tuple[str, ...] = ()
    counted_from: str = ""
    condition: str = ""
    outlives: bool = False
    duty: str = ""
    conf: Confidence = Confidence.READ
    validity: str = ""
    confirmed_document: str = ""

    @property
    def ours(self) -> bool:
        """Whether the bureau owes it: then it may not still run when its procedure has ended."""
        return self.who in _OUR_PEOPLE and self.kind != "window"

    @property
    def wired(self) -> bool:
        """Whether acts of the procedures start or stop it; else the rule is only data."""
        return any(is_act(word) for word in (*self.start, *self.stopped_by))

    @property
    def confirmed(self) -> bool:
        """Whether its words stand: not from memory, or confirmed since with a document."""
        return self.conf is not Confidence.FROM_MEMORY or bool(self.confirmed_document)

    @property
    def can_be_breached(self) -> bool:
        """Whether missing it counts: a rule of unverified validity is shown, never a breach."""
        return self.validity != "unverified" and self.kind == "limit"

    @property
    def period(self) -> str:
        """The length in words: 60个工作日, 3日, 24小时."""
        return f"{abs(self.length)}{self.unit.label}"


def is_act(word: str) -> bool:
    """Whether a word of `start` or `stopped_by` names an act (`intake.accept`) or a service (`served:decision`)."""
    procedure, dot, act = word.partition(".")
    return word.startswith("served:") or (procedure in _PROCEDURES and bool(dot) and act.isidentifier())


def rule_from(entry: Mapping[str, Any], *, version: int = 1) -> Rule:
    """A rule from an entry of deadlines.yaml."""
    return Rule(
        id=entry["id"],
        name=entry.get("name", entry["id"]),
        law=entry["law"],
        article=entry.get("article") or article(entry["law"]),
        length=entry["len"],
        unit=Unit(entry["unit"]),
        valid_from=_day(entry["valid_from"]),
        version=version,
        kind=entry.get("kind", "limit"),
        roll=entry["roll"],
        region=entry.get("region", ""),
        who=entry.get("who", ""),
        ext=extendable_from(entry.get("ext"), entry["unit"]),
        pause=words(entry.get("pause")),
        start=words(entry["start"]),
        stopped_by=words(entry.get("stopped_by")),
        counted_from=entry.get("counted_from", ""),
        condition=entry.get("if", ""),
        outlives=entry.get("outlives", False),
        duty=entry.get("duty", ""),
        conf=Confidence(entry["conf"]),
        validity=entry.get("validity", ""),
    )


def extendable_from(terms: Mapping[str, Any] | None, unit: str) -> Extendable | None:
    """The terms of an extension; its unit is always that of the rule, for nothing else could be added up."""
    if terms is None:
        return None
    if terms.get("unit", unit) != unit:
        raise ValueError(f"an extension in {terms['unit']} of a limit in {unit}")
    return Extendable(terms.get("len"), terms.get("total"), terms.get("by", ""), terms.get("cap", False))


def words(value: str | list[str] | None) -> tuple[str, ...]:
    """A word or a list of words as a tuple."""
    if not value:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def _day(value: str | date) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)
