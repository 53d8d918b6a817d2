# SPDX-License-Identifier: Apache-2.0
"""What all stand-ins share: an HTTP server on the loopback address that records what it is sent."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Refused(Exception):
    """The request breaks a rule of the service; the message is the service's answer."""

    def __init__(self, message: str, status: int = 400):
        super().__init__(message)
        self.status = status


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]  # names in lower case
    body: bytes

    def json(self) -> Any:
        """The body as JSON, read as strictly as RFC 8259 says."""
        if self.headers.get("content-type", "").split(";")[0].strip() != "application/json":
            raise Refused("the content type is not application/json")
        try:
            return json.loads(self.body.decode("utf-8"), parse_constant=lambda name: 1 / 0)
        except (ValueError, ZeroDivisionError) as error:
            raise Refused(f"the body is not JSON: {error}") from error


@dataclass
class Answer:
    status: int = 200
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, status: int, value: Any, **headers: str) -> Answer:
        return cls(status, json.dumps(value), {"Content-Type": "application/json", **headers})


class Service:
    """Use as a context manager. `next` holds answers to give before the service's own."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.next: list[Answer] = []
        self._lock = threading.Lock()
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                request = Request(
                    self.command,
                    self.path,
                    {name.lower(): value for name, value in self.headers.items()},
                    self.rfile.read(length),
                )
                answer = service.take(request)
                body = answer.body.encode()
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def take(self, request: Request) -> Answer:
        with self._lock:
            self.requests.append(request)
            return self.next.pop(0) if self.next else self.answer(request)

    def answer(self, request: Request) -> Answer:
        raise NotImplementedError

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def need(condition: object, message: str) -> None:
    if not condition:
        raise Refused(message)


def only(value: dict, known: set[str], where: str) -> None:
    unknown = sorted(set(value) - known)
    need(not unknown, f"{where} has unknown members {unknown}")


def text(value: object, where: str, least: int, most: int) -> str:
    need(isinstance(value, str), f"{where} is not a string")
    need(least <= len(value) <= most, f"{where} has {len(value)} characters, {least} to {most} are allowed")
    return value
