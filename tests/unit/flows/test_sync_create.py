"""A record that is new on one side gets its one counterpart on the other."""

import pytest

from bridge.model import OutcomeStatus, PairState
from tests.rig import QB, SF, Rig

PERSON = {"FirstName": "Ada", "LastName": "Byron", "Email": "ada@acme.example"}


def test_new_account_with_its_contact_becomes_a_customer():
    rig = Rig()
    account = rig.new_account(
        "Acme",
        contact={**PERSON, "MobilePhone": "555-0199"},
        Phone="555-0100",
        Payment_Terms__c="Net 30",
        BillingStreet="1 Main Street\r\nFloor 2",
        BillingCity="Oakland",
    )

    outcomes = rig.sync(rig.account_changed(account))

    (customer,) = rig.customers()
    assert [outcome.status for outcome in outcomes] == [OutcomeStatus.DONE]
    assert customer["DisplayName"] == "Acme"
    assert (customer["GivenName"], customer["FamilyName"]) == ("Ada", "Byron")
    assert customer["PrimaryEmailAddr"]["Address"] == "ada@acme.example"
    assert customer["Mobile"]["FreeFormNumber"] == "555-0199"
    assert customer["PrimaryPhone"]["FreeFormNumber"] == "555-0100"
    assert customer["SalesTermRef"]["value"] == "3"
    assert customer["BillAddr"]["Line1"] == "1 Main Street"
    assert customer["BillAddr"]["Line2"] == "Floor 2"
    assert customer["BillAddr"]["City"] == "Oakland"
    rig.assert_agreed(account)


def test_customer_made_from_an_account_carries_its_marker():
    rig = Rig()
    account = rig.new_account("Acme", Description="Pays late")

    rig.sync(rig.account_changed(account))

    assert rig.customers()[0]["Notes"] == f"Pays late\nSalesforce {account}"
    assert rig.account(account)["Description"] == "Pays late"


def test_new_account_shows_its_quickbooks_id_and_status():
    rig = Rig()

    account, customer = rig.linked("Acme")

    assert rig.account(account)["QuickBooks_Id__c"] == f"1:customer:{customer}"
    assert rig.status(account) == "In sync"
    assert rig.message(account) == ""


def test_new_customer_becomes_an_account_with_a_contact():
    rig = Rig()
    customer = rig.new_customer(
        "Acme",
        GivenName="Ada",
        FamilyName="Byron",
        PrimaryEmailAddr={"Address": "ada@acme.example"},
        PrimaryPhone={"FreeFormNumber": "555-0100"},
        SalesTermRef={"value": "2"},
        ShipAddr={"Line1": "2 Dock Road", "City": "Oakland"},
    )

    outcomes = rig.sync(rig.customer_changed(customer))

    (account,) = rig.accounts()
    assert [outcome.status for outcome in outcomes] == [OutcomeStatus.DONE]
    assert account["Name"] == "Acme"
    assert account["Phone"] == "555-0100"
    assert account["Payment_Terms__c"] == "Net 15"
    assert (account["ShippingStreet"], account["ShippingCity"]) == ("2 Dock Road", "Oakland")
    assert account["QuickBooks_Id__c"] == f"1:customer:{customer}"
    contact = rig.contact(account["Id"])
    assert {name: contact[name] for name in PERSON} == PERSON
    rig.assert_agreed(account["Id"])


def test_customer_made_by_a_person_gets_no_marker():
    rig = Rig()
    customer = rig.new_customer("Acme", Notes="Pays late")

    rig.settle(rig.customer_changed(customer))

    assert rig.customer(customer)["Notes"] == "Pays late"
    assert rig.customer(customer)["SyncToken"] == "0"


def test_customer_without_a_person_becomes_an_account_without_a_contact():
    rig = Rig()
    customer = rig.new_customer("Acme", PrimaryPhone={"FreeFormNumber": "555-0100"})

    rig.sync(rig.customer_changed(customer))

    assert len(rig.accounts()) == 1
    assert rig.accounts("Contact") == []


def test_contact_without_a_last_name_says_that_it_was_not_provided():
    rig = Rig()
    customer = rig.new_customer("Acme", PrimaryEmailAddr={"Address": "info@acme.example"})

    rig.sync(rig.customer_changed(customer))

    account = rig.accounts()[0]["Id"]
    assert rig.contact(account)["LastName"] == "[not provided]"
    rig.assert_agreed(account)
    assert "FamilyName" not in rig.customer(customer)


@pytest.mark.parametrize("times", [1, 3])
def test_repeated_event_of_a_new_record_makes_nothing_more(times):
    rig = Rig()
    account, customer = rig.new_account("Acme"), rig.new_customer("Other")
    events = [rig.account_changed(account), rig.customer_changed(customer)]
    rig.settle(*events)
    rig.writes()

    for _ in range(times):
        outcomes = rig.sync(*events)

    assert rig.writes() == 0
    assert {outcome.status for outcome in outcomes} == {OutcomeStatus.SKIPPED}
    assert (len(rig.accounts()), len(rig.customers())) == (2, 2)


def test_events_of_account_and_contact_in_one_batch_make_one_customer():
    rig = Rig()
    account = rig.new_account("Acme", contact=PERSON)
    contact = rig.contact(account)["Id"]

    outcomes = rig.sync(
        rig.account_changed(contact, name="Contact"),
        rig.account_changed(account),
        rig.account_changed(account),
    )

    assert len(outcomes) == 1
    assert len(rig.customers()) == 1


def test_contact_that_arrives_after_its_account_reaches_the_customer():
    rig = Rig()
    account, customer = rig.linked("Acme")
    contact = rig.in_salesforce("create", "Contact", fields={"AccountId": account, **PERSON})

    rig.settle(rig.account_changed(contact, name="Contact"))

    assert rig.customer(customer)["PrimaryEmailAddr"]["Address"] == PERSON["Email"]
    rig.assert_agreed(account)


def test_project_stays_in_quickbooks():
    rig = Rig()
    parent = rig.new_customer("Acme")
    project = rig.new_customer("Kitchen", Job=True, ParentRef={"value": parent}, IsProject=True)

    outcomes = rig.sync(rig.customer_changed(project))

    assert [outcome.reason for outcome in outcomes] == ["condition_not_met"]
    assert rig.accounts() == []


def test_inactive_customer_without_an_account_stays_in_quickbooks():
    rig = Rig()
    customer = rig.new_customer("Acme")
    rig.in_quickbooks("deactivate", id=customer)

    outcomes = rig.sync(rig.customer_changed(customer))

    assert [outcome.reason for outcome in outcomes] == ["inactive_before_link"]
    assert rig.accounts() == []


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Acme: West", "Acme West"),
        ("Acme  West", "Acme West"),
        ("Acme West ", "Acme West"),
        ("O'Brien & Söhne \\ Co", "O'Brien & Söhne \\ Co"),
    ],
)
def test_name_that_quickbooks_would_refuse_or_change_is_sent_as_it_can_be(typed, kept):
    rig = Rig()

    account, customer = rig.linked(typed)

    assert rig.customer(customer)["DisplayName"] == kept
    assert rig.account(account)["Name"].strip() == typed.strip()
    rig.assert_agreed(account)


def test_webhook_of_the_customer_just_made_leads_to_its_account():
    rig = Rig()
    account = rig.new_account("Acme")

    rig.sync(rig.account_changed(account))
    outcomes = rig.sync(rig.customer_changed("1"))

    assert [outcome.status for outcome in outcomes] == [OutcomeStatus.SKIPPED]
    assert len(rig.accounts()) == 1


@pytest.mark.parametrize("edit", [{}, {"DisplayName": "Renamed"}, {"Active": False}])
def test_webhook_that_arrives_while_the_create_is_claimed_waits_for_it(edit):
    rig = Rig()
    account = rig.new_account("Acme")
    outcomes = []

    def arrive():
        if edit:
            rig.in_quickbooks("update", id="1", fields=edit)
        outcomes.extend(rig.sync(rig.customer_changed("1")))

    rig.meanwhile(QB, "/batch$", arrive, is_after=True)

    rig.sync(rig.account_changed(account))
    rig.go_round()

    assert [outcome.reason for outcome in outcomes] == ["claimed"]
    assert len(rig.accounts()) == 1
    assert len(rig.customers()) == 1
    assert rig.pair(account).quickbooks_id == "1"
    rig.quiet()
    rig.sync(*rig.every_event())
    assert rig.account(account)["Name"] == edit.get("DisplayName", "Acme")


def test_event_of_the_account_just_made_waits_for_its_link():
    rig = Rig()
    customer = rig.new_customer("Acme")
    outcomes = []

    def arrive():
        account = rig.accounts()[0]["Id"]
        outcomes.extend(rig.sync(rig.account_changed(account)))

    rig.meanwhile(SF, "/composite/sobjects$", arrive, is_after=True)

    rig.sync(rig.customer_changed(customer))
    rig.go_round()

    assert [outcome.reason for outcome in outcomes] == ["claimed"]
    assert (len(rig.accounts()), len(rig.customers())) == (1, 1)
    rig.assert_agreed(rig.accounts()[0]["Id"])


def test_account_deleted_before_its_link_is_not_forgotten():
    rig = Rig()
    customer = rig.new_customer("Acme")

    def delete():
        rig.sync(rig.delete_account(rig.accounts()[0]["Id"]))

    rig.meanwhile(SF, "/composite/sobjects$", delete, is_after=True)

    rig.sync(rig.customer_changed(customer))
    rig.go_round()

    assert rig.accounts() == []
    assert rig.customer(customer)["Active"] is False
    assert rig.pointer(customer).salesforce_id is not None


def test_customer_edited_before_its_link_is_decided_again():
    rig = Rig()
    account = rig.new_account("Acme")

    def look_and_edit():
        # Without its marker the customer is looked at as one of a person's own.
        rig.in_quickbooks(
            "update",
            id="1",
            fields={"Notes": "", "Active": False, "PrimaryPhone": {"FreeFormNumber": "555-0177"}},
        )
        rig.sync(rig.customer_changed("1"))

    rig.meanwhile(QB, "/batch$", look_and_edit, is_after=True)

    rig.sync(rig.account_changed(account))
    rig.go_round()

    pair = rig.pair(account)
    assert (pair.quickbooks_id, pair.state) == ("1", PairState.TOMB)
    assert rig.status(account) == "Inactive in QuickBooks"


def test_two_customers_and_two_accounts_arriving_together_make_four_pairs():
    rig = Rig()
    accounts = [rig.new_account(name) for name in ("A", "B")]
    customers = [rig.new_customer(name) for name in ("C", "D")]

    rig.settle(
        *(rig.account_changed(each) for each in accounts),
        *(rig.customer_changed(each) for each in customers),
    )

    assert sorted(row["Name"] for row in rig.accounts()) == ["A", "B", "C", "D"]
    assert sorted(row["DisplayName"] for row in rig.customers()) == ["A", "B", "C", "D"]
    rig.assert_agreed(*(row["Id"] for row in rig.accounts()))
