"""Sessions: access tokens, whom they stand for and when they end.

An access token is a session id: it lives as long as it is used often enough, and nothing in the
token reply says how long that is.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from local.simulators.clock import Clock
from local.simulators.salesforce.errors import ApiError
from local.simulators.salesforce.switches import Switches

# Older ones end in silence, as developers report.
_MOST_GRANTS = 5


@dataclass(slots=True)
class Session:
    """One access token in use; a lasting one ends by no clock."""

    user_id: str
    issued: datetime
    last_used: datetime
    is_lasting: bool = False


class Sessions:
    """The access and refresh tokens of one org."""

    def __init__(self, clock: Clock, switches: Switches, org_id: str) -> None:
        self._clock = clock
        self._switches = switches
        self._org_id = org_id
        self._by_token: dict[str, Session] = {}
        self._refresh_tokens: dict[str, str] = {}

    def open(self, user_id: str, token: str | None = None) -> str:
        """Begin a session and return its access token.

        With a token of its own it lasts until it is ended: a test that moves the clock by days
        keeps the token it began with.
        """
        now = self._clock.now()
        session = Session(user_id, now, now, is_lasting=token is not None)
        token = token or f"{self._org_id[:15]}!AQ{secrets.token_urlsafe(48)}"
        self._by_token[token] = session
        return token

    def allow_refresh(self, refresh_token: str, user_id: str) -> None:
        """Make a refresh token that stands for a user."""
        self._refresh_tokens[refresh_token] = user_id

    def new_refresh(self, user_id: str) -> str:
        """Make a refresh token; a user has the five newest of them."""
        refresh_token = f"5Aep861{secrets.token_urlsafe(48)}"
        self._refresh_tokens[refresh_token] = user_id
        own = [token for token, owner in self._refresh_tokens.items() if owner == user_id]
        for token in own[:-_MOST_GRANTS]:
            del self._refresh_tokens[token]
        return refresh_token

    def user_of_refresh(self, refresh_token: str) -> str | None:
        """Return the user for whom a refresh token stands."""
        return self._refresh_tokens.get(refresh_token)

    def find(self, token: str) -> Session | None:
        """Return the session of a token, unless it has ended."""
        session = self._by_token.get(token)
        if session is None or session.is_lasting:
            return session
        return session if self._ends(session) > self._clock.now() else None

    def ends(self, token: str) -> datetime | None:
        """Return when the session of a token will end if it is not used."""
        session = self.find(token)
        return self._ends(session) if session else None

    def authenticate(self, authorization: str | None) -> str:
        """Return the user of an Authorization header, and keep the session alive.

        Raises:
            ApiError: 401 INVALID_SESSION_ID or INVALID_AUTH_HEADER.
        """
        if not authorization:
            raise ApiError("INVALID_SESSION_ID")
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() not in ("bearer", "oauth") or not token:
            raise ApiError("INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE")
        session = self.find(token.strip())
        if session is None:
            raise ApiError("INVALID_SESSION_ID")
        session.last_used = self._clock.now()
        return session.user_id

    def revoke(self, token: str) -> bool:
        """End a session, or forget a refresh token; False if there is no such token."""
        found = self._by_token.pop(token, None) or self._refresh_tokens.pop(token, None)
        return found is not None

    def end_all(self) -> None:
        """End every session; refresh tokens stay."""
        self._by_token.clear()

    def clear(self) -> None:
        """Forget every token of either kind."""
        self.end_all()
        self._refresh_tokens.clear()

    def _ends(self, session: Session) -> datetime:
        return session.last_used + timedelta(seconds=self._switches.session_life_s)
