"""Recorded replies of Salesforce, each called for again on the stand-in."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from local.simulators.clock import Clock
from local.simulators.salesforce.app import Salesforce, Settings
from local.simulators.server import Request, json_bytes
from tests.conformance.recordings import Replays

REPLAYS = Replays("salesforce")
BASE = "/services/data/v67.0"
TRIMMED = "was cut out of the recording"


class Org:
    """One org of a stand-in, called in process."""

    def __init__(self, *, is_empty: bool = False, objects: Path | None = None) -> None:
        settings = Settings(is_empty=is_empty)
        if objects:
            settings = replace(settings, custom_fields=objects)
        self.app = Salesforce(settings, Clock())

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Call below the version, or an absolute path; return the parsed reply."""
        url = urlsplit(path if path.startswith("/") else f"{BASE}/{path}")
        given = {"content-type": "application/json", "authorization": "Bearer at-0", **headers}
        raw = body.encode() if isinstance(body, str) else json_bytes(body) if body else b""
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        answer = self.app.handle(Request(method, url.path, query, given, raw))
        return json.loads(answer.body or b"null")

    def create(self, object_name: str, **fields: Any) -> str:
        """Create a record; return its id."""
        reply = self.call("POST", f"sobjects/{object_name}", fields)
        assert isinstance(reply, dict), reply
        return str(reply["id"])

    def query(self, soql: str, **headers: str) -> Any:
        """Run a query."""
        return self.call("GET", f"query?{urlencode({'q': soql})}", **headers)

    def admin(self, path: str, body: Any = None) -> Any:
        """Ask the admin face for something."""
        return self.call("POST" if body is not None else "GET", f"/_admin/{path}", body)


def writable(org: Org, object_name: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a recorded row a client may write, without what names other records."""
    fields = org.call("GET", f"sobjects/{object_name}/describe")["fields"]
    names = {each["name"] for each in fields if each["createable"] and each["type"] != "reference"}
    return {name: value for name, value in row.items() if name in names and value is not None}


def selected(row: Mapping[str, Any]) -> str:
    """Begin the query that a recorded row was the answer to."""
    names = ", ".join(name for name, value in row.items() if not isinstance(value, dict))
    return f"SELECT {names} FROM"


def page(org: Org, real: Mapping[str, Any], object_name: str, **headers: str) -> Any:
    """Create every recorded row again and ask for the same fields, in the order of creation."""
    accounts = {row["AccountId"] for row in real["records"] if row.get("AccountId")}
    made = {each: org.create("Account", Name="Parent") for each in sorted(accounts)}
    for row in real["records"]:
        parent = {"AccountId": made[row["AccountId"]]} if row.get("AccountId") else {}
        org.create(object_name, **writable(org, object_name, row), **parent)
    asked = selected(real["records"][0])
    return org.query(f"{asked} {object_name} ORDER BY CreatedDate, Id", **headers)


def pruned(ours: Any, real: Any) -> Any:
    """Take from a description what was cut out of the recorded one."""
    if isinstance(ours, dict) and isinstance(real, dict):
        return {name: pruned(value, real[name]) for name, value in ours.items() if name in real}
    return ours


def by_name(things: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Turn a list of described things into an object with their names as keys."""
    return {each["name"]: dict(each) for each in things}


# Rows


@REPLAYS.of("exchange-create-account", "exchange-create-account-cci")
@REPLAYS.of("exchange-collections-create", "exchange-collections-upsert-simple-ok")
@REPLAYS.of("exchange-collections-upsert-complex-ok", "exchange-collections-upsert-duplicate-ok")
@REPLAYS.of("exchange-collections-upsert-json-parser-error", "exchange-composite-graph")
@REPLAYS.of("exchange-collections-update-invalid-cross-reference")
@REPLAYS.of("exchange-upsert-contact-by-email-201", "exchange-composite-mixed-invalid-type")
@REPLAYS.of("exchange-composite-not-found", "exchange-composite-four-queries")
def _same_call(real: Any) -> tuple[Any, Any]:
    path = real["path"].replace("vxx.0", "v67.0")
    body = json.loads(json.dumps(real["request"], default=float).replace("vxx.0", "v67.0"))
    return Org().call(real["method"], path, body), real["response"]


@REPLAYS.of("create-success")
def _created(real: Any) -> tuple[Any, Any]:
    return Org().call("POST", "sobjects/Account", {"Name": "A"}), real


@REPLAYS.of("exchange-update-account-204", "exchange-update-by-id-updateOnly")
def _updated(real: Any) -> tuple[Any, Any]:
    org = Org()
    made = org.create("Account", Name="A")
    path = real["path"].rpartition("/")[0] + f"/{made}?{urlencode(real.get('params', {}))}"
    return org.call("PATCH", path, real["request"]), real["response"]


@REPLAYS.of("exchange-delete-account-204")
def _deleted(real: Any) -> tuple[Any, Any]:
    org = Org()
    return org.call("DELETE", f"sobjects/Account/{org.create('Account', Name='A')}"), None


@REPLAYS.of("exchange-collections-delete")
def _deleted_together(real: Any) -> tuple[Any, Any]:
    org = Org()
    ids = ",".join(org.create("Account", Name=name) for name in "AB")
    params = urlencode({**real["params"], "ids": ids})
    return org.call("DELETE", f"composite/sobjects?{params}"), real["response"]


@REPLAYS.of("collections-create-success")
def _created_together(real: Any) -> tuple[Any, Any]:
    rows = [{"attributes": {"type": "Contact"}, "LastName": name} for name in "AB"]
    return Org().call("POST", "composite/sobjects", {"records": rows}), real


@REPLAYS.of("collections-create-allornone-rolled-back")
def _rolled_back(real: Any) -> tuple[Any, Any]:
    contact = {"attributes": {"type": "Contact"}}
    body = {"allOrNone": True, "records": [contact, {**contact, "LastName": "A"}]}
    return Org().call("POST", "composite/sobjects", body), real


@REPLAYS.of("collections-update-missing-ids")
def _without_ids(real: Any) -> tuple[Any, Any]:
    contact = {"attributes": {"type": "Contact"}}
    return Org().call("PATCH", "composite/sobjects", {"records": [contact, contact]}), real


@REPLAYS.of("collections-update-allornone")
def _update_rolled_back(real: Any) -> tuple[Any, Any]:
    org = Org()
    ids = [org.create("Contact", LastName=name) for name in "AB"]
    contact = {"attributes": {"type": "Contact"}}
    good = {**contact, "id": ids[0], "LastName": "C"}
    bad = {**contact, "id": ids[1], "unknownField_LastName": "D"}
    return org.call(
        "PATCH", "composite/sobjects", {"allOrNone": True, "records": [good, bad]}
    ), real


FEATURES = {
    r"(Billing|Shipping)(State|Country)Code": "the stand-in's org has no picklists of states",
    r"(Billing|Shipping)Address\.(state|country)Code": "the stand-in's org has no such picklists",
    r"\w+__c": "the custom fields of one org",
    r"RecordTypeId|CleanStatus|(Jigsaw|Dandb)CompanyId|OperatingHoursId": "features of one org",
    r"LastViewedDate|LastReferencedDate": "when its user last looked at it",
}


DATA_COM = {r"DunsNumber|Tradestyle|Naics\w+|YearStarted|SicDesc": "fields of Data.com"}


@REPLAYS.of("get-account-full", apart=FEATURES)
@REPLAYS.of("get-account-swift", apart=FEATURES | DATA_COM)
def _account(real: Any) -> tuple[Any, Any]:
    org = Org()
    made = org.create("Account", **writable(org, "Account", real))
    return org.call("GET", f"sobjects/Account/{made}"), real


@REPLAYS.of("upsert-300-multiple-choices")
def _ambiguous(real: Any) -> tuple[Any, Any]:
    org = Org()
    for name in "AB":
        org.create("Contact", LastName=name, Email="a@example.com")
    path = f"sobjects/Contact/Email/{quote('a@example.com')}"
    return org.call("PATCH", path, {"LastName": "C"}), real


# Queries


@REPLAYS.of("exchange-query-limit5", "exchange-queryAll-limit5")
def _five(real: Any) -> tuple[Any, Any]:
    path = f"{real['path']}?{urlencode(real['params'])}"
    return Org().call("GET", path), real["response"]


@REPLAYS.of("query-accounts-first-page-nextRecordsUrl", apart={"records": TRIMMED})
def _first_page(real: Any) -> tuple[Any, Any]:
    org = Org(is_empty=True)
    for number in range(201):
        org.create("Account", Name=f"N{number}")
    few = {"sforce-query-options": "batchSize=200"}
    return org.query(f"{selected(real['records'][0])} Account", **few), real


@REPLAYS.of("query-accounts-last-page")
def _last_page(real: Any) -> tuple[Any, Any]:
    return page(Org(is_empty=True), real, "Account"), real


@REPLAYS.of("query-more-page")
def _more(real: Any) -> tuple[Any, Any]:
    org = Org(is_empty=True)
    for number in range(200 + len(real["records"])):
        org.create("Account", Name=f"N{number}")
    few = {"sforce-query-options": "batchSize=200"}
    first = org.query(f"{selected(real['records'][0])} Account", **few)
    return org.call("GET", first["nextRecordsUrl"], **few), real


@REPLAYS.of("query-contacts", apart={"totalSize": "rows were cut out of the recording"})
@REPLAYS.of("query-contacts-20")
def _contacts(real: Any) -> tuple[Any, Any]:
    for row in real["records"]:
        row.setdefault("LastName", "A")
    ours = page(Org(is_empty=True), real, "Contact")
    return ours, real


@REPLAYS.of("query-opportunities", "query-opportunity-null-account")
def _opportunities(real: Any) -> tuple[Any, Any]:
    for row in real["records"]:
        row.setdefault("CloseDate", "2026-12-01")
    return page(Org(is_empty=True), real, "Opportunity"), real


@REPLAYS.of("query-contact-empty", "query-empty")
def _nothing(real: Any) -> tuple[Any, Any]:
    query = real.get("query", "SELECT Id FROM Account")
    return Org(is_empty=True).query(query), real.get("result", real)


@REPLAYS.of("query-aggregates-avg")
def _average(real: Any) -> tuple[Any, Any]:
    org = Org(is_empty=True)
    names = [(row["Name"], row["expr0"]) for row in real["result"]["records"]]
    for name, revenue in names:
        org.create("Account", Name=name, AnnualRevenue=revenue)
    ours = org.query(real["query"])
    order = {name: number for number, (name, _) in enumerate(names)}
    ours["records"].sort(key=lambda row: order[row["Name"]])
    return ours, real["result"]


@REPLAYS.of("query-aggregate-count")
def _count(real: Any) -> tuple[Any, Any]:
    return Org().query("SELECT COUNT(Id) FROM Account"), real


@REPLAYS.of("query-accounts-contacts-subquery")
def _children(real: Any) -> tuple[Any, Any]:
    org = Org(is_empty=True)
    for row in real["result"]["records"]:
        account_id = org.create("Account", Name=row["Name"])
        for child in (row["Contacts"] or {"records": []})["records"]:
            org.create("Contact", LastName=child["LastName"], AccountId=account_id)
    return org.query(real["query"]), real["result"]


def _sale(org: Org, price: float) -> None:
    """Create one Opportunity that sells one product of the standard price book."""
    book = org.query("SELECT Id FROM Pricebook2 WHERE IsStandard = true")["records"][0]["Id"]
    product = org.create("Product2", Name="MyProduct", IsActive=True, Family="None")
    keys = {"Pricebook2Id": book, "Product2Id": product}
    entry = org.create("PricebookEntry", **keys, UnitPrice=price, IsActive=True)
    fields = {"Name": "My Opportunity", "StageName": "Prospecting", "CloseDate": "2022-02-01"}
    line = {"OpportunityId": org.create("Opportunity", **fields), "PricebookEntryId": entry}
    org.create("OpportunityLineItem", **line, Quantity=1, UnitPrice=price)


@REPLAYS.of("query-opportunity-lineitems-pricebookentry-product2")
@REPLAYS.of("query-opportunity-lineitems-zero-amounts")
def _lines(real: Any) -> tuple[Any, Any]:
    org = Org(is_empty=True)
    _sale(org, float(real["result"]["records"][0]["Amount"]))
    return org.query(real["query"]), real["result"]


# Descriptions


@REPLAYS.of("exchange-composite-headers")
def _unchanged(real: Any) -> tuple[Any, Any]:
    for part in real["request"]["compositeRequest"]:
        part["httpHeaders"]["If-Modified-Since"] = "Sat, 01 Jan 2089 00:00:00 GMT"
    return Org().call("POST", real["path"], real["request"]), real["response"]


@REPLAYS.of("versions")
def _versions(real: Any) -> tuple[Any, Any]:
    return Org().call("GET", "/services/data/")[: len(real)], real


PERSONAL = {
    r"supportedScopes|recordTypeInfos": "as many as its user has",
    r"urls\.(ui\w+|defaultValues)": "the pages of one org",
    r"fields\.\w+\.picklistValues": "were cut to twelve",
    r"fields\.Name\.compoundFieldName": "Account.Name is no compound, and yet names itself there",
    r"fields\.\w+__c": "the custom fields of one org",
    r"fields\.\w+(State|Country)Code": "the stand-in's org has no picklists of states",
    r"fields\.(Jigsaw\w+|DandbCompanyId|OperatingHoursId|RecordTypeId)": "features of one org",
    r"fields\.(IndividualId|IsPartner|IsCustomerPortal|Channel\w+)": "features of one org",
    r"fields\.(CampaignId|Last\w+ChangedHistoryId)": "objects that the stand-in has not",
}


@REPLAYS.of("describe-account-v58-trimmed", "describe-account-cci-trimmed", apart=PERSONAL)
@REPLAYS.of("describe-contact-trimmed", "describe-opportunity-trimmed", apart=PERSONAL)
def _description(real: Any) -> tuple[Any, Any]:
    ours = Org().call("GET", f"sobjects/{real['name']}/describe")
    ours["fields"], real["fields"] = by_name(ours["fields"]), by_name(real["fields"])
    return pruned(ours, real), real


@REPLAYS.of("describe-global-trimmed", apart={"sobjects": "each object is compared by itself"})
def _objects(real: Any) -> tuple[Any, Any]:
    ours = Org().call("GET", "sobjects")
    ours["Account"] = by_name(ours["sobjects"])["Account"]
    real["Account"] = by_name(real["sobjects"])["Account"]
    return ours, real


@REPLAYS.of("sobject-basic-account", apart={r"recentItems.*": "what its user looked at last"})
def _basic(real: Any) -> tuple[Any, Any]:
    return Org().call("GET", "sobjects/Account"), real


@REPLAYS.of("getUpdated", "getDeleted", apart={"ids|deletedRecords": "as many as were changed"})
def _replication(real: Any) -> tuple[Any, Any]:
    org = Org()
    org.admin("clock", {"now": "2026-11-22T12:00:00Z"})
    org.call("DELETE", f"sobjects/Account/{org.create('Account', Name='A')}")
    org.admin("clock", {"advance_s": 300})
    what = "updated" if "ids" in real else "deleted"
    window = {"start": "2026-11-22T11:00:00+00:00", "end": "2026-11-22T12:04:00+00:00"}
    return org.call("GET", f"sobjects/Account/{what}/?{urlencode(window)}"), real


# Bulk


@REPLAYS.of("bulk2-job-partial-failure", "bulk2-job-complete-failure")
def _job(real: Any) -> tuple[Any, Any]:
    org = Org()
    settings = {
        "object": "Account",
        "operation": "upsert",
        "externalIdFieldName": "External_Id__c",
        "contentType": "CSV",
        "lineEnding": "LF",
        "columnDelimiter": "COMMA",
    }
    job = org.call("POST", "jobs/ingest", settings)["id"]
    column = "Nothing__c" if "errorMessage" in real else "Name"
    rows = f"External_Id__c,{column}\nk1,A\nk2,{'A' * 300}\n"
    org.call("PUT", f"jobs/ingest/{job}/batches", rows, **{"content-type": "text/csv"})
    org.call("PATCH", f"jobs/ingest/{job}", {"state": "UploadComplete"})
    for _ in range(5):
        ours = org.call("GET", f"jobs/ingest/{job}")
        org.admin("clock", {"advance_s": 5})
    return ours, real
