"""The door for webhooks of QuickBooks, from Lambda's event to Lambda's answer."""

import base64
import hashlib
import hmac
from typing import Any

import pytest

from bridge import lambda_events
from functions.receive_quickbooks import app
from tests.observed import Observed

from .conftest import Account, sample_event

TOKEN = "verifier-token"


@pytest.fixture
def connected(account: Account) -> Account:
    account.create_secret("QUICKBOOKS_APP_SECRET", {"verifier_tokens": ["older", TOKEN]})
    account.set_variable("QUICKBOOKS_REALMS", "310687=realm")
    account.create_queue("LIVE_QUEUE_URL")
    return account


def signed(name: str, token: str = TOKEN) -> dict[str, Any]:
    event = sample_event(name)
    body, _ = lambda_events.read_http(event)
    signature = hmac.new(token.encode(), body, hashlib.sha256).digest()
    event["headers"]["intuit-signature"] = base64.b64encode(signature).decode()
    return event


@pytest.mark.parametrize("name", ["quickbooks_webhook.json", "quickbooks_webhook_base64.json"])
def test_signed_webhook_is_on_the_queue_and_answered_200(connected: Account, name: str) -> None:
    response = app.handler(signed(name), connected.context)

    assert response["statusCode"] == 200
    bodies = connected.queued("LIVE_QUEUE_URL")
    assert sorted((each["id"], each["kind"]) for each in bodies) == [
        ("123", "merged"),
        ("58", "created"),
    ]


def test_webhook_of_another_app_is_answered_401_and_nothing_is_queued(
    connected: Account, seen: Observed
) -> None:
    response = app.handler(signed("quickbooks_webhook.json", "guess"), connected.context)

    assert response["statusCode"] == 401
    assert connected.queued("LIVE_QUEUE_URL") == []
    assert seen.messages("WARNING") == ["signature refused"]


@pytest.mark.filterwarnings("ignore:No application metrics")
def test_verifier_tokens_never_stored_are_answered_503_and_named(
    connected: Account, seen: Observed
) -> None:
    connected.create_secret("EMPTY", {"verifier_tokens": []})
    connected.set_variable("QUICKBOOKS_APP_SECRET", "empty")

    response = app.handler(signed("quickbooks_webhook.json"), connected.context)

    assert response["statusCode"] == 503
    assert "secret empty holds no verifier_tokens" in seen
