"""An empty AWS account in this process, and the doors built anew on it for every test."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bridge import wiring
from bridge.observability import metrics
from tests.moto_aws import REGION, aws, client
from tests.observed import Observed, observed

EVENTS = Path(__file__).parents[3] / "events"
BUILDERS = ("receive_quickbooks", "receive_salesforce", "sync_records", "refresh_tokens", "_client")


@dataclass(frozen=True)
class Context:
    """What Lambda tells a handler about its invocation."""

    function_name: str = "bridge"
    memory_limit_in_mb: int = 256
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:bridge"
    aws_request_id: str = "52fdfc07-2182-154f-163f-5f0f9a621d72"

    def get_remaining_time_in_millis(self) -> int:
        """Return the time left: a whole minute."""
        return 60_000


@dataclass(frozen=True)
class Account:
    """The AWS account that the handlers see, and their environment."""

    set_variable: Callable[[str, str], None]
    context: Context = field(default_factory=Context)

    def create_secret(self, variable: str, members: dict[str, Any]) -> None:
        """Store a secret and name it in the environment."""
        name = variable.lower()
        client("secretsmanager").create_secret(Name=name, SecretString=json.dumps(members))
        self.set_variable(variable, name)

    def secret(self, name: str) -> dict[str, Any]:
        """Return what a secret holds now."""
        text = client("secretsmanager").get_secret_value(SecretId=name)["SecretString"]
        return dict(json.loads(text))

    def create_queue(self, variable: str) -> None:
        """Create a queue and name it in the environment."""
        url = client("sqs").create_queue(QueueName=variable.lower())["QueueUrl"]
        self.set_variable(variable, url)

    def queued(self, variable: str) -> list[dict[str, Any]]:
        """Return the bodies on a queue."""
        url = client("sqs").get_queue_url(QueueName=variable.lower())["QueueUrl"]
        answer = client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    metrics.namespace, metrics.service = "Bridge", "bridge"
    _forget_what_was_built()
    with aws():
        yield Account(monkeypatch.setenv)
    _forget_what_was_built()


@pytest.fixture
def seen() -> Iterator[Observed]:
    with observed() as seen:
        yield seen


def sample_event(name: str) -> dict[str, Any]:
    """Return a sample of events/."""
    return dict(json.loads((EVENTS / name).read_text()))


def _forget_what_was_built() -> None:
    for name in BUILDERS:
        getattr(wiring, name).cache_clear()
