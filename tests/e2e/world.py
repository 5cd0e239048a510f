"""What the end-to-end tests do with the stage: look, wait, create."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local.processes import wait_until
from local.sight import Peek, Sight
from local.stage import Stage
from local.systems import Row

PATIENCE_S = 45.0


@dataclass(frozen=True)
class World:
    """The stage, both systems as they are, and patience."""

    stage: Stage

    @property
    def see(self) -> Sight:
        """Both systems, without being counted by them."""
        return Peek(self.stage.salesforce, self.stage.quickbooks)

    def until(
        self, condition: Callable[[], object], what: str, patience_s: float = PATIENCE_S
    ) -> None:
        """Wait for a condition, and fail if it does not come about."""
        wait_until(lambda: bool(condition()), patience_s, f"not seen: {what}")

    def account(self, record_id: str) -> Row:
        """Return an Account that must be there."""
        row = self.see.account(record_id)
        assert row is not None
        return row

    def customer(self, record_id: str) -> Row:
        """Return a customer that must be there."""
        row = self.see.customer(record_id)
        assert row is not None
        return row

    def linked_account(self, name: str) -> tuple[str, str]:
        """Create an Account, wait for its customer, and return the ids of both."""
        account_id = self.stage.salesforce.create(Name=name)
        self.until(lambda: self.account(account_id)["QuickBooks_Id__c"], f"{name} linked")
        self.stage.wait_for_quiet()
        external_id = str(self.account(account_id)["QuickBooks_Id__c"])
        return account_id, external_id.rpartition(":")[2]

    def writes(self) -> tuple[int, int]:
        """Return how many records the bridge has written: in Salesforce, in QuickBooks."""
        return self.stage.salesforce.writes(), self.stage.quickbooks.writes()

    def dynamodb(self) -> Any:
        """Return a client of the deployed tables."""
        return self.stage.stack.client("dynamodb")
