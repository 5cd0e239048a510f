"""The sample company: the well-known rows and documents of Intuit's US sandbox."""

import json
from decimal import Decimal
from functools import cache
from pathlib import Path

from local.simulators.quickbooks.entities import ENTITIES
from local.simulators.quickbooks.payment_lines import with_extras
from local.simulators.quickbooks.schema import Row
from local.simulators.quickbooks.state import Company

_FILES = ("sample_company.json", "sample_documents.json")
_LEFT_OUT_WHEN_EMPTY = {
    *("Customer", "Vendor", "Employee", "Item"),
    *(name for name, entity in ENTITIES.items() if entity.is_document),
}
# The one that the sample company's preferences have in use.
_CUSTOM_FIELDS = [{"DefinitionId": "1", "Name": "Crew #", "Type": "StringType"}]


@cache
def _rows() -> dict[str, list[Row]]:
    texts = (Path(__file__).with_name(each).read_text("utf-8") for each in _FILES)
    parts = (json.loads(each, parse_float=Decimal) for each in texts)
    return {entity: rows for part in parts for entity, rows in part.items()}


def fill(company: Company, *, is_empty: bool) -> None:
    """Put the sample rows in; an empty company keeps its accounts, terms, taxes and preferences."""
    for entity, rows in _rows().items():
        if is_empty and entity in _LEFT_OUT_WHEN_EMPTY:
            continue
        for row in rows:
            company.load(entity, _filled_in(entity, row, company))


def _filled_in(entity: str, row: Row, company: Company) -> Row:
    """Add what a reply derives from elsewhere, and the file leaves out."""
    if entity == "Payment":
        return {**row, "Line": with_extras(row["Line"], company.find)}
    if ENTITIES[entity].is_document:
        return {"CustomField": _CUSTOM_FIELDS, **row}
    return row
