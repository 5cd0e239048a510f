"""What every queue of changes keeps to: the fake, and SQS."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError

from bridge.errors import PermanentError, UnavailableError
from bridge.flows.ports import ChangeQueue
from bridge.model import ChangeEvent, ChangeKind, Lane, Message, System
from bridge.store.queue import LaneQueues
from tests.fakes import MemoryQueue
from tests.moto_aws import aws, client

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
CHANGE = ChangeEvent(
    System.QUICKBOOKS, "310687", "Customer", "58", ChangeKind.UPDATED, NOW, NOW, version="3"
)


@dataclass(frozen=True)
class Bench:
    """A queue, and a look at what it holds."""

    queue: ChangeQueue
    on: Callable[[Lane], list[ChangeEvent]]


@pytest.fixture(params=["fake", "sqs"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    if request.param == "fake":
        memory = MemoryQueue()
        yield Bench(memory, lambda lane: [each.change for each in memory.sent if each.lane is lane])
        return
    with aws():
        sqs = client("sqs")
        urls = {lane: sqs.create_queue(QueueName=lane.value)["QueueUrl"] for lane in Lane}
        yield Bench(LaneQueues(sqs, urls), lambda lane: received(sqs, urls[lane]))


def received(sqs: Any, url: str) -> list[ChangeEvent]:
    changes: list[ChangeEvent] = []
    while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        changes += [ChangeEvent.from_json(message["Body"]) for message in found]
    return changes


def numbered(count: int) -> list[ChangeEvent]:
    return [replace(CHANGE, record_id=str(number)) for number in range(count)]


def test_every_change_is_on_its_lane_as_it_was_sent(bench: Bench) -> None:
    bench.queue.send(numbered(25), Lane.LIVE)

    assert sorted(bench.on(Lane.LIVE), key=lambda each: int(each.record_id)) == numbered(25)
    assert bench.on(Lane.BULK) == []


def test_change_with_a_delay_is_not_there_at_once_but_no_delay_is_too_long(bench: Bench) -> None:
    bench.queue.send([CHANGE], Lane.BULK, delay_s=100_000)

    assert len(bench.on(Lane.BULK)) <= 1


def test_acknowledged_message_is_off_its_lane_and_the_others_are_not() -> None:
    with aws():
        sqs = client("sqs")
        urls = {lane: sqs.create_queue(QueueName=lane.value)["QueueUrl"] for lane in Lane}
        queue = LaneQueues(sqs, urls)
        queue.send(numbered(2), Lane.LIVE)
        found = sqs.receive_message(QueueUrl=urls[Lane.LIVE], MaxNumberOfMessages=10)["Messages"]

        queue.acknowledge(Message("any", None, Lane.LIVE, receipt=found[0]["ReceiptHandle"]))

        names = ["ApproximateNumberOfMessagesNotVisible"]
        left = sqs.get_queue_attributes(QueueUrl=urls[Lane.LIVE], AttributeNames=names)
    assert left["Attributes"] == {names[0]: "1"}


def test_nothing_to_send_is_no_call(bench: Bench) -> None:
    bench.queue.send([], Lane.LIVE)

    assert bench.on(Lane.LIVE) == []


# What only SQS has: calls of ten, and answers that take some messages and refuse others.


@dataclass
class ScriptedSqs:
    """Takes what the script says: for each call the ids that are refused, or an exception."""

    refused: list[Any] = field(default_factory=list)
    calls: list[list[dict[str, Any]]] = field(default_factory=list)

    def send_message_batch(self, **request: Any) -> dict[str, Any]:
        """Answer as SQS does."""
        self.calls.append(request["Entries"])
        step = self.refused.pop(0) if self.refused else ()
        if isinstance(step, Exception):
            raise step
        ids = [entry["Id"] for entry in request["Entries"]]
        return {
            "Successful": [{"Id": each} for each in ids if each not in step],
            "Failed": [{"Id": each, "Code": "InternalError"} for each in ids if each in step],
        }


def lanes(sqs: ScriptedSqs) -> LaneQueues:
    return LaneQueues(sqs, {Lane.LIVE: "live", Lane.BULK: "bulk"})


def test_changes_go_ten_a_call_each_with_its_delay() -> None:
    sqs = ScriptedSqs()

    lanes(sqs).send(numbered(25), Lane.LIVE, delay_s=12)

    assert [len(call) for call in sqs.calls] == [10, 10, 5]
    assert {entry["DelaySeconds"] for call in sqs.calls for entry in call} == {12}


def test_delay_is_kept_within_what_sqs_takes() -> None:
    sqs = ScriptedSqs()

    lanes(sqs).send([CHANGE], Lane.LIVE, delay_s=100_000)
    lanes(sqs).send([CHANGE], Lane.LIVE, delay_s=-1)

    assert [call[0]["DelaySeconds"] for call in sqs.calls] == [900, 0]


def test_messages_refused_once_are_offered_again_alone() -> None:
    sqs = ScriptedSqs([["2", "7"]])

    lanes(sqs).send(numbered(10), Lane.LIVE)

    assert [json.loads(entry["MessageBody"])["id"] for entry in sqs.calls[1]] == ["2", "7"]


def test_messages_refused_twice_are_an_error() -> None:
    sqs = ScriptedSqs([["2"], ["2"]])

    with pytest.raises(UnavailableError):
        lanes(sqs).send(numbered(10), Lane.LIVE)


def test_queue_out_of_reach_is_an_error() -> None:
    sqs = ScriptedSqs([ConnectTimeoutError(endpoint_url="https://sqs")])

    with pytest.raises(UnavailableError):
        lanes(sqs).send([CHANGE], Lane.LIVE)


def test_change_too_large_to_be_ours_is_not_sent() -> None:
    sqs = ScriptedSqs()

    with pytest.raises(PermanentError, match="change_event_too_large"):
        lanes(sqs).send([replace(CHANGE, record_id="9" * 20_000)], Lane.LIVE)

    assert sqs.calls == []
