"""Sharing: several entities map one kind of record, and each record is the business of one."""

from collections.abc import Iterable, Sequence

from bridge.core.decision import Decision, DecisionKind
from bridge.core.mapping import EntityMapping
from bridge.flows.cases import Case, Run, by_realm_and_entity, open_cases
from bridge.flows.load import load_salesforce
from bridge.flows.match import born_as
from bridge.flows.trouble import claim_delay, guarded
from bridge.model import CrossReference, OutcomeStatus, PairKey, PairState

# Why an entity has nothing to do with a record that is not linked.
LEFT = ("condition_not_met", "not_created_from_here", "deleted_before_link")
LINKED_AS_OTHER = "linked_as_other"


def concerned(cases: Sequence[Case]) -> list[Case]:
    """Return the cases to tell of: of those of one record the ones that it concerns, or the first
    of them if it concerns none.
    """
    told = {_record_of(case) for case in cases if not _is_left(case)}
    kept: list[Case] = []
    for case in cases:
        if _is_left(case) and _record_of(case) in told:
            continue
        told.add(_record_of(case))
        kept.append(case)
    return kept


def leave_linked_as_others(run: Run, cases: Sequence[Case]) -> None:
    """End the cases of unlinked Salesforce records that are linked as another entity already.

    A name belongs to one customer or vendor in QuickBooks, and what a Salesforce record shows
    speaks of one of them.
    """
    joining = [case for case in open_cases(cases) if _would_join(case)]
    for (realm, _), group in by_realm_and_entity(joining).items():
        others = _others(run, group[0].mapping)
        ids = [case.known_row.key.salesforce_id for case in group]
        with guarded(run, group, run.world.organisation):
            rows = _rows(run, realm, others, ids)
            for case in group:
                key = case.known_row.key.salesforce_id
                its_rows = [row for row in rows if row.key.salesforce_id == key]
                _leave_to_others(run, case, others, its_rows)


def _would_join(case: Case) -> bool:
    """Say whether a Salesforce record that is not linked takes part in its entity."""
    record, row = case.salesforce, case.row
    if record is None or row is None or row.quickbooks_id is not None or row.intent is not None:
        return False
    return not case.mapping.reason_to_leave(record)


def _leave_to_others(
    run: Run, case: Case, others: Sequence[EntityMapping], rows: Sequence[CrossReference]
) -> None:
    """End a case that is another entity's; wait where it may be about to become so."""
    if any(_is_linked(each) for each in rows) or _is_another_first(run, case, others):
        case.decision = Decision(DecisionKind.SKIP, LINKED_AS_OTHER, PairState.NEW)
        case.end(OutcomeStatus.SKIPPED, LINKED_AS_OTHER)
    elif any(_is_in_the_making(run, each) for each in rows):
        case.wait("claimed", claim_delay(run))


def linked_as_others(
    run: Run, realm: str, mapping: EntityMapping, ids: Sequence[str]
) -> frozenset[str]:
    """Return which of some Salesforce records are linked as another entity."""
    rows = _rows(run, realm, _others(run, mapping), ids)
    return frozenset(row.key.salesforce_id for row in rows if _is_linked(row))


def still_taking_part(run: Run, cases: Sequence[Case]) -> list[Case]:
    """Return those of some claimed cases whose Salesforce record still meets the conditions.

    A record that meets none leaves no trace in the rows: only a read under the claim tells whether
    somebody has seen it so since.
    """
    watched = [case for case in cases if case.mapping.is_conditional]
    before = [case.salesforce for case in watched]
    load_salesforce(run, watched)
    for case, record in zip(watched, before, strict=True):
        now, case.salesforce = case.salesforce, record
        is_left = now is None or not now.is_present or case.mapping.reason_to_leave(now)
        if case.is_open and is_left:
            case.wait("changed_meanwhile", 1.0)
    return open_cases(cases)


def leaves_no_trace(case: Case, decision: Decision) -> bool:
    """Say whether a decision about a record of Salesforce needs no row: the entity has nothing to
    do with it, and has never had; whoever is about to link it reads it again under the claim.
    """
    row = case.known_row
    is_static = decision.reason == "not_created_from_here"
    is_watched = is_static or case.mapping.is_conditional
    is_left = decision.reason in LEFT and row.quickbooks_id is None and row.intent is None
    # Whoever links what was made here goes by the row to see whether somebody has looked at it.
    return is_left and is_watched and born_as(case) is None


def _record_of(case: Case) -> tuple[str | None, ...]:
    """Return what is the same for the cases of one record."""
    if case.row is not None:
        return (case.realm, case.mapping.salesforce, case.row.key.salesforce_id)
    if case.pointer is not None:
        return (case.realm, case.mapping.quickbooks, case.quickbooks_id)
    return (str(id(case)),)


def _is_left(case: Case) -> bool:
    """Say whether an entity has nothing to do with an event, or has not come to deciding so."""
    if case.quickbooks_id is not None and case.row is not None:
        return False
    if case.decision is None:
        return case.waiting is not None
    is_skipped = case.ending is not None and case.ending.status is OutcomeStatus.SKIPPED
    return is_skipped and case.decision.reason in LEFT


def _others(run: Run, mapping: EntityMapping) -> list[EntityMapping]:
    mappings = run.world.mappings.values()
    return [
        each
        for each in mappings
        if each.salesforce == mapping.salesforce and each.entity != mapping.entity
    ]


def _rows(
    run: Run, realm: str, others: Iterable[EntityMapping], ids: Sequence[str]
) -> list[CrossReference]:
    keys = [PairKey(realm, other.entity, each) for other in others for each in ids]
    return list(run.world.cross_references.read_pairs(keys).values()) if keys else []


def _is_linked(row: CrossReference) -> bool:
    return row.quickbooks_id is not None


def _is_in_the_making(run: Run, row: CrossReference) -> bool:
    return row.intent is not None or not row.is_free(run.world.clock.now())


def _is_another_first(run: Run, case: Case, others: Sequence[EntityMapping]) -> bool:
    """Say whether the record takes part in an entity before this one, where conditions overlap."""
    record, order = case.salesforce, list(run.world.mappings)
    earlier = [
        each for each in others if order.index(each.entity) < order.index(case.mapping.entity)
    ]
    return record is not None and any(not each.reason_to_leave(record) for each in earlier)
