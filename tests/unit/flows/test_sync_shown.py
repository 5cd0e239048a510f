"""What a record shows is what was decided last, whoever writes the text and whenever it arrives."""

from dataclasses import dataclass
from datetime import datetime

from greenlet import getcurrent, greenlet

from bridge.errors import UnavailableError
from bridge.flows.ports import CrossReferences
from bridge.flows.sync_records import CLAIM_LIFE_S, SyncRecords
from bridge.model import OutcomeStatus
from tests.fakes import MemoryCrossReferences, Row
from tests.rig import QB, SF, Rig

SHOWN = "/composite$"


@dataclass
class UnconfirmedRows(MemoryCrossReferences):
    """Rows of which one does not answer, after so many commits have passed."""

    passes: int | None = None

    def commit(self, row: Row, now: datetime) -> bool:
        """Store a decision, or refuse once."""
        if self.passes == 0:
            self.passes = None
            raise UnavailableError("aws_unavailable")
        if self.passes is not None:
            self.passes -= 1
        return super().commit(row, now)


def fit_the_port(rows: UnconfirmedRows) -> CrossReferences:
    """Let the type checker say that the failing store is still one."""
    return rows


def deactivated(rig: Rig) -> tuple[str, str]:
    """Link a pair, and let a person deactivate its customer."""
    account, customer = rig.linked("Acme")
    rig.in_quickbooks("deactivate", id=customer)
    return account, customer


def test_text_of_an_older_decision_gives_way_to_that_of_a_newer_one():
    rig = Rig()
    account, customer = deactivated(rig)
    rig.meanwhile(SF, SHOWN, lambda: rig.settle(rig.edit_account(account, Phone="555-0177")))

    outcomes = rig.settle(rig.customer_changed(customer))

    assert outcomes[-1].reason == "edited_but_quickbooks_inactive"
    assert rig.status(account) == "Conflict"


def test_record_read_before_a_text_was_shown_is_decided_again():
    rig = Rig()
    account, customer = deactivated(rig)
    test = getcurrent()
    other = greenlet(
        lambda: SyncRecords(rig.world())(rig.messages(rig.customer_changed(customer)), lambda: 60.0)
    )

    def look_while_it_says_in_sync():
        # Another worker reads both records once the customer is active again, and pauses there.
        rig.in_quickbooks("reactivate", id=customer)
        rig.meanwhile(QB, "/query", test.switch, is_after=True)
        other.switch()

    rig.meanwhile(SF, SHOWN, look_while_it_says_in_sync)

    rig.sync_quietly(rig.customer_changed(customer))
    assert rig.status(account) == "Inactive in QuickBooks"
    other.switch()
    rig.go_round()

    assert rig.status(account) == "In sync"
    rig.assert_agreed(account)


def test_text_that_may_arrive_late_is_looked_at_when_it_no_longer_can():
    rig = Rig()
    account, customer = deactivated(rig)
    rig.plant(SF, {"kind": "composite"}, late_s=20)

    (outcome,) = rig.sync_quietly(rig.customer_changed(customer))

    assert (outcome.status, outcome.reason) == (OutcomeStatus.WAITING, "status_not_shown")
    assert [each.delay_s for each in rig.queue.sent] == [CLAIM_LIFE_S]
    rig.in_quickbooks("reactivate", id=customer)
    rig.sync_quietly(rig.customer_changed(customer))
    assert rig.status(account) == "In sync"
    rig.go_round()
    assert rig.status(account) == "In sync"


def test_text_that_cannot_be_confirmed_for_now_is_looked_at_again():
    rig = Rig(rows=(rows := UnconfirmedRows()))
    _, customer = deactivated(rig)
    rows.passes = 1

    (outcome,) = rig.sync_quietly(rig.customer_changed(customer))
    assert (outcome.status, outcome.reason) == (OutcomeStatus.WAITING, "aws_unavailable")
    (outcome,) = rig.go_round()

    assert (outcome.status, outcome.reason) == (OutcomeStatus.SKIPPED, "quickbooks_inactive")


def test_record_that_shows_nothing_new_costs_no_second_write_of_its_row():
    rig = Rig()
    account, _ = rig.linked("Acme")
    before = rig.pair(account).revision

    rig.settle(rig.account_changed(account))

    assert rig.pair(account).revision == before + 1


# An id that another record bears


def with_a_taken_id() -> tuple[Rig, str, str]:
    """Link a pair, and let a person move the id of its customer to another account."""
    rig = Rig()
    account, customer = rig.linked("Acme")
    borne = rig.account(account)["QuickBooks_Id__c"]
    rig.edit_account(account, QuickBooks_Id__c=None)
    rig.new_account("Other", QuickBooks_Id__c=borne)
    return rig, account, customer


def test_problem_of_a_taken_id_is_told_without_the_id():
    rig, account, customer = with_a_taken_id()

    outcomes = rig.settle(rig.edit_customer(customer, CompanyName="Acme Ltd"))

    assert outcomes[-1].reason == "duplicate_value"
    assert rig.status(account) == "Rejected"
    assert "QuickBooks_Id__c" in rig.message(account)


def test_id_that_is_refused_with_the_text_alone_is_told_as_a_problem():
    rig, account, customer = with_a_taken_id()

    outcomes = rig.settle(rig.edit_account(account, Phone="555-0177"))

    assert rig.customer(customer)["PrimaryPhone"]["FreeFormNumber"] == "555-0177"
    assert (outcomes[-1].status, outcomes[-1].reason) == (OutcomeStatus.REJECTED, "duplicate_value")
    assert rig.status(account) == "Rejected"


def test_taken_id_that_is_given_back_settles_the_problem():
    rig, account, _ = with_a_taken_id()
    rig.settle(rig.account_changed(account))
    assert rig.status(account) == "Rejected"

    (other,) = [row["Id"] for row in rig.accounts() if row["Id"] != account]
    rig.edit_account(other, QuickBooks_Id__c=None)
    rig.settle(rig.account_changed(account))

    assert (rig.status(account), rig.message(account)) == ("In sync", "")
    assert rig.account(account)["QuickBooks_Id__c"]
