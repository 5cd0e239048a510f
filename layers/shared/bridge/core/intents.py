"""What became of a write whose worker never said: told from the two records as they are now."""

from dataclasses import dataclass

from bridge.core.canonical import Canonical
from bridge.core.merge import Fingerprint
from bridge.model import CrossReference, Fingerprints, Record

ACTIVE = (
    "active"  # stands in an intent for the activity of the QuickBooks record, beside its fields
)


@dataclass(frozen=True)
class Resolution:
    """The merge base after an intent has been resolved, and the values of people that
    it replaced.
    """

    baseline: Fingerprints
    lost: tuple[tuple[str, str], ...] = ()


def resolve(
    row: CrossReference,
    salesforce: Canonical | None,
    quickbooks: Canonical | None,
    token: int | None,
    fingerprint: Fingerprint,
) -> Resolution:
    """Return the merge base that fits what is seen of an intent; both sides must have been read.

    A value equal to the one sent was applied; one equal to the baseline was not. Any other value is
    a person's: in QuickBooks, a token at most one ahead of the intent's proves that ours never
    arrived. In doubt ours had arrived and was edited afterwards, so that the newer edit wins and
    ours is noted.
    """
    intent = row.intent
    if intent is None:
        return Resolution(row.baseline or {})
    baseline, lost = dict(row.baseline or {}), dict(intent.lost)
    never_arrived = token is not None and intent.token is not None and token <= intent.token + 1
    for side, sent, excluded in (
        (quickbooks, intent.quickbooks, never_arrived),
        (salesforce, intent.salesforce, False),
    ):
        for name, value in sent.items():
            if side is None or name not in side.values:
                continue
            now = fingerprint(name, side.values[name])
            if now == value:
                baseline[name] = value
            elif now != baseline.get(name) and not excluded:
                baseline[name] = value
                lost[name] = value
    return Resolution(baseline, tuple(lost.items()))


def has_deactivated(row: CrossReference, record: Record, fingerprint: Fingerprint) -> bool:
    """Say whether an inactive QuickBooks record is what an open intent of ours asked for."""
    if row.intent is None or record.is_active:
        return False
    return row.intent.quickbooks.get(ACTIVE) == fingerprint(ACTIVE, False)
