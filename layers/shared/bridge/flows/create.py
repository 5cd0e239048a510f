"""Create: make the QuickBooks record of a Salesforce one, exactly once, and link it."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from bridge.core.canonical import canonical
from bridge.core.decision import DecisionKind
from bridge.core.parts import part_ids
from bridge.core.unlinked import choose_match
from bridge.flows.cases import Case, Run, by_realm_and_entity, open_cases
from bridge.flows.commit import commit_claim, complete_token, leave_unknown, release
from bridge.flows.documents import made_pairs
from bridge.flows.link import adopt, tie
from bridge.flows.load import read_quickbooks
from bridge.flows.match import matches_of
from bridge.flows.recover import link_created, made_for, probe_of, sent_values
from bridge.flows.sharing import still_taking_part
from bridge.flows.trouble import claim_delay, for_each, guarded, hold_unsent
from bridge.flows.writes import quickbooks_create
from bridge.model import (
    CrossReference,
    Fate,
    Fingerprints,
    Intent,
    OutcomeStatus,
    PairState,
    Record,
    System,
    WriteResult,
)

# How often a name clash is looked into again where nobody is seen to hold the name, and a create
# repeated that gets no answer but the catch-all.
UNSEEN_TRIES = 3
# Instead of the stored answer to a repeat (reported of batches: ruckus/quickbooks-ruby pull
# request 344).
CATCH_ALL = "6000"


def create_in_quickbooks(run: Run, cases: Sequence[Case]) -> None:
    """Create the QuickBooks records of unlinked Salesforce records, in batches."""
    for (realm, _), group in by_realm_and_entity(cases).items():
        for_each(run, group, partial(_claim_create, run))
        claimed = still_taking_part(run, open_cases(group))
        for case in group:
            if case.waiting is not None and case.known_row.owner == run.worker:
                _let_go(run, case, case.known_row)
        writes = [quickbooks_create(case) for case in claimed]
        system = run.quickbooks(realm, group[0].mapping)
        results = system.write(writes, run.has_time) if writes else []
        for case, result in zip(claimed, results, strict=True):
            with guarded(run, [case], realm):
                _take_quickbooks_result(run, case, result)


def _claim_create(run: Run, case: Case) -> bool:
    if case.salesforce is None:
        return False
    row = case.known_row
    values = canonical(case.salesforce, case.mapping).values
    of_all = run.world.fingerprinter.of_all
    prints = of_all(case.mapping.entity, row.key.salesforce_id, values)
    intent = Intent(run.world.new_id(), run.world.clock.now(), create=prints)
    if case.mapping.is_document and row.intent is not None:
        # The fate of the first try is open, and an answer to this one may speak of that.
        intent = replace(row.intent, quickbooks=_since(row.intent, prints, case))
    generation = max(row.generation, 1)
    creating = replace(row, state=PairState.CREATING, intent=intent, generation=generation)
    # Whoever finds out what became of it may read another part.
    parts = dict(part_ids(case.salesforce, case.mapping))
    return commit_claim(run, case, replace(creating, parts=parts))


def _since(intent: Intent, sent: Fingerprints, case: Case) -> Fingerprints:
    """Return what has been typed since a document was sent first; its lines are told apart one by
    one.
    """
    first = intent.create or {}
    fields = [each.name for each in case.mapping.fields if each.lines is None]
    return {name: sent[name] for name in fields if first.get(name) != sent[name]}


def _is_repeat(run: Run, case: Case) -> bool:
    """Say whether a document was sent before this run, and it is not known what became of it."""
    intent = case.known_row.intent
    return case.mapping.is_document and intent is not None and intent.at < run.started


def _take_quickbooks_result(run: Run, case: Case, result: WriteResult) -> None:
    case.count_write(System.QUICKBOOKS, result)
    if result.fate is Fate.DONE and result.record is not None:
        _link_fresh(run, case, result.record)
    elif result.fate in (Fate.UNKNOWN, Fate.DONE):
        _take_unknown(run, case, result)
    elif hold_unsent(run, case, result, case.realm):
        _let_go(run, case, case.known_row)
    elif result.error is not None and result.error.reason == "name_taken":
        with guarded(run, [case], case.realm):
            _take_name_clash(run, case)
    else:
        _refuse(run, case, result)


def _take_unknown(run: Run, case: Case, result: WriteResult) -> None:
    """Leave claim and intent; but where QuickBooks says that it knows a repeat which no look-up
    finds, or has only its catch-all for one time and again, a person has to look.
    """
    error = result.error
    is_withheld = error is not None and error.code == CATCH_ALL and not _is_young(case)
    is_known = is_withheld or (error is not None and error.reason == "request_repeated")
    if not (is_known and case.is_sent_again):
        leave_unknown(run, case)
    elif _let_go(run, case, replace(case.known_row, reason="maybe_created")):
        case.end(OutcomeStatus.CONFLICT, "maybe_created")


def _link_fresh(run: Run, case: Case, record: Record) -> None:
    """Link a record just made; what QuickBooks has added to it by itself is decided next: number,
    sums, status. Where somebody has seen it meanwhile, it is read again for that.
    """
    baseline = sent_values(run, case, record)
    if case.is_sent_again and not case.mapping.is_document:
        baseline = _as_answered(run, case, record, baseline)
    token = complete_token(record, baseline, case, case.fingerprint(run.world))
    case.quickbooks = record
    lines = made_pairs(run, case, baseline)
    is_old = _is_repeat(run, case)
    if is_old:
        # The answer to a repeat may be the one that the first try would have got.
        token, lines = None, ()
    if not tie(run, case, record, baseline, worker=run.worker, token=token, lines=lines):
        return
    if case.known_row.token is not None:
        case.end(OutcomeStatus.DONE)
    elif case.was_seen or is_old or not case.mapping.is_document:
        read_quickbooks(run, case)


def _as_answered(run: Run, case: Case, record: Record, sent: Fingerprints) -> Fingerprints:
    """Return those of the values sent that the answer to a repeat holds as well: it may be the one
    that the first try would have got, and what was typed since has then never agreed.
    """
    of, values = case.fingerprint(run.world), canonical(record, case.mapping).values
    return {name: of_sent for name, of_sent in sent.items() if of(name, values[name]) == of_sent}


def _take_name_clash(run: Run, case: Case) -> None:
    """The name is taken: by what an earlier try of ours made, by a record to adopt, or by a
    stranger.
    """
    system = run.quickbooks(case.realm, case.mapping)
    shape = case.mapping.shape(System.QUICKBOOKS)
    if made := made_for(run, case, system.find_created(shape, [probe_of(case)])[0]):
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
    holder = system.name_holder(case.mapping.quickbooks, name) if is_stranger else None
    if is_stranger and _is_young(case) and holder is None:
        # Whoever holds the name is too new for a query to show it.
        if _give_up(run, case, "name_taken"):
            case.wait("name_holder_unseen")
        return
    reason = "name_taken" if is_stranger else decision.reason
    if _give_up(run, case, reason):
        case.end(OutcomeStatus.CONFLICT, reason, decision.field, "6240")


def _is_young(case: Case) -> bool:
    return case.tries < UNSEEN_TRIES


def _refuse(run: Run, case: Case, result: WriteResult) -> None:
    if result.error is None:
        raise AssertionError("a refusal without its error")
    if _give_up(run, case, result.error.reason):
        case.reject(result.error, result.vendor_text)


def _give_up(run: Run, case: Case, reason: str) -> bool:
    """Certainly nothing was created: the next try is a new one, with a key of its own.

    Of a repeat nothing is certain but that this one did not: the next one is a repeat again.
    """
    row = replace(case.known_row, reason=reason)
    is_new = not _is_repeat(run, case)
    return _let_go(run, case, replace(row, generation=row.generation + 1) if is_new else row)


def _let_go(run: Run, case: Case, row: CrossReference) -> bool:
    """Give the claim back; the intent of a document stays as long as its first try may have made
    it.
    """
    if _is_repeat(run, case):
        return release(run, case, row, case.known_row.intent)
    return release(run, case, replace(row, state=PairState.NEW))
