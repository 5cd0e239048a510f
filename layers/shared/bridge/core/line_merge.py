"""The three-way merge of a document's lines, line by line, on the pairs in which they stand.

Each line has been left alone, edited, taken away or added on either side since both agreed. A line
that was changed on both sides is decided by the owner of the lines, as any field; so is an order
that was changed on both sides.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.core.line_entries import (
    Entry,
    MergedLine,
    Sides,
    entries_of,
    is_reordered,
    ordered,
    stands_otherwise,
)
from bridge.core.lines import Line
from bridge.model import LinePair, System

OTHER = {System.SALESFORCE: System.QUICKBOOKS, System.QUICKBOOKS: System.SALESFORCE}


@dataclass(frozen=True)
class LineLoss:
    """A line of a person that is replaced: in which system, what it said, what takes its place."""

    system: System
    text: str | None
    kept: str | None


@dataclass(frozen=True)
class LineMerge:
    """What brings the lines of two documents into agreement.

    `lines` are those that shall stand, in their order; `removed` those that are taken away; `pairs`
    what both sides agree on already. `to` are the sides that have to be written. A merge that
    `is_open` needs a person, and writes nothing.
    """

    lines: tuple[MergedLine, ...] = ()
    removed: tuple[MergedLine, ...] = ()
    pairs: tuple[LinePair, ...] = ()
    to: frozenset[System] = frozenset()
    losses: tuple[LineLoss, ...] = ()
    is_open: bool = False


def merge_lines(sides: Sides) -> LineMerge:
    """Merge the lines of two documents."""
    entries = entries_of(sides)
    losses: list[LineLoss] = []
    if not all(_decide(entry, sides, losses) for entry in entries):
        return LineMerge(is_open=True)
    standing = ordered(entries, sides)
    if not standing:
        return LineMerge(is_open=True)
    removed = [entry for entry in entries if entry.text is None and entry.target]
    return LineMerge(
        lines=tuple(entry.merged() for entry in standing),
        removed=tuple(entry.merged() for entry in removed),
        pairs=_agreed(entries, standing, sides),
        to=_written(entries, standing, sides),
        losses=tuple(losses),
    )


# What each line shall say


def _decide(entry: Entry, sides: Sides, losses: list[LineLoss]) -> bool:
    """Settle what a line shall say and who has to be told; False where only a person can."""
    if entry.presumed:
        return _decide_presumed(entry, sides)
    ours, theirs = _text(entry.ours), _text(entry.theirs)
    entry.text = ours
    if ours == theirs:
        return True
    changed = [each for each in System if entry.has_changed(each, sides.fingerprint)]
    if entry.pair is None and entry.ours and entry.theirs:
        # Added on both sides: what QuickBooks has filled in comes back.
        changed = [System.QUICKBOOKS]
    if sides.source is System.SALESFORCE and sides.source not in changed:
        # What was changed in QuickBooks alone, or filled in by it, stays there.
        entry.text = theirs
        return True
    side = sides.source or (changed[0] if len(changed) == 1 else sides.winner)
    if side is None:
        return False
    kept, replaced = (ours, theirs) if side is System.SALESFORCE else (theirs, ours)
    entry.text, entry.target = kept, OTHER[side]
    if OTHER[side] in changed or entry.ids in sides.overtaken:
        losses.append(LineLoss(OTHER[side], replaced, kept))
    return True


def _decide_presumed(entry: Entry, sides: Sides) -> bool:
    """QuickBooks says what it said when both agreed, of which only the fingerprint is known; that
    is not enough where lines travel one way, and the two sides may differ.
    """
    entry.text = _text(entry.ours)
    if entry.has_changed(System.SALESFORCE, sides.fingerprint):
        entry.target = System.QUICKBOOKS
    return entry.target is None or sides.source is None


def _text(line: Line | None) -> str | None:
    return line.text if line else None


# What is agreed, and who is to be written


def _agreed(
    entries: Sequence[Entry], standing: Sequence[Entry], sides: Sides
) -> tuple[LinePair, ...]:
    """Return the pairs that hold before anything is written.

    They stand in the new order only where nobody has changed the old one.
    """
    is_kept = not is_reordered(standing, sides)
    gone = [entry for entry in entries if entry.text is None]
    found = [_pair_of(entry, sides) for entry in ([*standing, *gone] if is_kept else entries)]
    return tuple(pair for pair in found if pair is not None)


def _pair_of(entry: Entry, sides: Sides) -> LinePair | None:
    is_equal = entry.target is None and (entry.presumed or _text(entry.ours) == _text(entry.theirs))
    if is_equal and entry.text is None:
        return None
    if is_equal and entry.text is not None:
        print_ = sides.fingerprint(entry.text)
        return LinePair(*entry.ids, print_, has_more=entry.has_more)
    if entry.pair is None and entry.ours and entry.theirs:
        return LinePair(*entry.ids, sides.fingerprint(entry.ours.text), has_more=entry.has_more)
    return entry.pair


def _written(
    entries: Sequence[Entry], standing: Sequence[Entry], sides: Sides
) -> frozenset[System]:
    to = {entry.target for entry in entries if entry.target is not None}
    if stands_otherwise(sides.salesforce, System.SALESFORCE, standing, entries):
        to.add(System.SALESFORCE)
    if sides.quickbooks is None:
        is_other = is_reordered(standing, sides)
    else:
        is_other = stands_otherwise(sides.quickbooks, System.QUICKBOOKS, standing, entries)
    if is_other:
        to.add(System.QUICKBOOKS)
    return frozenset(to - {sides.source})
