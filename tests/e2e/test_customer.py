"""A customer travels both ways."""

from tests.e2e.world import World


def test_account_with_its_contact_travels_to_quickbooks_and_an_edit_comes_back(
    live: World,
) -> None:
    account_id = live.stage.salesforce.create(Name="Tern Boatyard", BillingCity="Eureka")
    contact = {"FirstName": "Iris", "LastName": "Moen", "Email": "iris@tern.example"}
    live.stage.salesforce.create("Contact", AccountId=account_id, **contact)

    live.until(
        lambda: (
            [each.get("FamilyName") for each in live.see.customers_named("Tern Boatyard")]
            == ["Moen"]
        ),
        "one customer with the name of the contact",
    )
    [customer] = live.see.customers_named("Tern Boatyard")
    assert customer["PrimaryEmailAddr"] == {"Address": "iris@tern.example"}
    assert customer["BillAddr"]["City"] == "Eureka"
    live.stage.wait_for_quiet()

    live.stage.quickbooks.edit(customer["Id"], PrimaryEmailAddr={"Address": "im@tern.example"})

    live.until(
        lambda: live.account(account_id)["Contacts"][0]["Email"] == "im@tern.example",
        "the new e-mail on the contact",
    )
    assert live.account(account_id)["QuickBooks_Sync_Status__c"] == "In sync"


def test_customer_travels_to_salesforce_and_an_edit_comes_back(live: World) -> None:
    customer_id = live.stage.quickbooks.create(
        DisplayName="Quarry Stone Works", GivenName="Noor", FamilyName="Haddad"
    )["Id"]

    live.until(lambda: live.see.accounts_named("Quarry Stone Works"), "the Account")
    live.stage.wait_for_quiet()
    [account] = live.see.accounts_named("Quarry Stone Works")
    assert account["QuickBooks_Id__c"] == f"1:customer:{customer_id}"
    assert [each["LastName"] for each in account["Contacts"]] == ["Haddad"]

    live.stage.salesforce.edit(account["Id"], Website="https://quarry.example")

    live.until(
        lambda: live.customer(customer_id).get("WebAddr") == {"URI": "https://quarry.example"},
        "the website in QuickBooks",
    )


def test_after_quiet_a_repeat_of_every_event_writes_nothing(live: World) -> None:
    account_id, customer_id = live.linked_account("Fern Hollow Nursery")
    live.stage.quickbooks.edit(customer_id, Mobile={"FreeFormNumber": "(530) 555-0180"})
    live.stage.wait_for_quiet()
    before = live.writes()

    deliveries = live.stage.quickbooks.admin("webhooks/deliveries")["deliveries"]
    for delivery in deliveries:
        live.stage.quickbooks.admin("webhooks/redeliver", {"times": 1, "id": delivery["id"]})
    for sent in list(live.stage.package.deliveries):
        live.stage.package.resend(sent)
    live.stage.wait_for_quiet()

    assert live.account(account_id)["QuickBooks_Sync_Status__c"] == "In sync"
    assert live.writes() == before
