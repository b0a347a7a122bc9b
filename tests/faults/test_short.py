"""The short fault test inside `make test`: twenty processes killed under load, nothing lost, nothing doubled."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

from config import embedded
from tests import servers
from tests.faults.fleet import environment_for
from tests.faults.storm import BAD


@pytest.mark.slow
def test_kills_under_load_lose_and_double_nothing() -> None:
    """As `make faults`, in a process and on servers of its own: PostgreSQL and Valkey fall too."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("CASEDESK_", "PYTEST_"))}
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults"],
        cwd=embedded.REPOSITORY, env=environment, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.stdout, done.stderr[-6000:]
    report = json.loads(done.stdout)
    assert {what: report[what] for what in BAD} == dict.fromkeys(BAD, 0), done.stderr[-6000:]
    assert report["kills"] >= 20 and report["notices"] >= 500, report
    assert {"postgres", "valkey", "web worker", "celery child"} <= report["struck"].keys(), report
    assert report["flushes"] > 0, report  # that acts are taken without Redis: tests/casedesk/test_without_redis.py
    assert report["ok"], report


def test_a_wake_up_from_any_thread_of_the_web_server_goes_to_our_redis(shared_database: str) -> None:
    """Celery's current app belongs to one thread; elsewhere a wake-up would go to an AMQP broker that nobody runs."""
    asked = (
        "import threading, config.wsgi; from celery import current_app;"
        "thread = threading.Thread(target=lambda: print(current_app.main, current_app.conf.broker_url));"
        "thread.start(); thread.join()"
    )
    environment = environment_for(shared_database, settings.REDIS_URL, settings.SECRET_KEY, servers.var())
    done = subprocess.run(
        [sys.executable, "-c", asked],
        cwd=embedded.REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["casedesk", settings.CELERY_BROKER_URL]
