"""Other sides of a wire for tests: an HTTP peer and a mail server that do what a test tells them, on loopback."""

from __future__ import annotations

import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

Handle = Callable[["Request"], bytes | None]


@dataclass
class Request:
    """One request as it came over the wire."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    line: socket.socket


@dataclass
class Peer:
    """An HTTP server whose answers a test chooses; None: the line is cut without one."""

    answer: Handle
    requests: list[Request] = field(default_factory=list)
    port: int = 0
    scheme: str = "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/in"


def reply(status: str, body: bytes = b'{"id": "P-1"}', kind: str = "application/json", **headers: str) -> bytes:
    """A whole HTTP answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
    lines += [f"Content-Type: {kind}"] if kind else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def fine(request: Request) -> bytes:
    return reply("200 OK")


@contextmanager
def http_peer(answer: Handle = fine, certificate: Path | None = None) -> Iterator[Peer]:
    """A peer; with a file of key and certificate one that speaks TLS."""
    peer = Peer(answer, scheme="http" if certificate is None else "https")

    class Line(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            first = self.rfile.readline().decode().split()
            if len(first) < 2:
                return
            headers: dict[str, str] = {}
            while (line := self.rfile.readline().decode().strip()) != "":
                name, _, value = line.partition(":")
                headers[name.strip().lower()] = value.strip()
            body = self.rfile.read(int(headers.get("content-length", 0)))
            request = Request(first[0], first[1], headers, body, self.connection)
            peer.requests.append(request)
            said = peer.answer(request)
            if said is not None:
                self.wfile.write(said)

    with _served(Line, certificate) as port:
        peer.port = port
        yield peer


@dataclass
class Letters:
    """A mail server: what it took, and what it says to each command (by its first four letters)."""

    says: dict[str, str] = field(default_factory=dict)
    taken: list[bytes] = field(default_factory=list)
    port: int = 0


@contextmanager
def mail_server() -> Iterator[Letters]:
    letters = Letters()

    class Line(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 here")
            while line := self.rfile.readline():
                word = line[:4].decode().upper().strip()
                if word == "DATA" and "DATA" not in letters.says:
                    self._say("354 go on")
                    lines = []
                    while (text := self.rfile.readline()) not in (b".\r\n", b""):
                        lines.append(text)
                    if letters.says.get("END") == "cut":
                        return
                    letters.taken.append(b"".join(lines))
                    self._say(letters.says.get("END", "250 queued as Q-7"))
                else:
                    self._say(letters.says.get(word, "221 bye" if word == "QUIT" else "250 fine"))
                    if word == "QUIT":
                        return

        def _say(self, text: str) -> None:
            self.wfile.write(text.encode() + b"\r\n")

    with _served(Line) as port:
        letters.port = port
        yield letters


@contextmanager
def _served(handler: type[socketserver.BaseRequestHandler], certificate: Path | None = None) -> Iterator[int]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if certificate is not None else None
    if tls is not None:
        tls.load_cert_chain(str(certificate))

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

        def get_request(self) -> tuple[socket.socket, object]:
            line, address = super().get_request()
            # the handshake is made by the line's own thread, at its first reading
            return (tls.wrap_socket(line, True, do_handshake_on_connect=False) if tls else line), address

        def handle_error(self, request: object, client_address: object) -> None:
            """The other end left: that is what these tests are about."""

    server = Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
