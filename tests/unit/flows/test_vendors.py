"""Accounts of a vendor type are vendors in QuickBooks; each Account is one thing there."""

from dataclasses import replace
from typing import Any

import pytest

from bridge.mapping_files import read_mappings
from bridge.model import ChangeEvent, OutcomeStatus, PairState, System
from tests.rig import QB, SF, Rig

PERSON = {"FirstName": "Ada", "LastName": "Byron", "Email": "ada@mill.example"}


def new_vendor(rig: Rig, name: str = "Mill", **fields: Any) -> str:
    """Let a person add a vendor in QuickBooks."""
    fields = {"DisplayName": name, **fields}
    return str(rig.in_quickbooks("create", "Vendor", fields=fields)["Id"])


def vendor_changed(rig: Rig, record_id: str) -> ChangeEvent:
    """Return the event of a vendor."""
    return rig.quickbooks_changed("Vendor", record_id)


def edit_vendor(rig: Rig, record_id: str, **fields: Any) -> ChangeEvent:
    """Let a person edit a vendor; return the event."""
    rig.in_quickbooks("update", "Vendor", id=record_id, fields=fields)
    return vendor_changed(rig, record_id)


def vendors(rig: Rig) -> list[dict[str, Any]]:
    """Return all vendors, inactive ones included."""
    return rig.in_company("Vendor")


def linked(rig: Rig, name: str = "Mill", **fields: Any) -> tuple[str, str]:
    """Let a person add an Account of a vendor, bring it over, and return both ids."""
    account = rig.new_account(name, Type="Vendor", **fields)
    rig.settle(rig.account_changed(account))
    vendor = rig.pair(account, entity="vendor").quickbooks_id
    assert vendor is not None
    rig.quiet()
    return account, vendor


def test_account_of_a_vendor_type_becomes_a_vendor_and_no_customer():
    rig = Rig()
    account = rig.new_account(
        "Mill",
        Type="Supplier",
        Phone="555-0100",
        Website="https://mill.example",
        AccountNumber="K-17",
        Payment_Terms__c="Net 30",
        Vendor_1099__c=True,
        BillingStreet="1 Race",
        BillingCity="Ely",
        contact=PERSON,
    )

    rig.settle(rig.account_changed(account))

    (vendor,) = vendors(rig)
    assert (vendor["DisplayName"], vendor["AcctNum"]) == ("Mill", "K-17")
    assert (vendor["GivenName"], vendor["FamilyName"]) == ("Ada", "Byron")
    assert vendor["PrimaryEmailAddr"]["Address"] == "ada@mill.example"
    assert (vendor["TermRef"]["value"], vendor["Vendor1099"]) == ("3", True)
    assert (vendor["BillAddr"]["Line1"], vendor["BillAddr"]["City"]) == ("1 Race", "Ely")
    assert rig.customers() == []
    assert rig.account(account)["QuickBooks_Id__c"] == f"1:vendor:{vendor['Id']}"
    rig.assert_agreed(account)


def test_vendor_of_quickbooks_becomes_an_account_of_a_vendor_type_and_no_customer():
    rig = Rig()
    vendor = new_vendor(
        rig,
        GivenName="Ada",
        FamilyName="Byron",
        PrimaryEmailAddr={"Address": "ada@mill.example"},
        Vendor1099=True,
        TermRef={"value": "4"},
    )

    rig.settle(vendor_changed(rig, vendor))

    (account,) = rig.accounts()
    assert (account["Name"], account["Type"], account["Vendor_1099__c"]) == ("Mill", "Vendor", True)
    assert account["Payment_Terms__c"] == "Net 60"
    assert rig.contact(account["Id"])["Email"] == "ada@mill.example"
    rig.assert_agreed(account["Id"])
    assert rig.customers() == []


def test_edits_of_a_vendor_travel_both_ways():
    rig = Rig()
    account, vendor = linked(rig, contact=PERSON)

    rig.settle(rig.edit_account(account, Name="Mill & Sons"))
    rig.settle(rig.edit_contact(account, MobilePhone="555-0150"))
    rig.settle(edit_vendor(rig, vendor, AcctNum="K-18", Vendor1099=True))

    (row,) = vendors(rig)
    assert (row["DisplayName"], row["Mobile"]["FreeFormNumber"]) == ("Mill & Sons", "555-0150")
    assert rig.account(account)["AccountNumber"] == "K-18"
    assert rig.account(account)["Vendor_1099__c"] is True
    rig.assert_agreed(account)


def test_deleted_account_of_a_vendor_makes_it_inactive_and_an_undeletion_active_again():
    rig = Rig()
    account, vendor = linked(rig)

    rig.settle(rig.delete_account(account))
    assert vendors(rig)[0]["Active"] is False
    rig.in_salesforce("undelete", id=account)
    rig.settle(rig.account_changed(account))

    assert (vendors(rig)[0]["Id"], vendors(rig)[0]["Active"]) == (vendor, True)
    rig.assert_agreed(account)


def test_of_several_addresses_of_a_vendor_the_first_is_its_contacts():
    rig = Rig()
    many = ", ".join(f"clerk{number}@mill.example" for number in range(5))[:100]
    vendor = new_vendor(rig, FamilyName="Byron", PrimaryEmailAddr={"Address": many})

    rig.settle(vendor_changed(rig, vendor))

    (account,) = rig.accounts()
    assert rig.contact(account["Id"])["Email"] == "clerk0@mill.example"
    assert vendors(rig)[0]["PrimaryEmailAddr"]["Address"] == many
    rig.assert_agreed(account["Id"])


@pytest.mark.parametrize("phone", ["555-0100", None])
def test_vendor_and_account_of_one_name_are_linked(phone):
    rig = Rig()
    account = rig.new_account("Mill", Type="Vendor", Phone=phone)
    vendor = new_vendor(rig, "MILL", PrimaryPhone={"FreeFormNumber": "555-0100"})

    rig.settle(rig.account_changed(account))

    assert rig.pair(account, entity="vendor").quickbooks_id == vendor
    assert rig.account(account)["Phone"] == "555-0100"
    rig.assert_agreed(account)


def test_account_of_neither_type_takes_no_part():
    rig = Rig()
    account = rig.new_account("Mill", Type="Competitor")

    outcomes = rig.settle(rig.account_changed(account))

    assert [each.reason for each in outcomes] == ["condition_not_met"]
    assert rig.calls(QB) == {}
    assert rig.rows.rows == {}
    assert rig.status(account) == ""


def test_event_of_a_customer_leaves_no_row_and_no_outcome_of_a_vendor():
    rig = Rig()
    account = rig.new_account("Acme")

    outcomes = rig.settle(rig.account_changed(account))

    assert [each.entity for each in outcomes] == ["customer"]
    assert {key.entity for key in rig.rows.rows} == {"customer"}
    assert rig.calls(SF)["query"] == 2  # once more under the claim
    assert rig.calls(QB) == {"query": 1, "batch": 1}


def test_name_of_a_customer_is_a_conflict_of_the_vendor_in_plain_words():
    rig = Rig()
    rig.linked("Mill")
    account = rig.new_account("Mill", Type="Vendor")

    (outcome,) = rig.settle(rig.account_changed(account))

    assert (outcome.entity, outcome.reason) == ("vendor", "name_taken")
    assert "already uses this name for a customer" in rig.message(account)
    rig.settle(rig.edit_account(account, Name="Mill (vendor)"))
    rig.assert_agreed(account)


@pytest.mark.parametrize("lost", ["before", "after"])
def test_vendor_is_made_once_though_the_answer_is_lost_and_it_was_renamed_since(lost):
    rig = Rig()
    account = rig.new_account("Mill", Type="Vendor", Phone="555-0100")
    rig.plant(QB, {"kind": "batch"}, drop=lost)
    rig.sync_quietly(rig.account_changed(account))
    if lost == "after":
        edit_vendor(rig, vendors(rig)[0]["Id"], Fax={"FreeFormNumber": "555-0199"})

    rig.go_round()

    assert len(vendors(rig)) == 1
    assert rig.status(account) == "In sync"
    rig.assert_agreed(account)


def test_linked_customer_whose_account_becomes_a_vendor_stays_a_customer_and_says_so():
    rig = Rig()
    account, customer = rig.linked("Acme")

    rig.settle(rig.edit_account(account, Type="Vendor"))
    outcomes = rig.settle(rig.edit_account(account, Phone="555-0177"))

    assert {(each.entity, each.reason) for each in outcomes} == {
        ("customer", ""),
        ("vendor", "linked_as_other"),
    }
    assert rig.customer(customer)["PrimaryPhone"]["FreeFormNumber"] == "555-0177"
    assert vendors(rig) == []
    assert "does not meet the conditions" in rig.message(account)
    rig.assert_agreed(account)
    rig.settle(rig.edit_account(account, Type=None))
    assert rig.message(account) == ""


def test_vendor_is_not_made_where_the_account_has_changed_its_type_before_it_was_sent():
    rig = Rig()
    account = rig.new_account("Mill", Type="Vendor")
    rig.clock.advance(5)

    def reconsider() -> None:
        rig.edit_account(account, Type=None, Name="Mill & Sons")
        rig.sync(rig.account_changed(account))

    # Right before the second read, the one under the claim.
    rig.meanwhile(SF, "/query", reconsider, skip=1)
    rig.sync(rig.account_changed(account))
    rig.go_round()

    assert vendors(rig) == []
    assert [row["DisplayName"] for row in rig.customers()] == ["Mill & Sons"]
    rig.assert_agreed(account)


def test_account_of_a_vendor_that_changes_type_and_name_before_its_link_is_not_forgotten():
    rig = Rig()
    vendor = new_vendor(rig)

    def reconsider() -> None:
        account = rig.accounts()[0]["Id"]
        rig.sync(rig.edit_account(account, Type="Competitor", Name="Mill & Sons"))

    rig.meanwhile(SF, "/composite/sobjects$", reconsider, is_after=True)

    rig.sync(vendor_changed(rig, vendor))
    rig.go_round()

    (account,) = rig.accounts()
    assert account["Name"] == vendors(rig)[0]["DisplayName"]
    assert rig.pair(account["Id"], entity="vendor").quickbooks_id == vendor
    rig.assert_agreed(account["Id"])


def test_account_that_changes_type_and_phone_while_it_is_adopted_is_not_forgotten():
    rig = Rig()
    account, vendor = rig.new_account("Mill", Type="Vendor"), new_vendor(rig)
    rig.clock.advance(5)

    def reconsider() -> None:
        rig.sync(rig.edit_account(account, Type="Competitor", Phone="555-0177"))

    # Before the vendor of this name is looked for, and after the Account was read.
    rig.meanwhile(QB, "/query", reconsider)

    rig.sync(rig.account_changed(account))
    rig.go_round()

    assert rig.pair(account, entity="vendor").quickbooks_id == vendor
    assert vendors(rig)[0]["PrimaryPhone"]["FreeFormNumber"] == "555-0177"
    rig.assert_agreed(account)


def test_account_deleted_before_it_was_sent_makes_no_vendor():
    rig = Rig()
    account = rig.new_account("Mill", Type="Vendor")
    rig.clock.advance(5)
    rig.meanwhile(SF, "/query", lambda: rig.delete_account(account), skip=1)

    rig.sync(rig.account_changed(account))
    rig.go_round()

    assert vendors(rig) == []
    assert rig.pair(account, entity="vendor").state is PairState.NEW


def test_account_that_two_mappings_want_becomes_what_the_first_one_says():
    mappings = {name: replace(each, conditions={}) for name, each in read_mappings().items()}
    rig = Rig(mappings=mappings)
    account = rig.new_account("Acme")

    outcomes = rig.settle(rig.account_changed(account))

    assert {(each.entity, each.status) for each in outcomes} == {
        ("customer", OutcomeStatus.DONE),
        ("vendor", OutcomeStatus.SKIPPED),
    }
    assert vendors(rig) == []
    rig.assert_agreed(account)


def test_vendor_does_not_take_an_account_that_is_linked_to_a_customer():
    rig = Rig()
    account, customer = rig.linked("Acme")
    rig.in_quickbooks("deactivate", id=customer)
    rig.settle(rig.customer_changed(customer))
    rig.settle(rig.edit_account(account, Type="Vendor"))
    vendor = new_vendor(rig, "Acme")

    rig.settle(vendor_changed(rig, vendor))

    pointer = rig.pointer(vendor, entity="vendor")
    assert pointer.salesforce_id not in (None, account)
    assert rig.pair(account, entity="vendor").revision == 0


def test_invoice_of_a_vendor_waits_and_says_why():
    rig = Rig()
    account, _ = linked(rig)
    invoice = rig.in_salesforce(
        "create", "Invoice__c", fields={"Account__c": account, "Date__c": "2026-11-20"}
    )
    product = rig.in_salesforce("create", "Product2", fields={"Name": "Rose"})
    line = {"Invoice__c": invoice, "Product__c": product, "Quantity__c": 1, "Unit_Price__c": 5}
    rig.in_salesforce("create", "Invoice_Line__c", fields=line)

    outcomes = rig.sync_quietly(rig.account_changed(invoice, name="Invoice__c"))

    told = {each.entity: (each.status, each.reason) for each in outcomes}
    assert told["invoice"] == (OutcomeStatus.DEFERRED, "reference_not_linked")
    assert rig.in_company("Invoice") == []


def test_hundred_edits_of_vendors_and_customers_cost_one_read_of_salesforce():
    rig = Rig()
    accounts = [
        rig.new_account(f"Acme {n:03}", Type="Vendor" if n % 2 else None) for n in range(100)
    ]
    rig.settle(*(rig.account_changed(each) for each in accounts))
    rig.quiet()
    events = [rig.edit_account(each, Phone="555-0177") for each in accounts]

    rig.sync_quietly(*events)

    assert rig.calls(SF) == {"query": 1}
    assert rig.calls(System.QUICKBOOKS) == {"batch": 4}
    assert {row["PrimaryPhone"]["FreeFormNumber"] for row in vendors(rig)} == {"555-0177"}
