"""`manage.py demo` from an empty folder: the first page comes, Ctrl-C ends everything it started."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import psutil
import pytest

from config import embedded


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def demo(var, port: int, log) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "manage.py", "demo"],
        cwd=embedded.REPOSITORY,
        env=os.environ | {"CASEDESK_VAR": str(var), "PORT": str(port), "DJANGO_SETTINGS_MODULE": "config.settings"},
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


@pytest.mark.slow
def test_the_demo_comes_up_from_nothing_and_goes_down_completely(tmp_path):
    var, port, said = tmp_path / "var", free_port(), tmp_path / "said.log"
    with said.open("wb") as log:
        running = demo(var, port, log)
        try:
            until = time.monotonic() + 600
            while not answers(f"http://127.0.0.1:{port}/readyz"):
                assert running.poll() is None, said.read_text()
                assert time.monotonic() < until, said.read_text()
                time.sleep(0.2)
            while "casedesk runs at" not in said.read_text():
                assert time.monotonic() < until, said.read_text()
                time.sleep(0.1)
            family = psutil.Process(running.pid).children(recursive=True)
            servers = [psutil.Process(pid) for pid in embedded.status(var).values() if pid]
            assert len(servers) == 2
            assert demo(var, free_port(), log).wait(300) == 1, "a second demo of the same folder refuses to start"
            assert "runs already" in said.read_text()
            assert answers(f"http://127.0.0.1:{port}/readyz")
        finally:
            running.send_signal(signal.SIGINT)
            code = running.wait(300)
            embedded.stop(var)
    assert code == 0, said.read_text()
    _, alive = psutil.wait_procs([*family, *servers], timeout=60)
    assert alive == []
    assert not (var / "demo.pids").exists()


def test_a_taken_port_is_said_before_anything_starts(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken, (tmp_path / "said").open("w+b") as log:
        assert demo(tmp_path / "var", taken.getsockname()[1], log).wait(300) == 1
        assert b"PORT= chooses another" in (tmp_path / "said").read_bytes()
    assert not (tmp_path / "var" / "postgres").exists()
