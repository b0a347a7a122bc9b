"""The fixtures of tests/conftest.py keep their word."""

import urllib.request

import pytest
import redis
from django.contrib.auth import get_user_model
from django.db import InternalError, connection, transaction

User = get_user_model()


@pytest.mark.parametrize("round_", [1, 2])
def test_each_test_has_a_database_of_its_own(database, round_):
    User.objects.create_user("li", password="x")
    assert User.objects.count() == 1


def test_a_shared_database_takes_no_writes(shared_database):
    assert User.objects.count() == 0
    with pytest.raises(InternalError, match="read-only"):
        User.objects.create_user("li", password="x")


def test_without_a_fixture_there_is_no_database():
    with pytest.raises(RuntimeError, match="Database access not allowed"):
        User.objects.count()


@pytest.fixture
def one_user(database_like):
    with database_like("one user", build=lambda: User.objects.create_user("wang").pk) as pk:
        yield pk


@pytest.mark.parametrize("round_", [1, 2])
def test_a_costly_start_is_built_once_and_copied(one_user, round_):
    assert User.objects.filter(pk=one_user).update(username=f"wang {round_}") == 1
    assert User.objects.count() == 1


def test_racers_run_at_the_same_moment_on_the_same_database(database, race):
    User.objects.create_user("zhao")

    def rename():
        with transaction.atomic():
            user = User.objects.select_for_update().get(username="zhao")
            user.username = "qian"
            user.save()
        return connection.connection.info.backend_pid

    def fail():
        raise ValueError("no")

    results = race(rename, rename, fail)
    assert sorted(type(result).__name__ for result in results) == ["DoesNotExist", "ValueError", "int"]
    assert User.objects.get().username == "qian"


def test_owner_and_application_see_the_same_database(database, owner_connection, application_connection):
    User.objects.create_user("sun")
    for other in (owner_connection, application_connection):
        assert other.execute("SELECT username FROM casedesk_user").fetchall() == [("sun",)]
    assert owner_connection.execute("SELECT current_user").fetchone() == ("casedesk_owner",)


def test_the_live_server_answers_from_the_database_of_the_test(live_address):
    with urllib.request.urlopen(f"{live_address}/readyz", timeout=10) as answer:
        assert answer.status == 200


def test_the_redis_of_a_test_is_empty(redis_url):
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
