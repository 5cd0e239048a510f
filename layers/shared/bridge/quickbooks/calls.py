"""One call to the QuickBooks Online API: pace, token, minor version, and what the answer means."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
from requests import PreparedRequest, Response
from requests.auth import AuthBase

from bridge.errors import (
    BridgeError,
    ConfigurationError,
    RateLimitedError,
    UnavailableError,
)
from bridge.model import AccessToken, Fate, System
from bridge.observability import logger
from bridge.quickbooks.faults import body_of, error_of, fault_of, rule_of
from bridge.transport import AccessTokens, Pace, TimeoutSession, lost_call

MINOR_VERSION = "75"  # Intuit: blog, 21 Jan 2025: the default and the minimum
# A token that was made a moment ago is at times refused for a moment.
FRESH_TOKEN_DELAY_S = 1.0


@dataclass(frozen=True)
class Call:
    """One request: `path` below the company, `operation` as it is named in logs and errors.

    `metered` is the number of reads that Intuit will count for it; `is_create` says that it makes
    one record, so that a fault cannot speak of that record's absence.
    """

    method: str
    path: str
    operation: str
    pace: str = "request"
    metered: int = 0
    params: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = field(default=None, repr=False)
    content_type: str = "application/json"
    is_create: bool = False


@dataclass(frozen=True)
class Answer:
    """What a call came to: a document, or an error and what is known of the call's effect."""

    document: Any = field(default=None, repr=False)
    fate: Fate = Fate.DONE
    error: BridgeError | None = None
    vendor_text: str = field(default="", repr=False)
    request_id: str = ""


@dataclass
class Calls:
    """Makes calls for one company, and never raises for what the vendor answers."""

    base_url: str
    realm: str
    tokens: AccessTokens
    pace: Pace
    session: TimeoutSession
    wait: Callable[[float], None]

    def __post_init__(self) -> None:
        # An empty realm gives a path that QuickBooks answers with "unsupported operation".
        if not (self.realm.isascii() and self.realm.isdecimal()):
            raise ConfigurationError("realm_malformed", system=System.QUICKBOOKS)

    def make(self, call: Call) -> Answer:
        """Make a call; a refused token is renewed once, the new one may take a second to hold."""
        try:
            response = self._with_token(call)
        except requests.RequestException as error:
            lost = lost_call(error, system=System.QUICKBOOKS, operation=call.operation)
            return Answer(fate=Fate.UNKNOWN if lost.is_unknown else Fate.NOT_SENT, error=lost)
        except BridgeError as error:
            return Answer(fate=Fate.NOT_SENT, error=error)
        answer = _read(call, response)
        if isinstance(answer.error, RateLimitedError):
            self.pace.back_off(answer.error.retry_after_s)
        return answer

    def _with_token(self, call: Call) -> Response:
        """Send a call with the token at hand, then with a new one; a 401 has done nothing."""
        token = self.tokens.current()
        response = self._send(call, token, call.metered)
        if not _is_token_refused(response):
            return response
        token = self.tokens.renew(token)
        response = self._send(call, token, 0)
        if not _is_token_refused(response):
            return response
        self.wait(FRESH_TOKEN_DELAY_S)
        return self._send(call, token, 0)

    def _send(self, call: Call, token: AccessToken, metered: int) -> Response:
        self.pace.take(call.pace, metered=metered)
        response = self.session.request(
            call.method,
            f"{self.base_url}/v3/company/{self.realm}/{call.path}",
            params={"minorversion": MINOR_VERSION, **call.params},
            data=call.body,
            headers={"Accept": "application/json", "Content-Type": call.content_type},
            auth=_Bearer(token),
            allow_redirects=False,
        )
        logger.debug(
            "quickbooks call",
            operation=call.operation,
            status=response.status_code,
            request_id=_request_id(response),
            duration_ms=round(self.session.last_duration_s * 1000),
        )
        return response


class _Bearer(AuthBase):
    """Puts the token on a request; as an `auth` no .netrc of the machine can replace it."""

    def __init__(self, token: AccessToken) -> None:
        self._token = token

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token.value}"
        return request


def _read(call: Call, response: Response) -> Answer:
    """Say what an answer means; a fault may hide in any body, with any status."""
    document = body_of(response.content)
    fault = fault_of(response.status_code, document)
    context = {"operation": call.operation, "request_id": _request_id(response)}
    if fault:
        rule = rule_of(fault, is_create=call.is_create)
        retry_after = response.headers.get("Retry-After", "")
        error = error_of(fault, rule, retry_after=retry_after, **context)
        return Answer(None, rule.fate, error, fault.vendor_text, context["request_id"])
    if not isinstance(document, Mapping):
        # Cut off, or a page of some proxy: the call may well have taken effect.
        unreadable = UnavailableError(
            "answer_unreadable", is_unknown=True, system=System.QUICKBOOKS, **context
        )
        return Answer(None, Fate.UNKNOWN, unreadable, request_id=context["request_id"])
    return Answer(document, request_id=context["request_id"])


def _is_token_refused(response: Response) -> bool:
    """Say whether another token may help; not where its person has lost the right (120)."""
    if response.status_code != 401:
        return False
    fault = fault_of(response.status_code, body_of(response.content))
    return fault is None or rule_of(fault).reason == "token_refused"


def _request_id(response: Response) -> str:
    return str(response.headers.get("intuit_tid", ""))
