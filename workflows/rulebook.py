"""The rulebook as data: the arrows behind the database's guard, read from the declarations of the procedure files."""

from __future__ import annotations

from pathlib import Path

from workflows.action import Procedure
from workflows.procedures.registry import PROCEDURES
from workflows.record import RULES_VERSION

SQL = Path(__file__).parent / "sql"

Arrow = tuple[str, str, str, str]


def arrows() -> list[Arrow]:
    """Every declared arrow: procedure, from ("" for opening), act, to. A side act leads back to where it stands."""
    return sorted({arrow for procedure in PROCEDURES.values() for arrow in _arrows(procedure)})


def _arrows(procedure: type[Procedure]) -> list[Arrow]:
    return [
        (procedure.NAME, source, rule.name, rule.target_from(source))
        for rule in procedure.rules()
        for source in map(str, rule.sources)
    ]


def edges_file(version: int = RULES_VERSION) -> Path:
    """Where the arrows of a rules version stand."""
    return SQL / f"edges_{version}.sql"


def edges_sql(version: int = RULES_VERSION) -> str:
    """The statements that load the arrows of this version; a newer version gets a file and a migration of its own."""
    rows = ",\n".join(f"    ({version}, '{p}', '{a}', '{act}', '{b}')" for p, a, act, b in map(_plain, arrows()))
    return (
        f"-- The arrows of rules version {version}; written by `manage.py write_rulebook`, never by hand.\n"
        f"INSERT INTO workflows_edge (rules_version, procedure, from_state, act, to_state) VALUES\n{rows};\n"
    )


def _plain(arrow: Arrow) -> Arrow:
    procedure, source, act, target = (str(word) for word in arrow)
    return procedure, source, act, target
