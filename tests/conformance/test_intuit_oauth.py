"""intuit-oauth, unmodified, against the stand-in's OAuth endpoints."""

from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from intuitlib.client import AuthClient
from intuitlib.enums import Scopes
from intuitlib.exceptions import AuthClientError

from tests.conformance.conftest import StandIn

CLIENT = f"QuickBooks: intuit-oauth {version('intuit-oauth')}"
case: Callable[[str], pytest.MarkDecorator] = partial(pytest.mark.conformance, CLIENT)


@pytest.fixture
def auth(quickbooks: StandIn) -> AuthClient:
    """The client, told the address of the stand-in's discovery document."""
    discovery = f"{quickbooks.url}/.well-known/openid_configuration/"
    return AuthClient("cid", "sec", "http://localhost/callback", discovery)


def consent(auth: AuthClient) -> dict[str, str]:
    """Send the browser where the client says, and return what it comes back with."""
    answer = requests.get(
        auth.get_authorization_url([Scopes.ACCOUNTING], "state-1"),
        allow_redirects=False,
        timeout=10,
    )
    given = parse_qs(urlsplit(answer.headers["location"]).query)
    return {name: values[0] for name, values in given.items()}


@case("consent and first tokens")
def test_consent_is_exchanged_for_tokens_once(auth: AuthClient) -> None:
    given = consent(auth)
    auth.get_bearer_token(given["code"], realm_id=given["realmId"])

    assert given["state"] == "state-1"
    assert (auth.access_token, auth.expires_in, auth.realm_id) == (auth.access_token, 3600, "1")
    assert auth.x_refresh_token_expires_in >= 8_640_000
    with pytest.raises(AuthClientError) as caught:
        auth.get_bearer_token(given["code"])
    assert caught.value.status_code == 400


@case("refresh tokens")
def test_refresh_gives_an_access_token_that_works(auth: AuthClient, quickbooks: StandIn) -> None:
    auth.include_refresh_token_hard_expires_in = True

    auth.refresh("rt-0")

    assert auth.x_refresh_token_hard_expires_in > 100_000_000
    headers = {"Authorization": f"Bearer {auth.access_token}", "Accept": "application/json"}
    url = f"{quickbooks.url}/v3/company/1/customer/1"
    assert requests.get(url, headers=headers, timeout=10).json()["Customer"]["Id"] == "1"


@case("a superseded refresh token is refused")
def test_superseded_refresh_token_is_refused(auth: AuthClient, quickbooks: StandIn) -> None:
    quickbooks.admin("tokens", {"rotate_on_next_refresh": True})
    auth.refresh("rt-0")

    with pytest.raises(AuthClientError) as caught:
        auth.refresh("rt-0")

    assert auth.refresh_token != "rt-0"
    assert (caught.value.status_code, "invalid_grant" in str(caught.value.content)) == (400, True)
    assert caught.value.intuit_tid


@case("a wrong client is refused")
def test_wrong_secret_is_refused(quickbooks: StandIn) -> None:
    discovery = f"{quickbooks.url}/.well-known/openid_configuration/"
    stranger = AuthClient("cid", "wrong", "http://localhost/callback", discovery)

    with pytest.raises(AuthClientError) as caught:
        stranger.refresh("rt-0")

    assert caught.value.status_code == 401


@case("revoke")
def test_revoked_grant_is_gone(auth: AuthClient) -> None:
    assert auth.revoke("rt-0") is True

    with pytest.raises(AuthClientError) as caught:
        auth.refresh("rt-0")

    assert caught.value.status_code == 400


@case("user information")
def test_user_is_told(auth: AuthClient) -> None:
    auth.refresh("rt-0")

    auth.get_user_info()

    assert auth.sub
