"""Brings the local build up to date before what was built is tried."""

from pathlib import Path

import pytest

from local import aws


@pytest.fixture(scope="session")
def build_dir() -> Path:
    aws.build()
    return aws.BUILD_DIR
