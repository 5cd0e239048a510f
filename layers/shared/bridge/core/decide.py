"""Choose what brings a pair of records into agreement."""

from dataclasses import replace

from bridge.core.canonical import Canonical, canonical, check_exclusive
from bridge.core.decision import UNLINKED, Decision, DecisionKind, Pair, is_unlinked
from bridge.core.documents import Known, merge_records, stays_as_sold
from bridge.core.endings import (
    conflict,
    has_changed,
    lines_name,
    present,
    token_of,
    tomb,
    was_edited_there,
)
from bridge.core.fingerprint import Fingerprinter
from bridge.core.intents import Resolution, agreed_activity, has_deactivated, resolve
from bridge.core.line_pairs import Pairs
from bridge.core.mapping import DeactivatePolicy, DeletePolicy, Direction, EntityMapping
from bridge.core.merge import Fingerprint, Merge
from bridge.core.parts import shifts
from bridge.core.unlinked import decide_unlinked, deferred, unlinked_reference
from bridge.model import CrossReference, PairState, Record, Value
from bridge.schemas import bare_name

# Why a QuickBooks record may be inactive without a person having wished it so: we deactivated it,
# or it was adopted while inactive.
REVIVABLE = ("salesforce_deleted", "adopted_inactive")
# Why a pair rests of which either record may be made active again.
BOTH_INACTIVE = "inactive"
REACTIVATED = "reactivated_but_salesforce_deleted"


def fingerprint_for(pair: CrossReference, fingerprinter: Fingerprinter) -> Fingerprint:
    """Return the fingerprint function of one pair."""
    subject = pair.subject or pair.key.salesforce_id

    def of(name: str, value: Value) -> str:
        return fingerprinter.of(pair.key.entity, subject, name, value)

    return of


def decide(pair: Pair, mapping: EntityMapping, fingerprinter: Fingerprinter) -> Decision:
    """Choose what brings a pair of records into agreement.

    Looks only at its arguments: the same pair always gives the same decision, so an event may be
    lost, repeated or reordered without harm.

    Raises:
        MappingError: a value cannot be converted to its canonical form.
    """
    if pair.row.quickbooks_id is None:
        return decide_unlinked(pair, mapping)
    if pair.row.state is PairState.CONFLICT and pair.row.reason == "merged_in_quickbooks":
        return conflict(pair, "merged_in_quickbooks")
    if pair.row.into is not None or is_unlinked(pair.row):
        reason = UNLINKED if pair.row.into is None else "merged_in_salesforce"
        baseline = pair.row.baseline or {}
        return Decision(DecisionKind.SKIP, reason, PairState.TOMB, baseline=baseline)
    of = fingerprint_for(pair.row, fingerprinter)
    if pair.row.key_id != fingerprinter.key_id:
        return _decide_without_key(pair, mapping, of)
    if mapping.active and (decision := _decide_activity(pair, mapping, of)):
        return decision
    ours = present(pair.salesforce)
    if ours is None:
        return _decide_deleted(pair, mapping, of)
    if stays_as_sold(pair.quickbooks, mapping):
        return _decide_voided(pair, ours, mapping, of)
    if pair.is_presumed or present(pair.quickbooks) is not None:
        return _decide_living(pair, ours, mapping, of)
    return _decide_absent(pair, ours, mapping, of)


def _decide_activity(pair: Pair, mapping: EntityMapping, of: Fingerprint) -> Decision | None:
    """One of two records that are there is inactive: the one that was switched last is followed."""
    ours, theirs = pair.salesforce, pair.quickbooks
    if ours is None or ours.is_deleted or (theirs is None and not pair.is_presumed):
        return None
    is_active = theirs is None or theirs.is_active
    if ours.is_active is is_active:
        return None if is_active else tomb(pair, BOTH_INACTIVE, mapping, of)
    row = pair.row
    was_retired = row.state is PairState.TOMB and row.reason in (*REVIVABLE, BOTH_INACTIVE)
    was_active = agreed_activity(
        row,
        known=not was_retired and row.reason != REACTIVATED,
        salesforce=ours.is_active,
        quickbooks=is_active,
        token=token_of(pair),
        fingerprint=of,
    )
    if is_active:
        if not was_active:
            woken = _decide_living(pair, ours, mapping, of, activity=True)
            return replace(woken, activity=None, salesforce_activity=woken.activity)
        return _decide_retired(pair, mapping, of)
    if not was_active and mapping.on_delete is DeletePolicy.DEACTIVATE:
        return _decide_living(pair, ours, mapping, of, activity=True)
    left = _decide_absent(pair, ours, mapping, of)
    if left.kind is not DecisionKind.SKIP:
        return left
    shown = replace(left, kind=DecisionKind.DEACTIVATE, reason=BOTH_INACTIVE)
    return replace(shown, salesforce_activity=False)


def _decide_retired(pair: Pair, mapping: EntityMapping, of: Fingerprint) -> Decision:
    """A person made the Salesforce record inactive: the entity's policy, unless QuickBooks was
    edited.
    """
    if mapping.on_delete is not DeletePolicy.DEACTIVATE:
        return tomb(pair, "salesforce_inactive", mapping, of)
    if was_edited_there(pair, mapping, of):
        return conflict(pair, "edited_but_salesforce_inactive")
    left = tomb(pair, BOTH_INACTIVE, mapping, of)
    return replace(left, kind=DecisionKind.DEACTIVATE, activity=False)


def _decide_living(
    pair: Pair, ours: Record, mapping: EntityMapping, of: Fingerprint, activity: bool | None = None
) -> Decision:
    """Both records live: the three-way merge, whatever the row's state was before."""
    mine = canonical(ours, mapping)
    theirs = _theirs(pair, mapping, of)
    resolved = resolve(pair.row, mine, theirs, token_of(pair), of, lines_name(mapping))
    shifted = shifts(pair.row, ours, mine, theirs, mapping)
    known = Known(resolved.baseline, resolved.lines, resolved.overtaken)
    merged = merge_records(mine, theirs, known, mapping, of, shifted)
    check_exclusive(merged.values, mapping)
    if name := unlinked_reference(merged.values, mapping, pair.unlinked, merged.written):
        waiting = deferred(name, pair.row, is_circular=pair.is_circular)
        return _held(waiting, merged.without(name), mapping, resolved, activity)
    kind, reason = DecisionKind.UPDATE, ""
    if merged.is_settled and activity is None:
        kind = DecisionKind.CONFLICT if merged.open else DecisionKind.SKIP
        reason = merged.open_reason
    if mapping.is_kept:
        kind = DecisionKind.SKIP if kind is DecisionKind.CONFLICT else kind
        reason = merged.open_reason if mapping.takes_part(ours) else "condition_lost"
    return Decision(
        kind=kind,
        reason=reason,
        merge=merged,
        baseline=merged.baseline,
        lost=resolved.lost,
        activity=activity,
        field=merged.open[0] if merged.open else "",
        lines=_agreed_lines(merged, resolved),
    )


def _held(
    waiting: Decision,
    rest: Merge,
    mapping: EntityMapping,
    resolved: Resolution,
    activity: bool | None,
) -> Decision:
    """One field waits for a record that is not linked; all else travels meanwhile, unless it is a
    document: that waits as a whole.
    """
    if mapping.is_document or (rest.is_settled and activity is None):
        return waiting
    return replace(
        waiting,
        kind=DecisionKind.UPDATE,
        state=PairState.LINKED,
        merge=rest,
        baseline=rest.baseline,
        lost=resolved.lost,
        activity=activity,
        keeps_row=False,
    )


def _agreed_lines(merged: Merge, resolved: Resolution) -> Pairs:
    if merged.lines is None or merged.lines.is_open:
        return resolved.lines
    return merged.lines.pairs


def _theirs(pair: Pair, mapping: EntityMapping, of: Fingerprint) -> Canonical | None:
    """Return QuickBooks' values with the name on which both had agreed, where QuickBooks has only
    added the mark of inactive records: it may leave it there when they become active again.
    """
    if pair.quickbooks is None:
        return None
    theirs, row = canonical(pair.quickbooks, mapping), pair.row
    names = [each.name for each in mapping.fields if each.convert == "name"]
    bare = {name: bare_name(str(theirs.values[name])) for name in names if theirs.values[name]}
    agreed = row.baseline or {}
    kept = {name: value for name, value in bare.items() if of(name, value) == agreed.get(name)}
    return replace(theirs, values={**theirs.values, **kept})


def _decide_voided(pair: Pair, ours: Record, mapping: EntityMapping, of: Fingerprint) -> Decision:
    """The document was voided in QuickBooks: what had been sold stays to be read in Salesforce, and
    nothing is sent; what only comes from QuickBooks still comes.
    """
    arriving = [each for each in mapping.fields if each.direction is Direction.TO_SALESFORCE]
    known = replace(mapping, fields=tuple(each for each in arriving if each.lines is None))
    decision = _decide_living(pair, ours, known, of)
    if has_changed(canonical(ours, mapping), pair.row, mapping, of):
        reason = "edited_but_quickbooks_voided"
        return replace(decision, kind=DecisionKind.CONFLICT, reason=reason)
    return replace(decision, reason="quickbooks_voided")


def _decide_absent(pair: Pair, ours: Record, mapping: EntityMapping, of: Fingerprint) -> Decision:
    """The QuickBooks record is inactive or gone, the Salesforce record lives."""
    if pair.quickbooks is not None:
        was_ours = pair.row.state is PairState.TOMB and pair.row.reason in REVIVABLE
        if was_ours or has_deactivated(pair.row, pair.quickbooks, of):
            return _decide_living(pair, ours, mapping, of, activity=True)
    reason = "quickbooks_inactive" if pair.quickbooks is not None else "quickbooks_gone"
    mine = canonical(ours, mapping)
    is_kept = pair.quickbooks is not None and mapping.on_deactivate is DeactivatePolicy.KEEP
    if not is_kept and has_changed(mine, pair.row, mapping, of):
        left = conflict(pair, f"edited_but_{reason}")
    else:
        left = tomb(pair, reason, mapping, of)
    return left if pair.quickbooks is not None else _with_gone(left, mine, pair, mapping)


def _with_gone(left: Decision, mine: Canonical, pair: Pair, mapping: EntityMapping) -> Decision:
    """Add to a decision about a deleted QuickBooks record what Salesforce shall show of it."""
    told = [each for each in mapping.fields if each.gone is not None]
    shown = {each.name: None if each.gone == "" else each.gone for each in told}
    stale = tuple(name for name, value in shown.items() if mine.values[name] != value)
    if not stale or (left.keeps_row and pair.row.intent is not None):
        return left
    base = left.baseline
    gone = Merge({**mine.values, **shown}, stale, (), (), (), base, {})
    kind = DecisionKind.UPDATE if left.kind is DecisionKind.SKIP else left.kind
    return replace(left, kind=kind, merge=gone)


def _decide_deleted(pair: Pair, mapping: EntityMapping, of: Fingerprint) -> Decision:
    """The Salesforce record is deleted: the entity's policy, unless QuickBooks was edited."""
    if not pair.is_presumed and present(pair.quickbooks) is None:
        return tomb(pair, _why_absent(pair, of), mapping, of)
    if mapping.on_delete is DeletePolicy.UNLINK:
        return tomb(pair, UNLINKED, mapping, of)
    if mapping.on_delete is DeletePolicy.KEEP:
        return tomb(pair, "salesforce_deleted", mapping, of)
    was_settled = pair.row.state is PairState.TOMB or pair.row.reason == REACTIVATED
    if was_settled and pair.row.intent is None:
        return conflict(pair, REACTIVATED)
    if was_edited_there(pair, mapping, of):
        return conflict(pair, "edited_but_salesforce_deleted")
    left = tomb(pair, "salesforce_deleted", mapping, of)
    return replace(left, kind=DecisionKind.DEACTIVATE, lines=None, activity=False)


def _why_absent(pair: Pair, of: Fingerprint) -> str:
    """Say why the QuickBooks record of a deleted Salesforce record is absent.

    What came first counts: what a person made inactive does not come back with an undeletion.
    """
    row, record = pair.row, pair.quickbooks
    if record is None:
        return "quickbooks_gone"
    if row.state is PairState.TOMB and row.reason:
        return row.reason
    return "salesforce_deleted" if has_deactivated(row, record, of) else "quickbooks_inactive"


def _decide_without_key(pair: Pair, mapping: EntityMapping, of: Fingerprint) -> Decision:
    """The row's fingerprints cannot be read: equal records get new ones, different ones
    a person.
    """
    ours, theirs = present(pair.salesforce), present(pair.quickbooks)
    if ours and theirs:
        mine, other = canonical(ours, mapping), canonical(theirs, mapping)
        if mine.values == other.values:
            merged = merge_records(mine, other, Known({}), mapping, of)
            lines = merged.lines.pairs if merged.lines else None
            return Decision(DecisionKind.SKIP, merge=merged, baseline=merged.baseline, lines=lines)
    return conflict(pair, "fingerprint_key_missing")
