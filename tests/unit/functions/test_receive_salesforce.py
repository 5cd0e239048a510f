"""The door for signed batches of Salesforce events, from Lambda's event to Lambda's answer."""

import hashlib
import hmac
import time
from typing import Any

import pytest

from functions.receive_salesforce import app
from tests.observed import Observed

from .conftest import Account, sample_event

KEY = "webhook-key"


@pytest.fixture
def connected(account: Account) -> Account:
    account.create_secret("SALESFORCE_WEBHOOK_SECRET", {"keys": ["newer", KEY]})
    account.set_variable("SALESFORCE_ORG_ID", "00D5f000005KcCn")
    account.create_queue("LIVE_QUEUE_URL")
    return account


def signed_now() -> dict[str, Any]:
    event = sample_event("salesforce_webhook.json")
    timestamp = str(int(time.time()))
    signed = f"{timestamp}.{event['body']}".encode()
    digest = hmac.new(KEY.encode(), signed, hashlib.sha256).hexdigest()
    event["headers"] |= {"x-timestamp": timestamp, "x-signature": f"v1={digest}"}
    return event


def test_signed_batch_is_on_the_queue_and_answered_200(connected: Account) -> None:
    response = app.handler(signed_now(), connected.context)

    assert response["statusCode"] == 200
    [body] = connected.queued("LIVE_QUEUE_URL")
    assert (body["object"], body["id"]) == ("Account", "0015f00002J9YYEAA3")


def test_old_batch_is_answered_401(connected: Account) -> None:
    event = sample_event("salesforce_webhook.json")
    event["headers"]["x-timestamp"] = "1700000000"

    assert app.handler(event, connected.context)["statusCode"] == 401
    assert connected.queued("LIVE_QUEUE_URL") == []


@pytest.mark.parametrize("organisation", ["00D000000000001EAA", ""])
def test_batch_of_an_org_that_is_not_the_connected_one_is_answered_403(
    connected: Account, seen: Observed, organisation: str
) -> None:
    connected.set_variable("SALESFORCE_ORG_ID", organisation)

    assert app.handler(signed_now(), connected.context)["statusCode"] == 403
    assert connected.queued("LIVE_QUEUE_URL") == []
    assert seen.messages("WARNING") == ["sender unknown"]
