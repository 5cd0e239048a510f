"""The lines of two documents as the entries of one: which belong together, and in which order."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bridge.core.lines import Line, covers
from bridge.model import LinePair, System

Fingerprint = Callable[[str], str]


@dataclass(frozen=True)
class Sides:
    """The lines of both sides, with the pairs on which they last agreed.

    QuickBooks None is presumed to be as the pairs say. `winner` is the side whose line counts where
    both were changed, None where a person decides; `source` is set where lines travel one way, and
    is the side that they travel from. Lines that were `overtaken`, by their ids on both sides, were
    edited by somebody who may not have seen what both sides had last said.
    """

    salesforce: tuple[Line, ...]
    quickbooks: tuple[Line, ...] | None
    pairs: tuple[LinePair, ...]
    fingerprint: Fingerprint
    winner: System | None = None
    source: System | None = None
    overtaken: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True)
class MergedLine:
    """A line as it shall stand on both sides; an id is "" where it is still to be made there: a
    line that is put back where it was taken away is a new one, with an id of its own.

    `target` is the side that does not say so yet. Without a text the line is taken away.
    """

    salesforce_id: str
    quickbooks_id: str
    text: str | None
    target: System | None = None
    has_more: bool = False


@dataclass(eq=False)
class Entry:
    """One line of a document, on whichever sides it stands, and what is decided about it.

    A side that is `presumed` says what the pair says.
    """

    pair: LinePair | None
    ours: Line | None
    theirs: Line | None
    presumed: bool = False
    text: str | None = None
    target: System | None = None

    @property
    def ids(self) -> tuple[str, str]:
        """Return the line's ids in Salesforce and QuickBooks."""
        if self.pair is not None:
            return self.pair.salesforce_id, self.pair.quickbooks_id
        return self.ours.id if self.ours else "", self.theirs.id if self.theirs else ""

    @property
    def has_more(self) -> bool:
        """Say whether the QuickBooks line holds something that is not mapped."""
        if self.theirs is not None:
            return self.theirs.has_more
        return self.pair is not None and self.pair.has_more

    def on(self, system: System) -> Line | None:
        """Return the line as it stands on one side."""
        return self.ours if system is System.SALESFORCE else self.theirs

    def has_changed(self, system: System, fingerprint: Fingerprint) -> bool:
        """Say whether a side says something else than when both agreed."""
        if self.presumed and system is System.QUICKBOOKS:
            return False
        line = self.on(system)
        base = self.pair.fingerprint if self.pair else None
        return (fingerprint(line.text) if line else None) != base

    def merged(self) -> MergedLine:
        """Return what is decided about the line."""
        ours, theirs = self.ids
        if self.target is System.SALESFORCE and self.ours is None:
            ours = ""
        if self.target is System.QUICKBOOKS and self.theirs is None and not self.presumed:
            theirs = ""
        return MergedLine(ours, theirs, self.text, self.target, self.has_more)


def entries_of(sides: Sides) -> list[Entry]:
    """Return an entry for each line: those of the pairs first, then those that are new.

    The same line, added on both sides, is one; QuickBooks may have filled in what was left out.
    """
    ours = {line.id: line for line in sides.salesforce}
    theirs = {line.id: line for line in sides.quickbooks or ()}
    presumed = sides.quickbooks is None
    entries = [
        Entry(
            pair,
            ours.pop(pair.salesforce_id, None),
            theirs.pop(pair.quickbooks_id, None),
            presumed,
        )
        for pair in sides.pairs
    ]
    for line in list(ours.values()):
        if (twin := _twin(line, theirs.values())) is not None:
            entries.append(Entry(None, ours.pop(line.id), theirs.pop(twin.id)))
    entries += [Entry(None, line, None) for line in ours.values()]
    return entries + [Entry(None, None, line) for line in theirs.values()]


def ordered(entries: Sequence[Entry], sides: Sides) -> list[Entry]:
    """Return the lines that shall stand, in the order of the side that has changed it, with what
    stands on the other side alone behind the line that it follows there.
    """
    ours = _sequence(sides.salesforce, entries, System.SALESFORCE)
    theirs = _sequence(sides.quickbooks or (), entries, System.QUICKBOOKS)
    lead, other = (theirs, ours) if _leads(ours, theirs, sides) else (ours, theirs)
    leading = set(lead)
    followers: dict[Entry | None, list[Entry]] = {None: []}
    before: Entry | None = None
    for entry in other:
        if entry in leading:
            before = entry
        elif entry.text is not None:
            followers.setdefault(before, []).append(entry)
    standing = list(followers[None])
    for entry in lead:
        standing += [entry] if entry.text is not None else []
        standing += followers.get(entry, [])
    return standing


def is_reordered(sequence: Sequence[Entry], sides: Sides) -> bool:
    """Say whether lines stand in another order than when both sides agreed."""
    places = {id(pair): place for place, pair in enumerate(sides.pairs)}
    stood = [places[id(entry.pair)] for entry in sequence if entry.pair is not None]
    return stood != sorted(stood)


def stands_otherwise(
    lines: Iterable[Line], system: System, standing: Sequence[Entry], entries: Sequence[Entry]
) -> bool:
    """Say whether the lines that stay on a side have another order there."""
    sequence = _sequence(lines, entries, system)
    staying = set(standing) & set(sequence)
    before = [entry for entry in sequence if entry in staying]
    return before != [entry for entry in standing if entry in staying]


def _twin(line: Line, others: Iterable[Line]) -> Line | None:
    alike = [other for other in others if covers(other.text, line.text)]
    return next((other for other in alike if other.text == line.text), next(iter(alike), None))


def _leads(ours: Sequence[Entry], theirs: Sequence[Entry], sides: Sides) -> bool:
    """Say whether the order of QuickBooks counts."""
    if sides.source is not None:
        return sides.source is System.QUICKBOOKS
    if not is_reordered(theirs, sides):
        return False
    return not is_reordered(ours, sides) or sides.winner is System.QUICKBOOKS


def _sequence(lines: Iterable[Line], entries: Sequence[Entry], system: System) -> list[Entry]:
    by_line = {id(line): entry for entry in entries if (line := entry.on(system)) is not None}
    return [by_line[id(line)] for line in lines]
