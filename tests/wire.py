"""Carries a session's requests into a stand-in without a socket; things may happen on the way."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from requests.adapters import BaseAdapter

from bridge.model import AccessToken
from local.simulators.server import Handler, Request, Response


@dataclass
class Happening:
    """What a person, or another worker, does when a request passes; once."""

    path: str
    act: Callable[[], object]
    is_after: bool
    skip: int

    def is_due(self, request: Request) -> bool:
        """Say whether this is the request that was waited for."""
        if not re.search(self.path, request.path):
            return False
        self.skip -= 1
        return self.skip < 0


@dataclass
class FixedTokens:
    """A token that is always good."""

    token: AccessToken

    def current(self) -> AccessToken:
        """Return it."""
        return self.token

    def renew(self, rejected: AccessToken) -> AccessToken:
        """Return it again."""
        return self.token


@dataclass
class Wire(BaseAdapter):
    """The way to one stand-in: remembers what has passed."""

    handle: Handler
    passed: list[Request] = field(default_factory=list)
    happenings: list[Happening] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]
        """Answer a request, or drop the connection as the stand-in says."""
        url = urlsplit(str(request.url))
        body = request.body or b""
        passing = Request(
            str(request.method),
            url.path,
            dict(parse_qsl(url.query)),
            {name.lower(): value for name, value in request.headers.items()},
            body.encode() if isinstance(body, str) else body,
        )
        due = [each for each in self.happenings if each.is_due(passing)]
        self.happenings = [each for each in self.happenings if each not in due]
        _let_happen(due, is_after=False)
        self.passed.append(passing)
        answer = self.handle(passing)
        _let_happen(due, is_after=True)
        if answer.drop:
            raise requests.ConnectionError("dropped")
        return _response(request, answer)

    def close(self) -> None:
        """Nothing to close."""

    def bodies(self) -> list[dict[str, Any]]:
        """Return what was sent to be written since the last look, one body per record."""
        passed, self.passed = self.passed, []
        return [body for request in passed for body in _written(request)]


def _let_happen(happenings: list[Happening], *, is_after: bool) -> None:
    for each in happenings:
        if each.is_after is is_after:
            each.act()


def _response(request: requests.PreparedRequest, answer: Response) -> requests.Response:
    response = requests.Response()
    response.status_code, response._content = answer.status, answer.body
    response.headers.update(answer.headers)
    response.request, response.url = request, str(request.url)
    return response


def _written(request: Request) -> list[dict[str, Any]]:
    if request.method != "POST" or not request.body.startswith(b"{"):
        return []
    document = json.loads(request.body)
    if "BatchItemRequest" in document:
        names = {"bId", "operation"}
        items = document["BatchItemRequest"]
        return [next(body for name, body in item.items() if name not in names) for item in items]
    if "compositeRequest" in document:
        return [item["body"] for item in document["compositeRequest"]]
    return list(document.get("records", []))
