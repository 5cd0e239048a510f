"""Defects around the rows: revisions, claims, intents, and the two rows of a link."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bridge.core import intents
from bridge.core.decision import Decision
from bridge.core.intents import Resolution
from bridge.flows import commit, create, update
from bridge.flows.cases import Case, Run
from bridge.model import (
    CrossReference,
    Fingerprints,
    Intent,
    LinkFate,
    Pointer,
)
from tests.fakes import MemoryCrossReferences, Row
from tests.simulation.io import Stepping
from tests.simulation.planting import Planting, added, everywhere, swapped, together


def revisions_ignored() -> Planting:
    """A decision is stored whatever has been decided since its row was read."""
    usual = MemoryCrossReferences.commit

    def store(self: MemoryCrossReferences, row: Row, now: datetime) -> bool:
        stored = self.rows.get(row.key)
        if stored is None or not stored.is_free(now):
            return usual(self, row, now)
        self._store(row)
        return True

    return swapped(MemoryCrossReferences, "commit", store)


def rows_linked_apart() -> Planting:
    """A link stores the pair first, and the pointer in a second call."""

    def link(
        self: Stepping, pair: CrossReference, pointer: Pointer, worker: str | None, now: datetime
    ) -> LinkFate:
        rows: MemoryCrossReferences = self.port
        fate = MemoryCrossReferences(dict(rows.rows)).link(pair, pointer, worker, now)
        if fate is LinkFate.LINKED:
            self.steps.take()
            rows._store(pair)
            self.steps.take()
            rows._store(pointer)
        return fate

    return added(Stepping, "link", link)


def claims_ignored() -> Planting:
    """Nobody minds a claim that stands."""

    def is_free(self: Row, now: datetime) -> bool:
        return True

    return together(
        swapped(CrossReference, "is_free", is_free), swapped(Pointer, "is_free", is_free)
    )


def claims_too_short() -> Planting:
    """A claim ends before the last request of its worker can have landed."""
    return everywhere(commit.CLAIM_LIFE, timedelta(seconds=22))


def claims_not_checked() -> Planting:
    """Whoever has lost a claim records all the same."""

    def record(self: MemoryCrossReferences, row: Row, worker: str) -> bool:
        self._store(row)
        return True

    return swapped(MemoryCrossReferences, "record", record)


def claims_of_a_moment() -> Planting:
    """A claim ends while its worker is still busy."""
    return everywhere(commit.CLAIM_LIFE, timedelta(seconds=5))


def late_results_recorded() -> Planting:
    """A claim ends while its worker is busy, and whoever has lost it records all the same."""
    return together(claims_of_a_moment(), claims_not_checked())


def claims_given_back() -> Planting:
    """After an unknown outcome the claim is given back; the intent stays."""

    def leave_unknown(run: Run, case: Case) -> None:
        rows = run.world.cross_references
        if case.row is not None:
            stored: Any = rows.read_pairs([case.row.key])[case.row.key]
        else:
            key = case.known_pointer.key
            stored = rows.read_pointers([key])[key]
        rows.record(replace(stored, owner=None, until=None), run.worker)
        case.wait("outcome_unknown", 1.0)

    return everywhere(commit.leave_unknown, leave_unknown)


def creates_not_intended() -> Planting:
    """The claim before a create is stored without its intent."""
    return swapped(create, "commit_claim", _without_intent(commit.commit_claim))


def updates_not_intended() -> Planting:
    """The claim before an update is stored without its intent."""
    intend = commit.replace_intent

    def replace_intent(run: Run, case: Case, intent: Intent, baseline: Fingerprints) -> bool:
        nothing: Any = None
        is_stored = intend(run, case, nothing, baseline)
        case.row = replace(case.known_row, intent=intent)
        return is_stored

    return together(
        swapped(update, "commit_claim", _without_intent(commit.commit_claim)),
        swapped(update, "replace_intent", replace_intent),
    )


def _without_intent(
    claim: Callable[[Run, Case, CrossReference], bool],
) -> Callable[[Run, Case, CrossReference], bool]:
    def commit_claim(run: Run, case: Case, row: CrossReference) -> bool:
        is_stored = claim(run, case, replace(row, intent=None))
        case.row = replace(case.known_row, intent=row.intent)
        return is_stored

    return commit_claim


def intents_not_resolved() -> Planting:
    """An open intent is dropped unread."""

    def resolve(row: CrossReference, *_: Any) -> Resolution:
        return Resolution(row.baseline or {}, row.intent.lost if row.intent else ())

    return everywhere(intents.resolve, resolve)


def edits_take_our_place() -> Planting:
    """A value that is neither what we sent nor what was there means: ours never arrived."""
    usual = intents.resolve

    def resolve(row: CrossReference, *read: Any) -> Resolution:
        found = usual(row, *read)
        if row.intent is None:
            return found
        doubted = dict(found.lost).keys() - dict(row.intent.lost).keys()
        before = row.baseline or {}
        base = {name: print_ for name, print_ in found.baseline.items() if name not in doubted}
        base |= {name: before[name] for name in doubted if name in before}
        return Resolution(base, row.intent.lost)

    return everywhere(intents.resolve, resolve)


def losses_forgotten() -> Planting:
    """A value that an earlier intent was to show is not carried on."""
    usual = intents.resolve

    def resolve(row: CrossReference, *read: Any) -> Resolution:
        found = usual(row, *read)
        owed = row.intent.lost if row.intent else ()
        return Resolution(found.baseline, tuple(each for each in found.lost if each not in owed))

    return everywhere(intents.resolve, resolve)


def replaced_values_forgotten() -> Planting:
    """The claim does not hold what a first write of a field is about to replace."""
    return swapped(Decision, "base_of_writes", property(lambda self: self.baseline))


def nothing_not_written() -> Planting:
    """A decision to do nothing is not committed where it leaves the row as it is."""
    usual = commit.commit_nothing

    def commit_nothing(run: Run, case: Case, decision: Decision) -> bool:
        row = case.known_row
        is_same = row.state is decision.state and dict(row.baseline or {}) == decision.baseline
        if row.quickbooks_id and row.intent is None and is_same and not decision.keeps_row:
            return True
        return usual(run, case, decision)

    return everywhere(commit.commit_nothing, commit_nothing)


def tombs_with_token() -> Planting:
    """A pair that has lost one of its records keeps the token of the other."""
    settle = commit._settled

    def settled(run: Run, case: Case, decision: Decision, baseline: Fingerprints) -> CrossReference:
        row = settle(run, case, decision, baseline)
        if row.token is None and case.quickbooks is not None and not case.is_presumed:
            return replace(row, token=int(case.quickbooks.version))
        return row

    return swapped(commit, "_settled", settled)


def always_complete() -> Planting:
    """A token is kept whether or not the record at that token equals the merge base."""

    def complete_token(record: Any, *_: Any) -> int | None:
        return int(record.version) if record is not None and record.is_present else None

    return everywhere(commit.complete_token, complete_token)
