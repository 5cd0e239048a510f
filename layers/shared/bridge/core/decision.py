"""Decisions as data: the pair that is looked at, and what shall be done about it."""

from dataclasses import dataclass, field
from enum import StrEnum

from bridge.core.merge import Merge
from bridge.model import CrossReference, Fingerprints, LinePair, PairState, Record


class DecisionKind(StrEnum):
    """What a decision does."""

    CREATE = "create"
    ADOPT = "adopt"
    UPDATE = "update"
    DEACTIVATE = "deactivate"
    SKIP = "skip"
    DEFER = "defer"
    CONFLICT = "conflict"


# Why a pair is a tomb whose records have parted for good.
UNLINKED = "unlinked"


def is_unlinked(row: CrossReference) -> bool:
    """Say whether the two records have parted for good; the row stays, so that nothing is made
    again.
    """
    return row.state is PairState.TOMB and row.reason == UNLINKED


@dataclass(frozen=True)
class Match:
    """A record that may be the counterpart of an unlinked one.

    `linked_to` is the record that it belongs to already; `is_certain` says that it was found by our
    own external id and not by its name.
    """

    record: Record
    linked_to: str | None = None
    is_certain: bool = False


@dataclass(frozen=True)
class Pair:
    """The two records that stand for one thing, as read now, and their cross-reference.

    With `is_presumed` the QuickBooks record was not read: it is as the baseline, or the write will
    be refused. `matches` are looked at only while the pair is not linked. `unlinked` are Salesforce
    ids that the Salesforce record names and whose records are not linked; with `is_circular` these
    lead back to it.
    """

    row: CrossReference
    salesforce: Record | None
    quickbooks: Record | None = None
    is_presumed: bool = False
    matches: tuple[Match, ...] = ()
    unlinked: frozenset[str] = frozenset()
    is_circular: bool = False


@dataclass(frozen=True)
class Decision:
    """A decision as data: what to write, and how the cross-reference stands afterwards.

    `keeps_row` leaves baseline and intent as they are; `activity` is the Active flag to be written
    to QuickBooks, `salesforce_activity` the one to be written to Salesforce; `lost` names values of
    people, by fingerprint, that are still to be shown to somebody; `lines` are the pairs of a
    document's lines, None where they stay as they are.
    """

    kind: DecisionKind
    reason: str = ""
    state: PairState = PairState.LINKED
    merge: Merge | None = None
    baseline: Fingerprints = field(default_factory=dict)
    lost: tuple[tuple[str, str], ...] = ()
    activity: bool | None = None
    salesforce_activity: bool | None = None
    match: Match | None = None
    keeps_row: bool = False
    field: str = ""
    lines: tuple[LinePair, ...] | None = None

    @property
    def has_writes(self) -> bool:
        """Say whether a system is to be written."""
        has_flag = self.activity is not None or self.salesforce_activity is not None
        return has_flag or (self.merge is not None and not self.merge.is_settled)

    @property
    def writes_quickbooks(self) -> bool:
        """Say whether QuickBooks is to be written."""
        return self.activity is not None or bool(self.merge and self.merge.to_quickbooks)

    @property
    def base_of_writes(self) -> Fingerprints:
        """Return the merge base to be stored with the intent, before anything is written."""
        return {**(self.merge.before if self.merge else {}), **self.baseline}

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the names of the fields that are written or open."""
        if self.merge is None:
            return (self.field,) if self.field else ()
        return (*self.merge.to_salesforce, *self.merge.to_quickbooks, *self.merge.open)
