"""Compares two replies by their keys and types; values and the order of keys do not count."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree


def kind(value: object) -> str:
    """Name the JSON type of a value."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case str():
            return "string"
        case dict():
            return "object"
        case list():
            return "list"
    return "number"


def differences(ours: Any, real: Any, apart: Mapping[str, str], path: str = "") -> list[str]:
    """Tell where two replies differ in keys or types.

    `apart` holds regular expressions of paths, such as `Line.0.Id`, that are not looked at, each
    with its reason.
    """
    if any(re.fullmatch(pattern, path) for pattern in apart):
        return []
    if kind(ours) != kind(real):
        return [f"{path or 'all'}: {kind(ours)} instead of {kind(real)}"]
    return list(_below(ours, real, apart, path))


def _below(ours: Any, real: Any, apart: Mapping[str, str], path: str) -> Iterator[str]:
    if isinstance(real, dict):
        for key in {**real, **ours}:
            where = f"{path}.{key}".removeprefix(".")
            if key in ours and key in real:
                yield from differences(ours[key], real[key], apart, where)
            elif not any(re.fullmatch(pattern, where) for pattern in apart):
                yield f"{where}: {'not in the recorded reply' if key in ours else 'missing'}"
    elif isinstance(real, list):
        if len(ours) != len(real):
            yield f"{path}: {len(ours)} elements instead of {len(real)}"
        for number, (mine, other) in enumerate(zip(ours, real, strict=False)):
            yield from differences(mine, other, apart, f"{path}.{number}".removeprefix("."))


def from_xml(text: str) -> dict[str, Any]:
    """Turn an XML reply into names and texts, so that it can be compared as JSON is."""
    return {"root": _element(ElementTree.fromstring(text))}  # noqa: S314 - our own and recorded


def _element(element: ElementTree.Element) -> dict[str, Any]:
    found: dict[str, Any] = {f"@{name}": value for name, value in element.attrib.items()}
    for child in element:
        found.setdefault(child.tag, []).append(_element(child))
    return found
