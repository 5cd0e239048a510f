"""Commit and record: the conditional writes of the cross-reference around every write
of a record.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

from bridge.core.canonical import canonical
from bridge.core.decision import Decision
from bridge.core.intents import ACTIVE
from bridge.core.merge import Fingerprint
from bridge.core.parts import part_ids, spoken_of
from bridge.errors import MappingError
from bridge.flows.cases import Case, Run, highest
from bridge.flows.trouble import claim_delay
from bridge.model import (
    CrossReference,
    Fate,
    Fingerprints,
    Intent,
    PairState,
    Pointer,
    Record,
    System,
    Values,
    Write,
    WriteKind,
    WriteResult,
)

# The life of a claim: the function's time-out (60 s), the longest time after which an abandoned
# request may still take effect (20 s, and no staler a query), and a margin. When a claim has
# expired, nothing that its worker has sent can still land, and every query shows what has.
CLAIM_LIFE_S = 180
CLAIM_LIFE = timedelta(seconds=CLAIM_LIFE_S)
UNKNOWN_MARGIN_S = 2.0


def commit_nothing(run: Run, case: Case, decision: Decision) -> bool:
    """Store the decision to do nothing; every decision is a write against the revision
    it rests on.
    """
    row = case.known_row
    if row.quickbooks_id is None:
        # What became of a document that was sent stays to be found out.
        intent = row.intent if case.mapping.is_document else None
        settled = replace(row, intent=intent, state=decision.state, reason=decision.reason or None)
    elif decision.keeps_row:
        settled = replace(row, state=decision.state, token=None, reason=decision.reason)
        settled = replace(settled, seen=_seen(case))
    else:
        settled = _settled(run, case, decision, decision.baseline)
        if decision.lines is not None:
            settled = replace(settled, lines=decision.lines)
    return _commit(run, case, settled)


def commit_merged(run: Run, case: Case, survivor: str) -> bool:
    """Store that the Salesforce record of a pair lives on in another one."""
    row = case.known_row
    tomb = replace(row, state=PairState.TOMB, into=survivor, token=None, intent=None)
    return _commit(run, case, replace(tomb, reason="merged_in_salesforce"))


def commit_rejection(run: Run, case: Case, reason: str) -> bool:
    """Store that a record's values cannot be mapped; baseline and intent stay as they are."""
    row = replace(case.known_row, seen=_seen(case))
    if row.state not in (PairState.TOMB, PairState.CONFLICT):
        row = replace(row, reason=reason)
    return _commit(run, case, row)


def confirm_shown(run: Run, case: Case) -> None:
    """Move the revision on after a text has been shown, if it still is the one that the text rests
    on: whoever has read the record before the text was there decides again. Under a claim nobody
    else decides.
    """
    if case.row is not None and case.row.owner is None:
        _commit(run, case, case.row)


def commit_claim(run: Run, case: Case, row: CrossReference) -> bool:
    """Store claim and intent in one write, before anything is sent; `row` holds the intent."""
    until = run.world.clock.now() + CLAIM_LIFE
    return _commit(
        run, case, replace(row, owner=run.worker, until=until, token=None, seen=_seen(case))
    )


def commit_pointer(run: Run, case: Case, pointer: Pointer) -> bool:
    """Store what is known of an unlinked QuickBooks record."""
    seen = highest(pointer.seen, case.quickbooks.version if case.quickbooks else None)
    pointer = replace(pointer, seen=seen)
    if pointer.owner != run.worker:
        pointer = replace(pointer, owner=None, until=None)
    if not run.world.cross_references.commit(pointer, run.world.clock.now()):
        case.wait("decided_elsewhere", claim_delay(run))
        return False
    case.pointer = replace(pointer, revision=pointer.revision + 1)
    return True


def replace_intent(run: Run, case: Case, intent: Intent, baseline: Fingerprints) -> bool:
    """Put another intent in the place of the one under our claim, with what is known to be done."""
    return _record(run, case, replace(case.known_row, intent=intent, baseline=baseline))


def record_release(
    run: Run,
    case: Case,
    decision: Decision,
    baseline: Fingerprints,
    owed: tuple[tuple[str, str], ...] = (),
) -> bool:
    """Store what is known to be done and give the claim back.

    `owed` are lost values that an earlier intent had noted and that are still to be shown.
    """
    settled = replace(_settled(run, case, decision, baseline), intent=owing(run, owed))
    return _record(run, case, replace(settled, owner=None, until=None))


def owing(run: Run, lost: tuple[tuple[str, str], ...]) -> Intent | None:
    """Return an intent without a write: it carries lost values on until they are shown."""
    return Intent(run.world.new_id(), run.world.clock.now(), lost=lost) if lost else None


def release(run: Run, case: Case, row: CrossReference, intent: Intent | None = None) -> bool:
    """Give the claim back with nothing written; `row` says how the pair stands, `intent` what stays
    to be found out.
    """
    return _record(run, case, replace(row, owner=None, until=None, intent=intent))


def give_up_create(run: Run, case: Case) -> bool:
    """Store that a create of ours came to nothing, under its claim or after that has expired."""
    row = replace(case.known_row, state=PairState.NEW)
    if row.owner == run.worker:
        return release(run, case, row)
    return _commit(run, case, replace(row, intent=None))


def leave_unknown(run: Run, case: Case) -> None:
    """Stop working on a case whose write may yet take effect: claim and intent stay until they
    expire.
    """
    until = case.row.until if case.row is not None else case.known_pointer.until
    left = (until - run.world.clock.now()).total_seconds() if until else float(CLAIM_LIFE_S)
    case.wait("outcome_unknown", max(left, 0.0) + UNKNOWN_MARGIN_S)


def update_intent(run: Run, case: Case, decision: Decision, notes_lost: Fingerprints) -> Intent:
    """Return the intent of an update: what goes where, and whose values it replaces."""
    of = case.fingerprint(run.world)
    merged = decision.merge
    token = case.quickbooks.version if case.quickbooks else case.known_row.token
    # Not of lines that are one value: half of them may arrive, which is nobody's edit.
    lines = case.mapping.lines
    whole = lines.name if lines and lines.is_only_told else ""
    named = [name for name in merged.to_salesforce if name != whole] if merged else []
    quickbooks = dict(fingerprints(merged.to_quickbooks, merged.values, of)) if merged else {}
    if decision.activity is not None:
        quickbooks[ACTIVE] = of(ACTIVE, decision.activity)
    salesforce = dict(fingerprints(named, merged.values, of)) if merged else {}
    if decision.salesforce_activity is not None:
        salesforce[ACTIVE] = of(ACTIVE, decision.salesforce_activity)
    return Intent(
        id=run.world.new_id(),
        at=run.world.clock.now(),
        token=int(token) if token is not None else None,
        quickbooks=quickbooks,
        salesforce=salesforce,
        lost=tuple({**dict(case.lost), **dict(decision.lost), **notes_lost}.items()),
        lines=case.plan,
    )


def complete_token(
    record: Record | None, baseline: Fingerprints, case: Case, of: Fingerprint
) -> int | None:
    """Return the record's token if the record equals the baseline in every mapped
    field, else None.
    """
    if record is None or not record.is_present:
        return None
    try:
        values: Values = canonical(record, case.mapping).values
    except MappingError:
        return None
    is_complete = all(baseline.get(name) == of(name, value) for name, value in values.items())
    return int(record.version) if is_complete else None


def known_parts(case: Case, baseline: Fingerprints, of: Fingerprint) -> Mapping[str, str]:
    """Return the parts that the pair speaks of: another one only from when the baseline fits it."""
    record, mapping = case.salesforce, case.mapping
    if record is None or not mapping.persons:
        return case.known_row.parts
    spoken = spoken_of(case.known_row, record, mapping)
    try:
        values = canonical(record, mapping).values
    except MappingError:
        return spoken
    fitting = {
        part: each
        for part, each in part_ids(record, mapping)
        if all(baseline.get(name) == of(name, values[name]) for name in mapping.names_of(part))
    }
    return spoken | fitting


def spoken_parts(case: Case) -> Mapping[str, str]:
    """Return the parts that a decision speaks of: what is sent may arrive without an answer."""
    if case.salesforce is None:
        return case.known_row.parts
    return spoken_of(case.known_row, case.salesforce, case.mapping)


def take_made(case: Case, write: Write, result: WriteResult) -> None:
    """Count a part that was made as read: it is the one of which the pair speaks from now on."""
    made = [
        Record(System.SALESFORCE, part.object, done.record_id, done.version or "", part.fields)
        for part, done in zip(write.parts, result.parts, strict=False)
        if part.kind is WriteKind.CREATE and done.fate is Fate.DONE and done.record_id
    ]
    chosen = [part for part in made if part.object in case.mapping.persons]
    if case.salesforce is not None:
        case.salesforce = replace(case.salesforce, parts=(*case.salesforce.parts, *chosen))


def fingerprints(names: Iterable[str], values: Values, of: Fingerprint) -> Fingerprints:
    """Return the fingerprints of some of the values of a merge."""
    return {name: of(name, values[name]) for name in names}


def _settled(run: Run, case: Case, decision: Decision, baseline: Fingerprints) -> CrossReference:
    row = case.known_row
    of = case.fingerprint(run.world)
    is_linked = decision.state is PairState.LINKED
    token = row.token if case.is_presumed else complete_token(case.quickbooks, baseline, case, of)
    return replace(
        row,
        state=decision.state,
        baseline=baseline,
        token=token if is_linked else None,
        seen=_seen(case),
        intent=None,
        reason=decision.reason or None,
        key_id=run.world.fingerprinter.key_id,
        parts=known_parts(case, baseline, of),
    )


def _seen(case: Case) -> int | None:
    return highest(case.known_row.seen, case.quickbooks.version if case.quickbooks else None)


def _commit(run: Run, case: Case, row: CrossReference) -> bool:
    if row.owner != run.worker:
        # A claim that has expired goes with the first decision after it.
        row = replace(row, owner=None, until=None)
    if not run.world.cross_references.commit(row, run.world.clock.now()):
        case.wait("decided_elsewhere", claim_delay(run))
        return False
    case.row = replace(row, revision=row.revision + 1)
    return True


def _record(run: Run, case: Case, row: CrossReference) -> bool:
    if not run.world.cross_references.record(row, run.worker):
        case.wait("claim_lost", claim_delay(run))
        return False
    case.row = replace(row, revision=row.revision + 1)
    return True
