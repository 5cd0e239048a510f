"""One requests session for every vendor: time-outs always, and what a failed call means."""

import logging
import time
from collections.abc import Callable
from typing import Any, Protocol

import requests

from bridge.errors import UnavailableError
from bridge.model import AccessToken

# urllib3 would log whole addresses, and so the names that a query asks for.
logging.getLogger("urllib3").setLevel(logging.INFO)

CONNECT_TIMEOUT_S = 3.05
READ_TIMEOUT_S = 20.0


class AccessTokens(Protocol):
    """Where a client gets its bearer token from."""

    def current(self) -> AccessToken:
        """Return the token that is thought to be valid."""

    def renew(self, rejected: AccessToken) -> AccessToken:
        """Return another token than the one a vendor has just refused.

        Raises:
            ConnectionLostError: the grant is gone, a person must connect again.
            UnavailableError: no new token can be had at the moment.
        """


class Pace(Protocol):
    """The shared budget of calls to one realm."""

    def take(self, kind: str, *, metered: int = 0) -> None:
        """Wait for the next free slot for a `request` or a `batch`, or say that it is too far off.

        Raises:
            RateLimitedError: the next slot is further away than a worker may wait.
        """

    def back_off(self, seconds: float) -> None:
        """Let everyone wait: the vendor has said that it is enough."""


class TimeoutSession(requests.Session):
    """A session that never waits for ever, and remembers when the last answer was asked for."""

    def __init__(
        self,
        timeout: tuple[float, float] = (CONNECT_TIMEOUT_S, READ_TIMEOUT_S),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self.timeout = timeout
        self.monotonic = monotonic
        self.last_response: requests.Response | None = None
        self.last_duration_s = 0.0

    def request(  # type: ignore[override]  # the parent's many parameters travel as options
        self, method: str, url: str, **options: Any
    ) -> requests.Response:
        """Send a request with a time-out."""
        options["timeout"] = options.get("timeout") or self.timeout
        started = self.monotonic()
        response = super().request(method, url, **options)
        self.last_response, self.last_duration_s = response, self.monotonic() - started
        return response


def lost_call(error: requests.RequestException, **context: str) -> UnavailableError:
    """Say what a call without an answer means: never sent, or perhaps in effect.

    A connection that was never made cannot have carried the request; everything else may have.
    """
    never_sent = isinstance(
        error, requests.ConnectTimeout | requests.exceptions.SSLError
    ) or "NewConnectionError" in repr(error)
    reason = "connection_failed" if never_sent else "no_answer"
    return UnavailableError(reason, is_unknown=not never_sent, **context)
