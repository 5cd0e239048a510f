"""Whichever call a worker dies at, a won deal has one invoice, and that one Invoice__c."""

import contextlib

import pytest

from bridge.model import ChangeEvent, PairState
from tests.deals import OPEN, WON, DealShop
from tests.rig import QB
from tests.unit.flows.test_documents_killed import KilledError, deadly

# More calls than a run makes; a run that ends before is a run without a death.
STEPS = 40


def win(shop: DealShop) -> ChangeEvent:
    """Let a person win a deal whose customer and product are new."""
    account, product = shop.new_account("Acme"), shop.priced_product()
    return shop.deal_changed(shop.new_deal(account, (product, "2", "12.5"), (product, "1", "5")))


@pytest.mark.parametrize(("is_after", "flips"), [(False, False), (True, True)])
@pytest.mark.parametrize("at", range(1, STEPS + 1))
def test_worker_that_dies_at_any_call_leaves_one_invoice_of_a_deal(
    at: int, is_after: bool, flips: bool
):
    shop, death = deadly(DealShop, at, is_after=is_after)
    event = win(shop)
    shop.clock.advance(5)
    with contextlib.suppress(KilledError):
        shop.sync(event)
    death.at = -1
    for stage in (OPEN, WON) if flips else ():
        shop.edit_deal(event.record_id, StageName=stage)
    shop.queue.sent.clear()

    # QuickBooks tells of what it has before the death is found out.
    shop.sync(*(shop.bill_changed(bill["Id"]) for bill in shop.bills()))
    shop.clock.advance(360)
    shop.deliver(shop.messages(event, receive_count=2))
    shop.go_round()
    shop.settle(*shop.every_event())

    ((bill,), (invoice,)) = shop.bills(), shop.invoices()
    assert (len(shop.customers()), len(shop.items())) == (1, 1)
    assert shop.deal_pair(event.record_id).quickbooks_id == bill["Id"]
    assert shop.invoice_pair(invoice["Id"]).state is PairState.LINKED
    assert invoice["Opportunity__c"] == event.record_id
    assert shop.deal(event.record_id)["QuickBooks_Total__c"] == 30.0
    assert shop.deal_shown(event.record_id) == ("In sync", "")
    shop.assert_at_rest()


@pytest.mark.parametrize("is_after", [False, True])
@pytest.mark.parametrize("at", range(1, STEPS + 1))
def test_worker_that_dies_when_the_invoice_is_told_of_leaves_one_invoice__c(
    at: int, is_after: bool
):
    shop, death = deadly(DealShop, -1, is_after=is_after)
    deal = win(shop)
    shop.settle(deal)
    event = shop.bill_changed(shop.bills()[0]["Id"])
    shop.clock.advance(5)
    death.calls, death.at = 0, at
    with contextlib.suppress(KilledError):
        shop.sync(event)
    death.at = -1
    shop.queue.sent.clear()

    shop.sync_quietly(*(shop.invoice_changed(each["Id"]) for each in shop.invoices()))
    shop.clock.advance(360)
    shop.deliver(shop.messages(event, receive_count=2))
    shop.go_round()
    shop.settle(*shop.every_event())

    assert (len(shop.bills()), len(shop.invoices())) == (1, 1)
    assert shop.invoices()[0]["Opportunity__c"] == deal.record_id
    assert shop.deal_shown(deal.record_id) == ("In sync", "")
    shop.assert_at_rest()


def test_the_deaths_reach_to_the_last_call():
    shop, death = deadly(DealShop, -1, is_after=False)
    event = win(shop)
    shop.clock.advance(5)

    shop.sync(event)

    assert 15 < death.calls <= STEPS


def test_invoice_edited_and_robbed_of_its_marker_before_the_link_is_read_again():
    shop = DealShop()
    event = win(shop)

    def edit() -> None:
        (bill,) = shop.bills()
        shop.edit_bill(bill["Id"], PrivateNote="Call first", DueDate="2027-01-31")
        shop.sync(shop.bill_changed(bill["Id"]))

    shop.meanwhile(QB, r"/invoice$", edit, is_after=True)
    shop.settle(event)

    assert shop.deal(event.record_id)["QuickBooks_Due_Date__c"] == "2027-01-31"
    assert len(shop.bills()) == 1
    shop.assert_at_rest()
