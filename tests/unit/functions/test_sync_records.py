"""The queue's consumer, from Lambda's event to the partial batch response."""

import json

import pytest

from functions.sync_records import app
from tests.moto_aws import create_table

from .conftest import Account, sample_event


@pytest.fixture
def deployed(account: Account) -> Account:
    """Everything that the template creates, with neither system connected yet."""
    account.set_variable("MODE", "observe")
    account.set_variable("CROSS_REFERENCES_TABLE", create_table("cross-references"))
    account.set_variable("OUTCOMES_TABLE", create_table("outcomes", with_sort_key=True))
    account.set_variable("CONNECTIONS_TABLE", create_table("connections"))
    account.set_variable("QUICKBOOKS_REALMS", "=realm")
    account.set_variable("QUICKBOOKS_API_URL", "https://quickbooks.api.intuit.com")
    account.create_secret("SALESFORCE_SESSION_SECRET", {"access_token": ""})
    account.set_variable("SALESFORCE_ORG_ID", "")
    account.create_secret("FINGERPRINT_KEY_SECRET", {"any": "text is a key"})
    account.create_queue("LIVE_QUEUE_URL")
    account.create_queue("BULK_QUEUE_URL")
    account.set_variable("REFRESH_TOKENS_FUNCTION", "refresh-tokens")
    return account


@pytest.mark.filterwarnings("ignore:No application metrics")
def test_changes_of_systems_that_are_not_connected_are_done_with(deployed: Account) -> None:
    response = app.handler(sample_event("sync_batch.json"), deployed.context)

    assert response == {"batchItemFailures": []}
    assert deployed.queued("LIVE_QUEUE_URL") == []


@pytest.mark.filterwarnings("ignore:No application metrics")
def test_message_that_nobody_can_read_ends_in_the_dead_letter_queue_alone(
    deployed: Account,
) -> None:
    event = sample_event("sync_batch.json")
    event["Records"][0]["body"] = json.dumps({"schema": 99})

    response = app.handler(event, deployed.context)

    assert response == {"batchItemFailures": [{"itemIdentifier": event["Records"][0]["messageId"]}]}
