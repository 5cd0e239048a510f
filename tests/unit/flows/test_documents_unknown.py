"""An invoice whose create got no answer is made exactly once in the end."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from bridge.model import OutcomeStatus, PairState
from tests.rig import QB, SF
from tests.shop import Shop

Trouble = tuple[dict[str, Any], dict[str, Any]]

QUICKBOOKS_TROUBLE: dict[str, Trouble] = {
    "lost before": ({"kind": "create"}, {"drop": "before"}),
    "lost after": ({"kind": "create"}, {"drop": "after"}),
    "server error": ({"kind": "create"}, {"status": 500}),
    "unreadable": ({"kind": "create"}, {"status": 200, "body": "{ cut off"}),
    "html": ({"kind": "create"}, {"status": 504, "body": "<html>Gateway time-out</html>"}),
    "late": ({"kind": "create"}, {"late_s": 20}),
}
SALESFORCE_TROUBLE: dict[str, Trouble] = {
    "lost before": ({"kind": "composite:tree"}, {"drop": "before"}),
    "lost after": ({"kind": "composite:tree"}, {"drop": "after"}),
    "server error": ({"kind": "composite:tree"}, {"status": 500}),
    "unreadable": ({"kind": "composite:tree"}, {"status": 200, "body": "[ cut off"}),
}
# What is not certain of QuickBooks: none of it may make a second invoice.
SWITCHES: list[dict[str, Any]] = [
    {},
    {"requestid_honoured": False},
    {"requestid_changed_body": "refused"},
    {"faults_replayed_by_requestid": True},
    {"requestid_kept_s": 60.0},
    {"batch_repeat": "fault_6000"},
    {"query_lag_s": 60.0},
    {"id_order": "text", "row_order": "id"},
]


def set_switches(shop: Shop, switches: dict[str, Any]) -> None:
    shop.quickbooks.switches.change(switches)


def ready(switches: dict[str, Any] | None = None) -> tuple[Shop, str, str, str]:
    """Return a shop with its linked account, product and item."""
    shop = Shop()
    account, _ = shop.linked("Acme")
    product, item = shop.linked_item("Rose")
    set_switches(shop, switches or {})
    shop.quiet()
    return shop, account, product, item


def lose_create(shop: Shop, account: str, product: str, trouble: str = "lost after") -> str:
    match, effect = QUICKBOOKS_TROUBLE[trouble]
    shop.plant(QB, match, **effect)
    invoice = shop.new_invoice(account, (product, "2", "12.5"), Due_Date__c="2026-12-20")
    (outcome,) = shop.sync_quietly(shop.invoice_changed(invoice))
    assert (outcome.status, outcome.reason) == (OutcomeStatus.WAITING, "outcome_unknown")
    return invoice


def lose_tree(shop: Shop, customer: str, item: str, trouble: str) -> str:
    match, effect = SALESFORCE_TROUBLE[trouble]
    shop.plant(SF, match, **effect)
    bill = shop.new_bill(customer, (item, "2", "12.5"))
    (outcome,) = shop.sync_quietly(shop.bill_changed(bill))
    assert (outcome.status, outcome.reason) == (OutcomeStatus.WAITING, "outcome_unknown")
    return bill


def request_ids(shop: Shop) -> list[str]:
    """Return the requestid of each invoice that was sent, in order."""
    return [
        each.query["requestid"]
        for each in shop.wires[QB].passed
        if each.method == "POST" and each.path.endswith("/invoice")
    ]


# In QuickBooks


@pytest.mark.parametrize("switches", SWITCHES, ids=str)
@pytest.mark.parametrize("trouble", QUICKBOOKS_TROUBLE)
def test_invoice_whose_create_got_no_answer_is_made_once(trouble: str, switches: dict):
    shop, account, product, _ = ready(switches)

    lose_create(shop, account, product, trouble)
    shop.go_round()

    assert len(shop.bills()) == 1
    shop.clock.advance(600)
    shop.settle(shop.bill_changed(shop.bills()[0]["Id"]))
    shop.assert_at_rest()


@pytest.mark.parametrize("switches", SWITCHES, ids=str)
@pytest.mark.parametrize(
    "troubles", list(itertools.product(["lost before", "lost after"], repeat=3))
)
def test_invoice_whose_creates_get_no_answer_again_and_again_is_made_once(
    troubles: tuple[str, ...], switches: dict
):
    shop, account, product, _ = ready(switches)
    for trouble in troubles:
        match, effect = QUICKBOOKS_TROUBLE[trouble]
        shop.plant(QB, match, **effect)
    invoice = shop.new_invoice(account, (product, "2", "12.5"), Due_Date__c="2026-12-20")

    shop.settle(shop.invoice_changed(invoice))

    assert len(shop.bills()) == 1
    assert len(set(request_ids(shop))) == 1


@pytest.mark.parametrize("switches", SWITCHES, ids=str)
@pytest.mark.parametrize("trouble", ["lost before", "lost after", "late"])
@pytest.mark.parametrize("edited", ["header", "lines", "customer"])
def test_edit_while_a_create_is_open_makes_no_second_invoice_and_is_not_lost(
    edited: str, trouble: str, switches: dict
):
    shop, account, product, _ = ready(switches)
    other, _ = shop.linked("Beta")
    invoice = lose_create(shop, account, product, trouble)
    shop.clock.advance(30)

    match edited:
        case "header":
            event = shop.edit_invoice(invoice, Memo__c="Thanks")
        case "lines":
            event = shop.edit_line(invoice, Quantity__c=3)
        case _:
            event = shop.edit_invoice(invoice, Account__c=other)
    shop.settle(event)

    (bill,) = shop.bills()
    quantity = bill["Line"][0]["SalesItemLineDetail"]["Qty"]
    match edited:
        case "header":
            assert bill["CustomerMemo"]["value"] == "Thanks"
        case "lines":
            assert quantity == 3 or shop.shown(invoice)[0] == "Conflict"
        case _:
            assert bill["CustomerRef"]["value"] == shop.pair(other).quickbooks_id
    assert shop.lines(invoice)[0]["Quantity__c"] == (3 if edited == "lines" else 2)


def test_repeat_carries_the_same_requestid_whatever_its_content():
    shop, account, product, _ = ready()
    invoice = lose_create(shop, account, product, "lost before")

    shop.settle(shop.edit_invoice(invoice, Memo__c="Thanks"))

    first, repeat = request_ids(shop)
    assert first == repeat
    assert 0 < len(first) <= 50


def test_answer_to_a_repeat_that_tells_of_the_first_content_undoes_no_edit():
    """The look-up misses (its marker is gone and the copy is a stranger's), the repeat is answered
    with what the first try had made."""
    shop, account, product, _ = ready()
    invoice = lose_create(shop, account, product, "lost after")
    (bill,) = shop.bills()
    other, _ = shop.linked("Beta")
    shop.in_quickbooks(
        "update",
        "Invoice",
        id=bill["Id"],
        fields={
            "PrivateNote": "",
            "CustomerRef": {"value": str(shop.pair(other).quickbooks_id)},
        },
    )

    shop.settle(shop.edit_invoice(invoice, Memo__c="Thanks"))

    (bill,) = shop.bills()
    assert shop.invoice_pair(invoice).quickbooks_id == bill["Id"]
    assert bill["CustomerMemo"]["value"] == "Thanks"
    assert bill["CustomerRef"]["value"] == shop.pair(other).quickbooks_id
    assert shop.invoice(invoice)["Account__c"] == other
    shop.assert_at_rest()


@pytest.mark.parametrize("first", ["lost before", "server error"])
def test_edit_of_what_a_repeat_may_have_made_is_newer_than_what_was_sent_again(first: str):
    shop, account, product, _ = ready()
    invoice = lose_create(shop, account, product, first)
    match, effect = QUICKBOOKS_TROUBLE["lost after"]
    shop.plant(QB, match, **effect)
    shop.clock.advance(200)
    shop.sync(shop.edit_invoice(invoice, Memo__c="Sent again"))
    (bill,) = shop.bills()
    shop.edit_bill(bill["Id"], CustomerMemo={"value": "From the books"})

    shop.go_round()

    assert shop.bill(bill["Id"])["CustomerMemo"]["value"] == "From the books"
    assert shop.invoice(invoice)["Memo__c"] == "From the books"
    assert 'Salesforce had "Sent again"' in shop.shown(invoice)[1]
    shop.assert_at_rest()


def test_requestid_changes_only_after_a_definite_refusal():
    shop, account, product, item = ready({"faults_replayed_by_requestid": True})
    shop.in_quickbooks("deactivate", "Item", id=item)
    invoice = shop.new_invoice(account, (product, "2", "12.5"))
    shop.settle(shop.invoice_changed(invoice))
    assert shop.shown(invoice)[0] == "Rejected"

    shop.in_quickbooks("reactivate", "Item", id=item)
    shop.settle(shop.edit_invoice(invoice, Memo__c="again"))

    assert len(shop.bills()) == 1
    assert len(set(request_ids(shop))) == 2


def test_requestid_stays_after_a_refusal_that_follows_no_answer():
    shop, account, product, item = ready()
    invoice = lose_create(shop, account, product, "lost before")
    shop.in_quickbooks("deactivate", "Item", id=item)

    shop.go_round()

    pair = shop.invoice_pair(invoice)
    assert (pair.owner, pair.generation) == (None, 1)
    assert pair.intent is not None
    assert shop.shown(invoice)[0] == "Rejected"
    shop.in_quickbooks("reactivate", "Item", id=item)
    shop.settle(shop.edit_invoice(invoice, Memo__c="again"))
    assert len(shop.bills()) == 1
    assert len(set(request_ids(shop))) == 1
    shop.settle(shop.item_changed(item))
    shop.settle(shop.bill_changed(shop.bills()[0]["Id"]))
    shop.assert_at_rest()


def test_refused_repeat_that_could_not_be_sent_keeps_what_is_to_be_found_out():
    shop, account, product, _ = ready()
    invoice = lose_create(shop, account, product, "lost before")
    first = shop.invoice_pair(invoice).intent
    shop.plant(QB, {"kind": "create"}, status=429)

    (sent,) = shop.queue.sent
    shop.queue.sent.clear()
    shop.clock.advance(sent.delay_s)
    shop.sync(sent.change)

    assert shop.invoice_pair(invoice).intent == first
    shop.go_round()
    assert len(shop.bills()) == 1
    assert len(set(request_ids(shop))) == 1


# The worker is gone


def test_invoice_of_a_worker_killed_before_the_link_is_found_by_its_marker():
    shop, account, product, _ = ready()
    invoice = lose_create(shop, account, product, "lost after")
    shop.queue.sent.clear()
    shop.clock.advance(200)

    shop.sync(shop.bill_changed("1"))

    assert shop.invoice_pair(invoice).quickbooks_id == "1"
    assert shop.invoices() == [shop.invoice(invoice)]
    shop.settle(shop.bill_changed("1"))
    shop.assert_at_rest()


def test_webhook_of_an_invoice_whose_create_is_open_waits():
    shop, account, product, _ = ready()
    lose_create(shop, account, product, "lost after")

    (outcome,) = shop.sync_quietly(shop.bill_changed("1"))

    assert (outcome.status, outcome.reason) == (OutcomeStatus.WAITING, "claimed")
    assert len(shop.invoices()) == 1


def test_marker_of_another_invoice_is_not_taken_for_ones_own():
    shop, account, product, _ = ready()
    first = lose_create(shop, account, product, "lost after")
    second = lose_create(shop, account, product, "lost before")
    shop.queue.sent.clear()
    shop.clock.advance(400)

    shop.settle(shop.invoice_changed(second))
    shop.settle(shop.invoice_changed(first))

    assert shop.invoice_pair(first).quickbooks_id == "1"
    assert shop.invoice_pair(second).quickbooks_id == "2"
    assert len(shop.bills()) == 2


def test_void_before_the_link_leaves_the_marker_to_be_found():
    shop, account, product, _ = ready()
    invoice = lose_create(shop, account, product, "lost after")
    shop.in_quickbooks("void", "Invoice", id="1")

    shop.go_round()

    assert len(shop.bills()) == 1
    assert shop.invoice_pair(invoice).quickbooks_id == "1"
    assert shop.shown(invoice)[0] == "Inactive in QuickBooks"


@pytest.mark.parametrize("is_first", [True, False])
def test_copy_of_an_invoice_with_its_note_is_another_invoice(is_first: bool):
    shop, account, product, _ = ready()
    invoice = lose_create(shop, account, product, "lost after")
    shop.clock.advance(5)
    copy = str(shop.in_quickbooks("copy", "Invoice", id="1")["Id"])
    events = [shop.bill_changed("1"), shop.bill_changed(copy)]

    shop.sync_quietly(*(reversed(events) if is_first else events))
    shop.go_round()

    assert shop.invoice_pair(invoice).quickbooks_id == "1"
    assert (len(shop.invoices()), len(shop.bills())) == (2, 2)
    shop.settle(*shop.every_event())
    shop.assert_at_rest()


def test_copy_of_a_linked_invoice_with_its_note_is_another_invoice():
    shop = Shop()
    invoice, bill = shop.sold()
    copy = str(shop.in_quickbooks("copy", "Invoice", id=bill)["Id"])

    shop.settle(shop.bill_changed(copy))

    assert len(shop.invoices()) == 2
    assert shop.invoice_pair(invoice).quickbooks_id == bill
    shop.assert_at_rest()


# Gone before the link


@pytest.mark.parametrize("is_told", [True, False])
def test_invoice_deleted_in_quickbooks_before_the_link_is_not_made_again(is_told: bool):
    shop, account, product, _ = ready()
    invoice = lose_create(shop, account, product, "lost after")
    event = shop.delete_bill("1")

    if is_told:
        shop.sync_quietly(event)
    shop.go_round()

    assert shop.bills() == []
    assert shop.invoice_pair(invoice).state is PairState.TOMB
    assert shop.shown(invoice)[0] == "Inactive in QuickBooks"


def test_invoice_deleted_and_edited_before_the_link_goes_before_a_person():
    shop, account, product, _ = ready({"requestid_changed_body": "refused"})
    invoice = lose_create(shop, account, product, "lost after")
    shop.delete_bill("1")

    outcomes = shop.settle(shop.edit_invoice(invoice, Memo__c="Thanks"))

    assert shop.bills() == []
    assert (outcomes[-1].status, outcomes[-1].reason) == (OutcomeStatus.CONFLICT, "maybe_created")


@pytest.mark.parametrize("trouble", ["lost before", "lost after"])
def test_invoice_deleted_in_salesforce_while_its_create_is_open_is_not_sent_again(trouble: str):
    shop, account, product, _ = ready()
    invoice = lose_create(shop, account, product, trouble)
    shop.clock.advance(30)

    shop.settle(shop.delete_invoice(invoice))
    shop.settle(*shop.every_event())

    assert len(shop.bills()) == (0 if trouble == "lost before" else 1)
    assert shop.invoices() == []
    assert len(request_ids(shop)) == 1


def test_first_content_is_remembered_while_the_invoice_lies_in_the_bin():
    """An answer to the create after the undelete may be that to the first."""
    shop, account, product, _ = ready()
    invoice = lose_create(shop, account, product, "lost before")
    first = shop.invoice_pair(invoice).intent
    shop.settle(shop.delete_invoice(invoice))

    assert shop.invoice_pair(invoice).intent == first

    shop.in_salesforce("undelete", "Invoice__c", id=invoice)
    shop.settle(shop.edit_invoice(invoice, Memo__c="Thanks"))
    assert len(shop.bills()) == 1
    assert len(set(request_ids(shop))) == 1


# Without its marker


def remove_note(shop: Shop, bill: str) -> None:
    shop.in_quickbooks("update", "Invoice", id=bill, fields={"PrivateNote": ""})


@pytest.mark.parametrize("switches", SWITCHES, ids=str)
def test_invoice_that_may_have_lost_its_marker_is_put_before_a_person(switches: dict):
    shop, account, product, _ = ready(switches)
    invoice = lose_create(shop, account, product, "lost after")
    remove_note(shop, "1")

    outcomes = shop.go_round()

    assert (outcomes[-1].status, outcomes[-1].reason) == (OutcomeStatus.CONFLICT, "maybe_created")
    assert len(shop.bills()) == 1
    status, message = shop.shown(invoice)
    assert status == "Conflict"
    assert "may be it" in message
    shop.quiet()
    shop.settle(shop.invoice_changed(invoice))
    assert shop.writes() == 0
    assert shop.invoice_pair(invoice).owner is None


def test_marker_written_back_by_a_person_links_the_two():
    shop, account, product, _ = ready()
    invoice = lose_create(shop, account, product, "lost after")
    remove_note(shop, "1")
    shop.go_round()

    note = {"PrivateNote": f"Please pay.\nSalesforce {invoice}"}
    shop.settle(shop.edit_bill("1", **note))

    assert shop.invoice_pair(invoice).quickbooks_id == "1"
    assert shop.shown(invoice)[0] == "In sync"
    shop.assert_at_rest()


def test_invoice_of_the_same_customer_that_has_its_own_record_is_no_doubt():
    shop, account, product, item = ready()
    customer = str(shop.pair(account).quickbooks_id)
    invoice = lose_create(shop, account, product, "lost before")
    bill = shop.new_bill(customer, (item, "1", "7"))
    outcomes = shop.go_round()
    assert outcomes[-1].reason == "maybe_created"

    shop.settle(shop.bill_changed(bill))
    shop.settle(shop.invoice_changed(invoice))

    assert (len(shop.bills()), len(shop.invoices())) == (2, 2)
    shop.settle(shop.bill_changed(shop.invoice_pair(invoice).quickbooks_id or ""))
    shop.assert_at_rest()


def test_invoice_of_another_customer_is_no_doubt():
    shop, account, product, item = ready()
    _, customer = shop.linked("Beta")
    lose_create(shop, account, product, "lost before")
    shop.new_bill(customer, (item, "2", "12.5"))

    shop.go_round()

    assert len(shop.bills()) == 2


@pytest.mark.parametrize("switches", SWITCHES, ids=str)
def test_invoice_that_lost_its_marker_and_was_taken_for_a_new_one_is_put_before_a_person(
    switches: dict,
):
    shop, account, product, _ = ready(switches)
    invoice = lose_create(shop, account, product, "lost after")
    remove_note(shop, "1")
    shop.sync_quietly(shop.bill_changed("1"))

    shop.go_round()

    assert len(shop.bills()) == 1
    assert shop.invoice_pair(invoice).quickbooks_id is None
    assert shop.shown(invoice)[0] == "Conflict"
    assert "may be it" in shop.shown(invoice)[1]


# In Salesforce


@pytest.mark.parametrize("trouble", SALESFORCE_TROUBLE)
def test_insert_of_an_invoice_that_got_no_answer_makes_one_with_its_lines(trouble: str):
    shop, account, _, item = ready()
    customer = str(shop.pair(account).quickbooks_id)

    lose_tree(shop, customer, item, trouble)
    shop.go_round()

    (invoice,) = shop.invoices()
    assert len(shop.lines(invoice["Id"])) == 1
    shop.assert_at_rest()


def forget(shop: Shop) -> None:
    """As if the tables had been lost: only the external id is left to tell."""
    kept = {key: row for key, row in shop.rows.rows.items() if key.entity != "invoice"}
    shop.rows.rows.clear()
    shop.rows.rows.update(kept)


def test_insert_that_meets_its_own_external_id_links_what_is_there():
    shop, account, _, item = ready()
    bill = lose_tree(shop, str(shop.pair(account).quickbooks_id), item, "lost after")
    shop.queue.sent.clear()
    forget(shop)

    shop.settle(shop.bill_changed(bill))

    (invoice,) = shop.invoices()
    assert shop.invoice_pair(invoice["Id"]).quickbooks_id == bill
    shop.assert_at_rest()


def test_invoice_deleted_in_salesforce_before_the_link_is_not_made_again():
    shop, account, _, item = ready()
    bill = lose_tree(shop, str(shop.pair(account).quickbooks_id), item, "lost after")
    (invoice,) = shop.invoices()

    shop.sync_quietly(shop.delete_invoice(invoice["Id"]))
    shop.go_round()

    assert shop.invoices() == []
    assert shop.invoice_pair(invoice["Id"]).state is PairState.TOMB
    assert len(shop.bills()) == 1
    assert shop.pointer(bill, entity="invoice").salesforce_id == invoice["Id"]


def edit_memo(shop: Shop, invoice: str, bill: str) -> None:
    shop.edit_bill(bill, CustomerMemo={"value": "Thanks"})


def edit_date(shop: Shop, invoice: str, bill: str) -> None:
    shop.edit_invoice(invoice, Date__c="2026-11-01")


@pytest.mark.parametrize("edit", [edit_memo, edit_date])
def test_edit_before_the_link_of_an_invoice_made_in_salesforce_is_kept(
    edit: Callable[[Shop, str, str], None],
):
    shop, account, _, item = ready()
    bill = lose_tree(shop, str(shop.pair(account).quickbooks_id), item, "lost after")
    (invoice,) = shop.invoices()
    shop.clock.advance(5)

    edit(shop, invoice["Id"], bill)
    shop.go_round()

    if edit is edit_memo:
        assert shop.invoice(invoice["Id"])["Memo__c"] == "Thanks"
    else:
        assert shop.bill(bill)["TxnDate"] == "2026-11-01"
    shop.settle(shop.bill_changed(bill))
    shop.assert_at_rest()
