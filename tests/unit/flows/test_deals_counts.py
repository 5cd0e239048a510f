"""How many calls a hundred deals cost, counted by the stand-ins."""

from bridge.model import ChangeKind
from tests.deals import DealShop
from tests.rig import QB, SF
from tests.unit.flows.test_sync_counts import HUNDRED, metered_reads


def hundred_deals() -> tuple[DealShop, list[str]]:
    shop = DealShop()
    account, _ = shop.linked("Acme")
    product = shop.priced_product()
    shop.settle(shop.product_changed(product))
    shop.quiet()
    return shop, [shop.new_deal(account, (product, "2", "12.5")) for _ in range(HUNDRED)]


def test_hundred_won_deals_cost_one_call_each_in_quickbooks_and_no_metered_read():
    shop, deals = hundred_deals()
    before = metered_reads(shop)

    shop.sync_quietly(*(shop.deal_changed(each) for each in deals))

    assert shop.calls(QB) == {"create": HUNDRED}
    # Read once more under the claim: a deal that is lost again leaves no trace in the rows.
    assert shop.calls(SF) == {"query": 2, "composite": 4}
    assert metered_reads(shop) == before
    assert {shop.deal_shown(each)[0] for each in deals} == {"In sync"}


def test_events_of_their_invoices_cost_one_metered_read_and_make_the_records_beside_them():
    shop, deals = hundred_deals()
    shop.sync_quietly(*(shop.deal_changed(each) for each in deals))
    told = [shop.bill_changed(bill["Id"], ChangeKind.CREATED) for bill in shop.bills()]
    shop.quiet()
    before = metered_reads(shop)

    shop.sync_quietly(*told)

    assert metered_reads(shop) == before + 1
    assert shop.calls(QB) == {"query": 1}
    assert {row["Opportunity__c"] for row in shop.invoices()} == set(deals)
    assert len(shop.invoices()) == HUNDRED
