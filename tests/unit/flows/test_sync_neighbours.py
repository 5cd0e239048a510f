"""Trouble with one record, one row or one call stays with it, and passes."""

from dataclasses import dataclass, field
from datetime import datetime

from bridge.errors import UnavailableError
from bridge.flows.cases import WRITE_RESERVE_S
from bridge.flows.ports import CrossReferences, Tries
from bridge.model import CrossReference, LinkFate, Pointer, System
from tests.fakes import MemoryCrossReferences, MemoryTries
from tests.rig import Rig


@dataclass
class ThrottledRows(MemoryCrossReferences):
    """Rows that do not answer once, at a link."""

    refusals: int = 1

    def link(
        self, pair: CrossReference, pointer: Pointer, worker: str | None, now: datetime
    ) -> LinkFate:
        """Refuse, then work."""
        if self.refusals and pair.key.salesforce_id:
            self.refusals -= 1
            raise UnavailableError("aws_unavailable")
        return super().link(pair, pointer, worker, now)


@dataclass
class NoTries(MemoryTries):
    """Counts of beginnings that are away."""

    asked: list[str] = field(default_factory=list)

    def begin(self, message_id: str, now: datetime) -> None:
        """Refuse."""
        raise UnavailableError("aws_unavailable")


def fit_the_ports(rows: ThrottledRows, tries: NoTries) -> tuple[CrossReferences, Tries]:
    """Let the type checker say that the failing stores are still stores."""
    return rows, tries


def with_an_unknown_term(rig: Rig, name: str) -> str:
    """Type a customer whose term the mapping does not know."""
    term = rig.in_quickbooks("create", "Term", fields={"Name": "Net 45", "DueDays": 45})["Id"]
    return rig.new_customer(name, SalesTermRef={"value": term})


def test_an_unmapped_value_of_the_counterpart_is_told_and_leaves_the_neighbours() -> None:
    rig = Rig()
    account, other = rig.new_account("Acme"), rig.new_account("Beta")
    customer = with_an_unknown_term(rig, "Acme")

    rig.settle(rig.account_changed(account), rig.account_changed(other))

    assert rig.status(account) == "Rejected"
    assert rig.message(account).startswith("Payment terms has a value that the mapping does not")
    assert rig.status(other) == "In sync"
    rig.settle(rig.edit_customer(customer, SalesTermRef={"value": "3"}))
    assert rig.status(account) == "In sync"
    assert len(rig.customers()) == 2


def test_an_unmapped_value_of_a_new_customer_is_an_outcome_and_leaves_the_neighbours() -> None:
    rig = Rig()
    unmapped, other = with_an_unknown_term(rig, "Acme"), rig.new_customer("Beta")

    outcomes = rig.settle(rig.customer_changed(unmapped), rig.customer_changed(other))

    told = {each.quickbooks_id: (each.status.value, each.reason, each.fields) for each in outcomes}
    assert told[unmapped] == ("rejected", "value_not_mapped", ("terms",))
    assert told[other][0] == "done"
    assert [row["Name"] for row in rig.accounts()] == ["Beta"]


def test_a_row_that_cannot_be_stored_leaves_the_rest_of_its_batch_done() -> None:
    rig = Rig(rows=ThrottledRows())
    accounts = [rig.new_account(f"Acme {number}") for number in range(5)]

    outcomes = rig.sync_quietly(*(rig.account_changed(each) for each in accounts))

    assert [outcome.status.value for outcome in outcomes].count("done") == 4
    assert [outcome.reason for outcome in outcomes].count("aws_unavailable") == 1
    rig.go_round()
    rig.assert_agreed(*accounts)
    assert len(rig.customers()) == 5


def test_no_call_is_begun_without_the_time_for_it_and_what_is_left_goes_round() -> None:
    rig = Rig()
    accounts = [rig.new_account(f"Acme {number}") for number in range(100)]
    left: list[float] = []

    def remaining_s() -> float:
        left.append(60.0 - 12.0 * len(rig.wires[System.QUICKBOOKS].bodies()))
        return left[-1]

    rig.clock.advance(5)
    outcomes = rig.sync(*(rig.account_changed(each) for each in accounts), remaining_s=remaining_s)

    batches = len(rig.wires[System.QUICKBOOKS].bodies())
    assert 60.0 - 12.0 * (batches - 1) >= WRITE_RESERVE_S
    assert {outcome.reason for outcome in outcomes if outcome.reason} == {"out_of_time"}
    rig.go_round()
    assert len(rig.customers()) == 100
    rig.assert_agreed(*accounts)


def test_a_field_that_the_integration_user_may_not_see_holds_changes_and_does_not_fail_them() -> (
    None
):
    rig = Rig()
    account = rig.new_account("Acme")
    rig.plant(System.SALESFORCE, {"kind": "query"}, status=400, code="INVALID_FIELD")

    (outcome,) = rig.sync_quietly(rig.account_changed(account))

    assert (outcome.status.value, outcome.reason) == ("waiting", "field_unknown")
    assert rig.counted["SystemsMisconfigured"] == 1
    rig.go_round()
    rig.assert_agreed(account)


def test_a_message_is_handled_although_its_tries_cannot_be_counted() -> None:
    rig = Rig(tries=NoTries())
    account = rig.new_account("Acme")
    rig.clock.advance(5)
    messages = rig.messages(rig.account_changed(account), receive_count=2)

    acknowledged = rig.deliver(messages)

    assert acknowledged == [messages[0].id]
    rig.assert_agreed(account)
