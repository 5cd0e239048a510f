"""Bring: what records name, and is not linked yet, comes into the same run before them."""

from collections.abc import Iterable, Iterator, Sequence

from bridge.core.canonical import canonical
from bridge.core.mapping import Direction
from bridge.core.references import Reference, references, unlinked_id
from bridge.errors import MappingError
from bridge.flows.cases import Case, Run, open_cases
from bridge.flows.companies import company_of
from bridge.flows.load import load
from bridge.flows.names import name_by_ids
from bridge.flows.references import ReferringSystem, is_linked
from bridge.flows.touch import bring_touched
from bridge.flows.trouble import guarded, wait_for_claim
from bridge.model import CrossReference, PairKey, Pointer, PointerKey

# A row of what is named and not linked, and the case that names it.
Named = tuple[CrossReference | Pointer, Case]


def load_and_bring(run: Run, naming: Sequence[Case], cases: Sequence[Case]) -> list[Case]:
    """Load cases of one level, and return those of what they touch and of what they name, one after
    another up to what names nothing: those of the same level are loaded too.
    """
    level = {case.mapping.entity for case in naming}
    brought: list[Case] = []
    while naming:
        load(run, naming)
        found = bring_touched(run, naming, [*cases, *brought])
        found += bring_named(run, naming, [*cases, *brought, *found])
        name_by_ids(run, found)
        brought += found
        naming = [case for case in found if case.mapping.entity in level]
    return brought


def in_order(cases: Sequence[Case]) -> Iterator[list[Case]]:
    """Yield cases of one level in groups: what is named and not linked comes before what names it.

    Those that need each other in a circle come last, with whatever needs them.
    """
    left = list(cases)
    while left:
        held = {id(case) for case in left}
        ready = [case for case in left if not any(id(each) in held for each in case.needs)]
        for case in [] if ready else left:
            case.is_circular = _leads_back(case)
        yield ready or left
        done = {id(case) for case in ready or left}
        left = [case for case in left if id(case) not in done]


def _leads_back(case: Case) -> bool:
    """Say whether what a case needs, and what that needs, is this case again."""
    known: set[int] = set()
    ahead = list(case.needs)
    while ahead:
        each = ahead.pop()
        if id(each) not in known:
            known.add(id(each))
            ahead += each.needs
    return id(case) in known


def bring_named(run: Run, naming: Sequence[Case], cases: Sequence[Case]) -> list[Case]:
    """Return cases for what some cases name and is not linked, unless they are in the run already.

    Each stands on its own row and under its own claim. It has no message of its own: it goes round
    with the messages of the records that name it. These remember it as needed.
    """
    naming = [case for case in open_cases(naming) if case.mapping.depends_on]
    brought: list[Case] = []
    if not naming:
        return brought
    known = {_key(case): case for case in cases if case.row is not None or case.pointer is not None}
    with guarded(run, naming, run.world.organisation):
        unlinked: list[Named] = [*_unlinked_pairs(run, naming), *_unlinked_pointers(run, naming)]
        for row, case in unlinked:
            needed = known.get(row.key)
            if needed is None:
                needed = known[row.key] = _case(run, row)
                brought.append(needed)
            if any(each is needed for each in brought):
                needed.changes.update(case.changes)
            case.needs.append(needed)
        wait_for_claim(run, brought)
    return brought


def settle_named(run: Run, cases: Sequence[Case]) -> None:
    """Look again at what cases name, now that it has been worked on.

    A record that still names one which goes round goes round with it.
    """
    for case in open_cases(cases):
        if not case.needs:
            continue
        with guarded(run, [case], run.world.organisation):
            _look_again(run, case)
        waiting = next((each.waiting for each in case.needs if each.waiting), None)
        if case.is_open and waiting is not None and _names_unlinked(case):
            case.wait(waiting.reason, waiting.delay_s, waiting.code)


def _unlinked_pairs(run: Run, naming: Sequence[Case]) -> list[tuple[CrossReference, Case]]:
    """Return the rows of what Salesforce records name and is not linked, with the cases naming
    it.
    """
    named = [
        (PairKey(case.realm, each.entity, each.value), case)
        for case in naming
        for each in _named_in_salesforce(run, case)
    ]
    rows = run.world.cross_references.read_pairs(list({key for key, _ in named}))
    unlinked = [(rows[key], case) for key, case in named if not is_linked(rows[key])]
    for row, case in unlinked:
        case.unlinked |= {row.key.salesforce_id}
    return unlinked


def _unlinked_pointers(run: Run, naming: Sequence[Case]) -> list[tuple[Pointer, Case]]:
    """Return the pointers of what QuickBooks records name and is not linked, with the cases naming
    it.
    """
    named = [
        (PointerKey(case.realm, each.entity, str(unlinked_id(each.value))), case)
        for case in naming
        for each in _named_in_quickbooks(case)
    ]
    rows = run.world.cross_references.read_pointers(list({key for key, _ in named}))
    return [(rows[key], case) for key, case in named if rows[key].salesforce_id is None]


def _named_in_salesforce(run: Run, case: Case) -> Iterator[Reference]:
    """Find what a Salesforce record names, as far as it may have to be written to QuickBooks."""
    record, row = case.salesforce, case.row
    if record is None or row is None or not record.is_present:
        return iter(())
    is_new = row.quickbooks_id is None
    is_left = is_new and bool(case.mapping.reason_to_leave(record))
    if is_left or (is_new and company_of(run, case) != case.realm):
        return iter(())
    of, baseline = case.fingerprint(run.world), row.baseline or {}
    try:
        values = canonical(record, case.mapping, is_to_be_made=is_new).values
    except MappingError:
        return iter(())
    sent = [each.name for each in case.mapping.fields if not each.is_only_told]
    changed = [name for name in sent if of(name, values[name]) != baseline.get(name)]
    return references(values, case.mapping, changed if is_new else _travelling(case, changed))


def _named_in_quickbooks(case: Case) -> Iterator[Reference]:
    """Find what a QuickBooks record names and is not linked."""
    record = case.quickbooks
    if record is None or not record.is_present or not case.mapping.takes_part(record):
        return iter(())
    if case.row is None and case.mapping.reason_to_leave(record):
        return iter(())
    try:
        values = canonical(record, case.mapping).values
    except MappingError:
        return iter(())
    names = values if case.row is None else _travelling(case, values)
    return (each for each in references(values, case.mapping, names) if unlinked_id(each.value))


def _travelling(case: Case, names: Iterable[str]) -> list[str]:
    """Return the fields that may still be made equal once a pair is linked."""
    fields = case.mapping.fields if case.mapping.is_kept else ()
    kept = {each.name for each in fields if each.direction is Direction.ONCE}
    return [name for name in names if name not in kept]


def _look_again(run: Run, case: Case) -> None:
    system = run.quickbooks(case.realm, case.mapping)
    if case.quickbooks is not None and isinstance(system, ReferringSystem):
        case.quickbooks = system.resolve([case.quickbooks])[0]
    if case.unlinked:
        keys = [each.row.key for each in case.needs if each.row is not None]
        rows = run.world.cross_references.read_pairs(keys)
        linked = {key.salesforce_id for key, row in rows.items() if is_linked(row)}
        case.unlinked -= linked


def _names_unlinked(case: Case) -> bool:
    return bool(case.unlinked) or any(_named_in_quickbooks(case))


def _case(run: Run, row: CrossReference | Pointer) -> Case:
    case = run.new_case(row.key.entity, row.key.realm)
    if isinstance(row, CrossReference):
        case.row = row
    else:
        case.pointer = row
    return case


def _key(case: Case) -> PairKey | PointerKey:
    return case.row.key if case.row is not None else case.known_pointer.key
