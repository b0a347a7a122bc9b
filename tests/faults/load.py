"""The load: clients that call the API as the hotline and the squad leader do, and never take a lost answer for a no.

Every request carries an Idempotency-Key and is repeated under it until an answer comes. What was answered is written
to a file and fsync'd before the client goes on: the verdict reads that file, not this process's memory.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests import walks
from workflows import clock

PATIENCE = 10.0  # seconds for one answer
ENDURANCE = 90.0  # seconds for one request under one key, with all its repetitions
SURPRISES_SAID = 20
HURRY = 0.01  # how long an impatient client waits before it asks again, while the first request is still at work


class NoAnswer(Exception):
    """The system did not answer one request within ENDURANCE."""


class Ledger:
    """What was acknowledged, one JSON line each, on the disk before anybody relies on it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._alone = threading.Lock()
        self._file = path.open("ab")

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *failure: object) -> None:
        self._file.close()

    def write(self, line: Mapping[str, Any]) -> None:
        """Add one line; it is on the disk when this returns."""
        with self._alone:
            self._file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())

    def lines(self) -> list[dict[str, Any]]:
        """Everything written so far, read back from the file."""
        return [json.loads(line) for line in self.path.read_bytes().splitlines()]


@dataclass
class Tally:
    """What all clients saw together."""

    answers: list[tuple[float, float]] = field(default_factory=list)  # begun and answered, seconds since 1970
    counts: Counter[str] = field(default_factory=Counter)
    surprises: list[str] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    _alone: threading.Lock = field(default_factory=threading.Lock)

    def answered(self, began: float, ended: float) -> None:
        with self._alone:
            self.answers.append((began, ended))

    def count(self, what: str) -> None:
        with self._alone:
            self.counts[what] += 1

    def sent_under(self, key: str) -> None:
        with self._alone:
            self.keys.add(key)

    def surprise(self, what: str) -> None:
        with self._alone:
            self.surprises.append(what)
            if len(self.surprises) <= SURPRISES_SAID:
                print(f"surprise: {what}", file=sys.stderr, flush=True)


class Client(threading.Thread):
    """One desk: takes calls one after the other and lets the squad leader decide on each."""

    def __init__(
        self,
        number: int,
        port: int,
        tokens: Mapping[str, str],
        ledger: Ledger,
        tally: Tally,
        stop: threading.Event,
        seed: int,
    ) -> None:
        super().__init__(name=f"client {number}", daemon=True)
        self._number, self._port, self._tokens = number, port, tokens
        self._ledger, self._tally, self._stop_asked = ledger, tally, stop
        self._dice = random.Random(f"{seed}-{number}")
        self._line: http.client.HTTPConnection | None = None

    def run(self) -> None:
        turn = 0
        try:
            while not self._stop_asked.is_set():
                turn += 1
                self._one_call(turn)
        except NoAnswer as failure:
            self._tally.surprise(f"no answer for {ENDURANCE:.0f} s: {failure}")
        except Exception as failure:
            self._tally.surprise(f"{self.name} ended: {type(failure).__name__}: {failure}")
        finally:
            self._hang_up()

    # --- what a client does -------------------------------------------------------------------------------------------

    def _one_call(self, turn: int) -> None:
        key = uuid.UUID(int=self._dice.getrandbits(128), version=4).hex
        body = self._words(key, turn)
        self._tally.sent_under(key)
        status, answer, _ = self._insist("operator", "/api/complaints", body, key)
        if status not in (200, 201):
            self._tally.surprise(f"complaint {status}: {_shown(answer)}")
            time.sleep(0.5)
            return
        self._acknowledge(key, answer)
        if self._dice.random() < 0.05:  # the same request once more: the same answer, and nothing else
            again = self._insist("operator", "/api/complaints", body, key)
            if again[0] in (200, 201):
                self._acknowledge(key, again[1])
            else:
                self._tally.surprise(f"repeated complaint {again[0]}: {_shown(again[1])}")
        self._decide(answer["intake"])

    def _words(self, key: str, turn: int) -> dict[str, Any]:
        """One call about invented people; the key stands in the title, so that the database can count by it."""
        today = clock.today()
        period = {"period_from": str(today - timedelta(days=120)), "period_to": str(today - timedelta(days=60))}
        worker = f"林{'一二三四五六七八九十'[self._number % 10]}{'春夏秋冬'[turn % 4]}"
        return walks.CALL | {
            "title": f"来电 {key}",
            "complainant_name": worker,
            "complainant_phone": f"139{self._number:02d}{turn % 1_000_000:06d}",
            "employer_name": f"渑池县青石{self._number}号建筑劳务有限公司",
            "arrears_from": period["period_from"],
            "arrears_to": period["period_to"],
            "worker_count": 1,
            "lines": [{"worker_name": worker, "claimed": "12600.00", "months": "2", **period}],
        }

    def _acknowledge(self, key: str, answer: Mapping[str, Any]) -> None:
        receipt = answer.get("receipt") or {}
        self._ledger.write(
            {
                "what": "complaint",
                "key": key,
                "id": answer["id"],
                "code": receipt.get("receipt_code", ""),
                "second": receipt.get("receipt_second", ""),
            }
        )
        self._tally.count("complaints acknowledged")

    def _decide(self, intake: str) -> None:
        """An urgent report and the squad leader's decision, by lot; each of them sends notices."""
        lot = self._dice.random()
        if self._dice.random() < 0.9:  # three notices in one act
            self._act("operator", intake, "flag_urgent", {"what": "多人聚集讨薪"})
        if lot < 0.75:
            self._act("squad_leader", intake, "accept", {})
        elif lot < 0.9:
            by_day: date = clock.today() + timedelta(days=5)
            self._act("squad_leader", intake, "request_supplement", {"missing": "身份证复印件", "by_day": str(by_day)})
        else:
            self._act(
                "squad_leader",
                intake,
                "decline",
                {"reason": "不属于劳动保障监察范围", "route": "可向渑池县人民法院起诉"},
            )

    def _act(self, who: str, intake: str, act: str, inputs: Mapping[str, Any]) -> None:
        key = uuid.UUID(int=self._dice.getrandbits(128), version=4).hex
        status, answer, tries = self._insist(who, f"/api/intake/{intake}/actions/{act}", inputs, key)
        if status == 200:
            self._ledger.write({"what": "act", "subject": intake, "act": act})
            self._tally.count("acts acknowledged")
        else:
            self._tally.surprise(f"{act} {status} at try {tries}: {_shown(answer)}")

    # --- the wire -----------------------------------------------------------------------------------------------------

    def _insist(self, who: str, path: str, body: Mapping[str, Any], key: str) -> tuple[int, Any, int]:
        """Ask until an answer comes: status, body, number of tries. Raises NoAnswer."""
        raw = json.dumps(body, ensure_ascii=False).encode()
        until, tries = time.monotonic() + ENDURANCE, 0
        while time.monotonic() < until:
            tries += 1
            patience = HURRY if tries == 1 and self._dice.random() < 0.05 else PATIENCE
            began = time.time()
            try:
                status, answer = self._ask(who, path, raw, key, patience)
            except (OSError, http.client.HTTPException, ValueError) as failure:
                self._hang_up()
                self._tally.count(f"no answer ({type(failure).__name__})")
            else:
                if status < 500 and not (status == 409 and _busy(answer)):
                    self._tally.answered(began, time.time())
                    return status, answer, tries
                self._tally.count(f"answered {status}")
            time.sleep(self._dice.uniform(0.02, 0.2) * min(tries, 5))
        raise NoAnswer(path.split("/")[-1])

    def _ask(self, who: str, path: str, raw: bytes, key: str, patience: float) -> tuple[int, Any]:
        line = self._line or http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        self._line = line
        headers = {
            "Authorization": f"Token {self._tokens[who]}",
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Idempotency-Key": key,
        }
        if line.sock is None:
            line.connect()
        assert line.sock is not None
        line.sock.settimeout(patience)
        line.request("POST", path, raw, headers)
        with line.getresponse() as response:
            return response.status, json.loads(response.read())

    def _hang_up(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            with suppress(OSError):
                line.close()


def _busy(answer: Mapping[str, Any]) -> bool:
    """A 409 that says somebody else holds the row now: nothing was decided, it may be asked again."""
    return "请稍后再试" in str(answer.get("detail", ""))


def _shown(answer: Any) -> str:
    return json.dumps(answer, ensure_ascii=False)[:300]
