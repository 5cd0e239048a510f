"""A record goes away on one side: nothing is deleted for good, nothing comes back by itself."""

import itertools
from dataclasses import replace

import pytest

from bridge.core.mapping import DeletePolicy, EntityMapping
from bridge.mapping_files import read_mappings
from bridge.model import ChangeKind, OutcomeStatus, PairState
from tests.rig import QB, SF, Rig

PHONE = {"FreeFormNumber": "555-0177"}


def deleted(rig: Rig, **fields: object) -> tuple[str, str]:
    """Return a pair whose Account a person has deleted, brought over."""
    account, customer = rig.linked("Acme", **fields)
    rig.settle(rig.delete_account(account))
    return account, customer


def undelete(rig: Rig, account: str) -> None:
    rig.in_salesforce("undelete", id=account)
    rig.settle(rig.account_changed(account))


def test_deleted_account_makes_its_customer_inactive():
    rig = Rig()

    account, customer = deleted(rig)

    assert rig.customer(customer)["Active"] is False
    pair = rig.pair(account)
    assert (pair.state, pair.token, pair.owner) == (PairState.TOMB, None, None)
    assert rig.pointer(customer).salesforce_id == account


def test_deletion_sends_nothing_but_the_flag():
    rig = Rig()

    _, customer = deleted(rig, Phone="555-0100")

    (sent,) = rig.wires[QB].bodies()
    assert sent == {"Active": False, "Id": customer, "SyncToken": "0", "sparse": True}


def test_echoes_of_a_deletion_do_nothing():
    rig = Rig()
    account, customer = deleted(rig)
    rig.writes()

    for _ in range(2):
        outcomes = rig.sync(rig.customer_changed(customer), rig.account_changed(account))
        assert {outcome.status for outcome in outcomes} == {OutcomeStatus.SKIPPED}

    assert rig.writes() == 0
    assert rig.accounts() == []


def test_undeleted_account_makes_its_customer_active_again_with_the_edits_of_both():
    rig = Rig()
    account, customer = deleted(rig, Phone="555-0100")
    rig.edit_customer(customer, Fax={"FreeFormNumber": "555-0199"})
    rig.in_salesforce("undelete", id=account)

    rig.settle(rig.edit_account(account, Phone="555-0177"))

    revived = rig.customer(customer)
    assert (revived["Active"], revived["DisplayName"]) == (True, "Acme")
    assert revived["PrimaryPhone"] == PHONE
    assert rig.account(account)["Fax"] == "555-0199"
    rig.assert_agreed(account)


def test_deletion_and_undeletion_between_two_looks_change_nothing():
    rig = Rig()
    account, customer = rig.linked("Acme")
    event = rig.delete_account(account)
    rig.in_salesforce("undelete", id=account)

    rig.settle(event)

    assert rig.customer(customer)["SyncToken"] == "0"
    rig.assert_agreed(account)


def test_undeleted_account_whose_name_was_taken_is_rejected_until_it_is_renamed():
    rig = Rig()
    account, customer = deleted(rig)
    other = rig.new_customer("Acme")
    rig.settle(rig.customer_changed(other))

    undelete(rig, account)
    assert rig.status(account) == "Rejected"
    assert "already uses this name" in rig.message(account)
    rig.settle(rig.edit_account(account, Name="Acme Old"))

    assert rig.customer(customer)["Active"] is True
    assert rig.customer(customer)["DisplayName"] == "Acme Old"
    assert rig.customer(other)["DisplayName"] == "Acme"
    rig.assert_agreed(account)


def test_customer_made_inactive_is_shown_on_its_account():
    rig = Rig()
    account, customer = rig.linked("Acme")
    rig.in_quickbooks("deactivate", id=customer)

    rig.settle(rig.customer_changed(customer))

    assert rig.status(account) == "Inactive in QuickBooks"
    assert "made inactive in QuickBooks" in rig.message(account)
    assert rig.pair(account).state is PairState.TOMB


def test_edit_of_an_account_whose_customer_is_inactive_is_a_conflict_until_it_is_active():
    rig = Rig()
    account, customer = rig.linked("Acme")
    rig.in_quickbooks("deactivate", id=customer)
    rig.settle(rig.customer_changed(customer))

    rig.settle(rig.edit_account(account, Phone="555-0177"))
    assert rig.status(account) == "Conflict"
    assert rig.customer(customer)["Active"] is False
    rig.in_quickbooks("reactivate", id=customer)
    rig.settle(rig.customer_changed(customer))

    assert rig.customer(customer)["PrimaryPhone"] == PHONE
    assert rig.message(account) == ""
    rig.assert_agreed(account)


def test_customer_made_active_again_without_an_edit_is_in_sync():
    rig = Rig()
    account, customer = rig.linked("Acme")
    rig.in_quickbooks("deactivate", id=customer)
    rig.settle(rig.customer_changed(customer))

    rig.in_quickbooks("reactivate", id=customer)
    rig.settle(rig.customer_changed(customer))

    assert rig.message(account) == ""
    rig.assert_agreed(account)


@pytest.mark.parametrize("order", [0, 1, 2])
def test_deleted_here_and_edited_there_is_a_conflict_and_the_edit_stays(order):
    rig = Rig()
    account, customer = rig.linked("Acme")
    theirs = rig.edit_customer(customer, PrimaryPhone=PHONE)
    ours = rig.delete_account(account)

    for batch in ([[ours], [theirs]], [[theirs], [ours]], [[ours, theirs]])[order]:
        rig.settle(*batch)

    assert rig.customer(customer)["Active"] is True
    assert rig.customer(customer)["PrimaryPhone"] == PHONE
    assert rig.accounts() == []
    assert rig.pair(account).state is PairState.CONFLICT


def test_conflict_of_deletion_and_edit_ends_with_an_undeletion():
    rig = Rig()
    account, customer = rig.linked("Acme")
    theirs = rig.edit_customer(customer, PrimaryPhone=PHONE)
    rig.settle(theirs, rig.delete_account(account))

    undelete(rig, account)

    assert rig.account(account)["Phone"] == "555-0177"
    rig.assert_agreed(account)


def test_customer_made_active_by_a_person_after_a_deletion_stays_active():
    rig = Rig()
    account, customer = deleted(rig)
    rig.in_quickbooks("reactivate", id=customer)

    for _ in range(3):
        rig.settle(rig.customer_changed(customer))
        rig.settle(rig.account_changed(account))

    assert rig.customer(customer)["Active"] is True
    assert rig.accounts() == []
    assert rig.pair(account).state is PairState.CONFLICT


def test_customer_that_a_person_made_inactive_stays_inactive_when_the_account_comes_back():
    rig = Rig()
    account, customer = rig.linked("Acme")
    rig.in_quickbooks("deactivate", id=customer)
    rig.settle(rig.customer_changed(customer))
    rig.settle(rig.delete_account(account))

    undelete(rig, account)

    assert rig.customer(customer)["Active"] is False
    assert rig.status(account) == "Inactive in QuickBooks"


def test_customer_made_inactive_and_account_deleted_at_once_stays_inactive():
    rig = Rig()
    account, customer = rig.linked("Acme")
    rig.in_quickbooks("deactivate", id=customer)
    rig.settle(rig.delete_account(account))

    undelete(rig, account)

    assert rig.customer(customer)["Active"] is False
    assert rig.status(account) == "Inactive in QuickBooks"


def test_customer_that_was_merged_away_is_shown_and_later_edits_are_a_conflict():
    rig = Rig()
    account, customer = rig.linked("Acme")
    other, survivor = rig.linked("Survivor")
    rig.in_quickbooks("merge", id=customer, into=survivor)

    rig.settle(rig.customer_changed(customer))
    assert rig.status(account) == "Inactive in QuickBooks"
    rig.settle(rig.edit_account(account, Phone="555-0177"))

    assert rig.status(account) == "Conflict"
    assert "PrimaryPhone" not in rig.customer(survivor)
    assert rig.status(other) == "In sync"


def test_account_that_was_never_linked_is_forgotten_when_it_is_deleted():
    rig = Rig()
    account = rig.new_account("Acme")

    (outcome,) = rig.sync(rig.delete_account(account))

    assert outcome.reason == "deleted_before_link"
    assert rig.customers() == []


def test_customer_that_is_gone_before_its_first_look_makes_nothing():
    rig = Rig()
    customer, survivor = rig.new_customer("Acme"), rig.new_customer("Survivor")
    rig.in_quickbooks("merge", id=customer, into=survivor)

    (outcome,) = rig.sync(rig.customer_changed(customer))

    assert outcome.reason == "deleted_before_link"
    assert rig.pointer(customer).is_gone
    assert rig.accounts() == []


def test_account_undeleted_before_it_was_ever_linked_is_brought_over():
    rig = Rig()
    account = rig.new_account("Acme")
    rig.settle(rig.delete_account(account))

    undelete(rig, account)

    assert [row["DisplayName"] for row in rig.customers()] == ["Acme"]
    rig.assert_agreed(account)


def test_customer_with_a_balance_that_cannot_be_made_inactive_is_tried_again():
    rig = Rig()
    account, customer = rig.linked("Acme")
    rig.plant(QB, {"kind": "batch_item:update"}, code="6220")

    (refused,) = rig.settle(rig.delete_account(account))
    assert (refused.status, refused.reason) == (OutcomeStatus.REJECTED, "has_balance")
    assert rig.customer(customer)["Active"] is True
    rig.settle(rig.account_changed(account))

    assert rig.customer(customer)["Active"] is False


@pytest.mark.parametrize("effect", [{"drop": "before"}, {"drop": "after"}, {"code": "5010"}])
def test_deletion_arrives_however_its_first_write_ends(effect):
    rig = Rig()
    account, customer = rig.linked("Acme")
    kind = "batch_item:update" if "code" in effect else "batch"
    rig.plant(QB, {"kind": kind}, **effect)

    rig.settle(rig.delete_account(account))

    assert rig.customer(customer)["Active"] is False
    assert rig.pair(account).state is PairState.TOMB


@pytest.mark.parametrize("effect", [{"drop": "before"}, {"drop": "after"}, {"code": "5010"}])
def test_undeletion_arrives_however_its_first_write_ends(effect):
    rig = Rig()
    account, customer = deleted(rig)
    kind = "batch_item:update" if "code" in effect else "batch"
    rig.plant(QB, {"kind": kind}, **effect)

    undelete(rig, account)

    assert rig.customer(customer)["Active"] is True
    rig.assert_agreed(account)


def test_undeletion_while_a_deactivation_is_in_doubt_leaves_the_customer_active():
    rig = Rig()
    account, customer = rig.linked("Acme")
    rig.plant(QB, {"kind": "batch"}, drop="after")
    rig.sync_quietly(rig.delete_account(account))

    rig.in_salesforce("undelete", id=account)
    rig.go_round()

    assert rig.customer(customer)["Active"] is True
    rig.assert_agreed(account)


@pytest.mark.parametrize("was_deleted", [False, True])
def test_change_of_activity_that_runs_out_of_time_is_made_later(was_deleted):
    rig = Rig()
    account, customer = deleted(rig) if was_deleted else rig.linked("Acme")
    if was_deleted:
        rig.in_salesforce("undelete", id=account)
        event = rig.account_changed(account)
    else:
        event = rig.delete_account(account)

    (outcome,) = rig.sync(event, remaining_s=lambda: 20.0 if rig.pair(account).owner else 60.0)
    assert (outcome.status, outcome.reason) == (OutcomeStatus.WAITING, "out_of_time")
    rig.go_round()

    assert rig.customer(customer)["Active"] is was_deleted


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_life_of_a_record_ends_alike_whatever_the_order_of_its_events(order):
    rig = Rig()
    account, customer = rig.linked("Acme")
    events = [
        rig.edit_account(account, Phone="555-0177"),
        rig.edit_customer(customer, Fax={"FreeFormNumber": "555-0199"}),
        rig.delete_account(account),
    ]
    rig.in_salesforce("undelete", id=account)
    events.append(rig.account_changed(account))

    for place in order:
        rig.settle(events[place])

    assert rig.customer(customer)["PrimaryPhone"] == PHONE
    assert rig.account(account)["Fax"] == "555-0199"
    rig.assert_agreed(account)


def keeping() -> dict[str, EntityMapping]:
    """Return the mappings of a company whose customers stay when their Accounts are deleted."""
    mapping = read_mappings()["customer"]
    return {"customer": replace(mapping, on_delete=DeletePolicy.KEEP)}


def test_customer_stays_active_where_the_mapping_says_so():
    rig = Rig(mappings=keeping())
    account, customer = deleted(rig)

    rig.settle(*rig.every_event())

    assert rig.customer(customer)["Active"] is True
    assert rig.accounts() == []
    assert (rig.pair(account).state, rig.pair(account).token) == (PairState.TOMB, None)
    assert rig.writes() == 0


def test_edit_of_a_kept_customer_reaches_its_account_when_that_comes_back():
    rig = Rig(mappings=keeping())
    account, customer = deleted(rig)
    rig.settle(rig.edit_customer(customer, Fax={"FreeFormNumber": "555-0199"}))

    undelete(rig, account)

    assert rig.account(account)["Fax"] == "555-0199"
    rig.assert_agreed(account)


def test_nothing_is_ever_deleted_in_either_system():
    rig = Rig()
    account, customer = deleted(rig)
    undelete(rig, account)
    rig.in_quickbooks("deactivate", id=customer)
    rig.settle(rig.customer_changed(customer))

    methods = {request.method for wire in rig.wires.values() for request in wire.passed}
    bodies = b"".join(request.body for wire in rig.wires.values() for request in wire.passed)
    assert methods == {"GET", "POST"}
    assert b'"delete"' not in bodies.lower()
    assert b'"DELETE"' not in bodies
    assert rig.calls(SF).keys() <= {"query", "composite", "collections"}


def test_a_merge_in_salesforce_comes_to_an_end_though_the_records_live_in_two_companies():
    rig = Rig(realms=("1", "2"))
    kept, left = rig.new_account("Acme"), rig.new_account("Ajax")
    rig.settle(rig.account_changed(kept), rig.account_changed(left))
    rig.in_salesforce("merge", id=left, into=kept)

    outcomes = rig.settle(rig.account_changed(left, ChangeKind.DELETED))

    told = {each.realm for each in outcomes if each.reason == "merged_in_salesforce"}
    assert told == {"1", "2"}
    assert "merge" in rig.message(kept).lower()


def test_a_merge_that_could_not_be_shown_is_shown_though_the_survivor_comes_with_it():
    rig = Rig()
    kept, _ = rig.linked("Acme")
    left, _ = rig.linked("Ajax")
    rig.in_salesforce("merge", id=left, into=kept)
    rig.plant(SF, {"kind": "composite"}, drop="before")
    rig.sync(rig.account_changed(left, ChangeKind.DELETED))
    rig.queue.sent.clear()  # what was put back comes in one batch with the survivor's own change

    rig.settle(rig.account_changed(kept), rig.account_changed(left, ChangeKind.DELETED))

    assert "merge" in rig.message(kept).lower()


def test_one_event_that_names_a_merged_pair_and_its_survivor_comes_to_an_end():
    rig = Rig()
    kept, gone = rig.linked("Acme")
    left, survivor = rig.linked("Ajax")
    rig.in_quickbooks("merge", id=gone, into=survivor)
    event = rig.customer_changed(survivor, ChangeKind.MERGED, gone)
    rig.settle(event)
    rig.in_salesforce("merge", id=left, into=kept)
    rig.settle(rig.account_changed(left, ChangeKind.DELETED))

    rig.settle(event)

    assert rig.pair(kept).reason == "merged_in_quickbooks"
    assert rig.status(kept) == "Conflict"


@pytest.mark.parametrize("first", ["salesforce", "quickbooks"])
def test_records_merged_in_both_systems_leave_nothing_to_be_merged(first: str):
    rig = Rig()
    kept, survivor = rig.linked("Acme")
    left, removed = rig.linked("Ajax")
    rig.in_quickbooks("merge", id=removed, into=survivor)
    rig.in_salesforce("merge", id=left, into=kept)
    events = [
        rig.account_changed(left, ChangeKind.DELETED),
        rig.customer_changed(survivor, ChangeKind.MERGED, removed_id=removed),
    ]

    for event in events if first == "salesforce" else reversed(events):
        rig.settle(event)
    rig.settle(*rig.every_event())

    assert rig.message(kept) == ""
    assert rig.status(kept) == "In sync"
