"""Recorded refusals of QuickBooks Online, tokens and webhooks, called for again on the stand-in."""

import json
from typing import Any

from local.simulators.quickbooks.events import signature
from tests.conformance.quickbooks_company import REPLAYS, Company, keys_of
from tests.conformance.recorded_quickbooks_documents import SOLD, an_invoice
from tests.conformance.shapes import from_xml

XML = {"accept": "application/xml"}


def _real(recorded: Any) -> Any:
    """Return the body of a recorded refusal, whatever form its file has."""
    if "body" in recorded:
        return from_xml(recorded["body"])
    return recorded.get("response", recorded)


@REPLAYS.of("fault-2010-unknown-property")
def _unknown_property(real: Any) -> tuple[Any, Any]:
    return Company().call("POST", "invoice", real["request"]), _real(real)


@REPLAYS.of("fault-2020-required-line-detailtype")
def _line_without_type(real: Any) -> tuple[Any, Any]:
    body = {"CustomerRef": {"value": "1"}, "Line": [{"Amount": 1}]}
    return Company().call("POST", "invoice", body), _real(real)


@REPLAYS.of("fault-2020-required-param")
def _without_name(real: Any) -> tuple[Any, Any]:
    return Company().call("POST", "term", {"DueDays": 3}), _real(real)


@REPLAYS.of("fault-2030-invalid-id")
def _odd_id(real: Any) -> tuple[Any, Any]:
    ours = Company().call("GET", "customer/1.5")
    ours.pop("time", None)
    return ours, _real(real)


@REPLAYS.of("fault-2500-invalid-reference-xml")
def _dead_reference(real: Any) -> tuple[Any, Any]:
    body = {"CustomerRef": {"value": "4711"}, "Line": [SOLD]}
    return Company().call("POST", "invoice", body, **XML), _real(real)


@REPLAYS.of("fault-3001-throttle-429-xml", "fault-3001-throttle-403-xml")
def _throttled(real: Any) -> tuple[Any, Any]:
    company = Company()
    fault = {"match": {"kind": "read"}, "effect": {"code": "3001", "status": real["status"]}}
    company.admin("faults", fault)
    return company.call("GET", "customer/1", **XML), _real(real)


@REPLAYS.of("fault-3100-forbidden-lowercase-envelope")
def _foreign_company(real: Any) -> tuple[Any, Any]:
    return Company().call("GET", "/v3/company/2/customer/1"), _real(real)


@REPLAYS.of("fault-3200-401-lowercase-envelope")
def _expired(real: Any) -> tuple[Any, Any]:
    company = Company()
    company.admin("tokens", {"expire_access": True})
    return company.call("GET", "customer/1"), _real(real)


@REPLAYS.of("fault-3200-malformed-token-lowercase-envelope")
def _no_token(real: Any) -> tuple[Any, Any]:
    return Company().call("GET", "customer/1", authorization="Bearer x"), _real(real)


@REPLAYS.of("fault-4000-query-parser")
def _parse(real: Any) -> tuple[Any, Any]:
    return Company().query("select * from null"), _real(real)


@REPLAYS.of("fault-4001-invalid-query")
def _unknown_entity(real: Any) -> tuple[Any, Any]:
    return Company().query("SELECT * FROM Custmoer"), _real(real)


@REPLAYS.of("fault-500-unsupported-operation")
def _no_operation(real: Any) -> tuple[Any, Any]:
    return Company().call("GET", "customer/1/5"), _real(real)


@REPLAYS.of("fault-5010-stale-object", "fault-5010-stale-object-unicode")
def _stale(real: Any) -> tuple[Any, Any]:
    body = {"Id": "3", "SyncToken": "7", "sparse": True, "Notes": "x"}
    return Company().call("POST", "customer", body), _real(real)


@REPLAYS.of("fault-610-object-not-found")
def _not_found(real: Any) -> tuple[Any, Any]:
    return Company().call("GET", "customer/4711"), _real(real)


@REPLAYS.of("fault-6240-duplicate-name", apart={r".*\.element": "comes and goes with this fault"})
def _name_taken(real: Any) -> tuple[Any, Any]:
    return Company().call("POST", "customer", real["request"]), _real(real)


@REPLAYS.of("fault-6240-customer-2019-xml", "fault-6240-customer-vendor-employee-2019-xml")
@REPLAYS.of("fault-6240-duplicate-name-xml")
def _name_taken_in_xml(real: Any) -> tuple[Any, Any]:
    body = {"DisplayName": "Weiskopf Consulting"}
    return Company().call("POST", "customer", body, **XML), _real(real)


@REPLAYS.of("fault-4001-not-queryable-2019-xml")
def _not_queryable(real: Any) -> tuple[Any, Any]:
    statement = "select * from Vendor where PrimaryEmailAddr = 'a@example.com'"
    return _query_in_xml(statement), _real(real)


@REPLAYS.of("fault-4001-unknown-property-2019-xml")
def _misspelt(real: Any) -> tuple[Any, Any]:
    return _query_in_xml("select * from Customer where PrimayEmailAddr = 'a'"), _real(real)


@REPLAYS.of("fault-4001-startposition-xml")
def _before_the_first(real: Any) -> tuple[Any, Any]:
    return _query_in_xml("select * from Customer startposition 0"), _real(real)


@REPLAYS.of("fault-4000-parser-2019-xml")
def _parse_in_xml(real: Any) -> tuple[Any, Any]:
    return _query_in_xml("select * from Customer where Balance > > '1'"), _real(real)


@REPLAYS.of("fault-2030-empty-id-2019-xml")
def _empty_id(real: Any) -> tuple[Any, Any]:
    return Company().call("GET", "customer/x", **XML), _real(real)


@REPLAYS.of(
    "fault-6210-period-closed",
    apart={
        r".*\.code": "a string on the wire; the author of the fixture made it a number",
        r"time|.*\.element": "were cut out",
    },
)
def _closed_books(real: Any) -> tuple[Any, Any]:
    company = Company()
    closed = {"AccountingInfoPrefs": {"BookCloseDate": "2025-12-31"}}
    act = {"realm": "1", "action": "update", "entity": "Preferences", "id": "1", "fields": closed}
    company.admin("person", act)
    body = {"CustomerRef": {"value": "1"}, "TxnDate": "2025-12-01", "Line": [SOLD]}
    return company.call("POST", "invoice", body), real


@REPLAYS.of("fault-6270-inventory-start-date-xml")
def _before_the_stock(real: Any) -> tuple[Any, Any]:
    stocked = {**SOLD, "SalesItemLineDetail": {"ItemRef": {"value": "5"}}}
    body = {"CustomerRef": {"value": "1"}, "TxnDate": "2001-01-01", "Line": [stocked]}
    return Company().call("POST", "invoice", body, **XML), _real(real)


@REPLAYS.of("fault-10000-system-xml", apart={r".*@element": "comes and goes"})
def _system(real: Any) -> tuple[Any, Any]:
    company = Company()
    company.admin("faults", {"match": {"kind": "read"}, "effect": {"code": "10000"}})
    return company.call("GET", "customer/1", **XML), _real(real)


def _query_in_xml(statement: str) -> Any:
    return Company().call("POST", "query", statement, **XML, **{"content-type": "text/plain"})


# Tokens


def _token(form: str, **headers: str) -> Any:
    path = "/oauth2/v1/tokens/bearer"
    given = {"authorization": "Basic Y2lkOnNlYw==", **headers}
    return Company().call("POST", path, form, **given)


@REPLAYS.of("token-reply", apart={"id_token": "only with the scope openid (Intuit: oauth-2.0)"})
def _tokens(real: Any) -> tuple[Any, Any]:
    return _token("grant_type=refresh_token&refresh_token=rt-0"), real


@REPLAYS.of(
    "token-error-invalid-grant",
    "token-error-incorrect-refresh-token",
    apart={"error_description": "comes and goes in the recorded refusals"},
)
def _no_grant(real: Any) -> tuple[Any, Any]:
    return _token("grant_type=refresh_token&refresh_token=old"), real


@REPLAYS.of("fault-610-deleted-by-another-user")
def _deleted_by_another(real: Any) -> tuple[Any, Any]:
    company = Company()
    keys = keys_of(an_invoice(company))
    company.call("POST", "invoice?operation=delete", keys)
    return company.call("POST", "invoice", {**keys, "sparse": True, "PrivateNote": "x"}), real


@REPLAYS.of("userinfo", apart={"(?!sub|email$).*": "by the scopes profile, phone and address"})
def _user(real: Any) -> tuple[Any, Any]:
    return Company().call("GET", "/v1/openid_connect/userinfo"), real


# Webhooks


def _posted(acts: list[dict[str, Any]], **switches: str) -> Any:
    """Do what a person does, and return the body that was posted for it."""
    company = Company()
    company.admin("switches", switches)
    settings = {"url": "http://127.0.0.1:9/hook", "gather_s": 0}
    company.admin("webhooks", settings)
    for act in acts:
        company.admin("person", {"realm": "1", "action": "create", **act})
    bodies: list[bytes] = []

    def receive(delivery: Any) -> int:
        bodies.append(delivery.body)
        return 200

    company.app.mailbox.deliver_due(receive)
    return json.loads(bodies[0])


CUSTOMER = {"entity": "Customer", "fields": {"DisplayName": "Posted"}}
VENDOR = {"entity": "Vendor", "fields": {"DisplayName": "Posted Too"}}


@REPLAYS.of("webhook-legacy-doc", "webhook-legacy-two-entities")
def _two_events(real: Any) -> tuple[Any, Any]:
    return _posted([CUSTOMER, VENDOR], event_payload="legacy"), real


@REPLAYS.of("webhook-legacy-merge-deletedId")
def _merged(real: Any) -> tuple[Any, Any]:
    merge = {"action": "merge", "entity": "Customer", "id": "1", "into": "3"}
    return _posted([merge], event_payload="legacy"), real


@REPLAYS.of("webhook-cloudevents-invoice-created-doc")
def _invoice_event(real: Any) -> tuple[Any, Any]:
    sale = {"CustomerRef": {"value": "1"}, "Line": [SOLD]}
    return _posted([{"entity": "Invoice", "fields": sale}], event_data="empty"), real


@REPLAYS.of("webhook-legacy-with-signature")
def _signed(real: Any) -> tuple[Any, Any]:
    signed = signature(real["raw_body"].encode(), real["verifier_token"])
    assert signed == real["intuit_signature"]
    return _posted([CUSTOMER], event_payload="legacy"), json.loads(real["raw_body"])
