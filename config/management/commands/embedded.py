"""`manage.py embedded start|stop|status`: the embedded PostgreSQL and Valkey of this checkout."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import embedded


class Command(BaseCommand):
    help = "Start, stop or show the embedded PostgreSQL and Valkey under CASEDESK_VAR (default var/)."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["start", "stop", "status"])

    def handle(self, *args: Any, what: str, **options: Any) -> None:
        var = embedded.var_folder()
        try:
            if what == "start":
                started = embedded.start(var, say=self.stdout.write)
                self.stdout.write(f"started: {', '.join(sorted(started))}" if started else "both ran already")
            elif what == "stop":
                stopped = embedded.stop(var)
                self.stdout.write(f"stopped: {', '.join(sorted(stopped))}" if stopped else "neither was running")
        except embedded.EmbeddedFailure as failure:
            raise CommandError(str(failure)) from failure
        running = embedded.status(var)
        for server, pid in running.items():
            self.stdout.write(f"{server:<9} {f'runs, pid {pid}' if pid else 'does not run'}")
        if all(running.values()):
            addresses = embedded.urls(var)
            self.stdout.write(f"DATABASE_URL={addresses.application}")
            self.stdout.write(f"DATABASE_OWNER_URL={addresses.owner}")
            self.stdout.write(f"REDIS_URL={addresses.redis}")
