"""Link: tie two records together, in one transaction."""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from bridge.core.canonical import canonical
from bridge.core.decision import Match
from bridge.core.documents import Known, merge_records
from bridge.core.line_pairs import Pairs
from bridge.errors import MappingError
from bridge.flows.cases import Case, Run, highest, open_cases, pointer_key
from bridge.flows.commit import give_up_create, known_parts, owing
from bridge.flows.load import load_salesforce, read_quickbooks
from bridge.flows.trouble import claim_delay, for_each
from bridge.model import (
    ChangeKind,
    CrossReference,
    Fingerprints,
    LinkFate,
    OutcomeStatus,
    PairState,
    Pointer,
    Record,
)

LINK_TRIES = 3


def tie(
    run: Run,
    case: Case,
    record: Record,
    baseline: Fingerprints,
    *,
    worker: str | None,
    token: int | None = None,
    tomb: str | None = None,
    lines: Pairs = (),
    lost: tuple[tuple[str, str], ...] = (),
) -> bool:
    """Store pair and pointer in one transaction; say whether they are linked now.

    `lines` are the pairs of a document's lines, as far as they are known; `lost` are values of
    people that QuickBooks may have replaced, which stay with the pair until they are shown. A
    pointer that somebody has seen meanwhile is linked at the revision it has, without a token, so
    that both sides are read and decided once more. One that leads to another record by now stays
    with that; where a Salesforce record may be in the making for it, whoever makes that one is
    waited for. One that was merged away meanwhile is followed in the next round.
    """
    key = pointer_key(case, record.id)
    pointer = case.pointer if case.pointer and case.pointer.key == key else Pointer(key)
    for _ in range(LINK_TRIES):
        row = _linked_row(run, case, record, baseline, token, tomb)
        row = replace(row, lines=lines, intent=owing(run, lost))
        leading = _leading(pointer, row, case)
        fate = run.world.cross_references.link(row, leading, worker, run.world.clock.now())
        if fate is LinkFate.LINKED and leading.into is not None:
            case.wait("claimed", claim_delay(run))
        if fate is not LinkFate.SEEN:
            return _is_linked(run, case, row, fate)
        pointer, token = run.world.cross_references.read_pointers([key])[key], None
        if pointer.salesforce_id not in (None, row.key.salesforce_id):
            return _is_linked(run, case, case.known_row, LinkFate.TAKEN)
        case.was_seen = True
        if pointer.intent is not None or not pointer.is_free(run.world.clock.now()):
            break
    return _is_linked(run, case, case.known_row, LinkFate.REFUSED)


def _leading(pointer: Pointer, row: CrossReference, case: Case) -> Pointer:
    """Return a pointer that leads to a pair, with what its record was merged into, if it was."""
    into = merged_into(case, pointer.key.quickbooks_id) or pointer.into
    free = replace(pointer, intent=None, owner=None, until=None)
    return replace(free, salesforce_id=row.key.salesforce_id, into=into)


def _is_linked(run: Run, case: Case, row: CrossReference, fate: LinkFate) -> bool:
    if fate is LinkFate.LINKED:
        case.row = replace(row, revision=row.revision + 1)
        if case.must_link == row.quickbooks_id:
            case.must_link = None
        return True
    intent = case.known_row.intent
    if fate is LinkFate.TAKEN and intent is not None and intent.create is not None:
        # What this create made belongs to another record by now: a person is asked. Of a document
        # the intent stays, for it may not have been that one.
        if case.mapping.is_document:
            case.end(OutcomeStatus.CONFLICT, "maybe_created")
        elif give_up_create(run, case):
            case.end(OutcomeStatus.CONFLICT, "name_linked")
    else:
        case.wait("decided_elsewhere", claim_delay(run))
    return False


def merged_into(case: Case, quickbooks_id: str) -> str | None:
    """Return the QuickBooks id into which a record was merged, as an event of a case says."""
    return dict(merges_of([case])).get(quickbooks_id)


def merges_of(cases: Iterable[Case]) -> Iterator[tuple[str, str]]:
    """Yield the QuickBooks ids of records that were merged away, and into which ones."""
    for change in (change for case in cases for change in case.changes.values()):
        if change.kind is ChangeKind.MERGED and change.removed_id:
            yield change.removed_id, change.record_id


def adopt_all(run: Run, cases: Sequence[Case]) -> None:
    """Link the records that were matched, each by itself.

    A record that takes part by a condition may have left no trace when it met none: it is read
    again, now that it is linked.
    """
    for_each(run, cases, partial(_adopt_matched, run))
    load_salesforce(run, [case for case in open_cases(cases) if case.mapping.is_conditional])


def _adopt_matched(run: Run, case: Case) -> None:
    if case.row is not None and case.decision and case.decision.match:
        adopt(run, case, case.decision.match)


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
        baseline = merge_records(mine, theirs, Known({}), case.mapping, of).baseline
    tomb = None if match.record.is_active else "adopted_inactive"
    # A create that came to nothing may have been of another part.
    case.row = replace(case.known_row, parts={})
    if not tie(run, case, match.record, baseline, worker=worker, tomb=tomb):
        return False
    case.matches = ()
    read_quickbooks(run, case)
    return case.is_open


def _linked_row(
    run: Run,
    case: Case,
    record: Record,
    baseline: Fingerprints,
    token: int | None,
    tomb: str | None,
) -> CrossReference:
    row = case.known_row
    return replace(
        row,
        state=PairState.TOMB if tomb else PairState.LINKED,
        quickbooks_id=record.id,
        baseline=baseline,
        token=token,
        seen=highest(row.seen, record.version),
        owner=None,
        until=None,
        reason=tomb,
        key_id=run.world.fingerprinter.key_id,
        parts=known_parts(case, baseline, case.fingerprint(run.world)),
    )
