"""What every store of connections and leases keeps to: the fakes, and the table."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bridge.flows.connection import Leases
from bridge.flows.ports import Connections
from bridge.store.connections import ConnectionTable, LeaseTable
from tests.fakes import MemoryConnections, MemoryLeases
from tests.moto_aws import aws, client, create_table

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
Stores = tuple[Connections, Leases]


@pytest.fixture(params=["fake", "table"])
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    if request.param == "fake":
        yield MemoryConnections(), MemoryLeases()
        return
    with aws():
        table = create_table("connections")
        dynamodb = client("dynamodb")
        yield ConnectionTable(dynamodb, table), LeaseTable(dynamodb, table)


@pytest.fixture
def connections(stores: Stores) -> Connections:
    return stores[0]


@pytest.fixture
def leases(stores: Stores) -> Leases:
    return stores[1]


def test_nothing_is_paused_at_first(connections: Connections) -> None:
    assert connections.paused(["310687", "00D"]) == {}
    assert connections.paused([]) == {}


def test_paused_realm_is_told_with_its_reason(connections: Connections) -> None:
    assert connections.pause("310687", "grant_revoked", NOW)

    assert connections.paused(["310688", "310687"]) == {"310687": "grant_revoked"}


def test_second_pause_is_no_news_and_the_first_reason_stays(connections: Connections) -> None:
    connections.pause("310687", "grant_revoked", NOW)

    assert not connections.pause("310687", "not_authorised", NOW)
    assert connections.paused(["310687"]) == {"310687": "grant_revoked"}


def test_resumed_realm_can_be_paused_again(connections: Connections) -> None:
    connections.pause("310687", "grant_revoked", NOW)

    assert connections.resume("310687")
    assert not connections.resume("310687")
    assert connections.pause("310687", "grant_revoked", NOW)


def test_lease_has_one_holder(leases: Leases) -> None:
    assert leases.acquire("refresh|1", "a", NOW, 90)

    assert not leases.acquire("refresh|1", "b", NOW, 90)
    assert leases.acquire("refresh|2", "b", NOW, 90)


def test_lease_that_was_given_back_is_free(leases: Leases) -> None:
    leases.acquire("refresh|1", "a", NOW, 90)

    leases.release("refresh|1", "a")

    assert leases.acquire("refresh|1", "b", NOW, 90)


def test_lease_is_free_when_its_time_is_over_and_not_before(leases: Leases) -> None:
    leases.acquire("refresh|1", "a", NOW, 90)

    assert not leases.acquire("refresh|1", "b", NOW + timedelta(seconds=89.9), 90)
    assert leases.acquire("refresh|1", "b", NOW + timedelta(seconds=90), 90)


def test_late_release_does_not_take_the_lease_from_the_next_holder(leases: Leases) -> None:
    leases.acquire("refresh|1", "a", NOW, 90)
    leases.acquire("refresh|1", "b", NOW + timedelta(seconds=90), 90)

    leases.release("refresh|1", "a")

    assert not leases.acquire("refresh|1", "c", NOW + timedelta(seconds=91), 90)


def test_repeated_call_of_the_holder_keeps_the_lease(leases: Leases) -> None:
    leases.acquire("refresh|1", "a", NOW, 90)

    assert leases.acquire("refresh|1", "a", NOW, 90)
