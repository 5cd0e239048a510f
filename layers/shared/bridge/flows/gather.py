"""Gather: from change events to cases, one per pair, with their rows."""

from collections.abc import Sequence

from bridge.core.mapping import EntityMapping
from bridge.flows.cases import Case, Run
from bridge.flows.trouble import guarded, wait_for_claim
from bridge.model import (
    ChangeEvent,
    ChangeKind,
    Message,
    OutcomeStatus,
    PairKey,
    Pointer,
    PointerKey,
    System,
)

Target = tuple[Message, ChangeEvent, PairKey | PointerKey]


def gather(run: Run, messages: Sequence[Message]) -> list[Case]:
    """Return the cases that the messages lead to; those that must wait or have nothing to do are
    closed.

    A QuickBooks change is looked up by its pointer; a Salesforce change under every connected realm
    and every entity that its object maps to. Events of one pair become one case.
    """
    targets, strays = _targets(run, messages)
    keys = [key for _, _, key in targets]
    pointers = run.world.cross_references.read_pointers(
        list({key for key in keys if isinstance(key, PointerKey)})
    )
    cases: dict[PairKey | PointerKey, Case] = {}
    for message, change, key in targets:
        pointer = pointers[key] if isinstance(key, PointerKey) else None
        for each in _led_to(key, pointer, change):
            case = cases.get(each)
            if case is None:
                case = cases[each] = run.new_case(each.entity, each.realm)
                case.pointer = None if isinstance(each, PairKey) else pointer
            case.fold(message.id, change)
    rows = run.world.cross_references.read_pairs([key for key in cases if isinstance(key, PairKey)])
    for key, case in cases.items():
        if isinstance(key, PairKey):
            case.row = rows[key]
    _hold_paused(run, list(cases.values()))
    wait_for_claim(run, cases.values())
    return [*cases.values(), *strays]


def _led_to(
    key: PairKey | PointerKey, pointer: Pointer | None, change: ChangeEvent
) -> list[PairKey | PointerKey]:
    """Return the pairs that a key leads to: after a merge also the one that lost its record."""
    if pointer is None or pointer.salesforce_id is None:
        return [key]
    was = pointer.was if change.kind is ChangeKind.MERGED else None
    return [PairKey(key.realm, key.entity, each) for each in (pointer.salesforce_id, was) if each]


def _targets(run: Run, messages: Sequence[Message]) -> tuple[list[Target], list[Case]]:
    """Return the keys that each message leads to, and closed cases for messages that
    lead nowhere.
    """
    targets: list[Target] = []
    strays: list[Case] = []
    roots = _roots(run, messages, strays)
    for message in messages:
        change = message.change
        if change is None or any(message.id in case.changes for case in strays):
            continue
        keys = _keys(run, change, roots)
        targets += [(message, change, key) for key in keys]
        if not keys:
            case = _lone(run, message, change)
            case.end(OutcomeStatus.SKIPPED, "not_mapped")
            strays.append(case)
    return targets, strays


def _keys(
    run: Run, change: ChangeEvent, roots: dict[tuple[str, str], str]
) -> list[PairKey | PointerKey]:
    mappings = run.world.mappings.values()
    if change.system is System.QUICKBOOKS:
        if change.scope not in run.world.quickbooks:
            return []
        entities = [each.entity for each in mappings if each.quickbooks == change.object]
        ids = [change.record_id]
        if change.kind is ChangeKind.MERGED and change.removed_id:
            ids.append(change.removed_id)
        return [PointerKey(change.scope, entity, each) for entity in entities for each in ids]
    if change.scope != run.world.organisation:
        return []
    return [
        PairKey(realm, mapping.entity, root)
        for mapping in mappings
        if (root := _root(mapping, change, roots))
        for realm in run.world.quickbooks
    ]


def _root(
    mapping: EntityMapping, change: ChangeEvent, roots: dict[tuple[str, str], str]
) -> str | None:
    if change.object == mapping.salesforce:
        return change.record_id
    if change.object in mapping.parts:
        return roots.get((change.object, change.record_id))
    return None


def _roots(run: Run, messages: Sequence[Message], strays: list[Case]) -> dict[tuple[str, str], str]:
    """Find the records that changed parts belong to, in one call per kind of part.

    Where Salesforce does not answer, the messages go round again as cases of their own.
    """
    roots: dict[tuple[str, str], str] = {}
    mappings = run.world.mappings.values()
    links = {(part, each.link_of(part)) for each in mappings for part in each.parts}
    for part, link in sorted(links):
        asked = [
            _lone(run, message, message.change)
            for message in messages
            if message.change
            and (message.change.system, message.change.object) == (System.SALESFORCE, part)
        ]
        if not asked:
            continue
        ids = [change.record_id for case in asked for change in case.changes.values()]
        with guarded(run, asked, run.world.organisation):
            found = run.world.salesforce.find_roots(part, ids, link)
            roots.update({(part, each): root for each, root in found.items()})
        strays += [case for case in asked if case.waiting]
    return roots


def _lone(run: Run, message: Message, change: ChangeEvent) -> Case:
    """Return a case for one message that leads to no pair, or not yet."""
    realm = change.scope if change.system is System.QUICKBOOKS else ""
    case = Case(next(iter(run.world.mappings.values())), realm)
    case.fold(message.id, change)
    return case


def _hold_paused(run: Run, cases: list[Case]) -> None:
    names = {case.realm for case in cases} | {run.world.organisation}
    paused = run.world.connections.paused(sorted(names))
    for case in cases:
        reason = paused.get(case.realm) or paused.get(run.world.organisation)
        if reason:
            case.wait(reason)
