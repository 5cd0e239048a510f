"""Counts the calls that the built worker makes for one batch of changed records.

Batches of a hundred, and of as many as the template asks for. The emulator never hands over more
than ten messages at a time, so the built function gets its batch from the real runtime interface
client. The stand-ins count.
"""

import json
import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from local.aws import BUILD_DIR, CREDENTIALS
from local.lambda_runtime import FunctionProcess
from local.stage import REALM, Stage
from local.trade import Shop

BATCHES = (100, 150)
WORKER = "SyncRecordsFunction"


class Measured:
    """The worker beside the stage that it works on; the deployed one hears of nothing."""

    def __init__(self, stage: Stage, worker: FunctionProcess) -> None:
        self.stage = stage
        self.worker = worker

    def run(self, title: str, system: str, name: str, ids: Sequence[str]) -> None:
        """Hand over one batch, and print the calls of either system."""
        for stand_in in (self.stage.quickbooks, self.stage.salesforce):
            stand_in.admin("calls/reset", {})
        scope = REALM if system == "quickbooks" else self.stage.org_id
        known = self.known(system, name)
        changes = [change(system, scope, name, each, *known[each]) for each in ids]
        answer = self.worker.invoke(batch(changes))
        if answer["batchItemFailures"]:
            raise SystemExit(f"{title}: {len(answer['batchItemFailures'])} messages failed")
        quickbooks = self.stage.quickbooks.calls()
        salesforce = self.stage.salesforce.calls()
        whole = calls_of(quickbooks) + calls_of(salesforce)
        metered = quickbooks["query"] + quickbooks["read"]
        print(
            f"{title:<34}{whole.total():>3} calls, {metered} metered: "
            f"QuickBooks {told(quickbooks)}; Salesforce {told(salesforce)}"
        )

    def known(self, system: str, name: str) -> dict[str, tuple[str, bool]]:
        """Return when each record was last changed, and whether that made it: what its event
        tells.
        """
        if system == "salesforce":
            rows = self.stage.salesforce.records(name)
            return {
                row["Id"]: (row["SystemModstamp"], row["SystemModstamp"] == row["CreatedDate"])
                for row in rows
            }
        return {
            str(row["Id"]): (row["MetaData"]["LastUpdatedTime"], row["SyncToken"] == "0")
            for row in self.stage.quickbooks.rows(name)
        }


def main() -> None:
    """Print a line for each kind of change."""
    with Stage("count", "live") as stage:
        stage.package.stop()
        stage.quickbooks.admin("webhooks", {"url": ""})
        environment = stage.stack.client("lambda").get_function_configuration(
            FunctionName=stage.stack.outputs[WORKER]
        )["Environment"]["Variables"]
        local = {"AWS_ENDPOINT_URL": stage.stack.url, "REQUESTS_CA_BUNDLE": stage.ca}
        with FunctionProcess(WORKER, BUILD_DIR, environment | CREDENTIALS | local) as worker:
            for size in BATCHES:
                measure(Measured(stage, worker), size)
            measure_documents(Measured(stage, worker), BATCHES[0])


def measure(measured: Measured, size: int) -> None:
    """Let records be created and edited on either side, and follow each edit with its echo."""
    stage, numbers = measured.stage, range(size)
    accounts = [stage.salesforce.create(Name=f"Account {n} of {size}") for n in numbers]
    measured.run(f"{size} new Accounts", "salesforce", "Account", accounts)
    customers = linked_to(stage, accounts)
    for number, account in enumerate(accounts):
        stage.salesforce.edit(account, Phone=f"555-0{number:03}")
    measured.run(f"{size} Accounts edited", "salesforce", "Account", accounts)
    measured.run(f"their {size} echoes from QuickBooks", "quickbooks", "Customer", customers)
    for number, customer in enumerate(customers):
        stage.quickbooks.edit(customer, Notes=f"Pays by transfer {number}")
    measured.run(f"{size} Customers edited", "quickbooks", "Customer", customers)
    measured.run(f"their {size} echoes from Salesforce", "salesforce", "Account", accounts)
    born = [
        str(stage.quickbooks.create(DisplayName=f"Customer {n} of {size}")["Id"]) for n in numbers
    ]
    measured.run(f"{size} new Customers", "quickbooks", "Customer", born)


def measure_documents(measured: Measured, size: int) -> None:
    """Let documents of every kind come from the side that makes them, and be told of again."""
    run, shop = measured.run, Shop(measured.stage, size)
    run(f"{size} new vendors' Accounts", "salesforce", "Account", shop.vendors())
    products = shop.products()
    run(f"{size} new Products", "salesforce", "Product2", products)
    account = shop.customer()
    run("1 new Account", "salesforce", "Account", [account])
    deals = shop.deals(account, products)
    run(f"{size} deals won", "salesforce", "Opportunity", deals)
    bills = shop.linked("Opportunity", deals)
    run(f"their {size} invoices", "quickbooks", "Invoice", bills)
    invoices = shop.invoices(account, products)
    run(f"{size} new Invoices", "salesforce", "Invoice__c", invoices)
    run(f"their {size} echoes", "quickbooks", "Invoice", shop.linked("Invoice__c", invoices))
    shop.edit_invoices(invoices)
    run(f"{size} Invoices edited", "salesforce", "Invoice__c", invoices)
    run(f"{size} payments", "quickbooks", "Payment", shop.payments(bills))
    run(f"{size} credit memos", "quickbooks", "CreditMemo", shop.credits(bills))
    quotes = shop.quotes(account, products)
    run(f"{size} quotes presented", "salesforce", "Quote", quotes)


def linked_to(stage: Stage, accounts: Sequence[str]) -> list[str]:
    """Return the QuickBooks ids that Accounts carry."""
    rows = {row["Id"]: row for row in stage.salesforce.rows()}
    return [str(rows[each]["QuickBooks_Id__c"]).rpartition(":")[2] for each in accounts]


def change(
    system: str, scope: str, name: str, record_id: str, stamp: str, is_new: bool
) -> dict[str, Any]:
    """Return the body of a message."""
    changed_at = datetime.fromisoformat(stamp).astimezone(UTC).isoformat()
    return {
        "schema": 1,
        "system": system,
        "scope": scope,
        "object": name,
        "id": record_id,
        "kind": "created" if is_new else "updated",
        "changed_at": changed_at,
        "first_seen": changed_at,
        "attempt": 0,
    }


def batch(changes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the event that an SQS event source mapping would hand over."""
    return {
        "Records": [
            {
                "messageId": str(uuid.uuid4()),
                "body": json.dumps(each),
                "attributes": {"ApproximateReceiveCount": "1"},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:LiveQueue",
            }
            for each in changes
        ]
    }


def calls_of(calls: Counter[str]) -> Counter[str]:
    """Return the calls without what is counted inside them."""
    return Counter(
        {kind: n for kind, n in calls.items() if "_item" not in kind and ":" not in kind}
    )


def told(calls: Counter[str]) -> str:
    """Return calls by kind in words."""
    return ", ".join(f"{n} {kind}" for kind, n in sorted(calls_of(calls).items())) or "none"


if __name__ == "__main__":
    main()
