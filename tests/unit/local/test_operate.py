"""The question of an operator is put in the environment of the stack that is asked."""

import json
from pathlib import Path
from typing import Any

import pytest

from local import operate


class Functions:
    """Lambda, with one function."""

    def __init__(self, variables: dict[str, str]) -> None:
        self.variables = variables

    def get_function_configuration(self, FunctionName: str) -> dict[str, Any]:  # noqa: N803
        assert FunctionName == "bridge-SyncRecordsFunction-1"
        return {"Environment": {"Variables": self.variables}}


@pytest.fixture
def at_rest(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No stack runs and none is named; returns where a running one would be noted."""
    monkeypatch.delenv("STACK", raising=False)
    return tmp_path / "stack.json"


def test_the_environment_of_a_function_is_taken_but_for_how_much_it_logs() -> None:
    found = operate.of_function(
        Functions({"MODE": "live", "LOG_LEVEL": "INFO"}), "bridge-SyncRecordsFunction-1"
    )

    assert found == {"MODE": "live"}


def test_without_a_stack_the_files_alone_are_checked(
    at_rest: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    status = operate.main(["check"], at_rest)

    out = capfd.readouterr().out
    assert status == 0
    assert "customer: " in out
    assert operate.NO_STACK in out


def test_without_a_stack_there_is_nothing_to_preview(
    at_rest: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = operate.main(["preview", "customer", "1"], at_rest)

    assert status == 1
    assert "make preview: no local stack runs" in capsys.readouterr().err


def test_a_stack_that_has_ended_is_told_and_not_waited_for(
    at_rest: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = {"pid": 1, "aws": "http://127.0.0.1:9", "ca": "", "sync_records": "f"}
    at_rest.write_text(json.dumps(state))

    status = operate.main(["preview", "customer", "1"], at_rest)

    assert status == 1
    assert "make preview: Could not connect" in capsys.readouterr().err
