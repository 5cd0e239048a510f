"""Access tokens for an org: JWT bearer or client credentials, whichever the credentials allow.

Neither knows a refresh token, and no reply says how long the access token lives: a refused one is
replaced by a new grant (Salesforce Help: "OAuth 2.0 JWT Bearer Flow for Server-to-Server
Integration" and "OAuth 2.0 Client Credentials Flow for Server-to-Server Integration").
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
import requests

from bridge.errors import (
    BridgeError,
    ConfigurationError,
    ConnectionLostError,
    PermanentError,
    RateLimitedError,
    UnavailableError,
)
from bridge.salesforce.ids import to_18
from bridge.transport import TimeoutSession, lost_call

TOKEN_PATH = "/services/oauth2/token"  # noqa: S105 - an address
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
JWT_LIFE_S = 180

# The grant or its user is gone: only a person can bring it back. Every other refusal is settings.
_LOST = frozenset({"invalid_grant", "inactive_user", "inactive_org"})
_CODE = re.compile(r"[A-Za-z_]{1,60}")
_IDENTITY = re.compile(r"/id/(00D[0-9A-Za-z]{12,15})/")


@dataclass(frozen=True)
class SalesforceGrant:
    """An access token, the address it is good for, and the org (18 characters)."""

    access_token: str = field(repr=False)
    instance_url: str
    org_id: str


def grant(
    login_url: str,
    credentials: Mapping[str, str],
    *,
    session: requests.Session | None = None,
    clock: Callable[[], float],
) -> SalesforceGrant:
    """Ask for a new access token.

    `credentials` hold client_id with username and private_key (PEM) for JWT bearer, or client_id
    with client_secret, for which `login_url` must be the My Domain address.

    `clock` gives the time in seconds since 1970.

    Raises:
        ConnectionLostError: the user or the approval is gone.
        ConfigurationError: the app, its key or the address is wrong.
        RateLimitedError: too many logins.
        UnavailableError: no answer, or not a proper one.
    """
    address = login_url.rstrip("/")
    form, basic = _request(address, credentials, clock())
    outcome = _post(session or TimeoutSession(), address + TOKEN_PATH, form, basic)
    if isinstance(outcome, BridgeError):
        raise outcome
    if outcome.status_code != 200:
        raise _refusal(outcome)
    return _read(outcome)


def _request(
    address: str, credentials: Mapping[str, str], now_s: float
) -> tuple[dict[str, str], tuple[str, str] | None]:
    """Return the form to post, and what goes into the Basic header."""
    client_id = credentials.get("client_id", "")
    if client_id and credentials.get("private_key") and credentials.get("username"):
        claims = {
            "iss": client_id,
            "sub": credentials["username"],
            "aud": address,
            "exp": int(now_s) + JWT_LIFE_S,
        }
        return {"grant_type": JWT_BEARER, "assertion": _signed(claims, credentials)}, None
    if client_id and credentials.get("client_secret"):
        return {"grant_type": "client_credentials"}, (client_id, credentials["client_secret"])
    raise ConfigurationError("credentials_incomplete", system="salesforce")


def _signed(claims: Mapping[str, Any], credentials: Mapping[str, str]) -> str:
    try:
        return jwt.encode(dict(claims), credentials["private_key"], algorithm="RS256")
    except (ValueError, TypeError, jwt.PyJWTError):
        pass
    # Raised out here: an error of the key's parser must not carry the key along.
    raise ConfigurationError("private_key_malformed", system="salesforce")


def _post(
    session: requests.Session, url: str, form: Mapping[str, str], basic: tuple[str, str] | None
) -> requests.Response | BridgeError:
    """Post the form; a redirect is not followed, since it would take the secret elsewhere."""
    try:
        return session.post(url, data=form, auth=basic, allow_redirects=False)
    except requests.RequestException as error:
        return lost_call(error, system="salesforce", operation="token")


def _refusal(response: requests.Response) -> BridgeError:
    status = response.status_code
    named = str(_json(response).get("error", ""))
    code = named if _CODE.fullmatch(named) else str(status)
    context: dict[str, Any] = {"system": "salesforce", "operation": "token", "code": code}
    if status >= 500 or status in (408, 420):
        return UnavailableError("salesforce_unavailable", **context)
    if status == 429:
        return RateLimitedError("rate_limited", **context)
    if code in _LOST:
        return ConnectionLostError("grant_refused", **context)
    return ConfigurationError("app_refused", **context)


def _read(response: requests.Response) -> SalesforceGrant:
    body = _json(response)
    identity = _IDENTITY.search(str(body.get("id")))
    token, instance_url = body.get("access_token"), body.get("instance_url")
    try:
        if identity and isinstance(token, str) and isinstance(instance_url, str):
            return SalesforceGrant(token, instance_url, to_18(identity[1]))
    except PermanentError:
        pass
    raise UnavailableError("answer_incomplete", system="salesforce", operation="token")


def _json(response: requests.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
