"""What an org declares itself: custom fields, objects and rules, in the words of its metadata.

Salesforce: Metadata API Developer Guide, "CustomField" and "CustomObject".
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from local.simulators.salesforce import ids, metadata

# Types of the Metadata API (as a field is declared) and of a describe (as it is told to clients).
_TYPES = {
    "Text": "string",
    "TextArea": "textarea",
    "LongTextArea": "textarea",
    "Html": "textarea",
    "Picklist": "picklist",
    "MultiselectPicklist": "multipicklist",
    "Checkbox": "boolean",
    "Number": "double",
    "Currency": "currency",
    "Percent": "percent",
    "Date": "date",
    "DateTime": "datetime",
    "Email": "email",
    "Phone": "phone",
    "Url": "url",
    "Lookup": "reference",
    "MasterDetail": "reference",
    "AutoNumber": "string",
    "Summary": "double",
}
_LENGTHS = {
    "TextArea": 255,
    "Picklist": 255,
    "Email": 80,
    "Phone": 40,
    "Url": 255,
    "AutoNumber": 30,
    "LongTextArea": 32768,
    "Html": 32768,
    "MultiselectPicklist": 4099,
}
_KEYS = {
    "validationRules": "validation_rules",
    "duplicateRules": "duplicate_rules",
    "labelPlural": "label_plural",
    "nameField": "name_field",
}
_OWN_OBJECT = re.compile(r"\w+__(?:c|e)")
_NAME: dict[str, Any] = {"type": "Text", "label": "Name"}


@dataclass(slots=True)
class Declaration:
    """What an org declares of one object; `fields` are in the words of the metadata."""

    fields: list[dict[str, Any]] = field(default_factory=list)
    label: str | None = None
    label_plural: str | None = None
    name_field: dict[str, Any] = field(default_factory=lambda: dict(_NAME))
    validation_rules: list[dict[str, Any]] = field(default_factory=list)
    duplicate_rules: list[dict[str, Any]] = field(default_factory=list)


def merged(
    file: Path | None, source: Path | None, standard: Mapping[str, Any]
) -> dict[str, Declaration]:
    """Return the declarations by object, of a source folder and then of a file.

    Raises:
        ValueError: an object that is neither standard nor of the org's own making.
    """
    found = {name: _parsed(name, raw) for name, raw in metadata.read(source).items()}
    raw_file: dict[str, Any] = json.loads(file.read_text("utf-8")) if file else {}
    for name, raw in raw_file.items():
        declaration = _parsed(name, raw)
        if name in found:
            found[name].fields += declaration.fields
            found[name].validation_rules += declaration.validation_rules
            found[name].duplicate_rules += declaration.duplicate_rules
        else:
            found[name] = declaration
    unknown = [name for name in found if name not in standard and not _OWN_OBJECT.fullmatch(name)]
    if unknown:
        where = file.name if file else source
        raise ValueError(f"{where}: no object {', '.join(sorted(unknown))}")
    return found


def _parsed(name: str, raw: Any) -> Declaration:
    if isinstance(raw, list):
        return Declaration(raw)
    attributes = {_KEYS.get(key, key): value for key, value in raw.items()}
    known = {each.name for each in fields(Declaration)}
    if unknown := sorted(set(attributes) - known):
        raise ValueError(f"object {name}: unknown {', '.join(unknown)}")
    return Declaration(**attributes)


def custom_object(name: str, declaration: Declaration, number: int) -> dict[str, Any]:
    """Return the entry of an object of the org's own, as the files of standard ones have it."""
    label = declaration.label or name.rpartition("__")[0].replace("_", " ")
    kind = "e" if name.endswith("__e") else "a"
    digit = ids.ALPHABET[number // 62] + ids.ALPHABET[number % 62]
    own: list[dict[str, Any]] = []
    if name.endswith("__e"):
        own = [{**_READ_ONLY, "name": "ReplayId", "label": "Replay ID", "type": "string"}]
        own += [{**_READ_ONLY, "name": "EventUuid", "label": "Event UUID", "type": "string"}]
    else:
        own = [_name_entry(declaration.name_field)]
        if not any(each["type"] == "MasterDetail" for each in declaration.fields):
            own.insert(0, dict(_OWNER))
    return {
        "label": label,
        "labelPlural": declaration.label_plural or f"{label}s",
        "keyPrefix": kind + digit,
        "fields": own,
    }


_READ_ONLY = {"createable": False, "updateable": False}
_OWNER = {
    "name": "OwnerId",
    "label": "Owner ID",
    "type": "reference",
    "defaultedOnCreate": True,
    "referenceTo": ["User"],
    "relationshipName": "Owner",
    "default": "user",
}


def _name_entry(raw: Mapping[str, Any]) -> dict[str, Any]:
    entry = {"name": "Name", "label": raw.get("label", "Name"), "type": "string", "length": 80}
    entry |= {"nameField": True, "idLookup": True}
    if raw["type"] != "AutoNumber":
        # Unlike on standard objects, a record without a name is given its id as one.
        return entry | {"defaultedOnCreate": True, "derived": "nameOrId"}
    return entry | _READ_ONLY | {"autoNumber": raw["displayFormat"], "defaultedOnCreate": True}


def entry(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Turn a declaration with a Metadata API type into an entry with a describe type.

    Raises:
        ValueError: a type that the stand-in does not know, or a name that is not a custom one.
    """
    kind, name = raw["type"], raw["name"]
    if kind not in _TYPES:
        raise ValueError(f"field {name}: type {kind} is not one of {list(_TYPES)}")
    if not name.endswith("__c"):
        raise ValueError(f"field {name}: the name of a custom field ends in __c")
    made = {"label": name.removesuffix("__c").replace("_", " "), **raw, "type": _TYPES[kind]}
    if kind in _LENGTHS:
        made.setdefault("length", _LENGTHS[kind])
    if kind in ("Picklist", "MultiselectPicklist"):
        made.setdefault("restricted", True)
    if kind == "Checkbox":
        made.setdefault("default", False)
    if kind in ("Lookup", "MasterDetail"):
        made |= _reference(made, kind)
    if kind == "AutoNumber":
        made["autoNumber"] = made.pop("displayFormat")
    if kind in ("AutoNumber", "Summary") or "formula" in made:
        made |= {**_READ_ONLY, "required": False}
    if kind == "Summary":
        made |= {"precision": made.get("precision", 18), "scale": made.get("scale", 2)}
    return made


def _reference(made: Mapping[str, Any], kind: str) -> dict[str, Any]:
    name = made["name"].removesuffix("__c")
    found = {"relationshipName": made.get("relationshipName", f"{name}__r")}
    if kind == "Lookup":
        constraint = made.get("deleteConstraint", "SetNull")
        return found | {"deleteConstraint": constraint, "cascadeDelete": constraint == "Cascade"}
    return found | {
        "masterDetail": True,
        "cascadeDelete": True,
        "required": True,
        "updateable": made.get("updateable", False),
    }
