"""A QuickBooks stand-in over HTTP, and what the client needs to work with a company of it."""

from dataclasses import dataclass, field
from typing import Any

import requests

from bridge.model import AccessToken
from bridge.quickbooks import oauth

REALM = "9130"


@dataclass
class StandIn:
    """The stand-in on loopback, and what a test does to it through its admin face."""

    url: str

    def person(self, action: str, entity: str = "Customer", **said: Any) -> dict[str, Any]:
        body = {"realm": REALM, "action": action, "entity": entity, **said}
        row: dict[str, Any] = self._post("person", body)
        return row

    def fault(self, kind: str, **effect: Any) -> None:
        self._post("faults", {"match": {"kind": kind}, "effect": effect, "times": 1})

    def tokens(self, **action: Any) -> None:
        self._post("tokens", action)

    def switch(self, **switches: Any) -> None:
        self._post("switches", switches)

    def rows(self, entity: str = "Customer") -> list[dict[str, Any]]:
        url = f"{self.url}/_admin/records/{REALM}/{entity}"
        rows: list[dict[str, Any]] = requests.get(url, timeout=5).json()
        return rows

    def calls(self) -> dict[str, int]:
        by_kind: dict[str, int] = requests.get(f"{self.url}/_admin/calls", timeout=5).json()[
            "by_kind"
        ]
        return by_kind

    def _post(self, path: str, body: Any) -> Any:
        response = requests.post(f"{self.url}/_admin/{path}", json=body, timeout=5)
        assert response.ok, response.text
        return response.json()


@dataclass
class Tokens:
    """Access tokens that are really renewed, as the refreshing function does it."""

    url: str
    access: str = "at-0"
    refresh: str = "rt-0"

    def current(self) -> AccessToken:
        return AccessToken(self.access)

    def renew(self, rejected: AccessToken) -> AccessToken:
        grant = oauth.refresh(f"{self.url}/oauth2/v1/tokens/bearer", "cid", "sec", self.refresh)
        self.access, self.refresh = grant.access_token, grant.refresh_token
        return self.current()


@dataclass
class Slots:
    """A pace without limits that keeps count of the reads that Intuit would charge for."""

    metered: list[int] = field(default_factory=list)

    def take(self, kind: str, *, metered: int = 0) -> None:
        self.metered.append(metered)

    def back_off(self, seconds: float) -> None:
        """There are no others who could wait."""


def never(seconds: float) -> None:
    """Stand in for waiting where no test should have to."""
    raise AssertionError(f"waited for {seconds} s")
