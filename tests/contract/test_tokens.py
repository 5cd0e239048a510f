"""What every source of access tokens keeps to: the fake, and the one over Secrets Manager."""

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from bridge.errors import ConfigurationError, ConnectionLostError, UnavailableError
from bridge.model import AccessToken
from bridge.store.secrets import SecretKeys
from bridge.store.tokens import (
    RefreshFunction,
    SecretAccessTokens,
    SecretGrants,
    digest_of,
)
from bridge.transport import AccessTokens
from tests.fakes import FakeClock, MemoryTokens
from tests.moto_aws import aws, client

WHOSE = {"system": "quickbooks", "realm": "310687"}
SECRET = "realm"


@dataclass
class Vendor:
    """Stands for the refresh function: stores the next token, or reports the connection as lost."""

    secrets: Any
    left: list[str] = field(default_factory=lambda: ["at-1", "at-2"])
    requests: list[Mapping[str, str]] = field(default_factory=list)
    is_stuck: bool = False

    def __call__(self, request: Mapping[str, str]) -> dict[str, list[str]]:
        """Renew."""
        self.requests.append(request)
        if self.is_stuck:
            return {"failed": ["310687"]}
        if not self.left:
            return {"paused": ["310687"]}
        store(self.secrets, {"access_token": self.left.pop(0)})
        return {"refreshed": ["310687"]}


def store(secrets: Any, members: Mapping[str, Any]) -> None:
    SecretGrants(secrets).write(SECRET, members)


@pytest.fixture
def secrets() -> Iterator[Any]:
    with aws():
        secrets = client("secretsmanager")
        secrets.create_secret(Name=SECRET, SecretString='{"access_token": "at-0"}')
        yield secrets


@pytest.fixture
def vendor(secrets: Any) -> Vendor:
    return Vendor(secrets)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def stored(secrets: Any, vendor: Vendor, clock: FakeClock) -> SecretAccessTokens:
    return SecretAccessTokens(secrets, SECRET, WHOSE, vendor, clock.now)


@pytest.fixture(params=["fake", "secrets"])
def tokens(request: pytest.FixtureRequest, stored: SecretAccessTokens) -> AccessTokens:
    return MemoryTokens() if request.param == "fake" else stored


def test_token_refused_is_replaced_by_another(tokens: AccessTokens) -> None:
    first = tokens.current()

    second = tokens.renew(first)

    assert second.value != first.value
    assert tokens.current() == second


def test_token_renewed_by_somebody_else_is_used_without_another_renewal(
    tokens: AccessTokens,
) -> None:
    first = tokens.current()
    second = tokens.renew(first)

    assert tokens.renew(first) == second


def test_grant_that_is_gone_is_a_lost_connection(tokens: AccessTokens) -> None:
    last = tokens.renew(tokens.renew(tokens.current()))

    with pytest.raises(ConnectionLostError):
        tokens.renew(last)


# What only the one over Secrets Manager has.


def test_token_is_read_again_after_a_minute(
    stored: SecretAccessTokens, secrets: Any, clock: FakeClock
) -> None:
    stored.current()
    store(secrets, {"access_token": "at-9", "instance_url": "https://acme.my.salesforce.com"})

    clock.advance(59)
    before = stored.current()
    clock.advance(1)

    assert before.value == "at-0"
    assert stored.current() == AccessToken("at-9", "https://acme.my.salesforce.com")


def test_renewal_is_asked_for_without_giving_the_token_away(
    stored: SecretAccessTokens, vendor: Vendor
) -> None:
    stored.renew(stored.current())

    assert vendor.requests == [{**WHOSE, "rejected": digest_of("at-0")}]
    assert "at-0" not in str(vendor.requests)


def test_first_token_is_made_when_only_a_grant_is_stored(
    stored: SecretAccessTokens, secrets: Any
) -> None:
    store(secrets, {"access_token": "", "refresh_token": "rt-0"})

    assert stored.current().value == "at-1"


def test_renewal_that_changes_nothing_is_to_be_tried_later(
    stored: SecretAccessTokens, vendor: Vendor
) -> None:
    vendor.is_stuck = True

    with pytest.raises(UnavailableError, match="token_not_renewed"):
        stored.renew(stored.current())


def test_secret_that_does_not_exist_is_a_matter_of_settings(
    secrets: Any, vendor: Vendor, clock: FakeClock
) -> None:
    with pytest.raises(ConfigurationError):
        SecretAccessTokens(secrets, "no-such", WHOSE, vendor, clock.now).current()


def test_secret_that_is_not_json_is_refused_without_quoting_it(secrets: Any) -> None:
    secrets.put_secret_value(SecretId=SECRET, SecretString="at-secret")

    with pytest.raises(ConfigurationError, match="secret realm is not a JSON object") as raised:
        SecretGrants(secrets).read(SECRET)

    # The decoder's own error holds the whole text.
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None


def test_token_is_in_no_repr(stored: SecretAccessTokens) -> None:
    stored.current()

    assert "at-0" not in repr(stored)


@dataclass
class ScriptedLambda:
    """Answers an invocation as Lambda does."""

    answer: dict[str, Any]
    body: bytes = b"{}"
    seen: dict[str, Any] = field(default_factory=dict)

    def invoke(self, **request: Any) -> dict[str, Any]:
        """Answer."""
        self.seen = request
        return {**self.answer, "Payload": io.BytesIO(self.body)}


def test_function_is_invoked_synchronously_with_the_request() -> None:
    lambda_client = ScriptedLambda({"StatusCode": 200}, b'{"refreshed": ["310687"]}')

    report = RefreshFunction(lambda_client, "refresh")(WHOSE)

    assert report == {"refreshed": ["310687"]}
    assert lambda_client.seen["FunctionName"] == "refresh"
    assert json.loads(lambda_client.seen["Payload"]) == WHOSE
    assert lambda_client.seen.get("InvocationType", "RequestResponse") == "RequestResponse"


def test_function_that_failed_is_to_be_tried_later() -> None:
    failed = ScriptedLambda({"FunctionError": "Unhandled"}, b'{"errorMessage": "quotes"}')

    with pytest.raises(UnavailableError, match="token_refresh_failed"):
        RefreshFunction(failed, "refresh")(WHOSE)


def test_webhook_keys_are_cached_for_five_minutes_and_every_one_is_returned(
    secrets: Any, clock: FakeClock
) -> None:
    store(secrets, {"keys": ["new", "old"]})
    keys = SecretKeys(secrets, SECRET, "keys", clock.now)

    first = keys()
    store(secrets, {"keys": ["newer", "new"]})
    clock.advance(299)
    cached = keys()
    clock.advance(1)

    assert (first, cached, keys()) == (("new", "old"), ("new", "old"), ("newer", "new"))


@pytest.mark.parametrize("placeholder", [{}, {"keys": []}, {"keys": [""]}, {"keys": None}])
def test_webhook_keys_never_stored_are_named_with_their_secret(
    secrets: Any, clock: FakeClock, placeholder: dict[str, Any]
) -> None:
    store(secrets, placeholder)

    with pytest.raises(ConfigurationError, match="secret realm holds no keys: store them there"):
        SecretKeys(secrets, SECRET, "keys", clock.now)()
