"""Field tables as data: what the stand-in knows of an entity."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]

# Nested objects: known attributes with their greatest length; 0 is not checked, -1 is read-only.
NESTED: dict[str, dict[str, int]] = {
    "address": {
        **{f"Line{n}": 500 for n in range(1, 6)},
        **dict.fromkeys(("City", "Country", "CountrySubDivisionCode"), 255),
        **dict.fromkeys(("CountryCode", "PostalCodeSuffix", "Tag", "Note"), 0),
        **dict.fromkeys(("Id", "Lat", "Long"), -1),
        "PostalCode": 30,
    },
    "email": {"Address": 100, "Default": 0, "Tag": 0, "Id": -1},
    "phone": {
        "FreeFormNumber": 30,
        **dict.fromkeys(("DeviceType", "CountryCode", "AreaCode", "ExchangeCode"), 0),
        **dict.fromkeys(("Extension", "Default", "Tag"), 0),
        "Id": -1,
    },
    "web": {"URI": 1000, "Default": 0, "Tag": 0, "Id": -1},
    "memo": {"value": 1000, "Id": -1},
    "ref": {"value": 0, "name": 0, "type": 0},
}
# Documents take several addresses in one, parted by commas.
NESTED["emails"] = NESTED["email"]
# What every entity has, as a field table.
SYSTEM_FIELDS = """
    Id                          text ro F S
    SyncToken                   text ro
    MetaData                    any ro
    MetaData.CreateTime         time ro F S
    MetaData.LastUpdatedTime    time ro F S
    ClientEntityId,V4IDPseudonym text ro
"""
# The attribute that a query compares.
VALUE_OF = {"email": "Address", "emails": "Address", "memo": "value", "phone": "FreeFormNumber"}
VALUE_OF |= {"web": "URI", "ref": "value"}


@dataclass(frozen=True, slots=True)
class Field:
    """One attribute of an entity.

    `kind` is text, bool, number, date, enum, any, or a nested kind of NESTED.
    """

    name: str
    kind: str = "text"
    length: int = 0
    choices: tuple[str, ...] = ()
    target: str = ""
    is_read_only: bool = False
    is_create_only: bool = False
    is_required: bool = False
    is_name: bool = False
    can_be_blank: bool = True
    is_filterable: bool = False
    is_sortable: bool = False


@dataclass(frozen=True, slots=True)
class Entity:
    """A kind of record: its fields, where its names are unique, which events it sends."""

    name: str
    fields: Mapping[str, Field]
    name_field: str = ""
    namespace: str = ""
    sequence: str = ""
    events: tuple[str, ...] = ()
    can_be_created: bool = True
    can_be_written: bool = True
    is_list: bool = True
    is_document: bool = False
    numbering: str = ""
    by_lower_name: Mapping[str, Field] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Return the name as it stands in URLs."""
        return self.name.lower()


def read_table(table: str) -> dict[str, Field]:
    """Read a field table: a line per field, `name kind[:detail] flags`.

    Flags: `ro` read-only, `new` only on create, `R` required on create, `N` a name (no colon, tab
    or newline), `!` cannot be blanked, `F` filterable, `S` sortable.
    """
    found: dict[str, Field] = {}
    for line in filter(None, (line.strip() for line in table.splitlines())):
        names, kind_text, *flags = line.split()
        kind, _, detail = kind_text.partition(":")
        for name in names.split(","):
            found[name] = Field(
                name,
                kind,
                length=int(detail) if kind == "text" and detail else 0,
                choices=tuple(detail.split(",")) if kind == "enum" else (),
                target=detail if kind == "ref" else "",
                is_read_only="ro" in flags,
                is_create_only="new" in flags,
                is_required="R" in flags,
                is_name="N" in flags,
                can_be_blank="!" not in flags,
                is_filterable="F" in flags,
                is_sortable="S" in flags,
            )
    return found
