"""A receiver of webhooks: a real server on this machine that remembers what it was sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

Answering = Callable[["Got"], "int | tuple[int, dict[str, str], bytes]"]


@dataclass
class Got:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def sequence(self) -> int:
        return int(self.headers["X-HoopAI-Sequence"])


class Receiver:
    """`with Receiver() as receiver:` listens; `answer` says what it says: a status, or status, headers and body."""

    def __init__(self) -> None:
        self.got: list[Got] = []
        self.answer: Answering = lambda got: 200
        self.lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                got = Got(self.path, dict(self.headers), self.rfile.read(int(self.headers["Content-Length"])))
                with receiver.lock:
                    receiver.got.append(got)
                said = receiver.answer(got)
                status, headers, body = said if isinstance(said, tuple) else (said, {}, b"ok")
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Quietly."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 256

            def handle_error(self, *_: Any) -> None:
                """A sender that was killed hangs up; nobody needs to read that."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/hooks"

    @property
    def types(self) -> list[str]:
        return [got.data["type"] for got in self.got]

    def of(self, event: str) -> list[Got]:
        return [got for got in self.got if got.data["type"] == event]
