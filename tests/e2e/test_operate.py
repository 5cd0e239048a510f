"""What an operator asks of the deployed stack: both schemas fit, and a preview writes nothing."""

import subprocess
import sys

from local import operate
from local.processes import ROOT
from tests.e2e.world import World


def ask(world: World, *question: str) -> subprocess.CompletedProcess[str]:
    """Ask as `make check-mapping` and `make preview` do."""
    stack = world.stage.stack
    function = stack.outputs[operate.FUNCTION]
    found = operate.of_emulator(stack.url, function, world.stage.ca)
    path = ":".join(str(ROOT / layer) for layer in operate.LAYERS)
    return subprocess.run(
        [sys.executable, "-m", "bridge.commands", *question],
        env={**operate.QUIET, **found, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def rows(world: World) -> list[int]:
    """Return how many items each table of the stack holds."""
    names = ("CrossReferencesTable", "OutcomesTable")
    tables = [world.stage.stack.outputs[name] for name in names]
    return [world.dynamodb().scan(TableName=table, Select="COUNT")["Count"] for table in tables]


def test_the_mappings_fit_both_systems_of_the_stack(live: World) -> None:
    done = ask(live, "check", "--live")

    assert done.stderr == ""
    assert done.returncode == 0
    assert "sound, here and in both systems" in done.stdout


def test_a_preview_shows_what_would_be_written_and_writes_nothing(live: World) -> None:
    account_id, customer_id = live.linked_account("Preview Ltd")
    live.stage.wait_for_quiet()
    before, kept = live.writes(), rows(live)

    with live.stage.worker_held():
        live.stage.salesforce.edit(account_id, Phone="555-0199")
        done = ask(live, "preview", "customer", account_id)
        after, still = live.writes(), rows(live)

    assert done.stderr == ""
    assert f"linked with Customer {customer_id} in company" in done.stdout
    assert "  PrimaryPhone.FreeFormNumber = 555-0199" in done.stdout
    assert (after, still) == (before, kept)
    live.stage.wait_for_quiet()
