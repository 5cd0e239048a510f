"""A document as a PDF: one page of plain text.

Intuit: api/accounting/all-entities/{invoice, estimate, salesreceipt, ...}, get as PDF. The product
lays its pages out by the company's own form styles; this page only says what is sold and for how
much.
"""

from collections.abc import Iterator

from local.simulators.quickbooks.lines import every_line
from local.simulators.quickbooks.schema import Row

# As many as there is room for on the page, above the total.
_MOST_LINES = 45
_FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"


def as_pdf(company: str, kind: str, document: Row) -> bytes:
    """Write a document, of the kind `Invoice` for example, as a PDF file."""
    drawn = b" T*\n".join(_string(each) + b" Tj" for each in _texts(company, kind, document))
    content = b"BT /F1 11 Tf 14 TL 56 780 Td\n" + drawn + b"\nET"
    stream = b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content)
    return _file(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 842] "
        b"/Resources << /Font << /F1 4 0 R >> >> /Contents 5 0 R >>",
        _FONT,
        stream,
    )


def _texts(company: str, kind: str, document: Row) -> Iterator[str]:
    yield company
    yield f"{kind} {document.get('DocNumber', '')}".rstrip()
    yield document["TxnDate"]
    yield (document.get("CustomerRef") or {}).get("name", "")
    for line in every_line(document["Line"])[:_MOST_LINES]:
        if line.get("Description") or "Amount" in line:
            yield f"{line.get('Description', '')}  {line.get('Amount', '')}".strip()
    currency = (document.get("CurrencyRef") or {}).get("value", "")
    yield f"TOTAL {currency} {document['TotalAmt']:.2f}"


def _string(text: str) -> bytes:
    plain = " ".join(text.split()).encode("cp1252", "replace")
    for each in (b"\\", b"(", b")"):
        plain = plain.replace(each, b"\\" + each)
    return b"(" + plain + b")"


def _file(*parts: bytes) -> bytes:
    """Put the objects of a file together, with the table that says where each one begins."""
    whole = b"%PDF-1.4\n"
    places = []
    for number, part in enumerate(parts, 1):
        places.append(len(whole))
        whole += b"%d 0 obj\n%b\nendobj\n" % (number, part)
    count = len(parts) + 1
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, len(whole))
    return whole + b"xref\n0 %d\n0000000000 65535 f \n%b" % (count, table) + end
