"""A client of the stand-in in process, without sockets."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from local.simulators.clock import Clock
from local.simulators.salesforce.app import Salesforce, Settings
from local.simulators.server import Request, json_bytes

BASE = "/services/data/v67.0"
START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Answer:
    """What came back, its JSON already read."""

    status: int
    value: Any
    headers: dict[str, str]


@dataclass
class Client:
    """Calls one stand-in as the integration does."""

    salesforce: Salesforce
    headers: dict[str, str] = field(default_factory=lambda: {"authorization": "Bearer at-0"})

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Call below the version, or an absolute path that begins with a slash."""
        address, _, query = (path if path.startswith("/") else f"{BASE}/{path}").partition("?")
        given = {name.replace("_", "-").lower(): value for name, value in headers.items()}
        request = Request(
            method,
            address,
            dict(parse_qsl(query, keep_blank_values=True)),
            {"content-type": "application/json", **self.headers, **given},
            b"" if body is None else body if isinstance(body, bytes) else json_bytes(body),
        )
        response = self.salesforce.handle(request)
        value = json.loads(response.body, parse_float=Decimal) if response.body else None
        return Answer(response.status, value, response.headers)

    def query(self, soql: str, resource: str = "query", **headers: str) -> Answer:
        """Run a query."""
        return self.call("GET", f"{resource}?{urlencode({'q': soql})}", **headers)

    def column(self, name: str, soql: str) -> list[Any]:
        """Run a query and return one column of it."""
        answer = self.query(soql)
        assert answer.status == 200, answer.value
        return [record[name] for record in answer.value["records"]]

    def names(self, *soql: str) -> list[Any]:
        """Run a query, given in pieces, and return its names."""
        return self.column("Name", " ".join(soql))

    def ids(self, *soql: str) -> list[Any]:
        """Run a query, given in pieces, and return its ids."""
        return self.column("Id", " ".join(soql))

    def create(self, kind: str = "Account", **fields: Any) -> str:
        """Add a record and return its id."""
        answer = self.call("POST", f"sobjects/{kind}/", fields)
        assert answer.status == 201, answer.value
        return answer.value["id"]

    def record(self, kind: str, record_id: str) -> dict[str, Any]:
        """Return a record, whole."""
        return self.call("GET", f"sobjects/{kind}/{record_id}").value

    def person(self, action: str, **what: Any) -> Answer:
        """Do something as a person does it in the pages of Salesforce."""
        return self.call("POST", "/_admin/person", {"action": action, **what})

    def changes(self, after: int = 0) -> list[dict[str, Any]]:
        """Return the change log."""
        return self.call("GET", f"/_admin/changes?after={after}").value

    def error(self, answer: Answer) -> str:
        """Return the code of a refusal."""
        return answer.value[0]["errorCode"]


@pytest.fixture
def client() -> Client:
    """An org with nobody's records in it, at noon of a fixed day."""
    clock = Clock()
    clock.set(START)
    return Client(Salesforce(Settings(is_empty=True), clock))


@pytest.fixture
def company() -> Client:
    """An org with the sample company."""
    return Client(Salesforce())
