"""One fault test from start to verdict: load, kills, recovery, drain, count.

1 start the peer, web, worker and beat; wait for the first answer and the first delivery
2 kill one process after the other at random moments, while clients work, PostgreSQL and Valkey among them; empty Valkey
  now and then. A program is struck again only when it has been seen to work after its last fall, so that each kill
  meets a living system and each recovery is measured
3 stop the clients, wait until nothing is left to send, stop the programs
4 judge the database by what the clients hold and by what the peer has in its own books
"""

from __future__ import annotations

import itertools
import math
import random
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import redis
from django.conf import settings
from django.db import connections

from config import embedded
from tests import servers
from tests.faults import county
from tests.faults.fleet import Fleet, Kill, Peer, Victim, environment_for, free_port
from tests.faults.load import ENDURANCE, Client, Ledger, Tally
from tests.faults.verdict import Verdict, judge

SECONDS_TO_START = 60
GRACE = 5.0  # recovery may take the lease and this
REPEATED_AFTER = ("no answer", "answered")
BAD = ("lost", "doubled", "illegal_states", "acknowledged_lost", "stored_twice", "broken", "surprises")
#: how often each kind is struck in a round
ROUND = [
    *[Victim.WEB_WORKER] * 5,
    *[Victim.POSTMAN] * 5,
    *[Victim.CELERY] * 2,
    *[Victim.VALKEY] * 2,
    Victim.POSTGRES,
    Victim.WEB_ARBITER,
    Victim.BEAT,
]  # fmt: skip


#: what must work before a program is struck: itself and what would hide its recovery
_WEB, _POST = ("web", "postgres"), ("worker", "beat", "valkey", "postgres")
RECOVER_FIRST = {"web": _WEB, "worker": _POST, "beat": _POST, "valkey": _POST, "postgres": (*_POST, "web")}


@dataclass(frozen=True, slots=True)
class Plan:
    """How hard and how long. `gap`: mean seconds between kills; `lease` of a delivery and the `first_delay` after a
    failed try in seconds; `flush_every` so many seconds Valkey is emptied."""

    kills: int
    notices: int
    gap: float
    lease: int
    first_delay: float = 0.5
    flush_every: float = 10.0
    clients: int = 5
    seed: int = 0
    most_seconds: float = 300.0  # of load; a run that has not got its kills and notices by then stops and says so
    strike_seconds: float = math.inf  # after these a busy machine has had its share: no more kills, which is no fault


class Watch:
    """One connection that looks, and connects anew after PostgreSQL fell."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._line: psycopg.Connection[Any] | None = None

    def rows(self, query: str) -> list[Any]:
        """The rows of a query. Raises psycopg.OperationalError while no server answers."""
        for last in (False, True):
            try:
                if self._line is None or self._line.closed:
                    self._line = psycopg.connect(self._url, autocommit=True, connect_timeout=10)
                return self._line.execute(query).fetchall()
            except psycopg.OperationalError:
                self.close()
                if last:
                    raise
        raise AssertionError

    def close(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.close()


class Storm:
    """A run in progress: the programs, the clients and one connection that watches."""

    def __init__(self, plan: Plan, fleet: Fleet, tally: Tally, watch: Watch, say: Callable[[str], None]) -> None:
        self.plan, self.fleet, self.tally, self.watch, self.say = plan, fleet, tally, watch, say
        self.dice = random.Random(plan.seed)
        self.stop = threading.Event()
        self.flushes = 0

    # --- the kills ----------------------------------------------------------------------------------------------------

    def rage(self, clients: list[Client]) -> None:
        """Strike until there are kills and notices enough; then go on until the last kill is recovered from."""
        began, last_said = time.monotonic(), 0.0
        round_: list[Victim] = []
        next_at, flush_at = began + self.plan.gap, began + self.plan.flush_every
        while True:
            self.fleet.keep_up()
            now = time.monotonic()
            if now >= flush_at:
                flush_at = now + self.plan.flush_every
                self._flush()
            done = len(self.fleet.kills)
            spared = set(ROUND) - {kill.victim for kill in self.fleet.kills}
            struck = (done >= self.plan.kills and not spared) or now - began > self.plan.strike_seconds
            if struck and self._notices() >= self.plan.notices and not self._unrecovered():
                return
            if now - began > self.plan.most_seconds:
                self.tally.surprise(
                    f"after {self.plan.most_seconds:.0f} s only {done} kills and {self._notices()} notices"
                )
                return
            if not any(client.is_alive() for client in clients):
                self.tally.surprise("no client is left")
                return
            if now - last_said > 5:
                last_said = now
                self.say(
                    f"{now - began:5.0f} s  {done} kills  {self._notices()} notices  {self._unsent()} on their way"
                )
            if not struck and now >= next_at:
                if done >= self.plan.kills:
                    round_ = sorted(spared)  # enough blows; only a kind that was always spared is waited for
                elif not round_:
                    round_ = self.dice.sample(ROUND, len(ROUND))
                if self._strike(round_, or_else=Victim.WEB_WORKER if done < self.plan.kills else None):
                    next_at = now + self.plan.gap * self.dice.uniform(0.5, 1.5)
            time.sleep(0.1)

    def _strike(self, round_: list[Victim], *, or_else: Victim | None) -> bool:
        """Kill the first of the round whose program works, else `or_else`; the others wait for their turn."""
        for victim in [*round_, *([or_else] if or_else else [])]:
            if any(self._unrecovered(program) for program in RECOVER_FIRST[victim.program]):
                continue
            wanted = self._postman_at_work() if victim is Victim.POSTMAN else set()
            kill = self.fleet.strike(victim, wanted, self.dice.random())
            if kill is not None:
                at_work = ", at work on a delivery" if kill.pid in wanted else ""
                self.say(f"        kill -9 {victim} {kill.pid}{at_work}")
                if victim in round_:
                    round_.remove(victim)
                return True
        return False

    def _flush(self) -> None:
        """Everything that Valkey holds is gone: FLUSHALL, if it is there to be asked."""
        with suppress(redis.RedisError), redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2) as valkey:
            valkey.flushall()
            self.flushes += 1

    def _postman_at_work(self) -> set[int]:
        """Who holds a lease at this moment, if it shows within half a second: the kill is to hit a try."""
        until = time.monotonic() + 0.5
        query = "SELECT lease_by FROM notifications_delivery WHERE state = 'pending' AND lease_until > now()"
        while time.monotonic() < until:
            found = {int(name.split(":")[1]) for (name,) in self.watch.rows(query)}
            living = {child.pid for child in self.fleet.programs["worker"].children()}
            if found & living:
                return found
            time.sleep(0.001)
        return set()

    def _unrecovered(self, program: str = "") -> list[Kill]:
        """The last kills after which the struck program has not yet shown that it works."""
        last = {kill.victim.program: kill for kill in self.fleet.kills}
        found = []
        for name, kill in last.items():
            if program in ("", name) and any(shown() <= kill.works_again_from for shown in self._shows(name)):
                found.append(kill)
        return found

    def _shows(self, program: str) -> list[Callable[[], float]]:
        """By what one sees that a program works: answers, deliveries, or for the database both."""
        if program == "postgres":
            return [self._last_answer, self._last_delivery]
        return [self._last_answer] if program == "web" else [self._last_delivery]

    def _last_answer(self) -> float:
        """The beginning of the youngest request that was answered."""
        return max((began for began, _ in self.tally.answers[-20:]), default=0.0)

    # --- what the database shows --------------------------------------------------------------------------------------

    def _one(self, query: str) -> Any:
        return self.watch.rows(query)[0][0]

    def _last_delivery(self) -> float:
        return float(self._one("SELECT coalesce(extract(epoch FROM max(done_at)), 0) FROM notifications_delivery"))

    def _notices(self) -> int:
        return int(self._one("SELECT count(*) FROM notifications_notice"))

    def _unsent(self) -> int:
        return int(self._one("SELECT count(*) FROM notifications_delivery WHERE state = 'pending'"))

    # --- before and after ---------------------------------------------------------------------------------------------

    def wait_for_first(self, what: str, works: Callable[[], bool]) -> None:
        """Wait until the system works at all."""
        until = time.monotonic() + SECONDS_TO_START
        while not works():
            if time.monotonic() > until:
                raise RuntimeError(f"no {what} within {SECONDS_TO_START} s\n{self.fleet.last_words()}")
            self.fleet.keep_up()
            time.sleep(0.1)

    def answers(self) -> bool:
        """Whether the web server is ready."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.fleet.port}/readyz", timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            return False

    def delivers(self) -> bool:
        """Whether a notice has arrived."""
        return self._last_delivery() > 0

    def drain(self) -> float:
        """Wait until nothing is left to send; return the seconds. While the heap shrinks there is no hurry; it may
        stand still until a lease has run out twice."""
        began = last_said = time.monotonic()
        least, patience = self._unsent(), began + 3 * self.plan.lease + 60
        while least and time.monotonic() < patience:
            self.fleet.keep_up()
            time.sleep(0.1)
            left = self._unsent()
            if left < least:
                least, patience = left, time.monotonic() + 3 * self.plan.lease + 60
            if time.monotonic() - last_said > 5:
                last_said = time.monotonic()
                self.say(f"{last_said - began:5.0f} s  {left} still to send")
        return time.monotonic() - began

    def recovery(self) -> tuple[float, str]:
        """The longest time from a kill to the next answer (web) or delivery (worker, beat), and who had fallen."""
        deliveries = [
            float(at) for (at,) in self.watch.rows(
                "SELECT extract(epoch FROM done_at) FROM notifications_delivery WHERE done_at IS NOT NULL ORDER BY 1"
            )
        ]  # fmt: skip
        answers = sorted(self.tally.answers)
        begun = [began for began, _ in answers]
        first_end = list(itertools.accumulate(reversed([ended for _, ended in answers]), min))[::-1]
        worst, who = 0.0, ""
        shown = {"web": [(first_end, begun)], "postgres": [(first_end, begun), (deliveries, deliveries)]}
        for kill in self.fleet.kills:
            for moments, keys in shown.get(kill.victim.program, [(deliveries, deliveries)]):
                place = bisect_left(keys, kill.works_again_from)
                took = moments[place] - kill.at if place < len(moments) else math.inf
                if took > worst:
                    worst, who = took, kill.victim.value
        return worst, who

    def answers_without_valkey(self) -> int:
        """How many requests were answered while Valkey was away."""
        away = [(k.at, k.gone_at) for k in self.fleet.kills if k.victim is Victim.VALKEY and k.gone_at is not None]
        return sum(1 for began, ended in self.tally.answers if any(a <= began and ended <= b for a, b in away))


def run(plan: Plan, database: str, say: Callable[[str], None]) -> dict[str, Any]:
    """Run one fault test on a fresh database that Django's default connection points to; return what is to be reported.

    `ok` says whether the run was whole and every promise kept, `in_time` whether recovery
    stayed within lease + 5 s. Every process, thread and socket of the run is gone afterwards.
    """
    tokens = county.settle()
    port = free_port()
    secrets = county.connect(port)
    connections["default"].close()
    var = servers.var()
    tally = Tally()
    with ExitStack() as last:
        folder = Path(last.enter_context(tempfile.TemporaryDirectory(prefix="faults-", dir=var)))
        ledger = last.enter_context(Ledger(folder / "acknowledged.jsonl"))
        watch = Watch(embedded.urls(var, database).application)
        last.callback(watch.close)
        environment = environment_for(database, settings.REDIS_URL, settings.SECRET_KEY, var)
        peer = Peer(port, folder / "peer.sqlite", folder / "peer.log", secrets, plan.seed)
        with Fleet(environment, folder, lease=plan.lease, first_delay=plan.first_delay, peer=peer) as fleet:
            storm = Storm(plan, fleet, tally, watch, say)
            clients = [
                Client(number, fleet.port, tokens, ledger, tally, storm.stop, plan.seed)
                for number in range(plan.clients)
            ]
            storm.wait_for_first("page", storm.answers)
            began = time.monotonic()
            try:
                for client in clients:
                    client.start()
                storm.wait_for_first("delivery", storm.delivers)
                say(f"web and mailroom work; {plan.kills} kills to come, seed {plan.seed}")
                storm.rage(clients)
            finally:
                storm.stop.set()
                _join(clients, fleet, tally)
            loaded = time.monotonic() - began
            drained = storm.drain()
            say(f"load for {loaded:.0f} s, then drained in {drained:.1f} s")
            say(f"clients saw: {dict(tally.counts)}")
            recovery, slowest = storm.recovery()
        verdict = judge(ledger.lines(), tally.keys, peer.store)
        report = _report(storm, verdict, recovery, slowest)
        report |= {"load_s": round(loaded, 1), "drain_s": round(drained, 1)}
        if not report["ok"]:
            _explain(verdict, tally, fleet, say)
    connections["default"].close()
    return report


def _join(clients: list[Client], fleet: Fleet, tally: Tally) -> None:
    """Let every client get its last answer; the programs are kept up meanwhile."""
    until = time.monotonic() + ENDURANCE + 10
    started = [client for client in clients if client.ident is not None]
    while any(client.is_alive() for client in started) and time.monotonic() < until:
        fleet.keep_up()
        time.sleep(0.05)
    for client in started:
        if client.is_alive():
            tally.surprise(f"{client.name} does not end")


def _report(storm: Storm, verdict: Verdict, recovery: float, slowest: str) -> dict[str, Any]:
    """The one line: the keys of the plan first, then what helps to read them."""
    fleet, one = storm.fleet, storm._one
    report: dict[str, Any] = {
        "kills": len(fleet.kills),
        "notices": storm._notices(),
        "complaints": one("SELECT count(*) FROM workflows_complaint"),
        **{what: verdict.counts[what] for what in BAD[:5]},
        "recovery_s": round(recovery, 2) if math.isfinite(recovery) else None,
        "broken": verdict.counts["broken"],
        "surprises": len(storm.tally.surprises),
        "slowest_after": slowest,
        "lease_s": storm.plan.lease,
        "tries_cut_off": one("SELECT count(*) FROM notifications_deliveryattempt WHERE status = 'lost'"),
        "longest_delivery_s": round(float(one(
            "SELECT coalesce(max(extract(epoch FROM done_at - created_at)), 0) FROM notifications_delivery")), 2),
        "requests_repeated": sum(n for what, n in storm.tally.counts.items() if what.startswith(REPEATED_AFTER)),
        "flushes": storm.flushes,
        "answers_without_valkey": storm.answers_without_valkey(),
        "struck": dict(Counter(kill.victim.value for kill in fleet.kills)),
        "tries": one("SELECT count(*) FROM notifications_deliveryattempt"),
        "first_delay_s": storm.plan.first_delay,
        "seed": storm.plan.seed,
    }  # fmt: skip
    # said, not judged: on a busy machine a start alone may take longer
    report["in_time"] = math.isfinite(recovery) and recovery <= storm.plan.lease + GRACE
    done = (report["kills"] >= storm.plan.kills or math.isfinite(storm.plan.strike_seconds)) and report[
        "notices"
    ] >= storm.plan.notices
    report["ok"] = done and not any(report[what] for what in BAD)
    return report


def _explain(verdict: Verdict, tally: Tally, fleet: Fleet, say: Callable[[str], None]) -> None:
    for what, rows in verdict.named.items():
        for row in rows:
            say(f"{what}: {row}")
    say(fleet.last_words())


def say_on_stderr(line: str) -> None:
    """Progress for whoever watches; stdout carries the one line of the result."""
    print(line, file=sys.stderr, flush=True)
