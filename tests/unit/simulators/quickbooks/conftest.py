"""What the tests of the QuickBooks stand-in share."""

from datetime import UTC, datetime

import pytest

from local.simulators.clock import Clock
from local.simulators.quickbooks.app import QuickBooks, Setup
from tests.unit.simulators.quickbooks.client import Client

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def app() -> QuickBooks:
    """Two companies with the sample rows, at a moment that stands still."""
    clock = Clock()
    clock.set(START)
    return QuickBooks(Setup(realms=("1", "2")), clock)


@pytest.fixture
def client(app: QuickBooks) -> Client:
    """A connected app of company 1."""
    return Client(app)
