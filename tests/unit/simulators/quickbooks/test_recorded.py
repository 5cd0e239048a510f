"""The stand-in beside replies that were recorded from real sandbox companies."""

import json
from pathlib import Path
from typing import Any

from local.simulators.quickbooks.app import QuickBooks
from local.simulators.quickbooks.events import signature
from local.simulators.server import Request
from tests.unit.simulators.quickbooks.client import Client, parsed

DATA = Path(__file__).parents[3] / "data" / "quickbooks"


def _recorded(name: str) -> Any:
    return json.loads((DATA / f"{name}.json").read_text("utf-8"))


def _errors(answer: Any) -> list[dict[str, Any]]:
    return [dict(each) for each in answer["Fault"]["Error"]]


def test_create_answers_with_the_recorded_fields_and_defaults(client: Client) -> None:
    exchange = _recorded("exchange-create-customer")

    made = client.create("Customer", **exchange["request"])

    real = exchange["response"]["Customer"]
    volatile = {"Id", "MetaData", "BillAddr"}
    assert set(made) == set(real)
    assert set(made["BillAddr"]) == set(real["BillAddr"])
    assert {k: v for k, v in made.items() if k not in volatile} == {
        k: v for k, v in real.items() if k not in volatile
    }


def test_sparse_rename_changes_what_it_changed_in_the_recording(client: Client) -> None:
    exchange = _recorded("exchange-update-customer-sparse")
    real = exchange["response"]["Customer"]

    changed = client.update("Customer", **exchange["request"] | {"SyncToken": "0"})

    names = ("DisplayName", "FullyQualifiedName", "PrintOnCheckName", "CompanyName", "sparse")
    assert {name: changed[name] for name in names} == {name: real[name] for name in names}


def test_vendor_made_in_a_batch_has_the_recorded_fields(client: Client) -> None:
    exchange = _recorded("exchange-batch-mixed")

    answer = client.batch(exchange["request"]["BatchItemRequest"][0])[0]

    real = exchange["response"]["BatchItemResponse"][0]
    assert set(answer) == set(real)
    assert set(answer["Vendor"]) == set(real["Vendor"])


def test_inactive_customer_is_named_as_in_the_recording(client: Client) -> None:
    real = _recorded("customer-inactive-deleted-name")["Customer"]
    made = client.create("Customer", DisplayName="Thrifty Meats", CompanyName="Neo Pets")

    gone = client.update("Customer", Id=made["Id"], SyncToken="0", Active=False)

    names = ("DisplayName", "FullyQualifiedName", "PrintOnCheckName", "Active")
    assert {name: gone[name] for name in names} == {name: real[name] for name in names}


def test_count_and_page_past_the_end_answer_as_recorded(client: Client) -> None:
    count = client.query("select count(*) from Customer where Id in ('5','6','7','8','9','10')")
    past = client.query("select * from Customer where Id in ('5') MAXRESULTS 2 STARTPOSITION 7")

    assert count == _recorded("exchange-query-count")["response"]["QueryResponse"]
    assert past == _recorded("exchange-query-page-4-past-end")["response"]["QueryResponse"]


def test_recorded_query_text_is_understood(client: Client) -> None:
    path = _recorded("exchange-query-escaped-apostrophe")["path"]
    assert "%5C%27" in path

    found = client.query(r"SELECT * FROM Customer WHERE DisplayName = 'Amy\'s Bird Sanctuary'")

    assert found["Customer"][0]["Id"] == "1"
    assert set(found) == {"Customer", "startPosition", "maxResults"}


def test_faults_have_the_recorded_text(client: Client) -> None:
    invalid_id = client.call("GET", "customer/1.5")
    wrong_entity = client.query("SELECT * FROM Custmoer")
    no_name = client.create("Term", DueDays=3)
    missing = client.read("Customer", "4711")

    assert _errors(invalid_id) == _errors(_recorded("fault-2030-invalid-id")["response"])
    assert _errors(wrong_entity) == _errors(_recorded("fault-4001-invalid-query")["response"])
    assert _errors(no_name) == _errors(_recorded("fault-2020-required-param"))
    assert _errors(missing) == _errors(_recorded("fault-610-object-not-found"))


def test_faults_that_name_the_case_begin_as_recorded(client: Client) -> None:
    parse = _errors(client.query("select * from null"))[0]
    unknown = _errors(client.create("Customer", BadJson=True))[0]
    clash = _errors(client.create("Customer", DisplayName="Weiskopf Consulting"))[0]
    stale = _errors(client.update("Customer", Id="3", SyncToken="7"))[0]
    path = _errors(client.call("GET", "customer/1/5"))[0]

    for seen, name, words in (
        (parse, "fault-4000-query-parser", 22),
        (unknown, "fault-2010-unknown-property", 43),
        (clash, "fault-6240-duplicate-name", 35),
        (stale, "fault-5010-stale-object", 29),
        (path, "fault-500-unsupported-operation", 48),
    ):
        recorded = _recorded(name)
        real = _errors(recorded.get("response", recorded))[0]
        assert (seen["code"], seen["Message"]) == (real["code"], real["Message"])
        assert seen["Detail"][:words] == real["Detail"][:words]


def test_signature_is_that_of_the_recorded_webhook() -> None:
    recorded = _recorded("webhook-legacy-with-signature")

    signed = signature(recorded["raw_body"].encode(), recorded["verifier_token"])

    assert signed == recorded["intuit_signature"]


def test_gateway_errors_have_the_recorded_envelope(app: QuickBooks, client: Client) -> None:
    client.admin("POST", "tokens", {"expire_access": True})
    expired = client.call("GET", "customer/1")
    foreign = parsed(
        app.handle(Request("GET", "/v3/company/2/customer/1", {}, {"accept": "application/json"}))
    )

    real = _recorded("fault-3200-401-lowercase-envelope")["response"]
    assert set(expired) == set(real)
    assert expired["fault"]["error"][0]["message"] == real["fault"]["error"][0]["message"]
    assert expired["fault"]["error"][0]["detail"].startswith("Token expired: ")
    assert set(foreign) == set(_recorded("fault-3100-forbidden-lowercase-envelope"))
