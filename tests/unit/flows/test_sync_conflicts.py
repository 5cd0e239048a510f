"""The same field edited on both sides: its owner wins, and the other value is never lost unseen."""

from dataclasses import replace

import pytest

from bridge.core.mapping import EntityMapping, Owner
from bridge.core.messages import NOTE
from bridge.mapping_files import read_mappings
from bridge.model import OutcomeStatus
from tests.rig import QB, SF, Rig

MANUAL = {"website", "billing_city"}


def manual_mappings() -> dict[str, EntityMapping]:
    """Return the mappings with some fields that only a person settles."""
    mapping = read_mappings()["customer"]
    fields = tuple(
        replace(each, owner=Owner.MANUAL) if each.name in MANUAL else each
        for each in mapping.fields
    )
    return {"customer": replace(mapping, fields=fields)}


def contest_phone(rig: Rig) -> tuple[str, str]:
    """Let a field that Salesforce owns be edited on both sides."""
    account, customer = rig.linked("Acme", Phone="555-0100")
    ours = rig.edit_account(account, Phone="555-0177")
    theirs = rig.edit_customer(customer, PrimaryPhone={"FreeFormNumber": "555-0188"})
    rig.settle(ours, theirs)
    return account, customer


def test_field_that_salesforce_owns_keeps_its_value_and_shows_the_other():
    rig = Rig()

    account, customer = contest_phone(rig)

    assert rig.account(account)["Phone"] == "555-0177"
    assert rig.customer(customer)["PrimaryPhone"]["FreeFormNumber"] == "555-0177"
    assert rig.status(account) == "In sync"
    assert rig.message(account) == (
        f'{NOTE}Phone was changed on both sides. Kept "555-0177"; QuickBooks had "555-0188".'
    )
    rig.assert_agreed(account)


def test_field_that_quickbooks_owns_keeps_its_value_and_shows_the_other():
    rig = Rig()
    account, customer = rig.linked("Acme", BillingCity="Oakland")

    ours = rig.edit_account(account, BillingCity="Fremont")
    theirs = rig.edit_customer(customer, BillAddr={"City": "Berkeley"})
    rig.settle(ours, theirs)

    assert rig.account(account)["BillingCity"] == "Berkeley"
    assert rig.customer(customer)["BillAddr"]["City"] == "Berkeley"
    assert rig.message(account) == (
        f'{NOTE}Billing city was changed on both sides. Kept "Berkeley"; Salesforce had "Fremont".'
    )
    rig.assert_agreed(account)


def test_value_that_was_emptied_and_lost_is_shown_as_nothing():
    rig = Rig()
    account, customer = rig.linked("Acme", Phone="555-0100")

    ours = rig.edit_account(account, Phone="555-0177")
    theirs = rig.edit_customer(customer, PrimaryPhone={})
    rig.settle(ours, theirs)

    assert "QuickBooks had nothing" in rig.message(account)
    assert rig.customer(customer)["PrimaryPhone"]["FreeFormNumber"] == "555-0177"


@pytest.mark.parametrize("drop", ["before", "after"])
def test_losing_value_is_shown_before_quickbooks_is_written(drop):
    rig = Rig()
    account, customer = rig.linked("Acme", Phone="555-0100")
    seen = []
    rig.meanwhile(QB, "/batch$", lambda: seen.append(rig.message(account)))
    rig.plant(QB, {"kind": "batch"}, drop=drop)

    ours = rig.edit_account(account, Phone="555-0177")
    theirs = rig.edit_customer(customer, PrimaryPhone={"FreeFormNumber": "555-0188"})
    rig.sync_quietly(ours, theirs)

    assert "555-0188" in seen[0]
    rig.go_round()
    assert "555-0188" in rig.message(account)
    assert rig.customer(customer)["PrimaryPhone"]["FreeFormNumber"] == "555-0177"
    rig.assert_agreed(account)


def test_quickbooks_is_not_overwritten_where_the_note_could_not_be_written():
    rig = Rig()
    account, customer = rig.linked("Acme", Phone="555-0100")
    rig.plant(SF, {"kind": "composite"}, drop="before")

    ours = rig.edit_account(account, Phone="555-0177")
    theirs = rig.edit_customer(customer, PrimaryPhone={"FreeFormNumber": "555-0188"})
    rig.sync_quietly(ours, theirs)

    assert rig.customer(customer)["PrimaryPhone"]["FreeFormNumber"] == "555-0188"
    rig.go_round()
    assert rig.customer(customer)["PrimaryPhone"]["FreeFormNumber"] == "555-0177"
    assert "555-0188" in rig.message(account)
    rig.assert_agreed(account)


def test_losing_value_travels_in_the_same_request_as_the_winning_one():
    rig = Rig()
    account, customer = rig.linked("Acme", BillingCity="Oakland")

    ours = rig.edit_account(account, BillingCity="Fremont")
    theirs = rig.edit_customer(customer, BillAddr={"City": "Berkeley"})
    rig.settle(ours, theirs)

    (sent,) = rig.wires[SF].bodies()
    assert sent["BillingCity"] == "Berkeley"
    assert "Fremont" in sent["QuickBooks_Sync_Message__c"]


def test_note_stays_after_later_edits_and_is_not_repeated():
    rig = Rig()
    account, customer = contest_phone(rig)
    note = rig.message(account)

    rig.settle(rig.edit_account(account, Website="acme.example"))
    rig.settle(rig.edit_customer(customer, Fax={"FreeFormNumber": "555-0199"}))
    rig.settle(*rig.every_event())

    assert rig.message(account) == note
    rig.assert_agreed(account)


def test_second_conflict_is_noted_above_the_first():
    rig = Rig()
    account, customer = contest_phone(rig)

    ours = rig.edit_account(account, Website="salesforce.example")
    theirs = rig.edit_customer(customer, WebAddr={"URI": "quickbooks.example"})
    rig.settle(ours, theirs)

    first, second = rig.message(account).split("\n")
    assert "quickbooks.example" in first
    assert "555-0188" in second
    rig.assert_agreed(account)


def test_endless_conflicts_never_make_the_message_too_long():
    rig = Rig()
    account, customer = rig.linked("Acme")

    for n in range(6):
        ours = rig.edit_account(account, Description=f"ours {n} " + "o" * 900)
        theirs = rig.edit_customer(customer, Notes=f"theirs {n} " + "t" * 900)
        rig.settle(ours, theirs)

    message = rig.message(account)
    assert len(message) <= 4000
    assert message.startswith(f"{NOTE}Description was changed on both sides. Kept")
    assert "theirs 5" in message
    assert rig.status(account) == "In sync"
    rig.assert_agreed(account)


def test_longest_losing_text_is_shown_whole():
    rig = Rig()
    account, customer = rig.linked("Acme")

    ours = rig.edit_account(account, Description="o" * 1940)
    theirs = rig.edit_customer(customer, Notes="t" * 1940)
    rig.settle(ours, theirs)

    assert "t" * 1940 in rig.message(account)
    rig.assert_agreed(account)


def test_conflict_in_one_field_does_not_hold_up_the_others():
    rig = Rig()
    account, customer = rig.linked("Acme", Phone="555-0100")

    ours = rig.edit_account(account, Phone="555-0177", Website="acme.example")
    theirs = rig.edit_customer(
        customer,
        PrimaryPhone={"FreeFormNumber": "555-0188"},
        Fax={"FreeFormNumber": "555-0199"},
    )
    rig.settle(ours, theirs)

    assert rig.customer(customer)["WebAddr"]["URI"] == "acme.example"
    assert rig.account(account)["Fax"] == "555-0199"
    rig.assert_agreed(account)


def test_field_that_only_a_person_settles_is_left_as_it_is_on_both_sides():
    rig = Rig(mappings=manual_mappings())
    account, customer = rig.linked("Acme", Website="acme.example", Phone="555-0100")

    ours = rig.edit_account(account, Website="ours.example", Phone="555-0177")
    theirs = rig.edit_customer(customer, WebAddr={"URI": "theirs.example"})
    outcomes = rig.settle(ours, theirs)

    assert rig.account(account)["Website"] == "ours.example"
    assert rig.customer(customer)["WebAddr"]["URI"] == "theirs.example"
    assert rig.customer(customer)["PrimaryPhone"]["FreeFormNumber"] == "555-0177"
    assert rig.status(account) == "Conflict"
    assert rig.message(account).startswith("Website was changed in Salesforce and in QuickBooks")
    assert [outcome.status for outcome in outcomes] == [OutcomeStatus.CONFLICT]
    assert outcomes[0].fields == ("website",)


def test_open_field_does_not_hide_later_edits_of_other_fields():
    rig = Rig(mappings=manual_mappings())
    account, customer = rig.linked("Acme", Website="acme.example")
    ours = rig.edit_account(account, Website="ours.example")
    theirs = rig.edit_customer(customer, WebAddr={"URI": "theirs.example"})
    rig.settle(ours, theirs)

    rig.edit_customer(customer, Fax={"FreeFormNumber": "555-0199"})
    rig.settle(rig.edit_account(account, Phone="555-0177"))

    assert rig.account(account)["Fax"] == "555-0199"
    assert rig.customer(customer)["PrimaryPhone"]["FreeFormNumber"] == "555-0177"
    assert rig.customer(customer)["WebAddr"]["URI"] == "theirs.example"
    assert rig.status(account) == "Conflict"


def test_open_field_of_an_address_survives_a_write_of_the_rest():
    rig = Rig(mappings=manual_mappings())
    account, customer = rig.linked("Acme", BillingCity="Oakland", BillingStreet="1 Main Street")
    ours = rig.edit_account(account, BillingCity="Fremont", BillingStreet="2 Main Street")
    theirs = rig.edit_customer(customer, BillAddr={"City": "Berkeley", "Line1": "1 Main Street"})

    rig.settle(ours, theirs)

    address = rig.customer(customer)["BillAddr"]
    assert (address["City"], address["Line1"]) == ("Berkeley", "2 Main Street")
    assert rig.account(account)["BillingCity"] == "Fremont"


@pytest.mark.parametrize("settles", [QB, SF])
def test_conflict_of_a_manual_field_ends_when_a_person_makes_both_equal(settles):
    rig = Rig(mappings=manual_mappings())
    account, customer = rig.linked("Acme", Website="acme.example")
    ours = rig.edit_account(account, Website="ours.example")
    theirs = rig.edit_customer(customer, WebAddr={"URI": "theirs.example"})
    rig.settle(ours, theirs)

    if settles is SF:
        rig.settle(rig.edit_account(account, Website="theirs.example"))
    else:
        rig.settle(rig.edit_customer(customer, WebAddr={"URI": "ours.example"}))

    assert rig.message(account) == ""
    rig.assert_agreed(account)


def test_back_to_the_agreed_value_on_one_side_lets_the_other_side_win():
    rig = Rig(mappings=manual_mappings())
    account, customer = rig.linked("Acme", Website="acme.example")
    ours = rig.edit_account(account, Website="ours.example")
    theirs = rig.edit_customer(customer, WebAddr={"URI": "theirs.example"})
    rig.settle(ours, theirs)

    rig.settle(rig.edit_account(account, Website="acme.example"))

    assert rig.account(account)["Website"] == "theirs.example"
    rig.assert_agreed(account)


def test_pair_without_its_fingerprint_key_goes_to_a_person_and_not_to_a_write():
    rig = Rig()
    account, customer = rig.linked("Acme", Phone="555-0100")
    rig.key_id = "k2"

    outcomes = rig.settle(rig.edit_account(account, Phone="555-0177"))

    assert [outcome.reason for outcome in outcomes] == ["fingerprint_key_missing"]
    assert rig.counted["FingerprintKeysMissing"] == 1
    assert rig.customer(customer)["PrimaryPhone"]["FreeFormNumber"] == "555-0100"
    assert rig.status(account) == "Conflict"


def test_equal_pair_without_its_fingerprint_key_gets_new_fingerprints():
    rig = Rig()
    account, customer = rig.linked("Acme", Phone="555-0100")
    rig.key_id = "k2"

    rig.settle(rig.account_changed(account))
    rig.settle(rig.edit_account(account, Phone="555-0177"))

    assert rig.customer(customer)["PrimaryPhone"]["FreeFormNumber"] == "555-0177"
    rig.assert_agreed(account)
