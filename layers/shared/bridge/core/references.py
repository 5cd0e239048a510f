"""References: how a record names another one, in a form that both systems share.

The canonical value of a reference is the Salesforce id of the record that is named. A QuickBooks
record that names one which is not linked holds a form of its id that never equals one of ours.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bridge.core.lines import line_values
from bridge.core.mapping import EntityMapping
from bridge.model import Value, Values

UNLINKED = "quickbooks:"


@dataclass(frozen=True)
class Reference:
    """One record that another one names: in which of its fields, of what entity, by which id."""

    field: str
    entity: str
    value: str


def unlinked_form(quickbooks_id: str) -> str:
    """Return the value of a reference to a QuickBooks record that is not linked."""
    return f"{UNLINKED}{quickbooks_id}"


def unlinked_id(value: Value) -> str | None:
    """Return the QuickBooks id in the value of such a reference; None for any other value."""
    is_unlinked = isinstance(value, str) and value.startswith(UNLINKED)
    return str(value).removeprefix(UNLINKED) if is_unlinked else None


def references(
    values: Values, mapping: EntityMapping, names: Iterable[str] | None = None
) -> Iterator[Reference]:
    """Find what some fields of a record name (None: all of its fields), the lines' fields too."""
    chosen = set(mapping.names if names is None else names)
    for each in mapping.fields:
        value = values[each.name] if each.name in chosen else None
        if value is None:
            continue
        if each.reference:
            yield Reference(each.name, each.reference, str(value))
        for inner in each.lines.fields if each.lines else ():
            if each.lines and inner.reference:
                found = dict.fromkeys(line_values(value, each.lines, inner.name))
                yield from (Reference(each.name, inner.reference, str(one)) for one in found)
