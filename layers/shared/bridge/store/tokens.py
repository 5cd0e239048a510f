"""Access tokens and grants in Secrets Manager; only refresh_tokens may write them."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bridge.errors import BridgeError, ConnectionLostError, UnavailableError
from bridge.model import AccessToken
from bridge.store.faults import translated
from bridge.store.secrets import read_json

CACHE_LIFE = timedelta(seconds=60)
DIGEST_LENGTH = 16

Refresh = Callable[[Mapping[str, str]], Mapping[str, Any]]


def digest_of(token: str) -> str:
    """Return what names a token without giving it away."""
    return hashlib.sha256(token.encode()).hexdigest()[:DIGEST_LENGTH]


@dataclass(frozen=True)
class RefreshFunction:
    """The function that renews tokens, invoked synchronously."""

    client: Any
    function: str

    def __call__(self, request: Mapping[str, str]) -> Mapping[str, Any]:
        """Ask for new tokens and return what became of it.

        Raises:
            UnavailableError: the function failed or did not answer.
        """
        with translated("invoke"):
            answer = self.client.invoke(
                FunctionName=self.function, Payload=json.dumps(dict(request)).encode()
            )
            payload = answer["Payload"].read()
        if answer.get("FunctionError"):
            raise UnavailableError("token_refresh_failed", operation="invoke")
        report = json.loads(payload)
        return report if isinstance(report, dict) else {}


@dataclass
class SecretAccessTokens:
    """The access token of one realm or org.

    `name` says whose: {"system": "quickbooks", "realm": "1"} or {"system": "salesforce",
    "org": "00D"}.
    """

    client: Any
    secret_id: str
    name: Mapping[str, str]
    refresh: Refresh
    now: Callable[[], datetime]
    _token: AccessToken | None = None
    _read_at: datetime | None = field(default=None, repr=False)

    def current(self) -> AccessToken:
        """Return the stored token, read again after a minute; the first one is made now.

        Raises:
            ConnectionLostError: the grant is gone; a person must connect again.
            UnavailableError: no token is to be had at the moment.
        """
        if self._token is None or self._is_old():
            self._token = self._read()
        return self._token if self._token.value else self.renew(self._token)

    def renew(self, rejected: AccessToken) -> AccessToken:
        """Return another token than the one refused, stored meanwhile or made now.

        Raises:
            ConnectionLostError: the grant is gone; a person must connect again.
            UnavailableError: no other token is to be had at the moment.
        """
        stored = self._read()
        if stored.value != rejected.value:
            return stored
        report = self.refresh({**self.name, "rejected": digest_of(rejected.value)})
        whose = self.name.get("realm") or self.name.get("org", "")
        if whose in report.get("paused", ()):
            raise self._error(ConnectionLostError, "connection_lost")
        stored = self._read()
        if stored.value == rejected.value:
            raise self._error(UnavailableError, "token_not_renewed")
        return stored

    def _error(self, kind: type[BridgeError], reason: str) -> BridgeError:
        return kind(reason, system=self.name["system"], operation="renew")

    def _is_old(self) -> bool:
        return self._read_at is None or self.now() - self._read_at >= CACHE_LIFE

    def _read(self) -> AccessToken:
        members = read_json(self.client, self.secret_id)
        self._token = AccessToken(
            str(members.get("access_token", "")), str(members.get("instance_url", ""))
        )
        self._read_at = self.now()
        return self._token


@dataclass(frozen=True)
class SecretGrants:
    """Grants by the id of their secret, as the members of a JSON object."""

    client: Any

    def read(self, secret_id: str) -> dict[str, Any]:
        """Return the stored members, as they are now."""
        return read_json(self.client, secret_id)

    def write(self, secret_id: str, members: Mapping[str, Any]) -> None:
        """Store members; when this returns they are durable.

        Raises:
            UnavailableError: they may or may not be stored.
        """
        with translated("put_secret_value"):
            self.client.put_secret_value(SecretId=secret_id, SecretString=json.dumps(dict(members)))
