"""`manage.py demo`, behind `make demo`: the whole product on this machine, until Ctrl-C."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import Any

from django.conf import settings
from django.core.management import get_commands
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import celery, embedded
from config.supervisor import AlreadyRuns, Child, Supervisor

SECONDS_TO_FIRST_PAGE = 60


class Command(BaseCommand):
    help = "Run casedesk with a made-up county: servers, migrations, demo cases, web, worker and beat. Ctrl-C ends it."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", default=os.environ.get("PORT") or "8000", help="default: PORT, else 8000")

    def handle(self, *args: Any, port: str, **options: Any) -> None:
        if not port.isdecimal() or not 0 < int(port) < 65536:
            raise CommandError(f"PORT must be a number from 1 to 65535, not {port!r}")
        self._check_free(int(port))
        var = settings.VAR
        var.mkdir(parents=True, exist_ok=True)
        environment = {"CASEDESK_ADDRESS": f"http://127.0.0.1:{port}"} | os.environ
        environment |= {"CASEDESK_DEMO": "1", "PYTHONUNBUFFERED": "1"}
        environment.pop("CASEDESK_HTTPS", None)
        started: frozenset[str] = frozenset()
        try:
            with Supervisor(
                pid_file=var / "demo.pids",
                folder=settings.REPOSITORY,
                environment=environment,
                say=self._say,
                stop_grace=celery.STOP_GRACE,
            ) as supervisor:
                if embedded.needed():
                    started = embedded.start(var, say=self._say)
                if self._prepare(environment, supervisor):
                    self._run(supervisor, int(port))
        except AlreadyRuns as other:
            raise CommandError(f"a demo of this folder runs already, process {other}") from other
        except embedded.EmbeddedFailure as failure:
            raise CommandError(str(failure)) from failure
        finally:
            if started:
                self._say("stopping the embedded servers; the data stay for the next start")
                embedded.stop(var)
            elif embedded.needed() and any(embedded.status(var).values()):
                self._say("the embedded servers ran before and go on; `manage.py embedded stop` ends them")

    def _prepare(self, environment: dict[str, str], supervisor: Supervisor) -> bool:
        """Migrate, gather static files, fill the county; False when told to stop meanwhile."""
        steps = [
            ("migrate", "--verbosity=0"),
            ("collectstatic", "--noinput", "--verbosity=0"),
            *([("demo_county",)] if "demo_county" in get_commands() else []),
        ]
        for step in steps:
            began = time.monotonic()
            self._say(f"{step[0]} ...")
            done = subprocess.run(
                [sys.executable, "manage.py", *step],
                cwd=settings.REPOSITORY,
                env=environment,
                stdin=subprocess.DEVNULL,
                check=False,
            )
            if supervisor.told_to_stop:
                return False
            if done.returncode != 0:
                raise CommandError(f"manage.py {' '.join(step)} failed with {done.returncode}")
            self._say(f"{step[0]} done in {time.monotonic() - began:.1f} s")
        return True

    def _run(self, supervisor: Supervisor, port: int) -> None:
        python, logs = sys.executable, settings.VAR / "log"
        celery_command = [python, "-m", "celery", "--app=config.celery"]
        alone = ["--without-gossip", "--without-mingle", "--without-heartbeat"]  # no other worker to find
        web = Child(
            "web",
            [python, "-m", "gunicorn", "--config=config/gunicorn.py", f"--bind=127.0.0.1:{port}"],
            logs / "web.log",
        )
        supervisor.start(web)
        supervisor.start(
            Child(
                "worker", [*celery_command, "worker", "--concurrency=2", "--loglevel=INFO", *alone], logs / "worker.log"
            )
        )
        supervisor.start(
            Child(
                "beat",
                [*celery_command, "beat", f"--schedule={settings.VAR / 'beat'}", "--pidfile=", "--loglevel=INFO"],
                logs / "beat.log",
            )
        )
        address = f"http://127.0.0.1:{port}/"
        if not self._wait_for_first_page(supervisor, web, address):
            return
        self._say(f"casedesk runs at {address}   (logs in {logs}; Ctrl-C ends it)")
        if not supervisor.watch():
            raise CommandError("a process cannot be kept running")

    def _wait_for_first_page(self, supervisor: Supervisor, web: Child, address: str) -> bool:
        deadline = time.monotonic() + SECONDS_TO_FIRST_PAGE
        while not supervisor.told_to_stop:
            try:
                with urllib.request.urlopen(f"{address}readyz", timeout=5):
                    return True
            except (urllib.error.URLError, OSError):
                if time.monotonic() > deadline or not supervisor.keep_up(web):
                    raise CommandError(f"the web server does not answer, see {web.log}") from None
                time.sleep(0.2)
        return False

    def _check_free(self, port: int) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as failure:
                raise CommandError(
                    f"port {port} cannot be used ({failure.strerror}); PORT= chooses another"
                ) from failure

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
