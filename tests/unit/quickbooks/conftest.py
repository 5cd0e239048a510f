"""What every test of the QuickBooks adapter needs."""

from collections.abc import Iterator

import pytest

from bridge.observability import metrics


@pytest.fixture(autouse=True)
def counts_of_its_own() -> Iterator[None]:
    """Leave no count behind for another test."""
    metrics.clear_metrics()
    yield
    metrics.clear_metrics()
