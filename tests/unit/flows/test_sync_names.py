"""Two records of one name are never made into one, and never guessed at."""

import pytest

from bridge.model import OutcomeStatus, PairState
from tests.rig import QB, SF, Rig


@pytest.mark.parametrize("second", ["Acme", "ACME", "acme", "Acme ", "Acme  ", "Ac:me"])
def test_two_accounts_of_one_name_do_not_share_a_customer(second):
    rig = Rig()
    name = "Ac me" if ":" in second else "Acme"
    first, other = rig.new_account(name), rig.new_account(second)

    rig.settle(rig.account_changed(first))
    rig.settle(rig.account_changed(other))

    assert len(rig.customers()) == 1
    assert rig.status(first) == "In sync"
    assert rig.status(other) == "Conflict"
    assert "already linked" in rig.message(other)
    assert rig.pair(other).quickbooks_id is None


def test_two_accounts_of_one_name_in_one_batch_do_not_share_a_customer():
    rig = Rig()
    first, other = rig.new_account("Acme"), rig.new_account("Acme")

    rig.settle(rig.account_changed(first), rig.account_changed(other))

    assert len(rig.customers()) == 1
    assert sorted([rig.status(first), rig.status(other)]) == ["Conflict", "In sync"]


def test_conflict_of_names_ends_when_one_is_renamed():
    rig = Rig()
    first, other = rig.new_account("Acme"), rig.new_account("Acme")
    rig.settle(rig.account_changed(first), rig.account_changed(other))
    in_conflict = first if rig.status(first) == "Conflict" else other

    rig.settle(rig.edit_account(in_conflict, Name="Acme East"))

    assert sorted(row["DisplayName"] for row in rig.customers()) == ["Acme", "Acme East"]
    assert rig.message(in_conflict) == ""
    rig.assert_agreed(first, other)


def test_conflict_of_names_writes_its_message_once():
    rig = Rig()
    first, other = rig.new_account("Acme"), rig.new_account("Acme")
    rig.settle(rig.account_changed(first))
    rig.settle(rig.account_changed(other))
    rig.writes()

    rig.settle(rig.account_changed(other))

    assert rig.status(other) == "Conflict"
    assert rig.writes() == 0


@pytest.mark.parametrize("holder", ["Vendor", "Employee"])
def test_name_held_by_a_vendor_or_an_employee_is_a_conflict_in_plain_words(holder):
    rig = Rig()
    fields = {"DisplayName": "Acme"} | ({"FamilyName": "Acme"} if holder == "Employee" else {})
    rig.in_quickbooks("create", holder, fields=fields)
    account = rig.new_account("Acme")

    (outcome,) = rig.sync(rig.account_changed(account))

    assert (outcome.status, outcome.code) == (OutcomeStatus.CONFLICT, "6240")
    assert "vendor, an employee" in rig.message(account)
    assert rig.pair(account).owner is None
    assert rig.customers() == []


def test_name_held_by_a_vendor_heals_when_the_account_is_renamed():
    rig = Rig()
    vendor = str(rig.in_quickbooks("create", "Vendor", fields={"DisplayName": "Acme"})["Id"])
    rig.settle(rig.quickbooks_changed("Vendor", vendor))
    account = rig.new_account("Acme")
    rig.settle(rig.account_changed(account))

    rig.settle(rig.edit_account(account, Name="Acme Customers"))

    assert [row["DisplayName"] for row in rig.customers()] == ["Acme Customers"]
    rig.assert_agreed(account)


def test_customer_made_by_a_person_a_moment_before_ours_is_adopted():
    rig = Rig()
    account = rig.new_account("Acme", Phone="555-0100")
    rig.meanwhile(
        QB, "/batch$", lambda: rig.new_customer("Acme", WebAddr={"URI": "https://acme.example"})
    )

    rig.settle(rig.account_changed(account))

    (customer,) = rig.customers()
    assert customer["PrimaryPhone"]["FreeFormNumber"] == "555-0100"
    assert rig.account(account)["Website"] == "https://acme.example"
    rig.assert_agreed(account)


def test_customer_too_new_for_queries_is_adopted_a_little_later():
    rig = Rig()
    rig.quickbooks.switches.query_lag_s = 10.0
    account = rig.new_account("Acme")
    rig.new_customer("Acme", WebAddr={"URI": "https://acme.example"})

    (outcome,) = rig.sync(rig.account_changed(account))
    assert (outcome.status, outcome.reason) == (OutcomeStatus.WAITING, "name_holder_unseen")
    rig.go_round()

    assert len(rig.customers()) == 1
    assert rig.account(account)["Website"] == "https://acme.example"
    rig.assert_agreed(account)


def test_name_that_nobody_is_seen_to_hold_becomes_a_conflict_after_some_tries():
    rig = Rig()
    account = rig.new_account("Acme")
    rig.plant(QB, {"kind": "batch_item:create"}, times=10, code="6240")

    outcomes = rig.settle(rig.account_changed(account))

    assert [outcome.status for outcome in outcomes] == [
        *[OutcomeStatus.WAITING] * 3,
        OutcomeStatus.CONFLICT,
    ]
    assert "already uses this name" in rig.message(account)


def test_customer_made_by_a_person_a_moment_before_ours_with_another_phone_is_a_conflict():
    rig = Rig()
    account = rig.new_account("Acme", Phone="555-0100")
    rig.meanwhile(
        QB,
        "/batch$",
        lambda: rig.new_customer("Acme", PrimaryPhone={"FreeFormNumber": "555-0199"}),
    )

    rig.settle(rig.account_changed(account))

    assert rig.status(account) == "Conflict"
    assert "Phone" in rig.message(account)
    assert rig.customers()[0]["SyncToken"] == "0"
    assert rig.pair(account).owner is None


def test_customer_linked_to_another_account_a_moment_before_ours_is_a_conflict():
    rig = Rig()
    account = rig.new_account("Acme")

    def link_another():
        other = rig.new_account("Acme")
        rig.sync(rig.account_changed(other))

    rig.meanwhile(QB, "/batch$", link_another)

    rig.settle(rig.account_changed(account))

    assert len(rig.customers()) == 1
    assert rig.status(account) == "Conflict"
    assert "already linked" in rig.message(account)


def test_customer_whose_own_account_is_being_made_is_not_adopted_by_another():
    rig = Rig()
    account = rig.new_account("Acme", Phone="555-0100")

    def arrive():
        # A person adds the customer; while its own Account is being inserted, the name clashes.
        rig.new_customer("Acme")
        rig.plant(SF, {"kind": "collections:create"}, drop="after")
        rig.sync(rig.customer_changed("1"))

    # The Account is renamed for a moment, so that the arriving customer does not find it.
    def hide():
        rig.edit_account(account, Name="Hidden")
        arrive()
        rig.edit_account(account, Name="Acme")

    rig.meanwhile(QB, "/batch$", hide)

    rig.settle(rig.account_changed(account))
    rig.go_round()

    born = next(row["Id"] for row in rig.accounts() if row["Id"] != account)
    assert len(rig.customers()) == 1
    assert rig.pair(born).quickbooks_id == "1"
    assert rig.status(account) == "Conflict"


def test_customer_made_for_another_account_is_not_adopted_before_its_link():
    rig = Rig()
    first = rig.new_account("Acme", Phone="555-0100")
    rig.plant(QB, {"kind": "batch"}, drop="after")
    rig.sync(rig.account_changed(first))
    other = rig.new_account("Acme", Phone="555-0100")

    rig.settle(rig.account_changed(other))

    assert len(rig.customers()) == 1
    assert rig.pair(first).quickbooks_id == "1"
    assert rig.status(first) == "In sync"
    assert rig.status(other) == "Conflict"


@pytest.mark.parametrize("name", ["Acme (copy)", "Zebra"])
def test_copy_of_a_customer_with_its_notes_becomes_an_account_of_its_own(name):
    rig = Rig()
    account, customer = rig.linked("Acme", Description="Pays late")
    notes = rig.customer(customer)["Notes"]
    copy = rig.new_customer(name, Notes=notes)

    rig.settle(rig.customer_changed(copy))

    own = next(row for row in rig.accounts() if row["Id"] != account)
    assert (own["Name"], own["Description"]) == (name, "Pays late")
    assert rig.pair(account).quickbooks_id == customer
    assert rig.pair(own["Id"]).quickbooks_id == copy
    rig.assert_agreed(account, own["Id"])


def test_copy_made_while_the_original_is_not_linked_yet_becomes_an_account_of_its_own():
    rig = Rig()
    account = rig.new_account("Acme")
    rig.plant(QB, {"kind": "batch"}, drop="after")
    rig.sync(rig.account_changed(account))
    rig.clock.advance(30)
    copy = rig.new_customer("Acme (copy)", Notes=rig.customers()[0]["Notes"])

    rig.sync(rig.customer_changed(copy))
    rig.go_round()

    assert rig.pair(account).quickbooks_id == "1"
    assert sorted(row["Name"] for row in rig.accounts()) == ["Acme", "Acme (copy)"]
    rig.assert_agreed(*(row["Id"] for row in rig.accounts()))


def test_second_record_that_carries_our_marker_is_counted():
    rig = Rig()
    account = rig.new_account("Acme")
    rig.plant(QB, {"kind": "batch"}, drop="after")
    rig.sync(rig.account_changed(account))
    rig.new_customer("Acme 2", Notes=rig.customers()[0]["Notes"])

    rig.go_round()

    assert rig.pair(account).quickbooks_id == "1"
    assert rig.counted["DuplicateCreates"] == 1


def test_account_of_a_deleted_accounts_name_does_not_take_its_customer():
    rig = Rig()
    gone, customer = rig.linked("Acme")
    rig.settle(rig.delete_account(gone))

    account = rig.new_account("Acme")
    rig.settle(rig.account_changed(account))

    assert rig.pair(gone).state is PairState.TOMB
    assert rig.customer(customer)["Active"] is False
    assert rig.status(account) == "Conflict"


def test_account_without_a_usable_name_says_so():
    rig = Rig()
    account = rig.new_account(":")

    (outcome,) = rig.sync(rig.account_changed(account))

    assert (outcome.status, outcome.reason) == (OutcomeStatus.CONFLICT, "name_missing")
    assert "Fill in the name" in rig.message(account)
    assert rig.customers() == []


@pytest.mark.parametrize("holder", ["Vendor", "Employee"])
@pytest.mark.parametrize("is_active", [True, False])
def test_rename_to_the_name_of_a_vendor_or_an_employee_is_told_and_heals(holder, is_active):
    rig = Rig()
    rig.quickbooks.switches.change({"deleted_suffix": False})
    fields = {"DisplayName": "Ajax"} | ({"FamilyName": "Ajax"} if holder == "Employee" else {})
    other = str(rig.in_quickbooks("create", holder, fields=fields)["Id"])
    if not is_active:
        rig.in_quickbooks("deactivate", holder, id=other)
    account, customer = rig.linked("Acme")

    rig.settle(rig.edit_account(account, Name="Ajax"))
    assert rig.status(account) == "Rejected"
    assert "vendor, an employee" in rig.message(account)
    assert rig.customer(customer)["DisplayName"] == "Acme"
    rig.settle(rig.edit_account(account, Name="Ajax Customers"))

    assert rig.customer(customer)["DisplayName"] == "Ajax Customers"
    assert rig.status(account) == "In sync"


def test_name_of_an_inactive_vendor_is_a_conflict_where_it_keeps_its_name():
    rig = Rig()
    rig.quickbooks.switches.change({"deleted_suffix": False})
    vendor = str(rig.in_quickbooks("create", "Vendor", fields={"DisplayName": "Acme"})["Id"])
    rig.in_quickbooks("deactivate", "Vendor", id=vendor)
    account = rig.new_account("Acme")

    (outcome,) = rig.sync_quietly(rig.account_changed(account))

    assert (outcome.status, outcome.reason) == (OutcomeStatus.CONFLICT, "name_taken")


@pytest.mark.parametrize("side", [QB, SF])
def test_rename_in_case_alone_reaches_the_other_side(side):
    rig = Rig()
    account, customer = rig.linked("Acme")

    if side is SF:
        rig.settle(rig.edit_account(account, Name="ACME"))
    else:
        rig.settle(rig.edit_customer(customer, DisplayName="ACME"))

    assert rig.customer(customer)["DisplayName"] == rig.account(account)["Name"] == "ACME"
    rig.assert_agreed(account)


@pytest.mark.parametrize("typed", ["Acme\tWest", "Acme\nWest", "Acme\r\n West"])
def test_tab_or_line_break_in_a_name_becomes_a_blank(typed):
    rig = Rig()
    account, customer = rig.linked("Acme")

    rig.settle(rig.edit_account(account, Name=typed))

    assert rig.customer(customer)["DisplayName"] == "Acme West"
    rig.assert_agreed(account)


def test_name_that_is_too_long_for_a_company_is_rejected_by_its_label():
    rig = Rig()
    rig.quickbooks.switches.change({"display_name_length": 100})
    account = rig.new_account("A" * 101)

    rig.settle(rig.account_changed(account))
    assert rig.status(account) == "Rejected"
    assert rig.message(account).startswith("Name is longer than the other system allows")
    rig.settle(rig.edit_account(account, Name="A" * 100))

    rig.assert_agreed(account)


def test_mark_of_inactive_records_never_reaches_an_account():
    rig = Rig()
    first, customer = rig.linked("Acme")
    rig.in_quickbooks("deactivate", id=customer)
    rig.settle(rig.customer_changed(customer))
    second, other = rig.linked("Ajax")
    rig.settle(rig.edit_customer(other, DisplayName="Acme"))
    rig.in_quickbooks("deactivate", id=other)
    rig.settle(rig.customer_changed(other))

    assert {row["DisplayName"] for row in rig.customers()} == {"Acme (deleted)", "Acme (deleted 1)"}
    assert {row["Name"] for row in rig.accounts()} == {"Acme"}
    assert {rig.status(each) for each in (first, second)} == {"Inactive in QuickBooks"}


def test_mark_that_stays_on_an_active_customer_is_no_rename():
    rig = Rig()
    rig.quickbooks.switches.change({"reactivated_name": "kept"})
    account, customer = rig.linked("Acme")
    rig.in_quickbooks("deactivate", id=customer)
    rig.settle(rig.customer_changed(customer))
    rig.in_quickbooks("reactivate", id=customer)

    rig.settle(rig.customer_changed(customer))
    rig.settle(rig.edit_customer(customer, PrimaryPhone={"FreeFormNumber": "555-0177"}))
    assert rig.customer(customer)["DisplayName"] == "Acme (deleted)"
    assert (rig.account(account)["Name"], rig.account(account)["Phone"]) == ("Acme", "555-0177")
    rig.assert_agreed(account)
    rig.settle(rig.edit_account(account, Name="Acme West"))

    assert rig.customer(customer)["DisplayName"] == "Acme West"
    assert "Note:" not in rig.message(account)
    rig.assert_agreed(account)
