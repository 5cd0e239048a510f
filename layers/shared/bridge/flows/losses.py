"""Losses: the values of people that a write replaces, so that each is shown to somebody."""

from bridge.core.canonical import canonical
from bridge.core.decision import Decision
from bridge.core.documents import travelling_lines
from bridge.core.lines import lines_words
from bridge.core.merge import Loss, Merge
from bridge.flows.cases import Case, Run
from bridge.model import Fingerprints, System, Value


def losses(run: Run, case: Case, decision: Decision) -> list[Loss]:
    """Return the replaced values to show: those of this merge, and those an earlier intent had
    noted.
    """
    merged = decision.merge
    if merged is None:
        return []
    replaced = list(merged.losses)
    named = {loss.field for loss in replaced}
    of = case.fingerprint(run.world)
    for name, print_ in carried(case, decision):
        if name not in named and of(name, kept := _kept(case, merged, name)) != print_:
            replaced.append(_earlier(run, case, kept, name, print_))
    return replaced


def _kept(case: Case, merged: Merge, name: str) -> Value:
    """Return the value of a field that stands; a voided document keeps what Salesforce holds."""
    if name in merged.values or case.salesforce is None:
        return merged.values[name]
    return canonical(case.salesforce, case.mapping).values[name]


def carried(case: Case, decision: Decision) -> tuple[tuple[str, str], ...]:
    """Return the lost values of earlier intents that are still to be shown, by fingerprint."""
    return tuple({**dict(case.lost), **dict(decision.lost)}.items())


def _earlier(run: Run, case: Case, kept: Value, name: str, print_: str) -> Loss:
    """Return a loss of which only the fingerprint is known, with its value if a side still holds
    it.
    """
    of = case.fingerprint(run.world)
    for record in (case.salesforce, case.quickbooks):
        if record is None:
            continue
        value = canonical(record, case.mapping).values[name]
        if of(name, value) == print_:
            told = (_worded(case, name, *each) for each in ((value, kept), (kept, value)))
            return Loss(name, record.system, *told)
    return Loss(name, System.SALESFORCE, "an earlier value", _worded(case, name, kept, None))


def _worded(case: Case, name: str, value: Value, other: Value) -> Value:
    """Return a value as people read it: of lines those that differ, in words."""
    mapped = travelling_lines(case.mapping)
    if mapped is None or mapped.name != name or mapped.lines is None:
        return value
    return lines_words(value, other, mapped.lines)


def lost_values(run: Run, case: Case, decision: Decision) -> Fingerprints:
    """Return the fingerprints of the values that a decision replaces, for the intent."""
    of = case.fingerprint(run.world)
    replaced = decision.merge.losses if decision.merge else ()
    return {loss.field: of(loss.field, _replaced(case, loss)) for loss in replaced}


def _replaced(case: Case, loss: Loss) -> Value:
    """Return what stands where a value is replaced: all lines of a document, of which any number
    may be, so that they are found again by one fingerprint.
    """
    record = case.salesforce if loss.system is System.SALESFORCE else case.quickbooks
    mapped = travelling_lines(case.mapping)
    if record is None or mapped is None or mapped.name != loss.field:
        return loss.value
    return canonical(record, case.mapping).values[loss.field]
