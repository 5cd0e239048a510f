"""The environment as typed, frozen objects, one per function, checked when they are read.

Every complaint names the variable and what mends it.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from bridge.errors import ConfigurationError

Environment = Mapping[str, str]

INTUIT = "intuit.com"
SALESFORCE = "salesforce.com"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
MODES = ("observe", "live")

_ORG_ID = re.compile(r"00D[0-9A-Za-z]{12}(?:[0-9A-Z]{3})?")
_REALM = re.compile(r"[0-9]{1,20}")
_REDEPLOY = "deploy the stack again"


@dataclass(frozen=True)
class ReceiveQuickbooks:
    """What receive_quickbooks is told; `realms` leads from a realm to the id of its secret."""

    app_secret: str
    realms: Mapping[str, str]
    live_queue_url: str

    @classmethod
    def read(cls, environment: Environment = os.environ) -> "ReceiveQuickbooks":
        """Read and check the environment.

        Raises:
            ConfigurationError: a variable is missing or cannot be used.
        """
        return cls(
            app_secret=_text(environment, "QUICKBOOKS_APP_SECRET"),
            realms=_realms(environment),
            live_queue_url=_text(environment, "LIVE_QUEUE_URL"),
        )


@dataclass(frozen=True)
class ReceiveSalesforce:
    """What receive_salesforce is told; an empty organisation means that none is connected."""

    webhook_secret: str
    organisation: str
    live_queue_url: str

    @classmethod
    def read(cls, environment: Environment = os.environ) -> "ReceiveSalesforce":
        """Read and check the environment.

        Raises:
            ConfigurationError: a variable is missing or cannot be used.
        """
        return cls(
            webhook_secret=_text(environment, "SALESFORCE_WEBHOOK_SECRET"),
            organisation=_organisation(environment),
            live_queue_url=_text(environment, "LIVE_QUEUE_URL"),
        )


@dataclass(frozen=True)
class SyncRecords:
    """What sync_records is told."""

    mode: str
    cross_references_table: str
    outcomes_table: str
    connections_table: str
    realms: Mapping[str, str]
    quickbooks_api_url: str
    salesforce_session_secret: str
    organisation: str
    fingerprint_key_secret: str
    live_queue_url: str
    bulk_queue_url: str
    refresh_tokens_function: str

    @classmethod
    def read(cls, environment: Environment = os.environ) -> "SyncRecords":
        """Read and check the environment.

        Raises:
            ConfigurationError: a variable is missing or cannot be used.
        """
        return cls(
            mode=_mode(environment),
            cross_references_table=_text(environment, "CROSS_REFERENCES_TABLE"),
            outcomes_table=_text(environment, "OUTCOMES_TABLE"),
            connections_table=_text(environment, "CONNECTIONS_TABLE"),
            realms=_realms(environment),
            quickbooks_api_url=_url(environment, "QUICKBOOKS_API_URL", INTUIT),
            salesforce_session_secret=_text(environment, "SALESFORCE_SESSION_SECRET"),
            organisation=_organisation(environment),
            fingerprint_key_secret=_text(environment, "FINGERPRINT_KEY_SECRET"),
            live_queue_url=_text(environment, "LIVE_QUEUE_URL"),
            bulk_queue_url=_text(environment, "BULK_QUEUE_URL"),
            refresh_tokens_function=_text(environment, "REFRESH_TOKENS_FUNCTION"),
        )


@dataclass(frozen=True)
class RefreshTokens:
    """What refresh_tokens is told."""

    connections_table: str
    quickbooks_app_secret: str
    realms: Mapping[str, str]
    quickbooks_token_url: str
    salesforce_app_secret: str
    salesforce_session_secret: str
    salesforce_login_url: str
    organisation: str

    @classmethod
    def read(cls, environment: Environment = os.environ) -> "RefreshTokens":
        """Read and check the environment.

        Raises:
            ConfigurationError: a variable is missing or cannot be used.
        """
        return cls(
            connections_table=_text(environment, "CONNECTIONS_TABLE"),
            quickbooks_app_secret=_text(environment, "QUICKBOOKS_APP_SECRET"),
            realms=_realms(environment),
            quickbooks_token_url=_url(environment, "QUICKBOOKS_TOKEN_URL", INTUIT),
            salesforce_app_secret=_text(environment, "SALESFORCE_APP_SECRET"),
            salesforce_session_secret=_text(environment, "SALESFORCE_SESSION_SECRET"),
            salesforce_login_url=_url(environment, "SALESFORCE_LOGIN_URL", SALESFORCE),
            organisation=_organisation(environment),
        )


def checked_url(url: str, domain: str, complain: Callable[[str], ConfigurationError]) -> str:
    """Return an address that may be given a token: https at the vendor's, or this machine.

    Raises:
        ConfigurationError: any other address, as `complain` words it.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise complain("is not an address") from None
    if parts.username is not None or parts.query or parts.fragment or any(c <= " " for c in url):
        raise complain("is not a plain address")
    if host in LOOPBACK and parts.scheme in ("http", "https"):
        return url.rstrip("/")
    if parts.scheme != "https" or not host.endswith(f".{domain}"):
        raise complain(f"is not an https address of {domain}")
    return url.rstrip("/")


def instance_url(url: str) -> str:
    """Check the address that came with a Salesforce session.

    Raises:
        ConfigurationError: it is not one of Salesforce's.
    """
    return checked_url(
        url,
        SALESFORCE,
        lambda why: ConfigurationError(
            f"the instance_url that came from SALESFORCE_LOGIN_URL {why}: "
            "correct the parameter SalesforceLoginUrl"
        ),
    )


def _text(environment: Environment, name: str) -> str:
    value = environment.get(name, "").strip()
    if not value:
        raise _complaint(name, "is not set")
    return value


def _mode(environment: Environment) -> str:
    mode = _text(environment, "MODE")
    if mode not in MODES:
        raise _complaint("MODE", "is neither observe nor live", "correct the parameter Mode")
    return mode


def _realms(environment: Environment) -> Mapping[str, str]:
    """Read `realm=secret,realm=secret`; an entry without a realm stands for none connected yet."""
    realms = {}
    for entry in environment.get("QUICKBOOKS_REALMS", "").split(","):
        realm, _, secret_id = entry.strip().partition("=")
        if not realm:
            continue
        if not _REALM.fullmatch(realm) or not secret_id:
            remedy = "correct the parameter QuickBooksRealmId"
            raise _complaint("QUICKBOOKS_REALMS", "is not a list of realm=secret", remedy)
        realms[realm] = secret_id
    return realms


def _organisation(environment: Environment) -> str:
    organisation = environment.get("SALESFORCE_ORG_ID", "").strip()
    if organisation and not _ORG_ID.fullmatch(organisation):
        remedy = "correct the parameter SalesforceOrgId"
        raise _complaint("SALESFORCE_ORG_ID", "is not the id of an organisation", remedy)
    return organisation


def _url(environment: Environment, name: str, domain: str) -> str:
    remedy = "correct the parameter of that name"
    return checked_url(_text(environment, name), domain, lambda why: _complaint(name, why, remedy))


def _complaint(name: str, what: str, remedy: str = _REDEPLOY) -> ConfigurationError:
    final = "" if remedy == _REDEPLOY else f" and {_REDEPLOY}"
    return ConfigurationError(f"{name} {what}: {remedy}{final}")
