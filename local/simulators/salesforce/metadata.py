"""Reads the objects of an SFDX source folder: fields, validation rules, value sets.

Salesforce: Metadata API Developer Guide, "CustomObject", "CustomField", "ValidationRule",
"GlobalValueSet"; the files are those of the source format, `objects/<Name>/...`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import parse

_SPACE = "{http://soap.sforce.com/2006/04/metadata}"
_NUMBERS = ("length", "precision", "scale")
_FLAGS = ("required", "unique", "externalId", "caseSensitive")
_TEXTS = ("label", "displayFormat", "formula", "deleteConstraint")


def read(folder: Path | None) -> dict[str, dict[str, Any]]:
    """Return the declarations of a source folder by object, in the form of the JSON file."""
    if folder is None:
        return {}
    if not (folder / "objects").is_dir():
        raise ValueError(f"{folder}: there is no folder 'objects'")
    value_sets = dict(_value_sets(folder))
    found = {}
    for place in sorted((folder / "objects").iterdir()):
        # Settings of the package, not records that a client moves.
        if place.is_dir() and not place.name.endswith("__mdt"):
            found[place.name] = _object(place, value_sets)
    return found


def _object(place: Path, value_sets: dict[str, list[str]]) -> dict[str, Any]:
    raw: dict[str, Any] = {
        "fields": [_field(root, value_sets) for root in _roots(place / "fields", "field-meta.xml")],
        "validationRules": [
            _validation_rule(root)
            for root in _roots(place / "validationRules", "validationRule-meta.xml")
            if _text(root, "active") != "false"
        ],
    }
    for root in _roots(place, "object-meta.xml"):
        raw |= {"label": _text(root, "label"), "labelPlural": _text(root, "pluralLabel")}
        named = root.find(f"{_SPACE}nameField")
        if named is not None:
            raw["nameField"] = _children(named)
    return raw


def _roots(folder: Path, suffix: str) -> Iterator[Element]:
    for file in sorted(folder.glob(f"*.{suffix}")):
        yield _root(file)


def _root(file: Path) -> Element:
    root = parse(file).getroot()
    if root is None:
        raise ValueError(f"{file}: there is nothing in it")
    return root


def _text(root: Element, name: str) -> str | None:
    return root.findtext(_SPACE + name)


def _children(root: Element) -> dict[str, str]:
    return {each.tag.removeprefix(_SPACE): each.text or "" for each in root}


def _field(root: Element, value_sets: dict[str, list[str]]) -> dict[str, Any]:
    raw: dict[str, Any] = {"name": _text(root, "fullName"), "type": _text(root, "type")}
    raw |= {name: int(text) for name in _NUMBERS if (text := _text(root, name))}
    raw |= {name: text == "true" for name in _FLAGS if (text := _text(root, name))}
    raw |= {name: text for name in _TEXTS if (text := _text(root, name))}
    if (default := _text(root, "defaultValue")) and raw["type"] == "Checkbox":
        raw["default"] = default == "true"
    if (value_set := root.find(f"{_SPACE}valueSet")) is not None:
        raw |= _picklist(value_set, value_sets)
    if target := _text(root, "referenceTo"):
        raw["referenceTo"] = [target]
        raw["updateable"] = raw["type"] == "Lookup" or _text(root, "reparentableMasterDetail") == (
            "true"
        )
    if children := _text(root, "relationshipName"):
        raw["childRelationshipName"] = f"{children}__r"
    if raw["type"] == "Summary":
        raw["summary"] = _summary(root)
    return raw


def _picklist(value_set: Element, value_sets: dict[str, list[str]]) -> dict[str, Any]:
    raw: dict[str, Any] = {"restricted": _text(value_set, "restricted") == "true"}
    if shared := _text(value_set, "valueSetName"):
        return raw | {"values": value_sets.get(shared, []), "restricted": True}
    values = value_set.findall(f"{_SPACE}valueSetDefinition/{_SPACE}value")
    raw["values"] = [_text(each, "fullName") for each in values if _is_active(each)]
    chosen = [each for each in values if _text(each, "default") == "true"]
    if chosen:
        raw["default"] = _text(chosen[0], "fullName")
    return raw


def _is_active(value: Element) -> bool:
    return _text(value, "isActive") != "false"


def _value_sets(folder: Path) -> Iterator[tuple[str, list[str]]]:
    for file in sorted((folder / "globalValueSets").glob("*.globalValueSet-meta.xml")):
        values = _root(file).findall(f"{_SPACE}customValue")
        names = [str(_text(each, "fullName")) for each in values if _is_active(each)]
        yield file.name.partition(".")[0], names


def _summary(root: Element) -> dict[str, Any]:
    child, _, key = str(_text(root, "summaryForeignKey")).partition(".")
    summed = _text(root, "summarizedField")
    filters = [_children(each) for each in root.findall(f"{_SPACE}summaryFilterItems")]
    return {
        "child": child,
        "key": key,
        "operation": _text(root, "summaryOperation"),
        "field": summed.partition(".")[2] if summed else None,
        "filters": tuple(
            (each["field"].partition(".")[2], each["operation"], each["value"]) for each in filters
        ),
    }


def _validation_rule(root: Element) -> dict[str, Any]:
    return {
        "name": _text(root, "fullName"),
        "formula": _text(root, "errorConditionFormula"),
        "message": _text(root, "errorMessage"),
        "field": _text(root, "errorDisplayField"),
    }
