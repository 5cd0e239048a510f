"""Spares a process what worlds would have Python and the vendors' packages do again and again.

Nothing here changes what any of them returns: pure functions are remembered, and what nobody reads
is left out. `logging` calls that "Optimization" in its how-to.
"""

import dataclasses
import functools
import gc
import http.cookiejar
import logging
import re
import sys
import typing
import urllib.parse
from collections import OrderedDict
from collections.abc import Callable, Collection
from typing import Any

import requests

from bridge.core import canonical as canonical_values
from bridge.core.canonical import Canonical
from bridge.core.mapping import EntityMapping
from bridge.model import ChangeEvent, Record
from local.simulators import server

REMEMBERED = 4096
_replace = dataclasses.replace
_quote = urllib.parse.quote_from_bytes
OURS = ("bridge.", "local.", "tests.")
# Pure functions, where `requests` looks them up: addresses in pieces, and headers in order.
_PURE = (
    (requests.models, ("parse_url", "requote_uri", "check_header_validity")),
    (requests.models, ("get_auth_from_url",)),
    (requests.sessions, ("urlparse", "get_environ_proxies", "get_netrc_auth")),
    (requests.cookies, ("urlparse",)),
)


def hasten() -> None:
    """Do once what would be done at each call."""
    _swap(canonical_values.canonical, _remembered(canonical_values.canonical))
    date_of = functools.lru_cache(REMEMBERED)(server.http_date)
    _swap(server.http_date, lambda moment: date_of(moment.replace(microsecond=0)))
    _swap(dataclasses.replace, _replaced)
    read: Any = ChangeEvent
    read.from_json = staticmethod(functools.lru_cache(REMEMBERED)(ChangeEvent.from_json))
    _remember_protocols()
    _quote_quickly()
    for module, names in _PURE:
        for name in names:
            setattr(module, name, functools.lru_cache(REMEMBERED)(getattr(module, name)))
    # A cased name and its value is what stands in the store, and what `items` makes again.
    structures: Any = requests.structures
    structures.CaseInsensitiveDict.items = _stored_items
    structures.CaseInsensitiveDict.__init__ = _store_items
    # Its settings, which nobody changes, are the same for the three jars of each call.
    jars: Any = http.cookiejar
    jars.DefaultCookiePolicy = functools.cache(jars.DefaultCookiePolicy)
    models: Any = requests.models
    models.get_cookie_header = _cookie_header(models.get_cookie_header)
    # Nobody asks a log line here for its place in the code, its thread or its process.
    log: Any = logging
    log._srcfile = None
    log.logThreads = log.logProcesses = log.logMultiprocessing = False
    _spare_the_collector()


def _remember_protocols() -> None:
    """Before Python 3.12 each `isinstance` with a protocol asks anew what the protocol has."""
    ours: Any = typing
    for name in ("_get_protocol_attrs", "_is_callable_members_only"):
        if hasattr(ours, name):
            setattr(ours, name, functools.cache(getattr(ours, name)))


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


def _quote_quickly() -> None:
    """Addresses are quoted character by character; most of them need no quoting at all."""
    parse: Any = urllib.parse
    parse.quote_from_bytes = _quoted
    usual, is_quoted = requests.models.requote_uri, _QUOTED.fullmatch
    models: Any = requests.models
    models.requote_uri = lambda uri: uri if is_quoted(uri) else usual(uri)
    for module in (requests.models, requests.sessions):
        given: Any = module
        given.to_key_val_list = _pairs(given.to_key_val_list)


# An address in which all is quoted that has to be, and nothing else is.
_QUOTED = re.compile(
    r"(?:[A-Za-z0-9_.~!#$&'()*+,/:;=?@\[\]-]|%(?!2[DE]|3[0-9]|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])[0-9A-F]{2})*"
)


@functools.lru_cache(64)
def _signs(safe: str | bytes) -> dict[int, str]:
    kept = safe.encode("ascii", "ignore") if isinstance(safe, str) else safe
    return {each: _quote(bytes([each]), kept) for each in range(256)}


def _quoted(text: bytes, safe: str | bytes = "/") -> str:
    return text.decode("latin-1").translate(_signs(safe))


def _pairs(usual: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """To ask whether something is like a dictionary takes longer than to see that it is one."""
    return lambda value: list(value.items()) if isinstance(value, dict) else usual(value)


def _stored_items(headers: Any) -> Collection[tuple[str, str]]:
    stored: Collection[tuple[str, str]] = headers._store.values()
    return stored


def _store_items(headers: Any, given: Any = None, **more: str) -> None:
    pairs = [*dict(given or {}).items(), *more.items()]
    headers._store = OrderedDict((name.lower(), (name, value)) for name, value in pairs)


def _cookie_header(made: Callable[[Any, Any], str | None]) -> Callable[[Any, Any], str | None]:
    def header(jar: Any, request: Any) -> str | None:
        return made(jar, request) if jar._cookies else None

    return header


def _spare_the_collector() -> None:
    """What a world throws away is seldom a circle."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)
