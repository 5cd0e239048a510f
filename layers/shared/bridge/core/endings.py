"""Endings: decisions that leave a pair as it is, because a record is gone or a person is asked."""

from bridge.core.canonical import Canonical, canonical
from bridge.core.decision import Decision, DecisionKind, Pair
from bridge.core.documents import travelling_lines
from bridge.core.intents import resolve
from bridge.core.mapping import EntityMapping
from bridge.core.merge import Fingerprint
from bridge.errors import MappingError
from bridge.model import CrossReference, PairState, Record


def present(record: Record | None) -> Record | None:
    """Return a record that people still work with."""
    return record if record is not None and record.is_present else None


def has_changed(
    mine: Canonical, row: CrossReference, mapping: EntityMapping, of: Fingerprint
) -> bool:
    """Say whether Salesforce holds what both have not agreed on, and what is no write of ours."""
    sent = row.intent.salesforce if row.intent else {}
    baseline = row.baseline or {}
    told = {each.name for each in mapping.fields if each.is_only_told}
    return any(
        of(name, value) not in (baseline.get(name), sent.get(name))
        for name, value in mine.values.items()
        # An empty field that has never agreed is nobody's edit.
        if name not in told and (name in baseline or value is not None)
    )


def was_edited_there(pair: Pair, mapping: EntityMapping, of: Fingerprint) -> bool:
    """Say whether QuickBooks holds what both have not agreed on; not asked where it was not
    read.
    """
    if pair.quickbooks is None:
        return False
    theirs = canonical(pair.quickbooks, mapping)
    resolved = resolve(pair.row, None, theirs, token_of(pair), of)
    return any(of(name, theirs.values[name]) != fp for name, fp in resolved.baseline.items())


def tomb(pair: Pair, reason: str, mapping: EntityMapping, of: Fingerprint) -> Decision:
    """One record is gone and nothing is written; an open intent is resolved all the same."""
    if pair.row.intent is None:
        return Decision(DecisionKind.SKIP, reason, PairState.TOMB, baseline=pair.row.baseline or {})
    mine, theirs = readable(pair.salesforce, mapping), readable(pair.quickbooks, mapping)
    resolved = resolve(pair.row, mine, theirs, token_of(pair), of, lines_name(mapping))
    return Decision(
        DecisionKind.SKIP,
        reason,
        PairState.TOMB,
        baseline=resolved.baseline,
        lost=resolved.lost,
        lines=resolved.lines,
    )


def token_of(pair: Pair) -> int | None:
    """Return the token of the QuickBooks record, where that was read."""
    return int(pair.quickbooks.version) if pair.quickbooks else None


def lines_name(mapping: EntityMapping) -> str:
    """Return the field that holds the lines which travel, or ""."""
    mapped = travelling_lines(mapping)
    return mapped.name if mapped else ""


def readable(record: Record | None, mapping: EntityMapping) -> Canonical | None:
    """Return a record's values; what cannot be mapped does not keep a record from being buried.

    A deleted document has lost its lines.
    """
    try:
        return canonical(record, mapping) if record else None
    except MappingError:
        return None


def conflict(pair: Pair, reason: str) -> Decision:
    """Leave a pair as it is, and ask a person."""
    return Decision(
        DecisionKind.CONFLICT,
        reason,
        PairState.CONFLICT,
        baseline=pair.row.baseline or {},
        keeps_row=True,
    )
