"""Line writes: what is sent of a document's lines to either system, in its own field names."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from bridge.core.documents import travelling_lines
from bridge.core.line_changes import LineChange, line_changes
from bridge.core.line_entries import MergedLine
from bridge.core.line_merge import LineMerge
from bridge.core.lines import (
    first_lines,
    lines_text,
    more_of,
    quickbooks_lines,
    salesforce_line,
    salesforce_lines,
    values_of,
)
from bridge.core.mapping import EntityMapping, FieldMapping, LinesMapping
from bridge.core.own_lines import own_fields, own_lines, without_own_lines
from bridge.flows.cases import Case
from bridge.model import Record, System, Value, Values, Write, WriteKind

# Salesforce makes 200 records at once (REST API Developer Guide, "sObject Tree"): a document and so
# many lines. The others follow as lines that were added.
LINES_AT_ONCE = 199


def made_at_once(values: Values, mapping: EntityMapping) -> Values:
    """Return what a Salesforce document says when it has just been made."""
    mapped = travelling_lines(mapping)
    if mapped is None:
        return values
    return {**values, mapped.name: first_lines(values[mapped.name], LINES_AT_ONCE)}


def new_quickbooks_lines(values: Values, mapping: EntityMapping) -> tuple[Write, ...]:
    """Return the lines of a document that is made in QuickBooks."""
    field = mapping.lines
    if field is None or field.lines is None:
        return ()
    made = (
        _in_quickbooks(field, None, each)
        for each in quickbooks_lines(values[field.name], field.lines)
    )
    return (*made, *_own_lines(values, mapping, field, None))


def new_salesforce_lines(values: Values, mapping: EntityMapping) -> tuple[Write, ...]:
    """Return the lines of a document that is made in Salesforce."""
    field = mapping.lines
    if field is None or field.lines is None:
        return ()
    lines = field.lines
    return tuple(
        _in_salesforce(field, lines, WriteKind.CREATE, None, fields)
        for fields in salesforce_lines(values[field.name], lines)
    )


def whole_lines(case: Case) -> tuple[Write, ...]:
    """Return all lines that a QuickBooks document shall have, if any of them changes.

    What a list leaves out is removed, and what a line leaves out is lost (Intuit:
    api/accounting/all-entities/invoice, sparse update): so all lines are sent, each with its id and
    with what it holds beside the mapped fields.
    """
    mapped, merged = case.mapping.lines, case.known_decision.merge
    if mapped is None or mapped.lines is None or merged is None:
        return ()
    own = _own_lines(merged.values, case.mapping, mapped, case.quickbooks)
    if merged.lines is not None and mapped.name in merged.to_quickbooks:
        return (*_sent(merged.lines, merged.values, case, mapped, mapped.lines), *own)
    if any(each.name in merged.to_quickbooks for each in own_fields(case.mapping)):
        return (*_as_read(case, mapped), *own)
    return ()


def _sent(
    merge: LineMerge, values: Values, case: Case, mapped: FieldMapping, lines: LinesMapping
) -> Iterator[Write]:
    read = {part.id: part for part in (case.quickbooks.parts if case.quickbooks else ())}
    every = quickbooks_lines(values[mapped.name], lines)
    for line, fields in zip(merge.lines, every, strict=True):
        whole = {**_more(read.get(line.quickbooks_id), lines), **fields}
        yield _in_quickbooks(mapped, line.quickbooks_id or None, whole)


def _as_read(case: Case, mapped: FieldMapping) -> Iterator[Write]:
    """Yield the lines of a QuickBooks document as they stand there."""
    read = without_own_lines(case.quickbooks, case.mapping) if case.quickbooks else None
    for part in read.parts if read else ():
        yield _in_quickbooks(mapped, part.id, part.fields)


def _own_lines(
    values: Values, mapping: EntityMapping, mapped: FieldMapping, read: Record | None
) -> Iterator[Write]:
    for line_id, fields in own_lines(values, mapping, read):
        yield _in_quickbooks(mapped, line_id, fields)


def _in_quickbooks(mapped: FieldMapping, line_id: str | None, fields: Values) -> Write:
    kind = WriteKind.UPDATE if line_id else WriteKind.CREATE
    return Write(System.QUICKBOOKS, mapped.quickbooks[0], kind, line_id, fields=fields)


def line_writes(case: Case) -> tuple[Write, ...]:
    """Return the writes of those Salesforce lines that change, are made, or are taken away."""
    mapped, merged, record = travelling_lines(case.mapping), _merge(case), case.salesforce
    if mapped is None or mapped.lines is None or merged is None or record is None:
        return ()
    read = {part.id: part for part in record.parts if part.object == mapped.salesforce}
    numbered = _numbered(merged.lines, read, mapped.lines)
    return (
        *_changes(numbered, read, mapped, mapped.lines),
        *_removals(merged.removed, read, mapped, mapped.lines),
    )


def told_lines(case: Case) -> tuple[Write, ...]:
    """Return the writes that bring Salesforce lines to what QuickBooks alone tells."""
    mapped, merged, record = case.mapping.lines, case.known_decision.merge, case.salesforce
    if mapped is None or mapped.lines is None or merged is None or record is None:
        return ()
    if not mapped.is_only_told or mapped.name not in merged.to_salesforce:
        return ()
    lines, value = mapped.lines, merged.values[mapped.name]
    return tuple(_told(each, mapped, lines) for each in line_changes(record, value, mapped))


def _told(change: LineChange, mapped: FieldMapping, lines: LinesMapping) -> Write:
    part = change.present
    if change.is_removed and part is not None:
        return _removal(part, mapped, lines)
    kind = WriteKind.CREATE if part is None else WriteKind.UPDATE
    return _in_salesforce(mapped, lines, kind, part, change.fields)


def _merge(case: Case) -> LineMerge | None:
    merged = case.known_decision.merge
    lines = merged.lines if merged else None
    return lines if lines and System.SALESFORCE in lines.to else None


def _changes(
    numbered: Sequence[tuple[MergedLine, Decimal]],
    read: Mapping[str, Record],
    mapped: FieldMapping,
    lines: LinesMapping,
) -> Iterator[Write]:
    for line, number in numbered:
        fields: dict[str, Value] = {}
        if line.target is System.SALESFORCE and line.text is not None:
            (values,) = values_of(lines_text([line.text]), lines)
            fields = salesforce_line(values, lines)
        part = read.get(line.salesforce_id)
        if part is None:
            filled = {name: value for name, value in fields.items() if value is not None}
            given = {lines.number: number, **filled}
            yield _in_salesforce(mapped, lines, WriteKind.CREATE, None, given)
            continue
        if part.fields.get(lines.number) != number:
            fields[lines.number] = number
        if fields:
            yield _in_salesforce(mapped, lines, WriteKind.UPDATE, part, fields)


def _removals(
    removed: Sequence[MergedLine],
    read: Mapping[str, Record],
    mapped: FieldMapping,
    lines: LinesMapping,
) -> Iterator[Write]:
    for line in removed:
        part = read.get(line.salesforce_id)
        if line.target is System.SALESFORCE and part is not None:
            yield _removal(part, mapped, lines)


def _removal(part: Record, mapped: FieldMapping, lines: LinesMapping) -> Write:
    """Return what takes a line away; its number goes along unchanged, to carry the condition."""
    same = {lines.number: part.fields.get(lines.number)}
    return _in_salesforce(mapped, lines, WriteKind.DELETE, part, same)


def _numbered(
    standing: Sequence[MergedLine], read: Mapping[str, Record], lines: LinesMapping
) -> list[tuple[MergedLine, Decimal]]:
    """Give the lines numbers that rise in their order; a number that does so already stays."""
    numbered: list[tuple[MergedLine, Decimal]] = []
    last = Decimal(0)
    for line in standing:
        part = read.get(line.salesforce_id)
        present = part.fields.get(lines.number) if part else None
        stays = isinstance(present, Decimal) and present > last
        last = present if isinstance(present, Decimal) and stays else last + 1
        numbered.append((line, last))
    return numbered


def _in_salesforce(
    mapped: FieldMapping,
    lines: LinesMapping,
    kind: WriteKind,
    part: Record | None,
    fields: Values,
) -> Write:
    return Write(
        System.SALESFORCE,
        mapped.salesforce,
        kind,
        part.id if part else None,
        part.version if part else None,
        fields=fields,
        relationship=lines.relationship,
        parent=lines.parent,
    )


def _more(part: Record | None, lines: LinesMapping) -> dict[str, Value]:
    return more_of(part, lines) if part else {}
