"""Bulk API 2.0: jobs that take records in, and jobs that give them out."""

import csv
import io
from typing import Any
from urllib.parse import parse_qsl

import pytest

from local.simulators.server import Request, Response
from tests.unit.simulators.salesforce.conftest import BASE, Client

INGEST = f"{BASE}/jobs/ingest"
QUERY = f"{BASE}/jobs/query"


def raw(client: Client, method: str, path: str, body: bytes = b"") -> Response:
    """Call with CSV, or for it."""
    address, _, query = path.partition("?")
    headers = {**client.headers, "content-type": "text/csv"}
    request = Request(method, address, dict(parse_qsl(query)), headers, body)
    return client.salesforce.handle(request)


def rows(response: Response, delimiter: str = ",") -> list[dict[str, str]]:
    """Read the CSV of a response."""
    return list(csv.DictReader(io.StringIO(response.body.decode()), delimiter=delimiter))


def ingest(client: Client, operation: str, text: str, **also: Any) -> dict[str, Any]:
    """Run a job on Accounts, and look at it when it is done."""
    body = {"object": "Account", "operation": operation, **also}
    job = client.call("POST", INGEST, body).value
    path = f"{INGEST}/{job['id']}"
    assert raw(client, "PUT", f"{path}/batches", text.encode()).status == 201
    client.call("PATCH", path, {"state": "UploadComplete"})
    return client.call("GET", path).value


def test_job_saves_rows_and_tells_of_those_it_could_not(client: Client) -> None:
    job = ingest(client, "insert", "Name,AnnualRevenue,Phone\nA,12.5,\n,1,2\nB,#N/A,3\n")

    assert job["state"] == "JobComplete"
    assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (3, 1)
    done = rows(raw(client, "GET", f"{INGEST}/{job['id']}/successfulResults"))
    failed = rows(raw(client, "GET", f"{INGEST}/{job['id']}/failedResults"))
    assert [(row["sf__Created"], row["Name"]) for row in done] == [("true", "A"), ("true", "B")]
    assert failed[0]["sf__Error"] == (
        "REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --"
    )
    assert client.column("AnnualRevenue", "SELECT AnnualRevenue FROM Account") == [13, None]


def test_upsert_update_and_delete_by_bulk(client: Client) -> None:
    old = client.create(Name="A", External_Id__c="a", Phone="1")

    upserted = ingest(
        client, "upsert", "External_Id__c,Name\na,A2\nb,B\n", externalIdFieldName="External_Id__c"
    )
    results = rows(raw(client, "GET", f"{INGEST}/{upserted['id']}/successfulResults"))
    ingest(client, "update", f"Id,Phone\n{old},\n")
    kept = client.record("Account", old)["Phone"]
    client.call("POST", "/_admin/switches", {"bulk_empty_cell_is_null": True})
    ingest(client, "update", f"Id,Phone\n{old},\n")
    emptied = client.record("Account", old)["Phone"]
    ingest(client, "delete", f"Id\n{old}\n")

    assert [row["sf__Created"] for row in results] == ["false", "true"]
    assert (kept, emptied) == ("1", None)
    assert client.names("SELECT Name FROM Account") == ["B"]


def test_unknown_column_fails_the_job(client: Client) -> None:
    job = ingest(client, "insert", "Name,Nme\nA,B\n")

    assert job["state"] == "Failed"
    assert job["errorMessage"] == "InvalidBatch : Field name not found : Nme"
    left = raw(client, "GET", f"{INGEST}/{job['id']}/unprocessedrecords")
    assert rows(left) == [{"Name": "A", "Nme": "B"}]
    assert client.names("SELECT Name FROM Account") == []


def test_parent_is_named_by_its_external_id_and_other_delimiters_work(client: Client) -> None:
    account = client.create(Name="A", External_Id__c="a")
    body = {"object": "Contact", "operation": "insert", "columnDelimiter": "SEMICOLON"}
    job = client.call("POST", INGEST, body | {"lineEnding": "CRLF"}).value
    path = f"{INGEST}/{job['id']}"
    raw(client, "PUT", f"{path}/batches", b"LastName;Account.External_Id__c\r\nBond;a\r\n")
    client.call("PATCH", path, {"state": "UploadComplete"})
    client.call("GET", path)

    done = raw(client, "GET", f"{path}/successfulResults")

    assert rows(done, ";")[0]["LastName"] == "Bond"
    assert client.column("AccountId", "SELECT AccountId FROM Contact") == [account]


def test_job_can_look_busy_and_be_aborted(client: Client) -> None:
    client.call("POST", "/_admin/switches", {"bulk_polls_in_progress": 2})
    job = client.call("POST", INGEST, {"object": "Account", "operation": "insert"}).value
    path = f"{INGEST}/{job['id']}"
    raw(client, "PUT", f"{path}/batches", b"Name\nA\n")
    client.call("PATCH", path, {"state": "UploadComplete"})

    states = [client.call("GET", path).value["state"] for _ in range(3)]
    other = client.call("POST", INGEST, {"object": "Account", "operation": "insert"}).value
    aborted = client.call("PATCH", f"{INGEST}/{other['id']}", {"state": "Aborted"}).value

    assert states == ["InProgress", "InProgress", "JobComplete"]
    assert aborted["state"] == "Aborted"
    assert client.call("DELETE", f"{INGEST}/{other['id']}").status == 204
    assert client.call("GET", f"{INGEST}/{other['id']}").status == 404
    assert len(client.call("GET", INGEST).value["records"]) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"object": "Acount", "operation": "insert"}, "INVALIDENTITY"),
        ({"object": "Account", "operation": "replace"}, "INVALIDJOB"),
        ({"object": "Account", "operation": "upsert"}, "INVALIDJOB"),
        ({"object": "Account", "operation": "insert", "contentType": "JSON"}, "INVALIDJOB"),
    ],
)
def test_senseless_job_is_refused(client: Client, body: dict[str, Any], code: str) -> None:
    answer = client.call("POST", INGEST, body)

    assert (answer.status, client.error(answer)) == (400, code)


def test_query_job_gives_its_rows_in_parts(company: Client) -> None:
    soql = "SELECT Name, Owner.Username FROM Account WHERE Name LIKE 'G%' ORDER BY Name"
    job = company.call("POST", QUERY, {"operation": "query", "query": soql}).value
    path = f"{QUERY}/{job['id']}"
    assert job["state"] == "UploadComplete"
    assert company.call("GET", path).value["state"] == "JobComplete"

    first = raw(company, "GET", f"{path}/results?maxRecords=2")
    locator = first.headers["Sforce-Locator"]
    rest = raw(company, "GET", f"{path}/results?locator={locator}")

    assert first.headers["Sforce-NumberOfRecords"] == "2"
    assert rest.headers["Sforce-Locator"] == "null"
    found = rows(first) + rows(rest)
    assert [row["Name"] for row in found] == company.names(soql.replace(", Owner.Username", ""))
    assert found[0]["Owner.Username"] == "sam.seller@example.com"


def test_query_job_refuses_what_bulk_cannot(client: Client) -> None:
    nested = "SELECT Id, (SELECT Id FROM Contacts) FROM Account"

    answers = [
        client.call("POST", QUERY, {"operation": "query", "query": soql})
        for soql in (nested, "SELECT COUNT() FROM Account", "SELECT FROM", "")
    ]

    assert [client.error(answer) for answer in answers] == [
        "API_ERROR",
        "API_ERROR",
        "MALFORMED_QUERY",
        "MALFORMED_QUERY",
    ]
