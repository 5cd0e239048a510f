"""Documents: the pairs of their lines, from the link on and through every write."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from bridge.core.canonical import Canonical, canonical
from bridge.core.documents import travelling_lines
from bridge.core.line_pairs import APART, Pairs, completed, folded, paired, planned, settled
from bridge.core.lines import Line
from bridge.core.mapping import EntityMapping
from bridge.core.merge import Merge
from bridge.core.own_lines import needs_lines
from bridge.errors import MappingError
from bridge.flows.cases import Case, Run
from bridge.model import (
    Fate,
    Fingerprints,
    LinePair,
    Record,
    System,
    Write,
    WriteKind,
    WriteResult,
)


def made_pairs(run: Run, case: Case, baseline: Fingerprints) -> Pairs:
    """Return the pairs of a document and of what QuickBooks has just made of it: it answers the
    lines in the order in which they were sent.
    """
    mapped = travelling_lines(case.mapping)
    ours, theirs = _read(case.salesforce, case), _read(case.quickbooks, case)
    if mapped is None or ours is None or theirs is None:
        return ()
    of = partial(case.fingerprint(run.world), mapped.name)
    is_sent = of(ours.values[mapped.name]) == baseline.get(mapped.name)
    if not is_sent or len(ours.lines) != len(theirs.lines):
        return ()
    return paired(ours.lines, theirs.lines, of)


def born_pairs(run: Run, case: Case, line_ids: Sequence[str]) -> Pairs:
    """Return the pairs of a QuickBooks document and the Salesforce lines just made for it."""
    mapped = travelling_lines(case.mapping)
    theirs = _read(case.quickbooks, case)
    if mapped is None or theirs is None:
        return ()
    first = theirs.lines[: len(line_ids)]
    made = [Line(each, line.text) for each, line in zip(line_ids, first, strict=True)]
    return paired(made, first, partial(case.fingerprint(run.world), mapped.name))


def has_all_lines(case: Case, made: int) -> bool:
    """Say whether so many lines are all that a QuickBooks document has, where they travel."""
    theirs = _read(case.quickbooks, case)
    return travelling_lines(case.mapping) is None or theirs is None or made >= len(theirs.lines)


def must_be_read(merged: Merge, mapping: EntityMapping) -> bool:
    """Say whether QuickBooks has to be read before a merge with what it is presumed to hold counts.

    A person is asked only about what has been seen on both sides; and a line that holds more than
    is mapped, or stands for a field of the document, would be lost, for lines are written whole.
    """
    lines = merged.lines
    is_losing = lines is not None and System.QUICKBOOKS in lines.to
    name = mapping.lines.name if mapping.lines else ""
    has_own = needs_lines(merged.values, merged.to_quickbooks, name, mapping)
    return (
        has_own
        or bool(merged.open)
        or bool(is_losing and lines and any(each.has_more for each in lines.lines))
    )


def plan_lines(run: Run, case: Case) -> Pairs:
    """Return how the lines will stand when what is decided has been written."""
    mapped, merged = travelling_lines(case.mapping), case.known_decision.merge
    if mapped is None or merged is None or merged.lines is None or not merged.lines.to:
        return ()
    return planned(merged.lines, partial(case.fingerprint(run.world), mapped.name))


def fold_salesforce_lines(
    run: Run, case: Case, write: Write, results: Sequence[WriteResult]
) -> None:
    """Take over which lines were written to Salesforce; the lines of a document agree as a whole
    when nothing of them is left to be written.
    """
    mapped, merged = travelling_lines(case.mapping), case.known_decision.merge
    if mapped is None or merged is None or mapped.name not in merged.to_salesforce:
        return
    each_done = [
        (part, result)
        for part, result in zip(write.parts, results, strict=False)
        if part.object == mapped.salesforce
    ]
    case.plan = _with_made(case.plan, each_done)
    done = {result.record_id for _, result in each_done if result.fate is Fate.DONE}
    sent = [each for each in case.plan if each.target is System.SALESFORCE]
    lines = folded(case.known_row.lines, [each for each in sent if each.salesforce_id in done])
    is_all = all(result.fate is Fate.DONE for _, result in each_done)
    if is_all and mapped.name not in merged.to_quickbooks:
        _settle(run, case, merged, settled(case.plan))
    else:
        _keep(case, lines, APART)


def fold_quickbooks_lines(run: Run, case: Case) -> None:
    """Take over the lines that QuickBooks answers; with another number of them than were sent
    nothing is known of their pairs, and both sides have to be equal first.
    """
    mapped, merged = travelling_lines(case.mapping), case.known_decision.merge
    if mapped is None or merged is None or mapped.name not in merged.to_quickbooks:
        return
    theirs = _read(case.quickbooks, case)
    plan = completed(case.plan, theirs.lines) if theirs else None
    _settle(run, case, merged, settled(plan) if plan else ())


def _settle(run: Run, case: Case, merged: Merge, lines: Pairs) -> None:
    mapped = travelling_lines(case.mapping)
    name = mapped.name if mapped else ""
    _keep(case, lines, case.fingerprint(run.world)(name, merged.values[name]))


def _keep(case: Case, lines: Pairs, whole: str) -> None:
    mapped = travelling_lines(case.mapping)
    name = mapped.name if mapped else ""
    baseline = {**(case.known_row.baseline or {}), name: whole}
    case.row = replace(case.known_row, lines=lines, baseline=baseline)


def _with_made(plan: Pairs, done: Sequence[tuple[Write, WriteResult]]) -> Pairs:
    """Return a plan with the ids of the lines that were made; they were sent in its order."""
    made = iter([result for part, result in done if part.kind is WriteKind.CREATE])
    return tuple(_made(each, made) for each in plan)


def _made(pair: LinePair, made: Iterator[WriteResult]) -> LinePair:
    if pair.target is not System.SALESFORCE or pair.salesforce_id:
        return pair
    result = next(made)
    return replace(pair, salesforce_id=result.record_id or "") if result.fate is Fate.DONE else pair


def _read(record: Record | None, case: Case) -> Canonical | None:
    try:
        return canonical(record, case.mapping) if record else None
    except MappingError:
        return None
