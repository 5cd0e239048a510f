"""Touch: what changes with a record of QuickBooks is looked at in the same run.

A payment changes the balance of its invoices. Whether QuickBooks announces that is not promised
(Intuit: develop/webhooks), so the event of the payment stands for them too.
"""

from collections.abc import Iterator, Sequence

from bridge.core.canonical import canonical
from bridge.core.references import references, unlinked_id
from bridge.errors import MappingError
from bridge.flows.cases import Case, Run, open_cases
from bridge.flows.trouble import guarded, wait_for_claim
from bridge.model import CrossReference, PairKey, PairState, PointerKey, Record

# A realm, an entity, and the id of one of its records in QuickBooks.
Place = tuple[str, str, str]


def bring_touched(run: Run, naming: Sequence[Case], cases: Sequence[Case]) -> list[Case]:
    """Return cases for the linked records that change with some cases, unless they are in the run.

    QuickBooks is asked for each of them. What is not linked yet is brought in as named.
    """
    touching = [case for case in open_cases(naming) if case.mapping.touched]
    touching = [case for case in touching if _has_moved(run, case)]
    known = {case.row.key: case for case in cases if case.row is not None}
    brought: list[Case] = []
    if not touching:
        return brought
    with guarded(run, touching, run.world.organisation):
        for case, row in _touched_rows(run, touching):
            touched = known.get(row.key)
            if touched is None:
                touched = known[row.key] = _case(run, row)
                brought.append(touched)
            for message, change in case.changes.items():
                touched.fold(message, change)
            case.touched.append(touched)
    wait_for_claim(run, brought)
    return brought


def settle_touched(cases: Sequence[Case]) -> None:
    """Let a record go round with what it touches: later its own event would not lead there."""
    for case in open_cases(cases):
        waiting = next((each.waiting for each in case.touched if each.waiting), None)
        if waiting is not None:
            case.wait(waiting.reason, waiting.delay_s, waiting.code)


def _has_moved(run: Run, case: Case) -> bool:
    """Say whether QuickBooks has told of a record whose lines are not as they were."""
    if not case.quickbooks_asked:
        return False
    if case.row is None or case.row.quickbooks_id is None:
        return True
    lines = case.mapping.lines
    if case.quickbooks is None or lines is None:
        return case.row.state is not PairState.TOMB
    try:
        value = canonical(case.quickbooks, case.mapping).values[lines.name]
    except MappingError:
        return False
    of = case.fingerprint(run.world)
    return of(lines.name, value) != (case.row.baseline or {}).get(lines.name)


def _touched_rows(run: Run, touching: Sequence[Case]) -> list[tuple[Case, CrossReference]]:
    """Return the linked rows of all that the records name on either side, or did name."""
    read = run.world.cross_references
    pointers = [
        (case, key) for case, place in _places(run, touching) for key in _pointers(run, place)
    ]
    leading = read.read_pointers(list({key for _, key in pointers}))
    pairs = [
        (case, PairKey(key.realm, key.entity, salesforce_id))
        for case, key in pointers
        if (salesforce_id := leading[key].salesforce_id) is not None
    ]
    rows = read.read_pairs(list({key for _, key in pairs}))
    return [(case, rows[key]) for case, key in pairs if rows[key].quickbooks_id is not None]


def _places(run: Run, touching: Sequence[Case]) -> list[tuple[Case, Place]]:
    """Return where in QuickBooks the records stand that some cases touch."""
    named = [(case, *each) for case in touching for each in dict.fromkeys(_values(case))]
    keys = {PairKey(case.realm, entity, value) for case, entity, value in named}
    rows = run.world.cross_references.read_pairs(
        [key for key in keys if not unlinked_id(key.salesforce_id)]
    )
    found: dict[tuple[int, Place], tuple[Case, Place]] = {}
    for case, entity, value in named:
        row = rows.get(PairKey(case.realm, entity, value))
        quickbooks_id = row.quickbooks_id if row else unlinked_id(value)
        if quickbooks_id is not None:
            place = (case.realm, entity, quickbooks_id)
            found[id(case), place] = (case, place)
    return list(found.values())


def _pointers(run: Run, place: Place) -> list[PointerKey]:
    """Return the keys of a record under every entity that its object maps to."""
    realm, entity, quickbooks_id = place
    kind = run.world.mappings[entity].quickbooks
    mappings = run.world.mappings.values()
    return [
        PointerKey(realm, each.entity, quickbooks_id)
        for each in mappings
        if each.quickbooks == kind
    ]


def _values(case: Case) -> Iterator[tuple[str, str]]:
    """Yield entity and id of what both sides of a case name and touch."""
    for record in (case.quickbooks, case.salesforce):
        yield from _values_of(record, case)


def _values_of(record: Record | None, case: Case) -> list[tuple[str, str]]:
    try:
        values = canonical(record, case.mapping).values if record else None
    except MappingError:
        return []
    named = references(values, case.mapping) if values else ()
    return [(each.entity, each.value) for each in named if each.entity in case.mapping.touched]


def _case(run: Run, row: CrossReference) -> Case:
    case = run.new_case(row.key.entity, row.key.realm)
    case.row = row
    return case
