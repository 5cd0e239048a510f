"""The pairs of a document's lines: how they come about, what is planned with them, what is known of
them after a write.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from bridge.core.line_entries import Fingerprint, MergedLine
from bridge.core.line_merge import OTHER, LineMerge
from bridge.core.lines import Line, covers
from bridge.model import LinePair, System

Pairs = tuple[LinePair, ...]

# Stands among the agreed fields for lines that agree only one by one.
APART = "-"


def paired(ours: Iterable[Line], theirs: Iterable[Line], fingerprint: Fingerprint) -> Pairs:
    """Pair the lines of two documents place by place; Salesforce's are what both agree on."""
    return tuple(
        LinePair(mine.id, other.id, fingerprint(mine.text), has_more=other.has_more)
        for mine, other in zip(ours, theirs, strict=True)
    )


def rebuilt(
    ours: Sequence[Line], theirs: Sequence[Line], agreed: System, fingerprint: Fingerprint
) -> Pairs:
    """Pair lines of which no pairs are known, where one side is as it was when both agreed.

    Equal lines belong together; what stands between them, place by place. A line of that side that
    finds none on the other has been taken away there.
    """
    matcher = SequenceMatcher(
        None, [each.text for each in ours], [each.text for each in theirs], autojunk=False
    )
    pairs: list[LinePair] = []
    for _, start, end, other_start, other_end in matcher.get_opcodes():
        mine, other = ours[start:end], theirs[other_start:other_end]
        known = mine if agreed is System.SALESFORCE else other
        for place, line in enumerate(known):
            ids = (_id_at(mine, place), _id_at(other, place))
            has_more = place < len(other) and other[place].has_more
            pairs.append(LinePair(*ids, fingerprint(line.text), has_more=has_more))
    return tuple(pairs)


def planned(merged: LineMerge, fingerprint: Fingerprint) -> Pairs:
    """Return how the lines will stand when all is written, with those taken away at the end."""
    return tuple(_planned(each, fingerprint) for each in (*merged.lines, *merged.removed))


def settled(plan: Pairs) -> Pairs:
    """Return the pairs of a plan that has been carried out on both sides."""
    return tuple(replace(each, target=None) for each in plan if each.fingerprint)


def folded(pairs: Pairs, done: Iterable[LinePair]) -> Pairs:
    """Return the pairs after some lines of a plan have been written.

    A line that was put back has another id on one side: its old pair goes.
    """
    found = list(pairs)
    for each in done:
        stands = (place for place, pair in enumerate(found) if _share_a_line(pair, each))
        place = next(stands, len(found))
        found[place : place + 1] = [replace(each, target=None)] if each.fingerprint else []
    return tuple(found)


def completed(plan: Pairs, theirs: Sequence[Line]) -> Pairs | None:
    """Return a plan with the ids that QuickBooks gave to its lines, which it answers in the order
    in which they were sent; None where the answer holds others.
    """
    standing = [each for each in plan if each.fingerprint]
    if len(standing) != len(theirs):
        return None
    ids = zip(standing, theirs, strict=True)
    if any(pair.quickbooks_id not in ("", line.id) for pair, line in ids):
        return None
    given = iter(theirs)
    return tuple(_as_answered(each, next(given)) if each.fingerprint else each for each in plan)


@dataclass(frozen=True)
class Resolved:
    """What is known of the pairs after a plan of which nobody said what became of it.

    `overtaken` are the lines, by their ids on both sides, that a person may have edited on top of
    ours.
    """

    pairs: Pairs
    overtaken: frozenset[tuple[str, str]] = frozenset()


class UnclearError(Exception):
    """A line that was to be made cannot be told from a line that a person has added since."""


@dataclass(frozen=True)
class Seen:
    """What is seen of a plan of which nobody said what became of it.

    `never_arrived` says that QuickBooks has not taken it, unless it holds just what was sent;
    `is_untouched` that QuickBooks was not written at all.
    """

    salesforce: Sequence[Line]
    quickbooks: Sequence[Line]
    fingerprint: Fingerprint
    never_arrived: bool = False
    is_untouched: bool = False


def resolve_pairs(pairs: Pairs, plan: Pairs, seen: Seen) -> Resolved | None:
    """Return the pairs that fit what is seen of a plan on both sides.

    A line that says what was sent was written, one that says what it said before was not; any other
    is a person's edit. None where a line that was to be made may have been made and edited since:
    nothing is guessed.
    """
    finding = _Finding(pairs, plan, seen)
    try:
        found = [known for each in plan if (known := finding.pair_of(each)) is not None]
    except UnclearError:
        return None
    sides = ((seen.salesforce, System.SALESFORCE), (seen.quickbooks, System.QUICKBOOKS))
    if not all(_stand_so(found, side, system) for side, system in sides):
        places = {_ids(pair): place for place, pair in enumerate(pairs)}
        found.sort(key=lambda each: places.get(_ids(each), len(places)))
    return Resolved(tuple(found), frozenset(finding.overtaken))


class _Finding:
    """Looks for each line of a plan on the side that it was sent to."""

    def __init__(self, pairs: Pairs, plan: Pairs, seen: Seen) -> None:
        self._before = {_ids(pair): pair for pair in pairs}
        self._seen = seen
        self._lines = {
            System.SALESFORCE: {line.id: line for line in seen.salesforce},
            System.QUICKBOOKS: {line.id: line for line in seen.quickbooks},
        }
        self._free = {system: dict(lines) for system, lines in self._lines.items()}
        for system, free in self._free.items():
            for each in (*pairs, *plan):
                free.pop(_id_in(each, system), None)
        self.overtaken: set[tuple[str, str]] = set()

    def pair_of(self, each: LinePair) -> LinePair | None:
        """Return the pair that a line of the plan has become; None where there is none."""
        before = self._before.get(_ids(each))
        if each.target is None:
            return replace(each, target=None)
        if not each.fingerprint:
            is_there = _id_in(each, each.target) in self._lines[each.target]
            return before if is_there else None
        if not _id_in(each, each.target):
            return self._made(each, each.target)
        return self._edited(each, each.target, before)

    def _made(self, each: LinePair, system: System) -> LinePair | None:
        """Find a line that was to be made: it says what its source says, and perhaps what the
        system has added by itself.
        """
        other = OTHER[system]
        source = self._lines[other].get(_id_in(each, other))
        is_as_sent = source is not None and self._print(source) == each.fingerprint
        free = self._free[system]
        for line in free.values():
            says_it = is_as_sent and source is not None and covers(line.text, source.text)
            if says_it or self._print(line) == each.fingerprint:
                del free[line.id]
                return replace(_with_id(each, system, line.id), target=None)
        if free and not (system is System.QUICKBOOKS and self._is_absent(is_as_sent)):
            raise UnclearError
        return None

    def _is_absent(self, is_as_sent: bool) -> bool:
        return self._seen.is_untouched or (self._seen.never_arrived and is_as_sent)

    def _edited(self, each: LinePair, system: System, before: LinePair | None) -> LinePair | None:
        if before is None:
            return replace(each, target=None)
        line = self._lines[system].get(_id_in(each, system))
        now = self._print(line) if line else None
        is_certain = system is System.QUICKBOOKS and self._seen.never_arrived
        if now == before.fingerprint or (now != each.fingerprint and is_certain):
            return before
        if now != each.fingerprint:
            self.overtaken.add(_ids(each))
        return replace(each, target=None)

    def _print(self, line: Line) -> str:
        return self._seen.fingerprint(line.text)


def _stand_so(pairs: Iterable[LinePair], side: Iterable[Line], system: System) -> bool:
    places = {line.id: place for place, line in enumerate(side)}
    stood = [places[line_id] for each in pairs if (line_id := _id_in(each, system)) in places]
    return stood == sorted(stood)


def _planned(line: MergedLine, fingerprint: Fingerprint) -> LinePair:
    print_ = "" if line.text is None else fingerprint(line.text)
    ids = (line.salesforce_id, line.quickbooks_id)
    return LinePair(*ids, print_, line.target, line.has_more)


def _as_answered(pair: LinePair, line: Line) -> LinePair:
    return replace(pair, quickbooks_id=line.id, has_more=line.has_more)


def _share_a_line(pair: LinePair, other: LinePair) -> bool:
    ids = zip(_ids(pair), _ids(other), strict=True)
    return any(one and one == another for one, another in ids)


def _ids(pair: LinePair) -> tuple[str, str]:
    return pair.salesforce_id, pair.quickbooks_id


def _id_in(pair: LinePair, system: System) -> str:
    return pair.salesforce_id if system is System.SALESFORCE else pair.quickbooks_id


def _with_id(pair: LinePair, system: System, line_id: str) -> LinePair:
    if system is System.SALESFORCE:
        return replace(pair, salesforce_id=line_id)
    return replace(pair, quickbooks_id=line_id)


def _id_at(lines: Sequence[Line], place: int) -> str:
    return lines[place].id if place < len(lines) else ""
