"""Merges: the cross-reference follows the survivor, in whichever system two records became one."""

from collections.abc import Sequence
from dataclasses import replace

from bridge.core.canonical import Canonical
from bridge.core.decision import is_unlinked
from bridge.core.endings import present, readable, token_of
from bridge.core.intents import resolve
from bridge.core.messages import NOTE, TEXTS
from bridge.flows.cases import Case, Run, open_cases, pair_key, pointer_key
from bridge.flows.commit import commit_merged, owing
from bridge.flows.link import merged_into, merges_of, tie
from bridge.flows.load import load_salesforce, read_quickbooks
from bridge.flows.match import born_as
from bridge.flows.trouble import claim_delay
from bridge.model import (
    CrossReference,
    Fingerprints,
    Intent,
    LinkFate,
    OutcomeStatus,
    PairKey,
    PairState,
    Pointer,
    Record,
    System,
)

# How often a merged record lets the survivor of its own batch go first.
LONGEST_TOGETHER = 20


def follow_merges(run: Run, cases: Sequence[Case], neighbours: Sequence[Case]) -> None:
    """Re-point the pairs of records that were merged away; both sides of a survivor are read again.
    `neighbours` are all cases of their kind.

    Where that would leave two Salesforce records on one QuickBooks record, a person is asked. There
    is nothing to follow in Salesforce with a QuickBooks record that is gone.
    """
    _hold_survivors(run, cases)
    for case in open_cases(cases):
        if case.row is None or case.row.quickbooks_id is None or is_unlinked(case.row):
            continue
        if case.salesforce is not None and case.salesforce.merged_into:
            if case.is_presumed:
                read_quickbooks(run, case)
            if case.is_open and case.quickbooks is not None:
                _follow_in_salesforce(run, case, case.salesforce.merged_into, neighbours)
        elif case.row.into is None and (survivor := _survivor(run, case)):
            _follow_in_quickbooks(run, case, survivor, neighbours)


def _hold_survivors(run: Run, cases: Sequence[Case]) -> None:
    """Let a survivor that is linked to nobody wait with a pair that has still to follow it: no
    record of its own is made for it meanwhile.
    """
    waiting = [case for case in cases if case.waiting and case.row]
    followed = {
        (case.realm, merged_into(case, case.known_row.quickbooks_id or "")) for case in waiting
    }
    for case in open_cases(cases):
        key = case.pointer.key if case.pointer and case.row is None else None
        if key is not None and (key.realm, key.quickbooks_id) in followed:
            case.wait("claimed", claim_delay(run))


def _survivor(run: Run, case: Case) -> str | None:
    """Return the QuickBooks id into which this pair's record was merged, if the record is gone: as
    an event says now, or said before the pair was linked.
    """
    if case.is_presumed or (case.quickbooks is not None and case.quickbooks.is_active):
        return None
    lost = str(case.known_row.quickbooks_id)
    told = merged_into(case, lost)
    has_ended = case.mapping.is_document or case.known_row.state is PairState.CONFLICT
    if told or case.quickbooks is not None or has_ended:
        return told
    key = pointer_key(case, lost)
    return run.world.cross_references.read_pointers([key])[key].into


def _follow_in_quickbooks(run: Run, case: Case, survivor: str, cases: Sequence[Case]) -> None:
    row = case.known_row
    kept = _last_survivor(run, case, survivor, cases)
    holder = kept.salesforce_id
    if run.is_observing or holder == row.key.salesforce_id:
        return
    if holder is None and (kept.intent or not kept.is_free(run.world.clock.now())):
        # A record may be in the making for the survivor: that is found out first.
        case.wait("claimed", claim_delay(run))
        return
    if holder is None:
        _move_to(run, case, kept, cases)
        return
    conflict = replace(
        row, state=PairState.CONFLICT, reason="merged_in_quickbooks", token=None, intent=None
    )
    # The pair that loses its record is found again by the same event, until its conflict is shown.
    lost_key = pointer_key(case, str(row.quickbooks_id))
    lost = run.world.cross_references.read_pointers([lost_key])[lost_key]
    leading = replace(lost, salesforce_id=holder, was=row.key.salesforce_id)
    if _store(run, case, conflict, leading):
        case.end(OutcomeStatus.CONFLICT, "merged_in_quickbooks")


def _last_survivor(run: Run, case: Case, survivor: str, cases: Sequence[Case]) -> Pointer:
    """Return what is left of several merges, one into the next, as far as they are known."""
    known = dict(merges_of(each for each in cases if each.realm == case.realm))
    passed: set[str] = set()
    while True:
        key = pointer_key(case, survivor)
        pointer = run.world.cross_references.read_pointers([key])[key]
        further = known.get(survivor) or pointer.into
        passed.add(survivor)
        if pointer.salesforce_id is not None or further is None or further in passed:
            return pointer
        survivor = further


def _move_to(run: Run, case: Case, pointer: Pointer, cases: Sequence[Case]) -> None:
    """Link the pair to the survivor, which nobody else has; its own arrival ends here.

    One that is gone as well was merged in its turn, of which an event has still to tell.
    """
    case.pointer = pointer
    case.row = replace(case.known_row, seen=None)
    system = run.quickbooks(case.realm, case.mapping)
    shape = case.mapping.shape(System.QUICKBOOKS)
    record = system.read(shape, pointer.key.quickbooks_id)
    if record is None:
        moved = replace(case.row, quickbooks_id=pointer.key.quickbooks_id, token=None)
        _store(run, case, moved, replace(pointer, salesforce_id=moved.key.salesforce_id))
        return
    # What we had sent may have been seen by whoever let the survivor say something else.
    ours, theirs = readable(present(case.salesforce), case.mapping), _filled(record, case)
    known = resolve(case.known_row, ours, theirs, None, case.fingerprint(run.world))
    base = _held_by(theirs, known.baseline)
    if not tie(run, case, record, base, worker=None, lost=known.lost):
        return
    case.quickbooks, case.is_presumed = record, False
    for other in open_cases(cases):
        if other.row is None and other.pointer and other.pointer.key == pointer.key:
            other.end(OutcomeStatus.SKIPPED, "relinked")


def _follow_in_salesforce(run: Run, case: Case, survivor: str, cases: Sequence[Case]) -> None:
    """The Salesforce record was merged into another one, which takes over a pair if it has none.

    A repeat of the event goes the same way again: whoever went it first may not have come to its
    end. So it does where the survivor was merged away in its turn: what nobody has any more would
    be made inactive, and what is told would be told to nobody.
    """
    row, key = case.known_row, pair_key(case, survivor)
    if run.is_observing:
        return
    target = run.world.cross_references.read_pairs([key])[key]
    pointer_of = pointer_key(case, str(row.quickbooks_id))
    pointer = run.world.cross_references.read_pointers([pointer_of])[pointer_of]
    has_moved_on = target.into is not None and target.quickbooks_id == row.quickbooks_id
    is_moved = pointer.salesforce_id == survivor or has_moved_on
    if others := [other for other in cases if other is not case and _holds(other, key)]:
        _leave_to(run, case, others)
        return
    _read_survivor(run, case, target)
    if case.is_open and target.quickbooks_id is None and _is_being_made(run, case, target):
        # A customer of its own may stand behind it: that is found out first.
        case.wait("claimed", claim_delay(run))
    if not case.is_open:
        return
    if not is_moved and target.quickbooks_id is None:
        theirs, of = readable(case.quickbooks, case.mapping), case.fingerprint(run.world)
        known = resolve(row, None, theirs, token_of(case.pair), of)
        base = _held_by(_filled(case.salesforce, case), known.baseline)
        heir = _inherited(target, row, base, owing(run, known.lost))
        if not _store(run, case, heir, replace(pointer, salesforce_id=survivor)):
            return
        target, is_moved = run.world.cross_references.read_pairs([key])[key], True
    if row.into is None and not commit_merged(run, case, survivor):
        return
    _go_on(run, case, cases, target if is_moved else None)


def _read_survivor(run: Run, case: Case, target: CrossReference) -> None:
    loser, case.row = case.row, target
    load_salesforce(run, [case])
    case.row = loser


def _is_being_made(run: Run, case: Case, target: CrossReference) -> bool:
    """Say whether a customer is being made for the survivor, or it was itself made for one."""
    born = born_as(case)
    if target.intent is not None or born is None:
        return target.intent is not None
    key = pointer_key(case, born)
    pointer = run.world.cross_references.read_pointers([key])[key]
    return pointer.salesforce_id is None and pointer.intent is not None


def _go_on(run: Run, case: Case, cases: Sequence[Case], taken_over: CrossReference | None) -> None:
    """Go on as the survivor that has taken the pair over, or tell it that it has two customers."""
    if taken_over is not None:
        case.row = taken_over
        read_quickbooks(run, case)
    if case.is_open and case.salesforce is not None and case.salesforce.merged_into:
        _follow_in_salesforce(run, case, case.salesforce.merged_into, cases)
    elif case.is_open and taken_over is None:
        case.notes = (NOTE + TEXTS["merged_in_salesforce"],)
        case.end(OutcomeStatus.CONFLICT, "merged_in_salesforce")


def _leave_to(run: Run, case: Case, others: Sequence[Case]) -> None:
    """Let the survivor's own cases go first.

    What came by the survivor's own messages alone would meet it again each time; and so would
    messages of several merges that always come together.
    """
    meets_again = any(case.changes.keys() <= other.changes.keys() for other in others)
    is_apart = not meets_again and case.tries < LONGEST_TOGETHER
    if case.known_row.into is None or is_apart:
        case.wait("claimed", claim_delay(run))


def _filled(survivor: Record | None, case: Case) -> Canonical | None:
    """Return what a survivor says, without what it leaves empty: the loser's values went down with
    it, and nobody has emptied a field.
    """
    # A value that cannot be mapped is told when the linked pair is decided.
    said = readable(survivor, case.mapping)
    if said is None:
        return None
    values = {name: value for name, value in said.values.items() if value is not None}
    return replace(said, values=values)


def _held_by(survivor: Canonical | None, known: Fingerprints) -> Fingerprints:
    if survivor is None:
        return known
    return {name: each for name, each in known.items() if name in survivor.values}


def _inherited(
    target: CrossReference, row: CrossReference, baseline: Fingerprints, intent: Intent | None
) -> CrossReference:
    """Return the survivor's row with all that the merged pair knew of its QuickBooks record."""
    return replace(
        target,
        state=PairState.LINKED,
        quickbooks_id=row.quickbooks_id,
        baseline=baseline,
        token=None,
        seen=row.seen,
        intent=intent,
        reason=None,
        generation=row.generation,
        subject=row.subject or row.key.salesforce_id,
        key_id=row.key_id,
        parts=row.parts,
        lines=row.lines,
    )


def _holds(case: Case, key: PairKey) -> bool:
    return case.row is not None and case.row.key == key


def _store(run: Run, case: Case, pair: CrossReference, pointer: Pointer) -> bool:
    now = run.world.clock.now()
    fate = run.world.cross_references.link(pair, pointer, None, now)
    if fate is LinkFate.LINKED:
        if pair.key == case.known_row.key:
            case.row = replace(pair, revision=pair.revision + 1)
        return True
    case.wait("decided_elsewhere", claim_delay(run))
    return False
