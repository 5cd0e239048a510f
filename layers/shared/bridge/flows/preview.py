"""Preview: one real record on its way through the mapping, with nothing written anywhere."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bridge.core.canonical import canonical
from bridge.core.decide import fingerprint_for
from bridge.core.decision import Decision, DecisionKind
from bridge.core.mapping import EntityMapping, FieldMapping
from bridge.core.merge import Merge, merge
from bridge.errors import MappingError
from bridge.flows.cases import Case, Run
from bridge.flows.writes import (
    quickbooks_create,
    quickbooks_update,
    salesforce_create,
    salesforce_update,
)
from bridge.model import (
    CrossReference,
    Record,
    System,
    Value,
    Write,
    WriteKind,
)

# Tells whether a canonical value is the one on which both sides last agreed; None: they never have.
IsBaseline = Callable[[str, Value], bool | None]


@dataclass(frozen=True)
class SideValue:
    """What one side holds in a field: raw, and as both sides compare it.

    `trouble` is the reason for which it has no canonical value; `is_baseline` is None where the
    sides have never agreed on the field, or where there is no value to tell it of.
    """

    raw: tuple[Value, ...]
    value: Value = None
    trouble: str = ""
    is_baseline: bool | None = None


@dataclass(frozen=True)
class FieldPreview:
    """One field on its way: both sides, and what would become of it.

    `goes` names the system that it would be written to, `is_open` says that a person is asked,
    `is_lost` that a person's value would be replaced.
    """

    field: FieldMapping
    salesforce: SideValue | None
    quickbooks: SideValue | None
    goes: System | None = None
    is_open: bool = False
    is_lost: bool = False


@dataclass(frozen=True)
class Preview:
    """What the bridge would do with a record now; `waits` says why it cannot tell."""

    mapping: EntityMapping
    realm: str
    salesforce_id: str | None
    quickbooks_id: str | None
    is_linked: bool
    decision: str
    reason: str
    field: str
    fields: tuple[FieldPreview, ...]
    writes: tuple[Write, ...]
    waits: str = ""


def preview_of(run: Run, case: Case) -> Preview:
    """Return what a case that has been observed comes to."""
    case = _adopted(run, case)
    row, decision, ending = case.row, case.decision, case.ending
    salesforce_id = row.key.salesforce_id if row else None
    writes = _writes(case)
    return Preview(
        mapping=case.mapping,
        realm=case.realm,
        salesforce_id=salesforce_id,
        quickbooks_id=case.quickbooks.id if case.quickbooks else case.quickbooks_id,
        is_linked=row is not None and row.quickbooks_id is not None,
        decision=decision.kind.value if decision else "reject",
        reason=(decision.reason if decision else "") or (ending.reason if ending else ""),
        field=(decision.field if decision else "") or (ending.field if ending else ""),
        fields=tuple(_fields(run, case, writes)),
        writes=writes,
        waits=case.waiting.reason if case.waiting else "",
    )


def _adopted(run: Run, case: Case) -> Case:
    """Return a case that would be linked as it would go on then: with the merge of both records."""
    decision = case.decision
    if decision is None or decision.kind is not DecisionKind.ADOPT or case.salesforce is None:
        return case
    found = decision.match.record if decision.match else None
    theirs = found if found and found.system is System.QUICKBOOKS else case.quickbooks
    if theirs is None or case.row is None:
        return case
    mapping = case.mapping.as_for(theirs)
    merged = _merged(run, case.row, case.salesforce, theirs, mapping)
    decision = replace(decision, merge=merged)
    return replace(case, quickbooks=theirs, mapping=mapping, decision=decision)


def _merged(
    run: Run, row: CrossReference, ours: Record, theirs: Record, mapping: EntityMapping
) -> Merge | None:
    try:
        mine, other = canonical(ours, mapping), canonical(theirs, mapping)
    except MappingError:
        return None
    return merge(mine, other, {}, mapping, fingerprint_for(row, run.world.fingerprinter))


def _writes(case: Case) -> tuple[Write, ...]:
    """Return what would be sent to either system."""
    decision = case.decision
    if decision is None or case.waiting is not None:
        return ()
    if decision.kind is DecisionKind.CREATE:
        return (quickbooks_create(case) if case.row is not None else salesforce_create(case),)
    writes = []
    has_fields = decision.merge and decision.merge.to_salesforce
    if (has_fields or decision.salesforce_activity is not None) and case.salesforce is not None:
        writes.append(salesforce_update(case))
    if decision.writes_quickbooks and case.row is not None:
        writes.append(_update(case, decision))
    return tuple(writes)


def _update(case: Case, decision: Decision) -> Write:
    write = quickbooks_update(case)
    if decision.kind is DecisionKind.ADOPT and case.quickbooks is not None:
        return replace(write, record_id=case.quickbooks.id)
    return write


def _fields(run: Run, case: Case, writes: Sequence[Write]) -> list[FieldPreview]:
    merged = case.decision.merge if case.decision else None
    is_baseline = _baseline(run, case)
    lost = {loss.field for loss in merged.losses} if merged else set()
    found = []
    for each in case.mapping.fields:
        ours = _side(case.salesforce, each, case.mapping, is_baseline)
        theirs = _side(case.quickbooks, each, case.mapping, is_baseline)
        goes = _goes(each, merged) if merged else _goes_new(ours, theirs, writes)
        is_open = merged is not None and each.name in merged.open
        found.append(FieldPreview(each, ours, theirs, goes, is_open, each.name in lost))
    return found


def _goes(field: FieldMapping, merged: Merge) -> System | None:
    if field.name in merged.to_salesforce:
        return System.SALESFORCE
    return System.QUICKBOOKS if field.name in merged.to_quickbooks else None


def _goes_new(
    ours: SideValue | None, theirs: SideValue | None, writes: Sequence[Write]
) -> System | None:
    """Return where a field goes whose record is made."""
    made = next((write.system for write in writes if write.kind is WriteKind.CREATE), None)
    source = ours if made is System.QUICKBOOKS else theirs
    return made if source is not None and source.value is not None else None


def _side(
    record: Record | None, field: FieldMapping, mapping: EntityMapping, is_baseline: IsBaseline
) -> SideValue | None:
    if record is None:
        return None
    raw = _raw(record, field)
    try:
        value = canonical(record, replace(mapping, fields=(field,))).values[field.name]
    except MappingError as error:
        return SideValue(raw, trouble=error.reason)
    return SideValue(raw, value, is_baseline=is_baseline(field.name, value))


def _raw(record: Record, field: FieldMapping) -> tuple[Value, ...]:
    """Return what a record holds in a field, as the system has it; of lines only their number."""
    is_ours = record.system is System.SALESFORCE
    if field.lines is not None:
        name = field.salesforce if is_ours else field.quickbooks[0]
        return (f"{sum(part.object == name for part in record.parts)} lines",)
    if not is_ours:
        return tuple(record.fields.get(path) for path in field.quickbooks)
    holders = [part for part in record.parts if part.object == field.part]
    holder = record if field.part is None else next(iter(holders), None)
    return (holder.fields.get(field.part_field),) if holder else ()


def _baseline(run: Run, case: Case) -> IsBaseline:
    row = case.row
    known: Mapping[str, str] = (row.baseline if row else None) or {}
    if row is None or row.key_id != run.world.fingerprinter.key_id:
        return lambda _, __: None
    of = case.fingerprint(run.world)
    return lambda name, value: of(name, value) == known[name] if name in known else None
