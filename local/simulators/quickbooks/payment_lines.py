"""The lines of a payment: what each one is applied to, and what a reply tells about it."""

from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from local.simulators.quickbooks import errors
from local.simulators.quickbooks.errors import ApiFault
from local.simulators.quickbooks.money import money
from local.simulators.quickbooks.reading import read_number, unknown_property
from local.simulators.quickbooks.schema import Row

_KEYS = {"Id", "LineNum", "Amount", "LinkedTxn", "LineEx", "Description", "DetailType"}
_LINK_KEYS = {"TxnId", "TxnType", "TxnLineId"}
# What pays money back to a customer; the documents themselves are not kept.
REFUNDS = ("Check", "Expense")
_TYPES = {"Invoice", "CreditMemo", "JournalEntry", "Expense", "Check", "CreditCardCredit"}


def read_lines(sent: Any) -> list[Row]:
    """Check the lines of a request; each is applied to one document.

    Raises:
        ApiFault: 2010, 2020, 2080 or 2170.
    """
    if sent is None:
        return []
    if not isinstance(sent, list):
        raise ApiFault("2010", "Property Name:Line specified is unsupported or invalid")
    return [_read_line(each) for each in sent]


def _read_line(sent: Any) -> Row:
    if not isinstance(sent, dict):
        raise ApiFault("2010", "Property Name:Line specified is unsupported or invalid")
    if unknown := next((each for each in sent if each not in _KEYS), ""):
        raise unknown_property(unknown, "Line", sorted(_KEYS))
    amount = read_number("Line.Amount", sent.get("Amount"))
    if amount is None:
        raise errors.required("Line.Amount")
    links = sent.get("LinkedTxn") or []
    if len(links) != 1:
        raise errors.required("Line.LinkedTxn")
    link = links[0]
    if unknown := next((each for each in link if each not in _LINK_KEYS), ""):
        raise unknown_property(unknown, "LinkedTxn", sorted(_LINK_KEYS))
    if link.get("TxnType") not in _TYPES:
        raise ApiFault("2170", f"Invalid Enumeration : {link.get('TxnType')}", "TxnType")
    kept = {"TxnId": str(link.get("TxnId", "")), "TxnType": link["TxnType"]}
    return {"Amount": money(amount), "LinkedTxn": [kept]}


def applied_to(row: Row | None) -> dict[tuple[str, str], Decimal]:
    """Return how much of a payment is applied to which document, by kind and id."""
    applied: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for line in (row or {}).get("Line") or ():
        link = line["LinkedTxn"][0]
        applied[link["TxnType"], link["TxnId"]] += Decimal(line["Amount"])
    return dict(applied)


def with_extras(lines: list[Row], find: Callable[[str, str], Row | None]) -> list[Row]:
    """Return the lines with what replies tell besides: `txnOpenBalance` is before this payment."""
    return [_with_extra(line, find) for line in lines]


def _with_extra(line: Row, find: Callable[[str, str], Row | None]) -> Row:
    link = line["LinkedTxn"][0]
    is_kept = link["TxnType"] not in REFUNDS
    found = find(link["TxnType"], link["TxnId"]) if is_kept else None
    if found is None:
        return line
    opened = Decimal(found["Balance"]) + Decimal(line["Amount"])
    told = {
        "txnId": link["TxnId"],
        "txnOpenBalance": f"{opened:.2f}",
        "txnReferenceNumber": found.get("DocNumber", ""),
    }
    return {**line, "LineEx": {"any": [_name_value(*each) for each in told.items()]}}


def _name_value(name: str, value: str) -> Row:
    """Write a pair as the vendor's Java server does."""
    return {
        "name": "{http://schema.intuit.com/finance/v3}NameValue",
        "declaredType": "com.intuit.schema.finance.v3.NameValue",
        "scope": "javax.xml.bind.JAXBElement$GlobalScope",
        "value": {"Name": name, "Value": value},
        "nil": False,
        "globalScope": True,
        "typeSubstituted": False,
    }
