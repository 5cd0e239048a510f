"""What every budget of calls keeps to, and that the shared one keeps Intuit's limits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.errors import RateLimitedError
from bridge.store.budgets import RealmPace
from bridge.transport import Pace
from tests.fakes import FakeClock, MemoryPace
from tests.moto_aws import aws, client, create_table

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@pytest.fixture
def table() -> Iterator[str]:
    with aws():
        yield create_table("connections")


def test_first_request_and_first_batch_do_not_wait(table: str) -> None:
    clock = FakeClock(NOW)
    pace: Pace = RealmPace(client("dynamodb"), table, "310687", clock.now, clock.wait)

    pace.take("request", metered=1)
    pace.take("batch")

    assert clock.waits == []


@dataclass
class Company:
    """One realm's row, a common time, and the moments at which its workers called."""

    table: str  # "" for the budget in memory

    def __post_init__(self) -> None:
        self.clock = FakeClock(NOW)
        self.calls: list[tuple[str, float]] = []
        self.rows: dict[str, dict[str, int]] = {}
        self.dynamodb = client("dynamodb")

    def worker(self, longest_wait_s: float = 15.0) -> Pace:
        if not self.table:
            return MemoryPace(self.rows, "310687", self.clock.now, self._note, longest_wait_s)
        return self.metering_worker(longest_wait_s)

    def metering_worker(self, longest_wait_s: float = 15.0) -> RealmPace:
        return RealmPace(
            self.dynamodb,
            self.table,
            "310687",
            self.clock.now,
            self._note,
            longest_wait_s=longest_wait_s,
        )

    def call(self, worker: Pace, kind: str, metered: int = 0) -> bool:
        """Take a slot, without letting time pass for the others; False when it was too far off."""
        self._waited = 0.0
        try:
            worker.take(kind, metered=metered)
        except RateLimitedError:
            return False
        self.calls.append((kind, (self.clock.now() - NOW).total_seconds() + self._waited))
        return True

    def most_in(self, seconds: float, kinds: Sequence[str]) -> int:
        """Return the most calls of these kinds within any such window."""
        times = sorted(at for kind, at in self.calls if kind in kinds)
        return max((sum(0 <= t - s < seconds for t in times) for s in times), default=0)

    def _note(self, seconds: float) -> None:
        self._waited = seconds


@pytest.fixture(params=["table", "memory"])
def company(request: pytest.FixtureRequest, table: str) -> Company:
    return Company(table if request.param == "table" else "")


def forget(company: Company) -> None:
    company.dynamodb.delete_item(TableName=company.table, Key={"pk": {"S": "pace|310687"}})


STEP = st.tuples(
    st.integers(0, 2),  # worker
    st.sampled_from(["request", "request", "batch"]),
    st.sampled_from([0.0, 0.0, 0.001, 0.05, 0.13, 0.4, 1.6, 4.0]),  # time that passes afterwards
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(STEP, min_size=20, max_size=60))
def test_no_interleaving_of_workers_breaks_a_limit(
    table: str, steps: list[tuple[int, str, float]]
) -> None:
    company = Company(table)
    forget(company)
    workers = [company.worker() for _ in range(3)]

    for number, kind, pause_s in steps:
        company.call(workers[number], kind)
        company.clock.advance(pause_s)

    assert company.most_in(1.0, ["request", "batch"]) <= 10
    assert company.most_in(60.0, ["request", "batch"]) <= 500
    assert company.most_in(60.0, ["batch"]) <= 40


def test_steady_requests_of_many_workers_stay_under_500_a_minute_and_close_to_it(
    company: Company,
) -> None:
    workers = [company.worker() for _ in range(6)]

    while company.clock.now() < NOW + timedelta(seconds=70):
        company.call(workers[len(company.calls) % 6], "request")
        company.clock.advance(0.1)

    assert 450 <= company.most_in(60.0, ["request"]) <= 500
    assert company.most_in(1.0, ["request"]) <= 10


def test_steady_batches_carry_more_than_1150_records_a_minute(company: Company) -> None:
    workers = [company.worker() for _ in range(6)]

    while company.clock.now() < NOW + timedelta(minutes=10):
        company.call(workers[len(company.calls) % 6], "batch")
        company.clock.advance(1.5)

    assert company.most_in(60.0, ["batch"]) <= 40
    assert len(company.calls) / 10 * 30 >= 1_150


def test_two_requests_at_once_go_through_the_third_waits(company: Company) -> None:
    worker = company.worker()

    for _ in range(3):
        company.call(worker, "request")

    assert [at for _, at in company.calls] == [0.0, 0.0, 0.125]


def test_batch_is_a_request_as_well(company: Company) -> None:
    worker = company.worker()

    for kind in ("request", "batch", "request"):
        company.call(worker, kind)

    assert company.calls == [("request", 0.0), ("batch", 0.0), ("request", 0.125)]


def test_slot_further_off_than_a_worker_may_wait_is_refused_and_left_to_others(
    company: Company,
) -> None:
    hasty, patient = company.worker(longest_wait_s=1.0), company.worker()
    company.call(patient, "batch")

    refused = [company.call(hasty, "batch") for _ in range(3)]

    assert refused == [False] * 3
    assert company.call(patient, "batch")
    assert company.calls[-1] == ("batch", 1.55)


def test_refusal_says_when_to_come_again(company: Company) -> None:
    worker = company.worker(longest_wait_s=1.0)
    worker.take("batch")

    with pytest.raises(RateLimitedError, match="own_budget") as raised:
        worker.take("batch")

    assert raised.value.retry_after_s == pytest.approx(1.55)


def test_after_a_429_everybody_waits_and_then_goes_smoothly(company: Company) -> None:
    first, second = company.worker(), company.worker(longest_wait_s=120)

    first.back_off(60)

    assert not company.call(first, "request")
    for _ in range(12):
        assert company.call(second, "request")
    assert min(at for _, at in company.calls) >= 60
    assert company.most_in(1.0, ["request"]) <= 10


def test_shorter_back_off_does_not_end_a_longer_one(company: Company) -> None:
    worker = company.worker(longest_wait_s=120)
    worker.back_off(60)

    worker.back_off(1)

    company.call(worker, "batch")
    assert company.calls == [("batch", 60.0)]


def test_metered_reads_are_counted_by_realm_and_month(table: str) -> None:
    company = Company(table)
    worker = company.metering_worker()
    company.call(worker, "request", metered=3)
    company.call(worker, "batch", metered=4)

    in_november = worker.metered_reads()
    company.clock.advance(10 * 24 * 3600)

    assert in_november == 7
    assert worker.metered_reads() == 0


def test_realms_do_not_share_a_budget(company: Company) -> None:
    other = company.worker()
    assert isinstance(other, RealmPace | MemoryPace)
    other.realm = "310688"

    company.call(company.worker(), "batch")
    company.call(other, "batch")

    assert [at for _, at in company.calls] == [0.0, 0.0]
