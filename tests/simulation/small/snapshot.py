"""Puts everything that can be reached from a few objects back to what it held at one moment."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from types import MethodType
from typing import Any

# Rows of both stand-ins are replaced, never changed in place (those of QuickBooks can be told by
# their meta data), and their schemas never change.
_ATOMS = frozenset({"Row", "Schema", "ObjectType", "Entity", "Field", "EntityMapping"})
_HOMES = ("local.", "tests.")

Restore = Callable[[], object]


class Snapshot:
    """Remembers what every container and every object reachable from some roots holds.

    Restoring happens in place, so that whoever knows one of them still does.
    """

    def __init__(self, roots: Iterable[object]) -> None:
        self._restores = [act for each in _reachable(roots) for act in _restores_of(each)]

    def restore(self) -> None:
        """Put it all back."""
        for act in self._restores:
            act()


def _reachable(roots: Iterable[object]) -> Iterator[Any]:
    seen: dict[int, Any] = {}
    waiting = list(roots)
    while waiting:
        each = waiting.pop()
        if id(each) in seen or not _is_followed(each):
            continue
        seen[id(each)] = each
        waiting.extend(_parts(each))
        yield each


def _is_followed(each: Any) -> bool:
    kind = type(each)
    if kind.__name__ in _ATOMS or (kind is dict and "MetaData" in each):
        return False
    if isinstance(each, dict | list | tuple | set | deque | MethodType | partial):
        return True
    return str(kind.__module__).startswith(_HOMES) and not isinstance(each, type)


def _parts(each: Any) -> Iterable[Any]:
    if isinstance(each, dict):
        return each.values()
    if isinstance(each, list | tuple | set | deque):
        return each
    if isinstance(each, MethodType):
        return (each.__self__,)
    if isinstance(each, partial):
        return (each.func, *each.args, *each.keywords.values())
    return [value for _, value in _attributes(each)]


def _attributes(each: Any) -> list[tuple[str, Any]]:
    slots = [name for kind in type(each).__mro__ for name in getattr(kind, "__slots__", ())]
    slotted = [(name, getattr(each, name)) for name in slots if hasattr(each, name)]
    return slotted + list(getattr(each, "__dict__", {}).items())


def _restores_of(each: Any) -> Iterator[Restore]:
    if isinstance(each, dict):
        yield partial(_refill, each, dict(each))
    elif isinstance(each, set):
        yield partial(_refill, each, set(each))
    elif isinstance(each, list):
        yield partial(each.__setitem__, slice(None), list(each))
    elif isinstance(each, deque):
        yield partial(_refill_deque, each, list(each))
    elif not isinstance(each, tuple | MethodType | partial):
        held = getattr(each, "__dict__", {})
        if held:
            yield partial(_refill, held, dict(held))
        for name, value in _attributes(each):
            if name not in held:
                yield partial(object.__setattr__, each, name, value)


def _refill(each: Any, held: Any) -> None:
    each.clear()
    each.update(held)


def _refill_deque(each: deque[Any], held: list[Any]) -> None:
    each.clear()
    each.extend(held)
