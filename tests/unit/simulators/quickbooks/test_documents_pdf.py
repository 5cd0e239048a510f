"""Documents as PDF files: what is in them, and which requests get one."""

import re

import pytest

from tests.unit.simulators.quickbooks.books import invoice, line, payment
from tests.unit.simulators.quickbooks.client import Client, code_of, parsed

PDF = {"accept": "application/pdf"}


def _is_whole(file: bytes) -> bool:
    """Tell whether the table of a file points at its objects, and the end at the table."""
    start = int(re.findall(rb"startxref\n(\d+)\n%%EOF\n$", file)[0])
    places = [int(each) for each in re.findall(rb"(\d{10}) 00000 n ", file[start:])]
    numbered = enumerate(places, 1)
    are_right = all(file[place:].startswith(b"%d 0 obj" % number) for number, place in numbered)
    (length,) = re.findall(rb"/Length (\d+)", file)
    stream = file.partition(b"stream\n")[2].partition(b"\nendstream")[0]
    is_long = len(stream) == int(length)
    return (
        file.startswith(b"%PDF-1.") and file[start:].startswith(b"xref\n") and are_right and is_long
    )


def test_invoice_as_pdf_names_its_number_and_total(client: Client) -> None:
    made = invoice(client, line(70, Qty=2, UnitPrice=35), DocNumber="A (7)\\")

    response = client.send("GET", f"invoice/{made['Id']}/pdf", headers=PDF)

    assert (response.status, response.headers["content-type"]) == (200, "application/pdf")
    assert "intuit_tid" in response.headers
    assert _is_whole(response.body)
    assert rb"Invoice A \(7\)\\" in response.body
    assert b"TOTAL USD 70.00" in response.body
    assert b"Cool Cars" in response.body


@pytest.mark.parametrize(
    ("entity", "record_id"),
    [
        ("estimate", "100"),
        ("creditmemo", "73"),
        ("salesreceipt", "11"),
        ("refundreceipt", "66"),
        ("payment", "128"),
    ],
)
def test_every_kind_of_document_comes_as_pdf(client: Client, entity: str, record_id: str) -> None:
    response = client.send("GET", f"{entity}/{record_id}/pdf", headers=PDF)

    assert response.headers["content-type"] == "application/pdf"
    assert _is_whole(response.body)


def test_letters_that_the_font_has_not_do_not_break_the_file(client: Client) -> None:
    made = invoice(client, {**line(), "Description": "Zwölf Bäume \u2603"})

    body = client.send("GET", f"invoice/{made['Id']}/pdf", headers=PDF).body

    assert "Zwölf Bäume ?".encode("cp1252") in body
    assert _is_whole(body)


def test_long_document_ends_with_its_total(client: Client) -> None:
    made = invoice(client, *([line(1)] * 60))

    body = client.send("GET", f"invoice/{made['Id']}/pdf", headers=PDF).body

    assert body.count(b" Tj") < 55
    assert b"(TOTAL USD 60.00) Tj\nET" in body


def test_unknown_document_is_the_usual_fault(client: Client) -> None:
    both = {"accept": "application/pdf, application/json"}

    as_json = client.send("GET", "invoice/4711/pdf", headers=both)
    as_xml = client.send("GET", "invoice/4711/pdf", headers=PDF)

    assert (as_json.status, code_of(parsed(as_json))) == (400, "610")
    assert b'<Error code="610"' in as_xml.body


def test_client_that_takes_no_pdf_gets_a_406_unless_the_switch_says_so(client: Client) -> None:
    refused = client.send("GET", "invoice/130/pdf")
    anything = client.send("GET", "invoice/130/pdf", headers={"accept": "*/*"})
    client.admin("POST", "switches", {"pdf_accept": "ignored"})
    ignored = client.send("GET", "invoice/130/pdf")

    assert (refused.status, refused.body) == (406, b"")
    assert [each.headers["content-type"] for each in (anything, ignored)] == ["application/pdf"] * 2


def test_only_documents_come_as_pdf_and_only_to_their_owner(client: Client) -> None:
    customer = client.call("GET", "customer/3/pdf")
    client.token = "stolen"

    stranger = client.send("GET", "invoice/130/pdf", headers=PDF)

    assert code_of(customer) == "500"
    assert stranger.status == 401


def test_pdf_is_a_metered_read_of_its_own_kind(client: Client) -> None:
    made = payment(client, 5)
    before = client.admin("GET", "limits")["metered_reads"]

    client.send("GET", f"payment/{made['Id']}/pdf", headers=PDF)

    assert client.admin("GET", "calls")["by_kind"]["pdf"] == 1
    assert client.admin("GET", "limits")["metered_reads"] == before + 1
