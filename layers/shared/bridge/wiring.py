"""The only place that builds things: one cached function per flow.

Imports stand inside the functions, so that a receiver loads only what it uses.
"""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from bridge import settings
from bridge.errors import ConfigurationError, PermanentError
from bridge.model import Lane

if TYPE_CHECKING:
    from bridge.flows.connection import RefreshTokens
    from bridge.flows.operate import Operate
    from bridge.flows.receive_changes import ReceiveChanges
    from bridge.flows.sync_records import SyncRecords
    from bridge.quickbooks.client import QuickBooksClient
    from bridge.quickbooks.oauth import Grant
    from bridge.salesforce.client import SalesforceClient
    from bridge.salesforce.oauth import SalesforceGrant
    from bridge.store.budgets import RealmPace
    from bridge.store.connections import ConnectionTable
    from bridge.store.cross_references import CrossReferenceTable
    from bridge.store.deletions import DeletionTable
    from bridge.store.outcomes import OutcomeTable
    from bridge.store.queue import LaneQueues
    from bridge.store.tokens import SecretAccessTokens
    from bridge.store.tries import TryTable

AWS_CONNECT_TIMEOUT_S = 2
AWS_READ_TIMEOUT_S = 5
AWS_ATTEMPTS = 4
# Long enough for one renewal; a worker that waits longer puts its changes back.
REFRESH_TIMEOUT_S = 25


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the time as aware UTC."""
        return datetime.now(UTC)

    def wait(self, seconds: float) -> None:
        """Let some seconds pass."""
        time.sleep(seconds)


CLOCK = SystemClock()


def new_id() -> str:
    """Return an id that nobody else has."""
    return uuid4().hex


@cache
def receive_quickbooks() -> "ReceiveChanges":
    """Build the door for webhooks of QuickBooks.

    Raises:
        ConfigurationError: the environment is not complete.
    """
    from bridge.flows.receive_changes import ReceiveChanges
    from bridge.quickbooks import webhook
    from bridge.store.secrets import SecretKeys

    conf = settings.ReceiveQuickbooks.read()
    return ReceiveChanges(
        verify=webhook.verify,
        parse=webhook.parse,
        secrets=SecretKeys(
            _client("secretsmanager"), conf.app_secret, "verifier_tokens", CLOCK.now
        ),
        known=frozenset(conf.realms),
        refuse_unknown=False,
        queue=_queue({Lane.LIVE: conf.live_queue_url}),
        clock=CLOCK,
        name="receive_quickbooks",
    )


@cache
def receive_salesforce() -> "ReceiveChanges":
    """Build the door for signed batches of Salesforce events.

    Raises:
        ConfigurationError: the environment is not complete.
    """
    from bridge.flows.receive_changes import ReceiveChanges
    from bridge.salesforce import webhook
    from bridge.store.secrets import SecretKeys

    conf = settings.ReceiveSalesforce.read()
    organisation = _organisation(conf.organisation)
    return ReceiveChanges(
        verify=webhook.verify,
        parse=webhook.parse,
        secrets=SecretKeys(_client("secretsmanager"), conf.webhook_secret, "keys", CLOCK.now),
        known=frozenset({organisation} if organisation else ()),
        refuse_unknown=True,
        queue=_queue({Lane.LIVE: conf.live_queue_url}),
        clock=CLOCK,
        name="receive_salesforce",
    )


@cache
def sync_records() -> "SyncRecords":
    """Build the consumer of both lanes.

    Raises:
        ConfigurationError: the environment or a mapping is wrong.
    """
    from random import random

    from bridge.core.fingerprint import Fingerprinter
    from bridge.flows.cases import Mode, World
    from bridge.flows.sync_records import SyncRecords
    from bridge.mapping_files import read_mappings

    conf = settings.SyncRecords.read()
    key_id, key = _fingerprint_key(conf)
    return SyncRecords(
        World(
            organisation=_organisation(conf.organisation),
            salesforce=_salesforce_client(conf),
            quickbooks=_quickbooks_clients(conf),
            cross_references=_cross_references(conf),
            outcomes=_outcomes(conf),
            queue=_queue({Lane.LIVE: conf.live_queue_url, Lane.BULK: conf.bulk_queue_url}),
            tries=_tries(conf.connections_table),
            deletions=_deletions(conf),
            connections=_connections(conf.connections_table),
            mappings=read_mappings(),
            fingerprinter=Fingerprinter(key_id, key),
            clock=CLOCK,
            new_id=new_id,
            random=random,
            mode=Mode(conf.mode),
        )
    )


@cache
def operate() -> "Operate":
    """Build what answers an operator's questions, in the environment of sync_records.

    Raises:
        ConfigurationError: the environment or a mapping is wrong.
    """
    from bridge.flows.operate import Operate

    return Operate(sync_records().world)


@cache
def refresh_tokens() -> "RefreshTokens":
    """Build the renewal of tokens; it alone may write them.

    Raises:
        ConfigurationError: the environment is not complete.
    """
    from bridge.flows.connection import RefreshTokens
    from bridge.store.connections import LeaseTable
    from bridge.store.tokens import SecretGrants

    conf = settings.RefreshTokens.read()
    organisation = _organisation(conf.organisation)
    return RefreshTokens(
        realms=conf.realms,
        organisations={organisation: conf.salesforce_session_secret} if organisation else {},
        grants=SecretGrants(_client("secretsmanager")),
        refresh=partial(_refresh_quickbooks, conf),
        sign_in=partial(_sign_in_to_salesforce, conf),
        connections=_connections(conf.connections_table),
        leases=LeaseTable(_client("dynamodb"), conf.connections_table),
        clock=CLOCK,
        new_id=new_id,
    )


def _refresh_quickbooks(conf: settings.RefreshTokens, refresh_token: str) -> "Grant":
    from bridge.quickbooks import oauth
    from bridge.store.secrets import read_json, required

    secret_id = conf.quickbooks_app_secret
    members = read_json(_client("secretsmanager"), secret_id)
    app = required(members, ["client_id", "client_secret"], secret_id)
    return oauth.refresh(conf.quickbooks_token_url, **app, refresh_token=refresh_token)


def _sign_in_to_salesforce(conf: settings.RefreshTokens) -> "SalesforceGrant":
    from bridge.salesforce import oauth
    from bridge.store.secrets import read_json, required

    secret_id = conf.salesforce_app_secret
    credentials = read_json(_client("secretsmanager"), secret_id)
    required(credentials, ["client_id"], secret_id)
    grant = oauth.grant(conf.salesforce_login_url, credentials, clock=time.time)
    settings.instance_url(grant.instance_url)
    return grant


def _quickbooks_clients(conf: settings.SyncRecords) -> Mapping[str, "QuickBooksClient"]:
    from bridge.quickbooks.client import QuickBooksClient
    from bridge.transport import TimeoutSession

    return {
        realm: QuickBooksClient(
            conf.quickbooks_api_url,
            realm,
            _access_tokens(conf, secret_id, {"system": "quickbooks", "realm": realm}),
            _pace(conf, realm),
            TimeoutSession(),
            CLOCK.wait,
        )
        for realm, secret_id in conf.realms.items()
    }


def _salesforce_client(conf: settings.SyncRecords) -> "SalesforceClient":
    from bridge.salesforce.client import SalesforceClient
    from bridge.transport import TimeoutSession

    whose = {"system": "salesforce", "org": _organisation(conf.organisation)}
    tokens = _access_tokens(conf, conf.salesforce_session_secret, whose)
    return SalesforceClient(tokens, TimeoutSession())


def _access_tokens(
    conf: settings.SyncRecords, secret_id: str, whose: Mapping[str, str]
) -> "SecretAccessTokens":
    from bridge.store.tokens import RefreshFunction, SecretAccessTokens

    refresh = RefreshFunction(
        # One attempt: a renewal that is asked for twice is two renewals.
        _client("lambda", read_timeout_s=REFRESH_TIMEOUT_S, attempts=1),
        conf.refresh_tokens_function,
    )
    return SecretAccessTokens(_client("secretsmanager"), secret_id, whose, refresh, CLOCK.now)


def _pace(conf: settings.SyncRecords, realm: str) -> "RealmPace":
    from bridge.store.budgets import RealmPace

    return RealmPace(_client("dynamodb"), conf.connections_table, realm, CLOCK.now, CLOCK.wait)


def _cross_references(conf: settings.SyncRecords) -> "CrossReferenceTable":
    from bridge.store.cross_references import CrossReferenceTable

    table = conf.cross_references_table
    return CrossReferenceTable(_client("dynamodb"), table, CLOCK.now, CLOCK.wait)


def _outcomes(conf: settings.SyncRecords) -> "OutcomeTable":
    from bridge.store.outcomes import OutcomeTable

    return OutcomeTable(_client("dynamodb"), conf.outcomes_table, new_id)


def _connections(table: str) -> "ConnectionTable":
    from bridge.store.connections import ConnectionTable

    return ConnectionTable(_client("dynamodb"), table)


def _deletions(conf: settings.SyncRecords) -> "DeletionTable":
    from bridge.store.deletions import DeletionTable

    client = _client("dynamodb")
    return DeletionTable(client, conf.connections_table, conf.cross_references_table)


def _tries(table: str) -> "TryTable":
    from bridge.store.tries import TryTable

    return TryTable(_client("dynamodb"), table)


def _queue(urls: Mapping[Lane, str]) -> "LaneQueues":
    from bridge.store.queue import LaneQueues

    return LaneQueues(_client("sqs"), urls)


def _fingerprint_key(conf: settings.SyncRecords) -> tuple[str, bytes]:
    from hashlib import sha256

    from bridge.store.secrets import read_text

    key = read_text(_client("secretsmanager"), conf.fingerprint_key_secret).encode()
    return sha256(key).hexdigest()[:8], key


def _organisation(organisation: str) -> str:
    """Return the 18 characters under which events name the organisation; "" where none is set."""
    from bridge.salesforce.ids import to_18

    try:
        return to_18(organisation) if organisation else ""
    except PermanentError:
        raise ConfigurationError(
            "SALESFORCE_ORG_ID has a typing error: correct the parameter SalesforceOrgId "
            "and deploy the stack again"
        ) from None


@cache
def _client(
    service: str, read_timeout_s: int = AWS_READ_TIMEOUT_S, attempts: int = AWS_ATTEMPTS
) -> Any:
    import boto3
    from botocore.config import Config

    return boto3.client(
        service,
        config=Config(
            connect_timeout=AWS_CONNECT_TIMEOUT_S,
            read_timeout=read_timeout_s,
            retries={"mode": "standard", "total_max_attempts": attempts},
        ),
    )
