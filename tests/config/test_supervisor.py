"""The supervisor behind `make demo`: restarts what falls, stops everything, clears what a killed one left."""

import json
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from config.supervisor import AlreadyRuns, Child, Supervisor

SLEEPS = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)",
]


@pytest.fixture
def supervisor(tmp_path):
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    said = []
    made = Supervisor(tmp_path / "pids", tmp_path, os.environ, said.append, stop_grace=2)
    made.said = said
    yield made
    made.stop()
    for number, handler in handlers.items():
        signal.signal(number, handler)


def child(tmp_path, command, name="one"):
    return Child(name, command, tmp_path / "log" / f"{name}.log")


def test_everything_is_stopped_at_the_end(supervisor, tmp_path):
    with supervisor:
        supervisor.start(child(tmp_path, SLEEPS))
        supervisor.start(child(tmp_path, SLEEPS, "two"))
        pids = [one.process.pid for one in supervisor.children]
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert not supervisor.pid_file.exists()


def test_a_child_that_will_not_stop_is_killed(supervisor, tmp_path):
    with supervisor:
        stubborn = child(tmp_path, STUBBORN)
        supervisor.start(stubborn)
        pid = stubborn.process.pid
        while "ready" not in stubborn.log.read_text():
            time.sleep(0.02)
    assert not psutil.pid_exists(pid)
    assert "killing it" in supervisor.said[-1]


def test_a_child_that_falls_is_started_again(supervisor, tmp_path):
    with supervisor:
        one = child(tmp_path, SLEEPS)
        supervisor.start(one)
        first = one.process.pid
        os.kill(first, signal.SIGKILL)
        one.process.wait()
        assert supervisor.keep_up(one)
        assert one.process.pid != first
        assert one.process.poll() is None


def test_a_child_that_keeps_falling_ends_the_watch(supervisor, tmp_path):
    with supervisor:
        supervisor.start(child(tmp_path, [sys.executable, "-c", "raise SystemExit(3)"]))
        assert supervisor.watch() is False
    assert "keeps ending (code 3)" in supervisor.said[-1]


def test_what_a_killed_supervisor_left_is_ended(supervisor, tmp_path):
    left = subprocess.Popen(SLEEPS)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    born = psutil.Process(left.pid).create_time()
    supervisor.pid_file.write_text(json.dumps([[gone.pid, 1.0], [left.pid, born], [os.getppid(), 1.0]]))
    with supervisor:
        assert left.wait(5) is not None
    assert psutil.pid_exists(os.getppid()), "a process that only has the same number is left alone"


def test_two_supervisors_do_not_run_side_by_side(supervisor):
    born = psutil.Process(os.getppid()).create_time()
    supervisor.pid_file.write_text(json.dumps([[os.getppid(), born]]))
    with pytest.raises(AlreadyRuns), supervisor:
        pass
