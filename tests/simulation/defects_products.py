"""Defects around products: their prices, and whether they are active."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from bridge.core import conversions, decide, merge
from bridge.core.decision import Decision, Pair
from bridge.core.endings import tomb
from bridge.core.intents import agreed_activity
from bridge.core.mapping import EntityMapping, FieldMapping
from bridge.core.merge import Fingerprint
from bridge.flows import activity, commit, writes
from bridge.flows.cases import Case, Run
from bridge.model import CrossReference, Fingerprints, Record, Shape, Write
from bridge.salesforce import soql
from tests.simulation.planting import Planting, everywhere, swapped

PRICE, ENTRY = "price", "PricebookEntry"


def prices_told_by_products() -> Planting:
    """A price that was changed in QuickBooks is written over from Salesforce."""
    judge = merge._judge

    def judged(mapped: FieldMapping, *given: Any) -> Any:
        verdict = judge(mapped, *given)
        is_price = mapped.name == PRICE and verdict.way is merge._Way.SALESFORCE
        return verdict._replace(way=merge._Way.QUICKBOOKS) if is_price else verdict

    return swapped(merge, "_judge", judged)


def prices_not_agreed() -> Planting:
    """Nobody remembers the price on which both had agreed."""
    settle = commit._settled

    def settled(run: Run, case: Case, decision: Decision, baseline: Fingerprints) -> CrossReference:
        row = settle(run, case, decision, baseline)
        return replace(row, baseline={name: baseline[name] for name in baseline if name != PRICE})

    return swapped(commit, "_settled", settled)


def prices_without_entries() -> Planting:
    """A product that has no entry in the price book gets none."""
    build = writes._part_writes

    def part_writes(
        record: Record, values: dict[str, Any], names: Any, mapping: EntityMapping
    ) -> tuple[Write, ...]:
        known = {each.object for each in record.parts}
        return tuple(each for each in build(record, values, names, mapping) if each.object in known)

    return swapped(writes, "_part_writes", part_writes)


@contextmanager
def prices_of_any_book() -> Iterator[None]:
    """The price of a product is the one that it was given last, in whatever book."""
    which = soql._which

    def which_of_all(part: Shape) -> str:
        oldest = which(replace(part, among=()))
        return oldest.replace("CreatedDate", "CreatedDate DESC") if part.among else oldest

    soql.select.cache_clear()
    with swapped(soql, "_which", which_of_all):
        yield
    soql.select.cache_clear()


def fractions_as_prices() -> Planting:
    """A price counts with the fraction of a cent that QuickBooks keeps."""
    usual = conversions.CONVERSIONS["number"]

    def number(raw: Any, mapped: FieldMapping, *rest: Any) -> Any:
        return usual(raw, replace(mapped, limit=None) if mapped.name == PRICE else mapped, *rest)

    return swapped(conversions, "CONVERSIONS", {**conversions.CONVERSIONS, "number": number})


def entries_unconditional() -> Planting:
    """The update of an entry bears no condition of its own."""
    build = writes.salesforce_update

    def salesforce_update(case: Case) -> Write:
        write = build(case)
        return replace(write, parts=tuple(replace(part, version=None) for part in write.parts))

    return everywhere(build, salesforce_update)


def flags_not_agreed() -> Planting:
    """Nobody remembers that both records have been inactive: the inactive one is followed."""
    return everywhere(agreed_activity, lambda *_, **__: True)


def flags_not_resolved() -> Planting:
    """A flag that an open intent has written does not count as agreed."""

    def agreed(row: CrossReference, *, known: bool, **_: Any) -> bool:
        return known

    return everywhere(agreed_activity, agreed)


def retired_products_kept() -> Planting:
    """A product that is made inactive leaves its item as it is."""

    def decide_retired(pair: Pair, mapping: EntityMapping, of: Fingerprint) -> Decision:
        return tomb(pair, decide.BOTH_INACTIVE, mapping, of)

    return swapped(decide, "_decide_retired", decide_retired)


def retired_items_kept() -> Planting:
    """An item that is made inactive leaves its product as it is."""
    return _deciding(lambda decision: decision.salesforce_activity is False)


def woken_products_ignored() -> Planting:
    """A product that is made active again leaves its item inactive."""
    return _deciding(lambda decision: decision.activity is True)


def woken_items_ignored() -> Planting:
    """An item that is made active again leaves its product inactive."""
    return _deciding(lambda decision: decision.salesforce_activity is True)


def _deciding(is_left: Any) -> Planting:
    usual = decide._decide_activity

    def decided(pair: Pair, mapping: EntityMapping, of: Fingerprint) -> Decision | None:
        decision = usual(pair, mapping, of)
        left = decision is not None and is_left(decision)
        return tomb(pair, decide.BOTH_INACTIVE, mapping, of) if left else decision

    return swapped(decide, "_decide_activity", decided)


def flags_presumed_written() -> Planting:
    """A pair rests as inactive whether or not the flag could be written."""
    return everywhere(activity.is_active_as_asked, lambda _: True)


def reactivations_forgotten() -> Planting:
    """A pair whose item became active again beside a deleted product counts as active on both
    sides.
    """

    def agreed(row: CrossReference, *, known: bool, **given: Any) -> bool:
        return agreed_activity(row, known=known or row.reason == decide.REACTIVATED, **given)

    return everywhere(agreed_activity, agreed)
