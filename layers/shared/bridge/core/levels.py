"""What several mappings are together: the order of work, and one read for those of one object."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from bridge.core.mapping import EntityMapping
from bridge.errors import ConfigurationError
from bridge.model import Shape


def together(shapes: Iterable[Shape]) -> Shape:
    """Return one shape for several of the same object: with the fields and the parts of all."""
    first, *others = shapes
    for other in others:
        theirs = {part.object: part for part in other.parts}
        parts = [
            together([part, theirs.pop(part.object)]) if part.object in theirs else part
            for part in first.parts
        ]
        fields = tuple(dict.fromkeys((*first.fields, *other.fields)))
        active = first.active or other.active
        first = replace(first, fields=fields, parts=(*parts, *theirs.values()), active=active)
    return first


def levels(mappings: Mapping[str, EntityMapping]) -> tuple[tuple[str, ...], ...]:
    """Return the entities in the order of work: what is named comes before what names it, and a
    deal before the invoice that is made from it.

    Records may name others of their own kind: those are put in order one by one.

    Raises:
        ConfigurationError: entities name each other in a circle, or one that has no mapping.
    """
    left = {name: mapping.depends_on - {name} for name, mapping in mappings.items()}
    if unknown := sorted(frozenset().union(*left.values()) - left.keys()):
        raise ConfigurationError(f"no mapping of {', '.join(unknown)}, which another one names")
    for name, mapping in mappings.items():
        left[name] |= mapping.made_from.keys() & mappings.keys()
    found: list[tuple[str, ...]] = []
    while left:
        level = tuple(sorted(name for name, named in left.items() if not named & left.keys()))
        if not level:
            circle = ", ".join(sorted(left))
            raise ConfigurationError(f"the mappings of {circle} name each other in a circle")
        found.append(level)
        left = {name: named for name, named in left.items() if name not in level}
    return tuple(found)
