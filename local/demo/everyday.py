"""The first half of the story: what happens every day."""

import time

from local.demo.play import Play, Steps
from local.sight import Sight
from local.systems import Row


def observe(play: Play) -> None:
    """In the mode `observe` an edit is decided and recorded, and nothing is written."""
    [account] = play.peek.accounts_named("Edge Communications")
    play.tell("Sam gives Edge Communications another phone number in Salesforce.")
    play.stage.salesforce.edit(account["Id"], Phone="(512) 757-6100")

    play.until(
        "decided and recorded: it would create a customer",
        lambda: any(
            (each.salesforce_id, each.status, each.decision)
            == (account["Id"], "observed", "create")
            for each in play.outcomes()
        ),
    )
    play.settle()
    play.check("nothing was written, in neither system", play.writes() == (0, 0))
    play.expect(
        "QuickBooks knows no Edge Communications",
        lambda see: not see.customers_named("Edge Communications"),
    )


def go_live(play: Play) -> None:
    """The same template, deployed with another mode."""
    play.tell("sam deploy --parameter-overrides Mode=live")
    began = time.monotonic()
    with play.screen.working("sam deploy"):
        play.stage.deploy("live")
    play.screen.verdict("deployed", is_good=True, took_s=time.monotonic() - began)
    functions = play.stage.stack.client("lambda")
    worker = play.stage.stack.outputs["SyncRecordsFunction"]
    variables = functions.get_function_configuration(FunctionName=worker)["Environment"]
    play.check("the worker writes from now on", variables["Variables"]["MODE"] == "live")


def create_account(play: Play) -> None:
    """A new Account with its Contact appears in QuickBooks."""
    play.tell("Sam types a new Account, Harbor Bakery, and its Contact, Ana Ruiz.")
    salesforce = play.stage.salesforce
    account = salesforce.create(
        Name="Harbor Bakery",
        Phone="(415) 555-0100",
        Website="https://harborbakery.example",
        BillingStreet="12 Pier Road\nUnit 4",
        BillingCity="Oakland",
        BillingState="CA",
        BillingPostalCode="94607",
        Payment_Terms__c="Net 30",
    )
    contact = {"FirstName": "Ana", "LastName": "Ruiz", "Email": "ana@harborbakery.example"}
    salesforce.create("Contact", AccountId=account, **contact)
    play.known["Harbor Bakery"] = account

    play.expect("a customer Harbor Bakery is in QuickBooks, with Ana's name and e-mail", _has_ana)
    customer = play.peek.customers_named("Harbor Bakery")[0]["Id"]
    play.known["customer Harbor Bakery"] = customer
    play.expect(
        "the Account carries its QuickBooks id and says: In sync",
        lambda see: (
            _of(see.account(account), "QuickBooks_Id__c").endswith(f":{customer}")
            and _of(see.account(account), "QuickBooks_Sync_Status__c") == "In sync"
        ),
    )


def edit_customer(play: Play) -> None:
    """An edit in QuickBooks comes back."""
    account, customer = play.known["Harbor Bakery"], play.known["customer Harbor Bakery"]
    play.settle()
    play.tell("Alex corrects the phone number in QuickBooks.")
    play.stage.quickbooks.edit(customer, PrimaryPhone={"FreeFormNumber": "(415) 555-0177"})

    play.expect(
        "the Account has the new number",
        lambda see: _of(see.account(account), "Phone") == "(415) 555-0177",
    )


def edit_both(play: Play) -> None:
    """Different fields edited on both sides at once both survive."""
    account, customer = play.known["Harbor Bakery"], play.known["customer Harbor Bakery"]
    play.settle()
    play.tell("At the same moment Sam changes the website and Alex the billing city.")
    with play.stage.worker_held():
        play.stage.salesforce.edit(account, Website="https://harbor.example")
        play.stage.quickbooks.edit(customer, BillAddr=_address("Alameda"))

    play.expect(
        "both edits are in both systems",
        lambda see: (
            _sides(see, account, customer, "website") == ("https://harbor.example",) * 2
            and _sides(see, account, customer, "city") == ("Alameda",) * 2
        ),
    )


def edit_same_field(play: Play) -> None:
    """The same field edited on both sides is settled by its owner, and the loser's value shown."""
    account, customer = play.known["Harbor Bakery"], play.known["customer Harbor Bakery"]
    play.settle()
    play.tell("Both change the billing city (QuickBooks owns it) and the phone (Salesforce does).")
    with play.stage.worker_held():
        play.stage.salesforce.edit(account, BillingCity="Berkeley", Phone="(415) 555-0111")
        play.stage.quickbooks.edit(
            customer,
            BillAddr=_address("Richmond"),
            PrimaryPhone={"FreeFormNumber": "(415) 555-0222"},
        )

    play.expect(
        "the city of QuickBooks and the phone of Salesforce are in both systems",
        lambda see: (
            _sides(see, account, customer, "city") == ("Richmond",) * 2
            and _sides(see, account, customer, "phone") == ("(415) 555-0111",) * 2
        ),
    )
    play.expect(
        "the Account shows the two values that lost",
        lambda see: all(
            lost in _of(see.account(account), "QuickBooks_Sync_Message__c")
            for lost in ("Berkeley", "(415) 555-0222")
        ),
    )
    row = play.peek.account(account) or {}
    for line in str(row["QuickBooks_Sync_Message__c"]).splitlines():
        play.screen.note(line)


def create_customer(play: Play) -> None:
    """A customer typed in QuickBooks appears as Account and Contact."""
    play.tell("Alex types a new customer in QuickBooks: Sequoia Roofing, Lee Chan.")
    customer = play.stage.quickbooks.create(
        DisplayName="Sequoia Roofing",
        GivenName="Lee",
        FamilyName="Chan",
        PrimaryEmailAddr={"Address": "lee@sequoia.example"},
        BillAddr={"Line1": "7 Grove Street", "City": "Fresno", "CountrySubDivisionCode": "CA"},
        SalesTermRef={"value": "2"},
    )["Id"]

    def arrived(see: Sight) -> bool:
        found = see.accounts_named("Sequoia Roofing")
        return len(found) == 1 and (
            found[0]["QuickBooks_Id__c"].endswith(f":{customer}")
            and found[0]["Payment_Terms__c"] == "Net 15"
            and [each["Email"] for each in found[0]["Contacts"]] == ["lee@sequoia.example"]
        )

    play.expect("one Account with its Contact is in Salesforce, linked", arrived)


def _has_ana(see: Sight) -> bool:
    found = see.customers_named("Harbor Bakery")
    return len(found) == 1 and (
        found[0].get("GivenName") == "Ana"
        and found[0].get("PrimaryEmailAddr") == {"Address": "ana@harborbakery.example"}
    )


def _address(city: str) -> Row:
    return {
        "Line1": "12 Pier Road",
        "Line2": "Unit 4",
        "City": city,
        "CountrySubDivisionCode": "CA",
        "PostalCode": "94607",
    }


def _sides(see: Sight, account_id: str, customer_id: str, name: str) -> tuple[str, str]:
    """Return a field as Salesforce and as QuickBooks have it."""
    fields = {
        "website": ("Website", ("WebAddr", "URI")),
        "city": ("BillingCity", ("BillAddr", "City")),
        "phone": ("Phone", ("PrimaryPhone", "FreeFormNumber")),
    }
    ours, (group, member) = fields[name]
    customer = see.customer(customer_id) or {}
    return _of(see.account(account_id), ours), str(customer.get(group, {}).get(member, ""))


def _of(row: Row | None, name: str) -> str:
    return str((row or {}).get(name) or "")


STEPS: Steps = (
    ("The mode is observe: an edit is decided and recorded, nothing is written", observe),
    ("The bridge goes live", go_live),
    ("A new Account appears in QuickBooks", create_account),
    ("An edit in QuickBooks comes back", edit_customer),
    ("Different fields edited on both sides at once both survive", edit_both),
    ("The same field edited on both sides: its owner decides, the loser is shown", edit_same_field),
    ("A new customer in QuickBooks appears in Salesforce", create_customer),
)
