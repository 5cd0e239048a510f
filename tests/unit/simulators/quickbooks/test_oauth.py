"""OAuth: tokens are made, rotate, end and are refused as the original does."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from local.simulators.quickbooks.app import QuickBooks
from local.simulators.server import Request
from tests.unit.simulators.quickbooks.client import Client, parsed


def _refresh(client: Client, token: str) -> tuple[int, dict[str, object]]:
    response = client.token_call(grant_type="refresh_token", refresh_token=token)
    return response.status, parsed(response)


def _authorize(app: QuickBooks, **query: str) -> dict[str, list[str]]:
    asked = {
        "client_id": "cid",
        "response_type": "code",
        "scope": "com.intuit.quickbooks.accounting",
        "redirect_uri": "https://app.example/callback?x=1",
        "state": "s-1",
    }
    response = app.handle(Request("GET", "/connect/oauth2", asked | query))
    assert response.status == 302
    return parse_qs(urlsplit(response.headers["location"]).query)


def test_refresh_gives_an_access_token_that_works(client: Client) -> None:
    status, tokens = _refresh(client, "rt-0")

    client.token = str(tokens["access_token"])
    assert status == 200
    assert client.read("Customer", "3")["Id"] == "3"
    assert tokens["refresh_token"] == "rt-0"
    assert (tokens["expires_in"], tokens["x_refresh_token_expires_in"]) == (3600, 8726400)


def test_refresh_token_rotates_after_a_day_and_the_old_value_is_refused(client: Client) -> None:
    client.app.clock.advance(86400)
    _, tokens = _refresh(client, "rt-0")

    assert tokens["refresh_token"] != "rt-0"
    assert _refresh(client, "rt-0") == (
        400,
        {"error": "invalid_grant", "error_description": "Incorrect or invalid refresh token"},
    )
    assert _refresh(client, str(tokens["refresh_token"]))[0] == 200


def test_rotation_can_be_asked_for(client: Client) -> None:
    client.admin("POST", "tokens", {"rotate_on_next_refresh": True})

    _, rotated = _refresh(client, "rt-0")
    _, same = _refresh(client, str(rotated["refresh_token"]))

    assert rotated["refresh_token"] != "rt-0"
    assert same["refresh_token"] == rotated["refresh_token"]


def test_old_value_works_for_a_day_if_the_switch_grants_grace(client: Client) -> None:
    client.admin("POST", "switches", {"old_refresh_token": "grace"})
    client.admin("POST", "tokens", {"rotate_on_next_refresh": True})
    _, rotated = _refresh(client, "rt-0")

    status, again = _refresh(client, "rt-0")
    client.app.clock.advance(86401)

    assert (status, again["refresh_token"]) == (200, rotated["refresh_token"])
    assert _refresh(client, "rt-0")[0] == 400


def test_reuse_of_an_old_value_ends_the_grant_if_the_switch_says_so(client: Client) -> None:
    client.admin("POST", "switches", {"reuse_revokes_grant": True})
    client.admin("POST", "tokens", {"rotate_on_next_refresh": True})
    _, rotated = _refresh(client, "rt-0")

    _refresh(client, "rt-0")

    assert _refresh(client, str(rotated["refresh_token"]))[0] == 400


def test_unused_refresh_token_dies_after_its_rolling_life(client: Client) -> None:
    client.app.clock.advance(8_726_401)

    assert _refresh(client, "rt-0")[1]["error"] == "invalid_grant"


def test_hard_expiry_is_told_to_those_who_ask(client: Client) -> None:
    headers = {
        "authorization": "Basic Y2lkOnNlYw==",
        "x-include-refresh-token-hard-expires-in": "true",
    }
    body = b"grant_type=refresh_token&refresh_token=rt-0"

    response = client.app.handle(Request("POST", "/oauth2/v1/tokens/bearer", {}, headers, body))

    assert parsed(response)["x_refresh_token_hard_expires_in"] == 157_680_000


@pytest.mark.parametrize(
    ("secret", "form", "status", "error"),
    [
        (
            "d3Jvbmc6c2Vj",
            {"grant_type": "refresh_token", "refresh_token": "rt-0"},
            401,
            "invalid_client",
        ),
        ("Y2lkOnNlYw==", {"grant_type": "password"}, 400, "unsupported_grant_type"),
        ("Y2lkOnNlYw==", {"grant_type": "refresh_token"}, 400, "invalid_request"),
        ("Y2lkOnNlYw==", {}, 400, "invalid_request"),
        ("Y2lkOnNlYw==", {"grant_type": "authorization_code", "code": "x"}, 400, "invalid_grant"),
    ],
)
def test_token_endpoint_refuses(
    client: Client, secret: str, form: dict[str, str], status: int, error: str
) -> None:
    response = client.token_call(secret, **form)

    assert (response.status, parsed(response)["error"]) == (status, error)


def test_code_is_exchanged_once_for_the_company_that_was_chosen(app: QuickBooks) -> None:
    answer = _authorize(app, realm="2")
    client = Client(app, "2")
    form = {
        "grant_type": "authorization_code",
        "code": answer["code"][0],
        "redirect_uri": "https://app.example/callback?x=1",
    }

    first, second = client.token_call(**form), client.token_call(**form)

    client.token = parsed(first)["access_token"]
    assert (answer["state"], answer["realmId"], answer["x"]) == (["s-1"], ["2"], ["1"])
    assert client.read("Customer", "3")["Id"] == "3"
    assert (second.status, parsed(second)["error"]) == (400, "invalid_grant")


def test_code_is_bound_to_its_redirect_address(app: QuickBooks) -> None:
    code = _authorize(app)["code"][0]

    response = Client(app).token_call(
        grant_type="authorization_code", code=code, redirect_uri="https://other.example/"
    )

    assert parsed(response)["error"] == "invalid_grant"


def test_denial_and_wrong_scope_come_back_as_errors(app: QuickBooks, client: Client) -> None:
    client.admin("POST", "tokens", {"deny_next_authorize": True})

    assert _authorize(app)["error"] == ["access_denied"]
    assert _authorize(app, scope="everything")["error"] == ["invalid_scope"]


def test_revoking_ends_the_grant_of_that_company_only(app: QuickBooks) -> None:
    first, second = Client(app), Client(app, "2", "at-0-2")
    headers = {"authorization": "Basic Y2lkOnNlYw=="}

    def revoke() -> int:
        request = Request("POST", "/v2/oauth2/tokens/revoke", {}, headers, b'{"token":"rt-0"}')
        return app.handle(request).status

    assert [revoke(), revoke()] == [200, 400]
    first.call("GET", "customer/3")
    second.call("GET", "customer/3")
    assert (first.status, second.status) == (401, 200)
    assert _refresh(first, "rt-0")[1]["error"] == "invalid_grant"


def test_discovery_names_the_stand_ins_own_addresses(app: QuickBooks) -> None:
    request = Request("GET", "/.well-known/openid_configuration", headers={"host": "h:1"})

    document = parsed(app.handle(request))

    assert document["token_endpoint"] == "http://h:1/oauth2/v1/tokens/bearer"
    assert {
        "issuer",
        "authorization_endpoint",
        "userinfo_endpoint",
        "revocation_endpoint",
        "jwks_uri",
    } <= set(document)


def test_next_refreshes_can_be_made_to_fail_without_harm(client: Client) -> None:
    client.admin("POST", "tokens", {"next_refresh_fails": 1})

    failed = client.token_call(grant_type="refresh_token", refresh_token="rt-0")

    assert failed.status == 500
    assert _refresh(client, "rt-0")[0] == 200


def test_access_token_ends_by_the_clock_and_by_command(client: Client) -> None:
    client.app.clock.advance(3600)
    client.call("GET", "customer/3")
    by_clock = client.status
    client.token = str(_refresh(client, "rt-0")[1]["access_token"])
    client.call("GET", "customer/3")
    fresh = client.status
    client.admin("POST", "tokens", {"expire_access": True})
    client.call("GET", "customer/3")

    assert (by_clock, fresh, client.status) == (401, 200, 401)


def test_other_app_works_beside_the_first_until_its_token_ends(app: QuickBooks) -> None:
    other = Client(app).other_app()
    elsewhere = Client(app, "2", other.token)

    assert other.read("Customer", "3")["Id"] == "3"
    assert elsewhere.send("GET", "customer/3").status == 403
    app.clock.advance(3600)
    assert other.send("GET", "customer/3").status == 401


def test_other_app_stays_when_the_first_is_disconnected(app: QuickBooks, client: Client) -> None:
    other = client.other_app()

    client.admin("POST", "tokens", {"revoke": True})

    assert client.send("GET", "customer/3").status == 401
    assert other.send("GET", "customer/3").status == 200


def test_app_cannot_revoke_the_token_of_another(client: Client) -> None:
    other = client.other_app()
    headers = {"authorization": "Basic Y2lkOnNlYw=="}
    body = json.dumps({"token": other.token}).encode()

    answer = client.app.handle(Request("POST", "/v2/oauth2/tokens/revoke", {}, headers, body))

    assert parsed(answer) == {"error": "invalid_grant"}
    assert client.send("GET", "customer/3").status == 200
    assert other.send("GET", "customer/3").status == 200


def test_other_app_has_no_refresh_token(client: Client) -> None:
    client.other_app()

    assert client.admin("GET", "tokens")["refresh_tokens"] == {"1": "rt-0", "2": "rt-0-2"}


@pytest.mark.parametrize(
    "asked",
    [
        None,
        {"realm": "1"},
        {"client_id": "other"},
        {"realm": "3", "client_id": "other"},
        {"realm": "1", "client_id": "cid"},
        {"realm": "1", "client_id": ""},
        {"realm": "1", "client_id": 7},
        {"realm": "1", "client_id": "other", "secret": "x"},
    ],
)
def test_app_is_connected_only_with_a_name_of_its_own_and_a_company(
    client: Client, asked: object
) -> None:
    client.admin("POST", "apps", asked)

    assert client.status == 400
