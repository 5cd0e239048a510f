"""A Salesforce client on a stand-in in this process, and a person who works in the same org."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from requests.adapters import BaseAdapter

from bridge.model import (
    AccessToken,
    Fate,
    Record,
    Shape,
    System,
    Write,
    WriteKind,
    WriteResult,
)
from bridge.salesforce.client import SalesforceClient
from bridge.salesforce.oauth import grant
from bridge.transport import TimeoutSession
from local.simulators.faults import Fault
from local.simulators.salesforce.app import Salesforce, Settings
from local.simulators.server import Request, Response, json_bytes

ADDRESS = "https://acme.my.salesforce.com"
APP = {"client_id": "cid", "client_secret": "sec"}
NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
CONTACT = Shape("Contact", ("FirstName", "LastName", "Email"))
ACCOUNT = Shape("Account", ("Name", "Phone", "AnnualRevenue"), (CONTACT,))
NOWHERE = "001000000000001AAA"


class InProcess(BaseAdapter):
    """Carries a session's requests into a stand-in without a socket."""

    def __init__(self, stand_in: Salesforce) -> None:
        super().__init__()
        self._stand_in = stand_in

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]
        url = urlsplit(str(request.url))
        body = request.body or b""
        given = Request(
            str(request.method),
            url.path,
            dict(parse_qsl(url.query)),
            {name.lower(): value for name, value in request.headers.items()},
            body.encode() if isinstance(body, str) else body,
        )
        answer = self._stand_in.handle(given)
        if answer.drop:
            raise requests.ConnectionError("dropped")
        response = requests.Response()
        response.status_code, response._content = answer.status, answer.body
        response.headers.update(answer.headers)
        response.request, response.url = request, str(request.url)
        return response

    def close(self) -> None:
        """Nothing to close."""


class Tokens:
    """Holds the token of the start, and asks for another when that is refused."""

    def __init__(self, session: TimeoutSession, token: str = "at-0") -> None:
        self.renewals = 0
        self._session = session
        self._token = AccessToken(token, ADDRESS)

    def current(self) -> AccessToken:
        return self._token

    def renew(self, rejected: AccessToken) -> AccessToken:
        assert rejected == self._token
        self.renewals += 1
        granted = grant(ADDRESS, APP, session=self._session, clock=time.time)
        self._token = AccessToken(granted.access_token, ADDRESS)
        return self._token


@dataclass
class Bench:
    """A client, the stand-in that it talks to, and a person who works in the same org."""

    stand_in: Salesforce
    client: SalesforceClient
    tokens: Tokens

    def person(self, action: str, name: str = "Account", **details: Any) -> str:
        """Let the person do something; return the id of the record."""
        body = json_bytes({"action": action, "object": name, **details})
        answer = self.stand_in.handle(Request("POST", "/_admin/person", body=body))
        assert answer.status == 200, answer.body
        return str(_json(answer)["id"])

    def rows(self, name: str = "Account") -> list[dict[str, Any]]:
        """Return all rows, deleted ones included."""
        answer = self.stand_in.handle(Request("GET", f"/_admin/records/{name}"))
        return list(_json(answer))

    def plant(self, match: dict[str, Any], times: int = 1, **effect: Any) -> None:
        """Plant a fault."""
        self.stand_in.faults.add(Fault.parse({"match": match, "effect": effect, "times": times}))

    def calls(self) -> dict[str, int]:
        """Return the calls by kind since the last look, without the items inside them."""
        by_kind: dict[str, int] = self.stand_in.calls.listing()["by_kind"]
        self.stand_in.calls.reset()
        return {kind: number for kind, number in by_kind.items() if ":" not in kind}

    def later(self, seconds: float = 5) -> None:
        """Let time pass."""
        self.stand_in.clock.advance(seconds)

    def account(self, name: str = "Acme") -> str:
        """Let the person make an Account, a while ago."""
        made = self.person("create", fields={"Name": name})
        self.later()
        return made


def _json(answer: Response) -> Any:
    response = requests.Response()
    response._content = answer.body
    return response.json()


def empty_org() -> Bench:
    """Return a client on an empty org whose clock stands at noon."""
    stand_in = Salesforce(Settings(is_empty=True))
    stand_in.clock.set(NOON)
    session = TimeoutSession()
    session.mount("https://", InProcess(stand_in))
    tokens = Tokens(session)
    return Bench(stand_in, SalesforceClient(tokens, session), tokens)


def create(external_id: str, name: str = "Acme", **contact: str) -> Write:
    part = Write(System.SALESFORCE, "Contact", WriteKind.CREATE, fields=contact)
    return Write(
        System.SALESFORCE,
        "Account",
        WriteKind.CREATE,
        fields={"Name": name},
        key=external_id,
        parts=(part,) if contact else (),
    )


def update(record: Record, **fields: Any) -> Write:
    return Write(
        System.SALESFORCE,
        record.object,
        WriteKind.UPDATE,
        record_id=record.id,
        version=record.version,
        fields=fields,
    )


def read(bench: Bench, record_id: str) -> Record:
    record = bench.client.read(ACCOUNT, record_id)
    assert record is not None
    return record


def reason(result: WriteResult) -> str:
    assert result.error is not None
    return result.error.reason


def fates(results: Sequence[WriteResult]) -> list[Fate]:
    return [result.fate for result in results]
