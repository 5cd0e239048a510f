"""Whichever call a worker dies at, an invoice and what it names are made exactly once."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TypeVar

import pytest

from bridge.flows.ports import CrossReferences
from bridge.model import ChangeEvent, CrossReference, LinkFate, PairKey, Pointer, PointerKey
from local.simulators.server import Handler, Request, Response
from tests.fakes import MemoryCrossReferences
from tests.rig import QB, SF
from tests.shop import Shop

Answer = TypeVar("Answer")
ShopKind = TypeVar("ShopKind", bound=Shop)
# More calls than a run makes; a run that ends before is a run without a death.
STEPS = 44


class KilledError(BaseException):
    """What a worker cannot catch."""


@dataclass
class Death:
    """Comes at one call, before or after its effect."""

    at: int = -1
    is_after: bool = False
    calls: int = 0

    def step(self, act: Callable[[], Answer]) -> Answer:
        """Make a call, unless it is the one."""
        self.calls += 1
        is_due = self.calls == self.at
        if is_due and not self.is_after:
            raise KilledError
        answer = act()
        if is_due:
            raise KilledError
        return answer


@dataclass
class DeadlyRows(MemoryCrossReferences):
    """Rows whose every call is a step."""

    death: Death = field(default_factory=Death)

    def read_pairs(self, keys: Sequence[PairKey]) -> Mapping[PairKey, CrossReference]:
        """Read pairs."""
        return self.death.step(lambda: MemoryCrossReferences.read_pairs(self, keys))

    def read_pointers(self, keys: Sequence[PointerKey]) -> Mapping[PointerKey, Pointer]:
        """Read pointers."""
        return self.death.step(lambda: MemoryCrossReferences.read_pointers(self, keys))

    def commit(self, row: CrossReference | Pointer, now: datetime) -> bool:
        """Commit a row."""
        return self.death.step(lambda: MemoryCrossReferences.commit(self, row, now))

    def record(self, row: CrossReference | Pointer, worker: str) -> bool:
        """Record a row."""
        return self.death.step(lambda: MemoryCrossReferences.record(self, row, worker))

    def link(
        self, pair: CrossReference, pointer: Pointer, worker: str | None, now: datetime
    ) -> LinkFate:
        """Link two rows."""
        return self.death.step(lambda: MemoryCrossReferences.link(self, pair, pointer, worker, now))


def fits_the_port(rows: DeadlyRows) -> CrossReferences:
    """Let the type checker say that the deadly rows are still rows."""
    return rows


def deadly_shop(at: int, *, is_after: bool) -> tuple[Shop, Death]:
    """Return a shop in which a worker dies at one of its calls."""
    return deadly(Shop, at, is_after=is_after)


def deadly(kind: type[ShopKind], at: int, *, is_after: bool) -> tuple[ShopKind, Death]:
    """Return a shop of some kind in which a worker dies at one of its calls."""
    death = Death(is_after=is_after)
    shop = kind(rows=DeadlyRows(death=death))
    for system in (QB, SF):
        wire = shop.wires[system]
        wire.handle = partial(_handled, death, wire.handle)
    death.at = at
    return shop, death


def _handled(death: Death, handle: Handler, request: Request) -> Response:
    return death.step(lambda: handle(request))


def from_salesforce(shop: Shop) -> ChangeEvent:
    account, product = shop.new_account("Acme"), shop.new_product("Rose")
    invoice = shop.new_invoice(account, (product, "2", "12.5"), (product, "1", "5"))
    return shop.invoice_changed(invoice)


def from_quickbooks(shop: Shop) -> ChangeEvent:
    customer, item = shop.new_customer("Acme"), shop.new_item("Rose")
    return shop.bill_changed(shop.new_bill(customer, (item, "2", "12.5"), (item, "1", "5")))


def no_edit(shop: Shop) -> None:
    """Leave everything as it is."""


def edit_both(shop: Shop) -> None:
    """Edit what there is of the invoice on both sides, in different fields."""
    for row in shop.invoices():
        shop.edit_invoice(row["Id"], Memo__c="Thanks")
    for row in shop.bills():
        shop.edit_bill(row["Id"], DueDate="2027-01-31")


@pytest.mark.parametrize("edit", [no_edit, edit_both])
@pytest.mark.parametrize("origin", [from_salesforce, from_quickbooks])
@pytest.mark.parametrize("is_after", [False, True])
@pytest.mark.parametrize("at", range(1, STEPS + 1))
def test_worker_that_dies_at_any_call_leaves_one_of_each(
    at: int,
    is_after: bool,
    origin: Callable[[Shop], ChangeEvent],
    edit: Callable[[Shop], None],
):
    shop, death = deadly_shop(at, is_after=is_after)
    event = origin(shop)
    shop.clock.advance(5)
    with contextlib.suppress(KilledError):
        shop.sync(event)
    death.at = -1
    edit(shop)
    shop.queue.sent.clear()

    shop.clock.advance(360)
    shop.deliver(shop.messages(event, receive_count=2))
    shop.go_round()
    shop.settle(*shop.every_event())

    assert (len(shop.accounts()), len(shop.customers())) == (1, 1)
    assert (len(shop.products()), len(shop.items())) == (1, 1)
    ((invoice,), (bill,)) = shop.invoices(), shop.bills()
    assert len(shop.lines(invoice["Id"])) == 2
    assert invoice["Due_Date__c"] == bill["DueDate"]
    assert invoice["Memo__c"] == bill.get("CustomerMemo", {}).get("value")
    shop.assert_at_rest()


def test_the_deaths_reach_to_the_last_call():
    for origin in (from_salesforce, from_quickbooks):
        shop, death = deadly_shop(-1, is_after=False)
        event = origin(shop)
        shop.clock.advance(5)

        shop.sync(event)

        assert 15 < death.calls <= STEPS
