"""Create: make the missing counterpart, exactly once, and link it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from bridge.core.canonical import canonical
from bridge.core.decide import choose_match
from bridge.core.decision import DecisionKind
from bridge.core.fingerprint import Fingerprinter
from bridge.core.mapping import EntityMapping
from bridge.flows.cases import Case, Run, by_realm_and_entity, open_cases, pair_key
from bridge.flows.commit import (
    CLAIM_LIFE,
    commit_claim,
    commit_pointer,
    complete_token,
    leave_unknown,
    release,
)
from bridge.flows.link import adopt, link_created, matches_of, probe_of, tie
from bridge.flows.load import load_salesforce, read_quickbooks
from bridge.flows.trouble import claim_delay, for_each, guarded, hold_unsent
from bridge.flows.writes import quickbooks_create, salesforce_create
from bridge.model import (
    Fate,
    Fingerprints,
    Intent,
    OutcomeStatus,
    PairState,
    Record,
    System,
    Value,
    WriteResult,
)

# How often a name clash is looked into again where nobody is seen to hold the name.
UNSEEN_TRIES = 3


def create_in_quickbooks(run: Run, cases: Sequence[Case]) -> None:
    """Create the QuickBooks records of unlinked Salesforce records, in batches."""
    for (realm, _), group in by_realm_and_entity(cases).items():
        for_each(run, group, partial(_claim_create, run))
        claimed = open_cases(group)
        writes = [quickbooks_create(case) for case in claimed]
        results = run.world.quickbooks[realm].write(writes, run.has_time)
        for case, result in zip(claimed, results, strict=True):
            with guarded(run, [case], realm):
                _take_quickbooks_result(run, case, result)


def create_in_salesforce(run: Run, cases: Sequence[Case]) -> None:
    """Create the Salesforce records of unlinked QuickBooks records, in one insert for all."""
    for_each(run, cases, partial(_claim_pointer, run))
    claimed = open_cases(cases)
    if not claimed:
        return
    writes = [salesforce_create(case) for case in claimed]
    results = run.world.salesforce.write(writes, run.has_time)
    for case, result in zip(claimed, results, strict=True):
        with guarded(run, [case], run.world.organisation):
            _take_salesforce_result(run, case, result)


def link_salesforce_record(
    run: Run, case: Case, salesforce_id: str, baseline: Fingerprints, token: int | None = None
) -> bool:
    """Link a Salesforce record that was born of this case's QuickBooks record.

    One that has found another QuickBooks record meanwhile keeps it.
    """
    key = pair_key(case, salesforce_id)
    row = run.world.cross_references.read_pairs([key])[key]
    if row.quickbooks_id not in (None, case.known_pointer.key.quickbooks_id):
        case.salesforce = None
        if _drop_intent(run, case):
            case.end(OutcomeStatus.CONFLICT, "name_linked")
        return False
    case.row = replace(row, subject=case.known_pointer.key.external_id)
    token = token if row.revision == 0 else None
    record = case.quickbooks
    if record is None:
        record = _gone(case)
    return tie(run, case, record, baseline, worker=run.worker, token=token)


def subject_of(case: Case) -> str:
    """Return what the fingerprints of a QuickBooks-born pair are bound to."""
    return case.known_pointer.key.external_id


def _claim_create(run: Run, case: Case) -> bool:
    if case.salesforce is None:
        return False
    row = case.known_row
    values = canonical(case.salesforce, case.mapping).values
    prints = _prints(run.world.fingerprinter, case.mapping, row.key.salesforce_id, values)
    intent = Intent(run.world.new_id(), run.world.clock.now(), create=prints)
    generation = max(row.generation, 1)
    creating = replace(row, state=PairState.CREATING, intent=intent, generation=generation)
    return commit_claim(run, case, creating)


def _take_quickbooks_result(run: Run, case: Case, result: WriteResult) -> None:
    case.count_write(System.QUICKBOOKS, result)
    if result.fate is Fate.DONE and result.record is not None:
        _link_fresh(run, case, result.record)
    elif result.fate in (Fate.UNKNOWN, Fate.DONE):
        leave_unknown(run, case)
    elif hold_unsent(run, case, result, case.realm):
        release(run, case, replace(case.known_row, state=PairState.NEW))
    elif result.error is not None and result.error.reason == "name_taken":
        with guarded(run, [case], case.realm):
            _take_name_clash(run, case)
    else:
        _refuse(run, case, result)


def _link_fresh(run: Run, case: Case, record: Record) -> None:
    """Link a record just made; where somebody has seen it meanwhile, it is read and
    decided again.
    """
    intent = case.known_row.intent
    baseline = (intent.create if intent else None) or {}
    token = complete_token(record, baseline, case, case.fingerprint(run.world))
    case.quickbooks = record
    if not tie(run, case, record, baseline, worker=run.worker, token=token):
        return
    if case.known_row.token is not None:
        case.end(OutcomeStatus.DONE)
    else:
        read_quickbooks(run, case)


def _take_name_clash(run: Run, case: Case) -> None:
    """The name is taken: by what an earlier try of ours made, by a record to adopt, or by a
    stranger.
    """
    system = run.world.quickbooks[case.realm]
    shape = case.mapping.shape(System.QUICKBOOKS)
    made = system.find_created(shape, [probe_of(case)])[0]
    if made:
        link_created(run, case, made, worker=run.worker)
        return
    if case.salesforce is None:
        return
    mine = canonical(case.salesforce, case.mapping)
    name = str(mine.values[case.mapping.match_on])
    path = case.mapping.field_named(case.mapping.match_on).quickbooks[0]
    matches, busy = matches_of(run, case, system.find_by_name(shape, path, [name]))
    if busy:
        if _give_up(run, case, "name_taken"):
            case.wait("claimed", claim_delay(run))
        return
    decision = choose_match(mine, list(matches.values()), case.mapping)
    if decision.kind is DecisionKind.ADOPT and decision.match is not None:
        adopt(run, case, decision.match, run.worker)
        return
    is_stranger = decision.kind is DecisionKind.CREATE
    if is_stranger and _is_young(case) and system.name_holder(name) is None:
        # Whoever holds the name is too new for a query to show it.
        if _give_up(run, case, "name_taken"):
            case.wait("name_holder_unseen")
        return
    reason = "name_taken" if is_stranger else decision.reason
    if _give_up(run, case, reason):
        case.end(OutcomeStatus.CONFLICT, reason, decision.field, "6240")


def _is_young(case: Case) -> bool:
    return max(change.attempt for change in case.changes.values()) < UNSEEN_TRIES


def _refuse(run: Run, case: Case, result: WriteResult) -> None:
    if result.error is None:
        raise AssertionError("a refusal without its error")
    if _give_up(run, case, result.error.reason):
        case.reject(result.error, result.vendor_text)


def _give_up(run: Run, case: Case, reason: str) -> bool:
    """Certainly nothing was created: the next try is a new one, with a key of its own."""
    row = case.known_row
    again = replace(row, state=PairState.NEW, generation=row.generation + 1, reason=reason)
    return release(run, case, again)


def _claim_pointer(run: Run, case: Case) -> bool:
    if case.quickbooks is None:
        return False
    values = canonical(case.quickbooks, case.mapping).values
    prints = _prints(run.world.fingerprinter, case.mapping, subject_of(case), values)
    now = run.world.clock.now()
    intent = Intent(run.world.new_id(), now, create=prints)
    until = now + CLAIM_LIFE
    pointer = replace(case.known_pointer, intent=intent, owner=run.worker, until=until)
    return commit_pointer(run, case, pointer)


def _take_salesforce_result(run: Run, case: Case, result: WriteResult) -> None:
    case.count_write(System.SALESFORCE, result)
    if result.fate is Fate.DONE and result.record_id:
        _link_born(run, case, result)
    elif result.fate in (Fate.UNKNOWN, Fate.DONE):
        leave_unknown(run, case)
    elif hold_unsent(run, case, result, run.world.organisation):
        release_pointer(run, case)
    elif result.error is not None and result.error.reason == "duplicate_value":
        with guarded(run, [case], run.world.organisation):
            find_born(run, case)
    elif result.error is not None and release_pointer(run, case):
        case.reject(result.error, result.vendor_text)


def find_born(run: Run, case: Case) -> bool:
    """Look up the Salesforce record that carries this record's external id, and link it; deleted
    ones too.
    """
    shape = case.mapping.shape(System.SALESFORCE)
    found = run.world.salesforce.find_created(shape, [probe_of(case)])[0]
    if not found:
        return False
    intent = case.known_pointer.intent
    baseline = dict((intent.create if intent else None) or {})
    case.salesforce = found[0]
    _forget_missing_parts(baseline, found[0], case.mapping)
    return link_salesforce_record(run, case, found[0].id, baseline)


def _drop_intent(run: Run, case: Case) -> bool:
    if case.known_pointer.owner == run.worker:
        return release_pointer(run, case)
    return commit_pointer(run, case, replace(case.known_pointer, intent=None))


def release_pointer(run: Run, case: Case) -> bool:
    """Give the claim of an unlinked QuickBooks record back, with nothing made."""
    pointer = replace(case.known_pointer, owner=None, until=None, intent=None)
    if not run.world.cross_references.record(pointer, run.worker):
        case.wait("claim_lost")
        return False
    case.pointer = replace(pointer, revision=pointer.revision + 1)
    return True


def _link_born(run: Run, case: Case, result: WriteResult) -> None:
    intent = case.known_pointer.intent
    baseline = dict((intent.create if intent else None) or {})
    failed = [part for part in result.parts if part.fate is not Fate.DONE]
    if failed:
        for each in case.mapping.fields:
            if each.part is not None:
                baseline.pop(each.name, None)
    token = int(case.quickbooks.version) if case.quickbooks and not failed else None
    if not link_salesforce_record(run, case, str(result.record_id), baseline, token):
        return
    if case.known_row.revision > 1:
        # Somebody has looked at the new record before it was linked, and found nothing to do.
        load_salesforce(run, [case])
        read_quickbooks(run, case)
        return
    if failed and failed[0].fate is Fate.REFUSED and failed[0].error is not None:
        case.reject(failed[0].error, failed[0].vendor_text)
    elif failed:
        case.wait("part_not_written")
    else:
        case.end(OutcomeStatus.DONE)


def _forget_missing_parts(baseline: dict[str, str], record: Record, mapping: EntityMapping) -> None:
    """Leave fields without a merge base whose part was never made: empty there is nobody's edit."""
    present = {part.object for part in record.parts}
    for each in mapping.fields:
        if each.part is not None and each.part not in present:
            baseline.pop(each.name, None)


def _prints(
    fingerprinter: Fingerprinter, mapping: EntityMapping, subject: str, values: Mapping[str, Value]
) -> Fingerprints:
    return fingerprinter.of_all(mapping.entity, subject, values)


def _gone(case: Case) -> Record:
    """Return what is left to say of a QuickBooks record that is gone before it was linked."""
    key, seen = case.known_pointer.key, case.known_pointer.seen
    return Record(System.QUICKBOOKS, case.mapping.quickbooks, key.quickbooks_id, str(seen or 0), {})
