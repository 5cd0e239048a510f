"""The page of each stand-in: it shows records, takes an edit, and writes nothing unescaped."""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from local.simulators.quickbooks.app import QuickBooks, Setup
from local.simulators.salesforce.app import Salesforce
from local.simulators.server import Request, Response

NASTY = "<script>alert('x')</script> & \"q\""
Handle = Callable[[Request], Response]


class Visitor:
    """A browser without scripts that looks at one record of a stand-in."""

    def __init__(self, handle: Handle, entity: str, record_id: str) -> None:
        self.handle = handle
        self.view = {"entity": entity, "edit": record_id}

    def text(self, **query: str) -> str:
        """Return the page."""
        request = Request("GET", "/", {**self.view, **query})
        return self.handle(request).body.decode()

    def save(
        self, fields: dict[str, str], was: str = "{}", headers: dict[str, str] | None = None
    ) -> Response:
        """Send the form with some fields."""
        form = {"was": was, **{f"f.{name}": value for name, value in fields.items()}}
        body = urlencode(form).encode()
        return self.handle(Request("POST", "/", self.view, headers or {}, body))


@pytest.fixture
def quickbooks() -> QuickBooks:
    return QuickBooks(Setup(realms=("1", "2")))


@pytest.fixture
def salesforce() -> Salesforce:
    return Salesforce()


def _account(salesforce: Salesforce) -> str:
    return next(iter(salesforce.org.rows(salesforce.org.schema.require("Account"))))


def _person(quickbooks: QuickBooks, realm: str, **fields: str) -> None:
    body = {"realm": realm, "action": "update", "entity": "Vendor", "id": "46", "fields": fields}
    quickbooks.handle(Request("POST", "/_admin/person", body=json.dumps(body).encode()))


@pytest.fixture(params=["QuickBooks", "Salesforce"])
def visitor(request: Any, quickbooks: QuickBooks, salesforce: Salesforce) -> Visitor:
    """A visitor of either stand-in who looks at a customer."""
    if request.param == "QuickBooks":
        return Visitor(quickbooks.handle, "Vendor", "46")
    return Visitor(salesforce.handle, "Account", _account(salesforce))


def _name_of(visitor: Visitor) -> str:
    return "AcctNum" if visitor.view["entity"] == "Vendor" else "Phone"


def test_edit_is_shown_escaped_in_table_and_form(visitor: Visitor) -> None:
    response = visitor.save({_name_of(visitor): NASTY[:30]})

    page = visitor.text()

    assert response.status == 303
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(&#x27;x&#x27;)") >= 2


def test_only_what_the_visitor_changed_is_written(quickbooks: QuickBooks) -> None:
    was = '{"AcctNum": "", "CompanyName": "Shown"}'
    _person(quickbooks, "1", CompanyName="Theirs")

    Visitor(quickbooks.handle, "Vendor", "46").save({"CompanyName": "Shown", "AcctNum": "7"}, was)

    row = quickbooks.companies["1"].find("Vendor", "46")
    assert row is not None
    assert (row["CompanyName"], row["AcctNum"]) == ("Theirs", "7")


def test_part_of_an_address_leaves_its_other_parts_alone(quickbooks: QuickBooks) -> None:
    before = quickbooks.companies["1"].find("Vendor", "46")
    assert before is not None

    Visitor(quickbooks.handle, "Vendor", "46").save({"BillAddr.City": "Rome"})

    after = quickbooks.companies["1"].find("Vendor", "46")
    assert after is not None
    assert after["BillAddr"] == {**before["BillAddr"], "City": "Rome"}


def test_numbers_and_boxes_reach_salesforce_as_such(salesforce: Salesforce) -> None:
    record_id = _account(salesforce)

    Visitor(salesforce.handle, "Account", record_id).save({"NumberOfEmployees": "12", "Phone": ""})

    row = salesforce.org.row(salesforce.org.schema.require("Account"), record_id)
    assert row is not None
    assert row["NumberOfEmployees"] == 12


def test_refusal_is_told_and_what_was_typed_stays(visitor: Visitor) -> None:
    name = "DisplayName" if visitor.view["entity"] == "Vendor" else "Name"
    long_text = "x" * 600

    response = visitor.save({name: long_text, _name_of(visitor): "7"})

    page = response.body.decode()
    assert response.status == 400
    assert 'class="refusal"' in page
    assert long_text in page


def test_form_of_another_site_is_refused(visitor: Visitor) -> None:
    response = visitor.save({_name_of(visitor): "7"}, headers={"sec-fetch-site": "cross-site"})

    assert response.status == 403


def test_table_alone_can_be_asked_for_and_searched(visitor: Visitor) -> None:
    whole = visitor.text(part="table")
    found = visitor.text(part="table", find="no such thing")

    assert whole.startswith("<p>")
    assert "<form" not in whole
    assert len(re.findall("<tr id=", whole)) > 10
    assert "<tr id=" not in found


def test_company_can_be_chosen(quickbooks: QuickBooks) -> None:
    _person(quickbooks, "2", DisplayName="Second")

    first = Visitor(quickbooks.handle, "Vendor", "").text(place="1")
    second = Visitor(quickbooks.handle, "Vendor", "").text(place="2")

    assert ("Second" in first, "Second" in second) == (False, True)


def test_scripts_of_others_are_forbidden_by_the_policy(visitor: Visitor) -> None:
    request = Request("GET", "/", {})
    response = visitor.handle(request)

    policy = response.headers["content-security-policy"]
    nonce = re.search(r"script-src 'nonce-([^']+)'", policy)
    assert nonce is not None
    assert f'<script nonce="{nonce[1]}">' in response.body.decode()
    assert "default-src 'none'" in policy


def test_record_that_is_not_there_is_a_404(visitor: Visitor) -> None:
    request = Request("GET", "/", {**visitor.view, "edit": "<b>4711"})

    response = visitor.handle(request)

    assert response.status == 404
    assert b"<b>4711" not in response.body


def test_page_is_not_counted_as_a_call(quickbooks: QuickBooks) -> None:
    Visitor(quickbooks.handle, "Vendor", "46").text()

    assert quickbooks.calls.listing()["total"] == 0
