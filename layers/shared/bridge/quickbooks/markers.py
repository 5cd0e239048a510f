"""The marker: which Salesforce record a QuickBooks record of ours was made for, in its notes."""

import re
from typing import NamedTuple

from bridge.model import Values, Write, WriteKind

# What a marker takes of the field that carries it, its line break included.
MARKER_LENGTH = len("\nSalesforce ") + 18


class Carrier(NamedTuple):
    """The text in which the marker of an object stands, and how it is found there."""

    field: str
    pattern: re.Pattern[str]


# A line of its own among a customer's notes. In the note of a document, which may be printed on a
# statement, anywhere: a void writes "Voided" in front of it (Intuit:
# api/accounting/all-entities/invoice, void).
_IN_A_NOTE = re.compile(r"(?:\r?\n|\b)Salesforce ([A-Za-z0-9]{18})\b")
MARKED_OBJECTS = {
    "Customer": Carrier("Notes", re.compile(r"(?:^|\r?\n)Salesforce ([A-Za-z0-9]{18})(?=\r?\n|$)")),
    "Invoice": Carrier("PrivateNote", _IN_A_NOTE),
    "Estimate": Carrier("PrivateNote", _IN_A_NOTE),
}


def without_marker(object_name: str, fields: Values) -> tuple[Values, str | None]:
    """Return the fields without our marker, and the Salesforce id that it names.

    A person may have written around it; of several markers the last one is ours.
    """
    carrier = MARKED_OBJECTS.get(object_name)
    text = fields.get(carrier.field) if carrier else None
    found = list(carrier.pattern.finditer(text)) if carrier and isinstance(text, str) else []
    if not carrier or not found or not isinstance(text, str):
        return fields, None
    ours = found[-1]
    rest = text[: ours.start()] + text[ours.end() :]
    if not ours.start():
        # Without a text above it the marker leaves the line break of what stands below.
        rest = re.sub(r"^\r?\n", "", rest)
    return {**fields, carrier.field: rest or None}, ours[1]


def with_marker(write: Write) -> Values:
    """Return the fields of a write with our marker in place.

    An update that does not touch the carrying text leaves it alone: the text is a person's.
    """
    carrier = MARKED_OBJECTS.get(write.object)
    if not carrier or not write.marker:
        return write.fields
    if write.kind is WriteKind.UPDATE and carrier.field not in write.fields:
        return write.fields
    text = write.fields.get(carrier.field)
    line = f"Salesforce {write.marker}"
    return {**write.fields, carrier.field: f"{text}\n{line}" if text else line}
