"""Before the bridge is live, and how it becomes so."""

from datetime import UTC, datetime

from local.log import latest
from tests.e2e.world import World


def test_observed_record_is_recorded_and_not_written_until_the_mode_is_live(world: World) -> None:
    assert world.stage.mode == "observe"
    stack = world.stage.stack
    before = world.writes()
    account_id = world.stage.salesforce.create(Name="Old Mill Pottery", Phone="(707) 555-0101")

    def outcomes() -> list[tuple[str, str]]:
        found = latest(world.dynamodb(), stack.outputs["OutcomesTable"], 100, datetime.now(UTC))
        return [(o.status, o.decision) for o in found if o.salesforce_id == account_id]

    world.until(lambda: outcomes() == [("observed", "create")], "the decision in the table")
    world.stage.wait_for_quiet()
    assert world.writes() == before
    assert world.account(account_id)["QuickBooks_Sync_Status__c"] is None

    world.stage.deploy("live")
    world.stage.salesforce.edit(account_id, Phone="(707) 555-0102")

    world.until(lambda: world.account(account_id)["QuickBooks_Id__c"], "the Account linked")
    [customer] = world.see.customers_named("Old Mill Pottery")
    assert customer["PrimaryPhone"] == {"FreeFormNumber": "(707) 555-0102"}
