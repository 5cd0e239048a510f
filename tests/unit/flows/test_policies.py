"""What the mapping says of deletion and deactivation, where it is not the default."""

from collections.abc import Mapping
from dataclasses import replace

from bridge.core.decision import is_unlinked
from bridge.core.mapping import DeactivatePolicy, DeletePolicy, EntityMapping
from bridge.mapping_files import read_mappings
from bridge.model import ChangeKind, OutcomeStatus, PairState
from tests.rig import REALM, Rig
from tests.shop import Shop

PHONE = {"FreeFormNumber": "555-0177"}


def unlinking() -> Mapping[str, EntityMapping]:
    """Return the mappings of a company whose records part when one is deleted."""
    mappings = read_mappings()
    customer = replace(mappings["customer"], on_delete=DeletePolicy.UNLINK)
    return {**mappings, "customer": customer}


def keeping() -> Mapping[str, EntityMapping]:
    """Return the mappings of a company in which edits wait while a customer is inactive."""
    mappings = read_mappings()
    customer = replace(mappings["customer"], on_deactivate=DeactivatePolicy.KEEP)
    return {**mappings, "customer": customer}


def unlinked(rig: Rig) -> tuple[str, str]:
    """Return an Account that was deleted, and the customer that has parted from it."""
    account, customer = rig.linked("Acme")
    rig.settle(rig.delete_account(account))
    return account, customer


def come_back(rig: Rig, account: str) -> None:
    """Let a person undelete an Account, and edit it."""
    rig.in_salesforce("undelete", id=account)
    rig.settle(rig.edit_account(account, Phone="555-0100"))


def test_unlinked_customer_goes_its_own_way():
    rig = Rig(mappings=unlinking())
    account, customer = unlinked(rig)

    rig.settle(rig.edit_customer(customer, PrimaryPhone=PHONE))
    rig.settle(*rig.every_event())

    assert rig.customer(customer)["Active"] is True
    assert rig.accounts() == []
    assert (rig.pair(account).state, rig.pair(account).reason) == (PairState.TOMB, "unlinked")
    assert rig.pointer(customer).salesforce_id == account
    assert rig.writes() == 0


def test_account_that_was_unlinked_and_comes_back_says_so():
    rig = Rig(mappings=unlinking())
    account, customer = unlinked(rig)
    rig.settle(rig.edit_customer(customer, PrimaryPhone=PHONE))

    come_back(rig, account)

    assert rig.status(account) == "Unlinked"
    assert "goes its own way" in rig.message(account)
    assert rig.customer(customer)["PrimaryPhone"] == PHONE
    assert rig.account(account)["Phone"] == "555-0100"
    assert len(rig.customers()) == 1


def test_account_of_the_name_of_an_unlinked_one_does_not_take_its_customer():
    rig = Rig(mappings=unlinking())
    gone, customer = unlinked(rig)

    account = rig.new_account("Acme")
    rig.settle(rig.account_changed(account))

    assert rig.status(account) == "Conflict"
    assert rig.pointer(customer).salesforce_id == gone


def test_invoice_of_an_unlinked_account_waits():
    shop = Shop(mappings=unlinking())
    account, _ = unlinked(shop)
    come_back(shop, account)
    product, _ = shop.linked_item("Rose")
    invoice = shop.new_invoice(account, (product, "1", "5"))

    outcomes = shop.sync_quietly(shop.invoice_changed(invoice))

    reasons = {each.entity: (each.status, each.reason) for each in outcomes}
    assert reasons["invoice"] == (OutcomeStatus.DEFERRED, "reference_not_linked")
    assert shop.bills() == []


def test_child_of_an_unlinked_account_keeps_waiting_while_it_is_written():
    rig = Rig(mappings=unlinking())
    mother, _ = rig.linked("Holding")
    child = rig.new_account("Branch", ParentId=mother)

    def part() -> None:
        rig.sync(rig.delete_account(mother))

    rig.meanwhile(next(iter(rig.wires)), "/query", part)
    rig.sync_quietly(rig.account_changed(child))

    assert len(rig.customers()) == 1


def test_merge_does_not_bring_back_what_was_unlinked():
    rig = Rig(mappings=unlinking())
    account, customer = unlinked(rig)
    come_back(rig, account)
    survivor = rig.new_account("Second")
    rig.in_salesforce("merge", id=account, into=survivor)

    rig.settle(*map(rig.account_changed, (account, survivor)))

    assert is_unlinked(rig.pair(account))
    assert rig.pair(survivor).quickbooks_id not in (None, customer)
    rig.assert_agreed(survivor)


def test_merged_account_leaves_its_customer_to_a_survivor_that_has_none():
    rig = Rig()
    account, customer = rig.linked("Acme")
    survivor = rig.new_account("Second")
    rig.in_salesforce("merge", id=account, into=survivor)

    rig.settle(rig.account_changed(account))

    assert rig.pair(survivor).quickbooks_id == customer
    assert rig.customer(customer)["DisplayName"] == "Second"
    assert rig.status(survivor) == "In sync"


def test_many_partings_at_once_stop_the_company_as_well():
    rig = Rig(mappings=unlinking())
    rig.deletions.pairs = 12
    accounts = [rig.linked(f"Acme {each}")[0] for each in range(12)]

    events = [rig.delete_account(each) for each in accounts]
    outcomes = rig.sync_quietly(*events)

    assert {outcome.reason for outcome in outcomes} == {"held_mass_deletion"}
    assert rig.connections.reasons == {REALM: "held_mass_deletion"}
    assert not any(is_unlinked(rig.pair(each)) for each in accounts)


def test_records_that_have_parted_are_not_counted_again():
    rig = Rig(mappings=unlinking())
    rig.deletions.pairs = 12
    account, _ = unlinked(rig)

    for _ in range(12):
        rig.settle(rig.account_changed(account, ChangeKind.DELETED))

    assert rig.connections.reasons == {}


def test_edit_of_an_account_waits_quietly_where_the_mapping_says_so():
    rig = Rig(mappings=keeping())
    account, customer = rig.linked("Acme")
    rig.in_quickbooks("deactivate", id=customer)

    rig.settle(rig.customer_changed(customer))
    rig.settle(rig.edit_account(account, Phone="555-0177"))
    assert rig.status(account) == "Inactive in QuickBooks"
    assert rig.message(account) == ""
    assert rig.customer(customer)["Active"] is False
    rig.in_quickbooks("reactivate", id=customer)
    rig.settle(rig.customer_changed(customer))

    assert rig.customer(customer)["PrimaryPhone"] == PHONE
    rig.assert_agreed(account)


def test_edit_of_an_account_whose_customer_is_gone_is_a_conflict_all_the_same():
    rig = Rig(mappings=keeping())
    account, customer = rig.linked("Acme")
    _, survivor = rig.linked("Second")
    rig.in_quickbooks("merge", id=customer, into=survivor)

    rig.settle(rig.edit_account(account, Phone="555-0177"), rig.customer_changed(customer))

    assert rig.status(account) == "Conflict"
