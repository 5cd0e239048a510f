"""Recover: find out what became of a create whose worker never said."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bridge.core.canonical import canonical
from bridge.core.endings import readable
from bridge.core.lines import covers
from bridge.core.mapping import EntityMapping
from bridge.errors import MappingError
from bridge.flows.cases import Case, Run, by_realm_and_entity, open_cases, pointer_key
from bridge.flows.commit import commit_rejection, fingerprints
from bridge.flows.link import tie
from bridge.flows.load import read_quickbooks
from bridge.flows.trouble import guarded
from bridge.model import (
    CrossReference,
    Fingerprints,
    Intent,
    OutcomeStatus,
    Probe,
    Record,
    System,
)
from bridge.observability import count

# How far the clocks of the bridge and of a vendor may be apart when records are looked up by the
# time of their creation.
CLOCK_SKEW = timedelta(minutes=5)


def recover_creates(run: Run, cases: Sequence[Case]) -> None:
    """Resolve creates whose worker never said what became of them; the claim has expired by now.

    The record is found by when it was made and by its marker, neither of which follows a later
    rename. Not found means never made: the case goes on as if it were new. But where a document may
    have lost its marker, nothing is sent again, and a person is asked.
    """
    open_intents = [case for case in open_cases(cases) if _create_of(case) is not None]
    for (realm, _), group in by_realm_and_entity(open_intents).items():
        mapping = group[0].mapping
        probes = [probe_of(case) for case in group]
        with guarded(run, group, realm):
            system = run.quickbooks(realm, mapping)
            found = system.find_created(mapping.shape(System.QUICKBOOKS), probes)
            for case, records in zip(group, found, strict=True):
                _take_found(run, case, records)


def made_for(run: Run, case: Case, records: Sequence[Record]) -> list[Record]:
    """Return which of the records that a look-up has found were made by a case's create, the
    oldest first.

    Those that carry our marker; where a record can carry none, those not linked that hold exactly
    what was sent, or that were edited since. Of several documents with our marker, those that are
    linked are copies.
    """
    mapping, salesforce_id = case.mapping, case.known_row.key.salesforce_id
    if mapping.is_marked:
        ours = [record for record in records if record.marker == salesforce_id]
    else:
        ours = [record for record in records if _is_as_intended(run, case, record, mapping)]
        ours = ours or [record for record in records if _is_edited_since(run, case, record)]
    if mapping.is_document or not mapping.is_marked:
        ours = _unlinked(run, case, ours)
    return sorted(ours, key=_age)


def link_created(run: Run, case: Case, records: Sequence[Record], worker: str | None) -> bool:
    """Link a record of ours that a look-up has found, and read both sides again."""
    if len(records) > 1:
        count("DuplicateCreates", len(records) - 1)
    baseline = _held(run, case, records[0], sent_values(run, case, records[0]))
    lost = _overwritten(run, case, records[0], baseline)
    if not tie(run, case, records[0], baseline, worker=worker, lost=lost):
        return False
    read_quickbooks(run, case)
    return True


def sent_values(run: Run, case: Case, record: Record) -> Fingerprints:
    """Return what a record of ours was made with, as its create intent says.

    Of a document that was sent once more with other values it is told by the record which of them
    have arrived; in doubt the last ones, and they were edited afterwards.
    """
    intent = case.known_row.intent
    sent = dict((intent.create if intent else None) or {})
    if intent is None or not intent.quickbooks:
        return sent
    seen, last = _prints(run, case, record), intent.quickbooks
    return sent | {name: each for name, each in last.items() if seen.get(name) != sent.get(name)}


def _overwritten(
    run: Run, case: Case, record: Record, sent: Fingerprints
) -> tuple[tuple[str, str], ...]:
    """Return the values still in Salesforce that a person may have replaced in QuickBooks without
    having seen them there: it is in doubt whether they had arrived, or whether the record is ours.
    """
    intent, mapping = case.known_row.intent, case.mapping
    if intent is None or case.salesforce is None:
        return ()
    doubtful = intent.quickbooks if mapping.is_document or mapping.is_marked else sent
    there, here = _prints(run, case, record), _prints(run, case, case.salesforce)
    of = case.fingerprint(run.world)
    return tuple(
        (name, sent[name])
        for name in doubtful
        if here.get(name) == sent.get(name) != there.get(name) and sent[name] != of(name, None)
    )


def _held(run: Run, case: Case, record: Record, sent: Fingerprints) -> Fingerprints:
    """Return what was sent without what a record leaves empty that has no marker: it may be a
    stranger's, who has emptied nothing.
    """
    if case.mapping.is_document or case.mapping.is_marked:
        return sent
    there, of = _prints(run, case, record), case.fingerprint(run.world)
    return {name: each for name, each in sent.items() if there.get(name) != of(name, None)}


def _prints(run: Run, case: Case, record: Record) -> Fingerprints:
    """Return the fingerprints of what a record holds; of one that cannot be mapped, none."""
    of = case.fingerprint(run.world)
    try:
        values = canonical(record, case.mapping).values
    except MappingError:
        return {}
    return fingerprints(values, values, of)


def probe_of(case: Case) -> Probe:
    """Return what is known of the record that a case's create intent was to make.

    Of a document everything of its time is asked for: one that has lost its marker has to be seen.
    """
    intent = case.row.intent if case.row is not None else case.known_pointer.intent
    if intent is None:
        raise AssertionError("a look-up without an intent")
    since = intent.at - CLOCK_SKEW
    if case.row is None:
        return Probe(since=since, external_id=case.known_pointer.key.external_id)
    asks_marker = case.mapping.is_marked and not case.mapping.is_document
    return Probe(since=since, marker=case.row.key.salesforce_id if asks_marker else "")


def is_making(row: CrossReference, record: Record) -> bool:
    """Say whether a pair's open create intent is what a marked record was made by."""
    if row.quickbooks_id is not None or row.intent is None or row.intent.create is None:
        return False
    return record.created_at is None or record.created_at >= row.intent.at - CLOCK_SKEW


def _create_of(case: Case) -> Intent | None:
    row = case.row
    if row is None or row.quickbooks_id is not None or row.intent is None:
        return None
    return row.intent if row.intent.create is not None else None


def _take_found(run: Run, case: Case, records: Sequence[Record]) -> None:
    if made := made_for(run, case, records):
        link_created(run, case, made, worker=None)
        return
    case.is_sent_again = True
    may_be_ours = case.mapping.is_document and _may_be_ours(run, case, records)
    if may_be_ours and commit_rejection(run, case, "maybe_created"):
        case.end(OutcomeStatus.CONFLICT, "maybe_created")


def _may_be_ours(run: Run, case: Case, records: Sequence[Record]) -> bool:
    """Say whether there is a document without a marker that names what ours would: one that is not
    linked, or one with the same lines, which may have been taken for a new one.
    """
    naming = tuple(each for each in case.mapping.fields if each.reference)
    alike = replace(case.mapping, fields=naming)
    unmarked = [record for record in records if record.marker is None]
    doubtful = [each for each in unmarked if _is_as_intended(run, case, each, alike)]
    has_twin = any(_has_our_lines(case, each) for each in doubtful)
    return has_twin or bool(_unlinked(run, case, doubtful))


def _has_our_lines(case: Case, record: Record) -> bool:
    """Say whether a document has the lines of our record, with what QuickBooks may have added."""
    ours, theirs = readable(case.salesforce, case.mapping), readable(record, case.mapping)
    if ours is None or theirs is None or len(ours.lines) != len(theirs.lines):
        return False
    pairs = zip(theirs.lines, ours.lines, strict=True)
    return bool(ours.lines) and all(covers(its.text, mine.text) for its, mine in pairs)


def _is_as_intended(run: Run, case: Case, record: Record, mapping: EntityMapping) -> bool:
    """Say whether a record holds what was sent, in all fields of a mapping."""
    intent = _create_of(case)
    sent = (intent.create if intent else None) or {}
    of = case.fingerprint(run.world)
    try:
        values = canonical(record, mapping).values
    except MappingError:
        return False
    return all(of(name, value) == sent.get(name) for name, value in values.items())


def _is_edited_since(run: Run, case: Case, record: Record) -> bool:
    """Say whether a record of the name that was sent is ours, with a person's edit on top.

    It would be adopted by its name in any case. But what differs was then typed after ours was
    sent, and is newer: a record that nobody has edited would hold exactly what was sent.
    """
    by_name = replace(case.mapping, fields=(case.mapping.field_named(case.mapping.match_on),))
    both = [each for each in (record, case.salesforce) if each is not None]
    has_name = all(_is_as_intended(run, case, each, by_name) for each in both)
    return has_name and record.version not in ("", "0")


def _unlinked(run: Run, case: Case, records: Sequence[Record]) -> list[Record]:
    keys = {record.id: pointer_key(case, record.id) for record in records}
    pointers = run.world.cross_references.read_pointers(list(keys.values()))
    return [record for record in records if pointers[keys[record.id]].salesforce_id is None]


def _age(record: Record) -> tuple[float, int]:
    return record.created_at.timestamp() if record.created_at else 0.0, int(record.id)
