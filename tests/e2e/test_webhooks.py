"""The doors, as they are deployed."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

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


@contextmanager
def queue_out_of_reach(world: World) -> Iterator[None]:
    """Let the receiver of QuickBooks' webhooks look for a queue that is not there."""
    functions = world.stage.stack.client("lambda")
    name = world.stage.stack.outputs["ReceiveQuickbooksFunction"]
    told = functions.get_function_configuration(FunctionName=name)["Environment"]
    url = told["Variables"]["LIVE_QUEUE_URL"]
    broken = {"Variables": {**told["Variables"], "LIVE_QUEUE_URL": f"{url}-gone"}}
    functions.update_function_configuration(FunctionName=name, Environment=broken)
    try:
        yield
    finally:
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


def test_webhook_is_acknowledged_only_once_the_queue_has_taken_it(live: World) -> None:
    account_id, customer_id = live.linked_account("Patient Sender Inc")

    with queue_out_of_reach(live):
        status = live.stage.post_quickbooks(json.dumps([EVENT]).encode())
        live.stage.quickbooks.edit(customer_id, Fax={"FreeFormNumber": "(916) 555-0109"})
        live.until(lambda: 503 in answers(live), "the sender answered 503")

    assert status == 503
    live.until(lambda: live.account(account_id)["Fax"] == "(916) 555-0109", "the fax, after all")


def answers(world: World) -> list[int]:
    """Return the answers that the sender got for its last post."""
    deliveries = world.stage.quickbooks.admin("webhooks/deliveries")["deliveries"]
    return [attempt["status"] for attempt in deliveries[-1]["attempts"]]
