"""The contract of the access tokens, on the emulator's Secrets Manager."""

from collections.abc import Iterator

import pytest

from bridge.store.tokens import SecretAccessTokens
from local.stage import Stage
from tests.contract.test_tokens import (
    SECRET,
    WHOSE,
    Vendor,
    test_grant_that_is_gone_is_a_lost_connection,
    test_token_refused_is_replaced_by_another,
    test_token_renewed_by_somebody_else_is_used_without_another_renewal,
)
from tests.fakes import FakeClock

__all__ = [
    "test_grant_that_is_gone_is_a_lost_connection",
    "test_token_refused_is_replaced_by_another",
    "test_token_renewed_by_somebody_else_is_used_without_another_renewal",
]


@pytest.fixture
def tokens(stage: Stage) -> Iterator[SecretAccessTokens]:
    """A secret of its own beside the deployed ones."""
    secrets = stage.stack.client("secretsmanager")
    secrets.create_secret(Name=SECRET, SecretString='{"access_token": "at-0"}')
    yield SecretAccessTokens(secrets, SECRET, WHOSE, Vendor(secrets), FakeClock().now)
    secrets.delete_secret(SecretId=SECRET, ForceDeleteWithoutRecovery=True)
