"""When a running limit speaks up and to whom: the levels of `data/reminders.yaml`, by rule or by group of rules.

Reads data and rules only; when a level falls due on the clock and who holds the posts is `workflows.reminders`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from workflows.law.limits import SET_DATES
from workflows.law.limits import rule as rule_of
from workflows.law.rule import Unit
from workflows.law.seeding import DATA

#: who owes a limit and sits at a post of this system, so that he can be reminded himself
AGENCIES = frozenset({"agency", "police"})


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a rule: `count` working days (or hours) before its end, or working days after it."""

    id: str
    count: int
    hours: bool
    after: bool
    to: tuple[str, ...]

    @property
    def words(self) -> str:
        """Why the reminder comes now."""
        if self.hours:
            return f"还有 {self.count} 小时"
        if self.after:
            return {"passed": "期间已届满，可以办理下一步"}.get(self.id, f"已超期 {self.count} 个工作日")
        return "今日届满" if self.count == 0 else f"还有 {self.count} 个工作日"


@cache
def _data() -> Mapping[str, Any]:
    return yaml.safe_load((DATA / "reminders.yaml").read_text(encoding="utf-8"))


def levels_of(rule_id: str, version: int | None = None) -> tuple[Level, ...]:
    """The levels of a rule, in the order of its group."""
    own = _data()["rules"].get(rule_id)
    return _levels(rule_id if own else _group(rule_id, version), bool(own))


def _group(rule_id: str, version: int | None) -> str:
    if rule_id in SET_DATES:
        if rule_id in _data()["appointments"]:
            return "appointment"
        return "ours" if SET_DATES[rule_id].ours else _others(SET_DATES[rule_id].who)
    law = rule_of(rule_id, version)
    if law.kind != "limit":
        return "passed"
    if not law.ours:
        return _others(law.who)
    return "hours" if law.unit is Unit.HOURS else "ours"


def _others(who: str) -> str:
    return "agencies" if who in AGENCIES else "theirs"


@cache
def _levels(name: str, own: bool) -> tuple[Level, ...]:
    return tuple(_level(entry) for entry in _data()["rules" if own else "groups"][name])


def _level(entry: Mapping[str, Any]) -> Level:
    at, to = str(entry["at"]), tuple(entry["to"])
    if at.startswith("h-"):
        return Level(entry["id"], int(at[2:]), True, False, to)
    if at in ("over", "passed"):
        return Level(entry["id"], 1, False, True, to)
    if at.startswith("over+"):
        return Level(entry["id"], int(at[5:]), False, True, to)
    return Level(entry["id"], -int(at), False, False, to)
