"""The contract of the queue of changes, on the emulator's SQS (moto is wrong about much of it)."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from bridge.model import Lane
from bridge.store.queue import LaneQueues
from local.stage import Stage
from tests.contract.test_queue import (
    Bench,
    received,
    test_change_with_a_delay_is_not_there_at_once_but_no_delay_is_too_long,
    test_every_change_is_on_its_lane_as_it_was_sent,
    test_nothing_to_send_is_no_call,
)

__all__ = [
    "test_change_with_a_delay_is_not_there_at_once_but_no_delay_is_too_long",
    "test_every_change_is_on_its_lane_as_it_was_sent",
    "test_nothing_to_send_is_no_call",
]


@pytest.fixture
def bench(stage: Stage) -> Iterator[Bench]:
    """Two queues that nobody consumes."""
    sqs = stage.stack.client("sqs")
    suffix = uuid4().hex[:8]
    urls = {lane: sqs.create_queue(QueueName=f"{lane.value}-{suffix}")["QueueUrl"] for lane in Lane}
    yield Bench(LaneQueues(sqs, urls), lambda lane: received(sqs, urls[lane]))
    for url in urls.values():
        sqs.delete_queue(QueueUrl=url)
