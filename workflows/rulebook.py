"""The rulebook as data, read from the procedure files: the arrows, and which act starts and stops which limit.

The arrows stand behind the database's guard as `sql/edges_<version>.sql`. Pages for people are made of the same in
`rulebook_pages.py`; `checks.py` compares it with the law's data. But for `edges_differ` it asks no database.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from django.db.models import TextChoices

from workflows.action import ActionRule, Procedure, SetsDate, Starts, Stops
from workflows.law.rule import Rule, rule_from
from workflows.law.seeding import limit_entries
from workflows.procedures.registry import PROCEDURES
from workflows.record import RULES_VERSION, Edge

SQL = Path(__file__).parent / "sql"
#: versions up to this one are out in the world: their arrows are never rewritten, changed arrows need a new version
RELEASED_VERSION = 2

#: procedure, from ("" for opening), act, to
Arrow = tuple[str, str, str, str]

_ROW = re.compile(r"^    \((\d+), '(\w+)', '(\w*)', '(\w+)', '(\w+)'\)[,;]$", re.MULTILINE)


class AlreadyReleased(Exception):
    """The arrows have changed, but their version is out in the world."""


# --- arrows -----------------------------------------------------------------------------------------------------------


def arrows() -> list[Arrow]:
    """Every declared arrow, in order. A side act leads back to where it stands."""
    return sorted({arrow for procedure in PROCEDURES.values() for arrow in _arrows(procedure)})


def _arrows(procedure: type[Procedure]) -> Iterator[Arrow]:
    for rule in procedure.rules():
        for source in rule.sources:
            # str() of a choice is its value; format() of one would be too, repr() would not
            yield procedure.NAME, str(source), rule.name, str(rule.target_from(source))


def edges_file(version: int = RULES_VERSION) -> Path:
    """Where the arrows of a rules version stand."""
    return SQL / f"edges_{version}.sql"


def edges_sql(version: int = RULES_VERSION) -> str:
    """The statements that load the arrows of this version; a newer version gets a file and a migration of its own."""
    rows = ",\n".join(f"    ({version}, '{p}', '{a}', '{act}', '{b}')" for p, a, act, b in arrows())
    return (
        f"-- The arrows of rules version {version}; written by `manage.py write_rulebook`, never by hand.\n"
        f"INSERT INTO workflows_edge (rules_version, procedure, from_state, act, to_state) VALUES\n{rows};\n"
    )


def write_edges() -> None:
    """Write the file of the present version. Raises AlreadyReleased when that would change arrows that are in use."""
    file, text = edges_file(), edges_sql()
    if file.exists() and file.read_text(encoding="utf-8") == text:
        return
    if RULES_VERSION <= RELEASED_VERSION:
        raise AlreadyReleased(
            f"箭头有改动，而第 {RULES_VERSION} 版已发布：请把 workflows/record.py 的 RULES_VERSION 加一，"
            f"并为 edges_{RULES_VERSION + 1}.sql 加一个迁移"
        )
    file.write_text(text, encoding="utf-8")


def edges_differ() -> list[str]:
    """What differs between the arrows of the code, the newest file and the database, one sentence each."""
    newest = max((int(f.stem.removeprefix("edges_")) for f in SQL.glob("edges_*.sql")), default=0)
    if newest != RULES_VERSION:
        return [f"workflows/sql：最新的箭头文件是 edges_{newest}.sql，代码中的规则版本是 {RULES_VERSION}"]
    file = edges_file()
    text = file.read_text(encoding="utf-8")
    said = _differences(f"workflows/sql/{file.name}", {m[1:] for m in _ROW.findall(text) if m[0] == str(newest)})
    if not said and text != edges_sql():
        said = [f"workflows/sql/{file.name}：箭头相同，文字不是本命令写出的"]
    return said + _database_differs()


def _database_differs() -> list[str]:
    rows = Edge.objects.values_list("rules_version", "procedure", "from_state", "act", "to_state")
    held = {row[1:] for row in rows if row[0] == RULES_VERSION}
    newest = max((row[0] for row in rows), default=0)
    said = [] if newest == RULES_VERSION else [f"数据库：最新的规则版本是 {newest}，代码中是 {RULES_VERSION}"]
    return said + _differences(f"数据库 workflows_edge 第 {RULES_VERSION} 版", held)


def _differences(where: str, held: set[Arrow]) -> list[str]:
    declared = set(arrows())
    return [
        *(f"{where}：缺少 {_said(arrow)}" for arrow in sorted(declared - held)),
        *(f"{where}：多出 {_said(arrow)}" for arrow in sorted(held - declared)),
    ]


def _said(arrow: Arrow) -> str:
    procedure, source, act, target = arrow
    return f"{procedure}.{act}（{source or '新建'} → {target}）"


def state_labels(procedure: type[Procedure]) -> dict[str, str]:
    """The states of a procedure with what people call them, in the order of its file."""
    states: type[TextChoices] = procedure.State  # type: ignore[attr-defined]
    return {state.value: str(state.label) for state in states}


# --- limits -----------------------------------------------------------------------------------------------------------


@cache
def law_rules() -> Mapping[str, Rule]:
    """The limits of deadlines.yaml by id: what the law says, read from our file and not from any database."""
    return MappingProxyType({rule.id: rule for rule in map(rule_from, limit_entries())})


def name_of(rule: ActionRule) -> str:
    """How the law's data names an act: `intake.accept` for the filing that belongs to it."""
    return rule.alias or f"{rule.procedure}.{rule.name}"


def start_words(limit: str) -> set[str]:
    """The words by which the code starts a limit, as `start` of deadlines.yaml does; not what is carried over."""
    return {
        _start_word(rule, starts)
        for rule, starts in wired_starts(limit)
        if isinstance(starts, Starts) and not starts.carried
    }


def stop_words(limit: str) -> set[str]:
    """The words by which the code stops a limit, as `stopped_by` of deadlines.yaml writes them."""
    return {f"served:{stops.served}" if stops.served else name_of(rule) for rule, stops in wired_stops(limit)}


def wired_starts(limit: str) -> list[tuple[ActionRule, Starts | SetsDate]]:
    """Every declaration that starts a limit, in the order of the files."""
    return [(rule, starts) for rule in all_rules() for starts in rule.starts if starts.rule == limit]


def wired_stops(limit: str) -> list[tuple[ActionRule, Stops]]:
    """Every declaration that stops a limit, in the order of the files."""
    return [(rule, stops) for rule in all_rules() for stops in rule.stops if stops.rule == limit]


def all_rules() -> Iterator[ActionRule]:
    """Every rule of every procedure."""
    for procedure in PROCEDURES.values():
        yield from procedure.rules()


def wired_limits() -> list[str]:
    """The ids of the limits and set dates that any act starts or stops, in order."""
    return sorted({wired.rule for rule in all_rules() for wired in (*rule.starts, *rule.stops)})


def owner_of(limit: str) -> str:
    """The procedure a limit runs on: that of the acts that stop it, for a paper is served elsewhere than it bites."""
    owners = [r.procedure for r, s in wired_stops(limit) if not s.served]
    return (owners or [r.procedure for r, _ in wired_starts(limit)] or [""])[0]


def _start_word(rule: ActionRule, starts: Starts) -> str:
    if starts.after:
        return f"end of the later of {', '.join(starts.after)}"
    return f"served:{starts.served}" if starts.served else name_of(rule)
