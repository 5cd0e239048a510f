"""An edit on one side reaches the other, and touches nothing else there."""

import pytest

from bridge.model import OutcomeStatus
from tests.rig import QB, SF, Rig

PERSON = {"FirstName": "Ada", "LastName": "Byron", "Email": "ada@acme.example"}


def test_edit_in_salesforce_sends_only_the_changed_field():
    rig = Rig()
    account, customer = rig.linked("Acme", contact=PERSON, Phone="555-0100", Website="acme.example")

    rig.settle(rig.edit_account(account, Phone="555-0177"))

    (sent,) = rig.wires[QB].bodies()
    assert sent == {
        "PrimaryPhone": {"FreeFormNumber": "555-0177"},
        "Id": customer,
        "SyncToken": "0",
        "sparse": True,
    }
    assert rig.wires[SF].bodies() == []
    rig.assert_agreed(account)


def test_edit_in_quickbooks_sends_only_the_changed_field():
    rig = Rig()
    account, customer = rig.linked("Acme", contact=PERSON, Phone="555-0100", Website="acme.example")

    rig.settle(rig.edit_customer(customer, PrimaryPhone={"FreeFormNumber": "555-0177"}))

    (sent,) = rig.wires[SF].bodies()
    assert sent == {"Phone": "555-0177"}
    assert rig.wires[QB].bodies() == []
    rig.assert_agreed(account)


def test_edit_in_salesforce_costs_no_read_of_quickbooks():
    rig = Rig()
    account, _ = rig.linked("Acme")

    rig.settle(rig.edit_account(account, Phone="555-0177"))

    assert rig.calls(QB) == {"batch": 1}
    assert rig.pace.metered == 1  # the search of the create; nothing since


def test_edit_of_the_contact_reaches_the_customer():
    rig = Rig()
    account, customer = rig.linked("Acme", contact=PERSON)

    rig.settle(rig.edit_contact(account, Email="countess@acme.example", LastName="Lovelace"))

    assert rig.customer(customer)["PrimaryEmailAddr"]["Address"] == "countess@acme.example"
    assert rig.customer(customer)["FamilyName"] == "Lovelace"
    rig.assert_agreed(account)


def test_contact_is_made_when_an_email_appears_in_quickbooks():
    rig = Rig()
    account, customer = rig.linked("Acme")
    event = rig.edit_customer(customer, PrimaryEmailAddr={"Address": "info@acme.example"})

    rig.settle(event)

    contact = rig.contact(account)
    assert (contact["Email"], contact["LastName"]) == ("info@acme.example", "[not provided]")
    rig.assert_agreed(account)


def test_last_name_that_is_taken_away_in_quickbooks_leaves_the_placeholder():
    rig = Rig()
    account, customer = rig.linked("Acme", contact=PERSON)

    rig.settle(rig.edit_customer(customer, FamilyName=""))

    assert rig.contact(account)["LastName"] == "[not provided]"
    rig.assert_agreed(account)


def test_value_that_is_emptied_is_emptied_on_the_other_side():
    rig = Rig()
    account, customer = rig.linked("Acme", Phone="555-0100", Fax="555-0101", contact=PERSON)

    rig.settle(rig.edit_account(account, Phone=None))
    rig.settle(rig.edit_customer(customer, Fax={}, PrimaryEmailAddr={}))

    assert "PrimaryPhone" not in rig.customer(customer)
    assert not rig.account(account).get("Fax")
    assert not rig.contact(account).get("Email")
    rig.assert_agreed(account)


def test_address_is_written_whole():
    rig = Rig()
    account, customer = rig.linked(
        "Acme",
        BillingStreet="1 Main Street\nFloor 2",
        BillingCity="Oakland",
        BillingState="CA",
        BillingPostalCode="94601",
        BillingCountry="USA",
    )

    rig.settle(rig.edit_account(account, BillingCity="Fremont"))

    address = rig.customer(customer)["BillAddr"]
    assert (address["Line1"], address["Line2"]) == ("1 Main Street", "Floor 2")
    assert (address["City"], address["CountrySubDivisionCode"]) == ("Fremont", "CA")
    assert (address["PostalCode"], address["Country"]) == ("94601", "USA")
    rig.assert_agreed(account)


def test_lines_of_a_street_beyond_the_fifth_are_joined():
    rig = Rig()
    account, customer = rig.linked("Acme", BillingStreet="a\nb\nc\nd\ne\nf")

    assert rig.customer(customer)["BillAddr"]["Line5"] == "e, f"
    assert rig.account(account)["BillingStreet"] == "a\nb\nc\nd\ne\nf"
    rig.assert_agreed(account)


def test_fields_that_are_not_mapped_are_left_alone():
    rig = Rig()
    account, customer = rig.linked("Acme", Industry="Banking")
    rig.edit_customer(customer, CompanyName="Acme Inc.", ResaleNum="R-1")

    rig.settle(rig.edit_account(account, Phone="555-0177", Rating="Hot"))
    rig.settle(rig.edit_customer(customer, Fax={"FreeFormNumber": "555-0101"}))

    kept = rig.customer(customer)
    assert (kept["CompanyName"], kept["ResaleNum"]) == ("Acme Inc.", "R-1")
    assert rig.account(account)["Industry"] == "Banking"
    rig.assert_agreed(account)


def test_different_fields_edited_on_both_sides_both_survive():
    rig = Rig()
    account, customer = rig.linked("Acme", contact=PERSON, Phone="555-0100")

    ours = rig.edit_account(account, Phone="555-0177")
    theirs = rig.edit_customer(customer, Fax={"FreeFormNumber": "555-0188"}, GivenName="Augusta")
    rig.settle(ours, theirs)

    assert rig.customer(customer)["PrimaryPhone"]["FreeFormNumber"] == "555-0177"
    assert rig.account(account)["Fax"] == "555-0188"
    assert rig.contact(account)["FirstName"] == "Augusta"
    assert rig.message(account) == ""
    rig.assert_agreed(account)


def test_different_parts_of_one_address_edited_on_both_sides_both_survive():
    rig = Rig()
    account, customer = rig.linked("Acme", BillingStreet="1 Main Street", BillingCity="Oakland")

    ours = rig.edit_account(account, BillingCity="Fremont")
    theirs = rig.edit_customer(customer, BillAddr={"Line1": "2 Side Road", "City": "Oakland"})
    rig.settle(ours, theirs)

    kept = rig.account(account)
    assert (kept["BillingStreet"], kept["BillingCity"]) == ("2 Side Road", "Fremont")
    address = rig.customer(customer)["BillAddr"]
    assert (address["Line1"], address["City"]) == ("2 Side Road", "Fremont")
    rig.assert_agreed(account)


@pytest.mark.parametrize("order", [0, 1, 2])
def test_edits_of_both_sides_meet_whatever_the_order_of_their_events(order):
    rig = Rig()
    account, customer = rig.linked("Acme")
    ours = rig.edit_account(account, Phone="555-0177")
    theirs = rig.edit_customer(customer, Fax={"FreeFormNumber": "555-0188"})

    for batch in ([[ours], [theirs]], [[theirs], [ours]], [[theirs, ours]])[order]:
        rig.settle(*batch)

    assert rig.customer(customer)["PrimaryPhone"]["FreeFormNumber"] == "555-0177"
    assert rig.account(account)["Fax"] == "555-0188"
    rig.assert_agreed(account)


def test_event_of_either_side_brings_both_edits_over():
    rig = Rig()
    account, customer = rig.linked("Acme")
    rig.edit_account(account, Phone="555-0177")
    theirs = rig.edit_customer(customer, Fax={"FreeFormNumber": "555-0188"})

    rig.settle(theirs)

    assert rig.customer(customer)["PrimaryPhone"]["FreeFormNumber"] == "555-0177"
    assert rig.account(account)["Fax"] == "555-0188"
    rig.assert_agreed(account)


def test_equal_edits_on_both_sides_write_nothing():
    rig = Rig()
    account, customer = rig.linked("Acme")

    ours = rig.edit_account(account, Phone="555-0177")
    theirs = rig.edit_customer(customer, PrimaryPhone={"FreeFormNumber": "555-0177"})
    outcomes = rig.settle(ours, theirs)

    assert rig.writes() == 0
    assert [outcome.status for outcome in outcomes] == [OutcomeStatus.SKIPPED]
    rig.settle(rig.edit_account(account, Phone="555-0166"))
    assert rig.customer(customer)["PrimaryPhone"]["FreeFormNumber"] == "555-0166"
    rig.assert_agreed(account)


def test_echo_of_our_own_write_ends_as_a_skip():
    rig = Rig()
    account, customer = rig.linked("Acme")
    rig.settle(rig.edit_account(account, Phone="555-0177"))
    rig.writes()

    outcomes = rig.sync_quietly(rig.customer_changed(customer), rig.account_changed(account))

    assert [outcome.status for outcome in outcomes] == [OutcomeStatus.SKIPPED]
    assert rig.writes() == 0


def test_edit_that_quickbooks_makes_by_itself_is_no_edit():
    rig = Rig()
    account, customer = rig.linked("Acme", Phone="555-0100")

    rig.in_quickbooks("touch", id=customer)
    rig.settle(rig.customer_changed(customer))
    assert rig.writes() == 0
    rig.in_quickbooks("touch", id=customer)
    rig.settle(rig.edit_account(account, Phone="555-0177"))

    assert rig.customer(customer)["PrimaryPhone"]["FreeFormNumber"] == "555-0177"
    rig.assert_agreed(account)


def test_our_own_line_in_the_notes_is_never_shown_and_never_lost():
    rig = Rig()
    account, customer = rig.linked("Acme", Description="Pays late")

    rig.settle(rig.edit_account(account, Description="Pays on time"))
    assert rig.customer(customer)["Notes"] == f"Pays on time\nSalesforce {account}"
    rig.settle(rig.edit_customer(customer, Notes=f"Pays early\nSalesforce {account}"))
    assert rig.account(account)["Description"] == "Pays early"
    rig.settle(rig.edit_customer(customer, Notes="No marker any more"))

    assert rig.account(account)["Description"] == "No marker any more"
    rig.assert_agreed(account)


def test_long_description_is_never_cut_in_salesforce():
    rig = Rig()
    text = "x" * 1990 + " the end of a long story"
    account, customer = rig.linked("Acme", Description=text)
    assert rig.customer(customer)["Notes"] == "x" * 1950 + f"\nSalesforce {account}"

    rig.settle(rig.edit_account(account, Phone="555-0177"))
    rig.settle(rig.edit_customer(customer, Fax={"FreeFormNumber": "555-0188"}))
    rig.settle(rig.edit_customer(customer, Notes=f"short\nSalesforce {account}"))

    assert rig.account(account)["Description"] == text
    assert rig.customer(customer)["Notes"] == "x" * 1950 + f"\nSalesforce {account}"
    assert 'QuickBooks had "short"' in rig.message(account)
    rig.assert_agreed(account)


def test_long_phone_is_never_cut_in_salesforce():
    rig = Rig()
    phone = "+1 (555) 555-0100 extension 123456789"
    account, customer = rig.linked("Acme", Phone=phone)

    rig.settle(rig.edit_account(account, Website="acme.example"))

    assert rig.account(account)["Phone"] == phone
    assert rig.customer(customer)["PrimaryPhone"]["FreeFormNumber"] == phone[:30].strip()
    rig.assert_agreed(account)


def test_rename_travels_both_ways():
    rig = Rig()
    account, customer = rig.linked("Acme")

    rig.settle(rig.edit_account(account, Name="Acme East"))
    assert rig.customer(customer)["DisplayName"] == "Acme East"
    rig.settle(rig.edit_customer(customer, DisplayName="Acme West"))

    assert rig.account(account)["Name"] == "Acme West"
    rig.assert_agreed(account)


def test_payment_terms_travel_both_ways():
    rig = Rig()
    account, customer = rig.linked("Acme", Payment_Terms__c="Net 30")

    rig.settle(rig.edit_customer(customer, SalesTermRef={"value": "4"}))
    assert rig.account(account)["Payment_Terms__c"] == "Net 60"
    rig.settle(rig.edit_account(account, Payment_Terms__c=None))

    assert "SalesTermRef" not in rig.customer(customer)
    rig.assert_agreed(account)


def test_contact_that_is_deleted_takes_its_values_out_of_quickbooks():
    rig = Rig()
    account, customer = rig.linked("Acme", contact=PERSON)
    contact = rig.contact(account)["Id"]
    rig.in_salesforce("delete", "Contact", id=contact)

    rig.settle(rig.account_changed(contact, name="Contact"))

    assert "PrimaryEmailAddr" not in rig.customer(customer)
    assert "FamilyName" not in rig.customer(customer)
    rig.assert_agreed(account)


def test_second_contact_changes_nothing():
    rig = Rig()
    account, customer = rig.linked("Acme", contact=PERSON)
    second = rig.in_salesforce(
        "create", "Contact", fields={"AccountId": account, "LastName": "Zoe"}
    )

    rig.settle(rig.account_changed(second, name="Contact"))

    assert rig.customer(customer)["FamilyName"] == "Byron"
    assert rig.writes() == 0
