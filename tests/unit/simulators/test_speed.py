"""The measuring script runs against both stand-ins."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_both_stand_ins_are_measured_and_weighed() -> None:
    command = [sys.executable, "-m", "local.speed", "--seconds", "0.05", "--records", "100"]

    said = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout

    lines = [line.split()[0] for line in said.splitlines()]
    assert lines.count("QuickBooks") == 4
    assert lines.count("Salesforce") == 3
