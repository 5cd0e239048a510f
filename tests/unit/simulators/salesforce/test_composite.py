"""Several calls in one."""

from typing import Any

import pytest

from local.simulators.server import Request, json_bytes
from tests.unit.simulators.salesforce.conftest import BASE, Answer, Client


def part(method: str, path: str, reference: str, body: Any = None, **headers: str) -> Any:
    """Return one subrequest."""
    subrequest: dict[str, Any] = {
        "method": method,
        "url": f"{BASE}/{path}",
        "referenceId": reference,
    }
    if body is not None:
        subrequest["body"] = body
    if headers:
        subrequest["httpHeaders"] = {
            name.replace("_", "-"): value for name, value in headers.items()
        }
    return subrequest


def send(client: Client, *subrequests: Any, **more: Any) -> Answer:
    """Send a composite."""
    return client.call("POST", "composite", {"compositeRequest": subrequests, **more})


def statuses(answer: Answer) -> list[int]:
    """Return the status of each subrequest."""
    return [each["httpStatusCode"] for each in answer.value["compositeResponse"]]


def test_later_subrequest_refers_to_an_earlier_one(client: Client) -> None:
    answer = send(
        client,
        part("POST", "sobjects/Account", "made", {"Name": "A"}),
        part("POST", "sobjects/Contact", "child", {"LastName": "B", "AccountId": "@{made.id}"}),
        part("GET", "sobjects/Account/@{made.id}?fields=Name", "read"),
        part("GET", "query?q=SELECT+Id+FROM+Contact+WHERE+AccountId='@{read.Id}'", "found"),
    )

    made, child, read, found = answer.value["compositeResponse"]
    assert (answer.status, statuses(answer)) == (200, [201, 201, 200, 200])
    assert made["httpHeaders"]["Location"] == f"{BASE}/sobjects/Account/{made['body']['id']}"
    assert read["body"]["Name"] == "A"
    assert found["body"]["records"][0]["Id"] == child["body"]["id"]


def test_reference_to_nothing_halts_the_subrequest_alone(client: Client) -> None:
    answer = send(
        client,
        part("POST", "sobjects/Account", "made", {"Name": "A"}),
        part("POST", "sobjects/Contact", "child", {"LastName": "B", "AccountId": "@{made.Id}"}),
    )

    assert statuses(answer) == [201, 400]
    assert answer.value["compositeResponse"][1]["body"][0]["errorCode"] == "PROCESSING_HALTED"


def test_conditional_header_of_one_subrequest_fails_it_alone(client: Client) -> None:
    fresh, stale = client.create(Name="A"), client.create(Name="B")
    client.salesforce.clock.advance(5)
    client.person("update", object="Account", id=stale, fields={"Phone": "1"})
    noon = "Sun, 22 Nov 2026 12:00:00 GMT"

    answer = send(
        client,
        part("PATCH", f"sobjects/Account/{fresh}", "one", {"Fax": "9"}, If_Unmodified_Since=noon),
        part("PATCH", f"sobjects/Account/{stale}", "two", {"Fax": "9"}, If_Unmodified_Since=noon),
        collateSubrequests=False,
    )

    first, second = answer.value["compositeResponse"]
    assert (answer.status, statuses(answer)) == (200, [204, 412])
    assert first["body"] is None
    assert second["body"][0]["errorCode"] == "PRECONDITION_FAILED"
    assert client.names("SELECT Name FROM Account WHERE Fax = '9'") == ["A"]


def test_all_or_none_undoes_the_others(client: Client) -> None:
    answer = send(
        client,
        part("POST", "sobjects/Account", "good", {"Name": "A"}),
        part("POST", "sobjects/Contact", "bad", {"LastName": "B", "Email": "x"}),
        part("POST", "sobjects/Account", "never", {"Name": "C"}),
        allOrNone=True,
    )

    codes = [each["body"][0]["errorCode"] for each in answer.value["compositeResponse"]]
    assert (answer.status, statuses(answer)) == (200, [400, 400, 400])
    assert codes == ["PROCESSING_HALTED", "INVALID_EMAIL_ADDRESS", "PROCESSING_HALTED"]
    assert client.ids("SELECT Id FROM Account") == []
    assert client.changes() == []


@pytest.mark.parametrize(
    ("subrequests", "status"),
    [
        ([part("GET", "limits", f"r{n}") for n in range(25)], 200),
        ([part("GET", "limits", f"r{n}") for n in range(26)], 400),
        ([part("GET", "query?q=SELECT+COUNT()+FROM+Account", f"r{n}") for n in range(5)], 200),
        ([part("GET", "query?q=SELECT+COUNT()+FROM+Account", f"r{n}") for n in range(6)], 400),
        ([part("GET", "limits", "same"), part("GET", "limits", "same")], 400),
        ([part("GET", "limits", "no-dash")], 400),
        ([part("GET", "limits", "r", Accept="text/html")], 400),
        ([{**part("GET", "limits", "r"), "httpHeaders": {"If-Match": ["a"]}}], 400),
        ([], 400),
    ],
)
def test_composite_is_refused_as_a_whole_beyond_its_bounds(
    client: Client, subrequests: list[Any], status: int
) -> None:
    assert send(client, *subrequests).status == status


def test_outer_all_or_none_rules_over_the_collections_inside(client: Client) -> None:
    records = [
        {"attributes": {"type": "Account"}, "Name": "A"},
        {"attributes": {"type": "Account"}},
    ]

    answer = send(
        client,
        part("POST", "composite/sobjects", "many", {"allOrNone": False, "records": records}),
        allOrNone=True,
    )

    results = answer.value["compositeResponse"][0]["body"]
    assert [result["success"] for result in results] == [False, False]
    assert client.ids("SELECT Id FROM Account") == []


def test_whole_composite_is_one_call_and_its_parts_are_counted_beside(client: Client) -> None:
    client.call("POST", "/_admin/calls/reset")

    send(
        client,
        part("POST", "sobjects/Account", "a", {"Name": "A"}),
        part("POST", "sobjects/Account", "b", {"Name": "B"}),
        part("GET", "limits", "c"),
    )

    assert client.call("GET", "/_admin/calls").value == {
        "total": 1,
        "by_kind": {"composite": 1, "composite_item:GET": 1, "composite_item:POST": 2},
    }


def test_planted_fault_meets_one_subrequest(client: Client) -> None:
    record_id = client.create(Name="A")
    fault = {
        "match": {"kind": "composite_item:PATCH", "path": record_id},
        "effect": {"status": 412, "code": "PRECONDITION_FAILED"},
    }
    client.call("POST", "/_admin/faults", fault)

    answer = send(
        client,
        part("PATCH", f"sobjects/Account/{record_id}", "a", {"Name": "B"}),
        part("PATCH", f"sobjects/Account/{record_id}", "b", {"Name": "C"}),
    )

    assert statuses(answer) == [412, 204]


@pytest.mark.parametrize(("drop", "saved"), [("before", ["A"]), ("after", ["A", "B"])])
def test_connection_breaks_in_the_middle_of_a_composite(
    client: Client, drop: str, saved: list[str]
) -> None:
    fault = {
        "match": {"kind": "composite_item:POST", "body": '"B"'},
        "effect": {"drop": drop},
    }
    client.call("POST", "/_admin/faults", fault)
    parts = [part("POST", "sobjects/Account", name, {"Name": name}) for name in "ABC"]
    request = Request(
        "POST",
        f"{BASE}/composite",
        headers={**client.headers, "content-type": "application/json"},
        body=json_bytes({"compositeRequest": parts}),
    )

    response = client.salesforce.handle(request)

    assert response.drop
    assert client.names("SELECT Name FROM Account ORDER BY Name") == saved
