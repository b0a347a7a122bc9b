"""What the settings promise about the web edge, sign-in and logs."""

import json
import logging
import os
import subprocess
import sys
import time
from datetime import date, datetime

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.contrib.sessions.models import Session
from django.test import RequestFactory, override_settings

from config import embedded, logs, settings
from config.signin import client_address
from workflows import clock
from workflows.calendar_editing import NoticeDays, load_notice

WANTED = [
    "SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE", "SESSION_COOKIE_AGE", "CSRF_COOKIE_SECURE", "CSRF_COOKIE_NAME",
    "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "DEBUG", "SECRET_KEY", "PASSWORD_HASHERS", "ALLOWED_HOSTS",
]  # fmt: skip


def in_a_process_of_its_own(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name not in ("CASEDESK_HTTPS", "DEBUG")}
    clean["DJANGO_SETTINGS_MODULE"] = "config.settings"
    return subprocess.run(
        [sys.executable, *command],
        cwd=embedded.REPOSITORY,
        env=clean | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def settings_of(**environment: str) -> dict:
    program = (
        f"import json; from config import settings; print(json.dumps({{n: getattr(settings, n) for n in {WANTED}}}))"
    )
    done = in_a_process_of_its_own("-c", program, **environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


SITE = {
    "DATABASE_URL": "postgresql://casedesk_app@db/casedesk",
    "REDIS_URL": "redis://redis/0",
    "SECRET_KEY": "abcdefghijklmnopqrstuvwxyz" * 3,
    "CASEDESK_HOSTS": "desk.county.example",
}


def test_a_real_site_has_secure_cookies_and_tls():
    site = settings_of(**SITE)
    assert site["SESSION_COOKIE_SECURE"] and site["CSRF_COOKIE_SECURE"] and site["SECURE_SSL_REDIRECT"]
    assert site["SESSION_COOKIE_NAME"] == "__Host-session"
    assert site["SECURE_HSTS_SECONDS"] > 0
    assert site["DEBUG"] is False
    assert site["PASSWORD_HASHERS"][0].endswith("Argon2PasswordHasher")
    assert "*" not in site["ALLOWED_HOSTS"]


def test_a_demo_works_without_tls(tmp_path):
    demo = settings_of(CASEDESK_DEMO="1", CASEDESK_VAR=str(tmp_path))
    assert not demo["SESSION_COOKIE_SECURE"] and not demo["SECURE_SSL_REDIRECT"]


def test_djangos_own_check_of_a_real_site_finds_nothing():
    done = in_a_process_of_its_own("manage.py", "check", "--deploy", "--tag=security", "--fail-level=WARNING", **SITE)
    assert done.returncode == 0, done.stderr


def test_migrating_a_real_site_needs_the_owners_address():
    done = in_a_process_of_its_own("manage.py", "migrate", **SITE)
    assert done.returncode != 0
    assert "DATABASE_OWNER_URL must be set" in done.stderr


def test_every_answer_carries_the_secure_headers(client):
    headers = client.get("/healthz").headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["img-src"] == "'self' data:"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_health_needs_no_database_and_readiness_does(client, database, monkeypatch):
    assert client.get("/healthz").json() == {"alive": True}
    with clock.at(datetime(2026, 10, 31, 23, 59, tzinfo=clock.SHANGHAI)):
        assert client.get("/readyz").json() == {"ready": True, "alarms": []}


def test_a_missing_year_of_the_calendar_is_an_alarm_and_no_reason_to_be_unready(client, database):
    with clock.at(datetime(2026, 11, 1, tzinfo=clock.SHANGHAI)):
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()) == (
            200,
            {"ready": True, "alarms": ["no notice of holidays for 2027: dates that rest on it are provisional"]},
        )
        days = (date(2027, 1, 1), True, "元旦"), (date(2027, 1, 9), False, "元旦")
        load_notice(NoticeDays(2027, "虚构通知〔2026〕1号", days), by="管理甲")
        assert client.get("/readyz").json() == {"ready": True, "alarms": []}


def test_a_site_whose_migrations_are_behind_is_not_ready(client, database, owner_connection):
    owner_connection.execute("DELETE FROM django_migrations WHERE app = 'casedesk' AND name = '0001_initial'")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["reason"]) == (503, "1 migrations are not applied")


def sign_in(password: str, address: str = "10.0.0.1", name: str = "li"):
    return authenticate(RequestFactory().post("/", REMOTE_ADDR=address), username=name, password=password)


def test_five_wrong_passwords_lock_the_account_from_this_address_only(database):
    user = get_user_model().objects.create_user("li", password="right")
    get_user_model().objects.create_user("wang", password="right")
    for _ in range(5):
        assert sign_in("wrong") is None
    assert sign_in("right") is None
    assert sign_in("right", address="10.0.0.2") == user
    assert sign_in("right", name="wang") is not None


@pytest.mark.parametrize(
    ("proxies", "forwarded", "counted"),
    [
        (0, "9.9.9.9", "10.0.0.1"),
        (1, "9.9.9.9, 8.8.8.8", "8.8.8.8"),
        (2, "9.9.9.9, 8.8.8.8, 7.7.7.7", "8.8.8.8"),
        (1, "", "10.0.0.1"),
        (2, "8.8.8.8", "10.0.0.1"),
    ],
)
def test_an_address_somebody_wrote_into_a_header_is_not_counted(proxies, forwarded, counted):
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=forwarded)
    with override_settings(PROXIES=proxies):
        assert client_address(request) == counted


@pytest.fixture
def signed_in(client, database, monkeypatch):
    client.force_login(get_user_model().objects.create_user("li"))
    client.get("/healthz")
    began = time.time()

    def after(seconds: float) -> bool:
        monkeypatch.setattr("config.signin.time.time", lambda: began + seconds)
        client.get("/healthz")
        return "_auth_user_id" in client.session

    return after


def test_a_session_ends_after_twelve_hours_of_work(signed_in):
    assert all(signed_in(minutes * 60) for minutes in range(0, 12 * 60, 25))
    assert not signed_in(12 * 3600 + 61)


def test_a_session_in_use_is_prolonged_once_a_minute(signed_in):
    first = Session.objects.get().expire_date
    signed_in(30)
    assert Session.objects.get().expire_date == first
    signed_in(90)
    assert Session.objects.get().expire_date > first
    assert settings.SESSION_COOKIE_AGE == 30 * 60


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("call 13800138000 now", "call (number) now"),
        ("id 41122119900101123X", "id (number)"),
        ("card 6222020200112233445", "card (number)"),
        ("电话13800138000。", "电话(number)。"),
        ("case 2026-000123 in 0.0123456789 s", "case 2026-000123 in 0.0123456789 s"),
        ("event 0198f3c1-1234-7abc-8def-12345678901a", "event 0198f3c1-1234-7abc-8def-12345678901a"),
        ("duplicate key\nDETAIL:  Key (name)=(张三) already exists.\nend", "duplicate key\nDETAIL: (left out)\nend"),
    ],
)
def test_logs_name_nobody(line, written):
    record = logging.LogRecord("casedesk", logging.ERROR, __file__, 1, line, None, None)
    assert logs.Discreet("%(message)s").format(record) == written
