"""The README of the stand-ins names every switch and webhook setting that there is."""

from dataclasses import fields
from pathlib import Path

import pytest

from local.simulators.quickbooks.switches import Switches as QuickBooksSwitches
from local.simulators.quickbooks.webhooks import Settings
from local.simulators.salesforce.switches import Switches as SalesforceSwitches

README = (Path(__file__).parents[3] / "local" / "README.md").read_text("utf-8")


@pytest.mark.parametrize("kind", [QuickBooksSwitches, Settings, SalesforceSwitches])
def test_readme_names_every_switch(kind: type) -> None:
    missing = [each.name for each in fields(kind) if f"`{each.name}`" not in README]

    assert missing == []
