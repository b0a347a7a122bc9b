"""The embedded servers: attaching, two checkouts side by side, and what a kill -9 leaves behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from config import embedded


def quiet(line: str) -> None:
    """Say nothing; what start() has to say depends on the machine."""


@pytest.fixture
def var(tmp_path):
    folder = tmp_path / "var"
    yield folder
    embedded.stop(folder)


def start(folder: Path) -> frozenset[str]:
    return embedded.start(folder, durable=False, say=quiet)


def ask(folder: Path, question: str = "SELECT 1") -> tuple | None:
    with psycopg.connect(embedded.urls(folder).owner, autocommit=True) as database:
        return database.execute(question).fetchone()


def test_starting_again_attaches_and_stopping_again_does_nothing(var):
    assert start(var) == {"postgres", "valkey"}
    running = embedded.status(var)
    assert start(var) == frozenset()
    assert embedded.status(var) == running
    assert embedded.stop(var) == {"postgres", "valkey"}
    assert embedded.status(var) == {"postgres": None, "valkey": None}
    assert embedded.stop(var) == frozenset()
    assert not any(psutil.pid_exists(pid) for pid in running.values())


def test_data_stay_over_a_restart(var):
    start(var)
    with psycopg.connect(embedded.urls(var).owner, autocommit=True) as database:
        database.execute("CREATE TABLE kept AS SELECT '欠薪' AS word")
    embedded.stop(var)
    start(var)
    assert ask(var, "SELECT word FROM kept") == ("欠薪",)


def test_many_processes_starting_at_once_start_one_pair(var):
    results = []
    threads = [threading.Thread(target=lambda: results.append(start(var))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(len, results)) == [0, 0, 0, 2]


def test_two_folders_do_not_disturb_each_other(var, tmp_path):
    other = tmp_path / "another checkout with a space" / "var"
    try:
        start(var)
        start(other)
        assert not set(embedded.status(var).values()) & set(embedded.status(other).values())
        embedded.stop(var)
        assert ask(other) == (1,)
    finally:
        embedded.stop(other)


def test_a_folder_too_deep_for_a_socket_works(tmp_path):
    deep = tmp_path / ("深" * 40) / "var"
    places = embedded.places(deep)
    assert len(os.fsencode(places.postgres_socket_folder)) < 90
    try:
        start(deep)
        assert ask(deep) == (1,)
    finally:
        embedded.stop(deep)
    assert not places.sockets.exists()


def test_servers_killed_without_warning_start_again(var):
    start(var)
    for pid in embedded.status(var).values():
        os.kill(pid, signal.SIGKILL)
        wait_for_the_end_of(pid)
    assert (embedded.places(var).data / "postmaster.pid").exists()
    assert start(var) == {"postgres", "valkey"}
    assert ask(var) == (1,)


def test_a_pid_file_that_names_somebody_elses_process_is_not_believed(var):
    start(var)
    embedded.stop(var)
    (embedded.places(var).data / "postmaster.pid").write_text(f"{os.getpid()}\n{embedded.places(var).data}\n")
    assert embedded.status(var)["postgres"] is None
    assert start(var) == {"postgres", "valkey"}
    assert psutil.pid_exists(os.getpid())


def test_an_initdb_killed_half_way_is_begun_again(var):
    embedded.places(var).data.mkdir(parents=True)
    (embedded.places(var).data / "global").mkdir()
    assert start(var) == {"postgres", "valkey"}


def test_a_database_of_another_locale_is_refused(var):
    start(var)
    with psycopg.connect(embedded.urls(var).superuser, autocommit=True) as postgres:
        postgres.execute("CREATE DATABASE deaf TEMPLATE template0 LOCALE 'C'")
    with pytest.raises(embedded.EmbeddedFailure, match=r"it needs C\.UTF-8"):
        embedded.create_database(var, "deaf")


def test_nothing_listens_on_the_network(var):
    start(var)
    for pid in embedded.status(var).values():
        assert psutil.Process(pid).net_connections(kind="inet") == []


def test_any_command_starts_the_servers_and_leaves_them_running(var):
    environment = os.environ | {"CASEDESK_VAR": str(var), "DJANGO_SETTINGS_MODULE": "config.settings"}

    def manage(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=embedded.REPOSITORY,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    first = manage("showmigrations", "casedesk")
    assert first.returncode == 0, first.stderr
    assert "embedded servers started" in first.stderr
    assert "embedded servers started" not in manage("showmigrations", "casedesk").stderr
    assert "DATABASE_OWNER_URL=postgresql://casedesk_owner@" in manage("embedded", "status").stdout
    assert "stopped: postgres, valkey" in manage("embedded", "stop").stdout
    assert (var / "secret_key").stat().st_mode & 0o777 == 0o600


def wait_for_the_end_of(pid: int) -> None:
    deadline = time.monotonic() + 60
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.01)
