"""An org that answers from a script: what a stand-in would have to be made to say."""

import json
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import requests
from requests.adapters import BaseAdapter

from bridge.model import AccessToken
from bridge.salesforce.client import SalesforceClient
from bridge.transport import TimeoutSession

RECORDED = Path(__file__).parents[2] / "data" / "salesforce"
NOW = datetime(2026, 11, 22, 8, 0, 5, tzinfo=UTC)


def recorded(name: str) -> Any:
    """Return a recorded reply."""
    return json.loads((RECORDED / f"{name}.json").read_text())


def answer(body: Any = None, status: int = 200, date: datetime | None = NOW) -> requests.Response:
    """Make an answer of the org: JSON, or text as it stands."""
    response = requests.Response()
    response.status_code = status
    response._content = (body if isinstance(body, str) else json.dumps(body)).encode()
    if date is not None:
        response.headers["Date"] = format_datetime(date, usegmt=True)
    return response


class Script(BaseAdapter):
    """Gives the next answer of its script to each request, and remembers the requests."""

    def __init__(self, answers: list[requests.Response | Exception]) -> None:
        super().__init__()
        self.answers = answers
        self.requests: list[requests.PreparedRequest] = []

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]
        self.requests.append(request)
        following = self.answers.pop(0)
        if isinstance(following, Exception):
            raise following
        following.request, following.url = request, str(request.url)
        return following

    def close(self) -> None:
        """Nothing to close."""

    def bodies(self) -> list[Any]:
        """Return the JSON that was sent, call by call."""
        return [json.loads(request.body or "null") for request in self.requests]


class Tokens:
    """Hands out numbered tokens."""

    def __init__(self) -> None:
        self.renewals = 0

    def current(self) -> AccessToken:
        return AccessToken(f"token-{self.renewals}", "https://acme.my.salesforce.com")

    def renew(self, rejected: AccessToken) -> AccessToken:
        assert rejected == self.current()
        self.renewals += 1
        return self.current()


class Org:
    """A client on a script, with what it used."""

    def __init__(self, *answers: requests.Response | Exception) -> None:
        self.script = Script(list(answers))
        self.tokens = Tokens()
        self.session = TimeoutSession()
        self.session.mount("https://", self.script)
        self.client = SalesforceClient(self.tokens, self.session)
