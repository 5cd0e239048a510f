"""Two records that existed before they met are linked, and neither loses what only it knew."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pytest

from bridge.flows.ports import CrossReferences
from bridge.model import CrossReference, LinkFate, OutcomeStatus, Pointer, System
from tests.fakes import MemoryCrossReferences
from tests.rig import QB, SF, Rig

BOTH = [QB, SF]
FILLED_CUSTOMER = {
    "PrimaryPhone": {"FreeFormNumber": "(555) 010-0100"},
    "PrimaryEmailAddr": {"Address": "ADA@acme.example"},
    "WebAddr": {"URI": "https://quickbooks.example"},
    "BillAddr": {"Line1": "1 Bill Street", "City": "Oakland"},
    "SalesTermRef": {"value": "3"},
}


def existing(rig: Rig, asking: System, account: dict, customer: dict) -> tuple[str, str]:
    """Let two records of one name exist, and let one system tell of its own."""
    account_id = rig.new_account(**account)
    customer_id = rig.new_customer(**customer)
    rig.quiet()
    ask(rig, asking, account_id, customer_id)
    return account_id, customer_id


def ask(rig: Rig, asking: System, account: str, customer: str) -> None:
    event = rig.customer_changed(customer) if asking is QB else rig.account_changed(account)
    rig.settle(event)


@pytest.mark.parametrize("asking", BOTH)
@pytest.mark.parametrize(("ours", "theirs"), [("Acme", "Acme"), ("ACME", "Acme"), ("Acme", "acme")])
def test_records_of_one_name_are_linked_and_not_doubled(asking, ours, theirs):
    rig = Rig()

    account, customer = existing(rig, asking, {"name": ours}, {"name": theirs})

    assert (len(rig.accounts()), len(rig.customers())) == (1, 1)
    assert rig.pair(account).quickbooks_id == customer
    assert rig.account(account)["QuickBooks_Id__c"] == f"1:customer:{customer}"
    rig.assert_agreed(account)


@pytest.mark.parametrize("asking", BOTH)
def test_equal_records_are_linked_without_a_write_to_quickbooks(asking):
    rig = Rig()

    _, customer = existing(
        rig,
        asking,
        {"name": "Acme", "Phone": "555-0100"},
        {"name": "Acme", "PrimaryPhone": {"FreeFormNumber": "555-0100"}},
    )

    assert rig.customer(customer)["SyncToken"] == "0"


@pytest.mark.parametrize("asking", BOTH)
def test_blanks_are_filled_from_the_other_side_both_ways(asking):
    rig = Rig()

    account, customer = existing(
        rig,
        asking,
        {"name": "Acme", "Fax": "555-0101", "ShippingCity": "Berkeley"},
        {"name": "Acme", **FILLED_CUSTOMER},
    )

    ours, theirs = rig.account(account), rig.customer(customer)
    assert ours["Phone"] == "(555) 010-0100"
    assert ours["Website"] == "https://quickbooks.example"
    assert (ours["BillingStreet"], ours["BillingCity"]) == ("1 Bill Street", "Oakland")
    assert ours["Payment_Terms__c"] == "Net 30"
    assert rig.contact(account)["Email"] == "ADA@acme.example"
    assert theirs["Fax"]["FreeFormNumber"] == "555-0101"
    assert theirs["ShipAddr"]["City"] == "Berkeley"
    assert rig.message(account) == ""
    rig.assert_agreed(account)


@pytest.mark.parametrize("asking", BOTH)
def test_nothing_is_blanked_when_two_records_meet(asking):
    rig = Rig()

    _, customer = existing(rig, asking, {"name": "Acme"}, {"name": "Acme", **FILLED_CUSTOMER})

    kept = rig.customer(customer)
    for name, value in FILLED_CUSTOMER.items():
        assert {**kept[name], **value} == kept[name]


@pytest.mark.parametrize("asking", BOTH)
def test_owner_decides_what_differs_and_the_loser_is_shown(asking):
    rig = Rig()

    account, customer = existing(
        rig,
        asking,
        {"name": "Acme", "Website": "https://salesforce.example", "BillingCity": "Fremont"},
        {"name": "Acme", **FILLED_CUSTOMER},
    )

    assert rig.customer(customer)["WebAddr"]["URI"] == "https://salesforce.example"
    assert rig.account(account)["BillingCity"] == "Oakland"
    message = rig.message(account)
    assert (
        'Kept "https://salesforce.example"; QuickBooks had "https://quickbooks.example"' in message
    )
    assert 'Kept "Oakland"; Salesforce had "Fremont"' in message
    rig.assert_agreed(account)


@pytest.mark.parametrize("asking", BOTH)
@pytest.mark.parametrize(
    ("ours", "theirs", "label"),
    [
        ({"Phone": "555-0100"}, {"PrimaryPhone": {"FreeFormNumber": "555-0199"}}, "Phone"),
        (
            {"contact": {"LastName": "Byron", "Email": "ada@acme.example"}},
            {"PrimaryEmailAddr": {"Address": "bob@acme.example"}},
            "E-mail",
        ),
    ],
)
def test_strong_key_that_differs_is_a_conflict_and_nothing_is_written(asking, ours, theirs, label):
    rig = Rig()

    account, customer = existing(rig, asking, {"name": "Acme", **ours}, {"name": "Acme", **theirs})

    assert (len(rig.accounts()), len(rig.customers())) == (1, 1)
    assert rig.customer(customer)["SyncToken"] == "0"
    assert rig.pair(account).quickbooks_id is None
    if asking is SF:
        assert rig.status(account) == "Conflict"
        assert f"its {label} is another" in rig.message(account)
    outcome = rig.outcomes.kept[-1][1]
    assert (outcome.status, outcome.reason) == (OutcomeStatus.CONFLICT, "match_unsure")


@pytest.mark.parametrize("asking", BOTH)
@pytest.mark.parametrize("spelling", ["+1 (555) 555-0100", "555.555.0100", "1-555-555-0100"])
def test_phone_spelt_differently_is_no_reason_for_doubt(asking, spelling):
    rig = Rig()

    account, customer = existing(
        rig,
        asking,
        {"name": "Acme", "Phone": "5555550100"},
        {"name": "Acme", "PrimaryPhone": {"FreeFormNumber": spelling}},
    )

    assert rig.pair(account).quickbooks_id == customer
    rig.assert_agreed(account)


@pytest.mark.parametrize("mended", BOTH)
def test_doubt_ends_when_the_strong_keys_are_made_equal(mended):
    rig = Rig()
    account, customer = existing(
        rig,
        SF,
        {"name": "Acme", "Phone": "555-0100"},
        {"name": "Acme", "PrimaryPhone": {"FreeFormNumber": "555-0199"}},
    )

    if mended is SF:
        rig.settle(rig.edit_account(account, Phone="555-0199"))
    else:
        rig.settle(rig.edit_customer(customer, PrimaryPhone={"FreeFormNumber": "555-0100"}))

    assert rig.pair(account).quickbooks_id == customer
    rig.assert_agreed(account)


def test_inactive_match_is_made_active_again_and_adopted():
    rig = Rig()
    customer = rig.new_customer("Acme", PrimaryPhone={"FreeFormNumber": "555-0100"})
    rig.in_quickbooks("deactivate", id=customer)
    account = rig.new_account("Acme")

    rig.settle(rig.account_changed(account))

    revived = rig.customer(customer)
    assert (revived["Active"], revived["DisplayName"]) == (True, "Acme")
    assert rig.account(account)["Phone"] == "555-0100"
    rig.assert_agreed(account)


@pytest.mark.parametrize("trouble", [{"drop": "before"}, {"drop": "after"}, {"code": "5010"}])
def test_inactive_match_becomes_active_however_the_first_write_ends(trouble):
    rig = Rig()
    customer = rig.new_customer("Acme")
    rig.in_quickbooks("deactivate", id=customer)
    account = rig.new_account("Acme", Phone="555-0100")
    rig.plant(QB, {"kind": "batch_item:update"}, **trouble)

    rig.settle(rig.account_changed(account))

    revived = rig.customer(customer)
    assert (revived["Active"], revived["DisplayName"]) == (True, "Acme")
    assert revived["PrimaryPhone"]["FreeFormNumber"] == "555-0100"
    rig.assert_agreed(account)


def test_active_match_is_preferred_to_an_inactive_one():
    rig = Rig()
    old = rig.new_customer("Acme")
    rig.in_quickbooks("deactivate", id=old)
    active = rig.new_customer("Acme")
    account = rig.new_account("Acme")

    rig.settle(rig.account_changed(account))

    assert rig.pair(account).quickbooks_id == active
    assert rig.customer(old)["Active"] is False


def test_several_inactive_matches_are_left_to_a_person():
    rig = Rig()
    for _ in range(2):
        rig.in_quickbooks("deactivate", id=rig.new_customer("Acme"))
    account = rig.new_account("Acme")

    rig.settle(rig.account_changed(account))

    assert rig.status(account) == "Conflict"
    assert "several records of this name" in rig.message(account)
    assert [row["Active"] for row in rig.customers()] == [False, False]


def test_customer_that_fits_several_accounts_is_left_to_a_person():
    rig = Rig()
    accounts = [rig.new_account("Acme"), rig.new_account("acme")]
    customer = rig.new_customer("Acme")

    (outcome,) = rig.sync_quietly(rig.customer_changed(customer))

    assert (outcome.status, outcome.reason) == (OutcomeStatus.CONFLICT, "several_matches")
    assert len(rig.accounts()) == len(accounts)


def test_customer_whose_namesake_is_linked_gets_an_account_of_its_own():
    rig = Rig()
    first, customer = rig.linked("Acme")
    rig.edit_customer(customer, DisplayName="Acme One")
    other = rig.new_customer("Acme")

    rig.settle(rig.customer_changed(other))

    own = next(row for row in rig.accounts() if row["Id"] != first)
    assert rig.pair(own["Id"]).quickbooks_id == other
    assert rig.pair(first).quickbooks_id == customer


@pytest.mark.parametrize("asking", BOTH)
def test_external_id_leads_to_its_customer_whatever_the_name(asking):
    rig = Rig()
    customer = rig.new_customer("Acme in the books")
    namesake = rig.new_customer("Acme")
    account = rig.new_account("Acme", QuickBooks_Id__c=f"1:customer:{customer}")
    rig.quiet()

    ask(rig, asking, account, customer)

    assert rig.pair(account).quickbooks_id == customer
    assert rig.pointer(namesake).salesforce_id is None
    assert len(rig.accounts()) == 1


def test_events_of_both_records_in_one_batch_link_them_once():
    rig = Rig()
    account, customer = rig.new_account("Acme"), rig.new_customer("Acme")

    rig.settle(rig.customer_changed(customer), rig.account_changed(account))

    assert (len(rig.accounts()), len(rig.customers())) == (1, 1)
    assert rig.pair(account).quickbooks_id == customer
    rig.assert_agreed(account)


def test_rename_right_after_the_match_is_not_undone():
    rig = Rig()
    account, customer = rig.new_account("Acme"), rig.new_customer("Acme")
    rig.meanwhile(QB, "/customer/", lambda: rig.edit_customer(customer, DisplayName="Renamed"))
    rig.quiet()

    rig.settle(rig.account_changed(account))
    rig.settle(rig.customer_changed(customer))

    assert rig.customer(customer)["DisplayName"] == "Renamed"
    assert rig.account(account)["Name"] == "Renamed"
    assert rig.message(account) == ""
    rig.assert_agreed(account)


@pytest.mark.parametrize("change", ["deleted", "renamed"])
def test_customer_whose_match_goes_away_before_the_link_gets_an_account_of_its_own(change):
    rig = Rig()
    account, customer = rig.new_account("Acme"), rig.new_customer("Acme")
    rig.quiet()

    def go_away():
        if change == "deleted":
            rig.in_salesforce("delete", id=account)
        else:
            rig.edit_account(account, Name="Renamed")

    # The first query finds the Account by its name, the second reads it.
    rig.meanwhile(SF, "/query", go_away, skip=1)

    rig.settle(rig.customer_changed(customer))

    (own,) = [row for row in rig.accounts() if row["Id"] != account]
    assert rig.pair(own["Id"]).quickbooks_id == customer
    assert len(rig.customers()) == (1 if change == "deleted" else 2)


def test_account_that_was_just_made_of_a_customer_and_renamed_gets_no_second_customer():
    rig = Rig()
    customer = rig.new_customer("Acme")

    def rename():
        (account,) = rig.accounts()
        rig.edit_account(account["Id"], Name="Renamed")

    def be_made():
        """Another worker is quicker, and hears no answer."""
        rig.plant(SF, {"kind": "collections:create"}, drop="after")
        rig.sync(rig.customer_changed(customer))
        # The query that waits for this finds the Account by its name, the next one reads it.
        rig.meanwhile(SF, "/query", rename)

    rig.meanwhile(SF, "/query", be_made)

    rig.settle(rig.customer_changed(customer))

    assert [row["DisplayName"] for row in rig.customers()] == ["Renamed"]
    (account,) = rig.accounts()
    rig.assert_agreed(account["Id"])


def test_account_that_another_worker_is_deciding_on_is_waited_for():
    rig = Rig()
    account, customer = rig.new_account("Acme"), rig.new_customer("Acme")
    rig.quiet()
    rig.meanwhile(SF, "/query", lambda: rig.sync(rig.account_changed(account)), is_after=True)

    outcome = rig.sync(rig.customer_changed(customer))[-1]
    rig.go_round()

    assert (outcome.status, outcome.reason) == (OutcomeStatus.WAITING, "decided_elsewhere")
    assert (len(rig.accounts()), len(rig.customers())) == (1, 1)
    rig.assert_agreed(account)


@dataclass
class ContestedRows(MemoryCrossReferences):
    """Rows in which somebody else acts right after a link was refused, once."""

    act: Callable[[], object] | None = None

    def link(
        self, pair: CrossReference, pointer: Pointer, worker: str | None, now: datetime
    ) -> LinkFate:
        """Store both rows or none."""
        fate = super().link(pair, pointer, worker, now)
        if fate is not LinkFate.LINKED and self.act:
            act, self.act = self.act, None
            act()
        return fate


def fit_the_port(rows: ContestedRows) -> CrossReferences:
    """Let the type checker say that the contested store is still one."""
    return rows


def test_match_that_another_worker_links_before_the_second_try_stays_where_it_is():
    rig = Rig(rows=(rows := ContestedRows()))
    customer = rig.new_customer("Acme")
    rig.in_quickbooks("deactivate", id=customer)
    rig.settle(rig.customer_changed(customer))
    rig.in_quickbooks("reactivate", id=customer)
    account = rig.new_account("Acme")
    rig.quiet()

    def rename_and_link():
        rig.edit_account(account, Name="Renamed")
        rig.sync(rig.customer_changed(customer))

    rows.act = rename_and_link

    rig.settle(rig.account_changed(account))

    (born,) = [row["Id"] for row in rig.accounts() if row["Id"] != account]
    assert rig.pointer(customer).salesforce_id == born
    assert [row["DisplayName"] for row in rig.customers()] == ["Acme", "Renamed"]
    rig.assert_agreed(account, born)
