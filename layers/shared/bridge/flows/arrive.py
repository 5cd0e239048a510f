"""Arrive: what becomes of a QuickBooks record that is not linked yet."""

from collections.abc import Sequence
from dataclasses import replace

from bridge.core.canonical import canonical, match_key
from bridge.core.decision import Decision, DecisionKind, Match
from bridge.core.documents import stays_as_sold
from bridge.core.mapping import NOT_CREATED
from bridge.core.unlinked import decide_new
from bridge.errors import MappingError
from bridge.flows.born import find_born
from bridge.flows.cases import Case, Run, open_cases, pair_key
from bridge.flows.commit import CLAIM_LIFE, commit_pointer
from bridge.flows.link import merged_into
from bridge.flows.load import load_salesforce
from bridge.flows.match import born_as, is_named, names_of
from bridge.flows.recover import CLOCK_SKEW, is_making
from bridge.flows.sharing import linked_as_others
from bridge.flows.trouble import claim_delay, guarded
from bridge.model import OutcomeStatus, PairKey, PairState, PointerKey, Record, System, Value


def settle_arrivals(run: Run, cases: Sequence[Case], neighbours: Sequence[Case]) -> None:
    """Decide about unlinked QuickBooks records; `neighbours` are all cases of their kind.

    Each of them ends here (nothing to do), or goes on with the Salesforce record that it belongs
    to, or is left with the decision to create one. The steps are those of an arrival's life: made
    by us a moment ago; made by us and never linked; gone; of the name of a Salesforce record; new.
    """
    arrivals = [case for case in open_cases(cases) if case.row is None]
    if not arrivals:
        return
    _follow_makers(run, arrivals)
    _follow_markers(run, arrivals)
    for case in _still_arriving(arrivals):
        if case.known_pointer.intent is not None and not run.is_observing:
            with guarded(run, [case], run.world.organisation):
                _recover(run, case)
    for case in _still_arriving(arrivals):
        if reason := _reason_to_leave(case):
            _leave(run, case, reason)
    _match(run, _still_arriving(arrivals))
    mine = {id(case) for case in arrivals}
    held = {each.row.key for each in neighbours if each.row is not None and id(each) not in mine}
    _hand_over(run, [case for case in arrivals if case.is_open and case.row is not None], held)


def _still_arriving(cases: Sequence[Case]) -> list[Case]:
    return [case for case in open_cases(cases) if case.row is None]


def _follow_markers(run: Run, cases: Sequence[Case]) -> None:
    """Go on with the Salesforce record whose open create intent made this record.

    Any other marker is a copy made by a person, and says nothing.
    """
    marked = [
        (pair_key(case, case.quickbooks.marker), case)
        for case in cases
        if case.is_open and case.quickbooks is not None and case.quickbooks.marker
    ]
    rows = run.world.cross_references.read_pairs(list({key for key, _ in marked}))
    for key, case in marked:
        if case.quickbooks is not None and is_making(rows[key], case.quickbooks):
            case.row = rows[key]
        elif rows[key].quickbooks_id == case.known_pointer.key.quickbooks_id:
            case.wait("decided_elsewhere", claim_delay(run))  # linked since its pointer was read


def _follow_makers(run: Run, cases: Sequence[Case]) -> None:
    """Find for what record of another entity these were made, as an invoice for a deal.

    As long as that record's own link is open it is waited for.
    """
    made = [case for case in cases if case.quickbooks is not None and case.mapping.made_from]
    marked = [
        (PairKey(case.realm, entity, case.quickbooks.marker), field, case)
        for case in made
        if case.quickbooks is not None and case.quickbooks.marker
        for entity, field in case.mapping.made_from.items()
    ]
    rows = run.world.cross_references.read_pairs(list({key for key, _, _ in marked}))
    for key, field, case in marked:
        if case.quickbooks is not None and is_making(rows[key], case.quickbooks):
            case.wait("claimed", claim_delay(run))
        elif rows[key].quickbooks_id == case.known_pointer.key.quickbooks_id:
            case.made_from = {field: key.salesforce_id}
    _follow_links(run, [case for case in made if _may_have_lost_its_marker(case)])


def _follow_links(run: Run, cases: Sequence[Case]) -> None:
    ways = {
        PointerKey(case.realm, entity, case.known_pointer.key.quickbooks_id): (field, case)
        for case in cases
        for entity, field in case.mapping.made_from.items()
    }
    pointers = run.world.cross_references.read_pointers(list(ways)) if ways else {}
    for key, pointer in pointers.items():
        field, case = ways[key]
        if pointer.salesforce_id is not None:
            case.made_from = {field: pointer.salesforce_id}


def _may_have_lost_its_marker(case: Case) -> bool:
    """Say whether a person may have taken the marker off, which takes an edit."""
    record = case.quickbooks
    return record is not None and not record.marker and record.version != "0"


def _recover(run: Run, case: Case) -> None:
    """Resolve a create in Salesforce whose worker never said what became of it.

    That it came to nothing is stored: a Salesforce record that was made by hand may wait for it.
    """
    if not find_born(run, case) and case.is_open:
        commit_pointer(run, case, replace(case.known_pointer, intent=None, owner=None, until=None))


def _reason_to_leave(case: Case) -> str:
    if case.quickbooks is None:
        return "deleted_before_link"
    if not case.quickbooks.is_active:
        return "inactive_before_link"
    if stays_as_sold(case.quickbooks, case.mapping):
        return "voided_before_link"
    return case.mapping.reason_to_leave(case.quickbooks)


def _leave(run: Run, case: Case, reason: str) -> None:
    """End a case with nothing to do; a link that is being made elsewhere has to find that out.

    Where nothing but a Salesforce record makes one of these, and this one's marker names none that
    is at it, there is no such link; unless a person has edited it at once and taken the marker off.
    """
    if reason == NOT_CREATED and case.mapping.is_marked and not _is_young_edit(run, case):
        case.decision = Decision(DecisionKind.SKIP, reason, PairState.NEW)
        case.end(OutcomeStatus.SKIPPED, reason)
        return
    pointer = replace(case.known_pointer, intent=None, is_gone=case.quickbooks is None)
    pointer = replace(pointer, into=merged_into(case, pointer.key.quickbooks_id) or pointer.into)
    case.decision = Decision(DecisionKind.SKIP, reason, PairState.NEW)
    if run.is_observing or commit_pointer(run, case, pointer):
        case.end(OutcomeStatus.SKIPPED, reason)


def _is_young_edit(run: Run, case: Case) -> bool:
    record = case.quickbooks
    if record is None or record.version == "0":
        return False
    since = run.world.clock.now() - CLAIM_LIFE - CLOCK_SKEW
    return record.created_at is None or record.created_at >= since


def _match(run: Run, cases: Sequence[Case]) -> None:
    """Find unlinked Salesforce records of the same name; adoption happens at their rows.

    Documents are never matched: what arrives unlinked is new.
    """
    for case in cases:
        if case.mapping.is_document:
            _decide_document(run, case)
    listed = [case for case in cases if not case.mapping.is_document]
    for entity in sorted({case.mapping.entity for case in listed}):
        group = [case for case in listed if case.mapping.entity == entity]
        mapping = group[0].mapping
        records = [case.quickbooks for case in group if case.quickbooks]
        shape = mapping.shape(System.SALESFORCE)
        field = mapping.field_named(mapping.match_on).salesforce
        with guarded(run, group, run.world.organisation):
            names = names_of(records, mapping)
            found = run.world.salesforce.find_by_name(shape, field, names) if names else []
            for case in group:
                _choose(run, case, found)


def _decide_document(run: Run, case: Case) -> None:
    if case.quickbooks is None:
        return
    try:
        values = canonical(case.quickbooks, case.mapping, is_to_be_made=True)
        case.decision = decide_new(values, (), case.mapping)
    except MappingError as error:
        _reject(run, case, error)
        return
    if case.decision.kind is DecisionKind.DEFER and not run.is_observing:
        with guarded(run, [case], case.realm):
            _end(run, case, case.decision, OutcomeStatus.DEFERRED)


def _end(run: Run, case: Case, decision: Decision, status: OutcomeStatus) -> None:
    """End an arrival that makes nothing; whatever was meant to be made, was not."""
    pointer = replace(case.known_pointer, intent=None)
    if run.is_observing or commit_pointer(run, case, pointer):
        case.end(status, decision.reason, decision.field)


def _reject(run: Run, case: Case, error: MappingError) -> None:
    if run.is_observing or commit_pointer(run, case, case.known_pointer):
        case.reject(error)


def _choose(run: Run, case: Case, found: Sequence[Record]) -> None:
    if case.quickbooks is None:
        return
    try:
        mine = canonical(case.quickbooks, case.mapping)
        wanted = match_key(mine.values[case.mapping.match_on])
        named = [each for each in found if match_key(_name(each, case)) == wanted]
    except MappingError as error:
        _reject(run, case, error)
        return
    rows = run.world.cross_references.read_pairs([pair_key(case, each.id) for each in named])
    taken = linked_as_others(run, case.realm, case.mapping, [each.id for each in named])
    unlinked = [
        each
        for each in named
        if rows[pair_key(case, each.id)].quickbooks_id is None and each.id not in taken
    ]
    case.decision = decide_new(mine, [Match(each) for each in unlinked], case.mapping)
    match case.decision.kind:
        case DecisionKind.ADOPT if case.decision.match is not None:
            case.row = rows[pair_key(case, case.decision.match.record.id)]
        case DecisionKind.CONFLICT:
            _end(run, case, case.decision, OutcomeStatus.CONFLICT)
        case DecisionKind.DEFER if not run.is_observing:
            _end(run, case, case.decision, OutcomeStatus.DEFERRED)


def _name(record: Record, case: Case) -> Value:
    return record.fields.get(case.mapping.field_named(case.mapping.match_on).salesforce)


def _hand_over(run: Run, cases: Sequence[Case], held: set[PairKey]) -> None:
    """Go on with the pair row of another record; the message is done only if the two end up linked.

    A row that another case of this batch holds, or another worker, is waited for: nobody waits for
    a second key while holding one.
    """
    for case in cases:
        key = case.known_row.key
        if key in held or not case.known_row.is_free(run.world.clock.now()):
            case.wait("claimed", claim_delay(run))
            continue
        held.add(key)
        if case.known_row.quickbooks_id is None:
            case.must_link = case.known_pointer.key.quickbooks_id
    handed = [case for case in open_cases(cases) if case.must_link]
    load_salesforce(run, handed)
    for case in open_cases(handed):
        if case.quickbooks is not None and _is_plain_match(case.quickbooks, case):
            case.matches = (Match(case.quickbooks),)


def _is_plain_match(record: Record, case: Case) -> bool:
    """Say whether nothing but the name has to be known of two records; else they are looked for.

    What was found by its name may have been renamed since, or be what another worker has just made
    of this very record, and not linked yet.
    """
    is_in_the_making = case.known_row.intent is not None or born_as(case) is not None
    return not is_in_the_making and is_named(record, case)
