"""Update: bring linked pairs into agreement, Salesforce first, each write under a condition."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from bridge.core.decide import decide
from bridge.core.decision import Decision, DecisionKind
from bridge.core.line_pairs import Pairs
from bridge.core.messages import own_fields
from bridge.core.notes import loss_notes
from bridge.core.unlinked import CIRCULAR, NOT_LINKED
from bridge.errors import MappingError
from bridge.flows.activity import is_active_as_asked, take_activity
from bridge.flows.cases import Case, Run, by_realm_and_entity, open_cases
from bridge.flows.commit import (
    commit_claim,
    fingerprints,
    leave_unknown,
    record_release,
    replace_intent,
    spoken_parts,
    take_made,
    update_intent,
)
from bridge.flows.documents import fold_quickbooks_lines, fold_salesforce_lines, plan_lines
from bridge.flows.load import QUIET_S, load_salesforce, read_quickbooks, wait_for_quiet
from bridge.flows.losses import carried, losses, lost_values
from bridge.flows.trouble import (
    for_each,
    give_back_deletion,
    give_up,
    guarded,
    hold_unsent,
    reject_refused,
)
from bridge.flows.writes import quickbooks_update, salesforce_update
from bridge.model import Fate, Fingerprints, Intent, OutcomeStatus, System, Write, WriteResult

ROUNDS = 3


def update(run: Run, cases: Sequence[Case]) -> None:
    """Write what was decided for linked pairs, and record it.

    A definite refusal for a moved version is read and decided again, at most three times; an
    unknown outcome leaves claim and intent standing. What is known to be done counts, whatever
    follows.
    """
    for_each(run, cases, partial(_claim, run))
    claimed = open_cases(cases)
    for _ in range(ROUNDS):
        again = _write_round(run, claimed)
        if not again:
            break
        claimed = _decide_again(run, again)
    else:
        for case in open_cases(claimed):
            if _finish(run, case):
                give_up(case)


def is_restless(case: Case) -> bool:
    """Say whether a Salesforce record about to be written was read in the second of its last
    change.
    """
    record, decision = case.salesforce, case.decision
    if record is None or decision is None or decision.merge is None:
        return False
    parts = {case.mapping.field_named(name).part for name in decision.merge.to_salesforce}
    if case.company and decision.has_writes:
        parts.add(None)  # the message is shared with the pairs of other companies
    read = [(None, record), *((part.object, part) for part in record.parts)]
    return any(not each.is_quiet for part, each in read if part in parts)


def _claim(run: Run, case: Case) -> bool:
    decision = case.known_decision
    intent = _intent(run, case, decision)
    row = replace(case.known_row, intent=intent, baseline=decision.base_of_writes)
    row = replace(row, lines=_lines(case, decision), parts=spoken_parts(case))
    return commit_claim(run, case, row) and _forget_before(case, decision)


def _intent(run: Run, case: Case, decision: Decision) -> Intent:
    """Return the intent of what was decided, and remember what is noted with it."""
    case.plan = plan_lines(run, case)
    intent = update_intent(run, case, decision, lost_values(run, case, decision))
    case.lost = carried(case, decision)
    case.notes = loss_notes(losses(run, case, decision), case.mapping)
    return intent


def _lines(case: Case, decision: Decision) -> Pairs:
    return case.known_row.lines if decision.lines is None else decision.lines


def _write_round(run: Run, cases: Sequence[Case]) -> list[Case]:
    """Write Salesforce, then QuickBooks; return the cases that must be read and decided again."""
    again: list[Case] = []
    to_salesforce = [case for case in open_cases(cases) if _needs_salesforce(case)]
    writes = [salesforce_update(case) for case in to_salesforce]
    results = run.world.salesforce.write(writes, run.has_time) if writes else []
    for case, write, result in zip(to_salesforce, writes, results, strict=True):
        with guarded(run, [case], run.world.organisation):
            if _take_salesforce(run, case, write, result):
                again.append(case)
    ready = [case for case in open_cases(cases) if case not in again]
    for (realm, _), group in by_realm_and_entity(ready).items():
        asking = _with_time(run, [case for case in group if case.known_decision.writes_quickbooks])
        changes = [quickbooks_update(case) for case in asking]
        system = run.quickbooks(realm, group[0].mapping)
        answers = system.write(changes, run.has_time) if changes else []
        for case, answer in zip(asking, answers, strict=True):
            with guarded(run, [case], realm):
                if _take_quickbooks(run, case, answer):
                    again.append(case)
    for_each(run, [case for case in open_cases(ready) if case not in again], partial(_close, run))
    return again


def _with_time(run: Run, cases: Sequence[Case]) -> list[Case]:
    """Return the cases if there is time for another write; else what is done is
    recorded, for now.
    """
    if not run.has_time():
        for_each(run, cases, partial(_finish, run))
        for case in open_cases(cases):
            case.wait("out_of_time", 1.0)
    return open_cases(cases)


def _close(run: Run, case: Case) -> None:
    if not _finish(run, case):
        return
    decision = case.known_decision
    merged = decision.merge
    if decision.kind is DecisionKind.CONFLICT:
        case.end(OutcomeStatus.CONFLICT, decision.reason, decision.field)
    elif decision.reason in (NOT_LINKED, CIRCULAR):
        case.end(OutcomeStatus.DEFERRED, decision.reason, decision.field)
    elif case.mapping.is_kept:
        case.end(OutcomeStatus.DONE, decision.reason, decision.field)
    elif merged and merged.open:
        case.end(OutcomeStatus.CONFLICT, merged.open_reason, merged.open[0])
    else:
        case.end(OutcomeStatus.DONE)


def _decide_again(run: Run, cases: Sequence[Case]) -> list[Case]:
    """Read both sides again, decide, and put the new intent in the place of the old one."""
    load_salesforce(run, cases)
    for case in open_cases(cases):
        read_quickbooks(run, case)
    for case in open_cases(cases):
        _decide_under_claim(run, case)
    wait_for_quiet(run, cases, is_restless)
    for case in open_cases(cases):
        _decide_under_claim(run, case)
        if case.is_open and is_restless(case) and _finish(run, case):
            case.wait("restless", QUIET_S)
    for_each(run, open_cases(cases), partial(_intend_again, run))
    return open_cases(cases)


def _intend_again(run: Run, case: Case) -> None:
    decision = case.known_decision
    intent = _intent(run, case, decision)
    case.row = replace(case.known_row, lines=_lines(case, decision), parts=spoken_parts(case))
    if replace_intent(run, case, intent, decision.base_of_writes):
        _forget_before(case, decision)


def _forget_before(case: Case, decision: Decision) -> bool:
    """Go on with the merge base as it is: what is about to be replaced stands in the stored row
    alone, for whoever has to find out what became of this worker.
    """
    case.row = replace(case.known_row, baseline=decision.baseline)
    return True


def _decide_under_claim(run: Run, case: Case) -> None:
    """Decide again; what has been written so far is in the row, and nothing of it is in doubt."""
    row = replace(case.known_row, intent=None)
    pair = replace(case.pair, row=row, is_presumed=False)
    try:
        decision = decide(pair, case.mapping, run.world.fingerprinter)
    except MappingError as error:
        case.reject(error)
        _finish(run, case)
        return
    case.decision = decision


def _needs_salesforce(case: Case) -> bool:
    merged = case.known_decision.merge
    if case.salesforce is None or case.salesforce.is_deleted:
        return False
    if case.known_decision.salesforce_activity is not None:
        return True
    has_notes = bool(case.notes) and bool(own_fields(case.salesforce, None, case.notes))
    return has_notes or bool(merged and merged.to_salesforce)


def _take_salesforce(run: Run, case: Case, write: Write, result: WriteResult) -> bool:
    """Fold the result of a Salesforce write into the row; say whether to read and decide again."""
    case.count_write(System.SALESFORCE, result)
    fates = [(write, result), *zip(write.parts, result.parts, strict=False)]
    for done, each in fates:
        if each.fate is Fate.DONE:
            _fold(run, case, done)
    take_made(case, write, result)
    fold_salesforce_lines(run, case, write, result.parts)
    if all(each.fate is Fate.DONE for _, each in fates):
        _fold_told_lines(run, case)
    if result.fate is Fate.DONE and case.salesforce is not None:
        merged = {**case.salesforce.own_fields, **write.own_fields}
        case.salesforce = replace(case.salesforce, own_fields=merged)
        case.lost = ()
        take_activity(case)
    return _take_trouble(run, case, [each for _, each in fates], run.world.organisation)


def _take_quickbooks(run: Run, case: Case, result: WriteResult) -> bool:
    """Fold the result of a QuickBooks write into the row; say whether to read and decide again."""
    case.count_write(System.QUICKBOOKS, result)
    merged = case.known_decision.merge
    if result.fate is Fate.DONE and merged:
        sent = fingerprints(merged.to_quickbooks, merged.values, case.fingerprint(run.world))
        _fold_values(case, sent)
    if result.fate is Fate.DONE:
        case.quickbooks = result.record or case.quickbooks
        case.is_presumed = False
        fold_quickbooks_lines(run, case)
    return _take_trouble(run, case, [result], case.realm)


def _take_trouble(run: Run, case: Case, results: Sequence[WriteResult], name: str) -> bool:
    """Act on what was not done, the gravest first; say whether to read and decide again."""
    for result in results:
        if result.fate is Fate.UNKNOWN:
            leave_unknown(run, case)
            return False
    for result in results:
        if result.fate is Fate.NOT_SENT:
            _finish(run, case)
            hold_unsent(run, case, result, name)
            return False
    case.is_missing = any(result.fate is Fate.MISSING for result in results)
    if case.is_missing or any(result.fate is Fate.STALE for result in results):
        return True
    refused = next((each for each in results if each.fate is Fate.REFUSED), None)
    if refused is not None and _finish(run, case):
        reject_refused(case, refused)
    return False


def _finish(run: Run, case: Case) -> bool:
    decision = case.known_decision
    baseline = case.known_row.baseline or {}
    if not is_active_as_asked(case):
        # The flag was not written: the pair stands as before, and the next event tries again.
        row = case.known_row
        decision = replace(decision, state=row.state, reason=row.reason or "")
        give_back_deletion(run, case)
    return record_release(run, case, decision, baseline, _owed(case))


def _owed(case: Case) -> tuple[tuple[str, str], ...]:
    """Return the values noted in an earlier intent that nobody has been shown yet."""
    record = case.salesforce
    if record is None or record.is_deleted or not own_fields(record, None, case.notes):
        return ()
    return case.lost


def _fold(run: Run, case: Case, write: Write) -> None:
    """Move the merge base for the Salesforce fields of one write that was done."""
    merged = case.known_decision.merge
    if merged is None:
        return
    part = write.object if write.object != case.mapping.salesforce else None
    fields = [case.mapping.field_named(name) for name in merged.to_salesforce]
    names = [each.name for each in fields if each.part == part and each.lines is None]
    _fold_values(case, fingerprints(names, merged.values, case.fingerprint(run.world)))


def _fold_told_lines(run: Run, case: Case) -> None:
    """Move the merge base for lines that QuickBooks alone tells: they count as written when all of
    them are.
    """
    lines, merged = case.mapping.lines, case.known_decision.merge
    if lines and lines.is_only_told and merged and lines.name in merged.to_salesforce:
        _fold_values(case, fingerprints([lines.name], merged.values, case.fingerprint(run.world)))


def _fold_values(case: Case, sent: Fingerprints) -> None:
    baseline = {**(case.known_row.baseline or {}), **sent}
    case.row = replace(case.known_row, baseline=baseline)
