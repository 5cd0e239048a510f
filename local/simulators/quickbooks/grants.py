"""The grants that companies gave to apps: refresh tokens, access tokens and codes.

Rules: Intuit, develop/authentication-and-authorization/oauth-2.0 and its faq; the hard limit of
refresh tokens: the policy announced on 12 November 2025.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from local.simulators.clock import Clock
from local.simulators.quickbooks.switches import Switches

_ROLLING_LIFE = timedelta(seconds=8_726_400)
_HARD_LIFE = timedelta(seconds=157_680_000)
_CODE_LIFE = timedelta(minutes=10)
_GRACE = timedelta(hours=24)


@dataclass(slots=True)
class Grant:
    """The right that a company gave to an app, with its current refresh token."""

    app: str
    realm: str
    refresh_token: str
    issued_at: datetime
    expires_at: datetime
    hard_expires_at: datetime
    old_tokens: dict[str, datetime] = field(default_factory=dict)
    is_revoked: bool = False


@dataclass(slots=True)
class AccessToken:
    """An access token and when it ends."""

    grant: Grant
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Code:
    """An authorization code, good for one exchange."""

    realm: str
    redirect_uri: str
    expires_at: datetime


class TokenError(Exception):
    """A refusal of the token endpoint: the OAuth error, then perhaps its description."""


class Grants:
    """Holds what was granted, and changes it as the token endpoint asks.

    The endpoint serves one app. Others can be connected beside it, with access tokens alone.
    """

    def __init__(self, app: str, clock: Clock, switches: Switches) -> None:
        self._app = app
        self._clock = clock
        self._switches = switches
        self._grants: dict[str, Grant] = {}
        self._access: dict[str, AccessToken] = {}
        self._codes: dict[str, Code] = {}
        self.realms: tuple[str, ...] = ()
        self.rotates_next = False

    def connect(self, realm: str, access_token: str, refresh_token: str) -> None:
        """Give the app a grant of a realm without the browser."""
        self.realms = (*self.realms, realm)
        self._issue(access_token, self._new_grant(realm, refresh_token))

    def connect_other(self, app: str, realm: str) -> str:
        """Give another app an access token of a realm; it ends like any, and nothing renews it."""
        return self.new_access_token(self._grant(app, realm, ""))

    def held(self, access_token: str) -> AccessToken | None:
        """Return what is known of an access token."""
        return self._access.get(access_token)

    def new_code(self, realm: str, redirect_uri: str) -> str:
        """Make an authorization code."""
        code = f"AB{token_hex(20)}"
        self._codes[code] = Code(realm, redirect_uri, self._clock.now() + _CODE_LIFE)
        return code

    def exchange(self, value: str, redirect_uri: str) -> Grant:
        """Turn a code into a grant, once.

        Raises:
            TokenError: the code is unknown, used, over, or of another redirect address.
        """
        if not value:
            raise TokenError("invalid_request")
        code = self._codes.pop(value, None)
        is_good = code and code.expires_at > self._clock.now()
        if code is None or not is_good or code.redirect_uri != redirect_uri:
            raise TokenError("invalid_grant", "Invalid authorization code")
        return self._new_grant(code.realm, f"RT1-{token_hex(20)}")

    def refresh(self, value: str) -> Grant:
        """Prolong the grant of a refresh token; the token's value changes about once a day.

        Raises:
            TokenError: the token is unknown, superseded, revoked or over.
        """
        if not value:
            raise TokenError("invalid_request")
        now = self._clock.now()
        grant = self._grants.get(value) or self._grant_of_old_token(value)
        if grant is None or grant.is_revoked:
            raise TokenError("invalid_grant", "Incorrect or invalid refresh token")
        if min(grant.expires_at, grant.hard_expires_at) <= now:
            raise TokenError("invalid_grant", "Token expired")
        age_s = (now - grant.issued_at).total_seconds()
        if self.rotates_next or age_s >= self._switches.refresh_rotation_age_s:
            self._rotate(grant)
        grant.expires_at = now + _ROLLING_LIFE
        return grant

    def new_access_token(self, grant: Grant) -> str:
        """Make an access token for a grant."""
        token = f"eyJ{token_hex(30)}"
        self._issue(token, grant)
        return token

    def revoke(self, token: str) -> bool:
        """End every grant of the app for the company of a token; False if there is none."""
        held = self._access.get(token)
        grant = held.grant if held else self._grants.get(token)
        if grant is None or grant.is_revoked or grant.app != self._app:
            return False
        for each in self._grants.values():
            each.is_revoked = each.is_revoked or each.realm == grant.realm
        return True

    def revoke_all(self) -> None:
        """Disconnect the app everywhere, as a user can inside the product."""
        for grant in self._grants.values():
            grant.is_revoked = True

    def expire_access(self) -> None:
        """End every access token now."""
        for held in self._access.values():
            held.expires_at = self._clock.now()

    def listing(self) -> dict[str, Any]:
        """Show the live refresh token of each realm and how many access tokens live."""
        now = self._clock.now()
        live = {g.realm: g.refresh_token for g in self._grants.values() if not g.is_revoked}
        alive = sum(not a.grant.is_revoked and a.expires_at > now for a in self._access.values())
        return {"refresh_tokens": live, "live_access_tokens": alive}

    def _grant_of_old_token(self, value: str) -> Grant | None:
        """Find the grant of a superseded token: refused, or still good for a day (a switch)."""
        for grant in self._grants.values():
            if value not in grant.old_tokens:
                continue
            if self._switches.reuse_revokes_grant:
                grant.is_revoked = True
            is_recent = grant.old_tokens[value] + _GRACE > self._clock.now()
            return grant if self._switches.old_refresh_token == "grace" and is_recent else None
        return None

    def _rotate(self, grant: Grant) -> None:
        self.rotates_next = False
        now = self._clock.now()
        del self._grants[grant.refresh_token]
        grant.old_tokens[grant.refresh_token] = now
        grant.refresh_token, grant.issued_at = f"RT1-{token_hex(20)}", now
        self._grants[grant.refresh_token] = grant

    def _new_grant(self, realm: str, refresh_token: str) -> Grant:
        grant = self._grants[refresh_token] = self._grant(self._app, realm, refresh_token)
        return grant

    def _grant(self, app: str, realm: str, refresh_token: str) -> Grant:
        now = self._clock.now()
        return Grant(app, realm, refresh_token, now, now + _ROLLING_LIFE, now + _HARD_LIFE)

    def _issue(self, token: str, grant: Grant) -> None:
        life = timedelta(seconds=self._switches.access_token_life_s)
        self._access[token] = AccessToken(grant, self._clock.now() + life)
