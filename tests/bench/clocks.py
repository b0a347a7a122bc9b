"""The clocks at size: 10,000 limits counted again, each with its event, and 500 due ones claimed among a million."""

from __future__ import annotations

import os
import statistics
import sys
import time
from datetime import timedelta

import psycopg
from django.db import connection, transaction

from tests import walks
from tests.bench import county
from workflows import clock, reminders
from workflows.models import Event, Limit
from workflows.recompute import recompute

CLOCKS = int(os.environ.get("BENCH_CLOCKS", "10000"))
LIMITS = int(os.environ.get("BENCH_LIMITS", "1000000"))
DUE, CLAIM, TIMES = 10_000, 500, 21
NOW = walks.MONDAY + timedelta(days=2)
COLUMNS = [f.column for f in Limit._meta.concrete_fields if f.column not in ("id", "public_id", "subject", "remind_at")]


def figures() -> dict[str, float]:
    """Fill the present, empty database and measure."""
    with clock.at(NOW):
        return {**_recompute(), **_claim()}


def _recompute() -> dict[str, float]:
    """Every clock moves: its start lies on another day than its date was counted from.

    The second run finds nothing to do.
    """
    county.build(CLOCKS // 2)
    with psycopg.connect(county._superuser_url(), autocommit=True) as database:
        database.execute("SET session_replication_role = replica")
        database.execute(
            "UPDATE workflows_limit l SET subject = i.public_id,"
            " started_at = l.started_at - (i.id %% 40 + 1) * interval '1 day'"
            " FROM workflows_inspection i WHERE i.case_id = l.case_id AND l.stopped_at IS NULL AND l.procedure = %s",
            ["inspection"],
        )
        database.execute("VACUUM ANALYZE workflows_limit")
    started = time.perf_counter()
    done = recompute("bench")
    spent = time.perf_counter() - started
    started = time.perf_counter()
    again = recompute("bench")
    idle = time.perf_counter() - started
    events = Event.objects.filter(act="recompute").count()
    print(f"recompute: {len(done.moved)} of {done.looked_at} moved in {events} events", file=sys.stderr)
    if again.moved:
        raise SystemExit("a second run of recompute found something to change")
    return {
        "recompute_clocks": len(done.moved),
        "recompute_s": round(spent, 2),
        "recompute_10000_s": round(spent * 10_000 / max(1, len(done.moved)), 2),
        "recompute_again_s": round(idle, 2),
    }


def _claim() -> dict[str, float]:
    """The reminders' claim, as `plan` makes it, rolled back each time."""
    shown = ", ".join(f"t.{column}" for column in COLUMNS)
    with psycopg.connect(county._superuser_url(), autocommit=True) as database:
        database.execute("SET session_replication_role = replica")
        database.execute("UPDATE workflows_limit SET remind_at = NULL")
        print(f"writing {LIMITS} limits …", file=sys.stderr)
        database.execute(
            f"INSERT INTO workflows_limit (id, public_id, subject, remind_at, {', '.join(COLUMNS)})"
            " SELECT 10000000000000 + n, gen_random_uuid(), gen_random_uuid(),"
            f" %s::timestamptz + (CASE WHEN n <= {DUE} THEN -n ELSE n END) * interval '1 minute', {shown}"
            " FROM (SELECT * FROM workflows_limit WHERE stopped_at IS NULL AND rule = 'INV-01' LIMIT 1) t,"
            f" generate_series(1, {LIMITS}) AS n",
            [NOW],
        )
        database.execute("VACUUM ANALYZE workflows_limit")
    spent = []
    for _ in range(TIMES):
        with transaction.atomic():
            started = time.perf_counter()
            rows = list(reminders.to_look_at(NOW).select_for_update(skip_locked=True, of=("self",))[:CLAIM])
            spent.append(time.perf_counter() - started)
            assert len(rows) == CLAIM
            transaction.set_rollback(True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM workflows_limit")
        print(f"claim: among {cursor.fetchone()[0]} limits", file=sys.stderr)
    started = time.perf_counter()
    planned = reminders.plan(NOW, seconds=60)
    whole = time.perf_counter() - started
    return {
        "claim_500_ms": round(statistics.median(spent) * 1000, 2),
        "plan_10000_s": round(whole * 10_000 / max(1, planned.looked_at), 2),
    }
