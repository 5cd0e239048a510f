"""What every count of beginnings keeps to: the fake, and the table."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bridge.flows.ports import Tries
from bridge.store.tries import TryTable
from tests.fakes import MemoryTries
from tests.moto_aws import aws, client, create_table

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@pytest.fixture(params=["fake", "table"])
def tries(request: pytest.FixtureRequest) -> Iterator[Tries]:
    if request.param == "fake":
        yield MemoryTries()
        return
    with aws():
        table = create_table("connections")
        yield TryTable(client("dynamodb"), table)


def test_a_message_has_not_been_begun_at_first(tries: Tries) -> None:
    assert tries.begun(["one", "other"]) == {"one": 0, "other": 0}


def test_every_beginning_counts_for_its_own_message(tries: Tries) -> None:
    tries.begin("one", NOW)
    tries.begin("one", NOW)
    tries.begin("other", NOW)

    assert tries.begun(["one", "other", "third"]) == {"one": 2, "other": 1, "third": 0}


def test_the_count_expires_with_the_message() -> None:
    with aws():
        dynamodb, table = client("dynamodb"), create_table("connections")
        TryTable(dynamodb, table).begin("one", NOW)

        item = dynamodb.get_item(TableName=table, Key={"pk": {"S": "begun|one"}})["Item"]

    assert int(item["ttl"]["N"]) == int(NOW.timestamp()) + 4 * 24 * 3600
