"""Parts: what one contact holds is never mixed with what another one holds."""

from collections.abc import Iterator
from dataclasses import dataclass

from bridge.core.canonical import Canonical, match_key
from bridge.core.mapping import EntityMapping
from bridge.model import CrossReference, Record

# Alone it may be a name that was corrected; two that differ are another person's.
TELLING = 2


@dataclass(frozen=True)
class Shifts:
    """The fields of parts that are another one's on the two sides.

    `moved` are of a part that took the place of another one in Salesforce; `replaced` of one that
    has another name in QuickBooks.
    """

    moved: frozenset[str] = frozenset()
    replaced: frozenset[str] = frozenset()


def part_ids(record: Record, mapping: EntityMapping) -> Iterator[tuple[str, str]]:
    """Find the parts of a record of which one is chosen, by object, with their ids."""
    for part in mapping.persons:
        held = next((each.id for each in record.parts if each.object == part), None)
        if held is not None:
            yield part, held


def spoken_of(row: CrossReference, record: Record, mapping: EntityMapping) -> dict[str, str]:
    """Return the parts of which a row speaks, of those that a record has.

    Where that is not known it is the one that is read: whoever decides so stores it, for the next
    one may be another.
    """
    return {part: row.parts.get(part, held) for part, held in part_ids(record, mapping)}


def shifts(
    row: CrossReference,
    record: Record,
    salesforce: Canonical,
    quickbooks: Canonical | None,
    mapping: EntityMapping,
) -> Shifts:
    """Return which fields have to travel together, because the part that holds them is another."""
    spoken = spoken_of(row, record, mapping)
    moved = {
        name
        for part, held in part_ids(record, mapping)
        if spoken[part] != held
        for name in mapping.names_of(part)
    }
    replaced = {
        name
        for part in mapping.persons
        if quickbooks is not None and _differ(part, salesforce, quickbooks, mapping)
        for name in mapping.names_of(part)
    }
    return Shifts(frozenset(moved), frozenset(replaced - moved))


def _differ(
    part: str, salesforce: Canonical, quickbooks: Canonical, mapping: EntityMapping
) -> bool:
    """Say whether the two sides name two: all that identifies one differs, and both have a name."""
    identity = mapping.rule_of(part).identity
    ours = {name: match_key(salesforce.values[name]) for name in identity}
    theirs = {name: match_key(quickbooks.values[name]) for name in identity}
    different = [name for name in identity if ours[name] != theirs[name]]
    shared = [name for name in identity if ours[name] and ours[name] == theirs[name]]
    are_named = any(ours.values()) and any(theirs[name] for name in different)
    return are_named and not shared and len(different) >= min(TELLING, len(identity))
