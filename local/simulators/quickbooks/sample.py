"""The sample company: the well-known rows of Intuit's US sandbox, without its documents."""

import json
from decimal import Decimal
from functools import cache
from pathlib import Path

from local.simulators.quickbooks.schema import Row
from local.simulators.quickbooks.state import Company

_FILE = Path(__file__).with_name("sample_company.json")
_LEFT_OUT_WHEN_EMPTY = {"Customer", "Vendor", "Employee", "Item"}


@cache
def _rows() -> dict[str, list[Row]]:
    whole: dict[str, list[Row]] = json.loads(_FILE.read_text("utf-8"), parse_float=Decimal)
    return whole


def fill(company: Company, *, is_empty: bool) -> None:
    """Put the sample rows in; an empty company keeps its accounts, terms and preferences."""
    for entity, rows in _rows().items():
        if is_empty and entity in _LEFT_OUT_WHEN_EMPTY:
            continue
        for row in rows:
            company.load(entity, row)
