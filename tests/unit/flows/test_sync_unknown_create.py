"""A create whose answer never came makes exactly one record in the end."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from bridge.model import ChangeKind, OutcomeStatus, PairState
from tests.rig import QB, SF, Rig

Trouble = tuple[dict[str, Any], dict[str, Any]]

# Was the record made? What went wrong with the answer.
QUICKBOOKS_TROUBLE: dict[str, Trouble] = {
    "lost before": ({"kind": "batch"}, {"drop": "before"}),
    "lost after": ({"kind": "batch"}, {"drop": "after"}),
    "item lost after": ({"kind": "batch_item:create"}, {"drop": "after"}),
    "server error": ({"kind": "batch"}, {"status": 500}),
    "unreadable": ({"kind": "batch"}, {"status": 200, "body": "{ cut off"}),
    "html": ({"kind": "batch"}, {"status": 504, "body": "<html>Gateway time-out</html>"}),
    "late": ({"kind": "batch"}, {"late_s": 20}),
}
SALESFORCE_TROUBLE: dict[str, Trouble] = {
    "lost before": ({"kind": "collections:create"}, {"drop": "before"}),
    "lost after": ({"kind": "collections:create"}, {"drop": "after"}),
    "server error": ({"kind": "collections:create"}, {"status": 500}),
    "unreadable": ({"kind": "collections:create"}, {"status": 200, "body": "[ cut off"}),
    "html": (
        {"kind": "collections:create"},
        {"status": 504, "body": "<html>Gateway time-out</html>"},
    ),
}


def lose_create(rig: Rig, trouble: str) -> str:
    match, effect = QUICKBOOKS_TROUBLE[trouble]
    rig.plant(QB, match, **effect)
    account = rig.new_account("Acme", Phone="555-0100")
    (outcome,) = rig.sync(rig.account_changed(account))
    assert (outcome.status, outcome.reason) == (OutcomeStatus.WAITING, "outcome_unknown")
    return account


def lose_insert(rig: Rig, trouble: str) -> str:
    match, effect = SALESFORCE_TROUBLE[trouble]
    rig.plant(SF, match, **effect)
    customer = rig.new_customer("Acme", PrimaryPhone={"FreeFormNumber": "555-0100"})
    (outcome,) = rig.sync(rig.customer_changed(customer))
    assert (outcome.status, outcome.reason) == (OutcomeStatus.WAITING, "outcome_unknown")
    return customer


@pytest.mark.parametrize("trouble", QUICKBOOKS_TROUBLE)
def test_create_in_quickbooks_of_unknown_outcome_makes_one_customer(trouble):
    rig = Rig()

    account = lose_create(rig, trouble)
    rig.go_round()

    assert len(rig.customers()) == 1
    rig.assert_agreed(account)


@pytest.mark.parametrize("trouble", SALESFORCE_TROUBLE)
def test_create_in_salesforce_of_unknown_outcome_makes_one_account(trouble):
    rig = Rig()

    lose_insert(rig, trouble)
    rig.go_round()

    (account,) = rig.accounts()
    rig.assert_agreed(account["Id"])


@pytest.mark.parametrize("trouble", QUICKBOOKS_TROUBLE)
def test_create_of_unknown_outcome_waits_until_nothing_of_it_can_land(trouble):
    rig = Rig()

    account = lose_create(rig, trouble)

    pair = rig.pair(account)
    assert (pair.owner, pair.state) == ("id-1", PairState.CREATING)
    assert pair.intent is not None
    (back,) = rig.queue.sent
    assert 180 <= back.delay_s <= 190


def test_others_wait_for_a_create_of_unknown_outcome():
    rig = Rig()
    account = lose_create(rig, "lost after")
    rig.clock.advance(60)

    outcomes = rig.sync(rig.account_changed(account), rig.customer_changed("1"))

    assert {outcome.reason for outcome in outcomes} == {"claimed"}
    assert rig.accounts() == [rig.account(account)]


def test_record_made_by_an_unknown_create_is_found_by_its_webhook():
    rig = Rig()
    account = lose_create(rig, "lost after")
    rig.queue.sent.clear()
    rig.clock.advance(200)

    rig.sync(rig.customer_changed("1"))

    assert rig.pair(account).quickbooks_id == "1"
    rig.assert_agreed(account)


def rename_customer(rig: Rig, _: str) -> None:
    if rig.customers():
        rig.edit_customer("1", DisplayName="Renamed")


def rename_account(rig: Rig, account: str) -> None:
    rig.edit_account(account, Name="Renamed")


def edit_customer(rig: Rig, _: str) -> None:
    if rig.customers():
        rig.edit_customer("1", PrimaryPhone={"FreeFormNumber": "555-0177"})


def edit_account(rig: Rig, account: str) -> None:
    rig.edit_account(account, Phone="555-0177")


def rename_both(rig: Rig, account: str) -> None:
    rename_customer(rig, account)
    rename_account(rig, account)


@pytest.mark.parametrize("trouble", ["lost before", "lost after", "late"])
@pytest.mark.parametrize(
    ("between", "field", "value"),
    [
        (rename_customer, "DisplayName", "Renamed"),
        (rename_account, "DisplayName", "Renamed"),
        (rename_both, "DisplayName", "Renamed"),
        (edit_customer, "PrimaryPhone", {"FreeFormNumber": "555-0177"}),
        (edit_account, "PrimaryPhone", {"FreeFormNumber": "555-0177"}),
    ],
)
def test_edit_after_an_unknown_create_in_quickbooks_is_kept(
    trouble: str, between: Callable[[Rig, str], None], field: str, value: object
):
    rig = Rig()
    account = lose_create(rig, trouble)
    rig.clock.advance(30)
    was_made = bool(rig.customers())

    between(rig, account)
    rig.go_round()

    (customer,) = rig.customers()
    if was_made or between in (rename_account, rename_both, edit_account):
        assert customer[field] == value
    rig.assert_agreed(account)


@pytest.mark.parametrize("trouble", ["lost before", "lost after"])
def test_account_deleted_after_an_unknown_create_leaves_no_active_customer(trouble):
    rig = Rig()
    account = lose_create(rig, trouble)
    rig.clock.advance(30)

    event = rig.delete_account(account)
    rig.sync(event)
    rig.go_round()

    assert [row["Active"] for row in rig.customers()] in ([], [False])
    rig.quiet()
    rig.sync(*rig.every_event())
    assert rig.writes() == 0


def test_customer_made_inactive_after_an_unknown_create_stays_inactive():
    rig = Rig()
    account = lose_create(rig, "lost after")
    rig.in_quickbooks("deactivate", id="1")

    rig.go_round()

    assert [row["Active"] for row in rig.customers()] == [False]
    assert rig.pair(account).quickbooks_id == "1"
    assert rig.status(account) == "Inactive in QuickBooks"


@pytest.mark.parametrize("trouble", ["lost before", "lost after"])
def test_edits_after_an_unknown_create_in_salesforce_are_kept(trouble):
    rig = Rig()
    customer = lose_insert(rig, trouble)
    rig.clock.advance(30)
    for row in rig.accounts():
        rig.edit_account(row["Id"], Name="Renamed here", Fax="555-0166")

    event = rig.edit_customer(customer, PrimaryPhone={"FreeFormNumber": "555-0177"})
    rig.sync(event)
    rig.go_round()

    (account,) = rig.accounts()
    if trouble == "lost after":
        assert rig.customer(customer)["DisplayName"] == "Renamed here"
        assert rig.customer(customer)["Fax"] == {"FreeFormNumber": "555-0166"}
    assert account["Phone"] == "555-0177"
    rig.assert_agreed(account["Id"])


def test_worker_that_finds_what_another_one_has_linked_since_leaves_it_alone():
    rig = Rig()
    customer = lose_insert(rig, "lost after")
    event = rig.edit_customer(customer, PrimaryPhone={"FreeFormNumber": "555-0177"})
    rig.clock.advance(600)

    def while_it_is_looked_up() -> None:
        rig.sync(event)
        rig.edit_customer(customer, PrimaryPhone={"FreeFormNumber": "555-0188"})

    rig.meanwhile(SF, "/query", while_it_is_looked_up, is_after=True)
    rig.settle(event)

    (account,) = rig.accounts()
    assert rig.customer(customer)["PrimaryPhone"] == {"FreeFormNumber": "555-0188"}
    assert account["Phone"] == "555-0188"
    rig.assert_agreed(account["Id"])


def test_account_deleted_after_an_unknown_insert_is_not_made_again():
    rig = Rig()
    customer = lose_insert(rig, "lost after")
    rig.clock.advance(30)

    rig.sync(rig.delete_account(rig.accounts()[0]["Id"]))
    rig.go_round()

    assert rig.accounts() == []
    assert rig.customer(customer)["Active"] is False


def test_customer_merged_away_after_an_unknown_insert_leaves_no_orphan():
    rig = Rig()
    customer = lose_insert(rig, "lost after")
    survivor = rig.new_customer("Survivor")
    rig.in_quickbooks("merge", id=customer, into=survivor)

    rig.go_round()

    (account,) = rig.accounts()
    assert rig.pair(account["Id"]).state is PairState.TOMB
    assert rig.status(account["Id"]) == "Inactive in QuickBooks"


def test_account_made_by_an_unknown_insert_takes_over_no_other_customer_in_a_merge():
    rig = Rig()
    older, other = rig.linked("Older")
    customer = lose_insert(rig, "lost after")
    made = next(row["Id"] for row in rig.accounts() if row["Id"] != older)
    rig.in_salesforce("merge", id=older, into=made)

    rig.settle(rig.account_changed(older, ChangeKind.DELETED))

    assert [row["Id"] for row in rig.accounts()] == [made]
    assert rig.pair(made).quickbooks_id == customer
    assert rig.customer(other)["Active"]
    assert "merge" in rig.message(made).lower()


def test_customer_merged_away_after_an_unknown_create_is_put_before_a_person():
    rig = Rig()
    rig.quickbooks.switches.batch_repeat = "fault_6000"
    survivor = rig.new_customer("Survivor")
    account = lose_create(rig, "lost after")
    (made,) = [row for row in rig.customers() if row["DisplayName"] == "Acme"]
    rig.in_quickbooks("merge", id=made["Id"], into=survivor)

    outcomes = rig.go_round()

    assert (outcomes[-1].status, outcomes[-1].reason) == (OutcomeStatus.CONFLICT, "maybe_created")
    assert [row["DisplayName"] for row in rig.customers() if row["Active"]] == ["Survivor"]
    assert rig.status(account) == "Conflict"
    assert (rig.pair(account).owner, rig.pair(account).intent) == (None, None)


def test_customer_made_without_an_answer_and_taken_over_in_a_merge_leaves_no_open_intent():
    rig = Rig()
    _, loser = rig.linked("Older")
    account = lose_create(rig, "lost after")
    (made,) = [row for row in rig.customers() if row["DisplayName"] == "Acme"]
    rig.in_quickbooks("merge", id=loser, into=made["Id"])
    rig.sync(rig.customer_changed(made["Id"], ChangeKind.MERGED, removed_id=loser))

    rig.go_round()

    assert (rig.pair(account).owner, rig.pair(account).intent) == (None, None)
    assert rig.status(account) == "Conflict"


def test_record_that_a_retry_finds_made_already_is_linked_and_not_overwritten():
    rig = Rig()
    customer = lose_insert(rig, "lost after")
    (made,) = rig.accounts()
    rig.edit_account(made["Id"], Website="https://acme.example")
    rig.rows.rows.clear()  # as if the tables had been lost: only the external id is left to tell

    rig.settle(rig.customer_changed(customer))
    rig.go_round()

    assert [row["Id"] for row in rig.accounts()] == [made["Id"]]
    assert rig.account(made["Id"])["Website"] == "https://acme.example"
    assert rig.customer(customer)["WebAddr"]["URI"] == "https://acme.example"


@pytest.mark.parametrize("trouble", ["young", "gone"])
def test_account_made_by_an_unknown_insert_waits_for_the_customer_it_was_born_of(trouble):
    rig = Rig()
    if trouble == "young":
        rig.quickbooks.switches.query_lag_s = 30.0
    customer = lose_insert(rig, "lost after")
    if trouble == "gone":
        survivor = rig.new_customer("Survivor")
        rig.in_quickbooks("merge", id=customer, into=survivor)
    account = rig.accounts()[0]["Id"]
    rig.clock.advance(2)

    (outcome,) = rig.sync(rig.edit_account(account, Name="Renamed"))
    assert (outcome.status, outcome.reason) == (OutcomeStatus.WAITING, "claimed")
    rig.go_round()

    assert rig.pair(account).quickbooks_id == customer
    assert [row["DisplayName"] for row in rig.customers()] == (
        ["Renamed"] if trouble == "young" else ["Survivor"]
    )


def test_account_that_was_born_of_a_customer_too_young_for_queries_finds_it():
    rig = Rig()
    rig.quickbooks.switches.query_lag_s = 30.0
    customer = rig.new_customer("Acme in the books")
    account = rig.new_account("Acme", QuickBooks_Id__c=f"1:customer:{customer}")

    rig.sync_quietly(rig.account_changed(account))

    assert rig.pair(account).quickbooks_id == customer


def test_account_that_is_linked_already_is_not_taken_from_its_customer():
    rig = Rig()
    account, customer = rig.linked("Acme")
    other = rig.new_customer("Other")
    rig.edit_account(account, QuickBooks_Id__c=f"1:customer:{other}")

    (outcome,) = rig.settle(rig.customer_changed(other))

    assert outcome.status is OutcomeStatus.CONFLICT
    assert rig.pair(account).quickbooks_id == customer
    assert rig.pointer(other).salesforce_id is None
    assert (rig.pointer(other).owner, rig.pointer(other).intent) == (None, None)
    assert rig.status(account) == "In sync"


def test_insert_that_meets_its_own_external_id_links_what_is_there():
    rig = Rig()
    customer = rig.new_customer("Acme")
    account = rig.in_salesforce(
        "create", fields={"Name": "Other name", "QuickBooks_Id__c": f"1:customer:{customer}"}
    )

    rig.settle(rig.customer_changed(customer))

    assert [row["Id"] for row in rig.accounts()] == [account]
    assert rig.pair(account).quickbooks_id == customer


@pytest.mark.parametrize("count", [3, 35])
def test_batch_lost_on_the_way_back_makes_each_customer_once(count):
    rig = Rig()
    accounts = [rig.new_account(f"Acme {n}") for n in range(count)]
    rig.plant(QB, {"kind": "batch"}, drop="after")

    rig.sync(*(rig.account_changed(each) for each in accounts))
    rig.go_round()

    assert sorted(row["DisplayName"] for row in rig.customers()) == sorted(
        f"Acme {n}" for n in range(count)
    )
    rig.assert_agreed(*accounts)


def test_contact_that_could_not_be_made_with_its_account_is_made_later():
    rig = Rig()
    rig.plant(
        SF, {"kind": "collections_item:create", "body": "LastName"}, code="UNABLE_TO_LOCK_ROW"
    )
    customer = rig.new_customer("Acme", GivenName="Ada", FamilyName="Byron")

    rig.settle(rig.customer_changed(customer))

    (account,) = rig.accounts()
    assert rig.contact(account["Id"])["FirstName"] == "Ada"
    assert rig.customer(customer)["GivenName"] == "Ada"
    rig.assert_agreed(account["Id"])


def test_contact_that_lands_late_is_not_made_a_second_time():
    rig = Rig()
    customer = rig.new_customer("Acme", Mobile={"FreeFormNumber": "555-0101"})
    rig.plant(SF, {"kind": "collections:create", "body": "LastName"}, drop="before")

    rig.sync_quietly(rig.customer_changed(customer))
    [account] = rig.accounts()
    sent, rig.queue.sent = rig.queue.sent, []
    rig.clock.advance(30)
    rig.sync(*(each.change for each in sent))
    late = {"AccountId": account["Id"], "LastName": "[not provided]", "MobilePhone": "555-0101"}
    rig.in_salesforce("create", "Contact", fields=late)
    rig.go_round()

    contacts = [row for row in rig.accounts("Contact") if not row["IsDeleted"]]
    assert [row["MobilePhone"] for row in contacts] == ["555-0101"]
    rig.assert_agreed(account["Id"])


def create_keys(rig: Rig) -> list[tuple[str, str]]:
    """Return requestid and item name of each batch of creates."""
    batches = [each for each in rig.wires[QB].passed if b'"operation": "create"' in each.body]
    items = [json.loads(each.body)["BatchItemRequest"][0] for each in batches]
    return [
        (batch.query["requestid"], item["bId"]) for batch, item in zip(batches, items, strict=True)
    ]


def test_repeat_of_an_unknown_create_carries_the_same_key_whatever_its_content():
    rig = Rig()
    account = lose_create(rig, "lost before")

    rig.edit_account(account, Name="Renamed")
    rig.go_round()

    first, repeat = create_keys(rig)
    assert first == repeat


def test_create_after_a_definite_refusal_carries_a_new_key():
    rig = Rig()
    rig.quickbooks.switches.faults_replayed_by_requestid = True
    rig.in_quickbooks("create", "Employee", fields={"DisplayName": "Acme", "FamilyName": "A"})
    account = rig.new_account("Acme")
    rig.settle(rig.account_changed(account))

    rig.settle(rig.edit_account(account, Name="Acme East"))

    first, second = create_keys(rig)
    assert first != second
    rig.assert_agreed(account)


def test_customer_made_without_an_answer_is_found_before_its_account_takes_over_another():
    rig = Rig()
    loser, customer = rig.linked("Acme")
    survivor = rig.new_account("Second")
    rig.plant(QB, {"kind": "batch"}, drop="after")
    rig.sync_quietly(rig.account_changed(survivor))
    rig.in_salesforce("merge", id=loser, into=survivor)

    rig.clock.advance(200)
    rig.sync_quietly(rig.account_changed(loser))
    rig.go_round()

    made = next(row["Id"] for row in rig.customers() if row["Id"] != customer)
    assert rig.pair(survivor).quickbooks_id == made
    assert [row["Id"] for row in rig.accounts()] == [survivor]
    assert "still holds one customer for each" in rig.message(survivor)


def test_two_creates_that_came_to_nothing_do_not_wait_for_one_another():
    rig = Rig()
    rig.plant(QB, {"kind": "batch"}, drop="before")
    account = rig.new_account("Ajax")
    rig.sync_quietly(rig.account_changed(account))
    rig.plant(SF, {"kind": "collections:create"}, drop="before")
    customer = rig.new_customer("Acme")
    rig.sync_quietly(rig.customer_changed(customer))

    rig.settle(rig.edit_account(account, Name="Acme"))

    assert [row["Id"] for row in rig.accounts()] == [account]
    assert [row["Id"] for row in rig.customers()] == [customer]
    assert rig.pair(account).quickbooks_id == customer
    rig.assert_agreed(account)
