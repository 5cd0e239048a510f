"""Invoices and sales receipts that are made from an estimate close it.

Intuit: workflows/manage-linked-transactions. The estimate's time moves but not its token, as a
recorded one shows; what it goes back to when its invoice goes is assumed to be Pending.
"""

from typing import TYPE_CHECKING

from local.simulators.quickbooks import errors
from local.simulators.quickbooks.entities import ENTITIES
from local.simulators.quickbooks.errors import ApiFault
from local.simulators.quickbooks.schema import Row

if TYPE_CHECKING:
    from local.simulators.quickbooks.state import Company

_ESTIMATE = ENTITIES["Estimate"]
_WRITABLE = {"Estimate", "TimeActivity"}


def check(row: Row, before: Row | None, company: "Company") -> None:
    """Check the links that a request wants; those to payments are the server's own.

    Raises:
        ApiFault: 2500 for an estimate that is not there, 6000 for a second one.
    """
    own = [each for each in (before or {}).get("LinkedTxn", []) if _is_servers(each)]
    wanted = [each for each in row["LinkedTxn"] if not _is_servers(each)]
    for link in wanted:
        is_missing = company.find("Estimate", str(link.get("TxnId"))) is None
        if link.get("TxnType") == "Estimate" and is_missing:
            detail = f"Invalid Reference Id : Txn element id {link.get('TxnId')} not found"
            raise ApiFault("2500", detail, "Reference Id")
    if len({str(each.get("TxnId")) for each in wanted if each.get("TxnType") == "Estimate"}) > 1:
        raise errors.business("A transaction can be linked to one estimate only.")
    row["LinkedTxn"] = wanted + own


def follow(kind: str, before: Row | None, after: Row | None, company: "Company") -> None:
    """Let estimates follow the links of an invoice or a sales receipt that was stored."""
    old, new = _linked(before), _linked(after)
    document_id = (after or before or {})["Id"]
    for estimate_id in sorted(old ^ new, key=int):
        estimate = company.find("Estimate", estimate_id)
        if estimate is None:
            continue
        changed = company.timed(estimate, estimate)
        if estimate_id in new:
            changed["TxnStatus"] = "Closed"
            changed["LinkedTxn"] = [{"TxnId": document_id, "TxnType": kind}]
        else:
            changed["TxnStatus"] = "Pending"
            changed.pop("LinkedTxn", None)
        company.store(_ESTIMATE, changed, estimate, "updated")


def _is_servers(link: Row) -> bool:
    return link.get("TxnType") not in _WRITABLE


def _linked(row: Row | None) -> set[str]:
    links = (row or {}).get("LinkedTxn") or ()
    return {str(each["TxnId"]) for each in links if each["TxnType"] == "Estimate"}
