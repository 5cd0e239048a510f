"""The lanes: poison, and a worker that dies."""

import os
import signal
import subprocess

from tests.e2e.world import World

POISON = '{"schema": 1, "not": "a change event"}'


def test_poison_message_ends_in_the_dead_letter_queue_and_its_neighbours_do_not(
    short_visibility: World,
) -> None:
    world = short_visibility
    sqs, outputs = world.stage.stack.client("sqs"), world.stage.stack.outputs
    names = [f"Neighbour {number}" for number in range(3)]

    with world.stage.worker_held():
        sqs.send_message(QueueUrl=outputs["LiveQueue"], MessageBody=POISON)
        accounts = [world.stage.salesforce.create(Name=name) for name in names]

    world.until(
        lambda: all(world.account(each)["QuickBooks_Id__c"] for each in accounts),
        "the neighbours linked",
    )
    dead: list[str] = []

    def poison_is_dead() -> bool:
        answer = sqs.receive_message(QueueUrl=outputs["LiveDeadLetterQueue"])
        dead.extend(message["Body"] for message in answer.get("Messages", []))
        return bool(dead)

    world.until(poison_is_dead, "the poison in the dead-letter queue")
    world.stage.wait_for_quiet()
    assert dead == [POISON]
    assert [len(world.see.customers_named(name)) for name in names] == [1, 1, 1]


def test_worker_killed_after_its_create_took_effect_leaves_one_customer(
    short_visibility: World,
) -> None:
    world = short_visibility
    planted = {"match": {"kind": "batch"}, "effect": {"delay_s": 15}}
    world.stage.quickbooks.admin("faults", planted)
    account_id = world.stage.salesforce.create(Name="Half Done Ltd")
    world.until(lambda: world.see.customers_named("Half Done Ltd"), "the create in QuickBooks")

    killed = workers(world)
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    world.until(lambda: has_claim(world, account_id), "the dead worker's claim")
    end_claim(world, account_id)

    world.until(lambda: world.account(account_id)["QuickBooks_Id__c"], "the Account linked")
    world.stage.wait_for_quiet()
    assert killed
    [customer] = world.see.customers_named("Half Done Ltd")
    assert world.account(account_id)["QuickBooks_Id__c"] == f"1:customer:{customer['Id']}"
    assert world.account(account_id)["QuickBooks_Sync_Status__c"] == "In sync"


def workers(world: World) -> list[int]:
    """Return the processes of this stack that run sync_records."""
    listing = subprocess.run(
        ["ps", "-eww", "-o", "pid=,args="], capture_output=True, text=True, check=True
    ).stdout
    folder = str(world.stage.work_dir)
    name = world.stage.stack.outputs["SyncRecordsFunction"]
    lines = [line.split(maxsplit=1) for line in listing.splitlines()]
    return [int(pid) for pid, args in lines if folder in args and name in args]


def key_of(world: World, account_id: str) -> dict[str, object]:
    """Return table and key of the pair row of an Account."""
    table = world.stage.stack.outputs["CrossReferencesTable"]
    return {"TableName": table, "Key": {"pk": {"S": f"1|customer|SF|{account_id}"}}}


def has_claim(world: World, account_id: str) -> bool:
    """Say whether a worker holds the right to write a pair."""
    item = world.dynamodb().get_item(**key_of(world, account_id)).get("Item", {})
    return "until" in item


def end_claim(world: World, account_id: str) -> None:
    """Let a claim have run out, as it does by itself three minutes after it was taken."""
    world.dynamodb().update_item(
        **key_of(world, account_id),
        UpdateExpression="SET #until = :past",
        ExpressionAttributeNames={"#until": "until"},
        ExpressionAttributeValues={":past": {"N": "1"}},
    )
