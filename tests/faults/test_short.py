"""The short fault test inside `make test`: up to twenty processes killed under load, nothing lost, nothing doubled."""

import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings

from config import embedded
from tests import servers
from tests.faults.fleet import environment_for
from tests.faults.storm import BAD, Plan, run, say_on_stderr


@pytest.mark.slow
def test_kills_under_load_lose_and_double_nothing(database: str, redis_url: str) -> None:
    plan = Plan(kills=20, notices=80, gap=0.8, lease=4, clients=4, most_seconds=120, strike_seconds=25)
    report: dict[str, Any] = run(plan, database, say_on_stderr)

    assert {what: report[what] for what in BAD} == dict.fromkeys(BAD, 0), report
    assert report["kills"] >= 6
    assert report["notices"] >= 80
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
