"""Defects around documents: their lines, what they owe, and what they were made for."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from bridge.core import documents, line_merge, line_pairs, messages
from bridge.core.decision import Decision
from bridge.core.intents import Resolution
from bridge.core.line_entries import Entry, MergedLine, Sides
from bridge.core.line_merge import LineMerge
from bridge.core.line_pairs import Pairs, Resolved
from bridge.core.mapping import Direction, EntityMapping
from bridge.core.merge import Merge
from bridge.core.messages import Shown
from bridge.flows import arrive, commit, merges, touch
from bridge.flows.cases import Case, Run
from bridge.flows.totals import difference_of
from bridge.model import CrossReference, Fingerprints, Intent, LinePair, PairState, Record, Values
from tests.simulation.planting import Planting, everywhere, swapped


def balances_untouched() -> Planting:
    """A payment says nothing about its invoices."""
    return everywhere(touch.bring_touched, lambda *_: [])


def former_invoices_forgotten() -> Planting:
    """A payment says nothing about the invoices that it was applied to before."""

    def values(case: Case) -> Iterator[tuple[str, str]]:
        yield from touch._values_of(case.quickbooks, case)

    return swapped(touch, "_values", values)


def credits_untouched() -> Planting:
    """The application of a credit memo says nothing about the credit memo."""
    touched = EntityMapping.touched.fget  # type: ignore[attr-defined]
    return swapped(EntityMapping, "touched", property(lambda self: touched(self) - {"credit_memo"}))


def deleted_bills_forgotten() -> Planting:
    """A document whose counterpart was deleted in QuickBooks is one that was never made."""
    return _forgetting(lambda case, decision: decision.reason == "quickbooks_gone")


def reopened_deals_forgotten() -> Planting:
    """A deal that is open again knows nothing of its invoice."""
    return _forgetting(lambda case, decision: decision.reason == "condition_lost")


def _forgetting(is_forgotten: Callable[[Case, Decision], bool]) -> Planting:
    settle = commit._settled

    def settled(run: Run, case: Case, decision: Decision, *rest: Any) -> CrossReference:
        row = settle(run, case, decision, *rest)
        if not case.mapping.is_document or not is_forgotten(case, decision):
            return row
        new = replace(row, quickbooks_id=None, state=PairState.NEW, baseline=None, token=None)
        return replace(new, seen=None, lines=(), generation=row.generation + 1)

    return swapped(commit, "_settled", settled)


def lines_by_place() -> Planting:
    """The lines of two documents belong together as they stand, whatever their ids."""
    merge_lines = line_merge.merge_lines

    def merged(sides: Sides) -> LineMerge:
        if sides.quickbooks is None:
            return merge_lines(sides)
        ours, theirs = sides.salesforce, sides.quickbooks
        placed = zip(sides.pairs, ours, theirs, strict=False)
        pairs = [LinePair(mine.id, its.id, pair.fingerprint) for pair, mine, its in placed]
        return merge_lines(replace(sides, pairs=tuple(pairs)))

    return everywhere(merge_lines, merged)


def line_intents_not_resolved() -> Planting:
    """Lines of which nobody knows whether they were written count as not written."""

    def resolve_pairs(pairs: Pairs, *_: Any) -> Resolved:
        return Resolved(pairs)

    return everywhere(line_pairs.resolve_pairs, resolve_pairs)


def overtaken_lines_unnamed() -> Planting:
    """A line that may have been edited unseen is replaced like one that was seen."""
    merge_lines = line_merge.merge_lines
    return everywhere(merge_lines, lambda sides: merge_lines(replace(sides, overtaken=frozenset())))


def put_back_by_old_ids() -> Planting:
    """A line that is put back where it was taken away is planned under the id that it had."""

    def merged(self: Entry) -> MergedLine:
        return MergedLine(*self.ids, self.text, self.target, self.has_more)

    return swapped(Entry, "merged", merged)


def voided_like_any() -> Planting:
    """A voided invoice is kept in step like any other."""
    return everywhere(documents.stays_as_sold, lambda *_: False)


def makers_not_followed() -> Planting:
    """An invoice that was made for a deal arrives like any other."""
    return swapped(arrive, "_follow_makers", lambda *_: None)


def sold_anew() -> Planting:
    """A deal that changes after it was won rewrites its invoice."""
    merge_records = documents.merge_records

    def merged(ours: Any, theirs: Any, known: Any, mapping: EntityMapping, *rest: Any) -> Merge:
        return merge_records(ours, theirs, known, _rewritten(mapping), *rest)

    return everywhere(merge_records, merged)


def _rewritten(mapping: EntityMapping) -> EntityMapping:
    if not mapping.is_kept:
        return mapping
    once = Direction.ONCE
    fields = (
        replace(each, direction=Direction.TO_QUICKBOOKS) if each.direction is once else each
        for each in mapping.fields
    )
    return replace(mapping, is_kept=False, fields=tuple(fields))


def survivors_overtaken() -> Planting:
    """A merge does not ask whether a customer of its own stands behind the survivor."""
    return swapped(merges, "_is_being_made", lambda *_: False)


def inherited_bare() -> Planting:
    """The survivor of a merge begins with nothing that both sides had agreed on."""
    inherit = merges._inherited

    def inherited(
        target: CrossReference, row: CrossReference, _: Fingerprints, intent: Intent | None
    ) -> CrossReference:
        return inherit(target, row, {}, intent)

    return swapped(merges, "_inherited", inherited)


def intents_lost_in_merges() -> Planting:
    """Who follows a merge forgets what may have been written by then."""

    def resolved(row: CrossReference, *_: Any) -> Resolution:
        return Resolution(row.baseline or {})

    return swapped(merges, "resolve", resolved)


def totals_not_compared() -> Planting:
    """Nobody compares what a document comes to on the two sides."""
    return everywhere(difference_of, lambda _: None)


def totals_told_once() -> Planting:
    """What was said of totals that differ stays, whatever they come to since."""
    usual = messages.own_fields

    def own_fields(record: Record, shown: Shown | None, *rest: Any) -> Values:
        fields = dict(usual(record, shown, *rest))
        if "difference" in str(record.own_fields.get("message") or ""):
            fields.pop("message", None)
        return fields

    return everywhere(usual, own_fields)
