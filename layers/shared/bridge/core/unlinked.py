"""Choose for a record that is not linked: create its counterpart, adopt one, ask, or wait."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bridge.core.canonical import (
    Canonical,
    canonical,
    check_exclusive,
    differs_strongly,
    match_key,
)
from bridge.core.decision import Decision, DecisionKind, Match, Pair
from bridge.core.mapping import EntityMapping
from bridge.core.references import references, unlinked_id
from bridge.errors import MappingError
from bridge.model import CrossReference, PairState, Record, System, Values

# Why a record, or one field of it, waits for another one.
NOT_LINKED, CIRCULAR = "reference_not_linked", "parents_in_a_circle"


def decide_unlinked(pair: Pair, mapping: EntityMapping) -> Decision:
    """Choose for a Salesforce record that is not linked, and the records that may be its own.

    Raises:
        MappingError: a value cannot be converted to its canonical form.
    """
    ours = pair.salesforce
    if ours is None or not ours.is_present:
        is_inactive = ours is not None and not ours.is_deleted
        reason = "inactive_before_link" if is_inactive else "deleted_before_link"
        return Decision(DecisionKind.SKIP, reason, PairState.NEW)
    certain = next((match for match in pair.matches if match.is_certain), None)
    if certain is not None:
        return _adopt(certain)
    if reason := mapping.reason_to_leave(ours):
        return Decision(DecisionKind.SKIP, reason, PairState.NEW)
    mine = canonical(ours, mapping, is_to_be_made=True)
    if not mapping.is_document and mine.values[mapping.match_on] is None:
        return _unlinked_conflict("name_missing")
    return decide_new(mine, pair.matches, mapping, pair.unlinked, is_circular=pair.is_circular)


def decide_new(
    mine: Canonical,
    candidates: Sequence[Match],
    mapping: EntityMapping,
    unlinked: frozenset[str] = frozenset(),
    *,
    is_circular: bool = False,
) -> Decision:
    """Choose for an unlinked record; one that is to be made waits for the records that it names.

    Documents are never matched: two that look alike are two.

    Raises:
        MappingError: two fields are filled in of which there is room for one.
    """
    check_exclusive(mine.values, mapping)
    chosen = _made() if mapping.is_document else choose_match(mine, candidates, mapping)
    name = unlinked_reference(mine.values, mapping, unlinked)
    if chosen.kind is DecisionKind.CREATE and name:
        return deferred(name, is_circular=is_circular)
    return chosen


def unlinked_reference(
    values: Values,
    mapping: EntityMapping,
    unlinked: frozenset[str],
    names: Iterable[str] | None = None,
) -> str:
    """Return the first of some fields that names a record which is not linked, or ""."""
    return next(
        (
            each.field
            for each in references(values, mapping, names)
            if unlinked_id(each.value) or each.value in unlinked
        ),
        "",
    )


def choose_match(mine: Canonical, candidates: Sequence[Match], mapping: EntityMapping) -> Decision:
    """Create, adopt or ask, for an unlinked record and the records of its name on the other side.

    A match is sure when it is the only one, linked to nothing, takes part, and no strong key that
    both hold differs. Of records of one name the inactive ones do not count beside an active one.
    """
    wanted = match_key(mine.values[mapping.match_on])
    read = [(match, _recognisable(match.record, mapping)) for match in candidates]
    if any(theirs is None for _, theirs in read):
        return _unlinked_conflict("match_unsure")
    named = [
        (match, theirs)
        for match, theirs in read
        if theirs is not None and match_key(theirs.values[mapping.match_on]) == wanted
    ]
    active = [pair for pair in named if pair[0].record.is_active]
    chosen = active or named
    if not chosen:
        return _made()
    if len(chosen) > 1:
        return _unlinked_conflict("several_matches")
    match, theirs = chosen[0]
    if match.linked_to is not None:
        return _unlinked_conflict("name_linked")
    if not mapping.takes_part(match.record):
        return _unlinked_conflict("name_taken")
    if match.record.system is System.SALESFORCE and not match.record.is_active:
        return _unlinked_conflict("match_inactive")
    if different := differs_strongly(mine.values, theirs.values, mapping):
        return _unlinked_conflict("match_unsure", different)
    return _adopt(match)


def _recognisable(record: Record, mapping: EntityMapping) -> Canonical | None:
    """Return the values by which a record is recognised, or None where one cannot be mapped.

    Whatever else the record holds does not matter to whether it is the one.
    """
    keys = tuple(each for each in mapping.fields if each.is_strong or each.name == mapping.match_on)
    try:
        return canonical(record, replace(mapping, fields=keys))
    except MappingError:
        return None


def _made() -> Decision:
    return Decision(DecisionKind.CREATE, state=PairState.CREATING)


def _adopt(match: Match) -> Decision:
    if match.linked_to is not None:
        return _unlinked_conflict("name_linked")
    return Decision(DecisionKind.ADOPT, state=PairState.LINKED, match=match)


def deferred(
    name: str, row: CrossReference | None = None, *, is_circular: bool = False
) -> Decision:
    """Wait for a record that is named and not linked; a linked pair stays as it is meanwhile."""
    return Decision(
        DecisionKind.DEFER,
        CIRCULAR if is_circular else NOT_LINKED,
        row.state if row else PairState.NEW,
        baseline=(row.baseline or {}) if row else {},
        keeps_row=row is not None,
        field=name,
    )


def _unlinked_conflict(reason: str, name: str = "") -> Decision:
    return Decision(DecisionKind.CONFLICT, reason, PairState.NEW, field=name)
