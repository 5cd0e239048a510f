"""Invariants that are judged at the moment of a write: each says what it should, and no more."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.simulation.kinds import ITEM as ITEM_KIND
from tests.simulation.ledger import Ledger
from tests.simulation.options import Options
from tests.simulation.purges import Purges
from tests.simulation.switches import Switches
from tests.simulation.world import World

NOW = datetime(2026, 11, 22, 8, 5, tzinfo=UTC)
PRODUCT, ITEM = "01t", "1:item:1"
MOBILE = ("quickbooks", "1", "Customer 1", "mobile")


class Told:
    """What was violated."""

    def __init__(self, *, is_in_doubt: bool = False) -> None:
        self.laws: list[str] = []
        self.switches = Switches(lambda law, _: self.laws.append(law), lambda: is_in_doubt, False)

    def person(self, record: str, *, is_active: bool) -> None:
        self.switches.sees(record, "", is_active, is_ours=False)

    def bridge(self, record: str, *, is_active: bool) -> None:
        other = PRODUCT if record == ITEM else ITEM
        self.switches.sees(record, other, is_active, is_ours=True)


def made_and_switched_off(*, is_in_doubt: bool = False) -> Told:
    """A product of a person, its item made by the bridge, and the item switched off by a person."""
    told = Told(is_in_doubt=is_in_doubt)
    told.person(PRODUCT, is_active=True)
    told.bridge(ITEM, is_active=True)
    told.person(ITEM, is_active=False)
    return told


def test_bridge_may_repeat_a_switch_on_the_other_side() -> None:
    told = made_and_switched_off()

    told.bridge(PRODUCT, is_active=False)

    assert not told.laws


def test_bridge_may_not_undo_a_switch_that_it_has_not_carried() -> None:
    told = made_and_switched_off()

    told.bridge(ITEM, is_active=True)

    assert told.laws == ["no lost update"]


def test_bridge_may_not_repeat_a_switch_that_was_taken_back() -> None:
    told = made_and_switched_off()
    told.bridge(PRODUCT, is_active=False)
    told.person(PRODUCT, is_active=True)

    told.bridge(PRODUCT, is_active=False)

    assert told.laws == ["no lost update"]


def test_in_doubt_the_bridge_may_repeat_a_switch_of_the_other_side() -> None:
    told = made_and_switched_off(is_in_doubt=True)
    told.bridge(PRODUCT, is_active=False)
    told.person(PRODUCT, is_active=True)

    told.bridge(PRODUCT, is_active=False)

    assert not told.laws


def test_in_doubt_the_bridge_may_not_undo_a_switch_either() -> None:
    told = made_and_switched_off(is_in_doubt=True)
    told.bridge(PRODUCT, is_active=False)
    told.person(ITEM, is_active=True)

    told.bridge(ITEM, is_active=False)

    assert told.laws == ["no lost update"]


def test_bridge_may_switch_what_two_people_switched_without_knowing_of_one_another() -> None:
    told = made_and_switched_off()
    told.person(PRODUCT, is_active=False)
    told.person(PRODUCT, is_active=True)

    told.bridge(PRODUCT, is_active=False)

    assert not told.laws


def test_bridge_may_not_cut_the_fraction_of_a_price_off() -> None:
    world = World(Options(1))
    people = world.people
    people.acting(lambda: people.add_item("1"))
    number = people.customers("1", ITEM_KIND)[0]["Id"]
    price = {"UnitPrice": Decimal("1.004")}
    people.acting(lambda: people.in_quickbooks("update", "1", "Item", id=number, fields=price))

    people.in_quickbooks("update", "1", "Item", id=number, fields={"UnitPrice": Decimal("1.00")})

    assert [each.partition(":")[0] for each in world.ledger.violations] == ["no lost update"]


def test_a_value_typed_over_by_one_that_can_be_read_is_not_lost() -> None:
    ledger = Ledger(lambda number: number == 2, lambda _: None)
    for number in (1, 2):
        ledger.person_sets(MOBILE, number)
    ledger.bridge_sets(MOBILE, None)
    ledger.person_sets(MOBILE, 3)

    assert ledger.survives(ledger.edits[0], 3)
    assert not Ledger(lambda _: False, lambda _: None, before=ledger.before).survives(
        ledger.edits[0], 3
    )


@pytest.mark.parametrize(
    ("number", "pairs", "minutes_apart", "laws"),
    [
        (9, 9, 0, []),
        (10, 50, 0, []),
        (10, 49, 0, ["no mass deletion"]),
        (11, 20, 7, []),
        (11, 20, 5.5, ["no mass deletion", "no mass deletion"]),
    ],
)
def test_many_deletions_within_an_hour_are_a_share_of_the_pairs(
    number: int, pairs: int, minutes_apart: float, laws: list[str]
) -> None:
    told: list[str] = []
    purges = Purges(lambda law, _: told.append(law))

    for place in range(number):
        now = NOW + timedelta(minutes=place * minutes_apart)
        record = ("1", "customer", str(place))
        purges.sees(record, lambda: pairs, now, is_active=False, is_ours=True)

    assert told == laws


def test_deletions_that_people_make_or_mean_are_nobodys_fault() -> None:
    told: list[str] = []
    purges = Purges(lambda law, _: told.append(law), lambda realm: realm == "2")

    for place in range(40):
        record = ("12"[place % 2], "customer", str(place))
        purges.sees(record, lambda: 40, NOW, is_active=False, is_ours=record[0] == "2")

    assert told == []
