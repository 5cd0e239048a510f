"""Trees, graphs and batches: many records or calls in one."""

from typing import Any

from tests.unit.simulators.salesforce.conftest import BASE, Client


def node(kind: str, reference: str, **fields: Any) -> dict[str, Any]:
    """Return a record of a tree."""
    return {"attributes": {"type": kind, "referenceId": reference}, **fields}


def test_tree_saves_children_under_their_parents(client: Client) -> None:
    contacts = {"records": [node("Contact", "c1", LastName="Bond")]}
    records = [
        node("Account", "a1", Name="Acme", Contacts=contacts),
        node("Account", "a2", Name="B"),
    ]

    answer = client.call("POST", "composite/tree/Account", {"records": records})

    assert (answer.status, answer.value["hasErrors"]) == (201, False)
    ids = {each["referenceId"]: each["id"] for each in answer.value["results"]}
    assert list(ids) == ["a1", "c1", "a2"]
    assert client.record("Contact", ids["c1"])["AccountId"] == ids["a1"]


def test_tree_with_one_fault_saves_nothing(client: Client) -> None:
    records = [node("Account", "a1", Name="Acme"), node("Account", "a2", Phone="1")]

    answer = client.call("POST", "composite/tree/Account", {"records": records})

    assert answer.status == 400
    assert answer.value == {
        "hasErrors": True,
        "results": [
            {
                "referenceId": "a2",
                "errors": [
                    {
                        "statusCode": "REQUIRED_FIELD_MISSING",
                        "message": "Required fields are missing: [Name]",
                        "fields": ["Name"],
                    }
                ],
            }
        ],
    }
    assert client.ids("SELECT Id FROM Account") == []


def part(reference: str, kind: str, **fields: Any) -> dict[str, Any]:
    """Return a node of a graph that adds a record."""
    url = f"{BASE}/sobjects/{kind}"
    return {"method": "POST", "url": url, "referenceId": reference, "body": fields}


def test_each_graph_takes_effect_whole_or_not_at_all(client: Client) -> None:
    good = [part("a", "Account", Name="A"), part("c", "Contact", LastName="C", AccountId="@{a.id}")]
    bad = [part("b", "Account", Name="B"), part("d", "Contact", FirstName="D")]
    graphs = [
        {"graphId": "one", "compositeRequest": good},
        {"graphId": "two", "compositeRequest": bad},
    ]

    answer = client.call("POST", "composite/graph", {"graphs": graphs}).value["graphs"]

    assert [(each["graphId"], each["isSuccessful"]) for each in answer] == [
        ("one", True),
        ("two", False),
    ]
    parts = answer[1]["graphResponse"]["compositeResponse"]
    codes = [each["body"][0]["errorCode"] for each in parts]
    assert codes == ["PROCESSING_HALTED", "REQUIRED_FIELD_MISSING"]
    assert client.names("SELECT Name FROM Account") == ["A"]


def test_graph_takes_only_calls_of_records(client: Client) -> None:
    query = {"method": "GET", "url": f"{BASE}/query?q=SELECT+Id+FROM+Account", "referenceId": "q"}

    answer = client.call(
        "POST", "composite/graph", {"graphs": [{"graphId": "g", "compositeRequest": [query]}]}
    )

    assert (answer.status, client.error(answer)) == (400, "INVALID_ARGUMENT")


def test_batch_runs_what_is_unrelated_and_may_halt(client: Client) -> None:
    calls = [
        {"method": "GET", "url": "v67.0/sobjects/Account/describe"},
        {"method": "POST", "url": "v67.0/sobjects/Account", "richInput": {"Phone": "1"}},
        {"method": "POST", "url": "v67.0/sobjects/Account", "richInput": {"Name": "A"}},
    ]

    halted = client.call("POST", "composite/batch", {"batchRequests": calls, "haltOnError": True})
    through = client.call("POST", "composite/batch", {"batchRequests": calls})

    assert [each["statusCode"] for each in halted.value["results"]] == [200, 400, 412]
    assert [each["statusCode"] for each in through.value["results"]] == [200, 400, 201]
    assert through.value["hasErrors"] is True
    assert client.names("SELECT Name FROM Account") == ["A"]
