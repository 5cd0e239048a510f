"""The two lanes: change events as messages on SQS, ten a call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bridge.errors import PermanentError, UnavailableError
from bridge.model import ChangeEvent, Lane, Message
from bridge.store.faults import translated

MESSAGES_PER_CALL = 10
# AWS: SQS message quotas. Ten bodies must stay below 256 KB, and a longer delay is refused.
BODY_BYTES = 16_000
LONGEST_DELAY_S = 900

Entry = dict[str, Any]


@dataclass(frozen=True)
class LaneQueues:
    """Puts changes on the queue of a lane."""

    client: Any
    urls: Mapping[Lane, str]

    def send(self, changes: Sequence[ChangeEvent], lane: Lane, delay_s: int = 0) -> None:
        """Put changes on a lane; what SQS does not take at once is offered once more.

        Raises:
            UnavailableError: not every change was taken; the others are on the lane.
            PermanentError: a change is too large to be one of ours.
        """
        delay_s = max(0, min(delay_s, LONGEST_DELAY_S))
        bodies = [_body(change) for change in changes]
        for start in range(0, len(bodies), MESSAGES_PER_CALL):
            self._send_ten(bodies[start : start + MESSAGES_PER_CALL], self.urls[lane], delay_s)

    def acknowledge(self, message: Message) -> None:
        """Take a message off its lane at once.

        Raises:
            UnavailableError: SQS does not answer; the message may come again.
        """
        with translated("delete_message"):
            self.client.delete_message(
                QueueUrl=self.urls[message.lane], ReceiptHandle=message.receipt
            )

    def _send_ten(self, bodies: Sequence[str], url: str, delay_s: int) -> None:
        entries = [
            {"Id": str(number), "MessageBody": body, "DelaySeconds": delay_s}
            for number, body in enumerate(bodies)
        ]
        refused = self._refused(url, entries)
        if refused and self._refused(url, refused):
            raise UnavailableError("queue_refused_messages", operation="send_message_batch")

    def _refused(self, url: str, entries: Sequence[Entry]) -> list[Entry]:
        """Send entries and return those that were not taken."""
        with translated("send_message_batch"):
            answer = self.client.send_message_batch(QueueUrl=url, Entries=list(entries))
        taken = {entry["Id"] for entry in answer.get("Successful", [])}
        return [entry for entry in entries if entry["Id"] not in taken]


def _body(change: ChangeEvent) -> str:
    body = change.to_json()
    if len(body.encode()) > BODY_BYTES:
        raise PermanentError("change_event_too_large", record_id=change.record_id[:20])
    return body
