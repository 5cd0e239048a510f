"""Spares a process what worlds would have Python and the vendors' packages do again and again.

Nothing here changes what any of them returns: pure functions are remembered, and what nobody reads
is left out. `logging` calls that "Optimization" in its how-to.
"""

import functools
import gc
import http.cookiejar
import logging
import re
import typing
import urllib.parse
from collections import OrderedDict
from collections.abc import Callable, Collection
from typing import Any

import requests

REMEMBERED = 4096
_quote = urllib.parse.quote_from_bytes
# Pure functions, where `requests` looks them up: addresses in pieces, and headers in order.
_PURE = (
    (requests.models, ("parse_url", "requote_uri", "check_header_validity")),
    (requests.models, ("get_auth_from_url",)),
    (requests.sessions, ("urlparse", "get_environ_proxies", "get_netrc_auth")),
    (requests.cookies, ("urlparse",)),
)


def hasten() -> None:
    """Do once what would be done at each call."""
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
