"""How a grant is renewed, and what a refusal of the token endpoint means."""

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

import pytest

from bridge.errors import (
    BridgeError,
    ConfigurationError,
    ConnectionLostError,
    PermanentError,
    RateLimitedError,
    UnavailableError,
)
from bridge.quickbooks.oauth import Grant, refresh
from tests.unit.quickbooks.script import as_json, recorded

Renew = Callable[[Any], Grant]


class TokenEndpoint(HTTPServer):
    """A token endpoint on loopback that gives one answer and keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 200
        self.body = b""
        self.asked: list[tuple[str, str, dict[str, str], str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/oauth2/v1/tokens/bearer"


class _Handler(BaseHTTPRequestHandler):
    server: TokenEndpoint

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.asked.append((self.command, self.path, dict(self.headers), body))
        if not self.server.status:
            self.close_connection = True
            return
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.send_header("intuit_tid", "tid-1")
        if self.server.status == 307:
            self.send_header("Location", self.server.url)
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def endpoint() -> Iterator[TokenEndpoint]:
    with TokenEndpoint() as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def renew(endpoint: TokenEndpoint) -> Grant:
    return refresh(endpoint.url, "cid", "client-secret", "rt-old")


def test_a_grant_is_renewed_in_one_call_without_discovery(endpoint: TokenEndpoint) -> None:
    endpoint.body = as_json(
        {
            "token_type": "bearer",
            "access_token": "at-new",
            "expires_in": 3600,
            "refresh_token": "rt-new",
            "x_refresh_token_expires_in": 8726400,
            "x_refresh_token_hard_expires_in": 157680000,
        }
    )

    grant = renew(endpoint)

    assert grant == Grant("at-new", "rt-new", 3600, 8726400, 157680000)
    ((method, path, headers, body),) = endpoint.asked
    assert (method, path) == ("POST", "/oauth2/v1/tokens/bearer")
    assert headers["Authorization"] == "Basic Y2lkOmNsaWVudC1zZWNyZXQ="
    assert headers["x-include-refresh-token-hard-expires-in"] == "true"
    assert parse_qs(body) == {"grant_type": ["refresh_token"], "refresh_token": ["rt-old"]}


def test_a_grant_without_a_hard_end_says_so(endpoint: TokenEndpoint) -> None:
    reply = recorded("token-reply")
    del reply["id_token"]
    endpoint.body = as_json(reply)

    assert renew(endpoint).hard_expires_in_s is None


def test_a_grant_shows_no_token() -> None:
    assert "secret" not in repr(Grant("secret-1", "secret-2", 3600, 8640000))


@pytest.mark.parametrize(
    ("status", "body", "kind", "reason"),
    [
        (400, recorded("token-error-invalid-grant"), ConnectionLostError, "grant_revoked"),
        (
            400,
            recorded("token-error-incorrect-refresh-token"),
            ConnectionLostError,
            "grant_revoked",
        ),
        (
            400,
            recorded("token-error-incorrect-token-type"),
            ConnectionLostError,
            "grant_revoked",
        ),
        (401, {"error": "invalid_client"}, ConfigurationError, "client_refused"),
        (400, {"error": "invalid_request"}, PermanentError, "token_call_malformed"),
        (400, {"error": "unsupported_grant_type"}, PermanentError, "token_call_malformed"),
        (429, {}, RateLimitedError, "rate_limited"),
        (503, "<html>", UnavailableError, "quickbooks_unavailable"),
        (500, {"error": "rt-old"}, UnavailableError, "quickbooks_unavailable"),
        (403, "<html>", UnavailableError, "quickbooks_unavailable"),
        (302, "", UnavailableError, "quickbooks_unavailable"),
    ],
)
def test_a_refusal_says_what_to_do_next(
    endpoint: TokenEndpoint, status: int, body: Any, kind: type[BridgeError], reason: str
) -> None:
    endpoint.status, endpoint.body = status, as_json(body)

    with pytest.raises(kind, match=reason) as refused:
        renew(endpoint)

    assert refused.value.request_id == "tid-1"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"{}",
        b'{"access_token":"a","refresh_token":"r","expires_in":"soon"}',
        b'{"access_token":"a","expires_in":1,"x_refresh_token_expires_in":1}',
        b'{"error":"invalid_grant"}',
    ],
)
def test_a_reply_that_brings_no_grant_is_never_taken_for_one(
    endpoint: TokenEndpoint, body: bytes
) -> None:
    endpoint.body = body

    with pytest.raises(UnavailableError) as unusable:
        renew(endpoint)

    assert unusable.value.is_unknown


def test_a_lost_reply_leaves_open_which_token_is_good(endpoint: TokenEndpoint) -> None:
    endpoint.status = 0

    with pytest.raises(UnavailableError) as lost:
        renew(endpoint)

    assert lost.value.is_unknown


def test_a_redirect_does_not_get_the_refresh_token(endpoint: TokenEndpoint) -> None:
    endpoint.status = 307

    with pytest.raises(UnavailableError):
        renew(endpoint)

    assert len(endpoint.asked) == 1


def test_an_endpoint_that_nobody_answers_at_changed_nothing(endpoint: TokenEndpoint) -> None:
    with TokenEndpoint() as gone:
        url = gone.url

    with pytest.raises(UnavailableError) as lost:
        refresh(url, "cid", "client-secret", "rt-old")

    assert not lost.value.is_unknown


def test_no_secret_travels_with_an_error(endpoint: TokenEndpoint) -> None:
    endpoint.status = 400
    endpoint.body = json.dumps({"error": "invalid_grant", "error_description": "rt-old"}).encode()

    with pytest.raises(ConnectionLostError) as refused:
        renew(endpoint)

    error = refused.value
    assert error.__cause__ is None
    assert error.__suppress_context__
    assert not {"rt-old", "client-secret"} & set(str(vars(error)).split("'"))
