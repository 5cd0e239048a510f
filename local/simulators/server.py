"""A small, fast HTTP/1.1 server on loopback, for handlers that know nothing of sockets."""

import asyncio
import gzip
import json
import re
import signal
import ssl
import sys
import threading
import traceback
import zlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import format_datetime
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import parse_qsl

import httptools

# Shorter bodies are not worth the work of packing them.
_GZIP_FROM = 1024
_REASONS = {status.value: status.phrase for status in HTTPStatus}
# The C encoder cannot write a Decimal: it writes a marked string, and the quotes go afterwards.
_MARK = "\ue000"
_MARKED_NUMBER = re.compile(f'"{_MARK}(-?[0-9.]+)"')


@dataclass(slots=True)
class Request:
    """An HTTP request: path as received without its query, lower-case header names, plain body."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(slots=True)
class Response:
    """An HTTP response, to be sent after `delay_s`; `drop` closes the connection unanswered."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    drop: bool = False

    @classmethod
    def json(cls, value: object, status: int = 200, headers: dict[str, str] | None = None) -> Self:
        """Build a JSON response."""
        kind = {"content-type": "application/json;charset=UTF-8"}
        return cls(status, json_bytes(value), kind | (headers or {}))


Handler = Callable[[Request], Response]


def json_bytes(value: object) -> bytes:
    """Write JSON without blanks; a Decimal becomes a number with exactly its digits."""
    text = json.dumps(value, default=_mark_decimal, ensure_ascii=False, separators=(",", ":"))
    if _MARK in text:
        text = _MARKED_NUMBER.sub(r"\1", text)
    return text.encode()


def _mark_decimal(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{_MARK}{value:f}"
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


class Server:
    """Serves a handler on 127.0.0.1 from one background thread."""

    def __init__(
        self, handle: Handler, *, port: int = 0, tls: ssl.SSLContext | None = None
    ) -> None:
        self.port = port
        self._handle = handle
        self._tls = tls
        self._loop = asyncio.new_event_loop()
        self._connections: set[_Connection] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="server", daemon=True)
        self._listener: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Return the address of the server, without a slash at its end."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def start(self) -> Self:
        """Listen, and serve in the background; `port` is the real one from here on."""
        self._listener = self._loop.run_until_complete(
            self._loop.create_server(
                lambda: _Connection(self._handle, self._connections, self._loop),
                "127.0.0.1",
                self.port,
                ssl=self._tls,
                backlog=512,
            )
        )
        self.port = self._listener.sockets[0].getsockname()[1]
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening, close every connection and end the thread."""
        if not self._thread.is_alive():
            return
        self._loop.call_soon_threadsafe(self._close)
        self._thread.join(timeout=10)
        self._loop.close()

    def _close(self) -> None:
        if self._listener:
            self._listener.close()
        for connection in tuple(self._connections):
            connection.close()
        # One more turn of the loop lets the transports close their sockets.
        self._loop.call_soon(self._loop.call_soon, self._loop.stop)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def run_until_signal(announcement: dict[str, Any], stop: Callable[[], None]) -> None:
    """Print one JSON line that says the servers are ready, wait for SIGTERM or SIGINT, and stop.

    Call it in the main thread, after the servers have been started.
    """
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    print(json.dumps(announcement), flush=True)
    done.wait()
    stop()


class _Connection(asyncio.Protocol):
    """One client: parses its requests and answers them in their order."""

    def __init__(
        self, handle: Handler, connections: "set[_Connection]", loop: asyncio.AbstractEventLoop
    ) -> None:
        self._handle = handle
        self._connections = connections
        self._loop = loop
        self._waiting: deque[tuple[Request, bool]] = deque()
        self._is_answering = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # asyncio sets TCP_NODELAY on every stream socket by itself.
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - a server has no other kind
        self._transport = transport
        self._parser = httptools.HttpRequestParser(self)
        self._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)
        self._waiting.clear()

    def close(self) -> None:
        self._transport.abort()

    def data_received(self, received: bytes) -> None:
        try:
            self._parser.feed_data(received)
        except httptools.HttpParserUpgrade:
            # The request itself was complete, and nothing here speaks another protocol.
            return
        except httptools.HttpParserError:
            self._send(Response(400, b"malformed request"), keep_alive=False)

    # Callbacks of the parser

    def on_message_begin(self) -> None:
        self._url = b""
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []

    def on_url(self, part: bytes) -> None:
        self._url += part

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        if self._headers.get("expect", "").lower() == "100-continue":
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, part: bytes) -> None:
        self._body.append(part)

    def on_message_complete(self) -> None:
        path, _, query = self._url.decode("latin-1").partition("?")
        body = b"".join(self._body)
        keep_alive = self._parser.should_keep_alive()
        if self._headers.get("content-encoding", "").lower() == "gzip":
            try:
                body = zlib.decompress(body, wbits=31)
            except zlib.error:
                self._send(Response(400, b"malformed gzip body"), keep_alive=False)
                return
        method = self._parser.get_method().decode("latin-1").upper()
        decoded = dict(parse_qsl(query, keep_blank_values=True)) if query else {}
        self._waiting.append((Request(method, path, decoded, self._headers, body), keep_alive))
        if not self._is_answering:
            self._answer_next()

    # Answers

    def _answer_next(self) -> None:
        self._is_answering = False
        while self._waiting and not self._is_answering and not self._transport.is_closing():
            request, keep_alive = self._waiting.popleft()
            self._answer(request, keep_alive)

    def _answer(self, request: Request, keep_alive: bool) -> None:
        try:
            response = self._handle(request)
        except Exception:  # noqa: BLE001 - a fault in a handler must not end the server
            traceback.print_exc(file=sys.stderr)
            response = Response(500, b"the stand-in failed; see its standard error")
        if len(response.body) >= _GZIP_FROM:
            _pack(request, response)
        has_no_body = request.method == "HEAD"
        if response.delay_s <= 0:
            self._send(response, keep_alive, has_no_body)
            return
        self._is_answering = True
        self._loop.call_later(response.delay_s, self._send_late, response, keep_alive, has_no_body)

    def _send_late(self, response: Response, keep_alive: bool, has_no_body: bool) -> None:
        self._send(response, keep_alive, has_no_body)
        self._answer_next()

    def _send(self, response: Response, keep_alive: bool, has_no_body: bool = False) -> None:
        if self._transport.is_closing():
            return
        if response.drop:
            self._transport.abort()
            return
        self._transport.write(_head(response, keep_alive) + (b"" if has_no_body else response.body))
        if not keep_alive:
            self._transport.close()


def _pack(request: Request, response: Response) -> None:
    """Pack a long body for a client that says it can unpack it."""
    if "gzip" in request.headers.get("accept-encoding", ""):
        response.body = gzip.compress(response.body, compresslevel=1, mtime=0)
        response.headers = {**response.headers, "content-encoding": "gzip"}


def _head(response: Response, keep_alive: bool) -> bytes:
    status = response.status
    lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    if not any(name.lower() == "date" for name in response.headers):
        lines.append(f"date: {http_date(datetime.now(UTC))}")
    if status != HTTPStatus.NO_CONTENT and status != HTTPStatus.NOT_MODIFIED:
        lines.append(f"content-length: {len(response.body)}")
    if not keep_alive:
        lines.append("connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


@lru_cache(256)
def http_date(moment: datetime) -> str:
    """Write a UTC time as HTTP headers want it, for example `Sat, 22 Nov 2026 10:00:00 GMT`."""
    return format_datetime(moment, usegmt=True)
