"""Batches and requestid: each item for itself, and each write once."""

from local.simulators.quickbooks.app import QuickBooks
from tests.unit.simulators.quickbooks.client import Client, code_of


def _create(bid: str, name: str) -> dict[str, object]:
    return {"bId": bid, "operation": "create", "Customer": {"DisplayName": name}}


def test_each_item_has_its_own_answer(client: Client) -> None:
    answers = client.batch(
        _create("a", "Cool Cars"),
        _create("b", "Fresh"),
        {"bId": "c", "Query": "select * from Customer where Id = '3'"},
        {
            "bId": "d",
            "operation": "update",
            "Customer": {"Id": "3", "SyncToken": "9", "sparse": True},
        },
        {"bId": "e", "operation": "delete", "Invoice": {"Id": "1", "SyncToken": "0"}},
        {"bId": "f", "Query": "select"},
    )

    by_bid = {each["bId"]: each for each in answers}
    assert client.status == 200
    assert code_of(by_bid["a"]) == "6240"
    assert by_bid["b"]["Customer"]["SyncToken"] == "0"
    assert by_bid["c"]["QueryResponse"]["Customer"][0]["DisplayName"] == "Cool Cars"
    assert code_of(by_bid["d"]) == "5010"
    assert code_of(by_bid["e"]) == "610"
    assert code_of(by_bid["f"]) == "4000"


def test_thirty_items_are_taken_and_thirty_one_refused(client: Client) -> None:
    thirty = [_create(str(n), f"Customer {n}") for n in range(30)]

    assert len(client.batch(*thirty)) == 30
    answer = client.call("POST", "batch", {"BatchItemRequest": [*thirty, _create("x", "y")]})

    assert (client.status, code_of(answer)) == (400, "1040")


def test_empty_batch_is_refused(client: Client) -> None:
    answer = client.call("POST", "batch", {"BatchItemRequest": []})

    assert (client.status, code_of(answer)) == (400, "400")


def test_repeated_batch_with_the_same_ids_makes_nothing_new(client: Client) -> None:
    first = client.batch(_create("a", "One"), _create("b", "Two"), requestid="r-1")

    second = client.batch(_create("a", "One"), _create("b", "Two"), requestid="r-1")

    assert second == first


def test_item_under_another_bid_is_a_new_request(client: Client) -> None:
    client.batch(_create("a", "One"), requestid="r-1")

    again = client.batch(_create("b", "One"), requestid="r-1")

    assert code_of(again[0]) == "6240"


def test_requestid_and_bid_together_are_at_most_fifty_characters(client: Client) -> None:
    answers = client.batch(_create("b" * 14, "One"), _create("c" * 15, "Two"), requestid="r" * 36)

    assert "Customer" in answers[0]
    assert code_of(answers[1]) == "6000"
    assert "which is 51 characters" in answers[1]["Fault"]["Error"][0]["Detail"]


def test_repeated_create_with_its_requestid_gives_the_stored_reply(client: Client) -> None:
    first = client.send("POST", "customer", {"DisplayName": "One"}, requestid="k")
    client.app.clock.advance(60)

    second = client.send("POST", "customer", {"DisplayName": "Changed"}, requestid="k")

    assert second.body == first.body


def test_requestid_belongs_to_its_realm(app: QuickBooks) -> None:
    Client(app).call("POST", "customer", {"DisplayName": "One"}, requestid="k")

    other = Client(app, "2", "at-0-2").call(
        "POST", "customer", {"DisplayName": "Two"}, requestid="k"
    )

    assert other["Customer"]["DisplayName"] == "Two"


def test_refusal_is_not_replayed_unless_the_switch_says_so(client: Client) -> None:
    def create() -> dict[str, object]:
        return client.call("POST", "customer", {"DisplayName": "Cool Cars"}, requestid="k")

    create()
    client.person("update", "Customer", id="3", fields={"DisplayName": "Warm Cars"})
    assert "Customer" in create()

    client.admin("POST", "reset")
    client.admin("POST", "switches", {"faults_replayed_by_requestid": True})
    create()
    client.person("update", "Customer", id="3", fields={"DisplayName": "Warm Cars"})
    assert "Fault" in create()


def test_requestid_does_nothing_when_the_switch_turns_it_off(client: Client) -> None:
    client.admin("POST", "switches", {"requestid_honoured": False})
    body = {"GivenName": "Ada"}

    client.call("POST", "customer", body, requestid="k")
    answer = client.call("POST", "customer", body, requestid="k")

    assert code_of(answer) == "6240"
