"""A county of many cases for the bench: one case walked by real acts, then copied row by row inside the database."""

from __future__ import annotations

import psycopg
from django.db import connection

from tests import servers, walks
from tests.people import People, settle_county
from workflows import clock
from workflows.clocks import NEAREST
from workflows.models import Case


def build(cases: int) -> People:
    """Fill the present database: `cases` open cases under investigation, 40 of them the first inspector's."""
    people = settle_county()
    with clock.at(walks.MONDAY):
        walks.investigating(people)
    template = Case.objects.get()
    with psycopg.connect(_superuser_url(), autocommit=True) as database:
        database.execute(
            "SET session_replication_role = replica"
        )  # copies of a sound case need no trigger to say so again
        _copy(database, template.pk, cases)
        database.execute(f"UPDATE workflows_case c SET nearest_at = {NEAREST}")
        database.execute("VACUUM ANALYZE workflows_case")
        database.execute("ANALYZE")
    return people


def _superuser_url() -> str:
    """The superuser's address of the present database: the embedded servers name it for `postgres` only."""
    return servers.embedded.urls(servers.var()).superuser.rsplit("/", 1)[0] + "/" + connection.settings_dict["NAME"]


def _copy(database: psycopg.Connection, template: int, cases: int) -> None:
    shift = 1_000_000
    series = f"generate_series(1, {cases - 1}) AS n"
    for table, where in (
        ("workflows_complaint", f"case_id = {template}"),
        ("workflows_case", f"id = {template}"),
        (
            "workflows_intake",
            f"complaint_id IN (SELECT id FROM workflows_complaint WHERE case_id = {template} AND id < {shift})",
        ),
        ("workflows_inspection", f"case_id = {template}"),
        ("workflows_worker", f"case_id = {template}"),
        ("workflows_ledgerline", f"case_id = {template}"),
        ("workflows_limit", f"case_id = {template} AND stopped_at IS NULL"),
        ("workflows_assignment", f"case_id = {template}"),
        ("workflows_event", f"case_id = {template}"),
    ):
        columns = [r[0] for r in database.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position",
            [table],
        )]  # fmt: skip
        shown = ", ".join(_value(table, c, shift) for c in columns)
        database.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {shown} FROM {table} t, {series} WHERE {where}"
        )  # type: ignore[arg-type]


def _value(table: str, column: str, shift: int) -> str:
    """What a column of a copy holds: ids shifted by the number of the copy, fresh public ids, spread due dates."""
    if column == "id" or column in ("case_id", "complaint_id", "worker_id"):
        return f"CASE WHEN t.{column} IS NULL THEN NULL ELSE t.{column} + n::bigint * {shift} END"
    if column == "public_id":
        return "gen_random_uuid()"
    if column == "number":
        return "t.number || n"
    if table == "workflows_limit" and column == "subject":
        return "gen_random_uuid()"
    if table == "workflows_limit" and column in ("due_at", "due_on"):
        return f"t.{column} + (n % 180) * interval '1 day'" if column == "due_at" else f"t.{column} + (n % 180)"
    if table == "workflows_assignment" and column == "to_at":
        return "CASE WHEN n < 40 THEN NULL ELSE t.from_at END"
    return f"t.{column}"
