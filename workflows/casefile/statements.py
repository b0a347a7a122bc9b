"""The few statements on the path of every act, said once and not built anew each time.

Building a query costs the ORM more than PostgreSQL needs to answer it (measured: 0.4 ms a query). These read and
write whole rows
of a model by its declared columns; everything else goes through the ORM.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

import psycopg
from django.db import connection, models

M = TypeVar("M", bound=models.Model)


def rows(model: type[M], condition: str, params: Sequence[Any]) -> list[M]:
    """The rows of a model for which a condition on its own columns holds."""
    with _cursor() as cursor:
        cursor.execute(_select(model) + condition, params)
        return [_row(model, values) for values in cursor.fetchall()]


def joined(model: type[M], along: Sequence[str], condition: str, params: Sequence[Any]) -> list[M]:
    """As `rows`, each with the rows its named foreign keys point to."""
    relations = [model._meta.get_field(name) for name in along]
    width = len(_names(model))
    with _cursor() as cursor:
        cursor.execute(_select_joined(model, tuple(along)) + condition, params)
        found = []
        for values in cursor.fetchall():
            row, at = _row(model, values[:width]), width
            for relation in relations:
                other: Any = relation.related_model
                end = at + len(_names(other))
                setattr(row, relation.name, _row(other, values[at:end]) if values[at] is not None else None)
                at = end
            found.append(row)
        return found


def run(sql: str, params: Sequence[Any]) -> None:
    """One statement without an answer."""
    with _cursor() as cursor:
        cursor.execute(sql, params)


@contextmanager
def _cursor() -> Iterator[Any]:
    """A cursor that binds on the server, so that each statement is planned once a connection; errors as Django's.

    Django's own cursors bind in the client and never prepare. Where somebody counts queries we go through Django's,
    to be counted.
    """
    connection.ensure_connection()
    if connection.queries_logged or connection.execute_wrappers:
        with connection.cursor() as counted:
            yield counted
        return
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        yield cursor


def append(model: type[M], fresh: Sequence[M]) -> None:
    """Insert rows whose database id nobody needs."""
    if not fresh:
        return
    head, places = _insert(model)
    values: list[Any] = []
    for row in fresh:
        row._prepare_related_fields_for_save(operation_name="append")  # type: ignore[attr-defined]
        values += [f.get_db_prep_save(f.pre_save(row, True), connection) for f in _written(model)]
    with _cursor() as cursor:
        cursor.execute(head + ", ".join([places] * len(fresh)), values)


def change(row: models.Model, names: Sequence[str]) -> None:
    """Write the named fields of one row."""
    fields = [row._meta.get_field(name) for name in names]
    row._prepare_related_fields_for_save(operation_name="change", fields=fields)  # type: ignore[attr-defined]
    values = [f.get_db_prep_save(getattr(row, f.attname), connection) for f in fields]  # type: ignore[union-attr]
    with _cursor() as cursor:
        columns = tuple(str(f.column) for f in fields)  # type: ignore[union-attr]
        cursor.execute(_update(type(row), columns), [*values, row.pk])
        if cursor.rowcount != 1:
            raise LookupError(f"{row._meta.label} {row.pk} is not there to be changed")


def change_all(changed: Sequence[M], names: Sequence[str], *, batch: int = 500) -> None:
    """Write the same named fields of many rows of one model, so many in a statement.

    Django's bulk_update builds an expression per row and field: measured at twenty times the time.
    """
    for at in range(0, len(changed), batch):
        part = changed[at : at + batch]
        fields = [part[0]._meta.get_field(name) for name in names]
        values: list[Any] = []
        for row in part:
            row._prepare_related_fields_for_save("change_all", fields=fields)  # type: ignore[attr-defined]
            values.append(row.pk)
            for f in fields:
                values.append(f.get_db_prep_save(getattr(row, f.attname), connection))  # type: ignore[union-attr]
        head, places, tail = _update_all(type(part[0]), tuple(names))
        with _cursor() as cursor:
            cursor.execute(head + ", ".join([places] * len(part)) + tail, values)
            if cursor.rowcount != len(part):
                raise LookupError(
                    f"{part[0]._meta.label}: {len(part) - cursor.rowcount} rows are not there to be changed"
                )


@cache
def _update_all(model: type[models.Model], names: tuple[str, ...]) -> tuple[str, str, str]:
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    columns = ", ".join(f'"{f.column}"' for f in fields)
    sets = ", ".join(f'"{f.column}" = v."{f.column}"' for f in fields)
    places = ", ".join(["%s::bigint", *(f"%s::{f.db_type(connection)}" for f in fields)])
    table = model._meta.db_table
    return (
        f'UPDATE "{table}" SET {sets} FROM (VALUES ',
        f"({places})",
        f') AS v ("id", {columns}) WHERE "{table}"."id" = v."id"',
    )


@cache
def _select(model: type[models.Model]) -> str:
    table = model._meta.db_table
    columns = ", ".join(f'"{table}"."{f.column}"' for f in model._meta.concrete_fields)
    return f'SELECT {columns} FROM "{table}" '


@cache
def _select_joined(model: type[models.Model], along: tuple[str, ...]) -> str:
    table = model._meta.db_table
    columns = [f'"{table}"."{f.column}"' for f in model._meta.concrete_fields]
    joins = ""
    for relation in map(model._meta.get_field, along):
        other: Any = relation.related_model
        alias = f"{relation.name}_of"
        columns += [f'"{alias}"."{f.column}"' for f in other._meta.concrete_fields]
        on = f'"{alias}"."id" = "{table}"."{relation.column}"'  # type: ignore[union-attr]
        joins += f'LEFT JOIN "{other._meta.db_table}" "{alias}" ON {on} '
    return f'SELECT {", ".join(columns)} FROM "{table}" {joins}'


@cache
def _insert(model: type[models.Model]) -> tuple[str, str]:
    columns = ", ".join(f'"{f.column}"' for f in _written(model))
    places = ", ".join(["%s"] * len(_written(model)))
    return f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ', f"({places})"


@cache
def _update(model: type[models.Model], columns: tuple[str, ...]) -> str:
    sets = ", ".join(f'"{column}" = %s' for column in columns)
    return f'UPDATE "{model._meta.db_table}" SET {sets} WHERE id = %s'


@cache
def _written(model: type[models.Model]) -> tuple[Any, ...]:
    return tuple(f for f in model._meta.concrete_fields if not f.primary_key)


@cache
def _converters(model: type[models.Model]) -> tuple[tuple[int, Any], ...]:
    return tuple((n, f) for n, f in enumerate(model._meta.concrete_fields) if hasattr(f, "from_db_value"))


@cache
def _names(model: type[models.Model]) -> tuple[str, ...]:
    return tuple(f.attname for f in model._meta.concrete_fields)


def _row(model: type[M], values: Sequence[Any]) -> M:
    found = list(values)
    for place, field in _converters(model):
        found[place] = field.from_db_value(found[place], None, connection)
    return model.from_db(connection.alias, _names(model), found)
