"""Spares a process what worlds would have this project's own code do again and again.

As in `haste.py` nothing returns anything else: what is a pure function of records that nobody
changes is remembered, and a copy is made of what stands in a record.
"""

import dataclasses
import functools
import sys
from collections.abc import Callable
from typing import Any

from bridge.core import canonical as canonical_values
from bridge.core.canonical import Canonical
from bridge.core.mapping import EntityMapping
from bridge.model import ChangeEvent, Record
from local.simulators import server
from tests.simulation.haste import REMEMBERED

OURS = ("bridge.", "local.", "tests.")
_replace = dataclasses.replace


def take_shortcuts() -> None:
    """Take them in all modules that are there by now."""
    _swap(canonical_values.canonical, _remembered(canonical_values.canonical))
    date_of = functools.lru_cache(REMEMBERED)(server.http_date)
    _swap(server.http_date, lambda moment: date_of(moment.replace(microsecond=0)))
    _swap(dataclasses.replace, _replaced)
    read: Any = ChangeEvent
    read.from_json = staticmethod(functools.lru_cache(REMEMBERED)(ChangeEvent.from_json))


def _swap(old: object, new: object) -> None:
    """Put something in the place of a function wherever this project uses it."""
    ours = [each for name, each in sys.modules.items() if name.startswith(OURS)]
    for module in [each for each in ours if each.__name__ != __name__]:
        for name, value in list(vars(module).items()):
            if value is old:
                setattr(module, name, new)


@functools.cache
def _plain_fields(cls: type) -> frozenset[str]:
    """Return the fields of a class whose constructor does nothing but set them; else none."""
    fields = dataclasses.fields(cls)
    is_plain = not hasattr(cls, "__post_init__") and not hasattr(cls, "__slots__")
    return frozenset(each.name for each in fields if is_plain and each.init)


def _replaced(record: Any, /, **changes: Any) -> Any:
    """Copy what stands in a record instead of making another one field by field."""
    cls = type(record)
    fields = _plain_fields(cls)  # type: ignore[arg-type]
    if not fields or not fields >= changes.keys() or not fields >= vars(record).keys():
        return _replace(record, **changes)
    new = object.__new__(cls)
    vars(new).update(vars(record))
    vars(new).update(changes)
    return new


def _remembered(canonical: Callable[..., Canonical]) -> Callable[..., Canonical]:
    """The values of one record, which nobody changes, are asked for several times in a run."""
    known: dict[tuple[int, int, bool], tuple[Record, EntityMapping, Canonical]] = {}

    def remembered(
        record: Record, mapping: EntityMapping, *, is_to_be_made: bool = False
    ) -> Canonical:
        key = (id(record), id(mapping), is_to_be_made)
        found = known.get(key)
        if found is None:
            if len(known) >= REMEMBERED:
                known.clear()
            # Record and mapping are kept, so that no other ones come by their ids.
            values = canonical(record, mapping, is_to_be_made=is_to_be_made)
            found = known[key] = (record, mapping, values)
        return found[2]

    return remembered
