"""The doors, as they are deployed."""

import json
import time
from collections.abc import Iterator

import pytest

from local.package import body_of, signature_headers
from local.stage import SALESFORCE_WEBHOOK
from tests.e2e.world import World

EVENT = {
    "specversion": "1.0",
    "id": "88cd52aa-33b6-4351-9aa4-47572edbd068",
    "source": "intuit.dsnBgbseACLLRZNxo2dfc4evmEJdxde58xeeYcZliOU=",
    "type": "qbo.customer.updated.v1",
    "time": "2026-11-22T09:00:00.000Z",
    "intuitentityid": "5",
    "intuitaccountid": "1",
    "data": {},
}


@pytest.fixture
def queue_out_of_reach(live: World) -> Iterator[World]:
    """A receiver of QuickBooks' webhooks whose queue is not there."""
    functions = live.stage.stack.client("lambda")
    name = live.stage.stack.outputs["ReceiveQuickbooksFunction"]
    told = functions.get_function_configuration(FunctionName=name)["Environment"]
    url = told["Variables"]["LIVE_QUEUE_URL"]
    broken = {"Variables": {**told["Variables"], "LIVE_QUEUE_URL": f"{url}-gone"}}
    functions.update_function_configuration(FunctionName=name, Environment=broken)
    yield live
    functions.update_function_configuration(FunctionName=name, Environment=told)


def test_webhook_with_a_wrong_signature_is_refused_and_not_queued(live: World) -> None:
    reads = live.stage.quickbooks.calls()

    status = live.stage.post_quickbooks(json.dumps([EVENT]).encode(), signature="d3Jvbmc=")

    assert status == 401
    live.stage.wait_for_quiet()
    assert live.stage.quickbooks.calls() == reads


def test_body_of_another_org_is_refused_though_its_signature_is_right(live: World) -> None:
    event = {
        "eventUuid": "e981b488-81f3-4fcc-bd6f-f7033c9d7ac3",
        "replayId": "1",
        "object": "Account",
        "recordId": "0015f00002J9YYEAA3",
        "operation": "UPDATE",
        "systemModstamp": "2026-11-22T07:59:58.000Z",
        "changedFields": ["Name"],
        "actorId": "0055f000005mc66AAA",
    }
    body = body_of("00D5f000005KcCoEAK", [event])
    signed = signature_headers(live.stage.webhook_key, body, time.time())

    status, _ = live.stage.stack.post(SALESFORCE_WEBHOOK, body, signed)

    assert status == 403


def test_webhook_that_the_queue_did_not_take_is_not_acknowledged(
    queue_out_of_reach: World,
) -> None:
    status = queue_out_of_reach.stage.post_quickbooks(json.dumps([EVENT]).encode())

    assert status >= 500
