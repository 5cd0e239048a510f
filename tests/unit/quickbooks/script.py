"""A scripted vendor: answers calls from a list, and keeps what it was asked."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

from bridge.errors import RateLimitedError
from bridge.model import AccessToken
from bridge.quickbooks.client import QuickBooksClient
from bridge.transport import TimeoutSession

RECORDED = Path(__file__).parents[2] / "data" / "quickbooks"


def recorded(name: str) -> Any:
    """Return a recorded reply, numbers as decimals."""
    text = (RECORDED / f"{name}.json").read_text()
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


def as_json(document: Any) -> bytes:
    """Write a document as a vendor does."""
    return json.dumps(document, default=lambda n: int(n) if n == int(n) else float(n)).encode()


def recorded_bytes(name: str) -> bytes:
    """Return a recorded reply as bytes."""
    return (RECORDED / f"{name}.json").read_bytes()


@dataclass
class Reply:
    """One answer of the script; an exception is raised instead of answering."""

    body: Any = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    error: Exception | None = None


@dataclass
class Asked:
    """One request as it left the client."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Script(BaseAdapter):
    """A transport adapter that answers from a list, in order."""

    def __init__(self, *replies: Reply) -> None:
        super().__init__()
        self.replies = list(replies)
        self.asked: list[Asked] = []

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> Any:
        url = urlsplit(request.url or "")
        body = request.body or b""
        self.asked.append(
            Asked(
                method=request.method or "",
                path=url.path,
                query={k: v[-1] for k, v in parse_qs(url.query).items()},
                headers=dict(request.headers),
                body=body.encode() if isinstance(body, str) else body,
            )
        )
        reply = self.replies.pop(0)
        if reply.error:
            raise reply.error
        return _response(request, reply)

    def close(self) -> None:
        """Nothing is open."""


def _response(request: requests.PreparedRequest, reply: Reply) -> requests.Response:
    content = reply.body if isinstance(reply.body, bytes) else as_json(reply.body)
    response = requests.Response()
    response.status_code = reply.status
    response.headers.update(reply.headers)
    response.url = request.url or ""
    response.request = request
    response.raw = HTTPResponse(io.BytesIO(content), preload_content=False)
    return response


@dataclass
class Tokens:
    """Access tokens that are renewed by counting."""

    number: int = 0
    renewed: list[str] = field(default_factory=list)
    error: Exception | None = None

    def current(self) -> AccessToken:
        return AccessToken(f"token-{self.number}")

    def renew(self, rejected: AccessToken) -> AccessToken:
        if self.error:
            raise self.error
        self.renewed.append(rejected.value)
        self.number += 1
        return self.current()


@dataclass
class Slots:
    """A pace that only keeps count, until it is told to refuse."""

    taken: list[tuple[str, int]] = field(default_factory=list)
    is_used_up: bool = False
    back_offs: list[float] = field(default_factory=list)

    def take(self, kind: str, *, metered: int = 0) -> None:
        if self.is_used_up:
            raise RateLimitedError("own_budget", retry_after_s=30)
        self.taken.append((kind, metered))

    def back_off(self, seconds: float) -> None:
        self.back_offs.append(seconds)


@dataclass
class World:
    """A client, and what stands around it."""

    script: Script
    tokens: Tokens
    slots: Slots
    waits: list[float]
    client: QuickBooksClient


def world(*replies: Reply) -> World:
    """Build a client whose vendor answers from a script."""
    script, tokens, slots = Script(*replies), Tokens(), Slots()
    waits: list[float] = []
    session = TimeoutSession()
    session.mount("https://", script)
    client = QuickBooksClient(
        "https://quickbooks.test", "9130", tokens, slots, session, waits.append
    )
    return World(script, tokens, slots, waits, client)


def fault(code: str, detail: str = "", element: str = "") -> dict[str, Any]:
    """Build the fault of a code, as the API writes it."""
    entry = {"Message": "Some text", "Detail": detail, "code": code, "element": element}
    return {"Fault": {"Error": [entry], "type": "ValidationFault"}}
