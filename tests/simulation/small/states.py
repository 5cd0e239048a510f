"""The state of a small scene as a value: what is equal in it goes on in the same way."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bridge.model import CrossReference, Pointer
from tests.simulation.small.stage import START, Stage

_OF_ACCOUNTS = (
    "Name",
    "Phone",
    "Fax",
    "IsDeleted",
    "QuickBooks_Id__c",
    "QuickBooks_Sync_Status__c",
    "QuickBooks_Sync_Message__c",
)
_OF_CUSTOMERS = ("DisplayName", "PrimaryPhone", "Fax", "Active", "Notes", "SyncToken")


def under_way(stage: Stage, has_acted: bool) -> object:
    """Return the state while workers are under way, each with all that it has heard."""
    turns = stage.turns
    workers = sorted(
        (each.name, each.message, each.heard, each.step, each.wakes_at, each.has_just_written)
        for each in turns.workers.values()
    )
    # Which of two messages was put first does not matter.
    lane = sorted((e.told, e.due, e.receives, e.holder) for e in stage.lane.parcels)
    return (
        (turns.at - START).total_seconds(),
        has_acted,
        bool(turns.may_fail),
        sorted(stage.begun),
        workers,
        lane,
        [at for at, _ in stage.late],
        sorted(stage.told(row) for row in stage.rows.rows.values()),
        _records(stage, ("LastModifiedDate",), ("MetaData",)),
        _ledger(stage),
    )


def at_rest(stage: Stage) -> object:
    """Return the state when nobody is under way: revisions, names of workers and times of day have
    lost their meaning, spans of time have not.
    """
    now = stage.turns.at
    lane = sorted(
        (
            each.change.record_id,
            each.change.kind,
            each.change.attempt,
            each.receives,
            each.due - now,
        )
        for each in stage.lane.parcels
    )
    return (
        lane,
        [at - now for at, _ in stage.late],
        sorted(repr(_settled(row, stage)) for row in stage.rows.rows.values()),
        _records(stage, (), ()),
        _ledger(stage),
    )


def _settled(row: CrossReference | Pointer, stage: Stage) -> object:
    until = None if row.is_free(stage.turns.at) or not row.until else row.until - stage.turns.at
    intent = row.intent and replace(row.intent, id="", at=START)
    return replace(row, revision=0, owner=None, until=None, intent=intent), until


def _records(stage: Stage, also_ours: tuple[str, ...], also_theirs: tuple[str, ...]) -> object:
    return (
        [
            (each["Id"], _picked(each, _OF_ACCOUNTS + also_ours))
            for each in stage.accounts().values()
        ],
        [(each["Id"], _picked(each, _OF_CUSTOMERS + also_theirs)) for each in stage.customers()],
    )


def _picked(row: Mapping[str, Any], names: tuple[str, ...]) -> list[Any]:
    return [row.get(name) for name in names]


def _ledger(stage: Stage) -> object:
    before = sorted((number, sorted(seen)) for number, seen in stage.ledger.before.items() if seen)
    return before, sorted(stage.ledger.dropped), sorted(stage.ledger.made.items())
