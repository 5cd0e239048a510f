"""The stack deployed to this machine, once for all end-to-end tests.

It begins in the mode `observe`; the first test that needs the other one deploys it again.
"""

from collections.abc import Iterator

import pytest

from local.stage import Stage
from tests.e2e.world import World


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    """The whole bridge."""
    with Stage("e2e", "observe") as stage:
        yield stage


@pytest.fixture
def world(stage: Stage) -> Iterator[World]:
    """The bridge at rest; what a test has planted is taken away after it."""
    stage.wait_for_quiet()
    yield World(stage)
    for stand_in in (stage.quickbooks, stage.salesforce):
        stand_in.admin("faults", method="DELETE")


@pytest.fixture
def live(world: World) -> World:
    """The bridge at rest, in the mode `live`."""
    if world.stage.mode != "live":
        world.stage.deploy("live")
    return world


@pytest.fixture
def short_visibility(live: World) -> Iterator[World]:
    """The bridge with a live lane that hands a failed message over again after two seconds."""
    sqs, url = live.stage.stack.client("sqs"), live.stage.stack.outputs["LiveQueue"]
    asked = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "2"})
    yield live
    sqs.set_queue_attributes(QueueUrl=url, Attributes=asked["Attributes"])
