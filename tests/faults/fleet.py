"""The processes under fire: web server, Celery worker and beat as the product runs them, and both servers below them.

Only processes that this run started are ever signalled: the three programs and their descendants, PostgreSQL and
Valkey of this run's own folder, each by its id and checked by its start time before the signal. The peer is another
house: it is started and stopped with the fleet and never struck.
"""

from __future__ import annotations

import json
import math
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import psutil

from config import embedded

STOP_GRACE = 8.0
BREATH = 0.3  # between two starts of a program that falls at once
VALKEY_STAYS_AWAY = 2.0  # seconds without wake-ups: complaints and acts are taken all the same


class Victim(StrEnum):
    """Whom a kill can strike, and by what the recovery from it shows."""

    WEB_WORKER = "web worker"
    WEB_ARBITER = "web arbiter"
    POSTMAN = "celery child"
    CELERY = "celery main"
    BEAT = "beat"
    POSTGRES = "postgres"
    VALKEY = "valkey"

    @property
    def program(self) -> str:
        """The program it belongs to."""
        first = self.value.split()[0]
        return {"celery": "worker"}.get(first, first)

    @property
    def is_server(self) -> bool:
        """Whether it is one of the two servers; the others are programs of ours."""
        return self in (Victim.POSTGRES, Victim.VALKEY)

    @property
    def is_child(self) -> bool:
        """Whether its own parent starts it again; the others are started again by us."""
        return self in (Victim.WEB_WORKER, Victim.POSTMAN)


@dataclass(slots=True)
class Kill:
    """One SIGKILL that struck a living process; times in seconds since 1970, as the database tells them too.

    `gone_at` is when the last process of the struck program was gone, if all of it fell: what works after that is new.
    """

    at: float
    victim: Victim
    pid: int
    gone_at: float | None = None

    @property
    def works_again_from(self) -> float:
        """From when on an answer or a delivery shows that it is over; infinitely late while the program still falls."""
        if self.victim.is_child:
            return self.at
        return math.inf if self.gone_at is None else self.gone_at


@dataclass
class Program:
    """One program with its processes; its output goes to a log of its own."""

    name: str
    command: list[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0

    def group(self) -> list[psutil.Process]:
        """Every living process of the group that the main process leads or led."""
        if self.process is None:
            return []
        found = []
        for process in psutil.process_iter():
            with suppress(OSError, psutil.Error):
                if os.getpgid(process.pid) == self.process.pid and _lives(process):
                    found.append(process)
        return found

    def children(self) -> list[psutil.Process]:
        """The living processes below the main process."""
        return [process for process in self.group() if self.process is not None and process.pid != self.process.pid]


class Fleet:
    """Starts the programs, strikes them, starts them again, and leaves none of them behind.

    A context manager: whatever happens inside, every process is gone after it.
    """

    def __init__(
        self, environment: Mapping[str, str], folder: Path, *, lease: int, first_delay: float, peer: Peer
    ) -> None:
        self.port = free_port()
        self.peer = peer
        self.var = Path(environment["CASEDESK_VAR"])
        self.kills: list[Kill] = []
        self._environment = {
            **environment,
            "FAULTS_LEASE": str(lease),
            "FAULTS_FIRST_DELAY": str(first_delay),
            "PYTHONUNBUFFERED": "1",
        }
        python = sys.executable
        celery = [python, "-m", "celery", "--app=tests.faults.short_lease"]
        alone = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        commands = {
            "web": [python, "-m", "gunicorn", "--config=config/gunicorn.py", f"--bind=127.0.0.1:{self.port}"],
            "worker": [*celery, "worker", "--concurrency=2", "--loglevel=INFO", *alone],
            "beat": [*celery, "beat", f"--schedule={folder / 'beat'}", "--pidfile=", "--loglevel=INFO"],
        }
        self.programs = {name: Program(name, command, folder / f"{name}.log") for name, command in commands.items()}

    def __enter__(self) -> Fleet:
        try:
            self.peer.start()
            for program in self.programs.values():
                self._start(program)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *failure: object) -> None:
        self.stop()

    def _start(self, program: Program) -> None:
        with program.log.open("ab") as log:
            program.process = subprocess.Popen(
                program.command,
                cwd=embedded.REPOSITORY,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a Ctrl-C at the terminal is for us alone; we stop them in order
            )
        program.started_at = time.monotonic()

    def keep_up(self) -> None:
        """Start again what has fallen, after ending what it left behind: as systemd or a container does.

        Left alone, the workers of a killed web server would hold its port while their last clients keep them busy.
        """
        self._keep_up_servers()
        for program in self.programs.values():
            if program.process is None or program.process.poll() is None:
                continue
            if time.monotonic() - program.started_at >= BREATH:
                _end(program.group(), grace=0)
                for kill in self.kills:
                    if kill.victim.program == program.name and not kill.victim.is_child and kill.gone_at is None:
                        kill.gone_at = time.time()
                self._start(program)

    def _keep_up_servers(self) -> None:
        fallen = [k for k in self.kills if k.victim.is_server and k.gone_at is None]
        if not fallen or any(k.victim is Victim.VALKEY and time.time() - k.at < VALKEY_STAYS_AWAY for k in fallen):
            return
        embedded.start(self.var, durable=False, say=lambda line: None)
        for kill in fallen:
            kill.gone_at = time.time()

    def _strike_server(self, victim: Victim) -> Kill | None:
        """kill -9 for Valkey; for PostgreSQL the immediate stop: SIGQUIT to its first process, nothing is flushed."""
        pid = embedded.status(self.var)[victim.value]
        if pid is None:
            return None
        process = psutil.Process(pid)
        kill = Kill(time.time(), victim, pid)
        process.send_signal(signal.SIGQUIT if victim is Victim.POSTGRES else signal.SIGKILL)
        psutil.wait_procs([process], timeout=10)
        self.kills.append(kill)
        return kill

    def strike(self, victim: Victim, wanted: set[int], choose: float) -> Kill | None:
        """SIGKILL one process of that kind: one of the `wanted` ids if it is ours, else any; None if none lives now."""
        if victim.is_server:
            return self._strike_server(victim)
        program = self.programs[victim.program]
        living = program.children()
        if victim.is_child:
            living = [child for child in living if child.pid in wanted] or living
            target = living[int(choose * len(living))] if living else None
        else:
            main = program.process
            target = psutil.Process(main.pid) if main is not None and main.poll() is None else None
        if target is None:
            return None
        try:
            target.kill()  # psutil compares the start time first: never a stranger who got the id since
        except psutil.NoSuchProcess:
            return None
        kill = Kill(time.time(), victim, target.pid)
        self.kills.append(kill)
        return kill

    def stop(self) -> None:
        """End every process of ours: asked first, killed after the grace time."""
        running = [(program, program.process) for program in self.programs.values() if program.process is not None]
        for _, main in running:
            if main.poll() is None:
                main.terminate()
        until = time.monotonic() + STOP_GRACE
        for program, main in running:
            with suppress(subprocess.TimeoutExpired):
                main.wait(max(0.1, until - time.monotonic()))
            _end(program.group(), grace=0.5)
            main.wait()
            program.process = None
        self.peer.stop()

    def last_words(self, lines: int = 15) -> str:
        """The end of each program's log."""
        words = []
        for program in self.programs.values():
            if program.log.exists():
                tail = program.log.read_text(errors="replace").splitlines()[-lines:]
                words += [f"--- {program.name}", *tail]
        return "\n".join(words)


@dataclass
class Peer:
    """The other house: a process with a store of its own; see `peer.py`."""

    port: int
    store: Path
    log: Path
    secrets: dict[str, str]
    seed: int
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.faults.peer", str(self.port), str(self.store), str(self.seed)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=embedded.REPOSITORY, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(self.secrets).encode() + b"\n")
        self.process.stdin.flush()

    def stop(self) -> None:
        if self.process is not None:
            if self.process.stdin is not None:
                self.process.stdin.close()
            self.process.terminate()
            self.process.wait(10)
            self.process = None


def environment_for(database: str, redis_url: str, secret_key: str, var: Path) -> dict[str, str]:
    """The environment of the product on these servers, as an installation would set it."""
    return os.environ | {
        "DATABASE_URL": embedded.urls(var, database).application,
        "REDIS_URL": redis_url,
        "SECRET_KEY": secret_key,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "CASEDESK_HTTPS": "0",
        "CASEDESK_VAR": str(var),
    }


def _end(processes: list[psutil.Process], *, grace: float) -> None:
    """Kill what does not leave by itself within the grace time, one by one, by id and start time."""
    for process in psutil.wait_procs(processes, timeout=grace)[1]:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(processes, timeout=5)


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
