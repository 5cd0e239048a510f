"""A vendor travels both ways."""

from typing import Any

from tests.e2e.world import World

REALM = "1"


def in_quickbooks(live: World, action: str, **details: Any) -> dict[str, Any]:
    """Let a person do something with a vendor in QuickBooks."""
    asked = {"action": action, "realm": REALM, "entity": "Vendor", **details}
    return dict(live.stage.quickbooks.admin("person", asked))


def vendors_named(live: World, name: str) -> list[dict[str, Any]]:
    """Return the vendors of a name."""
    rows = live.stage.quickbooks.admin(f"records/{REALM}/Vendor")
    return [row for row in rows if row["DisplayName"] == name]


def test_account_of_a_vendor_travels_to_quickbooks_and_an_edit_comes_back(live: World) -> None:
    account_id = live.stage.salesforce.create(Name="Alder Sawmill", Type="Vendor")
    contact = {"FirstName": "Iris", "LastName": "Moen", "Email": "iris@alder.example"}
    live.stage.salesforce.create("Contact", AccountId=account_id, **contact)

    live.until(
        lambda: [row.get("FamilyName") for row in vendors_named(live, "Alder Sawmill")] == ["Moen"],
        "one vendor with the name of the contact",
    )
    [vendor] = vendors_named(live, "Alder Sawmill")
    live.stage.wait_for_quiet()

    in_quickbooks(live, "update", id=vendor["Id"], fields={"AcctNum": "K-17"})

    live.stage.wait_for_quiet()
    records = live.stage.salesforce.admin("records/Account")
    [account] = [row for row in records if row["Id"] == account_id]
    assert account["AccountNumber"] == "K-17"
    assert account["QuickBooks_Sync_Status__c"] == "In sync"
    assert live.see.customers_named("Alder Sawmill") == []


def test_vendor_travels_to_salesforce_and_an_edit_comes_back(live: World) -> None:
    fields = {"DisplayName": "Basalt Quarry", "GivenName": "Noor", "FamilyName": "Haddad"}
    in_quickbooks(live, "create", fields=fields)

    live.until(lambda: live.see.accounts_named("Basalt Quarry"), "the Account")
    live.stage.wait_for_quiet()
    [account] = live.see.accounts_named("Basalt Quarry")
    assert [each["LastName"] for each in account["Contacts"]] == ["Haddad"]

    live.stage.salesforce.edit(account["Id"], Website="https://basalt.example")

    live.until(
        lambda: (
            vendors_named(live, "Basalt Quarry")[0].get("WebAddr")
            == {"URI": "https://basalt.example"}
        ),
        "the website in QuickBooks",
    )
    live.stage.wait_for_quiet()
    assert live.see.customers_named("Basalt Quarry") == []
