"""Load: both sides of each case as they are now, in one read per system and entity."""

from collections.abc import Callable, Mapping, Sequence

from bridge.core.documents import travelling_lines
from bridge.core.levels import together
from bridge.core.mapping import EntityMapping
from bridge.flows.cases import Case, Run, by_realm_and_entity, open_cases
from bridge.flows.references import ReferringSystem
from bridge.flows.trouble import guarded
from bridge.model import ChangeKind, Record, System

QUIET_S = 1.0
QUIET_READS = 2
# A pair in one of these states has been seen without its QuickBooks record.
GONE = ("quickbooks_gone", "edited_but_quickbooks_gone")


def load(run: Run, cases: Sequence[Case]) -> None:
    """Read Salesforce always, and QuickBooks where it may not be presumed to be as the baseline.

    Both sides of an open intent, a QuickBooks record that was gone, and every QuickBooks row that
    is older than what is known of it are read by id: a query may lag behind.
    """
    load_salesforce(run, open_cases(cases))
    _load_quickbooks(run, [case for case in open_cases(cases) if _asks_quickbooks(run, case)])
    for case in open_cases(cases):
        linked = case.row is not None and case.row.quickbooks_id is not None
        case.is_presumed = linked and not _asks_quickbooks(run, case)


def load_salesforce(run: Run, cases: Sequence[Case]) -> None:
    """Read the Salesforce side of the cases that have one, in one read for each kind of object."""
    having = [case for case in cases if case.row is not None]
    for name in sorted({case.mapping.salesforce for case in having}):
        group = [case for case in having if case.mapping.salesforce == name]
        mappings = {case.mapping.entity: case.mapping for case in group}
        shape = together(each.shape(System.SALESFORCE) for each in mappings.values())
        ids = list(dict.fromkeys(case.known_row.key.salesforce_id for case in group))
        with guarded(run, group, run.world.organisation):
            records = run.world.salesforce.load(shape, ids)
            for case in group:
                case.salesforce = records.get(case.known_row.key.salesforce_id)


def read_quickbooks(run: Run, case: Case) -> None:
    """Read the QuickBooks side of one case by its id, as it is at this moment."""
    if case.quickbooks_id is None:
        return
    with guarded(run, [case], case.realm):
        system = run.quickbooks(case.realm, case.mapping)
        case.quickbooks = system.read(case.mapping.shape(System.QUICKBOOKS), case.quickbooks_id)
        case.is_presumed = False


def wait_for_quiet(run: Run, cases: Sequence[Case], is_restless: Callable[[Case], bool]) -> None:
    """Read Salesforce again, a second later, for cases whose record was changed in the second of
    its read.

    `If-Unmodified-Since` counts whole seconds: only a read of a later second sees every later edit
    refused (Salesforce: REST API, Conditional Request Headers). The server's time of a read is
    known to the second and rounded against us, so that it can take two.
    """
    for _ in range(QUIET_READS):
        restless = [case for case in open_cases(cases) if is_restless(case)]
        if not restless:
            return
        run.world.clock.wait(QUIET_S)
        load_salesforce(run, restless)


def _load_quickbooks(run: Run, cases: Sequence[Case]) -> None:
    for (realm, _), group in by_realm_and_entity(cases).items():
        by_id = [case for case in group if _must_read_by_id(case)]
        by_query = [case for case in group if case not in by_id]
        if by_query:
            ids = list(dict.fromkeys(str(case.quickbooks_id) for case in by_query))
            with guarded(run, by_query, realm):
                records = _query(run, realm, group[0].mapping, ids)
                for case in by_query:
                    case.quickbooks = records.get(str(case.quickbooks_id))
        by_id += [case for case in by_query if case.is_open and _is_stale(case)]
        for case in by_id:
            read_quickbooks(run, case)


def _query(
    run: Run, realm: str, mapping: EntityMapping, ids: Sequence[str]
) -> Mapping[str, Record]:
    """Read records by query, once for all entities of the run that map the same object: the invoice
    of a deal is looked at as a deal and as an invoice.
    """
    rows = run.rows.setdefault((realm, mapping.quickbooks), {})
    if unread := [each for each in ids if each not in rows]:
        found = run.world.quickbooks[realm].load(mapping.shape(System.QUICKBOOKS), unread)
        rows.update({each: found.get(each) for each in unread})
    records = [row for each in ids if (row := rows[each])]
    system = run.quickbooks(realm, mapping)
    named = system.inward(records) if isinstance(system, ReferringSystem) else records
    return {record.id: record for record in named}


def _asks_quickbooks(run: Run, case: Case) -> bool:
    row = case.row
    if row is None:
        return True
    if row.quickbooks_id is None:
        return False
    return (
        case.quickbooks_asked
        or bool(case.mapping.read_only)
        or row.token is None
        or row.intent is not None
        or row.key_id != run.world.fingerprinter.key_id
        or not set(case.mapping.names) <= set(row.baseline or {})
        or (not row.lines and travelling_lines(case.mapping) is not None)
    )


def _must_read_by_id(case: Case) -> bool:
    """Say whether no query may be asked: for an open intent, and for a record that was gone, which
    a query that lags behind still shows, at the last token that was seen.
    """
    row = case.row
    return row is not None and (row.intent is not None or row.reason in GONE)


def _is_stale(case: Case) -> bool:
    """Say whether a queried row is missing, or older than the event or the highest token seen."""
    record = case.quickbooks
    if record is None:
        return True
    seen = case.row.seen if case.row is not None else case.known_pointer.seen
    is_gone = case.pointer is not None and case.pointer.is_gone
    is_older = seen is not None and int(record.version) < seen
    return is_gone or is_older or _is_before(record, case)


def _is_before(record: Record, case: Case) -> bool:
    """Say whether a row is older than an event, or may be.

    A row's own stamp holds whole seconds: of several events in one it tells nothing. What has been
    edited is past its first token.
    """
    asked, modified = case.quickbooks_time, record.modified_at
    if asked is None or modified is None or modified > asked:
        return False
    events = [each for each in case.changes.values() if each.system is System.QUICKBOOKS]
    told = [each for each in events if each.changed_at >= asked]
    is_first = record.version == "0" and any(each.kind is ChangeKind.UPDATED for each in told)
    return modified < asked or is_first or len({each.changed_at for each in told}) > 1
