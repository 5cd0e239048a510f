"""A write whose answer never came: its intent tells later what became of it."""

from typing import Any

import pytest

from bridge.model import ChangeEvent, OutcomeStatus, PairState
from tests.rig import QB, SF, Rig

PHONE = {"FreeFormNumber": "555-0177"}
LOST_ON_THE_WAY = [{"drop": "before"}, {"drop": "after"}, {"status": 500}, {"status": 504}]


def lose_update_of_quickbooks(rig: Rig, **effect: Any) -> tuple[str, str]:
    """Edit the phone in Salesforce and lose the answer of QuickBooks."""
    account, customer = rig.linked("Acme", Phone="555-0100")
    rig.plant(QB, {"kind": "batch"}, **effect)
    (outcome,) = rig.sync_quietly(rig.edit_account(account, Phone="555-0177"))
    assert (outcome.status, outcome.reason) == (OutcomeStatus.WAITING, "outcome_unknown")
    return account, customer


def lose_update_of_salesforce(rig: Rig, **effect: Any) -> tuple[str, str]:
    """Edit the phone in QuickBooks and lose the answer of Salesforce."""
    account, customer = rig.linked("Acme", Phone="555-0100")
    rig.plant(SF, {"kind": "composite"}, **effect)
    (outcome,) = rig.sync_quietly(rig.edit_customer(customer, PrimaryPhone=PHONE))
    assert (outcome.status, outcome.reason) == (OutcomeStatus.WAITING, "outcome_unknown")
    return account, customer


@pytest.mark.parametrize("effect", [*LOST_ON_THE_WAY, {"late_s": 20}])
def test_update_of_quickbooks_with_unknown_outcome_arrives_in_the_end(effect):
    rig = Rig()

    account, customer = lose_update_of_quickbooks(rig, **effect)
    rig.go_round()

    assert rig.customer(customer)["PrimaryPhone"] == PHONE
    assert rig.customer(customer)["SyncToken"] == "1"
    assert rig.message(account) == ""
    rig.assert_agreed(account)


@pytest.mark.parametrize("effect", LOST_ON_THE_WAY)
def test_update_of_salesforce_with_unknown_outcome_arrives_in_the_end(effect):
    rig = Rig()

    account, _ = lose_update_of_salesforce(rig, **effect)
    rig.go_round()

    assert rig.account(account)["Phone"] == "555-0177"
    assert rig.message(account) == ""
    rig.assert_agreed(account)


@pytest.mark.parametrize("effect", [{"drop": "before"}, {"drop": "after"}])
def test_unknown_outcome_leaves_claim_and_intent_standing(effect):
    rig = Rig()

    account, _ = lose_update_of_quickbooks(rig, **effect)

    pair = rig.pair(account)
    assert pair.owner is not None
    assert pair.intent is not None
    assert set(pair.intent.quickbooks) == {"phone"}
    (back,) = rig.queue.sent
    assert 175 <= back.delay_s <= 190


def test_others_wait_until_the_claim_has_expired():
    rig = Rig()
    account, customer = lose_update_of_quickbooks(rig, drop="before")

    rig.clock.advance(100)
    early = rig.sync(rig.customer_changed(customer), rig.account_changed(account))
    rig.clock.advance(100)
    late = rig.sync(rig.account_changed(account))

    assert [outcome.reason for outcome in early] == ["claimed"]
    assert [outcome.status for outcome in late] == [OutcomeStatus.DONE]
    assert rig.customer(customer)["PrimaryPhone"] == PHONE


def test_resolving_an_intent_reads_both_sides():
    rig = Rig()
    _, customer = lose_update_of_quickbooks(rig, drop="after")
    rig.calls(QB)

    rig.go_round()

    assert rig.calls(QB) == {"read": 1}
    assert rig.customer(customer)["SyncToken"] == "1"


@pytest.mark.parametrize("effect", [{"drop": "after"}, {"late_s": 20}])
def test_edit_of_quickbooks_on_top_of_our_unknown_write_wins_without_a_loss(effect):
    rig = Rig()
    account, customer = lose_update_of_quickbooks(rig, **effect)
    rig.clock.advance(30)
    rig.quickbooks.settle()

    rig.edit_customer(customer, PrimaryPhone={"FreeFormNumber": "555-0188"})
    rig.go_round()

    assert rig.customer(customer)["PrimaryPhone"]["FreeFormNumber"] == "555-0188"
    assert rig.account(account)["Phone"] == "555-0188"
    assert "555-0177" in rig.message(account)
    rig.assert_agreed(account)


def test_edit_of_quickbooks_instead_of_our_lost_write_is_decided_by_the_owner():
    rig = Rig()
    account, customer = lose_update_of_quickbooks(rig, drop="before")

    rig.edit_customer(customer, PrimaryPhone={"FreeFormNumber": "555-0188"})
    rig.go_round()

    assert rig.customer(customer)["PrimaryPhone"] == PHONE
    assert 'QuickBooks had "555-0188"' in rig.message(account)
    rig.assert_agreed(account)


def test_edit_of_salesforce_on_top_of_our_unknown_write_wins_and_ours_is_noted():
    rig = Rig()
    account, customer = lose_update_of_salesforce(rig, drop="after")

    rig.edit_account(account, Phone="555-0188")
    rig.go_round()

    assert rig.account(account)["Phone"] == "555-0188"
    assert rig.customer(customer)["PrimaryPhone"]["FreeFormNumber"] == "555-0188"
    assert "555-0177" in rig.message(account)
    rig.assert_agreed(account)


@pytest.mark.parametrize("effect", [{"drop": "before"}, {"drop": "after"}])
def test_edit_of_another_field_after_an_unknown_write_goes_on_its_way(effect):
    rig = Rig()
    account, customer = lose_update_of_quickbooks(rig, **effect)

    rig.edit_customer(customer, Fax={"FreeFormNumber": "555-0199"})
    rig.edit_account(account, Website="acme.example")
    rig.go_round()

    assert rig.customer(customer)["PrimaryPhone"] == PHONE
    assert rig.customer(customer)["WebAddr"]["URI"] == "acme.example"
    assert rig.account(account)["Fax"] == "555-0199"
    assert rig.message(account) == ""
    rig.assert_agreed(account)


def test_newer_edit_of_the_source_after_an_unknown_write_is_what_counts():
    rig = Rig()
    account, customer = lose_update_of_quickbooks(rig, drop="after")

    rig.edit_account(account, Phone="555-0166")
    rig.go_round()

    assert rig.customer(customer)["PrimaryPhone"]["FreeFormNumber"] == "555-0166"
    assert rig.message(account) == ""
    rig.assert_agreed(account)


def lose_note_of_the_resolved_write(rig: Rig) -> tuple[str, ChangeEvent]:
    """Let a person's edit replace what our unknown write had brought, and lose the next write."""
    account, customer = lose_update_of_quickbooks(rig, drop="after")
    rig.edit_customer(customer, PrimaryPhone={"FreeFormNumber": "555-0188"})
    sent, rig.queue.sent = rig.queue.sent, []
    rig.clock.advance(200)
    return account, sent[0].change


@pytest.mark.parametrize(
    "trouble",
    [
        {"drop": "before"},
        {"drop": "after"},
        {"status": 503},
        {"code": "REQUEST_LIMIT_EXCEEDED"},
        {"code": "SERVER_UNAVAILABLE"},
    ],
)
def test_value_noted_in_an_intent_is_shown_even_if_the_next_write_fails_too(trouble):
    rig = Rig()
    account, change = lose_note_of_the_resolved_write(rig)
    rig.plant(SF, {"kind": "composite"}, **trouble)

    rig.sync(change)
    rig.go_round()

    assert rig.account(account)["Phone"] == "555-0188"
    assert "555-0177" in rig.message(account)
    rig.assert_agreed(account)


def test_value_noted_in_an_intent_is_shown_even_if_the_account_moves_again():
    rig = Rig()
    account, change = lose_note_of_the_resolved_write(rig)
    rig.meanwhile(SF, "/composite$", lambda: rig.edit_account(account, Industry="Energy"))

    rig.sync(change)
    rig.go_round()

    assert rig.account(account)["Phone"] == "555-0188"
    assert "555-0177" in rig.message(account)
    rig.assert_agreed(account)


def test_value_noted_in_an_intent_is_shown_even_if_salesforce_refuses_the_write():
    rig = Rig()
    account, change = lose_note_of_the_resolved_write(rig)
    rig.plant(SF, {"kind": "composite_item:PATCH"}, code="FIELD_CUSTOM_VALIDATION_EXCEPTION")

    rig.sync(change)
    assert rig.status(account) == "Rejected"
    rig.settle(rig.account_changed(account))

    assert rig.account(account)["Phone"] == "555-0188"
    assert "555-0177" in rig.message(account)
    rig.assert_agreed(account)


def test_conflict_whose_loser_agrees_in_the_end_is_not_noted():
    rig = Rig()
    account, customer = rig.linked("Acme", BillingCity="Oakland")
    rig.edit_account(account, BillingCity="Fremont")
    theirs = rig.edit_customer(customer, BillAddr={"City": "Berkeley"})
    # Before our write lands, the person in Salesforce types what QuickBooks has.
    rig.meanwhile(SF, "/composite$", lambda: rig.edit_account(account, BillingCity="Berkeley"))

    rig.settle(theirs)

    assert rig.account(account)["BillingCity"] == "Berkeley"
    assert rig.message(account) == ""
    rig.assert_agreed(account)


@pytest.mark.parametrize("effect", [{"drop": "before"}, {"drop": "after"}])
def test_account_deleted_while_an_update_is_in_doubt_leaves_the_customer_inactive(effect):
    rig = Rig()
    account, customer = lose_update_of_quickbooks(rig, **effect)

    rig.delete_account(account)
    rig.go_round()

    assert rig.customer(customer)["Active"] is False
    assert rig.pair(account).state is PairState.TOMB
    assert rig.pair(account).intent is None


def test_customer_made_inactive_while_an_update_is_in_doubt_is_resolved():
    rig = Rig()
    account, customer = lose_update_of_salesforce(rig, drop="after")

    rig.in_quickbooks("deactivate", id=customer)
    rig.go_round()

    pair = rig.pair(account)
    assert (pair.state, pair.owner, pair.intent) == (PairState.TOMB, None, None)
    assert rig.status(account) == "Inactive in QuickBooks"


def test_edit_made_while_an_inactive_pair_was_resolved_is_newer_than_our_write():
    rig = Rig()
    account, customer = lose_update_of_salesforce(rig, drop="after")
    rig.in_quickbooks("deactivate", id=customer)
    rig.go_round()

    rig.in_quickbooks("reactivate", id=customer)
    rig.settle(rig.edit_customer(customer, PrimaryPhone={"FreeFormNumber": "555-0188"}))

    assert rig.account(account)["Phone"] == "555-0188"
    assert rig.message(account) == ""
    rig.assert_agreed(account)


def test_pair_in_conflict_keeps_its_open_intent_until_it_lives_again():
    rig = Rig()
    account, customer = lose_update_of_quickbooks(rig, drop="before")
    rig.edit_account(account, Phone="555-0166")
    rig.in_quickbooks("deactivate", id=customer)
    rig.go_round()
    assert rig.status(account) == "Conflict"
    assert rig.pair(account).intent is not None

    rig.in_quickbooks("reactivate", id=customer)
    rig.settle(rig.customer_changed(customer))

    assert rig.customer(customer)["PrimaryPhone"]["FreeFormNumber"] == "555-0166"
    rig.assert_agreed(account)


@pytest.mark.parametrize("count", [5, 40])
def test_batch_of_updates_with_unknown_outcome_arrives_in_the_end(count):
    rig = Rig()
    accounts = [rig.new_account(f"Acme {n}") for n in range(count)]
    rig.settle(*(rig.account_changed(each) for each in accounts))
    rig.quiet()
    rig.plant(QB, {"kind": "batch_item:update", "body": '"Id":"3"'}, drop="before")

    events = [rig.edit_account(each, Phone="555-0177") for each in accounts]
    rig.sync_quietly(*events)
    rig.go_round()

    assert {row["PrimaryPhone"]["FreeFormNumber"] for row in rig.customers()} == {"555-0177"}
    assert {row["SyncToken"] for row in rig.customers()} == {"1"}
    rig.assert_agreed(*accounts)


@pytest.mark.parametrize("effect", ["before", "after"])
def test_a_value_that_never_agreed_survives_a_write_of_unknown_outcome(effect):
    rig = Rig()
    account = rig.new_account("Acme")
    customer = rig.new_customer("Acme", Mobile={"FreeFormNumber": "555-0101"})
    rig.plant(SF, {"kind": "composite"}, drop=effect)

    rig.settle(rig.account_changed(account))

    assert rig.customer(customer)["Mobile"]["FreeFormNumber"] == "555-0101"
    assert rig.contact(account)["MobilePhone"] == "555-0101"
    assert "Note" not in rig.message(account)
    rig.assert_agreed(account)


@pytest.mark.parametrize("effect", ["before", "after"])
def test_the_owner_of_a_field_that_never_agreed_wins_after_an_unknown_outcome(effect):
    rig = Rig()
    account = rig.new_account("Acme", BillingCity="Oakland")
    customer = rig.new_customer("Acme", BillAddr={"City": "Fresno"})
    rig.plant(SF, {"kind": "composite"}, drop=effect)

    rig.settle(rig.account_changed(account))

    assert rig.customer(customer)["BillAddr"]["City"] == "Fresno"
    assert rig.account(account)["BillingCity"] == "Fresno"
    assert '"Oakland"' in rig.message(account)
    rig.assert_agreed(account)


def test_a_value_lost_at_a_first_meeting_is_shown_though_the_record_moves_meanwhile():
    rig = Rig()
    account = rig.new_account("Acme", Fax="555-0101", BillingCity="Oakland")
    customer = rig.new_customer("Acme", Fax={"FreeFormNumber": "555-0102"})
    rig.meanwhile(SF, "/composite$", lambda: rig.edit_account(account, Industry="Energy"))

    rig.settle(rig.account_changed(account))

    assert rig.customer(customer)["Fax"]["FreeFormNumber"] == "555-0101"
    assert '"555-0102"' in rig.message(account)
    rig.assert_agreed(account)


def test_a_contact_that_a_person_adds_before_ours_was_made_meets_its_values_for_the_first_time():
    rig = Rig()
    customer = rig.new_customer("Acme", Mobile={"FreeFormNumber": "555-0101"})
    add = {"LastName": "Ruiz", "MobilePhone": "555-0102"}

    def add_contact() -> None:
        (account,) = rig.accounts()
        rig.in_salesforce("create", "Contact", fields={"AccountId": account["Id"], **add})

    rig.meanwhile(SF, "/sobjects$", add_contact, is_after=True)
    rig.plant(SF, {"kind": "collections:create"}, drop="after")

    rig.settle(rig.customer_changed(customer))

    (account,) = rig.accounts()
    assert rig.customer(customer)["Mobile"]["FreeFormNumber"] == "555-0102"
    assert '"555-0101"' in rig.message(account["Id"])
    rig.assert_agreed(account["Id"])
