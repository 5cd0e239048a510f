"""Parents: records that a new part names beside its root, found by what they hold.

The standard price book is one: every org has one, under an id of its own (Salesforce: Object
Reference, "Pricebook2").
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bridge.errors import MappingError
from bridge.model import Value
from bridge.salesforce.connection import Connection
from bridge.salesforce.ids import to_18
from bridge.salesforce.soql import part_link, select_parent
from bridge.salesforce.steps import Step


class Parents:
    """Knows the ids of such records; each is asked for once, as long as it is found."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._ids: dict[tuple[str, str, Value], str] = {}

    def completed(self, steps: Sequence[Step]) -> list[Step]:
        """Return steps of parts with the ids of the parents that they describe.

        Raises:
            BridgeError: one is not to be found, or the call failed.
        """
        return [replace(step, body=self._body(step)) for step in steps]

    def _body(self, step: Step) -> Mapping[str, Value]:
        described = {name: value for name, value in step.body.items() if "." in name}
        if not described:
            return step.body
        plain = {name: value for name, value in step.body.items() if name not in described}
        return plain | dict(self._named(step.object, *each) for each in described.items())

    def _named(self, part: str, path: str, value: Value) -> tuple[str, str]:
        """Return the field by which a part names a parent, and the parent's id."""
        parent, _, field = path.partition(".")
        key = part_link(part).parents.get(parent)
        if key is None:
            raise MappingError("part_unknown", system="salesforce", field=path)
        sought = (parent, field, value)
        if sought not in self._ids:
            self._ids[sought] = self._asked(*sought)
        return key, self._ids[sought]

    def _asked(self, parent: str, field: str, value: Value) -> str:
        statement = select_parent(parent, field, value)
        answer = self._connection.call("query", lambda org: org.query(statement))
        found = answer.body.get("records") if isinstance(answer.body, Mapping) else None
        if not found or len(found) != 1:
            raise MappingError("parent_not_found", system="salesforce", field=f"{parent}.{field}")
        return to_18(found[0]["Id"])
