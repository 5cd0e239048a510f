import sys
from pathlib import Path

import pytest

from local.programs import Program, StageError, left_behind


def test_program_says_where_it_listens_and_leaves_nothing_behind(tmp_path: Path) -> None:
    program = Program("quickbooks", ["--port", "0"], tmp_path / "quickbooks.log", "mark-1")
    try:
        announced = program.announcement()
        seen = left_behind("mark-1")
    finally:
        program.stop()

    assert announced["url"].startswith("http://127.0.0.1:")
    assert left_behind("mark-1") == []
    if sys.platform == "linux":
        assert len(seen) == 1


def test_program_that_ends_at_once_tells_why(tmp_path: Path) -> None:
    program = Program("quickbooks", ["--port", "none"], tmp_path / "quickbooks.log", "mark-2")

    with pytest.raises(StageError, match=r"quickbooks ended at once:(?s:.)*invalid int"):
        program.announcement()

    program.stop()
