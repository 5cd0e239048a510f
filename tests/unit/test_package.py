"""What publishes an event, what a batch looks like, and how long the outbox keeps at it."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from local.package import Package, signature_headers
from local.published import coalesced, events_of
from local.simulators.salesforce.app import Salesforce, Settings
from local.simulators.server import Request, Response, Server, json_bytes

KEY = "the key of the webhook"
ORG_ID = "00D5f000005KcCnEAK"
DEADLINE_S = 20


@dataclass
class Receiver:
    """A webhook that answers what it is told to, and keeps what it got."""

    answers: list[int | None] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def handle(self, request: Request) -> Response:
        self.requests.append(request)
        status = self.answers.pop(0) if self.answers else 202
        return Response(drop=True) if status is None else Response(status)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for each in self.requests for event in json.loads(each.body)["events"]]

    def told(self) -> list[tuple[str, str, str]]:
        return [(each["object"], each["recordId"], each["operation"]) for each in self.events]


@dataclass
class World:
    """An org, a receiver and the package between them."""

    salesforce: Salesforce
    receiver: Receiver
    package: Package

    def person(self, action: str, **what: Any) -> str:
        body = json_bytes({"action": action, **what})
        response = self.salesforce.handle(Request("POST", "/_admin/person", body=body))
        assert response.status == 200, response.body
        return json.loads(response.body)["id"]

    def settle(self) -> None:
        wait_for(self.package.is_idle)


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


@pytest.fixture
def world() -> Iterator[World]:
    """An org with one old Account, whose package posts to a receiver of ours."""
    salesforce, receiver = Salesforce(Settings(is_empty=True)), Receiver()
    with Server(salesforce.handle) as org, Server(receiver.handle) as hook:
        package = Package(org.url, f"{hook.url}/hook", KEY, org_id=ORG_ID, retry_scale=0.01)
        made = World(salesforce, receiver, package)
        made.person("create", object="Account", fields={"Name": "Before the package"})
        with package:
            yield made


def change(operation: str, kind: str = "Account", **more: Any) -> dict[str, Any]:
    """Return a record change as an org tells it."""
    return {
        "seq": 7,
        "object": kind,
        "id": "1",
        "operation": operation,
        "changedFields": [],
        "old": {},
        "new": {},
        "userId": "u",
        "time": "2026-11-22T07:59:58.000+0000",
    } | more


@pytest.mark.parametrize(
    ("what", "published"),
    [
        (change("CREATE"), True),
        (change("DELETE"), True),
        (change("UNDELETE"), True),
        (change("UPDATE"), False),
        (change("UPDATE", changedFields=["Name"]), True),
        (change("UPDATE", changedFields=["QuickBooks_Id__c", "QuickBooks_Sync_Status__c"]), False),
        (change("UPDATE", changedFields=["QuickBooks_Id__c", "Phone"]), True),
        (change("UPDATE", changedFields=["LastViewedDate"]), False),
        (change("UPDATE", kind="Contact", changedFields=["Email"]), True),
        (change("UPDATE", kind="Contact"), False),
        (change("CREATE", kind="User"), False),
        (change("CREATE", kind="Product2"), True),
        (change("UPDATE", kind="PricebookEntry", changedFields=["UnitPrice"]), True),
        (change("DELETE", kind="PricebookEntry"), True),
        (change("UPDATE", kind="Pricebook2", changedFields=["Name"]), False),
        (change("UPDATE", kind="Product2", changedFields=["QuickBooks_Id__c"]), False),
        (change("UPDATE", kind="Invoice__c", changedFields=["Memo__c"]), True),
        (change("UPDATE", kind="Invoice__c", changedFields=["QuickBooks_Sync_Status__c"]), False),
        (change("DELETE", kind="Invoice_Line__c"), True),
        (change("UPDATE", kind="Invoice_Line__c", changedFields=["Quantity__c"]), True),
        (change("UPDATE", kind="Invoice_Line__c"), False),
        (change("UPDATE", kind="Opportunity", changedFields=["StageName"]), True),
        (change("UPDATE", kind="Opportunity", changedFields=["QuickBooks_Balance__c"]), False),
    ],
)
def test_change_publishes_an_event(what: dict[str, Any], published: bool) -> None:
    assert bool(events_of(what)) is published


@pytest.mark.parametrize(
    ("operation", "side", "fields", "published"),
    [
        ("CREATE", "new", [], True),
        ("UPDATE", "new", ["Quantity"], True),
        ("UPDATE", "new", ["SystemModstamp"], False),
        ("DELETE", "old", [], True),
    ],
)
def test_line_of_a_deal_is_news_of_the_deal(
    operation: str, side: str, fields: list[str], published: bool
) -> None:
    row = {side: {"OpportunityId": "006"}}

    events = events_of(change(operation, "OpportunityLineItem", changedFields=fields, **row))

    told = [(each["object"], each["recordId"], each["operation"]) for each in events]
    assert told == ([("Opportunity", "006", "UPDATE")] if published else [])


def test_our_own_fields_are_not_named() -> None:
    (event,) = events_of(change("UPDATE", changedFields=["QuickBooks_Id__c", "Phone"]))

    assert event["changedFields"] == ["Phone"]
    assert event["systemModstamp"] == "2026-11-22T07:59:58.000Z"


def test_moved_contact_is_news_for_both_accounts() -> None:
    moved = change(
        "UPDATE",
        kind="Contact",
        id="c",
        changedFields=["AccountId"],
        old={"AccountId": "from"},
        new={"AccountId": "to"},
    )

    told = [(each["object"], each["recordId"], each["operation"]) for each in events_of(moved)]

    assert told == [
        ("Contact", "c", "UPDATE"),
        ("Account", "from", "UPDATE"),
        ("Account", "to", "UPDATE"),
    ]


@pytest.mark.parametrize(
    ("operations", "told"),
    [
        (["CREATE", "UPDATE"], "CREATE"),
        (["UPDATE", "UPDATE"], "UPDATE"),
        (["UPDATE", "DELETE"], "DELETE"),
        (["CREATE", "UPDATE", "DELETE"], "DELETE"),
        (["DELETE", "UNDELETE"], "UNDELETE"),
        (["DELETE", "UNDELETE", "UPDATE"], "UNDELETE"),
    ],
)
def test_events_of_one_record_become_one(operations: list[str], told: str) -> None:
    changes = [
        change(operation, changedFields=[f"F{number}"])
        for number, operation in enumerate(operations)
    ]

    (event,) = coalesced(event for each in changes for event in events_of(each))

    assert event["operation"] == told
    assert event["changedFields"] == [f"F{number}" for number in range(len(operations))]


def test_signature_is_the_hmac_of_time_and_body() -> None:
    headers = signature_headers("k", b'{"v":1}', 1_700_000_000.9)

    expected = hmac.new(b"k", b'1700000000.{"v":1}', hashlib.sha256).hexdigest()
    assert headers == {"X-Timestamp": "1700000000", "X-Signature": f"v1={expected}"}


def test_edits_travel_in_a_signed_batch(world: World) -> None:
    account_id = world.person("create", object="Account", fields={"Name": "Acme"})
    contact = {"LastName": "Bond", "AccountId": account_id}
    contact_id = world.person("create", object="Contact", fields=contact)
    world.settle()

    assert set(world.receiver.told()) == {
        ("Account", account_id, "CREATE"),
        ("Contact", contact_id, "CREATE"),
    }
    first = world.receiver.requests[0]
    envelope = json.loads(first.body)
    assert (envelope["v"], envelope["orgId"]) == (1, ORG_ID)
    assert set(envelope["events"][0]) == {
        "eventUuid",
        "replayId",
        "object",
        "recordId",
        "operation",
        "systemModstamp",
        "changedFields",
        "actorId",
    }
    assert b"Acme" not in first.body
    stamp = first.headers["x-timestamp"]
    signed = hmac.new(KEY.encode(), f"{stamp}.".encode() + first.body, hashlib.sha256)
    assert first.headers["x-signature"] == f"v1={signed.hexdigest()}"
    assert abs(int(stamp) - time.time()) < DEADLINE_S


def test_merge_is_told_of_loser_and_survivor(world: World) -> None:
    winner = world.person("create", object="Account", fields={"Name": "A"})
    loser = world.person("create", object="Account", fields={"Name": "B"})
    world.settle()
    world.receiver.requests.clear()

    world.person("merge", object="Account", id=loser, into=winner)
    world.settle()

    assert set(world.receiver.told()) == {
        ("Account", loser, "DELETE"),
        ("Account", winner, "UPDATE"),
    }


def test_many_events_go_in_batches_of_two_hundred(world: World) -> None:
    records = [{"attributes": {"type": "Account"}, "Name": str(n)} for n in range(200)]
    request = Request(
        "POST",
        "/services/data/v67.0/composite/sobjects",
        headers={"authorization": "Bearer at-0", "content-type": "application/json"},
        body=json_bytes({"records": records}),
    )
    org = world.salesforce.org
    with org.transaction():
        world.salesforce.handle(request)
        world.salesforce.handle(request)
    world.settle()

    assert [len(each.events) for each in world.package.deliveries] == [200, 200]
    assert len({event["recordId"] for event in world.receiver.events}) == 400


@pytest.mark.parametrize("trouble", [500, 503, 408, 429, None])
def test_trouble_is_tried_again_until_it_is_over(world: World, trouble: int | None) -> None:
    world.receiver.answers = [trouble, trouble]

    world.person("create", object="Account", fields={"Name": "A"})
    world.settle()

    (delivery,) = world.package.deliveries
    assert (delivery.state, delivery.status, delivery.attempts) == ("delivered", 202, 3)
    assert len({each.body for each in world.receiver.requests}) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 413])
def test_refusal_is_kept_and_counted_and_not_tried_again(world: World, status: int) -> None:
    world.receiver.answers = [status]

    world.person("create", object="Account", fields={"Name": "A"})
    world.settle()
    world.person("create", object="Account", fields={"Name": "B"})
    world.settle()

    assert [each.state for each in world.package.deliveries] == ["refused", "delivered"]
    assert [each.attempts for each in world.package.refused] == [1]


def test_batch_can_be_sent_again_as_it_was(world: World) -> None:
    world.person("create", object="Account", fields={"Name": "A"})
    world.settle()

    world.package.resend(world.package.deliveries[0])
    world.settle()

    first, second = world.receiver.requests
    assert first.body == second.body


def test_host_header_finds_an_api_behind_a_gateway() -> None:
    salesforce, receiver = Salesforce(Settings(is_empty=True)), Receiver()
    with Server(salesforce.handle) as org, Server(receiver.handle) as hook:
        package = Package(org.url, hook.url, KEY, "abc.execute-api.local", org_id=ORG_ID)
        world = World(salesforce, receiver, package)
        with package:
            world.person("create", object="Account", fields={"Name": "A"})
            world.settle()

    assert receiver.requests[0].headers["host"] == "abc.execute-api.local"
