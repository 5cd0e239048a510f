"""People and other workers act while a run is between its steps; nothing of theirs is lost."""

from functools import partial

import pytest

from bridge.model import ChangeKind, OutcomeStatus, PairState
from tests.rig import QB, SF, Rig

PHONE = {"FreeFormNumber": "555-0177"}


def test_customer_edited_since_the_baseline_is_read_and_decided_again():
    rig = Rig()
    account, customer = rig.linked("Acme")
    rig.edit_customer(customer, Fax={"FreeFormNumber": "555-0199"})

    (outcome,) = rig.sync_quietly(rig.edit_account(account, Phone="555-0177"))

    assert outcome.status is OutcomeStatus.DONE
    assert rig.calls(QB) == {"batch": 2, "read": 1}
    assert rig.customer(customer)["PrimaryPhone"] == PHONE
    assert rig.account(account)["Fax"] == "555-0199"
    rig.assert_agreed(account)


def test_same_field_edited_in_quickbooks_before_our_write_is_noted():
    rig = Rig()
    account, customer = rig.linked("Acme")
    rig.meanwhile(
        QB,
        "/batch$",
        lambda: rig.edit_customer(customer, PrimaryPhone={"FreeFormNumber": "555-0188"}),
    )

    rig.settle(rig.edit_account(account, Phone="555-0177"))

    assert rig.customer(customer)["PrimaryPhone"] == PHONE
    assert "555-0188" in rig.message(account)
    rig.assert_agreed(account)


def test_account_edited_before_our_write_is_read_and_decided_again():
    rig = Rig()
    account, customer = rig.linked("Acme")
    rig.meanwhile(SF, "/composite$", lambda: rig.edit_account(account, Phone="555-0188"))

    rig.settle(rig.edit_customer(customer, PrimaryPhone=PHONE))

    assert rig.account(account)["Phone"] == "555-0188"
    assert rig.customer(customer)["PrimaryPhone"]["FreeFormNumber"] == "555-0188"
    assert "555-0177" in rig.message(account)
    rig.assert_agreed(account)


def test_contact_edited_before_our_write_is_read_and_decided_again():
    rig = Rig()
    account, customer = rig.linked("Acme", contact={"LastName": "Byron"})
    rig.meanwhile(SF, "/composite$", lambda: rig.edit_contact(account, FirstName="Augusta"))

    rig.settle(rig.edit_customer(customer, PrimaryEmailAddr={"Address": "ada@acme.example"}))

    assert rig.contact(account)["Email"] == "ada@acme.example"
    assert rig.contact(account)["FirstName"] == "Augusta"
    assert rig.customer(customer)["GivenName"] == "Augusta"
    rig.assert_agreed(account)


def test_account_deleted_before_our_write_is_a_conflict_and_stays_deleted():
    rig = Rig()
    account, customer = rig.linked("Acme")
    rig.meanwhile(SF, "/composite$", lambda: rig.delete_account(account))

    rig.settle(rig.edit_customer(customer, PrimaryPhone=PHONE))

    assert rig.accounts() == []
    assert rig.customer(customer)["Active"] is True
    pair = rig.pair(account)
    assert (pair.state, pair.owner) == (PairState.CONFLICT, None)


def test_customer_made_inactive_before_our_write_is_shown_as_a_conflict():
    rig = Rig()
    account, customer = rig.linked("Acme")
    rig.meanwhile(QB, "/batch$", lambda: rig.in_quickbooks("deactivate", id=customer))

    (outcome,) = rig.settle(rig.edit_account(account, Phone="555-0177"))

    assert (outcome.status, outcome.reason) == (
        OutcomeStatus.CONFLICT,
        "edited_but_quickbooks_inactive",
    )
    assert rig.status(account) == "Conflict"
    assert rig.customer(customer)["Active"] is False
    assert "PrimaryPhone" not in rig.customer(customer)


def test_customer_merged_away_before_our_write_is_shown_as_a_conflict():
    rig = Rig()
    account, customer = rig.linked("Acme")
    survivor = rig.new_customer("Survivor")
    rig.meanwhile(QB, "/batch$", lambda: rig.in_quickbooks("merge", id=customer, into=survivor))

    rig.settle(rig.edit_account(account, Phone="555-0177"))

    assert rig.status(account) == "Conflict"
    assert "PrimaryPhone" not in rig.customer(survivor)


def test_record_that_never_stands_still_is_put_back_after_three_rounds():
    rig = Rig()
    account, customer = rig.linked("Acme")
    for n in range(3):
        rig.meanwhile(QB, "/batch$", lambda: rig.in_quickbooks("touch", id=customer), skip=n)

    (outcome,) = rig.sync_quietly(rig.edit_account(account, Phone="555-0177"))

    assert (outcome.status, outcome.reason) == (OutcomeStatus.WAITING, "kept_moving")
    assert rig.calls(QB)["batch"] == 3
    assert rig.pair(account).owner is None
    assert len(rig.queue.sent) == 1
    rig.go_round()
    assert rig.customer(customer)["PrimaryPhone"] == PHONE
    rig.assert_agreed(account)


@pytest.mark.parametrize("edited_at", ["before the read", "after the read"])
def test_edit_in_the_second_of_the_last_change_is_not_overwritten(edited_at):
    rig = Rig()
    account, customer = rig.linked("Acme")
    theirs = rig.edit_customer(customer, PrimaryPhone=PHONE)
    rig.edit_account(account, Website="acme.example")
    rig.meanwhile(
        SF,
        "/query" if edited_at == "before the read" else "/composite$",
        lambda: rig.edit_account(account, Phone="555-0188"),
    )

    rig.sync(theirs)
    rig.go_round()

    assert rig.account(account)["Phone"] == "555-0188"
    assert rig.customer(customer)["PrimaryPhone"]["FreeFormNumber"] == "555-0188"
    assert "555-0177" in rig.message(account)


def test_edits_in_every_second_are_waited_out():
    rig = Rig()
    account, customer = rig.linked("Acme")
    theirs = rig.edit_customer(customer, PrimaryPhone=PHONE)
    for n in range(3):
        edit = partial(rig.edit_account, account, Website=f"{n}.example")
        rig.meanwhile(SF, "/query", edit, skip=n)
    # This one comes after the last read, within its second, and before the write.
    rig.meanwhile(SF, "/composite$", lambda: rig.edit_account(account, Phone="555-0188"))

    rig.sync(theirs)
    rig.go_round()

    assert rig.account(account)["Phone"] == "555-0188"
    assert "555-0177" in rig.message(account)
    assert rig.customer(customer)["WebAddr"]["URI"] == "2.example"


def test_write_of_a_quiet_record_waits_for_nothing():
    rig = Rig()
    account, customer = rig.linked("Acme")

    rig.settle(rig.edit_customer(customer, PrimaryPhone=PHONE))
    rig.settle(rig.edit_account(account, Fax="555-0199"))

    assert rig.clock.waits == []


def test_edit_in_salesforce_needs_no_quiet_second_to_reach_quickbooks():
    rig = Rig()
    account, _ = rig.linked("Acme")

    rig.sync(rig.edit_account(account, Fax="555-0199"))

    assert rig.clock.waits == []


def test_row_of_a_lagging_query_is_read_by_id():
    rig = Rig()
    account, customer = rig.linked("Acme")
    rig.quickbooks.switches.query_lag_s = 30.0

    event = rig.edit_customer(customer, PrimaryPhone=PHONE)
    rig.clock.advance(2)
    rig.sync(event)

    assert rig.account(account)["Phone"] == "555-0177"
    assert rig.calls(QB) == {"query": 1, "read": 1}


@pytest.mark.parametrize("told", ["together", "one after the other"])
def test_record_edited_in_the_second_of_its_creation_is_not_believed_to_a_lagging_query(told):
    rig = Rig()
    customer = rig.new_customer("Acme")
    made = rig.customer_changed(customer, ChangeKind.CREATED)
    rig.clock.advance(0.3)
    edited = rig.edit_customer(customer, PrimaryPhone=PHONE)
    # A query still shows the record as it was made, stamped with the second of the edit.
    rig.clock.advance(2)
    rig.quickbooks.switches.query_lag_s = 2.1

    for events in [(made, edited)] if told == "together" else [(made,), (edited,)]:
        rig.sync(*events)

    (account,) = rig.accounts()
    assert account["Phone"] == "555-0177"


def test_two_edits_of_one_second_are_not_believed_to_a_lagging_query():
    rig = Rig()
    account, customer = rig.linked("Acme")
    one = rig.edit_customer(customer, Fax=PHONE)
    rig.clock.advance(0.3)
    other = rig.edit_customer(customer, PrimaryPhone=PHONE)
    rig.clock.advance(2)
    rig.quickbooks.switches.query_lag_s = 2.1

    rig.sync(one, other)

    assert rig.account(account)["Phone"] == "555-0177"


def test_older_event_does_not_bring_an_older_value_back():
    rig = Rig()
    account, customer = rig.linked("Acme")
    older = rig.edit_customer(customer, PrimaryPhone={"FreeFormNumber": "555-0111"})
    rig.clock.advance(5)
    newer = rig.edit_customer(customer, PrimaryPhone=PHONE)
    rig.settle(newer)
    # The query shows the row as the older event left it.
    rig.quickbooks.switches.query_lag_s = 6.0

    rig.sync(older)

    assert rig.account(account)["Phone"] == "555-0177"
    assert rig.customer(customer)["PrimaryPhone"] == PHONE


def test_our_own_write_is_not_undone_by_a_lagging_query():
    rig = Rig()
    account, customer = rig.linked("Acme")
    older = rig.edit_customer(customer, PrimaryPhone={"FreeFormNumber": "555-0111"})
    rig.settle(older)
    rig.quickbooks.switches.query_lag_s = 5.0
    rig.sync_quietly(rig.edit_account(account, Phone="555-0177"))

    rig.sync(older)

    assert rig.account(account)["Phone"] == "555-0177"
    assert rig.customer(customer)["PrimaryPhone"] == PHONE


def test_customer_merged_away_is_not_seen_alive_through_a_lagging_query():
    rig = Rig()
    customer, survivor = rig.new_customer("Acme"), rig.new_customer("Survivor")
    made = rig.customer_changed(customer)
    rig.clock.advance(60)
    rig.in_quickbooks("merge", id=customer, into=survivor)
    rig.sync_quietly(rig.customer_changed(customer))
    rig.quickbooks.switches.query_lag_s = 30.0

    rig.sync_quietly(made)

    assert rig.accounts() == []


def test_claim_of_another_worker_is_waited_for():
    rig = Rig()
    account, _ = rig.linked("Acme")
    outcomes = []
    rig.meanwhile(QB, "/batch$", lambda: outcomes.extend(rig.sync(rig.account_changed(account))))

    rig.sync_quietly(rig.edit_account(account, Phone="555-0177"))

    assert [(each.status, each.reason) for each in outcomes] == [(OutcomeStatus.WAITING, "claimed")]
    assert rig.calls(QB)["batch"] == 1
    rig.go_round()
    rig.assert_agreed(account)


@pytest.mark.parametrize("path", ["/query", "/batch$"])
def test_two_workers_on_one_pair_write_once(path):
    rig = Rig()
    account, customer = rig.linked("Acme")
    event = rig.edit_account(account, Phone="555-0177")
    system = SF if path == "/query" else QB
    rig.meanwhile(system, path, lambda: rig.sync(event), is_after=path == "/query")

    rig.sync_quietly(event)
    rig.go_round()

    assert rig.customer(customer)["SyncToken"] == "1"
    rig.assert_agreed(account)


def test_decision_to_do_nothing_stops_a_decision_on_older_facts():
    rig = Rig()
    account, customer = rig.linked("Acme", Phone="555-0100")
    rig.edit_account(account, Phone="555-0177")

    def put_back_and_skip():
        # After the first worker's read the person takes the edit back, and another worker looks.
        rig.edit_account(account, Phone="555-0100")
        rig.sync(rig.account_changed(account))

    rig.meanwhile(SF, "/query", put_back_and_skip, is_after=True)

    rig.sync_quietly(rig.account_changed(account))
    rig.go_round()

    assert rig.customer(customer)["SyncToken"] == "0"
    assert rig.account(account)["Phone"] == "555-0100"
    rig.assert_agreed(account)


def test_delete_is_not_lost_between_two_workers():
    rig = Rig()
    account, customer = rig.linked("Acme")

    def delete_and_look():
        rig.sync(rig.delete_account(account))

    rig.meanwhile(SF, "/query", delete_and_look, is_after=True)

    rig.sync_quietly(rig.account_changed(account))
    rig.go_round()

    assert rig.customer(customer)["Active"] is False
    assert rig.pair(account).state is PairState.TOMB


def test_edit_of_quickbooks_is_not_forgotten_when_its_write_to_salesforce_failed():
    rig = Rig()
    account, customer = rig.linked("Acme")
    rig.plant(SF, {"kind": "composite_item:PATCH", "body": "Fax"}, code="STRING_TOO_LONG")
    ours = rig.edit_account(account, Phone="555-0177")
    theirs = rig.edit_customer(customer, Fax={"FreeFormNumber": "555-0199"})
    rig.settle(ours, theirs)
    assert rig.status(account) == "Rejected"

    rig.settle(rig.edit_account(account, Phone="555-0166"))

    assert rig.account(account)["Fax"] == "555-0199"
    assert rig.customer(customer)["PrimaryPhone"]["FreeFormNumber"] == "555-0166"
    rig.assert_agreed(account)


def test_edits_of_both_sides_in_one_second_need_no_second_round():
    rig = Rig()
    account, customer = rig.linked("Acme")
    ours = rig.edit_account(account, Phone="555-0177")
    theirs = rig.edit_customer(customer, Fax={"FreeFormNumber": "555-0199"})

    (outcome,) = rig.sync(ours, theirs)

    assert outcome.status is OutcomeStatus.DONE
    assert sum(rig.clock.waits) <= 2
    rig.assert_agreed(account)
