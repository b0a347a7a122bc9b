"""A mistake in the environment stops the start with a sentence instead of meaning something by accident."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import environment


@pytest.mark.parametrize("value", ["yes", "true", "2", "on"])
def test_a_flag_is_1_or_0(monkeypatch, value):
    monkeypatch.setenv("FLAG", value)
    with pytest.raises(ImproperlyConfigured, match="FLAG must be 1 or 0"):
        environment.flag("FLAG", False)


@pytest.mark.parametrize(("value", "meant"), [("1", True), ("0", False), ("", True), (" 1 ", True)])
def test_a_flag_is_read(monkeypatch, value, meant):
    monkeypatch.setenv("FLAG", value)
    assert environment.flag("FLAG", True) is meant


@pytest.mark.parametrize("value", ["-1", "1.5", "one", "١"])
def test_a_number_is_whole(monkeypatch, value):
    monkeypatch.setenv("COUNT", value)
    with pytest.raises(ImproperlyConfigured, match="COUNT must be a whole number"):
        environment.whole("COUNT", 0)


def test_what_must_be_set_must_be_set(monkeypatch):
    monkeypatch.setenv("NAME", "  ")
    with pytest.raises(ImproperlyConfigured, match="NAME must be set"):
        environment.text("NAME")


@pytest.mark.parametrize(
    ("url", "host", "port", "user", "password", "name"),
    [
        ("postgresql://u:p%40ss@db.county:5433/casedesk", "db.county", "5433", "u", "p@ss", "casedesk"),
        ("postgres://u@db.county/casedesk", "db.county", "", "u", "", "casedesk"),
        ("postgresql://u@%2Fvar%2FRun%2Fpg/casedesk", "/var/Run/pg", "", "u", "", "casedesk"),
        ("postgresql://u@[::1]:5432/casedesk", "::1", "5432", "u", "", "casedesk"),
    ],
)
def test_a_database_address_is_read(url, host, port, user, password, name):
    read = environment.database("DATABASE_URL", url)
    assert (read["HOST"], read["PORT"], read["USER"], read["PASSWORD"], read["NAME"]) == (
        host,
        port,
        user,
        password,
        name,
    )


@pytest.mark.parametrize(
    "url",
    ["mysql://u@h/d", "postgresql://u@h", "postgresql://u@h/d?sslmode=off", "postgresql://u@h:port/d", "casedesk"],
)
def test_a_database_address_of_another_form_is_refused(url):
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        environment.database("DATABASE_URL", url)


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        ("redis://r:6379/2", "redis://r:6379/2"),
        ("unix:///run/v.sock?db=3", "redis+socket:///run/v.sock?virtual_host=3"),
        ("unix:///run/v.sock", "redis+socket:///run/v.sock?virtual_host=0"),
    ],
)
def test_celery_is_told_of_redis_in_its_own_words(url, meant):
    assert environment.broker("REDIS_URL", url) == meant


def test_a_broker_of_another_kind_is_refused():
    with pytest.raises(ImproperlyConfigured, match="REDIS_URL must begin"):
        environment.broker("REDIS_URL", "amqp://r")


def test_a_secret_is_made_once_and_for_its_owner_alone(tmp_path, monkeypatch):
    monkeypatch.delenv("SECRET_KEY", raising=False)
    file = tmp_path / "var" / "secret_key"
    secret = environment.secret("SECRET_KEY", file)
    assert len(secret) == 96
    assert environment.secret("SECRET_KEY", file) == secret
    assert file.stat().st_mode & 0o777 == 0o600
    assert [left.name for left in file.parent.iterdir()] == ["secret_key"]
    monkeypatch.setenv("SECRET_KEY", "given")
    assert environment.secret("SECRET_KEY", file) == "given"


def test_a_secret_of_a_real_site_must_be_given(monkeypatch):
    monkeypatch.delenv("SECRET_KEY", raising=False)
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY must be set"):
        environment.secret("SECRET_KEY", None)
