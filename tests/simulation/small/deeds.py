"""What people do in a small scene, on the one record that there is on a side."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.simulation.people import People

SALESFORCE, QUICKBOOKS = "salesforce", "quickbooks"
REALM = "1"
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Deed:
    """What a person does on one side: `add`, `remove`, or the name of the field to edit."""

    side: str
    what: str

    def __str__(self) -> str:
        return f"{self.side} {self.what}"

    def is_possible(self, people: People) -> bool:
        """Say whether there is a record to do it to."""
        return self.what == "add" or _row(self, people) is not None

    def act(self, people: People) -> None:
        """Let a person do it."""
        people.is_acting = True
        try:
            if self.side == SALESFORCE:
                _in_salesforce(self, people)
            else:
                _in_quickbooks(self, people)
        finally:
            people.is_acting = False


def _row(deed: Deed, people: People) -> Row | None:
    rows = people.accounts() if deed.side == SALESFORCE else people.customers(REALM)
    return rows[0] if rows else None


def _in_salesforce(deed: Deed, people: People) -> None:
    fields = {"name": "Name", "phone": "Phone", "fax": "Fax"}
    row = _row(deed, people)
    if row is None:
        typed = {"Name": "Walnut1 Ltd", "Fax": "Walnut2", "Phone": "Walnut3"}
        people.in_salesforce("create", fields=typed)
    elif deed.what == "remove":
        people.in_salesforce("delete", id=row["Id"])
    else:
        typed = {fields[deed.what]: _typed(deed, people)}
        people.in_salesforce("update", id=row["Id"], fields=typed)


def _in_quickbooks(deed: Deed, people: People) -> None:
    row = _row(deed, people)
    if row is None:
        # A twin has the same name and the same phone; another fax is no strong key.
        typed: dict[str, Any] = {
            "DisplayName": "Walnut1 Ltd",
            "Fax": {"FreeFormNumber": "Walnut4"},
            "PrimaryPhone": {"FreeFormNumber": "Walnut3"},
        }
        people.in_quickbooks("create", REALM, fields=typed)
    elif deed.what == "remove":
        people.in_quickbooks("deactivate", REALM, id=row["Id"])
    else:
        text = _typed(deed, people)
        edits: dict[str, dict[str, Any]] = {
            "name": {"DisplayName": text},
            "phone": {"PrimaryPhone": {"FreeFormNumber": text}},
            "fax": {"Fax": {"FreeFormNumber": text}},
        }
        people.in_quickbooks("update", REALM, id=row["Id"], fields=edits[deed.what])


def _typed(deed: Deed, people: People) -> str:
    """Return a text that nobody has typed before."""
    people.typed += 1
    text = f"Walnut{10 + people.typed}"
    return f"{text} Ltd" if deed.what == "name" else text
