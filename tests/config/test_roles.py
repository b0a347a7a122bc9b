"""Two database roles: the owner migrates, the application runs."""

import psycopg
import pytest
from django.db import connection

from config.settings import connects_as_owner


def test_the_application_role_has_no_power_over_the_database(database):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == (False, False, False, False)
        cursor.execute("SELECT current_user, count(*) FROM pg_class WHERE relowner = current_user::regrole")
        assert cursor.fetchone() == ("casedesk_app", 0)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE public.mine (a int)",
        "CREATE TEMPORARY TABLE mine (a int)",
        "ALTER TABLE casedesk_user ADD COLUMN mine int",
        "ALTER TABLE casedesk_user DISABLE TRIGGER ALL",
        "DROP TABLE casedesk_user",
        "TRUNCATE casedesk_user CASCADE",
        "CREATE SCHEMA mine",
        "SET ROLE casedesk_owner",
        "INSERT INTO django_migrations (app, name, applied) VALUES ('workflows', '9999_never', now())",
    ],
)
def test_the_application_role_cannot_change_what_the_owner_made(application_connection, statement):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        application_connection.execute(statement)


def test_what_the_owner_creates_later_the_application_may_use(owner_connection, application_connection):
    owner_connection.execute("CREATE TABLE later (id bigserial PRIMARY KEY, word text)")
    owner_connection.execute("CREATE FUNCTION twice(a int) RETURNS int LANGUAGE sql AS 'SELECT 2 * a'")
    application_connection.execute("INSERT INTO later (word) VALUES ('工资')")
    application_connection.execute("UPDATE later SET word = '欠薪'")
    assert application_connection.execute("SELECT word, twice(21) FROM later").fetchone() == ("欠薪", 42)
    application_connection.execute("DELETE FROM later")


def test_nobody_else_may_connect_to_the_database(owner_connection):
    row = owner_connection.execute(
        "SELECT has_database_privilege('public', current_database(), 'CONNECT'), "
        "       has_schema_privilege('public', 'public', 'USAGE')"
    ).fetchone()
    assert row == (False, False)


def test_the_application_waits_for_nothing_for_ever(database):
    with connection.cursor() as cursor:
        limits = {}
        for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
            cursor.execute(f"SHOW {name}")
            limits[name] = cursor.fetchone()[0]
    assert limits == {"statement_timeout": "15s", "lock_timeout": "3s", "idle_in_transaction_session_timeout": "1min"}


def test_a_statement_that_asks_for_it_is_prepared_at_once(database):
    connection.ensure_connection()
    with connection.connection.cursor() as cursor:
        plain = psycopg.Cursor(connection.connection)
        plain.execute("SELECT %s::int + 1", [1], prepare=True)
        cursor.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%::int + 1%' AND NOT from_sql"
        )
        assert cursor.fetchone()[0] == 1


@pytest.mark.parametrize(
    ("arguments", "owner"),
    [
        (["manage.py", "migrate"], True),
        (["./manage.py", "migrate", "workflows", "0001"], True),
        (["manage.py", "makemigrations", "--check"], True),
        (["manage.py", "showmigrations"], False),
        (["manage.py", "shell", "migrate"], False),
        (["manage.py", "--traceback", "migrate"], False),
        (["gunicorn", "migrate"], False),
        (["celery"], False),
        ([], False),
    ],
)
def test_only_the_two_commands_that_migrate_connect_as_owner(arguments, owner):
    assert connects_as_owner(arguments) is owner
