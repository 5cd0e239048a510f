"""The count of deactivations: few are never too many, and a fifth of the pairs is."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

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
    table = create_table(f"connections-{request.node.name[:40].replace('[', '-').strip(']')}")
    return DeletionTable(dynamodb[0], table, dynamodb[1])


def test_few_deactivations_are_never_too_many(deletions: Deletions) -> None:
    assert deletions.take("2", "customer", 9, NOW)


def test_more_than_a_fifth_of_the_pairs_within_an_hour_are_too_many(deletions: Deletions) -> None:
    assert deletions.take("1", "customer", 12, NOW)
    assert not deletions.take("1", "customer", 1, NOW + timedelta(minutes=30))


def test_what_was_refused_is_not_counted(deletions: Deletions) -> None:
    assert not deletions.take("1", "customer", 50, NOW)
    assert deletions.take("1", "customer", 12, NOW)


def test_the_next_hour_begins_anew(deletions: Deletions) -> None:
    assert deletions.take("1", "customer", 12, NOW)
    assert deletions.take("1", "customer", 12, NOW + timedelta(hours=1))


def test_an_operator_may_allow_it_for_a_time(dynamodb: tuple[Any, str]) -> None:
    table = create_table("connections-allowed")
    until = milliseconds(NOW + timedelta(hours=4))
    item = {"pk": {"S": "deletions|1|allowed"}, "until": {"N": str(until)}}
    dynamodb[0].put_item(TableName=table, Item=item)
    deletions = DeletionTable(dynamodb[0], table, dynamodb[1])

    assert deletions.take("1", "customer", 50, NOW)
    assert not deletions.take("1", "customer", 50, NOW + timedelta(hours=5))
