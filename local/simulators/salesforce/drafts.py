"""A record on its way into the org: what was given, and what is there already."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from local.simulators.salesforce.schema import ObjectType
from local.simulators.salesforce.state import Org
from local.simulators.salesforce.tables import Row


@dataclass(slots=True)
class Draft:
    """A record about to be saved; `values` are what will be set, and rules may add to them."""

    org: Org
    object_type: ObjectType
    values: dict[str, Any]
    old: Row | None
    user_id: str
    given: Collection[str] = field(default_factory=frozenset)

    @property
    def is_new(self) -> bool:
        """Tell whether the record is being created."""
        return self.old is None

    def __getitem__(self, name: str) -> Any:
        """Return a field as it will be."""
        if name in self.values:
            return self.values[name]
        if self.old is not None:
            return self.old[name]
        return self.object_type.beginnings.get(name)

    def gives(self, name: str) -> bool:
        """Tell whether the caller set the field to something."""
        return name in self.given and self.values.get(name) is not None

    def changes(self, *names: str) -> bool:
        """Tell whether one of the fields will differ from what it was."""
        old = self.old or Row()
        return any(self[name] != old.get(name) for name in names)

    def parent(self, key_name: str) -> Row | None:
        """Return the row that a reference will name."""
        key = self.object_type.fields[key_name]
        parent_type = self.org.schema.objects[key.reference_to[0]]
        return self.org.row(parent_type, self[key_name] or "")

    def whole(self) -> Row:
        """Return the record as it will be."""
        return Row({**(self.old or self.object_type.beginnings), **self.values})
