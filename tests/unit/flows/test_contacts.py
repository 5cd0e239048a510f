"""Of several contacts one travels, and what one holds is never mixed with another's."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from bridge.core.mapping import EntityMapping, Owner
from bridge.core.rules import PartRule
from bridge.mapping_files import read_mappings
from bridge.model import ChangeEvent, OutcomeStatus, PairState
from tests.rig import QB, SF, Rig

ADA = {"FirstName": "Ada", "LastName": "Byron", "Email": "ada@acme.example", "MobilePhone": "1"}
BOB = {"FirstName": "Bob", "LastName": "King", "Email": "bob@acme.example"}


def add_contact(rig: Rig, account: str, **fields: Any) -> str:
    """Let a person add a contact to an Account."""
    return rig.in_salesforce("create", "Contact", fields={"AccountId": account, **fields})


def edit(rig: Rig, contact: str, **fields: Any) -> ChangeEvent:
    """Let a person edit one contact; return the event."""
    rig.in_salesforce("update", "Contact", id=contact, fields=fields)
    return rig.account_changed(contact, name="Contact")


def two_contacts(rig: Rig) -> tuple[str, str, str, str]:
    """Return account, customer, and the ids of the primary contact and of another one."""
    account, customer = rig.linked("Acme", contact=ADA)
    first = str(rig.contact(account)["Id"])
    second = add_contact(rig, account, **BOB)
    rig.settle(rig.account_changed(second, name="Contact"))
    rig.settle(rig.customer_changed(customer))
    rig.quiet()
    return account, customer, first, second


def person(row: Mapping[str, Any]) -> tuple[str | None, ...]:
    """Return what a customer says of its contact."""
    email, mobile = row.get("PrimaryEmailAddr", {}), row.get("Mobile", {})
    names = (row.get("GivenName"), row.get("FamilyName"))
    return (*names, email.get("Address"), mobile.get("FreeFormNumber"))


def by(*choose: tuple[str, Any], owner: Owner | None = None) -> Mapping[str, EntityMapping]:
    """Return the mappings with another rule for the contact of a customer, or another owner."""
    mappings = read_mappings()
    mapping = mappings["customer"]
    rule = replace(mapping.rule_of("Contact"), choose=choose or mapping.rule_of("Contact").choose)
    fields = tuple(
        replace(each, owner=owner) if owner and each.part else each for each in mapping.fields
    )
    changed = replace(mapping, part_rules={"Contact": rule}, fields=fields)
    return {"customer": changed}


# Which one


def test_the_only_contact_is_the_primary_one_and_then_the_oldest():
    rig = Rig()
    account, customer, _, _ = two_contacts(rig)

    assert person(rig.customer(customer))[:2] == ("Ada", "Byron")
    rig.assert_agreed(account)


def test_marked_contact_takes_the_place_of_the_oldest_with_all_its_values():
    rig = Rig()
    account, customer, _, second = two_contacts(rig)

    rig.settle(edit(rig, second, Is_Primary__c=True))

    assert person(rig.customer(customer)) == ("Bob", "King", "bob@acme.example", None)
    rig.assert_agreed(account)


def test_of_two_marked_contacts_the_oldest_is_taken():
    rig = Rig()
    account, customer, first, second = two_contacts(rig)

    rig.settle(edit(rig, second, Is_Primary__c=True), edit(rig, first, Is_Primary__c=True))

    assert person(rig.customer(customer))[0] == "Ada"
    rig.assert_agreed(account)


def test_contact_is_chosen_by_a_role_however_many_there_are():
    rig = Rig(mappings=by(("Title", "Billing"), ("oldest", True)))
    account, customer = rig.linked("Acme", contact=ADA)
    for number in range(30):
        add_contact(rig, account, LastName=f"Clerk {number}")
    billing = add_contact(rig, account, Title="Billing", **BOB)

    rig.settle(rig.account_changed(billing, name="Contact"))

    assert person(rig.customer(customer))[0] == "Bob"
    rig.assert_agreed(account)


def test_without_a_rule_that_fits_no_contact_travels():
    rig = Rig(mappings=by(("Is_Primary__c", True), ("only", True)))
    account, customer = rig.linked("Acme", contact=ADA)
    second = add_contact(rig, account, **BOB)

    rig.settle(rig.account_changed(second, name="Contact"))

    assert person(rig.customer(customer)) == (None, None, None, None)
    rig.assert_agreed(account)


def test_contact_that_comes_from_quickbooks_is_marked_as_the_primary_one():
    rig = Rig()
    customer = rig.new_customer("Acme", GivenName="Ada", FamilyName="Byron")

    rig.settle(rig.customer_changed(customer))

    (contact,) = rig.accounts("Contact")
    assert contact["Is_Primary__c"] is True
    rig.assert_agreed(contact["AccountId"])


# Another one


@pytest.mark.parametrize("owner", [Owner.SALESFORCE, Owner.QUICKBOOKS, Owner.MANUAL])
def test_new_primary_contact_is_never_mixed_with_what_quickbooks_changed_of_the_old_one(owner):
    rig = Rig(mappings=by(owner=owner))
    account, customer, first, second = two_contacts(rig)
    theirs = rig.edit_customer(
        customer, PrimaryEmailAddr={"Address": "ada@new.example"}, FamilyName="Lovelace"
    )
    ours = edit(rig, second, Is_Primary__c=True)

    rig.settle(ours, theirs)

    assert person(rig.customer(customer)) == ("Bob", "King", "bob@acme.example", None)
    kept = {row["Id"]: row["LastName"] for row in rig.accounts("Contact")}
    assert kept == {first: "Byron", second: "King"}
    assert "Lovelace" in rig.message(account)
    assert "ada@new.example" in rig.message(account)
    rig.assert_agreed(account)


def test_new_primary_contact_of_the_same_family_name_does_not_get_the_others_edit():
    rig = Rig()
    account, customer, _, second = two_contacts(rig)
    rig.settle(edit(rig, second, LastName="Byron"))
    theirs = rig.edit_customer(customer, FamilyName="Lovelace")

    rig.settle(theirs, edit(rig, second, Is_Primary__c=True))

    assert rig.account(second, "Contact")["LastName"] == "Byron"
    assert person(rig.customer(customer))[:2] == ("Bob", "Byron")
    rig.assert_agreed(account)


def test_another_person_in_quickbooks_does_not_overwrite_the_contact():
    rig = Rig()
    account, customer = rig.linked("Acme", contact=ADA)
    theirs = rig.edit_customer(
        customer,
        GivenName="Carol",
        FamilyName="Smith",
        PrimaryEmailAddr={"Address": "carol@acme.example"},
        Fax={"FreeFormNumber": "555-0199"},
    )

    outcomes = rig.settle(theirs)

    contact = rig.contact(account)
    assert (contact["FirstName"], contact["Email"]) == ("Ada", "ada@acme.example")
    assert (outcomes[-1].status, outcomes[-1].reason) == (
        OutcomeStatus.CONFLICT,
        "contact_replaced",
    )
    assert "another person" in rig.message(account)
    assert rig.account(account)["Fax"] == "555-0199"
    assert person(rig.customer(customer))[0] == "Carol"


def test_conflict_of_persons_ends_with_the_new_one_in_salesforce():
    rig = Rig()
    account, customer = rig.linked("Acme", contact=ADA)
    changed = {"GivenName": "Carol", "FamilyName": "Smith"}
    rig.settle(rig.edit_customer(customer, **changed))
    carol = {"FirstName": "Carol", "LastName": "Smith", "Email": "carol@acme.example"}

    new = add_contact(rig, account, Is_Primary__c=True, **carol)
    rig.settle(rig.account_changed(new, name="Contact"))

    assert person(rig.customer(customer)) == ("Carol", "Smith", "carol@acme.example", None)
    assert {row["FirstName"] for row in rig.accounts("Contact")} == {"Ada", "Carol"}
    assert rig.pair(account).state is PairState.LINKED
    rig.assert_agreed(account)


def test_conflict_of_persons_ends_with_the_old_name_in_quickbooks():
    rig = Rig()
    account, customer = rig.linked("Acme", contact=ADA)
    rig.settle(rig.edit_customer(customer, GivenName="Carol", FamilyName="Smith"))

    rig.settle(rig.edit_customer(customer, GivenName="Ada", FamilyName="Byron"))

    assert rig.message(account) == ""
    rig.assert_agreed(account)


@pytest.mark.parametrize(
    ("contact", "names"),
    [
        (ADA, {"FamilyName": "King"}),  # one of two names: married
        (ADA, {"GivenName": "ADA", "FamilyName": "BYRON-KING"}),  # the other spelling of one
        ({"LastName": "Byron"}, {"FamilyName": "Byron-King"}),  # one name alone
        ({"LastName": "Byron"}, {"GivenName": "Ada", "FamilyName": "Byron"}),  # completed
    ],
)
def test_a_corrected_name_of_the_same_person_travels_to_the_contact(contact, names):
    rig = Rig()
    account, customer = rig.linked("Acme", contact=contact)

    rig.settle(rig.edit_customer(customer, **names))

    assert rig.contact(account)["LastName"] == names["FamilyName"]
    rig.assert_agreed(account)


def test_customer_that_is_met_with_another_contact_gets_all_of_the_owners():
    rig = Rig()
    account = rig.new_account("Acme", contact={"FirstName": "Bob", "LastName": "King"})
    customer = rig.new_customer(
        "Acme",
        GivenName="Ada",
        FamilyName="Byron",
        Mobile={"FreeFormNumber": "555-0150"},
    )

    rig.settle(rig.account_changed(account))

    assert person(rig.customer(customer)) == ("Bob", "King", None, None)
    assert rig.contact(account).get("MobilePhone") is None
    assert "555-0150" in rig.message(account)
    rig.assert_agreed(account)


def test_customer_that_is_met_with_another_contact_overwrites_nobody_where_it_is_the_owner():
    rig = Rig(mappings=by(owner=Owner.QUICKBOOKS))
    account = rig.new_account("Acme", contact=BOB | {"Email": None})
    rig.new_customer("Acme", GivenName="Ada", FamilyName="Byron")

    rig.settle(rig.account_changed(account))

    assert rig.contact(account)["FirstName"] == "Bob"
    assert rig.status(account) == "Conflict"
    assert "another person" in rig.message(account)


def test_a_primary_contact_that_changed_while_the_answer_was_lost_is_not_mixed():
    rig = Rig()
    account, customer, _, second = two_contacts(rig)
    rig.plant(QB, {"kind": "batch"}, drop="after")
    rig.sync_quietly(edit(rig, second, Is_Primary__c=True))
    rig.edit_customer(customer, Mobile={"FreeFormNumber": "555-0150"})

    rig.go_round()

    assert person(rig.customer(customer))[:3] == ("Bob", "King", "bob@acme.example")
    rig.assert_agreed(account)


def test_contact_that_is_deleted_gives_way_to_the_next_one():
    rig = Rig()
    account, customer, first, _ = two_contacts(rig)
    rig.in_salesforce("delete", "Contact", id=first)

    rig.settle(rig.account_changed(first, name="Contact"))

    assert person(rig.customer(customer)) == ("Bob", "King", "bob@acme.example", None)
    rig.assert_agreed(account)


def test_merged_contacts_leave_the_survivors_values():
    rig = Rig()
    account, customer, first, second = two_contacts(rig)
    rig.in_salesforce("merge", "Contact", id=first, into=second)

    rig.settle(rig.account_changed(first, name="Contact"), rig.account_changed(account))

    assert person(rig.customer(customer))[:2] == ("Bob", "King")
    rig.assert_agreed(account)


@pytest.mark.parametrize("owner", [Owner.SALESFORCE, Owner.QUICKBOOKS])
def test_primary_contact_of_the_account_that_others_were_merged_into_is_not_mixed(owner):
    rig = Rig(mappings=by(owner=owner))
    account, customer = rig.linked("Acme", contact=ADA)
    survivor = rig.in_salesforce("create", "Account", fields={"Name": "Acme and Sons"})
    bob = add_contact(rig, survivor, **BOB | {"LastName": "Byron"}, Is_Primary__c=True)
    theirs = rig.edit_customer(customer, PrimaryEmailAddr={"Address": "ada@new.example"})
    rig.in_salesforce("merge", id=account, into=survivor)

    rig.settle(theirs, rig.account_changed(account))

    assert rig.account(bob, "Contact")["Email"] == "bob@acme.example"
    assert person(rig.customer(customer)) == ("Bob", "Byron", "bob@acme.example", None)
    assert rig.status(survivor) == "In sync"


def test_edit_of_the_contact_that_quickbooks_made_us_add_travels_on():
    rig = Rig()
    account, customer = rig.linked("Acme")
    rig.settle(rig.edit_customer(customer, GivenName="Ada", FamilyName="Byron"))

    rig.settle(rig.edit_customer(customer, PrimaryEmailAddr={"Address": "ada@acme.example"}))

    assert rig.contact(account)["Email"] == "ada@acme.example"
    rig.assert_agreed(account)


# Another one, right after


def succeeded(rig: Rig, account: str) -> tuple[str, ChangeEvent]:
    """Let a person add another primary contact of the same family name; return it and the event."""
    contact = add_contact(rig, account, **BOB | {"LastName": "Byron"}, Is_Primary__c=True)
    for row in rig.accounts("Contact"):
        if row["AccountId"] == account and row["Id"] != contact:
            rig.in_salesforce("update", "Contact", id=row["Id"], fields={"Is_Primary__c": False})
    return contact, rig.account_changed(contact, name="Contact")


def call_at(rig: Rig, customer: str, number: str) -> ChangeEvent:
    """Let a person write another number of the contact into QuickBooks; return the event."""
    return rig.edit_customer(customer, Mobile={"FreeFormNumber": number})


def assert_not_mixed(rig: Rig, account: str, contact: str) -> None:
    """Check that a contact holds what its person has typed, and QuickBooks holds that as well."""
    customer = str(rig.pair(account).quickbooks_id)
    assert rig.account(contact, "Contact").get("MobilePhone") is None
    assert person(rig.customer(customer)) == ("Bob", "Byron", "bob@acme.example", None)
    rig.assert_agreed(account)


def test_contact_that_follows_one_just_made_with_its_account_does_not_get_the_others_edit():
    rig = Rig(mappings=by(owner=Owner.QUICKBOOKS))
    customer = rig.new_customer("Acme", GivenName="Ada", FamilyName="Byron")
    rig.sync_quietly(rig.customer_changed(customer))
    account = str(rig.accounts()[0]["Id"])

    contact, switched = succeeded(rig, account)
    rig.settle(switched, call_at(rig, customer, "555-0150"))

    assert_not_mixed(rig, account, contact)


def test_contact_that_follows_one_just_made_by_an_edit_does_not_get_the_others_edit():
    rig = Rig(mappings=by(owner=Owner.QUICKBOOKS))
    account, customer = rig.linked("Acme")
    rig.sync_quietly(rig.edit_customer(customer, GivenName="Ada", FamilyName="Byron"))
    assert rig.contact(account)["FirstName"] == "Ada"

    contact, switched = succeeded(rig, account)
    rig.settle(switched, call_at(rig, customer, "555-0150"))

    assert_not_mixed(rig, account, contact)


def test_contact_that_follows_while_the_answer_to_a_create_is_lost_does_not_get_the_others_edit():
    rig = Rig(mappings=by(owner=Owner.QUICKBOOKS))
    account = rig.new_account("Acme", contact=ADA)
    rig.plant(QB, {"kind": "batch"}, drop="after")
    rig.sync_quietly(rig.account_changed(account))

    contact, _ = succeeded(rig, account)
    call_at(rig, str(rig.customers()[0]["Id"]), "555-0150")
    rig.go_round()

    assert_not_mixed(rig, account, contact)


def test_contact_that_follows_while_the_answer_to_the_first_write_is_lost_does_not_get_the_edit():
    rig = Rig(mappings=by(owner=Owner.QUICKBOOKS))
    account, customer = rig.linked("Acme")
    ada = add_contact(rig, account, **ADA)
    rig.plant(QB, {"kind": "batch"}, drop="after")
    rig.sync_quietly(rig.account_changed(ada, name="Contact"))

    contact, _ = succeeded(rig, account)
    call_at(rig, customer, "555-0150")
    rig.go_round()

    assert_not_mixed(rig, account, contact)


@pytest.mark.parametrize("drop", ["before", "after"])
def test_contact_that_follows_the_one_that_was_met_does_not_get_what_that_one_was_to_get(drop):
    rig = Rig(mappings=by(owner=Owner.QUICKBOOKS))
    account = rig.new_account("Acme", contact=ADA | {"Email": None})
    rig.new_customer(
        "Acme", GivenName="Ada", FamilyName="Byron", Mobile={"FreeFormNumber": "555-0150"}
    )
    rig.plant(SF, {"kind": "composite"}, drop=drop)
    rig.sync_quietly(rig.account_changed(account))
    assert rig.pair(account).state is PairState.LINKED

    contact, _ = succeeded(rig, account)
    rig.go_round()

    assert_not_mixed(rig, account, contact)


def test_contact_of_a_create_that_came_to_nothing_says_nothing_of_the_customer_that_is_met():
    rig = Rig(mappings=by(owner=Owner.QUICKBOOKS))
    account = rig.new_account("Acme", contact=ADA)
    rig.plant(QB, {"kind": "batch_item:create"}, code="2010")
    rig.settle(rig.account_changed(account))
    assert rig.pair(account).quickbooks_id is None

    contact, switched = succeeded(rig, account)
    rig.new_customer(
        "Acme", GivenName="Bob", FamilyName="Byron", Mobile={"FreeFormNumber": "555-0150"}
    )
    rig.settle(switched)

    assert rig.account(contact, "Contact")["MobilePhone"] == "555-0150"
    rig.assert_agreed(account)


def test_contact_of_a_row_that_knows_none_counts_as_the_one_before():
    rig = Rig(mappings=by(owner=Owner.QUICKBOOKS))
    account, customer = rig.linked("Acme", contact=ADA)
    row = rig.pair(account)
    assert rig.rows.commit(replace(row, parts={}), rig.clock.now())

    contact, switched = succeeded(rig, account)
    rig.settle(switched, call_at(rig, customer, "555-0150"))

    assert rig.account(contact, "Contact")["MobilePhone"] == "555-0150"
    assert rig.pair(account).parts == {"Contact": contact}


# Without a rule


def test_rule_of_an_entity_without_one_is_the_oldest():
    assert PartRule().choose == ()
    rig = Rig(mappings={"customer": replace(read_mappings()["customer"], part_rules={})})
    account, customer = rig.linked("Acme", contact=ADA)
    rig.settle(rig.account_changed(add_contact(rig, account, **BOB), name="Contact"))

    assert person(rig.customer(customer))[0] == "Ada"
    assert rig.calls(SF).keys() <= {"query"}
