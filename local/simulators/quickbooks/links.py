"""The link by which a customer sees and pays an invoice.

Intuit: api/accounting/all-entities/invoice (InvoiceLink). It is made for invoices that may be paid
online and have an e-mail address, and told where the request says `include=invoiceLink`.
"""

import hashlib

from local.simulators.quickbooks.schema import Row

_ONLINE = ("AllowOnlineCreditCardPayment", "AllowOnlineACHPayment")


def with_link(invoice: Row, realm: str) -> Row:
    """Return an invoice with its link, if it has one; the link leads nowhere."""
    has_address = bool((invoice.get("BillEmail") or {}).get("Address"))
    if not has_address or not any(invoice.get(name) for name in _ONLINE):
        return invoice
    key = hashlib.sha256(f"{realm}/{invoice['Id']}".encode()).hexdigest()
    return {**invoice, "InvoiceLink": f"https://invoices.example/scs-v1-{key}"}
