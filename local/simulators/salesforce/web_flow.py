"""The web server flow: a person's consent, and the code that stands for it.

Salesforce: "OAuth 2.0 Web Server Flow for Web App Integration"; with PKCE (RFC 7636) where the
client sends a challenge. There is no page to click on: the person consents at once.
"""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from local.simulators.clock import Clock
from local.simulators.salesforce.exchange import Reply

_CODE_LIFE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class _Grant:
    redirect_uri: str
    challenge: str | None
    ends: datetime


class RefusedCodeError(Exception):
    """A code, or what came with it, that the token endpoint does not take."""

    def __init__(self, error: str, description: str) -> None:
        self.error, self.description = error, description
        super().__init__(f"{error}: {description}")


class WebFlow:
    """Hands out codes, and takes each back once."""

    def __init__(self, client_id: str, clock: Clock) -> None:
        self._client_id = client_id
        self._clock = clock
        self._grants: dict[str, _Grant] = {}
        self.deny_next = False

    def authorize(self, query: Mapping[str, str]) -> Reply:
        """Send the browser back with a code, or with what is wrong."""
        redirect_uri = query.get("redirect_uri", "")
        answer = {"state": query["state"]} if "state" in query else {}
        if query.get("client_id") != self._client_id or not redirect_uri:
            error = "invalid_client_id" if redirect_uri else "redirect_uri_mismatch"
            return Reply(400, {"error": error, "error_description": error.replace("_", " ")})
        if query.get("response_type") != "code":
            return _back(redirect_uri, {"error": "unsupported_response_type", **answer})
        if self.deny_next:
            self.deny_next = False
            told = {"error": "access_denied", "error_description": "end-user denied authorization"}
            return _back(redirect_uri, {**told, **answer})
        code = f"aPrx{secrets.token_urlsafe(30)}"
        ends = self._clock.now() + _CODE_LIFE
        self._grants[code] = _Grant(redirect_uri, query.get("code_challenge"), ends)
        return _back(redirect_uri, {"code": code, **answer})

    def redeem(self, form: Mapping[str, str]) -> None:
        """Take a code back, which then is worth nothing any more.

        Raises:
            RefusedCodeError: it is not a code, or was not given for this.
        """
        grant = self._grants.pop(form.get("code", ""), None)
        if grant is None or grant.ends <= self._clock.now():
            raise RefusedCodeError("invalid_grant", "invalid authorization code")
        if form.get("redirect_uri") != grant.redirect_uri:
            text = "redirect_uri must match configuration"
            raise RefusedCodeError("redirect_uri_mismatch", text)
        if grant.challenge and _challenge(form.get("code_verifier", "")) != grant.challenge:
            raise RefusedCodeError("invalid_grant", "invalid code verifier")

    def clear(self) -> None:
        """Forget every code."""
        self._grants.clear()
        self.deny_next = False


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _back(redirect_uri: str, answer: Mapping[str, str]) -> Reply:
    joint = "&" if "?" in redirect_uri else "?"
    return Reply(302, None, {"Location": f"{redirect_uri}{joint}{urlencode(answer)}"})
