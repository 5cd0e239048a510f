"""Soundness: whether a mapping fits what both systems say of their objects; all flaws at once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from bridge.core.mapping import FieldMapping
from bridge.core.missing import missing, of_part_rules
from bridge.core.naming import is_by_name, list_of, real_path
from bridge.core.sides import Place, Side, line_of
from bridge.model import Value
from bridge.schemas import (
    CUSTOM_FIELD,
    CUSTOM_PREFIX,
    FieldKind,
    FieldSchema,
    ListEntry,
    ObjectSchema,
)

# What a field may hold for each conversion; a conversion that is not here is not judged.
HOLDERS: Mapping[str, frozenset[FieldKind]] = {
    **dict.fromkeys(("text", "name", "phone", "lines", "choice"), frozenset({FieldKind.TEXT})),
    "flag": frozenset({FieldKind.FLAG}),
    "number": frozenset({FieldKind.NUMBER}),
    "date": frozenset({FieldKind.DATE}),
    "day": frozenset({FieldKind.DATE, FieldKind.TIME}),
    "reference": frozenset({FieldKind.REFERENCE}),
}
# The most that a custom field of a sales form holds.
CUSTOM_LENGTH = 31


@dataclass(frozen=True)
class Flaw:
    """One thing that does not fit: of which entity, where in its file, and what mends it."""

    entity: str
    place: str
    text: str


def flaws(side: Side) -> Iterator[Flaw]:
    """Find everything in a mapping that does not fit one of the systems."""
    entity = side.mapping.entity
    for name, schema in side.objects.items():
        if schema is None:
            yield Flaw(entity, side.system.value, f"{_there(side)} has no object {name}")
    for place in side.places():
        schema = side.objects.get(place.object)
        if schema is not None:
            yield from (Flaw(entity, place.entry, text) for text in _of_field(side, schema, place))
    judged = (_of_own(side), _of_lines(side), _of_records(side), _of_others(side))
    for where, text in chain.from_iterable(judged):
        yield Flaw(entity, where, text)


def _there(side: Side) -> str:
    return "Salesforce" if side.is_salesforce else "QuickBooks"


def _of_field(side: Side, schema: ObjectSchema, place: Place) -> Iterator[str]:
    if place.path.startswith(CUSTOM_PREFIX):
        yield from _of_custom_field(side, place)
        return
    if not side.is_salesforce and is_by_name(place.path):
        yield from _of_name(side, schema, place)
        return
    found = schema.fields.get(place.path)
    if found is None:
        yield missing(side, schema, place.path)
        return
    mapped = place.field
    allowed = HOLDERS.get(mapped.convert)
    if mapped.choices and found.kind is FieldKind.REFERENCE:
        allowed = None
    if allowed and found.kind not in allowed:
        yield f"{place.path} holds a {found.kind}, which {mapped.convert!r} does not convert"
        return
    yield from _of_writing(side, found, mapped)
    yield from _of_choices(side, found, mapped)
    target = side.targets.get(mapped.reference or "")
    if target and found.refers_to and target not in found.refers_to:
        yield (
            f"{found.name} leads to {', '.join(found.refers_to)}, the mapping of "
            f"{mapped.reference} is for {target}"
        )


def _of_writing(side: Side, found: FieldSchema, mapped: FieldMapping) -> Iterator[str]:
    is_made, is_changed = (side.is_written(mapped, on_update=each) for each in (False, True))
    other = "to_quickbooks" if side.is_salesforce else "to_salesforce"
    if is_made and not found.is_createable:
        yield f'{found.name} cannot be written here; say direction = "{other}"'
    elif is_changed and not found.is_updateable:
        yield f'{found.name} cannot be changed; say direction = "once" or "{other}"'
    if not (is_made or is_changed):
        return
    longest = mapped.limit if mapped.convert != "number" else None
    if found.length and longest and longest > found.length and len(mapped.quickbooks) == 1:
        yield f'{found.name} holds {found.length} characters; say "{mapped.convert}:{found.length}"'
    decimals = mapped.limit if mapped.convert == "number" else None
    is_finer = decimals is None or (found.decimals is not None and decimals > found.decimals)
    if mapped.convert == "number" and found.decimals is not None and is_finer:
        yield f'{found.name} keeps {found.decimals} decimals; say "number:{found.decimals}"'


def _of_choices(side: Side, found: FieldSchema, mapped: FieldMapping) -> Iterator[str]:
    ours = mapped.choices if side.is_salesforce else mapped.choices.values()
    if unknown := sorted(set(ours) - found.values) if found.values is not None else []:
        yield f"{found.name} takes no {_quoted(unknown)}"
    if mapped.choices and found.is_listed and not side.is_salesforce:
        yield from _unknown_ids(side, found.refers_to[0], mapped.choices.values())


def _of_custom_field(side: Side, place: Place) -> Iterator[str]:
    name, mapped = place.path.removeprefix(CUSTOM_PREFIX), place.field
    known = side.entries.get(CUSTOM_FIELD)
    keys = {key for entry in known or () if entry.is_active for key in (entry.id, entry.name)}
    # A long number is one of the newer fields, whose definitions this API does not tell.
    is_classic = not name.isdecimal() or len(name) == 1
    if known is not None and is_classic and name.casefold() not in {k.casefold() for k in keys}:
        yield f"no sales form has a custom field {name!r}; {_has(known)}"
    if is_classic and mapped.convert not in ("text", "name", "phone", "choice"):
        yield f"a custom field holds text, which {mapped.convert!r} is not"
    if is_classic and (mapped.limit or 0) > CUSTOM_LENGTH:
        yield f'a custom field holds {CUSTOM_LENGTH} characters; say "text:{CUSTOM_LENGTH}"'


def _of_name(side: Side, schema: ObjectSchema, place: Place) -> Iterator[str]:
    """Judge a reference that is called by name, as in `SalesTermRef.name`."""
    path = place.real_path
    if path not in schema.fields:
        yield missing(side, schema, path)
    elif not list_of(place.path, schema):
        yield f"{place.path} cannot be named; use {path}"
    elif not place.field.choices:
        yield f'{place.path}: names need convert = "choice"'
    elif not place.field.is_only_told:
        yield from _unknown_names(side, list_of(place.path, schema), place.field.choices.values())


def _unknown_names(side: Side, name: str, wanted: Iterable[str]) -> Iterator[str]:
    known = side.entries.get(name)
    active = {entry.name.casefold() for entry in known or () if entry.is_active}
    gone = sorted(each for each in wanted if each.casefold() not in active)
    if known is not None and gone:
        yield f"no active {name} is called {_quoted(gone)}; {_has(known)}"


def _unknown_ids(side: Side, name: str, wanted: Iterable[str]) -> Iterator[str]:
    known = side.entries.get(name)
    active = {entry.id for entry in known or () if entry.is_active}
    if known is not None and (gone := sorted(set(wanted) - active)):
        yield f"no active {name} has the id {_quoted(gone)}; {_has(known)}"


def _of_records(side: Side) -> Iterator[tuple[str, str]]:
    """Judge what a record and its parts need to be made at all."""
    for name, schema in side.objects.items():
        if schema is None:
            continue
        given = {place.real_path for place in side.places() if place.object == name}
        given |= {real_path(path) for _, holder, path, _ in side.constants() if holder == name}
        given |= {*schema.own.values(), *schema.links} | _of_the_bridge(side, name)
        for each in schema.fields.values():
            if each.is_required and side.makes and each.name not in given:
                remedy = ", or let Salesforce fill it in" if side.is_salesforce else ""
                yield "fields", f"{name} is not made without {each.name}; map it{remedy}"
    for entry, holder, path, value in side.constants():
        schema = side.objects.get(holder)
        yield from ((entry, text) for text in _of_constant(side, schema, path, value))


def _of_the_bridge(side: Side, name: str) -> set[str]:
    """Return the fields of an object that the bridge itself fills in."""
    if name == side.root:
        return {side.mapping.company}
    lines = side.mapping.lines.lines if side.mapping.lines else None
    return {lines.parent, lines.number, lines.amount} if lines else set()


def _of_own(side: Side) -> Iterator[tuple[str, str]]:
    """Judge the fields of the root that the bridge itself needs."""
    schema, mapping = side.objects.get(side.root), side.mapping
    if schema is None or not side.is_salesforce:
        return
    for neutral, name in schema.own.items():
        found = schema.fields.get(name)
        if found is None:
            yield (
                "salesforce",
                f"{schema.name} has no field {name}, which the bridge writes; add it",
            )
        elif neutral == "external_id" and not found.is_key:
            yield "salesforce", f"{name} has to be an external id, unique, and case-sensitive"
        elif not found.is_updateable:
            yield "salesforce", f"{name} may not be written; let the integration user edit it"
    found = schema.fields.get(mapping.active)
    if mapping.active and found is None:
        yield "active", missing(side, schema, mapping.active)
    elif found and (found.kind is not FieldKind.FLAG or not found.is_updateable):
        yield "active", f"{mapping.active} is no checkbox that may be changed"
    if mapping.company and mapping.company not in schema.fields:
        yield "company", f"{schema.name} has no field {mapping.company}; add it"
    for maker, name in mapping.made_from.items():
        if name not in schema.fields:
            yield f"made_from, {maker}", f"{schema.name} has no field {name}; add it"


def _of_constant(side: Side, schema: ObjectSchema | None, path: str, value: Value) -> Iterator[str]:
    found = schema.fields.get(real_path(path)) if schema else None
    if schema is None:
        return
    if found is None:
        yield missing(side, schema, path)
    elif found.values is not None and value not in found.values:
        yield f"{path} takes no {_quoted([str(value)])}"
    elif is_by_name(path):
        yield from _unknown_names(side, list_of(path, schema), [str(value)])
    elif found.is_listed:
        yield from _unknown_ids(side, found.refers_to[0], [str(value)])


def _of_lines(side: Side) -> Iterator[tuple[str, str]]:
    """Judge how lines hang on their document."""
    field, schema = side.mapping.lines, side.objects.get(side.root)
    if field is None or field.lines is None or schema is None or not side.is_salesforce:
        return
    lines = field.lines
    found = schema.lists.get(lines.relationship)
    if found is None:
        fitting = [name for name, each in schema.lists.items() if each[0] == field.salesforce]
        advice = f"; is {fitting[0]} meant?" if fitting else ""
        yield "lines, relationship", f"{schema.name} has no list {lines.relationship}{advice}"
    elif found != (field.salesforce, lines.parent):
        yield "lines, parent", f"{lines.relationship} holds {found[0]}, each with {found[1]}"
    line = side.objects.get(line_of(side.mapping, side.system))
    for key, name in (("number", lines.number), ("total", lines.total)):
        if line is not None and name and name not in line.fields:
            yield f"lines, {key}", missing(side, line, name)


def _of_others(side: Side) -> Iterator[tuple[str, str]]:
    """Judge the fields that are read without being mapped."""
    schema = side.objects.get(side.root)
    yield from of_part_rules(side)
    paths = [(f"conditions.{side.system.value}", path) for path in _conditions(side)]
    paths += [] if side.is_salesforce else [("read_only", each) for each in side.mapping.read_only]
    for entry, path in paths:
        if schema is not None and path not in schema.fields:
            yield entry, missing(side, schema, path)
    if schema is None:
        return
    for entry, name, kind in _read_besides(side):
        found = schema.fields.get(name)
        if found is None:
            yield entry, missing(side, schema, name)
        elif found.kind is not kind:
            yield entry, f"{name} holds a {found.kind}, a {kind} is needed"


def _read_besides(side: Side) -> Iterator[tuple[str, str, FieldKind]]:
    """Find the fields of the Salesforce root that count without being mapped."""
    if not side.is_salesforce:
        return
    totals, lines = side.mapping.totals, side.mapping.lines
    if totals and totals.salesforce:
        yield "totals, salesforce", totals.salesforce, FieldKind.NUMBER
    sole = lines.lines.without if lines and lines.lines else None
    if sole:
        yield "lines.without, price", sole.price, FieldKind.NUMBER
    if sole and sole.description:
        yield "lines.without, description", sole.description, FieldKind.TEXT


def _conditions(side: Side) -> Iterable[str]:
    return side.mapping.conditions.get(side.system, {})


def _quoted(values: Sequence[str]) -> str:
    return ", ".join(f'"{value}"' for value in values)


def _has(known: Sequence[ListEntry]) -> str:
    """Say what a short list holds, as far as people can take it in."""
    entries = [f'"{entry.name}" ({entry.id})' for entry in known if entry.is_active][:12]
    return f"there are {', '.join(entries)}" if entries else "there are none"
