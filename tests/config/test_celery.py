"""The timeouts form one ladder, and a wake-up costs a request next to nothing whatever state Redis is in."""

import socket
import time

import kombu
import pytest
import yaml

from config import celery, embedded, gunicorn, settings


def test_the_timeouts_form_a_ladder():
    ladder = [
        gunicorn.timeout,
        celery.TASK_HARD_LIMIT,
        celery.LEASE,
        celery.STOP_GRACE,
        celery.VISIBILITY_TIMEOUT,
    ]
    assert ladder == sorted(set(ladder))
    assert celery.TASK_SOFT_LIMIT < celery.TASK_HARD_LIMIT
    assert celery.TASK_SOFT_LIMIT > 15, "a statement is cut off before its task is"
    assert celery.app.conf.broker_transport_options["visibility_timeout"] == celery.VISIBILITY_TIMEOUT
    assert gunicorn.graceful_timeout <= gunicorn.timeout
    compose = yaml.safe_load((embedded.REPOSITORY / "docker-compose.yml").read_text())
    assert compose["services"]["worker"]["stop_grace_period"] == f"{celery.STOP_GRACE}s"


def test_redis_keeps_no_results_and_no_pickles():
    conf = celery.app.conf
    assert conf.task_ignore_result and conf.result_backend is None
    assert (conf.task_serializer, conf.accept_content) == ("json", ["json"])


def test_ticks_that_nobody_takes_expire_before_the_next():
    for entry in celery.app.conf.beat_schedule.values():
        assert entry["options"]["expires"] <= entry["schedule"]
    assert settings.DATABASES["default"]["ATOMIC_REQUESTS"] is False


SOON = 20  #: seconds; without our settings it would try for ever, and a busy machine is slow


def seconds_to_fail(url: str) -> float:
    with celery.app.connection_for_write(url) as connection:
        began = time.monotonic()
        with pytest.raises(kombu.exceptions.OperationalError):
            celery.app.send_task("nothing", connection=connection)
        return time.monotonic() - began


def test_publishing_gives_up_at_once_when_redis_is_gone(tmp_path):
    assert seconds_to_fail(f"redis+socket://{tmp_path}/none.sock") < SOON


def test_publishing_gives_up_soon_when_redis_takes_calls_and_says_nothing():
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        assert seconds_to_fail(f"redis://127.0.0.1:{deaf.getsockname()[1]}/0") < SOON
