"""The three-way merge of canonical values, field by field, on fingerprints."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple, Self

from bridge.core.canonical import Canonical
from bridge.core.line_merge import LineMerge
from bridge.core.mapping import Direction, EntityMapping, FieldMapping, Owner
from bridge.core.parts import Shifts
from bridge.model import Fingerprints, System, Value

Fingerprint = Callable[[str, Value], str]


@dataclass(frozen=True)
class Loss:
    """A person's value that the merge replaces: where it stood, what it was, what takes
    its place.
    """

    field: str
    system: System
    value: Value
    kept: Value


@dataclass(frozen=True)
class Merge:
    """What brings two records into agreement.

    `values` holds what each field shall be in QuickBooks when all is written; a field that goes to
    Salesforce has the same value there. `baseline` holds the fields on which both sides agree
    already (for the others what was there before); it misses those that never agreed. `before`
    holds, for those of them that are written, the value about to be replaced: with it as merge base
    a write whose outcome stays unknown can be told from a person's edit. `open_reason`
    says why a person is asked about the `open` fields. `lines` are a document's, one by one.
    """

    values: Mapping[str, Value]
    to_salesforce: tuple[str, ...]
    to_quickbooks: tuple[str, ...]
    losses: tuple[Loss, ...]
    open: tuple[str, ...]
    baseline: Fingerprints
    before: Fingerprints
    open_reason: str = ""
    lines: LineMerge | None = None

    @property
    def is_settled(self) -> bool:
        """Say whether there is nothing to write."""
        return not self.written

    @property
    def written(self) -> tuple[str, ...]:
        """Return the fields that are written on either side."""
        return (*self.to_salesforce, *self.to_quickbooks)

    def without(self, name: str) -> Self:
        """Return the same merge with one field left as it is on both sides."""
        return replace(
            self,
            to_salesforce=tuple(each for each in self.to_salesforce if each != name),
            to_quickbooks=tuple(each for each in self.to_quickbooks if each != name),
            losses=tuple(loss for loss in self.losses if loss.field != name),
            before={each: value for each, value in self.before.items() if each != name},
        )


class _Way(StrEnum):
    NONE = "none"
    AGREED = "agreed"
    SALESFORCE = "salesforce"  # write to Salesforce
    QUICKBOOKS = "quickbooks"  # write to QuickBooks
    OPEN = "open"


_WAYS = tuple(_Way)
_BLOCKED = {Direction.TO_QUICKBOOKS: _Way.SALESFORCE, Direction.TO_SALESFORCE: _Way.QUICKBOOKS}


class _Verdict(NamedTuple):
    way: _Way
    is_loss: bool = False


def merge(
    salesforce: Canonical,
    quickbooks: Canonical | None,
    baseline: Fingerprints,
    mapping: EntityMapping,
    fingerprint: Fingerprint,
    shifts: Shifts = Shifts(),  # noqa: B008 - frozen
) -> Merge:
    """Merge the two sides; QuickBooks None is presumed to be as the baseline in every field.

    A field without a baseline has never agreed: there an empty value yields to a filled one,
    because nobody has typed it, and the owner decides between two filled ones.
    """
    values: dict[str, Value] = {}
    ways: dict[_Way, list[str]] = {way: [] for way in _WAYS}
    losses: list[Loss] = []
    judged = _judged(salesforce, quickbooks, baseline, mapping, fingerprint, shifts)
    for name, verdict in judged.items():
        ours, theirs = salesforce.values[name], _value_of(quickbooks, name)
        is_ours = quickbooks is None or verdict.way in (_Way.QUICKBOOKS, _Way.AGREED)
        values[name] = ours if is_ours else theirs
        ways[verdict.way].append(name)
        if verdict.is_loss:
            losses.append(_loss(name, ours, theirs, verdict.way))
    agreed = {name: fingerprint(name, values[name]) for name in ways[_Way.AGREED]}
    return Merge(
        values=values,
        to_salesforce=tuple(ways[_Way.SALESFORCE]),
        to_quickbooks=tuple(ways[_Way.QUICKBOOKS]),
        losses=tuple(losses),
        open=tuple(ways[_Way.OPEN]),
        baseline={**baseline, **agreed},
        before=_before(salesforce, quickbooks, ways, baseline, fingerprint),
        open_reason=_why_open(ways[_Way.OPEN], mapping, shifts),
    )


def _judged(
    salesforce: Canonical,
    quickbooks: Canonical | None,
    baseline: Fingerprints,
    mapping: EntityMapping,
    fingerprint: Fingerprint,
    shifts: Shifts,
) -> dict[str, _Verdict]:
    """Judge each field by itself, and then those together that are another part's."""
    verdicts = {
        each.name: _judge(each, salesforce, quickbooks, baseline.get(each.name), fingerprint)
        for each in mapping.fields
    }
    if quickbooks is None:
        return verdicts
    return verdicts | _as_one(shifts, verdicts, quickbooks, baseline, mapping, fingerprint)


def _as_one(
    shifts: Shifts,
    verdicts: Mapping[str, _Verdict],
    quickbooks: Canonical,
    baseline: Fingerprints,
    mapping: EntityMapping,
    fingerprint: Fingerprint,
) -> dict[str, _Verdict]:
    """Return new verdicts on the fields of parts that are another one's on the two sides.

    They travel together, as those that name it would: to QuickBooks. The other way nothing is
    written over a part: a person is asked which one is meant.
    """
    settled: dict[str, _Verdict] = {}
    for name in shifts.moved | shifts.replaced:
        if verdicts[name].way is _Way.AGREED:
            continue
        mapped = mapping.field_named(name)
        identity = mapping.rule_of(mapped.part or "").identity
        naming = {verdicts[each].way for each in identity} - {_Way.AGREED}
        is_ours = name in shifts.moved or naming == {_Way.QUICKBOOKS}
        theirs = quickbooks.values[name]
        is_loss = theirs is not None and fingerprint(name, theirs) != baseline.get(name)
        way = _allowed(mapped, _Way.QUICKBOOKS) if is_ours else _Way.OPEN
        settled[name] = _Verdict(way, is_loss=is_loss and way is _Way.QUICKBOOKS)
    return settled


def _before(
    salesforce: Canonical,
    quickbooks: Canonical | None,
    ways: Mapping[_Way, list[str]],
    baseline: Fingerprints,
    fingerprint: Fingerprint,
) -> Fingerprints:
    """Return the fingerprints of what is about to be replaced and has never agreed."""
    replaced = {name: salesforce.values[name] for name in ways[_Way.SALESFORCE]}
    if quickbooks:
        replaced |= {name: quickbooks.values[name] for name in ways[_Way.QUICKBOOKS]}
    never = {name: value for name, value in replaced.items() if name not in baseline}
    return {name: fingerprint(name, value) for name, value in never.items()}


def _why_open(names: list[str], mapping: EntityMapping, shifts: Shifts) -> str:
    if not names:
        return ""
    if names[0] in shifts.replaced:
        return "contact_replaced"
    if mapping.is_kept:
        return "kept_after_creation"
    is_fixed = mapping.field_named(names[0]).direction is Direction.ONCE
    return "fixed_after_creation" if is_fixed else "field_conflict"


def _value_of(side: Canonical | None, name: str) -> Value:
    return side.values[name] if side else None


def _loss(name: str, ours: Value, theirs: Value, way: _Way) -> Loss:
    if way is _Way.SALESFORCE:
        return Loss(name, System.SALESFORCE, ours, theirs)
    return Loss(name, System.QUICKBOOKS, theirs, ours)


def _judge(
    mapped: FieldMapping,
    salesforce: Canonical,
    quickbooks: Canonical | None,
    base: str | None,
    fingerprint: Fingerprint,
) -> _Verdict:
    ours = salesforce.values[mapped.name]
    mine = fingerprint(mapped.name, ours)
    if quickbooks is None:
        return _Verdict(_presumed(mapped) if mine != base else _Way.NONE)
    theirs = quickbooks.values[mapped.name]
    other = fingerprint(mapped.name, theirs)
    if mine == other:
        return _Verdict(_Way.AGREED)
    if mapped.direction is Direction.ONCE:
        return _Verdict(_Way.OPEN)
    if base is None:
        return _first_meeting(mapped, ours, theirs)
    # A text that Salesforce holds longer than QuickBooks can is not replaced by its own short form:
    # an edit of the short form meets the long one as an edit of both.
    has_changed = mine != base or mapped.name in salesforce.shortened
    if mapped.is_only_told:
        return _told(mapped, has_changed=has_changed, is_sure=other == base)
    if other == base:
        return _Verdict(_allowed(mapped, _Way.QUICKBOOKS))
    if has_changed:
        return _contested(mapped)
    return _Verdict(_allowed(mapped, _Way.SALESFORCE))


def _told(mapped: FieldMapping, *, has_changed: bool, is_sure: bool) -> _Verdict:
    """Judge a field that only QuickBooks fills.

    Lines that differ while QuickBooks has new ones may be half of what we wrote ourselves: only
    beside old ones they are certainly a person's.
    """
    is_edit = has_changed and (is_sure or mapped.lines is None)
    return _Verdict(_Way.SALESFORCE, is_loss=is_edit)


def _presumed(mapped: FieldMapping) -> _Way:
    """Return where a Salesforce edit goes while QuickBooks was not read.

    To put the value of QuickBooks back it has to be seen.
    """
    return _Way.OPEN if mapped.is_only_told else _allowed(mapped, _Way.QUICKBOOKS)


def _first_meeting(mapped: FieldMapping, ours: Value, theirs: Value) -> _Verdict:
    if ours is None:
        return _Verdict(_allowed(mapped, _Way.SALESFORCE))
    if theirs is None:
        return _Verdict(_allowed(mapped, _Way.QUICKBOOKS))
    return _contested(mapped)


def _contested(mapped: FieldMapping) -> _Verdict:
    if mapped.direction is Direction.TO_QUICKBOOKS:
        return _Verdict(_Way.QUICKBOOKS, is_loss=True)
    if mapped.direction is Direction.TO_SALESFORCE:
        return _Verdict(_Way.SALESFORCE, is_loss=mapped.lines is None)
    match mapped.owner:
        case Owner.SALESFORCE:
            return _Verdict(_Way.QUICKBOOKS, is_loss=True)
        case Owner.QUICKBOOKS:
            return _Verdict(_Way.SALESFORCE, is_loss=True)
        case Owner.MANUAL:
            return _Verdict(_Way.OPEN)


def _allowed(mapped: FieldMapping, way: _Way) -> _Way:
    if mapped.direction is Direction.ONCE:
        return _Way.OPEN
    blocked = _BLOCKED.get(mapped.direction)
    return _Way.NONE if way is blocked else way
