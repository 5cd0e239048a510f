"""Lambda's dictionaries to our types and back."""

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bridge import lambda_events
from bridge.model import ChangeKind, Lane

EVENTS = Path(__file__).parents[2] / "events"
LIVE_ARN = "arn:aws:sqs:us-east-1:123456789012:bridge-LiveQueue-1ABC"
BULK_ARN = "arn:aws:sqs:us-east-1:123456789012:bridge-BulkQueue-1ABC"
CHANGE = {
    "schema": 1,
    "system": "quickbooks",
    "scope": "310687",
    "object": "Customer",
    "id": "58",
    "kind": "updated",
    "changed_at": "2026-11-22T08:00:00+00:00",
    "first_seen": "2026-11-22T08:00:01+00:00",
    "attempt": 0,
}


def record(body: str = json.dumps(CHANGE), arn: str = LIVE_ARN, received: str = "1") -> Any:
    return {
        "messageId": "m-1",
        "body": body,
        "attributes": {"ApproximateReceiveCount": received},
        "eventSourceARN": arn,
    }


def test_body_is_read_as_the_bytes_that_were_sent_whichever_way_they_come() -> None:
    plain = json.loads((EVENTS / "quickbooks_webhook.json").read_text())
    encoded = json.loads((EVENTS / "quickbooks_webhook_base64.json").read_text())

    assert lambda_events.read_http(plain) == lambda_events.read_http(encoded)


def test_bytes_that_are_no_text_survive() -> None:
    body = bytes(range(256))
    event = {"body": base64.b64encode(body).decode(), "isBase64Encoded": True, "headers": {}}

    assert lambda_events.read_http(event) == (body, {})


def test_text_is_read_as_utf_8() -> None:
    assert lambda_events.read_http({"body": "Amélie", "headers": {"a": "b"}}) == (
        "Amélie".encode(),
        {"a": "b"},
    )


@pytest.mark.parametrize(
    "event", [{}, {"body": None}, {"body": "%%%", "isBase64Encoded": True, "headers": None}]
)
def test_request_without_a_readable_body_has_an_empty_one(event: dict[str, Any]) -> None:
    assert lambda_events.read_http(event) == (b"", {})


def test_answer_becomes_a_response_of_the_http_api() -> None:
    @dataclass(frozen=True)
    class Answer:
        status: int = 401
        body: str = "signature refused"

    response = lambda_events.http_response(Answer())

    assert (response["statusCode"], response["body"]) == (401, "signature refused")


def test_message_is_read_with_its_change_lane_and_receive_count() -> None:
    [message] = lambda_events.read_batch({"Records": [record(received="3")]}).messages

    assert (message.id, message.lane, message.receive_count) == ("m-1", Lane.LIVE, 3)
    assert message.change is not None
    assert (message.change.record_id, message.change.kind) == ("58", ChangeKind.UPDATED)


def test_lane_is_told_by_the_name_of_the_queue() -> None:
    [message] = lambda_events.read_batch({"Records": [record(arn=BULK_ARN)]}).messages

    assert message.lane is Lane.BULK


@pytest.mark.parametrize("body", ["", "no json", "[]", "{}", json.dumps({**CHANGE, "schema": 99})])
def test_message_that_cannot_be_read_has_no_change_and_costs_no_other(body: str) -> None:
    batch = lambda_events.read_batch({"Records": [record(body), record()]})

    assert [message.change is None for message in batch.messages] == [True, False]


def test_sample_batch_is_read_whole() -> None:
    event = json.loads((EVENTS / "sync_batch.json").read_text())

    batch = lambda_events.read_batch(event)

    assert len(batch.messages) == len(event["Records"])
    assert all(message.change for message in batch.messages)


def test_messages_that_are_not_acknowledged_come_again() -> None:
    records = [{**record(), "messageId": each} for each in ("a", "b", "c")]
    batch = lambda_events.read_batch({"Records": records})

    response = lambda_events.batch_response(batch, {"a", "c"})

    assert response == {"batchItemFailures": [{"itemIdentifier": "b"}]}


def test_deadline_tells_the_seconds_that_are_left() -> None:
    class Context:
        def get_remaining_time_in_millis(self) -> int:
            return 1_500

    assert lambda_events.deadline(Context())() == 1.5
