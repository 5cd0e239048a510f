"""Writes: what is sent to either system, in its own field names."""

from collections.abc import Mapping, Sequence

from bridge.core.canonical import canonical, quickbooks_fields, salesforce_fields
from bridge.core.decision import Decision
from bridge.core.mapping import EntityMapping
from bridge.core.messages import Shown, SyncStatus, own_fields, problem_text
from bridge.flows.cases import Case, pointer_key
from bridge.flows.line_writes import (
    line_writes,
    made_at_once,
    new_quickbooks_lines,
    new_salesforce_lines,
    told_lines,
    whole_lines,
)
from bridge.flows.totals import totals_text
from bridge.model import PairState, Record, System, Value, Values, Write, WriteKind


def quickbooks_create(case: Case) -> Write:
    """Return the write that makes the QuickBooks record of a Salesforce one, with its marker."""
    if case.salesforce is None:
        raise AssertionError("a create without its source")
    row, mapping = case.known_row, case.mapping
    values = canonical(case.salesforce, mapping).values
    sent = [each.name for each in mapping.fields if not each.is_only_told]
    filled = [name for name in sent if values[name] is not None]
    return Write(
        system=System.QUICKBOOKS,
        object=mapping.quickbooks,
        kind=WriteKind.CREATE,
        fields={**mapping.constants, **quickbooks_fields(values, filled, mapping)},
        parts=new_quickbooks_lines(values, mapping),
        key=f"{case.realm}|{mapping.entity}|{row.key.salesforce_id}|{row.generation}",
        marker=row.key.salesforce_id if mapping.is_marked else None,
        is_whole=mapping.is_document,
    )


def salesforce_create(case: Case) -> Write:
    """Return the write that makes the Salesforce record of a QuickBooks one, with its parts."""
    if case.quickbooks is None:
        raise AssertionError("a create without its source")
    mapping = case.mapping
    values = made_at_once(canonical(case.quickbooks, mapping).values, mapping)
    filled = [name for name in mapping.names if values[name] is not None]
    company = {mapping.company: case.realm} if mapping.company else {}
    return Write(
        system=System.SALESFORCE,
        object=mapping.salesforce,
        kind=WriteKind.CREATE,
        fields={
            **mapping.salesforce_constants,
            **_activity(mapping, is_active=True),
            **salesforce_fields(values, filled, mapping, None),
            **company,
            **case.made_from,
        },
        own_fields={"status": SyncStatus.IN_SYNC.value},
        parts=(*_new_parts(values, mapping, mapping.parts), *new_salesforce_lines(values, mapping)),
        key=case.known_pointer.key.external_id,
        is_whole=mapping.is_document,
    )


def salesforce_update(case: Case) -> Write:
    """Return the update of a Salesforce record: new values and, in the same request, the notes."""
    record, decision = case.salesforce, case.known_decision
    if record is None:
        raise AssertionError("a write without its record")
    values, names = _merged(decision)
    root = [name for name in names if case.mapping.field_named(name).part is None]
    fields = salesforce_fields(values, root, case.mapping, None)
    fields |= _activity(case.mapping, is_active=decision.salesforce_activity)
    # The status is set here only if nothing is left that could still be refused.
    is_told_more = bool(decision.reason or (decision.merge and decision.merge.open))
    is_last = not decision.writes_quickbooks and not is_told_more
    is_well = is_last and decision.state is PairState.LINKED
    shown = Shown(SyncStatus.IN_SYNC, totals_text(case)) if is_well else None
    if decision.salesforce_activity is False:
        shown = Shown(SyncStatus.INACTIVE, problem_text(decision.reason, case.mapping))
    return Write(
        system=System.SALESFORCE,
        object=record.object,
        kind=WriteKind.UPDATE,
        record_id=record.id,
        # Fields of our own need no condition: nobody else's edit can be lost under them.
        version=record.version if fields or case.company else None,
        fields=fields,
        own_fields={**own_fields(record, shown, case.notes, case.company), **external_id(case)},
        parts=(
            *_part_writes(record, values, names, case.mapping),
            *line_writes(case),
            *told_lines(case),
        ),
    )


def external_id(case: Case) -> Values:
    """Return the external id that a linked Salesforce record has yet to bear, as a field of
    ours.
    """
    record, row = case.salesforce, case.row
    if record is None or row is None or row.quickbooks_id is None or record.external_id is not None:
        return {}
    if row.key.salesforce_id != record.id:
        return {}
    return {"external_id": pointer_key(case, row.quickbooks_id).external_id}


def quickbooks_update(case: Case) -> Write:
    """Return the sparse update of a QuickBooks record, against the token read or presumed."""
    decision = case.known_decision
    merged = decision.merge
    fields: dict[str, Value] = {}
    if merged:
        fields = quickbooks_fields(merged.values, merged.to_quickbooks, case.mapping)
    if decision.activity is not None:
        fields["Active"] = decision.activity
    record, intent = case.quickbooks, case.known_row.intent
    token = record.version if record else intent.token if intent else None
    was_made_by_us = case.known_row.generation > 0
    presumed_marker = case.known_row.key.salesforce_id if was_made_by_us else None
    return Write(
        system=System.QUICKBOOKS,
        object=case.mapping.quickbooks,
        kind=WriteKind.UPDATE,
        record_id=case.known_row.quickbooks_id,
        version=str(token),
        fields=fields,
        parts=whole_lines(case),
        marker=record.marker if record else presumed_marker,
    )


def _activity(mapping: EntityMapping, *, is_active: bool | None) -> dict[str, Value]:
    return {mapping.active: is_active} if mapping.active and is_active is not None else {}


def _new_parts(
    values: Mapping[str, Value], mapping: EntityMapping, parts: Sequence[str]
) -> tuple[Write, ...]:
    """Return the parts that have to be made so that a record can hold these values."""
    writes = []
    for part in parts:
        names = [each.name for each in mapping.fields if each.part == part and each.lines is None]
        if all(values[name] is None for name in names):
            continue
        needed = [
            name
            for name in names
            if values[name] is not None or mapping.field_named(name).placeholder
        ]
        mark = mapping.rule_of(part).mark
        fields = {**mark, **salesforce_fields(values, needed, mapping, part)}
        writes.append(Write(System.SALESFORCE, part, WriteKind.CREATE, fields=fields))
    return tuple(writes)


def _part_writes(
    record: Record, values: dict[str, Value], names: Sequence[str], mapping: EntityMapping
) -> tuple[Write, ...]:
    writes: list[Write] = []
    for part in mapping.parts:
        fields = [mapping.field_named(name) for name in names]
        touched = [each.name for each in fields if each.part == part and each.lines is None]
        present = next((each for each in record.parts if each.object == part), None)
        if not touched:
            continue
        if present is None:
            writes += _new_parts(values, mapping, [part])
            continue
        given = salesforce_fields(values, touched, mapping, part)
        writes.append(
            Write(System.SALESFORCE, part, WriteKind.UPDATE, present.id, present.version, given)
        )
    return tuple(writes)


def _merged(decision: Decision) -> tuple[dict[str, Value], tuple[str, ...]]:
    if decision.merge is None:
        return {}, ()
    return dict(decision.merge.values), decision.merge.to_salesforce
