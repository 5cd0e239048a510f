"""What is built for each function, and what a receiver must not load."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import pytest

from bridge import settings, wiring
from bridge.errors import ConfigurationError
from bridge.flows.cases import WRITE_RESERVE_S
from bridge.flows.ports import Clock, Connections, CrossReferences, Outcomes, RecordSystem
from bridge.store.budgets import LONGEST_WAIT_S
from bridge.transport import CONNECT_TIMEOUT_S, READ_TIMEOUT_S, AccessTokens, Pace
from tests.moto_aws import REGION, aws, client
from tests.unit.test_settings import COMPLETE

ROOT = Path(__file__).parents[2]
HEAVY = "pydantic requests simple_salesforce intuitlib.client aws_xray_sdk zeep cryptography"


@pytest.fixture
def conf(monkeypatch: pytest.MonkeyPatch) -> Iterator[settings.SyncRecords]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    wiring._client.cache_clear()
    with aws():
        yield settings.SyncRecords.read(COMPLETE)
    wiring._client.cache_clear()


@pytest.mark.parametrize("receiver", ["receive_quickbooks", "receive_salesforce"])
def test_receiver_loads_nothing_that_it_does_not_use(receiver: str) -> None:
    program = (
        f"from bridge import wiring, lambda_events; wiring.{receiver}(); import sys; "
        f"print([name for name in {HEAVY.split()!r} if name in sys.modules])"
    )
    paths = f"{ROOT}/layers/shared:{ROOT}/layers/mappings"
    environment = {**COMPLETE, "PYTHONPATH": paths, "AWS_DEFAULT_REGION": REGION}

    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"


def test_every_client_of_aws_has_time_outs_and_few_retries(conf: settings.SyncRecords) -> None:
    for service in ("dynamodb", "sqs", "secretsmanager"):
        config = wiring._client(service).meta.config
        assert (config.connect_timeout, config.read_timeout) == (2, 5)
        assert config.retries == {"mode": "standard", "total_max_attempts": 4}


def test_what_is_built_fits_the_ports(conf: settings.SyncRecords) -> None:
    rows: CrossReferences = wiring._cross_references(conf)
    outcomes: Outcomes = wiring._outcomes(conf)
    connections: Connections = wiring._connections(conf.connections_table)
    salesforce: RecordSystem = wiring._salesforce_client(conf)
    quickbooks: RecordSystem = wiring._quickbooks_clients(conf)["310687"]
    tokens: AccessTokens = wiring._access_tokens(conf, "secret", {"system": "quickbooks"})
    pace: Pace = wiring._pace(conf, "310687")
    clock: Clock = wiring.CLOCK

    # The type checker compares shapes; what is left is that each is told where its things are kept.
    assert {getattr(each, "table", "") for each in (rows, connections, pace)} == {
        conf.cross_references_table,
        conf.connections_table,
    }
    assert getattr(outcomes, "table", "") == conf.outcomes_table
    assert {type(each).__name__ for each in (salesforce, quickbooks, tokens, clock)} == {
        *("SalesforceClient", "QuickBooksClient", "SecretAccessTokens", "SystemClock")
    }


def test_what_a_write_may_take_is_kept_in_reserve() -> None:
    longest = LONGEST_WAIT_S + CONNECT_TIMEOUT_S + READ_TIMEOUT_S

    assert longest < WRITE_RESERVE_S


def test_fingerprint_key_is_named_by_its_digest(conf: settings.SyncRecords) -> None:
    client("secretsmanager").create_secret(Name=conf.fingerprint_key_secret, SecretString="k" * 64)

    key_id, key = wiring._fingerprint_key(conf)

    assert (key_id, key) == ("2519b49b", b"k" * 64)


def test_fingerprint_key_that_is_gone_stops_everything(conf: settings.SyncRecords) -> None:
    with pytest.raises(ConfigurationError):
        wiring._fingerprint_key(conf)


def test_typing_error_in_the_org_id_names_the_parameter() -> None:
    with pytest.raises(ConfigurationError, match="parameter SalesforceOrgId"):
        wiring._organisation("00D5f000005KcCnEAA")


def test_clock_is_aware_and_ids_are_new() -> None:
    assert wiring.CLOCK.now().tzinfo is UTC
    assert wiring.new_id() != wiring.new_id()
