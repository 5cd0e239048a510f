"""Lambda's dictionaries to our types and back."""

import base64
import binascii
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from bridge.errors import PermanentError
from bridge.model import ChangeEvent, Lane, Message


class Answer(Protocol):
    """What a door says to a sender."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def body(self) -> str:
        """A short text."""


@dataclass(frozen=True)
class Batch:
    """The messages of one invocation."""

    messages: tuple[Message, ...]


def read_http(event: Mapping[str, Any]) -> tuple[bytes, Mapping[str, str]]:
    """Return the body's bytes as they were sent, and the headers, of an HTTP API event (2.0)."""
    text = event.get("body") or ""
    headers = dict(event.get("headers") or {})
    if not event.get("isBase64Encoded"):
        return text.encode(), headers
    try:
        return base64.b64decode(text, validate=True), headers
    except (binascii.Error, ValueError):
        # No signature fits the empty body either, so that it is refused like any other forgery.
        return b"", headers


def http_response(answer: Answer) -> dict[str, Any]:
    """Return what the HTTP API sends back."""
    return {
        "statusCode": int(answer.status),
        "headers": {"Content-Type": "text/plain; charset=utf-8"},
        "body": answer.body,
    }


def read_batch(event: Mapping[str, Any]) -> Batch:
    """Return the messages of an SQS event; one that cannot be read has no change."""
    return Batch(tuple(_message(record) for record in event.get("Records", ())))


def deadline(context: Any) -> Callable[[], float]:
    """Return a function that says how many seconds the invocation has left."""
    return lambda: float(context.get_remaining_time_in_millis()) / 1000


def batch_response(batch: Batch, acknowledged: Collection[str]) -> dict[str, Any]:
    """Return the partial batch response: what is not acknowledged comes again."""
    failed = [message.id for message in batch.messages if message.id not in acknowledged]
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}


def _message(record: Mapping[str, Any]) -> Message:
    attributes = record.get("attributes", {})
    return Message(
        id=record["messageId"],
        change=_change(record.get("body", "")),
        lane=_lane(record.get("eventSourceARN", "")),
        receive_count=int(attributes.get("ApproximateReceiveCount", "1")),
        receipt=record.get("receiptHandle", ""),
    )


def _change(body: str) -> ChangeEvent | None:
    try:
        return ChangeEvent.from_json(body)
    except PermanentError:
        return None


def _lane(arn: str) -> Lane:
    """Tell the lane by the queue's name, in which the stack puts the queue's logical id."""
    return Lane.BULK if "bulk" in arn.rpartition(":")[2].lower() else Lane.LIVE
