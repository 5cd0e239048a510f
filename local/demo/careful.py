"""The second half of the story: where a bridge must be careful."""

import json
from datetime import UTC, datetime
from functools import partial

from local.demo.play import Play, Steps
from local.sight import Sight
from local.stage import REALM
from local.systems import Row

VENDOR = "Norton Lumber and Building Materials"
HOTELS = "Grand Hotels & Resorts Ltd"


def link_existing(play: Play) -> None:
    """Records that exist on both sides are linked, not duplicated."""
    [account] = play.peek.accounts_named("Cool Cars")
    [customer] = play.peek.customers_named("Cool Cars")
    play.tell("Cool Cars has long been in both systems. Sam writes a description.")
    play.stage.salesforce.edit(account["Id"], Description="Asks for red cars only.")

    play.expect(
        "the Account is linked to the customer that was there",
        lambda see: _of(see.account(account["Id"]), "QuickBooks_Id__c").endswith(
            f":{customer['Id']}"
        ),
    )
    play.expect(
        "the description has arrived; one Cool Cars in each system",
        lambda see: (
            "red cars" in _of(see.customer(customer["Id"]), "Notes")
            and len(see.customers_named("Cool Cars")) == len(see.accounts_named("Cool Cars")) == 1
        ),
    )


def keep_apart(play: Play) -> None:
    """Two Accounts of one name are not merged into one customer."""
    first, second = sorted(play.peek.accounts_named(HOTELS), key=lambda row: row["BillingState"])
    play.tell(f"Two Accounts are called {HOTELS}. Sam edits one, then the other.")
    play.stage.salesforce.edit(first["Id"], Fax="(808) 555-0143")
    play.expect("the first has a customer", lambda see: len(see.customers_named(HOTELS)) == 1)
    play.settle()
    play.stage.salesforce.edit(second["Id"], Fax="(312) 596-1500")

    play.expect(
        "the second says why it has none",
        lambda see: _of(see.account(second["Id"]), "QuickBooks_Sync_Status__c") == "Conflict",
    )
    _quote(play, second["Id"])
    play.settle()
    play.expect(
        "one customer of that name, with the fax of the first",
        lambda see: (
            [each["Fax"]["FreeFormNumber"] for each in see.customers_named(HOTELS)]
            == ["(808) 555-0143"]
        ),
    )


def deliver_thrice(play: Play) -> None:
    """The same webhook delivered three times changes nothing."""
    account, customer = play.known["Harbor Bakery"], play.known["customer Harbor Bakery"]
    play.tell("Alex edits the mobile number; then Intuit delivers that webhook three times more.")
    play.stage.quickbooks.edit(customer, Mobile={"FreeFormNumber": "(415) 555-0199"})
    play.expect(
        "the edit has arrived once",
        lambda see: _contact(see, account).get("MobilePhone") == "(415) 555-0199",
    )
    play.settle()
    before, received = play.writes(), _delivered(play)
    for time in (1, 2, 3):
        play.stage.quickbooks.admin("webhooks/redeliver", {"times": 1})
        play.until(f"answered 200, time {time}", partial(_has_delivered, play, received + time))
        play.settle()

    play.check("nothing was written, in neither system", play.writes() == before)


def refuse_forgery(play: Play) -> None:
    """A webhook with a wrong signature is refused."""
    play.tell("Somebody who does not know the key posts an event.")
    event = {
        "specversion": "1.0",
        "id": "forged",
        "source": "intuit.forged",
        "type": "qbo.customer.updated.v1",
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "intuitentityid": "28",
        "intuitaccountid": REALM,
        "data": {},
    }
    outcomes = len(play.outcomes())
    status = play.stage.post_quickbooks(json.dumps([event]).encode(), signature="d3Jvbmc=")

    play.check("the answer is 401", status == 401)
    play.settle()
    play.check("nothing was queued and nothing decided", len(play.outcomes()) == outcomes)


def heal(play: Play) -> None:
    """A record that QuickBooks rejects shows a plain reason, and heals by itself."""
    play.tell(f"Sam creates an Account named like a vendor: {VENDOR}.")
    account = play.stage.salesforce.create(Name=VENDOR, Phone="(650) 363-6578")
    contact = {"FirstName": "Julie", "LastName": "Norton", "Email": "julie@norton.example"}
    play.stage.salesforce.create("Contact", AccountId=account, **contact)

    play.expect(
        "the Account says that the name is taken",
        lambda see: (
            _of(see.account(account), "QuickBooks_Sync_Status__c") in ("Conflict", "Rejected")
            and "vendor" in _of(see.account(account), "QuickBooks_Sync_Message__c")
        ),
    )
    _quote(play, account)
    play.settle()
    play.tell("Sam corrects the name to Norton Lumber Retail, and does nothing else.")
    play.stage.salesforce.edit(account, Name="Norton Lumber Retail")
    play.known["Norton Lumber Retail"] = account

    play.expect(
        "the customer is in QuickBooks; the Account is in sync, its message gone",
        lambda see: (
            len(see.customers_named("Norton Lumber Retail")) == 1
            and _of(see.account(account), "QuickBooks_Sync_Status__c") == "In sync"
            and not _of(see.account(account), "QuickBooks_Sync_Message__c")
        ),
    )


def delete_account(play: Play) -> None:
    """A deleted Account's customer is made inactive, never deleted."""
    account = play.known["Norton Lumber Retail"]
    [customer] = play.peek.customers_named("Norton Lumber Retail")
    play.settle()
    play.tell("Sam deletes Norton Lumber Retail in Salesforce.")
    play.stage.salesforce.delete(account)

    play.expect(
        "the customer is still there, but inactive",
        lambda see: (see.customer(customer["Id"]) or {}).get("Active") is False,
    )


def _delivered(play: Play) -> int:
    deliveries = play.stage.quickbooks.admin("webhooks/deliveries")["deliveries"]
    return sum(each["delivered"] for each in deliveries)


def _has_delivered(play: Play, count: int) -> bool:
    return _delivered(play) == count


def _contact(see: Sight, account_id: str) -> Row:
    contacts = (see.account(account_id) or {}).get("Contacts") or [{}]
    return dict(contacts[0])


def _quote(play: Play, account_id: str) -> None:
    row = play.peek.account(account_id) or {}
    play.screen.note(f"{row['QuickBooks_Sync_Status__c']}: {row['QuickBooks_Sync_Message__c']}")


def _of(row: Row | None, name: str) -> str:
    return str((row or {}).get(name) or "")


STEPS: Steps = (
    ("A pair that exists on both sides is linked, not duplicated", link_existing),
    ("Two Accounts of one name are not merged into one customer", keep_apart),
    ("The same webhook three times changes nothing", deliver_thrice),
    ("A webhook with a wrong signature is refused", refuse_forgery),
    ("A record that QuickBooks rejects shows why, and heals by itself", heal),
    ("A deleted Account makes its customer inactive", delete_account),
)
