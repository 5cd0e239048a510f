"""Report: status and message on the Salesforce record, the outcome, the log line, the metrics."""

from collections import Counter
from collections.abc import Sequence

from bridge.core.decision import is_unlinked
from bridge.core.documents import stays_as_sold
from bridge.core.mapping import NOT_CREATED, DeactivatePolicy, EntityMapping
from bridge.core.messages import DIFFERENCES, Shown, SyncStatus, own_fields, problem_text
from bridge.core.totals import DIFFER, TOTAL
from bridge.errors import RetryableError
from bridge.flows.cases import Case, Run
from bridge.flows.commit import CLAIM_LIFE_S, confirm_shown
from bridge.flows.load import QUIET_S
from bridge.flows.totals import difference_of, totals_text
from bridge.flows.writes import external_id
from bridge.model import (
    CrossReference,
    Fate,
    Outcome,
    OutcomeStatus,
    PairState,
    Record,
    System,
    Value,
    Write,
    WriteKind,
    WriteResult,
)
from bridge.observability import count, logger

STATUS_OF = {
    OutcomeStatus.CONFLICT: SyncStatus.CONFLICT,
    OutcomeStatus.REJECTED: SyncStatus.REJECTED,
    OutcomeStatus.DEFERRED: SyncStatus.WAITING,
}
# Of the fields of ours only the id has to be unique.
ID_TAKEN = "duplicate_value"


def show(run: Run, cases: Sequence[Case]) -> None:
    """Write status, message and QuickBooks id to the Salesforce records where their text changes.

    These fields are ours, so the write needs no condition, unless the pairs of several companies
    share them. Who has decided meanwhile may have shown something else, or read the record before
    this text was there: one of the two cases goes round again. So does a case whose text cannot be
    shown for now. Where another record bears the id, the text is shown without it.
    """
    if unmarked := _show(run, cases):
        _show(run, unmarked)


def _show(run: Run, cases: Sequence[Case]) -> list[Case]:
    """Write what is to be shown; return the cases whose record may not bear its id."""
    showing: list[tuple[Case, Write]] = []
    for case in cases:
        write = _shown_write(case)
        if write is None:
            continue
        if case.company and case.salesforce and not case.salesforce.is_quiet:
            case.wait("restless", QUIET_S)
        else:
            showing.append((case, write))
    if not showing:
        return []
    results = run.world.salesforce.write([write for _, write in showing])
    for (case, write), result in zip(showing, results, strict=True):
        _take_shown(run, case, write, result)
    return [
        case for case, write in showing if "external_id" in write.own_fields and _lacks_id(case)
    ]


def _take_shown(run: Run, case: Case, write: Write, result: WriteResult) -> None:
    case.count_write(System.SALESFORCE, result)
    error = result.error
    if result.fate is Fate.DONE:
        _confirm(run, case)
    elif result.fate is Fate.UNKNOWN:
        case.wait("status_not_shown", CLAIM_LIFE_S)  # until it can no longer take effect
    elif result.fate in (Fate.NOT_SENT, Fate.STALE):
        case.wait("status_not_shown")
    elif error and error.reason == ID_TAKEN and "external_id" in write.own_fields:
        case.reject(error, result.vendor_text)
    elif error:
        keys = {"reason": error.reason, "salesforce_id": result.record_id}
        logger.warning("status not shown", extra=keys)


def outcome_of(run: Run, case: Case) -> Outcome:
    """Return what became of a case; ids and names of fields, never values."""
    decision, ending = case.decision, case.ending
    status = OutcomeStatus.WAITING
    if case.waiting is None and ending is not None:
        status = ending.status
    reason, code = (ending.reason, ending.code) if ending else ("", "")
    if case.waiting is not None:
        reason, code = case.waiting.reason, case.waiting.code
    reason = reason or (decision.reason if decision else "")
    differing = _differing(case) if not reason else None
    elapsed = run.world.clock.now() - run.started
    return Outcome(
        status=status,
        decision=decision.kind.value if decision else "",
        realm=case.realm,
        entity=case.mapping.entity,
        salesforce_id=case.row.key.salesforce_id if case.row else None,
        quickbooks_id=case.quickbooks_id,
        reason=DIFFER if differing else reason,
        fields=(differing,) if differing else _fields(case),
        code=code,
        attempt=case.tries,
        duration_ms=int(elapsed.total_seconds() * 1000),
    )


def report(run: Run, cases: Sequence[Case]) -> list[Outcome]:
    """Log one line per pair, count, and keep the outcomes; return them in the order of
    the cases.
    """
    cases = _worth_telling(cases)
    outcomes = [outcome_of(run, case) for case in cases]
    for case, outcome in zip(cases, outcomes, strict=True):
        logger.info("pair synced", extra=_log_keys(outcome))
        count(f"Pairs{outcome.status.value.capitalize()}")
        if outcome.reason == "fingerprint_key_missing":
            count("FingerprintKeysMissing")
        for system in case.written:
            count("RecordsWritten", 1)
            count(f"RecordsWritten{system.value.capitalize()}", 1)
    run.world.outcomes.keep(outcomes, run.world.clock.now())
    return outcomes


def _worth_telling(cases: Sequence[Case]) -> list[Case]:
    """Return the cases without those that are nothing to one entity and something to another: an
    invoice of QuickBooks is no deal.
    """
    told = Counter(message for case in cases for message in case.changes)
    return [
        case
        for case in cases
        if not case.ending
        or case.ending.reason != NOT_CREATED
        or any(told[message] == 1 for message in case.changes)
    ]


def _confirm(run: Run, case: Case) -> None:
    try:
        confirm_shown(run, case)
    except RetryableError as error:
        case.wait(error.reason)


def _shown_write(case: Case) -> Write | None:
    record = case.salesforce
    if record is None or record.is_deleted or case.ending is None or case.waiting is not None:
        return None
    shown = _shown(case)
    # What only tells must not fail over what has just been refused.
    bearing = {} if _lacks_id(case) else external_id(case)
    fields = {**_told(record, shown, case), **bearing}
    if not fields:
        return None
    return Write(
        System.SALESFORCE,
        record.object,
        WriteKind.UPDATE,
        record.id,
        version=record.version if case.company else None,
        own_fields=fields,
    )


def _lacks_id(case: Case) -> bool:
    """Say whether a unique value was refused, as the id is that another record bears."""
    return case.ending is not None and case.ending.reason == ID_TAKEN


def _told(record: Record, shown: Shown | None, case: Case) -> dict[str, Value]:
    if shown is None and not case.notes:
        return {}
    return dict(own_fields(record, shown, case.notes, case.company))


def _shown(case: Case) -> Shown | None:
    """Return the status that a Salesforce record shall show; None leaves it as it is."""
    ending = case.ending
    if ending is None or ending.reason == "merged_in_salesforce":
        return None
    if ending.reason in DIFFERENCES:
        text = problem_text(ending.reason, case.mapping, ending.field)
        return Shown(SyncStatus.DIFFERS, _joined(text, totals_text(case)))
    if ending.status in STATUS_OF:
        text = problem_text(ending.reason, case.mapping, ending.field, ending.vendor_text)
        return Shown(STATUS_OF[ending.status], text)
    row = case.row
    if row is None or row.quickbooks_id is None:
        return None
    if row.state is PairState.TOMB:
        return _shown_tomb(row, case.mapping)
    if stays_as_sold(case.quickbooks, case.mapping):
        return Shown(SyncStatus.INACTIVE, problem_text("quickbooks_voided", case.mapping))
    is_outside = case.salesforce is not None and not case.mapping.takes_part(case.salesforce)
    outside = problem_text("condition_not_met", case.mapping) if is_outside else None
    return Shown(SyncStatus.IN_SYNC, _joined(outside, totals_text(case)))


def _joined(*texts: str | None) -> str | None:
    return " ".join(text for text in texts if text) or None


def _shown_tomb(row: CrossReference, mapping: EntityMapping) -> Shown:
    reason = row.reason or "quickbooks_gone"
    if reason == "quickbooks_inactive" and mapping.on_deactivate is DeactivatePolicy.KEEP:
        return Shown(SyncStatus.INACTIVE)
    status = SyncStatus.UNLINKED if is_unlinked(row) else SyncStatus.INACTIVE
    status = SyncStatus.DIFFERS if reason == "salesforce_inactive" else status
    return Shown(status, problem_text(reason, mapping))


def _differing(case: Case) -> str | None:
    """Return the field whose sums differ between the two systems, if they do."""
    if difference_of(case) is None:
        return None
    return next(each.name for each in case.mapping.fields if each.quickbooks == (TOTAL,))


def _fields(case: Case) -> tuple[str, ...]:
    if case.ending is not None and case.ending.field:
        return (case.ending.field,)
    return case.decision.fields if case.decision else ()


def _log_keys(outcome: Outcome) -> dict[str, object]:
    return {
        "entity": outcome.entity,
        "realm": outcome.realm,
        "salesforce_id": outcome.salesforce_id,
        "quickbooks_id": outcome.quickbooks_id,
        "decision": outcome.decision,
        "status": outcome.status.value,
        "reason": outcome.reason,
        "code": outcome.code,
        "fields": list(outcome.fields),
        "attempt": outcome.attempt,
        "duration_ms": outcome.duration_ms,
    }
