"""Calls to an org through simple-salesforce: the token, its renewal, and what a failure means."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import requests
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceError

from bridge.errors import BridgeError, ConfigurationError, UnavailableError
from bridge.model import AccessToken
from bridge.observability import logger
from bridge.salesforce.faults import Fault, fault_of
from bridge.salesforce.records import sent_time
from bridge.transport import AccessTokens, TimeoutSession, lost_call

API_VERSION = "67.0"
UNAUTHORIZED = 401

Send = Callable[[Salesforce], Any]


@dataclass(frozen=True)
class Answer:
    """A parsed answer, and when its request was sent by the server's clock (None: not known)."""

    body: Any
    sent_at: datetime | None


class Connection:
    """Calls one org, with a new token when the old one is refused."""

    def __init__(
        self, tokens: AccessTokens, session: TimeoutSession, api_version: str = API_VERSION
    ) -> None:
        self.api_version = api_version
        self._tokens = tokens
        self._session = session
        self._built: tuple[AccessToken, Salesforce] | None = None

    def call(self, operation: str, send: Send) -> Answer:
        """Make one call.

        Raises:
            BridgeError: the whole call failed; an UnavailableError may say that it is in doubt.
        """
        outcome = self.attempt(operation, send)
        if isinstance(outcome, Fault):
            raise outcome.error(operation)
        return outcome

    def attempt(self, operation: str, send: Send) -> Answer | Fault:
        """Make one call, and once more with a new token if the org refuses the old one.

        A refused token has done nothing, so the repeat is safe for writes too. A refusal is
        returned with the vendor's words, for a call that is about one record alone.

        Raises:
            BridgeError: no answer came that could be read.
        """
        token = self._tokens.current()
        outcome = self._attempt(operation, send, token)
        if isinstance(outcome, Fault) and outcome.status == UNAUTHORIZED:
            outcome = self._attempt(operation, send, self._tokens.renew(token))
        if isinstance(outcome, BridgeError):
            raise outcome
        return outcome

    def _attempt(
        self, operation: str, send: Send, token: AccessToken
    ) -> Answer | Fault | BridgeError:
        """Return what happened, never raise it: the library's errors quote bodies and queries."""
        self._session.last_response = None
        try:
            body = send(self._client(token))
        except SalesforceError as error:
            self._log(operation)
            return fault_of(error.status, error.content)
        except requests.RequestException as error:
            self._log(operation)
            return lost_call(error, system="salesforce", operation=operation)
        except TypeError:
            # The library measures every parsed body, also one that has no length.
            self._log(operation)
            return UnavailableError(
                "answer_incomplete", is_unknown=True, system="salesforce", operation=operation
            )
        self._log(operation)
        response = self._session.last_response
        date = response.headers.get("Date") if response is not None else None
        return Answer(body, sent_time(date, self._session.last_duration_s))

    def _client(self, token: AccessToken) -> Salesforce:
        # Built with a session id the library never logs in by itself: its own repeat after a 401
        # loses headers, and that of its record types does not end (simple-salesforce issue 804).
        if not token.instance_url:
            raise ConfigurationError("instance_url_missing", system="salesforce")
        if self._built is None or self._built[0] != token:
            client = Salesforce(
                session_id=token.value,
                instance_url=token.instance_url,
                version=self.api_version,
                session=self._session,
                parse_float=Decimal,
            )
            self._built = (token, client)
        return self._built[1]

    def _log(self, operation: str) -> None:
        response = self._session.last_response
        logger.debug(
            "salesforce call",
            operation=operation,
            status=response.status_code if response is not None else None,
            duration_ms=round(self._session.last_duration_s * 1000),
        )
