"""Link: find the counterpart of a record that has none, and tie the two together."""

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from bridge.core.canonical import canonical, match_key
from bridge.core.decision import Match
from bridge.core.mapping import EntityMapping
from bridge.core.merge import merge
from bridge.errors import MappingError
from bridge.flows.cases import (
    Case,
    Run,
    by_realm_and_entity,
    highest,
    open_cases,
    pair_key,
    pointer_key,
)
from bridge.flows.load import read_quickbooks
from bridge.flows.trouble import claim_delay, guarded
from bridge.model import (
    CrossReference,
    Fingerprints,
    Intent,
    LinkFate,
    OutcomeStatus,
    PairState,
    Pointer,
    Probe,
    Record,
    System,
)
from bridge.observability import count

# How far the clocks of the bridge and of a vendor may be apart when records are looked up by the
# time of their creation.
CLOCK_SKEW = timedelta(minutes=5)
LINK_TRIES = 3


def recover_creates(run: Run, cases: Sequence[Case]) -> None:
    """Resolve creates whose worker never said what became of them; the claim has expired by now.

    The record is found by when it was made and by its marker, neither of which follows a later
    rename. Not found means never made: the case goes on as if it were new.
    """
    open_intents = [case for case in open_cases(cases) if _create_of(case) is not None]
    for (realm, _), group in by_realm_and_entity(open_intents).items():
        shape = group[0].mapping.shape(System.QUICKBOOKS)
        probes = [probe_of(case) for case in group]
        with guarded(run, group, realm):
            found = run.world.quickbooks[realm].find_created(shape, probes)
            for case, records in zip(group, found, strict=True):
                if records:
                    link_created(run, case, records, worker=None)


def link_created(run: Run, case: Case, records: Sequence[Record], worker: str | None) -> bool:
    """Link a record of ours that a look-up has found, and read both sides again."""
    if len(records) > 1:
        count("DuplicateCreates", len(records) - 1)
    intent = case.known_row.intent
    baseline = (intent.create if intent else None) or {}
    if not tie(run, case, records[0], baseline, worker=worker):
        return False
    read_quickbooks(run, case)
    return True


def find_matches(run: Run, cases: Sequence[Case]) -> None:
    """Find for unlinked Salesforce records the QuickBooks records that may be theirs: by our id, by
    name.
    """
    alive = [case for case in open_cases(cases) if case.salesforce and case.salesforce.is_present]
    for (realm, _), group in by_realm_and_entity(alive).items():
        with guarded(run, group, realm):
            _match_group(run, realm, group)


def tie(
    run: Run,
    case: Case,
    record: Record,
    baseline: Fingerprints,
    *,
    worker: str | None,
    token: int | None = None,
    tomb: str | None = None,
) -> bool:
    """Store pair and pointer in one transaction; say whether they are linked now.

    A pointer that somebody has seen meanwhile is linked at the revision it has, without a token, so
    that both sides are read and decided once more.
    """
    key = pointer_key(case, record.id)
    pointer = case.pointer if case.pointer and case.pointer.key == key else Pointer(key)
    for _ in range(LINK_TRIES):
        row = _linked_row(run, case, record, baseline, token)
        if tomb is not None:
            row = replace(row, state=PairState.TOMB, reason=tomb)
        leading = replace(pointer, salesforce_id=row.key.salesforce_id)
        leading = replace(leading, intent=None, owner=None, until=None)
        fate = run.world.cross_references.link(row, leading, worker, run.world.clock.now())
        if fate is not LinkFate.SEEN:
            return _is_linked(run, case, row, fate)
        pointer, token = run.world.cross_references.read_pointers([key])[key], None
        if not pointer.is_free(run.world.clock.now()):
            break
    return _is_linked(run, case, case.known_row, LinkFate.REFUSED)


def _is_linked(run: Run, case: Case, row: CrossReference, fate: LinkFate) -> bool:
    if fate is LinkFate.LINKED:
        case.row = replace(row, revision=row.revision + 1)
        if case.must_link == row.quickbooks_id:
            case.must_link = None
        return True
    if fate is LinkFate.TAKEN and case.known_row.intent is not None:
        case.end(OutcomeStatus.CONFLICT, "name_linked")
    else:
        case.wait("decided_elsewhere", claim_delay(run))
    return False


def adopt(run: Run, case: Case, match: Match, worker: str | None = None) -> bool:
    """Link two records that existed on both sides, with the fields that are equal as merge base.

    With a worker the pair is under its claim, else it must be as it was read. Both sides are read
    again.
    """
    ours = case.salesforce
    if ours is None:
        return False
    of = case.fingerprint(run.world)
    baseline: Fingerprints = {}
    # A value that cannot be mapped is told when the linked pair is decided.
    with contextlib.suppress(MappingError):
        mine, theirs = canonical(ours, case.mapping), canonical(match.record, case.mapping)
        baseline = merge(mine, theirs, {}, case.mapping, of).baseline
    tomb = None if match.record.is_active else "adopted_inactive"
    if not tie(run, case, match.record, baseline, worker=worker, tomb=tomb):
        return False
    case.matches = ()
    read_quickbooks(run, case)
    return case.is_open


def probe_of(case: Case) -> Probe:
    """Return what is known of the record that a case's create intent was to make."""
    intent = case.row.intent if case.row is not None else case.known_pointer.intent
    since = intent.at if intent else min(each.first_seen for each in case.changes.values())
    if case.row is not None:
        return Probe(since=since - CLOCK_SKEW, marker=case.known_row.key.salesforce_id)
    return Probe(since=since - CLOCK_SKEW, external_id=case.known_pointer.key.external_id)


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
    mapping, system = group[0].mapping, run.world.quickbooks[realm]
    shape = mapping.shape(System.QUICKBOOKS)
    known = _load_born(run, realm, group)
    searching = [case for case in open_cases(group) if born_as(case) not in known]
    names = names_of([case.salesforce for case in searching if case.salesforce], mapping)
    path = mapping.field_named(mapping.match_on).quickbooks[0]
    found = system.find_by_name(shape, path, names) if names else []
    matches, busy = matches_of(run, group[0], [*known.values(), *found])
    for case in open_cases(group):
        born = matches.get(born_as(case) or "")
        named = [each for each in matches.values() if _is_named(each.record, case)]
        candidates = [replace(born, is_certain=True)] if born else named
        if any(each.record.id in busy for each in candidates):
            case.wait("claimed", claim_delay(run))
            continue
        case.matches = tuple(candidates)


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
    system, shape = run.world.quickbooks[realm], group[0].mapping.shape(System.QUICKBOOKS)
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


def is_making(row: CrossReference, record: Record) -> bool:
    """Say whether a pair's open create intent is what a marked record was made by."""
    if row.quickbooks_id is not None or row.intent is None or row.intent.create is None:
        return False
    return record.created_at is None or record.created_at >= row.intent.at - CLOCK_SKEW


def born_as(case: Case) -> str | None:
    """Return the QuickBooks id that a Salesforce record carries from its birth, for this realm."""
    carried = case.salesforce.external_id if case.salesforce else None
    if not carried:
        return None
    realm, _, rest = carried.partition(":")
    entity, _, quickbooks_id = rest.partition(":")
    return quickbooks_id if (realm, entity) == (case.realm, case.mapping.entity) else None


def _is_named(record: Record, case: Case) -> bool:
    path = case.mapping.field_named(case.mapping.match_on).quickbooks[0]
    if case.salesforce is None:
        return False
    try:
        mine = canonical(case.salesforce, case.mapping).values[case.mapping.match_on]
    except MappingError:
        return False
    return match_key(record.fields.get(path)) == match_key(mine)


def _is_busy(run: Run, pointer: Pointer) -> bool:
    if pointer.salesforce_id is not None:
        return False
    return not pointer.is_free(run.world.clock.now()) or pointer.intent is not None


def _create_of(case: Case) -> Intent | None:
    row = case.row
    if row is None or row.quickbooks_id is not None or row.intent is None:
        return None
    return row.intent if row.intent.create is not None else None


def _linked_row(
    run: Run, case: Case, record: Record, baseline: Fingerprints, token: int | None
) -> CrossReference:
    row = case.known_row
    return replace(
        row,
        state=PairState.LINKED,
        quickbooks_id=record.id,
        baseline=baseline,
        token=token,
        seen=highest(row.seen, record.version),
        intent=None,
        owner=None,
        until=None,
        reason=None,
        key_id=run.world.fingerprinter.key_id,
    )
