"""The merge of documents: their fields as those of any record, their lines line by line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from bridge.core.canonical import Canonical
from bridge.core.line_entries import Sides
from bridge.core.line_merge import LineLoss, LineMerge, merge_lines
from bridge.core.line_pairs import APART, Pairs, paired, rebuilt
from bridge.core.lines import line_words, lines_text
from bridge.core.mapping import Direction, EntityMapping, FieldMapping, Owner
from bridge.core.merge import Fingerprint, Loss, Merge, merge
from bridge.core.parts import Shifts
from bridge.model import Fingerprints, Record, System, Value

WINNERS = {Owner.SALESFORCE: System.SALESFORCE, Owner.QUICKBOOKS: System.QUICKBOOKS}
SOURCES = {Direction.TO_QUICKBOOKS: System.SALESFORCE}


@dataclass(frozen=True)
class Known:
    """What a pair of records is known to have agreed on: its fields, and its lines one by one."""

    baseline: Fingerprints
    pairs: Pairs = ()
    overtaken: frozenset[tuple[str, str]] = frozenset()


def merge_records(
    salesforce: Canonical,
    quickbooks: Canonical | None,
    known: Known,
    mapping: EntityMapping,
    fingerprint: Fingerprint,
    shifts: Shifts = Shifts(),  # noqa: B008 - frozen
) -> Merge:
    """Merge the two sides; QuickBooks None is presumed to be as the baseline in every field.

    Lines that travel are merged line by line.
    """
    mapped = travelling_lines(mapping)
    if mapped is None:
        return merge(salesforce, quickbooks, known.baseline, mapping, fingerprint, shifts)
    plain = replace(mapping, fields=tuple(each for each in mapping.fields if each is not mapped))
    merged = merge(salesforce, quickbooks, known.baseline, plain, fingerprint, shifts)
    lines = _merge_lines(salesforce, quickbooks, known, mapped, fingerprint)
    return _with_lines(merged, lines, (salesforce, quickbooks), mapped, fingerprint)


def travelling_lines(mapping: EntityMapping) -> FieldMapping | None:
    """Return the field that holds a document's lines, if people change them: those that travel only
    once, or that QuickBooks alone tells, are one value.
    """
    mapped = mapping.lines
    is_whole = mapped is None or mapped.is_only_told or mapped.direction is Direction.ONCE
    return None if is_whole else mapped


def stays_as_sold(record: Record | None, mapping: EntityMapping) -> bool:
    """Say whether a document was voided in QuickBooks that Salesforce goes on to show as it was:
    one that is not only told by QuickBooks.
    """
    is_told = mapping.is_kept or mapping.lines is None or mapping.lines.is_only_told
    return record is not None and record.is_voided and not is_told


def _merge_lines(
    salesforce: Canonical,
    quickbooks: Canonical | None,
    known: Known,
    mapped: FieldMapping,
    fingerprint: Fingerprint,
) -> LineMerge:
    of = partial(fingerprint, mapped.name)
    ours = salesforce.values[mapped.name]
    if quickbooks is not None:
        if ours == quickbooks.values[mapped.name]:
            return LineMerge(pairs=paired(salesforce.lines, quickbooks.lines, of))
    elif of(ours) == known.baseline.get(mapped.name):
        return LineMerge(pairs=known.pairs)
    pairs = known.pairs or _rebuilt(salesforce, quickbooks, known, mapped, of)
    if not pairs:
        return LineMerge(is_open=True)
    return merge_lines(
        Sides(
            salesforce.lines,
            quickbooks.lines if quickbooks else None,
            pairs,
            of,
            WINNERS.get(mapped.owner),
            SOURCES.get(mapped.direction),
            known.overtaken,
        )
    )


def _rebuilt(
    salesforce: Canonical,
    quickbooks: Canonical | None,
    known: Known,
    mapped: FieldMapping,
    of: Callable[[Value], str],
) -> Pairs:
    """Return the pairs of a document of which none are known: there is something to go by where one
    side is as it was.
    """
    if quickbooks is None:
        return ()
    for side, system in ((salesforce, System.SALESFORCE), (quickbooks, System.QUICKBOOKS)):
        if of(side.values[mapped.name]) == known.baseline.get(mapped.name):
            return rebuilt(salesforce.lines, quickbooks.lines, system, of)
    return ()


def _with_lines(
    merged: Merge,
    lines: LineMerge,
    sides: tuple[Canonical, Canonical | None],
    mapped: FieldMapping,
    fingerprint: Fingerprint,
) -> Merge:
    name = mapped.name
    salesforce, quickbooks = sides
    read = quickbooks or salesforce
    value: Value = read.values[name]
    baseline: dict[str, str] = dict(merged.baseline)
    if lines.to:
        value = lines_text(line.text for line in lines.lines if line.text is not None)
        baseline.setdefault(name, APART)
    elif quickbooks is not None and quickbooks.values[name] == salesforce.values[name]:
        baseline[name] = fingerprint(name, value)
    return replace(
        merged,
        values={**merged.values, name: value},
        to_salesforce=_with(merged.to_salesforce, name, System.SALESFORCE in lines.to),
        to_quickbooks=_with(merged.to_quickbooks, name, System.QUICKBOOKS in lines.to),
        open=_with(merged.open, name, lines.is_open),
        open_reason=merged.open_reason or ("field_conflict" if lines.is_open else ""),
        losses=(*merged.losses, *(_loss(each, mapped) for each in lines.losses)),
        baseline=baseline,
        lines=lines,
    )


def _with(names: Sequence[str], name: str, is_in: bool) -> tuple[str, ...]:
    return (*names, name) if is_in else tuple(names)


def _loss(loss: LineLoss, mapped: FieldMapping) -> Loss:
    if mapped.lines is None:
        raise AssertionError("lines without their mapping")
    words = [line_words(text, mapped.lines) for text in (loss.text, loss.kept)]
    return Loss(mapped.name, loss.system, *words)
