"""The web server flow with PKCE, rotation of refresh tokens, and who one is."""

import base64
import hashlib
import json
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from local.simulators.server import Request, Response
from tests.unit.simulators.salesforce.conftest import Client

VERIFIER = "a-verifier-of-more-than-forty-three-characters-0"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode()
BACK = "https://app.example.com/callback"


def authorize(client: Client, **also: str) -> Response:
    """Send a browser to the consent page."""
    query = {
        "response_type": "code",
        "client_id": "cid",
        "redirect_uri": BACK,
        "state": "s",
        **also,
    }
    return client.salesforce.handle(Request("GET", "/services/oauth2/authorize", query))


def token(client: Client, **form: str) -> Any:
    """Call the token endpoint."""
    body = urlencode({"client_id": "cid", "client_secret": "sec", **form}).encode()
    answer = client.salesforce.handle(Request("POST", "/services/oauth2/token", body=body))
    return json.loads(answer.body)


def code_of(response: Response) -> str:
    """Return the code in the address that the browser is sent to."""
    return dict(parse_qsl(urlsplit(response.headers["Location"]).query))["code"]


def test_code_buys_tokens_once_and_only_with_its_verifier(client: Client) -> None:
    challenge = {"code_challenge": CHALLENGE.rstrip("="), "code_challenge_method": "S256"}
    grant = {"grant_type": "authorization_code", "redirect_uri": BACK}
    sent_back = authorize(client, **challenge)
    code = code_of(sent_back)

    bought = token(client, **grant, code=code, code_verifier=VERIFIER)
    again = token(client, **grant, code=code, code_verifier=VERIFIER)
    guessed = token(
        client, **grant, code=code_of(authorize(client, **challenge)), code_verifier="other"
    )

    assert (sent_back.status, "state=s" in sent_back.headers["Location"]) == (302, True)
    assert {"access_token", "refresh_token", "instance_url", "id"} <= set(bought)
    client.headers = {"authorization": f"Bearer {bought['access_token']}"}
    assert client.call("GET", "limits").status == 200
    assert (again["error"], guessed["error"]) == ("invalid_grant", "invalid_grant")


def test_person_may_say_no(client: Client) -> None:
    client.call("POST", "/_admin/tokens", {"deny_next_authorize": True})

    assert "error=access_denied" in authorize(client).headers["Location"]
    assert "code=" in authorize(client).headers["Location"]


def test_refresh_token_is_replaced_where_the_org_rotates(client: Client) -> None:
    client.call("POST", "/_admin/switches", {"refresh_token_rotation": "always"})

    first = token(client, grant_type="refresh_token", refresh_token="rt-0")
    old = token(client, grant_type="refresh_token", refresh_token="rt-0")
    new = token(client, grant_type="refresh_token", refresh_token=first["refresh_token"])

    assert old["error"] == "invalid_grant"
    assert "access_token" in new


def test_sixth_grant_ends_the_oldest(client: Client) -> None:
    def buy() -> str:
        grant = {"grant_type": "authorization_code", "redirect_uri": BACK}
        return token(client, **grant, code=code_of(authorize(client)))["refresh_token"]

    tokens = [buy() for _ in range(6)]

    ended = token(client, grant_type="refresh_token", refresh_token=tokens[0])
    lives = token(client, grant_type="refresh_token", refresh_token=tokens[1])
    assert (ended["error"], "access_token" in lives) == ("invalid_grant", True)


def test_identity_tells_who_the_session_is(client: Client) -> None:
    url = client.call("GET", "").value["identity"]

    answer = client.call("GET", urlsplit(url).path)

    assert answer.value["username"] == "integration@example.com"
    assert answer.value["organization_id"] == client.salesforce.org.org_id
    client.headers = {}
    assert client.call("GET", urlsplit(url).path).status == 401
