"""`make faults`: kills web server, worker, beat, PostgreSQL and Valkey under load and prints one JSON line.

The servers are this run's own; every commit is written before it is answered, but not forced to the disk: what falls
here are processes, not the power. `LONG=1`: five hundred kills and twenty thousand
notices. SEED=7 repeats the order of kills of another run (not its moments); KILLS, NOTICES, GAP and LEASE change the
size. Exit 1 if a promise was broken.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from types import FrameType

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.db import connections  # noqa: E402

from tests import servers  # noqa: E402
from tests.faults.storm import Plan, run, say_on_stderr  # noqa: E402


def main() -> int:
    signal.signal(signal.SIGTERM, _leave)
    long = os.environ.get("LONG", "0") not in ("", "0")
    kills = int(os.environ.get("KILLS", "500" if long else "20"))
    plan = Plan(
        kills=kills,
        notices=int(os.environ.get("NOTICES", "20000" if long else "500")),
        gap=float(os.environ.get("GAP", "1.2" if long else "1.5")),
        lease=int(os.environ.get("LEASE", "10" if long else "4")),
        seed=int(os.environ.get("SEED", str(random.randrange(10_000)))),
        most_seconds=2700.0 if long else 300.0,
    )
    try:
        say_on_stderr("starting PostgreSQL and Valkey of this run …")
        name = servers.copy(servers.template())
        servers.stand_kills(name)
        connections.settings["default"]["NAME"] = name
        try:
            report = run(plan, name, say_on_stderr)
        finally:
            connections["default"].close()
            servers.drop(name)
    finally:
        servers.stop()
    print(json.dumps(report, ensure_ascii=False))
    return 0 if report["ok"] else 1


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
