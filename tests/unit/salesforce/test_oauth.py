"""Access tokens: what is asked, what is believed, and what never shows."""

from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bridge.errors import (
    BridgeError,
    ConfigurationError,
    ConnectionLostError,
    RateLimitedError,
    UnavailableError,
)
from bridge.salesforce.oauth import SalesforceGrant, grant
from bridge.transport import TimeoutSession
from tests.unit.salesforce.scripted_org import Script, answer, recorded

NOW_S = 1_795_334_400.7
SECRET = "s3cr3t"
CLIENT = {"client_id": "cid", "client_secret": SECRET}
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption(),
).decode()
BEARER = {"client_id": "cid", "username": "integration@example.com", "private_key": PEM}
# The ids in the recorded reply are masked.
IDENTITY = "https://login.salesforce.com/id/00DRM000000Fxts2AC/0055f000005mc66AAA"
REPLY = recorded("token-refresh-reply") | {"id": IDENTITY}


def ask(
    *answers: requests.Response | Exception,
    credentials: dict[str, str] = CLIENT,
    login_url: str = "https://acme.my.salesforce.com/",
) -> tuple[SalesforceGrant, Script]:
    script = Script(list(answers))
    session = TimeoutSession()
    session.mount("https://", script)
    return grant(login_url, credentials, session=session, clock=lambda: NOW_S), script


def test_a_jwt_is_signed_for_the_login_address_and_lives_three_minutes() -> None:
    _, script = ask(answer(REPLY), credentials=BEARER, login_url="https://login.salesforce.com")

    request = script.requests[0]
    form = parse_qs(str(request.body))
    claims = jwt.decode(
        form["assertion"][0],
        KEY.public_key(),
        algorithms=["RS256"],
        audience="https://login.salesforce.com",
        options={"verify_exp": False},
    )
    assert request.url == "https://login.salesforce.com/services/oauth2/token"
    assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    assert claims == {
        "iss": "cid",
        "sub": "integration@example.com",
        "aud": "https://login.salesforce.com",
        "exp": 1_795_334_580,
    }
    assert "Authorization" not in request.headers


def test_client_credentials_go_into_the_basic_header() -> None:
    _, script = ask(answer(REPLY))

    request = script.requests[0]
    assert request.url == "https://acme.my.salesforce.com/services/oauth2/token"
    assert request.headers["Authorization"] == "Basic Y2lkOnMzY3IzdA=="
    assert request.body == "grant_type=client_credentials"


def test_the_reply_gives_token_address_and_org() -> None:
    granted, _ = ask(answer(REPLY))

    assert granted == SalesforceGrant(
        "MASKED_ACCESS_TOKEN", "https://na1.salesforce.com", "00DRM000000Fxts2AC"
    )
    assert "MASKED" not in repr(granted)


@pytest.mark.parametrize(
    ("reply", "error", "code"),
    [
        (
            answer(recorded("token-error-authentication-failure"), 400),
            ConnectionLostError,
            "invalid_grant",
        ),
        (answer({"error": "inactive_user"}, 400), ConnectionLostError, "inactive_user"),
        (answer({"error": "invalid_client"}, 400), ConfigurationError, "invalid_client"),
        (answer({"error": "invalid_client_id"}, 400), ConfigurationError, "invalid_client_id"),
        (answer({"error": SECRET + " é"}, 400), ConfigurationError, "400"),
        (answer("<html/>", 404), ConfigurationError, "404"),
        (answer("", 302), ConfigurationError, "302"),
        (answer({"error": "x"}, 429), RateLimitedError, "x"),
        (answer("<html/>", 500), UnavailableError, "500"),
        (answer({"error": "invalid_grant"}, 503), UnavailableError, "invalid_grant"),
        (answer("<html/>", 200), UnavailableError, ""),
        (answer([], 200), UnavailableError, ""),
        (answer(recorded("token-refresh-reply"), 200), UnavailableError, ""),
        (answer({"access_token": "t", "id": REPLY["id"]}, 200), UnavailableError, ""),
        (requests.ReadTimeout(SECRET), UnavailableError, ""),
        (requests.ConnectTimeout(SECRET), UnavailableError, ""),
    ],
)
def test_a_refusal_says_what_to_do_and_shows_no_secret(
    reply: Any, error: type[BridgeError], code: str
) -> None:
    with pytest.raises(error) as caught:
        ask(reply)

    assert type(caught.value) is error
    assert caught.value.code == code
    assert caught.value.__context__ is None
    assert SECRET not in f"{caught.value!r} {vars(caught.value)}"


def test_a_redirect_is_not_followed_with_the_secret() -> None:
    elsewhere = answer("", 307)
    elsewhere.headers["Location"] = "https://elsewhere.example.com/token"

    with pytest.raises(ConfigurationError):
        ask(elsewhere, answer(REPLY))


@pytest.mark.parametrize(
    "credentials",
    [{}, {"client_id": "cid"}, {"client_id": "cid", "private_key": PEM}, {"client_secret": "s"}],
)
def test_credentials_that_are_not_complete_ask_nobody(credentials: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError):
        ask(credentials=credentials)


@pytest.mark.parametrize("key", ["not a key", PEM[:200], "-----BEGIN PRIVATE KEY-----\nAAAA\n"])
def test_a_key_that_is_none_is_not_shown(key: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        ask(credentials=BEARER | {"private_key": key})

    assert caught.value.reason == "private_key_malformed"
    assert caught.value.__context__ is None
