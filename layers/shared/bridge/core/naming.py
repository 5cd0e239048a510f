"""Naming: what a mapping calls by its name in one company, where records call it by its id.

Terms, tax codes and payment methods have an id of their own in each company, and so do custom
fields. A mapping may name them as people do: `SalesTermRef.name`, `CustomField.Crew #`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bridge.core.mapping import EntityMapping, FieldMapping, LinesMapping
from bridge.model import Value
from bridge.schemas import CUSTOM_FIELD, CUSTOM_PREFIX, ListEntry, ObjectSchema

NAME, VALUE = ".name", ".value"

# Returns the entries of a short list of the company.
Entries = Callable[[str], Sequence[ListEntry]]


@dataclass(frozen=True)
class Naming:
    """What is needed to look names up: what references lead to, and the company's lists."""

    schema: ObjectSchema | None
    line: ObjectSchema | None
    entries: Entries


def names_anything(mapping: EntityMapping) -> bool:
    """Say whether a mapping calls something by a name that a company has to tell the id of."""
    paths = [path for each in every_field(mapping) for path in each.quickbooks]
    constants = [*mapping.constants, *_line_constants(mapping)]
    return any(map(is_by_name, [*paths, *constants]))


def every_field(mapping: EntityMapping) -> tuple[FieldMapping, ...]:
    """Return all fields of a mapping, those of its lines too."""
    lines = mapping.lines.lines.fields if mapping.lines and mapping.lines.lines else ()
    return (*(each for each in mapping.fields if each.lines is None), *lines)


def is_by_name(path: str) -> bool:
    """Say whether a path calls something by its name; a number stands for itself."""
    if path.startswith(CUSTOM_PREFIX):
        return not path.removeprefix(CUSTOM_PREFIX).isdecimal()
    return path.endswith(f"Ref{NAME}")


def by_ids(mapping: EntityMapping, naming: Naming) -> EntityMapping:
    """Return a mapping in which names have become the ids of one company.

    Raises:
        LookupError: the company has nothing of that name; the message says what was looked for.
    """
    return replace(
        mapping,
        fields=tuple(_field(each, naming) for each in mapping.fields),
        constants=_constants(mapping.constants, naming.schema, naming),
    )


def list_of(path: str, schema: ObjectSchema | None) -> str:
    """Return the short list that a reference leads to; "" where it leads to none."""
    field = schema.fields.get(real_path(path)) if schema else None
    return field.refers_to[0] if field and field.is_listed else ""


def real_path(path: str) -> str:
    """Return the field that a path stands for: a reference's id, where it is called by name."""
    return path.removesuffix(NAME) + VALUE if path.endswith(f"Ref{NAME}") else path


def _field(mapped: FieldMapping, naming: Naming) -> FieldMapping:
    if mapped.lines is not None:
        return replace(mapped, lines=_lines(mapped.lines, naming))
    return _plain(mapped, naming.schema, naming)


def _lines(lines: LinesMapping, naming: Naming) -> LinesMapping:
    return replace(
        lines,
        fields=tuple(_plain(each, naming.line, naming) for each in lines.fields),
        constants=_constants(lines.constants, naming.line, naming),
    )


def _plain(mapped: FieldMapping, schema: ObjectSchema | None, naming: Naming) -> FieldMapping:
    (path, *more) = mapped.quickbooks
    if more or not is_by_name(path):
        return mapped
    if path.startswith(CUSTOM_PREFIX):
        number = _id_of(path.removeprefix(CUSTOM_PREFIX), CUSTOM_FIELD, naming)
        return replace(mapped, quickbooks=(f"{CUSTOM_PREFIX}{number}",))
    name = list_of(path, schema)
    choices = _told(mapped, name, naming) if mapped.is_only_told else _chosen(mapped, name, naming)
    return replace(mapped, quickbooks=(real_path(path),), choices=choices)


def _chosen(mapped: FieldMapping, name: str, naming: Naming) -> dict[str, str]:
    return {ours: _id_of(theirs, name, naming) for ours, theirs in mapped.choices.items()}


def _told(mapped: FieldMapping, name: str, naming: Naming) -> dict[str, str]:
    """Return the choices of a field that is never sent: what the company has none of cannot come
    from there, and what is inactive may stand on an old record.
    """
    entries = naming.entries(name) if name else ()
    known = {each.name.casefold(): each.id for each in entries}
    return {
        ours: known[theirs.casefold()]
        for ours, theirs in mapped.choices.items()
        if theirs.casefold() in known
    }


def _constants(
    constants: Mapping[str, Value], schema: ObjectSchema | None, naming: Naming
) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for path, value in constants.items():
        if not is_by_name(path):
            found[path] = value
        elif path.startswith(CUSTOM_PREFIX):
            found[
                f"{CUSTOM_PREFIX}{_id_of(path.removeprefix(CUSTOM_PREFIX), CUSTOM_FIELD, naming)}"
            ] = value
        else:
            number = _id_of(str(value), list_of(path, schema), naming)
            found[real_path(path)] = number
    return found


def _line_constants(mapping: EntityMapping) -> Mapping[str, Value]:
    return mapping.lines.lines.constants if mapping.lines and mapping.lines.lines else {}


def _id_of(wanted: str, name: str, naming: Naming) -> str:
    """Return the id of the active entry of a name; names differ in more than their case."""
    for entry in naming.entries(name) if name else ():
        if entry.is_active and entry.name.casefold() == wanted.casefold():
            return entry.id
    raise LookupError(f"no active {name or 'list'} is called {wanted!r}")
