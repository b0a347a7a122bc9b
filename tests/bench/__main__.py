"""`make bench`: the engine and the queue beside plain SQL that touches the same rows.

Each measure runs in rounds, ours and plain SQL in turn, so that a noisy neighbour hits both; the table shows
medians, the last
line is one JSON object of ratios (1.0 = as fast as plain SQL). Nothing here judges: a figure is reported as it is.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from multiprocessing import get_context

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

import psycopg  # noqa: E402
from django.db import connections  # noqa: E402

from notifications.ids import uuid7  # noqa: E402
from tests import servers, walks  # noqa: E402
from tests.bench import clocks, county, papers, rosters  # noqa: E402
from workflows import clock  # noqa: E402
from workflows.casefile.officers import Officer, actor_of  # noqa: E402
from workflows.models import Event, Inspection  # noqa: E402
from workflows.perform import perform  # noqa: E402
from workflows.reading import queue  # noqa: E402

CASES = int(os.environ.get("BENCH_CASES", "20000"))
ROUNDS = max(5, int(os.environ.get("BENCH_ROUNDS", "7")))
BATCH = 60
NOW = walks.MONDAY.replace(day=4)
ANSWER = {"answer": "单位承认未结清工资，原因是工程款没有到位。"}
EVENT_COLUMNS = [f.column for f in Event._meta.concrete_fields if f.column != "id"]


def main() -> None:
    name = servers.copy(servers.template())
    connections.settings["default"]["NAME"] = name
    try:
        print(f"building {CASES} cases …", file=sys.stderr)
        started = time.perf_counter()
        county.build(CASES)
        print(f"built in {time.perf_counter() - started:.1f} s; {ROUNDS} rounds", file=sys.stderr)
        figures = {**_perform_small(name), **_queue(name), **_alone(clocks.figures), **_alone(rosters.figures),
                   **_alone(papers.figures)}  # fmt: skip
        for key, value in figures.items():
            print(f"{key:28} {value}")
        print(json.dumps(figures))
    finally:
        connections["default"].close()
        servers.drop(name)
        servers.stop()


def _alone(figures: Callable[[], dict[str, float]]) -> dict[str, float]:
    """Measures on a database of their own: a million limits must not stand beside the other ones."""
    name = servers.copy(servers.template())
    before = connections.settings["default"]["NAME"]
    connections["default"].close()
    connections.settings["default"]["NAME"] = name
    try:
        return figures()
    finally:
        connections["default"].close()
        connections.settings["default"]["NAME"] = before
        servers.drop(name)


# --- perform() of record_answer -------------------------------------------------------------------------------------


def _perform_small(name: str) -> dict[str, float]:
    figures: dict[str, float] = {}
    for processes in (1, 2):
        ours, plain = [], []
        for round_ in range(ROUNDS):
            progress(f"perform_small_{processes}", round_)
            ours.append(_together(processes, _by_perform, name, round_))
            plain.append(_together(processes, _by_sql, name, round_))
        figures[f"perform_small_{processes}"] = round(
            statistics.median(o / p for o, p in zip(ours, plain, strict=True)), 3
        )
        figures[f"perform_per_s_{processes}"] = round(statistics.median(ours), 1)
        figures[f"plain_sql_per_s_{processes}"] = round(statistics.median(plain), 1)
    return figures


def _together(processes: int, work: Callable[[str, int, int], float], name: str, round_: int) -> float:
    """Acts per second of several processes on cases of their own."""
    connections["default"].close()
    context = get_context("fork")
    with context.Pool(processes) as pool:
        rates = pool.starmap(work, [(name, round_, part) for part in range(processes)])
    return sum(rates)


def _ids(round_: int, part: int) -> list[int]:
    """Cases that no other process touches in this round; 39 of them are the first inspector's."""
    found = list(
        Inspection.objects.filter(case__assignments__to_at=None, case__assignments__lead=True).order_by("id")
        .values_list("id", flat=True)[:40]
    )  # fmt: skip
    return found[part::2]


def _by_perform(name: str, round_: int, part: int) -> float:
    connections.settings["default"]["NAME"] = name
    with clock.at(NOW.replace(minute=min(59, round_), microsecond=part)):
        lead = actor_of(Officer.objects.select_related("agency").get(name="监察甲"), NOW.date())
        subjects = list(Inspection.objects.select_related("case").filter(pk__in=_ids(round_, part)))
        perform(subjects[0], "record_answer", by=lead, inputs=ANSWER)
        started = time.perf_counter()
        for n in range(BATCH):
            perform(subjects[n % len(subjects)], "record_answer", by=lead, inputs=ANSWER)
        spent = time.perf_counter() - started
    connections["default"].close()
    return BATCH / spent


def _by_sql(name: str, round_: int, part: int) -> float:
    """The same rows by prepared statements: lock the case, read inspection and inspectors, one event, one update."""
    connections.settings["default"]["NAME"] = name
    ids = list(Inspection.objects.filter(pk__in=_ids(round_, part)).values_list("case_id", flat=True))
    sample = Event.objects.filter(case_id__in=ids, act="file_case").values_list(*EVENT_COLUMNS).first()
    connections["default"].close()
    places = ", ".join(["%s"] * len(EVENT_COLUMNS))
    insert = f"INSERT INTO workflows_event ({', '.join(EVENT_COLUMNS)}) VALUES ({places})"
    at = {column: number for number, column in enumerate(EVENT_COLUMNS)}
    row = [json.dumps(v) if isinstance(v, dict) else v for v in sample]
    row[at["act"]], row[at["from_state"]], row[at["to_state"]] = "record_answer", "investigating", "investigating"
    with psycopg.connect(servers.embedded.urls(servers.var(), name).application, prepare_threshold=0) as database:
        started = time.perf_counter()
        for n in range(BATCH):
            case = ids[n % len(ids)]
            version, _ = database.execute(
                "SELECT version, head_hash FROM workflows_case WHERE id = %s FOR UPDATE", [case]
            ).fetchone()
            database.execute("SELECT * FROM workflows_inspection WHERE case_id = %s", [case]).fetchone()
            database.execute(
                "SELECT * FROM workflows_assignment a JOIN workflows_officer o ON o.id = a.officer_id "
                "WHERE a.case_id = %s AND a.to_at IS NULL", [case],
            ).fetchall()  # fmt: skip
            row[at["public_id"]], row[at["case_id"]], row[at["seq"]] = uuid7(), case, version + 1
            database.execute(insert, row)
            database.execute(
                "UPDATE workflows_case SET version = %s, head_hash = %s WHERE id = %s", [version + 1, b"0" * 32, case]
            )
            database.commit()
        spent = time.perf_counter() - started
    return BATCH / spent


# --- the queue ------------------------------------------------------------------------------------------------------


def _queue(name: str) -> dict[str, float]:
    """One page and the counts of the whole bureau's queue: ours (visibility, objects) beside its bare statement."""
    leader = actor_of(Officer.objects.select_related("agency").get(name="大队长甲"), NOW.date())
    wanted = queue.Filter(everybody=True)
    bare, params = _bare_page(leader, wanted)
    ours, plain = [], []
    for round_ in range(ROUNDS):
        progress("queue", round_)
        ours.append(_cpu(lambda: queue.page(leader, wanted, NOW), 20))
        plain.append(_cpu(lambda: _run(bare, params), 20))
    ratio = statistics.median(p / o for o, p in zip(ours, plain, strict=True))
    return {"queue_cpu": round(ratio, 3), "queue_ms": round(statistics.median(ours) * 1000, 2), "cases": CASES}


def _bare_page(leader: object, wanted: queue.Filter) -> tuple[str, list[object]]:
    """The page's own statement, caught on its way to the database."""
    caught: list[tuple[str, list[object]]] = []
    with connections["default"].execute_wrapper(
        lambda run, sql, p, many, ctx: (caught.append((sql, p)), run(sql, p, many, ctx))[1]
    ):
        queue.page(leader, wanted, NOW)  # type: ignore[arg-type]
    return caught[-1]


def _run(sql: str, params: list[object]) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute(sql, params)
        cursor.fetchall()


def _cpu(work: Callable[[], object], times: int) -> float:
    """CPU seconds of one call: this process and its database backend."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    before = time.process_time() + _backend_cpu(backend)
    for _ in range(times):
        work()
    return (time.process_time() + _backend_cpu(backend) - before) / times


def _backend_cpu(pid: int) -> float:
    with open(f"/proc/{pid}/stat") as stat:  # noqa: PTH123
        parts = stat.read().rsplit(")", 1)[1].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


def progress(what: str, round_: int) -> None:
    print(f"\r{what}: round {round_ + 1}/{ROUNDS}   ", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
