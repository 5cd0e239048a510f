"""The count of deactivations: few are never too many, and a fifth of the pairs is."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from bridge.errors import BridgeError
from bridge.flows.ports import Deletions
from bridge.model import CrossReference, PairKey, PairState
from bridge.store.cross_references import CrossReferenceTable
from bridge.store.deletions import DeletionTable
from bridge.store.rows import milliseconds
from tests.fakes import MemoryDeletions
from tests.moto_aws import aws, client, create_table

NOW = datetime(2026, 11, 22, 8, 5, tzinfo=UTC)
PAIRS = 60


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[tuple[Any, str]]:
    """A table with sixty linked pairs, and some rows that are none."""
    with aws():
        rows, dynamodb = create_table("cross-references"), client("dynamodb")
        store = CrossReferenceTable(dynamodb, rows, lambda: NOW, lambda _: None)
        for number in range(PAIRS):
            key = PairKey("1", "customer", f"{number:018}")
            row = CrossReference(key, state=PairState.LINKED, quickbooks_id=str(number))
            assert store.commit(row, NOW)
        for key in (PairKey("1", "customer", "new"), PairKey("2", "customer", "other")):
            assert store.commit(CrossReference(key), NOW)
        yield dynamodb, rows


@pytest.fixture(params=["fake", "table"])
def deletions(request: pytest.FixtureRequest, dynamodb: tuple[Any, str]) -> Deletions:
    if request.param == "fake":
        return MemoryDeletions(pairs=PAIRS)
    table = create_table(f"connections-{re.sub(r'[^a-z0-9_]', '-', request.node.name)}")
    return DeletionTable(dynamodb[0], table, dynamodb[1])


def test_few_deactivations_are_never_too_many(deletions: Deletions) -> None:
    assert deletions.take("2", "customer", 9, NOW)


def test_more_than_a_fifth_of_the_pairs_within_an_hour_are_too_many(deletions: Deletions) -> None:
    assert deletions.take("1", "customer", 12, NOW)
    assert not deletions.take("1", "customer", 1, NOW + timedelta(minutes=30))


def test_what_was_not_made_after_all_is_not_counted(deletions: Deletions) -> None:
    assert deletions.take("1", "customer", 12, NOW)
    deletions.give_back("1", "customer", 6, NOW + timedelta(minutes=10))
    assert deletions.take("1", "customer", 6, NOW + timedelta(minutes=30))
    assert not deletions.take("1", "customer", 1, NOW + timedelta(minutes=30))


def test_what_was_refused_is_not_counted(deletions: Deletions) -> None:
    assert not deletions.take("1", "customer", 50, NOW)
    assert deletions.take("1", "customer", 12, NOW)


@pytest.mark.parametrize("minutes", [10, 54, 56, 60])
def test_an_hour_is_any_sixty_minutes(deletions: Deletions, minutes: int) -> None:
    assert deletions.take("1", "customer", 12, NOW)
    assert not deletions.take("1", "customer", 1, NOW + timedelta(minutes=minutes))


def test_after_an_hour_as_many_again_may_go(deletions: Deletions) -> None:
    assert deletions.take("1", "customer", 6, NOW)
    assert deletions.take("1", "customer", 6, NOW + timedelta(minutes=30))

    assert deletions.take("1", "customer", 6, NOW + timedelta(minutes=61))
    assert not deletions.take("1", "customer", 1, NOW + timedelta(minutes=89))
    assert deletions.take("1", "customer", 6, NOW + timedelta(minutes=91))


def test_those_of_another_entity_are_counted_apart(deletions: Deletions) -> None:
    assert deletions.take("1", "customer", 12, NOW)
    assert deletions.take("1", "vendor", 9, NOW)


class Broken:
    """A client whose count of the pairs fails while it is broken."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.is_broken = True

    def __getattr__(self, name: str) -> Any:
        if name == "scan" and self.is_broken:
            raise EndpointConnectionError(endpoint_url="https://dynamodb.test")
        return getattr(self._inner, name)


def test_what_could_not_be_judged_is_not_counted(dynamodb: tuple[Any, str]) -> None:
    client = Broken(dynamodb[0])
    deletions = DeletionTable(client, create_table("connections-broken"), dynamodb[1])
    with pytest.raises(BridgeError):
        deletions.take("1", "customer", 12, NOW)

    client.is_broken = False

    assert deletions.take("1", "customer", 12, NOW)


@pytest.mark.parametrize("kind", ["fake", "table"])
def test_an_operator_may_allow_it_for_a_time(kind: str, dynamodb: tuple[Any, str]) -> None:
    until = NOW + timedelta(hours=4)
    deletions: Deletions = MemoryDeletions(pairs=PAIRS, allowed={"1": until})
    if kind == "table":
        table = create_table("connections-allowed")
        item = {"pk": {"S": "deletions|1|allowed"}, "until": {"N": str(milliseconds(until))}}
        dynamodb[0].put_item(TableName=table, Item=item)
        deletions = DeletionTable(dynamodb[0], table, dynamodb[1])

    assert deletions.take("1", "customer", 50, NOW)
    assert not deletions.take("1", "customer", 50, NOW + timedelta(hours=5))
