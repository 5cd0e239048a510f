"""Accounts with a parent are sub-customers, on whichever side the parent is set."""

from dataclasses import replace
from typing import Any

import pytest

from bridge.core.mapping import EntityMapping
from bridge.flows.cases import Mode
from bridge.mapping_files import read_mappings
from bridge.model import ChangeEvent, ChangeKind, OutcomeStatus, System
from tests.rig import QB, Rig

SKIPPED = "condition_not_met"
NOBODY: dict[str, Any] = {"ParentRef": {}, "Job": False}


def below(customer: str) -> dict[str, Any]:
    """Return the fields of a sub-customer."""
    return {"ParentRef": {"value": customer}, "Job": True}


def family(rig: Rig) -> tuple[str, str, str, str]:
    """Return the ids of a linked parent and of its linked child: two Accounts, two customers."""
    mother, holding = rig.linked("Holding")
    child, customer = rig.linked("Branch", ParentId=mother)
    return mother, child, holding, customer


def hierarchy(rig: Rig) -> dict[str, str | None]:
    """Return each customer's name with that of its parent, and check what else depends on it."""
    rows = {row["Id"]: row for row in rig.customers()}
    parents: dict[str, str | None] = {}
    for row in rows.values():
        parent = rows.get((row.get("ParentRef") or {}).get("value", ""))
        assert row["Job"] is (parent is not None)
        parents[row["DisplayName"]] = parent["DisplayName"] if parent else None
    return parents


def test_account_with_a_parent_becomes_a_sub_customer():
    rig = Rig()

    mother, child, _, _ = family(rig)

    assert hierarchy(rig) == {"Holding": None, "Branch": "Holding"}
    rig.assert_agreed(mother, child)


def test_parent_that_is_not_linked_comes_first():
    rig = Rig()
    top = rig.new_account("Group")
    middle = rig.new_account("Holding", ParentId=top)
    low = rig.new_account("Branch", ParentId=middle)

    outcomes = rig.sync_quietly(rig.account_changed(low))

    assert {each.status for each in outcomes} == {OutcomeStatus.DONE}
    assert hierarchy(rig) == {"Group": None, "Holding": "Group", "Branch": "Holding"}
    rig.assert_agreed(top, middle, low)


@pytest.mark.parametrize("order", [1, -1])
def test_families_of_one_batch_take_one_call_for_each_level(order):
    rig = Rig()
    mothers = [rig.new_account(f"Holding {n}") for n in range(5)]
    children = [rig.new_account(f"Branch {n}", ParentId=each) for n, each in enumerate(mothers)]
    events = [rig.account_changed(each) for each in [*mothers, *children]]

    outcomes = rig.sync_quietly(*events[::order])

    assert {each.status for each in outcomes} == {OutcomeStatus.DONE}
    assert rig.calls(QB)["batch"] == 2
    assert hierarchy(rig)["Branch 3"] == "Holding 3"
    rig.assert_agreed(*mothers, *children)


def test_sub_customer_becomes_an_account_with_its_parent():
    rig = Rig()
    holding = rig.new_customer("Holding")
    branch = rig.new_customer("Branch", **below(holding))

    rig.settle(rig.customer_changed(branch))

    accounts = {row["Name"]: row for row in rig.accounts()}
    assert accounts["Branch"]["ParentId"] == accounts["Holding"]["Id"]
    rig.assert_agreed(*(row["Id"] for row in accounts.values()))


def test_sub_customer_and_account_of_one_name_are_linked_with_their_parents():
    rig = Rig()
    holding = rig.new_customer("Holding")
    rig.new_customer("Branch", **below(holding))
    branch = rig.new_account("Branch")

    rig.settle(rig.account_changed(branch))

    mother = next(row["Id"] for row in rig.accounts() if row["Name"] == "Holding")
    assert rig.account(branch)["ParentId"] == mother
    assert len(rig.customers()) == 2
    rig.assert_agreed(mother, branch)


def test_change_of_the_parent_arrives_from_either_side():
    rig = Rig()
    _, child, _, customer = family(rig)
    other, second = rig.linked("Second")
    third, third_customer = rig.linked("Third")

    rig.settle(rig.edit_account(child, ParentId=other))
    assert rig.customer(customer)["ParentRef"]["value"] == second
    rig.settle(rig.edit_customer(customer, **below(third_customer)))

    assert rig.account(child)["ParentId"] == third
    rig.assert_agreed(child, other, third)


def test_parent_that_was_changed_to_one_that_is_not_linked_comes_first():
    rig = Rig()
    _, child, _, _ = family(rig)
    other = rig.new_account("Second")

    rig.settle(rig.edit_account(child, ParentId=other))

    assert hierarchy(rig)["Branch"] == "Second"
    rig.assert_agreed(child, other)


def test_parent_that_both_sides_changed_is_the_owners_and_the_other_is_quoted():
    rig = Rig()
    _, child, _, customer = family(rig)
    other, second = rig.linked("Second")
    _, third = rig.linked("Third")
    theirs = rig.edit_customer(customer, **below(third))

    rig.settle(rig.edit_account(child, ParentId=other), theirs)

    assert rig.customer(customer)["ParentRef"]["value"] == second
    assert "Parent account was changed on both sides" in rig.message(child)


def test_parent_that_is_taken_away_is_taken_away_on_the_other_side():
    rig = Rig()
    _, child, holding, customer = family(rig)

    rig.settle(rig.edit_account(child, ParentId=None))
    assert hierarchy(rig)["Branch"] is None
    rig.settle(rig.edit_customer(customer, **below(holding)))
    rig.settle(rig.edit_customer(customer, **NOBODY))

    assert rig.account(child)["ParentId"] is None
    rig.assert_agreed(child)


def test_customer_that_cannot_be_taken_from_its_parent_says_so():
    rig = Rig()
    rig.quickbooks.switches.change({"blank_parent": "kept"})
    mother, child, _, customer = family(rig)

    rig.settle(rig.edit_account(child, ParentId=None))
    assert rig.status(child) == "Rejected"
    assert "Move it in QuickBooks by hand" in rig.message(child)
    rig.settle(rig.edit_customer(customer, **NOBODY))

    assert hierarchy(rig)["Branch"] is None
    rig.assert_agreed(mother, child)


def test_other_edits_leave_the_billing_with_the_parent_alone():
    rig = Rig()
    _, child, _, customer = family(rig)
    rig.edit_customer(customer, BillWithParent=True)

    rig.settle(rig.edit_account(child, Phone="555-0177"))

    assert rig.customer(customer)["BillWithParent"] is True
    assert all("Job" not in body for body in rig.wires[QB].bodies()[-1:])


def test_accounts_that_stand_above_each_other_wait_and_say_why():
    rig = Rig()
    first, second = rig.new_account("First"), rig.new_account("Second")
    below_both = rig.new_account("Below", ParentId=first)
    rig.edit_account(first, ParentId=second)
    rig.edit_account(second, ParentId=first)

    outcomes = rig.sync_quietly(*map(rig.account_changed, (below_both, second)))

    reasons = {each.salesforce_id: each.reason for each in outcomes}
    assert reasons[first] == reasons[second] == "parents_in_a_circle"
    assert reasons[below_both] == "reference_not_linked"
    assert rig.status(first) == "Waiting"
    assert "lead back to it" in rig.message(first)
    assert rig.customers() == []

    rig.edit_account(first, ParentId=None)
    rig.go_round()

    assert hierarchy(rig) == {"First": None, "Second": "First", "Below": "First"}
    rig.assert_agreed(first, second, below_both)


def test_account_that_is_its_own_parent_waits():
    rig = Rig()
    account = rig.new_account("Acme")
    rig.edit_account(account, ParentId=account)

    (outcome,) = rig.sync_quietly(rig.account_changed(account))

    assert (outcome.status, outcome.reason) == (OutcomeStatus.DEFERRED, "parents_in_a_circle")


def test_linked_accounts_that_stand_above_each_other_are_told_after_some_tries():
    rig = Rig()
    mother, child, _, _ = family(rig)

    outcomes = rig.settle(rig.edit_account(mother, ParentId=child))

    assert [each.status for each in outcomes] == [
        *[OutcomeStatus.WAITING] * 3,
        OutcomeStatus.REJECTED,
    ]
    assert "lead back to it" in rig.message(mother)


@pytest.mark.parametrize("order", [1, -1])
def test_parent_and_child_may_change_places(order):
    rig = Rig()
    mother, child, _, _ = family(rig)
    events = [rig.edit_account(child, ParentId=None), rig.edit_account(mother, ParentId=child)]

    rig.settle(*events[::order])

    assert hierarchy(rig) == {"Branch": None, "Holding": "Branch"}
    rig.assert_agreed(mother, child)


def test_sixth_level_is_refused_in_plain_words():
    rig = Rig()
    accounts: list[str] = []
    for level in range(6):
        above = {"ParentId": accounts[-1]} if accounts else {}
        accounts.append(rig.new_account(f"Level {level}", **above))

    rig.settle(*map(rig.account_changed, accounts))

    assert [rig.status(each) for each in accounts] == [*["In sync"] * 5, "Rejected"]
    assert "five levels" in rig.message(accounts[-1])
    assert len(rig.customers()) == 5


def test_account_whose_parent_takes_no_part_waits_for_it():
    rig = Rig()
    mother = rig.new_account("Holding", Type="Competitor")
    child = rig.new_account("Branch", ParentId=mother)

    rig.sync_quietly(rig.account_changed(child))
    assert rig.status(child) == "Waiting"
    assert "Parent account names a record" in rig.message(child)
    assert rig.customers() == []
    rig.edit_account(mother, Type="Customer - Direct")
    rig.go_round()

    assert hierarchy(rig) == {"Holding": None, "Branch": "Holding"}
    rig.assert_agreed(mother, child)


def test_new_parent_that_takes_no_part_waits_and_the_other_edits_travel():
    rig = Rig()
    mother, child, holding, customer = family(rig)
    rival = rig.new_account("Rival", Type="Competitor")

    outcomes = rig.sync_quietly(rig.edit_account(child, ParentId=rival, Phone="(415) 555-0100"))

    told = [(each.status, each.reason, each.fields) for each in outcomes if each.reason != SKIPPED]
    assert told == [(OutcomeStatus.DEFERRED, "reference_not_linked", ("parent",))]
    assert rig.customer(customer)["PrimaryPhone"]["FreeFormNumber"] == "(415) 555-0100"
    assert rig.customer(customer)["ParentRef"]["value"] == holding
    assert rig.status(child) == "Waiting"
    assert "Parent account names a record" in rig.message(child)

    rig.edit_account(rival, Type="Customer - Direct")
    rig.go_round()

    assert hierarchy(rig) == {"Holding": None, "Branch": "Rival", "Rival": None}
    rig.settle(*rig.every_event())
    rig.assert_agreed(mother, child, rival)


def test_edits_travel_while_a_parent_waits_and_are_none_of_a_conflict():
    rig = Rig()
    _, child, _, customer = family(rig)
    rival = rig.new_account("Rival", Type="Competitor")
    rig.sync_quietly(rig.edit_account(child, ParentId=rival))
    assert rig.status(child) == "Waiting"

    rig.sync_quietly(
        rig.edit_account(child, Phone="(415) 555-0100"),
        rig.edit_customer(customer, Notes="Closed on Mondays"),
    )

    assert rig.customer(customer)["PrimaryPhone"]["FreeFormNumber"] == "(415) 555-0100"
    assert rig.account(child)["Description"] == "Closed on Mondays"
    assert rig.account(child)["ParentId"] == rival
    assert rig.status(child) == "Waiting"
    assert "Note:" not in rig.message(child)


def test_parent_in_quickbooks_that_takes_no_part_does_not_hold_a_new_phone_number():
    rig = Rig()
    mother, child, _, customer = family(rig)
    project = rig.new_customer("Project", **below(rig.new_customer("Other")), IsProject=True)

    rig.sync_quietly(
        rig.edit_customer(
            customer, **below(project), PrimaryPhone={"FreeFormNumber": "(415) 555-0100"}
        )
    )

    assert rig.account(child)["Phone"] == "(415) 555-0100"
    assert rig.account(child)["ParentId"] == mother
    assert rig.status(child) == "Waiting"


def test_parent_that_loses_while_the_other_one_waits_is_quoted_when_that_arrives():
    rig = Rig()
    _, child, _, customer = family(rig)
    rival = rig.new_account("Rival", Type="Competitor")
    _, third = rig.linked("Third")

    rig.sync_quietly(
        rig.edit_customer(customer, **below(third)),
        rig.edit_account(child, ParentId=rival, Phone="(415) 555-0100"),
    )
    assert rig.customer(customer)["ParentRef"]["value"] == third
    assert rig.customer(customer)["PrimaryPhone"]["FreeFormNumber"] == "(415) 555-0100"
    assert "Note:" not in rig.message(child)

    rig.edit_account(rival, Type="Customer - Direct")
    rig.go_round()

    assert hierarchy(rig)["Branch"] == "Rival"
    assert "Parent account was changed on both sides" in rig.message(child)


def test_account_that_comes_back_below_one_that_takes_no_part_is_active_again():
    rig = Rig()
    _, child, _, customer = family(rig)
    rival = rig.new_account("Rival", Type="Competitor")
    rig.settle(rig.delete_account(child))
    assert rig.customer(customer)["Active"] is False

    rig.in_salesforce("undelete", id=child)
    rig.sync_quietly(rig.edit_account(child, ParentId=rival))

    assert rig.customer(customer)["Active"] is True
    assert rig.status(child) == "Waiting"

    rig.edit_account(rival, Type="Customer - Direct")
    rig.go_round()

    assert hierarchy(rig)["Branch"] == "Rival"


def without_creating() -> dict[str, EntityMapping]:
    """Return mappings by which customers of QuickBooks make no Accounts."""
    mappings = read_mappings()
    one_way = replace(mappings["customer"], creates=System.QUICKBOOKS)
    return {**mappings, "customer": one_way}


def test_sub_customer_whose_parent_is_not_made_here_keeps_its_own_account_waiting():
    rig = Rig(mappings=without_creating())
    holding = rig.new_customer("Holding")
    rig.new_customer("Branch", **below(holding))
    account = rig.new_account("Branch")

    rig.sync_quietly(rig.account_changed(account))

    assert rig.pair(account).quickbooks_id is not None
    assert rig.status(account) == "Waiting"
    assert rig.account(account)["ParentId"] is None


def test_child_of_a_deleted_account_is_in_its_place_when_that_comes_back():
    rig = Rig()
    mother, child, holding, _ = family(rig)

    rig.settle(rig.delete_account(mother), rig.account_changed(child))
    assert rig.status(child) == "In sync"
    rig.in_salesforce("undelete", id=mother)
    rig.settle(rig.account_changed(mother), rig.account_changed(child))

    assert rig.customer(holding)["Active"] is True
    assert hierarchy(rig) == {"Holding": None, "Branch": "Holding"}
    rig.assert_agreed(mother, child)


def test_child_follows_its_parent_into_a_merge_of_accounts():
    rig = Rig()
    mother, child, _, _ = family(rig)
    survivor, _ = rig.linked("Second")
    rig.in_salesforce("merge", id=mother, into=survivor)

    rig.settle(*map(rig.account_changed, (mother, survivor, child)))

    assert hierarchy(rig)["Branch"] == "Second"


def test_child_follows_its_parent_into_a_merge_of_customers():
    rig = Rig()
    mother, child, holding, customer = family(rig)
    second = rig.new_customer("Second")
    rig.in_quickbooks("merge", id=holding, into=second)

    rig.settle(merged(rig, second, holding), rig.customer_changed(customer))

    assert rig.pair(mother).quickbooks_id == second
    assert rig.account(child)["ParentId"] == mother
    rig.assert_agreed(mother, child)


def merged(rig: Rig, survivor: str, loser: str) -> ChangeEvent:
    """Return the event of a merge of customers."""
    return rig.customer_changed(survivor, ChangeKind.MERGED, loser)


def test_families_that_are_only_observed_do_not_go_round():
    rig = Rig(mode=Mode.OBSERVE)
    branch = rig.new_customer("Branch", **below(rig.new_customer("Holding")))

    rig.sync_quietly(rig.customer_changed(branch))

    assert rig.queue.sent == []
    assert rig.accounts() == []


def test_account_that_has_a_customer_is_linked_even_if_its_parent_cannot_be():
    rig = Rig()
    mother = rig.new_account("Holding", Type="Competitor")
    child = rig.new_account("Branch", ParentId=mother)
    customer = rig.new_customer("Branch")

    rig.sync_quietly(rig.account_changed(child))

    assert rig.pair(child).quickbooks_id == customer
    assert rig.status(child) == "Waiting"


def test_sub_customer_waits_as_long_as_its_parent_cannot_be_linked():
    rig = Rig()
    rig.new_account("Holding"), rig.new_account("Holding")
    branch = rig.new_customer("Branch", **below(rig.new_customer("Holding")))

    outcomes = rig.sync_quietly(rig.customer_changed(branch))

    assert {each.quickbooks_id: (each.status, each.reason) for each in outcomes} == {
        branch: (OutcomeStatus.DEFERRED, "reference_not_linked"),
        "1": (OutcomeStatus.CONFLICT, "several_matches"),
    }
    assert rig.pointer(branch).revision == 1
    assert len(rig.accounts()) == 2


def test_pair_is_worked_on_once_though_its_parent_comes_first():
    rig = Rig()
    mother = rig.new_account("Group")
    child = rig.new_account("Holding", ParentId=mother)
    customer = rig.new_customer("Holding")

    outcomes = rig.sync_quietly(rig.customer_changed(customer), rig.account_changed(child))
    rig.go_round()

    assert "decided_elsewhere" not in {each.reason for each in outcomes}
    assert hierarchy(rig) == {"Group": None, "Holding": "Group"}
    rig.assert_agreed(mother, child)


def test_merged_account_waits_for_its_survivor_whose_parent_comes_first():
    rig = Rig()
    loser, _ = rig.linked("Acme")
    survivor, customer = rig.linked("Second")
    mother = rig.new_account("Group")
    rig.edit_account(survivor, ParentId=mother)
    rig.in_salesforce("merge", id=loser, into=survivor)

    outcomes = rig.sync_quietly(*map(rig.account_changed, (loser, survivor)))

    assert "claimed" in {each.reason for each in outcomes}
    rig.go_round()
    parent = rig.customer(customer)["ParentRef"]["value"]
    assert rig.pair(mother).quickbooks_id == parent
