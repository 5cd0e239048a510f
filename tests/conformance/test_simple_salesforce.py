"""simple-salesforce, unmodified, against the stand-in for Salesforce, over TLS."""

from collections.abc import Callable, Iterator
from csv import DictReader
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.metadata import version
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from simple_salesforce import exceptions
from simple_salesforce.api import Salesforce
from simple_salesforce.format import format_soql
from simple_salesforce.login import SalesforceLogin

from tests.conformance.conftest import StandIn
from tests.conformance.redirect import Redirect

CLIENT = f"Salesforce: simple-salesforce {version('simple-salesforce')}"
VERSION = "67.0"
BASE = f"/services/data/v{VERSION}"
case: Callable[[str], pytest.MarkDecorator] = partial(pytest.mark.conformance, CLIENT)


@pytest.fixture
def trusting(salesforce: StandIn, monkeypatch: pytest.MonkeyPatch) -> Iterator[requests.Session]:
    """A session that trusts the local authority, by the environment alone."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(salesforce.authority))
    with requests.Session() as session:
        # What is meant for the login host cannot be given another address by the client itself.
        session.mount("https://acme.my.salesforce.com/", Redirect(salesforce.url))
        session.mount("https://login.salesforce.com/", Redirect(salesforce.url))
        yield session


@pytest.fixture
def sf(salesforce: StandIn, trusting: requests.Session) -> Any:
    """The client with a session of its own."""
    return Salesforce(
        instance_url=salesforce.url, session_id="at-0", version=VERSION, session=trusting
    )


def account(**fields: object) -> dict[str, object]:
    """Return an Account for a collection."""
    return {"attributes": {"type": "Account"}, **fields}


def code_of(caught: Any) -> str:
    """Return the error code that the body of a refusal carries."""
    return str(caught.value.content[0]["errorCode"])


def sale(sf: Any) -> tuple[str, str]:
    """Create an Opportunity that sells something of the standard price book; return both ids."""
    book = sf.query("SELECT Id FROM Pricebook2 WHERE IsStandard = true")["records"][0]["Id"]
    product = sf.Product2.create({"Name": "Widget", "ProductCode": "W-1", "IsActive": True})["id"]
    entry = sf.PricebookEntry.create(
        {"Pricebook2Id": book, "Product2Id": product, "UnitPrice": 12.5, "IsActive": True}
    )["id"]
    fields = {"Name": "Sale", "StageName": "Prospecting", "CloseDate": "2026-12-01"}
    opportunity = sf.Opportunity.create(fields)["id"]
    return opportunity, entry


@case("token by assertion")
def test_assertion_gives_a_session(salesforce: StandIn, trusting: requests.Session) -> None:
    assert salesforce.key
    pem = salesforce.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    token, host = SalesforceLogin(
        session=trusting,
        username="integration@example.com",
        consumer_key="cid",
        privatekey=pem.decode(),
    )

    client = Salesforce(session_id=token, instance=host, version=VERSION, session=trusting)
    assert client.query("SELECT COUNT() FROM Account")["totalSize"] > 0


@case("token by client credentials")
def test_client_credentials_give_a_session(trusting: requests.Session) -> None:
    client = Salesforce(
        consumer_key="cid",
        consumer_secret="sec",
        domain="acme.my",
        version=VERSION,
        session=trusting,
    )

    assert client.query("SELECT COUNT() FROM Account")["totalSize"] > 0


@case("a wrong client is refused")
def test_wrong_secret_is_its_own_error(trusting: requests.Session) -> None:
    with pytest.raises(exceptions.SalesforceAuthenticationFailed) as caught:
        Salesforce(consumer_key="cid", consumer_secret="no", domain="acme.my", session=trusting)

    assert caught.value.code == "invalid_client"


@case("expired session")
def test_ended_session_is_its_own_error(sf: Any, salesforce: StandIn) -> None:
    salesforce.admin("tokens", {"expire": True})

    with pytest.raises(exceptions.SalesforceExpiredSession) as caught:
        sf.query("SELECT Id FROM Account")

    assert code_of(caught) == "INVALID_SESSION_ID"


@case("renewed session")
def test_ended_session_is_renewed_by_the_client(
    salesforce: StandIn, trusting: requests.Session
) -> None:
    client = Salesforce(
        consumer_key="cid",
        consumer_secret="sec",
        domain="acme.my",
        version=VERSION,
        session=trusting,
    )
    salesforce.admin("tokens", {"expire": True})

    assert client.query("SELECT Id FROM Account LIMIT 1")["totalSize"] == 1


@case("create, read, update, delete")
def test_records_live_and_die(sf: Any) -> None:
    made = sf.Account.create({"Name": "Åcme & Söhne", "AnnualRevenue": 12})
    read = sf.Account.get(made["id"])

    assert made == {"id": made["id"], "success": True, "errors": []}
    assert (read["Name"], read["AnnualRevenue"]) == ("Åcme & Söhne", 12)
    assert read["attributes"]["url"] == f"{BASE}/sobjects/Account/{made['id']}"
    assert sf.Account.update(made["id"], {"Name": "B", "AnnualRevenue": None}) == 204
    assert sf.Account.get(made["id"])["AnnualRevenue"] is None
    assert sf.Account.delete(made["id"]) == 204
    with pytest.raises(exceptions.SalesforceResourceNotFound):
        sf.Account.get(made["id"])


@case("read some fields")
def test_some_fields_are_read(sf: Any) -> None:
    made = sf.Account.create({"Name": "A", "Phone": "1"})

    read = sf.restful(f"sobjects/Account/{made['id']}", {"fields": "Name,Phone"})

    assert set(read) == {"attributes", "Id", "Name", "Phone"}


@case("upsert: 201, then 200")
def test_upsert_tells_created_from_updated(sf: Any) -> None:
    assert sf.Account.upsert("External_Id__c/a-1", {"Name": "A"}) == 201
    assert sf.Account.upsert("External_Id__c/a-1", {"Name": "B"}) == 200
    assert sf.Account.get_by_custom_id("External_Id__c", "a-1")["Name"] == "B"


@case("upsert: 300")
def test_upsert_of_an_ambiguous_key_is_its_own_error(sf: Any) -> None:
    for _ in range(2):
        sf.Contact.create({"LastName": "A", "Email": "a@example.com"})

    with pytest.raises(exceptions.SalesforceMoreThanOneRecord):
        sf.Contact.upsert("Email/a@example.com", {"LastName": "B"})


@case("collections")
def test_collections_save_and_tell_their_faults(sf: Any) -> None:
    many = "composite/sobjects"
    records = [account(Name="A"), account(Phone="1"), account(Name="B")]

    made = sf.restful(many, method="POST", json={"records": records})
    changes = [account(id=made[0]["id"], Phone="2")]
    changed = sf.restful(many, method="PATCH", json={"records": changes})
    keyed = [account(External_Id__c="k", Name="K")]
    path = f"{many}/Account/External_Id__c"
    upserts = [sf.restful(path, method="PATCH", json={"records": keyed}) for _ in "12"]
    ids = [made[0]["id"], made[2]["id"]]
    read = sf.restful(f"{many}/Account", method="POST", json={"ids": ids, "fields": ["Phone"]})
    gone = sf.restful(many, method="DELETE", params={"ids": ",".join(ids)})

    assert [each["success"] for each in made] == [True, False, True]
    assert made[1]["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    assert changed == [{"id": made[0]["id"], "success": True, "errors": []}]
    assert [each[0]["created"] for each in upserts] == [True, False]
    assert [each["Phone"] for each in read] == ["2", None]
    assert [each["success"] for each in gone] == [True, True]


@case("collections: all or none")
def test_collection_of_all_or_none_is_rolled_back(sf: Any) -> None:
    body = {"allOrNone": True, "records": [account(Name="Only Me"), account(Phone="1")]}

    made = sf.restful("composite/sobjects", method="POST", json=body)

    assert made[0]["errors"][0]["statusCode"] == "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert sf.query("SELECT Id FROM Account WHERE Name = 'Only Me'")["totalSize"] == 0


@case("composite")
def test_composite_carries_references_and_conditions(sf: Any) -> None:
    old = sf.query("SELECT Id FROM Account LIMIT 1")["records"][0]["Id"]
    parts = [
        {
            "method": "POST",
            "url": f"{BASE}/sobjects/Account",
            "referenceId": "parent",
            "body": {"Name": "Parent"},
        },
        {
            "method": "POST",
            "url": f"{BASE}/sobjects/Contact",
            "referenceId": "child",
            "body": {"LastName": "C", "AccountId": "@{parent.id}"},
        },
        {
            "method": "PATCH",
            "url": f"{BASE}/sobjects/Account/{old}",
            "referenceId": "late",
            "httpHeaders": {"If-Unmodified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"},
            "body": {"Phone": "1"},
        },
    ]

    answer = sf.restful("composite", method="POST", json={"compositeRequest": parts})

    statuses = [each["httpStatusCode"] for each in answer["compositeResponse"]]
    assert statuses == [201, 201, 412]
    made = [each["body"]["id"] for each in answer["compositeResponse"][:2]]
    assert sf.Contact.get(made[1])["AccountId"] == made[0]


@case("composite graph")
def test_graphs_stand_or_fall_each_by_itself(sf: Any) -> None:
    def graph(name: str, *bodies: dict[str, str]) -> dict[str, object]:
        parts = [
            {
                "method": "POST",
                "url": f"{BASE}/sobjects/Account",
                "referenceId": f"r{number}",
                "body": body,
            }
            for number, body in enumerate(bodies)
        ]
        return {"graphId": name, "compositeRequest": parts}

    asked = [graph("good", {"Name": "Graph"}), graph("bad", {"Name": "Graph"}, {"Phone": "1"})]
    answer = sf.restful("composite/graph", method="POST", json={"graphs": asked})

    assert [each["isSuccessful"] for each in answer["graphs"]] == [True, False]
    assert sf.query("SELECT Id FROM Account WHERE Name = 'Graph'")["totalSize"] == 1


@case("tree")
def test_tree_creates_parents_with_their_children(sf: Any) -> None:
    child = {"attributes": {"type": "Contact", "referenceId": "c"}, "LastName": "C"}
    parent = {
        "attributes": {"type": "Account", "referenceId": "p"},
        "Name": "Parent",
        "Contacts": {"records": [child]},
    }

    answer = sf.restful("composite/tree/Account", method="POST", json={"records": [parent]})

    assert answer["hasErrors"] is False
    made = {each["referenceId"]: each["id"] for each in answer["results"]}
    assert sf.Contact.get(made["c"])["AccountId"] == made["p"]


@case("platform event")
def test_event_is_queued(sf: Any) -> None:
    published = sf.Sync_Request__e.create({"Record_Id__c": "001000000000000AAA"})

    assert published["success"] is True
    assert [each["statusCode"] for each in published["errors"]] == ["OPERATION_ENQUEUED"]


@case("conditional update")
def test_update_on_a_condition(sf: Any) -> None:
    made = sf.Account.create({"Name": "A"})["id"]
    old = {"If-Unmodified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"}
    fresh = {"If-Unmodified-Since": "Sat, 01 Jan 2089 00:00:00 GMT"}

    with pytest.raises(exceptions.SalesforceGeneralError) as caught:
        sf.Account.update(made, {"Name": "B"}, headers=old)

    assert caught.value.status == 412
    assert sf.Account.update(made, {"Name": "B"}, headers=fresh) == 204


@case("query by conditions")
def test_query_understands_its_conditions(sf: Any) -> None:
    for name in ("Zig's", "Zag", "Zog"):
        sf.Account.create({"Name": name, "Industry": "Banking", "AnnualRevenue": len(name)})

    quoted = sf.query(format_soql("SELECT Id FROM Account WHERE Name = {}", "Zig's"))
    several = sf.query(
        "SELECT Name FROM Account WHERE Name LIKE 'Z%' AND Industry IN ('Banking', 'Energy')"
        " AND (AnnualRevenue >= 3 OR NOT Name = 'Zag') AND CreatedDate > 2020-01-01T00:00:00Z"
        " ORDER BY Name DESC NULLS LAST LIMIT 2 OFFSET 1"
    )

    assert quoted["totalSize"] == 1
    assert [each["Name"] for each in several["records"]] == ["Zig's", "Zag"]


@case("query parents and children")
def test_query_walks_relationships(sf: Any) -> None:
    parent = sf.Account.create({"Name": "Parent"})["id"]
    sf.Contact.create({"LastName": "C", "AccountId": parent})

    up = sf.query(
        format_soql("SELECT LastName, Account.Name FROM Contact WHERE AccountId = {}", parent)
    )
    down = sf.query(
        format_soql("SELECT Id, (SELECT LastName FROM Contacts) FROM Account WHERE Id = {}", parent)
    )

    assert up["records"][0]["Account"]["Name"] == "Parent"
    assert down["records"][0]["Contacts"]["records"][0]["LastName"] == "C"


@case("query aggregates")
def test_query_counts_and_groups(sf: Any) -> None:
    for revenue in (10, 20):
        sf.Account.create({"Name": "Sum", "AnnualRevenue": revenue})

    counted = sf.query("SELECT COUNT() FROM Account WHERE Name = 'Sum'")
    grouped = sf.query(
        "SELECT Name, COUNT(Id) total, SUM(AnnualRevenue), MAX(AnnualRevenue) FROM Account"
        " WHERE Name = 'Sum' GROUP BY Name"
    )

    assert (counted["totalSize"], counted["records"]) == (2, [])
    record = dict(grouped["records"][0])
    assert record.pop("attributes") == {"type": "AggregateResult"}
    assert record == {"Name": "Sum", "total": 2, "expr0": 30.0, "expr1": 20.0}


@case("query in pages")
def test_query_is_paged_by_locator(sf: Any) -> None:
    records = [account(Name=f"N{number:03}") for number in range(200)]
    sf.restful("composite/sobjects", method="POST", json={"records": records})
    few = {"Sforce-Query-Options": "batchSize=200"}

    first = sf.query("SELECT Id FROM Account", headers=few)
    rest = sf.query_more(first["nextRecordsUrl"], identifier_is_url=True, headers=few)
    everything = sf.query_all("SELECT Id FROM Account", headers=few)

    assert (first["done"], len(first["records"]), rest["done"]) == (False, 200, True)
    ids = {each["Id"] for each in everything["records"]}
    assert len(ids) == everything["totalSize"] == len(first["records"]) + len(rest["records"])


@case("query deleted records")
def test_query_all_shows_deleted_records(sf: Any) -> None:
    made = sf.Account.create({"Name": "Gone"})["id"]
    sf.Account.delete(made)
    soql = "SELECT Id, IsDeleted FROM Account WHERE Name = 'Gone'"

    assert sf.query(soql)["totalSize"] == 0
    assert sf.query(soql, include_deleted=True)["records"][0]["IsDeleted"] is True


@case("updated and deleted")
def test_updated_and_deleted_records_are_told(sf: Any, salesforce: StandIn) -> None:
    made, gone = (sf.Account.create({"Name": name})["id"] for name in "AB")
    sf.Account.delete(gone)
    salesforce.admin("clock", {"advance_s": 180})
    now = datetime.now(UTC)
    window = now - timedelta(hours=1), now + timedelta(minutes=2)

    updated, deleted = sf.Account.updated(*window), sf.Account.deleted(*window)

    assert made in updated["ids"]
    assert gone in {each["id"] for each in deleted["deletedRecords"]}
    assert updated["latestDateCovered"].endswith("+0000")
    assert deleted["earliestDateAvailable"].endswith("+0000")


@case("bulk ingest")
def test_bulk_loads_and_tells_its_faults(sf: Any) -> None:
    rows = [{"Name": f"B{number}", "AnnualRevenue": number} for number in range(5)]
    (done,) = sf.bulk2.Account.insert(records=[*rows, {"Name": "", "AnnualRevenue": 1}], wait=0)
    outcome = sf.bulk2.Account.get_all_ingest_records(done["job_id"])
    ids = [row["sf__Id"] for row in outcome["successfulRecords"]]

    keyed = [{"External_Id__c": "k-1", "Name": "K"}, {"External_Id__c": "k-2", "Name": "K"}]
    (upserted,) = sf.bulk2.Account.upsert(records=keyed, external_id_field="External_Id__c", wait=0)
    changes = [{"Id": record_id, "Phone": "9"} for record_id in ids]
    (updated,) = sf.bulk2.Account.update(records=changes, wait=0)
    (deleted,) = sf.bulk2.Account.delete(records=[{"Id": ids[0]}], wait=0)

    assert (done["numberRecordsProcessed"], done["numberRecordsFailed"]) == (6, 1)
    assert {row["sf__Created"] for row in outcome["successfulRecords"]} == {"true"}
    assert "REQUIRED_FIELD_MISSING" in outcome["failedRecords"][0]["sf__Error"]
    failures = [each["numberRecordsFailed"] for each in (upserted, updated, deleted)]
    assert failures == [0, 0, 0]
    assert sf.query("SELECT Id FROM Account WHERE Phone = '9'")["totalSize"] == 4
    assert sf.query("SELECT Id FROM Account WHERE Name = 'K'")["totalSize"] == 2


@case("bulk query")
def test_bulk_query_is_paged(sf: Any) -> None:
    records = [account(Name=f'N{number:03} "q", x') for number in range(25)]
    sf.restful("composite/sobjects", method="POST", json={"records": records})
    soql = "SELECT Id, Name, Phone FROM Account WHERE Name LIKE 'N0%'"

    pages = list(sf.bulk2.Account.query(soql, max_records=10, wait=0))

    rows = [row for page in pages for row in DictReader(page.splitlines())]
    assert len(pages) == 3
    assert len({row["Id"] for row in rows}) == 25
    assert {row["Name"][4:] for row in rows} == {' "q", x'}


@case("describe")
def test_describe_tells_fields_and_objects(sf: Any) -> None:
    fields = {each["name"]: each for each in sf.Account.describe()["fields"]}

    assert fields["Name"]["length"] == 255
    assert fields["External_Id__c"]["externalId"] is True
    assert {each["name"] for each in sf.describe()["sobjects"]} >= {
        *("Account", "Contact", "Opportunity", "OpportunityLineItem", "Product2"),
        *("Pricebook2", "PricebookEntry", "Quote", "QuoteLineItem", "User"),
    }
    assert sf.Account.metadata()["objectDescribe"]["keyPrefix"] == "001"


@case("limits")
def test_limits_and_usage_are_told(sf: Any) -> None:
    limits = sf.limits()

    assert limits["DailyApiRequests"]["Remaining"] < limits["DailyApiRequests"]["Max"]
    assert sf.api_usage["api-usage"].used >= 1


@case("opportunity with lines")
def test_lines_make_the_amount(sf: Any) -> None:
    opportunity, entry = sale(sf)

    for quantity in (2, 3):
        line = {"OpportunityId": opportunity, "PricebookEntryId": entry, "Quantity": quantity}
        sf.OpportunityLineItem.create({**line, "UnitPrice": 12.5})

    soql = (
        "SELECT Amount, HasOpportunityLineItem, Pricebook2.IsStandard, IsWon,"
        " (SELECT Quantity, TotalPrice, Product2.Name, PricebookEntry.UnitPrice"
        "  FROM OpportunityLineItems ORDER BY Quantity)"
        " FROM Opportunity WHERE Id = {}"
    )
    found = sf.query(format_soql(soql, opportunity))["records"][0]
    assert (found["Amount"], found["HasOpportunityLineItem"], found["IsWon"]) == (62.5, True, False)
    lines = found["OpportunityLineItems"]["records"]
    assert [each["TotalPrice"] for each in lines] == [25.0, 37.5]
    assert lines[0]["Product2"]["Name"] == "Widget"


@case("errors of its own")
def test_refusals_are_raised_by_class(sf: Any) -> None:
    sf.Account.create({"Name": "A", "External_Id__c": "x"})

    with pytest.raises(exceptions.SalesforceMalformedRequest) as no_name:
        sf.Account.create({"Phone": "1"})
    with pytest.raises(exceptions.SalesforceMalformedRequest) as no_column:
        sf.query("SELECT Colour FROM Account")
    with pytest.raises(exceptions.SalesforceMalformedRequest) as no_object:
        sf.query("SELECT Id FROM Accout")
    with pytest.raises(exceptions.SalesforceMalformedRequest) as no_query:
        sf.query("SELECT Id FROM Account WHERE")
    with pytest.raises(exceptions.SalesforceMalformedRequest) as twin:
        sf.Account.create({"Name": "B", "External_Id__c": "x"})
    with pytest.raises(exceptions.SalesforceResourceNotFound) as nothing:
        sf.restful("sobjects/Nothing/001000000000000AAA")

    raised = [no_name, no_column, no_object, no_query, twin, nothing]
    assert [code_of(each) for each in raised] == [
        *("REQUIRED_FIELD_MISSING", "INVALID_FIELD", "INVALID_TYPE", "MALFORMED_QUERY"),
        *("DUPLICATE_VALUE", "NOT_FOUND"),
    ]


@case("request limit")
def test_request_limit_is_its_own_error(sf: Any, salesforce: StandIn) -> None:
    fault = {"match": {"kind": "query"}, "effect": {"code": "REQUEST_LIMIT_EXCEEDED"}}
    salesforce.admin("faults", fault)

    with pytest.raises(exceptions.SalesforceRefusedRequest) as caught:
        sf.query("SELECT Id FROM Account")

    assert code_of(caught) == "REQUEST_LIMIT_EXCEEDED"
