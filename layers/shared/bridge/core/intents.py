"""What became of a write whose worker never said: told from the two records as they are now."""

from dataclasses import dataclass, replace
from functools import partial

from bridge.core.canonical import Canonical
from bridge.core.line_pairs import APART, Pairs, Resolved, Seen, resolve_pairs
from bridge.core.merge import Fingerprint
from bridge.model import CrossReference, Fingerprints, Record

ACTIVE = "active"  # stands in an intent for the activity of a record, beside its fields

# How far QuickBooks' token is ahead of an intent's where one of them is not known: far enough for
# nothing to follow from it.
UNKNOWN = 99


@dataclass(frozen=True)
class Resolution:
    """The merge base after an intent has been resolved, and the values of people that
    it replaced; `lines` are the pairs of a document's lines, `overtaken` those of which nobody
    knows whether they were seen before they were edited.
    """

    baseline: Fingerprints
    lost: tuple[tuple[str, str], ...] = ()
    lines: Pairs = ()
    overtaken: frozenset[tuple[str, str]] = frozenset()


def resolve(
    row: CrossReference,
    salesforce: Canonical | None,
    quickbooks: Canonical | None,
    token: int | None,
    fingerprint: Fingerprint,
    lines_name: str = "",
) -> Resolution:
    """Return the merge base that fits what is seen of an intent; both sides must have been read.

    A value equal to the one sent was applied; one equal to the baseline was not. Any other value is
    a person's: in QuickBooks, a token at most one ahead of the intent's proves that ours never
    arrived. In doubt ours had arrived and was edited afterwards, so that the newer edit wins and
    ours is noted. `lines_name` is the field of lines that are told apart one by one.
    """
    intent = row.intent
    if intent is None:
        return Resolution(row.baseline or {}, lines=row.lines)
    ahead = UNKNOWN if token is None or intent.token is None else token - intent.token
    by_line = lines_name if intent.lines else ""
    known = Resolution(row.baseline or {}, intent.lost, row.lines)
    for side, sent, excluded in (
        (quickbooks, intent.quickbooks, ahead <= 1),
        (salesforce, intent.salesforce, False),
    ):
        values = side.values if side is not None else {}
        plain = {name: sent[name] for name in sent if name in values and name != by_line}
        now = {name: fingerprint(name, values[name]) for name in plain}
        known = _with_fields(known, plain, now, is_excluded=excluded)
    if not by_line:
        return known
    found = None
    if salesforce is not None and quickbooks is not None:
        of = partial(fingerprint, by_line)
        seen = Seen(salesforce.lines, quickbooks.lines, of, ahead <= 1, ahead <= 0)
        found = resolve_pairs(row.lines, intent.lines, seen)
    return _with_lines(known, found, by_line)


def _with_fields(
    known: Resolution, sent: Fingerprints, now: Fingerprints, *, is_excluded: bool
) -> Resolution:
    """Add what became of the fields that were sent to one side."""
    baseline, lost = dict(known.baseline), dict(known.lost)
    for name, value in sent.items():
        if now[name] == value:
            baseline[name] = value
        elif now[name] != baseline.get(name) and not is_excluded:
            baseline[name] = lost[name] = value
    return replace(known, baseline=baseline, lost=tuple(lost.items()))


def _with_lines(known: Resolution, found: Resolved | None, name: str) -> Resolution:
    """Add what became of the lines; without pairs a person is asked until both sides are equal."""
    if found is None:
        baseline = {each: value for each, value in known.baseline.items() if each != name}
        return Resolution(baseline, known.lost)
    baseline = {**known.baseline, name: APART}
    return Resolution(baseline, known.lost, found.pairs, found.overtaken)


def agreed_activity(
    row: CrossReference,
    *,
    known: bool,
    salesforce: bool,
    quickbooks: bool,
    token: int | None,
    fingerprint: Fingerprint,
) -> bool:
    """Return whether both records were active when they last agreed on it.

    `known` is what the row says; the others are as they are now. One that is as an open intent of
    ours asked for has followed the other one. So had a QuickBooks record that has changed twice
    since, as far as its token tells: somebody took back what we had asked for.
    """
    intent = row.intent
    if intent is None:
        return known
    if (sent := intent.quickbooks.get(ACTIVE)) is not None:
        if sent == fingerprint(ACTIVE, quickbooks):
            known = quickbooks
        elif token is not None and intent.token is not None and token > intent.token + 1:
            known = not quickbooks
    if intent.salesforce.get(ACTIVE) == fingerprint(ACTIVE, salesforce):
        known = salesforce
    return known


def has_deactivated(row: CrossReference, record: Record, fingerprint: Fingerprint) -> bool:
    """Say whether an inactive QuickBooks record is what an open intent of ours asked for."""
    if row.intent is None or record.is_active:
        return False
    return row.intent.quickbooks.get(ACTIVE) == fingerprint(ACTIVE, False)
