"""Born: make the Salesforce record of a QuickBooks one, exactly once, and link it."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

from bridge.core.canonical import canonical
from bridge.core.merge import Fingerprint
from bridge.errors import MappingError
from bridge.flows.cases import Case, Run, open_cases, pair_key
from bridge.flows.commit import CLAIM_LIFE, commit_pointer, leave_unknown
from bridge.flows.documents import born_pairs, has_all_lines
from bridge.flows.line_writes import made_at_once
from bridge.flows.link import tie
from bridge.flows.load import load_salesforce, read_quickbooks
from bridge.flows.recover import probe_of
from bridge.flows.trouble import claim_delay, for_each, guarded, hold_unsent
from bridge.flows.writes import salesforce_create
from bridge.model import (
    CrossReference,
    Fate,
    Fingerprints,
    Intent,
    OutcomeStatus,
    Record,
    System,
    Values,
    Write,
    WriteResult,
)


def create_in_salesforce(run: Run, cases: Sequence[Case]) -> None:
    """Create the Salesforce records of unlinked QuickBooks records, in one insert for all."""
    for_each(run, cases, partial(_claim_pointer, run))
    claimed = open_cases(cases)
    if not claimed:
        return
    writes = [salesforce_create(case) for case in claimed]
    results = run.world.salesforce.write(writes, run.has_time)
    for case, write, result in zip(claimed, writes, results, strict=True):
        with guarded(run, [case], run.world.organisation):
            _take_salesforce_result(run, case, write, result)


def link_salesforce_record(
    run: Run,
    case: Case,
    salesforce_id: str,
    baseline: Fingerprints,
    token: int | None = None,
    made: Sequence[tuple[str, str]] = (),
) -> bool:
    """Link a Salesforce record that was born of this case's QuickBooks record, with the parts that
    were made for it, by object and id.

    One that has found another QuickBooks record meanwhile keeps it. One that somebody else has
    linked to this record meanwhile may have been written since: the merge base of that counts.
    """
    key = pair_key(case, salesforce_id)
    row = run.world.cross_references.read_pairs([key])[key]
    if row.quickbooks_id == case.known_pointer.key.quickbooks_id:
        case.wait("decided_elsewhere", claim_delay(run))
        return False
    if row.quickbooks_id is not None:
        case.salesforce = None
        if _drop_intent(run, case):
            case.end(OutcomeStatus.CONFLICT, "name_linked")
        return False
    parts = {part: each for part, each in made if part in case.mapping.persons}
    case.row = replace(row, subject=case.known_pointer.key.external_id, parts=parts)
    token = token if row.revision == 0 else None
    lines = born_pairs(run, case, [each for part, each in made if part not in parts])
    record = case.quickbooks
    if record is None:
        record = _gone(case)
    return tie(run, case, record, baseline, worker=run.worker, token=token, lines=lines)


def subject_of(case: Case) -> str:
    """Return what the fingerprints of a QuickBooks-born pair are bound to."""
    return case.known_pointer.key.external_id


def _claim_pointer(run: Run, case: Case) -> bool:
    if case.quickbooks is None:
        return False
    values = made_at_once(canonical(case.quickbooks, case.mapping).values, case.mapping)
    of_all = run.world.fingerprinter.of_all
    prints = of_all(case.mapping.entity, subject_of(case), values)
    now = run.world.clock.now()
    intent = Intent(run.world.new_id(), now, create=prints)
    until = now + CLAIM_LIFE
    pointer = replace(case.known_pointer, intent=intent, owner=run.worker, until=until)
    return commit_pointer(run, case, pointer)


def _take_salesforce_result(run: Run, case: Case, write: Write, result: WriteResult) -> None:
    case.count_write(System.SALESFORCE, result)
    if any(part.fate is Fate.UNKNOWN for part in result.parts):
        # It may still land; a second contact made meanwhile would overwrite the first one's edits.
        leave_unknown(run, case)
    elif result.fate is Fate.DONE and result.record_id:
        _link_born(run, case, write, result)
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
    case.row = CrossReference(pair_key(case, found[0].id), subject=subject_of(case))
    _forget_parts_of_others(baseline, found[0], case, case.fingerprint(run.world))
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


def _link_born(run: Run, case: Case, write: Write, result: WriteResult) -> None:
    intent = case.known_pointer.intent
    baseline = dict((intent.create if intent else None) or {})
    failed = [part for part in result.parts if part.fate is not Fate.DONE]
    if failed:
        for each in case.mapping.fields:
            if each.part is not None:
                baseline.pop(each.name, None)
    is_cut = not failed and not has_all_lines(case, len(result.parts))
    is_done = not failed and not is_cut
    token = int(case.quickbooks.version) if case.quickbooks and is_done else None
    parts = zip(write.parts, result.parts, strict=False)
    made = [(part.object, str(done.record_id)) for part, done in parts] if not failed else []
    if not link_salesforce_record(run, case, str(result.record_id), baseline, token, made):
        return
    if case.known_row.revision > 1 or is_cut:
        # Somebody has looked at the new record before it was linked, and found nothing to do; or
        # some of its lines are still to be made.
        load_salesforce(run, [case])
        read_quickbooks(run, case)
        return
    if failed and failed[0].fate is Fate.REFUSED and failed[0].error is not None:
        case.reject(failed[0].error, failed[0].vendor_text)
    elif failed:
        case.wait("part_not_written")
    else:
        case.end(OutcomeStatus.DONE)


def _forget_parts_of_others(
    baseline: dict[str, str], record: Record, case: Case, of: Fingerprint
) -> None:
    """Leave the fields of a part without a merge base unless the part is the one that we made.

    A part that is missing was never made; one that shows none of our values is a person's, and what
    it holds has never agreed with anything.
    """
    if case.mapping.is_document:
        return  # made whole, or not at all
    values: Values = {}
    with suppress(MappingError):  # told when the linked pair is decided
        values = canonical(record, case.mapping).values
    for part in case.mapping.parts:
        names = [each.name for each in case.mapping.fields if each.part == part]
        is_ours = any(
            values.get(name) is not None and of(name, values[name]) == baseline.get(name)
            for name in names
        )
        if not is_ours:
            for name in names:
                baseline.pop(name, None)


def _gone(case: Case) -> Record:
    """Return what is left to say of a QuickBooks record that is gone before it was linked."""
    key, seen = case.known_pointer.key, case.known_pointer.seen
    return Record(System.QUICKBOOKS, case.mapping.quickbooks, key.quickbooks_id, str(seen or 0), {})
