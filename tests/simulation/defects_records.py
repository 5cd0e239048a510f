"""Defects around reading, deciding and writing the records themselves."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from bridge.core import decide, endings, messages, parts
from bridge.core.decision import Decision, Pair
from bridge.core.mapping import DeletePolicy, EntityMapping
from bridge.core.messages import Shown
from bridge.errors import UnavailableError
from bridge.flows import cases, commit, load, merges, report, trouble, update, writes
from bridge.flows.cases import Case, Run
from bridge.model import (
    Fate,
    Record,
    Shape,
    Write,
    WriteKind,
    WriteResult,
)
from bridge.quickbooks.calls import Answer, Call, Calls
from bridge.quickbooks.client import QuickBooksClient
from bridge.salesforce import records as salesforce_records
from tests.simulation.planting import Planting, everywhere, swapped, together

HasTime = Callable[[], bool]


def newest_token() -> Planting:
    """An update bears the SyncToken of this moment, not that of what was decided on."""
    send = QuickBooksClient.write

    def write(
        self: QuickBooksClient, changes: Sequence[Write], has_time: HasTime = lambda: True
    ) -> Sequence[WriteResult]:
        return send(self, [_with_newest(self, each) for each in changes], has_time)

    return swapped(QuickBooksClient, "write", write)


def _with_newest(client: QuickBooksClient, write: Write) -> Write:
    if write.kind is WriteKind.CREATE:
        return write
    record = client.read(Shape(write.object, ()), str(write.record_id))
    return replace(write, version=record.version) if record else write


def presumed_without_token() -> Planting:
    """QuickBooks is presumed to be as the merge base though no token says so."""
    ask = load._asks_quickbooks

    def asks_quickbooks(run: Run, case: Case) -> bool:
        row = case.row
        if row is None or row.quickbooks_id is None:
            return ask(run, case)
        return case.quickbooks_asked or row.intent is not None

    return swapped(load, "_asks_quickbooks", asks_quickbooks)


def presumed_and_overwritten() -> Planting:
    """QuickBooks is presumed though no token says so, and written with that of this moment."""
    return together(presumed_without_token(), newest_token())


def unconditional() -> Planting:
    """An update of a Salesforce record bears no condition."""
    build = writes.salesforce_update

    def salesforce_update(case: Case) -> Write:
        write = build(case)
        bare = tuple(replace(part, version=None) for part in write.parts)
        return replace(write, version=None, parts=bare)

    return everywhere(build, salesforce_update)


def never_restless() -> Planting:
    """A read of the second of the last change is good enough for a conditional write."""
    return everywhere(salesforce_records.is_quiet, lambda *_: True)


def seen_ignored() -> Planting:
    """A queried row is believed though a higher token has been seen."""
    judge = load._is_stale

    def is_stale(case: Case) -> bool:
        row = replace(case.row, seen=None) if case.row else None
        pointer = replace(case.pointer, seen=None) if case.pointer else None
        return judge(replace(case, row=row, pointer=pointer))

    return swapped(load, "_is_stale", is_stale)


def event_time_ignored() -> Planting:
    """A queried row is believed though it is older than the event."""
    return swapped(load, "_is_before", lambda *_: False)


def shown_late() -> Planting:
    """The value that lost a conflict is shown when all is done, not in the same request."""
    build = writes.salesforce_update

    def salesforce_update(case: Case) -> Write:
        write = build(case)
        own = {name: value for name, value in write.own_fields.items() if name != "message"}
        return replace(write, own_fields=own)

    return everywhere(build, salesforce_update)


def base_not_moved() -> Planting:
    """What has been sent does not become the merge base."""
    return swapped(update, "_fold_values", lambda *_: None)


def unknown_is_failed() -> Planting:
    """A call that was not answered counts as one that was not made."""
    make = Calls.make

    def make_surely(self: Calls, call: Call) -> Answer:
        answer = make(self, call)
        is_unknown = answer.fate is Fate.UNKNOWN
        return replace(answer, fate=Fate.NOT_SENT) if is_unknown else answer

    return swapped(Calls, "make", make_surely)


def faults_read_as_empty() -> Planting:
    """An answer that is a fault, or none at all, reads as: there is no such record."""
    read = QuickBooksClient.read

    def read_surely(self: QuickBooksClient, shape: Shape, record_id: str) -> Record | None:
        with suppress(UnavailableError):
            return read(self, shape, record_id)
        return None

    return swapped(QuickBooksClient, "read", read_surely)


def intents_lost_with_tombs() -> Planting:
    """A pair that loses a record drops its open intent unresolved."""
    bury = endings.tomb

    def tomb(pair: Pair, *rest: Any) -> Decision:
        return bury(replace(pair, row=replace(pair.row, intent=None)), *rest)

    return swapped(decide, "tomb", tomb)


def merges_not_followed() -> Planting:
    """The cross-reference of a record that was merged away stays where it was."""
    return everywhere(merges.follow_merges, lambda *_: None)


def companies_overwrite() -> Planting:
    """What one company has to say takes the place of what the others have said."""

    def problems(shown: Shown, *_: Any) -> list[str]:
        return [shown.message] if shown.message else []

    return together(
        swapped(messages, "_problems", problems),
        swapped(messages, "_gravest", lambda shown, _: shown.status.value),
    )


def problems_not_shown() -> Planting:
    """What waits for a person is kept with the outcomes, and not written on the record."""
    show = report._shown

    def shown(case: Case) -> Shown | None:
        is_open = case.ending is not None and case.ending.status in report.STATUS_OF
        return None if is_open else show(case)

    return swapped(report, "_shown", shown)


def companies_confused() -> Planting:
    """What is to be done for several companies is done in the first one."""

    def by_entity(given: Sequence[Case]) -> dict[tuple[str, str], list[Case]]:
        given = list(given)
        groups: dict[tuple[str, str], list[Case]] = {}
        for case in given:
            groups.setdefault((given[0].realm, case.mapping.entity), []).append(case)
        return groups

    return everywhere(cases.by_realm_and_entity, by_entity)


def contacts_taken_for_one() -> Planting:
    """A contact that is made the primary one counts as the one before, edited."""
    return everywhere(parts.shifts, lambda *_: parts.Shifts())


def contacts_never_known() -> Planting:
    """The contact whose values were agreed on stays the first one."""
    usual = commit.known_parts

    def known_parts(case: Case, *rest: Any) -> Mapping[str, str]:
        return {**usual(case, *rest), **case.known_row.parts}

    return everywhere(usual, known_parts)


def purges_not_held() -> Planting:
    """Whatever is deleted is made inactive, however much it is."""
    return everywhere(trouble.hold_mass_deletion, lambda *_: None)


def parted_and_retired() -> Planting:
    """What a deleted record parts from is made inactive all the same."""
    settle = decide._decide_deleted

    def decide_deleted(
        pair: Pair, mapping: EntityMapping, of: Callable[[str, Any], str]
    ) -> Decision:
        return settle(pair, replace(mapping, on_delete=DeletePolicy.DEACTIVATE), of)

    return swapped(decide, "_decide_deleted", decide_deleted)


def parted_and_joined() -> Planting:
    """A record that has parted and comes back goes on as if nothing had been."""
    return swapped(decide, "is_unlinked", lambda _: False)
