"""Tokens: how they are asked for, and what is refused."""

import base64
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.unit.simulators.salesforce.conftest import START, Answer, Client

TOKEN = "/services/oauth2/token"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
APP = {"client_id": "cid", "client_secret": "sec"}
BASIC = "Basic " + base64.b64encode(b"cid:sec").decode()

Assert = Callable[..., Answer]


def post(client: Client, path: str, form: dict[str, str], **headers: str) -> Answer:
    """Post a form without a session."""
    anonymous = Client(client.salesforce, {})
    body = urlencode(form).encode()
    kind = "application/x-www-form-urlencoded"
    return anonymous.call("POST", path, body, content_type=kind, **headers)


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    """The key of the app's certificate."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def assertion(client: Client, key: rsa.RSAPrivateKey) -> Assert:
    """A function that asks for a token with a signed assertion."""
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    client.call("POST", "/_admin/tokens", {"register_public_key": public.decode()})

    def ask(signed_by: rsa.RSAPrivateKey = key, **claims: Any) -> Answer:
        usual = {
            "iss": "cid",
            "sub": "integration@example.com",
            "aud": "https://login.salesforce.com",
            "exp": str(int(START.timestamp()) + 180),
        }
        signed = jwt.encode({**usual, **claims}, signed_by, algorithm="RS256")
        return post(client, TOKEN, {"grant_type": JWT_BEARER, "assertion": signed})

    return ask


def test_assertion_opens_a_session(client: Client, assertion: Assert) -> None:
    client.salesforce.oauth.instance_url = "https://127.0.0.1:1"

    answer = assertion()

    assert answer.status == 200
    assert answer.value["token_type"] == "Bearer"
    assert answer.value["instance_url"] == "https://127.0.0.1:1"
    assert answer.value["issued_at"] == str(int(START.timestamp()) * 1000)
    assert "expires_in" not in answer.value
    client.headers = {"authorization": f"Bearer {answer.value['access_token']}"}
    assert client.call("GET", "limits").status == 200


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "other"},
        {"sub": "somebody@example.com"},
        {"aud": "https://evil.example"},
        {"exp": int(START.timestamp()) - 181},
        {"exp": int(START.timestamp()) + 3600},
        {"exp": "soon"},
    ],
)
def test_assertion_with_a_wrong_claim_is_refused(assertion: Assert, claims: dict[str, Any]) -> None:
    answer = assertion(**claims)

    assert answer.status == 400
    assert answer.value["error"] in ("invalid_grant", "invalid_client_id")


def test_assertion_signed_by_another_key_is_refused(assertion: Assert) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    assert assertion(signed_by=other).value["error"] == "invalid_grant"


def test_unsigned_assertion_is_refused(client: Client, assertion: Assert) -> None:
    claims = {"iss": "cid", "sub": "integration@example.com", "exp": 4_000_000_000}
    unsigned = jwt.encode(claims, "", algorithm="none")

    answer = post(client, TOKEN, {"grant_type": JWT_BEARER, "assertion": unsigned})

    assert answer.value["error"] == "invalid_grant"


def test_client_credentials_are_taken_by_header_or_by_body(client: Client) -> None:
    grant = {"grant_type": "client_credentials"}

    assert post(client, TOKEN, grant, authorization=BASIC).status == 200
    assert post(client, TOKEN, {**grant, **APP}).status == 200
    wrong = post(client, TOKEN, {**grant, **APP, "client_secret": "x"})
    assert (wrong.status, wrong.value) == (
        400,
        {"error": "invalid_client", "error_description": "invalid client credentials"},
    )


def test_refresh_token_opens_a_session_and_stays(client: Client) -> None:
    grant = {"grant_type": "refresh_token", **APP}

    good = post(client, TOKEN, {**grant, "refresh_token": "rt-0"})
    again = post(client, TOKEN, {**grant, "refresh_token": "rt-0"})
    bad = post(client, TOKEN, {**grant, "refresh_token": "rt-1"})

    assert good.status == again.status == 200
    assert "refresh_token" not in good.value
    assert bad.value == {
        "error": "invalid_grant",
        "error_description": "expired access/refresh token",
    }


def test_other_grants_are_not_supported(client: Client) -> None:
    answer = post(client, TOKEN, {"grant_type": "password"})

    assert (answer.status, answer.value["error"]) == (400, "unsupported_grant_type")


def test_revoked_token_is_of_no_use(client: Client) -> None:
    assert post(client, "/services/oauth2/revoke", {"token": "at-0"}).status == 200

    assert client.call("GET", "limits").status == 401
    assert post(client, "/services/oauth2/revoke", {"token": "at-0"}).status == 400


def test_introspection_tells_whose_token_it_is_and_until_when(client: Client) -> None:
    path = "/services/oauth2/introspect"

    active = post(client, path, {"token": "rt-9"}, authorization=BASIC)
    known = Client(client.salesforce)
    known.call("GET", "limits")
    told = post(client, path, {"token": "at-0", **APP}).value

    assert active.value == {"active": False}
    assert (told["active"], told["username"]) == (True, "integration@example.com")
    assert post(client, path, {"token": "at-0"}).status == 400


def test_user_info_names_user_and_org(client: Client) -> None:
    told = client.call("GET", "/services/oauth2/userinfo").value

    assert told["organization_id"] == client.salesforce.org.org_id
    assert told["preferred_username"] == "integration@example.com"


def test_token_calls_are_counted_but_cost_no_api_call(client: Client) -> None:
    post(client, TOKEN, {"grant_type": "client_credentials", **APP})

    assert client.call("GET", "/_admin/calls").value["by_kind"] == {"token": 1}
    assert client.call("GET", "limits").headers["Sforce-Limit-Info"].startswith("api-usage=1/")
