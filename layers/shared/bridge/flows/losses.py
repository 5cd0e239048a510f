"""Losses: the values of people that a write replaces, so that each is shown to somebody."""

from bridge.core.canonical import canonical
from bridge.core.decision import Decision
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
            return Loss(name, record.system, value, kept)
    return Loss(name, System.SALESFORCE, "an earlier value", kept)


def lost_values(run: Run, case: Case, decision: Decision) -> Fingerprints:
    """Return the fingerprints of the values that a decision replaces, for the intent."""
    of = case.fingerprint(run.world)
    replaced = decision.merge.losses if decision.merge else ()
    return {loss.field: of(loss.field, loss.value) for loss in replaced}
