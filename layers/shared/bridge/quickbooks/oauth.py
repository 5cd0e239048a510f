"""Renews the grant of a QuickBooks company; intuit-oauth behind one function."""

import json
from dataclasses import dataclass, field
from typing import Any

import requests
from intuitlib.client import AuthClient
from intuitlib.exceptions import AuthClientError

from bridge.errors import (
    BridgeError,
    ConfigurationError,
    ConnectionLostError,
    PermanentError,
    RateLimitedError,
    UnavailableError,
)
from bridge.model import System
from bridge.transport import TimeoutSession, lost_call

ENDPOINTS = (
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "revocation_endpoint",
    "jwks_uri",
)


@dataclass(frozen=True)
class Grant:
    """The tokens that came with a renewal and for how many seconds each is good.

    `hard_expires_in_s` is what is left of the years after which a person must connect again
    whatever happens (Intuit: blog, 12 Nov 2025); None where the answer does not say.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in_s: int
    refresh_expires_in_s: int
    hard_expires_in_s: int | None = None


def refresh(token_url: str, client_id: str, client_secret: str, refresh_token: str) -> Grant:
    """Exchange a refresh token for a new grant; the old token may be worthless from then on.

    Raises:
        ConnectionLostError: the grant is revoked, expired or superseded.
        ConfigurationError: the app's id or secret is wrong.
        RateLimitedError: too many calls.
        UnavailableError: no usable answer; `is_unknown` when the tokens may have changed unseen.
    """
    with _Client(token_url, client_id, client_secret) as client:
        client.include_refresh_token_hard_expires_in = True
        try:
            client.refresh(refresh_token)
        except AuthClientError as error:
            # Its text holds the answer's body, so it must not travel along as a cause.
            raise _refusal(error) from None
        except requests.RequestException as error:
            raise lost_call(error, system=System.QUICKBOOKS, operation="refresh") from None
        return _grant(client)


class _Client(AuthClient, TimeoutSession):  # type: ignore[misc]  # intuit-oauth has no types
    """An AuthClient with time-outs, which is told the token endpoint instead of discovering it."""

    def __init__(self, token_url: str, client_id: str, client_secret: str) -> None:
        # The library takes an environment that it does not know for a discovery document's address.
        AuthClient.__init__(self, client_id, client_secret, "", token_url)
        self.max_redirects = 0  # a 307 would carry the refresh token to wherever it points

    def get(self, url: str | bytes, **options: Any) -> requests.Response:
        """Answer the constructor, which asks for the discovery document, without a call."""
        response = requests.Response()
        response.status_code = 200
        response._content = json.dumps(dict.fromkeys(ENDPOINTS, url)).encode()
        return response


def _grant(client: Any) -> Grant:
    """Read the grant off a client, on which the library leaves what was answered."""
    try:
        hard = client.x_refresh_token_hard_expires_in
        grant = Grant(
            access_token=client.access_token or "",
            refresh_token=client.refresh_token or "",
            expires_in_s=int(client.expires_in),
            refresh_expires_in_s=int(client.x_refresh_token_expires_in),
            hard_expires_in_s=None if hard is None else int(hard),
        )
    except (TypeError, ValueError):
        raise _unreadable() from None
    if not grant.access_token or not grant.refresh_token:
        raise _unreadable()
    return grant


def _unreadable() -> UnavailableError:
    return UnavailableError(
        "answer_unreadable", is_unknown=True, system=System.QUICKBOOKS, operation="refresh"
    )


def _refusal(error: AuthClientError) -> BridgeError:
    """Say what a refusal of the token endpoint asks for (Intuit: OAuth error page)."""
    code = _error_code(error.content)
    context = {
        "system": System.QUICKBOOKS.value,
        "operation": "refresh",
        "code": code or f"http_{error.status_code}",
        "request_id": str(error.intuit_tid or ""),
    }
    if code == "invalid_grant":
        return ConnectionLostError("grant_revoked", **context)
    if code == "invalid_client":
        return ConfigurationError("client_refused", **context)
    if code in {"invalid_request", "unsupported_grant_type"}:
        return PermanentError("token_call_malformed", **context)
    if error.status_code == 429:
        return RateLimitedError("rate_limited", retry_after_s=60.0, **context)
    is_unknown = error.status_code >= 500
    return UnavailableError("quickbooks_unavailable", is_unknown=is_unknown, **context)


def _error_code(content: bytes) -> str:
    """Return the OAuth error code of a body, if it is one of those that Intuit documents."""
    try:
        code = json.loads(content).get("error")
    except (ValueError, AttributeError):
        return ""
    known = {"invalid_grant", "invalid_client", "invalid_request", "unsupported_grant_type"}
    return code if code in known else ""
