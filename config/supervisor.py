"""Runs a few long-lived processes together: starts them, restarts one that falls, stops all of them, by process id.

Each child leads a process group of its own, so a Ctrl-C at the terminal reaches the supervisor alone and the children
are stopped in order. The ids are kept in a file, so that the next supervisor finds what a killed one left behind.
"""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import psutil

QUICK_DEATH = 10.0  # seconds; a process that dies sooner than this after its start has not worked
QUICK_DEATHS_ALLOWED = 3


class AlreadyRuns(Exception):
    """Another supervisor of the same file is alive; carries its process id."""


@dataclass
class Child:
    """One process to keep running; its output goes to a log of its own."""

    name: str
    command: Sequence[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    quick_deaths: int = 0


@dataclass
class Supervisor:
    """Keeps children running until it is told to stop (SIGINT, SIGTERM, SIGHUP) or one of them cannot be kept up."""

    pid_file: Path
    folder: Path
    environment: Mapping[str, str]
    say: Callable[[str], None]
    stop_grace: float
    children: list[Child] = field(default_factory=list)
    told_to_stop: bool = False

    def __enter__(self) -> "Supervisor":
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop_soon)
        self._clear_left_overs()
        return self

    def __exit__(self, *failure: object) -> None:
        self.stop()
        self.pid_file.unlink(missing_ok=True)

    def start(self, child: Child) -> None:
        """Start the child and remember its process id."""
        child.log.parent.mkdir(parents=True, exist_ok=True)
        with child.log.open("ab") as log:
            child.process = subprocess.Popen(
                child.command,
                cwd=self.folder,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        child.started_at = time.monotonic()
        if child not in self.children:
            self.children.append(child)
        self._remember()

    def watch(self) -> bool:
        """Restart what has fallen, until told to stop: True; False when a child keeps falling."""
        while not self.told_to_stop:
            for child in self.children:
                if not self.keep_up(child):
                    return False
            time.sleep(0.3)
        return True

    def keep_up(self, child: Child) -> bool:
        """Restart the child if it has ended; False when it ends again and again."""
        if child.process is None or child.process.poll() is None:
            return True
        if time.monotonic() - child.started_at < QUICK_DEATH:
            child.quick_deaths += 1
        else:
            child.quick_deaths = 1
        if child.quick_deaths >= QUICK_DEATHS_ALLOWED:
            self.say(f"{child.name} keeps ending (code {child.process.returncode}), see {child.log}")
            return False
        self.say(f"{child.name} ended (code {child.process.returncode}), starting it again")
        with contextlib.suppress(ProcessLookupError):  # its orphans would hold the port against the new one
            os.killpg(child.process.pid, signal.SIGKILL)
        self.start(child)
        return True

    def stop(self) -> None:
        """Ask every child to finish, last started first, and kill after the grace time whatever has not."""
        for child in reversed(self.children):
            if child.process is not None and child.process.poll() is None:
                child.process.terminate()
        deadline = time.monotonic() + self.stop_grace
        for child in reversed(self.children):
            if child.process is None:
                continue
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.say(f"{child.name} does not finish, killing it")
                os.killpg(child.process.pid, signal.SIGKILL)
                child.process.wait()
        self.children.clear()

    def _stop_soon(self, number: int, frame: FrameType | None) -> None:
        self.told_to_stop = True

    def _remember(self) -> None:
        """Write down who we are and whom we started; the start time tells a process from a later one of the same id."""
        own = [os.getpid(), *(child.process.pid for child in self.children if child.process is not None)]
        known = []
        for pid in own:
            try:
                known.append([pid, psutil.Process(pid).create_time()])
            except psutil.NoSuchProcess:
                continue
        new = self.pid_file.with_suffix(".new")
        new.write_text(json.dumps(known))
        new.replace(self.pid_file)

    def _clear_left_overs(self) -> None:
        """End the children of a supervisor that was killed; refuse to start beside one that lives."""
        alive = []
        try:
            known = json.loads(self.pid_file.read_text())
        except (OSError, ValueError):
            known = []
        for place, (pid, born) in enumerate(known):
            try:
                process = psutil.Process(pid)
                if abs(process.create_time() - born) > 1:
                    continue
            except psutil.NoSuchProcess:
                continue
            if place == 0:
                raise AlreadyRuns(pid)
            alive.append(process)
        for process in alive:
            self.say(f"ending process {process.pid}, left over from a run that was killed")
            family = [process, *process.children(recursive=True)]
            process.terminate()
            _, stubborn = psutil.wait_procs(family, timeout=self.stop_grace)
            for left in stubborn:
                left.kill()
        self._remember()
