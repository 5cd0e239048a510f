from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bridge.model import Outcome, OutcomeStatus
from bridge.store.outcomes import OutcomeTable
from local import log
from tests.moto_aws import aws, client, create_table

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
REJECTED = Outcome(
    OutcomeStatus.REJECTED,
    "create",
    "1",
    "customer",
    "001dM000006laZUQAY",
    reason="name_taken",
    fields=("name",),
    code="6240",
    attempt=1,
    duration_ms=120,
)


@pytest.fixture
def dynamodb() -> Iterator[Any]:
    with aws():
        create_table("outcomes", with_sort_key=True)
        yield client("dynamodb")


def keep(dynamodb: Any, outcomes: list[Outcome], at: datetime) -> None:
    ids = iter(str(number) for number in range(1000))
    OutcomeTable(dynamodb, "outcomes", lambda: next(ids)).keep(outcomes, at)


def test_outcomes_are_read_as_the_bridge_keeps_them(dynamodb: Any) -> None:
    keep(dynamodb, [REJECTED], NOW)

    [read] = log.latest(dynamodb, "outcomes", 50, NOW)

    assert read == log.Outcome(
        at=NOW,
        status="rejected",
        decision="create",
        entity="customer",
        salesforce_id="001dM000006laZUQAY",
        reason="name_taken",
        code="6240",
        fields=("name",),
        attempt=1,
        duration_ms=120,
    )


def test_newest_come_first_across_hours_and_no_more_than_asked_for(dynamodb: Any) -> None:
    for hours in range(5):
        at = NOW - timedelta(hours=hours)
        keep(dynamodb, [Outcome(OutcomeStatus.DONE, f"{hours}", "1", "customer")], at)

    read = log.latest(dynamodb, "outcomes", 3, NOW)

    assert [each.decision for each in read] == ["0", "1", "2"]


def test_table_reads_from_old_to_new_with_what_a_person_asks_for() -> None:
    older = log.Outcome(NOW, "done", "create", "customer", "001", "58", duration_ms=80)
    newer = log.Outcome(NOW, "rejected", "create", reason="name_taken", code="6240", attempt=2)

    head, first, second = log.table_of([newer, older]).splitlines()

    assert head.split() == [*("time", "status", "decision", "entity"), *head.split()[4:]]
    assert first.split()[2:] == ["done", "create", "customer", "001", "58", "80"]
    assert "name_taken · 6240 · try 3" in second


def test_only_a_skip_without_a_reason_is_an_echo() -> None:
    assert log.Outcome(NOW, "skipped", "skip").is_echo
    assert not log.Outcome(NOW, "skipped", "skip", reason="salesforce_deleted").is_echo
    assert not log.Outcome(NOW, "done", "update").is_echo
