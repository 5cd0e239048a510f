"""What every store of outcomes keeps to: the fake, and the table."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from bridge.flows.ports import Outcomes
from bridge.model import Outcome, OutcomeStatus
from bridge.store.outcomes import OutcomeTable
from tests.fakes import MemoryOutcomes
from tests.moto_aws import aws, client, create_table, item_bytes

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
FULL = Outcome(
    status=OutcomeStatus.CONFLICT,
    decision="conflict",
    realm="310687",
    entity="customer",
    salesforce_id="0015f00002J9YYEAA3",
    quickbooks_id="58",
    reason="owner_is_manual",
    fields=("name", "email"),
    code="5010",
    attempt=2,
    duration_ms=12,
)
BARE = Outcome(OutcomeStatus.SKIPPED, "skip", "310687", "customer")


@dataclass(frozen=True)
class Bench:
    """A store, and a look at everything that it holds."""

    outcomes: Outcomes
    kept: Callable[[datetime], list[tuple[datetime, Outcome]]]


@pytest.fixture(params=["fake", "table"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    if request.param == "fake":
        memory = MemoryOutcomes()
        yield Bench(memory, lambda now: list(memory.kept))
        return
    with aws():
        yield table_bench(table_store())


def table_store() -> OutcomeTable:
    ids = count()
    table = create_table("outcomes", with_sort_key=True)
    return OutcomeTable(client("dynamodb"), table, lambda: f"{next(ids):04}")


def table_bench(store: OutcomeTable) -> Bench:
    return Bench(store, lambda now: [(each.at, each.outcome) for each in store.latest(999, now)])


def test_outcomes_are_kept_whole_with_the_time_of_their_run(bench: Bench) -> None:
    bench.outcomes.keep([FULL, BARE], NOW)

    assert bench.kept(NOW) == [(NOW, FULL), (NOW, BARE)]


def test_run_without_outcomes_leaves_nothing(bench: Bench) -> None:
    bench.outcomes.keep([], NOW)

    assert bench.kept(NOW) == []


def test_runs_of_one_moment_do_not_replace_one_another(bench: Bench) -> None:
    bench.outcomes.keep([FULL], NOW)
    bench.outcomes.keep([BARE], NOW)

    assert sorted(each.status for _, each in bench.kept(NOW)) == ["conflict", "skipped"]


# What only the table has.


def test_latest_come_newest_first_over_the_hours_and_no_more_than_asked() -> None:
    with aws():
        store = table_store()
        for hours in (0, 1, 5, 30):
            store.keep([FULL, BARE], NOW - timedelta(hours=hours))

        latest = store.latest(5, NOW)

    hours_ago = [(NOW - each.at) / timedelta(hours=1) for each in latest]
    assert hours_ago == [0, 0, 1, 1, 5]


def test_run_of_a_hundred_records_is_one_item_and_one_write_unit_for_five_records() -> None:
    with aws():
        store = table_store()
        store.keep([FULL] * 100, NOW)

        items = client("dynamodb").scan(TableName="outcomes")["Items"]

    assert len(items) == 1
    assert item_bytes(items[0]) < 25_000


def test_run_too_long_for_one_item_becomes_several() -> None:
    with aws():
        store = table_store()
        store.keep([FULL] * 3_000, NOW)

        assert len(store.latest(9_999, NOW)) == 3_000


def test_outcomes_expire_after_thirty_days() -> None:
    with aws():
        table_store().keep([FULL], NOW)

        [item] = client("dynamodb").scan(TableName="outcomes")["Items"]

    assert item["ttl"] == {"N": str(int((NOW + timedelta(days=30)).timestamp()))}
