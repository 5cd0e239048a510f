"""The OAuth endpoints under `/services/oauth2/`.

Salesforce: "OAuth 2.0 JWT Bearer Flow for Server-to-Server Integration", "OAuth 2.0 Client
Credentials Flow", "OpenID Connect Token Introspection", and their kin.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import jwt

from local.simulators.clock import Clock
from local.simulators.salesforce.errors import ApiError
from local.simulators.salesforce.exchange import Reply
from local.simulators.salesforce.sessions import Session, Sessions
from local.simulators.salesforce.state import Org
from local.simulators.salesforce.web_flow import RefusedCodeError, WebFlow
from local.simulators.server import Request

_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LOGIN_HOSTS = ("https://login.salesforce.com", "https://test.salesforce.com")
# How far the clocks of a client and of the service may differ.
_CLOCK_SKEW_S = 180


class OAuthError(Exception):
    """A refusal of a token endpoint."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        self.reply = Reply(status, {"error": error, "error_description": description})
        super().__init__(f"{error}: {description}")


@dataclass(slots=True)
class App:
    """The app that an administrator has made in the org, and the user it runs as."""

    client_id: str
    client_secret: str
    username: str
    user_id: str
    public_keys: list[str] = field(default_factory=list)


class OAuth:
    """Answers the OAuth endpoints; `instance_url` is where the replies send the client."""

    def __init__(
        self, org: Org, sessions: Sessions, app: App, clock: Clock, instance_url: str
    ) -> None:
        self._org = org
        self._sessions = sessions
        self._app = app
        self._clock = clock
        self.web_flow = WebFlow(app.client_id, clock)
        self.instance_url = instance_url
        self.own_urls: set[str] = set()

    def handle(self, endpoint: str, request: Request) -> Reply:
        """Answer one endpoint; a refusal is a reply too."""
        form = dict(parse_qsl(request.body.decode("latin-1"), keep_blank_values=True))
        try:
            match (endpoint, request.method):
                case ("authorize", "GET"):
                    return self.web_flow.authorize(request.query)
                case ("token", "POST"):
                    return self._token(request, form)
                case ("introspect", "POST"):
                    return self._introspect(request, form)
                case ("revoke", "POST" | "GET"):
                    return self._revoke(form or request.query)
                case ("userinfo", "GET" | "POST"):
                    return self._user_info(request)
        except OAuthError as refusal:
            return refusal.reply
        raise ApiError("NOT_FOUND")

    # Tokens

    def _token(self, request: Request, form: Mapping[str, str]) -> Reply:
        match form.get("grant_type"):
            case "client_credentials":
                self._check_client(request, form)
                return self._issued(self._app.user_id, {"scope": "api"})
            case "refresh_token":
                return self._refreshed(request, form)
            case "authorization_code":
                return self._redeemed(request, form)
            case grant if grant == _JWT_BEARER:
                self._check_assertion(form.get("assertion", ""))
                return self._issued(self._app.user_id, {"scope": "api"})
        raise OAuthError("unsupported_grant_type", "grant type not supported")

    def _refreshed(self, request: Request, form: Mapping[str, str]) -> Reply:
        self._check_client(request, form)
        refresh_token = form.get("refresh_token", "")
        user_id = self._sessions.user_of_refresh(refresh_token)
        if user_id is None:
            raise OAuthError("invalid_grant", "expired access/refresh token")
        also = {"scope": "refresh_token api"}
        if self._org.switches.refresh_token_rotation == "always":
            self._sessions.revoke(refresh_token)
            also["refresh_token"] = self._sessions.new_refresh(user_id)
        return self._issued(user_id, also)

    def _redeemed(self, request: Request, form: Mapping[str, str]) -> Reply:
        # A public client has no secret; its proof is the verifier.
        if "code_verifier" not in form or "client_secret" in form:
            self._check_client(request, form)
        try:
            self.web_flow.redeem(form)
        except RefusedCodeError as refused:
            raise OAuthError(refused.error, refused.description) from None
        user_id = self._app.user_id
        refresh_token = self._sessions.new_refresh(user_id)
        return self._issued(user_id, {"scope": "refresh_token api", "refresh_token": refresh_token})

    def _issued(self, user_id: str, also: Mapping[str, str]) -> Reply:
        issued_at = str(int(self._clock.now().timestamp() * 1000))
        identity = f"https://login.salesforce.com/id/{self._org.org_id}/{user_id}"
        signed = hmac.new(
            self._app.client_secret.encode(), (identity + issued_at).encode(), hashlib.sha256
        )
        value = {
            "access_token": self._sessions.open(user_id),
            "signature": base64.b64encode(signed.digest()).decode(),
            **also,
            "instance_url": self.instance_url,
            "id": identity,
            "token_type": "Bearer",
            "issued_at": issued_at,
        }
        return Reply(200, value, {"Cache-Control": "no-cache, no-store"})

    def _check_client(self, request: Request, form: Mapping[str, str]) -> None:
        given = _basic(request.headers.get("authorization", "")) or (
            form.get("client_id", ""),
            form.get("client_secret", ""),
        )
        if given[0] != self._app.client_id:
            raise OAuthError("invalid_client_id", "client identifier invalid")
        if not hmac.compare_digest(given[1].encode(), self._app.client_secret.encode()):
            raise OAuthError("invalid_client", "invalid client credentials")

    def _check_assertion(self, assertion: str) -> None:
        claims = self._verified(assertion)
        if claims.get("iss") != self._app.client_id:
            raise OAuthError("invalid_client_id", "client identifier invalid")
        if claims.get("sub") != self._app.username:
            raise OAuthError("invalid_grant", "user hasn't approved this consumer")
        if str(claims.get("aud", "")).rstrip("/") not in {*_LOGIN_HOSTS, *self.own_urls}:
            raise OAuthError("invalid_grant", "audience is invalid")
        self._check_expiry(claims.get("exp"))

    def _verified(self, assertion: str) -> dict[str, Any]:
        # The times are ours to check: by the stand-in's clock, and `exp` may be a string.
        options: Any = {"verify_signature": True, "verify_exp": False, "verify_aud": False}
        options |= {"verify_iat": False, "verify_nbf": False, "verify_sub": False}
        for key in self._app.public_keys:
            try:
                return jwt.decode(assertion, key, algorithms=["RS256"], options=options)
            except jwt.InvalidTokenError:
                continue
        raise OAuthError("invalid_grant", "invalid assertion")

    def _check_expiry(self, expires: object) -> None:
        try:
            left_s = int(str(expires)) - self._clock.now().timestamp()
        except ValueError:
            raise OAuthError("invalid_grant", "invalid assertion") from None
        longest = self._org.switches.assertion_life_s
        if left_s < -_CLOCK_SKEW_S or left_s > longest + _CLOCK_SKEW_S:
            raise OAuthError("invalid_grant", "assertion expired or too far ahead")

    # About tokens

    def _introspect(self, request: Request, form: Mapping[str, str]) -> Reply:
        self._check_client(request, form)
        token = form.get("token", "")
        session, ends = self._sessions.find(token), self._sessions.ends(token)
        if session is None or ends is None:
            return Reply(200, {"active": False})
        issued = int(session.issued.timestamp())
        value = {
            "active": True,
            "scope": "api",
            "client_id": self._app.client_id,
            "username": self._user(session)["Username"],
            "sub": f"https://login.salesforce.com/id/{self._org.org_id}/{session.user_id}",
            "token_type": "access_token",
            "exp": int(ends.timestamp()),
            "iat": issued,
            "nbf": issued,
        }
        return Reply(200, value)

    def _revoke(self, form: Mapping[str, str]) -> Reply:
        if not self._sessions.revoke(form.get("token", "")):
            raise OAuthError("invalid_token", "token is not known")
        return Reply(200)

    def _user_info(self, request: Request) -> Reply:
        _, _, token = request.headers.get("authorization", "").partition(" ")
        session = self._sessions.find(token)
        if session is None:
            raise ApiError("INVALID_SESSION_ID")
        user = self._user(session)
        value = {
            "sub": f"https://login.salesforce.com/id/{self._org.org_id}/{session.user_id}",
            "user_id": session.user_id,
            "organization_id": self._org.org_id,
            "preferred_username": user["Username"],
            "name": user["Name"],
            "email": user["Email"],
            "email_verified": True,
            "given_name": user["FirstName"],
            "family_name": user["LastName"],
            "zoneinfo": "America/Los_Angeles",
            **self._pages(user),
            "is_salesforce_integration_user": session.user_id == self._app.user_id,
            "active": user["IsActive"],
            "user_type": "STANDARD",
            "language": "en_US",
            "locale": "en_US",
            "utcOffset": -28800000,
            "updated_at": f"{user['LastModifiedDate']:%Y-%m-%dT%H:%M:%SZ}",
        }
        return Reply(200, value)

    def _pages(self, user: Mapping[str, Any]) -> dict[str, Any]:
        host = self.instance_url
        picture, thumbnail = f"{host}/profilephoto/005/F", f"{host}/profilephoto/005/T"
        return {
            "nickname": user["Username"].partition("@")[0],
            "photos": {"picture": picture, "thumbnail": thumbnail},
            "profile": f"{host}/{user['Id']}",
            "picture": picture,
            "address": {},
            "urls": urls(host, user["Id"]),
        }

    def _user(self, session: Session) -> dict[str, Any]:
        return self._org.rows(self._org.schema.objects["User"])[session.user_id]


_URLS = {
    "enterprise": "Soap/c/{version}/",
    "metadata": "Soap/m/{version}/",
    "partner": "Soap/u/{version}/",
    "rest": "data/v{version}/",
    "sobjects": "data/v{version}/sobjects/",
    "search": "data/v{version}/search/",
    "query": "data/v{version}/query/",
    "recent": "data/v{version}/recent/",
    "tooling_soap": "Soap/T/{version}/",
    "tooling_rest": "data/v{version}/tooling/",
    "feeds": "data/v{version}/chatter/feeds",
    "groups": "data/v{version}/chatter/groups",
    "users": "data/v{version}/chatter/users",
    "feed_items": "data/v{version}/chatter/feed-items",
    "feed_elements": "data/v{version}/chatter/feed-elements",
}


def urls(host: str, user_id: str) -> dict[str, str]:
    """Return the addresses that a client is told beside who it is."""
    services = {name: f"{host}/services/{path}" for name, path in _URLS.items()}
    return services | {"profile": f"{host}/{user_id}", "custom_domain": host}


def _basic(authorization: str) -> tuple[str, str] | None:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return client_id, secret
