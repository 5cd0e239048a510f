"""Records as replies show them."""

from collections.abc import Iterable
from typing import Any

from local.simulators.salesforce.errors import ApiError
from local.simulators.salesforce.schema import Field, ObjectType
from local.simulators.salesforce.state import Row
from local.simulators.salesforce.values import render

_PHOTO = "PhotoUrl"
_PHOTOS = "/services/images/photo"
_ADDRESS_PARTS = (
    "City",
    "Country",
    "GeocodeAccuracy",
    "Latitude",
    "Longitude",
    "PostalCode",
    "State",
    "Street",
)


def attributes(object_type: ObjectType, row: Row, base: str) -> dict[str, str]:
    """Return the type and the address that come first in every record."""
    url = f"{base}/sobjects/{object_type.name}/{row['Id']}"
    return {"type": object_type.name, "url": url}


def field_value(field: Field, row: Row) -> Any:
    """Return a field as JSON; a compound address is an object, or null if it is empty."""
    if field.type != "address":
        return render(row[field.name]) if field.name != _PHOTO else f"{_PHOTOS}/{row['Id']}"
    prefix = field.name.removesuffix("Address")
    parts = {part[0].lower() + part[1:]: row[prefix + part] for part in _ADDRESS_PARTS}
    return parts if any(value is not None for value in parts.values()) else None


def show(object_type: ObjectType, row: Row, fields: Iterable[Field], base: str) -> dict[str, Any]:
    """Return a record with some fields and its Id."""
    shown = {"attributes": attributes(object_type, row, base)}
    shown |= {field.name: field_value(field, row) for field in fields}
    shown.setdefault("Id", row["Id"])
    return shown


def show_all(object_type: ObjectType, row: Row) -> dict[str, Any]:
    """Return every field of a row, as the admin face shows it."""
    return {each.name: field_value(each, row) for each in object_type.fields.values()}


def chosen_fields(object_type: ObjectType, names: Iterable[str]) -> list[Field]:
    """Return the fields that a caller names.

    Raises:
        ApiError: INVALID_FIELD for the first that does not exist.
    """
    chosen = []
    for name in names:
        field = object_type.find(name.strip())
        if field is None:
            raise ApiError(
                "INVALID_FIELD", f"No such column '{name}' on entity '{object_type.name}'"
            )
        chosen.append(field)
    return chosen
