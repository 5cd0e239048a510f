"""The short lists of a company: terms, tax codes, payment methods, its custom fields.

They are metered reads and change seldom (Intuit: blog, 24 October 2025, advises to keep them): each
is read when it is first needed, and kept as long as the process lives.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bridge.quickbooks import queries
from bridge.quickbooks.custom_fields import definitions
from bridge.schemas import CUSTOM_FIELD, ListEntry, bare_name

SHORT_LISTS = frozenset({"Account", "Class", "Department", "PaymentMethod", "TaxCode", "Term"})

Row = Mapping[str, Any]
# What runs a statement of the query language and returns the rows of an object.
Query = Callable[[str, str], Sequence[Row]]


class Lists:
    """The short lists of one company, by the names of their objects."""

    def __init__(self, query: Query) -> None:
        self._query = query
        self._known: dict[str, Sequence[ListEntry]] = {}

    def entries(self, name: str) -> Sequence[ListEntry]:
        """Return all entries of a list, inactive ones too; the custom fields as `CustomField`.

        Raises:
            BridgeError: a call failed.
        """
        if name not in self._known:
            self._known[name] = self._read(name)
        return self._known[name]

    def _read(self, name: str) -> Sequence[ListEntry]:
        if name == CUSTOM_FIELD:
            rows = self._query("Preferences", queries.preferences())
            return definitions(rows[0]) if rows else ()
        return [_entry(row) for row in self._all_rows(name)]

    def _all_rows(self, name: str) -> list[Row]:
        rows: list[Row] = []
        while True:
            page = self._query(name, queries.everything(name, len(rows) + 1))
            rows += page
            if len(page) < queries.MAX_ROWS:
                return rows


def _entry(row: Row) -> ListEntry:
    name = str(row.get("FullyQualifiedName") or row.get("Name") or "")
    is_active = row.get("Active") is not False
    return ListEntry(str(row["Id"]), name if is_active else bare_name(name), is_active)
