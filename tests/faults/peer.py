"""The peer of a fault test: another agency's system and an SMS gateway in one process, with a memory of its own.

It takes signed messages at /in/<agency> and short messages at /sms, stores each key once in an SQLite file before the
answer goes out, and behaves as other people's systems do: by lot it answers 503, loses the answer
after it has stored, is slow, or is gone for a while. `python -m tests.faults.peer PORT FILE SEED`; the agencies' keys
come as one JSON line on its input.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import sqlite3
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

BUSY, LOST, SLOW = 0.08, 0.06, 0.04
#: seconds: longest of a slow answer, of an absence, and between two absences
SLOWNESS, ABSENCE, PRESENCE = 1.0, 2.0, 25.0


class Store:
    """What took effect, by key; and how often each key was asked for."""

    def __init__(self, path: Path) -> None:
        self._alone = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False)
        self._db.executescript(
            "PRAGMA journal_mode = WAL;"
            "CREATE TABLE effect (number INTEGER PRIMARY KEY, key TEXT, notice TEXT, channel TEXT, sha256 TEXT);"
            "CREATE INDEX effect_key ON effect (key);"
            "CREATE TABLE post (key TEXT, outcome TEXT);"
        )

    def take(self, key: str, notice: str, channel: str, body: bytes, outcome: str) -> int:
        """The number under this key: the one it has, or a new one."""
        with self._alone, self._db:
            self._db.execute("INSERT INTO post VALUES (?, ?)", (key, outcome))
            number = self._find(key)
            if number is None:
                row = (key, notice, channel, hashlib.sha256(body).hexdigest())
                written = self._db.execute("INSERT INTO effect (key, notice, channel, sha256) VALUES (?, ?, ?, ?)", row)
                number = written.lastrowid or 0
            return number

    def find(self, key: str) -> int | None:
        with self._alone:
            return self._find(key)

    def note(self, key: str, outcome: str) -> None:
        with self._alone, self._db:
            self._db.execute("INSERT INTO post VALUES (?, ?)", (key, outcome))

    def _find(self, key: str) -> int | None:
        row = self._db.execute("SELECT number FROM effect WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None


class Line(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    store: Store
    secrets: dict[str, str]
    dice: random.Random
    began: float

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        key = self.headers.get("Idempotency-Key", "")
        lot = self.dice.random()
        if self._gone():
            self.close_connection = True
            return self.store.note(key, "absent")
        if not self._theirs(body):
            self.store.note(key, "bad signature")
            return self._say(401, {"error": "signature"})
        if lot < BUSY:
            self.store.note(key, "busy")
            return self._say(503, {"error": "busy"})
        if lot > 1 - SLOW:
            time.sleep(self.dice.uniform(0.2, SLOWNESS))
        said = json.loads(body)
        lost = lot < BUSY + LOST
        outcome = "answer lost" if lost else "answered"
        number = self.store.take(key, str(said.get("notice", "")), self.path.split("/")[1], body, outcome)
        if lost:
            self.close_connection = True
            return None
        return self._say(200, {"id": number})

    def do_GET(self) -> None:
        key = parse_qs(urlsplit(self.path).query).get("key", [""])[0]
        if self._gone():
            self.close_connection = True
            return None
        number = self.store.find(key)
        return self._say(404, {"error": "unknown"}) if number is None else self._say(200, {"id": number})

    def _gone(self) -> bool:
        return (time.monotonic() - self.began) % (PRESENCE + ABSENCE) > PRESENCE

    def _theirs(self, body: bytes) -> bool:
        if self.path == "/sms":
            return True
        secret = self.secrets.get(self.headers.get("Casedesk-Key", ""), "")
        moment = self.headers.get("Casedesk-Timestamp", "")
        made = hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()
        return bool(secret) and hmac.compare_digest(f"v1={made}", self.headers.get("Casedesk-Signature", ""))

    def _say(self, status: int, answer: dict[str, object]) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """The store knows what was asked."""


def main() -> None:
    port, path, seed = int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    Line.store, Line.secrets = Store(path), json.loads(sys.stdin.readline())
    Line.dice, Line.began = random.Random(seed), time.monotonic()
    server = ThreadingHTTPServer(("127.0.0.1", port), Line)
    server.daemon_threads = True
    server.serve_forever()


if __name__ == "__main__":
    main()
