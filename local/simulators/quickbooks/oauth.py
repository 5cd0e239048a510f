"""The OAuth 2.0 endpoints of the stand-in: discovery, authorization, tokens, revocation.

Addresses, parameters and errors: Intuit, develop/authentication-and-authorization/oauth-2.0.
"""

import base64
import binascii
import json
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from local.simulators.clock import Clock
from local.simulators.quickbooks.errors import GatewayError
from local.simulators.quickbooks.grants import Grant, Grants, TokenError
from local.simulators.quickbooks.replies import common_headers
from local.simulators.quickbooks.switches import Switches
from local.simulators.server import Request, Response

TOKEN_PATH = "/oauth2/v1/tokens/bearer"
REVOKE_PATH = "/v2/oauth2/tokens/revoke"
AUTHORIZE_PATH = "/connect/oauth2"
USERINFO_PATH = "/v1/openid_connect/userinfo"
_DISCOVERY = "/.well-known/openid_"
_KINDS = {
    TOKEN_PATH: "token",
    REVOKE_PATH: "revoke",
    AUTHORIZE_PATH: "authorize",
    USERINFO_PATH: "userinfo",
}
_SCOPES = {
    *("com.intuit.quickbooks.accounting", "com.intuit.quickbooks.payment", "openid"),
    *("profile", "email", "phone", "address"),
}


class OAuth:
    """The authorization server of one app and any number of companies."""

    def __init__(
        self, client_id: str, client_secret: str, clock: Clock, switches: Switches
    ) -> None:
        self._client_id = client_id
        self._credentials = f"{client_id}:{client_secret}"
        self._clock = clock
        self._switches = switches
        self.grants = Grants(client_id, clock, switches)
        self.failing_refreshes = 0
        self.denies_next = False

    def check(self, request: Request, realm: str) -> None:
        """Let a data request through.

        Raises:
            GatewayError: 401 for a token that is unknown or over, 403 for another realm's.
        """
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        held = self.grants.held(token) if scheme.lower() == "bearer" else None
        if held is None:
            raise GatewayError(401, "Malformed bearer token: too short or too long")
        if held.grant.is_revoked:
            raise GatewayError(401, f"Token revoked: {token}")
        if held.expires_at <= self._clock.now():
            raise GatewayError(401, f"Token expired: {token}")
        if held.grant.realm != realm:
            raise GatewayError(403)

    def app(self, request: Request) -> str:
        """Name the app that a request's token was given to, valid or not; "" for no such token."""
        held = self.grants.held(request.headers.get("authorization", "")[7:])
        return held.grant.app if held else ""

    def kind(self, request: Request) -> str | None:
        """Name the kind of an OAuth request; None if it is not one."""
        if request.path.startswith(_DISCOVERY):
            return "discovery"
        return _KINDS.get(request.path.rstrip("/"))

    def handle(self, request: Request, kind: str) -> Response:
        """Answer an OAuth request of a kind that `kind` gave."""
        answers = {
            "discovery": self._discovery,
            "token": self._token,
            "revoke": self._revoke,
            "authorize": self._authorize,
            "userinfo": self._userinfo,
        }
        try:
            response = answers[kind](request)
        except TokenError as error:
            response = token_error(*error.args)
        response.headers = common_headers(self._clock.now()) | response.headers
        return response

    def _discovery(self, request: Request) -> Response:
        origin = f"http://{request.headers.get('host', '127.0.0.1')}"
        return Response.json(
            {
                "issuer": f"{origin}/op/v1",
                "authorization_endpoint": origin + AUTHORIZE_PATH,
                "token_endpoint": origin + TOKEN_PATH,
                "userinfo_endpoint": origin + USERINFO_PATH,
                "revocation_endpoint": origin + REVOKE_PATH,
                "jwks_uri": f"{origin}/op/v1/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "scopes_supported": ["openid", "email", "profile", "address", "phone"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            }
        )

    def _authorize(self, request: Request) -> Response:
        """Redirect at once, as if the user had agreed; `realm` in the query chooses the company."""
        asked = request.query
        target = asked.get("redirect_uri")
        if asked.get("client_id") != self._client_id or not target:
            return Response(400, b"client_id or redirect_uri is wrong")
        answer = {"state": asked.get("state", "")} | self._consent(asked, target)
        mark = "&" if "?" in target else "?"
        return Response(302, headers={"location": target + mark + urlencode(answer)})

    def _consent(self, asked: dict[str, str], target: str) -> dict[str, str]:
        if asked.get("response_type") != "code":
            return {"error": "unsupported_response_type"}
        if not asked.get("scope") or set(asked["scope"].split()) - _SCOPES:
            return {"error": "invalid_scope"}
        if self.denies_next:
            self.denies_next = False
            return {"error": "access_denied"}
        realm = asked.get("realm", self.grants.realms[0])
        return {"code": self.grants.new_code(realm, target), "realmId": realm}

    def _token(self, request: Request) -> Response:
        if request.method != "POST":
            return Response(405)
        asked = dict(parse_qsl(request.body.decode("utf-8", "replace")))
        self._check_client(request)
        if asked.get("grant_type") == "refresh_token" and self.failing_refreshes:
            self.failing_refreshes -= 1
            return Response(500)
        return Response.json(self._bearer(self._grant(asked), request))

    def _grant(self, asked: dict[str, str]) -> Grant:
        match asked.get("grant_type"):
            case "authorization_code":
                return self.grants.exchange(asked.get("code", ""), asked.get("redirect_uri", ""))
            case "refresh_token":
                return self.grants.refresh(asked.get("refresh_token", ""))
            case None:
                raise TokenError("invalid_request")
        raise TokenError("unsupported_grant_type")

    def _bearer(self, grant: Grant, request: Request) -> dict[str, Any]:
        whole = {
            "token_type": "bearer",
            "access_token": self.grants.new_access_token(grant),
            "expires_in": int(self._switches.access_token_life_s),
            "refresh_token": grant.refresh_token,
            "x_refresh_token_expires_in": self._left(grant.expires_at),
        }
        if request.headers.get("x-include-refresh-token-hard-expires-in") == "true":
            whole["x_refresh_token_hard_expires_in"] = self._left(grant.hard_expires_at)
        return whole

    def _left(self, end: datetime) -> int:
        return int((end - self._clock.now()).total_seconds())

    def _revoke(self, request: Request) -> Response:
        self._check_client(request)
        try:
            token = str(json.loads(request.body)["token"])
        except (ValueError, LookupError, TypeError):
            raise TokenError("invalid_request") from None
        if not self.grants.revoke(token):
            raise TokenError("invalid_grant")
        return Response(200)

    def _userinfo(self, request: Request) -> Response:
        if self.grants.held(request.headers.get("authorization", "").partition(" ")[2]) is None:
            return Response(401)
        return Response.json({"sub": "stand-in", "email": "user@example.com"})

    def _check_client(self, request: Request) -> None:
        scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
        try:
            given = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            given = ""
        if scheme.lower() != "basic" or given != self._credentials:
            raise TokenError("invalid_client")


def token_error(error: str, description: str = "", status: int | None = None) -> Response:
    """Write an error of the token endpoint."""
    body = {"error": error} | ({"error_description": description} if description else {})
    return Response.json(body, status or (401 if error == "invalid_client" else 400))
