"""The numbers of documents, and the ids of their addresses.

Intuit: api/accounting/all-entities/invoice (DocNumber), batch (allowduplicatedocnum).
"""

from typing import TYPE_CHECKING

from local.simulators.quickbooks import errors
from local.simulators.quickbooks.company_settings import Settings
from local.simulators.quickbooks.schema import Entity, Row

if TYPE_CHECKING:
    from local.simulators.quickbooks.state import Company

# What a request includes besides: `allowduplicatedocnum`, `void`.
Options = frozenset[str]
NO_OPTIONS: Options = frozenset()
_ALLOW_DUPLICATE = "allowduplicatedocnum"
_ADDRESSES = ("BillAddr", "ShipAddr", "ShipFromAddr")


def set_number(
    entity: Entity,
    row: Row,
    before: Row | None,
    sent: Row,
    company: "Company",
    options: Options,
) -> None:
    """Give a document its number, or check the one that was sent.

    A number of one's own is used even where the company numbers by itself: the page on invoices
    warns not to send one, because it leads to duplicates.

    Raises:
        ApiFault: 6140.
    """
    filing, switches = company.filing, company.switches
    by_hand = Settings(company).numbers_by_hand
    number = sent.get("DocNumber")
    if before is None and number is None and not by_hand:
        number = row["DocNumber"] = filing.next_number(entity)
    elif number is not None and not by_hand and switches.sent_number_when_automatic != "used":
        number = (before or {}).get("DocNumber") or filing.next_number(entity)
        row["DocNumber"] = number
    elif number is not None and _ALLOW_DUPLICATE not in options:
        _check(entity, row, before, company)
    if before is None:
        filing.note_number(entity, number)


def _check(entity: Entity, row: Row, before: Row | None, company: "Company") -> None:
    number = row["DocNumber"]
    is_as_before = before is not None and before.get("DocNumber") == number
    if is_as_before or not company.switches.warns_of_duplicate_numbers:
        return
    if holder := company.filing.holder_of(entity, number, besides=row["Id"]):
        raise errors.duplicate_number(number, entity.name, holder)


def number_addresses(row: Row, sent: Row, company: "Company", *, is_sparse: bool) -> None:
    """Give addresses of the document's own their ids; those of the customer keep theirs.

    The company's address is put in as the origin, though not by a sparse update (recorded).
    """
    if not is_sparse and "FreeFormAddress" in row and "ShipFromAddr" not in row:
        _set_origin(row, company)
    for name in _ADDRESSES:
        if sent.get(name) and "Id" not in row[name]:
            row[name] = {"Id": company.address_number(), **row[name]}


def _set_origin(row: Row, company: "Company") -> None:
    own = (company.find("CompanyInfo", "1") or {}).get("CompanyAddr") or {}
    if "Line1" not in own:
        return
    place = f"{own.get('City', '')}, {own.get('CountrySubDivisionCode', '')}"
    line = f"{place}  {own.get('PostalCode', '')}"
    row["ShipFromAddr"] = {"Id": company.address_number(), "Line1": own["Line1"], "Line2": line}
