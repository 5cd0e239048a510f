"""Match: find the records that may be the counterpart of one that has none."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from bridge.core.canonical import canonical, match_key
from bridge.core.decision import Match
from bridge.core.mapping import EntityMapping
from bridge.errors import MappingError
from bridge.flows.cases import Case, Run, by_realm_and_entity, open_cases, pair_key, pointer_key
from bridge.flows.recover import is_making
from bridge.flows.trouble import claim_delay, guarded
from bridge.model import Pointer, Record, System


def find_matches(run: Run, cases: Sequence[Case]) -> None:
    """Find for unlinked Salesforce records the QuickBooks records that may be theirs: by our id, by
    name.
    """
    looking = [case for case in open_cases(cases) if _may_have_one(case)]
    for (realm, _), group in by_realm_and_entity(looking).items():
        with guarded(run, group, realm):
            _match_group(run, realm, group)


def _may_have_one(case: Case) -> bool:
    record = case.salesforce
    if record is None or not record.is_present:
        return False
    return born_as(case) is not None or not case.mapping.reason_to_leave(record)


def names_of(records: Iterable[Record], mapping: EntityMapping) -> list[str]:
    """Return the canonical names of some records, each once; a record without one is left to
    decide.
    """
    names: dict[str, None] = {}
    for record in records:
        try:
            name = canonical(record, mapping).values[mapping.match_on]
        except MappingError:
            continue
        if isinstance(name, str):
            names[name] = None
    return list(names)


def _match_group(run: Run, realm: str, group: Sequence[Case]) -> None:
    known = _load_born(run, realm, group)
    searching = [case for case in open_cases(group) if born_as(case) not in known]
    found = _named(run, realm, searching) if not group[0].mapping.is_document else []
    matches, busy = matches_of(run, group[0], [*known.values(), *found])
    for case in open_cases(group):
        born = matches.get(born_as(case) or "")
        named = [each for each in matches.values() if is_named(each.record, case)]
        candidates = [replace(born, is_certain=True)] if born else named
        if any(each.record.id in busy for each in candidates):
            case.wait("claimed", claim_delay(run))
            continue
        case.matches = tuple(candidates)


def _named(run: Run, realm: str, cases: Sequence[Case]) -> Sequence[Record]:
    """Return the QuickBooks records that have the names of some Salesforce records."""
    if not cases:
        return []
    mapping = cases[0].mapping
    names = names_of([case.salesforce for case in cases if case.salesforce], mapping)
    path = mapping.field_named(mapping.match_on).quickbooks[0]
    system, shape = run.quickbooks(realm, mapping), mapping.shape(System.QUICKBOOKS)
    return system.find_by_name(shape, path, names) if names else []


def _load_born(run: Run, realm: str, group: Sequence[Case]) -> Mapping[str, Record]:
    """Read the QuickBooks records that Salesforce records were born of, if not gone by now.

    Such a pair is linked by whoever made the Salesforce record: until then the case waits, even if
    its QuickBooks record is gone, or too young for a query to show it.
    """
    born = {each: case for case in group if (each := born_as(case))}
    if not born:
        return {}
    keys = {each: pointer_key(case, each) for each, case in born.items()}
    pointers = run.world.cross_references.read_pointers(list(keys.values()))
    for each, case in born.items():
        if _is_busy(run, pointers[keys[each]]):
            case.wait("claimed", claim_delay(run))
    mapping = group[0].mapping
    system, shape = run.quickbooks(realm, mapping), mapping.shape(System.QUICKBOOKS)
    asked = [each for each, case in born.items() if case.is_open]
    known = dict(system.load(shape, asked)) if asked else {}
    for each in asked:
        if each not in known and (record := system.read(shape, each)):
            known[each] = record
    return known


def matches_of(
    run: Run, case: Case, records: Iterable[Record]
) -> tuple[Mapping[str, Match], frozenset[str]]:
    """Return QuickBooks records as matches, by id, and the ids of those that somebody is about to
    link: under a claim, or because they were made for a Salesforce record whose create is open.
    """
    found = {record.id: record for record in records}
    pointers = run.world.cross_references.read_pointers([pointer_key(case, each) for each in found])
    makers = run.world.cross_references.read_pairs(
        list({pair_key(case, record.marker) for record in found.values() if record.marker})
    )
    held = {each: pointers[pointer_key(case, each)] for each in found}
    busy = frozenset(
        each
        for each, record in found.items()
        if _is_busy(run, held[each])
        or (record.marker and is_making(makers[pair_key(case, record.marker)], record))
    )
    return {each: Match(found[each], held[each].salesforce_id) for each in found}, busy


def born_as(case: Case) -> str | None:
    """Return the QuickBooks id that a Salesforce record carries from its birth, for this realm."""
    carried = case.salesforce.external_id if case.salesforce else None
    if not carried:
        return None
    realm, _, rest = carried.partition(":")
    entity, _, quickbooks_id = rest.partition(":")
    return quickbooks_id if (realm, entity) == (case.realm, case.mapping.entity) else None


def is_named(record: Record, case: Case) -> bool:
    """Say whether a QuickBooks record has the name of the case's Salesforce record."""
    if case.salesforce is None or case.mapping.is_document:
        return False
    path = case.mapping.field_named(case.mapping.match_on).quickbooks[0]
    try:
        mine = canonical(case.salesforce, case.mapping).values[case.mapping.match_on]
    except MappingError:
        return False
    return match_key(record.fields.get(path)) == match_key(mine)


def _is_busy(run: Run, pointer: Pointer) -> bool:
    if pointer.salesforce_id is not None:
        return False
    return not pointer.is_free(run.world.clock.now()) or pointer.intent is not None
