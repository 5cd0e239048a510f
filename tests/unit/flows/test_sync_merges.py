"""Merges into what was merged itself, and into what holds less."""

import pytest

from bridge.model import ChangeEvent, ChangeKind
from tests.rig import QB, SF, Rig


def chained(rig: Rig, *, has_its_own: bool) -> tuple[str, str, str, str, str]:
    """Return three accounts, each merged into the next, and the customers of the outer ones."""
    first, customer = rig.linked("Acme")
    middle = rig.new_account("Ajax")
    last, own = rig.linked("Apex") if has_its_own else (rig.new_account("Apex"), "")
    rig.in_salesforce("merge", id=first, into=middle)
    rig.in_salesforce("merge", id=middle, into=last)
    return first, middle, last, customer, own


@pytest.mark.parametrize("order", [(0,), (1, 0), (0, 1), (0, 1, 0)])
def test_customer_follows_its_account_through_every_merge(order: tuple[int, ...]):
    rig = Rig()
    first, middle, last, customer, _ = chained(rig, has_its_own=False)

    for place in order:
        rig.settle(rig.account_changed((first, middle)[place], ChangeKind.DELETED))

    assert rig.pair(last).quickbooks_id == customer
    assert rig.customer(customer)["Active"]
    assert rig.customer(customer)["DisplayName"] == "Apex"
    assert (rig.status(last), rig.message(last)) == ("In sync", "")


@pytest.mark.parametrize("order", [(0,), (1, 0), (0, 1), (0, 1, 0)])
def test_last_of_several_merged_accounts_is_told_that_it_has_two_customers(order: tuple[int, ...]):
    rig = Rig()
    first, middle, last, customer, own = chained(rig, has_its_own=True)

    for place in order:
        rig.settle(rig.account_changed((first, middle)[place], ChangeKind.DELETED))

    assert rig.pair(last).quickbooks_id == own
    assert rig.customer(customer)["Active"]
    assert "merge" in rig.message(last).lower()


def test_last_of_several_merged_accounts_is_told_though_one_between_had_a_customer_too():
    rig = Rig()
    first, _ = rig.linked("Acme")
    middle, _ = rig.linked("Ajax")
    last, own = rig.linked("Apex")
    rig.in_salesforce("merge", id=first, into=middle)
    rig.in_salesforce("merge", id=middle, into=last)

    rig.settle(rig.account_changed(first, ChangeKind.DELETED))

    assert rig.pair(last).quickbooks_id == own
    assert "merge" in rig.message(last).lower()


def test_events_of_merged_accounts_change_nothing_when_they_come_again():
    rig = Rig()
    first, middle, last, _, _ = chained(rig, has_its_own=True)
    rig.settle(rig.account_changed(first, ChangeKind.DELETED))
    rig.quiet()

    rig.settle(*(rig.account_changed(each) for each in (first, middle, last)))

    assert rig.writes() == 0


def test_customer_that_was_merged_into_one_that_holds_less_loses_nothing():
    """QuickBooks keeps what the survivor holds, and asks nobody which values are to stay."""
    rig = Rig()
    contact = {"FirstName": "Ada", "LastName": "Byron", "MobilePhone": "555-0144"}
    account, customer = rig.linked("Acme", Phone="555-0100", BillingCity="Ohio", contact=contact)
    rig.edit_account(account, BillingCity="Utah")
    survivor = rig.new_customer("Acme Ltd")
    rig.in_quickbooks("merge", id=customer, into=survivor)

    rig.settle(rig.customer_changed(survivor, ChangeKind.MERGED, removed_id=customer))

    row, there = rig.account(account), rig.customer(survivor)
    assert (row["Name"], row["Phone"], row["BillingCity"]) == ("Acme Ltd", "555-0100", "Utah")
    assert rig.contact(account)["MobilePhone"] == "555-0144"
    assert there["PrimaryPhone"] == {"FreeFormNumber": "555-0100"}
    assert (there["BillAddr"]["City"], there["GivenName"]) == ("Utah", "Ada")
    rig.assert_agreed(account)


def merged_twice(rig: Rig) -> tuple[str, str, list[ChangeEvent]]:
    """Return an account, what is left of its customer after two merges, and their events."""
    account, customer = rig.linked("Acme", Phone="555-0100")
    middle, last = rig.new_customer("Ajax"), rig.new_customer("Apex")
    events = []
    for loser, survivor in ((customer, middle), (middle, last)):
        rig.in_quickbooks("merge", id=loser, into=survivor)
        events.append(rig.customer_changed(survivor, ChangeKind.MERGED, removed_id=loser))
    return account, last, events


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_account_follows_its_customer_through_merges_that_come_together(order: tuple[int, int]):
    rig = Rig()
    account, last, events = merged_twice(rig)

    rig.settle(*(events[place] for place in order))

    assert [row["Id"] for row in rig.accounts()] == [account]
    assert rig.pair(account).quickbooks_id == last
    assert rig.account(account)["Name"] == "Apex"
    rig.assert_agreed(account)


def test_account_follows_its_customer_through_merges_that_come_one_by_one():
    rig = Rig()
    account, last, events = merged_twice(rig)

    rig.settle(events[0])
    assert rig.status(account) == "Inactive in QuickBooks"
    rig.settle(events[1])

    assert [row["Id"] for row in rig.accounts()] == [account]
    assert rig.pair(account).quickbooks_id == last
    rig.assert_agreed(account)


def test_customer_that_was_merged_before_its_link_is_put_before_a_person():
    rig = Rig()
    rig.plant(QB, {"kind": "batch"}, drop="after")
    account = rig.new_account("Acme")
    rig.sync_quietly(rig.account_changed(account))
    (made,) = rig.customers()
    survivor = rig.new_customer("Apex")
    rig.in_quickbooks("merge", id=made["Id"], into=survivor)

    rig.settle(rig.customer_changed(survivor, ChangeKind.MERGED, removed_id=made["Id"]))

    assert [row["Name"] for row in rig.accounts()] == ["Acme", "Apex"]
    assert rig.status(account) == "Conflict"
    assert "Merge the two records in Salesforce" in rig.message(account)


def test_survivor_for_which_an_account_may_have_been_made_is_waited_for():
    rig = Rig()
    account, customer = rig.linked("Acme")
    survivor = rig.new_customer("Apex")
    rig.plant(SF, {"kind": "collections:create"}, drop="after")
    rig.sync_quietly(rig.customer_changed(survivor))
    rig.in_quickbooks("merge", id=customer, into=survivor)

    rig.settle(rig.customer_changed(survivor, ChangeKind.MERGED, removed_id=customer))

    (born,) = [row["Id"] for row in rig.accounts() if row["Id"] != account]
    assert rig.pair(born).quickbooks_id == survivor
    assert rig.pointer(survivor).intent is None
    assert rig.status(account) == "Conflict"
    assert "Merge the two records in Salesforce" in rig.message(account)


def test_customer_of_merges_that_come_in_the_wrong_order_is_put_before_a_person():
    """The last survivor has an account of its own by the time that the first merge is told."""
    rig = Rig()
    account, last, events = merged_twice(rig)

    rig.settle(events[1])
    rig.settle(events[0])

    (born,) = [row["Id"] for row in rig.accounts() if row["Id"] != account]
    assert rig.pair(born).quickbooks_id == last
    assert rig.status(account) == "Conflict"
    assert "Merge the two records in Salesforce" in rig.message(account)


def test_account_that_was_merged_into_one_that_holds_less_empties_nothing_in_quickbooks():
    rig = Rig()
    account, customer = rig.linked("Acme", Phone="555-0100", Fax="555-0101")
    survivor = rig.new_account("Acme Ltd", Fax="555-0199")
    event = rig.edit_customer(customer, PrimaryPhone={"FreeFormNumber": "555-0177"})
    rig.in_salesforce("merge", id=account, into=survivor)

    rig.settle(event, rig.account_changed(account, ChangeKind.DELETED))

    row, there = rig.account(survivor), rig.customer(customer)
    assert (row["Name"], row["Phone"], row["Fax"]) == ("Acme Ltd", "555-0177", "555-0199")
    assert there["DisplayName"] == "Acme Ltd"
    assert there["PrimaryPhone"] == {"FreeFormNumber": "555-0177"}
    assert there["Fax"] == {"FreeFormNumber": "555-0199"}
    assert (rig.status(survivor), rig.message(survivor)) == ("In sync", "")


def test_survivor_in_quickbooks_replaces_what_we_had_written_into_salesforce_unseen():
    rig = Rig()
    account, customer = rig.linked("Acme", Phone="555-0100")
    event = rig.edit_customer(customer, PrimaryPhone={"FreeFormNumber": "555-0177"})
    rig.plant(SF, {"kind": "composite"}, drop="after")
    rig.sync_quietly(event)
    survivor = rig.new_customer("Acme Ltd", PrimaryPhone={"FreeFormNumber": "555-0199"})
    rig.in_quickbooks("merge", id=customer, into=survivor)

    rig.settle(rig.customer_changed(survivor, ChangeKind.MERGED, removed_id=customer))

    assert rig.account(account)["Phone"] == "555-0199"
    assert rig.customer(survivor)["PrimaryPhone"] == {"FreeFormNumber": "555-0199"}
    rig.assert_agreed(account)


def test_survivor_in_quickbooks_replaces_what_may_have_been_seen_there_and_it_is_shown():
    rig = Rig()
    account, customer = rig.linked("Acme", Phone="555-0100")
    rig.plant(QB, {"kind": "batch"}, drop="after")
    rig.sync_quietly(rig.edit_account(account, Phone="555-0177"))
    survivor = rig.new_customer("Apex", PrimaryPhone={"FreeFormNumber": "555-0199"})
    rig.in_quickbooks("merge", id=customer, into=survivor)

    rig.settle(rig.customer_changed(survivor, ChangeKind.MERGED, removed_id=customer))

    assert rig.account(account)["Phone"] == "555-0199"
    assert 'Salesforce had "555-0177"' in rig.message(account)
    assert rig.customer(survivor)["PrimaryPhone"] == {"FreeFormNumber": "555-0199"}
    rig.assert_agreed(account)


def test_survivor_in_salesforce_replaces_what_we_had_written_into_quickbooks_unseen():
    rig = Rig()
    account, customer = rig.linked("Acme", Phone="555-0100")
    survivor = rig.new_account("Acme Ltd", Phone="555-0199")
    rig.plant(QB, {"kind": "batch"}, drop="after")
    rig.sync_quietly(rig.edit_account(account, Phone="555-0177"))
    rig.in_salesforce("merge", id=account, into=survivor)

    rig.settle(rig.account_changed(account, ChangeKind.DELETED))

    assert rig.account(survivor)["Phone"] == "555-0199"
    assert rig.customer(customer)["PrimaryPhone"] == {"FreeFormNumber": "555-0199"}
    assert (rig.status(survivor), rig.message(survivor)) == ("In sync", "")


def test_value_that_went_down_with_a_merged_customer_is_shown_where_we_were_about_to_replace_it():
    rig = Rig()
    account, customer = rig.linked("Acme", Phone="555-0100")
    rig.edit_customer(customer, PrimaryPhone={"FreeFormNumber": "555-0177"})
    rig.plant(SF, {"kind": "composite"}, drop="before")
    rig.sync_quietly(rig.edit_account(account, Phone="555-0188"))
    survivor = rig.new_customer("Apex")
    rig.in_quickbooks("merge", id=customer, into=survivor)

    rig.settle(rig.customer_changed(survivor, ChangeKind.MERGED, removed_id=customer))

    assert rig.customer(survivor)["PrimaryPhone"] == {"FreeFormNumber": "555-0188"}
    assert rig.message(account) == (
        'Note: Phone was changed on both sides. Kept "555-0188"; Salesforce had "an earlier value".'
    )


def test_survivor_gets_no_account_of_its_own_while_a_claim_keeps_its_pair_from_following():
    rig = Rig()
    account, customer = rig.linked("Acme")
    rig.plant(QB, {"kind": "batch"}, drop="after")
    rig.sync_quietly(rig.edit_account(account, Phone="555-0188"))
    survivor = rig.new_customer("Apex")
    rig.in_quickbooks("merge", id=customer, into=survivor)

    rig.settle(rig.customer_changed(survivor, ChangeKind.MERGED, removed_id=customer))

    assert [row["Id"] for row in rig.accounts()] == [account]
    assert rig.pair(account).quickbooks_id == survivor
    rig.assert_agreed(account)
